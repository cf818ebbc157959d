"""Forecasts judged from the command line: what is shown, written and refused."""

import csv
import json
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest
import xarray as xr

import forecasting as fc
from scenarios import plots
from scenarios.backtests import check_request, run_backtest, tables_of
from scenarios.files import load_scenario
from scenarios.forecasts import known_flows, scenario_flows
from scenarios.models import MODELS, model_named
from scenarios.plots.scores import best_benchmark, pit_histogram
from scenarios.problems import ScenarioError
from scenarios.subjects import subject_of
from scenarios.worksheets.writing import write_worksheet
from tests.scenarios.test_cli import invoke

QUICK = ("--cutoffs", "3", "--step", "2", "--horizon", "2", "--samples", "40", "--workers", "1")


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    """Five years by month, two places and two causes, in a file with a non-ASCII name."""
    rng = np.random.default_rng(4)
    months = pd.date_range("2019-01-01", periods=60, freq="MS").strftime("%Y-%m")
    rows = [
        {"month": month, "location": place, "cause": cause, "persons": int(count)}
        for place in ("north", "süd")
        for cause in ("flood", "drought")
        for month, count in zip(months, rng.negative_binomial(0.5, 0.002, 60), strict=True)
    ]
    path = tmp_path_factory.mktemp("flows") / "región.csv"
    pd.DataFrame(rows).to_csv(path, index=False)
    return path


@pytest.fixture(scope="module")
def judged(table):
    subject = subject_of(str(table), horizon=3)
    return run_backtest(subject, cutoffs=4, step=2, samples=60, seed=1)


def test_a_word_is_a_table_a_file_or_a_scenario(table):
    file = subject_of(str(table))
    assert (file.name, file.model, file.horizon) == ("región", "adaptive-pool", 6)
    scenario = subject_of("beledweyne-flood", model="adaptive-pool", horizon=3)
    assert scenario.focus == ("SO20", "SO21", "SO23")
    assert (scenario.model, scenario.horizon) == ("adaptive-pool", 3)
    assert str(scenario.flows["time"].values[-1])[:7] == "2022-06"
    assert subject_of("channel_small_boats").horizon == 14
    districts = subject_of("somalia_displacement", level="district", drivers=["oni"], model="pool")
    assert districts.flows.sizes["location"] > 18
    assert list(districts.drivers) == ["oni"]


def test_flows_come_from_a_workbook_too(table, tmp_path):
    book = openpyxl.Workbook()
    book.active.title = "Counts"
    for row in csv.reader(table.read_text(encoding="utf-8").splitlines()):
        book.active.append(row)
    book.create_sheet("Notes").append(["call the mayor"])
    path = tmp_path / "flows.xlsx"
    book.save(path)
    with pytest.raises(fc.FlowError, match="several sheets; name one of: Counts, Notes"):
        subject_of(str(path))
    from_book = subject_of(str(path), sheet="Counts")
    assert from_book.name == "flows"
    xr.testing.assert_equal(from_book.flows, subject_of(str(table)).flows)
    assert "series of" in invoke("data", "check", str(path), "--sheet", "counts")
    with pytest.raises(fc.FlowError, match=r"--sheet is for tables of flows in \.xlsx files"):
        subject_of("darien_transits", sheet="Counts")


def test_a_scenario_names_the_sheet_of_its_flows(tmp_path):
    example = Path(__file__).parents[2] / "docs/how-to/examples/my-region.yaml"
    text = example.read_text(encoding="utf-8")
    book = openpyxl.Workbook()
    counts = example.with_name("my-flows.csv").read_text(encoding="utf-8")
    for row in csv.reader(counts.splitlines()):
        book.active.append(row)
    book.create_sheet("Notes").append(["call the mayor"])
    book.save(tmp_path / "my-flows.xlsx")
    plan = tmp_path / "plan.yaml"
    named = "data: my-flows.xlsx\n  sheet: Sheet "
    plan.write_text(text.replace("data: my-flows.csv ", named), encoding="utf-8")
    scenario, known = load_scenario(plan), load_scenario(example)
    xr.testing.assert_equal(scenario_flows(scenario), scenario_flows(known))
    assert (
        load_scenario(write_worksheet(tmp_path / "plan.xlsx", scenario)).forecast.sheet == "Sheet"
    )
    xr.testing.assert_equal(subject_of(str(tmp_path / "plan.xlsx")).flows, known_flows(known))
    plan.write_text(text.replace("data: my-flows.csv ", "data: my-flows.csv\n  sheet: A "))
    with pytest.raises(
        ScenarioError, match=r"'sheet' is for data in an \.xlsx file; my-flows\.csv"
    ):
        load_scenario(plan)


