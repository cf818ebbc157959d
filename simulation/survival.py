"""How long people survive in cold water, and in heat without water.

**In the water.** The table of the United States Search and Rescue Task Force gives, by water
temperature, the time to exhaustion or unconsciousness and the expected time of survival as ranges
(confidence B; "indefinite" above 21 degC is written as 72 h and above 27 degC as 168 h, which is an
assumption). Somebody with a lifejacket lives as long as the second range says, somebody without
drowns when exhausted. The ends of a range are taken as the 5 % and 95 % quantiles of a lognormal
distribution; between the middles of the bands logarithms are interpolated, so that warmer water
never shortens a life. The time to hypothermia of Hayward, Eckerson and Collis (1975,
doi:10.1139/y75-002), :func:`time_to_hypothermia`, lies within the range with a lifejacket from 5 to
20 degC.

**On land.** Days without water are those of survival handbooks quoting Adolph (1947): 12 at 21
degC, 3 at 43 degC, 2.5 at 48 degC, resting in the shade; water carried lengthens them as at 43 degC
(confidence B). Their spread, a lognormal sigma of 0.3, is an assumption.

Age, clothing, injury and being alone change survival as well and are not modeled.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy import special

if TYPE_CHECKING:
    from numpy.typing import NDArray

_MIDDLES: Final = (0.0, 2.0, 7.0, 13.0, 18.5, 24.0, 30.0)
_EXHAUSTION: Final = (
    (0.1, 0.25),
    (0.25, 0.5),
    (0.5, 1.0),
    (1.0, 2.0),
    (2.0, 7.0),
    (3.0, 12.0),
    (12.0, 72.0),
)
_SURVIVAL: Final = (
    (0.25, 0.75),
    (0.5, 1.5),
    (1.0, 3.0),
    (1.0, 6.0),
    (2.0, 40.0),
    (3.0, 72.0),
    (24.0, 168.0),
)
_QUANTILE: Final = float(special.ndtri(0.95))
_DRY_TEMPERATURES: Final = (21.0, 43.0, 48.0)
_DRY_DAYS: Final = (12.0, 3.0, 2.5)
_LITERS: Final = (0.0, 0.95, 1.9, 3.8, 18.9)
_DAYS_AT_43: Final = (3.0, 3.0, 3.5, 4.0, 7.0)
_HEAT_SPREAD: Final = 0.3


def time_to_hypothermia(temperature: float) -> float:
    """Return the mean time until the core of the body is at 30 degC, with a lifejacket.

    Parameters
    ----------
    temperature : float, degC
        Of the water, below 23 degC, where the formula diverges.

    Returns
    -------
    float, h
        ``(15 + 7.2 / (0.0785 - 0.0034 T)) / 60``, Hayward, Eckerson and Collis (1975).

    Examples
    --------
    >>> round(60 * time_to_hypothermia(10.0))
    177

    """
    if not temperature < 23:
        msg = f"the formula holds for water below 23 degC; given: {temperature:g}."
        raise ValueError(msg)
    return (15 + 7.2 / (0.0785 - 0.0034 * temperature)) / 60


def water_parameters(temperature: float, lifejacket: bool) -> tuple[float, float]:
    """Return median and lognormal sigma of the time somebody survives in the water.

    Parameters
    ----------
    temperature : float, degC
    lifejacket : bool

    Returns
    -------
    tuple of two float
        Hours; dimensionless.

    Examples
    --------
    >>> median, sigma = water_parameters(13.0, lifejacket=True)
    >>> round(median, 2), round(sigma, 2)
    (2.45, 0.54)

    """
    table = np.log(np.array(_SURVIVAL if lifejacket else _EXHAUSTION))
    low, high = (float(np.interp(temperature, _MIDDLES, table[:, side])) for side in (0, 1))
    return math.exp((low + high) / 2), (high - low) / 2 / _QUANTILE


def survival_in_water(
    u: NDArray[np.float64], jacket: NDArray[np.bool_], temperature: float
) -> NDArray[np.float64]:
    """Draw how long people survive in the water, by inversion.

    Parameters
    ----------
    u : numpy.ndarray, (person,), dimensionless
        Uniform draws.
    jacket : numpy.ndarray of bool, (person,)
        Who wears a lifejacket.
    temperature : float, degC

    Returns
    -------
    numpy.ndarray, (person,), h

    """
    with_jacket, without = (water_parameters(temperature, worn) for worn in (True, False))
    times = [median * np.exp(sigma * special.ndtri(u)) for median, sigma in (with_jacket, without)]
    worn: NDArray[np.float64] = np.where(jacket, times[0], times[1])
    return worn


def heat_median(temperature: float, water: float) -> float:
    """Return the median time somebody survives in heat, resting in the shade.

    Parameters
    ----------
    temperature : float, degC
        Highest of the day.
    water : float, liters per person

    Returns
    -------
    float, h

    Examples
    --------
    >>> round(heat_median(43.0, 0.0)), round(heat_median(48.0, 3.8))
    (72, 80)

    """
    days = math.exp(float(np.interp(temperature, _DRY_TEMPERATURES, np.log(_DRY_DAYS))))
    return 24 * days * float(np.interp(water, _LITERS, _DAYS_AT_43)) / _DAYS_AT_43[0]


def survival_in_heat(
    u: NDArray[np.float64], temperature: float, water: float
) -> NDArray[np.float64]:
    """Draw how long people survive in heat, by inversion.

    Parameters
    ----------
    u : numpy.ndarray, (person,), dimensionless
        Uniform draws.
    temperature : float, degC
    water : float, liters per person

    Returns
    -------
    numpy.ndarray, (person,), h

    """
    times: NDArray[np.float64] = heat_median(temperature, water) * np.exp(
        _HEAT_SPREAD * special.ndtri(u)
    )
    return times
