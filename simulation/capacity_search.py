"""The smallest capacities with which a target holds with a stated probability.

Every capacity is tried on the same replications (common random numbers), so the outcome of one
replication hardly ever gets worse when there is more of something, and bisection finds in a few
trials what a full grid would find. What was tried is kept, and a trial that contradicts the
assumption is reported.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from scipy import stats

from simulation.executors import ExperimentError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray


@dataclass(frozen=True)
class Trial:
    """One choice of capacities, tried on all replications.

    Parameters
    ----------
    numbers : tuple of int
        Capacities, in the order of the search.
    held, of : int
        Replications in which the target held, of how many.
    cost : float
        Sum of the capacities times their costs, in the unit of the costs.

    """

    numbers: tuple[int, ...]
    held: int
    of: int
    cost: float

    @property
    def chance(self) -> float:
        """Share of the replications in which the target holds."""
        return self.held / self.of

    @property
    def interval(self) -> tuple[float, float]:
        """95 % interval of the chance (Clopper & Pearson 1934, doi:10.1093/biomet/26.4.404)."""
        test = stats.binomtest(self.held, self.of)
        low, high = test.proportion_ci(confidence_level=0.95, method="exact")
        return float(low), float(high)


@dataclass(frozen=True)
class Range:
    """What a capacity may be.

    Parameters
    ----------
    name : str
    low, high : int
        In the unit of the capacity.
    cost : float
        Of one unit; only compared with the costs of the others.

    """

    name: str
    low: int
    high: int
    cost: float = 1.0

    def __post_init__(self) -> None:
        if not 0 <= self.low <= self.high:
            msg = f"{self.name} may be {self.low} to {self.high}; give 0 or more, smallest first."
            raise ExperimentError(msg)
        if not 0 <= self.cost < float("inf"):
            msg = f"a unit of {self.name} costs {self.cost:g}; a cost is 0 or more."
            raise ExperimentError(msg)


@dataclass
class CapacitySearch:
    """Tries capacities and remembers the trials.

    Parameters
    ----------
    ranges : sequence of Range
    holds : callable
        From capacities to whether the target holds, an array of bool with one entry per
        replication; the same replications at every call.
    chance : float
        Share of replications in which it must hold, above 0 and at most 1.
    sure : bool
        Whether the lower limit of the 95 % interval of the share must reach it, not the share.
    told : callable
        Called with every new trial.

    """

    ranges: Sequence[Range]
    holds: Callable[[tuple[int, ...]], NDArray[np.bool_]]
    chance: float
    sure: bool = False
    told: Callable[[Trial], None] = lambda _trial: None
    trials: dict[tuple[int, ...], Trial] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not 0 < self.chance <= 1:
            msg = f"the target must hold with probability {self.chance:g}; give above 0, up to 1."
            raise ExperimentError(msg)

    def tried(self, numbers: tuple[int, ...]) -> Trial:
        """Try capacities, once."""
        if numbers not in self.trials:
            held = np.asarray(self.holds(numbers), dtype=bool)
            cost = sum(n * one.cost for n, one in zip(numbers, self.ranges, strict=True))
            self.trials[numbers] = trial = Trial(numbers, int(held.sum()), len(held), cost)
            self.told(trial)
        return self.trials[numbers]

    def accepts(self, trial: Trial) -> bool:
        """Tell whether the target holds often enough in a trial."""
        return (trial.interval[0] if self.sure else trial.chance) >= self.chance

    def smallest(self, others: tuple[int, ...] = (), *, most: int | None = None) -> Trial | None:
        """Find the smallest last capacity by bisection.

        Parameters
        ----------
        others : tuple of int
            The capacities before it.
        most : int or None
            Where it is expected to be enough; more is tried when it is not.

        Returns
        -------
        Trial or None
            None when not even the largest is enough.

        """
        last = self.ranges[-1]
        low, high = last.low, last.high if most is None else min(most, last.high)
        if not self.accepts(self.tried((*others, high))):
            if high == last.high or not self.accepts(self.tried((*others, last.high))):
                return None
            low, high = high + 1, last.high
        while low < high:
            middle = (low + high) // 2
            if self.accepts(self.tried((*others, middle))):
                high = middle
            else:
                low = middle + 1
        return self.tried((*others, high))

    def boundary(self, steps: int = 6) -> list[Trial]:
        """Find the smallest last capacity for a grid of the others.

        Parameters
        ----------
        steps : int
            Values of every other capacity, evenly between its limits.

        Returns
        -------
        list of Trial
            One per point of the grid at which the target can hold, cheapest first.

        """
        grids = [
            sorted({round(value) for value in np.linspace(one.low, one.high, steps)})
            for one in self.ranges[:-1]
        ]
        found: dict[tuple[int, ...], Trial] = {}
        for others in itertools.product(*grids):
            # With no less of all others, no more of the last is needed.
            known = [
                t.numbers[-1]
                for key, t in found.items()
                if all(a <= b for a, b in zip(key, others, strict=True))
            ]
            best = self.smallest(others, most=min(known, default=None))
            if best is not None:
                found[others] = best
        return sorted(found.values(), key=lambda t: (t.cost, t.numbers))

    def frontier(self) -> list[Trial]:
        """Return the trials that nothing beats: no other costs less and holds as often.

        Returns
        -------
        list of Trial
            By rising cost and rising chance.

        """
        ordered = sorted(self.trials.values(), key=lambda t: (t.cost, -t.held, t.numbers))
        best: list[Trial] = []
        for trial in ordered:
            if not best or trial.held > best[-1].held:
                best.append(trial)
        return best

    def contradictions(self) -> list[tuple[Trial, Trial]]:
        """Return pairs of trials in which more of everything held less often.

        A bisection may then have passed by a smaller capacity that holds; try the numbers around
        it, or more replications.
        """
        pairs = itertools.permutations(self.trials.values(), 2)
        return [
            (less, more)
            for less, more in pairs
            if all(a <= b for a, b in zip(less.numbers, more.numbers, strict=True))
            and more.held < less.held
        ]
