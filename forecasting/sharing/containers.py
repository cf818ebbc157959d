"""Folders and zip files as plain names and bytes: read within bounds, written whole or not at all.

Nothing is ever unpacked to disk while reading: every file is read once into memory, so that what
was checked is what is used.
"""

from __future__ import annotations

import itertools
import os
import re
import shutil
import stat
import tempfile
import unicodedata
import zipfile
import zlib
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Final

from forecasting.sharing.limits import DEFAULT_LIMITS, Limits, PackageError, raise_problems

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_PLAIN: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]*")
_DEVICES: Final = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\.|$)", re.IGNORECASE)
_LONGEST_NAME: Final = 180
_DEEPEST: Final = 4
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)
"""The earliest time a zip file can hold; it says nothing."""
_METHODS: Final = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


def name_problem(name: str) -> str:
    """Say what is wrong with the name of a file in a package, or nothing.

    Examples
    --------
    >>> name_problem("model-output/a-b/2022-07-01-a-b.csv")
    ''
    >>> name_problem("../../etc/passwd")
    "'..' cannot be a part of a name"

    """
    if len(name) > _LONGEST_NAME:
        return f"has {len(name)} characters; at most {_LONGEST_NAME} are allowed"
    parts = name.split("/")
    if len(parts) > _DEEPEST:
        return f"lies {len(parts)} folders deep; at most {_DEEPEST} are allowed"
    for part in parts:
        if not _PLAIN.fullmatch(part) or part.endswith("."):
            return f"{part!r} cannot be a part of a name"
        if _DEVICES.match(part):
            return f"{part!r} is the name of a device on some computers"
    return ""


def _names_problems(names: Iterable[str]) -> list[str]:
    seen: dict[str, str] = {}
    problems = []
    for name in names:
        wrong = name_problem(name)
        if wrong:
            problems.append(f"{_shown(name)}: {wrong}.")
        folded = unicodedata.normalize("NFKC", name).casefold()
        if folded in seen:
            problems.append(f"{_shown(name)}: the same name as {_shown(seen[folded])}.")
        seen.setdefault(folded, name)
    return problems


def _shown(name: str) -> str:
    return ascii(name if len(name) <= 80 else f"{name[:77]}...")[1:-1]


def read_container(path: Path, limits: Limits = DEFAULT_LIMITS) -> dict[str, bytes]:
    """Read every file of a folder or zip into memory.

    Parameters
    ----------
    path : pathlib.Path
        Folder, or zip file whose files may all lie in one folder.
    limits : Limits

    Returns
    -------
    dict of str to bytes
        Names with ``/`` between folders, sorted.

    Raises
    ------
    PackageError
        If there is nothing, or anything but plain files with plain names within the limits; all
        problems at once.

    """
    try:
        if path.is_symlink():
            msg = f"{path}: is a link; give the folder or zip file itself."
            raise PackageError(msg)
        if path.is_dir():
            return _read_folder(path, limits)
        if path.is_file():
            return _read_zip(path, limits)
    except OSError as error:
        msg = f"{path}: cannot be read ({error.strerror})."
        raise PackageError(msg) from error
    msg = f"{path}: no such folder or zip file. Give the path of a forecast package."
    raise PackageError(msg)


def _read_folder(folder: Path, limits: Limits) -> dict[str, bytes]:
    found: dict[str, os.stat_result] = {}
    problems: list[str] = []
    waiting = [folder]
    while waiting:
        here = waiting.pop()
        with os.scandir(here) as listed:
            entries = sorted(itertools.islice(listed, limits.files + 1), key=lambda e: e.name)
        for entry in entries:
            name = Path(entry.path).relative_to(folder).as_posix()
            state = entry.stat(follow_symlinks=False)
            if stat.S_ISDIR(state.st_mode):
                if name.count("/") >= _DEEPEST:
                    problems.append(f"{_shown(name)}: lies too deep; nothing below it was read.")
                else:
                    waiting.append(Path(entry.path))
                continue
            found[name] = state
            if not stat.S_ISREG(state.st_mode):
                problems.append(f"{_shown(name)}: is a link or device; only files are read.")
            elif state.st_nlink > 1:
                problems.append(f"{_shown(name)}: is a hard link to a file that others can change.")
            if len(found) > limits.files:
                problems.append(f"more than {limits.files} files; this is no forecast package.")
                waiting.clear()
                break
    sizes = {name: state.st_size for name, state in found.items()}
    problems += _names_problems(found) + _size_problems(sizes, limits)
    raise_problems(str(folder), problems)
    return {name: _read_file(folder / name, sizes[name]) for name in sorted(found)}


def _read_file(path: Path, size: int) -> bytes:
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    with os.fdopen(os.open(path, flags), "rb") as file:
        content = file.read(size + 1)
    if len(content) != size:
        msg = f"{path}: changed while it was read; try again."
        raise PackageError(msg)
    return content


def _size_problems(sizes: Mapping[str, int], limits: Limits) -> list[str]:
    problems = [
        f"{_shown(name)}: has {size:,} bytes; at most {limits.file_bytes:,} are read."
        for name, size in sizes.items()
        if size > limits.file_bytes
    ]
    total = sum(sizes.values())
    if total > limits.total_bytes:
        problems.append(f"{total:,} bytes in all; at most {limits.total_bytes:,} are read.")
    return problems


