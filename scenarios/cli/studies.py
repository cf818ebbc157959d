"""Verbs that choose among plans and ask what the answer hangs on: select and sensitivity."""

from __future__ import annotations

from typing import Annotated

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

LEADING = "nights without a place"
Measure = Annotated[str, typer.Option(help="Measure that decides; less is better.")]
app = typer.Typer()


@app.command(
    epilog="Example: safepassage select beledweyne-flood beledweyne-losses --indifference 500"
)
@plain_errors
def select(
    plans: Annotated[list[str], typer.Argument(help="Names or files of scenarios, two or more.")],
    indifference: Annotated[
        float, typer.Option(help="Smallest difference that matters, in the unit of the measure.")
    ],
    measure: Measure = LEADING,
    confidence: Annotated[float, typer.Option(help="Probability to choose the best.")] = 0.95,
    replications: Replications = None,
    seed: Seed = None,
    workers: Workers = None,
    cluster: Cluster = None,
    engine: Engine = "auto",
) -> None:
    """Choose the best of several plans with a guarantee, in as few replications as it takes."""
    from scenarios.numbers import count, percent
    from scenarios.selections import select_plan

    found = select_plan(
        plans,
        measure=measure,
        indifference=indifference,
        most=replications,
        confidence=confidence,
        seed=seed,
        workers=workers,
        cluster=cluster,
        engine=engine,
        told=lambda plan, done: err.print(f"{plan}: {done} replications", highlight=False),
    )
    table = Table(title=f"Selection by {measure}, smallest mean")
    for column in ("plan", "mean", "replications", "result"):
        table.add_column(column, justify="left" if column in ("plan", "result") else "right")
    for plan in sorted(found.means, key=lambda one: found.means[one]):
        result = f"out after {found.eliminated[plan]}" if plan in found.eliminated else "left"
        number = str(found.replications[plan])
        table.add_row(plan, count(found.means[plan]), number, result)
    out.print(table)
    if found.guaranteed:
        promise = (
            f"{found.best} is the best: chosen so with probability {percent(confidence)} or more "
            f"whenever it is better than all others by at least {indifference:g}."
        )
    else:
        promise = (
            f"not decided: {', '.join(found.left)} are left and no replications. {found.best} has "
            "the smallest mean, without a guarantee. Allow more --replications, or a larger "
            "--indifference."
        )
    out.print(promise, highlight=False, soft_wrap=True)


@app.command(
    epilog="Example: safepassage sensitivity beledweyne-flood --replications 20 "
    "--vary 'inflows.hiraan-flood.share=2..8 %' --vary 'sites.jowhar.places=1000..3000 persons'"
)
@plain_errors
def sensitivity(
    scenario: Annotated[str, typer.Argument(help="Name in the library or path of a file.")],
    vary: Annotated[
        list[str],
        typer.Option(help="A number of the scenario with limits and unit; may be repeated."),
    ],
    measure: Measure = LEADING,
    sobol_points: Annotated[
        int | None,
        typer.Option("--sobol", help="Also Sobol indices, from so many points, a power of 2."),
    ] = None,
    csv: Csv = None,
    replications: Replications = None,
    seed: Seed = None,
    workers: Workers = None,
    cluster: Cluster = None,
    engine: Engine = "auto",
) -> None:
    """Show which numbers of a scenario the answer hangs on."""
    from scenarios.files import load_scenario
    from scenarios.numbers import interval, signed
    from scenarios.sensitivity import check_points, read_parameter, sobol, tornado
    from scenarios.variants import Variants

    indices_csv = None if sobol_points is None else beside(csv, "sobol")
    refuse_existing(csv, indices_csv)
    parameters = [read_parameter(text) for text in vary]
    if sobol_points is not None:
        check_points(parameters, sobol_points)
    variants = Variants(load_scenario(scenario), replications, seed, workers, cluster, engine)

    def told(what: str) -> None:
        err.print(f"trying {what}", highlight=False)

    rows = tornado(variants, parameters, measure, advance=told)
    write_csv(rows, csv)
    table = Table(title=f"One number at a time: change of the mean of {measure}")
    for column in ("number", "value", "difference", "95 % interval"):
        table.add_column(column, justify="left" if column in ("number", "value") else "right")
    for row in rows.itertuples():
        limits = interval(row.low, row.high)
        table.add_row(row.parameter, row.value, f"{signed(row.difference)} {row.unit}", limits)
    out.print(table)
    if sobol_points is None:
        return
    indices = sobol(variants, parameters, measure, points=sobol_points, advance=told)
    write_csv(indices, indices_csv)
    table = Table(title=f"All numbers together: shares of the variance of the mean of {measure}")
    for column in ("number", "alone", "with interactions"):
        table.add_column(column, justify="left" if column == "number" else "right")
    for one in indices.itertuples():
        alone = f"{one.first:.2f} ± {one.first_half:.2f}"
        table.add_row(one.parameter, alone, f"{one.total:.2f} ± {one.total_half:.2f}")
    out.print(table)
