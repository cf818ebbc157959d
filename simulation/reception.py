"""Reception: desks in a row, a place in a site, the stay, and the way onward."""

from __future__ import annotations

import math
from collections import deque
from typing import TYPE_CHECKING, Any

import numpy as np
import simpy

from simulation.calendars import HOURS_PER_DAY
from simulation.categories import HOUSEHOLDS, household_kinds
from simulation.resources import Recorder, Servers, StepRow

if TYPE_CHECKING:
    from collections.abc import Generator

    from simulation.arrivals import Population
    from simulation.capacities import Capacities
    from simulation.parts import Desk, Transport


class DeskService:
    """Desks of one kind.

    Parameters
    ----------
    env : simpy.Environment
    desk : Desk
    people : Population
    recorder : Recorder
    facility : int
        Index in the records.
    capacities : Capacities
    row : int
        1 for the first desks of the kind that a group passes, 2 for the next.

    """

    def __init__(
        self,
        env: simpy.Environment,
        desk: Desk,
        people: Population,
        recorder: Recorder,
        facility: int,
        capacities: Capacities,
        row: int = 1,
    ) -> None:
        self._env = env
        self._desk = desk
        self._recorder = recorder
        self._facility = facility
        # Named by kind, so that a group needs the same time wherever it is received.
        self._time = people.draw(f"{desk.kind}.service_time/{row}", desk.service_time)
        self._servers = Servers(
            env, desk.desks, recorder, facility, capacities, hands_over=desk.hands_over
        )

        kinds = household_kinds(people.persons, people.women, people.unaccompanied)
        self._takes = [not desk.only or HOUSEHOLDS[kind] in desk.only for kind in kinds]
        self.while_staying = desk.while_staying
        self.checks = desk.kind == "vulnerability_check"
        self._recognized: list[bool] = []
        if self.checks:
            seen = np.array(people.uniform(f"vulnerability_check.finds/{row}")) < desk.finds
            self._recognized = (seen & (people.vulnerable > 0)).tolist()

    def takes(self, group: int) -> bool:
        """Whether a group passes these desks."""
        return self._takes[group]

    def recognizes(self, group: int) -> bool:
        """Whether a vulnerability check finds a group vulnerable; only those who are can be."""
        return self._recognized[group]

    def serve(self, group: int, persons: int) -> Generator[simpy.Event, Any, None]:
        """Process part: so many persons of a group queue; an interrupt means they have left."""
        env = self._env
        row = self._recorder.step(group, 0, persons, self._desk.kind, self._facility, env.now)
        try:
            with self._servers.request(persons) as turn:
                yield turn
                row.start(env.now)
                time = self._time[group]
                yield from self._servers.work(
                    turn, time * persons if self._desk.per == "person" else time
                )
                row.end(env.now)
        except simpy.Interrupt:
            row.end(env.now, "left_without_service")


class _Party:
    """A group that waits for seats, and how many of it have not left yet."""

    __slots__ = ("departure", "persons", "row")

    def __init__(self, row: StepRow, departure: simpy.Event, persons: int) -> None:
        self.row = row
        self.departure = departure
        self.persons = persons


class TransportService:
    """Vehicles that leave on a timetable with as many waiting groups as have seats.

    Only vehicles that are back leave again. A group that does not fit waits while those behind it
    may board; a group larger than all the seats there are boards in parts when it is first, and
    counts as having left with its last part.

    Parameters
    ----------
    env : simpy.Environment
    transport : Transport
    recorder : Recorder
    facility : int
        Index in the records.
    capacities : Capacities

    """

    def __init__(
        self,
        env: simpy.Environment,
        transport: Transport,
        recorder: Recorder,
        facility: int,
        capacities: Capacities,
    ) -> None:
        self._env = env
        self._transport = transport
        self._recorder = recorder
        self._facility = facility
        self._queue: deque[_Party] = deque()
        self._waiting = 0
        self._under_way = 0
        self._vehicles = transport.vehicles.values[0]
        self._note()
        capacities.follow(facility, transport.vehicles, self._set_vehicles)
        env.process(self._timetable())

    def ask(self, group: int, persons: int) -> simpy.Event:
        """Ask for seats; the event succeeds at departure."""
        row = self._recorder.step(group, 0, persons, "onward", self._facility, self._env.now)
        departure = self._env.event()
        self._queue.append(_Party(row, departure, persons))
        self._waiting += persons
        self._note()
        return departure

    def _set_vehicles(self, vehicles: int) -> None:
        self._vehicles = vehicles
        self._note()

    def _timetable(self) -> Generator[simpy.Event, Any, None]:
        yield self._env.timeout(self._transport.departs_at)
        while True:
            self._depart()
            yield self._env.timeout(self._transport.every_days * HOURS_PER_DAY)

    def _depart(self) -> None:
        env, per_vehicle = self._env, self._transport.seats
        seats = max(self._vehicles - self._under_way, 0) * per_vehicle
        loaded: list[StepRow] = []
        left: deque[_Party] = deque()
        boarded = 0
        while self._queue and seats > 0:
            party = self._queue.popleft()
            in_parts = not left and party.persons > self._vehicles * per_vehicle
            if party.persons > seats and not in_parts:
                left.append(party)
                continue
            board = min(party.persons, seats)
            seats -= board
            boarded += board
            party.persons -= board
            if party.persons:
                left.append(party)
                continue
            party.row.start(env.now)
            loaded.append(party.row)
            party.departure.succeed()
        self._queue.extendleft(reversed(left))
        if boarded:
            self._waiting -= boarded
            used = math.ceil(boarded / per_vehicle)
            self._under_way += used
            arrival = env.timeout(self._transport.travel_time)
            arrival.callbacks.append(lambda _: self._arrive(loaded))
            back = env.timeout(self._transport.travel_time + self._transport.return_time)
            back.callbacks.append(lambda _: self._come_back(used))
        self._note()

    def _arrive(self, loaded: list[StepRow]) -> None:
        for row in loaded:
            row.end(self._env.now)

    def _come_back(self, vehicles: int) -> None:
        self._under_way -= vehicles
        self._note()

    def _note(self) -> None:
        self._recorder.state(
            self._facility, self._env.now, self._under_way, self._waiting, self._vehicles
        )
