"""What a service of the user's own is given in every replication."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simulation.resources import Servers

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    import simpy

    from simulation.arrivals import Population
    from simulation.capacities import Capacities
    from simulation.journeys import Journeys
    from simulation.parts import OwnService
    from simulation.recorder import Recorder, StepRow


class OwnFacility:
    """A facility whose processes the user writes; its queue and its rows are recorded as any other.

    Parameters
    ----------
    env : simpy.Environment
        Clock in hours.
    service : OwnService
    people : Population
        Who comes; draws belong to its groups.
    recorder : Recorder
    facility : int
        Index in the records.
    capacities : Capacities
    journeys : Journeys

    Attributes
    ----------
    env : simpy.Environment
    people : Population
    servers : simulation.resources.Servers
        Recorded, with the calendar of the service; triggers and losses may change their number.

    """

    def __init__(
        self,
        env: simpy.Environment,
        service: OwnService,
        people: Population,
        recorder: Recorder,
        facility: int,
        capacities: Capacities,
        journeys: Journeys,
    ) -> None:
        self.env = env
        self.people = people
        self.servers = Servers(env, service.servers, recorder, facility, capacities)
        self._recorder = recorder
        self._facility = facility
        self._journeys = journeys

    def for_every_group_received(
        self, process: Callable[[int], Generator[simpy.Event, Any, None]]
    ) -> None:
        """Start a process for every group at its arrival in reception, given its number."""
        self._journeys.on_received.append(process)

    def is_present(self, group: int) -> bool:
        """Whether a group is still in reception."""
        return self._journeys.is_present(group)

    def asks(self, group: int) -> StepRow:
        """Open a row of the records: those of a group who are alive ask for the service now.

        Mark the row with ``row.start(env.now)`` and ``row.end(env.now)``; ``row.persons`` tells how
        many they are. A row that is left open counts as waiting or in service when the run ends.
        """
        persons = self._journeys.persons_left(group)
        return self._recorder.step(group, 0, persons, "own_service", self._facility, self.env.now)
