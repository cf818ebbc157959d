"""From displaced people per period to groups with a time of arrival and needs.

A group is known by a number that depends only on its inflow, its period and its rank there, and all
its draws belong to that number. So a plan that takes a larger share of the displaced people meets
the same groups as before, and more.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from simulation.calendars import HOURS_PER_DAY
from simulation.parts import MAX_GROUP, Inflow
from simulation.streams import Streams, hash64

if TYPE_CHECKING:
    import datetime as dt

    from numpy.typing import NDArray

    from simulation.distributions import Distribution
    from simulation.network import Network

STARTING_STOCK: Final = -1
"""Inflow number of groups that are in a site when the run begins."""
_VISIT_BITS: Final = np.uint64(40)
_ALL: Final = slice(None)
_TYPES: Final = {"key": np.uint64, "unaccompanied": np.bool_, "cut_off": np.bool_}


@dataclass(frozen=True)
class Period:
    """A period of the forecast: first day and the day after its last, hours from the start."""

    label: str
    begins: float
    ends: float


@dataclass(frozen=True)
class Population:
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
    unaccompanied, cut_off : numpy.ndarray of bool, (group,)
    site : numpy.ndarray of int, (group,)
        Site of a group of the starting stock, else -1.

    """

    streams: Streams
    key: NDArray[np.uint64]
    inflow: NDArray[np.int64]
    arrived: NDArray[np.float64]
    persons: NDArray[np.int64]
    children: NDArray[np.int64]
    under_five: NDArray[np.int64]
    women: NDArray[np.int64]
    vulnerable: NDArray[np.int64]
    unaccompanied: NDArray[np.bool_]
    cut_off: NDArray[np.bool_]
    site: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.key)

    def draw(
        self,
        name: str,
        distribution: Distribution,
        visit: int = 0,
        groups: slice = _ALL,
    ) -> list[float]:
        """One draw per group, and per visit of that number, from a named stream."""
        index = self._index(visit, groups)
        draws: list[float] = self.streams.draw(name, distribution, index).tolist()
        return draws

    def uniform(self, name: str, visit: int = 0, groups: slice = _ALL) -> list[float]:
        """One uniform draw per group, and per visit of that number."""
        draws: list[float] = self.streams.uniform(name, self._index(visit, groups)).tolist()
        return draws

    def _index(self, visit: int, groups: slice) -> NDArray[np.uint64]:
        return self.key[groups] + (np.uint64(visit) << _VISIT_BITS)

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
    blocks = [_starting_stock(network, i, streams) for i in range(len(network.sites))]
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
                blocks.append(_block(inflow, number, period, persons, streams))
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
    children: NDArray[np.int64]
    under_five: NDArray[np.int64]
    women: NDArray[np.int64]
    vulnerable: NDArray[np.int64]
    unaccompanied: NDArray[np.bool_]
    cut_off: NDArray[np.bool_]


def _block(inflow: Inflow, number: int, period: Period, target: int, streams: Streams) -> _Block:
    key, persons = _sizes(f"{inflow.name}/{period.label}", inflow.group_size, target, streams)
    days = (period.ends - period.begins) / HOURS_PER_DAY
    day = np.floor(_day(inflow, period, days, streams.uniform("arrival.day", key), streams))
    hour = _hour(inflow.hours, streams.uniform("arrival.hour", key))
    attributes = _attributes(inflow, key, persons, streams)
    cut_off = streams.uniform("arrival.cut_off", key) < inflow.cut_off
    arrived = period.begins + day * HOURS_PER_DAY + hour
    return _Block(key, number, -1, arrived, persons, *attributes, cut_off)


def _sizes(
    label: str, sizes: Distribution, target: int, streams: Streams
) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    """Draw groups until they hold the target number of persons; the last one is cut to fit."""
    first = np.uint64(hash64(label))
    count = int(target / max(sizes.expected(), 1.0) * 1.1) + 16
    while True:
        key = first + np.arange(count, dtype=np.uint64)
        persons = streams.draw("arrival.size", sizes, key).astype(np.int64)
        persons = np.clip(persons, 1, MAX_GROUP)
        total = np.cumsum(persons)
        if total[-1] >= target:
            break
        count *= 2
    groups = int(np.searchsorted(total, target)) + 1
    persons = persons[:groups].copy()
    persons[-1] -= total[groups - 1] - target
    return key[:groups], persons


