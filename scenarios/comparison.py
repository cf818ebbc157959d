"""Plans side by side on the same futures: paired differences with intervals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from simulation.measures import MEASURES, exceeds

if TYPE_CHECKING:
    from collections.abc import Mapping

    import xarray as xr
    from numpy.typing import NDArray

CONFIDENCE: Final = 0.95
_RESAMPLES: Final = 4000
_NOT_BETTER_OR_WORSE: Final = frozenset(
    {"persons_entered", "groups_entered", "persons_cut_off", "consultations_interrupted"}
)
COLUMNS: Final = (
    "plan",
    "measure",
    "baseline",
    "value",
    "difference",
    "low",
    "high",
    "chance_better",
    "chance_same",
    "distinguishable",
    "joint_low",
    "joint_high",
    "jointly_distinguishable",
    "times_narrower",
    "unit",
)


class CompareError(ValueError):
    """Plans that did not face the same futures cannot be compared."""


def outcomes(measures: xr.Dataset) -> pd.DataFrame:
    """Collect the measures that plans are judged by; less is better for every one.

    Parameters
    ----------
    measures : xarray.Dataset
        Of one plan.

    Returns
    -------
    pandas.DataFrame
        Index replication; one column per measure, ``attrs["units"]`` by column.

    """
    columns: dict[str, NDArray[np.float64]] = {}
    units: dict[str, str] = {}
    for m in MEASURES:
        if not m.dims and m.name not in _NOT_BETTER_OR_WORSE:
            columns[m.name], units[m.name] = measures[m.name].values, m.unit
    # Children, women and men are everyone.
    columns["not_reached_total"] = (
        measures["not_reached"].isel(category=slice(0, 3)).sum("category").values
    )
    units["not_reached_total"] = "persons"
    for step in ("rescue", "registration", "placement", "consultation"):
        name = f"persons_late_{step}"
        columns[name] = measures["persons_late"].sel(step=step).values
        units[name] = "persons"
    left = measures["persons_by_outcome"].sel(group_outcome="left_without_place")
    columns["persons_left_without_place"], units["persons_left_without_place"] = (
        left.values,
        "persons",
    )
    days = exceeds(measures).any("facility").sum("day")
    columns["days_over_capacity"], units["days_over_capacity"] = days.values, "days"
    table = pd.DataFrame(
        columns, index=pd.Index(measures["replication"].values, name="replication")
    )
    table.attrs["units"] = units
    return table


def compare(baseline: xr.Dataset, plans: Mapping[str, xr.Dataset]) -> pd.DataFrame:
    """Compare plans with a baseline, replication by replication.

    Parameters
    ----------
    baseline : xarray.Dataset
        Measures of the plan to compare with.
    plans : mapping of str to xarray.Dataset
        Measures of the others, on the same replications.

    Returns
    -------
    pandas.DataFrame
        One row per plan and measure: means over the replications in which both have it (time to
        reach is undefined where nobody was cut off), their paired difference (plan minus
        baseline; negative is better) with a 95 % bootstrap interval of the mean difference, the
        share of futures in which the plan is better, and in which it makes no difference.
        ``distinguishable`` tells whether the interval leaves out zero. ``joint_low`` and
        ``joint_high`` limit intervals that **all** hold together with 95 % (see
        :func:`joint_intervals`), over all plans and measures of the table.
        ``times_narrower`` is the width of the unpaired interval (had the plans met futures of
        their own) over that of the paired one.

    Raises
    ------
    CompareError
        If the plans were not run on the same replications and seed.

    """
    base = outcomes(baseline)
    units = base.attrs["units"]
    rows = []
    samples = []
    for name, measures in plans.items():
        _check_same_futures(baseline, measures, name)
        other = outcomes(measures)
        for measure in base.columns:
            pairs = pd.DataFrame({"base": base[measure], "other": other[measure]}).dropna()
            difference = (pairs["other"] - pairs["base"]).to_numpy(dtype=np.float64)
            low, high = mean_interval(difference)
            samples.append((other[measure] - base[measure]).to_numpy(dtype=np.float64))
            rows.append(
                {
                    "plan": name,
                    "measure": measure,
                    "baseline": pairs["base"].mean(),
                    "value": pairs["other"].mean(),
                    "difference": difference.mean() if len(pairs) else float("nan"),
                    "low": low,
                    "high": high,
                    "chance_better": (difference < 0).mean() if len(pairs) else float("nan"),
                    "chance_same": (difference == 0).mean() if len(pairs) else float("nan"),
                    "distinguishable": bool(low > 0 or high < 0),
                    "times_narrower": _times_narrower(pairs),
                    "unit": units[measure],
                }
            )
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    if rows:
        limits = joint_intervals(np.column_stack(samples))
        table["joint_low"], table["joint_high"] = limits
        table["jointly_distinguishable"] = (limits[0] > 0) | (limits[1] < 0)
    return table


def _times_narrower(pairs: pd.DataFrame) -> float:
    spread = float((pairs["other"] - pairs["base"]).std(ddof=1)) if len(pairs) > 1 else 0.0
    if not spread > 0:
        return float("nan")
    return float(np.sqrt(pairs["base"].var(ddof=1) + pairs["other"].var(ddof=1)) / spread)


def joint_intervals(
    samples: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """95 % intervals of several means that all hold together, the same at every call.

    The bootstrap of the largest deviation (max-t): every resample of replications gives the mean
    of every column, their distances from the means of the sample in standard errors, and the
    largest of these; its 95 % quantile times the standard error is the half width of each
    interval (Romano & Wolf 2005, doi:10.1111/j.1468-0262.2005.00615.x). Columns that move
    together cost less than Bonferroni's correction would.

    Parameters
    ----------
    samples : numpy.ndarray, (replication, quantity)
        Rows are drawn together; not a number where a quantity is undefined.

    Returns
    -------
    low, high : numpy.ndarray, (quantity,)
        Not a number for fewer than two values.

    Examples
    --------
    >>> low, high = joint_intervals(np.column_stack([np.arange(100.0), np.zeros(100)]))
    >>> bool(low[0] < 49.5 < high[0]), float(high[1])
    (True, 0.0)

    """
    known = np.isfinite(samples)
    values = np.where(known, samples, 0.0)
    counts = known.sum(axis=0)
    enough = counts > 1
    means = values.sum(axis=0) / np.maximum(counts, 1)
    squares = np.where(known, (values - means) ** 2, 0.0).sum(axis=0)
    errors = np.sqrt(squares / np.maximum(counts - 1, 1) / np.maximum(counts, 1))
    size = len(samples)
    generator = np.random.default_rng(size)
    # How often each replication is drawn says all about a resample.
    drawn = generator.multinomial(size, np.full(size, 1 / max(size, 1)), size=_RESAMPLES)
    totals, sizes = drawn @ values, drawn @ known
    with np.errstate(divide="ignore", invalid="ignore"):
        distances = np.abs(totals / sizes - means) / errors
    distances[~np.isfinite(distances)] = 0.0
    critical = float(np.quantile(distances.max(axis=1), CONFIDENCE)) if distances.size else 0.0
    half = np.where(enough, critical * errors, np.nan)
    return means - half, means + half


def mean_interval(sample: NDArray[np.float64]) -> tuple[float, float]:
    """95 % interval of a mean by the bootstrap (percentile method), the same at every call.

    The resampling is seeded by the number of values only, so that all measures of a comparison see
    the same resamples.
    """
    if len(sample) < 2:
        return (np.nan, np.nan)
    chosen = np.random.default_rng(len(sample)).integers(
        len(sample), size=(_RESAMPLES, len(sample))
    )
    means = sample[chosen].mean(axis=1)
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(means, [tail, 1 - tail])
    return float(low), float(high)


def _check_same_futures(baseline: xr.Dataset, other: xr.Dataset, name: str) -> None:
    problems = [
        f"{what} is {theirs} but {ours} in the baseline"
        for what, ours, theirs in (
            (
                "the number of replications",
                baseline.sizes["replication"],
                other.sizes["replication"],
            ),
            ("the seed", baseline.attrs.get("seed"), other.attrs.get("seed")),
            (
                "the first day",
                str(baseline["date"].values[0])[:10],
                str(other["date"].values[0])[:10],
            ),
            ("the number of days", baseline.sizes["day"], other.sizes["day"]),
        )
        if ours != theirs
    ]
    if problems:
        msg = (
            f"{name} did not face the same futures: {'; '.join(problems)}. "
            "Run both with the same seed, replications and period."
        )
        raise CompareError(msg)
