"""Cuts of the records that concern people: where they are, by category, nights without a place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from simulation.calendars import whole_days
from simulation.categories import (
    died_by_category,
    household_kinds,
    lost_by_category,
    persons_by_category,
)
from simulation.cuts import weighted
from simulation.records import GROUP_OUTCOMES, STEP, STEP_OUTCOME

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simulation.columns import Tables
    from simulation.cuts import StepArrays, Values
    from simulation.lookups import Lookups

LIMIT_CHILD_ALONE: Final = 24.0
"""Hours after which a child alone without a place counts as late."""


def cut_people(records: Tables, steps: StepArrays, known: Lookups) -> Values:
    """Count persons by outcome and category, nights without a place, families split."""
    groups = records.groups
    persons = groups["persons"].astype(np.float64)
    outcome = groups["outcome"].astype(np.int64)
    kinds = household_kinds(groups["persons"], groups["women"], groups["unaccompanied"])
    entered = persons_by_category(groups, kinds)
    lost, died = lost_by_category(groups, kinds), died_by_category(groups, kinds)
    by_category = entered - lost
    there = by_category - died
    alive = persons - (groups["recovered_dead"] + groups["missing"])
    by_outcome = weighted(outcome, alive - groups["died"], len(GROUP_OUTCOMES))
    dead = {"recovered_dead": "recovered_dead", "missing": "missing", "died_in_reception": "died"}
    for name, column in dead.items():
        by_outcome[GROUP_OUTCOMES.index(name)] = groups[column].sum()
    waits = _waits_without_place(steps, records.until, known)
    nights = weighted(waits.group, waits.midnights, len(groups))
    without = weighted(waits.group, waits.wait, len(groups))
    unreached = outcome == GROUP_OUTCOMES.index("not_reached")
    left = outcome == GROUP_OUTCOMES.index("left_without_place")
    alone = groups["unaccompanied"]
    missed = groups["checked"] & ~groups["identified"]
    unseen = steps.outcome == STEP_OUTCOME["left_without_service"]
    elsewhere = steps.outcome == STEP_OUTCOME["transferred"]
    return {
        "persons_by_outcome": by_outcome,
        "persons": entered.sum(axis=1),
        "deaths_in_transit": lost.sum(axis=1),
        "total_deaths_in_transit": persons.sum() - alive.sum(),
        "deaths_in_reception": died.sum(axis=1),
        "total_deaths_in_reception": np.float64(groups["died"].sum()),
        "nights_without_place": by_category @ nights,
        "not_reached": by_category @ unreached,
        "left_without_place": there @ left,
        "in_other_places": there @ groups["other_places"],
        "beyond_clock": _beyond_clocks(waits, steps, records.until, known, by_category),
        "vulnerable_missed": np.float64(groups["vulnerable"][missed].sum()),
        "persons_entered": persons.sum(),
        "groups_entered": np.float64(len(groups)),
        "persons_cut_off": persons[groups["cut_off"]].sum(),
        "total_nights_without_place": alive @ nights,
        "families_split": np.float64(groups["split"].sum()),
        "children_alone_late": np.float64((alone & (without > LIMIT_CHILD_ALONE)).sum()),
        "patients_left_unseen": np.float64(_rows_of(steps, unseen, "consultation")),
        "patients_sent_elsewhere": np.float64(_rows_of(steps, elsewhere, "ward")),
        "patients_died_waiting": np.float64(_died_waiting(steps)),
        "patients_by_cause": weighted(
            records.cases["cause"].astype(np.int64),
            np.ones(len(records.cases)),
            len(known.network.causes),
        ),
    }


def _rows_of(steps: StepArrays, which: NDArray[np.bool_], step: str) -> int:
    return int((steps.step[which] == STEP[step]).sum())


def _died_waiting(steps: StepArrays) -> int:
    """Count patients who died in a queue; one who waits for an ambulance has a bed reserved."""
    queues = [STEP[name] for name in ("triage", "consultation", "ward")]
    died = steps.outcome == STEP_OUTCOME["died"]
    return int(np.isin(steps.step[died], queues).sum()) if died.any() else 0


class _Waits(NamedTuple):
    """Times during which a group is in reception and has no place, (wait,)."""

    group: NDArray[np.int64]
    begins: NDArray[np.float64]
    ends: NDArray[np.float64]
    """A time at a desk counts as well, not only the wait for it."""
    wait: NDArray[np.float64]
    midnights: NDArray[np.float64]


def _waits_without_place(steps: StepArrays, until: float, known: Lookups) -> _Waits:
    rows = np.flatnonzero((steps.step == STEP["placement"]) | known.is_before_place[steps.facility])
    begins, ends = steps.requested[rows], _ends(steps, rows, until)
    midnights = whole_days(ends) - whole_days(begins)
    return _Waits(steps.group[rows], begins, ends, steps.wait[rows], midnights)


def _ends(steps: StepArrays, rows: NDArray[np.int64], until: float) -> NDArray[np.float64]:
    """When steps were over, so far if they are open; the search for a place, not the stay."""
    ended = steps.ended[rows]
    over = np.where(np.isnan(ended), until, ended)
    return np.where(steps.step[rows] == STEP["placement"], steps.waited_until[rows], over)


def _beyond_clocks(
    waits: _Waits,
    steps: StepArrays,
    until: float,
    known: Lookups,
    by_category: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Count the persons of each category beyond each legal clock, (clock, category)."""
    groups = by_category.shape[1]
    arrived = np.full(groups, np.inf)
    np.minimum.at(arrived, waits.group, waits.begins)
    without = weighted(waits.group, waits.ends - waits.begins, groups)
    beyond = np.zeros((len(known.network.clocks), groups))
    for number, clock in enumerate(known.network.clocks):
        hours = without
        if clock.until != "place":
            rows = np.flatnonzero(steps.step == STEP[clock.until])
            hours = np.zeros(groups)
            group = steps.group[rows]
            begin = np.minimum(arrived[group], steps.requested[rows])
            np.maximum.at(hours, group, _ends(steps, rows, until) - begin)
        beyond[number] = hours > clock.limit + 1e-9
    return beyond @ by_category.T
