"""Is a model better than a benchmark: skill with a paired interval, and the verdict in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from forecasting.evaluation import at_level, score_table
from forecasting.flows import FlowError

if TYPE_CHECKING:
    import xarray as xr


def skill(
    scores: xr.Dataset,
    benchmark: str,
    *,
    measure: str = "crps",
    level: str = "series",
    interval: float = 0.9,
    replications: int = 2000,
    seed: int = 0,
) -> pd.DataFrame:
    """Skill of every model against a benchmark, with a paired interval.

    Skill is ``1 - mean score / mean score of the benchmark``: 0.1 means ten percent better. The
    interval resamples blocks of neighboring cutoffs (circular block bootstrap, Politis and Romano
    1992) for model and benchmark together, because forecasts of overlapping months share luck.

    Parameters
    ----------
    scores : xarray.Dataset
        From :func:`backtest`.
    benchmark : str
        Name of the model to beat.
    measure : {"crps", "crps_log1p"}
        In persons, where the largest crises weigh most, or on the log scale, where every place
        weighs the same.
    level : str
        See :func:`at_level`.
    interval : float
        Probability content of the interval.
    replications : int
        Bootstrap replications.
    seed : int
        Same seed, same interval.

    Returns
    -------
    pandas.DataFrame
        Index model; score, benchmark_score, skill, low, high, cutoffs.

    Raises
    ------
    FlowError
        If the benchmark is not among the models or the measure is unknown.

    """
    names = [str(name) for name in scores["model"].to_numpy()]
    if benchmark not in names:
        msg = f"benchmark is {benchmark!r}; models scored: {', '.join(names)}."
        raise FlowError(msg)
    if measure not in ("crps", "crps_log1p"):
        msg = f"measure is {measure!r}; allowed: 'crps' (persons), 'crps_log1p'."
        raise FlowError(msg)
    values = at_level(scores, level)[measure].transpose("model", "cutoff", ...)
    flat = values.to_numpy().reshape(values.sizes["model"], values.sizes["cutoff"], -1)
    known = np.isfinite(flat).all(axis=0)
    sums = np.where(known, flat, 0.0).sum(axis=2)
    counts = known.sum(axis=1)
    chosen = _bootstrap_cutoffs(scores, replications, seed)
    resampled = sums[:, chosen].sum(axis=2)
    own = names.index(benchmark)
    rows = []
    for position in range(len(names)):
        ratio = sums[position].sum() / max(sums[own].sum(), 1e-12)
        spread = 1.0 - resampled[position] / np.maximum(resampled[own], 1e-12)
        low, high = np.quantile(spread, [0.5 - interval / 2, 0.5 + interval / 2])
        rows.append(
            {
                "score": sums[position].sum() / max(counts.sum(), 1),
                "benchmark_score": sums[own].sum() / max(counts.sum(), 1),
                "skill": 1.0 - ratio,
                "low": low,
                "high": high,
                "cutoffs": values.sizes["cutoff"],
            }
        )
    return pd.DataFrame(rows, index=pd.Index(names, name="model"))


def _bootstrap_cutoffs(scores: xr.Dataset, replications: int, seed: int) -> npt.NDArray[np.int64]:
    """Positions of cutoffs (replication, cutoff) in blocks as long as forecasts overlap."""
    count = scores.sizes["cutoff"]
    moments = scores["cutoff"].to_numpy().astype("datetime64[D]").astype(np.int64)
    horizon = scores.sizes["horizon"]
    step = float(np.median(np.diff(np.sort(moments)))) if count > 1 else 30.0
    length = int(np.clip(np.ceil(horizon * 30.4 / max(step, 1.0)), 1, max(count // 2, 1)))
    blocks = -(-count // length)
    starts = np.random.default_rng(seed).integers(count, size=(replications, blocks))
    rows = (starts[..., np.newaxis] + np.arange(length)) % count
    return np.asarray(rows.reshape(replications, -1)[:, :count])


def skill_statement(
    scores: xr.Dataset, model: str, benchmark: str, *, level: str = "series", seed: int = 0
) -> str:
    """Say in plain words whether a model beats a benchmark.

    Parameters
    ----------
    scores : xarray.Dataset
        From :func:`backtest`.
    model, benchmark : str
        Names of models that were scored.
    level : str
        See :func:`at_level`.
    seed : int
        Of the bootstrap.

    Returns
    -------
    str
        One sentence per measure with the interval, and one on the spread.

    """
    table = score_table(scores, level)
    if model not in table.index:
        msg = f"model is {model!r}; models scored: {', '.join(map(str, table.index))}."
        raise FlowError(msg)
    sentences = []
    for measure, words in (
        ("crps", "in persons, where the largest crises weigh most"),
        ("crps_log1p", "on the log scale, where every place weighs the same"),
    ):
        row = skill(scores, benchmark, measure=measure, level=level, seed=seed).loc[model]
        size = f"{abs(row['skill']):.0%}"
        span = f"90% interval {row['low']:+.0%} to {row['high']:+.0%}"
        if row["low"] > 0:
            verdict = f"is {size} better than {benchmark}"
        elif row["high"] < 0:
            verdict = f"is {size} worse than {benchmark}; use {benchmark} instead"
        else:
            direction = "better" if row["skill"] >= 0 else "worse"
            verdict = f"cannot be told apart from {benchmark} ({size} {direction} so far)"
        sentences.append(f"{model} {verdict} {words} ({span}).")
    share = float(table.loc[model, "covered_90"])
    count = scores.sizes["cutoff"]
    sentences.append(
        f"Its 90% interval held {share:.0%} of what was observed, over {count} cutoffs."
    )
    return " ".join(sentences)
