"""The parts of a network: people who come, services they meet, who moves them.

All times are hours from the start of the run, distances kilometers, speeds kilometers per hour,
capacities persons or units. Things refer to each other by name.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from simulation.calendars import Steps
    from simulation.distributions import Distribution

MAX_GROUP: Final = 16
"""Largest household that is simulated as one group, persons."""


@dataclass(frozen=True, slots=True)
class Composition:
    """Who the people are: probabilities used to draw the attributes of persons on arrival.

    Parameters
    ----------
    female, child, under_five, elderly : float, dimensionless
        Shares of persons; ``under_five`` is part of ``child`` (below 18 years).
    pregnant, disability, urgent_need : float, dimensionless
        Shares of women of 18 to 59, of all persons, of all persons.
    unaccompanied_child : float, dimensionless
        Share of one-person groups that are a child alone.

    """

    female: float
    child: float
    under_five: float
    elderly: float
    pregnant: float
    disability: float
    urgent_need: float
    unaccompanied_child: float


@dataclass(frozen=True, slots=True)
class Inflow:
    """A part of the displaced people of the forecast who ask for the services simulated here.

    Parameters
    ----------
    name : str
    locations, causes : tuple of str
        Which entries of the forecast it draws on; an empty tuple of causes means no cause dim.
    share : float, dimensionless
        Share of the displaced people who come here (most stay with relatives).
    cut_off : float, dimensionless
        Share of groups surrounded by water (or stranded) who need rescue first.
    group_size : Distribution, persons
    hours : tuple of 24 float
        Relative weight of the hours of the day, from midnight.
    onset_days : float, days
        Within a month the arrivals start on a random day and fade with this time constant, the
        tail at the beginning of the month; 0 means evenly over the month.
    composition : Composition
    reception : str
        Where the groups go.
    rescue : str or None
        Rescue service that fetches those cut off.

    """

    name: str
    locations: tuple[str, ...]
    causes: tuple[str, ...]
    share: float
    cut_off: float
    group_size: Distribution
    hours: tuple[float, ...]
    onset_days: float
    composition: Composition
    reception: str
    rescue: str | None


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


@dataclass(frozen=True, slots=True)
class AcuityClass:
    """A triage class; classes are listed from the most to the least urgent.

    Parameters
    ----------
    name : str
    share : float, dimensionless
        Share of visits; shares of a post sum to 1.
    standard : float, h
        Waiting time for a clinician that triage allows.
    leaves_after : Distribution or None, h
        Patience before leaving unseen; None means never.
    referral : float, dimensionless
        Share of consultations that need a ward bed.

    """

    name: str
    share: float
    standard: float
    leaves_after: Distribution | None
    referral: float


@dataclass(frozen=True, slots=True)
class HealthPost:
    """A health post: triage, then clinicians by class.

    Parameters
    ----------
    name, location : str
    visits_per_person_day : float, 1/(person day)
        Consultations sought per person and day by those waiting or staying in reception.
    triage_nurses, clinicians : Steps, persons
    triage_time, consultation_time : Distribution, h
    triage_standard : float, h
        Waiting time for triage that the plan promises not to exceed.
    classes : tuple of AcuityClass
        In order of priority.
    ward : str or None

    """

    name: str
    location: str
    visits_per_person_day: float
    triage_nurses: Steps
    triage_time: Distribution
    triage_standard: float
    clinicians: Steps
    consultation_time: Distribution
    classes: tuple[AcuityClass, ...]
    ward: str | None


@dataclass(frozen=True, slots=True)
class Ward:
    """Beds for patients referred by health posts.

    Parameters
    ----------
    name, location : str
    beds : Steps, beds
    length_of_stay : Distribution, h
    refers_on_after : float, h
        Wait for a bed after which the patient is sent to another hospital.
    standard : float, h

    """

    name: str
    location: str
    beds: Steps
    length_of_stay: Distribution
    refers_on_after: float
    standard: float
