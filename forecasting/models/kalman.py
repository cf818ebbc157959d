"""The Kalman filter of one small state-space model for all series of a panel at once.

The matrices come from statsmodels; what is added is that the series of a group share them (each
with its own variance), so that one pass in NumPy filters a whole panel in a few milliseconds.
Several columns go through the same filter: the series itself and whatever is regressed on, because
the filter is linear in its data (de Jong 1991, Annals of Statistics 19).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class System:
    """A time-invariant state-space model of one series, in units of the variance of its noise.

    Attributes
    ----------
    design : numpy.ndarray, (state)
    transition, noise : numpy.ndarray, (state, state)
        ``noise`` is the covariance of what is added to the state every period.
    irregular : float
        Variance of what is added to the observation.
    start : numpy.ndarray, (state)
        Mean of the state before the first period.
    start_cov : numpy.ndarray, (state, state)

    """

    design: Array
    transition: Array
    noise: Array
    irregular: float
    start: Array
    start_cov: Array


@dataclass(frozen=True)
class Filtered:
    """What the filter says.

    Attributes
    ----------
    innovations : numpy.ndarray, (period, series, column)
        One-step errors divided by the root of their variance; NaN where nothing was observed.
    variances : numpy.ndarray, (period, series)
        Variances of the one-step errors, in units of that of the noise.
    state : numpy.ndarray, (series, state, column)
        Predicted for the first period after the last.
    state_cov : numpy.ndarray, (series, state, state)

    """

    innovations: Array
    variances: Array
    state: Array
    state_cov: Array


def filter_panel(system: System, columns: Array, known: Mask) -> Filtered:
    """Run the filter over all series; missing periods only let the state move on.

    Parameters
    ----------
    system : System
    columns : numpy.ndarray, (period, series, column)
        The first column is the series itself, on the transformed scale; the rest are regressors.
    known : numpy.ndarray, (period, series)
        Where the series was observed.

    Returns
    -------
    Filtered

    """
    series, width = columns.shape[1:]
    design, transition = system.design, system.transition
    # series that miss the same periods share their covariances
    patterns, which = np.unique(known, axis=1, return_inverse=True)
    which = np.asarray(which).reshape(-1)
    state = np.zeros((series, len(design), width))
    state[:, :, 0] = system.start
    cov = np.repeat(system.start_cov[np.newaxis], patterns.shape[1], axis=0)
    innovations = np.full(columns.shape, np.nan)
    variances = np.empty(patterns.shape)
    values = np.nan_to_num(columns)
    for period, seen in enumerate(patterns):
        covered = cov @ design
        variance = covered @ design + system.irregular
        gain = np.where(seen[:, np.newaxis], covered / variance[:, np.newaxis], 0.0)
        variances[period] = variance
        errors = values[period] - design @ state
        there = known[period]
        root = np.sqrt(variance)[which[there], np.newaxis]
        innovations[period, there] = errors[there] / root
        state = transition @ (state + gain[which][:, :, np.newaxis] * errors[:, np.newaxis, :])
        cov = cov - gain[:, :, np.newaxis] * covered[:, np.newaxis, :]
        cov = transition @ cov @ transition.T + system.noise
    return Filtered(innovations, variances[:, which], state, cov[which])


def gains_ahead(system: System, cov: Array, horizon: int) -> tuple[Array, Array]:
    """Gain and variance of the one-step errors of the periods ahead.

    With them the model is written in its innovations, so that whole paths can be drawn from
    resampled past innovations (Stoffer and Wall 1991, Journal of the American Statistical
    Association 86).

    Parameters
    ----------
    system : System
    cov : numpy.ndarray, (series, state, state)
        Of the state of the first period ahead.
    horizon : int

    Returns
    -------
    gains : numpy.ndarray, (horizon, series, state)
    variances : numpy.ndarray, (horizon, series)

    """
    gains = np.empty((horizon, *cov.shape[:2]))
    variances = np.empty((horizon, len(cov)))
    for ahead in range(horizon):
        covered = cov @ system.design
        variances[ahead] = covered @ system.design + system.irregular
        gains[ahead] = covered / variances[ahead][:, np.newaxis]
        cov = cov - gains[ahead][:, :, np.newaxis] * covered[:, np.newaxis, :]
        cov = system.transition @ cov @ system.transition.T + system.noise
    return gains, variances
