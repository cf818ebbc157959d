"""Who made a package, when, why, for whom, and from what: ``provenance.json``."""

from __future__ import annotations

import hashlib
import importlib.metadata
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
import pandas as pd

from forecasting.sharing.checksums import CHECKSUMS
from forecasting.sharing.hub import model_id_of
from forecasting.sharing.layout import FORMAT, FORMAT_VERSION, LICENCES
from forecasting.sharing.limits import PackageError, raise_problems
from forecasting.sharing.netcdf import forecast_samples

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import xarray as xr

    from forecasting.hierarchy import Hierarchy

PROVENANCE: Final = "provenance.json"
_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
_SHA256: Final = re.compile(r"[0-9a-f]{64}")
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_MODEL: Final = re.compile(r"[a-z0-9_]{1,16}-[a-z0-9_]{1,16}")
_LONGEST: Final = 10_000


class Key(NamedTuple):
    """A key of the provenance.

    Parameters
    ----------
    name : str
    kind : type or tuple of types
    meaning : str

    """

    name: str
    kind: type | tuple[type, ...]
    meaning: str


KEYS: Final = (
    Key("format", str, "Always the same: what kind of file this is"),
    Key("format_version", int, "Version of the format"),
    Key("name", str, "Short name of the package, with the version"),
    Key("title", str, "What is forecast, for which place"),
    Key("version", int, "Version of the forecast for its reference date, from 1"),
    Key("issued", str, "Day of issue, given by the issuer"),
    Key("issuer", str, "Office that answers for the forecast"),
    Key("purpose", str, "What it was made for"),
    Key("recipient", str, "Whom it was made for; empty when for everyone"),
    Key("licence", dict, "Name, title and address of the terms of use"),
    Key("unit", dict, "Code, name and level of the place the package is about, and its levels"),
    Key("forecast", dict, "Target, model, seed, dates, number of samples and their checksum"),
    Key("parquet", bool, "Whether the package has a Parquet table"),
    Key("sources", list, "Data it was made from: name, credit and SHA-256"),
    Key("software", dict, "Versions of the programs that made it"),
    Key("reconciliation", str, "How the levels were made to agree"),
    Key(
        "disclosure",
        dict,
        "How small counts were protected, as recorded by the policy; `before`: in versions before",
    ),
    Key("skill", str, "How good such forecasts were before, beside a benchmark"),
    Key("history", list, "Changes by other offices that were merged in: who, what, because"),
    Key("previous", str, "Checksum of the package this one replaces; empty for the first"),
    Key("whole", (dict, type(None)), "For a slice: the package it was cut from and its provenance"),
)
OPTIONAL_KEYS: Final = (
    Key("sdmx", bool, "Whether the package has a table in SDMX-CSV; left out where it has none"),
)
FORECAST_KEYS: Final = (
    Key("target", str, "Name of what is counted"),
    Key("long_name", str, "The same for people"),
    Key("kind", str, "forecast, or projection under a chosen driver path"),
    Key("model", str, "Model"),
    Key("model_id", str, "Team and model as a hub names them"),
    Key("seed", int, "Seed of the random numbers"),
    Key("reference_date", str, "First day that was not known"),
    Key("period", str, "day, week or month"),
    Key("periods", int, "Number of periods"),
    Key("first_day", str, "First day of the first period"),
    Key("samples", int, "Number of joint samples"),
    Key("credit", str, "Publisher of the flows"),
    Key("samples_sha256", str, "Checksum of the numbers, whatever the file"),
)
UNIT_KEYS: Final = (
    Key("code", str, "Code of the place"),
    Key("name", str, "Name of the place"),
    Key("admin_level", int, "Its level"),
    Key("levels", list, "Levels in the package"),
    Key("lowest", int, "Number of lowest places"),
)
WHOLE_KEYS: Final = (
    Key("package", str, "SHA-256 of the checksums of the package it was cut from"),
    Key("units", list, "Codes of all places of the whole, in order"),
    Key("checksums", dict, "SHA-256 of the text files of the whole"),
    Key("provenance", dict, "Provenance of the whole"),
)
LICENCE_KEYS: Final = (
    Key("name", str, "Identifier (SPDX)"),
    Key("title", str, "Title"),
    Key("path", str, "Address"),
)
SOURCE_KEYS: Final = (
    Key("name", str, "Name"),
    Key("credit", str, "Credit line"),
    Key("sha256", str, "Checksum of the figures as used; empty when unknown"),
)
HISTORY_KEYS: Final = (
    Key("unit", str, "Place whose forecast was changed"),
    Key("by", str, "Office that changed it"),
    Key("on", str, "Day"),
    Key("because", str, "Reason"),
    Key("response", str, "SHA-256 of the checksums of the response"),
)


