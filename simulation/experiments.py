"""Replications of a plan: one forecast sample each, the same people in every plan.

A replication is a pure function of network, forecast sample, seed and its own number. So results do
not depend on the number of workers or on the order in which they finish.
"""

from __future__ import annotations

import hashlib
import pickle
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Final

import joblib
import numpy as np
import pandas as pd

from simulation.arrivals import periods, population
from simulation.compiled import simulate_compiled
from simulation.decisions import decision_times
from simulation.engine import simulate
from simulation.engines import choose_engine
from simulation.executors import ExperimentError as ExperimentError
from simulation.executors import available_workers as available_workers
from simulation.executors import executor
from simulation.kept_people import KeptPeople, who_comes
from simulation.measures import dataset, measure
from simulation.streams import Streams

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import xarray as xr
    from numpy.typing import NDArray

    from simulation.arrivals import Population
    from simulation.blocks import Blocks
    from simulation.cuts import Values
    from simulation.departures import Period
    from simulation.executors import Executor
    from simulation.network import Network
    from simulation.records import Records

_STEPS: Final = {"day": "D", "week": "7D", "month": "MS", "quarter": "QS", "year": "YS"}
ENGINE: Final = "simpy"
"""The engine that runs a replication unless another is asked for."""
BLOCK: Final = 5
"""Replications per task of a worker: short enough for a lively progress bar."""
_KEPT: Final = KeptPeople()
"""Of this process."""


@dataclass(frozen=True)
class Futures:
    """What may come: the samples of a forecast as plain arrays.

    Parameters
    ----------
    displaced : numpy.ndarray, (sample, time, location, cause), persons per period
    locations, causes : tuple of str
    calendar : tuple of Period
        The periods, in hours from the start of the run.

    """

    displaced: NDArray[np.float64]
    locations: tuple[str, ...]
    causes: tuple[str, ...]
    calendar: tuple[Period, ...]

    @classmethod
    def of(cls, forecast: xr.DataArray, network: Network) -> Futures:
        """Take the samples of a forecast that a network draws its arrivals from.

        Parameters
        ----------
        forecast : xarray.DataArray, (sample, time, location[, cause]), persons per period
        network : Network
            Gives hour 0 and the length of the run.

        Raises
        ------
        ExperimentError
            If the dims are others, or the run begins before or ends after the forecast.

        """
        array = (
            forecast if "cause" in forecast.dims else forecast.expand_dims(cause=["all"], axis=-1)
        )
        wanted = ("sample", "time", "location", "cause")
        if set(array.dims) != set(wanted):
            msg = (
                f"forecast has dims {tuple(forecast.dims)}; needed: {wanted} (cause may be absent)."
            )
            raise ExperimentError(msg)
        array = array.transpose(*wanted)
        firsts = [stamp.date() for stamp in pd.DatetimeIndex(array["time"].values)]
        period = forecast.attrs.get("period")
        if period not in _STEPS:
            msg = f"attrs['period'] of the forecast is {period!r}; allowed: {', '.join(_STEPS)}."
            raise ExperimentError(msg)
        step = pd.tseries.frequencies.to_offset(_STEPS[period])
        end = (pd.Timestamp(firsts[-1]) + step).date()
        calendar = tuple(periods(network.start, firsts, end))
        if calendar[0].begins > 0 or calendar[-1].ends < network.run_length:
            msg = (
                f"the run starts on {network.start} and lasts {network.run_length / 24:g} days, "
                f"but the forecast covers {firsts[0]} until {end}. Choose a start and a "
                "run_length within."
            )
            raise ExperimentError(msg)
        return cls(
            displaced=np.asarray(array.values, dtype=np.float64),
            locations=tuple(str(name) for name in array["location"].values),
            causes=tuple(str(name) for name in array["cause"].values),
            calendar=calendar,
        )

    def people(
        self, network: Network, seed: int, replication: int, sample: int | None = None
    ) -> Population:
        """Draw the people of one replication, from the sample of the same number by default."""
        return population(
            network,
            self.displaced[replication if sample is None else sample],
            list(self.locations),
            list(self.causes),
            list(self.calendar),
            Streams(seed, replication),
        )

    def decisions(self, network: Network, sample: int) -> tuple[tuple[float, ...], ...]:
        """When each trigger decides to act on the forecast, in the future of one sample."""
        return decision_times(
            network, self.displaced, self.locations, self.causes, self.calendar, sample
        )


