"""Received Parquet is parsed in a process of its own and says only what the samples give."""

import io
import json
import re
import sys
import tempfile
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from forecasting.sharing import Limits, parquet_child, parquet_reader, parsing, parsing_child
from forecasting.sharing.parquet import TYPES, Rows, parquet_bytes
from forecasting.sharing.writing import make_package
from tests.forecasting.packages import ABOUT, SALT, invented_forecast, invented_tree
from tests.forecasting.spoiled_packages import GOOD, PARQUET, SMALL

PACKAGE, _ = make_package(invented_forecast(), ABOUT, hierarchy=invented_tree(), salt=SALT)
FIGURES = PACKAGE.figures()
ROWS = Rows(FIGURES, PACKAGE.provenance)
OURS = GOOD[PARQUET]
OTHER = OURS.replace(f"version {pa.cpp_version}".encode(), b"version " + b"1" * len(pa.cpp_version))
"""The same rows as another version of the library would say that it wrote them."""
FOOTER = len(OURS) - 8 - int.from_bytes(OURS[-8:-4], "little")
ORDER = {
    "types": TYPES,
    "texts": [name for name, kind in TYPES.items() if kind == "string"],
    "rows": len(ROWS),
    "words": 3,
    "digests": [parquet_child.digest_of(ROWS.of(node)) for node in range(10)],
    "seconds": SMALL.seconds,
}


@pytest.fixture
def scratch(tmp_path, monkeypatch):
    """Folder for temporary files, which must be empty afterwards."""
    folder = tmp_path / "scratch"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    yield folder
    assert list(folder.iterdir()) == []


def problem(content, limits=SMALL):
    return parquet_reader.parquet_problem(content, FIGURES, PACKAGE.provenance, "table", limits)


def parsed(content):
    """Parse in this process."""
    return parquet_child.parse(content, ORDER, lambda _: None)


def written(change=lambda table: table, **options):
    """Write the table again by other settings."""
    table = change(pq.read_table(io.BytesIO(OURS)))
    stream = io.BytesIO()
    settings = {"row_group_size": len(ROWS), "store_schema": False, **options}
    pq.write_table(table, stream, **settings)
    return stream.getvalue()


def with_footer(old, new, count=1):
    """Change the description at the end of the file; the length stays."""
    assert len(old) == len(new)
    assert old in OTHER[FOOTER:]
    return OTHER[:FOOTER] + OTHER[FOOTER:].replace(old, new, count)


def test_what_this_computer_writes_alike_is_not_parsed(scratch, monkeypatch):
    monkeypatch.setattr(parquet_reader, "parsed_apart", None)
    assert problem(OURS) == ""
    assert parquet_bytes(FIGURES, PACKAGE.provenance) == OURS


def test_the_same_rows_of_another_version_hold(scratch):
    assert OTHER != OURS
    assert problem(OTHER) == ""


@pytest.mark.parametrize(
    "options",
    [{"compression": "gzip"}, {"use_dictionary": False}, {"data_page_version": "2.0"},
     {"write_statistics": False}, {"data_page_size": 64}],
    ids=str,
)  # fmt: skip
def test_the_same_rows_written_otherwise_hold(options):
    assert parsed(written(**options)) == ({}, {"differs": None, "words": {}})


def test_the_first_group_that_differs_is_given():
    content = written(lambda t: t.set_column(8, "value", pa.array(np.zeros(len(t)))))
    arrays, found = parsed(content)
    assert found["differs"] == 0
    assert found["words"]["cause"] == ["flood", "conflict", "all"]
    assert not arrays["value"].any()
    assert set(arrays) == set(TYPES)
    assert {str(array.dtype) for array in arrays.values()} == {"int32", "float64"}


def word(text):
    def change(table):
        cells = ["XA" if code == "XA" else code for code in table["location"].to_pylist()]
        cells[1] = text
        return table.set_column(4, "location", [cells])

    return change


def column(name, values):
    def change(table):
        return table.set_column(table.column_names.index(name), name, [values(table[name])])

    return change


def nested(table):
    return table.set_column(8, "value", [[[x] for x in table["value"].to_pylist()]])


def noted():
    stream = io.BytesIO()
    table = pq.read_table(io.BytesIO(OURS))
    with pq.ParquetWriter(stream, table.schema, store_schema=False) as writer:
        writer.write_table(table, row_group_size=len(ROWS))
        writer.add_key_value_metadata({"note": "read me"})
    return stream.getvalue()


