"""Runs that are stopped and go on: by Ctrl-C and by kill -9, with the same bytes."""

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

import scenarios
from scenarios.cli import app
from scenarios.files import changed_scenario, load_scenario, parse_scenario
from scenarios.precision import read_precision
from scenarios.report import pictures
from scenarios.results import ResultsError
from scenarios.runner import Progress
from scenarios.unfinished import StoppedError, unfinished_run
from simulation.experiments import ExperimentError
from tests.scenarios.conftest import without_drawing

SMALL = """
schema: 1
name: small
title: A small run
question: Does it go on?
based_on: beledweyne-flood
changes:
  - {set: forecast.samples, to: 30, because: quick}
  - {set: forecast.model, to: seasonal-climatology, because: quick}
  - {remove: forecast.backtest, because: quick}
  - {set: experiment.replications, to: 12, because: quick}
  - {set: time.run_length, to: 8 days, because: quick}
"""


class Interrupt:
    """Progress that is interrupted at the n-th finished block."""

    def __init__(self, blocks):
        self.left = blocks
        self.progress = Progress(stage=self.stage, advance=self.advance)
        self.simulating = False

    def stage(self, name, _parts):
        self.simulating = name.startswith("Simulating")

    def advance(self, _parts):
        if self.simulating:
            self.left -= 1
            if self.left == 0:
                raise KeyboardInterrupt


def run(out, **options):
    return scenarios.run_to_folder(parse_scenario(SMALL), out, workers=1, **options)


@pytest.fixture(scope="module", autouse=True)
def nothing_is_drawn():
    """The pictures are those of any other run."""
    with pytest.MonkeyPatch.context() as undrawn:
        undrawn.setattr(pictures, "_images", without_drawing)
        yield


@pytest.fixture(scope="module")
def whole(tmp_path_factory, nothing_is_drawn):
    return (run(tmp_path_factory.mktemp("whole") / "a") / "measures.nc").read_bytes()


def test_an_interrupted_run_goes_on_with_the_same_bytes(tmp_path, whole):
    with pytest.raises(StoppedError, match=r"kept in .*a\.unfinished; type the same command"):
        run(tmp_path / "a", progress=Interrupt(2).progress)
    assert [path.name for path in tmp_path.iterdir()] == ["a.unfinished"]
    with pytest.raises(ResultsError, match=r"run of .*a was stopped; .* Add --resume"):
        run(tmp_path / "a")
    folder = run(tmp_path / "a", resume=True)
    assert (folder / "measures.nc").read_bytes() == whole
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_another_seed_does_not_go_on_from_it(tmp_path):
    with pytest.raises(StoppedError, match="kept"):
        run(tmp_path / "a", progress=Interrupt(1).progress)
    with pytest.raises(ValueError, match="another run: different seed"):
        run(tmp_path / "a", resume=True, seed=5)
    assert (tmp_path / "a.unfinished").exists()


def test_interrupted_before_anything_is_finished_keeps_nothing(tmp_path):
    def stop(name, _parts):
        if name == "Forecasting":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(tmp_path / "a", progress=Progress(stage=stop, advance=lambda _parts: None))
    assert list(tmp_path.iterdir()) == []


def test_without_a_folder_the_latest_stopped_run_goes_on(tmp_path, monkeypatch, whole):
    monkeypatch.chdir(tmp_path)
    assert run(None, resume=True).name == "small"  # nothing was stopped: a new run
    with pytest.raises(StoppedError, match=r"small-2\.unfinished"):
        run(None, progress=Interrupt(1).progress)
    (tmp_path / "results" / "small-3x.unfinished").mkdir()  # of another scenario
    with unfinished_run("small", None) as other:
        assert other.target.name == "small-3"  # taken by nobody
    folder = run(None, resume=True)
    assert folder.name == "small-2"
    assert (folder / "measures.nc").read_bytes() == whole


def test_a_place_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with (
        pytest.raises(ResultsError, match=r"cannot write to .*file .* Choose another --out"),
        unfinished_run("a", tmp_path / "file" / "out"),
    ):
        pytest.fail("nothing should be tried")


@pytest.mark.slow(minutes=1)
@pytest.mark.skipif(os.name != "posix", reason="kill -9 is of POSIX systems")
def test_killed_at_ten_random_moments_it_goes_on_with_the_same_bytes(tmp_path, whole):
    moments = np.random.default_rng(20261124).uniform(0.1, 0.98, 10)
    folder, log = tmp_path / "runs", tmp_path / "log.json"
    folder.mkdir()
    (folder / "small.yaml").write_text(SMALL)
    program = Path(__file__).with_name("killed_runs.py")
    command = [sys.executable, str(program), str(folder), str(log), *map(str, moments)]
    done = subprocess.run(command, capture_output=True, text=True)  # noqa: S603 - our own command
    assert done.returncode == 0, done.stderr
    told = json.loads(log.read_text())
    assert len(told) == len(moments)
    assert {one["measures"] for one in told} == {hashlib.sha256(whole).hexdigest()}
    assert {tuple(one["left"]) for one in told} == {("a", "small.yaml")}
    assert max(one["kept"] for one in told) > 0


