"""The tables of a report: headings with units, cells as text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pandas as pd

from scenarios import summaries
from scenarios.labels import (
    CATEGORIES,
    OUTCOMES,
    STEPS,
    facility_label,
    measure_label,
    words,
)
from scenarios.numbers import (
    FIXED,
    NOTHING,
    count,
    hours,
    interval,
    month,
    percent,
    percent_range,
    short_day,
    signed,
)
from scenarios.plots.services import unit_words
from scenarios.report.answers import verdict
from scenarios.small_numbers import FEWEST, HIDDEN, hides
from simulation.measures import EXCEEDED_FROM, EXCEEDED_WHEN_LATE

if TYPE_CHECKING:
    from scenarios.report.inputs import ReportInputs


@dataclass(frozen=True, slots=True)
class Table:
    """A table ready to print.

    Parameters
    ----------
    caption : str
    head : tuple of str
        Column headings, with units.
    rows : tuple of tuple of str
        The first cell names the row.
    note : str
        Below the table.

    """

    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""


def with_range(median: float, low: float, high: float) -> str:
    """Write a median with its range, or once when all futures agree.

    Examples
    --------
    >>> with_range(0.0, 0.0, 0.0), with_range(5.0, 2.0, 9.0).replace(FIXED, " ")
    ('0', '5 (2 to 9)')

    """
    if count(low) == count(high):
        return count(median)
    return f"{count(median)} ({interval(low, high)})"


def _range(row: pd.Series[float], name: str) -> str:
    return with_range(row[f"{name}_median"], row[f"{name}_low"], row[f"{name}_high"])


def _day_or_dash(date: object) -> str:
    return NOTHING if date is None or date is pd.NaT else short_day(date)


def _hours_range(row: pd.Series[float], name: str) -> str:
    low, high = hours(row[f"{name}_low"]), hours(row[f"{name}_high"])
    if low == high:
        return low
    return f"{hours(row[f'{name}_median'])} ({low}{FIXED}to{FIXED}{high})"


def forecast_table(inputs: ReportInputs) -> Table:
    """Return the forecast by month beside its benchmark, persons."""
    kind = str(inputs.forecast.attrs.get("kind", "forecast"))
    table = summaries.months(inputs.forecast, inputs.benchmark)
    head = ["Month", f"{kind.capitalize()}: median (persons)", "50 % interval", "90 % interval"]
    if inputs.benchmark is not None:
        head += ["Benchmark: median (persons)", "90 % interval"]
    rows = []
    for _, row in table.iterrows():
        cells = [month(row["time"]).replace(" ", FIXED), count(row["q50"], 2)]
        cells += [interval(row["q25"], row["q75"], 2), interval(row["q05"], row["q95"], 2)]
        if inputs.benchmark is not None:
            cells.append(count(row["q50_benchmark"], 2))
            cells.append(interval(row["q05_benchmark"], row["q95_benchmark"], 2))
        rows.append(tuple(cells))
    return Table(
        f"Displacements per month in {inputs.place}, two significant digits",
        tuple(head),
        tuple(rows),
        "Movements, not unique people: one person may be displaced more than once.",
    )


def facility_table(inputs: ReportInputs) -> Table:
    """Return what gives way, when and for how long, one row per facility."""
    table = summaries.facilities(inputs.measures)
    head = (
        "Facility",
        "Capacity",
        "Chance of giving way (95 % interval)",
        "First to give way in",
        "First day (median)",
        "Highest peak present or waiting: median (90 % range)",
        "Days beyond: median (95 % stay below)",
        "Back within capacity (median)",
    )
    rows = []
    for _, row in table.iterrows():
        low, high = count(row["capacity_low"], 4), count(row["capacity_high"], 4)
        capacity = high if low == high else f"{low} to {high}"
        recovered = _day_or_dash(row["recovered"])
        if row["chance_unrecovered"] > 0:
            recovered += f"; not by the end in {percent(row['chance_unrecovered'])}"
        chance = percent_range(row["chance_low"], row["chance_high"])
        rows.append(
            (
                facility_label(row["facility"]),
                f"{capacity}{FIXED}{unit_words(row['unit'], row['capacity_high'])}",
                f"{percent(row['chance'])} ({chance})",
                percent(row["chance_first"]) if row["chance"] else NOTHING,
                _day_or_dash(row["first_day"]),
                _range(row, "peak"),
                f"{count(row['days_median'])} ({count(row['days_high'])})",
                recovered if row["chance"] else NOTHING,
            )
        )
    return Table(
        "Each facility over the simulated futures",
        head,
        tuple(rows),
        "A site gives way on a day when more people are present or waiting than it has places; "
        f"another facility when more than {percent(EXCEEDED_WHEN_LATE)} of those who ask on the "
        f"day, and at least {EXCEEDED_FROM} persons, wait beyond its standard. First day and "
        "return are medians over the futures in which "
        "it gives way. Several facilities may give way first on the same day.",
    )


_DEATHS: Final = {
    "deaths_in_transit": "Dead or missing in transit (persons)",
    "deaths_in_reception": "Dead in reception (persons)",
}
"""Shown only where a plan has dangers or hazards and somebody died in some future."""


def people_table(inputs: ReportInputs) -> Table:
    """Return who is affected by category."""
    measures = inputs.measures
    deaths = {name: head for name, head in _DEATHS.items() if (measures[name] > 0).any()}
    rows = [
        (
            CATEGORIES.get(row["category"], str(row["category"]).capitalize()),
            persons_range(row, "persons"),
            _range(row, "nights_without_place"),
            persons_range(row, "left_without_place"),
            persons_range(row, "not_reached"),
            *(persons_range(row, name) for name in deaths),
        )
        for _, row in summaries.people(measures).iterrows()
    ]
    return Table(
        "People affected: median (90 % range over the simulated futures)",
        (
            "Category",
            "Ask for the services (persons)",
            "Nights without a place (person-nights)",
            "Leave without a place (persons)",
            "Not reached by rescue in time (persons)",
            *deaths.values(),
        ),
        tuple(rows),
        "People in the simulation are invented from published proportions; none of these numbers "
        f"describes an observed person. Counts of persons below {FEWEST} are not shown.",
    )


def site_table(inputs: ReportInputs) -> Table | None:
    """Return how often sites are below standards; None when no site says what it has."""
    summary = summaries.site_standards(inputs.measures)
    if summary.empty:
        return None
    rows = [
        (
            f"{facility_label(row['site'])}: {row['standard']}",
            percent(row["chance"]),
            _range(row, "days"),
            _range(row, "person_days"),
        )
        for _, row in summary.iterrows()
    ]
    return Table(
        "Space, water and sanitation: time below the standard",
        (
            "Site and standard",
            "Chance of any time below",
            "Days below: median (90 % range)",
            "Person-days below: median (90 % range)",
        ),
        tuple(rows),
        "Water, taps and latrines: UNHCR WASH standards 2018; area: Sphere 2018. Emergency "
        "standards hold for the first weeks, the others later. Counted for people in the site.",
    )


def clock_table(inputs: ReportInputs) -> Table:
    """Return who is beyond each legal time limit, by category, persons."""
    names = [str(name) for name in inputs.measures["clock"].values]
    rows = [
        (
            CATEGORIES.get(row["category"], str(row["category"]).capitalize()),
            *(persons_range(row, name) for name in names),
        )
        for _, row in summaries.clocks(inputs.measures).iterrows()
    ]
    return Table(
        "Beyond a time limit: persons, median (90 % range over the simulated futures)",
        ("Category", *(name[:1].upper() + name[1:] for name in names)),
        tuple(rows),
        "Hours without a place are added up from arrival at reception; other limits count until "
        f"the step is done, or until the run ends. Counts of persons below {FEWEST} are not shown.",
    )


def persons_range(row: pd.Series[float], name: str) -> str:
    """Write a median of persons of a category with its range; small numbers are hidden."""
    middle, low, high = (row[f"{name}_{key}"] for key in ("median", "low", "high"))
    if not any(map(hides, (middle, low, high))):
        return with_range(middle, low, high)
    if hides(high):
        return HIDDEN
    shown = [HIDDEN if hides(value) else count(value) for value in (middle, low, high)]
    return f"{shown[0]} ({shown[1]}{FIXED}to{FIXED}{shown[2]})"


def waiting_table(inputs: ReportInputs) -> Table:
    """Return waiting at each step."""
    rows = [
        (
            STEPS.get(str(row["step"]), words(str(row["step"])).capitalize()),
            _range(row, "persons_requesting"),
            _range(row, "persons_late"),
            _range(row, "persons_leaving"),
            _range(row, "persons_still_waiting"),
            _hours_range(row, "waiting_time_mean"),
            _hours_range(row, "waiting_time_p90"),
        )
        for _, row in summaries.steps(inputs.measures).iterrows()
    ]
    return Table(
        "Waiting by step: median (90 % range over the simulated futures)",
        (
            "Step",
            "Ask for it (persons)",
            "Wait beyond the standard (persons)",
            "Leave without it (persons)",
            "Still waiting at the end (persons)",
            "Mean wait",
            "Wait nine in ten do not exceed",
        ),
        tuple(rows),
        "Those still waiting when the run ends count with the time they have waited so far.",
    )


def trigger_table(inputs: ReportInputs) -> Table:
    """Return what each trigger did, when, and how late after the standard was first broken."""
    rows = []
    for _, row in summaries.triggers(inputs.measures).iterrows():
        chance = percent_range(row["chance_low"], row["chance_high"])
        delay = NOTHING
        if row["chance_breach"] > 0:
            low, high = early_or_late(row["delay_low"]), early_or_late(row["delay_high"])
            middle = early_or_late(row["delay_median"])
            delay = middle if low == high else f"{middle} ({low}{FIXED}to{FIXED}{high})"
        rows.append(
            (
                facility_label(row["trigger"]),
                f"{percent(row['chance'])} ({chance})",
                _day_or_dash(row["fired"]),
                _day_or_dash(row["came"]),
                percent(row["chance_breach"]),
                delay,
            )
        )
    return Table(
        "Triggers over the simulated futures",
        (
            "Trigger",
            "Decides to act in (95 % interval)",
            "First decision (median)",
            "Capacity there (median)",
            "Capacity comes and the standard is broken in",
            "Capacity after the first breach: median (90 % range)",
        ),
        tuple(rows),
        "The last column counts from the first time that the facility which the trigger changes "
        "broke its standard. Compare with the plan without the trigger to see what it gains.",
    )


def early_or_late(value: float) -> str:
    """Write a time after an event, or before it.

    Examples
    --------
    >>> [early_or_late(h).replace("\u202f", " ") for h in (36.0, -72.0)]
    ['36 h', '3 days before']

    """
    return f"{hours(-value)} before" if value < 0 else hours(value)


HARM = (
    "total_nights_without_place",
    "families_split",
    "children_alone_late",
    "vulnerable_missed",
    "patients_left_unseen",
    "patients_sent_elsewhere",
)


def harm_table(inputs: ReportInputs) -> Table:
    """Return the single numbers that describe harm, beside how many came."""
    numbers = summaries.scalars(inputs.measures)
    names = ("persons_entered", "persons_cut_off", *HARM)
    rows = []
    for name in names:
        if name not in numbers:
            continue
        label, spread = measure_label(name), numbers[name]
        values = count(spread["median"]), interval(spread["low"], spread["high"])
        any_at_all = percent(float((inputs.measures[name] > 0).mean()))
        rows.append((label.label, label.unit, *values, any_at_all))
    for outcome, name in (
        ("left_without_place", "persons_left_without_place"),
        ("not_reached", "not_reached_total"),
    ):
        spread = summaries.outcome(inputs.measures, outcome)
        values = count(spread["median"]), interval(spread["low"], spread["high"])
        label = measure_label(name)
        rows.insert(2, (label.label, label.unit, *values, percent(spread["chance"])))
    return Table(
        "In short",
        ("Measure", "Unit", "Median", "90 % range over the simulated futures", "Chance of any"),
        tuple(rows),
    )


def outcome_table(inputs: ReportInputs) -> Table:
    """Return where everyone is at the end, means by plan, persons."""
    plans = {"Present plan": inputs.measures}
    plans |= {plan.title: plan.measures for plan in inputs.plans}
    means = {
        title: measures["persons_by_outcome"].mean("replication").to_series()
        for title, measures in plans.items()
    }
    names = [str(name) for name in inputs.measures["group_outcome"].values]
    rows = [
        (OUTCOMES.get(name, words(name)).capitalize(), *(count(m[name]) for m in means.values()))
        for name in names
    ]
    rows.append(("All who asked", *(count(float(m.sum())) for m in means.values())))
    return Table(
        "Where everyone is when the run ends (persons, mean over the simulated futures)",
        ("Outcome", *plans),
        tuple(rows),
    )


def comparison_table(rows: pd.DataFrame, title: str) -> Table:
    """Return the paired differences of one plan.

    Parameters
    ----------
    rows : pandas.DataFrame
        The rows of this plan, with the columns of the comparison.
    title : str
        Of the plan.

    Returns
    -------
    Table

    """
    cells = []
    for _, row in rows.iterrows():
        label = measure_label(str(row["measure"]))
        limits = f"{signed(row['low'])}{FIXED}to{FIXED}{signed(row['high'])}"
        better = NOTHING if label.less_is_better is None else percent(row["chance_better"])
        same = percent(row["chance_same"])
        cells.append(
            (
                label.label,
                label.unit,
                count(row["baseline"]),
                count(row["value"]),
                f"{signed(row['difference'])} ({limits})",
                better,
                same,
                verdict(row),
            )
        )
    return Table(
        f"“{title}” against the present plan, on the same futures",
        (
            "Measure",
            "Unit",
            "Present plan (mean)",
            "This plan (mean)",
            "Difference (95 % interval)",
            "Better in",
            "Equal in",
            "In words",
        ),
        tuple(cells),
    )
