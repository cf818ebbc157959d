"""The tables of a report that count people by category, and the space and water they have."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from scenarios import summaries
from scenarios.labels import category_label, facility_label
from scenarios.language import say
from scenarios.numbers import count, percent, span
from scenarios.report.answers import capitalized
from scenarios.report.tables import Table, range_of, with_range
from scenarios.small_numbers import FEWEST, hidden, hides

if TYPE_CHECKING:
    import pandas as pd

    from scenarios.report.inputs import ReportInputs


DEATHS: Final = {
    "deaths_in_transit": "Dead or missing in transit (persons)",
    "deaths_in_reception": "Dead in reception (persons)",
}
"""Shown only where a plan has dangers or hazards and somebody died in some future."""


def people_table(inputs: ReportInputs) -> Table:
    """Return who is affected by category."""
    measures = inputs.measures
    deaths = {name: say(head) for name, head in DEATHS.items() if (measures[name] > 0).any()}
    rows = [
        (
            category_label(str(row["category"])),
            persons_range(row, "persons"),
            range_of(row, "nights_without_place"),
            persons_range(row, "left_without_place"),
            persons_range(row, "not_reached"),
            *(persons_range(row, name) for name in deaths),
        )
        for _, row in summaries.people(measures).iterrows()
    ]
    return Table(
        say("People affected: median (90 % range over the simulated futures)"),
        (
            say("Category"),
            say("Ask for the services (persons)"),
            say("Nights without a place (person-nights)"),
            say("Leave without a place (persons)"),
            say("Not reached by rescue in time (persons)"),
            *deaths.values(),
        ),
        tuple(rows),
        say(
            "People in the simulation are invented from published proportions; none of these "
            "numbers describes an observed person. Counts of persons below {fewest} are not shown.",
            fewest=FEWEST,
        ),
    )


def site_table(inputs: ReportInputs) -> Table | None:
    """Return how often sites are below standards; None when no site says what it has."""
    summary = summaries.site_standards(inputs.measures)
    if summary.empty:
        return None
    rows = [
        (
            f"{facility_label(row['site'])}: {say(row['standard'])}",
            percent(row["chance"]),
            range_of(row, "days"),
            range_of(row, "person_days"),
        )
        for _, row in summary.iterrows()
    ]
    return Table(
        say("Space, water and sanitation: time below the standard"),
        (
            say("Site and standard"),
            say("Chance of any time below"),
            say("Days below: median (90 % range)"),
            say("Person-days below: median (90 % range)"),
        ),
        tuple(rows),
        say(
            "Water, taps and latrines: UNHCR WASH standards 2018; area: Sphere 2018. Emergency "
            "standards hold for the first weeks, the others later. Counted for people in the site."
        ),
    )


def clock_table(inputs: ReportInputs) -> Table:
    """Return who is beyond each legal time limit, by category, persons."""
    names = [str(name) for name in inputs.measures["clock"].values]
    rows = [
        (
            category_label(str(row["category"])),
            *(persons_range(row, name) for name in names),
        )
        for _, row in summaries.clocks(inputs.measures).iterrows()
    ]
    return Table(
        say("Beyond a time limit: persons, median (90 % range over the simulated futures)"),
        (say("Category"), *(capitalized(say(name)) for name in names)),
        tuple(rows),
        say(
            "Hours without a place are added up from arrival at reception; other limits count "
            "until the step is done, or until the run ends. Counts of persons below {fewest} are "
            "not shown.",
            fewest=FEWEST,
        ),
    )


def persons_range(row: pd.Series[float], name: str) -> str:
    """Write a median of persons of a category with its range; small numbers are hidden."""
    middle, low, high = (row[f"{name}_{key}"] for key in ("median", "low", "high"))
    if not any(map(hides, (middle, low, high))):
        return with_range(middle, low, high)
    if hides(high):
        return hidden()
    shown = [hidden() if hides(value) else count(value) for value in (middle, low, high)]
    return f"{shown[0]} ({span(shown[1], shown[2])})"
