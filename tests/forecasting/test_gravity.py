"""Flows between places: reader, gravity model, arrivals of the same samples, backtest."""

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

import forecasting as fc
from forecasting.models.panel import panel_of
from tests.forecasting.synthetic import drivers_of

SHARED = Path(os.environ.get("SAFEPASSAGE_DATA", Path(__file__).parents[3] / "shared" / "data"))
PRMN = SHARED / "somalia-prmn" / "prmn_displacement_od_2016-01_2022-06.csv"


def corridors_of(values, start="2015-01-01", period="month", freq="MS"):
    values = np.asarray(values, dtype=float)
    return xr.DataArray(
        values,
        dims=("time", "origin", "destination"),
        coords={
            "time": pd.date_range(start, periods=len(values), freq=freq).as_unit("ns"),
            "origin": [f"O{i}" for i in range(values.shape[1])],
            "destination": [f"D{i}" for i in range(values.shape[2])],
        },
        name="flows",
        attrs={"units": "persons", "period": period, "long_name": "test", "credit": "none"},
    )


def bursts(months, origins=3, destinations=2, seed=0, share=0.6):
    rng = np.random.default_rng(seed)
    shape = (months, origins, destinations)
    return np.rint((rng.random(shape) < share) * np.exp(rng.normal(4.0, 1.2, shape)))


def test_the_forecast_keeps_the_contract_and_sums_are_those_of_its_samples():
    flows = corridors_of(bursts(60))
    given_flows = flows.copy(deep=True)
    fitted = fc.Gravity().fit(flows)
    forecast = fc.check_forecast(fitted.forecast(6, samples=50, seed=1))
    assert forecast.dims == ("sample", "time", "origin", "destination")
    assert flows.identical(given_flows)
    assert forecast.identical(fc.Gravity().fit(flows).forecast(6, samples=50, seed=1))
    assert not forecast.identical(fitted.forecast(6, samples=50, seed=2))
    assert (
        forecast.max(["sample", "time"]).to_numpy() <= panel_of(flows).caps().reshape(3, 2)
    ).all()
    arrivals = fc.check_forecast(fc.arrivals_by_destination(forecast))
    departures = fc.check_forecast(fc.departures_by_origin(forecast))
    corridors = fc.check_forecast(fc.flows_by_corridor(forecast))
    assert arrivals.sizes["location"] == 2
    assert departures.sizes["location"] == 3
    total = forecast.sum(["origin", "destination"])
    for summed in (arrivals, departures, corridors):
        np.testing.assert_array_equal(summed.sum("location"), total)
    own = corridors.sel(location="O1 to D0")
    np.testing.assert_array_equal(own, forecast.sel(origin="O1", destination="D0"))
    largest = fc.flows_by_corridor(forecast, most=2)
    means = corridors.mean(["sample", "time"])
    assert largest["location"].to_numpy().tolist() == [
        str(means["location"].to_numpy()[k]) for k in np.argsort(-means.to_numpy())[:2]
    ]
    fc.check_flows(fc.arrivals_by_destination(flows))


def test_places_with_larger_masses_send_and_receive_more():
    rng = np.random.default_rng(3)
    sends, receives = np.array([400.0, 40.0, 100.0]), np.array([0.8, 0.2])
    values = rng.poisson(sends[:, None] * receives * rng.gamma(4.0, 0.25, (72, 1, 1)))
    flows = corridors_of(values)
    forecast = fc.Gravity().fit(flows).forecast(6, samples=300, seed=1)
    means = forecast.mean(["sample", "time"]).to_numpy()
    np.testing.assert_allclose(means, sends[:, None] * receives, rtol=0.35)
    # corridors share the luck of a month, so sums spread as much as parts
    logs = np.log1p(forecast.isel(time=0).to_numpy().reshape(300, -1))
    assert np.corrcoef(logs.T)[0, 4] > 0.5


