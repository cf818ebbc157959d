"""Verbs on forecasts: make one, and say how good such forecasts were."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from scenarios.cli.console import (
    BAD_INPUT,
    Workers,
    err,
    named_table,
    out,
    plain_errors,
    progress_bars,
    refuse_existing,
    typed,
)

if TYPE_CHECKING:
    import xarray as xr

    from scenarios.backtests import Backtest

app = typer.Typer()

QUANTILES: Final = (0.05, 0.25, 0.5, 0.75, 0.95)

What = Annotated[
    str,
    typer.Argument(
        help="A scenario, a table of `safepassage data list` that holds flows, or a CSV or XLSX "
        "of flows."
    ),
]
SheetName = Annotated[
    str | None, typer.Option("--sheet", help="Sheet of an XLSX of flows that has several.")
]
Level = Annotated[
    str | None, typer.Option(help="Level of the places: region or district (Somalia).")
]
Drivers = Annotated[
    list[str] | None,
    typer.Option("--drivers", help="A climate index the models may see; may be repeated."),
]
Horizon = Annotated[
    int | None, typer.Option(min=1, help="Periods ahead; by default that of the scenario, or 6.")
]


def _known_model(name: str) -> str:
    from scenarios.models import CORRIDOR_MODELS, MODELS
    from scenarios.problems import suggestion

    known = MODELS | CORRIDOR_MODELS
    if name not in known:
        message = f"there is no model {name!r}{suggestion(name, known)}"
        err.print(message, soft_wrap=True)
        raise typer.Exit(BAD_INPUT)
    return name


@app.command(epilog="Example: safepassage backtest beledweyne-flood --cutoffs 13 --step 3")
@plain_errors
def backtest(
    what: What,
    models: Annotated[
        list[str] | None,
        typer.Option("--model", help="A model to judge; may be repeated, the first is judged."),
    ] = None,
    sheet: SheetName = None,
    level: Level = None,
    drivers: Drivers = None,
    horizon: Horizon = None,
    cutoffs: Annotated[int, typer.Option(min=2, help="Past reference dates to test at.")] = 12,
    step: Annotated[int, typer.Option(min=1, help="Periods from one of them to the next.")] = 1,
    samples: Annotated[int, typer.Option(min=20, help="Samples per forecast.")] = 300,
    seed: Annotated[int, typer.Option(min=0, help="Seed of all random numbers.")] = 0,
    at: Annotated[
        str,
        typer.Option(
            help="Shown: series (each place and cause), or sums: location, cause, total, focus."
        ),
    ] = "series",
    by: Annotated[
        str | None, typer.Option(help="Also show a row per horizon, location or cause.")
    ] = None,
    out_folder: Annotated[
        Path | None,
        typer.Option("--out", help="Folder for scores, tables and figures; must not exist."),
    ] = None,
    workers: Workers = None,
) -> None:
    """Say how good a model's forecasts were: beside every standard benchmark, on the past."""
    from contextlib import nullcontext

    from scenarios.backtests import check_request, run_backtest, write_backtest
    from scenarios.results import complete_folder
    from scenarios.subjects import subject_of
    from simulation.experiments import available_workers

    names = [_known_model(name) for name in models or []]
    subject = subject_of(
        what,
        sheet=sheet,
        level=level,
        drivers=drivers or [],
        model=names[0] if names else None,
        horizon=horizon,
    )
    check_request(subject, at, by)
    with complete_folder(out_folder) if out_folder else nullcontext() as draft:
        with progress_bars() as progress:
            made = run_backtest(
                subject,
                names,
                cutoffs=cutoffs,
                step=step,
                samples=samples,
                seed=seed,
                workers=available_workers() if workers is None else workers,
                progress=progress,
            )
        _show(made, at, by)
        if draft is not None:
            write_backtest(made, draft.folder, command=typed())
    if draft is not None:
        out.print(f"Written: {draft.target}", soft_wrap=True, highlight=False)


