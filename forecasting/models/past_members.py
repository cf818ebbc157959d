"""Simple forecasters of a whole panel at many origins of history at once, as quantiles.

Every member answers: what were the quantiles of log1p of persons, for every series and horizon, as
one would have forecast them at an origin (a number of known periods)? Only values before the
origin are used, so that the same code that learns weights on the past makes the forecast.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.spatial import KDTree

Array = npt.NDArray[np.float64]
Index = npt.NDArray[np.int64]

LEVELS: Final = (np.arange(24) + 0.5) / 24.0
"""Quantile levels of every member."""
ERRORS_KEPT: Final = 48
"""Latest errors of a series that tell how far a smoothing forecast may be off."""
NEIGHBORS: Final = 60
"""Similar moments of the past that an analog forecast rests on."""
_FEW: Final = 4.0
_SEASON_WEIGHT: Final = 1.5
_RIDGE: Final = 4.0


def quantiles_of(values: Array) -> tuple[Array, Array]:
    """Quantiles (level, ...) along the first axis and the number known (...), NaN left out.

    Examples
    --------
    >>> quantiles, known = quantiles_of(np.array([[1.0], [np.nan], [3.0]]))
    >>> float(quantiles[0, 0]), float(quantiles[-1, 0]), int(known[0])
    (1.0, 3.0, 2)

    """
    if len(values) == 0:
        return np.full((len(LEVELS), *values.shape[1:]), np.nan), np.zeros(values.shape[1:])
    ordered = np.sort(values, axis=0)
    count = np.isfinite(values).sum(axis=0)
    position = LEVELS.reshape(-1, *([1] * count.ndim)) * count - 0.5
    position = np.clip(position, 0.0, np.maximum(count - 1, 0))
    low = position.astype(np.int64)
    high = np.minimum(low + 1, np.maximum(count - 1, 0))
    part = position - low
    first = np.take_along_axis(ordered, low, axis=0)
    second = np.take_along_axis(ordered, high, axis=0)
    return first + part * (second - first), count.astype(float)


def weighted_quantiles(values: Array, weights: Array) -> Array:
    """Quantiles (level, series) of values (period, series) that count by period; NaN left out.

    Every value stands in the middle of its weight. All NaN gives NaN.

    Examples
    --------
    >>> values = np.array([[1.0], [np.nan], [3.0]])
    >>> made = weighted_quantiles(values, np.array([0.25, 1.0, 0.75]))
    >>> made[[0, 11, -1], 0].round(2).tolist()
    [1.0, 2.42, 3.0]

    """
    known = np.isfinite(values)
    if len(values) == 0:
        return np.full((len(LEVELS), values.shape[1]), np.nan)
    order = np.argsort(values, axis=0)
    ordered = np.take_along_axis(values, order, axis=0)
    share = np.where(known, weights[:, np.newaxis], 0.0)
    share = np.take_along_axis(share / np.maximum(share.sum(axis=0), 1e-300), order, axis=0)
    middle = np.cumsum(share, axis=0) - share / 2.0
    last = np.maximum(known.sum(axis=0) - 1, 0)
    above = (middle[np.newaxis] < LEVELS[:, np.newaxis, np.newaxis]).sum(axis=1)
    high = np.minimum(above, last)
    low = np.clip(above - 1, 0, last)
    first, second = (np.take_along_axis(ordered, row, axis=0) for row in (low, high))
    start, end = (np.take_along_axis(middle, row, axis=0) for row in (low, high))
    gap = np.where(end > start, end - start, 1.0)
    part = np.clip((LEVELS[:, np.newaxis] - start) / gap, 0.0, 1.0)
    return np.asarray(first + part * (second - first))


def smoothed(z: Array, weight: float) -> Array:
    """Level known at every origin (origin, series) by exponential smoothing; NaN are passed over.

    Entry ``o`` uses the first ``o`` values only; the first is the first known value.
    """
    level = np.full(z.shape[1], np.nan)
    result = np.full((len(z) + 1, z.shape[1]), np.nan)
    for step, value in enumerate(z):
        fresh = np.where(np.isnan(level), value, level + weight * (value - level))
        level = np.where(np.isnan(value), level, fresh)
        result[step + 1] = level
    return result


def season_index(z: Array, season: int) -> Array:
    """Deviation of each calendar period from the level, as known at every origin.

    Returns
    -------
    numpy.ndarray, (origin, calendar period, series)
        Mean deviation from the mean of the year before, shrunk to zero; zero in the first year.

    """
    length, series = z.shape
    total = np.zeros((season, series))
    count = np.zeros((season, series))
    result = np.zeros((length + 1, season, series))
    known = np.isfinite(z)
    sums = np.concatenate([np.zeros((1, series)), np.cumsum(np.nan_to_num(z), axis=0)])
    counts = np.concatenate([np.zeros((1, series)), np.cumsum(known, axis=0)])
    for step in range(length):
        if step + 1 >= season:
            first = step + 1 - season
            many = np.maximum(counts[step + 1] - counts[first], 1.0)
            mean = (sums[step + 1] - sums[first]) / many
            # the year that has just ended: every calendar period once
            within = np.arange(first, step + 1)
            if (step + 1) % max(season // 4, 1) == 0 or step + 1 == season:
                deviation = np.where(known[within], z[within] - mean, 0.0)
                np.add.at(total, within % season, np.nan_to_num(deviation))
                np.add.at(count, within % season, known[within].astype(float))
        share = 4.0 if season >= 4 else 1.0
        result[step + 1] = total / (count + share * _SEASON_WEIGHT)
    return result


@dataclass(frozen=True)
class History:
    """The past of a panel, laid out for members.

    Attributes
    ----------
    z : numpy.ndarray, (period, series)
        log1p of persons, NaN where missing.
    group : numpy.ndarray, (series)
        Series with the same number learn from each other (the cause).
    season : int
        Periods in a year.
    reach : int
        Periods around a calendar period that count as the same season.

    """

    z: Array
    group: Index
    season: int
    reach: int
    cache: dict[str, Array] = field(default_factory=dict, repr=False)

    @property
    def seasonal(self) -> bool:
        """Whether a season by single periods can be learned."""
        return 2 <= self.season <= 60 and len(self.z) >= 2 * self.season

    def kept(self, name: str, make: tuple[object, ...]) -> Array:
        """Return an array that is computed once: ``make`` is a function and its arguments."""
        if name not in self.cache:
            function, *arguments = make
            self.cache[name] = function(*arguments)  # type: ignore[operator]
        return self.cache[name]

    def seasons(self) -> Array:
        """Season index known at every origin."""
        return self.kept("season index", (season_index, self.z, self.season))

    def deseasonalized(self) -> Array:
        """Values less the season index known before them."""
        index = self.seasons()
        steps = np.arange(len(self.z))
        return np.asarray(self.z - index[steps, steps % self.season])

    def fallback(self, origin: int) -> Array:
        """Quantiles (level, series) of what the group saw in the last two years."""
        first = max(origin - max(2 * self.season, 24), 0)
        result = np.zeros((len(LEVELS), self.z.shape[1]))
        for group in np.unique(self.group):
            own = self.group == group
            pooled, known = quantiles_of(self.z[first:origin, own].reshape(-1, 1))
            result[:, own] = pooled if known[0] > 0 else 0.0
        return result

    def supported(self, quantiles: Array, known: Array, origin: int) -> Array:
        """Mix quantiles (level, series) of few values with those of the group."""
        share = np.where(known >= 3 * _FEW, 1.0, known / (known + _FEW))
        if (share == 1.0).all():
            return quantiles
        return np.asarray(share * np.nan_to_num(quantiles) + (1.0 - share) * self.fallback(origin))


@dataclass(frozen=True)
class Window:
    """The last periods, whatever the season."""

    periods: int

    @property
    def name(self) -> str:
        """Name in tables."""
        return f"last {self.periods} periods"

    def quantiles(self, past: History, origin: int, horizons: Index) -> Array:
        """Quantiles (horizon, level, series)."""
        values, known = quantiles_of(past.z[max(origin - self.periods, 0) : origin])
        one = past.supported(values, known, origin)
        return np.broadcast_to(one, (len(horizons), *one.shape))


@dataclass(frozen=True)
class Fading:
    """The last periods, the newest counting most: half as much every few periods back.

    Parameters
    ----------
    half_life : float
        Periods after which a value counts half; those more than fifteen times as old are left out.

    """

    half_life: float

    @property
    def name(self) -> str:
        """Name in tables."""
        return f"last periods, half-life {self.half_life:g}"

    def quantiles(self, past: History, origin: int, horizons: Index) -> Array:
        """Quantiles (horizon, level, series)."""
        values = past.z[max(origin - round(15.0 * self.half_life), 0) : origin]
        weights = 0.5 ** (np.arange(len(values))[::-1] / self.half_life)
        known = np.isfinite(values).sum(axis=0).astype(float)
        one = past.supported(weighted_quantiles(values, weights), known, origin)
        return np.broadcast_to(one, (len(horizons), *one.shape))


@dataclass(frozen=True)
class SameSeason:
    """The same season of past years, a little shifted."""

    years: int = 12

    @property
    def name(self) -> str:
        """Name in tables."""
        return "same season"

    def quantiles(self, past: History, origin: int, horizons: Index) -> Array:
        """Quantiles (horizon, level, series)."""
        result = np.empty((len(horizons), len(LEVELS), past.z.shape[1]))
        for position, ahead in enumerate(horizons):
            target = origin + int(ahead) - 1
            back = np.arange(1, self.years + 1) * past.season
            rows = (target - back[:, np.newaxis] + np.arange(-past.reach, past.reach + 1)).ravel()
            rows = rows[(rows >= 0) & (rows < origin)]
            if len(rows) == 0:
                rows = np.arange(max(origin - past.season, 0), origin)
            values, known = quantiles_of(past.z[rows])
            result[position] = past.supported(values, known, origin)
        return result


def _direct(past: History, origin: int, ahead: int, center: Array, errors: Array) -> Array:
    """Quantiles (level, series) around a center (series) by the latest errors (origin, series).

    ``errors[o]`` is that of the forecast made at origin ``o`` for ``ahead`` periods later; those
    whose target is not before ``origin`` are not used.
    """
    last = origin - ahead + 1
    values, known = quantiles_of(errors[max(last - ERRORS_KEPT, 0) : max(last, 0)])
    spread = np.where(known > 0, values, 0.0) + center
    return past.supported(np.maximum(spread, 0.0), np.where(np.isnan(center), 0, known), origin)


@dataclass(frozen=True)
class Smoothing:
    """A smoothed level, with or without a season, and its own past errors at each horizon.

    Parameters
    ----------
    weight : float
        Weight of the newest value; 1 is a random walk.
    seasonal : bool

    """

    weight: float
    seasonal: bool = False

    @property
    def name(self) -> str:
        """Name in tables."""
        return f"{'seasonal ' if self.seasonal else ''}smoothing {self.weight:g}"

    def _centers(self, past: History, ahead: int) -> Array:
        """Forecasts (origin, series) for ``ahead`` periods after every origin."""
        if not self.seasonal:
            return past.kept(f"level {self.weight}", (smoothed, past.z, self.weight))
        level = past.kept(
            f"seasonal level {self.weight}", (smoothed, past.deseasonalized(), self.weight)
        )
        origins = np.arange(len(level))
        return np.asarray(
            np.maximum(level + past.seasons()[origins, (origins + ahead - 1) % past.season], 0.0)
        )

    def quantiles(self, past: History, origin: int, horizons: Index) -> Array:
        """Quantiles (horizon, level, series)."""
        return _around(past, self.name, self._centers, origin, horizons)


def _around(past: History, name: str, centers: object, origin: int, horizons: Index) -> Array:
    result = np.empty((len(horizons), len(LEVELS), past.z.shape[1]))
    for position, ahead in enumerate(map(int, horizons)):
        center = past.kept(f"{name}, {ahead}", (centers, past, ahead))
        key = f"{name}, errors {ahead}"
        errors = past.kept(key, (_errors, past.z, center, ahead))
        result[position] = _direct(past, origin, ahead, center[origin], errors)
    return result


def _errors(z: Array, centers: Array, ahead: int) -> Array:
    """Errors (origin, series) of forecasts ``ahead`` periods after every origin."""
    count = max(len(z) - ahead + 1, 0)
    return np.asarray(z[ahead - 1 :] - centers[:count])


@dataclass(frozen=True)
class PooledRegression:
    """A regression on recent levels and the season, shared by the series of a group."""

    name: str = "pooled regression"

    def _centers(self, past: History, ahead: int) -> Array:
        """Forecasts (origin, series): coefficients at each origin from targets before it."""
        z, length = past.z, len(past.z)
        levels = [past.kept(f"level {w}", (smoothed, z, w)) for w in (1.0, 0.5, 0.2, 0.05)]
        base = levels[-1]
        if ahead > length:  # nothing that far ahead has been seen
            return np.maximum(base, 0.0)
        columns = [level - base for level in levels[:-1]]
        if past.seasonal:
            origins = np.arange(length + 1)
            columns.append(past.seasons()[origins, (origins + ahead - 1) % past.season])
            columns.append(columns[-1] - past.seasons()[origins, (origins - 1) % past.season])
        design = np.nan_to_num(np.stack(columns, axis=-1))
        result = base.copy()
        for group in np.unique(past.group):
            own = past.group == group
            x = design[:, own]
            y = z[ahead - 1 :, own] - base[: length - ahead + 1, own]
            good = np.isfinite(y)
            rows = np.where(good[..., np.newaxis], x[: len(y)], 0.0)
            gram = np.cumsum(np.einsum("osp,osq->opq", rows, rows), axis=0)
            moment = np.cumsum(np.einsum("osp,os->op", rows, np.nan_to_num(y)), axis=0)
            gram += _RIDGE * np.eye(x.shape[-1])
            solved = np.linalg.solve(gram, moment[..., np.newaxis])[..., 0]
            shift = np.zeros_like(base[:, own])
            # origin o may use forecasts whose target is before it: made at o - ahead or earlier
            shift[ahead:] = np.einsum("osp,op->os", x[ahead:], solved[: length + 1 - ahead])
            result[:, own] += shift
        return np.maximum(result, 0.0)

    def quantiles(self, past: History, origin: int, horizons: Index) -> Array:
        """Quantiles (horizon, level, series)."""
        return _around(past, self.name, self._centers, origin, horizons)


@dataclass(frozen=True)
class Analogs:
    """What came after the most similar moments of all series of the group.

    Moments are compared by the last value, the level lately and in the long run, the share of
    periods with any, and the season; what came after is taken relative to the long-run level.
    """

    name: str = "analogs"

    def features(self, past: History) -> Array:
        """Features (origin, series, feature)."""
        levels = [past.kept(f"level {w}", (smoothed, past.z, w)) for w in (1.0, 0.5, 0.2, 0.05)]
        any_at_all = np.where(np.isnan(past.z), np.nan, (past.z > 0).astype(float))
        share = past.kept("share", (smoothed, any_at_all, 0.1))
        parts = [levels[0], levels[1], levels[2], 1.5 * levels[3], 3.0 * share]
        return np.nan_to_num(np.stack(parts, axis=-1))

    def quantiles(self, past: History, origin: int, horizons: Index) -> Array:
        """Quantiles (horizon, level, series)."""
        design = past.kept("features", (self.features, past))
        base = past.kept("level 0.05", (smoothed, past.z, 0.05))
        longest = int(horizons.max())
        first = min(past.season, 12, max(origin - longest, 0))
        moments = np.arange(first, max(origin - longest + 1, first))
        result = np.empty((len(horizons), len(LEVELS), past.z.shape[1]))
        for group in np.unique(past.group):
            own = np.flatnonzero(past.group == group)
            table = design[moments][:, own].reshape(-1, design.shape[-1])
            if len(table) == 0:
                result[:, :, own] = past.fallback(origin)[:, own]
                continue
            count = min(NEIGHBORS, len(table))
            _, near = KDTree(table).query(design[origin, own], k=count)
            near = np.asarray(near).reshape(len(own), count)
            moment, donor = moments[near // len(own)], own[near % len(own)]
            for position, ahead in enumerate(map(int, horizons)):
                after = past.z[moment + ahead - 1, donor]
                shift = 0.5 * (base[origin, own][:, np.newaxis] - base[moment, donor])
                moved = np.where(after > 0, np.maximum(after + np.nan_to_num(shift), 0.0), after)
                values, known = quantiles_of(moved.T)
                result[position][:, own] = values if (known > 0).all() else np.nan_to_num(values)
        return result
