"""How first figures grow as later releases come in, and a nowcast of the final ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr

from forecasting.flows import FlowError, check_flows, check_forecast
from forecasting.models.combination import joint_chances
from forecasting.models.panel import TAIL_FACTOR
from forecasting.vintages import Pairs, ages_of, check_vintages, finals_of, held_by, pairs_of

Array = npt.NDArray[np.float64]

SHRINKAGE: Final = 8.0
"""Past revisions of a series at which its own growth counts as much as that of all (assumption)."""
RESAMPLES: Final = 25
"""Resamples of past periods that carry the uncertainty of what was estimated."""
LEAST_PAIRS: Final = 10
"""Figures of an age, with their final value, that are needed to say anything about it."""
UNREPORTED: Final = 24
"""Latest final figures from which one that no release holds yet is drawn."""
_LEVELS: Final = (np.arange(100) + 0.5) / 100.0
_STREAM: Final = 20_260_601


@dataclass(frozen=True)
class _AtAge:
    """Past figures of one age and what became of them, by resample.

    Attributes
    ----------
    growth : numpy.ndarray, (resample, series)
        Shrunk mean of log1p(final) - log1p(first) where the first was above 0.
    spread : numpy.ndarray, (resample, level)
        Quantiles of what is left of it, pooled.
    awakening : numpy.ndarray, (resample, series)
        Chance that a zero becomes non-zero.
    size : numpy.ndarray, (resample, level)
        Quantiles of log1p(final) of such, less the level of the series.

    """

    growth: Array
    spread: Array
    awakening: Array
    size: Array


@dataclass(frozen=True)
class FittedRevisions:
    """How figures of every age were revised."""

    vintages: xr.DataArray
    first_age: int
    settled_after: int
    at_age: dict[int, _AtAge]
    blocks: Array
    levels: Array

    def nowcast(
        self, latest: xr.DataArray | None = None, samples: int = 1000, seed: int = 0
    ) -> xr.DataArray:
        """Draw joint samples of the final figures of the latest periods.

        Parameters
        ----------
        latest : xarray.DataArray, (time, location[, cause]), persons per period, optional
            Flows as last published, whose last period is as old as the youngest in the vintages;
            default the latest release. Same places and causes.
        samples : int
        seed : int
            Same seed, same samples.

        Returns
        -------
        xarray.DataArray, (sample, time, location[, cause]), persons per period
            Only the periods not settled yet. Keeps to :func:`forecasting.flows.check_forecast`;
            the reference date is the first of them. Figures that the release does not hold are
            drawn from the last 24 final ones of their series.

        Raises
        ------
        FlowError
            If the places or causes differ from those of the vintages.

        """
        flows = self.latest if latest is None else check_flows(latest)
        places = self.vintages.isel(release=0, time=0, drop=True)
        for dim in flows.dims[1:]:
            if dim not in places.dims or list(flows[dim].values) != list(places[dim].values):
                msg = f"'{dim}' differs from that of the vintages; give the same entries in order."
                raise FlowError(msg)
        if samples < 1:
            msg = f"samples is {samples}; give 1 or more."
            raise FlowError(msg)
        rng = np.random.default_rng([seed, _STREAM])
        counts = flows.to_numpy().reshape(len(flows), -1)
        ages = np.arange(self.settled_after - 1, self.first_age - 1, -1)
        ages = ages[max(len(ages) - len(counts), 0) :]
        known = counts[len(counts) - len(ages) :]
        order = ages - self.first_age
        chances = joint_chances(self.blocks[:, order], samples, rng)
        picked = rng.integers(RESAMPLES, size=samples)
        drawn = np.empty_like(chances)
        settled = counts[: len(counts) - len(ages)]
        for position, age in enumerate(map(int, ages)):
            rules = self.at_age[age]
            for series in range(counts.shape[1]):
                first = known[position, series]
                chance = chances[:, position, series]
                if np.isnan(first):
                    drawn[:, position, series] = _unreported(settled[:, series], chance)
                    continue
                if first > 0:
                    left = _quantile(rules.spread[picked], chance)
                    logs = np.log1p(first) + rules.growth[picked, series] + left
                else:
                    none = 1.0 - rules.awakening[picked, series]
                    within = np.clip((chance - none) / np.maximum(1.0 - none, 1e-9), 0.0, 1.0)
                    size = self.levels[series] + _quantile(rules.size[picked], within)
                    logs = np.where(chance > none, np.maximum(size, np.log(2.0)), 0.0)
                drawn[:, position, series] = np.expm1(np.clip(logs, 0.0, 30.0))
        record = np.nan_to_num(counts).max(axis=0)
        typical = float(np.median(record[record > 0])) if (record > 0).any() else 0.0
        most = TAIL_FACTOR * np.where(record > 0, record, typical)
        whole = np.rint(np.minimum(drawn, np.floor(most)))
        return self._laid_out(flows, whole, seed)

    @property
    def latest(self) -> xr.DataArray:
        """The latest release, up to its last period with a figure."""
        last = self.vintages.isel(release=-1, drop=True)
        held = np.isfinite(last.to_numpy().reshape(len(last), -1)).any(axis=1)
        return last.isel(time=slice(0, int(np.flatnonzero(held)[-1]) + 1))

    def _laid_out(self, flows: xr.DataArray, whole: Array, seed: int) -> xr.DataArray:
        open_ = flows.isel(time=slice(len(flows) - whole.shape[1], None))
        made = xr.DataArray(
            whole.reshape(len(whole), *open_.shape),
            dims=("sample", *open_.dims),
            coords={**open_.coords, "sample": np.arange(len(whole))},
            name=flows.name,
            attrs={**flows.attrs, "kind": "forecast", "model": "revision model", "seed": seed},
        )
        return check_forecast(made.assign_coords(reference_date=open_["time"].to_numpy()[0]))

    def table(self, interval: float = 0.9) -> pd.DataFrame:
        """How complete figures of every age were.

        Parameters
        ----------
        interval : float
            Probability content of the intervals, over resamples of past periods.

        Returns
        -------
        pandas.DataFrame
            Index age (periods); share_of_final (sum of the figures over sum of the final ones)
            with low and high, zero_becomes_nonzero (share of the zeros) with its low and high,
            figures (compared with their final value).

        """
        pairs = pairs_of(self.vintages, self.settled_after)
        rng = np.random.default_rng(_STREAM)
        tail = [0.5 - interval / 2, 0.5 + interval / 2]
        rows = []
        for age in sorted(self.at_age):
            ours, theirs, when = pairs[age].first, pairs[age].final, pairs[age].period
            there = np.unique(when)
            chosen = rng.choice(there, size=(1000, len(there)))
            often = np.stack([(chosen == one).sum(axis=1) for one in there], axis=1)
            sums = np.zeros((4, len(there)))
            position = np.searchsorted(there, when)
            zero = ours == 0
            for row, values in enumerate((ours, theirs, zero, zero & (theirs > 0))):
                np.add.at(sums[row], position, values)
            shares = [sums[up].sum() / max(sums[down].sum(), 1e-9) for up, down in ((0, 1), (3, 2))]
            drawn = often @ sums.T
            spread = [
                np.quantile(drawn[:, up] / np.maximum(drawn[:, down], 1e-9), tail)
                for up, down in ((0, 1), (3, 2))
            ]
            rows.append((shares[0], *spread[0], shares[1], *spread[1], len(ours)))
        columns = ["share_of_final", "low", "high", "zero_becomes_nonzero"]
        columns += ["zero_low", "zero_high", "figures"]
        index = pd.Index(sorted(self.at_age), name="age")
        return pd.DataFrame(rows, index=index, columns=columns)


@dataclass(frozen=True)
class RevisionModel:
    """How first figures grow, by their age, learned from several releases of the same figures.

    For every age: the growth of log1p of persons where there were any, a mean per series shrunk to
    that of all, with the pooled distribution of what is left; the chance that a zero becomes
    non-zero, shrunk in the same way, and how many then. What is estimated carries its uncertainty
    by resampling past periods; samples take the ranks of past releases, so that places revised
    together stay together (Schaake shuffle).

    Parameters
    ----------
    settled_after : int
        Age, in periods, from which a figure is taken as final (an assumption; look at
        :meth:`FittedRevisions.table`).

    Examples
    --------
    >>> import numpy as np
    >>> import forecasting as fc
    >>> final = fc.load_somalia_displacement().sum("cause", keep_attrs=True)
    >>> months = final["time"].to_numpy()
    >>> early = {}
    >>> for end in range(40, 79):  # each month the newest figures are a tenth too low
    ...     part = final.isel(time=slice(0, end)).copy()
    ...     part[-2:] = np.rint(0.9 * part[-2:])
    ...     early[str(months[end - 1] + np.timedelta64(40, "D"))[:10]] = part
    >>> fitted = RevisionModel(settled_after=3).fit(fc.stack_releases(early))
    >>> fitted.table()["share_of_final"].round(2).tolist()
    [0.9, 0.9]
    >>> nowcast = fitted.nowcast(samples=100, seed=1)
    >>> nowcast.dims, str(nowcast["time"].values[-1])[:7]
    (('sample', 'time', 'location'), '2022-06')

    """

    settled_after: int = 6

    def fit(self, vintages: xr.DataArray) -> FittedRevisions:
        """Learn from all figures whose final value is known.

        Parameters
        ----------
        vintages : xarray.DataArray, (release, time, location[, cause]), persons per period

        Returns
        -------
        FittedRevisions

        Raises
        ------
        FlowError
            If an age below ``settled_after`` has fewer than 10 figures with their final value.

        """
        check_vintages(vintages)
        if self.settled_after < 1:
            msg = f"settled_after is {self.settled_after}; give 1 period or more."
            raise FlowError(msg)
        held = held_by(vintages)
        ages = ages_of(vintages)
        if not held.any():
            msg = "the vintages hold no figure at all."
            raise FlowError(msg)
        first_age = int(ages[held].min())
        if first_age >= self.settled_after:
            msg = (
                f"the youngest figure is {first_age} periods old and figures settle after "
                f"{self.settled_after}; there is nothing to revise. Raise settled_after."
            )
            raise FlowError(msg)
        wanted = range(first_age, self.settled_after)
        pairs = pairs_of(vintages, self.settled_after)
        known = {age: len(pairs[age].first) if age in pairs else 0 for age in wanted}
        few = [f"age {age}: {count}" for age, count in known.items() if count < LEAST_PAIRS]
        if few:
            msg = (
                f"too few figures whose final value is known ({'; '.join(few)}; each age needs "
                f"{LEAST_PAIRS}). Give more releases or lower settled_after."
            )
            raise FlowError(msg)
        finals = finals_of(vintages, self.settled_after)
        levels = _series_levels(finals)
        at_age = {age: _at_age(pairs[age], levels) for age in wanted}
        blocks = _past_blocks(vintages, finals, first_age, self.settled_after)
        return FittedRevisions(vintages, first_age, self.settled_after, at_age, blocks, levels)


def _quantile(tables: Array, chances: Array) -> Array:
    """Value (sample) of each sample's own table (sample, level) at its chance."""
    position = np.clip(chances * len(_LEVELS) - 0.5, 0.0, len(_LEVELS) - 1.0)
    low = position.astype(np.int64)
    high = np.minimum(low + 1, len(_LEVELS) - 1)
    rows = np.arange(len(tables))
    start = tables[rows, low]
    return np.asarray(start + (position - low) * (tables[rows, high] - start))


