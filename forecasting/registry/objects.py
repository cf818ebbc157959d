"""A registry in an object store, with a whole copy of it on this computer.

Packages and entries are objects under the names that they have in a folder. An entry is put only
where none is yet, which the store decides: of two writers that want the same number one is told to
look again, and a writer that is stopped has either put its entry or not. Packages are put before
their entry, so that what an entry names is there.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import time
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, Final

from forecasting.flows import FlowError
from forecasting.registry.entries import (
    ENTRIES,
    ENTRY,
    Entry,
    append,
    entry_numbers,
    place_entry,
    read_entry,
)
from forecasting.registry.folders import (
    checksums,
    fresh_folder,
    move_in_place,
    remove_stale,
    tree_hash,
)
from forecasting.registry.index import find_entries
from forecasting.registry.registry import BENCHMARKS, PACKAGES, Registry, read_samples

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import xarray as xr

SCHEMES: Final = ("s3", "gs", "az", "file")
"""Addresses that are taken: Amazon S3 and what speaks like it, Google, Azure, a folder."""
_ADDRESS: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://.+")
_ANOTHER_STORE: Final = "If it is another store with the same address, delete the copy."
_NUMBER: Final = re.compile(rf"{ENTRIES}/(\d{{8}})/{re.escape(ENTRY)}")
_HASH: Final = re.compile(r"[0-9a-f]{64}")
_PAUSES: Final = (0.0, 0.1, 0.2, 0.4, 0.8)
"""Seconds before each time that a put is asked for."""


def is_address(text: str) -> bool:
    """Tell an address of an object store from a folder.

    Examples
    --------
    >>> is_address("s3://office/forecasts"), is_address("issued/forecasts")
    (True, False)

    """
    return _ADDRESS.fullmatch(text) is not None


def open_store(address: str) -> Any:
    """Open an object store; who may read and write is told by the environment, such as AWS_*.

    Parameters
    ----------
    address : str
        Such as ``s3://bucket/prefix``.

    Returns
    -------
    obstore.store.ObjectStore

    Raises
    ------
    FlowError
        If the address cannot be used, or obstore is not installed.

    """
    found = _ADDRESS.fullmatch(address)
    if found is None or found.group(1) not in SCHEMES:
        allowed = ", ".join(f"{scheme}://" for scheme in SCHEMES)
        msg = f"{address}: no address of a registry; it begins with one of {allowed}."
        raise FlowError(msg)
    if find_spec("obstore") is None:
        msg = f"{address}: needs obstore: pip install 'safepassage[object-store]'."
        raise FlowError(msg)
    from obstore.store import LocalStore, from_url

    with _faults_told(address):
        if found.group(1) == "file":
            return LocalStore.from_url(address, mkdir=True)
        return from_url(address)


@dataclass(frozen=True)
class StoredRegistry(Registry):
    """A registry in an object store; what is read is read from the copy on this computer.

    Every act first brings the copy up to date, and refuses a history that does not continue what
    the copy holds.

    Parameters
    ----------
    root : pathlib.Path
        Folder of the copy, of this store and no other.
    read : callable, optional
        As for :class:`Registry`.
    store : obstore.store.ObjectStore
        From :func:`open_store`.
    address : str
        What messages call it.

    """

    read: Callable[[Path], xr.DataArray] = read_samples
    store: Any = None
    address: str = "the store"

    @property
    def called(self) -> str:
        """What messages call it: its address."""
        return self.address

    def pull(self) -> None:
        """Bring the copy up to date: packages first, then the entries that name them.

        Raises
        ------
        FlowError
            If the store cannot be read, holds less or something else than the copy, or a package
            does not fit its hash; entries before are kept.

        """
        remove_stale(self.root)
        known = entry_numbers(self.root)
        found = map(_NUMBER.fullmatch, self._names(ENTRIES))
        there = sorted(int(one.group(1)) for one in found if one)
        if there != list(range(1, len(there) + 1)):
            msg = (
                f"{self.address}: holds {len(there)} entries with gaps between them; some were "
                "removed from the store. Restore them from the copy of an office that has them."
            )
            raise FlowError(msg)
        if len(there) < len(known):
            msg = (
                f"{self.address}: holds {len(there)} entries, the copy {self.root} "
                f"{len(known)}; entries were removed from the store. {_ANOTHER_STORE}"
            )
            raise FlowError(msg)
        last = read_entry(self.root, known[-1]) if known else None
        if (
            last is not None
            and self._object(_entry_name(last.number))
            != (self.root / _entry_name(last.number)).read_bytes()
        ):
            self._refuse_history(last.number)
        for number in there[len(known) :]:
            last = self._take(number, last)

    def _take(self, number: int, last: Entry | None) -> Entry:
        """Take an entry over into the copy once all that it names is there."""
        content = self._object(_entry_name(number))
        folder = fresh_folder(self.root)
        try:
            draft = folder / _entry_name(number)
            draft.parent.mkdir(parents=True)
            draft.write_bytes(content)
            entry = read_entry(folder, number)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        if last is not None and entry.previous != last.seal:
            self._refuse_history(number)
        for part, name in _named(entry):
            self._fetch(part, name)
        place_entry(self.root, number, content)
        return entry

    def _refuse_history(self, number: int) -> None:
        msg = (
            f"{self.address}: entry {number} is not the one that continues the copy {self.root}; "
            f"the history in the store was rewritten. {_ANOTHER_STORE}"
        )
        raise FlowError(msg)

    def _names(self, folder: str) -> list[str]:
        import obstore

        with _faults_told(self.address):
            return [one["path"] for page in obstore.list(self.store, folder) for one in page]

    def _object(self, name: str) -> bytes:
        import obstore

        with _faults_told(self.address):
            return bytes(obstore.get(self.store, name).bytes())

    def _fetch(self, part: str, name: str) -> None:
        """Copy a package from the store, unless it is here; it must fit its hash."""
        target = self.root / part / name
        if target.is_dir():
            return
        if not _HASH.fullmatch(name):
            msg = f"{self.address}: an entry names {name[:80]!r}, which is no hash."
            raise FlowError(msg)
        objects = self._names(f"{part}/{name}")
        folder = fresh_folder(self.root)
        try:
            draft = folder / name
            draft.mkdir()
            for path in objects:
                inside = PurePosixPath(path).relative_to(f"{part}/{name}")
                if ".." in inside.parts or "\\" in path or ":" in path:
                    msg = f"{self.address}: {path[:80]!r} is no name of a file in a package."
                    raise FlowError(msg)
                file = draft / inside
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(self._object(path))
                file.chmod(0o444)
            if not objects or tree_hash(checksums(draft)) != name:
                msg = f"{self.address}: {part}/{name} is missing or was changed after its issue."
                raise FlowError(msg)
            move_in_place(draft, target)
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def verify(self, seal: str | None = None) -> list[str]:
        """Check the copy as :meth:`Registry.verify` does, then every object in the store."""
        problems = super().verify(seal)
        if problems:
            return problems
        packages = set()
        for number in entry_numbers(self.root):
            name = _entry_name(number)
            if self._object(name) != (self.root / name).read_bytes():
                problems.append(f"{self.address}: {name} is not what the copy holds.")
            packages |= set(_named(read_entry(self.root, number)))
        for part, name in sorted(packages):
            digests = {
                path.removeprefix(f"{part}/{name}/"): hashlib.sha256(self._object(path)).hexdigest()
                for path in self._names(f"{part}/{name}")
            }
            if tree_hash(digests) != name:
                problems.append(f"{self.address}: {part}/{name} was changed after it was issued.")
        return problems

    def _commit(self, entry: Entry, content: bytes) -> bool:
        """Put the package and then the entry; False if another has put that entry before."""
        for part, name in _named(entry):
            self._send(part, name)
        name = _entry_name(entry.number)
        try:
            # A store that was asked twice, because its first answer was lost, holds this entry.
            placed = self._put(name, content) or self._object(name) == content
        except FlowError as error:
            msg = f"{error} Look whether entry {entry.number} is listed before issuing it again."
            raise FlowError(msg) from error
        if placed:
            place_entry(self.root, entry.number, content)
        else:
            self.pull()
        return placed

    def _send(self, part: str, name: str) -> None:
        """Put the files of a package that are not there; those that are must hold the same."""
        there = set(self._names(f"{part}/{name}"))
        for path in sorted((self.root / part / name).rglob("*")):
            if not path.is_file():
                continue
            target, content = path.relative_to(self.root).as_posix(), path.read_bytes()
            if (target in there or not self._put(target, content)) and (
                self._object(target) != content
            ):
                msg = (
                    f"{self.address}: {target} holds something else than its name says; remove it "
                    "from the store. Nothing was issued."
                )
                raise FlowError(msg)

    def _put(self, name: str, content: bytes) -> bool:
        """Put an object where there is none; False if there is one."""
        import obstore
        from obstore.exceptions import AlreadyExistsError

        for pause in _PAUSES:
            time.sleep(pause)
            with _faults_told(self.address):
                try:
                    obstore.put(self.store, name, content, mode="create")
                except AlreadyExistsError:
                    # Also said of a put that met another one; neither may have come through.
                    if self._is_there(name):
                        return False
                else:
                    return True
        msg = (
            f"{self.address}: the store says that {name} is there, and does not have it; asked "
            f"{len(_PAUSES)} times. Try again later."
        )
        raise FlowError(msg)

    def _is_there(self, name: str) -> bool:
        import obstore

        try:
            obstore.head(self.store, name)
        except FileNotFoundError:
            return False
        return True

    def _append(self, describe: Callable[[list[Entry]], dict[str, Any]]) -> Entry:
        entry = append(self.root, describe, self._commit)
        find_entries(self.root, name=entry.name)
        return entry

    def _prepare(self) -> None:
        super()._prepare()
        self.pull()

    def _check_there(self) -> None:
        self.root.mkdir(parents=True, exist_ok=True)
        self.pull()
        if not entry_numbers(self.root):
            msg = f"{self.address} is no registry with an issued forecast; issue one first."
            raise FlowError(msg)


def _entry_name(number: int) -> str:
    return f"{ENTRIES}/{number:08d}/{ENTRY}"


def _named(entry: Entry) -> list[tuple[str, str]]:
    """Return the packages that an entry names, by part of the registry."""
    return [(p, name) for p, name in ((PACKAGES, entry.package), (BENCHMARKS, entry.benchmark))
            if name]  # fmt: skip


@contextmanager
def _faults_told(address: str) -> Iterator[None]:
    """Turn faults of the store into one message."""
    from obstore.exceptions import BaseError

    try:
        yield
    except (BaseError, OSError, ValueError) as error:
        reason = str(error).split("\n", 1)[0][:300]
        msg = f"{address}: the object store cannot be used ({reason})."
        raise FlowError(msg) from error
