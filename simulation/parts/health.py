"""Health posts, wards, ambulances, mobile teams, outbreaks, mass-casualty incidents."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from simulation.calendars import Steps
    from simulation.distributions import Distribution


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
    straight_to_hospital : float, dimensionless
        Share of patients whom triage sends to the hospital without a consultation at the post.
    worsens_after : Distribution or None, h
        Wait for care after which a patient is in the next more urgent class; None means never.
    deaths_per_day : float, 1/day
        Hazard of death of those of the class who wait for care.
    interrupts : bool
        Whether a patient of the class for whom no clinician is free takes the one of a patient of
        a less urgent class, who goes on later (preemptive resume).

    """

    name: str
    share: float
    standard: float
    leaves_after: Distribution | None
    referral: float
    straight_to_hospital: float = 0.0
    worsens_after: Distribution | None = None
    deaths_per_day: float = 0.0
    interrupts: bool = False


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
    hands_over : bool
        Whether the next shift goes on with a patient when a shift ends, or the visit is finished.
    hospital : str or None
        Ward of the second level, for those whom triage sends straight there.
    ambulances : str or None
        What takes patients to the ward and to the hospital; None means that they walk in.
    households_wait : bool
        Whether households stay in their site until a member in care is back.

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
    hands_over: bool = False
    hospital: str | None = None
    ambulances: str | None = None
    households_wait: bool = False


@dataclass(frozen=True, slots=True)
class Ward:
    """Beds for patients referred by health posts, or by another ward.

    Parameters
    ----------
    name, location : str
    beds : Steps, beds
    length_of_stay : Distribution, h
    refers_on_after : float, h
        Wait for a bed after which the patient is sent to another hospital.
    standard : float, h
    hospital : str or None
        Ward of the second level (intensive care, surgery).
    needs_hospital : float, dimensionless
        Share of patients who need it: they ask for it at once and keep their bed until taken there.
    ambulances : str or None
        What takes them there; None means that they are moved at once.

    """

    name: str
    location: str
    beds: Steps
    length_of_stay: Distribution
    refers_on_after: float
    standard: float
    hospital: str | None = None
    needs_hospital: float = 0.0
    ambulances: str | None = None


@dataclass(frozen=True, slots=True)
class Ambulances:
    """Vehicles that take one patient at a time to a ward, and back if nobody else needs them.

    Parameters
    ----------
    name, location : str
    vehicles : Steps, vehicles
    readiness : Distribution, h
        From the order until the patient is on board.
    travel_time : Distribution, h
        To the ward.
    return_time : float, h
        From the ward until ready again.
    standard : float, h
        Wait for an ambulance that the plan promises not to exceed.
    brings_back : bool
        Whether patients are taken back after their stay; they give way to all who need care.

    """

    name: str
    location: str
    vehicles: Steps
    readiness: Distribution
    travel_time: Distribution
    return_time: float
    standard: float
    brings_back: bool = False


@dataclass(frozen=True, slots=True)
class TeamStop:
    """A visit of a mobile team that recurs.

    Parameters
    ----------
    health_post : str
        Whose patients the team sees.
    first_day, every_days : int, days
        Day of the run of the first visit, from 1, and days from one to the next.
    begins, ends : float, h after midnight

    """

    health_post: str
    first_day: int
    every_days: int
    begins: float
    ends: float


@dataclass(frozen=True, slots=True)
class MobileTeam:
    """Clinicians who visit health posts on a timetable and see patients there while they stay.

    Parameters
    ----------
    name : str
    clinicians : int, persons
    stops : tuple of TeamStop
    weather : str or None
    wave_limit : float, m
        Waves above which the team does not set out on a day.

    """

    name: str
    clinicians: int
    stops: tuple[TeamStop, ...]
    weather: str | None = None
    wave_limit: float = float("inf")


@dataclass(frozen=True, slots=True)
class Outbreak:
    """A disease whose cases are in proportion to the persons present, more where it is crowded.

    Parameters
    ----------
    name, health_post : str
        The post that sees the people among whom it spreads.
    begins, ends : float, h
    attack_rate : float, 1/(person day)
        Chance per day that a person who can fall ill does; each person at most once.
    protected : float, dimensionless
        Share of persons who cannot fall ill (vaccinated or immune).
    crowded_below : float, m2 per person
        Covered area below which a site is crowded.
    crowding_factor : float, dimensionless
        What the attack rate is multiplied by in a crowded site.
    acuity : tuple of (str, float)
        Share of cases in each class of the post.

    """

    name: str
    health_post: str
    begins: float
    ends: float
    attack_rate: float
    protected: float
    crowded_below: float
    crowding_factor: float
    acuity: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class MassCasualty:
    """An incident that brings many patients from outside to one health post at once.

    Parameters
    ----------
    name, health_post : str
    at : float, h
        When it happens.
    patients : int, persons
    spread_over : float, h
        Patients arrive evenly at random in this time.
    acuity : tuple of (str, float)
        Share of patients in each class of the post.

    """

    name: str
    health_post: str
    at: float
    patients: int
    spread_over: float
    acuity: tuple[tuple[str, float], ...]
