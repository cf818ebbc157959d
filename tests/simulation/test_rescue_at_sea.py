"""Rescue at sea and on land: exact times of tiny cases, one rule of the model each.

Unless a test says otherwise a unit is ready after 0.5 h, goes 20 km at 10 km/h, takes 0.25 h to
board a group and 1 h to turn around; the center is called after 1 h.
"""

import dataclasses
import math

import numpy as np
import pytest
from at_sea import CAPSIZES, at_sea, boatload, fetched, incident
from small_networks import (
    boats,
    fixed,
    inflow,
    network,
    population,
    rescue,
    rows_of,
    states_of,
    strait,
)

from simulation.calendars import Steps
from simulation.engine import simulate
from simulation.network import NetworkError
from simulation.parts import (
    Aid,
    Heat,
    PassingVessels,
    PlaceOfSafety,
    Relay,
    WeatherState,
)

HOUR = 1e-9


def test_groups_of_a_boat_are_one_incident():
    records = simulate(at_sea(boats(seats=20)), boatload([3.0] * 3, [4, 6, 8], [0, 0, 0]))
    # Found at 6.5; they board one after the other and land together.
    assert fetched(records) == [
        (6.5, 9.25, "served"),
        (6.75, 9.25, "served"),
        (7.0, 9.25, "served"),
    ]
    one = incident(records)
    assert (one.persons, one.rescued, one.began, one.alerted, one.found) == (18, 18, 3.0, 4.0, 6.5)
    assert (one.dispatched, one.closed) == (4.0, 7.0)
    assert len(records.incidents) == 1


def test_those_without_a_seat_wait_for_the_next_trip():
    records = simulate(at_sea(boats(seats=10)), boatload([3.0] * 3, [4, 6, 8], [0, 0, 0]))
    # The unit lands at 9, is ready again at 10 and comes back at 12.5 without a search.
    assert fetched(records)[2] == (12.5, 14.75, "served")
    assert len(records.trips) == 2
    assert records.trips["persons"].tolist() == [10, 8]


def test_several_units_are_sent_while_seats_are_missing():
    plan = at_sea(boats(3, seats=12), units_per_incident=2)
    records = simulate(plan, boatload([3.0] * 3, [4, 6, 8], [0, 0, 0]))
    assert [row[0] for row in fetched(records)] == [6.5, 6.5, 6.75]
    assert max(state[1] for state in states_of(records, plan, "boats")) == 2
    alone = simulate(plan, boatload([3.0], [8]))
    assert len(alone.trips) == 1


def test_boarding_may_take_time_for_each_person():
    records = simulate(at_sea(boats(boarding_per_person=0.1)), boatload([3.0], [10]))
    assert fetched(records) == [(6.5, 6.5 + 0.25 + 1.0 + 2.0, "served")]


def test_a_unit_comes_back_before_its_endurance_runs_out():
    # 2 h out, 2 h back: with 5 h, 1 h is left to search, which is not enough here.
    plan = at_sea(boats(endurance=5.0), search_area=1e6)
    records = simulate(plan, boatload([3.0], [5]))
    trips = records.trips
    assert (trips["landed"] - trips["departed"]).tolist() == [5.0] * len(trips)
    assert trips["searched"].tolist() == [1.0] * len(trips)
    assert len(trips) > 5
    # Each trip adds an hour to the same search.
    rate = 0.5 * 8.0 / 1e6
    assert incident(records).pod == pytest.approx(
        1 - math.exp(-rate * trips["searched"].sum()), rel=0.2
    )


def test_units_without_the_endurance_are_not_sent_and_hold_nobody_up():
    plan = at_sea(
        boats(name="short", endurance=3.0),
        distance=fixed(20.0),
    )
    records = simulate(plan, boatload([3.0], [5]))
    assert fetched(records) == [(None, None, "waiting")]
    assert len(records.trips) == 0
    long = boats(name="long", readiness=5.0)
    both = at_sea(boats(name="short", endurance=3.0), long)
    assert fetched(simulate(both, boatload([3.0], [5])))[0][0] == 4.0 + 5.0 + 2.0


def test_no_boarding_is_begun_that_would_take_too_long():
    plan = at_sea(boats(seats=20, endurance=4.3))
    records = simulate(plan, boatload([3.0] * 2, [5, 5], [0, 0]))
    # 4 h of way and 0.25 h for the first group; the second waits for the next trip.
    assert [row[0] for row in fetched(records)] == [6.5, 8.75 + 1.0 + 0.5 + 2.0]
    assert ((records.trips["landed"] - records.trips["departed"]) <= 4.3 + HOUR).all()


