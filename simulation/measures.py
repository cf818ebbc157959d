"""From records to measures: what planners sign off, each with dims, unit and definition.

A measure never averages over those who got through: people still waiting when the run ends count
with the time they have waited so far, and people who leave with the time until they left.
"""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import pandas as pd
import xarray as xr

from simulation.categories import CATEGORIES as CATEGORIES
from simulation.cuts import (
    Values,
    cut_by_day,
    cut_by_step,
    cut_interruptions,
    hours_over_capacity,
    state_arrays,
    step_arrays,
)
from simulation.firings import cut_triggers, first_breach
from simulation.lookups import lookups_of, standards
from simulation.people_cuts import cut_people
from simulation.precision import half_width
from simulation.records import GROUP_OUTCOMES, STEPS
from simulation.rescue_cuts import cut_rescue
from simulation.site_standards import SITE_STANDARDS, cut_standards

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simulation.network import Network
    from simulation.records import Records


class Measure(NamedTuple):
    """Definition of a measure; every one also has the dim ``replication``."""

    name: str
    dims: tuple[str, ...]
    unit: str
    description: str


MEASURES: Final = (
    Measure(
        "peak_busy",
        ("facility", "day"),
        "units of the facility",
        "largest number of servers at work or places taken in the day",
    ),
    Measure(
        "mean_busy",
        ("facility", "day"),
        "units of the facility",
        "time-weighted mean of servers at work or places taken",
    ),
    Measure(
        "peak_waiting",
        ("facility", "day"),
        "persons",
        "largest number of persons waiting in the day; for a site, of those who ask for it first",
    ),
    Measure(
        "peak_demand",
        ("facility", "day"),
        "persons",
        "largest number of persons present or waiting in the day; "
        "for servers, servers at work plus persons waiting",
    ),
    Measure(
        "capacity_in_place",
        ("facility", "day"),
        "units of the facility",
        "largest number of places or servers in the day, with triggers, breakdowns and losses",
    ),
    Measure(
        "busy_at_day_end",
        ("facility", "day"),
        "units of the facility",
        "servers at work or places taken when the day ends",
    ),
    Measure(
        "persons_ended",
        ("facility", "day"),
        "persons",
        "persons whose stay or service there ended on the day, for whatever reason",
    ),
    Measure("requests", ("facility", "day"), "persons", "persons who asked on the day"),
    Measure(
        "late",
        ("facility", "day"),
        "persons",
        "of those, persons whose wait became longer than the standard, served or not",
    ),
    Measure("persons_requesting", ("step",), "persons", "persons who asked for the step"),
    Measure("persons_served", ("step",), "persons", "persons for whom the step began"),
    Measure("persons_late", ("step",), "persons", "persons who waited longer than the standard"),
    Measure(
        "persons_leaving", ("step",), "persons", "persons who left the queue without the service"
    ),
    Measure(
        "persons_still_waiting", ("step",), "persons", "persons in the queue when the run ended"
    ),
    Measure(
        "waiting_time_mean",
        ("step",),
        "h",
        "mean wait of all who asked, the unfinished waits as far as they got",
    ),
    Measure("waiting_time_p90", ("step",), "h", "wait that nine in ten persons do not exceed"),
    Measure(
        "persons_by_outcome",
        ("group_outcome",),
        "persons",
        "where everyone who entered is when the run ends",
    ),
    Measure("persons", ("category",), "persons", "persons who entered, by category"),
    Measure(
        "nights_without_place",
        ("category",),
        "person-nights",
        "midnights between arrival at reception and a place, or after a place was lost; who dies "
        "in reception counts like the others of the group",
    ),
    Measure(
        "not_reached", ("category",), "persons", "persons cut off whom rescue did not reach in time"
    ),
    Measure("left_without_place", ("category",), "persons", "survivors who left without a place"),
    Measure(
        "in_other_places",
        ("category",),
        "persons",
        "survivors who had a place in a site that is meant for others",
    ),
    Measure(
        "beyond_clock",
        ("clock", "category"),
        "persons",
        "persons for whom a legal time limit ran out, in reception, waiting or not; who dies there "
        "counts like the others of the group",
    ),
    Measure(
        "vulnerable_missed",
        (),
        "persons",
        "vulnerable persons whom the check that they passed did not recognize as such",
    ),
    Measure(
        "persons_entered",
        (),
        "persons",
        "everyone who asked for the services, starting stock included",
    ),
    Measure("groups_entered", (), "groups", "groups who asked for the services"),
    Measure("persons_cut_off", (), "persons", "persons who needed rescue"),
    Measure(
        "total_nights_without_place",
        (),
        "person-nights",
        "nights without a place, all persons; who dies in reception counts like the others of the "
        "group",
    ),
    Measure("families_split", (), "groups", "groups split between sites"),
    Measure(
        "children_alone_late",
        (),
        "persons",
        "unaccompanied children without a place for more than 24 hours",
    ),
    Measure(
        "hours_over_capacity",
        ("facility",),
        "person-hours",
        "persons present above the places of a site, summed over time",
    ),
    Measure(
        "patients_left_unseen", (), "patients", "patients who left before a clinician saw them"
    ),
    Measure(
        "patients_sent_elsewhere", (), "patients", "patients for whom no ward bed came free in time"
    ),
    Measure(
        "first_breach",
        ("facility",),
        "h",
        "from the start until more are present or waiting than a site has places, or somebody has "
        "waited longer than the standard of another facility; not a number: never",
    ),
    Measure(
        "days_below_standard",
        ("facility", "site_standard"),
        "days",
        "time during which a site was below a standard of space, water or sanitation",
    ),
    Measure(
        "person_days_below_standard",
        ("facility", "site_standard"),
        "person-days",
        "persons in a site below a standard, summed over time",
    ),
    Measure("most_per_latrine", ("facility",), "persons", "most persons that shared a latrine"),
    Measure("most_per_tap", ("facility",), "persons", "most persons that shared a tap"),
    Measure("least_area", ("facility",), "m2 per person", "least covered area per person"),
    Measure("least_water", ("facility",), "L per person and day", "least water per person"),
    Measure("trigger_firings", ("trigger",), "times", "how often a trigger decided to act"),
    Measure(
        "trigger_fired",
        ("trigger",),
        "h",
        "from the start until a trigger first decided to act; not a number: never",
    ),
    Measure(
        "trigger_came",
        ("trigger",),
        "h",
        "from the start until its capacity was first there; not a number: never",
    ),
    Measure(
        "trigger_delay",
        ("trigger",),
        "h",
        "from the first breach at the facility that a trigger changes until its capacity was "
        "there; below 0: it came before; not a number: no breach or no capacity",
    ),
    Measure(
        "trigger_unit_days",
        ("trigger",),
        "unit-days",
        "units of the facility that a trigger brought times the days of 24 hours they were there "
        "at work; where factors multiply, each trigger has what it adds to those before it; what "
        "a trigger takes away is not subtracted",
    ),
    Measure(
        "deaths_in_transit",
        ("category",),
        "persons",
        "persons who died or disappeared in transit, as SDG 10.7.3 counts them; not in reception",
    ),
    Measure(
        "total_deaths_in_transit",
        (),
        "persons",
        "everyone who died or disappeared in transit, as SDG 10.7.3 counts them",
    ),
    Measure(
        "deaths_in_reception",
        ("category",),
        "persons",
        "persons who died in reception or while they waited for care; not in transit",
    ),
    Measure(
        "total_deaths_in_reception",
        (),
        "persons",
        "everyone who died in reception or while waiting for care; not in transit, not from "
        "outside",
    ),
    Measure(
        "patients_died_waiting",
        (),
        "patients",
        "patients who died in a queue for triage, a clinician or a bed, also those from outside",
    ),
    Measure(
        "patients_by_cause",
        ("cause",),
        "patients",
        "patients whom an outbreak or a mass-casualty incident brought",
    ),
    Measure(
        "time_on_board",
        (),
        "h",
        "mean time on board from boarding to disembarkation, per person, so far for those on board",
    ),
    Measure(
        "time_on_board_p90", (), "h", "time on board that nine in ten persons rescued do not exceed"
    ),
    Measure(
        "persons_self_arrived", (), "persons", "persons cut off who got out by themselves in time"
    ),
    Measure(
        "persons_by_passing", (), "persons", "persons taken on board by merchant or other vessels"
    ),
    Measure("time_to_alert", (), "h", "mean time from distress to the call, per person"),
    Measure(
        "time_to_reach", (), "h", "mean time from distress until somebody is there, per person"
    ),
    Measure(
        "rescue_utilization",
        ("facility",),
        "share",
        "hours of rescue units or officers at work over hours in service; none for others",
    ),
    Measure(
        "consultations_interrupted",
        (),
        "times",
        "how often a consultation was interrupted for a more urgent patient",
    ),
    Measure(
        "hours_interrupted",
        (),
        "patient-hours",
        "time from interruptions until the consultations went on, all patients; not part of any "
        "wait, which ends when a patient is first seen",
    ),
)
"""Every measure with its dims (besides ``replication``), unit and definition."""