def run_engine(
    network: Network,
    people: Population,
    decisions: tuple[tuple[float, ...], ...],
    engine: str = ENGINE,
) -> Records:
    """Run one replication on the engine of a name.

    Parameters
    ----------
    network : Network
    people : Population
    decisions : tuple of tuple of float, h
        See :func:`simulation.engine.simulate`.
    engine : {"simpy", "compiled"}
        As :func:`simulation.engines.choose_engine` chose it.

    Raises
    ------
    ExperimentError
        If there is no such engine.

    """
    engines = {"simpy": simulate, "compiled": simulate_compiled}
    if engine not in engines:
        msg = f"there is no engine {engine!r}; choose {', '.join(engines)}."
        raise ExperimentError(msg)
    return engines[engine](network, people, decisions)


def identity(network: Network, futures: Futures, seed: int, engine: str = ENGINE) -> dict[str, str]:
    """Say in few letters what the measures of an experiment depend on.

    Parameters
    ----------
    network : Network
    futures : Futures
    seed : int
    engine : str

    Returns
    -------
    dict of str to str
        ``plan`` and ``forecast`` as SHA-256, ``seed``, ``engine``.

    """
    names = repr((futures.locations, futures.causes, futures.calendar, futures.displaced.shape))
    counts = np.ascontiguousarray(futures.displaced).tobytes()
    return {
        "plan": hashlib.sha256(repr(network).encode()).hexdigest(),
        "forecast": hashlib.sha256(names.encode() + counts).hexdigest(),
        "seed": str(seed),
        "engine": engine,
    }


def replicate_once(
    network: Network, futures: Futures, seed: int, replication: int
) -> tuple[Records, Population]:
    """Run one replication and keep everything that happened.

    Parameters
    ----------
    network : Network
    futures : Futures
    seed : int
    replication : int
        Also the number of the forecast sample.

    Returns
    -------
    Records, Population
        The tables and the people.

    """
    people = futures.people(network, seed, replication)
    return run_engine(network, people, futures.decisions(network, replication)), people


def replicate(
    network: Network,
    futures: Futures,
    *,
    replications: int,
    seed: int,
    workers: int | None = None,
    cluster: str | None = None,
    engine: str = ENGINE,
    keep: Blocks | None = None,
    progress: Callable[[int], None] | None = None,
) -> xr.Dataset:
    """Run many replications and return their measures.

    Parameters
    ----------
    network : Network
    futures : Futures
        Replication *k* meets forecast sample *k*.
    replications : int
        Not more than there are samples.
    seed : int
        Seed of all random streams.
    workers : int or None
        Processes; None takes the processors this process may use.
    cluster : str or None
        Address of the scheduler of a Dask cluster to run on instead, such as
        ``tcp://10.0.0.5:8786``, or ``local`` for one on this computer; needs the extra ``cluster``.
    engine : str
        One of :data:`simulation.engines.ENGINES`.
    keep : Blocks or None
        Where finished blocks are kept; those that are there already are not computed again.
    progress : callable or None
        Called with the number of replications finished since the last call.

    Returns
    -------
    xarray.Dataset
        See :func:`simulation.measures.dataset`; equal for any number of workers, here or on a
        cluster, in one go or with interruptions.

    Raises
    ------
    ExperimentError
        If there are fewer samples than replications, no replication is asked for, there is no such
        engine or it cannot run the network, or the cluster does not answer.

    """
    check_replications(replications, len(futures.displaced))
    engine = choose_engine(network, engine, replications).engine
    parts = blocks_of(replications)
    missing = parts if keep is None else [part for part in parts if not keep.has(part)]
    told = progress or (lambda _finished: None)
    if len(missing) < len(parts):
        told(replications - sum(map(len, missing)))
    values: list[Values] = []
    if missing:
        with executor(workers, cluster) as parallel:
            made = measure_blocks(network, futures, missing, seed, parallel, engine)
            for part, block in zip(missing, made, strict=True):
                if keep is None:
                    values += block
                else:
                    keep.write(part, block)
                told(len(part))
    return dataset(values, network) if keep is None else keep.dataset(parts, network)


