"""The way onward of households: what the end of :class:`simulation.journeys.Journeys` does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulation.compiled import kinds
from simulation.compiled.agenda import at_once, event
from simulation.compiled.compilation import inlined
from simulation.compiled.memory import groups_at, rows_at
from simulation.compiled.places import serve, vacate
from simulation.compiled.servers import end, open_row
from simulation.compiled.vehicles import ask_for_seats

if TYPE_CHECKING:
    from simulation.compiled.tables import Memory


@inlined
def go_onward(world: Memory, stay: int, transport: int) -> None:
    """Ask for seats; the stay lasts until there are some, or until its places are lost."""
    number = rows_at(world, stay).group
    group = groups_at(world, number)
    group.outcome = kinds.WAITING_FOR_ONWARD
    row = open_row(world, number, 0, group.persons, kinds.ONWARD, transport)
    old, party = rows_at(world, stay), rows_at(world, row)
    old.over = kinds.STAYING
    old.over_seen = 0
    old.moving_on = 1
    old.again = row
    party.again = stay
    party.waits_for = kinds.SEAT_OR_LOSS
    group.row = row
    ask_for_seats(world, transport, row)


@inlined
def seated(world: Memory, number: int) -> None:
    """Tell the household that it leaves."""
    row = rows_at(world, number)
    row.processed = 1
    if row.waits_for == kinds.SEAT:
        end(world, row.line, kinds.TRANSFERRED)
        _moved_onward(world, row.group)
    elif row.waits_for == kinds.SEAT_OR_LOSS and not row.met:
        row.met = 1
        at_once(world, event(kinds.ONWARD_OVER, number))


@inlined
def leave_for_good(world: Memory, number: int) -> None:
    """Leave the place, or wait for the seat outside when the place was lost meanwhile."""
    row = rows_at(world, number)
    if row.waits_for == kinds.NOTHING:  # nobody is left
        return
    stay = row.again
    row.waits_for = kinds.NOTHING
    groups_at(world, row.group).held = -1
    if rows_at(world, stay).over == kinds.STAYING:
        end(world, stay, kinds.SERVED)
        vacate(world, stay)
        serve(world)
        _moved_onward(world, row.group)
        return
    outside = open_row(
        world, row.group, 0, groups_at(world, row.group).persons, kinds.PLACEMENT,
        rows_at(world, stay).facility,
    )  # fmt: skip
    if row.processed:
        end(world, outside, kinds.TRANSFERRED)
        _moved_onward(world, row.group)
    else:
        row.line = outside
        row.waits_for = kinds.SEAT


@inlined
def _moved_onward(world: Memory, number: int) -> None:
    groups_at(world, number).outcome = kinds.MOVED_ONWARD
    groups_at(world, number).is_present = 0