def test_a_driver_at_one_origin_moves_only_what_leaves_from_there():
    drivers = drivers_of(400, start="1995-01-01", seed=8)
    lagged = drivers["oni"].shift(time=3).sel(time=slice("2010-01", "2024-12")).to_numpy()
    rng = np.random.default_rng(1)
    effect = np.stack([-0.8 * lagged, 0 * lagged, 0 * lagged], axis=1)[..., None]
    values = rng.poisson(100.0 * np.exp(effect) * rng.gamma(9.0, 1 / 9.0, (180, 3, 2)))
    flows = corridors_of(values, start="2010-01-01")
    term = fc.DriverTerm("", "oni", (3,), origin="O0")
    assert term.label == "oni 3 months before in O0"
    fitted = fc.Gravity(terms=(term,)).fit(flows, drivers)
    found = fitted.effects().loc[term.label]
    assert found["low"] < found["effect"] < found["high"] < 0.0
    date = fitted.panel.reference_date
    dry, wet = (
        fc.scenario_path(drivers, date, 6, {"oni": value}, samples=60) for value in (-2.0, 2.0)
    )
    changed = fc.what_if(fitted, dry, wet, samples=60, seed=1)
    assert changed.attrs["kind"] == "projection"
    moved = changed["difference"].sum(["sample", "destination"])
    assert float(moved.isel(origin=0, time=slice(3, None)).min()) > 0
    assert float(np.abs(moved.isel(origin=slice(1, None))).max()) == 0.0
    assert float(np.abs(moved.isel(time=slice(0, 2))).max()) == 0.0
    own = fitted.forecast(6, samples=20, seed=1)
    assert own.attrs["kind"] == "forecast"
    assert fc.Gravity(terms=(term,)).fit(flows).forecast(2, samples=5).sizes["sample"] == 5


def test_distance_and_masses_have_effects_with_intervals():
    rng = np.random.default_rng(2)
    people = np.array([1e4, 1e5, 1e6, 3e5])
    away = rng.uniform(10, 900, (4, 3))
    flows = corridors_of(rng.poisson(np.sqrt(people)[:, None] * 100 / away, (48, 4, 3)))
    distance = xr.DataArray(
        away, dims=("origin", "destination"), coords={d: flows[d] for d in flows.dims[1:]}
    )
    masses = xr.Dataset({"population": ("origin", people)}, coords={"origin": flows["origin"]})
    wells = xr.Dataset({"wells": ("destination", [1.0, 2.0, 3.0])})
    wells = wells.assign_coords(destination=flows["destination"])
    model = fc.Gravity(distance=distance, origin_attributes=masses, destination_attributes=wells)
    effects = model.fit(flows).effects()
    for name in ("log distance", "log population of origin", "log wells of destination"):
        assert effects.loc[name, "low"] <= effects.loc[name, "effect"] <= effects.loc[name, "high"]
    bad = masses.assign(population=("origin", [-1.0, 1, 1, 1]))
    short = distance.isel(destination=slice(0, 2))
    with pytest.raises(fc.FlowError, match=r"O3 to D2 is nan; give km(.|\n)*O0 is -1.0; give a"):
        fc.Gravity(distance=short, origin_attributes=bad).fit(flows)
    with pytest.raises(fc.FlowError, match=r"give \(origin, destination\)(.|\n)*give \(origin,\)"):
        fc.Gravity(
            distance=distance.isel(origin=0),
            origin_attributes=wells,
        ).fit(flows)


