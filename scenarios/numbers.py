"""Numbers as a reader wants them: thin separators, no false precision, always a unit."""

from __future__ import annotations

import math
from typing import Final

import pandas as pd

from scenarios.language import say

THIN: Final = "\N{NARROW NO-BREAK SPACE}"
FIXED: Final = "\N{NO-BREAK SPACE}"
MINUS: Final = "\N{MINUS SIGN}"
RANGE: Final = "\N{EN DASH}"
NOTHING: Final = "\N{EN DASH}"


def rounded(value: float, digits: int = 3) -> float:
    """Round to significant digits.

    Examples
    --------
    >>> rounded(123456.0)
    123000.0

    """
    if value == 0 or not math.isfinite(value):
        return value
    return float(round(value, digits - 1 - math.floor(math.log10(abs(value)))))


def count(value: float, digits: int = 3) -> str:
    """Write a number of persons, nights or places.

    Parameters
    ----------
    value : float
        The number; not a number is written as a dash.
    digits : int
        Significant digits kept.

    Returns
    -------
    str
        With a narrow space between thousands; below 10 with one decimal unless it is whole, below
        1 with up to two significant digits, below 0.005 as 0.

    Examples
    --------
    >>> count(123456).replace(THIN, "_"), count(3.14159), count(42.4), count(0.042), count(0)
    ('123_000', '3.1', '42', '0.04', '0')

    """
    if not math.isfinite(value):
        return NOTHING
    number = rounded(float(value), digits)
    if abs(number) < 0.005:
        return "0"
    if abs(number) < 1:
        text = f"{rounded(abs(number), 1 if abs(number) < 0.1 else 2):g}"
    elif abs(number) < 10 and round(number, 1) != int(number):
        text = f"{abs(number):.1f}"
    else:
        text = f"{abs(round(number)):,}".replace(",", THIN)
    return f"{MINUS}{text}" if number < 0 else text


def signed(value: float, digits: int = 3) -> str:
    """Write a difference with its sign.

    Examples
    --------
    >>> signed(12.0), signed(0.0)
    ('+12', '0')

    """
    text = count(value, digits)
    return f"+{text}" if value > 0 and text not in {"0", NOTHING} else text


def interval(low: float, high: float, digits: int = 3) -> str:
    """Write an interval.

    Examples
    --------
    >>> interval(12.0, 3400.0).replace(THIN, "_").replace(FIXED, " ")
    '12 to 3_400'

    """
    return span(count(low, digits), count(high, digits))


def span(low: str, high: str) -> str:
    """Write two written numbers as a range that no line break cuts.

    Examples
    --------
    >>> span("5 h", "9 h").replace(FIXED, "_")
    '5 h_to_9 h'

    """
    return say("{low} to {high}").replace(" ", FIXED).format(low=low, high=high)


def percent(share: float) -> str:
    """Write a share as whole percent; neither never nor always is claimed from a few runs.

    Examples
    --------
    >>> [percent(s).replace(THIN, " ") for s in (0.0, 0.004, 0.5, 0.997, 1.0)]
    ['0 %', '< 1 %', '50 %', '> 99 %', '100 %']

    """
    if not math.isfinite(share):
        return NOTHING
    if 0 < share < 0.01:
        return f"<{THIN}1{THIN}%"
    if 0.99 < share < 1:
        return f">{THIN}99{THIN}%"
    return f"{round(100 * share)}{THIN}%"


def percent_range(low: float, high: float) -> str:
    """Write the interval of a share.

    Examples
    --------
    >>> percent_range(0.19, 0.31).replace(THIN, " ").replace(FIXED, " ")
    '19 % to 31 %'

    """
    return span(percent(low), percent(high))


def hours(value: float) -> str:
    """Write a duration in the unit a reader would choose.

    Examples
    --------
    >>> [hours(h).replace(THIN, " ") for h in (0.25, 5.0, 60.0)]
    ['15 min', '5 h', '2.5 days']

    """
    if not math.isfinite(value):
        return NOTHING
    if value < 1:
        return say("{n} min", n=round(value * 60)).replace(" ", THIN)
    if value < 48:
        return say("{n} h", n=count(value, 2)).replace(" ", THIN)
    return say("{n} days", n=count(value / 24, 2)).replace(" ", THIN)


def day(date: object) -> str:
    """Write a date.

    Examples
    --------
    >>> day("2022-07-03")
    '3 July 2022'

    """
    stamp = pd.Timestamp(str(date))
    name = say(MONTHS[stamp.month - 1])
    return say("{day} {month} {year}", day=stamp.day, month=name, year=stamp.year)


def short_day(date: object) -> str:
    """Write a date for a narrow column.

    Examples
    --------
    >>> short_day("2022-07-03").replace(FIXED, " ")
    '3 Jul 2022'

    """
    stamp = pd.Timestamp(str(date))
    name = short_month(stamp.month)
    text = say("{day} {month} {year}", day=stamp.day, month=name, year=stamp.year)
    return text.replace(" ", FIXED)


def short_month(number: int) -> str:
    """Write the name of a month, counted from 1, for a narrow place.

    Examples
    --------
    >>> short_month(7)
    'Jul'

    """
    return say(SHORT_MONTHS[number - 1])


def month(date: object) -> str:
    """Write a month, whatever the locale.

    Examples
    --------
    >>> month("2022-07-01")
    'July 2022'

    """
    stamp = pd.Timestamp(str(date))
    return say("{month} {year}", month=say(MONTHS[stamp.month - 1]), year=stamp.year)


def count_of(value: int, noun: str) -> str:
    """Write a number with its noun.

    Examples
    --------
    >>> count_of(1, "day"), count_of(3, "day")
    ('1 day', '3 days')

    """
    return f"{count(value)} {noun}{'' if value == 1 else 's'}"


MONTHS: Final = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
SHORT_MONTHS: Final = tuple(name[:3] for name in MONTHS)


def signed_percent(value: float) -> str:
    """Write a share as percent with its sign, such as a skill.

    Examples
    --------
    >>> signed_percent(0.07).replace(THIN, " "), signed_percent(-0.004)
    ('+7 %', '0')

    """
    if abs(value) < 0.005:
        return "0"
    return ("+" if value > 0 else "\N{MINUS SIGN}") + percent(abs(value))
