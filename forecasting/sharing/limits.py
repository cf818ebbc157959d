"""How much a package may hold: sizes are bounded before anything is read into memory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from forecasting.flows import FlowError, raise_all

if TYPE_CHECKING:
    from collections.abc import Iterable

MEBIBYTE: Final = 2**20


class PackageError(FlowError):
    """A forecast package or a response cannot be written, read or merged; lists every problem."""


def raise_problems(name: str, problems: Iterable[str]) -> None:
    """Raise one PackageError that lists all problems once, or do nothing if there are none."""
    try:
        raise_all(name, list(dict.fromkeys(problems)))
    except FlowError as error:
        raise PackageError(str(error)) from None


@dataclass(frozen=True)
class Limits:
    """Upper bounds for a package that somebody sends.

    The defaults are assumptions with room to spare: the package of a country with 74 districts, 4
    causes, 12 months and 1,000 samples has 15 files and some 30 MB.

    Parameters
    ----------
    files : int
        Files in a package.
    file_bytes, total_bytes : int, bytes
        Size of one file and of all together, unpacked.
    text_bytes : int, bytes
        Size of one JSON, CSV or text file.
    depth : int
        Nesting of JSON.
    units : int
        Places.
    values : int
        Numbers in the samples: samples x places x causes x periods.
    seconds : int, s
        Time that parsing the samples may take; those of the country above take less than one.

    Examples
    --------
    >>> Limits(values=10_000).values
    10000

    """

    files: int = 64
    file_bytes: int = 1024 * MEBIBYTE
    total_bytes: int = 2048 * MEBIBYTE
    text_bytes: int = 128 * MEBIBYTE
    depth: int = 24
    units: int = 20_000
    values: int = 500_000_000
    seconds: int = 120

    def __post_init__(self) -> None:
        """Refuse bounds that nothing could keep to."""
        wrong = {name: value for name, value in vars(self).items() if value < 1}
        if wrong:
            listed = ", ".join(f"{name}={value}" for name, value in wrong.items())
            msg = f"limits must be 1 or more; given: {listed}."
            raise PackageError(msg)


DEFAULT_LIMITS: Final = Limits()
