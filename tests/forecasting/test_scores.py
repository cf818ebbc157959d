"""Scores and tests against closed forms and small cases computed by hand."""

import numpy as np
import pandas as pd
import pytest
import scoringrules
import xarray as xr

import forecasting as fc
from forecasting.comparison import MEASURES
from tests.forecasting.synthetic import bursty, flows_of


def scores_of(crps, chance=None, observed=None, threshold=1.0):
    """Scores (model, cutoff, horizon, location) of models named a, b, ... with one horizon."""
    crps = np.asarray(crps, dtype=float)
    shape = crps.shape
    dims = ("model", "cutoff", "horizon", "location")
    seen = np.zeros(shape) if observed is None else np.broadcast_to(observed, shape)
    given = {
        "crps": crps,
        "crps_log1p": crps,
        "interval_score": crps,
        "observed": seen,
        "threshold": np.full(shape, threshold),
        "chance_above": np.zeros(shape) if chance is None else np.broadcast_to(chance, shape),
        "quantile_80": np.ones(shape),
    }
    rest = ("covered_50", "covered_90", "pit_low", "pit_high", "median")
    data = {name: (dims, value) for name, value in given.items()}
    data |= {name: (dims, np.ones(shape)) for name in rest}
    coords = {
        "model": [chr(97 + i) for i in range(shape[0])],
        "cutoff": pd.date_range("2020-01-01", periods=shape[1], freq="MS").as_unit("ns"),
        "horizon": np.arange(1, shape[2] + 1),
        "location": [f"XA{i}" for i in range(shape[3])],
    }
    return xr.Dataset(data, coords=coords, attrs={"period": "month"})


def test_interval_score_by_hand_and_its_limit():
    # median 2, interval 50 % from 1 to 3; observed 5: (0.5*3 + 0.25*2 + 2) / 1.5
    score = fc.weighted_interval_score(
        observed=5.0, samples=[0.0, 1.0, 2.0, 3.0, 4.0], intervals=[0.5]
    )
    assert float(score) == pytest.approx((1.5 + 0.5 + 2.0) / 1.5)
    rng = np.random.default_rng(1)
    samples, observed = rng.normal(size=(4000, 50)), rng.normal(size=50)
    many = fc.weighted_interval_score(
        observed=observed, samples=samples, intervals=np.arange(1, 100) / 100
    )
    near = fc.crps(observed=observed, samples=samples)
    np.testing.assert_allclose(many.mean(), near.mean(), rtol=0.02)
    assert np.isnan(fc.weighted_interval_score(observed=np.nan, samples=[1.0, 2.0]))


def test_pit_of_a_calibrated_forecast_is_even():
    rng = np.random.default_rng(2)
    observed = rng.poisson(3.0, 4000)
    low, high = fc.pit_bounds(observed=observed, samples=rng.poisson(3.0, (400, 4000)))
    assert (low <= high).all()
    for share in (0.1, 0.5, 0.9):  # expected share of the range below each point
        below = np.clip((share - low) / np.maximum(high - low, 1e-9), 0.0, 1.0)
        assert abs(below.mean() - share) < 4 * 0.5 / np.sqrt(4000) + 0.003


def test_the_crps_is_that_of_scoringrules():
    rng = np.random.default_rng(12)
    samples = np.expm1(rng.gamma(2.0, 2.0, (300, 7, 5)))
    observed = np.expm1(rng.gamma(2.0, 2.0, (7, 5)))
    observed[2, 3] = np.nan
    theirs = scoringrules.crps_ensemble(
        observed, np.moveaxis(samples, 0, -1), estimator="pwm", backend="numpy"
    )
    np.testing.assert_allclose(fc.crps(observed=observed, samples=samples), theirs, rtol=1e-10)


