"""Sudden-onset displacement as events: how often, in which season, and how large.

A period with any displacement is an event. Its chance depends on place and season, its size has a
heavy tail; together they give samples, the annual average and how often a year exceeds a number.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from forecasting.flows import FlowError
from forecasting.models.combination import joint_chances
from forecasting.models.panel import Panel, check_request, forecast_of, panel_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    import xarray as xr

Array = npt.NDArray[np.float64]
Index = npt.NDArray[np.int64]

PLACE_WEIGHT: Final = 8.0
"""Observed periods of a season at which a place's own frequency counts as much as all places'."""
SIZE_WEIGHT: Final = 4.0
"""Events at which a place's own size counts as much as that of all places."""
TAIL_FROM: Final = 0.9
"""Share of events below the tail."""
LEAST_EVENTS: Final = 10
RETURN_PERIODS: Final = (2, 5, 10, 20, 50, 100)
"""Years between exceedances, on average."""
_LEAST_YEARS: Final = 3
_STREAM: Final = 20_190_401


@dataclass(frozen=True)
class _Cause:
    """Events of one cause.

    Attributes
    ----------
    chance : numpy.ndarray, (calendar period, place)
        Of any displacement in a period.
    size : numpy.ndarray, (place)
        Mean log of persons per event.
    spread : numpy.ndarray, (event)
        Differences of log persons from it, in order.
    excess : float
        Mean excess of the upper tenth on the log scale: the inverse of the Pareto index.

    """

    chance: Array
    size: Array
    spread: Array
    excess: float

    def draws(self, chances: Array, calendar: Index) -> Array:
        """Persons (sample, horizon, place) at uniform numbers of the same shape."""
        none = 1.0 - self.chance[calendar]
        happens = chances > none
        within = np.where(happens, (chances - none) / np.maximum(1.0 - none, 1e-12), 0.5)
        levels = (np.arange(len(self.spread)) + 0.5) / len(self.spread)
        body = np.interp(within, levels, self.spread)
        start = float(np.interp(TAIL_FROM, levels, self.spread))
        beyond = np.log((1.0 - TAIL_FROM) / np.maximum(1.0 - within, 1e-9))
        logs = np.where(within > TAIL_FROM, start + self.excess * beyond, body) + self.size
        return np.asarray(np.where(happens, np.maximum(np.exp(np.minimum(logs, 30.0)), 1.0), 0.0))


def _fit_cause(counts: Array, calendar: Index, season: int) -> _Cause | None:
    """Fit one cause (period, place); None if there are too few events."""
    known = np.isfinite(counts)
    happened = np.nan_to_num(counts) > 0
    if int(happened.sum()) < LEAST_EVENTS:
        return None
    chance = np.empty((season, counts.shape[1]))
    rate = happened.sum() / known.sum()
    many = known.sum(axis=0)
    own_rate = (happened.sum(axis=0) + PLACE_WEIGHT * rate) / (many + PLACE_WEIGHT)
    for period in range(season):
        near = np.isin(calendar, [(period - 1) % season, period, (period + 1) % season])
        seasonal = (happened[near].sum() + rate) / (known[near].sum() + 1.0)
        expected = np.clip(own_rate * seasonal / rate, 0.0, 0.98)
        events, seen = happened[near].sum(axis=0), known[near].sum(axis=0)
        chance[period] = (events + PLACE_WEIGHT * expected) / (seen + PLACE_WEIGHT)
    logs = np.log(np.where(happened, counts, 1.0))
    events = happened.sum(axis=0)
    typical = logs[happened].mean()
    size = (logs.sum(axis=0) + SIZE_WEIGHT * typical) / (events + SIZE_WEIGHT)
    spread = np.sort((logs - size)[happened])
    start = np.quantile(spread, TAIL_FROM)
    excess = float((spread[spread >= start] - start).mean())
    return _Cause(chance, size, spread, max(excess, 0.05))


@dataclass(frozen=True)
class FittedEvents:
    """Frequency and size of events up to the reference date."""

    name: str
    panel: Panel
    causes: tuple[_Cause | None, ...]

    def forecast(
        self,
        horizon: int,
        drivers: xr.Dataset | None = None,  # noqa: ARG002 - seasons, not drivers
        samples: int = 1000,
        seed: int = 0,
    ) -> xr.DataArray:
        """Draw joint samples; see :meth:`forecasting.models.FittedModel.forecast`."""
        persons = self.persons(horizon, samples, np.random.default_rng([seed, _STREAM]))
        return forecast_of(self.panel, persons, model=self.name, seed=seed)

    def persons(self, horizon: int, samples: int, rng: np.random.Generator) -> Array:
        """Draw persons (sample, horizon, place, cause) with the dependence of past blocks."""
        check_request(horizon, samples)
        counts, season = self.panel.counts, self.panel.season
        length = len(counts)
        starts = np.arange(max(length - horizon + 1, 0))
        starts = starts if len(starts) >= season else np.arange(length)
        rows = (starts[:, np.newaxis] + np.arange(horizon)) % length
        calendar = (length + np.arange(horizon)) % season
        result = np.zeros((samples, horizon, *counts.shape[1:]))
        blocks = counts[rows].reshape(len(rows), horizon, -1)
        chances = joint_chances(blocks, samples, rng).reshape(result.shape)
        for position, cause in enumerate(self.causes):
            if cause is not None:
                drawn = cause.draws(chances[..., position], calendar)
                result[..., position] = drawn
        return np.asarray(np.minimum(result, self.panel.caps()))


