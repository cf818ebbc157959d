"""Closed forms of queueing and search theory that the engine is tested against.

Rates are per hour and times in hours, but any consistent unit of time will do. Every function takes
keywords only, because two rates in the wrong order still give a number.
"""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from scipy import integrate

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


def _check_positive(**numbers: float) -> None:
    for name, value in numbers.items():
        if not (math.isfinite(value) and value > 0):
            msg = f"{name} is {value:g}; it must be finite and above 0."
            raise ValueError(msg)


def _check_servers(servers: int) -> None:
    if servers < 1:
        msg = f"servers is {servers}; at least one is needed."
        raise ValueError(msg)


def _check_stable(offered_load: float, servers: int) -> None:
    _check_servers(servers)
    if offered_load >= servers:
        only = f"are only {servers} servers" if servers > 1 else "is only 1 server"
        msg = (
            f"offered load is {offered_load:g} but there {only}: the queue grows without limit. "
            f"Use at least {math.floor(offered_load) + 1} servers, or simulate a finite horizon "
            "instead of asking for a steady state."
        )
        raise ValueError(msg)


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
    _check_positive(offered_load=offered_load)
    _check_servers(servers)
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
    _check_positive(arrival_rate=arrival_rate, service_rate=service_rate)
    load = arrival_rate / service_rate
    _check_stable(load, servers)
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


def mean_wait_pollaczek_khinchine(
    *, arrival_rate: float, service_mean: float, service_sd: float
) -> float:
    """Mean waiting time in M/G/1.

    Parameters
    ----------
    arrival_rate : float, 1/h
    service_mean, service_sd : float, h

    Returns
    -------
    float, h

    References
    ----------
    Pollaczek, F. (1930). Über eine Aufgabe der Wahrscheinlichkeitstheorie I. Mathematische
    Zeitschrift 32, doi:10.1007/BF01194620.

    Examples
    --------
    A service that always takes the same time halves the wait of an exponential one:

    >>> mean_wait_pollaczek_khinchine(arrival_rate=3.0, service_mean=0.25, service_sd=0.0)
    0.375

    """
    _check_positive(arrival_rate=arrival_rate, service_mean=service_mean)
    load = arrival_rate * service_mean
    _check_stable(load, 1)
    return arrival_rate * (service_mean**2 + service_sd**2) / (2 * (1 - load))


def mean_waits_by_priority(
    *, arrival_rates: Sequence[float], service_mean: float, service_sd: float, servers: int = 1
) -> list[float]:
    """Mean waiting time of each class when services are finished before the next is called.

    Parameters
    ----------
    arrival_rates : sequence of float, 1/h
        One per class, the most urgent first.
    service_mean, service_sd : float, h
        The same for all classes.
    servers : int
        With several servers the result is exact for exponential services only.

    Returns
    -------
    list of float, h
        One per class.

    Raises
    ------
    ValueError
        If there is no steady state, or several servers have services that are not exponential.

    References
    ----------
    Cobham, A. (1954). Priority assignment in waiting line problems. Operations Research 2,
    doi:10.1287/opre.2.1.70.

    Examples
    --------
    The urgent class is served as if it were nearly alone:

    >>> waits = mean_waits_by_priority(
    ...     arrival_rates=[1.0, 2.0], service_mean=0.25, service_sd=0.25
    ... )
    >>> [round(wait, 4) for wait in waits]
    [0.25, 1.0]

    """
    for rate in arrival_rates:
        _check_positive(arrival_rate=rate)
    total = sum(arrival_rates)
    _check_positive(service_mean=service_mean)
    _check_stable(total * service_mean, servers)
    if servers > 1 and not math.isclose(service_mean, service_sd):
        msg = (
            f"with {servers} servers only exponential services have a closed form, "
            f"but the mean is {service_mean:g} h and the sd {service_sd:g} h. Simulate instead."
        )
        raise ValueError(msg)
    if servers == 1:
        backlog = total * (service_mean**2 + service_sd**2) / 2
    else:
        waits = erlang_c(arrival_rate=total, service_rate=1 / service_mean, servers=servers)
        backlog = waits * service_mean / servers
    result, above = [], 0.0
    for rate in arrival_rates:
        including = above + rate * service_mean / servers
        result.append(backlog / ((1 - above) * (1 - including)))
        above = including
    return result


def mean_wait_batches(
    *, batch_rate: float, batch_mean: float, batch_sd: float, service_rate: float
) -> float:
    """Mean waiting time of a person when people come in batches to one server (M^X/M/1).

    Parameters
    ----------
    batch_rate : float, 1/h
    batch_mean, batch_sd : float, persons
    service_rate : float, 1/h
        Persons per hour.

    Returns
    -------
    float, h
        Mean over persons, first and last of a batch alike.

    References
    ----------
    Gross, D., Shortle, J. F., Thompson, J. M., Harris, C. M. (2008). Fundamentals of queueing
    theory, 4th edition, section 3.1.

    Examples
    --------
    Batches of one are M/M/1:

    >>> mean_wait_batches(batch_rate=3.0, batch_mean=1.0, batch_sd=0.0, service_rate=4.0)
    0.75

    """
    _check_positive(batch_rate=batch_rate, batch_mean=batch_mean, service_rate=service_rate)
    rate = batch_rate * batch_mean
    load = rate / service_rate
    _check_stable(load, 1)
    squared = batch_mean**2 + batch_sd**2
    in_system = load * (1 + squared / batch_mean) / (2 * (1 - load))
    return in_system / rate - 1 / service_rate


