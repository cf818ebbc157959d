"""From flows by origin and destination to arrivals, departures and corridors, sample by sample."""

from __future__ import annotations

from typing import TYPE_CHECKING

from forecasting.flows import FlowError

if TYPE_CHECKING:
    import xarray as xr


def arrivals_by_destination(flows: xr.DataArray) -> xr.DataArray:
    """Sum over origins: who arrives at each destination, wherever from.

    Parameters
    ----------
    flows : xarray.DataArray, ([sample,] time, origin, destination), persons per period
        Observed flows or a forecast. Sums of a forecast are sums of each sample, so sample ``k``
        of the arrivals belongs to sample ``k`` of the corridors.

    Returns
    -------
    xarray.DataArray, ([sample,] time, location), persons per period
        Keeps the contract of flows and forecasts by location, for every model, plot and
        simulation that takes one. A sum with a missing part is missing.

    Raises
    ------
    FlowError
        If the flows have no origin and destination.

    Examples
    --------
    >>> import forecasting as fc
    >>> flows = fc.read_corridors("docs/how-to/examples/my-corridors.csv", absent="zero")
    >>> arrivals = arrivals_by_destination(flows)
    >>> arrivals.dims, arrivals["location"].values.tolist()
    (('time', 'location'), ['coast', 'town'])
    >>> bool((departures_by_origin(flows).sum("location") == arrivals.sum("location")).all())
    True

    """
    return _summed(flows, "origin", "destination")


def departures_by_origin(flows: xr.DataArray) -> xr.DataArray:
    """Sum over destinations: who leaves each origin; see :func:`arrivals_by_destination`."""
    return _summed(flows, "destination", "origin")


def flows_by_corridor(flows: xr.DataArray, most: int | None = None) -> xr.DataArray:
    """Lay corridors out as locations, named ``origin to destination``.

    Parameters
    ----------
    flows : xarray.DataArray, ([sample,] time, origin, destination), persons per period
    most : int, optional
        Keep only that many corridors, those with the largest mean, largest first.

    Returns
    -------
    xarray.DataArray, ([sample,] time, location), persons per period
        ``parent`` is the destination.

    Raises
    ------
    FlowError
        If the flows have no origin and destination, or ``most`` is below 1.

    """
    _check(flows)
    if most is not None and most < 1:
        msg = f"most is {most}; keep at least 1 corridor."
        raise FlowError(msg)
    stacked = flows.stack(corridor=("origin", "destination"))
    pairs = [(str(o), str(d)) for o, d in stacked["corridor"].to_numpy()]
    names = [f"{origin} to {destination}" for origin, destination in pairs]
    bare = stacked.drop_vars(["corridor", "origin", "destination"]).rename(corridor="location")
    made = bare.transpose(*flows.dims[:-2], "location").assign_coords(
        location=names,
        location_name=("location", names),
        admin_level=("location", [0] * len(names)),
        parent=("location", [destination for _, destination in pairs]),
    )
    if most is not None:
        size = made.mean([dim for dim in made.dims if dim != "location"]).fillna(0.0)
        made = made.isel(location=(-size).argsort(kind="stable").to_numpy()[:most])
    return made


def _check(flows: xr.DataArray) -> None:
    if tuple(map(str, flows.dims[-2:])) != ("origin", "destination"):
        msg = f"flows have dims {flows.dims}; give flows by origin and destination."
        raise FlowError(msg)


def _summed(flows: xr.DataArray, over: str, kept: str) -> xr.DataArray:
    _check(flows)
    summed = flows.sum(over, skipna=False, keep_attrs=True).rename({kept: "location"})
    names = [str(x) for x in summed["location"].to_numpy()]
    return summed.assign_coords(
        location=names,
        location_name=("location", names),
        admin_level=("location", [0] * len(names)),
        parent=("location", [""] * len(names)),
    )
