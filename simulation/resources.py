"""SimPy resources that follow a calendar, keep their queue in a heap and record their states."""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING, Any

from simpy.events import Event
from simpy.resources.base import BaseResource
from simpy.resources.resource import Release, Request

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator
    from types import TracebackType

    import simpy

    from simulation.calendars import Steps
    from simulation.capacities import Capacities
    from simulation.recorder import Recorder, StepRow


class ServerRequest(Request):
    """A request that knows how many persons it stands for."""

    resource: Servers  # type: ignore[assignment]
    stop: Event | None = None
    """Succeeds when the server is taken away before the end; set when the service may begin."""
    again: ServerRequest
    """The request of what is left, after the shift ended or an interruption."""
    is_interrupted = False
    """Whether the server was taken away for somebody more urgent."""

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
        if self.latest is not self:
            self.resource.release(self.latest)
        self.resource.release(self)

    @property
    def latest(self) -> ServerRequest:
        """The request of what is left of the service now; itself if it was never stopped."""
        last = self
        while last.stop is not None and last.stop.triggered:
            last = last.again
        return last


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

    A request of a class that interrupts, for which no server is free, takes that of the service of
    the least urgent class below it, of these the latest request (preemptive resume): also that of
    a server who only finishes a service after the number fell. What is left of the interrupted
    service waits in the order of its request, before all who asked later for its class.

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
    interrupting : int
        How many classes, from the most urgent, interrupt services of the classes below them.

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
        interrupting: int = 0,
    ) -> None:
        super().__init__(env, calendar.values[0])
        self.env = env
        self.busy = 0
        self._asked = 0
        self._recorder = recorder
        self._facility = facility
        self._hands_over = hands_over
        self._interrupting = interrupting
        self._stops = hands_over or interrupting > 0
        self._at_work: dict[ServerRequest, None] = {}
        self._note()
        capacities.follow(facility, calendar, self.set_capacity)

    def request(self, persons: int = 1, priority: int = 0) -> ServerRequest:
        """Ask for a server; lower priority numbers go first, equal ones in order."""
        self._asked += 1
        turn = ServerRequest(self, persons, priority, self._asked)
        if priority < self._interrupting:
            self._interrupt()
        return turn

    def work(
        self, turn: ServerRequest, time: float, row: StepRow | None = None
    ) -> Generator[Event, Any, None]:
        """Process part: use the server for a time, or several servers one after the other.

        Parameters
        ----------
        turn : ServerRequest
        time : float, h
        row : StepRow or None
            Of the service; needed where classes interrupt, for the record of interruptions.

        """
        if not self._stops:
            yield self._env.timeout(time)
            return
        while True:
            began, stop = self._env.now, turn.stop
            assert stop is not None  # noqa: S101 - every turn granted here has one
            yield self._env.timeout(time) | stop
            now = self._env.now
            ends, time = began + time, time - (now - began)
            if not stop.triggered or time <= 0 or ends <= now:
                return
            pause = None
            if row is not None and turn.is_interrupted:
                pause = self._recorder.interruption(row, now)
            turn = turn.again
            yield turn
            if pause is not None:
                pause.resumed = self._env.now

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
        """Move a request to another class; one that waits keeps the order of its request there."""
        request = request.latest
        if request.triggered:  # served in this very instant
            request.priority = priority
            return
        self.put_queue.remove(request)
        request.priority = priority
        self.put_queue.append(request)
        if priority < self._interrupting:
            self._interrupt()

    def set_capacity(self, capacity: int) -> None:
        """Change the number of servers now."""
        self._capacity = capacity
        while self._hands_over and self.busy > capacity:
            self._stop(self._last_at_work())
        while self.busy < capacity and len(self.put_queue):
            self._trigger_put(None)
        if self._interrupting:
            self._interrupt()
        self._note()

    def _last_at_work(self) -> ServerRequest:
        """Return the latest request of the least urgent class that is being served."""
        return max(self._at_work, key=lambda one: (one.priority, one.order))

    def _stop(self, turn: ServerRequest) -> None:
        """Take the server from a service; what is left of it asks again with its old order."""
        self.busy -= 1
        turn.usage_since = None
        del self._at_work[turn]
        turn.again = ServerRequest(self, turn.persons, turn.priority, turn.order)
        assert turn.stop is not None  # noqa: S101 - set when the service could begin
        turn.stop.succeed()

    def _interrupt(self) -> None:
        """Give those at the head of the queue who interrupt the servers of less urgent services.

        A server that is free is given out when its release is processed, so nobody is interrupted.
        """
        while len(self.put_queue) and self._at_work and self.busy >= self._capacity:
            head, last = self.put_queue[0], self._last_at_work()
            if head.priority >= min(self._interrupting, last.priority):
                return
            self.put_queue.pop(0)
            self._grant(head)  # before the other asks again, who would be given the free server
            last.is_interrupted = True
            self._stop(last)

    def _do_put(self, event: ServerRequest) -> None:
        if self.busy < self._capacity:
            self._grant(event)

    def _grant(self, event: ServerRequest) -> None:
        self.busy += 1
        event.usage_since = self._env.now
        if self._stops:
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
