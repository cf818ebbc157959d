"""Loops compiled to machine code when they are first needed, and kept for the next process."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


@cache
def machine_code(function: Callable[..., Any]) -> Any:
    """Return a function in machine code.

    Parameters
    ----------
    function : callable
        Of numbers and arrays; see the documentation of numba for what it may do.

    Returns
    -------
    callable
        Compiled when it is first called, or read from the folder of compiled code beside its
        source or of the user; where neither can be written, each process compiles it.

    """
    import numba  # takes half a second, which commands that simulate nothing do without

    made: Any
    try:
        made = numba.njit(nogil=True, cache=True)(function)
    except RuntimeError:  # no folder to keep it in
        made = numba.njit(nogil=True)(function)
    return made
