"""Our forecasts beside the best automatic forecasters, on real displacement and arrivals.

    python benchmarks/forecasting.py --data FOLDER --out benchmarks/results/forecasting.json

Cutoffs are those of the last 24 months of every panel; no choice was made on them. Without
``--data`` only the panels that ship with the package are used; without statsforecast the peers are
left out. It needs pandas 2: run once in an environment of its own with ``--cache FOLDER`` to keep
the scores of the peers, then here with the same ``--cache``. What is left out is printed with the
reason. ``--before FILE`` takes rows of peers that were not run from an earlier result: peers do not
change when ours does, so their ratio changes as that of a benchmark that is in both results.
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
import time
from pathlib import Path
from typing import Any

# run as a script, this file would stand in the way of the package of the same name
sys.path[0] = str(Path(__file__).resolve().parent.parent)

import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402
import xarray as xr  # noqa: E402

import forecasting as fc  # noqa: E402
from benchmarks.panels import EMBEDDED, FROM_FOLDER, Panel, read_panels  # noqa: E402
from benchmarks.peers import Peer, missing_peers  # noqa: E402

PEERS = ("AutoARIMA", "AutoETS")
OURS = "adaptive pool"
YARDSTICK = "recent climatology"
"""Benchmark by which a carried ratio is changed."""
CARRIED = (
    "not run again after ours was changed; its row is that of an earlier run, with the ratio "
    "changed by as much as ours changed beside the recent climatology"
)
SAMPLES = 300
SEED = 1


def models_for(panel: Panel) -> list[fc.Model]:
    """Ours, with drivers where the panel has them, and the standard benchmarks."""
    models: list[fc.Model] = [fc.AdaptivePool(panel.horizon)]
    if panel.drivers is not None:
        members = (fc.AdaptivePool(panel.horizon), fc.DriverRegression())
        models += [
            members[1],
            fc.WeightedPool(members, shares=(2, 1), name="adaptive and driver pool"),
        ]
    return [*models, *fc.standard_benchmarks(panel.flows, panel.horizon)]


def score(panel: Panel, models: list[fc.Model]) -> tuple[xr.Dataset, float]:
    """Scores on the last 24 months, and the seconds of one processor it took."""
    start = time.process_time()
    scores = fc.backtest(
        models,
        panel.flows,
        panel.drivers,
        horizon=panel.horizon,
        cutoffs=panel.cutoffs("judge"),
        samples=SAMPLES,
        seed=SEED,
    )
    return scores, time.process_time() - start


def peer_scores(panel: Panel, key: str, method: str, cache: Path | None) -> xr.Dataset | None:
    """Scores of a peer, from the cache if they are there; None where it cannot run."""
    file = None if cache is None else cache / f"peer_{key}_{method}.nc"
    if file is not None and file.is_file():
        return xr.load_dataset(file)
    if missing_peers() is not None:
        return None
    made, seconds = score(panel, [Peer(method)])
    made.attrs["seconds"] = seconds
    if file is not None:
        made.to_netcdf(file)
    return made


def join(scores: xr.Dataset, other: xr.Dataset) -> xr.Dataset:
    """Put scores of further models on the same cutoffs and places beside the first."""
    names = [str(name) for name in (*scores["model"].values, *other["model"].values)]
    same = other.drop_vars([str(name) for name in other.coords])
    bare = scores.drop_vars([str(name) for name in scores.coords])
    joined = xr.concat([bare, same], "model", join="exact", combine_attrs="override")
    kept = {name: coord for name, coord in scores.coords.items() if name != "model"}
    return joined.assign_coords(kept).assign_coords(model=names)


def table_of(panel: Panel, scores: xr.Dataset, seconds: dict[str, float]) -> pd.DataFrame:
    """Compare ours with everything else on one panel."""
    own = fc.score_table(scores)
    sums = fc.score_table(scores, "total")
    warned = fc.warning_table(scores)
    value = fc.economic_value(scores, ratios=[0.1, 0.3])
    plan = fc.shortfall_table(scores, "series")
    rows = []
    for name in own.index:
        ratio = fc.series_ratio(scores, str(name)).loc[OURS]
        tested = fc.paired_test(scores, str(name), measure="crps_log1p").loc[OURS]
        rows.append(
            {
                "panel": panel.name,
                "kind": panel.kind,
                "model": str(name),
                "ours_over_it": ratio["ratio"],
                "low": ratio["low"],
                "high": ratio["high"],
                "series": int(ratio["series"]),
                "p_value_log": tested["p_value"],
                "crps": own.loc[name, "crps"],
                "crps_log1p": own.loc[name, "crps_log1p"],
                "coverage_90": own.loc[name, "covered_90"],
                "coverage_90_sum": sums.loc[name, "covered_90"],
                "brier": warned.loc[name, "brier"],
                "roc_area": warned.loc[name, "roc_area"],
                "value_0.1": value.loc[name, 0.1],
                "value_0.3": value.loc[name, 0.3],
                "short_share": plan.loc[name, "short_share"],
                "idle": plan.loc[name, "idle"],
                "cutoffs": scores.sizes["cutoff"],
                "seconds": seconds.get(str(name), float("nan")),
            }
        )
    return pd.DataFrame(rows)


def coverage_of(panel: Panel, scores: xr.Dataset) -> pd.DataFrame:
    """Share of observations that our 90 % interval held, at every level of the panel."""
    rows = []
    for level in fc.evaluation.LEVELS:
        if f"crps_{level}" not in scores and level != "series":
            continue
        own = fc.coverage_interval(scores, level=level).loc[OURS]
        if own["cases"] > 0:
            rows.append({"panel": panel.name, "level": level} | own.to_dict())
    return pd.DataFrame(rows)


def overall(per_series: dict[str, dict[str, tuple[np.ndarray, str]]]) -> pd.DataFrame:
    """Geometric mean over all series of all panels of a kind, by benchmark.

    The interval takes series as independent; those of one panel share their luck, so it is too
    narrow. The intervals of the panels resample cutoffs.
    """
    rows = []
    for name, panels in per_series.items():
        for kind in ("bursty", "regular", "daily"):
            logs = [np.log(ratio) for ratio, own in panels.values() if own == kind]
            if logs:
                together = np.concatenate(logs)
                error = together.std() / np.sqrt(max(len(together), 1))
                mean = together.mean()
                rows.append(
                    {
                        "kind": kind,
                        "model": name,
                        "ours_over_it": np.exp(mean),
                        "low": np.exp(mean - 1.645 * error),
                        "high": np.exp(mean + 1.645 * error),
                        "series": len(together),
                        "panels": len(logs),
                    }
                )
    return pd.DataFrame(rows).sort_values(["kind", "ours_over_it"]).reset_index(drop=True)


def carried(before: dict[str, Any], made: pd.DataFrame) -> pd.DataFrame:
    """Rows of peers of an earlier result that are not among those made now, for the same series.

    The geometric mean over series of ours over a peer is that of ours over any yardstick times
    that of the yardstick over the peer, and the last does not depend on ours. Intervals keep their
    relative width; what else depends on ours is left out.
    """
    rows = []
    now = made.set_index(["panel", "model"])
    earlier = pd.DataFrame(before["panels"]).set_index(["panel", "model"])
    for (panel, model), row in earlier.iterrows():
        if (panel, model) in now.index or (panel, YARDSTICK) not in now.index:
            continue
        one, other = now.loc[(panel, YARDSTICK)], earlier.loc[(panel, YARDSTICK)]
        if one["series"] != row["series"] or one["cutoffs"] != row["cutoffs"]:
            continue
        change = one["ours_over_it"] / other["ours_over_it"]
        scaled = {name: row[name] * change for name in ("ours_over_it", "low", "high")}
        rows.append(row.to_dict() | scaled | {"panel": panel, "model": model, "p_value_log": None})
    return pd.DataFrame(rows, columns=made.columns)


def overall_with(
    together: pd.DataFrame, before: dict[str, Any], rows: pd.DataFrame, names: set[str]
) -> pd.DataFrame:
    """Put in the overall ratio of models that have carried rows, from the rows of the panels."""
    kept = [together[~together["model"].isin(names)]]
    for one in before["overall"]:
        own = rows[(rows["model"] == one["model"]) & (rows["kind"] == one["kind"])]
        if one["model"] in names and own["series"].sum() == one["series"]:
            ratio = np.exp(np.average(np.log(own["ours_over_it"]), weights=own["series"]))
            scaled = {x: one[x] * ratio / one["ours_over_it"] for x in ("low", "high")}
            kept.append(pd.DataFrame([one | scaled | {"ours_over_it": ratio}]))
    joined = pd.concat(kept)
    return joined.sort_values(["kind", "ours_over_it"]).reset_index(drop=True)


def ratios_by_series(scores: xr.Dataset) -> dict[str, np.ndarray]:
    """Score of ours over that of every model, per series with scores above zero."""
    values = scores["crps"].transpose("model", "cutoff", "horizon", ...)
    flat = values.to_numpy().reshape(*values.shape[:3], -1)
    means = np.nanmean(np.where(np.isfinite(flat).all(axis=0), flat, np.nan), axis=(1, 2))
    kept = (means > 0).all(axis=0)
    names = [str(name) for name in scores["model"].to_numpy()]
    own = means[names.index(OURS), kept]
    return {name: own / means[k, kept] for k, name in enumerate(names) if name != OURS}


def main() -> None:
    """Run all panels and print what came out."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("panels", nargs="*", help=f"of {', '.join([*EMBEDDED, *FROM_FOLDER])}")
    parser.add_argument("--data", type=Path, help="folder of public files")
    parser.add_argument("--out", type=Path, help="file to write the result to (JSON)")
    parser.add_argument("--cache", type=Path, help="folder to keep the scores of slow peers in")
    parser.add_argument("--before", type=Path, help="earlier result, for peers that are not run")
    options = parser.parse_args()
    names = options.panels or [*EMBEDDED, *FROM_FOLDER]
    tables: list[pd.DataFrame] = []
    held: list[pd.DataFrame] = []
    per_series: dict[str, dict[str, tuple[np.ndarray, str]]] = {}
    left_out: dict[str, str] = {}
    for key in names:
        panels, missing = read_panels(options.data, [key])
        left_out |= missing
        for panel in panels:
            scores, together = score(panel, models_for(panel))
            _, alone = score(panel, [fc.AdaptivePool(panel.horizon)])
            seconds = {OURS: alone, "all of ours and the benchmarks": together}
            for method in PEERS:
                made = peer_scores(panel, key, method, options.cache)
                if made is None:
                    left_out[f"{method} on {key}"] = missing_peers() or "no scores"
                    continue
                seconds[str(made["model"].to_numpy()[0])] = float(made.attrs["seconds"])
                scores = join(scores, made)
            tables.append(table_of(panel, scores, seconds))
            held.append(coverage_of(panel, scores))
            for name, ratio in ratios_by_series(scores).items():
                per_series.setdefault(name, {})[key] = (ratio, panel.kind)
            shown = tables[-1].drop(columns=["panel", "kind"]).set_index("model")
            print(f"\n{panel.name} ({panel.kind}, {len(panel.cutoffs('judge'))} cutoffs)")
            print(shown.round(3).to_string())
            print(held[-1].drop(columns="panel").round(3).to_string(index=False))
    together_table = overall(per_series)
    if options.before is not None:
        before = json.loads(options.before.read_text(encoding="utf-8"))
        more = carried(before, pd.concat(tables))
        if len(more):
            tables.append(more)
            for model, own in more.groupby("model")["panel"]:
                left_out[f"{model} on {'; '.join(own)}"] = CARRIED
            rows = pd.concat(tables)
            together_table = overall_with(together_table, before, rows, set(more["model"]))
            keys = [key for key, why in left_out.items() if why == missing_peers()]
            for key in keys:
                del left_out[key]
    print("\nGeometric mean of CRPS over series, ours over each")
    print(together_table.round(3).to_string(index=False))
    for what, reason in left_out.items():
        print(f"left out: {what}: {reason}")
    if options.out is not None:
        options.out.parent.mkdir(parents=True, exist_ok=True)
        result = {
            "ours": OURS,
            "samples": SAMPLES,
            "seed": SEED,
            "python": platform.python_version(),
            "left_out": left_out,
            "overall": together_table.round(4).to_dict("records"),
            "panels": pd.concat(tables).round(4).to_dict("records"),
            "coverage": pd.concat(held).round(4).to_dict("records"),
        }
        text = json.dumps(result, indent=1, default=str).replace("NaN", "null")
        options.out.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
