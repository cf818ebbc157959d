"""Deaths in reception: who of a group died while it waited for care or stayed.

They are counted apart from deaths in transit. There is none unless the plan gives a hazard.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simulation.arrivals import Population
    from simulation.network import Network


DIED: Final = ("died", "died_children", "died_under_five", "died_women", "died_vulnerable")
"""Columns of the table of groups that count deaths in reception."""


def is_mortal(network: Network) -> bool:
    """Whether the plan gives a hazard of death in reception or of patients who wait."""
    return any(one.deaths_per_person_day > 0 for one in network.receptions) or any(
        one.deaths_per_day > 0 for post in network.health_posts for one in post.classes
    )


class Deaths:
    """Members who died in reception, by group.

    Parameters
    ----------
    people : Population

    """

    def __init__(self, people: Population) -> None:
        self._people = people
        self._died: dict[int, NDArray[np.bool_]] = {}

    def strike(self, group: int, in_transit: NDArray[np.bool_] | None) -> None:
        """Have one member die, each survivor with the same chance."""
        persons = int(self._people.persons[group])
        died = self._died.setdefault(group, np.zeros(persons, dtype=np.bool_))
        alive = ~died if in_transit is None else ~died & ~in_transit
        number = int(died.sum())
        u = self._people.uniform("reception.who_dies", number, slice(group, group + 1))[0]
        died[np.flatnonzero(alive)[int(u * alive.sum())]] = True

    def by_attribute(self) -> dict[str, NDArray[np.int64]]:
        """Count who of each group died, with the names of the columns of the records."""
        return dict(zip(DIED, by_attribute(self._people, self._died), strict=True))


def by_attribute(
    people: Population, died: dict[int, NDArray[np.bool_]]
) -> tuple[NDArray[np.int64], ...]:
    """Count who of each group died: all, children, under five, women, vulnerable persons.

    Of the members of a group, children come first, those under five before the others, then women,
    then men; vulnerable ones are spread over all of them, from another member on in each group.

    Parameters
    ----------
    people : Population
    died : dict of int to numpy.ndarray of bool, (member,)
        By group.

    Returns
    -------
    tuple of numpy.ndarray of int, (group,), persons

    """
    counts = np.zeros((5, len(people)), dtype=np.int64)
    for group, who in died.items():
        children, women = int(people.children[group]), int(people.women[group])
        counts[:, group] = (
            who.sum(),
            who[:children].sum(),
            who[: people.under_five[group]].sum(),
            who[children : children + women].sum(),
            np.roll(who, group)[: people.vulnerable[group]].sum(),
        )
    return tuple(counts)
