"""Capacities and targets as a planner types them, searched on the futures of a scenario."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from scenarios.app.capacities import CapacityField, capacity_fields
from scenarios.costs import currency_of, unit_costs
from scenarios.labels import measure_label
from scenarios.problems import suggestion
from scenarios.variants import Variants, outcome_name
from simulation.capacity_search import CapacitySearch, Range, Trial
from simulation.experiments import ExperimentError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from scenarios.schema import Scenario

_RANGE: Final = re.compile(r"(?P<name>.+?)\s*=\s*(?P<low>\d+)\s*\.\.\s*(?P<high>\d+)")
_COST: Final = re.compile(r"(?P<name>.+?)\s*=\s*(?P<cost>\d+(\.\d+)?)")
_TARGET: Final = re.compile(
    r"(?P<measure>.+?)\s*<=\s*(?P<most>\d+(\.\d+)?)\s*(with probability\s*"
    r"(?P<percent>\d+(\.\d+)?)\s*%)?"
)
STANDARD_CHANCE: Final = 0.9
"""Probability of a target that names none: nine futures in ten, an assumption."""


@dataclass(frozen=True)
class Target:
    """What must hold: a measure is at most a number, with a probability.

    Parameters
    ----------
    measure : str
        Column of :func:`scenarios.comparison.outcomes`, or a label of one.
    most : float
        In the unit of the measure.
    chance : float

    """

    measure: str
    most: float
    chance: float = STANDARD_CHANCE


def read_target(text: str) -> Target:
    """Read a target.

    Parameters
    ----------
    text : str

    Returns
    -------
    Target

    Raises
    ------
    ExperimentError
        If it is written otherwise.

    Examples
    --------
    >>> read_target("nights without a place <= 100 with probability 90 %")
    Target(measure='nights without a place', most=100.0, chance=0.9)

    """
    found = _TARGET.fullmatch(text.strip())
    if found is None:
        msg = (
            f"the target is {text!r}; write a measure, <= and a number, and the probability, such "
            "as 'nights without a place <= 100 with probability 90 %'."
        )
        raise ExperimentError(msg)
    percent = found["percent"]
    chance = STANDARD_CHANCE if percent is None else float(percent) / 100
    if not 0 < chance <= 1:
        msg = f"the target must hold with probability {percent} %; give above 0, up to 100 %."
        raise ExperimentError(msg)
    return Target(found["measure"], float(found["most"]), chance)


def read_ranges(
    texts: Sequence[str], costs: Sequence[str], scenario: Scenario
) -> tuple[list[CapacityField], list[Range]]:
    """Read which capacities may be what, and what a unit of them costs.

    Parameters
    ----------
    texts : sequence of str
        Such as ``ceel-jaale=1000..6000``: a facility and the limits, in its unit.
    costs : sequence of str
        Such as ``ceel-jaale=12``: of one unit, all in the same currency and for the same time.
        For the others the cost in the scenario counts, per day of one more unit in its working
        hours, if it states one for each of them; else 1 each.
    scenario : Scenario

    Returns
    -------
    list of CapacityField, list of Range

    Raises
    ------
    ExperimentError
        If there is no such facility or something is written otherwise.

    """
    fields = {one.facility: one for one in capacity_fields(scenario)}
    prices: dict[str, float] = {}
    for text in costs:
        found = _COST.fullmatch(text.strip())
        if found is None:
            msg = f"--cost is {text!r}; write a facility and a number, such as ceel-jaale=12."
            raise ExperimentError(msg)
        prices[_facility(found["name"], fields)] = float(found["cost"])
    own = unit_costs(scenario)
    chosen: list[CapacityField] = []
    ranges: list[Range] = []
    for text in texts:
        found = _RANGE.fullmatch(text.strip())
        if found is None:
            msg = (
                f"--capacity is {text!r}; write a facility and two whole numbers, such as "
                "ceel-jaale=1000..6000."
            )
            raise ExperimentError(msg)
        name = _facility(found["name"], fields)
        if name in [one.name for one in ranges]:
            msg = f"{name} is searched twice; give each capacity once."
            raise ExperimentError(msg)
        chosen.append(fields[name])
        ranges.append(Range(name, int(found["low"]), int(found["high"])))
    searched = [one.name for one in ranges]
    if stray := [name for name in prices if name not in searched]:
        msg = f"a cost of {', '.join(stray)} is given, but it is not searched with --capacity."
        raise ExperimentError(msg)
    if all(name in own for name in searched if name not in prices):
        prices = own | prices
    ranges = [replace(one, cost=prices.get(one.name, 1.0)) for one in ranges]
    if not ranges:
        msg = "nothing to search: give --capacity, such as ceel-jaale=1000..6000."
        raise ExperimentError(msg)
    return chosen, ranges


def _facility(name: str, fields: dict[str, CapacityField]) -> str:
    if name in fields:
        return name
    near = suggestion(name, list(fields)) or "."
    msg = f"there is no facility {name!r}{near} Known: {', '.join(fields)}."
    raise ExperimentError(msg)


def capacity_changes(
    fields: Sequence[CapacityField], numbers: Sequence[int]
) -> list[dict[str, Any]]:
    """Return the changes that give facilities other capacities.

    Parameters
    ----------
    fields : sequence of CapacityField
    numbers : sequence of int
        In their units.

    """
    return [
        {"set": one.path, "to": one.written(number), "because": "Tried in a search of capacities."}
        for one, number in zip(fields, numbers, strict=True)
    ]


@dataclass(frozen=True)
class Found:
    """What a search of capacities found.

    Parameters
    ----------
    target : Target
        With the name of the measure as in the tables.
    fields : tuple of CapacityField
    best : Trial or None
        The smallest (of one capacity) or cheapest (of several) that holds; None: none does.
    boundary, frontier : pandas.DataFrame
        The smallest that hold; and what nothing beats in cost and chance. Columns: the
        facilities (in their units), ``cost``, ``chance`` of holding, ``low`` and ``high`` of its
        95 % interval.
    notes : tuple of str
        What to be careful about.
    cost_unit : str
        Such as ``USD per day``; empty when costs are not those of the scenario alone.

    """

    target: Target
    fields: tuple[CapacityField, ...]
    best: Trial | None
    boundary: pd.DataFrame
    frontier: pd.DataFrame
    notes: tuple[str, ...]
    cost_unit: str = ""


def search_capacities(
    variants: Variants,
    capacities: Sequence[str],
    target: str,
    *,
    costs: Sequence[str] = (),
    steps: int = 6,
    sure: bool = False,
    tried: Callable[[Trial], None] = lambda _trial: None,
) -> Found:
    """Find the smallest capacities with which a target holds.

    Parameters
    ----------
    variants : Variants
        The scenario with its replications.
    capacities, costs : sequence of str
        See :func:`read_ranges`.
    target : str
        See :func:`read_target`.
    steps : int
        Values of every capacity but the last, when several are searched together.
    sure : bool
        Whether the lower limit of the 95 % interval must reach the probability.
    tried : callable
        Called with every trial.

    Returns
    -------
    Found

    Raises
    ------
    ExperimentError
        If something is not written as it should be.

    """
    fields, ranges = read_ranges(capacities, costs, variants.scenario)
    wanted = read_target(target)
    measure = ""

    def holds(numbers: tuple[int, ...]) -> NDArray[np.bool_]:
        nonlocal measure
        table = variants.outcomes(capacity_changes(fields, numbers))
        measure = outcome_name(wanted.measure, list(table.columns))
        values = table[measure].to_numpy(dtype=np.float64)
        # Undefined (time to reach where nobody was cut off) breaks no promise.
        return np.asarray(~(values > wanted.most))

    search = CapacitySearch(ranges, holds, wanted.chance, sure, tried)
    if len(ranges) == 1:
        smallest = search.smallest()
        boundary = [] if smallest is None else [smallest]
    else:
        boundary = search.boundary(steps)
    best = boundary[0] if boundary else None
    names = [one.name for one in ranges]
    return Found(
        target=Target(measure, wanted.most, wanted.chance),
        fields=tuple(fields),
        best=best,
        boundary=_table(boundary, names),
        frontier=_table(search.frontier(), names),
        notes=(*_notes(search, best, measure), *_cost_notes(variants.scenario, names, costs)),
        cost_unit=_cost_unit(variants.scenario, names, costs),
    )


def _cost_unit(scenario: Scenario, names: Sequence[str], costs: Sequence[str]) -> str:
    if costs or any(name not in unit_costs(scenario) for name in names):
        return ""
    return f"{currency_of(scenario)} per day"


def _cost_notes(scenario: Scenario, names: Sequence[str], costs: Sequence[str]) -> list[str]:
    known = unit_costs(scenario)
    given = {text.split("=", 1)[0].strip() for text in costs}
    lacking = [name for name in names if name not in known and name not in given]
    if not lacking or len(lacking) == len(names):
        return []
    others = " without --cost" if given else ""
    return [
        f"The scenario states no cost of {', '.join(lacking)}, so each unit of every capacity"
        f"{others} counts 1. Add it to the scenario, or give --cost."
    ]


def _table(trials: Sequence[Trial], names: Sequence[str]) -> pd.DataFrame:
    rows = [[*t.numbers, t.cost, t.chance, *t.interval] for t in trials]
    return pd.DataFrame(rows, columns=[*names, "cost", "chance", "low", "high"])


def _notes(search: CapacitySearch, best: Trial | None, measure: str) -> list[str]:
    notes = []
    if best is None:
        most = search.tried(tuple(one.high for one in search.ranges))
        notes.append(
            f"Not even the largest capacities are enough: with them the target on "
            f"{measure_label(measure).label.lower()} holds in {most.held} of {most.of} futures. "
            "Give larger limits, or ask what else stands in the way."
        )
    elif not search.sure and best.interval[0] < search.chance:
        notes.append(
            "The interval of the chance reaches below the probability asked for: with another set "
            "of futures a little more may be needed. --sure asks for capacities of which that can "
            "be said with 97.5 % confidence; more replications narrow it."
        )
    worse = search.contradictions()
    if worse:
        less, more = worse[0]
        notes.append(
            f"In {len(worse)} pair(s) of trials more capacity held less often, such as "
            f"{less.numbers} in {less.held} and {more.numbers} in {more.held} futures; smaller "
            "capacities than those shown may hold too."
        )
    return notes