_AT_ONCE: Final = 500
"""Replications whose daily measures are looked at together."""
EXCEEDED_WHEN_LATE: Final = 0.05
"""A facility with servers fails on a day when more than this share of requests are late ..."""
EXCEEDED_FROM: Final = 10
"""... and at least this many persons, so that one late household is not a failure."""


def measure(records: Records, network: Network) -> Values:
    """Compute all measures of one replication.

    Parameters
    ----------
    records : Records
    network : Network

    Returns
    -------
    dict of str to numpy.ndarray
        One array per entry of :data:`MEASURES`, with its dims in its order.

    """
    tables, known = records.columns, lookups_of(network)
    steps, states = step_arrays(tables, known), state_arrays(tables, known)
    breach = first_breach(steps, states, known)
    values = {
        **cut_by_day(steps, states, known, records.until),
        **cut_by_step(steps),
        **cut_people(tables, steps, known),
        **cut_interruptions(tables),
        **cut_rescue(tables, states, known),
        "hours_over_capacity": hours_over_capacity(states, known),
        "first_breach": breach,
        **cut_standards(states, known),
        **cut_triggers(tables, breach, network),
    }
    return {m.name: values[m.name] for m in MEASURES}


def dataset(replications: list[Values], network: Network, first: int = 0) -> xr.Dataset:
    """Stack replications into one dataset with labels and units.

    Parameters
    ----------
    replications : list of dict
        Results of :func:`measure`, in order of replication.
    network : Network
    first : int
        Number of the first replication.

    Returns
    -------
    xarray.Dataset
        Every measure with dim ``replication`` first, plus the capacity of each facility and day.

    """
    days = network.days
    facilities = list(network.facilities)
    start = np.datetime64(network.start, "ns")
    data: dict[str, tuple[tuple[str, ...], object, dict[str, str]]] = {
        m.name: (
            ("replication", *m.dims),
            np.stack([values[m.name] for values in replications]),
            {"units": m.unit, "long_name": m.description},
        )
        for m in MEASURES
    }
    capacity = [network.capacity(name).largest_by_day(days) for name in facilities]
    data["capacity"] = (
        ("facility", "day"),
        np.array(capacity, dtype=np.float64).reshape(len(facilities), days),
        {
            "units": "units of the facility",
            "long_name": "largest number of places or servers in the day",
        },
    )
    data["standard"] = (
        ("facility",),
        standards(network),
        {"units": "h", "long_name": "waiting time that the plan promises not to exceed"},
    )
    return xr.Dataset(
        data,
        coords={
            "replication": np.arange(first, first + len(replications)),
            "facility": np.array(facilities, dtype=object),
            "facility_service": (
                "facility",
                np.array([network.service(f) for f in facilities], dtype=object),
            ),
            "facility_unit": (
                "facility",
                np.array([network.unit(f) for f in facilities], dtype=object),
            ),
            "day": np.arange(days),
            "date": ("day", start + np.arange(days) * np.timedelta64(1, "D")),
            "step": np.array(STEPS, dtype=object),
            "group_outcome": np.array(GROUP_OUTCOMES, dtype=object),
            "category": np.array(CATEGORIES, dtype=object),
            "site_standard": np.array([one.name for one in SITE_STANDARDS], dtype=object),
            "clock": np.array([clock.name for clock in network.clocks], dtype=object),
            "cause": np.array(network.causes, dtype=object),
            "trigger": np.array([trigger.name for trigger in network.triggers], dtype=object),
        },
        attrs={"title": "Measures of a simulated plan, one value per replication"},
    )


