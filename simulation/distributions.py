"""Distributions of times and sizes, sampled by inversion.

Inversion costs one uniform number per draw whatever the distribution, so changing a distribution
in one plan leaves every other draw of the comparison as it was, and longer services in one plan
stay ordered with those of the other.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy import special, stats

from simulation.inversion import Inversion

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

PARAMETERS: Final[dict[str, tuple[str, ...]]] = {
    "constant": ("mean",),
    "exponential": ("mean",),
    "uniform": ("low", "high"),
    "triangular": ("low", "mode", "high"),
    "lognormal": ("mean", "sd"),
    "gamma": ("mean", "sd"),
    "weibull": ("mean", "sd"),
    "one_plus_poisson": ("mean", "high"),
    "mixture": ("parts",),
    "quantiles": ("parts",),
}
"""Parameters each distribution takes; all are in the unit of the quantity."""
_HALVINGS: Final = 60
"""Bisections for a quantile of a mixture: past the last bit of a float64 in every case."""
_SHAPES_BY_POLYNOMIALS: Final = (0.5, 1000.0)
"""Of a gamma distribution: a standard deviation of 3 % to 141 % of the mean."""


@dataclass(frozen=True, slots=True)
class Distribution:
    """A distribution of a non-negative quantity.

    Parameters
    ----------
    kind : str
        A key of :data:`PARAMETERS`. ``one_plus_poisson`` is the size of a household:
        one plus a Poisson number with mean ``mean - 1``, truncated at ``high``. ``mixture`` is a
        hyperexponential: a share of cases is exponential with one mean, others with other
        means. ``quantiles`` goes in straight lines through measured quantiles.
    mean, sd, low, mode, high : float, unit of the quantity
        The parameters that the kind takes.
    parts : tuple of tuple of two float
        Of a mixture, share (dimensionless) and mean of each part; of quantiles, level
        (dimensionless, from 0 to 1) and value.

    Raises
    ------
    ValueError
        If the kind is unknown, a parameter is missing or does not belong, or a value is impossible.

    Examples
    --------
    >>> Distribution("lognormal", mean=25.0, sd=12.0).quantile(np.array([0.5]))
    array([22.54])
    >>> stays = Distribution("mixture", parts=((0.8, 10.0), (0.2, 100.0)))
    >>> stays.expected(), bool(stays.quantile(np.array([0.9]))[0] > 50)
    (28.0, True)

    """

    kind: str
    mean: float | None = None
    sd: float | None = None
    low: float | None = None
    mode: float | None = None
    high: float | None = None
    parts: tuple[tuple[float, float], ...] | None = None

    def __post_init__(self) -> None:
        if self.kind not in PARAMETERS:
            msg = f"unknown distribution {self.kind!r}; allowed: {', '.join(PARAMETERS)}."
            raise ValueError(msg)
        takes = PARAMETERS[self.kind]
        given = {
            n: v
            for n in ("mean", "sd", "low", "mode", "high", "parts")
            if (v := getattr(self, n)) is not None
        }
        if set(given) != set(takes):
            msg = f"{self.kind} takes {', '.join(takes)}; given: {', '.join(given) or 'nothing'}."
            raise ValueError(msg)
        if self.parts is not None:
            self._check_parts()
            return
        for name, value in given.items():
            if not math.isfinite(value) or value < 0:
                msg = f"{self.kind}: {name} is {value:g}; it must be finite and not negative."
                raise ValueError(msg)
        self._check_order()

    def _check_parts(self) -> None:
        parts = self.parts or ()
        numbers = [number for pair in parts for number in pair]
        if len(parts) < 2 or not all(math.isfinite(n) and n >= 0 for n in numbers):
            msg = f"{self.kind}: needs two or more parts of finite numbers that are not negative."
            raise ValueError(msg)
        if self.kind == "mixture":
            total = sum(share for share, _ in parts)
            if abs(total - 1) > 1e-9 or not all(mean > 0 for _, mean in parts):
                msg = f"mixture: shares sum to {total:.6g}, not 1, or a mean is not above 0."
                raise ValueError(msg)
            return
        levels, values = zip(*parts, strict=True)
        rising = all(a < b for a, b in pairwise(levels)) and sorted(values) == list(values)
        if levels[0] != 0 or levels[-1] != 1 or not rising:
            msg = "quantiles: levels must rise from 0 to 1, and values must not fall."
            raise ValueError(msg)

    def _check_order(self) -> None:
        if self.kind in {"lognormal", "gamma", "weibull"} and not (self.mean and self.sd):
            msg = f"{self.kind}: mean and sd must be above 0 (use constant for a fixed time)."
            raise ValueError(msg)
        if self.kind == "exponential" and not self.mean:
            msg = "exponential: mean must be above 0 (use constant for a fixed time)."
            raise ValueError(msg)
        if self.kind in {"uniform", "triangular"}:
            low, high = self._value("low"), self._value("high")
            mode = self.mode if self.mode is not None else low
            if not low <= mode <= high or low == high:
                msg = f"{self.kind}: low {low:g}, mode {mode:g}, high {high:g} are not in order."
                raise ValueError(msg)
        if self.kind == "one_plus_poisson" and not 1 <= self._value("mean") <= self._value("high"):
            msg = f"one_plus_poisson: mean {self.mean:g} must lie between 1 and high {self.high:g}."
            raise ValueError(msg)

    def _value(self, name: str) -> float:
        value = getattr(self, name)
        return float(value)

    def quantile(self, u: NDArray[np.float64]) -> NDArray[np.float64]:
        """Inverse of the distribution function.

        Parameters
        ----------
        u : numpy.ndarray, dimensionless
            Probabilities in (0, 1).

        Returns
        -------
        numpy.ndarray, unit of the quantity
            Same shape as ``u``.

        """
        match self.kind:
            case "constant":
                return np.full(np.shape(u), self._value("mean"))
            case "exponential":
                return -self._value("mean") * np.log1p(-u)
            case "uniform":
                return self._value("low") + (self._value("high") - self._value("low")) * u
            case "triangular":
                return self._triangular(u)
            case "lognormal":
                mu, sigma = self._lognormal_parameters()
                return np.asarray(
                    np.exp(mu + sigma * _normal_by_polynomials()(u)), dtype=np.float64
                )
            case "gamma":
                shape = (self._value("mean") / self._value("sd")) ** 2
                return _standard_gamma(shape, u) * (self._value("mean") / shape)
            case "weibull":
                shape, scale = self._weibull_parameters()
                return np.asarray(scale * (-np.log1p(-u)) ** (1 / shape))
            case "mixture":
                return self._mixture(np.asarray(u, dtype=np.float64))
            case "quantiles":
                levels, values = zip(*(self.parts or ()), strict=True)
                return np.asarray(np.interp(u, levels, values))
            case _:
                return self._household(u)

    def _mixture(self, u: NDArray[np.float64]) -> NDArray[np.float64]:
        """Bisect between the quantiles of the shortest and the longest part; no closed form."""
        parts = self.parts or ()
        means = [mean for _, mean in parts]
        low, high = -min(means) * np.log1p(-u), -max(means) * np.log1p(-u)
        for _ in range(_HALVINGS):
            middle = (low + high) / 2
            longer = sum(share * np.exp(-middle / mean) for share, mean in parts)
            beyond = longer > 1 - u
            low, high = np.where(beyond, middle, low), np.where(beyond, high, middle)
        return np.asarray((low + high) / 2)

    def _triangular(self, u: NDArray[np.float64]) -> NDArray[np.float64]:
        low, mode, high = self._value("low"), self._value("mode"), self._value("high")
        split = (mode - low) / (high - low)
        left = low + np.sqrt(u * (high - low) * (mode - low))
        right = high - np.sqrt((1 - u) * (high - low) * (high - mode))
        return np.where(u < split, left, right)

    def _lognormal_parameters(self) -> tuple[float, float]:
        variance = math.log1p((self._value("sd") / self._value("mean")) ** 2)
        return math.log(self._value("mean")) - variance / 2, math.sqrt(variance)

    def _weibull_parameters(self) -> tuple[float, float]:
        shape = _weibull_shape((self._value("sd") / self._value("mean")) ** 2)
        return shape, self._value("mean") / math.gamma(1 + 1 / shape)

    def _household(self, u: NDArray[np.float64]) -> NDArray[np.float64]:
        table = np.cumsum(_household_weights(self._value("mean"), int(self._value("high"))))
        return np.searchsorted(table / table[-1], u).astype(np.float64) + 1.0

    def expected(self) -> float:
        """Mean of the distribution, in the unit of the quantity."""
        match self.kind:
            case "uniform":
                return (self._value("low") + self._value("high")) / 2
            case "triangular":
                return (self._value("low") + self._value("mode") + self._value("high")) / 3
            case "one_plus_poisson":
                weights = _household_weights(self._value("mean"), int(self._value("high")))
                sizes = np.arange(1, len(weights) + 1)
                return float((sizes * weights).sum() / weights.sum())
            case "mixture":
                return sum(share * mean for share, mean in self.parts or ())
            case "quantiles":
                levels, values = zip(*(self.parts or ()), strict=True)
                return float(np.trapezoid(values, levels))
            case _:
                return self._value("mean")


@cache
def _weibull_shape(target: float) -> float:
    """Find the shape of a squared coefficient of variation by bisection; no closed form exists."""
    low, high = 0.1, 10_000.0
    for _ in range(100):
        shape = math.sqrt(low * high)
        squared = math.expm1(math.lgamma(1 + 2 / shape) - 2 * math.lgamma(1 + 1 / shape))
        low, high = (shape, high) if squared > target else (low, shape)
    return shape


UNIT_EXPONENTIAL: Final = Distribution("exponential", mean=1.0)
"""Hazard that is used up until something happens."""


def quantiles_of(
    wanted: Sequence[tuple[Distribution | None, NDArray[np.float64]]],
) -> list[NDArray[np.float64]]:
    """Quantiles of several distributions; those of equal ones are taken together.

    Parameters
    ----------
    wanted : sequence of (Distribution or None, numpy.ndarray, (thing,))
        Probabilities in (0, 1); None gives them back.

    Returns
    -------
    list of numpy.ndarray, (thing,), unit of the quantity

    """
    made = [u for _, u in wanted]
    alike: dict[Distribution, list[int]] = {}
    for place, (distribution, _) in enumerate(wanted):
        if distribution is not None:
            alike.setdefault(distribution, []).append(place)
    for distribution, places in alike.items():
        if len(places) == 1:
            made[places[0]] = distribution.quantile(made[places[0]])
            continue
        values, end = distribution.quantile(np.concatenate([made[p] for p in places])), 0
        for place in places:
            end += len(made[place])
            made[place] = values[end - len(made[place]) : end]
    return made


def _standard_gamma(shape: float, u: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return quantiles of the gamma distribution with scale 1."""
    low, high = _SHAPES_BY_POLYNOMIALS
    if not low <= shape <= high:
        return np.asarray(special.gammaincinv(shape, u))
    return _gamma_by_polynomials(shape)(u)


@lru_cache(maxsize=256)
def _gamma_by_polynomials(shape: float) -> Inversion:
    return Inversion(
        lambda u: np.asarray(special.gammaincinv(shape, u)),
        lambda u: np.asarray(special.gammainccinv(shape, u)),
    )


@cache
def _normal_by_polynomials() -> Inversion:
    return Inversion(
        lambda u: np.asarray(special.ndtri(u)), lambda u: np.asarray(-special.ndtri(u))
    )


@cache
def _household_weights(mean: float, high: int) -> NDArray[np.float64]:
    """Poisson weights of the sizes 1 to high, before they are made to sum to 1."""
    return np.asarray(stats.poisson.pmf(np.arange(high), mean - 1))
