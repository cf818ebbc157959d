"""Transport on demand, mobilization, weather, destinations: exact times."""

import numpy as np
import pytest
from small_networks import (
    fixed,
    lognormal,
    network,
    outcomes,
    population,
    rows_of,
    site,
    states_of,
    strait,
    trigger,
    trucks,
)

from simulation.calendars import Steps
from simulation.engine import simulate
from simulation.network import NetworkError
from simulation.weather import WeatherSeries


def plan_with(vehicles=1, run_length=96.0, **changed):
    """Everyone asks for a seat on arrival."""
    own = {"triggers": changed.pop("triggers", ()), "weathers": (strait(persistence=0.0),)}
    return network(
        run_length,
        sites=(site(onward="trucks", onward_share=1.0),),
        transports=(trucks(vehicles, **changed),),
        **own,
    )


def departures(plan, people):
    """When each group left, in order of arrival."""
    rows = rows_of(simulate(plan, people), "onward").sort_values("group")
    return [None if np.isnan(t) else round(t, 9) for t in rows["started"]]


def on_demand(vehicles=1, **changed):
    return plan_with(vehicles, on_demand=True, **({"seats": 4} | changed))


def test_vehicle_leaves_when_full():
    people = population([1.0, 2.0, 3.0, 4.0, 5.0])
    assert departures(on_demand(), people) == [4.0, 4.0, 4.0, 4.0, None]


def test_vehicle_leaves_after_the_longest_wait_though_not_full():
    people = population([1.0, 2.0, 30.0])
    assert departures(on_demand(longest_wait=6.0), people) == [7.0, 7.0, 36.0]


def test_nobody_waits_where_the_longest_wait_is_zero():
    people = population([1.0, 2.0, 3.0])
    assert departures(on_demand(10, longest_wait=0.0), people) == [1.0, 2.0, 3.0]


def test_the_next_vehicle_leaves_when_it_is_back():
    people = population(np.ones(12))
    plan = on_demand(2, return_time=3.0)
    assert departures(plan, people) == [1.0] * 8 + [6.0] * 4
    busy = [(t, b) for t, b, _, _ in states_of(simulate(plan, people), plan, "trucks")]
    assert busy == [(0.0, 0), (1.0, 2), (6.0, 1), (11.0, 0)]


def test_vehicle_is_ready_a_mobilization_after_the_call():
    people = population([1.0, 2.0, 3.0, 4.0])
    assert departures(on_demand(mobilization=fixed(5.0)), people) == [9.0] * 4


def test_who_comes_during_the_mobilization_boards_too():
    people = population([1.0, 4.0])
    plan = on_demand(longest_wait=1.0, mobilization=fixed(3.0))
    assert departures(plan, people) == [5.0, 5.0]


def test_vehicles_of_a_timetable_are_called_once():
    """Asked for at 7 and ready at 27, they miss the departure at 8 of the first two days."""
    plan = plan_with(mobilization=fixed(26.0))
    assert departures(plan, population([7.0, 34.0])) == [56.0, 56.0]
    assert departures(plan_with(mobilization=fixed(1.0)), population([7.0, 31.0])) == [8.0, 32.0]


def test_mobilization_is_drawn_for_every_trip():
    people = population(np.ones(8))
    left = departures(on_demand(2, mobilization=lognormal(5.0, 2.0)), people)
    assert len(set(left)) == 2
    assert left == departures(on_demand(2, mobilization=lognormal(5.0, 2.0)), people)


def test_household_larger_than_a_vehicle_leaves_in_parts():
    plan = on_demand(2, longest_wait=2.0)
    people = population([1.0], 6)
    records = simulate(plan, people)
    assert outcomes(records) == ["moved_onward"]
    # A full vehicle at once, the rest after the longest wait.
    assert departures(plan, people) == [3.0]


def test_household_that_does_not_fit_is_passed():
    plan = on_demand(3, longest_wait=10.0, mobilization=fixed(2.0))
    assert departures(plan, population([1.0, 2.0, 3.0], [2, 3, 2])) == [4.0, 14.0, 4.0]


