"""How good were forecasts: rolling backtests, scores, and skill against a benchmark.

A backtest makes the forecast again at past cutoffs, each time with only what was known then: flows
before the cutoff, driver values already published, and the outlook the driver model would have
made. Scores are lower-is-better; skill is the improvement over a benchmark.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr
from joblib import Parallel, delayed

from forecasting.drivers import outlook
from forecasting.flows import FlowError, check_flows
from forecasting.models.pool import EqualPool
from forecasting.scores import crps, energy_score, pit_bounds, weighted_interval_score

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from forecasting.models.protocol import FittedModel, Model

Array = npt.NDArray[np.float64]

LEVELS: Final = ("series", "cause", "location", "origin", "destination", "total", "focus")
"""Each place and cause, or corridor; summed over places, causes, the other end of corridors,
everything; summed over chosen places.

The sums over places alone and over causes alone exist for flows that have both.
"""
MEASURES: Final = (
    "crps",
    "crps_log1p",
    "interval_score",
    "covered_50",
    "covered_90",
    "pit_low",
    "pit_high",
    "median",
    "quantile_80",
    "threshold",
    "chance_above",
    "observed",
)
"""What is kept for every forecast; see :func:`backtest`."""
COVERAGE_LEVELS: Final = {"covered_50": 0.5, "covered_90": 0.9}
THRESHOLD_LEVEL: Final = 0.9
"""Quantile of what was known at the cutoff beyond which an early warning is due."""
PLANNING_LEVEL: Final = 0.8
"""Quantile of the forecast that a cautious plan would be made for."""
_SUMMED: Final = {
    "series": (),
    "cause": ("location",),
    "location": ("cause",),
    "origin": ("destination",),
    "destination": ("origin",),
    "total": ("location", "cause", "origin", "destination"),
    "focus": ("location",),
}


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
    workers: int = 1,
    advance: Callable[[int], object] | None = None,
    executor: Callable[[Iterable[Any]], Iterable[Any]] | None = None,
) -> xr.Dataset:
    """Make forecasts again at past cutoffs, refitted each time, and score them.

    Parameters
    ----------
    models : sequence of Model
        With different names. An :class:`~forecasting.models.EqualPool` whose members are among
        the models reuses their fits.
    flows : xarray.DataArray, (time, location[, cause]) or (time, origin, destination), persons
        Per period, as checked by :func:`forecasting.flows.check_flows`.
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
    workers : int
        Processes that share the cutoffs; the scores do not depend on it.
    advance : callable, optional
        Told after each cutoff how many are done since the last time (always 1).
    executor : callable, optional
        Runs tasks as :func:`joblib.delayed` gives them and returns their results in order, where
        processes are at hand already; ``workers`` is not used then.

    Returns
    -------
    xarray.Dataset, (model, cutoff, horizon, location[, cause])
        crps and interval_score (weighted; persons), crps_log1p, covered_50 and covered_90 (0 or 1),
        pit_low and pit_high (:func:`forecasting.scores.pit_bounds`), median and quantile_80 of the
        forecast (persons), threshold (persons; 90th percentile of what was known at the cutoff),
        chance_above (share of samples above it), and observed (persons); scores are NaN where
        nothing was observed. The same for sums over places, causes and both, with suffix
        ``_cause``, ``_location`` and ``_total`` (corridors: over destinations, origins and both,
        ``_origin``, ``_destination`` and ``_total``), and ``_focus`` if asked for; see
        :func:`at_level`. Also energy_log1p (model, cutoff), the energy score of all places,
        causes and periods together, of log1p of persons.

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
    if workers < 1:
        msg = f"workers is {workers}; give 1 or more."
        raise FlowError(msg)
    tasks = (
        delayed(_score_cutoff)(
            models, flows, drivers, date, horizon, samples, seed + position, chosen
        )
        for position, date in enumerate(dates)
    )
    parallel = executor or Parallel(n_jobs=min(workers, len(dates)), return_as="generator")
    per_cutoff = []
    for scored in parallel(tasks):
        per_cutoff.append(scored)
        if advance is not None:
            advance(1)
    moments = pd.DatetimeIndex(dates, name="cutoff").as_unit("ns")
    result: xr.Dataset = xr.concat(per_cutoff, dim=moments)
    result = result.transpose("model", "cutoff", "horizon", ...)
    attrs = {
        "samples": samples,
        "seed": seed,
        "refit": "every cutoff",
        "units": "persons",
        "period": flows.attrs["period"],
    }
    if chosen:
        attrs["focus"] = ", ".join(chosen)
    return result.assign_attrs(attrs)


