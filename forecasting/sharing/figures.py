"""What the samples say at every level: sums for all places, and quantiles of those sums."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from forecasting.sharing.netcdf import period_ends

if TYPE_CHECKING:
    import xarray as xr

    from forecasting.hierarchy import Hierarchy

Counts = npt.NDArray[np.int64]

QUANTILE_LEVELS: Final = (0.025, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.975)
"""Quantiles in the tables: the median and the central 50, 80, 90 and 95 % intervals."""
ALL_CAUSES: Final = "all"
"""Name of the sum over causes."""


def quantiles_of(samples: Counts, levels: tuple[float, ...] = QUANTILE_LEVELS) -> Counts:
    """Quantiles that are values of samples: the smallest with at least that share below or at it.

    Parameters
    ----------
    samples : numpy.ndarray, (sample, ...), persons
    levels : tuple of float
        In (0, 1).

    Returns
    -------
    numpy.ndarray, (level, ...), persons
        Whole numbers; no interpolation, so protected counts stay protected.

    References
    ----------
    Hyndman, R. J. and Fan, Y. (1996), definition 1, https://doi.org/10.2307/2684934

    Examples
    --------
    >>> import numpy as np
    >>> quantiles_of(np.array([[0], [5], [10], [40]]), (0.25, 0.5, 0.9)).ravel().tolist()
    [0, 5, 40]

    """
    count = samples.shape[0]
    # The tiny amount keeps 0.1 x 50 at the fifth value whatever the rounding of the product.
    ranks = [max(int(np.ceil(level * count - 1e-9)), 1) - 1 for level in levels]
    return np.asarray(np.sort(samples, axis=0)[ranks])


@dataclass(frozen=True)
class Figures:
    """Samples and quantiles of all places of a package.

    Parameters
    ----------
    hierarchy : Hierarchy
        Places of the package from top to bottom.
    causes : tuple of str
        Causes of the samples; ``("all",)`` for a forecast without causes.
    first_days, last_days : numpy.ndarray of datetime64, (time)
        Of every period.
    samples : numpy.ndarray, (node, sample, cause, time), persons
        Exact sums.
    sample_numbers : numpy.ndarray, (sample)
    quantiles : numpy.ndarray, (node, level, cause + 1, time), persons
        The last cause is the sum over causes; absent when there is only one.

    """

    hierarchy: Hierarchy
    causes: tuple[str, ...]
    first_days: npt.NDArray[np.datetime64]
    last_days: npt.NDArray[np.datetime64]
    samples: Counts
    sample_numbers: npt.NDArray[np.int32]
    quantiles: Counts

    @property
    def shown_causes(self) -> tuple[str, ...]:
        """Causes of the quantiles: those of the samples and their sum."""
        return self.causes if len(self.causes) == 1 else (*self.causes, ALL_CAUSES)

    def total(self, node: int) -> Counts:
        """Quantiles of the sum over all periods, (level, cause)."""
        return quantiles_of(with_sum(self.samples[node].sum(axis=-1), axis=1))


def figures_of(forecast: xr.DataArray, hierarchy: Hierarchy) -> Figures:
    """Sum the samples to every level and take quantiles.

    Parameters
    ----------
    forecast : xarray.DataArray, (sample, time, location[, cause]), persons per period
        Of the bottom places of the hierarchy.
    hierarchy : Hierarchy

    Returns
    -------
    Figures

    """
    ordered = hierarchy.bottom_of(forecast)
    causes = tuple(map(str, ordered["cause"].values)) if "cause" in ordered.dims else (ALL_CAUSES,)
    if "cause" not in ordered.dims:
        ordered = ordered.expand_dims("cause", -1)
    counts = ordered.transpose("sample", "cause", "time", "location").to_numpy().astype(np.int64)
    nodes = np.moveaxis(hierarchy.sums(counts), -1, 0)
    shown = with_sum(nodes, axis=2)
    quantiles = np.stack([quantiles_of(node) for node in shown])
    first = ordered["time"].to_numpy().astype("datetime64[D]")
    ends = period_ends(first, str(forecast.attrs["period"]))
    numbers = (
        ordered["sample"].to_numpy().astype(np.int32)
        if "sample" in ordered.coords
        else np.arange(counts.shape[0], dtype=np.int32)
    )
    return Figures(
        hierarchy=hierarchy,
        causes=causes,
        first_days=first,
        last_days=ends - np.timedelta64(1, "D"),
        samples=np.asarray(nodes, dtype=np.int64),
        sample_numbers=numbers,
        quantiles=quantiles,
    )


def with_sum(counts: npt.NDArray[np.number], axis: int) -> Counts:
    """Append the sum over an axis to it, unless it has one entry only."""
    whole = np.asarray(counts, dtype=np.int64)
    if whole.shape[axis] == 1:
        return whole
    return np.concatenate([whole, whole.sum(axis=axis, keepdims=True)], axis=axis)
