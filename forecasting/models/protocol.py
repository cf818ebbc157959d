"""The protocol every model keeps: fit, then forecast joint samples."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    import xarray as xr


@runtime_checkable
class FittedModel(Protocol):
    """A model that has seen flows up to its reference date."""

    @property
    def name(self) -> str:
        """Name of the model, as shown in tables and stored with the forecast."""

    def forecast(
        self,
        horizon: int,
        drivers: xr.Dataset | None = None,
        samples: int = 1000,
        seed: int = 0,
    ) -> xr.DataArray:
        """Draw joint samples of the flows of the next ``horizon`` periods.

        Parameters
        ----------
        horizon : int
            Whole periods ahead, from 1.
        drivers : xarray.Dataset, (sample, time), optional
            Outlook or scenario path; without it a model that needs drivers makes its own outlook.
        samples : int
            Number of joint samples.
        seed : int
            Same seed, same samples.

        Returns
        -------
        xarray.DataArray, (sample, time, location[, cause]), persons per period
            Keeps to :func:`forecasting.flows.check_forecast`.

        """


@runtime_checkable
class Model(Protocol):
    """A recipe that can be fitted; immutable, so that it can be used on many cutoffs."""

    @property
    def name(self) -> str:
        """Name of the model."""

    def fit(self, flows: xr.DataArray, drivers: xr.Dataset | None = None) -> FittedModel:
        """Fit on flows; the first day after their last period is the reference date.

        Parameters
        ----------
        flows : xarray.DataArray, (time, location[, cause]), persons per period
            As checked by :func:`forecasting.flows.check_flows`.
        drivers : xarray.Dataset, (time), optional
            Observed drivers; values not yet published on the reference date are ignored.

        Returns
        -------
        FittedModel

        """
