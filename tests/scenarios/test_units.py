"""Quantities in text: a number and its unit, or a message that says how to write it."""

import datetime as dt
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenarios.moments import read_clock, read_date, read_hours, read_moment
from scenarios.units import DIMENSIONS, read_quantity

IN_CANONICAL_UNITS = [
    ("25 min", "time", 25 / 60),
    ("2 weeks", "time", 336.0),
    ("184 days", "time", 4416.0),
    ("18 km/h", "speed", 18.0),
    ("18 knots", "speed", 33.336),
    ("0.5 km2", "area", 0.5),
    ("50 ha", "area", 0.5),
    ("250 m", "distance", 0.25),
    ("15 %", "share", 0.15),
    ("15%", "share", 0.15),
    ("100 %", "share", 1.0),
    ("120 persons", "persons", 120),
    ("1 person", "persons", 1),
    ("0 boats", "rescue units", 0),
    ("2.5 per person per year", "rate", 2.5 / 365),
    ("-0.9 degC", "temperature", -0.9),
    ("1 year", "months", 12),
]


@pytest.mark.parametrize(("text", "dimension", "value"), IN_CANONICAL_UNITS)
def test_quantities_are_read_into_canonical_units(text, dimension, value):
    assert read_quantity(text, dimension) == pytest.approx(value, rel=1e-12)


@pytest.mark.parametrize(
    ("text", "dimension", "message"),
    [
        ("25", "time", r"'25' needs a number and a unit \(min, hours, days, weeks\)"),
        ("18 kn", "speed", r"\(km/h, knots\), such as '18 km/h'"),
        ("18 hours", "speed", "needs a number and a unit"),
        ("min 25", "time", "needs a number and a unit"),
        ("", "time", "needs a number and a unit"),
        ("6,000 persons", "persons", "Write the number without commas"),
        ("4,4 persons", "mean persons", "Write a decimal point"),
        ("-3 boats", "rescue units", "below zero"),
        ("2.5 beds", "beds", "not a whole number"),
        ("101 %", "share", "more than the whole"),
        ("100000 per person per day", "rate", "between 0 and 24 per person per day"),
        ("0.08", "share", "needs a number and a unit"),
        ("5 boats", "number", "plain number without a unit"),
        ("1e5 km", "distance", "needs a number and a unit"),
        ("nan hours", "time", "needs a number and a unit"),
        ("9" * 400 + " km", "distance", "too large"),
        ("5000000000 persons", "persons", "too large to be meant"),
        ("٣ km", "distance", "needs a number and a unit"),
    ],
)
def test_wrong_quantities_say_what_is_allowed(text, dimension, message):
    with pytest.raises(ValueError, match=message):
        read_quantity(text, dimension)


@given(
    name=st.sampled_from(sorted(DIMENSIONS)),
    number=st.integers(0, 100),
    spaces=st.integers(1, 3),
    data=st.data(),
)
def test_every_unit_scales_in_proportion(name, number, spaces, data):
    kind = DIMENSIONS[name]
    unit = data.draw(st.sampled_from(sorted(kind.units)))
    number = min(number, int(kind.most / kind.units[unit])) if math.isfinite(kind.most) else number
    value = read_quantity(f"{number}{' ' * spaces}{unit}", name)
    assert math.isclose(value, number * kind.units[unit], rel_tol=1e-5, abs_tol=1e-12)


@given(text=st.text(max_size=30), name=st.sampled_from(sorted(DIMENSIONS)))
def test_any_text_gives_a_finite_number_or_a_value_error(text, name):
    try:
        value = read_quantity(text, name)
    except ValueError as error:
        assert str(error).endswith(".")  # noqa: PT017 - the message itself is the subject
    else:
        assert math.isfinite(value)


def test_times_of_day_and_spans():
    assert read_clock("6:05") == pytest.approx(6 + 5 / 60)
    assert read_hours("22:00-06:00") == (22.0, 6.0)
    assert read_hours("00:00-24:00") == (0.0, 24.0)
    assert read_hours("around the clock") == (0.0, 24.0)


@pytest.mark.parametrize("text", ["6", "25:00", "24:01", "06.00", "06:60", "on"])
def test_wrong_times_of_day(text):
    with pytest.raises(ValueError, match="not a time of day"):
        read_clock(text)


@pytest.mark.parametrize(
    ("text", "message"), [("06:00", "not a span"), ("06:00-06:00", "at the same time")]
)
def test_wrong_spans(text, message):
    with pytest.raises(ValueError, match=message):
        read_hours(text)


@pytest.mark.parametrize("text", ["2022-13-01", "2022-02-30", "01.07.2022", "20220701", "July"])
def test_wrong_dates(text):
    with pytest.raises(ValueError, match="write year-month-day"):
        read_date(text)


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("day 1", 0.0),
        ("day 10 06:30", 222.5),
        ("2022-07-02", 24.0),
        ("2022-07-02 12:00", 36.0),
        ("2022-06-30", -24.0),
    ],
)
def test_moments_count_from_the_start(text, hours):
    assert read_moment(text).hours(dt.date(2022, 7, 1)) == hours


@pytest.mark.parametrize("text", ["day 0", "day", "tomorrow", "2022-07-01 25:00", "10"])
def test_wrong_moments(text):
    with pytest.raises(ValueError, match="not a time in the run"):
        read_moment(text)
