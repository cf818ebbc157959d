"""The contract of what a simulation writes: one row per step of a group, one per change of state.

The engines write *what happened*. Warm-up, measures and intervals are later cuts of these tables.
Somebody still waiting at the end is a row with an outcome, never a missing row.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Iterable

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
)
"""What a group or patient asks for, in the order of the way."""

STEP_OUTCOMES: Final = (
    "served",
    "in_service",
    "waiting",
    "left_without_service",
    "transferred",
    "not_reached",
    "self_arrived",
    "displaced_again",
)
"""How a step ended, or stood when the run ended (``in_service``, ``waiting``)."""

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
)
"""Where every group is at the end of the run; each group has exactly one."""

STEP_COLUMNS: Final = (
    Column("group", "int32", "", "number of the group"),
    Column("visit", "int16", "", "0 on the way through reception, else number of the health visit"),
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
    Column("split", "bool", "", "whether the group was split between sites"),
    Column("outcome", "int8", "", "index into GROUP_OUTCOMES"),
)


@dataclass(frozen=True, slots=True)
class Records:
    """Tables of one replication.

    Parameters
    ----------
    steps, states, groups : pandas.DataFrame
        With the columns of :data:`STEP_COLUMNS`, :data:`STATE_COLUMNS`, :data:`GROUP_COLUMNS`.
    until : float, h
        End of the run.

    """

    steps: pd.DataFrame
    states: pd.DataFrame
    groups: pd.DataFrame
    until: float


def columns_table(columns: tuple[Column, ...], values: Iterable[ArrayLike]) -> pd.DataFrame:
    """Turn columns of values into a table with the types of the contract.

    Parameters
    ----------
    columns : tuple of Column
        Names and types.
    values : iterable of array-like
        One per column, all of one length.

    """
    return pd.DataFrame(
        {
            column.name: np.asarray(entries, dtype=column.dtype)
            for column, entries in zip(columns, values, strict=True)
        }
    )
