"""Deaths in reception in the compiled engine: what :class:`simulation.journeys.Journeys` does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulation.compiled import kinds
from simulation.compiled.agenda import after, event, first
from simulation.compiled.compilation import compiled, inlined
from simulation.compiled.memory import (
    death_gaps_at,
    groups_at,
    posts_at,
    receptions_at,
    rows_at,
    seekers_at,
    staying_at,
)
from simulation.compiled.places import free_one, serve, vacate, withdraw
from simulation.compiled.servers import end, leave, wait_no_more
from simulation.compiled.vehicles import free_seat, leave_queue

if TYPE_CHECKING:
    from simulation.compiled.tables import Memory


@compiled
def die(world: Memory, number: int) -> None:
    """Have a member of a group die who is in reception or waits for care."""
    group = groups_at(world, number)
    if group.persons == 0:
        return
    seekers_at(world, number).died += 1
    group.persons -= 1
    post = receptions_at(world, group.reception).post
    if post >= 0:
        group.care_rate = group.persons * posts_at(world, post).rate
    if group.held >= 0:
        free_one(world, group.held)
    if group.persons == 0 and group.is_present:
        first(world, event(kinds.NOBODY_LEFT, number))
    elif group.row >= 0 and rows_at(world, group.row).step == kinds.ONWARD:
        free_seat(world, group.row)


@inlined
def begin_mortality(world: Memory, number: int) -> None:
    """Have members die at a rate while the group is present."""
    seekers_at(world, number).next_death = 0
    await_death(world, number)


@inlined
def await_death(world: Memory, number: int) -> None:
    """Wait for the next death."""
    group, seeker = groups_at(world, number), seekers_at(world, number)
    if group.is_present and group.persons > 0:
        rate = receptions_at(world, group.reception).deaths
        gap = death_gaps_at(world, seeker.next_death, number).value
        seeker.next_death += 1
        after(world, gap / (rate * group.persons), event(kinds.DEATH, number))


@inlined
def death(world: Memory, number: int) -> None:
    """Have a member die if the group is still present."""
    if groups_at(world, number).is_present:
        die(world, number)
    await_death(world, number)


@compiled
def nobody_left(world: Memory, number: int) -> None:
    """End the way of a group of which nobody is left, wherever it is."""
    group = groups_at(world, number)
    if not group.is_present:
        return
    row = group.row
    if group.outcome == kinds.AT_DESKS:
        wait_no_more(world, row)
        leave(world, row)
        end(world, row, kinds.DIED)
    elif rows_at(world, row).waits_for == kinds.SEAT:
        end(world, rows_at(world, row).line, kinds.DIED)
    group.is_present = 0
    group.outcome = kinds.DIED_IN_RECEPTION
    for slot in range(world.staying_width):
        if staying_at(world, number, slot).is_alive:
            first(world, event(kinds.INTERRUPTED, number, slot))
    withdraw(world, row)
    if rows_at(world, row).step == kinds.ONWARD:
        rows_at(world, row).waits_for = kinds.NOTHING
        leave_queue(world, row)
    if group.held >= 0:
        rows_at(world, group.held).waits_for = kinds.NOTHING
        if rows_at(world, group.held).parts > 0:
            end(world, group.held, kinds.DIED)
            vacate(world, group.held)
            serve(world)
