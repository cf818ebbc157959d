"""Cuts of the records of one replication: by day, by step, by person.

Every wait counts, also the unfinished ones, with the time they have lasted so far.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from simulation.calendars import HOURS_PER_DAY
from simulation.categories import persons_by_category
from simulation.quantiles import weighted_quantile
from simulation.records import GROUP_OUTCOMES, STEP_OUTCOMES, STEPS
from simulation.rescue_cuts import died_by_category, lost_by_category

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simulation.columns import Tables
    from simulation.network import Network

LIMIT_CHILD_ALONE: Final = 24.0
"""Hours after which a child alone without a place counts as late."""
_STEP = {name: code for code, name in enumerate(STEPS)}
_OUTCOME = {name: code for code, name in enumerate(STEP_OUTCOMES)}
_LEAVES = ("left_without_service", "not_reached", "self_arrived", "lost", "died")
_LEAVING = np.array([name in _LEAVES for name in STEP_OUTCOMES])

Values = dict[str, "NDArray[np.float64]"]


def standards(network: Network) -> NDArray[np.float64]:
    """Return the waiting time that the plan promises for each facility.

    Parameters
    ----------
    network : Network

    Returns
    -------
    numpy.ndarray, (facility,), hours
        For health posts that of their least urgent class; lateness uses the class of the patient.

    """
    promised: dict[str, float] = {}
    for rescue in network.rescues:
        promised |= {units.name: rescue.standard for units in rescue.units}
    for reception in network.receptions:
        promised |= {desk.name: desk.standard for desk in reception.desks}
        for option in reception.sites:
            promised.setdefault(option.site, reception.standard)
    promised |= {transport.name: transport.standard for transport in network.transports}
    for post in network.health_posts:
        promised[f"{post.name} triage"] = post.triage_standard
        promised[post.name] = max(c.standard for c in post.classes)
    promised |= {ward.name: ward.standard for ward in network.wards}
    promised |= {one.name: one.standard for one in network.ambulances}
    promised |= {own.name: own.standard for own in network.own}
    return np.array([promised.get(name, np.inf) for name in network.facilities])


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


def step_arrays(records: Tables, network: Network) -> StepArrays:
    """Work out waits and lateness of every step."""
    steps = records.steps
    facility = steps["facility"].astype(np.int64)
    requested, started = steps["requested"], steps["started"]
    ended = steps["ended"]
    served = ~np.isnan(started)
    waited_until = np.where(served, started, np.where(np.isnan(ended), records.until, ended))
    limits = standards(network)[facility]
    acuity = steps["acuity"]
    for post in network.health_posts:
        mine = (facility == network.facilities.index(post.name)) & (acuity >= 0)
        limits[mine] = np.array([c.standard for c in post.classes])[acuity[mine]]
    step = steps["step"].astype(np.int64)
    limits[step == _STEP["ambulance_back"]] = np.inf  # the standard is that for fetching patients
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
        wait=waited_until - requested,
        limit=limits,
        late=waited_until - requested > limits + 1e-9,
    )


def cut_by_day(records: Tables, steps: StepArrays, network: Network) -> Values:
    """Cut states and requests by facility and day."""
    facilities, days = len(network.facilities), network.days
    day = np.minimum((steps.requested // HOURS_PER_DAY).astype(np.int64), days - 1)
    cell = steps.facility * days + day

    def total(weights: NDArray[np.float64]) -> NDArray[np.float64]:
        counts = np.bincount(cell, weights=weights, minlength=facilities * days)
        return counts.reshape(facilities, days).astype(np.float64)

    ended = steps.served & ~np.isnan(steps.ended) & (steps.ended < days * HOURS_PER_DAY)
    last_day = (steps.ended[ended] // HOURS_PER_DAY).astype(np.int64)
    over = _weighted(
        steps.facility[ended] * days + last_day, steps.persons[ended], facilities * days
    )
    return _daily_states(records, facilities, days) | {
        "persons_ended": over.reshape(facilities, days),
        "requests": total(steps.persons),
        "late": total(steps.persons * steps.late),
    }


def _daily_states(records: Tables, facilities: int, days: int) -> Values:
    """Cut the piecewise constant states at midnights and reduce them by day."""
    names = (
        "peak_busy",
        "mean_busy",
        "peak_waiting",
        "peak_demand",
        "capacity_in_place",
        "busy_at_day_end",
    )
    out = {name: np.zeros((facilities, days)) for name in names}
    states = records.states
    bounds = np.searchsorted(states["facility"], np.arange(facilities + 1))
    time = states["time"]
    busy, waiting = states["busy"], states["waiting"]
    capacity = states["capacity"]
    midnights = np.arange(days) * HOURS_PER_DAY
    for facility in range(facilities):
        rows = slice(bounds[facility], bounds[facility + 1])
        if rows.start == rows.stop:
            continue
        own = time[rows]
        # The state at midnight opens each day; then come the changes of the day.
        opening = np.maximum(np.searchsorted(own, midnights, side="right") - 1, 0)
        fresh = (own % HOURS_PER_DAY != 0) | (own > midnights[-1])
        order = np.argsort(np.concatenate([midnights, own[fresh]]), kind="stable")
        source = np.concatenate([opening, np.flatnonzero(fresh)])[order] + rows.start
        begins = np.concatenate([midnights, own[fresh]])[order]
        first = np.searchsorted(begins, midnights)
        lasts = np.diff(np.append(begins, min(days * HOURS_PER_DAY, records.until)))
        b, w = busy[source], waiting[source]
        out["peak_busy"][facility] = np.maximum.reduceat(b, first)
        out["peak_waiting"][facility] = np.maximum.reduceat(w, first)
        out["peak_demand"][facility] = np.maximum.reduceat(b + w, first)
        out["capacity_in_place"][facility] = np.maximum.reduceat(capacity[source], first)
        out["busy_at_day_end"][facility] = b[np.append(first[1:], len(b)) - 1]
        hours = np.add.reduceat(lasts, first)
        out["mean_busy"][facility] = np.add.reduceat(b * lasts, first) / np.maximum(hours, 1e-12)
    return out


def cut_by_step(steps: StepArrays) -> Values:
    """Sum up each step over the whole run."""

    def total(mask: NDArray[np.bool_]) -> NDArray[np.float64]:
        return _weighted(steps.step, steps.persons * mask, len(STEPS))

    asked = _weighted(steps.step, steps.persons, len(STEPS))
    waits = _weighted(steps.step, steps.persons * steps.wait, len(STEPS))
    leaving = _LEAVING[steps.outcome]
    leaving |= (steps.outcome == _OUTCOME["transferred"]) & ~steps.served
    return {
        "persons_requesting": asked,
        "persons_served": total(steps.served),
        "persons_late": total(steps.late),
        "persons_leaving": total(leaving),
        "persons_still_waiting": total(steps.outcome == _OUTCOME["waiting"]),
        "waiting_time_mean": np.divide(
            waits, asked, out=np.full(len(STEPS), np.nan), where=asked > 0
        ),
        "waiting_time_p90": np.array(
            [
                weighted_quantile(steps.wait[mine], steps.persons[mine], 0.9)
                for mine in (steps.step == code for code in range(len(STEPS)))
            ]
        ),
    }


def _weighted(
    index: NDArray[np.int64], weights: NDArray[np.float64], size: int
) -> NDArray[np.float64]:
    return np.bincount(index, weights=weights, minlength=size).astype(np.float64)


def cut_people(records: Tables, steps: StepArrays, network: Network) -> Values:
    """Count persons by outcome and category, nights without a place, families split."""
    groups = records.groups
    persons = groups["persons"].astype(np.float64)
    outcome = groups["outcome"]
    entered = persons_by_category(groups)
    lost = lost_by_category(groups)
    by_category = entered - lost
    died = died_by_category(groups)
    there = by_category - died
    alive = persons - (groups["recovered_dead"] + groups["missing"])
    by_outcome = _weighted(outcome, alive - groups["died"], len(GROUP_OUTCOMES))
    dead = {"recovered_dead": "recovered_dead", "missing": "missing", "died_in_reception": "died"}
    for name, column in dead.items():
        by_outcome[GROUP_OUTCOMES.index(name)] = groups[column].sum()
    nights = _nights(records, steps, network)
    unreached = outcome == GROUP_OUTCOMES.index("not_reached")
    alone = groups["unaccompanied"]
    without = _hours_without_place(steps, network, len(groups))
    left = outcome == GROUP_OUTCOMES.index("left_without_place")
    missed = groups["checked"] & ~groups["identified"]
    seen = steps.step == _STEP["consultation"]
    unseen = seen & (steps.outcome == _OUTCOME["left_without_service"])
    elsewhere = (steps.step == _STEP["ward"]) & (steps.outcome == _OUTCOME["transferred"])
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
        "beyond_clock": _beyond_clocks(records, steps, network, by_category),
        "vulnerable_missed": np.float64(groups["vulnerable"][missed].sum()),
        "persons_entered": persons.sum(),
        "groups_entered": np.float64(len(groups)),
        "persons_cut_off": persons[groups["cut_off"]].sum(),
        "total_nights_without_place": alive @ nights,
        "families_split": np.float64(groups["split"].sum()),
        "children_alone_late": np.float64((alone & (without > LIMIT_CHILD_ALONE)).sum()),
        "patients_left_unseen": np.float64(unseen.sum()),
        "patients_sent_elsewhere": np.float64(elsewhere.sum()),
        "patients_died_waiting": np.float64(_died_waiting(steps).sum()),
        "patients_by_cause": _weighted(
            records.cases["cause"].astype(np.int64),
            np.ones(len(records.cases)),
            len(network.causes),
        ),
    }


def cut_interruptions(records: Tables) -> Values:
    """Count interrupted consultations and the time until they went on, so far if they did not."""
    table = records.interruptions
    resumed = np.where(np.isnan(table["resumed"]), records.until, table["resumed"])
    return {
        "consultations_interrupted": np.float64(len(table)),
        "hours_interrupted": (resumed - table["interrupted"]).sum(),
    }


def _died_waiting(steps: StepArrays) -> NDArray[np.bool_]:
    """Rows of patients who died in a queue; one who waits for an ambulance has a bed reserved."""
    queues = [_STEP[name] for name in ("triage", "consultation", "ward")]
    died: NDArray[np.bool_] = steps.outcome == _OUTCOME["died"]
    rows = np.flatnonzero(died)
    died[rows] = np.isin(steps.step[rows], queues)
    return died


def _without_place(steps: StepArrays, network: Network) -> NDArray[np.bool_]:
    """Rows during whose wait a group is in reception and has no place."""
    before = [
        desk.name
        for reception in network.receptions
        for desk in reception.desks
        if not desk.while_staying
    ]
    is_before = np.array([name in before for name in network.facilities], dtype=np.bool_)
    placement: NDArray[np.bool_] = steps.step == _STEP["placement"]
    return placement | is_before[steps.facility]


def _hours_without_place(steps: StepArrays, network: Network, groups: int) -> NDArray[np.float64]:
    rows = _without_place(steps, network)
    return _weighted(steps.group[rows], steps.wait[rows], groups)


def _beyond_clocks(
    records: Tables,
    steps: StepArrays,
    network: Network,
    by_category: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Count the persons of each category beyond each legal clock, (clock, category)."""
    groups = by_category.shape[1]
    arrived = np.full(groups, np.inf)
    rows = _without_place(steps, network)
    np.minimum.at(arrived, steps.group[rows], steps.requested[rows])
    # Time at a desk is time without a place as well, not only the wait for it.
    until = np.where(np.isnan(steps.ended), records.until, steps.ended)
    until = np.where(steps.step == _STEP["placement"], steps.waited_until, until)
    without = _weighted(steps.group[rows], (until - steps.requested)[rows], groups)
    beyond = np.zeros((len(network.clocks), groups))
    for number, clock in enumerate(network.clocks):
        hours = without
        if clock.until != "place":
            own = steps.step == _STEP[clock.until]
            hours = np.zeros(groups)
            group = steps.group[own]
            begin = np.minimum(arrived[group], steps.requested[own])
            np.maximum.at(hours, group, until[own] - begin)
        beyond[number] = hours > clock.limit + 1e-9
    return beyond @ by_category.T


