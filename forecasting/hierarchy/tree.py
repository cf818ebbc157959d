"""Levels of government as a tree: country, regions, districts; exact sums at every level."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Final, TypeVar

import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr

from forecasting.flows import FlowError, raise_all
from forecasting.hierarchy.places import (
    COLUMNS,
    listing,
    location_problems,
    rows_with_parents,
    tree_problems,
)

Array = npt.NDArray[np.float64]
Index = npt.NDArray[np.int64]

Number = TypeVar("Number", bound=np.number)
BLOCK: Final = 256
"""Rows worked on at a time, so that they stay in the cache."""


@dataclass(frozen=True)
class Hierarchy:
    """A tree of places whose counts add up: every node is the sum of its children.

    Causes, sexes or ages are no part of it: they are further dims of the arrays, and as sums over
    places are taken for every cause alone, sums over causes are exact too.

    Parameters
    ----------
    codes : tuple of str
        Nodes from top to bottom, the one top first, every parent before its children.
    names : tuple of str
        Names for people, in the same order.
    admin_levels : tuple of int
        0 country, 1 region, 2 district; a child's is larger than its parent's.
    parents : tuple of str
        Code of the parent; for the top the empty string.

    Raises
    ------
    FlowError
        If the nodes are no tree, with all problems at once.

    Examples
    --------
    >>> tree = Hierarchy(
    ...     codes=("XA", "XA1", "XA2", "XA11", "XA12", "XA21"),
    ...     names=("Land", "North", "South", "Port", "Hill", "Lake"),
    ...     admin_levels=(0, 1, 1, 2, 2, 2),
    ...     parents=("", "XA", "XA", "XA1", "XA1", "XA2"),
    ... )
    >>> tree.bottom, tree.members("XA1"), tree.levels
    (('XA11', 'XA12', 'XA21'), ('XA11', 'XA12'), (0, 1, 2))

    """

    codes: tuple[str, ...]
    names: tuple[str, ...]
    admin_levels: tuple[int, ...]
    parents: tuple[str, ...]

    def __post_init__(self) -> None:
        """Refuse what is not a tree."""
        lengths = {len(self.codes), len(self.names), len(self.admin_levels), len(self.parents)}
        if len(lengths) != 1 or not self.codes:
            msg = (
                f"a hierarchy needs codes, names, levels and parents of one length, not {lengths}."
            )
            raise FlowError(msg)
        raise_all("hierarchy", tree_problems(self.codes, self.admin_levels, self.parents))

    @classmethod
    def from_table(cls, table: pd.DataFrame) -> Hierarchy:
        """Build from a table with one row per node in any order.

        Parameters
        ----------
        table : pandas.DataFrame
            Columns code, name, admin_level and parent (empty or missing for the top).

        Returns
        -------
        Hierarchy

        Raises
        ------
        FlowError
            If columns are missing or the rows are no tree.

        """
        missing = [column for column in COLUMNS if column not in table.columns]
        if missing:
            msg = f"the table of places lacks {', '.join(missing)}; needed: {', '.join(COLUMNS)}."
            raise FlowError(msg)
        rows = table[list(COLUMNS)].copy()
        rows["parent"] = rows["parent"].fillna("").astype(str)
        levels = pd.to_numeric(rows["admin_level"], errors="coerce")
        if levels.isna().any() or (levels != levels.round()).any():
            wrong = [str(value) for value in rows["admin_level"][levels.isna()]] or ["a fraction"]
            msg = f"admin_level must be a whole number; the table has {listing(wrong)}."
            raise FlowError(msg)
        rows["admin_level"] = levels.astype(int)
        rows = rows.sort_values("admin_level", kind="stable")
        return cls(
            tuple(map(str, rows["code"])),
            tuple(map(str, rows["name"])),
            tuple(map(int, rows["admin_level"])),
            tuple(rows["parent"]),
        )

    @classmethod
    def from_locations(
        cls, array: xr.DataArray, upper: pd.DataFrame | xr.DataArray | None = None
    ) -> Hierarchy:
        """Build from the coordinates of flows or a forecast.

        Parameters
        ----------
        array : xarray.DataArray
            With the coordinates ``location``, ``location_name``, ``admin_level`` and ``parent``
            along ``location``. Locations that are the parent of others become upper nodes.
        upper : pandas.DataFrame or xarray.DataArray, optional
            Names, levels and parents of the upper units: a table with columns code, name,
            admin_level and parent, or flows of the level above. Without it an upper unit is
            called by its code, one level above its children, and units that share the country
            prefix of their P-codes (``SO`` in ``SO11``) become parts of that country; if there is
            no such prefix, of a unit ``TOTAL``.

        Returns
        -------
        Hierarchy

        Raises
        ------
        FlowError
            If coordinates are missing or the places are no tree.

        Examples
        --------
        >>> from forecasting import datasets
        >>> districts = datasets.load_somalia_displacement(level="district")
        >>> tree = Hierarchy.from_locations(districts, datasets.load_somalia_displacement())
        >>> tree.codes[:3], tree.names[:3], len(tree.bottom)
        (('SO', 'SO11', 'SO12'), ('SO', 'Awdal', 'Woqooyi Galbeed'), 78)

        """
        return cls.from_table(pd.DataFrame(rows_with_parents(array, upper), columns=list(COLUMNS)))

    @property
    def top(self) -> str:
        """Code of the one node that holds all others."""
        return self.codes[0]

    @cached_property
    def bottom(self) -> tuple[str, ...]:
        """Codes without children, in the order of the nodes."""
        inner = set(self.parents)
        return tuple(code for code in self.codes if code not in inner)

    @cached_property
    def levels(self) -> tuple[int, ...]:
        """Admin levels present, from the top."""
        return tuple(sorted(set(self.admin_levels)))

    @cached_property
    def _position(self) -> dict[str, int]:
        return {code: position for position, code in enumerate(self.codes)}

    @cached_property
    def parent_positions(self) -> Index:
        """Position of every node's parent (node); -1 for the top."""
        return np.array([self._position.get(parent, -1) for parent in self.parents], dtype=int)

    @cached_property
    def bottom_positions(self) -> Index:
        """Positions of the bottom nodes among all nodes."""
        return np.array([self._position[code] for code in self.bottom], dtype=int)

    @cached_property
    def children_positions(self) -> dict[int, Index]:
        """Positions of the children of every inner node, inner nodes from top to bottom."""
        order = np.argsort(self.parent_positions, kind="stable")
        parents = self.parent_positions[order]
        inner, first = np.unique(parents, return_index=True)
        parts = np.split(order, first[1:])
        return {int(p): part for p, part in zip(inner, parts, strict=True) if p >= 0}

    def position(self, code: str) -> int:
        """Position of a node.

        Raises
        ------
        FlowError
            If there is no such node.

        """
        if code not in self._position:
            msg = f"there is no place {code!r} in the hierarchy; it has {listing(self.codes)}."
            raise FlowError(msg)
        return self._position[code]

    def level_of(self, code: str) -> int:
        """Admin level of a node."""
        return self.admin_levels[self.position(code)]

    def name_of(self, code: str) -> str:
        """Name of a node."""
        return self.names[self.position(code)]

    def parent_of(self, code: str) -> str:
        """Code of the parent; the empty string for the top."""
        return self.parents[self.position(code)]

    def children(self, code: str) -> tuple[str, ...]:
        """Codes one step below a node; none for a bottom node."""
        below = self.children_positions.get(self.position(code), ())
        return tuple(self.codes[int(position)] for position in below)

    def members(self, code: str) -> tuple[str, ...]:
        """Codes of the bottom nodes below a node; itself if it is one."""
        below = self.children(code)
        if not below:
            return (code,)
        found = {member for child in below for member in self.members(child)}
        return tuple(member for member in self.bottom if member in found)

    def below(self, code: str) -> tuple[str, ...]:
        """Codes of a node and of all nodes below it, in the order of the nodes.

        Examples
        --------
        >>> tree = Hierarchy(("XA", "XA1", "XA2"), ("A", "N", "S"), (0, 1, 1), ("", "XA", "XA"))
        >>> tree.below("XA"), tree.below("XA2")
        (('XA', 'XA1', 'XA2'), ('XA2',))

        """
        self.position(code)
        inside = {code}
        for node, parent in zip(self.codes, self.parents, strict=True):
            if parent in inside:
                inside.add(node)
        return tuple(node for node in self.codes if node in inside)

    def units(self, level: int) -> tuple[str, ...]:
        """Codes that make up the whole at an admin level, each bottom node in exactly one.

        Where a branch has no node of that level, its next lower node stands in, or its bottom
        node if it ends above: so the units of every level sum to the top.

        Parameters
        ----------
        level : int

        Returns
        -------
        tuple of str

        Raises
        ------
        FlowError
            If no node has that level.

        """
        if level not in self.levels:
            msg = f"level is {level}; the hierarchy has {', '.join(map(str, self.levels))}."
            raise FlowError(msg)
        return tuple(self.codes[int(position)] for position in np.unique(self._unit_of[level]))

    @cached_property
    def _unit_of(self) -> dict[int, Index]:
        """Position of the unit that holds every bottom node (bottom), for every level."""
        result = {level: self.bottom_positions.copy() for level in self.levels}
        node = self.bottom_positions.copy()
        levels = np.array(self.admin_levels)
        while (node >= 0).any():
            for level, unit in result.items():
                higher = (node >= 0) & (levels[node] >= level)
                unit[higher] = node[higher]
            node = np.where(node >= 0, self.parent_positions[node], -1)
        return result

    def all_levels(self, array: xr.DataArray) -> xr.DataArray:
        """Sum counts of the bottom nodes to all nodes.

        Parameters
        ----------
        array : xarray.DataArray, (..., location, ...), persons
            One value per bottom node; other dims are kept. NaN at the bottom is NaN above.

        Returns
        -------
        xarray.DataArray
            The same with ``location`` running over all nodes from top to bottom.

        Raises
        ------
        FlowError
            If the locations are not exactly the bottom nodes.

        """
        return self._with_nodes(array, np.arange(len(self.codes)))

    def aggregate(self, array: xr.DataArray, level: int) -> xr.DataArray:
        """Sum counts of the bottom nodes to the units of a level; see :meth:`units`.

        Parameters
        ----------
        array : xarray.DataArray, (..., location, ...), persons
            One value per bottom node.
        level : int
            Admin level.

        Returns
        -------
        xarray.DataArray
            With the coordinates of the contract along ``location``.

        Raises
        ------
        FlowError
            If the locations are not exactly the bottom nodes or there is no such level.

        """
        positions = np.array([self.position(code) for code in self.units(level)], dtype=int)
        return self._with_nodes(array, positions)

    def _with_nodes(self, array: xr.DataArray, positions: Index) -> xr.DataArray:
        ordered = self.bottom_of(array)
        axis = ordered.get_axis_num("location")
        values = np.moveaxis(ordered.to_numpy(), axis, -1)
        sums = np.moveaxis(self.sums(values)[..., positions], -1, axis)
        kept = {
            name: coord for name, coord in ordered.coords.items() if "location" not in coord.dims
        }
        return xr.DataArray(
            sums,
            dims=ordered.dims,
            coords={**kept, **self.coords(positions)},
            name=ordered.name,
            attrs=ordered.attrs,
        )

    def coords(self, positions: Index | None = None) -> dict[str, tuple[str, list[object]]]:
        """Coordinates of the contract along ``location`` for all or some nodes."""
        chosen = range(len(self.codes)) if positions is None else [int(p) for p in positions]
        columns = {
            "location": self.codes,
            "location_name": self.names,
            "admin_level": self.admin_levels,
            "parent": self.parents,
        }
        return {
            name: ("location", [values[position] for position in chosen])
            for name, values in columns.items()
        }

    def sums(self, values: npt.NDArray[Number]) -> npt.NDArray[Number]:
        """Sum bottom values (..., bottom) to all nodes (..., node)."""
        flat = values.reshape(-1, len(self.bottom))
        result = np.empty((len(flat), len(self.codes)), dtype=values.dtype)
        for start in range(0, len(flat), BLOCK):
            part = result[start : start + BLOCK]
            part[:, self.bottom_positions] = flat[start : start + BLOCK]
            for parent in reversed(self.children_positions):
                part[:, parent] = part[:, self.children_positions[parent]].sum(axis=1)
        return result.reshape(*values.shape[:-1], -1)

    def bottom_of(self, array: xr.DataArray) -> xr.DataArray:
        """Return counts of the bottom nodes in their order, from those or from all nodes.

        Parameters
        ----------
        array : xarray.DataArray, (..., location, ...)
            Over exactly the bottom nodes or exactly all nodes, in any order.

        Returns
        -------
        xarray.DataArray

        Raises
        ------
        FlowError
            If the locations are neither.

        """
        self._check_locations(array)
        codes = [str(code) for code in array["location"].to_numpy()]
        if codes == list(self.bottom):
            return array
        place = {code: position for position, code in enumerate(codes)}
        return array.isel(location=[place[code] for code in self.bottom])

    def covers_all_nodes(self, array: xr.DataArray) -> bool:
        """Whether the array has a value for every node, not only for the bottom ones."""
        self._check_locations(array)
        return array.sizes["location"] == len(self.codes) != len(self.bottom)

    def _check_locations(self, array: xr.DataArray) -> None:
        if "location" not in array.dims or "location" not in array.coords:
            msg = f"dims are {array.dims}; a hierarchy needs a dim 'location' with codes."
            raise FlowError(msg)
        codes = [str(code) for code in array["location"].to_numpy()]
        problems = location_problems(codes, self.codes, self.bottom)
        raise_all("array of places", problems)

    def table(self) -> pd.DataFrame:
        """One row per node: code, name, admin_level, parent; :meth:`from_table` reads it back."""
        columns = (self.codes, self.names, self.admin_levels, self.parents)
        return pd.DataFrame(dict(zip(COLUMNS, map(list, columns), strict=True)))
