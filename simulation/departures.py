"""On which day of a period and at which hour people set out.

Days are weighted by four things, multiplied: how long ago the flood began (``onset``), the weekday,
whether the weather lets boats out, and a random weight that makes some days busier than others
(``dispersion``). With random weights alone, gamma with squared coefficient of variation *f*, the
*n* persons (or boats) of a period of *D* days that come on one day follow a Dirichlet-multinomial
law: their variance is that of a multinomial one times ``(n + A) / (1 + A)`` with ``A = D / f``.
"""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from simulation.calendars import HOURS_PER_DAY
from simulation.distributions import Distribution
from simulation.streams import hash64
from simulation.weather import WeatherSeries

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simulation.network import Network
    from simulation.parts import Inflow
    from simulation.streams import Streams

_EVERY_DAY_ALIKE = (1.0,) * 7


@dataclass(frozen=True)
class Period:
    """A period of the forecast: first day and the day after its last, hours from the start."""

    label: str
    begins: float
    ends: float


def days_of(
    network: Network, inflow: Inflow, period: Period, u: NDArray[np.float64], streams: Streams
) -> NDArray[np.float64]:
    """Day of the period on which each group or boat sets out.

    Parameters
    ----------
    network : Network
        Gives the date of hour 0 and the weather.
    inflow : Inflow
    period : Period
    u : numpy.ndarray, (group or boat,), dimensionless
        Draw of each.
    streams : Streams

    Returns
    -------
    numpy.ndarray, (group or boat,), days
        Whole days from the beginning of the period.

    """
    days = (period.ends - period.begins) / HOURS_PER_DAY
    profile = inflow.weekdays != _EVERY_DAY_ALIKE or inflow.weather is not None
    if profile or inflow.dispersion > 0:
        edges = np.cumsum(day_weights(network, inflow, period, streams))
        day = np.searchsorted(edges, u * edges[-1], side="right")
        weighted: NDArray[np.float64] = np.minimum(day, len(edges) - 1).astype(np.float64)
        return weighted
    if inflow.onset_days == 0:
        evenly: NDArray[np.float64] = np.floor(u * days)
        return evenly
    within = 1 - np.exp(-days / inflow.onset_days)
    since: NDArray[np.float64] = -inflow.onset_days * np.log1p(-u * within)
    # What would fall after the end of the month is the tail of an onset before it, so that over
    # many futures no part of a month is favored.
    onset = _onset(period, days, streams)
    faded: NDArray[np.float64] = np.floor(np.minimum((onset + since) % days, np.nextafter(days, 0)))
    return faded


def _onset(period: Period, days: float, streams: Streams) -> float:
    """Draw one onset per period for all inflows: the river floods them together."""
    key = np.array([hash64(period.label)], dtype=np.uint64)
    return float(np.floor(streams.uniform("arrival.onset", key)[0] * days))


def day_weights(
    network: Network, inflow: Inflow, period: Period, streams: Streams
) -> NDArray[np.float64]:
    """Relative weight of every day of a period.

    When the weather lets nobody out on any day that counts, all days count: the forecast says
    that people came.

    Parameters
    ----------
    network : Network
    inflow : Inflow
    period : Period
    streams : Streams

    Returns
    -------
    numpy.ndarray, (day,), dimensionless
        Not negative, not all zero.

    """
    days = round((period.ends - period.begins) / HOURS_PER_DAY)
    first = network.start + dt.timedelta(hours=period.begins)
    weights = np.ones(days)
    if inflow.onset_days > 0:
        ages = np.exp(-np.arange(days + 1) / inflow.onset_days)
        weights = np.roll(ages[:-1] - ages[1:], int(_onset(period, days, streams)))
    by_weekday = np.array(inflow.weekdays)[(first.weekday() + np.arange(days)) % 7]
    weights = weights * by_weekday if (weights * by_weekday).any() else weights
    if inflow.weather is not None:
        series = WeatherSeries(network.weather(inflow.weather), first, days, streams)
        open_ = weights * series.workable(inflow.sets_out_below)
        weights = open_ if open_.any() else weights
    if inflow.dispersion > 0:
        spread = Distribution("gamma", mean=1.0, sd=math.sqrt(inflow.dispersion))
        number = np.arange(first.toordinal(), first.toordinal() + days, dtype=np.uint64)
        weights = weights * streams.draw(f"arrival.busy/{inflow.name}", spread, number)
    # Random weights can be too small for a number; the days then count alike.
    return weights if weights.sum() > 0 else np.ones(days)


def hours_of(weights: tuple[float, ...], u: NDArray[np.float64]) -> NDArray[np.float64]:
    """Hour of the day by inversion of a profile.

    Parameters
    ----------
    weights : tuple of 24 float
        Relative weight of the hours from midnight.
    u : numpy.ndarray, dimensionless

    Returns
    -------
    numpy.ndarray, h after midnight
        Below 24.

    """
    edges = np.concatenate([[0.0], np.cumsum(weights)])
    hours: NDArray[np.float64] = np.minimum(
        np.interp(u, edges / edges[-1], np.arange(25.0)), np.nextafter(24.0, 0)
    )
    return hours
