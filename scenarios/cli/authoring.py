"""Verbs that help to write files: new, worksheet, schema, labels."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from scenarios.cli.console import BAD_INPUT, err, out, plain_errors, refuse_existing

app = typer.Typer()


@app.command(epilog="Example: safepassage new --from beledweyne-flood my-region.yaml")
@plain_errors
def new(
    file: Annotated[Path, typer.Argument(help="File to write, such as my-region.yaml.")],
    base: Annotated[
        str | None,
        typer.Option("--from", help="Scenario to start from; without it, a blank template."),
    ] = None,
    derive: Annotated[
        bool, typer.Option("--derive", help="List only what differs from --from.")
    ] = False,
) -> None:
    """Write a scenario file to edit, every key explained, with the schema for editors beside it."""
    from scenarios.authoring import new_scenario

    if derive and base is None:
        err.print("--derive needs --from, the scenario that is changed.")
        raise typer.Exit(BAD_INPUT)
    schema, current = new_scenario(file, base=base, derive=derive)
    out.print(f"Scenario: {file}. Edit it, then: safepassage check {file}", soft_wrap=True)
    if not current:
        err.print(
            f"Note: {schema} is of another version; remove it and write it anew with: "
            f"safepassage schema --out {schema}",
            soft_wrap=True,
        )


@app.command(epilog="Example: safepassage worksheet plan.xlsx --from beledweyne-flood")
@plain_errors
def worksheet(
    file: Annotated[Path, typer.Argument(help="Workbook to write, such as plan.xlsx.")],
    base: Annotated[
        str | None, typer.Option("--from", help="Scenario whose numbers it holds; else blank.")
    ] = None,
) -> None:
    """Write the contingency-plan worksheet, which check, run and compare read like a scenario."""
    from scenarios.files import load_scenario
    from scenarios.worksheets.writing import write_worksheet

    write_worksheet(file, None if base is None else load_scenario(base))
    out.print(f"Worksheet: {file}. Fill it in, then: safepassage check {file}", soft_wrap=True)


@app.command(epilog="Example: safepassage schema --out safepassage-scenario.schema.json")
@plain_errors
def schema(
    out_file: Annotated[
        Path | None, typer.Option("--out", help="File to write; printed without it.")
    ] = None,
) -> None:
    """Give the JSON Schema of scenario files, for editors that complete and check."""
    from scenarios.editors import schema_text
    from simulation.blocks import write_durably

    if out_file is None:
        typer.echo(schema_text(), nl=False)
        return
    refuse_existing(out_file)
    write_durably(out_file, schema_text().encode())
    out.print(f"Schema: {out_file}", soft_wrap=True, highlight=False)


@app.command(epilog="Example: safepassage labels --out so.csv")
@plain_errors
def labels(
    out_file: Annotated[
        Path | None, typer.Option("--out", help="CSV file to write; printed without it.")
    ] = None,
    language: Annotated[
        Path | None,
        typer.Option("--from", help="Table of a translator; what it holds is filled in."),
    ] = None,
) -> None:
    """Give the table of every label of the report, for a translator to fill in."""
    from scenarios.translations import labels_csv, read_language
    from simulation.blocks import write_durably

    refuse_existing(out_file)
    text = labels_csv(None if language is None else read_language(language))
    if out_file is None:
        typer.echo(text, nl=False)
        return
    write_durably(out_file, text.encode("utf-8-sig"))
    out.print(
        f"Labels: {out_file}. Fill in the column translation, then: safepassage report RESULTS "
        f"--language {out_file}",
        soft_wrap=True,
        highlight=False,
    )
