"""The contract between forecasting, simulation and sharing: what a flow and a forecast look like.

Observed flows are an :class:`xarray.DataArray` in persons per period:

* dims ``(time, location)``, ``(time, location, cause)`` or ``(time, origin, destination)``;
* ``time`` is the first day of the period, without gaps; the period is ``attrs["period"]``;
* coordinates along ``location``: ``location_name``, ``admin_level``, ``parent``;
* ``attrs``: ``units``, ``period``, ``long_name``, ``credit``;
* missing is NaN, and NaN is not zero.

A forecast is the same with a leading dim ``sample`` and the scalar coordinate ``reference_date``.
Samples are joint draws over time, location and cause: a sum over any of them is valid.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
import xarray as xr

if TYPE_CHECKING:
    import os

PERIODS: Final = {"day": "D", "week": "W-MON", "month": "MS", "quarter": "QS", "year": "YS"}
"""Period names a flow may carry, with the pandas frequency of their first days."""

FLOW_DIMS: Final = (
    ("time", "location"),
    ("time", "location", "cause"),
    ("time", "origin", "destination"),
)
LOCATION_COORDS: Final = ("location_name", "admin_level", "parent")
UNITS: Final = "persons"
KINDS: Final = ("forecast", "projection", "replay")
"""A *forecast* says what will happen, a *projection* what would happen under a driver path; a
*replay* is what was counted in a past episode, to see whether a simulation retells it."""


class FlowError(ValueError):
    """A flow, forecast or driver table breaks the contract; the message lists every breach."""


def raise_all(name: str, problems: list[str]) -> None:
    """Raise one FlowError that lists all problems, or do nothing if there are none."""
    if problems:
        listing = "\n".join(f"  - {problem}" for problem in problems)
        count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
        msg = f"{name} has {count}:\n{listing}"
        raise FlowError(msg)


def _title(what: str, array: xr.DataArray) -> str:
    return what if array.name is None else f"{what} {array.name}"


def _time_problems(array: xr.DataArray) -> list[str]:
    period = array.attrs.get("period")
    if period not in PERIODS:
        return [f"attrs['period'] is {period!r}; allowed: {', '.join(PERIODS)}."]
    if "time" not in array.coords or not np.issubdtype(array["time"].dtype, np.datetime64):
        return ["coordinate 'time' must hold dates (datetime64), the first day of each period."]
    times = pd.DatetimeIndex(array["time"].to_numpy())
    if times.empty:
        return ["'time' is empty: there is no period at all. Give at least one period."]
    if period == "week":
        expected = pd.date_range(times[0], periods=len(times), freq="7D")
    else:
        expected = pd.date_range(times[0], periods=len(times), freq=PERIODS[period])
    if not times.equals(expected):
        wrong = next(i for i, (a, b) in enumerate(zip(times, expected, strict=True)) if a != b)
        return [
            f"'time' is not gapless by {period}: position {wrong} is {times[wrong].date()}, "
            f"expected {expected[wrong].date()}. Insert missing periods as NaN, not as zero."
        ]
    return []


def _value_problems(array: xr.DataArray) -> list[str]:
    values = array.to_numpy()
    if not np.issubdtype(values.dtype, np.number):
        return [f"values have type {values.dtype}; counts of persons must be numbers."]
    problems = []
    for test, what in (
        (np.isinf(values), "infinite"),
        (np.nan_to_num(values, posinf=0.0, neginf=0.0) < 0, "negative"),
    ):
        if test.any():
            first = tuple(int(i[0]) for i in np.nonzero(test))
            where = ", ".join(
                f"{dim}={_label(array, dim, i)}"
                for dim, i in zip(map(str, array.dims), first, strict=True)
            )
            problems.append(
                f"{int(test.sum())} {what} value(s), first at {where}: {values[first]}. "
                "Counts of persons are finite and not negative; correct them at the source."
            )
    return problems


def _label(array: xr.DataArray, dim: str, index: int) -> str:
    if dim not in array.coords:
        return str(index)
    value = array[dim].to_numpy()[index]
    return str(np.datetime_as_string(value, unit="D")) if dim == "time" else str(value)


def _common_problems(array: xr.DataArray) -> list[str]:
    problems = []
    if array.attrs.get("units") != UNITS:
        problems.append(f"attrs['units'] is {array.attrs.get('units')!r}; allowed: {UNITS!r}.")
    if not array.attrs.get("credit"):
        problems.append("attrs['credit'] is missing: say who published the figures and when.")
    if "time" in array.dims:
        problems += _time_problems(array)
    for dim in ("location", "cause", "origin", "destination"):
        if dim in array.dims:
            if dim not in array.coords:
                problems.append(f"dim {dim!r} has no coordinate with the names of its entries.")
            elif len(set(array[dim].to_numpy().tolist())) != array.sizes[dim]:
                problems.append(f"coordinate {dim!r} repeats an entry; each may stand once.")
            elif array.sizes[dim] == 0:
                problems.append(f"dim {dim!r} is empty; give at least one entry.")
    if "location" in array.dims:
        problems += [
            f"coordinate {name!r} along 'location' is missing."
            for name in LOCATION_COORDS
            if name not in array.coords or array[name].dims != ("location",)
        ]
    return problems + _value_problems(array)


def check_flows(flows: xr.DataArray) -> xr.DataArray:
    """Return observed flows unchanged, or raise with every breach of the contract.

    Parameters
    ----------
    flows : xarray.DataArray, (time, location[, cause]) or (time, origin, destination), persons
        Persons per period; NaN where nothing is known.

    Returns
    -------
    xarray.DataArray
        The argument.

    Raises
    ------
    FlowError
        With all problems at once.

    Examples
    --------
    >>> from forecasting import datasets
    >>> check_flows(datasets.load_somalia_displacement()).dims
    ('time', 'location', 'cause')

    """
    problems = []
    dims = tuple(map(str, flows.dims))
    if dims not in FLOW_DIMS:
        allowed = " or ".join(str(d) for d in FLOW_DIMS)
        problems.append(f"dims are {dims}; allowed: {allowed}.")
    raise_all(_title("flows", flows), problems + _common_problems(flows))
    return flows


def check_forecast(forecast: xr.DataArray) -> xr.DataArray:
    """Return a forecast unchanged, or raise with every breach of the contract.

    Parameters
    ----------
    forecast : xarray.DataArray, (sample, time, location[, cause]), persons per period
        Joint samples with scalar coordinate ``reference_date`` (first day that is not known) and
        attributes ``kind`` (of :data:`KINDS`), ``model`` and ``seed``.

    Returns
    -------
    xarray.DataArray
        The argument.

    Raises
    ------
    FlowError
        With all problems at once.

    """
    problems = []
    dims = tuple(map(str, forecast.dims))
    allowed = tuple(("sample", *d) for d in FLOW_DIMS)
    if dims not in allowed:
        problems.append(f"dims are {dims}; allowed: {' or '.join(map(str, allowed))}.")
    if "reference_date" not in forecast.coords or forecast["reference_date"].ndim != 0:
        problems.append("scalar coordinate 'reference_date' (the day of the forecast) is missing.")
    elif "time" in forecast.coords and forecast.sizes.get("time", 0):
        reference = pd.Timestamp(forecast["reference_date"].to_numpy()[()])
        first = pd.Timestamp(forecast["time"].to_numpy()[0])
        if first < reference:
            problems.append(
                f"first period {first.date()} lies before reference_date {reference.date()}."
            )
    if forecast.attrs.get("kind") not in KINDS:
        problems.append(
            f"attrs['kind'] is {forecast.attrs.get('kind')!r}; allowed: {', '.join(KINDS)}."
        )
    problems += [
        f"attrs[{name!r}] is missing: a forecast says how it was made."
        for name in ("model", "seed")
        if name not in forecast.attrs
    ]
    problems += _common_problems(forecast)
    if np.issubdtype(forecast.dtype, np.number) and bool(np.isnan(forecast.to_numpy()).any()):
        problems.append("NaN in samples: a forecast has a number for every sample and place.")
    raise_all(_title("forecast", forecast), problems)
    return forecast


_CF_NAMES: Final = {"sample": "realization", "reference_date": "forecast_reference_time"}


def write_forecast(forecast: xr.DataArray, path: str | os.PathLike[str]) -> Path:
    """Write a forecast as CF NetCDF; the file appears only when it is complete.

    Parameters
    ----------
    forecast : xarray.DataArray
        As checked by :func:`check_forecast`.
    path : path-like
        Target file; an existing file is replaced at once, never half.

    Returns
    -------
    pathlib.Path
        The file written.

    """
    check_forecast(forecast)
    target = Path(path)
    name = "displacements" if forecast.name is None else str(forecast.name)
    dataset = forecast.to_dataset(name=name)
    for coordinate, standard in _CF_NAMES.items():
        if coordinate not in dataset.coords:
            dataset = dataset.assign_coords({coordinate: np.arange(forecast.sizes[coordinate])})
        dataset[coordinate].attrs["standard_name"] = standard
    dataset["time"].attrs["standard_name"] = "time"
    dataset.attrs = {"Conventions": "CF-1.11", "title": forecast.attrs.get("long_name", "")}
    if float(forecast.max()) < 2**31 and bool((forecast.values == np.rint(forecast.values)).all()):
        dataset[name] = dataset[name].astype("int32")
    encoding: dict[str, dict[str, object]] = {
        name: {"zlib": True, "complevel": 4},
        "time": {"units": "days since 1970-01-01", "dtype": "int32"},
        "reference_date": {"units": "days since 1970-01-01", "dtype": "int32"},
    }
    write_atomically(dataset, target, encoding)
    return target


def write_atomically(
    dataset: xr.Dataset, target: Path, encoding: dict[str, dict[str, object]]
) -> None:
    """Write NetCDF beside the target and move it there when complete."""
    target.parent.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(dir=target.parent, prefix=f".{target.name}.", suffix=".part"))
    temporary = folder / target.name
    try:
        dataset.to_netcdf(temporary, engine="h5netcdf", encoding=encoding)
        temporary.replace(target)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def read_forecast(path: str | os.PathLike[str]) -> xr.DataArray:
    """Read a forecast written by :func:`write_forecast` and check it.

    Parameters
    ----------
    path : path-like
        NetCDF file.

    Returns
    -------
    xarray.DataArray, (sample, time, location[, cause]), persons per period
        Float64 samples, loaded into memory.

    Raises
    ------
    FlowError
        If the file is not a forecast.

    """
    source = Path(path)
    if not source.is_file():
        msg = f"{source}: no such forecast file. Give the path of a NetCDF file with samples."
        raise FlowError(msg)
    try:
        with xr.open_dataset(source, engine="h5netcdf") as dataset:
            dataset.load()
    except (OSError, ValueError, KeyError) as error:
        msg = f"{source} cannot be read as NetCDF ({error}); nothing was read."
        raise FlowError(msg) from error
    variables = [name for name, array in dataset.data_vars.items() if "sample" in array.dims]
    if len(variables) != 1:
        names = ", ".join(map(str, dataset.data_vars)) or "none"
        msg = f"{source} needs one variable with dim 'sample' (variables: {names}); nothing read."
        raise FlowError(msg)
    forecast = dataset[variables[0]].astype(float)
    for name in forecast.coords:
        forecast[name].attrs.pop("standard_name", None)
    return check_forecast(forecast)
