"""Forecast packages: what they are, and the one function that turns samples into all files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from forecasting.flows import check_forecast
from forecasting.hierarchy import spans_of
from forecasting.sharing.checksums import CHECKSUMS, checksums_bytes, sha256
from forecasting.sharing.descriptors import (
    DATA_PACKAGE,
    RO_CRATE,
    data_package_bytes,
    licence_bytes,
    readme_bytes,
    readme_lines,
    ro_crate_bytes,
)
from forecasting.sharing.figures import QUANTILE_LEVELS, Figures, figures_of
from forecasting.sharing.hub import check_periods, hub_files, output_name
from forecasting.sharing.limits import PackageError, raise_problems
from forecasting.sharing.netcdf import SAMPLES, SHARED_COORDS, period_ends, samples_bytes
from forecasting.sharing.parquet import parquet_bytes
from forecasting.sharing.provenance import PROVENANCE, check_provenance
from forecasting.sharing.sdmx import SDMX, sdmx_bytes
from forecasting.sharing.sdmx_structure import STRUCTURE, structure_bytes
from forecasting.sharing.strict_json import json_bytes
from forecasting.sharing.tables import (
    UNITS,
    level_tables,
    quantile_names,
    quantile_rows,
    total_rows,
    units_bytes,
)
from forecasting.sharing.workbook import Sheet, workbook_bytes

if TYPE_CHECKING:
    from pathlib import Path

    import xarray as xr

    from forecasting.hierarchy import Hierarchy
    from forecasting.sharing.tables import Place

WORKBOOK: Final = "forecast.xlsx"
_FORMULA_SIGNS: Final = ("=", "+", "-", "@", "\t", "\r")
"""A spreadsheet takes a cell that begins with one of these for a formula."""


@dataclass(frozen=True)
class Package:
    """A forecast package that was verified.

    Parameters
    ----------
    forecast : xarray.DataArray, (sample, time, location[, cause]), persons per period
        Joint samples of the lowest places.
    hierarchy : Hierarchy
        Places of the package; its top is the place the package is about.
    above : tuple of Place
        Places above the top, from the country down.
    provenance : dict
    identifier : str
        SHA-256 of the checksums: names this package and no other.
    signed : str
        Name of the key whose signature holds; empty when none was checked.
    path : pathlib.Path or None
        Where it was read or written.

    """

    forecast: xr.DataArray
    hierarchy: Hierarchy
    above: tuple[Place, ...]
    provenance: dict[str, Any]
    identifier: str
    signed: str = ""
    path: Path | None = None

    @property
    def unit(self) -> str:
        """Code of the place the package is about."""
        return self.hierarchy.top

    @property
    def is_slice(self) -> bool:
        """Whether it was cut from a larger package."""
        return self.provenance["whole"] is not None

    @property
    def whole(self) -> str:
        """Identifier of the package it was cut from; its own if it is the whole."""
        whole = self.provenance["whole"]
        return self.identifier if whole is None else str(whole["package"])

    @property
    def days(self) -> list[str]:
        """First day of every period as YYYY-MM-DD."""
        days: list[str] = (
            self.forecast["time"].to_numpy().astype("datetime64[D]").astype(str).tolist()
        )
        return days

    @property
    def causes(self) -> list[str]:
        """Causes of the forecast; none without causes."""
        forecast = self.forecast
        return list(map(str, forecast["cause"].to_numpy())) if "cause" in forecast.dims else []

    def reference(self) -> dict[str, Any]:
        """Say which package something rests on.

        Returns
        -------
        dict
            ``package`` and ``whole`` (identifiers of it and of the whole it was cut from), name,
            version, issuer, day of issue and checksum of the samples.

        """
        said = self.provenance
        return {
            "package": self.identifier,
            "whole": self.whole,
            **{key: said[key] for key in ("name", "version", "issuer", "issued")},
            "samples_sha256": said["forecast"]["samples_sha256"],
        }

    def at(self, level: int) -> xr.DataArray:
        """Return the samples of the units of a level.

        Parameters
        ----------
        level : int

        Returns
        -------
        xarray.DataArray, (sample, time, location[, cause]), persons per period
            Sample k is the same sample k at every level.

        """
        return check_forecast(self.hierarchy.aggregate(self.forecast, level))

    def figures(self) -> Figures:
        """Return sums and quantiles of all places."""
        return figures_of(self.forecast, self.hierarchy)

    def quantiles(self, every: int = 1) -> pd.DataFrame:
        """Quantiles of every place, period and cause.

        Parameters
        ----------
        every : int
            Periods that are summed first, sample by sample, such as 3 months to quarters; must
            divide their number. Spans follow each other from the first period on.

        Returns
        -------
        pandas.DataFrame
            Columns location, location_name, admin_level, first_day, last_day, cause, and one per
            quantile level, in persons per period (or per span).

        Raises
        ------
        FlowError
            If spans do not divide the periods.

        """
        spans = spans_of(self.forecast, every).assign_attrs(self.forecast.attrs)
        figures = figures_of(spans, self.hierarchy)
        first_days = self.forecast["time"].to_numpy().astype("datetime64[D]")
        ends = period_ends(first_days, str(self.forecast.attrs["period"]))[every - 1 :: every]
        last_days = ends - np.timedelta64(1, "D")
        tree, causes = figures.hierarchy, figures.shown_causes
        nodes, steps = len(tree.codes), len(figures.first_days)
        index = pd.MultiIndex.from_product(
            [range(nodes), range(steps), causes], names=["node", "step", "cause"]
        ).to_frame(index=False)
        node, step = index["node"].to_numpy(), index["step"].to_numpy()
        values = np.moveaxis(figures.quantiles, 1, -1).transpose(0, 2, 1, 3)
        table = pd.DataFrame(
            {
                "location": np.array(tree.codes)[node],
                "location_name": np.array(tree.names)[node],
                "admin_level": np.array(tree.admin_levels)[node],
                "first_day": figures.first_days[step].astype("datetime64[s]"),
                "last_day": last_days[step].astype("datetime64[s]"),
                "cause": index["cause"],
            }
        )
        levels = pd.DataFrame(values.reshape(-1, len(QUANTILE_LEVELS)), columns=QUANTILE_LEVELS)
        return pd.concat([table, levels], axis=1)


def check_shareable(forecast: xr.DataArray, hierarchy: Hierarchy) -> None:
    """Raise with everything that keeps a forecast from being shared.

    Parameters
    ----------
    forecast : xarray.DataArray
    hierarchy : Hierarchy

    Raises
    ------
    PackageError
        For other dims, counts that are not whole, texts that a spreadsheet could run, attributes
        that are not text or numbers.

    """
    check_forecast(forecast)
    if "location" not in forecast.dims:
        msg = (
            f"the forecast has dims {forecast.dims}; packages are by location. Sum corridors first."
        )
        raise PackageError(msg)
    check_periods(str(forecast.attrs["period"]))
    problems = []
    values = forecast.to_numpy()
    if not bool((values == np.rint(values)).all()):
        problems.append(
            "samples are not whole persons, so sums cannot be exact; round or reconcile them "
            "to whole numbers first."
        )
    if values.size and values.max() >= 2**53:
        problems.append("samples are too large to be exact; check the unit.")
    causes = [str(cause) for cause in forecast["cause"].values] if "cause" in forecast.dims else []
    problems += [
        f"{text[:60]!r} cannot be a code, name or cause in a spreadsheet."
        for text in (*hierarchy.codes, *hierarchy.names, *causes)
        if not text or not text.isprintable() or text.startswith(_FORMULA_SIGNS)
    ]
    if "all" in causes and len(causes) > 1:
        problems.append("'all' is the name of the sum over causes; call the cause otherwise.")
    problems += [
        f"attribute {name!r} has type {type(value).__name__}; only text and numbers are shared."
        for name, value in forecast.attrs.items()
        if not isinstance(value, str | int | float) or isinstance(value, bool)
    ]
    problems += [
        f"attribute {name!r} holds line breaks or other signs that cannot be shown."
        for name, value in forecast.attrs.items()
        if isinstance(value, str) and not value.isprintable()
    ]
    problems += [
        f"coordinate {str(name)!r} is not shared; leave it out with .drop_vars({str(name)!r})."
        for name in forecast.coords
        if name not in SHARED_COORDS
    ]
    raise_problems("the forecast", problems)


def package_files(
    forecast: xr.DataArray,
    hierarchy: Hierarchy,
    above: tuple[Place, ...],
    provenance: dict[str, Any],
) -> dict[str, bytes]:
    """Turn samples and provenance into all files of a package.

    Everything follows from these two, so that a reader can make every table again and compare.

    Parameters
    ----------
    forecast : xarray.DataArray
        Protected, whole numbers, of the lowest places in the order of the hierarchy.
    hierarchy : Hierarchy
    above : tuple of Place
    provenance : dict

    Returns
    -------
    dict of str to bytes
        With the checksums.

    """
    figures = figures_of(forecast, hierarchy)
    files = {SAMPLES: samples_bytes(forecast), **text_files(figures, above, provenance)}
    files[WORKBOOK] = workbook(figures, provenance)
    if provenance["parquet"]:
        files[output_name(provenance, "parquet")] = parquet_bytes(figures, provenance)
    return finished(files, figures, above, provenance)


def text_files(
    figures: Figures, above: tuple[Place, ...], provenance: dict[str, Any]
) -> dict[str, bytes]:
    """Write all files that are plain text and depend on no other file."""
    sdmx = {}
    if provenance.get("sdmx"):
        sdmx = {
            SDMX: sdmx_bytes(figures, provenance),
            STRUCTURE: structure_bytes(figures, provenance),
        }
    return {
        "README.txt": readme_bytes(provenance, figures),
        UNITS: units_bytes(figures.hierarchy, above),
        **level_tables(figures, above),
        **sdmx,
        **hub_files(figures, provenance),
        PROVENANCE: json_bytes(check_provenance(provenance)),
        "LICENSE.txt": licence_bytes(provenance),
    }


def finished(
    files: dict[str, bytes],
    figures: Figures,
    above: tuple[Place, ...],
    provenance: dict[str, Any],
) -> dict[str, bytes]:
    """Add the descriptions of all files and the checksums."""
    whole = dict(sorted(files.items()))
    whole[DATA_PACKAGE] = data_package_bytes(whole, provenance, figures, above)
    whole[RO_CRATE] = ro_crate_bytes(whole, provenance)
    whole[CHECKSUMS] = checksums_bytes(whole)
    return whole


def workbook(figures: Figures, provenance: dict[str, Any]) -> bytes:
    """Write the workbook: read-me, places, quantiles by level, and of the sum over all periods."""
    tree = figures.hierarchy
    period = provenance["forecast"]["period"]
    place = ["Code", "Place"]
    quantiles = [f"{name} (persons)" for name in quantile_names()]
    sheets = [
        Sheet("Read me", [], [[line] for line in readme_lines(provenance, figures)]),
        Sheet(
            "Places",
            ["Code", "Place", "Admin level", "Part of"],
            list(zip(tree.codes, tree.names, tree.admin_levels, tree.parents, strict=True)),
        ),
        Sheet(
            "Whole period",
            [*place, "Admin level", "Cause", *quantiles],
            total_rows(figures),
        ),
    ]
    sheets += [
        Sheet(
            f"Admin {level} by {period}",
            [*place, f"First day of the {period}", "Cause", *quantiles],
            quantile_rows(figures, level),
        )
        for level in tree.levels
    ]
    return workbook_bytes(sheets)


def identifier_of(files: dict[str, bytes]) -> str:
    """Name a package by the SHA-256 of its checksums."""
    return sha256(files[CHECKSUMS])
