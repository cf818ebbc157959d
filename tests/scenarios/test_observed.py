"""Observed curves: what may be written, how points are matched, error and coverage in words."""

import re

import numpy as np
import openpyxl
import pandas as pd
import pytest
import xarray as xr

import forecasting as fc
from scenarios.build import build_network
from scenarios.files import load_scenario, parse_scenario
from scenarios.forecasts import check_data, make_outlook
from scenarios.numbers import FIXED, NOTHING
from scenarios.observed import (
    check_observed,
    fit_of,
    fit_sentences,
    observed_points,
    simulated_curves,
)
from scenarios.outlooks import Forecast
from scenarios.plots import plot_counts, plot_observed, plot_step_through
from scenarios.plots.moments import state_at
from scenarios.problems import ScenarioError
from scenarios.report.contents import report_inputs
from scenarios.results import read_results
from scenarios.runner import run_to_folder
from simulation.experiments import Futures, replicate_once

SPAN = "      - from: 2020-11-{}\n        until: 2020-11-{}\n"
# Here only the middle observation counts as fitted.
DOCK = (
    load_scenario("arguineguin-dock")
    .resolved_yaml()
    .replace(SPAN.format(18, 19) + SPAN.format(28, 30), SPAN.format(28, 29))
)


def edited(*pairs, text=DOCK):
    for old, new in pairs:
        assert old in text, old
        text = text.replace(old, new, 1)
    return text


def measures_of(scenario, values):
    """Measures in which every curve of every facility is the same, (replication, day)."""
    values = np.asarray(values, dtype=float)
    days = pd.date_range(scenario.time.start, periods=values.shape[1])
    facilities = ["dock", "transfers"]
    names = ("busy_at_day_end", "mean_busy", "peak_busy", "peak_waiting", "peak_demand")
    data = {
        name: (("replication", "facility", "day"), np.repeat(values[:, None], 2, axis=1))
        for name in (*names, "requests", "persons_ended")
    }
    return xr.Dataset(data, coords={"facility": facilities, "date": ("day", days.to_numpy())})


def ramp():
    """Nine replications, 13 days: replication r has 100 r + day."""
    return 100.0 * np.arange(9)[:, None] + np.arange(13)[None]


def test_points_are_set_beside_the_day_they_are_about():
    scenario = parse_scenario(DOCK)
    points = observed_points(scenario, measures_of(scenario, ramp()))
    assert points["date"].tolist() == ["2020-11-18", "2020-11-28", "2020-11-29"]
    assert points["median"].tolist() == [400.0, 410.0, 411.0]
    assert points["used"].tolist() == ["held out", "fitted", "held out"]
    assert points["in_90"].tolist() == [False, True, False]
    assert points["in_50"].tolist() == [False, True, False]
    assert (points["simple"] == 474).all()


def test_error_and_coverage_are_those_worked_out_by_hand():
    scenario = parse_scenario(DOCK)
    fit = fit_of(observed_points(scenario, measures_of(scenario, ramp()))).set_index("used")
    held = fit.loc["held out"]
    assert held["points"] == 2
    assert held["mean_observed"] == 960
    assert held["bias"] == pytest.approx((400 - 1920 + 411 - 0) / 2)
    assert held["bias_share"] == pytest.approx(held["bias"] / 960)
    assert held["mae"] == pytest.approx((1520 + 411) / 2)
    assert held["mae_simple"] == pytest.approx((1920 - 474 + 474) / 2)
    assert (held["in_50"], held["in_90"], held["coverage_90"]) == (0, 0, 0.0)
    assert fit.loc["fitted", "coverage_50"] == 1.0


@pytest.mark.parametrize(
    ("what", "expected"),
    [
        ("mean present", 400.0),
        ("most present", 400.0),
        ("most waiting", 400.0),
        ("most present or waiting", 400.0),
        ("exits so far", 400.0),
    ],
)
def test_each_thing_that_is_observed_has_its_measure(what, expected):
    text = edited(("what: present at the end of the day", f"what: {what}"))
    scenario = parse_scenario(text)
    points = observed_points(scenario, measures_of(scenario, ramp()))
    assert points["median"].iloc[0] == expected
    last = 411.0 if what != "exits so far" else 12 * 400 + sum(range(12))
    assert points["median"].iloc[2] == last


