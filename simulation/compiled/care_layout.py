"""The tables of care that has more to it than classes, patience and one ward, and its draws."""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from simulation.calendars import HOURS_PER_DAY
from simulation.compiled import kinds, tables
from simulation.distributions import UNIT_EXPONENTIAL, Distribution
from simulation.mortality import is_mortal
from simulation.parts import MAX_GROUP
from simulation.streams import hash64, of_visit

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from simulation.arrivals import Population
    from simulation.network import Network
    from simulation.parts import Ambulances, HealthPost, Ward
    from simulation.streams import Streams

CASES_AT_FIRST: Final = 2
"""Cases of an outbreak that are drawn for every group before the run."""
_RIDE: Final = (
    "ambulance.readiness",
    "ambulance.travel_time",
    "ambulance_back.readiness",
    "ambulance_back.travel_time",
)
"""What is drawn for every ward to which a patient may be taken by ambulance."""


def has_patients(network: Network) -> bool:
    """Whether health posts need :mod:`simulation.compiled.patients`."""
    return bool(
        network.outbreaks
        or network.casualties
        or network.ambulances
        or is_mortal(network)
        or any(ward.hospital for ward in network.wards)
        or any(post.hospital or post.households_wait for post in network.health_posts)
        or any(_worsens(post) for post in network.health_posts)
    )


def _worsens(post: HealthPost) -> bool:
    """Whether patients of a post can get worse while they wait."""
    return any(
        one.deaths_per_day > 0 or (number > 0 and one.worsens_after is not None)
        for number, one in enumerate(post.classes)
    )


class CareTables(NamedTuple):
    """What is the same in every replication; all empty where nothing of it is needed."""

    care_posts: NDArray[Any]
    classes: NDArray[Any]
    wards: NDArray[Any]
    ambulances: NDArray[Any]
    outbreaks: NDArray[Any]
    areas: NDArray[np.float64]


def care_tables(network: Network, code: dict[str, int]) -> CareTables:
    """Lay out health posts, wards, ambulances and outbreaks.

    Parameters
    ----------
    network : Network
    code : dict of str to int
        Number of every facility.

    """
    known = has_patients(network)
    posts = network.health_posts if known else ()
    wards = network.wards if known else ()
    ward = _numbers(wards)
    fleet = _numbers(network.ambulances)
    post = _numbers(posts)
    care_posts = np.zeros(len(posts), dtype=tables.CARE_POST)
    classes = np.zeros((len(posts), _most_classes(network)), dtype=tables.CLASS)
    for here, row, one in zip(care_posts, classes, posts, strict=True):
        here["ward"], here["hospital"] = ward[one.ward], ward[one.hospital]
        here["ambulances"] = fleet[one.ambulances]
        here["worsens"], here["households_wait"] = _worsens(one), one.households_wait
        for mine, acuity in zip(row, one.classes, strict=False):
            mine["hazard"] = acuity.deaths_per_day / HOURS_PER_DAY
            mine["straight"] = acuity.straight_to_hospital
            mine["referral"] = acuity.referral
    beds = [
        (w.refers_on_after, w.needs_hospital, code[w.name], ward[w.hospital], fleet[w.ambulances])
        for w in wards
    ]
    vehicles = [(one.return_time, code[one.name], one.brings_back) for one in network.ambulances]
    outbreaks = np.zeros(len(network.outbreaks), dtype=tables.OUTBREAK)
    for here, spread in zip(outbreaks, network.outbreaks, strict=True):
        most = max(1.0, spread.crowding_factor)
        here["begins"], here["ends"] = spread.begins, spread.ends
        here["rate"] = spread.attack_rate * most / HOURS_PER_DAY
        here["most"], here["post"] = most, post[spread.health_post]
        here["crowded_below"] = spread.crowded_below
        here["crowding_factor"] = spread.crowding_factor
    return CareTables(
        care_posts=care_posts,
        classes=classes,
        wards=np.array(beds, dtype=tables.WARD),
        ambulances=np.array(vehicles, dtype=tables.AMBULANCE),
        outbreaks=outbreaks,
        areas=np.array([np.inf if one.area is None else one.area for one in network.sites])
        if network.outbreaks
        else np.zeros(0),
    )


def _numbers(parts: Iterable[HealthPost | Ward | Ambulances]) -> dict[str | None, int]:
    return {None: -1} | {part.name: number for number, part in enumerate(parts)}


def _most_classes(network: Network) -> int:
    return max((len(post.classes) for post in network.health_posts), default=0)


class CareDraws(NamedTuple):
    """What is drawn for patients; none is written to. Empty where nothing of it is needed."""

    needs: NDArray[np.float64]
    """By visit in the order of :class:`simulation.compiled.ahead.VisitsAhead`."""
    well: NDArray[np.int64]
    """Members who can fall ill in each outbreak, among the first ones of every group."""
    first_member: NDArray[np.int64]
    """Where those of every group begin in ``well``."""
    mass: NDArray[Any]
    casualties: NDArray[Any]
    casualty_needs: NDArray[np.float64]
    cases: NDArray[Any]
    case_needs: NDArray[np.float64]
    """As :func:`draw_cases` returns them."""
    death_gaps: NDArray[np.float64]
    """Unit exponentials, (death, group); empty when nobody dies in reception."""


