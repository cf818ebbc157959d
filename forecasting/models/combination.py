"""Weights of members by their scores on the past, and the mixture as a quantile function.

The CRPS of a mixture is the integral of the squared difference between its distribution function
and the observed step. With weights ``w`` it is ``w' A w`` for a matrix ``A`` of products between
members, so the best weights of any set of past forecasts follow from the sum of such matrices.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Index = npt.NDArray[np.int64]

GRID: Final = 30
"""Points at which distribution functions are compared."""
OWN_WEIGHT: Final = 200.0
"""Past forecasts (of full weight) at which a series' own record counts as much as its group's."""
EQUAL_PULL: Final = 0.02
"""How hard weights are pulled together."""
SPARSE_PULL: Final = 1.0
"""How hard members other than resampling are held down in series with many zeros."""
TAIL_SHARE: Final = 0.02
"""Share of the upper tail that is extended beyond what members saw."""
_ITERATIONS: Final = 300


def products(
    quantiles: Array, observed: Array, allowed: npt.NDArray[np.bool_] | None = None
) -> tuple[Array, Array]:
    """Products between members of their distance from what was observed, in two units.

    Parameters
    ----------
    quantiles : numpy.ndarray, (member, level, series)
        Of log1p of persons.
    observed : numpy.ndarray, (series)
        log1p of persons; NaN gives zero products.
    allowed : numpy.ndarray, (series, member), optional
        Members that a series may have; only these decide how far the points of comparison reach.

    Returns
    -------
    logs, persons : numpy.ndarray, (series, member, member)
        ``w' A w`` is the CRPS of a mixture of log1p of persons, and of persons.

    """
    seen = np.nan_to_num(observed)
    highest = quantiles.max(axis=1)
    if allowed is not None:
        highest = np.where(allowed.T, highest, 0.0)
    top = np.maximum(np.maximum(highest.max(axis=0), seen), 1e-3)
    points = (np.arange(GRID) + 0.5) / GRID * top[:, np.newaxis]
    below = (quantiles[..., np.newaxis] <= points).mean(axis=1)
    distance = np.moveaxis(below - (seen[:, np.newaxis] <= points), 0, 1)
    width = np.where(np.isfinite(observed), top / GRID, 0.0)[:, np.newaxis, np.newaxis]
    persons = distance * (width * np.exp(points)[:, np.newaxis])
    turned = np.swapaxes(distance, 1, 2)
    return (distance * width) @ turned, persons @ turned


def weights_of(
    logs: Array,
    persons: Array,
    cases: Array,
    group: Index,
    resampling: npt.NDArray[np.bool_],
    zeros: Array,
    allowed: npt.NDArray[np.bool_],
) -> Array:
    """Weights (series, member) with the least past CRPS, pooled over the series of a group.

    Both units count the same, each relative to the first resampling member (or the first member).
    The products of a series are mixed with the mean of its group, by how many past forecasts it
    has; weights are pulled together a little, and in series with many zeros members that are not
    resampling are held down, because they put people where there were none.

    Parameters
    ----------
    logs, persons : numpy.ndarray, (series, member, member)
        Sums of :func:`products`.
    cases : numpy.ndarray, (series)
        Past forecasts summed (those long ago count less).
    group : numpy.ndarray, (series)
    resampling : numpy.ndarray, (member)
        Which members resample.
    zeros : numpy.ndarray, (series)
        Share of zeros lately.
    allowed : numpy.ndarray, (series, member)
        Members that a series may have at all; the others get a weight of zero. How they did there
        still counts in the mean of the group: what fails in most places is doubted in the rest.

    Returns
    -------
    numpy.ndarray, (series, member), rows sum to 1

    """
    count = logs.shape[1]
    first = int(np.argmax(resampling))
    relative = np.zeros_like(logs)
    for matrix in (logs, persons):
        unit = matrix[:, first, first]
        relative += 0.5 * np.where(
            unit[:, np.newaxis, np.newaxis] > 1e-9,
            matrix / np.maximum(unit, 1e-9)[:, np.newaxis, np.newaxis],
            0.0,
        )
    informed = np.einsum("skk->s", relative) > 0
    share = cases / max(float(cases.max(initial=0.0)), 1e-9) * informed
    shared = np.empty_like(relative)
    for one in np.unique(group):
        own = group == one
        total = max(float(share[own].sum()), 1e-9)
        shared[own] = np.einsum("s,skl->kl", share[own], relative[own]) / total
    trust = (cases / (cases + OWN_WEIGHT))[:, np.newaxis, np.newaxis]
    blended = trust * relative + (1.0 - trust) * shared
    pull = EQUAL_PULL + SPARSE_PULL * np.outer(zeros, ~resampling)
    blended += (_scale(blended, allowed) * pull)[..., np.newaxis] * np.eye(count)
    return _least(blended, allowed)


def _scale(matrices: Array, allowed: npt.NDArray[np.bool_]) -> Array:
    """Mean product (series, 1) of a member with itself, over those allowed."""
    own = np.where(allowed, np.einsum("skk->sk", matrices), 0.0)
    return np.asarray(own.sum(axis=1, keepdims=True) / allowed.sum(axis=1, keepdims=True))


def _least(matrices: Array, allowed: npt.NDArray[np.bool_]) -> Array:
    """Weights (series, member) on the simplex with the least ``w' A w`` (exponentiated steps)."""
    weights = allowed / allowed.sum(axis=1, keepdims=True)
    scale = _scale(matrices, allowed) + 1e-12
    for _ in range(_ITERATIONS):
        slope = 2.0 * np.einsum("skl,sl->sk", matrices, weights) / scale
        slope -= (slope * weights).sum(axis=1, keepdims=True)
        weights = weights * np.exp(-2.0 * np.clip(slope, -10.0, 10.0))
        weights /= weights.sum(axis=1, keepdims=True)
    return np.asarray(weights)