def test_energy_score_of_one_number_is_the_crps_and_dependence_counts():
    rng = np.random.default_rng(3)
    samples = rng.normal(size=(200, 1))
    np.testing.assert_allclose(
        fc.energy_score(observed=[0.3], samples=samples),
        fc.crps(observed=0.3, samples=samples[:, 0]),
        rtol=1e-6,
    )
    shared = rng.normal(size=(300, 1)) * np.ones(4)
    apart = rng.normal(size=(300, 4))
    truth = rng.normal(size=(300, 1)) * np.ones(4)
    together, alone = (
        np.mean([fc.energy_score(observed=one, samples=drawn) for one in truth])
        for drawn in (shared, apart)
    )
    assert together < alone
    assert np.isnan(fc.energy_score(observed=[np.nan], samples=[[1.0]]))


def test_geometric_mean_ratio_by_hand():
    crps = np.array([[2.0, 8.0, 0.0], [1.0, 16.0, 3.0]])  # ratio 2 and 1/2; the third left out
    table = fc.series_ratio(scores_of(np.tile(crps[:, None, None, :], (1, 4, 1, 1))), "b")
    assert table.loc["a", "ratio"] == pytest.approx(1.0)
    assert table.loc["a", "wins"] == 0.5
    assert table.loc["a", ["series", "left_out"]].tolist() == [2, 1]
    assert table.loc["a", "low"] == pytest.approx(table.loc["a", "high"])
    with pytest.raises(fc.FlowError, match="no series"):
        fc.series_ratio(scores_of(np.zeros((2, 3, 1, 2))), "b")
    with pytest.raises(fc.FlowError, match=MEASURES[-1]):
        fc.series_ratio(scores_of(crps[:, None, None, :]), "b", measure="bias")


@pytest.mark.untraced
def test_the_paired_test_keeps_its_level_and_finds_a_difference():
    rng = np.random.default_rng(4)
    wrong = found = 0
    for _ in range(400):
        noise = rng.normal(size=(2, 24, 1, 1))
        wrong += fc.paired_test(scores_of(5.0 + noise), "b").loc["a", "p_value"] < 0.1
        noise[0] -= 1.5
        found += fc.paired_test(scores_of(5.0 + noise), "b").loc["a", "p_value"] < 0.1
    assert 400 * 0.1 - 4 * 6 < wrong < 400 * 0.1 + 4 * 6  # binomial, standard deviation 6
    assert found > 380
    table = fc.paired_test(scores_of(rng.random((2, 2, 1, 1))), "b")
    assert table["p_value"].isna().all()


def test_autocorrelation_widens_the_paired_test():
    rng = np.random.default_rng(5)
    wrong = 0
    for _ in range(300):
        shocks = rng.normal(size=41)
        moving = np.convolve(shocks, np.ones(6), "valid")
        crps = np.full((2, 36, 6, 1), 20.0)
        crps[0] += moving[:, None, None]
        wrong += fc.paired_test(scores_of(crps), "b").loc["a", "p_value"] < 0.1
    assert wrong < 300 * 0.25  # a test that ignores the overlap rejects half of them


def test_brier_score_parts_and_value_by_hand():
    observed = np.array([2.0, 0.0, 0.0, 2.0])[None, :, None, None]
    chance = np.array([[1.0, 0.0, 0.0, 1.0], [0.5, 0.5, 0.5, 0.5], [0.0, 1.0, 1.0, 0.0]])
    made = scores_of(np.ones((3, 4, 1, 1)), chance[:, :, None, None], observed)
    table = fc.warning_table(made)
    assert table["brier"].tolist() == [0.0, 0.25, 1.0]
    assert table["roc_area"].tolist() == [1.0, 0.5, 0.0]
    parts = table["reliability"] - table["resolution"] + table["uncertainty"]
    np.testing.assert_allclose(parts, table["brier"])
    value = fc.economic_value(made, ratios=[0.2, 0.4])
    assert value.loc["a"].tolist() == [1.0, 1.0]
    assert value.loc["b"].tolist() == [0.0, 0.0]  # always acts
    assert (value.loc["c"] < 0).all()
    curve = fc.roc_curve(made).query("model == 'a' and trigger == 1.0").iloc[0]
    assert (curve["hit_rate"], curve["false_alarm_rate"]) == (1.0, 0.0)
    told = fc.reliability(made).query("model == 'b'").iloc[0]
    assert (told["chance"], told["frequency"], told["cases"]) == (0.5, 0.5, 4)
    plan = fc.shortfall_table(made, level="series").loc["a"]
    assert plan[["planned", "short", "idle", "short_share", "held"]].tolist() == [
        1.0,
        0.5,
        0.5,
        0.5,
        0.5,
    ]
    with pytest.raises(fc.FlowError, match="between 0 and 1"):
        fc.economic_value(made, ratios=[1.5])
    with pytest.raises(fc.FlowError, match="nothing was observed"):
        fc.warning_table(scores_of(np.ones((1, 2, 1, 1)), observed=np.nan))


