"""The user's own table as a workbook: the same flows and the same problems as from a CSV."""

import datetime as dt
import zipfile

import numpy as np
import openpyxl
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

import forecasting as fc
from forecasting.readers import names_columns, workbooks
from forecasting.readers.workbooks import WorkbookError, open_workbook

HEADER = ("month", "location", "cause", "persons")
ROWS = (("2024-01", "Región", "flood", 12), ("2024-03", "Región", "flood", None))


def write(folder, *rows, title="Flows", name="own.xlsx", others=()):
    book = openpyxl.Workbook()
    book.active.title = title
    for row in rows:
        book.active.append(row)
    for other in others:
        book.create_sheet(other)
    book.save(folder / name)
    return folder / name


def reopened(path, change):
    book = openpyxl.load_workbook(path)
    change(book)
    book.save(path)
    return path


def test_a_workbook_and_a_csv_give_the_same_flows(tmp_path):
    text = "\n".join(
        ",".join("" if cell is None else str(cell) for cell in row) for row in (HEADER, *ROWS)
    )
    (tmp_path / "own.csv").write_text(text, encoding="utf-8")
    from_csv = fc.read_flows(tmp_path / "own.csv")
    from_book = fc.read_flows(write(tmp_path, HEADER, *ROWS, others=["empty"]))
    xr.testing.assert_equal(from_book, from_csv)
    assert from_csv.attrs.pop("credit") == "own.csv, own figures"
    assert from_book.attrs.pop("credit") == "own.xlsx, sheet Flows, own figures"
    assert from_book.attrs == from_csv.attrs


@pytest.mark.parametrize("sign", [";", "\t"])
def test_a_csv_as_spreadsheets_of_many_languages_write_it(tmp_path, sign):
    rows = ("Month", "LOCATION", "Persons (people)", "Location name"), ("2024-01", "A", "3", "Á")
    (tmp_path / "own.csv").write_text("\n".join(sign.join(row) for row in rows), encoding="utf-8")
    flows = fc.read_flows(tmp_path / "own.csv")
    assert (flows.item(), flows["location_name"].item()) == (3, "Á")


def test_cells_are_what_a_person_sees(tmp_path):
    """Dates are typed as dates, numbers with formats; a head line may begin anywhere."""
    path = write(
        tmp_path,
        (),
        (None, "Month *", "Location", "Persons [persons]", "Admin level"),
        (None, dt.date(2024, 1, 1), 6, 1200.0, 2),
        (),
        (None, dt.date(2024, 2, 1), " 6 ", "1300", 2),
    )
    flows = fc.read_flows(path)
    assert flows.values.ravel().tolist() == [1200, 1300]
    assert flows["location"].values.tolist() == ["6"]
    assert flows["admin_level"].item() == 2


def test_corridors_and_days(tmp_path):
    path = write(
        tmp_path,
        ("date", "origin", "destination", "persons"),
        (dt.date(2024, 1, 30), "north", "coast", 3),
        (dt.date(2024, 2, 1), "hills", "coast", 4),
    )
    flows = fc.read_corridors(path, absent="zero")
    assert flows.dims == ("time", "origin", "destination")
    assert (flows.attrs["period"], float(flows.sum())) == ("day", 7)
    assert names_columns(path, ["origin"])
    assert names_columns(path, ["origin"], sheet="flows")
    assert not names_columns(path, ["origin"], sheet="Sites")
    assert not names_columns(path, ["location"])
    assert not names_columns(tmp_path / "none.xlsx", ["origin"])


def test_all_problems_are_reported_with_sheet_row_and_cell(tmp_path):
    path = write(
        tmp_path,
        HEADER,
        ("2024-01", "A", "flood", -4),
        (dt.date(2024, 2, 15), "A", "flood", 3),
        ("2024-03", "A", "flood", "=2*3"),
        ("2024-04", "A", "flood", "#REF!"),
        ("2024-05", "A", "flood", True),
        ("2024-06", "A", "flood", 5, "a note"),
        ("2024-07", "A", "flood", 5),
        ("2024-07", "A", "flood", 6),
    )
    reopened(path, lambda book: book.active.merge_cells("D9:D10"))
    with pytest.raises(fc.FlowError, match="sheet Flows, row 2: 'persons' is -4") as raised:
        fc.read_flows(path)
    text = str(raised.value)
    for words in (
        "row 3: 'month' is '2024-02-15'; write it like 2024-05",
        "row 4: cell D4 holds a formula",
        "row 5: cell D5 shows the error #REF!",
        "row 6: 'persons' is 'yes'",
        "row 7: 'a note' has no heading above it",
        "row 9: repeats row 8",
        "row 9: the cells D9:D10 are merged",
    ):
        assert words in text
    assert "=2*3" not in text
    assert all(line.startswith("own.xlsx, sheet Flows, row") for line in text.splitlines())


