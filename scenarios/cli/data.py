"""Verbs on the figures that ship with the package."""

from __future__ import annotations

from typing import Annotated

import typer

from scenarios.cli.console import (
    BAD_INPUT,
    err,
    named_table,
    out,
    plain_errors,
)

app = typer.Typer(help="Show the figures that ship with the package.", no_args_is_help=True)


@app.command("list", epilog="Example: safepassage data list")
@plain_errors
def data_list() -> None:
    """List the embedded figures with span, publisher and licence."""
    import forecasting

    table = named_table("name", "what", "span", "step", "publisher", "licence")
    for info in forecasting.catalog():
        span = f"{info.first} to {info.last}" if info.first else ""
        table.add_row(info.name, info.title, span, info.period, info.publisher, info.licence)
    out.print(table)


@app.command("show", epilog="Example: safepassage data show somalia_displacement")
@plain_errors
def data_show(
    name: Annotated[str, typer.Argument(help="A name of `safepassage data list`.")],
) -> None:
    """Show the notes and the credit line of one table, and how to load it."""
    import forecasting

    known = {info.name: info for info in forecasting.catalog()}
    if name not in known:
        from scenarios.problems import suggestion

        err.print(f"there is no table {name!r}{suggestion(name, known)}", markup=False)
        raise typer.Exit(BAD_INPUT)
    info = known[name]
    for label, text in (
        ("What", info.title),
        ("Span", f"{info.first} to {info.last}, by {info.period}" if info.first else "no time"),
        ("Rows", str(info.rows)),
        ("Notes", info.notes),
        ("Publisher", info.publisher),
        ("Licence", info.licence),
        ("Credit line", info.credit),
        ("In Python", f"forecasting.load({name!r})"),
    ):
        out.print(f"[bold]{label}:[/bold] {text}", highlight=False)
