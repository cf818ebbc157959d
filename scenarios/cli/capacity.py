"""Verbs that simulate many variants of one scenario: search and stress."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from scenarios.cli.console import (
    Cluster,
    Csv,
    Engine,
    Replications,
    Seed,
    Workers,
    beside,
    err,
    out,
    plain_errors,
    refuse_existing,
    write_csv,
)

if TYPE_CHECKING:
    import pandas as pd

    from simulation.capacity_search import Trial

app = typer.Typer()


@app.command(
    epilog="Example: safepassage search beledweyne-flood --capacity ceel-jaale=1000..8000 "
    '--target "nights without a place <= 100 with probability 90 %"'
)
@plain_errors
def search(
    scenario: Annotated[str, typer.Argument(help="Name in the library or path of a file.")],
    capacity: Annotated[
        list[str],
        typer.Option(
            help="A facility with its limits, such as jowhar=1000..4000; may be repeated."
        ),
    ],
    target: Annotated[
        str,
        typer.Option(help="Such as 'nights without a place <= 100 with probability 90 %'."),
    ],
    cost: Annotated[
        list[str] | None,
        typer.Option(
            help="Cost of one unit of a facility, such as jowhar=12. Without it the costs in the "
            "scenario count, per day, if it states one for each capacity searched; else 1 each."
        ),
    ] = None,
    steps: Annotated[
        int, typer.Option(min=2, help="Values of every capacity but the last of several.")
    ] = 6,
    sure: Annotated[
        bool,
        typer.Option("--sure", help="The lower limit of the 95 % interval must reach the target."),
    ] = False,
    csv: Csv = None,
    replications: Replications = None,
    seed: Seed = None,
    workers: Workers = None,
    cluster: Cluster = None,
    engine: Engine = "auto",
) -> None:
    """Find the smallest capacities with which a target holds with a stated probability."""
    from scenarios.files import load_scenario
    from scenarios.labels import measure_label
    from scenarios.numbers import count, percent
    from scenarios.searches import search_capacities
    from scenarios.variants import Variants

    refuse_existing(csv, beside(csv, "frontier"))
    variants = Variants(load_scenario(scenario), replications, seed, workers, cluster, engine)

    def told(trial: Trial) -> None:
        tried = ", ".join(map(str, trial.numbers))
        text = f"tried {tried}: holds in {trial.held} of {trial.of} futures"
        err.print(text, highlight=False)

    found = search_capacities(
        variants, capacity, target, costs=cost or [], steps=steps, sure=sure, tried=told
    )
    write_csv(found.boundary, csv)
    write_csv(found.frontier, beside(csv, "frontier"))
    label = measure_label(found.target.measure)
    goal = (
        f"{label.label} at most {count(found.target.most)} {label.unit} "
        f"in {percent(found.target.chance)} of futures"
    )
    if found.best is not None:
        named = [one.shown(n) for one, n in zip(found.fields, found.best.numbers, strict=True)]
        labels = [one.label for one in found.fields]
        answer = "; ".join(f"{a}: {b}" for a, b in zip(labels, named, strict=True))
        low, high = found.best.interval
        out.print(f"{goal}: {answer}.", highlight=False, soft_wrap=True)
        out.print(
            f"It holds in {percent(found.best.chance)} of the futures simulated (95 % interval "
            f"{percent(low)} to {percent(high)}).",
            highlight=False,
        )
    for note in found.notes:
        err.print(f"Note: {note}", soft_wrap=True)
    if len(found.fields) > 1:
        _print_trials(found.boundary, f"Smallest that hold: {goal}", found.cost_unit)
    title = "Cost against chance: nothing tried beats these"
    _print_trials(found.frontier, title, found.cost_unit)


def _print_trials(trials: pd.DataFrame, title: str, cost_unit: str) -> None:
    from scenarios.numbers import count, percent, percent_range

    table = Table(title=title)
    names = [name for name in trials.columns if name not in ("cost", "chance", "low", "high")]
    cost = f"cost ({cost_unit})" if cost_unit else "cost"
    for column in (*names, cost, "holds in", "95 % interval"):
        table.add_column(column, justify="right")
    for _, row in trials.iterrows():
        cells = [f"{row[name]:.0f}" for name in names]
        interval = percent_range(row["low"], row["high"])
        table.add_row(*cells, count(row["cost"], 7), percent(row["chance"]), interval)
    out.print(table)


@app.command(epilog="Example: safepassage stress beledweyne-flood --replications 50")
@plain_errors
def stress(
    scenario: Annotated[str, typer.Argument(help="Name in the library or path of a file.")],
    factor: Annotated[
        list[float] | None,
        typer.Option(min=0.01, help="People who come over those forecast; may be repeated."),
    ] = None,
    late: Annotated[
        float, typer.Option(min=0.01, help="How many times as long each delay is made.")
    ] = 2.0,
    csv: Annotated[
        Path | None, typer.Option(help="Folder for the five tables; must not exist.")
    ] = None,
    replications: Replications = None,
    seed: Seed = None,
    workers: Workers = None,
    cluster: Cluster = None,
    engine: Engine = "auto",
) -> None:
    """Find what fails first, what a lost facility or a delay costs, what one more unit buys."""
    from scenarios.files import load_scenario
    from scenarios.results import complete_folder
    from scenarios.stress import FACTORS, possible_factors, stress_test
    from scenarios.variants import Variants

    refuse_existing(csv, makes_folders=True)
    variants = Variants(load_scenario(scenario), replications, seed, workers, cluster, engine)
    found = stress_test(
        variants,
        factors=factor or None,
        times_as_long=late,
        advance=lambda what: err.print(f"trying {what}", highlight=False),
    )
    if csv is not None:
        with complete_folder(csv) as draft:
            for name, table in found._asdict().items():
                table.to_csv(draft.folder / f"{name}.csv", index=name == "chances")
    _print_breaking(found.breaking)
    left_out = [one for one in FACTORS if one not in possible_factors(variants.scenario)]
    if left_out and not factor:
        err.print(
            f"Note: {', '.join(f'{one:g}' for one in left_out)} times the people would be more "
            "than all displaced people, so they were not tried.",
            soft_wrap=True,
        )
    _print_changes(found.losses, "Lost for the whole run: change against the plan")
    if len(found.delays):
        _print_changes(
            found.delays, f"Delays {late:g} times as long: change against the plan", "delay"
        )
    else:
        err.print("Note: the plan names no delay.")
    _print_changes(found.units, "One unit more: change against the plan (negative is better)")


def _print_breaking(breaking: pd.DataFrame) -> None:
    from scenarios.labels import facility_label
    from scenarios.numbers import percent, percent_range
    from scenarios.stress import BREAKS_FROM

    table = Table(title=f"What breaks first (fails in {percent(BREAKS_FROM)} of futures or more)")
    for column in ("facility", "fails as forecast", "95 % interval", "breaks between"):
        table.add_column(column, justify="left" if column == "facility" else "right")
    for row in breaking.itertuples():
        if row.breaks_at != row.breaks_at:
            between = "not at any factor tried"
        elif row.holds_to != row.holds_to:
            between = f"at or below {row.breaks_at:g} x the people"
        else:
            between = f"{row.holds_to:g} and {row.breaks_at:g} x the people"
        interval = percent_range(row.low, row.high)
        table.add_row(facility_label(row.facility), percent(row.chance), interval, between)
    out.print(table)


def _print_changes(changes: pd.DataFrame, title: str, subject: str = "facility") -> None:
    from scenarios.labels import facility_label, measure_label
    from scenarios.numbers import interval, signed

    table = Table(title=title)
    for column in (subject, "measure", "difference", "95 % interval"):
        table.add_column(column, justify="left" if column in (subject, "measure") else "right")
    for row in changes.itertuples():
        if row.difference == 0 and row.low == row.high:
            continue
        label = measure_label(row.measure)
        verdict = "" if row.low > 0 or row.high < 0 else " (not distinguishable)"
        table.add_row(
            facility_label(row.facility) if subject == "facility" else getattr(row, subject),
            f"{label.label} ({row.unit}){verdict}",
            signed(row.difference),
            interval(row.low, row.high),
        )
    out.print(table)
