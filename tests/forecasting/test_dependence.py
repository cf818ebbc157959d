"""Dependence of samples: of levels and of errors, without a change of any single number."""

import dataclasses

import numpy as np
import pytest

import forecasting as fc
from forecasting.flows import FlowError
from forecasting.models.combination import joint_chances
from forecasting.models.dependence import PastErrors, pit_range, shared_chances
from tests.forecasting.synthetic import bursty, flows_of


def errors_of(values, horizons=(1, 3, 6)):
    """Errors without ties: the same number (origin, series) at every scored horizon."""
    ranges = np.repeat(values[:, np.newaxis, np.newaxis], len(horizons), axis=1)
    return PastErrors(np.repeat(ranges, 2, axis=2), np.array(horizons))


def test_where_an_observation_fell_is_a_range_that_members_mix():
    quantiles = np.array([[[0.0], [0.0], [1.0], [2.0]], [[1.0], [2.0], [3.0], [4.0]]])
    range_of_zero = pit_range(quantiles, np.array([0.0]))
    assert range_of_zero[:, :, 0].tolist() == [[0.0, 0.0], [0.5, 0.0]]
    assert np.isnan(pit_range(quantiles, np.array([np.nan]))).all()
    members = range_of_zero[np.newaxis, np.newaxis]
    mixed = PastErrors.of(members, np.array([[0.25, 0.75]]), np.array([1]))
    assert mixed.ranges[0, 0, :, 0].tolist() == [0.0, 0.125]


def test_horizons_between_and_beyond_those_scored():
    values = np.linspace(0.1, 0.9, 8)[:, np.newaxis]
    ranges = np.stack([values, 1.0 - values], axis=1)[:, :, np.newaxis].repeat(2, axis=2)
    ranges[-1, 1] = np.nan  # yet to come: goes on as it was
    ranges[0] = np.nan  # nothing known at all: left out
    blocks = PastErrors(ranges, np.array([1, 3])).blocks(5, np.random.default_rng(1))
    assert blocks.shape == (7, 5, 1)
    np.testing.assert_allclose(blocks[:-1, 0], values[1:-1])
    np.testing.assert_allclose(blocks[:-1, 1], 0.5)
    np.testing.assert_allclose(blocks[:-1, 2:, 0], np.repeat(1.0 - values[1:-1], 3, axis=1))
    np.testing.assert_allclose(blocks[-1], values[-1, 0])


def test_ties_lie_anywhere_in_their_range():
    ranges = np.stack([np.zeros((400, 1, 1)), np.full((400, 1, 1), 0.6)], axis=2)
    drawn = PastErrors(ranges, np.array([1])).blocks(1, np.random.default_rng(2))
    assert 0.0 <= drawn.min() < 0.02
    assert 0.58 < drawn.max() <= 0.6


@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_the_share_decides_whose_dependence_it_is_and_single_numbers_stay_uniform(share):
    rng = np.random.default_rng(3)
    opposed = np.repeat(rng.random((80, 1, 1)), 6, axis=1) * np.array([1.0, -1.0])
    together = errors_of(np.repeat(rng.random((40, 1)), 2, axis=1))
    chances = shared_chances(opposed, together, share, 4000, rng)
    assert chances.shape == (4000, 6, 2)
    assert 0.0 < chances.min() < chances.max() < 1.0
    correlation = np.corrcoef(chances[:, 0].T)[0, 1]
    assert correlation == pytest.approx(2.0 * share - 1.0, abs=0.06)
    first = np.corrcoef(chances[:400, 0].T)[0, 1]  # any part has both kinds
    assert first == pytest.approx(correlation, abs=0.2)
    for part in np.moveaxis(chances.reshape(4000, -1), 1, 0):
        np.testing.assert_allclose(np.quantile(part, [0.1, 0.5, 0.9]), [0.1, 0.5, 0.9], atol=0.02)


def test_few_errors_or_none_leave_the_levels_alone():
    levels = np.random.default_rng(4).random((30, 6, 3))
    plain = joint_chances(levels, 50, np.random.default_rng(5))
    few = errors_of(np.random.default_rng(6).random((5, 3)))
    unknown = errors_of(np.full((20, 3), np.nan))
    for errors, share in ((None, 0.5), (few, 0.0)):
        made = shared_chances(levels, errors, share, 50, np.random.default_rng(5))
        np.testing.assert_array_equal(made, plain)
    for errors in (few, unknown):
        made = shared_chances(levels, errors, 0.5, 50, np.random.default_rng(5))
        assert made.shape == plain.shape
        assert ((made > 0) & (made < 1)).all()


def test_errors_are_learned_only_where_they_are_used():
    flows = flows_of(bursty(60, 3, seed=12))
    assert fc.AdaptivePool().fit(flows).errors is not None
    assert fc.AdaptivePool(error_share=0.0).fit(flows).errors is None
    assert fc.AdaptivePool(14).fit(flows).errors is None, "scored horizons are far apart"


def test_the_pool_changes_sums_and_not_single_places():
    common = np.random.default_rng(7).normal(size=(80, 1))
    values = np.rint(np.exp(5.0 + common + 0.2 * np.random.default_rng(8).normal(size=(80, 4))))
    fitted = fc.AdaptivePool().fit(flows_of(values))
    levels = dataclasses.replace(fitted, error_share=0.0).forecast(6, samples=2000, seed=1)
    mixed = fitted.forecast(6, samples=2000, seed=1)
    assert fc.check_forecast(mixed).identical(fitted.forecast(6, samples=2000, seed=1))
    assert not mixed.equals(levels)
    ends = [0.1, 0.5, 0.9]
    np.testing.assert_allclose(
        np.log(np.quantile(mixed, ends, axis=0)),
        np.log(np.quantile(levels, ends, axis=0)),
        atol=0.2,
    )


def test_the_extremes_stay_forecasts_and_a_wrong_share_is_refused():
    holes = bursty(50, 3, seed=9)
    holes[np.random.default_rng(10).random(holes.shape) < 0.2] = np.nan
    holes[:, 2] = np.nan
    zeros = np.zeros((40, 2))
    for values in (holes, zeros, bursty(7, 2, seed=11)):
        for share in (0.0, 1.0):
            forecast = (
                fc.AdaptivePool(error_share=share).fit(flows_of(values)).forecast(8, samples=9)
            )
            assert np.isfinite(forecast.to_numpy()).all()
            assert float(forecast.min()) >= 0.0
    with pytest.raises(FlowError, match=r"error_share is 1\.5"):
        fc.AdaptivePool(error_share=1.5).fit(flows_of(holes))
