"""From scenarios to results: forecast, simulate, compare, report."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from scenarios.build import build_network
from scenarios.comparison import CompareError, compare
from scenarios.files import load_scenario
from scenarios.forecasts import (
    Outlook,
    driver_curves,
    fingerprint,
    make_outlook,
    make_track,
    track_cutoffs,
)
from scenarios.observed import observed_points
from scenarios.precision import enough_replications, read_precision
from scenarios.readiness import check_inputs
from scenarios.results import PlanResults, Results, complete_folder, write_results
from scenarios.unfinished import unfinished_run
from scenarios.versions import versions
from simulation.blocks import Blocks, kept_engine
from simulation.engines import EngineChoice, choose_engine, prepare
from simulation.executors import begin, executor
from simulation.experiments import (
    ExperimentError,
    Futures,
    available_workers,
    identity,
    replicate,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Sequence

    import xarray as xr

    from scenarios.schema import Scenario

SKILL_NOT_TESTED: Final = "not tested on the past"
"""What a forecast says of its skill when no backtest was asked for."""
REPLAYED: Final = "what was counted, not a forecast"
"""What a replay says of its skill."""


@dataclass(frozen=True)
class Progress:
    """What a run tells about its progress.

    Parameters
    ----------
    stage : callable
        Called with the name of a stage and the number of its parts, when it begins.
    advance : callable
        Called with the number of parts finished since the last call.

    """

    stage: Callable[[str, int], None]
    advance: Callable[[int], None]


SILENT: Final = Progress(stage=lambda _name, _parts: None, advance=lambda _parts: None)


def simulate_plan(
    scenario: Scenario,
    forecast: xr.DataArray,
    *,
    replications: int,
    seed: int,
    workers: int | None = None,
    cluster: str | None = None,
    keep: Path | None = None,
    engine: str | EngineChoice = "auto",
    progress: Progress = SILENT,
) -> xr.Dataset:
    """Run all replications of one plan on a forecast.

    Parameters
    ----------
    scenario : Scenario
    forecast : xarray.DataArray, (sample, time, location[, cause]), persons per period
    replications, seed : int
    workers : int or None
        Processes; None takes all processors.
    cluster : str or None
        Address of a Dask scheduler to run on instead, or ``local``.
    keep : pathlib.Path or None
        Folder that keeps finished replications; those that are there are not run again.
    engine : str or EngineChoice
        One of :data:`simulation.engines.ENGINES`, or a choice made before; both engines give the
        same measures.
    progress : Progress

    Returns
    -------
    xarray.Dataset
        Measures; see :data:`simulation.measures.MEASURES`.

    """
    network = build_network(scenario)
    futures = Futures.of(forecast, network)
    choice = (
        engine if isinstance(engine, EngineChoice) else choose_engine(network, engine, replications)
    )
    if choice.engine == "compiled":
        progress.stage("Preparing the compiled engine (once, in about a minute)", 1)
        prepare(choice)
        progress.advance(1)
    progress.stage(f"Simulating {scenario.name}", replications)
    blocks = None
    if keep is not None:
        depends_on = identity(network, futures, seed, choice.engine) | {
            "versions": json.dumps(versions())
        }
        blocks = Blocks(keep, depends_on)
    measures = replicate(
        network,
        futures,
        replications=replications,
        seed=seed,
        workers=workers,
        cluster=cluster,
        engine=choice.engine,
        keep=blocks,
        progress=progress.advance,
    )
    return measures.assign_attrs(
        scenario=scenario.name, seed=seed, engine=f"{choice.engine}: {choice.reason}"
    )


def _ready() -> None:
    """Do nothing: a process that is asked to has loaded this module."""


def run(
    scenario: str | Path | Scenario,
    *,
    against: Sequence[str | Path | Scenario] = (),
    replications: int | None = None,
    samples: int | None = None,
    seed: int | None = None,
    workers: int | None = None,
    cluster: str | None = None,
    keep: Path | None = None,
    precision: Sequence[str] = (),
    engine: str = "auto",
    progress: Progress = SILENT,
    command: str = "",
) -> Results:
    """Run a scenario and the plans to compare it with, all on the same futures.

    Parameters
    ----------
    scenario : str, pathlib.Path or Scenario
        Name in the library, file, or a scenario already read.
    against : sequence of the same
        Plans to compare with it.
    replications, samples, seed : int or None
        Override those of the scenario, ``samples`` that of its forecast; they hold for every plan.
    workers : int or None
        Processes; None takes all processors. Results do not depend on it.
    cluster : str or None
        Address of a Dask scheduler to run on instead, or ``local``.
    keep : pathlib.Path or None
        Folder that keeps finished replications of every plan, in a folder of its name; those that
        are there are not run again.
    precision : sequence of str
        How well measures of the scenario must be known, such as ``nights without a place: 5 %``
        (see :func:`scenarios.precision.read_precision`); replications are added until all are, at
        most as many as ``replications`` says or the forecast has samples.
    engine : str
        One of :data:`simulation.engines.ENGINES`; both engines give the same measures.
    progress : Progress
    command : str
        What the user typed, for the record.

    Returns
    -------
    Results

    Raises
    ------
    ScenarioError, FlowError, CompareError, ExperimentError
        If a file, the data or the request cannot be used; nothing is written.

    """
    main = _loaded(scenario)
    others = [_loaded(one) for one in against]
    _check_names([main, *others])
    wanted = [read_precision(text) for text in precision]
    seed = main.experiment.seed if seed is None else seed
    plans = [main, *others]
    if wanted:  # as many as are needed, and at most as many as every plan has samples
        most = min(plan.forecast.samples if samples is None else samples for plan in plans)
        replications = min(replications or most, most)
    replications = replications or main.experiment.replications
    # Chosen before anything else: what cannot run is refused, and replications that are added for
    # a precision run on the engine of the first.
    choices = {
        plan.name: _engine_of(
            plan, engine, replications, None if keep is None else keep / plan.name
        )
        for plan in plans
    }
    for plan in plans:
        check_inputs(plan, replications, samples)
    if cluster is None:
        begin(workers, _ready)
    outlooks: dict[str, Outlook] = {}
    progress.stage("Forecasting", len(plans))
    for plan in plans:
        key = fingerprint(plan)
        if key not in outlooks:
            outlooks[key] = make_outlook(plan, samples=samples)
        progress.advance(1)
    if cutoffs := track_cutoffs(main):
        progress.stage("Testing the forecast on the past", len(cutoffs))
    processes = available_workers() if workers is None else workers
    track = make_track(main, workers=processes, advance=progress.advance)
    for outlook in outlooks.values():
        replay = outlook.forecast.attrs["kind"] == "replay"
        tested = outlook.statement or SKILL_NOT_TESTED
        outlook.forecast.attrs["skill"] = REPLAYED if replay else tested
    outlook = outlooks[fingerprint(main)]
    if track is not None:
        outlook.forecast.attrs["skill"] = track.statement
    known = None
    if wanted:
        known = enough_replications(
            lambda number, folder: simulate_plan(
                main,
                outlook.forecast,
                replications=number,
                seed=seed,
                workers=workers,
                cluster=cluster,
                keep=folder,
                engine=choices[main.name],
                progress=progress,
            ),
            wanted,
            most=replications,
            keep=None if keep is None else keep / main.name,
        )
        replications = known.replications
    made = {}
    for plan in plans:
        forecast = outlooks[fingerprint(plan)].forecast
        measures = simulate_plan(
            plan,
            forecast,
            replications=replications,
            seed=seed,
            workers=workers,
            cluster=cluster,
            keep=None if keep is None else keep / plan.name,
            engine=choices[plan.name],
            progress=progress,
        )
        points = observed_points(plan, measures) if plan.observed else None
        made[plan.name] = PlanResults(plan, forecast, measures, points)
    engines = list(dict.fromkeys(str(plan.measures.attrs["engine"]) for plan in made.values()))
    first = made.pop(main.name)
    return Results(
        main=first,
        plans=made,
        benchmark=outlook.benchmark,
        observed=outlook.observed,
        drivers=driver_curves(outlook),
        skill=None if track is None else track.skill,
        statement=outlook.statement if track is None else track.statement,
        sentences=() if track is None else track.sentences,
        comparison=(
            compare(first.measures, {name: plan.measures for name, plan in made.items()})
            if made
            else None
        ),
        provenance={
            "command": command,
            "created": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
            "scenario": main.name,
            "compared_plans": list(made),
            "replications": replications,
            "samples": first.forecast.sizes["sample"],
            "precision": [] if known is None else _defined(known.intervals.to_dict("records")),
            "seed": seed,
            "engine": "; ".join(engines),
            "versions": versions(),
            "data": {
                plan.forecast.origin: _data_hash(outlooks[fingerprint(plan)]) for plan in plans
            },
            "scenario_hashes": {
                plan.name: hashlib.sha256(plan.resolved_yaml().encode()).hexdigest()
                for plan in plans
            },
            **_packages(plans, outlooks),
            "credits": list(
                dict.fromkeys(line for one in outlooks.values() for line in one.credits)
            ),
        },
    )


def _defined(rows: list[dict[Hashable, Any]]) -> list[dict[Hashable, Any]]:
    """Turn numbers that JSON has no word for, undefined or infinite ones, into null."""
    return [
        {
            name: None if isinstance(value, float) and not math.isfinite(value) else value
            for name, value in row.items()
        }
        for row in rows
    ]


def run_to_folder(
    scenario: str | Path | Scenario,
    out: Path | None = None,
    *,
    resume: bool = False,
    **options: Any,
) -> Path:
    """Run a scenario and write the results folder with its report.

    Finished replications are kept beside the results until these are complete, so that a run that
    was stopped, even by a power cut, can go on.

    Parameters
    ----------
    scenario : str, pathlib.Path or Scenario
    out : pathlib.Path or None
        Must not exist; None takes the next free ``results/NAME``.
    resume : bool
        Go on with a run that was stopped, where there is one; the results are the same as without
        the interruption.
    **options
        As for :func:`run`.

    Returns
    -------
    pathlib.Path
        The folder; it appears only when everything in it is complete.

    Raises
    ------
    ResultsError
        If the folder exists, a run of the same folder was stopped and ``resume`` is not set, or
        nothing can be written there.
    StoppedError
        If the run is interrupted and finished replications are kept.

    """
    from scenarios.report.contents import report_inputs
    from scenarios.report.document import write_report
    from scenarios.report.pictures import begin_pictures

    main = _loaded(scenario)
    progress: Progress = options.get("progress", SILENT)
    with unfinished_run(main.name, out, resume=resume) as unfinished:
        with complete_folder(unfinished.target, or_next=out is None) as draft:
            folder = draft.folder
            results = run(main, keep=unfinished.folder, **options)
            progress.stage("Writing the report", 1)
            inputs = report_inputs(results)
            # Drawn by the processes that simulated, while this one writes the tables.
            with executor(1 if options.get("cluster") else options.get("workers"), None) as others:
                drawn = begin_pictures(inputs, others)
                write_results(results, folder)
                page, figures = folder / "report.html", folder / "figures"
                write_report(inputs, page, figures=figures, drawn=drawn)
            progress.advance(1)
        unfinished.complete = True
    return draft.target


def _engine_of(plan: Scenario, engine: str, replications: int, keep: Path | None) -> EngineChoice:
    """Choose the engine of a plan; a run that goes on stays with the engine it began on."""
    network = build_network(plan)
    choice = choose_engine(network, engine, replications)
    kept = None if keep is None or engine != "auto" else kept_engine(keep)
    if kept is None or kept == choice.engine:
        return choice
    try:
        choose_engine(network, kept)
    except ExperimentError as error:
        msg = f"the replications kept in {keep} ran on the {kept} engine: {error} Or start anew."
        raise ExperimentError(msg) from error
    return EngineChoice(kept, "the replications that are kept ran on it")


def _loaded(scenario: str | Path | Scenario) -> Scenario:
    return load_scenario(scenario) if isinstance(scenario, str | Path) else scenario


def _check_names(plans: list[Scenario]) -> None:
    names = [plan.name for plan in plans]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        msg = f"{', '.join(twice)} stands twice among the plans; give each its own 'name'."
        raise CompareError(msg)


def _data_hash(outlook: Outlook) -> str:
    if outlook.package is not None:
        return str(outlook.package["samples_sha256"])
    return hashlib.sha256(outlook.observed.to_numpy().tobytes()).hexdigest()


def _packages(plans: list[Scenario], outlooks: dict[str, Outlook]) -> dict[str, Any]:
    """Name the packages that plans were simulated on, by plan; nothing without any."""
    found = {plan.name: outlooks[fingerprint(plan)].package for plan in plans}
    received = {name: package for name, package in found.items() if package is not None}
    return {"packages": received} if received else {}
