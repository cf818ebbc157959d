"""Signatures hold for the signed bytes and the right key only, and minisign agrees."""

import shutil
import stat
import subprocess

import pytest

from forecasting.sharing import (
    PackageError,
    make_keys,
    read_package,
    read_public_key,
    read_secret_key,
    slice_package,
    verify_package,
    write_package,
)
from forecasting.sharing.checksums import CHECKSUMS, SIGNATURE
from forecasting.sharing.signatures import sign, signature_problem
from tests.forecasting.packages import ABOUT, SALT, files_in, invented_forecast, invented_tree, put

pytest.importorskip("cryptography", reason="signatures need cryptography (extra sharing)")


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    secret = tmp_path_factory.mktemp("keys") / "office.key"
    public = make_keys(secret)
    assert read_public_key(secret.with_name("office.key.pub")) == public
    return secret


def signed_package(folder, keys):
    return write_package(
        invented_forecast(),
        folder / "national",
        ABOUT,
        hierarchy=invented_tree(),
        salt=SALT,
        parquet=False,
        key=read_secret_key(keys),
    )


def test_keys_are_for_the_owner_only_and_never_overwritten(keys):
    assert stat.S_IMODE(keys.stat().st_mode) == 0o600
    before = keys.read_bytes()
    with pytest.raises(PackageError, match="never overwritten"):
        make_keys(keys)
    assert keys.read_bytes() == before
    secret = read_secret_key(keys)
    assert secret.seed.hex() not in repr(secret)


def test_a_signed_package_and_its_signed_slice_hold(tmp_path, keys):
    whole = signed_package(tmp_path, keys)
    public = read_public_key(keys.with_name("office.key.pub"))
    assert read_package(whole.path, key=public).signed == public.name == whole.signed
    part = slice_package(whole, "XA1", tmp_path / "XA1", key=read_secret_key(keys))
    assert part.signed == public.name
    assert verify_package(tmp_path / "XA1", key=public).holds
    without = verify_package(tmp_path / "XA1")
    assert without.holds
    assert "give the key" in without.notes[0]


def test_whatever_was_changed_after_signing_is_found(tmp_path, keys):
    whole = signed_package(tmp_path, keys)
    public = read_public_key(keys.with_name("office.key.pub"))
    files = files_in(whole.path)
    other = make_keys(tmp_path / "other.key")
    assert "was made with key" in verify_package(whole.path, key=other).problems[0]
    resealed = put(tmp_path / "a", {**files, "README.txt": b"changed\n"})
    assert "does not hold for this key" in " ".join(verify_package(resealed, key=public).problems)
    unsigned = {name: part for name, part in files.items() if name != SIGNATURE}
    found = verify_package(put(tmp_path / "b", unsigned), key=public)
    assert f"{SIGNATURE}: is missing; the package is not signed." in found.problems
    comment = files[SIGNATURE].replace(b"file:", b"fine:")
    found = verify_package(put(tmp_path / "c", {**files, SIGNATURE: comment}), key=public)
    assert "does not hold" in found.problems[0]


def test_signatures_that_are_none(keys):
    secret, public = read_secret_key(keys), read_public_key(keys.with_name("office.key.pub"))
    good = sign(b"content", secret, "file:x")
    assert signature_problem(b"content", good, public, "x") == ""
    assert sign(b"content", secret, "file:x") == good
    lines = good.decode().splitlines()
    for spoiled in (
        b"",
        b"\xff\xfe",
        good[:50],
        good + b"more\n",
        "\n".join([lines[0], "!!!", *lines[2:]]).encode(),
        "\n".join([lines[0], lines[1][:20], *lines[2:]]).encode(),
        good.replace(b"trusted comment: file", b"comment: file"),
        bytes(10_000),
    ):
        assert "x: " in signature_problem(b"content", spoiled, public, "x")
    foreign = good.decode().replace(lines[1], "QUE" + lines[1][3:])
    assert signature_problem(b"content", foreign.encode(), public, "x")


def test_keys_that_are_none(tmp_path, keys):
    with pytest.raises(PackageError, match="the key cannot be read"):
        read_secret_key(tmp_path / "nothing")
    with pytest.raises(PackageError, match="not a minisign secret key"):
        read_secret_key(keys.with_name("office.key.pub"))
    with pytest.raises(PackageError, match=r"not a minisign public key.*ends in .pub"):
        read_public_key(keys)
    locked = tmp_path / "locked.key"
    import base64

    first, second = keys.read_text().splitlines()
    packed = bytearray(base64.b64decode(second))
    packed[2:4] = b"Sc"
    locked.write_text(f"{first}\n{base64.b64encode(packed).decode()}\n")
    with pytest.raises(PackageError, match="has a password"):
        read_secret_key(locked)


def test_minisign_reads_our_signature_and_we_read_its(tmp_path, keys):
    minisign = shutil.which("minisign")
    if minisign is None:
        pytest.skip("the program minisign is not installed")
    whole = signed_package(tmp_path, keys)
    subprocess.run(  # noqa: S603 - the program found above
        [minisign, "-V", "-p", f"{keys}.pub", "-m", whole.path / CHECKSUMS],
        check=True,
        capture_output=True,
    )
    theirs = tmp_path / "their.key"
    subprocess.run(  # noqa: S603 - the program found above
        [minisign, "-G", "-W", "-p", f"{theirs}.pub", "-s", theirs], check=True, capture_output=True
    )
    (whole.path / SIGNATURE).unlink()
    subprocess.run(  # noqa: S603 - the program found above
        [minisign, "-S", "-s", theirs, "-m", whole.path / CHECKSUMS],
        check=True,
        capture_output=True,
    )
    public = read_public_key(tmp_path / "their.key.pub")
    assert read_package(whole.path, key=public).signed == public.name
    ours = sign(b"content", read_secret_key(theirs), "file:x")
    assert signature_problem(b"content", ours, public, "x") == ""
