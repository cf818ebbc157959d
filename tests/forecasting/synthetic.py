"""Small flows and drivers with known truth."""

import numpy as np
import pandas as pd
import xarray as xr


def flows_of(values, start="2010-01-01", causes=None):
    """Lay (time, location[, cause]) values out as flows of places XA01, XA02, ..."""
    values = np.asarray(values, dtype=float)
    places = [f"XA{i + 1:02d}" for i in range(values.shape[1])]
    coords = {
        "time": pd.date_range(start, periods=len(values), freq="MS").as_unit("ns"),
        "location": places,
        "location_name": ("location", [f"Place {p}" for p in places]),
        "admin_level": ("location", [1] * len(places)),
        "parent": ("location", ["XA"] * len(places)),
    }
    dims = ("time", "location")
    if causes is not None:
        coords["cause"] = list(causes)
        dims = (*dims, "cause")
    attrs = {"units": "persons", "period": "month", "long_name": "test", "credit": "none"}
    return xr.DataArray(values, dims=dims, coords=coords, name="flows", attrs=attrs)


def drivers_of(months, start="2000-01-01", seed=0, names=("oni", "dmi"), lag=1):
    """Autoregressive indices with the attributes of the contract."""
    rng = np.random.default_rng(seed)
    data = {}
    for name in names:
        values = np.zeros(months)
        for step in range(1, months):
            values[step] = 0.85 * values[step - 1] + 0.5 * rng.normal()
        attrs = {"units": "degC", "source": "test", "publication_lag": lag}
        data[name] = ("time", values, attrs)
    time = pd.date_range(start, periods=months, freq="MS").as_unit("ns")
    return xr.Dataset(data, coords={"time": time})


def bursty(months, places, causes=(), seed=0, share=0.5):
    """Intermittent heavy-tailed counts."""
    rng = np.random.default_rng(seed)
    shape = (months, places, *([len(causes)] if causes else []))
    return np.rint((rng.random(shape) < share) * np.exp(rng.normal(5.0, 1.5, shape)))
