"""Quantities in text: a number and its unit, converted to the units of the simulation.

Canonical units are hours, km, km/h, km2, persons, shares between 0 and 1, degC and whole months.
"""

from __future__ import annotations

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

    def pattern(self, *, above_zero: bool = False) -> str:
        r"""Return a regular expression of how it may be written, for editors.

        Examples
        --------
        >>> DIMENSIONS["share"].pattern()
        '^\\s*\\+?\\d+(\\.\\d+)?\\s*(%)\\s*$'

        """
        sign = "[+-]?" if self.signed else r"\+?"
        digits = r"\d+(\.0+)?" if self.whole and set(self.units.values()) == {1.0} else _DIGITS
        some = rf"(?!{sign}0+(\.0+)?(?![\d.]))" if above_zero else ""
        units = "|".join(r"\s+".join(re.escape(word) for word in u.split()) for u in self.units)
        return rf"^\s*{some}{sign}{digits}\s*({units})\s*$"


_DIGITS: Final = r"\d+(\.\d+)?"


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
            "per 10000 persons per day": 1e-4,
        },
        (
            "per person per day",
            "per person per week",
            "per person per year",
            "per 10000 persons per day",
        ),
        "2.5 per person per year",
        most=24.0,
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
        ("ambulance", "ambulances"),
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
    match = _NUMBER.fullmatch(str(text).strip())
    if match and float(match.group(1)) > _COUNTABLE:
        msg = f"{str(text).strip()[:40]!r} is too large to be meant; check the number."
        raise ValueError(msg)
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
    "rate": "more than can be; a rate lies between 0 and 24 per person per day, once an hour",
    "direction": "more than a full turn; a direction lies between 0 and 360 degrees",
}
_MEANT: Final = 1e12
_COUNTABLE: Final = 2e9
"""Most persons, places, boats or staff: tables of results keep them in 32 bits."""
_NUMBER: Final = re.compile(r"([+-]?\d+(?:\.\d+)?)\s*(.*)", re.DOTALL | re.ASCII)


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
    if not math.isfinite(value) or abs(value) > (_COUNTABLE if dimension in COUNTED else _MEANT):
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
