"""A pooled hurdle regression: the chance of any displacement, and how many if any.

Both parts are statsmodels GLMs with a weak prior, given as pseudo-observations, so that few
episodes cannot give an infinite coefficient. Uncertainty of the coefficients is clustered by
half-year of the target month: displacement of one season is one episode, however many places and
months it fills.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from statsmodels.genmod.families import Binomial
from statsmodels.genmod.generalized_linear_model import GLM
from statsmodels.regression.linear_model import OLS, WLS
from statsmodels.tools.tools import add_constant

Array = npt.NDArray[np.float64]

LEVEL_SD: Final = {"any": 1.0, "number": 0.05}
"""Prior standard deviation of the effect, on the log scale, of one spread of a level, by part.

Chosen on cutoffs from 2018-08 to 2020-01 of the Somali figures; later ones are left for judging.
"""
_INTERCEPT_SD: Final = 5.0
TYPICAL_VARIANCE: Final = 2.0
"""Variance of log1p of persons around its mean that turns prior precision into weights."""

_Fit = Callable[[Array], tuple["Coefficients", Array]]


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
    correction = np.sqrt(len(groups) / max(len(groups) - 2, 1))
    return Coefficients(mean, correction * (scores - scores.mean(axis=0)) @ bread)


def _prior_precision(predictors: int, level_sd: float, driver_sd: Array) -> Array:
    """Precision of the prior of every coefficient; the last ones belong to drivers."""
    precision = np.full(predictors, level_sd**-2)
    precision[0] = _INTERCEPT_SD**-2
    precision[predictors - len(driver_sd) :] = driver_sd**-2
    return precision


def _with_design_effect(fit: _Fit, precision: Array, drivers: int) -> Coefficients:
    """Fit, then fit again with the prior of the drivers raised by their design effect.

    The likelihood counts every place and month of one season as new evidence. A driver has one
    value per month and few independent seasons, so its information is overstated by the ratio of
    its clustered to its naive variance (Kish's design effect); the prior is raised by the same
    ratio, and few episodes shrink an effect towards none.
    """
    estimate, naive = fit(precision)
    if drivers == 0:
        return estimate
    ratio = np.diag(estimate.covariance)[-drivers:] / np.maximum(naive[-drivers:], 1e-12)
    raised = precision.copy()
    raised[-drivers:] *= np.maximum(ratio, 1.0)
    return fit(raised)[0]


def fit_any(
    design: Array,
    happened: Array,
    clusters: npt.NDArray[np.int64],
    driver_sd: Array,
) -> Coefficients:
    """Logistic regression of whether there was any displacement.

    Parameters
    ----------
    design : numpy.ndarray, (row, predictor)
        First column one, then levels (standardized), last the driver terms in their unit.
    happened : numpy.ndarray, (row)
        0 or 1.
    clusters : numpy.ndarray, (row)
        Half-year of the target month.
    driver_sd : numpy.ndarray, (driver term)
        Prior standard deviation of the effect of one unit of each driver.

    Returns
    -------
    Coefficients
        Log-odds.

    """
    rows = np.eye(design.shape[1])
    start = [np.zeros(design.shape[1])]

    def fit(precision: Array) -> tuple[Coefficients, Array]:
        # at log-odds zero one observation of one half carries a quarter of information
        model = GLM(
            np.concatenate([happened, np.full(len(rows), 0.5)]),
            np.concatenate([design, rows]),
            family=Binomial(),
            freq_weights=np.concatenate([np.ones(len(design)), 4.0 * precision]),
            hasconst=True,
        )
        result = model.fit(
            start_params=start[-1], method="newton", maxiter=50, tol=1e-6, disp=False
        )
        start.append(np.asarray(result.params))
        mean = np.asarray(result.params)
        bread = np.asarray(result.normalized_cov_params)
        errors = happened - expit(design @ mean)
        return _clustered(design, errors, clusters, bread, mean), np.diag(bread)

    return _with_design_effect(
        fit, _prior_precision(design.shape[1], LEVEL_SD["any"], driver_sd), len(driver_sd)
    )


def fit_number(
    design: Array,
    logs: Array,
    clusters: npt.NDArray[np.int64],
    driver_sd: Array,
) -> Coefficients:
    """Linear regression of log1p of persons where there were any.

    Parameters
    ----------
    design, clusters, driver_sd
        As in :func:`fit_any`, rows with displacement only.
    logs : numpy.ndarray, (row)
        log1p of persons.

    Returns
    -------
    Coefficients
        Differences of log1p of persons.

    """
    rows = np.eye(design.shape[1])

    def fit(precision: Array) -> tuple[Coefficients, Array]:
        model = WLS(
            np.concatenate([logs, np.zeros(len(rows))]),
            np.concatenate([design, rows]),
            weights=np.concatenate([np.ones(len(design)), TYPICAL_VARIANCE * precision]),
            hasconst=True,
        )
        result = model.fit(method="qr")
        mean = np.asarray(result.params)
        bread = np.asarray(result.normalized_cov_params)
        errors = logs - design @ mean
        naive = np.diag(bread) * float(np.mean(errors**2))
        return _clustered(design, errors, clusters, bread, mean), naive

    return _with_design_effect(
        fit, _prior_precision(design.shape[1], LEVEL_SD["number"], driver_sd), len(driver_sd)
    )


def expit(log_odds: Array) -> Array:
    """Chance of given log-odds, without overflow."""
    return np.asarray(0.5 * (1.0 + np.tanh(0.5 * log_odds)))


@dataclass(frozen=True)
class Spread:
    """Spread of the residuals as a straight line in the expected log1p, held at its ends."""

    intercept: float
    slope: float
    low: float
    high: float

    def __call__(self, expected: Array) -> Array:
        """Return the standard deviation, on the log scale, at expected values of any shape."""
        inside = np.clip(expected, self.low, self.high)
        return np.asarray(np.maximum(self.intercept + self.slope * inside, 0.2))


def spread_of(expected: Array, errors: Array) -> Spread:
    """Fit how the spread of residuals changes with the expected value.

    Small places vary more, on the log scale, than large ones; one spread for all would inflate
    the totals. A straight line of the absolute residual on the expected value (Glejser 1969).

    Parameters
    ----------
    expected : numpy.ndarray, (row)
        Expected log1p of persons.
    errors : numpy.ndarray, (row)
        Residuals.

    Returns
    -------
    Spread

    """
    low, high = (float(x) for x in np.quantile(expected, [0.1, 0.9]))
    exog = add_constant(np.clip(expected, low, high), has_constant="add")
    intercept, slope = OLS(np.abs(errors), exog).fit().params
    ratio = np.sqrt(np.pi / 2.0)
    return Spread(float(ratio * intercept), float(ratio * slope), low, high)