def _read_zip(path: Path, limits: Limits) -> dict[str, bytes]:
    size = path.stat().st_size
    if size > limits.total_bytes:
        msg = f"{path}: has {size:,} bytes; at most {limits.total_bytes:,} are read."
        raise PackageError(msg)
    content = path.read_bytes()
    if not content.startswith(b"PK"):
        msg = f"{path}: is neither a folder nor a zip file. Give a forecast package."
        raise PackageError(msg)
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            members = [entry for entry in archive.infolist() if not entry.is_dir()]
            raise_problems(str(path), _member_problems(archive.infolist(), limits))
            unpacked = {entry.filename: _unpacked(archive, entry) for entry in members}
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        NotImplementedError,
        RuntimeError,
        UnicodeDecodeError,
        ValueError,
        OSError,
    ) as error:
        if isinstance(error, PackageError):
            raise
        msg = f"{path}: is damaged or no usual zip file ({error}); nothing was read."
        raise PackageError(msg) from error
    folders = {name.split("/")[0] for name in unpacked}
    if len(folders) == 1 and all("/" in name for name in unpacked):
        unpacked = {name.split("/", 1)[1]: part for name, part in unpacked.items()}
    raise_problems(str(path), _names_problems(unpacked))
    return dict(sorted(unpacked.items()))


def _member_problems(entries: list[zipfile.ZipInfo], limits: Limits) -> list[str]:
    if len(entries) > limits.files * 2:
        return [f"{len(entries):,} entries; this is no forecast package."]
    problems = []
    names = [entry.filename for entry in entries]
    for entry in entries:
        shown = _shown(entry.orig_filename)
        mode = entry.external_attr >> 16
        if entry.flag_bits & 0x1:
            problems.append(f"{shown}: is encrypted; send the key to nobody and the file open.")
        if entry.compress_type not in _METHODS:
            problems.append(f"{shown}: is packed in an unusual way; only deflate is read.")
        if mode and not (stat.S_ISREG(mode) or stat.S_ISDIR(mode) or stat.S_IFMT(mode) == 0):
            problems.append(f"{shown}: is a link or device; only files are read.")
        if names.count(entry.filename) > 1:
            problems.append(f"{shown}: stands twice in the zip file.")
        name = entry.orig_filename.removesuffix("/")
        around, _, inside = name.partition("/")
        # One folder around everything is usual, so a name may be one part longer here.
        wrong = name_problem(around) or (inside and name_problem(inside))
        if wrong:
            problems.append(f"{shown}: {wrong}.")
    sizes = {entry.filename: entry.file_size for entry in entries}
    return [*dict.fromkeys(problems), *_size_problems(sizes, limits)]


def _unpacked(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    with archive.open(entry) as file:
        content = file.read(entry.file_size + 1)
    if len(content) != entry.file_size:
        msg = f"{_shown(entry.filename)}: unpacks to another size than it declares."
        raise PackageError(msg)
    return content


def zip_bytes(files: Mapping[str, bytes], *, compress: bool = True) -> bytes:
    """Pack files so that the same files always give the same bytes.

    Parameters
    ----------
    files : mapping of str to bytes
    compress : bool

    Returns
    -------
    bytes

    """
    stream = BytesIO()
    method = zipfile.ZIP_DEFLATED if compress else zipfile.ZIP_STORED
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in files.items():
            entry = zipfile.ZipInfo(name, date_time=_EPOCH)
            entry.compress_type = method
            entry.create_system = 3
            entry.external_attr = (stat.S_IFREG | 0o644) << 16
            archive.writestr(entry, content, compresslevel=6)
    return stream.getvalue()


def refuse_existing(target: Path) -> None:
    """Raise if something is there already: nothing is ever overwritten."""
    if target.exists() or target.is_symlink():
        msg = f"{target} exists and is never overwritten. Give another path or remove it first."
        raise PackageError(msg)


def write_container(files: Mapping[str, bytes], target: Path) -> Path:
    """Write files as a folder, or as a zip file if the name ends in ``.zip``.

    Parameters
    ----------
    files : mapping of str to bytes
    target : pathlib.Path
        Must not exist; it appears only when it is complete.

    Returns
    -------
    pathlib.Path
        The target.

    Raises
    ------
    PackageError
        If the target exists or cannot be written.

    """
    refuse_existing(target)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(prefix=f".{target.name}.", suffix=".part", dir=target.parent))
    except OSError as error:
        msg = f"cannot write to {target.parent} ({error.strerror}). Choose another path."
        raise PackageError(msg) from error
    made = draft / target.name
    try:
        if target.suffix == ".zip":
            made.write_bytes(zip_bytes(files))
        else:
            for name, content in files.items():
                file = made / name
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(content)
        refuse_existing(target)
        made.rename(target)
    except OSError as error:
        msg = f"{target} could not be written ({error.strerror}); nothing was kept."
        raise PackageError(msg) from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return target