def test_the_backtest_knows_thresholds_only_from_before_the_cutoff():
    values = bursty(60, 2, seed=3, share=0.9)
    flows = flows_of(values)
    model = fc.RecentClimatology()
    made = fc.backtest([model], flows, horizon=3, samples=50, cutoffs=["2013-06-01", "2014-01-01"])
    for cutoff, months in (("2013-06-01", 41), ("2014-01-01", 48)):
        own = made["threshold"].sel(cutoff=cutoff, model=model.name, horizon=1)
        np.testing.assert_allclose(own, np.quantile(values[:months], 0.9, axis=0))
    assert made["energy_log1p"].dims == ("model", "cutoff")
    assert bool((made["pit_low"] <= made["pit_high"]).all())
    table = fc.score_table(made, by="location")
    assert list(table.index.names) == ["model", "location"]
    np.testing.assert_allclose(table["crps"].mean(), fc.score_table(made)["crps"].iloc[0])
    with pytest.raises(fc.FlowError, match="by is 'cause'"):
        fc.score_table(made, by="cause")


def test_the_summary_sorts_benchmarks_and_says_when_nothing_is_beaten():
    crps = np.array([2.0, 3.0, 2.0, 1.0])[:, None, None, None] * np.ones((4, 8, 1, 2))
    rng = np.random.default_rng(6)
    crps[2] += 0.5 * rng.normal(size=(8, 1, 2))
    text = fc.skill_summary(scores_of(crps), "a")
    assert "is better than b (+33%)" in text
    assert "cannot be told apart from c" in text
    assert "is worse than d (-100%)" in text
    assert "Use d rather than a" in text
    assert "Nothing shows that b beats" in fc.skill_summary(scores_of(crps[[3, 0]]), "b")
    with pytest.raises(fc.FlowError, match="models scored: a, b"):
        fc.skill_summary(scores_of(crps[:2]), "oracle")


def test_alarms_and_lead_time_by_hand():
    # model a warns of the event in April 2020 (position 3) from two months before on, model b only
    # in the forecast made three months before
    shape = (2, 4, 3, 1)
    observed, chance = np.zeros(shape), np.zeros(shape)
    for cutoff in range(4):
        for ahead in range(3):
            if cutoff + ahead == 3:
                observed[:, cutoff, ahead] = 5.0
                chance[0, cutoff, ahead] = 0.6 if ahead < 2 else 0.1
                chance[1, cutoff, ahead] = 0.9 if ahead == 2 else 0.1
    chance[1, 0, 0] = 0.5  # a false alarm
    table = fc.alarm_table(scores_of(np.ones(shape), chance, observed), trigger=0.5)
    assert table["lead_time"].tolist() == [2.0, 0.0]
    assert table["warnings"].tolist() == [2, 2]
    assert table["hit_rate"].tolist() == pytest.approx([2 / 3, 1 / 3])
    assert table["false_alarm_ratio"].tolist() == [0.0, 0.5]
    silent = fc.alarm_table(scores_of(np.ones(shape), np.zeros(shape), observed))
    assert silent["false_alarm_ratio"].isna().all()
    assert silent["lead_time"].tolist() == [0.0, 0.0]
    calm = fc.alarm_table(scores_of(np.ones(shape), chance))
    assert calm[["hit_rate", "lead_time"]].isna().all().all()
    with pytest.raises(fc.FlowError, match="between 0 and 1"):
        fc.alarm_table(scores_of(np.ones(shape)), trigger=1.0)