def test_arrivals_are_added_up_over_the_days_of_a_point():
    text = edited(
        ("what: present at the end of the day", "what: arrivals"),
        ("- on: 2020-11-28\n", "- on: 2020-11-26\n        until: 2020-11-29\n"),
    )
    scenario = parse_scenario(text)
    points = observed_points(scenario, measures_of(scenario, ramp()))
    assert points["median"].tolist() == [400.0, 3 * 400 + 8 + 9 + 10, 411.0]


def test_facilities_are_added_and_the_share_is_taken():
    text = edited(("of:\n      - dock", "share: 50 %\n    of:\n      - dock\n      - transfers"))
    scenario = parse_scenario(text)
    points = observed_points(scenario, measures_of(scenario, ramp()))
    assert points["observed"].tolist() == [960.0, 237.0, 0.0]
    assert points["median"].iloc[0] == 800.0
    held = fit_sentences(fit_of(points))[0]
    assert "persons (at the simulated scale of 50\u202f%) on average" in held


def test_scatter_widens_the_interval_as_its_lognormal_law_says():
    text = edited(("of:\n      - dock", "scatter: 20 %\n    of:\n      - dock"))
    scenario = parse_scenario(text)
    points = observed_points(scenario, measures_of(scenario, np.full((5, 13), 1000.0)))
    sigma = np.sqrt(np.log1p(0.2**2))
    expected = 1000 * np.exp(np.array([-1.645, -0.6745, 0.0, 0.6745, 1.645]) * sigma - sigma**2 / 2)
    found = points.loc[0, ["low_90", "low_50", "median", "high_50", "high_90"]].astype(float)
    assert found.to_numpy() == pytest.approx(expected, rel=0.01)
    curve = simulated_curves(scenario, measures_of(scenario, np.full((5, 13), 1000.0)))
    assert curve["People on the dock"]["low_90"].iloc[0] == pytest.approx(expected[0], rel=0.01)


def test_sentences_say_points_coverage_bias_and_whether_it_beats_a_constant():
    scenario = parse_scenario(DOCK)
    fit = fit_of(observed_points(scenario, measures_of(scenario, ramp())))
    held, fitted = fit_sentences(fit)
    assert re.search(r"2 observations not used for fitting.*covers 0 of 2", held)
    assert "58\u202f% too low" in held
    assert "scale" not in held
    assert "no better than one constant number" in held
    assert "used for fitting, so no test" in fitted
    exact = fit.assign(bias_share=0.0, bias=0.0)
    assert "right to within half a percent" in fit_sentences(exact)[0]
    nobody = fit.assign(bias_share=np.nan, mae_share=np.nan, bias=-3.0)
    assert "3 persons too low" in fit_sentences(nobody)[0]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("of:\n      - dock", "of:\n      - duck", "no facility 'duck', did you mean 'dock'"),
        ("2020-11-29\n        value: 0", "2021-11-29\n        value: 0", "lies outside the run"),
        ("value: 1920 persons", "value: 1920", "needs a number and a unit"),
        ("what: present at the end of the day", "what: present", "Allowed: present at the end"),
        ("confidence: B, press", "confidence2: B, press", "unknown key"),
        (
            "from: 2020-11-28\n        until: 2020-11-29",
            "from: 2020-11-29\n        until: 2020-11-28",
            "before it begins on",
        ),
        ("2020-11-28\n        value: 474", "2020-11-18\n        value: 474", "in order of time"),
        ("of:\n      - dock", "column: x\n    of:\n      - dock", "belong to 'data'"),
        (
            "of:\n      - dock",
            "data: assam_relief_camps\n    of:\n      - dock",
            "either 'points' or 'data'",
        ),
        (
            "2020-11-28\n        value: 474",
            "2020-11-28\n        until: 2020-11-29\n        value: 474",
            "is for arrivals",
        ),
        (
            "    source: La Provincia, La Nueva",
            "    assumption: La Provincia, La Nueva",
            "needs 'source'",
        ),
    ],
)
def test_what_cannot_be_meant_is_refused_with_its_line(old, new, message):
    with pytest.raises(ScenarioError, match=message) as error:
        parse_scenario(edited((old, new)))
    assert error.value.problems[0].line > 0


def with_table(tmp_path, table, *, column="", name="counts.csv"):
    (tmp_path / name).write_text(table, encoding="utf-8")
    text = DOCK[: DOCK.index("observed:")] + (
        "observed:\n- name: Étude\n  what: mean present\n  of: [dock]\n"
        f"  data: {name}\n{column}  source: a list\n  confidence: A\n"
    )
    file = tmp_path / "own.yaml"
    file.write_text(text, encoding="utf-8")
    return load_scenario(file)


