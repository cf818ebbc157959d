"""The tables of a network that are the same in every replication."""

from __future__ import annotations

import hashlib
from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from simulation.calendars import HOURS_PER_DAY, Steps
from simulation.categories import HOUSEHOLDS
from simulation.compiled import kinds, tables
from simulation.compiled.care_layout import care_tables, has_patients
from simulation.compiled.onward_layout import transport_table
from simulation.compiled.rescue_layout import (
    aid_table,
    fleet_table,
    offsets,
    rescue_table,
    swept_areas,
    vessel_sails,
)
from simulation.latest import Latest
from simulation.records import STEPS
from simulation.weather import gated

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simulation.network import Network
    from simulation.parts import Desk
    from simulation.weather import WeatherSeries

Series = dict[str | None, "WeatherSeries | None"]
"""Weathers of one replication by name; that of no name is None."""


class Opened(NamedTuple):
    """Facilities as they open, and when their capacities change, in SimPy's order."""

    facilities: NDArray[Any]
    calendars: NDArray[Any]
    steps: NDArray[Any]
    """Steps of all calendars."""
    first: list[int]
    """Events that begin calendars and timetables."""
    swept: NDArray[np.float64]
    """See :func:`simulation.compiled.rescue_layout.swept_areas`."""
    vessel_sails: NDArray[np.bool_]


class PlanTables:
    """What the compiled engine needs to know of a network, whoever comes.

    Parameters
    ----------
    network : Network

    Attributes
    ----------
    code : dict of str to int
        Number of every facility.
    desks : list of (int, Desk, int)
        Reception point, desk, and its number among those of its kind there.
    digest : bytes
        Equal for networks in which the same people draw the same: those that differ in the
        capacities of what they have, and in what changes capacities, only.

    """

    def __init__(self, network: Network) -> None:
        self.network = network
        self.code = {name: number for number, name in enumerate(network.facilities)}
        self.desks = [
            (number, desk, sum(one.kind == desk.kind for one in point.desks[: place + 1]))
            for number, point in enumerate(network.receptions)
            for place, desk in enumerate(point.desks)
        ]
        self.digest = _digest(network)
        self.options, self.option_sets, self.ways = self._options()
        self.returns, self.returning = returns_home(network)
        self.transports = transport_table(network)
        self.receptions = self._receptions()
        self.desk_table = self._desk_table()
        self.staying = max(
            sum(desk.while_staying for desk in point.desks) for point in network.receptions
        )
        self.posts = self._posts()
        self.has_patients = has_patients(network)
        self.care = care_tables(network, self.code)
        self.ranks = max([1, *(len(post.classes) for post in network.health_posts)])
        self.ranks += bool(network.ambulances)  # for rides back
        self.units, self.crews = self._units()
        self.rescues = rescue_table(network, self.code)
        self.fleets, self.readiness = fleet_table(network, self.code)
        self.offsets, self.aid = offsets(network, self.fleets), aid_table(network)
        self._always: Opened | None = None
        if not network.weathers:
            self._always = _Opening(self, {None: None}).opened()

    def opened(self, series: Series) -> Opened:
        """Return how the facilities open in the weather of a replication."""
        return self._always or _Opening(self, series).opened()

    def _options(self) -> tuple[NDArray[Any], NDArray[np.int64], NDArray[np.float64]]:
        """Sites by reception point and kind of household; equal lists share one set."""
        network = self.network
        points = network.receptions
        sites = {site.name: site for site in network.sites}
        names = list(sites)
        width = max(len(point.sites) for point in points) + 1
        options = np.zeros((len(points) * len(HOUSEHOLDS), width), dtype=tables.OPTION)
        options["site"] = -1
        sets = np.arange(len(options))
        ways = np.zeros((len(points), len(names)))
        for number, point in enumerate(points):
            for option in point.sites:
                ways[number, names.index(option.site)] = option.travel_time
            known: dict[tuple[tuple[int, float], ...], int] = {}
            for kind, household in enumerate(HOUSEHOLDS):
                listed = [
                    (self.code[o.site], 0.0 if sites[o.site].admits(household) else o.others_after)
                    for o in point.sites
                ]
                may = tuple((site, wait) for site, wait in listed if wait < np.inf)
                here = number * len(HOUSEHOLDS) + kind
                sets[here] = known.setdefault(may, here)
                for place, (site, wait) in enumerate(may):
                    options[here, place] = (wait, site)
        return options, sets, ways

    def _receptions(self) -> NDArray[Any]:
        network = self.network
        posts = [post.name for post in network.health_posts]
        made = np.zeros(len(network.receptions), dtype=tables.RECEPTION)
        last = 0
        for here, point in zip(made, network.receptions, strict=True):
            here["first_desk"], here["last_desk"] = last, last + len(point.desks)
            last += len(point.desks)
            here["post"] = -1 if point.health_post is None else posts.index(point.health_post)
            here["splits_after"] = point.splits_after
            here["deaths"] = point.deaths_per_person_day / HOURS_PER_DAY
            here["first_that_fits"] = point.first_that_fits
            here["vulnerable_first"] = point.vulnerable_first
        return made

    def _desk_table(self) -> NDArray[Any]:
        made = np.zeros(len(self.desks), dtype=tables.DESK)
        slots = [0] * len(self.network.receptions)
        for here, (number, desk, _) in zip(made, self.desks, strict=True):
            here["facility"] = self.code[desk.name]
            here["step"] = STEPS.index(desk.kind)
            here["takes"] = _kinds_taken(desk)
            here["checks"] = desk.kind == "vulnerability_check"
            here["per_person"] = desk.per == "person"
            here["staying"] = slots[number] if desk.while_staying else -1
            slots[number] += desk.while_staying
        return made

    def _posts(self) -> NDArray[Any]:
        code = self.code
        rows = [
            (
                post.visits_per_person_day / HOURS_PER_DAY,
                code[f"{post.name} triage"],
                code[post.name],
                code[post.ward] if post.ward else -1,
            )
            for post in self.network.health_posts
        ]
        return np.array(rows, dtype=tables.POST)

    def _units(self) -> tuple[NDArray[Any], NDArray[Any]]:
        breakdowns = self.network.breakdowns
        units = [
            (number, self.code[one.facility], 0, -1)
            for number, one in enumerate(breakdowns)
            for _ in range(one.units)
        ]
        crews = [(one.crews, 0, -1, -1) for one in breakdowns]
        return np.array(units, dtype=tables.UNIT), np.array(crews, dtype=tables.CREW)


