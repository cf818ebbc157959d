"""Observed curves beside simulated ones: points, error and coverage, in words.

Coverage counts observations inside the interval that the replications span. That interval holds
the chance in arrivals, groups and stays; it does not hold what is not known about the numbers of
the scenario, so even a right model covers less than the nominal share. Where a scenario says how
far single observations scatter around the curve (``scatter``, as found on the observations used
for fitting), the interval is widened by a lognormal factor of mean 1 with that coefficient of
variation.
"""

from __future__ import annotations

import datetime as dt
import math
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
from scipy import special

import forecasting as fc
from scenarios.forecasts import PERIOD_STEPS
from scenarios.language import say
from scenarios.numbers import count, percent
from scenarios.problems import ScenarioError
from scenarios.services.observed import FLOWS

if TYPE_CHECKING:
    import xarray as xr
    from numpy.typing import NDArray

    from scenarios.schema import Scenario
    from scenarios.services import Observed

MEASURED: Final = {
    "present at the end of the day": "busy_at_day_end",
    "mean present": "mean_busy",
    "most present": "peak_busy",
    "most waiting": "peak_waiting",
    "most present or waiting": "peak_demand",
    "arrivals": "requests",
    "exits so far": "persons_ended",
}
"""The measure of :data:`simulation.measures.MEASURES` for each thing that can be observed."""
HELD_OUT: Final = "held out"
FITTED: Final = "fitted"
_QUANTILES: Final = {
    "low_90": 0.05,
    "low_50": 0.25,
    "median": 0.5,
    "high_50": 0.75,
    "high_90": 0.95,
}


def observed_points(scenario: Scenario, measures: xr.Dataset) -> pd.DataFrame:
    """Set every observation of a scenario beside what was simulated.

    Parameters
    ----------
    scenario : Scenario
    measures : xarray.Dataset
        From :func:`simulation.measures.dataset`.

    Returns
    -------
    pandas.DataFrame
        One row per observation: ``curve``, ``what``, ``of``, ``date``, ``until``, ``observed``
        (persons, times the ``share`` that is simulated), ``used`` (fitted or held out), mean and
        quantiles over replications (persons: ``mean``, ``median``, ``low_50``, ``high_50``,
        ``low_90``, ``high_90``), whether the
        observation lies inside (``in_50``, ``in_90``) and ``simple``, what a simple rule says:
        the mean of the observations used for fitting or, without any, of the first one alone.

    Raises
    ------
    ScenarioError, forecasting.FlowError
        If a table does not exist or has no such column.

    """
    rows = []
    for number, one in enumerate(scenario.observed):
        curve = simulated_curve(one, measures)
        points = list(observations(scenario, number))
        fitted = [value for day, _, value in points if is_fitted(one, day)]
        simple = one.share * (float(np.mean(fitted)) if fitted else points[0][2])
        start = scenario.time.start
        for day, until, whole in points:
            value = whole * one.share
            first, last = (day - start).days, (until - start).days
            sample = curve[:, first:last].sum(axis=1)
            spread = np.multiply.outer(sample, scatter_factors(one.scatter)).ravel()
            quantiles = {name: float(np.quantile(spread, q)) for name, q in _QUANTILES.items()}
            rows.append(
                {
                    "curve": one.name,
                    "what": one.what,
                    "of": ", ".join(one.of),
                    "date": day.isoformat(),
                    "until": until.isoformat(),
                    "observed": value,
                    "share": one.share,
                    "used": FITTED if is_fitted(one, day) else HELD_OUT,
                    "mean": float(sample.mean()),
                    **quantiles,
                    "in_50": quantiles["low_50"] <= value <= quantiles["high_50"],
                    "in_90": quantiles["low_90"] <= value <= quantiles["high_90"],
                    "simple": simple,
                }
            )
    return pd.DataFrame(rows, columns=list(_COLUMNS))


_COLUMNS: Final = (
    *("curve", "what", "of", "date", "until", "observed", "share", "used", "mean"),
    *_QUANTILES,
    *("in_50", "in_90", "simple"),
)


def scatter_factors(scatter: float) -> NDArray[np.float64]:
    """Evenly likely factors around the curve: lognormal with mean 1."""
    if scatter == 0:
        return np.ones(1)
    sigma = math.sqrt(math.log1p(scatter**2))
    return np.asarray(np.exp(sigma * special.ndtri((np.arange(199) + 0.5) / 199) - sigma**2 / 2))


