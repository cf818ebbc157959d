"""The report in other forms: the same content, readable, printable, never half-written."""

import dataclasses
import re
import zlib

import openpyxl
import pandas as pd
import pytest

from scenarios import summaries
from scenarios.files import load_scenario, parse_scenario
from scenarios.problems import ScenarioError
from scenarios.report import exports
from scenarios.report.document import every_table, write_report
from scenarios.report.indicators import INDICATORS, indicator_table
from scenarios.report.inputs import Agreement, Resource
from scenarios.report.resources import (
    agreement_table,
    agreements_of,
    gap_table,
    resource_table,
    resources_of,
)
from scenarios.report.tables import with_range
from scenarios.results import ResultsError, complete_file
from scenarios.small_numbers import HIDDEN
from tests.scenarios.conftest import invented_inputs
from tests.scenarios.test_report import read


@pytest.fixture(scope="module")
def full():
    return dataclasses.replace(
        invented_inputs(),
        resources=(Resource("Boats <b>", "8 boats", "06:00-18:00", "assumption", "Replace it."),),
        agreements=(Agreement("More desks", "queue", "2 desks", "3 days", "With the town"),),
    )


def contrast(one, other):
    """Ratio of the relative luminances of two colors (WCAG 2.1, 1.4.3)."""

    def luminance(color):
        parts = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_text_has_the_contrast_of_wcag_aa(full, tmp_path, undrawn):
    page = write_report(full, tmp_path / "report.html").read_text(encoding="utf-8")
    style = page.split("<style>")[1].split("</style>")[0]
    named = dict(re.findall(r"--(\w+): (#[0-9a-f]{6})", style))
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    grounds = ["#ffffff", named["soft"]]
    used = set(re.findall(r"(?<![-\w])color: (#[0-9a-f]{6})", style))
    for color in {named["ink"], named["muted"], named["blue"], *used}:
        for ground in grounds:
            assert contrast(color, ground) >= 4.5, (color, ground)


def test_the_situation_report_is_one_readable_page(full, tmp_path):
    path = exports.write_sitrep(full, tmp_path / "sitrep.html")
    page = read(path.read_text(encoding="utf-8"))
    words = " ".join(page.text)
    assert full.title in words
    assert "person-nights without a place" in words
    assert page.every("img") == page.every("script") == []


def test_pdf_has_numbered_pages_and_one_for_the_situation_report(full, tmp_path):
    pytest.importorskip("weasyprint", reason="the extra 'pdf' is not installed")
    page = exports.write_sitrep(full, tmp_path / "sitrep.html")
    made = exports.write_pdf(page, tmp_path / "sitrep.pdf")
    content = made.read_bytes()
    assert content.startswith(b"%PDF")
    streams = re.findall(rb"stream\r?\n(.*?)endstream", content, re.DOTALL)
    plain = b" ".join(zlib.decompressobj().decompress(s) for s in streams if s[:1] == b"x")
    pages = len(re.findall(rb"/Type /Page\b", content + plain))
    assert pages == 1
    assert [path.name for path in tmp_path.iterdir() if path.suffix == ".part"] == []


def test_pdf_loads_nothing_from_outside(tmp_path):
    pytest.importorskip("weasyprint", reason="the extra 'pdf' is not installed")
    secret = tmp_path / "secret.txt"
    secret.write_text("not to be seen")
    page = tmp_path / "page.html"
    page.write_text(f'<p>x</p><link rel="attachment" href="{secret.as_uri()}">', encoding="utf-8")
    assert b"EmbeddedFile" not in exports.write_pdf(page, tmp_path / "a.pdf").read_bytes()


def test_the_workbook_has_every_table_with_units_and_no_formula(full, tmp_path):
    book = openpyxl.load_workbook(exports.write_workbook(full, tmp_path / "report.xlsx"))
    tables = every_table(full)
    assert set(book.sheetnames) == {"contents", "measures", *(name[:31] for name in tables)}
    assert {"resources", "agreements", "gaps", "indicators", "assumptions"} <= set(tables)
    assert "unit" in [cell.value for cell in book["measures"][1]]
    for sheet in book.worksheets:
        assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row)
    assert isinstance(book["harm"]["C2"].value, (int, float))


def test_cells_of_the_workbook_hold_what_the_report_shows(full, tmp_path):
    named = dataclasses.replace(full.assumptions[0], value="=1+1", text="+16 (+2 %)")
    inputs = dataclasses.replace(full, assumptions=(named,))
    book = openpyxl.load_workbook(exports.write_workbook(inputs, tmp_path / "a.xlsx"))
    shown = {cell.value for row in book["assumptions"].iter_rows() for cell in row}
    assert {"=1+1", "+16 (+2 %)"} <= shown
    assert exports._plain("+12") == 12.0


def test_the_workbook_hides_what_measures_csv_hides(full, tmp_path):
    few = full.measures.copy()
    few["nights_without_place"] = few["nights_without_place"] * 0 + 4.0
    inputs = dataclasses.replace(full, measures=few)
    sheet = openpyxl.load_workbook(exports.write_workbook(inputs, tmp_path / "a.xlsx"))["measures"]
    head, *rows = sheet.iter_rows(values_only=True)
    own = [dict(zip(head, row, strict=True)) for row in rows if row[0] == "nights_without_place"]
    assert own
    assert {row["median"] for row in own} == {HIDDEN}


