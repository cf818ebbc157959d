"""From the rows of a table to the blocks of a scenario tree."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from forecasting.readers.lines import split_heading
from scenarios.documents import Block, Items, Place, Text
from scenarios.problems import Problem, suggestion
from scenarios.worksheets.cells import plain_number
from scenarios.worksheets.columns import (
    Column,
    columns_of,
    with_unit,
    yes_or_no,
)

if TYPE_CHECKING:
    from pydantic import BaseModel

    from scenarios.worksheets.cells import Grid

PARENT: Final = "part of"
"""Heading of the column that names what a row of a nested list belongs to."""


class Heading(NamedTuple):
    """What the columns of a grid hold.

    Parameters
    ----------
    row : int
        Of the headings, from 0.
    columns : dict of int to tuple of Column and str
        What stands in a column, and the unit of its heading.
    parent : int or None
        Column that names what a row belongs to.

    """

    row: int
    columns: dict[int, tuple[Column, str]]
    parent: int | None


def read_heading(
    grid: Grid, model: type[BaseModel], parent: str | None, problems: list[Problem], file: str
) -> Heading | None:
    """Find the row of headings and what each column holds; unknown columns are problems.

    Parameters
    ----------
    grid : Grid
    model : type
        Contract of a row.
    parent : str or None
        Word for what a row may belong to, such as ``reception``.
    problems : list of Problem
        Grows.
    file : str
        Where an empty table is reported.

    Returns
    -------
    Heading or None
        None when the table has no heading.

    """
    known = {split_heading(column.title)[0]: column for column in columns_of(model)}
    parents = {split_heading(word)[0] for word in (PARENT, parent or PARENT)}
    best, at = 0, None
    for number, row in enumerate(grid.rows[:20]):
        names = [split_heading(cell)[0] for cell in row if cell is not None]
        hits = sum(name in known or name in parents for name in names)
        if hits > best and 2 * hits >= len(names):
            best, at = hits, number
    if at is None:
        at = next((n for n, row in enumerate(grid.rows) if any(row)), None)
    if at is None:
        where = f"sheet {grid.name!r} " if grid.name else ""
        problems.append(Problem(file, 0, "", f"{where}is empty; the first row holds headings."))
        return None
    columns: dict[int, tuple[Column, str]] = {}
    belongs = None
    for index, cell in enumerate(grid.rows[at]):
        if cell is None:
            continue
        name, unit = split_heading(cell)
        if name in parents and parent is not None:
            belongs = index
        elif name in known:
            problem = _heading_problem(known[name], unit, columns)
            if problem:
                problems.append(Problem(*cell.place, "", problem))
            else:
                columns[index] = (known[name], unit)
        else:
            titles = [column.title for column in known.values()]
            near = suggestion(re.sub(r"[(\[].*", "", cell).strip(), titles) or "."
            message = f"unknown column {str(cell)!r}{near} Allowed: {', '.join(titles)}."
            problems.append(Problem(*cell.place, "", message))
    return Heading(at, columns, belongs)


def _heading_problem(column: Column, unit: str, columns: dict[int, tuple[Column, str]]) -> str:
    if any(other is column for other, _ in columns.values()):
        return f"the column {column.title!r} stands twice; delete one."
    if unit and column.units and unit not in column.units:
        return f"the unit {unit!r} is not one of {', '.join(column.units)}."
    return ""


def read_rows(
    grid: Grid,
    heading: Heading,
    problems: list[Problem],
    *,
    owner: str | None = None,
) -> Items:
    """Turn rows into blocks; empty rows are skipped.

    Parameters
    ----------
    grid : Grid
    heading : Heading
    problems : list of Problem
        Grows.
    owner : str, optional
        Only rows that belong to it.

    Returns
    -------
    Items

    """
    start = next((cell.place for cell in grid.rows[heading.row] if cell), Place("", 0))
    items = Items(start)
    for row in grid.rows[heading.row + 1 :]:
        given = [cell for cell in row if cell is not None]
        if not given:
            continue
        if owner is not None and heading.parent is not None:
            belongs = row[heading.parent] if heading.parent < len(row) else None
            if belongs != owner:
                continue
        block = Block(given[0].place)
        for index, (column, unit) in heading.columns.items():
            cell = row[index] if index < len(row) else None
            if cell is not None:
                put(block, column, unit, cell, problems)
        headings = grid.rows[heading.row]
        for index, cell in enumerate(row):
            if cell is not None and (index >= len(headings) or headings[index] is None):
                message = f"{str(cell)!r} has no heading above it; name the column or delete it."
                problems.append(Problem(*cell.place, "", message))
        if block:
            items.append(block)
    return items


def put(block: Block, column: Column, unit: str, cell: Text, problems: list[Problem]) -> None:
    """Set what a cell says at the path of its column."""
    try:
        text = plain_number(cell) if column.kind == "number" else str(cell)
    except ValueError as error:
        problems.append(Problem(*cell.place, column.title, str(error)))
        return
    if column.units and not unit and re.fullmatch(r"[+-]?\d+(\.\d+)?", text, re.ASCII):
        message = (
            f"{text!r} has no unit; put one into the heading, such as "
            f"'{column.title} ({column.units[0]})', or into the cell, such as {column.example!r}."
        )
        problems.append(Problem(*cell.place, column.title, message))
        return
    current = block
    for key in column.path[:-1]:
        inner = current.get(key)
        if not isinstance(inner, Block):
            made = Block(cell.place)
            if isinstance(inner, Text):
                made.put("value", inner, inner.place)
            current.put(key, made, cell.place)
            inner = made
        current = inner
    if column.kind == "list":
        items = Items(cell.place)
        items.extend(
            Text(with_unit(part.strip(), unit), cell.place)
            for part in text.split(";" if ";" in text else ",")
            if part.strip()
        )
        current.put(column.path[-1], items, cell.place)
        return
    text = yes_or_no(text) if column.kind == "yes or no" else with_unit(text, unit)
    last = column.path[-1]
    current.put(last, Text(text, cell.place), cell.place)
