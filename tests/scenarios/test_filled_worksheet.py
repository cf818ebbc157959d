"""A worksheet that a planner filled by hand goes all the way: check, run, report, compare."""

import re

import openpyxl
from typer.testing import CliRunner

from scenarios import cli
from scenarios.files import load_scenario
from scenarios.results import read_results
from scenarios.worksheets.workbook import VERTICAL
from scenarios.worksheets.writing import write_worksheet

FILLED = {
    "name": "valley-plan",
    "title": "=2 boats",
    "question": "Do two boats do?",
    "time start": "2022-02-24",
    "time run length": 6,
    "experiment replications": 3,
    "forecast data": "counts.csv",
    "forecast model": "replay",
    "forecast reference date": "2022-02-24",
    "forecast horizon": "6 days",
    "forecast samples": 3,
    "people group size distribution": "constant",
    "people group size mean": 1,
    "people female": 50,
    "people child": 0,
    "people under five": 0,
    "people elderly": 0,
    "people pregnant": 0,
    "people disability": 0,
    "people urgent need": 0,
    "people unaccompanied child": 0,
}
ROWS = {
    "inflows": {"name": "all", "locations": "06", "share": 100, "reception": "hall"},
    "reception": {
        "name": "hall",
        "location": "06",
        "gives up after distribution": "constant",
        "gives up after mean": 5,
        "standard": 12,
    },
    "reception desks": {
        "part of": "hall",
        "name": "desk",
        "kind": "registration",
        "desks": 3,
        "service time distribution": "constant",
        "service time mean": 10,
        "per": "group",
        "standard": 24,
    },
    "reception sites": {"part of": "hall", "site": "school", "travel time": 1},
    "sites": {
        "name": "school",
        "location": "06",
        "places": 40,
        "length of stay distribution": "constant",
        "length of stay mean": 2,
    },
}
UNITS = {
    "time run length": "days",
    "people group size mean": "persons",
    "gives up after mean": "days",
    "service time mean": "min",
    "length of stay mean": "days",
    "standard": "hours",
    "travel time": "hours",
}


def filled_by_hand(path):
    """A blank worksheet in which a planner typed the smallest plan."""
    book = openpyxl.load_workbook(write_worksheet(path))
    path.unlink()
    for what, value in FILLED.items():
        found = [value_of(book[name], what) for name in VERTICAL]
        (cell,) = [one for one in found if one is not None]
        cell.value = value
        cell.data_type = "s" if isinstance(value, str) else cell.data_type
        if what in UNITS:
            cell.offset(0, 1).value = UNITS[what]
    for name, row in ROWS.items():
        sheet = book[name]
        titles = {}
        for cell in sheet[2]:
            title = re.sub(r" \(.*\)|\*", "", cell.value).strip()
            titles[title] = cell.column
            if title in UNITS:
                cell.value = f"{title} ({UNITS[title]})"
        for title, value in row.items():
            sheet.cell(3, titles[title]).value = value
    book.save(path)
    days = "".join(f"2022-02-{n},06,{30 + n}\n" for n in range(24, 29))
    text = f"date,location,persons\n{days}2022-03-01,06,80\n"
    (path.parent / "counts.csv").write_text(text, encoding="utf-8")
    return path


def value_of(sheet, what):
    """Return the cell for the value of a line, None when the sheet does not have the line."""
    for title, value in sheet.iter_rows(max_col=2):
        if str(title.value).removesuffix(" *") == what:
            return value
    return None


def test_a_worksheet_filled_by_hand_is_checked_run_reported_and_compared(tmp_path):
    runner = CliRunner()

    def invoke(*words, status=0):
        result = runner.invoke(cli.app, [str(word) for word in words])
        assert result.exit_code == status, result.output
        return " ".join(result.output.split())

    plan = filled_by_hand(tmp_path / "plan.xlsx")
    assert "valley-plan: no problems" in invoke("check", plan)
    folder = tmp_path / "results"
    ran = invoke("run", plan, "--out", folder, "--engine", "simpy", "--workers", 1)
    assert "Report:" in ran
    results = read_results(folder)
    assert results.main.scenario.title == "=2 boats"
    entered = results.main.measures["persons_entered"].values
    assert entered.tolist() == [sum(range(54, 59)) + 80] * 3
    assert invoke("report", folder, "--xlsx", "--sitrep")
    # The same plan with more places: copied by the verb into another folder, then edited.
    other = tmp_path / "elsewhere" / "more places.xlsx"
    other.parent.mkdir()
    invoke("worksheet", other, "--from", plan)
    book = openpyxl.load_workbook(other)
    assert book["sites"]["B3"].value == "06"
    cell = next(c for c in book["sites"][2] if str(c.value).startswith("places (persons)"))
    book["sites"].cell(3, cell.column).value = 400
    book.save(other)
    more = load_scenario(other)
    assert (more.name, more.sites[0].places.value) == ("more-places", 400)
    text = invoke("compare", plan, other, "--engine", "simpy", "--workers", 1)
    assert "more-places, difference from the baseline" in text
    assert "more-places dominates the baseline" in text or "more-places is a trade-off" in text
    again = invoke("compare", folder, other, "--engine", "simpy", "--workers", 1)
    assert again == text
