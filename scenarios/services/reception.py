"""What a scenario file says about reception and the way onward."""

import math
from typing import Literal

from pydantic import Field, model_validator

from scenarios.values import (
    ClockTime,
    DailyRate,
    DeskCount,
    Hours,
    HoursOrNever,
    LatrineCount,
    LitersPerDay,
    MomentText,
    Name,
    Persons,
    PlaceCount,
    Section,
    Sentence,
    Share,
    SomeDays,
    SomeHours,
    SomeHoursOrNever,
    SomePersons,
    SquareMeters,
    TapCount,
    TimeSpread,
    VehicleCount,
    WaveLimit,
    YesNo,
    default,
)

Household = Literal["families", "women alone", "men alone", "unaccompanied children"]
"""Kinds of households; a family is any group of two or more."""

OWN_JUDGEMENT = "chosen by the developers of the simulation; replace with local practice"


class Desk(Section):
    """Desks of one kind that every group passes."""

    name: Name
    """What it is called in the results; other blocks name it so."""
    kind: Literal["screening", "registration", "vulnerability check", "best interest procedure"]
    """What is done there; a vulnerability check recognizes a share of vulnerable households."""
    desks: DeskCount
    """How many, and when they work."""
    service_time: TimeSpread
    """Per group or person, as ``per`` says."""
    per: Literal["group", "person"]
    """Whether a service takes its time once for a group or for each person."""
    standard: Hours
    """Waiting time that the plan promises not to exceed."""
    shift_end: Literal["finish", "hand over"] = default("finish", OWN_JUDGEMENT)
    """Whether a service is finished when the working hours end, or the next shift goes on."""
    only: tuple[Household, ...] = ()
    """Kinds of households that pass these desks; all unless some are named."""
    while_staying: YesNo = default("no", "nobody is given a place before the step is done")
    """Whether households go on to their place meanwhile, and may not leave before it is done."""
    finds: Share | None = None
    """For a vulnerability check: share of vulnerable households that it recognizes."""

    @model_validator(mode="after")
    def _possible(self) -> "Desk":
        if (self.kind == "vulnerability check") != (self.finds is not None):
            msg = "a vulnerability check needs 'finds', and no other desk has it."
            raise ValueError(msg)
        if self.kind == "vulnerability check" and self.while_staying:
            msg = "a vulnerability check comes before the place is given; set while_staying to no."
            raise ValueError(msg)
        return self


class SiteOption(Section):
    """A site a reception point may use."""

    site: Name
    """Name of the site."""
    travel_time: Hours
    """From the reception point to the site."""
    others_after: HoursOrNever = default("never", "places are kept for those they are meant for")
    """Wait after which households that the site is not meant for get a place there too."""


class Reception(Section):
    """Where groups arrive: desks in order, then a place in one of the sites."""

    name: Name
    """What it is called in the results; other blocks name it so."""
    location: Name
    """Where it is: the name of a town or a district."""
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
    vulnerable_first: YesNo = default("no", OWN_JUDGEMENT)
    """Whether households that a check found vulnerable get a place before all others."""
    deaths: DailyRate = default(
        "0 per person per day", "nobody dies unless the scenario gives a rate with its source"
    )
    """Mortality from arrival here until people leave; counted apart from deaths in transit."""


class HouseholdStay(Section):
    """How long a kind of household stays."""

    households: Household
    """The kind of households that stay so long."""
    length_of_stay: TimeSpread
    """From being given a place until leaving it."""


class ReturnHome(Section):
    """From when on households go home before their stay is over, as when the water is gone."""

    at: MomentText = Field(alias="from")
    """From when on; until the next of the list begins."""
    mean: SomeHoursOrNever
    """Mean time until a household goes home from then on, whatever is left of its stay."""
    because: Sentence
    """What lets them go."""


class Site(Section):
    """A reception site, or a part of one that is meant for some."""

    name: Name
    """What it is called in the results; other blocks name it so."""
    location: Name
    """Where it is: the name of a town or a district."""
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
    meant_for: tuple[Household, ...] = ()
    """Kinds of households that have their places here; all unless some are named."""
    stays: tuple[HouseholdStay, ...] = ()
    """Kinds of households whose stay differs from ``length_of_stay``."""
    returns_home: tuple[ReturnHome, ...] = ()
    """When households go home by the calendar, before their stay is over and without transport."""
    area: SquareMeters | None = None
    """Covered living area; with it the report shows space per person."""
    latrines: LatrineCount | None = None
    """Latrines in use; with them the report shows persons per latrine."""
    taps: TapCount | None = None
    """Taps in use; with them the report shows persons per tap."""
    water: LitersPerDay | None = None
    """Drinking water delivered, after losses; with it the report shows water per person."""


class OnDemand(Section):
    """Vehicles that leave when they are full, or when somebody has waited too long."""

    longest_wait: HoursOrNever
    """Wait after which a vehicle leaves that is not full."""


class Destination(Section):
    """Where vehicles go, when it takes only so many."""

    places: PlaceCount
    """Nobody leaves for whom there is no place there."""
    length_of_stay: TimeSpread | None = None
    """Stay after which the places of a group are free again; without it they never are."""


class Transport(Section):
    """Vehicles that take groups onward: on a timetable (``departs_at``, ``every``) or on demand."""

    name: Name
    """What it is called in the results; other blocks name it so."""
    vehicles: VehicleCount
    """Vehicles at each departure; on demand, all there are."""
    seats: SomePersons
    """Persons per vehicle."""
    departs_at: ClockTime | None = None
    """Time of day."""
    every: SomeDays | None = None
    """Days from one departure to the next."""
    on_demand: OnDemand | None = None
    """Instead of a timetable."""
    mobilization: TimeSpread | None = None
    """From the call for a vehicle until it stands ready; at once without it. Vehicles on a
    timetable are called once, when the first group asks."""
    travel_time: Hours
    """To the destination."""
    return_time: Hours | None = None
    """Until a vehicle is back and ready to leave again; as long as ``travel_time`` if not given."""
    weather: Name | None = None
    """Weather that stops departures."""
    leaves_below: WaveLimit = default("any", "no limit is given")
    """Waves above which no vehicle leaves on a day; needs ``weather``."""
    destination: Destination | None = None
    """Without it the destination takes everyone."""
    standard: Hours
    """Wait for a seat that the plan promises not to exceed."""

    @model_validator(mode="after")
    def _one_way_to_leave(self) -> "Transport":
        timetable = [self.departs_at is not None, self.every is not None]
        if self.on_demand is None and not all(timetable):
            msg = "needs a timetable ('departs_at' and 'every'), or 'on_demand'."
            raise ValueError(msg)
        if self.on_demand is not None and any(timetable):
            msg = "leaves on demand, so it has no 'departs_at' and no 'every'."
            raise ValueError(msg)
        if self.weather is None and self.leaves_below != math.inf:
            msg = "leaves_below needs 'weather', the name of the weather that is meant."
            raise ValueError(msg)
        return self


class LegalClock(Section):
    """A time limit set by law or by the plan, counted from arrival at reception."""

    name: Name
    """What it is called in the results; other blocks name it so."""
    until: Literal[
        "place", "screening", "registration", "vulnerability check", "best interest procedure"
    ]
    """What must be there or done; for a place, hours without one are added up."""
    limit: SomeHours
    """From arrival at reception."""
