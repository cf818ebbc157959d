"""The verb that serves the planner's page."""

from __future__ import annotations

from typing import Annotated

import typer

from scenarios.cli.console import (
    BAD_INPUT,
    Workers,
    fail,
    out,
    plain_errors,
)

app = typer.Typer()


@app.command("app", epilog="Example: safepassage app my-region.yaml --port 9000 --no-browser")
@plain_errors
def planners_page(
    scenario: Annotated[
        str | None, typer.Argument(help="Name in the library or path of a file to begin with.")
    ] = None,
    port: Annotated[
        int, typer.Option(min=0, max=65_535, help="Port on this computer; 0 takes a free one.")
    ] = 8765,
    browser: Annotated[
        bool, typer.Option("--browser/--no-browser", help="Open the page in the browser.")
    ] = True,
    workers: Workers = None,
) -> None:
    """Serve the planner's page to this computer: change capacities, run, compare."""
    try:
        import starlette  # noqa: F401
        import uvicorn  # noqa: F401
    except ImportError as error:
        fail("the page needs the extra 'app': pip install 'safepassage[app]'.", BAD_INPUT, error)
    from scenarios.app.server import serve

    def say(line: str) -> None:
        out.print(line, soft_wrap=True, highlight=False)

    try:
        serve(scenario, port=port, browser=browser, workers=workers, say=say)
    except OSError as error:
        message = f"port {port} cannot be used ({error.strerror}). Give another --port; 0 is any."
        fail(message, BAD_INPUT, error)
