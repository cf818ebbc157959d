"""Small numbers of persons by category are hidden in what is written, not only in what is shown."""

from dataclasses import replace

import pandas as pd
import pytest

from scenarios.report.people import people_table
from scenarios.results import measures_table
from scenarios.small_numbers import HIDDEN
from simulation.measures import MEASURES

COLUMNS = ["mean", "mean_low", "mean_high", "q05", "median", "q95"]
BY_CATEGORY = {
    m.name for m in MEASURES if "category" in m.dims and m.unit in {"persons", "person-nights"}
}


@pytest.fixture
def written(inputs, tmp_path):
    few = inputs.measures.copy()
    for name in BY_CATEGORY:
        few[name] = few[name] * 0 + 4.0
    measures_table(few).to_csv(tmp_path / "measures.csv", index=False)
    return pd.read_csv(tmp_path / "measures.csv", dtype=str)


def test_no_small_number_of_a_category_is_written(written):
    rows = written[written["measure"].isin(BY_CATEGORY)]
    assert set(rows["measure"]) == BY_CATEGORY
    assert {"deaths_in_transit", "deaths_in_reception", "nights_without_place"} <= BY_CATEGORY
    assert (rows[COLUMNS] == HIDDEN).all(axis=None)


def test_totals_are_written_as_they_are(written):
    assert not written[~written["measure"].isin(BY_CATEGORY)].isin([HIDDEN]).any(axis=None)


def test_deaths_are_in_the_report_where_somebody_dies(inputs):
    measures = inputs.measures.copy()
    for name in ("deaths_in_transit", "deaths_in_reception"):
        measures[name] = measures[name] * 0
    quiet = people_table(replace(inputs, measures=measures))
    assert not any("Dead" in head for head in quiet.head)
    measures["deaths_in_reception"] = measures["deaths_in_reception"] + 40.0
    table = people_table(replace(inputs, measures=measures))
    assert table.head[-1] == "Dead in reception (persons)"
    assert all("40" in row[-1] for row in table.rows)
