"""What a scenario says about the forecast is what is done."""

from typing import get_args

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from scenarios.files import load_scenario, parse_scenario
from scenarios.forecasts import (
    check_data,
    driver_curves,
    fingerprint,
    focus_total,
    make_outlook,
    make_track,
)
from scenarios.models import MODELS
from scenarios.outlooks import Model
from scenarios.problems import ScenarioError


def derived(*changes):
    lines = "\n".join(f"  - {{set: {path}, to: {to}, because: test}}" for path, to in changes)
    head = "schema: 1\nname: t\ntitle: T\nquestion: Q?\nbased_on: beledweyne-flood\nchanges:\n"
    return parse_scenario(head + lines)


@pytest.fixture(scope="module")
def quick():
    return derived(("forecast.samples", "60"), ("forecast.model", "driver-regression"))


@pytest.fixture(scope="module")
def outlook(quick):
    return make_outlook(quick)


def test_every_model_a_file_may_name_exists():
    assert set(get_args(Model)) == set(MODELS)


def test_the_forecast_has_the_samples_months_and_regions_asked_for(outlook):
    sizes = outlook.forecast.sizes
    assert (sizes["sample"], sizes["time"], sizes["location"], sizes["cause"]) == (60, 6, 18, 4)
    assert str(outlook.forecast["reference_date"].values)[:10] == "2022-07-01"
    assert outlook.benchmark.attrs["model"] == "seasonal climatology"
    assert outlook.forecast.attrs["model"] == "driver regression"


def test_what_comes_after_the_reference_date_is_not_seen(quick):
    earlier = derived(
        ("forecast.samples", "60"),
        ("forecast.model", "driver-regression"),
        ("forecast.reference_date", "2021-07-01"),
        ("time.start", "2021-07-01"),
    )
    outlook = make_outlook(earlier)
    assert outlook.observed["time"].values[-1] == np.datetime64("2021-06-01")
    assert outlook.forecast["time"].values[0] == np.datetime64("2021-07-01")
    assert np.isnan(outlook.drivers["oni"].sel(time="2021-06-01"))


def test_a_path_of_drivers_makes_a_projection_that_differs(outlook):
    season = derived(
        ("forecast.samples", "60"),
        ("forecast.model", "driver-regression"),
        (
            "forecast.outlook",
            "{kind: path, paths: [{name: oni, values: [2 degC, 2 degC, 2 degC, 2 degC, 2 degC,"
            " 2 degC]}, {name: dmi, values: [1 degC, 1 degC, 1 degC, 1 degC, 1 degC, 1 degC]}]}",
        ),
    )
    projected = make_outlook(season)
    assert projected.forecast.attrs["kind"] == "projection"
    assert fingerprint(season) != fingerprint(load_scenario("beledweyne-flood"))
    assert float(projected.path["oni"].sel(time="2022-10-01").mean()) == 2
    floods = {"cause": "flood", "location": "SO20"}
    assert not np.array_equal(projected.forecast.sel(floods), outlook.forecast.sel(floods))


def test_plans_with_the_same_forecast_section_share_a_fingerprint():
    plans = [load_scenario(name) for name in ("beledweyne-flood", "beledweyne-losses")]
    assert fingerprint(plans[0]) == fingerprint(plans[1])


def test_files_of_one_name_in_two_folders_are_two_files(tmp_path):
    plans = []
    for folder in (tmp_path / "a", tmp_path / "b"):
        folder.mkdir()
        (folder / "plan.yaml").write_text(OWN)
        plans.append(load_scenario(folder / "plan.yaml"))
    assert fingerprint(plans[0]) != fingerprint(plans[1])


def test_the_focus_is_summed_over_its_places_and_all_causes(outlook, quick):
    total = focus_total(outlook.forecast, quick.forecast)
    by_hand = outlook.forecast.sel(location=["SO20", "SO21", "SO23"]).sum(("location", "cause"))
    xr.testing.assert_equal(total, by_hand)
    assert total.attrs["units"] == "persons"


def test_drivers_run_on_to_the_end_of_the_horizon(outlook):
    curves = driver_curves(outlook)
    assert set(curves.data_vars) == {"oni", "dmi"}
    assert curves["time"].values[-1] == np.datetime64("2022-12-01")
    assert not np.isnan(curves["oni"].sel(time=slice("2022-01-01", None))).any()


