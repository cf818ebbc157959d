"""From the forecast section of a scenario to samples: data, model, benchmark, backtest."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

import forecasting as fc
from scenarios.coverage import coverage_problems
from scenarios.kept_scores import kept_scores
from scenarios.models import NEED_DRIVERS, model_named
from scenarios.packages import package_forecast, scenario_package
from scenarios.problems import ScenarioError
from scenarios.replays import counted_flows, replayed
from simulation.executors import executor

if TYPE_CHECKING:
    from collections.abc import Callable

    import xarray as xr

    from forecasting.statements import Sentence
    from scenarios.outlooks import Forecast
    from scenarios.schema import Scenario

BACKTEST_SAMPLES: Final = 300
_MODEL_SEED: Final = 1
_RECENT: Final = "recent-climatology"


@dataclass(frozen=True)
class Outlook:
    """What a scenario's forecast section gives.

    Parameters
    ----------
    forecast : xarray.DataArray, (sample, time, location[, cause]), persons per period
    benchmark : the same, or None
        There is none beside a replay or a forecast that came in a package.
    observed : xarray.DataArray, (time, location[, cause]), persons per period
        What was known at the reference date; for a replay what was counted in the run; no periods
        with a package.
    drivers : xarray.Dataset or None
        Drivers as known at the reference date; along ``time``.
    path : xarray.Dataset or None, (sample, time)
        How the drivers go on from there.
    credits : tuple of str
    package : dict or None
        Which package the forecast came in: place, and
        :meth:`forecasting.sharing.Package.reference`.
    statement : str
        What the package says of its skill.

    """

    forecast: xr.DataArray
    benchmark: xr.DataArray | None
    observed: xr.DataArray
    drivers: xr.Dataset | None
    path: xr.Dataset | None
    credits: tuple[str, ...]
    package: dict[str, Any] | None = None
    statement: str = ""


@dataclass(frozen=True)
class Track:
    """How such forecasts did before.

    Parameters
    ----------
    scores : xarray.Dataset
        From :func:`forecasting.backtest`.
    skill : pandas.DataFrame
        Skill by model and horizon, with intervals, for the focus area as a whole.
    sentences : tuple of dict
        Against the benchmark the scenario names, then against the standard ones; see
        :mod:`forecasting.statements`.

    """

    scores: xr.Dataset
    skill: pd.DataFrame
    sentences: tuple[Sentence, ...]

    @property
    def statement(self) -> str:
        """The sentences as an English text."""
        return fc.told(self.sentences)


def fingerprint(scenario: Scenario) -> str:
    """Hash of everything a forecast depends on, to make it once for plans that share it.

    Files of one name in two folders are two files.
    """
    section = scenario.forecast
    described = section.model_dump(mode="json", exclude={"backtest"})
    tables = [info.name for info in fc.catalog()]
    if section.package is None and section.data is not None and section.data not in tables:
        described["data"] = str((scenario.folder("forecast.data") / section.data).resolve())
    text = json.dumps(described, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def make_outlook(scenario: Scenario, *, samples: int | None = None) -> Outlook:
    """Make the forecast of a scenario and that of its benchmark.

    Parameters
    ----------
    scenario : Scenario
    samples : int or None
        Number of futures; None takes that of the scenario. A package has those it has.

    Returns
    -------
    Outlook

    Raises
    ------
    ScenarioError, forecasting.FlowError
        If the data do not exist, end before the reference date, or do not hold what is asked.

    """
    section = scenario.forecast
    if section.package is not None:
        return _received(scenario)
    check_data(scenario)
    samples = samples or section.samples
    if section.model == "replay":
        flows = scenario_flows(scenario)
        counted = replayed(section, flows, samples, _MODEL_SEED)
        within = flows.sel(time=counted["time"].values)
        return Outlook(counted, None, within, None, None, (str(flows.attrs["credit"]),))
    known = known_flows(scenario)
    drivers = scenario_drivers(scenario)
    path = _driver_path(section, drivers, samples)
    made = []
    for name in (section.model, section.benchmark):
        fitted = model_named(name, section.horizon).fit(known, drivers)
        made.append(fitted.forecast(section.horizon, path, samples, _MODEL_SEED))
    credit_lines = [str(known.attrs["credit"])]
    if drivers is not None:
        credit_lines += sorted(
            {str(drivers[name].attrs.get("credit", "")) for name in drivers} - {""}
        )
        credit_lines += [str(drivers.attrs["credit"])] if drivers.attrs.get("credit") else []
    return Outlook(
        forecast=made[0],
        benchmark=made[1],
        observed=known,
        drivers=None if drivers is None else fc.known_at(drivers, str(section.reference_date)),
        path=path,
        credits=tuple(dict.fromkeys(credit_lines)),
    )


def _received(scenario: Scenario) -> Outlook:
    """Outlook of a scenario whose forecast came in a package."""
    package = scenario_package(scenario)
    forecast = package_forecast(scenario, package)
    said = package.provenance
    return Outlook(
        forecast=forecast,
        benchmark=None,
        observed=forecast.isel(sample=0, time=slice(0, 0), drop=True).drop_vars("reference_date"),
        drivers=None,
        path=None,
        credits=tuple(dict.fromkeys(source["credit"] for source in said["sources"])),
        package={"unit": package.unit, **package.reference()},
        statement=said["skill"],
    )


def make_track(
    scenario: Scenario,
    *,
    workers: int | None = 1,
    advance: Callable[[int], object] | None = None,
) -> Track | None:
    """Backtest the model of a scenario beside its benchmarks, as its file asks.

    Parameters
    ----------
    scenario : Scenario
    workers : int or None
        Processes; None takes the processors this process may use. Scores do not depend on it.
    advance : callable, optional
        Told how many cutoffs are done since the last time.

    Returns
    -------
    Track or None
        None when the scenario has no backtest section.

    """
    section = scenario.forecast
    if section.backtest is None:
        return None
    flows = known_flows(scenario)
    model = model_named(section.model, section.horizon)
    benchmark = model_named(section.benchmark, section.horizon)
    models = tested_models(scenario)
    drivers = scenario_drivers(scenario)
    settings: dict[str, Any] = {
        "horizon": section.horizon,
        "cutoffs": [str(cutoff) for cutoff in track_cutoffs(scenario)],
        "samples": BACKTEST_SAMPLES,
        "seed": _MODEL_SEED,
        "focus": list(section.focus) or None,
    }

    def backtest() -> xr.Dataset:
        with executor(workers, None) as others:  # those that simulate afterwards
            return fc.backtest(models, flows, drivers, **settings, advance=advance, executor=others)

    scores, is_kept = kept_scores(
        backtest,
        {"flows": flows} | ({} if drivers is None else {"drivers": drivers}),
        models=[repr(model) for model in models],
        **settings,
    )
    if is_kept and advance is not None:
        advance(len(settings["cutoffs"]))
    level = "focus" if section.focus else "total"
    recent = model_named(_RECENT, section.horizon)
    shown = scores.sel(model=list(dict.fromkeys([benchmark.name, recent.name, model.name])))
    tables = []
    for horizon in shown["horizon"].values:
        table = fc.skill(shown.sel(horizon=[horizon]), benchmark.name, level=level).reset_index()
        tables.append(table.assign(benchmark=benchmark.name, horizon=int(horizon)))
    skill = pd.concat(tables)
    skill = skill[skill["model"] != benchmark.name]
    sentences = [
        *fc.skill_sentences(scores, model.name, benchmark.name, level=level),
        *fc.summary_sentences(scores, model.name),
    ]
    return Track(
        scores=scores,
        skill=skill[["model", "benchmark", "horizon", "skill", "low", "high"]],
        sentences=tuple(sentences),
    )


def tested_models(scenario: Scenario) -> tuple[fc.Model, ...]:
    """Models that the backtest of a scenario sets side by side, the standard benchmarks first."""
    section = scenario.forecast
    named = [
        model_named(name, section.horizon) for name in (section.benchmark, _RECENT, section.model)
    ]
    standard = fc.standard_benchmarks(known_flows(scenario), section.horizon)
    return tuple({one.name: one for one in (*standard, *named)}.values())


def track_cutoffs(scenario: Scenario) -> list[pd.Timestamp]:
    """Past reference dates at which the model of a scenario is tested; none without a backtest."""
    section = scenario.forecast
    if section.backtest is None:
        return []
    flows = known_flows(scenario)
    times = pd.DatetimeIndex(flows["time"].values)
    if section.backtest.every.period != flows.attrs["period"]:
        raise _problem(
            scenario,
            "forecast.backtest.every",
            f"is in {section.backtest.every.period}s, but {section.origin} holds flows by "
            f"{flows.attrs['period']}; write it in {flows.attrs['period']}s.",
        )
    first = times.searchsorted(pd.Timestamp(section.backtest.first_cutoff))
    last = len(times) - section.horizon
    if not 0 < first <= last:
        allowed = f"{times[1].date()} to {times[last].date()}" if last > 0 else "none"
        raise _problem(
            scenario,
            "forecast.backtest.first_cutoff",
            f"{section.backtest.first_cutoff} leaves nothing to learn from or nothing to test on: "
            f"{section.origin} and a horizon of {section.horizon} {section.horizon.period}s allow "
            f"{allowed}. Choose one of them, or remove the backtest.",
        )
    return [times[i] for i in range(first, last + 1, section.backtest.every)]


def check_data(scenario: Scenario) -> None:
    """Check that the data of a scenario exist and hold what it asks for.

    Parameters
    ----------
    scenario : Scenario

    Raises
    ------
    ScenarioError, forecasting.FlowError
        If they do not.

    """
    if scenario.forecast.package is not None:
        package_forecast(scenario, scenario_package(scenario))
        return
    scenario_flows(scenario)
    scenario_drivers(scenario)
    track_cutoffs(scenario)
    for path in ("model", "benchmark"):
        name = getattr(scenario.forecast, path)
        if name in NEED_DRIVERS and scenario.forecast.drivers is None:
            raise _problem(
                scenario,
                f"forecast.{path}",
                f"{name!r} needs drivers. Add forecast.drivers (data: climate_indices, use: [oni, "
                "dmi]) or choose adaptive-pool, seasonal-climatology or recent-climatology.",
            )


def forecast_everywhere(scenario: Scenario, flows: xr.DataArray, samples: int) -> xr.DataArray:
    """Forecast all places of a table with the model and drivers of a scenario.

    Parameters
    ----------
    scenario : Scenario
    flows : xarray.DataArray, (time, location[, cause]), persons per period
        Of any level; only what lies before the reference date is used.
    samples : int

    Returns
    -------
    xarray.DataArray, (sample, time, location[, cause]), persons per period

    """
    section = scenario.forecast
    drivers = scenario_drivers(scenario)
    path = _driver_path(section, drivers, samples)
    known = flows.sel(time=slice(None, _day_before(section)))
    fitted = model_named(section.model, section.horizon).fit(known, drivers)
    return fitted.forecast(section.horizon, path, samples, _MODEL_SEED)


def focus_total(array: xr.DataArray, section: Forecast) -> xr.DataArray:
    """Sum over the places the scenario is about and over causes; attributes are kept."""
    chosen = array.sel(location=list(section.focus)) if section.focus else array
    dims = [dim for dim in ("location", "cause") if dim in chosen.dims]
    return chosen.sum(dims, keep_attrs=True, skipna=False)


def driver_curves(outlook: Outlook) -> xr.Dataset | None:
    """Known drivers followed by the mean of how they go on, along one time axis."""
    if outlook.drivers is None or outlook.path is None:
        return None
    ahead = outlook.path.mean("sample", keep_attrs=True)
    last = ahead["time"].values[-1]
    time = np.union1d(outlook.drivers["time"].values, ahead["time"].values)
    joined = outlook.drivers.reindex(time=time).combine_first(ahead.reindex(time=time))
    return joined.sel(time=slice(None, last))[list(outlook.path.data_vars)]


def _day_before(section: Forecast) -> str:
    return str((pd.Timestamp(section.reference_date) - pd.Timedelta(days=1)).date())


def known_flows(scenario: Scenario) -> xr.DataArray:
    """Read the flows of a scenario that were known on its reference date."""
    return scenario_flows(scenario).sel(time=slice(None, _day_before(scenario.forecast)))


def scenario_flows(scenario: Scenario) -> xr.DataArray:
    """Read the flows a scenario forecasts from, after its reference date too where they go on."""
    section = scenario.forecast
    if section.package is not None:
        raise _problem(
            scenario,
            "forecast.package",
            "a package holds a forecast and no flows to forecast from or to test on. Name the "
            "data instead (forecast.data), or look at it with `safepassage open`.",
        )
    known = [info.name for info in fc.catalog()]
    if section.data is None:
        flows = counted_flows(section.counts)
    elif section.data in known:
        flows = embedded_flows(section.data, section.level)
    else:
        path = scenario.folder("forecast.data") / section.data
        if not path.is_file():
            raise _problem(
                scenario,
                "forecast.data",
                f"{section.data!r} is neither an embedded table ({', '.join(known)}) nor a file "
                f"at {path}. Name a table of `safepassage data list` or give the path of a CSV "
                "or XLSX file.",
            )
        flows = fc.read_flows(path, sheet=section.sheet)
    _check_coverage(scenario, flows)
    return flows


def embedded_flows(name: str, level: str) -> xr.DataArray:
    """Return the flows of people of a table of the package.

    Parameters
    ----------
    name : str
        Name of the table.
    level : str
        District or region, for the table that has both.

    Returns
    -------
    xarray.DataArray, (time, location[, cause]), persons per period

    Raises
    ------
    forecasting.FlowError
        If the table holds no flows of people.

    Examples
    --------
    >>> embedded_flows("channel_small_boats", "region").attrs["period"]
    'day'

    """
    if name == "somalia_displacement":
        return fc.load_somalia_displacement(level=level)  # type: ignore[arg-type]
    if name == "channel_small_boats":
        return fc.datasets.load_channel_small_boats()["people"]
    loaded = fc.load(name)
    holds_flows = hasattr(loaded, "dims") and tuple(loaded.dims) in fc.flows.FLOW_DIMS
    if not holds_flows or "persons" not in str(loaded.attrs.get("units")):
        msg = (
            f"{name} holds no flows of people to forecast. Tables that do are shown by "
            "`safepassage data list`, such as somalia_displacement, darien_transits or "
            "eu_border_detections."
        )
        raise fc.FlowError(msg)
    return fc.check_flows(loaded)  # type: ignore[arg-type]


PERIOD_STEPS: Final = {
    "day": pd.DateOffset(days=1),
    "week": pd.DateOffset(weeks=1),
    "month": pd.DateOffset(months=1),
}
"""From the first day of a period to that of the next."""


def _check_coverage(scenario: Scenario, flows: xr.DataArray) -> None:
    section = scenario.forecast
    period = str(flows.attrs["period"])
    if period != section.horizon.period:
        raise _problem(
            scenario,
            "forecast.horizon",
            f"is in {section.horizon.period}s, but {section.origin} holds flows by {period}; "
            f"write it in {period}s.",
        )
    reference = pd.Timestamp(section.reference_date)
    times = pd.DatetimeIndex(flows["time"].values)
    end = times[-1] + PERIOD_STEPS[period]
    if section.model == "replay":
        last = pd.Timestamp(section.horizon.end_after(section.reference_date))
        if reference not in times or end < last:
            raise _problem(
                scenario,
                "forecast.reference_date",
                f"a replay takes what was counted from {reference.date()} until {last.date()}, but "
                f"{section.origin} holds {period}s {times[0].date()} until {end.date()}. Choose a "
                "reference_date and a horizon within.",
            )
    else:
        before = len(times[times < reference])
        if before == 0 or times[before - 1] < reference - PERIOD_STEPS[period]:
            raise _problem(
                scenario,
                "forecast.reference_date",
                f"{reference.date()} does not follow the data: {section.origin} holds {period}s "
                f"{times[0].date()} until {end.date()}. Choose the first day of a {period} after "
                f"{times[0].date()} and at most {end.date()}.",
            )
    locations, causes = (
        sorted(flows[dim].values.tolist()) if dim in flows.dims else []
        for dim in ("location", "cause")
    )
    problems = coverage_problems(scenario, locations, causes, section.origin)
    if problems:
        raise ScenarioError(problems)


def _problem(scenario: Scenario, path: str, message: str) -> ScenarioError:
    return ScenarioError([scenario.problem(path, message)])


def scenario_drivers(scenario: Scenario) -> xr.Dataset | None:
    """Read the drivers a scenario's model may see; None if it names none."""
    wanted = scenario.forecast.drivers
    if wanted is None:
        return None
    if wanted.data != "climate_indices":
        raise _problem(
            scenario,
            "forecast.drivers.data",
            f"{wanted.data!r} is not an embedded table of drivers; allowed: climate_indices.",
        )
    drivers = fc.load_climate_indices()
    missing = [name for name in wanted.use if name not in drivers]
    if missing:
        raise _problem(
            scenario,
            "forecast.drivers.use",
            f"{', '.join(missing)} not in {wanted.data}; it has {', '.join(map(str, drivers))}.",
        )
    return drivers[list(wanted.use)]


def _driver_path(section: Forecast, drivers: xr.Dataset | None, samples: int) -> xr.Dataset | None:
    if drivers is None:
        return None
    reference = str(section.reference_date)
    if section.outlook.kind == "path":
        return fc.scenario_path(
            drivers,
            reference,
            section.horizon,
            {name: list(values) for name, values in section.outlook.values.items()},
            samples=samples,
            seed=_MODEL_SEED,
        )
    return fc.outlook(drivers, reference, section.horizon, samples=samples, seed=_MODEL_SEED)
