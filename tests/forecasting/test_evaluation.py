"""Scores against theory; skill is paired; nothing is claimed that the interval does not hold."""

import numpy as np
import pytest
import xarray as xr
from scipy import stats

import forecasting as fc
from forecasting.evaluation import LEVELS
from forecasting.flows import FlowError
from forecasting.statements import TEMPLATES
from tests.forecasting.synthetic import bursty, drivers_of, flows_of

CAUSES = ("drought", "flood")


@pytest.fixture(scope="module")
def scores():
    flows = flows_of(bursty(72, 3, CAUSES, seed=1), causes=CAUSES)
    base = (fc.SeasonalClimatology(), fc.DriverRegression())
    models = [*base, fc.EqualPool(base)]
    return fc.backtest(
        models,
        flows,
        drivers_of(260),
        horizon=3,
        samples=60,
        seed=1,
        cutoffs=fc.rolling_cutoffs(flows, 3, count=5),
        focus=["XA01", "XA03"],
    )


def test_crps_of_a_normal_ensemble_matches_its_closed_form():
    rng = np.random.default_rng(1)
    samples = rng.normal(size=(400, 500))
    observed = 0.7
    exact = observed * (2 * stats.norm.cdf(observed) - 1)
    exact += 2 * stats.norm.pdf(observed) - 1 / np.sqrt(np.pi)
    estimates = fc.crps(observed=np.full(500, observed), samples=samples)
    assert abs(estimates.mean() - exact) < 4 * stats.sem(estimates)


def test_crps_of_one_sample_is_the_distance_and_missing_stays_missing():
    assert fc.crps(observed=[3.0, 5.0], samples=[[1.0, 5.0]]).tolist() == [2.0, 0.0]
    assert np.isnan(fc.crps(observed=[np.nan], samples=[[1.0], [2.0]])).all()


def test_the_backtest_has_every_level(scores):
    assert scores["crps"].dims == ("model", "cutoff", "horizon", "location", "cause")
    dims = {"series": 5, "cause": 4, "location": 4, "total": 3, "focus": 3}
    assert set(LEVELS) - set(dims) == {"origin", "destination"}  # of flows by corridor only
    for level in dims:
        chosen = fc.at_level(scores, level)
        assert chosen["crps"].ndim == dims[level]
        assert bool((chosen["crps"] >= -1e-9).all())
        table = fc.score_table(scores, level)
        assert table["covered_90"].between(0, 1).all()
        assert (table["covered_50"] <= table["covered_90"]).all()
    np.testing.assert_array_equal(
        scores["observed"].sum(["location", "cause"]), scores["observed_total"]
    )


def test_the_focus_is_the_sum_over_its_places_and_all_causes(scores):
    expected = scores["observed"].sel(location=["XA01", "XA03"]).sum(["location", "cause"])
    np.testing.assert_array_equal(expected, scores["observed_focus"])
    assert scores.attrs["focus"] == "XA01, XA03"
    assert fc.skill(scores, "seasonal climatology", level="focus")["skill"].notna().all()
    flows = flows_of(bursty(40, 3))
    model = fc.RecentClimatology()
    everywhere = fc.backtest([model], flows, horizon=2, samples=30, focus=["XA03", "XA01", "XA02"])
    for measure in ("crps", "median", "covered_90"):  # without causes: the sum over places
        np.testing.assert_array_equal(
            everywhere[f"{measure}_focus"], everywhere[f"{measure}_total"]
        )
    with pytest.raises(fc.FlowError, match="focus names XB09; the flows have XA01"):
        fc.backtest([model], flows, focus=["XB09"])
    with pytest.raises(fc.FlowError, match="no location"):
        fc.backtest([model], flows, focus=[])


def test_scores_do_not_depend_on_the_future():
    values = bursty(60, 2, CAUSES, seed=1)
    drivers = drivers_of(260)
    changed = values.copy()
    changed[56:] = 0.0
    models = [fc.SeasonalClimatology(), fc.DriverRegression()]
    first, second = (
        fc.backtest(
            models,
            flows_of(v, causes=CAUSES),
            drivers,
            horizon=3,
            samples=20,
            cutoffs=["2014-06-01"],
        )
        for v in (values, changed)
    )
    assert first.identical(second)


def test_a_perfect_forecast_has_skill_and_a_copy_has_none(scores):
    names = scores["model"].to_numpy()
    made = scores.copy(deep=True)
    for name in [v for v in made if str(v).startswith("crps")]:
        made[name][1] = 0.5 * made[name][0]
        made[name][2] = made[name][0]
    table = fc.skill(made, names[0])
    assert table["skill"].tolist() == pytest.approx([0.0, 0.5, 0.0])
    assert table.loc[names[1], "low"] == pytest.approx(0.5)
    better = fc.skill_statement(made, names[1], names[0])
    assert "is 50% better than seasonal climatology in persons" in better
    worse = fc.skill_statement(made, names[0], names[1])
    assert "use driver regression instead" in worse
    same = fc.skill_statement(made, names[2], names[0])
    assert "cannot be told apart from seasonal climatology" in same
    assert fc.told(fc.skill_sentences(made, names[1], names[0])) == better


