"""Desks, places, stays and the way onward: exact times of tiny cases."""

import numpy as np
import pytest
from small_networks import (
    desk,
    exponential,
    fixed,
    network,
    outcomes,
    population,
    reception,
    rows_of,
    site,
    states_of,
    story,
    trucks,
)

from simulation.arrivals import STARTING_STOCK
from simulation.calendars import Steps
from simulation.engine import simulate
from simulation.network import NetworkError
from simulation.parts import SiteOption
from simulation.records import GROUP_OUTCOMES


def placements(plan, people):
    return [(entry[0], *entry[2:]) for entry in story(plan, people) if entry[1] == "placement"]


# Desks


def test_desks_in_a_row_take_their_time():
    first = desk(1, fixed(0.5), name="screening", kind="screening")
    plan = network(receptions=(reception(first, desk(1, fixed(1.0))),))
    assert story(plan, population([2.0, 2.25])) == [
        (0, "screening", "screening", 2.0, 2.0, 2.5, "served"),
        (1, "screening", "screening", 2.25, 2.5, 3.0, "served"),
        (0, "registration", "registration desks", 2.5, 2.5, 3.5, "served"),
        (1, "registration", "registration desks", 3.0, 3.5, 4.5, "served"),
        (0, "placement", "site", 3.5, 3.5, 3.5, "served"),
        (1, "placement", "site", 4.5, 4.5, 4.5, "served"),
    ]


def test_two_desks_serve_two_groups_at_once():
    plan = network(receptions=(reception(desk(2)),))
    started = rows_of(simulate(plan, population([2.0, 2.0, 2.0])), "registration")["started"]
    assert started.tolist() == [2.0, 2.0, 3.0]


def test_time_per_person_grows_with_the_group():
    plan = network(receptions=(reception(desk(1, fixed(0.5), per="person")),))
    ended = rows_of(simulate(plan, population([2.0], 6)), "registration")["ended"]
    assert ended.tolist() == [5.0]


def test_shift_ends_when_the_service_is_done():
    shift = Steps.daily(1, 7.0, 9.0, until=48.0)
    plan = network(receptions=(reception(desk(shift, fixed(1.5))),))
    rows = rows_of(simulate(plan, population([5.0, 6.0, 7.0])), "registration")
    assert rows["started"].tolist() == [7.0, 8.5, 31.0]
    assert rows["ended"].tolist() == [8.5, 10.0, 32.5]


def test_desks_added_serve_at_once_all_whom_they_can():
    plan = network(receptions=(reception(desk(Steps((0.0, 10.0), (0, 2)), fixed(1.0))),))
    rows = rows_of(simulate(plan, population([1.0, 2.0, 3.0])), "registration")
    assert rows["started"].tolist() == [10.0, 10.0, 11.0]


def test_states_of_desks_count_persons_waiting():
    plan = network(receptions=(reception(desk(1)),))
    assert states_of(
        simulate(plan, population([2.0, 2.5], [3, 4])), plan, "registration desks"
    ) == [
        (0.0, 0, 0, 1),
        (2.0, 1, 0, 1),
        (2.5, 1, 4, 1),
        (3.0, 1, 0, 1),
        (4.0, 0, 0, 1),
    ]


# Places


def test_stay_begins_after_the_way_to_the_site():
    way = reception(sites=(SiteOption("site", 2.0),))
    plan = network(receptions=(way,), sites=(site(10, fixed(24.0)),))
    assert placements(plan, population([1.0], 5)) == [(0, "site", 1.0, 3.0, 27.0, "served")]


def test_full_site_makes_groups_wait_until_places_are_left():
    plan = network(sites=(site(5, fixed(10.0)),))
    assert placements(plan, population([1.0, 2.0], [3, 4])) == [
        (0, "site", 1.0, 1.0, 11.0, "served"),
        (1, "site", 2.0, 11.0, 21.0, "served"),
    ]


