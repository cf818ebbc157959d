"""Changing capacities in the compiled engine: calendars, triggers, breakdowns, losses.

What :mod:`simulation.capacities` and :mod:`simulation.triggers` do.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from simulation.compiled import kinds
from simulation.compiled.agenda import after, at_once, event, first
from simulation.compiled.compilation import compiled, inlined
from simulation.compiled.dispatch import set_boats
from simulation.compiled.memory import (
    additions_at,
    calendar_steps_at,
    calendars_at,
    clearings_at,
    clock_at,
    crews_at,
    decisions_at,
    events_at,
    facilities_at,
    lead_times_at,
    losses_at,
    repair_times_at,
    rows_at,
    states_at,
    team_visits_at,
    teams_at,
    times_to_failure_at,
    triggers_at,
    units_at,
)
from simulation.compiled.places import set_places
from simulation.compiled.servers import set_servers
from simulation.compiled.vehicles import set_destination, set_vehicles

if TYPE_CHECKING:
    from simulation.compiled.tables import Memory


@compiled
def _announce(world: Memory, facility: int) -> None:
    """Work out the capacity now, factors in the order in which they came, and announce it."""
    here = facilities_at(world, facility)
    factor, units, seen = 1.0, 0, -1
    while True:
        found = -1
        for number in range(world.additions_count):
            one = additions_at(world, number)
            is_next = one.facility == facility and one.sequence > seen
            if is_next and (found < 0 or one.sequence < additions_at(world, found).sequence):
                found = number
        if found < 0:
            break
        seen = additions_at(world, found).sequence
        factor *= additions_at(world, found).factor
        units += additions_at(world, found).units if here.open else 0
    capacity = max(math.floor(here.planned * factor + 1e-9) + units - here.broken, 0)
    if here.kind == kinds.SERVERS:
        set_servers(world, facility, capacity)
    elif here.kind == kinds.PLACES:
        set_places(world, facility, capacity)
    elif here.kind == kinds.BOATS:
        set_boats(world, facility, capacity)
    else:
        set_vehicles(world, facility, capacity)


@inlined
def _add(world: Memory, number: int) -> None:
    one, clock = additions_at(world, number), clock_at(world, 0)
    if one.sequence < 0:
        one.sequence = clock.additions
        clock.additions += 1
    _announce(world, one.facility)


@inlined
def _remove(world: Memory, number: int) -> None:
    one = additions_at(world, number)
    one.sequence = -1
    _announce(world, one.facility)


@inlined
def await_step(world: Memory, number: int) -> None:
    """Wait for the next step of a calendar."""
    one, clock = calendars_at(world, number), clock_at(world, 0)
    while one.next < one.last and calendar_steps_at(world, one.next).time < clock.now:
        one.next += 1
    if one.next < one.last:
        delay = calendar_steps_at(world, one.next).time - clock.now
        after(world, delay, event(kinds.CALENDAR_CHANGES, number))


@inlined
def take_step(world: Memory, number: int) -> None:
    """Take the next value of a calendar."""
    one = calendars_at(world, number)
    here, value = facilities_at(world, one.facility), calendar_steps_at(world, one.next).value
    one.next += 1
    if one.what == kinds.DESTINATION:
        set_destination(world, one.facility, value)
    else:
        if one.what == kinds.GATE:
            here.open = value
        else:
            here.planned = value
        _announce(world, one.facility)
    await_step(world, number)


# Triggers


@compiled
def _holds(world: Memory, number: int) -> bool:
    """Read the condition of a trigger."""
    one, clock = triggers_at(world, number), clock_at(world, 0)
    if one.measured == kinds.LONGEST_WAIT:
        while one.position < clock.rows:
            row = rows_at(world, one.position)
            waits = row.outcome == kinds.WAITING and row.step != kinds.AMBULANCE_BACK
            if waits and row.kept and row.facility == one.watched:
                return clock.now - row.requested > one.above
            one.position += 1
        return one.above < 0.0
    state = states_at(world, facilities_at(world, one.watched).latest)
    if one.measured == kinds.WAITING_PERSONS:
        return state.waiting > one.above
    return state.busy > one.above * state.capacity


@inlined
def watch(world: Memory, number: int) -> None:
    """Watch the condition of a trigger, or wait for its next decision."""
    one, clock = triggers_at(world, number), clock_at(world, 0)
    if one.measured != kinds.FORECAST:
        one.since = np.nan
        after(world, one.every, event(kinds.READING, number))
        return
    while one.decision < one.last_decision and decisions_at(world, one.decision).value < clock.now:
        one.decision += 1
    if one.decision < one.last_decision:
        delay = decisions_at(world, one.decision).value - clock.now
        one.decision += 1
        after(world, delay, event(kinds.DECISION, number))


@inlined
def _note_event(world: Memory, number: int, what: int) -> None:
    clock = clock_at(world, 0)
    entry = events_at(world, clock.events)
    clock.events += 1
    entry.time = clock.now
    entry.trigger = number
    entry.event = what


@inlined
def decide(world: Memory, number: int) -> None:
    """Fire; the capacity comes after the lead time."""
    one = triggers_at(world, number)
    _note_event(world, number, kinds.FIRED)
    lead = lead_times_at(world, number, one.fired).value
    one.fired += 1
    after(world, lead, event(kinds.LEAD_ENDS, number))


@inlined
def read(world: Memory, number: int) -> None:
    """Read the condition; fire when it has been true for long enough."""
    one, clock = triggers_at(world, number), clock_at(world, 0)
    if _holds(world, number):
        if np.isnan(one.since):
            one.since = clock.now
        if clock.now - one.since >= one.held_for - 1e-9:
            decide(world, number)
            return
    else:
        one.since = np.nan
    after(world, one.every, event(kinds.READING, number))


@compiled
def come(world: Memory, number: int) -> None:
    """Put the change into effect until it ends."""
    one, clock = triggers_at(world, number), clock_at(world, 0)
    _note_event(world, number, kinds.CAME)
    one.change += 1
    one.is_over = 0
    step = one.first_step
    while step + 1 < one.last_step and calendar_steps_at(world, step + 1).time <= clock.now:
        step += 1
    additions_at(world, number).units = calendar_steps_at(world, step).value
    _add(world, number)
    one.next_step = one.first_step + 1
    if one.last_step - one.first_step > 1:
        first(world, event(kinds.SHIFTS_BEGIN, number, one.change))
    if one.lasts < math.inf:
        after(world, one.lasts, event(kinds.CHANGE_ENDS, number, one.change))
    if one.measured != kinds.FORECAST and one.false_for < math.inf:
        clearing = clearings_at(world, clock.clearings)
        clearing.trigger = number
        clearing.change = one.change
        clearing.since = np.nan
        first(world, event(kinds.CLEARING_BEGINS, clock.clearings))
        clock.clearings += 1


@inlined
def await_shift(world: Memory, number: int, change: int) -> None:
    """Wait for the next hours in which the added units work."""
    one, clock = triggers_at(world, number), clock_at(world, 0)
    if one.change != change:
        return
    while one.next_step < one.last_step and (
        calendar_steps_at(world, one.next_step).time < clock.now
    ):
        one.next_step += 1
    if one.next_step < one.last_step:
        delay = calendar_steps_at(world, one.next_step).time - clock.now
        after(world, delay, event(kinds.SHIFT_CHANGES, number, change))


@inlined
def change_shift(world: Memory, number: int, change: int) -> None:
    """Change how many of the added units work."""
    one = triggers_at(world, number)
    if one.change != change or one.is_over:
        return
    additions_at(world, number).units = calendar_steps_at(world, one.next_step).value
    one.next_step += 1
    _add(world, number)
    await_shift(world, number, change)


@inlined
def end_change(world: Memory, number: int, change: int) -> None:
    """Have a change end, unless it has ended already."""
    one = triggers_at(world, number)
    if one.change == change and not one.is_over:
        one.is_over = 1
        at_once(world, event(kinds.CHANGE_OVER, number))


@inlined
def change_over(world: Memory, number: int) -> None:
    """Take the change back and watch again."""
    _remove(world, number)
    _note_event(world, number, kinds.ENDED)
    watch(world, number)


@inlined
def await_clear_reading(world: Memory, number: int) -> None:
    """Wait for the next reading that may end a change."""
    every = triggers_at(world, clearings_at(world, number).trigger).every
    after(world, every, event(kinds.CLEAR_READING, number))


@inlined
def read_clear(world: Memory, number: int) -> None:
    """End the change when the condition has been false for long enough."""
    one, clock = clearings_at(world, number), clock_at(world, 0)
    if _holds(world, one.trigger):
        one.since = np.nan
    else:
        if np.isnan(one.since):
            one.since = clock.now
        if clock.now - one.since >= triggers_at(world, one.trigger).false_for - 1e-9:
            end_change(world, one.trigger, one.change)
            return
    await_clear_reading(world, number)


# Breakdowns, losses and mobile teams


@inlined
def _send_crew(world: Memory, number: int) -> None:
    crew = crews_at(world, number)
    if crew.first >= 0 and crew.busy < crew.crews:
        unit = crew.first
        crew.first = units_at(world, unit).next
        crew.busy += 1
        at_once(world, event(kinds.CREW_COMES, unit))


@inlined
def await_failure(world: Memory, number: int) -> None:
    """Work until the next failure."""
    unit = units_at(world, number)
    time = times_to_failure_at(world, unit.failure, number).value
    after(world, time, event(kinds.UNIT_FAILS, number))


@inlined
def fail(world: Memory, number: int) -> None:
    """Fail, and wait for a crew."""
    unit = units_at(world, number)
    facilities_at(world, unit.facility).broken += 1
    _announce(world, unit.facility)
    crew = crews_at(world, unit.crew)
    unit.next = -1
    if crew.first < 0:
        crew.first = number
    else:
        units_at(world, crew.last).next = number
    crew.last = number
    _send_crew(world, unit.crew)


@inlined
def repair(world: Memory, number: int) -> None:
    """Begin the repair."""
    time = repair_times_at(world, units_at(world, number).failure, number).value
    after(world, time, event(kinds.UNIT_REPAIRED, number))


@inlined
def repaired(world: Memory, number: int) -> None:
    """Work again; the crew is free for others when that event has been processed."""
    unit = units_at(world, number)
    crews_at(world, unit.crew).busy -= 1
    at_once(world, event(kinds.CREW_FREE, unit.crew))
    facilities_at(world, unit.facility).broken -= 1
    _announce(world, unit.facility)
    unit.failure += 1
    await_failure(world, number)


@inlined
def crew_free(world: Memory, number: int) -> None:
    """Send the crew to the unit that has waited longest."""
    _send_crew(world, number)


@inlined
def await_loss(world: Memory, number: int) -> None:
    """Wait for a loss that happens in this future."""
    after(world, losses_at(world, number).begins, event(kinds.LOSS_BEGINS, number))


@inlined
def begin_loss(world: Memory, number: int) -> None:
    """Lose what is lost, for a time."""
    loss = losses_at(world, number)
    _add(world, loss.addition)
    if loss.lasts < math.inf:
        after(world, loss.lasts, event(kinds.LOSS_ENDS, number))


@inlined
def end_loss(world: Memory, number: int) -> None:
    """Give back what was lost."""
    _remove(world, losses_at(world, number).addition)


@inlined
def await_visit(world: Memory, number: int) -> None:
    """Wait for the next visit of a mobile team."""
    team = teams_at(world, number)
    if team.visit < team.last:
        delay = team_visits_at(world, team.visit).begins - clock_at(world, 0).now
        after(world, delay, event(kinds.TEAM_COMES, number))


@inlined
def begin_team_visit(world: Memory, number: int) -> None:
    """See patients of a health post until the visit ends."""
    team = teams_at(world, number)
    visit = team_visits_at(world, team.visit)
    additions_at(world, team.addition).facility = visit.facility
    _add(world, team.addition)
    after(world, visit.ends - visit.begins, event(kinds.TEAM_LEAVES, number))


@inlined
def end_team_visit(world: Memory, number: int) -> None:
    """Leave the health post for the next one."""
    team = teams_at(world, number)
    _remove(world, team.addition)
    team.visit += 1
    await_visit(world, number)
