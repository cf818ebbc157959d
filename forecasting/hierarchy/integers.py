"""Whole persons whose sums hold: every node becomes one of its two nearest whole numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from forecasting.hierarchy.tree import BLOCK

if TYPE_CHECKING:
    from forecasting.hierarchy.tree import Hierarchy

Array = npt.NDArray[np.float64]


def whole_persons(bottom: Array, tree: Hierarchy) -> Array:
    """Round coherent counts so that every sum holds and no node moves by a person or more.

    From the top down by largest remainder: the top is rounded, and every node's children are
    rounded down, then up in the order of their remainders until they sum to the node.

    Parameters
    ----------
    bottom : numpy.ndarray, (row, bottom), persons
        Not negative.
    tree : Hierarchy

    Returns
    -------
    numpy.ndarray, (row, bottom)
        Whole numbers, not negative; zero stays zero.

    Examples
    --------
    >>> from forecasting.hierarchy import Hierarchy
    >>> tree = Hierarchy(("T", "A", "B", "C"), ("T", "A", "B", "C"), (0, 1, 1, 1), ("", *"TTT"))
    >>> whole_persons(np.array([[0.4, 1.4, 0.3]]), tree).tolist()
    [[1.0, 1.0, 0.0]]

    """
    result = np.empty_like(bottom)
    for start in range(0, len(bottom), BLOCK):
        result[start : start + BLOCK] = _rounded(bottom[start : start + BLOCK], tree)
    return result


def _rounded(bottom: Array, tree: Hierarchy) -> Array:
    values = tree.sums(bottom)
    near = np.rint(values)
    values = np.where(np.abs(values - near) < 1e-9 * np.maximum(values, 1.0), near, values)
    result = np.floor(values)
    rest = values - result
    result[:, 0] = near[:, 0]
    for parent, children in tree.children_positions.items():
        needed = result[:, parent] - result[:, children].sum(axis=1)
        order = np.argsort(-rest[:, children], axis=1, kind="stable")
        ups = (np.arange(len(children)) < needed[:, np.newaxis]).astype(float)
        extra = np.zeros_like(ups)
        np.put_along_axis(extra, order, ups, axis=1)
        result[:, children] += extra
    return np.asarray(result[:, tree.bottom_positions])
