"""Benchmarks: what happened before, in this season, lately, or last year."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from forecasting.flows import FlowError
from forecasting.models.panel import Panel, check_request, forecast_of, panel_of

if TYPE_CHECKING:
    import xarray as xr

Array = npt.NDArray[np.float64]
Index = npt.NDArray[np.int64]

POOLING: Final = 4.0
"""Observed periods at which a series' own past counts as much as that of other places."""
_STREAM: Final = 20_160_101


def _generator(seed: int, name: str) -> np.random.Generator:
    return np.random.default_rng([seed, _STREAM, *name.encode()])


def _fill_missing(blocks: Array, values: Array, rng: np.random.Generator) -> Array:
    """Replace NaN in sampled blocks (sample, horizon, place, cause) by draws of the own series.

    A series without any observation borrows from the other places with the same cause.
    """
    missing = np.isnan(blocks)
    for place, cause in np.argwhere(missing.any(axis=(0, 1))):
        own = values[:, place, cause]
        own = own[np.isfinite(own)]
        if own.size == 0:
            own = values[:, :, cause][np.isfinite(values[:, :, cause])]
        if own.size == 0:
            own = np.zeros(1)
        holes = missing[:, :, place, cause]
        blocks[:, :, place, cause][holes] = rng.choice(own, size=int(holes.sum()))
    return blocks


def _pooled_levels(values: Array) -> Array:
    """Mean of each series shrunk to the mean of its cause (place, cause), persons."""
    observed = np.isfinite(values).sum(axis=0)
    total = np.nansum(values, axis=0)
    everywhere = total.sum(axis=0) / np.maximum(observed.sum(axis=0), 1)
    return np.asarray((total + POOLING * everywhere) / (observed + POOLING))


def _borrow(blocks: Array, values: Array, rng: np.random.Generator) -> Array:
    """Let each series take the path of another place, scaled, with the chance pooling gives it.

    A series with ``n`` observed periods borrows with chance ``POOLING / (POOLING + n)``: always
    if it is new, one time in twenty after six years. All horizons of a sample go together.
    """
    samples, _, places, causes = blocks.shape
    observed = np.isfinite(values).sum(axis=0)
    chance = POOLING / (POOLING + observed)
    borrows = rng.random((samples, places, causes)) < chance
    donors = rng.integers(places, size=(samples, places, causes))
    if places == 1:
        return blocks
    levels = _pooled_levels(values)
    sample, place, cause = np.nonzero(borrows)
    donor = donors[sample, place, cause]
    ratio = levels[place, cause] / np.maximum(levels[donor, cause], 1e-9)
    taken = blocks[sample, :, donor, cause] * np.minimum(ratio, 1.0)[:, np.newaxis]
    result = blocks.copy()
    result[sample, :, place, cause] = taken
    return result


@dataclass(frozen=True)
class _FittedBlocks:
    """Resamples blocks of past periods, all places and causes together."""

    name: str
    panel: Panel
    months: int | None
    window: int

    def _starts(self, horizon: int) -> Index:
        """Positions in history where a block may begin."""
        length, season = len(self.panel.counts), self.panel.season
        offsets = np.arange(-self.window, self.window + 1)
        starts = np.unique(
            np.concatenate([np.arange(length + offset, -1, -season) for offset in offsets]).astype(
                np.int64
            )
        )
        whole = starts[(starts >= 0) & (starts + horizon <= length)]
        return whole if len(whole) else np.arange(max(length - season, 0), length)

    def forecast(
        self,
        horizon: int,
        drivers: xr.Dataset | None = None,  # noqa: ARG002 - a climatology ignores drivers
        samples: int = 1000,
        seed: int = 0,
    ) -> xr.DataArray:
        """Draw joint samples; see :meth:`forecasting.models.FittedModel.forecast`."""
        check_request(horizon, samples)
        rng = _generator(seed, self.name)
        values = self.panel.counts
        if self.months is None:
            starts = self._starts(horizon)
            first, length = 0, len(values)
        else:
            first = max(len(values) - self.months, 0)
            length = len(values) - first
            starts = np.arange(length)
        chosen = starts[_even_choice(len(starts), samples, rng)]
        rows = first + (chosen[:, np.newaxis] + np.arange(horizon)) % length
        blocks = _fill_missing(values[rows], values[first:], rng)
        return forecast_of(
            self.panel, _borrow(blocks, values[first:], rng), model=self.name, seed=seed
        )


