"""Offices answer by command and the national office rolls the answers up."""

import csv
import io
import json
import re
import subprocess
import sys

import numpy as np
import openpyxl
import pytest
from typer.testing import CliRunner

import forecasting as fc
from forecasting.sharing import (
    About,
    PackageError,
    read_package,
    read_response,
    slice_package,
    write_package,
)
from forecasting.sharing.workbook import Sheet, workbook_bytes
from scenarios.cli import app
from scenarios.plots import plot_boundaries, plot_tiles
from scenarios.results import write_results
from scenarios.runner import run
from scenarios.sharing.boundaries import read_boundaries
from scenarios.sharing.issue import flows_and_tree
from scenarios.sharing.respond import PEAK, SUMMED, outcomes_of, read_table
from scenarios.sharing.roll_up import roll_up
from tests.scenarios.conftest import invented_measures
from tests.scenarios.test_packages import DISTRICT, load_scenario, written

HEADER = "location,kind,facility,capacity,unit,source\n"
SAID = ("--by", "Office", "--purpose", "planning", "--on", "2022-07-05")
OTHER = "SO21:Jowhar"


def called(*arguments):
    return CliRunner().invoke(app, [str(one) for one in arguments])


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    folder = tmp_path_factory.mktemp("shared")
    flows, tree = flows_and_tree(load_scenario("beledweyne-flood"), 2)
    made = fc.RecentClimatology().fit(flows).forecast(horizon=6, samples=6, seed=1)
    about = About(issuer="National office", purpose="planning")
    options = {"hierarchy": tree, "salt": bytes(32), "parquet": False}
    national = write_package(made, folder / "national", about, **options)
    for code, name in (("SO20", "region"), (DISTRICT, "district"), (OTHER, "jowhar")):
        slice_package(national, code, folder / name)
    results = run(written(folder, "district"), replications=2, workers=1)
    (folder / "results").mkdir()
    write_results(results, folder / "results")
    return folder


@pytest.fixture
def salted(tmp_path, monkeypatch):
    monkeypatch.setenv("SAFEPASSAGE_SALT", str(tmp_path / "salt"))


def table(path, *rows):
    path.write_text(HEADER + "".join(f"{row}\n" for row in rows), encoding="utf-8")
    return path


def answered(shared, tmp_path, salted, name="answer", *options):
    capacities = table(
        tmp_path / f"{name}.csv",
        f"{DISTRICT},reception places,Ceel Jaale,6000,persons,site plan of May",
        f"{DISTRICT},ward beds,,20,beds,hospital list",
    )
    given = ("--capacities", capacities, "--out", tmp_path / name)
    return called("respond", shared / "district", *given, *SAID, *options)


def test_from_capacities_and_results_to_a_response(shared, tmp_path, salted):
    done = answered(shared, tmp_path, salted, "answer", "--results", shared / "results")
    assert done.exit_code == 0, done.output
    assert re.search(r"2 capacities, \d+ outcomes, 0 changes", done.output)
    made = read_response(tmp_path / "answer")
    assert made.unit == DISTRICT
    assert made.about["results"]["replications"] == 2
    assert made.about["results"]["package"] == read_package(shared / "district").identifier
    assert (made.outcomes % 5 == 0).all()
    names = [str(name) for name in made.outcomes["measure"].values]
    by_outcome = [name for name in names if name.startswith("persons_") and name not in SUMMED]
    parts = made.outcomes.sel(measure=by_outcome)
    total = made.outcomes.sel(measure="persons_entered")
    assert (np.abs(parts.sum("measure") - total) < 5 * (parts.sizes["measure"] + 1)).all()


