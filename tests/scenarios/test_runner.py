"""From scenarios to a results folder, and back."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import xarray as xr

import scenarios
from scenarios.comparison import CompareError
from scenarios.files import parse_scenario
from scenarios.problems import ScenarioError
from scenarios.results import ResultsError, complete_folder, free_folder, read_results
from scenarios.runner import Progress

SMALL = """
schema: 1
name: small
title: A small run
question: Does it run?
based_on: beledweyne-flood
changes:
  - {set: forecast.samples, to: 8, because: quick}
  - {set: forecast.model, to: seasonal-climatology, because: quick}
  - {set: forecast.backtest.first_cutoff, to: 2021-07-01, because: quick}
  - {set: experiment.replications, to: 6, because: quick}
  - {set: inflows.hiraan-flood.share, to: 1 %, because: quick}
"""
OTHER = SMALL.replace("name: small", "name: fewer-boats").replace("A small run", "Fewer boats")
OTHER += "  - {set: boats-beledweyne.units, to: 1 boat, because: engines fail}\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    target = tmp_path_factory.mktemp("runs") / "first"
    return scenarios.run_to_folder(
        parse_scenario(SMALL), target, against=[parse_scenario(OTHER)], workers=1, command="test"
    )


def test_the_folder_holds_everything(folder):
    names = {path.name for path in folder.iterdir()}
    assert names >= {
        "report.html",
        "measures.nc",
        "measures.csv",
        "tails.csv",
        "forecast.nc",
        "figures",
        "scenario.yaml",
        "provenance.json",
        "comparison.csv",
    }
    assert {path.suffix for path in (folder / "figures").iterdir()} == {".png", ".svg"}
    record = json.loads((folder / "provenance.json").read_text())
    assert record["seed"] == 20220701
    assert record["replications"] == 6
    assert set(record["versions"]) >= {"safepassage", "python", "simpy", "statsmodels"}
    assert len(record["data"]["somalia_displacement"]) == 64


def test_what_is_read_back_is_what_was_run(folder):
    results = read_results(folder)
    assert results.main.scenario.title == "A small run"
    assert list(results.plans) == ["fewer-boats"]
    assert results.main.measures.sizes["replication"] == 6
    assert results.comparison["plan"].unique().tolist() == ["fewer-boats"]
    again = scenarios.compare(
        results.main.measures, {"fewer-boats": results.plans["fewer-boats"].measures}
    )
    stored = results.comparison.set_index("measure")["difference"]
    made = again.set_index("measure")["difference"].to_dict()
    assert made == pytest.approx(stored.to_dict(), nan_ok=True)


def test_everyone_who_entered_is_in_exactly_one_outcome(folder):
    measures = read_results(folder).main.measures
    total = measures["persons_by_outcome"].sum("group_outcome")
    assert (total == measures["persons_entered"]).all()
    assert float(measures["persons_entered"].min()) > 0


def test_an_existing_folder_is_never_overwritten(folder):
    before = (folder / "measures.nc").read_bytes()
    with pytest.raises(ResultsError, match="exists and results are never overwritten"):
        scenarios.run_to_folder(parse_scenario(SMALL), folder)
    assert (folder / "measures.nc").read_bytes() == before


def test_a_run_that_fails_leaves_nothing(tmp_path):
    def fail():
        with complete_folder(tmp_path / "out") as draft:
            (draft.folder / "half.nc").write_text("half")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert list(tmp_path.iterdir()) == []


def test_two_runs_at_once_keep_both_results(tmp_path):
    with complete_folder(tmp_path / "run", or_next=True) as slow:
        (slow.folder / "slow").touch()
        with complete_folder(tmp_path / "run", or_next=True) as quick:
            (quick.folder / "quick").touch()
    assert (quick.target, slow.target) == (tmp_path / "run", tmp_path / "run-2")
    assert {path.name for path in tmp_path.rglob("*")} == {"run", "run-2", "quick", "slow"}


def test_more_samples_of_the_forecast_than_the_scenario_says(tmp_path):
    scenario = parse_scenario(SMALL)
    with pytest.raises(ScenarioError, match=r"the forecast has 8 samples .* run --samples 10`"):
        scenarios.run(scenario, replications=10, workers=1)
    made = scenarios.run(scenario, replications=10, samples=12, workers=1)
    assert made.main.forecast.sizes["sample"] == 12
    assert made.main.measures.sizes["replication"] == 10
    assert made.provenance["samples"] == 12
    with pytest.raises(ScenarioError, match="the forecast has 0 samples"):
        scenarios.run(scenario, samples=0)


def test_a_place_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with (
        pytest.raises(ResultsError, match=r"cannot write to .*file"),
        complete_folder(tmp_path / "file" / "out"),
    ):
        pytest.fail("nothing should be tried")


def test_the_next_free_folder_is_numbered(tmp_path):
    assert free_folder("a", tmp_path).name == "a"
    (tmp_path / "a").mkdir()
    (tmp_path / "a-2").mkdir()
    assert free_folder("a", tmp_path).name == "a-3"


def test_a_folder_without_results_is_refused(tmp_path):
    with pytest.raises(ResultsError, match="holds no results"):
        read_results(tmp_path)


def test_a_folder_with_half_the_results_is_refused(tmp_path):
    (tmp_path / "provenance.json").write_text('{"compared_plans": []}')
    with pytest.raises(ResultsError, match="does not hold complete results"):
        read_results(tmp_path)


def test_results_of_another_version_are_refused(folder, tmp_path):
    old = tmp_path / "old"
    shutil.copytree(folder, old)
    with xr.open_dataset(old / "measures.nc", engine="h5netcdf") as measures:
        kept = measures.drop_vars("hours_interrupted").load()
    kept.to_netcdf(old / "measures.nc", engine="h5netcdf")
    with pytest.raises(ResultsError, match=r"no hours_interrupted: .* Run the scenario again"):
        read_results(old)


def test_two_plans_need_two_names():
    with pytest.raises(CompareError, match="small stands twice among the plans"):
        scenarios.run(parse_scenario(SMALL), against=[parse_scenario(SMALL)])


@pytest.mark.untraced
def test_progress_tells_every_stage(monkeypatch):
    monkeypatch.setenv("SAFEPASSAGE_CACHE", "off")
    stages, done = [], []
    progress = Progress(stage=lambda name, parts: stages.append((name, parts)), advance=done.append)
    scenarios.run(parse_scenario(SMALL), replications=2, workers=1, progress=progress)
    assert stages == [
        ("Forecasting", 1),
        ("Testing the forecast on the past", 3),
        ("Simulating small", 2),
    ]
    assert sum(done) == sum(parts for _, parts in stages)


@pytest.mark.untraced
def test_plans_given_as_folder_and_as_file_face_the_same_futures(folder, tmp_path):
    plan = tmp_path / "other.yaml"
    plan.write_text(OTHER.replace("fewer-boats", "no-boats").replace("1 boat", "0 boats"))
    table = scenarios.compare_plans([folder, plan], workers=1)
    assert table["plan"].unique().tolist() == ["no-boats"]
    unreached = table.set_index("measure").loc["not_reached_total"]
    assert unreached["difference"] >= 0


def test_plans_with_other_seeds_are_not_compared(folder):
    measures = read_results(folder).main.measures
    with pytest.raises(CompareError, match="the seed is 2 but 20220701 in the baseline"):
        scenarios.compare(measures, {"other": measures.assign_attrs(seed=2)})


TABLES = """
import sys
from pathlib import Path
from scenarios.results import write_results
from scenarios.runner import run
plan, target, workers = sys.argv[1:]
Path(target).mkdir()
write_results(run(Path(plan), workers=int(workers)), Path(target))
"""


def run_elsewhere(target: Path, plan: Path, workers: int, **environment: str) -> bytes:
    """Run a plan in a process of its own and write its tables without a report."""
    subprocess.run(  # noqa: S603 (our own command)
        [sys.executable, "-c", TABLES, str(plan), str(target), str(workers)],
        check=True,
        env={**os.environ, "SAFEPASSAGE_CACHE": "off", **environment},
        capture_output=True,
    )
    return (target / "measures.nc").read_bytes()


@pytest.mark.slow(minutes=1)
def test_workers_time_zone_and_locale_change_no_byte(tmp_path):
    plan = tmp_path / "plan.yaml"
    plan.write_text(SMALL)
    one = run_elsewhere(tmp_path / "one", plan, 1, TZ="UTC", LC_ALL="C", PYTHONHASHSEED="1")
    two = run_elsewhere(
        tmp_path / "two",
        plan,
        2,
        TZ="Pacific/Kiritimati",
        LC_ALL="C.UTF-8",
        PYTHONHASHSEED="2",
        OMP_NUM_THREADS="2",
    )
    assert one == two
    with (
        xr.open_dataset(tmp_path / "one" / "forecast.nc") as a,
        xr.open_dataset(tmp_path / "two" / "forecast.nc") as b,
    ):
        xr.testing.assert_identical(a.load(), b.load())