def test_overflow_goes_to_the_next_site():
    plan = network(
        receptions=(reception(sites=("site", SiteOption("other", 1.0))),),
        sites=(site(5, fixed(10.0)), site(5, fixed(20.0), name="other")),
    )
    assert placements(plan, population([1.0, 2.0], [3, 4])) == [
        (0, "site", 1.0, 1.0, 11.0, "served"),
        (1, "other", 2.0, 3.0, 23.0, "served"),
    ]


def test_over_capacity_lets_a_few_more_in():
    plan = network(sites=(site(5, fixed(10.0), over_capacity=2),))
    people = population([1.0, 2.0, 3.0], [3, 4, 1])
    assert [row[3] for row in placements(plan, people)] == [1.0, 2.0, 11.0]
    assert max(busy for _, busy, _, _ in states_of(simulate(plan, people), plan, "site")) == 7


def test_closed_site_takes_nobody_in_over_its_capacity():
    plan = network(sites=(site(0, fixed(10.0), over_capacity=20),))
    assert outcomes(simulate(plan, population([1.0]))) == ["waiting_for_place"]


@pytest.mark.parametrize(("passes", "small_starts"), [(False, 11.0), (True, 3.0)])
def test_small_group_passes_a_large_one_only_when_the_plan_says_so(passes, small_starts):
    plan = network(receptions=(reception(first_that_fits=passes),), sites=(site(5, fixed(10.0)),))
    rows = placements(plan, population([1.0, 2.0, 3.0], [3, 3, 2]))
    assert rows[2][3] == small_starts
    assert rows[1][3] == 11.0


def test_one_who_gives_up_makes_way_for_the_next():
    plan = network(
        receptions=(reception(gives_up_after=fixed(4.0)),), sites=(site(5, fixed(100.0)),)
    )
    records = simulate(plan, people := population([1.0, 2.0, 3.0], [3, 3, 2]))
    assert placements(plan, people) == [
        (0, "site", 1.0, 1.0, None, "in_service"),
        (1, "site", 2.0, None, 6.0, "left_without_service"),
        (2, "site", 3.0, 6.0, None, "in_service"),
    ]
    assert outcomes(records) == ["in_site", "left_without_place", "in_site"]
    assert states_of(records, plan, "site")[-1] == (6.0, 5, 0, 5)


# In floating point 2.8 + 0.4 - 2.8 is less than 0.4.
@pytest.mark.parametrize("arrival", [1.0, 0.1, 2.8])
def test_family_is_split_after_the_agreed_wait_and_not_before(arrival):
    plan = network(
        receptions=(reception(sites=("site", "other"), splits_after=0.4),),
        sites=(site(3, fixed(100.0)), site(2, fixed(100.0), name="other")),
    )
    records = simulate(plan, population([arrival], 5))
    assert rows_of(records, "placement")["wait"].tolist() == pytest.approx([0.4])
    assert records.groups["split"].tolist() == [True]
    for name, persons in (("site", 3), ("other", 2)):
        assert states_of(records, plan, name)[-1][1] == persons


def test_family_is_not_split_when_even_that_gives_no_places():
    plan = network(
        receptions=(reception(sites=("site", "other"), splits_after=0.7),),
        sites=(site(3), site(1, name="other")),
    )
    records = simulate(plan, population([1.0], 5))
    assert outcomes(records) == ["waiting_for_place"]
    assert not records.groups["split"].any()


# Places lost and added


def test_latest_arrivals_leave_a_site_that_is_lost_and_finish_their_stay_elsewhere():
    plan = network(
        100.0,
        receptions=(reception(sites=("site", SiteOption("other", 1.0))),),
        sites=(
            site(Steps((0.0, 10.0), (6, 3)), fixed(20.0)),
            site(9, fixed(50.0), name="other"),
        ),
    )
    assert placements(plan, population([1.0, 2.0], 3)) == [
        (0, "site", 1.0, 1.0, 21.0, "served"),
        (1, "site", 2.0, 2.0, 10.0, "displaced_again"),
        # 12 h of 20 are left; an hour of way before.
        (1, "other", 10.0, 11.0, 23.0, "served"),
    ]


