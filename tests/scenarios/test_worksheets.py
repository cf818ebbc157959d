"""A plan in a workbook is read as it stands; what cannot be meant is named by sheet and cell."""

import datetime as dt
import zipfile

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from forecasting.readers.lines import split_heading
from scenarios import cli
from scenarios.build import build_network
from scenarios.files import list_library, load_scenario, parse_scenario
from scenarios.problems import Position, ScenarioError
from scenarios.worksheets.cells import plain_number
from scenarios.worksheets.columns import yes_or_no
from scenarios.worksheets.workbook import list_sheets
from scenarios.worksheets.writing import write_worksheet

SKIPPED = {"history", "name"}


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    path = tmp_path_factory.mktemp("worksheet") / "plan.xlsx"
    return write_worksheet(path, load_scenario("beledweyne-flood"))


@pytest.fixture
def book(template):
    return openpyxl.load_workbook(template)


def at(sheet, row, heading):
    """Return a cell of a list by its row, counted from 1, and the beginning of its heading."""
    for cell in sheet[2]:
        if cell.value and str(cell.value).startswith(heading):
            return sheet.cell(row + 2, cell.column)
    raise AssertionError(heading)


def line(sheet, what):
    for row in sheet.iter_rows(max_col=3):
        if row[0].value and str(row[0].value).removesuffix(" *") == what:
            return row[1]
    raise AssertionError(what)


def problems_of(book, tmp_path):
    path = tmp_path / "mine.xlsx"
    book.save(path)
    with pytest.raises(ScenarioError, match="problem") as caught:
        load_scenario(path)
    return caught.value


def reread(book, tmp_path):
    path = tmp_path / "mine.xlsx"
    book.save(path)
    return load_scenario(path)


TRACED = ("arguineguin-surge", "new-york-exponential")  # the others repeat their lines


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=() if name in TRACED else pytest.mark.untraced)
        for name in list_library()
    ],
)
def test_every_plan_of_the_library_survives_the_worksheet(name, tmp_path):
    scenario = load_scenario(name)
    again = load_scenario(write_worksheet(tmp_path / "plan.xlsx", scenario))
    assert said(again) == said(scenario)
    given_, kept = (
        {(row.path, row.value, row.text) for row in one.sources() if row.kind == "source"}
        for one in (scenario, again)
    )
    assert kept == given_
    reasons = {(row.path, row.text) for row in scenario.sources() if row.kind == "change"}
    assert reasons <= {(row.path, row.text) for row in again.sources() if row.kind != "source"}
    assert build_network(again) == build_network(scenario)
    if not scenario.changes:
        assert again.model_dump(exclude=SKIPPED) == scenario.model_dump(exclude=SKIPPED)


def said(plan):
    """Everything a plan says but why: the reason of a change is the assumption of its copy."""

    def without(value):
        if isinstance(value, dict):
            return {key: without(one) for key, one in value.items() if key != "assumption"}
        return [without(one) for one in value] if isinstance(value, tuple | list) else value

    return without(plan.model_dump(exclude=SKIPPED))


def test_the_number_of_a_block_that_a_change_set_rests_on_its_reason(tmp_path):
    plan = load_scenario("docs/how-to/examples/quarter-more-places.yaml")
    visits = "health.port-clinic.visits"
    port = parse_scenario(
        "schema: 1\nname: fewer\ntitle: Fewer\nquestion: Fewer?\nbased_on: mass-casualty-landing\n"
        f"changes:\n  - {{set: {visits}.value, to: 0.2 per person per day, because: Fewer come.}}\n"
    )
    for scenario, path in ((plan, "sites.sports-ground.places.value"), (port, visits)):
        changed = {row.path: row for row in scenario.sources()}[path]
        again = load_scenario(write_worksheet(tmp_path / f"{scenario.name}.xlsx", scenario))
        copied = {row.path: row for row in again.sources()}
        kept = copied.get(path) or copied[path.removesuffix(".value")]
        assert changed.kind == "change"
        assert (kept.kind, kept.text, kept.value) == ("assumption", changed.text, changed.value)


