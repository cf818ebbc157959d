"""The reference engine: one replication in SimPy, from arrivals to records."""

from __future__ import annotations

import gc
from contextlib import contextmanager
from heapq import heappop
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import simpy

from simulation.arrivals import STARTING_STOCK
from simulation.health import HealthService, WardService
from simulation.incidents import Fate, IncidentLog, lost_members
from simulation.places import Places, Stay
from simulation.reception import DeskService, TransportService
from simulation.records import GROUP_COLUMNS, GROUP_OUTCOMES, Records
from simulation.rescue import rescue_services
from simulation.resources import Recorder, StepRow, follow

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from simulation.arrivals import Population
    from simulation.network import Network
    from simulation.parts import Desk

_OUTCOME = {name: code for code, name in enumerate(GROUP_OUTCOMES)}


class _Environment(simpy.Environment):
    """SimPy's environment with its event loop in one piece, which saves a tenth of the time."""

    def run_until(self, end: float) -> None:
        """Process all events before a time, as ``run(until=end)`` does."""
        queue = self._queue
        while queue and queue[0][0] < end:
            self._now, _, _, event = heappop(queue)
            callbacks, event.callbacks = event.callbacks, None  # type: ignore[assignment]
            for callback in callbacks:
                callback(event)
            if not event._ok and not hasattr(event, "_defused"):
                raise event._value
        self._now = end


