"""From records to measures: what planners sign off, each with dims, unit and definition.

A measure never averages over those who got through: people still waiting when the run ends count
with the time they have waited so far, and people never served count as late.
"""

from __future__ import annotations

from typing import Final, NamedTuple


class Measure(NamedTuple):
    """Definition of a measure; every one also has the dim ``replication``."""

    name: str
    dims: tuple[str, ...]
    unit: str
    description: str


CATEGORIES: Final = ("children", "women", "men", "unaccompanied children", "vulnerable persons")
"""Disaggregation of people; the last two overlap with the first three."""

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
        "largest number of persons present or waiting in the day; for servers, at work units plus persons waiting",
    ),
    Measure("requests", ("facility", "day"), "persons", "persons who asked on the day"),
    Measure(
        "late",
        ("facility", "day"),
        "persons",
        "of those, persons who waited longer than the standard or were never served though they waited so long",
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
        "midnights between arrival at reception and a place, or after a place was lost",
    ),
    Measure(
        "not_reached", ("category",), "persons", "persons cut off whom rescue did not reach in time"
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
        "total_nights_without_place", (), "person-nights", "nights without a place, all persons"
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
)
"""Every measure with its dims (besides ``replication``), unit and definition."""
