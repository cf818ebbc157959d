"""Both engines beside each other: on a chain of services, and on the plans of the library.

The chain is groups, registration, triage in three classes, beds. Its largest size is also run by
a plain C program where there is a C compiler, and by cimba, which needs an environment of its own:
give the path of its Python with ``--cimba``. Both take the draws of our engines and must count the
same. Times are those of the processor, so that other work on the machine counts little, and the
shortest of some runs. The compiled engine is compiled before, into an empty cache. Run it with::

    python -m benchmarks.engines --out benchmarks/results/engines.json
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from benchmarks.chain_peers import beside_peers
from benchmarks.networks import exponential, one_site
from scenarios.build import build_network
from scenarios.files import list_library, load_scenario
from scenarios.forecasts import fingerprint, make_outlook
from simulation.arrivals import population
from simulation.calendars import Steps
from simulation.compiled import reasons_against, simulate_compiled
from simulation.compiled.replication import CompiledReplication, compile_now
from simulation.departures import Period
from simulation.distributions import Distribution
from simulation.engine import simulate
from simulation.experiments import Futures
from simulation.parts import AcuityClass, Desk, HealthPost, Ward
from simulation.streams import Streams

if TYPE_CHECKING:
    from collections.abc import Callable

    from simulation.arrivals import Population
    from simulation.network import Network
    from simulation.records import Records

HOURS = 24.0 * 40
ARRIVE_WITHIN = 24.0 * 30
TABLES = ("steps", "states", "groups", "events", "incidents", "trips")


def lognormal(mean: float, sd: float) -> Distribution:
    """Return a distribution of times in hours."""
    return Distribution("lognormal", mean=mean, sd=sd)


def chain(persons: int) -> Network:
    """Return the chain, with desks, clinicians and beds in proportion to the people."""
    scale = persons / 100_000

    def some(number: int) -> Steps:
        return Steps.constant(max(round(number * scale), 1))

    post = HealthPost(
        name="clinic",
        location="here",
        visits_per_person_day=1 / 7,
        triage_nurses=some(16),
        triage_time=lognormal(0.1, 0.05),
        triage_standard=0.5,
        clinicians=some(36),
        consultation_time=lognormal(0.3, 0.15),
        classes=(
            AcuityClass("emergency", 0.1, 0.2, None, 0.5),
            AcuityClass("urgent", 0.3, 1.0, None, 0.1),
            AcuityClass("routine", 0.6, 4.0, exponential(6.0), 0.0),
        ),
        ward="ward",
    )
    desks = Desk("registration desks", "registration", some(14), lognormal(0.4, 0.2), "group", 4.0)
    return one_site(
        HOURS,
        desks=(desks,),
        places=10**8,
        stay=exponential(168.0),
        group_size=Distribution("one_plus_poisson", mean=4.4, high=12.0),
        health_posts=(post,),
        wards=(Ward("ward", "here", some(250), lognormal(72.0, 24.0), 12.0, 2.0),),
    )


def comers(network: Network, persons: int) -> Population:
    """Return so many people, who come evenly within thirty days."""
    counts = np.array([[[float(persons)]]])
    month = Period("month", 0.0, ARRIVE_WITHIN)
    return population(network, counts, ["here"], ["all"], [month], Streams(1, 0))


def time_to_compile() -> float:
    """Return the processor time that compiling takes in a new process with an empty cache, s."""
    program = (
        "import time; from simulation.compiled.replication import CompiledReplication, compile_now;"
        "began = time.process_time(); compile_now(); print(time.process_time() - began)"
    )
    with tempfile.TemporaryDirectory() as empty:
        done = subprocess.run(  # noqa: S603 - this very program
            [sys.executable, "-c", program],
            env=os.environ | {"NUMBA_CACHE_DIR": empty},
            check=True,
            capture_output=True,
            text=True,
        )
    return float(done.stdout)


def beside_each_other(
    network: Network,
    cases: list[tuple[Population, tuple[tuple[float, ...], ...]]],
    times: int,
) -> dict[str, float]:
    """Add up the shortest processor time of each engine, after asserting equal records.

    Parameters
    ----------
    network : Network
    cases : list of (Population, decisions)
        Replications, whose times are added up.
    times : int
        Runs of each engine.

    """
    steps, slow, fast = 0, 0.0, 0.0
    for people, decisions in cases:
        reference, seconds = _shortest(simulate, network, people, decisions, times)
        slow += seconds
        records, seconds = _shortest(simulate_compiled, network, people, decisions, times)
        fast += seconds
        for name in TABLES:
            pd.testing.assert_frame_equal(getattr(records, name), getattr(reference, name))
        steps += len(reference.steps)
    return {
        "steps": steps,
        "simpy_seconds": slow,
        "compiled_seconds": fast,
        "ratio": slow / fast,
    }


def _shortest(
    engine: Callable[..., Records],
    network: Network,
    people: Population,
    decisions: tuple[tuple[float, ...], ...],
    times: int,
) -> tuple[Records, float]:
    """Run one replication some times; return its records and the shortest processor time, s."""
    seconds = []
    for _ in range(times):
        people.memo.clear()  # what they drew in the run before
        began = time.process_time()
        records = engine(network, people, decisions)
        seconds.append(time.process_time() - began)
    return records, min(seconds)


def events_alone(network: Network, people: Population, times: int) -> float:
    """Return the shortest processor time of the events alone, without draws and tables, s."""
    seconds = []
    for _ in range(times):
        replication = CompiledReplication(network, people, ())
        began = time.process_time()
        replication.happen()
        seconds.append(time.process_time() - began)
    return min(seconds)


def library(names: list[str], times: int, replications: int) -> list[dict[str, Any]]:
    """Compare the engines on some replications of every plan that both run."""
    rows, forecasts = [], {}
    for name in names:
        scenario = load_scenario(name)
        network = build_network(scenario)
        if reasons_against(network):
            continue
        key = fingerprint(scenario)
        if key not in forecasts:
            forecasts[key] = make_outlook(scenario).forecast
        futures = Futures.of(forecasts[key], network)
        cases = [
            (
                futures.people(network, scenario.experiment.seed, number),
                futures.decisions(network, number),
            )
            for number in range(replications)
        ]
        rows.append({"plan": name, **beside_each_other(network, cases, times)})
        print(rows[-1], flush=True)
    return rows


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, required=True, help="JSON file to write")
    parser.add_argument("--persons", type=int, nargs="*", default=[1_000, 10_000, 100_000])
    parser.add_argument("--times", type=int, default=3, help="Runs of each engine; the best counts")
    parser.add_argument("--replications", type=int, default=5, help="Of each plan of the library")
    parser.add_argument("--plans", nargs="*", default=list_library(), help="All of the library")
    parser.add_argument("--cimba", type=Path, help="Python that can import cimba")
    arguments = parser.parse_args()
    ready = time_to_compile()
    print(f"compiled in {ready:.1f} s", flush=True)
    compile_now()
    rows = []
    for persons in arguments.persons:
        network = chain(persons)
        people = comers(network, persons)
        measured = beside_each_other(network, [(people, ())], arguments.times)
        rows.append({"persons": persons, "groups": len(people), **measured})
        print(rows[-1], flush=True)
    records = simulate_compiled(network, people)
    beside = {"persons": persons, "steps": rows[-1]["steps"]}
    beside |= {
        "simpy_seconds": rows[-1]["simpy_seconds"],
        "compiled_seconds": rows[-1]["compiled_seconds"],
        "events_seconds": events_alone(network, people, arguments.times),
        **beside_peers(network, people, records, arguments.times, arguments.cimba),
    }
    print(beside, flush=True)
    result = {
        "machine": platform.machine(),
        "times": arguments.times,
        "seconds_to_compile": ready,
        "rows": rows,
        "beside": beside,
        "replications": arguments.replications,
        "library": library(arguments.plans, arguments.times, arguments.replications),
    }
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    arguments.out.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
