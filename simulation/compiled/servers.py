"""Servers of the compiled engine: what :class:`simulation.resources.Servers` does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simulation.compiled import kinds
from simulation.compiled.agenda import after, at_once, event
from simulation.compiled.compilation import compiled, inlined
from simulation.compiled.memory import clock_at, facilities_at, queues_at, rows_at, states_at

if TYPE_CHECKING:
    from simulation.compiled.tables import Memory


@inlined
def note(world: Memory, facility: int) -> None:
    """Record the state of a facility; the last of an instant is kept."""
    clock, here = clock_at(world, 0), facilities_at(world, facility)
    latest = here.latest
    if latest < 0 or states_at(world, latest).time != clock.now:
        latest = here.latest = clock.states
        clock.states += 1
    state = states_at(world, latest)
    state.time = clock.now
    state.facility = facility
    state.busy = here.busy
    state.waiting = here.waiting
    state.capacity = here.capacity


@inlined
def open_row(world: Memory, group: int, visit: int, persons: int, step: int, facility: int) -> int:
    """Open a row of the table of steps: a group asks for a step."""
    clock = clock_at(world, 0)
    number = clock.rows
    clock.rows += 1
    row = rows_at(world, number)
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
    row.moving_on = row.given = row.parts = row.interrupted = row.paused = 0
    return number


@inlined
def start(world: Memory, number: int) -> None:
    """Mark the beginning of a service."""
    row = rows_at(world, number)
    row.started = clock_at(world, 0).now
    row.outcome = kinds.IN_SERVICE


@inlined
def end(world: Memory, number: int, outcome: int) -> None:
    """Mark the end of a step and how it came."""
    row = rows_at(world, number)
    row.ended = clock_at(world, 0).now
    row.outcome = outcome


@inlined
def _enqueue(world: Memory, number: int) -> None:
    """Queue by class and order; only what is handed over may go before others."""
    row = rows_at(world, number)
    here = facilities_at(world, row.facility)
    clock_at(world, 0).queued += 1
    here.queued += 1
    here.waiting += row.persons
    row.queued = 1
    row.next = -1
    line = queues_at(world, row.facility, row.rank)
    if line.first < 0:
        line.first = line.last = number
    elif rows_at(world, line.last).order < row.order:
        rows_at(world, line.last).next = number
        line.last = number
    elif rows_at(world, line.first).order > row.order:
        row.next = line.first
        line.first = number
    else:
        before = line.first
        while rows_at(world, rows_at(world, before).next).order < row.order:
            before = rows_at(world, before).next
        row.next = rows_at(world, before).next
        rows_at(world, before).next = number


@inlined
def _grant(world: Memory, number: int) -> None:
    row = rows_at(world, number)
    here = facilities_at(world, row.facility)
    here.busy += 1
    row.in_use = 1
    row.triggered = 1
    if here.stops:
        clock_at(world, 0).at_work += 1
        row.stopped = row.stop_seen = 0
        row.work_prev = -1
        row.work_next = here.at_work
        if here.at_work >= 0:
            rows_at(world, here.at_work).work_prev = number
        here.at_work = number
    at_once(world, event(kinds.GRANTED, number))


@inlined
def _head(world: Memory, facility: int) -> int:
    """Return who is first in the queue, without those who have left it."""
    for rank in range(world.queues_width):
        line = queues_at(world, facility, rank)
        while line.first >= 0 and not rows_at(world, line.first).queued:
            line.first = rows_at(world, line.first).next
        if line.first >= 0:
            return int(line.first)
    return -1


@inlined
def _leave_queue(world: Memory, number: int) -> None:
    row = rows_at(world, number)
    here = facilities_at(world, row.facility)
    row.queued = 0
    here.queued -= 1
    here.waiting -= row.persons
    clock_at(world, 0).queued -= 1


@inlined
def _serve(world: Memory, number: int) -> None:
    """Give a server to who is first in the queue."""
    row = rows_at(world, number)
    queues_at(world, row.facility, row.rank).first = row.next
    _leave_queue(world, number)
    _grant(world, number)


@inlined
def serve_head(world: Memory, facility: int) -> None:
    """Give a free server to the head of the queue: one grant per trigger (tie rule 3)."""
    here = facilities_at(world, facility)
    if here.queued > 0 and here.busy < here.capacity:
        _serve(world, _head(world, facility))


@inlined
def _enter(world: Memory, number: int) -> None:
    facility = rows_at(world, number).facility
    here = facilities_at(world, facility)
    if here.queued > 0:
        _enqueue(world, number)
        serve_head(world, facility)
    elif here.busy < here.capacity:
        _grant(world, number)
    else:
        _enqueue(world, number)
    note(world, facility)


@inlined
def _stop_working(world: Memory, number: int) -> None:
    row = rows_at(world, number)
    here = facilities_at(world, row.facility)
    here.busy -= 1
    row.in_use = 0
    if here.stops:
        clock_at(world, 0).at_work -= 1
        if row.work_prev >= 0:
            rows_at(world, row.work_prev).work_next = row.work_next
        else:
            here.at_work = row.work_next
        if row.work_next >= 0:
            rows_at(world, row.work_next).work_prev = row.work_prev


@inlined
def _last_at_work(world: Memory, facility: int) -> int:
    """Return the latest request of the least urgent class that is being served."""
    last = number = facilities_at(world, facility).at_work
    while number >= 0:
        row, latest = rows_at(world, number), rows_at(world, last)
        if row.rank > latest.rank or (row.rank == latest.rank and row.order > latest.order):
            last = number
        number = row.work_next
    return int(last)


@inlined
def _stop(world: Memory, number: int) -> None:
    """Take the server from a service; what is left of it asks again with its old order."""
    _stop_working(world, number)
    turn = rows_at(world, number)
    again = open_row(world, turn.group, turn.visit, turn.persons, turn.step, turn.facility)
    next_turn = rows_at(world, again)
    next_turn.kept = 0
    next_turn.first = turn.first
    next_turn.owner = turn.owner
    next_turn.rank = turn.rank
    next_turn.order = turn.order
    turn.again = again
    _enter(world, again)
    turn.stopped = 1
    at_once(world, event(kinds.STOPPED, number))


@compiled
def _interrupt(world: Memory, facility: int) -> None:
    """Give those at the head of the queue who interrupt the servers of less urgent services."""
    here = facilities_at(world, facility)
    while here.queued > 0 and here.at_work >= 0 and here.busy >= here.capacity:
        head, last = _head(world, facility), _last_at_work(world, facility)
        rank = rows_at(world, head).rank
        if rank >= here.interrupting or rank >= rows_at(world, last).rank:
            return
        _serve(world, head)
        rows_at(world, last).interrupted = 1
        _stop(world, last)


@inlined
def request(world: Memory, number: int, rank: int) -> None:
    """Ask for a server; lower ranks go first, equal ones in order."""
    row = rows_at(world, number)
    here = facilities_at(world, row.facility)
    here.asked += 1
    row.order = here.asked
    row.rank = rank
    _enter(world, number)
    if rank < here.interrupting:
        _interrupt(world, row.facility)


@compiled
def promote(world: Memory, number: int, rank: int) -> None:
    """Move a request to a more urgent class; one that waits keeps its order there."""
    last = number
    while rows_at(world, last).triggered and rows_at(world, last).stopped:
        last = rows_at(world, last).again
    row = rows_at(world, last)
    if row.triggered:  # served in this very instant
        row.rank = rank
        return
    _unlink(world, last)
    _leave_queue(world, last)
    row.rank = rank
    _enqueue(world, last)
    if rank < facilities_at(world, row.facility).interrupting:
        _interrupt(world, row.facility)


@inlined
def _unlink(world: Memory, number: int) -> None:
    row = rows_at(world, number)
    line = queues_at(world, row.facility, row.rank)
    before = line.first
    if before == number:
        line.first = row.next
        return
    while rows_at(world, before).next != number:
        before = rows_at(world, before).next
    rows_at(world, before).next = row.next
    if line.last == number:
        line.last = before


@inlined
def _release(world: Memory, number: int) -> None:
    """Give the server back, or withdraw a request; the queue is served later (tie rule 3)."""
    row = rows_at(world, number)
    facility = row.facility
    here = facilities_at(world, facility)
    if not row.triggered:
        _leave_queue(world, number)
    elif row.in_use:
        _stop_working(world, number)
    if here.queued > 0:
        at_once(world, event(kinds.RELEASED, facility))
    else:
        note(world, facility)


@compiled
def set_servers(world: Memory, facility: int, capacity: int) -> None:
    """Change the number of servers now."""
    here = facilities_at(world, facility)
    here.capacity = capacity
    while here.hands_over and here.busy > capacity:
        _stop(world, _last_at_work(world, facility))
    while here.busy < capacity and here.queued > 0:
        serve_head(world, facility)
    if here.interrupting > 0:
        _interrupt(world, facility)
    note(world, facility)


@inlined
def work(world: Memory, number: int, time: float) -> None:
    """Use a server for a time, or until the shift ends when services are handed over."""
    row = rows_at(world, number)
    if not facilities_at(world, row.facility).stops:
        after(world, time, event(kinds.WORK_ENDS, number))
        return
    row.began = clock_at(world, 0).now
    row.left = time
    row.working = 1
    row.met = 0
    after(world, time, event(kinds.TURN_ENDS, number))
    if row.stop_seen:
        row.met = 1
        at_once(world, event(kinds.TURN_OVER, number))


@inlined
def resume(world: Memory, number: int, left: float) -> None:
    """Go on with what is left of a service."""
    rows_at(world, number).started = clock_at(world, 0).now
    work(world, number, left)


@inlined
def meet(world: Memory, number: int, kind: int) -> None:
    """One of two awaited things has come: the condition takes one more hop (tie rule 7)."""
    row = rows_at(world, number)
    if not row.met:
        row.met = 1
        at_once(world, event(kind, number))


@inlined
def leave(world: Memory, number: int) -> None:
    """Give back the latest turn of a service, and the first."""
    last = number
    while rows_at(world, last).triggered and rows_at(world, last).stopped:
        last = rows_at(world, last).again
    if last != number:
        _release(world, last)
    _release(world, number)


@inlined
def wait_no_more(world: Memory, number: int) -> None:
    """Forget what the owner of a service waits for."""
    while number >= 0:
        row = rows_at(world, number)
        row.waits_for = kinds.NOTHING
        row.working = 0
        number = row.again


@inlined
def turn_over(world: Memory, number: int) -> bool:
    """Go on after a turn; True when the service is done."""
    clock, row = clock_at(world, 0), rows_at(world, number)
    row.working = 0
    left = row.left - (clock.now - row.began)
    if not row.stopped or left <= 0 or row.began + row.left <= clock.now:
        return True
    again = row.again
    if row.interrupted:
        rows_at(world, again).paused = 1
        rows_at(world, again).acuity = rows_at(world, row.first).acuity
    if rows_at(world, again).processed:
        resume(world, again, left)
    else:
        rows_at(world, again).left = left
        rows_at(world, again).waits_for = kinds.NEXT_TURN
    return False
