"""Rescue: nobody is lost or doubled, no unit does two things; search and dispatch obey theory."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_networks import (
    ENDLESS,
    boats,
    exponential,
    fixed,
    inflow,
    interval,
    network,
    poisson_population,
    population,
    rescue,
)

from simulation.calendars import Steps
from simulation.engine import simulate
from simulation.measures import measure
from simulation.parts import Aid, Capsizing, PassingVessels, PlaceOfSafety
from simulation.rescue_theory import (
    alive_when_found,
    detection_in_growing_area,
    loss_of_two_units,
)
from simulation.streams import Streams

pytestmark = pytest.mark.untraced  # many small runs of lines that other tests cover

QUARTERS = st.integers(0, 120).map(lambda n: n / 4)


@st.composite
def services(draw):
    """Two services, the second lends; what they have and meet is drawn."""
    kinds = [
        boats(
            draw(st.integers(0, 3)),
            name=f"boats {n}",
            seats=draw(st.integers(3, 25)),
            endurance=draw(st.sampled_from([math.inf, 6.0, 12.0])),
            crew_hours=draw(st.sampled_from([math.inf, 5.0])),
            crew_rest=6.0,
            boarding_per_person=draw(st.sampled_from([0.0, 0.05])),
            sweep_width_in_water=0.05,
        )
        for n in range(3)
    ]
    capsizing = Capsizing(0.7, exponential(6.0), water_temperature=15.0, lifejackets=0.5)
    vessels = PassingVessels("tankers", 2.0, 12, 20.0, 15.0, 1.0, 0.05, 0.5)
    own = rescue(
        *kinds[:2],
        distance=exponential(20.0),
        holds_out=exponential(20.0),
        self_arrival=0.4,
        search_area=draw(st.sampled_from([0.0, 30.0])),
        drift=draw(st.sampled_from([0.0, 0.5])),
        call_off=draw(st.sampled_from([1.0, 0.9])),
        sector=draw(st.sampled_from([None, (0.0, 180.0)])),
        units_per_incident=draw(st.integers(1, 3)),
        capsizing=draw(st.sampled_from([None, capsizing])),
        bodies_recovered=0.3,
        passing=draw(st.sampled_from([(), (vessels,)])),
        aid=draw(st.sampled_from([(), (Aid("other", 2.0, 0.5),)])),
        officers=Steps.constant(1),
        call_time=fixed(0.5),
        places_of_safety=draw(st.sampled_from([(), (PlaceOfSafety("port", (0.0, 30.0), 1.0),)])),
        safety_wait=fixed(3.0),
    )
    other = rescue(kinds[2], name="other", position=(40.0, 0.0))
    return network(150.0, inflows=(inflow(cut_off=1.0, rescue="rescue"),), rescues=(own, other))


@st.composite
def boatloads(draw):
    times = sorted(draw(st.lists(QUARTERS, min_size=0, max_size=8)))
    loads = [draw(st.integers(1, 4)) for _ in times]
    boat = np.repeat(np.arange(len(times)), loads)
    sizes = np.array([draw(st.integers(1, 12)) for _ in boat], dtype=np.int64)
    return population(np.repeat(times, loads), sizes, cut_off=True, boat=boat)


@given(plan=services(), people=boatloads())
@settings(max_examples=40)
def test_everybody_has_one_outcome_and_no_unit_does_two_things(plan, people):
    records = simulate(plan, people)
    values = measure(records, plan)
    assert values["persons_by_outcome"].sum() == people.persons.sum()
    dead = values["total_deaths_in_transit"]
    assert values["deaths_in_transit"][:3].sum() == dead
    ends = records.incidents[
        ["rescued", "self_arrived", "not_reached", "recovered_dead", "missing"]
    ].sum(axis=1)
    open_ = records.incidents["closed"].isna()
    assert (ends[~open_] == records.incidents["persons"][~open_]).all()
    assert (ends <= records.incidents["persons"]).all()
    assert records.incidents[["recovered_dead", "missing"]].to_numpy().sum() == dead
    for _, trips in records.trips.groupby(["facility", "unit"]):
        ordered = trips.sort_values("ordered")
        begins, back = ordered["ordered"].to_numpy(), ordered["returned"].to_numpy()
        assert (begins[1:] >= back[:-1] - 1e-9).all()
    kinds = {kind.name: kind for one in plan.rescues for kind in one.units}
    for trip in records.trips.itertuples():
        kind = kinds[plan.facilities[trip.facility]]
        assert trip.landed - trip.departed <= kind.endurance + 1e-6
        assert trip.searched >= 0


def covers(values, number):
    low, high = interval(values)
    return low < number < high


def alone(count, replication):
    return population(
        np.arange(count) * 1e-3, cut_off=True, streams=Streams(11, replication), label="search"
    )


def searching(**changed):
    fleet = boats(ENDLESS, seats=1, readiness=0.0, boarding=0.0)
    return network(
        60.0,
        inflows=(inflow(cut_off=1.0, rescue="rescue"),),
        rescues=(rescue(fleet, alert_delay=fixed(0.0), **changed),),
    )


def test_searches_of_a_growing_area_find_what_theory_says():
    plan = searching(search_area=20.0, drift=0.4, search_limit=5.0, holds_out=fixed(ENDLESS))
    found = [simulate(plan, alone(400, r)).incidents["found"].notna().mean() for r in range(25)]
    search = {"sweep_width": 0.5, "speed": 8.0, "area": 20.0, "drift": 0.4, "begins": 2.0}
    assert covers(found, detection_in_growing_area(**search, lasts=5.0))
    assert not covers(found, detection_in_growing_area(**(search | {"speed": 8.8}), lasts=5.0))
    assert not covers(found, detection_in_growing_area(**(search | {"drift": 0.5}), lasts=5.0))


def test_people_in_the_water_survive_until_found_as_theory_says():
    water = Capsizing(1.0, fixed(0.0), water_temperature=15.0, lifejackets=1.0)
    fleet = boats(
        ENDLESS, seats=1, readiness=0.0, boarding=0.0, turnaround=0.0, sweep_width_in_water=0.5
    )
    plan = network(
        200.0,
        inflows=(inflow(cut_off=1.0, rescue="rescue"),),
        rescues=(rescue(fleet, alert_delay=fixed(0.0), search_area=8.0, capsizing=water),),
    )
    alive = [
        (lambda i: i["rescued"].sum() / len(i))(simulate(plan, alone(400, r)).incidents)
        for r in range(25)
    ]
    search = {"detection_rate": 0.5, "begins": 2.0, "temperature": 15.0, "lifejacket": True}
    assert covers(alive, alive_when_found(**search))
    assert not covers(alive, alive_when_found(**(search | {"detection_rate": 0.6})))


def test_two_unlike_units_lose_calls_as_theory_says():
    """An incident that no unit can go to at once is over before one comes back."""
    kinds = [
        boats(1, name=name, seats=1, speed=speed, readiness=0.0, boarding=0.0, turnaround=0.0)
        for name, speed in (("fast", 4.0), ("slow", 2.0))
    ]
    plan = network(
        2000.0,
        inflows=(inflow(cut_off=1.0, rescue="rescue"),),
        rescues=(
            rescue(
                *kinds,
                alert_delay=fixed(0.0),
                distance=exponential(2.0),
                holds_out=fixed(1e-6),
            ),
        ),
    )
    lost = []
    for replication in range(25):
        people = poisson_population(0.8, 2000.0, replication)
        people.cut_off[:] = True
        incidents = simulate(plan, people).incidents
        lost.append(incidents["dispatched"].isna()[incidents["began"] > 50].mean())
    theory = {"arrival_rate": 0.8, "rates": (1.0, 0.5)}
    assert covers(lost, loss_of_two_units(**theory))
    assert not covers(lost, loss_of_two_units(**(theory | {"arrival_rate": 0.84})))
    assert not covers(lost, loss_of_two_units(arrival_rate=0.8, rates=(1.0, 1.0)))


def test_a_second_unit_spares_the_second_group_the_shared_trip():
    people = population([0.0, 0.1, 3.0], [5, 5, 10], cut_off=True)

    def reached(units):
        plan = network(
            100.0,
            inflows=(inflow(cut_off=1.0, rescue="rescue"),),
            rescues=(rescue(boats(units), alert_delay=fixed(0.0)),),
        )
        return simulate(plan, people).incidents["found"].round(6).tolist()

    one, two = reached(1), reached(2)
    # With one unit the first two share a trip and it is back at 6; with two both are out then.
    assert one[:2] == pytest.approx([2.5, 2.75])
    assert two[1] < one[1]
    assert two[2] >= 3.0
