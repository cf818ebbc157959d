"""Received binary files are parsed by a program of their own, bounded in time and memory.

A file made to crash, stop or flood the library that reads it then ends in one error and not in the
office's program. It bounds harm and is no sandbox: the program has the rights of the user.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from forecasting.flows import FlowError
from forecasting.sharing import parsing_child
from forecasting.sharing.limits import MEBIBYTE, Limits, PackageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PROGRAM: Final = Path(parsing_child.__file__)
_ENVIRONMENT: Final = {
    "HDF5_PLUGIN_PRELOAD": "::",  # HDF5 then loads no plug-ins
    "OMP_NUM_THREADS": "1",  # Arrow keeps to it too
    "OPENBLAS_NUM_THREADS": "1",
    "ARROW_IO_THREADS": "1",
    "ARROW_DEFAULT_MEMORY_POOL": "system",  # others set a gigabyte of addresses aside
}
_LONGEST_ANSWER: Final = 4 * MEBIBYTE


class Received(NamedTuple):
    """A file that somebody sent.

    Parameters
    ----------
    name : str
        What messages call it.
    kind : str
        What it should be, such as ``NetCDF file``.
    content : bytes
    parser : pathlib.Path
        Module that knows the format, for :mod:`forecasting.sharing.parsing_child`.

    """

    name: str
    kind: str
    content: bytes
    parser: Path


@contextmanager
def parsed_apart(
    received: Received, order: Mapping[str, Any], limits: Limits
) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Parse a file in another process; memory is bounded on Linux, time everywhere.

    Whatever fails while the arrays are used is told as damage of the file too.

    Parameters
    ----------
    received : Received
    order : mapping
        What the parser needs to know.
    limits : Limits
        ``seconds`` are kept to.

    Yields
    ------
    folder : pathlib.Path
        With the arrays; removed afterwards.
    answer : dict
        Names of the ``arrays``, and what else the parser found.

    Raises
    ------
    PackageError
        If the file is damaged, is not what a package holds, or cannot be read within the limits.

    """
    name = received.name
    try:
        temporary = tempfile.TemporaryDirectory(prefix="safepassage-")
    except OSError as error:
        msg = f"{name}: a temporary folder is needed to read it ({error}); set TMPDIR."
        raise PackageError(msg) from error
    with temporary as folder, damage_told(name, received.kind):
        answer = _answer(received, {**order, "seconds": limits.seconds}, Path(folder))
        yield Path(folder), answer


@contextmanager
def damage_told(name: str, kind: str) -> Iterator[None]:
    """Turn what is said about a damaged file into one message."""
    try:
        yield
    except FlowError as error:
        raise PackageError(str(error)) from None
    except MemoryError as error:
        msg = f"{name}: needs more memory than there is."
        raise PackageError(msg) from error
    except Exception as error:  # many libraries tell damage by many types of exception
        msg = f"{name}: is damaged or no {kind} of a package ({type(error).__name__})."
        raise PackageError(msg) from error


def _answer(received: Received, order: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Run the program on the content and return its answer, or raise what went wrong."""
    name = received.name
    command = [sys.executable, "-P", str(PROGRAM), str(folder), str(received.parser)]
    said = folder / "said.txt"
    try:
        (folder / parsing_child.ORDER).write_text(json.dumps(order), encoding="utf-8")
        # On a timeout or an interrupt, run() ends the program and waits for it.
        with said.open("wb") as stream:
            ended = subprocess.run(  # noqa: S603 - our own program
                command,
                input=received.content,
                stdout=subprocess.DEVNULL,
                stderr=stream,
                env={**os.environ, **_ENVIRONMENT},
                timeout=order["seconds"],
                check=False,
            )
    except subprocess.TimeoutExpired:
        msg = f"{name}: could not be read within {order['seconds']} s; not read."
        raise PackageError(msg) from None
    except OSError as error:
        msg = f"{name}: the program that reads it could not be started ({error})."
        raise PackageError(msg) from error
    path = folder / parsing_child.ANSWER
    if ended.returncode == 1 and not path.is_file():  # it answers whatever the file holds
        last = said.read_text(encoding="utf-8", errors="replace").strip().splitlines()[-1:]
        reason = last[0][:200] if last else "it did not say why"
        msg = f"{name}: the program that reads it cannot run on this computer ({reason})."
        raise PackageError(msg)
    if ended.returncode != 0 or not path.is_file() or path.stat().st_size > _LONGEST_ANSWER:
        msg = (
            f"{name}: reading it ended the program that reads (exit code {ended.returncode}); "
            "the file is damaged, or made to do harm."
        )
        raise PackageError(msg)
    answer: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    if "refused" in answer:
        msg = f"{name}: {answer['refused']}"
        raise PackageError(msg)
    if "failed" in answer:
        reason = answer["failed"]
        msg = f"{name}: what was read could not be kept in a temporary folder ({reason})."
        raise PackageError(msg)
    if "damaged" in answer:
        msg = f"{name}: is damaged or no {received.kind} of a package ({answer['damaged']})."
        raise PackageError(msg)
    return answer
