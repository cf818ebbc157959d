"""Samples that follow a forecast of their sum: sums by what is known, places scaled alike."""

import numpy as np
import pytest

import forecasting as fc
from forecasting.flows import FlowError
from forecasting.models.totals import LEAST_FACTOR, ranks_of, scaled, totals_of
from tests.forecasting.synthetic import bursty, flows_of

CAUSES = ("drought", "flood")


def split(even=0.3, months=84, places=6, seed=1):
    """A steady sum whose places change all the time, less where they are even."""
    rng = np.random.default_rng(seed)
    sums = rng.poisson(9000.0, months)
    shares = rng.dirichlet(np.full(places, even), months)
    return np.rint(sums[:, np.newaxis] * shares)


def test_sums_of_what_is_known_and_none_where_too_little_is():
    values = np.random.default_rng(2).poisson([[100.0, 800.0, 100.0]], (40, 3)).astype(float)
    whole = totals_of(values[..., np.newaxis])[:, 0, 0]
    np.testing.assert_array_equal(whole, values.sum(axis=1))
    holes = values.copy()
    holes[30, 0] = holes[31, 1] = np.nan
    holes[:10, 2] = np.nan  # not yet begun
    holes[35] = np.nan
    made = totals_of(holes[..., np.newaxis])[:, 0, 0]
    assert made[30] == pytest.approx(holes[30, 1:].sum() / 0.9, rel=0.01)
    assert np.isnan(made[[31, 35]]).all()
    np.testing.assert_array_equal(made[:10], values[:10, :2].sum(axis=1))
    later = holes.copy()
    later[36:] *= 50.0
    np.testing.assert_array_equal(totals_of(later[..., np.newaxis])[:36, 0, 0], made[:36])


def test_places_that_have_seen_nothing_count_alike():
    zeros = np.zeros((4, 5, 1))
    zeros[2, 0] = np.nan  # four of five
    zeros[3, :2] = np.nan  # three of five
    np.testing.assert_array_equal(totals_of(zeros)[:, 0, 0], [0.0, 0.0, 0.0, np.nan])
    assert np.isnan(totals_of(np.full((3, 2, 1), np.nan))).all()


def test_ranks_are_uniform_and_ties_are_not_in_order_of_the_samples():
    sums = np.zeros((500, 2, 1))
    sums[:, 1, 0] = np.random.default_rng(3).permutation(500)
    ranks = ranks_of(sums, np.random.default_rng(4))
    np.testing.assert_allclose(np.sort(ranks, axis=0)[:, 0, 0], (np.arange(500) + 0.5) / 500)
    np.testing.assert_allclose(ranks[:, 1], (sums[:, 1] + 0.5) / 500)
    assert abs(np.corrcoef(ranks[:, 0, 0], np.arange(500))[0, 1]) < 0.15


def test_scaling_keeps_zeros_and_shares_and_halves_at_most():
    values = bursty(30, 4, CAUSES, seed=5)[np.newaxis] + 0.0
    values[0, 3] = 0.0
    wanted = 3.0 * values.sum(axis=2)
    np.testing.assert_allclose(scaled(values, wanted), 3.0 * values)
    np.testing.assert_array_equal(scaled(values, 0.0 * wanted), LEAST_FACTOR * values)
    np.testing.assert_array_equal(scaled(values, wanted + 9.0) == 0.0, values == 0.0)


def test_all_samples_may_follow_the_forecast_of_the_sum_and_none():
    flows = flows_of(split(even=4.0))
    alone = flows.isel(location=[0]).copy(data=flows.sum("location").to_numpy()[:, np.newaxis])
    direct = fc.AdaptivePool().fit(alone).forecast(6, samples=2000, seed=1).isel(location=0)
    ends = [0.05, 0.25, 0.5, 0.75, 0.95]
    expected = direct.quantile(ends, "sample")
    width = {}
    for share in (0.0, 1.0):
        pool = fc.AdaptivePool(total_share=share)
        made = pool.fit(flows).forecast(6, samples=2000, seed=1)
        assert made.identical(pool.fit(flows).forecast(6, samples=2000, seed=1))
        found = made.sum("location").quantile(ends, "sample")
        width[share] = float((found[-1] - found[0]).mean())
        if share == 1.0:
            np.testing.assert_allclose(found / expected, 1.0, atol=0.01)
    assert width[1.0] < 0.5 * width[0.0]


def test_three_samples_in_four_stay_as_they_were():
    flows = flows_of(bursty(60, 5, CAUSES, seed=6), causes=CAUSES)
    plain = fc.AdaptivePool(total_share=0.0).fit(flows).forecast(6, samples=400, seed=1)
    mixed = fc.AdaptivePool().fit(flows).forecast(6, samples=400, seed=1)
    same = (plain == mixed).all(["time", "location", "cause"])
    assert int(same.sum()) == 300
    assert 50 < int(same[:200].sum()) < 190, "any part of the samples has both kinds"
    np.testing.assert_array_equal(
        (mixed == 0).to_numpy() & (plain > 1).to_numpy(), np.zeros(plain.shape, dtype=bool)
    )


def test_a_sum_that_is_steadier_than_its_places_is_forecast_better():
    models = [fc.AdaptivePool(), fc.AdaptivePool(total_share=0.0, name="places alone")]
    scores = fc.backtest(models, flows_of(split()), samples=200, seed=1)
    table = fc.score_table(scores, "total")
    assert table.loc["adaptive pool", "crps"] < 0.97 * table.loc["places alone", "crps"]


def test_one_place_or_hardly_any_sum_is_forecast_without():
    one = flows_of(bursty(40, 1, seed=7))
    assert fc.AdaptivePool().fit(one).totals is None
    values = bursty(40, 2, CAUSES, seed=8)
    values[:20, 0] = values[20:, 1] = np.nan  # never half of the sum at once
    values[:3, 1] = 1e6
    unknown = values.copy()
    unknown[::2, 0], unknown[1::2, 1] = np.nan, np.nan
    unknown[::2, 1], unknown[1::2, 0] = 100.0, 100.0
    assert fc.AdaptivePool().fit(flows_of(unknown[5:, ...], causes=CAUSES)).totals is None
    half = unknown.copy()
    half[..., 1] = bursty(40, 2, seed=9)
    flows = flows_of(half, causes=CAUSES)
    made = fc.AdaptivePool().fit(flows).forecast(4, samples=100, seed=1)
    plain = fc.AdaptivePool(total_share=0.0).fit(flows).forecast(4, samples=100, seed=1)
    same = (made == plain).all(["sample", "time", "location"])
    assert same.to_numpy().tolist() == [True, False]


def test_the_extremes_stay_forecasts_and_a_wrong_share_is_refused():
    holes = bursty(50, 4, seed=9)
    holes[np.random.default_rng(10).random(holes.shape) < 0.2] = np.nan
    holes[:45, 2] = np.nan  # a new place
    lone = np.zeros((30, 3))
    lone[12, 1] = 7.0
    for values in (holes, np.zeros((40, 2)), lone, bursty(7, 2, seed=11)):
        for share in (0.25, 1.0):
            pool = fc.AdaptivePool(total_share=share).fit(flows_of(values))
            forecast = fc.check_forecast(pool.forecast(8, samples=9))
            assert np.isfinite(forecast.to_numpy()).all()
            assert float(forecast.min()) >= 0.0
            if not np.nan_to_num(values).any():
                assert float(forecast.max()) == 0.0
    with pytest.raises(FlowError, match=r"total_share is -0\.1"):
        fc.AdaptivePool(total_share=-0.1).fit(flows_of(holes))
