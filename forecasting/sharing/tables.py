"""The tables for people: places, HXL-tagged quantiles per level, and the rows of the workbook."""

from __future__ import annotations

import csv
from io import StringIO
from typing import TYPE_CHECKING, Final, NamedTuple

from forecasting.hierarchy import Hierarchy
from forecasting.sharing.figures import QUANTILE_LEVELS
from forecasting.sharing.hub import csv_cell
from forecasting.sharing.layout import (
    PERIOD_COLUMNS,
    UNIT_COLUMNS,
    percent_name,
    place_columns,
    quantile_columns,
)
from forecasting.sharing.limits import DEFAULT_LIMITS, Limits, PackageError
from forecasting.sharing.strict_json import read_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from forecasting.sharing.figures import Figures

UNITS: Final = "units.csv"


class Place(NamedTuple):
    """A place above those of a package: its place in the whole."""

    code: str
    name: str
    admin_level: int
    parent: str


def units_bytes(hierarchy: Hierarchy, above: Sequence[Place]) -> bytes:
    """Write the places of a package and those above it.

    Parameters
    ----------
    hierarchy : Hierarchy
        Its top has no parent.
    above : sequence of Place
        From the country down to the parent of the top; empty for the whole.

    Returns
    -------
    bytes

    """
    top_parent = above[-1].code if above else ""
    rows = [[*place, "no"] for place in above]
    for code, name, level, parent in zip(
        hierarchy.codes, hierarchy.names, hierarchy.admin_levels, hierarchy.parents, strict=True
    ):
        rows.append([code, name, level, parent or top_parent, "yes"])
    return table_bytes([column.name for column in UNIT_COLUMNS], rows)


