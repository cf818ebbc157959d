"""What a plan costs: units planned and units that triggers bring, times what one of them costs.

A unit-day is one unit (a place, a boat, a clinician) for 24 hours; a shift counts the hours it
works. What is planned is counted as planned, whether it is used, broken or lost.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from scenarios.build import capacity_steps
from scenarios.care import build_team
from scenarios.facilities import facilities_of
from scenarios.language import say
from scenarios.messages import place_of
from simulation.calendars import HOURS_PER_DAY

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import xarray as xr
    from numpy.typing import NDArray

    from scenarios.money import Cost
    from scenarios.schema import Scenario
    from simulation.parts import MobileTeam

COLUMNS: Final = (
    "facility",
    "cost",
    "per_unit_day",
    "unit_days_planned",
    "unit_days_triggered",
    "planned",
    "triggered",
    "total",
    "low",
    "high",
    "currency",
    "basis",
    "text",
)


@dataclass(frozen=True, slots=True)
class _Priced:
    """Something that has a capacity, with what one unit costs."""

    name: str
    loc: tuple[str | int, ...]
    cost: Cost | None
    unit_days: float


def _priced(scenario: Scenario) -> Iterator[_Priced]:
    end = scenario.time.run_length
    for name, facility in facilities_of(scenario).items():
        days = capacity_steps(facility.capacity, scenario).mean(end) * end / HOURS_PER_DAY
        yield _Priced(name, (*facility.loc, "cost"), facility.capacity.cost, days)
    for number, team in enumerate(scenario.mobile_teams):
        days = _team_days(build_team(team), end)
        yield _Priced(team.name, ("mobile_teams", number, "cost"), team.cost, days)


def _team_days(team: MobileTeam, end: float) -> float:
    """Days of 24 hours that the clinicians of a team spend at its stops, whatever the weather."""
    hours = 0.0
    for stop in team.stops:
        for day in range(stop.first_day - 1, int(np.ceil(end / HOURS_PER_DAY)), stop.every_days):
            midnight = day * HOURS_PER_DAY
            hours += min(midnight + stop.ends, end) - min(midnight + stop.begins, end)
    return hours * team.clinicians / HOURS_PER_DAY


def currency_of(scenario: Scenario) -> str | None:
    """Return the currency of a scenario; None when nothing in it has a cost."""
    return next((one.cost.currency for one in _priced(scenario) if one.cost is not None), None)


def unit_costs(scenario: Scenario) -> dict[str, float]:
    """Return what one more unit of a facility costs on a day, in its working hours.

    Parameters
    ----------
    scenario : Scenario

    Returns
    -------
    dict of str to float
        By facility, in the currency of the scenario per day; facilities without a cost are left
        out.

    """
    found = {}
    for name, facility in facilities_of(scenario).items():
        cost = facility.capacity.cost
        if cost is not None:
            found[name] = cost.per_day * _daily_hours(facility.capacity) / HOURS_PER_DAY
    return found


def cost_problems(scenario: Scenario) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Find costs in a second currency.

    Parameters
    ----------
    scenario : Scenario

    Yields
    ------
    tuple of location and message

    """
    first: _Priced | None = None
    for one in _priced(scenario):
        if one.cost is None:
            continue
        first = first or one
        assert first.cost is not None  # noqa: S101 - only what has a cost is first
        if one.cost.currency != first.cost.currency:
            yield (
                one.loc,
                f"is in {one.cost.currency}, but the cost of {first.name} is in "
                f"{first.cost.currency}; write all costs of a plan in one currency.",
            )


