"""Named random streams: every number is a pure function of seed, replication, name and index.

Two plans that face the same seed meet the same people with the same needs (common random
numbers): adding a facility, a worker process or another engine changes no draw. A stream is a
counter-based Philox generator whose key is the hash of its name, so the draw of the *i*-th thing
does not depend on how many others there are or on who asked first.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simulation.distributions import Distribution


@dataclass(frozen=True, slots=True)
class Streams:
    """All random numbers of one replication.

    Parameters
    ----------
    seed : int
        Seed of the experiment, recorded with its results.
    replication : int
        Number of the replication, from 0.

    Examples
    --------
    The first draws do not change when more are asked for:

    >>> streams = Streams(seed=1, replication=0)
    >>> few, many = streams.uniform("boat.search", 3), streams.uniform("boat.search", 300)
    >>> bool((few == many[:3]).all())
    True

    """

    seed: int
    replication: int

    def uniform(self, name: str, size: int) -> NDArray[np.float64]:
        """Uniform draws on the open interval (0, 1).

        Parameters
        ----------
        name : str
            Name of the stream, for example ``"ceel-jaale.length_of_stay"``.
        size : int
            How many; element *i* belongs to thing *i*.

        Returns
        -------
        numpy.ndarray, (size,), dimensionless
            Multiples of 2**-53 plus a half step: never 0, never 1.

        """
        if size == 0:
            return np.empty(0)
        label = f"{self.seed}/{self.replication}/{name}".encode()
        key = int.from_bytes(hashlib.blake2b(label, digest_size=16).digest(), "little")
        raw = np.random.Philox(key=key).random_raw(size)
        return ((raw >> np.uint64(12)).astype(np.float64) + 0.5) * 2.0**-52

    def draw(self, name: str, distribution: Distribution, size: int) -> NDArray[np.float64]:
        """Draws from a distribution by inversion of its distribution function.

        Parameters
        ----------
        name : str
            Name of the stream.
        distribution : Distribution
            What to draw from; the unit is that of the distribution.
        size : int
            How many.

        Returns
        -------
        numpy.ndarray, (size,)
            One draw per thing, in the unit of the distribution.

        """
        return distribution.quantile(self.uniform(name, size))
