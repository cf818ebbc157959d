"""What a plan has and what it lacks: the resource list of a contingency plan, and its triggers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from scenarios import summaries
from scenarios.documents import written
from scenarios.facilities import facilities_of
from scenarios.labels import base_label, facility_label
from scenarios.language import say
from scenarios.messages import place_of
from scenarios.numbers import NOTHING, percent, short_day
from scenarios.report.inputs import Agreement, Resource
from scenarios.report.tables import Table, with_range

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scenarios.provenance import Source
    from scenarios.report.inputs import ReportInputs
    from scenarios.schema import Scenario

SITE_STOCKS: Final = ("area", "water", "latrines", "taps")
"""What a site has beside its places, by key."""


def resources_of(scenario: Scenario) -> tuple[Resource, ...]:
    """List what a plan has: staff, places, boats, vehicles, water, toilets.

    Parameters
    ----------
    scenario : Scenario

    Returns
    -------
    tuple of Resource
        In the order of the scenario; amounts as its file writes them.

    """
    return tuple(_resources(scenario))


def _resources(scenario: Scenario) -> Iterator[Resource]:
    rows = {row.path: row for row in scenario.sources()}
    tree = scenario.tree()
    for name, facility in facilities_of(scenario).items():
        _, path = place_of(tree, facility.loc)
        row = rows.get(f"{path}.value") or rows[path]
        hours = rows.get(f"{path}.works")
        outside = rows.get(f"{path}.outside")
        works = "" if hours is None else hours.value
        if outside is not None and outside.kind != "default":
            works = say("{works}; outside these hours {rest}", works=works, rest=outside.value)
        yield Resource(facility_label(name), row.value, works, row.kind, reason_of(row))
    for site in scenario.sites:
        for key in SITE_STOCKS:
            stock = rows.get(f"sites.{site.name}.{key}")
            if stock is not None:
                name = f"{facility_label(site.name)}: {say(key)}"
                yield Resource(name, stock.value, "", stock.kind, reason_of(stock))


def reason_of(row: Source) -> str:
    """Return what a number rests on: a text of the plan, or for a default that of the schema."""
    return say(row.text) if row.kind == "default" else row.text


def agreements_of(scenario: Scenario) -> tuple[Agreement, ...]:
    """List the triggers of a plan: condition, what comes, how late, what is agreed with whom.

    Parameters
    ----------
    scenario : Scenario

    Returns
    -------
    tuple of Agreement

    """
    blocks: list[Any] = scenario.tree().get("triggers") or []
    return tuple(
        Agreement(
            name=facility_label(str(block["name"])),
            condition=written(block.get("when") or block.get("forecast")),
            change=written(block["change"]),
            lead_time=written(block["lead_time"]),
            because=written(block["because"]),
        )
        for block in blocks
    )


def resource_table(inputs: ReportInputs) -> Table | None:
    """Return the resource list; None when the inputs hold none."""
    if not inputs.resources:
        return None
    rows = tuple(
        (one.name, one.amount, one.hours or NOTHING, base_label(one.basis), one.text)
        for one in inputs.resources
    )
    return Table(
        say("Resource list of the plan"),
        (
            say("What"),
            say("How many"),
            say("When"),
            say("Rests on"),
            say("Source or reason"),
        ),
        rows,
        say("Costs are not part of the scenario file unless it states them."),
    )


def gap_table(inputs: ReportInputs) -> Table:
    """Return what is missing at the worst moment, one row per facility that gives way."""
    rows = []
    for _, row in summaries.facilities(inputs.measures).iterrows():
        if not row["chance"]:
            continue
        is_site = row["unit"] == "persons"
        missing = NOTHING
        if is_site:
            middle, low, high = (
                max(row[f"peak_{key}"] - row["capacity_high"], 0.0)
                for key in ("median", "low", "high")
            )
            missing = with_range(middle, low, high)
        first = NOTHING if row["first_day"] is None else short_day(row["first_day"])
        rows.append((facility_label(row["facility"]), percent(row["chance"]), missing, first))
    return Table(
        say("Gaps: what gives way and how many places are missing at the peak"),
        (
            say("Facility"),
            say("Chance of giving way"),
            say("Places missing at the peak: median (90 % range, persons)"),
            say("First day (median)"),
        ),
        tuple(rows),
        say(
            "Places are missing where more people are present or waiting than a site has places. "
            "For desks, boats, vehicles and clinicians the number that would be enough is found by "
            "running a plan with more of them; it is not a difference of two numbers."
        ),
    )


def agreement_table(inputs: ReportInputs) -> Table | None:
    """Return the triggers with what is agreed; None when the plan has none."""
    if not inputs.agreements:
        return None
    return Table(
        say("Triggers and who is responsible"),
        (
            say("Trigger"),
            say("Condition"),
            say("What comes"),
            say("How late"),
            say("What is agreed, and with whom"),
        ),
        tuple(
            (one.name, one.condition, one.change, one.lead_time, one.because)
            for one in inputs.agreements
        ),
    )