@pytest.mark.parametrize(
    ("sentence", "said"),
    [
        ({"says": "{model.__class__}", "with": {}}, "which no statement of this version says"),
        ({"says": TEMPLATES[8]}, "is no sentence of a statement"),
        ({"says": TEMPLATES[8], "with": {"share": "85%"}}, "is no sentence of a statement"),
        ({"says": TEMPLATES[8], "with": {"share": [1], "cutoffs": "2"}}, "is no sentence"),
        ("text", "is no sentence of a statement"),
    ],
)
def test_what_is_no_sentence_is_refused(sentence, said):
    with pytest.raises(FlowError, match=said):
        fc.told([sentence])


@pytest.mark.parametrize("measure", ["crps", "crps_log1p"])
def test_the_interval_holds_the_skill(scores, measure):
    table = fc.skill(scores, "seasonal climatology", measure=measure, level="cause")
    others = table.drop("seasonal climatology")
    assert (others["low"] <= others["skill"]).all()
    assert (others["skill"] <= others["high"]).all()
    assert table.loc["seasonal climatology", "skill"] == 0.0


def test_missing_observations_are_left_out():
    values = bursty(60, 2, seed=1)
    values[55, 0] = np.nan
    models = [fc.SeasonalClimatology(), fc.RecentClimatology()]
    scores = fc.backtest(models, flows_of(values), horizon=4, samples=20, cutoffs=["2014-06-01"])
    assert int(scores["crps"].isnull().sum()) == 2
    assert "crps_cause" not in scores
    assert np.isnan(scores["crps_total"]).any()
    assert np.isfinite(fc.skill(scores, "recent climatology")["skill"]).all()


def test_wrong_requests_name_what_there_is(scores):
    flows = flows_of(bursty(40, 2))
    model = fc.SeasonalClimatology()
    with pytest.raises(fc.FlowError, match="name of its own"):
        fc.backtest([model, model], flows)
    with pytest.raises(fc.FlowError, match="Use rolling_cutoffs"):
        fc.backtest([model], flows, cutoffs=["2031-01-01", "2010-01-01"])
    with pytest.raises(fc.FlowError, match="no cutoff leaves"):
        fc.rolling_cutoffs(flows, horizon=40)
    with pytest.raises(fc.FlowError, match="models scored: seasonal climatology"):
        fc.skill(scores, "oracle")
    with pytest.raises(fc.FlowError, match="'crps_log1p'"):
        fc.skill(scores, "equal pool", measure="rmse")
    with pytest.raises(fc.FlowError, match="these scores have"):
        fc.at_level(scores, "district")
    with pytest.raises(fc.FlowError, match="models scored"):
        fc.skill_statement(scores, "oracle", "equal pool")


@pytest.mark.untraced
def test_on_the_somali_figures_the_pool_is_not_worse_than_its_benchmark():
    flows = fc.load_somalia_displacement()
    drivers = fc.load_climate_indices()[["oni", "dmi"]]
    base = (fc.SeasonalClimatology(), fc.RecentClimatology(), fc.DriverRegression())
    cutoffs = fc.rolling_cutoffs(flows, 6, count=6, step=3)
    models = [*base, fc.EqualPool(base)]
    scores = fc.backtest(models, flows, drivers, cutoffs=cutoffs, samples=200, seed=1)
    table = fc.score_table(scores)
    assert table.loc["equal pool", "crps_log1p"] < table.loc["recent climatology", "crps_log1p"]
    assert table["covered_90"].between(0.8, 1.0).all()


def test_workers_and_progress_do_not_change_scores(scores):
    flows = flows_of(bursty(72, 3, CAUSES, seed=1), causes=CAUSES)
    options = {"horizon": 3, "samples": 60, "seed": 1, "cutoffs": fc.rolling_cutoffs(flows, 3, 3)}
    done = []
    models = [fc.SeasonalClimatology(), fc.AdaptivePool(3)]
    alone = fc.backtest(models, flows, **options, advance=done.append)
    assert done == [1, 1, 1]
    xr.testing.assert_identical(alone, fc.backtest(models, flows, **options, workers=2))
    with pytest.raises(fc.FlowError, match="workers is 0"):
        fc.backtest(models, flows, **options, workers=0)


def test_a_model_that_forecasts_other_places_is_refused():
    class Elsewhere:
        name = "elsewhere"

        def fit(self, flows, drivers=None):
            return fc.models.RecentClimatology().fit(flows.isel(location=slice(1)), drivers)

    flows = flows_of(bursty(60, 3, seed=1))
    with pytest.raises(FlowError, match=r"model 'elsewhere' forecasts \{'location': 1"):
        fc.backtest([fc.models.RecentClimatology(), Elsewhere()], flows, samples=20)
