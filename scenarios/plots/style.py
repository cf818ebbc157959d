"""One look for all figures: safe for color-blind readers and in gray print, words at the data."""

from __future__ import annotations

import functools
import io
import re
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, ParamSpec, TypeVar

import matplotlib as mpl
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
from matplotlib.figure import Figure
from matplotlib.font_manager import findfont, get_font
from matplotlib.ticker import FuncFormatter, MaxNLocator

from scenarios.language import say
from scenarios.numbers import SHORT_MONTHS, count

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from matplotlib.axes import Axes
    from numpy.typing import NDArray

INK: Final = "#1b1b1b"
MUTED: Final = "#595959"
GRID: Final = "#dddddd"
BLUE: Final = "#0072b2"
SKY: Final = "#56b4e9"
ORANGE: Final = "#d55e00"
GREEN: Final = "#009e73"
AMBER: Final = "#e69f00"
PURPLE: Final = "#cc79a7"
"""Hues of Okabe and Ito (2008), told apart with every common color vision deficiency."""

WIDE: Final = 7.2
"""Width of a figure across an A4 page, inches."""
NARROW: Final = 3.9
"""Width of a figure on a phone, inches."""

SHOWN_DOTS: Final = 100
"""Dots per inch at which a notebook shows a figure."""

RC: Final[Any] = {
    "font.family": "DejaVu Sans",
    "font.size": 9,
    "axes.titlesize": 9.5,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.labelsize": 9,
    "axes.labelcolor": INK,
    "axes.edgecolor": MUTED,
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.grid.axis": "y",
    "axes.axisbelow": True,
    "axes.titlecolor": INK,
    "axes.unicode_minus": True,
    "grid.color": GRID,
    "grid.linewidth": 0.7,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "xtick.labelsize": 8.5,
    "ytick.labelsize": 8.5,
    "text.color": INK,
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
    "figure.dpi": 100,
    "savefig.dpi": 200,
    "svg.fonttype": "path",
    "svg.hashsalt": "safepassage",
    "path.simplify": True,
    "timezone": "UTC",
}

P = ParamSpec("P")
R = TypeVar("R")


def styled(function: Callable[P, R]) -> Callable[P, R]:
    """Run a function in the style of the house and leave everyone else's settings alone."""

    @functools.wraps(function)
    def inside(*args: P.args, **kwargs: P.kwargs) -> R:
        with mpl.rc_context(RC):
            return function(*args, **kwargs)

    return inside


def new_figure(width: float, height: float) -> Figure:
    """Return an empty figure with a canvas and automatic layout; sizes in inches."""
    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def axes_or_new(ax: Axes | None, width: float = WIDE, height: float = 3.4) -> Axes:
    """Return the axes given, or those of a new figure, in the style of the house."""
    axes = ax if ax is not None else new_figure(width, height).subplots()
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        axes.spines[side].set(color=MUTED, linewidth=0.8)
    axes.tick_params(labelsize=8.5, color=MUTED, labelcolor=INK)
    axes.set_axisbelow(True)
    axes.grid(visible=True, axis="y", color=GRID, linewidth=0.7)
    for axis in (axes.xaxis, axes.yaxis):
        axis.label.set(fontsize=9, color=INK)
    return axes


def key_above(ax: Axes, columns: int) -> None:
    """Name the marks in a line above the axes."""
    ax.legend(
        loc="lower left",
        bbox_to_anchor=(0, 1.0),
        ncols=columns,
        frameon=False,
        fontsize=8.5,
        handlelength=1.2,
        handletextpad=0.5,
        columnspacing=1.4,
        borderaxespad=0.2,
    )


def for_phone(width: float) -> bool:
    """Tell whether a figure of a width in inches is made for a phone."""
    return width < 5


def is_narrow(ax: Axes) -> bool:
    """Tell whether the figure of some axes is made for a phone."""
    figure = ax.get_figure(root=True)
    return figure is not None and for_phone(figure.get_figwidth())


def wrapped(text: str, width: int) -> str:
    """Break a text into lines of at most so many characters, at spaces."""
    return "\n".join(textwrap.wrap(text, width, break_long_words=False))


