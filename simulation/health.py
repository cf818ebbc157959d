"""Health posts: who falls ill, triage, clinicians by class, and the way to a bed."""

from __future__ import annotations

import bisect
import math
from itertools import accumulate
from typing import TYPE_CHECKING, Any, NamedTuple

from simulation.calendars import HOURS_PER_DAY
from simulation.distributions import UNIT_EXPONENTIAL
from simulation.patients import (
    Patient,
    PerVisit,
    Source,
    Worsening,
    wait_for_care,
)
from simulation.resources import Servers

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    import simpy

    from simulation.arrivals import Population
    from simulation.capacities import Capacities
    from simulation.parts import HealthPost
    from simulation.recorder import Recorder
    from simulation.wards import AmbulanceService, WardService


class Presence(NamedTuple):
    """What a health post must know about a group that is in reception.

    Parameters
    ----------
    persons : callable
        Members alive now.
    lasts : callable
        Whether the group is still there.
    area : callable
        Covered area per person of its site now, m2; infinite without a site or an area.
    dies : callable
        Told that a member has died.

    """

    persons: Callable[[], int]
    lasts: Callable[[], bool]
    area: Callable[[], float]
    dies: Callable[[], None]


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
    wards : dict of str to WardService
    fleets : dict of str to AmbulanceService
    capacities : Capacities

    """

    def __init__(
        self,
        env: simpy.Environment,
        post: HealthPost,
        people: Population,
        recorder: Recorder,
        facilities: tuple[int, int],
        wards: dict[str, WardService],
        fleets: dict[str, AmbulanceService],
        capacities: Capacities,
    ) -> None:
        self._env = env
        self._post = post
        self._recorder = recorder
        self._triage_code, self._post_code = facilities
        self._ward = wards[post.ward] if post.ward else None
        self._hospital = wards[post.hospital] if post.hospital else None
        self._ambulances = fleets[post.ambulances] if post.ambulances else None
        self._rate = post.visits_per_person_day / HOURS_PER_DAY
        self._class_edges = list(accumulate(c.share for c in post.classes))[:-1]
        self._own = Source(people)
        self._gap = PerVisit("health.gap", UNIT_EXPONENTIAL)
        self._acuity = PerVisit("health.acuity")
        self._referred = PerVisit("health.referral")
        self._straight = PerVisit("health.straight_to_hospital")
        self._triage_time = PerVisit("health.triage_time", post.triage_time)
        self._time = PerVisit("health.consultation_time", post.consultation_time)
        self._patience = [
            PerVisit("health.patience", c.leaves_after) if c.leaves_after else None
            for c in post.classes
        ]
        self._worsening = Worsening(post)
        self._visits: dict[int, int] = {}
        self._in_care: dict[int, list[simpy.Process]] = {}
        self.on_group: list[Callable[[int, Presence], None]] = []
        """Told of every group that the post begins to serve; outbreaks listen."""
        over = post.hands_over
        self._triage = Servers(
            env, post.triage_nurses, recorder, self._triage_code, capacities, hands_over=over
        )
        self._clinicians = Servers(
            env,
            post.clinicians,
            recorder,
            self._post_code,
            capacities,
            hands_over=over,
            interrupting=sum(one.interrupts for one in post.classes),
        )

    def attend(self, group: int, there: Presence) -> Generator[simpy.Event, Any, None]:
        """Process: members of a group seek care again and again while it is present."""
        for listener in self.on_group:
            listener(group, there)
        rate = there.persons() * self._rate
        number = 0
        while rate > 0:
            number += 1
            yield self._env.timeout(self._gap(self._own, number, group) / rate)
            if not there.lasts():
                return
            acuity = bisect.bisect_right(self._class_edges, self._acuity(self._own, number, group))
            self.see(self._own, group, number, acuity, there, group)
            rate = there.persons() * self._rate

    def see(
        self,
        source: Source,
        index: int,
        number: int,
        acuity: int,
        there: Presence | None = None,
        group: int = -1,
    ) -> int:
        """Begin the visit of a patient; return its number among those of the group.

        Parameters
        ----------
        source : Source
            Of the draws.
        index, number : int
            Key and number of the visit in it, from 1.
        acuity : int
            Index of the class.
        there : Presence or None
            Of the group that the patient belongs to; None: somebody from outside.
        group : int
            For the records.

        """
        self._visits[group] = visit = self._visits.get(group, 0) + 1
        patient = Patient(source, index, number, group, visit, acuity)
        process = self._env.process(self._visit(patient, there))
        if self._post.households_wait and there is not None:
            self._in_care.setdefault(group, []).append(process)
        return visit

    def unfinished(self, group: int) -> list[simpy.Process]:
        """Return the visits that a household waits for before it leaves its site."""
        return [process for process in self._in_care.get(group, ()) if process.is_alive]

    def _visit(self, patient: Patient, there: Presence | None) -> Generator[simpy.Event, Any, None]:
        self._worsening.begin(patient)
        if (yield from self._care(patient)) == "died" and there is not None:
            there.dies()

    def _care(self, patient: Patient) -> Generator[simpy.Event, Any, str]:
        """Process part: triage, clinician, bed; return how it ended."""
        env, classes = self._env, self._post.classes
        row = patient.asks(self._recorder, "triage", self._triage_code, env.now)
        with self._triage.request() as turn:
            how = yield from wait_for_care(env, self._triage, turn, patient, row, by_class=False)
            if how == "died":
                row.end(env.now, "died")
                return how
            row.start(env.now)
            yield from self._triage.work(turn, self._triage_time.of(patient))
            row.end(env.now)
        straight = classes[patient.acuity].straight_to_hospital
        if self._hospital is not None and self._straight.of(patient) < straight:
            return (yield from self._hospital.admit(patient, self._ambulances))
        row = patient.asks(self._recorder, "consultation", self._post_code, env.now)

        def patience() -> float:
            draw = self._patience[patient.acuity]
            return math.inf if draw is None else draw.of(patient)

        servers = self._clinicians
        with servers.request(1, patient.acuity) as turn:
            how = yield from wait_for_care(
                env, servers, turn, patient, row, patience(), renewed=patience
            )
            if how != "served":
                row.end(env.now, "left_without_service" if how == "left" else "died")
                return how
            row.start(env.now)
            yield from servers.work(turn, self._time.of(patient), row)
            row.end(env.now)
        referral = classes[patient.acuity].referral
        if self._ward is not None and self._referred.of(patient) < referral:
            return (yield from self._ward.admit(patient, self._ambulances))
        return how
