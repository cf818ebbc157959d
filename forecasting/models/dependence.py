"""What happens together in a sample: ranks of past levels, and of past errors.

A sample takes its ranks from a block of the past (Schaake shuffle, see
:func:`forecasting.models.combination.joint_chances`). Blocks of levels tell which places are high
in the same months, and that a level lasts; they also tell of long swings that a forecast already
knows. Blocks of errors, here where observations fell in past forecasts (their probability integral
transform, PIT), tell what a forecast did not know; there are few of them. Samples are shared out
between both, so that sums over places and months hold both kinds of surprise.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from forecasting.models.combination import joint_chances

Array = npt.NDArray[np.float64]
Index = npt.NDArray[np.int64]

LEAST_BLOCKS: Final = 6
"""Past forecasts with an observation below which their errors tell nothing of dependence."""

FURTHEST_APART: Final = 3
"""Periods between two scored horizons up to which what lies between may be read off both. Days of
two weeks scored at three horizons would follow each other too smoothly."""


def pit_range(quantiles: Array, observed: Array) -> Array:
    """Chance that every member gave to less, and to no more, than what was observed.

    Parameters
    ----------
    quantiles : numpy.ndarray, (member, level, series)
        In any unit; those of a member count alike.
    observed : numpy.ndarray, (series)
        In the unit of the quantiles; NaN where not observed.

    Returns
    -------
    numpy.ndarray, (2, member, series)
        Shares in [0, 1]; NaN where nothing was observed. The two differ where the observation ties
        with forecasts, as zeros do.

    Examples
    --------
    >>> quantiles = np.array([[[0.0], [0.0], [3.0], [5.0]]])
    >>> pit_range(quantiles, np.array([0.0])).ravel().tolist()
    [0.0, 0.5]

    """
    both = np.stack([(quantiles < observed).mean(axis=1), (quantiles <= observed).mean(axis=1)])
    return np.where(np.isfinite(observed), both, np.nan)


def are_close(horizons: Index) -> bool:
    """Whether scored horizons are near enough to each other to read off what lies between."""
    return int(np.diff(horizons).max(initial=0)) <= FURTHEST_APART


@dataclass(frozen=True)
class PastErrors:
    """Where observations fell in forecasts that were made again in the past.

    Attributes
    ----------
    ranges : numpy.ndarray, (origin, scored horizon, 2, series)
        Chance the forecast gave to less, and to no more, than what was observed; NaN where that is
        missing or yet to come.
    horizons : numpy.ndarray, (scored horizon)
        Periods ahead, increasing.

    """

    ranges: Array
    horizons: Index

    @classmethod
    def of(cls, members: Array, weights: Array, horizons: Index) -> PastErrors:
        """Mix what members gave, (origin, scored horizon, 2, member, series) of :func:`pit_range`.

        ``weights`` (series, member) are those of the mixture.
        """
        return cls(np.einsum("sm,ohrms->ohrs", weights, members), horizons)

    def blocks(self, horizon: int, rng: np.random.Generator) -> Array:
        """Blocks (origin, horizon, series) of numbers between 0 and 1, NaN where nothing is known.

        A tie lies anywhere in its range. Horizons between two that were scored lie between their
        values, later ones and those yet to come go on as the last that is known.
        """
        low, high = np.moveaxis(self.ranges, 2, 0)
        scored = low + (high - low) * rng.random(low.shape)
        for step in range(1, scored.shape[1]):
            unknown = np.isnan(scored[:, step])
            scored[:, step][unknown] = scored[:, step - 1][unknown]
        ahead = np.arange(1, horizon + 1)
        position = np.interp(ahead, self.horizons, np.arange(len(self.horizons)))
        first = position.astype(np.int64)
        second = np.minimum(first + 1, len(self.horizons) - 1)
        part = (position - first)[:, np.newaxis]
        mixed = scored[:, first] + part * (scored[:, second] - scored[:, first])
        return np.asarray(mixed[np.isfinite(mixed).any(axis=(1, 2))])


def shared_chances(
    levels: Array,
    errors: PastErrors | None,
    share: float,
    samples: int,
    rng: np.random.Generator,
) -> Array:
    """Uniform numbers (sample, horizon, series) with the dependence of past levels and errors.

    Parameters
    ----------
    levels : numpy.ndarray, (block, horizon, series)
        Blocks of past levels; NaN takes a random rank.
    errors : PastErrors or None
        None, or fewer than six past forecasts: all samples follow the levels.
    share : float
        Share of the samples that follow the errors, in [0, 1].
    samples : int
    rng : numpy.random.Generator

    Returns
    -------
    numpy.ndarray, (sample, horizon, series), in (0, 1)
        In random order, so that any part of the samples has both kinds.

    """
    many = round(share * samples)
    if errors is None or many == 0:
        return joint_chances(levels, samples, rng)
    blocks = errors.blocks(levels.shape[1], rng)
    if len(blocks) < LEAST_BLOCKS:
        return joint_chances(levels, samples, rng)
    parts = [joint_chances(blocks, many, rng)]
    if many < samples:
        parts.append(joint_chances(levels, samples - many, rng))
    return np.asarray(rng.permutation(np.concatenate(parts)))
