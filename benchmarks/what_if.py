"""How long it takes to see what another capacity would do, in a process that is running.

The flagship is run with so many replications, then again with other numbers of places, as a planner
would try them. Both plans meet the same people. Run it with::

    python -m benchmarks.what_if
"""

from __future__ import annotations

import argparse
import time
from dataclasses import replace

from scenarios.build import build_network
from scenarios.files import load_scenario
from scenarios.forecasts import make_outlook
from simulation.calendars import Steps
from simulation.experiments import Futures, replicate


def latencies(replications: int, workers: int | None) -> list[tuple[str, float, float]]:
    """Run the plan as it is, then with other numbers of places.

    Parameters
    ----------
    replications : int
    workers : int or None
        Processes; None takes all processors.

    Returns
    -------
    list of (str, float, float)
        Plan, how long it took (s), and nights without a place (person-nights, mean).

    """
    scenario = load_scenario("beledweyne-flood")
    network = build_network(scenario)
    futures = Futures.of(make_outlook(scenario).forecast, network)
    first, *others = network.sites
    tried = {"as it is": network} | {
        f"{places} places first": replace(
            network, sites=(replace(first, places=Steps.constant(places)), *others)
        )
        for places in (400, 800, 1200, 1600, 2000)
    }
    rows = []
    for what, plan in tried.items():
        began = time.perf_counter()
        measures = replicate(
            plan,
            futures,
            replications=replications,
            seed=scenario.experiment.seed,
            workers=workers,
            engine="compiled",
        )
        lasted = time.perf_counter() - began
        rows.append((what, lasted, float(measures["total_nights_without_place"].mean())))
    return rows


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--replications", type=int, default=200)
    parser.add_argument("--workers", type=int, default=None, help="All processors when not given")
    given = parser.parse_args()
    for what, lasted, nights in latencies(given.replications, given.workers):
        print(f"{what}: {lasted:.2f} s, {nights:,.0f} person-nights without a place on average")


if __name__ == "__main__":
    main()
