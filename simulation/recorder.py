"""Collects what happens in one replication: rows of steps, states, interruptions, triggers."""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING

import numpy as np

from simulation.records import (
    EVENT_COLUMNS,
    EVENTS,
    INTERRUPTION_COLUMNS,
    STATE_COLUMNS,
    STEP,
    STEP_COLUMNS,
    STEP_OUTCOME,
    columns_table,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from simulation.columns import Columns


NAN = float("nan")


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
        self.outcome = STEP_OUTCOME["waiting"]

    def start(self, now: float) -> None:
        """Mark the beginning of the service."""
        self.started = now
        self.outcome = STEP_OUTCOME["in_service"]

    def end(self, now: float, outcome: str = "served") -> None:
        """Mark the end and how it came."""
        self.ended = now
        self.outcome = STEP_OUTCOME[outcome]


class Interruption:
    """A row of the table of interruptions; attributes are its columns."""

    __slots__ = ("acuity", "facility", "group", "interrupted", "resumed", "visit")

    def __init__(self, row: StepRow, now: float) -> None:
        self.group = row.group
        self.visit = row.visit
        self.facility = row.facility
        self.acuity = row.acuity
        self.interrupted = now
        self.resumed = NAN


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
        self._interruptions: list[Interruption] = []

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
        waiting, back = STEP_OUTCOME["waiting"], STEP["ambulance_back"]

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

    def interruption(self, row: StepRow, now: float) -> Interruption:
        """Open a row: a service that has begun is interrupted."""
        interruption = Interruption(row, now)
        self._interruptions.append(interruption)
        return interruption

    def clear(self) -> None:
        """Forget everything, so that it does not wait for the search for garbage."""
        self.rows.clear()
        self._states.clear()
        self._interruptions.clear()

    def events_table(self) -> Columns:
        """Return what the triggers did, in order of time."""
        rows = np.array(self._events, dtype=np.float64).reshape(-1, len(EVENT_COLUMNS))
        return columns_table(EVENT_COLUMNS, rows.T)

    def steps_table(self) -> Columns:
        """Return all steps in the order they were asked for."""
        return columns_table(
            STEP_COLUMNS, [list(map(attrgetter(c.name), self.rows)) for c in STEP_COLUMNS]
        )

    def interruptions_table(self) -> Columns:
        """Return all interruptions by time, group and visit."""
        key = attrgetter("interrupted", "group", "visit")
        rows = sorted(self._interruptions, key=key)
        return columns_table(
            INTERRUPTION_COLUMNS,
            [list(map(attrgetter(c.name), rows)) for c in INTERRUPTION_COLUMNS],
        )

    def states_table(self) -> Columns:
        """Return all states by facility and time."""
        lengths = [len(states) for states in self._states]
        codes = np.repeat(np.arange(len(lengths)), lengths)
        rows = np.array([state for states in self._states for state in states], dtype=np.float64)
        return columns_table(STATE_COLUMNS, [codes, *rows.reshape(-1, len(STATE_COLUMNS) - 1).T])
