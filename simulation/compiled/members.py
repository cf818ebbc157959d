"""Members of groups in danger, in the compiled engine: what ``Dangers`` does in SimPy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulation.compiled.compilation import compiled
from simulation.compiled.memory import clock_at, groups_at, members_at

if TYPE_CHECKING:
    from simulation.compiled.tables import Memory


@compiled
def expose(world: Memory, number: int, in_water: bool) -> float:
    """Have the members of a group die after their times from now on; return the last of these."""
    group, now = groups_at(world, number), clock_at(world, 0).now
    last = now
    for code in range(group.first_member, group.first_member + group.persons):
        member = members_at(world, code)
        member.dies_at = now + (member.in_water if in_water else member.in_heat)
        last = max(last, member.dies_at)
    return last


@compiled
def alive(world: Memory, number: int) -> int:
    """Count the members of a group who are alive."""
    group, now = groups_at(world, number), clock_at(world, 0).now
    living = group.persons
    if group.first_member >= 0:
        for code in range(group.first_member, group.first_member + group.persons):
            living -= members_at(world, code).dies_at <= now
    return living


@compiled
def decide_fate(world: Memory, number: int) -> int:
    """Note who of a group has died until now; return how many are alive."""
    group, now = groups_at(world, number), clock_at(world, 0).now
    if group.first_member >= 0:
        for code in range(group.first_member, group.first_member + group.persons):
            member = members_at(world, code)
            if member.dies_at <= now:
                member.died = 1
                group.dead += 1
                group.recovered += member.is_recovered
    return group.persons - group.dead
