"""Results to one self-contained document that opens offline, prints on A4 and reads on a phone."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from scenarios import summaries
from scenarios.labels import base_label, facility_label
from scenarios.language import say, say_marked_up, spoken
from scenarios.numbers import count, day, interval, month, percent, percent_range
from scenarios.observed import fit_of, fit_sentences
from scenarios.report import people, tables
from scenarios.report.answers import capitalized, sentences
from scenarios.report.indicators import indicator_table
from scenarios.report.pictures import Picture, pictures
from scenarios.report.resources import (
    agreement_table,
    cost_against_harm_table,
    gap_table,
    resource_table,
)
from simulation.blocks import write_durably

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable

    from scenarios.report.inputs import ReportInputs
    from scenarios.report.pictures import Images
    from scenarios.report.tables import Table


def write_report(
    inputs: ReportInputs,
    path: str | os.PathLike[str],
    *,
    figures: str | os.PathLike[str] | None = None,
    drawn: Iterable[dict[str, Images]] | None = None,
) -> Path:
    """Write the report of a run as one HTML file that needs nothing else.

    Parameters
    ----------
    inputs : ReportInputs
        Everything the report shows.
    path : path-like
        Target file; its folder must exist.
    figures : path-like or None
        Folder into which every figure is also written, as PNG and SVG.
    drawn : iterable of dict of str to Images, or None
        Pictures that are being drawn, from :func:`scenarios.report.pictures.begin_pictures`.

    Returns
    -------
    pathlib.Path
        The file written.

    """
    shown = pictures(inputs, None if figures is None else Path(figures), drawn)
    target = Path(path)
    write_durably(target, render(inputs, shown).encode())
    return target


def render(inputs: ReportInputs, drawn: dict[str, Picture]) -> str:
    """Return the report as text.

    Parameters
    ----------
    inputs : ReportInputs
    drawn : dict of str to Picture
        From :func:`scenarios.report.pictures.pictures`.

    Returns
    -------
    str
        A complete HTML document.

    """
    environment = template_environment()
    style = environment.get_template("report.css").render()
    return environment.get_template("report.html.j2").render(
        inputs=inputs,
        style=Markup(style),  # noqa: S704 - our own style sheet, nothing from outside
        pictures=drawn,
        skill_statement=capitalized(inputs.skill_statement),
        **answer_context(inputs),
        plans=_plans(inputs),
        cost_sentences=_cost_sentences(inputs),
        assumptions=_assumptions(inputs),
    )


def template_environment() -> Environment:
    """Return where the templates of documents are, with everything escaped."""
    environment = Environment(
        loader=PackageLoader("scenarios", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.globals |= {"say": say_marked_up, "language": spoken()}
    return environment


def answer_context(inputs: ReportInputs) -> dict[str, Any]:
    """Return what every document of a run shows: answer, cards, dates and tables."""
    return {
        "answer": sentences(inputs),
        "fit": _fit(inputs),
        "cards": _cards(inputs),
        "kind": str(inputs.forecast.attrs.get("kind", "forecast")),
        "origin": _origin(inputs),
        "replications": count(inputs.measures.sizes["replication"]),
        "tables": _tables(inputs),
    }


def _fit(inputs: ReportInputs) -> list[str]:
    if inputs.observed_points is None:
        return []
    return fit_sentences(fit_of(inputs.observed_points))


PLAN: Final = "plan "
"""Before the name of a plan whose table it is."""


def every_table(inputs: ReportInputs) -> dict[str, Table]:
    """Return every table of the report by a short name, comparisons and assumptions too."""
    shown = _tables(inputs)
    for item in _plans(inputs):
        if item["table"] is not None:
            shown[f"{PLAN}{item['plan'].name}"] = item["table"]
    if inputs.assumptions:
        rows = tuple(
            (one.name, one.value, base_label(one.basis), one.text) for one in inputs.assumptions
        )
        head = (say("Number"), say("Value"), say("Rests on"), say("Source or reason"))
        shown["assumptions"] = tables.Table(say("Every number and what it rests on"), head, rows)
    return shown


def _tables(inputs: ReportInputs) -> dict[str, Table]:
    shown = {}
    if (listed := resource_table(inputs)) is not None:
        shown["resources"] = listed
    if (agreed := agreement_table(inputs)) is not None:
        shown["agreements"] = agreed
    if (costs := cost_against_harm_table(inputs)) is not None:
        shown["costs"] = costs
    if inputs.measures.sizes.get("trigger"):
        shown["triggers"] = tables.trigger_table(inputs)
    if (sites := people.site_table(inputs)) is not None:
        shown["sites"] = sites
    if (fit := tables.fit_table(inputs)) is not None:
        shown["fit"] = fit
    return shown | {
        "forecast": tables.forecast_table(inputs),
        "facilities": tables.facility_table(inputs),
        "harm": tables.harm_table(inputs),
        "people": people.people_table(inputs),
        "clocks": people.clock_table(inputs),
        "waiting": tables.waiting_table(inputs),
        "outcomes": tables.outcome_table(inputs),
        "gaps": gap_table(inputs),
        "indicators": indicator_table(inputs),
    }


def _plans(inputs: ReportInputs) -> list[dict[str, Any]]:
    shown = []
    for plan in inputs.plans:
        table = None
        if inputs.comparison is not None:
            rows = inputs.comparison[inputs.comparison["plan"] == plan.name]
            if len(rows):
                table = tables.comparison_table(rows, plan.title)
        shown.append({"plan": plan, "table": table})
    return shown


def _cost_sentences(inputs: ReportInputs) -> list[str]:
    """Say which plan is dominated, by the names the reader sees."""
    if inputs.bills is None or isinstance(inputs.bills, str):
        return []
    return list(inputs.bills.verdicts.values())


def _assumptions(inputs: ReportInputs) -> list[tuple[str, list[tuple[str, ...]]]]:
    """Group the assumptions by the first part of their name, in the order given."""
    groups: dict[str, list[tuple[str, ...]]] = {}
    for item in inputs.assumptions:
        head = item.name.split(".")[0]
        row = (item.name, item.value, item.basis, base_label(item.basis), item.text)
        groups.setdefault(head, []).append(row)
    return list(groups.items())


def _origin(inputs: ReportInputs) -> str:
    kind = str(inputs.forecast.attrs.get("kind", "forecast"))
    values = {
        "place": inputs.place,
        "day": day(inputs.reference_date),
        "period": _period(inputs),
        "n": count(inputs.measures.sizes["replication"]),
    }
    if kind == "replay":
        return say(
            "{place}. Replay of what was counted from {day} on. Services simulated from {period} "
            "in {n} futures.",
            **values,
        )
    return say(
        "{place}. {kind} made with what was known on {day}. Services simulated from {period} in "
        "{n} futures.",
        kind=capitalized(say(kind)),
        **values,
    )


def _period(inputs: ReportInputs) -> str:
    dates = inputs.measures["date"].values
    if not len(dates):
        return say("no day")
    return say("{low} to {high}", low=day(dates[0]), high=day(dates[-1]))


def _counted(inputs: ReportInputs) -> str:
    replay = inputs.forecast.attrs.get("kind") == "replay"
    return say("people counted") if replay else say("new displacements")


def _nine_of_ten(spread: dict[str, float]) -> str:
    low, high = count(spread["low"], 2), count(spread["high"], 2)
    both = low if low == high else interval(spread["low"], spread["high"], 2)
    return say("nine of ten futures: {interval}", interval=both)


def _cards(inputs: ReportInputs) -> list[tuple[str, str, str]]:
    """Return four numbers to remember: value, what it is, its interval."""
    total = summaries.spread(summaries.totals(inputs.forecast))
    times = inputs.forecast["time"].values
    written = month if inputs.forecast.attrs.get("period", "month") == "month" else day
    cards = [
        (
            count(total["median"], 2),
            say(
                "{what}, {low} to {high}",
                what=_counted(inputs),
                low=written(times[0]),
                high=written(times[-1]),
            ),
            _nine_of_ten(total),
        )
    ]
    table = inputs.facilities
    if len(table):
        worst = table.sort_values("chance", ascending=False, kind="stable").iloc[0]
        cards.append(
            (
                percent(worst["chance"]),
                say(
                    "highest chance of giving way: {facility}",
                    facility=facility_label(worst["facility"]),
                ),
                say(
                    "95 % interval: {interval}",
                    interval=percent_range(worst["chance_low"], worst["chance_high"]),
                ),
            )
        )
    nights = summaries.scalars(inputs.measures)["total_nights_without_place"]
    missed = summaries.outcome(inputs.measures, "not_reached")
    cards.append(
        (
            count(nights["median"], 2),
            say("person-nights without a place"),
            _nine_of_ten(nights),
        )
    )
    cards.append(
        (
            count(missed["median"], 2),
            say("people not reached by rescue in time"),
            _nine_of_ten(missed),
        )
    )
    return cards
