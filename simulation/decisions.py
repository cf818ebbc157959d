"""When a plan acts on its forecast: the chance of a large period, read at the start of each period.

Within one run there is one forecast, issued at its start. A decision about a period is made
``notice`` before the period begins, but not before the run. As issued, the chance is the share of
all samples above the threshold, the same in every future. Updated, only the samples that agree best
with the periods that are over at the time of the decision count, so that the decision differs
between futures; the sample that plays the part of reality is never among them. Neither looks ahead.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from simulation.parts import ForecastCondition

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from simulation.departures import Period
    from simulation.network import Network

NEIGHBORS: Final = 0.1
"""Share of the samples that an updated forecast keeps ..."""
FEWEST_NEIGHBORS: Final = 20
"""... and how many at least, so that a chance has a resolution of 5 %."""


def decision_times(
    network: Network,
    displaced: NDArray[np.float64],
    locations: Sequence[str],
    causes: Sequence[str],
    calendar: Sequence[Period],
    sample: int,
) -> tuple[tuple[float, ...], ...]:
    """Return when each trigger decides to act on the forecast in one future.

    Parameters
    ----------
    network : Network
    displaced : numpy.ndarray, (sample, time, location, cause), persons per period
        All samples of the forecast.
    locations, causes : sequence of str
        Labels of the last two dims.
    calendar : sequence of Period
        The periods of the second dim.
    sample : int
        The sample that this future meets.

    Returns
    -------
    tuple of tuple of float, hours from the start of the run
        One entry per trigger; empty for triggers whose condition is measured.

    """
    return tuple(
        _times(network, t.condition, displaced, locations, causes, calendar, sample)
        if isinstance(t.condition, ForecastCondition)
        else ()
        for t in network.triggers
    )


def _times(
    network: Network,
    condition: ForecastCondition,
    displaced: NDArray[np.float64],
    locations: Sequence[str],
    causes: Sequence[str],
    calendar: Sequence[Period],
    sample: int,
) -> tuple[float, ...]:
    pairs = {
        (place, cause)
        for inflow in network.inflows
        if inflow.name in condition.inflows
        for place in inflow.locations
        for cause in inflow.causes or causes
    }
    totals = np.zeros(displaced.shape[:2])
    for place, cause in sorted(pairs):
        totals += displaced[:, :, locations.index(place), causes.index(cause)]
    times = []
    for number, period in enumerate(calendar):
        decided = max(period.begins - condition.notice, 0.0)
        if period.ends <= 0 or period.begins >= network.run_length:
            continue
        seen = [i for i, earlier in enumerate(calendar[:number]) if earlier.ends <= decided]
        rows = _agreeing(totals, seen, sample) if condition.updated else np.arange(len(totals))
        if float((totals[rows, number] > condition.above).mean()) >= condition.chance:
            times.append(decided)
    return tuple(times)


def _agreeing(totals: NDArray[np.float64], seen: list[int], sample: int) -> NDArray[np.int64]:
    """Return the other samples that agree best, on a log scale, with the periods seen."""
    others = np.delete(np.arange(len(totals)), sample)
    if not seen or not len(others):
        return np.arange(len(totals))
    known = np.log1p(totals[:, seen])
    distance = np.abs(known[others] - known[sample]).sum(axis=1)
    keep = max(round(NEIGHBORS * len(others)), FEWEST_NEIGHBORS)
    return others[np.argsort(distance, kind="stable")[:keep]]
