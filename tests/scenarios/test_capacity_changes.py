"""Triggers, breakdowns and losses by chance in scenario files: built, checked, shown."""

import re

import numpy as np
import pytest
import xarray as xr

from scenarios.build import build_network
from scenarios.files import load_scenario, parse_scenario
from scenarios.problems import ScenarioError
from scenarios.report.tables import trigger_table
from scenarios.summaries import triggers
from simulation.experiments import Futures, replicate

FLAGSHIP = load_scenario("beledweyne-flood").resolved_yaml()
MEASURED = """
triggers:
- name: open-more-plots
  when:
    of: ceel-jaale
    occupancy_above: 80 %
    held_for: 2 days
    assumption: To be agreed.
  lead_time: {distribution: lognormal, mean: 6 days, sd: 3 days, assumption: x}
  change: {facility: ceel-jaale, add: 1000 persons, assumption: x}
  ends: {when_false_for: 10 days, assumption: x}
  because: Agreement with the district.
"""
FORECAST = """
triggers:
- name: boats-before-the-flood
  forecast:
    inflows: [hiraan-flood]
    above: 20000 persons
    chance: 20 %
    notice: 15 days
    updated: yes
    assumption: x
  lead_time: {value: 10 days, assumption: x}
  change: {facility: boats-beledweyne, add: 4 boats, assumption: x}
  ends: {after: 45 days, assumption: x}
  because: Framework agreement.
"""


def problems_of(text):
    with pytest.raises(ScenarioError, match="problem") as caught:
        parse_scenario(FLAGSHIP + text, "plan.yaml")
    return caught.value.problems


def test_triggers_are_built_in_the_units_of_the_run():
    (built,) = build_network(parse_scenario(FLAGSHIP + MEASURED)).triggers
    assert (built.condition.measured, built.condition.above) == ("occupancy", 0.8)
    assert (built.condition.held_for, built.condition.checked_every) == (48.0, 24.0)
    assert built.added.at(5.0) == 1000
    assert (built.lasts, built.ends_when_false_for) == (float("inf"), 240.0)
    (built,) = build_network(parse_scenario(FLAGSHIP + FORECAST)).triggers
    assert built.condition.notice == 360.0
    # Added boats work in the hours of the others unless the file says so.
    assert (built.added.at(3.0), built.added.at(12.0), built.added.at(20.0)) == (0, 4, 0)
    text = FORECAST.replace("add: 4 boats,", "add: 4 boats, works: around the clock,")
    (built,) = build_network(parse_scenario(FLAGSHIP + text)).triggers
    assert built.added.at(3.0) == 4


@pytest.mark.parametrize(
    ("condition", "built"),
    [
        ("of: ceel-jaale-health triage, waiting_above: 5 persons", ("waiting", 5.0)),
        ("of: ceel-jaale-health, longest_wait_above: 90 min", ("longest_wait", 1.5)),
        ("of: river-rescue-beledweyne, cut_off_above: 30 persons", ("waiting", 30.0)),
    ],
)
def test_conditions_of_other_kinds(condition, built):
    text = MEASURED.replace("of: ceel-jaale\n    occupancy_above: 80 %\n", "X\n")
    first, second = condition.split(", ")
    text = text.replace("X\n", f"{first}\n    {second}\n")
    (one,) = build_network(parse_scenario(FLAGSHIP + text)).triggers
    assert (one.condition.measured, one.condition.above) == built
    if "cut_off" in condition:
        assert one.condition.of == "boats-beledweyne"


@pytest.mark.parametrize(
    ("old", "new", "path", "message"),
    [
        ("of: ceel-jaale\n", "of: cel\n", "triggers.open-more-plots.when.of", "no facility 'cel'"),
        ("of: ceel-jaale\n", "of: boats-jowhar\n", None, "no site; occupancy is that of a site"),
        ("occupancy_above: 80 %", "waiting_above: 80 %", None, r"unit \(persons\)"),
        ("    occupancy_above: 80 %\n", "", None, "exactly one of occupancy_above"),
        ("occupancy_above: 80 %", "cut_off_above: 3 persons", None, "no rescue service"),
        ("facility: ceel-jaale, ", "facility: ceel-jale, ", None, "did you mean 'ceel-jaale'"),
        ("add: 1000 persons", "add: 1000", None, "needs a whole number and a unit"),
        ("add: 1000 persons", "add: 4 desks", "triggers.open-more-plots.change.add", "in persons"),
        ("add: 1000 persons", "add: 4 desks, factor: 2", None, "exactly one of 'add'"),
        ("add: 1000 persons", "factor: 2, works: 08:00-10:00", None, "'works' belongs to 'add'"),
        ("  when:", "  forecast: {inflows: [x], above: 1 person, chance: 5 %}\n  when:", None,
         "exactly one of 'when'"),
        ("held_for: 2 days", "checked_every: 0.5 min", None, "below 1 min; read the condition"),
        ("{when_false_for: 10 days", "{after: 0 days", "triggers.open-more-plots.ends.after",
         "above zero"),
        ("add: 1000 persons", "add: 5000000000 persons", None, "too large to be meant"),
        ("name: open-more-plots", "name: jowhar", "triggers.jowhar.name", "already used"),
    ],
)  # fmt: skip
def test_problems_of_triggers(old, new, path, message):
    assert old in MEASURED
    found = problems_of(MEASURED.replace(old, new, 1))
    assert any(re.search(message, p.message) and path in (None, p.path) for p in found), found


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("[hiraan-flood]", "[hiran]", "no inflow 'hiran'. Known: hiraan-flood"),
        ("chance: 20 %", "chance: 0 %", "is 0 %, so it always acts"),
        ("after: 45 days", "when_false_for: 4 days", "ends with 'after'"),
    ],
)
def test_problems_of_forecast_triggers(old, new, message):
    found = problems_of(FORECAST.replace(old, new, 1))
    assert any(message in problem.message for problem in found), found


