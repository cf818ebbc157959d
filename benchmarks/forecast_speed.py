"""How long the default forecaster takes for a panel, beside a statsmodels model per series.

    python benchmarks/forecast_speed.py

One hundred bursty monthly series of ten years, 24 cutoffs, six months ahead, 1,000 joint samples,
refitted at every cutoff. The model per series is a local level on log1p of persons (unobserved
components); it is timed on a few series and scaled up, and AutoARIMA of statsforecast is added
where it is installed. Seconds are of this machine; compare the ratios.
"""

from __future__ import annotations

import argparse
import sys
import time
import warnings
from pathlib import Path

# run as a script, this file would stand in the way of the package of the same name
sys.path[0] = str(Path(__file__).resolve().parent.parent)

import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402
import statsmodels.api as sm  # noqa: E402
import xarray as xr  # noqa: E402

import forecasting as fc  # noqa: E402
from benchmarks.peers import Peer, missing_peers  # noqa: E402

MONTHS = 120
FEW = 4
"""Series on which the model per series is timed."""


def bursty_panel(series: int, seed: int = 1) -> xr.DataArray:
    """Made-up flows (time, location) with many zeros and heavy tails, persons per month."""
    rng = np.random.default_rng(seed)
    happens = rng.random((MONTHS, series)) < rng.uniform(0.2, 0.9, series)
    sizes = np.exp(rng.normal(5.0, 1.5, (MONTHS, series)))
    places = [f"P{number:03d}" for number in range(series)]
    return xr.DataArray(
        np.rint(happens * sizes),
        dims=("time", "location"),
        coords={
            "time": pd.date_range("2015-01-01", periods=MONTHS, freq="MS").as_unit("ns"),
            "location": places,
            "location_name": ("location", places),
            "admin_level": ("location", [1] * series),
            "parent": ("location", ["XX"] * series),
        },
        attrs={"units": "persons", "period": "month", "credit": "made up", "long_name": "flows"},
    )


def seconds_of(model: fc.Model, flows: xr.DataArray, cutoffs: list[pd.Timestamp]) -> float:
    """Seconds to fit and draw 1,000 joint samples six months ahead at every cutoff."""
    start = time.perf_counter()
    for cutoff in cutoffs:
        known = flows.sel(time=flows["time"] < np.datetime64(cutoff))
        model.fit(known).forecast(6, None, 1000, 1)
    return time.perf_counter() - start


def seconds_per_series(flows: xr.DataArray, cutoffs: list[pd.Timestamp]) -> float:
    """Seconds a local level of statsmodels would take for all series, from a few of them."""
    chosen = cutoffs[:: max(len(cutoffs) // FEW, 1)]
    start = time.perf_counter()
    for cutoff in chosen:
        known = np.log1p(flows.sel(time=flows["time"] < np.datetime64(cutoff)).values)
        for position in range(FEW):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                fitted = sm.tsa.UnobservedComponents(known[:, position], "local level").fit(
                    disp=False
                )
                fitted.simulate(6, repetitions=1000, anchor="end")
    share = len(chosen) * FEW / (len(cutoffs) * flows.sizes["location"])
    return (time.perf_counter() - start) / share


def main() -> None:
    """Time all and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--series", type=int, default=100)
    parser.add_argument("--cutoffs", type=int, default=24)
    options = parser.parse_args()
    flows = bursty_panel(options.series)
    cutoffs = fc.rolling_cutoffs(flows, 6, options.cutoffs, 1)
    own = seconds_of(fc.AdaptivePool(6), flows, cutoffs)
    rows = {
        "adaptive pool": own,
        "local level per series (statsmodels)": seconds_per_series(flows, cutoffs),
    }
    if missing_peers() is None:
        few = cutoffs[:: max(len(cutoffs) // FEW, 1)]
        taken = seconds_of(Peer("AutoARIMA"), flows, few)
        rows["AutoARIMA (statsforecast)"] = taken * len(cutoffs) / len(few)
    print(f"{options.series} series, {options.cutoffs} cutoffs, 6 months, 1,000 samples")
    for name, seconds in rows.items():
        print(f"{name:40s} {seconds:8.1f} s   {seconds / own:6.1f} times ours")


if __name__ == "__main__":
    main()
