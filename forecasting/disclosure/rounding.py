"""Rounding to a base so that sums hold: keyed for samples, controlled for single tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from forecasting.disclosure.keys import Keys, keyed_uniforms

if TYPE_CHECKING:
    from forecasting.hierarchy.tree import Hierarchy

Counts = npt.NDArray[np.int64]


def keyed_rounding(values: Counts, keys: Keys, base: int) -> Counts:
    """Round every cell up or down to a multiple of the base, by its key.

    A count goes up with the probability of its remainder over the base, so rounding has no bias
    over cells; one cell with one value always goes the same way, in every sample and release.

    Parameters
    ----------
    values : numpy.ndarray of int64, (..., cell), persons
    keys : numpy.ndarray of uint64, (cell, 4)
    base : int, persons

    Returns
    -------
    numpy.ndarray of int64, (..., cell)
        Multiples of the base, less than one base away.

    Examples
    --------
    >>> from forecasting.disclosure.keys import cell_keys
    >>> keys = cell_keys(bytes(32), ["a", "b"])
    >>> keyed_rounding(np.array([[3, 10], [3, 10]]), keys, 5).tolist() in (
    ...     [[0, 10], [0, 10]], [[5, 10], [5, 10]])
    True

    """
    whole, rest = np.divmod(values, base)
    up = keyed_uniforms(keys, values) * base < rest
    return np.asarray((whole + up) * base)


def controlled_rounding(values: Counts, tree: Hierarchy, keys: Keys, base: int) -> Counts:
    """Round every node of a tree to one of its two nearest multiples so that all sums hold.

    From the top down: a node's children go the way of their keys, and as many more as the node
    needs follow, those whose keys were nearest to it (zero-restricted controlled rounding; Cox
    and Ernst 1982, "Controlled rounding", Canadian journal of operational research 20).

    Parameters
    ----------
    values : numpy.ndarray of int64, (row, node), persons
        Coherent counts.
    tree : Hierarchy
    keys : numpy.ndarray of uint64, (row * node, 4)
        Keys of all cells.
    base : int, persons

    Returns
    -------
    numpy.ndarray of int64, (row, node)
        Multiples of the base, less than one base away at every node; multiples stay.

    """
    whole, rest = np.divmod(values, base)
    draws = keyed_uniforms(keys, values.ravel()).reshape(values.shape)
    eagerness = np.where(rest > 0, draws - rest / base, np.inf)
    result = np.zeros_like(values)
    result[:, 0] = whole[:, 0] + (eagerness[:, 0] < 0)
    for parent, children in tree.children_positions.items():
        needed = result[:, parent] - whole[:, children].sum(axis=1)
        order = np.argsort(eagerness[:, children], axis=1, kind="stable")
        ups = (np.arange(len(children)) < needed[:, np.newaxis]).astype(np.int64)
        extra = np.zeros_like(ups)
        np.put_along_axis(extra, order, ups, axis=1)
        result[:, children] = whole[:, children] + extra
    return np.asarray(result * base)
