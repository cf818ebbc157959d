"""Any model, fitted on samples of what the latest figures will become."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from forecasting.flows import FlowError, check_forecast
from forecasting.models.panel import check_request

if TYPE_CHECKING:
    import xarray as xr

    from forecasting.models import FittedModel, Model
    from forecasting.revisions import FittedRevisions

_SEED: Final = 20_260_602


@dataclass(frozen=True)
class FittedNowcasting:
    """The same model fitted on several possible pasts."""

    name: str
    members: tuple[FittedModel, ...]

    def forecast(
        self,
        horizon: int,
        drivers: xr.Dataset | None = None,
        samples: int = 1000,
        seed: int = 0,
    ) -> xr.DataArray:
        """Draw joint samples; see :meth:`forecasting.models.FittedModel.forecast`.

        Sample ``k`` is a whole sample of the model fitted on past ``k`` modulo their number.
        """
        check_request(horizon, samples)
        made = [
            member.forecast(horizon, drivers, samples, seed) for member in self.members[:samples]
        ]
        whole = made[0].to_numpy().copy()
        for position, part in enumerate(made):
            whole[position :: len(made)] = part.to_numpy()[position :: len(made)]
        result = made[0].copy(data=whole)
        result.attrs["model"] = self.name
        return check_forecast(result)


@dataclass(frozen=True, eq=False)
class Nowcasting:
    """A model that knows the latest figures are not final.

    The flows given to :meth:`fit` are taken as the latest release: their last periods are replaced
    by samples of what they will become (:meth:`forecasting.revisions.FittedRevisions.nowcast`),
    the model is fitted on each, and each forecast sample follows one of them. So a late or missing
    report widens the forecast instead of lowering it.

    Parameters
    ----------
    model : Model
    revisions : FittedRevisions
        Learned from earlier vintages of the same places.
    fits : int
        Possible pasts the model is fitted on; more is finer and slower.

    Examples
    --------
    >>> import numpy as np
    >>> import forecasting as fc
    >>> final = fc.load_somalia_displacement().sum("cause", keep_attrs=True)
    >>> releases = {}
    >>> for end in range(40, 79):  # each month the newest figures are a tenth too low
    ...     part = final.isel(time=slice(0, end)).copy()
    ...     part[-1] = np.rint(0.9 * part[-1])
    ...     day = part["time"].to_numpy()[-1] + np.timedelta64(40, "D")
    ...     releases[str(day)[:10]] = part
    >>> revisions = fc.RevisionModel(settled_after=2).fit(fc.stack_releases(releases))
    >>> model = Nowcasting(fc.RecentClimatology(), revisions, fits=3)
    >>> model.name, model.fit(part).forecast(6, samples=30, seed=1).sizes["sample"]
    ('recent climatology on a nowcast', 30)

    """

    model: Model
    revisions: FittedRevisions
    fits: int = 10

    @property
    def name(self) -> str:
        """Name in tables."""
        return f"{self.model.name} on a nowcast"

    def fit(self, flows: xr.DataArray, drivers: xr.Dataset | None = None) -> FittedNowcasting:
        """Fit the model on every possible past.

        Parameters
        ----------
        flows : xarray.DataArray, (time, location[, cause]), persons per period
            The latest release.
        drivers : xarray.Dataset, (time), optional

        Returns
        -------
        FittedNowcasting

        Raises
        ------
        FlowError
            If ``fits`` is below 1, or the model or the nowcast refuses.

        """
        if self.fits < 1:
            msg = f"fits is {self.fits}; give 1 or more."
            raise FlowError(msg)
        nowcast = self.revisions.nowcast(flows, self.fits, _SEED)
        settled = len(flows) - nowcast.sizes["time"]
        members = []
        for sample in range(self.fits):
            possible = flows.copy(deep=True)
            drawn = nowcast.isel(sample=sample).to_numpy()
            possible.data = np.concatenate([flows.to_numpy()[:settled], drawn])
            members.append(self.model.fit(possible, drivers))
        return FittedNowcasting(self.name, tuple(members))