def _score_cutoff(
    models: Sequence[Model],
    flows: xr.DataArray,
    drivers: xr.Dataset | None,
    date: pd.Timestamp,
    horizon: int,
    samples: int,
    seed: int,
    focus: list[str],
) -> xr.Dataset:
    """Score all models at one cutoff (model, horizon, ...)."""
    times = pd.DatetimeIndex(flows["time"].to_numpy())
    known = flows.isel(time=times < date)
    later = flows.isel(time=times >= date).isel(time=slice(0, horizon))
    fitted = _fit_all(models, known, drivers)
    ahead = None if drivers is None else outlook(drivers, date, horizon, samples, seed)
    per_model, truth = [], None
    for model in models:
        forecast = fitted[model].forecast(horizon, ahead, samples, seed)
        sizes = {dim: forecast.sizes.get(dim) for dim in known.dims if dim != "time"}
        if any(sizes[dim] != known.sizes[dim] for dim in sizes):
            msg = f"model {model.name!r} forecasts {sizes}, and the flows have {dict(known.sizes)}."
            raise FlowError(msg)
        if truth is None or not np.array_equal(forecast["time"], truth.observed["time"]):
            truth = _Truth.of(later.reindex(time=forecast["time"]), known, focus)
        per_model.append(_scores(forecast, truth))
    first = per_model[0]
    return xr.Dataset(
        {
            name: (("model", *values.dims), np.stack([one[name].to_numpy() for one in per_model]))
            for name, values in first.data_vars.items()
        },
        coords={"model": [model.name for model in models], **first.coords},
    )


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


class _Level(NamedTuple):
    """What was observed at one level, and how samples are brought there."""

    suffix: str
    dims: tuple[str, ...]
    summed: tuple[int, ...]
    """Axes of the observations that are summed."""
    chosen: list[int] | None
    """Places of the focus; None: all."""
    seen: Array
    threshold: Array


class _Truth(NamedTuple):
    """What was observed after a cutoff, at all levels: the same for every model."""

    observed: xr.DataArray
    levels: list[_Level]

    @classmethod
    def of(cls, observed: xr.DataArray, known: xr.DataArray, focus: list[str]) -> _Truth:
        dims = list(map(str, observed.dims))
        levels = []
        for level, summed in _SUMMED.items():
            partial = level in ("cause", "location", "origin", "destination")
            if (partial and not {level, *summed} <= {*dims}) or (level == "focus" and not focus):
                continue
            over = [dim for dim in summed if dim in dims]
            chosen = None
            if level == "focus":
                over += ["cause"] if "cause" in dims else []
                places = list(map(str, observed["location"].to_numpy()))
                chosen = [places.index(place) for place in focus]
            axes = tuple(dims.index(dim) for dim in over)
            seen, before = (
                _at(array.transpose(*dims).to_numpy(), axes, chosen, dims)
                for array in (observed, known)
            )
            left = tuple(dim for dim in dims[1:] if dim not in over)
            suffix = "" if level == "series" else f"_{level}"
            levels.append(_Level(suffix, left, axes, chosen, seen, _threshold(before)))
        return cls(observed, levels)


def _at(
    values: Array, axes: tuple[int, ...], chosen: list[int] | None, dims: Sequence[str]
) -> Array:
    """Take the places chosen and sum."""
    if chosen is not None:
        values = np.take(values, chosen, axis=dims.index("location"))
    return np.asarray(values.sum(axis=axes)) if axes else values