def test_what_cannot_be_answered_is_one_message(shared, tmp_path, salted):
    def told(name, *options):
        done = answered(shared, tmp_path, salted, name, *options)
        assert done.exit_code == 2, done.output
        assert not (tmp_path / name).exists()
        return " ".join(done.output.split())

    assert "holds no results" in told("a", "--results", tmp_path)
    assert "needs its reason" in told("b", "--because", "x")
    wrong = tmp_path / "override.csv"
    wrong.write_text("location,first_day,cause,factor\nSO99,all,all,2\n", encoding="utf-8")
    assert "'SO99' is not in the slice" in told("c", "--override", wrong, "--because", "x")
    assert "there is no disclosure policy" in told(
        "d", "--policy", "weak", "--results", shared / "results"
    )
    elsewhere = table(tmp_path / "t.csv", f"{OTHER},ward beds,,20,beds,list")
    done = called(
        "respond", shared / "district", "--capacities", elsewhere, "--out", tmp_path / "e", *SAID
    )
    assert "is not in the slice" in done.output
    jowhar = table(tmp_path / "j.csv", f"{OTHER},ward beds,,20,beds,list")
    given = ("--capacities", jowhar, "--out", tmp_path / "f", *SAID, "--results")
    other = called("respond", shared / "jowhar", *given, shared / "results")
    assert other.exit_code == 2
    assert "outside of SO21:Jowhar" in " ".join(other.output.split())


def test_results_without_a_package_answer_nothing(shared, tmp_path, salted):
    folder = tmp_path / "plain"
    folder.mkdir()
    for file in (shared / "results").iterdir():
        if file.is_file():
            (folder / file.name).write_bytes(file.read_bytes())
    record = json.loads((folder / "provenance.json").read_text(encoding="utf-8"))
    used = record.pop("packages")
    (folder / "provenance.json").write_text(json.dumps(record), encoding="utf-8")
    done = answered(shared, tmp_path, salted, "a", "--results", folder)
    assert "was not simulated on a forecast package" in " ".join(done.output.split())
    used["site"] |= {"package": "1" * 64, "whole": "2" * 64}
    record["packages"] = used
    (folder / "provenance.json").write_text(json.dumps(record), encoding="utf-8")
    done = answered(shared, tmp_path, salted, "b", "--results", folder)
    assert "was simulated on package 1111111111111111" in " ".join(done.output.split())


def test_a_workbook_is_read_like_a_csv(shared, tmp_path):
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append([*HEADER.strip().split(","), None])
    sheet.append([DISTRICT, "ward beds", None, 20.0, "beds", "list", None])
    sheet.append([None] * 6)
    book.save(tmp_path / "c.xlsx")
    columns = HEADER.strip().split(",")
    rows = read_table(tmp_path / "c.xlsx", columns)
    assert rows == [
        dict(zip(columns, [DISTRICT, "ward beds", "", "20", "beds", "list"], strict=True))
    ]
    (tmp_path / "d.xlsx").write_bytes(b"no workbook")
    with pytest.raises(PackageError, match=r"d\.xlsx is damaged or no workbook"):
        read_table(tmp_path / "d.xlsx", columns)
    with pytest.raises(PackageError, match=r"none\.csv: cannot be read \(No such file"):
        read_table(tmp_path / "none.csv", columns)
    (tmp_path / "e.csv").write_bytes(b"\xff\xfe")
    with pytest.raises(PackageError, match=r"save the table as CSV in UTF-8 or as \.xlsx"):
        read_table(tmp_path / "e.csv", columns)
    (tmp_path / "f.csv").write_text(" ", encoding="utf-8")
    with pytest.raises(PackageError, match=r"f\.csv: is empty; its first row must be location"):
        read_table(tmp_path / "f.csv", columns)
    (tmp_path / "g.csv").write_bytes(b"," * 20_000_001)
    with pytest.raises(PackageError, match=r"g\.csv: is larger than 20 MB; this is no table of an"):
        read_table(tmp_path / "g.csv", columns)


