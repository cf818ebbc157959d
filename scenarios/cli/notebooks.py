"""The verb that runs the notebooks of the package."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from scenarios.cli.console import BAD_INPUT, err, fail, named_table, out, plain_errors

app = typer.Typer()


@app.command("notebook", epilog="Example: safepassage notebook 03 -p table=darien_transits")
@plain_errors
def notebook(
    name: Annotated[
        str | None, typer.Argument(help="Name or number; without it, all are listed.")
    ] = None,
    parameter: Annotated[
        list[str] | None, typer.Option("-p", "--parameter", help="name=value; may be repeated.")
    ] = None,
    folder: Annotated[
        Path | None,
        typer.Option("--out", help="New folder. Default: results/notebooks/NAME."),
    ] = None,
    code: Annotated[
        bool, typer.Option("--code/--no-code", help="Show the code on the page.")
    ] = False,
) -> None:
    """Run a notebook with other parameters; keep it and a page to read or print."""
    from scenarios.notebooks import notebook_named, notebooks, parameters_of, run_notebook

    if name is None:
        table = named_table("name", "question it answers", "parameters")
        for one in notebooks():
            shown = ", ".join(f"{key}={value!r}" for key, value in one.parameters.items())
            table.add_row(one.name, one.question or one.title, shown)
        out.print(table)
        return
    chosen = notebook_named(name)
    values = parameters_of(chosen, parameter or [])
    try:
        import nbconvert  # noqa: F401
        import papermill  # noqa: F401
    except ImportError as error:
        advice = "running notebooks needs the extra 'notebooks': pip install '.[notebooks]'."
        fail(advice, BAD_INPUT, error)
    err.print(f"Running {chosen.name}; this takes up to two minutes ...")
    target = folder or Path("results", "notebooks", chosen.name)
    file, page = run_notebook(chosen, values, target, code=code)
    out.print(f"Notebook: {file}\nPage: {page}", soft_wrap=True, highlight=False)
