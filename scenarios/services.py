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
from simulation.network import MAX_GROUP

OWN_JUDGEMENT = "chosen by the developers of the simulation; replace with local practice"


class People(Section):
    """Who comes: household size and shares used to draw attributes."""

    group_size: SizeSpread
    female: Share
    child: Share
    under_five: Share
    elderly: Share
    pregnant: Share
    disability: Share
    urgent_need: Share
    unaccompanied_child: Share

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
    weight: Weight


class Inflow(Section):
    """A part of the displaced people of the forecast who ask for the services simulated here."""

    name: Name
    locations: tuple[Name, ...] = Field(min_length=1)
    causes: tuple[Name, ...] = ()
    share: Share
    cut_off: Share = default("0 %", "nobody is cut off unless the scenario says so")
    hours: tuple[HoursWeight, ...] = ()
    onset: Hours = default("0 days", "arrivals are spread evenly over the month")
    people: People | None = None
    reception: Name
    rescue: Name | None = None


class RescueUnits(Section):
    """Boats or vehicles of one kind."""

    name: Name
    units: RescueUnitCount
    seats: SomePersons
    speed: Speed
    search_speed: Speed
    sweep_width: SomeKilometers
    readiness: Hours
    boarding: Hours
    turnaround: Hours


class Rescue(Section):
    """A rescue service."""

    name: Name
    location: Name
    alert_delay: TimeSpread
    distance: DistanceSpread
    search_area: SquareKilometers = default("0 km2", "the position of a reported group is known")
    holds_out: TimeSpread
    self_arrival: Share
    standard: Hours
    units: tuple[RescueUnits, ...] = Field(min_length=1)


class Desk(Section):
    """Desks of one kind that every group passes."""

    name: Name
    kind: Literal["screening", "registration"]
    desks: DeskCount
    service_time: TimeSpread
    per: Literal["group", "person"]
    standard: Hours


class SiteOption(Section):
    """A site a reception point may use."""

    site: Name
    travel_time: Hours


class Reception(Section):
    """Where groups arrive: desks in order, then a place in one of the sites."""

    name: Name
    location: Name
    desks: tuple[Desk, ...] = ()
    sites: tuple[SiteOption, ...] = Field(min_length=1)
    gives_up_after: TimeSpread
    splits_after: HoursOrNever = default("never", "families are kept together")
    first_that_fits: YesNo = default("no", OWN_JUDGEMENT)
    standard: Hours
    health_post: Name | None = None


class Site(Section):
    """A reception site."""

    name: Name
    location: Name
    places: PlaceCount
    over_capacity: Persons = default("0 persons", "nobody is let in beyond the places")
    evacuated_when_lost: YesNo = default("yes", OWN_JUDGEMENT)
    length_of_stay: TimeSpread
    onward: Name | None = None
    onward_share: Share = default("0 %", "everyone returns by their own means")
    starting_stock: Persons = default("0 persons", "the site is empty when the run begins")


class Transport(Section):
    """Vehicles that take groups onward on a timetable."""

    name: Name
    vehicles: VehicleCount
    seats: SomePersons
    departs_at: ClockTime
    every: SomeDays
    travel_time: Hours
    standard: Hours


class AcuityClass(Section):
    """A triage class; classes are listed from the most to the least urgent."""

    name: Name
    share: Share
    standard: Hours
    leaves_after: TimeSpread | None = None
    referral: Share = default("0 %", "no referral is given")


class HealthPost(Section):
    """A health post: triage, then clinicians by class."""

    name: Name
    location: Name
    visits: DailyRate
    triage_nurses: NurseCount
    triage_time: TimeSpread
    triage_standard: Hours
    clinicians: ClinicianCount
    consultation_time: TimeSpread
    classes: tuple[AcuityClass, ...] = Field(min_length=1)
    ward: Name | None = None

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
    length_of_stay: TimeSpread
    refers_on_after: Hours
    standard: Hours


class Loss(Section):
    """A facility that loses capacity for a time."""

    name: Name
    facility: Name
    at: MomentText = Field(alias="from")
    until: MomentText | None = None
    remaining: Share
    because: Sentence
