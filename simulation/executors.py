"""Where replications are computed: this process, processes of this computer, or a Dask cluster."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, Protocol

import joblib

from simulation.processes import Processes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from simulation.processes import Task

LOCAL: Final = "local"
"""Instead of an address: a Dask cluster that is started on this computer for the run."""


class Executor(Protocol):
    """Begins tasks when it is called, and returns their results in order."""

    @property
    def number(self) -> int:
        """How many tasks run at once."""

    def __call__(self, tasks: Iterable[Task]) -> Iterable[Any]:
        """Begin tasks and return their results."""
        ...


class ExperimentError(ValueError):
    """What was asked for cannot be run; the message says what can."""


def available_workers() -> int:
    """Count the processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@contextmanager
def executor(workers: int | None, cluster: str | None) -> Iterator[Executor | None]:
    """Open the place where tasks run; None is this process.

    Parameters
    ----------
    workers : int or None
        Processes; None takes the processors this process may use.
    cluster : str or None
        Address of a Dask scheduler, or ``"local"`` for a Dask cluster on this computer with as
        many processes as ``workers``.

    Raises
    ------
    ExperimentError
        If the extra ``cluster`` is not installed or no scheduler answers.

    """
    processes = available_workers() if workers is None else workers
    if cluster is not None:
        with _dask_client(cluster, processes), joblib.parallel_config(backend="dask"):
            yield _Dask(processes)
    elif processes == 1:
        yield None
    else:
        yield Processes(processes)


def begin(workers: int | None, ready: Callable[[], object]) -> None:
    """Start the processes of :func:`executor` before there is work for them.

    Parameters
    ----------
    workers : int or None
        As for :func:`executor`.
    ready : callable
        What each does first; calling it loads the module that it is from.

    """
    processes = available_workers() if workers is None else workers
    if processes > 1:
        Processes(processes).begin(ready)


class _Dask:
    """Runs tasks on the Dask cluster that is the backend of joblib."""

    def __init__(self, number: int) -> None:
        self.number = number
        self._parallel = joblib.Parallel(return_as="generator", batch_size=1)

    def __call__(self, tasks: Iterable[Task]) -> Iterable[Any]:
        made: Iterable[Any] = self._parallel(tasks)
        return made


@contextmanager
def _dask_client(address: str, processes: int) -> Iterator[None]:
    try:
        from distributed import Client, LocalCluster
        from distributed.comm.addressing import parse_address, parse_host_port
    except ImportError as error:
        msg = "running on a cluster needs the extra 'cluster': pip install 'safepassage[cluster]'."
        raise ExperimentError(msg) from error
    if address == LOCAL:
        with (
            LocalCluster(  # type: ignore[no-untyped-call]
                n_workers=processes, threads_per_worker=1, dashboard_address=None
            ) as cluster,
            Client(cluster),  # type: ignore[no-untyped-call]
        ):
            yield
        return
    try:
        # first, because a client that fails stays behind and is asked for locks by writers of files
        parse_host_port(parse_address(address)[1])
        client = Client(address, timeout="10s")  # type: ignore[no-untyped-call]
    except (OSError, ValueError) as error:
        msg = (
            f"no Dask scheduler answers at {address!r} ({error}). Give the address that "
            "`dask scheduler` printed, such as tcp://10.0.0.5:8786, or local."
        )
        raise ExperimentError(msg) from error
    with client:
        yield
