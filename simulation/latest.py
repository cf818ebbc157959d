"""What was worked out last, for as long as it is asked for again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

Source = TypeVar("Source")
Made = TypeVar("Made")


class Latest(Generic[Source, Made]):
    """Makes something of a thing, and gives it again while the very same thing is asked for.

    Parameters
    ----------
    make : callable
        Its result must not be changed by those who get it.

    Examples
    --------
    >>> made = Latest(list)
    >>> word = "abc"
    >>> made(word) is made(word)
    True

    """

    def __init__(self, make: Callable[[Source], Made]) -> None:
        self._make = make
        self._latest: tuple[Source, Made] | None = None

    def __call__(self, source: Source) -> Made:
        """Return what was made of a thing, now or before."""
        latest = self._latest  # read once: another thread may ask for another thing meanwhile
        if latest is None or latest[0] is not source:
            latest = self._latest = (source, self._make(source))
        return latest[1]
