"""Verbs on scenario files and their results: list, check, run, compare, report."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from scenarios.cli.console import (
    BAD_INPUT,
    Cluster,
    Csv,
    Engine,
    Replications,
    Seed,
    Workers,
    beside,
    err,
    named_table,
    out,
    plain_errors,
    progress_bars,
    refuse_existing,
    typed,
    write_csv,
)

if TYPE_CHECKING:
    from scenarios.bills import Bills
    from scenarios.language import Language

app = typer.Typer()


@app.command("list", epilog="Example: safepassage list")
@plain_errors
def list_scenarios() -> None:
    """List the scenarios that come with the package."""
    from scenarios.files import list_library, load_scenario

    loaded = [load_scenario(name) for name in list_library()]
    table = named_table("scenario", "title", "question it answers")
    for base in (one for one in loaded if not one.history):
        table.add_row(base.name, base.title, base.question)
        for one in loaded:
            if one.history and one.history[0].based_on == base.name:
                table.add_row(f"  {one.name}", one.title, one.question)
        table.add_section()
    out.print(table)
    plain = sum(not one.history for one in loaded)
    out.print(
        f"{plain} scenarios, each with its variants below it ({len(loaded) - plain} in all). "
        "Run one with: safepassage run NAME --compare VARIANT",
        highlight=False,
    )


@app.command(epilog="Example: safepassage check my-region.yaml --sources")
@plain_errors
def check(
    scenario: Annotated[str, typer.Argument(help="Name in the library or path of a file.")],
    sources: Annotated[
        bool, typer.Option("--sources", help="Also list every number with what it rests on.")
    ] = False,
) -> None:
    """Check a scenario file, all problems at once, and try its forecast; nothing is run."""
    from scenarios.files import load_scenario
    from scenarios.readiness import check_ready

    loaded = load_scenario(scenario)
    network = check_ready(loaded)
    rows = loaded.sources()
    counts = {kind: sum(row.kind == kind for row in rows) for kind in ("source", "assumption")}
    out.print(
        f"{loaded.name}: no problems. {len(network.facilities)} facilities, {len(rows)} numbers: "
        f"{counts['source']} with a source, {counts['assumption']} marked as assumptions.",
        highlight=False,
    )
    for warning in loaded.warnings:
        err.print(f"Note: {warning}")
    if sources:
        table = named_table("number", "value", "rests on", "source or reason")
        for row in rows:
            table.add_row(row.path, row.value, row.kind, row.text)
        out.print(table)


@app.command(epilog="Example: safepassage run beledweyne-flood --compare beledweyne-losses")
@plain_errors
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
    samples: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="Samples of the forecast, at least one per replication; the scenario says how "
            "many by default. Another number gives other futures.",
        ),
    ] = None,
    seed: Seed = None,
    workers: Workers = None,
    cluster: Cluster = None,
    precision: Annotated[
        list[str] | None,
        typer.Option(
            help="Add replications until a mean is known so well, such as 'nights without a place: "
            "5 %'; may be repeated. --replications is then the most."
        ),
    ] = None,
    engine: Engine = "auto",
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with a run that was stopped, if there is one.")
    ] = False,
) -> None:
    """Forecast, simulate, compare and write a results folder with the report."""
    import pandas as pd

    from scenarios.observed import fit_sentences
    from scenarios.runner import run_to_folder

    with progress_bars() as progress:
        folder = run_to_folder(
            scenario,
            out_folder,
            resume=resume,
            precision=precision or [],
            against=compare_with or [],
            replications=replications,
            samples=samples,
            seed=seed,
            workers=workers,
            cluster=cluster,
            engine=engine,
            progress=progress,
            command=typed(),
        )
    if (folder / "fit.csv").is_file():
        for sentence in fit_sentences(pd.read_csv(folder / "fit.csv")):
            out.print(sentence, highlight=False)
    if precision:
        _print_precision(folder)
    out.print(f"Report: {folder / 'report.html'}", soft_wrap=True, highlight=False)


def _print_precision(folder: Path) -> None:
    import json
    import math

    from scenarios.labels import measure_label
    from scenarios.numbers import count, interval

    record = json.loads((folder / "provenance.json").read_text(encoding="utf-8"))
    for row in record["precision"]:
        label = measure_label(row["measure"])
        verdict = "known well enough" if row["reached"] else "not known well enough"
        mean = math.nan if row["mean"] is None else row["mean"]
        known = "no spread was seen, so there is no interval"
        if math.isnan(mean):
            known = "undefined or endless in some replications"
        elif row["low"] is not None:
            known = f"all intervals together 95 %: {interval(row['low'], row['high'])}"
        out.print(
            f"{label.label}: mean {count(mean)} {label.unit}, {verdict} ({known}) after "
            f"{record['replications']} replications.",
            highlight=False,
            soft_wrap=True,
        )


@app.command(epilog="Example: safepassage compare beledweyne-flood beledweyne-losses")
@plain_errors
def compare(
    plans: Annotated[
        list[str],
        typer.Argument(help="Scenarios, or folders made by `run`; the first is the baseline."),
    ],
    people: Annotated[
        list[float] | None,
        typer.Option(
            min=0.01,
            help="Also with so many times the people forecast; may be repeated: which plan is "
            "least bad if nobody knows how many come? For scenarios, not folders.",
        ),
    ] = None,
    measure: Annotated[
        str, typer.Option(help="Measure by which --people judges; less is better.")
    ] = "nights without a place",
    csv: Csv = None,
    replications: Replications = None,
    seed: Seed = None,
    workers: Workers = None,
    cluster: Cluster = None,
    engine: Engine = "auto",
) -> None:
    """Compare plans on the same futures and print the paired differences."""
    from scenarios.bills import Bills, bills_of
    from scenarios.labels import measure_label
    from scenarios.side_by_side import (
        compare_measured,
        dominated,
        measured_plans,
        regret_of_plans,
    )

    if len(plans) < 2:
        err.print("compare needs at least two plans; the first is the baseline.")
        raise typer.Exit(BAD_INPUT)
    regret_csv = beside(csv, "regret") if people else None
    costs_csv = beside(csv, "costs")
    refuse_existing(csv, regret_csv, costs_csv)
    options: dict[str, Any] = {
        "replications": replications,
        "seed": seed,
        "workers": workers,
        "cluster": cluster,
        "engine": engine,
    }
    with progress_bars() as progress:
        found = (
            regret_of_plans(plans, people, measure, progress=progress, **options)
            if people
            else None
        )
        measured = measured_plans(plans, progress=progress, **options)
    table = compare_measured(measured)
    bills = bills_of(measured)
    write_csv(table, csv)
    for plan, rows in table.groupby("plan", sort=False):
        _print_comparison(str(plan), rows)
    for sentence in dominated(table):
        out.print(sentence, highlight=False, soft_wrap=True)
    if isinstance(bills, Bills):
        write_csv(bills.table.assign(currency=bills.currency), costs_csv)
        _print_bills(bills)
    else:
        out.print(bills, highlight=False, soft_wrap=True)
    if found is not None:
        matrix, summary, label = found
        regrets = matrix.join(summary).reset_index(names="plan")
        write_csv(regrets.assign(measure=label, unit=measure_label(label).unit), regret_csv)
        _print_regret(matrix, summary, label)


def _print_bills(bills: Bills) -> None:
    from scenarios.labels import measure_label
    from scenarios.numbers import count, interval, signed

    table = Table(title=f"Cost of each plan over its run ({bills.currency}) against harm")
    table.add_column("plan")
    difference = ("difference", "95 % interval")
    for column in ("cost", *difference, "measure", "mean", *difference):
        table.add_column(column, justify="left" if column == "measure" else "right")
    table.add_column("frontier")
    for plan, rows in bills.table.groupby("plan", sort=False):
        for at, row in enumerate(rows.itertuples()):
            limits = interval(row.cost_difference_low, row.cost_difference_high, 4)
            bill = (str(plan), count(row.cost, 4), signed(row.cost_difference, 4), limits)
            table.add_row(
                *(bill if at == 0 else ("",) * 4),
                f"{measure_label(row.measure).label} ({row.unit})",
                count(row.value),
                signed(row.difference),
                interval(row.low, row.high),
                "yes" if row.on_frontier else "no",
            )
        table.add_section()
    out.print(table)
    for sentence in (*bills.verdicts.values(), *bills.notes):
        out.print(sentence, highlight=False, soft_wrap=True)


def _print_regret(matrix: Any, summary: Any, measure: str) -> None:
    from scenarios.labels import measure_label
    from scenarios.numbers import count

    label = measure_label(measure)
    table = Table(title=f"Regret: {label.label.lower()} ({label.unit}) above the best plan")
    table.add_column("plan")
    for case in matrix.columns:
        table.add_column(case, justify="right")
    table.add_column("largest", justify="right")
    for plan, row in matrix.iterrows():
        worst = count(summary.loc[plan, "largest_regret"])
        table.add_row(str(plan), *(count(value) for value in row), worst)
    out.print(table)
    out.print(f"Least bad whatever comes: {summary.index[0]}.", highlight=False)


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
        "all together 95 %",
        "better in",
        "same in",
    ):
        table.add_column(column, justify="left" if column == "measure" else "right")
    for row in rows.itertuples():
        verdict = "" if row.jointly_distinguishable else " (not distinguishable)"
        table.add_row(
            f"{measure_label(row.measure).label} ({row.unit}){verdict}",
            count(row.baseline),
            count(row.value),
            signed(row.difference),
            interval(row.low, row.high),
            interval(row.joint_low, row.joint_high),
            percent(row.chance_better),
            percent(row.chance_same),
        )
    out.print(table)


@app.command(epilog="Example: safepassage report results/beledweyne-flood --pdf --xlsx --sitrep")
@plain_errors
def report(
    folder: Annotated[Path, typer.Argument(help="Results folder made by `run`.")],
    out_file: Annotated[
        Path | None,
        typer.Option(
            "--out", help="File to write; by default the report in the folder is renewed."
        ),
    ] = None,
    pdf: Annotated[bool, typer.Option("--pdf", help="Also print it as PDF.")] = False,
    xlsx: Annotated[
        bool, typer.Option("--xlsx", help="Also write all tables into a workbook.")
    ] = False,
    sitrep: Annotated[
        bool, typer.Option("--sitrep", help="Also write the one-page situation report.")
    ] = False,
    language: Annotated[
        Path | None,
        typer.Option(
            help="Table of a translator, named after the language, such as so.csv; see "
            "`safepassage labels`."
        ),
    ] = None,
) -> None:
    """Write the report of a results folder again, also as PDF, workbook and one page."""
    from scenarios.language import speaking
    from scenarios.report import exports
    from scenarios.report.contents import report_inputs
    from scenarios.report.document import write_report
    from scenarios.results import read_results

    target = out_file or folder / "report.html"
    usable = target.suffix in {".html", ".htm"} and target.parent.is_dir()
    if out_file is not None and not usable:
        message = (
            f"--out is {out_file}; give the name of a page in a folder that is there, such as "
            "report.html. Other forms go beside it (--pdf, --xlsx)."
        )
        err.print(message, soft_wrap=True, highlight=False)
        raise typer.Exit(BAD_INPUT)
    page = target.with_name(f"{target.stem}-sitrep.html")
    wanted = [target]
    wanted += [target.with_suffix(".pdf")] if pdf else []
    wanted += [target.with_suffix(".xlsx")] if xlsx else []
    wanted += [page] if sitrep else []
    wanted += [page.with_suffix(".pdf")] if sitrep and pdf else []
    taken = [str(path) for path in wanted if out_file is not None and path.exists()]
    if taken:
        message = f"{', '.join(taken)} exists and is not overwritten. Give another --out."
        err.print(message, soft_wrap=True, highlight=False)
        raise typer.Exit(BAD_INPUT)
    with speaking(_language(language)):
        inputs = report_inputs(read_results(folder))
        write_report(inputs, target)
        if sitrep:
            exports.write_sitrep(inputs, page)
        for path in wanted:
            if path.suffix == ".pdf":
                exports.write_pdf(page if path.stem == page.stem else target, path)
            if path.suffix == ".xlsx":
                exports.write_workbook(inputs, path)
            out.print(f"Report: {path}", soft_wrap=True, highlight=False)


def _language(table: Path | None) -> Language:
    """Read a translator's table, and list what it leaves in English."""
    from scenarios.language import ENGLISH

    if table is None:
        return ENGLISH
    from scenarios.translations import read_language, untranslated

    language = read_language(table)
    left = untranslated(language)
    if left:
        what = f"Note: {len(left)} labels have no translation in {table} and stay English:"
        err.print("\n  ".join([what, *left]), soft_wrap=True, highlight=False)
    return language
