"""A pool of simple members whose weights are learned on the past, per series: the default."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from forecasting.flows import FlowError
from forecasting.models.calibration import beta_parameters, pit_sums, recalibrated
from forecasting.models.combination import mixture_values, products, weights_of
from forecasting.models.dependence import (
    PastErrors,
    are_close,
    pit_range,
    shared_chances,
)
from forecasting.models.members import Member, members_for
from forecasting.models.panel import TAIL_FACTOR, Panel, check_request, forecast_of, panel_of
from forecasting.models.past_members import (
    Fading,
    History,
    PooledRegression,
    SameSeason,
    Smoothing,
    Window,
)
from forecasting.models.seasonal_level import SeasonalLevel
from forecasting.models.totals import ranks_of, scaled, totals_of

if TYPE_CHECKING:
    import xarray as xr

Array = npt.NDArray[np.float64]
Index = npt.NDArray[np.int64]

LEAST_PERIODS: Final = 6
"""Observed periods the pool needs."""
REACH: Final = {365: 15, 52: 2, 12: 1, 4: 0, 1: 0}
"""Periods around a calendar period that count as the same season, by periods in a year."""
FADING: Final = 0.94
"""Weight of a past forecast relative to one half a step of origins later."""
BLOCKS: Final = 96
"""Latest blocks of the past whose ranks give the joint dependence."""
REGULAR: Final = 0.1
"""Share of zeros lately up to which a series counts as regular: only then may it follow a seasonal
level, which knows no zeros."""
OFTEN: Final = 0.5
"""Share of zeros lately up to which a series may follow its last few periods: a burst that was says
little of a series that is mostly zero."""
ERROR_SHARE: Final = 1.0 / 3.0
"""Share of the samples whose ranks are those of past errors, not of past levels. Chosen on cutoffs
before the last 24 months: joint samples scored better or the same (page on the forecast)."""
TOTAL_SHARE: Final = 0.25
"""Share of the samples whose sum over places is that of a forecast of the sum itself. Chosen on
cutoffs before the last 24 months (page on the forecast)."""
_STREAM: Final = 20_260_301


@dataclass(frozen=True)
class _Past:
    """The past on the log scale and on the cube-root scale, and what members say of it."""

    logs: History
    roots: History
    caps: Array
    members: tuple[tuple[str, Member, bool], ...] = field(default=())

    @classmethod
    def of(cls, panel: Panel, chosen: tuple[Member, ...] = ()) -> _Past:
        """Lay a panel out for the members chosen, or for all that suit it."""
        counts = panel.counts.reshape(len(panel.counts), -1)
        group = np.tile(np.arange(panel.counts.shape[2]), panel.counts.shape[1])
        season = panel.season
        logs = History(np.log1p(counts), group, season, REACH[season])
        roots = History(np.cbrt(counts), group, season, REACH[season])
        if chosen:
            named = tuple((member.name, member, False) for member in chosen)
            return cls(logs, roots, _running_caps(counts, group), named)
        members = [(member.name, member, False) for member in members_for(logs)]
        members += [
            (f"{member.name}, cube root", member, True)
            for member in members_for(roots)
            if isinstance(member, Smoothing | PooledRegression | SeasonalLevel)
        ]
        return cls(logs, roots, _running_caps(counts, group), tuple(members))

    def quantiles(self, origin: int, horizons: Index) -> Array:
        """Quantiles (member, horizon, level, series) of log1p of persons, capped."""
        parts = []
        for _, member, rooted in self.members:
            if rooted:
                values = member.quantiles(self.roots, origin, horizons)
                parts.append(np.log1p(np.maximum(values, 0.0) ** 3))
            else:
                parts.append(member.quantiles(self.logs, origin, horizons))
        return np.asarray(np.minimum(np.stack(parts), self.caps[origin]))


def _running_caps(counts: Array, group: Index) -> Array:
    """Largest log1p of persons a member may give at every origin (origin, series).

    Three times the record so far; a series that has seen none may see what the median series of
    its group has seen.
    """
    records = np.zeros((len(counts) + 1, counts.shape[1]))
    records[1:] = np.maximum.accumulate(np.nan_to_num(counts), axis=0)
    typical = np.zeros_like(records)
    for one in np.unique(group):
        own = group == one
        seen = np.where(records[:, own] > 0, records[:, own], np.nan)
        some = np.isfinite(seen).any(axis=1)
        middle = np.zeros(len(records))
        middle[some] = np.nanmedian(seen[some], axis=1)
        typical[:, own] = middle[:, np.newaxis]
    return np.asarray(np.log1p(TAIL_FACTOR * np.where(records > 0, records, typical)))


@dataclass(frozen=True)
class _Learned:
    """What the past says of the members: weights, correction of the spread, errors."""

    past: _Past
    weights: Array
    spread: Array | None = None
    errors: PastErrors | None = None


@dataclass(frozen=True)
class FittedAdaptivePool:
    """Weights learned up to the reference date."""

    name: str
    panel: Panel
    past: _Past
    weights: Array
    spread: Array | None = None
    errors: PastErrors | None = None
    error_share: float = 0.0
    totals: _Learned | None = None
    total_share: float = 0.0

    def forecast(
        self,
        horizon: int,
        drivers: xr.Dataset | None = None,  # noqa: ARG002 - its members know no drivers
        samples: int = 1000,
        seed: int = 0,
    ) -> xr.DataArray:
        """Draw joint samples; see :meth:`forecasting.models.FittedModel.forecast`."""
        check_request(horizon, samples)
        rng = np.random.default_rng([seed, _STREAM])
        length = len(self.panel.counts)
        quantiles = self.past.quantiles(length, np.arange(1, horizon + 1))
        blocks = self._blocks(horizon)
        chances = shared_chances(blocks, self.errors, self.error_share, samples, rng)
        if self.spread is not None:
            chances = recalibrated(chances, self.spread)
        values = np.expm1(np.minimum(mixture_values(quantiles, self.weights, chances), 30.0))
        shape = (samples, horizon, *self.panel.counts.shape[1:])
        persons = self._beside_totals(values.reshape(shape), rng)
        return forecast_of(self.panel, persons, model=self.name, seed=seed)

    def _beside_totals(self, persons: Array, rng: np.random.Generator) -> Array:
        """Scale some of the samples (sample, horizon, place, cause) to the forecast of the sum."""
        samples, horizon = persons.shape[:2]
        many = round(self.total_share * samples)
        if self.totals is None or many == 0:
            return persons
        past = self.totals.past
        quantiles = past.quantiles(len(past.logs.z), np.arange(1, horizon + 1))
        sums = persons.sum(axis=2)
        chosen = rng.permutation(samples)[:many]
        wanted = mixture_values(quantiles, self.totals.weights, ranks_of(sums, rng)[chosen])
        known = np.isfinite(past.logs.z).sum(axis=0) >= LEAST_PERIODS
        wanted = np.where(known, np.expm1(np.minimum(wanted, 30.0)), sums[chosen])
        result = persons.copy()
        result[chosen] = scaled(persons[chosen], wanted)
        return result

    def _blocks(self, horizon: int) -> Array:
        """Past blocks (block, horizon, series); around the end where the past is short."""
        z = self.past.logs.z
        starts = np.arange(max(len(z) - horizon + 1 - BLOCKS, 0), len(z) - horizon + 1)
        if len(starts) < LEAST_PERIODS:
            starts = np.arange(len(z))
        return np.asarray(z[(starts[:, np.newaxis] + np.arange(horizon)) % len(z)])

    def choice(self) -> pd.DataFrame:
        """Weights of the members for every series, with what is known of the series.

        Returns
        -------
        pandas.DataFrame
            One row per location (and cause): share_of_zeros and seasonal_strength (share of the
            variance of log1p of persons that the calendar explains), then one column per member;
            weights of a row sum to 1.

        """
        z = self.past.logs.z
        known = np.isfinite(z)
        zeros = ((z == 0) & known).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
        template = self.panel.template
        places = [str(dim) for dim in template.dims[1:]]
        index = template.isel(time=0, drop=True).stack(series=places).indexes["series"]  # noqa: PD013
        table = pd.DataFrame(self.weights, index, [name for name, _, _ in self.past.members])
        table.insert(0, "share_of_zeros", zeros)
        table.insert(1, "seasonal_strength", _seasonal_strength(z, self.panel.season))
        return table


def _allowed(members: list[Member], zeros: Array) -> npt.NDArray[np.bool_]:
    """Which members (series, member) a series may follow; all where it would be left with none."""
    limits = {SeasonalLevel: REGULAR, Fading: OFTEN}
    most = np.array([limits.get(type(member), 1.0) for member in members])
    allowed = zeros[:, np.newaxis] <= most
    return np.asarray(allowed | ~allowed.any(axis=1, keepdims=True))


def _seasonal_strength(z: Array, season: int) -> Array:
    """Share of the variance (series) that the calendar period explains, less that of luck."""
    if season < 2 or len(z) < 2 * season:
        return np.zeros(z.shape[1])
    known = np.isfinite(z)
    mean = np.nan_to_num(z).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
    centered = np.where(known, z - mean, 0.0)
    calendar = np.arange(len(z)) % season
    explained = np.zeros(z.shape[1])
    for period in range(season):
        rows = calendar == period
        count = np.maximum(known[rows].sum(axis=0), 1)
        explained += centered[rows].sum(axis=0) ** 2 / count
    total = np.maximum((centered**2).sum(axis=0), 1e-12)
    luck = season / np.maximum(known.sum(axis=0), season)
    return np.asarray(np.clip((explained / total - luck) / np.maximum(1.0 - luck, 1e-9), 0.0, 1.0))


@dataclass(frozen=True)
class AdaptivePool:
    """A pool of simple forecasters with weights learned by CRPS on past cutoffs, per series.

    Members are resampled windows of the past, the same season of past years, exponential smoothing
    with and without a season (on two scales, each with its own past errors), a regression on
    recent levels shared by all places, what followed the most similar moments anywhere, and for
    series that hardly ever are zero a level that wanders with a wave of the year, whose parameters
    and errors the places of a cause share. At
    every fit they forecast again from past origins, using only what was known then; their
    distributions are mixed with the weights that would have had the least CRPS there, half in
    persons and half on the log scale, shrunk to those of all series. So bursty series end up with
    climatologies and regular ones with seasonal smoothing; :meth:`FittedAdaptivePool.choice` shows
    which. Joint samples take the ranks of past blocks (Schaake shuffle), two in three of levels and
    one in three of past errors. One sample in four is scaled so that its places sum to what the
    same members forecast of the sum itself. No driver is used: put it in an
    :class:`~forecasting.models.EqualPool` with a driver regression for that.

    Parameters
    ----------
    horizon : int
        Longest horizon at which past forecasts are scored; any horizon can be forecast.
    look_back : int
        Past origins that are scored, every second period (daily: every seventh).
    members : tuple of Member
        Only these, on the log scale; empty for all that suit the flows. One alone is a benchmark
        with its own past errors (see :func:`forecasting.models.benchmarks.standard_benchmarks`).
    calibrated : bool
        Whether the spread is corrected by where past observations fell in the past forecasts of
        the pool (:mod:`forecasting.models.calibration`). Off, because on most panels it gains
        nothing (see the page on the forecast).
    error_share : float
        Share of samples, 0 to 1, whose dependence over places and periods is that of past errors
        (:mod:`forecasting.models.dependence`); the others take that of past levels. It changes
        sums, not what is said of a single place and period. Only up to a horizon of seven: beyond,
        past forecasts are scored at horizons too far apart.
    total_share : float
        Share of samples, 0 to 1, that follow a forecast of the sum over places, by cause
        (:mod:`forecasting.models.totals`). For flows of more than one place.

    Examples
    --------
    >>> from forecasting import datasets
    >>> fitted = AdaptivePool().fit(datasets.load_eu_border_detections())
    >>> forecast = fitted.forecast(horizon=6, samples=100, seed=1)
    >>> dict(forecast.sizes)
    {'sample': 100, 'time': 6, 'location': 9}
    >>> float(fitted.choice().drop(columns=["share_of_zeros", "seasonal_strength"]).sum().sum())
    9.0

    """

    horizon: int = 6
    look_back: int = 18
    name: str = "adaptive pool"
    members: tuple[Member, ...] = ()
    calibrated: bool = False
    error_share: float = ERROR_SHARE
    total_share: float = TOTAL_SHARE

    def fit(self, flows: xr.DataArray, drivers: xr.Dataset | None = None) -> FittedAdaptivePool:  # noqa: ARG002
        """Learn weights on the past of the flows; drivers are not used.

        Parameters
        ----------
        flows : xarray.DataArray, (time, location[, cause]), persons per period
            At least 6 periods with observations.
        drivers : ignored

        Returns
        -------
        FittedAdaptivePool

        Raises
        ------
        FlowError
            If the flows have fewer observed periods.

        """
        if self.horizon < 1 or self.look_back < 1:
            msg = (
                f"horizon is {self.horizon} and look_back {self.look_back}; both must be 1 or more."
            )
            raise FlowError(msg)
        for name in ("error_share", "total_share"):
            share = getattr(self, name)
            if not 0.0 <= share <= 1.0:
                msg = f"{name} is {share}; it must be a share from 0 to 1."
                raise FlowError(msg)
        panel = panel_of(flows, LEAST_PERIODS, self.name)
        own = self._learn(_Past.of(panel, self.members), self.error_share > 0)
        return FittedAdaptivePool(
            self.name,
            panel,
            own.past,
            own.weights,
            own.spread,
            own.errors,
            self.error_share,
            self._learn_totals(panel),
            self.total_share,
        )

    def _learn_totals(self, panel: Panel) -> _Learned | None:
        """Learn on sums over places, by cause; None where there are too few places or sums."""
        if self.total_share == 0.0 or panel.counts.shape[1] < 2:
            return None
        totals = totals_of(panel.counts)
        if np.isfinite(totals).any(axis=(1, 2)).sum() < LEAST_PERIODS:
            return None
        return self._learn(_Past.of(replace(panel, counts=totals), self.members), errors=False)

    def _learn(self, past: _Past, errors: bool) -> _Learned:
        """Weigh the members by what they would have forecast at past origins."""
        z = past.logs.z
        step = 7 if past.logs.season > 60 else 2
        first = min(13, len(z) // 2)
        origins = np.arange(len(z) - 1, first - 1, -step)[: self.look_back]
        horizons = np.unique([1, (self.horizon + 1) // 2, self.horizon])
        count = len(past.members)
        recent = z[-48:]
        zeros = (recent == 0).sum(axis=0) / np.maximum(np.isfinite(recent).sum(axis=0), 1)
        allowed = _allowed([member for _, member, _ in past.members], zeros)
        made: list[tuple[Array, Array, float]] = []
        learns_errors = errors and are_close(horizons)
        if count == 1 and not learns_errors and not self.calibrated:
            return _Learned(past, np.ones((z.shape[1], 1)))
        fell = np.full((len(origins), len(horizons), 2, count, z.shape[1]), np.nan)
        logs = np.zeros((z.shape[1], count, count))
        persons, cases = np.zeros_like(logs), np.zeros(z.shape[1])
        for number, origin in enumerate(map(int, origins)):
            reached = horizons[origin + horizons - 1 < len(z)]
            quantiles = past.quantiles(origin, reached)
            fading = FADING ** (2.0 * (len(z) - origin) / step)
            for position, ahead in enumerate(reached):
                seen = z[origin + ahead - 1]
                one, other = products(quantiles[:, position], seen, allowed)
                logs += fading * one
                persons += fading * other
                cases += fading * np.isfinite(seen) * 2.0 / len(horizons)
                if learns_errors:
                    fell[number, position] = pit_range(quantiles[:, position], seen)
                if self.calibrated:
                    made.append((quantiles[:, position], seen, fading))
        resampling = np.array(
            [isinstance(m, Window | Fading | SameSeason) for _, m, _ in past.members]
        )
        weights = np.ones((z.shape[1], 1))
        if count > 1:
            group = past.logs.group
            weights = weights_of(logs, persons, cases, group, resampling, zeros, allowed)
        spread = None
        if self.calibrated:
            sums = np.zeros((z.shape[1], 3))
            for drawn, seen, fading in made:
                sums += fading * pit_sums(drawn, weights, seen)
            spread = beta_parameters(sums, past.logs.group, len(horizons))
        past_errors = PastErrors.of(fell, weights, horizons) if learns_errors else None
        return _Learned(past, weights, spread, past_errors)
