"""The adaptive pool: learns from the past only, chooses by regularity, holds at the extremes."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import forecasting as fc
from forecasting.models.combination import joint_chances, mixture_values, products, weights_of
from forecasting.models.members import members_for
from forecasting.models.panel import panel_of
from forecasting.models.past_members import (
    LEVELS,
    Fading,
    History,
    quantiles_of,
    weighted_quantiles,
)
from tests.forecasting.synthetic import bursty, flows_of

CAUSES = ("drought", "flood")


def history_of(z, season=12):
    return History(z, np.zeros(z.shape[1], dtype=int), season, 1)


def test_quantiles_leave_missing_values_out():
    values = np.array([[4.0, np.nan], [1.0, 2.0], [3.0, np.nan], [np.nan, np.nan], [2.0, 8.0]])
    quantiles, known = quantiles_of(values)
    assert known.tolist() == [4.0, 2.0]
    expected = np.quantile([1.0, 2.0, 3.0, 4.0], LEVELS, method="hazen")
    np.testing.assert_allclose(quantiles[:, 0], expected)
    np.testing.assert_allclose(quantiles[:, 1], np.quantile([2.0, 8.0], LEVELS, method="hazen"))


def test_weighted_quantiles_lie_between_the_middles_of_their_weights():
    values = np.array([[4.0, np.nan], [1.0, 2.0], [3.0, np.nan], [9.0, 8.0]])
    weights = np.array([1.0, 2.0, 3.0, 4.0])
    made = weighted_quantiles(values, weights)
    assert made.min(axis=0).tolist() == [1.0, 2.0]
    assert made.max(axis=0).tolist() == [9.0, 8.0]
    expected = np.interp(LEVELS, [0.1, 0.35, 0.55, 0.8], [1.0, 3.0, 4.0, 9.0])
    np.testing.assert_allclose(made[:, 0], expected)
    equal = weighted_quantiles(values, np.ones(4))
    np.testing.assert_allclose(equal, quantiles_of(values)[0])
    assert np.isnan(weighted_quantiles(np.full((3, 1), np.nan), np.ones(3))).all()
    assert weighted_quantiles(np.empty((0, 2)), np.empty(0)).shape == (len(LEVELS), 2)


def test_the_last_periods_count_most_and_only_where_zeros_are_few():
    z = np.concatenate([np.full((40, 1), 2.0), np.full((8, 1), 6.0)])
    middle = [
        Fading(half_life).quantiles(history_of(z), 48, np.array([1]))[0, 11, 0]
        for half_life in (4.0, 400.0)
    ]
    assert middle[0] > 5.0
    assert middle[1] < 3.0
    mixed = [bursty(60, 4, seed=3, share=share) for share in (0.9, 0.3)]
    flows = flows_of(np.concatenate(mixed, axis=1))
    choice = fc.AdaptivePool().fit(flows).choice()
    weights = choice["last periods, half-life 4"]
    assert (weights[choice["share_of_zeros"] > 0.6] == 0.0).all()
    assert (weights[choice["share_of_zeros"] < 0.3] > 0.0).all()


@settings(max_examples=25, deadline=None)
@given(origin=st.integers(14, 50), seed=st.integers(0, 1000), season=st.sampled_from([1, 4, 12]))
def test_no_member_looks_ahead(origin, seed, season):
    z = np.log1p(bursty(60, 3, seed=seed, share=0.7))
    z[np.random.default_rng(seed).random(z.shape) < 0.1] = np.nan
    later = z.copy()
    later[origin:] = 3.0 + 2.0 * np.nan_to_num(later[origin:])
    horizons = np.array([1, 3, 6])
    for member in members_for(history_of(z, season)):
        one = member.quantiles(history_of(z, season), origin, horizons)
        other = member.quantiles(history_of(later, season), origin, horizons)
        np.testing.assert_array_equal(one, other, err_msg=member.name)
        assert np.isfinite(one).all(), member.name
        assert one.shape == (3, len(LEVELS), 3)


def test_products_are_the_crps_of_mixtures():
    rng = np.random.default_rng(1)
    quantiles = np.sort(rng.gamma(3.0, 1.0, (2, 24, 5)), axis=1)
    observed = rng.gamma(3.0, 1.0, 5)
    logs, persons = products(quantiles, observed)
    for weights in ([1.0, 0.0], [0.5, 0.5]):
        repeats = [int(4 * share) for share in weights]
        drawn = np.concatenate([np.repeat(quantiles[k], repeats[k], axis=0) for k in (0, 1)])
        for matrix, samples, seen in (
            (logs, drawn, observed),
            (persons, np.exp(drawn), np.exp(observed)),
        ):
            score = np.einsum("skl,k,l->s", matrix, weights, weights)
            # the empirical distribution itself: not the fair estimate
            spread = np.abs(samples[:, None] - samples[None]).mean((0, 1))
            exact = np.abs(samples - seen).mean(0) - spread / 2
            # 30 points on the log scale: coarse in persons
            np.testing.assert_allclose(score, exact, rtol=0.2, atol=0.03)


def test_weights_go_to_the_better_member_and_to_the_group_where_little_is_known():
    logs = np.zeros((3, 2, 2))
    logs[0] = [[1.0, 0.5], [0.5, 4.0]]
    logs[1] = [[4.0, 0.5], [0.5, 1.0]]
    known = np.array([1e6, 1e6, 0.0])
    resampling = np.array([True, True])
    every = np.ones((3, 2), dtype=bool)
    weights = weights_of(logs, logs, known, np.zeros(3, int), resampling, np.zeros(3), every)
    np.testing.assert_allclose(weights.sum(axis=1), 1.0)
    assert weights[0, 0] > 0.8
    assert weights[1, 1] > 0.8
    assert 0.1 < weights[2, 0] < 0.9
    none = weights_of(0 * logs, 0 * logs, known, np.zeros(3, int), resampling, np.zeros(3), every)
    np.testing.assert_allclose(none, 0.5)
    sparse = weights_of(
        logs, logs, known, np.zeros(3, int), np.array([True, False]), np.ones(3), every
    )
    assert (sparse[:2, 1] < weights[:2, 1]).all()
    barred = every & [[True, False], [True, True], [True, True]]
    one = weights_of(logs, logs, known, np.zeros(3, int), resampling, np.zeros(3), barred)
    assert one[0].tolist() == [1.0, 0.0]
    np.testing.assert_allclose(one[1:], weights[1:])


def test_the_mixture_and_its_dependence():
    rng = np.random.default_rng(2)
    shared = rng.normal(size=(80, 1, 1)) + 0.1 * rng.normal(size=(80, 2, 3))
    chances = joint_chances(shared, 400, rng)
    assert ((chances > 0) & (chances < 1)).all()
    assert np.corrcoef(chances[:, 0].T)[0, 2] > 0.9
    assert abs(chances.mean() - 0.5) < 0.02
    quantiles = np.stack([np.full((2, 24, 3), 1.0), np.full((2, 24, 3), 5.0)])
    weights = np.tile([0.25, 0.75], (3, 1))
    values = mixture_values(quantiles, weights, np.clip(chances, 0, 0.97))
    assert abs((values < 2.0).mean() - 0.25) < 0.03
    beside = np.concatenate([quantiles, np.full((1, 2, 24, 3), 90.0)])
    unused = np.concatenate([weights, np.zeros((3, 1))], axis=1)
    np.testing.assert_array_equal(
        mixture_values(beside, unused, chances), mixture_values(quantiles, weights, chances)
    )


@pytest.mark.untraced
def test_bursty_series_get_climatologies_and_regular_ones_smoothing():
    rng = np.random.default_rng(4)
    months = np.arange(96)
    wave = 6.0 + 1.5 * np.sin(2 * np.pi * months / 12)
    regular = np.rint(np.exp(wave[:, None] + 0.1 * rng.normal(size=(96, 4))))
    seasonal = ("seasonal smoothing", "seasonal level", "pooled regression", "same season")
    sparse = bursty(96, 4, seed=1, share=0.3)
    for values, which, least in ((regular, seasonal, 0.8), (sparse, ("last", "same"), 0.8)):
        flows = flows_of(values)
        choice = fc.AdaptivePool().fit(flows).choice()
        columns = [name for name in choice if name.startswith(which)]
        assert float(choice[columns].sum(axis=1).mean()) > least
        weights = choice.drop(columns=["share_of_zeros", "seasonal_strength"])
        np.testing.assert_allclose(weights.sum(axis=1), 1.0)
    # as good as anything can be that must learn the season of four noisy places
    scores = fc.backtest(
        [fc.AdaptivePool(), fc.RecentClimatology()], flows_of(regular), samples=100, seed=1
    )
    assert fc.series_ratio(scores, "recent climatology").loc["adaptive pool", "ratio"] < 0.3


def test_its_forecast_keeps_the_contract_and_the_rule_of_the_tail():
    values = bursty(60, 4, CAUSES, seed=9)
    values[30, 0, 0] = 1e6
    flows = flows_of(values, causes=CAUSES)
    given = flows.copy(deep=True)
    fitted = fc.AdaptivePool().fit(flows)
    forecast = fc.check_forecast(fitted.forecast(9, samples=500, seed=1))
    assert (forecast.max(["sample", "time"]).to_numpy() <= panel_of(flows).caps()).all()
    assert flows.identical(given)
    assert forecast.identical(fc.AdaptivePool().fit(flows).forecast(9, samples=500, seed=1))
    assert not forecast.identical(fitted.forecast(9, samples=500, seed=2))
    assert fitted.choice().index.names == ["location", "cause"]


@settings(max_examples=20, deadline=None)
@given(
    months=st.integers(1, 40),
    places=st.integers(1, 4),
    share=st.floats(0, 1),
    holes=st.floats(0, 1),
    seed=st.integers(0, 10_000),
    horizon=st.integers(1, 14),
)
def test_always_whole_bounded_people_or_a_refusal(months, places, share, holes, seed, horizon):
    values = bursty(months, places, CAUSES, seed=seed, share=share)
    values[np.random.default_rng(seed).random(values.shape) < holes] = np.nan
    flows = flows_of(values, causes=CAUSES)
    if int(np.isfinite(values).any(axis=(1, 2)).sum()) < 6:
        with pytest.raises(fc.FlowError, match="needs at least 6"):
            fc.AdaptivePool().fit(flows)
        return
    samples = fc.AdaptivePool().fit(flows).forecast(horizon, samples=7, seed=seed).to_numpy()
    assert samples.shape == (7, horizon, places, 2)
    np.testing.assert_array_equal(samples, np.rint(samples))
    assert samples.min() >= 0
    if not (np.nan_to_num(values) > 0).any():
        assert samples.max() == 0.0


def test_a_new_place_a_level_shift_and_missing_months():
    values = bursty(60, 4, seed=2, share=0.9)
    values[:, 3] = np.nan
    values[np.random.default_rng(0).random(values.shape) < 0.2] = np.nan
    new = fc.AdaptivePool().fit(flows_of(values)).forecast(6, samples=200, seed=1)
    assert float(new.isel(location=3).std()) > 0
    rng = np.random.default_rng(3)
    shifted = np.exp(rng.normal(4.0, 0.3, (72, 3)))
    shifted[54:] *= 50.0
    forecast = fc.AdaptivePool().fit(flows_of(np.rint(shifted))).forecast(3, samples=200, seed=1)
    middle = float(forecast.median())
    assert 1000 < middle < 6000  # near the new level of about 2,700, not the old one of 55


def test_other_periods():
    daily = fc.datasets.load_italy_sea_arrivals().isel(time=slice(-500, None))
    forecast = fc.AdaptivePool(horizon=14).fit(daily).forecast(14, samples=50, seed=1)
    assert forecast.sizes["time"] == 14
    with pytest.raises(fc.FlowError, match="1 or more"):
        fc.AdaptivePool(look_back=0).fit(daily)


def test_the_standard_benchmarks_run_on_every_period():
    daily = fc.datasets.load_italy_sea_arrivals().isel(time=slice(-300, None))
    for flows in (flows_of(bursty(40, 2, CAUSES), causes=CAUSES), daily):
        made = fc.standard_benchmarks(flows)
        assert len({model.name for model in made}) == len(made)
        for model in made:
            assert model.fit(flows).forecast(3, samples=5, seed=1).sizes["sample"] == 5
    values = bursty(30, 2, share=1.0)
    values[-1, 0] = np.nan
    last = fc.PointForecast("last value").fit(flows_of(values)).forecast(2, samples=3)
    np.testing.assert_array_equal(last[0, 0], [values[-2, 0], values[-1, 1]])
    scores = fc.backtest([fc.PointForecast("zero")], flows_of(values[:-1]), samples=10)
    np.testing.assert_allclose(scores["crps"], scores["observed"])
