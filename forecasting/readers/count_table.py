"""Counts by day from a table in CSV or XLSX: a column of dates and one of numbers."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from forecasting.flows import FlowError
from forecasting.readers.flow_table import persons_of, time_of
from forecasting.readers.lines import NOTHING_READ, PERSONS, all_lines, condensed, split_heading

if TYPE_CHECKING:
    import os


def read_counts(
    path: str | os.PathLike[str], column: str = "persons", *, sheet: str | None = None
) -> pd.Series[float]:
    r"""Read counts by day, or say everything that is wrong with them.

    Parameters
    ----------
    path : path-like
        CSV in UTF-8 (comma, semicolon or tab), or an XLSX workbook, with a header row.
    column : str
        Heading of the numbers; case, spaces and signs are passed over. Other columns beside it and
        ``date`` (``2024-05-31``) are not read.
    sheet : str, optional
        Of a workbook; may be left out when only one sheet holds anything.

    Returns
    -------
    pandas.Series, persons
        By day, in order; NaN where a cell is empty.

    Raises
    ------
    FlowError
        With file, row and value of every problem; nothing is half read.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = pathlib.Path(folder, "own.csv")
    ...     _ = file.write_text("Date;Sleepers (persons)\n2024-05-31;120\n2024-06-01;\n")
    ...     counts = read_counts(file, "sleepers")
    >>> counts.tolist()
    [120.0, nan]

    """
    table = all_lines(Path(path), sheet)
    if len(table.rows) < 2:
        problems = table.problems or [
            f"{table.name}: needs a header, with the columns date and {column}, and one row per "
            f"day. {NOTHING_READ}"
        ]
        raise FlowError("\n".join(condensed(problems)))
    (at, header), *rows = table.rows
    places = _places(f"{table.name}, row {at}", header, column, table.problems)
    found: dict[pd.Timestamp, tuple[int, float]] = {}
    problems = list(table.problems)
    for number, line in rows:
        own = []
        day, text = (line[place] for place in places)
        time = time_of(day, "date")
        if time is None:
            own.append(f"'date' is {day!r}; write it like 2024-05-31")
        persons, wrong = persons_of(text, unclear=(number, text) in table.unclear)
        if wrong:
            own.append(wrong.replace("'persons'", repr(column), 1))
        if time in found:
            own.append(f"repeats the day of row {found[time][0]}")
        elif time is not None:
            found[time] = (number, persons)
        problems += [f"{table.name}, row {number}: {one}. {NOTHING_READ}" for one in own]
    if problems:
        raise FlowError("\n".join(condensed(problems)))
    values = {time: persons for time, (_, persons) in sorted(found.items())}
    return pd.Series(values, index=pd.DatetimeIndex(list(values)), dtype=float)


def _places(where: str, header: list[str], column: str, above: list[str]) -> tuple[int, int]:
    """Return where the dates and the numbers stand in a row."""
    headings = [split_heading(cell) for cell in header]
    problems = []
    places = []
    for name in ("date", column):
        fit = [n for n, (plain, _) in enumerate(headings) if plain == split_heading(name)[0]]
        places += fit[:1]
        if len(fit) != 1:
            what = f"stands {len(fit)} times; once is allowed" if fit else "is missing"
            problems.append(f"{where}: column {name!r} {what}. Columns: {', '.join(header)}.")
        unit = headings[fit[0]][1].casefold() if fit and name == column else ""
        if unit and unit not in PERSONS:
            problems.append(
                f"{where}: column {header[fit[0]]!r} has the unit {unit!r}; allowed: "
                f"{', '.join(PERSONS)}."
            )
    if problems:
        raise FlowError("\n".join([*condensed(above), *problems, "Nothing was read."]))
    return places[0], places[1]
