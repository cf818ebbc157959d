"""Rescue of groups that are cut off: exact times of tiny cases.

Unless a test says otherwise a boat is ready after 0.5 h, goes 20 km at 10 km/h, takes 0.25 h to
board a group and 1 h to turn around; the center knows after 1 h.
"""

import math

import pytest
from small_networks import (
    boats,
    fixed,
    inflow,
    network,
    outcomes,
    population,
    rescue,
    rows_of,
    states_of,
    story,
)

from simulation.calendars import Steps
from simulation.engine import simulate


def with_rescue(*units, run_length=100.0, **changed):
    people = inflow(cut_off=1.0, rescue="rescue")
    return network(run_length, inflows=(people,), rescues=(rescue(*units, **changed),))


def rescues(plan, people):
    return [entry[2:] for entry in story(plan, people) if entry[1] == "rescue"]


def test_way_of_one_group():
    plan, people = with_rescue(), population([3.0], 5, cut_off=True)
    # Known at 4, departs at 4.5, reached at 6.5, boarded at 6.75, ashore at 8.75.
    assert story(plan, people) == [
        (0, "rescue", "boats", 3.0, 6.5, 8.75, "served"),
        (0, "placement", "site", 8.75, 8.75, 8.75, "served"),
    ]
    # Busy from the order until the end of the turnaround; waiting until reached.
    assert states_of(simulate(plan, people), plan, "boats") == [
        (0.0, 0, 0, 1),
        (3.0, 0, 5, 1),
        (4.0, 1, 5, 1),
        (6.5, 1, 0, 1),
        (9.75, 0, 0, 1),
    ]


def test_second_group_waits_for_the_boat():
    plan, people = with_rescue(), population([3.0, 3.5], 10, cut_off=True)
    assert rescues(plan, people) == [
        ("boats", 3.0, 6.5, 8.75, "served"),
        ("boats", 3.5, 9.75 + 2.5, 9.75 + 4.75, "served"),
    ]


def test_groups_share_the_seats_of_a_trip():
    plan, people = with_rescue(), population([3.0, 3.5, 3.6], [4, 6, 1], cut_off=True)
    assert rescues(plan, people) == [
        ("boats", 3.0, 6.5, 9.0, "served"),
        ("boats", 3.5, 6.75, 9.0, "served"),
        ("boats", 3.6, 10.0 + 2.5, 10.0 + 4.75, "served"),
    ]


def test_group_larger_than_the_boat_is_shuttled():
    plan, people = with_rescue(boats(seats=4)), population([3.0], 9, cut_off=True)
    # Two more rounds of 2 h each way and 0.25 h to board.
    assert rescues(plan, people) == [("boats", 3.0, 6.5, 8.75 + 2 * 4.25, "served")]


def test_two_boats_go_at_once():
    plan, people = with_rescue(boats(2)), population([3.0, 3.5], 10, cut_off=True)
    assert [row[2] for row in rescues(plan, people)] == [6.5, 7.0]


def test_the_unit_that_arrives_earliest_goes():
    near, fast = boats(name="ready"), boats(name="fast", speed=40.0, readiness=2.5)
    people = population([0.0], cut_off=True)
    assert rescues(with_rescue(near, fast), people)[0][0] == "ready"  # 2.5 h against 3 h
    far = with_rescue(near, fast, distance=fixed(40.0))
    assert rescues(far, people)[0][0] == "fast"  # 4.5 h against 3.5 h


def test_boats_do_not_go_out_at_night_but_finish_their_trip():
    day = Steps.daily(1, 6.0, 18.0, until=100.0)
    plan = with_rescue(boats(day))
    people = population([16.5, 17.5], 10, cut_off=True)
    assert rescues(plan, people) == [
        ("boats", 16.5, 20.0, 22.25, "served"),
        ("boats", 17.5, 32.5, 34.75, "served"),
    ]


def test_group_that_cannot_hold_out_is_not_reached():
    plan = with_rescue(holds_out=fixed(3.0))
    people = population([3.0], cut_off=True)
    assert story(plan, people) == [(0, "rescue", "boats", 3.0, None, 6.0, "not_reached")]
    assert outcomes(simulate(plan, people)) == ["not_reached"]


def test_reached_in_the_last_minute():
    plan = with_rescue(holds_out=fixed(3.51))
    assert rescues(plan, population([3.0], cut_off=True))[0][-1] == "served"


def test_group_that_gets_out_by_itself_goes_to_reception_at_once():
    # It gets out after 3 h; that the center learns of it only after 10 h must not hold it up.
    plan = with_rescue(holds_out=fixed(3.0), self_arrival=1.0, alert_delay=fixed(10.0))
    assert story(plan, population([3.0], cut_off=True)) == [
        (0, "rescue", "boats", 3.0, None, 6.0, "self_arrived"),
        (0, "placement", "site", 6.0, 6.0, 6.0, "served"),
    ]


def test_no_boat_goes_to_a_group_that_is_gone_before_the_alert():
    plan = with_rescue(holds_out=fixed(3.0), alert_delay=fixed(10.0))
    people = population([3.0], cut_off=True)
    assert {state[1] for state in states_of(simulate(plan, people), plan, "boats")} == {0}


def test_boat_that_finds_nobody_takes_the_next_group():
    plan = with_rescue(holds_out=fixed(3.0))
    people = population([3.0, 4.0], 10, cut_off=True)
    assert rescues(plan, people) == [
        ("boats", 3.0, None, 6.0, "not_reached"),
        ("boats", 4.0, 6.5, 8.75, "served"),
    ]


def test_search_takes_the_time_of_its_draw():
    plan = with_rescue(search_area=10.0)
    people = population([3.0], cut_off=True)
    u = people.uniform("rescue.search")[0]
    assert rescues(plan, people)[0][2] == pytest.approx(6.5 - math.log(u) / (0.5 * 8.0 / 10.0))


def test_without_boats_everybody_waits():
    plan, people = with_rescue(boats(0)), population([1.0, 2.0], 3, cut_off=True)
    records = simulate(plan, people)
    assert outcomes(records) == ["waiting_for_rescue"] * 2
    assert rows_of(records, "rescue")["ended"].isna().all()


def test_boats_added_later_go_out_when_they_come():
    plan = with_rescue(boats(Steps((0.0, 30.0), (0, 1))))
    assert rescues(plan, population([3.0], cut_off=True))[0][2] == 32.5


def test_groups_that_are_not_cut_off_need_no_rescue():
    plan = with_rescue()
    assert [row[1] for row in story(plan, population([3.0]))] == ["placement"]


def test_open_steps_at_the_end_of_the_run():
    people = population([3.0], cut_off=True)
    waiting, aboard = with_rescue(run_length=6.0), with_rescue(run_length=7.0)
    assert rescues(waiting, people) == [("boats", 3.0, None, None, "waiting")]
    assert rescues(aboard, people) == [("boats", 3.0, 6.5, None, "in_service")]
    assert outcomes(simulate(aboard, people)) == ["waiting_for_rescue"]
