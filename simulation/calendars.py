"""Capacity as a function of time: shifts, planned changes and losses."""

from __future__ import annotations

import bisect
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

HOURS_PER_DAY: Final = 24.0


def whole_days(hours: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how many days are over.

    Parameters
    ----------
    hours : numpy.ndarray, h
        Not negative.

    Returns
    -------
    numpy.ndarray, days
        Equal to ``hours // 24``, of which numpy takes some twenty times as long. The quotient of
        the last number below a multiple of 24 is two thirds of its last place or more below a
        whole number, so it is never rounded up to it.

    Examples
    --------
    >>> whole_days(np.array([0.0, 23.9, np.nextafter(48.0, 0.0), 48.0]))
    array([0., 0., 1., 2.])

    """
    return np.floor(hours / HOURS_PER_DAY)


@dataclass(frozen=True, slots=True)
class Steps:
    """A whole number that changes at known times.

    Parameters
    ----------
    times : tuple of float, hours from the start
        When a new value begins; the first is 0, the rest increase.
    values : tuple of int
        The value from that time on (places, desks, boats, clinicians).

    Examples
    --------
    >>> beds = Steps.constant(20).changed(at=48.0, to=12)
    >>> beds.at(47.9), beds.at(48.0)
    (20, 12)

    """

    times: tuple[float, ...]
    values: tuple[int, ...]

    def __post_init__(self) -> None:
        if len(self.times) != len(self.values) or not self.times or self.times[0] != 0.0:
            msg = "a calendar needs one value per time, the first at hour 0."
            raise ValueError(msg)
        if any(b <= a for a, b in zip(self.times, self.times[1:], strict=False)):
            msg = f"times of a calendar must increase; given: {self.times}."
            raise ValueError(msg)
        if any(value < 0 for value in self.values):
            msg = f"a capacity cannot be negative; given: {min(self.values)}."
            raise ValueError(msg)

    @classmethod
    def constant(cls, value: int) -> Steps:
        """Return the same value at all times."""
        return cls((0.0,), (value,))

    @classmethod
    def daily(cls, value: int, opens: float, closes: float, until: float) -> Steps:
        """Return a value between two clock times of every day and zero otherwise.

        Parameters
        ----------
        value : int
            Value while open.
        opens, closes : float, hours after midnight
            Equal means around the clock; ``closes`` before ``opens`` means over midnight.
        until : float, hours from the start
            End of the calendar. Hour 0 is midnight.

        """
        if opens == closes or (opens == 0.0 and closes == HOURS_PER_DAY):
            return cls.constant(value)
        overnight = 0.0 < closes < opens
        times, values = [0.0], [value if overnight or opens == 0.0 else 0]
        for day in range(math.ceil(until / HOURS_PER_DAY) + 1):
            for clock, state in sorted(((opens, value), (closes, 0))):
                time = day * HOURS_PER_DAY + clock
                if 0.0 < time <= until:
                    times.append(time)
                    values.append(state)
        return cls(tuple(times), tuple(values)).simplified()

    def at(self, time: float) -> int:
        """Value at a time, hours from the start."""
        return self.values[max(bisect.bisect_right(self.times, time) - 1, 0)]

    def changed(self, at: float, to: int) -> Steps:
        """Return the calendar with another value from a time on."""
        keep = bisect.bisect_left(self.times, at)
        if keep == 0:
            return Steps.constant(to)
        return Steps((*self.times[:keep], at), (*self.values[:keep], to)).simplified()

    def scaled(self, at: float, until: float, factor: float) -> Steps:
        """Return the calendar multiplied by a factor from one time until another, rounded down."""
        marks = sorted({*self.times, at, until} - {math.inf})
        values = [
            math.floor(self.at(mark) * factor + 1e-9) if at <= mark < until else self.at(mark)
            for mark in marks
        ]
        return Steps(tuple(marks), tuple(values)).simplified()

    def simplified(self) -> Steps:
        """Return the calendar without changes that change nothing."""
        kept = [i for i in range(len(self.times)) if i == 0 or self.values[i] != self.values[i - 1]]
        return Steps(tuple(self.times[i] for i in kept), tuple(self.values[i] for i in kept))

    def mean(self, until: float) -> float:
        """Time-weighted mean from hour 0 until a time."""
        ends = (*self.times[1:], math.inf)
        area = sum(
            value * max(min(end, until) - min(start, until), 0.0)
            for start, end, value in zip(self.times, ends, self.values, strict=True)
        )
        return area / until

    def largest_by_day(self, days: int) -> list[int]:
        """Largest value in each day from hour 0."""
        largest = []
        for day in range(days):
            midnight, next_midnight = day * HOURS_PER_DAY, (day + 1) * HOURS_PER_DAY
            first = bisect.bisect_left(self.times, midnight)
            last = bisect.bisect_left(self.times, next_midnight)
            largest.append(max([self.at(midnight), *self.values[first:last]]))
        return largest

    @property
    def largest(self) -> int:
        """Largest value ever."""
        return max(self.values)
