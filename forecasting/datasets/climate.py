"""Climate indices that drive rain in the Horn of Africa, with the delay of their publication."""

from __future__ import annotations

from typing import Final

import pandas as pd
import xarray as xr

from forecasting.datasets.catalog import read_table
from forecasting.datasets.layout import credits_of, periods_between

INDICES: Final = {
    "oni": ("oni_c", "degC", "Oceanic Nino Index, three-month mean on its middle month", 2),
    "nino34": ("nino34_anom", "degC", "Nino 3.4 sea surface temperature anomaly", 1),
    "dmi": ("dmi_iod_c", "degC", "Dipole Mode Index of the Indian Ocean", 1),
    "soi": ("soi", "1", "Southern Oscillation Index, standardized", 1),
}
"""Variable: column of the table, unit, long name, publication lag in months."""


def load_climate_indices() -> xr.Dataset:
    """Load ONI, Nino 3.4, the Indian Ocean Dipole and the Southern Oscillation per month.

    Every variable ends at its own last published month (NaN after it) and carries ``units``,
    ``long_name``, ``source`` and ``publication_lag``: the number of whole months that must pass
    after a month before its value is known.

    Returns
    -------
    xarray.Dataset, (time)
        Variables oni, nino34, dmi (degC) and soi (dimensionless), 1981-01 onward.

    Examples
    --------
    >>> indices = load_climate_indices()
    >>> {name: indices[name].attrs["publication_lag"] for name in indices}
    {'oni': 2, 'nino34': 1, 'dmi': 1, 'soi': 1}
    >>> indices["dmi"].attrs["units"], str(indices["time"].to_numpy()[0])[:7]
    ('degC', '1981-01')

    """
    table = read_table("climate_indices")
    table.index = pd.to_datetime(table["month"], format="%Y-%m")
    time = periods_between(table.index.min(), table.index.max(), "month")
    table = table.reindex(time)
    attrs = credits_of("climate_indices")
    data = {
        name: (
            "time",
            table[column].to_numpy(dtype=float),
            {"units": unit, "long_name": title, "source": "NOAA", "publication_lag": lag},
        )
        for name, (column, unit, title, lag) in INDICES.items()
    }
    coords = {"time": time.to_numpy().astype("datetime64[ns]")}
    return xr.Dataset(data, coords=coords, attrs={**attrs, "period": "month"})
