"""How drivers enter: which driver, how many months before, in which months of the year."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from forecasting.drivers import known_at, month_index, outlook
from forecasting.flows import FlowError

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

Array = npt.NDArray[np.float64]
Months = npt.NDArray[np.int64]

_MONTH_NAMES: Final = (
    "Jan",
    "Feb",
    "Mar",
    "Apr",
    "May",
    "Jun",
    "Jul",
    "Aug",
    "Sep",
    "Oct",
    "Nov",
    "Dec",
)


@dataclass(frozen=True)
class DriverTerm:
    """One way in which a driver acts on displacement by one cause.

    Attributes
    ----------
    cause : str
        Cause it acts on; empty for flows without causes.
    driver : str
        Variable of the drivers dataset.
    lags : tuple of int
        Months before the month of displacement; the driver is averaged over them.
    months : tuple of int
        Calendar months (1-12) of displacement in which it acts; empty for all.
    origin : str
        Origin of the corridors it acts on (:class:`~forecasting.models.gravity.Gravity`); empty
        for all, and in flows without origins.

    Examples
    --------
    >>> DriverTerm("flood", "dmi", (0, 1), (10, 11, 12)).label
    'dmi 0-1 months before, Oct-Dec'

    """

    cause: str
    driver: str
    lags: tuple[int, ...]
    months: tuple[int, ...] = ()
    origin: str = ""

    @property
    def label(self) -> str:
        """What the term is, in words."""
        low, high = min(self.lags), max(self.lags)
        span = f"{low} months before" if low == high else f"{low}-{high} months before"
        span += f" in {self.origin}" if self.origin else ""
        if not self.months:
            return f"{self.driver} {span}"
        names = f"{_MONTH_NAMES[self.months[0] - 1]}-{_MONTH_NAMES[self.months[-1] - 1]}"
        return f"{self.driver} {span}, {names}"

    def values(self, series: Array, start: int, targets: Months) -> Array:
        """Value of the term for target months.

        Parameters
        ----------
        series : numpy.ndarray, (..., month)
            The driver from month index ``start`` on; NaN where unknown.
        start : int
            Month index (months since 1970-01) of the first entry.
        targets : numpy.ndarray, (target)
            Month indices of displacement.

        Returns
        -------
        numpy.ndarray, (..., target)
            Mean over the lags that are known, zero outside the months of the term, NaN where no
            lag is known.

        """
        length = series.shape[-1]
        total = np.zeros((*series.shape[:-1], len(targets)))
        count = np.zeros_like(total)
        for lag in self.lags:
            position = targets - lag - start
            inside = (position >= 0) & (position < length)
            taken = series[..., np.clip(position, 0, length - 1)]
            good = np.isfinite(taken) & inside
            total += np.where(good, taken, 0.0)
            count += good
        mean = np.where(count > 0, total / np.maximum(count, 1), np.nan)
        if not self.months:
            return np.asarray(mean)
        active = np.isin(targets % 12 + 1, self.months)
        return np.asarray(np.where(active, mean, 0.0))


EAST_AFRICA_TERMS: Final = (
    DriverTerm("drought", "oni", (6,)),
    DriverTerm("drought", "dmi", (6, 7, 8)),
    DriverTerm("flood", "dmi", (0, 1), (10, 11, 12)),
    DriverTerm("flood", "oni", (0, 1), (10, 11, 12)),
)
"""Terms with a physical reason in the Horn of Africa.

La Nina and a negative dipole fail the October-December rains, and people move months later;
El Nino and a positive dipole bring floods in the October-December rains themselves (Black, Slingo
and Sperber 2003, Monthly Weather Review 131). Conflict and other causes get no climate term.
"""


@dataclass(frozen=True)
class KnownDrivers:
    """What was known of the drivers on the reference date, by month."""

    known: xr.Dataset
    reference_date: pd.Timestamp

    @property
    def start(self) -> int:
        """Month index of the first month."""
        return int(month_index(self.known["time"].to_numpy())[0])

    def observed(self, driver: str) -> Array:
        """Return published values of one driver, NaN where not yet published."""
        return np.asarray(self.known[driver].to_numpy(), dtype=float)

    def paths(
        self, ahead: xr.Dataset | None, names: list[str], horizon: int, samples: int, seed: int
    ) -> tuple[dict[str, Array], str]:
        """Every driver from ``start`` to the end of the horizon, (sample, month), and the kind.

        A published value wins over the outlook; without an outlook the driver model makes one.

        Raises
        ------
        FlowError
            If the outlook misses a driver or a month that is needed.

        """
        if ahead is None:
            ahead = outlook(self.known[names], self.reference_date, horizon, samples, seed)
        reference = int(month_index([self.reference_date.to_datetime64()])[0])
        length = reference + horizon - self.start
        absent = [name for name in names if name not in ahead.data_vars]
        if absent:
            given = ", ".join(map(str, ahead.data_vars)) or "none"
            msg = f"the outlook misses {', '.join(absent)}; it has: {given}."
            raise FlowError(msg)
        position = month_index(ahead["time"].to_numpy()) - self.start
        inside = (position >= 0) & (position < length)
        result = {}
        for name in names:
            path = np.full((samples, length), np.nan)
            values = ahead[name]
            table = (
                values.transpose("sample", "time").to_numpy()
                if "sample" in values.dims
                else values.to_numpy()[np.newaxis]
            )
            path[:, position[inside]] = table[np.arange(samples) % len(table)][:, inside]
            known = self.observed(name)
            published = np.flatnonzero(np.isfinite(known))
            path[:, published] = known[published]
            open_months = np.isnan(path[:, published[-1] :]).any(axis=0)
            if open_months.any():
                first = self.start + int(published[-1]) + int(np.argmax(open_months))
                month = np.datetime64(first, "M")
                msg = (
                    f"the outlook has no value of {name} for {month}; it must reach from the first "
                    f"unpublished month to the end of the horizon ({horizon} months)."
                )
                raise FlowError(msg)
            result[name] = path
        return result, str(ahead.attrs.get("kind", "forecast"))


def known_drivers(
    drivers: xr.Dataset | None,
    terms: tuple[DriverTerm, ...],
    reference_date: pd.Timestamp,
    model: str = "driver regression",
) -> KnownDrivers | None:
    """Keep what was published on the reference date of the drivers that the terms name.

    Raises
    ------
    FlowError
        If a driver that a term names is not there or has no published value.

    """
    names = sorted({term.driver for term in terms})
    if not names:
        return None
    given = [] if drivers is None else [str(name) for name in drivers.data_vars]
    absent = [name for name in names if name not in given]
    if drivers is None or absent:
        msg = (
            f"the {model} needs {', '.join(absent or names)}; drivers given: "
            f"{', '.join(given) or 'none'}. Give them, or choose other terms (terms=() for none)."
        )
        raise FlowError(msg)
    known = known_at(drivers[names], reference_date)
    empty = [name for name in names if int(known[name].count()) == 0]
    if empty:
        msg = f"no value of {', '.join(empty)} was published before {reference_date.date()}."
        raise FlowError(msg)
    return KnownDrivers(known, reference_date)
