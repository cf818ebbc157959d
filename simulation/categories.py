"""Who people are: kinds of households that sites are meant for, and categories that are counted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simulation.columns import Columns

HOUSEHOLDS: Final = ("families", "women alone", "men alone", "unaccompanied children")
"""Kinds of households: a family is any group of two or more; the others are one person."""

CATEGORIES: Final = (
    "children",
    "women",
    "men",
    "children under five",
    "unaccompanied children",
    "vulnerable persons",
    "people in families",
    "women alone",
    "men alone",
)
"""Disaggregation of people by sex, age and status; the last six overlap with the first three."""


def household_kinds(
    persons: NDArray[np.int64], women: NDArray[np.int64], unaccompanied: NDArray[np.bool_]
) -> NDArray[np.int64]:
    """Return the kind of each group.

    Parameters
    ----------
    persons, women : numpy.ndarray, (group,), persons
    unaccompanied : numpy.ndarray of bool, (group,)
        Whether the group is a child alone.

    Returns
    -------
    numpy.ndarray, (group,)
        Index into :data:`HOUSEHOLDS`.

    Examples
    --------
    >>> kinds = household_kinds(np.array([4, 1, 1]), np.array([1, 1, 0]), np.zeros(3, bool))
    >>> [HOUSEHOLDS[kind] for kind in kinds]
    ['families', 'women alone', 'men alone']

    """
    alone = np.where(women > 0, HOUSEHOLDS.index("women alone"), HOUSEHOLDS.index("men alone"))
    kinds = np.where(unaccompanied, HOUSEHOLDS.index("unaccompanied children"), alone)
    return np.where(persons > 1, HOUSEHOLDS.index("families"), kinds)


def persons_by_category(groups: Columns, kinds: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the persons of each category in each group.

    Parameters
    ----------
    groups : Columns
        With the columns of ``simulation.records.GROUP_COLUMNS``.
    kinds : numpy.ndarray, (group,)
        From :func:`household_kinds`.

    Returns
    -------
    numpy.ndarray, (category, group), persons
        In the order of :data:`CATEGORIES`.

    """
    names = ("children", "women", "under_five", "vulnerable")
    return _by_category(groups, kinds, groups["persons"], *(groups[name] for name in names))


def lost_by_category(groups: Columns, kinds: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the dead and missing in transit of each category in each group, like the persons."""
    return _dead(groups, kinds, groups["recovered_dead"] + groups["missing"], "lost")


def died_by_category(groups: Columns, kinds: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return those who died in reception of each category in each group, like the persons."""
    return _dead(groups, kinds, groups["died"], "died")


def _dead(
    groups: Columns, kinds: NDArray[np.int64], dead: NDArray[np.int64], which: str
) -> NDArray[np.float64]:
    if not dead.any():
        return np.zeros((len(CATEGORIES), len(groups)))
    names = ("children", "women", "under_five", "vulnerable")
    return _by_category(groups, kinds, dead, *(groups[f"{which}_{name}"] for name in names))


def _by_category(
    groups: Columns,
    kinds: NDArray[np.int64],
    persons: NDArray[np.int64],
    children: NDArray[np.int64],
    women: NDArray[np.int64],
    under_five: NDArray[np.int64],
    vulnerable: NDArray[np.int64],
) -> NDArray[np.float64]:
    made = np.empty((len(CATEGORIES), len(groups)))
    made[0] = children
    made[1] = women
    made[2] = persons - children - women
    made[3] = under_five
    made[4] = groups["unaccompanied"] * persons
    made[5] = vulnerable
    for row, kind in enumerate(("families", "women alone", "men alone"), start=6):
        made[row] = persons * (kinds == HOUSEHOLDS.index(kind))
    return made