def exceeds(measures: xr.Dataset) -> xr.DataArray:
    """Tell on which days each facility is beyond its capacity or standard.

    A site is beyond its capacity when more people are present or waiting than it has places; a
    facility with servers fails its standard when more than 5 % of those who ask on the day, and
    at least 10 persons, wait too long.

    Parameters
    ----------
    measures : xarray.Dataset
        From :func:`dataset`.

    Returns
    -------
    xarray.DataArray of bool, (replication, facility, day)

    """
    count = measures.sizes["replication"]
    if count > _AT_ONCE:  # the daily measures of a large run may lie on disk
        pieces = [slice(first, first + _AT_ONCE) for first in range(0, count, _AT_ONCE)]
        parts = [exceeds(measures.isel(replication=piece)) for piece in pieces]
        return xr.concat(parts, "replication")
    is_site = measures["facility_unit"] == "persons"
    full = measures["peak_demand"] > measures["capacity_in_place"]
    late = measures["late"] > EXCEEDED_WHEN_LATE * measures["requests"]
    beyond = full.where(is_site, late & (measures["late"] >= EXCEEDED_FROM)).astype(bool)
    return beyond.transpose("replication", "facility", "day").rename("exceeds")


def summarize(measures: xr.Dataset) -> pd.DataFrame:
    """Summarize every measure that has no dim ``day`` over replications.

    Parameters
    ----------
    measures : xarray.Dataset
        From :func:`dataset`.

    Returns
    -------
    pandas.DataFrame
        One row per measure and label: mean with its 95 % confidence interval (Student), median
        and the 5 % and 95 % quantiles over replications, unit.

    """
    rows = []
    for m in MEASURES:
        if "day" in m.dims:
            continue
        values = measures[m.name]
        for labels in product(*(values[dim].values for dim in m.dims)):
            sample = values.sel(dict(zip(m.dims, labels, strict=True)))
            of = ", ".join(map(str, labels))
            rows.append({"measure": m.name, "of": of, **_summary(sample.values), "unit": m.unit})
    return pd.DataFrame(rows)


def _summary(sample: NDArray[np.float64]) -> dict[str, float]:
    known = sample[~np.isnan(sample)]
    if not len(known):
        names = ("mean", "mean_low", "mean_high", "q05", "median", "q95")
        return dict.fromkeys(names, np.nan) | {"replications": 0}
    low, median, high = np.quantile(known, [0.05, 0.5, 0.95])
    mean = float(known.mean())
    half = half_width(known)
    return {
        "mean": mean,
        "mean_low": mean - half,
        "mean_high": mean + half,
        "q05": float(low),
        "median": float(median),
        "q95": float(high),
        "replications": len(known),
    }
