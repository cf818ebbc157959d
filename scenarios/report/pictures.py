"""The pictures of a report, each drawn for a page and for a phone, with a text alternative."""

from __future__ import annotations

import base64
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import joblib

from scenarios import plots
from scenarios.language import ENGLISH, speaking, spoken
from scenarios.plots.style import NARROW, WIDE
from scenarios.report.drawings import drawings_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from scenarios.language import Language
    from scenarios.report.drawings import Drawing
    from scenarios.report.inputs import ReportInputs
    from simulation.executors import Executor


@dataclass(frozen=True, slots=True)
class Picture:
    """One figure of the report.

    Parameters
    ----------
    name : str
        Used for its file and its anchor.
    alt : str
        What it shows, for those who cannot see it.
    caption : str
    wide, narrow : bytes
        SVG for a page and for a phone.

    """

    name: str
    alt: str
    caption: str
    wide: bytes
    narrow: bytes

    @property
    def wide_address(self) -> str:
        """The page version as an address that holds the picture itself."""
        return _address(self.wide)

    @property
    def narrow_address(self) -> str:
        """The phone version as an address that holds the picture itself."""
        return _address(self.narrow)


def _address(svg: bytes) -> str:
    return f"data:image/svg+xml;base64,{base64.b64encode(svg).decode('ascii')}"


Images: TypeAlias = tuple[bytes, bytes, bytes]
"""A picture as SVG for a page and for a phone, and as PNG for a page."""


def pictures(
    inputs: ReportInputs,
    folder: Path | None = None,
    drawn: Iterable[dict[str, Images]] | None = None,
) -> dict[str, Picture]:
    """Draw every picture the inputs allow.

    The texts in a picture are in the language spoken now where the font has its letters and they
    run from left to right; else they are in English. Captions are in the language in any case.

    Parameters
    ----------
    inputs : ReportInputs
    folder : pathlib.Path or None
        Where each is also written as PNG and SVG.
    drawn : iterable of dict of str to Images, or None
        From :func:`begin_pictures`, for the same inputs; None draws here and now.

    Returns
    -------
    dict of str to Picture

    """
    drawings = drawings_of(inputs)
    if drawn is None:
        drawn = [_images(drawings, list(drawings), _inside(), png=folder is not None)]
    images = {name: made for some in drawn for name, made in some.items()}
    result = {}
    for name, (alt, caption, _) in drawings.items():
        wide, narrow, png = images[name]
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
            (folder / f"{name}.svg").write_bytes(wide)
            (folder / f"{name}.png").write_bytes(png)
        result[name] = Picture(name, alt(), caption, wide, narrow)
    return result


def begin_pictures(
    inputs: ReportInputs, parallel: Executor | None
) -> Iterable[dict[str, Images]] | None:
    """Begin to draw every picture in other processes, where there are some.

    Parameters
    ----------
    inputs : ReportInputs
    parallel : Executor or None
        From :func:`simulation.executors.executor`.

    Returns
    -------
    iterable of dict of str to Images, or None
        For :func:`pictures`, which waits for them: the same bytes as those drawn there.

    """
    if parallel is None:
        return None
    names = list(drawings_of(inputs))
    parts = min(parallel.number, len(names))
    # Not sent to each process: they map the measures of the file, which may be many.
    folder = tempfile.TemporaryDirectory(prefix="safepassage-", ignore_cleanup_errors=True)
    kept = Path(folder.name) / "inputs"
    joblib.dump(inputs, kept)
    made: Iterable[dict[str, Images]] = parallel(
        joblib.delayed(_images_of)(kept, names[part::parts], _inside()) for part in range(parts)
    )
    return _until_drawn(made, folder)


def _until_drawn(
    made: Iterable[dict[str, Images]], folder: tempfile.TemporaryDirectory[str]
) -> Iterator[dict[str, Images]]:
    """Give what is drawn, and remove the folder when all is."""
    with folder:
        yield from made


def _inside() -> Language:
    """Return the language of the texts inside of pictures."""
    language = spoken()
    texts = language.translations.values()
    return language if language.direction == "ltr" and plots.drawable(texts) else ENGLISH


def _images_of(kept: Path, names: list[str], inside: Language) -> dict[str, Images]:
    inputs = joblib.load(kept, mmap_mode="r")
    return _images(drawings_of(inputs), names, inside, png=True)


def _images(
    drawings: dict[str, Drawing], names: list[str], inside: Language, *, png: bool
) -> dict[str, Images]:
    made = {}
    with speaking(inside):
        for name in names:
            draw = drawings[name][-1]
            page, phone = draw(WIDE), draw(NARROW)
            wide, narrow = plots.image_bytes(page, "svg"), plots.image_bytes(phone, "svg")
            made[name] = (wide, narrow, plots.image_bytes(page, "png") if png else b"")
    return made
