"""How well a planner wants a measure to be known, as typed, and the replications it takes."""

from __future__ import annotations

import re
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from scenarios.comparison import outcomes
from scenarios.variants import outcome_name
from simulation.experiments import BLOCK, ExperimentError
from simulation.precision import Known, Precision, replicate_to_precision

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pandas as pd
    import xarray as xr

_WRITTEN: Final = re.compile(r"(?P<measure>.+?)\s*:\s*(?P<number>\d+(\.\d+)?)\s*(?P<unit>.*)")


def read_precision(text: str) -> Precision:
    """Read how well a measure must be known.

    Parameters
    ----------
    text : str
        A measure, a colon, and the half width of its 95 % interval: in per cent of the mean, or in
        the unit of the measure.

    Raises
    ------
    ExperimentError
        If it is written otherwise.

    Examples
    --------
    >>> read_precision("nights without a place: 5 %").share
    0.05
    >>> read_precision("families split between sites: 2").half_width
    2.0

    """
    found = _WRITTEN.fullmatch(text.strip())
    if found is None:
        msg = (
            f"--precision is {text!r}; write a measure, a colon and a number, such as "
            "'nights without a place: 5 %' or 'families split between sites: 2'."
        )
        raise ExperimentError(msg)
    number = float(found["number"])
    if found["unit"] == "%":
        return Precision(found["measure"], share=number / 100)
    if found["unit"]:
        msg = (
            f"--precision is {text!r}; after the number comes % or nothing: without % it is in the "
            "unit of the measure."
        )
        raise ExperimentError(msg)
    return Precision(found["measure"], half_width=number)


def enough_replications(
    simulate: Callable[[int, Path], xr.Dataset],
    wanted: Sequence[Precision],
    *,
    most: int,
    keep: Path | None = None,
) -> Known:
    """Run replications of a plan until its measures are known well enough.

    Parameters
    ----------
    simulate : callable
        From a number of replications and a folder that keeps them to the measures.
    wanted : sequence of Precision
        With names or labels of measures.
    most : int
    keep : pathlib.Path or None
        Where replications are kept; None takes a temporary folder.

    Returns
    -------
    Known

    Raises
    ------
    ExperimentError
        If there is no such measure.

    """
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "replications" if keep is None else keep

        def sample(number: int) -> pd.DataFrame:
            return outcomes(simulate(number, folder))

        first = min(BLOCK, most)
        names = list(sample(first).columns)
        named = [replace(one, measure=outcome_name(one.measure, names)) for one in wanted]
        return replicate_to_precision(sample, named, most=most, multiple=BLOCK)
