"""Health posts and wards."""

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
    hands_over : bool
        Whether the next shift goes on with a patient when a shift ends, or the visit is finished.

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
