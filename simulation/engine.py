"""The reference engine: one replication in SimPy, from arrivals to records."""

from __future__ import annotations

import gc
from contextlib import contextmanager
from heapq import heappop
from typing import TYPE_CHECKING

import numpy as np
import simpy

from simulation.capacities import Capacities
from simulation.health import HealthService
from simulation.households import groups_table
from simulation.incidents import IncidentLog
from simulation.journeys import Journeys, Services
from simulation.outbreaks import CaseLog, OutbreakService, bring_casualties, send_team
from simulation.own_services import OwnFacility
from simulation.parts import Condition, ForecastCondition
from simulation.places import Places
from simulation.reception import DeskService
from simulation.recorder import Recorder
from simulation.records import Records
from simulation.rescue import rescue_services
from simulation.transport import TransportService
from simulation.triggers import TriggerService, break_down, lose_by_chance
from simulation.wards import AmbulanceService, WardService

if TYPE_CHECKING:
    from collections.abc import Iterator

    from simulation.arrivals import Population
    from simulation.columns import Columns
    from simulation.network import Network
    from simulation.parts import Desk


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
def _garbage_collected_once() -> Iterator[None]:
    """Look for garbage once, when a replication is over, and only among what it made.

    Events live until the run ends anyway, and looking for garbage among them and all that was
    there before costs a third of the time.
    """
    if not gc.isenabled() or gc.get_freeze_count():
        yield
        return
    gc.disable()
    gc.freeze()
    try:
        yield
    finally:
        gc.collect()
        gc.unfreeze()
        gc.enable()


def _row(desks: tuple[Desk, ...], desk: Desk) -> int:
    """Count desks of the same kind up to this one."""
    return sum(one.kind == desk.kind for one in desks[: desks.index(desk) + 1])


def simulate(
    network: Network, people: Population, decisions: tuple[tuple[float, ...], ...] = ()
) -> Records:
    """Run one replication.

    Parameters
    ----------
    network : Network
        What there is.
    people : Population
        Who comes.
    decisions : tuple of tuple of float, h
        For every trigger of the network, when it decides to act on the forecast (see
        :func:`simulation.decisions.decision_times`); empty for those that are measured.

    Returns
    -------
    Records
        Everything that happened until ``network.run_length``; neither argument is changed.

    Raises
    ------
    ValueError
        If people arrive outside the run or are not in order of arrival, or a trigger acts on the
        forecast and its decisions are missing.

    """
    check_run(network, people, decisions)
    with _garbage_collected_once():
        return _Replication(network, people, decisions).run()


def check_run(
    network: Network, people: Population, decisions: tuple[tuple[float, ...], ...]
) -> None:
    """Raise ValueError unless people and decisions fit a network, as :func:`simulate` says."""
    _check_arrivals(people, network.run_length)
    _check_decisions(network, decisions)