def test_tables_of_offices_are_read_as_offices_write_them(tmp_path):
    columns = ["location", "first_day", "cause", "factor"]
    file = tmp_path / "a.csv"
    file.write_text("Factor;LOCATION;First day;cause\n1.5;SO21;all;all\n", encoding="utf-8")
    expected = {"location": "SO21", "first_day": "all", "cause": "all", "factor": "1.5"}
    assert read_table(file, columns) == [expected]
    file.write_text("factor;location;first day;cause\n1.500;SO21;all;all\n", encoding="utf-8")
    with pytest.raises(PackageError, match=r"row 2: factor '1\.500' may be meant in thousands"):
        read_table(file, columns)
    file.write_text("factor (x),location,first day,cause\n1,SO21,all,all\n", encoding="utf-8")
    with pytest.raises(PackageError, match=r"column 'factor \(x\)' is unknown"):
        read_table(file, columns)
    file.write_text("factor,location,first day,cause,Passport number\n", encoding="utf-8")
    with pytest.raises(PackageError, match=r"column 'Passport number' .*remove it"):
        read_table(file, columns)


def test_cells_that_hold_no_value_are_refused(tmp_path):
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(HEADER.strip().split(","))
    sheet.append([DISTRICT, "ward beds", None, "=20+1", "beds", "list"])
    book.save(tmp_path / "c.xlsx")
    with pytest.raises(PackageError, match=r"c\.xlsx, sheet Sheet, row 2: cell D2 holds a formula"):
        read_table(tmp_path / "c.xlsx", HEADER.strip().split(","))
    sheet["D2"] = 21
    book.create_sheet("Notes", 0).append(["from the ministry"])
    book.save(tmp_path / "c.xlsx")
    (row,) = read_table(tmp_path / "c.xlsx", HEADER.strip().split(","))
    assert row["capacity"] == "21"
    sheet["A1"] = "place"
    book.save(tmp_path / "c.xlsx")
    with pytest.raises(PackageError, match=r"has several sheets; name one of: Notes, Sheet"):
        read_table(tmp_path / "c.xlsx", HEADER.strip().split(","))


def sheet_cell(content):
    cell = openpyxl.load_workbook(io.BytesIO(content)).worksheets[0]["A2"]
    return cell.value, cell.number_format


