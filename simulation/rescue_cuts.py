"""Cuts of the records that concern rescue: times of incidents, use of units, time on board."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simulation.cuts import weighted
from simulation.quantiles import weighted_quantile
from simulation.records import STEPS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simulation.columns import Tables
    from simulation.cuts import StateArrays
    from simulation.lookups import Lookups

Numbers = dict[str, "NDArray[np.float64]"]


def cut_rescue(records: Tables, states: StateArrays, known: Lookups) -> Numbers:
    """Sum up incidents and units; times that have not ended count as far as they got.

    Parameters
    ----------
    records : Tables
    states : StateArrays
    known : Lookups

    Returns
    -------
    dict of str to numpy.ndarray
        Times in hours, per person; NaN where there was no incident.

    """
    incidents = records.incidents
    persons = incidents["persons"].astype(np.float64)
    began = incidents["began"]
    closed = np.where(np.isnan(incidents["closed"]), records.until, incidents["closed"])

    def mean_time(column: str) -> np.float64:
        until = np.where(np.isnan(incidents[column]), closed, incidents[column])
        total = persons.sum()
        return np.float64(((until - began) * persons).sum() / total if total else np.nan)

    return {
        "time_to_alert": np.asarray(mean_time("alerted")),
        "time_to_reach": np.asarray(mean_time("found")),
        "persons_self_arrived": np.asarray(float(incidents["self_arrived"].sum())),
        "persons_by_passing": np.asarray(float(incidents["by_passing"].sum())),
        "rescue_utilization": _utilization(states, known),
        **_time_on_board(records),
    }


def _time_on_board(records: Tables) -> Numbers:
    """Cut the time from boarding to disembarkation, per person; so far for those still on board."""
    steps = records.steps
    mine = (steps["step"] == STEPS.index("rescue")) & ~np.isnan(steps["started"])
    persons = steps["persons"][mine].astype(np.float64)
    ended = steps["ended"][mine]
    hours = np.where(np.isnan(ended), records.until, ended) - steps["started"][mine]
    if not persons.sum():
        return {"time_on_board": np.asarray(np.nan), "time_on_board_p90": np.asarray(np.nan)}
    mean, p90 = (hours * persons).sum() / persons.sum(), weighted_quantile(hours, persons, 0.9)
    return {"time_on_board": np.asarray(mean), "time_on_board_p90": np.asarray(p90)}


def _utilization(states: StateArrays, known: Lookups) -> NDArray[np.float64]:
    """Hours of units out over hours of units in service; NaN for other facilities."""
    size = known.facilities
    rows = np.flatnonzero(known.is_rescue[states.facility])
    facility, hours = states.facility[rows], states.hours[rows]
    busy = weighted(facility, states.busy[rows] * hours, size)
    there = weighted(facility, states.capacity[rows] * hours, size)
    out: NDArray[np.float64] = np.divide(busy, there, out=np.full(size, np.nan), where=there > 0)
    return out
