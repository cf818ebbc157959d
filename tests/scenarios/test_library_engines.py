"""Both engines write equal records on every plan of the library."""

from functools import cache

import pandas as pd
import pytest

from scenarios.build import build_network
from scenarios.files import list_library, load_scenario
from scenarios.forecasts import fingerprint, make_outlook
from simulation.compiled import reasons_against, simulate_compiled
from simulation.engine import simulate
from simulation.experiments import Futures

pytest.importorskip("numba")

TABLES = ("steps", "states", "groups", "events", "incidents", "trips", "cases", "interruptions")
PLANS = list_library()
plan_of = cache(load_scenario)


@cache
def forecast_of(key):
    plan = next(plan for plan in map(plan_of, PLANS) if fingerprint(plan) == key)
    return make_outlook(plan).forecast


@pytest.mark.parametrize("name", PLANS)
def test_every_plan_of_the_library_is_compiled(name):
    assert reasons_against(build_network(plan_of(name))) == []


@pytest.mark.slow
@pytest.mark.parametrize("name", PLANS)
def test_records_are_equal(name):
    network = build_network(plan_of(name))
    futures = Futures.of(forecast_of(fingerprint(plan_of(name))), network)
    for replication in range(2):
        people = futures.people(network, plan_of(name).experiment.seed, replication)
        decisions = futures.decisions(network, replication)
        reference = simulate(network, people, decisions)
        compiled = simulate_compiled(network, people, decisions)
        for table in TABLES:
            pd.testing.assert_frame_equal(
                getattr(compiled, table), getattr(reference, table), check_exact=True, obj=table
            )
