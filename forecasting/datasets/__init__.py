"""Small tables of published figures that ship with the package, one load function each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from forecasting.datasets.arrivals import (
    load_channel_small_boats,
    load_darien_transits,
    load_eu_border_detections,
    load_italy_sea_arrivals,
    load_missing_migrants,
)
from forecasting.datasets.catalog import DatasetInfo, catalog, describe
from forecasting.datasets.climate import load_climate_indices
from forecasting.datasets.somalia import load_somalia_displacement, load_somalia_districts
from forecasting.datasets.stocks import load_assam_relief_camps, load_italy_reception_presence

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd
    import xarray as xr

__all__ = [
    "DatasetInfo",
    "catalog",
    "load",
    "load_assam_relief_camps",
    "load_channel_small_boats",
    "load_climate_indices",
    "load_darien_transits",
    "load_eu_border_detections",
    "load_italy_reception_presence",
    "load_italy_sea_arrivals",
    "load_missing_migrants",
    "load_somalia_displacement",
    "load_somalia_districts",
]

_LOADERS: Final[dict[str, Callable[[], xr.DataArray | xr.Dataset | pd.DataFrame]]] = {
    loader.__name__: loader
    for loader in (
        load_assam_relief_camps,
        load_channel_small_boats,
        load_climate_indices,
        load_darien_transits,
        load_eu_border_detections,
        load_italy_reception_presence,
        load_italy_sea_arrivals,
        load_missing_migrants,
        load_somalia_displacement,
        load_somalia_districts,
    )
}


def load(name: str) -> xr.DataArray | xr.Dataset | pd.DataFrame:
    """Load a shipped dataset by its name in the catalog, with the defaults of its loader.

    Parameters
    ----------
    name : str
        For example ``"climate_indices"``; see :func:`catalog`.

    Returns
    -------
    xarray.DataArray, xarray.Dataset or pandas.DataFrame
        Flows, stocks or a plain table, as the loader says.

    Raises
    ------
    FlowError
        If there is no dataset of that name.

    Examples
    --------
    >>> load("darien_transits").attrs["units"]
    'persons'

    """
    return _LOADERS[describe(name)["loader"]]()