class _Opening:
    """Lays out the facilities of a plan in the weather of one replication."""

    def __init__(self, plan: PlanTables, series: Series) -> None:
        self._plan = plan
        self._series = series
        self._steps: list[tuple[float, int]] = []
        self._calendars: list[tuple[int, int, int, int]] = []
        self._first: list[int] = []

    def opened(self) -> Opened:
        """Return everything; SimPy opens facilities in the same order."""
        facilities = self._facilities()
        return Opened(
            facilities,
            np.array(self._calendars, dtype=tables.CALENDAR),
            np.array(self._steps, dtype=tables.CHANGE_STEP),
            self._first,
            swept_areas(self._plan.network, self._series),
            vessel_sails(self._plan.network, self._series),
        )

    def _calendar(self, facility: int, calendar: Steps, what: int = kinds.CAPACITY) -> None:
        """Take in the calendar of a facility; constant ones need no reading."""
        if len(calendar.times) == 1:
            return
        first = len(self._steps)
        self._steps += list(zip(calendar.times, calendar.values, strict=True))
        self._first.append(event(kinds.CALENDAR_BEGINS, len(self._calendars)))
        self._calendars.append((facility, first + 1, len(self._steps), what))

    def _facilities(self) -> NDArray[Any]:
        """Lay out the facilities and their calendars, in SimPy's order of opening."""
        network, code = self._plan.network, self._plan.code
        made = np.zeros(len(code), dtype=tables.FACILITY)
        for name in ("latest", "at_work", "first", "last", "onward"):
            made[name] = -1

        made["open"] = 1

        def opened(
            name: str, calendar: Steps, kind: int, gate: Steps | None = None, **columns: float
        ) -> None:
            here = made[code[name]]
            here["kind"] = kind
            if gate is not None:
                here["open"] = gate.values[0]
                self._calendar(code[name], gate, kinds.GATE)
            here["capacity"] = here["planned"] = calendar.values[0]
            for column, value in columns.items():
                here[column] = value
            here["stops"] = here["hands_over"] or here["interrupting"] > 0
            self._calendar(code[name], calendar)

        number = 0
        for rescue in network.rescues:
            for unit in rescue.units:
                series = self._series[rescue.weather]
                calendar, gate = gated(series, unit.units, unit.wave_limit)
                opened(unit.name, calendar, kinds.BOATS, gate, number=number)
                number += 1
            if rescue.officers is not None:
                opened(f"{rescue.name} officers", rescue.officers, kinds.SERVERS)
        for _, desk, _ in self._plan.desks:
            opened(desk.name, desk.desks, kinds.SERVERS, hands_over=desk.hands_over)
        for number, site in enumerate(network.sites):
            opened(
                site.name,
                site.places,
                kinds.PLACES,
                number=number,
                over_capacity=site.over_capacity,
                evacuated=site.evacuated_when_lost,
                onward=-1 if site.onward is None else code[site.onward],
                onward_share=site.onward_share,
                meant_for=sum(site.admits(kind) << bit for bit, kind in enumerate(HOUSEHOLDS)),
            )
        for number, one in enumerate(network.transports):
            if one.destination_places is not None:
                self._calendar(code[one.name], one.destination_places, kinds.DESTINATION)
            calendar, gate = gated(self._series[one.weather], one.vehicles, one.wave_limit)
            opened(
                one.name,
                calendar,
                kinds.VEHICLES,
                gate,
                number=number,
                seats=one.seats,
                departs_at=one.departs_at,
                every=one.every_days * 24.0,
                travel=one.travel_time,
                round_trip=one.travel_time + one.return_time,
            )
            if not one.on_demand:
                self._first.append(event(kinds.TIMETABLE_BEGINS, code[one.name]))
        for fleet in network.ambulances:
            opened(fleet.name, fleet.vehicles, kinds.SERVERS)
        for number, ward in enumerate(network.wards):
            opened(ward.name, ward.beds, kinds.SERVERS, number=number)
        for post in network.health_posts:
            over = post.hands_over
            triage = f"{post.name} triage"
            opened(triage, post.triage_nurses, kinds.SERVERS, hands_over=over)
            opened(
                post.name,
                post.clinicians,
                kinds.SERVERS,
                hands_over=over,
                interrupting=sum(one.interrupts for one in post.classes),
            )
        return made