def test_crews_rest():
    plan = at_sea(boats(crew_hours=5.0, crew_rest=10.0))
    records = simulate(plan, boatload([0.0, 0.1, 0.2], [10, 10, 10]))
    # A trip takes 5.75 h from the order; then the crew rests for 10 h.
    assert records.trips["ordered"].round(6).tolist() == [1.0, 16.75, 32.5]
    # Without use for 10 h the crew is rested anyway: 2.9 h short trips every 20 h need no pause.
    rested = at_sea(boats(crew_hours=8.0, crew_rest=10.0))
    records = simulate(rested, boatload([0.0, 20.0, 40.0, 41.0], [10] * 4))
    assert records.trips["ordered"].round(6).tolist() == [1.0, 21.0, 41.0, 46.75]


def test_readiness_by_the_hour():
    night = tuple(3.0 if hour < 6 else 0.5 for hour in range(24))
    plan = at_sea(boats(2, readiness_by_hour=night))
    records = simulate(plan, boatload([3.0, 7.0], [5, 5]))
    assert [row[0] for row in fetched(records)] == [4.0 + 3.0 + 2.0, 8.0 + 0.5 + 2.0]


def test_rough_weather_keeps_units_ashore_and_lets_those_at_sea_finish():
    states = (WeatherState("calm", 0.5, 0.5, 20.0), WeatherState("rough", 0.5, 3.0, 20.0))
    sea = strait(states=states, persistence=0.0)
    kind = boats(2, wave_limit=1.0)
    plan = at_sea(kind, weather="strait", weathers=(sea,), run_length=480.0)
    records = simulate(plan, boatload(np.arange(20) * 24.0 + 22.0, [5] * 20))
    capacity = {time: capacity for time, _, _, capacity in states_of(records, plan, "boats")}
    closed = {math.floor(t / 24) for t, c in capacity.items() if c == 0}
    opened = {math.floor(t / 24) for t, c in capacity.items() if c == 2}
    assert closed
    assert opened
    days = np.floor(records.trips["ordered"] / 24).astype(int)
    assert not set(days) & (closed - opened)
    free = simulate(
        at_sea(boats(2), run_length=480.0), boatload(np.arange(20) * 24.0 + 22.0, [5] * 20)
    )
    assert len(free.trips) >= len(records.trips)


def test_calls_wait_for_a_free_officer():
    plan = at_sea(boats(3), officers=Steps.constant(1), call_time=fixed(2.0))
    records = simulate(plan, boatload([0.0, 0.5], [5, 5]))
    assert records.incidents["alerted"].tolist() == [1.0, 1.5]
    assert records.incidents["reported"].tolist() == [3.0, 5.0]
    assert [row[0] for row in fetched(records)] == [5.5, 7.5]
    assert plan.unit("rescue officers") == "officers"
    assert plan.service("rescue officers") == "rescue"
    assert max(state[2] for state in states_of(records, plan, "rescue officers")) == 1


def test_a_call_may_reach_another_center_first():
    other = rescue(
        boats(name="their boats"), name="other", officers=Steps.constant(1), call_time=fixed(1.0)
    )
    plan = at_sea(others=(other,), relay=Relay("other", 1.0, fixed(3.0)))
    records = simulate(plan, boatload([0.0], [5]))
    # Called at 1, answered by the other center at 2, passed on at 5.
    assert incident(records).reported == 5.0
    without = at_sea(others=(other,), relay=Relay("other", 0.0, fixed(3.0)))
    assert incident(simulate(without, boatload([0.0], [5]))).reported == 1.0


def test_nobody_is_sent_to_an_incident_of_which_nobody_learns():
    plan = at_sea(unheard=1.0, holds_out=fixed(30.0))
    records = simulate(plan, boatload([0.0], [5]))
    assert fetched(records) == [(None, 30.0, "not_reached")]
    assert math.isnan(incident(records).alerted)
    assert len(records.trips) == 0


def test_a_neighbor_lends_units_after_the_agreed_delay():
    other = rescue(boats(4, name="their boats"), name="other", position=(10.0, 0.0))
    plan = at_sea(boats(1), others=(other,), aid=(Aid("other", 3.0, 0.25),))
    records = simulate(plan, boatload([0.0, 0.0, 0.0, 0.0], [10] * 4))
    starts = [row[0] for row in fetched(records)]
    # The own boat at 3.5 and 9.25; from hour 4 on one of four boats of the neighbor, 30 km away.
    assert starts[0] == 3.5
    assert starts[1] == 4.0 + 0.5 + 3.0
    assert starts[2] == 6.75 + 0.5 + 2.0
    lent = records.trips[records.trips["facility"] == plan.facilities.index("their boats")]
    assert (lent["rescue"] == 0).all()
    assert ((lent["ordered"] >= 4.0) & (lent["unit"] == 0)).all()


