"""Frozen description of what is simulated: people who come, services they meet, who moves them.

All times are hours from the start of the run, distances kilometers, speeds kilometers per hour,
capacities persons or units. Things refer to each other by name; :class:`Network` refuses dangling
and duplicate names. Nothing here changes during a run.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import datetime as dt

    from simulation.calendars import Steps
    from simulation.distributions import Distribution

MAX_GROUP: Final = 16
"""Largest household that is simulated as one group, persons."""


class NetworkError(ValueError):
    """A network refers to something that does not exist or holds an impossible number."""


@dataclass(frozen=True, slots=True)
class Composition:
    """Who the people are: probabilities used to draw the attributes of persons on arrival.

    Parameters
    ----------
    female, child, under_five, elderly : float, dimensionless
        Shares of persons; ``under_five`` is part of ``child`` (below 18 years).
    pregnant, disability, urgent_need : float, dimensionless
        Shares of women of 18 to 59, of all persons, of all persons.
    unaccompanied_child : float, dimensionless
        Share of one-person groups that are a child alone.

    """

    female: float
    child: float
    under_five: float
    elderly: float
    pregnant: float
    disability: float
    urgent_need: float
    unaccompanied_child: float


@dataclass(frozen=True, slots=True)
class Inflow:
    """A part of the displaced people of the forecast who ask for the services simulated here.

    Parameters
    ----------
    name : str
    locations, causes : tuple of str
        Which entries of the forecast it draws on; an empty tuple of causes means no cause dim.
    share : float, dimensionless
        Share of the displaced people who come here (most stay with relatives).
    cut_off : float, dimensionless
        Share of groups surrounded by water (or stranded) who need rescue first.
    group_size : Distribution, persons
    hours : tuple of 24 float
        Relative weight of the hours of the day, from midnight.
    onset_days : float, days
        Within a month the arrivals start on a random day and fade with this time constant, the
        tail at the beginning of the month; 0 means evenly over the month.
    composition : Composition
    reception : str
        Where the groups go.
    rescue : str or None
        Rescue service that fetches those cut off.

    """

    name: str
    locations: tuple[str, ...]
    causes: tuple[str, ...]
    share: float
    cut_off: float
    group_size: Distribution
    hours: tuple[float, ...]
    onset_days: float
    composition: Composition
    reception: str
    rescue: str | None


@dataclass(frozen=True, slots=True)
class RescueUnits:
    """Boats or vehicles of one kind.

    Parameters
    ----------
    name : str
    units : Steps, units
        How many are in service; outside working hours zero.
    seats : int, persons
    speed, search_speed : float, km/h
    sweep_width : float, km
        Effective sweep width for a household on a roof or levee.
    readiness : float, h
        From the order to departure.
    boarding : float, h
        Per group.
    turnaround : float, h
        After each trip: disembark, refuel, change crew.

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


