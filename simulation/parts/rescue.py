"""Rescue services and their units."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from simulation.calendars import Steps
    from simulation.distributions import Distribution


@dataclass(frozen=True, slots=True)
class RescueUnits:
    """Boats or vehicles of one kind.

    Parameters
    ----------
    name : str
    units : Steps, units
        How many are in service; outside working hours zero.
    seats : int, persons
    speed, search_speed : float, km/h
    sweep_width : float, km
        Effective sweep width for a household on a roof or levee.
    readiness : float, h
        From the order to departure.
    boarding : float, h
        Per group.
    turnaround : float, h
        After each trip: disembark, refuel, change crew.

    """

    name: str
    units: Steps
    seats: int
    speed: float
    search_speed: float
    sweep_width: float
    readiness: float
    boarding: float
    turnaround: float


@dataclass(frozen=True, slots=True)
class Rescue:
    """A rescue service with its region and its units.

    Parameters
    ----------
    name, location : str
    alert_delay : Distribution, h
        From being cut off until the coordination center knows.
    distance : Distribution, km
        From the base to the place of the group.
    search_area : float, km2
        Area in which a reported group must be found; 0 means the position is known.
    holds_out : Distribution, h
        How long a group can wait at the place where it is cut off.
    self_arrival : float, dimensionless
        Share of groups not reached in time that get out by themselves; the others count as
        not reached.
    standard : float, h
        Time to be reached that the plan promises.
    units : tuple of RescueUnits

    """

    name: str
    location: str
    alert_delay: Distribution
    distance: Distribution
    search_area: float
    holds_out: Distribution
    self_arrival: float
    standard: float
    units: tuple[RescueUnits, ...]
