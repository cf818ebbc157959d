"""Runs that were stopped: what is kept of them, and how to go on."""

from __future__ import annotations

import re
import shutil
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from scenarios.results import DEFAULT_FOLDER, ResultsError, free_folder, unfinished_folder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class StoppedError(KeyboardInterrupt):
    """A run was interrupted; the message says what is kept and how to go on."""


@dataclass
class UnfinishedRun:
    """A run on its way.

    Parameters
    ----------
    target : pathlib.Path
        Where the results go.
    folder : pathlib.Path
        Where finished replications are kept until then.
    complete : bool
        Set when the results are there; the kept replications are then removed.

    """

    target: Path
    folder: Path
    complete: bool = False

    def finished(self) -> int:
        """Count the replications kept, of all plans together."""
        return sum(1 for _ in self.folder.rglob("replications-*.block"))


@contextmanager
def unfinished_run(name: str, out: Path | None, *, resume: bool = False) -> Iterator[UnfinishedRun]:
    """Give a run a place to keep finished replications until its results are complete.

    Parameters
    ----------
    name : str
        Of the scenario.
    out : pathlib.Path or None
        The results folder; None takes the next free ``results/NAME``.
    resume : bool
        Take the place of the latest run of this name (or of ``out``) that was stopped.

    Yields
    ------
    UnfinishedRun

    Raises
    ------
    ResultsError
        If a run of ``out`` was stopped and ``resume`` is not set, or nothing can be written.
    StoppedError
        If the run is interrupted and finished replications are kept.

    """
    target = _stopped(name) if out is None and resume else out
    target = target or free_folder(name)
    run = UnfinishedRun(target, unfinished_folder(target))
    if run.folder.exists() and not resume:
        msg = (
            f"a run of {target} was stopped; {run.folder} keeps what was finished. Add --resume "
            "to go on with it, or remove that folder to start anew."
        )
        raise ResultsError(msg)
    for draft in target.parent.glob(f".{target.name}.*.part"):
        if resume:  # of the run that was stopped
            shutil.rmtree(draft, ignore_errors=True)
    wrong = False
    made = not target.exists() and not run.folder.exists()
    if made:
        try:
            run.folder.mkdir(parents=True)
        except OSError as error:
            msg = f"cannot write to {target.parent} ({error.strerror}). Choose another --out."
            raise ResultsError(msg) from error
    try:
        yield run
    except KeyboardInterrupt as error:
        if not run.finished():
            raise
        msg = (
            f"interrupted. Finished replications are kept in {run.folder}; type the same command "
            "again with --resume to go on, or remove the folder."
        )
        raise StoppedError(msg) from error
    except ValueError:
        wrong = made  # what was asked for cannot be run, so there is nothing to go on with
        raise
    finally:
        if run.complete or wrong or (made and not run.finished()):
            shutil.rmtree(run.folder, ignore_errors=True)


def _stopped(name: str) -> Path | None:
    """Return the results folder of the run of a scenario that was stopped last."""
    pattern = re.compile(rf"{re.escape(name)}(-\d+)?\.unfinished")
    found = [path for path in DEFAULT_FOLDER.glob("*.unfinished") if pattern.fullmatch(path.name)]
    if not found:
        return None
    latest = max(found, key=lambda path: path.stat().st_mtime)
    return latest.with_name(latest.name.removesuffix(".unfinished"))