@dataclass(frozen=True, slots=True)
class Rescue:
    """A rescue service with its region and its units.

    Parameters
    ----------
    name, location : str
    alert_delay : Distribution, h
        From being cut off until the coordination center knows.
    distance : Distribution, km
        From the base to the place of the group.
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


@dataclass(frozen=True, slots=True)
class Desk:
    """Desks of one kind in a row of steps that every group passes.

    Parameters
    ----------
    name : str
    kind : str
        ``screening`` or ``registration``.
    desks : Steps, desks
    service_time : Distribution, h
        Per group, or per person: then the draw is multiplied by the size of the group.
    per : str
        ``group`` or ``person``.
    standard : float, h
        Waiting time that the plan promises not to exceed.

    """

    name: str
    kind: str
    desks: Steps
    service_time: Distribution
    per: str
    standard: float


@dataclass(frozen=True, slots=True)
class SiteOption:
    """A site that a reception point may use, with the way there in hours."""

    site: str
    travel_time: float


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


@dataclass(frozen=True, slots=True)
class Transport:
    """Vehicles that take groups onward on a timetable.

    Parameters
    ----------
    name : str
    vehicles : Steps, vehicles
        Vehicles at each departure.
    seats : int, persons per vehicle
    departs_at : float, h after midnight
    every_days : int, days
    travel_time : float, h
    standard : float, h
        Waiting time for a seat that the plan promises not to exceed.

    """

    name: str
    vehicles: Steps
    seats: int
    departs_at: float
    every_days: int
    travel_time: float
    standard: float


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


@dataclass(frozen=True, slots=True)
class Network:
    """Everything one run needs to know apart from the people.

    Parameters
    ----------
    start : datetime.date
        Midnight of this day is hour 0.
    run_length : float, h
    inflows, rescues, receptions, sites, transports, health_posts, wards : tuples

    Raises
    ------
    NetworkError
        With all dangling, duplicate and impossible entries at once.

    """

    start: dt.date
    run_length: float
    inflows: tuple[Inflow, ...] = ()
    rescues: tuple[Rescue, ...] = ()
    receptions: tuple[Reception, ...] = ()
    sites: tuple[Site, ...] = ()
    transports: tuple[Transport, ...] = ()
    health_posts: tuple[HealthPost, ...] = ()
    wards: tuple[Ward, ...] = ()

    def __post_init__(self) -> None:
        problems = [*self._name_problems(), *self._reference_problems(), *self._number_problems()]
        if problems:
            listing = "\n".join(f"  - {problem}" for problem in problems)
            msg = f"the network has {len(problems)} problem(s):\n{listing}"
            raise NetworkError(msg)

    @property
    def facilities(self) -> tuple[str, ...]:
        """Names of everything that can be busy, in the order of a person's way."""
        return (
            *(units.name for rescue in self.rescues for units in rescue.units),
            *(desk.name for reception in self.receptions for desk in reception.desks),
            *(site.name for site in self.sites),
            *(transport.name for transport in self.transports),
            *(f"{post.name} triage" for post in self.health_posts),
            *(post.name for post in self.health_posts),
            *(ward.name for ward in self.wards),
        )

    def capacity(self, facility: str) -> Steps:
        """Calendar of a facility, in its own unit (see :meth:`unit`)."""
        return self._catalog()[facility][1]

    def service(self, facility: str) -> str:
        """Return the service a facility belongs to: rescue, reception, onward travel or health."""
        return self._catalog()[facility][0]

    def unit(self, facility: str) -> str:
        """Return the unit of a facility's capacity."""
        return self._catalog()[facility][2]

    def _catalog(self) -> dict[str, tuple[str, Steps, str]]:
        entries: dict[str, tuple[str, Steps, str]] = {}
        for rescue in self.rescues:
            for units in rescue.units:
                entries[units.name] = ("rescue", units.units, "units")
        for reception in self.receptions:
            for desk in reception.desks:
                entries[desk.name] = ("reception", desk.desks, "desks")
        for site in self.sites:
            entries[site.name] = ("reception", site.places, "persons")
        for transport in self.transports:
            entries[transport.name] = ("onward travel", transport.vehicles, "vehicles")
        for post in self.health_posts:
            entries[f"{post.name} triage"] = ("health", post.triage_nurses, "nurses")
            entries[post.name] = ("health", post.clinicians, "clinicians")
        for ward in self.wards:
            entries[ward.name] = ("health", ward.beds, "beds")
        return entries

    def _name_problems(self) -> list[str]:
        named = [*self.facilities, *(r.name for r in self.rescues)]
        named += [r.name for r in self.receptions] + [i.name for i in self.inflows]
        return [
            f"the name {name!r} is used {named.count(name)} times; every name must be unique."
            for name in dict.fromkeys(named)
            if named.count(name) > 1
        ]

    def _reference_problems(self) -> list[str]:
        known = {
            "reception": [r.name for r in self.receptions],
            "rescue": [r.name for r in self.rescues],
            "site": [s.name for s in self.sites],
            "transport": [t.name for t in self.transports],
            "health post": [h.name for h in self.health_posts],
            "ward": [w.name for w in self.wards],
        }
        wanted: list[tuple[str, str, str | None]] = []
        for inflow in self.inflows:
            wanted.append((inflow.name, "reception", inflow.reception))
            wanted.append((inflow.name, "rescue", inflow.rescue))
        for reception in self.receptions:
            wanted.append((reception.name, "health post", reception.health_post))
            wanted += [(reception.name, "site", option.site) for option in reception.sites]
        wanted += [(site.name, "transport", site.onward) for site in self.sites]
        wanted += [(post.name, "ward", post.ward) for post in self.health_posts]
        return [
            f"{owner}: there is no {kind} {name!r}; known: {', '.join(known[kind]) or 'none'}."
            for owner, kind, name in wanted
            if name is not None and name not in known[kind]
        ]

    def _number_problems(self) -> list[str]:
        problems = []
        if not 0 < self.run_length < float("inf"):
            problems.append(f"run_length is {self.run_length:g} h; it must be above 0 and finite.")
        shares = [(f"{i.name}.share", i.share) for i in self.inflows]
        shares += [(f"{i.name}.cut_off", i.cut_off) for i in self.inflows]
        shares += [(f"{r.name}.self_arrival", r.self_arrival) for r in self.rescues]
        shares += [(f"{s.name}.onward_share", s.onward_share) for s in self.sites]
        problems += [
            f"{name} is {value:g}; a share lies between 0 and 1."
            for name, value in shares
            if not 0 <= value <= 1
        ]
        for inflow in self.inflows:
            if inflow.cut_off > 0 and inflow.rescue is None:
                problems.append(f"{inflow.name}: people are cut off but no rescue is named.")
            if len(inflow.hours) != 24 or min(inflow.hours) < 0 or sum(inflow.hours) <= 0:
                problems.append(f"{inflow.name}.hours needs 24 weights, not negative, not all 0.")
        for post in self.health_posts:
            total = sum(c.share for c in post.classes)
            if abs(total - 1) > 1e-6:
                problems.append(f"{post.name}: shares of classes sum to {total:g}, not to 1.")
        return [*problems, *self._impossible(), *self._incomplete()]

    def _impossible(self) -> list[str]:
        """List numbers that must be above 0, or at least not below."""
        above, from_zero = [], []
        for rescue in self.rescues:
            from_zero.append((rescue.name, "search_area", rescue.search_area))
            for units in rescue.units:
                above += [(units.name, "seats", units.seats), (units.name, "speed", units.speed)]
                if rescue.search_area > 0:
                    above.append((units.name, "search_speed", units.search_speed))
                    above.append((units.name, "sweep_width", units.sweep_width))
                from_zero += [
                    (units.name, name, getattr(units, name))
                    for name in ("readiness", "boarding", "turnaround")
                ]
        for reception in self.receptions:
            from_zero.append((reception.name, "splits_after", reception.splits_after))
            from_zero += [
                (f"{reception.name}, way to {option.site}", "travel_time", option.travel_time)
                for option in reception.sites
            ]
        for site in self.sites:
            from_zero.append((site.name, "over_capacity", site.over_capacity))
            from_zero.append((site.name, "starting_stock", site.starting_stock))
        for transport in self.transports:
            above.append((transport.name, "seats", transport.seats))
            above.append((transport.name, "every_days", transport.every_days))
            from_zero.append((transport.name, "departs_at", transport.departs_at))
            from_zero.append((transport.name, "travel_time", transport.travel_time))
        for post in self.health_posts:
            from_zero.append((post.name, "visits_per_person_day", post.visits_per_person_day))
        for ward in self.wards:
            from_zero.append((ward.name, "refers_on_after", ward.refers_on_after))
        for inflow in self.inflows:
            from_zero.append((inflow.name, "onset_days", inflow.onset_days))
        return [
            f"{owner}.{name} is {value:g}; it must be above 0."
            for owner, name, value in above
            if not value > 0
        ] + [
            f"{owner}.{name} is {value:g}; it cannot be negative."
            for owner, name, value in from_zero
            if not value >= 0
        ]

    def _incomplete(self) -> list[str]:
        """List parts without which people would have nowhere to go."""
        problems = [f"{r.name}: a rescue needs units." for r in self.rescues if not r.units]
        problems += [f"{r.name}: a reception needs sites." for r in self.receptions if not r.sites]
        used = {option.site for reception in self.receptions for option in reception.sites}
        for site in self.sites:
            if site.starting_stock > 0 and site.name not in used:
                problems.append(
                    f"{site.name}: people are there at the start but no reception uses the site."
                )
            if site.starting_stock > 0 and not self.inflows:
                problems.append(
                    f"{site.name}: people are there at the start but no inflow says who they are."
                )
        return problems