def test_the_sheets_have_what_a_planner_needs(book):
    assert {"how to", "about", "forecast", "people", "sites", "reception desks", "health"} <= set(
        book.sheetnames
    )
    assert {"rescue units", "wards", "transport", "losses", "triggers", "sources"} <= set(
        book.sheetnames
    )
    assert len({sheet.title for sheet in list_sheets()}) == len(list_sheets())
    assert at(book["sites"], 1, "places").value == 4000
    assert any("(persons)" in str(cell.value) for cell in book["sites"][2])
    rules = book["reception desks"].data_validations.dataValidation
    assert any("group,person" in rule.formula1 for rule in rules)
    for sheet in book.worksheets:
        for row in sheet.iter_rows():
            assert all(cell.data_type != "f" for cell in row)


def test_hurried_hands_are_understood(book, tmp_path):
    sites = book["sites"]
    at(sites, 1, "places").value = "4 500"
    at(sites, 2, "places").value = "2000,0"
    at(sites, 1, "evacuated when lost").value = "Oui"
    at(sites, 2, "evacuated when lost").value = False
    at(sites, 1, "onward share").value = 0.25
    at(sites, 1, "onward share").number_format = "0%"
    line(book["about"], "time start").value = dt.date(2022, 7, 1)
    at(book["transport"], 1, "departs at").value = dt.time(9, 30)
    at(book["wards"], 1, "standard").value = "90 min"
    sites.insert_rows(3)
    plan = reread(book, tmp_path)
    assert [site.places.value for site in plan.sites] == [4500, 2000]
    assert [site.evacuated_when_lost for site in plan.sites] == [True, False]
    assert plan.sites[0].onward_share == 0.25
    assert plan.transport[0].departs_at == 9.5
    assert plan.wards[0].standard == 1.5


def test_what_cannot_be_meant_is_named_by_sheet_and_cell_all_at_once(book, tmp_path):
    sites = book["sites"]
    at(sites, 1, "places").value = "=2000*2"
    at(sites, 2, "places").value = "2.000"
    at(book["wards"], 1, "beds").value = "20 clinicians"
    at(book["reception desks"], 1, "per").value = "household"
    at(book["reception desks"], 2, "part of").value = "beledweyne-recepton"
    line(book["about"], "time run length").value = None
    sites.merge_cells("A10:C11")
    book["people"].cell(1, 1).value = "what"
    book.create_sheet("notes").cell(1, 1).value = "call the mayor"
    error = problems_of(book, tmp_path)
    text = str(error)
    cells = [at(sites, 1, "places").coordinate, at(sites, 2, "places").coordinate]
    assert f"sheet sites, cell {cells[0]}" in text
    assert "holds a formula" in text
    assert f"sheet sites, cell {cells[1]}" in text
    assert "may be a thousand or a fraction" in text
    assert "the cells A10:C11 are merged" in text
    assert "'20 clinicians' needs a number and a unit" in text
    assert "'household' is not known" in text
    assert "did you mean 'beledweyne-reception'" in text
    assert "run_length: is missing" in text
    assert "this sheet is not part of a worksheet" in text
    assert all(isinstance(problem.line, Position) for problem in error.problems)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda b: setattr(b["sites"].cell(2, 1), "value", "namee"), "did you mean 'name'"),
        (lambda b: setattr(b["sites"].cell(2, 1), "value", "location"), "stands twice"),
        (lambda b: setattr(b["sites"].cell(3, 60), "value", "x"), "has no heading above it"),
        (lambda b: setattr(at(b["sites"], 0, "places ("), "value", "places"), "has no unit"),
        (
            lambda b: setattr(at(b["sites"], 0, "places ("), "value", "places (beds)"),
            "is not one of",
        ),
        (lambda b: setattr(b["reception desks"].cell(2, 1), "value", None), "has no heading"),
        (lambda b: setattr(b["about"].cell(2, 1), "value", "nomen"), "unknown line 'nomen'"),
        (lambda b: setattr(b["sources"].cell(2, 1), "value", "sites.nowhere"), "there is no"),
        (lambda b: setattr(b["sites"].cell(3, 2), "value", "#REF!"), "shows the error"),
    ],
)
def test_one_slip(book, tmp_path, change, message):
    change(book)
    assert message in str(problems_of(book, tmp_path))