@dataclass(frozen=True)
class About:
    """What an issuer says about a package.

    Parameters
    ----------
    issuer : str
        Office that answers for the forecast.
    purpose : str
        What it is for.
    recipient : str
        For whom; empty when for everyone.
    issued : str
        Day of issue as YYYY-MM-DD; the reference date by default, never the clock.
    version : int
        Of the forecast for its reference date, from 1.
    title, name : str
        Made from the forecast by default.
    licence : str
        One of :data:`forecasting.sharing.layout.LICENCES`.
    skill : str
        How good such forecasts were before, such as :func:`forecasting.skill_statement` says.
    reconciliation : str
        How the levels were made to agree.
    sources : sequence of mapping
        Name, credit and sha256 of the data used; the credit of the forecast by default.
    software : mapping of str to str
        Versions; this package by default.
    previous : str
        Identifier of the package that this one replaces.
    history : sequence of mapping
        Changes by other offices that were merged in.

    Examples
    --------
    >>> About(issuer="National Office", purpose="contingency planning").version
    1

    """

    issuer: str
    purpose: str
    recipient: str = ""
    issued: str = ""
    version: int = 1
    title: str = ""
    name: str = ""
    licence: str = "CC-BY-4.0"
    skill: str = ""
    reconciliation: str = "sums of the lowest places, sample by sample"
    sources: Sequence[Mapping[str, str]] = ()
    software: Mapping[str, str] = field(default_factory=dict)
    previous: str = ""
    history: Sequence[Mapping[str, str]] = ()

    def __post_init__(self) -> None:
        """Refuse what nobody could answer for."""
        problems = [
            f"{name} is empty; say it in a few words."
            for name in ("issuer", "purpose")
            if not getattr(self, name).strip()
        ]
        if self.licence not in LICENCES:
            problems.append(f"licence is {self.licence!r}; allowed: {', '.join(LICENCES)}.")
        if self.version < 1:
            problems.append(f"version is {self.version}; the first is 1.")
        raise_problems("about the package", problems)


def samples_sha256(forecast: xr.DataArray) -> str:
    """Checksum of the numbers of a forecast and of what they are about, whatever the file.

    Parameters
    ----------
    forecast : xarray.DataArray, (sample, time, location[, cause]), persons per period

    Returns
    -------
    str

    """
    dims = [dim for dim in ("sample", "time", "location", "cause") if dim in forecast.dims]
    values = forecast.transpose(*dims).to_numpy().astype("<i8")
    digest = hashlib.sha256()
    labels = [
        [str(number) for number in forecast_samples(forecast)],
        forecast["time"].to_numpy().astype("datetime64[D]").astype(str).tolist(),
        *([str(code) for code in forecast[dim].to_numpy()] for dim in dims[2:]),
    ]
    for axis in labels:
        digest.update(("\0".join(axis) + "\0\0").encode())
    digest.update(np.ascontiguousarray(values).tobytes())
    return digest.hexdigest()


