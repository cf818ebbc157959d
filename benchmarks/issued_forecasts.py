"""Our forecasts beside the ones that UNHCR's Jetson project really issued, month by month.

    python benchmarks/issued_forecasts.py --data FOLDER

Jetson issued point forecasts of arrivals by region of Somalia one month ahead, by three
algorithms. For every month and region that was issued, the adaptive pool and two climatologies are
fitted on the arrivals of earlier months only; their median is scored by the absolute error, and
their samples by CRPS (for a point forecast the two are the same).
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

# run as a script, this file would stand in the way of the package of the same name
sys.path[0] = str(Path(__file__).resolve().parent.parent)

import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402

import forecasting as fc  # noqa: E402
from benchmarks.panels import flows_from  # noqa: E402
from forecasting.models.past_members import Window  # noqa: E402

ISSUED = "jetson_published_forecasts_vs_actual_2018-2019.csv"
ARRIVALS = "jetson_monthly_arrivals_by_region_2010-01_2019-06.csv"
SAMPLES, SEED = 1000, 1


def read(folder: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Read issued forecasts (one row per month and region) and arrivals (month by region)."""
    issued = pd.read_csv(folder / "somalia-jetson" / ISSUED, parse_dates=["month"])
    arrivals = pd.read_csv(folder / "somalia-jetson" / ARRIVALS)
    arrivals.index = pd.to_datetime(arrivals.pop("month"))
    return issued, arrivals


def models() -> list[fc.Model]:
    """Ours, and what the last 12 and 24 months saw."""
    return [
        fc.AdaptivePool(1),
        fc.AdaptivePool(1, name="last 12 months", members=(Window(12),), total_share=0.0),
        fc.AdaptivePool(1, name="last 24 months", members=(Window(24),), total_share=0.0),
    ]


def errors_of(issued: pd.DataFrame, arrivals: pd.DataFrame) -> pd.DataFrame:
    """Absolute errors (persons) of every forecast, and CRPS of those with samples, by case."""
    flows = flows_from(arrivals, "arrivals by region, Somalia", "UNHCR Jetson", least=0)
    rows = []
    for month, cases in issued.groupby("month"):
        known = flows.sel(time=flows["time"] < np.datetime64(month))
        made = {model.name: model.fit(known).forecast(1, None, SAMPLES, SEED) for model in models()}
        for case in cases.itertuples():
            row = {"month": month, "region": case.series}
            for name in ("alg1", "alg2", "alg3"):
                row[f"Jetson {name}"] = abs(getattr(case, name) - case.actual_arrivals)
            for name, forecast in made.items():
                drawn = forecast.sel(location=case.series).isel(time=0).to_numpy()
                row[name] = abs(np.median(drawn) - case.actual_arrivals)
                row[f"{name}, CRPS"] = float(
                    fc.crps(observed=np.array([case.actual_arrivals]), samples=drawn[:, None])[0]
                )
            rows.append(row)
    return pd.DataFrame(rows)


def main() -> None:
    """Score all and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder of public files")
    parser.add_argument("--out", type=Path, help="file to write the result to (JSON)")
    options = parser.parse_args()
    issued, arrivals = read(options.data)
    issued = issued[issued["series"].isin(arrivals.columns)].dropna()
    errors = errors_of(issued, arrivals)
    scores = errors.drop(columns=["month", "region"])
    table = pd.DataFrame(
        {"mean": scores.mean(), "median": scores.median(), "cases": scores.count()}
    ).sort_values("median")
    print(table.round(0).to_string())
    better = {
        name: float((errors["adaptive pool"] < errors[name]).mean())
        for name in scores.columns
        if name.startswith("Jetson")
    }
    print("cases in which the median of the adaptive pool was nearer:", better)
    if options.out is not None:
        options.out.parent.mkdir(parents=True, exist_ok=True)
        result = {
            "errors": table.round(1).reset_index(names="forecast").to_dict("records"),
            "nearer": {name: round(share, 3) for name, share in better.items()},
            "samples": SAMPLES,
            "seed": SEED,
        }
        options.out.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