def test_roll_up_by_command(shared, tmp_path, salted):
    override = tmp_path / "override.csv"
    override.write_text(
        f"location,first_day,cause,factor\n{DISTRICT},2022-10-01,all,2.5\n", encoding="utf-8"
    )
    options = ("--results", shared / "results", "--override", override, "--because", "levee broke")
    assert answered(shared, tmp_path, salted, "one", *options).exit_code == 0
    capacities = table(tmp_path / "j.csv", f"{OTHER},reception places,,300,persons,<b>list</b>")
    late = ("--by", "Jowhar", "--purpose", "planning", "--on", "2022-08-01")
    done = called(
        "respond",
        shared / "jowhar",
        "--capacities",
        capacities,
        "--out",
        tmp_path / "two.zip",
        *late,
    )
    assert done.exit_code == 0, done.output
    out = tmp_path / "up"
    done = called(
        "roll-up", shared / "national", tmp_path / "one", tmp_path / "two.zip", "--out", out,
        "--due", "2022-07-15",
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    assert "late: SO21:Jowhar" in done.output
    assert "missing: SO20:Jalalaqsi" in done.output
    assert "2 of 2 responses count" in done.output
    assert sorted(one.name for one in out.iterdir()) == [
        "capacities.csv", "changes.csv", "findings.csv", "gaps.csv", "map.png", "map.svg",
        "outcomes.csv", "package", "responses.csv", "roll-up.html", "roll-up.xlsx",
    ]  # fmt: skip
    after = read_package(out / "package")
    assert after.provenance["version"] == 2
    assert after.provenance["history"][0]["unit"] == DISTRICT
    page = (out / "roll-up.html").read_text(encoding="utf-8")
    assert "levee broke" in page
    assert not re.search(r"(src|href)=.?https?://", page)
    assert "<b>list" not in page
    book = openpyxl.load_workbook(out / "roll-up.xlsx")
    assert book.sheetnames[:3] == ["Read me", "Responses", "Findings"]
    gaps = list(csv.DictReader((out / "gaps.csv").read_text(encoding="utf-8").splitlines()))
    for name in ("displaced_high", "need_median", "gap_high", "capacity"):
        assert all(re.fullmatch(r"\d*", row[name]) for row in gaps), name
    cells = [cell for row in book["Gaps"].iter_rows(min_row=2, min_col=5) for cell in row]
    assert all(isinstance(cell.value, int | float) for cell in cells if cell.value)
    shares = [cell for cell in cells if isinstance(cell.value, float)]
    assert {cell.number_format for cell in shares} <= {"General"}
    assert sheet_cell(workbook_bytes([Sheet("A", ["a"], [[0.625]])])) == (0.625, "General")
    text = (out / "capacities.csv").read_text(encoding="utf-8")
    assert "SO,Somalia,0,,reception places,6300,persons,2" in text
    again = called("roll-up", shared / "national", tmp_path / "one", "--out", out)
    assert again.exit_code == 2
    assert "never overwritten" in again.output
    given = [read_response(tmp_path / "one")]
    made = roll_up(read_package(shared / "national"), given, tmp_path / "again")
    assert made.package.path == tmp_path / "again" / "package"
    assert read_package(made.package.path).identifier == made.package.identifier


def test_a_region_that_answers_for_itself_has_no_gap_apart(shared, tmp_path, salted):
    whole = table(tmp_path / "r.csv", "SO20,reception places,,50,persons,list")
    given = ("--capacities", whole, "--out", tmp_path / "a", *SAID)
    assert called("respond", shared / "region", *given).exit_code == 0
    done = called("roll-up", shared / "national", tmp_path / "a", "--out", tmp_path / "up")
    assert done.exit_code == 0, done.output
    assert "not known" in done.output
    assert "month" in (tmp_path / "up" / "roll-up.html").read_text(encoding="utf-8")


def test_an_answer_needs_no_figures():
    code = (
        "import sys, scenarios.sharing.respond as r; print(r.today(), 'matplotlib' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603
    assert re.fullmatch(r"\d{4}-\d\d-\d\d False", done.stdout.strip())


def test_signatures_of_offices_are_checked(shared, tmp_path, salted):
    pytest.importorskip("cryptography", reason="signatures need cryptography (extra sharing)")
    key = tmp_path / "district.key"
    assert answered(shared, tmp_path, salted, "one", "--sign", key).exit_code == 0
    assert answered(shared, tmp_path, salted, "two").exit_code == 0
    up = ("roll-up", shared / "national")
    fine = called(*up, tmp_path / "one", "--out", tmp_path / "a", "--key", f"{key}.pub")
    assert fine.exit_code == 0, fine.output
    wrong = called(*up, tmp_path / "two", "--out", tmp_path / "b", "--key", f"{key}.pub")
    assert wrong.exit_code == 2
    assert "is not signed" in wrong.output
    assert not (tmp_path / "b").exists()


def test_outcomes_are_taken_from_every_replication():
    measures = invented_measures()
    outcomes = outcomes_of(measures)
    assert outcomes.sizes["sample"] == measures.sizes["replication"]
    assert PEAK in outcomes["measure"]
    sites = measures["peak_demand"].sel(facility=["ceel-jaale", "jowhar"]).sum("facility")
    np.testing.assert_array_equal(outcomes.sel(measure=PEAK), sites.max("day"))


def square(x, y):
    return [[[x, y], [x + 1, y], [x + 1, y + 1], [x, y + 1], [x, y]]]


class TestMaps:
    def write(self, path, features):
        content = {"type": "FeatureCollection", "features": features}
        path.write_text(json.dumps(content), encoding="utf-8")
        return path

    def feature(self, code, kind="Polygon", coordinates=None):
        shape = square(45, 3) if coordinates is None else coordinates
        return {"properties": {"pcode": code, "n": 1},
                "geometry": {"type": kind, "coordinates": shape}}  # fmt: skip

    def test_boundaries_of_the_user(self, tmp_path):
        features = [
            self.feature("A"),
            self.feature("B", "MultiPolygon", [square(46, 3), square(47, 3)]),
            self.feature("elsewhere"),
        ]
        found = read_boundaries(self.write(tmp_path / "b.json", features), ["A", "B", "C"])
        assert {code: len(rings) for code, rings in found.items()} == {"A": 1, "B": 2}

    def test_a_feature_with_the_codes_of_all_levels_is_its_lowest_place(self, shared, tmp_path):
        features = [
            {**self.feature("x"), "properties": {"ADM0": "SO", "ADM1": "SO20", "ADM2": code}}
            for code in (DISTRICT, "SO20:Jalalaqsi")
        ]
        path = self.write(tmp_path / "b.json", features)
        package = read_package(shared / "national")
        made = roll_up(package, [], tmp_path / "up", boundaries=path)
        notes = (tmp_path / "up" / "roll-up.html").read_text(encoding="utf-8")
        assert DISTRICT not in notes.split("Not on the map", 1)[1].split("</p>", 1)[0]
        assert made.package is package

    @pytest.mark.parametrize(
        ("content", "message"),
        [
            ("no json", "is no GeoJSON"),
            ("[" * 100_000, "is no GeoJSON"),
            ("[]", "has no list of features"),
            ('{"features": [1, {}]}', "no feature has the code of a lowest place"),
        ],
    )
    def test_files_that_are_no_boundaries(self, tmp_path, content, message):
        path = tmp_path / "b.json"
        path.write_text(content, encoding="utf-8")
        with pytest.raises(fc.FlowError, match=message):
            read_boundaries(path, ["A"])
        with pytest.raises(fc.FlowError, match="is no GeoJSON"):
            read_boundaries(tmp_path / "none.json", ["A"])

    @pytest.mark.parametrize(
        ("kind", "coordinates"),
        [("Point", [1, 2]), ("Polygon", []), ("Polygon", square(500, 0)),
         ("Polygon", [[["a", "b"]]]), ("Polygon", [[[0, 0], [1, 1]]])],
    )  # fmt: skip
    def test_shapes_that_are_no_polygons(self, tmp_path, kind, coordinates):
        path = self.write(tmp_path / "b.json", [self.feature("A", kind, coordinates)])
        with pytest.raises(fc.FlowError, match="is no polygon in degrees"):
            read_boundaries(path, ["A"])

    def test_a_map_and_a_scheme_say_which_they_are(self, tmp_path):
        import pandas as pd

        places = pd.DataFrame(
            {
                "location": ["A", "B", "C"],
                "location_name": ["Ä", "A very long name of a place", "C"],
                "group": ["North", "North", "South"],
                "value": [0.0, 1500.0, np.nan],
            }
        )
        scheme = plot_tiles(places, label="Persons")
        assert "not a geographic map" in scheme.get_title(loc="left")
        assert {text.get_text() for text in scheme.texts} >= {"North", "0", "not known"}
        path = self.write(tmp_path / "b.json", [self.feature("A")])
        drawn = plot_boundaries(places, read_boundaries(path, ["A"]), label="Persons")
        assert "boundaries given by the user" in drawn.get_title(loc="left")
        nothing = plot_tiles(places.assign(value=np.nan), label="Persons")
        assert "not known" in {text.get_text() for text in nothing.texts}

    def test_the_map_of_a_roll_up_takes_boundaries(self, shared, tmp_path, salted):
        assert answered(shared, tmp_path, salted, "one").exit_code == 0
        path = self.write(tmp_path / "b.json", [self.feature(DISTRICT)])
        up = ("roll-up", shared / "national", tmp_path / "one", "--out")
        done = called(*up, tmp_path / "up", "--boundaries", path)
        assert done.exit_code == 0, done.output
        page = (tmp_path / "up" / "roll-up.html").read_text(encoding="utf-8")
        assert f"({OTHER})" in page.split("Not on the map", 1)[1].split("</p>", 1)[0]
        upper = self.write(tmp_path / "u.json", [self.feature("SO"), self.feature("SO20")])
        done = called(*up, tmp_path / "upper", "--boundaries", upper)
        assert done.exit_code == 2
        assert "code of a lowest place" in " ".join(done.output.split())
        bare = self.write(tmp_path / "c.json", [])
        done = called(*up, tmp_path / "other", "--boundaries", bare)
        assert done.exit_code == 2