def returns_home(network: Network) -> tuple[NDArray[Any], NDArray[Any]]:
    """Lay out when households go home by the calendar, and where the times of every site are.

    Both are empty when no site has any.
    """
    times = [returns for site in network.sites for returns in site.returns_home]
    ends = np.cumsum([len(site.returns_home) for site in network.sites])
    returning = np.zeros(len(ends) if times else 0, dtype=tables.RETURNS)
    if times:
        returning["last"] = ends
        returning["first"][1:] = ends[:-1]
    return np.array(times, dtype=tables.RETURN), returning


def event(kind: int, first: int) -> int:
    """Return an event as the kernel stores it."""
    return kind | (first << kinds.KIND_BITS)


def _kinds_taken(desk: Desk) -> int:
    return sum((not desk.only or kind in desk.only) << bit for bit, kind in enumerate(HOUSEHOLDS))


def _digest(network: Network) -> bytes:
    """Hash what draws depend on."""
    parts = (
        network.start,
        network.run_length,
        network.inflows,
        network.rescues,
        network.receptions,
        network.sites,
        network.transports,
        network.health_posts,
        network.wards,
        network.ambulances,
        network.outbreaks,
        network.casualties,
        network.weathers,
    )
    return hashlib.blake2b(repr(_without_calendars(parts)).encode(), digest_size=16).digest()


def _without_calendars(part: Any) -> Any:
    """Return a part with every calendar of a capacity replaced by a word, as nested tuples."""
    if isinstance(part, Steps):
        return "calendar"
    if isinstance(part, tuple):
        return tuple(map(_without_calendars, part))
    if is_dataclass(part):
        values = (getattr(part, field.name) for field in fields(part))
        return (type(part).__name__, *map(_without_calendars, values))
    return part


plan_tables: Final = Latest(PlanTables)
"""The tables of a network; those made last are kept."""
