"""Secret keys of cells: the same cell with the same value is changed in the same way, always.

The key of a cell comes from a secret salt that the office keeps, the name of the cell (place,
period, cause) and nothing else: not the release, the sample or the slice. So comparing two
releases or averaging many samples shows the same changed number again and again instead of
averaging the change away (Fraser and Wooton 2005, "A proposed method for confidentialising tabular
output to protect against differencing").
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from forecasting.flows import FlowError

if TYPE_CHECKING:
    from collections.abc import Iterable

Array = npt.NDArray[np.float64]
Keys = npt.NDArray[np.uint64]
Counts = npt.NDArray[np.int64]

SALT_BYTES: Final = 32
SALT_VARIABLE: Final = "SAFEPASSAGE_SALT"
"""Environment variable with the path of the salt; by default a file of the user."""
_MIX_1: Final = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2: Final = np.uint64(0x94D049BB133111EB)
_TO_UNIT: Final = 2.0**-53


def salt_path() -> Path:
    """Path of the office's salt: ``$SAFEPASSAGE_SALT``, or a file of the user."""
    given = os.environ.get(SALT_VARIABLE)
    return Path(given) if given else Path.home() / ".config" / "safepassage" / "salt"


def office_salt(path: str | os.PathLike[str] | None = None) -> bytes:
    """Read the office's secret salt; the first call writes a new one that only the user can read.

    Whoever has the salt and a published table can undo changes. Keep it as you keep a password,
    and keep it: with a new one the same cell is changed differently, and two releases can be
    compared.

    Parameters
    ----------
    path : path-like, optional
        Default: :func:`salt_path`.

    Returns
    -------
    bytes
        32 random bytes.

    Raises
    ------
    FlowError
        If the file holds something else.

    """
    target = salt_path() if path is None else Path(path)
    if not target.exists():
        _write_new(target, secrets.token_bytes(SALT_BYTES))
    try:
        salt = bytes.fromhex(target.read_text(encoding="ascii").strip())
    except (OSError, ValueError) as error:
        msg = f"{target} cannot be read as a salt ({error}); it must hold 64 hexadecimal digits."
        raise FlowError(msg) from error
    return check_salt(salt, str(target))


def _write_new(target: Path, salt: bytes) -> None:
    """Write the salt unless somebody else has meanwhile; never over an existing one."""
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(salt.hex() + "\n")
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(name, target)
        except FileExistsError:
            return
    finally:
        Path(name).unlink()


def check_salt(salt: bytes, where: str = "salt") -> bytes:
    """Return a salt that is long enough, or refuse it."""
    if len(salt) < SALT_BYTES:
        msg = (
            f"{where} has {len(salt)} bytes; a salt needs at least {SALT_BYTES} random bytes, "
            "such as secrets.token_bytes(32)."
        )
        raise FlowError(msg)
    return salt


def fingerprint(salt: bytes) -> str:
    """Public name of a salt: tells whether two releases used the same, and nothing else."""
    return hashlib.sha256(b"safepassage salt\0" + salt).hexdigest()[:16]


def cell_keys(salt: bytes, cells: Iterable[str]) -> Keys:
    """Keys (cell, 4) of cells by their full names.

    Parameters
    ----------
    salt : bytes
    cells : iterable of str
        For example ``"SO2004|2026-09-01|flood"``.

    Returns
    -------
    numpy.ndarray of uint64, (cell, 4)
        The HMAC-SHA-256 of the name under the salt.

    """
    digests = [hmac.digest(salt, name.encode(), "sha256") for name in cells]
    return np.frombuffer(b"".join(digests), dtype="<u8").astype(np.uint64).reshape(-1, 4)


def keyed_uniforms(keys: Keys, values: Counts) -> Array:
    """Numbers in [0, 1) fixed by cell and value.

    Parameters
    ----------
    keys : numpy.ndarray of uint64, (cell, 4)
        From :func:`cell_keys`.
    values : numpy.ndarray of int64, (..., cell), persons

    Returns
    -------
    numpy.ndarray, (..., cell)
        Look random, spread evenly; the same key and value give the same number.

    Examples
    --------
    >>> keys = cell_keys(bytes(32), ["SO2004|2026-09-01|flood"])
    >>> first, again, other = keyed_uniforms(keys, np.array([[7], [7], [8]]))[:, 0]
    >>> bool(first == again), bool(first == other)
    (True, False)

    """
    state = keys[:, 0] ^ (values.astype(np.uint64) * (keys[:, 1] | np.uint64(1)))
    state ^= state >> np.uint64(30)
    state *= _MIX_1
    state ^= keys[:, 2]
    state ^= state >> np.uint64(27)
    state *= _MIX_2
    state ^= (state >> np.uint64(31)) ^ keys[:, 3]
    state ^= state >> np.uint64(29)
    state *= _MIX_1
    return np.asarray((state >> np.uint64(11)).astype(float) * _TO_UNIT)
