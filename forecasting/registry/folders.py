"""Immutable folders named by what they hold: written beside, moved in place when complete."""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from forecasting.flows import FlowError
from forecasting.hierarchy.places import listing

if TYPE_CHECKING:
    from pathlib import Path

INCOMING: Final = "incoming"
STALE_SECONDS: Final = 86_400.0
"""Half-written folders of writers that were stopped are removed after a day."""
_CHUNK: Final = 1 << 20


def tree_hash(files: dict[str, str]) -> str:
    """Hash of a folder: SHA-256 of its sorted list of checksums and names."""
    lines = [f"{digest}  {name}\n" for name, digest in sorted(files.items())]
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def checksums(folder: Path) -> dict[str, str]:
    """SHA-256 of every file below a folder, by its path with forward slashes.

    Raises
    ------
    FlowError
        If there is no file, or something that is neither file nor folder (such as a link).

    """
    found = {}
    strange = []
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_symlink() or not (path.is_file() or path.is_dir()):
            strange.append(name)
        elif path.is_file():
            found[name] = _digest(path)
    if strange:
        msg = f"{folder} holds {listing(strange)}: neither file nor folder; nothing was kept."
        raise FlowError(msg)
    if not found:
        msg = f"{folder} holds no file; give the folder of a package."
        raise FlowError(msg)
    return found


def _digest(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def fresh_folder(root: Path) -> Path:
    """Return a new folder for one writer, beside what is complete."""
    incoming = root / INCOMING
    incoming.mkdir(parents=True, exist_ok=True)
    folder = incoming / f"{os.getpid()}-{secrets.token_hex(8)}"
    folder.mkdir()
    return folder


def move_in_place(folder: Path, target: Path) -> bool:
    """Move a complete folder to its place at once; False if something is there already.

    Renaming a folder onto one that holds files fails on every system, so two writers cannot take
    the same place, and a writer that is stopped leaves either all or nothing there.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            _flush(path)
    _flush(folder)
    try:
        folder.rename(target)
    except OSError:
        if not target.exists():
            raise
        return False
    _flush(target.parent)
    return True


def _flush(path: Path) -> None:
    """Have the system write a file or folder to the disk, where it can."""
    try:
        handle = os.open(path, os.O_RDONLY)
    except OSError:  # systems that cannot open folders
        return
    try:
        os.fsync(handle)
    except OSError:
        return
    finally:
        os.close(handle)


def keep_folder(source: Path, root: Path, part: str) -> str:
    """Copy a folder into the registry under its hash; the same content is kept once.

    Parameters
    ----------
    source : pathlib.Path
    root : pathlib.Path
        Registry.
    part : str
        Folder of the registry to keep it in.

    Returns
    -------
    str
        The hash.

    """
    if not source.is_dir():
        msg = f"{source} is no folder; give the folder of a package."
        raise FlowError(msg)
    expected = tree_hash(checksums(source))
    target = root / part / expected
    if target.is_dir():
        return expected
    folder = fresh_folder(root)
    try:
        copy = folder / expected
        shutil.copytree(source, copy)
        if tree_hash(checksums(copy)) != expected:
            msg = f"{source} changed while it was copied; nothing was kept. Try again."
            raise FlowError(msg)
        for path in copy.rglob("*"):
            path.chmod(0o755 if path.is_dir() else 0o444)
        move_in_place(copy, target)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return expected


def remove_stale(root: Path) -> None:
    """Remove half-written folders that no writer can still be working on."""
    oldest = time.time() - STALE_SECONDS
    incoming = root / INCOMING
    for folder in incoming.iterdir() if incoming.is_dir() else ():
        with suppress(FileNotFoundError):  # its writer has finished meanwhile
            if folder.stat().st_mtime < oldest:
                shutil.rmtree(folder, ignore_errors=True)
