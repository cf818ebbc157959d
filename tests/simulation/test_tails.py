"""Quantiles, expected shortfall, time to recover and warm-up against what theory says."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from small_networks import desk, exponential, network, reception, site

from simulation.departures import Period
from simulation.experiments import Futures, replicate
from simulation.measures import exceeds
from simulation.tails import tail, time_to_recover, warm_up


def test_shortfall_is_that_of_the_normal_distribution():
    sample = np.random.default_rng(1).normal(10.0, 2.0, 200_000)
    found = tail(sample, 0.95)
    z = stats.norm.ppf(0.95)
    assert found.low < 10 + 2 * z < found.high
    assert found.shortfall == pytest.approx(10 + 2 * stats.norm.pdf(z) / 0.05, abs=0.05)


def test_the_interval_of_the_quantile_covers():
    generator = np.random.default_rng(2)
    hits = 0
    for _ in range(600):
        found = tail(generator.exponential(1.0, 200), 0.9)
        hits += found.low <= -np.log(0.1) <= found.high
    assert hits / 600 >= 0.95 - 2 * np.sqrt(0.05 * 0.95 / 600)


@given(
    st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=60),
    st.floats(0.01, 0.99),
)
def test_shortfall_lies_between_quantile_and_largest(values, level):
    found = tail(np.array(values), level)
    slack = 1e-9 * (1 + max(map(abs, values)))
    assert found.quantile - slack <= found.shortfall <= max(values) + slack
    assert found.low <= found.quantile <= found.high


def test_few_or_no_values():
    assert np.isnan(tail(np.array([np.nan])).shortfall)
    assert tail(np.array([3.0])).high == np.inf
    endless = np.r_[np.zeros(90), np.full(10, np.inf)]
    assert tail(endless, 0.95).shortfall == tail(endless, 0.95).quantile == np.inf
    assert tail(endless, 0.5).quantile == 0.0
    assert tail(np.r_[np.zeros(19), np.inf], 0.95).shortfall == np.inf


@pytest.mark.parametrize("level", [0.0, 1.0, float("nan")])
def test_a_level_outside_is_refused(level):
    with pytest.raises(ValueError, match="between 0 and 1"):
        tail(np.ones(3), level)


def test_time_to_recover_counts_from_first_to_last():
    plan = network(
        20 * 24.0,
        receptions=(reception(desk(2, exponential(1.0))),),
        sites=(site(60, exponential(60.0)),),
    )
    counts = np.array([0.0, 40.0, 400.0, 900.0, 3000.0])[:, None, None, None]
    futures = Futures(counts, ("here",), ("flood",), (Period("2022-07-01", 0.0, 480.0),))
    measures = replicate(plan, futures, replications=5, seed=1, workers=1)
    found = time_to_recover(measures)
    beyond = exceeds(measures)
    for replication in range(5):
        for facility in range(2):
            days = np.flatnonzero(beyond[replication, facility].values)
            expected = 0.0 if not len(days) else float(days[-1] - days[0] + 1)
            if len(days) and days[-1] == 19:
                expected = np.inf
            assert found[replication, facility] == expected
    assert (found[0] == 0).all()
    assert np.isinf(found[4]).any()


def test_warm_up_of_a_settled_series_is_short_and_of_a_ramp_is_its_length():
    generator = np.random.default_rng(4)
    noise = generator.normal(0.0, 0.1, 1000)
    assert warm_up(noise) <= 250
    ramp = np.minimum(np.arange(1000) / 200.0, 1.0)
    assert 150 <= warm_up(ramp + 0.2 * noise) <= 260


@pytest.mark.parametrize(
    ("series", "message"),
    [
        (np.ones(49), "ten batches of 5 finite values"),
        (np.full(100, np.nan), "ten batches"),
        (np.r_[np.zeros(60), 5 + np.zeros(40)], "beyond half of the run"),
    ],
)
def test_a_run_too_short_for_warm_up_is_told(series, message):
    with pytest.raises(ValueError, match=message):
        warm_up(series)
