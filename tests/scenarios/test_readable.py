"""Tables of notebooks: words for names, rounded numbers, units."""

import numpy as np
import pandas as pd
import pytest

from scenarios.readable import readable


def shown(table, headings=None):
    return readable(table, headings).data


def test_names_become_words_and_measures_bring_their_unit():
    table = pd.DataFrame(
        {
            "measure": ["families_split", "waiting_time_p90"],
            "mean": [1234.5, 0.0421],
            "mean_low": [np.nan, 0.0],
        }
    )
    rows = shown(table).to_dict("list")
    assert list(rows) == ["Measure", "Mean", "Mean, from", "Unit"]
    assert rows["Measure"] == [
        "Families split between sites",
        "Wait that nine in ten do not exceed",
    ]
    assert rows["Mean"] == ["1\N{NARROW NO-BREAK SPACE}230", "0.04"]
    assert rows["Mean, from"] == ["\N{EN DASH}", "0"]
    assert rows["Unit"] == ["groups", "hours"]


def test_shares_are_percent_and_truth_is_yes_or_no():
    table = pd.DataFrame(
        {
            "chance_better": [0.5],
            "covered_90": [0.9],
            "distinguishable": [True],
            "share_up": [0.004],
        }
    )
    row = shown(table).iloc[0].to_dict()
    assert row["Distinguishable"] == "yes"
    thin = "\N{NARROW NO-BREAK SPACE}"
    assert row["Chance better"] == f"50{thin}%"
    assert row["Covered 90"] == f"90{thin}%"
    assert row["Share up"] == f"<{thin}1{thin}%"


def test_an_index_with_a_name_is_a_column_and_row_numbers_are_not():
    named = pd.DataFrame({"days": [1.0]}, index=pd.Index(["jetty-screening"], name="facility"))
    assert shown(named).columns.to_list() == ["Facility", "Days"]
    assert shown(named)["Facility"].to_list() == ["Jetty Screening"]
    plain = pd.DataFrame({"days": [1.0]})
    assert shown(plain).columns.to_list() == ["Days"]
    chosen = pd.DataFrame({"days": [1.0]}, index=[7])
    assert shown(chosen, {"days": "days of the run"}).columns.to_list() == ["Days of the run"]


def test_dates_are_days_and_a_series_is_one_column():
    dates = pd.Series([pd.Timestamp("2022-07-01"), None], name="came")
    assert shown(dates)["Came"].to_list() == ["1 July 2022", "\N{EN DASH}"]


def test_the_page_shows_no_row_numbers_and_escapes_nothing_of_a_plan():
    html = readable(pd.DataFrame({"plan": ["<b>x</b>"], "cost": [3.0]})).to_html()
    assert "<b>x</b>" not in html
    assert "row_heading" not in html


@pytest.mark.parametrize("empty", [pd.DataFrame(), pd.DataFrame({"measure": []})])
def test_an_empty_table_is_shown_empty(empty):
    assert len(shown(empty)) == 0


def test_a_column_without_a_name_is_shown():
    assert shown(pd.DataFrame({"": [2.0]})).to_dict("list") == {"": ["2"]}


def test_two_columns_of_one_heading_are_refused():
    with pytest.raises(ValueError, match="two columns are called 'From'; give one another name"):
        readable(pd.DataFrame({"low": [1.0], "from": [2.0]}))


def test_a_heading_that_is_given_is_written_as_it_is():
    assert (
        shown(pd.DataFrame({"low": [1.0]}), {"low": "low-end, 95 %"}).columns[0] == "Low-end, 95 %"
    )
