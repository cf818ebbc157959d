"""Which plan to choose: dominance, cost against harm, and regret over scenarios."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from scenarios.comparison import CompareError, compare, mean_interval, outcomes
from scenarios.labels import said_list
from scenarios.language import say

if TYPE_CHECKING:
    from collections.abc import Mapping

    import xarray as xr
    from numpy.typing import NDArray

MAIN_OUTCOMES: Final = (
    "total_nights_without_place",
    "not_reached_total",
    "persons_left_without_place",
    "total_deaths_in_transit",
    "total_deaths_in_reception",
    "patients_left_unseen",
    "days_over_capacity",
)
"""Measures that are set against cost, where any plan has anything of them."""


def dominance(plans: Mapping[str, xr.Dataset]) -> pd.DataFrame:
    """Tell which plan dominates which: worse in no measure, better in at least one.

    A plan counts as better or worse in a measure only where the joint 95 % interval of the paired
    difference leaves out zero, so chance alone does not make a plan look dominated. Measures in
    which two plans cannot be told apart do not decide.

    Parameters
    ----------
    plans : mapping of str to xarray.Dataset
        Measures of every plan, on the same replications.

    Returns
    -------
    pandas.DataFrame
        One row per ordered pair: ``plan``, ``other``, ``better_in`` and ``worse_in`` (numbers of
        measures), ``dominates``.

    """
    rows = []
    for name, measures in plans.items():
        others = {other: given for other, given in plans.items() if other != name}
        table = compare(measures, others)
        for other, own in table.groupby("plan", sort=False):
            # The table says other minus plan; less is better.
            better = int((own["joint_low"] > 0).sum())
            worse = int((own["joint_high"] < 0).sum())
            rows.append(
                {
                    "plan": name,
                    "other": other,
                    "better_in": better,
                    "worse_in": worse,
                    "dominates": better > 0 and worse == 0,
                }
            )
    return pd.DataFrame(rows, columns=["plan", "other", "better_in", "worse_in", "dominates"])


def cost_frontier(costs: Mapping[str, float], harm: Mapping[str, float]) -> pd.DataFrame:
    """Tell which plans no other beats: costs less and harms no more, or as much and harms less.

    Parameters
    ----------
    costs : mapping of str to float
        Cost of every plan, all in one currency.
    harm : mapping of str to float
        Mean of the measure that decides; less is better.

    Returns
    -------
    pandas.DataFrame
        ``plan``, ``cost``, ``harm``, ``on_frontier``; by rising cost.

    Raises
    ------
    CompareError
        If a plan has no cost or no harm, or one that is not a finite number.

    Examples
    --------
    >>> table = cost_frontier({"a": 1.0, "b": 2.0, "c": 3.0}, {"a": 9.0, "b": 9.5, "c": 4.0})
    >>> table.loc[table["on_frontier"], "plan"].tolist()
    ['a', 'c']

    """
    lacking = sorted(set(costs) ^ set(harm))
    if lacking:
        msg = f"{', '.join(lacking)} has either no cost or no harm; give both for every plan."
        raise CompareError(msg)
    wrong = [name for name in costs if not np.isfinite([costs[name], harm[name]]).all()]
    if wrong:
        msg = f"cost or harm of {', '.join(wrong)} is not a number; give finite numbers."
        raise CompareError(msg)
    table = pd.DataFrame(
        {"plan": list(costs), "cost": list(costs.values()), "harm": [harm[n] for n in costs]}
    ).sort_values(["cost", "harm", "plan"], ignore_index=True)
    cost, harmed = table["cost"].to_numpy(), table["harm"].to_numpy()
    # What only rounding makes is no difference.
    same_cost = np.isclose(cost[:, None], cost, rtol=1e-9, atol=0)
    same_harm = np.isclose(harmed[:, None], harmed, rtol=1e-9, atol=0)
    no_more = ((cost <= cost[:, None]) | same_cost) & ((harmed <= harmed[:, None]) | same_harm)
    return table.assign(on_frontier=~(no_more & ~(same_cost & same_harm)).any(axis=1))


def regret(
    cases: Mapping[str, Mapping[str, xr.Dataset]], measure: str
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Find the plan that is least bad when nobody knows which scenario comes (Savage 1951).

    Parameters
    ----------
    cases : mapping of str to mapping of str to xarray.Dataset
        For every scenario (a season, a stress), the measures of every plan.
    measure : str
        Column of :func:`scenarios.comparison.outcomes`; less is better.

    Returns
    -------
    matrix, summary : pandas.DataFrame
        Mean of the measure minus that of the best plan of the scenario, in the unit of the
        measure (plan x scenario); and per plan the largest regret with the scenario of it, least
        bad first.

    Raises
    ------
    CompareError
        If the scenarios do not have the same plans, or the measure is unknown.

    """
    plans = [sorted(given) for given in cases.values()]
    if not plans or any(names != plans[0] for names in plans) or not plans[0]:
        msg = "regret needs the same plans, at least one, in every scenario."
        raise CompareError(msg)
    means = {}
    for case, given in cases.items():
        tables = {name: outcomes(measures) for name, measures in given.items()}
        for table in tables.values():
            if measure not in table:
                msg = f"there is no measure {measure!r}; choose {', '.join(table.columns)}."
                raise CompareError(msg)
        means[case] = {name: table[measure].mean() for name, table in tables.items()}
    frame = pd.DataFrame(means)
    matrix = frame - frame.min()
    summary = pd.DataFrame(
        {"largest_regret": matrix.max(axis=1), "in_scenario": matrix.idxmax(axis=1)}
    ).sort_values("largest_regret", kind="stable")
    return matrix.loc[summary.index].rename_axis("plan"), summary.rename_axis("plan")


