"""Replications of a plan: one forecast sample each, the same people in every plan.

A replication is a pure function of network, forecast sample, seed and its own number. So results do
not depend on the number of workers or on the order in which they finish.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import joblib
import numpy as np
import pandas as pd

from simulation.arrivals import periods, population
from simulation.decisions import decision_times
from simulation.engine import simulate
from simulation.measures import dataset, measure
from simulation.streams import Streams

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import xarray as xr
    from numpy.typing import NDArray

    from simulation.arrivals import Population
    from simulation.cuts import Values
    from simulation.departures import Period
    from simulation.network import Network
    from simulation.records import Records

_STEPS: Final = {"day": "D", "week": "7D", "month": "MS", "quarter": "QS", "year": "YS"}
BLOCK: Final = 5
"""Replications per task of a worker: short enough for a lively progress bar."""


class ExperimentError(ValueError):
    """What was asked for cannot be run; the message says what can."""


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
    return simulate(network, people, futures.decisions(network, replication)), people


def replicate(
    network: Network,
    futures: Futures,
    *,
    replications: int,
    seed: int,
    workers: int | None = None,
    cluster: str | None = None,
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
        ``tcp://10.0.0.5:8786``; needs the extra ``cluster``.
    progress : callable or None
        Called with the number of replications finished since the last call.

    Returns
    -------
    xarray.Dataset
        See :func:`simulation.measures.dataset`; equal for any number of workers, here or on a
        cluster.

    Raises
    ------
    ExperimentError
        If there are fewer samples than replications, no replication is asked for, or the cluster
        does not answer.

    """
    samples = len(futures.displaced)
    if not 1 <= replications <= samples:
        msg = (
            f"replications is {replications}; the forecast has {samples} samples and each "
            f"replication takes one of its own. Choose 1 to {samples}, or draw more samples."
        )
        raise ExperimentError(msg)
    values: list[Values] = []
    with _executor(workers, cluster) as parallel:
        for block in _blocks(network, futures, replications, seed, parallel):
            values += block
            if progress is not None:
                progress(len(block))
    return dataset(values, network)


def available_workers() -> int:
    """Count the processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@contextmanager
def _executor(workers: int | None, cluster: str | None) -> Iterator[joblib.Parallel | None]:
    """Where tasks run: None is this process."""
    if cluster is not None:
        with _dask_client(cluster), joblib.parallel_config(backend="dask"):
            yield joblib.Parallel(return_as="generator", batch_size=1)
        return
    processes = available_workers() if workers is None else workers
    if processes == 1:
        yield None
    else:
        yield joblib.Parallel(n_jobs=processes, return_as="generator", batch_size=1)


@contextmanager
def _dask_client(address: str) -> Iterator[None]:
    try:
        from distributed import Client
        from distributed.comm.addressing import parse_address, parse_host_port
    except ImportError as error:
        msg = "running on a cluster needs the extra 'cluster': pip install 'safepassage[cluster]'."
        raise ExperimentError(msg) from error
    try:
        # first, because a client that fails stays behind and is asked for locks by writers of files
        parse_host_port(parse_address(address)[1])
        client = Client(address, timeout="10s")  # type: ignore[no-untyped-call]
    except (OSError, ValueError) as error:
        msg = (
            f"no Dask scheduler answers at {address!r} ({error}). Give the address that "
            "`dask scheduler` printed, such as tcp://10.0.0.5:8786."
        )
        raise ExperimentError(msg) from error
    with client:
        yield


def _blocks(
    network: Network,
    futures: Futures,
    replications: int,
    seed: int,
    parallel: joblib.Parallel | None,
) -> Iterator[list[Values]]:
    numbers = range(replications)
    parts = [numbers[start : start + BLOCK] for start in numbers[::BLOCK]]
    # Decisions look at all samples, so they are made before the samples are dealt out.
    decided = [[futures.decisions(network, number) for number in part] for part in parts]
    tasks = (
        joblib.delayed(_block)(network, _part(futures, part), seed, part, decisions)
        for part, decisions in zip(parts, decided, strict=True)
    )
    if parallel is not None:
        yield from parallel(tasks)
        return
    for part, decisions in zip(parts, decided, strict=True):
        yield _block(network, _part(futures, part), seed, part, decisions)


def _part(futures: Futures, numbers: range) -> Futures:
    """Only the samples a worker needs, to keep what is sent small."""
    return Futures(
        futures.displaced[numbers.start : numbers.stop],
        futures.locations,
        futures.causes,
        futures.calendar,
    )


def _block(
    network: Network,
    futures: Futures,
    seed: int,
    numbers: range,
    decisions: list[tuple[tuple[float, ...], ...]],
) -> list[Values]:
    """Measures of some replications, whose samples are the ones sent."""
    results = []
    for sample, number in enumerate(numbers):
        people = futures.people(network, seed, number, sample)
        records = simulate(network, people, decisions[sample])
        results.append(measure(records, network))
    return results