def test_a_neighbor_serves_its_own_people_first():
    other = rescue(boats(1, name="their boats"), name="other", alert_delay=fixed(1.0))
    own = inflow(cut_off=1.0, rescue="rescue")
    theirs = inflow(name="theirs", cut_off=1.0, rescue="other")
    plan = network(
        100.0,
        inflows=(own, theirs),
        rescues=(rescue(boats(0), aid=(Aid("other", 0.0, 1.0),)), other),
    )
    people = population([0.0, 0.0, 0.0], 10, cut_off=True, inflow=np.array([0, 1, 1]))
    records = simulate(plan, people)
    # The borrower is reported first and gets the free boat; then the lender's own queue.
    assert records.trips["rescue"].tolist() == [0, 1, 1]
    later = population([0.0, 0.0, 0.5], 10, cut_off=True, inflow=np.array([1, 1, 0]))
    late = simulate(plan, later)
    assert late.trips["rescue"].tolist() == [1, 1, 0]


def test_ways_are_measured_on_the_map_when_there_is_a_sector():
    # Incidents lie due east at 20 km, the base 15 km east: 5 km of way.
    plan = at_sea(boats(base=(15.0, 0.0)), sector=(90.0, 90.0 + 1e-9))
    records = simulate(plan, boatload([0.0], [5]))
    assert fetched(records)[0][0] == pytest.approx(1.0 + 0.5 + 0.5)
    plain = simulate(at_sea(boats(base=(15.0, 0.0))), boatload([0.0], [5]))
    assert fetched(plain)[0][0] == pytest.approx(1.0 + 0.5 + 3.5)


def test_a_crew_goes_on_to_the_next_incident_by_the_way_between_them():
    plan = at_sea(boats(seats=10), sector=(90.0, 90.0 + 1e-9), distance=fixed(20.0))
    records = simulate(plan, boatload([0.0, 0.1], [4, 4]))
    # Both lie at the same place: no further way.
    assert [row[0] for row in fetched(records)] == pytest.approx([3.5, 3.75])


def test_a_unit_under_way_is_sent_to_a_nearer_report():
    distance = dataclasses.replace(fixed(20.0), kind="uniform", mean=None, low=5.0, high=100.0)
    asked, times = 0, {}
    for seed in range(40):
        people = boatload([0.0, 1.0], [10, 10], label=f"retask {seed}")
        runs = {}
        for retask in (False, True):
            plan = at_sea(
                boats(1), distance=distance, sector=(0.0, 360.0), retask=retask, run_length=500.0
            )
            runs[retask] = simulate(plan, people)
        starts = {key: [row[0] for row in fetched(run)] for key, run in runs.items()}
        if starts[True] != starts[False]:
            asked += 1
            # The second is reached earlier, the first later, and both are reached.
            assert starts[True][1] < starts[False][0]
            assert starts[True][0] > starts[False][0]
            assert len(runs[True].trips) == 2
        times[seed] = starts
    assert 3 < asked < 37


def test_a_unit_is_sent_elsewhere_twice_in_an_instant():
    """Two reports of the same time may both be nearer than where it is going."""
    distance = dataclasses.replace(fixed(20.0), kind="uniform", mean=None, low=5.0, high=100.0)
    first = []
    for seed in range(40):
        people = boatload([0.0, 1.0, 1.0, 1.0], [10] * 4, label=f"twice {seed}")
        plan = at_sea(
            boats(1), distance=distance, sector=(0.0, 360.0), retask=True, run_length=900.0
        )
        records = simulate(plan, people)
        assert [row[2] for row in fetched(records)] == ["served"] * 4
        first.append(int(np.nanargmin([row[0] for row in fetched(records)])))
    assert len(set(first)) == 4


def test_a_unit_is_called_home_when_people_got_out_by_themselves():
    plan = at_sea(
        boats(1), holds_out=fixed(3.0), self_arrival=1.0, sector=(0.0, 360.0), retask=True
    )
    records = simulate(plan, boatload([0.0], [5]))
    # Departed at 1.5, half of the way behind it at 3: home at 4.5, ready at 5.5.
    assert fetched(records) == [(None, 3.0, "self_arrived")]
    assert records.trips[["landed", "returned"]].round(6).to_numpy().tolist() == [[4.5, 5.5]]
    # Another report takes it over on its way.
    busy = simulate(plan, boatload([0.0, 0.5], [5, 5]))
    assert len(busy.trips) == 1 or busy.trips["persons"].sum() == 0


