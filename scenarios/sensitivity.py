"""What the answer hangs on: one number at a time (tornado), and all together (Sobol)."""

from __future__ import annotations

import importlib.util
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from scenarios.comparison import mean_interval
from scenarios.variants import Variants, outcome_name
from simulation.experiments import ExperimentError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

_NUMBER: Final = r"-?\d+(\.\d+)?"
_VARIED: Final = re.compile(
    rf"(?P<path>[^=]+?)\s*=\s*(?P<low>{_NUMBER})\s*\.\.\s*(?P<high>{_NUMBER})\s*(?P<unit>.*)"
)


@dataclass(frozen=True)
class Parameter:
    """A number of a scenario that is varied.

    Parameters
    ----------
    path : str
        As in a change of a derived scenario.
    low, high : float
        In the unit.
    unit : str
        As a scenario file writes it.
    whole : bool
        Whether only whole numbers are tried: when both limits are.

    """

    path: str
    low: float
    high: float
    unit: str
    whole: bool

    def change(self, value: float) -> dict[str, Any]:
        """Return the change that gives the number a value."""
        number = f"{round(value)}" if self.whole else f"{value:.10g}"
        return {"set": self.path, "to": f"{number} {self.unit}".strip(), "because": "Varied."}


def read_parameter(text: str) -> Parameter:
    """Read which number is varied, and within which limits.

    Parameters
    ----------
    text : str

    Raises
    ------
    ExperimentError
        If it is written otherwise.

    Examples
    --------
    >>> read_parameter("inflows.hiraan-flood.share=2..8.5 %").change(5.25)["to"]
    '5.25 %'

    """
    found = _VARIED.fullmatch(text.strip())
    if found is None or float(found["low"]) >= float(found["high"]):
        msg = (
            f"--vary is {text!r}; write a path of the scenario, two numbers, the smaller first, "
            "and the unit, such as 'sites.ceel-jaale.places=2000..6000 persons'."
        )
        raise ExperimentError(msg)
    whole = "." not in found["low"] + found["high"] and found["unit"] != "%"
    return Parameter(found["path"], float(found["low"]), float(found["high"]), found["unit"], whole)


def tornado(
    variants: Variants,
    parameters: Sequence[Parameter],
    measure: str,
    *,
    advance: Callable[[str], None] = lambda _what: None,
) -> pd.DataFrame:
    """Vary one number at a time to both its limits, all others as in the scenario.

    Parameters
    ----------
    variants : Variants
        The scenario with its replications; every variant meets the same futures.
    parameters : sequence of Parameter
    measure : str
        Name or label of a measure that plans are judged by.
    advance : callable
        Told what is tried next.

    Returns
    -------
    pandas.DataFrame
        One row per parameter and limit, the parameter with the largest effect first:
        ``parameter``, ``value`` with unit, ``difference`` of the mean from that of the scenario
        in the unit of the measure, with its paired 95 % interval ``low`` and ``high``, ``unit``.

    """
    base = variants.outcomes()
    name = outcome_name(measure, list(base.columns))
    rows = []
    for one in parameters:
        for limit in (one.low, one.high):
            change = one.change(limit)
            advance(f"{one.path} = {change['to']}")
            other = variants.outcomes([change])
            difference = (other[name] - base[name]).dropna().to_numpy(dtype=np.float64)
            low, high = mean_interval(difference)
            rows.append(
                {
                    "parameter": one.path,
                    "value": change["to"],
                    "difference": float(difference.mean()) if len(difference) else np.nan,
                    "low": low,
                    "high": high,
                    "unit": base.attrs["units"][name],
                }
            )
    table = pd.DataFrame(rows)
    size = table["difference"].abs().groupby(table["parameter"]).transform("max")
    return (
        table.assign(size=size)
        .sort_values(["size", "parameter"], ascending=[False, True], kind="stable")
        .drop(columns="size")
        .reset_index(drop=True)
    )


def check_points(parameters: Sequence[Parameter], points: int) -> None:
    """Check that Sobol indices can be estimated, before anything is simulated.

    Parameters
    ----------
    parameters : sequence of Parameter
    points : int

    Raises
    ------
    ExperimentError
        If SALib is not installed, there are fewer than two numbers, or the points are no power
        of 2.

    """
    if importlib.util.find_spec("SALib") is None:
        msg = "Sobol indices need the extra 'sensitivity': pip install 'safepassage[sensitivity]'."
        raise ExperimentError(msg)
    if len(parameters) < 2 or points < 2 or points & (points - 1):
        msg = (
            f"Sobol indices need two or more numbers (given: {len(parameters)}) and a power of 2 "
            f"of points (given: {points})."
        )
        raise ExperimentError(msg)


def sobol(
    variants: Variants,
    parameters: Sequence[Parameter],
    measure: str,
    *,
    points: int,
    advance: Callable[[str], None] = lambda _what: None,
) -> pd.DataFrame:
    """Split the variance of the mean of a measure among numbers that vary together.

    Every number is uniform between its limits and independent of the others. Sampling of Saltelli
    (2010, doi:10.1016/j.cpc.2009.09.018) by the package SALib, extra ``sensitivity``. The mean
    over the replications of the same futures is what varies, so noise of the simulation is in
    part shared and in part counted as interaction.

    Parameters
    ----------
    variants : Variants
    parameters : sequence of Parameter
        At least two.
    measure : str
    points : int
        A power of 2; ``points * (parameters + 2)`` variants are simulated.
    advance : callable

    Returns
    -------
    pandas.DataFrame
        One row per parameter, largest total first: ``parameter``, ``first`` (share of the variance
        that goes when this number alone were known) and ``total`` (share that stays when all others
        were known), each with the half width of its 95 % bootstrap interval ``first_half`` and
        ``total_half``.

    Raises
    ------
    ExperimentError
        If SALib is not installed, there are fewer than two numbers, the points are no power of
        2, or the measure does not vary.

    """
    check_points(parameters, points)
    from SALib.analyze import sobol as analysis
    from SALib.sample import sobol as sampling

    problem = {
        "num_vars": len(parameters),
        "names": [one.path for one in parameters],
        "bounds": [[one.low, one.high] for one in parameters],
    }
    seed = variants.scenario.experiment.seed if variants.seed is None else variants.seed
    chosen: NDArray[np.float64] = sampling.sample(
        problem, points, calc_second_order=False, seed=seed
    )
    means = np.empty(len(chosen))
    for number, row in enumerate(chosen):
        advance(f"variant {number + 1} of {len(chosen)}")
        changes = [one.change(value) for one, value in zip(parameters, row, strict=True)]
        table = variants.outcomes(changes)
        means[number] = table[outcome_name(measure, list(table.columns))].mean()
    if not np.isfinite(means).all() or np.ptp(means) == 0:
        msg = (
            f"the mean of {measure!r} is the same or undefined in all variants; vary the numbers "
            "more, or choose another measure."
        )
        raise ExperimentError(msg)
    found = analysis.analyze(problem, means, calc_second_order=False, seed=seed)
    table = pd.DataFrame(
        {
            "parameter": problem["names"],
            "first": found["S1"],
            "first_half": found["S1_conf"],
            "total": found["ST"],
            "total_half": found["ST_conf"],
        }
    )
    return table.sort_values("total", ascending=False, ignore_index=True)
