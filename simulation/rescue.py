"""Rescue of groups that are cut off: alert, dispatch by earliest arrival, search, pick-up, landing.

Search follows random-search theory (Koopman 1946): with sweep width W, speed v and area A the time
until detection is exponential with rate W v / A.
"""

from __future__ import annotations

import math
from collections import deque
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Generator

    import simpy

    from simulation.arrivals import Population
    from simulation.capacities import Capacities
    from simulation.parts import Rescue, RescueUnits
    from simulation.resources import Recorder, StepRow


class _Incident:
    """A group that is cut off."""

    __slots__ = ("done", "group", "missed", "persons", "reached", "row")

    def __init__(self, group: int, persons: int, row: StepRow, done: simpy.Event) -> None:
        self.group = group
        self.persons = persons
        self.row = row
        self.done = done
        self.reached = False
        self.missed = False


class _Fleet:
    """Units of one kind and how many are out."""

    __slots__ = ("available", "facility", "out", "units")

    def __init__(self, units: RescueUnits, facility: int) -> None:
        self.units = units
        self.facility = facility
        self.available = units.units.values[0]
        self.out = 0


class RescueService:
    """The rescue service of one region.

    Parameters
    ----------
    env : simpy.Environment
    rescue : Rescue
    people : Population
    recorder : Recorder
    facilities : list of int
        Index of each kind of units in the records.
    capacities : Capacities

    """

    def __init__(
        self,
        env: simpy.Environment,
        rescue: Rescue,
        people: Population,
        recorder: Recorder,
        facilities: list[int],
        capacities: Capacities,
    ) -> None:
        self._env = env
        self._rescue = rescue
        self._recorder = recorder
        self._persons = people.persons.tolist()
        self._alert = people.draw(f"{rescue.name}.alert_delay", rescue.alert_delay)
        self._distance = people.draw(f"{rescue.name}.distance", rescue.distance)
        self._holds_out = people.draw(f"{rescue.name}.holds_out", rescue.holds_out)
        self._self_arrival = people.uniform(f"{rescue.name}.self_arrival")
        self._search = people.uniform(f"{rescue.name}.search")
        self._waiting: deque[_Incident] = deque()
        self._cut_off = 0
        self._fleets = [
            _Fleet(units, facility)
            for units, facility in zip(rescue.units, facilities, strict=True)
        ]
        for fleet in self._fleets:
            self._note(fleet)
            capacities.follow(fleet.facility, fleet.units.units, self._changer(fleet))

    def fetch(self, group: int) -> Generator[simpy.Event, Any, bool]:
        """Process part: a group waits to be fetched; returns whether it gets out."""
        env = self._env
        first = self._fleets[0].facility
        persons = self._persons[group]
        row = self._recorder.step(group, 0, persons, "rescue", first, env.now)
        incident = _Incident(group, persons, row, env.event())
        self._cut_off += persons
        self._note(self._fleets[0])
        limit = env.timeout(self._holds_out[group])
        limit.callbacks.append(lambda _: self._give_up(incident))
        alert = env.timeout(self._alert[group])
        alert.callbacks.append(lambda _: self._report(incident))
        got_out: bool = yield incident.done
        return got_out

    def _report(self, incident: _Incident) -> None:
        if not incident.missed:
            self._waiting.append(incident)
            self._dispatch()

    def _give_up(self, incident: _Incident) -> None:
        if incident.reached:
            return
        incident.missed = True
        gets_out = self._self_arrival[incident.group] < self._rescue.self_arrival
        incident.row.end(self._env.now, "self_arrived" if gets_out else "not_reached")
        self._cut_off -= incident.persons
        self._note(self._fleets[0])
        incident.done.succeed(gets_out)

    def _changer(self, fleet: _Fleet) -> Any:
        def change(available: int) -> None:
            fleet.available = available
            self._note(fleet)
            self._dispatch()

        return change

    def _next(self) -> _Incident | None:
        while self._waiting and self._waiting[0].missed:
            self._waiting.popleft()
        return self._waiting[0] if self._waiting else None

    def _dispatch(self) -> None:
        """Send units to the groups that reported first, each the one that arrives earliest."""
        while (incident := self._next()) is not None:
            free = [fleet for fleet in self._fleets if fleet.out < fleet.available]
            if not free:
                return
            distance = self._distance[incident.group]
            fleet = min(free, key=lambda f: f.units.readiness + distance / f.units.speed)
            self._waiting.popleft()
            fleet.out += 1
            self._note(fleet)
            self._env.process(self._trip(fleet, incident))

    def _trip(self, fleet: _Fleet, first: _Incident) -> Generator[simpy.Event, Any, None]:
        env, units = self._env, fleet.units
        way = self._distance[first.group] / units.speed
        yield env.timeout(units.readiness + way)
        aboard: list[_Incident] = []
        load = 0
        incident: _Incident | None = first
        while incident is not None:
            if self._rescue.search_area > 0:
                yield env.timeout(self._search_time(incident, units))
            if not incident.missed:
                incident.reached = True
                incident.row.facility = fleet.facility
                incident.row.start(env.now)
                self._cut_off -= incident.persons
                self._note(self._fleets[0])
                # A group larger than the boat is fetched in several trips but stays one group.
                shuttles = math.ceil(incident.persons / units.seats) - 1
                yield env.timeout(units.boarding + shuttles * (2 * way + units.boarding))
                aboard.append(incident)
                load += incident.persons
            incident = self._next()
            if incident is not None and incident.persons <= units.seats - load:
                self._waiting.popleft()
            else:
                incident = None
        yield env.timeout(way)
        for landed in aboard:
            landed.row.end(env.now)
            landed.done.succeed(True)
        yield env.timeout(units.turnaround)
        fleet.out -= 1
        self._note(fleet)
        self._dispatch()

    def _search_time(self, incident: _Incident, units: RescueUnits) -> float:
        rate = units.sweep_width * units.search_speed / self._rescue.search_area
        return -math.log(self._search[incident.group]) / rate

    def _note(self, fleet: _Fleet) -> None:
        waiting = self._cut_off if fleet is self._fleets[0] else 0
        self._recorder.state(fleet.facility, self._env.now, fleet.out, waiting, fleet.available)
