"""Verbs that share forecasts between levels of government, and bring back what they say."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from scenarios.cli.console import BAD_INPUT, err, named_table, out, plain_errors, progress_bars

if TYPE_CHECKING:
    from forecasting.sharing.package import Package
    from forecasting.sharing.signatures import PublicKey, SecretKey

app = typer.Typer()

PackagePath = Annotated[Path, typer.Argument(help="Folder or zip file of a forecast package.")]
Key = Annotated[
    Path | None, typer.Option(help="Public key of the issuer; the signature must hold.")
]
SHOWN_PERIODS = 12


@app.command(
    epilog="Example: safepassage share beledweyne-flood --level admin2 --out shared "
    "--issuer 'National office' --purpose 'contingency planning'"
)
@plain_errors
def share(
    source: Annotated[
        str, typer.Argument(help="Scenario (name or file), or a forecast file that ends in .nc.")
    ],
    out_folder: Annotated[Path, typer.Option("--out", help="Folder to write; must not exist.")],
    issuer: Annotated[str, typer.Option(help="Office that answers for the forecast.")],
    purpose: Annotated[str, typer.Option(help="What it is for.")],
    level: Annotated[
        str, typer.Option(help="Lowest level shared: admin1 regions, admin2 districts.")
    ] = "admin2",
    policy: Annotated[
        str, typer.Option(help="Protection of small counts: a name or a policy file.")
    ] = "default",
    recipient: Annotated[str, typer.Option(help="For whom; everyone when left out.")] = "",
    reconcile: Annotated[
        str, typer.Option(help="How levels are made to agree, such as bottom_up.")
    ] = "bottom_up",
    samples: Annotated[
        int | None, typer.Option(min=1, help="Joint samples; the scenario says how many.")
    ] = None,
    issued: Annotated[
        str, typer.Option(help="Day of issue, YYYY-MM-DD; the reference date by default.")
    ] = "",
    version: Annotated[int, typer.Option(min=1, help="Version for this reference date.")] = 1,
    licence: Annotated[str, typer.Option(help="Terms of use, such as CC-BY-4.0.")] = "CC-BY-4.0",
    backtest: Annotated[
        bool, typer.Option("--backtest/--no-backtest", help="Test the model on the past first.")
    ] = True,
    archive: Annotated[bool, typer.Option("--zip", help="Write zip files.")] = False,
    parquet: Annotated[
        bool, typer.Option("--parquet/--no-parquet", help="Add the table of samples.")
    ] = True,
    sdmx: Annotated[
        bool, typer.Option("--sdmx/--no-sdmx", help="Add the quantiles as SDMX-CSV.")
    ] = False,
    sign: Annotated[
        Path | None, typer.Option(help="Secret key that signs; made if it does not exist.")
    ] = None,
) -> None:
    """Write the national package and one slice for every unit of government."""
    from forecasting.sharing.provenance import About
    from scenarios.sharing.issue import share as share_forecast

    about = About(
        issuer=issuer,
        purpose=purpose,
        recipient=recipient,
        issued=issued,
        version=version,
        licence=licence,
    )
    with progress_bars() as progress:
        issue = share_forecast(
            source,
            out_folder,
            about,
            level=level,
            policy=policy,
            method=reconcile,
            samples=samples,
            backtest=backtest,
            archive=archive,
            parquet=parquet,
            sdmx=sdmx,
            key=None if sign is None else secret_key(sign),
            progress=progress,
        )
    said = issue.national.provenance
    out.print(f"National package: {issue.national.path}", soft_wrap=True, highlight=False)
    out.print(
        f"{len(issue.slices)} slices, policy {said['disclosure']['policy']}, "
        f"package {issue.national.identifier[:16]}",
        highlight=False,
    )
    if policy == "none":
        err.print("Note: small counts are not protected, as --policy none asks.")


def secret_key(path: Path) -> SecretKey:
    """Read a secret key, or make it and say where it is."""
    from forecasting.sharing.signatures import make_keys, read_secret_key

    if not path.exists():
        public = make_keys(path)
        err.print(
            f"Note: made the keys {path} (secret, keep it) and {path}.pub (give it to those who "
            f"verify), name {public.name}.",
            soft_wrap=True,
        )
    return read_secret_key(path)


def public_key(path: Path | None) -> PublicKey | None:
    """Read a public key, if one is given."""
    from forecasting.sharing.signatures import read_public_key

    return None if path is None else read_public_key(path)


@app.command("open", epilog="Example: safepassage open shared/admin1/SO20")
@plain_errors
def open_package(
    path: PackagePath,
    unit: Annotated[
        str | None, typer.Option(help="Code of a place to show; by default all, without causes.")
    ] = None,
    every: Annotated[
        int, typer.Option(min=1, help="Sum so many periods, such as 3 months; must divide them.")
    ] = 1,
    key: Key = None,
) -> None:
    """Say what a package is, who made it, and what it says by place and month."""
    from forecasting.sharing.reading import read_package

    package = read_package(path, key=public_key(key))
    said = package.provenance
    cut = f"slice of package {package.whole[:16]}" if package.is_slice else "the whole"
    where = " > ".join([*(place.name for place in package.above), said["unit"]["name"]])
    signature = (
        f"signature of {package.signed} holds" if package.signed else "signature not checked"
    )
    for label, text in (
        ("What", said["title"]),
        ("Issued", f"{said['issued']} by {said['issuer']}, version {said['version']}"),
        ("For", f"{said['recipient'] or 'everyone'}; purpose: {said['purpose']}"),
        ("Place", f"{where} ({package.unit}); {cut}"),
        ("Levels", ", ".join(f"admin{one}" for one in package.hierarchy.levels)),
        ("Unit", f"persons per {said['forecast']['period']}; movements, not unique people"),
        ("Model", f"{said['forecast']['model']}, {said['forecast']['samples']} joint samples"),
        ("Skill", said["skill"] or "not stated"),
        ("Protection", f"policy {said['disclosure']['policy']}"),
        ("Licence", said["licence"]["title"]),
        ("Package", package.identifier),
        ("Verified", f"every file and every sum; {signature}"),
    ):
        out.print(f"{label}:", style="bold", end=" ")
        out.print(text, markup=False, highlight=False, soft_wrap=True)
    for change in said["history"]:
        out.print(
            f"Changed by {change['by']} for {change['unit']}: {change['because']}", markup=False
        )
    _print_quantiles(package, unit, every)


def _print_quantiles(package: Package, unit: str | None, every: int) -> None:
    from scenarios.numbers import count

    table = package.quantiles(every)
    if unit is None:
        # The last cause is the sum over causes, or the only one.
        shown = table[table["cause"] == table["cause"].iloc[-1]]
    else:
        package.hierarchy.position(unit)
        shown = table[table["location"] == unit]
    columns = ("place", "level", "first day", "cause")
    printed = named_table("code", *columns, "5 %", "median", "95 %")
    spans = "period" if every == 1 else f"{every} periods"
    printed.title = f"Persons per {spans}: median and 90 % interval"
    for row in shown.to_dict("records"):
        printed.add_row(
            row["location"],
            row["location_name"],
            str(row["admin_level"]),
            str(row["first_day"].date()),
            row["cause"],
            *(count(row[level]) for level in (0.05, 0.5, 0.95)),
        )
    printed.show_lines = False
    out.print(printed)


@app.command(epilog="Example: safepassage verify shared/admin1/SO20 --key national.key.pub")
@plain_errors
def verify(path: PackagePath, key: Key = None) -> None:
    """Verify every byte and every sum of a package; name what is changed, missing or extra."""
    from forecasting.sharing.reading import verify_package

    found = verify_package(path, key=public_key(key))
    for note in found.notes:
        err.print(f"Note: {note}", markup=False, soft_wrap=True)
    if not found.holds:
        err.print(f"{path} does NOT hold:", markup=False, soft_wrap=True)
        for problem in found.problems:
            err.print(f"  - {problem}", markup=False, soft_wrap=True)
        raise typer.Exit(BAD_INPUT)
    assert found.package is not None  # noqa: S101 - it holds
    signature = f", signed by {found.package.signed}" if found.package.signed else ""
    out.print(
        f"{path} holds: all files, sums and tables{signature}. "
        f"Package {found.package.identifier[:16]}.",
        markup=False,
        highlight=False,
        soft_wrap=True,
    )


@app.command(epilog="Example: safepassage merge shared/admin1/* --out national-again")
@plain_errors
def merge(
    slices: Annotated[list[Path], typer.Argument(help="Slices that together make the whole.")],
    out_path: Annotated[
        Path, typer.Option("--out", help="Folder or .zip to write; must not exist.")
    ],
) -> None:
    """Put slices together to the whole they were cut from, and check that it is the same."""
    from forecasting.sharing.reading import read_package
    from forecasting.sharing.slices import merge_packages

    parts = [read_package(path) for path in slices]
    merged = merge_packages(parts, out_path)
    same = merged.identifier == parts[0].whole
    how = "byte for byte" if same else "in every number and text"
    out.print(f"{out_path} is the whole again, {how}: package {merged.identifier[:16]}.",
              markup=False, highlight=False, soft_wrap=True)  # fmt: skip


@app.command(epilog="Example: safepassage diff june/national july/national")
@plain_errors
def diff(
    before: Annotated[Path, typer.Argument(help="The earlier package.")],
    after: Annotated[Path, typer.Argument(help="The later package.")],
) -> None:
    """Say what changed between two packages, and whether it matters, place by place."""
    from forecasting.sharing.differences import diff_packages
    from forecasting.sharing.reading import read_package
    from scenarios.numbers import count

    found = diff_packages(read_package(before), read_package(after))
    for note in found.notes:
        out.print(note, markup=False, highlight=False, soft_wrap=True)
    first, last = found.periods[0], found.periods[-1]
    table = named_table("code", "place", "before", "after", "shift", "matters")
    table.title = (
        f"Persons, {len(found.periods)} periods from {first} to {last}: median (80 % interval)"
    )
    table.show_lines = False
    for row in found.table.to_dict("records"):
        table.add_row(
            row["location"],
            row["location_name"],
            *(
                f"{count(row[f'median_{when}'])} ({count(row[f'low_{when}'])} to "
                f"{count(row[f'high_{when}'])})"
                for when in ("before", "after")
            ),
            f"{row['shift_of_width']:+.0%} of the width",
            row["why"] or "no",
        )
    out.print(table)
    matters = int(found.table["matters"].sum())
    out.print(f"It matters for {matters} of {len(found.table)} places.", highlight=False)
