"""From measures to the numbers of a report: one row per facility, category of people, or step."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
from scipy import stats

from simulation.measures import MEASURES, exceeds
from simulation.tails import tail, time_to_recover

if TYPE_CHECKING:
    import xarray as xr
    from numpy.typing import NDArray

QUANTILES: Final = (0.05, 0.5, 0.95)


def spread(sample: NDArray[np.float64]) -> dict[str, float]:
    """Return median and 90 % range over replications, ``{"median", "low", "high"}``.

    Examples
    --------
    >>> spread(np.arange(101.0))
    {'low': 5.0, 'median': 50.0, 'high': 95.0}

    """
    known = sample[np.isfinite(sample)]
    if not known.size:
        return dict.fromkeys(("low", "median", "high"), float("nan"))
    low, median, high = (float(value) for value in np.quantile(known, QUANTILES))
    return {"low": low, "median": median, "high": high}


def facilities(measures: xr.Dataset) -> pd.DataFrame:
    """Summarize what happens at each facility.

    Parameters
    ----------
    measures : xarray.Dataset
        From :func:`simulation.measures.dataset`.

    Returns
    -------
    pandas.DataFrame
        One row per facility: ``facility``, ``service``, ``unit``, ``capacity_low`` and
        ``capacity_high`` (units of the facility); ``chance`` of at least one day beyond capacity
        or standard with its 95 % interval (``chance_low``, ``chance_high``) and ``chance_first``
        of being the first to fail (shares of replications);
        ``first_day`` (median over the replications that fail); ``peak_low``, ``peak_median``,
        ``peak_high`` (highest daily peak present or waiting); ``days_median``, ``days_high`` (days
        beyond, over all replications); ``recovered`` (median first day after the last failing
        one, over the replications that recover) and ``chance_unrecovered`` (share of all
        replications that fail on the last day).

    """
    beyond = exceeds(measures).transpose("replication", "facility", "day").values
    peaks = measures["peak_demand"].max("day").transpose("replication", "facility").values
    dates = pd.DatetimeIndex(measures["date"].values)
    days = beyond.shape[2]
    fails: NDArray[np.bool_] = np.asarray(beyond.any(axis=2), dtype=np.bool_)
    first = np.where(fails, beyond.argmax(axis=2), days)
    leads = np.asarray(fails & (first == first.min(axis=1, keepdims=True)))
    after = days - beyond[:, :, ::-1].argmax(axis=2)
    rows = []
    for index, name in enumerate(measures["facility"].values):
        failing = fails[:, index]
        recovers = failing & ~beyond[:, index, -1]
        capacity = measures["capacity"].isel(facility=index).values
        place = measures.isel(facility=index)
        peak = spread(peaks[:, index])
        over = spread(beyond[:, index].sum(axis=1).astype(float))
        rows.append(
            {
                "facility": str(name),
                "service": str(place["facility_service"].item()),
                "unit": str(place["facility_unit"].item()),
                "capacity_low": float(capacity.min()),
                "capacity_high": float(capacity.max()),
                "chance": float(failing.mean()),
                **_chance_interval(failing),
                "chance_first": float(leads[:, index].mean()),
                "first_day": _middle_day(dates, first[failing, index]),
                "peak_low": peak["low"],
                "peak_median": peak["median"],
                "peak_high": peak["high"],
                "days_median": over["median"],
                "days_high": over["high"],
                "recovered": _middle_day(dates, after[recovers, index]),
                "chance_unrecovered": float(beyond[:, index, -1].mean()),
            }
        )
    return pd.DataFrame(rows)


def tails(measures: xr.Dataset, level: float = 0.95) -> pd.DataFrame:
    """Summarize the bad futures: what the worst ones bring, and how long facilities stay beyond.

    Parameters
    ----------
    measures : xarray.Dataset
    level : float
        Share of replications that are not counted among the worst.

    Returns
    -------
    pandas.DataFrame
        One row per measure without dims and per facility's time to recover: ``measure``, ``of``
        (facility or empty), ``level``, ``quantile`` with its 95 % interval ``low`` and ``high``,
        ``shortfall`` (mean of the worst ``1 - level`` of replications), ``unit``. A facility
        that has not recovered when the run ends has an infinite time.

    """
    samples = [
        (m.name, "", measures[m.name].values.astype(np.float64), m.unit)
        for m in MEASURES
        if not m.dims
    ]
    times = time_to_recover(measures)
    samples += [
        ("time_to_recover", str(name), times.sel(facility=name).values, "days")
        for name in measures["facility"].values
    ]
    rows = [
        {"measure": name, "of": of, "level": level, **tail(sample, level)._asdict(), "unit": unit}
        for name, of, sample, unit in samples
    ]
    return pd.DataFrame(rows)


def _chance_interval(failing: NDArray[np.bool_]) -> dict[str, float]:
    """95 % interval of a share of replications (Wilson 1927)."""
    test = stats.binomtest(int(failing.sum()), len(failing))
    low, high = test.proportion_ci(confidence_level=0.95, method="wilson")
    return {"chance_low": float(low), "chance_high": float(high)}


def _middle_day(dates: pd.DatetimeIndex, indices: NDArray[np.int64]) -> pd.Timestamp | None:
    if not indices.size:
        return None
    middle = int(np.sort(indices)[(indices.size - 1) // 2])
    return pd.Timestamp(dates[0]) + pd.Timedelta(days=middle)


def people(measures: xr.Dataset) -> pd.DataFrame:
    """Summarize who is affected, by category of people.

    Parameters
    ----------
    measures : xarray.Dataset

    Returns
    -------
    pandas.DataFrame
        One row per category: median and 90 % range of ``persons``, ``nights_without_place``
        (person-nights), ``not_reached``, ``left_without_place``, ``in_other_places``,
        ``deaths_in_transit`` and, apart from them, ``deaths_in_reception`` (persons), in columns
        such as ``persons_median``.

    """
    rows = []
    for category in measures["category"].values:
        row: dict[str, float | str] = {"category": str(category)}
        for name in (
            "persons",
            "nights_without_place",
            "not_reached",
            "left_without_place",
            "in_other_places",
            "deaths_in_transit",
            "deaths_in_reception",
        ):
            sample = measures[name].sel(category=category).values
            row |= {f"{name}_{key}": value for key, value in spread(sample).items()}
        rows.append(row)
    return pd.DataFrame(rows)


def site_standards(measures: xr.Dataset) -> pd.DataFrame:
    """Summarize space, water and sanitation of the sites that say what they have.

    Parameters
    ----------
    measures : xarray.Dataset

    Returns
    -------
    pandas.DataFrame
        One row per site and standard: ``site``, ``standard``, ``chance`` of any time below it
        (share of replications), and median and 90 % range of ``days`` and of ``person_days`` below.

    """
    rows = []
    for site in measures["facility"].values:
        for standard in measures["site_standard"].values:
            own = measures.sel(facility=site, site_standard=standard)
            days = own["days_below_standard"].values
            if np.isnan(days).all():
                continue
            row: dict[str, float | str] = {"site": str(site), "standard": str(standard)}
            row["chance"] = float((days > 0).mean())
            row |= {f"days_{key}": value for key, value in spread(days).items()}
            people_days = own["person_days_below_standard"].values
            row |= {f"person_days_{key}": value for key, value in spread(people_days).items()}
            rows.append(row)
    return pd.DataFrame(rows)


def clocks(measures: xr.Dataset) -> pd.DataFrame:
    """Summarize who is beyond each legal time limit.

    Parameters
    ----------
    measures : xarray.Dataset

    Returns
    -------
    pandas.DataFrame
        One row per category: median and 90 % range of the persons beyond each limit, in columns
        such as ``24 hours without a place_median``.

    """
    rows = []
    for category in measures["category"].values:
        row: dict[str, float | str] = {"category": str(category)}
        for clock in measures["clock"].values:
            sample = measures["beyond_clock"].sel(category=category, clock=clock).values
            row |= {f"{clock}_{key}": value for key, value in spread(sample).items()}
        rows.append(row)
    return pd.DataFrame(rows)


def steps(measures: xr.Dataset) -> pd.DataFrame:
    """Summarize waiting at each step that somebody asked for.

    Parameters
    ----------
    measures : xarray.Dataset

    Returns
    -------
    pandas.DataFrame
        One row per step: median and 90 % range of ``persons_requesting``, ``persons_late``,
        ``persons_leaving``, ``persons_still_waiting`` (persons) and of ``waiting_time_mean``,
        ``waiting_time_p90`` (hours).

    """
    names = (
        "persons_requesting",
        "persons_late",
        "persons_leaving",
        "persons_still_waiting",
        "waiting_time_mean",
        "waiting_time_p90",
    )
    rows = []
    for step in measures["step"].values:
        own = measures.sel(step=step)
        if not float(own["persons_requesting"].sum()):
            continue
        row: dict[str, float | str] = {"step": str(step)}
        for name in names:
            row |= {f"{name}_{key}": value for key, value in spread(own[name].values).items()}
        rows.append(row)
    return pd.DataFrame(rows)


def triggers(measures: xr.Dataset) -> pd.DataFrame:
    """Summarize what each trigger did.

    Parameters
    ----------
    measures : xarray.Dataset

    Returns
    -------
    pandas.DataFrame
        One row per trigger: ``chance`` that it fires with its 95 % interval (``chance_low``,
        ``chance_high``), ``fired`` and ``came`` (median day over the replications in which it
        fires, or in which its capacity comes), ``chance_breach`` (share of replications in which
        the standard of what it changes is broken and its capacity comes) and, over these, median
        and 90 % range of the hours from the breach until the capacity (``delay_median``...).

    """
    dates = pd.DatetimeIndex(measures["date"].values)
    rows = []
    for name in measures["trigger"].values:
        own = measures.sel(trigger=name)
        fires = np.asarray(own["trigger_firings"].values > 0)
        delay = own["trigger_delay"].values
        row: dict[str, object] = {"trigger": str(name), "chance": float(fires.mean())}
        for key in ("fired", "came"):
            hours = own[f"trigger_{key}"].values
            days = np.floor(hours[np.isfinite(hours)] / 24).astype(np.int64)
            row[key] = _middle_day(dates, days)
        row |= _chance_interval(fires)
        row["chance_breach"] = float(np.isfinite(delay).mean())
        row |= {f"delay_{key}": value for key, value in spread(delay).items()}
        rows.append(row)
    return pd.DataFrame(rows)


def scalars(measures: xr.Dataset) -> dict[str, dict[str, float]]:
    """Summarize every measure without dims besides ``replication``: median and 90 % range."""
    return {
        str(name): spread(values.values.astype(float))
        for name, values in measures.data_vars.items()
        if values.dims == ("replication",)
    }


def outcome(measures: xr.Dataset, name: str) -> dict[str, float]:
    """Summarize the persons with one outcome at the end: median, 90 % range, chance of any."""
    own = measures["persons_by_outcome"].sel(group_outcome=name).values.astype(float)
    return spread(own) | {"chance": float((own > 0).mean())}


def totals(forecast: xr.DataArray) -> NDArray[np.float64]:
    """Return the sum over all periods of each sample, persons."""
    return np.asarray(forecast.sum("time").values, dtype=np.float64)


LONGEST_BY_DAY: Final = 31
"""Days up to which a table of a daily forecast has a row for each; beyond, one for each month."""


def shown_periods(samples: xr.DataArray) -> xr.DataArray:
    """Return samples by the periods that a table can show: sums by month of a long daily series.

    Parameters
    ----------
    samples : xarray.DataArray, (sample, time), persons per period

    Returns
    -------
    xarray.DataArray, (sample, time), persons per period

    """
    if samples.attrs.get("period") == "month" or samples.sizes["time"] <= LONGEST_BY_DAY:
        return samples
    summed = samples.resample(time="MS").sum(keep_attrs=True)
    return summed.assign_attrs(samples.attrs | {"period": "month"})


def months(forecast: xr.DataArray, benchmark: xr.DataArray | None) -> pd.DataFrame:
    """Summarize a forecast by period, beside its benchmark.

    Parameters
    ----------
    forecast : xarray.DataArray, (sample, time), persons per period
    benchmark : xarray.DataArray or None, (sample, time), persons per period

    Returns
    -------
    pandas.DataFrame
        ``time`` and, in persons per period, the median and the limits of the 50 % and 90 %
        intervals; the benchmark's columns end in ``_benchmark``.

    """
    table = pd.DataFrame({"time": pd.DatetimeIndex(forecast["time"].values)})
    names = ("q05", "q25", "q50", "q75", "q95")
    for samples, ending in ((forecast, ""), (benchmark, "_benchmark")):
        if samples is None:
            continue
        values = samples.transpose("sample", "time").values
        quantiles = np.quantile(values, [0.05, 0.25, 0.5, 0.75, 0.95], axis=0)
        for name, row in zip(names, quantiles, strict=True):
            table[f"{name}{ending}"] = row
    return table
