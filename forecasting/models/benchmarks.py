"""The benchmarks every released forecast is compared with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from forecasting.models.adaptive import AdaptivePool
from forecasting.models.climatology import RecentClimatology, SeasonalClimatology, SeasonalNaive
from forecasting.models.panel import SEASON, Panel, check_request, forecast_of, panel_of
from forecasting.models.past_members import PooledRegression, Smoothing, Window

if TYPE_CHECKING:
    import xarray as xr

    from forecasting.models.protocol import Model


@dataclass(frozen=True)
class _FittedPoint:
    name: str
    panel: Panel
    level: np.ndarray

    def forecast(
        self,
        horizon: int,
        drivers: xr.Dataset | None = None,  # noqa: ARG002 - a point forecast ignores drivers
        samples: int = 1000,
        seed: int = 0,
    ) -> xr.DataArray:
        """Repeat the point; see :meth:`forecasting.models.FittedModel.forecast`."""
        check_request(horizon, samples)
        values = np.broadcast_to(self.level, (samples, horizon, *self.level.shape))
        return forecast_of(self.panel, values, model=self.name, seed=seed)


@dataclass(frozen=True)
class PointForecast:
    """One number per series without any spread: zero, or the last known value.

    Its CRPS is the absolute error, so it tells what a forecast without uncertainty is worth.

    Parameters
    ----------
    kind : {"zero", "last value"}

    Examples
    --------
    >>> from forecasting import datasets
    >>> fitted = PointForecast("zero").fit(datasets.load_darien_transits())
    >>> float(fitted.forecast(horizon=2, samples=3).max())
    0.0

    """

    kind: Literal["zero", "last value"]

    @property
    def name(self) -> str:
        """Name in tables."""
        return self.kind

    def fit(self, flows: xr.DataArray, drivers: xr.Dataset | None = None) -> _FittedPoint:  # noqa: ARG002
        """Keep the last known value of every series (0 if none is known)."""
        panel = panel_of(flows, 1, self.name)
        level = np.zeros(panel.counts.shape[1:])
        if self.kind == "last value":
            for values in panel.counts:
                level = np.where(np.isnan(values), level, values)
        return _FittedPoint(self.name, panel, level)


def standard_benchmarks(flows: xr.DataArray, horizon: int = 6) -> tuple[Model, ...]:
    """Benchmarks that suit the period of the flows, simplest first.

    Parameters
    ----------
    flows : xarray.DataArray
        Their period and length decide which there are.
    horizon : int
        Longest horizon, for the ones that learn on the past.

    Returns
    -------
    tuple of Model
        Zero; last value; what the series itself saw in the last year and in the last two (daily:
        14 and 60 days), the latter also with what other places saw (recent climatology); the same
        season; the seasonal naive; a random walk, an ETS-like and an ARIMA-like forecaster on
        log1p of persons, with their own past errors.

    Examples
    --------
    >>> from forecasting import datasets
    >>> [model.name for model in standard_benchmarks(datasets.load_darien_transits())][:4]
    ['zero', 'last value', 'last 12 months', 'last 24 months']

    """
    period = flows.attrs["period"]
    season = SEASON[period]
    short, long = (14, 60) if period == "day" else (max(season, 2), max(2 * season, 4))
    brief, recent, walk, smooth, regression = (
        AdaptivePool(horizon, name=name, members=members, error_share=0.0, total_share=0.0)
        for name, members in (
            (f"last {short} {period}s", (Window(short),)),
            (f"last {long} {period}s", (Window(long),)),
            ("random walk", (Smoothing(1.0),)),
            ("ETS-like", _smoothings(season, len(flows))),
            ("ARIMA-like", (PooledRegression(),)),
        )
    )
    seasonal: tuple[Model, ...] = ()
    if len(flows) > season > 1 and period != "day":
        seasonal = (SeasonalClimatology(), SeasonalNaive())
    return (
        PointForecast("zero"),
        PointForecast("last value"),
        brief,
        recent,
        RecentClimatology(long),
        *seasonal,
        walk,
        smooth,
        regression,
    )


def _smoothings(season: int, length: int) -> tuple[Smoothing, ...]:
    weights = (0.1, 0.3, 0.6)
    plain = tuple(Smoothing(weight) for weight in weights)
    if not 2 <= season <= 60 or length < 2 * season:
        return plain
    return (*plain, *(Smoothing(weight, seasonal=True) for weight in weights))