def test_a_search_ends_when_the_group_is_gone():
    """No boat searches on for people of whom nobody is left to find."""
    plan = at_sea(search_area=1e9, holds_out=fixed(10.0), self_arrival=1.0)
    records = simulate(plan, boatload([0.0], [5]))
    assert records.trips["searched"].tolist() == [10.0 - 3.5]
    assert records.trips["returned"].tolist() == [10.0 + 2.0 + 1.0]


def test_a_search_is_called_off_by_time_or_by_probability():
    people = boatload([0.0], [5])
    timed = simulate(at_sea(search_area=1e9, search_limit=4.0), people)
    assert timed.trips["searched"].tolist() == [4.0]
    assert fetched(timed) == [(None, None, "waiting")]
    u = people.uniform("rescue.search")[0]
    enough = 0.9 * (1 - u)
    area = 100.0
    likely = simulate(at_sea(search_area=area, call_off=enough), people)
    hours = -math.log(1 - enough) / (0.5 * 8.0 / area)
    assert likely.trips["searched"].tolist() == pytest.approx([hours])
    assert incident(likely).pod == pytest.approx(enough)
    assert math.isnan(incident(likely).found)
    # With a little more patience the group is found.
    found = simulate(at_sea(search_area=area, call_off=1 - u * 0.9), people)
    assert fetched(found)[0][2] == "served"


def test_with_a_limit_units_search_on_for_people_who_are_gone_without_word():
    plan = at_sea(search_area=1e9, search_limit=20.0, holds_out=fixed(10.0))
    records = simulate(plan, boatload([0.0], [5]))
    assert fetched(records) == [(None, 10.0, "not_reached")]
    assert records.trips["searched"].tolist() == [20.0]


def test_two_units_find_sooner_than_one():
    people = boatload([0.0], [5])
    one, two = (
        fetched(simulate(at_sea(boats(n, seats=3), search_area=50.0, units_per_incident=n), people))
        for n in (1, 2)
    )
    searched = one[0][0] - 3.5
    assert two[0][0] == pytest.approx(3.5 + searched / 2)


def test_the_area_grows_while_they_drift():
    people = boatload([0.0], [5])
    u = people.uniform("rescue.search")[0]
    found = fetched(simulate(at_sea(search_area=20.0, drift=0.5), people))[0][0]
    radius = math.sqrt(20.0 / math.pi) + 0.5 * 2.5
    inverse = 1 / radius + math.log(u) * math.pi * 0.5 / (0.5 * 8.0)
    expected = 3.5 + (1 / inverse - radius) / 0.5 if inverse > 0 else None
    assert found == (None if expected is None else pytest.approx(expected))


def tanker(**changed):
    values = {
        "name": "tankers",
        "per_day": 24.0 * 1000,
        "seats": 8,
        "speed": 20.0,
        "search_speed": 20.0,
        "sweep_width": 1.0,
        "sweep_width_in_water": 0.1,
        "boarding": 0.5,
    }
    return PassingVessels(**(values | changed))


def test_vessels_that_pass_by_take_people_on_board():
    plan = at_sea(boats(0), passing=(tanker(),))
    records = simulate(plan, boatload([0.0] * 2, [6, 6], [0, 0]))
    one = incident(records)
    # About at the call: one group fits, and lands 20 km away at 20 km/h.
    assert one.by_passing == 6
    assert fetched(records)[0] == (
        pytest.approx(1.0, abs=0.05),
        pytest.approx(2.5, abs=0.05),
        "served",
    )
    assert fetched(records)[1][2] == "waiting"
    assert len(records.trips) == 0


def test_vessels_pass_by_also_where_nobody_was_called_and_not_in_rough_seas():
    unheard = at_sea(boats(0), passing=(tanker(),), unheard=1.0)
    assert incident(simulate(unheard, boatload([0.0], [6]))).by_passing == 6
    rough = strait(states=(WeatherState("rough", 1.0, 3.0, 5.0),))
    plan = at_sea(boats(0), passing=(tanker(wave_limit=2.0),), weather="strait", weathers=(rough,))
    assert incident(simulate(plan, boatload([0.0], [6]))).by_passing == 0


def test_vessels_search_like_units():
    people = boatload([0.0], [6])
    plan = at_sea(boats(0), passing=(tanker(),), search_area=50.0)
    records = simulate(plan, people)
    u = people.uniform("rescue.search")[0]
    assert incident(records).found == pytest.approx(1.0 - math.log(u) / (20.0 / 50.0), abs=0.05)


