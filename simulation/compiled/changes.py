"""Changing capacities in the compiled engine: calendars, triggers, breakdowns, losses.

What :mod:`simulation.capacities` and :mod:`simulation.triggers` do.
"""

from __future__ import annotations

import math

import numpy as np

from simulation.compiled import kinds
from simulation.compiled.agenda import after, at_once, event, first
from simulation.compiled.compilation import compiled, inlined
from simulation.compiled.places import set_places
from simulation.compiled.servers import set_servers
from simulation.compiled.tables import World
from simulation.compiled.vehicles import set_vehicles


@compiled
def _announce(world: World, facility: int) -> None:
    """Work out the capacity now, factors in the order in which they came, and announce it."""
    here = world.facilities[facility]
    factor, units, seen = 1.0, 0, -1
    while True:
        found = -1
        for number in range(world.additions.shape[0]):
            one = world.additions[number]
            if one.facility == facility and one.sequence > seen:
                if found < 0 or one.sequence < world.additions[found].sequence:
                    found = number
        if found < 0:
            break
        seen = world.additions[found].sequence
        factor *= world.additions[found].factor
        units += world.additions[found].units
    capacity = max(math.floor(here.planned * factor + 1e-9) + units - here.broken, 0)
    if here.kind == kinds.SERVERS:
        set_servers(world, facility, capacity)
    elif here.kind == kinds.PLACES:
        set_places(world, facility, capacity)
    else:
        set_vehicles(world, facility, capacity)


@inlined
def _add(world: World, number: int) -> None:
    one, clock = world.additions[number], world.clock[0]
    if one.sequence < 0:
        one.sequence = clock.additions
        clock.additions += 1
    _announce(world, one.facility)


@inlined
def _remove(world: World, number: int) -> None:
    one = world.additions[number]
    one.sequence = -1
    _announce(world, one.facility)


@inlined
def await_step(world: World, number: int) -> None:
    """Wait for the next step of a calendar."""
    one, clock = world.calendars[number], world.clock[0]
    while one.next < one.last and world.calendar_steps[one.next].time < clock.now:
        one.next += 1
    if one.next < one.last:
        delay = world.calendar_steps[one.next].time - clock.now
        after(world, delay, event(kinds.CALENDAR_CHANGES, number))


@inlined
def take_step(world: World, number: int) -> None:
    """Take the next value of a calendar."""
    one = world.calendars[number]
    world.facilities[one.facility].planned = world.calendar_steps[one.next].value
    one.next += 1
    _announce(world, one.facility)
    await_step(world, number)


# Triggers


@compiled
def _holds(world: World, number: int) -> bool:
    """Read the condition of a trigger."""
    one, clock = world.triggers[number], world.clock[0]
    if one.measured == kinds.LONGEST_WAIT:
        while one.position < clock.rows:
            row = world.rows[one.position]
            if row.kept and row.facility == one.watched and row.outcome == kinds.WAITING:
                return clock.now - row.requested > one.above
            one.position += 1
        return 0.0 > one.above
    state = world.states[world.facilities[one.watched].latest]
    if one.measured == kinds.WAITING_PERSONS:
        return state.waiting > one.above
    return state.busy > one.above * state.capacity


@inlined
def watch(world: World, number: int) -> None:
    """Watch the condition of a trigger, or wait for its next decision."""
    one, clock = world.triggers[number], world.clock[0]
    if one.measured != kinds.FORECAST:
        one.since = np.nan
        after(world, one.every, event(kinds.READING, number))
        return
    while one.decision < one.last_decision and world.decisions[one.decision] < clock.now:
        one.decision += 1
    if one.decision < one.last_decision:
        delay = world.decisions[one.decision] - clock.now
        one.decision += 1
        after(world, delay, event(kinds.DECISION, number))


@inlined
def _note_event(world: World, number: int, what: int) -> None:
    clock = world.clock[0]
    entry = world.events[clock.events]
    clock.events += 1
    entry.time = clock.now
    entry.trigger = number
    entry.event = what


@inlined
def decide(world: World, number: int) -> None:
    """Fire; the capacity comes after the lead time."""
    one = world.triggers[number]
    _note_event(world, number, kinds.FIRED)
    lead = world.lead_times[number, one.fired]
    one.fired += 1
    after(world, lead, event(kinds.LEAD_ENDS, number))


@inlined
def read(world: World, number: int) -> None:
    """Read the condition; fire when it has been true for long enough."""
    one, clock = world.triggers[number], world.clock[0]
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
def come(world: World, number: int) -> None:
    """Put the change into effect until it ends."""
    one, clock = world.triggers[number], world.clock[0]
    _note_event(world, number, kinds.CAME)
    one.change += 1
    one.is_over = 0
    step = one.first_step
    while step + 1 < one.last_step and world.calendar_steps[step + 1].time <= clock.now:
        step += 1
    world.additions[number].units = world.calendar_steps[step].value
    _add(world, number)
    one.next_step = one.first_step + 1
    if one.last_step - one.first_step > 1:
        first(world, event(kinds.SHIFTS_BEGIN, number, one.change))
    if one.lasts < math.inf:
        after(world, one.lasts, event(kinds.CHANGE_ENDS, number, one.change))
    if one.measured != kinds.FORECAST and one.false_for < math.inf:
        clearing = world.clearings[clock.clearings]
        clearing.trigger = number
        clearing.change = one.change
        clearing.since = np.nan
        first(world, event(kinds.CLEARING_BEGINS, clock.clearings))
        clock.clearings += 1


