"""Which state-space model a group of series follows, with parameters the group shares."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
import numpy.typing as npt
from scipy.linalg import block_diag, solve_discrete_lyapunov
from scipy.optimize import minimize
from statsmodels.tsa.statespace.sarimax import SARIMAX
from statsmodels.tsa.statespace.structural import UnobservedComponents

from forecasting.models.kalman import Filtered, System, filter_panel

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
Kind = Literal["local level", "seasonal", "sarimax"]

KINDS: Final[tuple[Kind, ...]] = ("local level", "seasonal", "sarimax")
BORROWED: Final = 6.0
"""Known periods at which a series' own variance counts as much as that of its group."""
HARMONICS: Final = 2
"""Waves of the year: one and two in a year (two rainy seasons)."""
_RATIOS: Final = (0.0, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0)
"""Variance of the changes of the level over that of the noise, tried in turn."""
_SEASON_RATIOS: Final = (0.0, 0.001, 0.01)
_WAVES: Final = (0.03, 0.1, 0.3, 1.0, 3.0)
"""Prior variance of a wave of the season over that of the noise, tried in turn."""
_START: Final = (0.7, -0.3, 0.1)
_EVALUATIONS: Final = 60
_LONGEST_SEASON: Final = 12
_WEAK: Final = 25.0
_LEAST: Final = 1e-9


@dataclass(frozen=True)
class Scale:
    """Prior of the level of a place: where the places of the group are, and how far apart.

    Attributes
    ----------
    mean, between, within : float
        Mean of the places' means, their variance, and the variance of a place around its mean.

    """

    mean: float
    between: float
    within: float

    @classmethod
    def of(cls, z: Array) -> Scale:
        """Estimate from values (period, series) on the transformed scale."""
        known = np.isfinite(z)
        count = known.sum(axis=0)
        some = count > 0
        means = np.nansum(z[:, some], axis=0) / count[some]
        around = np.where(known[:, some], z[:, some] - means, 0.0)
        within = float((around**2).sum() / max(count.sum() - some.sum(), 1))
        within = max(within, _LEAST)
        between = float(means.var()) if len(means) > 1 else _WEAK * within
        return cls(float(means.mean()), max(between, 0.25 * within), within)


@dataclass(frozen=True)
class Components:
    """A fitted model of a group: its system, its filter, and the variance of every series."""

    system: System
    filtered: Filtered
    variances: Array
    parameters: dict[str, float]


def season_of(kind: Kind, season: int) -> int:
    """Periods of the season that a kind of model uses; 7 (the week) by day for ``sarimax``.

    A seasonal autoregression needs one state per period of the season, so by week (52) there is
    none.
    """
    if kind == "local level":
        return 0
    if kind == "sarimax":
        return 7 if season > 60 else season if 1 < season <= _LONGEST_SEASON else 0
    return season


