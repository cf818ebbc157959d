"""What a plan has and what it lacks: the resource list of a contingency plan, and its triggers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from scenarios.costs import never_counted
from scenarios.documents import written
from scenarios.facilities import facilities_of
from scenarios.labels import base_label, facility_label, measure_label
from scenarios.language import say
from scenarios.messages import place_of
from scenarios.numbers import NOTHING, count, interval, percent, short_day, signed
from scenarios.report.inputs import Agreement, Resource
from scenarios.report.tables import Table, with_range

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import pandas as pd

    from scenarios.provenance import Source
    from scenarios.report.inputs import Bill, ReportInputs
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
        yield Resource(facility_label(name), row.value, works, row.kind, reason_of(row), name)
    for team in scenario.mobile_teams:
        row = rows[f"mobile_teams.{team.name}.clinicians"]
        label = facility_label(team.name)
        when = say("at its stops")
        yield Resource(label, row.value, when, row.kind, reason_of(row), team.name)
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
    if inputs.bill is None:
        note = say("The scenario file states no cost, so none is counted.")
        return Table(
            say("Resource list of the plan"),
            (
                say("What"),
                say("How many"),
                say("When"),
                say("Rests on"),
                say("Source or reason"),
            ),
            tuple(
                (
                    one.name,
                    one.amount,
                    one.hours or NOTHING,
                    base_label(one.basis),
                    one.text,
                )
                for one in inputs.resources
            ),
            note,
        )
    return _priced_table(inputs.resources, inputs.bill)


def _priced_table(resources: Iterable[Resource], bill: Bill) -> Table:
    """Return the resource list with what each costs, and the total."""
    currency = bill.rows["currency"].iloc[0]
    costs = {row["facility"]: row for _, row in bill.rows.iterrows()}
    rows = []
    for one in resources:
        row = costs.get(one.facility)
        cells, text = (say("not counted"), NOTHING, NOTHING), one.text
        if row is not None:
            cells = _cost_cells(row)
            reason = f": {row['text']}" if row["text"] else ""
            said = say("Cost ({basis})", basis=base_label(row["basis"]))
            text = f"{one.text} {said}{reason}".strip()
        when = one.hours or NOTHING
        rows.append((one.name, one.amount, *cells, when, base_label(one.basis), text))
    low, high = np.quantile(bill.total, [0.05, 0.95])
    for label, cell in (
        (
            say("Total of what has a cost"),
            _money(float(bill.total.mean()), float(low), float(high)),
        ),
        (say("Of this, brought by triggers"), count(bill.rows["triggered"].sum(), 4)),
    ):
        rows.append((label, "", "", "", cell, "", "", ""))
    return Table(
        say("Resource list of the plan, with costs"),
        (
            say("What"),
            say("How many"),
            say("Cost of one per day ({currency})", currency=currency),
            say("Unit-days: planned + by triggers (mean)"),
            say("Cost of the run ({currency}): mean (90 % range)", currency=currency),
            say("When"),
            say("Rests on"),
            say("Source or reason"),
        ),
        tuple(rows),
        _cost_note(bill),
    )


def _cost_cells(row: pd.Series[Any]) -> tuple[str, str, str]:
    days = count(row["unit_days_planned"], 4)
    if row["unit_days_triggered"]:
        days = f"{days} + {count(row['unit_days_triggered'], 4)}"
    return (
        count(row["per_unit_day"], 7),
        days,
        _money(row["total"], row["low"], row["high"]),
    )


def _money(mean: float, low: float, high: float) -> str:
    """Write a cost to four digits with its range, or once when all futures agree."""
    if count(low, 4) == count(high, 4):
        return count(mean, 4)
    return f"{count(mean, 4)} ({interval(low, high, 4)})"


def _cost_note(bill: Bill) -> str:
    names = ", ".join(facility_label(name) for name in bill.not_counted)
    without = say("Without a cost and not counted: {names}.", names=names) if names else ""
    counted = say(
        "Cost: what one unit costs for 24 hours, times the days that units are planned to be there "
        "(a shift counts its hours) plus those that triggers bring; what is broken or lost costs "
        "the same, and what a trigger takes away is not subtracted. The range is over the "
        "simulated futures."
    )
    return " ".join(part for part in (counted, without, never_counted()) if part)


def cost_against_harm_table(inputs: ReportInputs) -> Table | None:
    """Return the cost of each plan beside its main outcomes; None when there is none."""
    bills = inputs.bills
    if bills is None or isinstance(bills, str):
        return None
    rows = []
    first = str(bills.table["plan"].iloc[0])
    for plan, own in bills.table.groupby("plan", sort=False):
        for at, (_, row) in enumerate(own.iterrows()):
            label = measure_label(row["measure"])
            limits = interval(row["cost_difference_low"], row["cost_difference_high"], 4)
            difference = change = NOTHING
            if plan != first:
                difference = f"{signed(row['cost_difference'], 4)} ({limits})"
                change = f"{signed(row['difference'])} ({interval(row['low'], row['high'])})"
            bill = (str(plan), count(row["cost"], 4), difference)
            rows.append(
                (
                    *(bill if at == 0 else (str(plan), "", "")),
                    f"{label.label} ({label.unit})",
                    count(row["value"]),
                    change,
                    say("yes") if row["on_frontier"] else say("no"),
                )
            )
    return Table(
        say(
            "Cost of each plan over its run ({currency}) against its main outcomes",
            currency=bills.currency,
        ),
        (
            say("Plan"),
            say("Cost of the run ({currency}, mean)", currency=bills.currency),
            say("Cost: difference from the present plan (95 % interval)"),
            say("Outcome"),
            say("Mean"),
            say("Outcome: difference from the present plan (95 % interval)"),
            say("On the cost frontier"),
        ),
        tuple(rows),
        " ".join(
            [
                say(
                    "On the frontier of an outcome: no plan compared costs less and has no more of "
                    "it, by the means. What the intervals can tell stands in the sentences."
                ),
                *bills.notes,
            ]
        ),
    )


def gap_table(inputs: ReportInputs) -> Table:
    """Return what is missing at the worst moment, one row per facility that gives way."""
    rows = []
    for _, row in inputs.facilities.iterrows():
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
