"""Verbs on the figures that ship with the package."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.text import Text

from scenarios.cli.console import (
    BAD_INPUT,
    Csv,
    err,
    named_table,
    out,
    plain_errors,
    refuse_existing,
    write_csv,
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

        err.print(f"there is no table {name!r}{suggestion(name, known)}")
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
        out.print(Text.assemble((f"{label}:", "bold"), f" {text}"))


@app.command("check", epilog="Example: safepassage data check my-flows.csv")
@plain_errors
def data_check(
    what: Annotated[
        str, typer.Argument(help="A table of `safepassage data list`, or a CSV or XLSX of flows.")
    ],
    level: Annotated[
        str | None, typer.Option(help="district or region, for somalia_displacement.")
    ] = None,
    sheet: Annotated[
        str | None, typer.Option(help="Sheet of an XLSX of flows that has several.")
    ] = None,
    every: Annotated[
        bool, typer.Option("--all", help="Show every check, not only what asks for an answer.")
    ] = False,
    csv: Csv = None,
) -> None:
    """Say what in a table of flows is missing, odd or made by the way it was counted."""
    from forecasting import judge_flows
    from scenarios.subjects import flows_of

    refuse_existing(csv)
    findings = judge_flows(flows_of(what, level, sheet))
    shown = findings if every else findings[findings["finding"] == "look"]
    table = named_table("series", "check", "value", "finding", "meaning", lines=False)
    for row in shown.itertuples():
        value = f"{row.value:g} {row.unit}"
        table.add_row(str(row.series), str(row.check), value, str(row.finding), str(row.meaning))
    if len(shown):
        out.print(table)
    odd = findings.loc[findings["finding"] == "look", "series"].nunique()
    series = findings["series"].nunique()
    out.print(f"{odd} of {series} series of {what} ask for an explanation.")
    write_csv(findings, csv)
