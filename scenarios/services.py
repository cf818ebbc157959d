"""What a scenario file says about people and services: inflows, rescue, reception, health."""

from typing import Literal

from pydantic import Field, model_validator

from scenarios.values import (
    BedCount,
    ClinicianCount,
    ClockSpan,
    ClockTime,
    DailyRate,
    DeskCount,
    DistanceSpread,
    Hours,
    HoursOrNever,
    MomentText,
    Name,
    NurseCount,
    Persons,
    PlaceCount,
    RescueUnitCount,
    Section,
    Sentence,
    Share,
    SizeSpread,
    SomeDays,
    SomeKilometers,
    SomePersons,
    Speed,
    SquareKilometers,
    TimeSpread,
    VehicleCount,
    Weight,
    YesNo,
    default,
)
from simulation.parts import MAX_GROUP

OWN_JUDGEMENT = "chosen by the developers of the simulation; replace with local practice"


class People(Section):
    """Who comes: household size and shares used to draw attributes."""

    group_size: SizeSpread
    """How many persons come together, at most 16."""
    female: Share
    """Share of persons."""
    child: Share
    """Share of persons below 18 years."""
    under_five: Share
    """Share of persons; part of ``child``."""
    elderly: Share
    """Share of persons of 60 years and over."""
    pregnant: Share
    """Share of women of 18 to 59 years."""
    disability: Share
    """Share of persons."""
    urgent_need: Share
    """Share of persons who need care at once on arrival."""
    unaccompanied_child: Share
    """Share of persons arriving alone who are children."""

    @model_validator(mode="after")
    def _possible(self) -> "People":
        if self.under_five > self.child:
            msg = (
                f"under_five is {self.under_five:.0%} but child is {self.child:.0%}; "
                "children under five are part of the children under 18."
            )
            raise ValueError(msg)
        if self.child + self.elderly > 1:
            msg = f"child and elderly add up to {self.child + self.elderly:.0%}, above 100 %."
            raise ValueError(msg)
        size = self.group_size
        largest = size.high if size.high is not None else size.mean
        if largest is not None and largest > MAX_GROUP:
            msg = f"group_size goes up to {largest:g} persons; at most {MAX_GROUP} are simulated."
            raise ValueError(msg)
        return self


class HoursWeight(Section):
    """A span of the day and how likely arrivals are in each of its hours."""

    span: ClockSpan
    """Hours of the day."""
    weight: Weight
    """How likely an arrival is in each of these hours, compared with other hours."""


class Inflow(Section):
    """A part of the displaced people of the forecast who ask for the services simulated here."""

    name: Name
    locations: tuple[Name, ...] = Field(min_length=1)
    """Places of the forecast, by code."""
    causes: tuple[Name, ...] = ()
    """Causes of the forecast; empty when it has none."""
    share: Share
    """Share of the displaced people who come here; most stay with relatives."""
    cut_off: Share = default("0 %", "nobody is cut off unless the scenario says so")
    """Share of groups that need rescue first."""
    hours: tuple[HoursWeight, ...] = ()
    """When in the day people arrive."""
    onset: Hours = default("0 days", "arrivals are spread evenly over the month")
    """Within a month arrivals start on a random day and fade over this time; 0 is evenly."""
    people: People | None = None
    """Who comes, if other than the ``people`` of the scenario."""
    reception: Name
    """Reception point they go to."""
    rescue: Name | None = None
    """Rescue service that fetches those cut off."""


class RescueUnits(Section):
    """Boats or vehicles of one kind."""

    name: Name
    units: RescueUnitCount
    """How many, and when they work."""
    seats: SomePersons
    """Persons per trip and unit."""
    speed: Speed
    """On the way."""
    search_speed: Speed
    """While searching."""
    sweep_width: SomeKilometers
    """Effective sweep width for a household on a roof or levee."""
    readiness: Hours
    """From the order to departure."""
    boarding: Hours
    """Per group."""
    turnaround: Hours
    """After each trip."""


class Rescue(Section):
    """A rescue service."""

    name: Name
    location: Name
    alert_delay: TimeSpread
    """From being cut off until the coordination center knows."""
    distance: DistanceSpread
    """From the base to the group."""
    search_area: SquareKilometers = default("0 km2", "the position of a reported group is known")
    """Area in which a reported group must be found; 0 when its position is known."""
    holds_out: TimeSpread
    """How long a group can wait where it is cut off."""
    self_arrival: Share
    """Share of groups not reached in time that get out by themselves."""
    standard: Hours
    """Time to be reached that the plan promises."""
    units: tuple[RescueUnits, ...] = Field(min_length=1)
    """Boats or vehicles, by kind."""


class Desk(Section):
    """Desks of one kind that every group passes."""

    name: Name
    kind: Literal["screening", "registration"]
    desks: DeskCount
    """How many, and when they work."""
    service_time: TimeSpread
    """Per group or person, as ``per`` says."""
    per: Literal["group", "person"]
    standard: Hours
    """Waiting time that the plan promises not to exceed."""


class SiteOption(Section):
    """A site a reception point may use."""

    site: Name
    travel_time: Hours
    """From the reception point to the site."""


class Reception(Section):
    """Where groups arrive: desks in order, then a place in one of the sites."""

    name: Name
    location: Name
    desks: tuple[Desk, ...] = ()
    """What every group passes, in order."""
    sites: tuple[SiteOption, ...] = Field(min_length=1)
    """In order of preference; the later ones are the overflow."""
    gives_up_after: TimeSpread
    """Wait for a place after which a group leaves to stay elsewhere."""
    splits_after: HoursOrNever = default("never", "families are kept together")
    """Wait after which a group is split between sites when only that gives it places."""
    first_that_fits: YesNo = default("no", OWN_JUDGEMENT)
    """Whether a small group may pass a larger one that does not fit."""
    standard: Hours
    """Wait for a place that the plan promises not to exceed."""
    health_post: Name | None = None
    """Where people of this point and its sites seek care."""


class Site(Section):
    """A reception site."""

    name: Name
    location: Name
    places: PlaceCount
    """Places for persons."""
    over_capacity: Persons = default("0 persons", "nobody is let in beyond the places")
    """How many more are let in when all places are taken."""
    evacuated_when_lost: YesNo = default("yes", OWN_JUDGEMENT)
    """Whether people leave when places are lost, or stay over capacity."""
    length_of_stay: TimeSpread
    """How long a group stays."""
    onward: Name | None = None
    """Transport for those who do not return by themselves."""
    onward_share: Share = default("0 %", "everyone returns by their own means")
    """Share of groups that need it."""
    starting_stock: Persons = default("0 persons", "the site is empty when the run begins")
    """Persons in the site when the run begins."""


class Transport(Section):
    """Vehicles that take groups onward on a timetable."""

    name: Name
    vehicles: VehicleCount
    """Vehicles at each departure."""
    seats: SomePersons
    """Persons per vehicle."""
    departs_at: ClockTime
    """Time of day."""
    every: SomeDays
    """Days from one departure to the next."""
    travel_time: Hours
    """To the destination."""
    standard: Hours
    """Wait for a seat that the plan promises not to exceed."""


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


class Loss(Section):
    """A facility that loses capacity for a time."""

    name: Name
    facility: Name
    """Boats, desks, site, vehicles, health post or ward, by name."""
    at: MomentText = Field(alias="from")
    """When it begins."""
    until: MomentText | None = None
    """When it ends; without it the loss lasts to the end of the run."""
    remaining: Share
    """Share of the capacity that is left, rounded down."""
    because: Sentence
    """What happened."""
