"""The command line: one verb per public function."""

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

from scenarios import __version__

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# Many small matrices: one thread per process is five times faster than several that wait for each
# other. A value the user has set stays.
for _variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_variable, "1")

P = ParamSpec("P")
R = TypeVar("R")
BAD_INPUT: Final = 2
FAILED: Final = 1
INTERRUPTED: Final = 130

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
data_app = typer.Typer(help="Show the figures that ship with the package.", no_args_is_help=True)
app.add_typer(data_app, name="data", epilog="Example: safepassage data list")

PIPED_WIDTH: Final = 160
"""Columns of a table that goes into a file or another program instead of a terminal."""

out = Console() if sys.stdout.isatty() else Console(width=PIPED_WIDTH)
err = Console(stderr=True) if sys.stderr.isatty() else Console(stderr=True, width=PIPED_WIDTH)


def main() -> None:
    """Run the command line."""
    app()


def _plain_errors(command: Callable[P, R]) -> Callable[P, R]:
    """End with a message and a status instead of a traceback."""

    @functools.wraps(command)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
        from forecasting.flows import FlowError
        from scenarios.comparison import CompareError
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
            ResultsError,
        )
        try:
            return command(*args, **kwargs)
        except bad_input as error:
            _fail(str(error), BAD_INPUT, error)
        except KeyboardInterrupt as error:
            _fail("interrupted; nothing was written.", INTERRUPTED, error)
        except typer.Exit:
            raise
        except Exception as error:
            _fail(f"the run failed: {type(error).__name__}: {error}", FAILED, error)

    return wrapped


def _fail(message: str, status: int, error: BaseException) -> NoReturn:
    """Print the message and leave; SAFEPASSAGE_TRACEBACK=1 shows where it came from."""
    if os.environ.get("SAFEPASSAGE_TRACEBACK"):
        raise error
    err.print(message, style="bold red" if status == FAILED else None, markup=False, soft_wrap=True)
    raise typer.Exit(status) from error


@contextmanager
def _progress() -> Iterator[Any]:
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


def _table(name: str, *others: str) -> Table:
    """Return a table whose first column, the name to type, is never cut."""
    table = Table(show_lines=True)
    table.add_column(name, no_wrap=True)
    for column in others:
        table.add_column(column)
    return table


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


Replications = Annotated[
    int | None,
    typer.Option(min=1, help="Number of replications; the scenario says how many by default."),
]
Seed = Annotated[int | None, typer.Option(min=0, help="Seed of all random numbers.")]
Workers = Annotated[
    int | None, typer.Option(min=1, help="Processes; all processors by default. Same results.")
]
Cluster = Annotated[
    str | None,
    typer.Option(help="Run on this Dask scheduler instead, such as tcp://10.0.0.5:8786."),
]


@app.command("list", epilog="Example: safepassage list")
@_plain_errors
def list_scenarios() -> None:
    """List the scenarios that come with the package."""
    from scenarios.files import list_library, load_scenario

    table = _table("scenario", "title", "question it answers")
    for name in list_library():
        scenario = load_scenario(name)
        table.add_row(name, scenario.title, scenario.question)
    out.print(table)


@app.command(epilog="Example: safepassage check my-region.yaml --sources")
@_plain_errors
def check(
    scenario: Annotated[str, typer.Argument(help="Name in the library or path of a file.")],
    sources: Annotated[
        bool, typer.Option("--sources", help="Also list every number with what it rests on.")
    ] = False,
) -> None:
    """Check a scenario file without running it; all problems are reported at once."""
    from scenarios.build import build_network
    from scenarios.files import load_scenario
    from scenarios.forecasts import check_data

    loaded = load_scenario(scenario)
    network = build_network(loaded)
    check_data(loaded)
    rows = loaded.sources()
    counts = {kind: sum(row.kind == kind for row in rows) for kind in ("source", "assumption")}
    out.print(
        f"{loaded.name}: no problems. {len(network.facilities)} facilities, {len(rows)} numbers: "
        f"{counts['source']} with a source, {counts['assumption']} marked as assumptions.",
        highlight=False,
    )
    for warning in loaded.warnings:
        err.print(f"Note: {warning}", markup=False)
    if sources:
        table = _table("number", "value", "rests on", "source or reason")
        for row in rows:
            table.add_row(row.path, row.value, row.kind, row.text)
        out.print(table)