def test_nobody_leaves_in_bad_weather():
    plan = plan_with(50, 480.0, weather="strait", wave_limit=1.0)
    people = population(np.arange(480.0))
    left = np.array([t for t in departures(plan, people) if t is not None])
    series = WeatherSeries(plan.weathers[0], plan.start, 20, people.streams)
    open_days = set(np.flatnonzero(series.workable(1.0)))
    assert {int(t // 24) for t in left} <= open_days
    assert 0 < len(open_days) < 20
    on_call = on_demand(200, run_length=480.0, weather="strait", wave_limit=1.0, longest_wait=1.0)
    left = np.array([t for t in departures(on_call, people) if t is not None])
    assert {int(t // 24) for t in left} <= open_days
    # On the first open hour after a storm those who waited leave at once.
    first = next(day for day in sorted(open_days) if day and day - 1 not in open_days)
    assert (left == 24.0 * first).any()


def test_vehicles_added_by_a_trigger_wait_for_the_weather_too():
    more = trigger("trucks", facility="trucks", added=Steps.constant(5), when={"above": 0.0})
    plan = plan_with(0, 480.0, weather="strait", wave_limit=1.0, triggers=(more,))
    people = population(np.arange(480.0))
    left = [t for t in departures(plan, people) if t is not None]
    series = WeatherSeries(plan.weathers[0], plan.start, 20, people.streams)
    assert left
    assert {int(t // 24) for t in left} <= set(np.flatnonzero(series.workable(1.0)))


@pytest.mark.parametrize("way", ["timetable", "on demand"])
def test_nobody_leaves_for_a_full_destination(way):
    changed = {"destination_places": Steps.constant(4), "destination_stay": fixed(24.0)}
    people = population([1.0] * 6)
    if way == "timetable":
        plan = plan_with(3, **changed)
        # Four arrive at 10 and stay until 34, so the next leave at 56.
        assert departures(plan, people) == [8.0] * 4 + [56.0] * 2
    else:
        plan = on_demand(3, seats=2, **changed)
        assert departures(plan, people) == [1.0] * 4 + [27.0] * 2


def test_places_never_free_again_are_a_quota():
    plan = on_demand(9, seats=2, destination_places=Steps.constant(4), run_length=2000.0)
    assert departures(plan, population([1.0] * 6)) == [1.0] * 4 + [None] * 2


def test_places_added_at_the_destination_let_people_leave():
    places = Steps((0.0, 50.0), (0, 10))
    plan = on_demand(9, seats=2, destination_places=places)
    assert departures(plan, population([1.0] * 4)) == [50.0] * 4


def test_vehicle_called_for_nobody_left_stays():
    """The mobilization is over when the places at the destination are gone."""
    places = Steps((0.0, 3.0), (10, 0))
    plan = on_demand(1, seats=2, destination_places=places, mobilization=fixed(4.0))
    assert departures(plan, population([1.0] * 4)) == [None] * 4


@pytest.mark.parametrize("vehicles", [0, 1, 50])
@pytest.mark.parametrize("persons", [1, 16])
def test_nobody_is_lost_or_doubled(vehicles, persons):
    plan = on_demand(
        vehicles,
        seats=5,
        longest_wait=7.0,
        run_length=400.0,
        mobilization=lognormal(3.0, 2.0),
        destination_places=Steps((0.0, 100.0), (60, 200)),
        destination_stay=lognormal(20.0, 9.0),
    )
    people = population(np.sort(np.random.default_rng(1).uniform(0, 200, 80)), persons)
    records = simulate(plan, people)
    rows = rows_of(records, "onward")
    assert sorted(rows["group"]) == list(range(80))
    left = rows.dropna(subset="started")
    assert (len(left) > 0) == (vehicles > 0)
    for _, busy, waiting, capacity in states_of(records, plan, "trucks"):
        assert 0 <= busy <= capacity
        assert 0 <= waiting <= 80 * persons


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"longest_wait": 5.0}, r"longest_wait belongs to vehicles on demand"),
        ({"on_demand": True, "longest_wait": -1.0}, r"longest_wait is -1"),
        ({"destination_stay": fixed(1.0)}, r"destination_stay needs destination_places"),
        ({"wave_limit": 1.0}, r"its limit of the waves needs a weather"),
        ({"weather": "sun", "wave_limit": 1.0}, r"there is no weather 'sun'"),
    ],
)
def test_impossible_transport_is_refused(changed, said):
    with pytest.raises(NetworkError, match=said):
        plan_with(**changed)
