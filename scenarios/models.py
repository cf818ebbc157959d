"""Forecast models by the names that scenario files and the command line use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import forecasting as fc

if TYPE_CHECKING:
    from collections.abc import Callable


def _pool(horizon: int) -> fc.Model:
    # Two samples in three from the model with the best record, one from the model that knows the
    # drivers, so that a driver path has an effect without costing the forecast its skill.
    members = (fc.AdaptivePool(horizon), fc.DriverRegression(horizon=horizon))
    return fc.WeightedPool(members, shares=(2, 1), name="model pool")


MODELS: Final[dict[str, Callable[[int], fc.Model]]] = {
    "seasonal-climatology": lambda _: fc.SeasonalClimatology(),
    "recent-climatology": lambda _: fc.RecentClimatology(),
    "seasonal-naive": lambda _: fc.SeasonalNaive(),
    "driver-regression": lambda horizon: fc.DriverRegression(horizon=horizon),
    "local-level": lambda _: fc.StateSpace("local level"),
    "seasonal-level": lambda _: fc.StateSpace("seasonal"),
    "sarimax": lambda _: fc.StateSpace("sarimax"),
    "adaptive-pool": fc.AdaptivePool,
    "pool": _pool,
}
"""Recipes, given the longest horizon in periods."""

CORRIDOR_MODELS: Final[dict[str, Callable[[int], fc.Model]]] = {
    "gravity": lambda horizon: fc.Gravity(horizon=horizon),
    **{
        name: MODELS[name]
        for name in (
            "adaptive-pool",
            "seasonal-climatology",
            "recent-climatology",
            "seasonal-naive",
        )
    },
}
"""Recipes for flows by origin and destination."""

NEED_DRIVERS: Final = frozenset({"driver-regression", "pool"})
"""Models that cannot do without drivers."""
MONTHLY_ONLY: Final = frozenset({"driver-regression", "pool"})
"""Models that need flows by month."""


def model_named(name: str, horizon: int) -> fc.Model:
    """Return a model by its name in scenario files.

    Parameters
    ----------
    name : str
        A key of :data:`MODELS` or :data:`CORRIDOR_MODELS`.
    horizon : int
        Longest horizon it will be asked for, periods.

    Examples
    --------
    >>> model_named("adaptive-pool", horizon=3).horizon
    3

    """
    return (MODELS | CORRIDOR_MODELS)[name](horizon)