def uneven():
    stream = io.BytesIO()
    table = pq.read_table(io.BytesIO(OURS))
    rows = len(ROWS)
    starts = [0, rows - 1, *range(2 * rows, len(table), rows)]
    with pq.ParquetWriter(stream, table.schema, store_schema=False) as writer:
        for start, end in zip(starts, [*starts[1:], len(table)], strict=True):
            writer.write_table(table.slice(start, end - start), row_group_size=len(table))
    return stream.getvalue()


REFUSED = {
    "notes": (noted(), "holds notes beside its rows"),
    "schema of Arrow": (written(store_schema=True), "holds notes beside its rows"),
    "index of pages": (written(write_page_index=True), "cells elsewhere or with an index"),
    "other groups": (written(row_group_size=100), "has 1,290 rows in 13 groups"),
    "uneven groups": (uneven(), "group 1 has 128 rows, not 129"),
    "row less": (written(lambda t: t.slice(1)), "has 1,289 rows in 10 groups"),
    "many columns": (
        written(lambda _: pa.table({f"c{n}": [0] for n in range(200)})),
        "damaged|has 200 columns",
    ),
    "nested values": (written(nested), "has the columns"),
    "empty cell": (
        written(column("value", lambda c: pa.array([None, *c.to_pylist()[1:]], pa.float64()))),
        "value has empty cells",
    ),
    "many words": (
        written(
            column("location", lambda c: [f"X{n}" if n < 20 else "XA" for n in range(len(c))])
        ),
        "location has 21 different texts; needed: 3",
    ),
    "long word": (written(word("x" * 12_000)), "texts of more than 10,000 letters"),
    "bomb that says so": (written(word("x" * 1_000_000)), "unpacks to too many bytes"),
    "smallest that is not there": (with_footer(b"XA3:D2", b"XA3:D1"), "says of location"),
    "largest that is not there": (
        with_footer(b"internal_displacements", b"internal_displacementz"), "says of target"
    ),
    "column by another name": (
        with_footer(b"output_type_id", b"output_type_ia", -1), "has the columns|cells elsewhere"
    ),
    "bytes that nobody reads": (
        OTHER[:FOOTER] + b"hidden" + OTHER[FOOTER:], "holds bytes that belong to no cell"
    ),
    "bytes before the cells": (
        OTHER[:4] + b"hidden" + OTHER[4:], "holds bytes that belong to no cell"
    ),
    "encrypted": (OTHER[:-4] + b"PARE", "damaged"),
    "footer longer than the file": (OTHER[:-8] + b"\xff\xff\xff\x7f" + OTHER[-4:], "damaged"),
    "negative footer": (OTHER[:-8] + b"\xff\xff\xff\xff" + OTHER[-4:], "damaged"),
    "no footer": (OTHER[:-8] + bytes(4) + OTHER[-4:], "damaged"),
    "footer of zeros": (OTHER[:FOOTER] + bytes(len(OTHER) - FOOTER - 8) + OTHER[-8:], "damaged"),
    "list without end": (
        OTHER[:FOOTER] + b"\x15\x04\x19\xfc\xff\xff\xff\xff\x07" + OTHER[FOOTER + 9 :], "damaged"
    ),
    "half": (OTHER[: len(OTHER) // 2], "damaged"),
    "one byte": (b"P", "damaged"),
    "nothing": (b"", "damaged"),
}  # fmt: skip


@pytest.mark.parametrize("name", list(REFUSED))
def test_what_no_package_holds_is_refused(tmp_path, monkeypatch, name):
    """Run here what otherwise runs in the other process."""
    content, said = REFUSED[name]
    monkeypatch.setattr(parsing_child, "bound", lambda *_: None)
    (tmp_path / parsing_child.ORDER).write_text(json.dumps(ORDER))
    parsing_child.main(tmp_path, content, parquet_child)
    answer = json.loads((tmp_path / parsing_child.ANSWER).read_text())
    assert len(answer) == 1
    told = answer.get("refused", f"damaged {answer.get('damaged')}")
    assert re.search(said, told), told


@pytest.mark.parametrize("name", ["bomb that says so", "half", "footer of zeros", "notes"])
def test_the_other_process_says_it_in_one_message(scratch, name):
    assert re.match(r"table: (unpacks|group 1 |is damaged or no Parquet file|holds).*\.$",
                    problem(REFUSED[name][0]))  # fmt: skip


FAULTS = {
    "crashes": ("os.kill(os.getpid(), 11)", r"ended the program that reads \(exit code -11\)"),
    "aborts": ("os.abort()", "exit code -6"),
    "says nothing": ("pass", "exit code 0"),
    "leaves nothing": (
        "(folder / 'answer.json').write_text(json.dumps({'differs': 0, 'words': {}}))",
        "FileNotFoundError",
    ),
    "names no group": (
        "(folder / 'answer.json').write_text(json.dumps({'arrays': []}))", "KeyError"
    ),
}  # fmt: skip


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
@pytest.mark.parametrize("fault", list(FAULTS))
def test_what_ends_the_program_ends_in_one_error(tmp_path, scratch, monkeypatch, fault):
    text, said = FAULTS[fault]
    path = tmp_path / "program.py"
    path.write_text(f"import json, os, pathlib, sys\nfolder = pathlib.Path(sys.argv[1])\n{text}\n")
    monkeypatch.setattr(parsing, "PROGRAM", path)
    assert re.search(f"^table: .*{said}", problem(OTHER))


@pytest.mark.parametrize(
    ("name", "left"),
    [
        ("value", np.zeros(3)),
        ("value", np.zeros(len(ROWS), np.float32)),
        ("cause", np.zeros(len(ROWS), np.int64)),
    ],
)
def test_other_arrays_than_asked_for_are_damage(tmp_path, name, left):
    for column_name, column_cells in ROWS.of(0).items():
        np.save(tmp_path / f"{column_name}.npy", column_cells.numbers)
    assert set(parquet_reader._loaded(tmp_path, {}, len(ROWS))) == set(TYPES)
    np.save(tmp_path / f"{name}.npy", left)
    with pytest.raises(ValueError, match=f"{name} has other types"):
        parquet_reader._loaded(tmp_path, {}, len(ROWS))


def test_a_group_that_differs_in_no_cell_is_not_taken_for_right():
    said = parquet_reader._first_difference(ROWS.of(0), ROWS.of(0))
    assert said == "holds other bytes than the samples give."


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="memory is bounded on Linux")
def test_a_page_that_unpacks_to_more_than_it_says_gets_no_memory(tmp_path, scratch, monkeypatch):
    """The description says that a column is small, its page says otherwise."""
    content = lying(written(word("x" * 100_000_000), compression="zstd", write_statistics=False))
    assert len(content) < 1_000_000
    path = tmp_path / "program.py"  # with less room, so that the test needs less too
    path.write_text(
        "import pathlib, runpy, sys\n"
        f"own = runpy.run_path({parsing_child.__file__!r})\n"
        "own['main'].__globals__['_OWN_MEMORY'] = 2**29\n"
        "own['main'](pathlib.Path(sys.argv[1]), sys.stdin.buffer.read(), "
        "own['module_at'](pathlib.Path(sys.argv[2])))\n"
    )
    monkeypatch.setattr(parsing, "PROGRAM", path)
    assert problem(OTHER) == ""
    assert problem(content) == "table: needs more memory than its size allows."


def lying(content):
    """Make the sizes in the description small, with as many bytes as before."""
    meta = pq.read_metadata(io.BytesIO(content)).row_group(0)
    for size in (meta.total_byte_size, meta.column(4).total_uncompressed_size):
        number, packed = 2 * size, b""
        while number:
            packed += bytes([number % 128 | (128 if number >= 128 else 0)])
            number //= 128
        small = bytes([0x90, *(0x80 for _ in packed[2:]), 0x00])
        at = content.rindex(packed)
        content = content[:at] + small + content[at + len(small) :]
    again = pq.read_metadata(io.BytesIO(content)).row_group(0)
    assert again.total_byte_size == again.column(4).total_uncompressed_size == 8
    return content


def test_the_program_loads_a_format_without_the_package():
    alone = parsing_child.module_at(Path(parquet_child.__file__))
    assert alone is not parquet_child
    assert alone.digest_of(ROWS.of(3)) == ORDER["digests"][3]


def test_a_reader_within_limits_of_time(scratch, monkeypatch, tmp_path):
    path = tmp_path / "program.py"
    path.write_text("while True: pass")
    monkeypatch.setattr(parsing, "PROGRAM", path)
    assert problem(OTHER, Limits(seconds=1)) == "table: could not be read within 1 s; not read."
