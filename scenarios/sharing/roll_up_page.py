"""The page of a roll-up: one file that opens offline and reads on a phone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pandas as pd
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from forecasting.sharing.collection import MISSING
from scenarios.numbers import count, percent

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from forecasting.sharing.package import Package

_SHOWN_LEVELS: Final = 2
"""Levels from the top that the page shows in full; the tables beside it hold all."""
NOTHING: Final = "not known"


def page(
    package: Package,
    tables: Mapping[str, pd.DataFrame],
    notes: Sequence[str],
    figures: Mapping[str, str],
) -> str:
    """Return the page as text.

    Parameters
    ----------
    package : Package
    tables : mapping of str to pandas.DataFrame
        responses, findings, capacities, gaps, outcomes and, if the forecast changed, changes.
    notes : sequence of str
    figures : mapping of str to str
        The map as SVG, ``wide`` and ``narrow``.

    Returns
    -------
    str

    """
    environment = Environment(
        loader=PackageLoader("scenarios", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    said = package.provenance
    levels = package.hierarchy.levels[:_SHOWN_LEVELS]
    return environment.get_template("roll_up.html.j2").render(
        place=package.hierarchy.names[0],
        identifier=package.identifier,
        issuer=said["issuer"],
        version=said["version"],
        credit=said["forecast"]["credit"],
        history=said["history"],
        notes=notes,
        findings=_grouped(tables["findings"]),
        responses=tables["responses"].to_dict("records"),
        gaps=[_gap(row) for row in _of_levels(tables["gaps"], levels)],
        capacities=[
            {**row, "capacity": count(row["capacity"])}
            for row in _of_levels(tables["capacities"], levels)
        ],
        outcomes=[
            {**row, "range": range_text(row, "")} for row in _of_levels(tables["outcomes"], levels)
        ],
        changes=[_change(row) for row in _of_changes(tables.get("changes"))],
        wide=Markup(figures["wide"]),  # noqa: S704 - drawn here
        narrow=Markup(figures["narrow"]),  # noqa: S704 - drawn here
    )


def _grouped(findings: pd.DataFrame) -> list[dict[str, str]]:
    """Return findings with all missing places in one row, as there may be very many."""
    missing = findings[findings["kind"] == MISSING]
    rows: list[dict[str, str]] = findings[findings["kind"] != MISSING].to_dict("records")
    if len(missing):
        names = ", ".join(missing["location"])
        what = f"{len(missing)} lowest places have not answered: {names}."
        rows.append({"kind": MISSING, "location": "", "what": what})
    return rows


def _of_levels(table: pd.DataFrame, levels: Sequence[int]) -> list[dict[Any, Any]]:
    rows: list[dict[Any, Any]] = table[table["admin_level"].isin(levels)].to_dict("records")
    return rows


def _of_changes(table: pd.DataFrame | None) -> list[dict[Any, Any]]:
    if table is None:
        return []
    moved = (table["median_before"] != table["median_after"]) | (
        table["high_before"] != table["high_after"]
    )
    rows: list[dict[Any, Any]] = table[moved].to_dict("records")
    return rows


def _gap(row: Mapping[Any, Any]) -> dict[str, Any]:
    short = row["chance_short"]
    return {
        **row,
        "displaced": range_text(row, "displaced_"),
        "need": range_text(row, "need_"),
        "capacity": NOTHING if pd.isna(row["capacity"]) else count(row["capacity"]),
        "gap": range_text(row, "gap_"),
        "apart": range_text(row, "gap_apart_"),
        "chance": NOTHING if pd.isna(short) else percent(short),
    }


def range_text(row: Mapping[Any, Any], prefix: str) -> str:
    """Write a median and its interval, or that it is not known."""
    low, median, high = (row[f"{prefix}{end}"] for end in ("low", "median", "high"))
    if pd.isna(median):
        return NOTHING
    return f"{count(median)} ({count(low)} to {count(high)})"


def _change(row: Mapping[Any, Any]) -> dict[str, Any]:
    told = {
        when: f"{count(row[f'median_{when}'])} ({count(row[f'low_{when}'])} to "
        f"{count(row[f'high_{when}'])})"
        for when in ("before", "after")
    }
    return {**row, **told}
