"""Servers of the compiled engine: what :class:`simulation.resources.Servers` does."""

from __future__ import annotations

import numpy as np

from simulation.compiled import kinds
from simulation.compiled.agenda import after, at_once, event
from simulation.compiled.compilation import compiled, inlined
from simulation.compiled.tables import World


@inlined
def note(world: World, facility: int) -> None:
    """Record the state of a facility; the last of an instant is kept."""
    clock, here = world.clock[0], world.facilities[facility]
    latest = here.latest
    if latest < 0 or world.states[latest].time != clock.now:
        latest = here.latest = clock.states
        clock.states += 1
    state = world.states[latest]
    state.time = clock.now
    state.facility = facility
    state.busy = here.busy
    state.waiting = here.waiting
    state.capacity = here.capacity


@inlined
def open_row(
    world: World, group: int, visit: int, persons: int, step: int, facility: int
) -> int:
    """Open a row of the table of steps: a group asks for a step."""
    clock = world.clock[0]
    number = clock.rows
    clock.rows += 1
    row = world.rows[number]
    row.group = group
    row.visit = visit
    row.persons = persons
    row.step = step
    row.facility = facility
    row.acuity = -1
    row.requested = clock.now
    row.started = row.ended = np.nan
    row.left = row.began = 0.0
    row.outcome = kinds.WAITING
    row.order = row.rank = row.line = 0
    row.next = row.again = row.work_next = row.work_prev = -1
    row.first = number
    row.owner = kinds.OWN_WAY
    row.kept = 1
    row.queued = row.triggered = row.processed = row.in_use = row.waits_for = row.met = 0
    row.working = row.stopped = row.stop_seen = row.over = row.over_seen = 0
    row.moving_on = row.given = row.parts = 0
    return number


@inlined
def start(world: World, number: int) -> None:
    """Mark the beginning of a service."""
    row = world.rows[number]
    row.started = world.clock[0].now
    row.outcome = kinds.IN_SERVICE


@inlined
def end(world: World, number: int, outcome: int) -> None:
    """Mark the end of a step and how it came."""
    row = world.rows[number]
    row.ended = world.clock[0].now
    row.outcome = outcome


@inlined
def _enqueue(world: World, number: int) -> None:
    """Queue by class and order; only what is handed over may go before others."""
    row = world.rows[number]
    here = world.facilities[row.facility]
    here.queued += 1
    here.waiting += row.persons
    row.queued = 1
    row.next = -1
    line = world.queues[row.facility, row.rank]
    if line.first < 0:
        line.first = line.last = number
    elif world.rows[line.last].order < row.order:
        world.rows[line.last].next = number
        line.last = number
    elif world.rows[line.first].order > row.order:
        row.next = line.first
        line.first = number
    else:
        before = line.first
        while world.rows[world.rows[before].next].order < row.order:
            before = world.rows[before].next
        row.next = world.rows[before].next
        world.rows[before].next = number


@inlined
def _grant(world: World, number: int) -> None:
    row = world.rows[number]
    here = world.facilities[row.facility]
    here.busy += 1
    row.in_use = 1
    row.triggered = 1
    if here.hands_over:
        row.stopped = row.stop_seen = 0
        row.work_prev = -1
        row.work_next = here.at_work
        if here.at_work >= 0:
            world.rows[here.at_work].work_prev = number
        here.at_work = number
    at_once(world, event(kinds.GRANTED, number))


@inlined
def serve_head(world: World, facility: int) -> None:
    """Give a free server to the head of the queue: one grant per trigger (tie rule 3)."""
    here = world.facilities[facility]
    if here.queued == 0 or here.busy >= here.capacity:
        return
    for rank in range(world.queues.shape[1]):
        line = world.queues[facility, rank]
        while line.first >= 0 and not world.rows[line.first].queued:
            line.first = world.rows[line.first].next
        if line.first >= 0:
            number = line.first
            row = world.rows[number]
            line.first = row.next
            row.queued = 0
            here.queued -= 1
            here.waiting -= row.persons
            _grant(world, number)
            return


