"""From a scenario to the story of one simulated household."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from scenarios.build import build_network
from scenarios.files import load_scenario
from scenarios.forecasts import make_outlook
from simulation.experiments import ExperimentError, Futures, replicate_once
from simulation.trace import TraceError, at_the_busiest_time, longest_wait, trace

if TYPE_CHECKING:
    from scenarios.schema import Scenario
    from simulation.trace import Moment


def household_story(
    scenario: str | Path | Scenario,
    replication: int,
    *,
    group: int | None = None,
    busiest: str | None = None,
    seed: int | None = None,
) -> tuple[int, list[Moment]]:
    """Run one future of a scenario and tell what happens to one household.

    Parameters
    ----------
    scenario : str, pathlib.Path or Scenario
    replication : int
        Number of the future, and of the forecast sample that it meets.
    group : int or None
        Number of the household; None takes the one that waits longest.
    busiest : str or None
        Take a household that comes when this facility is busiest instead.
    seed : int or None
        Of the scenario if None.

    Returns
    -------
    tuple of int and list of simulation.trace.Moment
        Number of the household, and its story.

    Raises
    ------
    TraceError, ScenarioError, ExperimentError
        If there is no such household, facility, scenario or future.

    """
    plan = load_scenario(scenario) if isinstance(scenario, str | Path) else scenario
    network = build_network(plan)
    futures = Futures.of(make_outlook(plan).forecast, network)
    samples = len(futures.displaced)
    if replication >= samples:
        msg = f"replication is {replication}; the forecast has the samples 0 to {samples - 1}."
        raise ExperimentError(msg)
    used = plan.experiment.seed if seed is None else seed
    records, _ = replicate_once(network, futures, used, replication)
    if busiest is not None:
        group = at_the_busiest_time(records, network, busiest)
    elif group is None:
        group = longest_wait(records)
    if group < 0:
        msg = "nobody asks for it in this future; take another replication or facility."
        raise TraceError(msg)
    return group, trace(records, network, group)
