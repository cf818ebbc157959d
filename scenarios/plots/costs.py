"""Figure of what plans cost against what they leave undone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, MaxNLocator

from scenarios.labels import measure_label
from scenarios.language import say
from scenarios.numbers import count, signed
from scenarios.plots.comparisons import PLAN_LOOKS
from scenarios.plots.style import INK, MUTED, WIDE, for_phone, new_figure, styled, wrapped

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from numpy.typing import NDArray


@styled
def plot_costs(table: pd.DataFrame, currency: str, *, width: float = WIDE) -> NDArray[Any]:
    """Draw the cost of plans against their main outcomes, one panel per outcome.

    Parameters
    ----------
    table : pandas.DataFrame
        From :func:`scenarios.choices.cost_against_harm`.
    currency : str
        Of the costs.
    width : float, inches
        Of the new figure.

    Returns
    -------
    numpy.ndarray of matplotlib.axes.Axes, (measure,)
        Cost, and the paired difference of the outcome from the first plan, means with 95 %
        intervals; the line joins the plans on the frontier, a plan that is not on it is drawn
        hollow. Lower left is better.

    """
    measures = list(dict.fromkeys(table["measure"]))
    plans = list(dict.fromkeys(table["plan"]))
    columns = 1 if for_phone(width) else min(2, len(measures))
    rows = -(-len(measures) // columns)
    letters = 44 if for_phone(width) else 80
    key = [wrapped(str(plan), letters) for plan in plans]
    lines = sum(1 + label.count("\n") for label in key)
    height = 2.3 * rows + 0.2 * lines + 0.2
    figure = new_figure(width, height)
    panels = figure.subplots(rows, columns, squeeze=False)
    for ax, measure in zip(panels.flat, measures, strict=False):
        _panel(ax, table[table["measure"] == measure], str(measure), plans, currency)
    for ax in panels.flat[len(measures) :]:
        ax.remove()
    handles = [
        Line2D([], [], color=color, marker=marker, linestyle="", label=label)
        for label, (color, marker) in zip(key, _looks(len(plans)), strict=True)
    ]
    figure.legend(handles=handles, loc="outside upper left", frameon=False, fontsize=8.5, ncols=1)
    return np.asarray(panels.flat[: len(measures)])


def _looks(plans: int) -> list[tuple[str, str]]:
    """Return the looks of the other figures, after one for the first plan."""
    others = [PLAN_LOOKS[number % len(PLAN_LOOKS)] for number in range(plans - 1)]
    return [(INK, "P"), *others]


def _panel(ax: Axes, table: pd.DataFrame, measure: str, plans: list[str], currency: str) -> None:
    looks = dict(zip(plans, _looks(len(plans)), strict=True))
    frontier = table[table["on_frontier"]].sort_values("cost")
    ax.plot(frontier["cost"], frontier["difference"], color=MUTED, linewidth=1.2, zorder=1)
    for row in table.itertuples():
        color, marker = looks[str(row.plan)]
        # Too few futures have no interval: then the mean stands alone.
        limits = np.nan_to_num(
            [
                [row.cost - row.cost_low, row.cost_high - row.cost],
                [row.difference - row.low, row.high - row.difference],
            ]
        )
        ax.errorbar(
            row.cost,
            row.difference,
            xerr=np.maximum(limits[:1].T, 0),
            yerr=np.maximum(limits[1:].T, 0),
            color=color,
            marker=marker,
            markersize=7,
            markerfacecolor=color if row.on_frontier else "white",
            markeredgewidth=1.5,
            capsize=3,
        )
    label = measure_label(measure)
    ax.margins(0.15, 0.2)
    ax.axhline(0, color=MUTED, linewidth=0.8, zorder=0)
    ax.xaxis.set_major_locator(MaxNLocator(nbins=3))
    ax.yaxis.set_major_locator(MaxNLocator(nbins=4))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: count(value, 4)))
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: signed(value)))
    ax.tick_params(colors=INK)
    ax.set_title(wrapped(label.label, 38), fontsize=8.5)
    ax.set_ylabel(say("{unit}, difference", unit=label.unit), fontsize=8)
    ax.set_xlabel(say("cost of the run ({currency})", currency=currency), fontsize=8)
