"""Figures of what gives way: occupancy against capacity, and the chance of exceeding it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
from matplotlib.colors import LinearSegmentedColormap, PowerNorm
from matplotlib.dates import date2num
from matplotlib.ticker import FuncFormatter

from scenarios.labels import facility_label
from scenarios.language import say
from scenarios.numbers import count, percent
from scenarios.plots.style import (
    BLUE,
    INK,
    NARROW,
    ORANGE,
    SKY,
    WIDE,
    axes_or_new,
    figure_of,
    for_phone,
    is_narrow,
    new_figure,
    styled,
    use_counts,
    use_dates,
    wrapped,
)
from simulation.measures import exceeds

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

CHANCE_COLORS: Final = LinearSegmentedColormap.from_list(
    "chance", ["#f1f1f1", "#fbdca0", "#f2952f", "#c23a17", "#5c0d0d"]
)
"""From light gray (never) to dark red (always), steadily darker, so it survives gray print."""


def _dates(measures: xr.Dataset) -> NDArray[np.float64]:
    return np.asarray(date2num(measures["date"].values), dtype=np.float64)


def capacity_of(measures: xr.Dataset, facility: str) -> NDArray[np.float64]:
    """Return the capacity of a facility by day, in its own unit."""
    capacity = measures["capacity"].sel(facility=facility)
    if "replication" in capacity.dims:
        capacity = capacity.median("replication")
    return np.asarray(capacity.values, dtype=np.float64)


def unit_words(unit: str, amount: float = 2) -> str:
    """Return the unit of a capacity in words: places for sites, else the noun of the servers.

    Examples
    --------
    >>> unit_words("persons"), unit_words("nurses", 1)
    ('places', 'nurse')

    """
    noun = "places" if unit == "persons" else unit
    return say(noun.removesuffix("s") if amount == 1 else noun)


@styled
def plot_occupancy(
    measures: xr.Dataset, facility: str, *, title: bool = True, ax: Axes | None = None
) -> Axes:
    """Draw the daily peak of people present or waiting against the capacity of a facility.

    Parameters
    ----------
    measures : xarray.Dataset
        From :func:`simulation.measures.dataset`.
    facility : str
        Name of the facility.
    title : bool
        Whether to write its name above.
    ax : matplotlib.axes.Axes or None
        Where to draw; None makes a new figure.

    Returns
    -------
    matplotlib.axes.Axes
        Median and the 50 % and 90 % intervals over replications.

    """
    ax = axes_or_new(ax, height=3.0)
    peak = measures["peak_demand"].sel(facility=facility).transpose("replication", "day").values
    q05, q25, q50, q75, q95 = np.quantile(peak, [0.05, 0.25, 0.5, 0.75, 0.95], axis=0)
    x = _dates(measures)
    ax.fill_between(x, q05, q95, color=SKY, alpha=0.4, linewidth=0)
    ax.fill_between(x, q25, q75, color=BLUE, alpha=0.55, linewidth=0)
    ax.plot(x, q50, color="#00395c", linewidth=1.6)
    capacity = capacity_of(measures, facility)
    ax.plot(x, capacity, color=ORANGE, linewidth=1.8, linestyle=(0, (6, 2)), drawstyle="steps-mid")
    unit = str(measures["facility_unit"].sel(facility=facility).item())
    use_dates(ax, ticks=5 if is_narrow(ax) else 7)
    use_counts(ax, ticks=4)
    top = max(float(q95.max(initial=0.0)), 1.12 * float(capacity.max(initial=0.0)), 1.0)
    ax.set_ylim(0, 1.16 * top)
    ax.set_xlim(x[0], x[-1] + 1)
    ax.set_ylabel(
        say("persons")
        if unit == "persons"
        else f"{say('{servers} busy +', servers=say(unit))}\n{say('persons waiting')}"
    )
    _label_capacity(
        ax, x, capacity, f"{_capacity_text(capacity)} {unit_words(unit, float(capacity.max()))}"
    )
    if title:
        ax.set_title(facility_label(facility))
    return ax


def _capacity_text(capacity: NDArray[np.float64]) -> str:
    low, high = float(capacity.min()), float(capacity.max())
    if low == high:
        return count(high, 4)
    return say("{low} to {high}", low=count(low, 4), high=count(high, 4))


def _label_capacity(
    ax: Axes, x: NDArray[np.float64], capacity: NDArray[np.float64], text: str
) -> None:
    """Write the capacity above its line, where the line is highest and the text has room."""
    start = int(np.argmax(capacity))
    late = start > 0.55 * len(x)
    ax.annotate(
        text,
        (x[start] if not late else x[-1], capacity[start]),
        xytext=(3 if not late else -3, 2.5),
        textcoords="offset points",
        ha="right" if late else "left",
        va="bottom",
        color="#a34700",
        fontsize=8,
        fontweight="bold",
        bbox={"facecolor": "white", "alpha": 0.75, "edgecolor": "none", "pad": 0.6},
    )


@styled
def plot_occupancy_grid(measures: xr.Dataset, *, width: float = WIDE) -> NDArray[Any]:
    """Draw :func:`plot_occupancy` for every facility, each with its own vertical axis.

    Parameters
    ----------
    measures : xarray.Dataset
    width : float, inches
        Of the new figure; below 5 the panels stand in one column.

    Returns
    -------
    numpy.ndarray of matplotlib.axes.Axes, (facility,)

    """
    names = [str(name) for name in measures["facility"].values]
    columns = 1 if for_phone(width) else min(2, len(names))
    rows = -(-len(names) // columns)
    figure = new_figure(width, 1.55 * rows + 0.2)
    panels = figure.subplots(rows, columns, squeeze=False)
    for ax, name in zip(panels.flat, names, strict=False):
        plot_occupancy(measures, name, ax=ax)
    for ax in panels.flat[len(names) :]:
        ax.remove()
    return np.asarray(panels.flat[: len(names)])


@styled
def plot_exceedance(measures: xr.Dataset, *, ax: Axes | None = None) -> Axes:
    """Draw one strip per facility: the chance, day by day, of exceeding capacity or standard.

    Parameters
    ----------
    measures : xarray.Dataset
    ax : matplotlib.axes.Axes or None

    Returns
    -------
    matplotlib.axes.Axes
        Light gray is never, dark is in every future; the highest chance is written at the right.

    """
    names = [str(name) for name in measures["facility"].values]
    ax = axes_or_new(ax, height=0.6 + 0.34 * len(names))
    chance = exceeds(measures).mean("replication").transpose("facility", "day").values
    x = _dates(measures)
    edges = np.append(x, x[-1] + 1)
    mesh = ax.pcolormesh(
        edges,
        np.arange(len(names) + 1),
        chance,
        cmap=CHANCE_COLORS,
        norm=PowerNorm(0.6, vmin=0, vmax=1),
        rasterized=True,
    )
    ax.hlines(np.arange(1, len(names)), edges[0], edges[-1], color="white", linewidth=2.5)
    ax.set_ylim(len(names), 0)
    ax.set_yticks(np.arange(len(names)) + 0.5)
    labels = [facility_label(name) for name in names]
    ax.set_yticklabels([wrapped(label, 14) if is_narrow(ax) else label for label in labels])
    ax.tick_params(axis="y", length=0)
    use_dates(ax, ticks=4 if is_narrow(ax) else 8)
    ax.grid(visible=False)
    ax.set_xlim(edges[0], edges[-1])
    for row, values in enumerate(chance):
        ax.annotate(
            percent(float(values.max(initial=0.0))),
            (1.0, row + 0.5),
            xycoords=("axes fraction", "data"),
            xytext=(5, 0),
            textcoords="offset points",
            va="center",
            color=INK,
            fontsize=8.5,
            annotation_clip=False,
        )
    ax.annotate(
        wrapped(say("highest day"), 8),
        (1.0, 1.0),
        xycoords="axes fraction",
        xytext=(5, 2),
        textcoords="offset points",
        va="bottom",
        fontsize=8,
        annotation_clip=False,
    )
    bar = figure_of(ax).colorbar(
        mesh, ax=ax, location="bottom", shrink=0.5 if not is_narrow(ax) else 0.9, aspect=30
    )
    bar.set_ticks([0, 0.1, 0.25, 0.5, 0.75, 1])
    bar.ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: percent(value)))
    bar.set_label(say("chance on the day"))
    bar.outline.set_linewidth(0.6)
    for side in ("left", "top"):
        ax.spines[side].set_visible(False)
    return ax


def exceedance_figure_height(facilities: int, width: float) -> float:
    """Return a good height for :func:`plot_exceedance`, inches."""
    return 1.3 + (0.4 if width <= NARROW else 0.3) * facilities
