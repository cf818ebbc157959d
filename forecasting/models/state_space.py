"""State-space models of log or cube-root counts: level, season or SARIMAX, with lagged drivers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from forecasting.drivers import month_index
from forecasting.flows import FlowError
from forecasting.models.components import KINDS, Components, Kind, fit_components
from forecasting.models.driver_terms import (
    EAST_AFRICA_TERMS,
    DriverTerm,
    KnownDrivers,
    known_drivers,
)
from forecasting.models.hurdle import TYPICAL_VARIANCE, Coefficients, fit_number
from forecasting.models.kalman import gains_ahead
from forecasting.models.panel import Panel, check_request, forecast_of, panel_of
from forecasting.models.training import DRIVER_EFFECT_SD

if TYPE_CHECKING:
    import xarray as xr

Array = npt.NDArray[np.float64]
Months = npt.NDArray[np.int64]

LEAST_PERIODS: Final = 12
"""Observed periods the models need."""
FEW: Final = 6
"""Series with fewer known periods lean on their group; the forecast names them."""
LONGEST: Final = 730
"""Latest periods that are used, which bounds the time of a fit on daily figures."""
_RECENT: Final = 48
_LEVELS: Final = (np.arange(20) + 0.5) / 20.0
_SETTLED: Final = 12


@dataclass(frozen=True)
class _GroupFit:
    """One cause: components, where the series stand, and the effects of drivers."""

    cubed: bool
    components: Components
    terms: tuple[DriverTerm, ...]
    centers: Array
    effects: Coefficients | None
    shocks: Array

    def transformed(self, persons: Array) -> Array:
        """Put persons on the scale of the model."""
        return np.asarray(np.cbrt(persons) if self.cubed else np.log1p(persons))

    def transformed_back(self, z: Array) -> Array:
        """Persons of values on the transformed scale."""
        inside = np.clip(z, 0.0, 1e4 if self.cubed else 30.0)
        return np.asarray(inside**3 if self.cubed else np.expm1(inside))


@dataclass(frozen=True)
class FittedStateSpace:
    """A state-space model that has seen flows up to its reference date."""

    name: str
    panel: Panel
    known: KnownDrivers | None
    groups: tuple[_GroupFit, ...]

    def forecast(
        self,
        horizon: int,
        drivers: xr.Dataset | None = None,
        samples: int = 1000,
        seed: int = 0,
    ) -> xr.DataArray:
        """Draw joint samples; see :meth:`forecasting.models.FittedModel.forecast`.

        Parameters
        ----------
        horizon : int
            Whole periods ahead.
        drivers : xarray.Dataset, (sample, time), optional
            Outlook or scenario path; without it the driver model makes an outlook if the model
            was fitted with drivers. The same seed with another path uses the same effects and the
            same luck (common random numbers).
        samples, seed
            As in the protocol.

        Returns
        -------
        xarray.DataArray, (sample, time, location[, cause]), persons per period
            ``attrs["scale"]`` says on which scale each cause was modeled, ``attrs["borrowed"]``
            which series have fewer than six known periods and lean on their group.

        Raises
        ------
        FlowError
            If the outlook does not reach.

        """
        check_request(horizon, samples)
        luck, outlook_seed = np.random.SeedSequence(seed).spawn(2)
        rng = np.random.default_rng(luck)
        paths: dict[str, Array] = {}
        kind = "forecast"
        if self.known is not None:
            names = sorted(map(str, self.known.known.data_vars))
            state = int(outlook_seed.generate_state(1)[0])
            paths, kind = self.known.paths(drivers, names, horizon, samples, state)
        # one past period gives the shocks of all places and causes, so they stay joint
        count = len(self.groups[0].shocks)
        periods = rng.integers(count, size=(samples, horizon))
        persons = np.empty((samples, horizon, *self.panel.counts.shape[1:]))
        for cause, group in enumerate(self.groups):
            clusters = 1 if group.effects is None else max(group.effects.clusters, 1)
            weights = rng.standard_normal((samples, clusters))
            persons[..., cause] = self._group_samples(group, periods, paths, weights)
        made = forecast_of(self.panel, persons, model=self.name, seed=seed, kind=kind)
        scales = ("cube root" if group.cubed else "log1p" for group in self.groups)
        made.attrs["scale"] = ", ".join(dict.fromkeys(scales))
        made.attrs["borrowed"] = ", ".join(self._borrowed())
        return made

    def _group_samples(
        self,
        group: _GroupFit,
        periods: npt.NDArray[np.int64],
        paths: dict[str, Array],
        weights: Array,
    ) -> Array:
        """Persons (sample, horizon, place) by one cause."""
        samples, horizon = periods.shape
        fit = group.components
        state = np.repeat(fit.filtered.state[np.newaxis, :, :, 0], samples, axis=0)
        shift = np.zeros((samples, horizon))
        if group.effects is not None:
            drawn = group.effects.draws(weights)
            state = state - np.einsum("smk,nk->nsm", fit.filtered.state[:, :, 1:], drawn)
            shift = np.einsum("nhk,nk->nh", self._driven(group, paths, samples, horizon), drawn)
        gains, variances = gains_ahead(fit.system, fit.filtered.state_cov, horizon)
        result = np.empty((samples, horizon, state.shape[1]))
        for ahead in range(horizon):
            spread = np.sqrt(variances[ahead] * fit.variances)
            shock = group.shocks[periods[:, ahead]] * spread
            result[:, ahead] = state @ fit.system.design + shock + shift[:, ahead, np.newaxis]
            moved = state + gains[ahead] * shock[..., np.newaxis]
            state = moved @ fit.system.transition.T
        return group.transformed_back(result)

    def _driven(
        self, group: _GroupFit, paths: dict[str, Array], samples: int, horizon: int
    ) -> Array:
        """Terms (sample, horizon, term) of the periods ahead, from their past mean."""
        result = np.zeros((samples, horizon, len(group.terms)))
        if self.known is None:
            return result
        first = int(month_index([self.panel.reference_date.to_datetime64()])[0])
        targets = first + np.arange(horizon)
        for position, term in enumerate(group.terms):
            values = term.values(paths[term.driver], self.known.start, targets)
            result[..., position] = values - group.centers[position]
        return result

    def _borrowed(self) -> list[str]:
        known = np.isfinite(self.panel.counts).sum(axis=0).ravel()
        dims = [str(dim) for dim in self.panel.template.dims[1:]]
        names = self.panel.template.isel(time=0, drop=True).stack(series=dims)["series"]  # noqa: PD013
        pairs = [x if isinstance(x, tuple) else (x,) for x in names.to_numpy()]
        return [" ".join(map(str, pairs[k])) for k in np.flatnonzero(known < FEW)]

    def parameters(self) -> pd.DataFrame:
        """Scale and fitted parameters of every cause.

        Returns
        -------
        pandas.DataFrame
            Index cause; ``scale`` (log1p or cube root), ``noise`` (median standard deviation of
            the one-period noise on that scale), and the parameters its places share.

        """
        rows = []
        for group in self.groups:
            noise = float(np.sqrt(np.median(group.components.variances)))
            scale = "cube root" if group.cubed else "log1p"
            rows.append({"scale": scale, "noise": noise, **group.components.parameters})
        return pd.DataFrame(rows, index=pd.Index(self.panel.causes, name="cause"))

    def driver_effects(self, level: float = 0.9) -> pd.DataFrame:
        """Estimated effect of one unit of each driver, shared by the places of a cause.

        Parameters
        ----------
        level : float
            Probability content of the interval.

        Returns
        -------
        pandas.DataFrame
            One row per term: cause, driver, term, unit, scale, effect with low and high (on the
            transformed scale; Student t over half-years), half_years. Effects are shrunk towards
            none (:data:`forecasting.models.training.DRIVER_EFFECT_SD`).

        """
        columns = ["cause", "driver", "term", "unit", "scale", "effect", "low", "high"]
        rows = []
        for cause, group in zip(self.panel.causes, self.groups, strict=True):
            if group.effects is None or self.known is None:
                continue
            errors = np.sqrt(np.diag(group.effects.covariance))
            reach = float(stats.t.ppf(0.5 + level / 2.0, max(group.effects.clusters - 1, 1)))
            for term, effect, error in zip(group.terms, group.effects.mean, errors, strict=True):
                unit = str(self.known.known[term.driver].attrs["units"])
                scale = "cube root" if group.cubed else "log1p"
                bounds = (float(effect - reach * error), float(effect + reach * error))
                row = (cause, term.driver, term.label, unit, scale, float(effect), *bounds)
                rows.append((*row, group.effects.clusters))
        return pd.DataFrame(rows, columns=[*columns, "half_years"])


@dataclass(frozen=True)
class StateSpace:
    """Level, season or SARIMAX on a variance-stabilized scale, pooled, with lagged drivers.

    ``local level`` is a level that wanders, ``seasonal`` adds waves of the year and of the half
    year, ``sarimax`` is SARIMAX(1, 0, 1)(1, 0, 0) around each place's own level. The places of a
    cause share the parameters (maximum likelihood, statsmodels matrices) and, if drivers are
    given, their effects; each place has its own level, season and variance, drawn to those of the
    others where it has little history. The scale is log1p or the cube root of persons, whichever
    would have given one-period forecasts with the smaller CRPS over the last 48 periods, in
    persons and on the log scale together. Paths are drawn from resampled past innovations of all
    places and causes of one period together (Stoffer and Wall 1991, JASA 86), which keeps heavy
    tails and dependence, and whole paths, not means, are transformed back; no sample exceeds
    :data:`forecasting.models.panel.TAIL_FACTOR` times the record. Missing values are skipped by
    the Kalman filter.

    Parameters
    ----------
    kind : {"local level", "seasonal", "sarimax"}
    terms : tuple of DriverTerm
        How drivers enter, if they are given; terms for other causes are ignored. Driver values
        that are not yet published for past months are taken as the last published one.

    Examples
    --------
    >>> from forecasting import datasets
    >>> flows = datasets.load_somalia_displacement()
    >>> fitted = StateSpace("local level").fit(flows)
    >>> forecast = fitted.forecast(horizon=6, samples=100, seed=1)
    >>> dict(forecast.sizes), forecast.attrs["model"]
    ({'sample': 100, 'time': 6, 'location': 18, 'cause': 4}, 'local level')

    """

    kind: Kind = "seasonal"
    terms: tuple[DriverTerm, ...] = EAST_AFRICA_TERMS

    @property
    def name(self) -> str:
        """Name in tables."""
        return {"seasonal": "seasonal level"}.get(self.kind, self.kind)

    def fit(self, flows: xr.DataArray, drivers: xr.Dataset | None = None) -> FittedStateSpace:
        """Fit on flows and, if there are any, on the drivers published by then.

        Parameters
        ----------
        flows : xarray.DataArray, (time, location[, cause]), persons per period
            At least 12 periods with observations; the latest 730 are used.
        drivers : xarray.Dataset, (time), optional
            Observed drivers named in the terms; without them the model has none.

        Returns
        -------
        FittedStateSpace

        Raises
        ------
        FlowError
            If there are too few periods, the kind is unknown or does not suit the period, or a
            driver is missing.

        """
        if self.kind not in KINDS:
            msg = f"kind is {self.kind!r}; allowed: {', '.join(map(repr, KINDS))}."
            raise FlowError(msg)
        panel = panel_of(flows, LEAST_PERIODS, self.name)
        if self.kind == "seasonal" and panel.season < 2:
            msg = "yearly flows have no season; use StateSpace('local level')."
            raise FlowError(msg)
        terms = tuple(term for term in self.terms if term.cause in panel.causes)
        known = None
        if drivers is not None:
            known = known_drivers(drivers, terms, panel.reference_date, self.name)
        if known is not None and flows.attrs["period"] != "month":
            msg = (
                f"drivers are monthly and these flows are per {flows.attrs['period']}. Sum them "
                "to months or leave the drivers out."
            )
            raise FlowError(msg)
        first = max(len(panel.counts) - LONGEST, 0)
        counts = panel.counts[first:]
        groups = []
        for cause, name in enumerate(panel.causes):
            own = tuple(term for term in terms if term.cause == name) if known is not None else ()
            groups.append(_fit_group(self.kind, panel, counts[:, :, cause], own, known))
        return FittedStateSpace(self.name, panel, known, tuple(groups))


def _fit_group(
    kind: Kind,
    panel: Panel,
    counts: Array,
    terms: tuple[DriverTerm, ...],
    known: KnownDrivers | None,
) -> _GroupFit:
    """Fit one cause on both scales and keep the better one."""
    logs, roots = (_fit_scale(kind, panel, counts, terms, known, cubed) for cubed in (False, True))
    first, second = _lack_of(logs, counts), _lack_of(roots, counts)
    told = (first > 0) & (second > 0)
    if not told.any():
        return logs
    return roots if float(np.log(second[told] / first[told]).mean()) < 0.0 else logs


def _fit_scale(
    kind: Kind,
    panel: Panel,
    counts: Array,
    terms: tuple[DriverTerm, ...],
    known: KnownDrivers | None,
    cubed: bool,
) -> _GroupFit:
    z = np.cbrt(counts) if cubed else np.log1p(counts)
    driven = np.zeros((len(z), 0))
    months = np.zeros(len(z), dtype=np.int64)
    if terms and known is not None:
        last = int(month_index([panel.reference_date.to_datetime64()])[0])
        months = last - len(z) + np.arange(len(z))
        driven = np.stack([_past(term, known, months) for term in terms], axis=1)
    usable = np.asarray(np.isfinite(driven).all(axis=1))
    centers = driven[usable].mean(axis=0) if usable.any() else np.zeros(len(terms))
    used = np.isfinite(z) & usable[:, np.newaxis]
    fit = fit_components(kind, z, used, np.nan_to_num(driven - centers), panel.season)
    effects = None
    shocks = fit.filtered.innovations / np.sqrt(fit.variances)[:, np.newaxis]
    left = shocks[..., 0]
    if terms and known is not None and used.any():
        spread = [float(np.nanstd(known.observed(term.driver))) for term in terms]
        # the prior is one of log1p; on another scale it is as large relative to the spread
        stretch = float(np.nanstd(z) / max(float(np.nanstd(np.log1p(counts))), 1e-9))
        prior = DRIVER_EFFECT_SD * stretch / np.maximum(spread, 1e-9)
        rows = np.isfinite(left)
        half_year = np.broadcast_to((months // 6)[:, np.newaxis], rows.shape)[rows]
        # both sides are in units of the noise; the regression expects errors of this variance
        unit = np.sqrt(TYPICAL_VARIANCE)
        effects = fit_number(unit * shocks[..., 1:][rows], unit * left[rows], half_year, prior)
        left = left - shocks[..., 1:] @ effects.mean
    return _GroupFit(cubed, fit, terms, centers, effects, _complete(left))


def _past(term: DriverTerm, known: KnownDrivers, months: Months) -> Array:
    """Values (period) of a term in past months; the last published value stays until the next."""
    observed = pd.Series(known.observed(term.driver)).ffill().to_numpy(dtype=float)
    return term.values(observed, known.start, months)


def _complete(shocks: Array) -> Array:
    """Past shocks (period, series) without the first year and without holes.

    Holes, and series that have few shocks of their own, take shocks of the group in the order of
    a fixed permutation, so that the same flows give the same model.
    """
    settled = shocks[min(_SETTLED, len(shocks) // 3) :]
    finite = np.isfinite(settled)
    pool = settled[finite]
    rng = np.random.default_rng(len(pool))
    if len(pool) == 0:
        return np.asarray(rng.standard_normal(settled.shape))
    result = settled.copy()
    for series in range(settled.shape[1]):
        own = settled[finite[:, series], series]
        source = own if len(own) >= _SETTLED else pool
        holes = ~finite[:, series]
        result[holes, series] = rng.choice(source, size=int(holes.sum()))
    return np.asarray(result)


def _lack_of(group: _GroupFit, counts: Array) -> Array:
    """Mean CRPS (unit, series) of the one-period forecasts of the last periods.

    The units are persons and log1p of persons; a forecast is the filter's center with the
    quantiles of the shocks of all series.
    """
    recent = counts[-_RECENT:]
    filtered = group.components.filtered
    roots = np.sqrt(filtered.variances[-_RECENT:])
    z = group.transformed(recent)
    center = z - filtered.innovations[-_RECENT:, :, 0] * roots
    spread = roots * np.sqrt(group.components.variances)
    levels = _LEVELS[:, np.newaxis, np.newaxis]
    quantiles = np.quantile(group.shocks, _LEVELS).reshape(levels.shape)
    ahead = group.transformed_back(center + spread * quantiles)
    lacks = []
    for seen, drawn in ((recent, ahead), (np.log1p(recent), np.log1p(ahead))):
        error = seen - drawn  # the CRPS is twice the mean quantile loss
        loss = 2.0 * np.maximum(levels * error, (levels - 1.0) * error).mean(axis=0)
        known = np.isfinite(loss)
        lacks.append(np.where(known, loss, 0.0).sum(axis=0) / np.maximum(known.sum(axis=0), 1))
    return np.asarray(lacks)
