"""What is known of a corridor at an origin of time: predictors of the gravity model."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from forecasting.flows import raise_all
from forecasting.models.past_members import smoothed

if TYPE_CHECKING:
    import xarray as xr

    from forecasting.models.driver_terms import DriverTerm, KnownDrivers
    from forecasting.models.panel import Panel

Array = npt.NDArray[np.float64]
Index = npt.NDArray[np.int64]

_LONG: Final = 0.05
_LATELY: Final = 0.4
_BORROWED: Final = 1.0
_ANY: Final = 1e-3


@dataclass(frozen=True)
class Corridors:
    """Predictors for every origin of time, horizon and corridor.

    Attributes
    ----------
    names : tuple of str
        Of the predictors besides drivers; the first is one.
    base : numpy.ndarray, (period, corridor)
        Log of the persons a corridor usually sees, as known at the end of every period.
    levels : numpy.ndarray, (period, corridor, level)
        Log of what was seen lately over what is usual.
    fixed : numpy.ndarray, (corridor, attribute)
    center, scale : numpy.ndarray, (predictor)
    season : int
        Periods in a year; 1 where there is no season.
    first_month : int
        Month index of the first period if drivers are used, else 0.
    first_calendar : int
        Position of the first period in its year, from 0.
    monthly : bool
    horizon : int
    observed : dict of numpy.ndarray
        Driver values from ``start`` on, the last published one staying until the next.
    start : int
    centers : numpy.ndarray, (term)
        Past mean of every term.
    origins : tuple of str
    destinations : int

    """

    names: tuple[str, ...]
    base: Array
    levels: Array
    fixed: Array
    center: Array
    scale: Array
    season: int
    first_month: int
    first_calendar: int
    monthly: bool
    horizon: int
    observed: dict[str, Array]
    start: int
    centers: Array
    origins: tuple[str, ...]
    destinations: int

    def raw(self, origins: Index, ahead: int) -> Array:
        """Predictors (origin of time, corridor, predictor) before they are centered."""
        levels = self.levels[origins]
        many, pairs, _ = levels.shape
        share = (ahead - 1) / max(self.horizon - 1, 1)
        columns = [np.ones((many, pairs, 1)), levels, share * levels[..., :1]]
        if self.season > 1:
            angle = 2.0 * np.pi * ((self.first_calendar + origins + ahead) % self.season)
            angle = angle / self.season
            waves = [np.sin(angle), np.cos(angle), np.sin(2 * angle), np.cos(2 * angle)]
            table = np.stack(waves, axis=1)[:, np.newaxis]
            columns.append(np.broadcast_to(table, (many, pairs, 4)))
        columns.append(np.broadcast_to(self.fixed, (many, *self.fixed.shape)))
        return np.concatenate(columns, axis=2)

    def rows(self, origins: Index, ahead: int) -> Array:
        """Predictors besides drivers (origin of time, corridor, predictor), standardized."""
        return np.asarray((self.raw(origins, ahead) - self.center) / self.scale)

    def wide(self, origins: Index, ahead: int, terms: tuple[DriverTerm, ...]) -> Array:
        """Predictors with the driver terms of past targets at the end."""
        levels = self.rows(origins, ahead)
        targets = self.first_month + origins + ahead
        columns = [levels]
        for position, term in enumerate(terms):
            values = term.values(self.observed[term.driver], self.start, targets)
            moved = (values - self.centers[position])[:, np.newaxis] * self.acts_on(term)
            columns.append(moved[..., np.newaxis])
        return np.concatenate(columns, axis=2)

    def acts_on(self, term: DriverTerm) -> Array:
        """One (corridor) where the term acts, else zero."""
        own = np.array([term.origin in ("", origin) for origin in self.origins], dtype=float)
        return np.repeat(own, self.destinations)


def corridors_of(
    panel: Panel,
    horizon: int,
    first_month: int,
    distance: xr.DataArray | None,
    attributes: tuple[xr.Dataset | None, xr.Dataset | None],
    terms: tuple[DriverTerm, ...],
    known: KnownDrivers | None,
) -> Corridors:
    """Lay out the predictors of a panel (period, origin, destination).

    Raises
    ------
    FlowError
        If a distance or an attribute is missing, not finite or out of range.

    """
    template = panel.template
    counts = panel.counts.reshape(template.shape)
    origins = tuple(str(x) for x in template["origin"].to_numpy())
    destinations = [str(x) for x in template["destination"].to_numpy()]
    base, levels = _levels(counts)
    names = ["one", "corridor lately", "departures lately", "arrivals lately"]
    names.append("corridor lately, by horizon")
    season = panel.season
    if season > 1:
        names += ["year, sine", "year, cosine", "half year, sine", "half year, cosine"]
    fixed, fixed_names = _fixed(origins, destinations, distance, attributes)
    calendar = pd.Timestamp(template["time"].to_numpy()[0])
    first_calendar = {"month": calendar.month - 1, "day": calendar.day_of_year - 1}.get(
        template.attrs["period"], 0
    )
    observed: dict[str, Array] = {}
    centers = np.zeros(len(terms))
    start = 0
    if known is not None:
        start = known.start
        months = first_month + np.arange(len(counts))
        for position, term in enumerate(terms):
            series = pd.Series(known.observed(term.driver)).ffill().to_numpy(dtype=float)
            observed[term.driver] = series
            past = term.values(series, start, months)
            centers[position] = np.nanmean(past) if np.isfinite(past).any() else 0.0
    bare = Corridors(
        (*names, *fixed_names),
        base,
        levels,
        fixed,
        np.zeros(len(names) + len(fixed_names)),
        np.ones(len(names) + len(fixed_names)),
        season,
        first_month,
        first_calendar,
        template.attrs["period"] == "month",
        horizon,
        observed,
        start,
        centers,
        origins,
        len(destinations),
    )
    raw = bare.raw(np.arange(len(counts)), max(1, (horizon + 1) // 2))
    center, scale = raw.mean(axis=(0, 1)), raw.std(axis=(0, 1))
    center[0], scale[scale < 1e-8] = 0.0, 1.0
    return replace(bare, center=center, scale=scale)


def _levels(counts: Array) -> tuple[Array, Array]:
    """Return base (period, corridor), log persons, and levels (period, corridor, level) around it.

    The base is the corridor's own mean of the last years, drawn to what the masses of its origin
    and destination say (departures times arrivals over the sum of all) where it is little known.
    """
    length = len(counts)
    flat = counts.reshape(length, -1)
    unknown = np.isnan(counts)
    departures, arrivals = (
        np.where(unknown.all(axis=axis), np.nan, np.nansum(counts, axis=axis)) for axis in (2, 1)
    )
    long = {
        name: _known(smoothed(x, _LONG)[1:])
        for name, x in (("corridor", flat), ("departures", departures), ("arrivals", arrivals))
    }
    total = np.maximum(long["departures"].sum(axis=1, keepdims=True), _ANY)
    masses = long["departures"][:, :, np.newaxis] * long["arrivals"][:, np.newaxis]
    masses = masses.reshape(length, -1) / total
    seen = np.cumsum(np.isfinite(flat), axis=0)
    own = np.minimum(seen, 1.0 / _LONG)
    base = (own * long["corridor"] + _BORROWED * masses) / (own + _BORROWED)
    changes = [np.log((_known(smoothed(flat, _LATELY)[1:]) + 1.0) / (base + 1.0))]
    for name, values, axis in (("departures", departures, 2), ("arrivals", arrivals, 1)):
        change = np.log((_known(smoothed(values, _LATELY)[1:]) + 1.0) / (long[name] + 1.0))
        wide = np.broadcast_to(np.expand_dims(change, axis), counts.shape)
        changes.append(wide.reshape(length, -1))
    return np.log(base + _ANY), np.stack(changes, axis=2)


def _known(levels: Array) -> Array:
    """Where nothing is known yet, what the others show at that time (0 if none do)."""
    some = np.isfinite(levels)
    count = np.maximum(some.sum(axis=1, keepdims=True), 1)
    middle = np.where(some, levels, 0.0).sum(axis=1, keepdims=True) / count
    return np.asarray(np.where(some, levels, middle))


def _fixed(
    origins: tuple[str, ...],
    destinations: list[str],
    distance: xr.DataArray | None,
    attributes: tuple[xr.Dataset | None, xr.Dataset | None],
) -> tuple[Array, list[str]]:
    """Attributes (corridor, attribute) that do not change in time."""
    problems: list[str] = []
    columns: list[Array] = []
    names: list[str] = []
    shape = (len(origins), len(destinations))
    within = np.array([[float(o == d) for d in destinations] for o in origins])
    if within.any() and not within.all():
        columns.append(within)
        names.append("within the place")
    if distance is not None:
        if set(distance.dims) != {"origin", "destination"}:
            problems.append(f"distance: dims are {distance.dims}; give (origin, destination).")
        else:
            table = distance.transpose("origin", "destination")
            table = table.reindex(origin=list(origins), destination=destinations)
            values = table.to_numpy().astype(float)
            wrong = ~(np.isfinite(values) & (values >= 0))
            problems += [
                f"distance: {origins[i]} to {destinations[j]} is {values[i, j]}; give km, 0 or "
                "more."
                for i, j in np.argwhere(wrong)[:5]
            ]
            columns.append(np.log1p(np.where(wrong, 0.0, values)))
            names.append("log distance")
    for dim, places, given in zip(
        ("origin", "destination"), (list(origins), destinations), attributes, strict=True
    ):
        for name, variable in ({} if given is None else given.data_vars).items():
            if variable.dims != (dim,):
                problems.append(f"{name}: dims are {variable.dims}; give ({dim},).")
                continue
            values = variable.reindex({dim: places}).to_numpy().astype(float)
            wrong = ~(np.isfinite(values) & (values > 0))
            problems += [
                f"{name}: {places[i]} is {values[i]}; give a number above 0."
                for i in np.flatnonzero(wrong)[:5]
            ]
            logs = np.log(np.where(wrong, 1.0, values))
            wide = logs[:, np.newaxis] if dim == "origin" else logs[np.newaxis]
            columns.append(np.broadcast_to(wide, shape))
            names.append(f"log {name} of {dim}")
    raise_all("attributes of the gravity model", problems)
    if not columns:
        return np.zeros((shape[0] * shape[1], 0)), names
    return np.stack([column.reshape(-1) for column in columns], axis=1), names
