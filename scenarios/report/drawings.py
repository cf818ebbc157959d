"""What the pictures of a report show and say, each in words and as something to be drawn."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Final, TypeAlias

from scenarios import plots, summaries
from scenarios.labels import facility_label, said_list
from scenarios.language import say
from scenarios.numbers import count, day, month, percent
from scenarios.observed import fit_of, fit_sentences
from scenarios.plots.comparisons import moved, outcome_figure_height
from scenarios.plots.services import exceedance_figure_height
from scenarios.plots.style import figure_of
from scenarios.report.answers import capitalized

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import pandas as pd
    import xarray as xr
    from matplotlib.figure import Figure

    from scenarios.bills import Bills
    from scenarios.report.inputs import ReportInputs
    from scenarios.schemes import Scheme

SHOWN_IN_COMPARISON: Final = (
    "not_reached_total",
    "total_nights_without_place",
    "persons_left_without_place",
    "children_alone_late",
    "families_split",
    "patients_left_unseen",
)
"""Measures in the comparison figure; the tables show all."""
SERVICE_GROUPS: Final = (("rescue", "onward travel"), ("reception",), ("health",))
"""Services whose facilities share a picture."""

Drawing: TypeAlias = "tuple[Callable[[], str], str, Callable[[float], Figure]]"
"""What says the text alternative, the caption, and what draws a picture of a width in inches."""


def _intervals() -> str:
    return say("Dark band: half of the simulated futures; light band: nine of ten.")


def drawings_of(inputs: ReportInputs) -> dict[str, Drawing]:
    """Return what is drawn of a report, by name, in the order of the page.

    Parameters
    ----------
    inputs : ReportInputs

    """
    kind = str(inputs.forecast.attrs.get("kind", "forecast"))
    drawings: dict[str, Drawing] = {}
    if inputs.scheme is not None:
        drawings["scheme"] = (
            inputs.scheme.text,
            say("The parts of the plan and who goes where. A scheme, not a geographic map."),
            functools.partial(_scheme, inputs.scheme),
        )
    drawings |= {
        "forecast": (
            lambda: _forecast_alt(inputs, kind),
            _forecast_caption(inputs, kind),
            lambda width: _fan(inputs, width),
        ),
    }
    if inputs.forecast.attrs.get("period", "month") == "month" and kind != "replay":
        drawings["months-ahead"] = (
            lambda: _months_alt(inputs, kind),
            say("Month by month: median, 50 % interval (thick) and 90 % interval (thin)."),
            lambda width: _months(inputs, width),
        )
    drawings |= {
        "exceedance": (
            lambda: _exceedance_alt(inputs),
            say(
                "Chance, day by day, that a site holds or turns away more people than it has "
                "places, or that another facility keeps more than 5 % of those who ask, and at "
                "least 10 persons, waiting beyond its standard."
            ),
            lambda width: _exceedance(inputs, width),
        ),
        "outcomes": (
            lambda: say(
                "Where everyone who asked for the services is when the run ends, by plan, as "
                "shares of all: returned home, moved onward, in a site, waiting, left without a "
                "place, not reached, or dead. The table beside it gives the numbers."
            ),
            say("Where everyone is when the run ends (means over the simulated futures)."),
            lambda width: _outcomes(inputs, width),
        ),
    }
    drawings |= _occupancies(inputs)
    for number, (name, curve) in enumerate(inputs.curves.items(), start=1):
        drawings[f"observed-{number}"] = _observed(inputs, name, curve)
    if inputs.drivers is not None:
        names = said_list([str(name).upper() for name in inputs.drivers.data_vars])
        drawings["drivers"] = (
            lambda: say(
                "Time series of {names}, observed and, after the reference date, as assumed.",
                names=names,
            ),
            say("Climate drivers {names}; after the dashed line: the path used.", names=names),
            lambda width: _drivers(inputs, width),
        )
    if inputs.skill is not None and len(inputs.skill):
        drawings["skill"] = (
            lambda: _skill_alt(inputs),
            say(
                "Skill in the backtest by months ahead, with 90 % intervals: above zero, the model "
                "was better than the benchmark."
            ),
            lambda width: _skill(inputs, width),
        )
    if inputs.comparison is not None and len(inputs.comparison):
        drawings["comparison"] = (
            lambda: say(
                "Paired differences of each plan from the present plan, one panel per measure, "
                "with 95 % intervals. The tables below give the numbers."
            ),
            say(
                "What each plan changes, on the same futures: mean difference with its 95 % "
                "interval. A hollow mark cannot be told from no difference. Measures that no plan "
                "changes are left out."
            ),
            lambda width: _comparison(inputs, width),
        )
    for number, plan in enumerate(inputs.plans, start=1):
        sites = plan.measures.isel(
            facility=[one == "reception" for one in plan.measures["facility_service"].values]
        )
        if sites.sizes["facility"]:
            drawings[f"plan-{number}-sites"] = (
                functools.partial(_sites_alt, sites),
                say(
                    "{plan}: daily peak of people present or waiting in reception, against "
                    "capacity (dashed). Line: median. {intervals}",
                    plan=plan.title,
                    intervals=_intervals(),
                ),
                functools.partial(_occupancy, sites),
            )
    bills = inputs.bills
    if bills is not None and not isinstance(bills, str):
        drawings["costs"] = (
            lambda: say(
                "Cost of each plan against its main outcomes, one panel per outcome. {verdicts} "
                "The table below gives the numbers.",
                verdicts=" ".join(bills.verdicts.values()),
            ),
            say(
                "Cost of the run, and how each plan differs from the present plan in what is left "
                "undone: means with 95 % intervals, future by future; lower and further left is "
                "better. The line joins the plans on the frontier by their means; a hollow mark is "
                "not on it."
            ),
            functools.partial(_costs, bills),
        )
    return drawings


def _costs(bills: Bills, width: float) -> Figure:
    return figure_of(plots.plot_costs(bills.table, bills.currency, width=width)[0])


def _forecast_caption(inputs: ReportInputs, kind: str) -> str:
    values = {"period": say(str(inputs.forecast.attrs.get("period", "month")))}
    values["place"] = inputs.place
    if kind == "replay":
        return say("People counted per {period} in {place}; every future has the same.", **values)
    values["kind"] = say(kind)
    if inputs.observed.size:
        text = say("Displacements per {period} in {place}: observed, and the {kind}.", **values)
    else:
        text = say("Displacements per {period} in {place}: the {kind}.", **values)
    return f"{text} {_intervals()}"


def _months_alt(inputs: ReportInputs, kind: str) -> str:
    if inputs.benchmark is None:
        text = say(
            "For each month ahead, the {kind} as median with 50 % and 90 % intervals",
            kind=say(kind),
        )
    else:
        text = say(
            "For each month ahead, the {kind} and the benchmark as median with 50 % and 90 % "
            "intervals",
            kind=say(kind),
        )
    if inputs.observed.size:
        text = say("{text}, beside the values of the same month in past years", text=text)
    return f"{text}. {say('The table below gives the numbers.')}"


def _observed(inputs: ReportInputs, name: str, curve: pd.DataFrame) -> Drawing:
    """Observed points on the simulated curve."""
    points = inputs.observed_points
    assert points is not None  # noqa: S101 - curves come with points
    own = points[points["curve"] == name]
    what = str(own["what"].iloc[0]) if len(own) else name

    def draw(width: float) -> Figure:
        figure = plots.new_figure(width, 2.9)
        plots.plot_observed(curve, own, ax=figure.subplots())
        return figure

    def alt() -> str:
        first = say("{curve}: simulated median and intervals with observed points.", curve=name)
        return " ".join([first, *fit_sentences(fit_of(own))])

    return (
        alt,
        say(
            "{curve}: {what}, persons. Line: simulated median. {intervals} Filled points: observed "
            "and not used for fitting; hollow: used for fitting.",
            curve=name,
            what=say(what),
            intervals=_intervals(),
        ),
        draw,
    )


def _scheme(scheme: Scheme, width: float) -> Figure:
    figure = plots.new_figure(width, plots.scheme_height(scheme, width))
    plots.plot_scheme(scheme, ax=figure.subplots())
    return figure


def _fan(inputs: ReportInputs, width: float) -> Figure:
    figure = plots.new_figure(width, 3.1)
    if inputs.forecast.attrs.get("kind") == "replay":
        plots.plot_counts(inputs.forecast, ax=figure.subplots())
        return figure
    plots.plot_forecast_fan(inputs.forecast, inputs.observed, ax=figure.subplots())
    return figure


def _months(inputs: ReportInputs, width: float) -> Figure:
    figure = plots.new_figure(width, 2.9)
    plots.plot_forecast_intervals(
        inputs.forecast, inputs.observed, benchmark=inputs.benchmark, ax=figure.subplots()
    )
    return figure


def _drivers(inputs: ReportInputs, width: float) -> Figure:
    if inputs.drivers is None:
        msg = "there are no drivers to draw; give drivers= in the inputs."
        raise ValueError(msg)
    figure = plots.new_figure(width, 1.9)
    plots.plot_drivers(inputs.drivers, reference_date=inputs.reference_date, ax=figure.subplots())
    return figure


def _skill(inputs: ReportInputs, width: float) -> Figure:
    if inputs.skill is None:
        msg = "there is no skill to draw; give skill= in the inputs."
        raise ValueError(msg)
    figure = plots.new_figure(width, 2.5)
    plots.plot_skill(inputs.skill, ax=figure.subplots())
    return figure


def _exceedance(inputs: ReportInputs, width: float) -> Figure:
    height = exceedance_figure_height(inputs.measures.sizes["facility"], width)
    figure = plots.new_figure(width, height)
    plots.plot_exceedance(inputs.measures, ax=figure.subplots())
    return figure


def _outcomes(inputs: ReportInputs, width: float) -> Figure:
    shown = {say("Present plan"): inputs.measures}
    shown |= {plan.title: plan.measures for plan in inputs.plans}
    figure = plots.new_figure(width, outcome_figure_height(len(shown), width))
    plots.plot_outcomes(shown, ax=figure.subplots())
    return figure


def _comparison(inputs: ReportInputs, width: float) -> Figure:
    if inputs.comparison is None:
        msg = "there is no comparison to draw; give comparison= in the inputs."
        raise ValueError(msg)
    titles = {plan.name: plan.title for plan in inputs.plans}
    table = inputs.comparison
    chosen = table[table["measure"].isin(SHOWN_IN_COMPARISON)]
    shown = chosen if moved(chosen).any() else table
    panels = plots.plot_comparison(shown, titles=titles, width=width)
    return figure_of(panels[0])


def _forecast_alt(inputs: ReportInputs, kind: str) -> str:
    shown = summaries.shown_periods(inputs.forecast)
    table = summaries.months(shown, None)
    written = month if shown.attrs.get("period", "month") == "month" else day
    if kind == "replay":
        rows = "; ".join(
            f"{written(row['time'])}: {count(row['q50'], 2)}" for _, row in table.iterrows()
        )
        return say("Persons counted: {rows}.", rows=rows)
    period = str(shown.attrs.get("period", "month"))
    rows = "; ".join(
        say(
            "{time}: median {median}, nine of ten between {low} and {high}",
            time=written(row["time"]),
            median=count(row["q50"], 2),
            low=count(row["q05"], 2),
            high=count(row["q95"], 2),
        )
        for _, row in table.iterrows()
    )
    values = {"kind": say(kind), "period": say(period), "rows": rows}
    if inputs.observed.size:
        values["periods"] = say(f"{period}s")
        return say(
            "The {kind} continues the observed {periods} as a widening fan. Persons per {period}: "
            "{rows}.",
            **values,
        )
    return say(
        "The {kind} begins without a past as a widening fan. Persons per {period}: {rows}.",
        **values,
    )


def _occupancies(inputs: ReportInputs) -> dict[str, Drawing]:
    """One picture for each group of services, so that each fits on a page."""
    services = inputs.measures["facility_service"].values
    table = inputs.facilities
    drawings: dict[str, Drawing] = {}
    for group in (*SERVICE_GROUPS, _other(services)):
        chosen = inputs.measures.isel(facility=[service in group for service in services])
        if not chosen.sizes["facility"]:
            continue
        rows = table[table["facility"].isin(chosen["facility"].values)]
        named = capitalized(said_list([say(service) for service in group]))
        drawings[f"occupancy-{group[0].replace(' ', '-')}"] = (
            functools.partial(_occupancy_alt, rows),
            say(
                "{services}: daily peak of people present or waiting, against capacity (dashed). "
                "Line: median. {intervals}",
                services=named,
                intervals=_intervals(),
            ),
            functools.partial(_occupancy, chosen),
        )
    return drawings


def _other(services: Iterable[str]) -> tuple[str, ...]:
    known = {service for group in SERVICE_GROUPS for service in group}
    return tuple(dict.fromkeys(service for service in services if service not in known))


def _occupancy(measures: xr.Dataset, width: float) -> Figure:
    return figure_of(plots.plot_occupancy_grid(measures, width=width)[0])


def _sites_alt(measures: xr.Dataset) -> str:
    return _occupancy_alt(summaries.facilities(measures))


def _occupancy_alt(table: pd.DataFrame) -> str:
    rows = "; ".join(
        say(
            "{facility}: median {median} at capacity {capacity}",
            facility=facility_label(row["facility"]),
            median=count(row["peak_median"]),
            capacity=count(row["capacity_high"], 4),
        )
        for _, row in table.iterrows()
    )
    return say(
        "One panel per facility. Highest daily peak in the middle future: {rows}.", rows=rows
    )


def _exceedance_alt(inputs: ReportInputs) -> str:
    table = inputs.facilities
    rows = "; ".join(
        f"{facility_label(row['facility'])} {percent(row['chance'])}" for _, row in table.iterrows()
    )
    return say(
        "One strip per facility, darker for a higher chance. Chance of at least one day: {rows}.",
        rows=rows,
    )


def _skill_alt(inputs: ReportInputs) -> str:
    return (
        f"{say('Skill by months ahead against each benchmark.')} {inputs.skill_statement}".strip()
    )
