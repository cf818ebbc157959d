"""Compare plans given as scenarios or as results folders."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from scenarios.choices import regret
from scenarios.comparison import CompareError, compare
from scenarios.files import changed_scenario, load_scenario
from scenarios.forecasts import fingerprint, make_outlook
from scenarios.results import Results, read_results
from scenarios.runner import SILENT, Progress, simulate_plan
from scenarios.variants import Variants, more_people, outcome_name

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd
    import xarray as xr

    from scenarios.schema import Scenario


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
    plans_measured = measured_plans(
        plans,
        replications=replications,
        seed=seed,
        workers=workers,
        cluster=cluster,
        engine=engine,
        progress=progress,
    )
    return compare_measured(plans_measured)


def compare_measured(plans: Mapping[str, tuple[Scenario, xr.Dataset]]) -> pd.DataFrame:
    """Compare plans that are measured; the first is the baseline.

    Parameters
    ----------
    plans : mapping of str to tuple of Scenario and xarray.Dataset
        From :func:`measured_plans`.

    Returns
    -------
    pandas.DataFrame
        See :func:`scenarios.comparison.compare`.

    """
    (_, baseline), *_ = plans.values()
    others = list(plans.items())[1:]
    return compare(baseline, {name: measures for name, (_, measures) in others})


def measured_plans(
    plans: Sequence[str | Path],
    *,
    replications: int | None = None,
    seed: int | None = None,
    workers: int | None = None,
    cluster: str | None = None,
    engine: str = "auto",
    progress: Progress = SILENT,
) -> dict[str, tuple[Scenario, xr.Dataset]]:
    """Read plans with their measures from results folders, or simulate them.

    Parameters
    ----------
    plans, replications, seed, workers, cluster, engine, progress
        As for :func:`compare_plans`.

    Returns
    -------
    dict of str to tuple of Scenario and xarray.Dataset
        By name of the plan, in the order given.

    Raises
    ------
    CompareError
        If two plans share a name.

    """
    # Read before anything is simulated: what cannot be used is refused at once.
    loaded = [read_results(Path(p)) if Path(p).is_dir() else load_scenario(p) for p in plans]
    names = [one.main.scenario.name if isinstance(one, Results) else one.name for one in loaded]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        msg = f"two plans are named {', '.join(twice)}; give each scenario its own 'name'."
        raise CompareError(msg)
    known: dict[str, tuple[Scenario, xr.Dataset]] = {}
    forecasts: dict[str, xr.DataArray] = {}
    for name, one in zip(names, loaded, strict=True):
        if isinstance(one, Results):
            scenario, measures = one.main.scenario, one.main.measures
            replications = replications or measures.sizes["replication"]
            seed = int(measures.attrs["seed"]) if seed is None else seed
        else:
            scenario = one
            replications = replications or one.experiment.replications
            seed = one.experiment.seed if seed is None else seed
            key = fingerprint(one)
            if key not in forecasts:
                forecasts[key] = make_outlook(one).forecast
            measures = simulate_plan(
                one,
                forecasts[key],
                replications=replications,
                seed=seed,
                workers=workers,
                cluster=cluster,
                engine=engine,
                progress=progress,
            )
        known[name] = (scenario, measures)
    return known


def dominated(table: pd.DataFrame) -> list[str]:
    """Say which plans are better than the baseline in some measures and worse in none.

    Parameters
    ----------
    table : pandas.DataFrame
        From :func:`compare_plans`; the joint intervals decide.

    Returns
    -------
    list of str
        One sentence per plan.

    """
    sentences = []
    for plan, rows in table.groupby("plan", sort=False):
        better = int((rows["joint_high"] < 0).sum())
        worse = int((rows["joint_low"] > 0).sum())
        counts = f"better in {better}, worse in {worse} of {len(rows)} measures"
        if better and not worse:
            sentences.append(f"{plan} dominates the baseline: {counts}.")
        elif worse and not better:
            sentences.append(f"{plan} is dominated by the baseline: {counts}.")
        elif better:
            sentences.append(f"{plan} is a trade-off: {counts}.")
        else:
            sentences.append(f"{plan} is not distinguishable from the baseline.")
    return sentences


def regret_of_plans(
    plans: Sequence[str | Path],
    people: Sequence[float],
    measure: str,
    *,
    replications: int | None = None,
    seed: int | None = None,
    workers: int | None = None,
    cluster: str | None = None,
    engine: str = "auto",
    progress: Progress = SILENT,
) -> tuple[pd.DataFrame, pd.DataFrame, str]:
    """Compare plans when other numbers of people come than forecast.

    Parameters
    ----------
    plans : sequence of str or pathlib.Path
        Names or files of scenarios.
    people : sequence of float
        People who come, divided by those of the forecast; 1 is added when it is missing.
    measure : str
        Name or label of the measure that decides.
    replications, seed : int or None
        None takes those of the first plan.
    workers, cluster, engine, progress
        As for :func:`compare_plans`.

    Returns
    -------
    matrix, summary : pandas.DataFrame
        See :func:`scenarios.choices.regret`.
    measure : str
        Name of the measure.

    Raises
    ------
    CompareError
        If a plan is a results folder, which holds one number of people only.

    """
    factors = sorted({*map(float, people), 1.0})
    folders = [str(plan) for plan in plans if Path(plan).is_dir()]
    if folders:
        msg = (
            f"{', '.join(folders)} is a results folder; regret needs scenarios, to run them with "
            "others."
        )
        raise CompareError(msg)
    loaded = [load_scenario(plan) for plan in plans]
    changes = [[more_people(one, f) if f != 1 else [] for f in factors] for one in loaded]
    for scenario, listed in zip(loaded, changes, strict=True):
        for changed in listed:  # what is not possible is refused before anything is run
            changed_scenario(scenario, changed)
    cases: dict[str, dict[str, xr.Dataset]] = {f"{factor:g} x the people": {} for factor in factors}
    name = ""
    for scenario, listed in zip(loaded, changes, strict=True):
        replications = replications or scenario.experiment.replications
        seed = scenario.experiment.seed if seed is None else seed
        variants = Variants(scenario, replications, seed, workers, cluster, engine)
        progress.stage(f"Other numbers of people: {scenario.name}", len(factors))
        for changed, case in zip(listed, cases.values(), strict=True):
            case[scenario.name] = variants.measures(changed)
            progress.advance(1)
        name = outcome_name(measure, list(variants.outcomes().columns))
    return *regret(cases, name), name