def simulated_curves(scenario: Scenario, measures: xr.Dataset) -> dict[str, pd.DataFrame]:
    """Return what was simulated of every observed curve, day by day.

    Parameters
    ----------
    scenario : Scenario
    measures : xarray.Dataset

    Returns
    -------
    dict of str to pandas.DataFrame
        By name of the curve: ``date`` and quantiles over replications, persons.

    """
    curves = {}
    for one in scenario.observed:
        curve = simulated_curve(one, measures)
        curve = np.multiply.outer(scatter_factors(one.scatter), curve).reshape(-1, curve.shape[1])
        quantiles = np.quantile(curve, list(_QUANTILES.values()), axis=0)
        table = pd.DataFrame({"date": pd.DatetimeIndex(measures["date"].values)})
        curves[one.name] = table.assign(**dict(zip(_QUANTILES, quantiles, strict=True)))
    return curves


def simulated_curve(one: Observed, measures: xr.Dataset) -> NDArray[np.float64]:
    """Return what was simulated of an observed curve.

    Parameters
    ----------
    one : scenarios.services.Observed
    measures : xarray.Dataset

    Returns
    -------
    numpy.ndarray, (replication, day), persons

    """
    values = measures[MEASURED[one.what]].sel(facility=list(one.of)).sum("facility")
    curve = np.asarray(values.transpose("replication", "day").values, dtype=np.float64)
    return np.cumsum(curve, axis=1) if one.what == "exits so far" else curve


def is_fitted(one: Observed, day: dt.date) -> bool:
    """Whether the observation of a day was used to choose numbers of the scenario."""
    return any(span.at <= day < span.until for span in one.fitted)


def observations(
    scenario: Scenario, number: int, *, everything: bool = False
) -> list[tuple[dt.date, dt.date, float]]:
    """Return what was observed of one curve.

    Parameters
    ----------
    scenario : Scenario
    number : int
        Of the curve in the scenario.
    everything : bool
        Whether observations of a table outside of the run count too.

    Returns
    -------
    list of tuple
        First day, day after the last, and value (persons).

    """
    one = scenario.observed[number]
    day = dt.timedelta(days=1)
    if one.points:
        return [(p.at, p.until or p.at + day, float(p.value)) for p in one.points]
    series, period = _series(scenario, one)
    step = PERIOD_STEPS[period if one.what in FLOWS else "day"]
    start = scenario.time.start
    end = start + dt.timedelta(hours=scenario.time.run_length)
    spans = [
        (stamp.date(), (stamp + step).date(), float(value))
        for stamp, value in series.dropna().items()
    ]
    return [
        (first, until, value)
        for first, until, value in spans
        if (everything or (start <= first and until <= end))
        and one.day_of_month in (None, first.day)
    ]


def _series(scenario: Scenario, one: Observed) -> tuple[pd.Series[float], str]:
    """Read the observations of a table of the package or of a file, and what each number covers."""
    path = f"observed.{one.name}"
    if one.data in [info.name for info in fc.catalog()]:
        loaded = fc.load(str(one.data))
        columns = [str(name) for name in getattr(loaded, "data_vars", {})]
        if columns:
            if one.column not in columns:
                message = f"{one.column!r} is no column of {one.data}; it has {', '.join(columns)}."
                raise ScenarioError([scenario.problem(f"{path}.column", message)])
            loaded = loaded[one.column]
        period = str(loaded.attrs.get("period", ""))
        if one.what in FLOWS and period not in PERIOD_STEPS:
            message = (
                f"{one.data} does not count {one.what} by day, week or month; name another table."
            )
            raise ScenarioError([scenario.problem(f"{path}.data", message)])
        for dim in ("location", "cause"):
            loaded = loaded.sum(dim, min_count=1) if dim in loaded.dims else loaded
        series = pd.Series(loaded.values, index=pd.DatetimeIndex(loaded["time"].values))
        return series, period
    file = scenario.folder(f"{path}.data") / str(one.data)
    if not file.is_file():
        message = f"{one.data!r} is neither a table of the package nor a file at {file}."
        raise ScenarioError([scenario.problem(f"{path}.data", message)])
    try:
        series = fc.read_counts(file, one.column or "persons", sheet=one.sheet)
    except fc.FlowError as error:
        problems = [scenario.problem(f"{path}.data", line) for line in str(error).splitlines()]
        raise ScenarioError(problems) from error
    if one.what in FLOWS and series.index.to_series().diff().min() != pd.Timedelta(days=1):
        message = (
            f"{file.name} has no two days in a row, so what each number of {one.what} covers is "
            "not known. Give numbers by day, or write them as points with 'on' and 'until'."
        )
        raise ScenarioError([scenario.problem(f"{path}.data", message)])
    return series, "day"


