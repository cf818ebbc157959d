"""The best of several plans with a guarantee, in as few replications as that takes.

The fully sequential procedure KN of Kim & Nelson (2001, doi:10.1145/502109.502111): with
probability at least ``confidence`` the plan chosen is the best whenever the best is better than
every other by at least the indifference zone. Its guarantee rests on the normal distribution of
the differences and holds with common random numbers, which also make it quick: the variances are
those of paired differences.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from simulation.executors import ExperimentError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

FIRST: Final = 20
"""Replications from which the variances are estimated; an assumption within the usual 10 to 20."""


@dataclass(frozen=True)
class Selection:
    """What a selection found.

    Parameters
    ----------
    best : str
        The plan chosen: the only one left, or the one with the smallest mean of those left.
    left : tuple of str
        Plans that are not eliminated; more than one when the replications were used up.
    eliminated : dict of str to int
        Of the others, the number of replications after which each was eliminated.
    means : dict of str to float
        Of the replications each plan had.
    replications : dict of str to int
        That each plan had.
    guaranteed : bool
        Whether the guarantee holds: only one is left.

    """

    best: str
    left: tuple[str, ...]
    eliminated: dict[str, int]
    means: dict[str, float]
    replications: dict[str, int]
    guaranteed: bool


def select_best(
    plans: Sequence[str],
    sample: Callable[[str, range], NDArray[np.float64]],
    *,
    indifference: float,
    most: int,
    confidence: float = 0.95,
    first: int = FIRST,
) -> Selection:
    """Choose the plan with the smallest mean.

    Parameters
    ----------
    plans : sequence of str
        Two or more.
    sample : callable
        From a plan and numbers of replications to the values of the measure in them; the same
        replication meets the same future in every plan.
    indifference : float
        Smallest difference that matters, in the unit of the measure, above 0.
    most : int
        Replications of a plan, at most.
    confidence : float
        Above 1 over the number of plans, below 1.
    first : int
        Replications of the first stage, at least 2.

    Returns
    -------
    Selection

    Raises
    ------
    ExperimentError
        If a number is impossible, or a value is not a number.

    """
    count = len(plans)
    _check(plans, indifference, most, confidence, first)
    # eta of Kim & Nelson with c = 1
    eta = 0.5 * ((2 * (1 - confidence) / (count - 1)) ** (-2 / (first - 1)) - 1)
    values = {plan: _values(sample, plan, range(first)) for plan in plans}
    width = eta * (first - 1) / indifference  # h2 / (2 delta), as h2 = 2 eta (n0 - 1)
    scaled = {
        (a, b): width * float((values[a] - values[b]).var(ddof=1))
        for i, a in enumerate(plans)
        for b in plans[i + 1 :]
    }
    left, eliminated = list(plans), {}
    number = first
    while True:
        for plan in _beaten(left, values, scaled, indifference, number):
            left.remove(plan)
            eliminated[plan] = number
        if len(left) == 1 or number >= most:
            break
        for plan in left:
            more = _values(sample, plan, range(number, number + 1))
            values[plan] = np.append(values[plan], more)
        number += 1
    means = {plan: float(known.mean()) for plan, known in values.items()}
    return Selection(
        best=min(left, key=lambda plan: means[plan]),
        left=tuple(left),
        eliminated=eliminated,
        means=means,
        replications={plan: len(known) for plan, known in values.items()},
        guaranteed=len(left) == 1,
    )


def _beaten(
    left: list[str],
    values: dict[str, NDArray[np.float64]],
    scaled: dict[tuple[str, str], float],
    indifference: float,
    number: int,
) -> list[str]:
    """Plans whose sum exceeds that of another by more than the room still allowed.

    Of plans that are exactly equal the earlier stays.
    """
    beaten = []
    for place, plan in enumerate(left):
        for other in left:
            if other == plan:
                continue
            room = scaled.get((plan, other), scaled.get((other, plan), 0.0))
            room = max(room - indifference * number / 2, 0.0)
            total = float((values[plan] - values[other]).sum())
            if total > room or (total == room == 0 and left.index(other) < place):
                beaten.append(plan)
                break
    return beaten


def _values(
    sample: Callable[[str, range], NDArray[np.float64]], plan: str, numbers: range
) -> NDArray[np.float64]:
    values = np.asarray(sample(plan, numbers), dtype=np.float64)
    if not np.isfinite(values).all():
        msg = (
            f"the measure of {plan} is undefined in some of the replications {numbers.start} to "
            f"{numbers.stop - 1}; choose one that every future has."
        )
        raise ExperimentError(msg)
    return values


def _check(
    plans: Sequence[str], indifference: float, most: int, confidence: float, first: int
) -> None:
    problems = []
    if len(plans) < 2 or len(set(plans)) < len(plans):
        problems.append(f"two or more plans of different names are needed, not {list(plans)}")
    if not 0 < indifference < float("inf"):
        problems.append(f"the smallest difference that matters is {indifference:g}; above 0 needed")
    if not 1 / max(len(plans), 1) < confidence < 1:
        problems.append(f"confidence is {confidence:g}; it lies above 1/{len(plans)} and below 1")
    if not 2 <= first <= most:
        problems.append(f"{first} replications come first and {most} at most; 2 or more, in order")
    if problems:
        msg = f"the selection cannot be made: {'; '.join(problems)}."
        raise ExperimentError(msg)
