"""From results to what the report shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pandas as pd

from scenarios.bills import Bills, bills_of
from scenarios.costs import cost_table, not_counted, plan_cost
from scenarios.forecasts import focus_total
from scenarios.labels import said_list
from scenarios.language import say
from scenarios.observed import simulated_curves
from scenarios.report.inputs import Assumption, Bill, Change, Plan, ReportInputs
from scenarios.report.resources import agreements_of, reason_of, resources_of
from scenarios.schemes import scheme_of

if TYPE_CHECKING:
    import xarray as xr

    from scenarios.results import PlanResults, Results

LABELS: Final = {
    "command": "Command",
    "created": "Made on",
    "scenario": "Scenario",
    "replications": "Replications",
    "samples": "Samples of the forecast",
    "seed": "Seed",
    "engine": "Simulation engine",
}


def report_inputs(results: Results) -> ReportInputs:
    """Select what the report shows from the results of a run.

    Parameters
    ----------
    results : Results

    Returns
    -------
    ReportInputs

    """
    scenario = results.main.scenario
    section = scenario.forecast
    return ReportInputs(
        name=scenario.name,
        title=scenario.title,
        question=scenario.question,
        place=_place(results),
        reference_date=section.reference_date,
        forecast=focus_total(results.main.forecast, section),
        benchmark=(None if results.benchmark is None else focus_total(results.benchmark, section)),
        observed=focus_total(results.observed, section),
        drivers=results.drivers,
        skill=results.skill,
        skill_statement=results.said_statement(),
        not_covered=scenario.not_covered or "",
        scheme=scheme_of(scenario, _names(results.main.forecast)),
        measures=results.main.measures,
        population=scenario.population,
        plans=_plans(results),
        comparison=results.comparison,
        assumptions=tuple(
            Assumption(name=row.path, value=row.value, basis=row.kind, text=reason_of(row))
            for row in scenario.sources()
        ),
        provenance=_provenance(results),
        credits=tuple(results.provenance["credits"]),
        observed_points=results.main.observed_points,
        curves=simulated_curves(scenario, results.main.measures),
        observed_sources={
            one.name: say(
                "{source} Confidence: {confidence}", source=one.source, confidence=one.confidence
            )
            for one in scenario.observed
        },
        resources=resources_of(scenario),
        agreements=agreements_of(scenario),
        bill=_bill(results.main),
        bills=_bills(results) if results.plans else None,
    )


def _bill(plan: PlanResults) -> Bill | None:
    rows = cost_table(plan.scenario, plan.measures)
    if rows.empty:
        return None
    total = plan_cost(plan.scenario, plan.measures)
    return Bill(rows, total, not_counted(plan.scenario))


def _bills(results: Results) -> Bills | str:
    titles = (say("The present plan"), *(f"“{plan.title}”" for plan in _plans(results)))
    plans = (results.main, *results.plans.values())
    return bills_of(
        {t: (plan.scenario, plan.measures) for t, plan in zip(titles, plans, strict=True)}
    )


def _names(forecast: xr.DataArray) -> dict[str, str]:
    """Names of all places of a forecast by code."""
    codes, names = forecast["location"].values, forecast["location_name"].values
    return {str(code): str(name) for code, name in zip(codes, names, strict=True)}


def _place(results: Results) -> str:
    """Names of the places in focus, from the forecast itself."""
    forecast, focus = results.main.forecast, results.main.scenario.forecast.focus
    chosen = forecast.sel(location=list(focus)) if focus else forecast
    names = [str(name) for name in chosen["location_name"].values]
    if len(names) > 5:
        return say("{n} places", n=len(names))
    return said_list(names)


def _plans(results: Results) -> tuple[Plan, ...]:
    """Return the plans compared; titles that stand twice get the name of the plan."""
    titles = [plan.scenario.title for plan in results.plans.values()]
    titles.append(say("Present plan"))
    return tuple(
        _plan(plan, title if titles.count(title) == 1 else f"{title} ({name})", results.main)
        for title, (name, plan) in zip(titles, results.plans.items(), strict=False)
    )


def _plan(plan: PlanResults, title: str, present: PlanResults) -> Plan:
    own, shared = plan.scenario.changes, present.scenario.changes
    if own[: len(shared)] == shared:  # a plan based on the present one differs in the rest
        own = own[len(shared) :]
    changes = tuple(
        Change(
            what=str(change.set or change.add or change.remove),
            to=_text(change.to if change.set else change.item),
            because=change.because,
        )
        for change in own
    )
    return Plan(plan.scenario.name, title, changes, plan.measures)


def _text(value: object) -> str:
    if isinstance(value, dict):
        hidden = ("source", "assumption", "because", "name")
        return "; ".join(f"{key}: {_text(v)}" for key, v in value.items() if key not in hidden)
    if isinstance(value, list | tuple):
        return ", ".join(_text(entry) for entry in value)
    return "" if value is None else str(value)


def _provenance(results: Results) -> tuple[tuple[str, str], ...]:
    record = results.provenance
    reference = pd.Timestamp(results.main.forecast["reference_date"].values)
    versions = ", ".join(f"{name} {version}" for name, version in record["versions"].items())
    return (
        *((say(label), str(record[key])) for key, label in LABELS.items() if record.get(key)),
        (say("Forecast model"), str(results.main.forecast.attrs["model"])),
        (say("Forecast made as of"), f"{reference:%Y-%m-%d}"),
        (say("Versions"), versions),
        *((say("Data {name} (SHA-256)", name=name), sha) for name, sha in record["data"].items()),
        *(
            (say("Forecast package of {name} (SHA-256)", name=name), package["package"])
            for name, package in record.get("packages", {}).items()
        ),
        *(
            (say("Scenario {name} (SHA-256)", name=name), sha)
            for name, sha in record["scenario_hashes"].items()
        ),
    )
