"""Tables that an office fills in: capacities of its services, and changes of its forecast."""

from __future__ import annotations

import csv
import math
import re
from io import StringIO
from typing import TYPE_CHECKING, Final, NamedTuple

from forecasting.disclosure.schema import personal_fields
from forecasting.sharing.limits import PackageError, raise_problems
from forecasting.sharing.provenance import is_date
from forecasting.sharing.tables import table_bytes

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

KINDS: Final = {
    "reception places": "persons",
    "rescue seats": "persons",
    "registration desks": "desks",
    "clinicians": "clinicians",
    "ward beds": "beds",
    "vehicle seats": "persons",
}
"""Kinds of capacity that add up over places, with their units."""
CAPACITY_COLUMNS: Final = ("location", "kind", "facility", "capacity", "unit", "source")
OVERRIDE_COLUMNS: Final = ("location", "first_day", "cause", "factor")
ALL: Final = "all"
"""In an override: every period, or every cause."""
_LARGEST: Final = 10**9
"""Persons, desks or beds; more is a slip of the pen, as no country has so many."""
_LARGEST_FACTOR: Final = 1000.0
_MOST_ROWS: Final = 100_000
_LONGEST: Final = 200
_FORMULA: Final = ("=", "+", "-", "@")
_WHOLE: Final = re.compile(r"\d{1,12}")


class Capacity(NamedTuple):
    """What an office has at a place.

    Parameters
    ----------
    location : str
        Code of the place.
    kind : str
        One of :data:`KINDS`.
    facility : str
        Name of the site, post or fleet; empty for all of the place together.
    capacity : int
        In ``unit``.
    unit : str
    source : str
        Where the number is from.

    """

    location: str
    kind: str
    facility: str
    capacity: int
    unit: str
    source: str

    @property
    def what(self) -> tuple[str, str, str]:
        """Place, kind and facility: what may be told once."""
        return self.location, self.kind, self.facility


class Override(NamedTuple):
    """A change of a forecast: every sample times a factor.

    Parameters
    ----------
    location : str
        Code of a place; everything below it is changed alike.
    first_day : str
        First day of a period as YYYY-MM-DD, or ``all``.
    cause : str
        A cause of the forecast, or ``all``.
    factor : float
        0 or more; samples keep their order, and so their dependence.

    """

    location: str
    first_day: str
    cause: str
    factor: float


def read_rows(text: str, where: str, columns: Sequence[str]) -> list[dict[str, str]]:
    """Read a CSV with exactly the columns asked for, in any order.

    Parameters
    ----------
    text : str
    where : str
        Name of the file for messages.
    columns : sequence of str

    Returns
    -------
    list of dict

    Raises
    ------
    PackageError
        For missing, unknown and refused columns and ragged rows.

    """
    try:
        rows = list(csv.reader(StringIO(text.removeprefix("\ufeff")), strict=True))
    except csv.Error as error:
        msg = f"{where}: is not a table ({error})."
        raise PackageError(msg) from None
    return named_rows(rows, where, columns)


def named_rows(
    rows: Sequence[Sequence[str]], where: str, columns: Sequence[str]
) -> list[dict[str, str]]:
    """Check the headings of a table and name its cells; see :func:`read_rows`."""
    if not rows:
        msg = f"{where}: is empty; its first row must be {', '.join(columns)}."
        raise PackageError(msg)
    header = [cell.strip() for cell in rows[0]]
    refused = personal_fields(header)
    problems = [
        f"column {name!r} {reason}; remove it before the table is shared."
        for name, reason in refused.items()
    ]
    problems += [f"column {name!r} is missing." for name in columns if name not in header]
    problems += [
        f"column {name!r} is unknown; allowed: {', '.join(columns)}."
        for name in header
        if name not in columns and name not in refused
    ]
    problems += [f"column {n!r} stands twice." for n in columns if header.count(n) > 1]
    if len(rows) > _MOST_ROWS:
        problems.append(f"has {len(rows):,} rows; at most {_MOST_ROWS:,} are read.")
    problems += [
        f"row {number} has {len(row)} cells, not {len(header)}."
        for number, row in enumerate(rows[1:_MOST_ROWS], start=2)
        if len(row) != len(header)
    ]
    raise_problems(where, problems[:50])
    return [dict(zip(header, (cell.strip() for cell in row), strict=True)) for row in rows[1:]]


