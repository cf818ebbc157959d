"""Replications until measures are known well enough, with intervals that stay honest.

Stopping as soon as an interval looks narrow makes it cover the truth too seldom. Here the intervals
of all looks and all measures hold **together** with the stated confidence: look *k* of *m* measures
spends the share 1 / (m k (k + 1)) of the allowed error, and these shares sum to 1 over all looks
(union bound). So wherever the run stops, its intervals were among those that hold together. What
remains is the normal approximation behind Student's interval, hence the least number of
replications.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
from scipy import special

from simulation.executors import ExperimentError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

FEWEST: Final = 50
"""Replications at the first look; an assumption: enough for Student's interval of skewed counts."""
GROWTH: Final = 1.5
"""Each look has so many times the replications of the one before."""


@dataclass(frozen=True)
class Precision:
    """How well the mean of a measure must be known.

    Parameters
    ----------
    measure : str
    share : float or None
        Half width of its interval, divided by the mean; above 0.
    half_width : float or None
        Or the half width itself, in the unit of the measure; above 0.

    """

    measure: str
    share: float | None = None
    half_width: float | None = None

    def __post_init__(self) -> None:
        given = [value for value in (self.share, self.half_width) if value is not None]
        if len(given) != 1 or not 0 < given[0] < float("inf"):
            msg = f"the precision of {self.measure} needs one number above 0: a share or a width."
            raise ExperimentError(msg)

    def reached(self, mean: float, half: float) -> bool:
        """Tell whether an interval is narrow enough."""
        if self.half_width is not None:
            return half <= self.half_width
        assert self.share is not None  # noqa: S101 - one of the two is given
        return half <= self.share * abs(mean)


@dataclass(frozen=True)
class Known:
    """What is known when the replications end.

    Parameters
    ----------
    replications : int
    intervals : pandas.DataFrame
        One row per measure: ``measure``, ``mean``, ``low`` and ``high`` (all intervals hold
        together with the confidence; NaN when no spread was seen), ``reached``.
    looks : int
        How often the intervals were looked at.

    """

    replications: int
    intervals: pd.DataFrame
    looks: int

    @property
    def reached(self) -> bool:
        """Whether every measure is known well enough."""
        return bool(self.intervals["reached"].all())


def looks(fewest: int, most: int, multiple: int = 1) -> Iterator[int]:
    """Yield the numbers of replications at which intervals are looked at.

    Parameters
    ----------
    fewest, most : int
        At the first look, and at the last.
    multiple : int
        All but the last are multiples of it.

    Examples
    --------
    >>> list(looks(50, 200, multiple=5))
    [50, 75, 115, 175, 200]

    """
    number = min(fewest, most)
    while number < most:
        yield number
        number = int(np.ceil(number * GROWTH / multiple) * multiple)
    yield most


def replicate_to_precision(
    sample: Callable[[int], pd.DataFrame],
    wanted: Sequence[Precision],
    *,
    most: int,
    fewest: int = FEWEST,
    confidence: float = 0.95,
    multiple: int = 1,
) -> Known:
    """Run replications until all measures are known well enough or the most are run.

    Parameters
    ----------
    sample : callable
        From a number of replications to a table with one row per replication and one column per
        measure; the first rows of a longer table are those of a shorter one.
    wanted : sequence of Precision
        At least one.
    most, fewest : int
        Replications at the last and the first look.
    confidence : float
        With which all intervals hold together, whenever the run ends.
    multiple : int
        See :func:`looks`.

    Returns
    -------
    Known

    Raises
    ------
    ExperimentError
        If nothing is wanted, a number is impossible or a measure is not in the table.

    """
    if not wanted:
        msg = "no precision is asked for; name at least one measure."
        raise ExperimentError(msg)
    if most < 2 or not 0 < confidence < 1:
        msg = (
            f"precision needs at least 2 replications (given: {most}) and a confidence between 0 "
            f"and 1 (given: {confidence:g})."
        )
        raise ExperimentError(msg)
    for look, number in enumerate(looks(max(fewest, 2), most, multiple), start=1):
        table = sample(number)
        unknown = [one.measure for one in wanted if one.measure not in table]
        if unknown:
            msg = f"there is no measure {unknown[0]!r}; known: {', '.join(table.columns)}."
            raise ExperimentError(msg)
        error = (1 - confidence) / (len(wanted) * look * (look + 1))
        rows = [_interval(one, table[one.measure].to_numpy(np.float64), error) for one in wanted]
        known = Known(number, pd.DataFrame(rows), look)
        if known.reached:
            break
    return known


def half_width(values: NDArray[np.float64], error: float = 0.05) -> float:
    """Half width of Student's interval of a mean.

    Parameters
    ----------
    values : numpy.ndarray, (replication,)
    error : float
        Chance that the interval misses the mean.

    Returns
    -------
    float, in the unit of the values
        NaN for fewer than two values, or when one is infinite.

    Examples
    --------
    >>> round(half_width(np.array([1.0, 2.0, 3.0])), 2)
    2.48

    """
    if len(values) < 2 or not np.isfinite(values).all():
        return float("nan")
    spread = float(values.std(ddof=1)) / float(np.sqrt(len(values)))
    return float(special.stdtrit(len(values) - 1, 1 - error / 2)) * spread


def _interval(
    wanted: Precision, values: NDArray[np.float64], error: float
) -> dict[str, float | bool | str]:
    values = values[~np.isnan(values)]
    mean = float(values.mean()) if len(values) else float("nan")
    # Without spread it is not known how rare a value is that has not been seen yet.
    half = half_width(values, error) if np.unique(values).size > 1 else float("nan")
    return {
        "measure": wanted.measure,
        "mean": mean,
        "low": mean - half,
        "high": mean + half,
        "reached": wanted.reached(mean, half),
    }
