"""What is forecast, by the word a user types: a scenario, a table of the package, or a file."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

import forecasting as fc
from forecasting.readers import is_workbook, names_columns
from scenarios.files import load_scenario
from scenarios.forecasts import embedded_flows, known_flows, scenario_drivers
from scenarios.models import CORRIDOR_MODELS, MODELS, MONTHLY_ONLY, NEED_DRIVERS
from scenarios.problems import suggestion

if TYPE_CHECKING:
    from collections.abc import Sequence

    import xarray as xr

    from scenarios.schema import Scenario

HORIZONS: Final = {"day": 14, "week": 8, "month": 6, "quarter": 4, "year": 3}
"""Periods ahead unless something else is asked for, by period of the flows."""
DEFAULT_MODEL: Final = "adaptive-pool"
DRIVER_TABLE: Final = "climate_indices"


@dataclass(frozen=True)
class Subject:
    """Flows to forecast, with what goes with them.

    Parameters
    ----------
    name : str
        As in tables and file names.
    flows : xarray.DataArray, (time, location[, cause]) or (time, origin, destination), persons
    drivers : xarray.Dataset or None, (time)
    model : str
        Model asked for, a key of :data:`scenarios.models.MODELS`.
    horizon : int
        Periods ahead.
    focus : tuple of str
        Places that a plan is about, by code; empty means all.

    """

    name: str
    flows: xr.DataArray
    drivers: xr.Dataset | None
    model: str
    horizon: int
    focus: tuple[str, ...] = ()

    def check_model(self, model: str) -> str:
        """Return the name of a model that suits the flows, or raise with what is missing."""
        corridors = "origin" in self.flows.dims
        suited = CORRIDOR_MODELS if corridors else MODELS
        if model not in suited:
            kind = "by origin and destination" if corridors else "by place"
            msg = f"model {model} is not for flows {kind}; choose {', '.join(suited)}."
            raise fc.FlowError(msg)
        if model in NEED_DRIVERS and self.drivers is None:
            msg = (
                f"model {model} needs drivers and {self.name} has none. Add --drivers oni "
                f"--drivers dmi, or choose {DEFAULT_MODEL}."
            )
            raise fc.FlowError(msg)
        period = self.flows.attrs["period"]
        if model in MONTHLY_ONLY and period != "month":
            msg = (
                f"model {model} needs flows by month; those of {self.name} are by {period}. "
                f"Choose {DEFAULT_MODEL}."
            )
            raise fc.FlowError(msg)
        return model


def subject_of(
    what: str,
    *,
    sheet: str | None = None,
    level: str | None = None,
    drivers: Sequence[str] = (),
    model: str | None = None,
    horizon: int | None = None,
) -> Subject:
    """Find what a word stands for and read it.

    Parameters
    ----------
    what : str
        Name of an embedded table of flows, path of a CSV or XLSX file of flows (see
        :func:`forecasting.read_flows`; with a column ``origin``
        :func:`forecasting.read_corridors`), or a scenario: name in the library or path of a
        file.
    sheet : str, optional
        Of an XLSX file of flows.
    level : {"district", "region"}, optional
        Of the places, for tables that have several levels; region by default.
    drivers : sequence of str
        Climate indices the model may see; those of the scenario by default, else none.
    model : str, optional
        By default that of the scenario, else :data:`DEFAULT_MODEL`.
    horizon : int, optional
        Periods ahead; by default that of the scenario, else :data:`HORIZONS`.

    Returns
    -------
    Subject
        All that is known; a scenario's flows end before its reference date.

    Raises
    ------
    forecasting.FlowError, scenarios.problems.ScenarioError
        If it is nothing of these, or holds no flows.

    Examples
    --------
    >>> darien = subject_of("darien_transits")
    >>> darien.model, darien.horizon, darien.flows.attrs["period"]
    ('adaptive-pool', 6, 'month')

    """
    is_table = what in [info.name for info in fc.catalog()]
    if is_table or sheet is not None or _is_flow_file(what):
        flows = flows_of(what, level, sheet)
        name = what if is_table else Path(what).stem
        given = Subject(name, flows, None, DEFAULT_MODEL, HORIZONS[str(flows.attrs["period"])])
    else:
        given = _of_scenario(load_scenario(what), level)
    subject = replace(
        given,
        drivers=_indices(drivers) if drivers else given.drivers,
        model=model or given.model,
        horizon=horizon or given.horizon,
    )
    subject.check_model(subject.model)
    return subject


def flows_of(what: str, level: str | None = None, sheet: str | None = None) -> xr.DataArray:
    """Read flows by the name of an embedded table or from a CSV or XLSX file.

    Parameters
    ----------
    what : str
        Name of an embedded table of flows, or path of a file of flows.
    level : {"district", "region"}, optional
        For ``somalia_displacement``; region by default.
    sheet : str, optional
        Of an XLSX file.

    Returns
    -------
    xarray.DataArray, (time, location[, cause]) or (time, origin, destination), persons per period

    Raises
    ------
    forecasting.FlowError
        If it is neither, or holds no flows, with what can be given.

    Examples
    --------
    >>> flows_of("darien_transits").attrs["period"]
    'month'

    """
    if Path(what).suffix.lower() == ".csv" or is_workbook(what):
        corridors = names_columns(what, ["origin"], sheet=sheet)
        return (fc.read_corridors if corridors else fc.read_flows)(what, sheet=sheet)
    if sheet is not None:
        msg = f"--sheet is for tables of flows in .xlsx files; {what} is none."
        raise fc.FlowError(msg)
    if what in [info.name for info in fc.catalog()]:
        return _table_flows(what, level)
    msg = (
        f"{what!r} is neither a table of the package (`safepassage data list`) nor a CSV or XLSX "
        f"file{suggestion(what, [info.name for info in fc.catalog()])}"
    )
    raise fc.FlowError(msg)


def _is_flow_file(what: str) -> bool:
    """Whether a file is a table of flows; a workbook may also be the worksheet of a plan."""
    if not is_workbook(what):
        return Path(what).suffix.lower() == ".csv"
    return names_columns(what, ["persons", "month"], ["persons", "date"])


def _of_scenario(scenario: Scenario, level: str | None) -> Subject:
    section = scenario.forecast
    if level not in (None, section.level):
        msg = f"the forecast of {scenario.name} is by {section.level}; --level is for tables."
        raise fc.FlowError(msg)
    return Subject(
        name=scenario.name,
        flows=known_flows(scenario),
        drivers=scenario_drivers(scenario),
        model=section.model,
        horizon=section.horizon,
        focus=section.focus,
    )


def _table_flows(name: str, level: str | None) -> xr.DataArray:
    if name == "somalia_displacement":
        return fc.load_somalia_displacement(level=level or "region")  # type: ignore[arg-type]
    if level is not None:
        msg = f"--level is for somalia_displacement; {name} has one level."
        raise fc.FlowError(msg)
    return embedded_flows(name, "region")


def _indices(names: Sequence[str]) -> xr.Dataset:
    table = fc.load_climate_indices()
    unknown = [name for name in names if name not in table]
    if unknown:
        msg = (
            f"drivers {', '.join(unknown)} are not in {DRIVER_TABLE}; it has "
            f"{', '.join(map(str, table))}."
        )
        raise fc.FlowError(msg)
    return table[list(dict.fromkeys(names))]
