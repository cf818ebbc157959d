"""How the gravity model is estimated, and how far counts are from what it expects."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt
from statsmodels.genmod.families import Poisson
from statsmodels.genmod.generalized_linear_model import GLM

from forecasting.models.training import DRIVER_EFFECT_SD

if TYPE_CHECKING:
    from forecasting.models.driver_terms import DriverTerm, KnownDrivers

Array = npt.NDArray[np.float64]

BINS: Final = 16
"""Classes of expected size that share the distribution of observed over expected."""
OVERDISPERSION: Final = 3.0
"""Variance over squared mean of a corridor's counts that weighs the rows of the regression."""
PRIOR: Final = 1e5
"""Weight of the pseudo-observations that hold coefficients down.

Chosen on cutoffs before the last 24 months of the flows between Somali regions.
"""
OWN_RATIOS: Final = 12.0
"""Past ratios of a corridor at which they count as much as those of corridors of its size."""
_RATIO_LEVELS: Final = 400


@dataclass(frozen=True)
class Ratios:
    """Distribution of observed over expected by expected size."""

    edges: Array
    quantiles: Array

    @classmethod
    def of(cls, expected: Array, observed: Array) -> Ratios:
        """From expected and observed persons of past forecasts (row)."""
        edges = np.unique(np.quantile(expected, np.arange(1, BINS) / BINS))
        own = np.searchsorted(edges, expected, side="right")
        levels = (np.arange(_RATIO_LEVELS) + 0.5) / _RATIO_LEVELS
        ratio = observed / expected
        rows = [
            np.quantile(ratio[own == k] if (own == k).any() else ratio, levels)
            for k in range(len(edges) + 1)
        ]
        return cls(edges, np.stack(rows))

    def values(self, expected: Array, chances: Array, lately: Array, picks: Array) -> Array:
        """Ratios (sample, corridor) at chances (sample, corridor).

        Parameters
        ----------
        expected : numpy.ndarray, (corridor), persons
        chances : numpy.ndarray, (sample, corridor)
        lately : numpy.ndarray, (block, corridor)
            The corridor's own ratios; it follows them with a chance that grows with their number,
            else those of its class.
        picks : numpy.ndarray, (sample, corridor)
            Uniform numbers for that choice.

        """
        row = np.searchsorted(self.edges, expected, side="right")
        levels = (np.arange(_RATIO_LEVELS) + 0.5) / _RATIO_LEVELS
        result = np.empty_like(chances)
        for pair, kind in enumerate(row):
            drawn = np.interp(chances[:, pair], levels, self.quantiles[kind])
            own = np.sort(lately[np.isfinite(lately[:, pair]), pair])
            if len(own):
                places = (np.arange(len(own)) + 0.5) / len(own)
                mine = picks[:, pair] < len(own) / (len(own) + OWN_RATIOS)
                drawn = np.where(mine, np.interp(chances[:, pair], places, own), drawn)
            result[:, pair] = drawn
        return result


def pseudo_likelihood(
    rows: Array, seen: Array, base: Array, groups: npt.NDArray[np.int64], terms: int
) -> tuple[Array, Array]:
    """Coefficients and their clustered covariance (statsmodels).

    Poisson pseudo-likelihood with the base as offset. Every row is weighted by its precision
    under overdispersion, ``1 / (1 + OVERDISPERSION * base)``, lest the largest corridors and months
    decide (quasi-generalized pseudo maximum likelihood: Gourieroux, Monfort and Trognon 1984,
    Econometrica 52). A pseudo-observation of one person where one is expected, with weight
    ``PRIOR``, pulls a coefficient towards none: all but the first and those of the drivers.
    """
    width = rows.shape[1]
    held = np.eye(width)[1 : width - terms]
    usual = np.exp(base)
    weights = np.concatenate([1.0 / (1.0 + OVERDISPERSION * usual), np.full(len(held), PRIOR)])
    model = GLM(
        np.concatenate([seen, np.ones(len(held))]),
        np.concatenate([rows, held]),
        family=Poisson(),
        offset=np.concatenate([base, np.zeros(len(held))]),
        var_weights=weights,
    )
    start = np.zeros(width)
    share = weights[: len(seen)]
    start[0] = np.log(max(float((share * seen).sum() / (share * usual).sum()), 1e-6))
    result = model.fit(start_params=start, maxiter=30)
    mean = np.asarray(result.params)
    errors = share * (seen - np.exp(np.clip(rows @ mean + base, -30.0, 30.0)))
    parts, position = np.unique(groups, return_inverse=True)
    scores = np.zeros((len(parts), width))
    np.add.at(scores, position, rows * errors[:, np.newaxis])
    bread = np.asarray(result.normalized_cov_params)
    directions = (scores - scores.mean(axis=0)) @ bread
    correction = len(parts) / max(len(parts) - 2, 1)
    return mean, correction * directions.T @ directions


def shrunk(
    mean: Array, covariance: Array, terms: tuple[DriverTerm, ...], known: KnownDrivers | None
) -> tuple[Array, Array]:
    """Pull effects of drivers towards none by their prior; also the root of their covariance."""
    if not terms or known is None:
        return mean, np.zeros((0, 0))
    spread = [float(np.nanstd(known.observed(term.driver))) for term in terms]
    precision = np.diag((np.maximum(spread, 1e-9) / DRIVER_EFFECT_SD) ** 2)
    own = slice(len(mean) - len(terms), None)
    # a floor of one per thousand of the prior variance keeps the inverse stable
    inverse = np.linalg.inv(covariance[own, own] + 1e-3 * np.linalg.inv(precision))
    after = np.linalg.inv(inverse + precision)
    result = mean.copy()
    result[own] = after @ inverse @ mean[own]
    return result, np.asarray(np.linalg.cholesky(0.5 * (after + after.T)))