def test_people_stay_over_capacity_when_a_loss_does_not_drive_them_out():
    plan = network(
        sites=(site(Steps((0.0, 10.0), (6, 3)), fixed(20.0), evacuated_when_lost=False),)
    )
    people = population([1.0, 2.0, 12.0], [3, 3, 1])
    assert [row[1:] for row in placements(plan, people)] == [
        ("site", 1.0, 1.0, 21.0, "served"),
        ("site", 2.0, 2.0, 22.0, "served"),
        ("site", 12.0, 22.0, 42.0, "served"),
    ]
    assert (10.0, 6, 0, 3) in states_of(simulate(plan, people), plan, "site")


@pytest.mark.parametrize(("places", "leave"), [(12, 0), (10, 0), (8, 2), (0, 15)])
def test_only_those_for_whom_there_is_no_room_leave(places, leave):
    """A site holds 10 and lets 5 more in; 15 one-person groups are there when places change."""
    plan = network(
        100.0, sites=(site(Steps((0.0, 10.0), (10, places)), fixed(90.0), over_capacity=5),)
    )
    rows = [row[-1] for row in placements(plan, population(np.arange(15) / 10))]
    assert rows.count("displaced_again") == leave


def test_site_lost_while_a_group_is_on_the_way_there():
    plan = network(
        100.0,
        receptions=(reception(sites=(SiteOption("other", 5.0), SiteOption("site", 1.0))),),
        sites=(
            site(9, fixed(30.0)),
            site(Steps((0.0, 4.0), (9, 0)), fixed(7.0), name="other"),
        ),
    )
    # It hears of the loss on the way, turns to the other site and stays as long as is usual there.
    assert placements(plan, population([1.0], 2)) == [
        (0, "other", 1.0, None, 4.0, "displaced_again"),
        (0, "site", 4.0, 5.0, 35.0, "served"),
    ]


def test_stay_that_ends_in_the_moment_the_places_are_lost():
    # The second change is announced at 11, after the end of the stay was scheduled.
    calendar = Steps((0.0, 11.0, 21.0), (9, 8, 0))
    plan = network(100.0, sites=(site(calendar, fixed(20.0)),))
    records = simulate(plan, population([1.0, 2.0]))
    assert outcomes(records) == ["returned_home", "waiting_for_place"]
    assert rows_of(records, "placement")["ended"].tolist()[:2] == [21.0, 21.0]


def test_places_added_serve_those_who_wait():
    plan = network(sites=(site(Steps((0.0, 10.0), (0, 4)), fixed(5.0)),))
    rows = placements(plan, population([1.0, 2.0], 2))
    assert [row[3] for row in rows] == [10.0, 10.0]


# People there from the beginning


def residents(persons, sites=0):
    return population([0.0] * len(persons), persons, inflow=STARTING_STOCK, site=np.array(sites))


def test_starting_stock_holds_its_places():
    plan = network(sites=(site(5, fixed(10.0)),))
    people = population(
        [0.0, 1.0],
        [4, 2],
        inflow=np.array([STARTING_STOCK, 0]),
        site=np.array([0, -1]),
    )
    left = 10.0 * (1 - people.uniform("starting_stock.share_stayed")[0])
    assert 0 < left < 10
    assert placements(plan, people) == [
        (0, "site", 0.0, 0.0, pytest.approx(left), "served"),
        (1, "site", 1.0, pytest.approx(left), pytest.approx(left + 10.0), "served"),
    ]


