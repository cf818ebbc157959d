"""The tables of a run split into columns, in one pass each.

A row of the kernel's table of steps fills three lines of the cache: read column by column, each row
is fetched again for every column.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from simulation.machine_code import machine_code
from simulation.records import STATE_COLUMNS, STEP_COLUMNS, columns_table

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simulation.columns import Columns


def steps_of(rows: NDArray[Any]) -> tuple[Columns, bool]:
    """Split the table of steps.

    Parameters
    ----------
    rows : numpy.ndarray of ROW, (row,)
        Those that are not kept are left out.

    Returns
    -------
    Columns
        With the columns ``STEP_COLUMNS`` of :mod:`simulation.records`.
    bool
        Whether a service was interrupted.

    """
    made = [np.empty(len(rows), dtype=column.dtype) for column in STEP_COLUMNS]
    kept, paused = machine_code(_split_steps)(rows, *made)
    return columns_table(STEP_COLUMNS, [column[:kept] for column in made]), bool(paused)


def states_of(rows: NDArray[Any], facilities: int) -> Columns:
    """Split the table of states.

    Parameters
    ----------
    rows : numpy.ndarray of STATE, (state,)
        In order of time.
    facilities : int
        How many there are.

    Returns
    -------
    Columns
        With the columns ``STATE_COLUMNS`` of :mod:`simulation.records`, by facility and time.

    """
    made = [np.empty(len(rows), dtype=column.dtype) for column in STATE_COLUMNS]
    machine_code(_split_states)(rows, np.zeros(facilities + 1, dtype=np.int64), *made)
    return columns_table(STATE_COLUMNS, made)


def _split_steps(
    rows: Any,
    group: Any,
    visit: Any,
    persons: Any,
    step: Any,
    facility: Any,
    acuity: Any,
    requested: Any,
    started: Any,
    ended: Any,
    outcome: Any,
) -> tuple[int, int]:
    kept = paused = 0
    for number in range(len(rows)):
        row = rows[number]
        paused += row.paused
        if row.kept:
            group[kept] = row.group
            visit[kept] = row.visit
            persons[kept] = row.persons
            step[kept] = row.step
            facility[kept] = row.facility
            acuity[kept] = row.acuity
            requested[kept] = row.requested
            started[kept] = row.started
            ended[kept] = row.ended
            outcome[kept] = row.outcome
            kept += 1
    return kept, paused


def _split_states(
    rows: Any, begins: Any, facility: Any, time: Any, busy: Any, waiting: Any, capacity: Any
) -> None:
    for number in range(len(rows)):
        begins[rows[number].facility + 1] += 1
    for one in range(1, len(begins)):
        begins[one] += begins[one - 1]
    for number in range(len(rows)):
        row = rows[number]
        place = begins[row.facility]
        begins[row.facility] += 1
        facility[place] = row.facility
        time[place] = row.time
        busy[place] = row.busy
        waiting[place] = row.waiting
        capacity[place] = row.capacity
