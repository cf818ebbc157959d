"""Flows as an array of (period, place, cause), and samples back as a forecast."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr

from forecasting.flows import PERIODS, FlowError, check_flows, check_forecast

Array = npt.NDArray[np.float64]

SEASON: Final = {"day": 365, "week": 52, "month": 12, "quarter": 4, "year": 1}
"""Periods in a year."""
TAIL_FACTOR: Final = 3.0
"""No sample exceeds this many times the (shrunk) largest value on record of its series.

Paths that are multiplicative on the log scale explode when transformed back. In the Somali figures,
once a series has a year of non-zero months, 0.8 percent of all later months exceed three times the
record before them (and a quarter of the new records do): such a month is outside every forecast
here, and a plan that must hold against it needs a scenario, not a quantile.
"""
RECORD_WEIGHT: Final = 3.0
"""Non-zero periods at which a series' own record counts as much as that of its neighbors."""


@dataclass(frozen=True)
class Panel:
    """Flows laid out for computing.

    Attributes
    ----------
    counts : numpy.ndarray, (period, place, cause), persons
        NaN where nothing is known; one cause if the flows have no cause dimension.
    template : xarray.DataArray
        The flows themselves, for coordinates and attributes.

    """

    counts: Array
    template: xr.DataArray

    @property
    def reference_date(self) -> pd.Timestamp:
        """First day after the last period."""
        return pd.Timestamp(self.target_times(1)[0])

    @property
    def causes(self) -> list[str]:
        """Names of the causes; one empty name where there is no such dimension."""
        if "cause" not in self.template.dims:
            return [""]
        return [str(cause) for cause in self.template["cause"].to_numpy()]

    @property
    def season(self) -> int:
        """Periods in a year."""
        return SEASON[self.template.attrs["period"]]

    def target_times(self, horizon: int) -> pd.DatetimeIndex:
        """First days of the next ``horizon`` periods."""
        last = pd.Timestamp(self.template["time"].to_numpy()[-1])
        period = self.template.attrs["period"]
        freq = "7D" if period == "week" else PERIODS[period]
        return pd.date_range(last, periods=horizon + 1, freq=freq)[1:]

    def caps(self) -> Array:
        """Largest value a sample may take (place, cause), persons; see ``TAIL_FACTOR``.

        ``3 x max(own record, record shrunk on the log scale to the median record of the other
        places for the same cause)``: a place with little history may still see what its
        neighbors have seen.
        """
        values = np.nan_to_num(self.counts)
        record = values.max(axis=0)
        positive = (values > 0).sum(axis=0)
        caps = np.empty_like(record)
        for cause in range(record.shape[1]):
            seen = record[:, cause][record[:, cause] > 0]
            typical = float(np.median(np.log1p(seen))) if len(seen) else 0.0
            weight = positive[:, cause] / (positive[:, cause] + RECORD_WEIGHT)
            shrunk = np.expm1(weight * np.log1p(record[:, cause]) + (1.0 - weight) * typical)
            caps[:, cause] = TAIL_FACTOR * np.maximum(record[:, cause], shrunk)
        return np.asarray(np.floor(caps))


def panel_of(flows: xr.DataArray, least_periods: int = 1, model: str = "the model") -> Panel:
    """Check flows and lay them out.

    Parameters
    ----------
    flows : xarray.DataArray
        As checked by :func:`forecasting.flows.check_flows`.
    least_periods : int
        Periods with at least one observed value that the model needs.
    model : str
        Name of the model, for the message.

    Returns
    -------
    Panel

    Raises
    ------
    FlowError
        If the flows break the contract or have too few observed periods.

    """
    check_flows(flows)
    values = np.asarray(flows.to_numpy(), dtype=float)
    if "cause" not in flows.dims:
        values = values.reshape(len(values), -1, 1)
    observed = int(np.isfinite(values).any(axis=(1, 2)).sum())
    if observed < least_periods:
        msg = (
            f"{model} needs at least {least_periods} observed periods; the flows have {observed} "
            f"(of {len(values)}). Give a longer series or use RecentClimatology."
        )
        raise FlowError(msg)
    return Panel(values, flows)


def forecast_of(
    panel: Panel, samples: Array, *, model: str, seed: int, kind: str = "forecast"
) -> xr.DataArray:
    """Turn samples (sample, horizon, place, cause) into a checked forecast of whole persons.

    Parameters
    ----------
    panel : Panel
        The flows the model was fitted on.
    samples : numpy.ndarray, (sample, horizon, place, cause), persons
        Rounded to whole persons, negative values set to zero, large ones to the cap.
    model, seed, kind
        Stored as attributes.

    Returns
    -------
    xarray.DataArray

    """
    whole = np.rint(np.clip(samples, 0.0, panel.caps()))
    template = panel.template
    dims = tuple(str(dim) for dim in template.dims)
    shape = (whole.shape[0], whole.shape[1], *(template.sizes[dim] for dim in dims[1:]))
    coords = {name: coord for name, coord in template.coords.items() if "time" not in coord.dims}
    times = panel.target_times(whole.shape[1])
    attrs = {
        key: template.attrs[key]
        for key in ("units", "period", "long_name", "credit")
        if key in template.attrs
    }
    result = xr.DataArray(
        whole.reshape(shape),
        dims=("sample", *dims),
        coords={
            **coords,
            "sample": np.arange(whole.shape[0]),
            "time": times.to_numpy().astype("datetime64[ns]"),
            "reference_date": panel.reference_date.to_datetime64().astype("datetime64[ns]"),
        },
        name=template.name,
        attrs={**attrs, "kind": kind, "model": model, "seed": seed},
    )
    return check_forecast(result)


def check_request(horizon: int, samples: int) -> None:
    """Refuse a forecast of no period or without a sample."""
    if horizon < 1 or samples < 1:
        msg = f"horizon is {horizon} and samples is {samples}; both must be 1 or more."
        raise FlowError(msg)
