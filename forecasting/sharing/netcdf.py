"""The joint samples as CF NetCDF, and a reader that trusts nothing in the file.

References
----------
NetCDF Climate and Forecast (CF) Metadata Conventions, version 1.11, https://cfconventions.org
"""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import h5py
import numpy as np
import pandas as pd
import xarray as xr

from forecasting.flows import LOCATION_COORDS, PERIODS, FlowError, check_forecast
from forecasting.sharing.limits import DEFAULT_LIMITS, Limits, PackageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt

SAMPLES: Final = "samples.nc"
CONVENTIONS: Final = "CF-1.11"
_EPOCH: Final = "days since 1970-01-01"
_FACTS: Final = {
    "lat": ("latitude", "degrees_north"),
    "lon": ("longitude", "degrees_east"),
    "population_2020": ("", "1"),
}
"""Numbers about places that a forecast may carry, with CF standard name and unit."""
SHARED_COORDS: Final = frozenset(
    {"sample", "time", "location", "cause", "reference_date", *LOCATION_COORDS, *_FACTS}
)
"""Coordinates that a package holds."""
_LABELS: Final = {
    "location_code": "code of the place",
    "location_name": "name of the place",
    "parent": "code of the place that holds it",
    "cause_name": "cause of displacement",
    "admin_level": "administrative level, 0 for a country",
    "realization": "number of the joint sample",
    "population_2020": "population in 2020, number of persons",
    "time": "first day of the period",
    "forecast_reference_time": "first day that was not known to the forecast",
}
_DIMS: Final = ("realization", "location", "cause", "time")
_PREFIX: Final = "forecast_"
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


def period_ends(times: npt.NDArray[np.datetime64], period: str) -> npt.NDArray[np.datetime64]:
    """First day after each period.

    Examples
    --------
    >>> import numpy as np
    >>> period_ends(np.array(["2022-12-01"], "datetime64[D]"), "month").astype(str).tolist()
    ['2023-01-01']

    """
    if period == "week":
        return np.asarray(times.astype("datetime64[D]") + np.timedelta64(7, "D"))
    offset = pd.tseries.frequencies.to_offset(PERIODS[period])
    ends = [(pd.Timestamp(time) + offset).to_datetime64() for time in times]
    return np.array(ends).astype("datetime64[D]")


def samples_bytes(forecast: xr.DataArray) -> bytes:
    """Write the samples of a forecast as CF NetCDF; the same samples give the same bytes.

    Parameters
    ----------
    forecast : xarray.DataArray, (sample, time, location[, cause]), persons per period
        Whole numbers.

    Returns
    -------
    bytes

    """
    dataset = _as_cf(forecast)
    encoding: dict[str, dict[str, Any]] = {
        str(name): {"_FillValue": None, "dtype": variable.dtype}
        for name, variable in dataset.variables.items()
    }
    name = str(dataset.attrs.pop("variable"))
    shape = dataset[name].shape
    encoding[name] |= {"zlib": True, "complevel": 4, "shuffle": True}
    encoding[name]["chunksizes"] = (shape[0], 1, *shape[2:])
    for text in ("location_code", "location_name", "parent", "cause_name"):
        if text in encoding:
            # Letters of fixed number: no heap of texts, which damaged files can make endless.
            encoding[text] = {"dtype": "S1", "char_dim_name": f"{text}_letters"}
    with tempfile.TemporaryDirectory(prefix="safepassage-") as folder:
        file = Path(folder) / SAMPLES
        dataset.to_netcdf(file, engine="h5netcdf", encoding=encoding)
        return file.read_bytes()


