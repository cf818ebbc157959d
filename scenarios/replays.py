"""A past episode instead of a forecast: what was counted, the same in every future."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import xarray as xr

import forecasting as fc
from forecasting.flows import PERIODS, check_forecast

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scenarios.outlooks import Counts, Forecast


def counted_flows(counts: Sequence[Counts]) -> xr.DataArray:
    """Return the counts that stand in a scenario as flows.

    Parameters
    ----------
    counts : sequence of scenarios.outlooks.Counts
        All by the same period; periods that one place lacks are missing there.

    Returns
    -------
    xarray.DataArray, (time, location), persons per period

    """
    period = counts[0].period
    # Weeks begin on whatever weekday the episode does.
    frequency = "7D" if period == "week" else PERIODS[period]
    series = {}
    for one in counts:
        time = pd.date_range(one.first, periods=len(one.persons), freq=frequency)
        series[one.name] = pd.Series(one.persons, index=time, dtype=float)
    first = min(values.index[0] for values in series.values())
    last = max(values.index[-1] for values in series.values())
    time = pd.date_range(first, last, freq=frequency, name="time")
    table = pd.DataFrame(series).reindex(time)
    texts = dict.fromkeys(one.source or f"assumed: {one.assumption}" for one in counts)
    flows = xr.DataArray(
        table.to_numpy(),
        dims=("time", "location"),
        coords={
            "time": time.to_numpy().astype("datetime64[ns]"),
            "location": [one.name for one in counts],
            "location_name": ("location", [one.place for one in counts]),
            "admin_level": ("location", [1] * len(counts)),
            "parent": ("location", ["not stated"] * len(counts)),
        },
        name="counts",
        attrs={
            "units": "persons",
            "period": period,
            "long_name": "persons counted",
            "credit": "; ".join(" ".join(text.split()).rstrip(".") for text in texts),
        },
    )
    return fc.check_flows(flows)


def between_neighbors(flows: xr.DataArray) -> xr.DataArray:
    """Fill periods without a number on a straight line, and before the first as the first."""
    values = flows.values.reshape(flows.sizes["time"], -1).copy()
    position = np.arange(len(values))
    for column in values.T:
        known = np.isfinite(column)
        if known.any():
            column[~known] = np.interp(position[~known], position[known], column[known])
    return flows.copy(data=values.reshape(flows.shape))


def replayed(section: Forecast, flows: xr.DataArray, samples: int, seed: int) -> xr.DataArray:
    """Return what was counted from the reference date on, as futures that are all alike.

    With a ``count_error`` each future has its own factor, lognormal with mean 1, on all its
    counts: two official counts of one day differ by some percent, and a miscount is usually the
    same day after day.

    Parameters
    ----------
    section : scenarios.outlooks.Forecast
    flows : xarray.DataArray, (time, location[, cause]), persons per period
    samples : int
        Number of futures.
    seed : int
        Of the random factors.

    Returns
    -------
    xarray.DataArray, (sample, time, location[, cause]), persons per period
        Its ``kind`` is ``replay``.

    Raises
    ------
    forecasting.FlowError
        If a period has no number and the scenario does not say what to do about it.

    """
    reference = pd.Timestamp(section.reference_date)
    counted = flows.sel(time=slice(reference, None)).isel(time=slice(None, int(section.horizon)))
    missing = np.isnan(counted.values)
    if missing.any():
        if section.missing == "refuse":
            days = pd.DatetimeIndex(counted["time"].values)
            first = days[missing.reshape(len(days), -1).any(axis=1)][0]
            msg = (
                f"{section.origin} has no number for {int(missing.sum())} of {missing.size} "
                f"periods of the replay, first for {first.date()}. Write `missing: interpolate` "
                "to take what lies between the neighbors, or choose another span."
            )
            raise fc.FlowError(msg)
        counted = between_neighbors(flows).sel(time=counted["time"])
    factor = np.ones(samples)
    if section.count_error > 0:
        sigma = math.sqrt(math.log1p(section.count_error**2))
        draws = np.random.default_rng(seed).standard_normal(samples)
        factor = np.exp(sigma * draws - sigma**2 / 2)
    futures = xr.DataArray(factor, dims="sample") * counted
    futures = futures.transpose("sample", *counted.dims)
    futures.attrs = {**flows.attrs, "kind": "replay", "model": "replay", "seed": seed}
    futures = futures.assign_coords(reference_date=reference.to_datetime64().astype("M8[ns]"))
    return check_forecast(futures.rename("counts"))
