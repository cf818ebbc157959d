"""Time and size of a national forecast package.

18 regions, 74 districts, 4 causes, 12 months, 1,000 samples: ``python -m benchmarks.sharing``.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from forecasting.hierarchy import Hierarchy
from forecasting.sharing import About, read_package, verify_package, write_package

REGIONS = 18
CAUSES = ("drought", "flood", "conflict", "other")


def country(districts: int) -> Hierarchy:
    """Return a country whose districts are spread over its regions."""
    rows = [("XA", "Land", 0, "")]
    rows += [(f"XA{n:02d}", f"Region {n}", 1, "XA") for n in range(REGIONS)]
    rows += [
        (f"XA{n % REGIONS:02d}D{n:04d}", f"District {n}", 2, f"XA{n % REGIONS:02d}")
        for n in range(districts)
    ]
    return Hierarchy(*map(tuple, zip(*rows, strict=True)))


def bursty(tree: Hierarchy, samples: int, months: int) -> xr.DataArray:
    """Return samples of displacement: mostly nobody, sometimes very many."""
    generator = np.random.default_rng(1)
    shape = (samples, months, len(tree.bottom), len(CAUSES))
    many = np.rint(generator.lognormal(5, 1.8, shape))
    values = np.where(generator.random(shape) < 0.4, many, 0.0)
    return xr.DataArray(
        values,
        dims=("sample", "time", "location", "cause"),
        coords={
            "sample": np.arange(samples),
            "time": pd.date_range("2026-01-01", periods=months, freq="MS").to_numpy(),
            **tree.coords(tree.bottom_positions),
            "cause": list(CAUSES),
            "reference_date": np.datetime64("2026-01-01", "ns"),
        },
        name="internal_displacements",
        attrs={
            "units": "persons",
            "period": "month",
            "long_name": "persons displaced",
            "credit": "invented",
            "kind": "forecast",
            "model": "benchmark",
            "seed": 1,
        },
    )


def main() -> None:
    """Print seconds for writing, verifying and reading, and the size of every file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--districts", type=int, default=74)
    parser.add_argument("--samples", type=int, default=1000)
    parser.add_argument("--months", type=int, default=12)
    parser.add_argument("--sdmx", action="store_true", help="with the table in SDMX-CSV")
    given = parser.parse_args()
    tree = country(given.districts)
    forecast = bursty(tree, given.samples, given.months)
    about = About(issuer="Benchmark", purpose="timing")
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "national"
        start = time.perf_counter()
        write_package(forecast, target, about, hierarchy=tree, salt=bytes(32), sdmx=given.sdmx)
        print(f"write   {time.perf_counter() - start:6.2f} s")
        start = time.perf_counter()
        holds = verify_package(target).holds
        print(f"verify  {time.perf_counter() - start:6.2f} s, holds: {holds}")
        start = time.perf_counter()
        read_package(target)
        print(f"read    {time.perf_counter() - start:6.2f} s")
        files = {path: path.stat().st_size for path in target.rglob("*") if path.is_file()}
        for path, size in sorted(files.items(), key=lambda item: -item[1])[:6]:
            print(f"{size / 1e6:8.2f} MB  {path.relative_to(target)}")
        print(f"{sum(files.values()) / 1e6:8.2f} MB  in all, {len(files)} files")


if __name__ == "__main__":
    main()
