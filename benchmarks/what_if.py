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


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--replications", type=int, default=200)
    parser.add_argument("--workers", type=int, default=None, help="All processors when not given")
    arguments = parser.parse_args()
    scenario = load_scenario("beledweyne-flood")
    network = build_network(scenario)
    futures = Futures.of(make_outlook(scenario).forecast, network)
    first, *others = network.sites
    tried = [network] + [
        replace(network, sites=(replace(first, places=Steps.constant(places)), *others))
        for places in (400, 800, 1200, 1600, 2000)
    ]
    for number, plan in enumerate(tried):
        began = time.perf_counter()
        measures = replicate(
            plan,
            futures,
            replications=arguments.replications,
            seed=scenario.experiment.seed,
            workers=arguments.workers,
            engine="compiled",
        )
        lasted = time.perf_counter() - began
        nights = float(measures["total_nights_without_place"].mean())
        what = f"{plan.sites[0].places.values[0]} places first" if number else "as it is"
        print(f"{what}: {lasted:.2f} s, {nights:,.0f} person-nights without a place on average")


if __name__ == "__main__":
    main()
