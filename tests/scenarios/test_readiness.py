"""What `check` lets pass, `run` can simulate: both refuse the rest in the same words."""

import re

import pytest
from typer.testing import CliRunner

from scenarios.cli import app
from scenarios.files import changed_scenario, load_scenario
from scenarios.problems import ScenarioError
from scenarios.readiness import check_inputs, check_ready
from simulation.network import Network

DERIVED = """\
schema: 1
name: plan
title: A plan
question: Would it run?
based_on: {base}
changes:
"""
BACKTEST = "{{first_cutoff: {}, every: 1 months}}"
REMOVED = object()
PLANS = {
    "no causes where the data tell several apart": (
        "beledweyne-flood",
        [("inflows.hiraan-flood.causes", REMOVED)],
        r"inflows.hiraan-flood.causes: is empty, but somalia_displacement tells apart conflict, "
        r"drought, flood, other. Name those that count",
    ),
    "several names at once": (
        "beledweyne-flood",
        [("inflows.hiraan-flood.causes", "[fire]"), ("inflows.hiraan-flood.locations", "[SO99]")],
        r"2 problems:\n.*fire not in somalia_displacement.*\n.*SO99 not in somalia_displacement",
    ),
    "fewer samples than replications": (
        "poland-2022",
        [("forecast.samples", "100")],
        r"experiment.replications: replications is 200; the forecast has 100 samples",
    ),
    "a driver the model needs": (
        "beledweyne-flood",
        [("forecast.drivers.use", "[oni]")],
        r"the driver regression needs dmi; drivers given: oni",
    ),
    "too short a history": (
        "darien-transit",
        [
            ("observed", REMOVED),
            ("forecast.reference_date", "2020-02-01"),
            ("time.start", "2020-02-01"),
            ("time.run_length", "30 days"),
        ],
        r"needs at least 6 observed periods; the flows have 1",
    ),
    "a backtest from before the data": (
        "darien-transit",
        [("forecast.backtest", BACKTEST.format("2020-01-01"))],
        r"forecast.backtest.first_cutoff: 2020-01-01 leaves nothing .* allow 2020-02-01 to "
        r"2023-06-01",
    ),
    "a backtest with no time left": (
        "darien-transit",
        [("forecast.backtest", BACKTEST.format("2023-07-01"))],
        r"forecast.backtest.first_cutoff: 2023-07-01 leaves nothing",
    ),
    "a backtest with too short a history": (
        "darien-transit",
        [("forecast.backtest", BACKTEST.format("2020-03-01"))],
        r"needs at least 6 observed periods; the flows have 2",
    ),
    "a replay with a gap": (
        "poland-2022",
        [
            ("forecast.data", "gap.csv"),
            ("forecast.counts", REMOVED),
            ("inflows.to-the-hub.locations", "[PL]"),
        ],
        r"has no number for 1 of 26 periods of the replay, first for 2022-02-25",
    ),
}


def written(folder, base, changes):
    lines = [
        f"  - {{remove: {path}, because: a trial}}\n"
        if to is REMOVED
        else f"  - {{set: {path}, to: {to}, because: a trial}}\n"
        for path, to in changes
    ]
    file = folder / "plan.yaml"
    file.write_text(DERIVED.format(base=base) + "".join(lines), encoding="utf-8")
    days = [f"2022-{2 + n // 29:02}-{n % 29:02}" for n in range(24, 29)]
    days += [f"2022-03-{n:02}" for n in range(1, 22)]
    rows = [f"{day},PL,Poland,{'' if day == '2022-02-25' else 1000}" for day in days]
    text = "date,location,location_name,persons\n" + "\n".join(rows) + "\n"
    (folder / "gap.csv").write_text(text, encoding="utf-8")
    return file


@pytest.mark.parametrize(("base", "changes", "message"), PLANS.values(), ids=PLANS)
def test_check_refuses_what_run_refuses(base, changes, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    file = written(tmp_path, base, changes)
    checked = CliRunner().invoke(app, ["check", file.name])
    ran = CliRunner().invoke(app, ["run", file.name, "--engine", "simpy", "--workers", "1"])
    assert (checked.exit_code, ran.exit_code) == (2, 2), (checked.output, ran.output)
    assert re.search(message, checked.stderr), checked.stderr
    assert checked.stderr == ran.stderr
    assert not (tmp_path / "results" / "plan").exists()


def test_what_can_run_passes():
    network = check_ready(load_scenario("darien-transit"))
    assert isinstance(network, Network)
    assert "bajo-chiquito" in [one.name for one in network.receptions]


def test_data_and_replications_are_told_together():
    region = load_scenario("docs/how-to/examples/my-region.yaml")
    changes = [
        {"set": "experiment.replications", "to": "5000", "because": "test"},
        {"set": "forecast.focus", "to": ["XX99"], "because": "test"},
    ]
    with pytest.raises(ScenarioError, match=r"(?s)2 problems.*XX99.*replications is 5000"):
        check_inputs(changed_scenario(region, changes), 5000)