def mean_occupancy(
    *,
    time: float,
    arrival_rate: Callable[[float], float],
    survival: Callable[[float], float],
    jumps: Sequence[float] = (),
) -> float:
    """Mean number present when nobody has to wait, from empty at time 0 (M_t/G/infinity).

    Parameters
    ----------
    time : float, h
    arrival_rate : callable
        Arrivals per hour at a time in hours.
    survival : callable
        Probability that a stay is longer than a number of hours.
    jumps : sequence of float, h
        Times at which the arrival rate jumps.

    Returns
    -------
    float
        Also the variance, when people come one by one: the number present is Poisson.

    References
    ----------
    Eick, S. G., Massey, W. A., Whitt, W. (1993). The physics of the M_t/G/infinity queue.
    Operations Research 41, doi:10.1287/opre.41.4.731.

    Examples
    --------
    Two arrivals per hour who stay three hours, long after the beginning:

    >>> mean_occupancy(time=100.0, arrival_rate=lambda _: 2.0, survival=lambda s: math.exp(-s / 3))
    6.0

    """
    _check_positive(time=time)
    edges = [0.0, *sorted(j for j in jumps if 0 < j < time), time]
    return sum(
        float(integrate.quad(lambda s: arrival_rate(s) * survival(time - s), a, b, limit=200)[0])
        for a, b in pairwise(edges)
    )


def variance_with_groups(*, mean_groups: float, size_mean: float, size_sd: float) -> float:
    """Variance of persons present when whole groups come and leave together (M^X/G/infinity).

    Parameters
    ----------
    mean_groups : float, groups
        Mean number of groups present, see :func:`mean_occupancy`.
    size_mean, size_sd : float, persons

    Returns
    -------
    float, persons squared

    Examples
    --------
    Families of four vary four times as much as the same number of single persons (100):

    >>> variance_with_groups(mean_groups=25.0, size_mean=4.0, size_sd=0.0)
    400.0

    """
    _check_positive(mean_groups=mean_groups, size_mean=size_mean)
    return mean_groups * (size_mean**2 + size_sd**2)


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
    _check_positive(
        arrival_rate=arrival_rate, service_rate=service_rate, patience_mean=patience_mean
    )
    _check_servers(servers)
    # Birth and death: enough states that the rest has no weight.
    load = arrival_rate / min(service_rate, 1 / patience_mean)
    states = np.arange(int(servers + load + 20 * math.sqrt(load + servers) + 50))
    queue = np.maximum(states - servers, 0)
    death = service_rate * np.minimum(states, servers) + queue / patience_mean
    log_weight = np.concatenate([[0.0], np.cumsum(math.log(arrival_rate) - np.log(death[1:]))])
    weight = np.exp(log_weight - log_weight.max())
    return float((queue * weight).sum() / weight.sum() / patience_mean / arrival_rate)


def detection_rate(*, sweep_width: float, speed: float, area: float) -> float:
    """Rate of detection in a random search; the time until detection is exponential.

    Parameters
    ----------
    sweep_width : float, km
    speed : float, km/h
    area : float, km2

    Returns
    -------
    float, 1/h

    Examples
    --------
    >>> detection_rate(sweep_width=0.3, speed=8.0, area=2.4)
    1.0

    """
    _check_positive(sweep_width=sweep_width, speed=speed, area=area)
    return sweep_width * speed / area


def probability_of_detection(
    *, sweep_width: float, speed: float, area: float, time: float
) -> float:
    """Probability that a random search has found its object after a time.

    Parameters
    ----------
    sweep_width : float, km
    speed : float, km/h
    area : float, km2
    time : float, h

    Returns
    -------
    float, dimensionless

    References
    ----------
    Koopman, B. O. (1946). Search and screening. Operations Evaluation Group report 56; the
    "random search" of volume II of the IAMSAR Manual.

    Examples
    --------
    A search that covers the area once finds 63 %:

    >>> round(probability_of_detection(sweep_width=0.5, speed=10.0, area=20.0, time=4.0), 3)
    0.632

    """
    return -math.expm1(-detection_rate(sweep_width=sweep_width, speed=speed, area=area) * time)


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
    _check_positive(failure_rate=failure_rate, repair_rate=repair_rate)
    _check_servers(crews)
    _check_servers(units)
    weights = [1.0]
    for broken in range(1, units + 1):
        fails = (units - broken + 1) * failure_rate
        weights.append(weights[-1] * fails / (min(broken, crews) * repair_rate))
    total = sum(weights)
    return sum(broken * weight for broken, weight in enumerate(weights)) / total
