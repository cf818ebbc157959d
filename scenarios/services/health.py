"""What a scenario file says about health services."""

import math
from typing import Literal

from pydantic import Field, model_validator

from scenarios.values import (
    BedCount,
    ClinicianCount,
    ClockSpan,
    CostText,
    Count,
    DailyRate,
    Hours,
    MomentText,
    Name,
    NurseCount,
    Section,
    Sentence,
    Share,
    SomeClinicians,
    SomeDays,
    SomePersons,
    SquareMeters,
    TimeSpread,
    VehicleCount,
    WaveLimit,
    Weight,
    YesNo,
    default,
)


class AcuityClass(Section):
    """A triage class; classes are listed from the most to the least urgent."""

    name: Name
    """What it is called in the results; other blocks name it so."""
    share: Share
    """Share of visits; the classes of a post make 100 %."""
    standard: Hours
    """Wait for a clinician that triage allows."""
    leaves_after: TimeSpread | None = None
    """Wait after which a patient leaves unseen; nobody leaves without it."""
    referral: Share = default("0 %", "no referral is given")
    """Share of consultations that need a ward bed."""
    straight_to_hospital: Share = default("0 %", "triage sends nobody past the clinicians")
    """Share of patients whom triage sends straight to the ``hospital`` of the post."""
    worsens_after: TimeSpread | None = None
    """Wait for care after which a patient is in the next more urgent class; never without it."""
    deaths_while_waiting: DailyRate = default(
        "0 per person per day", "nobody dies unless the scenario gives a hazard with its source"
    )
    """Hazard of death of patients of the class while they wait for care."""


class HealthPost(Section):
    """A health post: triage, then clinicians by class."""

    name: Name
    """What it is called in the results; other blocks name it so."""
    location: Name
    """Where it is: the name of a town or a district."""
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
    hospital: Name | None = None
    """Ward of the second level, for those whom triage sends straight there."""
    ambulances: Name | None = None
    """What takes patients to the ward and to the hospital; without it they come by themselves."""
    households_wait: YesNo = default("no", "a household may leave while a member is in care")
    """Whether a household stays in its site until a member in care is back."""

    @model_validator(mode="after")
    def _shares_are_whole(self) -> "HealthPost":
        total = sum(one.share for one in self.classes)
        if abs(total - 1) > 1e-6:
            msg = f"the shares of the classes add up to {total:.1%}; they must make 100 %."
            raise ValueError(msg)
        return self


class Ward(Section):
    """Beds for patients referred by health posts or by another ward."""

    name: Name
    """What it is called in the results; other blocks name it so."""
    location: Name
    """Where it is: the name of a town or a district."""
    beds: BedCount
    """How many."""
    length_of_stay: TimeSpread
    refers_on_after: Hours
    """Wait for a bed after which the patient goes to another hospital."""
    standard: Hours
    """Wait for a bed that the plan promises not to exceed."""
    hospital: Name | None = None
    """Ward of the second level, such as intensive care."""
    needs_hospital: Share = default("0 %", "nobody is moved on")
    """Share of patients who need it; they keep their bed here until they are taken there."""
    ambulances: Name | None = None
    """What takes them there; without it they are moved at once."""


class Ambulances(Section):
    """Vehicles that take one patient at a time to a ward."""

    name: Name
    """What it is called in the results; other blocks name it so."""
    location: Name
    """Where it is: the name of a town or a district."""
    vehicles: VehicleCount
    """How many, and when they work."""
    readiness: TimeSpread
    """From the order until the patient is on board."""
    travel_time: TimeSpread
    """To the ward."""
    return_time: Hours
    """From the ward until ready again."""
    standard: Hours
    """Wait for an ambulance that the plan promises not to exceed."""
    brings_back: YesNo = default("no", "patients come back by themselves")
    """Whether patients are taken back after their stay, when nobody else needs the vehicle."""


class TeamStop(Section):
    """A visit that recurs."""

    health_post: Name
    """Whose patients the team sees."""
    first_day: Count
    """Day of the run of the first visit, from 1."""
    every: SomeDays
    """Days from one visit to the next."""
    works: ClockSpan
    """When the team is there, within one day."""


class MobileTeam(Section):
    """Clinicians who visit health posts on a timetable and see patients while they are there."""

    name: Name
    """What it is called in the results; other blocks name it so."""
    clinicians: SomeClinicians
    """How many come."""
    stops: tuple[TeamStop, ...] = Field(min_length=1)
    """Where the team is, and when."""
    cost: CostText | None = None
    """What one clinician of the team costs during the hours of its stops."""
    weather: Name | None = None
    """Weather that stops the team."""
    leaves_below: WaveLimit = default("any", "no limit is given")
    """Waves above which the team does not set out; needs ``weather``."""

    @model_validator(mode="after")
    def _names_the_weather(self) -> "MobileTeam":
        if self.weather is None and self.leaves_below != math.inf:
            msg = "leaves_below needs 'weather', the name of the weather that is meant."
            raise ValueError(msg)
        return self


class ClassShare(Section):
    """A share of patients in a triage class."""

    name: Name
    """Class of the health post."""
    share: Share
    """The shares make 100 %."""


class Outbreak(Section):
    """A disease with cases in proportion to the persons present, more where it is crowded."""

    name: Name
    """What it is called in the results; other blocks name it so."""
    health_post: Name
    """The post that sees the people among whom it spreads."""
    at: MomentText = Field(alias="from")
    """When it begins."""
    until: MomentText | None = None
    """When it ends; without it it lasts to the end of the run."""
    attack_rate: DailyRate
    """Cases per person who can fall ill; each person falls ill at most once."""
    protected: Share = default("0 %", "nobody is vaccinated or immune")
    """Share of persons who cannot fall ill."""
    crowded_below: SquareMeters = default(
        "3.5 m2", "covered living area per person of Sphere 2018, shelter standard 3"
    )
    """Covered area per person below which a site is crowded."""
    crowding_factor: Weight = default("1", "crowding makes no difference; give one with its source")
    """What the attack rate is multiplied by in a crowded site, at least 1."""
    acuity: tuple[ClassShare, ...] = Field(min_length=1)
    """Shares of cases in the classes of the post."""


class MassCasualty(Section):
    """An incident that brings many patients from outside to one health post at once."""

    name: Name
    """What it is called in the results; other blocks name it so."""
    health_post: Name
    """Where they are brought."""
    at: MomentText
    """When it happens."""
    patients: SomePersons
    """How many come."""
    spread_over: Hours = default("0 hours", "all come at once")
    """Time in which they come, evenly at random."""
    acuity: tuple[ClassShare, ...] = Field(min_length=1)
    """Shares of patients in the classes of the post."""
    because: Sentence
    """What happened, with a source."""
