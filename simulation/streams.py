"""Named random streams: every number is a pure function of seed, replication, name and index.

Two plans that face the same seed meet the same people with the same needs (common random
numbers): adding a facility, a worker process or another engine changes no draw. The number of the
thing with a given index is a keyed hash of that index, so it does not depend on how many others
there are or on who asked first.

The hash is the finalizer of SplitMix64 (Steele, Lea & Flood 2014, doi:10.1145/2660193.2660195;
constants "Mix13" of Stafford), applied twice with two 64-bit keys taken from the BLAKE2b digest of
seed, replication and name: integer arithmetic only, the same on every machine.
"""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from simulation.distributions import UNIT_EXPONENTIAL, quantiles_of
from simulation.machine_code import machine_code

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from numpy.typing import NDArray

    from simulation.distributions import Distribution

_GOLDEN: Final = np.uint64(0x9E3779B97F4A7C15)
_MIX_1: Final = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2: Final = np.uint64(0x94D049BB133111EB)
_HIGH: Final = np.uint64(12)
"""Bits that a fraction of 52 bits leaves over."""


def hash64(label: str) -> int:
    """Hash a text to 64 bits, the same on every machine.

    Parameters
    ----------
    label : str
        Any text.

    Returns
    -------
    int
        Between 0 and 2**64 - 1.

    """
    return int.from_bytes(hashlib.blake2b(label.encode(), digest_size=8).digest(), "little")


