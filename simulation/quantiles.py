"""Quantiles of times that belong to several persons each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def weighted_quantile(
    values: NDArray[np.float64], weights: NDArray[np.float64], level: float
) -> float:
    """Return the smallest value that a share of the weight does not exceed.

    Parameters
    ----------
    values : numpy.ndarray, (thing,)
    weights : numpy.ndarray, (thing,)
        Such as persons; not negative.
    level : float, dimensionless
        The share, between 0 and 1.

    Returns
    -------
    float, in the unit of the values
        NaN without any weight.

    Examples
    --------
    >>> weighted_quantile(np.array([5.0, 1.0]), np.array([1.0, 9.0]), 0.9)
    1.0

    """
    order = np.argsort(values, kind="stable")
    reached = np.cumsum(weights[order])
    if not len(reached) or reached[-1] == 0:
        return float("nan")
    return float(values[order][np.searchsorted(reached, level * reached[-1])])
