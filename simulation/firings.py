"""Cuts of what the triggers did: how often, when, and how late after the standard was broken."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simulation.calendars import HOURS_PER_DAY
from simulation.records import EVENTS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simulation.calendars import Steps
    from simulation.columns import Tables
    from simulation.cuts import StateArrays, StepArrays, Values
    from simulation.lookups import Lookups
    from simulation.network import Network


def first_breach(steps: StepArrays, states: StateArrays, known: Lookups) -> NDArray[np.float64]:
    """Return when each facility first breaks what the plan promises.

    Parameters
    ----------
    steps : StepArrays
    states : StateArrays
    known : Lookups

    Returns
    -------
    numpy.ndarray, (facility,), hours from the start
        For a site when more people are present or waiting than it has places, for others when
        somebody has waited longer than the standard; NaN when that never happens.

    """
    first = np.full(known.facilities, np.inf)
    late = np.flatnonzero(steps.late)
    np.minimum.at(first, steps.facility[late], steps.requested[late] + steps.limit[late])
    first[known.is_site] = np.inf
    full = np.flatnonzero(states.busy + states.waiting > states.capacity)
    full = full[known.is_site[states.facility[full]]]
    np.minimum.at(first, states.facility[full], states.time[full])
    return np.where(np.isinf(first), np.nan, first)


def cut_triggers(records: Tables, breach: NDArray[np.float64], network: Network) -> Values:
    """Cut the table of events by trigger.

    Parameters
    ----------
    records : Tables
    breach : numpy.ndarray, (facility,), hours
        From :func:`first_breach`.
    network : Network

    Returns
    -------
    dict of str to numpy.ndarray
        Arrays of shape (trigger,).

    """
    count = len(network.triggers)
    trigger, event = records.events["trigger"], records.events["event"]
    time = records.events["time"]
    fired, came = event == EVENTS.index("fired"), event == EVENTS.index("came")
    target = [network.facilities.index(t.facility) for t in network.triggers]
    first_came = _first(trigger[came], time[came], count)
    return {
        "trigger_firings": np.bincount(trigger[fired], minlength=count).astype(np.float64),
        "trigger_fired": _first(trigger[fired], time[fired], count),
        "trigger_came": first_came,
        "trigger_delay": first_came - breach[np.array(target, dtype=int)],
        "trigger_unit_days": _unit_days(records, network),
    }


def _spans(records: Tables, number: int) -> list[tuple[float, float]]:
    """Return from when until when the capacity of a trigger was there, hours."""
    events = records.events
    own = events["trigger"] == number
    event, time = events["event"][own], events["time"][own]
    begins = time[event == EVENTS.index("came")]
    ends = np.append(time[event == EVENTS.index("ended")], records.until)
    return [(float(a), float(b)) for a, b in zip(begins, ends[: len(begins)], strict=True)]


def _unit_days(records: Tables, network: Network) -> NDArray[np.float64]:
    """Sum up the units that triggers brought over the time they were there, in days of 24 hours.

    Factors on one facility multiply: each trigger is given what it adds to those before it.
    """
    there = {one.facility: network.capacity(one.facility) for one in network.triggers}
    days = np.zeros(len(network.triggers))
    for number, trigger in enumerate(network.triggers):
        before = there[trigger.facility]
        for begin, end in _spans(records, number):
            hours = _area(trigger.added, end) - _area(trigger.added, begin)
            raised = before.scaled(begin, end, max(trigger.factor, 1.0))
            hours += _area(raised, end) - _area(before, end)
            days[number] += hours / HOURS_PER_DAY
            there[trigger.facility] = there[trigger.facility].scaled(begin, end, trigger.factor)
    return days


def _area(steps: Steps, until: float) -> float:
    return steps.mean(until) * until if until > 0 else 0.0


def _first(index: NDArray[np.int64], time: NDArray[np.float64], count: int) -> NDArray[np.float64]:
    first = np.full(count, np.inf)
    np.minimum.at(first, index, time)
    return np.where(np.isinf(first), np.nan, first)
