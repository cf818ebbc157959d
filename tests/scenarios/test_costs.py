"""What plans cost: counting by hand, currencies, comparison, report, search."""

import dataclasses
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest
import xarray as xr
import yaml
from typer.testing import CliRunner

from scenarios.bills import Bills, bills_of
from scenarios.choices import MAIN_OUTCOMES, cost_against_harm
from scenarios.cli import app
from scenarios.comparison import CompareError
from scenarios.costs import (
    COLUMNS,
    cost_table,
    currency_of,
    not_counted,
    plan_cost,
    uncounted_differences,
    unit_costs,
)
from scenarios.editors import schema_text
from scenarios.files import changed_scenario, load_scenario, parse_scenario
from scenarios.forecasts import make_outlook
from scenarios.money import read_cost
from scenarios.problems import ScenarioError
from scenarios.report.answers import sentences
from scenarios.report.contents import report_inputs
from scenarios.report.document import render
from scenarios.report.exports import write_workbook
from scenarios.report.inputs import Bill
from scenarios.report.pictures import Picture, pictures
from scenarios.report.resources import (
    _cost_cells,
    cost_against_harm_table,
    resource_table,
    resources_of,
)
from scenarios.results import write_results
from scenarios.runner import run, simulate_plan
from scenarios.searches import read_ranges
from scenarios.worksheets.writing import write_worksheet

REGION = Path(__file__).parents[2] / "docs" / "how-to" / "examples" / "my-region.yaml"
NO_COSTS = "No cost is stated in the scenario files, so plans are not compared by cost."
PLACES, DESKS = "sites.sports-ground.places", "reception.school.desks.registration.desks"
COST = {"value": "2 USD per day", "assumption": "Invented."}


def change(path, to):
    return {"set": path, "to": to, "because": "a test"}


QUICK = (
    change("time.run_length", "31 days"),
    change("forecast.samples", "12"),
    change("inflows.floods.share", "45 %"),
    change(PLACES, "150 persons"),
    {"remove": "forecast.backtest", "because": "quick"},
)
TENTS = {
    "add": "triggers",
    "item": {
        "name": "tents",
        "when": {"of": "sports-ground", "occupancy_above": "10 %", "checked_every": "6 hours"},
        "lead_time": "1 days",
        "change": {"facility": "sports-ground", "add": "100 persons"},
        "ends": {"after": "4 days"},
        "because": "a test",
    },
    "because": "a test",
}


@pytest.fixture(scope="module")
def plain():
    return changed_scenario(load_scenario(REGION), list(QUICK))


@pytest.fixture(scope="module")
def priced(plain):
    costs = [change(f"{PLACES}.cost", COST), change(f"{DESKS}.cost", "10 USD per hour")]
    return changed_scenario(plain, costs)


@pytest.fixture(scope="module")
def run_of(plain):
    """Measures of a variant on the futures of all."""
    forecast = make_outlook(plain).forecast

    def measured(scenario):
        return simulate_plan(scenario, forecast, replications=12, seed=3, workers=1)

    return measured


@pytest.fixture(scope="module")
def with_tents(priced):
    return changed_scenario(priced, [TENTS])


@pytest.fixture(scope="module")
def measures(run_of, priced):
    return run_of(priced)


@pytest.fixture(scope="module")
def more(run_of, with_tents):
    return run_of(with_tents)


def test_a_wrong_cost_is_reported_with_its_place(tmp_path):
    text = REGION.read_text(encoding="utf-8").replace(
        "desks: {value: 2 desks,", "desks: {value: 2 desks, cost: -3 EUR per day,"
    )
    text = text.replace("my-flows.csv", str(REGION.with_name("my-flows.csv")))
    path = tmp_path / "wrong.yaml"
    path.write_text(text, encoding="utf-8")
    line = next(n for n, one in enumerate(text.splitlines(), 1) if "-3 EUR" in one)
    with pytest.raises(ScenarioError, match="below zero") as caught:
        load_scenario(path)
    (problem,) = caught.value.problems
    assert (problem.line, problem.path) == (line, f"{DESKS}.cost")


def test_a_second_currency_is_an_error_that_says_where(priced):
    with pytest.raises(ScenarioError, match="is in EUR, but the cost of registration is in USD"):
        changed_scenario(priced, [change(f"{PLACES}.cost", "2 EUR per day")])


