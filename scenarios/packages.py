"""Forecasts that an office received: scenarios on a slice of a shared package."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from forecasting.flows import FlowError
from forecasting.sharing.checksums import CHECKSUMS, checksums_bytes, sha256
from forecasting.sharing.containers import read_container
from forecasting.sharing.limits import DEFAULT_LIMITS, PackageError
from forecasting.sharing.package import identifier_of
from forecasting.sharing.provenance import PROVENANCE, check_provenance
from forecasting.sharing.reading import read_package
from forecasting.sharing.strict_json import read_json
from scenarios.coverage import coverage_problems
from scenarios.documents import Block, Text
from scenarios.problems import Problem, ScenarioError

if TYPE_CHECKING:
    from typing import Any

    import xarray as xr

    from forecasting.sharing.package import Package
    from scenarios.schema import Scenario

MODEL: Final = "package"
"""What a scenario calls the model of a forecast that was made elsewhere."""
SAID_BY_PACKAGE: Final = ("data", "model", "reference_date", "horizon", "samples")
"""Keys of the forecast section that follow from the package."""
_NOT_WITH_PACKAGE: Final = ("benchmark", "drivers", "outlook", "backtest")
_BESIDE: Final = "level, focus, package_identifier"


def fill_from_package(tree: Block) -> list[Problem]:
    """Write into the forecast section what its package says, where it names a package.

    A section that was filled before, as in the scenario of a results folder, is left as it is, so
    that results can be read where the package is not at hand.

    Parameters
    ----------
    tree : Block
        A complete scenario; changed in place.

    Returns
    -------
    list of Problem

    """
    section = tree.get("forecast")
    if not isinstance(section, Block) or "package" not in section:
        return []
    place = section.places["package"]
    if section.get("model") == MODEL and "package_identifier" in section:
        return []
    given = [key for key in (*SAID_BY_PACKAGE, *_NOT_WITH_PACKAGE) if key in section]
    problems = [
        Problem(
            *section.places[key],
            f"forecast.{key}",
            f"is not given beside a package, which says it itself; remove it. Allowed: {_BESIDE}.",
        )
        for key in given
    ]
    named = section["package"]
    if problems or not isinstance(named, Text):
        return problems
    path = Path(place.file).parent / str(named)
    try:
        said, identifier = _described(path)
    except FlowError as error:
        return [Problem(*place, "forecast.package", str(error))]
    pinned = section.get("package_identifier")
    if pinned is not None and str(pinned) != identifier:
        message = (
            f"the package at {named} is {identifier[:16]}..., not {str(pinned)[:16]}...; ask the "
            "issuer for the version you want, or correct package_identifier."
        )
        problems.append(
            Problem(*section.places["package_identifier"], "forecast.package_identifier", message)
        )
    about = said["forecast"]
    values = {
        "data": said["name"],
        "model": MODEL,
        "reference_date": about["reference_date"],
        "horizon": f"{about['periods']} {about['period']}s",
        "samples": str(about["samples"]),
        "package_identifier": identifier,
        "level": f"admin{said['unit']['levels'][-1]}",
        "source": (
            f"Forecast package {said['name']}, version {said['version']}, issued {said['issued']} "
            f"by {said['issuer']}; model {about['model']}"
        ),
    }
    for key, value in values.items():
        if key not in section:
            section.put(key, Text(value, place), place)
    return problems


def _described(path: Path) -> tuple[dict[str, Any], str]:
    """Provenance and identifier, without reading the samples; a run verifies all of it."""
    files = read_container(path)
    missing = [name for name in (PROVENANCE, CHECKSUMS) if name not in files]
    if missing:
        msg = f"{path}: has no {' and no '.join(missing)}; this is no forecast package."
        raise PackageError(msg)
    said = check_provenance(read_json(files[PROVENANCE], PROVENANCE, DEFAULT_LIMITS))
    return said, identifier_of(files)


def scenario_package(scenario: Scenario) -> Package:
    """Read the package of a scenario after verifying all of it.

    Parameters
    ----------
    scenario : Scenario
        With ``forecast.package``.

    Returns
    -------
    Package

    Raises
    ------
    ScenarioError
        If the package does not hold or is another than the one the scenario was checked with.

    """
    section = scenario.forecast
    path = scenario.folder("forecast.package") / str(section.package)
    try:
        package = _verified(path, sha256(checksums_bytes(read_container(path))))
    except FlowError as error:
        raise ScenarioError([scenario.problem("forecast.package", str(error))]) from None
    if package.identifier != section.package_identifier:
        message = (
            f"the package at {path} is {package.identifier[:16]}..., but the scenario is for "
            f"{str(section.package_identifier)[:16]}...; ask for that version."
        )
        raise ScenarioError([scenario.problem("forecast.package", message)])
    return package


@lru_cache(maxsize=2)
def _verified(path: Path, content: str) -> Package:  # noqa: ARG001 - other bytes, another entry
    """Verify the same bytes once in a process, as making every table again takes seconds."""
    return read_package(path)


def package_forecast(scenario: Scenario, package: Package) -> xr.DataArray:
    """Take the samples of a package at the level a scenario asks for.

    Parameters
    ----------
    scenario : Scenario
    package : Package

    Returns
    -------
    xarray.DataArray, (sample, time, location[, cause]), persons per period
        In the order of the package: replication k is simulated on its sample k.

    Raises
    ------
    ScenarioError
        If the package lacks the level, a place or a cause, with all problems at once.

    """
    section = scenario.forecast
    levels = {f"admin{level}": level for level in package.hierarchy.levels}
    if section.level not in levels:
        message = f"{section.level!r} is not in the package; it has {', '.join(levels)}."
        raise ScenarioError([scenario.problem("forecast.level", message)])
    forecast = package.at(levels[section.level])
    places = [str(code) for code in forecast["location"].values]
    origin = f"the package about {package.unit} at {section.level}"
    problems = coverage_problems(scenario, places, package.causes, origin)
    if problems:
        raise ScenarioError(problems)
    return forecast
