"""The tables of the way onward, as they stand at hour 0, and what is drawn for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from simulation.compiled import tables

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simulation.arrivals import Population
    from simulation.network import Network

_NO_LIMIT: Final = 1 << 60
"""Places at a destination that takes everybody."""


def transport_table(network: Network) -> NDArray[Any]:
    """Lay out what vehicles do beside what every facility has, (transport,)."""
    made = np.zeros(len(network.transports), dtype=tables.TRANSPORT)
    for here, one in zip(made, network.transports, strict=True):
        places = one.destination_places
        here["longest_wait"], here["on_demand"] = one.longest_wait, one.on_demand
        here["ready_at"] = 0.0 if one.mobilization is None else np.inf
        here["places"] = _NO_LIMIT if places is None else places.values[0]
        here["is_limited"] = places is not None
        here["has_stay"] = one.destination_stay is not None
    return made


def mobilizations(network: Network, people: Population, count: int) -> NDArray[np.float64]:
    """Return the times until the first vehicles called stand ready, (transport, call), hours."""
    index = np.arange(count, dtype=np.uint64)
    times = np.zeros((len(network.transports), count))
    for mine, one in zip(times, network.transports, strict=True):
        if one.mobilization is not None:
            mine[:] = people.streams.draw(f"{one.name}.mobilization", one.mobilization, index)
    return times


def destination_stays(network: Network, people: Population) -> NDArray[np.float64]:
    """Return the stay of every group at destinations, (transport, group), hours.

    Empty when no transport has such a stay.
    """
    if not any(one.destination_stay for one in network.transports):
        return np.zeros((0, len(people)))
    stays = np.zeros((len(network.transports), len(people)))
    for mine, one in zip(stays, network.transports, strict=True):
        if one.destination_stay is not None:
            name = f"{one.name}.destination_stay"
            mine[:] = people.streams.draw(name, one.destination_stay, people.key)
    return stays
