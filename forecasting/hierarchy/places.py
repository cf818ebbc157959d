"""Rows of places (code, name, admin level, parent) from the coordinates of an array or a table."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import xarray as xr

from forecasting.flows import LOCATION_COORDS, FlowError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import pandas as pd

COLUMNS: Final = ("code", "name", "admin_level", "parent")
"""Columns of a table of places."""
_COUNTRY_PREFIX: Final = re.compile(r"[A-Z]{2,3}(?=\d)")
"""P-codes begin with the ISO 3166-1 code of the country (OCHA, common operational datasets)."""
_SHOWN: Final = 5

Row = tuple[str, str, int, str]


def listing(codes: Iterable[str]) -> str:
    """Name a few codes and say how many more there are."""
    named = list(codes)
    more = f" and {len(named) - _SHOWN} more" if len(named) > _SHOWN else ""
    return ", ".join(named[:_SHOWN]) + more


def rows_with_parents(
    array: xr.DataArray, upper: pd.DataFrame | xr.DataArray | None = None
) -> list[Row]:
    """Rows of the places of an array and of all units above them.

    Parameters
    ----------
    array : xarray.DataArray
        With the coordinates of the contract along ``location``.
    upper : pandas.DataFrame or xarray.DataArray, optional
        What is known of the upper units.

    Returns
    -------
    list of (code, name, admin level, parent)
        With one top, whose parent is the empty string.

    """
    known = {row[0]: row for row in _rows_of(array)}
    if upper is not None:
        above = _rows_of(upper) if isinstance(upper, xr.DataArray) else _table_rows(upper)
        needed = _above({row[3] for row in known.values()}, {row[0]: row for row in above})
        known = {**{row[0]: row for row in above if row[0] in needed}, **known}
    _add_parents(known)
    tops = [code for code, row in known.items() if not row[3]]
    if len(tops) > 1:
        found = {match.group() for code in tops if (match := _COUNTRY_PREFIX.match(code))}
        every = all(_COUNTRY_PREFIX.match(code) for code in tops)
        top = found.pop() if every and len(found) == 1 else "TOTAL"
        level = min(known[code][2] for code in tops) - 1
        for code in tops:
            known[code] = (*known[code][:3], top)
        known[top] = (top, top, level, "")
    return list(known.values())


def _rows_of(array: xr.DataArray) -> list[Row]:
    missing = [name for name in ("location", *LOCATION_COORDS) if name not in array.coords]
    if missing:
        msg = f"coordinates {', '.join(missing)} are missing; a hierarchy is built from them."
        raise FlowError(msg)
    columns = [array[name].to_numpy().tolist() for name in ("location", *LOCATION_COORDS)]
    return [
        (str(code), str(name), int(level), str(parent))
        for code, name, level, parent in zip(*columns, strict=True)
    ]


def _table_rows(table: pd.DataFrame) -> list[Row]:
    missing = [column for column in COLUMNS if column not in table.columns]
    if missing:
        msg = f"the table of upper places lacks {', '.join(missing)}; needed: {COLUMNS}."
        raise FlowError(msg)
    columns = [table[column].tolist() for column in COLUMNS[:3]]
    parents = table["parent"].fillna("").astype(str).tolist()
    return [
        (str(code), str(name), int(level), parent)
        for code, name, level, parent in zip(*columns, parents, strict=True)
    ]


def _above(wanted: Iterable[str], rows: dict[str, Row]) -> set[str]:
    """Codes among the rows that are parents, or parents of parents, of what is wanted."""
    found: set[str] = set()
    waiting: Sequence[str] = list(wanted)
    while waiting:
        new = [code for code in waiting if code in rows and code not in found]
        found.update(new)
        waiting = [rows[code][3] for code in new]
    return found


def _add_parents(known: dict[str, Row]) -> None:
    """Add parents that are named but not described, each one level above its children."""
    while True:
        missing: dict[str, int] = {}
        for _, _, level, parent in known.values():
            if parent and parent not in known:
                missing[parent] = min(level - 1, missing.get(parent, level - 1))
        if not missing:
            return
        for code, level in missing.items():
            known[code] = (code, code, level, "")


def tree_problems(
    codes: Sequence[str], admin_levels: Sequence[int], parents: Sequence[str]
) -> list[str]:
    """Say what keeps nodes from being a tree, from top to bottom."""
    problems = []
    known: dict[str, int] = {}
    for code, level, parent in zip(codes, admin_levels, parents, strict=True):
        if not code:
            problems.append("a node has an empty code; give every place a code.")
        if code in known:
            problems.append(f"{code!r} stands twice; every place may stand once.")
        if not parent and known:
            problems.append(
                f"{code!r} and {codes[0]!r} have no parent; a tree has one top: give "
                "the others a parent."
            )
        elif parent and parent not in known:
            problems.append(
                f"{code!r} has the parent {parent!r}, which is not among the nodes above it."
            )
        elif parent and level <= known[parent]:
            problems.append(
                f"{code!r} has admin level {level}, its parent {parent!r} {known[parent]}; "
                "a child's level must be larger."
            )
        known[code] = level
    return problems


def location_problems(
    codes: Sequence[str], nodes: Sequence[str], bottom: Sequence[str]
) -> list[str]:
    """Say why places are neither exactly the bottom nodes nor exactly all nodes of a tree."""
    given = set(codes)
    problems = []
    if len(given) != len(codes):
        twice = [code for code in dict.fromkeys(codes) if codes.count(code) > 1]
        problems.append(f"places stand twice: {listing(twice)}.")
    if strange := [code for code in codes if code not in nodes]:
        problems.append(f"places are not in the hierarchy: {listing(strange)}.")
    if missing := [code for code in bottom if code not in given]:
        problems.append(f"bottom places are missing: {listing(missing)}; give NaN or 0 there.")
    upper = [code for code in nodes if code not in set(bottom)]
    some = [code for code in upper if code in given]
    if some and len(some) < len(upper):
        problems.append(
            f"upper places {listing(some)} are there but not "
            f"{listing(code for code in upper if code not in given)}: give all nodes or only "
            "those at the bottom, or places would count twice."
        )
    return problems
