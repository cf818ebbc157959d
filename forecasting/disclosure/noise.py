"""Keyed noise of a few persons that keeps totals where a large count can take the difference."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from forecasting.disclosure.keys import Keys, keyed_uniforms

if TYPE_CHECKING:
    from forecasting.hierarchy.tree import Hierarchy

Counts = npt.NDArray[np.int64]


def keyed_noise(values: Counts, keys: Keys, largest: int) -> Counts:
    """Change every cell that is not zero by up to a few persons, by its key.

    The change is spread evenly over the whole numbers from ``-largest`` to ``largest``, or from
    ``-value`` to ``value`` where the count is smaller, so that it has no bias and no count
    becomes negative.

    Parameters
    ----------
    values : numpy.ndarray of int64, (..., cell), persons
    keys : numpy.ndarray of uint64, (cell, 4)
    largest : int, persons

    Returns
    -------
    numpy.ndarray of int64, (..., cell)
        Counts with noise.

    """
    reach = np.minimum(values, largest)
    draws = keyed_uniforms(keys, values)
    return np.asarray(values + np.floor(draws * (2 * reach + 1)).astype(np.int64) - reach)


def balanced_noise(values: Counts, tree: Hierarchy, keys: Keys, largest: int, large: int) -> Counts:
    """Add keyed noise at the bottom; one large count per node takes what the total needs.

    From the lowest nodes up: where the largest bottom count below a node is at least ``large``
    (and stays above it), it takes the sum of the noise of that node and the node's total is
    exact; otherwise the difference is left to the node above.

    Parameters
    ----------
    values : numpy.ndarray of int64, (row, bottom), persons
    tree : Hierarchy
    keys : numpy.ndarray of uint64, (bottom, 4)
    largest, large : int, persons

    Returns
    -------
    numpy.ndarray of int64, (row, bottom)
        Whole and not negative; the same key and small value give the same result.

    """
    noisy = keyed_noise(values, keys, largest)
    place = {code: position for position, code in enumerate(tree.bottom)}
    rows = np.arange(len(values))
    for parent in reversed(tree.children_positions):
        below = np.array([place[code] for code in tree.members(tree.codes[parent])])
        own = values[:, below]
        difference = own.sum(axis=1) - noisy[:, below].sum(axis=1)
        taker = below[own.argmax(axis=1)]
        after = noisy[rows, taker] + difference
        able = (values[rows, taker] >= large) & (after >= large - largest) & (after >= 0)
        noisy[rows[able], taker[able]] = after[able]
    return np.asarray(noisy)