def test_a_table_beside_the_scenario_is_read_and_cut_to_the_run(tmp_path):
    table = "date,persons\n2020-11-17,5\n2020-11-18,7\n2020-11-19,\n2020-11-20,9\n2020-12-01,4\n"
    scenario = with_table(tmp_path, table)
    points = observed_points(scenario, measures_of(scenario, ramp()))
    assert points["observed"].tolist() == [7.0, 9.0]
    assert (points["simple"] == 7.0).all()
    other = with_table(tmp_path, table.replace("persons", "people"), column="  column: people\n")
    assert len(observed_points(other, measures_of(other, ramp()))) == 2
    one = with_table(tmp_path, table, column="  day_of_month: 20\n")
    assert observed_points(one, measures_of(one, ramp()))["observed"].tolist() == [9.0]


@pytest.mark.parametrize(
    ("table", "column", "message"),
    [
        (
            "day,persons\n2020-11-18,7\n",
            "",
            "row 1: column 'date' is missing. Columns: day, persons",
        ),
        ("date,people\n2020-11-18,7\n", "", "column 'persons' is missing. Columns: date, people"),
        ("date,date,persons\n2020-11-18,,7\n", "", "column 'date' stands 2 times"),
        ("date,persons (buses)\n2020-11-18,7\n", "", "has the unit 'buses'; allowed: persons"),
        ("date,a\n2020-11-18,many\n", "  column: A\n", "row 2: 'A' is 'many'; give a number"),
        ("date;persons\n2020-11-18;1.234\n", "", "may be a thousand or a fraction"),
        (
            "date,persons\n18.11.2020,7\n",
            "",
            "row 2: 'date' is '18.11.2020'; write it like 2024-05",
        ),
        ("date,persons\n2020-11-18,many\n", "", "'persons' is 'many'; give a number"),
        ("date,persons\n2020-11-18,7\n2020-11-18,8\n", "", "row 3: repeats the day of row 2"),
        ("date,persons\n2020-11-18,-7\n", "", "cannot be negative"),
        ("date,persons\n2020-11-18\n", "", "has 1 cells, the header has 2"),
        ("date,persons\n", "", "needs a header, with the columns date and persons"),
        ("date,persons\n2019-11-18,7\n", "", "no observation within the run"),
    ],
)
def test_a_table_that_cannot_be_used_is_refused(tmp_path, table, column, message):
    scenario = with_table(tmp_path, table, column=column)
    with pytest.raises(ScenarioError, match=message):
        check_observed(scenario)


def test_a_workbook_is_read_like_a_csv(tmp_path):
    table = {
        "Dock": [
            ["Notes", "DATE", "Persons (people)"],
            ["by ship", pd.Timestamp("2020-11-18").to_pydatetime(), 7],
            [None, "2020-11-19", None],
            [None, "2020-11-20", "9"],
        ],
        "More": [["from the press"]],
    }
    scenario = in_workbook(tmp_path, table, "  sheet: dock\n")
    points = observed_points(scenario, measures_of(scenario, ramp()))
    assert points["observed"].tolist() == [7.0, 9.0]
    with pytest.raises(ScenarioError, match="has several sheets; name one of: Dock, More") as error:
        check_observed(in_workbook(tmp_path, table))
    assert error.value.problems[0].line > 0
    with pytest.raises(ScenarioError, match="there is no sheet 'None'"):
        check_observed(in_workbook(tmp_path, table, "  sheet: None\n"))
    table["Dock"][1][2] = "=3+4"
    with pytest.raises(ScenarioError, match=r"sheet Dock, row 2: cell C2 holds a formula"):
        check_observed(in_workbook(tmp_path, table, "  sheet: Dock\n"))
    with pytest.raises(ScenarioError, match=r"'sheet' is for data in an \.xlsx file"):
        with_table(tmp_path, "date,persons\n2020-11-18,7\n", column="  sheet: Dock\n")


def in_workbook(tmp_path, sheets, extra=""):
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    scenario = with_table(tmp_path, "", name="counts.xlsx", column=extra)
    book.save(tmp_path / "counts.xlsx")
    return scenario