def _day(
    inflow: Inflow, period: Period, days: float, u: NDArray[np.float64], streams: Streams
) -> NDArray[np.float64]:
    if inflow.onset_days == 0:
        return u * days
    # One onset per period for all inflows: the river floods them together.
    onset_key = np.array([hash64(period.label)], dtype=np.uint64)
    onset = np.floor(streams.uniform("arrival.onset", onset_key)[0] * days)
    within = 1 - np.exp(-days / inflow.onset_days)
    since: NDArray[np.float64] = -inflow.onset_days * np.log1p(-u * within)
    # What would fall after the end of the month is the tail of an onset before it, so that over
    # many futures no part of a month is favored.
    day: NDArray[np.float64] = np.minimum((onset + since) % days, np.nextafter(days, 0))
    return day


def _hour(weights: tuple[float, ...], u: NDArray[np.float64]) -> NDArray[np.float64]:
    edges = np.concatenate([[0.0], np.cumsum(weights)])
    hours: NDArray[np.float64] = np.minimum(
        np.interp(u, edges / edges[-1], np.arange(25.0)), np.nextafter(24.0, 0)
    )
    return hours


def _attributes(
    inflow: Inflow, key: NDArray[np.uint64], persons: NDArray[np.int64], streams: Streams
) -> tuple[
    NDArray[np.int64],
    NDArray[np.int64],
    NDArray[np.int64],
    NDArray[np.int64],
    NDArray[np.bool_],
]:
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
    vulnerable = pregnant | disability | urgent
    return (
        (child & present).sum(axis=1),
        (under_five & present).sum(axis=1),
        (female & ~child & present).sum(axis=1),
        (vulnerable & present).sum(axis=1),
        alone,
    )


def _starting_stock(network: Network, site: int, streams: Streams) -> _Block:
    """Draw groups that are in a site at hour 0, composed like the first inflow."""
    stock = network.sites[site].starting_stock
    label = f"{network.sites[site].name}/starting stock"
    if stock == 0 or not network.inflows:
        nobody = np.empty(0, dtype=np.int64)
        none = np.empty(0, dtype=np.bool_)
        key = np.empty(0, dtype=np.uint64)
        return _Block(
            key=key,
            inflow=STARTING_STOCK,
            site=site,
            arrived=np.empty(0),
            persons=nobody,
            children=nobody,
            under_five=nobody,
            women=nobody,
            vulnerable=nobody,
            unaccompanied=none,
            cut_off=none,
        )
    inflow = network.inflows[0]
    key, persons = _sizes(label, inflow.group_size, stock, streams)
    attributes = _attributes(inflow, key, persons, streams)
    nowhere = np.zeros(len(key), dtype=np.bool_)
    return _Block(key, STARTING_STOCK, site, np.zeros(len(key)), persons, *attributes, nowhere)


def _sorted(blocks: list[_Block], until: float, streams: Streams) -> Population:
    blocks = [block for block in blocks if len(block.key)]
    lengths = [len(block.key) for block in blocks]
    arrived = np.concatenate([np.empty(0), *(block.arrived for block in blocks)])
    order = np.argsort(arrived, kind="stable")
    order = order[arrived[order] >= 0]
    # The simulated clock adds gap to gap; the table holds the very same sums.
    arrived = np.cumsum(np.diff(arrived[order], prepend=0.0))
    arrived = arrived[arrived < until]
    order = order[: len(arrived)]

    def joined(name: str) -> NDArray[Any]:
        template: NDArray[Any] = np.empty(0, dtype=_TYPES.get(name, np.int64))
        return np.concatenate([template, *(getattr(block, name) for block in blocks)])[order]

    def repeated(name: str) -> NDArray[np.int64]:
        values = np.array([getattr(block, name) for block in blocks], dtype=np.int64)
        return np.repeat(values, lengths)[order]

    return Population(
        streams=streams,
        key=joined("key"),
        inflow=repeated("inflow"),
        arrived=arrived,
        persons=joined("persons"),
        children=joined("children"),
        under_five=joined("under_five"),
        women=joined("women"),
        vulnerable=joined("vulnerable"),
        unaccompanied=joined("unaccompanied"),
        cut_off=joined("cut_off"),
        site=repeated("site"),
    )
