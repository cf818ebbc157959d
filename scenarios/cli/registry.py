"""Verbs on the registry: what an office has issued, kept for good and scored afterwards."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

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

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd
    import xarray as xr

    from forecasting.registry import Entry, Registry
    from forecasting.sharing.package import Package

app = typer.Typer(
    help="Keep every forecast that was issued, find it again as of a day, and score it against "
    "what came.",
    no_args_is_help=True,
)

Folder = Annotated[
    str,
    typer.Option(
        "--registry",
        help="Folder of the registry, or its address in an object store, such as s3://bucket/name.",
    ),
]
HERE = "registry"
OnlyName = Annotated[str | None, typer.Option("--name", help="Only this forecast of `list`.")]
Number = Annotated[int, typer.Argument(min=1, help="Number of an entry in `list`.")]
Note = Annotated[str, typer.Option(help="A remark that is sealed with the entry.")]


def _forecast_of(folder: Path) -> xr.DataArray:
    from forecasting.sharing.reading import read_package

    return read_package(folder).forecast


def _opened(place: str, read: Callable[[Path], xr.DataArray] = _forecast_of) -> Registry:
    from forecasting.flows import FlowError
    from forecasting.registry import Registry
    from forecasting.registry.objects import StoredRegistry, is_address, open_store

    if is_address(place):
        store = open_store(place)
        return StoredRegistry(_copy_of(place), read=read, store=store, address=place)
    if Path(place).is_file():
        msg = f"{place} is a file; give the folder of a registry, which `issue` makes."
        raise FlowError(msg)
    return Registry(Path(place), read=read)


def _copy_of(address: str) -> Path:
    """Folder of the copy of a registry in an object store."""
    import hashlib

    from forecasting.flows import FlowError
    from scenarios.kept_scores import VARIABLE, folder

    scores = folder()
    if scores is None:
        msg = f"{address}: needs a folder for its copy; set {VARIABLE} to one."
        raise FlowError(msg)
    return scores.parent / "registries" / hashlib.sha256(address.encode()).hexdigest()[:16]


def _known_name(registry: Registry, given: str | None) -> str:
    """Return the name that was given if it is there, or the only one there is."""
    from forecasting.flows import FlowError
    from scenarios.problems import suggestion

    names = sorted({entry.name for entry in registry.entries()})
    if given is None and len(names) == 1:
        return names[0]
    if given is None:
        msg = f"{registry.called} holds more than one forecast; give --name: {', '.join(names)}."
        raise FlowError(msg)
    if given not in names:
        msg = f"there is no forecast {given!r} in {registry.called}{suggestion(given, names)}"
        raise FlowError(msg)
    return given


def _entry(registry: Registry, number: int) -> Entry:
    from forecasting.flows import FlowError

    entries = registry.entries()
    if number > len(entries):
        msg = (
            f"there is no entry {number} in {registry.called}; it holds 1 to {len(entries)}, "
            "which `safepassage registry list` shows."
        )
        raise FlowError(msg)
    found = entries[number - 1]
    return registry.find(found.name, found.reference_date, version=found.version)


def _say(text: str) -> None:
    out.print(text, highlight=False, soft_wrap=True)


def _note(text: str) -> None:
    err.print(f"Note: {text}", soft_wrap=True)


def _called(entry: Entry) -> str:
    return f"{entry.name} of {entry.reference_date}, version {entry.version}"


def _when(entry: Entry) -> str:
    return f"{entry.issued_at[:16].replace('T', ' ')} UTC"


def _yes(holds: bool) -> str:
    return "yes" if holds else "no"


@app.command(epilog="Example: safepassage registry issue shared/national --registry issued")
@plain_errors
def issue(
    package: Annotated[
        Path, typer.Argument(help="Folder or zip file of a package that `share` wrote.")
    ],
    folder: Folder = HERE,
    name: Annotated[
        str | None,
        typer.Option(help="What is forecast; by default made of target, place and level."),
    ] = None,
    benchmark: Annotated[
        Path | None,
        typer.Option(
            help="Package of a simple model's forecast for the same places and periods; `score` "
            "then says the skill."
        ),
    ] = None,
    note: Note = "",
    key: Annotated[
        Path | None, typer.Option(help="Public key of the issuer; the signature must hold.")
    ] = None,
) -> None:
    """Verify a package and keep it as the next version, sealed."""
    import tempfile

    from forecasting.sharing.containers import read_container, write_container
    from forecasting.sharing.reading import read_package

    against = None if benchmark is None else read_package(benchmark).forecast
    with tempfile.TemporaryDirectory() as draft:
        # The bytes that are verified are those that are kept, whatever happens to the original.
        staged = write_container(read_container(package), Path(draft, "package"))
        made = _verified(staged, package, key)
        entry = _opened(folder, lambda _: made.forecast).issue(
            staged, name or _usual_name(made), benchmark=against, note=note
        )
    _say(f"Entry {entry.number}: {_called(entry)}, kept in {folder}.")
    _say(f"Seal: {entry.seal}")
    _say("Send the seal to somebody else today: it proves later what was forecast.")
    if made.provenance["version"] != entry.version:
        _note(
            f"the package calls itself version {made.provenance['version']}; the registry counts "
            f"{entry.version} for this name and reference date."
        )
    if not entry.before_outcome:
        _note(
            "sealed after its first period had ended, so its score is not that of a forecast made "
            "beforehand; `list` and `score` say so."
        )


def _verified(staged: Path, given: Path, key: Path | None) -> Package:
    from forecasting.sharing.limits import raise_problems
    from forecasting.sharing.reading import verify_package
    from forecasting.sharing.signatures import read_public_key

    found = verify_package(staged, key=None if key is None else read_public_key(key))
    raise_problems(f"package {given}", found.problems)
    for note in found.notes:
        _note(note)
    assert found.package is not None  # noqa: S101 - without problems there is one
    return found.package


def _usual_name(package: Package) -> str:
    """Name packages alike when they say the same thing about the same places."""
    from forecasting.sharing.provenance import file_name

    target = package.provenance["forecast"]["target"]
    lowest = package.hierarchy.levels[-1]
    return f"{file_name(target)}-{file_name(package.unit)}-admin{lowest}".lower().lstrip("._-")


@app.command("list", epilog="Example: safepassage registry list --registry issued")
@plain_errors
def list_entries(folder: Folder = HERE, name: OnlyName = None) -> None:
    """List everything that was issued, and which versions are in force."""
    registry = _opened(folder)
    entries = registry.entries(None if name is None else _known_name(registry, name))
    last = {(entry.name, entry.reference_date): entry.number for entry in entries}
    table = named_table(
        "no.", "name", "reference date", "version", "kind", "issued", "before outcome", "in force",
        "note", "seal", lines=False,
    )  # fmt: skip
    table.columns[1].overflow = "fold"  # a name to type is never cut
    for entry in entries:
        kind = f"rollback to {entry.restores}" if entry.restores else entry.kind
        table.add_row(
            str(entry.number),
            entry.name,
            entry.reference_date,
            str(entry.version),
            kind,
            _when(entry),
            _yes(entry.before_outcome),
            _yes(last[entry.name, entry.reference_date] == entry.number),
            entry.note,
            entry.seal[:16],
        )
    out.print(table)


@app.command(
    epilog="Example: safepassage registry get --registry issued --as-of 2026-09-01 --out then"
)
@plain_errors
def get(
    target: Annotated[Path, typer.Option("--out", help="Folder or .zip to write; must not exist.")],
    folder: Folder = HERE,
    name: Annotated[
        str | None, typer.Option(help="Which forecast of `list`; needed if there is more than one.")
    ] = None,
    as_of: Annotated[
        str | None,
        typer.Option(help="Day or time (UTC): what was in force then. By default now."),
    ] = None,
    reference_date: Annotated[
        str | None, typer.Option(help="First day not known, YYYY-MM-DD; the latest by default.")
    ] = None,
    version: Annotated[
        int | None, typer.Option(min=1, help="Version; the one in force by default.")
    ] = None,
) -> None:
    """Take out the package that was in force on a day, checked against its seal."""
    from forecasting.sharing.containers import read_container, write_container

    refuse_existing(target, makes_folders=True)
    registry = _opened(folder)
    entry = registry.find(_known_name(registry, name), reference_date, version=version, as_of=as_of)
    registry.samples(entry)
    write_container(read_container(registry.folder(entry)), target)
    _say(f"{target}: entry {entry.number}, {_called(entry)}, issued {_when(entry)}.")


@app.command(epilog="Example: safepassage registry diff 1 2 --registry issued")
@plain_errors
def diff(before: Number, after: Number, folder: Folder = HERE) -> None:
    """Say what changed between two entries, and whether it matters, place by place."""
    from scenarios.cli import sharing

    registry = _opened(folder)
    entries = [_entry(registry, number) for number in (before, after)]
    for entry in entries:
        registry.samples(entry)
    for word, entry in zip(("before", "after"), entries, strict=True):
        _say(f"{word}: entry {entry.number}, {_called(entry)}, issued {_when(entry)}.")
    sharing.diff(*(registry.folder(entry) for entry in entries))


@app.command(epilog="Example: safepassage registry score --registry issued --observed came.csv")
@plain_errors
def score(
    observed: Annotated[
        Path,
        typer.Option(help="CSV or XLSX of what came: month or date, location, cause, persons."),
    ],
    folder: Folder = HERE,
    name: OnlyName = None,
    sheet: Annotated[str | None, typer.Option(help="Sheet of an XLSX that has several.")] = None,
    absent: Annotated[
        str, typer.Option(help="What a period and place without a row means: missing or zero.")
    ] = "missing",
    csv: Csv = None,
) -> None:
    """Score every forecast that was issued against what came since: the scoreboard."""
    from forecasting.flows import FlowError
    from forecasting.hierarchy.places import listing
    from forecasting.readers import read_flows
    from forecasting.registry import scoreboard

    refuse_existing(csv)
    came = read_flows(observed, sheet=sheet, absent=absent)
    lacking: set[str] = set()
    registry = _opened(folder, _comparable(came, observed.name, lacking))
    scores = scoreboard(registry, came, None if name is None else _known_name(registry, name))
    if not scores["periods"].any():
        places, times = came["location"].values, came["time"].values
        msg = (
            f"{observed} and the forecasts share no period and place with a figure. It holds "
            f"{listing(map(str, places))} from {str(times[0])[:10]} to {str(times[-1])[:10]}; give "
            "figures by the codes and periods of the forecasts."
        )
        raise FlowError(msg)
    _print_scores(scores, str(came.attrs["period"]))
    if lacking:
        _note(f"{observed.name} lacks {listing(sorted(lacking))}: not scored there.")
    late = int((~scores["before_outcome"]).sum())
    if late:
        _note(
            f"{late} of {len(scores)} entries were sealed after their first period had ended; "
            "their scores are not those of forecasts made beforehand."
        )
    if csv is not None:
        write_csv(scores, csv)
        _say(f"Written: {csv}")


def _comparable(
    observed: xr.DataArray, file: str, lacking: set[str]
) -> Callable[[Path], xr.DataArray]:
    """Read packages, but only those that count what the observations count."""

    def read(folder: Path) -> xr.DataArray:
        from forecasting.flows import FlowError

        forecast = _forecast_of(folder)
        periods = [str(array.attrs["period"]) for array in (observed, forecast)]
        if periods[0] != periods[1]:
            msg = f"{file} counts persons per {periods[0]}, a forecast per {periods[1]}; "
            raise FlowError(msg + f"sum the figures by {periods[1]}.")
        causes = ["cause" in array.dims for array in (observed, forecast)]
        if causes[0] != causes[1]:
            do = "add the column" if causes[1] else "sum over causes and leave the column out"
            words = ["has" if there else "lacks" for there in causes]
            msg = f"{file} {words[0]} causes, a forecast {words[1]} them; {do}, or choose --name."
            raise FlowError(msg)
        lacking.update(
            f"{dim} {label}"
            for dim in ("location", "cause")
            if dim in forecast.dims
            for label in map(str, forecast[dim].values)
            if label not in set(map(str, observed[dim].values))
        )
        return forecast

    return read


def _print_scores(scores: pd.DataFrame, period: str) -> None:
    from scenarios.numbers import count, percent

    table = named_table(
        "no.", "name", "reference date", "version", "kind", "before outcome", f"{period}s scored",
        "CRPS", "in 50 %", "in 90 %", "benchmark CRPS", "skill", lines=False,
    )  # fmt: skip
    table.columns[1].overflow = "fold"
    table.title = (
        f"CRPS: persons per {period}, mean over {period}s, places and causes; smaller is better. "
        "In 50 % and 90 %: share of outcomes in that interval."
    )
    for row in scores.to_dict("records"):
        table.add_row(
            *(str(row[key]) for key in ("number", "name", "reference_date", "version", "kind")),
            _yes(row["before_outcome"]),
            str(row["periods"]),
            count(row["crps"]),
            percent(row["covered_50"]),
            percent(row["covered_90"]),
            count(row["benchmark_crps"]),
            percent(row["skill"]),
        )
    out.print(table)


@app.command(
    epilog="Example: safepassage registry rollback 1 --registry issued --note 'wrong source'"
)
@plain_errors
def rollback(
    number: Number,
    note: Annotated[str, typer.Option(help="Why; it is sealed with the entry.")],
    folder: Folder = HERE,
) -> None:
    """Put an earlier entry in force again, as a new version; nothing is removed."""
    from forecasting.flows import FlowError

    registry = _opened(folder)
    earlier = _entry(registry, number)
    now = registry.find(earlier.name, earlier.reference_date)
    if now.package == earlier.package:
        msg = f"entry {number} is in force already: {_called(now)} holds the same package."
        raise FlowError(msg)
    registry.samples(earlier)
    entry = registry.rollback(earlier.name, earlier.reference_date, earlier.version, note=note)
    _say(
        f"Entry {entry.number}: {_called(entry)}, is in force and holds what version "
        f"{entry.restores} held."
    )
    _say(f"Seal: {entry.seal}")


@app.command(epilog="Example: safepassage registry verify --registry issued --seal 3f0c...")
@plain_errors
def verify(
    folder: Folder = HERE,
    seal: Annotated[
        str | None,
        typer.Option(help="A whole seal noted elsewhere at the time; it must be in the history."),
    ] = None,
) -> None:
    """Check the whole history: every entry, every seal, every byte of every package."""
    registry = _opened(folder)
    problems = registry.verify(seal)
    if problems:
        err.print(f"{folder} does NOT hold:", soft_wrap=True)
        for problem in problems:
            err.print(f"  - {problem}", soft_wrap=True)
        raise typer.Exit(BAD_INPUT)
    entries = registry.entries()
    _say(f"{folder} holds: {len(entries)} entries, all seals and files.")
    _say(f"Last seal: {entries[-1].seal}")
    if seal is None:
        _note("a history rewritten as a whole shows only by --seal, noted elsewhere at the time.")


@app.command(epilog="Example: safepassage registry rebuild --registry issued")
@plain_errors
def rebuild(folder: Folder = HERE) -> None:
    """Make the index anew from the entries, when `verify` says that it does not fit."""
    _say(f"{folder}: index of {_opened(folder).rebuild()} entries made anew.")
