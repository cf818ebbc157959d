"""What :mod:`forecasting.sharing.parsing_child` knows of a received table in Parquet.

It imports nothing else of this package. It is told how many rows of which types a package has and
the digest of every row group, reads one row group at a time, and gives the first that differs. What
says more than the rows (notes, indexes, statistics that do not fit, bytes between the pages) is
refused, because other readers would use it.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_LONGEST_TEXT: Final = 10_000
_MOST_ENTRIES: Final = 64
"""Of any list in the description of the file, beside the row groups: columns, encodings, notes."""
_BYTES_OF_A_ROW: Final = 128
"""A plain row of nine numbers and codes takes less, unpacked; more is a bomb."""
_BYTES_OF_A_GROUP: Final = 65_536
_MARK: Final = b"PAR1"


class Refused(Exception):  # noqa: N818 - it names what happened to the file
    """The file holds what no package holds."""


Cells = tuple[npt.NDArray[Any], tuple[str, ...]]
"""Numbers of a column, or positions in its words, and the words, none twice; none for numbers."""


def digest_of(cells: Mapping[str, Cells]) -> str:
    """SHA-256 of the cells of a row group, whatever the order in which words are kept.

    Examples
    --------
    >>> one = (np.array([0, 1, 1], np.int32), ("flood", "drought"))
    >>> same = (np.array([2, 0, 0], np.int32), ("drought", "conflict", "flood"))
    >>> digest_of({"cause": one}) == digest_of({"cause": same})
    True

    """
    whole = hashlib.sha256()
    for name, (numbers, words) in cells.items():
        used: list[str] = []
        if words:
            present = np.flatnonzero(np.bincount(numbers, minlength=len(words)))
            used = sorted(words[position] for position in present)
            places = {word: place for place, word in enumerate(used)}
            numbers = np.array([places.get(word, -1) for word in words], np.int32)[numbers]
        whole.update(json.dumps([name, used]).encode())
        whole.update(np.ascontiguousarray(numbers).astype(numbers.dtype.newbyteorder("<")).data)
    return whole.hexdigest()


def parse(
    content: bytes, order: dict[str, Any], allow: Callable[[int], None]
) -> tuple[dict[str, npt.NDArray[Any]], dict[str, Any]]:
    """Read a file for :mod:`forecasting.sharing.parsing_child`.

    Parameters
    ----------
    content : bytes
        Of the Parquet file.
    order : dict
        ``types`` by column, ``texts`` (columns of text), ``digests`` of the row groups, their
        ``rows``, and most ``words`` in a column of one row group.
    allow : callable
        Takes the bytes needed beside those that hold the file.

    Returns
    -------
    arrays : dict of numpy.ndarray
        Columns of the first row group that differs; none if all are as they should be.
    found : dict
        ``differs``: its position or None; ``words`` of its columns of text.

    Raises
    ------
    Refused
        If the file holds anything but those columns and rows.

    """
    digests, rows = order["digests"], order["rows"]
    most = max(_MOST_ENTRIES, len(digests))
    first = pq.ParquetFile(pa.BufferReader(content), thrift_container_size_limit=most)
    _check_schema(first, order)
    _check_extent(first.metadata, content, order)
    allow(8 * (rows * _BYTES_OF_A_ROW + _BYTES_OF_A_GROUP))
    file = pq.ParquetFile(
        pa.BufferReader(content),
        metadata=first.metadata,
        read_dictionary=order["texts"],
        pre_buffer=False,
    )
    for group, digest in enumerate(digests):
        table = file.read_row_group(group, use_threads=False)
        cells = {
            name: _cells(table[name], name, kind, order["words"])
            for name, kind in order["types"].items()
        }
        if digest_of(cells) != digest:
            words = {name: list(words) for name, (_, words) in cells.items() if words}
            arrays = {name: numbers for name, (numbers, _) in cells.items()}
            return arrays, {"differs": group, "words": words}
        _check_statistics(file.metadata.row_group(group), cells, order["types"])
    return {}, {"differs": None, "words": {}}


def _check_schema(file: Any, order: dict[str, Any]) -> None:
    schema = file.schema_arrow
    if len(schema.names) > _MOST_ENTRIES:
        msg = f"has {len(schema.names)} columns; a package has {len(order['types'])}."
        raise Refused(msg)
    given = {field.name[:80]: str(_plain(field.type))[:80] for field in schema}
    if list(given.items()) != list(order["types"].items()) or len(schema.names) != len(given):
        msg = f"has the columns {given}; a package has {order['types']}."
        raise Refused(msg)
    if file.metadata.metadata or schema.metadata or any(field.metadata for field in schema):
        msg = "holds notes beside its rows; a package has none."
        raise Refused(msg)


def _plain(kind: Any) -> Any:
    return kind.value_type if pa.types.is_dictionary(kind) else kind


def _check_extent(meta: Any, content: bytes, order: dict[str, Any]) -> None:
    """Refuse other numbers of rows, groups that unpack to too much, and bytes between pages."""
    rows, groups, names = order["rows"], len(order["digests"]), list(order["types"])
    if meta.num_rows != rows * groups or meta.num_row_groups != groups:
        msg = (
            f"has {meta.num_rows:,} rows in {meta.num_row_groups} groups; the samples make "
            f"{rows * groups:,} rows in {groups} groups."
        )
        raise Refused(msg)
    end = len(_MARK)
    for number in range(groups):
        group = meta.row_group(number)
        unpacked = group.total_byte_size
        if group.num_rows != rows:
            msg = f"group {number + 1} has {group.num_rows:,} rows, not {rows:,}."
            raise Refused(msg)
        for column, name in enumerate(names):
            chunk = group.column(column)
            starts = (chunk.dictionary_page_offset, chunk.data_page_offset)
            first = min(start for start in starts if start is not None)
            bloom = getattr(chunk, "bloom_filter_offset", None)  # pyarrow 20 or later
            elsewhere = first != end or chunk.file_path or chunk.path_in_schema != name
            if elsewhere or bloom is not None or _is_indexed(chunk):
                msg = f"{name} keeps its cells elsewhere or with an index."
                raise Refused(msg)
            end += chunk.total_compressed_size
            unpacked = max(unpacked, chunk.total_uncompressed_size)
        if unpacked > rows * _BYTES_OF_A_ROW + _BYTES_OF_A_GROUP:
            msg = f"group {number + 1} unpacks to too many bytes."
            raise Refused(msg)
    footer = int.from_bytes(content[-8:-4], "little")
    if end + footer + 8 != len(content):
        msg = "holds bytes that belong to no cell."
        raise Refused(msg)


def _is_indexed(chunk: Any) -> bool:
    return bool(chunk.has_column_index or chunk.has_offset_index)


def _cells(column: Any, name: str, kind: str, most_words: int) -> Cells:
    if column.null_count:
        msg = f"{name} has empty cells; a package has none."
        raise Refused(msg)
    if not pa.types.is_dictionary(column.type):
        days = column.cast(pa.int32()) if kind.startswith("date") else column
        return days.combine_chunks().to_numpy(zero_copy_only=False), ()
    whole = column.unify_dictionaries().combine_chunks()
    if len(whole.dictionary) > most_words:
        msg = f"{name} has {len(whole.dictionary):,} different texts; needed: {most_words}."
        raise Refused(msg)
    words = [str(word) for word in whole.dictionary.to_pylist()]
    if any(len(word) > _LONGEST_TEXT for word in words):
        msg = f"{name} has texts of more than {_LONGEST_TEXT:,} letters."
        raise Refused(msg)
    # A file may hold a word twice.
    once = tuple(dict.fromkeys(words))
    places = np.array([once.index(word) for word in words], np.int32)
    return places[whole.indices.to_numpy()], once


def _check_statistics(group: Any, cells: dict[str, Cells], types: dict[str, str]) -> None:
    """Compare what the file says of a column with its cells: others skip rows by it."""
    for position, (name, (numbers, words)) in enumerate(cells.items()):
        said = group.column(position).statistics
        if said is None:
            continue
        lowest, highest = numbers.min().item(), numbers.max().item()
        if words:
            used = [words[place] for place in np.unique(numbers)]
            lowest, highest = min(used), max(used)
        elif types[name].startswith("date"):
            lowest, highest = (np.datetime64(day, "D").item() for day in (lowest, highest))
        fits = not said.has_null_count or said.null_count == 0
        fits = fits and said.num_values == len(numbers) and not said.has_distinct_count
        if not fits or (said.has_min_max and (said.min, said.max) != (lowest, highest)):
            msg = f"says of {name} what its cells do not hold."
            raise Refused(msg)
