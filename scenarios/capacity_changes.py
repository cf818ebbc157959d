"""From a scenario to what changes its capacities during a run, and what is wrong with it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from scenarios.facilities import facilities_of
from simulation.calendars import Steps
from simulation.parts import Breakdown, ChanceLoss, Condition, ForecastCondition, Trigger

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scenarios.schema import Scenario
    from scenarios.services import triggers as written
    from scenarios.units import Amount

_SHORTEST: Final = 1 / 60
"""Hours between two events of one unit or condition, below which a run would never end."""


def by_chance(loss: object) -> bool:
    """Whether a loss is decided during the run: in some futures only, or at an unknown time."""
    return getattr(loss, "chance", 1.0) < 1 or getattr(loss, "latest", None) is not None


def triggers_of(scenario: Scenario) -> tuple[Trigger, ...]:
    """Return the triggers of a scenario.

    Parameters
    ----------
    scenario : Scenario

    Returns
    -------
    tuple of simulation.parts.Trigger

    """
    return tuple(_trigger(one, scenario) for one in scenario.triggers)


def _trigger(one: written.Trigger, scenario: Scenario) -> Trigger:
    change = one.change
    added = Steps.constant(0)
    if change.add is not None:
        own = facilities_of(scenario).get(change.facility)
        works = change.works or (own.capacity.works if own else (0.0, 24.0))
        added = Steps.daily(change.add.number, works[0], works[1], scenario.time.run_length)
    return Trigger(
        name=one.name,
        condition=_condition(one, scenario),
        lead_time=one.lead_time.to_simulation(),
        facility=change.facility,
        added=added,
        factor=1.0 if change.factor is None else change.factor,
        lasts=one.ends.after,
        ends_when_false_for=one.ends.when_false_for,
    )


def _condition(one: written.Trigger, scenario: Scenario) -> Condition | ForecastCondition:
    if one.forecast is not None:
        signal = one.forecast
        return ForecastCondition(
            inflows=signal.inflows,
            above=float(signal.above),
            chance=signal.chance,
            notice=signal.notice,
            updated=signal.updated,
        )
    when = one.when
    assert when is not None  # noqa: S101 - the schema asks for one of the two
    measured, of, above = _measured(when, scenario)
    return Condition(measured, of, above, when.held_for, when.checked_every)


def _measured(when: written.MeasuredCondition, scenario: Scenario) -> tuple[str, str, float]:
    if when.occupancy_above is not None:
        return "occupancy", when.of, when.occupancy_above
    if when.longest_wait_above is not None:
        return "longest_wait", when.of, when.longest_wait_above
    if when.waiting_above is not None:
        return "waiting", when.of, float(when.waiting_above)
    # The records count those cut off as waiting for the first units of their rescue service.
    first = {rescue.name: rescue.units[0].name for rescue in scenario.rescue}
    return "waiting", first.get(when.of, when.of), float(when.cut_off_above or 0)


def breakdowns_of(scenario: Scenario) -> tuple[Breakdown, ...]:
    """Return the breakdowns of a scenario.

    Parameters
    ----------
    scenario : Scenario

    Returns
    -------
    tuple of simulation.parts.Breakdown

    """
    return tuple(
        Breakdown(
            name=one.name,
            facility=one.facility,
            units=one.units.number,
            time_to_failure=one.time_to_failure.to_simulation(),
            repair_time=one.repair_time.to_simulation(),
            crews=one.crews,
        )
        for one in scenario.breakdowns
    )


def losses_of(scenario: Scenario) -> tuple[ChanceLoss, ...]:
    """Return the losses of a scenario that are decided during the run.

    Parameters
    ----------
    scenario : Scenario

    Returns
    -------
    tuple of simulation.parts.ChanceLoss

    """
    start = scenario.time.start
    losses = []
    for one in scenario.losses:
        if not by_chance(one):
            continue
        begins = one.at.hours(start)
        losses.append(
            ChanceLoss(
                name=one.name,
                facility=one.facility,
                chance=one.chance,
                begins=begins,
                latest=one.latest.hours(start) if one.latest else begins,
                lasts=one.until.hours(start) - begins if one.until else math.inf,
                remaining=one.remaining,
            )
        )
    return tuple(losses)


def change_problems(scenario: Scenario) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Find triggers and breakdowns that do not fit what they name.

    Parameters
    ----------
    scenario : Scenario

    Yields
    ------
    tuple of location and message

    """
    known = facilities_of(scenario)
    inflows = [inflow.name for inflow in scenario.inflows]
    for number, trigger in enumerate(scenario.triggers):
        loc: tuple[str | int, ...] = ("triggers", number)
        change, when = trigger.change, trigger.when
        if change.add is not None and change.facility in known:
            yield from _amount(
                change.add, known[change.facility].dimension, (*loc, "change", "add")
            )
        if trigger.forecast is not None:
            for place, name in enumerate(trigger.forecast.inflows):
                if name not in inflows:
                    where = (*loc, "forecast", "inflows", place)
                    yield where, f"there is no inflow {name!r}. Known: {', '.join(inflows)}."
            if trigger.forecast.chance == 0:
                yield (*loc, "forecast", "chance"), "is 0 %, so it always acts; give a chance."
        if when is None:
            continue
        if when.checked_every < _SHORTEST:
            yield (*loc, "when", "checked_every"), "is below 1 min; read the condition less often."
        rescues = [rescue.name for rescue in scenario.rescue]
        if when.cut_off_above is not None:
            if when.of not in rescues:
                listing = ", ".join(rescues) or "none"
                message = f"{when.of!r} is no rescue service, so nobody is cut off there."
                yield (*loc, "when", "of"), f"{message} Known: {listing}."
        elif when.of not in known:
            message = f"there is no facility {when.of!r}. Known: {', '.join(known)}."
            yield (*loc, "when", "of"), message
        elif when.occupancy_above is not None and known[when.of].dimension != "persons":
            yield (*loc, "when", "of"), f"{when.of!r} is no site; occupancy is that of a site."
    for number, breakdown in enumerate(scenario.breakdowns):
        if breakdown.facility in known:
            dimension = known[breakdown.facility].dimension
            yield from _amount(breakdown.units, dimension, ("breakdowns", number, "units"))
        if breakdown.units.number == 0:
            yield ("breakdowns", number, "units"), "must be above zero."
        cycle = (breakdown.time_to_failure, breakdown.repair_time)
        if sum(time.to_simulation().expected() for time in cycle) < _SHORTEST:
            message = "and repair_time together have a mean below 1 min; check the units."
            yield ("breakdowns", number, "time_to_failure"), message


def _amount(
    amount: Amount, dimension: str, loc: tuple[str | int, ...]
) -> Iterator[tuple[tuple[str | int, ...], str]]:
    if dimension not in amount.dimensions:
        yield loc, f"is not in the unit of the facility, which is counted in {dimension}."
