"""The search finds what a brute-force grid finds, and what Erlang says for desks and places."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_networks import (
    desk,
    exponential,
    fixed,
    network,
    poisson_population,
    reception,
    site,
    states_of,
)

from simulation import theory
from simulation.capacity_search import CapacitySearch, Range, Trial
from simulation.engine import simulate

CHANCE = st.floats(0.05, 1.0)


def needs(seed, replications, dims=1):
    """Futures that each need a weighted sum of capacities, so that more never harms."""
    generator = np.random.default_rng(seed)
    weights = generator.uniform(0.2, 2.0, (replications, dims))
    need = generator.gamma(2.0, 8.0, replications)
    return lambda numbers: weights @ np.array(numbers) >= need


@given(seed=st.integers(0, 500), chance=CHANCE, high=st.integers(0, 60), sure=st.booleans())
def test_one_capacity_is_that_of_the_grid(seed, chance, high, sure):
    search = CapacitySearch([Range("beds", 0, high)], needs(seed, 40), chance, sure)
    grid = [n for n in range(high + 1) if search.accepts(Trial((n,), held(search, n), 40, n))]
    found = search.smallest()
    assert (found.numbers[0] if found else None) == (grid[0] if grid else None)
    assert len(search.trials) <= 8
    assert search.contradictions() == []


def held(search, *numbers):
    return int(search.holds(numbers).sum())


@given(seed=st.integers(0, 200), chance=CHANCE)
def test_two_capacities_are_those_of_the_grid(seed, chance):
    ranges = [Range("beds", 0, 9, cost=3.0), Range("desks", 1, 20, cost=2.0)]
    search = CapacitySearch(ranges, needs(seed, 30, 2), chance)
    boundary = search.boundary(steps=10)
    grid = {
        numbers: 3.0 * numbers[0] + 2.0 * numbers[1]
        for numbers in itertools.product(range(10), range(1, 21))
        if held(search, *numbers) >= chance * 30
    }
    assert bool(boundary) == bool(grid)
    if grid:
        assert boundary[0].cost == min(grid.values())
    for trial in boundary:
        first, second = trial.numbers
        assert (first, second) in grid
        assert (first, second - 1) not in grid


@given(seed=st.integers(0, 100))
def test_nothing_tried_beats_the_frontier(seed):
    ranges = [Range("beds", 0, 9, cost=3.0), Range("desks", 1, 20, cost=2.0)]
    search = CapacitySearch(ranges, needs(seed, 30, 2), 0.8)
    search.boundary(steps=4)
    frontier = search.frontier()
    for one, after in itertools.pairwise(frontier):
        assert one.cost < after.cost
        assert one.held < after.held
    for trial in search.trials.values():
        assert any(f.cost <= trial.cost and f.held >= trial.held for f in frontier)


def test_more_that_harms_is_told():
    search = CapacitySearch([Range("beds", 0, 3)], lambda n: np.arange(10) > n[0], 0.5)
    assert search.smallest().numbers == (0,)
    less, more = search.contradictions()[0]
    assert less.numbers < more.numbers
    assert more.held < less.held


def test_a_bound_from_a_neighbor_that_does_not_hold_is_passed():
    """With two of the first, five of the second are not enough as they were with one."""

    def holds(numbers):
        first, second = numbers
        return np.full(10, second >= (5 if first == 1 else 8))

    told = []
    ranges = [Range("beds", 1, 2), Range("desks", 0, 9)]
    search = CapacitySearch(ranges, holds, 1.0, told=told.append)
    assert [one.numbers for one in search.boundary(steps=2)] == [(1, 5), (2, 8)]
    assert told == list(search.trials.values())
    lost = CapacitySearch(ranges, lambda n: np.full(10, n[0] == 1 and n[1] >= 5), 1.0)
    assert [one.numbers for one in lost.boundary(steps=2)] == [(1, 5)]


def test_sure_asks_for_the_lower_limit():
    def holds(numbers):
        return np.arange(100) < 80 + numbers[0]

    ranges = [Range("beds", 0, 20)]
    assert CapacitySearch(ranges, holds, 0.9).smallest().numbers == (10,)
    found = CapacitySearch(ranges, holds, 0.9, sure=True).smallest()
    assert found.interval[0] >= 0.9
    assert Trial((found.numbers[0] - 1,), found.held - 1, 100, 0.0).interval[0] < 0.9


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Range("beds", 5, 4), r"beds may be 5 to 4; give 0 or more, smallest first"),
        (lambda: Range("beds", -1, 4), r"beds may be -1 to 4"),
        (lambda: Range("beds", 1, 4, cost=-1.0), r"a unit of beds costs -1"),
        (
            lambda: CapacitySearch([], lambda _n: np.ones(1, bool), 0.0),
            r"probability 0; give above",
        ),
        (lambda: CapacitySearch([], lambda _n: np.ones(1, bool), 1.1), r"probability 1\.1"),
    ],
)
def test_impossible_requests_are_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


# Against theory. Whether all units are busy at one late moment is one yes or no per replication.

HOURS, RUNS = 12.0, 300


def free_at_the_end(build, facility):
    """Whether fewer than all units are busy when the run ends, in every replication."""
    people = [poisson_population(4.0, HOURS, replication) for replication in range(RUNS)]

    def holds(numbers):
        plan = build(numbers[0])
        busy = [states_of(simulate(plan, one), plan, facility)[-1][1] for one in people]
        return np.array(busy) < numbers[0]

    return holds


@pytest.mark.slow
def test_desks_are_as_many_as_erlang_c_says():
    def build(desks):
        return network(HOURS, receptions=(reception(desk(desks, exponential(1.0))),))

    search = CapacitySearch(
        [Range("desks", 4, 12)], free_at_the_end(build, "registration desks"), chance=0.9
    )
    queue = {"arrival_rate": 4.0, "service_rate": 1.0}
    busy = {n: theory.erlang_c(servers=n, **queue) for n in range(5, 13)}
    assert search.smallest().numbers[0] == min(n for n, p in busy.items() if 1 - p >= 0.9) == 8


@pytest.mark.slow
def test_places_are_as_many_as_erlang_b_says():
    def build(places):
        return network(
            HOURS,
            receptions=(reception(gives_up_after=fixed(0.0)),),
            sites=(site(places, exponential(1.0)),),
        )

    search = CapacitySearch([Range("places", 1, 12)], free_at_the_end(build, "site"), chance=0.85)
    full = {n: theory.erlang_b(servers=n, offered_load=4.0) for n in range(1, 13)}
    assert search.smallest().numbers[0] == min(n for n, p in full.items() if 1 - p >= 0.85) == 6