def _as_cf(forecast: xr.DataArray) -> xr.Dataset:
    name = "displacements" if forecast.name is None else str(forecast.name)
    values = forecast if "cause" in forecast.dims else forecast.expand_dims("cause", -1)
    values = values.transpose("sample", "location", "cause", "time")
    counts = values.to_numpy()
    small = counts.size == 0 or counts.max() < 2**31
    days = _days(forecast["time"].to_numpy())
    period = str(forecast.attrs["period"])
    ends = _days(period_ends(forecast["time"].to_numpy(), period))
    where = ["forecast_reference_time", "location_code", "location_name", "admin_level", "parent"]
    where += [fact for fact in _FACTS if fact in forecast.coords]
    where += ["cause_name"] if "cause" in forecast.dims else []
    dims = _DIMS if "cause" in forecast.dims else tuple(d for d in _DIMS if d != "cause")
    counts = counts if "cause" in forecast.dims else counts[:, :, 0]
    attrs = {
        "units": "1",
        "long_name": str(forecast.attrs.get("long_name") or "persons displaced"),
        "cell_methods": "time: sum",
        "coordinates": " ".join(where),
        "counted": "persons",
    }
    for key, value in forecast.attrs.items():
        if key not in ("units", "long_name"):
            attrs[f"{_PREFIX}{key}"] = value
    day = {"units": _EPOCH, "calendar": "standard", "units_metadata": "leap_seconds: none"}
    reference = _days(np.atleast_1d(forecast["reference_date"].to_numpy()))
    data: dict[str, Any] = {
        name: (dims, counts.astype(np.int32 if small else np.int64), attrs),
        "realization": ("realization", forecast_samples(forecast), _described("realization", "1")),
        "time": ("time", days, {**_described("time"), **day, "axis": "T", "bounds": "time_bounds"}),
        "time_bounds": (("time", "bound"), np.stack([days, ends], axis=1), {}),
        "forecast_reference_time": (
            (),
            reference[0],
            {**_described("forecast_reference_time"), **day},
        ),
        "location_code": ("location", _texts(forecast["location"]), _described("location_code")),
        "location_name": (
            "location",
            _texts(forecast["location_name"]),
            _described("location_name"),
        ),
        "parent": ("location", _texts(forecast["parent"]), _described("parent")),
        "admin_level": (
            "location",
            forecast["admin_level"].to_numpy().astype(np.int32),
            _described("admin_level", "1"),
        ),
    }
    if "cause" in forecast.dims:
        data["cause_name"] = ("cause", _texts(forecast["cause"]), _described("cause_name"))
    for fact, (_, unit) in _FACTS.items():
        if fact in forecast.coords:
            numbers = forecast[fact].to_numpy().astype(np.float64)
            data[fact] = ("location", numbers, _described(fact, unit))
    return xr.Dataset(
        data,
        attrs={
            "variable": name,
            "Conventions": CONVENTIONS,
            "title": f"Joint samples: {attrs['long_name']}",
            "institution": "see provenance.json",
            "source": f"{forecast.attrs['model']} (seed {forecast.attrs['seed']})",
            "references": str(forecast.attrs["credit"]),
            "history": "written by safepassage; see provenance.json",
        },
    )


def forecast_samples(forecast: xr.DataArray) -> npt.NDArray[np.int32]:
    """Numbers of the joint samples: sample k is sample k at every level."""
    if "sample" in forecast.coords:
        return np.asarray(forecast["sample"].to_numpy().astype(np.int32))
    return np.arange(forecast.sizes["sample"], dtype=np.int32)


def _days(times: npt.NDArray[Any]) -> npt.NDArray[np.int32]:
    return times.astype("datetime64[D]").astype(np.int64).astype(np.int32)


def _texts(array: xr.DataArray) -> npt.NDArray[np.object_]:
    return np.array([str(value) for value in array.to_numpy()], dtype=object)


def _described(name: str, units: str = "") -> dict[str, str]:
    standard = {"time": "time", "realization": name, "forecast_reference_time": name}.get(name)
    standard = standard or _FACTS.get(name, ("", ""))[0]
    attrs = {"long_name": _LABELS.get(name, standard)}
    if standard:
        attrs["standard_name"] = standard
    if units:
        attrs["units"] = units
    return attrs


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
    own = [name for name in variables if name not in (*_LABELS, *_FACTS, "time_bounds")]
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
    for fact in _FACTS:
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
                key.removeprefix(_PREFIX): value
                for key, value in attrs.items()
                if key.startswith(_PREFIX)
            },
        },
    ).transpose(*order)
    return check_forecast(forecast)


def _variables(file: h5py.File) -> list[str]:
    """Names of the variables after looking at every link, type and filter without reading."""
    names = list(file)
    if len(names) > len(_LABELS) + len(_FACTS) + 12:
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
    return name in (*_DIMS, "bound") or name.endswith("_letters")


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
