"""What the simulation promises, each figure beside its goal, measured in one run.

The chain of benchmarks/engines.py by both engines, a plain C program and cimba; the flagship by
both engines; whole runs of it from the start of the process to the report; another capacity in a
process that is running; runs killed at random moments and resumed; the same measures from one
process, two processes, two threads and a Dask cluster; paired intervals. Let nothing else run
beside it::

    python -m benchmarks.simulation --out benchmarks/results/simulation.json --cimba PYTHON

The result is written after each part. ``--part`` measures only some and keeps the others of the
file as they are.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from benchmarks import engines, library, paired_plans, what_if
from benchmarks.chain_peers import beside_peers
from scenarios.build import build_network
from scenarios.files import load_scenario
from scenarios.forecasts import make_outlook
from simulation.compiled import simulate_compiled
from simulation.compiled.replication import compile_now
from simulation.experiments import Futures, blocks_of, measure_blocks, replicate
from simulation.measures import dataset
from simulation.processes import Processes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from simulation.processes import Task

FLAGSHIP: Final = "beledweyne-flood"
PERSONS: Final = 100_000
KILLS: Final = 10


def figure(what: str, measured: float, unit: str, goal: str, *, met: bool) -> dict[str, Any]:
    """Return a row of the result."""
    row = {"what": what, "measured": measured, "unit": unit, "goal": goal, "met": bool(met)}
    print(row, flush=True)
    return row


def chain(given: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """Run the chain by both engines, in C and in cimba, on the same draws."""
    network = engines.chain(PERSONS)
    people = engines.comers(network, PERSONS)
    both = engines.beside_each_other(network, [(people, ())], given.times)
    what = f"Chain of {PERSONS:,} people"
    ratio = both["ratio"]
    yield figure(f"{what}: SimPy takes", ratio, "times", "at least 60", met=ratio >= 60)
    records = simulate_compiled(network, people)
    alone = engines.events_alone(network, people, given.times)
    peers = beside_peers(network, people, records, given.times, given.cimba)
    if "cimba_seconds" in peers:
        ratio = peers["cimba_seconds"] / both["compiled_seconds"]
        yield figure(f"{what}: cimba takes", ratio, "times", "at least 5", met=ratio >= 5)
    if "c_seconds" in peers:
        ratio = alone / peers["c_seconds"]
        what = f"{what}: the events take, of a C program's time,"
        yield figure(what, ratio, "times", "at most 1.5", met=ratio <= 1.5)


def flagship(given: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """Run the flagship by both engines, with nothing kept between runs."""
    network, futures, seed = _futures()
    cases = [
        (futures.people(network, seed, number), futures.decisions(network, number))
        for number in range(given.flagship)
    ]
    ratio = engines.beside_each_other(network, cases, given.times)["ratio"]
    what = f"Flood in Beledweyne, {given.flagship} replications: SimPy takes"
    yield figure(what, ratio, "times", "at least 40", met=ratio >= 40)


def whole_runs(_given: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """Time the command from its start to the report, with an empty cache of scores."""
    for replications, most, more in ((1000, 30, ()), (10_000, 240, ("--samples", "10000"))):
        run = library.measured(FLAGSHIP, replications, 2, *more)
        what = f"`safepassage run {FLAGSHIP}`, {replications:,} replications"
        seconds = run["seconds"]
        yield figure(what, seconds, "s", f"under {most} s", met=seconds < most)
        yield figure(f"{what}, processor time", run["cpu_seconds"], "s", "", met=True)
        held = run["megabytes"] / 1000
        what = f"{what}, most memory of all processes"
        goal = "under 2 GB" if replications == 10_000 else ""
        yield figure(what, held, "GB", goal, met=held < 2 or not goal)


def what_if_latency(_given: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """Change one capacity of the flagship in a process that is running."""
    (_, first, _), *others = what_if.latencies(200, None)
    slowest = max(seconds for _, seconds, _ in others)
    what = "Another capacity, 200 paired replications"
    yield figure(f"{what}: slowest of {len(others)}", slowest, "s", "under 1 s", met=slowest < 1)
    yield figure(f"{what}: the first run of a process", first, "s", "", met=True)


def killed(_given: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """Kill runs with signal 9 at random moments and resume them."""
    moments = np.random.default_rng(1).uniform(0.0, 1.0, KILLS)
    with tempfile.TemporaryDirectory() as folder:
        began = time.monotonic()
        _run(Path(folder), "whole").wait()
        length = time.monotonic() - began
        reference = _digest(Path(folder), "whole")
        equal = 0
        for number, moment in enumerate(moments.tolist()):
            process = _run(Path(folder), f"killed-{number}")
            try:
                process.wait(moment * length)
            except subprocess.TimeoutExpired:
                process.kill()
            process.wait()
            _run(Path(folder), f"killed-{number}").wait()
            equal += _digest(Path(folder), f"killed-{number}") == reference
    what = f"Runs killed at {KILLS} random moments and resumed: equal measures, byte for byte"
    yield figure(what, equal, "runs", f"all {KILLS}", met=equal == KILLS)


def _run(folder: Path, out: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "scenarios.cli", "run", FLAGSHIP, "--out", str(folder / out)]
    command += ["--replications", "400", "--workers", "2", "--resume"]
    environment = os.environ | {"SAFEPASSAGE_CACHE": str(folder / "cache")}
    return subprocess.Popen(  # noqa: S603 - our own program
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )


def _digest(folder: Path, out: str) -> str:
    return hashlib.sha256((folder / out / "measures.nc").read_bytes()).hexdigest()


class Threads:
    """Runs tasks in threads of this process; results in the order of the tasks."""

    def __init__(self, number: int) -> None:
        self.number = number

    def __call__(self, tasks: Iterable[Task]) -> Iterator[Any]:
        """Begin tasks and return their results."""
        with ThreadPoolExecutor(self.number) as pool:
            begun = [pool.submit(function, *args, **named) for function, args, named in tasks]
            yield from (one.result() for one in begun)


def workers(given: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """Run the flagship in one process, in two, in two threads, and on a Dask cluster."""
    network, futures, seed = _futures()
    many = given.equal
    alone = replicate(network, futures, replications=many, seed=seed, workers=1, engine="compiled")
    two = replicate(network, futures, replications=many, seed=seed, workers=2, engine="compiled")
    dask = replicate(
        *(network, futures), replications=many, seed=seed, workers=2, cluster="local",
        engine="compiled",
    )  # fmt: skip
    parts = blocks_of(many)
    made = measure_blocks(network, futures, parts, seed, Threads(2), "compiled")
    threads = dataset([values for block in made for values in block], network)
    equal = sum(alone.identical(one) for one in (two, threads, dask))
    what = "Two processes, two threads and a local Dask cluster: measures equal to those of one"
    yield figure(what, equal, "of 3", "all", met=equal == 3)
    seconds = {}
    ways = {"one process": None, "two threads": Threads(2), "two processes": Processes(2)}
    for number, (name, parallel) in enumerate(ways.items(), start=1):
        began = time.perf_counter()
        for _ in measure_blocks(network, futures, parts, seed + number, parallel, "compiled"):
            pass
        seconds[name] = time.perf_counter() - began
    what = f"{many} replications, their people and measures"
    for name, lasted in seconds.items():
        yield figure(f"{what}: {name}", lasted, "s", "", met=True)


def common_random_numbers(_given: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """Compare the plans of the flagship with the same people and futures, and with others."""
    rows = paired_plans.compared(400)["rows"]
    least = min(row["times_as_wide"]["other_futures"] for row in rows)
    middle = statistics.median(row["times_as_wide"]["other_futures"] for row in rows)
    what = "Interval of a difference with futures of their own, over the paired one"
    yield figure(f"{what}: least of {len(rows)}", least, "times", "at least 3", met=least >= 3)
    yield figure(f"{what}: median", middle, "times", "at least 3", met=middle >= 3)


def _futures() -> tuple[Any, Futures, int]:
    scenario = load_scenario(FLAGSHIP)
    network = build_network(scenario)
    return network, Futures.of(make_outlook(scenario).forecast, network), scenario.experiment.seed


PARTS = {
    part.__name__: part
    for part in (
        chain, flagship, whole_runs, what_if_latency, killed, workers, common_random_numbers,
    )
}  # fmt: skip


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, required=True, help="JSON file to write")
    parser.add_argument("--part", action="append", choices=PARTS, help="only this; may be repeated")
    parser.add_argument("--times", type=int, default=3, help="runs of each engine; the best counts")
    parser.add_argument(
        "--flagship", type=int, default=100, help="its replications by both engines"
    )
    parser.add_argument(
        "--equal", type=int, default=200, help="replications in threads and on Dask"
    )
    parser.add_argument("--cimba", type=Path, help="Python that can import cimba")
    given = parser.parse_args()
    compile_now()
    parts = json.loads(given.out.read_text(encoding="utf-8"))["parts"] if given.out.exists() else {}
    for name in given.part or PARTS:
        parts[name] = list(PARTS[name](given))
        result = {
            "machine": platform.machine(),
            "cores": os.cpu_count(),
            "times": given.times,
            "parts": {name: parts[name] for name in PARTS if name in parts},
        }
        new = given.out.with_suffix(".new")
        new.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
        new.replace(given.out)


if __name__ == "__main__":
    main()