def make_provenance(
    forecast: xr.DataArray,
    hierarchy: Hierarchy,
    about: About,
    disclosure: Mapping[str, Any],
    *,
    parquet: bool,
    sdmx: bool = False,
) -> dict[str, Any]:
    """Write down where a package comes from.

    Parameters
    ----------
    forecast : xarray.DataArray
        As it is shared, after protection.
    hierarchy : Hierarchy
    about : About
    disclosure : mapping
        Record of the protection.
    parquet, sdmx : bool
        Whether the package has these tables.

    Returns
    -------
    dict

    Raises
    ------
    PackageError
        If something said cannot stand in a package.

    """
    reference = str(pd.Timestamp(forecast["reference_date"].to_numpy()[()]).date())
    target = "displacements" if forecast.name is None else str(forecast.name)
    title, address, _ = LICENCES[about.licence]
    long_name = str(forecast.attrs.get("long_name") or "persons displaced")
    top = hierarchy.top
    name = about.name or file_name(f"{top}-{reference}-v{about.version}")
    credit = str(forecast.attrs["credit"])
    provenance = {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "name": name,
        "title": about.title or f"Forecast of {long_name}: {hierarchy.names[0]}, from {reference}",
        "version": about.version,
        "issued": about.issued or reference,
        "issuer": about.issuer,
        "purpose": about.purpose,
        "recipient": about.recipient,
        "licence": {"name": about.licence, "title": title, "path": address},
        "unit": unit_of(hierarchy),
        "forecast": {
            "target": target,
            "long_name": long_name,
            "kind": forecast.attrs["kind"],
            "model": str(forecast.attrs["model"]),
            "model_id": model_id_of(str(forecast.attrs["model"])),
            "seed": int(forecast.attrs["seed"]),
            "reference_date": reference,
            "period": forecast.attrs["period"],
            "periods": forecast.sizes["time"],
            "first_day": str(pd.Timestamp(forecast["time"].to_numpy()[0]).date()),
            "samples": forecast.sizes["sample"],
            "credit": credit,
            "samples_sha256": samples_sha256(forecast),
        },
        "parquet": parquet,
        "sources": [
            dict(source)
            for source in about.sources or ({"name": target, "credit": credit, "sha256": ""},)
        ],
        "software": dict(about.software) or {"safepassage": own_version()},
        "reconciliation": about.reconciliation,
        "disclosure": dict(disclosure),
        "skill": about.skill,
        "history": [dict(change) for change in about.history],
        "previous": about.previous,
        "whole": None,
        **({"sdmx": True} if sdmx else {}),
    }
    check_provenance(provenance)
    return provenance


def unit_of(hierarchy: Hierarchy) -> dict[str, Any]:
    """Say which place a package is about."""
    return {
        "code": hierarchy.top,
        "name": hierarchy.names[0],
        "admin_level": hierarchy.admin_levels[0],
        "levels": list(hierarchy.levels),
        "lowest": len(hierarchy.bottom),
    }


def own_version() -> str:
    """Version of this package, or ``unknown`` when it runs from a folder."""
    try:
        return importlib.metadata.version("safepassage")
    except importlib.metadata.PackageNotFoundError:
        return "unknown"


def file_name(text: str) -> str:
    """Turn a code into a name that every computer can store.

    Examples
    --------
    >>> file_name("SO20:Belet Weyne")
    'SO20-Belet-Weyne'
    >>> file_name("Région")
    'R-gion-3553f8'

    """
    plain = re.sub(r"[^A-Za-z0-9._-]+", "-", text).strip("-.")[:80]
    if text.isascii() and plain:
        return plain
    # Different codes must not become one name, as they could after dropping letters.
    return f"{plain or 'place'}-{hashlib.sha256(text.encode()).hexdigest()[:6]}"


def check_provenance(provenance: Any, name: str = PROVENANCE) -> dict[str, Any]:
    """Return a provenance unchanged, or raise with everything wrong with it.

    Raises
    ------
    PackageError
        For missing and unknown keys, wrong types, dates, names and checksums.

    """
    check_format(provenance, name, FORMAT, FORMAT_VERSION)
    optional = tuple(key for key in OPTIONAL_KEYS if key.name in provenance)
    problems = key_problems(provenance, (*KEYS, *optional), "")
    if not problems:
        problems = _detail_problems(provenance)
        problems += [
            f"{key.name}: is false; leave it out." for key in optional if not provenance[key.name]
        ]
    raise_problems(name, problems)
    whole = provenance["whole"]
    if whole is not None:
        if whole["provenance"].get("whole") is not None:
            msg = f"{name}: the whole is itself a slice; a slice names the package of the top."
            raise PackageError(msg)
        check_provenance(whole["provenance"], f"{name}, whole.provenance")
    return dict(provenance)


def check_format(block: Any, name: str, wanted: str, version: int) -> dict[str, Any]:
    """Return a block that says it is of a format and version, or raise PackageError."""
    said: dict[str, Any] = block if isinstance(block, dict) else {}
    if said.get("format") != wanted:
        what = wanted.removeprefix("safepassage ")
        msg = f"{name}: is not about a {what} (format {str(said.get('format'))[:60]!r})."
        raise PackageError(msg)
    if said.get("format_version") != version:
        msg = (
            f"{name}: format version {str(said.get('format_version'))[:20]!r}; this program reads "
            f"{version}. Use the version of safepassage that wrote it."
        )
        raise PackageError(msg)
    return said


