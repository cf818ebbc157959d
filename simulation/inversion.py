"""Quantile functions as polynomials in cells, evaluated in machine code.

Half of the time of a replication would go to rational approximations and searches, whose branches
no processor can foresee. Here a cell is found from the bits of the probability: each halving of the
distance from 0, or from 1, is cut into eight cells of equal width, in which a polynomial goes
through exact quantiles at Chebyshev nodes. A quantile function that is analytic between 0 and 1
lies in a cell so far from its ends that eight nodes leave an error of some 1e-12 of the quantile
(Trefethen 2013, Approximation Theory and Approximation Practice, chapter 8).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from simulation.machine_code import machine_code

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Quantile = Callable[[NDArray[np.float64]], NDArray[np.float64]]

_NODES: Final = 8
_HALVINGS: Final = 16
"""Down to a chance of 2**-17, some 8e-6."""
_CELL_BITS: Final = 49
"""Bits of a float64 behind those that number its cell: 52 of the fraction, less three."""
_WITHIN: Final = (1 << _CELL_BITS) - 1
_LEAST: Final = 2.0 ** -(_HALVINGS + 1)
_MOST: Final = 0.5 - 2.0**-54
"""The float64 before a half."""
_FIRST: Final = int(np.float64(_LEAST).view(np.int64)) >> _CELL_BITS


class Inversion:
    """A quantile function, exact in the outermost tails and as polynomials between them.

    Parameters
    ----------
    lower : callable
        The quantile of a probability.
    upper : callable
        The quantile that is exceeded with a probability, exact for small ones too.

    Examples
    --------
    >>> from scipy import special
    >>> normal = Inversion(special.ndtri, lambda p: -special.ndtri(p))
    >>> normal(np.array([0.5, 0.975])).round(6) + 0.0
    array([0.      , 1.959964])

    """

    def __init__(self, lower: Quantile, upper: Quantile) -> None:
        self._lower = lower
        self._upper = upper
        self._table = np.stack([_polynomials(lower), _polynomials(upper)])

    def __call__(self, u: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return quantiles.

        Parameters
        ----------
        u : numpy.ndarray, dimensionless
            Probabilities; what is not in (0, 1) gives what the exact functions give.

        Returns
        -------
        numpy.ndarray, shape of ``u``

        """
        flat = np.ascontiguousarray(u, dtype=np.float64).ravel()
        made = np.empty(len(flat))
        if machine_code(_look_up)(flat, self._table, made):
            low, high = ~(flat >= _LEAST), flat > 1 - _LEAST
            made[low] = self._lower(flat[low])
            made[high] = self._upper(1 - flat[high])
        return made.reshape(np.shape(u))


def _look_up(u: NDArray[np.float64], table: NDArray[np.float64], made: NDArray[np.float64]) -> int:
    """Evaluate the polynomial of every probability; return how many lie in the tails."""
    bits = made.view(np.int64)
    tails = 0
    for place in range(len(u)):
        side = 0 if u[place] < 0.5 else 1
        near = u[place] if u[place] < 0.5 else 1.0 - u[place]
        if not near >= _LEAST:
            tails += 1
            near = _LEAST
        made[place] = min(near, _MOST)
        cell = (bits[place] >> _CELL_BITS) - _FIRST
        x = (bits[place] & _WITHIN) * (2.0 / (_WITHIN + 1)) - 1.0
        value = table[side, cell, 0]
        for power in range(1, _NODES):
            value = value * x + table[side, cell, power]
        made[place] = value
    return tails


def _polynomials(quantile: Quantile) -> NDArray[np.float64]:
    """Coefficients in every cell from -1 to 1, highest power first, (cell, power)."""
    nodes = np.cos(np.pi * (np.arange(_NODES) + 0.5) / _NODES)
    begins = (np.arange(_HALVINGS << (52 - _CELL_BITS)) + _FIRST) << _CELL_BITS
    ends = begins + _WITHIN + 1
    low, high = begins.view(np.float64)[:, None], ends.view(np.float64)[:, None]
    values = quantile(low + (high - low) * (nodes + 1) / 2)
    return np.ascontiguousarray(np.linalg.solve(np.vander(nodes), values.T).T)
