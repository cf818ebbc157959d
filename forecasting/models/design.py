"""What a place knows on the reference date: predictors of the driver regression.

Everything is computed from values at or before the origin (the last known month), for every origin
of history at once, so that training rows see exactly what a forecast made at that time would see.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Months = npt.NDArray[np.int64]

LEVEL_NAMES: Final = (
    "one",
    "last month",
    "mean of 3 months",
    "mean of 12 months",
    "long-run mean",
    "share of months with any, 24 months",
    "season: own level",
    "season: own share with any",
    "neighbors: mean of 3 months",
    "neighbors: season",
    "all causes here: mean of 3 months",
    "horizon",
    "horizon x last month",
    "horizon x mean of 3 months",
    "year, sine",
    "year, cosine",
    "half year, sine",
    "half year, cosine",
)
"""Predictors besides the drivers, all on the log1p scale or shares."""

_OWN_WEIGHT: Final = 6.0
_SEASON_WEIGHT: Final = 3.0


def _forward_fill(z: Array, neighbors: Array) -> Array:
    """Carry the last known value on; before the first, the mean of the other places."""
    filled = z.copy()
    filled[0] = np.where(np.isnan(z[0]), neighbors[0], z[0])
    never = np.isnan(z[0])
    for step in range(1, len(z)):
        gap = np.isnan(z[step])
        never &= gap
        filled[step] = np.where(gap, np.where(never, neighbors[step], filled[step - 1]), z[step])
    return filled


def _trailing_mean(values: Array, window: int) -> Array:
    """Mean of the last ``window`` entries along the first axis (fewer at the beginning)."""
    total = np.cumsum(values, axis=0)
    shifted = np.zeros_like(total)
    shifted[window:] = total[:-window] if window < len(values) else 0.0
    count = np.minimum(np.arange(1, len(values) + 1), window)
    return (total - shifted) / count.reshape(-1, *([1] * (values.ndim - 1)))


def _shrunk_mean(values: Array, towards: Array, weight: float) -> Array:
    """Take the expanding mean of the known values, shrunk to another expanding mean."""
    known = np.isfinite(values)
    total = np.cumsum(np.where(known, values, 0.0), axis=0)
    count = np.cumsum(known, axis=0)
    return np.asarray((total + weight * towards) / (count + weight))


def _season_mean(values: Array, calendar: Months, towards: Array) -> Array:
    """Take expanding means by calendar month (+-1): (origin, month of year, place, cause)."""
    result = np.empty((len(values), 12, *values.shape[1:]))
    for month in range(12):
        near = np.isin(calendar, [(month - 1) % 12, month, (month + 1) % 12])
        taken = np.where(near.reshape(-1, *([1] * (values.ndim - 1))), values, np.nan)
        result[:, month] = _shrunk_mean(taken, towards, _SEASON_WEIGHT)
    return result


@dataclass(frozen=True)
class Design:
    """Predictors of every origin; arrays are (origin, place, cause) or (origin, month, ...)."""

    first_month: int
    parts: dict[str, Array]
    seasons: dict[str, Array]
    horizon: int

    def rows(self, origins: Months, ahead: int, cause: int) -> Array:
        """Predictors (origin, place, predictor) for targets ``ahead`` months after the origins."""
        calendar = (self.first_month + origins + ahead) % 12
        shape = self.parts["last"][origins, :, cause].shape
        reach = (ahead - 1) / max(self.horizon - 1, 1)

        def part(name: str) -> Array:
            return self.parts[name][origins, :, cause]

        def season(name: str) -> Array:
            return self.seasons[name][origins, calendar, :, cause]

        def every(values: Array | float) -> Array:
            column = np.asarray(values, dtype=float).reshape(-1, 1)
            return np.broadcast_to(column, shape)

        angle = 2.0 * np.pi * (calendar + 0.5) / 12.0
        columns = [
            every(1.0),
            part("last"),
            part("mean3"),
            part("mean12"),
            part("long"),
            part("share24"),
            season("level") - part("long"),
            season("any") - part("long any"),
            part("neighbors3"),
            season("neighbors") - part("neighbors long"),
            part("all causes3"),
            every(reach),
            reach * part("last"),
            reach * part("mean3"),
            every(np.sin(angle)),
            every(np.cos(angle)),
            every(np.sin(2 * angle)),
            every(np.cos(2 * angle)),
        ]
        return np.stack(columns, axis=-1)


def design_of(values: Array, first_month: int, horizon: int) -> Design:
    """Compute the predictors of every origin.

    Parameters
    ----------
    values : numpy.ndarray, (month, place, cause), persons
        NaN where nothing is known.
    first_month : int
        Month index (months since 1970-01) of the first entry.
    horizon : int
        Longest horizon.

    Returns
    -------
    Design

    """
    z = np.log1p(values)
    known = np.isfinite(z)
    count = known.sum(axis=1, keepdims=True)
    neighbors = np.where(known, z, 0.0).sum(axis=1, keepdims=True) / np.maximum(count, 1)
    neighbors = _forward_fill(np.where(count > 0, neighbors, np.nan), np.zeros_like(neighbors))
    everywhere = np.broadcast_to(neighbors, z.shape)
    filled = _forward_fill(z, everywhere)
    happened = np.where(known, (values > 0).astype(float), np.nan)
    neighbors_long = _trailing_mean(everywhere, len(z))
    share_everywhere = np.broadcast_to(
        np.nan_to_num(happened).sum(axis=1, keepdims=True) / np.maximum(count, 1), z.shape
    )
    long = _shrunk_mean(z, neighbors_long, _OWN_WEIGHT)
    long_any = _shrunk_mean(happened, _trailing_mean(share_everywhere, len(z)), _OWN_WEIGHT)
    calendar = (first_month + np.arange(len(z))) % 12
    all_causes = np.log1p(np.expm1(filled).sum(axis=2, keepdims=True))
    parts = {
        "last": filled,
        "mean3": _trailing_mean(filled, 3),
        "mean12": _trailing_mean(filled, 12),
        "long": long,
        "share24": _trailing_mean((filled > 0).astype(float), 24),
        "long any": long_any,
        "neighbors3": _trailing_mean(everywhere, 3),
        "neighbors long": neighbors_long,
        "all causes3": np.broadcast_to(_trailing_mean(all_causes, 3), z.shape),
    }
    seasons = {
        "level": _season_mean(z, calendar, long),
        "any": _season_mean(happened, calendar, long_any),
        "neighbors": _season_mean(everywhere, calendar, neighbors_long),
    }
    return Design(first_month, parts, seasons, horizon)
