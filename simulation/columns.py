"""Tables by column: what cuts them into measures asks for arrays, a reader for a data frame."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import pandas as pd

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Columns:
    """A table as arrays, and as a data frame once somebody asks for it.

    Parameters
    ----------
    arrays : dict of str to numpy.ndarray, (row,)
        Columns of one length, in their order.

    Examples
    --------
    >>> import numpy as np
    >>> table = Columns({"group": np.arange(2), "persons": np.array([4, 1])})
    >>> len(table), int(table["persons"].sum()), table.frame.shape
    (2, 5, (2, 2))

    """

    def __init__(self, arrays: dict[str, NDArray[Any]]) -> None:
        self._arrays = arrays

    def __getitem__(self, name: str) -> NDArray[Any]:
        return self._arrays[name]

    def __len__(self) -> int:
        return len(next(iter(self._arrays.values())))

    @cached_property
    def frame(self) -> pd.DataFrame:
        """The table as a data frame, which shares the arrays."""
        # The columns stay apart, which makes the table and its cuts faster.
        return pd.DataFrame(self._arrays, copy=False)


@dataclass(frozen=True, slots=True)
class Tables:
    """Tables of one replication by column: see :class:`simulation.records.Records`."""

    steps: Columns
    states: Columns
    groups: Columns
    incidents: Columns
    trips: Columns
    events: Columns
    cases: Columns
    interruptions: Columns
    until: float
