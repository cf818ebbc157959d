"""Recalibration of the spread: exact where theory knows, none where none is due."""

import numpy as np
import pytest
from scipy import stats

import forecasting as fc
from forecasting.models.calibration import beta_parameters, pit_sums, recalibrated
from tests.forecasting.synthetic import bursty, flows_of

LEVELS = (np.arange(24) + 0.5) / 24


def sums_of(spread, series=40, cases=60, seed=1):
    """Sums of forecasts whose standard deviation is ``spread`` times that of the truth."""
    rng = np.random.default_rng(seed)
    quantiles = np.broadcast_to(
        spread * stats.norm.ppf(LEVELS)[None, :, None], (1, len(LEVELS), series)
    )
    weights = np.ones((series, 1))
    return sum(pit_sums(quantiles, weights, rng.normal(size=series)) for _ in range(cases))


@pytest.mark.parametrize(
    ("spread", "wider"), [(0.5, True), (2.0, False)], ids=["too narrow", "too wide"]
)
def test_a_wrong_spread_is_corrected_in_the_right_direction(spread, wider):
    parameters = beta_parameters(sums_of(spread), np.zeros(40, dtype=int), horizons=1)
    assert (parameters < 0.9).all() if wider else (parameters > 1.1).all()
    low, high = recalibrated(np.array([[0.05], [0.95]]), parameters[:1])[:, 0]
    own = stats.norm.cdf(spread * stats.norm.ppf([low, high]))
    before = stats.norm.cdf(spread * stats.norm.ppf([0.05, 0.95]))
    assert abs(np.diff(own)[0] - 0.9) < abs(np.diff(before)[0] - 0.9)


def test_a_right_spread_is_left_alone():
    parameters = beta_parameters(sums_of(1.0), np.zeros(40, dtype=int), horizons=1)
    np.testing.assert_allclose(parameters, 1.0, atol=0.12)
    chances = np.linspace(0.01, 0.99, 9)[:, None]
    np.testing.assert_allclose(recalibrated(chances, np.ones((1, 2))), chances)


def test_groups_are_apart_and_nothing_observed_changes_nothing():
    sums = np.concatenate([sums_of(0.5, 20), sums_of(2.0, 20), np.zeros((3, 3))])
    group = np.repeat([0, 1, 2], [20, 20, 3])
    parameters = beta_parameters(sums, group, horizons=1)
    assert (parameters[:20] < 1).all()
    assert (parameters[20:40] > 1).all()
    assert (parameters[40:] == 1).all()
    quantiles = np.zeros((1, len(LEVELS), 2))
    assert pit_sums(quantiles, np.ones((2, 1)), np.array([np.nan, np.nan])).sum() == 0.0


def test_the_pool_takes_the_option_and_stays_a_forecast():
    values = bursty(60, 3, seed=2)
    values[10:14, 1] = np.nan
    values[:, 2] = 0.0
    flows = flows_of(values)
    plain = fc.AdaptivePool(3).fit(flows).forecast(3, samples=200, seed=1)
    pool = fc.AdaptivePool(3, calibrated=True)
    made = pool.fit(flows).forecast(3, samples=200, seed=1)
    assert fc.check_forecast(made).shape == plain.shape
    assert not made.equals(plain)
    assert made.equals(pool.fit(flows).forecast(3, samples=200, seed=1))
    alone = fc.AdaptivePool(3, members=fc.standard_benchmarks(flows, 3)[2].members, calibrated=True)
    assert np.isfinite(alone.fit(flows).forecast(3, samples=50).to_numpy()).all()
