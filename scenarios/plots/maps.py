"""Where something is short: boundaries of the user where there are any, tiles otherwise."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import matplotlib as mpl
import numpy as np
from matplotlib.collections import PolyCollection
from matplotlib.colors import LogNorm, Normalize

from scenarios.numbers import count
from scenarios.plots.style import GRID, INK, MUTED, axes_or_new, styled

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

UNKNOWN: Final = "#e4e4e4"
_COLORS: Final = "YlOrBr"
_COLUMNS: Final = 9
_COLUMNS_NARROW: Final = 4
_NARROW: Final = 5.0
"""Inches below which tiles get fewer columns."""


@styled
def plot_tiles(places: pd.DataFrame, *, label: str, ax: Axes | None = None) -> Axes:
    """Draw one tile per place, grouped by the place above: a scheme without geography.

    Parameters
    ----------
    places : pandas.DataFrame
        Columns location, location_name, group (name of the place above) and value (persons; NaN
        where unknown, drawn gray).
    label : str
        What the value is, with its unit.
    ax : matplotlib.axes.Axes or None

    Returns
    -------
    matplotlib.axes.Axes

    """
    ax = axes_or_new(ax, height=5.0)
    width = ax.get_figure().get_figwidth()  # type: ignore[union-attr]
    columns = _COLUMNS if width > _NARROW else _COLUMNS_NARROW
    longest = 11 if columns == _COLUMNS else 12
    shade = _Shade(places["value"].to_numpy(dtype=float))
    row = 0.0
    for group, own in places.groupby("group", sort=False):
        ax.text(0, row + 0.32, str(group), va="center", fontsize=7.5, fontweight="bold", color=INK)
        row += 0.5
        for number, (_, place) in enumerate(own.iterrows()):
            x, y = number % columns, row + number // columns
            value = float(place["value"])
            color, ink = shade.of(value)
            ax.add_patch(
                mpl.patches.Rectangle(
                    (x, y), 0.94, 0.9, facecolor=color, edgecolor=GRID if value == 0 else "white"
                )
            )
            name = str(place["location_name"])
            short = name if len(name) <= longest else f"{name[: longest - 1]}."
            ax.text(x + 0.05, y + 0.3, short, fontsize=5.6, color=ink, va="center")
            said = "not known" if np.isnan(value) else count(value)
            ax.text(x + 0.05, y + 0.65, said, fontsize=6.6, color=ink, va="center")
        row += np.ceil(len(own) / columns) + 0.1
    ax.set_xlim(0, columns)
    ax.set_ylim(row, 0)
    return _finished(ax, shade, f"{label}. Scheme of places by name, not a geographic map.")


def tiles_height(places: pd.DataFrame, width: float) -> float:
    """Height in inches that tiles of a readable size need."""
    columns = _COLUMNS if width > _NARROW else _COLUMNS_NARROW
    rows = sum(0.6 + np.ceil(len(own) / columns) for _, own in places.groupby("group"))
    return float(0.9 + 0.36 * rows)


@styled
def plot_boundaries(
    places: pd.DataFrame,
    outlines: Mapping[str, Sequence[NDArray[np.float64]]],
    *,
    label: str,
    ax: Axes | None = None,
) -> Axes:
    """Draw places on the boundaries that the user gave.

    Parameters
    ----------
    places : pandas.DataFrame
        Columns location, location_name and value (persons; NaN where unknown, drawn gray).
    outlines : mapping of str to sequence of numpy.ndarray, (corner, 2)
        Rings of every place by code, as longitude and latitude in degrees.
    label : str
    ax : matplotlib.axes.Axes or None

    Returns
    -------
    matplotlib.axes.Axes

    """
    ax = axes_or_new(ax, height=5.5)
    shade = _Shade(places["value"].to_numpy(dtype=float))
    for row in places.itertuples():
        rings = outlines.get(str(row.location), ())
        color, _ = shade.of(float(row.value))
        ax.add_collection(
            PolyCollection(list(rings), facecolors=color, edgecolors=MUTED, linewidths=0.4)
        )
    corners = np.concatenate([ring for rings in outlines.values() for ring in rings])
    low, high = corners.min(axis=0), corners.max(axis=0)
    room = 0.02 * np.maximum(high - low, 1e-6)
    ax.set_xlim(low[0] - room[0], high[0] + room[0])
    ax.set_ylim(low[1] - room[1], high[1] + room[1])
    # A degree of longitude shrinks toward the poles.
    middle = np.deg2rad(np.clip((low[1] + high[1]) / 2, -80, 80))
    ax.set_aspect(1 / np.cos(middle))
    return _finished(ax, shade, f"{label}. Map on the boundaries given by the user.")


class _Shade:
    """Color of a value: light to dark on a logarithmic scale, gray where unknown."""

    def __init__(self, values: NDArray[np.float64]) -> None:
        known = values[np.isfinite(values) & (values > 0)]
        self.largest = float(known.max()) if known.size else 1.0
        least = max(min(float(known.min()) if known.size else 1.0, self.largest / 10), 1.0)
        top = max(self.largest, 10 * least)
        self.norm: Normalize = LogNorm(least, top)
        self.map = mpl.colormaps[_COLORS]

    def of(self, value: float) -> tuple[object, str]:
        if np.isnan(value):
            return UNKNOWN, INK
        if value <= 0:
            return "white", INK
        share = float(self.norm(value))
        return self.map(0.08 + 0.84 * share), "white" if share > 0.75 else INK


def _finished(ax: Axes, shade: _Shade, label: str) -> Axes:
    ax.grid(visible=False)
    ax.set_xticks([])
    ax.set_yticks([])
    for side in ("left", "bottom"):
        ax.spines[side].set_visible(False)
    least, top = shade.norm.vmin, shade.norm.vmax
    half = float(np.sqrt(least * top))  # type: ignore[operator]
    marks = [shade.of(value)[0] for value in (np.nan, 0.0, least, half, top)]  # type: ignore[arg-type]
    names = ["not known", "none", *(count(v) for v in (least, half, top))]  # type: ignore[arg-type]
    handles = [
        mpl.patches.Patch(facecolor=color, edgecolor=MUTED, linewidth=0.5, label=name)  # type: ignore[arg-type]
        for color, name in zip(marks, names, strict=True)
    ]
    ax.legend(
        handles=handles, loc="upper left", bbox_to_anchor=(0, 0), ncols=5, frameon=False,
        fontsize=7, handlelength=1.2, columnspacing=0.9, borderaxespad=0.3,
    )  # fmt: skip
    ax.set_title(label, fontsize=8, loc="left", wrap=True)
    return ax