def _unreported(settled: Array, chances: Array) -> Array:
    known = settled[np.isfinite(settled)][-UNREPORTED:]
    return np.quantile(known, chances) if len(known) else np.zeros_like(chances)


def _series_levels(finals: Array) -> Array:
    """Mean of log1p of the final figures above 0 of every series, shrunk to that of all."""
    logs = np.where(finals > 0, np.log1p(np.nan_to_num(finals)), 0.0)
    count = (finals > 0).sum(axis=0)
    everywhere = logs.sum() / max(count.sum(), 1)
    return np.asarray((logs.sum(axis=0) + SHRINKAGE * everywhere) / (count + SHRINKAGE))


def _shrunk_means(
    values: Array, series: npt.NDArray[np.int64], weights: Array, count: int
) -> Array:
    """Weighted mean per series, shrunk to the mean of all."""
    total = np.bincount(series, weights * values, minlength=count)
    cases = np.bincount(series, weights, minlength=count)
    everywhere = total.sum() / max(cases.sum(), 1e-9)
    return np.asarray((total + SHRINKAGE * everywhere) / (cases + SHRINKAGE))


def _weighted_quantiles(values: Array, weights: Array) -> Array:
    if len(values) == 0 or weights.sum() <= 0:
        return np.zeros(len(_LEVELS))
    order = np.argsort(values, kind="stable")
    reached = np.cumsum(weights[order])
    return np.asarray(
        np.interp(_LEVELS, (reached - weights[order] / 2) / reached[-1], values[order])
    )


