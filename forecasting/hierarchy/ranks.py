"""Sample k is the same future at every level: ranks of samples follow a template."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from forecasting.hierarchy.tree import Hierarchy

Array = npt.NDArray[np.float64]


def with_ranks_of(values: Array, template: Array) -> Array:
    """Reorder samples so that they have the ranks of a template (Schaake shuffle).

    Clark et al. (2004, Journal of Hydrometeorology 5). The values stay the same, only which
    sample holds which changes.

    Parameters
    ----------
    values, template : numpy.ndarray, (sample, ...)

    Returns
    -------
    numpy.ndarray, (sample, ...)

    Examples
    --------
    >>> with_ranks_of(np.array([10.0, 20.0, 30.0]), np.array([2.0, 3.0, 1.0])).tolist()
    [20.0, 30.0, 10.0]

    """
    order = np.argsort(template, axis=0, kind="stable")
    result = np.empty_like(values)
    np.put_along_axis(result, order, np.sort(values, axis=0), axis=0)
    return result


def align_with_bottom(forecasts: Array, tree: Hierarchy) -> Array:
    """Give the samples of every upper node the ranks of the sums of the bottom samples.

    Parameters
    ----------
    forecasts : numpy.ndarray, (sample, group, node), persons
        The bottom samples are joint paths; those of upper nodes may be in any order.
    tree : Hierarchy

    Returns
    -------
    numpy.ndarray, (sample, group, node)

    """
    sums = tree.sums(np.ascontiguousarray(forecasts[..., tree.bottom_positions]))
    result = forecasts.copy()
    for parent in tree.children_positions:
        result[..., parent] = with_ranks_of(forecasts[..., parent], sums[..., parent])
    return result
