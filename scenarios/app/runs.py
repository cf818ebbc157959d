"""Runs of the planner's page: one after the other, each result kept by what it was asked."""

from __future__ import annotations

import hashlib
import queue
import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Generic, Literal, TypeVar

from forecasting.flows import FlowError
from scenarios.build import build_network
from scenarios.comparison import CompareError
from scenarios.forecasts import fingerprint, make_outlook
from scenarios.problems import ScenarioError
from scenarios.runner import Progress, simulate_plan
from simulation.network import NetworkError

if TYPE_CHECKING:
    from collections.abc import Callable

    import xarray as xr

    from scenarios.app.trial import Trial
    from scenarios.schema import Scenario

LONGEST_QUEUE: Final = 8
KEPT_RESULTS: Final = 40
KEPT_MEASURES: Final = 12
K = TypeVar("K")
V = TypeVar("V")


class BusyError(RuntimeError):
    """Too many runs are waiting."""


class _StoppedError(RuntimeError):
    """The page is being closed."""


class Kept(Generic[K, V]):
    """A few values by key; the one not used for longest goes first.

    Parameters
    ----------
    most : int

    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._values: OrderedDict[K, V] = OrderedDict()

    def get(self, key: K) -> V | None:
        """Return a value and mark it as used."""
        if key in self._values:
            self._values.move_to_end(key)
        return self._values.get(key)

    def put(self, key: K, value: V) -> None:
        """Keep a value."""
        self._values[key] = value
        self._values.move_to_end(key)
        while len(self._values) > self._most:
            self._values.popitem(last=False)


class Simulations:
    """Forecasts and measures of plans, each computed once.

    Parameters
    ----------
    workers : int or None
        Processes; None takes all processors.

    """

    def __init__(self, workers: int | None = None) -> None:
        self._workers = workers
        self._forecasts: Kept[str, xr.DataArray] = Kept(KEPT_MEASURES)
        self._measures: Kept[str, xr.Dataset] = Kept(KEPT_MEASURES)

    def measures(
        self, scenario: Scenario, replications: int, seed: int, title: str, progress: Progress
    ) -> xr.Dataset:
        """Return the measures of a plan, from memory when the same was run before.

        Parameters
        ----------
        scenario : Scenario
        replications, seed : int
        title : str
            What progress calls it.
        progress : Progress

        Returns
        -------
        xarray.Dataset

        """
        section = fingerprint(scenario)
        what = repr((build_network(scenario), section, replications, seed))
        key = hashlib.sha256(what.encode()).hexdigest()
        known = self._measures.get(key)
        if known is not None:
            progress.advance(replications)
            return known
        forecast = self._forecasts.get(section)
        if forecast is None:
            progress.stage("Making the forecast", 0)
            forecast = make_outlook(scenario).forecast
            self._forecasts.put(section, forecast)
        progress.stage(f"Simulating: {title.lower()}", 0)
        measures = simulate_plan(
            scenario,
            forecast,
            replications=replications,
            seed=seed,
            workers=self._workers,
            progress=Progress(stage=lambda _name, _parts: None, advance=progress.advance),
        )
        self._measures.put(key, measures)
        return measures


State = Literal["waiting", "running", "done", "failed"]


@dataclass
class Run:
    """One trial on its way.

    Parameters
    ----------
    trial : Trial
    state : str
    stage : str
        What is being done.
    finished, parts : int
        Replications.
    message : str
        Why it failed.
    result : object or None
        What the page shows, when done.

    """

    trial: Trial
    state: State = "waiting"
    stage: str = "Waiting"
    finished: int = 0
    parts: int = 1
    message: str = ""
    result: Any = None
    ready: threading.Event = field(default_factory=threading.Event)


class Runs:
    """Works through trials in one thread, in the order they came.

    Parameters
    ----------
    compute : callable
        Turns a trial and a :class:`~scenarios.runner.Progress` into what the page shows.

    """

    def __init__(self, compute: Callable[[Trial, Progress], Any]) -> None:
        self._compute = compute
        self._lock = threading.Lock()
        self._waiting: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._order: list[str] = []
        self._active: dict[str, Run] = {}
        self._ended: Kept[str, Run] = Kept(KEPT_RESULTS)
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._work, name="planner's page", daemon=True)
        self._thread.start()

    def submit(self, trial: Trial) -> str:
        """Put a trial in the queue, unless its result is known or on its way.

        Parameters
        ----------
        trial : Trial

        Returns
        -------
        str
            Key of the result.

        Raises
        ------
        BusyError
            If too many are waiting.

        """
        key = trial.key
        with self._lock:
            ended = self._ended.get(key)
            if key in self._active or (ended is not None and ended.state == "done"):
                return key
            if len(self._active) >= LONGEST_QUEUE:
                msg = f"{len(self._active)} runs are waiting already. Try again in a minute."
                raise BusyError(msg)
            self._active[key] = Run(trial)
            self._order.append(key)
            self._waiting.put(key)
        return key

    def get(self, key: str) -> Run | None:
        """Return a run by its key, or None when it is not known any more."""
        with self._lock:
            return self._active.get(key) or self._ended.get(key)

    def ahead_of(self, key: str) -> int:
        """Count the runs that come before one that waits."""
        with self._lock:
            return self._order.index(key) if key in self._order else 0

    def stop(self, patience: float = 10.0) -> None:
        """End the run under way at its next step and take no more.

        Parameters
        ----------
        patience : float, seconds

        """
        self._stopped.set()
        self._waiting.put(None)
        self._thread.join(patience)

    def _work(self) -> None:
        while (key := self._waiting.get()) is not None and not self._stopped.is_set():
            run = self._active[key]
            run.state = "running"
            self._carry_out(run)
            with self._lock:
                del self._active[key]
                self._order.remove(key)
                self._ended.put(key, run)
            run.ready.set()

    def _carry_out(self, run: Run) -> None:
        def stage(name: str, parts: int) -> None:
            self._go_on()
            run.stage, run.parts = name, parts or run.parts

        def advance(parts: int) -> None:
            self._go_on()
            run.finished += parts

        try:
            run.result = self._compute(run.trial, Progress(stage=stage, advance=advance))
        except (_StoppedError, KeyboardInterrupt):  # Ctrl-C also reaches the worker processes
            run.state, run.message = "failed", "The run was interrupted before it ended."
        except (ScenarioError, FlowError, NetworkError, CompareError) as error:
            run.state, run.message = "failed", str(error)
        except Exception as error:  # shown on the page; the next run goes on
            run.state, run.message = "failed", f"{type(error).__name__}: {error}"
        else:
            run.state = "done"

    def _go_on(self) -> None:
        if self._stopped.is_set():
            raise _StoppedError
