"""Who the members of a group are: attributes drawn per person, counted per group."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from simulation.parts import MAX_GROUP

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simulation.parts import Inflow
    from simulation.streams import Streams

MEMBER_TYPES: Final[dict[str, Any]] = {
    "children": np.int64,
    "under_five": np.int64,
    "women": np.int64,
    "vulnerable": np.int64,
    "urgent": np.int64,
    "chronic": np.int64,
    "unaccompanied": np.bool_,
}
"""Fields of :class:`Members` with the type of their arrays."""


class Members(NamedTuple):
    """Members of groups by attribute, (group,), persons; ``unaccompanied``: a child alone."""

    children: NDArray[np.int64]
    under_five: NDArray[np.int64]
    women: NDArray[np.int64]
    vulnerable: NDArray[np.int64]
    urgent: NDArray[np.int64]
    chronic: NDArray[np.int64]
    unaccompanied: NDArray[np.bool_]


def members_of(
    inflow: Inflow, key: NDArray[np.uint64], persons: NDArray[np.int64], streams: Streams
) -> Members:
    """Draw the attributes of every person and count them by group.

    Parameters
    ----------
    inflow : Inflow
        Gives the composition and the size of groups.
    key : numpy.ndarray of uint64, (group,)
    persons : numpy.ndarray of int, (group,), persons
    streams : Streams

    Returns
    -------
    Members

    """
    who = inflow.composition
    slots = np.arange(MAX_GROUP, dtype=np.uint64)
    member = key[:, None] * np.uint64(MAX_GROUP) + slots
    present = slots.astype(np.int64) < persons[:, None]
    age = streams.uniform("person.age", member)
    alone = (persons == 1) & (streams.uniform("group.alone", key) < who.unaccompanied_child)
    # Somebody of age leads every group that is not a child alone, so that the share of children
    # among the others is larger than among all.
    size = inflow.group_size.expected()
    raised = size / max(size - 1, 1e-9)
    child, under_five = age < who.child * raised, age < who.under_five * raised
    child[:, 0], under_five[:, 0] = alone, False
    female = streams.uniform("person.sex", member) < who.female
    elderly = ~child & (age > 1 - who.elderly)
    pregnant = female & ~child & ~elderly
    pregnant &= streams.uniform("person.pregnant", member) < who.pregnant
    disability = streams.uniform("person.disability", member) < who.disability
    urgent = streams.uniform("person.urgent_need", member) < who.urgent_need
    chronic = ~urgent
    if who.chronic_need > 0:
        chronic &= streams.uniform("person.chronic_need", member) < who.chronic_need
    else:
        chronic[:] = False
    vulnerable = pregnant | disability | urgent

    def count(which: NDArray[np.bool_]) -> NDArray[np.int64]:
        return np.asarray((which & present).sum(axis=1))

    return Members(
        children=count(child),
        under_five=count(under_five),
        women=count(female & ~child),
        vulnerable=count(vulnerable),
        urgent=count(urgent),
        chronic=count(chronic),
        unaccompanied=alone,
    )
