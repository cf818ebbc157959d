"""The contingency-plan worksheet: a complete scenario in a workbook, read back to the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from forecasting.readers.lines import split_heading
from scenarios.documents import Block, Items, Place, Text, Tree
from scenarios.hints import hints_of
from scenarios.problems import Position, Problem, suggestion
from scenarios.provenance import name_of
from scenarios.quantities import PROVENANCE
from scenarios.schema import SCHEMA_VERSION, Scenario
from scenarios.values import Capacity, PlannedChange, Spread, TimePart, TimeSpread
from scenarios.worksheets.cells import Grid, read_grids
from scenarios.worksheets.columns import Column, columns_of
from scenarios.worksheets.rows import Heading, put, read_heading, read_rows

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from pydantic import BaseModel

VERTICAL: Final = ("about", "forecast", "people")
"""Sheets with one line per value; the others have one row per thing."""
SOURCES: Final = "sources"
"""Sheet that says what single numbers rest on."""
HELP: Final = "how to"
"""Sheet that is for the reader only."""


class ListSheet(NamedTuple):
    """A sheet with one row per entry of a list.

    Parameters
    ----------
    path : tuple of str
        Keys from the scenario to the list.
    model : type
        Contract of an entry.
    owners : str or None
        List whose entries the rows belong to.

    """

    path: tuple[str, ...]
    model: type[BaseModel]
    owners: str | None

    @property
    def title(self) -> str:
        """Name of the sheet, at most 31 characters as spreadsheets allow."""
        return " ".join(self.path).replace("_", " ")[:31]


class DetailSheet(NamedTuple):
    """A sheet with what is said in more than one row about a value of other sheets.

    Parameters
    ----------
    title : str
    key : str
        List within the value.
    model : type
        Contract of an entry of the list.
    of : type
        Contract of the values.

    """

    title: str
    key: str
    model: type[BaseModel]
    of: type[BaseModel]


DETAILS: Final = (
    DetailSheet("planned changes", "changes", PlannedChange, Capacity),
    DetailSheet("parts of times", "parts", TimePart, TimeSpread),
)
"""Changes of capacities over time, and times that are mixtures or measured quantiles."""


def values_of(tree: Tree, of: type[BaseModel]) -> Iterator[tuple[str, Block, str]]:
    """Iterate over the values of a kind: path, block and key where each is or may be written.

    Examples
    --------
    >>> from scenarios.files import load_scenario
    >>> plan = load_scenario("beledweyne-flood").tree()
    >>> "sites.jowhar.places" in [path for path, _, _ in values_of(plan, Capacity)]
    True

    """
    yield from _values(tree, Scenario, of, "")


def _values(
    tree: Tree, model: type[BaseModel], of: type[BaseModel], path: str
) -> Iterator[tuple[str, Block, str]]:
    if isinstance(tree, Items):
        for number, item in enumerate(tree, start=1):
            yield from _values(item, model, of, f"{path}.{name_of(item, number)}")
    if not isinstance(tree, Block):
        return
    for key, hint in hints_of(model).items():
        below = f"{path}.{key}".strip(".")
        if hint.block is None or key == "history":
            continue
        if issubclass(hint.block, of):
            yield below, tree, key
        elif key in tree:
            yield from _values(tree[key], hint.block, of, below)


def list_sheets() -> list[ListSheet]:
    """Return the sheets of all lists of the contract, owners before what belongs to them.

    Examples
    --------
    >>> "inflows hours" in [sheet.title for sheet in list_sheets()]
    True

    """
    return list(_lists(Scenario, (), None))


def _lists(
    model: type[BaseModel], path: tuple[str, ...], owners: str | None
) -> Iterator[ListSheet]:
    for key, hint in hints_of(model).items():
        block = hint.block
        if block is None or key == "history" or issubclass(block, (Spread, Capacity)):
            continue
        below = (*path, key)
        if hint.is_list:
            yield ListSheet(below, block, owners)
            yield from _lists(block, below, key)
        else:
            yield from _lists(block, below, owners)


def line_columns(sheet: str) -> list[Column]:
    """Return the values of a sheet with one line per value."""
    return [
        column
        for column in columns_of(Scenario)
        if column.path[0] not in {"schema", *PROVENANCE}
        and (column.path[0] if column.path[0] in VERTICAL else "about") == sheet
    ]


def read_workbook(path: Path, shown: str) -> tuple[Block, list[Problem]]:
    """Read a worksheet into a scenario tree.

    Parameters
    ----------
    path : pathlib.Path
    shown : str
        What messages call the file.

    Returns
    -------
    tuple of Block and list of Problem
        Places name sheets and cells.

    Raises
    ------
    ScenarioError
        If it is not a workbook.

    """
    grids = {name.casefold().strip(): grid for name, grid in read_grids(path, shown).items()}
    place = Place(shown, Position.of(1, 1, 1, next(iter(grids), "about")))
    tree = Block(place)
    tree.put("schema", Text(SCHEMA_VERSION, place), place)
    problems: list[Problem] = []
    lists = {sheet.title: sheet for sheet in list_sheets()}
    known = (*VERTICAL, *lists, *(sheet.title for sheet in DETAILS), SOURCES, HELP)
    for name, grid in grids.items():
        if name not in known:
            if any(cell for row in grid.rows for cell in row):
                near = suggestion(name, known) or "."
                where = Position.of(len(grids), 1, 1, grid.name)
                message = f"this sheet is not part of a worksheet{near} Sheets: {', '.join(known)}."
                problems.append(Problem(shown, where, "", message))
        elif name != HELP:
            problems += grid.problems
    for name in VERTICAL:
        if name in grids:
            _read_lines(grids[name], line_columns(name), tree, problems)
    for title, sheet in lists.items():
        if title in grids and any(cell for row in grids[title].rows for cell in row):
            _read_list(grids[title], sheet, tree, problems, shown)
    for details in DETAILS:
        if details.title in grids and any(any(row) for row in grids[details.title].rows):
            _read_details(grids[details.title], details, tree, problems, shown)
    _simplify(tree)
    if SOURCES in grids:
        _read_sources(grids[SOURCES], tree, problems)
    return tree, problems


def _simplify(tree: Tree) -> None:
    """Write a constant as one quantity, so that it can say what it rests on as in YAML."""
    inside = tree.items() if isinstance(tree, Block) else enumerate(tree or ())
    for key, value in list(inside) if not isinstance(tree, Text) else ():
        if isinstance(value, Block) and value.get("distribution") == "constant":
            if set(value) == {"distribution", "mean"} and isinstance(tree, Block):
                tree.put(str(key), value["mean"], value.place)
        else:
            _simplify(value)


def _read_lines(grid: Grid, columns: list[Column], tree: Block, problems: list[Problem]) -> None:
    known = {split_heading(column.title)[0]: column for column in columns}
    seen = False
    for row in grid.rows:
        first = row[0] if row else None
        if first is None or not seen:
            seen = seen or (first is not None and split_heading(first)[0] == "what")
            continue
        column = known.get(split_heading(first)[0])
        if column is None:
            near = suggestion(str(first).replace("*", "").strip(), [c.title for c in columns])
            message = f"unknown line {str(first)!r}{near or '.'} Use the lines of the worksheet."
            problems.append(Problem(*first.place, "", message))
            continue
        value = row[1] if len(row) > 1 else None
        unit = str(row[2]) if len(row) > 2 and row[2] is not None else ""
        if value is not None:
            put(tree, column, unit, value, problems)


def _read_list(
    grid: Grid, sheet: ListSheet, tree: Block, problems: list[Problem], shown: str
) -> None:
    heading = _heading_of(grid, sheet.model, sheet.owners, problems, shown)
    if heading is None:
        return
    if sheet.owners is None:
        rows = read_rows(grid, heading, problems)
        if rows:
            _holder(tree, sheet.path, rows.place).put(sheet.path[-1], rows, rows.place)
        return
    owners = dict(_owners(tree, sheet))
    for name, block in owners.items():
        rows = read_rows(grid, heading, problems, owner=name)
        if rows:
            block.put(sheet.path[-1], rows, rows.place)
    listing = f"In {sheet.owners!r}: {', '.join(owners) or 'none'}."
    _check_owners(grid, heading, owners, f"the entry of {sheet.owners!r}", listing, problems)


def _read_details(
    grid: Grid, sheet: DetailSheet, tree: Block, problems: list[Problem], shown: str
) -> None:
    heading = _heading_of(grid, sheet.model, sheet.key, problems, shown)
    if heading is None:
        return
    owners = {path: (block, key) for path, block, key in values_of(tree, sheet.of)}
    for path, (block, key) in owners.items():
        rows = read_rows(grid, heading, problems, owner=path)
        if heading.parent is None or not rows:
            continue
        value = block.get(key)
        if not isinstance(value, Block):
            whole = Block(rows.place)
            if value is not None:
                whole.put("value", value, block.places[key])
            block.put(key, whole, rows.place)
            value = whole
        value.put(sheet.key, rows, rows.place)
    listing = f"Such as {next(iter(owners), 'nothing in this plan')!r}."
    _check_owners(grid, heading, owners, "the path of a value", listing, problems)


def _heading_of(
    grid: Grid, model: type[BaseModel], owners: str | None, problems: list[Problem], shown: str
) -> Heading | None:
    """Read the heading of a sheet; None where nothing stands below it."""
    heading = read_heading(grid, model, owners, problems, shown)
    if heading is None or not any(any(row) for row in grid.rows[heading.row + 1 :]):
        return None
    return heading


def _check_owners(
    grid: Grid,
    heading: Heading,
    owners: Mapping[str, object],
    what: str,
    listing: str,
    problems: list[Problem],
) -> None:
    """Every row must be part of something that is there."""
    if heading.parent is None:
        message = f"the column 'part of' is missing; it names {what}."
        place = next(cell.place for cell in grid.rows[heading.row] if cell is not None)
        problems.append(Problem(*place, "", message))
        return
    for row in grid.rows[heading.row + 1 :]:
        cell = row[heading.parent] if heading.parent < len(row) else None
        given = [one for one in row if one is not None]
        if given and (cell is None or str(cell) not in owners):
            near = suggestion(str(cell or ""), owners) or "."
            wrong = "names nothing it is part of" if cell is None else f"there is no {str(cell)!r}"
            problems.append(
                Problem(*(cell or given[0]).place, "part of", f"{wrong}{near} {listing}")
            )


def _holder(tree: Block, path: tuple[str, ...], place: Place) -> Block:
    """Return the block in which a list without owners stands."""
    for key in path[:-1]:
        inner = tree.get(key)
        if not isinstance(inner, Block):
            inner = Block(place)
            tree.put(key, inner, place)
        tree = inner
    return tree


def _owners(tree: Tree, sheet: ListSheet) -> Iterator[tuple[str, Block]]:
    """Iterate over the entries to which the rows of a nested list may belong, by name."""

    def walk(node: Tree, path: tuple[str, ...]) -> Iterator[tuple[str, Block]]:
        if isinstance(node, Items):
            for number, item in enumerate(node, start=1):
                if len(path) == 1 and isinstance(item, Block):
                    yield name_of(item, number), item
                else:
                    yield from walk(item, path)
        elif isinstance(node, Block) and len(path) > 1:
            yield from walk(node.get(path[0]), path[1:])

    yield from walk(tree, sheet.path)


def _read_sources(grid: Grid, tree: Block, problems: list[Problem]) -> None:
    for number, row in enumerate(grid.rows):
        first = row[0] if row else None
        if first is None or (number < 3 and split_heading(first)[0] in {"what", "number"}):
            continue
        given = [(key, row[at]) for at, key in ((1, "source"), (2, "assumption")) if at < len(row)]
        if not rest_on(tree, str(first).split("."), given):
            message = (
                f"there is no {str(first)!r} in the plan; correct the path or delete the line."
            )
            problems.append(Problem(*first.place, "", message))


def rest_on(tree: Block, path: list[str], given: list[tuple[str, Text | None]]) -> bool:
    """Say what the numbers at a path rest on; false when the path leads nowhere."""
    node: Any = tree
    container: Any = None
    at: Any = None
    for part in path:
        container = node
        if isinstance(node, Block) and part in node:
            at, node = part, node[part]
        elif isinstance(node, Items):
            names = [name_of(item, number) for number, item in enumerate(node, start=1)]
            if part not in names:
                return False
            at = names.index(part)
            node = node[at]
        else:
            return False
    if isinstance(node, Text) and isinstance(container, Block):
        block = Block(node.place)
        block.put("value", node, node.place)
        container.put(at, block, node.place)
        node = block
    if not isinstance(node, Block):
        return False
    for key, text in given:
        if text is not None:
            node.put(key, text, text.place)
    return True
