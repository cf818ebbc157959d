"""Scores of samples against what was observed: lower is better, persons unless said otherwise.

All functions take samples along the first axis and keep the other axes, so that the same call
scores one series or a whole panel.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt
from scipy.spatial.distance import pdist

if TYPE_CHECKING:
    from collections.abc import Sequence

Array = npt.NDArray[np.float64]

INTERVALS: Final = (0.1, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95)
"""Central intervals of the weighted interval score, besides the median."""


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
    many = ordered.shape[-1]
    distance = np.abs(np.asarray(observed, dtype=float)[..., np.newaxis] - ordered).mean(axis=-1)
    if many == 1:
        return np.asarray(distance)
    moment = (ordered * np.arange(many)).sum(axis=-1) / (many * (many - 1))
    return np.asarray(distance + ordered.mean(axis=-1) - 2.0 * moment)


def weighted_interval_score(
    *, observed: npt.ArrayLike, samples: npt.ArrayLike, intervals: Sequence[float] = INTERVALS
) -> Array:
    """Weighted interval score of the central intervals of samples and their median.

    ``(0.5 |y - m| + sum_k a_k / 2 IS_k) / (K + 0.5)`` with ``a_k = 1 - content`` and the interval
    score ``IS`` of Gneiting and Raftery (2007, JASA 102); the weights are those of Bracher et al.
    (2021, PLOS Computational Biology 17). It is how forecasts that were stored as quantiles are
    compared, and it tends to the CRPS as intervals are added.

    Parameters
    ----------
    observed : array, (...)
        NaN gives NaN.
    samples : array, (sample, ...)
    intervals : sequence of float
        Probability contents, in (0, 1).

    Returns
    -------
    numpy.ndarray, (...), in the unit of the observation

    Examples
    --------
    A point forecast has the absolute error as its score:

    >>> float(weighted_interval_score(observed=5.0, samples=[3.0, 3.0]))
    2.0

    """
    seen = np.asarray(observed, dtype=float)
    content = np.asarray(intervals, dtype=float)
    levels = np.concatenate([0.5 - content / 2, [0.5], 0.5 + content / 2])
    quantiles = np.quantile(np.asarray(samples, dtype=float), levels, axis=0)
    count = len(content)
    total = 0.5 * np.abs(seen - quantiles[count])
    for k in range(count):
        low, high = quantiles[k], quantiles[count + 1 + k]
        outside = np.maximum(low - seen, 0.0) + np.maximum(seen - high, 0.0)
        total = total + (1.0 - content[k]) / 2.0 * (high - low) + outside
    return np.asarray(total / (count + 0.5))


def pit_bounds(*, observed: npt.ArrayLike, samples: npt.ArrayLike) -> tuple[Array, Array]:
    """Probability integral transform of counts: chance of less, and of at most, the observed.

    Counts have ties (many zeros), so the transform is a range. A calibrated forecast spreads these
    ranges evenly over 0 to 1 (Czado, Gneiting and Held 2009, Biometrics 65).

    Parameters
    ----------
    observed : array, (...)
        NaN gives NaN.
    samples : array, (sample, ...)

    Returns
    -------
    low, high : numpy.ndarray, (...), shares of samples

    Examples
    --------
    >>> low, high = pit_bounds(observed=0.0, samples=[0.0, 0.0, 4.0, 9.0])
    >>> float(low), float(high)
    (0.0, 0.5)

    """
    seen = np.asarray(observed, dtype=float)
    drawn = np.asarray(samples, dtype=float)
    missing = np.isnan(seen)
    low = np.where(missing, np.nan, (drawn < seen).mean(axis=0))
    high = np.where(missing, np.nan, (drawn <= seen).mean(axis=0))
    return low, high


def energy_score(*, observed: npt.ArrayLike, samples: npt.ArrayLike) -> float:
    """Energy score of joint samples: the CRPS of many numbers together.

    ``E|X - y| - E|X - X'| / 2`` with Euclidean distances (Gneiting and Raftery 2007), the fair
    estimate. Unlike scores of single numbers it also judges what happens together.

    Parameters
    ----------
    observed : array, (...)
        Entries that are NaN are left out.
    samples : array, (sample, ...)

    Returns
    -------
    float
        In the unit of the observation; NaN if nothing was observed.

    Examples
    --------
    >>> energy_score(observed=[3.0, 4.0], samples=[[0.0, 0.0]])
    5.0

    """
    seen = np.asarray(observed, dtype=float).ravel()
    drawn = np.asarray(samples, dtype=float).reshape(len(np.asarray(samples)), -1)
    known = np.isfinite(seen)
    if not known.any():
        return float("nan")
    error = np.linalg.norm(drawn[:, known] - seen[known], axis=1).mean()
    spread = pdist(drawn[:, known]).mean() if len(drawn) > 1 else 0.0
    return float(error - spread / 2.0)
