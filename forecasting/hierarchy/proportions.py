"""Top-down: the forecast of the top, shared among what is below by forecast or past shares."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from forecasting.hierarchy.tree import Hierarchy

Array = npt.NDArray[np.float64]


def by_forecast_shares(forecasts: Array, tree: Hierarchy) -> Array:
    """Share the top's samples by the shares of each node's children in the same sample.

    Forecast proportions of Athanasopoulos, Ahmed and Hyndman (2009, International Journal of
    Forecasting 25). Where all children are zero in a sample their mean forecasts share; where
    those are zero too, the numbers of bottom nodes below them.

    Parameters
    ----------
    forecasts : numpy.ndarray, (sample, group, node), persons
        Not negative.
    tree : Hierarchy

    Returns
    -------
    numpy.ndarray, (sample, group, bottom), persons

    """
    typical = forecasts.mean(axis=0, keepdims=True)
    return _shared(forecasts, tree, (forecasts, typical))


def by_past_shares(forecasts: Array, past: Array, tree: Hierarchy) -> Array:
    """Share the top's samples by what each place had of the past total.

    Shares of sums over time (Gross and Sohl 1990, Journal of Forecasting 9, their method F).

    Parameters
    ----------
    forecasts : numpy.ndarray, (sample, group, node), persons
    past : numpy.ndarray, (group or 1, bottom), persons
        Sums over the past, missing as 0.
    tree : Hierarchy

    Returns
    -------
    numpy.ndarray, (sample, group, bottom), persons

    """
    return _shared(forecasts, tree, (tree.sums(past)[np.newaxis],))


def _shared(forecasts: Array, tree: Hierarchy, weights: tuple[Array, ...]) -> Array:
    count = tree.sums(np.ones(len(tree.bottom)))
    result = np.zeros_like(forecasts)
    result[..., 0] = forecasts[..., 0]
    for parent, children in tree.children_positions.items():
        share = np.broadcast_to(
            count[children] / count[parent], (*forecasts.shape[:-1], len(children))
        )
        for weight in reversed(weights):
            own = weight[..., children]
            total = own.sum(axis=-1, keepdims=True)
            share = np.where(total > 0.0, own / np.where(total > 0.0, total, 1.0), share)
        result[..., children] = result[..., [parent]] * share
    return np.asarray(result[..., tree.bottom_positions])
