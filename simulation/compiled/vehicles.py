"""Vehicles of the compiled engine: what :class:`simulation.transport.TransportService` does."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from simulation.compiled import kinds
from simulation.compiled.agenda import after, at_once, event
from simulation.compiled.compilation import compiled, inlined
from simulation.compiled.memory import (
    clock_at,
    destination_stays_at,
    facilities_at,
    groups_at,
    mobilizations_at,
    rows_at,
    transports_at,
)
from simulation.compiled.servers import end, note, start

if TYPE_CHECKING:
    from simulation.compiled.tables import Memory


@inlined
def ask_for_seats(world: Memory, transport: int, row: int) -> None:
    """Queue for seats; the row is that of the step."""
    here, party = facilities_at(world, transport), rows_at(world, row)
    party.queued = 1
    groups_at(world, party.group).seats = party.persons
    if here.last >= 0:
        rows_at(world, here.last).next = row
    else:
        here.first = row
    here.last = row
    here.waiting += party.persons
    note(world, transport)
    one = transports_at(world, here.number)
    if one.on_demand or one.is_limited:
        clock_at(world, 0).burst += party.persons
    if one.on_demand:
        if one.longest_wait < math.inf:
            after(world, one.longest_wait, event(kinds.VEHICLE_IS_DUE, row, transport))
        call(world, transport)
    elif one.ready_at == math.inf:
        one.ready_at = clock_at(world, 0).now + mobilizations_at(world, here.number, 0).value


@compiled
def leave_queue(world: Memory, number: int) -> None:
    """Leave the queue for seats because nobody is left."""
    row = rows_at(world, number)
    if row.queued:
        _give_up_seats(world, number, groups_at(world, row.group).seats)
        _unlink(world, number)
        end(world, number, kinds.DIED)
        note(world, row.facility)


@compiled
def free_seat(world: Memory, number: int) -> None:
    """Give up the seat of a member who died; when all others have left, the group has."""
    row = rows_at(world, number)
    if not row.queued:
        return
    group = groups_at(world, row.group)
    group.seats -= 1
    _give_up_seats(world, number, 1)
    if group.seats == 0:
        _unlink(world, number)
        start(world, number)
        end(world, number, kinds.SERVED)
        at_once(world, event(kinds.SEATED, number))
    note(world, row.facility)
    call(world, row.facility)


@inlined
def _give_up_seats(world: Memory, number: int, seats: int) -> None:
    here = facilities_at(world, rows_at(world, number).facility)
    here.waiting -= seats
    one = transports_at(world, here.number)
    if one.on_demand or one.is_limited:
        clock_at(world, 0).burst -= seats


@inlined
def _unlink(world: Memory, number: int) -> None:
    row = rows_at(world, number)
    here = facilities_at(world, row.facility)
    before = -1
    if here.first == number:
        here.first = row.next
    else:
        before = here.first
        while rows_at(world, before).next != number:
            before = rows_at(world, before).next
        rows_at(world, before).next = row.next
    if here.last == number:
        here.last = before
    row.queued = 0
    row.next = -1


# On demand


@inlined
def is_due(world: Memory, number: int, transport: int) -> None:
    """Note that a party has waited too long for a full vehicle."""
    row = rows_at(world, number)
    if row.queued:
        row.given = kinds.DUE
        call(world, transport)


@compiled
def call(world: Memory, transport: int) -> None:
    """Call as many vehicles as can be filled, or as somebody has waited too long for."""
    here = facilities_at(world, transport)
    one = transports_at(world, here.number)
    if not one.on_demand or here.capacity <= here.busy + one.called:
        return
    free = one.places - one.there
    total, due = 0, False
    number = here.first
    while number >= 0:
        row = rows_at(world, number)
        persons = groups_at(world, row.group).seats
        due = due or (row.given == kinds.DUE and min(persons, here.seats) <= free)
        if persons <= free - total or persons > here.seats:
            total += min(persons, max(free - total, 0))
        number = row.next
    while here.capacity > here.busy + one.called:
        if total - one.called * here.seats < here.seats and not (due and one.called == 0):
            return
        one.called += 1
        lag = mobilizations_at(world, here.number, one.calls).value
        one.calls += 1
        clock = clock_at(world, 0)
        clock.vehicles_called = max(clock.vehicles_called, one.calls)
        after(world, lag, event(kinds.VEHICLE_READY, transport))


@compiled
def leave_with_a_vehicle(world: Memory, transport: int) -> None:
    """Have a vehicle that was called and stands ready leave with those who wait."""
    here = facilities_at(world, transport)
    transports_at(world, here.number).called -= 1
    if here.capacity > here.busy:
        _board(world, transport, here.seats, here.seats)
    note(world, transport)
    call(world, transport)


# On a timetable


@inlined
def await_first(world: Memory, transport: int) -> None:
    """Wait for the first departure."""
    after(world, facilities_at(world, transport).departs_at, event(kinds.DEPARTURE, transport))


@compiled
def depart(world: Memory, transport: int) -> None:
    """Leave with as many waiting groups as have seats; the next departure follows."""
    here = facilities_at(world, transport)
    if clock_at(world, 0).now >= transports_at(world, here.number).ready_at:
        seats = max(here.capacity - here.busy, 0) * here.seats
        _board(world, transport, seats, here.capacity * here.seats)
    note(world, transport)
    after(world, here.every, event(kinds.DEPARTURE, transport))


# The way


@compiled
def _board(world: Memory, transport: int, seats: int, in_parts_above: int) -> None:
    here = facilities_at(world, transport)
    one = transports_at(world, here.number)
    boarded, kept, loaded, last_loaded = 0, -1, -1, -1
    number = here.first
    while number >= 0 and seats > 0:
        row = rows_at(world, number)
        following = row.next
        group = groups_at(world, row.group)
        room = min(seats, one.places - one.there)
        in_parts = kept < 0 and group.seats > in_parts_above
        if room <= 0 or (group.seats > room and not in_parts):
            kept, number = number, following
            continue
        board = min(group.seats, room)
        seats -= board
        boarded += board
        group.seats -= board
        if one.is_limited:
            _occupy(world, transport, row.group, board)
        if group.seats > 0:
            kept, number = number, following
            continue
        if kept >= 0:
            rows_at(world, kept).next = following
        else:
            here.first = following
        if here.last == number:
            here.last = kept
        start(world, number)
        row.queued = 0
        row.next = -1
        if last_loaded >= 0:
            rows_at(world, last_loaded).next = number
        else:
            loaded = number
        last_loaded = number
        at_once(world, event(kinds.SEATED, number))
        number = following
    if boarded > 0:
        here.waiting -= boarded
        if one.on_demand or one.is_limited:
            clock_at(world, 0).burst -= boarded
        used = (boarded + here.seats - 1) // here.seats
        here.busy += used
        after(world, here.travel, event(kinds.TRIP_ARRIVES, loaded + 1))
        after(world, here.round_trip, event(kinds.TRIP_IS_BACK, transport, used))


@inlined
def _occupy(world: Memory, transport: int, group: int, persons: int) -> None:
    """Take places at the destination from now on, until the stay there is over."""
    here = facilities_at(world, transport)
    one = transports_at(world, here.number)
    one.there += persons
    if one.has_stay:
        stay = destination_stays_at(world, here.number, group).value
        after(world, here.travel + stay, event(kinds.DESTINATION_FREE, transport, persons))


@inlined
def free_at_destination(world: Memory, transport: int, persons: int) -> None:
    """Have places at the destination free again."""
    transports_at(world, facilities_at(world, transport).number).there -= persons
    call(world, transport)


@inlined
def set_destination(world: Memory, transport: int, places: int) -> None:
    """Change the number of places at the destination now."""
    transports_at(world, facilities_at(world, transport).number).places = places
    call(world, transport)


@inlined
def trip_arrives(world: Memory, loaded: int) -> None:
    """End the step of all on board."""
    while loaded >= 0:
        end(world, loaded, kinds.SERVED)
        loaded = rows_at(world, loaded).next


@inlined
def trip_is_back(world: Memory, transport: int, used: int) -> None:
    """Have vehicles ready to leave again."""
    facilities_at(world, transport).busy -= used
    note(world, transport)
    call(world, transport)


@compiled
def set_vehicles(world: Memory, transport: int, vehicles: int) -> None:
    """Change the number of vehicles now."""
    facilities_at(world, transport).capacity = vehicles
    note(world, transport)
    call(world, transport)
