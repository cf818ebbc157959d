"""Sites, and queues that grow from empty, must agree with theory on the way there and once settled.

Every comparison is a 99 % confidence interval over replications with fixed seeds, and every one has
power: theory for an arrival rate that is 5 % off, and for one server more, must lie outside.
"""

import math

import numpy as np
import pytest
from scipy import stats
from small_networks import (
    desk,
    exponential,
    lognormal,
    network,
    poisson_population,
    population,
    reception,
    site,
    states_of,
)
from theory_helpers import WARM_UP, covers

from simulation import theory
from simulation.engine import simulate
from simulation.parts import SiteOption

pytestmark = pytest.mark.untraced  # many replications of lines that other tests cover

# Sites: nobody waits for a place


def occupancy(records, plan, times):
    """Persons in the site at some times."""
    states = np.array(states_of(records, plan, "site"))
    return states[np.searchsorted(states[:, 0], times, side="right") - 1, 1]


STAY = lognormal(10.0, 8.0)


def survival(hours):
    sigma = math.sqrt(math.log1p(0.8**2))
    return float(stats.lognorm(sigma, scale=10.0 / math.exp(sigma**2 / 2)).sf(hours))


@pytest.mark.parametrize(
    ("sizes", "replications"),
    [
        ((1, 2, 3, 4, 5, 6), 8),
        pytest.param((1,), 120, marks=pytest.mark.slow),
        pytest.param((1, 2, 3, 4, 5, 6), 120, marks=pytest.mark.slow),
    ],
    ids=["families, mean", "single persons", "families"],
)
def test_site_occupancy_is_that_of_a_queue_without_limit(sizes, replications):
    """The variance takes tens of thousands of looks that are far enough apart, for 5 %."""
    rate, hours = 0.4, 15_000.0
    plan = network(hours, sites=(site(stay=STAY),))
    times = np.arange(WARM_UP, hours, 40.0)
    means, variances = [], []
    for replication in range(replications):
        people = poisson_population(rate, hours, replication)
        pick = np.array(people.uniform("size")) * len(sizes)
        people.persons[:] = np.array(sizes)[pick.astype(int)]
        present = occupancy(simulate(plan, people), plan, times)
        means.append(present.mean())
        variances.append(present.var(ddof=1))
    groups = theory.mean_occupancy(time=WARM_UP * 4, arrival_rate=lambda _: rate, survival=survival)
    assert groups == pytest.approx(4.0, rel=1e-3)
    variance = theory.variance_with_groups(
        mean_groups=groups, size_mean=np.mean(sizes), size_sd=np.std(sizes)
    )
    assert covers(means, groups * np.mean(sizes))
    assert covers(variances, variance)
    if len(sizes) > 1:  # families are not single persons
        assert not covers(variances, groups * np.mean(sizes))
    if replications > 8:
        for wrong in (0.95, 1.05):
            assert not covers(means, wrong * groups * np.mean(sizes))
            assert not covers(variances, wrong * variance)
    else:
        assert not covers(means, 1.05 * groups * np.mean(sizes))


def test_site_fills_from_empty_and_drains_after_the_wave():
    def rate(time):
        return 20.0 if time < 12.0 else 5.0

    plan = network(49.0, sites=(site(stay=STAY),))
    times = np.array([3.0, 6.0, 12.0, 24.0, 48.0])
    present = []
    for replication in range(300):
        people = poisson_population(20.0, 49.0, replication)
        kept = np.array(people.uniform("thinning")) * 20.0 < [rate(t) for t in people.arrived]
        wave = population(people.arrived[kept], streams=people.streams)
        present.append(occupancy(simulate(plan, wave), plan, times))
    for time, counts in zip(times, np.transpose(present), strict=True):
        expected = theory.mean_occupancy(
            time=time, arrival_rate=rate, survival=survival, jumps=[12.0]
        )
        assert covers(counts, expected)
        for wrong in (0.95, 1.05):
            assert not covers(counts, wrong * expected)
        # Four standard errors of the variance of a Poisson number.
        assert abs(counts.var(ddof=1) / expected - 1) < 4 * math.sqrt(2 / len(counts))


@pytest.mark.parametrize(
    ("rate", "servers", "replications"),
    [
        (0.8, 1, 400),
        *(pytest.param(r, c, 6000, marks=pytest.mark.slow) for r, c in [(0.8, 1), (2.5, 3)]),
    ],
    ids=["one desk", "one desk, often", "three desks, often"],
)
def test_a_queue_at_a_desk_grows_from_empty(rate, servers, replications):
    plan = network(16.5, receptions=(reception(desk(servers, exponential(1.0))),))
    times = np.array([1.0, 2.0, 4.0, 8.0, 16.0])
    present = []
    for replication in range(replications):
        records = simulate(plan, poisson_population(rate, 16.5, replication))
        states = np.array(states_of(records, plan, "registration desks"))
        last = np.searchsorted(states[:, 0], times, side="right") - 1
        present.append(states[last, 1] + states[last, 2])

    def expected(time, **wrong):
        queue = {"arrival_rate": rate, "service_rate": 1.0, "servers": servers} | wrong
        return theory.mean_present_markov(**queue, time=time)

    for time, counts in zip(times, np.transpose(present), strict=True):
        assert covers(counts, expected(time))
        assert not covers(counts, expected(100.0))
        if replications > 1000 and time >= 8:
            for factor in (0.95, 1.05):
                assert not covers(counts, expected(time, arrival_rate=factor * rate))
                assert not covers(counts, expected(time, service_rate=factor))


@pytest.mark.slow
def test_way_to_the_site_counts_as_part_of_the_time_there():
    """Places are held from the moment they are given, also on the way."""
    way = reception(sites=(SiteOption("site", 5.0),))
    plan = network(1000.0, receptions=(way,), sites=(site(stay=exponential(5.0)),))
    times = np.arange(WARM_UP, 1000.0, 20.0)
    means = [
        occupancy(simulate(plan, poisson_population(2.0, 1000.0, r)), plan, times).mean()
        for r in range(20)
    ]
    assert covers(means, 2.0 * 10.0)
    assert not covers(means, 2.1 * 10.0)
