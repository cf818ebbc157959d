"""Writing the contingency-plan worksheet, blank or with the numbers of a scenario."""

from __future__ import annotations

import importlib
import importlib.util
import re
from typing import TYPE_CHECKING, Any, Final

from scenarios.authoring import copied_plan
from scenarios.documents import Block, Items, Text, Tree
from scenarios.problems import Problem, ScenarioError
from scenarios.provenance import name_of
from scenarios.quantities import PROVENANCE
from scenarios.results import complete_file
from scenarios.worksheets.columns import SPREAD_KEYS, Column, columns_of
from scenarios.worksheets.rows import PARENT
from scenarios.worksheets.workbook import (
    DETAILS,
    HELP,
    SOURCES,
    VERTICAL,
    DetailSheet,
    line_columns,
    list_sheets,
    values_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from pydantic import BaseModel

    from scenarios.schema import Scenario

BLANK_ROWS: Final = 40
"""Rows of a list with drop-down choices."""
INTRODUCTION: Final = (
    "How to fill in this worksheet",
    "1. Fill in the sheets about, forecast and people line by line, then one row per thing in the "
    "other sheets. Leave empty what you do not have.",
    "2. A star (*) marks what is needed. Units stand in the headings or in the column 'unit'; a "
    "cell may carry its own, such as 20 min.",
    "3. Write plain values: no formulas, no merged cells. 2.5 and 2,5 are the same number; write "
    "1000 without a separator.",
    "4. 'part of' names the row of another sheet to which a row belongs.",
    "5. A capacity that changes on some day has rows in the sheet planned changes, a time that is "
    "a mixture or measured in quantiles in the sheet parts of times. There 'part of' holds the "
    "path of the value, such as sites.school.places; how many there are at first stays in its own "
    "sheet.",
    "6. Say what a number rests on in 'source' or 'assumption', or for a single number in the "
    "sheet sources.",
    "7. Then run: safepassage check FILE.xlsx and safepassage run FILE.xlsx",
)


def write_worksheet(path: Path, scenario: Scenario | None = None) -> Path:
    """Write the worksheet of a plan.

    Parameters
    ----------
    path : pathlib.Path
        Must not exist; ends in ``.xlsx``.
    scenario : Scenario, optional
        Whose numbers it holds; blank without one. The plan is named like the file.

    Returns
    -------
    pathlib.Path

    Raises
    ------
    ScenarioError
        If the file exists or is no XLSX, or openpyxl is missing; nothing is written then.

    """
    problems = list(_refusals(path))
    if problems:
        raise ScenarioError(problems)
    openpyxl: Any = importlib.import_module("openpyxl")
    tree = None if scenario is None else copied_plan(scenario, path)
    book = openpyxl.Workbook()
    book.active.title = HELP
    for text in INTRODUCTION:
        book.active.append((text,))
    book.active.column_dimensions["A"].width = 110
    for name in VERTICAL:
        _write_lines(book.create_sheet(name), line_columns(name), tree)
    for sheet in list_sheets():
        entries = _entries(tree, sheet.path, "")
        meaning = None if sheet.owners is None else f"Entry of {sheet.owners!r} it belongs to"
        _write_rows(book.create_sheet(sheet.title), sheet.model, list(entries), meaning)
    for details in DETAILS:
        rows = list(_details(tree, details))
        meaning = "Path of the value it belongs to, such as sites.school.places"
        _write_rows(book.create_sheet(details.title), details.model, rows, meaning)
    _write_sources(book.create_sheet(SOURCES), tree)
    styles: Any = importlib.import_module("openpyxl.styles")
    for one in book.worksheets:
        one.page_setup.orientation = "landscape"
        one.page_setup.fitToWidth, one.page_setup.fitToHeight = 1, 0
        one.sheet_properties.pageSetUpPr = importlib.import_module(
            "openpyxl.worksheet.properties"
        ).PageSetupProperties(fitToPage=True)
        for row in one.iter_rows():
            for cell in row:
                # A text that begins with = is no formula.
                cell.data_type = "s" if cell.data_type == "f" else cell.data_type
                cell.alignment = styles.Alignment(wrap_text=True, vertical="top")
        _heights(one)
    complete_file(path, book.save)
    return path


def _refusals(path: Path) -> Iterator[Problem]:
    if path.suffix.lower() != ".xlsx":
        yield Problem(str(path), 0, "", "is not the name of a worksheet; it ends in '.xlsx'.")
    if path.exists():
        yield Problem(str(path), 0, "", "exists and is not overwritten. Give another name.")
    if importlib.util.find_spec("openpyxl") is None:
        message = "needs the extra 'sharing': pip install 'safepassage[sharing]'."
        yield Problem(str(path), 0, "", message)


def value_at(tree: Tree, path: Sequence[str]) -> Tree:
    """Return what a scenario says at the path of a column, however it is written there."""
    node: Tree = tree
    for number, key in enumerate(path):
        value = node.get("value") if isinstance(node, Block) else node
        if key in SPREAD_KEYS and isinstance(value, Text) and 0 < number == len(path) - 1:
            return {"mean": value, "distribution": Text("constant", value.place)}.get(key)
        if key == "kind" and isinstance(node, Text):
            return node
        if not isinstance(node, Block):
            return None
        node = node.get(key)
    if isinstance(node, Block):
        return node.get("value")
    return node


def _parts(value: Tree) -> tuple[str | float, str]:
    """Split a quantity into number and unit."""
    text = ", ".join(str(part) for part in value) if isinstance(value, Items) else str(value)
    match = re.fullmatch(r"([+-]?\d+(?:\.\d+)?)\s*(\D.*)?", text, re.ASCII)
    if not match or isinstance(value, Items):
        return text, ""
    number = float(match.group(1))
    return (int(number) if number == int(number) else number), (match.group(2) or "").strip()


def _unit_of(column: Column, values: list[Tree]) -> str:
    """Return the unit of a heading: that of all values when they share one."""
    found = {_parts(value)[1] for value in values if value is not None} - {""}
    if len(found) == 1 and next(iter(found)) in column.units:
        return next(iter(found))
    return column.units[0] if column.units else ""


def _shown(column: Column, value: Tree, unit: str) -> str | float | None:
    if value is None:
        return None
    number, own = _parts(value)
    # Text stays text: a code such as 06 is no number.
    if column.kind == "number" and own == unit and not isinstance(number, str):
        return number
    if isinstance(value, Items):
        return "; ".join(str(part) for part in value)
    return str(value)


def _write_lines(sheet: Any, columns: list[Column], tree: Tree) -> None:
    sheet.append(("what", "value", "unit", "what it means", "such as"))
    for column in columns:
        value = value_at(tree, column.path)
        unit = _unit_of(column, [value])
        star = " *" if column.required else ""
        example = ", ".join(column.choices) or column.example
        row = (column.title + star, _shown(column, value, unit), unit, column.meaning, example)
        sheet.append([None if cell == "" else cell for cell in row])
        _choices(sheet, column, f"B{sheet.max_row}")
    _head(sheet, 1)
    for letter, width in zip("ABCDE", (34, 40, 22, 60, 40), strict=True):
        sheet.column_dimensions[letter].width = width


def _details(tree: Tree, sheet: DetailSheet) -> Iterator[tuple[str, Block]]:
    """Iterate over the entries of the lists within values, with the path of the value."""
    for path, block, key in values_of(tree, sheet.of):
        value = block.get(key)
        entries = value.get(sheet.key) if isinstance(value, Block) else None
        yield from ((path, one) for one in entries or () if isinstance(one, Block))


def _write_rows(
    sheet: Any, model: type[BaseModel], rows: list[tuple[str, Block]], parent: str | None
) -> None:
    columns = columns_of(model)
    values = [[value_at(item, column.path) for column in columns] for _, item in rows]
    units = [_unit_of(column, [row[at] for row in values]) for at, column in enumerate(columns)]
    first = [] if parent is None else [parent]
    sheet.append([*first, *(column.meaning or column.example for column in columns)])
    titles = [
        f"{column.title}{f' ({unit})' if unit else ''}{' *' if column.required else ''}"
        for column, unit in zip(columns, units, strict=True)
    ]
    sheet.append([*(PARENT for _ in first), *titles])
    for (owner, _), row in zip(rows, values, strict=True):
        shown = [_shown(c, v, u) for c, v, u in zip(columns, row, units, strict=True)]
        sheet.append([*(owner for _ in first), *shown])
    for at, column in enumerate(columns, start=1 + len(first)):
        letter = sheet.cell(2, at).column_letter
        _choices(sheet, column, f"{letter}3:{letter}{BLANK_ROWS}")
    for at in range(1, len(columns) + len(first) + 1):
        sheet.column_dimensions[sheet.cell(2, at).column_letter].width = 20
    _head(sheet, 2)


def _entries(tree: Tree, path: Sequence[str], owner: str) -> Iterator[tuple[str, Block]]:
    node = tree.get(path[0]) if isinstance(tree, Block) else None
    if len(path) == 1 and isinstance(node, Items):
        yield from ((owner, item) for item in node if isinstance(item, Block))
    elif isinstance(node, Items):
        for number, item in enumerate(node, start=1):
            yield from _entries(item, path[1:], name_of(item, number))
    elif isinstance(node, Block):
        yield from _entries(node, path[1:], owner)


def _write_sources(sheet: Any, tree: Tree) -> None:
    sheet.append(("what", "source", "assumption"))
    for path, block in _bases(tree, "", listed=False):
        sheet.append((path, *(block.get(key) for key in PROVENANCE)))
    _head(sheet, 1)
    for letter, width in zip("ABC", (60, 70, 70), strict=True):
        sheet.column_dimensions[letter].width = width


def _bases(tree: Tree, path: str, *, listed: bool) -> Iterator[tuple[str, Block]]:
    """Iterate over blocks that say what they rest on; entries of lists have columns for it."""
    if isinstance(tree, Block):
        if not listed and path and any(key in tree for key in PROVENANCE):
            yield path, tree
        for key, value in tree.items():
            if key != "history":
                yield from _bases(value, f"{path}.{key}".strip("."), listed=False)
    if isinstance(tree, Items):
        for number, item in enumerate(tree, start=1):
            yield from _bases(item, f"{path}.{name_of(item, number)}", listed=True)


def _heights(sheet: Any) -> None:
    """Make rows as high as their longest wrapped text, about 15 points a line."""
    for row in sheet.iter_rows():
        lines = [
            -(-len(str(cell.value)) // int(sheet.column_dimensions[cell.column_letter].width * 0.9))
            for cell in row
            if cell.value is not None
        ]
        sheet.row_dimensions[row[0].row].height = 15 * max([*lines, 1])


def _choices(sheet: Any, column: Column, cells: str) -> None:
    text = ",".join(column.choices)
    if not column.choices or len(text) > 250 or column.kind == "list":
        return
    module: Any = importlib.import_module("openpyxl.worksheet.datavalidation")
    rule = module.DataValidation(type="list", formula1=f'"{text}"', allow_blank=True)
    rule.error = f"Choose one of: {text}"[:250]
    sheet.add_data_validation(rule)
    rule.add(cells)


def _head(sheet: Any, row: int) -> None:
    styles: Any = importlib.import_module("openpyxl.styles")
    for cell in sheet[row]:
        cell.font = styles.Font(bold=True)
        cell.fill = styles.PatternFill("solid", fgColor="DCE9F2")
    for number in range(1, row):
        for cell in sheet[number]:
            cell.font = styles.Font(italic=True, color="505050", size=9)
    sheet.freeze_panes = f"B{row + 1}"
