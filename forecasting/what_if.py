"""What a driver path changes in a forecast: the same luck along two paths, and who moved what."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import xarray as xr

from forecasting.flows import FlowError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from forecasting.models.protocol import FittedModel


def what_if(
    fitted: FittedModel,
    path: xr.Dataset,
    reference: xr.Dataset,
    *,
    horizon: int = 6,
    samples: int = 1000,
    seed: int = 0,
) -> xr.Dataset:
    """Forecast along two driver paths with common random numbers.

    Parameters
    ----------
    fitted : FittedModel
        A model that uses drivers, or a pool that has one.
    path, reference : xarray.Dataset, (sample, time)
        What if, and compared with what; the same drivers, from
        :func:`forecasting.drivers.scenario_path`, :func:`forecasting.drivers.outlook` or the user.
    horizon, samples, seed
        As in :meth:`forecasting.models.FittedModel.forecast`; both forecasts share them, so the
        difference is due to the paths alone.

    Returns
    -------
    xarray.Dataset, (sample, time, location[, cause]), persons per period
        ``along_path``, ``along_reference`` and their ``difference``. It is a projection.

    Raises
    ------
    FlowError
        If the paths do not hold the same drivers.

    Examples
    --------
    >>> import forecasting as fc
    >>> drivers = fc.load_climate_indices()[["oni", "dmi"]]
    >>> fitted = fc.DriverRegression().fit(fc.load_somalia_displacement(), drivers)
    >>> wet, usual = (
    ...     fc.scenario_path(drivers, "2022-07-01", 6, {"dmi": dmi, "oni": 0.0}, samples=100)
    ...     for dmi in (1.5, 0.0)
    ... )
    >>> changed = what_if(fitted, wet, usual, samples=100, seed=1)
    >>> float(changed["difference"].sel(cause="conflict").sum())
    0.0

    """
    ours, theirs = sorted(map(str, path.data_vars)), sorted(map(str, reference.data_vars))
    if ours != theirs:
        msg = (
            f"the path holds {', '.join(ours)} and the reference {', '.join(theirs)}; "
            "give both the same drivers."
        )
        raise FlowError(msg)
    along, usual = (
        fitted.forecast(horizon, drivers, samples, seed) for drivers in (path, reference)
    )
    result = xr.Dataset(
        {"along_path": along, "along_reference": usual, "difference": along - usual}
    )
    result["difference"].attrs = {"units": "persons", "period": along.attrs["period"]}
    return result.assign_attrs(kind="projection", model=fitted.name, seed=seed)


def driver_moves(
    fitted: FittedModel,
    path: xr.Dataset,
    reference: xr.Dataset,
    *,
    horizon: int = 6,
    samples: int = 1000,
    seed: int = 0,
    locations: Sequence[str] | None = None,
    level: float = 0.9,
) -> pd.DataFrame:
    """Say which driver moved what between two paths, over the whole horizon.

    Each driver in turn follows its path while the others stay at the reference; the last row moves
    all of them. What they do together may differ from the sum of what they do alone.

    Parameters
    ----------
    fitted, path, reference, horizon, samples, seed
        As in :func:`what_if`.
    locations : sequence of str, optional
        Places that are summed over; default all.
    level : float
        Probability content of the interval.

    Returns
    -------
    pandas.DataFrame
        Index driver and cause; reference and moved (mean persons over the horizon), difference
        (mean) with low and high (interval over samples: uncertain effects and luck, the latter
        the same on both sides), ratio (moved over reference), share_up (samples with more
        people).

    """
    names = [str(name) for name in reference.data_vars]
    rows = []
    for moved in [*[[name] for name in names], names]:
        mixed = reference.assign({name: path[name] for name in moved}) if moved != names else path
        made = what_if(fitted, mixed, reference, horizon=horizon, samples=samples, seed=seed)
        if locations is not None:
            made = made.sel(location=list(locations))
        summed = made.sum(["time", "location"])
        causes = ["all"]
        if "cause" in summed.dims:
            causes = [*map(str, summed["cause"].to_numpy()), "all"]
        for cause in causes:
            part = summed
            if "cause" in summed.dims:
                part = summed.sum("cause") if cause == "all" else summed.sel(cause=cause)
            difference = part["difference"].to_numpy()
            low, high = np.quantile(difference, [0.5 - level / 2, 0.5 + level / 2])
            usual, along = float(part["along_reference"].mean()), float(part["along_path"].mean())
            rows.append(
                {
                    "driver": moved[0] if len(moved) == 1 and len(names) > 1 else "together",
                    "cause": cause,
                    "reference": usual,
                    "moved": along,
                    "difference": difference.mean(),
                    "low": low,
                    "high": high,
                    "ratio": along / usual if usual > 0 else float("nan"),
                    "share_up": float((difference > 0).mean()),
                }
            )
    table = pd.DataFrame(rows).drop_duplicates(["driver", "cause"])
    return table.set_index(["driver", "cause"])
