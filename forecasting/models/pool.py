"""An equal mixture of several models that keeps joint samples joint."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from forecasting.flows import FlowError, check_forecast
from forecasting.models.panel import check_request

if TYPE_CHECKING:
    import xarray as xr

    from forecasting.models.protocol import FittedModel, Model


@dataclass(frozen=True)
class FittedPool:
    """Fitted members; sample ``k`` is a whole sample of one of them."""

    name: str
    members: tuple[FittedModel, ...]
    shares: tuple[float, ...] = ()

    def _owners(self, samples: int, rng: np.random.Generator) -> np.ndarray:
        """Which member gives each sample, in random order and as even as whole samples allow."""
        count = len(self.members)
        if not self.shares:
            return rng.permutation(np.arange(samples) % count)
        reached = np.cumsum(self.shares) / np.sum(self.shares)
        places = (np.arange(samples) + 0.5) / samples
        return rng.permutation(np.minimum(np.searchsorted(reached, places), count - 1))

    def forecast(
        self,
        horizon: int,
        drivers: xr.Dataset | None = None,
        samples: int = 1000,
        seed: int = 0,
    ) -> xr.DataArray:
        """Draw joint samples; see :meth:`forecasting.models.FittedModel.forecast`."""
        check_request(horizon, samples)
        count = len(self.members)
        owner = self._owners(samples, np.random.default_rng([seed, count]))
        whole: np.ndarray | None = None
        first: xr.DataArray | None = None
        kinds = set()
        for position, member in enumerate(self.members):
            mine = np.flatnonzero(owner == position)
            if len(mine) == 0:
                continue
            # drawing as many samples as asked keeps sample k of the outlook with sample k here
            part = member.forecast(horizon, drivers, samples, seed)
            kinds.add(part.attrs["kind"])
            if whole is None or first is None:
                first, whole = part, part.to_numpy().copy()
            whole[mine] = part.to_numpy()[mine]
        if first is None or whole is None:
            msg = f"{self.name} has no members; give at least one model."
            raise FlowError(msg)
        pooled = first.copy(data=whole)
        pooled.attrs["model"] = self.name
        pooled.attrs["members"] = ", ".join(member.name for member in self.members)
        if self.shares:
            total = sum(self.shares)
            pooled.attrs["shares"] = ", ".join(f"{share / total:.3f}" for share in self.shares)
        pooled.attrs["kind"] = "projection" if "projection" in kinds else "forecast"
        return check_forecast(pooled)


@dataclass(frozen=True)
class EqualPool:
    """A mixture of models with equal weights: each gives the same number of whole samples.

    On bursty displacement series a mixed pool scores better than picking one model per series.
    Every sample is a whole sample of one member, so sums over time, place and cause stay valid.

    Parameters
    ----------
    models : tuple of Model
        The members.

    Examples
    --------
    >>> from forecasting import datasets
    >>> from forecasting.models import RecentClimatology, SeasonalClimatology
    >>> pool = EqualPool((SeasonalClimatology(), RecentClimatology()))
    >>> forecast = pool.fit(datasets.load_somalia_displacement()).forecast(6, samples=20, seed=1)
    >>> forecast.attrs["members"]
    'seasonal climatology, recent climatology'

    """

    models: tuple[Model, ...]
    name: str = "equal pool"

    def __post_init__(self) -> None:
        object.__setattr__(self, "models", tuple(self.models))
        if not self.models:
            msg = f"{self.name} has no members; give at least one model."
            raise FlowError(msg)

    def fit(self, flows: xr.DataArray, drivers: xr.Dataset | None = None) -> FittedPool:
        """Fit every member."""
        return FittedPool(self.name, tuple(model.fit(flows, drivers) for model in self.models))

    def fit_from(self, fitted: dict[Model, FittedModel]) -> FittedPool:
        """Build the pool from members that are already fitted on the same flows and drivers."""
        return FittedPool(self.name, tuple(fitted[model] for model in self.models))


@dataclass(frozen=True)
class WeightedPool(EqualPool):
    """A mixture of models in given shares: each gives that share of whole samples.

    Parameters
    ----------
    models : tuple of Model
        The members.
    shares : tuple of float
        One share above 0 per member, in any unit: (2, 1) is two thirds and one third.

    Examples
    --------
    Two samples of the adaptive pool to one of a model that follows a driver path:

    >>> from forecasting import datasets
    >>> from forecasting.models import AdaptivePool, DriverRegression
    >>> pool = WeightedPool((AdaptivePool(), DriverRegression(terms=())), shares=(2, 1))
    >>> forecast = pool.fit(datasets.load_somalia_displacement()).forecast(3, samples=30, seed=1)
    >>> forecast.attrs["members"], forecast.attrs["shares"]
    ('adaptive pool, driver regression', '0.667, 0.333')

    """

    shares: tuple[float, ...] = ()
    name: str = "weighted pool"

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "shares", tuple(map(float, self.shares)))
        if len(self.shares) != len(self.models) or not all(
            np.isfinite(share) and share > 0 for share in self.shares
        ):
            msg = (
                f"{self.name} has {len(self.models)} members and shares {self.shares}; give one "
                "share above 0 per member."
            )
            raise FlowError(msg)

    def fit(self, flows: xr.DataArray, drivers: xr.Dataset | None = None) -> FittedPool:
        """Fit every member."""
        members = tuple(model.fit(flows, drivers) for model in self.models)
        return FittedPool(self.name, members, self.shares)

    def fit_from(self, fitted: dict[Model, FittedModel]) -> FittedPool:
        """Build the pool from members that are already fitted on the same flows and drivers."""
        return FittedPool(self.name, tuple(fitted[model] for model in self.models), self.shares)