def read_capacities(
    rows: Iterable[Mapping[str, str]], where: str, places: Collection[str]
) -> tuple[Capacity, ...]:
    """Read what an office has from the rows of its table.

    Parameters
    ----------
    rows : iterable of mapping
        With :data:`CAPACITY_COLUMNS`.
    where : str
        Name of the file for messages.
    places : collection of str
        Codes that may be named: those of the office's slice.

    Returns
    -------
    tuple of Capacity
        In order of place, kind and facility.

    Raises
    ------
    PackageError
        With every wrong cell and its row, and facilities of a place that is told as a whole too.

    Examples
    --------
    >>> row = {"location": "SO20", "kind": "ward beds", "facility": "", "capacity": "40",
    ...        "unit": "beds", "source": "ministry list of May"}
    >>> read_capacities([row], "capacities.csv", ["SO20"])[0].capacity
    40
    >>> read_capacities([row | {"unit": "wards"}], "capacities.csv", ["SO20"])
    Traceback (most recent call last):
    ...
    forecasting.sharing.limits.PackageError: capacities.csv has 1 problem:
      - row 2, unit: is 'wards'; ward beds are counted in beds.

    """
    problems: list[str] = []
    made: list[Capacity] = []
    seen: dict[tuple[str, str, str], tuple[int, int]] = {}
    for number, row in enumerate(rows, start=2):
        at = f"row {number}"
        wrong = _text_problems(row, at)
        wrong += _place_problem(row["location"], at, places)
        unit = KINDS.get(row["kind"])
        if unit is None:
            wrong.append(f"{at}, kind: is {row['kind'][:60]!r}; allowed: {', '.join(KINDS)}.")
        elif row["unit"] != unit:
            wrong.append(
                f"{at}, unit: is {row['unit'][:60]!r}; {row['kind']} are counted in {unit}."
            )
        if not _WHOLE.fullmatch(row["capacity"]) or int(row["capacity"]) > _LARGEST:
            wrong.append(
                f"{at}, capacity: is {row['capacity'][:60]!r}; allowed: a whole number of "
                f"{unit or 'persons, desks or beds'} from 0 to {_LARGEST:,}, without separators."
            )
        if not row["source"]:
            wrong.append(f"{at}, source: is empty; say where the number is from.")
        if not wrong:
            one = Capacity(
                row["location"], row["kind"], row["facility"], int(row["capacity"]),
                row["unit"], row["source"],
            )  # fmt: skip
            if one.what in seen:
                first, value = seen[one.what]
                told = "again" if value == one.capacity else f"as {value} and as {one.capacity}"
                wrong.append(
                    f"{at}: {one.kind} of {one.facility or 'all of'} {one.location} were told in "
                    f"row {first} already, {told}; keep one row."
                )
            else:
                seen[one.what] = (number, one.capacity)
                made.append(one)
        problems += wrong
    whole = {(one.location, one.kind) for one in made if not one.facility}
    problems += [
        f"row {seen[one.what][0]}: {one.kind} of {one.facility} are in those of all of "
        f"{one.location} (row {seen[one.location, one.kind, ''][0]}) and would count twice; name "
        "the facility of every row, or give one row without."
        for one in made
        if one.facility and (one.location, one.kind) in whole
    ]
    if not made and not problems:
        problems.append("has no rows; a response says what there is, also where that is 0.")
    raise_problems(where, problems[:50])
    return tuple(sorted(made))


def capacities_bytes(capacities: Iterable[Capacity]) -> bytes:
    """Write capacities as CSV."""
    return table_bytes(CAPACITY_COLUMNS, capacities)


def read_overrides(
    rows: Iterable[Mapping[str, str]],
    where: str,
    places: Collection[str],
    days: Collection[str],
    causes: Collection[str],
) -> tuple[Override, ...]:
    """Read changes of a forecast from the rows of a table.

    Parameters
    ----------
    rows : iterable of mapping
        With :data:`OVERRIDE_COLUMNS`.
    where : str
    places, days, causes : collection of str
        What the forecast has.

    Returns
    -------
    tuple of Override

    Raises
    ------
    PackageError
        With every wrong cell and its row.

    Examples
    --------
    >>> row = {"location": "SO20", "first_day": "all", "cause": "all", "factor": "1.5"}
    >>> read_overrides([row], "override.csv", ["SO20"], [], [])
    (Override(location='SO20', first_day='all', cause='all', factor=1.5),)

    """
    problems: list[str] = []
    made: list[Override] = []
    for number, row in enumerate(rows, start=2):
        at = f"row {number}"
        wrong = _text_problems(row, at) + _place_problem(row["location"], at, places)
        if row["first_day"] != ALL and (
            not is_date(row["first_day"]) or row["first_day"] not in days
        ):
            wrong.append(
                f"{at}, first_day: is {row['first_day'][:40]!r}; allowed: all, {', '.join(days)}."
            )
        if row["cause"] != ALL and row["cause"] not in causes:
            wrong.append(
                f"{at}, cause: is {row['cause'][:60]!r}; allowed: {', '.join([ALL, *causes])}."
            )
        factor = _factor(row["factor"])
        if factor is None:
            wrong.append(
                f"{at}, factor: is {row['factor'][:40]!r}; allowed: a number from 0 to "
                f"{_LARGEST_FACTOR:g}; 1 changes nothing."
            )
        elif not wrong:
            made.append(Override(row["location"], row["first_day"], row["cause"], factor))
        problems += wrong
    if not made and not problems:
        problems.append("has no rows; leave the override out.")
    raise_problems(where, problems[:50])
    return tuple(made)


def overrides_bytes(overrides: Iterable[Override]) -> bytes:
    """Write changes of a forecast as CSV."""
    return table_bytes(OVERRIDE_COLUMNS, [(*one[:3], repr(one.factor)) for one in overrides])


def _factor(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) and 0 <= value <= _LARGEST_FACTOR else None


def _text_problems(row: Mapping[str, str], at: str) -> list[str]:
    return [
        f"{at}, {name}: {text[:60]!r} cannot stand in a spreadsheet; use at most {_LONGEST} plain "
        "signs that do not begin a formula."
        for name, text in row.items()
        if len(text) > _LONGEST or (text and not text.isprintable()) or text.startswith(_FORMULA)
    ]


def _place_problem(code: str, at: str, places: Collection[str]) -> list[str]:
    if code in places:
        return []
    known = list(places)
    more = f" and {len(known) - 8} more" if len(known) > 8 else ""
    return [
        f"{at}, location: {code[:60]!r} is not in the slice; it has {', '.join(known[:8])}{more}."
    ]
