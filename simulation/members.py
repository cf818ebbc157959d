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
    group = np.repeat(np.arange(len(key)), persons)
    slot = np.arange(len(group)) - np.repeat(np.cumsum(persons) - persons, persons)
    member = key[group] * np.uint64(MAX_GROUP) + slot.astype(np.uint64)
    age, sex, pregnancy, ability, need, illness = streams.uniforms(
        (
            "person.age",
            "person.sex",
            "person.pregnant",
            "person.disability",
            "person.urgent_need",
            "person.chronic_need",
        ),
        member,
    )
    alone = (persons == 1) & (streams.uniform("group.alone", key) < who.unaccompanied_child)
    # Somebody of age leads every group that is not a child alone, so that the share of children
    # among the others is larger than among all.
    size = inflow.group_size.expected()
    raised = size / max(size - 1, 1e-9)
    child, under_five = age < who.child * raised, age < who.under_five * raised
    leads = slot == 0
    child[leads], under_five[leads] = alone, False
    female = sex < who.female
    elderly = ~child & (age > 1 - who.elderly)
    pregnant = female & ~child & ~elderly & (pregnancy < who.pregnant)
    disability, urgent = ability < who.disability, need < who.urgent_need
    chronic = ~urgent & (illness < who.chronic_need)
    vulnerable = pregnant | disability | urgent

    def count(which: NDArray[np.bool_]) -> NDArray[np.int64]:
        return np.bincount(group[which], minlength=len(key))

    return Members(
        children=count(child),
        under_five=count(under_five),
        women=count(female & ~child),
        vulnerable=count(vulnerable),
        urgent=count(urgent),
        chronic=count(chronic),
        unaccompanied=alone,
    )
