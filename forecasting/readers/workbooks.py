"""XLSX workbooks that others made: opened within limits, every cell as the text that is meant."""

from __future__ import annotations

import datetime as dt
import importlib
import zipfile
import zlib
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LARGEST: Final = 20_000_000
"""Bytes of the largest file that is read."""
_UNPACKED: Final = 10 * LARGEST
_MOST_MARKS: Final = 4_000_000
"""Tags of the largest workbook: some 200,000 rows of four cells, read in about a gigabyte."""
_BLOCK: Final = 1 << 20
_UNREADABLE: Final = (
    *(zipfile.BadZipFile, zlib.error, OSError, EOFError, SyntaxError),  # the last is that of XML
    *(LookupError, ValueError, TypeError, AttributeError, NotImplementedError, RuntimeError),
)
"""What openpyxl raises for files that are no workbook, or a damaged one."""


class WorkbookError(ValueError):
    """A file is no workbook that can be read; says why, as the end of a sentence."""


def open_workbook(path: Path) -> Any:
    """Open a workbook; nothing outside it is looked at and nothing in it is run.

    Parameters
    ----------
    path : pathlib.Path

    Returns
    -------
    openpyxl.Workbook
        Formulas as they are written, not what they gave.

    Raises
    ------
    WorkbookError
        If it is too large, unpacks to too much, is damaged, or openpyxl is not installed.

    """
    # Opened here, so that a workbook that turns out damaged is closed at once.
    with _readable(path) as openpyxl, path.open("rb") as file:
        return openpyxl.load_workbook(file, keep_links=False)


def first_rows(path: Path) -> dict[str, list[str]]:
    """Return the first row of every sheet that holds anything, without reading the others.

    Parameters
    ----------
    path : pathlib.Path

    Returns
    -------
    dict of str to list of str
        By title of the sheet; without its empty cells.

    Raises
    ------
    WorkbookError
        As for :func:`open_workbook`.

    """
    with _readable(path) as openpyxl, path.open("rb") as file:
        book = openpyxl.load_workbook(file, keep_links=False, read_only=True)
        rows = {
            sheet.title: ([str(cell) for cell in row if cell] for row in sheet.values)
            for sheet in book.worksheets
        }
        return {title: next(filter(None, found), []) for title, found in rows.items()}


@contextmanager
def _readable(path: Path) -> Iterator[Any]:
    """Give openpyxl once the size of a file is checked; its faults end in one message."""
    try:
        openpyxl: Any = importlib.import_module("openpyxl")
    except ImportError as error:
        msg = "needs the extra 'sharing': pip install 'safepassage[sharing]'."
        raise WorkbookError(msg) from error
    try:
        _check_size(path)
        yield openpyxl
    except WorkbookError:
        raise
    except _UNREADABLE as error:
        msg = "is damaged or no workbook in the form .xlsx; open it and save it as .xlsx."
        raise WorkbookError(msg) from error


def _check_size(path: Path) -> None:
    """Refuse what would fill the memory: a few bytes can be a cell, so tags are counted too."""
    if path.stat().st_size > LARGEST:
        msg = f"is larger than {LARGEST // 1_000_000} MB; save a table of this size as CSV."
        raise WorkbookError(msg)
    marks = 0
    with zipfile.ZipFile(path) as parts:
        if sum(part.file_size for part in parts.infolist()) > _UNPACKED:
            msg = "unpacks to far more than a plan needs; it is not read."
            raise WorkbookError(msg)
        for part in parts.infolist():
            with parts.open(part) as content:
                while block := content.read(_BLOCK):
                    marks += block.count(b"<")
                    if marks > _MOST_MARKS:
                        msg = "holds far more cells than a plan needs; save such a table as CSV."
                        raise WorkbookError(msg)


def cell_text(value: Any, form: str) -> str:
    """Write the value of a cell as a person sees it, whatever the language of the program.

    Parameters
    ----------
    value : str, number, bool, date or time
    form : str
        Number format of the cell; one with ``%`` shows a share.

    Returns
    -------
    str

    Examples
    --------
    >>> cell_text(0.25, "0%"), cell_text(120.0, "General"), cell_text(True, "General")
    ('25 %', '120', 'yes')

    """
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dt.datetime):
        whole = (value.hour, value.minute) == (0, 0)
        return f"{value:%Y-%m-%d}" if whole else f"{value:%Y-%m-%d %H:%M}"
    if isinstance(value, dt.time):
        return f"{value:%H:%M}"
    if isinstance(value, (int, float)):
        return f"{value * 100:.12g} %" if "%" in form else f"{value:.15g}"
    return str(value)


def cell_problem(cell: Any) -> str:
    """Return why a cell holds nothing that can be taken over, or nothing."""
    if cell.data_type == "f":
        return "holds a formula; write its result as a plain value."
    if cell.data_type == "e":
        return f"shows the error {cell.value}; write the value that is meant."
    return ""


def merged_problem(merged: Any) -> str:
    """Say what is wrong with merged cells: only the first of them holds anything."""
    return f"the cells {merged.coord} are merged; undo the merge and fill each cell."
