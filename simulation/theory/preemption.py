"""Classes that interrupt those below them; what is left of a service is done later."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from simulation.theory.checks import check_not_negative, check_positive, check_stable
from simulation.theory.servers import mean_wait_markov

if TYPE_CHECKING:
    from collections.abc import Sequence


def mean_waits_preemptive(
    *, arrival_rates: Sequence[float], service_mean: float, service_sd: float
) -> list[float]:
    """Mean waiting time of each class until the service first begins, one server.

    Parameters
    ----------
    arrival_rates : sequence of float, 1/h
        One per class, the most urgent first; each class interrupts all below it.
    service_mean, service_sd : float, h
        The same for all classes.

    Returns
    -------
    list of float, h
        One per class, without the time between interruptions and the continuation.

    Raises
    ------
    ValueError
        If there is no steady state, or a number is not possible.

    Notes
    -----
    With ``s(k)`` the load of the classes up to *k* and ``B(k)`` their backlog
    ``E[S^2] / 2 * sum(rates)``, it is ``B(k) / ((1 - s(k - 1)) (1 - s(k)))``: classes below *k*
    are not felt.

    References
    ----------
    White, H., Christie, L. S. (1958). Queuing with preemptive priorities or with breakdown.
    Operations Research 6, doi:10.1287/opre.6.1.79.
    Kleinrock, L. (1976). Queueing systems, volume 2, chapter 3.

    Examples
    --------
    The urgent class is served as if it were alone:

    >>> waits = mean_waits_preemptive(
    ...     arrival_rates=[1.0, 2.0], service_mean=0.25, service_sd=0.25
    ... )
    >>> [round(wait, 4) for wait in waits]
    [0.0833, 1.0]

    """
    _check(arrival_rates, service_mean, service_sd, 1)
    result, rates, above = [], 0.0, 0.0
    for rate in arrival_rates:
        rates += rate
        including = rates * service_mean
        backlog = rates * (service_mean**2 + service_sd**2) / 2
        result.append(backlog / ((1 - above) * (1 - including)))
        above = including
    return result


def mean_times_preemptive(
    *, arrival_rates: Sequence[float], service_mean: float, service_sd: float, servers: int = 1
) -> list[float]:
    """Mean time of each class from arrival to the end of its service, interruptions included.

    Parameters
    ----------
    arrival_rates : sequence of float, 1/h
        One per class, the most urgent first; each class interrupts all below it.
    service_mean, service_sd : float, h
        The same for all classes.
    servers : int
        With several servers only exponential services have a closed form.

    Returns
    -------
    list of float, h
        One per class.

    Raises
    ------
    ValueError
        If there is no steady state, or several servers have services that are not exponential.

    Notes
    -----
    One server: the wait of :func:`mean_waits_preemptive` and then the service, which the classes
    above stretch to ``E[S] / (1 - s(k - 1))``. Several servers with exponential times: the classes
    up to *k* are M/M/c by themselves, whoever of them is served, so the mean number present of
    class *k* is the difference of two such queues, and its time follows from Little's law.

    References
    ----------
    White, H., Christie, L. S. (1958). Queuing with preemptive priorities or with breakdown.
    Operations Research 6, doi:10.1287/opre.6.1.79.
    Buzen, J. P., Bondi, A. B. (1983). The response times of priority classes under preemptive
    resume in M/M/m queues. Operations Research 31, doi:10.1287/opre.31.3.456.

    Examples
    --------
    >>> times = mean_times_preemptive(
    ...     arrival_rates=[1.0, 2.0], service_mean=0.25, service_sd=0.25
    ... )
    >>> [round(time, 4) for time in times]
    [0.3333, 1.3333]

    """
    _check(arrival_rates, service_mean, service_sd, servers)
    if servers > 1 and not math.isclose(service_mean, service_sd):
        msg = (
            f"with {servers} servers only exponential services have a closed form, "
            f"but the mean is {service_mean:g} h and the sd {service_sd:g} h. Simulate instead."
        )
        raise ValueError(msg)
    if servers == 1:
        waits = mean_waits_preemptive(
            arrival_rates=arrival_rates, service_mean=service_mean, service_sd=service_sd
        )
        result, above = [], 0.0
        for rate, wait in zip(arrival_rates, waits, strict=True):
            result.append(wait + service_mean / (1 - above))
            above += rate * service_mean
        return result
    result, rates, present_above = [], 0.0, 0.0
    for rate in arrival_rates:
        rates += rate
        wait = mean_wait_markov(arrival_rate=rates, service_rate=1 / service_mean, servers=servers)
        present = rates * (wait + service_mean)
        result.append((present - present_above) / rate)
        present_above = present
    return result


def _check(
    arrival_rates: Sequence[float], service_mean: float, service_sd: float, servers: int
) -> None:
    for rate in arrival_rates:
        check_positive(arrival_rate=rate)
    check_positive(service_mean=service_mean)
    check_not_negative(service_sd=service_sd)
    check_stable(sum(arrival_rates) * service_mean, servers)
