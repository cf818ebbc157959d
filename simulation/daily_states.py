"""The states of facilities cut at midnights and reduced by day, in machine code.

One pass over the table: as arrays it takes some twenty, which was a third of all measures.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from simulation.calendars import HOURS_PER_DAY
from simulation.machine_code import machine_code

if TYPE_CHECKING:
    from numpy.typing import NDArray

DAILY_STATES: Final = (
    "peak_busy",
    "peak_waiting",
    "peak_demand",
    "capacity_in_place",
    "busy_at_day_end",
    "mean_busy",
)
"""What there is of each facility and day; see :data:`simulation.measures.MEASURES`."""


def _cut(
    facility: NDArray[np.int64],
    time: NDArray[np.float64],
    states: tuple[NDArray[Any], NDArray[Any], NDArray[Any]],
    until: float,
    made: NDArray[np.float64],
    hours: NDArray[np.float64],
) -> None:
    busy, waiting, capacity = states
    days = made.shape[2]
    for row in range(len(time)):
        where, here, queue = facility[row], float(busy[row]), float(waiting[row])
        seen = (here, queue, here + queue, float(capacity[row]))
        now, day = time[row], min(int(time[row] / HOURS_PER_DAY), days - 1)
        is_last = row + 1 == len(time) or facility[row + 1] != where
        over = until if is_last else time[row + 1]
        is_opening = now == day * HOURS_PER_DAY
        while True:
            for column in range(4):
                if is_opening or seen[column] > made[column, where, day]:
                    made[column, where, day] = seen[column]
            made[4, where, day] = here
            midnight = (day + 1) * HOURS_PER_DAY
            lasts = min(over, midnight) - now
            made[5, where, day] += here * lasts
            hours[where, day] += lasts
            if over <= midnight:
                break
            now, day, is_opening = midnight, day + 1, True


def cut_states(
    facility: NDArray[np.int64],
    time: NDArray[np.float64],
    states: tuple[NDArray[Any], NDArray[Any], NDArray[Any]],
    shape: tuple[int, int],
    until: float,
) -> dict[str, NDArray[np.float64]]:
    """Reduce piecewise constant states by day.

    Each day of a facility is opened by its state at midnight; then come the changes of the day.

    Parameters
    ----------
    facility : numpy.ndarray, (state,)
    time : numpy.ndarray, (state,), h
        When each state began, by facility and in order, from 0 to less than ``until``.
    states : tuple of numpy.ndarray, (state,)
        How many are busy, wait, and may be busy.
    shape : tuple of int
        Facilities and days.
    until : float, h
        End of the run, on the last day.

    Returns
    -------
    dict of str to numpy.ndarray, (facility, day)
        :data:`DAILY_STATES`, in units of the facility and persons; 0 without states.

    Examples
    --------
    >>> one = cut_states(
    ...     np.array([0, 0]), np.array([0.0, 30.0]), (np.array([2, 4]),) * 3, (1, 2), 48.0
    ... )
    >>> one["peak_busy"], one["mean_busy"]
    (array([[2., 4.]]), array([[2. , 3.5]]))

    """
    made = np.zeros((len(DAILY_STATES), *shape))
    hours = np.zeros(shape)
    machine_code(_cut)(facility, time, states, until, made, hours)
    made[5] /= np.maximum(hours, 1e-12)
    return dict(zip(DAILY_STATES, made, strict=True))
