"""Sudden need: outbreaks, mass-casualty incidents, and the mobile teams that come to help."""

from __future__ import annotations

import bisect
from itertools import accumulate
from typing import TYPE_CHECKING, Any

import numpy as np

from simulation.calendars import HOURS_PER_DAY
from simulation.capacities import Addition
from simulation.distributions import UNIT_EXPONENTIAL, Distribution
from simulation.patients import PerVisit, Source
from simulation.records import CASE_COLUMNS, columns_table
from simulation.streams import Keyed, hash64

if TYPE_CHECKING:
    from collections.abc import Generator

    import simpy

    from simulation.arrivals import Population
    from simulation.capacities import Capacity
    from simulation.columns import Columns
    from simulation.health import HealthService, Presence
    from simulation.network import Network
    from simulation.parts import HealthPost, MassCasualty, MobileTeam, Outbreak
    from simulation.weather import WeatherSeries


class CaseLog:
    """Patients of outbreaks and incidents, in order of time."""

    def __init__(self) -> None:
        self._rows: list[tuple[int, int, int, float]] = []

    def add(self, cause: int, group: int, visit: int, time: float) -> None:
        """Note a patient."""
        self._rows.append((cause, group, visit, time))

    def table(self) -> Columns:
        """Return all patients with the columns of the records."""
        columns = list(zip(*self._rows, strict=True)) or [()] * len(CASE_COLUMNS)
        return columns_table(CASE_COLUMNS, columns)


def _classes(
    post: HealthPost, acuity: tuple[tuple[str, float], ...]
) -> tuple[list[int], list[float]]:
    """Index of the classes of a mix, and the upper edges of their shares but the last."""
    names = [one.name for one in post.classes]
    edges = list(accumulate(share for _, share in acuity))
    return [names.index(name) for name, _ in acuity], edges[:-1]


class OutbreakService:
    """One outbreak among the people whom a health post serves.

    Each person who can fall ill does so at most once, at the attack rate while present. Cases are
    thinned from a process at the largest rate (Lewis and Shedler 1979,
    doi:10.1002/nav.3800260304), so that a crowded site has more of the very same cases.

    Parameters
    ----------
    env : simpy.Environment
    outbreak : Outbreak
    cause : int
        For the records.
    post : HealthPost
    service : HealthService
    people : Population
    log : CaseLog

    """

    def __init__(
        self,
        env: simpy.Environment,
        outbreak: Outbreak,
        cause: int,
        post: HealthPost,
        service: HealthService,
        people: Population,
        log: CaseLog,
    ) -> None:
        self._env = env
        self._outbreak = outbreak
        self._cause = cause
        self._people = people
        self._service = service
        self._log = log
        self._source = Source(people, f"{outbreak.name}/")
        self._index, self._edges = _classes(post, outbreak.acuity)
        self._gap = PerVisit("gap", UNIT_EXPONENTIAL)
        self._kept = PerVisit("kept")
        self._acuity = PerVisit("acuity")
        service.on_group.append(self._begin)

    def _begin(self, group: int, there: Presence) -> None:
        self._env.process(self._cases(group, there))

    def _cases(self, group: int, there: Presence) -> Generator[simpy.Event, Any, None]:
        env, outbreak, source = self._env, self._outbreak, self._source
        if env.now < outbreak.begins:
            yield env.timeout(outbreak.begins - env.now)
        most = max(1.0, outbreak.crowding_factor)
        rate = outbreak.attack_rate * most / HOURS_PER_DAY
        drawn = self._people.by_member(f"{outbreak.name}/protected", group, there.persons())
        well, number = int((drawn >= outbreak.protected).sum()), 0
        while rate > 0 and there.lasts() and min(well, there.persons()) > 0:
            number += 1
            gap = self._gap(source, number, group) / (rate * min(well, there.persons()))
            if env.now + gap >= outbreak.ends:
                return
            yield env.timeout(gap)
            if not there.lasts():
                return
            crowded = there.area() < outbreak.crowded_below
            factor = outbreak.crowding_factor if crowded else 1.0
            if self._kept(source, number, group) < factor / most:
                well -= 1
                edge = self._acuity(source, number, group)
                acuity = self._index[bisect.bisect_right(self._edges, edge)]
                visit = self._service.see(source, group, number, acuity, there, group)
                self._log.add(self._cause, group, visit, env.now)


def bring_casualties(
    env: simpy.Environment,
    incident: MassCasualty,
    cause: int,
    post: HealthPost,
    service: HealthService,
    people: Population,
    log: CaseLog,
) -> None:
    """Start an incident that brings many patients to a health post.

    Parameters
    ----------
    env : simpy.Environment
    incident : MassCasualty
    cause : int
        For the records.
    post : HealthPost
    service : HealthService
    people : Population
        Gives the streams.
    log : CaseLog

    """
    first = np.uint64(hash64(incident.name))
    patients = Keyed(people.streams, first + np.arange(incident.patients, dtype=np.uint64))
    source = Source(patients, f"{incident.name}/")
    index, edges = _classes(post, incident.acuity)
    drawn = patients.uniform(f"{incident.name}/acuity")
    if incident.spread_over > 0:
        when = Distribution("uniform", low=0.0, high=incident.spread_over)
        after = patients.draw(f"{incident.name}/arrival", when)
    else:
        after = [0.0] * incident.patients

    def arrive(patient: int) -> None:
        acuity = index[bisect.bisect_right(edges, drawn[patient])]
        visit = service.see(source, patient, 1, acuity)
        log.add(cause, -1, visit, env.now)

    def come() -> Generator[simpy.Event, Any, None]:
        for patient in sorted(range(incident.patients), key=after.__getitem__):
            due = incident.at + after[patient]
            if due > env.now:
                yield env.timeout(due - env.now)
            arrive(patient)

    env.process(come())


def team_visits(
    team: MobileTeam, days: int, series: WeatherSeries | None
) -> list[tuple[float, float, str]]:
    """Visits of a mobile team in order of time: begin and end, h, and the health post.

    Parameters
    ----------
    team : MobileTeam
    days : int
        Of the run.
    series : WeatherSeries or None
        The weather in which the team travels, if any stops it.

    """
    goes = np.ones(days, dtype=np.bool_)
    if series is not None:
        goes = series.workable(team.wave_limit)
    return sorted(
        (day * HOURS_PER_DAY + stop.begins, day * HOURS_PER_DAY + stop.ends, stop.health_post)
        for stop in team.stops
        for day in range(stop.first_day - 1, days, stop.every_days)
        if goes[day]
    )


def send_team(
    env: simpy.Environment,
    team: MobileTeam,
    network: Network,
    people: Population,
    posts: dict[str, Capacity],
) -> None:
    """Have a mobile team visit health posts on its timetable, weather permitting.

    Parameters
    ----------
    env : simpy.Environment
    team : MobileTeam
    network : Network
    people : Population
        Gives the weather its draws.
    posts : dict of str to Capacity
        Clinicians of every health post, by name.

    """
    series = network.weather_series(team.weather, people.streams)
    visits = team_visits(team, network.days, series)

    def travel() -> Generator[simpy.Event, Any, None]:
        for begins, ends, post in visits:
            yield env.timeout(begins - env.now)
            there = Addition(team.clinicians, 1.0)
            posts[post].add(there)
            yield env.timeout(ends - begins)
            posts[post].remove(there)

    env.process(travel())
