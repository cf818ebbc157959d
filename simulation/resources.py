"""SimPy resources that follow a calendar, keep their queue in a heap and record their states."""

from __future__ import annotations

import heapq
from operator import attrgetter
from typing import TYPE_CHECKING, Any

import numpy as np
from simpy.events import Event
from simpy.resources.base import BaseResource
from simpy.resources.resource import Release, Request

from simulation.records import (
    EVENT_COLUMNS,
    EVENTS,
    STATE_COLUMNS,
    STEP_COLUMNS,
    STEP_OUTCOMES,
    STEPS,
    columns_table,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator
    from types import TracebackType

    import pandas as pd
    import simpy

    from simulation.calendars import Steps
    from simulation.capacities import Capacities

NAN = float("nan")
STEP = {name: code for code, name in enumerate(STEPS)}
OUTCOME = {name: code for code, name in enumerate(STEP_OUTCOMES)}


class StepRow:
    """An open row of the table of steps; attributes are its columns."""

    __slots__ = (
        "acuity",
        "ended",
        "facility",
        "group",
        "outcome",
        "persons",
        "requested",
        "started",
        "step",
        "visit",
    )

    def __init__(
        self, group: int, visit: int, persons: int, step: int, facility: int, requested: float
    ) -> None:
        self.group = group
        self.visit = visit
        self.persons = persons
        self.step = step
        self.facility = facility
        self.requested = requested
        self.acuity = -1
        self.started = NAN
        self.ended = NAN
        self.outcome = OUTCOME["waiting"]

    def start(self, now: float) -> None:
        """Mark the beginning of the service."""
        self.started = now
        self.outcome = OUTCOME["in_service"]

    def end(self, now: float, outcome: str = "served") -> None:
        """Mark the end and how it came."""
        self.ended = now
        self.outcome = OUTCOME[outcome]


class Recorder:
    """Collects what happens in one replication.

    Parameters
    ----------
    facilities : int
        Number of facilities of the network.

    """

    def __init__(self, facilities: int) -> None:
        self.rows: list[StepRow] = []
        self._states: list[list[tuple[float, int, int, int]]] = [[] for _ in range(facilities)]
        self._events: list[tuple[int, int, float]] = []

    def step(
        self, group: int, visit: int, persons: int, step: str, facility: int, now: float
    ) -> StepRow:
        """Open a row: a group asks for a step."""
        row = StepRow(group, visit, persons, STEP[step], facility, now)
        self.rows.append(row)
        return row

    def state(self, facility: int, now: float, busy: int, waiting: int, capacity: int) -> None:
        """Note the state of a facility; the last of an instant is kept."""
        states = self._states[facility]
        if states and states[-1][0] == now:
            states[-1] = (now, busy, waiting, capacity)
        else:
            states.append((now, busy, waiting, capacity))

    def latest(self, facility: int) -> tuple[float, int, int, int]:
        """Return the state of a facility now: since when, busy, waiting, capacity."""
        return self._states[facility][-1]

    def longest_wait(self, facility: int) -> Callable[[float], float]:
        """Return a function that gives the longest unfinished wait at a facility at a time, hours.

        Those who wait for a ride back from a ward do not count. It remembers how far it has looked,
        so that all calls together read every row once.
        """
        position = 0
        waiting, back = OUTCOME["waiting"], STEP["ambulance_back"]

        def longest(now: float) -> float:
            nonlocal position
            while position < len(self.rows):
                row = self.rows[position]
                if row.facility == facility and row.outcome == waiting and row.step != back:
                    return now - row.requested
                position += 1
            return 0.0

        return longest

    def event(self, trigger: int, what: str, now: float) -> None:
        """Note what a trigger did: one of :data:`simulation.records.EVENTS`."""
        self._events.append((trigger, EVENTS.index(what), now))

    def clear(self) -> None:
        """Forget everything, so that it does not wait for the search for garbage."""
        self.rows.clear()
        self._states.clear()

    def events_table(self) -> pd.DataFrame:
        """Return what the triggers did, in order of time."""
        rows = np.array(self._events, dtype=np.float64).reshape(-1, len(EVENT_COLUMNS))
        return columns_table(EVENT_COLUMNS, rows.T)

    def steps_table(self) -> pd.DataFrame:
        """Return all steps in the order they were asked for."""
        return columns_table(
            STEP_COLUMNS, [list(map(attrgetter(c.name), self.rows)) for c in STEP_COLUMNS]
        )

    def states_table(self) -> pd.DataFrame:
        """Return all states by facility and time."""
        lengths = [len(states) for states in self._states]
        codes = np.repeat(np.arange(len(lengths)), lengths)
        rows = np.array([state for states in self._states for state in states], dtype=np.float64)
        return columns_table(STATE_COLUMNS, [codes, *rows.reshape(-1, len(STATE_COLUMNS) - 1).T])


class ServerRequest(Request):
    """A request that knows how many persons it stands for."""

    resource: Servers  # type: ignore[assignment]
    stop: Event | None = None
    """Succeeds when the shift ends before the service; set when the service may begin."""
    again: ServerRequest
    """The request of what is left, after the shift ended."""

    def __init__(self, resource: Servers, persons: int, priority: int, order: int) -> None:
        self.persons = persons
        self.priority = priority
        self.order = order
        Event.__init__(self, resource.env)
        self.resource = resource
        self.proc = self.env.active_process
        resource.enter(self)

    def __enter__(self) -> ServerRequest:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if exc_type is GeneratorExit:  # the run is over
            return
        last = self
        while last.stop is not None and last.stop.triggered:
            last = last.again
        if last is not self:
            self.resource.release(last)
        self.resource.release(self)


class _HeapQueue:
    """Requests by (priority, order); canceled ones are dropped when they reach the head.

    SimPy's own priority queue is sorted anew at every request, which makes an overloaded run, the
    case that matters here, quadratic.
    """

    def __init__(self) -> None:
        self._heap: list[tuple[int, int, ServerRequest]] = []
        self._alive: set[ServerRequest] = set()
        self.persons = 0

    def __len__(self) -> int:
        return len(self._alive)

    def __iter__(self) -> Iterator[ServerRequest]:
        return (
            item for _, _, item in sorted(self._heap, key=lambda e: e[:2]) if item in self._alive
        )

    def append(self, item: ServerRequest) -> None:
        heapq.heappush(self._heap, (item.priority, item.order, item))
        self._alive.add(item)
        self.persons += item.persons

    def __getitem__(self, _position: int) -> ServerRequest:
        while self._heap[0][2] not in self._alive:
            heapq.heappop(self._heap)
        return self._heap[0][2]

    def pop(self, _position: int) -> ServerRequest:
        item = self[0]
        heapq.heappop(self._heap)
        self.remove(item)
        return item

    def remove(self, item: ServerRequest) -> None:
        self._alive.remove(item)
        self.persons -= item.persons


class Servers(BaseResource):  # type: ignore[type-arg]
    """Parallel servers whose number follows a calendar.

    When the number falls, servers finish the service they are at and nobody new starts until fewer
    are busy than there are; or they hand it over: it stops, and what is left of it waits for a
    server before all others of its class. The latest request of the least urgent class stops first.
    A service that ends at the very end of a shift is finished. Use it as any SimPy resource:
    ``with servers.request() as turn``.

    Parameters
    ----------
    env : simpy.Environment
    calendar : Steps, servers
    recorder : Recorder
    facility : int
        Index of the facility in the records.
    capacities : Capacities
    hands_over : bool
        Whether services stop when the number falls.

    """

    PutQueue = _HeapQueue  # type: ignore[assignment]

    def __init__(
        self,
        env: simpy.Environment,
        calendar: Steps,
        recorder: Recorder,
        facility: int,
        capacities: Capacities,
        *,
        hands_over: bool = False,
    ) -> None:
        super().__init__(env, calendar.values[0])
        self.env = env
        self.busy = 0
        self._asked = 0
        self._recorder = recorder
        self._facility = facility
        self._hands_over = hands_over
        self._at_work: dict[ServerRequest, None] = {}
        self._note()
        capacities.follow(facility, calendar, self.set_capacity)

    def request(self, persons: int = 1, priority: int = 0) -> ServerRequest:
        """Ask for a server; lower priority numbers go first, equal ones in order."""
        self._asked += 1
        return ServerRequest(self, persons, priority, self._asked)

    def work(self, turn: ServerRequest, time: float) -> Generator[Event, Any, None]:
        """Process part: use the server for a time, or several servers one after the other."""
        if not self._hands_over:
            yield self._env.timeout(time)
            return
        while True:
            began, stop = self._env.now, turn.stop
            assert stop is not None  # noqa: S101 - every turn granted here has one
            yield self._env.timeout(time) | stop
            time -= self._env.now - began
            if not stop.triggered or time <= 0:
                return
            turn = turn.again
            yield turn

    def enter(self, request: ServerRequest) -> None:
        """Take a new request: at once when nobody waits and a server is free, else queue it."""
        if len(self.put_queue):
            self.put_queue.append(request)
            self._trigger_put(None)
        elif self.busy < self._capacity:
            self._do_put(request)
        else:
            self.put_queue.append(request)
        self._note()

    def release(self, request: ServerRequest) -> None:
        """Give the server back, or withdraw a request that is still waiting.

        The server is free at once. Those who wait are served when the release event is processed,
        which is only needed when somebody waits (tie rule 3 of the design).
        """
        if not request.triggered:
            self.put_queue.remove(request)
        elif request.usage_since is not None:
            self.busy -= 1
            request.usage_since = None
            self._at_work.pop(request, None)
        if len(self.put_queue):
            Release(self, request)  # type: ignore[arg-type]
        else:
            self._note()

    def promote(self, request: ServerRequest, priority: int) -> None:
        """Move a request that waits to another class; there it keeps the order of its request."""
        self.put_queue.remove(request)
        request.priority = priority
        self.put_queue.append(request)

    def set_capacity(self, capacity: int) -> None:
        """Change the number of servers now."""
        self._capacity = capacity
        while self._hands_over and self.busy > capacity:
            turn = max(self._at_work, key=lambda one: (one.priority, one.order))
            self.busy -= 1
            turn.usage_since = None
            del self._at_work[turn]
            turn.again = ServerRequest(self, turn.persons, turn.priority, turn.order)
            assert turn.stop is not None  # noqa: S101 - set when the service could begin
            turn.stop.succeed()
        while self.busy < capacity and len(self.put_queue):
            self._trigger_put(None)
        self._note()

    def _do_put(self, event: ServerRequest) -> None:
        if self.busy < self._capacity:
            self.busy += 1
            event.usage_since = self._env.now
            if self._hands_over:
                event.stop = Event(self._env)
                self._at_work[event] = None
            event.succeed()

    def _do_get(self, event: Release) -> None:
        event.callbacks.append(self._note)  # after the queue has been served
        event.succeed()

    def _note(self, _event: object = None) -> None:
        waiting = self.put_queue.persons  # type: ignore[attr-defined]
        self._recorder.state(self._facility, self._env.now, self.busy, waiting, int(self._capacity))


def within(
    env: simpy.Environment, turn: ServerRequest, patience: float
) -> Generator[simpy.Event, Any, None]:
    """Process part: wait for a turn, at most so long; ``turn.processed`` tells who won."""
    if turn.triggered:
        yield turn
    else:
        yield turn | env.timeout(patience)
