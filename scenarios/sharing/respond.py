"""Answer a slice: capacities from a table, outcomes from a results folder, changes with reasons."""

from __future__ import annotations

import datetime as dt
import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from forecasting.flows import FlowError
from forecasting.readers.lines import all_lines, condensed, is_workbook, split_heading
from forecasting.readers.workbooks import LARGEST, WorkbookError, first_rows
from forecasting.sharing.capacities import (
    CAPACITY_COLUMNS,
    OVERRIDE_COLUMNS,
    named_rows,
    read_capacities,
    read_overrides,
)
from forecasting.sharing.limits import PackageError
from forecasting.sharing.responses import Response, outcomes_array, write_response
from scenarios.results import read_results

if TYPE_CHECKING:
    from collections.abc import Sequence

    import xarray as xr

    from forecasting.sharing.capacities import Override
    from forecasting.sharing.package import Package
    from forecasting.sharing.signatures import SecretKey

_NUMBERS: Final = ("capacity", "factor")
"""Columns of numbers in the tables of offices."""
SUMMED: Final = {
    "persons_entered": "persons",
    "persons_cut_off": "persons",
    "total_nights_without_place": "person-nights",
    "patients_left_unseen": "patients",
    "patients_sent_elsewhere": "patients",
    "total_deaths_in_transit": "persons",
}
"""Measures of a run that may be summed over places: each counts people or nights once."""
PEAK: Final = "peak_in_reception"
"""Largest number of persons present or waiting at all reception sites on one day; sums over places
are an upper bound, as peaks need not fall on one day."""


def read_table(path: Path, columns: Sequence[str]) -> list[dict[str, str]]:
    """Read a table that an office filled in, from CSV or the sheet of a workbook.

    Parameters
    ----------
    path : pathlib.Path
        ``.xlsx``, or CSV in UTF-8 (comma, semicolon or tab).
    columns : sequence of str
        Exactly these, in any order; case, spaces and signs are passed over.

    Returns
    -------
    list of dict

    Raises
    ------
    PackageError
        If it cannot be read or has other columns.

    """
    try:
        if path.stat().st_size > LARGEST:
            msg = (
                f"{path}: is larger than {LARGEST // 1_000_000} MB; this is no table of an office."
            )
            raise PackageError(msg)
        lines = all_lines(path, _sheet(path, columns))
    except OSError as error:
        msg = f"{path}: cannot be read ({error.strerror}). Give a CSV in UTF-8 or an XLSX workbook."
        raise PackageError(msg) from error
    except FlowError as error:
        raise PackageError(str(error)) from error
    header, *rows = [row for _, row in lines.rows] or [[]]
    header = [_column(cell, columns) for cell in header]
    unclear = [
        f"{lines.name}, row {number}: {name} {cell!r} may be meant in thousands or with decimals; "
        "write the number without a point, or as a number cell."
        for number, row in lines.rows
        for name, cell in zip(header, row, strict=False)
        if (number, cell) in lines.unclear and name in _NUMBERS
    ]
    if lines.problems or unclear:
        raise PackageError("\n".join(condensed([*lines.problems, *unclear])))
    return named_rows([header, *rows] if lines.rows else [], lines.name, columns)


def _sheet(path: Path, columns: Sequence[str]) -> str | None:
    """Title of the only sheet that has all columns, where there is one."""
    if not is_workbook(path):
        return None
    try:
        rows = first_rows(path)
    except WorkbookError:
        return None  # the reader says what is wrong
    fit = [t for t, row in rows.items() if {_column(c, columns) for c in row} >= set(columns)]
    return fit[0] if len(fit) == 1 else None


def _column(cell: str, columns: Sequence[str]) -> str:
    """Name of a column, whatever its case, spaces and signs; others as they are written."""
    plain, unit = split_heading(cell)
    known = {column.replace("_", ""): column for column in columns}
    return cell if unit else known.get(plain, cell)


def outcomes_of(measures: xr.Dataset) -> xr.DataArray:
    """Take the aggregates of a run that add up over places.

    Parameters
    ----------
    measures : xarray.Dataset
        As described by :data:`simulation.measures.MEASURES`.

    Returns
    -------
    xarray.DataArray, (sample, measure)
        Replication k was simulated on sample k.

    """
    values: dict[str, Any] = {name: measures[name].to_numpy() for name in SUMMED}
    units = dict(SUMMED)
    by_outcome = measures["persons_by_outcome"].transpose("replication", "group_outcome")
    for number, outcome in enumerate(by_outcome["group_outcome"].to_numpy()):
        values[f"persons_{outcome}"] = by_outcome.to_numpy()[:, number]
        units[f"persons_{outcome}"] = "persons"
    sites = (measures["facility_service"] == "reception") & (measures["facility_unit"] == "persons")
    demand = measures["peak_demand"].isel(facility=np.flatnonzero(sites.to_numpy()))
    peak = demand.sum("facility").transpose("replication", "day").to_numpy().max(axis=1)
    values[PEAK], units[PEAK] = peak, "persons"
    return outcomes_array(values, units, measures["replication"].to_numpy().tolist())


