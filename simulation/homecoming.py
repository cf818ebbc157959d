"""When households go home by the calendar: the water is gone, the road is open."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def time_until_home(returns: Sequence[tuple[float, float]], now: float, hazard: float) -> float:
    """Return how long it is until a household goes home, if its stay is not over before.

    Households go home at a rate that changes with the calendar only (a Poisson process whose rate
    is constant between known times), whatever their stay.

    Parameters
    ----------
    returns : sequence of tuple of two float, h
        From when on, in order, and the mean time until a household goes home from then on;
        infinite where none does. Before the first, none does.
    now : float, h
        When the household is in its place.
    hazard : float, dimensionless
        Cumulative hazard after which it goes: a unit exponential.

    Returns
    -------
    float, h
        Infinite if it does not go home so.

    Examples
    --------
    Nobody until hour 10; then half a unit of hazard in 10 hours, then none, then one in 10 hours.

    >>> returns = [(10.0, 20.0), (20.0, float("inf")), (30.0, 10.0)]
    >>> time_until_home(returns, 0.0, 0.4), time_until_home(returns, 15.0, 0.5)
    (18.0, 17.5)

    """
    left = hazard
    for number, (begins, mean) in enumerate(returns):
        ends = returns[number + 1][0] if number + 1 < len(returns) else math.inf
        first = max(begins, now)
        if ends <= first or mean == math.inf:
            continue
        if left * mean <= ends - first:
            return first + left * mean - now
        left -= (ends - first) / mean
    return math.inf
