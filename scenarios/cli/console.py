"""What every verb of the command line shares: consoles, errors as messages, progress, options."""

from __future__ import annotations

import functools
import os
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, NoReturn, ParamSpec, TypeVar

import typer
from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pandas as pd

P = ParamSpec("P")
R = TypeVar("R")
BAD_INPUT: Final = 2
FAILED: Final = 1
INTERRUPTED: Final = 130

PIPED_WIDTH: Final = 160
"""Columns of a table that goes into a file or another program instead of a terminal."""

# Names, paths and texts of users may hold brackets, so nothing is markup unless it is asked for.
out = Console(markup=False, width=None if sys.stdout.isatty() else PIPED_WIDTH)
err = Console(markup=False, stderr=True, width=None if sys.stderr.isatty() else PIPED_WIDTH)

Replications = Annotated[
    int | None,
    typer.Option(min=1, help="Number of replications; the scenario says how many by default."),
]
Seed = Annotated[int | None, typer.Option(min=0, help="Seed of all random numbers.")]
Workers = Annotated[
    int | None, typer.Option(min=1, help="Processes; all processors by default. Same results.")
]
Engine = Annotated[
    str,
    typer.Option(help="simpy, compiled, or auto: compiled where it runs and pays. Same results."),
]
Cluster = Annotated[
    str | None,
    typer.Option(help="Run on this Dask scheduler instead, such as tcp://10.0.0.5:8786, or local."),
]


Csv = Annotated[
    Path | None,
    typer.Option(
        help="Also write the table to this new file; a second table goes beside it, under its name "
        "with what it holds, such as table-regret.csv."
    ),
]


def refuse_existing(*paths: Path | None, makes_folders: bool = False) -> None:
    """Raise before the work begins if what was asked for is there or has no folder to stand in."""
    from forecasting.sharing import containers
    from scenarios.results import ResultsError

    for path in paths:
        if path is None:
            continue
        containers.refuse_existing(path)
        if not makes_folders and not path.parent.is_dir():
            msg = f"{path} cannot be written: there is no folder {path.parent}. Make it first."
            raise ResultsError(msg)


def beside(path: Path | None, holds: str) -> Path | None:
    """Return where a second table goes: the name of the first with what it holds.

    Examples
    --------
    >>> beside(Path("table.csv"), "regret").name
    'table-regret.csv'

    """
    return None if path is None else path.with_name(f"{path.stem}-{holds}{path.suffix}")


def write_csv(table: pd.DataFrame, path: Path | None) -> None:
    """Write a table for those who asked; the file appears only when it is complete."""
    from simulation.blocks import write_durably

    if path is not None:
        write_durably(path, table.to_csv(index=False).encode())


def plain_errors(command: Callable[P, R]) -> Callable[P, R]:
    """End with a message and a status instead of a traceback."""

    @functools.wraps(command)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
        from forecasting.flows import FlowError
        from scenarios.comparison import CompareError
        from scenarios.notebooks import NotebookError
        from scenarios.problems import ScenarioError
        from scenarios.results import ResultsError
        from simulation.experiments import ExperimentError
        from simulation.network import NetworkError

        bad_input = (
            ScenarioError,
            FlowError,
            NetworkError,
            ExperimentError,
            CompareError,
            NotebookError,
            ResultsError,
        )
        try:
            return command(*args, **kwargs)
        except bad_input as error:
            fail(str(error), BAD_INPUT, error)
        except KeyboardInterrupt as error:
            fail(str(error) or "interrupted; nothing was written.", INTERRUPTED, error)
        except typer.Exit:
            raise
        except Exception as error:
            fail(f"the run failed: {type(error).__name__}: {error}", FAILED, error)

    return wrapped


def fail(message: str, status: int, error: BaseException) -> NoReturn:
    """Print the message and leave; SAFEPASSAGE_TRACEBACK=1 shows where it came from."""
    if os.environ.get("SAFEPASSAGE_TRACEBACK"):
        raise error
    err.print(message, style="bold red" if status == FAILED else None, soft_wrap=True)
    raise typer.Exit(status) from error


@contextmanager
def progress_bars() -> Iterator[Any]:
    """Bars with the time left on a terminal, nothing when piped."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
    from rich.progress import TimeRemainingColumn as TimeLeft

    from scenarios import runner

    if not err.is_terminal:
        yield runner.SILENT
        return
    columns = (TextColumn("{task.description:<42}"), BarColumn(), MofNCompleteColumn(), TimeLeft())
    with Progress(*columns, console=err) as bars:
        tasks: list[Any] = []

        def stage(name: str, parts: int) -> None:
            tasks.append(bars.add_task(name, total=parts))

        yield runner.Progress(stage=stage, advance=lambda done: bars.advance(tasks[-1], done))


def named_table(name: str, *others: str, lines: bool = True) -> Table:
    """Return a table whose first column, the name to type, is never cut."""
    table = Table(show_lines=lines)
    table.add_column(name, no_wrap=True)
    for column in others:
        table.add_column(column)
    return table


def typed() -> str:
    """Return the command as it was typed, for the provenance of a result."""
    return " ".join(["safepassage", *sys.argv[1:]])
