"""SimPy resources that follow a calendar, keep their queue in a heap and record their states."""

from __future__ import annotations

import heapq
from operator import attrgetter
from typing import TYPE_CHECKING, Any

import numpy as np
from simpy.events import Event
from simpy.resources.base import BaseResource
from simpy.resources.resource import Release, Request

from simulation.records import STATE_COLUMNS, STEP_COLUMNS, STEP_OUTCOMES, STEPS, columns_table

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator
    from types import TracebackType

    import pandas as pd
    import simpy

    from simulation.calendars import Steps

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

    def __init__(self, resource: Servers, persons: int, priority: int) -> None:
        self.persons = persons
        self.priority = priority
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
        if exc_type is not GeneratorExit:  # else the run is over
            self.resource.release(self)


class _HeapQueue:
    """Requests by (priority, order); canceled ones are dropped when they reach the head.

    SimPy's own priority queue is sorted anew at every request, which makes an overloaded run, the
    case that matters here, quadratic.
    """

    def __init__(self) -> None:
        self._heap: list[tuple[int, int, ServerRequest]] = []
        self._order = 0
        self._alive: set[ServerRequest] = set()
        self.persons = 0

    def __len__(self) -> int:
        return len(self._alive)

    def __iter__(self) -> Iterator[ServerRequest]:
        return (
            item for _, _, item in sorted(self._heap, key=lambda e: e[:2]) if item in self._alive
        )

    def append(self, item: ServerRequest) -> None:
        heapq.heappush(self._heap, (item.priority, self._order, item))
        self._order += 1
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

    When the number falls, servers finish the service they are at; nobody new starts until fewer
    are busy than there are. Use it as any SimPy resource: ``with servers.request() as turn``.

    Parameters
    ----------
    env : simpy.Environment
    calendar : Steps, servers
    recorder : Recorder
    facility : int
        Index of the facility in the records.

    """

    PutQueue = _HeapQueue  # type: ignore[assignment]

    def __init__(
        self, env: simpy.Environment, calendar: Steps, recorder: Recorder, facility: int
    ) -> None:
        super().__init__(env, calendar.values[0])
        self.env = env
        self.busy = 0
        self._recorder = recorder
        self._facility = facility
        self._note()
        if len(calendar.times) > 1:
            env.process(follow(env, calendar, self.set_capacity))

    def request(self, persons: int = 1, priority: int = 0) -> ServerRequest:
        """Ask for a server; lower priority numbers go first, equal ones in order."""
        return ServerRequest(self, persons, priority)

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
        if len(self.put_queue):
            Release(self, request)  # type: ignore[arg-type]
        else:
            self._note()

    def set_capacity(self, capacity: int) -> None:
        """Change the number of servers now."""
        self._capacity = capacity
        while self.busy < capacity and len(self.put_queue):
            self._trigger_put(None)
        self._note()

    def _do_put(self, event: ServerRequest) -> None:
        if self.busy < self._capacity:
            self.busy += 1
            event.usage_since = self._env.now
            event.succeed()

    def _do_get(self, event: Release) -> None:
        event.callbacks.append(self._note)  # after the queue has been served
        event.succeed()

    def _note(self, _event: object = None) -> None:
        waiting = self.put_queue.persons  # type: ignore[attr-defined]
        self._recorder.state(self._facility, self._env.now, self.busy, waiting, int(self._capacity))


def follow(
    env: simpy.Environment, calendar: Steps, change: Callable[[int], None]
) -> Generator[simpy.Event, Any, None]:
    """Process that announces every change of a calendar after hour 0."""
    for time, value in zip(calendar.times[1:], calendar.values[1:], strict=True):
        yield env.timeout(time - env.now)
        change(value)


def within(
    env: simpy.Environment, turn: ServerRequest, patience: float
) -> Generator[simpy.Event, Any, None]:
    """Process part: wait for a turn, at most so long; ``turn.processed`` tells who won."""
    if turn.triggered:
        yield turn
    else:
        yield turn | env.timeout(patience)
