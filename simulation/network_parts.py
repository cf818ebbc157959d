"""What a network holds: its parts, and what each facility among them is.

:class:`NetworkParts` only answers; :class:`simulation.network.Network` is the same thing checked.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from simulation.calendars import HOURS_PER_DAY
from simulation.parts import CLOCKS
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


def _rescue_facilities(rescue: Rescue) -> list[str]:
    names = [units.name for units in rescue.units]
    return names if rescue.officers is None else [*names, f"{rescue.name} officers"]


@dataclass(frozen=True, slots=True)
class NetworkParts:
    """Parts of a network that nobody has checked yet: see :class:`simulation.network.Network`."""

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
