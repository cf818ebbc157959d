"""The contract of what a simulation writes: one row per step of a group, one per change of state.

The engines write *what happened*. Warm-up, measures and intervals are later cuts of these tables.
Somebody still waiting at the end is a row with an outcome, never a missing row.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from simulation.columns import Columns, Tables

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd
    from numpy.typing import ArrayLike


class Column(NamedTuple):
    """A column of a record table."""

    name: str
    dtype: str
    unit: str
    description: str


STEPS: Final = (
    "rescue",
    "screening",
    "registration",
    "placement",
    "onward",
    "triage",
    "consultation",
    "ward",
    "vulnerability_check",
    "best_interest",
    "ambulance",
    "ambulance_back",
    "own_service",
)
"""What a group or patient asks for."""

STEP_OUTCOMES: Final = (
    "served",
    "in_service",
    "waiting",
    "left_without_service",
    "transferred",
    "not_reached",
    "self_arrived",
    "displaced_again",
    "lost",
    "died",
)
"""How a step ended, or stood when the run ended (``in_service``, ``waiting``)."""

STEP: Final = {name: code for code, name in enumerate(STEPS)}
STEP_OUTCOME: Final = {name: code for code, name in enumerate(STEP_OUTCOMES)}
"""Numbers of steps and outcomes, as the table of steps has them."""

GROUP_OUTCOMES: Final = (
    "returned_home",
    "moved_onward",
    "waiting_for_onward_travel",
    "in_site",
    "waiting_for_place",
    "left_without_place",
    "in_screening_or_registration",
    "waiting_for_rescue",
    "not_reached",
    "recovered_dead",
    "missing",
    "died_in_reception",
)
"""Where every group is at the end of the run; each group has exactly one."""

STEP_COLUMNS: Final = (
    Column("group", "int32", "", "number of the group; -1: patient from outside"),
    Column("visit", "int32", "", "0 on the way through reception, else number of the health visit"),
    Column("persons", "int32", "persons", "members of the group concerned by the step"),
    Column("step", "int8", "", "index into STEPS"),
    Column("facility", "int16", "", "index into the facilities: where served, else asked first"),
    Column("acuity", "int8", "", "index of the triage class; -1: not triaged"),
    Column("requested", "float64", "h", "when the step was asked for"),
    Column("started", "float64", "h", "when it began; NaN: it never did"),
    Column("ended", "float64", "h", "when it ended or was given up; NaN: still open at the end"),
    Column("outcome", "int8", "", "index into STEP_OUTCOMES"),
)

STATE_COLUMNS: Final = (
    Column("facility", "int16", "", "index into the facilities of the network"),
    Column("time", "float64", "h", "when the state began"),
    Column("busy", "int32", "units of the facility", "servers at work, or places taken"),
    Column("waiting", "int32", "persons", "persons waiting"),
    Column("capacity", "int32", "units of the facility", "servers or places available"),
)

GROUP_COLUMNS: Final = (
    Column("group", "int32", "", "number of the group"),
    Column("inflow", "int16", "", "index into the inflows of the network; -1: starting stock"),
    Column("persons", "int32", "persons", "size of the group"),
    Column("children", "int32", "persons", "members below 18 years"),
    Column("under_five", "int32", "persons", "members below 5 years, also among the children"),
    Column("women", "int32", "persons", "women of 18 years and more"),
    Column("unaccompanied", "bool", "", "whether the group is a child alone"),
    Column("vulnerable", "int32", "persons", "pregnant, with a disability or an urgent need"),
    Column("urgent", "int32", "persons", "members with an urgent need on arrival"),
    Column("chronic", "int32", "persons", "members with a chronic condition, not urgent"),
    Column("boat", "int32", "", "number of the boat that brought the group; -1: none"),
    Column("cut_off", "bool", "", "whether the group needed rescue"),
    Column("displaced", "float64", "h", "when the group was displaced"),
    Column("recovered_dead", "int32", "persons", "members who died in transit, body recovered"),
    Column("missing", "int32", "persons", "members who died in transit and are missing"),
    Column("lost_children", "int32", "persons", "of these two, children below 18"),
    Column("lost_under_five", "int32", "persons", "of these two, children below 5"),
    Column("lost_women", "int32", "persons", "of these two, women"),
    Column("lost_vulnerable", "int32", "persons", "of these two, vulnerable persons"),
    Column("died", "int32", "persons", "members who died in reception, on the way none"),
    Column("died_children", "int32", "persons", "of these, children below 18"),
    Column("died_under_five", "int32", "persons", "of these, children below 5"),
    Column("died_women", "int32", "persons", "of these, women"),
    Column("died_vulnerable", "int32", "persons", "of these, vulnerable persons"),
    Column("split", "bool", "", "whether the group was split between sites"),
    Column("outcome", "int8", "", "index into GROUP_OUTCOMES, of the survivors if any"),
    Column("checked", "bool", "", "whether the group passed a vulnerability check"),
    Column("identified", "bool", "", "whether that check found it vulnerable"),
    Column("other_places", "bool", "", "whether it had places that are meant for others"),
)

INCIDENT_COLUMNS: Final = (
    Column("incident", "int32", "", "number of the incident within its rescue service"),
    Column("rescue", "int16", "", "index into the rescue services of the network"),
    Column("persons", "int32", "persons", "on board, or in the group"),
    Column("distance", "float64", "km", "from the position of the service"),
    Column("began", "float64", "h", "when the distress began"),
    Column("alerted", "float64", "h", "when the call came; NaN: it never did"),
    Column("reported", "float64", "h", "when the center had the report; NaN: never"),
    Column("dispatched", "float64", "h", "when the first unit was sent; NaN: never"),
    Column("found", "float64", "h", "when somebody first reached it; NaN: never"),
    Column("capsized", "float64", "h", "when the boat capsized; NaN: it did not"),
    Column("closed", "float64", "h", "when nobody waited there any more; NaN: open at the end"),
    Column("pod", "float64", "", "expected probability of detection of the search so far"),
    Column("rescued", "int32", "persons", "taken on board alive"),
    Column("by_passing", "int32", "persons", "of these, by merchant or volunteer vessels"),
    Column("self_arrived", "int32", "persons", "got out by themselves"),
    Column("not_reached", "int32", "persons", "not found in time, fate not known"),
    Column("recovered_dead", "int32", "persons", "died, body recovered"),
    Column("missing", "int32", "persons", "died or disappeared, missing"),
)

TRIP_COLUMNS: Final = (
    Column("facility", "int16", "", "index into the facilities: kind of units"),
    Column("unit", "int32", "", "number of the unit within its kind"),
    Column("incident", "int32", "", "first incident it was sent to"),
    Column("rescue", "int16", "", "index of the rescue service that it worked for"),
    Column("ordered", "float64", "h", "when the unit was ordered out"),
    Column("departed", "float64", "h", "when it left its base"),
    Column("landed", "float64", "h", "when it landed people, or was back without any"),
    Column("returned", "float64", "h", "when it was ready again, apart from rest of the crew"),
    Column("searched", "float64", "h", "hours of search"),
    Column("persons", "int32", "persons", "landed alive"),
)


CASE_COLUMNS: Final = (
    Column("cause", "int16", "", "index into the outbreaks of the network, then the incidents"),
    Column("group", "int32", "", "number of the group; -1: patient from outside"),
    Column("visit", "int32", "", "number of the health visit"),
    Column("time", "float64", "h", "when the patient came to the health post"),
)

INTERRUPTION_COLUMNS: Final = (
    Column("group", "int32", "", "number of the group; -1: patient from outside"),
    Column("visit", "int32", "", "number of the health visit"),
    Column("facility", "int16", "", "index into the facilities: the clinicians of a health post"),
    Column("acuity", "int8", "", "index of the triage class of the patient who is interrupted"),
    Column("interrupted", "float64", "h", "when a more urgent patient took the clinician"),
    Column("resumed", "float64", "h", "when the consultation went on; NaN: not by the end"),
)

EVENTS: Final = ("fired", "came", "ended")
"""What a trigger does: it decides, its capacity is there, its capacity is gone again."""

EVENT_COLUMNS: Final = (
    Column("trigger", "int16", "", "index into the triggers of the network"),
    Column("event", "int8", "", "index into EVENTS"),
    Column("time", "float64", "h", "when it happened"),
)


class Records:
    """Tables of one replication.

    Parameters
    ----------
    steps, states, groups : Columns
        With the columns of :data:`STEP_COLUMNS`, :data:`STATE_COLUMNS`, :data:`GROUP_COLUMNS`.
    until : float, h
        End of the run.
    incidents, trips, events : Columns or None
        With the columns of :data:`INCIDENT_COLUMNS`, :data:`TRIP_COLUMNS`, :data:`EVENT_COLUMNS`;
        None: no rows.
    cases : Columns or None
        Patients of outbreaks and mass-casualty incidents, with the columns of
        :data:`CASE_COLUMNS`.
    interruptions : Columns or None
        Consultations interrupted for a more urgent patient, with the columns of
        :data:`INTERRUPTION_COLUMNS`.

    Attributes
    ----------
    columns : Tables
        The tables as arrays, for fast cuts; the other attributes are data frames of them.

    """

    def __init__(
        self,
        *,
        steps: Columns,
        states: Columns,
        groups: Columns,
        until: float,
        incidents: Columns | None = None,
        trips: Columns | None = None,
        events: Columns | None = None,
        cases: Columns | None = None,
        interruptions: Columns | None = None,
    ) -> None:
        self.columns = Tables(
            steps=steps,
            states=states,
            groups=groups,
            incidents=_given(incidents, INCIDENT_COLUMNS),
            trips=_given(trips, TRIP_COLUMNS),
            events=_given(events, EVENT_COLUMNS),
            cases=_given(cases, CASE_COLUMNS),
            interruptions=_given(interruptions, INTERRUPTION_COLUMNS),
            until=until,
        )

    @property
    def until(self) -> float:
        """End of the run, h."""
        return self.columns.until

    @property
    def steps(self) -> pd.DataFrame:
        """One row per step of a group or patient."""
        return self.columns.steps.frame

    @property
    def states(self) -> pd.DataFrame:
        """One row per change of the state of a facility."""
        return self.columns.states.frame

    @property
    def groups(self) -> pd.DataFrame:
        """One row per group."""
        return self.columns.groups.frame

    @property
    def incidents(self) -> pd.DataFrame:
        """One row per incident of search and rescue."""
        return self.columns.incidents.frame

    @property
    def trips(self) -> pd.DataFrame:
        """One row per finished trip of a rescue unit."""
        return self.columns.trips.frame

    @property
    def events(self) -> pd.DataFrame:
        """One row per thing that a trigger did."""
        return self.columns.events.frame

    @property
    def cases(self) -> pd.DataFrame:
        """One row per patient of an outbreak or a mass-casualty incident."""
        return self.columns.cases.frame

    @property
    def interruptions(self) -> pd.DataFrame:
        """One row per interrupted consultation."""
        return self.columns.interruptions.frame


def columns_table(columns: tuple[Column, ...], values: Iterable[ArrayLike]) -> Columns:
    """Turn columns of values into a table with the types of the contract.

    Parameters
    ----------
    columns : tuple of Column
        Names and types.
    values : iterable of array-like
        One per column, all of one length.

    """
    return Columns(
        {
            column.name: np.ascontiguousarray(entries, dtype=column.dtype)
            for column, entries in zip(columns, values, strict=True)
        }
    )


def _given(table: Columns | None, columns: tuple[Column, ...]) -> Columns:
    return columns_table(columns, [[]] * len(columns)) if table is None else table
