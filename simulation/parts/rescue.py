"""Rescue services, their units and the dangers they work against.

Positions are kilometers east and north of a point that all rescue services of a network share.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from simulation.calendars import Steps
    from simulation.distributions import Distribution

FOREVER = float("inf")
Position = tuple[float, float]
"""Kilometers east and north."""


@dataclass(frozen=True, slots=True)
class RescueUnits:
    """Boats, aircraft or vehicles of one kind.

    Parameters
    ----------
    name : str
    units : Steps, units
        How many are in service; outside working hours zero.
    seats : int, persons
    speed, search_speed : float, km/h
    sweep_width : float, km
        Effective sweep width for a household on a roof or levee, or a boat afloat.
    readiness : float, h
        From the order to departure.
    boarding : float, h
        Per group.
    turnaround : float, h
        After each trip: disembark, refuel, change crew.
    boarding_per_person : float, h
        Beside ``boarding``: a hoist lifts one after the other.
    sensor : str
        Column of the table of sweep widths, a key of
        :data:`simulation.sweep_widths.SENSORS`.
    sweep_width_in_water : float, km
        Effective sweep width for people in the water.
    readiness_by_hour : tuple of 24 float, h, or empty
        Readiness by the hour of the order, where it differs over the day.
    endurance : float, h
        Time from departure within which the unit is back, or at a place of safety.
    crew_hours, crew_rest : float, h
        After so many hours of trips a crew rests so long.
    wave_limit : float, m
        Waves above which the unit does not leave.
    base : tuple of two float, km
        East and north of the position of the service.

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
    boarding_per_person: float = 0.0
    sensor: str = "boat"
    sweep_width_in_water: float = 0.0
    readiness_by_hour: tuple[float, ...] = ()
    endurance: float = FOREVER
    crew_hours: float = FOREVER
    crew_rest: float = 0.0
    wave_limit: float = FOREVER
    base: Position = (0.0, 0.0)


@dataclass(frozen=True, slots=True)
class PassingVessels:
    """Merchant or volunteer vessels that may be near: at most one of a kind helps an incident.

    Parameters
    ----------
    name : str
    per_day : float, 1/day
        Vessels that would reach an incident and help; the first comes after an exponential time.
    seats : int, persons
    speed, search_speed : float, km/h
    sweep_width, sweep_width_in_water : float, km
    sensor : str
        As for :class:`RescueUnits`.
    boarding : float, h
        Per group.
    wave_limit : float, m
        Waves above which it cannot take people on board.

    """

    name: str
    per_day: float
    seats: int
    speed: float
    search_speed: float
    sweep_width: float
    sweep_width_in_water: float
    boarding: float
    sensor: str = "boat"
    wave_limit: float = FOREVER


@dataclass(frozen=True, slots=True)
class Aid:
    """An agreement that another service lends units.

    Parameters
    ----------
    rescue : str
        The lender.
    after : float, h
        From the report until the lender may be asked.
    share : float, dimensionless
        Largest share of the units in service of each kind that are lent at a time, rounded down.

    """

    rescue: str
    after: float
    share: float


@dataclass(frozen=True, slots=True)
class Relay:
    """Calls that another center hears first and passes on.

    Parameters
    ----------
    rescue : str
        Who hears them; its officers answer.
    share : float, dimensionless
    delay : Distribution, h
        From its answer until the responsible center has the report.

    """

    rescue: str
    share: float
    delay: Distribution


@dataclass(frozen=True, slots=True)
class Capsizing:
    """Boats that capsize unless a unit is there in time; then their people are in the water.

    Parameters
    ----------
    share : float, dimensionless
        Share of boats that would capsize.
    after : Distribution, h
        From the distress.
    water_temperature : float, degC
    lifejackets : float, dimensionless
        Share of persons who wear one.

    """

    share: float
    after: Distribution
    water_temperature: float
    lifejackets: float


@dataclass(frozen=True, slots=True)
class Heat:
    """Heat and lack of water on land.

    Parameters
    ----------
    temperature : float, degC
        Highest of the day, in the shade.
    water : float, liters per person

    """

    temperature: float
    water: float


@dataclass(frozen=True, slots=True)
class PlaceOfSafety:
    """Where rescued people may be brought ashore.

    Parameters
    ----------
    name : str
    position : tuple of two float, km
    share : float, dimensionless
        Share of incidents that are assigned to it.

    """

    name: str
    position: Position
    share: float