def check_observed(scenario: Scenario) -> None:
    """Read every observed curve of a scenario, so that a wrong name is found before a run.

    Parameters
    ----------
    scenario : Scenario

    Raises
    ------
    ScenarioError
        If a table does not exist or has no such column, or none of its days lies in the run.

    """
    for number, one in enumerate(scenario.observed):
        if not observations(scenario, number):
            message = "has no observation within the run; choose another span or data."
            raise ScenarioError([scenario.problem(f"observed.{one.name}", message)])


def fit_of(points: pd.DataFrame) -> pd.DataFrame:
    """Sum up error and coverage by curve, for what was fitted and what was held out.

    Parameters
    ----------
    points : pandas.DataFrame
        From :func:`observed_points`.

    Returns
    -------
    pandas.DataFrame
        One row per ``curve`` and ``used``: ``share`` of the people that is simulated, to which all
        numbers of persons are scaled, ``points`` (number), ``mean_observed``, ``bias`` (mean of
        simulated minus observed, persons; above zero: too high), ``mae`` (mean absolute error of
        the median, persons), ``bias_share`` and ``mae_share`` (of the mean observed,
        dimensionless), ``mae_simple`` (of the simple rule, persons), ``in_50`` and ``in_90``
        (number of points inside) and ``coverage_50`` and ``coverage_90`` (shares).

    """
    rows = []
    for (curve, used), part in points.groupby(["curve", "used"], sort=False):
        observed = part["observed"]
        mean = float(observed.mean())
        bias = float((part["mean"] - observed).mean())
        mae = float((part["median"] - observed).abs().mean())
        rows.append(
            {
                "curve": curve,
                "used": used,
                "share": float(part["share"].iloc[0]),
                "points": len(part),
                "mean_observed": mean,
                "bias": bias,
                "bias_share": bias / mean if mean else np.nan,
                "mae": mae,
                "mae_share": mae / mean if mean else np.nan,
                "mae_simple": float((part["simple"] - observed).abs().mean()),
                "in_50": int(part["in_50"].sum()),
                "in_90": int(part["in_90"].sum()),
                "coverage_50": float(part["in_50"].mean()),
                "coverage_90": float(part["in_90"].mean()),
            }
        )
    return pd.DataFrame(rows, columns=list(FIT_COLUMNS))


FIT_COLUMNS: Final = (
    *(
        "curve",
        "used",
        "share",
        "points",
        "mean_observed",
        "bias",
        "bias_share",
        "mae",
        "mae_share",
    ),
    *("mae_simple", "in_50", "in_90", "coverage_50", "coverage_90"),
)


def fit_sentences(fit: pd.DataFrame) -> list[str]:
    """Say in plain words how well a run retells what was observed.

    Parameters
    ----------
    fit : pandas.DataFrame
        From :func:`fit_of`.

    Returns
    -------
    list of str
        One per curve and part, those held out first.

    """
    ordered = fit.sort_values("used", key=lambda used: used == FITTED, kind="stable")
    return [_fit_sentence(row) for row in ordered.itertuples()]


def _fit_sentence(row: Any) -> str:
    points = say("1 observation") if row.points == 1 else say("{n} observations", n=row.points)
    basis = say("used for fitting, so no test")
    if row.used == HELD_OUT:
        basis = say("not used for fitting")
    error = say("{n} persons", n=count(row.mae))
    if row.share != 1:
        error = say(
            "{n} persons (at the simulated scale of {share})",
            n=count(row.mae),
            share=percent(row.share),
        )
    text = say(
        "{curve} ({observations} {basis}): the 90 % interval of the run covers {in_90} of {all}, "
        "the 50 % interval {in_50}; the run is {bias} on average, and its median misses by {error} "
        "on average",
        curve=row.curve,
        observations=points,
        basis=basis,
        in_90=row.in_90,
        in_50=row.in_50,
        all=row.points,
        bias=_bias(row),
        error=error,
    )
    if np.isfinite(row.mae_share):
        share = percent(row.mae_share)
        text = say("{sentence} ({share} of the mean observed)", sentence=text, share=share)
    if row.points > 1:
        values = {"sentence": text, "n": count(row.mae_simple)}
        if row.mae < row.mae_simple:
            return say(
                "{sentence}; better than one constant number, which misses by {n}.", **values
            )
        return say("{sentence}; no better than one constant number, which misses by {n}.", **values)
    return f"{text}."


def _bias(row: Any) -> str:
    bias, share = float(row.bias), float(row.bias_share)
    if np.isfinite(share) and abs(share) < 0.005:
        return say("right to within half a percent")
    size = percent(abs(share))
    if not np.isfinite(share):
        size = say("{n} persons", n=count(abs(bias)))
    if (share if np.isfinite(share) else bias) > 0:
        return say("{size} too high", size=size)
    return say("{size} too low", size=size)
