"""A reader of the joint samples that trusts nothing in the file.

The file is parsed in a process of its own (:mod:`forecasting.sharing.parsing`).
"""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any, Final

import h5py
import numpy as np
import numpy.typing as npt
import xarray as xr

from forecasting.flows import check_forecast
from forecasting.sharing import netcdf_child
from forecasting.sharing.limits import DEFAULT_LIMITS, Limits, PackageError
from forecasting.sharing.netcdf import (
    DIMS,
    FACTS,
    LABELS,
    PREFIX,
    SAMPLES,
    samples_bytes,
)
from forecasting.sharing.parsing import Received, damage_told, parsed_apart

_KIND: Final = "NetCDF file"
_PARSER: Final = Path(netcdf_child.__file__)


@dataclass(frozen=True)
class Parsed:
    """What a file of samples holds.

    Parameters
    ----------
    forecast : xarray.DataArray, (sample, time, location[, cause]), persons per period
        Float64 whole numbers.
    labels : dict of numpy.ndarray
        Everything but the counts as it stands in the file.
    layout : dict
        Types, shapes, dims and attributes.

    """

    forecast: xr.DataArray
    labels: dict[str, npt.NDArray[Any]]
    layout: dict[str, Any]


def parse_samples(content: bytes, limits: Limits = DEFAULT_LIMITS) -> Parsed:
    """Read the samples of a package in another process, bounded in time and memory.

    Memory is bounded on Linux, time everywhere (``limits.seconds``).

    Parameters
    ----------
    content : bytes
        Of the NetCDF file.
    limits : Limits

    Returns
    -------
    Parsed

    Raises
    ------
    PackageError
        If the file is damaged, is not what a package holds, holds more than the limits, or cannot
        be read within them.

    Examples
    --------
    >>> parse_samples(b"hello")
    Traceback (most recent call last):
    ...
    forecasting.sharing.limits.PackageError: samples.nc: is not a NetCDF-4 file.

    """
    if not content.startswith(b"\x89HDF\r\n\x1a\n"):
        msg = f"{SAMPLES}: is not a NetCDF-4 file."
        raise PackageError(msg)
    behind = _bytes_behind(content)
    if behind > 0:
        msg = (
            f"{SAMPLES}: has {behind:,} bytes behind the end that the file says of itself; ask the "
            "issuer for the file as it was written."
        )
        raise PackageError(msg)
    received = Received(SAMPLES, _KIND, content, _PARSER)
    with parsed_apart(received, _order(limits), limits) as (folder, answer):
        labels = {
            name: np.load(folder / f"{name}.npy", allow_pickle=False)
            for name in answer["arrays"]
            if name in (*LABELS, *FACTS, "time_bounds")
        }
        file = folder / f"{netcdf_child.COUNTS}.npy"
        # Mapped, so that only the converted copy is in memory; let go before the folder is removed.
        counts = np.load(file, mmap_mode="r", allow_pickle=False).astype(np.float64)
        return Parsed(_forecast(counts, labels, answer["layout"]), labels, answer["layout"])


def _bytes_behind(content: bytes) -> int:
    """Bytes behind the end of an HDF5 file, which the library does not look at.

    References
    ----------
    HDF5 file format specification, version 3.0, section II.A, superblock: its end-of-file address.

    """
    at = {0: 40, 1: 44}.get(content[8], 28)  # by the version of the superblock
    return len(content) - int.from_bytes(content[at : at + 8], "little")


def _order(limits: Limits) -> dict[str, Any]:
    """Tell the program which names a package has, and the limits."""
    return {
        "labels": list(LABELS),
        "facts": list(FACTS),
        "dims": list(DIMS),
        "values": limits.values,
        "units": limits.units,
    }