@settings(max_examples=10, deadline=None)
@given(
    months=st.integers(1, 40),
    origins=st.integers(1, 3),
    share=st.floats(0, 1),
    holes=st.floats(0, 1),
    seed=st.integers(0, 10_000),
)
def test_always_whole_bounded_people_or_a_refusal(months, origins, share, holes, seed):
    values = bursts(months, origins, seed=seed, share=share)
    values[np.random.default_rng(seed).random(values.shape) < holes] = np.nan
    flows = corridors_of(values)
    observed = int(np.isfinite(values).any(axis=(1, 2)).sum())
    if observed < 18 or int((np.nan_to_num(values) > 0).sum()) < 20:
        with pytest.raises(fc.FlowError, match="needs"):
            fc.Gravity().fit(flows)
        return
    samples = fc.Gravity().fit(flows).forecast(6, samples=7, seed=seed).to_numpy()
    np.testing.assert_array_equal(samples, np.rint(samples))
    assert samples.min() >= 0
    assert samples.max() <= 3 * np.nanmax(values) + 1


def test_new_corridors_level_shifts_and_other_periods():
    values = bursts(60, share=0.9)
    values[:, 2, 1] = np.nan
    values[np.random.default_rng(0).random(values.shape) < 0.2] = np.nan
    forecast = fc.Gravity().fit(corridors_of(values)).forecast(6, samples=200, seed=1)
    new = forecast.sel(origin="O2", destination="D1")
    assert float(new.std()) > 0
    shifted = bursts(72, share=1.0, seed=2)
    shifted[54:] *= 20.0
    after = fc.Gravity().fit(corridors_of(shifted)).forecast(3, samples=200, seed=1)
    assert float(after.median()) > 3 * np.median(shifted[:54])
    yearly = corridors_of(bursts(25, share=1.0), period="year", freq="YS")
    assert fc.Gravity(horizon=2).fit(yearly).forecast(2, samples=5).sizes["time"] == 2
    daily = corridors_of(bursts(60, share=1.0), period="day", freq="D")
    assert fc.Gravity(horizon=3).fit(daily).forecast(3, samples=5).sizes["time"] == 3


def test_refusals_say_what_to_do():
    flows = corridors_of(bursts(60))
    drivers = drivers_of(260)
    with pytest.raises(fc.FlowError, match="Use another model"):
        fc.Gravity().fit(fc.arrivals_by_destination(flows))
    with pytest.raises(fc.FlowError, match=r"Gravity\(horizon=9\)"):
        fc.Gravity().fit(flows).forecast(9)
    terms = (fc.DriverTerm("drought", "oni", (1,), origin="Atlantis"),)
    with pytest.raises(fc.FlowError, match=r"names origin 'Atlantis'(.|\n)*have no causes(.|\n)*1"):
        fc.Gravity(horizon=0, terms=terms).fit(flows)
    term = (fc.DriverTerm("", "rain", (1,)),)
    with pytest.raises(fc.FlowError, match="the gravity needs rain; drivers given: oni, dmi"):
        fc.Gravity(terms=term).fit(flows, drivers)
    yearly = corridors_of(bursts(25), period="year", freq="YS")
    with pytest.raises(fc.FlowError, match="drivers are monthly"):
        fc.Gravity(terms=(fc.DriverTerm("", "oni", (1,)),)).fit(yearly, drivers)
    with pytest.raises(fc.FlowError, match="keep at least 1"):
        fc.flows_by_corridor(flows, most=0)
    with pytest.raises(fc.FlowError, match="give flows by origin and destination"):
        fc.arrivals_by_destination(fc.arrivals_by_destination(flows))


def test_the_backtest_scores_corridors_origins_destinations_and_the_total():
    flows = corridors_of(bursts(48))
    models = [fc.Gravity(horizon=3), *fc.standard_benchmarks(flows, 3)]
    scores = fc.backtest(models, flows, horizon=3, samples=20, seed=1)
    assert fc.at_level(scores, "series")["crps"].dims[3:] == ("origin", "destination")
    assert fc.at_level(scores, "destination")["crps"].dims[3:] == ("destination",)
    assert fc.at_level(scores, "origin")["crps"].dims[3:] == ("origin",)
    total = fc.at_level(scores, "total")
    assert total["crps"].dims == ("model", "cutoff", "horizon")
    date = total["cutoff"].to_numpy()[0]
    seen = float(flows.sel(time=date).sum())
    assert float(total["observed"].isel(model=0, cutoff=0, horizon=0)) == seen
    assert "gravity" in fc.skill_summary(scores, "gravity", level="destination")
    by_place = fc.score_table(scores, "destination", by="destination")
    assert by_place.index.names == ["model", "destination"]


