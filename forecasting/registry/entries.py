"""The chain of entries: every entry holds the hash of the one before, so history shows changes."""

from __future__ import annotations

import hashlib
import json
import shutil
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any, Final

from forecasting.flows import FlowError
from forecasting.registry.folders import fresh_folder, move_in_place

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ENTRIES: Final = "entries"
ENTRY: Final = "entry.json"
_START: Final = "0" * 64
"""What the first entry holds in place of the hash of the one before."""
KINDS: Final = ("issue", "rollback")


@dataclass(frozen=True)
class Entry:
    """One act in the history of a registry; nothing is ever changed or removed.

    Attributes
    ----------
    number : int
        Position in the history, from 1.
    kind : {"issue", "rollback"}
        A rollback puts an earlier version in force again.
    name : str
        What is forecast, such as ``somalia-districts``.
    reference_date : str
        First day that was not known, ``YYYY-MM-DD``.
    version : int
        Of this name and reference date, from 1.
    package : str
        Hash of the folder with the package.
    benchmark : str
        Hash of the folder with the benchmark forecast; empty if none was given.
    issued_at : str
        Time in UTC.
    before_outcome : bool
        Whether it was sealed before the first period that it forecasts had ended.
    restores : int
        Version that a rollback puts in force again; 0 for an issue.
    note : str
    previous : str
        Seal of the entry before.
    seal : str
        SHA-256 of all that stands above.

    """

    number: int
    kind: str
    name: str
    reference_date: str
    version: int
    package: str
    benchmark: str
    issued_at: str
    before_outcome: bool
    restores: int
    note: str
    previous: str
    seal: str


def seal_of(content: dict[str, Any]) -> str:
    """Seal of an entry from all its fields but the seal."""
    kept = {key: value for key, value in content.items() if key != "seal"}
    text = json.dumps(kept, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def entry_numbers(root: Path) -> list[int]:
    """Numbers of the entries present, in order."""
    folder = root / ENTRIES
    names = [path.name for path in folder.iterdir()] if folder.is_dir() else []
    return sorted(int(name) for name in names if name.isdigit())


def read_entry(root: Path, number: int) -> Entry:
    """Read one entry.

    Raises
    ------
    FlowError
        If it is missing, is no entry, or its seal is wrong.

    """
    path = root / ENTRIES / f"{number:08d}" / ENTRY
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        msg = f"{path}: the entry cannot be read ({error}); the history is damaged there."
        raise FlowError(msg) from error
    kinds = {field.name: field.type for field in fields(Entry)}
    fits = isinstance(content, dict) and set(content) == set(kinds)
    if not fits or any(type(content[key]).__name__ != kind for key, kind in kinds.items()):
        msg = f"{path}: this is no entry of a registry; the history is damaged there."
        raise FlowError(msg)
    entry = Entry(**content)
    if entry.seal != seal_of(content) or entry.number != number:
        msg = f"{path}: the seal does not fit the entry; it was changed after it was sealed."
        raise FlowError(msg)
    return entry


def chain_problems(root: Path) -> list[str]:
    """Find what is wrong with the chain: damaged entries, gaps, links that do not fit."""
    problems = []
    previous, expected = _START, 1
    for number in entry_numbers(root):
        if number != expected:
            problems.append(f"entries {expected} to {number - 1} are missing.")
            previous = ""
        try:
            entry = read_entry(root, number)
        except FlowError as error:
            problems.append(str(error))
            previous = ""
        else:
            if previous and entry.previous != previous:
                problems.append(f"entry {number} does not continue entry {number - 1}.")
            previous = entry.seal
        expected = number + 1
    return problems


def append(
    root: Path,
    describe: Callable[[list[Entry]], dict[str, Any]],
    commit: Callable[[Entry, bytes], bool] | None = None,
) -> Entry:
    """Append an entry; if another writer is faster, look again and append after theirs.

    Parameters
    ----------
    root : pathlib.Path
        Registry.
    describe : callable
        From all entries so far to the fields of the new one (without number, previous and seal).
    commit : callable, optional
        Takes an entry and its file to their place at once; False if another is there, which then
        stands in the registry. By default a folder is moved in place.

    Returns
    -------
    Entry

    """
    known: list[Entry] = []
    while True:
        present = entry_numbers(root)
        known += [read_entry(root, number) for number in present[len(known) :]]
        content = {
            **describe(known),
            "number": len(known) + 1,
            "previous": known[-1].seal if known else _START,
        }
        entry = Entry(**content, seal=seal_of(content))
        text = json.dumps(asdict(entry), indent=1, ensure_ascii=False) + "\n"
        placed = (
            place_entry(root, entry.number, text.encode())
            if commit is None
            else (commit(entry, text.encode()))
        )
        if placed:
            return entry


def place_entry(root: Path, number: int, content: bytes) -> bool:
    """Move the file of an entry to its place at once; False if there is one already."""
    folder = fresh_folder(root)
    try:
        draft = folder / f"{number:08d}"
        draft.mkdir()
        (draft / ENTRY).write_bytes(content)
        (draft / ENTRY).chmod(0o444)
        return move_in_place(draft, root / ENTRIES / draft.name)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