def key_problems(block: Any, keys: Sequence[Key], path: str) -> list[str]:
    """List missing and unknown keys of a block, and values of a wrong type or form."""
    if not isinstance(block, dict):
        return [f"{path or 'the file'}: must be a block of keys and values."]
    known = {key.name: key for key in keys}
    prefix = f"{path}." if path else ""
    problems = [f"{prefix}{name[:60]}: unknown key." for name in block if name not in known]
    problems += [f"{prefix}{name}: is missing." for name in known if name not in block]
    for name, key in known.items():
        if name not in block:
            continue
        value = block[name]
        kinds = key.kind if isinstance(key.kind, tuple) else (key.kind,)
        # A bool is an int in Python and not in JSON.
        if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
            problems.append(f"{prefix}{name}: has the wrong type ({type(value).__name__}).")
        elif isinstance(value, str) and (len(value) > _LONGEST or not _is_printable(value)):
            problems.append(f"{prefix}{name}: is too long or holds control characters.")
    return problems


def _is_printable(text: str) -> bool:
    return all(character.isprintable() for character in text)


def _detail_problems(provenance: Mapping[str, Any]) -> list[str]:
    problems = key_problems(provenance["licence"], LICENCE_KEYS, "licence")
    problems += key_problems(provenance["unit"], UNIT_KEYS, "unit")
    problems += key_problems(provenance["forecast"], FORECAST_KEYS, "forecast")
    for name, keys in (("sources", SOURCE_KEYS), ("history", HISTORY_KEYS)):
        for number, block in enumerate(provenance[name], start=1):
            problems += key_problems(block, keys, f"{name} #{number}")
    whole = provenance["whole"]
    if whole is not None:
        problems += key_problems(whole, WHOLE_KEYS, "whole")
    problems += [
        f"software.{str(key)[:60]}: must be a version as text."
        for key, value in provenance["software"].items()
        if not isinstance(value, str)
    ]
    if problems:
        return problems
    forecast = provenance["forecast"]
    if provenance["licence"]["name"] not in LICENCES:
        problems.append(f"licence.name is not one of {', '.join(LICENCES)}.")
    for path, value in (
        ("issued", provenance["issued"]),
        ("forecast.reference_date", forecast["reference_date"]),
        ("forecast.first_day", forecast["first_day"]),
    ):
        if not is_date(value):
            problems.append(f"{path}: {value[:40]!r} is not a day written as YYYY-MM-DD.")
    for path, number in (
        ("version", provenance["version"]),
        ("forecast.samples", forecast["samples"]),
        ("forecast.periods", forecast["periods"]),
    ):
        if not 1 <= number < 2**31:
            problems.append(f"{path}: is {str(number)[:20]}; it must be 1 or more.")
    if not _NAME.fullmatch(provenance["name"]):
        problems.append(f"name: {provenance['name'][:60]!r} has signs that file names cannot have.")
    if not _MODEL.fullmatch(forecast["model_id"]):
        problems.append("forecast.model_id: must be team-model in small letters.")
    if not _SHA256.fullmatch(forecast["samples_sha256"]):
        problems.append("forecast.samples_sha256: is not a SHA-256.")
    if whole is not None:
        digests = [whole["package"], *whole["checksums"].values()]
        if not all(isinstance(one, str) and _SHA256.fullmatch(one) for one in digests):
            problems.append("whole: a checksum is not a SHA-256.")
        if not all(isinstance(code, str) for code in whole["units"]):
            problems.append("whole.units: must be codes.")
    return problems


def is_date(text: str) -> bool:
    """Tell whether a text is a day as YYYY-MM-DD.

    Examples
    --------
    >>> is_date("2022-07-01"), is_date("2022-02-30")
    (True, False)

    """
    if not _DATE.fullmatch(text):
        return False
    try:
        pd.Timestamp(text)
    except ValueError:
        return False
    return True


def text_checksums(content: bytes) -> dict[str, str]:
    """Take the checksums of the text files, which do not depend on versions of libraries."""
    pairs = [line.split("  ", 1) for line in content.decode().splitlines()]
    binary = (".nc", ".parquet", ".xlsx")
    return {
        name: digest
        for digest, name in pairs
        if not name.endswith(binary)
        # These two hold the sizes or checksums of the binary files.
        and name not in ("datapackage.json", "ro-crate-metadata.json", CHECKSUMS)
    }
