"""Panels of real displacement and arrivals that the forecasts are judged on.

Tables that ship with the package are always there; the others are read from a folder of public
files if it is given, and are left out with the reason otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd
import xarray as xr

import forecasting as fc

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

LAST = 24
"""Months at the end that no choice was made on; they are for judging."""


@dataclass(frozen=True)
class Panel:
    """One panel and how it is forecast.

    Parameters
    ----------
    name : str
    kind : {"bursty", "regular", "daily"}
        The goals of the three kinds differ.
    flows : xarray.DataArray, (time, location[, cause]), persons per period
    horizon, step : int
        Periods ahead, and between cutoffs.
    drivers : xarray.Dataset or None

    """

    name: str
    kind: str
    flows: xr.DataArray
    horizon: int = 6
    step: int = 3
    drivers: xr.Dataset | None = None

    def cutoffs(self, part: str) -> list[pd.Timestamp]:
        """Cutoffs whose whole horizon lies in the last 24 months ("judge") or before ("tune")."""
        times = pd.DatetimeIndex(self.flows["time"].values)
        months = 30.4 if self.flows.attrs["period"] == "day" else 1.0
        last = round(LAST * months)
        end = len(times) - (0 if part == "judge" else last)
        positions = range(end - last, end - self.horizon + 1, self.step)
        least = 400 if self.flows.attrs["period"] == "day" else 24
        return [times[position] for position in positions if position >= least]


def flows_from(
    table: pd.DataFrame, name: str, credit: str, period: str = "month", least: int = 12
) -> xr.DataArray:
    """Flows of a table (time by place) without places that hardly ever had any.

    Kept are places with at least ``least`` non-zero periods before the last 24 months, so that the
    choice does not look at the months that judge.
    """
    before = table.iloc[:-LAST] if period == "month" else table
    table = table.loc[:, (before > 0).sum() >= least]
    places = [str(place) for place in table.columns]
    freq = {"month": "MS", "day": "D"}[period]
    table = table.reindex(pd.date_range(table.index[0], table.index[-1], freq=freq))
    return fc.check_flows(
        xr.DataArray(
            table.to_numpy(dtype=float),
            dims=("time", "location"),
            coords={
                "time": table.index.to_numpy().astype("datetime64[ns]"),
                "location": places,
                "location_name": ("location", places),
                "admin_level": ("location", [0] * len(places)),
                "parent": ("location", ["WLD"] * len(places)),
            },
            name=name,
            attrs={"units": "persons", "period": period, "long_name": name, "credit": credit},
        )
    )


def _somalia(level: str) -> xr.DataArray:
    return fc.load_somalia_displacement(level=level)  # type: ignore[arg-type]


def _regions() -> Panel:
    flows = _somalia("region").sum("cause", keep_attrs=True)
    return Panel("Somalia, 18 regions", "bursty", flows)


def _causes() -> Panel:
    drivers = fc.load_climate_indices()[["oni", "dmi"]]
    return Panel("Somalia, regions by cause", "bursty", _somalia("region"), drivers=drivers)


def _districts() -> Panel:
    flows = _somalia("district")
    before = flows.isel(time=slice(None, -LAST))
    often = (before > 0).sum("time").max("cause") >= 12
    return Panel("Somalia, districts by cause", "bursty", flows.isel(location=often.values))


def _idmc(folder: Path) -> Panel:
    table = pd.read_csv(folder / "idmc" / "idu_monthly_by_country_2018-01_2026-03.csv")
    table.index = pd.to_datetime(table.pop("month"), format="%Y-%m")
    flows = flows_from(table, "IDMC monthly by country", "IDMC, Internal Displacement Updates")
    return Panel("IDMC, countries", "bursty", flows)


def _jetson(folder: Path) -> Panel:
    name = "jetson_monthly_arrivals_by_region_2010-01_2019-06.csv"
    table = pd.read_csv(folder / "somalia-jetson" / name)
    table.index = pd.to_datetime(table.pop("month"))
    flows = flows_from(table.iloc[:-2], "arrivals by region, Somalia", "UNHCR Jetson")
    return Panel("Jetson, regions", "bursty", flows)


def _frontex(folder: Path) -> Panel:
    name = "frontex_monthly_route_nationality_2009-01_2025-04.csv"
    table = pd.read_csv(folder / "border-crossings" / name, parse_dates=["month"])
    sums = table.groupby(["month", "route"])["detections"].sum().unstack().fillna(0.0)  # noqa: PD010
    return Panel("Frontex, routes", "regular", flows_from(sums, "detections", "Frontex"))


def _us_border(folder: Path) -> Panel:
    name = "us_southwest_encounters_monthly_2017-10_2025-05.csv"
    table = pd.read_csv(folder / "border-crossings" / name, parse_dates=["month"])
    table["area"] = table["area"].fillna(table["component"])
    sums = table.groupby(["month", "area"])["encounters"].sum().unstack().fillna(0.0)  # noqa: PD010
    flows = flows_from(sums, "encounters", "US Customs and Border Protection")
    return Panel("US border, sectors", "regular", flows)


def _darien(folder: Path) -> Panel:
    name = "darien_monthly_nationality_2020-01_2025-04.csv"
    table = pd.read_csv(folder / "border-crossings" / name, parse_dates=["month"])
    sums = table.groupby(["month", "nationality_iso3"])["transits"].sum().unstack()  # noqa: PD010
    sums = sums.reindex(pd.date_range(sums.index[0], sums.index[-1], freq="MS")).fillna(0.0)
    largest = sums.iloc[:-LAST].sum().nlargest(12).index
    flows = flows_from(sums[largest], "transits", "Servicio Nacional de Migracion, Panama")
    return Panel("Darien, 12 nationalities", "regular", flows)


def _italy_monthly() -> Panel:
    daily = fc.datasets.load_italy_sea_arrivals().to_series().unstack()  # noqa: PD010
    monthly = daily.resample("MS").mean()
    monthly = (monthly.mul(monthly.index.days_in_month, axis=0)).iloc[:-1].round()
    return Panel("Italy, monthly", "regular", flows_from(monthly, "sea arrivals", "Interior"))


def _italy_daily() -> Panel:
    flows = fc.datasets.load_italy_sea_arrivals()
    return Panel("Italy, daily", "daily", flows, horizon=14, step=30)


def _channel_daily() -> Panel:
    flows = fc.datasets.load_channel_small_boats()["people"]
    return Panel("Channel, daily", "daily", flows, horizon=14, step=30)


EMBEDDED: dict[str, Callable[[], Panel]] = {
    "somalia-regions": _regions,
    "somalia-causes": _causes,
    "somalia-districts": _districts,
    "italy-monthly": _italy_monthly,
    "italy-daily": _italy_daily,
    "channel-daily": _channel_daily,
}
FROM_FOLDER: dict[str, Callable[[Path], Panel]] = {
    "idmc": _idmc,
    "jetson": _jetson,
    "frontex": _frontex,
    "us-border": _us_border,
    "darien": _darien,
}


def read_panels(folder: Path | None, names: list[str]) -> tuple[list[Panel], dict[str, str]]:
    """Read the panels asked for (all if none is), and say why others are left out."""
    known = [*EMBEDDED, *FROM_FOLDER]
    unknown = [name for name in names if name not in known]
    if unknown:
        msg = f"no panel is called {', '.join(unknown)}; there are: {', '.join(known)}."
        raise SystemExit(msg)
    panels, left_out = [], {}
    for name in names or known:
        if name in EMBEDDED:
            panels.append(EMBEDDED[name]())
        elif folder is None:
            left_out[name] = "no folder of public files was given (--data)"
        else:
            try:
                panels.append(FROM_FOLDER[name](folder))
            except FileNotFoundError as problem:
                left_out[name] = f"{problem.filename} is not there"
    return panels, left_out
