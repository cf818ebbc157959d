"""Models: joint samples of whole people, nothing from the future, sensible at the extremes."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import forecasting as fc
from forecasting.models.panel import TAIL_FACTOR, panel_of
from tests.forecasting.synthetic import bursty, drivers_of, flows_of

CAUSES = ("drought", "flood")
MODELS = (
    fc.SeasonalClimatology(),
    fc.RecentClimatology(),
    fc.SeasonalNaive(),
    fc.DriverRegression(),
    fc.EqualPool((fc.SeasonalClimatology(), fc.DriverRegression())),
    fc.StateSpace("local level"),
    fc.StateSpace("seasonal"),
    fc.StateSpace("sarimax"),
)
BENCHMARKS = MODELS[:3]


def name_of(model):
    return model.name


@pytest.fixture(scope="module")
def drivers():
    return drivers_of(260)


@pytest.mark.parametrize("model", MODELS, ids=name_of)
def test_the_forecast_keeps_the_contract_and_changes_nothing(model, drivers):
    flows = flows_of(bursty(60, 4, CAUSES, seed=2), causes=CAUSES)
    given_flows, given_drivers = flows.copy(deep=True), drivers.copy(deep=True)
    forecast = model.fit(flows, drivers).forecast(horizon=5, samples=40, seed=7)
    fc.check_forecast(forecast)
    assert forecast.dims == ("sample", "time", "location", "cause")
    assert str(forecast["reference_date"].to_numpy())[:10] == "2015-01-01"
    assert forecast.attrs["model"] == model.name
    values = forecast.to_numpy()
    np.testing.assert_array_equal(values, np.rint(values))
    assert values.min() >= 0
    assert flows.identical(given_flows)
    assert drivers.identical(given_drivers)


@pytest.mark.parametrize("model", MODELS, ids=name_of)
def test_same_seed_same_samples_and_another_seed_others(model, drivers):
    fitted = model.fit(flows_of(bursty(60, 4, CAUSES, seed=2), causes=CAUSES), drivers)
    first = fitted.forecast(horizon=3, samples=30, seed=1)
    assert first.identical(fitted.forecast(horizon=3, samples=30, seed=1))
    assert not first.identical(fitted.forecast(horizon=3, samples=30, seed=2))


@pytest.mark.untraced
@pytest.mark.parametrize("model", MODELS, ids=name_of)
@settings(
    max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(cutoff=st.integers(36, 54), noise=st.floats(-50, 50))
def test_what_comes_after_the_cutoff_changes_nothing(model, drivers, cutoff, noise):
    values = bursty(60, 3, CAUSES, seed=4)
    flows = flows_of(values, causes=CAUSES)
    date = flows["time"].to_numpy()[cutoff]
    later = values.copy()
    later[cutoff:] = 7.0 * later[cutoff:] + 1000.0
    unpublished = drivers.copy(deep=True)
    for name in unpublished:
        lag = int(unpublished[name].attrs["publication_lag"])
        first = date.astype("datetime64[M]") - lag
        unpublished[name][drivers["time"] >= first.astype("datetime64[ns]")] = noise
    before = model.fit(flows.isel(time=slice(0, cutoff)), drivers).forecast(4, samples=10, seed=1)
    changed = flows_of(later, causes=CAUSES).isel(time=slice(0, cutoff))
    after = model.fit(changed, unpublished).forecast(4, samples=10, seed=1)
    assert before.identical(after)


@settings(max_examples=20, deadline=None)
@given(
    months=st.integers(1, 40),
    places=st.integers(1, 4),
    share=st.floats(0, 1),
    holes=st.floats(0, 1),
    seed=st.integers(0, 10_000),
    horizon=st.integers(1, 14),
)
def test_benchmarks_always_give_whole_bounded_people(months, places, share, holes, seed, horizon):
    values = bursty(months, places, CAUSES, seed=seed, share=share)
    values[np.random.default_rng(seed).random(values.shape) < holes] = np.nan
    flows = flows_of(values, causes=CAUSES)
    for model in BENCHMARKS:
        observed = int(np.isfinite(values).any(axis=(1, 2)).sum())
        if observed == 0 or (model.name == "seasonal naive" and months <= 12):
            with pytest.raises(fc.FlowError, match="needs"):
                model.fit(flows)
            continue
        fitted = model.fit(flows)
        samples = fitted.forecast(horizon, samples=7, seed=seed).to_numpy()
        assert samples.shape == (7, horizon, places, 2)
        np.testing.assert_array_equal(samples, np.rint(samples))
        assert samples.min() >= 0
        assert samples.max() <= TAIL_FACTOR * np.nanmax(np.nan_to_num(values)) + 1


def test_no_sample_exceeds_the_rule_of_the_tail(drivers):
    values = bursty(60, 4, CAUSES, seed=9)
    values[30, 0, 0] = 1e6
    flows = flows_of(values, causes=CAUSES)
    forecast = fc.DriverRegression().fit(flows, drivers).forecast(6, samples=500, seed=1)
    caps = panel_of(flows).caps()
    assert (forecast.max(["sample", "time"]).to_numpy() <= caps).all()
    np.testing.assert_allclose(caps[0, 0], 3e6)


def test_sample_paths_of_the_climatology_are_pieces_of_history():
    flows = flows_of(bursty(2400, 3, seed=1))  # long enough that borrowing is rare
    forecast = fc.SeasonalClimatology().fit(flows).forecast(4, samples=50, seed=1).to_numpy()
    history = flows.to_numpy()
    blocks = {history[i : i + 4].tobytes() for i in range(len(history) - 3)}
    assert sum(sample.tobytes() in blocks for sample in forecast) >= 45


def test_the_climatology_covers_exchangeable_months():
    rng = np.random.default_rng(11)
    inside = []
    for _ in range(30):
        values = np.rint(np.exp(rng.normal(6.0, 1.0, (90, 4))))
        known, later = flows_of(values[:84]), values[84:]
        for model in (fc.SeasonalClimatology(), fc.RecentClimatology(months=84)):
            samples = model.fit(known).forecast(6, samples=200, seed=1).to_numpy()
            low, high = np.quantile(samples, [0.05, 0.95], axis=0)
            inside.append(((later >= low) & (later <= high)).mean())
    # 720 places-months each: standard error about 0.011 besides the finite past of 20 windows
    assert 0.84 < np.mean(inside) < 0.95


def test_places_move_together_when_they_did():
    rng = np.random.default_rng(3)
    shared = np.exp(rng.normal(5.0, 1.5, (120, 1)))
    flows = flows_of(np.rint(shared * np.exp(0.1 * rng.normal(size=(120, 5)))))
    drivers = drivers_of(260)
    for model in (fc.SeasonalClimatology(), fc.DriverRegression(terms=())):
        forecast = model.fit(flows, drivers).forecast(3, samples=400, seed=1)
        logs = np.log1p(forecast.to_numpy()[:, 1])
        assert np.corrcoef(logs.T)[0, 1] > 0.6


def test_a_known_effect_of_a_driver_is_found():
    drivers = drivers_of(400, seed=8, lag=1)
    oni = drivers["oni"].sel(time=slice("2010-01", "2024-12")).to_numpy()
    lagged = drivers["oni"].shift(time=6).sel(time=slice("2010-01", "2024-12")).to_numpy()
    rng = np.random.default_rng(1)
    values = np.exp(5.0 - 0.8 * lagged[:, None] + 0.3 * rng.normal(size=(len(oni), 6)))
    flows = flows_of(np.rint(values)[..., None], causes=["drought"])
    term = fc.DriverTerm("drought", "oni", (6,))
    fitted = fc.DriverRegression(terms=(term,)).fit(flows, drivers)
    effect = fitted.driver_effects().query("part == 'number if any'").iloc[0]
    # in part carried by recent levels, so the direct effect is smaller than -0.8 but clear
    assert effect["high"] < 0.0
    assert effect["low"] > -1.0
    assert effect["episodes"] >= 5
    assert effect["ratio"] == pytest.approx(np.exp(effect["effect"]))
    date = fitted.panel.reference_date
    wet, dry = (
        fitted.forecast(
            6, fc.scenario_path(drivers, date, 6, {"oni": value}, samples=50), 50, seed=1
        )
        for value in (2.0, -2.0)
    )
    assert wet.attrs["kind"] == "projection"
    np.testing.assert_array_equal(wet.isel(time=0), dry.isel(time=0))  # lag 6: not yet felt


def test_few_episodes_give_no_certain_effect():
    drivers = drivers_of(400, seed=8)
    flows = flows_of(bursty(60, 5, ("drought",), seed=3), causes=["drought"])
    effects = fc.DriverRegression().fit(flows, drivers).driver_effects()
    assert set(effects["driver"]) == {"oni", "dmi"}
    assert (effects["low"] < effects["effect"]).all()
    assert (effects["effect"] < effects["high"]).all()


def test_the_same_luck_along_two_paths(drivers):
    flows = flows_of(bursty(90, 4, ("flood",), seed=6), causes=["flood"])
    term = fc.DriverTerm("flood", "dmi", (0,))
    fitted = fc.DriverRegression(terms=(term,)).fit(flows, drivers)
    date = fitted.panel.reference_date
    path = fc.scenario_path(drivers, date, 6, {"dmi": 1.0}, samples=60)
    first, again = (fitted.forecast(6, path, 60, seed=5) for _ in range(2))
    assert first.identical(again)
    other = fc.scenario_path(drivers, date, 6, {"dmi": 1.0001}, samples=60)
    near = fitted.forecast(6, other, 60, seed=5)
    assert float(np.abs(np.log1p(near) - np.log1p(first)).median()) < 0.01


@pytest.mark.parametrize("model", MODELS[:2], ids=name_of)
def test_one_observation_and_zeros_only(model):
    one = model.fit(flows_of([[5.0, np.nan]])).forecast(3, samples=20, seed=1)
    assert 0 <= float(one.max()) <= 15
    zeros = model.fit(flows_of(np.zeros((40, 2)))).forecast(3, samples=20, seed=1)
    assert float(zeros.max()) == 0.0


@pytest.mark.parametrize("model", [MODELS[0], MODELS[1], MODELS[3], *MODELS[5:]], ids=name_of)
def test_a_new_place_and_missing_months(model, drivers):
    values = bursty(60, 4, CAUSES, seed=2)
    values[:, 3] = np.nan
    values[np.random.default_rng(0).random(values.shape) < 0.2] = np.nan
    flows = flows_of(values, causes=CAUSES)
    forecast = model.fit(flows, drivers).forecast(6, samples=100, seed=1)
    new = forecast.isel(location=3)
    assert float(new.max()) > 0
    assert float(new.std()) > 0


def test_refusals_say_what_to_do(drivers):
    short = flows_of(bursty(20, 2, CAUSES), causes=CAUSES)
    with pytest.raises(fc.FlowError, match="at least 30 observed periods"):
        fc.DriverRegression().fit(short, drivers)
    with pytest.raises(fc.FlowError, match="non-zero counts"):
        fc.DriverRegression().fit(flows_of(np.zeros((40, 2)), causes=None), drivers)
    flows = flows_of(bursty(60, 2, CAUSES), causes=CAUSES)
    with pytest.raises(fc.FlowError, match="drivers given: none"):
        fc.DriverRegression().fit(flows)
    with pytest.raises(fc.FlowError, match="monthly flows"):
        fc.DriverRegression().fit(fc.datasets.load_italy_sea_arrivals(), drivers)
    fitted = fc.DriverRegression().fit(flows, drivers)
    with pytest.raises(fc.FlowError, match="DriverRegression\\(horizon=9\\)"):
        fitted.forecast(9)
    with pytest.raises(fc.FlowError, match="outlook misses"):
        fitted.forecast(6, fc.outlook(drivers[["oni"]], "2015-01-01", 6, 5))
    with pytest.raises(fc.FlowError, match="has no value of"):
        fitted.forecast(6, fc.outlook(drivers, "2015-01-01", 3, 5))
    with pytest.raises(fc.FlowError, match="1 or more"):
        fitted.forecast(0)
    with pytest.raises(fc.FlowError, match="no members"):
        fc.EqualPool(())
    with pytest.raises(fc.FlowError, match="at least 1 period"):
        fc.RecentClimatology(months=0).fit(flows)
    with pytest.raises(fc.FlowError, match="more than one year"):
        fc.SeasonalNaive().fit(flows.isel(time=slice(0, 9)))
    late = drivers.sel(time=slice("2016", None))
    with pytest.raises(fc.FlowError, match="was published before"):
        fc.DriverRegression().fit(flows, late)


def test_other_periods_and_corridors():
    daily = fc.datasets.load_italy_sea_arrivals()
    assert fc.RecentClimatology(60).fit(daily).forecast(14, samples=20).sizes["time"] == 14
    assert fc.SeasonalClimatology(15).fit(daily).forecast(14, samples=20).sizes["time"] == 14
    flows = flows_of(bursty(40, 6)).drop_vars(["location_name", "admin_level", "parent"])
    pairs = flows.to_numpy().reshape(40, 3, 2)
    corridors = flows.isel(location=0, drop=True).expand_dims(origin=3, destination=2)
    corridors = corridors.transpose("time", "origin", "destination").copy(data=pairs)
    corridors = corridors.assign_coords(origin=["A", "B", "C"], destination=["D", "E"])
    forecast = fc.SeasonalClimatology().fit(corridors).forecast(3, samples=5)
    assert forecast.dims == ("sample", "time", "origin", "destination")


def test_the_pool_is_made_of_whole_samples_of_its_members():
    flows = flows_of(bursty(60, 3))
    members = (fc.SeasonalClimatology(), fc.RecentClimatology())
    pooled = fc.EqualPool(members).fit(flows).forecast(4, samples=40, seed=3).to_numpy()
    parts = [m.fit(flows).forecast(4, samples=40, seed=3).to_numpy() for m in members]
    owners = [[(pooled[k] == part[k]).all() for part in parts] for k in range(40)]
    assert all(any(row) for row in owners)
    assert 18 <= sum(row[0] for row in owners) <= 24


def test_a_weighted_pool_keeps_its_shares():
    flows = flows_of(bursty(60, 3))
    members = (fc.SeasonalClimatology(), fc.RecentClimatology())
    pool = fc.WeightedPool(members, shares=(3, 1))
    pooled = pool.fit(flows).forecast(4, samples=40, seed=3).to_numpy()
    parts = [m.fit(flows).forecast(4, samples=40, seed=3).to_numpy() for m in members]
    owners = np.array([[(pooled[k] == part[k]).all() for part in parts] for k in range(40)])
    assert owners.any(axis=1).all()
    assert 30 <= owners[:, 0].sum() <= 33
    fitted = {model: model.fit(flows) for model in members}
    np.testing.assert_array_equal(pool.fit_from(fitted).forecast(4, samples=40, seed=3), pooled)
    for shares in ((1,), (1, 0), (1, float("nan"))):
        with pytest.raises(fc.FlowError, match="one share above 0 per member"):
            fc.WeightedPool(members, shares=shares)
