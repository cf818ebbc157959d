"""Dispatch in the compiled engine: what :class:`simulation.dispatch.Dispatcher` does.

Boats stand for all units of rescue services.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from simulation.calendars import HOURS_PER_DAY
from simulation.compiled import kinds
from simulation.compiled.agenda import event, first
from simulation.compiled.compilation import compiled, inlined
from simulation.compiled.memory import (
    aid_at,
    boats_at,
    callers_at,
    clock_at,
    facilities_at,
    fleets_at,
    groups_at,
    incidents_at,
    offsets_at,
    readiness_at,
    rescues_at,
)
from simulation.compiled.servers import note

if TYPE_CHECKING:
    from simulation.compiled.tables import Memory

# The queue of incidents


@inlined
def matters(world: Memory, number: int) -> bool:
    """Tell whether a boat should go: people wait at a known place, or may be found."""
    incident = incidents_at(world, number)
    if not incident.settled:
        return True
    return not math.isnan(incident.found) and incident.persons_left > 0


@compiled
def queue_up(world: Memory, number: int) -> None:
    """Put an incident at its place in the order of reports."""
    incident = incidents_at(world, number)
    service = rescues_at(world, incident.service)
    before, behind = service.last, -1
    while before >= 0 and incidents_at(world, before).reported > incident.reported:
        behind = before
        before = incidents_at(world, before).previous
    incident.in_queue = 1
    incident.previous = before
    incident.next = behind
    if before >= 0:
        incidents_at(world, before).next = number
    else:
        service.first = number
    if behind >= 0:
        incidents_at(world, behind).previous = number
    else:
        service.last = number


@inlined
def take_out(world: Memory, number: int) -> None:
    """Take an incident out of the queue, wherever it is."""
    incident = incidents_at(world, number)
    service = rescues_at(world, incident.service)
    incident.in_queue = 0
    if incident.previous >= 0:
        incidents_at(world, incident.previous).next = incident.next
    else:
        service.first = incident.next
    if incident.next >= 0:
        incidents_at(world, incident.next).previous = incident.previous
    else:
        service.last = incident.previous


@inlined
def first_in_queue(world: Memory, code: int) -> int:
    """Return the first incident that still matters, or -1; the others are dropped."""
    service = rescues_at(world, code)
    while service.first >= 0 and not matters(world, service.first):
        take_out(world, service.first)
    return service.first


# Dispatch


@compiled
def boats_are_free(world: Memory, code: int) -> None:
    """Send boats that have come free: to own incidents first, then to those of others."""
    dispatch(world, code)
    for number in range(world.aid_count):
        if aid_at(world, number).lender == code:
            dispatch(world, aid_at(world, number).borrower)


@inlined
def _has_free(world: Memory, number: int) -> bool:
    fleet = fleets_at(world, number)
    here = facilities_at(world, fleet.facility)
    return here.busy < here.capacity and (fleet.ready >= 0 or fleet.boats < fleet.known)


@inlined
def _may_lend(world: Memory, number: int, share: float) -> bool:
    fleet = fleets_at(world, number)
    available = facilities_at(world, fleet.facility).capacity
    return fleet.lent < math.floor(share * available + 1e-9)


@inlined
def _readiness(world: Memory, number: int) -> float:
    hour = int(clock_at(world, 0).now % HOURS_PER_DAY)
    return readiness_at(world, number, hour).value


@inlined
def way_to(world: Memory, number: int, incident: int) -> float:
    """Hours from the base of a fleet to an incident."""
    fleet, there = fleets_at(world, number), incidents_at(world, incident)
    if rescues_at(world, there.service).has_positions:
        east, north = fleet.east - there.east, fleet.north - there.north
        return math.sqrt(east * east + north * north) / fleet.speed
    return (there.distance + offsets_at(world, there.service, number).value) / fleet.speed


@inlined
def way_ashore(world: Memory, number: int, incident: int) -> float:
    """Hours of a boat of a fleet from an incident to where its people are landed."""
    fleet, there = fleets_at(world, number), incidents_at(world, incident)
    caller = callers_at(world, there.first_group)
    if not caller.lands:
        return way_to(world, number, incident)
    if rescues_at(world, there.service).has_positions:
        east, north = caller.land_east - there.east, caller.land_north - there.north
        return math.sqrt(east * east + north * north) / fleet.speed
    return (there.distance + caller.land_offset) / fleet.speed


@inlined
def boarding_time(world: Memory, number: int, persons: int, way: float) -> float:
    """Hours to take a group on board, with a round trip for every further load."""
    fleet = fleets_at(world, number)
    shuttles = max(math.ceil(persons / fleet.seats) - 1, 0)
    each = fleet.boarding_per_person * persons
    return fleet.boarding + each + shuttles * (2 * way + fleet.boarding)


@compiled
def _arrival(world: Memory, number: int, incident: int) -> float:
    """Hours until a boat of a fleet would be there; infinite: beyond its endurance."""
    fleet, way = fleets_at(world, number), way_to(world, number, incident)
    if fleet.endurance < math.inf:
        waiting, persons = incidents_at(world, incident), 0
        if waiting.persons_left > 0:
            persons = groups_at(world, waiting.waiting).persons
        back = way_ashore(world, number, incident)
        boards = boarding_time(world, number, persons, back)
        if way + boards + max(back, way) > fleet.endurance:
            return math.inf
    return _readiness(world, number) + way


@compiled
def dispatch(world: Memory, code: int) -> None:
    """Send boats until none is free or nobody waits."""
    service, now = rescues_at(world, code), clock_at(world, 0).now
    passed_over, last_passed_over = -1, -1
    while True:
        is_any_free = False
        for number in range(service.first_fleet, service.last_fleet):
            is_any_free = is_any_free or _has_free(world, number)
        if not is_any_free and service.first_aid == service.last_aid:
            break
        incident = first_in_queue(world, code)
        if incident < 0:
            break
        best, soonest, lend = -1, math.inf, 0
        for number in range(service.first_fleet, service.last_fleet):
            if _has_free(world, number):
                arrival = _arrival(world, number, incident)
                if arrival < soonest:
                    best, soonest = number, arrival
        for agreed in range(service.first_aid, service.last_aid):
            aid = aid_at(world, agreed)
            lender = rescues_at(world, aid.lender)
            is_due = now >= incidents_at(world, incident).reported + aid.after
            if not is_due or first_in_queue(world, aid.lender) >= 0:
                continue
            for number in range(lender.first_fleet, lender.last_fleet):
                if _has_free(world, number) and _may_lend(world, number, aid.share):
                    arrival = _arrival(world, number, incident)
                    if arrival < soonest:
                        best, soonest, lend = number, arrival, 1
        if best >= 0:
            _send(world, best, incident, lend)
            continue
        if not is_any_free:
            break
        take_out(world, incident)
        incidents_at(world, incident).next = -1
        if passed_over < 0:
            passed_over = incident
        else:
            incidents_at(world, last_passed_over).next = incident
        last_passed_over = incident
    while passed_over >= 0:
        following = incidents_at(world, passed_over).next
        queue_up(world, passed_over)
        passed_over = following


@compiled
def _send(world: Memory, number: int, incident: int, lend: int) -> None:
    fleet, clock = fleets_at(world, number), clock_at(world, 0)
    if fleet.ready >= 0:
        code = fleet.ready
        fleet.ready = boats_at(world, code).next
    else:
        code = clock.boats
        clock.boats += 1
        boats_at(world, code).number = fleet.boats
        boats_at(world, code).worked = 0.0
        boats_at(world, code).since = -math.inf
        boats_at(world, code).searches = boats_at(world, code).way = 0
        fleet.boats += 1
    boat = boats_at(world, code)
    if fleet.crew_rest > 0 and clock.now - boat.since >= fleet.crew_rest:
        boat.worked = 0.0
    boat.fleet = number
    boat.rescue = incidents_at(world, incident).service
    boat.is_lent = lend
    boat.heading = -1
    fleet.lent += lend
    boat.ordered = clock.now
    boat.ready = _readiness(world, number)
    boat.searched = 0.0
    boat.sent_to = boat.incident = incident
    boat.load = 0
    boat.first_aboard = boat.last_aboard = boat.calls = -1
    facilities_at(world, fleet.facility).busy += 1
    assign(world, incident, fleet.seats)
    note(world, fleet.facility)
    first(world, event(kinds.TRIP_BEGINS, code))


@inlined
def assign(world: Memory, number: int, seats: int) -> None:
    """Count a boat with so many seats that goes to an incident."""
    incident = incidents_at(world, number)
    if math.isnan(incident.dispatched):
        incident.dispatched = clock_at(world, 0).now
    incident.units += 1
    incident.seats += seats
    enough = incident.seats >= incident.persons_left
    if enough or incident.units >= rescues_at(world, incident.service).most_units:
        take_out(world, number)


@compiled
def set_boats(world: Memory, facility: int, boats: int) -> None:
    """Change the number of boats in service now."""
    here = facilities_at(world, facility)
    fleet = fleets_at(world, here.number)
    here.capacity = boats
    fleet.known = max(fleet.known, boats)
    note(world, facility)
    boats_are_free(world, fleet.rescue)
