"""Events: frequency and size against known truth, bounded and honest where little is known."""

import numpy as np
import pytest

import forecasting as fc
from tests.forecasting.synthetic import bursty, flows_of


def known_events(years, places, seed=0, rainy=(3, 4, 9, 10)):
    """Lognormal events, only in rainy months, with chance 0.4."""
    rng = np.random.default_rng(seed)
    shape = (12 * years, places)
    in_season = np.isin(np.arange(12 * years) % 12, rainy)[:, None]
    return np.rint((rng.random(shape) < 0.4) * in_season * np.exp(rng.normal(6.0, 1.0, shape)))


def test_the_season_and_the_annual_average_are_found():
    flows = flows_of(known_events(20, 5, seed=1))
    forecast = fc.Events().fit(flows).forecast(12, samples=2000, seed=1)
    share = (forecast > 0).mean(["sample", "location"]).to_numpy()
    assert share[[0, 6, 7]].max() < 0.05
    assert share[[3, 4, 9, 10]].min() > 0.2
    table = fc.annual_exceedance(flows, years=1000, replications=40, return_periods=[2, 10])
    truth = 5 * 4 * 0.4 * np.exp(6.5)
    assert table.loc["average", "low"] < truth < 1.1 * table.loc["average", "high"]
    assert table.loc["average", "observed"] == pytest.approx(float(flows.sum()) / 20)
    assert table.loc[2, "persons"] < table.loc[10, "persons"]
    assert (table["low"] <= table["high"]).all()


def test_a_short_record_has_a_wide_interval():
    wide, narrow = (
        fc.annual_exceedance(
            flows_of(known_events(years, 4, seed=2)),
            years=400,
            replications=40,
            return_periods=[10],
        )
        for years in (4, 30)
    )
    spread = [float((t["high"] / t["low"]).loc["average"]) for t in (wide, narrow)]
    assert spread[0] > spread[1]


def test_the_tail_is_heavy_and_bounded():
    rng = np.random.default_rng(3)
    pareto = np.rint(100.0 * rng.random((240, 4)) ** -1.0)  # Pareto index 1
    fitted = fc.Events().fit(flows_of(pareto))
    assert 0.7 < fitted.causes[0].excess < 1.3
    forecast = fitted.forecast(6, samples=2000, seed=1)
    caps = fitted.panel.caps()[:, 0]
    assert (forecast.max(["sample", "time"]).to_numpy() <= caps).all()
    assert float(forecast.max()) > pareto.max()


def test_few_events_missing_values_and_short_records():
    none = fc.Events().fit(flows_of(np.zeros((40, 2)))).forecast(6, samples=20)
    assert float(none.max()) == 0.0
    values = bursty(60, 3, seed=1)
    values[np.random.default_rng(0).random(values.shape) < 0.2] = np.nan
    values[:, 2] = np.nan
    flows = flows_of(values)
    first, again = (fc.Events().fit(flows).forecast(6, samples=50, seed=4) for _ in range(2))
    assert first.identical(fc.check_forecast(again))
    assert float(first.isel(location=2).std()) > 0
    with pytest.raises(fc.FlowError, match="needs a year"):
        fc.Events().fit(flows.isel(time=slice(0, 8)))
    with pytest.raises(fc.FlowError, match="at least 3 years"):
        fc.annual_exceedance(flows.isel(time=slice(0, 30)))
    with pytest.raises(fc.FlowError, match="above 1"):
        fc.annual_exceedance(flows, return_periods=[1])
