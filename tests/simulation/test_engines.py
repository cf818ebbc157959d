"""Which engine runs a plan, and that it makes no difference to the measures."""

import importlib.util

import numpy as np
import pytest
import xarray as xr
from small_networks import network, population, reception

from simulation import experiments
from simulation.arrivals import periods
from simulation.calendars import Steps
from simulation.engines import PAYS_FROM, EngineChoice, choose_engine, prepare
from simulation.experiments import ExperimentError, Futures, replicate, run_engine
from simulation.parts import OwnService


@pytest.fixture
def futures():
    plan = network()
    calendar = periods(plan.start, [plan.start], plan.start.replace(month=8))
    return Futures(np.full((4, 1, 1, 1), 300.0), ("here",), ("flood",), tuple(calendar))


def test_measures_do_not_depend_on_the_engine(futures):
    one, other = (
        replicate(network(), futures, replications=4, seed=1, workers=1, engine=engine)
        for engine in ("simpy", "compiled")
    )
    xr.testing.assert_identical(one, other)


@pytest.mark.parametrize(
    ("wanted", "replications", "engine", "reason"),
    [
        ("simpy", 1000, "simpy", "asked for"),
        ("compiled", 1, "compiled", "asked for"),
        ("auto", PAYS_FROM, "compiled", "it runs all parts of the plan"),
        ("auto", PAYS_FROM - 1, "simpy", "fewer than 50 replications"),
    ],
)
def test_engine_is_chosen_by_plan_and_replications(wanted, replications, engine, reason):
    assert choose_engine(network(), wanted, replications) == EngineChoice(engine, reason)


def test_plan_with_an_unknown_part_runs_in_simpy_and_says_why(futures):
    tent = OwnService("tent", Steps.constant(1), "teams", 1.0, lambda _tent: None)
    chosen = choose_engine(network(own=(tent,)), "auto")
    assert (chosen.engine, chosen.reason) == ("simpy", "the plan has own")
    plan = network(receptions=(reception(sites=("site", "site")),), own=(tent,))
    reasons = "the plan has own; reception names a site twice"
    assert choose_engine(plan, "auto").reason == reasons
    with pytest.raises(ExperimentError, match=rf"cannot run this: {reasons}\. Choose"):
        replicate(plan, futures, replications=4, seed=1, workers=1, engine="compiled")


def test_engine_is_chosen_once_per_run(futures, monkeypatch):
    asked = []
    monkeypatch.setattr(
        experiments, "choose_engine", lambda *given: asked.append(given) or choose_engine(*given)
    )
    replicate(network(), futures, replications=4, seed=1, workers=1, engine="auto")
    assert [given[1:] for given in asked] == [("auto", 4)]


def test_unknown_engine_is_refused():
    with pytest.raises(ExperimentError, match="no engine 'fast'; choose simpy, compiled, auto"):
        choose_engine(network(), "fast")


def test_without_numba_simpy_runs_and_says_why(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    assert choose_engine(network(), "auto") == EngineChoice("simpy", "numba is not installed")
    with pytest.raises(ExperimentError, match="numba is not installed"):
        choose_engine(network(), "compiled")


def test_preparing_compiles_without_running_anything():
    prepare(EngineChoice("simpy", "asked for"))
    prepare(EngineChoice("compiled", "asked for"))
    records = run_engine(network(), population([1.0]), (), "compiled")
    assert len(records.groups) == 1
