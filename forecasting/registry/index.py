"""A table of the entries in SQLite, for looking things up; it can be rebuilt at any time."""

from __future__ import annotations

import sqlite3
from contextlib import closing, contextmanager
from dataclasses import astuple, fields
from typing import TYPE_CHECKING, Any, Final

from forecasting.registry.entries import Entry, entry_numbers, read_entry

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

INDEX: Final = "index.sqlite"
BUSY_SECONDS: Final = 60.0
"""How long one process waits for another that is writing the index."""
_COLUMNS: Final = tuple(field.name for field in fields(Entry))
_CREATE: Final = f"""
CREATE TABLE IF NOT EXISTS entries ({", ".join(_COLUMNS)}, PRIMARY KEY (number)) WITHOUT ROWID
"""
_INSERT: Final = f"INSERT OR IGNORE INTO entries VALUES ({', '.join('?' * len(_COLUMNS))})"  # noqa: S608


@contextmanager
def _connection(root: Path) -> Iterator[sqlite3.Connection]:
    """Open the index with rollback journal and a patient lock; in memory if it cannot be written.

    The rollback journal works on network folders too, where the write-ahead log does not.
    """
    with closing(_open(root)) as connection:
        yield connection


def _open(root: Path) -> sqlite3.Connection:
    path = root / INDEX
    for attempt in (1, 2):
        try:
            return _checked(path)
        except sqlite3.OperationalError:
            break  # a folder that may only be read, or a lock that is never given back
        except sqlite3.DatabaseError:
            if attempt == 1:
                path.unlink(missing_ok=True)  # damaged: the entries are the truth, start again
    memory = sqlite3.connect(":memory:", isolation_level=None)
    memory.execute(_CREATE)
    return memory


def _checked(path: Path) -> sqlite3.Connection:
    """Open the file and look whether it is an index."""
    connection = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None)
    try:
        connection.execute(_CREATE)
        columns = connection.execute("PRAGMA table_info(entries)").fetchall()
        if tuple(column[1] for column in columns) != _COLUMNS:
            raise sqlite3.DatabaseError(str(path))  # noqa: TRY301 - made by another version
    except sqlite3.DatabaseError:
        connection.close()
        raise
    return connection


def _catch_up(connection: sqlite3.Connection, root: Path) -> None:
    """Take over entries that are not in the index yet; those found damaged raise."""
    (last,) = connection.execute("SELECT COALESCE(MAX(number), 0) FROM entries").fetchone()
    new = [number for number in entry_numbers(root) if number > last]
    if not new:
        return
    rows = [astuple(read_entry(root, number)) for number in new]
    connection.execute("BEGIN IMMEDIATE")
    try:
        connection.executemany(_INSERT, rows)
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def find_entries(
    root: Path,
    *,
    name: str | None = None,
    reference_date: str | None = None,
    as_of: str | None = None,
) -> list[Entry]:
    """Entries in order, all or those of a name, a reference date, or up to a time.

    Parameters
    ----------
    root : pathlib.Path
    name, reference_date : str, optional
    as_of : str, optional
        Time in UTC as entries hold it; later ones are left out.

    Returns
    -------
    list of Entry

    """
    asked = {"name = ?": name, "reference_date = ?": reference_date, "issued_at <= ?": as_of}
    given = {clause: value for clause, value in asked.items() if value is not None}
    where = f" WHERE {' AND '.join(given)}" if given else ""
    query = f"SELECT {', '.join(_COLUMNS)} FROM entries{where} ORDER BY number"  # noqa: S608
    with _connection(root) as connection:
        _catch_up(connection, root)
        rows = connection.execute(query, tuple(given.values())).fetchall()
    return [_entry_of(row) for row in rows]


def _entry_of(row: tuple[Any, ...]) -> Entry:
    content = dict(zip(_COLUMNS, row, strict=True))
    return Entry(**{**content, "before_outcome": bool(content["before_outcome"])})


def rebuild_index(root: Path) -> int:
    """Make the index anew from the entries.

    Returns
    -------
    int
        Number of entries.

    """
    with _connection(root) as connection:
        connection.execute("BEGIN IMMEDIATE")
        try:
            connection.execute("DELETE FROM entries")
            rows = [astuple(read_entry(root, number)) for number in entry_numbers(root)]
            connection.executemany(_INSERT, rows)
        except BaseException:
            connection.execute("ROLLBACK")
            raise
        connection.execute("COMMIT")
    return len(rows)