def test_the_bill_is_what_a_hand_counts(priced, measures):
    table = cost_table(priced, measures).set_index("facility")
    assert list(cost_table(priced, measures).columns) == list(COLUMNS)
    assert table.loc["sports-ground", "unit_days_planned"] == 150 * 31
    assert table.loc["sports-ground", "total"] == 150 * 31 * 2
    # Two desks from 8 to 18 o'clock.
    assert table.loc["registration", "unit_days_planned"] == pytest.approx(2 * 31 * 10 / 24)
    assert table.loc["registration", "total"] == pytest.approx(2 * 31 * 10 * 10)
    assert (table["triggered"] == 0).all()
    assert (table["low"] == table["high"]).all()
    np.testing.assert_allclose(plan_cost(priced, measures), 150 * 31 * 2 + 2 * 31 * 100)
    assert table.loc["sports-ground", ["cost", "basis", "text"]].tolist() == [
        "2 USD per day",
        "assumption",
        "Invented.",
    ]
    # What says how many desks there are is no source of their cost.
    assert table.loc["registration", "basis"] == "not given"


def test_a_cost_changes_nothing_of_the_run(plain, measures, run_of):
    assert run_of(plain).equals(measures)


def test_triggers_bring_costs_in_the_futures_in_which_they_act(with_tents, more):
    table = cost_table(with_tents, more).set_index("facility")
    brought = more["trigger_unit_days"].isel(trigger=0).values
    assert brought.min() < brought.max()  # there is something to tell apart
    assert table.loc["sports-ground", "triggered"] == pytest.approx(2 * brought.mean())
    expected = 150 * 31 * 2 + 2 * 31 * 100 + 2 * brought
    np.testing.assert_allclose(plan_cost(with_tents, more), expected)
    low, high = table.loc["sports-ground", ["low", "high"]]
    assert low <= table.loc["sports-ground", "total"] <= high
    assert low < high


def test_loss_and_planned_change(priced, run_of):
    lost = changed_scenario(
        priced,
        [
            {
                "add": "losses",
                "item": {
                    "name": "flooded",
                    "facility": "sports-ground",
                    "from": "day 5",
                    "remaining": "0 %",
                    "because": "a test",
                },
                "because": "a test",
            },
            change(f"{DESKS}.changes", [{"from": "day 11", "to": "4 desks", "because": "t"}]),
        ],
    )
    table = cost_table(lost, run_of(lost)).set_index("facility")
    assert table.loc["sports-ground", "total"] == 150 * 31 * 2  # what is lost is paid all the same
    assert table.loc["registration", "total"] == pytest.approx((2 * 10 + 4 * 21) * 100)


def test_zero_and_missing_costs_are_not_the_same(plain, measures):
    free = changed_scenario(plain, [change(f"{PLACES}.cost", "0 USD per day")])
    assert cost_table(free, measures)["total"].tolist() == [0.0]
    assert not_counted(free) == ("registration",)
    assert not_counted(plain) == ("registration", "sports-ground")
    assert cost_table(plain, measures).empty
    assert currency_of(plain) is None
    assert plan_cost(plain, measures).sum() == 0


def test_nothing_planned_and_no_trigger_is_not_missing(plain):
    none = changed_scenario(plain, [change(DESKS, "0 desks")])
    assert not_counted(none) == ("sports-ground",)


def test_shifts_paid_by_the_day_are_pointed_out(plain):
    daily = changed_scenario(plain, [change(f"{DESKS}.cost", "48 USD per day")])
    (warning,) = daily.warnings
    assert "works 10 hours costs 20 USD on that day" in warning
    assert unit_costs(daily) == {"registration": pytest.approx(20.0)}
    hourly = changed_scenario(plain, [change(f"{DESKS}.cost", "48 USD per hour")])
    assert hourly.warnings == ()


def test_mobile_teams_cost_the_hours_of_their_stops():
    base = yaml.safe_load(Path(__file__).with_name("every-service.yaml").read_text("utf-8"))
    whole = yaml.safe_load(load_scenario("beledweyne-flood").resolved_yaml())
    kept = {k: whole[k] for k in ("schema", "name", "title", "question", "time", "forecast")}
    kept["time"] = {"start": "2022-07-01", "run_length": "6 days"}
    team = base["mobile_teams"][0]
    team |= {
        "clinicians": "3 clinicians",
        "cost": "10 USD per hour",
        "stops": [team["stops"][0] | {"first_day": 2, "every": "2 days", "works": "09:00-13:00"}],
    }
    scenario = parse_scenario(yaml.safe_dump(kept | base))
    bill = cost_table(scenario, xr.Dataset(coords={"replication": [0]}))
    assert bill["total"].tolist() == [3 * 3 * 4 * 10]  # days 2, 4 and 6
    assert team["name"] in [one.facility for one in resources_of(scenario)]


