"""Capacity over time."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulation.calendars import Steps, whole_days

clock = st.integers(0, 24).map(float)
values = st.integers(0, 9)


@st.composite
def calendars(draw):
    later = draw(st.lists(st.integers(1, 200), unique=True, max_size=8).map(sorted))
    times = (0.0, *map(float, later))
    return Steps(times, tuple(draw(values) for _ in times))


def brute_force(calendar, time):
    return [v for t, v in zip(calendar.times, calendar.values, strict=True) if t <= time][-1]


@given(calendar=calendars(), time=st.floats(0, 250))
def test_value_at_a_time(calendar, time):
    assert calendar.at(time) == brute_force(calendar, time)
    assert calendar.simplified().at(time) == calendar.at(time)


@given(opens=clock, closes=clock, time=st.floats(0, 95.9))
def test_daily_shift_is_open_between_its_clock_times(opens, closes, time):
    shift = Steps.daily(3, opens, closes, until=96.0)
    hour = time % 24
    if opens == closes or (opens % 24 == 0 and closes == 24.0):
        is_open = True
    elif opens < closes:
        is_open = opens <= hour < closes
    else:
        is_open = hour >= opens or hour < closes
    assert shift.at(time) == (3 if is_open else 0)


def test_shift_over_midnight_begins_open():
    night = Steps.daily(2, 22.0, 6.0, until=48.0)
    assert (night.times, night.values) == ((0.0, 6.0, 22.0, 30.0, 46.0), (2, 0, 2, 0, 2))


def test_shift_that_ends_at_midnight_begins_closed():
    evening = Steps.daily(2, 18.0, 0.0, until=48.0)
    assert (evening.times, evening.values) == ((0.0, 18.0, 24.0, 42.0, 48.0), (0, 2, 0, 2, 0))


@given(calendar=calendars(), at=st.floats(0, 250), to=values, time=st.floats(0, 260))
def test_changed_holds_from_its_time_on(calendar, at, to, time):
    assert calendar.changed(at, to).at(time) == (to if time >= at else calendar.at(time))


@given(
    calendar=calendars(),
    at=st.floats(0, 250),
    lasts=st.one_of(st.floats(0, 100), st.just(math.inf)),
    factor=st.sampled_from([0.0, 0.1, 0.5, 0.7, 1.0]),
    time=st.floats(0, 400),
)
def test_scaled_multiplies_and_rounds_down_between_its_times(calendar, at, lasts, factor, time):
    scaled = calendar.scaled(at, at + lasts, factor).at(time)
    before = calendar.at(time)
    assert scaled == (int(before * factor + 1e-9) if at <= time < at + lasts else before)


@given(calendar=calendars(), until=st.integers(1, 250))
def test_mean_equals_the_hourly_mean(calendar, until):
    by_hour = sum(calendar.at(hour) for hour in range(until)) / until
    assert calendar.mean(float(until)) == pytest.approx(by_hour)


def test_largest():
    assert Steps((0.0, 5.0, 6.0), (3, 8, 1)).largest == 8


@pytest.mark.parametrize(
    ("times", "numbers", "message"),
    [
        ((), (), "one value per time"),
        ((0.0, 1.0), (1,), "one value per time"),
        ((1.0,), (1,), "the first at hour 0"),
        ((0.0, 5.0, 5.0), (1, 2, 3), r"must increase; given: \(0.0, 5.0, 5.0\)"),
        ((0.0, 5.0), (1, -2), "cannot be negative; given: -2"),
    ],
)
def test_impossible_calendars_are_refused(times, numbers, message):
    with pytest.raises(ValueError, match=message):
        Steps(times, numbers)


@given(day=st.integers(1, 10**9))
def test_a_day_is_over_at_midnight_and_not_before(day):
    midnight = 24.0 * day
    around = np.array([np.nextafter(midnight, 0.0), midnight, np.nextafter(midnight, np.inf)])
    assert whole_days(around).tolist() == [day - 1, day, day]
    assert whole_days(around).tolist() == (around // 24.0).tolist()
