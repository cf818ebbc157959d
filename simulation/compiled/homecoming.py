"""Going home by the calendar in the compiled engine: what :mod:`simulation.homecoming` does."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from simulation.compiled.compilation import compiled
from simulation.compiled.memory import (
    clock_at,
    groups_at,
    home_after_at,
    returning_at,
    returns_at,
)

if TYPE_CHECKING:
    from simulation.compiled.tables import Memory


@compiled
def go_home_by_calendar(world: Memory, number: int, site: int) -> None:
    """End the stay of a group early when it goes home before; ``site`` counts sites from 0."""
    if returning_at(world, site).first == returning_at(world, site).last:
        return
    group = groups_at(world, number)
    early = _time_until_home(world, site, home_after_at(world, number).value)
    if early < group.left:
        group.goes_home = 1
        group.left = early


@compiled
def _time_until_home(world: Memory, site: int, hazard: float) -> float:
    here, now = returning_at(world, site), clock_at(world, 0).now
    left = hazard
    for number in range(here.first, here.last):
        one = returns_at(world, number)
        ends = returns_at(world, number + 1).begins if number + 1 < here.last else math.inf
        first = max(one.begins, now)
        if ends <= first or one.mean == math.inf:
            continue
        if left * one.mean <= ends - first:
            return float(first + left * one.mean - now)
        left -= (ends - first) / one.mean
    return math.inf
