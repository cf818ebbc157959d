"""One replication step by step: who is where at a few moments, against what there is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from scenarios.labels import facility_label
from scenarios.numbers import count, short_day
from scenarios.plots.style import BLUE, INK, ORANGE, WIDE, new_figure, styled

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from simulation.network import Network
    from simulation.records import Records


def state_at(records: Records, facility: int, hour: float) -> tuple[int, int, int]:
    """Return servers or places taken, persons waiting and capacity at a moment of a replication.

    Parameters
    ----------
    records : Records
    facility : int
        Index into the facilities of the network.
    hour : float, h
        From the start of the run.

    Returns
    -------
    tuple of int
        Taken (units of the facility), waiting (persons), capacity (units of the facility).

    """
    states = records.states
    own = states[states["facility"] == facility]
    row = int(np.searchsorted(own["time"].to_numpy(), hour, side="right")) - 1
    if row < 0:
        return 0, 0, 0
    found = own.iloc[row]
    return int(found["busy"]), int(found["waiting"]), int(found["capacity"])


@styled
def plot_step_through(
    records: Records,
    network: Network,
    days: Sequence[float],
    *,
    facilities: Sequence[str] = (),
    width: float = WIDE,
) -> NDArray[Any]:
    """Draw one replication as a sequence of pictures, one for each moment.

    Parameters
    ----------
    records : Records
        Of one replication; from :func:`simulation.experiments.replicate_once`.
    network : Network
    days : sequence of float, days
        Moments, from the start of the run.
    facilities : sequence of str
        Which are shown, from top to bottom; empty shows all.
    width : float, inches

    Returns
    -------
    numpy.ndarray of matplotlib.axes.Axes, (moment,)
        A bar for each facility: taken (blue), then waiting (orange), against the capacity (black
        mark), as shares of the largest capacity that it ever had.

    Raises
    ------
    ValueError
        If a facility does not exist or a moment lies outside the run.

    """
    names = list(facilities) or list(network.facilities)
    unknown = [name for name in names if name not in network.facilities]
    if unknown:
        msg = f"no facility {', '.join(unknown)}; there are {', '.join(network.facilities)}."
        raise ValueError(msg)
    late = [day for day in days if not 0 <= day * 24 <= network.run_length]
    if late or not len(days):
        msg = f"days {late} lie outside the run of {network.run_length / 24:g} days; give others."
        raise ValueError(msg)
    columns = min(3, len(days))
    rows = -(-len(days) // columns)
    figure = new_figure(width, rows * (0.55 + 0.32 * len(names)))
    panels = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
    codes = [network.facilities.index(name) for name in names]
    largest = [max(network.capacity(name).largest, 1) for name in names]
    top = 1.0
    for ax, day in zip(panels.flat, days, strict=False):
        for row, (code, most) in enumerate(zip(codes, largest, strict=True)):
            taken, waiting, capacity = state_at(records, code, day * 24)
            ax.barh(row, taken / most, color=BLUE, height=0.6)
            ax.barh(row, waiting / most, left=taken / most, color=ORANGE, height=0.6, alpha=0.8)
            ax.plot([capacity / most] * 2, [row - 0.4, row + 0.4], color=INK, linewidth=1.6)
            text = f"{count(taken)} + {count(waiting)}" if waiting else count(taken)
            ax.annotate(
                text,
                ((taken + waiting) / most, row),
                xytext=(4, 0),
                textcoords="offset points",
                va="center",
                fontsize=7.5,
            )
            top = max(top, (taken + waiting) / most)
        moment = pd.Timestamp(network.start) + pd.Timedelta(hours=day * 24)
        ax.set_title(f"{short_day(moment)} {moment:%H:%M}")
        ax.set_xticks([])
        ax.grid(visible=False)
        for side in ("top", "right", "bottom"):
            ax.spines[side].set_visible(False)
    first = panels.flat[0]
    first.set_xlim(0, 1.25 * top)
    first.set_yticks(range(len(names)), [facility_label(name) for name in names])
    first.set_ylim(len(names) - 0.5, -0.5)
    for ax in panels.flat[len(days) :]:
        ax.remove()
    return np.asarray(panels.flat[: len(days)])