def _at_age(pairs: Pairs, levels: Array) -> _AtAge:
    first, final, series, count = pairs.first, pairs.final, pairs.series, len(levels)
    rng = np.random.default_rng(_STREAM)
    there, position = np.unique(pairs.period, return_inverse=True)
    any_ = first > 0
    grown = np.log1p(final) - np.log1p(first)
    woken = (final > 0).astype(float)
    rows = []
    for _ in range(RESAMPLES):
        often = np.bincount(rng.integers(len(there), size=len(there)), minlength=len(there))
        weights = often[position].astype(float)
        growth = _shrunk_means(grown[any_], series[any_], weights[any_], count)
        left = grown[any_] - growth[series[any_]]
        # half a case of each kind, so that what was never seen is not impossible
        awake = _shrunk_means(woken[~any_], series[~any_], weights[~any_], count)
        cases = float(weights[~any_].sum())
        awake = (awake * cases + 0.5) / (cases + 1.0)
        rose = ~any_ & (final > 0)
        size = np.log1p(final[rose]) - levels[series[rose]]
        rows.append(
            (
                growth,
                _weighted_quantiles(left, weights[any_]),
                awake,
                _weighted_quantiles(size, weights[rose]),
            )
        )
    growth, spread, awakening, size = (np.stack(part) for part in zip(*rows, strict=True))
    return _AtAge(growth, spread, awakening, size)


def _past_blocks(
    vintages: xr.DataArray, finals: Array, first_age: int, settled_after: int
) -> Array:
    """Growth (release, age, series) of past figures, for their ranks; NaN where unknown."""
    values = vintages.to_numpy().reshape(*vintages.shape[:2], -1)
    ages = ages_of(vintages)
    grown = np.log1p(finals) - np.log1p(values)
    blocks = np.full((len(values), settled_after - first_age, values.shape[2]), np.nan)
    for age in range(first_age, settled_after):
        for release, period in np.argwhere(ages == age):
            blocks[release, age - first_age] = grown[release, period]
    told = np.isfinite(blocks).any(axis=(1, 2))
    return np.asarray(blocks[told])
