"""Boats that capsize and heat on land: who dies, who is found, and who is counted.

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
    outcomes,
    rows_of,
)

from simulation.engine import simulate
from simulation.parts import (
    Capsizing,
    Heat,
)


def test_people_of_a_boat_that_capsizes_die_one_by_one():
    plan = at_sea(boats(seats=50), capsizing=CAPSIZES, bodies_recovered=0.4)
    people = boatload([0.0] * 6, [10] * 6, [0] * 6)
    records = simulate(plan, people)
    one, groups = incident(records), records.groups
    assert one.capsized == 2.0
    # Found at 3.5, after 1.5 h in water of 15 degrees: some without a lifejacket are dead.
    assert 0 < one.recovered_dead + one.missing < 60
    assert one.rescued + one.recovered_dead + one.missing == 60
    lost = groups["recovered_dead"] + groups["missing"]
    assert lost.sum() == one.recovered_dead + one.missing
    assert set(outcomes(records)) <= {"returned_home", "missing", "recovered_dead"}
    served = rows_of(records, "placement")
    survivors = (groups["persons"] - lost)[lost < groups["persons"]]
    assert served["persons"].tolist() == survivors.tolist()


def test_a_unit_in_time_prevents_the_capsizing():
    later = dataclasses.replace(CAPSIZES, after=fixed(3.6))
    records = simulate(at_sea(boats(seats=50), capsizing=later), boatload([0.0], [10]))
    assert math.isnan(incident(records).capsized)
    assert incident(records).rescued == 10


def test_capsized_boats_are_harder_to_find():
    people = boatload([0.0], [10])
    warm = Capsizing(1.0, fixed(4.5), water_temperature=30.0, lifejackets=1.0)
    kind = boats(seats=50, sweep_width_in_water=0.05)
    afloat = simulate(at_sea(kind, search_area=40.0), people)
    swimming = simulate(at_sea(kind, search_area=40.0, capsizing=warm, run_length=400.0), people)
    first, second = (incident(run).found - 3.5 for run in (afloat, swimming))
    assert first > 1.0
    # One hour afloat, then ten times slower.
    assert second == pytest.approx(1.0 + (first - 1.0) * 10)


def test_nobody_gets_out_of_the_water_by_themselves():
    plan = at_sea(
        boats(0), capsizing=CAPSIZES, holds_out=fixed(5.0), self_arrival=1.0, run_length=500.0
    )
    records = simulate(plan, boatload([0.0], [10]))
    assert fetched(records)[0][2] == "lost"
    assert outcomes(records) == ["missing"]
    assert incident(records).missing == 10


def test_bodies_may_be_recovered():
    plan = at_sea(boats(0), capsizing=CAPSIZES, bodies_recovered=1.0, run_length=500.0)
    records = simulate(plan, boatload([0.0], [10]))
    assert outcomes(records) == ["recovered_dead"]
    assert records.groups[["recovered_dead", "missing"]].to_numpy().tolist() == [[10, 0]]


def test_who_of_a_group_died_is_counted():
    plan = at_sea(boats(0), capsizing=CAPSIZES, run_length=500.0)
    people = boatload(
        [0.0],
        [10],
        children=np.array([6]),
        under_five=np.array([2]),
        women=np.array([3]),
        vulnerable=np.array([4]),
    )
    lost = simulate(plan, people).groups.iloc[0]
    names = ("lost_children", "lost_under_five", "lost_women", "lost_vulnerable")
    assert [lost[name] for name in names] == [6, 2, 3, 4]


def test_heat_kills_those_who_wait_too_long_on_land():
    desert = Heat(temperature=48.0, water=0.0)
    plan = at_sea(boats(0), heat=desert, run_length=1000.0)
    records = simulate(plan, boatload([0.0], [10]))
    assert fetched(records)[0][2] == "lost"
    assert 24 * 2.5 < fetched(records)[0][1] < 24 * 10
    partly = at_sea(
        boats(0), heat=desert, run_length=1000.0, holds_out=fixed(60.0), self_arrival=1.0
    )
    records = simulate(partly, boatload([0.0] * 8, [10] * 8, [0] * 8))
    one = incident(records)
    assert 0 < one.self_arrived < 80
    assert one.self_arrived + one.missing == 80
    in_time = simulate(at_sea(boats(seats=50), heat=desert), boatload([0.0], [10]))
    assert incident(in_time).rescued == 10
