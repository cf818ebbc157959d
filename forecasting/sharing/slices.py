"""Slices for each level of government, and how slices become the whole again."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from forecasting.hierarchy import Hierarchy
from forecasting.sharing.checksums import CHECKSUMS
from forecasting.sharing.containers import refuse_existing, write_container
from forecasting.sharing.limits import PackageError, raise_problems
from forecasting.sharing.package import Package, identifier_of, package_files
from forecasting.sharing.provenance import (
    check_provenance,
    file_name,
    samples_sha256,
    text_checksums,
    unit_of,
)
from forecasting.sharing.signatures import public_of
from forecasting.sharing.tables import Place, chain_of
from forecasting.sharing.writing import signed

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping, Sequence

    from forecasting.sharing.signatures import SecretKey

_SHOWN = 8


def part_of(hierarchy: Hierarchy, code: str) -> Hierarchy:
    """Cut a place and everything below it out of a tree; it becomes the top.

    Examples
    --------
    >>> tree = Hierarchy(("XA", "XA1", "XA2"), ("A", "N", "S"), (0, 1, 1), ("", "XA", "XA"))
    >>> part_of(tree, "XA2").codes
    ('XA2',)

    """
    inside = hierarchy.below(code)
    return Hierarchy(
        inside,
        tuple(hierarchy.name_of(one) for one in inside),
        tuple(hierarchy.level_of(one) for one in inside),
        ("", *(hierarchy.parent_of(one) for one in inside[1:])),
    )


def slice_files(
    package: Package, checksums: bytes, unit: str, recipient: str | None = None
) -> tuple[Package, dict[str, bytes]]:
    """Make the files of a slice without writing them.

    Parameters
    ----------
    package : Package
    checksums : bytes
        Content of its list of checksums.
    unit : str
    recipient : str or None

    Returns
    -------
    tuple of Package and dict of str to bytes

    """
    if unit == package.unit:
        msg = f"{unit!r} is the whole package already; cut one of the places below it."
        raise PackageError(msg)
    tree = part_of(package.hierarchy, unit)
    node = package.hierarchy.position(unit)
    above = tuple(chain_of(package.hierarchy, package.above, node)[:-1])
    forecast = package.forecast.sel(location=list(tree.bottom))
    whole = package.provenance["whole"] or {
        "package": package.identifier,
        "units": list(package.hierarchy.codes),
        "checksums": text_checksums(checksums),
        "provenance": package.provenance,
    }
    first = whole["provenance"]
    provenance: dict[str, Any] = {
        **first,
        "name": f"{first['name']}-{file_name(unit)}"[:100],
        "title": f"{tree.names[0]}, part of: {first['title']}",
        "recipient": first["recipient"] if recipient is None else recipient,
        "unit": unit_of(tree),
        "forecast": {**first["forecast"], "samples_sha256": samples_sha256(forecast)},
        "parquet": package.provenance["parquet"],
        "whole": whole,
    }
    files = package_files(forecast, tree, above, check_provenance(provenance))
    return Package(forecast, tree, above, provenance, identifier_of(files)), files


def slice_package(
    package: Package,
    unit: str,
    path: str | os.PathLike[str],
    *,
    recipient: str | None = None,
    key: SecretKey | None = None,
) -> Package:
    """Write the part of a package that concerns one place, with its place in the whole.

    Parameters
    ----------
    package : Package
        As read by :func:`read_package`; the whole or a slice.
    unit : str
        Code of a place in it; the slice holds everything below that place.
    path : path-like
        Folder or zip file to write; must not exist.
    recipient : str, optional
        For whom; that of the whole by default.
    key : SecretKey, optional
        Signs the checksums.

    Returns
    -------
    Package
        Sample k is the same sample k as in the whole.

    Raises
    ------
    PackageError, FlowError
        If there is no such place or the target exists; then nothing is written.

    """
    target = Path(path)
    refuse_existing(target)
    made, files = slice_files(package, checksums_of(package), unit, recipient)
    write_container(signed(files, key, made.identifier), target)
    return replace(made, path=target, signed=public_of(key).name if key else "")


def checksums_of(package: Package) -> bytes:
    """Make the list of checksums of a package again.

    Raises
    ------
    PackageError
        If this computer's libraries give other files than those of the package.

    """
    if package.is_slice:
        return b""
    if package.path is not None and package.path.is_dir():
        content = (package.path / CHECKSUMS).read_bytes()
        if identifier_of({CHECKSUMS: content}) == package.identifier:
            return content
    files = package_files(package.forecast, package.hierarchy, (), package.provenance)
    if identifier_of(files) != package.identifier:
        msg = (
            f"package {package.identifier[:16]} was made with other versions of libraries; unpack "
            "it into a folder and cut slices from there."
        )
        raise PackageError(msg)
    return files[CHECKSUMS]


def merge_packages(
    slices: Sequence[Package], path: str | os.PathLike[str] | None = None
) -> Package:
    """Put slices together to the whole they were cut from; it must be the very same.

    Parameters
    ----------
    slices : sequence of Package
        Read by :func:`read_package`; of any levels, together all lowest places once.
    path : path-like, optional
        Folder or zip file to write; must not exist.

    Returns
    -------
    Package
        The whole: the same samples, provenance and tables.

    Raises
    ------
    PackageError
        Naming what is no slice, slices of other versions, places that are missing or stand twice,
        and numbers that do not add up to the whole; then nothing is written.

    """
    target = None if path is None else Path(path)
    if target is not None:
        refuse_existing(target)
    whole = _common_whole(slices)
    tree = _whole_tree(slices, whole)
    held = [code for one in slices for code in one.hierarchy.bottom]
    twice = [code for code in dict.fromkeys(held) if held.count(code) > 1]
    problems = []
    if twice:
        problems.append(f"{_named(twice)} in more than one slice; they would count twice.")
    if tree is not None:
        missing = [code for code in tree.bottom if code not in set(held)]
        problems += [f"{_named(missing)}: missing; no slice holds it."] if missing else []
    else:
        known = {code for one in slices for code in one.hierarchy.codes}
        known |= {place.code for one in slices for place in one.above}
        missing = [code for code in whole["units"] if code not in known]
        problems.append(f"{_named(missing)}: missing; no slice holds it.")
    raise_problems("merging slices", problems)
    assert tree is not None  # noqa: S101 - otherwise something is missing
    forecast = xr.concat(
        [one.forecast for one in slices], "location", combine_attrs="override", join="exact"
    ).sel(location=list(tree.bottom))
    return _merged(forecast, tree, whole, target)


def _common_whole(slices: Sequence[Package]) -> Mapping[str, Any]:
    if not slices:
        msg = "there are no slices to merge; give at least one."
        raise PackageError(msg)
    problems = [
        f"{one.unit}: is a whole package and no slice." for one in slices if not one.is_slice
    ]
    raise_problems("merging slices", problems)
    groups: dict[str, list[Package]] = {}
    for one in slices:
        groups.setdefault(one.whole, []).append(one)
    if len(groups) > 1:
        most = max(groups, key=lambda key: len(groups[key]))
        for key, ones in groups.items():
            version = ones[0].provenance["whole"]["provenance"]["version"]
            units = _named([one.unit for one in ones])
            said = "most slices" if key == most else "other slices"
            problems.append(f"{units}: cut from package {key[:16]}, version {version} ({said}).")
        raise_problems("the slices are of different versions; merging", problems)
    wholes = [one.provenance["whole"] for one in slices]
    for one, whole in zip(slices, wholes, strict=True):
        if whole != wholes[0]:
            problems.append(f"{one.unit}: tells of another whole than {slices[0].unit}.")
    raise_problems("merging slices", problems)
    return dict(wholes[0])


def _whole_tree(slices: Sequence[Package], whole: Mapping[str, Any]) -> Hierarchy | None:
    """Tree of the whole from what slices hold and what is above; None if places are missing."""
    places: dict[str, Place] = {}
    for one in slices:
        tree = one.hierarchy
        top = one.above[-1].code if one.above else ""
        rows = zip(tree.codes, tree.names, tree.admin_levels, tree.parents, strict=True)
        for place in (*one.above, *(Place(*row[:3], row[3] or top) for row in rows)):
            known = places.setdefault(place.code, place)
            if known != place:
                msg = f"merging slices: {place.code} is told in two ways: {known} and {place}."
                raise PackageError(msg)
    if strange := sorted(set(places) - set(whole["units"])):
        msg = f"merging slices: {_named(strange)}: not in the whole."
        raise PackageError(msg)
    if len(places) != len(whole["units"]):
        return None
    return Hierarchy(*map(tuple, zip(*(places[code] for code in whole["units"]), strict=True)))


def _merged(
    forecast: xr.DataArray, tree: Hierarchy, whole: Mapping[str, Any], target: Path | None
) -> Package:
    provenance = whole["provenance"]
    if samples_sha256(forecast) != provenance["forecast"]["samples_sha256"]:
        msg = (
            "merging slices: the numbers are not those of the whole; a slice was made up or "
            "changed. Ask the issuer for the slices again."
        )
        raise PackageError(msg)
    # Concatenation may leave a coordinate of another type than the one that was written.
    made = forecast.assign_coords(admin_level=("location", np.array(forecast["admin_level"], int)))
    files = package_files(made, tree, (), provenance)
    listed = text_checksums(files[CHECKSUMS])
    if listed != whole["checksums"]:
        wrong = sorted(k for k in listed.keys() | whole["checksums"].keys()
                       if listed.get(k) != whole["checksums"].get(k))  # fmt: skip
        msg = f"merging slices: {_named(wrong)}: not as in the whole; a slice was made up."
        raise PackageError(msg)
    if target is not None:
        write_container(files, target)
    return Package(made, tree, (), dict(provenance), identifier_of(files), path=target)


def _named(codes: Sequence[str]) -> str:
    more = f" and {len(codes) - _SHOWN} more" if len(codes) > _SHOWN else ""
    return ", ".join(codes[:_SHOWN]) + more
