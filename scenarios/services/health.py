"""What a scenario file says about health services."""

from typing import Literal

from pydantic import Field, model_validator

from scenarios.values import (
    BedCount,
    ClinicianCount,
    DailyRate,
    Hours,
    Name,
    NurseCount,
    Section,
    Share,
    TimeSpread,
    default,
)


class AcuityClass(Section):
    """A triage class; classes are listed from the most to the least urgent."""

    name: Name
    share: Share
    """Share of visits; the classes of a post make 100 %."""
    standard: Hours
    """Wait for a clinician that triage allows."""
    leaves_after: TimeSpread | None = None
    """Wait after which a patient leaves unseen; nobody leaves without it."""
    referral: Share = default("0 %", "no referral is given")
    """Share of consultations that need a ward bed."""


class HealthPost(Section):
    """A health post: triage, then clinicians by class."""

    name: Name
    location: Name
    visits: DailyRate
    """Consultations sought by those waiting or staying in reception."""
    triage_nurses: NurseCount
    """How many, and when they work."""
    triage_time: TimeSpread
    triage_standard: Hours
    """Wait for triage that the plan promises not to exceed."""
    clinicians: ClinicianCount
    """How many, and when they work."""
    consultation_time: TimeSpread
    classes: tuple[AcuityClass, ...] = Field(min_length=1)
    """In order of priority."""
    ward: Name | None = None
    """Where patients are referred to."""
    shift_end: Literal["finish", "hand over"] = default(
        "finish", "a visit that has begun is finished"
    )
    """Whether a visit is finished when the working hours end, or the next shift goes on."""

    @model_validator(mode="after")
    def _shares_are_whole(self) -> "HealthPost":
        total = sum(one.share for one in self.classes)
        if abs(total - 1) > 1e-6:
            msg = f"the shares of the classes add up to {total:.1%}; they must make 100 %."
            raise ValueError(msg)
        return self


class Ward(Section):
    """Beds for patients referred by health posts."""

    name: Name
    location: Name
    beds: BedCount
    """How many."""
    length_of_stay: TimeSpread
    refers_on_after: Hours
    """Wait for a bed after which the patient goes to another hospital."""
    standard: Hours
    """Wait for a bed that the plan promises not to exceed."""
