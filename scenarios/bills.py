"""What plans cost beside what they leave undone: the bills of several plans, made comparable."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from scenarios.choices import cost_against_harm
from scenarios.costs import (
    currency_of,
    never_counted,
    not_counted,
    plan_cost,
    uncounted_differences,
)
from scenarios.labels import facility_label, said_list
from scenarios.language import say

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    import xarray as xr

    from scenarios.schema import Scenario


@dataclass(frozen=True, slots=True)
class Bills:
    """Costs of plans against their main outcomes.

    Parameters
    ----------
    currency : str
    table : pandas.DataFrame
        See :func:`scenarios.choices.cost_against_harm`.
    verdicts : dict of str to str
        One sentence per plan.
    notes : tuple of str
        What is not counted, by plan.

    """

    currency: str
    table: pd.DataFrame
    verdicts: dict[str, str]
    notes: tuple[str, ...]


def bills_of(plans: Mapping[str, tuple[Scenario, xr.Dataset]]) -> Bills | str:
    """Compare the costs of plans with their main outcomes.

    Parameters
    ----------
    plans : mapping of str to tuple of Scenario and xarray.Dataset
        Every plan with its measures, on the same replications; the first is the baseline.

    Returns
    -------
    Bills or str
        The reason in words when the costs cannot be compared: some plan states none, or they are
        in several currencies.

    """
    currencies = {name: currency_of(scenario) for name, (scenario, _) in plans.items()}
    without = [name for name, currency in currencies.items() if currency is None]
    if len(without) == len(plans):
        return say("No cost is stated in the scenario files, so plans are not compared by cost.")
    if without:
        return say(
            "Costs are not compared, because none is stated in {plans}.", plans=said_list(without)
        )
    if len(set(currencies.values())) > 1:
        listing = ", ".join(f"{name} ({currency})" for name, currency in currencies.items())
        return say(
            "Costs are not compared, because they are in several currencies: {listing}.",
            listing=listing,
        )
    table, verdicts = cost_against_harm(
        {name: plan_cost(scenario, measures) for name, (scenario, measures) in plans.items()},
        {name: measures for name, (_, measures) in plans.items()},
    )
    currency = next(iter(currencies.values())) or ""
    return Bills(currency, table, verdicts, tuple(_notes(plans)))


def _notes(plans: Mapping[str, tuple[Scenario, xr.Dataset]]) -> list[str]:
    lacking = {name: not_counted(scenario) for name, (scenario, _) in plans.items()}
    notes = []
    if len(set(lacking.values())) == 1:
        names = next(iter(lacking.values()))
        if names:
            notes.append(
                say("Without a cost in every plan, and not counted: {names}.", names=_listed(names))
            )
    else:
        notes.append(say("The plans do not count the same, so their costs differ by that as well."))
        notes += [
            say("Not counted in {plan}: {names}.", plan=name, names=_listed(names))
            if names
            else say("Everything is counted in {plan}.", plan=name)
            for name, names in lacking.items()
        ]
    differing = uncounted_differences(plans.values())
    if differing:
        notes.append(
            say(
                "The plans do not have the same of {names}, and its cost is missing: the "
                "differences of cost leave that out.",
                names=_listed(differing),
            )
        )
    return [*notes, never_counted()]


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(facility_label(name) for name in names)
