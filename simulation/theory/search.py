"""Random search."""

from __future__ import annotations

import math

from simulation.theory.checks import check_not_negative, check_positive


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
    check_positive(sweep_width=sweep_width, speed=speed, area=area)
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
    check_not_negative(time=time)
    return -math.expm1(-detection_rate(sweep_width=sweep_width, speed=speed, area=area) * time)