def draw_care(network: Network, people: Population, needs: NDArray[np.float64]) -> CareDraws:
    """Draw what the people and those of incidents need, beside the needs of visits.

    Parameters
    ----------
    network : Network
        With patients, as :func:`has_patients` says.
    people : Population
    needs : numpy.ndarray, (visit, need)
        From :func:`visit_needs`.

    """
    spread, incidents = network.outbreaks, network.casualties
    first_member = np.cumsum(people.persons + 1) - (people.persons + 1)
    well = np.zeros((len(spread), int((people.persons + 1).sum())), dtype=np.int64)
    for row, outbreak in zip(well, spread, strict=True):
        row[:] = _well(people, first_member, outbreak.name, outbreak.protected)
    mass = np.zeros(len(incidents), dtype=tables.MASS)
    casualties = [np.zeros(0, dtype=tables.CASUALTY)]
    drawn = [np.zeros((0, needs.shape[1]))]
    posts = [post.name for post in network.health_posts]
    last = 0
    for here, one in zip(mass, incidents, strict=True):
        post = network.health_posts[posts.index(one.health_post)]
        key = np.uint64(hash64(one.name)) + np.arange(one.patients, dtype=np.uint64)
        after = np.zeros(one.patients)
        if one.spread_over > 0:
            when = Distribution("uniform", low=0.0, high=one.spread_over)
            after = people.streams.draw(f"{one.name}/arrival", when, key)
        order = np.argsort(after, kind="stable")
        made = np.zeros(one.patients, dtype=tables.CASUALTY)
        made["due"], made["needs"] = one.at + after[order], last + order
        acuity = _classes(post, one.acuity, people.streams.uniform(f"{one.name}/acuity", key))
        made["acuity"] = acuity[order]
        casualties.append(made)
        first = of_visit(key, 1)
        drawn.append(needs_of(network, people.streams, f"{one.name}/", post, first))
        here["next"], here["last"], here["post"] = last, last + one.patients, posts.index(post.name)
        last += one.patients
    return CareDraws(
        needs,
        well,
        first_member,
        mass,
        np.concatenate(casualties),
        np.concatenate(drawn),
        *draw_cases(network, people, 0, CASES_AT_FIRST),
        _death_gaps(network, people),
    )


def _death_gaps(network: Network, people: Population) -> NDArray[np.float64]:
    if not any(point.deaths_per_person_day > 0 for point in network.receptions):
        return np.zeros((0, len(people)))
    index = of_visit(people.key, np.arange(1, people.persons.max(initial=0) + 1)[:, None])
    return people.streams.draw("reception.death", UNIT_EXPONENTIAL, index)


def no_care() -> CareDraws:
    """Return what is drawn where :func:`has_patients` says that there is nobody to draw for."""
    nobody, nothing = np.zeros(0, dtype=np.int64), np.zeros((0, 1))
    return CareDraws(
        needs=nothing,
        well=nobody[None, :],
        first_member=nobody,
        mass=np.zeros(0, dtype=tables.MASS),
        casualties=np.zeros(0, dtype=tables.CASUALTY),
        casualty_needs=nothing,
        cases=np.zeros((0, 1), dtype=tables.CASE),
        case_needs=nothing,
        death_gaps=nothing,
    )


def _well(
    people: Population, first_member: NDArray[np.int64], name: str, protected: float
) -> NDArray[np.int64]:
    """Count who can fall ill among the first 0, 1, ... members of every group, group by group."""
    sizes = people.persons + 1
    group = np.repeat(np.arange(len(people)), sizes)
    slot = np.maximum(np.arange(len(group)) - first_member[group] - 1, 0)
    index = people.key[group] * np.uint64(MAX_GROUP) + slot.astype(np.uint64)
    drawn = people.streams.uniform(f"{name}/protected", index) >= protected
    drawn[first_member] = False
    counts = np.cumsum(drawn)
    return counts - counts[first_member[group]]


def _classes(
    post: HealthPost, mix: tuple[tuple[str, float], ...], chance: NDArray[np.float64]
) -> NDArray[np.int64]:
    """Class of every patient of a mix."""
    names = [one.name for one in post.classes]
    edges = list(accumulate(share for _, share in mix))[:-1]
    index = np.array([names.index(name) for name, _ in mix])
    return index[np.searchsorted(np.array(edges), chance, side="right")]


