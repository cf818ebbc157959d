"""Desks of reception, which groups pass in a row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import simpy

from simulation.categories import HOUSEHOLDS, household_kinds
from simulation.resources import Servers

if TYPE_CHECKING:
    from collections.abc import Generator

    from simulation.arrivals import Population
    from simulation.capacities import Capacities
    from simulation.parts import Desk
    from simulation.recorder import Recorder


NOBODY_LEFT: Final = "nobody left"
"""Cause of the interrupt that ends the way of a group of which nobody is left."""


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
        except simpy.Interrupt as why:
            if why.cause == NOBODY_LEFT:
                row.end(env.now, "died")
                raise
            row.end(env.now, "left_without_service")
