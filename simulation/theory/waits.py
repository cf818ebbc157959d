"""Mean waits with other service times, with classes, and of those who come together."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from simulation.theory.checks import check_not_negative, check_positive, check_stable
from simulation.theory.servers import erlang_c

if TYPE_CHECKING:
    from collections.abc import Sequence


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
    check_positive(arrival_rate=arrival_rate, service_mean=service_mean)
    check_not_negative(service_sd=service_sd)
    load = arrival_rate * service_mean
    check_stable(load, 1)
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
        check_positive(arrival_rate=rate)
    total = sum(arrival_rates)
    check_positive(service_mean=service_mean)
    check_not_negative(service_sd=service_sd)
    check_stable(total * service_mean, servers)
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
    check_positive(batch_rate=batch_rate, batch_mean=batch_mean, service_rate=service_rate)
    check_not_negative(batch_sd=batch_sd)
    rate = batch_rate * batch_mean
    load = rate / service_rate
    check_stable(load, 1)
    squared = batch_mean**2 + batch_sd**2
    in_system = load * (1 + squared / batch_mean) / (2 * (1 - load))
    return in_system / rate - 1 / service_rate
