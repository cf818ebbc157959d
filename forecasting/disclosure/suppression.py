"""Leave small counts out, and as many others as it takes to keep them from being worked out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.optimize import linprog

from forecasting.disclosure.tables import Margins, with_margins, without_margins

if TYPE_CHECKING:
    import xarray as xr

    from forecasting.disclosure.policy import Suppression
    from forecasting.hierarchy.tree import Hierarchy

Array = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
_MOVED = 1e-6
"""Persons: movements below it are rounding errors of the solver."""


def suppressed_cells(
    array: xr.DataArray, tree: Hierarchy, rule: Suppression
) -> tuple[xr.DataArray, xr.DataArray]:
    """Leave out small counts of a table and, if the rule says so, others that would give them away.

    Parameters
    ----------
    array : xarray.DataArray, ([time,] location[, cause, ...]), persons
    tree : Hierarchy
    rule : Suppression

    Returns
    -------
    data, table : xarray.DataArray
        What was given, and all nodes with all margins; NaN where a count is left out.

    """
    table = with_margins(array, tree)
    margins = Margins.of(tree, tuple(size - 1 for size in table.shape[2:]))
    values = table.to_numpy().copy()
    for period in values:
        counts = np.rint(np.nan_to_num(period)).ravel()
        hidden = (counts > 0) & (counts < rule.threshold)
        if rule.complementary:
            hidden = protecting_pattern(counts, hidden, margins, rule.protection)
        period.reshape(-1)[hidden] = np.nan
    shown = table.copy(data=values)
    return without_margins(shown, array), shown


def protecting_pattern(counts: Array, primary: Flags, margins: Margins, width: float) -> Flags:
    """Choose cells to leave out so that every primary cell is hidden by at least a width.

    For every primary cell in turn a linear program looks for another table with the same
    published cells in which the cell is ``width`` larger, and one in which it is smaller, moving
    as little as possible of what is not yet left out; what it moves is left out too (Kelly,
    Golden and Assad 1992, "Cell suppression: disclosure protection for sensitive tabular data",
    Networks 22; Fischetti and Salazar 2000). The tables found stay possible whatever is left out
    later, so a cell that another's tables move far enough needs none of its own.

    Parameters
    ----------
    counts : numpy.ndarray, (cell,), persons
        True table, with sums.
    primary : numpy.ndarray of bool, (cell,)
        Small counts.
    margins : Margins
    width : float, persons
        How much larger the alternative must be.

    Returns
    -------
    numpy.ndarray of bool, (cell,)
        Cells to leave out, primary ones included.

    """
    cells = np.flatnonzero(counts > 0)
    ties = margins.ties[:, cells]
    ties = ties[np.unique(ties.nonzero()[0])]
    own = counts[cells]
    hidden = primary[cells].copy()
    rise, fall = np.zeros(len(cells)), np.zeros(len(cells))
    both = sparse.hstack([ties, -ties], format="csc")
    price = 1.0 + np.log1p(own)
    small = np.flatnonzero(hidden)
    for cell in small[np.argsort(own[small], kind="stable")]:
        for direction, reached, amount in ((1, rise, width), (-1, fall, 1.0)):
            if reached[cell] >= amount - _MOVED:
                continue
            move = _cheapest_move(both, own, np.where(hidden, 0.0, price), cell, direction * amount)
            hidden |= np.abs(move) > _MOVED
            np.maximum(rise, move, out=rise)
            np.maximum(fall, -move, out=fall)
    result = np.zeros(len(counts), dtype=bool)
    result[cells[hidden]] = True
    return result


def _cheapest_move(
    both: sparse.csc_array, counts: Array, price: Array, cell: int, amount: float
) -> Array:
    """Cheapest change of a table (cell,) that keeps sums and moves one cell by an amount."""
    size = len(counts)
    cost = np.concatenate([price, price]) + 1e-4
    upper = np.concatenate([np.full(size, np.inf), counts])
    lower = np.zeros(2 * size)
    up, down = (cell, cell + size) if amount > 0 else (cell + size, cell)
    lower[up] = upper[up] = abs(amount)
    upper[down] = 0.0
    made = linprog(
        cost,
        A_eq=both,
        b_eq=np.zeros(both.shape[0]),
        bounds=np.column_stack([lower, upper]),
        method="highs",
    )
    return np.asarray(made.x[:size] - made.x[size:])
