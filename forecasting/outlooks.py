"""Other ways to say how drivers go on: analog years, and ensembles that somebody gives.

The outlook of the driver model and chosen paths are in :mod:`forecasting.drivers`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
import xarray as xr

from forecasting.drivers import check_drivers, known_at, month_index
from forecasting.flows import FlowError, raise_all

if TYPE_CHECKING:
    import numpy.typing as npt

    Array = npt.NDArray[np.float64]

MEMORY: Final = 6
"""Latest months that past years are compared by."""
RETURN: Final = 0.85
"""Share of the gap between now and an analog that is left after each month."""
_KINDS: Final = ("forecast", "projection")
FAR: Final = 4.0
"""Standard deviations beyond the record at which a given value cannot be meant."""


def analog_outlook(
    drivers: xr.Dataset,
    reference_date: str | pd.Timestamp | np.datetime64,
    horizon: int,
    samples: int = 1000,
    seed: int = 0,
    *,
    years: int = 12,
) -> xr.Dataset:
    """Let the drivers go on as they did after the past years that were most like now.

    Past years are compared at the same calendar month by the six latest months known of all
    drivers, each in units of its standard deviation. A sample follows one of the ``years`` closest,
    drawn with a chance that falls with its distance; the gap between now and the analog fades by
    15 percent a month. No model is fitted, so whatever happened after those years may happen.

    Parameters
    ----------
    drivers, reference_date, horizon, samples, seed
        As in :func:`forecasting.drivers.outlook`.
    years : int
        Number of analogs.

    Returns
    -------
    xarray.Dataset, (sample, time)
        From the first month that is not published for every driver; published values are kept.
        ``attrs["analogs"]`` lists the years, closest first.

    Raises
    ------
    FlowError
        If fewer than two past years are known completely.

    Examples
    --------
    >>> from forecasting import datasets
    >>> indices = datasets.load_climate_indices()[["oni", "dmi"]]
    >>> ahead = analog_outlook(indices, "2022-07-01", horizon=6, samples=50, seed=1)
    >>> ahead.attrs["analogs"].split(", ")[:3]
    ['2012', '2009', '2018']

    """
    if horizon < 1 or samples < 1 or years < 1:
        msg = f"horizon is {horizon}, samples {samples}, years {years}; all must be 1 or more."
        raise FlowError(msg)
    known = known_at(drivers, reference_date)
    names = [str(name) for name in known.data_vars]
    table = np.stack([known[name].to_numpy() for name in names], axis=1).astype(float)
    months = month_index(known["time"].to_numpy())
    complete = np.flatnonzero(np.isfinite(table).all(axis=1))
    reference = int(month_index(pd.DatetimeIndex([pd.Timestamp(reference_date)]))[0])
    last = int(complete[-1]) if len(complete) else -1
    steps = reference + horizon - int(months[last]) - 1 if last >= 0 else 0
    starts = np.arange(last - 12, MEMORY - 2, -12)
    windows = {
        int(start): table[start - MEMORY + 1 : start + steps + 1]
        for start in starts
        if start + steps <= last
    }
    windows = {start: rows for start, rows in windows.items() if np.isfinite(rows).all()}
    if len(windows) < 2:
        msg = (
            f"{len(windows)} past year(s) are known for {', '.join(names)} with all that came "
            "after; analogs need 2. Give a longer history or use outlook()."
        )
        raise FlowError(msg)
    scale = np.maximum(np.nanstd(table, axis=0), 1e-9)
    now = table[last - MEMORY + 1 : last + 1]
    distance = {
        start: float(np.sqrt((((rows[:MEMORY] - now) / scale) ** 2).mean()))
        for start, rows in windows.items()
    }
    order = sorted(distance, key=lambda start: distance[start])[:years]
    weight = np.array([1.0 / (0.1 + distance[start]) for start in order])
    rng = np.random.default_rng(seed)
    chosen = rng.choice(len(order), size=samples, p=weight / weight.sum())
    fade = RETURN ** np.arange(1, steps + 1)[:, np.newaxis]
    paths = np.stack(
        [windows[start][MEMORY:] + fade * (now[-1] - windows[start][MEMORY - 1]) for start in order]
    )[chosen]
    ahead = np.arange(int(months[last]) + 1, reference + horizon)
    published = np.full((steps, len(names)), np.nan)
    rest = table[last + 1 :]
    published[: len(rest)] = rest
    values = np.where(np.isfinite(published), np.nan_to_num(published), paths)
    data = {
        name: (("sample", "time"), values[..., column], drivers[name].attrs)
        for column, name in enumerate(names)
    }
    listed = ", ".join(str(1970 + int(months[start] + 1) // 12) for start in order)
    attrs = {
        "kind": "forecast",
        "seed": seed,
        "reference_date": str(pd.Timestamp(reference_date).date()),
        "analogs": listed,
    }
    time = ahead.astype("datetime64[M]").astype("datetime64[ns]")
    return xr.Dataset(data, coords={"sample": np.arange(samples), "time": time}, attrs=attrs)


def check_outlook(
    ahead: xr.Dataset,
    drivers: xr.Dataset,
    reference_date: str | pd.Timestamp | np.datetime64,
    horizon: int,
) -> xr.Dataset:
    """Return an outlook that somebody gives unchanged, or raise with everything wrong with it.

    Parameters
    ----------
    ahead : xarray.Dataset, (sample, time) or (time)
        An ensemble of the user, in the units of the drivers; ``attrs["kind"]`` is ``"forecast"``
        or, if it is a path that somebody chose, ``"projection"``.
    drivers : xarray.Dataset, (time)
        The observed drivers it goes on from.
    reference_date : date
    horizon : int
        Months from the reference date that it must reach.

    Returns
    -------
    xarray.Dataset
        The argument.

    Raises
    ------
    FlowError
        With all problems at once: unknown or missing drivers, other units, months that are not
        covered, missing values, values far beyond the record, an unknown kind.

    """
    known = known_at(drivers, reference_date)
    problems = []
    if ahead.attrs.get("kind") not in _KINDS:
        problems.append(
            f"attrs['kind'] is {ahead.attrs.get('kind')!r}; allowed: {', '.join(_KINDS)}."
        )
    given = [str(name) for name in ahead.data_vars]
    wanted = [str(name) for name in drivers.data_vars]
    problems += [
        f"{name}: not among the drivers ({', '.join(wanted)})."
        for name in given
        if name not in wanted
    ]
    problems += [
        f"{name}: is missing; the drivers have it." for name in wanted if name not in given
    ]
    reference = int(month_index(pd.DatetimeIndex([pd.Timestamp(reference_date)]))[0])
    for name in (name for name in given if name in wanted):
        values, past = ahead[name], known[name]
        units = values.attrs.get("units")
        if units != past.attrs.get("units"):
            problems.append(
                f"{name}: units are {units!r}; the driver is in {past.attrs['units']!r}."
            )
        seen = past.dropna("time")
        start = int(month_index(seen["time"].to_numpy())[-1]) + 1 if seen.size else reference
        there = set(month_index(values["time"].to_numpy()).tolist())
        absent = [month for month in range(start, reference + horizon) if month not in there]
        if absent:
            first, *ends = (
                np.datetime64(month, "M") for month in (absent[0], start, reference + horizon - 1)
            )
            problems.append(
                f"{name}: {len(absent)} month(s) from {first} on are not covered; it must reach "
                f"from {ends[0]} to {ends[1]}."
            )
        numbers = values.to_numpy()
        if not np.isfinite(numbers).all():
            problems.append(f"{name}: has values that are missing or not finite.")
        elif seen.size > 1:
            reach = FAR * float(seen.std())
            low, high = float(seen.min()) - reach, float(seen.max()) + reach
            if numbers.min() < low or numbers.max() > high:
                problems.append(
                    f"{name}: values from {numbers.min():g} to {numbers.max():g} are far beyond "
                    f"the record ({float(seen.min()):g} to {float(seen.max()):g}); check the unit."
                )
    raise_all("outlook", problems)
    check_drivers(ahead.assign({n: ahead[n].assign_attrs(drivers[n].attrs) for n in given}))
    return ahead
