"""The results folder of a run: written beside its place, moved there when complete."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pandas as pd
import xarray as xr

from forecasting.flows import FlowError, read_forecast, write_forecast
from forecasting.statements import told
from scenarios.costs import cost_table
from scenarios.files import parse_scenario
from scenarios.language import say
from scenarios.observed import fit_of
from scenarios.small_numbers import protected
from scenarios.summaries import tails
from simulation.large_measures import copy_large, read_measures
from simulation.measures import MEASURES, summarize

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from forecasting.statements import Sentence
    from scenarios.schema import Scenario

DEFAULT_FOLDER: Final = Path("results")
_COMPLETE: Final = "provenance.json"


class ResultsError(ValueError):
    """A results folder cannot be written or read."""


def unfinished_folder(target: Path) -> Path:
    """Return where replications are kept until the results of a run are complete.

    Parameters
    ----------
    target : pathlib.Path
        The results folder.

    """
    return target.with_name(f"{target.name}.unfinished")


def free_folder(name: str, parent: Path = DEFAULT_FOLDER) -> Path:
    """Return the first of ``name``, ``name-2``, ``name-3``, ... that no run has taken.

    Parameters
    ----------
    name : str
    parent : pathlib.Path

    """
    number, folder = 1, parent / name
    while folder.exists() or unfinished_folder(folder).exists():
        number += 1
        folder = parent / f"{name}-{number}"
    return folder


@dataclass
class Draft:
    """A results folder in the making.

    Parameters
    ----------
    folder : pathlib.Path
        Temporary place to write to.
    target : pathlib.Path
        Where it goes when complete; after the block, where it is.

    """

    folder: Path
    target: Path


def complete_file(path: Path, write: Callable[[Path], object]) -> Path:
    """Write a file to a temporary place beside the target and move it there when complete.

    Parameters
    ----------
    path : pathlib.Path
        Replaced if it exists.
    write : callable
        Writes to the path that it is given.

    """
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
    os.close(handle)
    draft = Path(name)
    try:
        write(draft)
        draft.chmod(0o644)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    return path


@contextmanager
def complete_folder(target: Path, *, or_next: bool = False) -> Iterator[Draft]:
    """Give a temporary folder that becomes the target when the block ends without an error.

    Parameters
    ----------
    target : pathlib.Path
        Must not exist: results are never overwritten.
    or_next : bool
        When another run has taken the target meanwhile, take the next free number instead.

    Yields
    ------
    Draft

    Raises
    ------
    ResultsError
        If the target exists or its parent cannot be written.

    """
    _refuse_existing(target)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary = Path(
            tempfile.mkdtemp(prefix=f".{target.name}.", suffix=".part", dir=target.parent)
        )
    except OSError as error:
        msg = f"cannot write to {target.parent} ({error.strerror}). Choose another --out."
        raise ResultsError(msg) from error
    draft = Draft(temporary, target)
    try:
        yield draft
        temporary.chmod(0o777 & ~_umask())
        if or_next and target.exists():
            draft.target = free_folder(target.name, target.parent)
        _refuse_existing(draft.target)
        temporary.rename(draft.target)
    except OSError as error:
        msg = f"results could not be written to {target} ({error.strerror}); nothing was kept."
        raise ResultsError(msg) from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _refuse_existing(target: Path) -> None:
    if target.exists():
        msg = (
            f"{target} exists and results are never overwritten. Give another --out, "
            "or remove the folder first."
        )
        raise ResultsError(msg)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


@dataclass(frozen=True)
class PlanResults:
    """Results of one plan.

    Parameters
    ----------
    scenario : Scenario
    forecast : xarray.DataArray
    measures : xarray.Dataset
    observed_points : pandas.DataFrame or None
        Observations beside what was simulated; see :func:`scenarios.observed.observed_points`.
        None for a scenario without any.

    """

    scenario: Scenario
    forecast: xr.DataArray
    measures: xr.Dataset
    observed_points: pd.DataFrame | None = None


@dataclass(frozen=True)
class Results:
    """Everything in a results folder but the report and the figures.

    Parameters
    ----------
    main : PlanResults
    plans : dict of str to PlanResults
        The plans compared with it.
    benchmark : xarray.DataArray or None
        None for a replay, and when the forecast came in a package.
    observed : xarray.DataArray
    drivers : xarray.Dataset or None
    skill : pandas.DataFrame or None
    statement : str
        How such forecasts did before, in English.
    comparison : pandas.DataFrame or None
    provenance : dict
    sentences : tuple of dict
        The statement in parts that can be translated, see :mod:`forecasting.statements`.

    """

    main: PlanResults
    plans: dict[str, PlanResults]
    benchmark: xr.DataArray | None
    observed: xr.DataArray
    drivers: xr.Dataset | None
    skill: pd.DataFrame | None
    statement: str
    comparison: pd.DataFrame | None
    provenance: dict[str, Any]
    sentences: tuple[Sentence, ...] = ()

    def said_statement(self) -> str:
        """Tell the statement in the language spoken now; in English where it has no sentences.

        Texts that came with a package, or that were written by a version with other sentences or
        changed by hand since, are shown as they are.
        """
        try:
            if told(self.sentences) == self.statement:
                return told(self.sentences, say)
        except FlowError:
            pass
        return self.statement


def write_results(results: Results, folder: Path) -> None:
    """Write all tables and datasets of a run into a folder.

    Parameters
    ----------
    results : Results
    folder : pathlib.Path
        Exists and is empty.

    """
    _write_plan(results.main, folder)
    for name, plan in results.plans.items():
        _write_plan(plan, folder / "plans" / name)
    if results.benchmark is not None:
        write_forecast(results.benchmark, folder / "benchmark.nc")
    _write_dataset(results.observed.rename("observed").to_dataset(), folder / "observed.nc")
    if results.drivers is not None:
        _write_dataset(results.drivers, folder / "drivers.nc")
    if results.skill is not None:
        results.skill.to_csv(folder / "skill.csv", index=False)
    if results.comparison is not None:
        results.comparison.to_csv(folder / "comparison.csv", index=False)
    provenance = {**results.provenance, "skill_statement": results.statement}
    if results.sentences:
        provenance["skill_sentences"] = list(results.sentences)
    text = json.dumps(provenance, indent=2, ensure_ascii=False)
    (folder / _COMPLETE).write_text(text + "\n", encoding="utf-8")


def read_results(folder: Path) -> Results:
    """Read a results folder.

    Parameters
    ----------
    folder : pathlib.Path

    Returns
    -------
    Results

    Raises
    ------
    ResultsError
        If the folder does not hold complete results.

    """
    if not (folder / _COMPLETE).is_file():
        msg = f"{folder} holds no results (no {_COMPLETE}). Make some with `safepassage run`."
        raise ResultsError(msg)
    try:
        provenance = json.loads((folder / _COMPLETE).read_text(encoding="utf-8"))
        plans = {name: _read_plan(folder / "plans" / name) for name in provenance["compared_plans"]}
        skill, drivers = folder / "skill.csv", folder / "drivers.nc"
        comparison, benchmark = folder / "comparison.csv", folder / "benchmark.nc"
        return Results(
            main=_read_plan(folder),
            plans=plans,
            benchmark=read_forecast(benchmark) if benchmark.is_file() else None,
            observed=_read_dataset(folder / "observed.nc")["observed"],
            drivers=_read_dataset(drivers) if drivers.is_file() else None,
            skill=pd.read_csv(skill) if skill.is_file() else None,
            statement=provenance.pop("skill_statement"),
            sentences=_sentences(provenance.pop("skill_sentences", ())),
            comparison=pd.read_csv(comparison) if comparison.is_file() else None,
            provenance=provenance,
        )
    except (OSError, KeyError, ValueError) as error:
        msg = f"{folder} does not hold complete results ({error}). Run the scenario again."
        raise ResultsError(msg) from error


def _sentences(stored: Any) -> tuple[Sentence, ...]:
    """Sentences as they are stored; results of earlier versions have none."""
    return tuple(stored) if isinstance(stored, (list, tuple)) else ()


def _write_plan(plan: PlanResults, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    text = plan.scenario.resolved_yaml()
    (folder / "scenario.yaml").write_text(text, encoding="utf-8")
    write_forecast(plan.forecast, folder / "forecast.nc")
    if not copy_large(plan.measures, folder / "measures.nc"):
        _write_dataset(plan.measures, folder / "measures.nc")
    measures_table(plan.measures).to_csv(folder / "measures.csv", index=False)
    tails(plan.measures).to_csv(folder / "tails.csv", index=False)
    costs = cost_table(plan.scenario, plan.measures)
    if len(costs):
        costs.to_csv(folder / "costs.csv", index=False)
    if plan.observed_points is not None:
        plan.observed_points.to_csv(folder / "observed.csv", index=False)
        fit_of(plan.observed_points).to_csv(folder / "fit.csv", index=False)


def measures_table(measures: xr.Dataset) -> pd.DataFrame:
    """Return what ``measures.csv`` holds: a summary in which small numbers are hidden.

    Parameters
    ----------
    measures : xarray.Dataset
        From :func:`simulation.measures.dataset`.

    Returns
    -------
    pandas.DataFrame
        As :func:`simulation.measures.summarize` returns it; numbers of persons or person-nights of
        a category below :data:`scenarios.small_numbers.FEWEST` are replaced.

    """
    table = summarize(measures)
    counted = ("persons", "person-nights")
    names = [m.name for m in MEASURES if "category" in m.dims and m.unit in counted]
    columns = ["mean", "mean_low", "mean_high", "q05", "median", "q95"]
    return protected(table, table["measure"].isin(names), columns)


def _read_plan(folder: Path) -> PlanResults:
    text = (folder / "scenario.yaml").read_text(encoding="utf-8")
    points = folder / "observed.csv"
    measures = read_measures(folder / "measures.nc")
    missing = [one.name for one in MEASURES if one.name not in measures]
    if missing:
        msg = f"its measures have no {', '.join(missing)}: it was made with another version"
        raise ValueError(msg)
    return PlanResults(
        scenario=parse_scenario(text, str(folder / "scenario.yaml")),
        forecast=read_forecast(folder / "forecast.nc"),
        measures=measures,
        # Not made again: the table that was observed need not be at hand any more.
        observed_points=pd.read_csv(points) if points.is_file() else None,
    )


def _write_dataset(dataset: xr.Dataset, path: Path) -> None:
    """Write NetCDF, numbers compressed; the same content gives the same bytes."""
    encoding: dict[str, dict[str, Any]] = {
        str(name): {"zlib": True, "complevel": 1}  # a higher level takes twice the time for 12 %
        for name, variable in dataset.data_vars.items()
        if variable.dtype.kind in "fiu" and variable.ndim > 0
    }
    for name in ("time", "date"):
        if name in dataset.coords:
            encoding[name] = {"units": "days since 1970-01-01", "dtype": "int32"}
    dataset.to_netcdf(path, engine="h5netcdf", encoding=encoding)


def _read_dataset(path: Path) -> xr.Dataset:
    with xr.open_dataset(path, engine="h5netcdf") as dataset:
        return dataset.load()
