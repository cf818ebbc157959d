"""Packages in a zip that could do harm by their names or entries: none is accepted."""

import struct

import pytest

from tests.forecasting.spoiled_packages import BAD_NAMES, ENTRIES, GOOD, check_refused, zipped


@pytest.mark.parametrize("name", BAD_NAMES, ids=ascii)
def test_names_that_could_do_harm_are_refused(tmp_path, name):
    path = zipped(tmp_path / "p.zip", [*GOOD.items(), (name, b"x")])
    check_refused(path)
    assert [one.name for one in tmp_path.iterdir()] == ["p.zip"]


@pytest.mark.parametrize("name", list(ENTRIES))
def test_zip_files_that_could_do_harm_are_refused(tmp_path, name):
    check_refused(zipped(tmp_path / "p.zip", [*GOOD.items(), *ENTRIES[name]]))


def test_damaged_zip_files_are_refused(tmp_path):
    whole = zipped(tmp_path / "whole.zip", GOOD.items()).read_bytes()
    encrypted = bytearray(whole)
    for position in (6, whole.rindex(b"PK\x01\x02") + 8):
        encrypted[position] |= 1
    central = whole.index(b"PK\x01\x02")
    lying = whole[: central + 24] + struct.pack("<I", 10) + whole[central + 28 :]
    for number, part in enumerate(
        (
            b"",
            b"PK",
            b"hello",
            whole[:1000],
            whole[:-1],
            whole[:-30],
            bytes(encrypted),
            lying,
            whole[:40] + b"\0\0\0" + whole[43:],
        )
    ):
        path = tmp_path / f"{number}.zip"
        path.write_bytes(part)
        check_refused(path)