def mixture_values(quantiles: Array, weights: Array, chances: Array) -> Array:
    """Values of the mixture at given chances.

    Parameters
    ----------
    quantiles : numpy.ndarray, (member, horizon, level, series)
        Of log1p of persons.
    weights : numpy.ndarray, (series, member)
    chances : numpy.ndarray, (sample, horizon, series)
        In (0, 1).

    Returns
    -------
    numpy.ndarray, (sample, horizon, series)
        log1p of persons. The upper two percent follow an exponential tail on the log scale, with
        the mean excess of the upper tenth (Hill 1975, Annals of Statistics 3): members have seen
        a few dozen values each, and what plans must hold against lies beyond them.

    """
    levels = quantiles.shape[2]
    result = np.empty_like(chances)
    for series in range(quantiles.shape[3]):
        # a member without weight must not bend the curve between the values of the others
        used = weights[series] > 0
        share = np.repeat(weights[series, used] / levels, levels)
        values = quantiles[used, :, :, series].swapaxes(0, 1).reshape(quantiles.shape[1], -1)
        orders = np.argsort(values, axis=1, kind="stable")
        for ahead, order in enumerate(orders):
            ordered, part = values[ahead, order], share[order]
            reached = np.cumsum(part)
            middle = reached - part / 2.0
            chance = chances[:, ahead, series]
            drawn = np.interp(chance, middle, ordered)
            tail = chance > 1.0 - TAIL_SHARE
            if tail.any() and ordered[-1] > 0:
                start, tenth = np.interp([1.0 - TAIL_SHARE, 0.9], middle, ordered)
                first = reached.searchsorted(0.9, side="right")
                upper = part[first:]
                excess = (upper * (ordered[first:] - tenth)).sum() / upper.sum()
                if start > 0:
                    beyond = np.log(TAIL_SHARE / (1.0 - chance[tail]))
                    drawn[tail] = start + np.maximum(excess, 0.0) * beyond
            result[:, ahead, series] = drawn
    return result


def joint_chances(blocks: Array, samples: int, rng: np.random.Generator) -> Array:
    """Uniform numbers (sample, horizon, series) with the dependence of past blocks.

    Schaake shuffle (Clark et al. 2004, Journal of Hydrometeorology 5): every sample takes the
    ranks that one block of past periods had among all blocks.

    Parameters
    ----------
    blocks : numpy.ndarray, (block, horizon, series)
        NaN takes a random rank; ties are broken at random.
    samples : int
    rng : numpy.random.Generator

    Returns
    -------
    numpy.ndarray, (sample, horizon, series), in (0, 1)

    """
    count = len(blocks)
    noise = rng.random(blocks.shape)
    known = np.where(
        np.isnan(blocks), rng.choice(blocks[np.isfinite(blocks)], blocks.shape), blocks
    )
    order = np.lexsort((noise, known), axis=0)
    ranks = np.argsort(order, axis=0)
    chosen = rng.permutation(np.arange(samples) % count)
    return np.asarray((ranks[chosen] + rng.random((samples, *blocks.shape[1:]))) / count)
