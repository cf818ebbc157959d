"""Header and rows of a table in CSV or XLSX, as text with the number of each row."""

from __future__ import annotations

import csv
import difflib
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from forecasting.flows import FlowError
from forecasting.readers.workbooks import WorkbookError, cell_problem, cell_text, open_workbook

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

NOTHING_READ: Final = "Correct it at the source; nothing was read."
TIMES: Final = ("month", "date")
"""Columns of time, of which a table has one."""
PERSONS: Final = ("persons", "people")
"""What the unit of a column of persons may be called."""
_MOST_OF_A_KIND: Final = 5
_PARTICULARS: Final = re.compile(r"row \d+|cell [A-Z]+\d+|'[^']*'|\d[\d.,-]*|\([^)]*\)")
_HEADING: Final = re.compile(r"(.*?)\s*(?:[(\[]([^)\]]*)[)\]])?\s*\*?", re.DOTALL)
_SIGNS: Final = (",", ";", "\t")


class Lines(NamedTuple):
    """A table as text.

    Parameters
    ----------
    name : str
        File and, of a workbook, sheet: what messages call it.
    header : list of str
        Names of the columns, as :func:`named_columns` knows them.
    rows : list of tuple of int and list of str
        With their number in the file, counted from 1.
    problems : list of str
        Cells that hold nothing to take over.

    """

    name: str
    header: list[str]
    rows: list[tuple[int, list[str]]]
    problems: list[str]


def is_workbook(path: str | Path) -> bool:
    """Whether a path is read as an XLSX workbook; everything else is read as CSV."""
    return Path(path).suffix.lower() == ".xlsx"


def read_lines(
    source: Path, sheet: str | None, required: Sequence[str], optional: Sequence[str] = ()
) -> Lines:
    """Read a table of which the columns are known.

    Parameters
    ----------
    source : pathlib.Path
        CSV in UTF-8 (comma, semicolon or tab), or XLSX.
    sheet : str or None
        Of a workbook; may be left out when only one sheet holds anything.
    required, optional : sequence of str
        Columns beside ``month`` or ``date`` that must be there, or may.

    Returns
    -------
    Lines
        Without empty rows.

    Raises
    ------
    FlowError
        If the file cannot be read, is empty, or has other columns.

    """
    if not source.is_file():
        msg = f"{source}: no such file. Give the path of a table of flows (CSV or XLSX)."
        raise FlowError(msg)
    found = _workbook_lines(source, sheet) if is_workbook(source) else _csv_lines(source, sheet)
    if len(found.rows) < 2:
        what = "is empty" if not found.rows else "has a header but no row"
        msg = (
            f"{found.name} {what}. Give a header (month or date, {', '.join(required)}) and one "
            "row per period and place; nothing was read."
        )
        raise FlowError(msg)
    (at, header), *rows = found.rows
    names = named_columns(f"{found.name}, row {at}", header, required, optional)
    return Lines(found.name, names, rows, found.problems)


def names_columns(path: str | Path, columns: Sequence[str], sheet: str | None = None) -> bool:
    """Whether the first row of a file, or of a sheet of a workbook, names all of the columns.

    Parameters
    ----------
    path : path-like
    columns : sequence of str
    sheet : str, optional
        The only sheet to look at; by default any.

    Returns
    -------
    bool
        False too for what is no table; the reader then says what is wrong with it.

    """
    try:
        headers = list(_headers(Path(path), sheet))
    except FlowError:
        return False
    return any({_column(cell, columns)[0] for cell in row} >= set(columns) for row in headers)


def _headers(source: Path, sheet: str | None) -> Iterator[list[str]]:
    if not is_workbook(source):
        yield from (row for _, row in _csv_lines(source, None).rows[:1])
        return
    for grid in _opened(source).worksheets:
        if sheet is None or grid.title.casefold() == sheet.casefold():
            cells = [(row, str(cell.value)) for (row, _), cell in _cells(grid) if cell.value]
            yield [text for row, text in cells if row == cells[0][0]]


def _csv_lines(source: Path, sheet: str | None) -> Lines:
    if sheet is not None:
        msg = f"{source.name} has no sheets; leave out the sheet {sheet!r}, or give an .xlsx file."
        raise FlowError(msg)
    try:
        with source.open(encoding="utf-8-sig", newline="") as handle:
            first = handle.readline()
            handle.seek(0)
            delimiter = max(_SIGNS, key=first.count)
            reader = csv.reader(handle, delimiter=delimiter, strict=True)
            rows = [(reader.line_num, line) for line in reader if any(x.strip() for x in line)]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        msg = (
            f"{source} cannot be read as CSV in UTF-8 ({error}); save the table as CSV in UTF-8 or "
            "as .xlsx. Nothing was read."
        )
        raise FlowError(msg) from error
    rows = [(number, [cell.strip() for cell in line]) for number, line in rows]
    problems = [
        f"{source.name}, row {number}: has {len(line)} cells, the header has {len(rows[0][1])}. "
        f"{NOTHING_READ}"
        for number, line in rows
        if len(line) != len(rows[0][1])
    ]
    return Lines(source.name, [], [one for one in rows if len(one[1]) == len(rows[0][1])], problems)


