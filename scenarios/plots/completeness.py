"""What a table of flows holds: known, zero or missing, series by series."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
from matplotlib.colors import ListedColormap
from matplotlib.dates import date2num
from matplotlib.patches import Patch

from forecasting.quality import series_names
from scenarios.plots.style import INK, SKY, axes_or_new, styled, use_dates

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes

ROWS: Final = 30
"""Series shown at most: those with most persons."""
_COLORS: Final = ("#ffffff", "#d9d9d9", SKY, "#08306b")
_WORDS: Final = ("missing", "zero", "above zero", "the largest tenth of those")


@styled
def plot_completeness(flows: xr.DataArray, *, ax: Axes | None = None) -> Axes:
    """Draw for every series and period whether it is missing, zero, some, or exceptionally many.

    Parameters
    ----------
    flows : xarray.DataArray, (time, location[, cause]), persons per period
    ax : matplotlib.axes.Axes or None
        Where to draw; None makes a new figure.

    Returns
    -------
    matplotlib.axes.Axes
        At most 30 series, those with most persons first.

    """
    places = [str(dim) for dim in flows.dims if dim != "time"]
    stacked = flows.stack(series=places).transpose("series", "time")  # noqa: PD013
    values = np.asarray(stacked.to_numpy(), dtype=float)
    order = np.argsort(-np.nansum(values, axis=1), kind="stable")[:ROWS]
    names = series_names(flows)
    labels = [names[row] for row in order]
    kind = np.array([_kinds(values[row]) for row in order])
    ax = axes_or_new(ax, height=0.9 + 0.19 * max(len(order), 5))
    times = pd.DatetimeIndex(flows["time"].to_numpy())
    step = times[1] - times[0] if len(times) > 1 else pd.Timedelta(days=1)
    edges = np.asarray(date2num(np.append(times.to_numpy(), (times[-1] + step).to_numpy())))
    colors = ListedColormap(list(_COLORS))
    rows = np.arange(len(order) + 1) - 0.5
    ax.pcolormesh(edges, rows, kind, cmap=colors, vmin=-0.5, vmax=3.5, rasterized=True)
    ax.set_ylim(len(order) - 0.5, -0.5)
    ax.set_yticks(range(len(order)), labels)
    ax.grid(visible=False)
    use_dates(ax)
    patches = [
        Patch(facecolor=color, edgecolor=INK, linewidth=0.5, label=word)
        for color, word in zip(_COLORS, _WORDS, strict=True)
    ]
    ax.legend(
        handles=patches,
        loc="lower left",
        bbox_to_anchor=(0, 1.0),
        ncols=4,
        frameon=False,
        fontsize=8,
        handlelength=1.0,
        columnspacing=1.2,
    )
    if stacked.sizes["series"] > ROWS:
        ax.set_xlabel(f"{ROWS} of {stacked.sizes['series']} series, those with most persons")
    return ax


def _kinds(values: np.ndarray[tuple[int], np.dtype[np.float64]]) -> list[int]:
    known = values[np.isfinite(values)]
    some = known[known > 0]
    high = float(np.quantile(some, 0.9)) if some.size else np.inf
    return [
        0 if np.isnan(value) else 1 if value == 0 else 3 if value >= high else 2 for value in values
    ]