@dataclass(frozen=True, slots=True)
class Rescue:
    """A rescue service: coordination center, region and units.

    Parameters
    ----------
    name, location : str
    alert_delay : Distribution, h
        From being cut off until the call comes.
    distance : Distribution, km
        From the position of the service to the place of the group.
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
    officers : Steps or None, officers
        On duty for calls; None means that a call is answered at once.
    call_time : Distribution or None, h
        How long an officer is busy with a call.
    unheard : float, dimensionless
        Share of incidents of which nobody learns.
    relay : Relay or None
    aid : tuple of Aid
    position : tuple of two float, km
    sector : tuple of two float or None, degrees clockwise from north
        Directions in which incidents lie. None means that only distances are known: then a crew
        takes further groups on its way without a further way.
    drift : float, km/h
        By which the radius of the search area grows from the call on.
    search_object : str or None
        Row of the table of sweep widths; None takes those of the units.
    search_limit : float, h
        Longest search of a unit for an incident.
    call_off : float, dimensionless
        Expected probability of detection at which a search is called off; 1 means never.
    weather : str or None
    units_per_incident : int
        Most units sent to an incident while seats are missing.
    retask : bool
        Whether a unit under way may be sent to another incident.
    capsizing : Capsizing or None
    heat : Heat or None
    bodies_recovered : float, dimensionless
        Share of the dead whose bodies are recovered; the others are missing.
    passing : tuple of PassingVessels
    places_of_safety : tuple of PlaceOfSafety
        Empty means the base of the unit.
    safety_wait : Distribution or None, h
        From leaving the incident until a place of safety lets the unit in.

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
    officers: Steps | None = None
    call_time: Distribution | None = None
    unheard: float = 0.0
    relay: Relay | None = None
    aid: tuple[Aid, ...] = ()
    position: Position = (0.0, 0.0)
    sector: tuple[float, float] | None = None
    drift: float = 0.0
    search_object: str | None = None
    search_limit: float = FOREVER
    call_off: float = 1.0
    weather: str | None = None
    units_per_incident: int = 1
    retask: bool = False
    capsizing: Capsizing | None = None
    heat: Heat | None = None
    bodies_recovered: float = 0.0
    passing: tuple[PassingVessels, ...] = ()
    places_of_safety: tuple[PlaceOfSafety, ...] = ()
    safety_wait: Distribution | None = None

    @property
    def searches(self) -> bool:
        """Whether a reported group must be searched for."""
        return self.search_area > 0 or self.drift > 0

    @property
    def searches_on(self) -> bool:
        """Whether a search goes on for people who are gone without word, until it is called off."""
        return self.call_off < 1 or self.search_limit < FOREVER

    def problems(self) -> list[str]:
        """List what is impossible, one sentence each."""
        found = []
        if (self.officers is None) != (self.call_time is None):
            found.append(f"{self.name}: officers and call_time belong together; give both.")
        if self.retask and self.sector is None:
            found.append(f"{self.name}: retask needs a sector, so that positions are known.")
        if self.units_per_incident < 1:
            found.append(
                f"{self.name}.units_per_incident is {self.units_per_incident}; at least 1."
            )
        total = sum(place.share for place in self.places_of_safety)
        if self.places_of_safety and abs(total - 1) > 1e-6:
            found.append(f"{self.name}: shares of places of safety sum to {total:g}, not to 1.")
        if not 0 < self.call_off <= 1:
            found.append(f"{self.name}.call_off is {self.call_off:g}; it lies above 0, at most 1.")
        shares = [("unheard", self.unheard), ("bodies_recovered", self.bodies_recovered)]
        shares += [(f"aid of {aid.rescue}", aid.share) for aid in self.aid]
        shares += [("relay.share", self.relay.share)] if self.relay else []
        if self.capsizing:
            shares.append(("capsizing.share", self.capsizing.share))
            shares.append(("capsizing.lifejackets", self.capsizing.lifejackets))
        found += [
            f"{self.name}.{name} is {value:g}; a share lies between 0 and 1."
            for name, value in shares
            if not 0 <= value <= 1
        ]
        if self.capsizing and not -2 <= self.capsizing.water_temperature <= 40:
            found.append(
                f"{self.name}.capsizing: water_temperature is "
                f"{self.capsizing.water_temperature:g} degC; water lies between -2 and 40 degC."
            )
        if self.heat and not 0 <= self.heat.temperature <= 60:
            found.append(
                f"{self.name}.heat: temperature is {self.heat.temperature:g} degC; the highest of "
                "a day lies between 0 and 60 degC where heat kills."
            )
        blind = [k.name for k in self.units if not k.sweep_width_in_water > 0]
        blind += [k.name for k in self.passing if not k.sweep_width_in_water > 0]
        if self.capsizing and self.searches and self.search_object is None and blind:
            found.append(
                f"{self.name}: boats capsize, but {', '.join(blind)} cannot find people in the "
                "water; give sweep_width_in_water, or a search_object to use the table."
            )
        for kind in self.units:
            if kind.readiness_by_hour and len(kind.readiness_by_hour) != 24:
                found.append(f"{kind.name}.readiness_by_hour needs 24 times, from midnight.")
            if kind.crew_hours < FOREVER and not kind.crew_rest > 0:
                found.append(f"{kind.name}: crew_hours needs a crew_rest above 0.")
        return found