def _opened(source: Path) -> Any:
    try:
        return open_workbook(source)
    except WorkbookError as error:
        msg = f"{source} {error} Nothing was read."
        raise FlowError(msg) from error


def _workbook_lines(source: Path, sheet: str | None) -> Lines:
    grid = _sheet_of(source, sheet)
    name = f"{source.name}, sheet {grid.title}"
    problems = [
        f"{name}, row {merged.min_row}: the cells {merged.coord} are merged; undo the merge and "
        f"fill each cell. {NOTHING_READ}"
        for merged in grid.merged_cells.ranges
    ]
    rows: dict[int, dict[int, str]] = {}
    for (number, at), cell in _cells(grid):
        wrong = cell_problem(cell)
        if wrong:
            problems.append(f"{name}, row {number}: cell {cell.coordinate} {wrong} {NOTHING_READ}")
        text = "" if wrong or cell.value is None else cell_text(cell.value, str(cell.number_format))
        if text.strip():
            rows.setdefault(number, {})[at] = " ".join(text.split())
    titles = rows[min(rows)] if rows else {}
    problems += [
        f"{name}, row {number}: {text!r} has no heading above it; name the column or delete it. "
        f"{NOTHING_READ}"
        for number, row in rows.items()
        for at, text in row.items()
        if at not in titles
    ]
    return Lines(
        name, [], [(n, [row.get(at, "") for at in titles]) for n, row in rows.items()], problems
    )


def _sheet_of(source: Path, sheet: str | None) -> Any:
    book = _opened(source)
    grids = {grid.title.casefold(): grid for grid in book.worksheets}
    titles = ", ".join(grid.title for grid in book.worksheets)
    if sheet is not None:
        if sheet.casefold() in grids:
            return grids[sheet.casefold()]
        msg = f"{source.name}: there is no sheet {sheet!r}. Sheets: {titles}. Nothing was read."
        raise FlowError(msg)
    filled = [
        grid for grid in book.worksheets if any(cell.value is not None for _, cell in _cells(grid))
    ]
    if len(filled) > 1:
        msg = f"{source.name} has several sheets; name one of: {titles}. Nothing was read."
        raise FlowError(msg)
    return [*filled, *book.worksheets][0]


def _cells(grid: Any) -> list[tuple[tuple[int, int], Any]]:
    """Cells that are there, by row and column: a stray one must not make every row as long."""
    return sorted(grid._cells.items())


def named_columns(
    where: str, header: list[str], required: Sequence[str], optional: Sequence[str] = ()
) -> list[str]:
    """Return the columns that the cells of a header mean.

    Case, spaces and signs are passed over, and so is what stands in brackets, except the unit of
    ``persons``.

    Parameters
    ----------
    where : str
        What messages call the header.
    header : list of str
        As written.
    required, optional : sequence of str
        Columns beside ``month`` or ``date`` that must be there, or may.

    Returns
    -------
    list of str

    Raises
    ------
    FlowError
        With every column that is missing, unknown, stands twice or has a wrong unit.

    Examples
    --------
    >>> named_columns("a.csv, row 1", ["Month", "PERSONS (people)"], ["persons"])
    ['month', 'persons']

    """
    columns = (*TIMES, *required, *optional)
    found, problems = [], []
    for cell in header:
        column, unit = _column(cell, columns)
        if column not in columns:
            near = difflib.get_close_matches(cell.casefold(), columns, n=1)
            hint = f", did you mean {near[0]!r}?" if near else "."
            problems.append(f"unknown column {cell!r}{hint} Allowed: {', '.join(columns)}.")
        elif column == "persons" and unit and unit not in PERSONS:
            problems.append(
                f"column {cell!r} has the unit {unit!r}; allowed: {', '.join(PERSONS)}."
            )
        found.append(column)
    problems += [
        f"column {column!r} stands {found.count(column)} times; once is allowed."
        for column in columns
        if found.count(column) > 1
    ]
    problems += [f"column {column!r} is missing." for column in required if column not in found]
    if sum(column in found for column in TIMES) != 1:
        problems.append("give either a column 'month' or a column 'date'.")
    if problems:
        raise FlowError("\n".join([*(f"{where}: {one}" for one in problems), "Nothing was read."]))
    return found


def _column(cell: str, columns: Sequence[str]) -> tuple[str, str]:
    match = _HEADING.fullmatch(cell.strip())
    text, unit = match.groups() if match else (cell, None)
    plain = re.sub(r"[\W_]+", "", text.casefold())
    known = {column.replace("_", ""): column for column in columns}
    return known.get(plain, cell), (unit or "").strip().casefold()


def condensed(problems: list[str]) -> list[str]:
    """All problems, but of each kind only the first few and how many more there are."""
    kinds: dict[str, list[str]] = {}
    for problem in problems:
        kinds.setdefault(_PARTICULARS.sub("", problem), []).append(problem)
    shown = []
    for alike in kinds.values():
        shown += alike[:_MOST_OF_A_KIND]
        if len(alike) > _MOST_OF_A_KIND:
            shown.append(f"... and {len(alike) - _MOST_OF_A_KIND} more rows like these.")
    return shown
