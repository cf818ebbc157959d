"""Times in text: clock times, spans of the day, dates, and moments of a run."""

from __future__ import annotations

import datetime as dt
import math
import re
from dataclasses import dataclass
from typing import Final

from scenarios.units import HOURS_PER_DAY

_CLOCK: Final = re.compile(r"([01]?\d|2[0-4]):([0-5]\d)", re.ASCII)
_DAY: Final = re.compile(r"day\s+([1-9]\d{0,4})(?:\s+(\S+))?", re.ASCII)


def read_clock(text: str) -> float:
    """Read a time of day, hours after midnight.

    Parameters
    ----------
    text : str

    Returns
    -------
    float, h
        Between 0 and 24.

    Examples
    --------
    >>> read_clock("06:30")
    6.5

    """
    match = _CLOCK.fullmatch(text.strip())
    hours = int(match.group(1)) + int(match.group(2)) / 60 if match else math.inf
    if hours > HOURS_PER_DAY:
        msg = f"{text!r} is not a time of day; write hours and minutes, such as '06:00'."
        raise ValueError(msg)
    return hours


def read_hours(text: str) -> tuple[float, float]:
    """Read working hours: ``06:00-18:00`` or ``around the clock``.

    Parameters
    ----------
    text : str

    Returns
    -------
    tuple of two float, h
        Opening and closing, hours after midnight; closing before opening means over midnight.

    Examples
    --------
    >>> read_hours("18:00-06:00"), read_hours("around the clock")
    ((18.0, 6.0), (0.0, 24.0))

    """
    if text.strip() == "around the clock":
        return (0.0, HOURS_PER_DAY)
    opens, dash, closes = text.partition("-")
    if not dash:
        msg = f"{text!r} is not a span of the day; write '06:00-18:00' or 'around the clock'."
        raise ValueError(msg)
    span = (read_clock(opens), read_clock(closes))
    if span[0] == span[1] or span[0] == HOURS_PER_DAY:
        msg = f"{text!r} opens and closes at the same time; write 'around the clock' if meant."
        raise ValueError(msg)
    return span


def read_date(text: str) -> dt.date:
    """Read a date written as year-month-day.

    Parameters
    ----------
    text : str

    Returns
    -------
    datetime.date

    Examples
    --------
    >>> read_date("2022-07-01")
    datetime.date(2022, 7, 1)

    """
    given = text.strip()
    match = re.fullmatch(r"(\d{4})-(\d{2})-(\d{2})", given, re.ASCII)
    try:
        year, month, day = (int(part) for part in match.groups()) if match else (0, 0, 0)
        return dt.date(year, month, day)
    except ValueError:
        msg = f"{given!r} is not a date; write year-month-day, such as '2022-07-01'."
        raise ValueError(msg) from None


class Horizon(int):
    """A number of periods ahead that knows its period: ``day``, ``week`` or ``month``."""

    period: str

    def __new__(cls, number: int, period: str = "month") -> Horizon:
        """Return so many periods."""
        horizon = super().__new__(cls, number)
        horizon.period = period
        return horizon

    def end_after(self, first: dt.date) -> dt.date:
        """Day after the last period, when the first begins on a day."""
        if self.period == "month":
            number = first.year * 12 + first.month - 1 + self
            return first.replace(year=number // 12, month=number % 12 + 1, day=1)
        return first + dt.timedelta(days=self * (7 if self.period == "week" else 1))


LONGEST_HORIZON: Final = {"day": 36_500, "week": 5_200, "month": 1_200}
"""Periods ahead that are still read."""
_PERIODS: Final = {
    "day": ("day", 1),
    "week": ("week", 1),
    "month": ("month", 1),
    "year": ("month", 12),
}


def read_horizon(text: str) -> Horizon:
    """Read how far ahead: a whole number of days, weeks, months or years of months.

    Parameters
    ----------
    text : str

    Returns
    -------
    Horizon

    Raises
    ------
    ValueError
        If the number or the unit is missing or wrong, not above zero or above 100 years.

    Examples
    --------
    >>> read_horizon("14 days"), read_horizon("14 days").period, read_horizon("2 years")
    (14, 'day', 24)

    """
    given = text.strip()
    number, _, unit = given.partition(" ")
    period, factor = _PERIODS.get(unit.strip().removesuffix("s"), ("", 0))
    if not period or not re.fullmatch(r"\d{1,6}", number, re.ASCII):
        msg = f"{given!r} needs a whole number and a unit (days, weeks, months, years), such as "
        raise ValueError(msg + "'6 months' or '14 days'.")
    if int(number) == 0:
        msg = f"{given!r} must be above zero."
        raise ValueError(msg)
    if int(number) * factor > LONGEST_HORIZON[period]:
        msg = f"{given!r} is too long to be meant, at most 100 years; check the number."
        raise ValueError(msg)
    return Horizon(int(number) * factor, period)


@dataclass(frozen=True, slots=True)
class Moment:
    """A time in the run: a date or a day counted from 1, with an optional time of day.

    Parameters
    ----------
    date : datetime.date or None
    day : int or None
        Day 1 is the first day of the run.
    clock : float, h
        After midnight.

    """

    date: dt.date | None
    day: int | None
    clock: float

    def hours(self, start: dt.date) -> float:
        """Hours from the start of the run; below zero when the moment lies before it."""
        if self.date is not None:
            return (self.date - start).days * HOURS_PER_DAY + self.clock
        return ((self.day or 1) - 1) * HOURS_PER_DAY + self.clock


def read_moment(text: str) -> Moment:
    """Read a time in the run: ``2022-10-15``, ``2022-10-15 06:00``, ``day 10`` or ``day 10 06:00``.

    Parameters
    ----------
    text : str

    Returns
    -------
    Moment

    Examples
    --------
    >>> read_moment("day 10").hours(read_date("2022-07-01"))
    216.0
    >>> read_moment("2022-07-02 06:00").hours(read_date("2022-07-01"))
    30.0

    """
    given = text.strip()
    counted = _DAY.fullmatch(given)
    try:
        if counted:
            return Moment(None, int(counted.group(1)), read_clock(counted.group(2) or "00:00"))
        date, _, clock = given.partition(" ")
        return Moment(read_date(date), None, read_clock(clock or "00:00"))
    except ValueError:
        examples = "'2022-10-15', '2022-10-15 06:00' or 'day 10'"
        msg = f"{given!r} is not a time in the run; write {examples}."
        raise ValueError(msg) from None
