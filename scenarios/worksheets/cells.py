"""Cells of spreadsheets as text, with the place where a person finds them."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from forecasting.readers.lines import separator_of
from forecasting.readers.workbooks import (
    LARGEST,
    WorkbookError,
    cell_problem,
    cell_text,
    merged_problem,
    open_workbook,
)
from scenarios.documents import Place, Text
from scenarios.problems import Position, Problem, ScenarioError, suggestion

if TYPE_CHECKING:
    from pathlib import Path

MOST_ROWS: Final = 10_000
MOST_COLUMNS: Final = 1_000
_SPACES: Final = re.compile(r"[\s\u00a0\u2007\u2009\u202f]+")
_GROUPED: Final = re.compile(r"[+-]?\d{1,3}( \d{3})+(\.\d+)?")
_UNCLEAR: Final = re.compile(r"([+-]?\d{1,3}([.,])\d{3}(\2\d{3})*)(?![\d.,])(.*)", re.DOTALL)
_DECIMAL_COMMA: Final = re.compile(r"([+-]?\d+),(\d+)(?![\d,.])(.*)", re.DOTALL)


@dataclass
class Grid:
    """A sheet as text.

    Parameters
    ----------
    name : str
        Of the sheet; empty for CSV.
    rows : list of list of Text or None
        Cells with their places; empty cells are None.
    problems : list of Problem
        Cells that cannot be read.

    """

    name: str
    rows: list[list[Text | None]]
    problems: list[Problem] = field(default_factory=list)


def read_grids(path: Path, shown: str) -> dict[str, Grid]:
    """Read every sheet of an XLSX file, or the one table of a CSV file.

    Parameters
    ----------
    path : pathlib.Path
    shown : str
        What messages call the file.

    Returns
    -------
    dict of str to Grid
        By name of the sheet; that of a CSV is empty.

    Raises
    ------
    ScenarioError
        If the file is not there, too large, or neither of the two.

    """
    try:
        size = path.stat().st_size
    except OSError as error:
        message = f"cannot be read: {error.strerror or 'unknown reason'}."
        raise ScenarioError([Problem(shown, 0, "", message)]) from None
    if size > LARGEST:
        message = f"is larger than {LARGEST // 1_000_000} MB; this is not a table of a plan."
        raise ScenarioError([Problem(shown, 0, "", message)])
    kind = path.suffix.lower()
    if kind == ".csv":
        return {"": _csv_grid(path, shown)}
    if kind == ".xlsx":
        return _xlsx_grids(path, shown)
    message = "is neither .xlsx nor .csv; save the table in one of these forms."
    raise ScenarioError([Problem(shown, 0, "", message)])


def _csv_grid(path: Path, shown: str) -> Grid:
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        message = "is not UTF-8 text; save the table with the encoding UTF-8."
        raise ScenarioError([Problem(shown, 0, "", message)]) from None
    delimiter = separator_of(next(filter(str.strip, text.split("\n")), ""))
    grid = Grid("", [])
    for row, cells in enumerate(csv.reader(text.splitlines(), delimiter=delimiter), start=1):
        line = [
            _cleaned(cell, Place(shown, Position.of(0, row, column, "")))
            for column, cell in enumerate(cells, start=1)
        ]
        grid.rows.append(line)
    return grid


def _xlsx_grids(path: Path, shown: str) -> dict[str, Grid]:
    try:
        book = open_workbook(path)
    except WorkbookError as error:
        raise ScenarioError([Problem(shown, 0, "", str(error))]) from error
    return {
        sheet.title: _sheet_grid(sheet, number, shown)
        for number, sheet in enumerate(book.worksheets, start=1)
    }


def _sheet_grid(sheet: Any, number: int, shown: str) -> Grid:
    grid = Grid(sheet.title, [])
    if sheet.max_row > MOST_ROWS or sheet.max_column > MOST_COLUMNS:
        message = (
            f"has more than {MOST_ROWS} rows or {MOST_COLUMNS} columns; delete those that are not "
            "part of the plan."
        )
        grid.problems.append(Problem(shown, Position.of(number, 1, 1, sheet.title), "", message))
        return grid
    for merged in sheet.merged_cells.ranges:
        place = Position.of(number, merged.min_row, merged.min_col, sheet.title)
        grid.problems.append(Problem(shown, place, "", merged_problem(merged)))
    for row in sheet.iter_rows():
        grid.rows.append(
            [
                _cell(cell, Place(shown, Position.of(number, cell.row, at, sheet.title)), grid)
                for at, cell in enumerate(row, start=1)
            ]
        )
    return grid


def _cell(cell: Any, place: Place, grid: Grid) -> Text | None:
    value = getattr(cell, "value", None)
    if value is None:
        return None
    wrong = cell_problem(cell)
    if wrong:
        grid.problems.append(Problem(*place, "", wrong))
        return None
    return _cleaned(cell_text(value, str(cell.number_format)), place)


def _cleaned(text: str, place: Place) -> Text | None:
    """Return the text with plain spaces, or None when there is none."""
    text = _SPACES.sub(" ", text).strip()
    return Text(text, place) if text else None


def plain_number(text: str) -> str:
    """Write a number of a spreadsheet with a decimal point and without separators.

    Parameters
    ----------
    text : str
        With a unit or without.

    Returns
    -------
    str
        Other text stays.

    Raises
    ------
    ValueError
        If a sign may separate thousands or decimals.

    Examples
    --------
    >>> plain_number("2,5 days"), plain_number("12 000 persons"), plain_number("never")
    ('2.5 days', '12000 persons', 'never')

    """
    if _GROUPED.match(text):
        return re.sub(r"(?<=\d) (?=\d{3}(?!\d))", "", text)
    unclear = _UNCLEAR.fullmatch(text)
    if unclear:
        msg = (
            f"{text!r} may be a thousand or a fraction; write it without '{unclear.group(2)}', or "
            "with another number of digits behind it."
        )
        raise ValueError(msg)
    return _DECIMAL_COMMA.sub(r"\1.\2\3", text)


def sheet_named(grids: dict[str, Grid], name: str | None, place: Place, path: str) -> Grid:
    """Return the sheet that is asked for, or the only one.

    Raises
    ------
    ScenarioError
        If there is none of this name, or several and none is named.

    """
    if name is None and len(grids) == 1:
        return next(iter(grids.values()))
    found = {key.casefold(): grid for key, grid in grids.items()}
    if name is not None and name.casefold() in found:
        return found[name.casefold()]
    near = suggestion(name or "", grids) or "."
    what = f"there is no sheet {name!r}{near}" if name else "name the sheet with 'sheet'."
    raise ScenarioError([Problem(*place, path, f"{what} Sheets: {', '.join(grids)}.")])
