"""A pooled hurdle regression: the chance of any displacement, and how many if any.

Both parts are statsmodels GLMs with a weak prior, given as pseudo-observations, so that few
episodes cannot give an infinite coefficient. Uncertainty of the coefficients is clustered by
half-year of the target month: displacement of one season is one episode, however many places and
months it fills.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import statsmodels.api as sm

Array = npt.NDArray[np.float64]

PRIOR_SD: Final = 1.0
"""Prior standard deviation of a coefficient, per spread of a level or per unit of a driver."""
_INTERCEPT_SD: Final = 5.0
_TYPICAL_VARIANCE: Final = 2.0


@dataclass(frozen=True)
class Coefficients:
    """Estimated coefficients with the pieces of their clustered (sandwich) covariance.

    Attributes
    ----------
    mean : numpy.ndarray, (predictor)
    directions : numpy.ndarray, (cluster, predictor)
        ``A^-1 s_g``: a draw is ``mean + sum_g w_g directions_g`` with standard normal ``w``.

    """

    mean: Array
    directions: Array

    @property
    def covariance(self) -> Array:
        """Cluster-robust covariance (predictor, predictor)."""
        return np.asarray(self.directions.T @ self.directions)

    @property
    def clusters(self) -> int:
        """Number of independent episodes the uncertainty rests on."""
        return len(self.directions)

    def draws(self, weights: Array) -> Array:
        """Coefficients of every sample (sample, predictor) from standard normal weights."""
        return np.asarray(self.mean + weights[:, : self.clusters] @ self.directions)


def _clustered(
    design: Array, errors: Array, clusters: npt.NDArray[np.int64], bread: Array, mean: Array
) -> Coefficients:
    groups, position = np.unique(clusters, return_inverse=True)
    scores = np.zeros((len(groups), design.shape[1]))
    np.add.at(scores, position, design * errors[:, np.newaxis])
    correction = np.sqrt(len(groups) / max(len(groups) - 1, 1))
    return Coefficients(mean, correction * (scores - scores.mean(axis=0)) @ bread)


def _prior_rows(predictors: int) -> tuple[Array, Array]:
    """Pseudo-observations that pull every coefficient to zero, and their precision."""
    precision = np.full(predictors, PRIOR_SD**-2)
    precision[0] = _INTERCEPT_SD**-2
    return np.eye(predictors), precision


def fit_any(design: Array, happened: Array, clusters: npt.NDArray[np.int64]) -> Coefficients:
    """Logistic regression of whether there was any displacement.

    Parameters
    ----------
    design : numpy.ndarray, (row, predictor)
        First column one, others standardized or in the unit of the driver.
    happened : numpy.ndarray, (row)
        0 or 1.
    clusters : numpy.ndarray, (row)
        Half-year of the target month.

    Returns
    -------
    Coefficients
        Log-odds.

    """
    rows, precision = _prior_rows(design.shape[1])
    # at log-odds zero one observation of one half carries a quarter of information
    model = sm.GLM(
        np.concatenate([happened, np.full(len(rows), 0.5)]),
        np.concatenate([design, rows]),
        family=sm.families.Binomial(),
        freq_weights=np.concatenate([np.ones(len(design)), 4.0 * precision]),
    )
    result = model.fit(maxiter=50, tol=1e-6)
    mean = np.asarray(result.params)
    chance = expit(design @ mean)
    bread = np.asarray(result.normalized_cov_params)
    return _clustered(design, happened - chance, clusters, bread, mean)


def fit_number(design: Array, logs: Array, clusters: npt.NDArray[np.int64]) -> Coefficients:
    """Linear regression of log1p of persons where there were any.

    Parameters
    ----------
    design : numpy.ndarray, (row, predictor)
        As in :func:`fit_any`, rows with displacement only.
    logs : numpy.ndarray, (row)
        log1p of persons.
    clusters : numpy.ndarray, (row)
        Half-year of the target month.

    Returns
    -------
    Coefficients
        Differences of log1p of persons.

    """
    rows, precision = _prior_rows(design.shape[1])
    model = sm.WLS(
        np.concatenate([logs, np.zeros(len(rows))]),
        np.concatenate([design, rows]),
        weights=np.concatenate([np.ones(len(design)), _TYPICAL_VARIANCE * precision]),
    )
    result = model.fit()
    mean = np.asarray(result.params)
    bread = np.asarray(result.normalized_cov_params)
    return _clustered(design, logs - design @ mean, clusters, bread, mean)


def expit(log_odds: Array) -> Array:
    """Chance of given log-odds, without overflow."""
    return np.asarray(0.5 * (1.0 + np.tanh(0.5 * log_odds)))
