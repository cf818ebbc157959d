"""Frozen description of what is simulated: parts that refer to each other by name.

:class:`Network` refuses dangling and duplicate names and impossible numbers. Nothing here changes
during a run.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from simulation.calendars import HOURS_PER_DAY
from simulation.change_problems import change_problems
from simulation.health_problems import health_problems
from simulation.parts import CLOCKS
from simulation.reception_problems import reception_problems
from simulation.weather import WeatherSeries

if TYPE_CHECKING:
    import datetime as dt

    from simulation.calendars import Steps
    from simulation.parts import (
        Ambulances,
        Breakdown,
        ChanceLoss,
        Clock,
        HealthPost,
        Inflow,
        MassCasualty,
        MobileTeam,
        Outbreak,
        OwnService,
        Reception,
        Rescue,
        Site,
        Transport,
        Trigger,
        Ward,
        Weather,
    )
    from simulation.streams import Streams


class NetworkError(ValueError):
    """A network refers to something that does not exist or holds an impossible number."""


_FROM_ZERO = (
    "readiness",
    "boarding",
    "turnaround",
    "boarding_per_person",
    "crew_hours",
    "crew_rest",
    "wave_limit",
)


def _rescue_facilities(rescue: Rescue) -> list[str]:
    names = [units.name for units in rescue.units]
    return names if rescue.officers is None else [*names, f"{rescue.name} officers"]


@dataclass(frozen=True, slots=True)
class Network:
    """Everything one run needs to know apart from the people.

    Parameters
    ----------
    start : datetime.date
        Midnight of this day is hour 0.
    run_length : float, h
    inflows, rescues, receptions, sites, transports, health_posts, wards, weathers : tuples
    triggers, breakdowns, losses, clocks : tuples
    ambulances, teams, outbreaks, casualties, own : tuples

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
    weathers: tuple[Weather, ...] = ()
    triggers: tuple[Trigger, ...] = ()
    breakdowns: tuple[Breakdown, ...] = ()
    losses: tuple[ChanceLoss, ...] = ()
    clocks: tuple[Clock, ...] = CLOCKS
    ambulances: tuple[Ambulances, ...] = ()
    teams: tuple[MobileTeam, ...] = ()
    outbreaks: tuple[Outbreak, ...] = ()
    casualties: tuple[MassCasualty, ...] = ()
    own: tuple[OwnService, ...] = ()

    def __post_init__(self) -> None:
        problems = [*self._name_problems(), *self._reference_problems(), *self._number_problems()]
        problems += [*change_problems(self), *reception_problems(self), *health_problems(self)]
        if problems:
            listing = "\n".join(f"  - {problem}" for problem in problems)
            msg = f"the network has {len(problems)} problem(s):\n{listing}"
            raise NetworkError(msg)

    @property
    def days(self) -> int:
        """Days of the run; the last may be a part of one."""
        return math.ceil(self.run_length / HOURS_PER_DAY)

    @property
    def causes(self) -> tuple[str, ...]:
        """Names of what brings patients beside everyday need: outbreaks, then incidents."""
        outbreaks = tuple(one.name for one in self.outbreaks)
        return (*outbreaks, *(one.name for one in self.casualties))

    @property
    def facilities(self) -> tuple[str, ...]:
        """Names of everything that can be busy, in the order of a person's way."""
        return (
            *(name for rescue in self.rescues for name in _rescue_facilities(rescue)),
            *(desk.name for reception in self.receptions for desk in reception.desks),
            *(site.name for site in self.sites),
            *(transport.name for transport in self.transports),
            *(f"{post.name} triage" for post in self.health_posts),
            *(post.name for post in self.health_posts),
            *(ward.name for ward in self.wards),
            *(one.name for one in self.ambulances),
            *(one.name for one in self.own),
        )

    def capacity(self, facility: str) -> Steps:
        """Calendar of a facility, in its own unit (see :meth:`unit`)."""
        return self._catalog()[facility][1]

    def service(self, facility: str) -> str:
        """Return the service of a facility: rescue, reception, onward travel, health or own."""
        return self._catalog()[facility][0]

    def unit(self, facility: str) -> str:
        """Return the unit of a facility's capacity."""
        return self._catalog()[facility][2]

    def weather(self, name: str) -> Weather:
        """Return a weather by its name."""
        return next(weather for weather in self.weathers if weather.name == name)

    def weather_series(self, name: str | None, streams: Streams) -> WeatherSeries | None:
        """Return the weather of a name on every day of a replication; None without a name."""
        if name is None:
            return None
        return WeatherSeries(self.weather(name), self.start, self.days, streams)

    def _catalog(self) -> dict[str, tuple[str, Steps, str]]:
        entries: dict[str, tuple[str, Steps, str]] = {}
        for rescue in self.rescues:
            for units in rescue.units:
                entries[units.name] = ("rescue", units.units, "units")
            if rescue.officers is not None:
                entries[f"{rescue.name} officers"] = ("rescue", rescue.officers, "officers")
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
        for one in self.ambulances:
            entries[one.name] = ("health", one.vehicles, "vehicles")
        for service in self.own:
            entries[service.name] = ("own", service.servers, service.unit)
        return entries

    def _name_problems(self) -> list[str]:
        named = [*self.facilities, *(r.name for r in self.rescues)]
        named += [r.name for r in self.receptions] + [i.name for i in self.inflows]
        named += [w.name for w in self.weathers] + [team.name for team in self.teams]
        named += [outbreak.name for outbreak in self.outbreaks]
        named += [incident.name for incident in self.casualties]
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
            "weather": [w.name for w in self.weathers],
            "ambulances": [one.name for one in self.ambulances],
        }
        wanted: list[tuple[str, str, str | None]] = []
        for inflow in self.inflows:
            wanted.append((inflow.name, "reception", inflow.reception))
            wanted.append((inflow.name, "rescue", inflow.rescue))
            wanted.append((inflow.name, "weather", inflow.weather))
        for reception in self.receptions:
            wanted.append((reception.name, "health post", reception.health_post))
            wanted += [(reception.name, "site", option.site) for option in reception.sites]
        for rescue in self.rescues:
            wanted.append((rescue.name, "weather", rescue.weather))
            wanted += [(rescue.name, "rescue", aid.rescue) for aid in rescue.aid]
            wanted.append((rescue.name, "rescue", rescue.relay.rescue if rescue.relay else None))
        wanted += [(site.name, "transport", site.onward) for site in self.sites]
        wanted += [(t.name, "weather", t.weather) for t in self.transports]
        wanted += [(post.name, "ward", post.hospital) for post in self.health_posts]
        wanted += [(post.name, "ambulances", post.ambulances) for post in self.health_posts]
        wanted += [(ward.name, "ward", ward.hospital) for ward in self.wards]
        wanted += [(ward.name, "ambulances", ward.ambulances) for ward in self.wards]
        wanted += [(post.name, "ward", post.ward) for post in self.health_posts]
        wanted += [(one.name, "health post", one.health_post) for one in self.outbreaks]
        wanted += [(one.name, "health post", one.health_post) for one in self.casualties]
        for team in self.teams:
            wanted.append((team.name, "weather", team.weather))
            wanted += [(team.name, "health post", stop.health_post) for stop in team.stops]
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
            if len(inflow.weekdays) != 7 or min(inflow.weekdays) < 0 or sum(inflow.weekdays) <= 0:
                problems.append(f"{inflow.name}.weekdays needs 7 weights, not negative, not all 0.")
        for post in self.health_posts:
            total = sum(c.share for c in post.classes)
            if abs(total - 1) > 1e-6:
                problems.append(f"{post.name}: shares of classes sum to {total:g}, not to 1.")
        problems += [problem for weather in self.weathers for problem in weather.problems()]
        problems += [problem for rescue in self.rescues for problem in rescue.problems()]
        return [*problems, *self._impossible(), *self._incomplete()]

    def _impossible(self) -> list[str]:
        """List numbers that must be above 0, or at least not below."""
        above, from_zero = [], []
        for rescue in self.rescues:
            from_zero.append((rescue.name, "search_area", rescue.search_area))
            from_zero.append((rescue.name, "drift", rescue.drift))
            above.append((rescue.name, "search_limit", rescue.search_limit))
            for units in rescue.units:
                above += [(units.name, "seats", units.seats), (units.name, "speed", units.speed)]
                if rescue.searches:
                    above.append((units.name, "search_speed", units.search_speed))
                if rescue.searches and rescue.search_object is None:
                    above.append((units.name, "sweep_width", units.sweep_width))
                from_zero += [(units.name, name, getattr(units, name)) for name in _FROM_ZERO]
                above.append((units.name, "endurance", units.endurance))
            above += [
                (vessels.name, name, getattr(vessels, name))
                for vessels in rescue.passing
                for name in ("per_day", "seats", "speed", "search_speed")
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
            from_zero.append((transport.name, "return_time", transport.return_time))
        for post in self.health_posts:
            from_zero.append((post.name, "visits_per_person_day", post.visits_per_person_day))
        for ward in self.wards:
            from_zero.append((ward.name, "refers_on_after", ward.refers_on_after))
        for inflow in self.inflows:
            from_zero.append((inflow.name, "onset_days", inflow.onset_days))
            from_zero.append((inflow.name, "dispersion", inflow.dispersion))
            from_zero.append((inflow.name, "sets_out_below", inflow.sets_out_below))
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
