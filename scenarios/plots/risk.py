"""Figures of what may come once in many years, and of what a driver moves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from scenarios.numbers import count
from scenarios.plots.style import BLUE, GRID, INK, ORANGE, SKY, axes_or_new, styled, use_counts

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes


@styled
def plot_annual_exceedance(table: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw how many people a year displaces that comes once in so many years, with intervals.

    Parameters
    ----------
    table : pandas.DataFrame
        From :func:`forecasting.annual_exceedance`; persons per year.
    ax : matplotlib.axes.Axes or None
        Where to draw; None makes a new figure.

    Returns
    -------
    matplotlib.axes.Axes

    """
    ax = axes_or_new(ax, height=3.0)
    rows = table.drop("average")
    periods = rows.index.to_numpy(dtype=float)
    ax.fill_between(periods, rows["low"], rows["high"], color=SKY, alpha=0.4, linewidth=0)
    ax.plot(periods, rows["persons"], "o-", color=BLUE, linewidth=2, markersize=5)
    average = table.loc["average"]
    for value, words, color in (
        (float(average["persons"]), "annual average, model", BLUE),
        (float(average["observed"]), "annual average on record", INK),
    ):
        ax.axhline(value, color=color, linewidth=1.0, linestyle=(0, (4, 3)))
        ax.annotate(
            f"{words}: {count(value)}",
            (periods[-1], value),
            xytext=(0, 3 if color == INK else -3),
            textcoords="offset points",
            ha="right",
            va="bottom" if color == INK else "top",
            fontsize=8,
            color=color,
        )
    ax.set_xscale("log")
    ax.xaxis.set_major_locator(FixedLocator(list(periods)))
    ax.xaxis.set_minor_locator(NullLocator())
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    ax.set_xlabel("years between such years, on average")
    ax.set_ylabel("persons displaced in a year")
    use_counts(ax)
    return ax


@styled
def plot_driver_moves(table: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw how many more or fewer people each driver moves, by cause, with 90 % intervals.

    Parameters
    ----------
    table : pandas.DataFrame
        From :func:`forecasting.driver_moves`; persons over the whole horizon.
    ax : matplotlib.axes.Axes or None

    Returns
    -------
    matplotlib.axes.Axes

    """
    rows = table[(table["difference"] != 0) | (table["low"] != 0) | (table["high"] != 0)]
    ax = axes_or_new(ax, height=0.9 + 0.32 * max(len(rows), 2))
    ax.axvline(0, color=INK, linewidth=1.2)
    for position, ((_, cause), row) in enumerate(rows.iloc[::-1].iterrows()):
        color = ORANGE if cause == "all" else BLUE
        ax.hlines(position, row["low"], row["high"], color=color, linewidth=2)
        told = row["low"] > 0 or row["high"] < 0
        face = color if told else "white"
        ax.plot(
            row["difference"],
            position,
            "o",
            color=face,
            markeredgecolor=color,
            markersize=6,
            zorder=3,
        )
    names = [
        f"{driver.upper() if driver != 'together' else driver}: {cause}"
        for driver, cause in rows.index
    ]
    ax.set_yticks(range(len(rows)), names[::-1])
    ax.set_ylim(-0.6, max(len(rows), 1) - 0.4)
    ax.grid(visible=False, axis="y")
    ax.grid(visible=True, axis="x", color=GRID, linewidth=0.7)
    low = float(rows["low"].min()) if len(rows) else -1.0
    high = float(rows["high"].max()) if len(rows) else 1.0
    room = 0.08 * max(high - low, 1.0)
    ax.set_xlim(min(low, 0.0) - room, max(high, 0.0) + room)
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: count(value)))
    ax.set_xlabel("persons more or fewer over the horizon (hollow: cannot be told from none)")
    return ax
