"""The way back up: what an office answers to its slice, as a small verifiable package."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import xarray as xr

from forecasting.disclosure import protect
from forecasting.disclosure.schema import refuse_personal_fields
from forecasting.hierarchy import Hierarchy
from forecasting.sharing.capacities import (
    CAPACITY_COLUMNS,
    OVERRIDE_COLUMNS,
    Capacity,
    Override,
    capacities_bytes,
    overrides_bytes,
    read_capacities,
    read_overrides,
    read_rows,
)
from forecasting.sharing.checksums import CHECKSUMS, SIGNATURE, checksum_problems, checksums_bytes
from forecasting.sharing.containers import read_container, refuse_existing, write_container
from forecasting.sharing.limits import DEFAULT_LIMITS, Limits, raise_problems
from forecasting.sharing.package import identifier_of
from forecasting.sharing.provenance import (
    UNIT_KEYS,
    Key,
    check_format,
    is_date,
    key_problems,
    own_version,
)
from forecasting.sharing.signatures import public_of, signature_problems
from forecasting.sharing.strict_json import json_bytes, read_json, read_text
from forecasting.sharing.tables import table_bytes
from forecasting.sharing.writing import signed

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping, Sequence

    from forecasting.disclosure import Policy
    from forecasting.sharing.package import Package
    from forecasting.sharing.signatures import PublicKey, SecretKey

RESPONSE: Final = "response.json"
CAPACITIES: Final = "capacities.csv"
OUTCOMES: Final = "outcomes.csv"
OVERRIDES: Final = "overrides.csv"
FORMAT: Final = "safepassage response"
FORMAT_VERSION: Final = 1
OUTCOME_COLUMNS: Final = ("measure", "unit", "sample", "value")
OUTCOME_UNITS: Final = ("persons", "patients", "person-nights")
_LARGEST: Final = 10**15
"""Persons or nights; more is a slip of the pen, and protection may still add to it."""
KEYS: Final = (
    Key("format", str, "Always the same: what kind of file this is"),
    Key("format_version", int, "Version of the format"),
    Key("unit", dict, "Code, name and level of the place that answers"),
    Key("by", str, "Office that answers for it"),
    Key("on", str, "Day of the response"),
    Key("purpose", str, "What it was made for"),
    Key("recipient", str, "Whom it was made for"),
    Key("forecast", dict, "Slice it answers to, and the package that was cut from"),
    Key("results", (dict, type(None)), "Simulation the outcomes are from; none without outcomes"),
    Key("disclosure", (dict, type(None)), "How small counts of the outcomes were protected"),
    Key("because", str, "Reason of the override; empty without one"),
    Key("software", dict, "Versions of the programs that made it"),
)
FORECAST_KEYS: Final = (
    Key("package", str, "SHA-256 of the checksums of the slice"),
    Key("whole", str, "SHA-256 of the checksums of the package it was cut from"),
    Key("name", str, "Name of the slice"),
    Key("version", int, "Version of the forecast"),
    Key("issuer", str, "Office that issued it"),
    Key("issued", str, "Day of issue"),
    Key("samples_sha256", str, "Checksum of the samples of the slice"),
)


@dataclass(frozen=True)
class Response:
    """What an office answered.

    Parameters
    ----------
    about : dict
        Content of ``response.json``: who, when, to which slice, from which simulation.
    capacities : tuple of Capacity
    outcomes : xarray.DataArray or None, (sample, measure)
        Protected aggregates; replication k was simulated on sample k of the slice. The coordinate
        ``unit`` along ``measure`` is persons, patients or person-nights.
    overrides : tuple of Override
    identifier : str
        SHA-256 of the checksums.
    signed : str
        Name of the key whose signature holds; empty when none was checked.

    """

    about: dict[str, Any]
    capacities: tuple[Capacity, ...]
    outcomes: xr.DataArray | None
    overrides: tuple[Override, ...]
    identifier: str
    signed: str = ""

    @property
    def unit(self) -> str:
        """Code of the place that answers."""
        return str(self.about["unit"]["code"])

    @property
    def whole(self) -> str:
        """Identifier of the package whose slice was answered."""
        return str(self.about["forecast"]["whole"])


def outcomes_array(
    values: Mapping[str, Sequence[float]], units: Mapping[str, str], samples: Sequence[int]
) -> xr.DataArray:
    """Lay outcomes out by sample and measure.

    Parameters
    ----------
    values : mapping of str to sequence of float
        One value per replication for every measure.
    units : mapping of str to str
        Persons, patients or person-nights.
    samples : sequence of int
        Sample of the forecast that every replication was simulated on.

    Returns
    -------
    xarray.DataArray, (sample, measure)

    Examples
    --------
    >>> outcomes_array({"persons_entered": [10, 20]}, {"persons_entered": "persons"}, [0, 1]).sizes
    Frozen({'sample': 2, 'measure': 1})

    """
    names = list(values)
    return xr.DataArray(
        np.array([values[name] for name in names], dtype=float).T.reshape(len(samples), len(names)),
        dims=("sample", "measure"),
        coords={
            "sample": list(samples),
            "measure": names,
            "unit": ("measure", [units[name] for name in names]),
        },
        name="outcomes",
    )


def write_response(
    package: Package,
    path: str | os.PathLike[str],
    *,
    by: str,
    on: str,
    capacities: Sequence[Capacity],
    purpose: str,
    recipient: str = "",
    outcomes: xr.DataArray | None = None,
    results: Mapping[str, Any] | None = None,
    overrides: Sequence[Override] = (),
    because: str = "",
    policy: Policy | str | os.PathLike[str] = "default",
    salt: bytes | None = None,
    key: SecretKey | None = None,
) -> Response:
    """Write what an office answers to its slice; outcomes are protected before they leave.

    Parameters
    ----------
    package : Package
        The slice, or the whole, that is answered; read by
        :func:`~forecasting.sharing.read_package`.
    path : path-like
        Folder or zip file to write; must not exist.
    by : str
        Office that answers.
    on : str
        Day of the response, YYYY-MM-DD.
    capacities : sequence of Capacity
    purpose, recipient : str
        Recorded; a policy may require them.
    outcomes : xarray.DataArray, (sample, measure), optional
        Aggregates as laid out by :func:`outcomes_array`.
    results : mapping, optional
        Where outcomes are from: scenario, seed, number of replications.
    overrides : sequence of Override
        How the office would change the forecast.
    because : str
        Reason of the override; needed with one.
    policy : Policy, str or path
        Protection of outcomes, as for samples of a forecast.
    salt : bytes, optional
    key : SecretKey, optional
        Signs the checksums.

    Returns
    -------
    Response

    Raises
    ------
    PackageError, FlowError
        With everything that cannot stand in a response; then nothing is written.

    """
    target = Path(path)
    refuse_existing(target)
    problems = [f"{name} is empty; say it." for name, text in (("by", by), ("purpose", purpose))
                if not text.strip()]  # fmt: skip
    if not is_date(on):
        problems.append(f"on is {on!r}; write the day of the response as YYYY-MM-DD.")
    if bool(overrides) != bool(because.strip()):
        problems.append("an override needs its reason, and a reason an override (because).")
    if (outcomes is None) != (results is None):
        problems.append("outcomes need the record of the simulation they are from, and only they.")
    raise_problems("the response", problems)
    said = package.provenance
    record, shown = None, None
    if outcomes is not None:
        _check_outcomes(outcomes, package)
        shown, record = _protected(outcomes, package, policy, purpose, recipient, salt)
    about = {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "unit": {key.name: said["unit"][key.name] for key in UNIT_KEYS[:3]},
        "by": by.strip(),
        "on": on,
        "purpose": purpose.strip(),
        "recipient": recipient.strip(),
        "forecast": package.reference(),
        "results": None if results is None else dict(results),
        "disclosure": record,
        "because": because.strip(),
        "software": {"safepassage": own_version()},
    }
    files = {RESPONSE: json_bytes(about), CAPACITIES: capacities_bytes(capacities)}
    if shown is not None:
        files[OUTCOMES] = _outcomes_bytes(shown)
    if overrides:
        files[OVERRIDES] = overrides_bytes(overrides)
    files[CHECKSUMS] = checksums_bytes(files)
    identifier = identifier_of(files)
    # What cannot be read back is not written.
    made = _parsed(files, DEFAULT_LIMITS, package)
    write_container(signed(files, key, identifier), target)
    name = public_of(key).name if key else ""
    return Response(*made, identifier, name)


def read_response(
    path: str | os.PathLike[str],
    *,
    key: PublicKey | None = None,
    limits: Limits = DEFAULT_LIMITS,
) -> Response:
    """Read a response after verifying all of it.

    Parameters
    ----------
    path : path-like
        Folder or zip file.
    key : PublicKey, optional
        Whose signature must hold.
    limits : Limits

    Returns
    -------
    Response

    Raises
    ------
    PackageError
        With every problem found; then nothing was read.

    """
    files = read_container(Path(path), limits)
    problems = checksum_problems(files)
    known = {RESPONSE, CAPACITIES, OUTCOMES, OVERRIDES, CHECKSUMS, SIGNATURE}
    problems += [f"{name}: does not belong in a response." for name in sorted(set(files) - known)]
    problems += [f"{name}: is missing." for name in (RESPONSE, CAPACITIES) if name not in files]
    problems += signature_problems(files, key, "response")
    raise_problems(f"response {path}", problems)
    return Response(*_parsed(files, limits), identifier_of(files), key.name if key else "")


def _parsed(
    files: Mapping[str, bytes], limits: Limits, package: Package | None = None
) -> tuple[dict[str, Any], tuple[Capacity, ...], xr.DataArray | None, tuple[Override, ...]]:
    about = _check_about(read_json(files[RESPONSE], RESPONSE, limits))
    text = read_text(files[CAPACITIES], CAPACITIES, limits)
    rows = read_rows(text, CAPACITIES, CAPACITY_COLUMNS)
    # Which places there are, the package tells; where there is none, the roll-up compares.
    known = None if package is None else dict.fromkeys(package.hierarchy.codes)
    capacities = read_capacities(
        rows, CAPACITIES, known or {row["location"] for row in rows if row["location"]}
    )
    problems = []
    outcomes = None
    overrides: tuple[Override, ...] = ()
    if OUTCOMES in files:
        outcomes = _read_outcomes(read_text(files[OUTCOMES], OUTCOMES, limits))
    if OVERRIDES in files:
        rows = read_rows(
            read_text(files[OVERRIDES], OVERRIDES, limits), OVERRIDES, OVERRIDE_COLUMNS
        )
        places, days, causes = (
            ({row[name] for row in rows} for name in OVERRIDE_COLUMNS[:3])
            if package is None
            else (known or (), package.days, package.causes)
        )
        overrides = read_overrides(rows, OVERRIDES, places, days, causes)
    if (outcomes is None) != (about["results"] is None):
        problems.append(f"{RESPONSE} and {OUTCOMES} do not agree on whether there are outcomes.")
    if bool(overrides) != bool(about["because"]):
        problems.append(f"{RESPONSE} and {OVERRIDES} do not agree on whether there is an override.")
    raise_problems("the response", problems)
    return about, capacities, outcomes, overrides


def _check_about(given: Any) -> dict[str, Any]:
    about = check_format(given, RESPONSE, FORMAT, FORMAT_VERSION)
    problems = key_problems(about, KEYS, "")
    if not problems:
        problems = key_problems(about["unit"], UNIT_KEYS[:3], "unit")
        problems += key_problems(about["forecast"], FORECAST_KEYS, "forecast")
        if not is_date(about["on"]):
            problems.append(f"on: {about['on'][:40]!r} is not a day written as YYYY-MM-DD.")
    raise_problems(RESPONSE, problems)
    for name in ("results", "disclosure"):
        refuse_personal_fields(about[name] or (), f"{RESPONSE}, {name}")
    return about


def _check_outcomes(outcomes: xr.DataArray, package: Package) -> None:
    values = outcomes.to_numpy()
    problems = []
    if not np.isfinite(values).all() or (values < 0).any() or (values > _LARGEST).any():
        problems.append(f"outcomes must be finite, not negative and at most {_LARGEST:,}.")
    strange = sorted(set(outcomes["unit"].to_numpy().tolist()) - set(OUTCOME_UNITS))
    if strange:
        problems.append(f"unit {', '.join(strange)}: allowed are {', '.join(OUTCOME_UNITS)}.")
    there = set(package.forecast["sample"].to_numpy().tolist())
    if not set(outcomes["sample"].to_numpy().tolist()) <= there:
        problems.append("there are replications without a sample in the package.")
    raise_problems("outcomes", problems)
    refuse_personal_fields(outcomes["measure"].to_numpy(), "outcomes")


def _protected(
    outcomes: xr.DataArray,
    package: Package,
    policy: Policy | str | os.PathLike[str],
    purpose: str,
    recipient: str,
    salt: bytes | None,
) -> tuple[xr.DataArray, dict[str, Any]]:
    """Protect outcomes of one place, every measure by itself, as samples of counts."""
    said = package.provenance["unit"]
    tree = Hierarchy((said["code"],), (said["name"],), (said["admin_level"],), ("",))
    counts = outcomes.copy(data=np.rint(outcomes.to_numpy()))
    counts = counts.expand_dims(location=[said["code"]])
    made = protect(counts, policy, tree, purpose=purpose, recipient=recipient, salt=salt)
    return made.data.isel(location=0, drop=True).assign_attrs({}), made.record


def _outcomes_bytes(outcomes: xr.DataArray) -> bytes:
    measures = outcomes["measure"].to_numpy().tolist()
    units = outcomes["unit"].to_numpy().tolist()
    samples = outcomes["sample"].to_numpy().tolist()
    values = outcomes.transpose("measure", "sample").to_numpy().astype(np.int64).tolist()
    rows = [
        (measure, unit, sample, value)
        for measure, unit, own in zip(measures, units, values, strict=True)
        for sample, value in zip(samples, own, strict=True)
    ]
    return table_bytes(OUTCOME_COLUMNS, rows)


def _read_outcomes(text: str) -> xr.DataArray:
    rows = read_rows(text, OUTCOMES, OUTCOME_COLUMNS)
    problems: list[str] = []
    values: dict[str, dict[int, int]] = {}
    units: dict[str, str] = {}
    for number, row in enumerate(rows, start=2):
        at, measure = f"row {number}", row["measure"]
        whole = [row[name].isascii() and row[name].isdigit() and len(row[name]) <= 16
                 for name in ("sample", "value")]  # fmt: skip
        if not all(whole):
            problems.append(f"{at}: sample and value must be whole numbers, 0 or more.")
        elif (
            row["unit"] not in OUTCOME_UNITS
            or units.setdefault(measure, row["unit"]) != row["unit"]
        ):
            problems.append(
                f"{at}, unit: is {row['unit'][:40]!r}; one of {', '.join(OUTCOME_UNITS)}."
            )
        elif not measure or not measure.isprintable() or len(measure) > 100:
            problems.append(f"{at}, measure: {measure[:60]!r} is no name of a measure.")
        elif int(row["sample"]) in values.setdefault(measure, {}):
            problems.append(f"{at}: sample {row['sample']} of {measure} stands twice.")
        else:
            values[measure][int(row["sample"])] = int(row["value"])
    samples = sorted({sample for own in values.values() for sample in own})
    problems += [f"{name}: lacks samples that others have." for name, own in values.items()
                 if sorted(own) != samples]  # fmt: skip
    if not rows:
        problems.append("has no rows; leave the outcomes out.")
    raise_problems(OUTCOMES, problems[:50])
    refuse_personal_fields(values, OUTCOMES)
    return outcomes_array(
        {name: [own[sample] for sample in samples] for name, own in values.items()}, units, samples
    )
