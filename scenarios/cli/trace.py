"""The verb that tells the story of one simulated household."""

from __future__ import annotations

from typing import Annotated

import typer

from scenarios.cli.console import BAD_INPUT, Seed, err, named_table, out, plain_errors

app = typer.Typer()

NOTE = (
    "A household of the simulation, invented from published shares. It is no real household, and "
    "its story says nothing about any person."
)


@app.command(epilog="Example: safepassage trace beledweyne-flood --replication 3 --group 17")
@plain_errors
def trace(
    scenario: Annotated[str, typer.Argument(help="Name in the library or path of a file.")],
    replication: Annotated[
        int, typer.Option(min=0, help="Number of the simulated future, from 0.")
    ] = 0,
    group: Annotated[int | None, typer.Option(min=0, help="Number of the household.")] = None,
    busiest: Annotated[
        str | None,
        typer.Option(help="Take a household that comes when this facility is busiest."),
    ] = None,
    longest_wait: Annotated[
        bool, typer.Option("--longest-wait", help="Take the household that waits longest.")
    ] = False,
    seed: Seed = None,
) -> None:
    """Tell what happens to one simulated household, step by step with times."""
    from scenarios.labels import facility_label
    from scenarios.numbers import NOTHING, hours
    from scenarios.stories import household_story
    from simulation.trace import TraceError

    if sum([group is not None, busiest is not None, longest_wait]) != 1:
        err.print("give exactly one of --group, --busiest FACILITY and --longest-wait.")
        raise typer.Exit(BAD_INPUT)
    try:
        number, story = household_story(
            scenario, replication, group=group, busiest=busiest, seed=seed
        )
    except TraceError as error:
        err.print(str(error), soft_wrap=True)
        raise typer.Exit(BAD_INPUT) from error
    table = named_table("when", "where", "what", "waited")
    table.title = f"Household {number} in future {replication} of {scenario}"
    for moment in story:
        waited = hours(moment.waited)
        where = facility_label(moment.facility) if moment.facility else NOTHING
        text = moment.text.replace("_", " ")
        table.add_row(f"{moment.time:%Y-%m-%d %H:%M}", where, text, waited)
    out.print(table)
    err.print(NOTE, soft_wrap=True)
