"""Health posts of the compiled engine: what :class:`simulation.health.HealthService` does."""

from __future__ import annotations

import math
from typing import Any

from simulation.compiled import kinds
from simulation.compiled.agenda import after, at_once, event, first
from simulation.compiled.compilation import compiled, inlined
from simulation.compiled.servers import end, leave, open_row, request, start, work
from simulation.compiled.tables import World


@inlined
def _drawn(world: World, number: int, visit: int) -> Any:
    return world.visits[world.visit_rows[visit - 1, number]]


@inlined
def begin_care(world: World, number: int) -> None:
    """Begin to seek care while the group is present."""
    group = world.groups[number]
    if group.care_rate > 0:
        group.visit = 1
        gap = world.visits[world.visit_rows[0, number]].gap
        after(world, gap / group.care_rate, event(kinds.CARE_SOUGHT, number))


@inlined
def seek_care(world: World, number: int) -> None:
    """Have one member fall ill, and the next after another gap."""
    group = world.groups[number]
    if not group.is_present:
        return
    first(world, event(kinds.VISIT_BEGINS, number, group.visit))
    gap = world.visits[world.visit_rows[group.visit, number]].gap
    group.visit += 1
    after(world, gap / group.care_rate, event(kinds.CARE_SOUGHT, number))


@inlined
def begin_visit(world: World, number: int, visit: int) -> None:
    """Ask for triage."""
    post = world.posts[world.receptions[world.groups[number].reception].post]
    row = open_row(world, number, visit, 1, kinds.TRIAGE, post.triage)
    one = world.rows[row]
    one.owner = kinds.A_VISIT
    one.acuity = _drawn(world, number, visit).acuity
    one.waits_for = kinds.TURN
    request(world, row, 0)


@inlined
def begin_service(world: World, number: int) -> None:
    """Begin triage, a consultation or a stay in the ward."""
    row = world.rows[number]
    start(world, number)
    drawn = _drawn(world, row.group, row.visit)
    if row.step == kinds.TRIAGE:
        work(world, number, drawn.triage_time)
    elif row.step == kinds.CONSULTATION:
        work(world, number, drawn.consultation_time)
    else:
        after(world, drawn.ward_time, event(kinds.WORK_ENDS, number))


@compiled
def end_service(world: World, number: int) -> None:
    """Go on to the consultation, to the ward, or home."""
    row = world.rows[number]
    end(world, number, kinds.SERVED)
    leave(world, number)
    if row.step == kinds.WARD:
        return
    drawn = _drawn(world, row.group, row.visit)
    post = world.posts[world.receptions[world.groups[row.group].reception].post]
    if row.step == kinds.TRIAGE:
        _wait(world, row.group, row.visit, kinds.CONSULTATION, post.clinicians, drawn.patience)
    elif drawn.is_referred:
        _wait(world, row.group, row.visit, kinds.WARD, post.ward, drawn.refers_after)


@inlined
def _wait(
    world: World, group: int, visit: int, step: int, facility: int, patience: float
) -> None:
    """Ask for a turn by class; NaN stands for a patient who waits as long as it takes."""
    number = open_row(world, group, visit, 1, step, facility)
    row = world.rows[number]
    row.owner = kinds.A_VISIT
    row.acuity = _drawn(world, group, visit).acuity
    request(world, number, row.acuity)
    row.waits_for = kinds.TURN
    if not math.isnan(patience) and not row.triggered:
        row.waits_for = kinds.TURN_OR_PATIENCE
        after(world, patience, event(kinds.PATIENCE_ENDS, number))


@inlined
def wait_over(world: World, number: int) -> None:
    """Begin the service, or leave unseen when the turn has not been processed (tie rule 7)."""
    row = world.rows[number]
    row.waits_for = kinds.NOTHING
    if row.processed:
        begin_service(world, number)
        return
    end(world, number, kinds.TRANSFERRED if row.step == kinds.WARD else kinds.LEFT)
    leave(world, number)


@inlined
def patience_ends(world: World, number: int) -> None:
    """Tell a patient that it has waited as long as it can."""
    row = world.rows[number]
    if row.waits_for == kinds.TURN_OR_PATIENCE and not row.met:
        row.met = 1
        at_once(world, event(kinds.WAIT_OVER, number))
