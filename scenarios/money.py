"""What one unit of a capacity costs, as written in scenario files."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

CURRENCY: Final = "[A-Z]{3}"
"""Pattern of a currency: three letters as in ISO 4217, such as USD, EUR or SOS."""
MOST: Final = 1e9
"""Largest amount that can be meant."""
_PER_DAY: Final = {"hour": 24.0, "day": 1.0, "week": 1 / 7}
_COST: Final = re.compile(
    r"(?P<number>[+-]?\d+(?:\.\d+)?)\s+(?P<currency>\S+)\s+per\s+(?P<unit>\S+)", re.ASCII
)
_HOW: Final = "write a number, a currency of three letters and per hour, day or week"


@dataclass(frozen=True, slots=True)
class Cost:
    """What one unit costs while it is there.

    Parameters
    ----------
    per_day : float
        For 24 hours of one unit, in the currency.
    currency : str
        Three capital letters as in ISO 4217.
    by_hour : bool
        Whether it is written per hour.

    """

    per_day: float
    currency: str
    by_hour: bool = False


def read_cost(text: str) -> Cost:
    """Read a cost per unit and time.

    Parameters
    ----------
    text : str
        A number, a currency and ``per hour``, ``per day`` (24 hours) or ``per week``.

    Returns
    -------
    Cost

    Raises
    ------
    ValueError
        If it is written otherwise, below zero, or too large to be meant.

    Examples
    --------
    >>> read_cost("12 USD per day")
    Cost(per_day=12.0, currency='USD', by_hour=False)
    >>> read_cost("4.5 EUR per hour").per_day
    108.0
    >>> read_cost("12 $ per day")
    Traceback (most recent call last):
    ValueError: '$' is no currency; write its three letters as in ISO 4217, such as 'USD'.

    """
    given = " ".join(text.split())
    found = _COST.fullmatch(given)
    if found is None or found["unit"] not in _PER_DAY:
        hint = " Write the number without commas." if re.match(r"\d+,\d", given) else ""
        msg = f"{given[:40]!r} is no cost; {_HOW}, such as '12 USD per day'.{hint}"
        raise ValueError(msg)
    if not re.fullmatch(CURRENCY, found["currency"]):
        shown = found["currency"][:12]
        letters = shown.upper() if re.fullmatch("[A-Za-z]{3}", shown) else "USD"
        msg = (
            f"{shown!r} is no currency; write its three letters as in ISO 4217, such as "
            f"'{letters}'."
        )
        raise ValueError(msg)
    number = float(found["number"])
    if number < 0:
        msg = f"{given!r} is below zero; a cost is 0 or more."
        raise ValueError(msg)
    if number > MOST:
        msg = f"{given[:40]!r} is too large to be meant; at most {MOST:.0f} is allowed."
        raise ValueError(msg)
    return Cost(number * _PER_DAY[found["unit"]], found["currency"], found["unit"] == "hour")