def _nights(records: Tables, steps: StepArrays, network: Network) -> NDArray[np.float64]:
    """Midnights that each group spends in reception without a place, at desks or waiting."""
    rows = _without_place(steps, network)
    at_desk = rows & (steps.step != _STEP["placement"])
    until = np.where(at_desk & ~np.isnan(steps.ended), steps.ended, steps.waited_until)
    until = np.where(at_desk & steps.served & np.isnan(steps.ended), records.until, until)
    midnights = until // HOURS_PER_DAY - steps.requested // HOURS_PER_DAY
    return _weighted(steps.group[rows], midnights[rows], len(records.groups))


def hours_over_capacity(records: Tables, network: Network) -> NDArray[np.float64]:
    """Sum the persons above the places of each site over time, person-hours."""
    states = records.states
    code = states["facility"]
    time = states["time"]
    last = np.append(code[1:] != code[:-1], True) if len(code) else np.empty(0, dtype=np.bool_)
    ends = np.where(last, records.until, np.append(time[1:], records.until)[: len(time)])
    over = np.maximum(states["busy"] - states["capacity"], 0)
    sites = are_sites(network)[code]
    return _weighted(code, over * (ends - time) * sites, len(network.facilities))


def are_sites(network: Network) -> NDArray[np.bool_]:
    """Return, by facility, whether it is a site."""
    sites = {site.name for site in network.sites}
    return np.array([name in sites for name in network.facilities], dtype=np.bool_)
