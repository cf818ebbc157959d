"""Trips of rescue units: way, search, boarding, landing, turnaround.

Rules of a trip:

- On the spot a unit takes groups in their order while their survivors fit; a group larger than the
  unit is shuttled by a unit that is empty, at the cost of the way each time.
- With seats left it goes on to the first incident of the queue if all of its people fit; it does
  not come to the same incident twice on a trip.
- A unit begins nothing that would keep it out longer than its endurance: it leaves a search in time
  and does not begin to board a group. What it leaves goes back to the queue, in the order of the
  reports.
- It lands people at its base or, where places of safety are listed, at the one assigned to the last
  incident; there it waits outside until it is let in, at the latest when its endurance runs out
  (a ship in need is let in), and goes home.
"""

from __future__ import annotations

import math
from collections import deque
from typing import TYPE_CHECKING, Any

from simulation.fleets import Chart, Unit, apart, boarding_time

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    import simpy

    from simulation.incidents import Fate, Incident, Waiting
    from simulation.parts.rescue import Position
    from simulation.scene import Scene


class Backlog:
    """Incidents that wait for a unit, in the order of their reports."""

    def __init__(self) -> None:
        self._queue: deque[Incident] = deque()

    def __contains__(self, incident: Incident) -> bool:
        return any(one is incident for one in self._queue)

    def add(self, incident: Incident) -> None:
        """Put an incident at its place in the order of reports."""
        behind: list[Incident] = []
        while self._queue and self._queue[-1].reported > incident.reported:
            behind.append(self._queue.pop())
        self._queue.append(incident)
        self._queue.extend(reversed(behind))

    def remove(self, incident: Incident) -> None:
        """Take an incident out, wherever it is."""
        self._queue = deque(one for one in self._queue if one is not incident)

    def head(self) -> Incident | None:
        """Return the first incident that still matters; the others are dropped."""
        while self._queue and not matters(self._queue[0]):
            self._queue.popleft()
        return self._queue[0] if self._queue else None

    def pop(self) -> Incident:
        """Take the first incident out."""
        return self._queue.popleft()


def matters(incident: Incident) -> bool:
    """Whether a unit should go: people wait at a known place, or may be found."""
    return not incident.is_settled or (incident.is_found and bool(incident.waiting))


class Landing:
    """Where and when people of an incident are brought ashore.

    Parameters
    ----------
    position : tuple of two float or None, km
        Place of safety; None: the base.
    wait : float, h
        From leaving the incident until the place lets the unit in.

    """

    __slots__ = ("position", "wait")

    def __init__(self, position: Position | None, wait: float) -> None:
        self.position = position
        self.wait = wait