def test_arrivals_of_a_table_are_compared_by_its_period():
    points = load_scenario("darien-transit").resolved_yaml()
    written = parse_scenario(points)
    start, end = points.index("    points:"), points.index("    source: Servicio Nacional")
    read = parse_scenario(f"{points[:start]}    data: darien_transits\n{points[end:]}")
    measures = measures_of(written, np.ones((3, 61)))
    measures = measures.assign_coords(facility=["registration-darien", "other"])
    made = observed_points(read, measures)
    assert made["until"].tolist() == ["2023-09-01", "2023-10-01"]
    assert made["median"].tolist() == [31.0, 30.0]
    pd.testing.assert_frame_equal(made, observed_points(written, measures))
    check_observed(read)


def test_arrivals_of_a_table_without_a_period_are_refused(tmp_path):
    table = "date,persons\n2020-11-18,7\n2020-11-25,7\n"
    presence = with_table(tmp_path, table)
    check_observed(presence)
    file = tmp_path / "own.yaml"
    text = file.read_text(encoding="utf-8").replace("mean present", "arrivals")
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ScenarioError, match="has no two days in a row"):
        check_observed(load_scenario(file))
    (tmp_path / "counts.csv").write_text(table + "2020-11-26,1\n", encoding="utf-8")
    check_observed(load_scenario(file))
    named = text.replace("counts.csv", "assam_relief_camps\n  column: relief_camp_inmates")
    with pytest.raises(ScenarioError, match="does not count arrivals by day, week or month"):
        check_observed(parse_scenario(named))


def test_counts_by_week_begin_on_one_weekday():
    scenario = load_scenario("arguineguin-dock")
    one = scenario.forecast.counts[0].model_dump(by_alias=True)
    weekly = {"period": "week", "persons": (5.0, 6.0), "source": "a list", "assumption": None}
    given = {
        "model": "replay", "reference_date": "2020-11-16", "horizon": "2 weeks",
        "counts": [
            {**one, **weekly, "name": name, "first": first}
            for name, first in (("A", "2020-11-16"), ("B", "2020-11-18"))
        ],
    }  # fmt: skip
    with pytest.raises(ValueError, match="same weekday; these do not: A on 2020-11-16, B on"):
        Forecast.model_validate(given)
    given["counts"][1]["first"] = "2020-11-23"
    made = Forecast.model_validate(given)
    assert [one.first.weekday() for one in made.counts] == [0, 0]


def test_tables_of_the_package_have_columns_and_must_exist(tmp_path):
    scenario = with_table(tmp_path, "", name="assam_relief_camps")
    with pytest.raises(ScenarioError, match="is no column of assam_relief_camps; it has relief"):
        check_observed(scenario)
    (tmp_path / "gone.csv").unlink(missing_ok=True)
    scenario = with_table(tmp_path, "", name="gone.csv")
    (tmp_path / "gone.csv").unlink()
    with pytest.raises(ScenarioError, match="neither a table of the package nor a file"):
        check_observed(scenario)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("model: replay", "model: adaptive-pool", "belong to the model 'replay'"),
        ("model: replay", "model: replay\n  data: darien_transits", "either 'data' or 'counts'"),
        ("period: day", "period: hour", "Allowed: day, week, month"),
        ("period: day", "period: month", "begin on the first of a month"),
        ("horizon: 13 days", "horizon: 14 days", None),
        ("horizon: 13 days", "horizon: 0 days", "must be above zero"),
        ("horizon: 13 days", "horizon: 12 days", "the forecast ends after 12 days"),
        (
            "model: replay",
            "model: replay\n  benchmark: seasonal-naive",
            "has no benchmark; nothing is predicted",
        ),
        ("model: replay", "model: replay\n  level: region", "'level' is for packages"),
        (
            "model: replay",
            "model: replay\n  outlook: {kind: path, paths: [{name: oni, values: [1 degC]}]}",
            "nothing is predicted",
        ),
    ],
)
def test_replays_that_cannot_be_meant_are_refused(old, new, message):
    text = edited((old, new))
    if message is None:
        with pytest.raises(ScenarioError, match="holds days 2020-11-18 until 2020-12-01"):
            check_data(parse_scenario(text))
        return
    with pytest.raises(ScenarioError, match=message):
        parse_scenario(text)


def test_a_replay_is_what_was_counted_in_every_future():
    outlook = make_outlook(parse_scenario(edited(("value: 5 %", "value: 0 %"))))
    assert outlook.forecast.attrs["kind"] == "replay"
    assert outlook.benchmark is None
    assert (outlook.forecast.std("sample") == 0).all()
    assert outlook.forecast.isel(sample=0, location=0).values[:2].tolist() == [68.0, 206.0]