def _scores(forecast: xr.DataArray, truth: _Truth) -> xr.Dataset:
    """Score one forecast at every level (horizon, ...)."""
    dims = ("sample", *map(str, truth.observed.dims))
    samples = forecast.transpose(*dims).to_numpy()
    variables: dict[str, tuple[tuple[str, ...], Array]] = {}
    for level in truth.levels:
        axes = tuple(axis + 1 for axis in level.summed)
        drawn = _at(samples, axes, level.chosen, dims)
        for measure, value in _measures(drawn, level.seen, level.threshold).items():
            variables[measure + level.suffix] = (("horizon", *level.dims), value)
    energy = energy_score(observed=np.log1p(truth.observed), samples=np.log1p(samples))
    variables["energy_log1p"] = ((), np.asarray(energy))
    coords = {
        name: coord
        for name, coord in forecast.coords.items()
        if name in ("location", "location_name", "cause", "origin", "destination")
    }
    horizons = np.arange(1, forecast.sizes["time"] + 1)
    return xr.Dataset(variables, coords={**coords, "horizon": horizons})


def _threshold(known: Array) -> Array:
    """Quantile of known values (period, ...) beyond which a warning is due; 0 if none is known."""
    never = np.isnan(known).all(axis=0)
    filled = np.where(never, 0.0, known)
    return np.asarray(np.nanquantile(filled, THRESHOLD_LEVEL, axis=0))


def _measures(samples: Array, observed: Array, threshold: Array) -> dict[str, Array]:
    """All measures of samples (sample, ...) against what was observed (...)."""
    missing = np.isnan(observed)
    ordered = np.sort(samples, axis=0)
    low, high = pit_bounds(observed=observed, samples=ordered)
    ends = [0.5 + side * content / 2 for content in COVERAGE_LEVELS.values() for side in (-1, 1)]
    quantiles = np.quantile(ordered, [0.5, PLANNING_LEVEL, *ends], axis=0)
    result = {
        "crps": crps(observed=observed, samples=ordered),
        "crps_log1p": crps(observed=np.log1p(observed), samples=np.log1p(ordered)),
        "interval_score": weighted_interval_score(observed=observed, samples=ordered),
        "pit_low": low,
        "pit_high": high,
        "median": quantiles[0],
        "quantile_80": quantiles[1],
        "threshold": np.broadcast_to(threshold, observed.shape),
        "chance_above": (ordered > threshold).mean(axis=0),
        "observed": observed.astype(float),
    }
    for number, name in enumerate(COVERAGE_LEVELS, start=1):
        low, high = quantiles[2 * number : 2 * number + 2]
        inside = (observed >= low) & (observed <= high)
        result[name] = np.where(missing, np.nan, inside.astype(float))
    return result


def at_level(scores: xr.Dataset, level: str) -> xr.Dataset:
    """Return the scores of one level under their plain names.

    Parameters
    ----------
    scores : xarray.Dataset
        From :func:`backtest`.
    level : {"series", "cause", "location", "origin", "destination", "total", "focus"}
        Each place and cause (or corridor); or the sums for every cause, location, origin or
        destination; the sum over everything; or that over the places that :func:`backtest` was
        told to focus on and all causes.

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


def score_table(scores: xr.Dataset, level: str = "series", by: str | None = None) -> pd.DataFrame:
    """Mean scores and coverage per model, over all or for each cause, location or horizon.

    Parameters
    ----------
    scores : xarray.Dataset
        From :func:`backtest`.
    level : str
        See :func:`at_level`.
    by : {"cause", "location", "horizon", "cutoff"}, optional
        One row per model and entry of this dimension.

    Returns
    -------
    pandas.DataFrame
        Index model (and ``by``); mean crps (persons), crps_log1p, interval_score (persons),
        covered_50 and covered_90 (shares).

    Raises
    ------
    FlowError
        If the scores have no such level or, at this level, no such dimension.

    """
    chosen = at_level(scores, level)
    kept = ["model"] if by is None else ["model", by]
    if by is not None and by not in chosen["crps"].dims[1:]:
        allowed = ", ".join(map(str, chosen["crps"].dims[1:]))
        msg = f"by is {by!r}; at level {level!r} the scores have: {allowed}."
        raise FlowError(msg)
    names = ["crps", "crps_log1p", "interval_score", "covered_50", "covered_90"]
    means = {
        name: chosen[name].mean([d for d in chosen[name].dims if d not in kept]).transpose(*kept)
        for name in names
    }
    index: pd.Index = pd.Index(scores["model"].to_numpy(), name="model")
    if by is not None:
        index = pd.MultiIndex.from_product([index, scores[by].to_numpy()], names=["model", by])
    return pd.DataFrame({name: mean.to_numpy().ravel() for name, mean in means.items()}, index)
