"""A reader of the joint samples that trusts nothing in the file."""

from __future__ import annotations

from contextlib import contextmanager
from io import BytesIO
from typing import TYPE_CHECKING, Any, Final

import h5py
import numpy as np
import xarray as xr

from forecasting.flows import FlowError, check_forecast
from forecasting.sharing.limits import DEFAULT_LIMITS, Limits, PackageError
from forecasting.sharing.netcdf import (
    DIMS,
    FACTS,
    LABELS,
    PREFIX,
    SAMPLES,
    samples_bytes,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

_LONGEST_TEXT: Final = 10_000
_MOST_ATTRIBUTES: Final = 48
_HARMLESS_FILTERS: Final = frozenset({h5py.h5z.FILTER_DEFLATE, h5py.h5z.FILTER_SHUFFLE})
_STRUCTURE: Final = frozenset(
    {
        "CLASS",
        "NAME",
        "DIMENSION_LIST",
        "REFERENCE_LIST",
        "_Netcdf4Dimid",
        "_Netcdf4Coordinates",
        "_nc3_strict",
        "_NCProperties",
        "_FillValue",
    }
)
"""Attributes by which NetCDF keeps its dims in HDF5."""


def read_samples(content: bytes, limits: Limits = DEFAULT_LIMITS) -> xr.DataArray:
    """Read the samples of a package.

    Only variables, types, shapes and filters that a package has are touched: no links, no data in
    other files, no virtual data, no plug-in filters, no objects.

    Parameters
    ----------
    content : bytes
        Of the NetCDF file.
    limits : Limits

    Returns
    -------
    xarray.DataArray, (sample, time, location[, cause]), persons per period
        Float64 whole numbers.

    Raises
    ------
    PackageError
        If the file is damaged, is not what a package holds, or holds more than the limits.

    """
    if not content.startswith(b"\x89HDF\r\n\x1a\n"):
        msg = f"{SAMPLES}: is not a NetCDF-4 file."
        raise PackageError(msg)
    with _damage_told(), h5py.File(BytesIO(content), "r") as file:
        return _forecast_in(file, limits)


@contextmanager
def _damage_told() -> Iterator[None]:
    """Turn what HDF5 says about a damaged file into one message."""
    try:
        yield
    except FlowError as error:
        raise PackageError(str(error)) from None
    except MemoryError as error:
        msg = f"{SAMPLES}: needs more memory than there is."
        raise PackageError(msg) from error
    except Exception as error:  # HDF5 tells damage by many types of exception
        msg = f"{SAMPLES}: is damaged or no NetCDF file of a package ({type(error).__name__})."
        raise PackageError(msg) from error


def _forecast_in(file: h5py.File, limits: Limits) -> xr.DataArray:
    variables = _variables(file)
    own = [name for name in variables if name not in (*LABELS, *FACTS, "time_bounds")]
    dimensions = {name for name in own if _is_marker(name) and _is_dimension(file[name])}
    own = [name for name in own if name not in dimensions]
    if len(own) != 1:
        msg = f"{SAMPLES}: needs one variable of samples; it has {', '.join(own[:5]) or 'none'}."
        raise PackageError(msg)
    name = own[0]
    data = file[name]
    wanted = {"realization", "location_code", "location_name", "parent", "admin_level", "time"}
    wanted |= {"time_bounds", "forecast_reference_time"}
    missing = sorted(wanted - set(variables))
    if missing:
        msg = f"{SAMPLES}: lacks {', '.join(missing)}."
        raise PackageError(msg)
    causes = "cause_name" in variables
    if data.ndim != (4 if causes else 3) or data.dtype.kind not in "iu":
        msg = f"{SAMPLES}: {name} has {data.ndim} dims of type {data.dtype}; needed: whole numbers."
        raise PackageError(msg)
    if data.size > limits.values or data.shape[1] > limits.units or data.size == 0:
        msg = (
            f"{SAMPLES}: {name} holds {data.size:,} numbers for {data.shape[1]:,} places; allowed: "
            f"1 to {limits.values:,} numbers and {limits.units:,} places."
        )
        raise PackageError(msg)
    samples, places, periods = data.shape[0], data.shape[1], data.shape[-1]
    days = _numbers(file["time"], (periods,))
    reference = _numbers(file["forecast_reference_time"], ())
    coords: dict[str, Any] = {
        "sample": _numbers(file["realization"], (samples,)),
        "time": _dates(days),
        "location": _strings(file["location_code"], places),
        "location_name": ("location", _strings(file["location_name"], places)),
        "admin_level": ("location", _numbers(file["admin_level"], (places,)).astype(np.int64)),
        "parent": ("location", _strings(file["parent"], places)),
        "reference_date": _dates(reference),
    }
    if causes:
        coords["cause"] = _strings(file["cause_name"], data.shape[2])
    for fact in FACTS:
        if fact in variables:
            coords[fact] = ("location", _numbers(file[fact], (places,), "f"))
    attrs = _attributes(data)
    values = data[...]
    if int(values.min()) < 0:
        msg = f"{SAMPLES}: {name} holds negative counts; persons cannot be negative."
        raise PackageError(msg)
    dims = ("sample", "location", "cause", "time") if causes else ("sample", "location", "time")
    order = ("sample", "time", "location", "cause") if causes else ("sample", "time", "location")
    forecast = xr.DataArray(
        values.astype(np.float64),
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


def _variables(file: h5py.File) -> list[str]:
    """Names of the variables after looking at every link, type and filter without reading."""
    names = list(file)
    if len(names) > len(LABELS) + len(FACTS) + 12:
        msg = f"{SAMPLES}: has {len(names)} variables; a package has fewer."
        raise PackageError(msg)
    for name in names:
        if not isinstance(file.get(name, getlink=True), h5py.HardLink):
            msg = f"{SAMPLES}: {name[:80]!r} is a link; only plain variables are read."
            raise PackageError(msg)
        item = file[name]
        if not isinstance(item, h5py.Dataset):
            msg = f"{SAMPLES}: {name[:80]!r} is a group; only plain variables are read."
            raise PackageError(msg)
        _check_storage(name, item)
    return names


def _check_storage(name: str, item: h5py.Dataset) -> None:
    settings = item.id.get_create_plist()
    foreign = settings.get_external_count() or item.is_virtual
    filters = [settings.get_filter(i)[0] for i in range(settings.get_nfilters())]
    if foreign or any(one not in _HARMLESS_FILTERS for one in filters):
        msg = f"{SAMPLES}: {name[:80]!r} keeps its data elsewhere or needs a plug-in; not read."
        raise PackageError(msg)
    if item.dtype.kind not in "iuf" and item.dtype != np.dtype("S1"):
        msg = f"{SAMPLES}: {name[:80]!r} has type {item.dtype}; only numbers and text are read."
        raise PackageError(msg)


def _is_marker(name: str) -> bool:
    return name in (*DIMS, "bound") or name.endswith("_letters")


def _is_dimension(item: h5py.Dataset) -> bool:
    """Tell whether this only marks a dim, which NetCDF keeps as a variable without data."""
    return bool(item.is_scale) and item.ndim == 1 and item.id.get_storage_size() == 0


def _numbers(item: h5py.Dataset, shape: tuple[int, ...], kinds: str = "iu") -> Any:
    if item.shape != shape or item.dtype.kind not in kinds:
        msg = (
            f"{SAMPLES}: {item.name} has shape {item.shape} and type {item.dtype}; needed: {shape}."
        )
        raise PackageError(msg)
    return item[()]


def _dates(days: Any) -> Any:
    if np.abs(np.asarray(days)).max(initial=0) > 100_000:
        msg = f"{SAMPLES}: holds dates centuries away."
        raise PackageError(msg)
    return np.asarray(days).astype("datetime64[D]").astype("datetime64[ns]")[()]


def _strings(item: h5py.Dataset, count: int) -> list[str]:
    """Read texts that are kept as letters, (entry, letter)."""
    fits = item.ndim == 2 and item.shape[0] == count and item.shape[1] <= _LONGEST_TEXT
    if not fits or item.dtype != np.dtype("S1") or item.size > _LONGEST_TEXT * 1000:
        msg = f"{SAMPLES}: {item.name} has shape {item.shape}, not {count} texts."
        raise PackageError(msg)
    letters = item[()]
    return [row.tobytes().rstrip(b"\0").decode("utf-8") for row in letters]


def _attributes(item: h5py.Dataset) -> dict[str, Any]:
    if len(item.attrs) > _MOST_ATTRIBUTES:
        msg = f"{SAMPLES}: {item.name} has {len(item.attrs)} attributes; too many."
        raise PackageError(msg)
    found: dict[str, Any] = {}
    for name in item.attrs:
        if name in _STRUCTURE:
            continue
        kind = item.attrs.get_id(name)
        if int(np.prod(kind.shape, dtype=np.int64)) > 1 or kind.get_storage_size() > _LONGEST_TEXT:
            msg = f"{SAMPLES}: attribute {name[:80]!r} is too large."
            raise PackageError(msg)
        value = item.attrs[name]
        if isinstance(value, np.ndarray) and value.size == 1:
            value = value.reshape(-1)[0]
        if isinstance(value, bytes):
            value = value.decode("utf-8")
        if isinstance(value, np.generic):
            value = value.item()
        if not isinstance(value, str | int | float):
            msg = f"{SAMPLES}: attribute {name[:80]!r} has type {type(value).__name__}; not read."
            raise PackageError(msg)
        if isinstance(value, str) and not value.isprintable():
            msg = f"{SAMPLES}: attribute {name[:80]!a} is no text that can be read."
            raise PackageError(msg)
        found[name] = value
    return found


def samples_problem(content: bytes, forecast: xr.DataArray) -> str:
    """Say where a file differs from how a package writes these samples, or nothing.

    Another version of the library may lay the same content out in other bytes; names, types,
    shapes and attributes must be the same.

    Parameters
    ----------
    content : bytes
        As read by :func:`read_samples`.
    forecast : xarray.DataArray
        What was read.

    Returns
    -------
    str

    """
    try:
        with _damage_told():
            expected = samples_bytes(forecast)
        if content == expected:
            return ""
        with (
            _damage_told(),
            h5py.File(BytesIO(content), "r") as given,
            h5py.File(BytesIO(expected), "r") as right,
        ):
            return _difference(given, right, str(forecast.name))
    except PackageError as error:
        return str(error)


def _difference(given: h5py.File, right: h5py.File, counts: str) -> str:
    if sorted(given) != sorted(right):
        return f"{SAMPLES}: holds the variables {', '.join(given)}; a package: {', '.join(right)}."
    for name in right:
        if given[name].dtype != right[name].dtype or given[name].shape != right[name].shape:
            return f"{SAMPLES}: {name} has another type or shape than a package gives it."
        if _dims(given[name]) != _dims(right[name]):
            return f"{SAMPLES}: {name} has other dims than a package gives it."
        # The counts themselves were read and are compared by their checksum.
        if name != counts and not np.array_equal(given[name][()], right[name][()]):
            return f"{SAMPLES}: {name} holds other values than a package gives it."
    for name in ("/", *right):
        ours, theirs = _plain_attributes(right[name]), _plain_attributes(given[name])
        wrong = sorted(k for k in ours.keys() | theirs.keys() if ours.get(k) != theirs.get(k))
        if wrong:
            return f"{SAMPLES}: attribute {wrong[0]!r} of {name} is not what a package says."
    return ""


def _dims(item: h5py.Dataset) -> list[list[str]]:
    return [list(dim.keys()) for dim in item.dims]


def _plain_attributes(item: h5py.Dataset | h5py.Group) -> dict[str, str]:
    return {
        name: str(value)
        for name, value in _attributes(item).items()
        if name not in ("NAME", "_NCProperties")
    }