@app.command(epilog="Example: safepassage forecast darien_transits --out darien.nc")
@plain_errors
def forecast(
    what: What,
    out_file: Annotated[
        Path, typer.Option("--out", help="NetCDF file for the joint samples; must not exist.")
    ],
    model: Annotated[str | None, typer.Option(help="Model; by default the one of `what`.")] = None,
    sheet: SheetName = None,
    level: Level = None,
    drivers: Drivers = None,
    horizon: Horizon = None,
    samples: Annotated[int, typer.Option(min=1, help="Number of possible futures.")] = 1000,
    seed: Annotated[int, typer.Option(min=0, help="Seed of all random numbers.")] = 0,
    cutoffs: Annotated[
        int, typer.Option(min=2, help="Past reference dates that its skill is told from.")
    ] = 12,
    step: Annotated[int, typer.Option(min=1, help="Periods from one of them to the next.")] = 1,
    spans: Annotated[
        list[str] | None,
        typer.Option(
            "--span",
            help="Also forecast by quarter or year, and make all sums agree; may be repeated.",
        ),
    ] = None,
    over_time: Annotated[
        str | None,
        typer.Option(
            "--reconcile",
            help="How spans are made to agree, such as bottom_up; by default min_trace_structural.",
        ),
    ] = None,
    workers: Workers = None,
) -> None:
    """Forecast from everything known and write the samples, with how good it has been."""
    import forecasting as fc
    from scenarios.backtests import released, run_backtest
    from scenarios.spans import OVER_TIME, agree_over_spans, span_forecasts, span_lengths
    from scenarios.subjects import subject_of
    from simulation.experiments import available_workers

    refuse_existing(out_file, makes_folders=True)
    if over_time and not spans:
        err.print("--reconcile says how spans are made to agree; give --span too.", highlight=False)
        raise typer.Exit(BAD_INPUT)
    over_time = over_time or OVER_TIME
    subject = subject_of(
        what,
        sheet=sheet,
        level=level,
        drivers=drivers or [],
        model=_known_model(model) if model else None,
        horizon=horizon,
    )
    if spans:
        span_lengths(subject, spans, over_time)
    with progress_bars() as progress:
        tested = run_backtest(
            subject,
            cutoffs=cutoffs,
            step=step,
            seed=seed,
            workers=available_workers() if workers is None else workers,
            progress=progress,
        )
        made = released(tested, samples=samples, seed=seed)
        if spans:
            made = agree_over_spans(subject, made, spans, seed=seed, over_time=over_time)
    fc.write_forecast(made, out_file)
    for shown in (*span_forecasts(made, spans or ()), made):
        _show_forecast(shown)
    out.print(made.attrs["skill"], highlight=False, soft_wrap=True)
    out.print(f"Written: {out_file}", soft_wrap=True, highlight=False)


def _show_forecast(made: "xr.DataArray") -> None:
    import numpy as np

    from scenarios.numbers import count

    period = made.attrs["period"]
    table = named_table(
        f"first day of the {period}",
        *(f"{level:.0%}" for level in QUANTILES),
        lines=False,
    )
    sums = made.sum([dim for dim in made.dims if dim not in ("sample", "time")])
    bands = np.quantile(sums.transpose("sample", "time"), QUANTILES, axis=0)
    for when, values in zip(made["time"].values, bands.T, strict=True):
        table.add_row(str(when)[:10], *(count(value) for value in values))
    out.print(
        f"{made.attrs['model']}, {made.sizes['sample']} samples, seed {made.attrs['seed']}: "
        f"persons per {period}, all places and causes together; quantiles.",
        highlight=False,
        soft_wrap=True,
    )
    out.print(table)


