"""Boats of the compiled engine: what ``Dispatcher``, ``Trip`` and ``Fleet`` do in SimPy.

Boats stand for all units of rescue services. One boat goes to an incident at a time, and it is not
sent elsewhere on its way.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from simulation.calendars import HOURS_PER_DAY
from simulation.compiled import kinds
from simulation.compiled.agenda import after, at_once, event, first
from simulation.compiled.compilation import compiled, inlined
from simulation.compiled.incidents import join, leave_search, reach, take
from simulation.compiled.members import alive
from simulation.compiled.memory import (
    boats_at,
    callers_at,
    calls_at,
    clock_at,
    facilities_at,
    fleets_at,
    groups_at,
    incidents_at,
    readiness_at,
    rescues_at,
    rows_at,
    trips_at,
)
from simulation.compiled.servers import end, leave, note, open_row, request, work

if TYPE_CHECKING:
    from simulation.compiled.tables import Memory

# The queue of incidents


@inlined
def _matters(world: Memory, number: int) -> bool:
    incident = incidents_at(world, number)
    if not incident.settled:
        return True
    return not math.isnan(incident.found) and incident.persons_left > 0


@compiled
def _add(world: Memory, number: int) -> None:
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
    incident.in_backlog = 1


@inlined
def _pop(world: Memory, code: int) -> int:
    """Take the first incident out."""
    service = rescues_at(world, code)
    number = service.first
    incident = incidents_at(world, number)
    service.first = incident.next
    if incident.next >= 0:
        incidents_at(world, incident.next).previous = -1
    else:
        service.last = -1
    incident.in_backlog = 0
    return number


@inlined
def _head(world: Memory, code: int) -> int:
    """Return the first incident that still matters, or -1; the others are dropped."""
    service = rescues_at(world, code)
    while service.first >= 0 and not _matters(world, service.first):
        _pop(world, code)
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
    _add(world, number)
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
def _way(world: Memory, number: int, incident: int) -> float:
    """Hours from the base of a fleet to an incident."""
    fleet, there = fleets_at(world, number), incidents_at(world, incident)
    if rescues_at(world, fleet.rescue).has_positions:
        east, north = fleet.east - there.east, fleet.north - there.north
        return math.sqrt(east * east + north * north) / fleet.speed
    return (there.distance + fleet.offset) / fleet.speed


@inlined
def _charted(world: Memory, code: int, incident: int) -> int:
    """Where positions are not known, the first incident stands for the whole trip."""
    boat = boats_at(world, code)
    knows = rescues_at(world, fleets_at(world, boat.fleet).rescue).has_positions
    return incident if knows else boat.sent_to


@inlined
def _boarding_time(world: Memory, number: int, persons: int, way: float) -> float:
    fleet = fleets_at(world, number)
    shuttles = max(math.ceil(persons / fleet.seats) - 1, 0)
    each = fleet.boarding_per_person * persons
    return fleet.boarding + each + shuttles * (2 * way + fleet.boarding)


@compiled
def _arrival(world: Memory, number: int, incident: int) -> float:
    """Hours until a boat of a fleet would be there; infinite: beyond its endurance."""
    fleet, way = fleets_at(world, number), _way(world, number, incident)
    if fleet.endurance < math.inf:
        waiting, persons = incidents_at(world, incident), 0
        if waiting.persons_left > 0:
            persons = groups_at(world, waiting.waiting).persons
        boards = _boarding_time(world, number, persons, way)
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
        incident = _head(world, code)
        if incident < 0:
            break
        best, soonest = -1, math.inf
        for number in range(service.first_fleet, service.last_fleet):
            if _has_free(world, number):
                arrival = _arrival(world, number, incident)
                if arrival < soonest:
                    best, soonest = number, arrival
        _pop(world, code)
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
        _add(world, passed_over)
        passed_over = following


@compiled
def _send(world: Memory, number: int, incident: int) -> None:
    fleet, clock = fleets_at(world, number), clock_at(world, 0)
    if fleet.ready >= 0:
        code = fleet.ready
        fleet.ready = boats_at(world, code).next
    else:
        code = fleet.first_boat + fleet.boats
        fleet.boats += 1
        boats_at(world, code).worked = 0.0
        boats_at(world, code).since = -math.inf
    boat = boats_at(world, code)
    if fleet.crew_rest > 0 and clock.now - boat.since >= fleet.crew_rest:
        boat.worked = 0.0
    boat.fleet = number
    boat.number = code - fleet.first_boat
    boat.ordered = clock.now
    boat.ready = _readiness(world, number)
    boat.searched = 0.0
    boat.sent_to = boat.incident = incident
    boat.load = 0
    boat.first_aboard = boat.last_aboard = boat.calls = -1
    facilities_at(world, fleet.facility).busy += 1
    _assign(world, incident, fleet.seats)
    if math.isnan(incidents_at(world, incident).dispatched):
        incidents_at(world, incident).dispatched = clock.now
    note(world, fleet.facility)
    first(world, event(kinds.TRIP_BEGINS, code))


@inlined
def _assign(world: Memory, number: int, seats: int) -> None:
    incidents_at(world, number).boats += 1
    incidents_at(world, number).seats += seats


@compiled
def set_boats(world: Memory, facility: int, boats: int) -> None:
    """Change the number of boats in service now."""
    here = facilities_at(world, facility)
    fleet = fleets_at(world, here.number)
    here.capacity = boats
    fleet.known = max(fleet.known, boats)
    note(world, facility)
    dispatch(world, fleet.rescue)


# Trips


@inlined
def begin_trip(world: Memory, code: int) -> None:
    """Leave when ready and go to the incident."""
    boat = boats_at(world, code)
    way = _way(world, boat.fleet, boat.incident)
    after(world, boat.ready + way, event(kinds.BOAT_ARRIVES, code))


@inlined
def _latest_leave(world: Memory, code: int, incident: int) -> float:
    """Return when a boat must leave an incident to be in before its endurance runs out."""
    boat = boats_at(world, code)
    must_be_in = boat.ordered + boat.ready + fleets_at(world, boat.fleet).endurance
    return must_be_in - _way(world, boat.fleet, _charted(world, code, incident))


@inlined
def arrive(world: Memory, code: int) -> None:
    """Come to an incident."""
    if not _begin_visit(world, code):
        _go_on(world, code)


@compiled
def _begin_visit(world: Memory, code: int) -> bool:
    """Come to an incident; True when the boat begins to search for it."""
    boat, clock = boats_at(world, code), clock_at(world, 0)
    call = calls_at(world, clock.calls)
    call.incident = boat.incident
    call.next = boat.calls
    boat.calls = clock.calls
    clock.calls += 1
    incident = incidents_at(world, boat.incident)
    if incident.settled:
        return False
    if not rescues_at(world, incident.service).searches:
        reach(world, boat.incident)
        return False
    limit = _latest_leave(world, code, boat.incident) - clock.now
    if limit <= 0:
        return False
    boat.began = clock.now
    boat.met = 0
    boat.searches += 1
    join(world, boat.incident, code)
    boat.waits_for = kinds.END_OF_SEARCH
    if limit < math.inf:
        boat.waits_for = kinds.END_OF_SEARCH_OR_TIME
        after(world, limit, event(kinds.SEARCH_TIME_ENDS, code, boat.searches))
    return True


@inlined
def settled(world: Memory, number: int) -> None:
    """Tell the boat that searches that it need not go on."""
    code = incidents_at(world, number).boat
    if code < 0:
        return
    boat = boats_at(world, code)
    if boat.waits_for == kinds.END_OF_SEARCH:
        search_over(world, code)
    elif not boat.met:
        boat.met = 1
        at_once(world, event(kinds.SEARCH_OVER, code))


@inlined
def search_time_ends(world: Memory, code: int, search: int) -> None:
    """Tell a boat that it must leave the search now."""
    boat = boats_at(world, code)
    is_searching = boat.waits_for == kinds.END_OF_SEARCH_OR_TIME and boat.searches == search
    if is_searching and not boat.met:
        boat.met = 1
        at_once(world, event(kinds.SEARCH_OVER, code))


@compiled
def search_over(world: Memory, code: int) -> None:
    """Leave a search."""
    boat = boats_at(world, code)
    boat.waits_for = kinds.NOTHING
    leave_search(world, boat.incident)
    boat.searched += clock_at(world, 0).now - boat.began
    _go_on(world, code)


@compiled
def _go_on(world: Memory, code: int) -> None:
    """Take groups on board, go on to further incidents, or land."""
    boat = boats_at(world, code)
    while not _board(world, code):
        _release(world, code)
        here = boat.incident
        if not _next(world, code):
            way = _way(world, boat.fleet, _charted(world, code, here))
            after(world, way, event(kinds.BOAT_LANDS, code))
            return
        way = _between(world, boat.fleet, here, boat.incident)
        if way > 0:
            after(world, way / fleets_at(world, boat.fleet).speed, event(kinds.BOAT_ARRIVES, code))
            return
        if _begin_visit(world, code):
            return


@inlined
def _between(world: Memory, number: int, one: int, other: int) -> float:
    """Way, km, of a boat that goes on to another incident."""
    if not rescues_at(world, fleets_at(world, number).rescue).has_positions:
        return 0.0
    here, there = incidents_at(world, one), incidents_at(world, other)
    east, north = here.east - there.east, here.north - there.north
    return math.sqrt(east * east + north * north)


@compiled
def _board(world: Memory, code: int) -> bool:
    """Have the next group board; False when none fits or it would take too long."""
    boat, clock = boats_at(world, code), clock_at(world, 0)
    incident, fleet = incidents_at(world, boat.incident), fleets_at(world, boat.fleet)
    if math.isnan(incident.found):
        return False
    while incident.persons_left > 0:
        number = incident.waiting
        living = alive(world, number)
        if living > fleet.seats - boat.load and boat.load > 0:
            return False
        way = _way(world, boat.fleet, _charted(world, code, boat.incident))
        time = _boarding_time(world, boat.fleet, living, way)
        if clock.now + time > _latest_leave(world, code, boat.incident):
            return False
        group = groups_at(world, number)
        if take(world, boat.incident, fleet.facility) == 0:
            end(world, group.row, kinds.STEP_LOST)
            at_once(world, event(kinds.RESCUE_OVER, number))
            continue
        after(world, time, event(kinds.BOARDED, code))
        group.aboard = -1
        if boat.last_aboard >= 0:
            groups_at(world, boat.last_aboard).aboard = number
        else:
            boat.first_aboard = number
        boat.last_aboard = number
        return True
    return False


@inlined
def boarded(world: Memory, code: int) -> None:
    """Have a group on board."""
    boat = boats_at(world, code)
    group = groups_at(world, boat.last_aboard)
    boat.load += group.persons - group.dead
    _go_on(world, code)


@inlined
def _release(world: Memory, code: int) -> None:
    """Leave an incident, which waits for another boat if it still needs one."""
    boat = boats_at(world, code)
    incident = incidents_at(world, boat.incident)
    incident.boats -= 1
    incident.seats -= fleets_at(world, boat.fleet).seats
    short = incident.persons_left > incident.seats or incident.boats == 0
    if short and not incident.in_backlog and _matters(world, boat.incident):
        _add(world, boat.incident)


@compiled
def _next(world: Memory, code: int) -> bool:
    """Take the next incident of the queue if its people fit and the endurance allows it."""
    boat = boats_at(world, code)
    fleet = fleets_at(world, boat.fleet)
    number = _head(world, fleet.rescue)
    if number < 0 or incidents_at(world, number).persons_left > fleet.seats - boat.load:
        return False
    call = boat.calls
    while call >= 0:
        if calls_at(world, call).incident == number:
            return False
        call = calls_at(world, call).next
    way = _between(world, boat.fleet, boat.incident, number) / fleet.speed
    if clock_at(world, 0).now + way > _latest_leave(world, code, number):
        return False
    _pop(world, fleet.rescue)
    _assign(world, number, fleet.seats)
    boat.incident = number
    return True


@inlined
def land(world: Memory, code: int) -> None:
    """Bring people ashore and make ready again."""
    boat, clock = boats_at(world, code), clock_at(world, 0)
    number = boat.first_aboard
    while number >= 0:
        group = groups_at(world, number)
        end(world, group.row, kinds.SERVED)
        at_once(world, event(kinds.RESCUE_OVER, number))
        number = group.aboard
    boat.began = clock.now
    turnaround = fleets_at(world, boat.fleet).turnaround
    after(world, turnaround, event(kinds.BOAT_IS_BACK, code))


@inlined
def come_back(world: Memory, code: int) -> None:
    """Be ready for another trip, or have the crew rest."""
    boat, clock = boats_at(world, code), clock_at(world, 0)
    fleet = fleets_at(world, boat.fleet)
    trip = trips_at(world, clock.trips)
    clock.trips += 1
    trip.facility = fleet.facility
    trip.unit = boat.number
    trip.incident = boat.sent_to
    trip.rescue = fleet.rescue
    trip.ordered = boat.ordered
    trip.departed = boat.ordered + boat.ready
    trip.landed = boat.began
    trip.returned = clock.now
    trip.searched = boat.searched
    trip.persons = boat.load
    facilities_at(world, fleet.facility).busy -= 1
    boat.worked += clock.now - boat.ordered
    if fleet.crew_rest > 0 and boat.worked >= fleet.crew_hours:
        after(world, fleet.crew_rest, event(kinds.CREW_RESTED, code))
    else:
        _put_back(world, code)
    note(world, fleet.facility)
    dispatch(world, fleet.rescue)


@inlined
def rested(world: Memory, code: int) -> None:
    """Have the crew ready again."""
    _put_back(world, code)
    dispatch(world, fleets_at(world, boats_at(world, code).fleet).rescue)


@inlined
def _put_back(world: Memory, code: int) -> None:
    """Have a boat ready; of those ready the one with the lowest number goes first."""
    boat = boats_at(world, code)
    fleet = fleets_at(world, boat.fleet)
    boat.since = clock_at(world, 0).now
    if fleet.ready < 0 or fleet.ready > code:
        boat.next = fleet.ready
        fleet.ready = code
        return
    before = fleet.ready
    while boats_at(world, before).next >= 0 and boats_at(world, before).next < code:
        before = boats_at(world, before).next
    boat.next = boats_at(world, before).next
    boats_at(world, before).next = code
