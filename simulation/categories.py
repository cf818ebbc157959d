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


def persons_by_category(groups: Columns) -> NDArray[np.float64]:
    """Return the persons of each category in each group.

    Parameters
    ----------
    groups : Columns
        With the columns of ``simulation.records.GROUP_COLUMNS``.

    Returns
    -------
    numpy.ndarray, (category, group), persons

    """
    persons = groups["persons"].astype(np.float64)
    unaccompanied = groups["unaccompanied"]
    women = groups["women"]
    kinds = household_kinds(groups["persons"], women, unaccompanied)
    return np.stack(
        [
            groups["children"],
            women,
            groups["persons"] - groups["children"] - groups["women"],
            groups["under_five"],
            unaccompanied * persons,
            groups["vulnerable"],
            *(
                persons * (kinds == HOUSEHOLDS.index(kind))
                for kind in ("families", "women alone", "men alone")
            ),
        ]
    ).astype(np.float64)
