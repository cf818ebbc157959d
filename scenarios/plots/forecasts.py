"""Figures of what could happen: the forecast against the past, its benchmark and its record."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
from matplotlib.dates import AutoDateLocator, date2num
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from scenarios.labels import words
from scenarios.language import say
from scenarios.numbers import count, short_month, signed_percent
from scenarios.plots.style import (
    BLUE,
    GREEN,
    INK,
    MUTED,
    ORANGE,
    SKY,
    Dates,
    axes_or_new,
    is_narrow,
    key_above,
    styled,
    use_counts,
    use_dates,
)

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

LEVELS: Final = (0.05, 0.25, 0.5, 0.75, 0.95)
LINEAR_UP_TO: Final = 100.0
"""Up to this many persons the logarithmic axis is linear, so that zero fits."""
_BURSTY: Final = 30.0


def quantiles(forecast: xr.DataArray) -> NDArray[np.float64]:
    """Return the 5, 25, 50, 75 and 95 % quantiles of samples by period.

    Parameters
    ----------
    forecast : xarray.DataArray, (sample, time), persons per period

    Returns
    -------
    numpy.ndarray, (quantile, time), persons per period

    """
    values = forecast.transpose("sample", "time").values
    return np.asarray(np.quantile(values, LEVELS, axis=0), dtype=np.float64)


def needs_log(observed: xr.DataArray, forecast: xr.DataArray) -> bool:
    """Tell whether the counts are so bursty that a linear axis would hide all but the peaks."""
    past = observed.values[np.isfinite(observed.values)]
    typical = float(np.median(past)) if past.size else 0.0
    top = max(float(np.max(past, initial=0.0)), float(quantiles(forecast)[-1].max(initial=0.0)))
    return top > _BURSTY * max(typical, 1.0)


def use_person_axis(ax: Axes, top: float, *, log: bool, label: str) -> None:
    """Set up the vertical axis in persons, linear or logarithmic with room for zero."""
    ax.set_ylabel(label)
    if not log:
        use_counts(ax)
        ax.set_ylim(0, max(1.0, 1.08 * top))
        return
    ax.set_yscale("symlog", linthresh=LINEAR_UP_TO, linscale=0.5)
    decades = int(np.ceil(np.log10(max(top, 1e3))))
    ticks = [0.0, *(10.0**power for power in range(2, decades + 1))]
    ax.yaxis.set_major_locator(FixedLocator(ticks))
    ax.yaxis.set_minor_locator(NullLocator())
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: count(value)))
    ax.set_ylim(0, max(1.5 * top, 2e3))


def _dates(array: xr.DataArray) -> NDArray[np.float64]:
    return np.asarray(date2num(array["time"].values), dtype=np.float64)


def _period(array: xr.DataArray) -> str:
    return str(array.attrs.get("period", "period"))


@styled
def plot_forecast_fan(
    forecast: xr.DataArray,
    observed: xr.DataArray,
    *,
    past_periods: int = 36,
    scale: str = "auto",
    ax: Axes | None = None,
) -> Axes:
    """Draw a forecast with its 50 % and 90 % intervals as a fan that continues the past.

    Parameters
    ----------
    forecast : xarray.DataArray, (sample, time), persons per period
    observed : xarray.DataArray, (time,), persons per period
        Without periods where the past is not known, as with a forecast received in a package.
    past_periods : int
        How much of the past is shown.
    scale : str
        ``linear``, ``log`` (linear up to 100 persons) or ``auto``: logarithmic when the largest
        value is more than thirty times the median month.
    ax : matplotlib.axes.Axes or None
        Where to draw; None makes a new figure.

    Returns
    -------
    matplotlib.axes.Axes

    """
    ax = axes_or_new(ax)
    past = observed.isel(time=slice(-past_periods, None))
    bands = quantiles(forecast)
    log = needs_log(observed, forecast) if scale == "auto" else scale == "log"
    x_past, x = _dates(past), _dates(forecast)
    ax.plot(x_past, past.values, color=INK, linewidth=1.1, marker="o", markersize=2.2)
    ax.fill_between(x, bands[0], bands[4], color=SKY, alpha=0.4, linewidth=0)
    ax.fill_between(x, bands[1], bands[3], color=BLUE, alpha=0.55, linewidth=0)
    ax.plot(x, bands[2], color="#00395c", linewidth=2, marker="o", markersize=3)
    use_dates(ax, ticks=5 if is_narrow(ax) else 8)
    top = max(float(np.nanmax(past.values, initial=0.0)), float(bands.max(initial=0.0)))
    use_person_axis(
        ax, top, log=log, label=say("persons per {period}", period=say(_period(forecast)))
    )
    reference = (
        float(date2num(forecast["reference_date"].values))
        if ("reference_date" in forecast.coords)
        else float(x[0])
    )
    ax.axvline(reference, color=MUTED, linewidth=0.8, linestyle=(0, (4, 3)))
    first = x_past[0] if x_past.size else x[0]
    width = max(x[-1] - first, 1.0)
    ax.set_xlim(first - 0.01 * width, x[-1] + (0.27 if is_narrow(ax) else 0.16) * width)
    _label_ends(ax, x[-1] + (0.03 if is_narrow(ax) else 0.015) * width, bands[:, -1])
    ax.annotate(
        say("observed") if past.size else "",
        (reference, 1.0),
        xycoords=("data", "axes fraction"),
        xytext=(-4, 2),
        textcoords="offset points",
        ha="right",
        va="bottom",
        color=INK,
        fontsize=8.5,
    )
    ax.annotate(
        say(str(forecast.attrs.get("kind", "forecast"))),
        (reference, 1.0),
        xycoords=("data", "axes fraction"),
        xytext=(4, 2),
        textcoords="offset points",
        ha="left",
        va="bottom",
        color=BLUE,
        fontweight="bold",
        fontsize=8.5,
    )
    return ax


def _label_ends(ax: Axes, x: float, ends: NDArray[np.float64]) -> None:
    """Name the median and the interval limits at the right end, spread so they do not touch."""
    names = (
        (4, "95 %", BLUE),
        (3, "75 %", BLUE),
        (2, say("median"), "#00395c"),
        (1, "25 %", BLUE),
        (0, "5 %", BLUE),
    )
    transform = ax.transData
    inverse = ax.transAxes.inverted()
    heights = [
        float(inverse.transform(transform.transform((x, max(float(ends[index]), 0.0))))[1])
        for index, _, _ in names
    ]
    placed = _spread(heights, gap=0.062)
    for (index, name, color), height in zip(names, placed, strict=True):
        ax.annotate(
            name,
            (x, height),
            xycoords=("data", "axes fraction"),
            va="center",
            color=color,
            fontsize=8,
            fontweight="bold" if index == 2 else "normal",
            annotation_clip=False,
        )


def _spread(heights: list[float], gap: float) -> list[float]:
    """Move heights, given from top to bottom, apart to at least a gap, inside 0 to 1."""
    placed = list(heights)
    for i in range(len(placed) - 1, -1, -1):
        floor = 0.02 if i == len(placed) - 1 else placed[i + 1] + gap
        placed[i] = max(placed[i], floor)
    for i, height in enumerate(placed):
        ceiling = 0.98 if i == 0 else placed[i - 1] - gap
        placed[i] = min(height, ceiling)
    return placed


@styled
def plot_forecast_intervals(
    forecast: xr.DataArray,
    observed: xr.DataArray,
    *,
    benchmark: xr.DataArray | None = None,
    scale: str = "auto",
    ax: Axes | None = None,
) -> Axes:
    """Draw each period ahead: forecast and benchmark side by side, and past years as dots.

    Parameters
    ----------
    forecast, benchmark : xarray.DataArray, (sample, time), persons per period
    observed : xarray.DataArray, (time,), persons per period
        Its values in the same calendar months are the dots.
    scale : str
        As for :func:`plot_forecast_fan`.
    ax : matplotlib.axes.Axes or None

    Returns
    -------
    matplotlib.axes.Axes

    """
    ax = axes_or_new(ax)
    log = needs_log(observed, forecast) if scale == "auto" else scale == "log"
    times = pd.DatetimeIndex(forecast["time"].values)
    sides = [(forecast, BLUE, -0.14, "forecast")]
    if benchmark is not None:
        sides.append((benchmark, ORANGE, 0.14, "benchmark"))
    top = 0.0
    for samples, color, shift, name in sides:
        bands = quantiles(samples)
        top = max(top, float(bands.max()))
        at = np.arange(len(times)) + shift
        ax.vlines(at, bands[0], bands[4], color=color, linewidth=1.5, alpha=0.9)
        ax.vlines(at, bands[1], bands[3], color=color, linewidth=6, alpha=0.55)
        marker = "o" if name == "forecast" else "s"
        label = say("benchmark")
        if name == "forecast":
            label = say(str(samples.attrs.get("kind", name)))
        ax.plot(
            at, bands[2], marker, color=color, markersize=5.5, markeredgecolor="white", label=label
        )
    months = pd.DatetimeIndex(observed["time"].values).month
    for position, time in enumerate(times):
        past = observed.values[months == time.month]
        top = max(top, float(np.nanmax(past, initial=0.0)))
        key = say("same month, past years") if position == 0 else None
        at = np.full(past.size, position + 0.34)
        ax.plot(at, past, "_", color=INK, markersize=7, alpha=0.75, label=key)
    ax.set_xticks(np.arange(len(times)))
    ax.set_xticklabels(
        [
            short_month(t.month) + (f"\n{t.year}" if k == 0 or t.month == 1 else "")
            for k, t in enumerate(times)
        ]
    )
    ax.set_xlim(-0.5, len(times) - 0.4)
    use_person_axis(
        ax, top, log=log, label=say("persons per {period}", period=say(_period(forecast)))
    )
    key_above(ax, columns=2 if is_narrow(ax) else 3)
    return ax


@styled
def plot_drivers(
    drivers: xr.Dataset,
    *,
    reference_date: object,
    past_periods: int = 60,
    ax: Axes | None = None,
) -> Axes:
    """Draw climate indices with their assumed path after the reference date.

    Parameters
    ----------
    drivers : xarray.Dataset, (time,) or (sample, time)
        One variable per index, in degrees Celsius unless its ``units`` say otherwise.
    reference_date : date-like
        Where the past ends.
    past_periods : int
        How much of the past is shown.
    ax : matplotlib.axes.Axes or None

    Returns
    -------
    matplotlib.axes.Axes

    """
    ax = axes_or_new(ax, height=2.0)
    past = int((drivers["time"] < np.datetime64(str(reference_date))).sum())
    drivers = drivers.isel(time=slice(max(past - past_periods, 0), None))
    looks = ((ORANGE, "-"), (GREEN, (0, (5, 1.5))), (BLUE, (0, (1.5, 1.5))))
    last = 0.0
    for (name, values), (color, dashes) in zip(drivers.data_vars.items(), looks, strict=False):
        x = _dates(values)
        if "sample" in values.dims:
            low, middle, high = np.nanquantile(
                values.transpose("sample", "time").values, [0.05, 0.5, 0.95], axis=0
            )
            ax.fill_between(x, low, high, color=color, alpha=0.2, linewidth=0)
        else:
            middle = values.values
        ax.plot(x, middle, color=color, linestyle=dashes, linewidth=1.6)
        known = np.flatnonzero(np.isfinite(middle))
        if known.size:
            ax.annotate(
                str(name).upper(),
                (x[known[-1]], float(middle[known[-1]])),
                xytext=(4, 0),
                textcoords="offset points",
                color=color,
                fontweight="bold",
                va="center",
                fontsize=8.5,
                annotation_clip=False,
            )
        last = max(last, float(x[-1]))
    ax.axhline(0, color=MUTED, linewidth=0.7)
    ax.axvline(
        float(date2num(np.datetime64(str(reference_date)))),
        color=MUTED,
        linewidth=0.8,
        linestyle=(0, (4, 3)),
    )
    units = {str(v.attrs.get("units", "degC")) for v in drivers.data_vars.values()}
    ax.set_ylabel(say("anomaly, °C") if units <= {"degC", "°C", "K"} else ", ".join(sorted(units)))
    locator = AutoDateLocator(minticks=3, maxticks=8)
    ax.xaxis.set_major_locator(locator)
    ax.xaxis.set_major_formatter(Dates(locator))
    left = ax.get_xlim()[0]
    ax.set_xlim(left, last + (0.16 if is_narrow(ax) else 0.07) * (last - left))
    return ax


@styled
def plot_skill(skill: pd.DataFrame, *, period: str = "month", ax: Axes | None = None) -> Axes:
    """Draw skill over the benchmark by horizon, with its interval.

    Parameters
    ----------
    skill : pandas.DataFrame
        Columns ``model``, ``benchmark``, ``horizon`` (periods), ``skill``, ``low``, ``high``
        (shares; above zero is better than the benchmark).
    period : str
        Unit of the horizon.
    ax : matplotlib.axes.Axes or None

    Returns
    -------
    matplotlib.axes.Axes

    """
    ax = axes_or_new(ax, height=2.6)
    ax.axhline(0, color=INK, linewidth=1.2)
    benchmarks = list(dict.fromkeys(skill["benchmark"]))
    pairs = list(skill.groupby(["model", "benchmark"], sort=False))
    looks = ((BLUE, "o"), (ORANGE, "s"), (GREEN, "^"), (MUTED, "D"))
    for k, (((model, benchmark), rows), (color, marker)) in enumerate(
        zip(pairs, looks, strict=False)
    ):
        at = rows["horizon"].to_numpy(dtype=float) + 0.14 * (k - (len(pairs) - 1) / 2)
        ax.vlines(at, rows["low"], rows["high"], color=color, linewidth=1.8)
        names = _model_words(str(model))
        if len(benchmarks) > 1:
            names = say(
                "{model} against {benchmark}", model=names, benchmark=_model_words(str(benchmark))
            )
        ax.plot(
            at,
            rows["skill"],
            marker,
            color=color,
            markersize=6,
            markeredgecolor="white",
            label=_begun(names),
        )
    horizons = sorted({int(h) for h in skill["horizon"]})
    ax.set_xticks(horizons)
    ax.set_xlim(horizons[0] - 0.5, horizons[-1] + 0.5)
    key_above(ax, columns=1)
    ax.set_xlabel(say("{periods} ahead", periods=say(f"{period}s")))
    ax.set_ylabel(say("CRPS skill"))
    if len(benchmarks) == 1:
        against = _model_words(str(benchmarks[0]))
        ax.set_ylabel(f"{say('CRPS skill against')}\n{against}")
    limit = float(np.nanmax(np.abs(skill[["low", "high"]].to_numpy(dtype=float)), initial=0.1))
    limit = min(max(1.35 * limit, 0.15), 1.5)
    ax.set_ylim(-limit, limit)
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: signed_percent(value)))
    for text, height, va in (
        (say("better than benchmark"), 0.985, "top"),
        (say("worse"), 0.015, "bottom"),
    ):
        ax.annotate(text, (0.01, height), xycoords="axes fraction", va=va, color=MUTED, fontsize=8)
    return ax


def _model_words(name: str) -> str:
    """Write the name of a model in words; a proper name such as ETS-like stays as it is."""
    return say(words(name)) if name.islower() else name


def _begun(text: str) -> str:
    return text[:1].upper() + text[1:]
