"""Arrivals, detections and transits on migration routes, and deaths recorded on them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr

from forecasting.datasets.catalog import read_table
from forecasting.datasets.layout import credits_of, location_coords, periods_between, wide_flows

_ROUTE_PARENT = "WLD"


def load_italy_sea_arrivals() -> xr.DataArray:
    """Load people landed in Italy after crossing by sea, per day.

    Days that the ministry had counted to 08:00 only are missing (NaN).

    Returns
    -------
    xarray.DataArray, (time, location), persons per day

    Examples
    --------
    >>> arrivals = load_italy_sea_arrivals()
    >>> int(arrivals.isnull().sum()), arrivals["location"].values.tolist()
    (73, ['ITA'])

    """
    table = read_table("italy_sea_arrivals")
    table.index = pd.to_datetime(table["date"])
    time = periods_between(table.index.min(), table.index.max(), "day")
    counts = table["arrivals"].astype(float).mask(table["partial_day"] == 1)
    return wide_flows(
        counts.reindex(time).to_frame("ITA"),
        name="italy_sea_arrivals",
        period="day",
        long_name="people landed in Italy after crossing by sea",
        places={"ITA": ("Italy", _ROUTE_PARENT)},
        admin_level=0,
    )


def load_channel_small_boats() -> xr.Dataset:
    """Load people and boats detected in the English Channel, per day.

    Days without a row had none: zero.

    Returns
    -------
    xarray.Dataset, (time, location)
        ``people`` keeps to the contract of flows (persons per day); ``boats`` per day.

    Examples
    --------
    >>> channel = load_channel_small_boats()
    >>> int(channel["people"].max()), channel["boats"].attrs["units"]
    (1305, 'boats')

    """
    table = read_table("channel_small_boats")
    table.index = pd.to_datetime(table["date"])
    time = periods_between(table.index.min(), table.index.max(), "day")
    table = table[["people", "boats"]].reindex(time).fillna(0.0)
    people = wide_flows(
        table["people"].to_frame("GBR"),
        name="channel_small_boats",
        period="day",
        long_name="people detected in small boats in the English Channel",
        places={"GBR": ("United Kingdom", _ROUTE_PARENT)},
        admin_level=0,
        attrs={"absent": "day without a row: none detected, zero"},
    ).rename("people")
    boats = people.copy(data=table[["boats"]].to_numpy(dtype=float)).rename("boats")
    boats.attrs |= {"units": "boats", "long_name": "small boats detected in the English Channel"}
    dataset = xr.Dataset({"people": people, "boats": boats})
    dataset.attrs = credits_of("channel_small_boats") | {"period": "day"}
    return dataset


def load_darien_transits() -> xr.DataArray:
    """Load transits through the Darien into Panama, per month.

    Months without a row: none recorded, taken as zero.

    Returns
    -------
    xarray.DataArray, (time, location), persons per month

    Examples
    --------
    >>> load_darien_transits().sizes["time"]
    64

    """
    table = read_table("darien_transits")
    table.index = pd.to_datetime(table["month"], format="%Y-%m")
    time = periods_between(table.index.min(), table.index.max(), "month")
    return wide_flows(
        table["transits"].reindex(time).fillna(0.0).to_frame("PAN"),
        name="darien_transits",
        period="month",
        long_name="transits through the Darien",
        places={"PAN": ("Panama", _ROUTE_PARENT)},
        admin_level=0,
        attrs={"absent": "month without a row: none recorded, taken as zero"},
    )


def load_eu_border_detections() -> xr.DataArray:
    """Load detections of irregular crossings of the external border of the EU, per month and route.

    Returns
    -------
    xarray.DataArray, (time, location), detections counted as persons per month
        ``location`` is the route.

    Examples
    --------
    >>> load_eu_border_detections().sizes["location"]
    9

    """
    table = read_table("eu_border_detections")
    table.index = pd.to_datetime(table["month"], format="%Y-%m")
    time = periods_between(table.index.min(), table.index.max(), "month")
    routes = [column for column in table.columns if column != "month"]
    return wide_flows(
        table[routes].reindex(time),
        name="eu_border_detections",
        period="month",
        long_name="detections of irregular border crossings (one person may count more than once)",
        places={route: (route, "EU") for route in routes},
        admin_level=1,
    )


def load_missing_migrants() -> xr.Dataset:
    """Load recorded incidents and people dead or missing per month and migration route.

    A floor: what was recorded. Months and routes without a row: none recorded, zero.

    Returns
    -------
    xarray.Dataset, (time, location)
        ``incidents`` and ``dead_and_missing`` (persons) per month; ``location`` is the route.

    Examples
    --------
    >>> sorted(load_missing_migrants().data_vars)
    ['dead_and_missing', 'incidents']

    """
    table = read_table("missing_migrants").rename(columns={"dead_missing": "dead_and_missing"})
    table["time"] = pd.to_datetime(table["month"], format="%Y-%m")
    time = periods_between(table["time"].min(), table["time"].max(), "month")
    routes = sorted(table["route"].unique().tolist())
    full = pd.MultiIndex.from_product([time, routes], names=["time", "route"])
    sums = table.groupby(["time", "route"])[["incidents", "dead_and_missing"]].sum().reindex(full)
    shape = (len(time), len(routes))
    titles = {
        "incidents": ("incidents", "recorded incidents with people dead or missing"),
        "dead_and_missing": ("persons", "people recorded dead or missing"),
    }
    data = {
        name: (
            ("time", "location"),
            np.nan_to_num(sums[name].to_numpy(dtype=float)).reshape(shape),
            {"units": unit, "long_name": title, "period": "month"},
        )
        for name, (unit, title) in titles.items()
    }
    coords = {
        "time": time.to_numpy().astype("datetime64[ns]"),
        **location_coords(routes, routes, 1, [_ROUTE_PARENT] * len(routes)),
    }
    attrs = {"absent": "month and route without a row: none recorded, zero"}
    return xr.Dataset(data, coords=coords, attrs=credits_of("missing_migrants") | attrs)
