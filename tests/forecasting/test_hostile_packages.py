"""A hundred packages that somebody spoiled on purpose: none is accepted, none does harm."""

import json
import os
import warnings

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from forecasting.sharing import PackageError, read_package, verify_package
from forecasting.sharing.checksums import CHECKSUMS, checksums_bytes
from forecasting.sharing.strict_json import read_json
from tests.forecasting.packages import invented_forecast, put
from tests.forecasting.spoiled_packages import (
    BAD_NAMES,
    ENTRIES,
    GOOD,
    PARQUET,
    SMALL,
    SPOILED,
    check_refused,
    zipped,
)


@pytest.mark.parametrize("name", list(SPOILED))
def test_a_spoiled_package_is_refused_though_its_checksums_fit(tmp_path, name):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # libraries that made the spoiled file
        files = SPOILED[name](dict(GOOD))
    assert {**files, CHECKSUMS: b""} != {**GOOD, CHECKSUMS: b""}
    check_refused(put(tmp_path / "p", files))


@pytest.mark.parametrize("name", sorted(GOOD))
def test_every_changed_missing_or_truncated_file_is_named(tmp_path, name):
    middle = len(GOOD[name]) // 2
    flipped = bytearray(GOOD[name])
    flipped[middle] ^= 1
    for number, part in enumerate((bytes(flipped), GOOD[name][:middle], None)):
        files = {k: v for k, v in {**GOOD, name: part}.items() if v is not None}
        said = check_refused(put(tmp_path / str(number), files, seal=False))
        assert name in said or name == CHECKSUMS


def replaced_by_link(path, target):
    path.unlink()
    path.symlink_to(target)


def test_links_and_devices_in_folders_are_refused(tmp_path):
    secret = tmp_path / "secret.txt"
    secret.write_text("x")
    kinds = {
        "link": lambda p: (p / "link.txt").symlink_to(secret),
        "link for a file": lambda p: replaced_by_link(p / "README.txt", secret),
        "folder link": lambda p: (p / "more").symlink_to(tmp_path, target_is_directory=True),
        "broken link": lambda p: (p / "link.txt").symlink_to("nowhere"),
        "hard link": lambda p: os.link(secret, p / "hard.txt"),
        "pipe": lambda p: os.mkfifo(p / "pipe"),
        "deep": lambda p: (p / "a/b/c/d/e/f/g").mkdir(parents=True),
        "letters": lambda p: (p / "readme.TXT").write_text("x"),
        "name": lambda p: (p / "a b\n.txt").write_text("x"),
        "large": lambda p: (p / "large").write_bytes(bytes(2_100_000)),
    }  # fmt: skip
    for number, (kind, spoil) in enumerate(kinds.items()):
        folder = put(tmp_path / f"p{number}", GOOD)
        spoil(folder)
        assert check_refused(folder), kind
    link = tmp_path / "linked"
    link.symlink_to(put(tmp_path / "whole", GOOD))
    assert "is a link" in check_refused(link)
    assert "no such folder or zip" in check_refused(tmp_path / "nothing")


CHECKSUM_LISTS = {
    "empty": b"",
    "no list": b"hello\n",
    "traversal": GOOD[CHECKSUMS] + b"0" * 64 + b"  ../../etc/passwd\n",
    "absolute": b"0" * 64 + b"  /etc/passwd\n" + GOOD[CHECKSUMS],
    "twice": GOOD[CHECKSUMS].splitlines(keepends=True)[0] + GOOD[CHECKSUMS],
    "unsorted": b"".join(reversed(GOOD[CHECKSUMS].splitlines(keepends=True))),
    "other digest": GOOD[CHECKSUMS].replace(b"a", b"A"),
    "no break at the end": GOOD[CHECKSUMS][:-1],
    "carriage returns": GOOD[CHECKSUMS].replace(b"\n", b"\r\n"),
    "not text": b"\xff\xfe" + GOOD[CHECKSUMS],
    "line less": b"".join(GOOD[CHECKSUMS].splitlines(keepends=True)[1:]),
}


@pytest.mark.parametrize("name", list(CHECKSUM_LISTS))
def test_lists_of_checksums_that_are_none(tmp_path, name):
    check_refused(put(tmp_path / "p", {**GOOD, CHECKSUMS: CHECKSUM_LISTS[name]}, seal=False))


@pytest.mark.parametrize("name", ["deep JSON", "incoherent sum", "huge dims", "virtual data"])
def test_nothing_is_read_from_what_is_refused(tmp_path, name):
    path = put(tmp_path / "p", SPOILED[name](dict(GOOD)))
    with pytest.raises(PackageError, match="has 1 problem"):
        read_package(path, limits=SMALL)


def test_a_hundred_and_more():
    assert len(SPOILED) + len(BAD_NAMES) + len(ENTRIES) + len(CHECKSUM_LISTS) >= 180


def test_the_good_package_is_accepted(tmp_path):
    assert verify_package(put(tmp_path / "p", GOOD), limits=SMALL).problems == ()
    assert verify_package(zipped(tmp_path / "p.zip", GOOD.items()), limits=SMALL).holds


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    name=st.sampled_from(sorted(set(GOOD) - {CHECKSUMS})),
    positions=st.lists(st.integers(0, 2**31), min_size=1, max_size=6),
    bytes_=st.binary(min_size=1, max_size=8),
    cut=st.integers(0, 2**31),
    how=st.sampled_from(["overwrite", "insert", "delete", "cut"]),
)
def test_random_bytes_never_crash_and_are_never_accepted(
    tmp_path_factory, name, positions, bytes_, cut, how
):
    part = bytearray(GOOD[name])
    for position in positions:
        at = position % len(part)
        if how == "overwrite":
            part[at : at + len(bytes_)] = bytes_
        elif how == "insert":
            part[at:at] = bytes_
        elif how == "delete" and len(part) > 20:
            del part[at : at + len(bytes_)]
    if how == "cut":
        part = part[: cut % len(part)]
    if bytes(part) == GOOD[name]:
        return
    folder = tmp_path_factory.mktemp("fuzz")
    found = verify_package(put(folder / "p", {**GOOD, name: bytes(part)}), limits=SMALL)
    if found.holds:
        # HDF5, Parquet, zip have bytes inside that mean nothing, and words that no number follows
        # from are the issuer's, kept by the signature alone; what is read must then be the same.
        assert name in ("samples.nc", "forecast.xlsx", "provenance.json", PARQUET)
        good = invented_forecast()
        assert (abs(found.package.forecast - good) < 5).all()
        return
    assert found.problems


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=200))
def test_json_reader_never_crashes(content_):
    try:
        read = read_json(content_, "x.json")
    except PackageError:
        return
    assert json.loads(content_) == read


def test_resealing_alone_changes_nothing():
    rest = {k: v for k, v in GOOD.items() if k != CHECKSUMS}
    assert checksums_bytes(rest) == GOOD[CHECKSUMS]
