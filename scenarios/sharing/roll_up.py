"""Roll responses up: who answered, capacities, need and gaps by level, on one page with a map."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pandas as pd

from forecasting.sharing.collection import Collection, collect
from forecasting.sharing.differences import diff_packages
from forecasting.sharing.overriding import override_package
from forecasting.sharing.reading import read_package
from forecasting.sharing.tables import table_bytes
from forecasting.sharing.totals import capacity_totals, gap_totals, need_of, outcome_totals
from forecasting.sharing.workbook import Sheet, workbook_bytes
from scenarios import plots
from scenarios.results import complete_folder
from scenarios.sharing.boundaries import Rings, read_boundaries
from scenarios.sharing.roll_up_page import page

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.figure import Figure

    from forecasting.hierarchy import Hierarchy
    from forecasting.sharing.package import Package
    from forecasting.sharing.responses import Response
    from forecasting.sharing.signatures import SecretKey

PACKAGE: Final = "package"
GAP: Final = "gap_apart_high"


@dataclass(frozen=True)
class RollUp:
    """What a roll-up found.

    Parameters
    ----------
    folder : pathlib.Path
    collection : Collection
        Responses that count, and findings.
    capacities, gaps, outcomes : pandas.DataFrame
        See :mod:`forecasting.sharing.totals`.
    changes : pandas.DataFrame or None
        Before and after of the forecast where offices changed it; see
        :class:`forecasting.sharing.PackageDifference`.
    package : Package
        The next version with these changes; the package that was answered without any.

    """

    folder: Path
    collection: Collection
    capacities: pd.DataFrame
    gaps: pd.DataFrame
    outcomes: pd.DataFrame
    changes: pd.DataFrame | None
    package: Package


def roll_up(
    package: Package,
    responses: Sequence[Response],
    out: str | Path,
    *,
    due: str = "",
    boundaries: str | Path | None = None,
    issued: str = "",
    policy: str | Path | None = None,
    salt: bytes | None = None,
    key: SecretKey | None = None,
) -> RollUp:
    """Sum the responses to a package by level and write tables, a workbook and a page.

    Parameters
    ----------
    package : Package
        The whole whose slices were answered.
    responses : sequence of Response
    out : path-like
        Folder to write; must not exist.
    due : str
        Last day in time, YYYY-MM-DD; empty when there was none.
    boundaries : path-like or None
        GeoJSON of the user for the map; a scheme of tiles without one.
    issued : str
        Day of issue of the changed forecast; the day of the latest response by default.
    policy : str or path or None
        Protection of changed counts; the recorded one by default.
    salt : bytes or None
    key : SecretKey or None
        Signs the changed package.

    Returns
    -------
    RollUp

    Raises
    ------
    PackageError, ResultsError
        If nothing can be summed or the target exists; then nothing is written.

    """
    target = Path(out)
    tree = package.hierarchy
    outlines = None if boundaries is None else read_boundaries(Path(boundaries), tree.bottom)
    found = collect(package, responses, due)
    with complete_folder(target) as draft:
        changed, changes = package, None
        if found.overrides:
            days = [str(one.about["on"]) for one in found.responses]
            override_package(
                package, found.overrides, draft.folder / PACKAGE,
                issued=issued or max(days), policy=policy, salt=salt, key=key,
            )  # fmt: skip
            changed = read_package(draft.folder / PACKAGE)
            changes = diff_packages(package, changed).table
        made = RollUp(
            folder=target,
            collection=found,
            capacities=capacity_totals(changed, found),
            gaps=gap_totals(changed, found),
            outcomes=outcome_totals(changed, found),
            changes=changes,
            package=replace(changed, path=target / PACKAGE) if found.overrides else package,
        )
        notes = _notes(made, due)
        if outlines is not None:
            notes += _not_drawn(tree, outlines)
        tables = _tables(made, responses)
        for name, table in tables.items():
            content = table_bytes(list(table.columns), _cells(table))
            (draft.folder / f"{name}.csv").write_bytes(content)
        sheets = [Sheet("Read me", [], [[line] for line in notes])]
        sheets += [
            Sheet(name.capitalize(), list(table.columns), _cells(table))
            for name, table in tables.items()
        ]
        (draft.folder / "roll-up.xlsx").write_bytes(workbook_bytes(sheets))
        figures = {}
        for name, width in (("wide", plots.WIDE), ("narrow", plots.NARROW)):
            figure = map_of(made.gaps, tree.bottom, width, outlines)
            figures[name] = plots.image_bytes(figure, "svg").decode()
            if name == "wide":
                plots.save_figure(figure, draft.folder / "map")
        text = page(made.package, tables, notes, figures)
        (draft.folder / "roll-up.html").write_text(text, encoding="utf-8", newline="\n")
    return made


def map_of(
    gaps: pd.DataFrame, lowest: Sequence[str], width: float, outlines: Rings | None = None
) -> Figure:
    """Draw the gap of every lowest place that the worst twentieth of samples exceeds.

    Parameters
    ----------
    gaps : pandas.DataFrame
        From :func:`forecasting.sharing.gap_totals`.
    lowest : sequence of str
    width : float
        Inches.
    outlines : dict or None
        From :func:`scenarios.sharing.boundaries.read_boundaries`.

    Returns
    -------
    matplotlib.figure.Figure

    """
    names = dict(zip(gaps["location"], gaps["location_name"], strict=True))
    shown = gaps[gaps["location"].isin(lowest)]
    places = pd.DataFrame(
        {
            "location": shown["location"],
            "location_name": shown["location_name"],
            "group": [names.get(parent, "") for parent in shown["parent"]],
            "value": shown[GAP],
        }
    ).sort_values("group", kind="stable")
    label = "Persons without a reception place, exceeded in 5 % of samples"
    if outlines is not None:
        figure = plots.new_figure(width, width * 0.95)
        plots.plot_boundaries(places, outlines, label=label, ax=figure.subplots())
        return figure
    figure = plots.new_figure(width, plots.tiles_height(places, width))
    plots.plot_tiles(places, label=label, ax=figure.subplots())
    return figure


def _tables(made: RollUp, given: Sequence[Response]) -> dict[str, pd.DataFrame]:
    counted = {one.identifier for one in made.collection.responses}
    answers = pd.DataFrame(
        [
            (one.unit, one.about["unit"]["name"], one.about["by"], one.about["on"],
             "yes" if one.identifier in counted else "no", one.signed or "not checked",
             one.identifier)
            for one in given
        ],
        columns=["location", "location_name", "by", "on", "counted", "signature", "response"],
    )  # fmt: skip
    findings = pd.DataFrame(made.collection.findings, columns=["kind", "location", "what"])
    tables = {"responses": answers, "findings": findings, "capacities": made.capacities,
              "gaps": made.gaps, "outcomes": made.outcomes}  # fmt: skip
    if made.changes is not None:
        tables["changes"] = made.changes
    return tables


def _cells(table: pd.DataFrame) -> list[list[str | int | float]]:
    return [[_cell(value) for value in row] for row in table.itertuples(index=False, name=None)]


def _cell(value: object) -> str | int | float:
    if isinstance(value, float):
        if not math.isfinite(value):
            return "" if math.isnan(value) else str(value)
        # Counts are whole; only shares and ratios are not.
        return int(value) if value.is_integer() else round(value, 3)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value if isinstance(value, int) else str(value)


def _not_drawn(tree: Hierarchy, outlines: Rings) -> list[str]:
    """Name the lowest places that the map cannot show."""
    without = [f"{tree.name_of(code)} ({code})" for code in tree.bottom if code not in outlines]
    return [f"Not on the map, as their outlines were not given: {', '.join(without)}."] * bool(
        without
    )


def _notes(made: RollUp, due: str) -> list[str]:
    package, found = made.package, made.collection
    lowest = package.hierarchy.bottom
    answered = {code for one in found.responses for code in package.hierarchy.members(one.unit)}
    notes = [
        f"Roll-up for {package.hierarchy.names[0]}: {len(found.responses)} responses count, for "
        f"{len(answered)} of {len(lowest)} lowest places.",
        f"Due {due}." if due else "No day was set by which responses were due.",
        f"Forecast: {package.provenance['title']}, version {package.provenance['version']}, "
        f"{package.forecast.sizes['sample']} joint samples; intervals are their central "
        "90 %.",
        need_of(package),
        "Gap: need beyond the reception places known; 'apart' sums the gaps of the lowest places, "
        "as if nobody could be brought elsewhere. Where no capacity is known the "
        "gap is empty, not 0.",
    ]
    if made.changes is not None:
        notes.append(
            "Offices changed the forecast: the folder 'package' holds the next version, sums made "
            "again sample by sample, and says who changed what and why."
        )
    return notes
