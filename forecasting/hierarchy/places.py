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
