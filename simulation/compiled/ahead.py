"""Health visits drawn before they come: when a group falls ill depends on draws alone."""

from __future__ import annotations

from copy import copy
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from simulation.compiled import draws
from simulation.distributions import UNIT_EXPONENTIAL
from simulation.streams import of_visit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simulation.arrivals import Population
    from simulation.network import Network

_MOST_AHEAD: Final = 128
"""Visits per group that are drawn at once."""
_GAP: Final = "health.gap"


class MoreVisits(NamedTuple):
    """Visits that were drawn, in rows behind those that were there; those of a group together."""

    visits: NDArray[Any]
    groups: NDArray[np.int64]
    """Who comes to them, each once."""
    before: NDArray[np.int64]
    """Row of the last visit of each of these that was drawn before; -1: none."""
    first: NDArray[np.int64]
    """Row of the first one of each of these that was drawn now."""
    comers: NDArray[np.int64]
    """Who comes to each of them."""


class VisitsAhead:
    """What is drawn of health visits, and when the next one of every group is due.

    Parameters
    ----------
    network : Network
    people : Population
    reception : numpy.ndarray of int, (group,)
    rates : numpy.ndarray, (group,), 1/h
        From :func:`simulation.compiled.draws.care_rates`.

    """

    def __init__(
        self,
        network: Network,
        people: Population,
        reception: NDArray[np.int64],
        rates: NDArray[np.float64],
    ) -> None:
        self._network = network
        self._people = people
        self._reception = reception
        self._rates = rates
        self._drawn = np.zeros(len(people), dtype=np.int64)
        self._last = np.full(len(people), -1)
        self.first_row = np.full(len(people), -1)
        """Of the first visit of every group; -1: not drawn."""
        self._rows = 0
        self._due = np.full(len(people), np.inf)
        self.first_gap = np.zeros(len(people))
        """Before the first visit of every group, in visits (mean 1)."""
        groups = np.flatnonzero(rates > 0)
        index = of_visit(people.key[groups], 1)
        self.first_gap[groups] = people.streams.draw(_GAP, UNIT_EXPONENTIAL, index)
        self._due[groups] = self.first_gap[groups] / rates[groups]

    @property
    def nbytes(self) -> int:
        """Memory of the arrays, bytes."""
        return sum(one.nbytes for one in vars(self).values() if isinstance(one, np.ndarray))

    def copy(self) -> VisitsAhead:
        """Return the same, to draw more without changing this one."""
        made = copy(self)
        made._drawn, made._due = self._drawn.copy(), self._due.copy()
        made._last, made.first_row = self._last.copy(), self.first_row.copy()
        return made

    def until(
        self, present: NDArray[np.float64], groups: NDArray[np.int64], asks: int = -1
    ) -> MoreVisits:
        """Draw the visits that groups come to if they are present for a time, and were not drawn.

        Parameters
        ----------
        present : numpy.ndarray, (group,), h
            Of all groups.
        groups : numpy.ndarray of int
            Who may come.
        asks : int
            One of them who comes now, whatever was thought; -1 for nobody.

        Returns
        -------
        MoreVisits

        """
        if asks >= 0:
            self._due[asks] = min(self._due[asks], present[asks])
        comes = groups[self._due[groups] <= present[groups]]
        rates, drawn = self._rates[comes], self._drawn[comes]
        counts, gaps = self._people.streams.waits(
            _GAP,
            self._people.key[comes],
            drawn + 2,  # that before the first visit belongs to it
            (present[comes] - self._due[comes]) * rates,
            _MOST_AHEAD,
        )
        begins = np.cumsum(counts) - counts
        comers, row = np.repeat(comes, counts), np.arange(len(gaps))
        number = row + np.repeat(drawn - begins, counts) + 1
        made = draws.visits(self._network, self._people, self._reception, number, comers, gaps)
        made["next"] = row + self._rows + 1
        made["next"][begins + counts - 1] = -1
        before, first = self._last[comes], begins + self._rows
        self._last[comes] = first + counts - 1
        self._drawn[comes] += counts
        if len(comes):
            self._due[comes] += np.add.reduceat(gaps, begins) / rates
        self._rows += len(gaps)
        none_before = before < 0
        self.first_row[comes[none_before]] = first[none_before]
        return MoreVisits(made, comes, before, first, comers)
