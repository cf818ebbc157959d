"""State space: equal to statsmodels where they overlap, sensible at the extremes, same luck."""

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st

import forecasting as fc
from forecasting.models.components import (
    Scale,
    fit_components,
    log_likelihood,
    season_of,
    variances_of,
)
from forecasting.models.kalman import System, filter_panel, gains_ahead
from forecasting.models.panel import TAIL_FACTOR, panel_of
from tests.forecasting.synthetic import bursty, drivers_of, flows_of

KINDS = ("local level", "seasonal", "sarimax")
CAUSES = ("drought", "flood")


def system_of(model, params, start, start_cov):
    model.update(params)
    ssm = model.ssm
    return System(
        np.asarray(ssm["design"])[0],
        np.asarray(ssm["transition"]),
        np.asarray(ssm["selection"]) @ ssm["state_cov"] @ ssm["selection"].T,
        float(np.asarray(ssm["obs_cov"])[0, 0]),
        start,
        start_cov,
    )


@pytest.mark.parametrize("holes", [0.0, 0.3])
def test_the_panel_filter_is_that_of_statsmodels(holes):
    rng = np.random.default_rng(1)
    series = np.cumsum(rng.normal(size=(40, 3)), axis=0)
    series[rng.random(series.shape) < holes] = np.nan
    params = [1.3, 0.4, 0.05]
    waves = [{"period": 12, "harmonics": 2}]
    start, cov = np.array([0.5, 0, 0, 0, 0]), np.diag([4.0, 1, 1, 1, 1])
    columns = np.concatenate([series[..., None], rng.normal(size=(40, 3, 1))], axis=2)
    model = sm.tsa.UnobservedComponents(series[:, 0], level="llevel", freq_seasonal=waves)
    system = system_of(model, params, start, cov)
    ours = filter_panel(system, columns, np.isfinite(series))
    for place in range(3):
        theirs = sm.tsa.UnobservedComponents(series[:, place], level="llevel", freq_seasonal=waves)
        theirs.ssm.initialize_known(start, cov)
        theirs.ssm.loglikelihood_burn = 0
        result = theirs.smooth(params)
        errors = ours.innovations[:, place, 0]
        known = np.isfinite(errors)
        variances = ours.variances[known, place]
        own = -0.5 * (np.log(2 * np.pi * variances) + errors[known] ** 2).sum()
        np.testing.assert_allclose(own, result.llf, rtol=1e-9)
        np.testing.assert_allclose(ours.state[place, :, 0], result.predicted_state[:, -1])
        gains, ahead = gains_ahead(system, ours.state_cov, 1)
        outlook = result.get_forecast(1)
        np.testing.assert_allclose(ahead[0, place], outlook.var_pred_mean[0])
        assert gains.shape == (1, 3, 5)


@pytest.mark.parametrize("kind", KINDS)
def test_the_filter_is_linear_in_its_data(kind):
    z = np.log1p(bursty(60, 3, seed=1, share=1.0))
    z[10:14, 1] = np.nan
    driver = np.random.default_rng(2).normal(size=(60, 1))
    fit = fit_components(kind, z, np.isfinite(z), driver, 12)
    again = filter_panel(fit.system, (z - 0.7 * driver)[..., None], np.isfinite(z))
    np.testing.assert_allclose(
        again.innovations[..., 0],
        fit.filtered.innovations[..., 0] - 0.7 * fit.filtered.innovations[..., 1],
        atol=1e-9,
    )


def test_the_parameters_of_a_known_process_are_found():
    rng = np.random.default_rng(3)
    level = np.cumsum(np.sqrt(0.1) * rng.normal(size=(150, 12)), axis=0) + 6.0
    z = level + rng.normal(size=level.shape)
    fit = fit_components("local level", z, np.isfinite(z), np.zeros((150, 0)), 12)
    assert fit.parameters["change of level"] in (0.03, 0.1, 0.3)
    np.testing.assert_allclose(fit.variances.mean(), 1.0, rtol=0.15)
    months = np.arange(150)[:, None]
    wave = z + 2.0 * np.sin(2 * np.pi * months / 12)
    with_season = fit_components("seasonal", wave, np.isfinite(wave), np.zeros((150, 0)), 12)
    without = fit_components("local level", wave, np.isfinite(wave), np.zeros((150, 0)), 12)
    gained = [log_likelihood(x.filtered, variances_of(x.filtered)) for x in (with_season, without)]
    assert gained[0] > gained[1] + 100.0
    steady = np.zeros((200, 8))
    for step in range(1, 200):
        steady[step] = 0.8 * steady[step - 1] + rng.normal(size=8)
    found = fit_components("sarimax", steady + 5, steady < 99, np.zeros((200, 0)), 1).parameters
    assert abs(found["ar"] - 0.8) < 0.1
    assert abs(found["ma"]) < 0.15
    assert "seasonal ar" not in found


