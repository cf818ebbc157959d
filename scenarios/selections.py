"""The best of several plans with a guarantee, in as few replications as that takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from scenarios.build import build_network
from scenarios.comparison import CompareError, outcomes
from scenarios.files import load_scenario
from scenarios.forecasts import fingerprint, make_outlook
from scenarios.variants import outcome_name
from simulation.engines import choose_engine
from simulation.executors import available_workers, executor
from simulation.experiments import BLOCK, Futures, blocks_of, check_replications, measure_blocks
from simulation.measures import dataset
from simulation.selection import Selection, select_best

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    import xarray as xr
    from numpy.typing import NDArray

    from simulation.executors import Executor
    from simulation.network import Network


class _Plan:
    """A plan whose replications are computed when they are asked for."""

    def __init__(self, network: Network, futures: Futures, seed: int, engine: str) -> None:
        self.network, self.futures, self.seed, self.engine = network, futures, seed, engine
        self.values: NDArray[np.float64] = np.empty(0)

    def grow(self, number: int, measure: str, parallel: Executor | None) -> None:
        first = len(self.values)
        parts = blocks_of(number, first)
        made = measure_blocks(self.network, self.futures, parts, self.seed, parallel, self.engine)
        values = [one for block in made for one in block]
        table = outcomes(dataset(values, self.network, first))
        column = table[outcome_name(measure, list(table.columns))]
        self.values = np.concatenate([self.values, column.to_numpy(np.float64)])


def select_plan(
    plans: Sequence[str | Path],
    *,
    measure: str,
    indifference: float,
    most: int | None = None,
    confidence: float = 0.95,
    seed: int | None = None,
    workers: int | None = None,
    cluster: str | None = None,
    engine: str = "auto",
    told: Callable[[str, int], None] = lambda _plan, _replications: None,
) -> Selection:
    """Choose the plan with the smallest mean of a measure.

    Parameters
    ----------
    plans : sequence of str or pathlib.Path
        Names or files of scenarios; two or more, on forecasts of their own scenario files.
    measure : str
        Name or label of a measure that plans are judged by; less is better.
    indifference : float
        Smallest difference that matters, in the unit of the measure.
    most : int or None
        Replications of a plan at most; None takes the samples of the forecast.
    confidence : float
    seed : int or None
        None takes that of the first plan; all plans meet the same futures.
    workers, cluster, engine
        As for :func:`scenarios.runner.run`.
    told : callable
        Called with a plan and its replications so far, whenever some are added.

    Returns
    -------
    simulation.selection.Selection

    Raises
    ------
    CompareError
        If two plans share a name.
    ExperimentError
        If there is no such measure or a number is impossible.

    """
    given: dict[str, _Plan] = {}
    forecasts: dict[str, xr.DataArray] = {}
    for plan in plans:
        scenario = load_scenario(plan)
        if scenario.name in given:
            msg = f"two plans are named {scenario.name!r}; give each scenario its own 'name'."
            raise CompareError(msg)
        seed = scenario.experiment.seed if seed is None else seed
        key = fingerprint(scenario)
        if key not in forecasts:
            forecasts[key] = make_outlook(scenario).forecast
        network = build_network(scenario)
        futures = Futures.of(forecasts[key], network)
        choice = choose_engine(network, engine, most or len(futures.displaced))
        given[scenario.name] = _Plan(network, futures, seed, choice.engine)
    samples = min(len(one.futures.displaced) for one in given.values())
    limit = samples if most is None else most
    for one in given.values():
        check_replications(limit, len(one.futures.displaced))
    step = BLOCK * (available_workers() if workers is None else workers)

    def sample(plan: str, numbers: range) -> NDArray[np.float64]:
        known = given[plan]
        if len(known.values) < numbers.stop:
            known.grow(min(max(numbers.stop, len(known.values) + step), limit), measure, parallel)
            told(plan, len(known.values))
        return known.values[numbers.start : numbers.stop]

    with executor(workers, cluster) as parallel:
        return select_best(
            list(given), sample, indifference=indifference, most=limit, confidence=confidence
        )
