"""Figures of past episodes: what was counted, and observed points on the simulated curve."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from matplotlib.dates import date2num

from scenarios.language import say
from scenarios.plots.style import (
    BLUE,
    INK,
    ORANGE,
    SKY,
    axes_or_new,
    is_narrow,
    styled,
    use_counts,
    use_dates,
)

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes
    from numpy.typing import NDArray


def _numbers(dates: Any) -> NDArray[np.float64]:
    return np.asarray(date2num(pd.DatetimeIndex(dates)), dtype=np.float64)


@styled
def plot_observed(curve: pd.DataFrame, points: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw observed points on the curve that was simulated.

    Parameters
    ----------
    curve : pandas.DataFrame
        ``date`` and quantiles, persons; from :func:`scenarios.observed.simulated_curves`.
    points : pandas.DataFrame
        ``date``, ``observed`` (persons) and ``used``; from
        :func:`scenarios.observed.observed_points`.
    ax : matplotlib.axes.Axes or None
        Where to draw; None makes a new figure.

    Returns
    -------
    matplotlib.axes.Axes
        Median with 50 % and 90 % intervals; hollow points were used for fitting. What was
        observed over several days is drawn as its daily mean on the first of them.

    """
    ax = axes_or_new(ax, height=2.9)
    x = _numbers(curve["date"])
    ax.fill_between(x, curve["low_90"], curve["high_90"], color=SKY, alpha=0.4, linewidth=0)
    ax.fill_between(x, curve["low_50"], curve["high_50"], color=BLUE, alpha=0.55, linewidth=0)
    ax.plot(x, curve["median"], color="#00395c", linewidth=1.4)
    days = (pd.DatetimeIndex(points["until"]) - pd.DatetimeIndex(points["date"])).days
    values = points["observed"].to_numpy(dtype=float) / np.maximum(np.asarray(days), 1)
    used = (points["used"] == "fitted").to_numpy()
    for chosen, color in ((~used, ORANGE), (used, "white")):
        ax.plot(
            _numbers(points["date"])[chosen],
            values[chosen],
            linestyle="none",
            marker="o",
            markersize=4 if len(points) < 120 else 2.4,
            markerfacecolor=color,
            markeredgecolor=ORANGE if color == "white" else INK,
            markeredgewidth=0.7,
        )
    top = max(float(curve["high_90"].max()), float(np.nanmax(values, initial=0.0)), 1.0)
    use_dates(ax, ticks=5 if is_narrow(ax) else 8)
    use_counts(ax, ticks=4)
    ax.set_ylim(0, 1.08 * top)
    ax.set_xlim(x[0] - 0.5, x[-1] + 1)
    ax.set_ylabel(say("persons"))
    return ax


@styled
def plot_counts(counts: xr.DataArray, *, ax: Axes | None = None) -> Axes:
    """Draw what was counted by period, as a replay takes it.

    Parameters
    ----------
    counts : xarray.DataArray, (sample, time), persons per period
        Drawn as the median over samples.
    ax : matplotlib.axes.Axes or None

    Returns
    -------
    matplotlib.axes.Axes

    """
    ax = axes_or_new(ax, height=3.1)
    period = str(counts.attrs.get("period", "period"))
    values = np.median(counts.transpose("sample", "time").values, axis=0)
    x = _numbers(counts["time"].values)
    edges = np.append(x, x[-1] + {"day": 1, "week": 7}.get(period, 30))
    ax.stairs(values, edges, fill=True, color=BLUE, alpha=0.75)
    use_dates(ax, ticks=5 if is_narrow(ax) else 8)
    use_counts(ax, ticks=4)
    ax.set_ylim(0, 1.08 * max(float(values.max(initial=0.0)), 1.0))
    ax.set_xlim(edges[0], edges[-1])
    ax.set_ylabel(say("persons per {period}", period=say(period)))
    return ax