TABLE = "month,origin,destination,persons\n2024-01,A,X,5\n2024-03,B,X,\n2024-03,B,Y,7\n"


def test_the_reader_reads_and_keeps_unknown_apart_from_none(tmp_path):
    file = tmp_path / "móveis.csv"
    file.write_text(TABLE, encoding="utf-8")
    flows = fc.read_corridors(file)
    assert dict(flows.sizes) == {"time": 3, "origin": 2, "destination": 2}
    assert int(flows.count()) == 2
    zero = fc.read_corridors(file, absent="zero", credit="me")
    assert int(zero.count()) == 11
    assert zero.attrs["credit"] == "me"
    daily = TABLE.replace("month,", "date,").replace("2024-01,", "2024-01-01,")
    file.write_text(daily.replace("2024-03,", "2024-01-03,"), encoding="utf-8")
    assert fc.read_corridors(file).attrs["period"] == "day"


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ("", "is empty"),
        ("month,origin,destination,persons\n", "has a header but no row"),
        ("month,origin,destinatio,persons\n2024-01,A,X,1\n", "did you mean 'destination'"),
        ("origin,origin,persons\nA,A,1\n", "stands 2 times(.|\n)*either a column"),
        (TABLE + "2024-01,A,X,6\n", "repeats row 2 .2024-01-01, A to X"),
        (TABLE + "2024-1,,X,-6\n", "write it like(.|\n)*'origin' is empty(.|\n)*negative"),
        (TABLE + "2024-01,A,X\n", "has 3 cells, the header has 4"),
        (TABLE + "9999-12,A,X,1\n0001-01,A,X,1\n", "write it like|more than 40000 periods"),
    ],
)
def test_the_reader_says_everything_that_is_wrong(tmp_path, table, said):
    file = tmp_path / "own.csv"
    file.write_text(table, encoding="utf-8")
    with pytest.raises(fc.FlowError, match=said):
        fc.read_corridors(file)
    with pytest.raises(fc.FlowError, match="absent is 'none'"):
        fc.read_corridors(file, absent="none")


@pytest.mark.skipif(not PRMN.is_file(), reason="the PRMN origin-destination file is not there")
def test_the_whole_chain_on_flows_between_somali_regions(tmp_path):
    table = pd.read_csv(PRMN).dropna(subset=["arrival_region"])
    table["month"] = table["month_end"].str[:7]
    keys = ["month", "departure_region", "arrival_region"]
    sums = table.groupby(keys)["individuals"].sum().reset_index()
    file = tmp_path / "prmn.csv"
    sums.set_axis(["month", "origin", "destination", "persons"], axis=1).to_csv(file, index=False)
    flows = fc.read_corridors(file, absent="zero")
    assert dict(flows.sizes) == {"time": 78, "origin": 18, "destination": 18}
    assert float(flows.sum()) == float(sums["individuals"].sum())
    term = fc.DriverTerm("", "oni", (6,))
    drivers = fc.load_climate_indices()[["oni"]]
    models = [fc.Gravity(terms=(term,)), fc.RecentClimatology(), fc.SeasonalNaive()]
    cutoffs = ["2019-01-01", "2020-01-01"]
    scores = fc.backtest(models, flows, drivers, cutoffs=cutoffs, samples=60, seed=1)
    for level in ("series", "origin", "destination", "total"):
        table = fc.score_table(scores, level)
        assert table.loc["gravity", "crps"] < table.loc["seasonal naive", "crps"]
    assert 0.75 < fc.score_table(scores, "destination").loc["gravity", "covered_90"] <= 1.0