def figure_of(ax: Axes) -> Figure:
    """Return the figure that holds some axes."""
    figure = ax.get_figure(root=True)
    if figure is None:
        msg = "these axes are not in a figure any more; draw them again."
        raise ValueError(msg)
    return figure


def drawable(texts: Iterable[str]) -> bool:
    """Tell whether a figure can show texts: the font has every letter, none begins a formula.

    Examples
    --------
    >>> drawable(["Établissement", "заклад"]), drawable(["ተቋም"])
    (True, False)

    """
    with mpl.rc_context(RC):
        known = get_font(findfont(RC["font.family"])).get_charmap()
    return all(letter != "$" and ord(letter) in known for letter in set().union(*texts))


class Dates(ConciseDateFormatter):
    """Dates with the months of the language, whatever the locale."""

    def __init__(self, locator: AutoDateLocator) -> None:
        ConciseDateFormatter.__init__(self, locator)

    def format_ticks(self, values: Any) -> list[str]:
        """Return the labels of all ticks."""
        return [_in_language(text) for text in ConciseDateFormatter.format_ticks(self, values)]

    def get_offset(self) -> str:
        """Return what the ticks have in common."""
        return _in_language(ConciseDateFormatter.get_offset(self))


def _in_language(text: str) -> str:
    return re.sub("|".join(SHORT_MONTHS), lambda found: say(found[0]), text)


def use_dates(ax: Axes, ticks: int = 8) -> None:
    """Label the horizontal axis with dates, whatever the locale."""
    locator = AutoDateLocator(minticks=3, maxticks=ticks)
    ax.xaxis.set_major_locator(locator)
    ax.xaxis.set_major_formatter(Dates(locator))
    ax.grid(visible=False, axis="x")


def use_counts(ax: Axes, ticks: int = 5) -> None:
    """Label the vertical axis with whole numbers from zero."""
    ax.set_ylim(bottom=0)
    ax.yaxis.set_major_locator(MaxNLocator(nbins=ticks, integer=True))
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: count(value, 4)))


@styled
def image_bytes(figure: Figure, file_format: str) -> bytes:
    """Return a figure as the bytes of a PNG or SVG file, equal for equal figures.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
    file_format : str
        ``png`` or ``svg``.

    Returns
    -------
    bytes

    """
    # Figure.savefig draws every figure twice, first for its layout alone; a canvas lays out as it
    # draws, with the same bytes in two thirds of the time.
    stream = io.BytesIO()
    canvas, dots = figure.canvas, figure.dpi
    figure.dpi = RC["savefig.dpi"]
    try:
        if file_format == "svg":
            FigureCanvasSVG(figure).print_svg(stream, metadata={"Date": None, "Creator": None})
        else:
            FigureCanvasAgg(figure).print_png(stream, metadata={"Software": None})
    finally:
        figure.dpi = dots
        figure.set_canvas(canvas)
    return stream.getvalue()


def save_figure(figure: Figure, path: str | Path) -> tuple[Path, Path]:
    """Write a figure as PNG (200 dots per inch) and as SVG.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
    path : path-like
        Without ending; the folder is created.

    Returns
    -------
    tuple of pathlib.Path
        The two files.

    """
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    files = target.with_name(f"{target.name}.png"), target.with_name(f"{target.name}.svg")
    for file in files:
        file.write_bytes(image_bytes(figure, file.suffix[1:]))
    return files


def show(ax: Axes | NDArray[np.object_]) -> None:
    """Show the figure of some axes in a notebook.

    Parameters
    ----------
    ax : matplotlib.axes.Axes or array of them
        As returned by the functions of :mod:`scenarios.plots`.

    Raises
    ------
    ModuleNotFoundError
        Outside of a notebook without IPython: use :func:`save_figure` there.

    """
    from IPython.display import Image, display

    figure = figure_of(np.ravel(np.asarray(ax, dtype=object))[0])
    width = round(figure.get_figwidth() * SHOWN_DOTS)
    display(Image(image_bytes(figure, "png"), width=width))
