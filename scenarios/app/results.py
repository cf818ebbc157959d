"""What the planner's page shows of a trial: words, tables and pictures."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from scenarios import summaries
from scenarios.app.capacities import capacity_fields, in_words
from scenarios.comparison import compare
from scenarios.labels import measure_label
from scenarios.numbers import FIXED, THIN, count, day, interval, percent
from scenarios.plots.services import plot_occupancy
from scenarios.plots.style import NARROW, WIDE, image_bytes, new_figure, styled
from scenarios.report.answers import HOLDS_BELOW, verdict
from scenarios.report.tables import Table, comparison_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    import xarray as xr
    from matplotlib.figure import Figure

    from scenarios.app.capacities import CapacityField
    from scenarios.app.runs import Simulations
    from scenarios.app.trial import Case, Trial
    from scenarios.runner import Progress

MOST_PICTURES: Final = 14
VERDICTS: Final = (
    ("better", "Better with the change"),
    ("worse", "Worse with the change"),
    ("not distinguishable", "Not distinguishable: the 95 % interval contains zero"),
    ("no difference", "No difference in any future"),
    ("unknown", "Unknown: too few futures for an interval"),
)


@dataclass(frozen=True, slots=True)
class Drawing:
    """A picture for a page and for a phone.

    Parameters
    ----------
    name : str
        Used in its address.
    alt, caption : str
    wide, narrow : bytes
        SVG.

    """

    name: str
    alt: str
    caption: str
    wide: bytes
    narrow: bytes


@dataclass(frozen=True, slots=True)
class GroupedTable:
    """A table whose columns stand under shared headings.

    Parameters
    ----------
    table : Table
        Its head names the columns, without that of the row names.
    groups : tuple of (str, int)
        Shared headings and the number of columns below each.

    """

    table: Table
    groups: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class TrialResult:
    """Everything the page shows of a trial.

    Parameters
    ----------
    trial : Trial
    cases : tuple of Case
        What was run.
    changed : tuple of str
        What was changed, in words.
    period : str
        First and last day.
    kind : str
        ``forecast``, ``projection`` or ``replay``.
    verdicts : tuple of (str, tuple of str)
        Heading and measures, in plain words.
    comparison : Table or None
        None when nothing was changed.
    facilities : GroupedTable
    pictures : tuple of Drawing
    left_out : int
        Facilities that would have a picture but for want of room.
    precision : str
        How well a chance is known.

    """

    trial: Trial
    cases: tuple[Case, ...]
    changed: tuple[str, ...]
    period: str
    kind: str
    verdicts: tuple[tuple[str, tuple[str, ...]], ...]
    comparison: Table | None
    facilities: GroupedTable
    pictures: tuple[Drawing, ...]
    left_out: int
    precision: str


def compute(trial: Trial, progress: Progress, simulations: Simulations) -> TrialResult:
    """Run the plans of a trial on the same futures and prepare what the page shows.

    Parameters
    ----------
    trial : Trial
    progress : Progress
    simulations : Simulations

    Returns
    -------
    TrialResult

    """
    cases = trial.cases()
    progress.stage("Reading the plan", len(cases) * trial.replications)
    measures = [
        simulations.measures(case.scenario, trial.replications, trial.seed, case.title, progress)
        for case in cases
    ]
    progress.stage("Drawing", 0)
    names = _shown_facilities(trial, measures)
    fields = {one.facility: one for one in capacity_fields(trial.base)}
    table = None
    if len(cases) > 1:
        table = compare(measures[-2], {cases[-1].scenario.name: measures[-1]})
    dates = measures[0]["date"].values
    return TrialResult(
        trial=trial,
        cases=cases,
        changed=tuple(_changed(trial)),
        period=f"{day(dates[0])} to {day(dates[-1])}",
        kind=_kind(trial),
        verdicts=() if table is None else _verdicts(table),
        comparison=None if table is None else _comparison(table, cases),
        facilities=_facilities(trial, cases, measures),
        pictures=tuple(
            _drawing(number, fields[name], cases[-2:], measures[-2:])
            for number, name in enumerate(names[:MOST_PICTURES], start=1)
        ),
        left_out=max(len(names) - MOST_PICTURES, 0),
        precision=_precision(trial.replications),
    )


def _kind(trial: Trial) -> str:
    section = trial.base.forecast
    if section.model == "replay":
        return "replay"
    return "projection" if section.outlook.kind == "path" else "forecast"


def _changed(trial: Trial) -> list[str]:
    numbers = dict(trial.numbers)
    lines = [
        f"{one.label}: {one.shown(numbers[one.path])} instead of {one.shown(one.present)}"
        for one in capacity_fields(trial.base)
        if one.path in numbers
    ]
    if trial.is_stressed:
        lines.append(
            f"People who come: {trial.stress:g} times those of the {_kind(trial)}, in both plans "
            "compared (a stress factor, not a forecast)"
            if trial.changes
            else f"People who come: {trial.stress:g} times those of the {_kind(trial)} "
            "(a stress factor, not a forecast); capacities as they are"
        )
    return lines


def _verdicts(table: pd.DataFrame) -> tuple[tuple[str, tuple[str, ...]], ...]:
    found: dict[str, list[str]] = {}
    for _, row in table.iterrows():
        word = verdict(row)
        label = measure_label(str(row["measure"]))
        text = label.label
        if word in {"better", "worse"}:
            low, high = sorted((abs(float(row["low"])), abs(float(row["high"]))))
            less = "fewer" if row["difference"] < 0 else "more"
            amount = count(abs(row["difference"]))
            unit = label.unit.removesuffix("s") if amount == "1" else label.unit
            text += (
                f": {amount}{FIXED}{unit} {less} on average "
                f"(95{THIN}% interval {_limits(low, high)})"
            )
        found.setdefault(word, []).append(text)
    return tuple((heading, tuple(found[word])) for word, heading in VERDICTS if word in found)


def _limits(low: float, high: float) -> str:
    """Write an interval that leaves zero out, also where zero is the nearest short number."""
    text = interval(low, high)
    return f"above {text}" if low > 0 and count(low) == "0" else text


def _comparison(table: pd.DataFrame, cases: Sequence[Case]) -> Table:
    before, after = cases[-2].title, cases[-1].title
    made = comparison_table(table, after)
    return dataclasses.replace(
        made,
        caption=f"{after} against {before[:1].lower()}{before[1:]}, on the same futures",
        head=tuple(
            {"Present plan (mean)": f"{before} (mean)", "This plan (mean)": f"{after} (mean)"}.get(
                cell, cell
            )
            for cell in made.head
        ),
        note="Both plans meet the same futures: the same people, arrivals and needs. “Better in” "
        "is the share of futures in which the last plan is better. An interval that contains zero "
        "means that the plans cannot be told apart with this many futures; it does not mean that "
        "they are equal.",
    )


def _facilities(
    trial: Trial, cases: Sequence[Case], measures: Sequence[xr.Dataset]
) -> GroupedTable:
    fields = {one.facility: one for one in capacity_fields(trial.base)}
    tables = [summaries.facilities(one).set_index("facility") for one in measures]
    order = tables[-1]["chance"].combine(tables[-2 if len(tables) > 1 else -1]["chance"], max)
    rows = []
    for name in order.sort_values(ascending=False, kind="stable").index:
        one = fields[str(name)]
        ends = [tables[0], tables[-1]] if len(tables) > 1 else tables
        cells = [percent(table.loc[name, "chance"]) for table in tables]
        cells += [_capacity(table.loc[name], one.shown_unit) for table in ends]
        cells += [
            f"{count(table.loc[name, 'days_median'])} ({count(table.loc[name, 'days_high'])})"
            for table in tables[-2:]
        ]
        rows.append((one.label, *cells))
    shorts = [case.short for case in cases]
    capacity = ["present", "changed" if shorts[-1].startswith("changed") else "same"]
    table = Table(
        "Chance of giving way on at least one day, by facility",
        (*shorts, *capacity[: len(cases)], *shorts[-2:]),
        tuple(rows),
        "A site gives way on a day when more people are present or waiting than it has places; "
        "another facility when more than 5 % of those who ask on the day wait beyond its standard. "
        "A chance is the share of the simulated futures."
        + (f" Stressed: {trial.stress:g} times the people." if trial.is_stressed else ""),
    )
    groups = (
        ("Chance of giving way", len(shorts)),
        ("Capacity", len(capacity[: len(cases)])),
        ("Days beyond capacity or standard: median (95 % stay below)", len(shorts[-2:])),
    )
    return GroupedTable(table, groups)


def _capacity(row: pd.Series[float], unit: str) -> str:
    low, high = count(row["capacity_low"], 6), count(row["capacity_high"], 6)
    numbers = high if low == high else f"{low} to {high}"
    return f"{numbers}{FIXED}{in_words(unit, row['capacity_high'])}"


def _precision(replications: int) -> str:
    margin = 100 * 1.96 * math.sqrt(0.25 / replications)
    return (
        f"With {replications} futures, a chance near 50 % is known to about {math.ceil(margin)} "
        "percentage points either way. Decide on 200 futures or more; use fewer for a first look."
    )


def _shown_facilities(trial: Trial, measures: Sequence[xr.Dataset]) -> list[str]:
    """Name the facilities that were changed or may give way, the changed ones first."""
    numbers = dict(trial.numbers)
    changed = [one.facility for one in capacity_fields(trial.base) if one.path in numbers]
    chances: dict[str, float] = {}
    for one in measures[-2:]:
        table = summaries.facilities(one)
        for name, chance in zip(table["facility"], table["chance"], strict=True):
            chances[name] = max(chances.get(name, 0.0), chance)
    failing = sorted(
        (name for name in chances if chances[name] >= HOLDS_BELOW), key=lambda name: -chances[name]
    )
    return list(dict.fromkeys([*changed, *failing]))


def _drawing(
    number: int, place: CapacityField, cases: Sequence[Case], measures: Sequence[xr.Dataset]
) -> Drawing:
    words = []
    for case, one in zip(cases, measures, strict=True):
        row = summaries.facilities(one).set_index("facility").loc[place.facility]
        words.append(
            f"{case.title}: capacity {_capacity(row, place.shown_unit)}, highest daily peak in "
            f"the middle future {count(row['peak_median'])}, in nine of ten futures "
            f"{interval(row['peak_low'], row['peak_high'])}; gives way in {percent(row['chance'])}."
        )
    return Drawing(
        f"occupancy-{number}",
        f"{place.label}, daily peak of people present or waiting against capacity. "
        f"{' '.join(words)}",
        place.label,
        image_bytes(_occupancies(place.facility, cases, measures, WIDE), "svg"),
        image_bytes(_occupancies(place.facility, cases, measures, NARROW), "svg"),
    )


@styled
def _occupancies(
    name: str, cases: Sequence[Case], measures: Sequence[xr.Dataset], width: float
) -> Figure:
    """Draw one facility in each case, with the same vertical axis."""
    narrow = width == NARROW
    rows, columns = (len(cases), 1) if narrow else (1, 2)
    figure = new_figure(width, 1.75 * rows + 0.25)
    panels = figure.subplots(rows, columns, squeeze=False).flat
    drawn = []
    for ax, case, one in zip(panels, cases, measures, strict=False):
        plot_occupancy(one, name, title=False, ax=ax)
        ax.set_title(case.title)
        drawn.append(ax)
    top = max(ax.get_ylim()[1] for ax in drawn)
    for ax in drawn:
        ax.set_ylim(0, top)
    for ax in list(figure.axes)[len(drawn) :]:
        ax.remove()
    return figure
