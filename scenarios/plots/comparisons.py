"""Figures of what plans change: paired differences, and where everyone is at the end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from matplotlib.ticker import FuncFormatter, MaxNLocator

from scenarios.labels import OUTCOMES, measure_label, words
from scenarios.language import say
from scenarios.numbers import count, percent, signed
from scenarios.plots.style import (
    BLUE,
    GREEN,
    INK,
    MUTED,
    ORANGE,
    PURPLE,
    WIDE,
    axes_or_new,
    for_phone,
    is_narrow,
    key_above,
    new_figure,
    styled,
    wrapped,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    import pandas as pd
    import xarray as xr
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

PLAN_LOOKS: Final = ((BLUE, "o"), (ORANGE, "s"), (GREEN, "^"), (PURPLE, "D"), (MUTED, "v"))

OUTCOME_LOOKS: Final = {
    "returned_home": ("#9ecae1", ""),
    "moved_onward": ("#4292c6", ""),
    "in_site": ("#08519c", ""),
    "waiting_for_onward_travel": ("#c7c7c7", ""),
    "in_screening_or_registration": ("#e3d3a4", ""),
    "waiting_for_place": ("#fdae6b", "//"),
    "left_without_place": ("#e6550d", "//"),
    "waiting_for_rescue": ("#a63603", ".."),
    "not_reached": ("#3b0f0f", ""),
    "recovered_dead": ("#000000", ""),
    "missing": ("#000000", "//"),
    "died_in_reception": ("#000000", ".."),
}
"""Color and hatching per outcome: blue ended well or is housed, orange to black did not."""
_LEAST_SPAN: Final = 0.02
"""To either side of no difference: what is less is written as 0, on the axis too."""
DEATHS: Final = ("recovered_dead", "missing", "died_in_reception")
"""Outcomes that are drawn and named only where somebody died."""


def moved(comparison: pd.DataFrame) -> pd.Series[bool]:
    """Tell for each row of a comparison whether the plan changes the measure in any future."""
    return comparison[["difference", "low", "high"]].fillna(0.0).ne(0.0).any(axis=1)


@styled
def plot_comparison(
    comparison: pd.DataFrame, *, titles: Mapping[str, str] | None = None, width: float = WIDE
) -> NDArray[Any]:
    """Draw paired differences as dots with 95 % intervals, one panel per measure.

    Parameters
    ----------
    comparison : pandas.DataFrame
        Columns ``plan``, ``measure``, ``difference``, ``low``, ``high`` in the unit of the measure.
    titles : mapping of str to str or None
        What to call each plan; without it, its name.
    width : float, inches
        Of the new figure.

    Returns
    -------
    numpy.ndarray of matplotlib.axes.Axes, (measure,)
        An interval that meets the zero line is drawn hollow: not distinguishable. Measures that no
        plan changes in any future have no panel; if there is no other, a sentence says so.

    """
    measures = list(dict.fromkeys(comparison.loc[moved(comparison), "measure"]))
    if not measures:
        return _nothing_moved(comparison["measure"].nunique(), width)
    plans = list(dict.fromkeys(comparison["plan"]))
    shown = [wrapped((titles or {}).get(plan, words(plan)), 24) for plan in plans]
    columns = 1 if for_phone(width) else min(2, len(measures))
    rows = -(-len(measures) // columns)
    lines = sum(1.5 + 0.8 * label.count("\n") for label in shown)
    figure = new_figure(width, rows * (0.75 + 0.2 * lines) + 0.1)
    panels = figure.subplots(rows, columns, squeeze=False)
    for position, (ax, measure) in enumerate(zip(panels.flat, measures, strict=False)):
        table = comparison[comparison["measure"] == measure].set_index("plan")
        labels = shown if position % columns == 0 else [""] * len(plans)
        _differences(ax, table.reindex(plans), str(measure), labels)
    for ax in panels.flat[len(measures) :]:
        ax.remove()
    return np.asarray(panels.flat[: len(measures)])


def _nothing_moved(measures: int, width: float) -> NDArray[Any]:
    """Say that every plan gave the same; a grid of zeros would hide it."""
    ax = new_figure(width, 0.6).subplots()
    ax.set_axis_off()
    told = say("No plan changes any of the {measures} measures in any future.", measures=measures)
    ax.text(0, 0.5, wrapped(told, 40 if is_narrow(ax) else 80), va="center", color=INK)
    return np.asarray([ax])


def _differences(ax: Axes, table: pd.DataFrame, measure: str, names: list[str]) -> None:
    label = measure_label(measure)
    ax.axvline(0, color=INK, linewidth=1.2)
    largest = 0.0
    for row, (_, values) in enumerate(table.iterrows()):
        color, marker = PLAN_LOOKS[row % len(PLAN_LOOKS)]
        low, high = float(values["low"]), float(values["high"])
        middle = float(values["difference"])
        if not np.isfinite(middle):
            continue
        clear = low > 0 or high < 0
        ax.hlines(row, low, high, color=color, linewidth=2)
        ax.plot(
            middle,
            row,
            marker,
            color=color,
            markersize=7,
            markerfacecolor=color if clear else "white",
            markeredgewidth=1.5,
        )
        ax.annotate(
            signed(middle),
            (middle, row),
            xytext=(0, 8),
            textcoords="offset points",
            ha="center",
            fontsize=8,
            color=INK,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.2},
        )
        largest = max(largest, abs(low), abs(high), abs(middle))
    ax.set_ylim(len(table) - 0.4, -0.75)
    ax.set_yticks(np.arange(len(table)))
    ax.set_yticklabels(names)
    ax.tick_params(axis="y", length=0)
    limit = max(1.25 * largest, _LEAST_SPAN) if largest > 0 else 1.0
    ax.set_xlim(-limit, limit)
    ax.xaxis.set_major_locator(MaxNLocator(nbins=4, symmetric=True))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: signed(value)))
    ax.grid(visible=True, axis="x")
    ax.grid(visible=False, axis="y")
    ax.spines["left"].set_visible(False)
    ax.set_title(wrapped(label.label, 34), fontsize=8.5)
    ax.set_xlabel(label.unit, fontsize=8, labelpad=1)


@styled
def plot_outcomes(plans: Mapping[str, xr.Dataset], *, ax: Axes | None = None) -> Axes:
    """Draw where everyone is when the run ends: one stacked bar per plan, means over replications.

    Parameters
    ----------
    plans : mapping of str to xarray.Dataset
        Title of each plan and its measures.
    ax : matplotlib.axes.Axes or None

    Returns
    -------
    matplotlib.axes.Axes

    """
    ax = axes_or_new(ax, height=outcome_figure_height(len(plans), WIDE))
    narrow = is_narrow(ax)
    means = {
        title: measures["persons_by_outcome"].mean("replication").to_series().to_dict()
        for title, measures in plans.items()
    }
    total = max((sum(values.values()) for values in means.values()), default=0.0) or 1.0
    quiet = {name for name in DEATHS if not any(values.get(name) for values in means.values())}
    looks = {name: look for name, look in OUTCOME_LOOKS.items() if name not in quiet}
    for row, values in enumerate(means.values()):
        left = 0.0
        for name, (color, hatch) in looks.items():
            size = float(values.get(name, 0.0))
            ax.barh(
                row,
                size,
                left=left,
                height=0.42 if narrow else 0.6,
                color=color,
                hatch=hatch,
                edgecolor="white",
                linewidth=0.6,
                label=say(OUTCOMES[name]) if row == 0 else None,
            )
            if size > (0.13 if narrow else 0.07) * total:
                ax.text(
                    left + size / 2,
                    row,
                    percent(size / max(sum(values.values()), 1.0)),
                    ha="center",
                    va="center",
                    fontsize=8,
                    color="white" if _is_dark(color) else INK,
                    fontweight="bold",
                )
            left += size
    ax.set_ylim(len(means) - 0.5, -0.85 if narrow else -0.5)
    ax.set_yticks(range(len(means)))
    ax.set_yticklabels([] if narrow else [wrapped(title, 26) for title in means])
    if narrow:
        for row, title in enumerate(means):
            ax.text(0, row - 0.26, wrapped(title, 46), fontsize=8.5, va="bottom")
    ax.tick_params(axis="y", length=0)
    ax.set_xlim(0, total)
    ax.xaxis.set_major_locator(MaxNLocator(nbins=3 if narrow else 5))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: count(value)))
    ax.set_xlabel(say("persons who asked for the services (mean over the simulated futures)"))
    if narrow:
        ax.set_xlabel(say("persons (mean over the futures)"))
    ax.grid(visible=False, axis="y")
    ax.spines["left"].set_visible(False)
    key_above(ax, columns=1 if narrow else 3)
    return ax


def _is_dark(color: str) -> bool:
    red, green, blue = (int(color[i : i + 2], 16) for i in (1, 3, 5))
    return 0.299 * red + 0.587 * green + 0.114 * blue < 140


def outcome_figure_height(plans: int, width: float) -> float:
    """Return a good height for :func:`plot_outcomes`, inches."""
    return 2.3 + 0.8 * plans if for_phone(width) else 1.35 + 0.42 * plans
