"""How long people stayed, from what arrived and what was observed: for plans of past episodes.

Where everyone finds a place, the number present is what arrived, each with the share of stays that
are longer than the time since (an infinite-server queue with arrivals that change, Eick, Massey and
Whitt 1993, doi:10.1287/mnsc.39.2.241). So stays can be fitted to an observed curve without a
simulation, in seconds; what the run then says has its queues, limits and chance as well.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import pandas as pd
from scipy import optimize, signal

from scenarios.forecasts import scenario_flows
from scenarios.observed import HELD_OUT, is_fitted, observations, scatter_factors
from scenarios.problems import ScenarioError
from scenarios.replays import between_neighbors
from simulation.distributions import Distribution

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from scenarios.schema import Scenario
    from scenarios.services import Observed

PRESENT: Final[dict[str, Callable[[NDArray[np.float64]], NDArray[np.float64]]]] = {
    "present at the end of the day": lambda hours: hours[:, -1],
    "mean present": lambda hours: hours.mean(axis=1),
    "most present": lambda hours: hours.max(axis=1),
}
"""What can be observed that stays decide, and how it is taken from the hours of days."""
_POINTS: Final = (np.arange(4000) + 0.5) / 4000
_SHORTEST, _LONGEST = 1.0, 24.0 * 3650
_MEANS: Final = np.geomspace(4.0, _LONGEST, 60)
"""Means of the parts of mixtures that are tried, h."""
_APART: Final = 5
"""Steps of :data:`_MEANS` that lie between the two parts, about a factor of three."""
_PERCENTS: Final = np.arange(1, 100)
MIXTURE: Final = "some leave soon"
_MIXTURE_NUMBERS: Final = 3

FORMS: Final[dict[str, Callable[[float], Distribution]]] = {
    "all alike": lambda mean: Distribution("constant", mean=mean),
    "gamma, sd half the mean": lambda mean: Distribution("gamma", mean=mean, sd=mean / 2),
    "exponential": lambda mean: Distribution("exponential", mean=mean),
    "lognormal, sd twice the mean": lambda mean: Distribution("lognormal", mean=mean, sd=2 * mean),
}
"""Forms of stays by name, each a family that a mean makes a distribution of; beside them a mixture
of two exponentials, :data:`MIXTURE`."""


class Curve(NamedTuple):
    """What arrived and what was observed, at the scale of what was observed.

    Parameters
    ----------
    arrivals : numpy.ndarray, (hour,), persons per hour
    stock : float, persons
        There at the first hour, with a random part of their stay behind them.
    days : numpy.ndarray, (observation,)
        Days from the first hour.
    observed : numpy.ndarray, (observation,), persons
    fitted : numpy.ndarray of bool, (observation,)
        Whether an observation may be used for fitting.
    what : str
        One of :data:`PRESENT`.

    """

    arrivals: NDArray[np.float64]
    stock: float
    days: NDArray[np.int64]
    observed: NDArray[np.float64]
    fitted: NDArray[np.bool_]
    what: str


def expected_present(
    arrivals: NDArray[np.float64], stay: Distribution, stock: float = 0.0
) -> NDArray[np.float64]:
    """Return the mean number present at the end of every hour, where everyone finds a place.

    Parameters
    ----------
    arrivals : numpy.ndarray, (hour,), persons per hour
    stay : Distribution, h
    stock : float, persons
        There at the beginning, with a random part of their stay behind them.

    Returns
    -------
    numpy.ndarray, (hour,), persons

    Examples
    --------
    Ten an hour who stay two hours: twenty after some time.

    >>> present = expected_present(np.full(48, 10.0), Distribution("constant", mean=2.0))
    >>> float(present[-1].round(6))
    20.0

    """
    if stay.kind == "mixture":
        return sum(
            share * expected_present(arrivals, Distribution("exponential", mean=mean), stock)
            for share, mean in stay.parts or ()
        ) + np.zeros(len(arrivals))
    hours = len(arrivals)
    stays = np.sort(stay.quantile(_POINTS))
    # Who comes within an hour came half an hour before its end, on average.
    longer = 1 - np.searchsorted(stays, np.arange(hours) + 0.5, side="right") / len(stays)
    present = signal.fftconvolve(arrivals, longer)[:hours]
    if stock > 0:
        time = np.arange(hours) + 1.0
        first = np.searchsorted(stays, time, side="right")
        inverse = np.append(np.cumsum((1 / np.maximum(stays, 1e-9))[::-1])[::-1], 0.0)
        present += stock * ((len(stays) - first) - time * inverse[first]) / len(stays)
    return np.asarray(np.maximum(present, 0.0))


def _expected(curve: Curve, stay: Distribution) -> NDArray[np.float64]:
    """Return what is expected of every observation, persons."""
    present = expected_present(curve.arrivals, stay, curve.stock)
    return PRESENT[curve.what](present.reshape(-1, 24))[curve.days]


def curve_of(scenario: Scenario, name: str | None = None) -> Curve:
    """Read what arrived and what was observed of the people present.

    All observations count, also those of days outside of the run, when the data of the forecast
    says who had arrived by then.

    Parameters
    ----------
    scenario : Scenario
        Its forecast is a replay.
    name : str or None
        Of the observed curve; the first of people present if not given.

    Returns
    -------
    Curve

    Raises
    ------
    ScenarioError
        If the scenario is no replay or there is no such curve, or none of its observations may be
        used for fitting.

    """
    if scenario.forecast.model != "replay":
        message = f"is {scenario.forecast.model!r}; stays are fitted to a 'replay' of what arrived."
        raise ScenarioError([scenario.problem("forecast.model", message)])
    number, one = _observed(scenario, name)
    if any(site.returns_home for site in scenario.sites if site.name in one.of):
        message = "stays are fitted without 'returns_home'; leave it out while fitting."
        raise ScenarioError([scenario.problem("sites", message)])
    hourly, first = _arrivals(scenario, one)
    stock = sum(site.starting_stock for site in scenario.sites if site.name in one.of)
    points = [
        ((day - first).days, value, is_fitted(one, day))
        for day, _, value in observations(scenario, number, everything=True)
    ]
    # The day after the last whose arrivals are known is the first that cannot be judged.
    points = [point for point in points if 0 <= point[0] < len(hourly) // 24]
    if not any(fitted for _, _, fitted in points):
        message = (
            "has no observation for fitting on a day whose arrivals are known; name spans by "
            "'fitted' (from, until) and keep some observations out of them."
        )
        raise ScenarioError([scenario.problem(f"observed.{one.name}", message)])
    days, values, fitted = zip(*points, strict=True)
    return Curve(
        arrivals=hourly,
        stock=stock / one.share,
        days=np.array(days),
        observed=np.array(values),
        fitted=np.array(fitted),
        what=one.what,
    )


def _observed(scenario: Scenario, name: str | None) -> tuple[int, Observed]:
    sites = [site.name for site in scenario.sites]
    for number, one in enumerate(scenario.observed):
        if one.what in PRESENT and set(one.of) <= set(sites) and name in (None, one.name):
            return number, one
    wanted = "people present" if name is None else repr(name)
    known = ", ".join(repr(one.name) for one in scenario.observed) or "none"
    message = (
        f"there is no observed curve of {wanted} in sites; observed: {known}. Stays are fitted to "
        f"one whose 'what' is {', '.join(PRESENT)}."
    )
    raise ScenarioError([scenario.problem("observed", message)])


def _arrivals(scenario: Scenario, one: Observed) -> tuple[NDArray[np.float64], pd.Timestamp]:
    """Arrivals by hour, spread evenly over the days of their period, and the first day."""
    section, flows = scenario.forecast, scenario_flows(scenario)
    if any(site.starting_stock for site in scenario.sites):
        flows = flows.sel(time=slice(pd.Timestamp(scenario.time.start), None))
    if section.missing == "interpolate":
        flows = between_neighbors(flows)
    total = np.zeros(flows.sizes["time"])
    for inflow in scenario.inflows:
        part = flows.sel(location=list(inflow.locations))
        if "cause" in part.dims:
            part = part.sel(cause=list(inflow.causes)) if inflow.causes else part
            part = part.sum("cause", min_count=1)
        total += inflow.share * part.sum("location", min_count=1).to_numpy() / one.share
    time = pd.DatetimeIndex(flows["time"].values)
    period = str(flows.attrs["period"])
    steps = {"day": pd.DateOffset(days=1), "week": pd.DateOffset(days=7)}
    ends = time + steps.get(period, pd.DateOffset(months=1))
    lasts = np.asarray((ends - time).days)
    if not np.isfinite(total).all():
        missing = time[~np.isfinite(total)][0].date()
        message = (
            f"nobody counted those who arrived from {missing} on; write 'missing: interpolate'."
        )
        raise ScenarioError([scenario.problem("forecast.missing", message)])
    return np.repeat(total / (24 * lasts), 24 * lasts), time[0].date()


def fit_stays(scenario: Scenario, name: str | None = None, *, share: bool = False) -> pd.DataFrame:
    """Fit stays of several forms to an observed curve, on the spans for fitting alone.

    Parameters
    ----------
    scenario : Scenario
        A replay with an observed curve of people present. The stays it gives do not matter.
    name : str or None
        Of the curve; the first of people present if not given.
    share : bool
        Whether the share of the arrivals that comes here is fitted too. Share and stay can
        hardly be told apart where arrivals change slowly.

    Returns
    -------
    pandas.DataFrame
        One row per form of :data:`FORMS`, and for a mixture where there are as many observations as
        it has numbers: ``form``, ``stay`` (as a scenario file writes it),
        ``mean_hours``, ``passes`` (share of the arrivals that come here, times that of the
        scenario), then apart for what was fitted and what was held out: number of ``points``,
        ``bias`` and ``mae`` (shares of the mean observed); ``scatter`` (root mean square error on
        what was fitted over its mean, dimensionless) and ``inside_90``, the number of
        observations held out inside a 90 % interval of that scatter.

    Raises
    ------
    ScenarioError
        See :func:`curve_of`.

    Examples
    --------
    >>> from scenarios.files import load_scenario
    >>> fitted = fit_stays(load_scenario("sindh-camps")).set_index("form")
    >>> fitted.loc["exponential", "stay"]
    '{distribution: exponential, mean: 90.4 days}'

    """
    curve = curve_of(scenario, name)
    found = {form: _best(curve, family, share=share) for form, family in FORMS.items()}
    if curve.fitted.sum() >= _MIXTURE_NUMBERS + share:
        found[MIXTURE] = _best_mixture(curve, share=share)
    rows = [{"form": form, **_told(curve, *best)} for form, best in found.items()]
    return pd.DataFrame(rows)


def _best(
    curve: Curve, family: Callable[[float], Distribution], *, share: bool
) -> tuple[Distribution, float]:
    def error(log_mean: float) -> float:
        stay = family(float(np.exp(log_mean)))
        return _error(curve, stay, _scale(curve, stay) if share else 1.0)

    # A few starting points: the error of a constant stay has more than one valley.
    starts = np.linspace(np.log(_SHORTEST), np.log(_LONGEST), 13)
    best = int(np.argmin([error(start) for start in starts]))
    around = starts[max(best - 1, 0)], starts[min(best + 1, len(starts) - 1)]
    found = optimize.minimize_scalar(
        error, bounds=around, method="bounded", options={"xatol": 1e-4}
    )
    stay = family(float(np.exp(found.x)))
    return stay, _scale(curve, stay) if share else 1.0


def _best_mixture(curve: Curve, *, share: bool) -> tuple[Distribution, float]:
    """Try every pair of exponential parts with shares of whole percents."""
    observed = curve.observed[curve.fitted]
    columns = [
        _expected(curve, Distribution("exponential", mean=mean))[curve.fitted] for mean in _MEANS
    ]
    shares = _PERCENTS[:, None] / 100
    best = (np.inf, 0, 0, 0, 1.0)
    for longer in range(1, len(_MEANS)):
        for shorter in range(max(longer - _APART, 0)):
            expected = shares * columns[shorter] + (1 - shares) * columns[longer]
            scale = np.ones(len(shares))
            if share:
                scale = expected @ observed / np.maximum((expected**2).sum(axis=1), 1e-12)
            errors = ((scale[:, None] * expected - observed) ** 2).mean(axis=1)
            at = int(np.argmin(errors))
            if errors[at] < best[0]:
                best = (float(errors[at]), shorter, longer, at, float(scale[at]))
    _, shorter, longer, at, scale_of_best = best
    first = float(shares[at, 0])
    parts = ((first, float(_MEANS[shorter])), (1 - first, float(_MEANS[longer])))
    return Distribution("mixture", parts=parts), scale_of_best


def _scale(curve: Curve, stay: Distribution) -> float:
    """Return the factor on all arrivals that fits best."""
    expected, observed = _expected(curve, stay)[curve.fitted], curve.observed[curve.fitted]
    return float(expected @ observed) / max(float(expected @ expected), 1e-12)


def _error(curve: Curve, stay: Distribution, scale: float) -> float:
    """Return the root mean square error on what may be used for fitting, persons."""
    errors = scale * _expected(curve, stay)[curve.fitted] - curve.observed[curve.fitted]
    return float(np.sqrt(np.mean(errors**2)))


def _told(curve: Curve, stay: Distribution, scale: float) -> dict[str, object]:
    expected = scale * _expected(curve, stay)
    scatter = _error(curve, stay, scale) / max(float(curve.observed[curve.fitted].mean()), 1e-12)
    row: dict[str, object] = {
        "stay": written_stay(stay),
        "mean_hours": stay.expected(),
        "passes": scale,
        "scatter": scatter,
    }
    for used, part in (("fitted", curve.fitted), (HELD_OUT.replace(" ", "_"), ~curve.fitted)):
        observed, error = curve.observed[part], (expected - curve.observed)[part]
        mean = float(observed.mean()) if part.any() else np.nan
        row[f"points_{used}"] = int(part.sum())
        row[f"bias_{used}"] = float(error.mean()) / mean if part.any() else np.nan
        row[f"mae_{used}"] = float(np.abs(error).mean()) / mean if part.any() else np.nan
    low, high = np.quantile(scatter_factors(min(scatter, 1.0)), [0.05, 0.95])
    held = ~curve.fitted
    inside = (low * expected <= curve.observed) & (curve.observed <= high * expected)
    return row | {"inside_90": int(inside[held].sum())}


def written_stay(stay: Distribution) -> str:
    """Return a stay as a scenario file writes it.

    Parameters
    ----------
    stay : Distribution, h

    Returns
    -------
    str

    Examples
    --------
    >>> written_stay(Distribution("exponential", mean=96.0))
    '{distribution: exponential, mean: 4 days}'

    """
    if stay.kind == "constant":
        return _time(stay.expected())
    if stay.kind == "mixture":
        short = round(100 * (stay.parts or ())[0][0])
        parts = ", ".join(
            f"{{share: {share} %, mean: {_time(mean)}}}"
            for share, (_, mean) in zip((short, 100 - short), stay.parts or (), strict=True)
        )
        return f"{{distribution: mixture, parts: [{parts}]}}"
    sd = "" if stay.sd is None else f", sd: {_time(stay.sd)}"
    return f"{{distribution: {stay.kind}, mean: {_time(stay.expected())}{sd}}}"


def _time(hours: float) -> str:
    unit, value = ("days", hours / 24) if hours >= 48 else ("hours", hours)
    return f"{value:.3g} {unit}" if value < 1000 else f"{value:.0f} {unit}"


def arrivals_behind(present: NDArray[np.float64], stay: float) -> NDArray[np.float64]:
    """Work out who must have arrived each day, from who was present and a mean stay.

    For episodes of which only the number present was counted. Stays are exponential; a day whose
    count falls faster than stays allow has no arrivals.

    Parameters
    ----------
    present : numpy.ndarray, (day,), persons at the end of the day
    stay : float, days
        Mean.

    Returns
    -------
    numpy.ndarray, (day,), persons

    Examples
    --------
    >>> arrivals_behind(np.array([100.0, 190.5, 100.0]), 10.0).round().tolist()
    [100.0, 100.0, 0.0]

    """
    stayed = np.exp(-1 / stay) * np.concatenate([[0.0], present[:-1]])
    return np.asarray(np.maximum(present - stayed, 0.0))
