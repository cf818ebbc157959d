"""Is a model better than a benchmark, and does its interval hold what it says: with intervals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from forecasting.evaluation import COVERAGE_LEVELS, at_level
from forecasting.flows import FlowError

if TYPE_CHECKING:
    import xarray as xr

MEASURES: Final = ("crps", "crps_log1p", "interval_score")
"""Scores that models can be compared by."""
_DAYS: Final = {"day": 1.0, "week": 7.0, "month": 30.4, "quarter": 91.3, "year": 365.2}


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
    measure : {"crps", "crps_log1p", "interval_score"}
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
    own, names = _position(scores, benchmark, measure)
    values = at_level(scores, level)[measure].transpose("model", "cutoff", ...)
    flat = values.to_numpy().reshape(values.sizes["model"], values.sizes["cutoff"], -1)
    known = np.isfinite(flat).all(axis=0)
    sums = np.where(known, flat, 0.0).sum(axis=2)
    counts = known.sum(axis=1)
    chosen = _bootstrap_cutoffs(scores, replications, seed)
    resampled = sums[:, chosen].sum(axis=2)
    rows = []
    for position in range(len(names)):
        ratio = float(_ratio(sums[position].sum(), sums[own].sum()))
        spread = 1.0 - _ratio(resampled[position], resampled[own])
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


def series_ratio(
    scores: xr.Dataset,
    benchmark: str,
    *,
    measure: str = "crps",
    level: str = "series",
    interval: float = 0.9,
    replications: int = 2000,
    seed: int = 0,
) -> pd.DataFrame:
    """Geometric mean over series of the score relative to a benchmark, all series alike.

    Per series, the mean score over cutoffs and horizons is divided by that of the benchmark; 0.9
    means ten percent better on a typical series. Series in which nothing happened and nobody
    foresaw anything (a score of zero for a model) are left out for all models, and counted. The
    interval resamples blocks of cutoffs, as in :func:`skill`.

    Parameters
    ----------
    scores, benchmark, measure, level, interval, replications, seed
        As in :func:`skill`.

    Returns
    -------
    pandas.DataFrame
        Index model; ratio, low, high, wins (share of series in which the model is better), series
        (compared), left_out (series).

    Raises
    ------
    FlowError
        If the benchmark is not among the models, the measure is unknown or no series is left.

    """
    own, names = _position(scores, benchmark, measure)
    values = at_level(scores, level)[measure].transpose("model", "cutoff", "horizon", ...)
    table = values.to_numpy().reshape(*values.shape[:3], -1)
    known = np.isfinite(table).all(axis=0)
    sums = np.where(known, table, 0.0).sum(axis=2)
    total = sums.sum(axis=1)
    kept = (total > 0).all(axis=0)
    if not kept.any():
        msg = f"at level {level!r} no series has a score above zero for every model."
        raise FlowError(msg)
    chosen = _bootstrap_cutoffs(scores, min(replications, 500), seed)
    often = np.zeros((len(chosen), sums.shape[1]))
    np.add.at(often, (np.arange(len(chosen))[:, np.newaxis], chosen), 1.0)
    floor = 1e-9 + 1e-3 * total[:, kept] / sums.shape[1]
    logs = np.log(np.einsum("rc,mcs->mrs", often, sums[..., kept]) + floor[:, np.newaxis])
    tail = [0.5 - interval / 2, 0.5 + interval / 2]
    rows = []
    for position in range(len(names)):
        ratio = total[position, kept] / total[own, kept]
        spread = np.exp((logs[position] - logs[own]).mean(axis=1))
        low, high = np.quantile(spread, tail)
        rows.append(
            {
                "ratio": float(np.exp(np.log(ratio).mean())),
                "low": low,
                "high": high,
                "wins": float((ratio < 1.0).mean()),
                "series": int(kept.sum()),
                "left_out": int((~kept).sum()),
            }
        )
    return pd.DataFrame(rows, index=pd.Index(names, name="model"))


def coverage_interval(
    scores: xr.Dataset,
    *,
    level: str = "series",
    content: float = 0.9,
    interval: float = 0.9,
    replications: int = 2000,
    seed: int = 0,
) -> pd.DataFrame:
    """Share of observations that an interval held, and what share it may hold in the long run.

    Forecasts of overlapping months share their luck, so many observations tell little. The
    variance of the share under resampling of blocks of cutoffs (as in :func:`skill`, times
    ``b / (b - 1)`` for ``b`` blocks) says how many independent observations they are worth, at most
    one per series and month; the interval is that of Wilson (1927, JASA 22) for that number. The
    quantiles of the resampled shares would be too narrow: on made-up sums with a right 90 %
    interval, six months ahead, every third month of two years, they hold 0.9 in five to six of ten
    cases, this interval in nine.

    Parameters
    ----------
    scores : xarray.Dataset
        From :func:`backtest`.
    level : str
        See :func:`at_level`.
    content : {0.5, 0.9}
        Probability content of the forecast interval that is judged.
    interval : float
        Probability content of the interval around the share.
    replications : int
        Bootstrap replications.
    seed : int
        Same seed, same interval.

    Returns
    -------
    pandas.DataFrame
        Index model; covered, low, high (shares), cases (observations), independent (what they are
        worth). NaN where nothing was observed.

    Raises
    ------
    FlowError
        If the scores have no such level or the content is another.

    """
    names = {share: name for name, share in COVERAGE_LEVELS.items()}
    if content not in names:
        msg = f"content is {content!r}; allowed: {', '.join(map(str, names))}."
        raise FlowError(msg)
    held = at_level(scores, level)[names[content]].transpose("model", "cutoff", "horizon", ...)
    flat = held.to_numpy().reshape(*held.shape[:2], -1)
    known = np.isfinite(flat)
    sums, counts = np.where(known, flat, 0.0).sum(axis=2), known.sum(axis=2)
    chosen = _bootstrap_cutoffs(scores, replications, seed)
    length = min(_overlap(scores), max(held.sizes["cutoff"] // 2, 1))
    blocks = held.sizes["cutoff"] / length
    most = _months_apart(scores) * int(np.prod(held.shape[3:]))
    quantile = float(stats.norm.ppf(0.5 + interval / 2))
    rows = []
    for position in range(len(sums)):
        cases = int(counts[position].sum())
        share = sums[position].sum() / cases if cases else float("nan")
        drawn = sums[position, chosen].sum(axis=1) / np.maximum(
            counts[position, chosen].sum(axis=1), 1
        )
        variance = drawn.var() * blocks / max(blocks - 1.0, 0.5)
        worth = float(np.minimum(most, cases)) if cases else float("nan")
        if variance > 0:
            worth = float(np.clip(share * (1.0 - share) / variance, 1.0, worth))
        low, high = _wilson(share, worth, quantile)
        rows.append(
            {"covered": share, "low": low, "high": high, "cases": cases, "independent": worth}
        )
    return pd.DataFrame(rows, index=pd.Index(scores["model"].to_numpy(), name="model"))


def _months_apart(scores: xr.Dataset) -> int:
    """Different periods that the forecasts are for."""
    days = _DAYS[str(scores.attrs.get("period", "month"))]
    first = scores["cutoff"].to_numpy().astype("datetime64[D]").astype(np.int64)
    ahead = scores["horizon"].to_numpy() - 1
    return len(np.unique(np.rint(first[:, np.newaxis] / days + ahead)))


def _wilson(share: float, cases: float, quantile: float) -> tuple[float, float]:
    """Wilson score interval of a share of independent cases."""
    weight = quantile**2 / cases
    middle = (share + weight / 2.0) / (1.0 + weight)
    half = np.sqrt(weight * share * (1.0 - share) + weight**2 / 4.0) / (1.0 + weight)
    return float(middle - half), float(middle + half)


def paired_test(
    scores: xr.Dataset, benchmark: str, *, measure: str = "crps", level: str = "series"
) -> pd.DataFrame:
    """Test whether mean scores differ from those of a benchmark (Diebold and Mariano 1995).

    The difference of the scores, averaged over series and horizons at each cutoff, is a short time
    series; its mean is compared with its long-run standard error, which counts the
    autocorrelation of overlapping forecasts with Bartlett weights (Newey and West 1987), and the
    statistic is corrected for few cutoffs and compared with Student's t (Harvey, Leybourne and
    Newbold 1997, International Journal of Forecasting 13).

    Parameters
    ----------
    scores, benchmark, measure, level
        As in :func:`skill`.

    Returns
    -------
    pandas.DataFrame
        Index model; difference (of mean scores, negative is better), standard_error, statistic,
        p_value (two-sided; NaN for the benchmark itself and with fewer than three cutoffs),
        cutoffs.

    Raises
    ------
    FlowError
        If the benchmark is not among the models or the measure is unknown.

    """
    own, names = _position(scores, benchmark, measure)
    values = at_level(scores, level)[measure].transpose("model", "cutoff", ...)
    flat = values.to_numpy().reshape(*values.shape[:2], -1)
    known = np.isfinite(flat).all(axis=0)
    counts = known.sum(axis=1)
    means = np.where(known, flat, 0.0).sum(axis=2)[:, counts > 0] / counts[counts > 0]
    overlap = _overlap(scores)
    rows = []
    for position in range(len(names)):
        difference = means[position] - means[own]
        count = len(difference)
        error = _long_run_error(difference, overlap) if count > 2 else float("nan")
        ahead = min(overlap, count - 1)
        small = np.sqrt(max(count + 1 - 2 * ahead + ahead * (ahead - 1) / count, 1.0) / count)
        statistic = small * difference.mean() / error if error > 0 else float("nan")
        rows.append(
            {
                "difference": difference.mean(),
                "standard_error": error,
                "statistic": statistic,
                "p_value": 2.0 * stats.t.sf(abs(statistic), count - 1),
                "cutoffs": count,
            }
        )
    return pd.DataFrame(rows, index=pd.Index(names, name="model"))


def _long_run_error(series: npt.NDArray[np.float64], overlap: int) -> float:
    """Return the standard error of the mean of an autocorrelated series (Bartlett weights)."""
    centered = series - series.mean()
    count = len(centered)
    lags = min(overlap, count - 1)
    variance = centered @ centered / count
    for lag in range(1, lags):
        weight = 1.0 - lag / lags
        variance += 2.0 * weight * (centered[lag:] @ centered[:-lag]) / count
    return float(np.sqrt(max(variance, 0.0) / count))


def _position(scores: xr.Dataset, benchmark: str, measure: str) -> tuple[int, list[str]]:
    """Position of the benchmark and names of all models."""
    names = [str(name) for name in scores["model"].to_numpy()]
    if benchmark not in names:
        msg = f"benchmark is {benchmark!r}; models scored: {', '.join(names)}."
        raise FlowError(msg)
    if measure not in MEASURES:
        msg = f"measure is {measure!r}; allowed: {', '.join(map(repr, MEASURES))}."
        raise FlowError(msg)
    return names.index(benchmark), names


def _overlap(scores: xr.Dataset) -> int:
    """Cutoffs whose forecasts share months with the first of them, at least 1."""
    count = scores.sizes["cutoff"]
    moments = np.sort(scores["cutoff"].to_numpy().astype("datetime64[D]").astype(np.int64))
    step = float(np.median(np.diff(moments))) if count > 1 else _DAYS["month"]
    days = _DAYS[str(scores.attrs.get("period", "month"))]
    return int(np.clip(np.ceil(scores.sizes["horizon"] * days / max(step, 1.0)), 1, count))


def _ratio(score: npt.ArrayLike, benchmark: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Ratio of two scores; two perfect scores are equal."""
    over, under = np.asarray(score, dtype=float), np.asarray(benchmark, dtype=float)
    safe = np.where(under > 0, under, 1.0)
    return np.where(under > 0, over / safe, np.where(over > 0, np.inf, 1.0))


def _bootstrap_cutoffs(scores: xr.Dataset, replications: int, seed: int) -> npt.NDArray[np.int64]:
    """Positions of cutoffs (replication, cutoff) in blocks as long as forecasts overlap."""
    count = scores.sizes["cutoff"]
    length = min(_overlap(scores), max(count // 2, 1))
    blocks = -(-count // length)
    starts = np.random.default_rng(seed).integers(count, size=(replications, blocks))
    rows = (starts[..., np.newaxis] + np.arange(length)) % count
    return np.asarray(rows.reshape(replications, -1)[:, :count])