def test_the_count_error_is_one_factor_of_each_future():
    outlook = make_outlook(parse_scenario(DOCK))
    values = outlook.forecast.isel(location=0).transpose("sample", "time").values[:, :11]
    factors = values / np.array([68.0, *[206.0] * 10])
    assert np.ptp(factors, axis=1).max() < 1e-12
    assert factors[:, 0].mean() == pytest.approx(1, abs=3 * 0.05 / np.sqrt(200))
    assert factors[:, 0].std() == pytest.approx(0.05, rel=0.2)


def test_days_without_a_number_are_refused_or_taken_from_their_neighbors():
    base = load_scenario("sicily-hotspots").resolved_yaml()
    text = edited(("missing: interpolate", "missing: refuse"), text=base)
    with pytest.raises(fc.FlowError, match=r"no number for 12 of 365 periods .* 2022-01-31"):
        make_outlook(parse_scenario(text))
    text = edited(("value: 5 %", "value: 0 %"), text=base)
    counted = make_outlook(parse_scenario(text)).forecast.isel(sample=0, location=0)
    known = fc.datasets.load_italy_sea_arrivals().isel(location=0)
    around = known.sel(time=["2022-01-30", "2022-02-01"]).mean()
    assert float(counted.sel(time="2022-01-31")) == pytest.approx(float(around))


def test_a_run_writes_points_and_fit_and_its_report_says_how_well(tmp_path):
    folder = run_to_folder("arguineguin-dock", tmp_path / "r", replications=3, workers=1)
    points = pd.read_csv(folder / "observed.csv")
    assert points["observed"].tolist() == [1920.0, 474.0, 0.0]
    assert set(pd.read_csv(folder / "fit.csv")["used"]) == {"fitted"}
    assert not (folder / "benchmark.nc").exists()
    assert read_results(folder).benchmark is None
    report = (folder / "report.html").read_text(encoding="utf-8")
    assert "This is a replay of a past episode, not a forecast." in report
    assert "Replay of what was counted from 18 November 2020 on." in report
    assert "made with what was known" not in report
    assert f"({NOTHING}{FIXED}%)" not in report
    assert "How well does the run retell what was observed?" in report
    assert 'id="figure-observed-1"' in report
    assert "La Nueva España" in report
    assert (folder / "figures" / "observed-1.png").is_file()


def test_the_report_is_written_again_where_the_observed_table_is_not_at_hand(tmp_path, undrawn):
    scenario = with_table(tmp_path, "date,persons\n2020-11-18,7\n2020-11-20,9.1\n")
    folder = run_to_folder(scenario, tmp_path / "r", replications=2, workers=1, engine="simpy")
    (tmp_path / "counts.csv").unlink()
    points = report_inputs(read_results(folder)).observed_points
    pd.testing.assert_frame_equal(points, pd.read_csv(folder / "observed.csv"))
    assert points["observed"].tolist() == [7.0, 9.1]


def test_figures_of_an_episode_show_every_point():
    scenario = parse_scenario(DOCK)
    measures = measures_of(scenario, ramp())
    points = observed_points(scenario, measures)
    ax = plot_observed(simulated_curves(scenario, measures)["People on the dock"], points)
    drawn = sum(len(line.get_xdata()) for line in ax.lines[1:])
    assert drawn == len(points)
    counts = make_outlook(scenario).forecast.isel(location=0)
    ax = plot_counts(counts)
    assert ax.get_ylabel() == "persons per day"


def test_a_replication_is_shown_step_by_step():
    scenario = parse_scenario(DOCK)
    network = build_network(scenario)
    futures = Futures.of(make_outlook(scenario).forecast, network)
    records, _ = replicate_once(network, futures, seed=1, replication=0)
    taken, waiting, capacity = state_at(records, 0, 0.0)
    assert (taken, waiting, capacity) == (2300, 0, 400)
    panels = plot_step_through(records, network, [0.5, 2.5, 10.5, 12.5])
    assert [ax.get_title(loc="left")[-5:] for ax in panels] == ["12:00"] * 4
    assert len(panels[0].patches) == 2 * len(network.facilities)
    shown = {text.get_text() for ax in panels for text in ax.texts}
    assert "0" in shown
    with pytest.raises(ValueError, match="no facility duck; there are dock, transfers"):
        plot_step_through(records, network, [1.0], facilities=["duck"])
    with pytest.raises(ValueError, match=r"days \[14.0\] lie outside the run of 13 days"):
        plot_step_through(records, network, [14.0])
    with pytest.raises(ValueError, match="give others"):
        plot_step_through(records, network, [])
