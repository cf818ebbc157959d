"""The verb that fits how long people stayed to an observed curve."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.table import Table

from scenarios.cli.console import Csv, err, out, plain_errors, refuse_existing, write_csv

app = typer.Typer()


@app.command(epilog="Example: safepassage stays sicily-hotspots --share")
@plain_errors
def stays(
    scenario: Annotated[str, typer.Argument(help="Name in the library or path of a file.")],
    curve: Annotated[
        str | None,
        typer.Option(help="Name of the observed curve; the first of people present if not given."),
    ] = None,
    share: Annotated[
        bool, typer.Option("--share", help="Also fit the share of the arrivals that comes here.")
    ] = False,
    csv: Csv = None,
) -> None:
    """Fit how long people stayed to an observed curve, on the spans for fitting alone."""
    from scenarios.files import load_scenario
    from scenarios.numbers import percent
    from scenarios.stays import fit_stays

    refuse_existing(csv)
    fitted = fit_stays(load_scenario(scenario), curve, share=share)
    write_csv(fitted, csv)
    table = Table(title="Stays that fit, if everyone finds a place")
    table.add_column("form")
    table.add_column("length_of_stay", overflow="fold")
    columns = ["arrivals times"] if share else []
    columns += ["error, fitted", "bias, held out", "error, held out", "inside 90 %"]
    for name in columns:
        table.add_column(name, justify="right")
    for row in fitted.itertuples():
        cells = [f"{row.passes:.2f}"] if share else []
        cells.append(percent(row.mae_fitted))
        if row.points_held_out:
            cells += [
                f"{row.bias_held_out:+.0%}",
                percent(row.mae_held_out),
                f"{row.inside_90} of {row.points_held_out}",
            ]
        table.add_row(row.form, row.stay, *cells)
    out.print(table)
    first = fitted.iloc[0]
    out.print(
        f"Fitted to {first.points_fitted} observations; {first.points_held_out} held out. Errors "
        "are mean absolute errors, as shares of the mean observed; 'inside 90 %' counts those held "
        "out within the scatter of what was fitted. Choose a form by what you know and by the "
        "fitted error, not by what was held out: then it tests nothing any more.",
        highlight=False,
    )
    if share:
        err.print(
            "Note: multiply the 'share' of the inflows by 'arrivals times'. Share and stay can "
            "hardly be told apart; mostly their product is known.",
            soft_wrap=True,
        )
