"""Incidents of the compiled engine: what :class:`simulation.scene.Scene` does.

Without capsizing, heat and people who die: a group is reached, gets out by itself, or is not
reached in time. At most one boat searches for an incident.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from simulation.compiled import kinds
from simulation.compiled.agenda import after, at_once, event
from simulation.compiled.compilation import compiled, inlined
from simulation.compiled.memory import (
    callers_at,
    clock_at,
    facilities_at,
    fleets_at,
    groups_at,
    incidents_at,
    rescues_at,
    rows_at,
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
    incident.began = clock.now
    incident.alerted = incident.reported = incident.dispatched = np.nan
    incident.found = incident.closed = np.nan
    incident.boat = incident.next = incident.previous = -1
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
    if not (service.unheard > 0 and caller.heard < service.unheard):
        after(world, caller.alert_delay, event(kinds.ALERTED, code))


@compiled
def give_up(world: Memory, number: int) -> None:
    """Get out without help or be lost from sight, when nobody has come for too long."""
    incident = incidents_at(world, number)
    if not math.isnan(incident.found) or incident.gone:
        return
    service = rescues_at(world, incident.service)
    out = callers_at(world, incident.first_group).self_arrival < service.self_arrival
    incident.gone = 1
    incident.closed = clock_at(world, 0).now
    for one in range(incident.waiting, incident.last_group):
        group = groups_at(world, one)
        if out:
            incident.self_arrived += group.persons
        else:
            incident.not_reached += group.persons
        end(world, group.row, kinds.SELF_ARRIVED if out else kinds.STEP_NOT_REACHED)
    _count(world, incident.service, -incident.persons_left)
    _note(world, incident.service)
    for one in range(incident.waiting, incident.last_group):
        at_once(world, event(kinds.RESCUE_OVER, one))
    incident.waiting = incident.last_group
    incident.persons_left = 0
    if out or not service.searches_on:
        settle(world, number)
    elif incident.has_search:
        _replan(world, number)


@inlined
def take(world: Memory, number: int, facility: int) -> None:
    """Have the next group of an incident begin to board."""
    incident = incidents_at(world, number)
    group = groups_at(world, incident.waiting)
    rows_at(world, group.row).facility = facility
    start(world, group.row)
    incident.waiting += 1
    incident.persons_left -= group.persons
    incident.rescued += group.persons
    if incident.waiting == incident.last_group:
        incident.closed = clock_at(world, 0).now
    _count(world, incident.service, -group.persons)
    _note(world, incident.service)


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
def join(world: Memory, number: int, boat: int, swept: float) -> None:
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
    incident.boat = boat
    _add_up(world, number)
    incident.rate = swept
    _plan(world, number)


@compiled
def leave_search(world: Memory, number: int) -> None:
    """Have the boat that searches stop."""
    incident = incidents_at(world, number)
    incident.boat = -1
    _add_up(world, number)
    incident.rate = 0.0
    _plan(world, number)


@inlined
def _replan(world: Memory, number: int) -> None:
    _add_up(world, number)
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