def test_people_are_landed_at_a_place_of_safety_and_wait_outside_until_let_in():
    # Incidents lie at (20, 0), the port at (20, 40): 4 h of way; home is 44.7 km from there.
    port = PlaceOfSafety("port", (20.0, 40.0), 1.0)
    east = {"sector": (90.0, 90.0 + 1e-9), "places_of_safety": (port,)}
    records = simulate(at_sea(**east), boatload([0.0], [5]))
    assert fetched(records) == [(3.5, 3.75 + 4.0, "served")]
    trip = records.trips.iloc[0]
    assert trip.returned == pytest.approx(7.75 + math.hypot(20, 40) / 10 + 1.0)
    waits = simulate(at_sea(**east, safety_wait=fixed(30.0)), boatload([0.0], [5]))
    assert fetched(waits)[0][1] == pytest.approx(3.75 + 30.0)
    # A ship whose endurance runs out is let in.
    short = at_sea(boats(endurance=12.0), **east, safety_wait=fixed(30.0))
    assert fetched(simulate(short, boatload([0.0], [5])))[0][1] == pytest.approx(1.5 + 12.0)


def test_places_of_safety_are_assigned_by_their_shares():
    near, far = PlaceOfSafety("near", (0.0, 0.0), 0.7), PlaceOfSafety("far", (0.0, 500.0), 0.3)
    plan = at_sea(boats(100), places_of_safety=(near, far), run_length=500.0)
    records = simulate(plan, boatload(np.arange(100) / 10, [5] * 100))
    times = rows_of(records, "rescue")
    on_board = times["ended"] - times["started"]
    assert 15 < (on_board > 20.0).sum() < 45


def test_without_searching_a_unit_that_finds_nobody_says_so():
    plan = at_sea(search_limit=10.0, holds_out=fixed(3.0))
    records = simulate(plan, boatload([0.0], [5]))
    assert len(records.trips) == 1
    assert records.trips["persons"].tolist() == [0]


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"officers": Steps.constant(1)}, "officers and call_time belong together"),
        ({"retask": True}, "retask needs a sector"),
        ({"units_per_incident": 0}, "units_per_incident is 0; at least 1"),
        ({"places_of_safety": (PlaceOfSafety("p", (0.0, 0.0), 0.5),)}, "sum to 0.5, not to 1"),
        ({"call_off": 0.0}, "call_off is 0; it lies above 0"),
        ({"unheard": 1.5}, "unheard is 1.5; a share lies"),
        ({"aid": (Aid("rescue", 1.0, 2.0),)}, "aid of rescue is 2; a share lies"),
        ({"relay": Relay("rescue", 2.0, fixed(1.0))}, "relay.share is 2; a share lies"),
        ({"aid": (Aid("nobody", 1.0, 0.5),)}, "there is no rescue 'nobody'"),
        ({"relay": Relay("nobody", 0.5, fixed(1.0))}, "there is no rescue 'nobody'"),
        ({"weather": "sea"}, "there is no weather 'sea'"),
        ({"drift": -1.0}, "drift is -1; it cannot be negative"),
        ({"search_limit": 0.0}, "search_limit is 0; it must be above 0"),
        ({"capsizing": CAPSIZES, "search_area": 1.0}, "boats cannot find people in the water"),
        (
            {"capsizing": dataclasses.replace(CAPSIZES, lifejackets=2.0)},
            "lifejackets is 2; a share lies",
        ),
        (
            {"capsizing": dataclasses.replace(CAPSIZES, water_temperature=45.0)},
            "water_temperature is 45 degC; water lies between -2 and 40",
        ),
        ({"heat": Heat(-5.0, 1.0)}, "heat: temperature is -5 degC; .* between 0 and 60"),
        ({"passing": (tanker(per_day=0.0),)}, "tankers.per_day is 0; it must be above 0"),
    ],
)
def test_impossible_services_are_refused(changed, message):
    with pytest.raises(NetworkError, match=message):
        at_sea(**changed)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"readiness_by_hour": (1.0,) * 23}, "readiness_by_hour needs 24 times"),
        ({"crew_hours": 5.0}, "crew_hours needs a crew_rest above 0"),
        ({"endurance": 0.0}, "endurance is 0; it must be above 0"),
        ({"boarding_per_person": -1.0}, "boarding_per_person is -1; it cannot be negative"),
    ],
)
def test_impossible_units_are_refused(changed, message):
    with pytest.raises(NetworkError, match=message):
        at_sea(boats(**changed))
