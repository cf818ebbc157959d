"""What a report needs, and nothing else: filled by the runner, read by the report."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from scenarios.summaries import facilities

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    import numpy as np
    import pandas as pd
    import xarray as xr
    from numpy.typing import NDArray

    from scenarios.bills import Bills
    from scenarios.schemes import Scheme

SKILL_COLUMNS: Final = ("model", "benchmark", "horizon", "skill", "low", "high")
"""Columns of :attr:`ReportInputs.skill`; the last three are shares (0.1 is 10 %)."""

COMPARISON_COLUMNS: Final = (
    "plan",
    "measure",
    "baseline",
    "value",
    "difference",
    "low",
    "high",
    "chance_better",
    "chance_same",
)
"""Columns of :attr:`ReportInputs.comparison`, in the unit of the measure; chances are shares."""


@dataclass(frozen=True, slots=True)
class Change:
    """One change of a plan, as its file states it.

    Parameters
    ----------
    what, to, because : str
        Dotted name of what is set, the value with its unit, and the reason given.

    """

    what: str
    to: str
    because: str


@dataclass(frozen=True, slots=True)
class Assumption:
    """One number the run rests on.

    Parameters
    ----------
    name, value : str
        Dotted name and the value with its unit, as in the resolved scenario.
    basis : str
        ``source``, ``assumption`` or ``default``.
    text : str
        The source, or why it was assumed.

    """

    name: str
    value: str
    basis: str
    text: str


@dataclass(frozen=True, slots=True)
class Plan:
    """A plan that is compared with the scenario of the report.

    Parameters
    ----------
    name, title : str
    changes : tuple of Change
    measures : xarray.Dataset
        With the same replications as the scenario of the report.

    """

    name: str
    title: str
    changes: tuple[Change, ...]
    measures: xr.Dataset


@dataclass(frozen=True, slots=True)
class Resource:
    """Something the plan has, as its file states it.

    Parameters
    ----------
    name, amount, hours, basis, text : str
        Facility; how many, with the unit; when they work; what the number rests on
        (``source``, ``assumption``, ``default``); the source or the reason.
    facility : str
        Its name in the bill; empty for what has no capacity, such as water.

    """

    name: str
    amount: str
    hours: str
    basis: str
    text: str
    facility: str = ""


@dataclass(frozen=True, slots=True)
class Bill:
    """What the plan costs over its run, where it states costs.

    Parameters
    ----------
    rows : pandas.DataFrame
        From :func:`scenarios.costs.cost_table`.
    total : numpy.ndarray, (replication,)
        In the currency of the rows.
    not_counted : tuple of str
        Facilities without a cost.

    """

    rows: pd.DataFrame
    total: NDArray[np.float64]
    not_counted: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Agreement:
    """A trigger of the plan: who brings what, when.

    Parameters
    ----------
    name, condition, change, lead_time, because : str
        The last says what is agreed, and with whom.

    """

    name: str
    condition: str
    change: str
    lead_time: str
    because: str


@dataclass(frozen=True, slots=True)
class ReportInputs:
    """Everything a report shows.

    Parameters
    ----------
    name, title, question, place : str
        Of the scenario; ``place`` is the area of the forecast in words.
    reference_date : datetime.date
        First day that is not known.
    forecast, benchmark : xarray.DataArray, (sample, time), persons per period
        Joint samples summed over the places and causes the report is about. The attribute
        ``kind`` of the forecast is ``forecast``, ``projection`` or ``replay``.
    observed : xarray.DataArray, (time,), persons per period
        The past of the same sum.
    skill : pandas.DataFrame or None
        With :data:`SKILL_COLUMNS`, from the backtest.
    skill_statement : str
        One or two plain sentences on what the backtest found.
    scheme : Scheme or None
        Parts of the plan and who goes where.
    not_covered : str
        What the plan leaves out, as its file says it.
    measures : xarray.Dataset
        As described by :data:`simulation.measures.MEASURES`.
    plans : tuple of Plan
        Empty when nothing is compared.
    comparison : pandas.DataFrame or None
        With :data:`COMPARISON_COLUMNS`: per plan and measure the means over replications, their
        paired difference with its 95 % interval, and the share of futures in which the plan is
        better or equal.
    assumptions : tuple of Assumption
    provenance : tuple of (str, str)
        Label and value, in the order shown: command, versions, seed, hashes, time.
    credits : tuple of str
        Credit lines of the data.
    drivers : xarray.Dataset or None
        Climate indices along ``time``, past and assumed path; dimensionless or with units.
    observed_points : pandas.DataFrame or None
        Observations beside what was simulated; from :func:`scenarios.observed.observed_points`.
    curves : mapping of str to pandas.DataFrame
        What was simulated of every observed curve; from
        :func:`scenarios.observed.simulated_curves`.
    observed_sources : mapping of str to str
        Source and confidence of every observed curve, in words.
    resources : tuple of Resource
        What the plan has.
    agreements : tuple of Agreement
        Its triggers.
    bill : Bill or None
        None when the plan states no cost.
    population : int or None
        Persons who live in the area of the forecast; None when the scenario does not say.
    bills : Bills, str or None
        Costs of the plans compared, by title, against their outcomes, or why there are none;
        None when nothing is compared.

    Attributes
    ----------
    facilities : pandas.DataFrame
        What happens at each, from :func:`scenarios.summaries.facilities`; made of the measures.

    """

    name: str
    title: str
    question: str
    place: str
    reference_date: dt.date
    forecast: xr.DataArray
    observed: xr.DataArray
    measures: xr.Dataset
    provenance: tuple[tuple[str, str], ...]
    credits: tuple[str, ...]
    benchmark: xr.DataArray | None = None
    skill: pd.DataFrame | None = None
    skill_statement: str = ""
    scheme: Scheme | None = None
    not_covered: str = ""
    plans: tuple[Plan, ...] = ()
    comparison: pd.DataFrame | None = None
    assumptions: tuple[Assumption, ...] = field(default=())
    drivers: xr.Dataset | None = None
    observed_points: pd.DataFrame | None = None
    curves: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    observed_sources: Mapping[str, str] = field(default_factory=dict)
    resources: tuple[Resource, ...] = ()
    agreements: tuple[Agreement, ...] = ()
    bill: Bill | None = None
    bills: Bills | str | None = None
    population: int | None = None
    facilities: pd.DataFrame = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "facilities", facilities(self.measures))