@pytest.mark.parametrize(("places", "leave"), [(7, 0), (5, 0), (4, 4), (12, 0)])
def test_more_places_in_a_site_that_holds_too_many_drive_nobody_out(places, leave):
    """Eight people are in a site of five; only a loss of places makes those above leave."""
    plan = network(30.0, sites=(site(Steps((0.0, 10.0), (5, places)), fixed(1000.0)),))
    rows = [row[-1] for row in placements(plan, residents([1] * 8, [0] * 8))]
    assert rows.count("displaced_again") == leave


# Going home by the calendar


def going_home(*returns, stay=1000.0, **changed):
    return network(
        60.0,
        sites=(site(stay=fixed(stay), returns_home=returns, **changed),),
        transports=(trucks(),),
    )


@pytest.mark.untraced
@pytest.mark.parametrize("when", [28.0, 40.0, 59.0])
def test_households_go_home_at_the_rate_of_the_calendar(when):
    """From hour 10 one in 30 hours, from hour 30 nobody, from hour 35 one in 15 hours."""
    groups = 20_000
    plan = going_home((10.0, 30.0), (30.0, float("inf")), (35.0, 15.0))
    records = simulate(plan, population(np.zeros(groups)))
    ended = rows_of(records, "placement")["ended"].to_numpy()
    there = int(groups - (ended <= when).sum())

    def expected(factor):
        hazard = max(min(when, 30.0) - 10.0, 0.0) / 30.0 + max(when - 35.0, 0.0) / 15.0
        return groups * np.exp(-factor * hazard)

    within = 3.3 * np.sqrt(expected(1.0) * (1 - expected(1.0) / groups))
    assert abs(there - expected(1.0)) < within
    for wrong in (0.95, 1.05):
        assert abs(there - expected(wrong)) > within


def test_who_goes_home_by_the_calendar_needs_no_vehicle_and_who_has_stayed_does():
    people = population(np.zeros(400))
    plan = going_home((20.0, 10.0), stay=25.0, onward="trucks", onward_share=1.0)
    records = simulate(plan, people)
    ended = rows_of(records, "placement")["ended"].to_numpy()
    outcome = records.groups["outcome"].to_numpy()
    home = outcome == GROUP_OUTCOMES.index("returned_home")
    assert ((ended[home] >= 20.0) & (ended[home] < 25.0)).all()
    assert home.sum() == pytest.approx(400 * -np.expm1(-0.5), abs=4 * np.sqrt(400 * 0.24))
    assert not (outcome[~home] == GROUP_OUTCOMES.index("returned_home")).any()


def test_a_stay_that_is_over_before_ends_as_always():
    assert placements(going_home((50.0, 1e-6), stay=10.0), population([1.0])) == [
        (0, "site", 1.0, 1.0, 11.0, "served")
    ]


@pytest.mark.parametrize(
    ("returns", "message"),
    [
        (((5.0, 1.0), (5.0, 2.0)), "returns_home: times must increase"),
        (((-1.0, 1.0),), "returns_home: times must increase, the first not below 0"),
        (((1.0, 0.0),), "returns_home: every mean must be above 0"),
    ],
)
def test_impossible_returns_are_refused(returns, message):
    with pytest.raises(NetworkError, match=message):
        going_home(*returns)


# Onward travel


def with_trucks(stay=20.0, run_length=100.0, **changed):
    onward = site(50, fixed(stay), onward="trucks", onward_share=1.0)
    return network(run_length, sites=(onward,), transports=(trucks(**changed),))


def test_trucks_leave_on_their_timetable():
    plan = with_trucks()
    people = population([1.0], 4)
    # The stay ends at 21; the next departure is at 8 in the morning, two hours of way.
    assert story(plan, people) == [
        (0, "placement", "site", 1.0, 1.0, 32.0, "served"),
        (0, "onward", "trucks", 21.0, 32.0, 34.0, "served"),
    ]
    assert outcomes(simulate(plan, people)) == ["moved_onward"]