def test_a_blank_worksheet_says_all_that_is_missing(tmp_path):
    path = write_worksheet(tmp_path / "blank.xlsx")
    with pytest.raises(ScenarioError, match="problems") as caught:
        load_scenario(path)
    missing = {problem.path for problem in caught.value.problems}
    assert missing >= {"name", "time", "forecast", "people", "inflows", "reception", "sites"}


def test_files_that_are_no_workbook(tmp_path):
    fake = tmp_path / "fake.xlsx"
    fake.write_bytes(b"not a zip")
    with pytest.raises(ScenarioError, match="is damaged or no workbook"):
        load_scenario(fake)


@pytest.mark.parametrize("part", ["xl/worksheets/sheet5.xml", "xl/styles.xml", "xl/workbook.xml"])
def test_a_damaged_workbook_is_said_to_be_damaged(template, tmp_path, part):
    damaged = tmp_path / "damaged.xlsx"
    with zipfile.ZipFile(template) as whole, zipfile.ZipFile(damaged, "w") as copy:
        for name in whole.namelist():
            content = whole.read(name)
            copy.writestr(name, content[: len(content) // 2] if name == part else content)
    with pytest.raises(ScenarioError, match="is damaged or no workbook"):
        load_scenario(damaged)


def test_worksheets_are_never_overwritten(tmp_path):
    taken = tmp_path / "a.xlsx"
    taken.write_text("mine")
    with pytest.raises(ScenarioError, match="not overwritten"):
        write_worksheet(taken)
    with pytest.raises(ScenarioError, match="ends in"):
        write_worksheet(tmp_path / "a.ods")
    assert {path.name for path in tmp_path.iterdir()} == {"a.xlsx"}
    assert taken.read_text() == "mine"


DETAILED = """schema: 1
name: p
title: t
question: q?
based_on: beledweyne-flood
changes:
  - set: sites.jowhar.places.changes
    to:
      - {from: day 9, to: 1 200 persons, because: x, source: The town.}
      - {from: 2022-07-20, works: 06:00-18:00, outside: 40 persons, because: "=y"}
    because: y
  - set: sites.jowhar.length_of_stay
    to:
      distribution: mixture
      assumption: Two kinds of households.
      parts: [{share: 25 %, mean: 2 days}, {share: 75 %, mean: 30 days}]
    because: y
  - set: transport.relocation.vehicles.changes
    to: [{from: day 3, to: 0 vehicles, because: z}]
    because: y
"""


@pytest.fixture
def detailed(tmp_path):
    plan = tmp_path / "p.yaml"
    name = load_scenario("beledweyne-flood").transport[0].name
    text = DETAILED.replace("relocation", name).replace("1 200", "1200")
    plan.write_text(text, encoding="utf-8")
    return load_scenario(plan)


def test_changes_over_time_and_mixtures_survive_the_worksheet(detailed, tmp_path):
    path = write_worksheet(tmp_path / "b.xlsx", detailed)
    again = load_scenario(path)
    assert said(again) == said(detailed)
    assert build_network(again) == build_network(detailed)
    changes = again.sites[1].places.changes
    assert [change.to for change in changes] == [1200, None]
    assert changes[0].source == "The town."
    sheet = openpyxl.load_workbook(path)["parts of times"]
    assert sheet["A3"].value == "sites.jowhar.length_of_stay"
    assert (at(sheet, 1, "share (%)").value, at(sheet, 2, "mean (days)").value) == (25, 30)


def test_a_planner_adds_changes_and_parts_by_hand(book, tmp_path):
    changes, parts = book["planned changes"], book["parts of times"]
    changes.append(["sites.jowhar.places", "day 9", "1 200 persons", None, None, "A new hall."])
    sites = book["sites"]
    for heading in ("length of stay mean", "length of stay sd"):
        at(sites, 2, heading).value = None
    at(sites, 2, "length of stay distribution").value = "quantiles"
    for share, days in ((0, 0), (50, "2,5"), (100, 30)):
        parts.append(["sites.jowhar.length_of_stay", None, None, share, days])
    at(parts, 0, "value").value = "value (days)"
    plan = reread(book, tmp_path)
    assert plan.sites[1].places.changes[0].to == 1200
    assert [part.value for part in plan.sites[1].length_of_stay.parts] == [0, 60, 720]


def test_what_is_wrong_with_changes_and_parts_is_named_by_sheet_and_cell(book, tmp_path):
    changes, parts = book["planned changes"], book["parts of times"]
    changes.append(["sites.johar.places", "day 9", "3 persons", None, None, "x"])
    changes.append([None, "day 9", "3 persons", None, None, "x"])
    changes.append(["sites.jowhar.places", "day 9", "3", None, None, "x"])
    changes.append(["sites.jowhar.places", "day 10", "3 beds", None, None, "x"])
    changes.append(["sites.jowhar.places", "day 11", None, None, None, "x"])
    parts.append(["sites.jowhar.length_of_stay", 20, 3])
    text = str(problems_of(book, tmp_path))
    for words in (
        "sheet planned changes, cell A3",
        "there is no 'sites.johar.places', did you mean 'sites.jowhar.places'",
        "names nothing it is part of",
        "'3' needs a number and a unit",
        "'3 beds' needs a number and a unit",
        "changes nothing; give 'to', 'works' or 'outside'",
        "lognormal takes mean, sd; given: mean, sd, parts",
    ):
        assert words in text


def test_a_detail_sheet_without_its_column_is_refused(book, tmp_path):
    sheet = book["planned changes"]
    sheet.append(["sites.jowhar.places", "day 9", "3 persons", None, None, "x"])
    sheet.cell(2, 1).value = None
    assert "the column 'part of' is missing; it names the path of a value" in str(
        problems_of(book, tmp_path)
    )


def test_the_verbs_take_a_worksheet_like_a_scenario(tmp_path):
    runner = CliRunner()
    path = tmp_path / "plan.xlsx"
    made = runner.invoke(cli.app, ["worksheet", str(path), "--from", "beledweyne-flood"])
    assert made.exit_code == 0, made.output
    checked = runner.invoke(cli.app, ["check", str(path)])
    assert checked.exit_code == 0, checked.output
    assert "no problems" in checked.output


def test_lists_stand_in_tables(tmp_path):
    book = openpyxl.Workbook()
    sites = book.active
    sites.title = "Sites"
    sites.append(
        [
            "Name",
            "Location",
            "Places (persons)",
            "Length of stay: mean (days)",
            "Length-of-stay sd (days)",
            "length of stay distribution",
        ]
    )
    sites.append(["ceel-jaale", "Belet Weyne", 4200, 30, 25, "lognormal"])
    sites.append([])
    sites.append(["jowhar", "Jowhar", "1 900", 30, "24,5", "lognormal"])
    book.save(tmp_path / "tables.xlsx")
    (tmp_path / "desks.csv").write_text(
        "reception;name;kind;desks (desks);desks works;service time distribution;"
        "service time mean (min);per;standard (hours)\n"
        "beledweyne-reception;gate-a;registration;6;07:00-17:00;constant;20;group;24\n"
        "jowhar-reception;gate-b;registration;4;07:00-17:00;constant;20,5;group;24\n",
        encoding="utf-8",
    )
    tree = load_scenario("beledweyne-flood").tree()
    from scenarios.documents import read_text, write_text

    reference, _ = read_text(
        "sites: {table: tables.xlsx, assumption: Count of the town.}\ndesks: {table: desks.csv}\n",
        "x",
    )
    tree["sites"] = reference["sites"]
    for one in tree["reception"]:
        one["desks"] = reference["desks"]
    plan = tmp_path / "plan.yaml"
    plan.write_text(write_text(tree), encoding="utf-8")
    scenario = load_scenario(plan)
    assert [site.places.value for site in scenario.sites] == [4200, 1900]
    assert [[desk.name for desk in one.desks] for one in scenario.reception] == [
        ["gate-a"], ["gate-b"],
    ]  # fmt: skip
    rows = {row.path: row for row in scenario.sources()}
    assert rows["sites.jowhar.places"].text == "Count of the town."
    sites["C2"] = "many"
    sites["B4"] = None
    sites["A1"] = "namee"
    book.save(tmp_path / "tables.xlsx")
    with pytest.raises(ScenarioError, match="problem") as caught:
        load_scenario(plan)
    text = str(caught.value)
    assert "sheet Sites, cell A1" in text
    assert "did you mean 'name'" in text
    assert "sheet Sites, cell C2" in text
    assert "location: is missing" in text


@pytest.mark.parametrize(
    ("reference", "message"),
    [
        ("{table: a.ods}", "cannot be read"),
        ("{table: b.txt}", "neither .xlsx nor .csv"),
        ("{table: two.xlsx}", "name the sheet with 'sheet'. Sheets: One, Two"),
        ("{table: two.xlsx, sheet: On}", "did you mean 'One'"),
        ("{table: two.xlsx, sheet: One}", "is empty"),
        ("{table: two.xlsx, shet: One}", "did you mean 'sheet'"),
        ("{table: latin.csv}", "is not UTF-8"),
    ],
)
def test_tables_that_cannot_be_used(tmp_path, reference, message):
    book = openpyxl.Workbook()
    book.active.title = "One"
    book.create_sheet("Two")
    book.save(tmp_path / "two.xlsx")
    (tmp_path / "b.txt").write_text("x")
    (tmp_path / "latin.csv").write_bytes("näme\n".encode("latin-1"))
    text = load_scenario("beledweyne-flood").resolved_yaml()
    start, end = text.index("sites:\n  - name: ceel"), text.index("transport:\n")
    plan = tmp_path / "plan.yaml"
    plan.write_text(f"{text[:start]}sites: {reference}\n{text[end:]}", encoding="utf-8")
    with pytest.raises(ScenarioError, match="problem") as caught:
        load_scenario(plan)
    assert message in str(caught.value)
    assert "line" in str(caught.value)


@given(st.integers(0, 10**9), st.sampled_from(["", " persons", " km2"]))
def test_whole_numbers_stay_whatever_their_spacing(number, unit):
    assert plain_number(f"{number}{unit}") == f"{number}{unit}"
    assert plain_number(f"{number:,}{unit}".replace(",", " ")) == f"{number}{unit}"


@given(st.integers(0, 999), st.integers(0, 99))
def test_a_comma_with_one_or_two_digits_is_a_decimal_point(whole, part):
    assert plain_number(f"{whole},{part}") == f"{whole}.{part}"


@pytest.mark.parametrize("text", ["1.000", "1,000", "12.345 persons", "1,234,567"])
def test_unclear_numbers_are_refused(text):
    with pytest.raises(ValueError, match="thousand or a fraction"):
        plain_number(text)


def test_headings_and_words():
    assert split_heading(" Places * ") == ("places", "")
    assert split_heading("Places [ persons ]") == ("places", "persons")
    assert [yes_or_no(word) for word in ("JA", "нет", "1", "0", "so-so")] == [
        "yes", "no", "yes", "no", "so-so",
    ]  # fmt: skip
    assert Position.of(1, 3, 27, "").label == "row 3, AA"
