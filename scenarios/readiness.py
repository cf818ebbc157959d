"""Whether a plan would run: what a run needs before it simulates, tried on a few futures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pandas as pd

from scenarios.build import build_network
from scenarios.forecasts import (
    check_data,
    known_flows,
    make_outlook,
    scenario_drivers,
    tested_models,
    track_cutoffs,
)
from scenarios.observed import check_observed
from scenarios.problems import ScenarioError
from simulation.experiments import ExperimentError, Futures, check_replications

if TYPE_CHECKING:
    from scenarios.problems import Problem
    from scenarios.schema import Scenario
    from simulation.network import Network

SAMPLES_TRIED: Final = 2
"""Futures that are made to see whether the forecast can be made."""


def check_inputs(scenario: Scenario, replications: int, samples: int | None = None) -> None:
    """Check that data, observed curves and number of samples hold what a run asks of them.

    Parameters
    ----------
    scenario : Scenario
    replications : int
    samples : int or None
        Samples of the forecast; None takes those of the scenario.

    Raises
    ------
    ScenarioError, forecasting.FlowError
        If they do not.

    """
    problems: list[Problem] = []
    for check in (check_data, check_observed):
        try:
            check(scenario)
        except ScenarioError as error:
            problems += error.problems
    drawn = scenario.forecast.samples if samples is None else samples
    if samples is not None and scenario.forecast.package is not None:
        message = (
            f"the package holds {scenario.forecast.samples} samples and no others can be drawn; "
            "leave out --samples."
        )
        problems.append(scenario.problem("forecast.package", message))
    try:
        check_replications(replications, drawn)
    except ExperimentError as error:
        problems.append(scenario.problem("experiment.replications", str(error)))
    if problems:
        raise ScenarioError(problems)


def check_ready(scenario: Scenario) -> Network:
    """Check everything that a run needs before it simulates.

    The models are fitted, also at the first cutoff of the backtest, and the people of one future
    are drawn; this takes seconds.

    Parameters
    ----------
    scenario : Scenario

    Returns
    -------
    simulation.network.Network
        What would be simulated.

    Raises
    ------
    ScenarioError, forecasting.FlowError, simulation.network.NetworkError
        If a run would end with the same message.

    """
    network = build_network(scenario)
    check_inputs(scenario, scenario.experiment.replications)
    section = scenario.forecast
    if cutoffs := track_cutoffs(scenario):
        before = known_flows(scenario).sel(time=slice(None, cutoffs[0] - pd.Timedelta(days=1)))
        drivers = scenario_drivers(scenario)
        for model in tested_models(scenario):
            model.fit(before, drivers)
    outlook = make_outlook(scenario, samples=min(SAMPLES_TRIED, section.samples))
    Futures.of(outlook.forecast, network).people(network, scenario.experiment.seed, 0)
    return network
