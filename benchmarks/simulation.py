"""Both engines on the benchmark chain: groups, registration, triage in three classes, beds.

Times are those of the processor, so that other work on the machine does not count. The compiled
engine is compiled before. Run it with::

    python benchmarks/simulation.py --out benchmarks/results/simulation.json
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import platform
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

# This file has the name of a package; the folder above has the package itself.
sys.path[0] = str(Path(__file__).resolve().parent.parent)

import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402

from simulation.arrivals import population  # noqa: E402
from simulation.calendars import Steps  # noqa: E402
from simulation.compiled import replication, simulate_compiled  # noqa: E402
from simulation.departures import Period  # noqa: E402
from simulation.distributions import Distribution  # noqa: E402
from simulation.engine import simulate  # noqa: E402
from simulation.network import Network  # noqa: E402
from simulation.parts import (  # noqa: E402
    AcuityClass,
    Composition,
    Desk,
    HealthPost,
    Inflow,
    Reception,
    Site,
    SiteOption,
    Ward,
)
from simulation.streams import Streams  # noqa: E402

if TYPE_CHECKING:
    from simulation.arrivals import Population

HOURS = 24.0 * 40
ARRIVE_WITHIN = 24.0 * 30
TABLES = ("steps", "states", "groups", "events")


def lognormal(mean: float, sd: float) -> Distribution:
    """Return a distribution of times in hours."""
    return Distribution("lognormal", mean=mean, sd=sd)


def chain(persons: int) -> Network:
    """Return the chain, with desks, clinicians and beds in proportion to the people."""
    scale = persons / 100_000

    def some(number: int) -> Steps:
        return Steps.constant(max(round(number * scale), 1))

    patience = Distribution("exponential", mean=6.0)
    classes = (
        AcuityClass("emergency", 0.1, 0.2, None, 0.5),
        AcuityClass("urgent", 0.3, 1.0, None, 0.1),
        AcuityClass("routine", 0.6, 4.0, patience, 0.0),
    )
    post = HealthPost(
        name="clinic",
        location="here",
        visits_per_person_day=1 / 7,
        triage_nurses=some(16),
        triage_time=lognormal(0.1, 0.05),
        triage_standard=0.5,
        clinicians=some(36),
        consultation_time=lognormal(0.3, 0.15),
        classes=classes,
        ward="ward",
    )
    desk = Desk("registration desks", "registration", some(14), lognormal(0.4, 0.2), "group", 4.0)
    return Network(
        start=dt.date(2022, 7, 1),
        run_length=HOURS,
        inflows=(
            Inflow(
                name="people",
                locations=("here",),
                causes=(),
                share=1.0,
                cut_off=0.0,
                group_size=Distribution("one_plus_poisson", mean=4.4, high=12.0),
                hours=(1.0,) * 24,
                onset_days=0.0,
                composition=Composition(0.5, 0.5, 0.2, 0.05, 0.1, 0.1, 0.02, 0.1),
                reception="reception",
                rescue=None,
            ),
        ),
        receptions=(
            Reception(
                name="reception",
                location="here",
                desks=(desk,),
                sites=(SiteOption("site", 0.0),),
                gives_up_after=Distribution("constant", mean=10.0**6),
                splits_after=float("inf"),
                first_that_fits=False,
                standard=24.0,
                health_post="clinic",
            ),
        ),
        sites=(
            Site(
                name="site",
                location="here",
                places=Steps.constant(10**8),
                over_capacity=0,
                evacuated_when_lost=False,
                length_of_stay=Distribution("exponential", mean=168.0),
                onward=None,
                onward_share=0.0,
                starting_stock=0,
            ),
        ),
        health_posts=(post,),
        wards=(Ward("ward", "here", some(250), lognormal(72.0, 24.0), 12.0, 2.0),),
    )


def comers(network: Network, persons: int) -> Population:
    """Return so many people, who come evenly within thirty days."""
    counts = np.array([[[float(persons)]]])
    month = Period("month", 0.0, ARRIVE_WITHIN)
    return population(network, counts, ["here"], ["all"], [month], Streams(1, 0))


def time_of_events(network: Network, people: Population) -> float:
    """Return the processor time of the event loop alone, without draws and tables, seconds."""
    inside = 0.0
    loop = replication.event_loop()

    def timed(memory: object) -> int:
        nonlocal inside
        began = time.process_time()
        reason = loop(memory)
        inside += time.process_time() - began
        return reason

    kept, replication.event_loop = replication.event_loop, lambda: timed
    try:
        simulate_compiled(network, people)
    finally:
        replication.event_loop = kept
    return inside


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, required=True, help="JSON file to write")
    parser.add_argument("--persons", type=int, nargs="*", default=[1_000, 10_000, 100_000])
    arguments = parser.parse_args()
    began = time.process_time()
    replication.compile_now()
    ready = time.process_time() - began
    rows = []
    for persons in arguments.persons:
        network = chain(persons)
        people = comers(network, persons)
        began = time.process_time()
        reference = simulate(network, people)
        slow = time.process_time() - began
        times, event_times = [], []
        for _ in range(5):
            began = time.process_time()
            records = simulate_compiled(network, people)
            times.append(time.process_time() - began)
            event_times.append(time_of_events(network, people))
        for name in TABLES:
            pd.testing.assert_frame_equal(getattr(records, name), getattr(reference, name))
        fast, events = min(times), min(event_times)
        row = {
            "persons": persons,
            "groups": len(people),
            "steps": len(reference.steps),
            "simpy_seconds": slow,
            "compiled_seconds": fast,
            "of_these_events_seconds": events,
            "ratio": slow / fast,
            "ratio_of_events": slow / events,
            "compiled_persons_per_second": persons / fast,
        }
        rows.append(row)
        print({name: round(value, 4) for name, value in row.items()})
    result = {"machine": platform.machine(), "seconds_to_prepare": ready, "rows": rows}
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    arguments.out.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
