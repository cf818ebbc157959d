"""The report in other forms from the same content: PDF, a workbook of its tables, one page."""

from __future__ import annotations

import importlib
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from markupsafe import Markup

from scenarios.language import say
from scenarios.numbers import FIXED, MINUS, THIN
from scenarios.report.document import PLAN, answer_context, every_table, template_environment
from scenarios.results import ResultsError, complete_file, measures_table

if TYPE_CHECKING:
    from pathlib import Path

    from scenarios.report.inputs import ReportInputs
    from scenarios.report.tables import Table


_NUMBER: Final = re.compile(r"[+-]?\d+(\.\d+)?")
LONGEST_TITLE: Final = 31
"""Letters in the name of a sheet, as spreadsheets allow."""
CONTENTS, MEASURES = "contents", "measures"
SHEETS: Final = (
    *(CONTENTS, MEASURES, "resources", "agreements", "costs", "triggers", "sites", "fit"),
    *("forecast", "facilities", "harm", "people", "clocks", "waiting", "outcomes", "gaps"),
    *("indicators", "assumptions"),
)
"""Names of the sheets of the workbook; those of plans compared hold the name of the plan."""
_NOT_IN_TITLES: Final = re.compile(r"[\[\]:*?/\\\x00-\x1f]")
ROWS: Final = 8
"""Facilities shown on the one page."""


def write_sitrep(inputs: ReportInputs, path: Path) -> Path:
    """Write the situation report: one page for those who decide.

    Parameters
    ----------
    inputs : ReportInputs
    path : pathlib.Path
        HTML file to write or renew.

    Returns
    -------
    pathlib.Path

    """
    environment = template_environment()
    style = Markup(environment.get_template("report.css").render())  # noqa: S704 - our own
    context = answer_context(inputs)
    gaps = context["tables"]["gaps"]
    text = environment.get_template("sitrep.html.j2").render(
        inputs=inputs,
        style=style,
        gaps=replace(gaps, rows=gaps.rows[:ROWS], note=""),
        more=max(len(gaps.rows) - ROWS, 0),
        **context,
    )
    return complete_file(path, lambda draft: draft.write_text(text, encoding="utf-8", newline="\n"))


def write_pdf(page: Path, path: Path) -> Path:
    """Print a page of the report as PDF: A4, numbered, nothing loaded from outside.

    Parameters
    ----------
    page : pathlib.Path
        A report or situation report in HTML.
    path : pathlib.Path
        PDF file to write or renew.

    Returns
    -------
    pathlib.Path

    Raises
    ------
    ResultsError
        If the extra ``pdf`` is not installed.

    """
    printer: Any = _extra("weasyprint", "pdf")

    fetcher = printer.urls.URLFetcher(allowed_protocols=("data",))
    document = printer.HTML(
        string=page.read_text(encoding="utf-8"), url_fetcher=fetcher, media_type="print"
    )
    return complete_file(path, lambda draft: document.write_pdf(draft, pdf_tags=True))


def write_workbook(inputs: ReportInputs, path: Path) -> Path:
    """Write every table of the report and every measure into a workbook, units in the headings.

    Parameters
    ----------
    inputs : ReportInputs
    path : pathlib.Path
        XLSX file to write or renew.

    Returns
    -------
    pathlib.Path

    Raises
    ------
    ResultsError
        If the extra ``sharing``, which brings openpyxl, is not installed.

    """
    openpyxl: Any = _extra("openpyxl", "sharing")
    book = openpyxl.Workbook()
    contents = book.active
    contents.title = _free_title(say(CONTENTS), [])
    contents.append((say("Sheet"), say("Table"), say("Note")))
    for name, table in every_table(inputs).items():
        plan = name.removeprefix(PLAN)
        said = say(name) if plan == name else say("plan {name}", name=plan)
        title = _free_title(said, book.sheetnames)
        contents.append((title, table.caption, table.note))
        _sheet(book.create_sheet(title), table)
    title = _free_title(say(MEASURES), book.sheetnames)
    contents.append((title, say("Every measure as numbers, over the simulated futures"), ""))
    sheet = book.create_sheet(title)
    numbers = measures_table(inputs.measures)
    sheet.append(list(numbers.columns))
    for row in numbers.itertuples(index=False):
        sheet.append([None if value != value else value for value in row])
    for one in book.worksheets:
        _layout(one)
    return complete_file(path, book.save)


def _free_title(name: str, taken: list[str]) -> str:
    """Make of a name what a sheet may be called, with a number where that is taken."""
    name = _NOT_IN_TITLES.sub(" ", name).strip("' ") or "-"
    title, number = name[:LONGEST_TITLE], 1
    while title.casefold() in {one.casefold() for one in taken}:
        number += 1
        title = f"{name[: LONGEST_TITLE - 4]} {number}"
    return title


def _sheet(sheet: Any, table: Table) -> None:
    sheet.append(table.head)
    for row in table.rows:
        sheet.append([_plain(cell) for cell in row])


def _plain(cell: str) -> str | float:
    """Turn a cell that is a number into one; other text stays."""
    text = cell.replace(THIN, "").replace(FIXED, " ").replace(MINUS, "-")
    return float(text) if _NUMBER.fullmatch(text) else text


def _layout(sheet: Any) -> None:
    styles: Any = importlib.import_module("openpyxl.styles")
    sheet.freeze_panes = "B2"
    for row in sheet.iter_rows():
        for cell in row:
            if cell.data_type == "f":  # a text that begins with = is no formula
                cell.data_type = "s"
    for cell in sheet[1]:
        cell.font = styles.Font(bold=True)
        cell.alignment = styles.Alignment(wrap_text=True, vertical="top")
    for column in sheet.columns:
        longest = max(len(str(cell.value or "")) for cell in column[1:]) if len(column) > 1 else 10
        sheet.column_dimensions[column[0].column_letter].width = min(max(longest + 2, 12), 60)


def _extra(module: str, extra: str) -> Any:
    try:
        return importlib.import_module(module)
    except ImportError as error:
        msg = f"this needs the extra '{extra}': pip install 'safepassage[{extra}]'."
        raise ResultsError(msg) from error