def draw_cases(
    network: Network, people: Population, first: int, last: int
) -> tuple[NDArray[Any], NDArray[np.float64]]:
    """Draw cases of outbreaks in every group, from a number up to another.

    Returns
    -------
    tuple of numpy.ndarray
        CASE, (number times outbreak, group); and needs, (number times outbreak times group, need).

    """
    names = [post.name for post in network.health_posts]
    count = last - first if network.outbreaks else 0
    number = np.arange(first + 1, first + count + 1)[:, None]
    index = of_visit(people.key, number).reshape(-1)
    shape = (count, len(network.outbreaks), len(people))
    cases, needs = np.zeros(shape, dtype=tables.CASE), np.zeros((*shape, needs_width(network)))
    for place, one in enumerate(network.outbreaks):
        post, mine = network.health_posts[names.index(one.health_post)], cases[:, place]
        gap, kept, acuity = people.streams.uniforms(
            [f"{one.name}/{what}" for what in ("gap", "kept", "acuity")], index
        )
        mine["gap"] = UNIT_EXPONENTIAL.quantile(gap).reshape(mine.shape)
        mine["kept"] = kept.reshape(mine.shape)
        mine["acuity"] = _classes(post, one.acuity, acuity).reshape(mine.shape)
        drawn = needs_of(network, people.streams, f"{one.name}/", post, index)
        needs[:, place] = drawn.reshape(*mine.shape, drawn.shape[1])
    rows = count * len(network.outbreaks)
    wide = needs.reshape(rows * len(people), needs.shape[3])
    return cases.reshape(rows, len(people)), wide


def needs_width(network: Network) -> int:
    """How many numbers are drawn for a patient."""
    if not has_patients(network):
        return 1
    per_ward = kinds.RIDES + kinds.NEEDS_PER_RIDE * len(network.ambulances)
    return kinds.PATIENCE + 2 * _most_classes(network) + per_ward * len(network.wards)


def visit_needs(
    network: Network,
    people: Population,
    serves: NDArray[np.int64],
    visit: NDArray[np.int64],
    groups: NDArray[np.int64],
) -> NDArray[np.float64]:
    """Draw what members of groups need at their own visits.

    Parameters
    ----------
    network : Network
    people : Population
    serves : numpy.ndarray of int, (group,)
        Health post of every group; -1 without one.
    visit : numpy.ndarray of int, (visit,)
        Numbers of the visits, from 1.
    groups : numpy.ndarray of int, (visit,)
        Who comes to them.

    """
    drawn = np.zeros((len(groups), needs_width(network)))
    index = of_visit(people.key[groups], visit)
    for number, post in enumerate(network.health_posts):
        mine = np.flatnonzero(serves[groups] == number)
        if len(mine):
            drawn[mine] = needs_of(network, people.streams, "", post, index[mine])
    return drawn


def needs_of(
    network: Network, streams: Streams, prefix: str, post: HealthPost, index: NDArray[np.uint64]
) -> NDArray[np.float64]:
    """Draw what patients need at a health post and behind it, (patient, need).

    Parameters
    ----------
    network : Network
    streams : Streams
    prefix : str
        Of the names of the streams, as in :class:`simulation.patients.Source`.
    post : HealthPost
    index : numpy.ndarray of uint64, (patient,)

    """

    def uniform(name: str) -> NDArray[np.float64]:
        return streams.uniform(f"{prefix}{name}", index)

    drawn = np.full((len(index), needs_width(network)), np.inf)
    drawn[:, kinds.TRIAGE_TIME] = post.triage_time.quantile(uniform("health.triage_time"))
    drawn[:, kinds.CONSULTATION_TIME] = post.consultation_time.quantile(
        uniform("health.consultation_time")
    )
    drawn[:, kinds.LIFE] = UNIT_EXPONENTIAL.quantile(uniform("health.life"))
    drawn[:, kinds.STRAIGHT] = uniform("health.straight_to_hospital")
    drawn[:, kinds.REFERRAL] = uniform("health.referral")
    place = kinds.PATIENCE
    patience = uniform("health.patience")
    for number, one in enumerate(post.classes):
        if one.leaves_after is not None:
            drawn[:, place + number] = one.leaves_after.quantile(patience)
    place += _most_classes(network)
    for number, one in enumerate(post.classes):
        if number and one.worsens_after is not None:
            chance = uniform(f"health.worsens/{one.name}")
            drawn[:, place + number] = one.worsens_after.quantile(chance)
    place += _most_classes(network)
    stay = uniform("ward.length_of_stay")
    for ward in network.wards:
        drawn[:, place + kinds.BED_TIME] = ward.length_of_stay.quantile(stay)
        drawn[:, place + kinds.NEEDS_HOSPITAL] = uniform(f"{ward.name}/needs_hospital")
        place += kinds.RIDES
        if network.ambulances:
            chances = [uniform(f"{ward.name}/{ride}") for ride in _RIDE]
        for fleet in network.ambulances:
            times = (fleet.readiness, fleet.travel_time) * 2
            for number, (time, chance) in enumerate(zip(times, chances, strict=True)):
                drawn[:, place + number] = time.quantile(chance)
            place += kinds.NEEDS_PER_RIDE
    return drawn
