"""The tables of one replication as arrays: what cuts them into measures asks for many columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from simulation.records import Records


class Columns:
    """The columns of a table as arrays, each looked up once.

    Parameters
    ----------
    table : pandas.DataFrame

    """

    def __init__(self, table: pd.DataFrame) -> None:
        self._table = table
        self._known: dict[str, NDArray[Any]] = {}

    def __getitem__(self, name: str) -> NDArray[Any]:
        if name not in self._known:
            self._known[name] = self._table[name].to_numpy()
        return self._known[name]

    def __len__(self) -> int:
        return len(self._table)


@dataclass(frozen=True, slots=True)
class Tables:
    """Tables of one replication by column, like :class:`simulation.records.Records`."""

    steps: Columns
    states: Columns
    groups: Columns
    incidents: Columns
    events: Columns
    cases: Columns
    interruptions: Columns
    until: float

    @classmethod
    def of(cls, records: Records) -> Tables:
        """Take the tables of records."""
        return cls(
            steps=Columns(records.steps),
            states=Columns(records.states),
            groups=Columns(records.groups),
            incidents=Columns(records.incidents),
            events=Columns(records.events),
            cases=Columns(records.cases),
            interruptions=Columns(records.interruptions),
            until=records.until,
        )
