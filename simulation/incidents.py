"""Incidents: boats or groups in distress, what happens to them while they wait, and their end.

An incident carries one group, or all groups of one boat. It ends for a group when it is taken on
board, when it gets out by itself or can hold out no longer (``holds_out``), or when the last of its
members has died. The rules, in the order of the clock:

- A boat that capsizes does so at its drawn time unless a unit has found it before; being found
  prevents it for good (lifejackets and rafts are handed out). From then on its people are in the
  water: they are harder to find, each survives for the time of their own draw, and they do not get
  out by themselves any more.
- In heat each person survives for the time of their own draw from the distress on.
- Whether a member of a group is alive is decided when the group begins to board. The survivors go
  on as a smaller group; the dead are recovered or missing. Seats are only needed by survivors.
- Once found, nobody gives up: those for whom there is no seat wait for the next unit.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np

from simulation.mortality import by_attribute
from simulation.records import INCIDENT_COLUMNS, TRIP_COLUMNS, columns_table
from simulation.survival import survival_in_heat, survival_in_water

if TYPE_CHECKING:
    import simpy
    from numpy.typing import NDArray

    from simulation.arrivals import Population
    from simulation.columns import Columns
    from simulation.parts import PassingVessels, Rescue, RescueUnits
    from simulation.parts.rescue import Position
    from simulation.recorder import StepRow
    from simulation.search import Effort

NOT_YET: Final = math.nan


@dataclass(slots=True)
class Waiting:
    """A group that waits to be taken on board; ``done`` succeeds with its :class:`Fate`."""

    group: int
    persons: int
    row: StepRow
    done: simpy.Event
    dies_at: NDArray[np.float64] | None = None
    """When each member dies, hours; None: nobody is in danger."""

    def alive(self, now: float) -> int:
        """Count the members who are alive."""
        return self.persons if self.dies_at is None else int((self.dies_at > now).sum())


@dataclass(frozen=True, slots=True)
class Fate:
    """How the rescue of a group ended.

    Parameters
    ----------
    out : bool
        Whether the survivors, if any, got out: rescued or by themselves.
    died : numpy.ndarray of bool or None, (member,)
        Who died in transit; None: nobody.
    recovered : int, persons
        Dead whose bodies are recovered; the other dead are missing.

    """

    out: bool
    died: NDArray[np.bool_] | None = None
    recovered: int = 0

    @property
    def dead(self) -> int:
        """Number of members who died."""
        return 0 if self.died is None else int(self.died.sum())

    def outcome(self, survivors: int) -> str:
        """Name the outcome of a group that did not get out, that of its survivors if any."""
        if survivors:
            return "not_reached"
        return "recovered_dead" if self.recovered else "missing"


@dataclass(slots=True)
class Incident:
    """A boat or group in distress; times are hours from the start, NaN: not yet."""

    number: int
    began: float
    persons: int
    distance: float
    position: Position
    waiting: list[Waiting] = field(default_factory=list)
    alerted: float = NOT_YET
    reported: float = NOT_YET
    dispatched: float = NOT_YET
    found: float = NOT_YET
    capsized: float = NOT_YET
    closed: float = NOT_YET
    effort: Effort | None = None
    gone: bool = False
    """Whether nobody waits any more because all got out by themselves, gave up or died."""
    lost_unit: bool = False
    """Whether a unit on its way here was sent elsewhere; that happens once at most."""
    searchers: dict[int, RescueUnits | PassingVessels] = field(default_factory=dict)
    """Units that search for it, by number."""
    units: int = 0
    """Units on their way or there."""
    seats: int = 0
    settled: simpy.Event | None = None
    """Succeeds when a search for it is over; made when the first unit begins to search."""
    is_settled: bool = False
    """Whether there is nothing more to search for: found, ended by word, or called off."""
    rescued: int = 0
    by_passing: int = 0
    self_arrived: int = 0
    not_reached: int = 0
    recovered_dead: int = 0
    missing: int = 0

    @property
    def persons_left(self) -> int:
        """Persons who wait to be taken on board."""
        return sum(one.persons for one in self.waiting)

    @property
    def is_found(self) -> bool:
        """Whether a unit has been there."""
        return not math.isnan(self.found)

    @property
    def in_water(self) -> bool:
        """Whether the boat has capsized."""
        return not math.isnan(self.capsized)


class IncidentLog:
    """Incidents and trips of one replication, in the order in which they began and ended."""

    def __init__(self) -> None:
        self.incidents: list[tuple[int, Incident]] = []
        """Each with the number of its rescue service."""
        self.trips: list[tuple[float, ...]] = []
        """One row per finished trip, with the columns of the records."""

    def incidents_table(self) -> Columns:
        """Return all incidents."""
        rows = [
            (
                one.number,
                service,
                one.persons,
                one.distance,
                one.began,
                one.alerted,
                one.reported,
                one.dispatched,
                one.found,
                one.capsized,
                one.closed,
                0.0 if one.effort is None else one.effort.pod,
                one.rescued,
                one.by_passing,
                one.self_arrived,
                one.not_reached,
                one.recovered_dead,
                one.missing,
            )
            for service, one in self.incidents
        ]
        columns = list(zip(*rows, strict=True)) or [()] * len(INCIDENT_COLUMNS)
        return columns_table(INCIDENT_COLUMNS, columns)

    def trips_table(self) -> Columns:
        """Return all finished trips."""
        columns = list(zip(*self.trips, strict=True)) or [()] * len(TRIP_COLUMNS)
        return columns_table(TRIP_COLUMNS, columns)


class Dangers:
    """What may happen to the people of incidents, drawn by incident and member.

    Parameters
    ----------
    rescue : Rescue
    people : Population

    """

    def __init__(self, rescue: Rescue, people: Population) -> None:
        self._rescue = rescue
        self._people = people
        capsizing = rescue.capsizing
        if capsizing is not None:
            self._capsizes = people.uniform(f"{rescue.name}.capsizes")
            self._after = people.draw(f"{rescue.name}.capsizes_after", capsizing.after)

    def capsizes_after(self, group: int) -> float:
        """Hours from the distress until the boat capsizes; infinite: never."""
        capsizing = self._rescue.capsizing
        if capsizing is None or self._capsizes[group] >= capsizing.share:
            return math.inf
        return self._after[group]

    def put_into_water(self, one: Waiting, now: float) -> None:
        """Draw how long each member survives in the water from now on."""
        capsizing = self._rescue.capsizing
        assert capsizing is not None  # noqa: S101 - only such boats capsize
        u = self._people.by_member("rescue.survival", one.group, one.persons)
        jacket = self._people.by_member("rescue.lifejacket", one.group, one.persons)
        times = survival_in_water(u, jacket < capsizing.lifejackets, capsizing.water_temperature)
        one.dies_at = now + times

    def expose_to_heat(self, one: Waiting, now: float) -> None:
        """Draw how long each member survives in the heat from now on."""
        heat = self._rescue.heat
        if heat is not None:
            u = self._people.by_member("rescue.survival", one.group, one.persons)
            one.dies_at = now + survival_in_heat(u, heat.temperature, heat.water)

    def fate(self, one: Waiting, now: float, *, out: bool) -> Fate:
        """Return how the rescue of a group ends now."""
        if one.dies_at is None:
            return Fate(out)
        died = one.dies_at <= now
        if not died.any():
            return Fate(out)
        found = self._people.by_member("rescue.recovered", one.group, one.persons)
        recovered = int((died & (found < self._rescue.bodies_recovered)).sum())
        return Fate(out and not died.all(), died, recovered)


def lost_members(people: Population, fates: dict[int, Fate]) -> dict[str, NDArray[np.int64]]:
    """Count who of each group died in transit.

    Parameters
    ----------
    people : Population
    fates : dict of int to Fate
        Of the groups of which somebody died.

    Returns
    -------
    dict of str to numpy.ndarray of int, (group,), persons
        With the names of the columns of the records.

    """
    died = {group: fate.died for group, fate in fates.items() if fate.died is not None}
    dead, children, under_five, women, vulnerable = by_attribute(people, died)
    recovered = np.zeros(len(people), dtype=np.int64)
    for group in died:
        recovered[group] = fates[group].recovered
    return {
        "recovered_dead": recovered,
        "missing": dead - recovered,
        "lost_children": children,
        "lost_under_five": under_five,
        "lost_women": women,
        "lost_vulnerable": vulnerable,
    }
