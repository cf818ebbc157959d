"""The joint samples as CF NetCDF.

References
----------
NetCDF Climate and Forecast (CF) Metadata Conventions, version 1.11, https://cfconventions.org
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
import xarray as xr

from forecasting.flows import LOCATION_COORDS, PERIODS

if TYPE_CHECKING:
    import numpy.typing as npt

SAMPLES: Final = "samples.nc"
CONVENTIONS: Final = "CF-1.11"
_EPOCH: Final = "days since 1970-01-01"
FACTS: Final = {
    "lat": ("latitude", "degrees_north"),
    "lon": ("longitude", "degrees_east"),
    "population_2020": ("", "1"),
}
"""Numbers about places that a forecast may carry, with CF standard name and unit."""
SHARED_COORDS: Final = frozenset(
    {"sample", "time", "location", "cause", "reference_date", *LOCATION_COORDS, *FACTS}
)
"""Coordinates that a package holds."""
LABELS: Final = {
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
DIMS: Final = ("realization", "location", "cause", "time")
PREFIX: Final = "forecast_"


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
    where += [fact for fact in FACTS if fact in forecast.coords]
    where += ["cause_name"] if "cause" in forecast.dims else []
    dims = DIMS if "cause" in forecast.dims else tuple(d for d in DIMS if d != "cause")
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
            attrs[f"{PREFIX}{key}"] = value
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
    for fact, (_, unit) in FACTS.items():
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
    standard = standard or FACTS.get(name, ("", ""))[0]
    attrs = {"long_name": LABELS.get(name, standard)}
    if standard:
        attrs["standard_name"] = standard
    if units:
        attrs["units"] = units
    return attrs
