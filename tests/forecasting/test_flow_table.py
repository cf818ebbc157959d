"""The user's own table: all problems at once, with file, row and value."""

import pytest

import forecasting as fc

GOOD = "month,location,cause,persons,location_name,parent,admin_level\n"


def write(folder, text):
    path = folder / "flow_monitoring.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_good_table_becomes_flows(tmp_path):
    rows = "2024-01,XA01,flood,12,Port,XA,2\n2024-03,XA01,flood,,Port,XA,2\n"
    flows = fc.read_flows(write(tmp_path, GOOD + rows))
    assert flows.dims == ("time", "location", "cause")
    assert flows.isel(location=0, cause=0).isnull().to_numpy().tolist() == [False, True, True]
    assert flows["location_name"].item() == "Port"
    assert flows["admin_level"].item() == 2
    zero = fc.read_flows(write(tmp_path, GOOD + rows), absent="zero", credit="Own count")
    assert zero.isnull().to_numpy().ravel().tolist() == [False, False, True]
    assert zero.attrs["credit"] == "Own count"


def test_days_without_cause(tmp_path):
    path = write(tmp_path, "date,location,persons\n2024-01-30,A,1\n2024-02-02,A,2\n")
    flows = fc.read_flows(path)
    assert flows.attrs["period"] == "day"
    assert flows.sizes == {"time": 4, "location": 1}


def test_all_problems_are_reported_with_their_rows(tmp_path):
    rows = (
        "2024-01,XA01,flood,-4,,,\n"
        "2024-13,XA01,flood,3,,,\n"
        "2024-02,XA01,flood,many,,,\n"
        "2024-03,XA01,flood,5,,,\n"
        "2024-03,XA01,flood,6,,,\n"
        "2024-04,,flood,inf,,,one\n"
        "2024-05,XA01,,1,,,\n"
        "2024-05,XA01,flood\n"
        "2024-06,XA01,flood,1,Other,,\n"
    )
    with pytest.raises(fc.FlowError, match="row 2: 'persons' is -4; counts of persons") as raised:
        fc.read_flows(write(tmp_path, GOOD + rows))
    text = str(raised.value)
    for words in (
        "row 3: 'month' is '2024-13'; write it like 2024-05",
        "row 4: 'persons' is 'many'",
        "row 6: repeats row 5",
        "row 7: 'location' is empty",
        "row 7: 'persons' is 'inf'",
        "row 7: 'admin_level' is 'one'",
        "row 8: 'cause' is empty",
        "row 9: has 3 cells, the header has 7",
        "row 10: name, parent or level of 'XA01' differs",
        "nothing was read",
    ):
        assert words in text
    assert all(line.startswith("flow_monitoring.csv, row") for line in text.splitlines())


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "is empty"),
        ("month,location,persons\n", "header but no row"),
        ("month,location,person\n2024-01,A,1\n", "did you mean 'persons'"),
        ("month,date,location,persons\n2024-01,2024-01-01,A,1\n", "either a column 'month'"),
        ("month,location,location,persons\n2024-01,A,A,1\n", "stands 2 times"),
        ("month,location,persons\n2024-01,A,\xff\n", "cannot be read"),
    ],
)
def test_tables_that_are_none_are_refused(tmp_path, text, words):
    path = tmp_path / "own.csv"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(fc.FlowError, match=words):
        fc.read_flows(path)


def test_a_missing_file_and_a_wrong_choice_are_refused(tmp_path):
    with pytest.raises(fc.FlowError, match="no such file"):
        fc.read_flows(tmp_path / "none.csv")
    with pytest.raises(fc.FlowError, match="'missing' \\(NaN\\)"):
        fc.read_flows(tmp_path / "none.csv", absent="maybe")


def test_a_thousand_problems_are_not_all_printed(tmp_path):
    rows = "".join(f"2024-01,A{i},flood,-1,,,\n" for i in range(1000))
    with pytest.raises(fc.FlowError, match="and 995 more rows like these"):
        fc.read_flows(write(tmp_path, GOOD + rows))


def test_a_month_may_be_given_by_its_first_day(tmp_path):
    table = tmp_path / "flows.csv"
    table.write_text("month,location,persons\n2024-05-01,A,3\n2024-06,A,4\n")
    assert fc.read_flows(table)[:, 0].values.tolist() == [3, 4]


def test_a_date_a_thousand_years_away_is_refused(tmp_path):
    table = tmp_path / "flows.csv"
    table.write_text("date,location,persons\n1024-05-01,A,3\n2024-06-01,A,4\n")
    with pytest.raises(fc.FlowError, match=r"runs from 1024-05-01 to 2024-06-01, more than 40000"):
        fc.read_flows(table)
