"""Fleets: which units are at their base, how ready they are, and how far they may go."""

from __future__ import annotations

import heapq
import math
from typing import TYPE_CHECKING

from simulation.calendars import HOURS_PER_DAY

if TYPE_CHECKING:
    from collections.abc import Callable

    from simulation.incidents import Incident
    from simulation.parts import PassingVessels, RescueUnits
    from simulation.parts.rescue import Position


class Unit:
    """One unit, its latest trip and what it may still do before its endurance runs out."""

    __slots__ = ("fleet", "is_lent", "number", "ordered", "ready", "searched", "since", "worked")

    def __init__(self, fleet: Fleet, number: int) -> None:
        self.fleet = fleet
        self.number = number
        self.worked = 0.0
        self.since = -math.inf
        self.ordered = 0.0
        self.ready = 0.0
        self.searched = 0.0
        self.is_lent = False

    @property
    def departed(self) -> float:
        """When it left its base, hours."""
        return self.ordered + self.ready

    @property
    def must_be_in(self) -> float:
        """When its endurance runs out, hours."""
        return self.departed + self.fleet.kind.endurance


class Fleet:
    """Units of one kind: at the base, out, or with a crew that rests.

    Of the units at the base the one with the lowest number goes. A unit gets its number when it is
    first sent.

    Parameters
    ----------
    kind : RescueUnits
    facility : int
        Index in the records.
    home : tuple of two float, km
        Position of the base.
    available : int, units
        In service at hour 0.

    """

    def __init__(self, kind: RescueUnits, facility: int, home: Position, available: int) -> None:
        self.kind = kind
        self.facility = facility
        self.home = home
        self.available = available
        self.out = 0
        self.lent = 0
        self.on_change: Callable[[Fleet], None] = lambda _fleet: None
        """Called when the number of units out or in service has changed."""
        self.on_free: Callable[[], None] = lambda: None
        """Called when a unit may be sent again."""
        self._known = available
        self._units: list[Unit] = []
        self._ready: list[int] = []

    def set_available(self, available: int) -> None:
        """Change how many are in service."""
        self.available = available
        self._known = max(self._known, available)

    @property
    def has_free(self) -> bool:
        """Whether a unit can be sent."""
        return self.out < self.available and (bool(self._ready) or len(self._units) < self._known)

    def take(self, now: float, *, lend: bool) -> Unit:
        """Send a unit out."""
        if self._ready:
            unit = self._units[heapq.heappop(self._ready)]
        else:
            unit = Unit(self, len(self._units))
            self._units.append(unit)
        if self.kind.crew_rest > 0 and now - unit.since >= self.kind.crew_rest:
            unit.worked = 0.0
        self.out += 1
        self.lent += lend
        unit.is_lent = lend
        unit.ordered, unit.ready, unit.searched = now, self.readiness(now), 0.0
        return unit

    def take_back(self, unit: Unit, now: float) -> float:
        """Note that a unit has finished its trip; returns for how long its crew rests, hours."""
        self.out -= 1
        self.lent -= unit.is_lent
        unit.worked += now - unit.ordered
        return self.kind.crew_rest if unit.worked >= self.kind.crew_hours else 0.0

    def put_back(self, unit: Unit, now: float) -> None:
        """Note that a unit may be sent again, its crew rested."""
        unit.since = now
        heapq.heappush(self._ready, unit.number)

    def readiness(self, now: float) -> float:
        """Hours from an order now to departure."""
        by_hour = self.kind.readiness_by_hour
        return by_hour[int(now % HOURS_PER_DAY)] if by_hour else self.kind.readiness


class Chart:
    """Ways between bases, incidents and places of safety of one rescue service, km.

    Without a sector only the distances of incidents from the position of the service are known:
    the way from elsewhere is that distance plus the way to the position, and a unit that goes on
    from one incident to another has no way at all.

    Parameters
    ----------
    position : tuple of two float, km
        Of the service.
    has_positions : bool
        Whether incidents have positions.

    """

    def __init__(self, position: Position, has_positions: bool) -> None:
        self.position = position
        self.has_positions = has_positions

    def to_incident(self, origin: Position, incident: Incident) -> float:
        """Way from a base or place of safety, or from a unit under way."""
        if self.has_positions:
            return apart(origin, incident.position)
        return incident.distance + apart(origin, self.position)

    def between(self, one: Incident, other: Incident) -> float:
        """Way of a unit that goes on to another incident."""
        return apart(one.position, other.position) if self.has_positions else 0.0


def apart(one: Position, other: Position) -> float:
    """Distance of two positions, km.

    Examples
    --------
    >>> apart((0.0, 0.0), (3.0, 4.0))
    5.0

    """
    east, north = one[0] - other[0], one[1] - other[1]
    return math.sqrt(east * east + north * north)  # rounds alike wherever it is worked out


def boarding_time(kind: RescueUnits | PassingVessels, persons: int, way: float) -> float:
    """Hours to take a group on board, with a round trip for every further load.

    Parameters
    ----------
    kind : RescueUnits or PassingVessels
    persons : int, persons
        Of the group.
    way : float, h
        To where people are landed.

    Returns
    -------
    float, h

    """
    shuttles = max(math.ceil(persons / kind.seats) - 1, 0)
    each = getattr(kind, "boarding_per_person", 0.0) * persons
    return kind.boarding + each + shuttles * (2 * way + kind.boarding)
