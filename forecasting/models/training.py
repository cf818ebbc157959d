"""Fit one cause of the driver regression on every origin and horizon of history."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from forecasting.models.hurdle import Coefficients, Spread, expit, fit_any, fit_number, spread_of

if TYPE_CHECKING:
    from forecasting.models.design import Design
    from forecasting.models.driver_terms import DriverTerm, KnownDrivers

Array = npt.NDArray[np.float64]
Months = npt.NDArray[np.int64]

DRIVER_EFFECT_SD: Final = 0.25
"""Prior standard deviation of the effect, on the log scale, of one spread of a driver.

Chosen on cutoffs from 2018-08 to 2020-01 of the Somali figures; later ones are left for judging.
"""
_FIRST_ORIGIN: Final = 11


@dataclass(frozen=True)
class CauseFit:
    """The fitted hurdle of one cause."""

    terms: tuple[DriverTerm, ...]
    center: Array
    scale: Array
    chance: Coefficients
    number: Coefficients
    spread: Spread
    residuals: tuple[Array, ...]

    def scaled(self, levels: Array) -> Array:
        """Put levels on the scale the regression was fitted on."""
        return np.asarray((levels - self.center) / self.scale)


def _training_rows(
    design: Design,
    cause: int,
    terms: tuple[DriverTerm, ...],
    known: KnownDrivers | None,
    months: int,
) -> tuple[Array, Array, Months]:
    """Levels (origin, horizon, place, predictor), terms (origin, horizon, term) and targets."""
    origins = np.arange(min(_FIRST_ORIGIN, months - 2), months - 1)
    levels, driven = [], []
    for ahead in range(1, design.horizon + 1):
        levels.append(design.rows(origins, ahead, cause))
        targets = design.first_month + origins + ahead
        columns = [
            term.values(known.observed(term.driver), known.start, targets)
            for term in terms
            if known is not None
        ]
        driven.append(np.stack(columns, -1) if columns else np.zeros((len(origins), 0)))
    targets = origins[:, np.newaxis] + np.arange(1, design.horizon + 1)
    return np.stack(levels, 1), np.stack(driven, 1), targets


def fit_cause(
    values: Array,
    design: Design,
    cause: int,
    terms: tuple[DriverTerm, ...],
    known: KnownDrivers | None,
) -> tuple[CauseFit, Array]:
    """Fit one cause; also the chance (origin, horizon, place) at which each past value came."""
    months, places = values.shape[:2]
    levels, driven, targets = _training_rows(design, cause, terms, known, months)
    inside = targets < months
    observed = np.where(
        inside[..., np.newaxis], values[np.minimum(targets, months - 1), :, cause], np.nan
    )
    usable = np.isfinite(observed) & np.isfinite(driven.sum(axis=-1, keepdims=True))
    center, scale = levels[usable].mean(axis=0), levels[usable].std(axis=0)
    center[0], scale[scale < 1e-8] = 0.0, 1.0
    wide = np.concatenate(
        [
            (levels - center) / scale,
            np.broadcast_to(
                np.nan_to_num(driven)[:, :, np.newaxis], (*observed.shape, driven.shape[-1])
            ),
        ],
        axis=-1,
    )
    half_year = np.broadcast_to(
        ((design.first_month + targets) // 6)[..., np.newaxis], usable.shape
    )
    happened = np.asarray(np.nan_to_num(observed) > 0)
    prior_sd = _prior_sd(terms, known)
    chance = fit_any(wide[usable], happened[usable].astype(float), half_year[usable], prior_sd)
    positive = usable & happened
    number = fit_number(wide[positive], np.log1p(observed[positive]), half_year[positive], prior_sd)
    expected = wide @ number.mean
    errors = np.where(positive, np.log1p(np.nan_to_num(observed)) - expected, np.nan)
    spread = spread_of(expected[positive], errors[positive])
    errors /= spread(expected)
    residuals = tuple(np.sort(errors[:, h][positive[:, h]]) for h in range(design.horizon))
    fit = CauseFit(terms, center, scale, chance, number, spread, residuals)
    return fit, _past_chances(wide, observed, fit, places)


def _prior_sd(terms: tuple[DriverTerm, ...], known: KnownDrivers | None) -> Array:
    """Prior standard deviation of the effect of one unit of each driver."""
    if known is None:
        return np.zeros(0)
    spread = [float(np.nanstd(known.observed(term.driver))) for term in terms]
    return np.asarray(DRIVER_EFFECT_SD / np.maximum(spread, 1e-9))


def _past_chances(wide: Array, observed: Array, fit: CauseFit, places: int) -> Array:
    """Position of each past value in its fitted distribution, in (0, 1).

    Zero counts take the middle of their range, shifted a little by place so that ties are broken
    in the same way in every block.
    """
    none = 1.0 - expit(wide @ fit.chance.mean)
    expected = wide @ fit.number.mean
    logs = (np.log1p(np.nan_to_num(observed)) - expected) / fit.spread(expected)
    within = np.stack(
        [
            np.searchsorted(ordered, logs[:, h], side="right") / (len(ordered) + 1.0)
            for h, ordered in enumerate(fit.residuals)
        ],
        axis=1,
    )
    broken = np.random.default_rng(places).random(observed.shape)
    chances = np.where(observed > 0, none + (1.0 - none) * within, none * broken)
    return np.asarray(np.where(np.isfinite(observed), chances, broken))


def ranks_of(chances: Array) -> Array:
    """Ranks (block, horizon, place, cause) of past chances among all whole blocks."""
    horizon = chances.shape[1]
    whole = chances[: max(len(chances) - horizon + 1, 1)]
    return np.asarray(np.argsort(np.argsort(whole, axis=0), axis=0).astype(float))
