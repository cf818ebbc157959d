"""Capacity now: the calendar, times what is lost, plus what triggers add, less what is broken."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    import simpy

    from simulation.calendars import Steps


def follow(
    env: simpy.Environment, calendar: Steps, change: Callable[[int], None]
) -> Generator[simpy.Event, None, None]:
    """Process that announces every change of a calendar from now on."""
    for time, value in zip(calendar.times[1:], calendar.values[1:], strict=True):
        if time < env.now:
            continue
        yield env.timeout(time - env.now)
        change(value)


class Addition:
    """Units that a trigger adds to a facility, in the hours they work."""

    __slots__ = ("factor", "units")

    def __init__(self, units: int, factor: float) -> None:
        self.units = units
        self.factor = factor


class Capacity:
    """Units of one facility that can be used now.

    The number is ``floor(planned * factors) + added - broken``, never below 0; what is added counts
    only while the gate is open.

    Parameters
    ----------
    planned : int
        Value of the calendar at hour 0.
    announce : callable
        Told the new number whenever something changes.

    """

    def __init__(self, planned: int, announce: Callable[[int], None]) -> None:
        self._planned = planned
        self._announce = announce
        self._additions: dict[Addition, None] = {}
        self._broken = 0
        self._open = True

    @property
    def now(self) -> int:
        """Units of the facility that can be used now."""
        factor = math.prod(addition.factor for addition in self._additions)
        added = sum(addition.units for addition in self._additions) if self._open else 0
        return max(math.floor(self._planned * factor + 1e-9) + added - self._broken, 0)

    def plan(self, planned: int) -> None:
        """Take the next value of the calendar."""
        self._planned = planned
        self._announce(self.now)

    def gate(self, is_open: int) -> None:
        """Open the gate for what is added, or close it when the number is 0."""
        self._open = bool(is_open)
        self._announce(self.now)

    def add(self, addition: Addition) -> None:
        """Put an addition into effect, or announce that it has changed."""
        self._additions[addition] = None
        self._announce(self.now)

    def remove(self, addition: Addition) -> None:
        """End an addition."""
        del self._additions[addition]
        self._announce(self.now)

    def break_down(self, units: int) -> None:
        """Take units out of use, or give them back when the number is negative."""
        self._broken += units
        self._announce(self.now)


class Capacities:
    """The capacity of every facility of a replication, by its number in the records.

    Parameters
    ----------
    env : simpy.Environment

    """

    def __init__(self, env: simpy.Environment) -> None:
        self._env = env
        self._known: dict[int, Capacity] = {}

    def follow(
        self,
        facility: int,
        calendar: Steps,
        announce: Callable[[int], None],
        gate: Steps | None = None,
    ) -> None:
        """Announce every change of a facility's capacity after hour 0.

        The gate is the weather, which the calendar knows already and what is added does not.
        """
        live = Capacity(calendar.values[0], announce)
        if gate is not None:
            live.gate(gate.values[0])
            self._env.process(follow(self._env, gate, live.gate))
        self._known[facility] = live
        if len(calendar.times) > 1:
            self._env.process(follow(self._env, calendar, live.plan))

    def of(self, facility: int) -> Capacity:
        """Return the live capacity of a facility."""
        return self._known[facility]
