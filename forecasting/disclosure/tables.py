"""Tables with margins: all nodes of a tree by all groups and their sums, and what ties them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr
from scipy import sparse

if TYPE_CHECKING:
    from forecasting.hierarchy.tree import Hierarchy

Array = npt.NDArray[np.float64]
ALL: Final = "all"
"""Entry of a group dimension that holds the sum over its other entries."""


@dataclass(frozen=True)
class Margins:
    """Which cells of one period's table sum to which.

    Attributes
    ----------
    shape : tuple of int
        Nodes of the tree, then entries of every group with their sum last.
    ties : scipy.sparse.csr_array, (tie, cell)
        ``ties @ cells == 0`` for every true table.

    """

    shape: tuple[int, ...]
    ties: sparse.csr_array

    @classmethod
    def of(cls, tree: Hierarchy, groups: tuple[int, ...]) -> Margins:
        """Ties of a tree crossed with groups of so many entries."""
        inner = tree.children_positions
        places = sparse.lil_array((len(inner), len(tree.codes)))
        for row, (parent, children) in enumerate(inner.items()):
            places[row, parent] = 1.0
            places[row, children] = -1.0
        sums = [np.append(-np.ones(size), 1.0)[np.newaxis] for size in groups]
        single = [sparse.csr_array(matrix) for matrix in (places, *sums)]
        shape = (len(tree.codes), *(size + 1 for size in groups))
        parts = []
        for axis, matrix in enumerate(single):
            before, after = int(np.prod(shape[:axis])), int(np.prod(shape[axis + 1 :]))
            lifted = sparse.kron(
                sparse.kron(sparse.eye_array(before), matrix), sparse.eye_array(after)
            )
            parts.append(lifted)
        return cls(shape, sparse.csr_array(sparse.vstack(parts)))


def labels_of(array: xr.DataArray, dim: str) -> list[Any]:
    """Labels along a dim of one of several tables; a day is one day whatever unit its dates have.

    Examples
    --------
    >>> days = np.array(["2026-11-01"], "datetime64[s]")
    >>> labels_of(xr.DataArray([1.0], dims="time", coords={"time": days}), "time")
    [Timestamp('2026-11-01 00:00:00')]

    """
    values = array[dim].to_numpy()
    if np.issubdtype(values.dtype, np.datetime64):
        return list(pd.DatetimeIndex(values.astype("datetime64[ns]")))
    labels: list[Any] = values.tolist()
    return labels


def with_margins(array: xr.DataArray, tree: Hierarchy) -> xr.DataArray:
    """Lay counts out with all nodes and the sum over every group as entry ``"all"``.

    Parameters
    ----------
    array : xarray.DataArray, (..., location, ...), persons
        Over the bottom nodes or all nodes.
    tree : Hierarchy

    Returns
    -------
    xarray.DataArray, (time, location, group, ...)
        ``time`` is added where there is none.

    """
    table = tree.all_levels(tree.bottom_of(array))
    if "time" not in table.dims:
        table = table.expand_dims("time")
    groups = [str(dim) for dim in table.dims if dim not in ("time", "location")]
    for group in groups:
        if group not in table.coords:
            table = table.assign_coords({group: np.arange(table.sizes[group]).astype(str)})
        table = table.assign_coords({group: table[group].astype(str).astype(object)})
        total = table.sum(group, skipna=False).expand_dims({group: np.array([ALL], dtype=object)})
        table = xr.concat([table, total], dim=group, join="exact", combine_attrs="override")
    return table.transpose("time", "location", *groups)


def without_margins(table: xr.DataArray, array: xr.DataArray) -> xr.DataArray:
    """Cells of a table with margins that were given, laid out as they were given."""
    places = [str(code) for code in array["location"].to_numpy()]
    chosen = table.sel(location=places)
    for group in table.dims[2:]:
        chosen = chosen.isel({group: slice(0, -1)})
    if "time" not in array.dims:
        chosen = chosen.isel(time=0)
    values: npt.NDArray[Any] = chosen.transpose(*array.dims).to_numpy()
    return array.copy(data=values)
