"""Displacement given recent levels, season and climate drivers: pooled, heavy-tailed, joint."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from forecasting.drivers import month_index
from forecasting.flows import FlowError
from forecasting.models.design import Design, design_of
from forecasting.models.driver_terms import (
    EAST_AFRICA_TERMS,
    DriverTerm,
    KnownDrivers,
    known_drivers,
)
from forecasting.models.hurdle import expit
from forecasting.models.panel import Panel, check_request, forecast_of, panel_of
from forecasting.models.training import CauseFit, fit_cause, ranks_of

if TYPE_CHECKING:
    import xarray as xr

Array = npt.NDArray[np.float64]
Months = npt.NDArray[np.int64]

LEAST_MONTHS: Final = 30
"""Observed months the regression needs."""
_LEAST_POSITIVE: Final = 20
_EPISODE_SD: Final = 1.0
_PARTS: Final = ("chance of any", "number if any")


@dataclass(frozen=True)
class FittedDriverRegression:
    """A driver regression that has seen flows up to its reference date."""

    name: str
    panel: Panel
    horizon: int
    known: KnownDrivers | None
    design: Design
    fits: tuple[CauseFit, ...]
    ranks: Array

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
            Months ahead, at most the longest the model was fitted for.
        drivers : xarray.Dataset, (sample, time), optional
            Outlook or scenario path; without it the driver model makes an outlook. The same seed
            with another path uses the same coefficients and the same luck (common random
            numbers), so that the difference is due to the path.
        samples, seed
            As in the protocol.

        Returns
        -------
        xarray.DataArray, (sample, time, location[, cause]), persons per month

        Raises
        ------
        FlowError
            If the horizon is too long or the outlook does not reach.

        """
        check_request(horizon, samples)
        if horizon > self.horizon:
            msg = (
                f"horizon is {horizon}, but this model was fitted for {self.horizon} months. "
                f"Use DriverRegression(horizon={horizon})."
            )
            raise FlowError(msg)
        luck, outlook_seed = np.random.SeedSequence(seed).spawn(2)
        rng = np.random.default_rng(luck)
        chances = self._joint_chances(horizon, samples, rng)
        paths: dict[str, Array] = {}
        kind = "forecast"
        if self.known is not None:
            names = sorted(map(str, self.known.known.data_vars))
            state = int(outlook_seed.generate_state(1)[0])
            paths, kind = self.known.paths(drivers, names, horizon, samples, state)
        persons = np.empty_like(chances)
        for cause, fit in enumerate(self.fits):
            weights = rng.standard_normal((2, samples, max(fit.chance.clusters, 1)))
            persons[..., cause] = self._cause_samples(
                fit, cause, chances[..., cause], paths, weights
            )
        return forecast_of(self.panel, persons, model=self.name, seed=seed, kind=kind)

    def _joint_chances(self, horizon: int, samples: int, rng: np.random.Generator) -> Array:
        """Uniform numbers (sample, horizon, place, cause) with the dependence of history.

        Schaake shuffle (Clark et al. 2004, Journal of Hydrometeorology 5): every sample takes the
        ranks that one block of past months had among all blocks, over all horizons, places and
        causes together, and a random position within the rank.
        """
        blocks = len(self.ranks)
        chosen = rng.permutation(np.arange(samples) % blocks)
        ranks = self.ranks[chosen, :horizon]
        return np.asarray((ranks + rng.random(ranks.shape)) / blocks)

    def _cause_samples(
        self, fit: CauseFit, cause: int, chances: Array, paths: dict[str, Array], weights: Array
    ) -> Array:
        samples, horizon, _ = chances.shape
        origin = np.array([len(self.panel.counts) - 1])
        levels = np.stack(
            [fit.scaled(self.design.rows(origin, h + 1, cause)[0]) for h in range(horizon)]
        )
        targets = self.design.first_month + origin[0] + 1 + np.arange(horizon)
        terms = np.zeros((samples, horizon, len(fit.terms)))
        for position, term in enumerate(fit.terms):
            start = 0 if self.known is None else self.known.start
            terms[..., position] = term.values(paths[term.driver], start, targets)
        split = levels.shape[-1]
        result = np.zeros_like(chances)
        log_odds, logs = (
            np.einsum("hlp,sp->shl", levels, drawn[:, :split])
            + np.einsum("sht,st->sh", terms, drawn[:, split:])[..., np.newaxis]
            for drawn in (fit.chance.draws(weights[0]), fit.number.draws(weights[1]))
        )
        spread = fit.spread(logs)
        none = 1.0 - expit(log_odds)
        happens = chances > none
        within = np.where(happens, (chances - none) / np.maximum(1.0 - none, 1e-12), 0.5)
        for h in range(horizon):
            ordered = fit.residuals[h]
            levels_of = (np.arange(len(ordered)) + 0.5) / len(ordered)
            noise = np.interp(within[:, h], levels_of, ordered)
            result[:, h] = np.maximum(
                np.expm1(np.minimum(logs[:, h] + noise * spread[:, h], 30.0)), 1.0
            )
        return np.where(happens, result, 0.0)

    def driver_effects(self, level: float = 0.9) -> pd.DataFrame:
        """Estimated effect of one unit of each driver on displacement by each cause.

        Parameters
        ----------
        level : float
            Probability content of the interval.

        Returns
        -------
        pandas.DataFrame
            One row per term and part of the model. ``effect`` is on the log scale; ``ratio`` is
            its exponential: odds ratio of any displacement, or ratio of (one plus) the number if
            there is any, per unit of the driver. Intervals come from errors clustered by half-year
            (Student t). Effects are shrunk towards none by the prior
            (:data:`forecasting.models.training.DRIVER_EFFECT_SD`) and are those that remain given
            recent levels: part of what a driver did is already in the levels. ``episodes`` counts
            separate spells in which the term was one standard deviation or more from zero;
            ``half_years`` is the number of clusters. Few episodes mean that the interval itself
            is uncertain.

        Examples
        --------
        >>> from forecasting import datasets
        >>> flows = datasets.load_somalia_displacement()
        >>> fitted = DriverRegression().fit(flows, datasets.load_climate_indices())
        >>> effects = fitted.driver_effects()
        >>> sorted(set(effects["cause"]))
        ['drought', 'flood']

        """
        rows = []
        for cause, fit in zip(self.panel.causes, self.fits, strict=True):
            for position, term in enumerate(fit.terms):
                column = len(fit.center) + position
                for part, estimate in zip(_PARTS, (fit.chance, fit.number), strict=True):
                    effect = float(estimate.mean[column])
                    error = float(np.sqrt(estimate.covariance[column, column]))
                    reach = error * float(
                        stats.t.ppf(0.5 + level / 2.0, max(estimate.clusters - 1, 1))
                    )
                    rows.append(
                        {
                            "cause": cause,
                            "driver": term.driver,
                            "term": term.label,
                            "unit": self._unit(term.driver),
                            "part": part,
                            "effect": effect,
                            "low": effect - reach,
                            "high": effect + reach,
                            "ratio": np.exp(effect),
                            "ratio_low": np.exp(effect - reach),
                            "ratio_high": np.exp(effect + reach),
                            "episodes": self._episodes(term),
                            "half_years": estimate.clusters,
                        }
                    )
        columns = ["cause", "driver", "term", "unit", "part", "effect", "low", "high", "ratio"]
        columns += ["ratio_low", "ratio_high", "episodes", "half_years"]
        return pd.DataFrame(rows, columns=columns)

    def _unit(self, driver: str) -> str:
        return "" if self.known is None else str(self.known.known[driver].attrs["units"])

    def _episodes(self, term: DriverTerm) -> int:
        if self.known is None:
            return 0
        targets = self.design.first_month + np.arange(len(self.panel.counts))
        values = term.values(self.known.observed(term.driver), self.known.start, targets)
        active = np.isfinite(values)
        if term.months:
            active &= np.isin(targets % 12 + 1, term.months)
        if not active.any():
            return 0
        strong = active & (np.abs(values) >= _EPISODE_SD * np.nanstd(values[active]))
        return int(np.sum(strong & ~np.concatenate([[False], strong[:-1]])))