@pytest.mark.parametrize(
    ("what", "options", "message"),
    [
        ("climate_indices", {}, "holds no flows of people"),
        ("somalia_districts", {}, "holds no flows of people"),
        ("darien_transits", {"model": "pool"}, "needs drivers and darien_transits has none"),
        ("darien_transits", {"level": "district"}, "has one level"),
        ("darien_transits", {"drivers": ["rain"]}, "drivers rain are not in climate_indices"),
        ("italy_sea_arrivals", {"model": "pool", "drivers": ["oni"]}, "needs flows by month"),
        ("beledweyne-flood", {"level": "district"}, "--level is for tables"),
    ],
)
def test_what_cannot_be_forecast_is_refused_with_a_way_out(what, options, message):
    with pytest.raises(fc.FlowError, match=message):
        subject_of(what, **options)


@pytest.mark.parametrize("name", list(MODELS))
def test_models_by_name_reach_the_horizon_asked_for(name):
    flows = fc.load_somalia_displacement()
    drivers = fc.load_climate_indices()[["oni", "dmi"]]
    fitted = model_named(name, 9).fit(flows, drivers)
    assert fitted.forecast(9, None, 20, 1).sizes["time"] == 9


def test_the_judged_model_stands_beside_every_standard_benchmark(judged):
    names = [str(name) for name in judged.scores["model"].values]
    standard = [m.name for m in fc.standard_benchmarks(judged.subject.flows, 3)]
    assert names == ["adaptive pool", *standard]
    against = judged.against("total")
    assert (against["low"] <= against["skill"]).all()
    assert (against["skill"] <= against["high"]).all()
    assert against.loc["adaptive pool", "skill"] == 0.0
    assert judged.levels == ("series", "location", "cause", "total")
    text = judged.statement()
    for name in standard:
        assert name in text
    assert "90% interval held" in text


def test_every_model_is_warned_with_and_planned_on(judged):
    warnings = judged.warnings()
    assert warnings["hit_rate"].dropna().between(0, 1).all()
    assert (warnings["value_0.1"] <= 1.0).all()
    assert (warnings.loc["zero", ["warnings", "planned"]] == 0).all()
    assert warnings.loc["zero", "short_share"] == 1.0


def test_tables_are_whole(judged):
    tables = tables_of(judged)
    assert set(tables) == {
        "scores", "warnings", "by_horizon", "by_location", "by_cause", "reliability", "roc",
    }  # fmt: skip
    assert set(tables["scores"]["level"]) == set(judged.levels)
    assert set(tables["by_horizon"]["horizon"]) == {1, 2, 3}


@pytest.mark.parametrize(
    ("level", "by", "message"),
    [
        ("focus", None, "level is 'focus'; región has: series, location, cause, total"),
        ("cause", "location", "by is 'location'; at level 'cause' región has: horizon"),
        ("total", "cause", "by is 'cause'"),
    ],
)
def test_levels_that_are_not_there_are_refused_before_the_run(judged, level, by, message):
    with pytest.raises(fc.FlowError, match=message):
        check_request(judged.subject, level, by)
    check_request(judged.subject, "location", "location")


def test_the_pit_of_a_calibrated_forecast_is_flat():
    rng = np.random.default_rng(5)
    samples, observed = rng.poisson(2.0, (500, 4000)), rng.poisson(2.0, 4000)
    low, high = fc.pit_bounds(observed=observed, samples=samples)
    names = [n for n in fc.evaluation.MEASURES if not n.startswith("pit")]
    data = {name: (("model", "case"), np.zeros((1, 4000))) for name in names}
    data |= {"pit_low": (("model", "case"), low[None]), "pit_high": (("model", "case"), high[None])}
    shares = pit_histogram(xr.Dataset(data, coords={"model": ["m"]}), "m")
    assert shares.sum() == pytest.approx(1.0)
    assert np.abs(shares - 0.1).max() < 4 * np.sqrt(0.09 / 4000)


def test_figures_name_models_and_units(judged):
    figures = plots.score_figures(judged.scores, "adaptive pool")
    assert set(figures) == {
        "benchmarks", "skill-by-horizon", "calibration", "reliability", "roc", "value",
    }  # fmt: skip
    labels = [t.get_text() for t in figures["benchmarks"].axes[0].get_yticklabels()]
    assert {"ETS-like", "last 24 months", "zero"} <= set(labels)
    assert figures["skill-by-horizon"].axes[0].get_xlabel() == "months ahead"
    other = best_benchmark(judged.scores, "adaptive pool")
    assert other not in ("adaptive pool", "zero", "last value")
    legend = figures["calibration"].axes[0].get_legend()
    assert "90 % interval held" in legend.get_texts()[1].get_text()
    alone = judged.scores.sel(model=["adaptive pool"])
    assert best_benchmark(alone, "adaptive pool") == "adaptive pool"


