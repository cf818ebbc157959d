"""Health posts of the compiled engine: what :class:`simulation.health.HealthService` does."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from simulation.compiled import kinds
from simulation.compiled.agenda import after, at_once, event, first
from simulation.compiled.compilation import compiled, inlined
from simulation.compiled.memory import (
    groups_at,
    outbreaks_at,
    posts_at,
    receptions_at,
    rows_at,
    visits_at,
)
from simulation.compiled.patients import see
from simulation.compiled.servers import end, leave, open_row, request, start, work

if TYPE_CHECKING:
    from simulation.compiled.tables import Memory


@inlined
def begin_care(world: Memory, number: int) -> None:
    """Begin to seek care while the group is present."""
    group = groups_at(world, number)
    if world.outbreaks_count > 0:
        _begin_outbreaks(world, number)
    if group.care_rate > 0:
        after(world, group.first_visit / group.care_rate, event(kinds.CARE_SOUGHT, number))


@compiled
def _begin_outbreaks(world: Memory, number: int) -> None:
    post = receptions_at(world, groups_at(world, number).reception).post
    for outbreak in range(world.outbreaks_count):
        if outbreaks_at(world, outbreak).post == post:
            first(world, event(kinds.OUTBREAK_BEGINS, number, outbreak))


@inlined
def seek_care(world: Memory, number: int) -> None:
    """Have one member fall ill, and the next after another gap."""
    group = groups_at(world, number)
    if not group.is_present:
        return
    drawn = visits_at(world, group.next_visit)
    if world.care_posts_count > 0:
        post = receptions_at(world, group.reception).post
        see(world, number, post, kinds.THEMSELVES, group.next_visit, drawn.acuity, -1)
    else:
        first(world, event(kinds.VISIT_BEGINS, number, group.next_visit))
    group.next_visit = drawn.next
    after(world, drawn.gap / group.care_rate, event(kinds.CARE_SOUGHT, number))


@inlined
def begin_visit(world: Memory, number: int, drawn: int) -> None:
    """Ask for triage; ``drawn`` is the row of the visit."""
    visit = visits_at(world, drawn)
    post = posts_at(world, receptions_at(world, groups_at(world, number).reception).post)
    row = open_row(world, number, visit.number, 1, kinds.TRIAGE, post.triage)
    one = rows_at(world, row)
    one.owner = kinds.A_VISIT
    one.drawn = drawn
    one.acuity = visit.acuity
    one.waits_for = kinds.TURN
    request(world, row, 0)


@inlined
def begin_service(world: Memory, number: int) -> None:
    """Begin triage, a consultation or a stay in the ward."""
    row = rows_at(world, number)
    start(world, number)
    drawn = visits_at(world, row.drawn)
    if row.step == kinds.TRIAGE:
        work(world, number, drawn.triage_time)
    elif row.step == kinds.CONSULTATION:
        work(world, number, drawn.consultation_time)
    else:
        after(world, drawn.ward_time, event(kinds.WORK_ENDS, number))


@compiled
def end_service(world: Memory, number: int) -> None:
    """Go on to the consultation, to the ward, or home."""
    row = rows_at(world, number)
    end(world, number, kinds.SERVED)
    leave(world, number)
    if row.step == kinds.WARD:
        return
    drawn = visits_at(world, row.drawn)
    post = posts_at(world, receptions_at(world, groups_at(world, row.group).reception).post)
    if row.step == kinds.TRIAGE:
        _wait(world, row.group, row.drawn, kinds.CONSULTATION, post.clinicians, drawn.patience)
    elif drawn.is_referred:
        _wait(world, row.group, row.drawn, kinds.WARD, post.ward, drawn.refers_after)


@inlined
def _wait(world: Memory, group: int, drawn: int, step: int, facility: int, patience: float) -> None:
    """Ask for a turn by class; NaN stands for a patient who waits as long as it takes."""
    visit = visits_at(world, drawn)
    number = open_row(world, group, visit.number, 1, step, facility)
    row = rows_at(world, number)
    row.owner = kinds.A_VISIT
    row.drawn = drawn
    row.acuity = visit.acuity
    request(world, number, row.acuity)
    row.waits_for = kinds.TURN
    if not math.isnan(patience) and not row.triggered:
        row.waits_for = kinds.TURN_OR_PATIENCE
        after(world, patience, event(kinds.PATIENCE_ENDS, number))


@inlined
def wait_over(world: Memory, number: int) -> None:
    """Begin the service, or leave unseen when the turn has not been processed (tie rule 7)."""
    row = rows_at(world, number)
    row.waits_for = kinds.NOTHING
    if row.processed:
        begin_service(world, number)
        return
    end(world, number, kinds.TRANSFERRED if row.step == kinds.WARD else kinds.LEFT)
    leave(world, number)


@inlined
def patience_ends(world: Memory, number: int) -> None:
    """Tell a patient that it has waited as long as it can."""
    row = rows_at(world, number)
    if row.waits_for == kinds.TURN_OR_PATIENCE and not row.met:
        row.met = 1
        at_once(world, event(kinds.WAIT_OVER, number))