def test_every_plan_has_a_sheet_of_its_own_whatever_its_name(full, tmp_path):
    plan = full.plans[0]
    names = ("harm", "measures", f"{'long' * 8}-one", f"{'long' * 8}-two", f"{'LONG' * 8}-two")
    rows = full.comparison[full.comparison["plan"] == plan.name]
    inputs = dataclasses.replace(
        full,
        plans=tuple(dataclasses.replace(plan, name=name) for name in names),
        comparison=pd.concat(rows.assign(plan=name) for name in names),
    )
    book = openpyxl.load_workbook(exports.write_workbook(inputs, tmp_path / "a.xlsx"))
    listed = [row[0] for row in book["contents"].iter_rows(min_row=2, values_only=True)]
    assert listed == book.sheetnames[1:]
    assert book["harm"]["A1"].value == "Measure"
    assert book["harm"]["C1"].value == "Median"
    assert sum(name.startswith("plan ") for name in listed) == len(names)


@pytest.mark.parametrize("text", ["nan", "inf", "1_000", "1e5"])
def test_a_name_that_python_reads_as_a_number_stays_text(text):
    assert exports._plain(text) == text


def test_an_extra_that_is_missing_is_named(monkeypatch, full, tmp_path):
    import importlib

    def missing(name):
        raise ImportError(name)

    monkeypatch.setattr(importlib, "import_module", missing)
    with pytest.raises(ResultsError, match=r"safepassage\[sharing\]"):
        exports.write_workbook(full, tmp_path / "a.xlsx")
    with pytest.raises(ResultsError, match=r"safepassage\[pdf\]"):
        exports.write_pdf(tmp_path / "a.html", tmp_path / "a.pdf")
    assert list(tmp_path.iterdir()) == []


def test_what_fails_while_writing_leaves_nothing(tmp_path):
    def fails(draft):
        draft.write_text("half")
        msg = "disk full"
        raise OSError(msg)

    with pytest.raises(OSError, match="disk full"):
        complete_file(tmp_path / "a.pdf", fails)
    assert list(tmp_path.iterdir()) == []


def test_the_resource_list_holds_staff_places_boats_vehicles():
    rows = {row.name: row for row in resources_of(load_scenario("beledweyne-flood"))}
    assert rows["Boats Beledweyne"].amount == "8 boats"
    assert rows["Boats Beledweyne"].hours == "06:00-18:00"
    assert rows["Ceel Jaale Health"].hours == "07:00-19:00; outside these hours 1 clinician"
    assert rows["Ceel Jaale"].amount == "4000 persons"
    assert {"Trucks Jowhar", "Jowhar Ward", "Ceel Jaale Health Triage"} <= set(rows)
    assert all(row.text for row in rows.values())


def test_water_and_toilets_stand_in_the_resource_list():
    text = load_scenario("beledweyne-flood").resolved_yaml()
    text = text.replace(
        "    places:\n      value: 2000 persons",
        "    latrines: 80 latrines\n    water: 30000 L/day\n    places:\n      value: 2000 persons",
    )
    rows = {row.name: row.amount for row in resources_of(parse_scenario(text))}
    assert rows["Jowhar: latrines"] == "80 latrines"
    assert rows["Jowhar: water"] == "30000 L/day"


def test_triggers_say_what_is_agreed():
    scenario = load_scenario("docs/how-to/examples/act-early.yaml")
    agreed = agreements_of(scenario)
    assert len(agreed) == len(scenario.triggers) > 0
    assert all(one.condition and one.change and one.lead_time and one.because for one in agreed)
    assert agreements_of(load_scenario("beledweyne-flood")) == ()


def test_tables_that_have_nothing_to_say_are_left_out(inputs, full):
    assert resource_table(inputs) is None
    assert agreement_table(inputs) is None
    assert agreement_table(full).rows[0][0] == "More desks"
    assert gap_table(full).rows


def test_every_indicator_has_a_definition_and_a_row(full):
    table = indicator_table(full)
    assert len(table.rows) == len(INDICATORS)
    assert {one.framework for one in INDICATORS} >= {
        "SDG 10.7.3", "Sendai A-1", "Sendai B-1", "IDMC internal displacements",
        "Global Compact objective 7", "Global Compact objective 8",
        "Global Compact objective 15", "Global Compact objective 23",
    }  # fmt: skip
    assert all(row[1] and row[2] for row in table.rows)
    forecast = next(row for row in table.rows if row[0].startswith("IDMC"))
    assert forecast[4] == "movements"


def test_the_rates_of_the_sendai_framework_need_a_population(full):
    def sendai(inputs):
        table = indicator_table(inputs)
        return [row for row in table.rows if row[0].startswith("Sendai")], table.note

    rows, note = sendai(full)
    assert {row[4] for row in rows} == {
        "persons, no rate: the scenario does not state the population"
    }
    assert "Rates" not in note
    affected = summaries.scalars(full.measures)["persons_entered"]
    stated, note = sendai(dataclasses.replace(full, population=250_000))
    assert {row[4] for row in stated} == {"persons per 100,000 population"}
    per = [affected[name] / 2.5 for name in ("median", "low", "high")]
    assert stated[1][3] == with_range(*per)
    assert stated[1][3] != rows[1][3]
    assert "250" in note
    assert "not for a year" in note


def test_a_scenario_states_the_population_with_its_source():
    text = load_scenario("beledweyne-flood").resolved_yaml()
    stated = text + "population: {value: 427 000 persons, source: A census.}\n".replace(
        " 000", "000"
    )
    scenario = parse_scenario(stated)
    assert scenario.population == 427_000
    assert ("population", "427000 persons", "source", "A census.") in scenario.sources()
    with pytest.raises(ScenarioError, match=r"population: .* above zero|population: .*'0 persons'"):
        parse_scenario(text + "population: 0 persons\n")