@dataclass(frozen=True)
class DriverRegression:
    """A hurdle regression on recent levels, season and climate drivers, pooled over places.

    Per cause, over all places, months and horizons together: a logistic regression of whether
    there is any displacement, and a linear regression of log1p of the number if there is any
    (statsmodels). Drivers of the target month enter by ``terms`` with lags and seasons; future
    values come from the outlook, so their uncertainty reaches the forecast. Residuals are drawn
    from the pooled empirical ones, coefficients from their clustered covariance, and the joint
    dependence over place, cause and month from the ranks of past blocks (Schaake shuffle). No
    sample exceeds three times the record of its series (see
    :data:`forecasting.models.panel.TAIL_FACTOR`).

    Parameters
    ----------
    horizon : int
        Longest horizon, months.
    terms : tuple of DriverTerm
        How drivers enter; terms for causes that the flows do not have are ignored.

    Examples
    --------
    >>> from forecasting import datasets
    >>> flows = datasets.load_somalia_displacement()
    >>> fitted = DriverRegression().fit(flows, datasets.load_climate_indices())
    >>> forecast = fitted.forecast(horizon=6, samples=100, seed=1)
    >>> dict(forecast.sizes), forecast.attrs["kind"]
    ({'sample': 100, 'time': 6, 'location': 18, 'cause': 4}, 'forecast')

    """

    horizon: int = 6
    terms: tuple[DriverTerm, ...] = EAST_AFRICA_TERMS
    name: str = "driver regression"

    def fit(self, flows: xr.DataArray, drivers: xr.Dataset | None = None) -> FittedDriverRegression:
        """Fit on flows and on the drivers published by the end of the flows.

        Parameters
        ----------
        flows : xarray.DataArray, (time, location[, cause]), persons per month
            At least 30 months with observations.
        drivers : xarray.Dataset, (time)
            Observed drivers named in the terms.

        Returns
        -------
        FittedDriverRegression

        Raises
        ------
        FlowError
            If the flows are not monthly, too short or without any displacement, or a driver is
            missing.

        """
        panel = panel_of(flows, LEAST_MONTHS, self.name)
        if flows.attrs["period"] != "month":
            msg = (
                f"{self.name} works on monthly flows; these are per {flows.attrs['period']}. "
                "Sum them to months or use RecentClimatology."
            )
            raise FlowError(msg)
        if int((panel.counts > 0).sum()) < _LEAST_POSITIVE:
            msg = (
                f"{self.name} has {int((panel.counts > 0).sum())} non-zero counts to learn from; "
                f"it needs {_LEAST_POSITIVE}. Use SeasonalClimatology "
                "(in a scenario: model: seasonal-climatology)."
            )
            raise FlowError(msg)
        terms = tuple(term for term in self.terms if term.cause in panel.causes)
        known = known_drivers(drivers, terms, panel.reference_date)
        first_month = int(month_index(flows["time"].to_numpy())[0])
        design = design_of(panel.counts, first_month, self.horizon)
        fits, blocks = [], []
        for cause, name in enumerate(panel.causes):
            own = tuple(term for term in terms if term.cause == name)
            fit, chances = fit_cause(panel.counts, design, cause, own, known)
            fits.append(fit)
            blocks.append(chances)
        ranks = ranks_of(np.stack(blocks, axis=-1))
        return FittedDriverRegression(
            self.name, panel, self.horizon, known, design, tuple(fits), ranks
        )
