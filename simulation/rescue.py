"""Rescue services: the call, the officer who takes it, the units and vessels that come.

The parts: :mod:`simulation.incidents` (what happens to people in distress),
:mod:`simulation.scene` (search and boarding), :mod:`simulation.dispatch` (who is sent),
:mod:`simulation.trips` (what a unit does), :mod:`simulation.fleets` (units and their bases).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from simulation.calendars import Steps
from simulation.dispatch import Dispatcher
from simulation.distributions import Distribution
from simulation.fleets import Fleet, Unit
from simulation.incidents import Fate, Incident, IncidentLog, Waiting
from simulation.parts import RescueUnits
from simulation.resources import Servers
from simulation.scene import Scene
from simulation.trips import Backlog, Landing, Trip
from simulation.weather import gated

if TYPE_CHECKING:
    from collections.abc import Generator

    import simpy

    from simulation.arrivals import Population
    from simulation.capacities import Capacities
    from simulation.network import Network
    from simulation.parts import PassingVessels, Rescue
    from simulation.recorder import Recorder
    from simulation.weather import WeatherSeries


class RescueService:
    """The rescue service of one region.

    Parameters
    ----------
    env : simpy.Environment
    rescue : Rescue
    people : Population
    recorder : Recorder
    facilities : list of int
        Index of each kind of units in the records, then that of the officers if there are any.
    number : int
        Of the service, for the records.
    weather : WeatherSeries or None
        Weather of the region.
    log : IncidentLog
    capacities : Capacities

    """

    def __init__(
        self,
        env: simpy.Environment,
        rescue: Rescue,
        people: Population,
        recorder: Recorder,
        facilities: list[int],
        number: int,
        weather: WeatherSeries | None,
        log: IncidentLog,
        capacities: Capacities,
    ) -> None:
        self._env = env
        self._rescue = rescue
        self._number = number
        self._recorder = recorder
        self._weather = weather
        self._log = log
        self._persons = people.persons.tolist()
        self._boats = people.boat.tolist()
        self._firsts: dict[int, int] = {}
        self._vessels = 0
        self._draw(people)
        self._scene = Scene(env, rescue, people, weather, self._note_first)
        gates = [gated(weather, kind.units, kind.wave_limit) for kind in rescue.units]
        self._fleets = [
            Fleet(
                kind,
                facility,
                (rescue.position[0] + kind.base[0], rescue.position[1] + kind.base[1]),
                calendar.values[0],
            )
            for kind, facility, (calendar, _) in zip(rescue.units, facilities, gates, strict=False)
        ]
        self._dispatcher = Dispatcher(
            env, rescue, number, self._scene, self._fleets, self._landing, log
        )
        for fleet, (calendar, gate) in zip(self._fleets, gates, strict=True):
            fleet.on_change = self._note
            self._note(fleet)
            capacities.follow(fleet.facility, calendar, self._changer(fleet), gate)
        self._officers = (
            Servers(env, rescue.officers, recorder, facilities[-1], capacities)
            if rescue.officers
            else None
        )
        self._waiting: dict[int, Waiting] = {}
        self._others: dict[str, RescueService] = {}

    def _draw(self, people: Population) -> None:
        """Draw what belongs to incidents, one number per group; its first group speaks for it."""
        rescue = self._rescue
        name = rescue.name
        self._alert = people.draw(f"{name}.alert_delay", rescue.alert_delay)
        self._distance = people.draw(f"{name}.distance", rescue.distance)
        self._holds_out = people.draw(f"{name}.holds_out", rescue.holds_out)
        self._heard = people.uniform(f"{name}.heard") if rescue.unheard else []
        self._bearing = people.uniform(f"{name}.bearing") if rescue.sector else []
        self._place = people.uniform(f"{name}.place") if rescue.places_of_safety else []
        self._safety_wait = (
            people.draw(f"{name}.safety_wait", rescue.safety_wait) if rescue.safety_wait else []
        )
        self._call_time = (
            people.draw(f"{name}.call_time", rescue.call_time) if rescue.call_time else []
        )
        if rescue.relay is not None:
            self._relayed = people.uniform(f"{name}.relayed")
            self._relay_delay = people.draw(f"{name}.relay_delay", rescue.relay.delay)
        self._passing = [
            people.draw(
                f"{name}.passing/{vessels.name}",
                Distribution("exponential", mean=24.0 / vessels.per_day),
            )
            for vessels in rescue.passing
        ]

    def connect(self, services: dict[str, RescueService]) -> None:
        """Make the agreements with the other services of the network."""
        self._others = services
        for aid in self._rescue.aid:
            services[aid.rescue]._dispatcher.lends_to(self._dispatcher, aid)

    def fetch(self, group: int) -> Generator[simpy.Event, Any, Fate]:
        """Process part: a group waits to be fetched; returns how that ends."""
        if group not in self._waiting:
            self._begin(group)
        fate: Fate = yield self._waiting.pop(group).done
        return fate

    def _begin(self, first: int) -> None:
        """Begin the incident of a group, or of all groups of its boat."""
        env, now = self._env, self._env.now
        groups, boat = [first], self._boats[first]
        while boat >= 0 and groups[-1] + 1 < len(self._boats):
            if self._boats[groups[-1] + 1] != boat:
                break
            groups.append(groups[-1] + 1)
        facility = self._fleets[0].facility
        incident = Incident(
            number=len(self._log.incidents),
            began=now,
            persons=sum(self._persons[group] for group in groups),
            distance=self._distance[first],
            position=self._position(first),
        )
        for group in groups:
            persons = self._persons[group]
            row = self._recorder.step(group, 0, persons, "rescue", facility, now)
            self._waiting[group] = Waiting(group, persons, row, env.event())
            incident.waiting.append(self._waiting[group])
        self._log.incidents.append((self._number, incident))
        self._firsts[incident.number] = first
        self._scene.begin(incident, self._holds_out[first])
        self._learn(incident, first)

    def _position(self, first: int) -> tuple[float, float]:
        turn = self._bearing[first] if self._bearing else 0.0
        return place_of(self._rescue, turn, self._distance[first])

    # Who learns of it

    def _learn(self, incident: Incident, first: int) -> None:
        if self._rescue.unheard and self._heard[first] < self._rescue.unheard:
            self._call_vessels(incident, first)
            return
        alert = self._env.timeout(self._alert[first])
        alert.callbacks.append(lambda _: self._take_call(incident, first))

    def _take_call(self, incident: Incident, first: int) -> None:
        if incident.gone:
            return
        incident.alerted = self._env.now
        self._call_vessels(incident, first)
        if self._officers is None and self._rescue.relay is None:
            self._dispatcher.report(incident)
        else:
            self._env.process(self._answer(incident, first))

    def _answer(self, incident: Incident, first: int) -> Generator[simpy.Event, Any, None]:
        relay, center = self._rescue.relay, self
        relayed = relay is not None and self._relayed[first] < relay.share
        if relay is not None and relayed:
            center = self._others[relay.rescue]
        yield from center._answer_call(first)
        if relayed:
            yield self._env.timeout(self._relay_delay[first])
        if not incident.gone:
            self._dispatcher.report(incident)

    def _answer_call(self, first: int) -> Generator[simpy.Event, Any, None]:
        """Process part: a call waits for a free officer, who is then busy with it."""
        if self._officers is None:
            return
        with self._officers.request() as turn:
            yield turn
            yield self._env.timeout(self._call_time[first])

    # Vessels that pass by

    def _call_vessels(self, incident: Incident, first: int) -> None:
        for kind, delays in zip(self._rescue.passing, self._passing, strict=True):
            self._env.process(self._pass_by(kind, incident, delays[first]))

    def _pass_by(
        self, kind: PassingVessels, incident: Incident, delay: float
    ) -> Generator[simpy.Event, Any, None]:
        yield self._env.timeout(delay)
        waves = 0.0 if self._weather is None else self._weather.at(self._env.now).wave_height
        if incident.gone or not incident.waiting or waves > kind.wave_limit:
            return
        fleet = Fleet(_as_units(kind), -1, self._rescue.position, 1)
        self._vessels += 1
        yield from Trip(
            self._env,
            self._scene,
            self._dispatcher.chart,
            Backlog(),
            self._landing,
            Unit(fleet, 0),
            -self._vessels,
            passes_by=True,
        ).run(incident, may_be_diverted=False)

    # Landing and records

    def _landing(self, incident: Incident) -> Landing:
        first = self._firsts[incident.number]
        wait = self._safety_wait[first] if self._safety_wait else 0.0
        left = 0.0
        for place in self._rescue.places_of_safety:
            left += place.share
            if self._place[first] < left:
                return Landing(place.position, wait)
        if self._rescue.places_of_safety:
            return Landing(self._rescue.places_of_safety[-1].position, wait)
        return Landing(None, 0.0)

    def _changer(self, fleet: Fleet) -> Any:
        def change(available: int) -> None:
            fleet.set_available(available)
            self._note(fleet)
            self._dispatcher.units_are_free()

        return change

    def _note(self, fleet: Fleet) -> None:
        waiting = self._scene.cut_off if fleet is self._fleets[0] else 0
        self._recorder.state(fleet.facility, self._env.now, fleet.out, waiting, fleet.available)

    def _note_first(self) -> None:
        self._note(self._fleets[0])


def place_of(rescue: Rescue, turn: float, distance: float) -> tuple[float, float]:
    """Return the place of an incident; without a sector that of the service.

    Parameters
    ----------
    rescue : Rescue
    turn : float, dimensionless
        Where in the sector, from 0 to 1 clockwise.
    distance : float, km

    Returns
    -------
    tuple of two float, km

    """
    east, north = rescue.position
    if rescue.sector is None:
        return (east, north)
    begin, end = rescue.sector
    bearing = math.radians(begin + turn * ((end - begin) % 360 or 360))
    return (east + distance * math.sin(bearing), north + distance * math.cos(bearing))


def rescue_services(
    env: simpy.Environment,
    network: Network,
    people: Population,
    recorder: Recorder,
    log: IncidentLog,
    capacities: Capacities,
) -> dict[str, RescueService]:
    """Open the rescue services of a network, with their weather and agreements.

    Parameters
    ----------
    env : simpy.Environment
    network : Network
    people : Population
    recorder : Recorder
    log : IncidentLog
    capacities : Capacities

    Returns
    -------
    dict of str to RescueService

    """
    code = {name: number for number, name in enumerate(network.facilities)}
    services = {}
    for number, rescue in enumerate(network.rescues):
        facilities = [code[kind.name] for kind in rescue.units]
        if rescue.officers is not None:
            facilities.append(code[f"{rescue.name} officers"])
        weather = network.weather_series(rescue.weather, people.streams)
        services[rescue.name] = RescueService(
            env, rescue, people, recorder, facilities, number, weather, log, capacities
        )
    for service in services.values():
        service.connect(services)
    return services


def _as_units(vessels: PassingVessels) -> RescueUnits:
    return RescueUnits(
        name=vessels.name,
        units=Steps.constant(1),
        seats=vessels.seats,
        speed=vessels.speed,
        search_speed=vessels.search_speed,
        sweep_width=vessels.sweep_width,
        sweep_width_in_water=vessels.sweep_width_in_water,
        sensor=vessels.sensor,
        readiness=0.0,
        boarding=vessels.boarding,
        turnaround=0.0,
    )