def test_a_header_that_says_something_else_is_refused_with_all_its_problems(tmp_path):
    path = write(tmp_path, ("monht", "location", "Persons (households)"), ("2024-01", "A", 1))
    with pytest.raises(fc.FlowError, match="unknown column 'monht', did you mean") as raised:
        fc.read_flows(path)
    assert "has the unit 'households'; allowed: persons, people" in str(raised.value)
    assert "either a column 'month' or a column 'date'" in str(raised.value)


def test_the_sheet_is_named_where_there_are_several(tmp_path):
    path = write(tmp_path, HEADER, *ROWS, others=["Notes"])
    reopened(path, lambda book: book["Notes"].append(["call the mayor"]))
    with pytest.raises(fc.FlowError, match="several sheets; name one of: Flows, Notes"):
        fc.read_flows(path)
    assert fc.read_flows(path, sheet="flows").sizes["time"] == 3
    with pytest.raises(fc.FlowError, match=r"there is no sheet 'Flow'\. Sheets: Flows, Notes"):
        fc.read_flows(path, sheet="Flow")
    (tmp_path / "own.csv").write_text("month,location,persons\n2024-01,A,1\n", encoding="utf-8")
    with pytest.raises(fc.FlowError, match=r"own\.csv has no sheets; leave out the sheet 'Flows'"):
        fc.read_flows(tmp_path / "own.csv", sheet="Flows")
    with pytest.raises(fc.FlowError, match="sheet Sheet is empty"):
        fc.read_flows(write(tmp_path, title="Sheet", name="empty.xlsx"))


def test_files_that_are_no_workbook(tmp_path):
    fake = tmp_path / "fake.xlsx"
    fake.write_bytes(b"not a zip")
    with pytest.raises(fc.FlowError, match=r"damaged or no workbook.* Nothing was read"):
        fc.read_flows(fake)
    fake.unlink()
    fake.mkdir()
    with pytest.raises(fc.FlowError, match="no such file"):
        fc.read_flows(fake)


def with_sheet(path, text):
    """Write a workbook whose only sheet is the text."""
    plain = write(path.parent, HEADER, *ROWS, name="plain.xlsx")
    with (
        zipfile.ZipFile(plain) as whole,
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as copy,
    ):
        for name in whole.namelist():
            sheet = name == "xl/worksheets/sheet1.xml"
            copy.writestr(name, text if sheet else whole.read(name))
    return path


def test_hostile_workbooks_are_refused_before_they_fill_the_memory(tmp_path, monkeypatch):
    path = tmp_path / "bomb.xlsx"
    with_sheet(path, b"<worksheet><sheetData><row>" + b"<c/>" * 5_000_000)
    assert path.stat().st_size < 100_000
    with pytest.raises(WorkbookError, match="far more cells"):
        open_workbook(path)
    with_sheet(path, b" " * 201_000_000)
    with pytest.raises(WorkbookError, match="unpacks to far more"):
        open_workbook(path)
    laughs = b"".join(
        b'<!ENTITY a%d "%s">' % (n, (b"&a%d;" % (n - 1)) * 10 if n else b"ha" * 10)
        for n in range(10)
    )
    with_sheet(path, b"<!DOCTYPE x [" + laughs + b"]><worksheet>&a9;</worksheet>")
    with pytest.raises(WorkbookError, match="damaged or no workbook"):
        open_workbook(path)
    monkeypatch.setattr(workbooks, "LARGEST", 100)
    with pytest.raises(WorkbookError, match="is larger than"):
        open_workbook(path)


def test_one_cell_in_the_last_corner_does_not_make_the_table_long(tmp_path):
    path = write(tmp_path, HEADER, *ROWS)
    reopened(path, lambda book: book.active.cell(1_048_576, 16_384, "x"))
    with pytest.raises(fc.FlowError, match="row 1048576: 'x' has no heading above it"):
        fc.read_flows(path)


