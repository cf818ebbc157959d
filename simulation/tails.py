"""Bad futures and long runs: quantiles, expected shortfall, time to recover, warm-up."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import xarray as xr
from scipy import stats

from simulation.measures import exceeds

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Tail(NamedTuple):
    """The bad end of a measure over replications, in its unit.

    Parameters
    ----------
    quantile : float
        Value that the share ``level`` of replications do not exceed.
    low, high : float
        Its 95 % interval from order statistics, without an assumption on the distribution; not
        finite where there are too few replications for it.
    shortfall : float
        Mean of the worst ``1 - level`` of replications.

    """

    quantile: float
    low: float
    high: float
    shortfall: float


def tail(sample: NDArray[np.float64], level: float = 0.95) -> Tail:
    """Describe the bad end of a sample.

    Parameters
    ----------
    sample : numpy.ndarray, (replication,)
        More is worse; not a number is left out.
    level : float
        Between 0 and 1.

    Returns
    -------
    Tail
        Expected shortfall as Rockafellar & Uryasev (2002, doi:10.1016/S0378-4266(02)00271-6)
        define it for discrete distributions: the replication at the quantile counts in part, so
        that exactly ``1 - level`` is averaged.

    Raises
    ------
    ValueError
        If the level is not between 0 and 1.

    Examples
    --------
    >>> found = tail(np.arange(1.0, 101.0))
    >>> found.quantile, found.shortfall
    (95.0, 98.0)

    """
    if not 0 < level < 1:
        msg = f"the level is {level:g}; give a share between 0 and 1, such as 0.95."
        raise ValueError(msg)
    known = np.sort(sample[~np.isnan(sample)])
    count = len(known)
    if not count:
        return Tail(*[float("nan")] * 4)
    position = min(int(np.ceil(count * level - 1e-9)), count) - 1
    quantile = float(known[position])
    worse = known[position + 1 :]
    share = 1 - level
    part = share - len(worse) / count
    shortfall = float(worse.sum()) / count
    if part > 1e-12:  # none of an infinite quantile is not a number
        shortfall += part * quantile
    shortfall /= share
    # The k-th smallest value lies at or below the quantile with probability P(Binomial >= k).
    below = int(stats.binom.ppf(0.025, count, level))
    above = int(stats.binom.ppf(0.975, count, level)) + 1
    low = float(known[below - 1]) if below >= 1 else float("-inf")
    high = float(known[above - 1]) if above <= count else float("inf")
    return Tail(quantile, low, high, shortfall)


def time_to_recover(measures: xr.Dataset) -> xr.DataArray:
    """Count the days from the first failure of a facility until it fails no more.

    Parameters
    ----------
    measures : xarray.Dataset
        From :func:`simulation.measures.dataset`.

    Returns
    -------
    xarray.DataArray, (replication, facility), days
        0 where a facility never fails and infinite where it fails on the last day of the run:
        both are results, not missing values.

    """
    beyond = exceeds(measures)
    failing = beyond.transpose("replication", "facility", "day").values
    days = failing.shape[2]
    first = failing.argmax(axis=2)
    after = days - failing[:, :, ::-1].argmax(axis=2)
    lasts = np.where(failing.any(axis=2), after - first, 0).astype(np.float64)
    lasts[failing[:, :, -1]] = np.inf
    return xr.DataArray(
        lasts,
        dims=("replication", "facility"),
        coords={name: measures[name] for name in ("replication", "facility")},
        name="time_to_recover",
        attrs={
            "units": "days",
            "long_name": "from the first day beyond capacity or standard until the first day after "
            "the last; 0: never beyond; infinite: beyond on the last day",
        },
    )


def warm_up(series: NDArray[np.float64], batch: int = 5) -> int:
    """Find how much of the beginning of a long run to leave out (MSER-5).

    White (1997, doi:10.1177/003754979706900601): means of batches are cut where the standard error
    of what remains, squared, is least. For long-run questions only: a contingency is all
    beginning, and nothing of it is left out.

    Parameters
    ----------
    series : numpy.ndarray, (time,)
        A measure in equal steps of time, best its mean over replications.
    batch : int
        Steps per batch.

    Returns
    -------
    int
        Steps to leave out, a multiple of ``batch``.

    Raises
    ------
    ValueError
        If there are fewer than ten batches, a value is not finite, or the cut falls into the second
        half: the run is too short to tell.

    Examples
    --------
    >>> noise = np.random.default_rng(1).normal(0.0, 0.1, 400)
    >>> bool(30 <= warm_up(1.0 - np.exp(-np.arange(400) / 20.0) + noise) <= 120)
    True

    """
    count = len(series) // batch if batch >= 1 else 0
    if count < 10 or not np.isfinite(series).all():
        msg = (
            f"warm-up needs ten batches of {batch} finite values or more; given: {len(series)} "
            "values. Make the run longer, or the steps shorter."
        )
        raise ValueError(msg)
    means = series[: count * batch].reshape(count, batch).mean(axis=1)
    # Cuts beyond all but five batches leave too little to judge by.
    scores = [float(means[cut:].var()) / (count - cut) for cut in range(count - 5)]
    cut = int(np.argmin(scores))
    if cut > count // 2:
        msg = (
            f"the beginning lasts beyond half of the run ({cut * batch} of {len(series)} steps); "
            "make the run longer."
        )
        raise ValueError(msg)
    return cut * batch
