"""Changes of capacity that are not in the calendar: triggers, breakdowns, losses by chance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from simulation.calendars import Steps
    from simulation.distributions import Distribution

MEASURED: Final = ("occupancy", "waiting", "longest_wait")
"""What a trigger may watch: places taken over places, persons waiting, hours of the longest wait.

Persons waiting for the first units of a rescue service are those cut off.
"""


@dataclass(frozen=True, slots=True)
class Condition:
    """Something measured at a facility, read at regular times as from a daily report.

    Parameters
    ----------
    measured : str
        One of :data:`MEASURED`.
    of : str
        Facility.
    above : float; dimensionless for occupancy, persons for waiting, h for longest_wait
        The condition is true while the value is larger.
    held_for : float, h
        How long it must have been true at every reading.
    checked_every : float, h
        Time from one reading to the next.

    """

    measured: str
    of: str
    above: float
    held_for: float
    checked_every: float


@dataclass(frozen=True, slots=True)
class ForecastCondition:
    """A chance read from the forecast at the beginning of every period.

    Parameters
    ----------
    inflows : tuple of str
        Whose places and causes count; what several inflows share counts once.
    above : float, persons per period
        Displaced people in those places, before the share that asks for the services.
    chance : float, dimensionless
        The condition is true when the share of samples above is at least so large.
    notice : float, h
        How long before the period begins the decision is made.
    updated : bool
        Whether the samples are narrowed to those that agree best with the periods that are over.

    """

    inflows: tuple[str, ...]
    above: float
    chance: float
    notice: float
    updated: bool


@dataclass(frozen=True, slots=True)
class Trigger:
    """Capacity that comes when a condition says so.

    Parameters
    ----------
    name : str
    condition : Condition or ForecastCondition
    lead_time : Distribution, h
        From the decision until the capacity is there.
    facility : str
        What changes.
    added : Steps, units of the facility
        How many more, in the hours they work; 0 when only ``factor`` changes.
    factor : float, dimensionless
        What the planned capacity is multiplied by.
    lasts : float, h or inf
        The change ends so long after it came.
    ends_when_false_for : float, h or inf
        It also ends when the condition has been false for so long.

    """

    name: str
    condition: Condition | ForecastCondition
    lead_time: Distribution
    facility: str
    added: Steps
    factor: float
    lasts: float
    ends_when_false_for: float


@dataclass(frozen=True, slots=True)
class Breakdown:
    """Units that fail one by one and wait for a repair crew.

    Parameters
    ----------
    name, facility : str
    units : int
        How many of the facility's units can fail.
    time_to_failure : Distribution, h
        From the start, or from the end of a repair, whether at work or not.
    repair_time : Distribution, h
    crews : int
        Repairs at the same time.

    """

    name: str
    facility: str
    units: int
    time_to_failure: Distribution
    repair_time: Distribution
    crews: int


@dataclass(frozen=True, slots=True)
class ChanceLoss:
    """A loss that happens in some futures only, or at a time not known before.

    Parameters
    ----------
    name, facility : str
    chance : float, dimensionless
        Share of futures in which it happens.
    begins, latest : float, h
        It begins at a time evenly between the two.
    lasts : float, h or inf
    remaining : float, dimensionless
        Share of the planned capacity that is left, rounded down.

    """

    name: str
    facility: str
    chance: float
    begins: float
    latest: float
    lasts: float
    remaining: float
