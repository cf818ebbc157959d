"""Patients: their draws, and how they get worse while they wait for care."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from simulation.calendars import HOURS_PER_DAY
from simulation.distributions import UNIT_EXPONENTIAL, Distribution
from simulation.resources import within

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    import simpy

    from simulation.parts import AcuityClass, HealthPost
    from simulation.recorder import Recorder, StepRow
    from simulation.resources import ServerRequest, Servers
    from simulation.streams import Keyed


class Source:
    """Where patients come from: the people themselves, an outbreak, or an incident.

    Parameters
    ----------
    people : Keyed
        Whose keys the draws belong to.
    prefix : str
        Put before the names of streams, so that sources do not share draws.

    """

    __slots__ = ("people", "prefix")

    def __init__(self, people: Keyed, prefix: str = "") -> None:
        self.people = people
        self.prefix = prefix


class Patient:
    """Somebody who seeks care.

    Parameters
    ----------
    source : Source
    index : int
        Which of the keys of the source the draws belong to.
    number : int
        Number of the visit among those of the source, from 1.
    group, visit : int
        For the records: the group, -1 for people from outside; and the number of its visit.
    acuity : int
        Index of the class.

    """

    __slots__ = ("acuity", "decline", "group", "index", "number", "source", "visit")

    def __init__(
        self, source: Source, index: int, number: int, group: int, visit: int, acuity: int
    ) -> None:
        self.source = source
        self.index = index
        self.number = number
        self.group = group
        self.visit = visit
        self.acuity = acuity
        self.decline: Decline | None = None
        """None: the patient does not get worse."""

    def asks(self, recorder: Recorder, step: str, facility: int, now: float) -> StepRow:
        """Open the row of a step that the patient asks for."""
        row = recorder.step(self.group, self.visit, 1, step, facility, now)
        row.acuity = self.acuity
        return row


class PerVisit:
    """Draws by patient, made when first needed; uniform without a distribution.

    Most groups make few visits: the first ones are drawn for all groups together, later ones for
    the group that makes them. The numbers are the same either way.
    """

    _TOGETHER = 3

    def __init__(self, name: str, distribution: Distribution | None = None) -> None:
        self._name = name
        self._distribution = distribution
        self._lists: dict[Source, list[list[float]]] = {}

    def __call__(self, source: Source, number: int, index: int) -> float:
        """Return the draw of a visit, by its number and the key that it belongs to."""
        if number > self._TOGETHER:
            return self._draw(source, number, slice(index, index + 1))[0]
        lists = self._lists.setdefault(source, [])
        while len(lists) < number:
            lists.append(self._draw(source, len(lists) + 1, slice(None)))
        return lists[number - 1][index]

    def of(self, patient: Patient) -> float:
        """Return the draw of a patient."""
        return self(patient.source, patient.number, patient.index)

    def _draw(self, source: Source, number: int, which: slice) -> list[float]:
        name = f"{source.prefix}{self._name}"
        if self._distribution is None:
            return source.people.uniform(name, number, which)
        return source.people.draw(name, self._distribution, number, which)


class Worsening:
    """What can happen to those who wait for care at a post.

    The hazards belong to the time of waiting (for triage, a clinician, an ambulance or a bed);
    under care nobody gets worse.

    Parameters
    ----------
    post : HealthPost

    """

    def __init__(self, post: HealthPost) -> None:
        self.classes: tuple[AcuityClass, ...] = post.classes
        self._after = [
            PerVisit(f"health.worsens/{one.name}", one.worsens_after)
            if one.worsens_after and number
            else None
            for number, one in enumerate(post.classes)
        ]
        self._life = PerVisit("health.life", UNIT_EXPONENTIAL)
        self.is_possible = any(self._after) or any(one.deaths_per_day for one in post.classes)

    def begin(self, patient: Patient) -> None:
        """Start the clocks of a patient."""
        if self.is_possible:
            patient.decline = Decline(self, self._life.of(patient), self.after(patient))

    def after(self, patient: Patient) -> float:
        """Hours of waiting until the patient is in the next class; infinite: never."""
        draw = self._after[patient.acuity]
        return math.inf if draw is None else draw.of(patient)


class Decline:
    """How much longer a patient can wait before the next class, and before death."""

    __slots__ = ("_life", "_worsening", "_worsens")

    def __init__(self, worsening: Worsening, life: float, worsens: float) -> None:
        self._worsening = worsening
        self._life = life  # left of a unit exponential, used up by the hazard of the class
        self._worsens = worsens

    def next(self, patient: Patient) -> float:
        """Hours of waiting until something happens; infinite: nothing does."""
        hazard = self._worsening.classes[patient.acuity].deaths_per_day / HOURS_PER_DAY
        return min(self._worsens, self._life / hazard if hazard else math.inf)

    def wait(self, patient: Patient, hours: float) -> str:
        """Use up time; tell what happens at its end: ``died``, ``worse`` or nothing.

        The time is at most that until the next thing happens.
        """
        hazard = self._worsening.classes[patient.acuity].deaths_per_day / HOURS_PER_DAY
        dies = hazard > 0 and hours >= self._life / hazard
        worse = hours >= self._worsens
        self._life = max(self._life - hours * hazard, 0.0)
        self._worsens -= hours
        if dies:
            return "died"
        if worse:
            patient.acuity -= 1
            self._worsens = self._worsening.after(patient)
            return "worse"
        return ""


def wait_for_care(
    env: simpy.Environment,
    servers: Servers,
    turn: ServerRequest,
    patient: Patient,
    row: StepRow,
    patience: float = math.inf,
    *,
    by_class: bool = True,
    renewed: Callable[[], float] | None = None,
) -> Generator[simpy.Event, object, str]:
    """Process part: wait for a turn; return ``served``, ``left`` or ``died``.

    A patient who gets worse keeps the order of the request in the more urgent class.

    Parameters
    ----------
    env : simpy.Environment
    servers : Servers
        What is waited for.
    turn : ServerRequest
    patient : Patient
    row : StepRow
        Of the wait; it holds the class that the patient is in.
    patience : float, h
    by_class : bool
        Whether the queue is ordered by class.
    renewed : callable or None
        Gives the patience of the class that a patient has got into, from then on, h.

    """
    decline = patient.decline
    if decline is None:
        if patience == math.inf:
            yield turn
        else:
            yield from within(env, turn, patience)
        return "served" if turn.processed else "left"
    while not turn.triggered:
        change, began = decline.next(patient), env.now
        span = min(change, patience)
        yield turn if span == math.inf else turn | env.timeout(span)
        if turn.processed:
            decline.wait(patient, min(env.now - began, math.nextafter(change, 0.0)))
            return "served"
        patience -= span
        happened = decline.wait(patient, span)
        if happened == "died":
            return "died"
        if happened == "worse":
            row.acuity = patient.acuity
            patience = patience if renewed is None else renewed()
        if patience <= 0:
            return "left"
        if happened == "worse" and by_class:
            servers.promote(turn, patient.acuity)
    yield turn
    return "served"
