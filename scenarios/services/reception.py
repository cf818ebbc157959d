"""What a scenario file says about reception and the way onward."""

from typing import Literal

from pydantic import Field

from scenarios.values import (
    ClockTime,
    DeskCount,
    Hours,
    HoursOrNever,
    Name,
    Persons,
    PlaceCount,
    Section,
    Share,
    SomeDays,
    SomePersons,
    TimeSpread,
    VehicleCount,
    YesNo,
    default,
)

OWN_JUDGEMENT = "chosen by the developers of the simulation; replace with local practice"


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
