"""People kept between plans: who comes, and what they draw, does not depend on capacities.

A process that runs plan after plan on the same futures, as the planner's page and searches do,
meets the same people again. They are kept up to a number of bytes; results do not depend on it.
"""

from __future__ import annotations

import threading
from dataclasses import fields
from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from simulation.arrivals import Population
    from simulation.network import Network

MOST_BYTES: Final = 192 * 2**20
"""Memory for people, and for what they have drawn, that one process keeps."""


def who_comes(network: Network) -> Hashable:
    """Return what the people of a network depend on, beside the forecast and the seed.

    Parameters
    ----------
    network : Network

    Returns
    -------
    hashable
        Equal for networks to which the same people come.

    """
    stocks = tuple((site.name, site.starting_stock) for site in network.sites)
    return network.start, network.run_length, network.inflows, network.weathers, stocks


class KeptPeople:
    """The people of the first replications of one plan and of all that meet the same people.

    Parameters
    ----------
    most_bytes : int
        What does not fit is drawn again.

    """

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most_bytes = most_bytes
        self._changing = threading.Lock()
        self._forget(None)

    def _forget(self, family: Hashable) -> None:
        self._family = family
        self._people: dict[Hashable, Population] = {}
        self._sizes: dict[Hashable, int] = {}

    def get(self, family: Hashable, key: Hashable, draw: Callable[[], Population]) -> Population:
        """Return the people of a key, drawn now or before; another family is forgotten.

        Parameters
        ----------
        family : hashable
            From :func:`who_comes`, and what else is common to all replications.
        key : hashable
            Of the replication.
        draw : callable
            Draws them.

        Returns
        -------
        Population
            Its arrays cannot be written to.

        """
        with self._changing:  # another thread may run another plan
            if family != self._family:
                self._forget(family)
            if key in self._people:
                return self._people[key]
        people = draw()
        for array in _arrays(people):
            array.setflags(write=False)
        return people

    def keep(self, family: Hashable, key: Hashable, people: Population) -> None:
        """Keep people whom a plan has met, with what they have drawn there, if there is room.

        Parameters
        ----------
        family, key : hashable
            As for :meth:`get`.
        people : Population

        """
        alone = sum(array.nbytes for array in _arrays(people))
        drawn = sum(one.nbytes for one in people.memo.values())
        with self._changing:
            if family != self._family:
                return
            room = self._most_bytes - sum(self._sizes.values()) + self._sizes.get(key, 0)
            if alone + drawn > room:
                people.memo.clear()
                drawn = 0
            if alone + drawn <= room:
                self._people[key] = people
                self._sizes[key] = alone + drawn


def _arrays(people: Population) -> list[np.ndarray[Any, Any]]:
    values = (getattr(people, field.name) for field in fields(people))
    return [value for value in values if isinstance(value, np.ndarray)]
