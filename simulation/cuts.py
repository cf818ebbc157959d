"""Cuts of the records of one replication: by day and by step.

Every wait counts, also the unfinished ones, with the time they have lasted so far.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from simulation.calendars import HOURS_PER_DAY, whole_days
from simulation.daily_states import cut_states
from simulation.records import STEP, STEP_OUTCOME, STEP_OUTCOMES, STEPS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simulation.columns import Tables
    from simulation.lookups import Lookups

_LEAVES = ("left_without_service", "not_reached", "self_arrived", "lost", "died")
_LEAVING = np.array([name in _LEAVES for name in STEP_OUTCOMES])

Values = dict[str, "NDArray[np.float64]"]


@dataclass(frozen=True)
class StepArrays:
    """The table of steps as arrays, with waits and lateness."""

    step: NDArray[np.int64]
    facility: NDArray[np.int64]
    persons: NDArray[np.float64]
    group: NDArray[np.int64]
    outcome: NDArray[np.int64]
    requested: NDArray[np.float64]
    ended: NDArray[np.float64]
    served: NDArray[np.bool_]
    waited_until: NDArray[np.float64]
    wait: NDArray[np.float64]
    limit: NDArray[np.float64]
    late: NDArray[np.bool_]


def step_arrays(records: Tables, known: Lookups) -> StepArrays:
    """Work out waits and lateness of every step."""
    steps = records.steps
    facility = steps["facility"].astype(np.int64)
    step = steps["step"].astype(np.int64)
    requested, started = steps["requested"], steps["started"]
    ended = steps["ended"]
    served = ~np.isnan(started)
    waited_until = np.where(served, started, np.where(np.isnan(ended), records.until, ended))
    limits = known.limits[facility, steps["acuity"] + 1]
    if known.network.ambulances:  # the standard is that for fetching patients
        limits[step == STEP["ambulance_back"]] = np.inf
    wait = waited_until - requested
    return StepArrays(
        step=step,
        facility=facility,
        persons=steps["persons"].astype(np.float64),
        group=steps["group"].astype(np.int64),
        outcome=steps["outcome"].astype(np.int64),
        requested=requested,
        ended=ended,
        served=served,
        waited_until=waited_until,
        wait=wait,
        limit=limits,
        late=wait > limits + 1e-9,
    )


@dataclass(frozen=True)
class StateArrays:
    """The table of states as arrays, by facility and time.

    ``hours`` is how long each state lasted, ``bounds`` where the states of each facility begin,
    (facility + 1,).
    """

    facility: NDArray[np.int64]
    time: NDArray[np.float64]
    busy: NDArray[np.int64]
    waiting: NDArray[np.int64]
    capacity: NDArray[np.int64]
    hours: NDArray[np.float64]
    bounds: NDArray[np.int64]


def state_arrays(records: Tables, known: Lookups) -> StateArrays:
    """Work out how long every state lasted."""
    states = records.states
    facility = states["facility"].astype(np.int64)
    time = states["time"]
    bounds = np.searchsorted(facility, np.arange(known.facilities + 1))
    ends = np.append(time[1:], records.until)[: len(time)]
    ends[bounds[1:][bounds[1:] > bounds[:-1]] - 1] = records.until
    return StateArrays(
        facility=facility,
        time=time,
        busy=states["busy"],
        waiting=states["waiting"],
        capacity=states["capacity"],
        hours=ends - time,
        bounds=bounds,
    )


def cut_by_day(steps: StepArrays, states: StateArrays, known: Lookups, until: float) -> Values:
    """Cut states and requests by facility and day."""
    facilities, days = known.facilities, known.network.days
    day = np.minimum(whole_days(steps.requested).astype(np.int64), days - 1)
    cell = steps.facility * days + day

    def total(weights: NDArray[np.float64]) -> NDArray[np.float64]:
        return weighted(cell, weights, facilities * days).reshape(facilities, days)

    # Services without an end are not below the limit either.
    ended = np.flatnonzero(steps.served & (steps.ended < days * HOURS_PER_DAY))
    last_day = whole_days(steps.ended[ended]).astype(np.int64)
    over = weighted(
        steps.facility[ended] * days + last_day, steps.persons[ended], facilities * days
    )
    daily = cut_states(
        states.facility,
        states.time,
        (states.busy, states.waiting, states.capacity),
        (facilities, days),
        until,
    )
    return daily | {
        "persons_ended": over.reshape(facilities, days),
        "requests": total(steps.persons),
        "late": total(steps.persons * steps.late),
    }


def cut_by_step(steps: StepArrays) -> Values:
    """Sum up each step over the whole run."""

    def total(weights: NDArray[np.float64]) -> NDArray[np.float64]:
        return weighted(steps.step, weights, len(STEPS))

    asked = total(steps.persons)
    leaving = _LEAVING[steps.outcome]
    leaving |= (steps.outcome == STEP_OUTCOME["transferred"]) & ~steps.served
    return {
        "persons_requesting": asked,
        "persons_served": total(steps.persons * steps.served),
        "persons_late": total(steps.persons * steps.late),
        "persons_leaving": total(steps.persons * leaving),
        "persons_still_waiting": total(steps.persons * (steps.outcome == STEP_OUTCOME["waiting"])),
        "waiting_time_mean": np.divide(
            total(steps.persons * steps.wait),
            asked,
            out=np.full(len(STEPS), np.nan),
            where=asked > 0,
        ),
        "waiting_time_p90": _wait_of_nine_in_ten(steps, asked),
    }


def _wait_of_nine_in_ten(steps: StepArrays, asked: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return, by step, the wait that nine in ten persons do not exceed, of all steps at once."""
    # Most did not wait at all: only the others are sorted, numbers of 8 bits without comparing.
    rows = np.flatnonzero(steps.wait > 0)
    rows = rows[np.argsort(steps.wait[rows], kind="stable")]
    rows = rows[np.argsort(steps.step[rows].astype(np.int8), kind="stable")]
    persons = steps.persons[rows]
    waited = weighted(steps.step[rows], persons, len(STEPS))
    reached = np.cumsum(persons)  # whole persons, so that sums are exact
    wanted = np.ceil(0.9 * asked) - (asked - waited)
    place = np.searchsorted(reached, wanted + np.cumsum(waited) - waited)
    p90 = np.append(steps.wait[rows], 0.0)[np.where(wanted > 0, place, len(rows))]
    return np.where(asked > 0, p90, np.nan)


def weighted(
    index: NDArray[np.int64], weights: NDArray[np.float64], size: int
) -> NDArray[np.float64]:
    """Sum weights by index, from 0 to ``size - 1``."""
    return np.bincount(index, weights=weights, minlength=size).astype(np.float64, copy=False)


def cut_interruptions(records: Tables) -> Values:
    """Count interrupted consultations and the time until they went on, so far if they did not."""
    table = records.interruptions
    resumed = np.where(np.isnan(table["resumed"]), records.until, table["resumed"])
    return {
        "consultations_interrupted": np.float64(len(table)),
        "hours_interrupted": (resumed - table["interrupted"]).sum(),
    }


def hours_over_capacity(states: StateArrays, known: Lookups) -> NDArray[np.float64]:
    """Sum the persons above the places of each site over time, person-hours."""
    rows = np.flatnonzero((states.busy > states.capacity) & known.is_site[states.facility])
    over = states.busy[rows] - states.capacity[rows]
    return weighted(states.facility[rows], over * states.hours[rows], known.facilities)
