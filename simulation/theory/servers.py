"""Servers with exponential times: Erlang B, C and A, machine repair."""

from __future__ import annotations

import math

import numpy as np

from simulation.theory.checks import check_positive, check_servers, check_stable


def erlang_b(*, offered_load: float, servers: int) -> float:
    """Share of requests lost when nobody can wait (M/G/c/c).

    Holds for every distribution of the service time with the same mean.

    Parameters
    ----------
    offered_load : float, dimensionless
        Arrival rate times mean service time.
    servers : int

    Returns
    -------
    float, dimensionless
        Between 0 and 1.

    Raises
    ------
    ValueError
        If there is no server or the load is not above 0.

    References
    ----------
    Erlang, A. K. (1917). Solution of some problems in the theory of probabilities of significance
    in automatic telephone exchanges. Elektroteknikeren 13.

    Examples
    --------
    >>> erlang_b(offered_load=1.0, servers=1)
    0.5

    """
    check_positive(offered_load=offered_load)
    check_servers(servers)
    lost = 1.0
    for number in range(1, servers + 1):
        lost = offered_load * lost / (number + offered_load * lost)
    return lost


def erlang_c(*, arrival_rate: float, service_rate: float, servers: int) -> float:
    """Share of requests that wait in M/M/c.

    Parameters
    ----------
    arrival_rate, service_rate : float, 1/h
    servers : int

    Returns
    -------
    float, dimensionless
        Between 0 and 1.

    Raises
    ------
    ValueError
        If the queue has no steady state.

    References
    ----------
    Gross, D., Shortle, J. F., Thompson, J. M., Harris, C. M. (2008). Fundamentals of queueing
    theory, 4th edition, section 2.3.

    Examples
    --------
    With one server it is the share of time the server is busy:

    >>> erlang_c(arrival_rate=3.0, service_rate=4.0, servers=1)
    0.75

    """
    check_positive(arrival_rate=arrival_rate, service_rate=service_rate)
    load = arrival_rate / service_rate
    check_stable(load, servers)
    lost = erlang_b(offered_load=load, servers=servers)
    return lost / (1 - load / servers * (1 - lost))


def mean_wait_markov(*, arrival_rate: float, service_rate: float, servers: int) -> float:
    """Mean waiting time in M/M/c, over all who come.

    Parameters
    ----------
    arrival_rate, service_rate : float, 1/h
    servers : int

    Returns
    -------
    float, h

    Examples
    --------
    >>> mean_wait_markov(arrival_rate=3.0, service_rate=4.0, servers=1)
    0.75

    """
    waits = erlang_c(arrival_rate=arrival_rate, service_rate=service_rate, servers=servers)
    return waits / (servers * service_rate - arrival_rate)


def erlang_a(
    *, arrival_rate: float, service_rate: float, servers: int, patience_mean: float
) -> float:
    """Share of requests that leave unserved in M/M/c+M.

    Parameters
    ----------
    arrival_rate, service_rate : float, 1/h
    servers : int
    patience_mean : float, h
        Mean of an exponential patience.

    Returns
    -------
    float, dimensionless
        Between 0 and 1. There is a steady state however large the load.

    References
    ----------
    Palm, C. (1957). Research on telephone traffic carried by full availability groups. Tele 1.
    Mandelbaum, A., Zeltyn, S. (2007). Service engineering in action: the Palm/Erlang-A queue,
    doi:10.1007/978-3-540-29860-1_2.

    Examples
    --------
    When patience is as long as the service, the number present is Poisson:

    >>> share = erlang_a(arrival_rate=4.0, service_rate=1.0, servers=1, patience_mean=1.0)
    >>> round(share, 4) == round(1 - (1 - math.exp(-4)) / 4, 4)
    True

    """
    check_positive(
        arrival_rate=arrival_rate, service_rate=service_rate, patience_mean=patience_mean
    )
    check_servers(servers)
    # Birth and death: enough states that the rest has no weight.
    load = arrival_rate / min(service_rate, 1 / patience_mean)
    states = np.arange(int(servers + load + 20 * math.sqrt(load + servers) + 50))
    queue = np.maximum(states - servers, 0)
    death = service_rate * np.minimum(states, servers) + queue / patience_mean
    log_weight = np.concatenate([[0.0], np.cumsum(math.log(arrival_rate) - np.log(death[1:]))])
    weight = np.exp(log_weight - log_weight.max())
    return float((queue * weight).sum() / weight.sum() / patience_mean / arrival_rate)


def mean_broken(*, units: int, crews: int, failure_rate: float, repair_rate: float) -> float:
    """Mean number of units out of use in the machine repair model (M/M/c//N).

    Parameters
    ----------
    units : int
        Machines, each of which fails while it is in use.
    crews : int
        Repairs at the same time.
    failure_rate, repair_rate : float, 1/h
        Of one unit in use, and of one crew.

    Returns
    -------
    float, units
        In the long run, waiting for a crew or under repair.

    Raises
    ------
    ValueError
        If a rate is not above 0, or there are no units or crews.

    Notes
    -----
    A birth and death process: with *n* units broken, failures come at rate ``(N - n) lambda`` and
    repairs at ``min(n, c) mu`` (Gross & Harris, Fundamentals of Queueing Theory, finite source
    queues).

    Examples
    --------
    >>> round(mean_broken(units=1, crews=1, failure_rate=0.1, repair_rate=0.3), 3)
    0.25

    """
    check_positive(failure_rate=failure_rate, repair_rate=repair_rate)
    check_servers(crews)
    check_servers(units)
    weights = [1.0]
    for broken in range(1, units + 1):
        fails = (units - broken + 1) * failure_rate
        weights.append(weights[-1] * fails / (min(broken, crews) * repair_rate))
    total = sum(weights)
    return sum(broken * weight for broken, weight in enumerate(weights)) / total
