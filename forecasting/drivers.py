"""Climate drivers: what was known when, and what they may do next.

A drivers dataset has one variable per driver along ``time`` (first days of months). Each variable
carries ``units``, ``source`` and ``publication_lag``: the value of month ``m`` is known on a
reference date ``r`` only if month ``m + publication_lag`` has ended before ``r``.

Future drivers are an *outlook* (samples of a driver model; forecasts made from it are forecasts)
or a *scenario path* that somebody chose (forecasts made from it are projections). Both are
datasets with dims ``(sample, time)`` whose time axis starts at the first month not yet published.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr
from statsmodels.tsa.vector_ar.var_model import VAR

from forecasting.flows import FlowError, raise_all

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Array = npt.NDArray[np.float64]

MAX_ORDER: Final = 6
"""Longest memory of the driver model, months; the order is chosen by BIC."""
MIN_HISTORY: Final = 60
"""Months of joint history the driver model needs."""


def month_index(times: npt.ArrayLike | pd.DatetimeIndex) -> npt.NDArray[np.int64]:
    """Months since 1970-01 as integers, so that differences are whole months.

    Examples
    --------
    >>> month_index(["1970-01-01", "1971-03-01"]).tolist()
    [0, 14]

    """
    return np.asarray(times, dtype="datetime64[M]").astype(np.int64)


def check_drivers(drivers: xr.Dataset) -> xr.Dataset:
    """Return a drivers dataset unchanged, or raise with every breach of the contract.

    Parameters
    ----------
    drivers : xarray.Dataset, (time) or (sample, time)
        Monthly; each variable with attributes ``units``, ``source`` and ``publication_lag``
        (whole months, not negative).

    Returns
    -------
    xarray.Dataset
        The argument.

    Raises
    ------
    FlowError
        With all problems at once.

    Examples
    --------
    >>> from forecasting import datasets
    >>> list(check_drivers(datasets.load_climate_indices()))
    ['oni', 'nino34', 'dmi', 'soi']

    """
    problems = []
    if not drivers.data_vars:
        problems.append("there is no driver in it; give at least one variable along 'time'.")
    if "time" not in drivers.coords or drivers.sizes.get("time", 0) == 0:
        problems.append("coordinate 'time' is missing or empty; give the first day of each month.")
    else:
        months = month_index(drivers["time"].to_numpy())
        if (np.diff(months) != 1).any():
            wrong = int(np.argmax(np.diff(months) != 1)) + 1
            given = np.datetime_as_string(drivers["time"].to_numpy()[wrong], unit="D")
            problems.append(
                f"'time' is not gapless by month: position {wrong} is {given}. "
                "Insert missing months as NaN."
            )
    for name, variable in drivers.data_vars.items():
        if variable.dims not in (("time",), ("sample", "time")):
            problems.append(f"{name}: dims are {variable.dims}; allowed: time or sample, time.")
        lag = variable.attrs.get("publication_lag")
        if not isinstance(lag, (int, np.integer)) or isinstance(lag, bool) or lag < 0:
            problems.append(
                f"{name}: attrs['publication_lag'] is {lag!r}; give whole months, 0 or more."
            )
        problems += [
            f"{name}: attrs[{key!r}] is missing."
            for key in ("units", "source")
            if not variable.attrs.get(key)
        ]
        if not np.issubdtype(variable.dtype, np.number):
            problems.append(f"{name}: values have type {variable.dtype}; give numbers.")
        elif bool(np.isinf(variable.to_numpy()).any()):
            problems.append(f"{name}: has infinite values; correct them at the source.")
    raise_all("drivers", problems)
    return drivers


def known_at(drivers: xr.Dataset, reference_date: str | pd.Timestamp | np.datetime64) -> xr.Dataset:
    """Mask every value that was not yet published on the reference date.

    Parameters
    ----------
    drivers : xarray.Dataset, (time)
        As checked by :func:`check_drivers`.
    reference_date : date
        Day the forecast is made.

    Returns
    -------
    xarray.Dataset, (time)
        The same variables, NaN where month + publication_lag had not ended; months on or after
        the reference date are dropped.

    Examples
    --------
    >>> from forecasting import datasets
    >>> indices = known_at(datasets.load_climate_indices(), "2022-07-01")
    >>> [str(indices[n].dropna("time")["time"].to_numpy()[-1])[:7] for n in ("oni", "dmi")]
    ['2022-04', '2022-05']

    """
    check_drivers(drivers)
    reference = _month_of(reference_date)
    months = month_index(drivers["time"].to_numpy())
    kept = drivers.isel(time=months < reference)
    months = months[months < reference]
    masked = {}
    for name, variable in kept.data_vars.items():
        published = months + int(variable.attrs["publication_lag"]) < reference
        masked[name] = variable.where(xr.DataArray(published, dims="time")).assign_attrs(
            variable.attrs
        )
    return xr.Dataset(masked, coords=kept.coords, attrs=drivers.attrs)


def outlook(
    drivers: xr.Dataset,
    reference_date: str | pd.Timestamp | np.datetime64,
    horizon: int,
    samples: int = 1000,
    seed: int = 0,
) -> xr.Dataset:
    """Sample what the drivers may do, from a model fitted on what is known on the reference date.

    A vector autoregression (statsmodels, order by BIC) of all drivers, standardized by calendar
    month because sea temperatures vary more in some seasons. Where one driver is already published
    for a month and another is not, the missing one is drawn given the published one.

    Parameters
    ----------
    drivers : xarray.Dataset, (time)
        Observed drivers; anything not yet published on the reference date is ignored.
    reference_date : date
        First day of the first month that is forecast.
    horizon : int
        Months ahead, from 1.
    samples : int
        Number of joint samples.
    seed : int
        Same seed, same samples.

    Returns
    -------
    xarray.Dataset, (sample, time)
        From the first unpublished month to the end of the horizon; months already published hold
        the published value in every sample. ``attrs["kind"]`` is ``"forecast"``.

    Raises
    ------
    FlowError
        If a driver has no known value or the joint history is shorter than five years.

    Examples
    --------
    >>> from forecasting import datasets
    >>> indices = datasets.load_climate_indices()[["oni", "dmi"]]
    >>> ahead = outlook(indices, "2022-07-01", horizon=6, samples=50, seed=1)
    >>> dict(ahead.sizes), str(ahead["time"].to_numpy()[0])[:7]
    ({'sample': 50, 'time': 8}, '2022-05')

    """
    return _simulate(drivers, reference_date, horizon, {}, samples, seed, kind="forecast")


def scenario_path(
    drivers: xr.Dataset,
    reference_date: str | pd.Timestamp | np.datetime64,
    horizon: int,
    path: Mapping[str, float | Sequence[float]],
    samples: int = 1000,
    seed: int = 0,
) -> xr.Dataset:
    """Drivers along a path that somebody chose: what would happen if.

    Drivers in ``path`` follow it in every sample from the reference date on; months before that
    are interpolated between the last published value and the start of the path. Drivers not in
    ``path`` are sampled given it. A published value always wins over the path.

    Parameters
    ----------
    drivers, reference_date, horizon, samples, seed
        As in :func:`outlook`.
    path : mapping of driver to value or values
        One value for the whole horizon or one per month, in the unit of the driver.

    Returns
    -------
    xarray.Dataset, (sample, time)
        ``attrs["kind"]`` is ``"projection"``: forecasts made from it are labeled so.

    Raises
    ------
    FlowError
        If the path names an unknown driver, has the wrong length or is not finite.

    Examples
    --------
    >>> from forecasting import datasets
    >>> indices = datasets.load_climate_indices()[["oni", "dmi"]]
    >>> wet = scenario_path(indices, "2022-07-01", 6, {"dmi": 1.0}, samples=20)
    >>> wet.attrs["kind"], float(wet["dmi"].sel(time="2022-10").std())
    ('projection', 0.0)

    """
    problems = []
    fixed: dict[str, Array] = {}
    for name, given in path.items():
        values = np.atleast_1d(np.asarray(given, dtype=float))
        if name not in drivers.data_vars:
            allowed = ", ".join(map(str, drivers.data_vars))
            problems.append(f"path names {name!r}; drivers given: {allowed}.")
        elif values.ndim != 1 or values.size not in (1, horizon):
            problems.append(
                f"{name}: path has {values.size} values; give 1 or one per month ({horizon})."
            )
        elif not np.isfinite(values).all():
            problems.append(f"{name}: path has values that are not finite: {values.tolist()}.")
        else:
            fixed[name] = np.broadcast_to(values, (horizon,)).copy()
    if not path:
        problems.append("the path is empty; name at least one driver or use outlook().")
    raise_all("scenario path", problems)
    return _simulate(drivers, reference_date, horizon, fixed, samples, seed, kind="projection")


def _month_of(reference_date: str | pd.Timestamp | np.datetime64) -> int:
    return int(month_index(pd.DatetimeIndex([pd.Timestamp(reference_date)]))[0])


def _standardize(values: Array, months: npt.NDArray[np.int64]) -> tuple[Array, Array]:
    """Mean and standard deviation by calendar month (12, drivers), blended over +-1 month."""
    mean = np.zeros((12, values.shape[1]))
    scale = np.ones((12, values.shape[1]))
    for month in range(12):
        near = np.isin(months % 12, [(month - 1) % 12, month, (month + 1) % 12])
        mean[month] = values[near].mean(axis=0)
        scale[month] = np.maximum(values[near].std(axis=0), 1e-6)
    return mean, scale


def _known_table(
    known: xr.Dataset, names: list[str], reference: int, horizon: int
) -> tuple[Array, npt.NDArray[np.int64]]:
    """Lay out published values (months, drivers) from the first month to the end of the horizon."""
    start = int(month_index(known["time"].to_numpy())[0]) if known.sizes["time"] else reference
    months = np.arange(start, reference + horizon)
    table = np.full((len(months), len(names)), np.nan)
    for column, name in enumerate(names):
        values = known[name].to_numpy()
        table[: len(values), column] = values
    return table, months


def _fill_path(table: Array, months: npt.NDArray[np.int64], column: int, path: Array) -> None:
    """Put a path at the end of a column and bridge the months between by a straight line."""
    table[-len(path) :, column] = path
    finite = np.flatnonzero(np.isfinite(table[:, column]))
    after = np.flatnonzero(np.isnan(table[:, column]))
    after = after[after > finite[0]]
    table[after, column] = np.interp(months[after], months[finite], table[finite, column])


def _simulate(
    drivers: xr.Dataset,
    reference_date: str | pd.Timestamp | np.datetime64,
    horizon: int,
    fixed: Mapping[str, Array],
    samples: int,
    seed: int,
    kind: str,
) -> xr.Dataset:
    if horizon < 1 or samples < 1:
        msg = f"horizon is {horizon} and samples is {samples}; both must be 1 or more."
        raise FlowError(msg)
    reference = _month_of(reference_date)
    known = known_at(drivers, reference_date)
    names = [str(name) for name in drivers.data_vars]
    table, months = _known_table(known, names, reference, horizon)
    complete = np.flatnonzero(np.isfinite(table).all(axis=1))
    if len(complete) < MIN_HISTORY:
        msg = (
            f"the drivers ({', '.join(names)}) have {len(complete)} months known together on "
            f"{pd.Timestamp(reference_date).date()}; the driver model needs {MIN_HISTORY}. "
            "Give a longer history or your own outlook."
        )
        raise FlowError(msg)
    history = slice(_last_run_start(complete), complete[-1] + 1)
    first = complete[-1] + 1
    for name, path in fixed.items():
        _fill_path(table, months, names.index(name), path)
    mean, scale = _standardize(table[history], months[history])
    calendar = months % 12
    scaled = (table - mean[calendar]) / scale[calendar]
    drawn = _draw_paths(scaled, history, first, samples, seed)
    values = drawn * scale[calendar[first:]] + mean[calendar[first:]]
    published = np.isfinite(table[first:])
    values = np.where(published, np.nan_to_num(table[first:]), values)
    time = (months[first:].astype("datetime64[M]")).astype("datetime64[ns]")
    data = {
        name: (("sample", "time"), values[:, :, column], drivers[name].attrs)
        for column, name in enumerate(names)
    }
    attrs = {"kind": kind, "seed": seed, "reference_date": str(pd.Timestamp(reference_date).date())}
    if fixed:
        attrs["path"] = "; ".join(f"{n}: {p.round(3).tolist()}" for n, p in fixed.items())
    coords = {"sample": np.arange(samples), "time": time}
    return xr.Dataset(data, coords=coords, attrs=attrs)


def _last_run_start(positions: npt.NDArray[np.intp]) -> int:
    """Start of the last gapless run of positions."""
    breaks = np.flatnonzero(np.diff(positions) > 1)
    return int(positions[breaks[-1] + 1]) if len(breaks) else int(positions[0])


def _draw_paths(scaled: Array, history: slice, first: int, samples: int, seed: int) -> Array:
    """Simulate (samples, months, drivers) from ``first`` on; known entries condition the rest."""
    past = scaled[history]
    columns = past.shape[1]
    if columns == 1:  # statsmodels' VAR wants two series; an idle second one changes nothing
        past = np.column_stack([past, np.random.default_rng(0).normal(size=len(past))])
        scaled = np.column_stack([scaled, np.full(len(scaled), np.nan)])
    largest = min(MAX_ORDER, max(1, len(past) // (10 * past.shape[1])))
    model = VAR(past).fit(maxlags=largest, ic="bic")
    order = max(int(model.k_ar), 1)
    if model.k_ar == 0:
        model = VAR(past).fit(1)
    noise = np.asarray(model.sigma_u)
    intercept = np.asarray(model.intercept)
    steps = len(scaled) - first
    shocks = np.random.default_rng(seed).standard_normal((samples, steps, past.shape[1]))
    path = np.empty((samples, order + steps, past.shape[1]))
    path[:, :order] = past[-order:]
    for step in range(steps):
        center = intercept + sum(
            path[:, order + step - lag] @ model.coefs[lag - 1].T for lag in range(1, order + 1)
        )
        given = np.isfinite(scaled[first + step])
        path[:, order + step] = _conditional(
            center, noise, scaled[first + step], given, shocks[:, step]
        )
    return path[:, order:, :columns]


def _conditional(
    center: Array, noise: Array, values: Array, given: npt.NDArray[np.bool_], shocks: Array
) -> Array:
    """Draw a normal vector whose entries ``given`` are already known."""
    drawn = np.empty_like(center)
    drawn[:, given] = values[given]
    if given.all():
        return drawn
    free = ~given
    gain = np.zeros((int(free.sum()), int(given.sum())))
    spread = noise[np.ix_(free, free)]
    if given.any():
        gain = noise[np.ix_(free, given)] @ np.linalg.inv(noise[np.ix_(given, given)])
        spread = spread - gain @ noise[np.ix_(given, free)]
    surprise = values[given] - center[:, given]
    root = np.linalg.cholesky(spread + 1e-12 * np.eye(len(spread)))
    drawn[:, free] = center[:, free] + surprise @ gain.T + shocks[:, free] @ root.T
    return drawn
