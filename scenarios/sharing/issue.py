"""Issue a forecast: the national package and one slice for every unit of government."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import forecasting as fc
from forecasting.hierarchy import DEFAULT_METHOD, METHODS, Hierarchy, reconcile, stack_levels
from forecasting.sharing.checksums import CHECKSUMS
from forecasting.sharing.containers import refuse_existing, write_container
from forecasting.sharing.limits import PackageError
from forecasting.sharing.provenance import About, file_name
from forecasting.sharing.slices import slice_files
from forecasting.sharing.writing import make_package, signed
from scenarios.files import load_scenario
from scenarios.forecasts import (
    BACKTEST_SAMPLES,
    forecast_everywhere,
    scenario_drivers,
    track_cutoffs,
)
from scenarios.models import model_named
from scenarios.results import complete_folder
from scenarios.runner import SILENT, Progress
from scenarios.versions import versions

if TYPE_CHECKING:
    from collections.abc import Mapping

    import xarray as xr

    from forecasting.sharing.package import Package
    from forecasting.sharing.signatures import SecretKey
    from scenarios.schema import Scenario

NATIONAL: Final = "national"
LEVELS: Final = re.compile(r"admin([0-9])")
_MONTHS_OF_A_YEAR: Final = 12
_NOT_TESTED: Final = "not tested on the past for this package"


@dataclass(frozen=True)
class Issue:
    """What was written.

    Parameters
    ----------
    folder : pathlib.Path
    national : Package
    slices : dict of str to pathlib.Path
        Path of the slice of every unit, by code.

    """

    folder: Path
    national: Package
    slices: Mapping[str, Path]


@dataclass(frozen=True)
class Made:
    """A forecast for the whole country and what is known about it.

    Parameters
    ----------
    forecast : xarray.DataArray, (sample, time, location[, cause]), persons per period
        Of the lowest places shared.
    hierarchy : Hierarchy
    about : About

    """

    forecast: xr.DataArray
    hierarchy: Hierarchy
    about: About


def admin_level(text: str) -> int:
    """Read the name of a level.

    Examples
    --------
    >>> admin_level("admin2")
    2

    """
    match = LEVELS.fullmatch(text)
    if match is None:
        msg = f"level is {text!r}; write admin0 (country), admin1 (region) or admin2 (district)."
        raise PackageError(msg)
    return int(match.group(1))


def share(
    source: str | Path,
    out: str | Path,
    about: About,
    *,
    level: str = "admin2",
    policy: str | Path = "default",
    method: str = DEFAULT_METHOD,
    samples: int | None = None,
    backtest: bool = True,
    archive: bool = False,
    parquet: bool = True,
    sdmx: bool = False,
    key: SecretKey | None = None,
    salt: bytes | None = None,
    progress: Progress = SILENT,
) -> Issue:
    """Write the national package and one slice for every unit down to a level.

    Parameters
    ----------
    source : str or path
        Scenario (name in the library or file), whose model then forecasts the whole country; or a
        forecast written by :func:`forecasting.write_forecast` (``.nc``), shared as it is.
    out : path-like
        Folder to write; must not exist.
    about : About
        Who issues it, what for, for whom.
    level : str
        Lowest level shared: ``admin1`` for regions, ``admin2`` for districts.
    policy : str or path
        Protection of small counts.
    method : str
        How levels are made to agree; one of ``forecasting.hierarchy.METHODS``.
    samples : int or None
        Number of joint samples; the scenario says how many by default.
    backtest : bool
        Test the model on the past at this level, for the statement of skill.
    archive : bool
        Write zip files instead of folders.
    parquet : bool
        Add the table of samples; needs pyarrow.
    sdmx : bool
        Add the quantiles as SDMX-CSV.
    key : SecretKey or None
        Signs every package.
    salt : bytes or None
        Secret of the protection; that of the office by default.
    progress : Progress

    Returns
    -------
    Issue

    Raises
    ------
    PackageError, ScenarioError, FlowError
        If something cannot be shared; then nothing is written.

    """
    target = Path(out)
    refuse_existing(target)
    lowest = admin_level(level)
    progress.stage("Forecasting the whole country", 1)
    if str(source).endswith(".nc"):
        made = _given(Path(source), about, lowest, method, samples)
    else:
        made = _from_scenario(
            load_scenario(source), about, lowest, method, samples, backtest=backtest
        )
    progress.advance(1)
    package, files = make_package(
        made.forecast,
        made.about,
        hierarchy=made.hierarchy,
        policy=policy,
        salt=salt,
        parquet=parquet,
        sdmx=sdmx,
    )
    units = [code for code in package.hierarchy.codes if code != package.unit]
    progress.stage("Writing packages", len(units) + 1)
    ending = ".zip" if archive else ""
    slices: dict[str, Path] = {}
    with complete_folder(target) as draft:
        place = Path(f"{NATIONAL}{ending}")
        write_container(signed(files, key, package.identifier), draft.folder / place)
        progress.advance(1)
        for code in units:
            cut, parts = slice_files(package, files[CHECKSUMS], code)
            folder = f"admin{package.hierarchy.level_of(code)}"
            slices[code] = Path(folder) / f"{file_name(code)}{ending}"
            write_container(signed(parts, key, cut.identifier), draft.folder / slices[code])
            progress.advance(1)
    return Issue(
        folder=target,
        national=replace(package, path=target / place),
        slices={code: target / path for code, path in slices.items()},
    )


def _given(path: Path, about: About, lowest: int, method: str, samples: int | None) -> Made:
    forecast = fc.read_forecast(path)
    if method != DEFAULT_METHOD:
        msg = (
            f"{path} is shared as it is; --reconcile {method} needs a scenario, whose model then "
            "forecasts every level."
        )
        raise PackageError(msg)
    if samples is not None:
        forecast = _first(forecast, samples, str(path))
    tree = Hierarchy.from_locations(forecast)
    forecast, tree = _down_to(forecast, tree, lowest)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    credit = str(forecast.attrs["credit"])
    sources = about.sources or ({"name": path.name, "credit": credit, "sha256": digest},)
    return Made(forecast, tree, replace(about, sources=sources, software=versions()))


def _first(forecast: xr.DataArray, samples: int, where: str) -> xr.DataArray:
    if samples > forecast.sizes["sample"]:
        msg = f"{where} has {forecast.sizes['sample']} samples; {samples} were asked for."
        raise PackageError(msg)
    return forecast.isel(sample=slice(samples))


def _down_to(
    forecast: xr.DataArray, tree: Hierarchy, lowest: int
) -> tuple[xr.DataArray, Hierarchy]:
    """Sum samples up to the lowest level asked for."""
    if lowest not in tree.levels:
        there = ", ".join(f"admin{one}" for one in tree.levels)
        msg = f"level is admin{lowest}; the forecast has {there}."
        raise PackageError(msg)
    if lowest == tree.levels[-1]:
        return forecast, tree
    upper = tree.aggregate(forecast, lowest)
    kept = set(map(str, upper["location"].values))
    rows = tree.table()
    chosen = rows[(rows["admin_level"] < lowest) | rows["code"].isin(kept)]
    return upper, Hierarchy.from_table(chosen)


def _from_scenario(
    scenario: Scenario,
    about: About,
    lowest: int,
    method: str,
    samples: int | None,
    *,
    backtest: bool,
) -> Made:
    if method not in METHODS:
        msg = f"reconcile is {method!r}; allowed: {', '.join(METHODS)}."
        raise PackageError(msg)
    flows, tree = flows_and_tree(scenario, lowest)
    count = samples or scenario.forecast.samples
    if method == DEFAULT_METHOD:
        forecast = forecast_everywhere(scenario, flows, count)
    else:
        separate = [
            forecast_everywhere(scenario, tree.aggregate(flows, level), count)
            for level in tree.levels
        ]
        agreed = reconcile(stack_levels(separate, tree), tree, method, history=flows)
        forecast = agreed.sel(location=list(tree.bottom))
    forecast, tree = _down_to(forecast, tree, lowest)
    statement = _NOT_TESTED
    if backtest and scenario.forecast.backtest is not None:
        statement = _record(scenario, flows)
    digest = hashlib.sha256(flows.to_numpy().tobytes()).hexdigest()
    credit = str(flows.attrs["credit"])
    return Made(
        forecast,
        tree,
        replace(
            about,
            sources=about.sources
            or ({"name": scenario.forecast.origin, "credit": credit, "sha256": digest},),
            software=versions(),
            skill=about.skill or statement,
            reconciliation=_told(method),
        ),
    )


def _record(scenario: Scenario, flows: xr.DataArray) -> str:
    """Say how good the model was for all places together, at yearly cutoffs as that takes long."""
    section = scenario.forecast
    names = dict.fromkeys((section.benchmark, section.model))
    models = [model_named(name, section.horizon) for name in names]
    cutoffs = track_cutoffs(scenario)
    every = max(_MONTHS_OF_A_YEAR // scenario.forecast.backtest.every, 1)  # type: ignore[union-attr]
    scores = fc.backtest(
        models,
        flows.sel(time=slice(None, str(section.reference_date))).isel(time=slice(None, -1)),
        scenario_drivers(scenario),
        horizon=section.horizon,
        cutoffs=cutoffs[::every],
        samples=BACKTEST_SAMPLES,
        seed=1,
    )
    level = "total" if "cause" in flows.dims else "cause"
    return fc.skill_statement(scores, models[-1].name, models[0].name, level=level)


def _told(method: str) -> str:
    if method == DEFAULT_METHOD:
        return "sums of the lowest places, sample by sample"
    return f"{method}: every level forecast by itself, then made to agree sample by sample"


def flows_and_tree(scenario: Scenario, lowest: int) -> tuple[xr.DataArray, Hierarchy]:
    """Load the flows of the whole country for a scenario, as low as asked where there are any.

    Parameters
    ----------
    scenario : Scenario
    lowest : int
        Admin level.

    Returns
    -------
    tuple of xarray.DataArray and Hierarchy

    Raises
    ------
    PackageError
        If the data have no such level.

    """
    section = scenario.forecast
    if section.model == "replay" or section.data is None:
        msg = (
            f"{scenario.name} replays what was counted in a past episode; that is no forecast to "
            "share. Choose a scenario with a forecast."
        )
        raise PackageError(msg)
    if section.package is not None:
        msg = (
            f"{scenario.name} simulates on a package that was issued already; pass that package "
            "on, or cut slices of it with forecasting.sharing.slice_package."
        )
        raise PackageError(msg)
    if section.data == "somalia_displacement":
        regions = fc.load_somalia_displacement()
        flows = regions if lowest <= 1 else fc.load_somalia_displacement(level="district")
        names: Any = _somalia(regions)
    elif section.data in [info.name for info in fc.catalog()]:
        flows = fc.check_flows(fc.load(section.data))  # type: ignore[arg-type]
        names = None
    else:
        path = scenario.folder("forecast.data") / section.data
        flows = fc.read_flows(path, sheet=section.sheet)
        names = None
    tree = Hierarchy.from_locations(flows, names)
    if lowest not in tree.levels:
        there = ", ".join(f"admin{one}" for one in tree.levels)
        msg = f"level is admin{lowest}; {section.data} has {there}."
        raise PackageError(msg)
    return flows, tree


def _somalia(regions: xr.DataArray) -> Any:
    """Names of the regions and of the country."""
    tree = Hierarchy.from_locations(regions)
    table = tree.table()
    table.loc[table["code"] == tree.top, "name"] = "Somalia"
    return table
