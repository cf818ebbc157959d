"""The planner's page: change capacities, run on the same futures, compare; on this computer only.

The page is plain HTML with forms and works without JavaScript. It is served to this computer alone,
loads nothing from elsewhere and takes no file name from a visitor.
"""

from __future__ import annotations

import functools
import socket
import threading
import webbrowser
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware

from scenarios.app.guard import Guard
from scenarios.app.pages import Library, Pages
from scenarios.app.results import compute
from scenarios.app.runs import Runs, Simulations
from scenarios.problems import ScenarioError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

ADDRESS: Final = "127.0.0.1"
PORT: Final = 8765
REPLICATIONS: Final = (20, 50, 200)


def create_app(
    given: str | None = None,
    *,
    hosts: Sequence[str] = (f"{ADDRESS}:{PORT}", f"localhost:{PORT}"),
    workers: int | None = None,
    replications: Sequence[int] = REPLICATIONS,
) -> Starlette:
    """Make the web application of the page.

    Parameters
    ----------
    given : str or None
        Scenario to begin with: name in the library or path of a file.
    hosts : sequence of str
        Hosts, with the port, under which a browser may ask for the page.
    workers : int or None
        Processes for the simulation; None takes all processors.
    replications : sequence of int
        Numbers of replications offered.

    Returns
    -------
    starlette.applications.Starlette
        ``state.runs`` holds the runs; stop them when done.

    Raises
    ------
    ScenarioError
        If the scenario given cannot be used.

    """
    simulations = Simulations(workers)
    library = Library(given)
    runs = Runs(functools.partial(compute, simulations=simulations))
    pages = Pages(library, runs, replications)
    app = Starlette(
        routes=pages.routes(),
        middleware=[Middleware(Guard, hosts=frozenset(hosts))],
        exception_handlers={
            HTTPException: pages.failed,
            ScenarioError: pages.failed,
            Exception: pages.crashed,
        },
    )
    app.state.runs = runs
    app.state.first = library.first
    return app


def serve(
    given: str | None = None,
    *,
    port: int = PORT,
    browser: bool = True,
    workers: int | None = None,
    say: Callable[[str], None] = print,
) -> None:
    """Serve the page to this computer until interrupted.

    Parameters
    ----------
    given : str or None
        Scenario to begin with: name in the library or path of a file.
    port : int
        0 takes any that is free.
    browser : bool
        Whether to open the page in the browser.
    workers : int or None
        Processes for the simulation; None takes all processors.
    say : callable
        Prints a line.

    Raises
    ------
    OSError
        If the port is in use.
    ScenarioError
        If the scenario given cannot be used.

    """
    import uvicorn

    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((ADDRESS, port))
        listening.listen()
        number = listening.getsockname()[1]
        app = create_app(
            given, hosts=(f"{ADDRESS}:{number}", f"localhost:{number}"), workers=workers
        )
        address = f"http://{ADDRESS}:{number}/"
        if app.state.first:
            address += f"scenarios/{quote(app.state.first)}"
        config = uvicorn.Config(
            app, log_level="warning", access_log=False, timeout_graceful_shutdown=2, lifespan="off"
        )
        say(f"The planner's page is at {address} (end it with Ctrl-C)")
        if browser:
            threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()
        try:
            uvicorn.Server(config).run(sockets=[listening])
        except KeyboardInterrupt:
            pass
        finally:
            app.state.runs.stop()
    say("The planner's page is closed.")
