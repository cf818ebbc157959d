"""How the functions of the kernel are compiled: all in one piece, without Python."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numba

if TYPE_CHECKING:
    from collections.abc import Callable


def compiled[**P, R](function: Callable[P, R]) -> Callable[P, R]:
    """Compile a function of the kernel when the kernel is compiled."""
    made: Any = numba.njit(nogil=True)(function)
    return made  # type: ignore[no-any-return]


def inlined[**P, R](function: Callable[P, R]) -> Callable[P, R]:
    """Compile a function into those that call it."""
    made: Any = numba.njit(nogil=True, forceinline=True)(function)
    return made  # type: ignore[no-any-return]
