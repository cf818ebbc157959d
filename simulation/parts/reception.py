"""Reception: desks, sites, and the way onward."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from simulation.calendars import Steps
    from simulation.distributions import Distribution


@dataclass(frozen=True, slots=True)
class Desk:
    """Desks of one kind in a row of steps that every group passes.

    Parameters
    ----------
    name : str
    kind : str
        ``screening``, ``registration``, ``vulnerability_check`` or ``best_interest``.
    desks : Steps, desks
    service_time : Distribution, h
        Per group, or per person: then the draw is multiplied by the size of the group.
    per : str
        ``group`` or ``person``.
    standard : float, h
        Waiting time that the plan promises not to exceed.
    hands_over : bool
        Whether the next shift goes on with a service when a shift ends, or it is finished first.
    only : tuple of str
        Kinds of households that pass the desk; empty: all.
    while_staying : bool
        Whether households go on to their place meanwhile; then they do not leave before it is done.
    finds : float, dimensionless
        Share of vulnerable households that the desk recognizes as such.

    """

    name: str
    kind: str
    desks: Steps
    service_time: Distribution
    per: str
    standard: float
    hands_over: bool = False
    only: tuple[str, ...] = ()
    while_staying: bool = False
    finds: float = 0.0


@dataclass(frozen=True, slots=True)
class SiteOption:
    """A site that a reception point may use.

    Parameters
    ----------
    site : str
    travel_time : float, h
    others_after : float, h or inf
        Wait after which households that the site is not meant for get a place there too.

    """

    site: str
    travel_time: float
    others_after: float = math.inf


@dataclass(frozen=True, slots=True)
class Reception:
    """Where groups arrive: desks in order, then a place in one of the sites.

    Parameters
    ----------
    name, location : str
    desks : tuple of Desk
    sites : tuple of SiteOption
        In order of preference; the later ones are the overflow.
    gives_up_after : Distribution, h
        How long a group waits for a place before it leaves to stay elsewhere.
    splits_after : float, h or inf
        Waiting time after which a group is split between sites when only that gives it places;
        ``inf`` keeps families together whatever it costs.
    first_that_fits : bool
        Whether a small group may pass a larger one for which there are not enough places.
    standard : float, h
        Waiting time for a place that the plan promises not to exceed.
    health_post : str or None
    vulnerable_first : bool
        Whether households that a desk has found vulnerable get a place before all others.
    deaths_per_person_day : float, 1/(person day)
        Mortality of people from their arrival here until they leave, whatever the care they get.

    """

    name: str
    location: str
    desks: tuple[Desk, ...]
    sites: tuple[SiteOption, ...]
    gives_up_after: Distribution
    splits_after: float
    first_that_fits: bool
    standard: float
    health_post: str | None
    vulnerable_first: bool = False
    deaths_per_person_day: float = 0.0


@dataclass(frozen=True, slots=True)
class Site:
    """A reception site.

    Parameters
    ----------
    name, location : str
    places : Steps, persons
    over_capacity : int, persons
        How many more are let in when all places are taken.
    evacuated_when_lost : bool
        Whether people leave when places are lost (latest arrivals first), or stay over capacity.
    length_of_stay : Distribution, h
    onward : str or None
        Transport for those who do not return home by themselves.
    onward_share : float, dimensionless
    starting_stock : int, persons
        People in the site when the run begins.
    meant_for : tuple of str
        Kinds of households that have their places here; empty: all.
    stays : tuple of (str, Distribution)
        Length of stay of kinds of households for which it differs, h.
    area : float or None, m2
        Covered living area.
    latrines, taps : int or None
    water : float or None, L/day
        Drinking water delivered per day, after losses.
    returns_home : tuple of (float, float), h
        From when on households go home before their stay is over, and the mean time until one
        does from then on; see :func:`simulation.homecoming.time_until_home`.

    """

    name: str
    location: str
    places: Steps
    over_capacity: int
    evacuated_when_lost: bool
    length_of_stay: Distribution
    onward: str | None
    onward_share: float
    starting_stock: int
    meant_for: tuple[str, ...] = ()
    stays: tuple[tuple[str, Distribution], ...] = ()
    area: float | None = None
    latrines: int | None = None
    taps: int | None = None
    water: float | None = None
    returns_home: tuple[tuple[float, float], ...] = ()

    def admits(self, kind: str) -> bool:
        """Whether the site is meant for a kind of household."""
        return not self.meant_for or kind in self.meant_for


@dataclass(frozen=True, slots=True)
class Transport:
    """Vehicles that take groups onward, on a timetable or on demand.

    Parameters
    ----------
    name : str
    vehicles : Steps, vehicles
        Vehicles at each departure; on demand, all there are.
    seats : int, persons per vehicle
    departs_at : float, h after midnight
    every_days : int, days
    travel_time : float, h
    standard : float, h
        Waiting time for a seat that the plan promises not to exceed.
    return_time : float, h
        Until the vehicle is back and ready to leave again.
    on_demand : bool
        Whether a vehicle leaves when it is full or somebody has waited for ``longest_wait``,
        instead of on the timetable.
    longest_wait : float, h or inf
        On demand: wait after which a vehicle leaves that is not full.
    mobilization : Distribution or None, h
        From the call for a vehicle until it stands ready; vehicles on a timetable are called once,
        when the first group asks. None means at once.
    weather : str or None
    wave_limit : float, m
        Waves above which no vehicle leaves on a day.
    destination_places : Steps or None, persons
        Places at the destination: nobody leaves for whom there is none. None means no limit.
    destination_stay : Distribution or None, h
        After which the places of a group are free again; None means never.

    """

    name: str
    vehicles: Steps
    seats: int
    departs_at: float
    every_days: int
    travel_time: float
    standard: float
    return_time: float = 0.0
    on_demand: bool = False
    longest_wait: float = math.inf
    mobilization: Distribution | None = None
    weather: str | None = None
    wave_limit: float = math.inf
    destination_places: Steps | None = None
    destination_stay: Distribution | None = None


@dataclass(frozen=True, slots=True)
class Clock:
    """A time limit set by law or by the plan, from arrival at reception.

    Parameters
    ----------
    name : str
    until : str
        ``place`` (hours without one are added up), or a kind of desk whose step must be done.
    limit : float, h

    """

    name: str
    until: str
    limit: float


CLOCKS: Final = tuple(
    Clock(f"{hours} hours without a place", "place", float(hours)) for hours in (24, 72, 168)
)
"""Limits of 24 hours, 72 hours and 7 days that appear in national reception rules."""
