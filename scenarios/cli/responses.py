"""Verbs of the way back up: answer a slice, and roll the answers up."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from scenarios.cli.console import err, named_table, out, plain_errors
from scenarios.cli.sharing import PackagePath, public_key, secret_key

app = typer.Typer()


@app.command(
    epilog="Example: safepassage respond shared/admin1/SO20 --capacities capacities.csv "
    "--results results/hiraan --by 'Hiraan office' --purpose 'contingency planning' --out answer"
)
@plain_errors
def respond(
    path: PackagePath,
    capacities: Annotated[
        Path,
        typer.Option(
            help="CSV or XLSX with the columns location, kind, facility, capacity, unit, source."
        ),
    ],
    by: Annotated[str, typer.Option(help="Office that answers.")],
    purpose: Annotated[str, typer.Option(help="What it is for.")],
    out_path: Annotated[
        Path, typer.Option("--out", help="Folder or .zip to write; must not exist.")
    ],
    results: Annotated[
        Path | None, typer.Option(help="Results folder of a run on this slice.")
    ] = None,
    override: Annotated[
        Path | None,
        typer.Option(
            help="Changes of the forecast: CSV or XLSX with location, first_day, cause, factor."
        ),
    ] = None,
    because: Annotated[str, typer.Option(help="Reason of the override.")] = "",
    recipient: Annotated[str, typer.Option(help="For whom; everyone when left out.")] = "",
    on: Annotated[str, typer.Option(help="Day of the response, YYYY-MM-DD; today if not.")] = "",
    policy: Annotated[
        str, typer.Option(help="Protection of small counts in the outcomes.")
    ] = "default",
    key: Annotated[
        Path | None, typer.Option(help="Public key of the issuer; its signature must hold.")
    ] = None,
    sign: Annotated[
        Path | None, typer.Option(help="Secret key that signs; made if it does not exist.")
    ] = None,
) -> None:
    """Answer a slice with capacities, simulated outcomes and, with a reason, another forecast."""
    from forecasting.sharing.reading import read_package
    from scenarios.sharing.respond import respond as write
    from scenarios.sharing.respond import today

    package = read_package(path, key=public_key(key))
    made = write(
        package,
        out_path,
        capacities=capacities,
        by=by,
        on=on or today(),
        purpose=purpose,
        recipient=recipient,
        results=results,
        override=override,
        because=because,
        policy=policy,
        key=None if sign is None else secret_key(sign),
    )
    told = "no outcomes" if made.outcomes is None else f"{made.outcomes.sizes['measure']} outcomes"
    out.print(
        f"{out_path}: {len(made.capacities)} capacities, {told}, {len(made.overrides)} changes of "
        f"the forecast; answers package {package.identifier[:16]}.",
        markup=False,
        highlight=False,
        soft_wrap=True,
    )
    if policy == "none" and made.outcomes is not None:
        err.print("Note: small counts are not protected, as --policy none asks.")


@app.command(
    "roll-up", epilog="Example: safepassage roll-up shared/national answers/* --out roll-up"
)
@plain_errors
def roll_up(
    path: PackagePath,
    answers: Annotated[list[Path], typer.Argument(help="Folders or zip files of responses.")],
    out_folder: Annotated[Path, typer.Option("--out", help="Folder to write; must not exist.")],
    due: Annotated[str, typer.Option(help="Last day in time, YYYY-MM-DD.")] = "",
    boundaries: Annotated[
        Path | None, typer.Option(help="GeoJSON with the codes of places, for a geographic map.")
    ] = None,
    issued: Annotated[
        str, typer.Option(help="Day of issue of the changed forecast, YYYY-MM-DD.")
    ] = "",
    policy: Annotated[
        str | None,
        typer.Option(
            help="Protection of changed counts; the recorded policy by default. If that was a file "
            "of your own, give it again."
        ),
    ] = None,
    key: Annotated[
        list[Path] | None,
        typer.Option(help="Public key of an office; every response must hold with one of them."),
    ] = None,
    sign: Annotated[
        Path | None, typer.Option(help="Secret key that signs the changed package.")
    ] = None,
) -> None:
    """Sum responses by level, name missing, late and contradictory ones, and draw the gaps."""
    from forecasting.sharing.limits import PackageError
    from forecasting.sharing.reading import read_package
    from forecasting.sharing.responses import Response, read_response
    from scenarios.numbers import count
    from scenarios.sharing.roll_up import roll_up as write
    from scenarios.sharing.roll_up_page import range_text

    keys = [public_key(one) for one in key or ()]

    def read(answer: Path) -> Response:
        problem: PackageError | None = None
        for one in keys or [None]:
            try:
                return read_response(answer, key=one)
            except PackageError as error:
                problem = error
        assert problem is not None  # noqa: S101 - there was at least one try
        raise problem

    made = write(
        read_package(path),
        [read(answer) for answer in answers],
        out_folder,
        due=due,
        boundaries=boundaries,
        issued=issued,
        policy=policy,
        key=None if sign is None else secret_key(sign),
    )
    for finding in made.collection.findings:
        out.print(
            f"{finding.kind}: {finding.location}: {finding.what}",
            markup=False,
            highlight=False,
            soft_wrap=True,
        )
    table = named_table("code", "place", "known", "need", "places", "gap", "gap apart", lines=False)
    table.title = "Reception, persons: median (90 % interval) over samples"
    for row in made.gaps.to_dict("records"):
        if row["known"]:
            table.add_row(
                row["location"],
                row["location_name"],
                f"{row['known']} of {row['lowest']}",
                range_text(row, "need_"),
                count(row["capacity"]),
                range_text(row, "gap_"),
                range_text(row, "gap_apart_"),
            )
    out.print(table)
    counted = len(made.collection.responses)
    out.print(
        f"{counted} of {len(answers)} responses count. Page: {out_folder / 'roll-up.html'}",
        markup=False,
        highlight=False,
        soft_wrap=True,
    )
