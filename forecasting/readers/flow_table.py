"""The user's own flows: a long table of month or date, location, cause and persons."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
import xarray as xr

from forecasting.flows import PERIODS, FlowError, check_flows
from forecasting.readers.lines import NOTHING_READ, Lines, condensed, read_lines

if TYPE_CHECKING:
    import os

REQUIRED: Final = ("location", "persons")
OPTIONAL: Final = ("cause", "location_name", "parent", "admin_level")
_MONTH: Final = re.compile(r"\d{4}-(0[1-9]|1[0-2])(-01)?")
_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
LONGEST: Final = 40_000
"""Periods of the longest table that is read, more than a hundred years of days."""


@dataclass(frozen=True)
class _Row:
    number: int
    time: pd.Timestamp
    location: str
    cause: str
    persons: float
    details: tuple[str, str, str]


def read_flows(
    path: str | os.PathLike[str],
    *,
    sheet: str | None = None,
    absent: str = "missing",
    credit: str | None = None,
) -> xr.DataArray:
    r"""Read a long table of flows, or say everything that is wrong with it.

    One row per period, location and (optionally) cause. Columns: ``month`` (``2024-05`` or
    ``2024-05-01``) or ``date`` (``2024-05-31``, flows per day), ``location``, ``persons``;
    optionally ``cause``, ``location_name``, ``parent`` and ``admin_level``. An empty cell of
    ``persons`` is missing.

    Parameters
    ----------
    path : path-like
        CSV in UTF-8 (comma, semicolon or tab), or an XLSX workbook, with a header row.
    sheet : str, optional
        Of a workbook; may be left out when only one sheet holds anything.
    absent : {"missing", "zero"}
        What a period and location without a row means.
    credit : str, optional
        Credit line; default names the file.

    Returns
    -------
    xarray.DataArray, (time, location[, cause]), persons per month or day

    Raises
    ------
    FlowError
        With file, row and value of every problem; nothing is half read.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> table = "month,location,cause,persons\n2024-01,XA01,flood,12\n2024-02,XA01,flood,30\n"
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = pathlib.Path(folder, "own.csv")
    ...     _ = file.write_text(table)
    ...     flows = read_flows(file)
    >>> flows.sel(location="XA01", cause="flood").values.tolist()
    [12.0, 30.0]

    """
    source = Path(path)
    if absent not in ("missing", "zero"):
        msg = f"absent is {absent!r}; allowed: 'missing' (NaN), 'zero' (none recorded)."
        raise FlowError(msg)
    table = read_lines(source, sheet, REQUIRED, OPTIONAL)
    rows, problems = _parse(table)
    problems = [*table.problems, *problems, *_repeated(table.name, rows)]
    if problems:
        raise FlowError("\n".join(condensed(problems)))
    return _lay_out(rows, table.header, absent, credit or f"{table.name}, own figures")


def _parse(table: Lines) -> tuple[list[_Row], list[str]]:
    rows, problems = [], []
    time_column = "month" if "month" in table.header else "date"
    for number, line in table.rows:
        cells = dict(zip(table.header, line, strict=True))
        own = []
        time = time_of(cells[time_column], time_column)
        if time is None:
            form = "2024-05" if time_column == "month" else "2024-05-31"
            own.append(f"{time_column!r} is {cells[time_column]!r}; write it like {form}")
        if not cells["location"]:
            own.append("'location' is empty; give a code or name")
        if "cause" in cells and not cells["cause"]:
            own.append("'cause' is empty; give a cause or leave the column out")
        persons, wrong = persons_of(
            cells["persons"], unclear=(number, cells["persons"]) in table.unclear
        )
        if wrong:
            own.append(wrong)
        level = cells.get("admin_level", "")
        if level and not level.isdigit():
            own.append(f"'admin_level' is {level!r}; give a whole number, 0 for a country")
        problems += [f"{table.name}, row {number}: {text}. {NOTHING_READ}" for text in own]
        if not own and time is not None:
            details = (cells.get("location_name", ""), cells.get("parent", ""), level)
            cause = cells.get("cause", "")
            rows.append(_Row(number, time, cells["location"], cause, persons, details))
    return rows, problems


def time_of(text: str, column: str) -> pd.Timestamp | None:
    """First day of a month or a day, or None if it is not written as it should be."""
    pattern = _MONTH if column == "month" else _DATE
    if not pattern.fullmatch(text):
        return None
    try:
        return pd.Timestamp(text)
    except ValueError:
        return None


def persons_of(text: str, *, unclear: bool = False) -> tuple[float, str]:
    """Persons (NaN if empty) and what is wrong with the text, if anything."""
    if not text:
        return float("nan"), ""
    if unclear:
        return 0.0, (
            f"'persons' is {text!r}, which may be a thousand or a fraction; write it without a "
            "point, or with another number of digits behind it"
        )
    try:
        persons = float(text)
    except ValueError:
        return 0.0, f"'persons' is {text!r}; give a number without unit or thousands separator"
    if not np.isfinite(persons):
        return 0.0, f"'persons' is {text!r}; leave the cell empty where nothing is known"
    if persons < 0:
        return 0.0, f"'persons' is {text}; counts of persons cannot be negative"
    return persons, ""


def _repeated(name: str, rows: list[_Row]) -> list[str]:
    first: dict[tuple[pd.Timestamp, str, str], int] = {}
    details: dict[str, tuple[tuple[str, str, str], int]] = {}
    problems = []
    for row in rows:
        key = (row.time, row.location, row.cause)
        if key in first:
            place = f"{row.time.date()}, {row.location}" + (f", {row.cause}" if row.cause else "")
            problems.append(
                f"{name}, row {row.number}: repeats row {first[key]} ({place}). {NOTHING_READ}"
            )
        first.setdefault(key, row.number)
        known, number = details.setdefault(row.location, (row.details, row.number))
        if known != row.details:
            problems.append(
                f"{name}, row {row.number}: name, parent or level of {row.location!r} differs from "
                f"row {number}. {NOTHING_READ}"
            )
    return problems


def _lay_out(rows: list[_Row], header: list[str], absent: str, credit: str) -> xr.DataArray:
    period = "month" if "month" in header else "day"
    first, last = min(row.time for row in rows), max(row.time for row in rows)
    if (last - first).days / (30 if period == "month" else 1) > LONGEST:
        msg = (
            f"the table runs from {first.date()} to {last.date()}, more than {LONGEST} periods; "
            "correct the first or last date at the source. Nothing was read."
        )
        raise FlowError(msg)
    times = pd.date_range(first, last, freq=PERIODS[period])
    locations = sorted({row.location for row in rows})
    causes = list(dict.fromkeys(row.cause for row in rows))
    shape = (len(times), len(locations), len(causes))
    values = np.full(shape, np.nan if absent == "missing" else 0.0)
    details = {row.location: row.details for row in rows}
    for row in rows:
        at = (times.get_loc(row.time), locations.index(row.location), causes.index(row.cause))
        values[at] = row.persons
    coords: dict[str, object] = {
        "time": times.to_numpy().astype("datetime64[ns]"),
        "location": locations,
        "location_name": ("location", [details[x][0] or x for x in locations]),
        "admin_level": ("location", [int(details[x][2] or 1) for x in locations]),
        "parent": ("location", [details[x][1] for x in locations]),
    }
    attrs = {
        "units": "persons",
        "period": period,
        "long_name": f"persons per {period}",
        "credit": credit,
        "absent": f"period and location without a row: {absent}",
    }
    if "cause" in header:
        dims: tuple[str, ...] = ("time", "location", "cause")
        coords["cause"] = causes
    else:
        dims, values = ("time", "location"), values[..., 0]
    return check_flows(xr.DataArray(values, dims=dims, coords=coords, name="flows", attrs=attrs))