def _level_system(scale: Scale, season: int) -> Callable[[Array], System]:
    """Local level, with waves of the year if there is a season (statsmodels)."""
    waves = [{"period": season, "harmonics": min(HARMONICS, season // 2)}] if season else None
    model = UnobservedComponents(np.zeros(2), level="llevel", freq_seasonal=waves)
    states = model.k_states
    start = np.zeros(states)
    start[0] = scale.mean

    def make(ratios: Array) -> System:
        """From changes of level and season and the size of the waves."""
        model.update([1.0, *ratios[:2]])
        spread = np.full(states, ratios[-1])
        spread[0] = scale.between / scale.within
        return _system(model, start, np.diag(spread))

    return make


def _regressive_system(scale: Scale, season: int) -> Callable[[Array], System]:
    """SARIMAX(1, 0, 1)(1, 0, 0) around a level of the place's own (statsmodels)."""
    seasonal = (1, 0, 0, season) if season else (0, 0, 0, 0)
    model = SARIMAX(
        np.zeros(2 + 2 * season), order=(1, 0, 1), seasonal_order=seasonal, concentrate_scale=True
    )

    def make(free: Array) -> System:
        model.update(np.tanh(free[: 3 if season else 2]))
        bare = _system(model, np.zeros(model.k_states), np.eye(model.k_states))
        settled = solve_discrete_lyapunov(bare.transition, bare.noise)
        return System(
            np.append(bare.design, 1.0),
            block_diag(bare.transition, 1.0),
            block_diag(bare.noise, 0.0),
            0.0,
            np.append(np.zeros(model.k_states), scale.mean),
            block_diag(settled, scale.between / scale.within),
        )

    return make


def _system(model: SARIMAX, start: Array, start_cov: Array) -> System:
    selection = np.asarray(model.ssm["selection"])
    return System(
        np.asarray(model.ssm["design"])[0].copy(),
        np.asarray(model.ssm["transition"]).copy(),
        selection @ np.asarray(model.ssm["state_cov"]) @ selection.T,
        float(np.asarray(model.ssm["obs_cov"])[0, 0]),
        start,
        start_cov,
    )


def variances_of(filtered: Filtered) -> Array:
    """Variance of the noise of every series, pulled to that of the group where little is known."""
    errors = filtered.innovations[..., 0]
    squares, count = np.nansum(errors**2, axis=0), np.isfinite(errors).sum(axis=0)
    together = max(float(squares.sum() / max(count.sum(), 1)), _LEAST)
    return np.asarray((squares + BORROWED * together) / (count + BORROWED))


def log_likelihood(filtered: Filtered, variances: Array) -> float:
    """Gaussian log-likelihood of all series together."""
    errors = filtered.innovations[..., 0]
    count = np.isfinite(errors).sum(axis=0)
    squares = np.nansum(errors**2, axis=0) / variances
    constant = count * np.log(2.0 * np.pi * variances)
    logs = np.where(np.isfinite(errors), np.log(filtered.variances), 0.0).sum(axis=0)
    return float(-0.5 * (squares + constant + logs).sum())


def fit_components(kind: Kind, z: Array, known: Mask, columns: Array, season: int) -> Components:
    """Fit the parameters a group shares by maximum likelihood.

    Parameters
    ----------
    kind : {"local level", "seasonal", "sarimax"}
    z : numpy.ndarray, (period, series)
        On the transformed scale, NaN where missing.
    known : numpy.ndarray, (period, series)
        Which of them are used.
    columns : numpy.ndarray, (period, regressor)
        The same for all series.
    season : int
        Periods in a year.

    Returns
    -------
    Components

    """
    scale = Scale.of(z)
    used = season_of(kind, season)
    alone = z[..., np.newaxis]
    make = (_regressive_system if kind == "sarimax" else _level_system)(scale, used)

    def lack(parameters: Array) -> float:
        filtered = filter_panel(make(parameters), alone, known)
        return -log_likelihood(filtered, variances_of(filtered))

    if kind == "sarimax":
        names = ["ar", "ma", "seasonal ar"][: 3 if used else 2]
        start = np.arctanh(_START[: len(names)])
        # a simplex without derivatives; a bound on evaluations keeps refits quick
        simplex = np.vstack([start, start + 0.5 * np.eye(len(names))])
        found = minimize(
            lambda free: lack(np.clip(free, -2.5, 2.5)),
            start,
            method="Nelder-Mead",
            options={"maxfev": _EVALUATIONS, "initial_simplex": simplex, "xatol": 0.02},
        ).x
        best = np.clip(found, -2.5, 2.5)
        shown = np.tanh(best)
    else:
        names = ["change of level", "change of season", "size of season"][: 3 if used else 1]
        tail = [0.001, 0.3] if used else []
        best = np.array(min(([ratio, *tail] for ratio in _RATIOS), key=_on(lack)))
        if used:
            season_grid = product(best[:1], _SEASON_RATIOS, _WAVES)
            best = np.array(min(season_grid, key=_on(lack)))
        shown = best
    system = make(best)
    wide = np.concatenate(
        [alone, np.broadcast_to(columns[:, np.newaxis], (*z.shape, columns.shape[1]))], axis=2
    )
    filtered = filter_panel(system, wide, known)
    parameters = {name: float(value) for name, value in zip(names, shown, strict=True)}
    return Components(system, filtered, variances_of(filtered), parameters)


def _on(function: Callable[[Array], float]) -> Callable[[Sequence[float]], float]:
    return lambda given: function(np.asarray(given))
