"""Sudden need in the compiled engine: what :mod:`simulation.outbreaks` does."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from simulation.compiled import kinds
from simulation.compiled.agenda import after, event
from simulation.compiled.compilation import compiled, inlined
from simulation.compiled.memory import (
    areas_at,
    cases_at,
    casualties_at,
    clock_at,
    facilities_at,
    groups_at,
    mass_at,
    outbreaks_at,
    parts_at,
    rows_at,
    seekers_at,
    susceptible_at,
    well_at,
)
from simulation.compiled.patients import see

if TYPE_CHECKING:
    from simulation.compiled.tables import Memory


@inlined
def begin_outbreak(world: Memory, number: int, outbreak: int) -> None:
    """Have a disease spread in a group, from its begin on."""
    begins = outbreaks_at(world, outbreak).begins
    now = clock_at(world, 0).now
    if now < begins:
        after(world, begins - now, event(kinds.OUTBREAK_SPREADS, number, outbreak))
    else:
        spread(world, number, outbreak)


@compiled
def spread(world: Memory, number: int, outbreak: int) -> None:
    """Find out who of the group can fall ill, and wait for the first case."""
    one = susceptible_at(world, outbreak, number)
    member = seekers_at(world, number).first_member + groups_at(world, number).persons
    one.well = well_at(world, outbreak, member).value
    one.number = 0
    _await_case(world, number, outbreak)


@compiled
def _await_case(world: Memory, number: int, outbreak: int) -> None:
    one, here = susceptible_at(world, outbreak, number), outbreaks_at(world, outbreak)
    group = groups_at(world, number)
    well = min(one.well, group.persons)
    if here.rate <= 0 or not group.is_present or well <= 0:
        return
    one.number += 1
    row = (one.number - 1) * world.outbreaks_count + outbreak
    gap = cases_at(world, row, number).gap / (here.rate * well)
    if clock_at(world, 0).now + gap < here.ends:
        after(world, gap, event(kinds.CASE_MAY_COME, number, outbreak))


@compiled
def case_may_come(world: Memory, number: int, outbreak: int) -> None:
    """Have a member fall ill: less often where it is not crowded."""
    if not groups_at(world, number).is_present:
        return
    one, here = susceptible_at(world, outbreak, number), outbreaks_at(world, outbreak)
    factor = here.crowding_factor if _area(world, number) < here.crowded_below else 1.0
    row = (one.number - 1) * world.outbreaks_count + outbreak
    case = cases_at(world, row, number)
    if case.kept < factor / here.most:
        one.well -= 1
        needs = row * world.groups_count + number
        see(world, number, here.post, kinds.AN_OUTBREAK, needs, case.acuity, outbreak)
    _await_case(world, number, outbreak)


@inlined
def _area(world: Memory, number: int) -> float:
    """Return the covered area per person where a group has its place now, m2."""
    held = groups_at(world, number).held
    if held < 0 or rows_at(world, held).parts == 0:
        return math.inf
    site = facilities_at(world, parts_at(world, number * world.ways_width).site)
    return areas_at(world, site.number).value / max(site.busy, 1)


@inlined
def patient_comes(world: Memory, incident: int) -> None:
    """Have a patient of an incident come, and those who come at the same time."""
    _come(world, incident)
    await_patients(world, incident)


@compiled
def _come(world: Memory, incident: int) -> None:
    one = mass_at(world, incident)
    casualty = casualties_at(world, one.next)
    cause = world.outbreaks_count + incident
    see(world, -1, one.post, kinds.AN_INCIDENT, casualty.needs, casualty.acuity, cause)
    clock_at(world, 0).burst -= 1
    one.next += 1


@compiled
def await_patients(world: Memory, incident: int) -> None:
    """Wait for the next patient of an incident."""
    one, clock = mass_at(world, incident), clock_at(world, 0)
    while one.next < one.last:
        due = casualties_at(world, one.next).due
        if due > clock.now:
            after(world, due - clock.now, event(kinds.MASS_COMES, incident))
            return
        _come(world, incident)
