"""What changes capacities during a run: triggers, breakdowns, losses by chance.

A trigger reads its condition at fixed times, as a duty officer reads a report: at the first reading
at which the condition has been true at every reading for ``held_for`` it fires; after the lead time
the capacity is there. When the change has ended, the trigger watches again. Readings at the time of
other events see the state as it is when the reading is processed, in the order of scheduling.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import simpy

from simulation.capacities import Addition, Capacities, follow
from simulation.parts import Condition

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from simulation.distributions import Distribution
    from simulation.parts import Breakdown, ChanceLoss, Trigger
    from simulation.recorder import Recorder
    from simulation.streams import Streams

_FAILURE_BITS = 24


class TriggerService:
    """One trigger at work.

    Parameters
    ----------
    env : simpy.Environment
    trigger : Trigger
    number : int
        Index in the records.
    streams : Streams
    recorder : Recorder
    capacities : Capacities
    watched, target : int
        Facilities of the condition and of the change; ``watched`` is -1 for a forecast.
    decided : tuple of float, h
        When a forecast-based trigger decides to act.

    """

    def __init__(
        self,
        env: simpy.Environment,
        trigger: Trigger,
        number: int,
        streams: Streams,
        recorder: Recorder,
        capacities: Capacities,
        watched: int,
        target: int,
        decided: tuple[float, ...],
    ) -> None:
        self._env = env
        self._trigger = trigger
        self._number = number
        self._streams = streams
        self._recorder = recorder
        self._target = capacities.of(target)
        self._watched = watched
        self._decided = [time for time in decided if time >= 0]
        self._fired = 0
        env.process(self._watch())

    def _watch(self) -> Generator[simpy.Event, Any, None]:
        env, recorder = self._env, self._recorder
        condition = self._trigger.condition
        holds = self._reading(condition) if isinstance(condition, Condition) else None
        while True:
            if holds is None:
                if not (yield from self._next_decision()):
                    return
            else:
                assert isinstance(condition, Condition)  # noqa: S101 - holds is read from it
                yield from _held(env, holds, condition.held_for, condition.checked_every)
            recorder.event(self._number, "fired", env.now)
            yield env.timeout(self._lead_time())
            recorder.event(self._number, "came", env.now)
            yield from self._change(holds)
            recorder.event(self._number, "ended", env.now)

    def _next_decision(self) -> Generator[simpy.Event, Any, bool]:
        """Wait for the next decision; those made while a change is under way start no other."""
        now = self._env.now
        ahead = [time for time in self._decided if time >= now]
        if not ahead:
            return False
        yield self._env.timeout(ahead[0] - now)
        self._decided = ahead[1:]
        return True

    def _lead_time(self) -> float:
        index = np.array([self._fired], dtype=np.uint64)
        self._fired += 1
        name = f"{self._trigger.name}.lead_time"
        return float(self._streams.draw(name, self._trigger.lead_time, index)[0])

    def _change(self, holds: Callable[[], bool] | None) -> Generator[simpy.Event, Any, None]:
        """Put the change into effect until it ends."""
        env, trigger = self._env, self._trigger
        addition = Addition(trigger.added.at(env.now), trigger.factor)
        self._target.add(addition)
        over = env.event()
        if len(trigger.added.times) > 1:
            env.process(self._shifts(addition, over))
        if trigger.lasts < math.inf:
            env.timeout(trigger.lasts).callbacks.append(lambda _: _finish(over))
        if holds is not None and trigger.ends_when_false_for < math.inf:
            env.process(self._all_clear(holds, over))
        yield over
        self._target.remove(addition)

    def _shifts(self, addition: Addition, over: simpy.Event) -> Generator[simpy.Event, Any, None]:
        def change(units: int) -> None:
            if not over.triggered:
                addition.units = units
                self._target.add(addition)

        yield from follow(self._env, self._trigger.added, change)

    def _all_clear(
        self, holds: Callable[[], bool], over: simpy.Event
    ) -> Generator[simpy.Event, Any, None]:
        condition = self._trigger.condition
        assert isinstance(condition, Condition)  # noqa: S101 - only such a condition is read
        false_for = self._trigger.ends_when_false_for
        yield from _held(self._env, lambda: not holds(), false_for, condition.checked_every)
        _finish(over)

    def _reading(self, condition: Condition) -> Callable[[], bool]:
        """Return how the condition is read from what has been recorded so far."""
        recorder, facility, above = self._recorder, self._watched, condition.above
        if condition.measured == "longest_wait":
            longest = recorder.longest_wait(facility)
            return lambda: longest(self._env.now) > above
        if condition.measured == "waiting":
            return lambda: recorder.latest(facility)[2] > above

        def occupied() -> bool:
            _, busy, _, places = recorder.latest(facility)
            return busy > above * places

        return occupied


def _finish(over: simpy.Event) -> None:
    if not over.triggered:
        over.succeed()


def _held(
    env: simpy.Environment, holds: Callable[[], bool], time: float, every: float
) -> Generator[simpy.Event, Any, None]:
    """Wait until a reading has been true at every check for a time."""
    since: float | None = None
    while True:
        yield env.timeout(every)
        if not holds():
            since = None
            continue
        since = env.now if since is None else since
        if env.now - since >= time - 1e-9:
            return


def break_down(
    env: simpy.Environment,
    breakdown: Breakdown,
    streams: Streams,
    capacities: Capacities,
    code: int,
) -> None:
    """Start the life of every unit that can fail: work, wait for a crew, repair, work again.

    Parameters
    ----------
    env : simpy.Environment
    breakdown : Breakdown
    streams : Streams
    capacities : Capacities
    code : int
        Facility in the records.

    """
    capacity = capacities.of(code)
    crews = simpy.Resource(env, breakdown.crews)

    def draw(what: str, distribution: Distribution, unit: int, failure: int) -> float:
        index = np.array([(unit << _FAILURE_BITS) + failure], dtype=np.uint64)
        return float(streams.draw(f"{breakdown.name}.{what}", distribution, index)[0])

    def life(unit: int) -> Generator[simpy.Event, Any, None]:
        failure = 0
        while True:
            yield env.timeout(draw("time_to_failure", breakdown.time_to_failure, unit, failure))
            capacity.break_down(1)
            crew = crews.request()
            yield crew
            yield env.timeout(draw("repair_time", breakdown.repair_time, unit, failure))
            crews.release(crew)
            capacity.break_down(-1)
            failure += 1

    for unit in range(breakdown.units):
        env.process(life(unit))


def lose_by_chance(
    env: simpy.Environment, loss: ChanceLoss, streams: Streams, capacities: Capacities, code: int
) -> None:
    """Schedule a loss if this future has it.

    Parameters
    ----------
    env : simpy.Environment
    loss : ChanceLoss
    streams : Streams
    capacities : Capacities
    code : int
        Facility in the records.

    """
    happens, when = streams.uniform(f"{loss.name}.loss", np.arange(2, dtype=np.uint64)).tolist()
    if happens >= loss.chance:
        return
    capacity, addition = capacities.of(code), Addition(0, loss.remaining)

    def course() -> Generator[simpy.Event, Any, None]:
        yield env.timeout(loss.begins + when * (loss.latest - loss.begins))
        capacity.add(addition)
        if loss.lasts < math.inf:
            yield env.timeout(loss.lasts)
            capacity.remove(addition)

    env.process(course())
