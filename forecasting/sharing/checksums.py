"""SHA-256 checksums of all files of a package, as ``sha256sum --check`` reads them."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Final

from forecasting.sharing.limits import PackageError
from forecasting.sharing.strict_json import read_text

if TYPE_CHECKING:
    from collections.abc import Mapping

CHECKSUMS: Final = "checksums.txt"
SIGNATURE: Final = "checksums.txt.minisig"
_LINE: Final = re.compile(r"([0-9a-f]{64})  (\S+)")


def sha256(content: bytes) -> str:
    """SHA-256 of some bytes as 64 hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()


def checksums_bytes(files: Mapping[str, bytes]) -> bytes:
    """List the checksums of files, sorted by name.

    Examples
    --------
    >>> print(checksums_bytes({"a.txt": b"hello"}).decode()[:20])
    2cf24dba5fb0a30e26e8

    """
    lines = [f"{sha256(files[name])}  {name}\n" for name in sorted(files)]
    return "".join(lines).encode()


def checksum_problems(files: Mapping[str, bytes]) -> list[str]:
    """Name every file that is missing, extra or changed.

    Parameters
    ----------
    files : mapping of str to bytes
        With the list itself.

    Returns
    -------
    list of str
        Empty when every byte of every file is as listed.

    """
    if CHECKSUMS not in files:
        return [f"{CHECKSUMS}: is missing; without it nothing can be verified."]
    try:
        listed = _listed(read_text(files[CHECKSUMS], CHECKSUMS))
    except PackageError as error:
        return [str(error)]
    there = set(files) - {CHECKSUMS, SIGNATURE}
    problems = [
        f"{name}: is missing; {CHECKSUMS} lists it." for name in sorted(set(listed) - there)
    ]
    problems += [
        f"{name}: is extra; {CHECKSUMS} does not list it." for name in sorted(there - set(listed))
    ]
    problems += [
        f"{name}: was changed; its SHA-256 is {sha256(files[name])[:12]}..., {CHECKSUMS} says "
        f"{listed[name][:12]}..."
        for name in sorted(there & set(listed))
        if sha256(files[name]) != listed[name]
    ]
    return problems


def _listed(text: str) -> dict[str, str]:
    listed: dict[str, str] = {}
    for number, line in enumerate(text.removesuffix("\n").split("\n"), start=1):
        match = _LINE.fullmatch(line)
        if match is None:
            msg = f"{CHECKSUMS}, line {number}: is not a SHA-256 and a name."
            raise PackageError(msg)
        digest, name = match.groups()
        if name in listed:
            msg = f"{CHECKSUMS}, line {number}: {name[:80]!r} stands twice."
            raise PackageError(msg)
        listed[name] = digest
    if list(listed) != sorted(listed) or not text.endswith("\n"):
        msg = f"{CHECKSUMS}: is not sorted by name or does not end with a line break."
        raise PackageError(msg)
    return listed