def check_replications(replications: int, samples: int) -> None:
    """Raise unless every replication has a forecast sample of its own."""
    if not 1 <= replications <= samples:
        msg = (
            f"replications is {replications}; the forecast has {samples} samples and each "
            f"replication takes one of its own. Choose 1 to {samples}, or draw more samples: "
            f"forecast.samples in the scenario, or `safepassage run --samples {replications}`."
        )
        raise ExperimentError(msg)


def blocks_of(replications: int, first: int = 0) -> list[range]:
    """Cut replications into blocks; the last may be shorter.

    Parameters
    ----------
    replications : int
        Number of the last plus one.
    first : int
        Number of the first.

    Examples
    --------
    >>> blocks_of(12)
    [range(0, 5), range(5, 10), range(10, 12)]

    """
    numbers = range(first, replications)
    return [numbers[start : start + BLOCK] for start in range(0, len(numbers), BLOCK)]


def measure_blocks(
    network: Network,
    futures: Futures,
    parts: list[range],
    seed: int,
    parallel: Executor | None,
    engine: str = ENGINE,
) -> Iterator[list[Values]]:
    """Run blocks of replications and yield their measures in order.

    Parameters
    ----------
    network : Network
    futures : Futures
    parts : list of range
        Numbers of the replications of each block.
    seed : int
    parallel : Executor or None
        From :func:`simulation.executors.executor`.
    engine : {"simpy", "compiled"}

    Yields
    ------
    list of dict
        Results of :func:`simulation.measures.measure`.

    """
    # Decisions look at all samples, so they are made before the samples are dealt out.
    sent = network if parallel is None else pickle.dumps(network)
    tasks = (
        (
            sent,
            _part(futures, part),
            seed,
            part,
            [futures.decisions(network, number) for number in part],
            engine,
        )
        for part in parts
    )
    if parallel is not None:
        yield from parallel(joblib.delayed(_block)(*task) for task in tasks)
        return
    for task in tasks:
        yield _block(*task)


def _part(futures: Futures, numbers: range) -> Futures:
    """Only the samples a worker needs, to keep what is sent small."""
    return Futures(
        futures.displaced[numbers.start : numbers.stop],
        futures.locations,
        futures.causes,
        futures.calendar,
    )


@lru_cache(maxsize=1)
def _received(sent: bytes) -> Network:
    """Unpack a network, once for all blocks of a plan, and with it what is worked out of it."""
    network: Network = pickle.loads(sent)  # noqa: S301 - packed by measure_blocks
    return network


def _block(
    sent: Network | bytes,
    futures: Futures,
    seed: int,
    numbers: range,
    decisions: list[tuple[tuple[float, ...], ...]],
    engine: str,
) -> list[Values]:
    """Measures of some replications, whose samples are the ones sent."""
    network = _received(sent) if isinstance(sent, bytes) else sent
    results = []
    family = (who_comes(network), futures.locations, futures.causes, futures.calendar, seed)
    for sample, number in enumerate(numbers):
        key = (number, futures.displaced[sample].tobytes())
        people = _KEPT.get(family, key, partial(futures.people, network, seed, number, sample))
        records = run_engine(network, people, decisions[sample], engine)
        _KEPT.keep(family, key, people)
        results.append(measure(records, network))
    return results
