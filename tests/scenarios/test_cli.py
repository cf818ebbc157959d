"""The command line, as a user meets it."""

import re

import pytest
from typer.testing import CliRunner

from scenarios import __version__, cli
from scenarios.report import pictures
from tests.scenarios.conftest import without_drawing
from tests.scenarios.test_runner import OTHER, SMALL

runner = CliRunner()


def invoke(*words, status=0):
    result = runner.invoke(cli.app, [str(word) for word in words])
    assert result.exit_code == status, result.output
    assert "Traceback" not in result.output
    return " ".join(result.output.split())


def without_pictures(html):
    """Layout rounds differently when a figure has been saved before."""
    return re.sub(r"data:image/svg[^\"]*", "", html)


@pytest.fixture
def plan(tmp_path):
    path = tmp_path / "small.yaml"
    path.write_text(SMALL)
    return path


VERBS = (
    "backtest",
    "forecast",
    "list",
    "check",
    "run",
    "compare",
    "report",
    "data",
    "data list",
    "data show",
    "data check",
    "notebook",
)


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_help_with_an_example(verb):
    text = invoke(*verb.split(), "--help")
    assert f"Example: safepassage {verb}" in text


def test_the_version_is_told():
    assert __version__ in invoke("--version")


def test_the_library_is_listed_with_questions():
    text = invoke("list")
    assert "beledweyne-flood" in text
    assert "beledweyne-losses" in text
    assert "question it answers" in text


def test_the_figures_are_listed_with_span_publisher_and_licence():
    text = invoke("data", "list")
    for word in ("somalia_displacement", "2016-01 to 2022-06", "NOAA", "public domain"):
        assert word in text


def test_one_table_is_shown_with_its_credit_line():
    text = invoke("data", "show", "climate_indices")
    assert "Credit line:" in text
    assert "forecasting.load('climate_indices')" in text


def test_a_table_that_does_not_exist_has_a_suggestion():
    assert "did you mean 'climate_indices'?" in invoke("data", "show", "climate_index", status=2)


def test_a_good_file_passes_the_check(plan):
    assert "small: no problems. 16 facilities" in invoke("check", plan)


def test_sources_are_listed_on_request():
    text = invoke("check", "beledweyne-flood", "--sources")
    assert "inflows.hiraan-flood.share" in text
    assert "Haiyan" in text


def test_brackets_in_a_text_are_no_markup(plan):
    text = (
        SMALL.rstrip() + "\n  - {set: sites.jowhar.places, to: 9 persons, because: '[bold] [/x]'}\n"
    )
    plan.write_text(text)
    assert "[bold] [/x]" in invoke("check", plan, "--sources")


def test_a_bad_file_ends_with_all_its_problems_and_status_2(tmp_path):
    path = tmp_path / "bad.yaml"
    path.write_text(SMALL + "  - {set: sites.jowar.places, to: 5 persons, because: x}\nzzz: 1\n")
    text = invoke("check", path, status=2)
    assert "has 2 problems" in text
    assert "did you mean 'jowhar'?" in text


def test_a_file_that_does_not_exist_ends_with_status_2():
    assert "there is no such scenario or file" in invoke("run", "nowhere.yaml", status=2)


def test_a_request_that_cannot_be_run_ends_with_status_2(plan, tmp_path):
    text = invoke("run", plan, "--replications", 9, "--out", tmp_path / "o", status=2)
    assert "the forecast has 8 samples" in text
    assert not (tmp_path / "o").exists()


def test_a_run_that_fails_ends_with_status_1(plan, tmp_path, monkeypatch):
    def broken(*_args, **_kwargs):
        msg = "disk on fire"
        raise RuntimeError(msg)

    monkeypatch.setattr("scenarios.runner.run", broken)
    text = invoke("run", plan, "--out", tmp_path / "o", status=1)
    assert "the run failed: RuntimeError: disk on fire" in text
    assert not (tmp_path / "o").exists()


def test_an_interrupted_run_says_that_nothing_was_written(plan, tmp_path, monkeypatch):
    def interrupted(*_args, **_kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr("scenarios.runner.run", interrupted)
    assert "nothing was written" in invoke("run", plan, "--out", tmp_path / "o", status=130)


def test_run_report_and_compare(plan, tmp_path, monkeypatch):
    other, out = tmp_path / "other.yaml", tmp_path / "results"
    other.write_text(OTHER)
    words = ["run", plan, "--compare", other, "--out", out, "--workers", 1, "--replications", 3]
    with monkeypatch.context() as undrawn:  # the pictures of this run are drawn by test_runner.py
        undrawn.setattr(pictures, "_images", without_drawing)
        assert "report.html" in invoke(*words)
    assert "exists and results are never overwritten" in invoke(*words, status=2)
    html = (out / "report.html").read_text()
    assert "Fewer boats" in html
    copy = tmp_path / "copy.html"
    invoke("report", out, "--out", copy)
    assert without_pictures(copy.read_text()) == without_pictures(html)
    assert "not overwritten" in invoke("report", out, "--out", copy, status=2)
    for name in ("copy.pdf", "nowhere/copy.html"):
        text = invoke("report", out, "--out", tmp_path / name, "--pdf", status=2)
        assert "give the name of a page in a folder that is there" in text
    assert not (tmp_path / "copy.pdf").exists()
    table = tmp_path / "table.csv"
    text = invoke("compare", out, out / "plans" / "fewer-boats", "--csv", table, status=2)
    assert "holds no results" in text
    text = invoke("compare", out, other, "--csv", table, "--workers", 1)
    assert "fewer-boats, difference from the baseline" in text
    assert table.read_text().startswith("plan,measure,baseline")
    assert "overwritten" in invoke("compare", out, other, "--csv", table, status=2)


def test_compare_needs_two_plans(plan):
    assert "at least two plans" in invoke("compare", plan, status=2)


def test_trace_tells_the_story_of_one_household(tmp_path):
    plan = tmp_path / "small.yaml"
    plan.write_text(SMALL, encoding="utf-8")
    told = invoke("trace", plan, "--replication", 1, "--group", 3)
    assert "Household 3 in future 1" in told
    assert "at the end of the story" in told
    assert "no real household" in told
    invoke("trace", plan, "--longest-wait")
    invoke("trace", plan, "--busiest", "ceel-jaale", "--seed", 5)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ((), "exactly one of --group, --busiest FACILITY and --longest-wait"),
        (("--group", 1, "--longest-wait"), "exactly one"),
        (("--group", 10**9), "there is no group"),
        (("--busiest", "nowhere"), "there is no facility 'nowhere'"),
        (("--group", 1, "--replication", 99), "the samples 0 to 7"),
    ],
)
def test_trace_says_what_it_cannot_tell(tmp_path, options, message):
    plan = tmp_path / "small.yaml"
    plan.write_text(SMALL, encoding="utf-8")
    assert message in " ".join(invoke("trace", plan, *options, status=2).split())
