"""Select and sensitivity: on the command line and in Python."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from scenarios import selections
from scenarios.cli import app
from scenarios.files import load_scenario
from scenarios.selections import select_plan
from scenarios.sensitivity import read_parameter, sobol, tornado
from scenarios.side_by_side import dominated, regret_of_plans
from scenarios.variants import Variants
from simulation.executors import executor

REGION = Path(__file__).parents[2] / "docs" / "how-to" / "examples" / "my-region.yaml"
NIGHTS = "total_nights_without_place"
MORE = f"""
schema: 1
name: more-places
title: A larger site
question: Is it better?
based_on: {REGION}
changes:
  - {{set: sites.sports-ground.places, to: 900 persons, because: a trial}}
"""


def invoke(*words, status=0):
    result = CliRunner().invoke(app, [str(word) for word in words])
    assert result.exit_code == status, result.output
    return " ".join(result.output.split())


@pytest.fixture
def more(tmp_path):
    (tmp_path / "more.yaml").write_text(MORE)
    return tmp_path / "more.yaml"


def test_the_larger_site_is_selected(more):
    words = ["select", REGION, more, "--workers", 1, "--replications", 40]
    text = invoke(*words, "--indifference", 2000)
    assert "more-places is the best: chosen so with probability 95 %" in text
    undecided = invoke(
        "select", more, REGION, "--workers", 1, "--replications", 20, "--indifference", 0.01
    )
    assert "not decided" in undecided or "is the best" in undecided


def test_the_place_where_replications_run_is_opened_once(more, monkeypatch):
    opened = []

    def counted(*where):
        opened.append(where)
        return executor(*where)

    monkeypatch.setattr(selections, "executor", counted)
    found = select_plan([REGION, more], measure=NIGHTS, indifference=0.01, most=30, workers=1)
    assert max(found.replications.values()) == 30
    assert opened == [(1, None)]


@pytest.mark.parametrize(
    ("plans", "options", "message"),
    [
        ([REGION, REGION], {}, "two plans are named 'my-region'"),
        ([REGION], {}, "two or more plans"),
        ([REGION], {"most": 2000}, "forecast has 1000 samples"),
    ],
)
def test_what_cannot_be_selected_is_refused(plans, options, message):
    with pytest.raises(ValueError, match=message):
        select_plan(plans, measure=NIGHTS, indifference=1.0, workers=1, **options)


def test_compare_says_what_holds_together_and_which_plan_is_least_bad(more, tmp_path):
    words = ["compare", REGION, more, "--replications", 20, "--workers", 1]
    words += ["--people", 0.5, "--people", 2, "--csv", tmp_path / "table.csv"]
    text = invoke(*words)
    assert "all together 95 %" in text
    assert re.search(r"more-places (dominates the baseline|is a trade-off): better in \d+", text)
    assert "0.5 x the people" in text
    assert "Least bad whatever comes: more-places." in text
    table = pd.read_csv(tmp_path / "table.csv").set_index("measure")
    row = table.loc[NIGHTS]
    assert row["joint_low"] <= row["low"] <= row["high"] <= row["joint_high"]
    regrets = pd.read_csv(tmp_path / "table-regret.csv").set_index("plan")
    assert regrets.loc["more-places", "largest_regret"] == 0
    assert regrets.loc["my-region", "2 x the people"] > 0
    assert set(regrets["unit"]) == {"person-nights"}
    (tmp_path / "table.csv").unlink()
    assert "table-regret.csv exists" in invoke(*words, status=2)


def test_all_plans_are_read_before_one_is_simulated(more, tmp_path, monkeypatch):
    def simulated(*_args, **_kwargs):
        msg = "simulated"
        raise AssertionError(msg)

    monkeypatch.setattr("scenarios.side_by_side.simulate_plan", simulated)
    monkeypatch.setattr("scenarios.variants.replicate", simulated)
    assert "no such scenario" in invoke("compare", REGION, "nowhere", status=2)
    assert "two plans are named my-region" in invoke("compare", REGION, REGION, status=2)
    text = invoke("compare", REGION, more, "--people", 9, status=2)
    assert "9 times the people is more than all displaced people" in text


def test_dominance_in_words():
    def words(low, high):
        table = pd.DataFrame({"plan": ["b"] * 2, "joint_low": low, "joint_high": high})
        return dominated(table)[0]

    assert words([-3.0, -1.0], [-1.0, 1.0]) == (
        "b dominates the baseline: better in 1, worse in 0 of 2 measures."
    )
    assert "is dominated by" in words([1.0, -1.0], [2.0, 1.0])
    assert "is a trade-off" in words([1.0, -2.0], [2.0, -1.0])
    assert "is not distinguishable" in words([-1.0, -2.0], [2.0, 1.0])


def test_regret_of_a_results_folder_is_refused(tmp_path):
    with pytest.raises(ValueError, match="is a results folder; regret needs scenarios"):
        regret_of_plans([tmp_path], [2.0], NIGHTS)


class Formula(Variants):
    """Instead of a simulation, a formula of which the indices are known."""

    def outcomes(self, changes=()):
        values = {c["set"]: float(c["to"].split()[0]) for c in changes}
        mean = 3.0 * values.get("a", 0.5) + 1.0 * values.get("b", 0.5)
        table = pd.DataFrame({NIGHTS: np.full(4, mean), "families_split": np.ones(4)})
        table.attrs["units"] = {NIGHTS: "person-nights", "families_split": "groups"}
        return table


@pytest.fixture(scope="module")
def formula():
    return Formula(load_scenario(REGION), seed=1)


def test_sobol_indices_of_a_sum_are_known(formula):
    pytest.importorskip("SALib", reason="needs the extra 'sensitivity'")
    parameters = [read_parameter("a=0.0..1.0"), read_parameter("b=0.0..1.0")]
    table = sobol(formula, parameters, NIGHTS, points=256).set_index("parameter")
    # Variances 9/12 and 1/12, no interaction.
    assert table.loc["a", "first"] == pytest.approx(0.9, abs=2 * table.loc["a", "first_half"])
    assert table.loc["b", "total"] == pytest.approx(0.1, abs=2 * table.loc["b", "total_half"])
    assert table.index[0] == "a"


def test_the_largest_effect_leads_the_tornado(formula):
    rows = tornado(formula, [read_parameter("b=0.0..1.0"), read_parameter("a=0.0..1.0")], NIGHTS)
    assert rows["parameter"].tolist() == ["a", "a", "b", "b"]
    assert rows["difference"].tolist() == [-1.5, 1.5, -0.5, 0.5]
    assert set(rows["unit"]) == {"person-nights"}


@pytest.mark.parametrize(
    ("parameters", "measure", "points", "message"),
    [
        (["a=0..1"], NIGHTS, 4, r"two or more numbers \(given: 1\)"),
        (["a=0..1", "b=0..1"], NIGHTS, 6, r"power of 2 of points \(given: 6\)"),
        (["a=0..1", "b=0..1"], "families_split", 4, "the same or undefined in all variants"),
    ],
)
def test_indices_that_cannot_be_are_refused(formula, parameters, measure, points, message):
    pytest.importorskip("SALib", reason="needs the extra 'sensitivity'")
    with pytest.raises(ValueError, match=message):
        sobol(formula, [read_parameter(text) for text in parameters], measure, points=points)


def test_without_salib_the_extra_is_named(formula, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "SALib", None)
    with pytest.raises(ValueError, match="need the extra 'sensitivity'"):
        sobol(formula, [], NIGHTS, points=4)


@pytest.mark.parametrize("text", ["a", "a=1", "a=2..1 persons", "a=1..1"])
def test_limits_written_otherwise_are_refused(text):
    with pytest.raises(ValueError, match="--vary is "):
        read_parameter(text)


def test_whole_numbers_stay_whole_and_shares_do_not():
    assert read_parameter("a=1..9 persons").change(2.6)["to"] == "3 persons"
    assert read_parameter("a=1..9 %").change(2.6)["to"] == "2.6 %"


def test_sensitivity_on_the_command_line(tmp_path):
    words = [
        "sensitivity",
        REGION,
        "--replications",
        2,
        "--workers",
        1,
        "--csv",
        tmp_path / "t.csv",
    ]
    words += ["--vary", "sites.sports-ground.places=200..400 persons"]
    words += ["--vary", "inflows.floods.share=15..25 %"]
    pytest.importorskip("SALib", reason="needs the extra 'sensitivity'")
    text = invoke(*words, "--sobol", 2)
    assert "One number at a time" in text
    assert "with interactions" in text
    rows = pd.read_csv(tmp_path / "t.csv").set_index("value")
    assert rows.loc["25 %", "difference"] > 0 > rows.loc["400 persons", "difference"]
    indices = pd.read_csv(tmp_path / "t-sobol.csv")
    assert set(indices["parameter"]) == set(pd.read_csv(tmp_path / "t.csv")["parameter"])
    assert {"first", "first_half", "total", "total_half"} < set(indices.columns)
    (tmp_path / "t.csv").unlink()
    assert "t-sobol.csv exists" in invoke(*words, "--sobol", 2, status=2)
    assert "power of 2" in invoke(*words[:6], *words[8:], "--sobol", 3, status=2)
    assert "with interactions" not in invoke(*words)
