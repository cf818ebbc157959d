"""The table of groups: who came, and what became of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simulation.incidents import lost_members
from simulation.records import GROUP_COLUMNS, columns_table

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from simulation.arrivals import Population
    from simulation.columns import Columns
    from simulation.incidents import Fate


def groups_table(people: Population, fates: dict[int, Fate], **what_became: ArrayLike) -> Columns:
    """Return the table of groups at the end of a run.

    Parameters
    ----------
    people : Population
    fates : dict of int to Fate
        Of groups that lost members.
    **what_became : array-like, (group,)
        The columns that the run decides: ``split``, ``outcome``, ``checked``, ``identified``,
        ``other_places``; and those of :data:`simulation.mortality.DIED`.

    Returns
    -------
    Columns
        With the columns ``GROUP_COLUMNS`` of :mod:`simulation.records`.

    """
    values = {
        "group": np.arange(len(people)),
        "inflow": people.inflow,
        "persons": people.persons,
        "children": people.children,
        "under_five": people.under_five,
        "women": people.women,
        "unaccompanied": people.unaccompanied,
        "vulnerable": people.vulnerable,
        "urgent": people.urgent,
        "chronic": people.chronic,
        "boat": people.boat,
        "cut_off": people.cut_off,
        "displaced": people.arrived,
        **lost_members(people, fates),
        **what_became,
    }
    return columns_table(GROUP_COLUMNS, [values[c.name] for c in GROUP_COLUMNS])
