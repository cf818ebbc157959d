"""Reading a forecast package: everything is verified before anything is given to the caller."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from forecasting.flows import FlowError
from forecasting.sharing.checksums import CHECKSUMS, SIGNATURE, checksum_problems
from forecasting.sharing.containers import read_container
from forecasting.sharing.descriptors import DATA_PACKAGE, RO_CRATE
from forecasting.sharing.extras import has
from forecasting.sharing.figures import figures_of
from forecasting.sharing.hub import output_name
from forecasting.sharing.limits import DEFAULT_LIMITS, Limits, PackageError, raise_problems
from forecasting.sharing.netcdf import SAMPLES
from forecasting.sharing.netcdf_reader import parse_samples, samples_problem
from forecasting.sharing.package import (
    WORKBOOK,
    Package,
    check_shareable,
    finished,
    identifier_of,
    text_files,
    workbook,
)
from forecasting.sharing.parquet_reader import parquet_problem
from forecasting.sharing.provenance import (
    PROVENANCE,
    check_provenance,
    own_version,
    samples_sha256,
    unit_of,
)
from forecasting.sharing.signatures import signature_problems
from forecasting.sharing.strict_json import read_json
from forecasting.sharing.tables import UNITS, read_units
from forecasting.sharing.workbook import FIRST_SHEET

if TYPE_CHECKING:
    import os

    import xarray as xr

    from forecasting.hierarchy import Hierarchy
    from forecasting.sharing.signatures import PublicKey

_DESCRIPTIONS: Final = frozenset(
    {
        "README.txt",
        "LICENSE.txt",
        DATA_PACKAGE,
        RO_CRATE,
        "hub-config/admin.json",
        "hub-config/model-metadata-schema.json",
    }
)
"""Files of words, whose wording may change from one version of this package to the next."""


@dataclass(frozen=True)
class Verification:
    """What was found in a package.

    Parameters
    ----------
    problems : tuple of str
        Every changed byte by its file, every missing and extra file, every sum that does not hold;
        empty when all is well.
    notes : tuple of str
        What was not checked, and why.
    package : Package or None
        None when there are problems.

    """

    problems: tuple[str, ...]
    notes: tuple[str, ...]
    package: Package | None

    @property
    def holds(self) -> bool:
        """Whether there are no problems."""
        return not self.problems


def read_package(
    path: str | os.PathLike[str],
    *,
    key: PublicKey | None = None,
    limits: Limits = DEFAULT_LIMITS,
) -> Package:
    """Read a forecast package after verifying all of it.

    Parameters
    ----------
    path : path-like
        Folder or zip file.
    key : PublicKey, optional
        Whose signature must hold.
    limits : Limits
        Sizes that are read at most.

    Returns
    -------
    Package

    Raises
    ------
    PackageError
        With every problem found; then nothing was read.

    """
    found = verify_package(path, key=key, limits=limits)
    raise_problems(f"package {path}", found.problems)
    assert found.package is not None  # noqa: S101 - without problems there is one
    return found.package


def verify_package(
    path: str | os.PathLike[str],
    *,
    key: PublicKey | None = None,
    limits: Limits = DEFAULT_LIMITS,
) -> Verification:
    """Verify a package: files, checksums, signature, and that every table follows from the samples.

    Every table is made again from the samples and compared, so that a number changed together with
    its checksum is found too.

    Parameters
    ----------
    path, key, limits
        As for :func:`read_package`.

    Returns
    -------
    Verification

    """
    source = Path(path)
    try:
        files = read_container(source, limits)
    except PackageError as error:
        return Verification((str(error),), (), None)
    problems = checksum_problems(files) + signature_problems(files, key, "package")
    notes = []
    if key is None and SIGNATURE in files:
        notes.append("the package is signed; give the key of its issuer to check the signature.")
    if problems:
        return Verification(tuple(problems), tuple(notes), None)
    try:
        package, more = _examined(files, limits)
    except FlowError as error:
        return Verification((str(error),), tuple(notes), None)
    except MemoryError:
        return Verification(("needs more memory than there is.",), tuple(notes), None)
    if isinstance(package, list):
        return Verification(tuple(package), (*notes, *more), None)
    forecast, hierarchy, above, provenance = package
    signed = "" if key is None else key.name
    made = Package(forecast, hierarchy, above, provenance, identifier_of(files), signed, source)
    return Verification((), (*notes, *more), made)


def _examined(files: dict[str, bytes], limits: Limits) -> tuple[Any, list[str]]:
    missing = [name for name in (PROVENANCE, UNITS, SAMPLES) if name not in files]
    if missing:
        msg = f"{', '.join(missing)}: missing; this is not a whole forecast package."
        raise PackageError(msg)
    provenance = check_provenance(read_json(files[PROVENANCE], PROVENANCE, limits))
    hierarchy, above = read_units(files[UNITS], limits)
    parsed = parse_samples(files[SAMPLES], limits)
    forecast = parsed.forecast
    problems = _contradictions(forecast, hierarchy, provenance)
    raise_problems("what the package says of itself", problems)
    check_shareable(forecast, hierarchy)
    figures = figures_of(forecast, hierarchy)
    notes: list[str] = []
    wrong = samples_problem(files[SAMPLES], parsed, limits)
    problems = [wrong] if wrong else []
    expected: dict[str, bytes] = {SAMPLES: files[SAMPLES]}
    expected |= text_files(figures, above, provenance)
    expected[WORKBOOK] = files.get(WORKBOOK, b"")
    same_texts = provenance["software"].get("safepassage") == own_version()
    problems += _workbook_problems(
        expected[WORKBOOK], workbook(figures, provenance), with_text=same_texts
    )
    if provenance["parquet"]:
        name = output_name(provenance, "parquet")
        expected[name] = files.get(name, b"")
        if has("pyarrow"):
            wrong = parquet_problem(expected[name], figures, provenance, name, limits)
            problems += [wrong] if wrong else []
        else:
            notes.append(f"{name}: its rows were not compared, which needs pyarrow.")
    if not same_texts:
        notes.append(
            "descriptions were not compared word for word, because another version of safepassage "
            "wrote them; all numbers were."
        )
        expected = {k: files.get(k, b"") if _is_description(k) else v for k, v in expected.items()}
    # Descriptors and checksums of the files as they are: a changed file is named once, not thrice.
    there = {name: files.get(name, content) for name, content in expected.items()}
    described = finished(there, figures, above, provenance)
    for name in (DATA_PACKAGE, RO_CRATE):
        expected[name] = described[name] if same_texts else files.get(name, b"")
    problems += _differences(files, expected)
    if problems:
        return problems, notes
    return (forecast, hierarchy, above, provenance), notes


def _contradictions(
    forecast: xr.DataArray, hierarchy: Hierarchy, provenance: dict[str, Any]
) -> list[str]:
    """Compare what provenance, places and samples say of each other."""
    said = provenance["forecast"]
    problems = []
    if tuple(map(str, forecast["location"].values)) != hierarchy.bottom:
        problems.append(f"{SAMPLES} and {UNITS} hold other lowest places or another order.")
    elif {str(k): list(map(str, forecast[k].values)) for k in ("location_name",)} != {
        "location_name": [hierarchy.name_of(code) for code in hierarchy.bottom]
    }:
        problems.append(f"{SAMPLES} and {UNITS} call places by other names.")
    if provenance["unit"] != unit_of(hierarchy):
        problems.append(f"{PROVENANCE} and {UNITS} are about other places.")
    there = {
        "target": str(forecast.name),
        "kind": forecast.attrs.get("kind"),
        "model": forecast.attrs.get("model"),
        "seed": forecast.attrs.get("seed"),
        "reference_date": str(forecast["reference_date"].values.astype("datetime64[D]")),
        "period": forecast.attrs.get("period"),
        "periods": forecast.sizes["time"],
        "first_day": str(forecast["time"].values[0].astype("datetime64[D]")),
        "samples": forecast.sizes["sample"],
        "credit": forecast.attrs.get("credit"),
        "samples_sha256": samples_sha256(forecast),
    }
    problems += [
        f"{PROVENANCE} says {key} {str(said[key])[:60]!r}, {SAMPLES} {str(value)[:60]!r}."
        for key, value in there.items()
        if said[key] != value
    ]
    return problems


def _differences(files: dict[str, bytes], expected: dict[str, bytes]) -> list[str]:
    problems = []
    there = {name for name in files if name not in (CHECKSUMS, SIGNATURE)}
    problems += [f"{name}: is missing." for name in sorted(set(expected) - there)]
    problems += [f"{name}: does not belong in a package." for name in sorted(there - set(expected))]
    for name in sorted(there & set(expected)):
        if files[name] == expected[name]:
            continue
        given, right = (one[name].splitlines(keepends=True) for one in (files, expected))
        row = next(
            (n for n, (a, b) in enumerate(zip(given, right, strict=False)) if a != b),
            min(len(given), len(right)),
        )
        one, other = (_line(lines, row) for lines in (given, right))
        problems.append(f"{name}, line {row + 1}: holds {one}; the samples give {other}.")
    return problems


def _line(lines: list[bytes], row: int) -> str:
    if row >= len(lines):
        return "nothing"
    text = lines[row].removesuffix(b"\n").decode("utf-8", "replace")
    return ascii(text if len(text) <= 120 else f"{text[:117]}...")


def _is_description(name: str) -> bool:
    """Tell whether a file holds words about the package and none of its numbers."""
    return name in _DESCRIPTIONS or name.startswith("model-metadata/")


def _workbook_problems(content: bytes, right: bytes, *, with_text: bool) -> list[str]:
    """Compare sheets as text; nothing in the file is interpreted."""
    if content == right:
        return []
    try:
        with zipfile.ZipFile(BytesIO(right)) as ours:
            parts = {entry.filename: ours.read(entry) for entry in ours.infolist()}
        with zipfile.ZipFile(BytesIO(content)) as theirs:
            entries = theirs.infolist()
            if [entry.filename for entry in entries] != list(parts):
                return [f"{WORKBOOK}: does not hold the sheets of a package."]
            if not _is_closely_packed(theirs, len(content)):
                return [f"{WORKBOOK}: holds bytes that belong to no sheet."]
            for entry in entries:
                if entry.filename == FIRST_SHEET and not with_text:
                    continue
                wanted = parts[entry.filename]
                if entry.file_size != len(wanted) or theirs.read(entry) != wanted:
                    return [f"{WORKBOOK}: {entry.filename} differs from what the samples give."]
    except Exception as error:  # a damaged zip tells so by many types of exception
        return [f"{WORKBOOK}: is damaged ({type(error).__name__})."]
    return []


def _is_closely_packed(archive: zipfile.ZipFile, size: int) -> bool:
    """Tell whether a zip has nothing before, between and after its entries.

    Other readers might open what is hidden there in place of the entries.
    """
    end, listed = 0, 0
    for entry in archive.infolist():
        name = len(entry.orig_filename.encode())
        if entry.header_offset != end or entry.extra or entry.comment:
            return False
        end += 30 + name + entry.compress_size  # fixed size of a header, and of a line in the list
        listed += 46 + name
    return not archive.comment and end + listed + 22 == size
