"""Automatic forecasters of other packages behind our protocol, to be beaten or not.

They forecast log1p of persons per series; samples are drawn from their normal intervals, turned
back and limited to three times the record, as ours are: uncapped they are several times worse.
"""

from __future__ import annotations

import importlib.util
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from forecasting.models.panel import Panel, forecast_of, panel_of

if TYPE_CHECKING:
    import xarray as xr

LONGEST = {"day": 730, "month": 240}
"""Periods a peer looks back; longer daily series take it minutes."""
MANY = 150
"""Series beyond which AutoARIMA compares its candidates by conditional sums of squares
(``approximation=True``) and fits only the chosen one exactly; exact search takes it three times as
long."""


def missing_peers() -> str | None:
    """Why the peers cannot run here, or None."""
    if importlib.util.find_spec("statsforecast") is None:
        return (
            "statsforecast is not installed; it needs pandas 2, so put it into an environment of "
            "its own and keep its scores with --cache"
        )
    return None


@dataclass(frozen=True)
class _FittedPeer:
    name: str
    panel: Panel
    method: str

    def forecast(
        self,
        horizon: int,
        drivers: xr.Dataset | None = None,  # noqa: ARG002 - a peer knows no drivers
        samples: int = 1000,
        seed: int = 0,
    ) -> xr.DataArray:
        """Draw samples, series by series independently."""
        from statsforecast import StatsForecast
        from statsforecast.models import AutoARIMA, AutoETS

        counts = self.panel.counts[-LONGEST[self.panel.template.attrs["period"]] :]
        logs = np.log1p(counts).reshape(len(counts), -1)
        logs = pd.DataFrame(logs).ffill().bfill().fillna(0.0)
        daily = self.panel.template.attrs["period"] == "day"
        table = (
            logs.rename_axis("ds").reset_index().melt("ds", var_name="unique_id", value_name="y")
        )
        season = 7 if daily else 12
        model = (
            AutoARIMA(season_length=season, approximation=logs.shape[1] > MANY)
            if self.method == "AutoARIMA"
            else AutoETS(season_length=season)
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            made = StatsForecast([model], freq=1, n_jobs=1).forecast(
                df=table[["unique_id", "ds", "y"]], h=horizon, level=[80]
            )
        places = self.panel.counts.shape[1:]
        made = made.sort_values(["unique_id", "ds"])
        mean = made[self.method].to_numpy().reshape(-1, horizon).T
        high = made[f"{self.method}-hi-80"].to_numpy().reshape(-1, horizon).T
        spread = np.nan_to_num((high - mean) / 1.2815515655446004)
        noise = np.random.default_rng(seed).standard_normal((samples, *mean.shape))
        persons = np.expm1(np.minimum(np.nan_to_num(mean) + noise * spread, 30.0))
        shape = (samples, horizon, *places)
        return forecast_of(self.panel, persons.reshape(shape), model=self.name, seed=seed)


@dataclass(frozen=True)
class Peer:
    """An automatic forecaster of statsforecast on log1p of persons, capped.

    Parameters
    ----------
    method : {"AutoARIMA", "AutoETS"}

    """

    method: str

    @property
    def name(self) -> str:
        """Name in tables."""
        return f"{self.method} (log1p, capped)"

    def fit(self, flows: xr.DataArray, drivers: xr.Dataset | None = None) -> _FittedPeer:  # noqa: ARG002
        """Keep the flows; the peer fits as it forecasts."""
        return _FittedPeer(self.name, panel_of(flows, 1, self.name), self.method)
