"""How good were forecasts: rolling backtests, scores, and skill against a benchmark.

A backtest makes the forecast again at past cutoffs, each time with only what was known then: flows
before the cutoff, driver values already published, and the outlook the driver model would have
made. Scores are lower-is-better; skill is the improvement over a benchmark.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt
import pandas as pd
import scoringrules as sr
import xarray as xr

from forecasting.drivers import outlook
from forecasting.flows import FlowError, check_flows
from forecasting.models.pool import EqualPool

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from forecasting.models.protocol import FittedModel, Model

Array = npt.NDArray[np.float64]

LEVELS: Final = ("series", "cause", "location", "total", "focus")
"""Each place and cause; summed over places, causes or both; summed over chosen places."""
MEASURES: Final = ("crps", "crps_log1p", "covered_50", "covered_90", "median", "observed")
COVERAGE_LEVELS: Final = {"covered_50": 0.5, "covered_90": 0.9}
_SUMMED: Final = {
    "series": (),
    "cause": ("location",),
    "location": ("cause",),
    "total": ("location", "cause"),
    "focus": ("location",),
}


def crps(*, observed: npt.ArrayLike, samples: npt.ArrayLike) -> Array:
    """Continuous ranked probability score of samples, in the unit of the observation.

    The unbiased ("fair") estimate from probability-weighted moments, so that the score does not
    depend on the number of samples (Zamo and Naveau 2018, Mathematical Geosciences 50).

    Parameters
    ----------
    observed : array, (...)
        NaN gives NaN.
    samples : array, (sample, ...)
        First axis is the sample.

    Returns
    -------
    numpy.ndarray, (...)

    Examples
    --------
    With one sample per side the score is the mean distance less half the (fair) spread:

    >>> float(crps(observed=2.0, samples=[1.0, 3.0]))
    0.0
    >>> float(crps(observed=5.0, samples=[1.0, 3.0]))
    2.0

    """
    ordered = np.sort(np.moveaxis(np.asarray(samples, dtype=float), 0, -1), axis=-1)
    if ordered.shape[-1] == 1:
        return np.asarray(np.abs(np.asarray(observed, dtype=float) - ordered[..., 0]))
    score = sr.crps_ensemble(
        np.asarray(observed, dtype=float),
        ordered,
        estimator="pwm",
        sorted_ensemble=True,
        backend="numpy",
    )
    return np.asarray(score)


def rolling_cutoffs(
    flows: xr.DataArray, horizon: int = 6, count: int = 12, step: int = 1
) -> list[pd.Timestamp]:
    """Choose the last cutoffs for which all months of the horizon have been observed.

    Parameters
    ----------
    flows : xarray.DataArray, (time, ...)
    horizon : int
        Periods ahead.
    count : int
        Number of cutoffs.
    step : int
        Periods between cutoffs.

    Returns
    -------
    list of pandas.Timestamp
        First day of the first period forecast (the reference date), in order of time.

    Examples
    --------
    >>> from forecasting import datasets
    >>> cutoffs = rolling_cutoffs(datasets.load_somalia_displacement(), count=2)
    >>> [str(cutoff.date()) for cutoff in cutoffs]
    ['2021-12-01', '2022-01-01']

    """
    times = pd.DatetimeIndex(flows["time"].to_numpy())
    last = len(times) - horizon
    positions = [last - step * back for back in range(count)]
    kept = [position for position in positions if position > 0]
    if not kept:
        msg = f"flows have {len(times)} periods; no cutoff leaves a horizon of {horizon} after it."
        raise FlowError(msg)
    return [pd.Timestamp(times[position]) for position in reversed(kept)]


def backtest(
    models: Sequence[Model],
    flows: xr.DataArray,
    drivers: xr.Dataset | None = None,
    *,
    horizon: int = 6,
    cutoffs: Iterable[str | pd.Timestamp] | None = None,
    samples: int = 300,
    seed: int = 0,
    focus: Sequence[str] | None = None,
) -> xr.Dataset:
    """Make forecasts again at past cutoffs, refitted each time, and score them.

    Parameters
    ----------
    models : sequence of Model
        With different names. An :class:`~forecasting.models.EqualPool` whose members are among
        the models reuses their fits.
    flows : xarray.DataArray, (time, location[, cause]), persons per period
        As checked by :func:`forecasting.flows.check_flows`.
    drivers : xarray.Dataset, (time), optional
        Observed drivers; at each cutoff only what was published then is used, and the outlook is
        the one the driver model would have made then.
    horizon : int
        Periods ahead.
    cutoffs : iterable of dates, optional
        Reference dates; default the last twelve of :func:`rolling_cutoffs`.
    samples : int
        Samples per forecast.
    seed : int
        Same seed, same scores.
    focus : sequence of str, optional
        Locations whose sum, over all causes, is scored as one more level, ``"focus"``: the area a
        plan is about.

    Returns
    -------
    xarray.Dataset, (model, cutoff, horizon, location[, cause])
        crps (persons), crps_log1p, covered_50 and covered_90 (0 or 1), median (persons) and
        observed (persons), NaN where nothing was observed. The same for sums over places, causes
        and both, with suffix ``_cause``, ``_location`` and ``_total``, and ``_focus`` if asked
        for; see :func:`at_level`.

    Raises
    ------
    FlowError
        If two models share a name, a cutoff has no observed period after it, or a location of the
        focus is not in the flows.

    Examples
    --------
    >>> from forecasting import datasets
    >>> from forecasting.models import RecentClimatology
    >>> flows = datasets.load_somalia_displacement()
    >>> cutoffs = ["2020-01-01", "2020-07-01"]
    >>> juba = ["SO26", "SO27", "SO28"]
    >>> scores = backtest([RecentClimatology()], flows, cutoffs=cutoffs, samples=50, focus=juba)
    >>> at_level(scores, "focus")["crps"].dims
    ('model', 'cutoff', 'horizon')

    """
    check_flows(flows)
    chosen = _check_focus(flows, focus)
    names = [model.name for model in models]
    if len(set(names)) != len(names) or not names:
        msg = f"models are named {', '.join(names) or '(none)'}; give each a name of its own."
        raise FlowError(msg)
    dates = (
        rolling_cutoffs(flows, horizon)
        if cutoffs is None
        else [pd.Timestamp(cutoff) for cutoff in cutoffs]
    )
    times = pd.DatetimeIndex(flows["time"].to_numpy())
    wrong = [str(date.date()) for date in dates if date not in times[1:]]
    if wrong:
        msg = (
            f"cutoffs {', '.join(wrong)} are not first days of observed periods after the first "
            f"({times[0].date()} to {times[-1].date()}). Use rolling_cutoffs()."
        )
        raise FlowError(msg)
    per_cutoff = []
    for position, date in enumerate(dates):
        known = flows.isel(time=times < date)
        later = flows.isel(time=times >= date).isel(time=slice(0, horizon))
        fitted = _fit_all(models, known, drivers)
        ahead = None
        if drivers is not None:
            ahead = outlook(drivers, date, horizon, samples, seed + position)
        per_model = [
            _scores(
                fitted[model].forecast(horizon, ahead, samples, seed + position),
                later,
                horizon,
                chosen,
            )
            for model in models
        ]
        per_cutoff.append(xr.concat(per_model, dim=pd.Index(names, name="model")))
    moments = pd.DatetimeIndex(dates, name="cutoff").as_unit("ns")
    result = xr.concat(per_cutoff, dim=moments).transpose("model", "cutoff", "horizon", ...)
    attrs = {"samples": samples, "seed": seed, "refit": "every cutoff", "units": "persons"}
    if chosen:
        attrs["focus"] = ", ".join(chosen)
    return result.assign_attrs(attrs)


def _fit_all(
    models: Sequence[Model], flows: xr.DataArray, drivers: xr.Dataset | None
) -> dict[Model, FittedModel]:
    fitted: dict[Model, FittedModel] = {}
    pools = [model for model in models if isinstance(model, EqualPool)]
    singles = [model for model in models if not isinstance(model, EqualPool)]
    singles += [member for pool in pools for member in pool.models]
    for model in singles:
        if model not in fitted:
            fitted[model] = model.fit(flows, drivers)
    for pool in pools:
        fitted[pool] = pool.fit_from(fitted)
    return fitted


def _check_focus(flows: xr.DataArray, focus: Sequence[str] | None) -> list[str]:
    """List the locations of the focus once each; none if it is not asked for."""
    if focus is None:
        return []
    chosen = [focus] if isinstance(focus, str) else list(dict.fromkeys(map(str, focus)))
    there = [str(x) for x in flows["location"].to_numpy()] if "location" in flows.dims else []
    missing = [place for place in chosen if place not in there]
    if missing or not chosen:
        msg = (
            f"focus names {', '.join(missing) or 'no location'}; the flows have "
            f"{', '.join(there) or 'no dim location'}."
        )
        raise FlowError(msg)
    return chosen


def _scores(
    forecast: xr.DataArray, later: xr.DataArray, horizon: int, focus: list[str]
) -> xr.Dataset:
    """Score one forecast at every level (horizon, ...)."""
    observed = later.reindex(time=forecast["time"])
    variables = {}
    for level, summed in _SUMMED.items():
        dims = [dim for dim in summed if dim in forecast.dims]
        if len(dims) != len(summed) or (level == "focus" and not focus):
            continue
        seen, drawn = observed, forecast
        if level == "focus":
            dims += ["cause"] if "cause" in forecast.dims else []
            seen, drawn = (array.sel(location=focus) for array in (observed, forecast))
        seen = seen.sum(dims, skipna=False) if dims else seen
        drawn = drawn.sum(dims) if dims else drawn
        suffix = "" if level == "series" else f"_{level}"
        for measure, values in _measures(drawn.to_numpy(), seen.to_numpy()).items():
            variables[measure + suffix] = (("horizon", *map(str, seen.dims[1:])), values)
    coords = {
        name: coord
        for name, coord in forecast.coords.items()
        if name in ("location", "location_name", "cause", "origin", "destination")
    }
    return xr.Dataset(variables, coords={**coords, "horizon": np.arange(1, horizon + 1)})


def _measures(samples: Array, observed: Array) -> dict[str, Array]:
    """All measures of samples (sample, ...) against what was observed (...)."""
    missing = np.isnan(observed)
    ordered = np.sort(samples, axis=0)
    result = {
        "crps": crps(observed=observed, samples=ordered),
        "crps_log1p": crps(observed=np.log1p(observed), samples=np.log1p(ordered)),
        "median": np.quantile(ordered, 0.5, axis=0),
        "observed": observed.astype(float),
    }
    for name, content in COVERAGE_LEVELS.items():
        low, high = np.quantile(ordered, [0.5 - content / 2, 0.5 + content / 2], axis=0)
        inside = (observed >= low) & (observed <= high)
        result[name] = np.where(missing, np.nan, inside.astype(float))
    return result


def at_level(scores: xr.Dataset, level: str) -> xr.Dataset:
    """Return the scores of one level under their plain names.

    Parameters
    ----------
    scores : xarray.Dataset
        From :func:`backtest`.
    level : {"series", "cause", "location", "total", "focus"}
        Each place and cause, or sums over places, over causes, over both, or over the places that
        :func:`backtest` was told to focus on and all causes.

    Returns
    -------
    xarray.Dataset, (model, cutoff, horizon, ...)

    Raises
    ------
    FlowError
        If the scores have no such level.

    """
    suffix = "" if level == "series" else f"_{level}"
    if level not in LEVELS or f"crps{suffix}" not in scores:
        present = [x for x in LEVELS if x == "series" or f"crps_{x}" in scores]
        msg = f"level is {level!r}; these scores have: {', '.join(present)}."
        raise FlowError(msg)
    return xr.Dataset({name: scores[name + suffix] for name in MEASURES}, attrs=scores.attrs)


def score_table(scores: xr.Dataset, level: str = "series") -> pd.DataFrame:
    """Mean scores and coverage per model.

    Parameters
    ----------
    scores : xarray.Dataset
        From :func:`backtest`.
    level : str
        See :func:`at_level`.

    Returns
    -------
    pandas.DataFrame
        Index model; mean crps (persons), mean crps_log1p, covered_50, covered_90 (shares).

    """
    chosen = at_level(scores, level)
    names = ["crps", "crps_log1p", "covered_50", "covered_90"]
    columns = {
        name: chosen[name].mean([d for d in chosen[name].dims if d != "model"]).to_numpy()
        for name in names
    }
    return pd.DataFrame(columns, index=pd.Index(scores["model"].to_numpy(), name="model"))
