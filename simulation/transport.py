"""The way onward: vehicles on a timetable or on demand, stopped by weather or a full destination.

A group that does not fit waits while those behind it may board. A group larger than all the seats
there are (on demand: than a vehicle) boards in parts when it is first, and counts as having left
with its last part.
"""

from __future__ import annotations

import math
from collections import deque
from typing import TYPE_CHECKING, Any

import numpy as np

from simulation.calendars import HOURS_PER_DAY
from simulation.capacities import follow
from simulation.weather import gated

if TYPE_CHECKING:
    from collections.abc import Generator

    import simpy

    from simulation.arrivals import Population
    from simulation.capacities import Capacities
    from simulation.network import Network
    from simulation.parts import Transport
    from simulation.recorder import Recorder, StepRow


class _Party:
    """A group that waits for seats, and how many of it have not left yet."""

    __slots__ = ("departure", "group", "is_due", "persons", "row")

    def __init__(self, group: int, row: StepRow, departure: simpy.Event, persons: int) -> None:
        self.group = group
        self.row = row
        self.departure = departure
        self.persons = persons
        self.is_due = False


class TransportService:
    """Vehicles of one kind that take waiting groups onward; only those that are back leave again.

    Parameters
    ----------
    env : simpy.Environment
    transport : Transport
    network : Network
        Gives the weather.
    people : Population
    recorder : Recorder
    facility : int
        Index in the records.
    capacities : Capacities

    """

    def __init__(
        self,
        env: simpy.Environment,
        transport: Transport,
        network: Network,
        people: Population,
        recorder: Recorder,
        facility: int,
        capacities: Capacities,
    ) -> None:
        self._env = env
        self._transport = transport
        self._people = people
        self._recorder = recorder
        self._facility = facility
        self._queue: deque[_Party] = deque()
        self._waiting = 0
        self._under_way = 0
        self._called = 0
        self._calls = 0
        self._stands_ready_at = 0.0 if transport.mobilization is None else math.inf
        self._there = 0
        places = transport.destination_places
        self._places: float = math.inf if places is None else places.values[0]
        if places is not None:
            env.process(follow(env, places, self._set_places))
        stay = transport.destination_stay
        self._stay = people.draw(f"{transport.name}.destination_stay", stay) if stay else []
        series = network.weather_series(transport.weather, people.streams)
        calendar, gate = gated(series, transport.vehicles, transport.wave_limit)
        self._vehicles = calendar.values[0]
        self._note()
        capacities.follow(facility, calendar, self._set_vehicles, gate)
        if not transport.on_demand:
            env.process(self._timetable())

    def ask(self, group: int, persons: int) -> simpy.Event:
        """Ask for seats; the event succeeds at departure."""
        env = self._env
        row = self._recorder.step(group, 0, persons, "onward", self._facility, env.now)
        party = _Party(group, row, env.event(), persons)
        self._queue.append(party)
        self._waiting += persons
        self._note()
        if self._transport.on_demand:
            if self._transport.longest_wait < math.inf:
                limit = env.timeout(self._transport.longest_wait)
                limit.callbacks.append(lambda _: self._is_due(party))
            self._call()
        elif self._stands_ready_at == math.inf:
            self._stands_ready_at = env.now + self._mobilization()
        return party.departure

    def withdraw(self, group: int) -> None:
        """Take a group out of the queue because nobody of it is left."""
        for party in [one for one in self._queue if one.group == group]:
            self._queue.remove(party)
            self._waiting -= party.persons
            party.row.end(self._env.now, "died")
            self._note()

    def free_one(self, group: int) -> None:
        """Give up the seat of a member who died; when all others have left, the group has."""
        for party in [one for one in self._queue if one.group == group]:
            party.persons -= 1
            self._waiting -= 1
            if not party.persons:
                self._queue.remove(party)
                party.row.start(self._env.now)
                party.row.end(self._env.now)
                party.departure.succeed()
            self._note()
            self._call()

    def _mobilization(self) -> float:
        """Draw the time until the next vehicle called stands ready, hours."""
        lag = self._transport.mobilization
        if lag is None:
            return 0.0
        number = np.array([self._calls], dtype=np.uint64)
        name = f"{self._transport.name}.mobilization"
        return float(self._people.streams.draw(name, lag, number)[0])

    def _set_vehicles(self, vehicles: int) -> None:
        self._vehicles = vehicles
        self._note()
        self._call()

    def _set_places(self, places: int) -> None:
        self._places = places
        self._call()

    # On demand

    def _is_due(self, party: _Party) -> None:
        if party in self._queue:
            party.is_due = True
            self._call()

    def _call(self) -> None:
        """Call as many vehicles as can be filled, or as somebody has waited too long for."""
        if not self._transport.on_demand:
            return
        seats = self._transport.seats
        while self._vehicles > self._under_way + self._called:
            uncovered = self._could_board() - self._called * seats
            due = any(self._fits(one) for one in self._queue if one.is_due) and not self._called
            if uncovered < seats and not due:
                return
            self._called += 1
            ready = self._env.timeout(self._mobilization())
            self._calls += 1
            ready.callbacks.append(lambda _: self._leave())

    def _fits(self, party: _Party) -> bool:
        return min(party.persons, self._transport.seats) <= self._places - self._there

    def _could_board(self) -> float:
        """Persons waiting for whom there is a place at the destination."""
        free = self._places - self._there
        total = 0
        for party in self._queue:
            if party.persons <= free - total or party.persons > self._transport.seats:
                total += int(min(party.persons, max(free - total, 0)))
        return total

    def _leave(self) -> None:
        """Have a vehicle that was called and stands ready leave with those who wait."""
        self._called -= 1
        if self._vehicles > self._under_way:
            self._board(self._transport.seats, in_parts_above=self._transport.seats)
        self._note()
        self._call()

    # On a timetable

    def _timetable(self) -> Generator[simpy.Event, Any, None]:
        yield self._env.timeout(self._transport.departs_at)
        while True:
            if self._env.now >= self._stands_ready_at:
                per_vehicle = self._transport.seats
                seats = max(self._vehicles - self._under_way, 0) * per_vehicle
                self._board(seats, in_parts_above=self._vehicles * per_vehicle)
            self._note()
            yield self._env.timeout(self._transport.every_days * HOURS_PER_DAY)

    # The way

    def _board(self, seats: int, *, in_parts_above: int) -> None:
        env = self._env
        loaded: list[_Party] = []
        left: deque[_Party] = deque()
        boarded = 0
        while self._queue and seats > 0:
            party = self._queue.popleft()
            room = int(min(seats, self._places - self._there))
            in_parts = not left and party.persons > in_parts_above
            if room <= 0 or (party.persons > room and not in_parts):
                left.append(party)
                continue
            board = min(party.persons, room)
            seats -= board
            boarded += board
            party.persons -= board
            self._occupy(party, board)
            if party.persons:
                left.append(party)
                continue
            party.row.start(env.now)
            loaded.append(party)
            party.departure.succeed()
        self._queue.extendleft(reversed(left))
        if boarded:
            self._waiting -= boarded
            used = math.ceil(boarded / self._transport.seats)
            self._under_way += used
            arrival = env.timeout(self._transport.travel_time)
            arrival.callbacks.append(lambda _: self._arrive(loaded))
            back = env.timeout(self._transport.travel_time + self._transport.return_time)
            back.callbacks.append(lambda _: self._come_back(used))

    def _occupy(self, party: _Party, persons: int) -> None:
        """Take places at the destination from now on, until the stay there is over."""
        if self._transport.destination_places is None:
            return
        self._there += persons
        if self._stay:
            over = self._env.timeout(self._transport.travel_time + self._stay[party.group])
            over.callbacks.append(lambda _: self._free(persons))

    def _free(self, persons: int) -> None:
        self._there -= persons
        self._call()

    def _arrive(self, loaded: list[_Party]) -> None:
        for party in loaded:
            party.row.end(self._env.now)

    def _come_back(self, vehicles: int) -> None:
        self._under_way -= vehicles
        self._note()
        self._call()

    def _note(self) -> None:
        self._recorder.state(
            self._facility, self._env.now, self._under_way, self._waiting, self._vehicles
        )
