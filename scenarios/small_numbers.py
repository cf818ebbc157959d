"""Small numbers of people by category are not shown: a rule for everything that leaves the tool.

The people are simulated from published shares, but a table by sex, age and status for a small place
may look like people somebody knows. Counts of persons from 1 to 9 in such tables are written as
"fewer than 10"; none stays 0. Totals over all people are shown as they are. Sums can give a hidden
number away; that tells about the simulation and about no person.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from scenarios.language import say

if TYPE_CHECKING:
    import pandas as pd

FEWEST: Final = 10
"""Smallest number of persons that is shown."""
HIDDEN: Final = f"fewer than {FEWEST}"
"""What stands in files, whatever the language of the report."""


def hidden() -> str:
    """Write a number that is too small to be shown.

    Examples
    --------
    >>> hidden()
    'fewer than 10'

    """
    return say("fewer than {fewest}", fewest=FEWEST)


def hides(value: float) -> bool:
    """Whether a number of persons of a category is too small to be shown.

    Examples
    --------
    >>> [hides(n) for n in (0.0, 3.0, 9.99, 10.0)]
    [False, True, True, False]

    """
    return 0 < value < FEWEST


def protected(table: pd.DataFrame, rows: pd.Series[bool], columns: list[str]) -> pd.DataFrame:
    """Return a table with the small numbers of some rows hidden.

    Parameters
    ----------
    table : pandas.DataFrame
    rows : pandas.Series of bool
        Rows that count persons of a category.
    columns : list of str
        Columns with numbers of persons.

    Returns
    -------
    pandas.DataFrame

    """
    result = table.copy()
    for column in columns:
        small = rows & table[column].map(hides)
        result[column] = result[column].astype(object)
        result.loc[small, column] = HIDDEN
    return result
