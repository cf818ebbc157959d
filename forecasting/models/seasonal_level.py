"""A member of the pool for regular series: a level that wanders and one wave of the year.

It is the local level with a stochastic cycle of one year (Harvey 1989, Forecasting, Structural
Time Series Models and the Kalman Filter) for all series at once. How fast level and wave change is
chosen at every origin by the likelihood of what had been seen, for all series of a group together;
so is the spread: errors of all series of the group, each in units of its own standard deviation,
tell how far a forecast may be off. A series with few observations thus borrows what it cannot know.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt
from scipy.stats import norm

from forecasting.models.past_members import ERRORS_KEPT, LEVELS, quantiles_of

if TYPE_CHECKING:
    from forecasting.models.past_members import History

Array = npt.NDArray[np.float64]
Index = npt.NDArray[np.int64]

CANDIDATES: Final = np.array(
    list(product((0.003, 0.03, 0.1, 0.3, 1.0, 3.0), (0.0, 0.003), (0.1, 1.0)))
)
"""Variance of the changes of the level and of the wave per period, and of the wave itself at the
start, over that of the noise (candidate, 3)."""
BORROWED: Final = 6.0
"""Errors at which the variance of a series counts as much as that of its group."""
FURTHEST: Final = 10.0
"""Standard deviations beyond which an error counts as that far off."""
NORMAL: Final = norm.ppf(LEVELS)
"""Quantiles of errors in a group that has seen fewer than twelve of them."""
_FEW: Final = 12
_SETTLING: Final = 12
_LEAST: Final = 1e-9
_STATE, _COVARIANCE, _CHANGE, _VARIANCE = slice(0, 3), slice(3, 12), 12, 13


def track(z: Array, group: Index, season: int) -> Array:
    """State of every series as known at every origin, under the candidate that fitted best by then.

    Parameters
    ----------
    z : numpy.ndarray, (period, series)
        NaN where missing.
    group : numpy.ndarray, (series)
    season : int
        Periods in a year.

    Returns
    -------
    numpy.ndarray, (origin, series, 14)
        Level and both parts of the wave in the period after the origin, their covariance (9) and
        the variance that every further period adds, both over the variance of the noise, and the
        variance of the noise.

    """
    length, series = z.shape
    known = np.isfinite(z)
    # series that miss the same periods share their covariances
    patterns, which = np.unique(known, axis=1, return_inverse=True)
    which = np.asarray(which).reshape(-1)
    members = (np.unique(group)[:, np.newaxis] == group).astype(float)
    own_group = members.argmax(axis=0)
    turn = _turn(season)
    design = np.array([1.0, 1.0, 0.0])
    noise = np.zeros((len(CANDIDATES), 1, 3, 3))
    cov = np.zeros((len(CANDIDATES), patterns.shape[1], 3, 3))
    noise[:, 0, [0, 1, 2], [0, 1, 2]] = CANDIDATES[:, [0, 1, 1]]
    cov[:, :, 1, 1] = cov[:, :, 2, 2] = CANDIDATES[:, 2:]
    cov[:, :, 0, 0] = 1.0
    state = np.zeros((len(CANDIDATES), series, 3))
    squares, logs = np.zeros(state.shape[:2]), np.zeros(state.shape[:2])
    errors = np.zeros(series)
    begun = np.zeros(series, dtype=bool)
    result = np.empty((length + 1, series, 14))
    everyone = np.arange(series)
    for origin in range(length + 1):
        together = (squares @ members.T) / np.maximum(members @ errors, 1.0)
        variances = squares + BORROWED * together[:, own_group]
        variances = np.maximum(variances / (errors + BORROWED), _LEAST)
        lack = errors * np.log(variances) + logs + squares / variances
        best = (lack @ members.T).argmin(axis=0)[own_group]
        result[origin, :, _STATE] = state[best, everyone]
        result[origin, :, _COVARIANCE] = cov[best, which].reshape(series, 9)
        result[origin, :, _CHANGE] = CANDIDATES[best, 0] + CANDIDATES[best, 1]
        result[origin, :, _VARIANCE] = variances[best, everyone]
        if origin == length:
            break
        seen = known[origin]
        fresh = seen & ~begun
        state[:, fresh, 0] = z[origin, fresh]
        begun |= seen
        covered = cov @ design
        variance = covered @ design + 1.0
        # a pattern whose first value this is has nothing to learn from: it is its level
        used = patterns[origin] & patterns[:origin].any(axis=0)
        gain = np.where(used[:, np.newaxis], covered / variance[..., np.newaxis], 0.0)
        error = np.where(seen, np.nan_to_num(z[origin]) - state @ design, 0.0)
        state = (state + gain[:, which] * error[..., np.newaxis]) @ turn.T
        cov = cov - gain[..., np.newaxis] * covered[:, :, np.newaxis, :]
        cov = turn @ cov @ turn.T + noise
        squares += error**2 / variance[:, which]
        counted = seen & ~fresh
        logs += np.where(counted, np.log(variance)[:, which], 0.0)
        errors += counted
    before = np.logical_or.accumulate(known, axis=0)
    result[0], result[1:][~before] = np.nan, np.nan
    return result


def _turn(season: int) -> Array:
    """Transition of level and wave over one period."""
    angle = 2.0 * np.pi / season
    wave = [[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]]
    return np.block([[np.ones((1, 1)), np.zeros((1, 2))], [np.zeros((2, 1)), np.array(wave)]])


def ahead_of(tracked: Array, season: int, ahead: int) -> Array:
    """Center and standard deviation (2, origin, series) ``ahead`` periods after every origin."""
    angle = 2.0 * np.pi * (ahead - 1) / season
    reading = np.array([1.0, np.cos(angle), np.sin(angle)])
    cov = tracked[..., _COVARIANCE].reshape(*tracked.shape[:2], 3, 3)
    variance = (cov @ reading) @ reading + (ahead - 1) * tracked[..., _CHANGE] + 1.0
    return np.stack([tracked[..., _STATE] @ reading, np.sqrt(variance * tracked[..., _VARIANCE])])


def _standard_errors(z: Array, forecasts: Array, ahead: int) -> Array:
    """Errors (origin, series) of forecasts in units of their standard deviation."""
    count = max(len(z) - ahead + 1, 0)
    center, spread = forecasts[:, :count]
    return np.asarray(np.clip((z[ahead - 1 :] - center) / spread, -FURTHEST, FURTHEST))


@dataclass(frozen=True)
class SeasonalLevel:
    """A level that wanders and a wave of the year, with the errors of the whole group."""

    name: str = "seasonal level"

    def quantiles(self, past: History, origin: int, horizons: Index) -> Array:
        """Quantiles (horizon, level, series)."""
        tracked = past.kept(self.name, (track, past.z, past.group, past.season))
        known = np.isfinite(past.z[:origin]).sum(axis=0).astype(float)
        result = np.empty((len(horizons), len(LEVELS), past.z.shape[1]))
        for position, ahead in enumerate(map(int, horizons)):
            forecasts = past.kept(f"{self.name}, {ahead}", (ahead_of, tracked, past.season, ahead))
            key = f"{self.name}, errors {ahead}"
            errors = past.kept(key, (_standard_errors, past.z, forecasts, ahead))
            # errors whose target is before the origin, without those of the first year
            last = max(origin - ahead + 1, 0)
            first = max(last - ERRORS_KEPT, min(_SETTLING, last // 2))
            center, spread = forecasts[:, origin]
            around = np.zeros((len(LEVELS), len(center)))
            for one in np.unique(past.group):
                own = past.group == one
                values, many = quantiles_of(errors[first:last, own].reshape(-1, 1))
                around[:, own] = values if many[0] >= _FEW else NORMAL[:, np.newaxis]
            drawn = np.maximum(center + around * spread, 0.0)
            result[position] = past.supported(drawn, known, origin)
        return result
