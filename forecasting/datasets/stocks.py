"""People present in reception and in relief camps: stocks on a date, not flows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from forecasting.datasets.catalog import read_table
from forecasting.datasets.layout import periods_between, stock_dataset

if TYPE_CHECKING:
    import xarray as xr

INMATES_KNOWN_UNTIL = "2022-08-11"
"""Last day with people in relief camps in the table for Assam."""


def load_italy_reception_presence() -> xr.Dataset:
    """Load people present in Italian hotspots and reception on the 15th and last day of the month.

    Returns
    -------
    xarray.Dataset, (time)
        in_hotspots, sicily_hotspots (part of it), in_reception_centres, in_siproimi and in_sai
        (one system renamed), persons.

    Examples
    --------
    >>> presence = load_italy_reception_presence()
    >>> presence["in_hotspots"].attrs["units"], presence.sizes["time"]
    ('persons', 140)

    """
    table = read_table("italy_reception_presence")
    table.index = pd.to_datetime(table["report_date"])
    variables = {
        "in_hotspots": ("persons", "people in hotspots"),
        "sicily_hotspots": ("persons", "people in hotspots of Sicily"),
        "in_reception_centres": ("persons", "people in reception centers"),
        "in_siproimi": ("persons", "people in SIPROIMI"),
        "in_sai": ("persons", "people in SAI"),
    }
    return stock_dataset(table, name="italy_reception_presence", variables=variables)


def load_assam_relief_camps() -> xr.Dataset:
    """Load people in relief camps, camps open and people affected in Assam, per day of 2022.

    Days without a row are missing (NaN), and so are people in camps after 2022-08-11.

    Returns
    -------
    xarray.Dataset, (time)
        relief_camp_inmates (persons), relief_camps (camps), population_affected (persons).

    Examples
    --------
    >>> camps = load_assam_relief_camps()
    >>> bool(camps["relief_camp_inmates"].sel(time="2022-09-10").isnull())
    True

    """
    table = read_table("assam_relief_camps")
    table.index = pd.to_datetime(table["date"])
    table = table.reindex(periods_between(table.index.min(), table.index.max(), "day"))
    late = table.index > pd.Timestamp(INMATES_KNOWN_UNTIL)
    table["relief_camp_inmates"] = table["relief_camp_inmates"].mask(late)
    variables = {
        "relief_camp_inmates": ("persons", "people in relief camps"),
        "relief_camps": ("camps", "relief camps open"),
        "population_affected": ("persons", "people affected by flood"),
    }
    return stock_dataset(table, name="assam_relief_camps", variables=variables)