def _mixed(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    values = (values ^ (values >> np.uint64(30))) * _MIX_1
    values = (values ^ (values >> np.uint64(27))) * _MIX_2
    return values ^ (values >> np.uint64(31))


def _fraction(index: Any, first: Any, second: Any) -> Any:
    """Scatter a number twice, with a key before each, and scale it to (0, 1)."""
    raw = _mixed(_mixed(index * _GOLDEN + first) ^ second)
    return (np.float64(raw >> _HIGH) + 0.5) * 2.0**-52


def _scatter(
    index: NDArray[np.uint64], keys: NDArray[np.uint64], made: NDArray[np.float64]
) -> None:
    """Draw for every number from every stream."""
    for stream in range(len(keys)):
        first, second = keys[stream]
        for place in range(len(index)):
            made[stream, place] = _fraction(index[place], first, second)


def _scatter_each(
    index: NDArray[np.uint64],
    ends: NDArray[np.int64],
    keys: NDArray[np.uint64],
    made: NDArray[np.float64],
) -> None:
    """Draw for the numbers up to an end from the stream of that end."""
    place = 0
    for stream in range(len(ends)):
        first, second = keys[stream]
        while place < ends[stream]:
            made[place] = _fraction(index[place], first, second)
            place += 1


def _wait(
    key: NDArray[np.uint64],
    number: NDArray[np.int64],
    time: NDArray[np.float64],
    most: int,
    keys: NDArray[np.uint64],
    counts: NDArray[np.int64],
    made: NDArray[np.float64],
) -> int:
    """Draw waits of every thing until its time is over; -1 if there is no space for all."""
    first, second = keys[0]
    place = 0
    for thing in range(len(key)):
        waited = 0.0
        counts[thing] = 0
        while waited <= time[thing] and counts[thing] < most:
            if place == len(made):
                return -1
            occasion = np.uint64(number[thing] + counts[thing]) << _VISIT_BITS
            made[place] = _fraction(key[thing] + occasion, first, second)
            waited -= math.log1p(-made[place])
            counts[thing] += 1
            place += 1
    return place


@cache
def _compiled(loop: Callable[..., Any]) -> Any:
    """Return a loop in machine code: some fifteen times as fast as arrays."""
    from numba.extending import register_jitable

    register_jitable(_mixed)
    register_jitable(_fraction)
    return machine_code(loop)


def spread(numbers: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Scatter numbers over 64 bits, so that each can be followed by many without a collision.

    Parameters
    ----------
    numbers : numpy.ndarray of uint64
        Of boats, whose groups are numbered from the result on.

    Returns
    -------
    numpy.ndarray of uint64, same shape

    """
    return _mixed(numbers * _GOLDEN + np.uint64(1))


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
    The draw of a thing does not change when others join it:

    >>> streams = Streams(seed=1, replication=0)
    >>> alone = streams.uniform("boats.search", np.array([7], dtype=np.uint64))
    >>> among = streams.uniform("boats.search", np.arange(100, dtype=np.uint64))
    >>> bool(alone[0] == among[7])
    True

    """

    seed: int
    replication: int

    def uniform(self, name: str, index: NDArray[np.uint64]) -> NDArray[np.float64]:
        """Uniform draws on the open interval (0, 1).

        Parameters
        ----------
        name : str
            Name of the stream, for example ``"ceel-jaale.length_of_stay"``.
        index : numpy.ndarray of uint64
            Numbers of the things that the draws belong to.

        Returns
        -------
        numpy.ndarray, shape of ``index``, dimensionless
            Multiples of 2**-52 plus half a step: never 0, never 1.

        """
        draws: NDArray[np.float64] = self.uniforms((name,), index)[0]
        return draws

    def uniforms(self, names: Sequence[str], index: NDArray[np.uint64]) -> NDArray[np.float64]:
        """Uniform draws from several streams at once.

        Parameters
        ----------
        names : sequence of str, (name,)
        index : numpy.ndarray of uint64

        Returns
        -------
        numpy.ndarray, (name, *shape of index), dimensionless
            Each row as :meth:`uniform` draws it.

        """
        made = np.empty((len(names), index.size))
        flat = np.ascontiguousarray(index, dtype=np.uint64).ravel()
        _compiled(_scatter)(flat, self._keys(names), made)
        return made.reshape(len(names), *index.shape)

    def _keys(self, names: Iterable[str]) -> NDArray[np.uint64]:
        """Two keys of every stream."""
        begin = f"{self.seed}/{self.replication}/"
        digests = [
            hashlib.blake2b((begin + name).encode(), digest_size=16).digest() for name in names
        ]
        return np.frombuffer(b"".join(digests), dtype="<u8").reshape(-1, 2)

    def draw(
        self, name: str, distribution: Distribution, index: NDArray[np.uint64]
    ) -> NDArray[np.float64]:
        """Draws from a distribution by inversion of its distribution function.

        Parameters
        ----------
        name : str
            Name of the stream.
        distribution : Distribution
            What to draw from; the unit is that of the distribution.
        index : numpy.ndarray of uint64
            Numbers of the things that the draws belong to.

        Returns
        -------
        numpy.ndarray, shape of ``index``
            One draw per thing, in the unit of the distribution.

        """
        return distribution.quantile(self.uniform(name, index))

    def draws(
        self, wanted: Sequence[tuple[str, Distribution | None, NDArray[np.uint64]]]
    ) -> list[NDArray[np.float64]]:
        """Draws from several streams, each for things of its own: faster than one by one.

        Parameters
        ----------
        wanted : sequence of (str, Distribution or None, numpy.ndarray of uint64, (thing,))
            Name of the stream, what to draw from (None for uniform draws), numbers of the things.

        Returns
        -------
        list of numpy.ndarray, (thing,)
            Each as :meth:`draw` or :meth:`uniform` draws it.

        """
        if not wanted:
            return []
        names, distributions, index = zip(*wanted, strict=True)
        ends = np.cumsum([len(one) for one in index])
        made = np.empty(ends[-1])
        _compiled(_scatter_each)(np.concatenate(index), ends, self._keys(names), made)
        uniform = [
            made[end - len(one) : end] for one, end in zip(index, ends.tolist(), strict=True)
        ]
        return quantiles_of(list(zip(distributions, uniform, strict=True)))

    def waits(
        self,
        name: str,
        key: NDArray[np.uint64],
        number: NDArray[np.int64],
        time: NDArray[np.float64],
        most: int,
    ) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Draw waits of mean 1 that follow one another until those of a thing exceed its time.

        Parameters
        ----------
        name : str
            Name of the stream.
        key : numpy.ndarray of uint64, (thing,)
        number : numpy.ndarray of int, (thing,)
            Of the occasion to which the first wait belongs; the next one belongs to the next.
        time : numpy.ndarray, (thing,)
            In mean waits; who has time 0 or more has one wait.
        most : int
            Waits of one thing.

        Returns
        -------
        counts : numpy.ndarray of int, (thing,)
        waits : numpy.ndarray, (wait,)
            Exponential, of one thing after the other, each as :meth:`draw` draws it for
            :func:`of_visit`.

        """
        counts, keys = np.zeros(len(key), dtype=np.int64), self._keys((name,))
        likely = len(key) + np.minimum(time, most).sum()
        made = np.empty(int(likely + 5 * math.sqrt(likely)) + 16)
        while (used := _compiled(_wait)(key, number, time, most, keys, counts, made)) < 0:
            made = np.empty(2 * len(made))
        return counts, UNIT_EXPONENTIAL.quantile(made[:used])


_VISIT_BITS: Final = np.uint64(40)


def of_visit(key: NDArray[np.uint64], visit: NDArray[np.int64] | int) -> NDArray[np.uint64]:
    """Return to which numbers draws of a visit, an attempt or another occasion belong.

    Parameters
    ----------
    key : numpy.ndarray of uint64
        Numbers of the things.
    visit : numpy.ndarray of int, or int
        Numbers of the occasions; broadcast against the key.

    """
    return key + (np.asarray(visit).astype(np.uint64) << _VISIT_BITS)


_ALL: Final = slice(None)


@dataclass(frozen=True)
class Keyed:
    """Things with a number each, to which their draws belong.

    Parameters
    ----------
    streams : Streams
        Source of every draw.
    key : numpy.ndarray of uint64, (thing,)

    """

    streams: Streams
    key: NDArray[np.uint64]

    def draw(
        self,
        name: str,
        distribution: Distribution,
        visit: int = 0,
        groups: slice = _ALL,
    ) -> list[float]:
        """One draw per thing, and per visit of that number, from a named stream."""
        index = self._index(visit, groups)
        draws: list[float] = self.streams.draw(name, distribution, index).tolist()
        return draws

    def uniform(self, name: str, visit: int = 0, groups: slice = _ALL) -> list[float]:
        """One uniform draw per thing, and per visit of that number."""
        draws: list[float] = self.streams.uniform(name, self._index(visit, groups)).tolist()
        return draws

    def _index(self, visit: int, groups: slice) -> NDArray[np.uint64]:
        return of_visit(self.key[groups], visit)