def harm(base, nights):
    """The same measures with other nights without a place, and nothing else of harm."""
    values = {name: base[name] * 0 for name in base if "replication" in base[name].dims}
    values["total_nights_without_place"] = base["persons_entered"] * 0 + nights
    return base.assign(values)


def test_dominated_plans_are_named_and_the_frontier_is_that_of_cost(measures):
    count = measures.sizes["replication"]
    noise = np.arange(count) % 2
    plans = {
        "plan": harm(measures, 100.0),
        "worse": harm(measures, 200.0),
        "better": harm(measures, 50.0),
        "twin": harm(measures, 100.0),
        "unclear": harm(measures, 40.0),
    }
    costs = {
        "plan": np.full(count, 10.0),
        "worse": np.full(count, 12.0),
        "better": np.full(count, 30.0),
        "twin": np.full(count, 11.0),
        "unclear": 30.0 + 10.0 * (noise - noise.mean()),
    }
    table, verdicts = cost_against_harm(costs, plans)
    assert set(table["measure"]) == {"total_nights_without_place"}
    assert table.set_index("plan")["on_frontier"].to_dict() == {
        "plan": True,
        "worse": False,
        "better": False,
        "twin": False,
        "unclear": True,
    }
    assert verdicts["plan"].startswith("plan is on the frontier")
    assert verdicts["worse"].startswith("worse is dominated by plan")
    assert "better in some measures and worse in none: unclear" in verdicts["better"]
    assert "costs cannot be told apart" in verdicts["better"]
    assert "twin cannot be told apart in any measure from what costs less: plan." in str(verdicts)
    first = table.set_index("plan").loc["plan"]
    assert first[["cost_difference", "difference", "low", "high"]].tolist() == [0, 0, 0, 0]


def test_equal_plans_cannot_be_told_apart_and_rounding_is_no_difference(measures):
    count = measures.sizes["replication"]
    plans = {"a": harm(measures, 5.0), "b": harm(measures, 5.0)}
    costs = {"a": np.full(count, 0.3), "b": np.full(count, 0.1 + 0.2)}
    _, verdicts = cost_against_harm(costs, plans)
    assert verdicts == {
        "a": "a cannot be told apart, in any measure or in cost, from b.",
        "b": "b cannot be told apart, in any measure or in cost, from a.",
    }


def test_no_harm_and_one_future(measures):
    one = harm(measures, 0.0).isel(replication=[0])
    table, verdicts = cost_against_harm(
        {"a": np.array([1.0]), "b": np.array([2.0])}, {"a": one, "b": one}
    )
    assert table["measure"].unique().tolist() == [MAIN_OUTCOMES[0]]
    assert np.isnan(table["low"]).all()
    assert "cannot be told apart" in verdicts["a"]


def test_costs_need_the_names_of_the_plans(measures):
    with pytest.raises(CompareError, match="costs of a but measures of b"):
        cost_against_harm({"a": np.zeros(12)}, {"b": measures})


def test_bills_name_what_is_not_counted(plain, priced, with_tents, measures, more):
    bills = bills_of({"now": (priced, measures), "tents": (with_tents, more)})
    assert isinstance(bills, Bills)
    assert bills.currency == "USD"
    assert bills.notes == (
        "Never counted: water, latrines, taps, places at the destination of a transport, and what "
        "is bought once.",
    )
    some = changed_scenario(plain, [change(f"{PLACES}.cost", COST), change(DESKS, "3 desks")])
    notes = bills_of({"now": (priced, measures), "some": (some, measures)}).notes
    assert "The plans do not count the same" in notes[0]
    assert notes[1:3] == ("Everything is counted in now.", "Not counted in some: Registration.")
    assert "do not have the same of Registration" in notes[3]
    other = changed_scenario(plain, [change(f"{PLACES}.cost", COST)])
    notes = bills_of({"some": (other, measures), "same": (other, measures)}).notes
    assert notes[0] == "Without a cost in every plan, and not counted: Registration."
    assert uncounted_differences([(other, measures), (some, measures)]) == ("registration",)


