"""Flows between places: a gravity model of counts by origin and destination."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from forecasting.drivers import month_index
from forecasting.flows import FlowError, raise_all
from forecasting.models.combination import joint_chances
from forecasting.models.driver_terms import DriverTerm, KnownDrivers, known_drivers
from forecasting.models.gravity_design import Corridors, corridors_of
from forecasting.models.gravity_fit import Ratios, pseudo_likelihood, shrunk
from forecasting.models.panel import Panel, check_request, forecast_of, panel_of

if TYPE_CHECKING:
    import xarray as xr

Array = npt.NDArray[np.float64]

LEAST_PERIODS: Final = 18
"""Observed periods the model needs."""
LEAST_POSITIVE: Final = 20
MOST_ROWS: Final = 60_000
"""Rows of the regression; of longer histories every second, third ... origin of time is used."""
BLOCKS: Final = 96
"""Latest blocks of the past whose ranks give the joint dependence."""
LATELY: Final = 24
"""Latest of its own ratios that a corridor may follow."""
FOLLOWS: Final = 0.25
"""Power of the change of what is expected with which a corridor's own past counts are moved."""
_FIRST: Final = 6


@dataclass(frozen=True)
class FittedGravity:
    """A gravity model that has seen flows up to its reference date."""

    name: str
    panel: Panel
    horizon: int
    corridors: Corridors
    terms: tuple[DriverTerm, ...]
    known: KnownDrivers | None
    mean: Array
    errors: Array
    effect_root: Array
    clusters: int
    ratios: tuple[Ratios, ...]
    blocks: Array
    usual: Array

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
            Periods ahead, at most the longest the model was fitted for.
        drivers : xarray.Dataset, (sample, time), optional
            Outlook or scenario path; without it the driver model makes an outlook if the model
            was fitted with drivers. The same seed with another path uses the same effects and the
            same luck (common random numbers).
        samples, seed
            As in the protocol.

        Returns
        -------
        xarray.DataArray, (sample, time, origin, destination), persons per period

        Raises
        ------
        FlowError
            If the horizon is too long or the outlook does not reach.

        """
        check_request(horizon, samples)
        if horizon > self.horizon:
            msg = (
                f"horizon is {horizon}, but this model was fitted for {self.horizon} periods. "
                f"Use Gravity(horizon={horizon})."
            )
            raise FlowError(msg)
        luck, outlook_seed = np.random.SeedSequence(seed).spawn(2)
        rng = np.random.default_rng(luck)
        pairs = self.blocks.shape[2]
        chances = joint_chances(self.blocks[:, :horizon], samples, rng)
        weights = rng.standard_normal((samples, len(self.terms)))
        picks = rng.random((samples, pairs))
        kind = "forecast"
        paths: dict[str, Array] = {}
        if self.known is not None:
            names = sorted(map(str, self.known.known.data_vars))
            state = int(outlook_seed.generate_state(1)[0])
            paths, kind = self.known.paths(drivers, names, horizon, samples, state)
        effects = self.mean[len(self.mean) - len(self.terms) :] + weights @ self.effect_root.T
        last = len(self.panel.counts) - 1
        most = np.log(np.maximum(self.panel.caps().ravel(), 1.0))
        persons = np.empty((samples, horizon, pairs))
        for ahead in range(1, horizon + 1):
            levels = self.corridors.rows(np.array([last]), ahead)[0]
            logs = self.corridors.base[last] + levels @ self.mean[: levels.shape[1]]
            usual = np.exp(np.minimum(logs, most))
            shift = np.zeros((samples, pairs))
            for position, term in enumerate(self.terms):
                target = self.corridors.first_month + last + ahead
                start = 0 if self.known is None else self.known.start
                value = term.values(paths[term.driver], start, np.array([target]))
                moved = (value - self.corridors.centers[position]) * effects[:, [position]]
                shift += moved * self.corridors.acts_on(term)
            lately = self.blocks[-LATELY:, ahead - 1] * self.usual[-LATELY:, ahead - 1] / usual
            lately = lately * (usual / self.usual[-LATELY:, ahead - 1]) ** FOLLOWS
            ratio = self.ratios[ahead - 1].values(usual, chances[:, ahead - 1], lately, picks)
            persons[:, ahead - 1] = np.exp(np.minimum(logs + shift, most)) * ratio
        shape = (samples, horizon, *self.panel.counts.shape[1:])
        return forecast_of(
            self.panel, persons.reshape(shape), model=self.name, seed=seed, kind=kind
        )

    def effects(self, level: float = 0.9) -> pd.DataFrame:
        """Estimated effects on the expected flow, on the log scale.

        Parameters
        ----------
        level : float
            Probability content of the interval.

        Returns
        -------
        pandas.DataFrame
            Index predictor; effect of one spread (standard deviation) of a level or attribute, or
            of one unit of a driver, with low and high (errors clustered by half-year or by period,
            Student t). Effects of drivers are shrunk towards none.

        """
        reach = float(stats.t.ppf(0.5 + level / 2.0, max(self.clusters - 1, 1)))
        names = [*self.corridors.names, *(term.label for term in self.terms)]
        table = {
            "effect": self.mean,
            "low": self.mean - reach * self.errors,
            "high": self.mean + reach * self.errors,
        }
        return pd.DataFrame(table, index=pd.Index(names, name="predictor"))


@dataclass(frozen=True, eq=False)
class Gravity:
    """Counts by origin and destination from masses, distance, persistence, season and drivers.

    A Poisson pseudo-likelihood regression (Santos Silva and Tenreyro 2006, Review of Economics
    and Statistics 88) over all corridors, periods and horizons together: expected persons depend on
    what the corridor, its origin and its destination have seen lately and in the long run, on the
    season, on the attributes given, and on drivers at the origin with lags and publication delay.
    Around the expected count, samples take observed over expected as it was in the past for
    corridors of that size and horizon, which keeps zeros and heavy tails (far more than a Poisson
    spread), with the ranks of past blocks over all corridors and periods (Schaake shuffle). So
    sums over origins (arrivals) and over destinations are valid; see
    :func:`forecasting.corridors.arrivals_by_destination`.

    Parameters
    ----------
    horizon : int
        Longest horizon, periods.
    distance : xarray.DataArray, (origin, destination), km, optional
        0 or more; corridors within a place have an effect of their own.
    origin_attributes : xarray.Dataset, (origin), optional
        Masses such as population: above 0, they enter by their logarithm.
    destination_attributes : xarray.Dataset, (destination), optional
    terms : tuple of DriverTerm
        How drivers enter, if they are given: ``origin`` names the origin a term acts on (empty
        for all), ``cause`` is empty.

    Examples
    --------
    >>> import forecasting as fc
    >>> flows = fc.read_corridors("docs/how-to/examples/my-corridors.csv", absent="zero")
    >>> fitted = Gravity(horizon=3).fit(flows)
    >>> forecast = fitted.forecast(horizon=3, samples=50, seed=1)
    >>> dict(forecast.sizes)
    {'sample': 50, 'time': 3, 'origin': 3, 'destination': 2}

    """

    horizon: int = 6
    distance: xr.DataArray | None = None
    origin_attributes: xr.Dataset | None = None
    destination_attributes: xr.Dataset | None = None
    terms: tuple[DriverTerm, ...] = field(default=())
    name: str = "gravity"

    def fit(self, flows: xr.DataArray, drivers: xr.Dataset | None = None) -> FittedGravity:
        """Fit on flows and, if there are any, on the drivers published by then.

        Parameters
        ----------
        flows : xarray.DataArray, (time, origin, destination), persons per period
            At least 18 periods with observations.
        drivers : xarray.Dataset, (time), optional
            Observed drivers named in the terms; without them the model has none.

        Returns
        -------
        FittedGravity

        Raises
        ------
        FlowError
            If the flows have other dimensions or too little in them, or an attribute, distance or
            driver is missing or out of range.

        """
        if tuple(map(str, flows.dims)) != ("time", "origin", "destination"):
            msg = (
                f"{self.name} needs flows (time, origin, destination); these have {flows.dims}. "
                "Use another model for flows by location."
            )
            raise FlowError(msg)
        panel = panel_of(flows, LEAST_PERIODS, self.name)
        positive = int((panel.counts > 0).sum())
        if positive < LEAST_POSITIVE:
            msg = (
                f"{self.name} has {positive} non-zero counts to learn from; it needs "
                f"{LEAST_POSITIVE}. Use RecentClimatology."
            )
            raise FlowError(msg)
        self._check_terms(flows)
        known = None
        if drivers is not None and self.terms:
            if flows.attrs["period"] != "month":
                msg = (
                    f"drivers are monthly and these flows are per {flows.attrs['period']}. Sum "
                    "them to months or leave the drivers out."
                )
                raise FlowError(msg)
            known = known_drivers(drivers, self.terms, panel.reference_date, self.name)
        terms = self.terms if known is not None else ()
        first = 0
        if known is not None:
            first = int(month_index(flows["time"].to_numpy()[:1])[0])
        corridors = corridors_of(
            panel, self.horizon, first, self.distance, self._attributes(), terms, known
        )
        return self._fitted(panel, corridors, terms, known)

    def _attributes(self) -> tuple[xr.Dataset | None, xr.Dataset | None]:
        return self.origin_attributes, self.destination_attributes

    def _check_terms(self, flows: xr.DataArray) -> None:
        there = [str(x) for x in flows["origin"].to_numpy()]
        problems = [
            f"term {term.label!r} names origin {term.origin!r}; the flows have {', '.join(there)}."
            for term in self.terms
            if term.origin and term.origin not in there
        ]
        problems += [
            f"term {term.label!r} names cause {term.cause!r}; flows by corridor have no causes."
            for term in self.terms
            if term.cause
        ]
        if self.horizon < 1:
            problems.append(f"horizon is {self.horizon}; give 1 period or more.")
        raise_all(self.name, problems)

    def _fitted(
        self,
        panel: Panel,
        corridors: Corridors,
        terms: tuple[DriverTerm, ...],
        known: KnownDrivers | None,
    ) -> FittedGravity:
        counts = panel.counts.reshape(len(panel.counts), -1)
        length, pairs = counts.shape
        origins = np.arange(min(_FIRST, length - 2), length - 1)
        stride = int(np.ceil(len(origins) * self.horizon * pairs / MOST_ROWS))
        origins = origins[::-1][::stride][::-1]
        designs, observed, clusters, kept = [], [], [], []
        width = 6 if corridors.monthly else 1
        for ahead in range(1, self.horizon + 1):
            wide = corridors.wide(origins, ahead, terms)
            reached = origins + ahead < length
            seen = np.full((len(origins), pairs), np.nan)
            seen[reached] = counts[origins[reached] + ahead]
            usable = np.isfinite(seen) & np.isfinite(wide).all(axis=2)
            season = (corridors.first_month + origins + ahead) // width
            designs.append(wide)
            observed.append(seen)
            kept.append(usable)
            clusters.append(np.broadcast_to(season[:, np.newaxis], seen.shape))
        rows = np.concatenate([x[k] for x, k in zip(designs, kept, strict=True)])
        seen_rows = np.concatenate([x[k] for x, k in zip(observed, kept, strict=True)])
        groups = np.concatenate([x[k] for x, k in zip(clusters, kept, strict=True)])
        base = corridors.base[origins]
        base_rows = np.concatenate([base[k] for k in kept])
        mean, covariance = pseudo_likelihood(rows, seen_rows, base_rows, groups, len(terms))
        mean, root = shrunk(mean, covariance, terms, known)
        errors = np.sqrt(np.maximum(np.diag(covariance), 0.0))
        if terms:
            errors[len(errors) - len(terms) :] = np.sqrt((root**2).sum(axis=1))
        ratios: list[Ratios] = []
        blocks, usual = [], []
        for wide, seen, usable in zip(designs, observed, kept, strict=True):
            expected = np.exp(np.clip(base + np.nan_to_num(wide) @ mean, -20.0, 30.0))
            here = usable if usable.any() else np.zeros_like(usable)
            if not here.any():  # no period that far ahead has been seen
                ratios.append(ratios[-1])
            else:
                ratios.append(Ratios.of(expected[here], seen[here]))
            usual.append(expected)
            blocks.append(np.where(usable, seen / expected, np.nan))
        return FittedGravity(
            self.name,
            panel,
            self.horizon,
            corridors,
            terms,
            known,
            mean,
            errors,
            root,
            len(np.unique(groups)),
            tuple(ratios),
            np.stack(blocks, axis=1)[-BLOCKS:],
            np.stack(usual, axis=1)[-BLOCKS:],
        )