@dataclass(frozen=True)
class Events:
    """Displacement as events: frequency by place and season, size with a heavy tail.

    The chance of any displacement in a period is that of the place in this season of the year
    (the calendar period and its neighbors), shrunk to that of all places. The size has the mean of
    the place on the log scale, shrunk likewise, and the differences from it of all events; the
    upper tenth follows a Pareto tail (Hill 1975, Annals of Statistics 3), up to three times the
    record. What happens together, over places, causes and time, follows the ranks of past blocks.
    A cause with fewer than ten events on record is forecast as none.

    Examples
    --------
    >>> from forecasting import datasets
    >>> floods = datasets.load_somalia_displacement().sel(cause=["flood"])
    >>> fitted = Events().fit(floods)
    >>> dict(fitted.forecast(horizon=6, samples=50, seed=1).sizes)
    {'sample': 50, 'time': 6, 'location': 18, 'cause': 1}

    """

    name: str = "events"

    def fit(self, flows: xr.DataArray, drivers: xr.Dataset | None = None) -> FittedEvents:  # noqa: ARG002
        """Fit on flows of at least a year; drivers are not used."""
        panel = panel_of(flows, 2, self.name)
        season = panel.season
        if len(panel.counts) < season:
            msg = (
                f"{self.name} needs a year ({season} periods); the flows have "
                f"{len(panel.counts)}. Use RecentClimatology."
            )
            raise FlowError(msg)
        calendar = np.arange(len(panel.counts)) % season
        causes = tuple(
            _fit_cause(panel.counts[..., position], calendar, season)
            for position in range(panel.counts.shape[2])
        )
        return FittedEvents(self.name, panel, causes)


def annual_exceedance(
    flows: xr.DataArray,
    *,
    return_periods: Sequence[float] = RETURN_PERIODS,
    years: int = 2000,
    replications: int = 100,
    interval: float = 0.9,
    seed: int = 0,
) -> pd.DataFrame:
    """Persons displaced in a year: the annual average, and what one year in so many exceeds.

    Years are simulated with :class:`Events`, all places and causes of the flows summed. The
    interval refits on resampled years of the record (bootstrap of whole years, because a year's
    events share one climate), so that a short record shows in it.

    Parameters
    ----------
    flows : xarray.DataArray, (time, location[, cause]), persons per period
        Whole years from the first period on are used; at least three.
    return_periods : sequence of float
        Years between exceedances on average, above 1.
    years : int
        Simulated per fit.
    replications : int
        Resampled records.
    interval : float
        Probability content.
    seed : int
        Same seed, same table.

    Returns
    -------
    pandas.DataFrame
        Index return_period in years (``"average"`` first); persons, low, high; and observed, the
        annual average on record (NaN for return periods).

    Raises
    ------
    FlowError
        If there are fewer than three whole years or a return period is not above 1.

    Notes
    -----
    Beyond the length of the record the curve rests on the Pareto tail and the rule that no place
    and period exceeds three times its record: a scenario, not an estimate.

    Examples
    --------
    >>> from forecasting import datasets
    >>> floods = datasets.load_somalia_displacement().sel(cause=["flood"])
    >>> table = annual_exceedance(floods, years=300, replications=10, return_periods=[2, 10])
    >>> list(table.index), bool((table["low"] <= table["high"]).all())
    (['average', 2, 10], True)

    """
    panel = panel_of(flows, 1, "annual_exceedance")
    season = panel.season
    whole = len(panel.counts) // season
    wrong = [period for period in return_periods if not period > 1]
    if whole < _LEAST_YEARS or wrong:
        msg = (
            f"the flows have {whole} whole years and return periods {list(return_periods)}; give "
            f"at least {_LEAST_YEARS} years and return periods above 1."
        )
        raise FlowError(msg)
    record = panel.counts[: whole * season].reshape(whole, season, *panel.counts.shape[1:])
    template = flows.isel(time=slice(0, whole * season))
    levels = 1.0 - 1.0 / np.asarray(return_periods, dtype=float)
    rng = np.random.default_rng([seed, _STREAM])
    rows = []
    for replication in range(replications + 1):
        chosen = np.arange(whole) if replication == 0 else rng.integers(whole, size=whole)
        values = record[chosen].reshape(template.shape)
        fitted = Events().fit(template.copy(data=values))
        sums = fitted.persons(season, years, rng).sum(axis=(1, 2, 3))
        rows.append([sums.mean(), *np.quantile(sums, levels)])
    table = np.array(rows)
    low, high = np.quantile(table[1:], [0.5 - interval / 2, 0.5 + interval / 2], axis=0)
    observed = np.full(table.shape[1], np.nan)
    observed[0] = np.nansum(record) / whole
    index = pd.Index(["average", *return_periods], name="return_period", dtype=object)
    return pd.DataFrame(
        {"persons": table[0], "low": low, "high": high, "observed": observed}, index
    )
