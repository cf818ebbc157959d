"""Lists of a scenario file that stand in a table: ``sites: {table: sites.xlsx, sheet: Sites}``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from scenarios.documents import Block, Items, Text, copied
from scenarios.hints import hints_of
from scenarios.problems import Problem, ScenarioError, suggestion
from scenarios.quantities import PROVENANCE
from scenarios.worksheets.cells import Grid, read_grids, sheet_named
from scenarios.worksheets.rows import read_heading, read_rows

if TYPE_CHECKING:
    from pathlib import Path

    from pydantic import BaseModel

KEYS: Final = ("table", "sheet", *PROVENANCE)
"""Keys of a list that stands in a table."""


def put_tables(tree: Block, model: type[BaseModel], folder: Path) -> list[Problem]:
    """Replace every reference to a table by its rows.

    A table of a nested list, such as desks, may hold the rows of several owners: a column named
    like the list of the owners, or ``part of``, says which.

    Parameters
    ----------
    tree : Block
        A complete scenario; changed in place.
    model : type
        Its contract.
    folder : pathlib.Path
        File names of tables are relative to it.

    Returns
    -------
    list of Problem

    """
    problems: list[Problem] = []
    _walk(tree, model, folder, {}, problems, None, "")
    return list(dict.fromkeys(problems))


def _walk(
    tree: Block,
    model: type[BaseModel],
    folder: Path,
    read: dict[str, dict[str, Grid]],
    problems: list[Problem],
    owners: str | None,
    path: str,
) -> None:
    for key, hint in hints_of(model).items():
        value = tree.get(key)
        if hint.block is None or value is None:
            continue
        below = f"{path}.{key}".strip(".")
        if hint.is_list and isinstance(value, Block) and "table" in value:
            name = tree.get("name")
            owner = str(name) if owners is not None and isinstance(name, Text) else None
            rows = _rows(value, hint.block, folder, read, problems, (owners, owner), below)
            tree.put(key, rows, value.place)
            value = rows
        if isinstance(value, Block) and not hint.is_list:
            _walk(value, hint.block, folder, read, problems, None, below)
        if isinstance(value, Items):
            for item in value:
                if isinstance(item, Block):
                    _walk(item, hint.block, folder, read, problems, key, below)


def _rows(
    reference: Block,
    model: type[BaseModel],
    folder: Path,
    read: dict[str, dict[str, Grid]],
    problems: list[Problem],
    owner: tuple[str | None, str | None],
    path: str,
) -> Items:
    empty = Items(reference.place)
    wrong = [key for key in reference if key not in KEYS]
    file, sheet = reference["table"], reference.get("sheet")
    if wrong or not isinstance(file, Text) or isinstance(sheet, (Block, Items)):
        near = suggestion(wrong[0], KEYS) or "." if wrong else "."
        what = f"unknown key {wrong[0]!r}{near} " if wrong else ""
        message = f"{what}A list in a table has the keys {', '.join(KEYS)}."
        problems.append(Problem(*reference.place, path, message))
        return empty
    try:
        grids = read.get(str(file)) or read_grids(folder / str(file), str(file))
        read[str(file)] = grids
        named = None if sheet is None else str(sheet)
        grid = sheet_named(grids, named, reference.place, f"{path}.sheet")
    except ScenarioError as error:
        problems += [
            one if one.line else Problem(*reference.place, path, f"{one.file} {one.message}")
            for one in error.problems
        ]
        return empty
    problems += grid.problems
    heading = read_heading(grid, model, owner[0], problems, str(file))
    if heading is None:
        return empty
    rows = read_rows(grid, heading, problems, owner=owner[1])
    for block in rows:
        for key in PROVENANCE:
            if key in reference and not any(one in block for one in PROVENANCE):
                block.put(key, copied(reference[key]), reference.places[key])
    return rows