def cost_warnings(scenario: Scenario) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Say where a cost per day is counted for a part of the day only.

    Parameters
    ----------
    scenario : Scenario

    Yields
    ------
    tuple of location and message

    """
    for facility in facilities_of(scenario).values():
        cost, hours = facility.capacity.cost, _daily_hours(facility.capacity)
        if cost is None or cost.by_hour or hours == HOURS_PER_DAY:
            continue
        yield (
            (*facility.loc, "cost"),
            f"a day counts 24 hours; a unit that works {hours:g} hours costs "
            f"{cost.per_day * hours / HOURS_PER_DAY:.10g} {cost.currency} on that day. If a shift "
            "is paid by the day, write its cost per hour.",
        )
    for number, team in enumerate(scenario.mobile_teams):
        if team.cost is not None and not team.cost.by_hour:
            yield (
                ("mobile_teams", number, "cost"),
                "a day counts 24 hours, and a team is paid for the hours of its stops only. If it "
                "is paid by the day, write its cost per hour.",
            )


def _daily_hours(capacity: Any) -> float:
    opens, closes = capacity.works
    hours: float = (closes - opens) % HOURS_PER_DAY
    return hours or HOURS_PER_DAY


def cost_table(scenario: Scenario, measures: xr.Dataset) -> pd.DataFrame:
    """Return what a plan costs over its run, by facility.

    Parameters
    ----------
    scenario : Scenario
    measures : xarray.Dataset
        Of the plan, from :func:`simulation.measures.dataset`.

    Returns
    -------
    pandas.DataFrame
        One row per facility and mobile team with a cost: ``cost`` as written; ``per_unit_day`` in
        the ``currency``; ``unit_days_planned`` and ``unit_days_triggered`` (mean over
        replications); ``planned``, ``triggered`` and ``total`` cost in the ``currency``, means
        over replications; ``low`` and ``high``: nine of ten replications lie between; ``basis``
        (source, assumption, ...) and ``text`` of the cost. Empty when nothing has a cost.

    """
    written = {row.path: row for row in scenario.sources()}
    tree = scenario.tree()
    rows = []
    for one in _priced(scenario):
        if one.cost is None:
            continue
        brought = _triggered(scenario, measures, one.name)
        totals = (one.unit_days + brought) * one.cost.per_day
        source = written[place_of(tree, one.loc)[1]]
        rows.append(
            {
                "facility": one.name,
                "cost": source.value,
                "per_unit_day": one.cost.per_day,
                "unit_days_planned": one.unit_days,
                "unit_days_triggered": brought.mean(),
                "planned": one.unit_days * one.cost.per_day,
                "triggered": brought.mean() * one.cost.per_day,
                "total": totals.mean(),
                "low": np.quantile(totals, 0.05),
                "high": np.quantile(totals, 0.95),
                "currency": one.cost.currency,
                "basis": source.kind,
                "text": source.text,
            }
        )
    return pd.DataFrame(rows, columns=list(COLUMNS))


def plan_cost(scenario: Scenario, measures: xr.Dataset) -> NDArray[np.float64]:
    """Return what a plan costs in every replication.

    Parameters
    ----------
    scenario : Scenario
    measures : xarray.Dataset

    Returns
    -------
    numpy.ndarray, (replication,)
        In the currency of the scenario; what has no cost is not counted.

    """
    total = np.zeros(measures.sizes["replication"])
    for one in _priced(scenario):
        if one.cost is not None:
            brought = _triggered(scenario, measures, one.name)
            total += (one.unit_days + brought) * one.cost.per_day
    return total


def never_counted() -> str:
    """Name what no key of a scenario file gives a cost."""
    return say(
        "Never counted: water, latrines, taps, places at the destination of a transport, and what "
        "is bought once."
    )


def not_counted(scenario: Scenario) -> tuple[str, ...]:
    """Name what is planned, or may come by a trigger, but has no cost.

    Parameters
    ----------
    scenario : Scenario

    Returns
    -------
    tuple of str
        Facilities and mobile teams, in the order of the scenario.

    """
    return tuple(_uncounted(scenario))


def uncounted_differences(plans: Iterable[tuple[Scenario, xr.Dataset]]) -> tuple[str, ...]:
    """Name what has no cost in some plan and of which plans have different amounts.

    Parameters
    ----------
    plans : iterable of tuple of Scenario and xarray.Dataset
        Every plan with its measures.

    Returns
    -------
    tuple of str
        Facilities and mobile teams of which the cost would tell the plans apart.

    """
    every = [(_uncounted(one), _amounts(one, measures)) for one, measures in plans]
    names = dict.fromkeys(name for lacking, _ in every for name in lacking)
    return tuple(name for name in names if len({found.get(name) for _, found in every}) > 1)


def _amounts(scenario: Scenario, measures: xr.Dataset) -> dict[str, float]:
    """Return unit-days, planned and brought by triggers on average, by what can have a cost."""
    return {
        one.name: round(one.unit_days + _triggered(scenario, measures, one.name).mean(), 6)
        for one in _priced(scenario)
    }


def _uncounted(scenario: Scenario) -> list[str]:
    may_come = {trigger.change.facility for trigger in scenario.triggers}
    return [
        one.name
        for one in _priced(scenario)
        if one.cost is None and (one.unit_days > 0 or one.name in may_come)
    ]


def _triggered(scenario: Scenario, measures: xr.Dataset, name: str) -> NDArray[np.float64]:
    """Unit-days that triggers brought to a facility, by replication."""
    own = [number for number, t in enumerate(scenario.triggers) if t.change.facility == name]
    if not own:
        return np.zeros(measures.sizes["replication"])
    brought: Any = measures["trigger_unit_days"].isel(trigger=own)
    return np.asarray(brought.sum("trigger").values, dtype=np.float64)
