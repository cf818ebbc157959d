"""Open networks of Markov queues (Jackson 1957, doi:10.1287/opre.5.4.518)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simulation.theory.checks import check_positive
from simulation.theory.servers import mean_wait_markov

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


def throughputs(
    *, arrival_rates: Sequence[float], routing: Sequence[Sequence[float]]
) -> NDArray[np.float64]:
    """Rate at which each queue of a network is asked, from ``flow = arrivals + flow @ routing``.

    Parameters
    ----------
    arrival_rates : sequence of float, (queue,), 1/h
        From outside.
    routing : sequence of sequence of float, (queue, queue), dimensionless
        Share of those served at one queue who go to another, or back to the same; the rest leave.

    Returns
    -------
    numpy.ndarray, (queue,), 1/h

    Raises
    ------
    ValueError
        If there are not as many rows and columns as queues, shares are impossible, or somebody
        never leaves.

    Examples
    --------
    Half of those served come back:

    >>> throughputs(arrival_rates=[0.3], routing=[[0.5]])
    array([0.6])

    """
    queues = len(arrival_rates)
    if len(routing) != queues or any(len(row) != queues for row in routing):
        msg = (
            f"there are {queues} arrival rates, so routing needs {queues} rows of {queues} shares; "
            f"given: {len(routing)} rows of {', '.join(str(len(row)) for row in routing)}."
        )
        raise ValueError(msg)
    arrivals, shares = np.asarray(arrival_rates, float), np.asarray(routing, float)
    possible = np.isfinite(arrivals).all() and (arrivals >= 0).all() and (shares >= 0).all()
    if not possible or not (shares.sum(axis=1) <= 1 + 1e-9).all():
        msg = f"arrivals {arrivals.tolist()} and routing {shares.tolist()} are not possible."
        raise ValueError(msg)
    if np.abs(np.linalg.eigvals(shares)).max() >= 1:
        msg = f"nobody leaves the network with the routing {shares.tolist()}."
        raise ValueError(msg)
    flow: NDArray[np.float64] = np.linalg.solve(np.eye(len(arrivals)) - shares.T, arrivals)
    return flow


def mean_waits_jackson(
    *,
    arrival_rates: Sequence[float],
    routing: Sequence[Sequence[float]],
    service_rates: Sequence[float],
    servers: Sequence[int],
) -> tuple[float, ...]:
    """Mean wait at each queue of an open network of Markov queues.

    Every queue behaves as if it were alone, with Poisson arrivals at its throughput.

    Parameters
    ----------
    arrival_rates, routing
        See :func:`throughputs`.
    service_rates : sequence of float, (queue,), 1/h
        Of one server.
    servers : sequence of int, (queue,)

    Returns
    -------
    tuple of float, (queue,), h
        0 for a queue that nobody comes to.

    Raises
    ------
    ValueError
        If a queue has no steady state.

    Examples
    --------
    >>> mean_waits_jackson(
    ...     arrival_rates=[0.3], routing=[[0.5]], service_rates=[1.0], servers=[1]
    ... )
    (1.5...,)

    """
    check_positive(**{f"service_rate {n}": rate for n, rate in enumerate(service_rates, start=1)})
    flow = throughputs(arrival_rates=arrival_rates, routing=routing)
    return tuple(
        mean_wait_markov(arrival_rate=float(rate), service_rate=speed, servers=count)
        if rate > 0
        else 0.0
        for rate, speed, count in zip(flow, service_rates, servers, strict=True)
    )