def test_seats_are_given_in_order_and_a_small_group_fills_the_rest():
    plan = with_trucks(seats=6)
    rows = rows_of(simulate(plan, population([1.0, 2.0, 3.0], [4, 3, 2])), "onward")
    assert rows["started"].tolist() == [32.0, 56.0, 32.0]


def test_trucks_every_second_day():
    plan = with_trucks(every_days=2)
    assert rows_of(simulate(plan, population([1.0])), "onward")["started"].tolist() == [56.0]


def test_without_trucks_people_stay_and_wait():
    plan = with_trucks(vehicles=0)
    records = simulate(plan, population([1.0], 4))
    assert outcomes(records) == ["waiting_for_onward_travel"]
    assert states_of(records, plan, "site")[-1][1] == 4
    assert states_of(records, plan, "trucks")[-1][1:] == (0, 4, 0)


def test_trucks_under_way_are_busy():
    plan = with_trucks(vehicles=2, seats=3)
    people = population([1.0, 2.0], [3, 2])
    assert [s for s in states_of(simulate(plan, people), plan, "trucks") if s[0] > 30] == [
        (32.0, 2, 0, 2),
        (34.0, 0, 0, 2),
        (56.0, 0, 0, 2),
        (80.0, 0, 0, 2),
    ]


def test_who_loses_the_place_while_waiting_for_a_truck_waits_outside():
    lost = site(Steps((0.0, 25.0), (9, 0)), fixed(20.0), onward="trucks", onward_share=1.0)
    plan = network(100.0, sites=(lost,), transports=(trucks(),))
    assert story(plan, population([1.0], 4)) == [
        (0, "placement", "site", 1.0, 1.0, 25.0, "displaced_again"),
        (0, "onward", "trucks", 21.0, 32.0, 34.0, "served"),
        (0, "placement", "site", 25.0, None, 32.0, "transferred"),
    ]


def test_share_that_goes_onward():
    onward = site(stay=exponential(2.0), onward="trucks", onward_share=0.3)
    plan = network(240.0, sites=(onward,), transports=(trucks(1000),))
    ends = outcomes(simulate(plan, population(np.arange(2000) / 20)))
    assert ends.count("moved_onward") / 2000 == pytest.approx(0.3, abs=0.03)


def departures(persons, arrived=None, **changed):
    plan = network(
        400.0,
        sites=(site(stay=fixed(1.0), onward="trucks", onward_share=1.0),),
        transports=(trucks(**changed),),
    )
    people = population(np.zeros(len(persons)) if arrived is None else arrived, persons)
    records = simulate(plan, people)
    rows = rows_of(records, "onward")
    assert (records.states["busy"] <= records.states["capacity"]).all()
    return rows["started"].tolist()


def test_a_vehicle_leaves_again_only_when_it_is_back():
    at_once = departures([10, 10, 10], travel_time=10.0, return_time=10.0)
    assert at_once == [8.0, 32.0, 56.0]
    far = departures([10, 10, 10], travel_time=20.0, return_time=20.0)
    assert far == [8.0, 56.0, 104.0]
    two = departures([10, 10, 10], vehicles=2, travel_time=20.0, return_time=20.0)
    assert two == [8.0, 8.0, 56.0]


def test_a_group_larger_than_all_seats_leaves_in_parts_and_waits_for_nobody_for_ever():
    # 14 in a bus of 5: on the first three days; the next group takes the seat that is left.
    assert departures([14, 1, 1], seats=5) == [56.0, 56.0, 80.0]
    assert departures([14], vehicles=2, seats=5) == [32.0]
    # A group that fits into all vehicles together is carried whole.
    assert departures([9], vehicles=2, seats=5) == [8.0]


def test_a_large_group_behind_others_waits_its_turn():
    assert departures([4, 14], seats=5) == [8.0, 80.0]


def test_without_vehicles_nobody_leaves():
    assert all(np.isnan(departures([3], vehicles=0)))
