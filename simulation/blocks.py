"""Blocks of replications kept on disk: a run that was stopped at any moment goes on where it was.

A block is written under another name, made durable, and then renamed, so it is there in full or not
at all. It carries a checksum; a block that is damaged is computed again.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np

from simulation.executors import ExperimentError
from simulation.large_measures import AT_ONCE, IN_MEMORY, open_large, write_chunks
from simulation.measures import MEASURES, dataset

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import xarray as xr

    from simulation.cuts import Values
    from simulation.network import Network

_MARK: Final = b"safepassage block 2 "
_DIGEST: Final = 64
_IDENTITY: Final = "identity.json"


def write_durably(path: Path, content: bytes) -> None:
    """Write a file so that after a crash it is there in full or not at all.

    Parameters
    ----------
    path : pathlib.Path
        Replaced if it exists.
    content : bytes

    """
    draft = path.with_name(f".{path.name}.{os.getpid()}.part")
    with draft.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


@dataclass(frozen=True)
class Blocks:
    """Finished blocks of one experiment, in a folder.

    Parameters
    ----------
    folder : pathlib.Path
        Made when it does not exist.
    identity : dict of str to str
        What the measures depend on, by name: network, futures, seed, engine, versions. Kept in
        the folder and compared when it is opened again.

    Raises
    ------
    ExperimentError
        If the folder holds blocks of another experiment; the message names what differs.

    """

    folder: Path
    identity: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / _IDENTITY
        if not path.exists():
            write_durably(path, json.dumps(self.identity, indent=1).encode())
            return
        known, reason = None, "not names with values"
        try:
            known = json.loads(path.read_text(encoding="utf-8"))
        except ValueError as error:
            reason = str(error)
        if not isinstance(known, dict):
            msg = f"{path} cannot be read ({reason}). Remove {self.folder} and start anew."
            raise ExperimentError(msg)
        changed = [name for name in self.identity if known.get(name) != self.identity[name]]
        if changed:
            msg = (
                f"{self.folder} holds replications of another run: different "
                f"{', '.join(changed)}. Run again what was run then, or start anew in another "
                "folder."
            )
            raise ExperimentError(msg)

    def _path(self, first: int) -> Path:
        return self.folder / f"replications-{first:07d}.block"

    def write(self, numbers: range, values: list[Values]) -> None:
        """Keep the measures of some replications.

        Parameters
        ----------
        numbers : range
            Of the replications.
        values : list of dict
            Results of :func:`simulation.measures.measure`, in the order of the numbers.

        """
        content = _packed(values)
        head = _MARK + f"{hashlib.sha256(content).hexdigest()} {len(numbers):7d}\n".encode()
        write_durably(self._path(numbers.start), head + content)

    def read(self, numbers: range) -> list[Values] | None:
        """Return the measures of some replications; None if they are not there undamaged.

        Parameters
        ----------
        numbers : range
            As given to :meth:`write`.

        """
        content = self._content(numbers)
        return None if content is None else _unpacked(content, len(numbers))

    def has(self, numbers: range) -> bool:
        """Tell whether some replications are there undamaged."""
        return self._content(numbers) is not None

    def _content(self, numbers: range) -> bytes | None:
        try:
            raw = self._path(numbers.start).read_bytes()
        except FileNotFoundError:
            return None
        head, _, content = raw.partition(b"\n")
        wanted = _MARK + f"{hashlib.sha256(content).hexdigest()} {len(numbers):7d}".encode()
        return content if head == wanted else None

    def finished(self) -> int:
        """Count the replications whose blocks are there, damaged or not."""
        count = 0
        for path in self.folder.glob("replications-*.block"):
            with path.open("rb") as file:
                head = file.readline(len(_MARK) + _DIGEST + 9)
            text = head[len(_MARK) + _DIGEST :].strip()
            count += int(text) if text.isdigit() else 0
        return count

    def dataset(
        self, parts: list[range], network: Network, *, in_memory: int = IN_MEMORY
    ) -> xr.Dataset:
        """Put blocks together in order.

        Parameters
        ----------
        parts : list of range
            Of replications, as written, without a gap.
        network : Network
        in_memory : int, bytes
            A larger dataset keeps its daily measures on disk, in the folder, and reads what is
            asked for; the values are the same.

        Returns
        -------
        xarray.Dataset
            See :func:`simulation.measures.dataset`.

        """
        first = self._known(parts[0])
        size = sum(np.asarray(value).nbytes for value in first[0].values())
        if size * sum(map(len, parts)) <= in_memory:
            return dataset([one for part in parts for one in self._known(part)], network)
        path = self.folder / "measures.nc"
        write_chunks(self._chunks(parts), network, path)
        labels = dataset(first[:1], network).isel(replication=0, drop=True).coords  # as objects
        return open_large(path).assign_coords(labels)

    def _known(self, part: range) -> list[Values]:
        values = self.read(part)
        if values is None:
            msg = (
                f"replications {part.start} to {part.stop - 1} in {self.folder} were damaged "
                "while the run went on. Run again with --resume; they are computed anew."
            )
            raise ExperimentError(msg)
        return values

    def _chunks(self, parts: list[range]) -> Iterator[list[Values]]:
        gathered: list[Values] = []
        for part in parts:
            gathered += self._known(part)
            while len(gathered) >= AT_ONCE:
                yield gathered[:AT_ONCE]
                gathered = gathered[AT_ONCE:]
        if gathered:
            yield gathered


def _packed(values: list[Values]) -> bytes:
    """Pack measures: their shapes on one line, then all numbers, compressed as fast as it goes."""
    shapes = [(m.name, np.shape(values[0][m.name])) for m in MEASURES]
    numbers = [np.concatenate([np.ravel(one[name]) for name, _ in shapes]) for one in values]
    packed = zlib.compress(np.stack(numbers).astype("<f8", copy=False).tobytes(), 1)
    return json.dumps(shapes).encode() + b"\n" + packed


def _unpacked(content: bytes, count: int) -> list[Values] | None:
    """Return the measures of so many replications; None when they are of another version."""
    line, _, packed = content.partition(b"\n")
    try:
        shapes = [(str(name), tuple(shape)) for name, shape in json.loads(line)]
        numbers = np.frombuffer(zlib.decompress(packed), dtype="<f8").reshape(count, -1)
    except (ValueError, TypeError, zlib.error):
        return None
    sizes = [math.prod(shape) for _, shape in shapes]
    if [name for name, _ in shapes] != [m.name for m in MEASURES] or sum(sizes) != len(numbers[0]):
        return None
    parts = np.split(numbers.astype(np.float64), np.cumsum(sizes)[:-1], axis=1)
    return [
        {name: part[row].reshape(shape) for (name, shape), part in zip(shapes, parts, strict=True)}
        for row in range(count)
    ]


def kept_engine(folder: Path) -> str | None:
    """Return the engine that made the replications a folder keeps, None when it keeps none.

    Parameters
    ----------
    folder : pathlib.Path

    """
    try:
        return str(json.loads((folder / _IDENTITY).read_text(encoding="utf-8"))["engine"])
    except (OSError, ValueError, LookupError, TypeError):
        return None
