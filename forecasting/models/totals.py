"""Samples of places that follow, in part, what is forecast of their sum.

The sum of all places of a cause is less noisy than any of them, and its own past tells of its level
and its errors what single places do not. Some of the samples are therefore scaled, all places of a
cause alike, so that their sum is the one that the forecast of the sum has at the same rank: the
distribution of the sum becomes a mixture of a bottom-up and a direct forecast (Hyndman and
Athanasopoulos 2021, Forecasting: Principles and Practice, 3rd ed., chapters 11 and 13). Zeros stay
zeros, and shares of places stay as they were.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Index = npt.NDArray[np.int64]

LEAST_SHARE: Final = 0.8
"""Share of the usual sum that must have been observed for a sum to be known (assumption)."""
LEAST_FACTOR: Final = 0.5
"""A sample is not scaled to less than that: a low sum must not empty every place. Chosen on cutoffs
before the last 24 months (page on the forecast). Upwards the record of each place is the limit."""


def totals_of(counts: Array) -> Array:
    """Sum over places of every cause, where enough of it is known.

    Parameters
    ----------
    counts : numpy.ndarray, (period, place, cause), persons
        NaN where missing.

    Returns
    -------
    numpy.ndarray, (period, 1, cause), persons
        What was observed, over the share of the usual sum that the observed places have: their
        part of the means of all places up to that period (ratio estimate; Cochran 1977, Sampling
        Techniques, chapter 6). NaN where that share is below 0.8. A place counts from its first
        observation on, and all alike as long as all have seen nothing.

    Examples
    --------
    >>> counts = np.array([[6.0, 2.0], [6.0, np.nan], [np.nan, 3.0]])[..., np.newaxis]
    >>> totals_of(np.concatenate([counts, counts[:1]])).ravel().tolist()
    [8.0, nan, nan, 8.0]
    >>> totals_of(counts * [[1.0], [0.1]])[1].ravel().tolist()
    [6.2]

    """
    known = np.isfinite(counts)
    seen = np.cumsum(known, axis=0)
    usual = np.cumsum(np.nan_to_num(counts), axis=0) / np.maximum(seen, 1)
    begun = (seen > 0).astype(float)
    usual = np.where(usual.sum(axis=1, keepdims=True) > 0, usual, begun)
    share = (usual * known).sum(axis=1) / np.maximum(usual.sum(axis=1), 1e-12)
    observed = np.nan_to_num(counts).sum(axis=1)
    enough = share >= LEAST_SHARE
    totals = np.where(enough, observed / np.where(enough, share, 1.0), np.nan)
    return np.asarray(totals[:, np.newaxis])


def ranks_of(sums: Array, rng: np.random.Generator) -> Array:
    """Chance of less within the samples, (rank + 1/2) / samples; ties in random order.

    Parameters
    ----------
    sums : numpy.ndarray, (sample, ...)
    rng : numpy.random.Generator

    Returns
    -------
    numpy.ndarray, (sample, ...), in (0, 1)

    """
    order = np.lexsort((rng.random(sums.shape), sums), axis=0)
    return np.asarray((np.argsort(order, axis=0) + 0.5) / len(sums))


def scaled(values: Array, wanted: Array) -> Array:
    """Scale the places of every sample alike, so that they sum to what is wanted, or to a half.

    Parameters
    ----------
    values : numpy.ndarray, (sample, horizon, place, cause), persons
    wanted : numpy.ndarray, (sample, horizon, cause), persons

    Returns
    -------
    numpy.ndarray, (sample, horizon, place, cause), persons
        No place falls below half of what it had; where all are zero they stay zero.

    Examples
    --------
    >>> values = np.array([1.0, 3.0]).reshape(1, 1, 2, 1)
    >>> [scaled(values, np.full((1, 1, 1), wanted)).ravel().tolist() for wanted in (8.0, 0.0)]
    [[2.0, 6.0], [0.5, 1.5]]

    """
    sums = values.sum(axis=2)
    factor = np.maximum(wanted / np.where(sums > 0, sums, 1.0), LEAST_FACTOR)
    return np.asarray(values * factor[:, :, np.newaxis])
