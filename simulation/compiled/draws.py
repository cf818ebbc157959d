"""Draws of the compiled engine: the same numbers as in SimPy, for many groups at once.

Every draw is a pure function of its stream and the group, so it does not matter for whom else or
when it is made. What a group cannot need is not drawn.
"""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING, Final

import numpy as np

from simulation.calendars import HOURS_PER_DAY
from simulation.categories import HOUSEHOLDS
from simulation.compiled.tables import VISIT
from simulation.distributions import UNIT_EXPONENTIAL, quantiles_of
from simulation.streams import of_visit

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from numpy.typing import NDArray

    from simulation.arrivals import Population
    from simulation.distributions import Distribution
    from simulation.network import Network
    from simulation.parts import Desk, HealthPost

_FAILURE_BITS: Final = np.uint64(24)
_OF_A_VISIT: Final = (
    "health.triage_time",
    "health.consultation_time",
    "health.acuity",
    "health.patience",
    "health.referral",
    "ward.length_of_stay",
)


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
    groups = {number: np.flatnonzero(reception == number) for number, _, _ in desks}
    comers = [groups[number] for number, _, _ in desks]
    drawn = people.streams.draws(
        [
            (f"{desk.kind}.service_time/{row}", desk.service_time, people.key[mine])
            for mine, (_, desk, row) in zip(comers, desks, strict=True)
        ]
    )
    for here, mine, values in zip(times, comers, drawn, strict=True):
        here[mine] = values
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
    wanted, where = [], []
    for number, site in enumerate(network.sites):
        comes = np.zeros(len(network.receptions), dtype=np.bool_)
        comes[receptions_using(network, site.name)] = True
        others = comes[reception]
        for name, distribution in reversed(site.stays):
            mine = others & (kind == HOUSEHOLDS.index(name))
            wanted.append((distribution, chance[mine]))
            where.append((number, mine))
            others &= ~mine
        wanted.append((site.length_of_stay, chance[others]))
        where.append((number, others))
    for (number, mine), values in zip(where, quantiles_of(wanted), strict=True):
        stays[number, mine] = values
    there = np.flatnonzero(people.site >= 0)
    stayed = people.streams.uniform("starting_stock.share_stayed", people.key[there])
    stays[people.site[there], there] *= 1 - stayed
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
    chance = people.streams.uniform("gives_up_after", of_visit(people.key, attempt))
    waits = np.zeros(len(people))
    comers = [np.flatnonzero(reception == number) for number in range(len(network.receptions))]
    drawn = quantiles_of(
        [
            (point.gives_up_after, chance[mine])
            for mine, point in zip(comers, network.receptions, strict=True)
        ]
    )
    for mine, values in zip(comers, drawn, strict=True):
        waits[mine] = values
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
        Before the next visit, in visits (mean 1).

    Returns
    -------
    numpy.ndarray of VISIT, (visit,)

    """
    drawn = np.zeros(len(groups), dtype=VISIT)
    drawn["number"], drawn["gap"] = visit, gap
    chances = people.streams.uniforms(_OF_A_VISIT, of_visit(people.key[groups], visit))
    beds = {ward.name: (ward.length_of_stay, ward.refers_on_after) for ward in network.wards}
    alike: dict[tuple[Any, ...], list[int]] = {}
    for number, post in enumerate(network.health_posts):
        needs = (post.triage_time, post.consultation_time, post.classes)
        alike.setdefault((*needs, beds[post.ward] if post.ward else None), []).append(number)
    served = posts_of(network, reception)[groups] if len(alike) > 1 else None
    wanted: list[tuple[Distribution | None, NDArray[np.float64]]] = []
    where: list[tuple[str, Any]] = []
    drawn["patience"] = np.nan
    for (triage_time, consultation_time, classes, bed), posts in alike.items():
        mine: Any = slice(None) if served is None else np.flatnonzero(np.isin(served, posts))
        triage, consultation, chance, patience, referral, stay = chances[:, mine]
        wanted += [(triage_time, triage), (consultation_time, consultation)]
        where += [("triage_time", mine), ("consultation_time", mine)]
        edges = list(accumulate(one.share for one in classes))[:-1]
        acuity = np.searchsorted(np.array(edges), chance, side="right")
        drawn["acuity"][mine] = acuity
        rows = np.arange(len(visit))[mine]
        for code, one in enumerate(classes):
            if one.leaves_after is not None:
                here = np.flatnonzero(acuity == code)
                wanted.append((one.leaves_after, patience[here]))
                where.append(("patience", rows[here]))
        if bed is not None:
            length_of_stay, within = bed
            referred = referral < np.array([one.referral for one in classes])[acuity]
            drawn["is_referred"][mine] = referred
            here = np.flatnonzero(referred)
            wanted.append((length_of_stay, stay[here]))
            where.append(("ward_time", rows[here]))
            drawn["refers_after"][mine] = within if within < np.inf else np.nan
    for (name, places), values in zip(where, quantiles_of(wanted), strict=True):
        drawn[name][places] = values
    return drawn


def posts_of(network: Network, reception: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the number of the health post of every group, -1 without one, (group,)."""
    serves = np.array([_place(network.health_posts, r.health_post) for r in network.receptions])
    return serves[reception]


def _place(parts: Sequence[HealthPost], name: str | None) -> int:
    """Return the number of the part of a name; -1 without one."""
    return next((number for number, part in enumerate(parts) if part.name == name), -1)


def care_rates(
    network: Network, people: Population, reception: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return how many consultations per hour every group seeks."""
    of_post = {None: 0.0} | {
        post.name: post.visits_per_person_day / HOURS_PER_DAY for post in network.health_posts
    }
    of_reception = np.array([of_post[point.health_post] for point in network.receptions])
    return np.asarray(people.persons * of_reception[reception])


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