def cost_against_harm(
    costs: Mapping[str, NDArray[np.float64]], plans: Mapping[str, xr.Dataset]
) -> tuple[pd.DataFrame, dict[str, str]]:
    """Set the cost of plans against what they leave undone, on the same futures.

    A plan is dominated by another that costs no more and is better in at least one measure and
    worse in none (see :func:`dominance`). What an interval cannot tell apart decides nothing.

    Parameters
    ----------
    costs : mapping of str to numpy.ndarray, (replication,)
        Cost of every plan in every replication, all in one currency.
    plans : mapping of str to xarray.Dataset
        Measures of the same plans; the first is the baseline.

    Returns
    -------
    table : pandas.DataFrame
        One row per plan and measure of :data:`MAIN_OUTCOMES` that is above 0 for any plan:
        ``plan``, ``cost`` (mean) with ``cost_low`` and ``cost_high`` (95 % interval of the mean),
        ``cost_difference`` from the first plan with ``cost_difference_low`` and ``_high`` (95 %,
        paired), ``measure``, ``value`` (mean), ``difference`` from the first plan with ``low`` and
        ``high`` (95 %, paired), ``unit``, ``on_frontier`` (see
        :func:`cost_frontier`).
    verdicts : dict of str to str
        One sentence per plan.

    Raises
    ------
    CompareError
        If the plans have other names than the costs, or did not face the same futures.

    """
    if list(costs) != list(plans):
        msg = f"there are costs of {', '.join(costs)} but measures of {', '.join(plans)}."
        raise CompareError(msg)
    tables = {name: outcomes(measures) for name, measures in plans.items()}
    shown = [m for m in MAIN_OUTCOMES if any((table[m] > 0).any() for table in tables.values())]
    first = next(iter(costs))
    rows = []
    for measure in shown or [MAIN_OUTCOMES[0]]:
        means = {name: float(table[measure].mean()) for name, table in tables.items()}
        frontier = cost_frontier({name: float(c.mean()) for name, c in costs.items()}, means)
        on_it = set(frontier.loc[frontier["on_frontier"], "plan"])
        for name, cost in costs.items():
            difference = _difference(cost, costs[first])
            limits = (mean_interval(cost), mean_interval(difference))
            change = (tables[name][measure] - tables[first][measure]).to_numpy(dtype=np.float64)
            low, high = mean_interval(change)
            rows.append(
                {
                    "plan": name,
                    "cost": cost.mean(),
                    "cost_low": limits[0][0],
                    "cost_high": limits[0][1],
                    "cost_difference": difference.mean(),
                    "cost_difference_low": limits[1][0],
                    "cost_difference_high": limits[1][1],
                    "measure": measure,
                    "value": means[name],
                    "difference": change.mean(),
                    "low": low,
                    "high": high,
                    "unit": tables[name].attrs["units"][measure],
                    "on_frontier": name in on_it,
                }
            )
    pairs = dominance(plans).set_index(["plan", "other"])
    verdicts = {name: _verdict(name, costs, pairs) for name in costs}
    return pd.DataFrame(rows), verdicts


def _difference(cost: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.float64]:
    """Difference of two costs in every replication; what only rounding makes is none."""
    return np.where(np.isclose(cost, other, rtol=1e-9, atol=0), 0.0, cost - other)


def _verdict(name: str, costs: Mapping[str, NDArray[np.float64]], pairs: pd.DataFrame) -> str:
    dominated, cheaper, open_cost, twins = [], [], [], []
    for other in costs:
        if other == name:
            continue
        difference = _difference(costs[other], costs[name])
        low, high = mean_interval(difference)
        equal = not difference.any()
        less = bool(high < 0)
        harm = pairs.loc[(other, name)]
        if harm["worse_in"] > 0:
            continue
        if harm["better_in"] > 0:
            if equal or less:
                dominated.append(other)
            elif not low > 0:
                open_cost.append(other)
        elif less:
            cheaper.append(other)
        elif not low > 0:
            twins.append(other)
    if dominated:
        return say(
            "{plan} is dominated by {others}: better in some measures, worse in none, at no higher "
            "cost.",
            plan=name,
            others=said_list(dominated),
        )
    if open_cost:
        return say(
            "Against {plan}, better in some measures and worse in none: {others}; but their costs "
            "cannot be told apart.",
            plan=name,
            others=said_list(open_cost),
        )
    if cheaper:
        return say(
            "{plan} cannot be told apart in any measure from what costs less: {others}.",
            plan=name,
            others=said_list(cheaper),
        )
    if twins:
        return say(
            "{plan} cannot be told apart, in any measure or in cost, from {others}.",
            plan=name,
            others=said_list(twins),
        )
    return say(
        "{plan} is on the frontier: no plan compared can be shown to be better at no higher cost.",
        plan=name,
    )
