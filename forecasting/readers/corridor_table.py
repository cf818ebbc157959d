"""The user's own flows between places: a long table of month or date, origin, destination."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
import xarray as xr

from forecasting.flows import PERIODS, FlowError, check_flows
from forecasting.readers.flow_table import LONGEST, persons_of, time_of
from forecasting.readers.lines import NOTHING_READ, Lines, condensed, read_lines

if TYPE_CHECKING:
    import os

REQUIRED: Final = ("origin", "destination", "persons")


@dataclass(frozen=True)
class _Row:
    number: int
    time: pd.Timestamp
    origin: str
    destination: str
    persons: float


def read_corridors(
    path: str | os.PathLike[str],
    *,
    sheet: str | None = None,
    absent: str = "missing",
    credit: str | None = None,
) -> xr.DataArray:
    r"""Read a long table of flows by origin and destination, or say everything wrong with it.

    One row per period, origin and destination. Columns: ``month`` (``2024-05`` or ``2024-05-01``)
    or ``date`` (``2024-05-31``, flows per day), ``origin``, ``destination`` and ``persons``. An
    empty cell of ``persons`` is missing. Other columns are an error.

    Parameters
    ----------
    path : path-like
        CSV in UTF-8 (comma, semicolon or tab), or an XLSX workbook, with a header row.
    sheet : str, optional
        Of a workbook; may be left out when only one sheet holds anything.
    absent : {"missing", "zero"}
        What a period and corridor without a row means.
    credit : str, optional
        Credit line; default names the file.

    Returns
    -------
    xarray.DataArray, (time, origin, destination), persons per month or day

    Raises
    ------
    FlowError
        With file, row and value of every problem; nothing is half read.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> table = "month,origin,destination,persons\n2024-01,north,coast,12\n2024-02,hills,coast,30\n"
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = pathlib.Path(folder, "own.csv")
    ...     _ = file.write_text(table)
    ...     flows = read_corridors(file, absent="zero")
    >>> flows.sel(destination="coast").values.tolist()
    [[0.0, 12.0], [30.0, 0.0]]

    """
    source = Path(path)
    if absent not in ("missing", "zero"):
        msg = f"absent is {absent!r}; allowed: 'missing' (NaN), 'zero' (none recorded)."
        raise FlowError(msg)
    table = read_lines(source, sheet, REQUIRED)
    rows, problems = _parse(table)
    problems = [*table.problems, *problems, *_repeated(table.name, rows)]
    if problems:
        raise FlowError("\n".join(condensed(problems)))
    period = "month" if "month" in table.header else "day"
    return _lay_out(rows, period, absent, credit or f"{table.name}, own figures")


def _parse(table: Lines) -> tuple[list[_Row], list[str]]:
    rows, problems = [], []
    column = "month" if "month" in table.header else "date"
    for number, line in table.rows:
        cells = dict(zip(table.header, line, strict=True))
        own = []
        time = time_of(cells[column], column)
        if time is None:
            form = "2024-05" if column == "month" else "2024-05-31"
            own.append(f"{column!r} is {cells[column]!r}; write it like {form}")
        own += [
            f"{end!r} is empty; give a code or name"
            for end in ("origin", "destination")
            if not cells[end]
        ]
        persons, wrong = persons_of(
            cells["persons"], unclear=(number, cells["persons"]) in table.unclear
        )
        if wrong:
            own.append(wrong)
        problems += [f"{table.name}, row {number}: {text}. {NOTHING_READ}" for text in own]
        if not own and time is not None:
            rows.append(_Row(number, time, cells["origin"], cells["destination"], persons))
    return rows, problems


def _repeated(name: str, rows: list[_Row]) -> list[str]:
    first: dict[tuple[pd.Timestamp, str, str], int] = {}
    problems = []
    for row in rows:
        key = (row.time, row.origin, row.destination)
        if key in first:
            problems.append(
                f"{name}, row {row.number}: repeats row {first[key]} ({row.time.date()}, "
                f"{row.origin} to {row.destination}). {NOTHING_READ}"
            )
        first.setdefault(key, row.number)
    return problems


def _lay_out(rows: list[_Row], period: str, absent: str, credit: str) -> xr.DataArray:
    first, last = min(row.time for row in rows), max(row.time for row in rows)
    if (last - first).days / (30 if period == "month" else 1) > LONGEST:
        msg = (
            f"the table runs from {first.date()} to {last.date()}, more than {LONGEST} periods; "
            "correct the first or last date at the source. Nothing was read."
        )
        raise FlowError(msg)
    times = pd.date_range(first, last, freq=PERIODS[period])
    origins = sorted({row.origin for row in rows})
    destinations = sorted({row.destination for row in rows})
    shape = (len(times), len(origins), len(destinations))
    values = np.full(shape, np.nan if absent == "missing" else 0.0)
    position = {time: place for place, time in enumerate(times)}
    rank = {name: place for place, name in enumerate(origins)}
    order = {name: place for place, name in enumerate(destinations)}
    for row in rows:
        values[position[row.time], rank[row.origin], order[row.destination]] = row.persons
    return check_flows(
        xr.DataArray(
            values,
            dims=("time", "origin", "destination"),
            coords={
                "time": times.to_numpy().astype("datetime64[ns]"),
                "origin": origins,
                "destination": destinations,
            },
            name="flows",
            attrs={
                "units": "persons",
                "period": period,
                "long_name": f"persons per {period}",
                "credit": credit,
                "absent": f"period and corridor without a row: {absent}",
            },
        )
    )
