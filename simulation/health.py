"""Health posts: who falls ill, triage, clinicians by class, ward."""

from __future__ import annotations

import bisect
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from simulation.calendars import HOURS_PER_DAY
from simulation.distributions import Distribution
from simulation.resources import Recorder, Servers, within

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    import simpy

    from simulation.arrivals import Population
    from simulation.capacities import Capacities
    from simulation.parts import HealthPost, Ward

_UNIT_EXPONENTIAL = Distribution("exponential", mean=1.0)


class WardService:
    """Beds of a ward.

    Parameters
    ----------
    env : simpy.Environment
    ward : Ward
    people : Population
    recorder : Recorder
    facility : int
        Index in the records.
    capacities : Capacities

    """

    def __init__(
        self,
        env: simpy.Environment,
        ward: Ward,
        people: Population,
        recorder: Recorder,
        facility: int,
        capacities: Capacities,
    ) -> None:
        self._env = env
        self._ward = ward
        self._recorder = recorder
        self._facility = facility
        self._stay = _PerVisit(people, "ward.length_of_stay", ward.length_of_stay)
        self._beds = Servers(env, ward.beds, recorder, facility, capacities)

    def admit(self, group: int, visit: int, acuity: int) -> Generator[simpy.Event, Any, None]:
        """Process part: a patient waits for a bed, or is sent to another hospital."""
        env = self._env
        row = self._recorder.step(group, visit, 1, "ward", self._facility, env.now)
        row.acuity = acuity
        with self._beds.request(1, acuity) as turn:
            yield from within(env, turn, self._ward.refers_on_after)
            if not turn.processed:
                row.end(env.now, "transferred")
                return
            row.start(env.now)
            yield env.timeout(self._stay(visit, group))
            row.end(env.now)


class _PerVisit:
    """Draws by group and number of the visit, made when first needed.

    Most groups make few visits: the first ones are drawn for all groups together, later ones for
    the group that makes them. The numbers are the same either way.
    """

    _TOGETHER = 3

    def __init__(self, people: Population, name: str, distribution: Distribution | None) -> None:
        self._people = people
        self._name = name
        self._distribution = distribution
        self._lists: list[list[float]] = []

    def __call__(self, visit: int, group: int) -> float:
        if visit > self._TOGETHER:
            return self._draw(visit, slice(group, group + 1))[0]
        while len(self._lists) < visit:
            self._lists.append(self._draw(len(self._lists) + 1, slice(None)))
        return self._lists[visit - 1][group]

    def _draw(self, visit: int, groups: slice) -> list[float]:
        if self._distribution is None:
            return self._people.uniform(self._name, visit, groups)
        return self._people.draw(self._name, self._distribution, visit, groups)


class HealthService:
    """One health post.

    Parameters
    ----------
    env : simpy.Environment
    post : HealthPost
    people : Population
    recorder : Recorder
    facilities : tuple of int
        Index of triage and of the clinicians in the records.
    ward : WardService or None
    capacities : Capacities

    """

    def __init__(
        self,
        env: simpy.Environment,
        post: HealthPost,
        people: Population,
        recorder: Recorder,
        facilities: tuple[int, int],
        ward: WardService | None,
        capacities: Capacities,
    ) -> None:
        self._env = env
        self._post = post
        self._recorder = recorder
        self._triage_code, self._post_code = facilities
        self._ward = ward
        self._rate = post.visits_per_person_day / HOURS_PER_DAY
        self._class_edges = list(accumulate(c.share for c in post.classes))[:-1]
        self._gap = _PerVisit(people, "health.gap", _UNIT_EXPONENTIAL)
        self._acuity = _PerVisit(people, "health.acuity", None)
        self._referred = _PerVisit(people, "health.referral", None)
        self._triage_time = _PerVisit(people, "health.triage_time", post.triage_time)
        self._time = _PerVisit(people, "health.consultation_time", post.consultation_time)
        self._patience = [
            _PerVisit(people, "health.patience", c.leaves_after) if c.leaves_after else None
            for c in post.classes
        ]
        over = post.hands_over
        self._triage = Servers(
            env, post.triage_nurses, recorder, self._triage_code, capacities, hands_over=over
        )
        self._clinicians = Servers(
            env, post.clinicians, recorder, self._post_code, capacities, hands_over=over
        )

    def attend(
        self, group: int, persons: int, is_present: Callable[[], bool]
    ) -> Generator[simpy.Event, Any, None]:
        """Process: so many members of a group seek care again and again while it is present."""
        rate = persons * self._rate
        if rate <= 0:
            return
        visit = 0
        while True:
            visit += 1
            yield self._env.timeout(self._gap(visit, group) / rate)
            if not is_present():
                return
            self._env.process(self._visit(group, visit))

    def _visit(self, group: int, visit: int) -> Generator[simpy.Event, Any, None]:
        env = self._env
        acuity = bisect.bisect_right(self._class_edges, self._acuity(visit, group))
        row = self._recorder.step(group, visit, 1, "triage", self._triage_code, env.now)
        row.acuity = acuity
        with self._triage.request() as turn:
            yield turn
            row.start(env.now)
            yield from self._triage.work(turn, self._triage_time(visit, group))
            row.end(env.now)
        row = self._recorder.step(group, visit, 1, "consultation", self._post_code, env.now)
        row.acuity = acuity
        patience = self._patience[acuity]
        with self._clinicians.request(1, acuity) as turn:
            if patience is None:
                yield turn
            else:
                yield from within(env, turn, patience(visit, group))
            if not turn.processed:
                row.end(env.now, "left_without_service")
                return
            row.start(env.now)
            yield from self._clinicians.work(turn, self._time(visit, group))
            row.end(env.now)
        referral = self._post.classes[acuity].referral
        if self._ward is not None and self._referred(visit, group) < referral:
            yield from self._ward.admit(group, visit, acuity)
