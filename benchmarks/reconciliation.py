"""Reconciliation: its effect on the scores of every level, its speed, and a peer beside it.

    python benchmarks/reconciliation.py --out benchmarks/results/reconciliation.json

Country, regions and districts of Somalia are forecast separately at monthly cutoffs, then made to
agree by every method; the CRPS of each level is compared with that of the separate forecasts. The
speed is measured on 1,000 samples of 12 months in 3,000 districts. The peer, hierarchicalforecast,
needs an environment of its own: give the path of its Python with ``--peer``.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

# run as a script, this file would stand in the way of the packages beside it
sys.path[0] = str(Path(__file__).resolve().parent.parent)
for _variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(_variable, "1")

import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402
import xarray as xr  # noqa: E402

import forecasting as fc  # noqa: E402
from forecasting.hierarchy import METHODS, Hierarchy, reconcile, stack_levels  # noqa: E402

HORIZON = 6
SAMPLES = 300
SEED = 1
FIRST = 30
"""First cutoff, in months from the start; its errors teach, they are not scored."""
SCORED = 12
"""Cutoffs before the first that is scored."""
LEVEL_NAMES = {0: "country", 1: "regions", 2: "districts"}
NEEDS_ERRORS = ("min_trace_variance", "min_trace_shrink")


def somalia(*, causes: bool) -> tuple[xr.DataArray, Hierarchy]:
    """Somali flows of all nodes, and their hierarchy."""
    flows = fc.load_somalia_displacement(level="district")
    tree = Hierarchy.from_locations(flows, fc.load_somalia_displacement())
    if not causes:
        flows = flows.sum("cause", keep_attrs=True)
    return tree.all_levels(flows), tree


def separate_forecasts(flows: xr.DataArray, tree: Hierarchy, cutoff: pd.Timestamp) -> xr.DataArray:
    """Forecasts of all nodes, each level fitted by itself on what was known at the cutoff."""
    known = flows.sel(time=flows["time"] < cutoff)
    made = []
    for level in tree.levels:
        own = known.sel(location=list(tree.units(level)))
        made.append(fc.AdaptivePool(HORIZON).fit(own).forecast(HORIZON, samples=SAMPLES, seed=SEED))
    return stack_levels(made, tree)


def scores_by_level(*, causes: bool) -> pd.DataFrame:
    """CRPS of every method and level, and its ratio to the separate forecasts with an interval."""
    flows, tree = somalia(causes=causes)
    times = pd.DatetimeIndex(flows["time"].values)
    cutoffs = times[FIRST : len(times) - HORIZON + 1]
    errors: list[xr.DataArray] = []
    rows = []
    for number, cutoff in enumerate(cutoffs):
        base = separate_forecasts(flows, tree, cutoff)
        seen = flows.sel(time=base["time"])
        if number >= SCORED:
            history = tree.bottom_of(flows.sel(time=flows["time"] < cutoff))
            past = xr.concat(errors, "time", coords="minimal", compat="override")
            made = {"separate": base}
            for method in METHODS:
                made[method] = reconcile(base, tree, method, history=history)
            for method in NEEDS_ERRORS:
                made[f"{method}, past errors"] = reconcile(base, tree, method, errors=past)
            for name, forecast in made.items():
                score = fc.crps(observed=seen.values, samples=forecast.values)
                log = fc.crps(observed=np.log1p(seen.values), samples=np.log1p(forecast.values))
                for level, title in LEVEL_NAMES.items():
                    own = np.isin(flows["location"].values, tree.units(level))
                    rows.append(
                        {
                            "method": name,
                            "level": title,
                            "cutoff": cutoff,
                            "crps": float(score[:, own].mean()),
                            "crps_log1p": float(log[:, own].mean()),
                        }
                    )
        errors.append((seen - base.mean("sample")).isel(time=[0]))
    table = pd.DataFrame(rows)
    return summary(table).assign(series="by cause" if causes else "all causes")


def summary(table: pd.DataFrame) -> pd.DataFrame:
    """Mean scores and ratios to the separate forecasts; intervals resample blocks of cutoffs."""
    rng = np.random.default_rng(SEED)
    rows = []
    wide = table.pivot_table(index="cutoff", columns=["level", "method"], values="crps")
    logs = table.pivot_table(index="cutoff", columns=["level", "method"], values="crps_log1p")
    count = len(wide)
    starts = rng.integers(0, count, (2000, -(-count // HORIZON)))
    picks = (starts[..., None] + np.arange(HORIZON)).reshape(2000, -1)[:, :count] % count
    for level, method in wide.columns:
        own, base = wide[level, method].to_numpy(), wide[level, "separate"].to_numpy()
        ratios = own[picks].mean(axis=1) / base[picks].mean(axis=1)
        low, high = np.quantile(ratios, [0.05, 0.95])
        log_ratio = logs[level, method].mean() / logs[level, "separate"].mean()
        rows.append(
            {
                "level": level,
                "method": method,
                "crps": own.mean(),
                "ratio": own.mean() / base.mean(),
                "low": low,
                "high": high,
                "ratio_log1p": log_ratio,
                "cutoffs": count,
            }
        )
    return pd.DataFrame(rows)


def large_tree(regions: int = 100, districts: int = 30) -> Hierarchy:
    """Country with regions of as many districts each."""
    upper = [f"R{i}" for i in range(regions)]
    lower = [f"{region}D{j}" for region in upper for j in range(districts)]
    codes = ("C", *upper, *lower)
    levels = (0, *[1] * regions, *[2] * len(lower))
    return Hierarchy(
        codes, codes, levels, ("", *["C"] * regions, *[c.split("D")[0] for c in lower])
    )


def large_base(tree: Hierarchy, samples: int, months: int) -> xr.DataArray:
    """Bursty samples of all nodes that do not agree."""
    rng = np.random.default_rng(SEED)
    shape = (samples, months, len(tree.bottom))
    bottom = np.rint(rng.gamma(0.3, 300.0, shape) * (rng.random(shape) < 0.5))
    values = tree.sums(bottom)
    values *= rng.lognormal(0.0, 0.3, (samples, months, len(tree.codes)))
    return xr.DataArray(
        np.rint(values),
        dims=("sample", "time", "location"),
        coords={"location": list(tree.codes), "sample": np.arange(samples)},
        attrs={"units": "persons"},
    )


def speed(
    method: str, samples: int, months: int, regions: int, districts: int
) -> dict[str, object]:
    """Seconds and peak memory of one method, whole and not negative, in this process."""
    tree = large_tree(regions, districts)
    base = large_base(tree, samples, months)
    history = base.isel(sample=0).sel(location=list(tree.bottom))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.perf_counter()
    made = reconcile(base, tree, method, history=history)
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    gaps = [
        float(np.abs(made.values[..., p] - made.values[..., children].sum(axis=-1)).max())
        for p, children in tree.children_positions.items()
    ]
    return {
        "method": method,
        "samples": samples,
        "months": months,
        "districts": len(tree.bottom),
        "seconds": round(seconds, 2),
        "peak_gigabytes": round(peak / 1024**2, 2),
        "gigabytes_before": round(before / 1024**2, 2),
        "largest_gap_persons": max(gaps),
        "smallest_persons": float(made.min()),
        "whole": bool((made.values == np.rint(made.values)).all()),
    }


def speeds() -> list[dict[str, object]]:
    """Measure every method in a process of its own, so that peaks are its own."""
    rows = []
    for method in METHODS:
        command = [sys.executable, str(Path(__file__).resolve()), "--one", method]
        made = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603
        rows.append(json.loads(made.stdout))
        print(rows[-1], flush=True)
    return rows


def beside_peer(python: Path) -> dict[str, object]:
    """Give the same numbers to hierarchicalforecast and compare what comes back."""
    flows, tree = somalia(causes=False)
    cutoff = pd.Timestamp(flows["time"].values[-HORIZON])
    base = separate_forecasts(flows, tree, cutoff)
    known = flows.sel(time=flows["time"] < cutoff)
    residuals = known.diff("time")
    peer = Path(__file__).resolve().parent / "hierarchicalforecast_peer.py"
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "in.npz", Path(folder) / "out.npz"
        np.savez(
            source,
            summing=tree.sums(np.eye(len(tree.bottom))).T,
            means=base.mean("sample").values,
            samples=base.values,
            insample=known.values,
            residuals=residuals.values,
        )
        subprocess.run([str(python), str(peer), str(source), str(target)], check=True)  # noqa: S603
        theirs = dict(np.load(target))
    rows = []
    for method, theirs_name in (
        ("bottom_up", "BottomUp"),
        ("min_trace_ols", "MinTrace ols"),
        ("min_trace_structural", "MinTrace wls_struct"),
        ("min_trace_variance", "MinTrace wls_var"),
        ("min_trace_shrink", "MinTrace mint_shrink"),
    ):
        row: dict[str, object] = {"method": method, "peer": theirs_name}
        mean = base.mean("sample").expand_dims(sample=1)
        for kind in ("free", "non_negative"):
            key = f"{theirs_name} {kind}"
            if key in theirs:
                own = reconcile(
                    mean,
                    tree,
                    method,
                    errors=residuals,
                    non_negative=kind != "free",
                    whole=False,
                )
                row[f"largest_difference_{kind}"] = float(np.abs(own.values[0] - theirs[key]).max())
                row[f"largest_mean_{kind}"] = float(np.abs(theirs[key]).max())
        key = f"{theirs_name} samples"
        if key in theirs:
            drawn = theirs[key]
            bottom = drawn[..., tree.bottom_positions]
            start = time.perf_counter()
            own = reconcile(base, tree, method, errors=residuals)
            seconds = time.perf_counter() - start
            row.update(
                {
                    "peer_negative_share_bottom": float((bottom < -1e-9).mean()),
                    "peer_not_whole_share": float((np.abs(drawn - np.rint(drawn)) > 1e-6).mean()),
                    "peer_largest_gap_persons": float(
                        np.abs(tree.sums(np.ascontiguousarray(bottom)) - drawn).max()
                    ),
                    "peer_seconds": float(theirs[f"{theirs_name} seconds"]),
                    "own_negative_share_bottom": float((own.values < 0).mean()),
                    "own_not_whole_share": float((own.values != np.rint(own.values)).mean()),
                    "own_largest_gap_persons": float(
                        np.abs(tree.all_levels(tree.bottom_of(own)).values - own.values).max()
                    ),
                    "own_seconds": seconds,
                }
            )
        rows.append(row)
    return {"version": str(theirs["version"]), "cutoff": str(cutoff.date()), "rows": rows}


def main() -> None:
    """Measure what was asked for and print it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("parts", nargs="*", help="of scores, speed, peer; default all that can be")
    parser.add_argument("--out", type=Path, help="file to write the result to (JSON)")
    parser.add_argument("--peer", type=Path, help="Python that can import hierarchicalforecast")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        print(json.dumps(speed(options.one, 1000, 12, 100, 30)))
        return
    parts = options.parts or ["scores", "speed", *(["peer"] if options.peer else [])]
    result: dict[str, object] = {}
    if options.out is not None and options.out.is_file():
        result = json.loads(options.out.read_text(encoding="utf-8"))
    result.update({"samples": SAMPLES, "seed": SEED, "python": platform.python_version()})
    if "scores" in parts:
        table = pd.concat([scores_by_level(causes=False), scores_by_level(causes=True)])
        print(table.round(3).to_string(index=False))
        result["scores"] = table.round(4).to_dict("records")
    if "speed" in parts:
        result["speed"] = speeds()
    if "peer" in parts:
        result["peer"] = beside_peer(options.peer)
        print(json.dumps(result["peer"], indent=1))
    if options.out is not None:
        options.out.parent.mkdir(parents=True, exist_ok=True)
        text = json.dumps(result, indent=1, default=str).replace("NaN", "null")
        options.out.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