def test_seasons_by_kind_and_period():
    assert [season_of("sarimax", season) for season in (365, 52, 12, 4, 1)] == [7, 0, 12, 4, 0]
    assert [season_of("seasonal", season) for season in (365, 12)] == [365, 12]
    assert season_of("local level", 12) == 0
    alone = Scale.of(np.full((5, 1), 3.0))
    assert alone.mean == 3.0
    assert alone.between > 0


@pytest.mark.parametrize("kind", KINDS)
def test_gaussian_log_counts_are_covered_and_sums_too(kind):
    rng = np.random.default_rng(5)
    covered, summed = [], []
    for _ in range(6):
        shared = rng.normal(size=(126, 1))
        level = 6.0 + np.cumsum(0.1 * rng.normal(size=(126, 6)), axis=0)
        values = np.rint(np.exp(level + 0.5 * shared + 0.5 * rng.normal(size=(126, 6))))
        known, later = flows_of(values[:120]), values[120:]
        drawn = fc.StateSpace(kind).fit(known).forecast(6, samples=300, seed=1).to_numpy()
        for samples, seen, kept in (
            (drawn, later, covered),
            (drawn.sum(axis=2), later.sum(axis=1), summed),
        ):
            low, high = np.quantile(samples, [0.05, 0.95], axis=0)
            kept.append(((seen >= low) & (seen <= high)).mean())
    # 6 independent panels: standard error about 0.02 for places, 0.05 for sums
    assert 0.82 < np.mean(covered) < 0.97
    assert 0.75 < np.mean(summed) <= 1.0


@settings(max_examples=12, deadline=None)
@given(
    kind=st.sampled_from(KINDS),
    months=st.integers(1, 40),
    places=st.integers(1, 4),
    share=st.floats(0, 1),
    holes=st.floats(0, 1),
    seed=st.integers(0, 10_000),
    horizon=st.integers(1, 14),
)
def test_always_whole_bounded_people_or_a_refusal(
    kind, months, places, share, holes, seed, horizon
):
    values = bursty(months, places, CAUSES, seed=seed, share=share)
    values[np.random.default_rng(seed).random(values.shape) < holes] = np.nan
    flows = flows_of(values, causes=CAUSES)
    if int(np.isfinite(values).any(axis=(1, 2)).sum()) < 12:
        with pytest.raises(fc.FlowError, match="needs at least 12"):
            fc.StateSpace(kind).fit(flows)
        return
    forecast = fc.StateSpace(kind).fit(flows).forecast(horizon, samples=7, seed=seed)
    fc.check_forecast(forecast)
    samples = forecast.to_numpy()
    np.testing.assert_array_equal(samples, np.rint(samples))
    assert samples.max() <= TAIL_FACTOR * np.nan_to_num(values).max() + 1
    if not (np.nan_to_num(values) > 0).any():
        assert samples.max() == 0.0


@pytest.mark.parametrize("kind", KINDS)
def test_zeros_a_new_place_and_a_level_shift(kind):
    zeros = fc.StateSpace(kind).fit(flows_of(np.zeros((40, 2)))).forecast(3, samples=20, seed=1)
    assert float(zeros.max()) == 0.0
    values = bursty(60, 4, seed=2, share=0.9)
    values[:, 1] = 0.0
    values[:-3, 3] = np.nan
    fitted = fc.StateSpace(kind).fit(flows_of(values))
    forecast = fitted.forecast(6, samples=200, seed=1)
    assert forecast.attrs["borrowed"] == "XA04"
    assert forecast.attrs["scale"] in ("log1p", "cube root")
    assert float(forecast.isel(location=3).std()) > 0
    assert float(forecast.isel(location=1).median()) <= 5.0
    rng = np.random.default_rng(3)
    shifted = np.exp(rng.normal(4.0, 0.3, (84, 3)))
    shifted[54:] *= 50.0
    after = fc.StateSpace(kind).fit(flows_of(np.rint(shifted))).forecast(3, samples=200, seed=1)
    assert 700 < float(after.median()) < 8000  # near the new level of about 2,700


