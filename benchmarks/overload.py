"""Time per person while more and more people wait: it must not grow with the length of the queue.

Registration with too few desks, or a site with too few places, receives everybody within ten hours;
the run ends with almost all of them still waiting. Run it with::

    python -m benchmarks.overload --out benchmarks/results/overload.json
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.networks import MANY, constant, desk, exponential, groups, one_site
from simulation.engine import simulate
from simulation.measures import measure
from simulation.streams import Streams

if TYPE_CHECKING:
    from simulation.arrivals import Population
    from simulation.network import Network

WAITING = (5_000, 10_000, 20_000, 50_000, 100_000, 200_000)
HOURS = 200.0


def overloaded(where: str) -> Network:
    """Return a network whose desks, or whose places, are too few."""
    return one_site(
        HOURS,
        desks=desk(5 if where == "desks" else MANY, constant(1.0)),
        places=1000 if where == "places" else MANY,
        stay=exponential(100.0),
        first_that_fits=True,
    )


def crowd(persons: int) -> Population:
    """Return groups of one to seven persons that come within ten hours."""
    count = persons // 4
    arrived = np.cumsum(np.full(count, 10.0 / count))
    return groups(arrived, Streams(1, 0), 1 + np.arange(count) % 7)


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, required=True, help="JSON file to write")
    out = parser.parse_args().out
    rows = []
    for where in ("desks", "places"):
        network = overloaded(where)
        for persons in WAITING:
            people = crowd(persons)
            times = []
            for _ in range(3 if persons <= 50_000 else 1):
                began = time.perf_counter()
                measure(simulate(network, people), network)
                times.append(time.perf_counter() - began)
            there = int(people.persons.sum())
            each = min(times) / there * 1e6
            rows.append({"waiting_at": where, "persons": there, "microseconds_per_person": each})
            print(f"{where:8} {there:8,} persons: {each:6.1f} microseconds per person")
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps({"rows": rows}, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
