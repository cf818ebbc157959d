"""Compare plans given as scenarios or as results folders."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from scenarios.comparison import CompareError, compare
from scenarios.files import load_scenario
from scenarios.forecasts import fingerprint, make_outlook
from scenarios.results import read_results
from scenarios.runner import SILENT, Progress, simulate_plan

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    import xarray as xr


def compare_plans(
    plans: Sequence[str | Path],
    *,
    replications: int | None = None,
    seed: int | None = None,
    workers: int | None = None,
    cluster: str | None = None,
    engine: str = "auto",
    progress: Progress = SILENT,
) -> pd.DataFrame:
    """Compare plans; the first is the baseline.

    Parameters
    ----------
    plans : sequence of str or pathlib.Path
        Names or files of scenarios, or results folders, in any mixture.
    replications, seed : int or None
        For the scenarios among them; None takes those of the first plan.
    workers : int or None
        Processes; None takes all processors.
    cluster : str or None
        Address of a Dask scheduler to run on instead.
    engine : str
        One of :data:`simulation.engines.ENGINES`; both engines give the same measures.
    progress : Progress

    Returns
    -------
    pandas.DataFrame
        See :func:`scenarios.comparison.compare`.

    Raises
    ------
    CompareError
        If the plans did not face the same futures or share a name.

    """
    known: dict[str, xr.Dataset] = {}
    forecasts: dict[str, xr.DataArray] = {}
    for plan in plans:
        if Path(plan).is_dir():
            results = read_results(Path(plan))
            name, measures = results.main.scenario.name, results.main.measures
            replications = replications or measures.sizes["replication"]
            seed = int(measures.attrs["seed"]) if seed is None else seed
        else:
            scenario = load_scenario(plan)
            name = scenario.name
            replications = replications or scenario.experiment.replications
            seed = scenario.experiment.seed if seed is None else seed
            key = fingerprint(scenario)
            if key not in forecasts:
                forecasts[key] = make_outlook(scenario).forecast
            measures = simulate_plan(
                scenario,
                forecasts[key],
                replications=replications,
                seed=seed,
                workers=workers,
                cluster=cluster,
                engine=engine,
                progress=progress,
            )
        if name in known:
            msg = f"two plans are named {name!r}; give each scenario its own 'name'."
            raise CompareError(msg)
        known[name] = measures
    baseline, *others = known
    return compare(known[baseline], {name: known[name] for name in others})