def test_a_run_to_precision_stops_when_it_is_reached(tmp_path):
    wide = ["nights without a place: 100000000", "mean time until rescue is there: 1000"]
    folder = run(tmp_path / "a", precision=wide, replications=12)
    record = json.loads((folder / "provenance.json").read_text())
    assert record["replications"] == 12
    assert [row["reached"] for row in record["precision"]] == [True, True]
    assert record["precision"][0]["measure"] == "total_nights_without_place"


def test_the_command_line_tells_what_is_known(tmp_path):
    (tmp_path / "small.yaml").write_text(SMALL)
    words = ["run", str(tmp_path / "small.yaml"), "--out", str(tmp_path / "a"), "--workers", "1"]
    words += ["--precision", "groups: 1", "--replications", "6"]
    result = CliRunner().invoke(app, words)
    assert result.exit_code == 2
    assert "there is no measure 'groups'" in " ".join(result.output.split())
    assert [path.name for path in tmp_path.iterdir()] == ["small.yaml"]
    words[-3] = "nights without a place: 0.001 %"
    words += ["--precision", "families split between sites: 1000"]
    result = CliRunner().invoke(app, words)
    text = " ".join(result.output.split())
    assert result.exit_code == 0, text
    assert "Nights without a place: mean" in text
    assert "after 6 replications" in text
    split = "Families split between sites: mean 0 groups, not known well enough (no spread was seen"
    assert split in text
    rows = json.loads((tmp_path / "a" / "provenance.json").read_text())["precision"]
    assert (rows[1]["mean"], rows[1]["low"], rows[1]["reached"]) == (0.0, None, False)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("nights", "--precision is 'nights'; write a measure, a colon and a number"),
        ("nights: 5 boats", "after the number comes % or nothing"),
        ("nights: 0 %", "needs one number above 0"),
    ],
)
def test_a_precision_written_otherwise_is_refused(text, message):
    with pytest.raises(ValueError, match=message):
        read_precision(text)


def test_without_a_folder_replications_are_kept_for_the_time_of_the_run():
    results = scenarios.run(
        parse_scenario(SMALL), precision=["nights without a place: 99 %"], replications=5, workers=1
    )
    assert results.main.measures.sizes["replication"] == 5


def test_replications_that_are_added_run_on_the_engine_of_the_first(tmp_path, monkeypatch):
    """What is kept of a run belongs to one engine, so the choice must not change on the way."""
    monkeypatch.setattr("simulation.engines.PAYS_FROM", 10)
    region = Path(__file__).parents[2] / "docs" / "how-to" / "examples" / "my-region.yaml"
    week = {"set": "time.run_length", "to": "7 days", "because": "quick"}
    plan = changed_scenario(load_scenario(region), [week])
    results = scenarios.run(
        plan, replications=15, workers=1, keep=tmp_path, precision=["families split: 0.000001"]
    )
    assert results.provenance["replications"] in (5, 10, 15)
    assert results.provenance["engine"].startswith("compiled")


def test_precision_takes_no_more_replications_than_every_plan_has_samples():
    region = load_scenario("docs/how-to/examples/my-region.yaml")
    short = {"set": "time.run_length", "to": "5 days", "because": "quick"}
    fewer = {"set": "forecast.samples", "to": "8", "because": "quick"}
    known = {"set": "experiment.replications", "to": "6", "because": "quick"}
    plan = changed_scenario(region, [short])
    other = changed_scenario(region, [short, fewer, known]).model_copy(update={"name": "other"})
    results = scenarios.run(
        plan, against=[other], workers=1, precision=["families split: 0.000001"]
    )
    assert results.provenance["replications"] == 8


def test_a_run_that_goes_on_says_what_its_engine_needs(tmp_path, monkeypatch):
    monkeypatch.setattr("scenarios.runner.kept_engine", lambda _folder: "compiled")
    monkeypatch.setattr("simulation.engines.importlib.util.find_spec", lambda _name: None)
    plan = load_scenario("docs/how-to/examples/my-region.yaml")
    with pytest.raises(ExperimentError, match=r"ran on the compiled engine: .*numba is not"):
        scenarios.run(plan, replications=2, keep=tmp_path)


def test_a_run_that_goes_on_with_more_replications_stays_on_its_engine(tmp_path, monkeypatch):
    region = load_scenario("docs/how-to/examples/my-region.yaml")
    plan = changed_scenario(
        region, [{"set": "time.run_length", "to": "5 days", "because": "quick"}]
    )
    out = tmp_path / "r"
    with pytest.raises(StoppedError, match="--resume to go on"):
        scenarios.run_to_folder(
            plan, out, workers=1, replications=10, progress=Interrupt(1).progress
        )
    monkeypatch.setattr("simulation.engines.PAYS_FROM", 12)
    scenarios.run_to_folder(plan, out, workers=1, replications=12, resume=True)
    record = json.loads((out / "provenance.json").read_text(encoding="utf-8"))
    assert record["engine"] == "simpy: the replications that are kept ran on it"
    assert record["replications"] == 12
