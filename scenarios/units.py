"""Quantities in text: a number and its unit, converted to the units of the simulation.

Canonical units are hours, km, km/h, km2, persons, shares between 0 and 1, degC and whole months.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from dataclasses import dataclass
from typing import Final

HOURS_PER_DAY: Final = 24.0
DAYS_PER_YEAR: Final = 365.0


@dataclass(frozen=True, slots=True)
class Dimension:
    """A kind of quantity with the units it may be written in.

    Parameters
    ----------
    name : str
    units : dict
        From the unit as written to the factor that gives the canonical unit.
    allowed : tuple of str
        The units named in messages.
    example : str
    whole : bool
        Whether only whole numbers make sense.
    signed : bool
        Whether values below zero make sense.
    most : float
        Largest possible value, canonical unit.

    """

    name: str
    units: dict[str, float]
    allowed: tuple[str, ...]
    example: str
    whole: bool = False
    signed: bool = False
    most: float = math.inf


def _counted(example: str, *pairs: tuple[str, str]) -> Dimension:
    units = {word: 1.0 for pair in pairs for word in pair}
    return Dimension(pairs[0][1], units, tuple(pair[1] for pair in pairs), example, whole=True)


_TIME: Final = {
    "min": 1 / 60,
    "minute": 1 / 60,
    "minutes": 1 / 60,
    "h": 1.0,
    "hour": 1.0,
    "hours": 1.0,
    "day": HOURS_PER_DAY,
    "days": HOURS_PER_DAY,
    "week": 7 * HOURS_PER_DAY,
    "weeks": 7 * HOURS_PER_DAY,
}

DIMENSIONS: Final[dict[str, Dimension]] = {
    "time": Dimension("time", _TIME, ("min", "hours", "days", "weeks"), "25 min"),
    "mean persons": Dimension(
        "mean persons", {"person": 1.0, "persons": 1.0}, ("persons",), "4.4 persons"
    ),
    "speed": Dimension(
        "speed", {"km/h": 1.0, "knot": 1.852, "knots": 1.852}, ("km/h", "knots"), "18 km/h"
    ),
    "distance": Dimension(
        "distance",
        {"km": 1.0, "m": 0.001, "nautical mile": 1.852, "nautical miles": 1.852},
        ("m", "km", "nautical miles"),
        "5 km",
    ),
    "area": Dimension("area", {"km2": 1.0, "ha": 0.01, "m2": 1e-6}, ("km2", "ha", "m2"), "0.5 km2"),
    "floor area": Dimension("floor area", {"m2": 1.0, "ha": 10_000.0}, ("m2", "ha"), "14000 m2"),
    "water per day": Dimension(
        "water per day", {"L/day": 1.0, "m3/day": 1000.0}, ("L/day", "m3/day"), "60000 L/day"
    ),
    "latrines": _counted("80 latrines", ("latrine", "latrines")),
    "taps": _counted("20 taps", ("tap", "taps")),
    "share": Dimension("share", {"%": 0.01}, ("%",), "15 %", most=1.0),
    "rate": Dimension(
        "rate",
        {
            "per person per day": 1.0,
            "per person per week": 1 / 7,
            "per person per year": 1 / DAYS_PER_YEAR,
        },
        ("per person per day", "per person per week", "per person per year"),
        "2.5 per person per year",
    ),
    "temperature": Dimension("temperature", {"degC": 1.0}, ("degC",), "0.9 degC", signed=True),
    "bearing": Dimension(
        "direction", {"degrees": 1.0, "degree": 1.0}, ("degrees",), "270 degrees", most=360.0
    ),
    "offset": Dimension(
        "distance",
        {"km": 1.0, "nautical mile": 1.852, "nautical miles": 1.852},
        ("km", "nautical miles"),
        "-40 km",
        signed=True,
    ),
    "water": Dimension("water", {"liters": 1.0, "liter": 1.0}, ("liters",), "2 liters"),
    "vessels": Dimension(
        "vessels",
        {"per day": 1.0, "per week": 1 / 7},
        ("per day", "per week"),
        "1.5 per day",
    ),
    "officers": _counted("2 officers", ("officer", "officers")),
    "wave height": Dimension("wave height", {"m": 1.0}, ("m",), "1.5 m"),
    "months": Dimension(
        "months",
        {"month": 1.0, "months": 1.0, "year": 12.0, "years": 12.0},
        ("months", "years"),
        "6 months",
        whole=True,
    ),
    "number": Dimension("number", {"": 1.0}, (), "200", whole=True),
    "weight": Dimension("weight", {"": 1.0}, (), "2.5"),
    "days": Dimension("days", {"day": 1.0, "days": 1.0}, ("days",), "2 days", whole=True),
    "persons": _counted("120 persons", ("person", "persons")),
    "rescue units": _counted(
        "8 boats",
        ("unit", "units"),
        ("boat", "boats"),
        ("vehicle", "vehicles"),
        ("helicopter", "helicopters"),
    ),
    "desks": _counted("4 desks", ("desk", "desks"), ("team", "teams")),
    "vehicles": _counted(
        "3 buses",
        ("vehicle", "vehicles"),
        ("bus", "buses"),
        ("truck", "trucks"),
        ("boat", "boats"),
    ),
    "nurses": _counted("2 nurses", ("nurse", "nurses")),
    "clinicians": _counted("3 clinicians", ("clinician", "clinicians")),
    "beds": _counted("20 beds", ("bed", "beds")),
}
"""Every dimension a scenario file uses, by name."""


@dataclass(frozen=True, slots=True)
class Amount:
    """A number of units of some facility, such as ``500 persons``.

    Parameters
    ----------
    number : int
    dimensions : frozenset of str
        Those of :data:`DIMENSIONS` that have the unit.

    """

    number: int
    dimensions: frozenset[str]


def read_amount(text: str) -> Amount:
    """Read a number of units of a facility whose kind is not known yet.

    Parameters
    ----------
    text : str

    Returns
    -------
    Amount

    Raises
    ------
    ValueError
        If no kind of facility is counted so.

    Examples
    --------
    >>> read_amount("3 clinicians").number
    3

    """
    found = {}
    for name in COUNTED:
        try:
            found[name] = int(read_quantity(text, name))
        except ValueError:
            continue
    if not found:
        units = ", ".join(dict.fromkeys(u for name in COUNTED for u in DIMENSIONS[name].allowed))
        msg = f"{text!r} needs a whole number and a unit ({units}), such as '500 persons'."
        raise ValueError(msg)
    return Amount(next(iter(found.values())), frozenset(found))


COUNTED: Final = (
    "persons",
    "rescue units",
    "officers",
    "desks",
    "vehicles",
    "nurses",
    "clinicians",
    "beds",
)
"""Dimensions in which capacities are counted."""

_LARGEST: Final = {
    "share": "more than the whole; a share lies between 0 % and 100 %",
    "direction": "more than a full turn; a direction lies between 0 and 360 degrees",
}
_NUMBER: Final = re.compile(r"([+-]?\d+(?:\.\d+)?)\s*(.*)", re.DOTALL | re.ASCII)
_CLOCK: Final = re.compile(r"([01]?\d|2[0-4]):([0-5]\d)", re.ASCII)
_DAY: Final = re.compile(r"day\s+([1-9]\d{0,4})(?:\s+(\S+))?", re.ASCII)


def read_quantity(text: str, dimension: str) -> float:
    """Read a quantity into the canonical unit of its dimension.

    Parameters
    ----------
    text : str
    dimension : str
        A key of :data:`DIMENSIONS`.

    Returns
    -------
    float
        In hours, km, km/h, km2, persons, degC, months, m of waves; shares between 0 and 1; rates
        per day.

    Raises
    ------
    ValueError
        If the number or the unit is missing, wrong, or impossible.

    Examples
    --------
    >>> read_quantity("2 weeks", "time"), read_quantity("15 %", "share")
    (336.0, 0.15)
    >>> read_quantity("18 kn", "speed")
    Traceback (most recent call last):
    ValueError: '18 kn' needs a number and a unit (km/h, knots), such as '18 km/h'.

    """
    kind = DIMENSIONS[dimension]
    given = str(text).strip()
    match = _NUMBER.fullmatch(given)
    unit = " ".join(match.group(2).split()) if match else ""
    if match is None or unit not in kind.units:
        msg = _how_to_write(given, kind)
        raise ValueError(msg)
    number = float(match.group(1))
    # Factors below 1 are reciprocals: dividing keeps 15 % and 25 min exact.
    factor = kind.units[unit]
    value = number * factor if factor >= 1 else number / round(1 / factor, 6)
    if value < 0 and not kind.signed:
        msg = f"{given!r} is below zero; it cannot be negative."
        raise ValueError(msg)
    if not math.isfinite(value) or abs(value) > 1e12:
        msg = f"{given[:40]!r} is too large to be meant; check the number."
        raise ValueError(msg)
    if kind.whole and value != int(value):
        msg = f"{given!r} is not a whole number; {kind.name} are counted, such as {kind.example!r}."
        raise ValueError(msg)
    if value > kind.most:
        msg = f"{given!r} is {_LARGEST[kind.name]}."
        raise ValueError(msg)
    return value


def _how_to_write(given: str, kind: Dimension) -> str:
    hint = ""
    if re.match(r"[+-]?\d{1,3}(,\d{3})+", given):
        hint = " Write the number without commas."
    elif re.match(r"[+-]?\d+,\d", given):
        hint = " Write a decimal point, not a comma."
    if not kind.allowed:
        return f"{given!r} needs a plain number without a unit, such as {kind.example!r}.{hint}"
    units = ", ".join(kind.allowed)
    return f"{given!r} needs a number and a unit ({units}), such as {kind.example!r}.{hint}"


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
        If the number or the unit is missing or wrong, or it is not above zero.

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
