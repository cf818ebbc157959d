"""Recalibration of the spread of a forecast by where past observations fell in it.

The probability integral transform (PIT) of an observation is the chance the forecast gave to less
than that; over many forecasts it is uniform if the spread is right. A beta distribution fitted to
past PITs turns a forecast distribution ``F`` into ``B(F)`` (Gneiting and Ranjan 2013, Electronic
Journal of Statistics 7).
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize
from scipy.special import betaincinv, betaln

Array = npt.NDArray[np.float64]
Index = npt.NDArray[np.int64]

PRIOR_SD: Final = 0.2
"""Prior standard deviation of the logarithm of both parameters around no change (assumption)."""
EDGE: Final = 0.01
"""PITs are kept that far from 0 and 1: what lies beyond the tails says little of the spread."""
_INSIDE: Final = (1.0 / 6.0, 0.5, 5.0 / 6.0)


def pit_sums(quantiles: Array, weights: Array, observed: Array) -> Array:
    """Logarithms of the PITs of one set of forecasts and of their complement, and their number.

    Parameters
    ----------
    quantiles : numpy.ndarray, (member, level, series)
    weights : numpy.ndarray, (series, member)
    observed : numpy.ndarray, (series)
        In the unit of the quantiles; NaN counts for nothing.

    Returns
    -------
    numpy.ndarray, (series, 3)
        An observation that ties with forecasts (such as zero) lies anywhere between the chance of
        less and the chance of no more; three points in between are averaged.

    """
    seen = np.nan_to_num(observed)
    below = np.einsum("sm,ms->s", weights, (quantiles < seen).mean(axis=1))
    reached = np.einsum("sm,ms->s", weights, (quantiles <= seen).mean(axis=1))
    points = np.stack([below + share * (reached - below) for share in _INSIDE])
    points = np.clip(points, EDGE, 1.0 - EDGE)
    known = np.isfinite(observed)
    logs = np.log(points).mean(axis=0), np.log1p(-points).mean(axis=0)
    return np.stack([np.where(known, part, 0.0) for part in (*logs, np.ones(len(seen)))], axis=1)


def beta_parameters(sums: Array, group: Index, horizons: int) -> Array:
    """Parameters (series, 2) of the beta distribution of every series' group.

    Parameters
    ----------
    sums : numpy.ndarray, (series, 3)
        Sums of :func:`pit_sums` over past forecasts.
    group : numpy.ndarray, (series)
    horizons : int
        Horizons summed; they overlap and count as one.

    Returns
    -------
    numpy.ndarray, (series, 2)
        1 and 1 is no change. Series of a group share their luck: their forecasts count as the
        root of their number, and few of them change little.

    """
    result = np.ones((len(sums), 2))
    for one in np.unique(group):
        own = group == one
        low, high, cases = sums[own].sum(axis=0)
        if cases <= 0:
            continue
        count = cases / (horizons * np.sqrt(own.sum()))
        means = np.array([low, high]) / cases

        def lack(logs: Array, count: float = count, means: Array = means) -> float:
            a, b = np.exp(logs)
            fit = (a - 1.0) * means[0] + (b - 1.0) * means[1] - betaln(a, b)
            return float(-count * fit + 0.5 * (logs**2).sum() / PRIOR_SD**2)

        found = minimize(lack, np.zeros(2), method="Nelder-Mead", options={"xatol": 1e-3}).x
        result[own] = np.exp(np.clip(found, -1.0, 1.0))
    return result


def recalibrated(chances: Array, parameters: Array) -> Array:
    """Chances (..., series) at which to read a forecast so that its spread is as it was seen."""
    return np.asarray(betaincinv(parameters[:, 0], parameters[:, 1], chances))
