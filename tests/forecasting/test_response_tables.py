"""Tables of capacities and overrides: every problem is told with its row."""

import pytest

from forecasting.sharing import (
    PackageError,
    read_capacities,
    read_overrides,
)
from forecasting.sharing.capacities import Capacity, read_rows


class TestTables:
    def test_all_problems_of_a_table_are_told_with_their_rows(self):
        text = (
            "location,kind,facility,capacity,unit,source\n"
            "XA1,tents,,5,persons,a\nXA9,ward beds,,five,beds,a\n"
            "XA1,ward beds,A,5,beds,a\nXA1,ward beds,A,6,beds,a\n"
        )
        rows = read_rows(text, "c.csv", list(Capacity._fields))
        with pytest.raises(PackageError, match=r"c\.csv has 4 problems") as caught:
            read_capacities(rows, "c.csv", ["XA1"])
        told = str(caught.value)
        assert "row 2, kind: is 'tents'; allowed: reception places" in told
        assert "row 3, location: 'XA9' is not in the slice; it has XA1" in told
        assert "as 5 and as 6; keep one row" in told

    def test_all_of_a_place_beside_its_facilities_is_refused_with_every_row(self):
        text = (
            "location,kind,facility,capacity,unit,source\n"
            "XA1,ward beds,,9,beds,a\nXA1,ward beds,A,5,beds,a\nXA1,ward beds,B,6,beds,a\n"
            "XA1,clinicians,A,6,clinicians,a\n"
        )
        rows = read_rows(text, "c.csv", list(Capacity._fields))
        with pytest.raises(PackageError, match=r"c\.csv has 2 problems") as caught:
            read_capacities(rows, "c.csv", ["XA1"])
        assert "row 3: ward beds of A are in those of all of XA1 (row 2)" in str(caught.value)
        assert "row 4: ward beds of B" in str(caught.value)

    def test_overrides_have_places_periods_causes_and_factors(self):
        rows = [
            {"location": "XA1", "first_day": "2026-11-01", "cause": "flood", "factor": "0"},
            {"location": "XA1", "first_day": "2026-11-02", "cause": "rain", "factor": "nan"},
        ]
        with pytest.raises(PackageError, match="has 3 problems"):
            read_overrides(rows, "o.csv", ["XA1"], ["2026-11-01"], ["flood"])
        assert read_overrides(rows[:1], "o.csv", ["XA1"], ["2026-11-01"], ["flood"])[0].factor == 0
        with pytest.raises(PackageError, match="leave the override out"):
            read_overrides([], "o.csv", [], [], [])
        with pytest.raises(PackageError, match="also where that is 0"):
            read_capacities([], "c.csv", [])
        with pytest.raises(PackageError, match="is empty"):
            read_rows("", "c.csv", ["a"])
        with pytest.raises(PackageError, match="row 3 has 1 cells, not 2"):
            read_rows("a,b\n1,2\n1\n", "c.csv", ["a", "b"])
        with pytest.raises(PackageError, match="is not a table"):
            read_rows('a,b\n"1', "c.csv", ["a", "b"])
