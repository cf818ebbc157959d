"""Header and rows of a table in CSV or XLSX, as text with the number of each row."""

from __future__ import annotations

import csv
import difflib
import re
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from forecasting.flows import FlowError
from forecasting.readers.workbooks import (
    WorkbookError,
    cell_problem,
    cell_text,
    first_rows,
    merged_problem,
    open_workbook,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

NOTHING_READ: Final = "Correct it at the source; nothing was read."
TIMES: Final = ("month", "date")
"""Columns of time, of which a table has one."""
PERSONS: Final = ("persons", "people")
"""What the unit of a column of persons may be called."""
_MOST_OF_A_KIND: Final = 5
_PARTICULARS: Final = re.compile(r"row \d+|cell [A-Z]+\d+|'[^']*'|\d[\d.,-]*|\([^)]*\)")
_HEADING: Final = re.compile(r"(.*?)\s*(?:[(\[]([^)\]]*)[)\]])?\s*\*?", re.DOTALL)
_SIGNS: Final = (",", ";", "\t")
_GROUPED: Final = re.compile(r"[+-]?\d{1,3}(\.\d{3})+")


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
    unclear : frozenset of tuple of int and str
        Rows with a text in them whose points may separate thousands or decimals: text cells of a
        workbook, and all of a CSV whose separator is not a comma.

    """

    name: str
    header: list[str]
    rows: list[tuple[int, list[str]]]
    problems: list[str]
    unclear: frozenset[tuple[int, str]] = frozenset()


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
    found = all_lines(source, sheet)
    if len(found.rows) < 2 and found.problems:
        raise FlowError("\n".join(condensed(found.problems)))
    if len(found.rows) < 2:
        what = "is empty" if not found.rows else "has a header but no row"
        msg = (
            f"{found.name} {what}. Give a header (month or date, {', '.join(required)}) and one "
            "row per period and place; nothing was read."
        )
        raise FlowError(msg)
    (at, header), *rows = found.rows
    try:
        names = named_columns(f"{found.name}, row {at}", header, required, optional)
    except FlowError as error:
        raise FlowError("\n".join([*condensed(found.problems), str(error)])) from error
    return found._replace(header=names, rows=rows)


def all_lines(source: Path, sheet: str | None = None) -> Lines:
    """Read a table of which nothing is known yet: its first row is not looked at.

    Parameters
    ----------
    source : pathlib.Path
        CSV in UTF-8 (comma, semicolon or tab), or XLSX.
    sheet : str or None
        Of a workbook; may be left out when only one sheet holds anything.

    Returns
    -------
    Lines
        With an empty header, and what is wrong with cells in ``problems``.

    Raises
    ------
    FlowError
        If the file cannot be read.

    """
    return _workbook_lines(source, sheet) if is_workbook(source) else _csv_lines(source, sheet)


def names_columns(
    path: str | Path, columns: Sequence[str], *others: Sequence[str], sheet: str | None = None
) -> bool:
    """Whether the first row of a file, or of a sheet of a workbook, names all of the columns.

    Parameters
    ----------
    path : path-like
    columns : sequence of str
    *others : sequence of str
        Columns that will do as well.
    sheet : str, optional
        The only sheet to look at; by default any.

    Returns
    -------
    bool
        False too for what is no table; the reader then says what is wrong with it.

    """
    try:
        headers = _headers(Path(path), sheet)
    except FlowError:
        return False
    return any(
        {_column(cell, wanted)[0] for cell in row} >= set(wanted)
        for row in headers
        for wanted in (columns, *others)
    )


def _headers(source: Path, sheet: str | None) -> list[list[str]]:
    if not is_workbook(source):
        return [row for _, row in _csv_rows(source, only_first=True)[1]]
    with _told(source):
        rows = first_rows(source)
    return [
        row for title, row in rows.items() if sheet is None or title.casefold() == sheet.casefold()
    ]


def _csv_lines(source: Path, sheet: str | None) -> Lines:
    if sheet is not None:
        msg = f"{source.name} has no sheets; leave out the sheet {sheet!r}, or give an .xlsx file."
        raise FlowError(msg)
    separator, rows = _csv_rows(source)
    width = len(rows[0][1]) if rows else 0
    problems = [
        f"{source.name}, row {number}: has {len(line)} cells, the header has {width}. "
        f"{NOTHING_READ}"
        for number, line in rows
        if len(line) != width
    ]
    rows = [(number, line) for number, line in rows if len(line) == width]
    texts = [(number, cell) for number, line in rows for cell in line if separator != ","]
    return Lines(source.name, [], rows, problems, _unclear(texts))


def _csv_rows(source: Path, *, only_first: bool = False) -> tuple[str, list[tuple[int, list[str]]]]:
    """Return what separates the cells, and the rows that are not empty."""
    rows = []
    try:
        with source.open(encoding="utf-8-sig", newline="") as handle:
            separator = separator_of(next(filter(str.strip, handle), ""))
            handle.seek(0)
            reader = csv.reader(handle, delimiter=separator, strict=True)
            for line in reader:
                if any(cell.strip() for cell in line):
                    rows.append((reader.line_num, [cell.strip() for cell in line]))
                    if only_first:
                        break
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        msg = (
            f"{source} cannot be read as CSV in UTF-8 ({error}); save the table as CSV in UTF-8 or "
            "as .xlsx. Nothing was read."
        )
        raise FlowError(msg) from error
    return separator, rows


def separator_of(line: str) -> str:
    """Return what separates the cells of a line of CSV: comma, semicolon or tab.

    Examples
    --------
    >>> separator_of("month;location;persons")
    ';'

    """
    return max(_SIGNS, key=line.count)


def _unclear(texts: Iterable[tuple[int, str]]) -> frozenset[tuple[int, str]]:
    """Texts, with their row, in which a point may separate thousands or decimals."""
    return frozenset(one for one in texts if _GROUPED.fullmatch(one[1]))


@contextmanager
def _told(source: Path) -> Iterator[None]:
    """Name the file in what is wrong with a workbook."""
    try:
        yield
    except WorkbookError as error:
        msg = f"{source} {error} Nothing was read."
        raise FlowError(msg) from error


def _workbook_lines(source: Path, sheet: str | None) -> Lines:
    grid = _sheet_of(source, sheet)
    name = f"{source.name}, sheet {grid.title}"
    problems = [
        f"{name}, row {merged.min_row}: {merged_problem(merged)} {NOTHING_READ}"
        for merged in grid.merged_cells.ranges
    ]
    rows: dict[int, dict[int, str]] = {}
    texts = []
    for (number, at), cell in _cells(grid):
        wrong = cell_problem(cell)
        if wrong:
            problems.append(f"{name}, row {number}: cell {cell.coordinate} {wrong} {NOTHING_READ}")
        text = "" if wrong or cell.value is None else cell_text(cell.value, str(cell.number_format))
        if text.strip():
            rows.setdefault(number, {})[at] = " ".join(text.split())
        if isinstance(cell.value, str):
            texts.append((number, " ".join(text.split())))
    titles = rows[min(rows)] if rows else {}
    problems += [
        f"{name}, row {number}: {text!r} has no heading above it; name the column or delete it. "
        f"{NOTHING_READ}"
        for number, row in rows.items()
        for at, text in row.items()
        if at not in titles
    ]
    lines = [(n, [row.get(at, "") for at in titles]) for n, row in rows.items()]
    return Lines(name, [], lines, problems, _unclear(texts))


def _sheet_of(source: Path, sheet: str | None) -> Any:
    with _told(source):
        book = open_workbook(source)
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
    plain, unit = split_heading(cell)
    known = {column.replace("_", ""): column for column in columns}
    return known.get(plain, cell), unit.casefold()


def split_heading(text: str) -> tuple[str, str]:
    """Split a heading into its name, without case, spaces and signs, and its unit.

    Examples
    --------
    >>> split_heading("Length of stay, mean (days) *")
    ('lengthofstaymean', 'days')

    """
    text = " ".join(text.split())  # many spaces would make the search below slow
    match = _HEADING.fullmatch(text)
    name, unit = match.groups() if match else (text, None)
    return re.sub(r"[\W_]+", "", name.casefold()), (unit or "").strip()


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
