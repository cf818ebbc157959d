"""Calls and dispatch of the compiled engine: what ``RescueService`` and ``Dispatcher`` do in SimPy.

Boats stand for all units of rescue services. One boat goes to an incident at a time.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from simulation.calendars import HOURS_PER_DAY
from simulation.compiled import kinds
from simulation.compiled.agenda import event, first
from simulation.compiled.compilation import compiled, inlined
from simulation.compiled.memory import (
    boats_at,
    callers_at,
    clock_at,
    facilities_at,
    fleets_at,
    groups_at,
    incidents_at,
    readiness_at,
    rescues_at,
    rows_at,
)
from simulation.compiled.servers import leave, note, open_row, request, work

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
def take_first(world: Memory, code: int) -> int:
    """Take the first incident out."""
    service = rescues_at(world, code)
    number = service.first
    incident = incidents_at(world, number)
    service.first = incident.next
    if incident.next >= 0:
        incidents_at(world, incident.next).previous = -1
    else:
        service.last = -1
    return number


@inlined
def first_in_queue(world: Memory, code: int) -> int:
    """Return the first incident that still matters, or -1; the others are dropped."""
    service = rescues_at(world, code)
    while service.first >= 0 and not matters(world, service.first):
        take_first(world, code)
    return service.first


# Dispatch


@inlined
def take_call(world: Memory, number: int) -> None:
    """Take a call, or have it wait for an officer."""
    incident = incidents_at(world, number)
    if incident.gone:
        return
    incident.alerted = clock_at(world, 0).now
    if rescues_at(world, incident.service).officers < 0:
        _report(world, number)
    else:
        first(world, event(kinds.CALL_BEGINS, number))


@inlined
def begin_call(world: Memory, number: int) -> None:
    """Wait for an officer; the row of the request is no step of the group."""
    incident = incidents_at(world, number)
    officers = rescues_at(world, incident.service).officers
    code = open_row(world, incident.first_group, 0, 1, kinds.RESCUE, officers)
    row = rows_at(world, code)
    row.kept = 0
    row.owner = kinds.A_CALL
    row.line = number
    row.waits_for = kinds.TURN
    request(world, code, 0)


@inlined
def answer(world: Memory, code: int) -> None:
    """Have an officer busy with a call."""
    incident = incidents_at(world, rows_at(world, code).line)
    work(world, code, callers_at(world, incident.first_group).call_time)


@inlined
def call_answered(world: Memory, code: int) -> None:
    """Free the officer and report the incident, unless nobody waits any more."""
    number = rows_at(world, code).line
    leave(world, code)
    if not incidents_at(world, number).gone:
        _report(world, number)


@compiled
def _report(world: Memory, number: int) -> None:
    """Take a report: boats are sent as soon as there are some."""
    incident = incidents_at(world, number)
    incident.reported = clock_at(world, 0).now
    queue_up(world, number)
    dispatch(world, incident.service)


@inlined
def _has_free(world: Memory, number: int) -> bool:
    fleet = fleets_at(world, number)
    here = facilities_at(world, fleet.facility)
    return here.busy < here.capacity and (fleet.ready >= 0 or fleet.boats < fleet.known)


@inlined
def _readiness(world: Memory, number: int) -> float:
    hour = int(clock_at(world, 0).now % HOURS_PER_DAY)
    return readiness_at(world, number, hour).value


@inlined
def way_to(world: Memory, number: int, incident: int) -> float:
    """Hours from the base of a fleet to an incident."""
    fleet, there = fleets_at(world, number), incidents_at(world, incident)
    if rescues_at(world, fleet.rescue).has_positions:
        east, north = fleet.east - there.east, fleet.north - there.north
        return math.sqrt(east * east + north * north) / fleet.speed
    return (there.distance + fleet.offset) / fleet.speed


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
        boards = boarding_time(world, number, persons, way)
        if way + boards + way > fleet.endurance:
            return math.inf
    return _readiness(world, number) + way


@compiled
def dispatch(world: Memory, code: int) -> None:
    """Send boats until none is free or nobody waits."""
    service = rescues_at(world, code)
    passed_over, last_passed_over = -1, -1
    while True:
        is_any_free = False
        for number in range(service.first_fleet, service.last_fleet):
            is_any_free = is_any_free or _has_free(world, number)
        if not is_any_free:
            break
        incident = first_in_queue(world, code)
        if incident < 0:
            break
        best, soonest = -1, math.inf
        for number in range(service.first_fleet, service.last_fleet):
            if _has_free(world, number):
                arrival = _arrival(world, number, incident)
                if arrival < soonest:
                    best, soonest = number, arrival
        take_first(world, code)
        if best >= 0:
            _send(world, best, incident)
            continue
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
def _send(world: Memory, number: int, incident: int) -> None:
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
        boats_at(world, code).searches = 0
        fleet.boats += 1
    boat = boats_at(world, code)
    if fleet.crew_rest > 0 and clock.now - boat.since >= fleet.crew_rest:
        boat.worked = 0.0
    boat.fleet = number
    boat.ordered = clock.now
    boat.ready = _readiness(world, number)
    boat.searched = 0.0
    boat.sent_to = boat.incident = incident
    boat.load = 0
    boat.first_aboard = boat.last_aboard = boat.calls = -1
    facilities_at(world, fleet.facility).busy += 1
    if math.isnan(incidents_at(world, incident).dispatched):
        incidents_at(world, incident).dispatched = clock.now
    note(world, fleet.facility)
    first(world, event(kinds.TRIP_BEGINS, code))


@compiled
def set_boats(world: Memory, facility: int, boats: int) -> None:
    """Change the number of boats in service now."""
    here = facilities_at(world, facility)
    fleet = fleets_at(world, here.number)
    here.capacity = boats
    fleet.known = max(fleet.known, boats)
    note(world, facility)
    dispatch(world, fleet.rescue)
