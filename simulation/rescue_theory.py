"""Closed forms for rescue that the engine is tested against."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from scipy import integrate, special

from simulation.survival import water_parameters

if TYPE_CHECKING:
    from collections.abc import Callable


def detection_in_growing_area(
    *, sweep_width: float, speed: float, area: float, drift: float, begins: float, lasts: float
) -> float:
    """Probability that a random search of a growing area finds its target.

    Parameters
    ----------
    sweep_width : float, km
    speed : float, km/h
    area : float, km2
        At hour 0.
    drift : float, km/h
        Growth of the radius, above 0.
    begins, lasts : float, h
        When the search begins, and for how long it goes on; may be infinite.

    Returns
    -------
    float, dimensionless
        ``1 - exp(-W v / (pi g) (1 / r(begins) - 1 / r(begins + lasts)))`` with ``r(t) = r0 + g t``:
        random search (Koopman 1946) integrated over a disc whose radius grows.

    Examples
    --------
    >>> found = detection_in_growing_area(
    ...     sweep_width=2.0, speed=20.0, area=100.0, drift=1.0, begins=2.0, lasts=math.inf
    ... )
    >>> round(found, 3)
    0.811

    """
    if not (drift > 0 and area >= 0 and lasts >= 0 and begins >= 0):
        msg = f"drift {drift:g} must be above 0, area, begins and lasts not below."
        raise ValueError(msg)
    radius = math.sqrt(area / math.pi) + drift * begins
    last = radius + drift * lasts
    return -math.expm1(-sweep_width * speed / (math.pi * drift) * (1 / radius - 1 / last))


def loss_of_two_units(*, arrival_rate: float, rates: tuple[float, float]) -> float:
    """Share of incidents that find both of two unlike units out.

    Incidents come at random; the first unit goes whenever it can, else the second, else nobody
    ever (a loss system with ordered entry and exponential times). The stationary probabilities of
    the four states solve its balance equations; with equal rates this is Erlang's formula B.

    Parameters
    ----------
    arrival_rate : float, 1/h
    rates : tuple of two float, 1/h
        One over the mean time that each unit is out.

    Returns
    -------
    float, dimensionless

    Examples
    --------
    >>> round(loss_of_two_units(arrival_rate=1.0, rates=(1.0, 1.0)), 3)
    0.2

    """
    arrives, (first, second) = arrival_rate, rates
    if not min(arrives, first, second) > 0:
        msg = f"rates must be above 0; given: {arrives:g}, {first:g}, {second:g}."
        raise ValueError(msg)
    # In units of the state with both out, from p01 (a + m2) = p11 m1, p11 (m1 + m2) =
    # (p10 + p01) a and p00 a = p10 m1 + p01 m2.
    p01 = first / (arrives + second)
    p10 = (first + second) / arrives - p01
    p00 = (p10 * first + p01 * second) / arrives
    return 1 / (p00 + p10 + p01 + 1)


def alive_when_found(
    *, detection_rate: float, begins: float, temperature: float, lifejacket: bool
) -> float:
    """Share of people in the water who are alive when a search at a constant rate finds them.

    Parameters
    ----------
    detection_rate : float, 1/h
    begins : float, h
        From entering the water until the search begins.
    temperature : float, degC
    lifejacket : bool

    Returns
    -------
    float, dimensionless
        The integral of ``rate exp(-rate s) S(begins + s)`` over *s*, *S* the lognormal survival
        function of :func:`simulation.survival.water_parameters`.

    Examples
    --------
    >>> round(
    ...     alive_when_found(detection_rate=0.5, begins=1.0, temperature=15.0, lifejacket=True), 2
    ... )
    0.69

    """
    median, sigma = water_parameters(temperature, lifejacket)

    def alive(time: float) -> float:
        return float(special.ndtr(-math.log(time / median) / sigma)) if time > 0 else 1.0

    return _integral(lambda s: detection_rate * math.exp(-detection_rate * s) * alive(begins + s))


def _integral(function: Callable[[float], float]) -> float:
    value, _ = integrate.quad(function, 0.0, math.inf, limit=200)
    return float(value)
