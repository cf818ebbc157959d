"""A comparison of a received Parquet table with the samples that trusts nothing in the file.

A file that this computer would write alike is not parsed at all; another is parsed in a process of
its own (:mod:`forecasting.sharing.parsing`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from forecasting.sharing.hub import COLUMNS
from forecasting.sharing.limits import DEFAULT_LIMITS, Limits, PackageError
from forecasting.sharing.parquet import TYPES, Column, Rows, parquet_bytes
from forecasting.sharing.parsing import Received, parsed_apart

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from forecasting.sharing.figures import Figures

_TAIL: Final = 1024
"""Bytes at the end of a file that say which version of which library wrote it."""


def parquet_problem(
    content: bytes,
    figures: Figures,
    provenance: Mapping[str, Any],
    name: str,
    limits: Limits = DEFAULT_LIMITS,
) -> str:
    """Say where a Parquet table differs from the sums of the samples, or nothing.

    Parameters
    ----------
    content : bytes
    figures : Figures
        Made from the samples.
    provenance : mapping
    name : str
        What messages call the table.
    limits : Limits

    Returns
    -------
    str

    """
    from pathlib import Path

    from forecasting.sharing import parquet_child  # it needs pyarrow

    if _is_our_own(content) and content == parquet_bytes(figures, provenance):
        return ""
    rows = Rows(figures, provenance)
    order = {
        "types": TYPES,
        "texts": [column for column, kind in TYPES.items() if kind == "string"],
        "rows": len(rows),
        "words": max(2, len(figures.shown_causes)),
        "digests": [
            parquet_child.digest_of(rows.of(node)) for node in range(len(figures.hierarchy.codes))
        ],
    }
    received = Received(name, "Parquet file", content, Path(parquet_child.__file__))
    try:
        with parsed_apart(received, order, limits) as (folder, answer):
            differs = answer["differs"]
            if differs is None:
                return ""
            given = _loaded(folder, answer["words"], len(rows))
    except PackageError as error:
        return str(error)
    code = figures.hierarchy.codes[differs]
    return f"{name}: {code}, {_first_difference(given, rows.of(differs))}"


def _is_our_own(content: bytes) -> bool:
    """Tell whether this version of pyarrow says that it wrote a file."""
    import pyarrow as pa

    return f"parquet-cpp-arrow version {pa.cpp_version}".encode() in content[-_TAIL:]


def _loaded(folder: Path, words: Mapping[str, list[str]], length: int) -> dict[str, Column]:
    """Load the columns of a row group; of other types or lengths than asked for, it is damaged."""
    columns = {}
    for name, kind in TYPES.items():
        numbers = np.load(folder / f"{name}.npy", allow_pickle=False)
        wanted = np.float64 if kind == "double" else np.int32
        if numbers.dtype != wanted or numbers.shape != (length,):
            msg = f"{name} has other types than asked for"
            raise ValueError(msg)
        columns[name] = Column(numbers, tuple(map(str, words.get(name, ()))))
    return columns


def _first_difference(given: Mapping[str, Column], right: Mapping[str, Column]) -> str:
    """Say which cell is the first to differ: by column, then by row."""
    for name in COLUMNS:
        ours, theirs = (_shown(one[name], name) for one in (right, given))
        other = np.flatnonzero(~((ours == theirs) | ((ours != ours) & (theirs != theirs))))
        if len(other):
            row = int(other[0])
            where = [
                str(_shown(right[key], key)[row])
                for key in ("cause", "target_end_date", "output_type")
            ]
            level = right["output_type_id"].numbers[row]
            return (
                f"{', '.join(where)} {level:g}: {name} is {theirs[row]}; the samples give "
                f"{ours[row]}."
            )
    return "holds other bytes than the samples give."


def _shown(column: Column, name: str) -> Any:
    if column.words:
        return np.array(column.words, dtype=object)[column.numbers]
    return column.numbers.astype("datetime64[D]") if "date" in TYPES[name] else column.numbers