def test_a_trigger_for_what_has_no_cost_is_a_difference(plain, measures, more):
    desks = changed_scenario(plain, [change(f"{DESKS}.cost", "2 USD per day")])
    with_one = changed_scenario(desks, [TENTS])
    without, bringing = (desks, measures), (with_one, more)
    assert uncounted_differences([without, bringing]) == ("sports-ground",)
    assert uncounted_differences([bringing, bringing]) == ()


def test_identical_plans_are_both_on_the_frontier(priced, measures):
    bills = bills_of({"a": (priced, measures), "b": (priced, measures)})
    assert bills.table["on_frontier"].all()


def test_a_team_that_is_paid_by_the_day_is_pointed_out():
    team = load_scenario("docs/how-to/examples/care-under-pressure.yaml")
    name = team.mobile_teams[0].name
    for cost, warned in (("100 USD per day", True), ("12 USD per hour", False)):
        given = changed_scenario(team, [change(f"mobile_teams.{name}.cost", cost)])
        assert any("hours of its stops only" in one for one in given.warnings) is warned


def test_large_costs_are_written_out(plain):
    dear = changed_scenario(plain, [change(f"{DESKS}.cost", "2500000 SOS per day")])
    rows = cost_table(
        dear, simulate_plan(dear, make_outlook(dear).forecast, replications=2, seed=1)
    )
    cells = _cost_cells(rows.iloc[0])
    assert cells[0].replace("\u202f", "") == "2500000"


def test_bills_that_cannot_be_compared_say_why(plain, priced, measures):
    euros = changed_scenario(plain, [change(f"{PLACES}.cost", "2 EUR per day")])
    assert bills_of({"a": (plain, measures), "b": (plain, measures)}) == NO_COSTS
    text = bills_of({"a": (priced, measures), "b": (plain, measures)})
    assert text == "Costs are not compared, because none is stated in b."
    text = bills_of({"a": (priced, measures), "b": (euros, measures)})
    assert text == (
        "Costs are not compared, because they are in several currencies: a (USD), b (EUR)."
    )


@pytest.fixture(scope="module")
def results(with_tents, priced):
    tree = yaml.safe_load(with_tents.resolved_yaml()) | {"name": "tents", "title": "With <tents>"}
    renamed = parse_scenario(yaml.safe_dump(tree), str(REGION))
    return run(priced, against=[renamed], replications=6, seed=3, workers=1)


def test_the_report_tells_what_plans_cost(results, tmp_path, undrawn):
    inputs = report_inputs(results)
    page = render(inputs, pictures(inputs))
    assert "What does each plan cost" in page
    assert "“With &lt;tents&gt;”" in page
    assert "<tents>" not in page
    table = resource_table(inputs)
    assert table.head[2] == "Cost of one per day (USD)"
    by_name = {row[0]: row for row in table.rows}
    assert by_name["Sports Ground"][2] == "2"
    assert "Cost (assumption): Invented." in by_name["Sports Ground"][7]
    assert by_name["Total of what has a cost"][4].replace("\u202f", "") == "15500"
    assert any("costs 15" in one and "USD over the run" in one for one in sentences(inputs))
    costs = cost_against_harm_table(inputs)
    assert {row[0] for row in costs.rows} == {"The present plan", "“With <tents>”"}
    assert "Never counted" in costs.note
    book = openpyxl.load_workbook(write_workbook(inputs, tmp_path / "all.xlsx"))
    rows = list(book["resources"].iter_rows(values_only=True))
    assert [row[4] for row in rows if row[0] == "Total of what has a cost"] == [15500]
    assert "costs" in book.sheetnames


@pytest.mark.untraced
def test_a_plan_tells_only_what_it_changes_of_the_present_one():
    present = load_scenario(str(REGION.with_name("with-costs.yaml")))
    more = load_scenario(str(REGION.with_name("quarter-more-places.yaml")))
    assert len(more.changes) == len(present.changes) + 1
    inputs = report_inputs(run(present, against=[more], replications=2, seed=3, workers=1))
    assert [one.what for one in inputs.plans[0].changes] == ["sites.sports-ground.places.value"]
    assert dict(inputs.bills.table.groupby("plan")["cost"].first().round(-4)) == {
        "The present plan": 90_000.0,
        f"“{more.title}”": 100_000.0,
    }