def test_the_verb_prints_and_writes(table, tmp_path):
    folder = tmp_path / "judged"
    models = ("--model", "adaptive-pool", "--model", "seasonal-climatology")
    text = invoke("backtest", table, *QUICK, *models, "--at", "total", "--by", "horizon",
                  "--out", folder)  # fmt: skip
    for word in (
        "level: total",
        "ARIMA-like",
        "lead time",
        "cannot be told apart",
        "seasonal",
    ):
        assert word in text
    record = json.loads((folder / "provenance.json").read_text(encoding="utf-8"))
    assert record["models"] == ["adaptive pool", "seasonal climatology"]
    assert record["command"].startswith("safepassage")
    scores = xr.load_dataset(folder / "scores.nc", engine="h5netcdf")
    assert scores.sizes["cutoff"] == 3
    stored = pd.read_csv(folder / "scores.csv").set_index(["level", "model"])
    expected = fc.score_table(scores, "cause")["crps"]["adaptive pool"]
    assert stored.loc[("cause", "adaptive pool"), "crps"] == pytest.approx(expected)
    assert (folder / "figures" / "calibration.svg").stat().st_size > 1000
    again = invoke("backtest", table, *QUICK, "--out", folder, status=2)
    assert "never overwritten" in again


def test_a_forecast_carries_its_record(table, tmp_path):
    target = tmp_path / "ahead.nc"
    quick = [word for word in QUICK if word not in ("--samples", "40")]
    text = invoke("forecast", table, *quick, "--samples", "50", "--seed", "3", "--out", target)
    made = fc.read_forecast(target)
    assert made.attrs["skill"] in text
    assert "adaptive pool" in made.attrs["skill"]
    assert (made.sizes["sample"], made.sizes["time"], int(made.attrs["seed"])) == (50, 2, 3)
    refused = invoke("forecast", table, *quick, "--out", target, status=2)
    assert "overwritten" in refused


def test_flows_by_day_are_forecast_too(tmp_path):
    quick = ("--cutoffs", "2", "--horizon", "7", "--samples", "30", "--workers", "1")
    target = tmp_path / "new" / "ahead.nc"
    words = ("forecast", "channel_small_boats", *quick, "--model", "recent-climatology")
    assert "first day of the day" in invoke(*words, "--out", target)
    assert fc.read_forecast(target).attrs["period"] == "day"


def test_how_spans_agree_needs_spans(table, tmp_path):
    target = tmp_path / "ahead.nc"
    words = ("forecast", table, "--reconcile", "bottom_up", "--out", target)
    assert "give --span too" in invoke(*words, status=2)
    assert not target.exists()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--model", "adaptve-pool"), "did you mean 'adaptive-pool'"),
        (("--at", "focus"), "level is 'focus'"),
        (("--horizon", "70"), "no cutoff leaves a horizon of 70"),
    ],
)
def test_wrong_requests_end_in_a_message(table, words, message):
    assert message in invoke("backtest", table, *words, "--workers", "1", status=2)


def test_risk_figures_show_units_and_what_cannot_be_told():
    index = pd.Index(["average", 2, 10], name="return_period", dtype=object)
    table = pd.DataFrame(
        {"persons": [50.0, 40.0, 90.0], "low": [20.0, 10.0, 50.0], "high": [70.0, 60.0, 200.0],
         "observed": [55.0, np.nan, np.nan]}, index)  # fmt: skip
    ax = plots.plot_annual_exceedance(table)
    assert ax.get_ylabel() == "persons displaced in a year"
    assert any("on record: 55" in text.get_text() for text in ax.texts)
    rows = pd.MultiIndex.from_tuples(
        [("oni", "flood"), ("oni", "conflict"), ("together", "all")], names=["driver", "cause"]
    )
    moves = pd.DataFrame(
        {"difference": [5.0, 0.0, 9.0], "low": [-1.0, 0.0, 2.0], "high": [8.0, 0.0, 12.0]}, rows
    )
    ax = plots.plot_driver_moves(moves)
    names = [label.get_text() for label in ax.get_yticklabels()]
    assert names == ["together: all", "ONI: flood"]  # what does not move is left out
    hollow = [line.get_markerfacecolor() for line in ax.lines if line.get_marker() == "o"]
    assert hollow.count("white") == 1
    still = plots.plot_driver_moves(moves.iloc[[1]])
    assert not still.get_yticklabels()


def test_a_notebook_shows_the_picture(capsys, judged):
    pytest.importorskip("IPython")
    plots.show(plots.plot_roc(judged.scores, ["adaptive pool"]))
    assert "Image" in capsys.readouterr().out


def test_flows_between_places_are_judged_with_the_gravity_model(tmp_path):
    path = "docs/how-to/examples/my-corridors.csv"
    text = invoke("backtest", path, *QUICK, "--model", "gravity", "--at", "destination", "--by",
                  "destination")  # fmt: skip
    assert "level: destination" in text
    assert "coast" in text
    target = tmp_path / "corridors.nc"
    quick = [word for word in QUICK if word not in ("--samples", "40")]
    invoke("forecast", path, *quick, "--model", "gravity", "--samples", "30", "--out", target)
    made = fc.read_forecast(target)
    assert made.dims == ("sample", "time", "origin", "destination")
    assert "gravity" in made.attrs["skill"]
    refused = invoke("backtest", path, *QUICK, "--model", "pool", status=2)
    assert "model pool is not for flows by origin and destination; choose gravity" in refused
    wrong = invoke("backtest", "darien_transits", *QUICK, "--model", "gravity", status=2)
    assert "model gravity is not for flows by place" in wrong
    assert "no such" in invoke("backtest", tmp_path / "none.csv", status=2)
