"""From displaced people per period to boats, groups, their times of arrival and needs.

A group is known by a number that depends only on its inflow, its period and its rank there (by
itself or on board of a boat), and all its draws belong to that number. So a plan that takes a
larger share of the displaced people meets the same groups as before, and more.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from simulation.calendars import HOURS_PER_DAY
from simulation.departures import Period, days_of, hours_of
from simulation.members import MEMBER_TYPES, Members, members_of
from simulation.parts import MAX_BOAT, MAX_GROUP
from simulation.streams import Keyed, Streams, hash64, spread

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable

    from numpy.typing import NDArray

    from simulation.distributions import Distribution
    from simulation.network import Network

STARTING_STOCK: Final = -1
"""Inflow number of groups that are in a site when the run begins."""


@dataclass(frozen=True)
class Population(Keyed):
    """The groups of one replication, in order of arrival.

    Parameters
    ----------
    streams : Streams
        Source of every further draw.
    key : numpy.ndarray of uint64, (group,)
        Number of each group, to which its draws belong.
    inflow : numpy.ndarray of int, (group,)
        Index into the inflows of the network, or :data:`STARTING_STOCK`.
    arrived : numpy.ndarray, (group,), hours
        When the group is displaced; it asks for rescue or reception then.
    persons, children, under_five, women, vulnerable : numpy.ndarray of int, (group,), persons
    urgent, chronic : numpy.ndarray of int, (group,), persons
        Members who need care at once on arrival, and members with a chronic condition but no
        urgent need: the acuity that they arrive with.
    unaccompanied, cut_off : numpy.ndarray of bool, (group,)
    site : numpy.ndarray of int, (group,)
        Site of a group of the starting stock, else -1.
    boat : numpy.ndarray of int, (group,)
        Number of the boat that brought the group, in order of arrival, else -1.

    """

    inflow: NDArray[np.int64]
    arrived: NDArray[np.float64]
    persons: NDArray[np.int64]
    children: NDArray[np.int64]
    under_five: NDArray[np.int64]
    women: NDArray[np.int64]
    vulnerable: NDArray[np.int64]
    urgent: NDArray[np.int64]
    chronic: NDArray[np.int64]
    unaccompanied: NDArray[np.bool_]
    cut_off: NDArray[np.bool_]
    site: NDArray[np.int64]
    boat: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.key)

    def by_member(self, name: str, group: int, persons: int) -> NDArray[np.float64]:
        """One uniform draw for each of the first members of a group."""
        slots = np.arange(persons, dtype=np.uint64)
        return self.streams.uniform(
            name, self.key[group : group + 1] * np.uint64(MAX_GROUP) + slots
        )

    @cached_property
    def memo(self) -> dict[Any, Any]:
        """What an engine has worked out for these people and may use again."""
        return {}

    @cached_property
    def gaps(self) -> list[float]:
        """Hours between successive arrivals; accumulated in order they give ``arrived``."""
        gaps: list[float] = np.diff(self.arrived, prepend=0.0).tolist()
        return gaps


def periods(start: dt.date, firsts: list[dt.date], end: dt.date) -> list[Period]:
    """Periods in hours from the start of the run.

    Parameters
    ----------
    start : datetime.date
        Hour 0 of the run.
    firsts : list of datetime.date
        First days of the periods, in order.
    end : datetime.date
        Day after the last period.

    """
    edges = [*firsts, end]
    return [
        Period(
            label=first.isoformat(),
            begins=(first - start).days * HOURS_PER_DAY,
            ends=(after - start).days * HOURS_PER_DAY,
        )
        for first, after in pairwise(edges)
    ]


def population(
    network: Network,
    displaced: NDArray[np.float64],
    locations: list[str],
    causes: list[str],
    calendar: list[Period],
    streams: Streams,
) -> Population:
    """Draw the groups of one replication from one sample of the forecast.

    Parameters
    ----------
    network : Network
    displaced : numpy.ndarray, (time, location, cause), persons per period
        One joint sample of the forecast; without causes the last dim has length one.
    locations, causes : list of str
        Labels of the last two dims.
    calendar : list of Period
        The periods of the first dim.
    streams : Streams

    Returns
    -------
    Population
        Only groups that arrive within the run.

    Raises
    ------
    ValueError
        If an inflow names a location or cause that the forecast does not have, names no cause
        where the forecast has several, or the forecast is missing or negative in the run.

    """
    stocks = [_starting_stock(network, i, streams) for i in range(len(network.sites))]
    blocks = [stock for stock in stocks if stock is not None]
    for number, inflow in enumerate(network.inflows):
        places = _positions(inflow.locations, locations, f"{inflow.name}.locations")
        reasons = _positions(inflow.causes, causes, f"{inflow.name}.causes")
        if not reasons and len(causes) > 1:
            msg = (
                f"{inflow.name}.causes is empty, but the forecast has {', '.join(causes)}. "
                "Name those that count."
            )
            raise ValueError(msg)
        counts = displaced[:, places][:, :, reasons or [0]].sum(axis=(1, 2)) * inflow.share
        comers: list[tuple[Period, int]] = []
        for period, count in zip(calendar, counts.tolist(), strict=True):
            if period.ends <= 0 or period.begins >= network.run_length:
                continue
            if not 0 <= count < np.inf:
                msg = (
                    f"{inflow.name}: the forecast for {period.label} is {count:g} persons; the run "
                    "needs a number that is not negative for every period."
                )
                raise ValueError(msg)
            if (persons := round(count)) > 0:
                comers.append((period, persons))
        if comers:
            blocks.append(_block(network, number, comers, streams))
    return _sorted(blocks, network.run_length, streams)


def _positions(wanted: tuple[str, ...], known: list[str], where: str) -> list[int]:
    missing = [name for name in wanted if name not in known]
    if missing:
        msg = (
            f"{where}: the forecast has no {', '.join(map(repr, missing))}; "
            f"it has {', '.join(known)}."
        )
        raise ValueError(msg)
    return [known.index(name) for name in wanted]


@dataclass(frozen=True)
class _Block:
    key: NDArray[np.uint64]
    inflow: int
    site: int
    arrived: NDArray[np.float64]
    persons: NDArray[np.int64]
    members: Members
    cut_off: NDArray[np.bool_]
    boat: NDArray[np.int64]


def _block(
    network: Network, number: int, comers: list[tuple[Period, int]], streams: Streams
) -> _Block:
    """Draw the groups of an inflow, of all periods at once: so many persons in each."""
    inflow = network.inflows[number]
    targets = {f"{inflow.name}/{period.label}": persons for period, persons in comers}
    if inflow.boats is None:
        key, persons, counts = _sizes(targets, inflow.group_size, streams)
        mover, boat = key, np.full(len(key), -1, dtype=np.int64)
    else:
        targets = {f"{label}/boats": persons for label, persons in targets.items()}
        boats, on_board, counts = _boats(targets, inflow.boats.persons, streams)
        key, persons, boat = _households(boats, on_board, inflow.group_size, streams)
        mover = boats[boat]
        counts = np.diff(np.searchsorted(boat, np.append(0, np.cumsum(counts)))).tolist()
    when, time_of_day, chance = streams.uniforms(
        ("arrival.day", "arrival.hour", "arrival.cut_off"), mover
    )
    ends = np.cumsum(counts).tolist()
    days = [
        period.begins + days_of(network, inflow, period, u, streams) * HOURS_PER_DAY
        for (period, _), u in zip(comers, np.split(when, ends[:-1]), strict=True)
    ]
    arrived = np.concatenate(days) + hours_of(inflow.hours, time_of_day)
    members = members_of(inflow, key, persons, streams)
    return _Block(key, number, -1, arrived, persons, members, chance < inflow.cut_off, boat)


_Filled = tuple["NDArray[np.uint64]", "NDArray[np.int64]", list[int]]
"""Keys, persons, and how many of them belong to each label."""


def _sizes(targets: dict[str, int], sizes: Distribution, streams: Streams) -> _Filled:
    """Draw groups until they hold the target number of persons; the last one is cut to fit."""

    def draw(key: NDArray[np.uint64]) -> NDArray[np.int64]:
        persons = streams.draw("arrival.size", sizes, key).astype(np.int64)
        return np.clip(persons, 1, MAX_GROUP)

    return _filled(targets, sizes.expected(), draw)


def _boats(targets: dict[str, int], sizes: Distribution, streams: Streams) -> _Filled:
    """Draw boats until they hold the target number of persons; the last one is cut to fit."""

    def draw(key: NDArray[np.uint64]) -> NDArray[np.int64]:
        persons = np.rint(streams.draw("arrival.on_board", sizes, key)).astype(np.int64)
        return np.clip(persons, 1, MAX_BOAT)

    return _filled(targets, sizes.expected(), draw)


def _filled(
    targets: dict[str, int], mean: float, draw: Callable[[NDArray[np.uint64]], NDArray[np.int64]]
) -> _Filled:
    counts = [int(target / max(mean, 1.0) * 1.1) + 16 for target in targets.values()]
    keys = list(map(_numbers, targets, counts))
    drawn = np.split(draw(np.concatenate(keys)), np.cumsum(counts)[:-1])
    persons: list[NDArray[np.int64]] = []
    for part, (label, target) in enumerate(targets.items()):
        while (total := np.cumsum(drawn[part]))[-1] < target:
            counts[part] *= 2
            keys[part] = _numbers(label, counts[part])
            drawn[part] = draw(keys[part])
        groups = int(np.searchsorted(total, target)) + 1
        keys[part] = keys[part][:groups]
        persons.append(drawn[part][:groups].copy())
        persons[part][-1] -= total[groups - 1] - target
    return np.concatenate(keys), np.concatenate(persons), list(map(len, keys))


def _numbers(label: str, count: int) -> NDArray[np.uint64]:
    numbers: NDArray[np.uint64] = np.uint64(hash64(label)) + np.arange(count, dtype=np.uint64)
    return numbers


def _households(
    boats: NDArray[np.uint64], on_board: NDArray[np.int64], sizes: Distribution, streams: Streams
) -> tuple[NDArray[np.uint64], NDArray[np.int64], NDArray[np.int64]]:
    """Split the persons on board into groups; the last of each boat is cut to fit.

    Returns keys and persons of the groups, and the position of their boat.
    """
    base: NDArray[np.uint64] = spread(boats)
    ranks = int(on_board.max() / max(sizes.expected(), 1.0) * 1.3) + 4
    while True:
        key: NDArray[np.uint64] = np.add.outer(base, np.arange(ranks, dtype=np.uint64))
        persons = streams.draw("arrival.size", sizes, key).astype(np.int64)
        persons = np.clip(persons, 1, MAX_GROUP)
        total = np.cumsum(persons, axis=1)
        if (total[:, -1] >= on_board).all():
            break
        ranks *= 2
    before = total - persons
    present = before < on_board[:, None]
    persons = np.minimum(persons, on_board[:, None] - before)
    boat = np.repeat(np.arange(len(boats)), present.sum(axis=1))
    return key[present], persons[present], boat


def _starting_stock(network: Network, site: int, streams: Streams) -> _Block | None:
    """Draw groups that are in a site at hour 0, composed like the first inflow."""
    stock = network.sites[site].starting_stock
    label = f"{network.sites[site].name}/starting stock"
    if stock == 0 or not network.inflows:
        return None
    inflow = network.inflows[0]
    key, persons, _ = _sizes({label: stock}, inflow.group_size, streams)
    members = members_of(inflow, key, persons, streams)
    nowhere = np.zeros(len(key), dtype=np.bool_)
    nothing = np.full(len(key), -1, dtype=np.int64)
    return _Block(key, STARTING_STOCK, site, np.zeros(len(key)), persons, members, nowhere, nothing)


def _sorted(blocks: list[_Block], until: float, streams: Streams) -> Population:
    lengths = [len(block.key) for block in blocks]
    arrived = np.concatenate([np.empty(0), *(block.arrived for block in blocks)])
    order = np.argsort(arrived, kind="stable")
    order = order[arrived[order] >= 0]
    # The simulated clock adds gap to gap; the table holds the very same sums.
    arrived = np.cumsum(np.diff(arrived[order], prepend=0.0))
    arrived = arrived[arrived < until]
    order = order[: len(arrived)]

    def joined(values: list[NDArray[Any]], dtype: Any = np.int64) -> NDArray[Any]:
        return np.concatenate([np.empty(0, dtype=dtype), *values])[order]

    def repeated(values: list[int]) -> NDArray[np.int64]:
        return np.repeat(np.array(values, dtype=np.int64), lengths)[order]

    members: dict[str, Any] = {
        name: joined([getattr(block.members, name) for block in blocks], dtype)
        for name, dtype in MEMBER_TYPES.items()
    }
    return Population(
        streams=streams,
        key=joined([block.key for block in blocks], np.uint64),
        inflow=repeated([block.inflow for block in blocks]),
        arrived=arrived,
        persons=joined([block.persons for block in blocks]),
        **members,
        cut_off=joined([block.cut_off for block in blocks], np.bool_),
        site=repeated([block.site for block in blocks]),
        boat=_numbered(blocks, order),
    )


def _numbered(blocks: list[_Block], order: NDArray[np.int64]) -> NDArray[np.int64]:
    """Give every boat of all blocks a number, in order of arrival."""
    boats, known = [np.empty(0, dtype=np.int64)], 0
    for block in blocks:
        boats.append(np.where(block.boat >= 0, block.boat + known, -1))
        known += int(block.boat.max(initial=-1)) + 1
    boat = np.concatenate(boats)[order]
    found, first, position = np.unique(boat, return_index=True, return_inverse=True)
    rank = np.empty(len(found), dtype=np.int64)
    rank[np.argsort(first[found >= 0]) + (found < 0).sum()] = np.arange((found >= 0).sum())
    rank[found < 0] = -1
    return rank[position]
