"""Whether the data or the package of a forecast hold what a scenario takes from them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scenarios.problems import Problem
    from scenarios.schema import Scenario


def coverage_problems(
    scenario: Scenario, locations: Sequence[str], causes: Sequence[str], origin: str
) -> list[Problem]:
    """Find places and causes that a scenario names in vain, and causes that it has to name.

    Parameters
    ----------
    scenario : Scenario
    locations, causes : sequence of str
        What the flows or the forecast hold; no causes where they are not told apart.
    origin : str
        What messages call the flows or the forecast.

    Returns
    -------
    list of Problem
        All of them.

    """
    problems = []
    for path, wanted, there in (
        ("forecast.focus", scenario.forecast.focus, locations),
        *((f"inflows.{i.name}.locations", i.locations, locations) for i in scenario.inflows),
        *((f"inflows.{i.name}.causes", i.causes, causes) for i in scenario.inflows),
    ):
        missing = [name for name in wanted if name not in there]
        if missing:
            message = f"{', '.join(missing)} not in {origin}; it has {', '.join(there) or 'none'}."
            problems.append(scenario.problem(path, message))
    if len(causes) > 1:
        message = f"is empty, but {origin} tells apart {', '.join(causes)}. Name those that count."
        problems += [
            scenario.problem(f"inflows.{inflow.name}.causes", message)
            for inflow in scenario.inflows
            if not inflow.causes
        ]
    return problems
