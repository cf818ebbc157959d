"""Time per person while more and more people wait: it must not grow with the length of the queue.

Registration with too few desks, or a site with too few places, receives everybody within ten hours;
the run ends with almost all of them still waiting. Run it with::

    python benchmarks/overload.py --out benchmarks/results/overload.json
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import time
from dataclasses import fields
from pathlib import Path

import numpy as np

from simulation.arrivals import Population
from simulation.calendars import Steps
from simulation.distributions import Distribution
from simulation.engine import simulate
from simulation.measures import measure
from simulation.network import Network
from simulation.parts import Composition, Desk, Inflow, Reception, Site, SiteOption
from simulation.streams import Streams

WAITING = (5_000, 10_000, 20_000, 50_000, 100_000, 200_000)
HOURS = 200.0


def overloaded(where: str) -> Network:
    """Return a network whose desks, or whose places, are too few."""
    fixed = Distribution("constant", mean=1.0)
    desks = Desk(
        name="desks",
        kind="registration",
        desks=Steps.constant(5 if where == "desks" else 10**7),
        service_time=fixed,
        per="group",
        standard=4.0,
    )
    site = Site(
        name="site",
        location="here",
        places=Steps.constant(1000 if where == "places" else 10**7),
        over_capacity=0,
        evacuated_when_lost=True,
        length_of_stay=Distribution("exponential", mean=100.0),
        onward=None,
        onward_share=0.0,
        starting_stock=0,
    )
    reception = Reception(
        name="reception",
        location="here",
        desks=(desks,),
        sites=(SiteOption("site", 0.0),),
        gives_up_after=Distribution("constant", mean=10**6),
        splits_after=float("inf"),
        first_that_fits=True,
        standard=24.0,
        health_post=None,
    )
    inflow = Inflow(
        name="people",
        locations=("here",),
        causes=(),
        share=1.0,
        cut_off=0.0,
        group_size=fixed,
        hours=(1.0,) * 24,
        onset_days=0.0,
        composition=Composition(0.5, 0.5, 0.2, 0.05, 0.1, 0.1, 0.02, 0.1),
        reception="reception",
        rescue=None,
    )
    return Network(
        start=dt.date(2022, 7, 1),
        run_length=HOURS,
        inflows=(inflow,),
        receptions=(reception,),
        sites=(site,),
    )


def crowd(persons: int) -> Population:
    """Return groups of one to eight persons that come within ten hours."""
    groups = persons // 4
    key = np.arange(groups, dtype=np.uint64)
    sizes = 1 + (key % np.uint64(7)).astype(np.int64)
    values = {
        field.name: np.zeros(groups, dtype=np.int64)
        for field in fields(Population)
        if field.name not in {"streams", "key"}
    }
    values |= {
        "arrived": np.cumsum(np.full(groups, 10.0 / groups)),
        "persons": sizes,
        "inflow": np.zeros(groups, dtype=np.int64),
        "site": np.full(groups, -1),
        "boat": np.full(groups, -1),
        "unaccompanied": np.zeros(groups, dtype=np.bool_),
        "cut_off": np.zeros(groups, dtype=np.bool_),
    }
    return Population(streams=Streams(1, 0), key=key, **values)


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
