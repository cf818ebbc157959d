"""The command line: one verb per public function."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from scenarios import __version__
from scenarios.cli import (
    authoring,
    capacity,
    data,
    forecasts,
    notebooks,
    page,
    plans,
    registry,
    responses,
    sharing,
    stays,
    studies,
    trace,
)

# Many small matrices: one thread per process is five times faster than several that wait for each
# other. A value the user has set stays.
for _variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_variable, "1")

app = typer.Typer(
    name="safepassage",
    help="Forecast displacement, stress-test rescue, reception and health services under it, and "
    "compare contingency plans.",
    epilog="Example: safepassage run beledweyne-flood --compare beledweyne-losses",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)
app.add_typer(plans.app)
app.add_typer(authoring.app)
app.add_typer(capacity.app)
app.add_typer(studies.app)
app.add_typer(forecasts.app)
app.add_typer(stays.app)
app.add_typer(trace.app)
app.add_typer(page.app)
app.add_typer(notebooks.app)
app.add_typer(sharing.app)
app.add_typer(responses.app)
app.add_typer(registry.app, name="registry", epilog="Example: safepassage registry list")
app.add_typer(data.app, name="data", epilog="Example: safepassage data list")


def main() -> None:
    """Run the command line."""
    app()


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"safepassage {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    pass
