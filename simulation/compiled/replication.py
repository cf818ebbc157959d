"""One replication in the compiled engine: lay out, run, give what is needed, read the records."""

from __future__ import annotations

import hashlib
import math
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from simulation.compiled import draws, kinds, tables
from simulation.compiled.care_layout import draw_cases, visit_needs
from simulation.compiled.drawn import Drawn, drawn_by
from simulation.compiled.kinds import GROUP_MASK, KIND_BITS
from simulation.compiled.layout import lay_out
from simulation.compiled.onward_layout import mobilizations
from simulation.compiled.plan import plan_tables
from simulation.compiled.splitting import states_of, steps_of
from simulation.compiled.tables import CLOCK, MEMORY, memory_of
from simulation.households import groups_table
from simulation.incidents import Fate
from simulation.mortality import Deaths
from simulation.records import (
    CASE_COLUMNS,
    EVENT_COLUMNS,
    INCIDENT_COLUMNS,
    INTERRUPTION_COLUMNS,
    TRIP_COLUMNS,
    Records,
    columns_table,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike, NDArray

    from simulation.arrivals import Population
    from simulation.columns import Columns
    from simulation.network import Network
    from simulation.records import Column

_GROWING: Final = (
    "heap",
    "later",
    "fifo",
    "urgent",
    "rows",
    "states",
    "events",
    "clearings",
    "boats",
    "calls",
    "trips",
    "patients",
)

_LONGER: Final = 240.0
"""Hours for which visits are drawn when somebody stays longer than was thought."""


@cache
def event_loop() -> Callable[[Any], int]:
    """Return the event loop, compiled when it is first called or read from the cache."""
    from simulation.compiled import kernel

    return kernel.event_loop(_fingerprint())


def compile_now() -> None:
    """Compile the event loop, or read it from the cache, by a run without anything in it."""
    clock, events = np.zeros(1, dtype=CLOCK), np.zeros(4096, dtype=np.int64)
    memory = np.zeros(1, dtype=MEMORY)
    memory["clock"] = clock.ctypes.data
    for name in _GROWING:  # nothing is read from them when nothing happens
        memory[f"{name}_count"] = len(events)
    event_loop()(memory)


def _fingerprint() -> int:
    """Hash the sources of the kernel."""
    digest = hashlib.blake2b(digest_size=6)
    for source in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(source.read_bytes())
    return int.from_bytes(digest.digest(), "little")


class CompiledReplication:
    """One replication of a network that the compiled engine runs.

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
        plan = plan_tables(network)
        self._drawn = drawn_by(people, plan)
        self._ahead = self._drawn.ahead
        self._world = lay_out(plan, people, self._drawn, decisions)

    def run(self) -> Records:
        """Run until the end of the run and return what happened."""
        self.happen()
        self._keep()
        records = self.records()
        tables.SPARE.keep(self._world.rows)
        tables.SPARE.keep(self._world.states)
        return records

    def _keep(self) -> None:
        """Keep what was drawn for the next plan that these people meet."""
        world = self._world
        self._people.memo[Drawn] = self._drawn.and_more(
            world.patience,
            self._ahead,
            world.visits[: int(world.clock[0]["visits"])],
            world.needs,
        )

    def happen(self) -> None:
        """Let all events happen."""
        loop = event_loop()
        while (reason := loop(memory_of(self._world))) != kinds.DONE:
            self._give(reason)

    def _give(self, reason: int) -> None:
        """Give the kernel what it asks for: space, or draws made as they would be in SimPy."""
        world = self._world
        if reason == kinds.NEEDS_SPACE:
            self._world = world._replace(
                **{name: _doubled(getattr(world, name)) for name in _GROWING}
            )
        elif reason == kinds.NEEDS_VISITS:
            self._draw_visits()
        elif reason == kinds.NEEDS_PATIENCE:
            attempt = len(world.patience)
            more = draws.patience(self._network, self._people, self._drawn.reception, attempt)
            self._put("patience", np.concatenate([world.patience, more[None, :]]), "attempts")
        elif reason == kinds.NEEDS_LEAD_TIMES:
            count = 2 * world.lead_times.shape[1] + 8
            more = draws.lead_times(self._network, self._people, count)
            self._put("lead_times", more, "firings", count)
        elif reason == kinds.NEEDS_MOBILIZATIONS:
            count = 2 * world.mobilizations.shape[1]
            more = mobilizations(self._network, self._people, count)
            self._world = world._replace(mobilizations=more)
        elif reason == kinds.NEEDS_CASES:
            drawn = int(world.clock["cases"][0])
            cases, needs = draw_cases(self._network, self._people, drawn, 2 * drawn)
            needs = np.concatenate([world.case_needs, needs])
            self._world = world._replace(case_needs=needs)
            self._put("cases", np.concatenate([world.cases, cases]), "cases", 2 * drawn)
        else:
            more = draws.failures(self._network, self._people, len(world.repair_times))
            repairs = np.concatenate([world.repair_times, more[1:]])
            lives = np.concatenate([world.times_to_failure, more[:1]])
            self._world = world._replace(repair_times=repairs)
            self._put("times_to_failure", lives, "failures")

    def _draw_visits(self) -> None:
        """Draw visits for the group that asks, and for all who may stay as long again or a month.

        Who was not thought to stay so long waits for something, as others do.
        """
        world, clock = self._world, self._world.clock[0]
        asks = (int(world.fifo[clock["fifo_head"]]) >> KIND_BITS) & GROUP_MASK
        here = np.flatnonzero(world.groups["is_present"] == 1)
        since = clock["now"] - self._people.arrived
        present = np.minimum(
            since + np.maximum(since, _LONGER), clock["until"] - self._people.arrived
        )
        if self._ahead is self._drawn.ahead:  # it may be kept for other plans
            self._ahead = self._ahead.copy()
        more = self._ahead.until(present, here, asks)
        drawn, pool = int(clock["visits"]), world.visits
        if pool is self._drawn.visits:
            pool = tables.aligned_copy(pool)
        while len(pool) < drawn + len(more.visits):
            pool = _doubled(pool)
        pool[drawn : drawn + len(more.visits)] = more.visits
        known = more.before >= 0
        pool["next"][more.before[known]] = more.first[known]
        out_of_visits = world.groups["next_visit"][more.groups] < 0
        world.groups["next_visit"][more.groups[out_of_visits]] = more.first[out_of_visits]
        clock["visits"] += len(more.visits)
        self._world = world._replace(visits=pool)
        if len(world.care_posts):
            posts = draws.posts_of(self._network, self._drawn.reception)
            needs = visit_needs(
                self._network, self._people, posts, more.visits["number"], more.comers
            )
            needs = np.concatenate([world.needs, needs])
            self._world = self._world._replace(needs=needs)

    def _put(self, table: str, values: NDArray[Any], counter: str, count: int = 0) -> None:
        self._world = self._world._replace(**{table: values})
        self._world.clock[counter] = count or len(values)

    def records(self) -> Records:
        """Return what happened."""
        world = self._world
        clock = world.clock[0]
        groups = world.groups
        rows = world.rows[: clock["rows"]]
        steps, any_interrupted = steps_of(rows)
        fates = _fates(self._people, groups, world.members)
        return Records(
            steps=steps,
            states=states_of(world.states[: clock["states"]], len(world.facilities)),
            groups=groups_table(
                self._people,
                fates,
                **self._deaths(fates).by_attribute(),
                split=groups["split"],
                outcome=groups["outcome"],
                checked=groups["checked"],
                identified=groups["identified"],
                other_places=groups["other_places"],
            ),
            events=_table(EVENT_COLUMNS, world.events[: clock["events"]]),
            incidents=_incidents(world.incidents[: clock["incidents"]]),
            cases=_cases(world.patients[: clock["patients"]]),
            trips=_table(TRIP_COLUMNS, world.trips[: clock["trips"]]),
            interruptions=_interruptions(rows) if any_interrupted else None,
            until=self._network.run_length,
        )

    def _deaths(self, fates: dict[int, Fate]) -> Deaths:
        """Find out who died in reception."""
        deaths, died = Deaths(self._people), self._world.seekers["died"]
        for group in np.flatnonzero(died).tolist():
            in_transit = fates[group].died if group in fates else None
            for _ in range(died[group]):
                deaths.strike(group, in_transit)
        return deaths


def _fates(people: Population, groups: NDArray[Any], members: NDArray[Any]) -> dict[int, Fate]:
    """Return who of every group died, as far as the run has come to know it."""
    fates = {}
    for number in np.flatnonzero(groups["is_lost"]).tolist():
        group = groups[number]
        first = int(group["first_member"])
        died = members["died"][first : first + int(people.persons[number])] == 1
        fates[number] = Fate(out=True, died=died, recovered=int(group["recovered"]))
    return fates


def _doubled(table: NDArray[Any]) -> NDArray[Any]:
    larger = tables.aligned(2 * len(table), table.dtype)
    larger[: len(table)] = table
    return larger


def _table(columns: tuple[Column, ...], rows: NDArray[Any]) -> Columns:
    return columns_table(columns, [rows[column.name] for column in columns])


def _interruptions(rows: NDArray[Any]) -> Columns:
    """Rows of what was left of interrupted services, by time, group and visit."""
    rows = rows[rows["paused"] == 1]
    rows = rows[np.lexsort((rows["visit"], rows["group"], rows["requested"]))]
    times = {"interrupted": "requested", "resumed": "started"}
    return columns_table(
        INTERRUPTION_COLUMNS, [rows[times.get(c.name, c.name)] for c in INTERRUPTION_COLUMNS]
    )


def _cases(patients: NDArray[Any]) -> Columns:
    """Patients of outbreaks and incidents, in order of time."""
    return _table(CASE_COLUMNS, patients[patients["cause"] >= 0])


def _incidents(rows: NDArray[Any]) -> Columns:
    others: dict[str, ArrayLike] = {
        "incident": np.arange(len(rows)),
        "rescue": rows["service"],
        "pod": [-math.expm1(-hazard) for hazard in rows["hazard"].tolist()],
    }
    known = rows.dtype.names or ()
    return columns_table(
        INCIDENT_COLUMNS,
        [rows[c.name] if c.name in known else others[c.name] for c in INCIDENT_COLUMNS],
    )
