"""Draws of the compiled engine: the same numbers as in SimPy, for many groups at once.

Every draw is a pure function of its stream and the group, so it does not matter for whom else or
when it is made. What a group cannot need is not drawn.
"""

from __future__ import annotations

from copy import copy
from itertools import accumulate
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from simulation.calendars import HOURS_PER_DAY
from simulation.categories import HOUSEHOLDS
from simulation.compiled.tables import VISIT
from simulation.distributions import UNIT_EXPONENTIAL
from simulation.streams import of_visit

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from numpy.typing import NDArray

    from simulation.arrivals import Population
    from simulation.network import Network
    from simulation.parts import Desk, HealthPost, Ward

_FAILURE_BITS: Final = np.uint64(24)
_MOST_AHEAD: Final = 128
"""Visits per group that are drawn before the run."""


def desk_times(
    people: Population, desks: list[tuple[int, Desk, int]], reception: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Service times at desks, of the groups that come there or of each of their persons.

    Parameters
    ----------
    people : Population
    desks : list of (int, Desk, int)
        Reception point, desk, and its number among those of its kind there.
    reception : numpy.ndarray of int, (group,)

    Returns
    -------
    numpy.ndarray, (desk, group), h

    """
    times = np.zeros((len(desks), len(people)))
    for code, (number, desk, row) in enumerate(desks):
        mine = np.flatnonzero(reception == number)
        name = f"{desk.kind}.service_time/{row}"
        times[code, mine] = people.streams.draw(name, desk.service_time, people.key[mine])
    return times


def receptions_using(network: Network, site: str) -> list[int]:
    """Return the numbers of the reception points that send people to a site."""
    return [
        code
        for code, point in enumerate(network.receptions)
        if site in [option.site for option in point.sites]
    ]


def lengths_of_stay(
    network: Network,
    people: Population,
    kind: NDArray[np.int64],
    reception: NDArray[np.int64],
) -> NDArray[np.float64]:
    """Length of stay in every site, of the groups that may get there.

    Parameters
    ----------
    network : Network
    people : Population
    kind, reception : numpy.ndarray of int, (group,)

    Returns
    -------
    numpy.ndarray, (site, group), h

    """
    chance = people.streams.uniform("length_of_stay", people.key)
    stays = np.zeros((len(network.sites), len(people)))
    for number, site in enumerate(network.sites):
        comes = np.zeros(len(network.receptions), dtype=np.bool_)
        comes[receptions_using(network, site.name)] = True
        may_come = comes[reception]
        others = may_come.copy()
        for name, distribution in reversed(site.stays):
            mine = others & (kind == HOUSEHOLDS.index(name))
            stays[number, mine] = distribution.quantile(chance[mine])
            others &= ~mine
        stays[number, others] = site.length_of_stay.quantile(chance[others])
        there = np.flatnonzero(people.site == number)
        stayed = people.streams.uniform("starting_stock.share_stayed", people.key[there])
        stays[number, there] *= 1 - stayed
    return stays


def home_after(people: Population) -> NDArray[np.float64]:
    """Hazard after which every group goes home by the calendar, (group,)."""
    return people.streams.draw("returns_home", UNIT_EXPONENTIAL, people.key)


def patience(
    network: Network, people: Population, reception: NDArray[np.int64], attempt: int
) -> NDArray[np.float64]:
    """How long every group waits for a place at the attempt of a number.

    Parameters
    ----------
    network : Network
    people : Population
    reception : numpy.ndarray of int, (group,)
    attempt : int
        From 0.

    Returns
    -------
    numpy.ndarray, (group,), h

    """
    waits = np.zeros(len(people))
    for number, point in enumerate(network.receptions):
        mine = reception == number
        index = of_visit(people.key[mine], attempt)
        waits[mine] = people.streams.draw("gives_up_after", point.gives_up_after, index)
    return waits


def visits(
    network: Network,
    people: Population,
    reception: NDArray[np.int64],
    visit: NDArray[np.int64],
    groups: NDArray[np.int64],
    gap: NDArray[np.float64],
) -> NDArray[Any]:
    """Draw what groups need at health visits.

    Parameters
    ----------
    network : Network
    people : Population
    reception : numpy.ndarray of int, (group,)
        Of all groups.
    visit : numpy.ndarray of int, (visit,)
        Numbers of the visits, from 1.
    groups : numpy.ndarray of int, (visit,)
        Who may come to them.
    gap : numpy.ndarray, (visit,)
        Before the next visit, from :func:`gaps`.

    Returns
    -------
    numpy.ndarray of VISIT, (visit,)

    """
    drawn = np.zeros(len(groups), dtype=VISIT)
    wards = {ward.name: ward for ward in network.wards}
    index = of_visit(people.key[groups], visit)
    served = posts_of(network, reception)[groups]
    for number, post in enumerate(network.health_posts):
        mine = served == number
        if mine.any():
            ward = wards[post.ward] if post.ward else None
            drawn[mine] = _visits_of(people, post, ward, index[mine])
    drawn["gap"] = gap
    return drawn


def gaps(
    people: Population, visit: NDArray[np.int64], groups: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Draw how long groups wait for visits, in visits (mean 1).

    Parameters
    ----------
    people : Population
    visit : numpy.ndarray of int, (visit,)
        Numbers of the visits, from 1.
    groups : numpy.ndarray of int, (visit,)

    """
    return people.streams.draw("health.gap", UNIT_EXPONENTIAL, of_visit(people.key[groups], visit))


def posts_of(network: Network, reception: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the number of the health post of every group, -1 without one, (group,)."""
    serves = np.array([_place(network.health_posts, r.health_post) for r in network.receptions])
    return serves[reception]


def _place(parts: Sequence[HealthPost], name: str | None) -> int:
    """Return the number of the part of a name; -1 without one."""
    return next((number for number, part in enumerate(parts) if part.name == name), -1)


class MoreVisits(NamedTuple):
    """Visits that were drawn, in rows behind those that were there."""

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
    """Health visits drawn before they come: when a group falls ill depends on draws alone.

    Parameters
    ----------
    network : Network
    people : Population
    reception : numpy.ndarray of int, (group,)
    rates : numpy.ndarray, (group,), 1/h
        From :func:`care_rates`.

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
        """Before the first visit of every group, in visits."""
        groups = np.flatnonzero(rates > 0)
        self.first_gap[groups] = gaps(people, np.ones_like(groups), groups)
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
            self._due[asks] = -np.inf
        comers, numbers, waits = [groups[:0]], [groups[:0]], [np.zeros(0)]
        behind, follows = [groups[:0]], [groups[:0]]
        row = self._rows
        groups = comes = groups[self._due[groups] <= present[groups]]
        while len(groups) and len(comers) <= _MOST_AHEAD:
            self._drawn[groups] += 1
            number = self._drawn[groups]
            wait = gaps(self._people, number + 1, groups)
            comers.append(groups)
            numbers.append(number)
            waits.append(wait)
            behind.append(self._last[groups])
            follows.append(np.arange(row, row + len(groups)))
            self._last[groups] = follows[-1]
            row += len(groups)
            if asks >= 0 and len(comers) == 2:
                self._due[asks] = present[asks]
            self._due[groups] += wait / self._rates[groups]
            groups = groups[self._due[groups] <= present[groups]]
        comer, number = np.concatenate(comers), np.concatenate(numbers)
        made = visits(
            self._network, self._people, self._reception, number, comer, np.concatenate(waits)
        )
        made["number"], made["next"] = number, -1
        for old, new in zip(behind[2:], follows[2:], strict=True):  # in rows drawn now
            made["next"][old - self._rows] = new
        self._rows = row
        before, first = (behind[1], follows[1]) if len(comes) else (comes, comes)
        none_before = before < 0
        self.first_row[comes[none_before]] = first[none_before]
        return MoreVisits(made, comes, before, first, comer)


def _visits_of(
    people: Population, post: HealthPost, ward: Ward | None, index: NDArray[np.uint64]
) -> NDArray[Any]:
    triage, consultation, chance, patience, referral, stay = people.streams.uniforms(
        (
            "health.triage_time",
            "health.consultation_time",
            "health.acuity",
            "health.patience",
            "health.referral",
            "ward.length_of_stay",
        ),
        index,
    )
    drawn = np.zeros(len(index), dtype=VISIT)
    drawn["triage_time"] = post.triage_time.quantile(triage)
    drawn["consultation_time"] = post.consultation_time.quantile(consultation)
    edges = list(accumulate(one.share for one in post.classes))[:-1]
    acuity = np.searchsorted(np.array(edges), chance, side="right")
    drawn["acuity"] = acuity
    drawn["patience"] = np.nan
    for code, one in enumerate(post.classes):
        mine = acuity == code
        if one.leaves_after is not None:
            drawn["patience"][mine] = one.leaves_after.quantile(patience[mine])
    if ward is not None:
        referred = referral < np.array([one.referral for one in post.classes])[acuity]
        drawn["is_referred"] = referred
        drawn["ward_time"][referred] = ward.length_of_stay.quantile(stay[referred])
        within = ward.refers_on_after
        drawn["refers_after"] = within if within < np.inf else np.nan
    return drawn


def care_rates(
    network: Network, people: Population, reception: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return how many consultations per hour every group seeks."""
    rates = np.zeros(len(people))
    posts = {post.name: post.visits_per_person_day / HOURS_PER_DAY for post in network.health_posts}
    for number, point in enumerate(network.receptions):
        if point.health_post is not None:
            mine = reception == number
            rates[mine] = people.persons[mine] * posts[point.health_post]
    return rates


def recognized(
    people: Population, desks: list[tuple[int, Desk, int]], reception: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Return, by desk and group, whether a vulnerability check finds the group vulnerable."""
    found = np.zeros((len(desks), len(people)), dtype=np.bool_)
    for code, (number, desk, row) in enumerate(desks):
        if desk.kind == "vulnerability_check":
            mine = np.flatnonzero((reception == number) & (people.vulnerable > 0))
            name = f"vulnerability_check.finds/{row}"
            found[code, mine] = people.streams.uniform(name, people.key[mine]) < desk.finds
    return found


def lead_times(network: Network, people: Population, count: int) -> NDArray[np.float64]:
    """Return the first lead times of every trigger, (trigger, firing), hours."""
    index = np.arange(count, dtype=np.uint64)
    drawn = [
        people.streams.draw(f"{trigger.name}.lead_time", trigger.lead_time, index)
        for trigger in network.triggers
    ]
    return np.array(drawn, dtype=np.float64).reshape(len(drawn), count)


def failures(network: Network, people: Population, failure: int) -> NDArray[np.float64]:
    """Return time to failure and repair time of every unit, (2, unit), hours."""
    drawn: list[list[NDArray[np.float64]]] = [[], []]
    for one in network.breakdowns:
        index = (np.arange(one.units, dtype=np.uint64) << _FAILURE_BITS) + np.uint64(failure)
        for rows, what, distribution in zip(
            drawn,
            ("time_to_failure", "repair_time"),
            (one.time_to_failure, one.repair_time),
            strict=True,
        ):
            rows.append(people.streams.draw(f"{one.name}.{what}", distribution, index))
    return np.array([np.concatenate([np.empty(0), *rows]) for rows in drawn])
