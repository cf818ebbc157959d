"""Dispatch: which unit goes to which incident, and when.

Rules of dispatch, in the order in which they are tried:

- Incidents are served in the order of their reports; the first in the queue gets the free unit that
  arrives earliest, of units of one center and those it may borrow (of equal ones the one listed
  first, own units before borrowed ones).
- A unit is only sent where its endurance allows it to go, board one group and bring it ashore. An
  incident out of reach of all free units does not hold up those behind it.
- An incident keeps its place in the queue until the units sent have seats for all of its people or
  ``units_per_incident`` are on their way.
- A lender lends when no incident of its own waits, and never more than the agreed share of a kind.
- With ``retask`` a unit under way is sent to a new report for which no unit is free, if it arrives
  there sooner than where it is heading; that incident goes back to the queue and cannot lose a unit
  again. A unit whose people got out by themselves is called home, or to the first in the queue.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from simulation.fleets import Chart, Fleet, Unit, boarding_time
from simulation.trips import Backlog, Landing, Trip

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    import simpy

    from simulation.incidents import Incident, IncidentLog
    from simulation.parts import Aid, Rescue
    from simulation.scene import Scene


class Dispatcher:
    """Sends the units of one rescue service, and those that others lend it.

    Parameters
    ----------
    env : simpy.Environment
    rescue : Rescue
    number : int
        Of the service, for the records.
    scene : Scene
    fleets : list of Fleet
        In the order of the plan.
    landing : callable
        Gives the :class:`Landing` of an incident.
    log : IncidentLog

    """

    def __init__(
        self,
        env: simpy.Environment,
        rescue: Rescue,
        number: int,
        scene: Scene,
        fleets: list[Fleet],
        landing: Callable[[Incident], Landing],
        log: IncidentLog,
    ) -> None:
        self._env = env
        self._rescue = rescue
        self._number = number
        self._scene = scene
        self._fleets = fleets
        self._landing = landing
        self._log = log
        self._lenders: list[tuple[Aid, Dispatcher]] = []
        self._borrowers: list[Dispatcher] = []
        self._under_way: dict[int, Trip] = {}
        self._trips = 0
        self.chart = Chart(rescue.position, rescue.sector is not None)
        self.backlog = Backlog()
        scene.on_word = self._call_home
        for fleet in fleets:
            fleet.on_free = self.units_are_free

    def lends_to(self, borrower: Dispatcher, aid: Aid) -> None:
        """Agree to lend units to another center."""
        self._borrowers.append(borrower)
        borrower._lenders.append((aid, self))

    def report(self, incident: Incident) -> None:
        """Take a report: units are sent as soon as there are some."""
        incident.reported = self._env.now
        self.backlog.add(incident)
        for aid, _ in self._lenders:
            if aid.after > 0:
                self._env.timeout(aid.after).callbacks.append(lambda _: self.dispatch())
        self.dispatch()
        if self._rescue.retask and incident.units == 0 and incident in self.backlog:
            self._divert_to(incident)

    def units_are_free(self) -> None:
        """Send units that have come free: to own incidents first, then to those of others."""
        self.dispatch()
        for borrower in self._borrowers:
            borrower.dispatch()

    def dispatch(self) -> None:
        """Send units until none is free or nobody waits."""
        passed_over: list[Incident] = []
        while (incident := self._next()) is not None:
            own, lent = self._candidates(incident)
            best = min(own + lent, key=lambda pair: pair[0], default=None)
            if best is not None:
                self._send(best[1], incident, lend=best not in own)
            elif any(fleet.has_free for fleet in self._fleets):
                passed_over.append(self.backlog.pop())
            else:
                break
        for incident in passed_over:
            self.backlog.add(incident)

    def _next(self) -> Incident | None:
        if not any(fleet.has_free for fleet in self._fleets) and not self._lenders:
            return None
        return self.backlog.head()

    @property
    def _has_waiting(self) -> bool:
        return self.backlog.head() is not None

    def _candidates(
        self, incident: Incident
    ) -> tuple[list[tuple[float, Fleet]], list[tuple[float, Fleet]]]:
        """Hours until a free unit of each kind would arrive, own ones and borrowed ones."""
        own = [(self._arrival(fleet, incident), fleet) for fleet in self._fleets if fleet.has_free]
        lent = [
            (self._arrival(fleet, incident), fleet)
            for aid, lender in self._lenders
            if self._env.now >= incident.reported + aid.after and not lender._has_waiting
            for fleet in lender._fleets
            if fleet.has_free and fleet.lent < math.floor(aid.share * fleet.available + 1e-9)
        ]
        return [p for p in own if p[0] < math.inf], [p for p in lent if p[0] < math.inf]

    def _arrival(self, fleet: Fleet, incident: Incident) -> float:
        """Hours until a unit of a fleet would be there; infinite: beyond its endurance."""
        kind = fleet.kind
        way = self.chart.to_incident(fleet.home, incident) / kind.speed
        if kind.endurance < math.inf:
            first = incident.waiting[0].persons if incident.waiting else 0
            place = self._landing(incident).position
            back = self.chart.to_incident(fleet.home if place is None else place, incident)
            boards = boarding_time(kind, first, back / kind.speed)
            if way + boards + max(back / kind.speed, way) > kind.endurance:
                return math.inf
        return fleet.readiness(self._env.now) + way

    def _send(self, fleet: Fleet, incident: Incident, *, lend: bool) -> None:
        unit = fleet.take(self._env.now, lend=lend)
        self._assign(incident, fleet.kind.seats)
        if math.isnan(incident.dispatched):
            incident.dispatched = self._env.now
        fleet.on_change(fleet)
        self._env.process(self._trip(unit, incident))

    def _assign(self, incident: Incident, seats: int) -> None:
        incident.units += 1
        incident.seats += seats
        enough = incident.seats >= incident.persons_left
        if enough or incident.units >= self._rescue.units_per_incident:
            self.backlog.remove(incident)

    def _trip(self, unit: Unit, incident: Incident) -> Generator[simpy.Event, Any, None]:
        env, fleet = self._env, unit.fleet
        number = self._trips
        self._trips += 1
        trip = Trip(env, self._scene, self.chart, self.backlog, self._landing, unit, number)
        may_be_diverted = self._rescue.retask and not unit.is_lent
        if may_be_diverted:
            self._under_way[number] = trip
        home = yield from trip.run(incident, may_be_diverted=may_be_diverted)
        self._under_way.pop(number, None)
        landed = env.now
        if home > 0:
            yield env.timeout(home)
        yield env.timeout(fleet.kind.turnaround)
        times = (unit.ordered, unit.departed, landed, env.now, unit.searched)
        self._log.trips.append(
            (fleet.facility, unit.number, incident.number, self._number, *times, trip.landed)
        )
        rest = fleet.take_back(unit, env.now)
        if rest > 0:
            env.timeout(rest).callbacks.append(lambda _: self._rested(unit))
        else:
            fleet.put_back(unit, env.now)
        fleet.on_change(fleet)
        fleet.on_free()

    def _rested(self, unit: Unit) -> None:
        unit.fleet.put_back(unit, self._env.now)
        unit.fleet.on_free()

    # Sending units under way elsewhere

    def _divert_to(self, incident: Incident) -> None:
        best: tuple[float, Trip] | None = None
        for trip in self._under_way.values():
            if trip.heading is None or trip.heading.lost_unit:
                continue
            time = trip.time_to(incident)
            if time < trip.time_left and (best is None or time < best[0]):
                best = time, trip
        if best is None:
            return
        trip = best[1]
        loses = trip.heading
        assert loses is not None  # noqa: S101 - only trips with a heading are asked
        loses.lost_unit = True
        self._redirect(trip, incident)
        trip.release(loses)

    def _redirect(self, trip: Trip, incident: Incident) -> None:
        trip.divert(incident)
        self._assign(incident, trip.unit.fleet.kind.seats)
        if math.isnan(incident.dispatched):
            incident.dispatched = self._env.now

    def _call_home(self, incident: Incident) -> None:
        """Call units home that are on their way to people who got out by themselves."""
        for trip in [t for t in self._under_way.values() if t.heading is incident]:
            elsewhere = self.backlog.head()
            if elsewhere is not None and trip.time_to(elsewhere) < math.inf:
                self._redirect(trip, elsewhere)
            else:
                trip.divert(None)
            trip.release(incident)
