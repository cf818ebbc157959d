"""The way of every household: what :class:`simulation.journeys.Journeys` does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulation.compiled import kinds
from simulation.compiled.agenda import after, at_once, event, first
from simulation.compiled.compilation import compiled, inlined
from simulation.compiled.homecoming import go_home_by_calendar
from simulation.compiled.incidents import begin_incident
from simulation.compiled.memory import (
    clock_at,
    desk_times_at,
    desks_at,
    facilities_at,
    groups_at,
    option_sets_at,
    options_at,
    parts_at,
    patience_at,
    patients_at,
    posts_at,
    receptions_at,
    recognized_at,
    rows_at,
    staying_at,
    stays_at,
)
from simulation.compiled.onward import go_onward
from simulation.compiled.patients import first_in_care
from simulation.compiled.places import (
    ask,
    free_one,
    is_for_others,
    longest_way,
    occupy_part,
    serve,
    vacate,
)
from simulation.compiled.servers import (
    end,
    leave,
    open_row,
    request,
    start,
    wait_no_more,
    work,
)

if TYPE_CHECKING:
    from simulation.compiled.tables import Memory


@inlined
def next_arrivals(world: Memory) -> None:
    """Send groups on their way until the clock must move (tie rule 5)."""
    clock = clock_at(world, 0)
    while clock.next_group < world.groups_count:
        gap = groups_at(world, clock.next_group).gap
        if gap > 0:
            after(world, gap, event(kinds.ARRIVAL))
            return
        arrive(world)


@inlined
def arrive(world: Memory) -> None:
    """Begin the way of the next group."""
    clock = clock_at(world, 0)
    first(world, event(kinds.GROUP_BEGINS, clock.next_group))
    clock.next_group += 1


@compiled
def begin(world: Memory, number: int) -> None:
    """Begin the way of a group: in distress, at the desks, or in the site where it has been."""
    group = groups_at(world, number)
    if group.resident:
        row = _open_placement(world, number)
        _enter(world, number)
        start(world, row)
        group.held = group.row = row
        rows_at(world, row).given = kinds.PLACED
        site = group.site
        rows_at(world, row).facility = site
        occupy_part(world, row, site, group.persons)
        _stay(world, row)
    elif group.rescue >= 0:
        begin_incident(world, number)
    else:
        _come_to_reception(world, number)


@inlined
def rescue_over(world: Memory, number: int) -> None:
    """Go to reception when rescued or out without help."""
    group = groups_at(world, number)
    if group.dead > 0:
        group.is_lost = 1
        group.persons -= group.dead
        post = receptions_at(world, group.reception).post
        if post >= 0:
            group.care_rate = group.persons * posts_at(world, post).rate
    outcome = rows_at(world, group.row).outcome
    if outcome == kinds.STEP_NOT_REACHED:
        group.outcome = kinds.NOT_REACHED
    elif outcome == kinds.STEP_LOST:
        group.outcome = kinds.RECOVERED_DEAD if group.recovered else kinds.MISSING
    else:
        _come_to_reception(world, number)


@compiled
def _come_to_reception(world: Memory, number: int) -> None:
    group = groups_at(world, number)
    group.outcome = kinds.AT_DESKS
    _enter(world, number)
    group.desk = receptions_at(world, group.reception).first_desk
    _next_desk(world, number)


@inlined
def _enter(world: Memory, number: int) -> None:
    group = groups_at(world, number)
    group.is_present = 1
    reception = receptions_at(world, group.reception)
    if reception.post >= 0:
        first(world, event(kinds.CARE_BEGINS, number))
    if reception.deaths > 0:
        first(world, event(kinds.MORTALITY_BEGINS, number))


@inlined
def _open_placement(world: Memory, number: int) -> int:
    group = groups_at(world, number)
    site = options_at(world, option_sets_at(world, group.reception * 4 + group.kind).value, 0).site
    return open_row(world, number, 0, group.persons, kinds.PLACEMENT, site)


@compiled
def _next_desk(world: Memory, number: int) -> None:
    group = groups_at(world, number)
    reception = receptions_at(world, group.reception)
    while group.desk < reception.last_desk:
        desk = desks_at(world, group.desk)
        if not (desk.takes >> group.kind) & 1:
            group.desk += 1
        elif desk.staying >= 0:
            one = staying_at(world, number, desk.staying)
            one.is_alive = 1
            one.row = one.stay = -1
            first(world, event(kinds.DESK_BEGINS, number, group.desk))
            group.desk += 1
        else:
            group.row = _queue_at_desk(world, number, group.desk, kinds.OWN_WAY)
            return
    _obtain_place(world, number)


@inlined
def _queue_at_desk(world: Memory, number: int, code: int, owner: int) -> int:
    desk, group = desks_at(world, code), groups_at(world, number)
    row = open_row(world, number, 0, group.persons, desk.step, desk.facility)
    rows_at(world, row).owner = owner
    rows_at(world, row).line = code
    rows_at(world, row).waits_for = kinds.TURN
    request(world, row, 0)
    return row


@inlined
def begin_while_staying(world: Memory, number: int, code: int) -> None:
    """Begin a procedure that goes on beside the stay."""
    slot = desks_at(world, code).staying
    staying_at(world, number, slot).row = _queue_at_desk(world, number, code, slot)


@inlined
def work_at_desk(world: Memory, number: int) -> None:
    """Begin the service at a desk."""
    row = rows_at(world, number)
    start(world, number)
    time = desk_times_at(world, row.line, row.group).value
    if desks_at(world, row.line).per_person:
        time = time * row.persons
    work(world, number, time)


@compiled
def leave_desk(world: Memory, number: int) -> None:
    """End the service at a desk; the household goes on, or the procedure is over."""
    row = rows_at(world, number)
    end(world, number, kinds.SERVED)
    leave(world, number)
    if row.owner >= 0:
        _procedure_over(world, row.group, row.owner)
        return
    group = groups_at(world, row.group)
    if desks_at(world, group.desk).checks:
        group.checked = 1
        if recognized_at(world, group.desk, row.group).value:
            group.identified = 1
    group.desk += 1
    _next_desk(world, row.group)


@inlined
def _procedure_over(world: Memory, number: int, slot: int) -> None:
    one = staying_at(world, number, slot)
    one.is_alive = 0
    if one.stay >= 0:
        at_once(world, event(kinds.DESK_OVER, one.stay))


@inlined
def interrupt(world: Memory, number: int, slot: int) -> None:
    """Give up a procedure, because the household has left."""
    one = staying_at(world, number, slot)
    if not one.is_alive:
        return
    wait_no_more(world, one.row)
    leave(world, one.row)
    end(world, one.row, kinds.LEFT)
    _procedure_over(world, number, slot)


@compiled
def _obtain_place(world: Memory, number: int) -> None:
    group = groups_at(world, number)
    group.outcome = kinds.WAITING_FOR_PLACE
    row = _open_placement(world, number)
    group.row = row
    reception = receptions_at(world, group.reception)
    patience = patience_at(world, group.attempt, number).value
    is_first = reception.vulnerable_first and group.identified
    ask(world, row, patience, is_first)


@inlined
def given(world: Memory, number: int) -> None:
    """Go to the place, or elsewhere when there was none for too long."""
    row = rows_at(world, number)
    group = groups_at(world, row.group)
    if not group.is_present:  # nobody is left
        return
    if row.given == kinds.GIVEN_UP:
        group.outcome = kinds.LEFT_WITHOUT_PLACE
        for slot in range(world.staying_width):
            if staying_at(world, row.group, slot).is_alive:
                first(world, event(kinds.INTERRUPTED, row.group, slot))
        group.is_present = 0
        return
    group.held = number
    for _ in range(row.persons - group.persons):  # those who died while they waited
        free_one(world, number)
    if is_for_others(world, number):
        group.other_places = 1
    if row.parts > 1:
        group.split = 1
    travel = longest_way(world, number)
    if travel > 0:
        row.waits_for = kinds.WAY_OR_LOSS
        row.met = 0
        after(world, travel, event(kinds.ARRIVES_AT_SITE, number))
    else:
        row.waits_for = kinds.END_OF_STAY
        come_to_site(world, number)


@compiled
def come_to_site(world: Memory, number: int) -> None:
    """Begin the stay, unless the place was lost on the way there."""
    if rows_at(world, number).waits_for == kinds.NOTHING:  # nobody is left
        return
    if rows_at(world, number).over == kinds.STAYING:
        start(world, number)
    _stay(world, number)


@compiled
def _stay(world: Memory, number: int) -> None:
    row, clock = rows_at(world, number), clock_at(world, 0)
    group = groups_at(world, row.group)
    group.outcome = kinds.IN_SITE
    if row.parts > 0:
        group.site = parts_at(world, row.group * world.ways_width).site
        if not group.found:
            group.found = 1
            site = facilities_at(world, group.site).number
            group.left = stays_at(world, site, row.group).value
            if world.returning_count > 0:
                go_home_by_calendar(world, row.group, site)
    group.began = clock.now
    if group.found:
        after(world, group.left, event(kinds.STAY_ENDS, number))
    if row.over_seen:
        stay_over(world, number)
    else:
        row.waits_for = kinds.END_OF_STAY


@inlined
def finish(world: Memory, number: int) -> None:
    """End a stay, but not before what is done meanwhile is done."""
    row = rows_at(world, number)
    if row.over:
        return
    for slot in range(world.staying_width):
        one = staying_at(world, row.group, slot)
        if one.is_alive:
            one.stay = number
            return
    if world.care_posts_count > 0:
        patient = first_in_care(world, row.group)
        if patient >= 0:
            patients_at(world, patient).stay = number
            return
    row.over = kinds.STAYED
    at_once(world, event(kinds.STAY_OVER, number, row.moving_on))


@compiled
def stay_over(world: Memory, number: int) -> None:
    """Go home, onward, or ask for another place when this one was lost."""
    row, clock = rows_at(world, number), clock_at(world, 0)
    row.waits_for = kinds.NOTHING
    group = groups_at(world, row.group)
    if row.over == kinds.LOST:
        group.held = -1
        if group.found:
            group.left = max(group.left - (clock.now - group.began), 0.0)
        group.attempt += 1
        _obtain_place(world, row.group)
        return
    site = facilities_at(world, group.site)
    if site.onward >= 0 and not group.goes_home and group.goes_onward < site.onward_share:
        go_onward(world, number, site.onward)
        return
    group.held = -1
    end(world, number, kinds.SERVED)
    vacate(world, number)
    serve(world)
    group.outcome = kinds.RETURNED_HOME
    group.is_present = 0


@inlined
def place_over(world: Memory, number: int, moving_on: int) -> None:
    """Tell the household that its stay has ended or its places are lost."""
    row = rows_at(world, number)
    if moving_on:
        party = rows_at(world, row.again)
        if party.waits_for == kinds.SEAT_OR_LOSS and not party.met:
            party.met = 1
            at_once(world, event(kinds.ONWARD_OVER, row.again))
        return
    row.over_seen = 1
    if row.waits_for == kinds.END_OF_STAY:
        stay_over(world, number)
    elif row.waits_for == kinds.WAY_OR_LOSS and not row.met:
        row.met = 1
        at_once(world, event(kinds.WAY_OVER, number))
