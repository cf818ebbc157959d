"""The program that parses a received file in a process of its own, bounded in memory and time.

It imports nothing else of this package, so that it starts in about 0.2 s: it is given the path of
one module that knows a format (:mod:`forecasting.sharing.netcdf_child`,
:mod:`forecasting.sharing.parquet_child`), an order of its caller and the content of the file. It
leaves plain arrays (``.npy``) and one answer (``answer.json``) in the folder that it is given.
"""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

ORDER: Final = "order.json"
ANSWER: Final = "answer.json"
_OWN_MEMORY: Final = 2**30
"""Bytes of address space beside the file and its numbers; Python, NumPy and the library that reads
take some 0.2 to 0.5 GB on Linux, and a file of a package needs little more."""


def main(folder: Path, content: bytes, parser: Any) -> None:
    """Parse one file and leave the arrays and the answer in a folder.

    Parameters
    ----------
    folder : path
        With the order: ``seconds`` that this may take, and what the parser needs to know.
    content : bytes
        Of the file.
    parser : module
        Its ``parse(content, order, allow)`` returns arrays by name and what else to answer, and
        raises its ``Refused`` for what no package holds. It calls ``allow`` with the bytes that it
        needs beside those that hold the file once it knows how much the file unpacks to.

    """
    order = json.loads((folder / ORDER).read_text(encoding="utf-8"))
    memory = _OWN_MEMORY + 2 * len(content)
    before = bounds()

    def allow(more: int) -> None:
        bound(memory + more, order["seconds"], before)

    allow(0)
    answer: dict[str, Any]
    try:
        arrays, found = parser.parse(content, order, allow)
        answer = {"arrays": list(arrays), **found}
        for name, array in arrays.items():
            answer |= saved(folder / f"{name}.npy", array)
    except parser.Refused as error:
        answer = {"refused": str(error)}
    except MemoryError:
        answer = {"refused": "needs more memory than its size allows."}
    except Exception as error:  # libraries tell damage by many types of exception
        answer = {"damaged": type(error).__name__}
    (folder / ANSWER).write_text(json.dumps(answer), encoding="utf-8")


def saved(path: Path, array: npt.NDArray[Any]) -> dict[str, str]:
    """Write an array; return why that failed, which is not the fault of the file that is read."""
    try:
        np.save(path, array, allow_pickle=False)
    except OSError as error:
        return {"failed": str(error)}
    return {}


def bounds() -> dict[str, tuple[int, int]]:
    """Return the bounds of this process as they are, lower and upper, where the system has some."""
    try:
        import resource  # not on Windows
    except ImportError:
        return {}
    names = ("RLIMIT_AS", "RLIMIT_FSIZE", "RLIMIT_CPU", "RLIMIT_CORE")
    return {name: resource.getrlimit(getattr(resource, name)) for name in names}


def bound(memory: int, seconds: int, before: dict[str, tuple[int, int]]) -> None:
    """Bound memory, time, files and core dumps of this process where the system can.

    Parameters
    ----------
    memory : int, bytes
        Address space, and the size of a file that is written.
    seconds : int
        Time of the processor; the caller bounds time on the wall.
    before : dict of str to (int, int)
        From :func:`bounds`, never exceeded.

    """
    if not before:
        return
    import resource

    sizes = (memory, memory, seconds + 1, 0)
    for (name, (soft, hard)), size in zip(before.items(), sizes, strict=True):
        least = min([size, *(one for one in (soft, hard) if one != resource.RLIM_INFINITY)])
        try:
            resource.setrlimit(getattr(resource, name), (least, hard))
        except (ValueError, OSError):  # macOS has no bound for address space
            continue


def module_at(path: Path) -> Any:
    """Load the module of a format without its package."""
    described = importlib.util.spec_from_file_location(path.stem, path)
    assert described is not None  # noqa: S101 - it ends in .py
    assert described.loader is not None  # noqa: S101
    module = importlib.util.module_from_spec(described)
    described.loader.exec_module(module)
    return module


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.stdin.buffer.read(), module_at(Path(sys.argv[2])))