def table_bytes(header: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """Write CSV: UTF-8, commas, one line break, quotes only where needed."""
    lines = [",".join(csv_cell(str(cell)) for cell in row) for row in (header, *rows)]
    return ("\n".join(lines) + "\n").encode()


def read_units(
    content: bytes, limits: Limits = DEFAULT_LIMITS
) -> tuple[Hierarchy, tuple[Place, ...]]:
    """Read the table of places.

    Returns
    -------
    tuple of Hierarchy and tuple of Place
        Places held, with a top without parent, and those above.

    Raises
    ------
    PackageError
        If the table is not one that :func:`units_bytes` writes.

    """
    text = read_text(content, UNITS, limits)
    try:
        rows = list(csv.reader(StringIO(text), strict=True))
    except csv.Error as error:
        msg = f"{UNITS}: is not a table ({error})."
        raise PackageError(msg) from None
    header = [column.name for column in UNIT_COLUMNS]
    if not rows or rows[0] != header:
        msg = f"{UNITS}, row 1: must be {', '.join(header)}."
        raise PackageError(msg)
    if len(rows) > limits.units + 1:
        msg = f"{UNITS}: has {len(rows) - 1:,} places; at most {limits.units:,} are read."
        raise PackageError(msg)
    for number, row in enumerate(rows[1:], start=2):
        level = row[2] if len(row) == len(header) else ""
        if not (level.isascii() and level.isdigit() and len(level) < 3) or row[4] not in (
            "yes",
            "no",
        ):
            msg = f"{UNITS}, row {number}: needs code, name, level (0-99), parent, yes or no."
            raise PackageError(msg)
    places = [Place(row[0], row[1], int(row[2]), row[3]) for row in rows[1:]]
    held = [place for place, row in zip(places, rows[1:], strict=True) if row[4] == "yes"]
    above = tuple(place for place, row in zip(places, rows[1:], strict=True) if row[4] == "no")
    if not held:
        msg = f"{UNITS}: holds no place."
        raise PackageError(msg)
    chain = ["", *(place.code for place in above)]
    if [place.parent for place in (*above, held[0])] != chain:
        msg = f"{UNITS}: the places above {held[0].code!r} are no chain from the country down."
        raise PackageError(msg)
    held[0] = held[0]._replace(parent="")
    hierarchy = Hierarchy(*map(tuple, zip(*held, strict=True)))
    if units_bytes(hierarchy, above) != content:
        msg = f"{UNITS}: is not written as a package writes it."
        raise PackageError(msg)
    return hierarchy, above


def level_tables(figures: Figures, above: Sequence[Place]) -> dict[str, bytes]:
    """Write one HXL-tagged table of quantiles per admin level.

    Parameters
    ----------
    figures : Figures
    above : sequence of Place

    Returns
    -------
    dict of str to bytes

    """
    return {
        f"hxl/admin{level}.csv": _level_table(figures, above, level)
        for level in figures.hierarchy.levels
    }


def chain_of(hierarchy: Hierarchy, above: Sequence[Place], node: int) -> list[Place]:
    """Places from the country down to a node."""
    chain: list[Place] = []
    here = node
    while here >= 0:
        chain.append(
            Place(
                hierarchy.codes[here],
                hierarchy.names[here],
                hierarchy.admin_levels[here],
                hierarchy.parents[here] or (above[-1].code if above else ""),
            )
        )
        here = int(hierarchy.parent_positions[here])
    return [*above, *reversed(chain)]


def _level_table(figures: Figures, above: Sequence[Place], level: int) -> bytes:
    tree = figures.hierarchy
    levels = tuple(dict.fromkeys([*(p.admin_level for p in above), *tree.levels]))
    levels = tuple(one for one in levels if one <= level)
    columns = (*place_columns(levels), *PERIOD_COLUMNS, *quantile_columns())
    lines = [
        ",".join(csv_cell(one.column.name) for one in columns),
        ",".join(one.tag for one in columns),
    ]
    spans = [f"{a},{b}" for a, b in zip(figures.first_days, figures.last_days, strict=True)]
    causes = [csv_cell(cause) for cause in figures.shown_causes]
    for node, own in enumerate(tree.admin_levels):
        if own != level:
            continue
        chain = {place.admin_level: place for place in chain_of(tree, above, node)}
        cells = [
            csv_cell(text)
            for one in levels
            for text in ((chain[one].code, chain[one].name) if one in chain else ("", ""))
        ]
        head = ",".join(cells)
        table = figures.quantiles[node].tolist()  # level, cause, time
        for step, span in enumerate(spans):
            for at, cause in enumerate(causes):
                values = ",".join(str(table[q][at][step]) for q in range(len(QUANTILE_LEVELS)))
                lines.append(f"{head},{span},{cause},{values}")
    return ("\n".join(lines) + "\n").encode()


def quantile_rows(figures: Figures, level: int) -> list[list[str | int]]:
    """Rows of a level for the workbook: code, name, month or day, cause, quantiles."""
    tree = figures.hierarchy
    rows: list[list[str | int]] = []
    for node, own in enumerate(tree.admin_levels):
        if own != level:
            continue
        table = figures.quantiles[node].tolist()
        for step, day in enumerate(figures.first_days):
            for at, cause in enumerate(figures.shown_causes):
                values = [table[q][at][step] for q in range(len(QUANTILE_LEVELS))]
                rows.append([tree.codes[node], tree.names[node], str(day), cause, *values])
    return rows


def total_rows(figures: Figures) -> list[list[str | int]]:
    """Rows of all places with quantiles of the sum over all periods."""
    tree = figures.hierarchy
    rows: list[list[str | int]] = []
    for node, code in enumerate(tree.codes):
        table = figures.total(node).tolist()
        for at, cause in enumerate(figures.shown_causes):
            values = [table[q][at] for q in range(len(QUANTILE_LEVELS))]
            rows.append([code, tree.names[node], tree.admin_levels[node], cause, *values])
    return rows


def quantile_names() -> list[str]:
    """Headers of the quantile columns for people."""
    return [percent_name(level) for level in QUANTILE_LEVELS]
