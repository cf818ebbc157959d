"""The parts of a plan and who goes where, drawn as boxes and arrows."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Final

import matplotlib as mpl

from scenarios.language import say
from scenarios.plots.style import (
    BLUE,
    GREEN,
    INK,
    MUTED,
    ORANGE,
    WIDE,
    axes_or_new,
    for_phone,
    styled,
)
from scenarios.schemes import STAGES

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from scenarios.schemes import Box, Scheme

_COLORS: Final = {"Who comes": ORANGE, "Rescue": ORANGE, "Health posts": GREEN, "Wards": GREEN}
_ROW: Final = 0.95
"""Inches from one row of boxes to the next."""
_HIGH: Final = 0.56
"""Height of a box over that of a row."""
_IN_A_ROW: Final = 5
_IN_A_ROW_NARROW: Final = 3


def scheme_height(scheme: Scheme, width: float) -> float:
    """Height that a scheme needs, inches.

    Parameters
    ----------
    scheme : Scheme
    width : float
        Of the figure, inches.

    Returns
    -------
    float

    """
    return max(_ROW * len(_rows(scheme, width)), 1.5)


def _rows(scheme: Scheme, width: float) -> list[tuple[str, list[int]]]:
    """Boxes by row, from top to bottom; a stage with many boxes has several rows."""
    most = _IN_A_ROW_NARROW if for_phone(width) else _IN_A_ROW
    rows = []
    for stage in STAGES:
        own = [at for at, box in enumerate(scheme.boxes) if box.stage == stage]
        rows += [(stage, own[first : first + most]) for first in range(0, len(own), most)]
    return rows


@styled
def plot_scheme(scheme: Scheme, *, ax: Axes | None = None) -> Axes:
    """Draw the parts of a plan in the order in which people meet them, and who goes where.

    Parameters
    ----------
    scheme : Scheme
        From :func:`scenarios.schemes.scheme_of`.
    ax : matplotlib.axes.Axes or None

    Returns
    -------
    matplotlib.axes.Axes

    """
    ax = axes_or_new(ax, height=scheme_height(scheme, WIDE))
    width = ax.get_figure().get_figwidth()  # type: ignore[union-attr]
    rows = _rows(scheme, width)
    most = max((len(own) for _, own in rows), default=1)
    broad = 0.9 / most
    letters = max(int(width * broad * 15), 8)
    places: dict[int, tuple[float, float]] = {}
    named: set[str] = set()
    for row, (stage, own) in enumerate(rows):
        for at, box in enumerate(own):
            x, y = (at + 0.5) / len(own), row + 0.6
            places[box] = (x, y)
            _draw_box(ax, scheme.boxes[box], (x, y), broad, letters)
        if stage not in named:
            ax.text(0, row + 0.14, say(stage), fontsize=7, color=MUTED, va="center")
            named.add(stage)
    for start, end in scheme.arrows:
        if scheme.boxes[end].stage == "Health posts":
            continue  # they would cross all sites; the box says for whom it is
        (x, y), (to_x, to_y) = places[start], places[end]
        ax.annotate(
            "",
            (to_x, to_y - _HIGH / 2),
            (x, y + _HIGH / 2),
            arrowprops={
                "arrowstyle": "-|>", "color": MUTED, "lw": 0.8, "shrinkA": 0, "shrinkB": 0,
                "connectionstyle": f"arc3,rad={0.12 if to_y - y > 1.5 else 0}",
            },
            zorder=1,
        )  # fmt: skip
    ax.set_xlim(0, 1)
    ax.set_ylim(len(rows), 0)
    ax.axis("off")
    return ax


def _draw_box(ax: Axes, box: Box, at: tuple[float, float], broad: float, letters: int) -> None:
    x, y = at
    color = _COLORS.get(box.stage, BLUE)
    ax.add_patch(
        mpl.patches.FancyBboxPatch(
            (x - broad / 2, y - _HIGH / 2), broad, _HIGH, boxstyle="square,pad=0",
            facecolor="white", edgecolor=color, linewidth=1.2, zorder=2,
        )
    )  # fmt: skip
    label = textwrap.wrap(box.label, letters)[:2]
    detail = textwrap.shorten(box.detail, letters, placeholder="…") if box.detail else ""
    lines = [*label, *([detail] if detail else [])]
    for number, line in enumerate(lines):
        ax.text(
            x, y + (number - (len(lines) - 1) / 2) * 0.17, line, ha="center", va="center",
            fontsize=6.6, color=MUTED if detail and number == len(lines) - 1 else INK, zorder=3,
        )  # fmt: skip
