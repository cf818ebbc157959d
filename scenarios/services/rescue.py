"""What a scenario file says about rescue."""

from typing import Literal

from pydantic import Field, model_validator

from scenarios.values import (
    Bearing,
    Celsius,
    ClockSpan,
    DistanceSpread,
    Hours,
    HoursOrNever,
    Kilometers,
    Liters,
    Name,
    OfficerCount,
    Offset,
    RescueUnitCount,
    Section,
    Share,
    SomeKilometers,
    SomePersons,
    Speed,
    SquareKilometers,
    TimeSpread,
    UnitNumber,
    VesselRate,
    WaveLimit,
    YesNo,
    default,
)

Sensor = Literal["boat", "helicopter", "fixed wing"]
SearchObject = Literal[
    "raft for 4",
    "raft for 10",
    "crowded dinghy",
    "boat of 5 m",
    "boat of 6 m",
    "boat of 10 m",
    "boat of 24 m",
]


class Place(Section):
    """A position, relative to the point that all rescue services share."""

    east: Offset = default("0 km", "no offset is given")
    """Kilometers east; below zero is west."""
    north: Offset = default("0 km", "no offset is given")
    """Kilometers north; below zero is south."""

    @property
    def position(self) -> tuple[float, float]:
        """East and north, km."""
        return (self.east, self.north)


class ReadinessSpan(Section):
    """How long units take to depart in some hours of the day."""

    span: ClockSpan
    """Whole hours of the day."""
    readiness: Hours
    """From the order to departure."""


class RescueUnits(Section):
    """Boats, aircraft or vehicles of one kind."""

    name: Name
    """What it is called in the results; other blocks name it so."""
    units: RescueUnitCount
    """How many, and when they work."""
    seats: SomePersons
    """Persons per trip and unit."""
    speed: Speed
    """On the way."""
    search_speed: Speed
    """While searching."""
    sweep_width: SomeKilometers
    """Effective sweep width for a household on a roof or levee, or a boat; not with a table."""
    readiness: Hours
    """From the order to departure."""
    boarding: Hours
    """Per group."""
    turnaround: Hours
    """After each trip."""
    boarding_per_person: Hours = default("0 min", "boarding takes the same time for any group")
    """Beside ``boarding``, for each person: a hoist lifts one after the other."""
    sensor: Sensor = "boat"
    """Column of the table of sweep widths; only with ``search_object``."""
    sweep_width_in_water: Kilometers = default("0 km", "no boat capsizes")
    """Effective sweep width for people in the water."""
    readiness_by_hour: tuple[ReadinessSpan, ...] = ()
    """Where readiness differs over the day; other hours keep ``readiness``."""
    endurance: HoursOrNever = default("never", "units refuel where they are")
    """Time from departure after which it runs out."""
    crew_hours: HoursOrNever = default("never", "crews are relieved without a pause")
    """Hours of trips after which the crew must rest."""
    crew_rest: Hours = default("0 hours", "crews are relieved without a pause")
    """How long the crew rests then."""
    wave_limit: WaveLimit = default("any", "no limit is given")
    """Waves above which units do not leave; needs a ``weather`` of the service."""
    base: Place = Place()
    """Where the units lie, from the position of the service."""

    @model_validator(mode="after")
    def _whole_hours(self) -> "RescueUnits":
        if any(edge != int(edge) for one in self.readiness_by_hour for edge in one.span):
            msg = "readiness_by_hour goes by whole hours, such as 20:00-06:00."
            raise ValueError(msg)
        return self


class PassingVessels(Section):
    """Merchant or volunteer vessels that may be near; at most one of a kind helps an incident."""

    name: Name
    """What it is called in the results; other blocks name it so."""
    rate: VesselRate
    """Vessels that would reach an incident and help."""
    seats: SomePersons
    """Persons that one takes on board."""
    speed: Speed
    """To the place of safety."""
    search_speed: Speed
    """While searching."""
    sweep_width: SomeKilometers
    """Effective sweep width for a boat; not with a table."""
    sweep_width_in_water: Kilometers = default("0 km", "no boat capsizes")
    """Effective sweep width for people in the water."""
    boarding: Hours
    """Per group."""
    sensor: Sensor = "boat"
    """Column of the table of sweep widths; only with ``search_object``."""
    wave_limit: WaveLimit = default("any", "no limit is given")
    """Waves above which it cannot take people on board."""


