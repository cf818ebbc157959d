"""What each shipped table is: title, span, publisher, licence and credit line."""

from __future__ import annotations

import functools
import tomllib
from dataclasses import dataclass
from importlib import resources
from typing import Final

import pandas as pd

from forecasting.flows import FlowError

PACKAGE: Final = "forecasting.datasets"


@dataclass(frozen=True)
class DatasetInfo:
    """One shipped table of published figures.

    Attributes
    ----------
    name : str
        Name for :func:`forecasting.datasets.load`.
    title : str
        What it is.
    publisher, licence, credit, notes : str
        Whose it is, the terms, the line to show beside a figure, its quirks.
    period : str
        Day, month or fortnight; empty for a table without time.
    first, last : str
        First and last date or month in the table; empty for a table without time.
    rows : int
        Number of rows of figures.
    table : str
        File name inside the package.
    loader : str
        Name of the function in :mod:`forecasting.datasets` that loads it.

    """

    name: str
    title: str
    publisher: str
    licence: str
    credit: str
    notes: str
    period: str
    first: str
    last: str
    rows: int
    table: str
    loader: str

    @property
    def span(self) -> str:
        """First and last date as text, for example ``2016-01 to 2022-06``."""
        return f"{self.first} to {self.last}" if self.first else "no time"


@functools.cache
def _descriptions() -> dict[str, dict[str, str]]:
    text = resources.files(PACKAGE).joinpath("catalog.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def read_table(name: str) -> pd.DataFrame:
    """Read the shipped table of one dataset as it is on disk.

    Parameters
    ----------
    name : str
        Name in the catalog.

    Returns
    -------
    pandas.DataFrame
        The rows, untouched; dates and months as text.

    """
    file = resources.files(PACKAGE).joinpath("tables", describe(name)["table"])
    with file.open("r", encoding="utf-8") as handle:
        return pd.read_csv(handle)


def describe(name: str) -> dict[str, str]:
    """Return the catalog entry of one dataset as written in ``catalog.toml``.

    Raises
    ------
    FlowError
        If there is no dataset of that name.

    """
    entries = _descriptions()
    if name not in entries:
        msg = f"there is no dataset {name!r}. Datasets shipped: {', '.join(entries)}."
        raise FlowError(msg)
    return entries[name]


@functools.cache
def _info(name: str) -> DatasetInfo:
    entry = describe(name)
    table = read_table(name)
    times = table[entry["time_column"]] if entry["time_column"] else pd.Series([""])
    return DatasetInfo(
        name=name,
        title=entry["title"],
        publisher=entry["publisher"],
        licence=entry["licence"],
        credit=entry["credit"],
        notes=entry["notes"],
        period=entry["period"],
        first=str(times.min()),
        last=str(times.max()),
        rows=len(table),
        table=entry["table"],
        loader=entry["loader"],
    )


def catalog() -> list[DatasetInfo]:
    """List the shipped datasets with span, publisher and licence.

    Returns
    -------
    list of DatasetInfo
        In the order of ``catalog.toml``; spans are counted in the tables themselves.

    Examples
    --------
    >>> for info in catalog()[:2]:
    ...     print(info.name, "|", info.span, "|", info.licence)
    somalia_displacement | 2016-01 to 2022-06 | CC BY
    somalia_districts | no time | free reuse with credit

    """
    return [_info(name) for name in _descriptions()]