def _even_choice(options: int, samples: int, rng: np.random.Generator) -> Index:
    """Choose among options so that each is taken equally often, in random order."""
    chosen = np.arange(samples) % options
    if samples % options:
        whole = samples - samples % options
        chosen[whole:] = rng.choice(options, size=samples - whole, replace=False)
    return np.asarray(rng.permutation(chosen), dtype=np.int64)


@dataclass(frozen=True)
class SeasonalClimatology:
    """What happened in this season of past years, all places, causes and months together.

    Every sample is one window of the past that begins in the same calendar month as the forecast,
    or one month earlier or later, so that dependence over place, cause and time is kept. Series
    with little history borrow from other places.

    Parameters
    ----------
    window : int
        Periods the start may differ from the season of the forecast.

    Examples
    --------
    >>> from forecasting import datasets
    >>> flows = datasets.load_somalia_displacement()
    >>> forecast = SeasonalClimatology().fit(flows).forecast(horizon=6, samples=100, seed=1)
    >>> dict(forecast.sizes)
    {'sample': 100, 'time': 6, 'location': 18, 'cause': 4}

    """

    window: int = 1
    name: str = "seasonal climatology"

    def fit(self, flows: xr.DataArray, drivers: xr.Dataset | None = None) -> _FittedBlocks:  # noqa: ARG002
        """Keep the flows; drivers are not used. One observed period is enough."""
        return _FittedBlocks(self.name, panel_of(flows, 1, self.name), None, self.window)


@dataclass(frozen=True)
class RecentClimatology:
    """What happened in the last two years, whatever the season: a benchmark hard to beat.

    Every sample runs through the last ``months`` periods from a random one of them on (around the
    end to the beginning), all places and causes together.

    Parameters
    ----------
    months : int
        Periods looked back.

    Examples
    --------
    >>> from forecasting import datasets
    >>> fitted = RecentClimatology(months=24).fit(datasets.load_darien_transits())
    >>> fitted.forecast(horizon=3, samples=10, seed=1).dims
    ('sample', 'time', 'location')

    """

    months: int = 24
    name: str = "recent climatology"

    def fit(self, flows: xr.DataArray, drivers: xr.Dataset | None = None) -> _FittedBlocks:  # noqa: ARG002
        """Keep the flows; drivers are not used. One observed period is enough."""
        if self.months < 1:
            msg = f"months is {self.months}; look back at least 1 period."
            raise FlowError(msg)
        return _FittedBlocks(self.name, panel_of(flows, 1, self.name), self.months, 0)


@dataclass(frozen=True)
class _FittedSeasonalNaive:
    name: str
    panel: Panel

    def forecast(
        self,
        horizon: int,
        drivers: xr.Dataset | None = None,  # noqa: ARG002 - a benchmark ignores drivers
        samples: int = 1000,
        seed: int = 0,
    ) -> xr.DataArray:
        """Draw joint samples; see :meth:`forecasting.models.FittedModel.forecast`."""
        check_request(horizon, samples)
        rng = _generator(seed, self.name)
        values, season = self.panel.counts, self.panel.season
        z = np.log1p(values)
        changes = z[season:] - z[:-season]
        rows = (rng.integers(len(changes), size=(samples, 1)) + np.arange(horizon)) % len(changes)
        steps = _fill_missing(changes[rows], changes, rng)
        year = len(values) - season + np.arange(horizon) % season
        last = _fill_missing(np.repeat(z[year][np.newaxis], samples, axis=0), z, rng)
        return forecast_of(self.panel, np.expm1(last + steps), model=self.name, seed=seed)


@dataclass(frozen=True)
class SeasonalNaive:
    """The same month of last year, changed as months changed from year to year before.

    Changes are differences of log1p of persons, drawn as blocks of all places and causes.

    Examples
    --------
    >>> from forecasting import datasets
    >>> fitted = SeasonalNaive().fit(datasets.load_somalia_displacement())
    >>> int(fitted.forecast(horizon=2, samples=10, seed=1).min()) >= 0
    True

    """

    name: str = "seasonal naive"

    def fit(self, flows: xr.DataArray, drivers: xr.Dataset | None = None) -> _FittedSeasonalNaive:  # noqa: ARG002
        """Keep the flows; needs more than one year."""
        panel = panel_of(flows, 1, self.name)
        if len(panel.counts) <= panel.season:
            msg = (
                f"{self.name} needs more than one year ({panel.season} periods); the flows have "
                f"{len(panel.counts)}. Give a longer series or use RecentClimatology."
            )
            raise FlowError(msg)
        return _FittedSeasonalNaive(self.name, panel)