BREAKDOWN = """
breakdowns:
- name: engines
  facility: boats-beledweyne
  units: 8 boats
  time_to_failure: {distribution: exponential, mean: 20 days}
  repair_time: {distribution: lognormal, mean: 4 days, sd: 3 days}
  crews: 1
  because: One mechanic.
"""
LOSS = """
losses:
- {name: storm, facility: jowhar, from: day 20, until: day 50, latest: day 90, remaining: 40 %,
   chance: 30 %, because: The levee may break.}
"""


def test_breakdowns_and_losses_by_chance_are_built():
    network = build_network(parse_scenario(FLAGSHIP + BREAKDOWN))
    assert network.breakdowns[0].units == 8
    network = build_network(parse_scenario(FLAGSHIP + LOSS))
    (loss,) = network.losses
    assert (loss.begins, loss.latest, loss.lasts) == (19 * 24.0, 89 * 24.0, 30 * 24.0)
    assert network.capacity("jowhar").at(30 * 24.0) == 2000
    certain = LOSS.replace(" latest: day 90,", "").replace("chance: 30 %,", "")
    network = build_network(parse_scenario(FLAGSHIP + certain))
    assert network.losses == ()
    assert network.capacity("jowhar").at(30 * 24.0) == 800


def test_problems_of_breakdowns_and_losses():
    assert "above zero" in problems_of(BREAKDOWN.replace("8 boats", "0 boats"))[0].message
    assert "rescue units" in problems_of(BREAKDOWN.replace("8 boats", "8 beds"))[0].message
    text = BREAKDOWN.replace("mean: 20 days", "mean: 0.1 min")
    text = text.replace("mean: 4 days, sd: 3 days", "mean: 0.1 min, sd: 0.1 min")
    (problem,) = problems_of(text)
    assert "together have a mean below 1 min" in problem.message
    assert problem.path == "breakdowns.engines.time_to_failure"
    text = LOSS.replace("latest: day 90", "latest: day 10")
    assert "between 'from' and 'latest'" in problems_of(text)[0].message


@pytest.fixture(scope="module")
def run():
    scenario = parse_scenario(FLAGSHIP + MEASURED)
    network = build_network(scenario)
    regions = ["SO20", "SO21", "SO23"]
    generator = np.random.default_rng(1)
    values = generator.lognormal(7.0, 1.5, (6, 6, 3, 4))
    values[3:, 2] *= 30
    forecast = xr.DataArray(
        np.round(values),
        dims=("sample", "time", "location", "cause"),
        coords={
            "time": np.array([f"2022-{m:02d}-01" for m in range(7, 13)], dtype="datetime64[ns]"),
            "location": regions,
            "cause": ["flood", "drought", "conflict", "other"],
        },
        attrs={"period": "month"},
    )
    futures = Futures.of(forecast, network)
    return replicate(network, futures, replications=6, seed=1, workers=1)


def test_what_triggers_did_is_summarized_and_shown(run):
    table = triggers(run)
    (row,) = table.to_dict("records")
    fired = run["trigger_firings"].values[:, 0] > 0
    assert row["chance"] == fired.mean() > 0
    assert row["chance_low"] < row["chance"] < row["chance_high"] or row["chance"] == 1
    assert row["came"] >= row["fired"]

    class Inputs:
        measures = run

    shown = trigger_table(Inputs)
    assert shown.rows[0][0] == "Open More Plots"
    assert len(shown.rows[0]) == len(shown.head)


def test_a_trigger_that_never_fires_is_shown_as_such(run):
    quiet = run.copy()
    quiet["trigger_firings"] = quiet["trigger_firings"] * 0
    for name in ("trigger_fired", "trigger_came", "trigger_delay"):
        quiet[name] = quiet[name] * np.nan

    class Inputs:
        measures = quiet

    (row,) = trigger_table(Inputs).rows
    assert row[2] == row[3] == row[5] == "–"  # noqa: RUF001
