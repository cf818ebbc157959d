"""Lay a table of published figures out as flows or stocks with the coordinates of the contract."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import xarray as xr

from forecasting.datasets.catalog import describe
from forecasting.flows import PERIODS, check_flows

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def credits_of(name: str) -> dict[str, str]:
    """Credit, licence and notes of a dataset, as attributes of an array."""
    entry = describe(name)
    return {
        "credit": entry["credit"],
        "licence": entry["licence"],
        "source": entry["publisher"],
        "notes": entry["notes"],
    }


def periods_between(first: pd.Timestamp, last: pd.Timestamp, period: str) -> pd.DatetimeIndex:
    """First days of all periods from ``first`` to ``last``, without a gap."""
    return pd.date_range(first, last, freq=PERIODS[period], name="time")


def location_coords(
    locations: Sequence[str], names: Sequence[str], admin_level: int, parents: Sequence[str]
) -> dict[str, tuple[str, list[str] | list[int]]]:
    """Coordinates the contract wants along ``location``."""
    return {
        "location": ("location", list(locations)),
        "location_name": ("location", list(names)),
        "admin_level": ("location", [admin_level] * len(locations)),
        "parent": ("location", list(parents)),
    }


def wide_flows(
    table: pd.DataFrame,
    *,
    name: str,
    period: str,
    long_name: str,
    places: Mapping[str, tuple[str, str]],
    admin_level: int,
    attrs: Mapping[str, str] | None = None,
) -> xr.DataArray:
    """Turn a table (time by location) into flows with coordinates and credit.

    Parameters
    ----------
    table : pandas.DataFrame
        Index: first days of periods without a gap; columns: location codes; persons.
    name : str
        Dataset in the catalog.
    period : str
        One of the periods of the contract.
    long_name : str
        What is counted.
    places : mapping
        Location code to (name, parent).
    admin_level : int
        Level of all the locations: 0 country, 1 region, 2 district.
    attrs : mapping, optional
        Further attributes.

    Returns
    -------
    xarray.DataArray, (time, location), persons per period

    """
    codes = [str(code) for code in table.columns]
    array = xr.DataArray(
        table.to_numpy(dtype=float),
        dims=("time", "location"),
        coords={
            "time": table.index.to_numpy().astype("datetime64[ns]"),
            **location_coords(
                codes,
                [places[code][0] for code in codes],
                admin_level,
                [places[code][1] for code in codes],
            ),
        },
        name=name,
        attrs={
            "units": "persons",
            "period": period,
            "long_name": long_name,
            **credits_of(name),
            **(attrs or {}),
        },
    )
    return check_flows(array)


def stock_dataset(
    table: pd.DataFrame, *, name: str, variables: Mapping[str, tuple[str, str]]
) -> xr.Dataset:
    """Turn a table with a time index into a dataset of stocks, one variable per column.

    Parameters
    ----------
    table : pandas.DataFrame
        Index: dates; columns as in ``variables``.
    name : str
        Dataset in the catalog.
    variables : mapping
        Column to (units, long name).

    Returns
    -------
    xarray.Dataset, (time)

    """
    time = np.asarray(table.index.to_numpy(), dtype="datetime64[ns]")
    data = {
        column: ("time", table[column].to_numpy(dtype=float), {"units": units, "long_name": title})
        for column, (units, title) in variables.items()
    }
    return xr.Dataset(data, coords={"time": time}, attrs=credits_of(name))