@app.command(epilog="Example: safepassage run beledweyne-flood --compare beledweyne-losses")
@_plain_errors
def run(
    scenario: Annotated[str, typer.Argument(help="Name in the library or path of a file.")],
    compare_with: Annotated[
        list[str] | None,
        typer.Option("--compare", help="A plan to run on the same futures; may be repeated."),
    ] = None,
    out_folder: Annotated[
        Path | None,
        typer.Option("--out", help="Results folder; must not exist. Default: results/NAME."),
    ] = None,
    replications: Replications = None,
    seed: Seed = None,
    workers: Workers = None,
    cluster: Cluster = None,
) -> None:
    """Forecast, simulate, compare and write a results folder with the report."""
    from scenarios.runner import run_to_folder

    with _progress() as progress:
        folder = run_to_folder(
            scenario,
            out_folder,
            against=compare_with or [],
            replications=replications,
            seed=seed,
            workers=workers,
            cluster=cluster,
            progress=progress,
            command=_typed(),
        )
    out.print(f"Report: {folder / 'report.html'}", soft_wrap=True, highlight=False)


@app.command(epilog="Example: safepassage compare beledweyne-flood beledweyne-losses")
@_plain_errors
def compare(
    plans: Annotated[
        list[str],
        typer.Argument(help="Scenarios, or folders made by `run`; the first is the baseline."),
    ],
    csv: Annotated[Path | None, typer.Option(help="Also write the table to this file.")] = None,
    replications: Replications = None,
    seed: Seed = None,
    workers: Workers = None,
    cluster: Cluster = None,
) -> None:
    """Compare plans on the same futures and print the paired differences."""
    from scenarios.side_by_side import compare_plans

    if len(plans) < 2:
        err.print("compare needs at least two plans; the first is the baseline.")
        raise typer.Exit(BAD_INPUT)
    if csv is not None and csv.exists():
        err.print(f"{csv} exists and is not overwritten. Give another --csv.", soft_wrap=True)
        raise typer.Exit(BAD_INPUT)
    with _progress() as progress:
        table = compare_plans(
            plans,
            replications=replications,
            seed=seed,
            workers=workers,
            cluster=cluster,
            progress=progress,
        )
    if csv is not None:
        table.to_csv(csv, index=False)
    for plan, rows in table.groupby("plan", sort=False):
        _print_comparison(str(plan), rows)


def _print_comparison(plan: str, rows: Any) -> None:
    from scenarios.labels import measure_label
    from scenarios.numbers import count, interval, percent, signed

    table = Table(title=f"{plan}, difference from the baseline (negative is better)")
    for column in (
        "measure",
        "baseline",
        "plan",
        "difference",
        "95 % interval",
        "better in",
        "same in",
    ):
        table.add_column(column, justify="left" if column == "measure" else "right")
    for row in rows.itertuples():
        verdict = "" if row.distinguishable else " (not distinguishable)"
        table.add_row(
            f"{measure_label(row.measure).label} ({row.unit}){verdict}",
            count(row.baseline),
            count(row.value),
            signed(row.difference),
            interval(row.low, row.high),
            percent(row.chance_better),
            percent(row.chance_same),
        )
    out.print(table)


@app.command(epilog="Example: safepassage report results/beledweyne-flood --out report.html")
@_plain_errors
def report(
    folder: Annotated[Path, typer.Argument(help="Results folder made by `run`.")],
    out_file: Annotated[
        Path | None,
        typer.Option(
            "--out", help="File to write; by default the report in the folder is renewed."
        ),
    ] = None,
) -> None:
    """Write the report of a results folder again."""
    from scenarios.report import write_report
    from scenarios.report_contents import report_inputs
    from scenarios.results import read_results

    target = out_file or folder / "report.html"
    if out_file is not None and out_file.exists():
        err.print(f"{out_file} exists and is not overwritten. Give another --out.", soft_wrap=True)
        raise typer.Exit(BAD_INPUT)
    write_report(report_inputs(read_results(folder)), target)
    out.print(f"Report: {target}", soft_wrap=True, highlight=False)


@app.command("app", epilog="Example: safepassage app my-region.yaml --port 9000 --no-browser")
@_plain_errors
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
        _fail("the page needs the extra 'app': pip install 'safepassage[app]'.", BAD_INPUT, error)
    from scenarios.app import serve

    def say(line: str) -> None:
        out.print(line, soft_wrap=True, highlight=False, markup=False)

    try:
        serve(scenario, port=port, browser=browser, workers=workers, say=say)
    except OSError as error:
        message = f"port {port} cannot be used ({error.strerror}). Give another --port; 0 is any."
        _fail(message, BAD_INPUT, error)


@data_app.command("list", epilog="Example: safepassage data list")
@_plain_errors
def data_list() -> None:
    """List the embedded figures with span, publisher and licence."""
    import forecasting

    table = _table("name", "what", "span", "step", "publisher", "licence")
    for info in forecasting.catalog():
        span = f"{info.first} to {info.last}" if info.first else ""
        table.add_row(info.name, info.title, span, info.period, info.publisher, info.licence)
    out.print(table)


@data_app.command("show", epilog="Example: safepassage data show somalia_displacement")
@_plain_errors
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


def _typed() -> str:
    return " ".join(["safepassage", *sys.argv[1:]])


if __name__ == "__main__":
    main()
