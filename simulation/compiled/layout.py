"""From a network and its people to the tables of the compiled engine, as they stand at hour 0."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from simulation.arrivals import STARTING_STOCK
from simulation.calendars import HOURS_PER_DAY
from simulation.categories import HOUSEHOLDS, household_kinds
from simulation.compiled import draws, kinds, tables
from simulation.compiled.rescue_layout import lay_out_rescue
from simulation.compiled.tables import World
from simulation.parts import Condition
from simulation.records import STEPS
from simulation.weather import gated

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simulation.arrivals import Population
    from simulation.calendars import Steps
    from simulation.network import Network
    from simulation.parts import Desk

_MEASURED = {
    "occupancy": kinds.OCCUPANCY,
    "waiting": kinds.WAITING_PERSONS,
    "longest_wait": kinds.LONGEST_WAIT,
}

_WAITS = 168.0
"""Hours beside its stay that a household is taken to be there, when its visits are drawn ahead."""


class Layout:
    """Lays out the tables of one replication.

    Parameters
    ----------
    network : Network
    people : Population
    decisions : tuple of tuple of float, h
        See :func:`simulation.engine.simulate`.

    """

    def __init__(
        self, network: Network, people: Population, decisions: tuple[tuple[float, ...], ...]
    ) -> None:
        self._network = network
        self._people = people
        self._decisions = decisions
        self._code = {name: number for number, name in enumerate(network.facilities)}
        self._desks = [
            (number, desk, sum(one.kind == desk.kind for one in point.desks[: place + 1]))
            for number, point in enumerate(network.receptions)
            for place, desk in enumerate(point.desks)
        ]
        self._kind = household_kinds(people.persons, people.women, people.unaccompanied)
        self.reception = self._receptions_of_groups()
        named = [None, *(one.name for one in network.weathers)]
        self._series = {name: network.weather_series(name, people.streams) for name in named}
        self._steps: list[tuple[float, int]] = []
        self._calendars: list[tuple[int, int, int, bool]] = []
        self._first: list[int] = []

    def _receptions_of_groups(self) -> NDArray[np.int64]:
        """Reception point of every group; of residents the first that uses their site."""
        network, people = self._network, self._people
        names = [point.name for point in network.receptions]
        of_inflow = np.array([names.index(i.reception) for i in network.inflows], dtype=np.int64)
        resident = people.inflow == STARTING_STOCK
        reception = np.zeros(len(people), dtype=np.int64)
        reception[~resident] = of_inflow[people.inflow[~resident]]
        for number, site in enumerate(network.sites):
            there = resident & (people.site == number)
            if there.any():
                reception[there] = next(
                    code
                    for code, point in enumerate(network.receptions)
                    if site.name in [option.site for option in point.sites]
                )
        return reception

    def world(self) -> World:
        """Return all tables, with what happens first in the order in which SimPy starts it."""
        network, people = self._network, self._people
        facilities = self._facilities()
        options, option_sets, ways = self._options()
        groups = self._groups()
        additions, triggers, decisions, losses = self._changes()
        units, crews = self._units()
        largest = int(people.persons.max(initial=1))
        sizes = max(len(people), 16)
        clock = np.zeros(1, dtype=tables.CLOCK)
        clock["until"] = network.run_length
        staying = max(sum(desk.while_staying for desk in r.desks) for r in network.receptions)
        patience = draws.patience(network, people, self.reception, 0)
        stays = draws.lengths_of_stay(network, people, self._kind, self.reception)
        present = np.minimum(
            stays.max(axis=0, initial=0.0) + _WAITS,
            network.run_length - people.arrived,
        )
        self.ahead = draws.VisitsAhead(network, people, self.reception, groups["care_rate"])
        groups["first_visit"] = self.ahead.first_gap
        number, comer, visits = self.ahead.until(present, np.arange(len(people)))
        visit_rows = np.full((number.max(initial=1), len(people)), -1, dtype=np.int32)
        visit_rows[number - 1, comer] = np.arange(len(number))
        clock["visits"] = len(visits)
        failures = draws.failures(network, people, 0)
        clock["attempts"] = clock["firings"] = clock["failures"] = 1
        rescue = lay_out_rescue(network, people, self._code, self._series)
        groups["rescue"] = rescue.service
        incidents = int((rescue.service >= 0).sum())
        groups["boat"] = people.boat
        groups["incident"] = -1
        groups["first_member"] = rescue.first_member
        clock["largest_party"] = np.unique_counts(people.boat[people.boat >= 0]).counts.max(
            initial=1
        )
        world = World(
            clock=clock,
            heap=np.zeros(2 * sizes, dtype=tables.FUTURE),
            fifo=np.zeros(6 * sizes + 1024, dtype=np.int64),
            urgent=np.zeros(2 * sizes + 1024, dtype=np.int64),
            rows=np.empty(16 * sizes, dtype=tables.ROW),
            states=np.empty(32 * sizes + len(facilities), dtype=tables.STATE),
            events=np.zeros(64, dtype=tables.EVENT),
            facilities=facilities,
            queues=_lines((len(facilities), self._ranks())),
            groups=groups,
            staying=np.zeros((len(people), staying), dtype=tables.STAYING_DESK),
            parts=np.zeros(len(people) * len(network.sites), dtype=tables.PART),
            receptions=self._receptions(),
            desks=self._desk_table(),
            options=options,
            option_sets=option_sets,
            ways=ways,
            lines=_lines((len(options), 2 * (largest + 1))),
            posts=self._posts(),
            desk_times=draws.desk_times(people, self._desks, self.reception),
            recognized=draws.recognized(people, self._desks, self.reception),
            stays=stays,
            patience=patience[None, :],
            visits=_at_least_one(visits),
            visit_rows=visit_rows,
            calendar_steps=np.array(self._steps or [(0.0, 0)], dtype=tables.CHANGE_STEP),
            calendars=np.array(self._calendars, dtype=tables.CALENDAR),
            additions=additions,
            triggers=triggers,
            decisions=decisions,
            lead_times=draws.lead_times(network, people, 1),
            clearings=np.zeros(16, dtype=tables.CLEARING),
            units=units,
            crews=crews,
            times_to_failure=failures[:1],
            repair_times=failures[1:],
            losses=losses,
            callers=rescue.callers,
            rescues=rescue.rescues,
            fleets=rescue.fleets,
            readiness=rescue.readiness,
            swept=rescue.swept,
            members=rescue.members,
            boats=np.zeros(2 * incidents + 1, dtype=tables.BOAT),
            incidents=np.zeros(incidents, dtype=tables.INCIDENT),
            calls=np.zeros(2 * sizes, dtype=tables.CALL),
            trips=np.zeros(sizes, dtype=tables.TRIP),
        )
        self._begin(world)
        return World(*(np.ascontiguousarray(table) for table in world))

    def _ranks(self) -> int:
        return max([1, *(len(post.classes) for post in self._network.health_posts)])

    def _calendar(self, facility: int, calendar: Steps, *, is_gate: bool = False) -> None:
        """Take in the calendar of a facility; constant ones need no reading."""
        if len(calendar.times) == 1:
            return
        first = len(self._steps)
        self._steps += list(zip(calendar.times, calendar.values, strict=True))
        self._first.append(_event(kinds.CALENDAR_BEGINS, len(self._calendars)))
        self._calendars.append((facility, first + 1, len(self._steps), is_gate))

    def _facilities(self) -> NDArray[Any]:
        """Lay out the facilities and their calendars, in SimPy's order of opening."""
        network, code = self._network, self._code
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
                self._calendar(code[name], gate, is_gate=True)
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
        for _, desk, _ in self._desks:
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
        for one in network.transports:
            calendar, gate = gated(self._series[one.weather], one.vehicles, one.wave_limit)
            opened(
                one.name,
                calendar,
                kinds.VEHICLES,
                gate,
                seats=one.seats,
                departs_at=one.departs_at,
                every=one.every_days * 24.0,
                travel=one.travel_time,
                round_trip=one.travel_time + one.return_time,
            )
            self._first.append(_event(kinds.TIMETABLE_BEGINS, code[one.name]))
        for ward in network.wards:
            opened(ward.name, ward.beds, kinds.SERVERS)
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

    def _options(self) -> tuple[NDArray[Any], NDArray[np.int64], NDArray[np.float64]]:
        """Sites by reception point and kind of household; equal lists share one set."""
        network = self._network
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
                    (self._code[o.site], 0.0 if sites[o.site].admits(household) else o.others_after)
                    for o in point.sites
                ]
                may = tuple((site, wait) for site, wait in listed if wait < np.inf)
                here = number * len(HOUSEHOLDS) + kind
                sets[here] = known.setdefault(may, here)
                for place, (site, wait) in enumerate(may):
                    options[here, place] = (wait, site)
        return options, sets, ways

    def _receptions(self) -> NDArray[Any]:
        network = self._network
        posts = [post.name for post in network.health_posts]
        made = np.zeros(len(network.receptions), dtype=tables.RECEPTION)
        last = 0
        for here, point in zip(made, network.receptions, strict=True):
            here["first_desk"], here["last_desk"] = last, last + len(point.desks)
            last += len(point.desks)
            here["post"] = -1 if point.health_post is None else posts.index(point.health_post)
            here["splits_after"] = point.splits_after
            here["first_that_fits"] = point.first_that_fits
            here["vulnerable_first"] = point.vulnerable_first
        return made

    def _desk_table(self) -> NDArray[Any]:
        made = np.zeros(len(self._desks), dtype=tables.DESK)
        slots = [0] * len(self._network.receptions)
        for here, (number, desk, _) in zip(made, self._desks, strict=True):
            here["facility"] = self._code[desk.name]
            here["step"] = STEPS.index(desk.kind)
            here["takes"] = _kinds_taken(desk)
            here["checks"] = desk.kind == "vulnerability_check"
            here["per_person"] = desk.per == "person"
            here["staying"] = slots[number] if desk.while_staying else -1
            slots[number] += desk.while_staying
        return made

    def _posts(self) -> NDArray[Any]:
        code = self._code
        rows = [
            (
                post.visits_per_person_day / HOURS_PER_DAY,
                code[f"{post.name} triage"],
                code[post.name],
                code[post.ward] if post.ward else -1,
            )
            for post in self._network.health_posts
        ]
        return np.array(rows, dtype=tables.POST)

    def _groups(self) -> NDArray[Any]:
        people = self._people
        made = np.zeros(len(people), dtype=tables.GROUP)
        made["gap"] = people.gaps
        made["persons"] = people.persons
        made["kind"] = self._kind
        made["reception"] = self.reception
        made["resident"] = people.inflow == STARTING_STOCK
        sites = np.array([self._code[site.name] for site in self._network.sites])
        made["site"] = np.where(people.site >= 0, sites[people.site], 0)
        made["goes_onward"] = people.uniform("goes_onward")
        made["care_rate"] = draws.care_rates(self._network, people, self.reception)
        return made

    def _changes(self) -> tuple[NDArray[Any], ...]:
        """Triggers, their decisions, losses that happen, and what all these do to capacities."""
        network, code = self._network, self._code
        additions = np.zeros(len(network.triggers) + len(network.losses), dtype=tables.ADDITION)
        additions["sequence"] = -1
        triggers = np.zeros(len(network.triggers), dtype=tables.TRIGGER)
        decided: list[float] = []
        for number, (here, one) in enumerate(zip(triggers, network.triggers, strict=True)):
            additions[number] = (one.factor, 0, -1, code[one.facility])
            here["facility"], here["lasts"] = code[one.facility], one.lasts
            here["false_for"] = one.ends_when_false_for
            here["first_step"] = len(self._steps)
            self._steps += list(zip(one.added.times, one.added.values, strict=True))
            here["last_step"] = len(self._steps)
            here["measured"] = kinds.FORECAST
            if isinstance(one.condition, Condition):
                here["measured"] = _MEASURED[one.condition.measured]
                here["watched"] = code[one.condition.of]
                here["above"], here["held_for"] = one.condition.above, one.condition.held_for
                here["every"] = one.condition.checked_every
            here["decision"] = len(decided)
            mine = self._decisions[number] if self._decisions else ()
            decided += [time for time in mine if time >= 0]
            here["last_decision"] = len(decided)
        losses = []
        for number, loss in enumerate(network.losses, start=len(triggers)):
            additions[number] = (loss.remaining, 0, -1, code[loss.facility])
            happens, when = self._people.streams.uniform(
                f"{loss.name}.loss", np.arange(2, dtype=np.uint64)
            ).tolist()
            if happens < loss.chance:
                begins = loss.begins + when * (loss.latest - loss.begins)
                losses.append((begins, loss.lasts, number))
        return additions, triggers, np.array(decided), np.array(losses, dtype=tables.LOSS)

    def _units(self) -> tuple[NDArray[Any], NDArray[Any]]:
        breakdowns = self._network.breakdowns
        units = [
            (number, self._code[one.facility], 0, -1)
            for number, one in enumerate(breakdowns)
            for _ in range(one.units)
        ]
        crews = [(one.crews, 0, -1, -1) for one in breakdowns]
        return np.array(units, dtype=tables.UNIT), np.array(crews, dtype=tables.CREW)

    def _begin(self, world: World) -> None:
        """Note the first state of everything and queue what begins at hour 0."""
        if len(self._people):
            self._first.append(_event(kinds.ARRIVALS_BEGIN, 0))
        self._first += [_event(kinds.WATCH_BEGINS, n) for n in range(len(world.triggers))]
        self._first += [_event(kinds.LIFE_BEGINS, n) for n in range(len(world.units))]
        self._first += [_event(kinds.LOSS_AWAITED, n) for n in range(len(world.losses))]
        count = len(self._first)
        world.urgent[:count] = self._first
        clock = world.clock
        clock["urgent_tail"] = count
        number = np.arange(len(world.facilities))
        world.facilities["latest"] = number
        first = world.states[: len(number)]
        first["time"] = 0.0
        first["facility"] = number
        for name in ("busy", "waiting", "capacity"):
            first[name] = world.facilities[name]
        clock["states"] = len(number)


def _event(kind: int, first: int) -> int:
    return kind | (first << kinds.KIND_BITS)


def _kinds_taken(desk: Desk) -> int:
    return sum((not desk.only or kind in desk.only) << bit for bit, kind in enumerate(HOUSEHOLDS))


def _lines(shape: tuple[int, int]) -> NDArray[Any]:
    lines = np.empty(shape, dtype=tables.QUEUE)
    lines["first"] = lines["last"] = -1
    return lines


def _at_least_one(table: NDArray[Any]) -> NDArray[Any]:
    return table if len(table) else np.zeros(1, dtype=table.dtype)
