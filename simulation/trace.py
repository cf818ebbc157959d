"""The story of one simulated group, step by step, from the records of a replication."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from simulation.categories import HOUSEHOLDS, household_kinds
from simulation.records import GROUP_OUTCOMES, STEP_OUTCOMES, STEPS

if TYPE_CHECKING:
    from simulation.network import Network
    from simulation.records import Records


class Moment(NamedTuple):
    """Something that happens to a group.

    Parameters
    ----------
    time : datetime.datetime
        Rounded to the minute.
    step : str
        One of :data:`simulation.records.STEPS`, or ``arrival`` or ``end``.
    facility : str
    text : str
    waited : float, h
        When a wait ends here, how long it was; else NaN.

    """

    time: dt.datetime
    step: str
    facility: str
    text: str
    waited: float


class TraceError(ValueError):
    """There is no such group."""


def trace(records: Records, network: Network, group: int) -> list[Moment]:
    """Tell what happened to one group.

    Parameters
    ----------
    records : Records
    network : Network
    group : int
        Number in the table of groups.

    Returns
    -------
    list of Moment
        In order of time; what has no end when the run ends is told as such.

    Raises
    ------
    TraceError
        If there is no group of this number.

    """
    count = len(records.groups)
    if not 0 <= group < count:
        msg = f"there is no group {group}; this future has the groups 0 to {count - 1}."
        raise TraceError(msg if count else "nobody asks for the services in this future.")
    who = records.groups.iloc[group]
    told: list[tuple[float, int, Moment]] = []

    def tell(hour: float, step: str, facility: str, text: str, waited: float = np.nan) -> None:
        moment = Moment(_clock(network, hour), step, facility, text, waited)
        told.append((hour, len(told), moment))

    inflow = "there at the start" if who["inflow"] < 0 else network.inflows[who["inflow"]].name
    tell(float(who["displaced"]), "arrival", "", f"{_described(records, group)}: {inflow}")
    steps = records.steps[records.steps["group"] == group]
    for row in steps.itertuples():
        step, facility = STEPS[row.step], network.facilities[row.facility]
        waited = float(row.started - row.requested)
        visit = f" (visit {row.visit})" if row.visit else ""
        tell(float(row.requested), step, facility, f"asks for {step}{visit}")
        if not np.isnan(row.started):
            tell(float(row.started), step, facility, f"{step}{visit} begins", waited)
        if not np.isnan(row.ended):
            outcome = STEP_OUTCOMES[row.outcome].replace("_", " ")
            unserved = np.isnan(row.started)
            wait = float(row.ended - row.requested) if unserved else np.nan
            tell(float(row.ended), step, facility, f"{step}{visit} ends: {outcome}", wait)
    pauses = records.interruptions[records.interruptions["group"] == group]
    for pause in pauses.itertuples():
        facility, visit = network.facilities[pause.facility], f"consultation (visit {pause.visit})"
        since = float(pause.interrupted)
        tell(since, "consultation", facility, f"{visit} interrupted for a more urgent patient")
        if not np.isnan(pause.resumed):
            told_as = f"{visit} goes on"
            tell(float(pause.resumed), "consultation", facility, told_as, pause.resumed - since)
    outcome = GROUP_OUTCOMES[int(who["outcome"])].replace("_", " ")
    last = max(hour for hour, _, _ in told)
    open_ = steps["ended"].isna().any()
    tell(records.until if open_ else last, "end", "", f"at the end of the story: {outcome}")
    return [moment for _, _, moment in sorted(told, key=lambda one: one[:2])]


def longest_wait(records: Records) -> int:
    """Return the group with the longest single wait, finished or not; -1 without any."""
    steps = records.steps[records.steps["group"] >= 0]
    if steps.empty:
        return -1
    until = steps["started"].fillna(steps["ended"]).fillna(records.until)
    return int(steps["group"].to_numpy()[int(np.argmax((until - steps["requested"]).to_numpy()))])


def at_the_busiest_time(records: Records, network: Network, facility: str) -> int:
    """Return a group that asks for a facility when most people are present or waiting there.

    Parameters
    ----------
    records : Records
    network : Network
    facility : str

    Returns
    -------
    int
        The last group that asked until then; -1 when nobody did.

    Raises
    ------
    TraceError
        If there is no such facility.

    """
    if facility not in network.facilities:
        msg = f"there is no facility {facility!r}; known: {', '.join(network.facilities)}."
        raise TraceError(msg)
    code = network.facilities.index(facility)
    states = records.states[records.states["facility"] == code]
    own = (records.steps["facility"] == code) & (records.steps["group"] >= 0)
    steps = records.steps[own]
    if steps.empty:
        return -1
    load = (states["busy"] + states["waiting"]).to_numpy()
    peak = float(states["time"].to_numpy()[int(np.argmax(load))])
    before = steps[steps["requested"] <= peak]
    chosen = before.iloc[-1] if len(before) else steps.iloc[0]
    return int(chosen["group"])


def _clock(network: Network, hour: float) -> dt.datetime:
    start = dt.datetime.combine(network.start, dt.time())
    return start + dt.timedelta(minutes=round(hour * 60))


def _described(records: Records, group: int) -> str:
    who = records.groups.iloc[[group]]
    kind = household_kinds(
        who["persons"].to_numpy(), who["women"].to_numpy(), who["unaccompanied"].to_numpy()
    )[0]
    persons, children = int(who["persons"].item()), int(who["children"].item())
    size = f"{persons} person{'s' if persons > 1 else ''}, {children} below 18"
    noun = {"families": "a family", "women alone": "a woman alone", "men alone": "a man alone"}
    return f"{noun.get(HOUSEHOLDS[kind], 'a child alone')} ({size})"
