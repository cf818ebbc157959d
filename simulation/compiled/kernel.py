"""The event loop of the compiled engine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulation.compiled import (
    calls,
    changes,
    households,
    incidents,
    kinds,
    onward,
    patients,
    places,
    servers,
    trips,
    vehicles,
    visits,
)
from simulation.compiled.agenda import first_of, kind_of, next_instant, second_of
from simulation.compiled.compilation import compiled, inlined
from simulation.compiled.few import what_few_have
from simulation.compiled.memory import (
    clock_at,
    fifo_at,
    groups_at,
    rows_at,
    susceptible_at,
    triggers_at,
    units_at,
    urgent_at,
)
from simulation.machine_code import machine_code

if TYPE_CHECKING:
    from collections.abc import Callable

    from simulation.compiled.tables import Memory


@inlined
def _has_space(world: Memory) -> bool:
    """Whether every table has room for all that one event may add."""
    clock = clock_at(world, 0)
    # A change of a capacity may stop all services, or begin all that wait; and call for vehicles.
    # Many patients may come at once.
    to_come = clock.heap + clock.put_down
    margin = clock.margin + clock.queued + clock.at_work + clock.burst
    pushed = world.options_width + clock.burst + kinds.ROOM
    return bool(
        clock.rows + clock.largest_party + clock.at_work + kinds.ROOM <= world.rows_count
        and clock.states + world.facilities_count <= world.states_count
        and clock.fifo_tail + to_come + margin <= world.fifo_count
        and clock.urgent_tail + margin <= world.urgent_count
        and to_come + pushed <= world.heap_count
        and clock.later + pushed <= world.later_count
        and clock.events + kinds.ROOM <= world.events_count
        and clock.clearings + 1 <= world.clearings_count
        and clock.boats + clock.boats_margin <= world.boats_count
        and clock.calls + clock.boats_margin <= world.calls_count
        and clock.trips + 1 <= world.trips_count
    )


@inlined
def _lacks_mobilizations(world: Memory) -> bool:
    """Whether those who wait, and the next group to wait, may call for more than are drawn."""
    clock = clock_at(world, 0)
    most = clock.vehicles_called + clock.burst + clock.largest_group + 2
    return bool(most > world.mobilizations_width)


@inlined
def _has_space_for_patients(world: Memory) -> bool:
    """Whether there is room for one more, beside those who are to come in incidents."""
    clock = clock_at(world, 0)
    return bool(clock.patients + clock.burst + 1 <= world.patients_count)


@inlined
def _needs(world: Memory, what: int) -> int:
    """Return which draws an event needs that are not there yet."""
    clock, kind, first = clock_at(world, 0), kind_of(what), first_of(what)
    if kind == kinds.CARE_SOUGHT:
        if groups_at(world, first).is_present and groups_at(world, first).next_visit < 0:
            return kinds.NEEDS_VISITS
        if world.care_posts_count > 0 and not _has_space_for_patients(world):
            return kinds.NEEDS_SPACE
    elif kind == kinds.STAY_OVER or kind == kinds.WAY_OVER:
        row = rows_at(world, first)
        if row.over == kinds.LOST and groups_at(world, row.group).attempt + 1 >= clock.attempts:
            return kinds.NEEDS_PATIENCE
    elif kind == kinds.READING or kind == kinds.DECISION:
        if triggers_at(world, first).fired >= clock.firings:
            return kinds.NEEDS_LEAD_TIMES
    elif kind == kinds.CASE_MAY_COME:
        if susceptible_at(world, second_of(what), first).number >= clock.cases:
            return kinds.NEEDS_CASES
        if not _has_space_for_patients(world):
            return kinds.NEEDS_SPACE
    elif kind == kinds.UNIT_REPAIRED and units_at(world, first).failure + 1 >= clock.failures:
        return kinds.NEEDS_FAILURES
    return kinds.DONE


@inlined
def _granted(world: Memory, number: int) -> None:
    row = rows_at(world, number)
    row.processed = 1
    awaited = row.waits_for
    if awaited == kinds.TURN:
        row.waits_for = kinds.NOTHING
        if row.owner == kinds.A_VISIT:
            visits.begin_service(world, number)
        elif row.owner == kinds.A_PATIENT:
            patients.begin_care_of(world, number)
        elif row.owner == kinds.A_CALL:
            calls.answer(world, number)
        else:
            households.work_at_desk(world, number)
    elif awaited == kinds.TURN_OR_PATIENCE:
        servers.meet(world, number, kinds.WAIT_OVER)
    elif awaited == kinds.NEXT_TURN:
        row.waits_for = kinds.NOTHING
        servers.resume(world, number, row.left)


@inlined
def _work_ends(world: Memory, number: int) -> None:
    if rows_at(world, number).owner == kinds.A_VISIT:
        visits.end_service(world, number)
    elif rows_at(world, number).owner == kinds.A_PATIENT:
        patients.care_ends(world, number)
    elif rows_at(world, number).owner == kinds.A_CALL:
        calls.call_answered(world, number)
    else:
        households.leave_desk(world, number)


@inlined
def _turn_meets(world: Memory, number: int, stopped: int) -> None:
    row = rows_at(world, number)
    if stopped:
        row.stop_seen = 1
    if row.working:
        servers.meet(world, number, kinds.TURN_OVER)


@inlined
def _turn_over(world: Memory, number: int) -> None:
    if rows_at(world, number).working and servers.turn_over(world, number):
        _work_ends(world, rows_at(world, number).first)


@compiled
def _happen(world: Memory, what: int) -> None:
    """Process one event of a household or patient."""
    kind, first, second = kind_of(what), first_of(what), second_of(what)
    if kind == kinds.GRANTED:
        _granted(world, first)
    elif kind == kinds.WORK_ENDS:
        if rows_at(world, first).in_use:  # else it has been interrupted
            _work_ends(world, first)
    elif kind == kinds.RELEASED:
        servers.serve_head(world, first)
        servers.note(world, first)
    elif kind == kinds.CARE_SOUGHT:
        visits.seek_care(world, first)
    elif kind == kinds.VISIT_BEGINS:
        visits.begin_visit(world, first, second)
    elif kind == kinds.WAIT_OVER:
        if rows_at(world, first).owner == kinds.A_PATIENT:
            patients.wait_is_over(world, first)
        else:
            visits.wait_over(world, first)
    elif kind == kinds.PATIENCE_ENDS:
        visits.patience_ends(world, first)
    elif kind == kinds.ARRIVAL:
        households.arrive(world)
        households.next_arrivals(world)
    elif kind == kinds.GROUP_BEGINS:
        households.begin(world, first)
    elif kind == kinds.CARE_BEGINS:
        visits.begin_care(world, first)
    elif kind == kinds.GIVEN:
        households.given(world, first)
    elif kind == kinds.STAY_ENDS or kind == kinds.DESK_OVER:
        households.finish(world, first)
    elif kind == kinds.STAY_OVER:
        households.place_over(world, first, second)
    elif kind == kinds.ARRIVES_AT_SITE:
        servers.meet(world, first, kinds.WAY_OVER)
    elif kind == kinds.WAY_OVER:
        households.come_to_site(world, first)
    elif kind == kinds.GIVES_UP:
        places.give_up(world, first)
    elif kind == kinds.SERVE_PLACES:
        places.serve(world)
    elif kind == kinds.TURN_ENDS:
        _turn_meets(world, first, 0)
    elif kind == kinds.STOPPED:
        _turn_meets(world, first, 1)
    elif kind == kinds.TURN_OVER:
        _turn_over(world, first)
    elif kind == kinds.DESK_BEGINS:
        households.begin_while_staying(world, first, second)
    elif kind == kinds.INTERRUPTED:
        households.interrupt(world, first, second)
    elif kind == kinds.SEATED:
        onward.seated(world, first)
    elif kind == kinds.ONWARD_OVER:
        onward.leave_for_good(world, first)
    elif kind == kinds.DEPARTURE:
        vehicles.depart(world, first)
    elif kind == kinds.TRIP_ARRIVES:
        vehicles.trip_arrives(world, first - 1)
    elif kind == kinds.TRIP_IS_BACK:
        vehicles.trip_is_back(world, first, second)
    elif kind >= kinds.TEAM_SETS_OUT:
        what_few_have(world, kind, first, second)
    elif kind >= kinds.ALERTED:
        _rescue(world, kind, first, second)
    else:
        _change(world, kind, first, second)


@compiled
def _rescue(world: Memory, kind: int, first: int, second: int) -> None:
    """Process one event of an incident or a boat."""
    if kind == kinds.RESCUE_OVER:
        households.rescue_over(world, first)
    elif kind == kinds.ALERTED:
        calls.take_call(world, first)
    elif kind == kinds.CALL_BEGINS:
        calls.begin_call(world, first)
    elif kind == kinds.TRIP_BEGINS:
        trips.begin_trip(world, first)
    elif kind == kinds.BOAT_ARRIVES:
        trips.arrive(world, first)
    elif kind == kinds.BOARDED:
        trips.boarded(world, first)
    elif kind == kinds.BOAT_LANDS:
        trips.land(world, first)
    elif kind == kinds.BOAT_IS_BACK:
        trips.come_back(world, first)
    elif kind == kinds.SEARCH_ENDS:
        incidents.search_ends(world, first, second)
    elif kind == kinds.SETTLED:
        trips.settled(world, first)
    elif kind == kinds.SEARCH_OVER:
        trips.search_over(world, first)
    elif kind == kinds.HOLDS_OUT_NO_LONGER:
        incidents.give_up(world, first)
    elif kind == kinds.CAPSIZES:
        incidents.capsize(world, first)
    elif kind == kinds.LAST_DEATH:
        incidents.nobody_left(world, first)
    elif kind == kinds.SEARCH_TIME_ENDS:
        trips.search_time_ends(world, first, second)
    elif kind == kinds.SEARCH_CALLED_OFF:
        incidents.settle(world, first)
    elif kind == kinds.CREW_RESTED:
        trips.rested(world, first)


@compiled
def _change(world: Memory, kind: int, first: int, second: int) -> None:
    """Process one event that begins something or changes a capacity."""
    if kind == kinds.ARRIVALS_BEGIN:
        households.next_arrivals(world)
    elif kind == kinds.TIMETABLE_BEGINS:
        vehicles.await_first(world, first)
    elif kind == kinds.CALENDAR_BEGINS:
        changes.await_step(world, first)
    elif kind == kinds.CALENDAR_CHANGES:
        changes.take_step(world, first)
    elif kind == kinds.WATCH_BEGINS:
        changes.watch(world, first)
    elif kind == kinds.READING:
        changes.read(world, first)
    elif kind == kinds.DECISION:
        changes.decide(world, first)
    elif kind == kinds.LEAD_ENDS:
        changes.come(world, first)
    elif kind == kinds.SHIFTS_BEGIN:
        changes.await_shift(world, first, second)
    elif kind == kinds.SHIFT_CHANGES:
        changes.change_shift(world, first, second)
    elif kind == kinds.CHANGE_ENDS:
        changes.end_change(world, first, second)
    elif kind == kinds.CHANGE_OVER:
        changes.change_over(world, first)
    elif kind == kinds.CLEARING_BEGINS:
        changes.await_clear_reading(world, first)
    elif kind == kinds.CLEAR_READING:
        changes.read_clear(world, first)
    elif kind == kinds.LIFE_BEGINS:
        changes.await_failure(world, first)
    elif kind == kinds.UNIT_FAILS:
        changes.fail(world, first)
    elif kind == kinds.CREW_COMES:
        changes.repair(world, first)
    elif kind == kinds.UNIT_REPAIRED:
        changes.repaired(world, first)
    elif kind == kinds.CREW_FREE:
        changes.crew_free(world, first)
    elif kind == kinds.LOSS_AWAITED:
        changes.await_loss(world, first)
    elif kind == kinds.LOSS_BEGINS:
        changes.begin_loss(world, first)
    elif kind == kinds.LOSS_ENDS:
        changes.end_loss(world, first)


def event_loop(fingerprint: int) -> Callable[[Memory], int]:
    """Return the compiled event loop.

    Parameters
    ----------
    fingerprint : int
        Of the sources of the kernel. It is part of the compiled function, because the cache of
        compiled functions looks for changes in the file of the outermost one only.

    Returns
    -------
    callable
        Takes the world and returns why it comes back.

    """

    def run(memory: Memory) -> int:
        world = memory[0]
        clock = clock_at(world, 0)
        clock.code = fingerprint
        while True:
            if not _has_space(world):
                return kinds.NEEDS_SPACE
            if clock.burst > 0 and _lacks_mobilizations(world):
                return kinds.NEEDS_MOBILIZATIONS
            if clock.urgent_head < clock.urgent_tail:
                what = urgent_at(world, clock.urgent_head).value
                clock.urgent_head += 1
            elif clock.fifo_head < clock.fifo_tail:
                what = fifo_at(world, clock.fifo_head).value
                needed = _needs(world, what)
                if needed != kinds.DONE:
                    return needed
                clock.fifo_head += 1
            elif next_instant(world):
                continue
            else:
                return kinds.DONE
            _happen(world, what)

    made: Callable[[Memory], int] = machine_code(run)
    return made
