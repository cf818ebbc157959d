"""Trips of boats in the compiled engine: what ``Trip`` and ``Fleet`` do in SimPy.

Vessels that pass by make a trip from the incident on.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from simulation.calendars import HOURS_PER_DAY
from simulation.compiled import kinds
from simulation.compiled.agenda import after, at_once, event
from simulation.compiled.compilation import compiled, inlined
from simulation.compiled.dispatch import (
    boarding_time,
    boats_are_free,
    first_in_queue,
    take_out,
    way_ashore,
    way_to,
)
from simulation.compiled.diverting import (
    charted,
    has_arrived,
    latest_leave,
    release,
    set_out,
)
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
    rescues_at,
    trips_at,
    vessel_delays_at,
    vessel_sails_at,
)
from simulation.compiled.servers import end, note

if TYPE_CHECKING:
    from simulation.compiled.tables import Memory


@inlined
def begin_trip(world: Memory, code: int) -> None:
    """Leave when ready and go to the incident."""
    boat = boats_at(world, code)
    way = way_to(world, boat.fleet, boat.incident)
    if rescues_at(world, boat.rescue).retask and not boat.is_lent:
        set_out(world, code, way)
    else:
        after(world, boat.ready + way, event(kinds.BOAT_ARRIVES, code))


@inlined
def way_over(world: Memory, code: int) -> None:
    """Come to an incident, unless the boat has been sent elsewhere meanwhile."""
    if has_arrived(world, code):
        arrive(world, code)


@inlined
def called_home(world: Memory, code: int) -> None:
    """Be back without having been anywhere."""
    boats_at(world, code).began = clock_at(world, 0).now
    turn_around(world, code)


@inlined
def await_vessel(world: Memory, number: int, fleet: int) -> None:
    """Wait for the next vessel that passes by."""
    row = fleet - world.fleets_count + world.vessel_delays_count
    delay = vessel_delays_at(world, row, incidents_at(world, number).first_group).value
    after(world, delay, event(kinds.VESSEL_PASSES, number, fleet))


@compiled
def vessel_passes(world: Memory, number: int, fleet: int) -> None:
    """Have a vessel take people on board, if somebody waits and the sea allows it."""
    clock, incident = clock_at(world, 0), incidents_at(world, number)
    row = fleet - world.fleets_count + world.vessel_delays_count
    day = min(int(clock.now // HOURS_PER_DAY), world.vessel_sails_width - 1)
    nobody = incident.gone or incident.persons_left == 0
    if nobody or not vessel_sails_at(world, row, day).value:
        return
    code = clock.boats
    clock.boats += 1
    boat = boats_at(world, code)
    boat.fleet = fleet
    boat.rescue = incident.service
    boat.sent_to = boat.incident = number
    boat.first_aboard = boat.last_aboard = boat.calls = -1
    boat.searched = boat.ordered = boat.ready = 0.0
    boat.load = boat.searches = 0
    boat.waits_for = kinds.NOTHING
    boat.heading = -1
    arrive(world, code)


@compiled
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
    limit = latest_leave(world, code, boat.incident) - clock.now
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


@compiled
def settled(world: Memory, number: int) -> None:
    """Tell the boats that search that they need not go on."""
    code = incidents_at(world, number).first_searcher
    while code >= 0:
        boat = boats_at(world, code)
        following = boat.search_next
        if boat.waits_for == kinds.END_OF_SEARCH:
            search_over(world, code)
        elif not boat.met:
            boat.met = 1
            at_once(world, event(kinds.SEARCH_OVER, code))
        code = following


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
    leave_search(world, boat.incident, code)
    boat.searched += clock_at(world, 0).now - boat.began
    _go_on(world, code)


@compiled
def _go_on(world: Memory, code: int) -> None:
    """Take groups on board, go on to further incidents, or land."""
    boat = boats_at(world, code)
    while not _board(world, code):
        passes_by = fleets_at(world, boat.fleet).facility < 0
        if not passes_by:
            release(world, code, boat.incident)
        here = boat.incident
        if passes_by or not _next(world, code):
            _leave_for_land(world, code, charted(world, code, here))
            return
        way = _between(world, here, boat.incident)
        if way > 0:
            after(world, way / fleets_at(world, boat.fleet).speed, event(kinds.BOAT_ARRIVES, code))
            return
        if _begin_visit(world, code):
            return


@inlined
def _leave_for_land(world: Memory, code: int, incident: int) -> None:
    """Bring people to their place of safety, where the boat may have to wait, or to the base."""
    boat, now = boats_at(world, code), clock_at(world, 0).now
    fleet, caller = (
        fleets_at(world, boat.fleet),
        callers_at(world, incidents_at(world, incident).first_group),
    )
    boat.home = 0.0
    if not caller.lands or boat.first_aboard < 0:
        way = way_to(world, boat.fleet, incident)
        after(world, way, event(kinds.BOAT_LANDS, code))
        return
    way = way_ashore(world, boat.fleet, incident)
    must_be_in = boat.ordered + boat.ready + fleet.endurance
    let_in = min(max(way, caller.land_wait), max(must_be_in - now, way))
    after(world, let_in, event(kinds.BOAT_LANDS, code))
    east, north = caller.land_east - fleet.east, caller.land_north - fleet.north
    boat.home = math.sqrt(east * east + north * north) / fleet.speed


@inlined
def _between(world: Memory, one: int, other: int) -> float:
    """Way, km, of a boat that goes on to another incident."""
    here, there = incidents_at(world, one), incidents_at(world, other)
    if not rescues_at(world, here.service).has_positions:
        return 0.0
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
        way = way_ashore(world, boat.fleet, charted(world, code, boat.incident))
        time = boarding_time(world, boat.fleet, living, way)
        if clock.now + time > latest_leave(world, code, boat.incident):
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


@compiled
def _next(world: Memory, code: int) -> bool:
    """Take the next incident of the queue if its people fit and the endurance allows it."""
    boat = boats_at(world, code)
    fleet = fleets_at(world, boat.fleet)
    number = first_in_queue(world, boat.rescue)
    if number < 0 or incidents_at(world, number).persons_left > fleet.seats - boat.load:
        return False
    call = boat.calls
    while call >= 0:
        if calls_at(world, call).incident == number:
            return False
        call = calls_at(world, call).next
    way = _between(world, boat.incident, number) / fleet.speed
    if clock_at(world, 0).now + way > latest_leave(world, code, number):
        return False
    take_out(world, number)
    incidents_at(world, number).units += 1
    incidents_at(world, number).seats += fleet.seats
    boat.incident = number
    return True


@inlined
def land(world: Memory, code: int) -> None:
    """Bring people ashore, and go home."""
    boat, clock = boats_at(world, code), clock_at(world, 0)
    number = boat.first_aboard
    while number >= 0:
        group = groups_at(world, number)
        end(world, group.row, kinds.SERVED)
        at_once(world, event(kinds.RESCUE_OVER, number))
        number = group.aboard
    boat.began = clock.now
    if fleets_at(world, boat.fleet).facility < 0:
        return
    if boat.home > 0:
        after(world, boat.home, event(kinds.BOAT_COMES_HOME, code))
    else:
        turn_around(world, code)


@inlined
def turn_around(world: Memory, code: int) -> None:
    """Make ready again at the base."""
    turnaround = fleets_at(world, boats_at(world, code).fleet).turnaround
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
    trip.rescue = boat.rescue
    trip.ordered = boat.ordered
    trip.departed = boat.ordered + boat.ready
    trip.landed = boat.began
    trip.returned = clock.now
    trip.searched = boat.searched
    trip.persons = boat.load
    facilities_at(world, fleet.facility).busy -= 1
    fleet.lent -= boat.is_lent
    boat.worked += clock.now - boat.ordered
    if fleet.crew_rest > 0 and boat.worked >= fleet.crew_hours:
        after(world, fleet.crew_rest, event(kinds.CREW_RESTED, code))
    else:
        _put_back(world, code)
    note(world, fleet.facility)
    boats_are_free(world, fleet.rescue)


@inlined
def rested(world: Memory, code: int) -> None:
    """Have the crew ready again."""
    _put_back(world, code)
    boats_are_free(world, fleets_at(world, boats_at(world, code).fleet).rescue)


@inlined
def _put_back(world: Memory, code: int) -> None:
    """Have a boat ready; of those ready the one with the lowest number goes first."""
    boat = boats_at(world, code)
    fleet = fleets_at(world, boat.fleet)
    boat.since = clock_at(world, 0).now
    # Within a fleet the rows of boats are in the order of their numbers.
    if fleet.ready < 0 or fleet.ready > code:
        boat.next = fleet.ready
        fleet.ready = code
        return
    before = fleet.ready
    while boats_at(world, before).next >= 0 and boats_at(world, before).next < code:
        before = boats_at(world, before).next
    boat.next = boats_at(world, before).next
    boats_at(world, before).next = code