@contextmanager
def _no_garbage_collection() -> Iterator[None]:
    """Events live until the run ends anyway; looking for garbage among them costs a quarter."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _row(desks: tuple[Desk, ...], desk: Desk) -> int:
    """Count desks of the same kind up to this one."""
    return sum(one.kind == desk.kind for one in desks[: desks.index(desk) + 1])


def simulate(network: Network, people: Population) -> Records:
    """Run one replication.

    Parameters
    ----------
    network : Network
        What there is.
    people : Population
        Who comes.

    Returns
    -------
    Records
        Everything that happened until ``network.run_length``; neither argument is changed.

    Raises
    ------
    ValueError
        If people arrive outside the run or are not in order of arrival.

    """
    _check_arrivals(people, network.run_length)
    return _Replication(network, people).run()


def _check_arrivals(people: Population, until: float) -> None:
    arrived = people.arrived
    if len(arrived) and not (arrived[0] >= 0 and arrived[-1] < until):
        msg = (
            f"people arrive from hour {arrived[0]:g} to hour {arrived[-1]:g}, but the run goes "
            f"from 0 to {until:g}; draw them for this network."
        )
        raise ValueError(msg)
    if not (np.diff(arrived) >= 0).all():
        msg = "people must be in order of arrival; sort every column by arrived."
        raise ValueError(msg)


class _Replication:
    """State of one replication; groups are processes, services are objects they use."""

    def __init__(self, network: Network, people: Population) -> None:
        self._network = network
        self._people = people
        self._env = env = _Environment()
        code = {name: number for number, name in enumerate(network.facilities)}
        self._recorder = recorder = Recorder(len(code))
        self._persons = people.persons.tolist()
        self._outcome = [0] * len(people)
        self._present = [False] * len(people)
        self._split = [False] * len(people)
        self._fates: dict[int, Fate] = {}
        self._log = IncidentLog()
        self._rescues = rescue_services(env, network, people, recorder, self._log)
        self._desks = [
            [
                DeskService(env, desk, people, recorder, code[desk.name], _row(r.desks, desk))
                for desk in r.desks
            ]
            for r in network.receptions
        ]
        self._places = Places(
            env, network.sites, network.receptions, recorder, [code[s.name] for s in network.sites]
        )
        self._transports = {
            t.name: TransportService(env, t, recorder, code[t.name]) for t in network.transports
        }
        wards = {w.name: WardService(env, w, people, recorder, code[w.name]) for w in network.wards}
        self._posts = {
            post.name: HealthService(
                env,
                post,
                people,
                recorder,
                (code[f"{post.name} triage"], code[post.name]),
                wards[post.ward] if post.ward else None,
            )
            for post in network.health_posts
        }
        # The same draw decides the stay in whichever site: plans differ by the site, not by luck.
        self._stays = [people.draw("length_of_stay", s.length_of_stay) for s in network.sites]
        self._stayed = people.uniform("starting_stock.share_stayed")
        self._goes_onward = people.uniform("goes_onward")
        self._site_names = [site.name for site in network.sites]
        names = [reception.name for reception in network.receptions]
        self._inflow_reception = [names.index(inflow.reception) for inflow in network.inflows]
        self._patience: dict[tuple[int, int], list[float]] = {}
        for number, site in enumerate(network.sites):
            if len(site.places.times) > 1:
                env.process(follow(env, site.places, self._place_setter(number)))

    def run(self) -> Records:
        if len(self._people):
            self._env.process(self._arrivals())
        with _no_garbage_collection():
            self._env.run_until(self._network.run_length)
            return Records(
                steps=self._recorder.steps_table(),
                states=self._recorder.states_table(),
                groups=self._groups_table(),
                incidents=self._log.incidents_table(),
                trips=self._log.trips_table(),
                until=self._network.run_length,
            )

    def _place_setter(self, site: int) -> Any:
        return lambda places: self._places.set_places(site, places)

    def _arrivals(self) -> Generator[simpy.Event, Any, None]:
        """Next arrival first, then the group acts."""
        env, stock = self._env, (self._people.inflow == STARTING_STOCK).tolist()
        for group, gap in enumerate(self._people.gaps):
            if gap > 0:
                yield env.timeout(gap)
            env.process(self._resident(group) if stock[group] else self._newcomer(group))

    def _newcomer(self, group: int) -> Generator[simpy.Event, Any, None]:
        inflow = self._network.inflows[self._people.inflow[group]]
        reception = self._inflow_reception[self._people.inflow[group]]
        if self._people.cut_off[group] and inflow.rescue is not None:
            self._outcome[group] = _OUTCOME["waiting_for_rescue"]
            fate = yield from self._rescues[inflow.rescue].fetch(group)
            if fate.dead:
                self._fates[group] = fate
                self._persons[group] -= fate.dead
            if not fate.out:
                self._outcome[group] = _OUTCOME[fate.outcome(self._persons[group])]
                return
        self._outcome[group] = _OUTCOME["in_screening_or_registration"]
        self._enter(group, reception)
        for desk in self._desks[reception]:
            yield from desk.serve(group, self._persons[group])
        stay = yield from self._obtain_place(group, reception, attempt=0)
        if stay is not None:
            yield from self._stay(group, reception, stay)
        self._present[group] = False

    def _resident(self, group: int) -> Generator[simpy.Event, Any, None]:
        """Follow a group that is in a site when the run begins."""
        site = int(self._people.site[group])
        options = [
            number
            for number, reception in enumerate(self._network.receptions)
            if self._site_names[site] in [option.site for option in reception.sites]
        ]
        row = self._open_placement(group, options[0])
        self._enter(group, options[0])
        row.start(self._env.now)
        stay = self._places.take(group, self._persons[group], site, row)
        # They came some time ago: a random part of their stay is over.
        self._stays[site][group] *= 1 - self._stayed[group]
        yield from self._stay(group, options[0], stay)
        self._present[group] = False

    def _enter(self, group: int, reception: int) -> None:
        self._present[group] = True
        post = self._network.receptions[reception].health_post
        if post is not None:
            self._env.process(
                self._posts[post].attend(group, self._persons[group], lambda: self._present[group])
            )

    def _open_placement(self, group: int, reception: int) -> StepRow:
        first = self._places.first_choice(reception)
        return self._recorder.step(
            group, 0, self._persons[group], "placement", first, self._env.now
        )

    def _obtain_place(
        self, group: int, reception: int, attempt: int
    ) -> Generator[simpy.Event, Any, Stay | None]:
        self._outcome[group] = _OUTCOME["waiting_for_place"]
        plan = self._network.receptions[reception]
        if (reception, attempt) not in self._patience:
            self._patience[reception, attempt] = self._people.draw(
                "gives_up_after", plan.gives_up_after, attempt
            )
        row = self._open_placement(group, reception)
        patience = self._patience[reception, attempt][group]
        stay: Stay | None = yield self._places.ask(
            group, self._persons[group], reception, row, patience
        )
        if stay is None:
            self._outcome[group] = _OUTCOME["left_without_place"]
            return None
        self._split[group] = self._split[group] or len(stay.parts) > 1
        way = {option.site: option.travel_time for option in plan.sites}
        travel = max((way[self._site_names[site]] for site, _ in stay.parts), default=0.0)
        if travel > 0:
            yield self._env.timeout(travel) | stay.over
        if not stay.over.triggered:  # else the place was lost on the way there
            row.start(self._env.now)
        return stay

    def _stay(self, group: int, reception: int, stay: Stay) -> Generator[simpy.Event, Any, None]:
        env = self._env
        attempt, left, site = 0, None, 0
        while True:
            self._outcome[group] = _OUTCOME["in_site"]
            if stay.parts:
                site = stay.parts[0][0]
                left = self._stays[site][group] if left is None else left
            began = env.now
            if left is not None:  # else the place was lost on the way there
                self._end_after(stay, left)
            finished: bool = yield stay.over
            if finished:
                break
            if left is not None:
                left = max(left - (env.now - began), 0.0)
            attempt += 1
            found = yield from self._obtain_place(group, reception, attempt)
            if found is None:
                return
            stay = found
        plan = self._network.sites[site]
        if plan.onward is not None and self._goes_onward[group] < plan.onward_share:
            yield from self._go_onward(group, stay, plan.onward)
            return
        stay.row.end(env.now)
        self._places.leave(stay)
        self._outcome[group] = _OUTCOME["returned_home"]

    def _end_after(self, stay: Stay, time: float) -> None:
        def finish(_: simpy.Event) -> None:
            if not stay.over.triggered:
                stay.over.succeed(True)

        self._env.timeout(time).callbacks.append(finish)

    def _go_onward(
        self, group: int, stay: Stay, transport: str
    ) -> Generator[simpy.Event, Any, None]:
        """Wait for a seat in the place, or outside when the place is lost meanwhile."""
        env = self._env
        self._outcome[group] = _OUTCOME["waiting_for_onward_travel"]
        stay.over = lost = env.event()
        departure = self._transports[transport].ask(group, self._persons[group])
        yield departure | lost
        if lost.triggered:
            outside = self._recorder.step(
                group, 0, self._persons[group], "placement", stay.row.facility, env.now
            )
            yield departure
            outside.end(env.now, "transferred")
        else:
            stay.row.end(env.now)
            self._places.leave(stay)
        self._outcome[group] = _OUTCOME["moved_onward"]

    def _groups_table(self) -> pd.DataFrame:
        people = self._people
        values = {
            "group": np.arange(len(people)),
            "inflow": people.inflow,
            "persons": people.persons,
            "children": people.children,
            "under_five": people.under_five,
            "women": people.women,
            "unaccompanied": people.unaccompanied,
            "vulnerable": people.vulnerable,
            "urgent": people.urgent,
            "chronic": people.chronic,
            "boat": people.boat,
            "cut_off": people.cut_off,
            "displaced": people.arrived,
            **lost_members(people, self._fates),
            "split": self._split,
            "outcome": self._outcome,
        }
        return pd.DataFrame(
            {c.name: np.asarray(values[c.name], dtype=c.dtype) for c in GROUP_COLUMNS}
        )