class Aid(Section):
    """An agreement that another rescue service lends units."""

    rescue: Name
    """The lender."""
    after: Hours
    """From the report until the lender may be asked."""
    share: Share
    """Largest share of the units in service of each kind that are lent at a time."""


class Relay(Section):
    """Calls that another center hears first and passes on."""

    rescue: Name
    """Who hears them; its officers answer."""
    share: Share
    """Share of the calls."""
    delay: TimeSpread
    """From its answer until the responsible center has the report."""


class Capsizing(Section):
    """Boats that capsize unless a unit is there in time."""

    share: Share
    """Share of boats."""
    after: TimeSpread
    """From the distress."""
    water_temperature: Celsius
    """It decides how long people survive in the water."""
    lifejackets: Share
    """Share of persons who wear one."""


class Heat(Section):
    """Heat and lack of water on land."""

    temperature: Celsius
    """Highest of the day, in the shade."""
    water: Liters
    """Carried per person."""


class PlaceOfSafety(Place):
    """Where rescued people may be brought ashore."""

    name: Name
    """What it is called in the results; other blocks name it so."""
    share: Share
    """Share of incidents that are assigned to it; together 100 %."""


class Rescue(Section):
    """A rescue service: coordination center, region and units."""

    name: Name
    """What it is called in the results; other blocks name it so."""
    location: Name
    """Where it is: the name of a town or a district."""
    alert_delay: TimeSpread
    """From being cut off until the coordination center is called."""
    distance: DistanceSpread
    """From the position of the service to the group."""
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
    officers: OfficerCount | None = None
    """Officers on duty for calls, and when they work; without them calls are answered at once."""
    call_time: TimeSpread | None = None
    """How long an officer is busy with a call."""
    unheard: Share = default("0 %", "somebody learns of every incident")
    """Share of incidents of which nobody learns."""
    relay: Relay | None = None
    aid: tuple[Aid, ...] = ()
    """Agreements with other services."""
    position: Place = Place()
    """Where the service lies."""
    sector: tuple[Bearing, ...] = ()
    """Two directions, clockwise from north, between which incidents lie; without it only
    distances are known, and a crew goes on to another group without a way."""
    drift: Speed | None = None
    """By which the radius of the search area grows from the call on."""
    search_object: SearchObject | None = None
    """What is searched for, by the table of sweep widths; without it units bring their own."""
    search_limit: HoursOrNever = default("never", "a search ends when the group is gone")
    """Longest search for an incident; then it is called off."""
    call_off: Share = default("100 %", "a search ends when the group is gone")
    """Expected probability of detection at which a search is called off."""
    weather: Name | None = None
    """Weather of the region."""
    units_per_incident: UnitNumber = default("1 unit", "one unit goes, as often as needed")
    """Most units sent to an incident while seats are missing."""
    retask: YesNo = default("no", "a unit finishes what it was sent for")
    """Whether a unit under way may be sent to another incident; needs a ``sector``."""
    capsizing: Capsizing | None = None
    heat: Heat | None = None
    bodies_recovered: Share = default("0 %", "no share is given; the dead count as missing")
    """Share of the dead whose bodies are recovered."""
    passing: tuple[PassingVessels, ...] = ()
    """Merchant and volunteer vessels."""
    places_of_safety: tuple[PlaceOfSafety, ...] = ()
    """Without them people are landed at the base of the unit."""
    safety_wait: TimeSpread | None = None
    """From leaving an incident until a place of safety lets the unit in."""

    @model_validator(mode="after")
    def _possible(self) -> "Rescue":
        problems = []
        if len(self.sector) not in {0, 2}:
            problems.append(f"sector has {len(self.sector)} directions; it needs two.")
        limited = [u.name for u in self.units if u.wave_limit != float("inf")]
        limited += [v.name for v in self.passing if v.wave_limit != float("inf")]
        if limited and self.weather is None:
            problems.append(f"wave_limit of {', '.join(limited)} needs 'weather'.")
        if self.capsizing is None and self.heat is None and self.bodies_recovered > 0:
            problems.append("bodies_recovered needs 'capsizing' or 'heat'.")
        if self.safety_wait is not None and not self.places_of_safety:
            problems.append("safety_wait needs 'places_of_safety'.")
        if problems:
            raise ValueError(" ".join(problems))
        return self