def _show(made: "Backtest", level: str, by: str | None) -> None:
    from scenarios.numbers import count, percent

    against = made.against(level)
    dates = [str(value)[:10] for value in made.scores["cutoff"].values[[0, -1]]]
    period = made.scores.attrs["period"]
    out.print(
        f"{made.subject.name}: {made.scores.sizes['cutoff']} reference dates from {dates[0]} to "
        f"{dates[1]}, {made.subject.horizon} {period}s ahead, refitted at every one; "
        f"level: {level}.",
        highlight=False,
        soft_wrap=True,
    )
    table = named_table(
        "model",
        f"CRPS (persons per {period})",
        "CRPS (log scale)",
        "50 % interval held",
        "90 % interval held",
        "p (paired, log scale)",
        lines=False,
    )
    for title in ("persons", "log scale"):
        table.add_column(f"skill of {made.judged} over it,\n{title} (90 % interval)", no_wrap=True)
    for name, row in against.iterrows():
        own = name == made.judged
        table.add_row(
            str(name),
            count(row["crps"]),
            f"{row['crps_log1p']:.3f}",
            percent(row["covered_50"]),
            percent(row["covered_90"]),
            "" if row["p_value"] != row["p_value"] else f"{row['p_value']:.3f}",
            "" if own else _ranged(row["skill"], row["low"], row["high"]),
            "" if own else _ranged(row["skill_log1p"], row["low_log1p"], row["high_log1p"]),
        )
    out.print(table)
    if by is not None:
        _show_by(made, level, by)
    _show_warnings(made, level)
    out.print(made.statement(level), highlight=False, soft_wrap=True)


def _ranged(value: float, low: float, high: float) -> str:
    from scenarios.numbers import signed_percent

    return f"{signed_percent(value)} ({signed_percent(low)} to {signed_percent(high)})"


def _show_by(made: "Backtest", level: str, by: str) -> None:
    import forecasting as fc
    from scenarios.numbers import count, percent
    from scenarios.plots.scores import best_benchmark

    rows = fc.score_table(made.scores, level, by)
    shown = dict.fromkeys([*made.models, best_benchmark(made.scores, made.judged, level)])
    titles = [f"{name}: CRPS, persons (log scale); 90 % held" for name in shown]
    table = named_table(by, *titles, lines=False)
    for entry in dict.fromkeys(rows.index.get_level_values(by)):
        cells = [rows.loc[(name, entry)] for name in shown]
        table.add_row(
            str(entry),
            *(
                f"{count(c['crps'])} ({c['crps_log1p']:.3f}); {percent(c['covered_90'])}"
                for c in cells
            ),
        )
    out.print(table)


def _show_warnings(made: "Backtest", level: str) -> None:
    from scenarios.numbers import count, percent

    table = named_table(
        "early warning",
        "Brier score",
        "area under ROC",
        "warned of (at 30 %)",
        "false alarms among warnings",
        f"lead time ({made.scores.attrs['period']}s)",
        "value, acting costs 10 %",
        "value, 30 %",
        "short if planned on 80th percentile (share of persons)",
        "idle (mean persons)",
        lines=False,
    )

    def share(value: float) -> str:
        return "none" if value != value else percent(value)

    for name, row in made.warnings(level).iterrows():
        table.add_row(
            str(name),
            f"{row['brier']:.3f}",
            "none" if row["roc_area"] != row["roc_area"] else f"{row['roc_area']:.2f}",
            share(row["hit_rate"]),
            share(row["false_alarm_ratio"]),
            "none" if row["lead_time"] != row["lead_time"] else f"{row['lead_time']:.1f}",
            f"{row['value_0.1']:+.2f}",
            f"{row['value_0.3']:+.2f}",
            share(row["short_share"]),
            count(row["idle"]),
        )
    out.print(table)
    out.print(
        "An exceptional period is one beyond the place's own 90th percentile of what was known. "
        "Value: 1 is perfect foresight, 0 the better of always and never acting.",
        highlight=False,
        soft_wrap=True,
    )
