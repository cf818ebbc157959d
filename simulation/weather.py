"""Weather day by day: how often it lets boats out, and for how long in a row.

A day keeps the state of the day before with the chance ``persistence``; otherwise its state is
drawn from the shares. Any set of states, such as those with waves a boat can take, then follows a
chain of two states of the same kind (the process is lumpable): with long-run share *a* and
persistence *p* a good day is followed by a good one with chance ``p + (1 - p) a``, so that good
spells last ``1 / ((1 - p)(1 - a))`` days on average and the correlation of two days *k* apart is
``p**k``. So one process gates boats, ferries and departures with limits of their own.

Draws belong to the weather's name and the date: a run that starts later meets the same weather.
"""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from simulation.calendars import HOURS_PER_DAY, Steps

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simulation.parts import Weather, WeatherState
    from simulation.streams import Streams

_DAYS_BEFORE: Final = 90
"""Days before the first one from which states are carried over."""


class WeatherSeries:
    """The weather of one replication.

    Parameters
    ----------
    weather : Weather
    first : datetime.date
        Day 0, whose midnight is hour 0.
    days : int
        How many days are wanted; later times have the weather of the last one.
    streams : Streams

    Examples
    --------
    >>> from simulation.parts import Weather, WeatherState
    >>> from simulation.streams import Streams
    >>> calm, rough = WeatherState("calm", 0.4, 0.5, 20.0), WeatherState("rough", 0.6, 2.5, 5.0)
    >>> strait = Weather("strait", (calm, rough), persistence=0.4)
    >>> series = WeatherSeries(strait, dt.date(2022, 9, 1), 8, Streams(1, 0))
    >>> series.workable(1.5).tolist()
    [False, False, False, True, True, True, True, True]
    >>> series.gate(Steps.constant(3), 1.5)
    Steps(times=(0.0, 72.0), values=(0, 3))

    """

    def __init__(self, weather: Weather, first: dt.date, days: int, streams: Streams) -> None:
        self.weather = weather
        total = max(days, 1) + _DAYS_BEFORE
        begin = first - dt.timedelta(days=_DAYS_BEFORE)
        index = np.arange(begin.toordinal(), begin.toordinal() + total, dtype=np.uint64)
        drawn = _states(weather, begin, streams.uniform(f"weather.state/{weather.name}", index))
        stays = streams.uniform(f"weather.stays/{weather.name}", index) < weather.persistence
        stays[0] = False
        source = np.maximum.accumulate(np.where(stays, 0, np.arange(total)))
        self.days: NDArray[np.int64] = drawn[source][_DAYS_BEFORE:]
        """Index of the state of each day."""

    def at(self, time: float) -> WeatherState:
        """Return the state at a time, hours from the midnight of day 0."""
        day = min(max(int(time // HOURS_PER_DAY), 0), len(self.days) - 1)
        return self.weather.states[int(self.days[day])]

    def workable(self, limit: float) -> NDArray[np.bool_]:
        """Tell on which days the waves are not above a limit, m."""
        allowed = np.array([state.wave_height <= limit for state in self.weather.states])
        return allowed[self.days]

    def gate(self, capacity: Steps, limit: float) -> Steps:
        """Return a capacity that is zero on the days on which the waves are above a limit, m.

        Parameters
        ----------
        capacity : Steps
            In good weather.
        limit : float, m

        Returns
        -------
        Steps
            Changes of the capacity and of the weather joined; weather changes at midnight.

        """
        open_ = self.workable(limit)
        midnights = np.flatnonzero(np.diff(open_)) + 1
        times = sorted({*capacity.times, *(midnights * HOURS_PER_DAY).tolist()})
        last = len(open_) - 1
        values = [
            capacity.at(time) if open_[min(int(time // HOURS_PER_DAY), last)] else 0
            for time in times
        ]
        return Steps(tuple(times), tuple(values)).simplified()

    def gates(self, capacity: Steps, limit: float) -> tuple[Steps, Steps]:
        """Return a gated capacity, and the gate (1: open) for what is added to it during the run.

        Parameters as for :meth:`gate`.
        """
        return self.gate(capacity, limit), self.gate(Steps.constant(1), limit)


def gated(
    series: WeatherSeries | None, calendar: Steps, limit: float
) -> tuple[Steps, Steps | None]:
    """Return a calendar as the weather lets it be, and the gate for what is added to it, if any.

    Parameters
    ----------
    series : WeatherSeries or None
        None: no weather stops anything.
    calendar : Steps
    limit : float, m
        Of the waves; infinite: none is too high.

    """
    if series is None or limit == math.inf:
        return calendar, None
    return series.gates(calendar, limit)


def _states(weather: Weather, begin: dt.date, u: NDArray[np.float64]) -> NDArray[np.int64]:
    """State of every day if it is drawn anew."""
    if not weather.states[0].by_month:
        edges = np.cumsum([state.share for state in weather.states])[:-1]
        return np.searchsorted(edges, u, side="right")
    days = np.datetime64(begin, "D") + np.arange(len(u))
    month = days.astype("datetime64[M]").astype(np.int64) % 12
    edges = np.cumsum([state.by_month for state in weather.states], axis=0)[:-1]
    drawn: NDArray[np.int64] = (edges[:, month] <= u).sum(axis=0)
    return drawn


def mean_spell(*, share: float, persistence: float) -> float:
    """Mean number of days in a row with weather of a kind.

    Parameters
    ----------
    share : float, dimensionless
        Long-run share of such days, below 1.
    persistence : float, dimensionless

    Returns
    -------
    float, days

    Examples
    --------
    >>> round(mean_spell(share=0.4, persistence=0.4), 2)
    2.78

    """
    if not (0 <= share < 1 and 0 <= persistence < 1):
        msg = f"share {share:g} and persistence {persistence:g} must lie from 0 to below 1."
        raise ValueError(msg)
    return 1 / ((1 - persistence) * (1 - share))


@dataclass(frozen=True, slots=True)
class WindowFit:
    """What daily counts say about weather windows.

    Parameters
    ----------
    zero_share : float, dimensionless
        Share of days without anybody.
    persistence : float, dimensionless
        Correlation of "somebody came" between a day and the next; not below 0.
    dispersion : float, dimensionless
        Squared coefficient of variation of the counts of days with somebody, less the part that
        the size of boats makes.
    by_month : tuple of 12 float, dimensionless
        Share of days without anybody in each month, NaN for months without data.

    """

    zero_share: float
    persistence: float
    dispersion: float
    by_month: tuple[float, ...]


def fit_windows(
    counts: NDArray[np.float64], first: dt.date, *, boat_mean: float = 1.0, boat_sd: float = 0.0
) -> WindowFit:
    """Fit weather windows to the people who came on each day (method of moments).

    A day without anybody is taken as a day outside of the window: the fit describes departures,
    whatever kept people ashore.

    Parameters
    ----------
    counts : numpy.ndarray, (day,), persons per day
        Without a gap; missing days are NaN and left out.
    first : datetime.date
        Day of the first count.
    boat_mean, boat_sd : float, persons
        Size of boats; its part of the spread, ``(mean**2 + sd**2) / mean`` over the daily mean, is
        left to the boats.

    Returns
    -------
    WindowFit

    Raises
    ------
    ValueError
        If fewer than 30 days are known, or all or none of them are zero.

    """
    known = ~np.isnan(counts)
    zero = counts == 0
    if known.sum() < 30 or not 0 < zero.sum() < known.sum():
        msg = (
            f"weather windows need at least 30 known days, some with people and some without; "
            f"given: {known.sum()} known days, {zero.sum()} of them zero."
        )
        raise ValueError(msg)
    pairs = known[1:] & known[:-1]
    now, before = zero[1:][pairs].astype(np.float64), zero[:-1][pairs].astype(np.float64)
    spread = float(now.std() * before.std())
    together = float(((now - now.mean()) * (before - before.mean())).mean())
    correlation = together / spread if spread > 0 else 0.0
    busy = counts[known & ~zero]
    # A day of n boats of size S has variance n E[S^2] beside that of n.
    boats = (boat_mean**2 + boat_sd**2) / boat_mean / busy.mean()
    month = (np.datetime64(first, "D") + np.arange(len(counts))).astype("datetime64[M]")
    number = month.astype(np.int64) % 12
    with np.errstate(invalid="ignore"):
        shares = np.bincount(number[known], zero[known], 12) / np.bincount(number[known], None, 12)
    return WindowFit(
        zero_share=float(zero[known].mean()),
        persistence=max(correlation, 0.0),
        dispersion=max(float(busy.var() / busy.mean() ** 2 - boats), 0.0),
        by_month=tuple(shares.tolist()),
    )