@inlined
def await_shift(world: World, number: int, change: int) -> None:
    """Wait for the next hours in which the added units work."""
    one, clock = world.triggers[number], world.clock[0]
    if one.change != change:
        return
    while one.next_step < one.last_step and (
        world.calendar_steps[one.next_step].time < clock.now
    ):
        one.next_step += 1
    if one.next_step < one.last_step:
        delay = world.calendar_steps[one.next_step].time - clock.now
        after(world, delay, event(kinds.SHIFT_CHANGES, number, change))


@inlined
def change_shift(world: World, number: int, change: int) -> None:
    """Change how many of the added units work."""
    one = world.triggers[number]
    if one.change != change or one.is_over:
        return
    world.additions[number].units = world.calendar_steps[one.next_step].value
    one.next_step += 1
    _add(world, number)
    await_shift(world, number, change)


@inlined
def end_change(world: World, number: int, change: int) -> None:
    """Have a change end, unless it has ended already."""
    one = world.triggers[number]
    if one.change == change and not one.is_over:
        one.is_over = 1
        at_once(world, event(kinds.CHANGE_OVER, number))


@inlined
def change_over(world: World, number: int) -> None:
    """Take the change back and watch again."""
    _remove(world, number)
    _note_event(world, number, kinds.ENDED)
    watch(world, number)


@inlined
def await_clear_reading(world: World, number: int) -> None:
    """Wait for the next reading that may end a change."""
    every = world.triggers[world.clearings[number].trigger].every
    after(world, every, event(kinds.CLEAR_READING, number))


@inlined
def read_clear(world: World, number: int) -> None:
    """End the change when the condition has been false for long enough."""
    one, clock = world.clearings[number], world.clock[0]
    if _holds(world, one.trigger):
        one.since = np.nan
    else:
        if np.isnan(one.since):
            one.since = clock.now
        if clock.now - one.since >= world.triggers[one.trigger].false_for - 1e-9:
            end_change(world, one.trigger, one.change)
            return
    await_clear_reading(world, number)


# Breakdowns and losses


@inlined
def _send_crew(world: World, number: int) -> None:
    crew = world.crews[number]
    if crew.first >= 0 and crew.busy < crew.crews:
        unit = crew.first
        crew.first = world.units[unit].next
        crew.busy += 1
        at_once(world, event(kinds.CREW_COMES, unit))


@inlined
def await_failure(world: World, number: int) -> None:
    """Work until the next failure."""
    unit = world.units[number]
    time = world.times_to_failure[unit.failure, number]
    after(world, time, event(kinds.UNIT_FAILS, number))


@inlined
def fail(world: World, number: int) -> None:
    """Fail, and wait for a crew."""
    unit = world.units[number]
    world.facilities[unit.facility].broken += 1
    _announce(world, unit.facility)
    crew = world.crews[unit.crew]
    unit.next = -1
    if crew.first < 0:
        crew.first = number
    else:
        world.units[crew.last].next = number
    crew.last = number
    _send_crew(world, unit.crew)


@inlined
def repair(world: World, number: int) -> None:
    """Begin the repair."""
    time = world.repair_times[world.units[number].failure, number]
    after(world, time, event(kinds.UNIT_REPAIRED, number))


@inlined
def repaired(world: World, number: int) -> None:
    """Work again; the crew is free for others when that event has been processed."""
    unit = world.units[number]
    world.crews[unit.crew].busy -= 1
    at_once(world, event(kinds.CREW_FREE, unit.crew))
    world.facilities[unit.facility].broken -= 1
    _announce(world, unit.facility)
    unit.failure += 1
    await_failure(world, number)


@inlined
def crew_free(world: World, number: int) -> None:
    """Send the crew to the unit that has waited longest."""
    _send_crew(world, number)


@inlined
def await_loss(world: World, number: int) -> None:
    """Wait for a loss that happens in this future."""
    after(world, world.losses[number].begins, event(kinds.LOSS_BEGINS, number))


@inlined
def begin_loss(world: World, number: int) -> None:
    """Lose what is lost, for a time."""
    loss = world.losses[number]
    _add(world, loss.addition)
    if loss.lasts < math.inf:
        after(world, loss.lasts, event(kinds.LOSS_ENDS, number))


@inlined
def end_loss(world: World, number: int) -> None:
    """Give back what was lost."""
    _remove(world, world.losses[number].addition)
