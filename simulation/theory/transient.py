"""How a queue fills from empty, before it has settled."""

from __future__ import annotations

import numpy as np
from scipy import stats

from simulation.theory.checks import check_not_negative, check_positive, check_servers

_LEFT_OUT = 1e-13
"""Probability of more arrivals, or more changes, than are counted."""


def mean_present_markov(
    *, arrival_rate: float, service_rate: float, servers: int, time: float
) -> float:
    """Mean number waiting and in service some time after an empty start (M/M/c).

    Parameters
    ----------
    arrival_rate, service_rate : float, 1/h
        The service rate is that of one server. The queue need not be stable.
    servers : int
    time : float, h

    Returns
    -------
    float

    Raises
    ------
    ValueError
        If a number is not possible.

    Notes
    -----
    Uniformization: the number present changes as a Markov chain at the times of a Poisson process
    of rate ``arrival_rate + servers * service_rate``. No more can be present than have arrived,
    which bounds the chain.

    References
    ----------
    Grassmann, W. K. (1977). Transient solutions in Markovian queueing systems. Computers and
    Operations Research 4, doi:10.1016/0305-0548(77)90007-7.

    Examples
    --------
    At first nobody has left; after long it is the queue that has settled, here with four present:

    >>> queue = {"arrival_rate": 0.8, "service_rate": 1.0, "servers": 1}
    >>> [round(mean_present_markov(**queue, time=time), 3) for time in (0.01, 5.0, 500.0)]
    [0.008, 1.469, 4.0]

    """
    check_positive(arrival_rate=arrival_rate, service_rate=service_rate)
    check_servers(servers)
    check_not_negative(time=time)
    pace = arrival_rate + servers * service_rate
    most = int(stats.poisson.isf(_LEFT_OUT, arrival_rate * time)) + 1
    states = np.arange(most + 1)
    up = np.where(states < most, arrival_rate, 0.0) / pace
    down = np.minimum(states, servers) * service_rate / pace
    chance = np.zeros(most + 1)
    chance[0] = 1.0
    changes = np.arange(int(stats.poisson.isf(_LEFT_OUT, pace * time)) + 1)
    mean = 0.0
    for weight in stats.poisson.pmf(changes, pace * time).tolist():
        mean += weight * float(states @ chance)
        stays = chance * (1 - up - down)
        stays[1:] += (chance * up)[:-1]
        stays[:-1] += (chance * down)[1:]
        chance = stays
    return mean
