"""Figures of how good forecasts were: against benchmarks, calibration, early warning."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
from matplotlib.ticker import FuncFormatter, MaxNLocator

import forecasting as fc
from scenarios.numbers import percent, signed_percent
from scenarios.plots.forecasts import plot_skill
from scenarios.plots.style import (
    BLUE,
    GREEN,
    INK,
    MUTED,
    ORANGE,
    axes_or_new,
    figure_of,
    key_above,
    styled,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    import xarray as xr
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

LOOKS: Final = ((BLUE, "o", "-"), (ORANGE, "s", (0, (5, 1.5))), (GREEN, "^", (0, (1.5, 1.5))))
PIT_BINS: Final = 10
WIDEST_SKILL: Final = 1.5
"""Skill is drawn from minus this to plus one; a bar beyond it has an arrow."""
PERCENT: Final = FuncFormatter(lambda value, _: percent(value))
_RATIOS: Final = tuple(np.round(np.arange(0.02, 0.81, 0.02), 2).tolist())


@styled
def plot_benchmarks(
    scores: xr.Dataset, judged: str, *, level: str = "series", ax: Axes | None = None
) -> Axes:
    """Draw the skill of one model over every other, on the log scale, with 90 % intervals.

    Parameters
    ----------
    scores : xarray.Dataset
        From :func:`forecasting.backtest`.
    judged : str
        Model whose skill is drawn.
    level : str
        See :func:`forecasting.at_level`.
    ax : matplotlib.axes.Axes or None
        Where to draw; None makes a new figure.

    Returns
    -------
    matplotlib.axes.Axes

    """
    others = [str(name) for name in scores["model"].values if str(name) != judged]
    rows = [
        fc.skill(scores, name, measure="crps_log1p", level=level).loc[judged] for name in others
    ]
    order = np.argsort([row["skill"] for row in rows])
    ax = axes_or_new(ax, height=0.9 + 0.27 * max(len(others), 3))
    ax.axvline(0, color=INK, linewidth=1.2)
    for position, index in enumerate(order):
        row = rows[index]
        told = row["low"] > 0 or row["high"] < 0
        ax.hlines(position, row["low"], row["high"], color=BLUE, linewidth=2)
        ax.plot(
            row["skill"],
            position,
            "o",
            color=BLUE if told else "white",
            markeredgecolor=BLUE,
            markersize=6,
            zorder=3,
        )
    ax.set_yticks(range(len(others)), [others[index] for index in order])
    ax.grid(visible=False, axis="y")
    ax.grid(visible=True, axis="x", color="#dddddd", linewidth=0.7)
    lowest = min((float(row["low"]) for row in rows), default=0.0)
    highest = max((float(row["high"]) for row in rows), default=0.0)
    ax.set_xlim(max(min(1.1 * lowest, -0.1), -WIDEST_SKILL), min(max(1.1 * highest, 0.1), 1.0))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: signed_percent(value)))
    ax.set_xlabel(f"CRPS skill of {judged} over each, log scale (hollow: not told apart)")
    return ax


def pit_histogram(scores: xr.Dataset, model: str, level: str = "series") -> NDArray[np.float64]:
    """Share of cases by tenth of the forecast distribution, for counts with ties.

    The transform of a count is a range and is spread evenly over it (Czado, Gneiting and Held
    2009, Biometrics 65).

    Parameters
    ----------
    scores : xarray.Dataset
        From :func:`forecasting.backtest`.
    model, level : str

    Returns
    -------
    numpy.ndarray, (10,), shares that sum to 1

    """
    chosen = fc.at_level(scores, level).sel(model=model)
    low, high = (chosen[name].values.ravel() for name in ("pit_low", "pit_high"))
    known = np.isfinite(low) & np.isfinite(high)
    low, high = low[known, None], high[known, None]
    edges = np.linspace(0.0, 1.0, PIT_BINS + 1)
    width = np.maximum(high - low, 1e-9)
    below = np.clip((edges - low) / width, 0.0, 1.0)
    below[:, -1] = 1.0
    return np.asarray(np.diff(below, axis=1).mean(axis=0))


@styled
def plot_calibration(
    scores: xr.Dataset, models: Sequence[str], *, level: str = "series", ax: Axes | None = None
) -> Axes:
    """Draw where in the forecast distribution observations fell; even steps are calibrated.

    Parameters
    ----------
    scores : xarray.Dataset
        From :func:`forecasting.backtest`.
    models : sequence of str
        Up to three.
    level : str
        See :func:`forecasting.at_level`.
    ax : matplotlib.axes.Axes or None

    Returns
    -------
    matplotlib.axes.Axes

    """
    ax = axes_or_new(ax, height=2.8)
    edges = np.linspace(0.0, 1.0, PIT_BINS + 1)
    top = 1.0 / PIT_BINS
    for model, (color, _, dashes) in zip(models, LOOKS, strict=False):
        shares = pit_histogram(scores, model, level)
        held = float(fc.score_table(scores, level).loc[model, "covered_90"])
        label = f"{model}: 90 % interval held {percent(held)}"
        ax.stairs(shares, edges, color=color, linestyle=dashes, linewidth=2, label=label)
        top = max(top, float(shares.max()))
    ax.axhline(1.0 / PIT_BINS, color=INK, linewidth=1.0)
    ax.annotate("calibrated", (0.995, 1.0 / PIT_BINS), ha="right", va="bottom", fontsize=8)
    ax.set_xlim(0, 1)
    ax.set_ylim(0, 1.15 * top)
    ax.yaxis.set_major_locator(MaxNLocator(nbins=5, steps=[1, 2, 5, 10]))
    ax.yaxis.set_major_formatter(PERCENT)
    ax.xaxis.set_major_formatter(PERCENT)
    ax.set_xlabel("place of what was observed among the samples, lowest to highest")
    ax.set_ylabel("share of cases")
    key_above(ax, columns=1)
    return ax


@styled
def plot_reliability(
    scores: xr.Dataset, models: Sequence[str], *, level: str = "series", ax: Axes | None = None
) -> Axes:
    """Draw the stated chance of an exceptional period against how often it came.

    Parameters
    ----------
    scores, models, level, ax
        As in :func:`plot_calibration`.

    Returns
    -------
    matplotlib.axes.Axes

    """
    ax = axes_or_new(ax, height=3.2)
    table = fc.reliability(scores, level)
    ax.plot([0, 1], [0, 1], color=INK, linewidth=1.0)
    for model, (color, marker, dashes) in zip(models, LOOKS, strict=False):
        rows = table[table["model"] == model]
        ax.plot(rows["chance"], rows["frequency"], color=color, linestyle=dashes, linewidth=1.2)
        size = 12 + 120 * rows["cases"] / max(float(table["cases"].max()), 1.0)
        ax.scatter(
            rows["chance"],
            rows["frequency"],
            s=size,
            color=color,
            marker=marker,
            edgecolor="white",
            zorder=3,
            clip_on=False,
            label=model,
        )
    _use_shares(ax, "chance stated by the forecast", "share in which it came")
    key_above(ax, columns=2)
    return ax


@styled
def plot_roc(
    scores: xr.Dataset, models: Sequence[str], *, level: str = "series", ax: Axes | None = None
) -> Axes:
    """Draw events warned of against false alarms, for every chance at which one might warn.

    Parameters
    ----------
    scores, models, level, ax
        As in :func:`plot_calibration`.

    Returns
    -------
    matplotlib.axes.Axes

    """
    ax = axes_or_new(ax, height=3.2)
    table = fc.roc_curve(scores, level)
    areas = fc.warning_table(scores, level)["roc_area"]
    ax.plot([0, 1], [0, 1], color=MUTED, linewidth=1.0)
    ax.annotate("no better than luck", (0.72, 0.6), ha="left", color=MUTED, fontsize=8)
    for model, (color, _, dashes) in zip(models, LOOKS, strict=False):
        rows = table[table["model"] == model]
        ax.plot(
            rows["false_alarm_rate"],
            rows["hit_rate"],
            color=color,
            linestyle=dashes,
            linewidth=1.8,
            label=f"{model}: area {areas[model]:.2f}",
        )
    _use_shares(ax, "share of ordinary periods warned of", "share of exceptional ones warned of")
    key_above(ax, columns=1)
    return ax


@styled
def plot_value(
    scores: xr.Dataset, models: Sequence[str], *, level: str = "series", ax: Axes | None = None
) -> Axes:
    """Draw what acting on the forecast is worth, by the cost of acting.

    Parameters
    ----------
    scores, models, level, ax
        As in :func:`plot_calibration`.

    Returns
    -------
    matplotlib.axes.Axes

    """
    ax = axes_or_new(ax, height=2.8)
    table = fc.economic_value(scores, level, _RATIOS)
    ax.axhline(0, color=INK, linewidth=1.0)
    for model, (color, _, dashes) in zip(models, LOOKS, strict=False):
        ax.plot(
            _RATIOS,
            table.loc[model],
            color=color,
            linestyle=dashes,
            linewidth=1.8,
            label=model,
        )
    ax.set_xlim(0, _RATIOS[-1])
    ax.set_ylim(-0.5, 1.0)
    ax.xaxis.set_major_formatter(PERCENT)
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: signed_percent(value)))
    ax.set_xlabel("cost of acting early, as a share of the loss it avoids")
    ax.set_ylabel("value of the forecast\n(100 %: perfect foresight)")
    key_above(ax, columns=2)
    return ax


def _use_shares(ax: Axes, across: str, up: str) -> None:
    ax.set_xlim(0, 1)
    ax.set_ylim(0, 1)
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_formatter(PERCENT)
    ax.set_xlabel(across)
    ax.set_ylabel(up)


def best_benchmark(scores: xr.Dataset, judged: str, level: str = "series") -> str:
    """Return the other model with a spread that scores best on the log scale.

    The judged model itself if there is no other.
    """
    table = fc.score_table(scores, level)
    others = table[(table["covered_90"] > 0) & (table.index != judged)]["crps_log1p"]
    return str(others.idxmin()) if len(others) else judged


def score_figures(scores: xr.Dataset, judged: str) -> dict[str, Figure]:
    """Draw all figures of a backtest: one model, beside the best benchmark.

    Parameters
    ----------
    scores : xarray.Dataset
        From :func:`forecasting.backtest`.
    judged : str

    Returns
    -------
    dict of str to matplotlib.figure.Figure
        ``benchmarks``, ``skill-by-horizon``, ``calibration``, ``reliability``, ``roc``, ``value``.

    """
    other = best_benchmark(scores, judged)
    models = list(dict.fromkeys((judged, other)))
    tables = []
    for horizon in scores["horizon"].values:
        row = fc.skill(scores.sel(horizon=[horizon]), other, measure="crps_log1p").loc[[judged]]
        named = row.reset_index().assign(benchmark=other, horizon=int(horizon))
        tables.append(named)
    period = str(scores.attrs["period"])
    axes = {
        "benchmarks": plot_benchmarks(scores, judged),
        "skill-by-horizon": plot_skill(pd.concat(tables), period=period),
        "calibration": plot_calibration(scores, models),
        "reliability": plot_reliability(scores, models),
        "roc": plot_roc(scores, models),
        "value": plot_value(scores, models),
    }
    return {name: figure_of(ax) for name, ax in axes.items()}
