"""Persons present where there is room for everybody."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from scipy import integrate

from simulation.theory.checks import check_not_negative, check_positive

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


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

    >>> import math
    >>> mean_occupancy(time=100.0, arrival_rate=lambda _: 2.0, survival=lambda s: math.exp(-s / 3))
    6.0

    """
    check_not_negative(time=time)
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
    check_positive(mean_groups=mean_groups, size_mean=size_mean)
    check_not_negative(size_sd=size_sd)
    return mean_groups * (size_mean**2 + size_sd**2)