def respond(
    package: Package,
    out: str | Path,
    *,
    capacities: str | Path,
    by: str,
    on: str,
    purpose: str,
    recipient: str = "",
    results: str | Path | None = None,
    override: str | Path | None = None,
    because: str = "",
    policy: str | Path = "default",
    salt: bytes | None = None,
    key: SecretKey | None = None,
) -> Response:
    """Write the response of an office to its slice.

    Parameters
    ----------
    package : Package
        Slice as read by :func:`forecasting.sharing.read_package`.
    out : path-like
        Folder or zip file to write; must not exist.
    capacities : path-like
        CSV or XLSX with the columns ``CAPACITY_COLUMNS`` of :mod:`forecasting.sharing.capacities`.
    by, on, purpose, recipient : str
        Office, day (YYYY-MM-DD), what for, for whom.
    results : path-like or None
        Folder of a run on this very package; its aggregates become the outcomes.
    override : path-like or None
        CSV or XLSX with the columns ``OVERRIDE_COLUMNS`` of :mod:`forecasting.sharing.capacities`.
    because : str
        Reason of the override.
    policy : str or path
        Protection of the outcomes.
    salt : bytes or None
    key : SecretKey or None

    Returns
    -------
    Response

    Raises
    ------
    PackageError, FlowError, ResultsError
        With everything that keeps the response from being written.

    """
    table = Path(capacities)
    places = package.hierarchy.codes
    told = read_capacities(read_table(table, CAPACITY_COLUMNS), table.name, places)
    outcomes, record = (None, None) if results is None else _results(Path(results), package)
    changes: tuple[Override, ...] = ()
    if override is not None:
        file = Path(override)
        rows = read_table(file, OVERRIDE_COLUMNS)
        changes = read_overrides(rows, file.name, places, package.days, package.causes)
    return write_response(
        package,
        out,
        by=by,
        on=on,
        capacities=told,
        purpose=purpose,
        recipient=recipient,
        outcomes=outcomes,
        results=record,
        overrides=changes,
        because=because,
        policy=policy,
        salt=salt,
        key=key,
    )


def today() -> str:
    """Day on which a response is written when the office does not say.

    Returns
    -------
    str
        YYYY-MM-DD in UTC.

    """
    return dt.datetime.now(dt.UTC).date().isoformat()


def _results(folder: Path, package: Package) -> tuple[xr.DataArray, dict[str, Any]]:
    """Outcomes of a run, if it was simulated on this package."""
    made = read_results(folder)
    name = made.main.scenario.name
    used = made.provenance.get("packages", {}).get(name)
    if used is None:
        msg = (
            f"{folder}: was not simulated on a forecast package, so its outcomes do not answer "
            f"one. Write 'forecast: {{package: PATH}}' into {name} and run it again."
        )
        raise PackageError(msg)
    if (
        package.identifier not in (used["package"], used["whole"])
        and used["whole"] != package.whole
    ):
        msg = (
            f"{folder}: was simulated on package {used['package'][:16]} (version "
            f"{used['version']}), not on {package.identifier[:16]} or the whole it was cut from; "
            "run the scenario again on the slice you answer."
        )
        raise PackageError(msg)
    focus = made.main.scenario.forecast.focus
    taken = {place for inflow in made.main.scenario.inflows for place in inflow.locations}
    outside = sorted((taken | set(focus)) - set(package.hierarchy.codes))
    if outside:
        msg = (
            f"{folder}: simulates people of {', '.join(outside)}, outside of {package.unit}; their "
            "outcomes would count again elsewhere. Answer the slice of the place that holds them."
        )
        raise PackageError(msg)
    text = made.main.scenario.resolved_yaml()
    return outcomes_of(made.main.measures), {
        "scenario": name,
        "scenario_sha256": hashlib.sha256(text.encode()).hexdigest(),
        "package": used["package"],
        "seed": int(made.provenance["seed"]),
        "replications": int(made.provenance["replications"]),
        "engine": str(made.provenance["engine"]),
    }