@inlined
def _enter(world: World, number: int) -> None:
    facility = world.rows[number].facility
    here = world.facilities[facility]
    if here.queued > 0:
        _enqueue(world, number)
        serve_head(world, facility)
    elif here.busy < here.capacity:
        _grant(world, number)
    else:
        _enqueue(world, number)
    note(world, facility)


@inlined
def request(world: World, number: int, rank: int) -> None:
    """Ask for a server; lower ranks go first, equal ones in order."""
    row = world.rows[number]
    here = world.facilities[row.facility]
    here.asked += 1
    row.order = here.asked
    row.rank = rank
    _enter(world, number)


@inlined
def _stop_working(world: World, number: int) -> None:
    row = world.rows[number]
    here = world.facilities[row.facility]
    here.busy -= 1
    row.in_use = 0
    if here.hands_over:
        if row.work_prev >= 0:
            world.rows[row.work_prev].work_next = row.work_next
        else:
            here.at_work = row.work_next
        if row.work_next >= 0:
            world.rows[row.work_next].work_prev = row.work_prev


@inlined
def _release(world: World, number: int) -> None:
    """Give the server back, or withdraw a request; the queue is served later (tie rule 3)."""
    row = world.rows[number]
    facility = row.facility
    here = world.facilities[facility]
    if not row.triggered:
        row.queued = 0
        here.queued -= 1
        here.waiting -= row.persons
    elif row.in_use:
        _stop_working(world, number)
    if here.queued > 0:
        at_once(world, event(kinds.RELEASED, facility))
    else:
        note(world, facility)


@compiled
def set_servers(world: World, facility: int, capacity: int) -> None:
    """Change the number of servers now."""
    here = world.facilities[facility]
    here.capacity = capacity
    while here.hands_over and here.busy > capacity:
        last = number = here.at_work
        while number >= 0:
            row, latest = world.rows[number], world.rows[last]
            if row.rank > latest.rank or (row.rank == latest.rank and row.order > latest.order):
                last = number
            number = row.work_next
        _stop_working(world, last)
        turn = world.rows[last]
        again = open_row(world, turn.group, turn.visit, turn.persons, turn.step, facility)
        next_turn = world.rows[again]
        next_turn.kept = 0
        next_turn.first = turn.first
        next_turn.owner = turn.owner
        next_turn.rank = turn.rank
        next_turn.order = turn.order
        turn.again = again
        _enter(world, again)
        turn.stopped = 1
        at_once(world, event(kinds.STOPPED, last))
    while here.busy < capacity and here.queued > 0:
        serve_head(world, facility)
    note(world, facility)


@inlined
def work(world: World, number: int, time: float) -> None:
    """Use a server for a time, or until the shift ends when services are handed over."""
    row = world.rows[number]
    if not world.facilities[row.facility].hands_over:
        after(world, time, event(kinds.WORK_ENDS, number))
        return
    row.began = world.clock[0].now
    row.left = time
    row.working = 1
    row.met = 0
    after(world, time, event(kinds.TURN_ENDS, number))
    if row.stop_seen:
        row.met = 1
        at_once(world, event(kinds.TURN_OVER, number))


@inlined
def meet(world: World, number: int, kind: int) -> None:
    """One of two awaited things has come: the condition takes one more hop (tie rule 7)."""
    row = world.rows[number]
    if not row.met:
        row.met = 1
        at_once(world, event(kind, number))


@inlined
def leave(world: World, number: int) -> None:
    """Give back the latest turn of a service, and the first."""
    last = number
    while world.rows[last].triggered and world.rows[last].stopped:
        last = world.rows[last].again
    if last != number:
        _release(world, last)
    _release(world, number)


@inlined
def wait_no_more(world: World, number: int) -> None:
    """Forget what the owner of a service waits for."""
    while number >= 0:
        row = world.rows[number]
        row.waits_for = kinds.NOTHING
        row.working = 0
        number = row.again


@inlined
def turn_over(world: World, number: int) -> bool:
    """Go on after a turn; True when the service is done."""
    clock, row = world.clock[0], world.rows[number]
    row.working = 0
    left = row.left - (clock.now - row.began)
    if not row.stopped or left <= 0:
        return True
    again = row.again
    if world.rows[again].processed:
        work(world, again, left)
    else:
        world.rows[again].left = left
        world.rows[again].waits_for = kinds.NEXT_TURN
    return False
