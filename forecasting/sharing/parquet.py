"""The table of quantiles and joint samples of all places in Parquet, one row group per place."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from forecasting.sharing.extras import needed
from forecasting.sharing.figures import QUANTILE_LEVELS, Figures
from forecasting.sharing.hub import COLUMNS, said_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

OUTPUT_TYPES: Final = ("quantile", "sample")
TYPES: Final = {
    "reference_date": "date32[day]",
    "target": "string",
    "horizon": "int32",
    "target_end_date": "date32[day]",
    "location": "string",
    "cause": "string",
    "output_type": "string",
    "output_type_id": "double",
    "value": "double",
}
"""Types of the columns in the words of Arrow."""


class Column(NamedTuple):
    """A column of the rows of one place.

    Parameters
    ----------
    numbers : numpy.ndarray, (row,)
        Days since 1970 for dates, positions in the words for text.
    words : tuple of str
        Empty for numbers.

    """

    numbers: npt.NDArray[Any]
    words: tuple[str, ...] = ()


class Rows:
    """Rows of every place: quantiles by cause, period and level, then samples likewise.

    Parameters
    ----------
    figures : Figures
    provenance : mapping

    """

    def __init__(self, figures: Figures, provenance: Mapping[str, Any]) -> None:
        self.figures = figures
        reference, target, _ = said_of(provenance, figures)
        steps = len(figures.first_days)
        ids = (np.array(QUANTILE_LEVELS), figures.sample_numbers.astype(np.float64))
        causes = (len(figures.shown_causes), len(figures.causes))
        sizes = [len(one) * count * steps for one, count in zip(ids, causes, strict=True)]
        length = sum(sizes)
        horizon = np.concatenate(
            [
                np.tile(np.repeat(np.arange(1, steps + 1, dtype=np.int32), len(one)), count)
                for one, count in zip(ids, causes, strict=True)
            ]
        )
        cause = [
            np.repeat(np.arange(count, dtype=np.int32), steps * len(one))
            for one, count in zip(ids, causes, strict=True)
        ]
        numbered = [np.tile(one, size // len(one)) for one, size in zip(ids, sizes, strict=True)]
        same = np.zeros(length, np.int32)
        first = np.datetime64(reference, "D").astype(np.int32)
        ends = figures.last_days.astype("datetime64[D]").astype(np.int32)
        self._same = {
            "reference_date": Column(np.full(length, first)),
            "target": Column(same, (target,)),
            "horizon": Column(horizon),
            "target_end_date": Column(ends[horizon - 1]),
            "cause": Column(np.concatenate(cause), figures.shown_causes),
            "output_type": Column(np.repeat(np.arange(2, dtype=np.int32), sizes), OUTPUT_TYPES),
            "output_type_id": Column(np.concatenate(numbered)),
        }

    def __len__(self) -> int:
        """Rows of one place."""
        return len(self._same["horizon"].numbers)

    def of(self, node: int) -> dict[str, Column]:
        """Columns of one place, in their order."""
        parts = (self.figures.quantiles[node], self.figures.samples[node])
        values = np.concatenate([np.moveaxis(part, 0, -1).reshape(-1) for part in parts])
        columns = {
            **self._same,
            "location": Column(
                np.zeros(len(self), np.int32), (self.figures.hierarchy.codes[node],)
            ),
            "value": Column(values.astype(np.float64)),
        }
        return {name: columns[name] for name in COLUMNS}


def parquet_bytes(figures: Figures, provenance: Mapping[str, Any]) -> bytes:
    """Write quantiles and joint samples of all places as Parquet, one row group per place.

    Parameters
    ----------
    figures : Figures
    provenance : mapping

    Returns
    -------
    bytes

    Raises
    ------
    PackageError
        If pyarrow is not installed.

    """
    needed("pyarrow", "Parquet tables", "leave them out (parquet=False, --no-parquet)")
    import pyarrow as pa
    import pyarrow.parquet as pq

    kinds = {"date32[day]": pa.date32(), "int32": pa.int32(), "double": pa.float64()}
    kinds["string"] = pa.dictionary(pa.int32(), pa.string())
    schema = pa.schema({name: kinds[kind] for name, kind in TYPES.items()})
    rows = Rows(figures, provenance)
    stream = BytesIO()
    with pq.ParquetWriter(
        stream,
        schema,
        compression="zstd",
        use_dictionary=[name for name in COLUMNS if name != "output_type_id"],
        store_schema=False,
    ) as writer:
        for node in range(len(figures.hierarchy.codes)):
            arrays = [
                pa.DictionaryArray.from_arrays(numbers, pa.array(words))
                if words
                else pa.array(numbers).cast(schema.field(name).type)
                for name, (numbers, words) in rows.of(node).items()
            ]
            writer.write_table(pa.table(arrays, schema=schema))
    return stream.getvalue()