class Trip:
    """One trip of a unit.

    Parameters
    ----------
    env : simpy.Environment
    scene : Scene
    chart : Chart
    backlog : Backlog
    landing : callable
        Gives the :class:`Landing` of an incident.
    unit : Unit
    number : int
        Of the trip within its rescue service.
    passes_by : bool
        Whether this is a merchant or volunteer vessel, which is on the spot already.

    """

    def __init__(
        self,
        env: simpy.Environment,
        scene: Scene,
        chart: Chart,
        backlog: Backlog,
        landing: Callable[[Incident], Landing],
        unit: Unit,
        number: int,
        *,
        passes_by: bool = False,
    ) -> None:
        self._env = env
        self._scene = scene
        self._chart = chart
        self._backlog = backlog
        self._landing = landing
        self._number = number
        self._passes_by = passes_by
        self._kind = unit.fleet.kind
        self._aboard: list[tuple[Waiting, Fate]] = []
        self._load = 0
        self._from: Position = unit.fleet.home
        self._left_at = unit.departed
        self._arrives = math.inf
        self._diverted: simpy.Event | None = None
        self._target: Incident | None = None
        self._is_called_home = False
        self._visited: set[int] = set()
        self._first: Incident | None = None
        self.unit = unit
        self.heading: Incident | None = None
        """Incident that the unit is on its way to and may be diverted from."""

    @property
    def landed(self) -> int:
        """Persons on board, alive."""
        return self._load

    def run(self, first: Incident, *, may_be_diverted: bool) -> Generator[simpy.Event, Any, float]:
        """Process part: the whole trip until people are ashore; returns the hours home."""
        env = self._env
        if not self._passes_by:
            way = self._chart.to_incident(self._from, first) / self._kind.speed
            if may_be_diverted and not (yield from self._go(first, way)):
                return 0.0
            if may_be_diverted:
                assert self._target is not None  # noqa: S101 - where the unit has arrived
                first = self._target
            else:
                yield env.timeout(self.unit.ready + way)
        incident: Incident | None = first
        self._first = last = first
        while incident is not None:
            last = incident
            self._visited.add(incident.number)
            yield from self._visit(incident)
            incident = None if self._passes_by else self._next(incident)
            if incident is not None:
                way = self._chart.between(last, incident)
                if way > 0:
                    yield env.timeout(way / self._kind.speed)
        home = yield from self._land(self._charted(last))
        return home

    # Way

    def _go(self, incident: Incident, way: float) -> Generator[simpy.Event, Any, bool]:
        """Go to an incident, or to where the unit is sent instead; False: it was called home."""
        env = self._env
        self.heading = incident
        self._arrives = env.now + self.unit.ready + way
        while True:
            self._diverted = diverted = env.event()
            yield env.timeout(self._arrives - env.now) | diverted
            if not diverted.triggered:
                self._target, self.heading = self.heading, None
                return True
            if self._is_called_home:
                yield env.timeout(apart(self._from, self.unit.fleet.home) / self._kind.speed)
                return False

    def position(self) -> Position:
        """Where the unit is on its way to an incident."""
        assert self.heading is not None  # noqa: S101 - asked on the way only
        begin, end = self._from, self.heading.position
        lasts = self._arrives - self._left_at
        gone = (self._env.now - self._left_at) / lasts if lasts > 0 else 1.0
        gone = min(max(gone, 0.0), 1.0)
        return (begin[0] + gone * (end[0] - begin[0]), begin[1] + gone * (end[1] - begin[1]))

    @property
    def time_left(self) -> float:
        """Hours until the unit arrives."""
        return self._arrives - self._env.now

    def time_to(self, incident: Incident) -> float:
        """Hours until the unit would be at another incident; infinite: beyond its endurance."""
        starts = max(self._left_at - self._env.now, 0.0)
        time = starts + apart(self.position(), incident.position) / self._kind.speed
        return time if self._env.now + time <= self._latest_leave(incident) else math.inf

    def divert(self, incident: Incident | None) -> None:
        """Send the unit to another incident; None calls it home."""
        assert self._diverted is not None  # noqa: S101 - on the way
        now = self._env.now
        time = math.inf if incident is None else self.time_to(incident)
        self._from, self._left_at = self.position(), max(self._left_at, now)
        self.heading, self._arrives = incident, now + time
        self._is_called_home = incident is None
        if not self._diverted.triggered:  # else it is sent elsewhere twice in an instant
            self._diverted.succeed()

    # Search and boarding

    def _visit(self, incident: Incident) -> Generator[simpy.Event, Any, None]:
        scene = self._scene
        if scene.needs_search(incident):
            yield from self._search(incident)
        elif not incident.is_settled:
            scene.reach(incident)
        if incident.is_found:
            yield from self._board(incident)
        if not self._passes_by:
            self.release(incident)

    def release(self, incident: Incident) -> None:
        """Take this unit off an incident, which waits for another if it still needs one."""
        incident.units -= 1
        incident.seats -= self._kind.seats
        short = incident.persons_left > incident.seats or incident.units == 0
        if matters(incident) and short and incident not in self._backlog:
            self._backlog.add(incident)

    def _search(self, incident: Incident) -> Generator[simpy.Event, Any, None]:
        env, began = self._env, self._env.now
        limit = self._latest_leave(incident) - began
        if limit <= 0:
            return
        over = self._scene.join(incident, self._number, self._kind)
        yield over if limit == math.inf else over | env.timeout(limit)
        self._scene.leave(incident, self._number)
        self.unit.searched += env.now - began

    def _board(self, incident: Incident) -> Generator[simpy.Event, Any, None]:
        env, kind, scene = self._env, self._kind, self._scene
        while incident.waiting:
            one = incident.waiting[0]
            alive = one.alive(env.now)
            if alive > kind.seats - self._load and self._load > 0:
                return
            time = boarding_time(kind, alive, self._home_time(incident))
            if env.now + time > self._latest_leave(incident):
                return
            fate = scene.dangers.fate(one, env.now, out=True)
            scene.take(incident, one, None if self._passes_by else self.unit.fleet.facility)
            incident.recovered_dead += fate.recovered
            incident.missing += fate.dead - fate.recovered
            scene.note()
            if not alive:
                one.row.end(env.now, "lost")
                one.done.succeed(fate)
                continue
            yield env.timeout(time)
            self._aboard.append((one, fate))
            self._load += alive

    def _next(self, here: Incident) -> Incident | None:
        """Take the next incident of the queue if its people fit and the endurance allows it."""
        incident = self._backlog.head()
        if incident is None or incident.persons_left > self._kind.seats - self._load:
            return None
        if incident.number in self._visited:
            return None
        way = self._chart.between(here, incident) / self._kind.speed
        if self._env.now + way > self._latest_leave(incident):
            return None
        self._backlog.pop()
        incident.units += 1
        incident.seats += self._kind.seats
        return incident

    # Landing

    def _latest_leave(self, incident: Incident) -> float:
        """When the unit must leave: to be in with people, or back at its base without any."""
        here = self._charted(incident)
        back = self._chart.to_incident(self.unit.fleet.home, here) / self._kind.speed
        return self.unit.must_be_in - max(self._home_time(incident), back)

    def _charted(self, incident: Incident) -> Incident:
        """Where positions are not known, the first distance stands for the whole trip."""
        return incident if self._chart.has_positions or self._first is None else self._first

    def _home_time(self, incident: Incident) -> float:
        """Hours from an incident to where its people are landed."""
        here = self._charted(incident)
        place = self._landing(here).position
        way = self._chart.to_incident(self.unit.fleet.home if place is None else place, here)
        return way / self._kind.speed

    def _land(self, incident: Incident) -> Generator[simpy.Event, Any, float]:
        env, landing = self._env, self._landing(incident)
        if landing.position is None or not self._aboard:
            way = self._chart.to_incident(self.unit.fleet.home, incident) / self._kind.speed
            yield env.timeout(way)
            home = 0.0
        else:
            way = self._home_time(incident)
            let_in = min(max(way, landing.wait), max(self.unit.must_be_in - env.now, way))
            yield env.timeout(let_in)
            home = apart(landing.position, self.unit.fleet.home) / self._kind.speed
        for one, fate in self._aboard:
            one.row.end(env.now)
            one.done.succeed(fate)
        return home
