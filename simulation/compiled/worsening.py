"""Waiting for care in the compiled engine, and getting worse meanwhile.

What :class:`simulation.patients.Decline` and :func:`simulation.patients.wait_for_care` do.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from simulation.compiled import kinds
from simulation.compiled.agenda import after, event
from simulation.compiled.compilation import compiled, inlined
from simulation.compiled.memory import (
    case_needs_at,
    casualty_needs_at,
    classes_at,
    clock_at,
    needs_at,
    patients_at,
    rows_at,
)
from simulation.compiled.servers import request

if TYPE_CHECKING:
    from simulation.compiled.tables import Memory


@inlined
def need(world: Memory, number: int, what: int) -> float:
    """Return what is drawn for a patient."""
    patient = patients_at(world, number)
    if patient.source == kinds.THEMSELVES:
        return needs_at(world, patient.drawn, what).value
    if patient.source == kinds.AN_OUTBREAK:
        return case_needs_at(world, patient.drawn, what).value
    return casualty_needs_at(world, patient.drawn, what).value


@inlined
def patience_of(world: Memory, number: int) -> float:
    """Return the patience of the class that a patient is in, h."""
    return need(world, number, kinds.PATIENCE + patients_at(world, number).acuity)


@inlined
def worsens_after(world: Memory, number: int) -> float:
    """Return the wait after which a patient is in the next class, h."""
    place = kinds.PATIENCE + world.classes_width + patients_at(world, number).acuity
    return need(world, number, place)


@inlined
def of_ward(world: Memory, number: int, ward: int, what: int) -> float:
    """Return what is drawn for a patient and a ward."""
    width = kinds.RIDES + kinds.NEEDS_PER_RIDE * world.ambulances_count
    place = kinds.PATIENCE + 2 * world.classes_width + ward * width + what
    return need(world, number, place)


@inlined
def wait(world: Memory, number: int, rank: int, patience: float) -> None:
    """Ask for a turn, and wait for it as long as patience lasts, h."""
    patients_at(world, rows_at(world, number).line).patience = patience
    request(world, number, rank)
    go_on_waiting(world, number)


@compiled
def go_on_waiting(world: Memory, number: int) -> None:
    """Wait for a turn until patience ends or the patient gets worse, whatever comes first."""
    row = rows_at(world, number)
    patient = patients_at(world, row.line)
    row.waits_for = kinds.TURN
    patient.is_counting = 0
    if row.triggered:
        return
    patient.began = clock_at(world, 0).now
    patient.change = math.inf
    if patient.declines:
        patient.is_counting = 1
        hazard = classes_at(world, patient.post, patient.acuity).hazard
        dies = patient.life / hazard if hazard > 0 else math.inf
        patient.change = min(patient.worsens, dies)
    span = min(patient.change, patient.patience)
    if span < math.inf:
        row.waits_for = kinds.TURN_OR_PATIENCE
        row.met = 0
        after(world, span, event(kinds.PATIENCE_ENDS, number))


@compiled
def use_up(world: Memory, number: int, hours: float) -> int:
    """Use up time of waiting; return what happens at its end."""
    patient = patients_at(world, number)
    hazard = classes_at(world, patient.post, patient.acuity).hazard
    dies = hazard > 0 and hours >= patient.life / hazard
    is_worse = hours >= patient.worsens
    patient.life = max(patient.life - hours * hazard, 0.0)
    patient.worsens -= hours
    if dies:
        return kinds.HAS_DIED
    if is_worse:
        patient.acuity -= 1
        patient.worsens = worsens_after(world, number)
        return kinds.IS_WORSE
    return kinds.NOTHING
