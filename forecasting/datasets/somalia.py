"""Somalia: internal displacement by place and cause, and the list of districts."""

from __future__ import annotations

from typing import Final, Literal

import numpy as np
import pandas as pd
import xarray as xr

from forecasting.datasets.catalog import read_table
from forecasting.datasets.layout import credits_of, location_coords, periods_between
from forecasting.flows import FlowError, check_flows

CAUSES: Final = ("drought", "flood", "conflict", "other")
"""Causes of displacement in the order of the cause dimension."""

_ABSENT: Final = {
    "zero": "month and place without a row: none recorded, taken as zero",
    "missing": "month and place without a row: taken as missing (NaN)",
}


def load_somalia_districts() -> pd.DataFrame:
    """Load the districts of Somalia with region, center, population and area.

    Returns
    -------
    pandas.DataFrame
        Columns region_pcode, region, district, lat and lon (degrees), population_2020 (persons)
        and area_km2; the credit line is in ``attrs``.

    Examples
    --------
    >>> districts = load_somalia_districts()
    >>> int(districts.query("district == 'Belet Weyne'")["population_2020"].iloc[0]) > 0
    True

    """
    table = read_table("somalia_districts")
    table.attrs.update(credits_of("somalia_districts"))
    return table


def _district_coords(
    labels: list[str], regions: list[str]
) -> dict[str, tuple[str, np.ndarray, dict[str, str]]]:
    listed = load_somalia_districts()
    by_place = listed.assign(place=listed["region_pcode"] + ":" + listed["district"]).set_index(
        "place"
    )
    by_name = listed.drop_duplicates("district", keep=False).set_index("district")
    by_name = by_name[by_name["region_pcode"].isin(regions)]
    units = {"population_2020": "persons", "lat": "degrees_north", "lon": "degrees_east"}
    coords = {}
    for column, unit in units.items():
        own = by_place[column].reindex(labels).to_numpy(dtype=float)
        named = by_name[column].reindex([x.split(":", 1)[1] for x in labels]).to_numpy(dtype=float)
        values = np.where(np.isnan(own), named, own)
        coords[column] = ("location", values, {"units": unit})
    return coords


def load_somalia_displacement(
    level: Literal["region", "district"] = "region",
    absent: Literal["zero", "missing"] = "zero",
) -> xr.DataArray:
    """Load persons newly displaced inside Somalia per month, place of arrival and cause.

    Movements, not unique people; 2016-01 to 2022-06.

    Parameters
    ----------
    level : {"region", "district"}
        Regions are P-codes (``SO20``), districts are ``SO20:Belet Weyne`` with the coordinates
        ``population_2020``, ``lat`` and ``lon`` (NaN where the district is not listed).
    absent : {"zero", "missing"}
        What a month and place without any row means. The source does not say whether nothing
        happened or nobody looked; the choice is kept in ``attrs["absent"]``.

    Returns
    -------
    xarray.DataArray, (time, location, cause), persons per month

    Raises
    ------
    FlowError
        If an argument is not one of those listed.

    Examples
    --------
    >>> flows = load_somalia_displacement()
    >>> dict(flows.sizes), flows["cause"].values.tolist()
    ({'time': 78, 'location': 18, 'cause': 4}, ['drought', 'flood', 'conflict', 'other'])
    >>> int(flows.sel(cause="flood", location="SO20").sum())
    707621

    """
    if level not in ("region", "district"):
        msg = f"level is {level!r}; allowed: 'region', 'district'."
        raise FlowError(msg)
    if absent not in _ABSENT:
        msg = f"absent is {absent!r}; allowed: 'zero' (none recorded), 'missing' (NaN)."
        raise FlowError(msg)
    table = read_table("somalia_displacement")
    table["time"] = pd.to_datetime(table["month"], format="%Y-%m")
    district = table["region_pcode"] + ":" + table["district"]
    table["location"] = table["region_pcode"] if level == "region" else district
    time = periods_between(table["time"].min(), table["time"].max(), "month")
    places = table.drop_duplicates("location").set_index("location").sort_index()
    labels = [str(label) for label in places.index]
    sums = table.groupby(["time", "location"])[list(CAUSES)].sum()
    full = pd.MultiIndex.from_product([time, labels], names=["time", "location"])
    values = sums.reindex(full).to_numpy(dtype=float).reshape(len(time), len(labels), len(CAUSES))
    if absent == "zero":
        values = np.nan_to_num(values)
    if level == "region":
        names, parents = places["region"].tolist(), ["SO"] * len(labels)
    else:
        names, parents = places["district"].tolist(), places["region_pcode"].tolist()
    array = xr.DataArray(
        values,
        dims=("time", "location", "cause"),
        coords={
            "time": time.to_numpy().astype("datetime64[ns]"),
            **location_coords(labels, names, 1 if level == "region" else 2, parents),
            "cause": list(CAUSES),
        },
        name="internal_displacements",
        attrs={
            "units": "persons",
            "period": "month",
            "long_name": "persons newly displaced inside Somalia, by place of arrival",
            **credits_of("somalia_displacement"),
            "absent": _ABSENT[absent],
        },
    )
    if level == "district":
        array = array.assign_coords(_district_coords(labels, sorted(set(parents))))
    return check_flows(array)
