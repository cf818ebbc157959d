"""Cuts of the records that concern rescue: times of incidents, use of units, who was lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simulation.categories import HOUSEHOLDS, household_kinds
from simulation.quantiles import weighted_quantile
from simulation.records import STEPS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simulation.columns import Columns, Tables
    from simulation.network import Network

Numbers = dict[str, "NDArray[np.float64]"]


def cut_rescue(records: Tables, network: Network) -> Numbers:
    """Sum up incidents and units; times that have not ended count as far as they got.

    Parameters
    ----------
    records : Tables
    network : Network

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
        "rescue_utilization": _utilization(records, network),
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


def _utilization(records: Tables, network: Network) -> NDArray[np.float64]:
    """Hours of units out over hours of units in service; NaN for other facilities."""
    states = records.states
    code, time = states["facility"], states["time"]
    last = np.append(code[1:] != code[:-1], True) if len(code) else np.empty(0, dtype=np.bool_)
    ends = np.where(last, records.until, np.append(time[1:], records.until)[: len(time)])
    size = len(network.facilities)
    busy = np.bincount(code, states["busy"] * (ends - time), size)
    there = np.bincount(code, states["capacity"] * (ends - time), size)
    rescue = np.array([network.service(name) == "rescue" for name in network.facilities])
    out: NDArray[np.float64] = np.divide(
        busy, there, out=np.full(size, np.nan), where=rescue & (there > 0)
    )
    return out


def lost_by_category(groups: Columns) -> NDArray[np.float64]:
    """Return the dead and missing in transit of each category in each group.

    Parameters
    ----------
    groups : Columns
        With the columns of ``simulation.records.GROUP_COLUMNS``.

    Returns
    -------
    numpy.ndarray, (category, group), persons
        In the order of :data:`simulation.categories.CATEGORIES`.

    """
    return _dead_by_category(groups, groups["recovered_dead"] + groups["missing"], "lost")


def died_by_category(groups: Columns) -> NDArray[np.float64]:
    """Return those who died in reception of each category in each group, like the lost."""
    return _dead_by_category(groups, groups["died"], "died")


def _dead_by_category(groups: Columns, dead: NDArray[np.int64], which: str) -> NDArray[np.float64]:
    lost = dead.astype(np.float64)
    children, women = groups[f"{which}_children"], groups[f"{which}_women"]
    unaccompanied = groups["unaccompanied"]
    kinds = household_kinds(groups["persons"], groups["women"], unaccompanied)
    return np.stack(
        [
            children,
            women,
            lost - children - women,
            groups[f"{which}_under_five"],
            unaccompanied * lost,
            groups[f"{which}_vulnerable"],
            *(
                lost * (kinds == HOUSEHOLDS.index(kind))
                for kind in ("families", "women alone", "men alone")
            ),
        ]
    ).astype(np.float64)