def test_without_openpyxl_the_extra_is_named(tmp_path, monkeypatch):
    path = write(tmp_path, HEADER, *ROWS)
    monkeypatch.setitem(__import__("sys").modules, "openpyxl", None)
    with pytest.raises(fc.FlowError, match=r"needs the extra 'sharing': pip install"):
        fc.read_flows(path)


@settings(max_examples=20, deadline=None)
@given(st.lists(st.none() | st.integers(0, 10**9), min_size=2, max_size=12))
def test_whatever_the_numbers_both_forms_are_read_alike(tmp_path_factory, persons):
    folder = tmp_path_factory.mktemp("both")
    rows = [(f"2024-{n:02}", "A", count) for n, count in enumerate(persons, start=1)]
    book = write(folder, ("month", "location", "persons"), *rows)
    lines = [f"{month};{place};{'' if n is None else n}" for month, place, n in rows]
    (folder / "own.csv").write_text("month;location;persons\n" + "\n".join(lines), encoding="utf-8")
    flows = fc.read_flows(book)
    xr.testing.assert_equal(flows, fc.read_flows(folder / "own.csv"))
    np.testing.assert_array_equal(
        flows.values.ravel(), [np.nan if n is None else n for n in persons]
    )


def test_a_point_that_may_separate_thousands_is_refused(tmp_path):
    (tmp_path / "own.csv").write_text("month;location;persons\n2024-01;A;1.234\n", "utf-8")
    with pytest.raises(
        fc.FlowError, match=r"row 2: 'persons' is '1\.234', which may be a thousand"
    ):
        fc.read_flows(tmp_path / "own.csv")
    with pytest.raises(
        fc.FlowError, match=r"row 2: 'persons' is '1\.234', which may be a thousand"
    ):
        fc.read_flows(write(tmp_path, HEADER, ("2024-01", "A", "flood", "1.234")))
    assert fc.read_flows(write(tmp_path, HEADER, ("2024-01", "A", "flood", 1.234))).item() == 1.234
    (tmp_path / "own.csv").write_text("month,location,persons\n2024-01,A,1.234\n", "utf-8")
    assert fc.read_flows(tmp_path / "own.csv").item() == 1.234


def test_what_is_wrong_with_every_row_is_told_before_that_none_is_left(tmp_path):
    (tmp_path / "own.csv").write_text("month,location,persons\n2024-01,A,1,200\n", "utf-8")
    with pytest.raises(fc.FlowError, match=r"row 2: has 4 cells, the header has 3"):
        fc.read_flows(tmp_path / "own.csv")
    with pytest.raises(fc.FlowError, match=r"cell A2 holds a formula"):
        fc.read_flows(write(tmp_path, HEADER, ("=A1", "=B1", "=C1", "=D1")))
    with pytest.raises(
        fc.FlowError, match=r"(?s)cell A1 holds a formula.*a column 'month' or a column"
    ):
        fc.read_flows(write(tmp_path, ("=A9", *HEADER[1:]), ("2024-01", "A", "flood", 1)))


def test_a_csv_may_begin_with_empty_lines_and_long_headings_are_read_at_once(tmp_path):
    spaces = " " * 20_000
    text = f"\n  \nmonth;location;persons{spaces}(people)\n2024-01;A;3\n"
    (tmp_path / "own.csv").write_text(text, "utf-8")
    assert names_columns(tmp_path / "own.csv", ["origin"], ["persons", "month"])
    assert fc.read_flows(tmp_path / "own.csv").item() == 3


def test_a_sheet_that_is_damaged_inside_names_nothing_and_is_told(tmp_path):
    path = write(tmp_path, HEADER, *ROWS)
    with zipfile.ZipFile(path) as parts:
        content = {name: parts.read(name) for name in parts.namelist()}
    content["xl/worksheets/sheet1.xml"] = b"<worksheet><sheetData><row><c r="
    with zipfile.ZipFile(path, "w") as parts:
        for name, data in content.items():
            parts.writestr(name, data)
    assert not names_columns(path, ["persons"])
    with pytest.raises(fc.FlowError, match=r"own\.xlsx is damaged or no workbook"):
        fc.read_flows(path)
