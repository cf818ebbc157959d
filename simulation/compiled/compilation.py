"""How the functions of the kernel are compiled: all in one piece, without Python."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

import numba

if TYPE_CHECKING:
    from collections.abc import Callable

_P = ParamSpec("_P")
_R = TypeVar("_R")


def compiled(function: Callable[_P, _R]) -> Callable[_P, _R]:
    """Compile a function of the kernel when the kernel is compiled."""
    made: Any = numba.njit(nogil=True)(function)
    return made


def inlined(function: Callable[_P, _R]) -> Callable[_P, _R]:
    """Compile a function into those that call it."""
    made: Any = numba.njit(nogil=True)(function)
    return made
