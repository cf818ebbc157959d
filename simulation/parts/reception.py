"""Reception: desks, sites, and the way onward."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from simulation.calendars import Steps
    from simulation.distributions import Distribution


@dataclass(frozen=True, slots=True)
class Desk:
    """Desks of one kind in a row of steps that every group passes.

    Parameters
    ----------
    name : str
    kind : str
        ``screening`` or ``registration``.
    desks : Steps, desks
    service_time : Distribution, h
        Per group, or per person: then the draw is multiplied by the size of the group.
    per : str
        ``group`` or ``person``.
    standard : float, h
        Waiting time that the plan promises not to exceed.

    """

    name: str
    kind: str
    desks: Steps
    service_time: Distribution
    per: str
    standard: float


@dataclass(frozen=True, slots=True)
class SiteOption:
    """A site that a reception point may use, with the way there in hours."""

    site: str
    travel_time: float


@dataclass(frozen=True, slots=True)
class Reception:
    """Where groups arrive: desks in order, then a place in one of the sites.

    Parameters
    ----------
    name, location : str
    desks : tuple of Desk
    sites : tuple of SiteOption
        In order of preference; the later ones are the overflow.
    gives_up_after : Distribution, h
        How long a group waits for a place before it leaves to stay elsewhere.
    splits_after : float, h or inf
        Waiting time after which a group is split between sites when only that gives it places;
        ``inf`` keeps families together whatever it costs.
    first_that_fits : bool
        Whether a small group may pass a larger one for which there are not enough places.
    standard : float, h
        Waiting time for a place that the plan promises not to exceed.
    health_post : str or None

    """

    name: str
    location: str
    desks: tuple[Desk, ...]
    sites: tuple[SiteOption, ...]
    gives_up_after: Distribution
    splits_after: float
    first_that_fits: bool
    standard: float
    health_post: str | None


@dataclass(frozen=True, slots=True)
class Site:
    """A reception site.

    Parameters
    ----------
    name, location : str
    places : Steps, persons
    over_capacity : int, persons
        How many more are let in when all places are taken.
    evacuated_when_lost : bool
        Whether people leave when places are lost (latest arrivals first), or stay over capacity.
    length_of_stay : Distribution, h
    onward : str or None
        Transport for those who do not return home by themselves.
    onward_share : float, dimensionless
    starting_stock : int, persons
        People in the site when the run begins.

    """

    name: str
    location: str
    places: Steps
    over_capacity: int
    evacuated_when_lost: bool
    length_of_stay: Distribution
    onward: str | None
    onward_share: float
    starting_stock: int


@dataclass(frozen=True, slots=True)
class Transport:
    """Vehicles that take groups onward on a timetable.

    Parameters
    ----------
    name : str
    vehicles : Steps, vehicles
        Vehicles at each departure.
    seats : int, persons per vehicle
    departs_at : float, h after midnight
    every_days : int, days
    travel_time : float, h
    standard : float, h
        Waiting time for a seat that the plan promises not to exceed.

    """

    name: str
    vehicles: Steps
    seats: int
    departs_at: float
    every_days: int
    travel_time: float
    standard: float
