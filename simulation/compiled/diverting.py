"""Boats that are sent elsewhere on their way: what ``Dispatcher`` and ``Trip`` do in SimPy."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from simulation.compiled import kinds
from simulation.compiled.agenda import after, at_once, event
from simulation.compiled.compilation import compiled, inlined
from simulation.compiled.dispatch import (
    assign,
    first_in_queue,
    matters,
    queue_up,
    way_ashore,
    way_to,
)
from simulation.compiled.memory import (
    boats_at,
    clock_at,
    fleets_at,
    incidents_at,
    rescues_at,
)

if TYPE_CHECKING:
    from simulation.compiled.tables import Memory


@inlined
def release(world: Memory, code: int, number: int) -> None:
    """Take a boat off an incident, which waits for another if it still needs one."""
    incident = incidents_at(world, number)
    incident.units -= 1
    incident.seats -= fleets_at(world, boats_at(world, code).fleet).seats
    short = incident.persons_left > incident.seats or incident.units == 0
    if matters(world, number) and short and not incident.in_queue:
        queue_up(world, number)


@inlined
def charted(world: Memory, code: int, incident: int) -> int:
    """Where positions are not known, the first incident stands for the whole trip."""
    boat = boats_at(world, code)
    return incident if rescues_at(world, boat.rescue).has_positions else boat.sent_to


@inlined
def latest_leave(world: Memory, code: int, incident: int) -> float:
    """Return when a boat must leave an incident to be in before its endurance runs out."""
    boat = boats_at(world, code)
    must_be_in = boat.ordered + boat.ready + fleets_at(world, boat.fleet).endurance
    here = charted(world, code, incident)
    ashore, back = way_ashore(world, boat.fleet, here), way_to(world, boat.fleet, here)
    return must_be_in - max(ashore, back)


# The way


@compiled
def set_out(world: Memory, code: int, way: float) -> None:
    """Begin a way from which the boat may be sent elsewhere."""
    boat, now = boats_at(world, code), clock_at(world, 0).now
    fleet = fleets_at(world, boat.fleet)
    service = rescues_at(world, boat.rescue)
    boat.trip = service.trips
    service.trips += 1
    boat.from_east, boat.from_north = fleet.east, fleet.north
    boat.left_at = boat.ordered + boat.ready
    boat.heading = boat.incident
    boat.arrives = now + boat.ready + way
    boat.is_called_home = 0
    _go(world, code)


@inlined
def _go(world: Memory, code: int) -> None:
    boat = boats_at(world, code)
    boat.is_sent_elsewhere = 0
    boat.met = 0
    boat.way += 1
    delay = boat.arrives - clock_at(world, 0).now
    after(world, delay, event(kinds.BOAT_IS_THERE, code, boat.way))


@inlined
def meet_boat(world: Memory, code: int, way: int) -> None:
    """End a way, or learn that it leads elsewhere: that takes one more event."""
    boat = boats_at(world, code)
    if boat.way == way and not boat.met:
        boat.met = 1
        at_once(world, event(kinds.BOAT_WAY_OVER, code))


@inlined
def has_arrived(world: Memory, code: int) -> bool:
    """Whether a boat is at its incident; else it goes where it has been sent."""
    boat = boats_at(world, code)
    if not boat.is_sent_elsewhere:
        boat.incident = boat.heading
        boat.heading = -1
        return True
    if boat.is_called_home:
        fleet = fleets_at(world, boat.fleet)
        east, north = boat.from_east - fleet.east, boat.from_north - fleet.north
        way = math.sqrt(east * east + north * north) / fleet.speed
        after(world, way, event(kinds.BOAT_CALLED_HOME, code))
    else:
        _go(world, code)
    return False


@inlined
def _gone(world: Memory, code: int) -> float:
    """Return which share of its way a boat has gone."""
    boat, now = boats_at(world, code), clock_at(world, 0).now
    lasts = boat.arrives - boat.left_at
    gone = (now - boat.left_at) / lasts if lasts > 0 else 1.0
    return min(max(gone, 0.0), 1.0)


@compiled
def _time_to(world: Memory, code: int, number: int) -> float:
    """Hours until a boat would be at another incident; infinite: beyond its endurance."""
    boat, there, now = boats_at(world, code), incidents_at(world, number), clock_at(world, 0).now
    heads_for, gone = incidents_at(world, boat.heading), _gone(world, code)
    east = boat.from_east + gone * (heads_for.east - boat.from_east) - there.east
    north = boat.from_north + gone * (heads_for.north - boat.from_north) - there.north
    way = math.sqrt(east * east + north * north) / fleets_at(world, boat.fleet).speed
    time = max(boat.left_at - now, 0.0) + way
    return time if now + time <= latest_leave(world, code, number) else math.inf


@compiled
def _divert(world: Memory, code: int, number: int) -> None:
    """Send a boat to another incident; -1 calls it home."""
    boat, now = boats_at(world, code), clock_at(world, 0).now
    time = math.inf if number < 0 else _time_to(world, code, number)
    heads_for, gone = incidents_at(world, boat.heading), _gone(world, code)
    boat.from_east = boat.from_east + gone * (heads_for.east - boat.from_east)
    boat.from_north = boat.from_north + gone * (heads_for.north - boat.from_north)
    boat.left_at = max(boat.left_at, now)
    boat.heading = number
    boat.arrives = now + time
    boat.is_called_home = number < 0
    if not boat.is_sent_elsewhere:
        boat.is_sent_elsewhere = 1
        at_once(world, event(kinds.BOAT_DIVERTED, code, boat.way))


@inlined
def _redirect(world: Memory, code: int, number: int) -> None:
    _divert(world, code, number)
    assign(world, number, fleets_at(world, boats_at(world, code).fleet).seats)


# Who is sent elsewhere


@compiled
def divert_to(world: Memory, number: int) -> None:
    """Send the boat to a new report that is there soonest, if sooner than where it is going."""
    clock, service = clock_at(world, 0), incidents_at(world, number).service
    best, soonest = -1, math.inf
    for code in range(clock.boats):
        boat = boats_at(world, code)
        is_asked = boat.rescue == service and boat.heading >= 0
        if not is_asked or incidents_at(world, boat.heading).lost_unit:
            continue
        time = _time_to(world, code, number)
        if time >= boat.arrives - clock.now:
            continue
        is_first = best >= 0 and time == soonest and boat.trip < boats_at(world, best).trip
        if best < 0 or time < soonest or is_first:
            best, soonest = code, time
    if best < 0:
        return
    loses = boats_at(world, best).heading
    incidents_at(world, loses).lost_unit = 1
    _redirect(world, best, number)
    release(world, best, loses)


@compiled
def call_home(world: Memory, number: int) -> None:
    """Call boats home, in the order of trips, that are on their way to people who are out."""
    service, before = incidents_at(world, number).service, -1
    while True:
        code = -1
        for other in range(clock_at(world, 0).boats):
            boat = boats_at(world, other)
            comes = boat.rescue == service and boat.heading == number and boat.trip > before
            if comes and (code < 0 or boat.trip < boats_at(world, code).trip):
                code = other
        if code < 0:
            return
        before = boats_at(world, code).trip
        elsewhere = first_in_queue(world, service)
        if elsewhere >= 0 and _time_to(world, code, elsewhere) < math.inf:
            _redirect(world, code, elsewhere)
        else:
            _divert(world, code, -1)
        release(world, code, number)
