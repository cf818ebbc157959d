"""Incidents of the compiled engine: what :class:`simulation.scene.Scene` does."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from simulation.calendars import HOURS_PER_DAY
from simulation.compiled import kinds
from simulation.compiled.agenda import after, at_once, event
from simulation.compiled.calls import call_vessels
from simulation.compiled.compilation import compiled, inlined
from simulation.compiled.diverting import call_home
from simulation.compiled.members import alive, decide_fate, expose
from simulation.compiled.memory import (
    boats_at,
    callers_at,
    clock_at,
    facilities_at,
    fleets_at,
    groups_at,
    incidents_at,
    rescues_at,
    rows_at,
    swept_at,
)
from simulation.compiled.servers import end, note, open_row, start

if TYPE_CHECKING:
    from simulation.compiled.tables import Memory


@inlined
def _count(world: Memory, service: int, persons: int) -> None:
    """Change how many wait to be taken on board."""
    first = fleets_at(world, rescues_at(world, service).first_fleet).facility
    facilities_at(world, first).waiting += persons


@inlined
def _note(world: Memory, service: int) -> None:
    note(world, fleets_at(world, rescues_at(world, service).first_fleet).facility)


@compiled
def begin_incident(world: Memory, number: int) -> None:
    """Begin the incident of a group, or of all groups of its boat, unless it has begun."""
    group, clock = groups_at(world, number), clock_at(world, 0)
    group.outcome = kinds.WAITING_FOR_RESCUE
    if group.incident >= 0:
        return
    service, caller = rescues_at(world, group.rescue), callers_at(world, number)
    code = clock.incidents
    clock.incidents += 1
    incident = incidents_at(world, code)
    last = number + 1
    while group.boat >= 0 and last < world.groups_count:
        if groups_at(world, last).boat != group.boat:
            break
        last += 1
    incident.service = group.rescue
    incident.first_group = incident.waiting = number
    incident.last_group = last
    incident.distance = caller.distance
    incident.east, incident.north = caller.east, caller.north
    incident.began = clock.now
    incident.alerted = incident.reported = incident.dispatched = np.nan
    incident.found = incident.capsized = incident.closed = np.nan
    incident.first_searcher = incident.last_searcher = incident.next = incident.previous = -1
    persons = 0
    for one in range(number, last):
        other = groups_at(world, one)
        other.incident = code
        facility = fleets_at(world, service.first_fleet).facility
        other.row = open_row(world, one, 0, other.persons, kinds.RESCUE, facility)
        persons += other.persons
    incident.persons = incident.persons_left = persons
    _count(world, incident.service, persons)
    _note(world, incident.service)
    after(world, caller.holds_out, event(kinds.HOLDS_OUT_NO_LONGER, code))
    after(world, caller.capsizes, event(kinds.CAPSIZES, code))
    if service.is_hot:
        _put_in_danger(world, code, False)
    if caller.heard >= service.unheard:
        after(world, caller.alert_delay, event(kinds.ALERTED, code))
    else:
        call_vessels(world, code)


@compiled
def _put_in_danger(world: Memory, number: int, in_water: bool) -> None:
    """Have members die from now on, and look when the last of them has."""
    incident, now = incidents_at(world, number), clock_at(world, 0).now
    last = now
    for one in range(incident.waiting, incident.last_group):
        last = max(last, expose(world, one, in_water))
    after(world, last - now, event(kinds.LAST_DEATH, number))


@inlined
def capsize(world: Memory, number: int) -> None:
    """Have the people of a boat in the water, unless somebody has found it before."""
    incident = incidents_at(world, number)
    if not math.isnan(incident.found) or incident.gone:
        return
    incident.capsized = clock_at(world, 0).now
    if incident.has_search:
        boat = incident.first_searcher
        while boat >= 0:
            boats_at(world, boat).swept = _swept_now(world, number, boat)
            boat = boats_at(world, boat).search_next
        _change_rate(world, number)
    _put_in_danger(world, number, True)


@inlined
def _swept_now(world: Memory, number: int, boat: int) -> float:
    """Return the area that a boat sweeps in an hour in the weather of the day, km2/h."""
    incident = incidents_at(world, number)
    in_water = not math.isnan(incident.capsized)
    row = 2 * (incident.service * world.fleets_count + boats_at(world, boat).fleet) + in_water
    day = min(int(clock_at(world, 0).now // HOURS_PER_DAY), world.swept_width - 1)
    return swept_at(world, row, day).value


@inlined
def nobody_left(world: Memory, number: int) -> None:
    """End an incident when nobody who waits is alive."""
    incident = incidents_at(world, number)
    living = 0
    for one in range(incident.waiting, incident.last_group):
        living += alive(world, one)
    if incident.waiting < incident.last_group and living == 0:
        _end(world, number, False)


@inlined
def give_up(world: Memory, number: int) -> None:
    """Get out without help or be lost from sight, when nobody has come for too long."""
    incident = incidents_at(world, number)
    is_found = not math.isnan(incident.found)
    if is_found or incident.gone or not math.isnan(incident.capsized):
        return
    chance = callers_at(world, incident.first_group).self_arrival
    _end(world, number, chance < rescues_at(world, incident.service).self_arrival)


@compiled
def _end(world: Memory, number: int, out: bool) -> None:
    """End an incident for all who still wait there."""
    incident = incidents_at(world, number)
    service = rescues_at(world, incident.service)
    incident.gone = 1
    incident.closed = clock_at(world, 0).now
    for one in range(incident.waiting, incident.last_group):
        living = decide_fate(world, one)
        group = groups_at(world, one)
        incident.recovered_dead += group.recovered
        incident.missing += group.dead - group.recovered
        if out:
            incident.self_arrived += living
        else:
            incident.not_reached += living
        outcome = kinds.SELF_ARRIVED if out else kinds.STEP_NOT_REACHED
        end(world, group.row, outcome if living > 0 else kinds.STEP_LOST)
    _count(world, incident.service, -incident.persons_left)
    _note(world, incident.service)
    for one in range(incident.waiting, incident.last_group):
        at_once(world, event(kinds.RESCUE_OVER, one))
    incident.waiting = incident.last_group
    incident.persons_left = 0
    if out or not math.isnan(incident.found) or not service.searches_on:
        settle(world, number)
        if service.retask:
            call_home(world, number)
    elif incident.has_search:
        _add_up(world, number)
        _plan(world, number)


@compiled
def take(world: Memory, number: int, facility: int) -> int:
    """Have the next group of an incident begin to board; return how many of it are alive."""
    incident = incidents_at(world, number)
    group = groups_at(world, incident.waiting)
    living = decide_fate(world, incident.waiting)
    if living > 0:
        if facility >= 0:
            rows_at(world, group.row).facility = facility
        else:
            incident.by_passing += living
        start(world, group.row)
    incident.waiting += 1
    incident.persons_left -= group.persons
    incident.rescued += living
    incident.recovered_dead += group.recovered
    incident.missing += group.dead - group.recovered
    if incident.waiting == incident.last_group:
        incident.closed = clock_at(world, 0).now
    _count(world, incident.service, -group.persons)
    _note(world, incident.service)
    return living


# Search


@inlined
def reach(world: Memory, number: int) -> None:
    """Note that somebody has come to an incident at a known position."""
    incident = incidents_at(world, number)
    if not incident.gone:
        incident.found = clock_at(world, 0).now
    settle(world, number)


@compiled
def settle(world: Memory, number: int) -> None:
    """Have nothing more to search for."""
    incident = incidents_at(world, number)
    if incident.settled:
        return
    incident.settled = 1
    if incident.has_search:
        _add_up(world, number)
        at_once(world, event(kinds.SETTLED, number))


@compiled
def join(world: Memory, number: int, boat: int) -> None:
    """Have a boat begin to search."""
    incident = incidents_at(world, number)
    service = rescues_at(world, incident.service)
    if not incident.has_search:
        incident.has_search = 1
        unheard = math.isnan(incident.alerted)
        incident.search_began = incident.began if unheard else incident.alerted
        incident.since = incident.search_began
        if service.limit < math.inf:
            after(world, service.limit, event(kinds.SEARCH_CALLED_OFF, number))
    one = boats_at(world, boat)
    one.search_next = -1
    if incident.last_searcher >= 0:
        boats_at(world, incident.last_searcher).search_next = boat
    else:
        incident.first_searcher = boat
    incident.last_searcher = boat
    one.swept = _swept_now(world, number, boat)
    _change_rate(world, number)


@compiled
def leave_search(world: Memory, number: int, boat: int) -> None:
    """Have a boat that searches stop."""
    incident = incidents_at(world, number)
    following, before = boats_at(world, boat).search_next, -1
    if incident.first_searcher == boat:
        incident.first_searcher = following
    else:
        before = incident.first_searcher
        while boats_at(world, before).search_next != boat:
            before = boats_at(world, before).search_next
        boats_at(world, before).search_next = following
    if incident.last_searcher == boat:
        incident.last_searcher = before
    _change_rate(world, number)


@compiled
def _change_rate(world: Memory, number: int) -> None:
    """Add up the hazard until now; from now on the boats that search sweep their areas."""
    incident = incidents_at(world, number)
    _add_up(world, number)
    incident.rate = 0.0
    boat = incident.first_searcher
    while boat >= 0:
        incident.rate += boats_at(world, boat).swept
        boat = boats_at(world, boat).search_next
    _plan(world, number)


@compiled
def _plan(world: Memory, number: int) -> None:
    """Work out when the search finds the incident or is called off."""
    incident = incidents_at(world, number)
    incident.plan += 1
    if incident.settled:
        return
    enough = rescues_at(world, incident.service).enough
    detection = math.inf
    if not incident.gone:
        detection = callers_at(world, incident.first_group).detection
    delay = _time_to(world, number, min(detection, enough))
    if delay < math.inf:
        finds = 1 if detection <= enough else 0
        after(world, delay, event(kinds.SEARCH_ENDS, number, 2 * incident.plan + finds))


@inlined
def search_ends(world: Memory, number: int, plan: int) -> None:
    """Find the incident or call the search off, unless plans have changed."""
    incident = incidents_at(world, number)
    if incident.plan != plan // 2 or incident.settled:
        return
    if plan % 2:
        incident.found = clock_at(world, 0).now
    settle(world, number)


@inlined
def _radius_at(world: Memory, number: int, time: float) -> float:
    incident = incidents_at(world, number)
    service = rescues_at(world, incident.service)
    return service.radius + service.drift * (time - incident.search_began)


@compiled
def _add_up(world: Memory, number: int) -> None:
    """Add up the hazard until now (:class:`simulation.search.Effort`)."""
    incident, now = incidents_at(world, number), clock_at(world, 0).now
    service = rescues_at(world, incident.service)
    hazard = 0.0
    if incident.rate != 0 and now != incident.since:
        if service.drift == 0:
            hazard = incident.rate * (now - incident.since) / service.area
        else:
            first = _radius_at(world, number, incident.since)
            last = _radius_at(world, number, now)
            hazard = math.inf
            if first != 0:
                hazard = incident.rate / (math.pi * service.drift) * (1 / first - 1 / last)
    incident.hazard += hazard
    incident.since = now


@compiled
def _time_to(world: Memory, number: int, target: float) -> float:
    """Hours until the hazard reaches a target, if nothing changes; infinite: never."""
    incident = incidents_at(world, number)
    service = rescues_at(world, incident.service)
    missing = target - incident.hazard
    if missing <= 0:
        return 0.0
    if incident.rate == 0:
        return math.inf
    if service.drift == 0:
        return missing / (incident.rate / service.area)
    now = _radius_at(world, number, incident.since)
    if now == 0:
        return 0.0
    inverse = 1 / now - missing * math.pi * service.drift / incident.rate
    return (1 / inverse - now) / service.drift if inverse > 0 else math.inf
