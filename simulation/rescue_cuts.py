"""Cuts of the records that concern rescue: times of incidents, use of units, who was lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simulation.categories import HOUSEHOLDS, household_kinds
from simulation.quantiles import weighted_quantile
from simulation.records import STEPS

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from simulation.network import Network
    from simulation.records import Records

Numbers = dict[str, "NDArray[np.float64]"]


def cut_rescue(records: Records, network: Network) -> Numbers:
    """Sum up incidents and units; times that have not ended count as far as they got.

    Parameters
    ----------
    records : Records
    network : Network

    Returns
    -------
    dict of str to numpy.ndarray
        Times in hours, per person; NaN where there was no incident.

    """
    incidents = records.incidents
    persons = incidents["persons"].to_numpy().astype(np.float64)
    began = incidents["began"].to_numpy()
    closed = incidents["closed"].fillna(records.until)

    def mean_time(column: str) -> np.float64:
        until = incidents[column].fillna(closed).to_numpy()
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


def _time_on_board(records: Records) -> Numbers:
    """Cut the time from boarding to disembarkation, per person; so far for those still on board."""
    steps = records.steps
    mine = (steps["step"] == STEPS.index("rescue")) & steps["started"].notna()
    rows = steps[mine]
    persons = rows["persons"].to_numpy().astype(np.float64)
    hours = (rows["ended"].fillna(records.until) - rows["started"]).to_numpy()
    if not persons.sum():
        return {"time_on_board": np.asarray(np.nan), "time_on_board_p90": np.asarray(np.nan)}
    mean, p90 = (hours * persons).sum() / persons.sum(), weighted_quantile(hours, persons, 0.9)
    return {"time_on_board": np.asarray(mean), "time_on_board_p90": np.asarray(p90)}


def _utilization(records: Records, network: Network) -> NDArray[np.float64]:
    """Hours of units out over hours of units in service; NaN for other facilities."""
    states = records.states
    code, time = states["facility"].to_numpy(), states["time"].to_numpy()
    last = np.append(code[1:] != code[:-1], True) if len(code) else np.empty(0, dtype=np.bool_)
    ends = np.where(last, records.until, np.append(time[1:], records.until)[: len(time)])
    size = len(network.facilities)
    busy = np.bincount(code, states["busy"].to_numpy() * (ends - time), size)
    there = np.bincount(code, states["capacity"].to_numpy() * (ends - time), size)
    rescue = np.array([network.service(name) == "rescue" for name in network.facilities])
    out: NDArray[np.float64] = np.divide(
        busy, there, out=np.full(size, np.nan), where=rescue & (there > 0)
    )
    return out


def lost_by_category(groups: pd.DataFrame) -> NDArray[np.float64]:
    """Return the dead and missing in transit of each category in each group.

    Parameters
    ----------
    groups : pandas.DataFrame
        With the columns of ``simulation.records.GROUP_COLUMNS``.

    Returns
    -------
    numpy.ndarray, (category, group), persons
        In the order of :data:`simulation.categories.CATEGORIES`.

    """
    return _dead_by_category(groups, groups["recovered_dead"] + groups["missing"], "lost")


def died_by_category(groups: pd.DataFrame) -> NDArray[np.float64]:
    """Return those who died in reception of each category in each group, like the lost."""
    return _dead_by_category(groups, groups["died"], "died")


def _dead_by_category(groups: pd.DataFrame, dead: pd.Series, which: str) -> NDArray[np.float64]:
    lost = dead.to_numpy().astype(np.float64)
    children, women = groups[f"{which}_children"].to_numpy(), groups[f"{which}_women"].to_numpy()
    unaccompanied = groups["unaccompanied"].to_numpy()
    kinds = household_kinds(groups["persons"].to_numpy(), groups["women"].to_numpy(), unaccompanied)
    return np.stack(
        [
            children,
            women,
            lost - children - women,
            groups[f"{which}_under_five"].to_numpy(),
            unaccompanied * lost,
            groups[f"{which}_vulnerable"].to_numpy(),
            *(
                lost * (kinds == HOUSEHOLDS.index(kind))
                for kind in ("families", "women alone", "men alone")
            ),
        ]
    ).astype(np.float64)