def test_costs_are_written_beside_the_results(results, tmp_path):
    folder = tmp_path / "run"
    folder.mkdir()
    write_results(results, folder)
    own = pd.read_csv(folder / "costs.csv")
    assert own["total"].sum() == pytest.approx(15500)
    assert (folder / "plans" / "tents" / "costs.csv").is_file()


def test_a_report_without_costs_says_so(inputs):
    bill = inputs.bill
    assert bill is None
    assert cost_against_harm_table(inputs) is None
    told = dataclasses.replace(inputs, bills=NO_COSTS, comparison=None, drivers=None, skill=None)
    drawn = {
        name: Picture(name, "", "", b"", b"") for name in ("forecast", "exceedance", "outcomes")
    }
    page = render(told, drawn)
    assert NO_COSTS in page
    assert "What does each plan cost" not in page


def test_the_answer_counts_what_has_no_cost(inputs):
    rows = pd.DataFrame({"currency": ["USD"]})
    spread = np.linspace(1000.0, 3000.0, 21)
    for lacking, says in (
        (("a",), "1 facility has no cost"),
        (("a", "b"), "2 facilities have no cost"),
        ((), "USD over the run, in nine of ten futures"),
    ):
        told = dataclasses.replace(inputs, bill=Bill(rows, spread, lacking))
        assert any(says in one for one in sentences(told))


def test_search_takes_the_costs_of_the_scenario(priced, plain):
    texts = ["registration=1..4", "sports-ground=100..200"]
    assert [one.cost for one in read_ranges(texts, [], plain)[1]] == [1.0, 1.0]
    assert [one.cost for one in read_ranges(texts, [], priced)[1]] == pytest.approx([100.0, 2.0])
    given_one = read_ranges(texts, ["registration=7"], priced)[1]
    assert [one.cost for one in given_one] == pytest.approx([7.0, 2.0])
    half = changed_scenario(plain, [change(f"{PLACES}.cost", COST)])
    assert [one.cost for one in read_ranges(texts, [], half)[1]] == [1.0, 1.0]


def test_the_command_line_prints_costs(tmp_path, with_tents, priced, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    files = []
    for name, scenario in (("now", priced), ("tents", with_tents)):
        tree = yaml.safe_load(scenario.resolved_yaml()) | {"name": name}
        tree["forecast"]["data"] = str(REGION.with_name("my-flows.csv"))
        files.append(tmp_path / f"{name}.yaml")
        files[-1].write_text(yaml.safe_dump(tree), encoding="utf-8")
    table = tmp_path / "table.csv"
    given = ["compare", *map(str, files), "--csv", str(table), "--replications", "6"]
    told = CliRunner().invoke(app, [*given, "--workers", "1"])
    assert told.exit_code == 0, told.output
    assert "Cost of each plan over its run (USD)" in told.output
    assert "Never counted" in told.output
    written = pd.read_csv(tmp_path / "table-costs.csv")
    assert list(dict.fromkeys(written["plan"])) == ["now", "tents"]
    assert set(written["currency"]) == {"USD"}
    table.unlink()  # what stands in the second file is not overwritten either
    assert CliRunner().invoke(app, given).exit_code != 0


def test_worksheets_and_editors_know_the_key(priced, tmp_path):
    scenario = changed_scenario(
        priced, [change("forecast.data", str(REGION.with_name("my-flows.csv")))]
    )
    path = write_worksheet(tmp_path / "plan.xlsx", scenario)
    again = load_scenario(path)
    assert {one.cost for one in (again.sites[0].places, again.reception[0].desks[0].desks)} == {
        read_cost("2 USD per day"),
        read_cost("10 USD per hour"),
    }
    rests = {row.path: row for row in again.sources()}
    assert rests[f"{PLACES}.cost"].text == "Invented."
    assert "per\\\\s+(hour|day|week)" in schema_text()


def test_the_library_marks_its_costs_as_assumptions():
    scenario = load_scenario("mass-casualty-landing")
    rows = [row for row in scenario.sources() if row.path.endswith(".cost")]
    assert len(rows) == 5
    assert {row.kind for row in rows} == {"assumption"}
    assert not_counted(scenario) == ()
    assert currency_of(load_scenario("mass-casualty-twice")) == "EUR"