def _forecast(
    counts: npt.NDArray[np.float64], labels: dict[str, npt.NDArray[Any]], layout: dict[str, Any]
) -> xr.DataArray:
    name = layout["name"]
    attrs = layout["variables"][name]["attributes"]
    causes = "cause_name" in labels
    coords: dict[str, Any] = {
        "sample": labels["realization"],
        "time": _dates(labels["time"]),
        "location": _strings(labels["location_code"]),
        "location_name": ("location", _strings(labels["location_name"])),
        "admin_level": ("location", labels["admin_level"].astype(np.int64)),
        "parent": ("location", _strings(labels["parent"])),
        "reference_date": _dates(labels["forecast_reference_time"]),
    }
    if causes:
        coords["cause"] = _strings(labels["cause_name"])
    for fact in FACTS:
        if fact in labels:
            coords[fact] = ("location", labels[fact])
    dims = ("sample", "location", "cause", "time") if causes else ("sample", "location", "time")
    order = ("sample", "time", "location", "cause") if causes else ("sample", "time", "location")
    forecast = xr.DataArray(
        counts,
        dims=dims,
        coords=coords,
        name=name,
        attrs={
            "units": "persons",
            "long_name": attrs.get("long_name", ""),
            **{
                key.removeprefix(PREFIX): value
                for key, value in attrs.items()
                if key.startswith(PREFIX)
            },
        },
    ).transpose(*order)
    return check_forecast(forecast)


def _dates(days: Any) -> Any:
    if np.abs(np.asarray(days)).max(initial=0) > 100_000:
        msg = f"{SAMPLES}: holds dates centuries away."
        raise PackageError(msg)
    return np.asarray(days).astype("datetime64[D]").astype("datetime64[ns]")[()]


def _strings(letters: npt.NDArray[Any]) -> list[str]:
    return [row.tobytes().rstrip(b"\0").decode("utf-8") for row in letters]


def samples_problem(content: bytes, parsed: Parsed, limits: Limits = DEFAULT_LIMITS) -> str:
    """Say where a file differs from how a package writes these samples, or nothing.

    Another version of the library may lay the same content out in other bytes; names, types,
    shapes and attributes must be the same.

    Parameters
    ----------
    content : bytes
    parsed : Parsed
        What :func:`parse_samples` read from it.
    limits : Limits
        It was read with.

    Returns
    -------
    str

    """
    try:
        with damage_told(SAMPLES, _KIND):
            expected = samples_bytes(parsed.forecast)
            if content == expected:
                return ""
            # Our own file, so it is parsed here.
            with h5py.File(BytesIO(expected), "r") as file:
                arrays, layout = netcdf_child.contents(file, _order(limits), counted=False)
    except PackageError as error:
        return str(error)
    return _difference(parsed, arrays, layout["variables"])


def _difference(parsed: Parsed, arrays: dict[str, npt.NDArray[Any]], right: dict[str, Any]) -> str:
    given = parsed.layout["variables"]
    if sorted(given) != sorted(right):
        there, wanted = (", ".join(name for name in one if name != "/") for one in (given, right))
        return f"{SAMPLES}: holds the variables {there}; a package: {wanted}."
    for name in right:
        if any(given[name].get(key) != right[name].get(key) for key in ("type", "shape")):
            return f"{SAMPLES}: {name} has another type or shape than a package gives it."
        if given[name].get("dims") != right[name].get("dims"):
            return f"{SAMPLES}: {name} has other dims than a package gives it."
        # The counts themselves were read and are compared by their checksum.
        same = name not in parsed.labels or np.array_equal(parsed.labels[name], arrays[name])
        if not same or given[name].get("blank") != right[name].get("blank"):
            return f"{SAMPLES}: {name} holds other values than a package gives it."
    for name in right:
        ours, theirs = (
            {key: str(value) for key, value in one[name]["attributes"].items()}
            for one in (right, given)
        )
        wrong = sorted(k for k in ours.keys() | theirs.keys() if ours.get(k) != theirs.get(k))
        if wrong:
            return f"{SAMPLES}: attribute {wrong[0]!r} of {name} is not what a package says."
    return ""