def test_the_track_scores_the_model_beside_both_benchmarks_for_the_focus():
    track = make_track(
        derived(
            ("forecast.backtest.first_cutoff", "2021-01-01"),
            ("forecast.backtest.every", "6 months"),
            ("forecast.model", "recent-climatology"),
        )
    )
    assert track.scores.sizes["cutoff"] == 3
    assert set(track.skill["horizon"]) == {1, 2, 3, 4, 5, 6}
    assert set(track.skill["model"]) == {"recent climatology"}
    assert "crps_focus" in track.scores
    assert "recent climatology" in track.statement


def test_a_track_is_the_same_from_kept_scores(tmp_path, monkeypatch):
    monkeypatch.setenv("SAFEPASSAGE_CACHE", str(tmp_path))
    scenario = derived(
        ("forecast.backtest.first_cutoff", "2021-01-01"),
        ("forecast.backtest.every", "6 months"),
        ("forecast.model", "recent-climatology"),
    )
    told = []
    first = make_track(scenario)
    again = make_track(scenario, advance=told.append)
    assert told == [first.scores.sizes["cutoff"]]
    xr.testing.assert_identical(again.scores, first.scores)
    pd.testing.assert_frame_equal(again.skill, first.skill)
    assert again.statement == first.statement


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("forecast.data", "italy_sea_arrivals", "holds flows by day; write it in days"),
        ("forecast.data", "nothing.csv", "neither an embedded table .* nor a file at"),
        ("forecast.reference_date", "2023-01-01", "holds months 2016-01-01 until 2022-07-01"),
        ("forecast.focus", "[SO99]", "SO99 not in somalia_displacement; it has SO11"),
        ("forecast.drivers.use", "[mei]", "mei not in climate_indices; it has oni"),
        ("forecast.drivers.data", "rain", "allowed: climate_indices"),
        ("inflows.hiraan-flood.causes", "[fire]", "fire not in somalia_displacement; it has"),
    ],
)
def test_data_that_do_not_hold_what_is_asked_are_named_with_their_line(path, value, message):
    changes = [(path, value)]
    if path == "forecast.reference_date":
        changes += [("time.start", value), ("time.run_length", "90 days")]
    with pytest.raises(ScenarioError, match=message):
        make_outlook(derived(*changes))


OWN = """schema: 1
name: own
title: T
question: Q?
based_on: beledweyne-flood
changes:
  - {set: forecast.data, to: flows.csv, because: own}
  - {set: forecast.model, to: adaptive-pool, because: own}
  - {set: forecast.samples, to: 40, because: own}
  - {set: forecast.backtest.first_cutoff, to: 2021-07-01, because: own}
  - {remove: forecast.focus, because: own}
  - {remove: forecast.drivers, because: own}
  - {remove: inflows.hiraan-flood.causes, because: own}
  - {remove: inflows.lower-valley-flood.causes, because: own}
  - {remove: inflows.hiraan-drought-conflict, because: own}
  - {remove: inflows.lower-valley-drought-conflict, because: own}
"""


@pytest.fixture
def own_flows(tmp_path):
    rng = np.random.default_rng(1)
    rows = [
        f"{year}-{month:02d},{place},{rng.integers(0, 900)}"
        for year in range(2017, 2022)
        for month in range(1, 13)
        for place in ("SO20", "SO21", "SO23")
    ]
    rows += [f"2022-{m:02d},{p},5" for m in range(1, 7) for p in ("SO20", "SO21", "SO23")]
    (tmp_path / "flows.csv").write_text("month,location,persons\n" + "\n".join(rows) + "\n")
    return tmp_path


def test_own_flows_without_causes_and_drivers_are_forecast_and_tested(own_flows):
    plan = own_flows / "plan.yaml"
    plan.write_text(OWN)
    scenario = load_scenario(plan)
    assert make_outlook(scenario).forecast.dims == ("sample", "time", "location")
    assert set(make_track(scenario).skill["model"]) == {"adaptive pool", "recent climatology"}


def test_a_model_that_needs_drivers_says_so_before_the_run(own_flows):
    plan = own_flows / "plan.yaml"
    plan.write_text(OWN.replace("adaptive-pool", "pool"))
    with pytest.raises(ScenarioError, match=r"forecast.model: 'pool' needs drivers"):
        check_data(load_scenario(plan))
