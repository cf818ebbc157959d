"""Error covariance of the forecasts of all nodes, and the projection with correlated errors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from forecasting.hierarchy.tree import Hierarchy

Array = npt.NDArray[np.float64]

LEAST_VARIANCE: Final = 1.0
"""Persons squared: no forecast of a count is taken to be surer than one person (assumption)."""
_LEAST_SHRINKAGE: Final = 1e-3
"""Keeps the covariance invertible when there are fewer errors than nodes."""


def structural_variances(tree: Hierarchy) -> Array:
    """Variances (node,) that grow with the number of bottom nodes below (structural scaling)."""
    return np.asarray(tree.sums(np.ones(len(tree.bottom))))


def error_variances(errors: Array) -> Array:
    """Mean squared errors (node,) from errors (case, node), persons squared; missing left out."""
    known = np.isfinite(errors)
    squares = np.where(known, errors, 0.0) ** 2
    means = squares.sum(axis=0) / np.maximum(known.sum(axis=0), 1)
    return np.asarray(np.maximum(means, LEAST_VARIANCE))


@dataclass(frozen=True)
class ShrunkCovariance:
    """A covariance shrunk toward its diagonal, kept as variances and errors, never as a matrix.

    Attributes
    ----------
    variances : numpy.ndarray, (node,), persons squared
    errors : numpy.ndarray, (case, node), persons
    shrinkage : float
        1: errors are taken as uncorrelated; 0: the sample covariance.

    """

    variances: Array
    errors: Array
    shrinkage: float

    @classmethod
    def of(cls, errors: Array) -> ShrunkCovariance:
        """Estimate from errors (case, node), with the intensity of Schaefer and Strimmer.

        The intensity that has the least expected squared error of the correlations (2005,
        Statistical Applications in Genetics and Molecular Biology 4), as Wickramasuriya,
        Athanasopoulos and Hyndman (2019) use it. Cases with a missing error are left out.

        Parameters
        ----------
        errors : numpy.ndarray, (case, node), persons

        Returns
        -------
        ShrunkCovariance

        """
        complete = errors[np.isfinite(errors).all(axis=1)]
        variances = error_variances(complete)
        cases = len(complete)
        if cases < 3:
            return cls(variances, complete, 1.0)
        scaled = complete / np.sqrt(variances)
        products = scaled.T @ scaled
        squares = (scaled**2).T @ (scaled**2)
        noise = (squares - products**2 / cases) / (cases * (cases - 1.0))
        signal = (products / cases) ** 2
        np.fill_diagonal(noise, 0.0)
        np.fill_diagonal(signal, 0.0)
        total = float(signal.sum())
        intensity = float(noise.sum()) / total if total > 0.0 else 1.0
        return cls(variances, complete, float(np.clip(intensity, _LEAST_SHRINKAGE, 1.0)))

    def times(self, matrix: Array) -> Array:
        """Product of the covariance and a matrix (node, column)."""
        diagonal = self.shrinkage * self.variances[:, np.newaxis] * matrix
        if self.shrinkage >= 1.0:
            return np.asarray(diagonal)
        weight = (1.0 - self.shrinkage) / len(self.errors)
        return np.asarray(diagonal + weight * (self.errors.T @ (self.errors @ matrix)))


def project_correlated(forecasts: Array, covariance: ShrunkCovariance, tree: Hierarchy) -> Array:
    """Project onto coherent numbers, with correlated errors; some may be negative.

    ``x = y - W C' (C W C')^-1 C y`` with one row of ``C`` per inner node: its value less the sum of
    its children. Only as many unknowns as there are inner nodes.

    Parameters
    ----------
    forecasts : numpy.ndarray, (row, node), persons
    covariance : ShrunkCovariance
    tree : Hierarchy

    Returns
    -------
    numpy.ndarray, (row, bottom), persons

    """
    inner = tree.children_positions
    if not inner:
        return forecasts.copy()
    ties = np.zeros((len(inner), len(tree.codes)))
    for row, (parent, children) in enumerate(inner.items()):
        ties[row, parent] = 1.0
        ties[row, children] = -1.0
    spread = covariance.times(ties.T)
    gain = np.linalg.solve(ties @ spread, spread[tree.bottom_positions].T)
    gaps = np.column_stack(
        [forecasts[:, p] - forecasts[:, children].sum(axis=1) for p, children in inner.items()]
    )
    return np.asarray(forecasts[:, tree.bottom_positions] - gaps @ gain)
