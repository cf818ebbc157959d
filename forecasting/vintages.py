"""Several releases of the same figures: what was published when, and how old it was.

Vintages are an :class:`xarray.DataArray` with dims ``(release, time, location[, cause])``, where
``release`` is the day of publication and NaN is what a release does not hold. The *age* of a
figure is the number of whole periods between its period and the release. A figure is taken as
final once it is ``settled_after`` periods old.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr

from forecasting.flows import FLOW_DIMS, FlowError, check_flows, raise_all

if TYPE_CHECKING:
    from collections.abc import Mapping

Array = npt.NDArray[np.float64]
Index = npt.NDArray[np.int64]

_ORDINAL: Final = {"day": "D", "week": "W-SUN", "month": "M", "quarter": "Q", "year": "Y"}


def stack_releases(releases: Mapping[str | pd.Timestamp, xr.DataArray]) -> xr.DataArray:
    """Lay several releases of the same flows over one another.

    Parameters
    ----------
    releases : mapping of date to xarray.DataArray
        Day of publication, and the flows (time, location[, cause]) as published then.

    Returns
    -------
    xarray.DataArray, (release, time, location[, cause]), persons per period
        In order of release; places and causes of the latest release.

    Raises
    ------
    FlowError
        If there is no release or one breaks the contract of flows.

    Examples
    --------
    >>> import forecasting as fc
    >>> flows = fc.load_somalia_displacement().sum("cause", keep_attrs=True)
    >>> early = flows.sel(time=slice(None, "2022-05")) * 0.9
    >>> vintages = stack_releases({
    ...     "2022-06-10": early.assign_attrs(flows.attrs), "2022-07-10": flows})
    >>> dict(vintages.sizes)
    {'release': 2, 'time': 78, 'location': 18}

    """
    if not releases:
        msg = "there is no release; give at least one, by its day of publication."
        raise FlowError(msg)
    dated = sorted((pd.Timestamp(day), check_flows(flows)) for day, flows in releases.items())
    latest = dated[-1][1]
    times = np.unique(np.concatenate([flows["time"].to_numpy() for _, flows in dated]))
    layout: dict[str, npt.NDArray[np.generic]] = {
        str(dim): latest[dim].to_numpy() for dim in latest.dims if dim != "time"
    }
    layers = [flows.reindex({"time": times, **layout}).to_numpy() for _, flows in dated]
    coords = {name: coord for name, coord in latest.coords.items() if "time" not in coord.dims}
    days = pd.DatetimeIndex([day for day, _ in dated]).as_unit("ns").to_numpy()
    made = xr.DataArray(
        np.stack(layers),
        dims=("release", *latest.dims),
        coords={**coords, "release": days, "time": times},
        name=latest.name,
        attrs=latest.attrs,
    )
    return check_vintages(made)


def check_vintages(vintages: xr.DataArray) -> xr.DataArray:
    """Return vintages unchanged, or raise with every breach of the contract.

    Parameters
    ----------
    vintages : xarray.DataArray, (release, time, location[, cause]), persons per period

    Returns
    -------
    xarray.DataArray
        The argument.

    Raises
    ------
    FlowError
        With all problems at once.

    """
    dims = tuple(map(str, vintages.dims))
    if dims not in [("release", *flow) for flow in FLOW_DIMS]:
        msg = f"vintages have dims {dims}; give (release, time, location[, cause])."
        raise FlowError(msg)
    problems = []
    days = vintages["release"].to_numpy()
    if not np.issubdtype(days.dtype, np.datetime64):
        problems.append("coordinate 'release' must hold days of publication (datetime64).")
    elif (np.diff(days) <= np.timedelta64(0)).any():
        problems.append("'release' is not in order of time, or a day stands twice.")
    raise_all("vintages", problems)
    check_flows(vintages.isel(release=-1, drop=True))
    ahead = ages_of(vintages) < 0
    held = held_by(vintages)
    if (ahead & held).any():
        release, period = (int(k[0]) for k in np.nonzero(ahead & held))
        msg = (
            f"release {str(days[release])[:10]} holds figures for the period from "
            f"{str(vintages['time'].to_numpy()[period])[:10]}, which had not begun. Correct the "
            "day of the release."
        )
        raise FlowError(msg)
    return vintages


def ages_of(vintages: xr.DataArray) -> Index:
    """Age (release, time) in whole periods."""
    unit = _ORDINAL[vintages.attrs["period"]]
    releases, times = (
        pd.DatetimeIndex(vintages[name].to_numpy()).to_period(unit) for name in ("release", "time")
    )
    ordinals = [np.array([period.ordinal for period in x]) for x in (releases, times)]
    return np.asarray(ordinals[0][:, np.newaxis] - ordinals[1], dtype=np.int64)


@dataclass(frozen=True)
class Pairs:
    """Figures of one age and what became of them.

    Attributes
    ----------
    first, final : numpy.ndarray, (pair), persons
    period, series : numpy.ndarray, (pair)
        Positions of the period and of the place and cause.

    """

    first: Array
    final: Array
    period: Index
    series: Index


def held_by(vintages: xr.DataArray) -> npt.NDArray[np.bool_]:
    """Whether a release holds anything for a period (release, time)."""
    values = vintages.to_numpy().reshape(*vintages.shape[:2], -1)
    return np.asarray(np.isfinite(values).any(axis=2))


def finals_of(vintages: xr.DataArray, settled_after: int) -> Array:
    """Return final figures (time, series): of the latest release in which they are old enough."""
    values = vintages.to_numpy().reshape(*vintages.shape[:2], -1)
    settled = ages_of(vintages) >= settled_after
    result = np.full(values.shape[1:], np.nan)
    for release, old in zip(values, settled, strict=True):
        better = old[:, np.newaxis] & np.isfinite(release)
        result[better] = release[better]
    return result


def pairs_of(vintages: xr.DataArray, settled_after: int) -> dict[int, Pairs]:
    """Return all figures whose final value is known, by age below ``settled_after``."""
    values = vintages.to_numpy().reshape(*vintages.shape[:2], -1)
    ages = ages_of(vintages)
    finals = np.broadcast_to(finals_of(vintages, settled_after), values.shape)
    usable = np.isfinite(values) & np.isfinite(finals)
    usable &= (ages < settled_after)[..., np.newaxis]
    periods = np.broadcast_to(np.arange(values.shape[1])[:, np.newaxis], values.shape)
    series = np.broadcast_to(np.arange(values.shape[2]), values.shape)
    result = {}
    for age in map(int, np.unique(ages[usable.any(axis=2)])):
        own = usable & (ages == age)[..., np.newaxis]
        result[age] = Pairs(values[own], finals[own], periods[own], series[own])
    return result
