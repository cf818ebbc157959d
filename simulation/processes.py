"""Processes of this computer that meet the same tasks again in the next experiment.

A pool of processes gives a task to whoever is free. Here each process gets every n-th task, so
that it meets the replications whose people it keeps (see :mod:`simulation.kept_people`).
"""

from __future__ import annotations

import os
import queue
import sys
import threading
from collections import deque
from contextlib import suppress
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from joblib.externals.loky import ProcessPoolExecutor, process_executor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from concurrent.futures import Future

Task = tuple[Any, tuple[Any, ...], dict[str, Any]]
"""Function, arguments and named arguments, as :func:`joblib.delayed` gives them."""

_IDLE: Final = 300
"""Seconds without a task after which a process ends; the next task starts another."""
_AHEAD: Final = 8
"""Tasks per process that are handed over before the first result is taken."""
_THREADS: Final = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "BLIS_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "NUMBA_NUM_THREADS",
    "NUMEXPR_NUM_THREADS",
)
"""What libraries read to know how many threads they may start."""
_POOLS: Final[list[ProcessPoolExecutor]] = []
"""One process each; of all experiments of this process."""
_CHANGING: Final = threading.Lock()


class Processes:
    """Runs tasks in processes, and gives the results in the order of the tasks.

    Parameters
    ----------
    number : int
        Processes, above 0.

    """

    def __init__(self, number: int) -> None:
        self.number = number

    def __call__(self, tasks: Iterable[Task]) -> Iterator[Any]:
        """Begin tasks at once, and return their results one after the other.

        Raises
        ------
        Exception
            What a task raises, when its turn comes; the others are stopped then.

        """
        pools = self._pools()
        begun = (
            pools[number % len(pools)].submit(function, *arguments, **named)
            for number, (function, arguments, named) in enumerate(tasks)
        )
        waiting = deque(islice(begun, _AHEAD * len(pools)))
        return _results(waiting, begun)

    def begin(self, ready: Callable[[], object]) -> None:
        """Start the processes, and have each load what a function needs, while others work."""
        for pool in self._pools():
            pool.submit(ready)

    def _pools(self) -> list[ProcessPoolExecutor]:
        with _CHANGING:
            missing = self.number - len(_POOLS)
            _POOLS.extend(_pool(self.number) for _ in range(missing))
            return _POOLS[: self.number]


def _pool(number: int) -> ProcessPoolExecutor:
    each = str(max((os.cpu_count() or 1) // number, 1))
    threads = {name: os.environ.get(name, each) for name in _THREADS}
    return ProcessPoolExecutor(
        max_workers=1, timeout=_IDLE, env=threads, initializer=_may_keep_people
    )


def _may_keep_people() -> None:
    """Let this process grow: where psutil is there, loky ends one that grew by 300 MB as leaking.

    What it keeps has a limit of its own (see :mod:`simulation.kept_people`).
    """
    process_executor._MAX_MEMORY_LEAK_SIZE = sys.maxsize


def _results(waiting: deque[Future[Any]], begun: Iterator[Future[Any]]) -> Iterator[Any]:
    try:
        while waiting:
            result = waiting[0].result()
            waiting.popleft()
            waiting.extend(islice(begun, 1))
            yield result
    finally:
        if waiting:  # an error, an interrupt, or nobody wants the rest
            _stop()


def _stop() -> None:
    """End all processes now; the next experiment starts others."""
    with _CHANGING:
        pools = list(_POOLS)
        _POOLS.clear()
    for pool in pools:
        # The executor forgets what waits, and would then look for it in vain.
        with suppress(queue.Empty):
            while True:
                pool._work_ids.get(block=False)
        pool.shutdown(wait=False, kill_workers=True)