def _check_decisions(network: Network, decisions: tuple[tuple[float, ...], ...]) -> None:
    on_forecast = [t.name for t in network.triggers if isinstance(t.condition, ForecastCondition)]
    if on_forecast and len(decisions) != len(network.triggers):
        msg = (
            f"{', '.join(on_forecast)} acts on the forecast, so decisions needs one entry per "
            f"trigger ({len(network.triggers)}), not {len(decisions)}; take them from "
            "simulation.decisions.decision_times."
        )
        raise ValueError(msg)


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
    """One replication: opens the services, sends the households on their way, keeps records."""

    def __init__(
        self, network: Network, people: Population, decisions: tuple[tuple[float, ...], ...]
    ) -> None:
        self._network = network
        self._people = people
        self._env = env = _Environment()
        self._code = code = {name: number for number, name in enumerate(network.facilities)}
        self._recorder = recorder = Recorder(len(code))
        self._capacities = Capacities(env)
        self._log = IncidentLog()
        self._cases = CaseLog()
        self._journeys = Journeys(env, network, people, self._services(), recorder)
        for own in network.own:
            own.opens(
                OwnFacility(
                    env, own, people, recorder, code[own.name], self._capacities, self._journeys
                )
            )
        self._changes(decisions)

    def _services(self) -> Services:
        """Open everything that households meet."""
        env, network, people, code = self._env, self._network, self._people, self._code
        recorder, capacities = self._recorder, self._capacities
        rescues = rescue_services(env, network, people, recorder, self._log, capacities)
        desks = [
            [
                DeskService(
                    env, desk, people, recorder, code[desk.name], capacities, _row(r.desks, desk)
                )
                for desk in r.desks
            ]
            for r in network.receptions
        ]
        sites = [code[s.name] for s in network.sites]
        places = Places(env, network.sites, network.receptions, recorder, sites, capacities)
        transports = {
            t.name: TransportService(env, t, network, people, recorder, code[t.name], capacities)
            for t in network.transports
        }
        return Services(rescues, desks, places, transports, self._care())

    def _care(self) -> dict[str, HealthService]:
        """Open the health posts, what they refer to, and start what brings them patients."""
        env, network, people, code = self._env, self._network, self._people, self._code
        recorder, capacities = self._recorder, self._capacities
        fleets = {
            one.name: AmbulanceService(env, one, recorder, code[one.name], capacities)
            for one in network.ambulances
        }
        wards = {
            w.name: WardService(env, w, recorder, code[w.name], capacities) for w in network.wards
        }
        for ward in wards.values():
            ward.connect(wards, fleets)
        plans = {post.name: post for post in network.health_posts}
        posts = {}
        for post in network.health_posts:
            codes = (code[f"{post.name} triage"], code[post.name])
            posts[post.name] = HealthService(
                env, post, people, recorder, codes, wards, fleets, capacities
            )
        causes = len(network.outbreaks)
        for number, outbreak in enumerate(network.outbreaks):
            at = outbreak.health_post
            OutbreakService(env, outbreak, number, plans[at], posts[at], people, self._cases)
        for number, incident in enumerate(network.casualties, start=causes):
            at = incident.health_post
            bring_casualties(env, incident, number, plans[at], posts[at], people, self._cases)
        clinicians = {name: capacities.of(code[name]) for name in posts}
        for team in network.teams:
            send_team(env, team, network, people, clinicians)
        return posts

    def _changes(self, decisions: tuple[tuple[float, ...], ...]) -> None:
        """Start what changes capacities during the run."""
        env, network, code = self._env, self._network, self._code
        streams, capacities = self._people.streams, self._capacities
        for number, trigger in enumerate(network.triggers):
            condition = trigger.condition
            watched = code[condition.of] if isinstance(condition, Condition) else -1
            TriggerService(
                env,
                trigger,
                number,
                streams,
                self._recorder,
                capacities,
                watched,
                code[trigger.facility],
                decisions[number] if decisions else (),
            )
        for breakdown in network.breakdowns:
            break_down(env, breakdown, streams, capacities, code[breakdown.facility])
        for loss in network.losses:
            lose_by_chance(env, loss, streams, capacities, code[loss.facility])

    def run(self) -> Records:
        self._env.run_until(self._network.run_length)
        records = Records(
            steps=self._recorder.steps_table(),
            states=self._recorder.states_table(),
            groups=self._groups_table(),
            incidents=self._log.incidents_table(),
            trips=self._log.trips_table(),
            events=self._recorder.events_table(),
            cases=self._cases.table(),
            interruptions=self._recorder.interruptions_table(),
            until=self._network.run_length,
        )
        self._recorder.clear()
        return records

    def _groups_table(self) -> Columns:
        journeys = self._journeys
        return groups_table(
            self._people,
            journeys.fates,
            **journeys.deaths.by_attribute(),
            split=journeys.split,
            outcome=journeys.outcome,
            checked=journeys.checked,
            identified=journeys.identified,
            other_places=journeys.other_places,
        )
