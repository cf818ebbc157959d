"""The members of the adaptive pool, and which of them suit a past."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from forecasting.models.past_members import (
    Analogs,
    Fading,
    PooledRegression,
    SameSeason,
    Smoothing,
    Window,
)
from forecasting.models.seasonal_level import SeasonalLevel

if TYPE_CHECKING:
    from forecasting.models.past_members import History

HALF_LIFE: Final = 4.0
"""Periods after which a value counts half in the youngest climatology. Chosen on cutoffs before the
last 24 months (page on the forecast)."""
Member = Window | Fading | SameSeason | Smoothing | PooledRegression | Analogs | SeasonalLevel
"""Anything that gives quantiles of the past at any origin."""


def members_for(past: History) -> tuple[Member, ...]:
    """Members that suit the length of the past and its period."""
    if past.season > 60:  # daily: no season by single days
        windows = [Window(14), Window(30), Window(60), Window(180)]
        smooth = [Smoothing(weight) for weight in (0.1, 0.3, 0.7)]
        return (*windows, SameSeason(), *smooth, PooledRegression(), Analogs())
    base: list[Member] = [Window(12), Window(24), Window(60), Fading(HALF_LIFE)]
    if past.season > 1:
        base.append(SameSeason())
    base += [Smoothing(weight) for weight in (0.15, 0.5, 1.0)]
    if past.seasonal:
        base += [Smoothing(weight, seasonal=True) for weight in (0.15, 0.5, 0.9)]
        base.append(SeasonalLevel())
    return (*base, PooledRegression(), Analogs())