def test_a_known_effect_of_a_driver_is_found_and_moves_the_forecast():
    drivers = drivers_of(400, seed=8, lag=1)
    span = slice("2010-01", "2024-12")
    lagged = drivers["oni"].shift(time=6).sel(time=span).to_numpy()
    rng = np.random.default_rng(1)
    values = np.exp(6.0 - 0.8 * lagged[:, None] + 0.3 * rng.normal(size=(len(lagged), 6)))
    flows = flows_of(np.rint(values)[..., None], causes=["drought"])
    term = fc.DriverTerm("drought", "oni", (6,))
    fitted = fc.StateSpace("sarimax", terms=(term,)).fit(flows, drivers)
    effect = fitted.driver_effects().iloc[0]
    assert effect["low"] < effect["effect"] < effect["high"] < 0.0
    if effect["scale"] == "log1p":
        assert -1.0 < effect["effect"] < -0.5
    assert effect["half_years"] >= 25
    date = fitted.panel.reference_date
    wet, dry = (
        fc.scenario_path(drivers, date, 9, {"oni": value}, samples=80) for value in (2.0, -2.0)
    )
    changed = fc.what_if(fitted, dry, wet, horizon=9, samples=80, seed=1)
    assert changed.attrs["kind"] == "projection"
    assert fitted.forecast(9, dry, 80, seed=1).attrs["kind"] == "projection"
    # a lag of six months, one not yet published: nothing in the first five, more people after
    assert float(np.abs(changed["difference"].isel(time=slice(0, 5))).max()) == 0.0
    assert float((changed["difference"].isel(time=slice(5, None)) >= 0).mean()) == 1.0
    assert float(changed["difference"].isel(time=8).mean()) > 0
    moves = fc.driver_moves(fitted, dry, wet, horizon=9, samples=80, seed=1)
    assert float(moves.loc[("together", "all"), "difference"]) > 0


def test_it_works_in_pools_without_drivers_and_by_day():
    flows = flows_of(bursty(60, 3, CAUSES, seed=4), causes=CAUSES)
    members = (fc.StateSpace("local level"), fc.RecentClimatology())
    pooled = fc.WeightedPool(members, shares=(2, 1)).fit(flows).forecast(3, samples=30, seed=1)
    assert pooled.attrs["members"] == "local level, recent climatology"
    plain = fc.StateSpace("seasonal").fit(flows)
    assert len(plain.driver_effects()) == 0
    assert plain.parameters().index.tolist() == list(CAUSES)
    caps = panel_of(flows).caps()
    assert (plain.forecast(6, samples=300).max(["sample", "time"]).to_numpy() <= caps).all()
    daily = fc.datasets.load_italy_sea_arrivals().isel(time=slice(-400, None))
    assert fc.StateSpace("sarimax").fit(daily).forecast(14, samples=20).sizes["time"] == 14


def test_driver_values_before_the_record_are_not_used():
    drivers = drivers_of(100, start="2012-01-01")  # two years after the flows
    flows = flows_of(bursty(60, 3, ("drought",), seed=4, share=1.0), causes=["drought"])
    fitted = fc.StateSpace("local level").fit(flows, drivers)
    innovations = fitted.groups[0].components.filtered.innovations[..., 0]
    assert np.isnan(innovations[:24]).all()
    assert np.isfinite(innovations[-6:]).all()


def test_refusals_say_what_to_do():
    flows = flows_of(bursty(60, 2, CAUSES), causes=CAUSES)
    drivers = drivers_of(260)
    with pytest.raises(fc.FlowError, match="allowed: 'local level', 'seasonal', 'sarimax'"):
        fc.StateSpace("arima").fit(flows)
    with pytest.raises(fc.FlowError, match="the seasonal level needs dmi; drivers given: oni"):
        fc.StateSpace("seasonal").fit(flows, drivers[["oni"]])
    yearly = flows_of(bursty(20, 2)).assign_attrs(period="year")
    yearly = yearly.assign_coords(
        time=np.arange("2000", "2020", dtype="datetime64[Y]").astype("datetime64[ns]")
    )
    with pytest.raises(fc.FlowError, match="no season"):
        fc.StateSpace("seasonal").fit(yearly)
    term = (fc.DriverTerm("", "oni", (0,)),)
    with pytest.raises(fc.FlowError, match="drivers are monthly"):
        fc.StateSpace("sarimax", term).fit(yearly, drivers)
    with pytest.raises(fc.FlowError, match="1 or more"):
        fc.StateSpace("sarimax").fit(yearly).forecast(0)
