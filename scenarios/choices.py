"""Which plan to choose: dominance, cost against harm, and regret over scenarios."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from scenarios.comparison import CompareError, compare, outcomes

if TYPE_CHECKING:
    from collections.abc import Mapping

    import xarray as xr


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
    """Tell which plans no other beats in both cost and harm.

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
    before = table["harm"].cummin().shift(fill_value=np.inf)
    return table.assign(on_frontier=table["harm"] < before)


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
