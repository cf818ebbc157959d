"""Who comes is drawn once for plans that meet the same people."""

from dataclasses import fields, replace

import numpy as np
import pytest
import xarray as xr
from small_networks import START, inflow, network, population, reception, site, strait

from simulation.experiments import Futures, replicate
from simulation.kept_people import KeptPeople, who_comes


class Spy:
    """A network that tells what is asked of it."""

    def __init__(self, real):
        self.real, self.asked = real, set()

    def __getattr__(self, name):
        self.asked.add(name)
        return getattr(self.real, name)


def outlook(persons):
    return xr.DataArray(
        np.array(persons, dtype=float).reshape(len(persons), 1, 1, 1),
        dims=("sample", "time", "location", "cause"),
        coords={
            "time": [np.datetime64(START, "ns")],
            "location": ["here"],
            "cause": ["flood"],
        },
        attrs={"period": "month"},
    )


def plan(places=10, **changed):
    parts = {"sites": (site(places, starting_stock=7),), "weathers": (strait(),)}
    return network(48.0, **parts, inflows=(inflow(weather="strait"),), **changed)


def test_people_depend_on_nothing_that_is_not_in_the_key():
    real = plan()
    spy = Spy(real)
    Futures.of(outlook([3000.0]), real).people(spy, 1, 0)
    known = {"start", "run_length", "inflows", "sites", "weathers", "days"}
    assert spy.asked <= known | {"weather_series", "weather"}
    assert "inflows" in spy.asked


def test_plans_of_other_capacities_meet_the_same_people():
    same, other = plan(), plan(places=3, receptions=(reception(vulnerable_first=True),))
    assert who_comes(same) == who_comes(other)
    futures = Futures.of(outlook([3000.0]), same)
    first, second = futures.people(same, 1, 0), futures.people(other, 1, 0)
    for field in fields(first):
        mine, others = getattr(first, field.name), getattr(second, field.name)
        assert np.array_equal(mine, others) if isinstance(mine, np.ndarray) else mine == others


@pytest.mark.parametrize(
    "changed",
    [
        {"inflows": (inflow(share=0.5, weather="strait"),)},
        {"weathers": (strait(persistence=0.9),)},
        {"sites": (site(10, starting_stock=8),)},
        {"run_length": 24.0},
    ],
)
def test_what_changes_people_changes_the_key(changed):
    assert who_comes(replace(plan(), **changed)) != who_comes(plan())


def test_people_are_drawn_once_and_cannot_be_changed():
    kept, drawn = KeptPeople(), []

    def draw():
        drawn.append(1)
        return population([0.0, 1.0])

    first = kept.get("plan", 0, draw)
    kept.keep("plan", 0, first)
    assert kept.get("plan", 0, draw) is first
    assert len(drawn) == 1
    with pytest.raises(ValueError, match="read-only"):
        first.persons[0] = 9
    kept.get("plan", 1, draw)
    kept.get("another plan", 0, draw)
    assert kept.get("plan", 0, draw) is not first
    assert len(drawn) == 4


def test_what_does_not_fit_is_drawn_again():
    kept = KeptPeople(most_bytes=1000)
    first = kept.get("plan", 0, lambda: population([0.0] * 50))
    kept.keep("plan", 0, first)
    assert kept.get("plan", 0, lambda: population([0.0] * 50)) is not first


def test_people_are_kept_without_what_they_drew_where_that_does_not_fit():
    people = population([0.0] * 50)
    size = sum(getattr(people, f.name).nbytes for f in fields(people) if f.name != "streams")
    kept = KeptPeople(most_bytes=size + 100)
    kept.get("plan", 0, lambda: people)
    for drawn, is_kept in ((np.zeros(12), True), (np.zeros(13), False)):
        people.memo["engine"] = drawn
        kept.keep("plan", 0, people)
        assert ("engine" in people.memo) == is_kept
        assert kept.get("plan", 0, population) is people
    other = population([0.0] * 5)
    kept.keep("plan", 1, other)
    assert kept.get("plan", 1, lambda: population([0.0])) is not other, "there is no room left"


def test_people_of_a_plan_that_was_left_meanwhile_are_not_kept():
    kept = KeptPeople()
    people = kept.get("plan", 0, lambda: population([0.0]))
    kept.get("another plan", 0, lambda: population([0.0]))
    kept.keep("plan", 0, people)
    assert kept.get("plan", 0, lambda: population([1.0])) is not people


def test_measures_do_not_depend_on_what_was_run_before():
    first, other = plan(), plan(places=3)
    one, two = outlook([3000.0, 6000.0]), outlook([6000.0, 3000.0])
    alone = replicate(other, Futures.of(two, other), replications=2, seed=1, workers=1)
    for before in (one, two):
        replicate(first, Futures.of(before, first), replications=2, seed=1, workers=1)
        again = replicate(other, Futures.of(two, other), replications=2, seed=1, workers=1)
        assert again.identical(alone)
    assert not np.array_equal(
        alone["persons_entered"],
        replicate(other, Futures.of(one, other), replications=2, seed=1, workers=1)[
            "persons_entered"
        ],
    )
