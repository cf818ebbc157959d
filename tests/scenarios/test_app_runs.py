"""Runs of the planner's page: one after the other, each computed once, failures told."""

import functools
import threading

import pytest

pytest.importorskip("starlette", reason="the extra 'app' is not installed")
pytest.importorskip("httpx", reason="the extra 'test' is not installed")

from forecasting.flows import FlowError
from scenarios.app.runs import LONGEST_QUEUE, BusyError, Kept, Runs, Simulations
from scenarios.app.trial import Trial
from scenarios.files import load_scenario
from tests.scenarios.browser import PATIENCE, PLACES, TINY


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    path = tmp_path_factory.mktemp("plans") / "tiny.yaml"
    path.write_text(TINY, encoding="utf-8")
    return load_scenario(path)


def trial_of(tiny, places):
    return Trial(tiny, "tiny.yaml", (), ((PLACES, f"{places} persons"),), 1.0, 2, "a", "b")


class Slow:
    """A computation that waits to be let go, and notes whether two ran at once."""

    def __init__(self):
        self.go, self.active, self.most, self.order = threading.Event(), 0, 0, []

    def __call__(self, trial, progress):
        self.active += 1
        self.most = max(self.most, self.active)
        progress.stage("Working", 4)
        progress.advance(1)
        assert self.go.wait(PATIENCE)
        progress.advance(3)
        self.order.append(trial.changes[0][1])
        self.active -= 1
        return trial.changes


def test_two_people_pressing_run_get_each_their_own(tiny):
    slow = Slow()
    runs = Runs(slow)
    keys = [None] * 6
    threads = [
        threading.Thread(
            target=lambda n: keys.__setitem__(n, runs.submit(trial_of(tiny, n % 3))), args=(n,)
        )
        for n in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert keys[:3] == keys[3:]
    assert len(set(keys)) == 3
    assert {runs.ahead_of(key) for key in keys} == {0, 1, 2}
    slow.go.set()
    for n, key in enumerate(keys):
        run = runs.get(key)
        assert run.ready.wait(PATIENCE)
        assert run.result == ((PLACES, f"{n % 3} persons"),)
        assert (run.state, run.finished, run.parts) == ("done", 4, 4)
    assert slow.most == 1
    assert len(slow.order) == 3
    runs.stop()


def test_a_queue_that_is_too_long_says_so(tiny):
    slow = Slow()
    runs = Runs(slow)
    for n in range(LONGEST_QUEUE):
        runs.submit(trial_of(tiny, n))
    with pytest.raises(BusyError, match="Try again in a minute"):
        runs.submit(trial_of(tiny, 99))
    runs._stopped.set()
    slow.go.set()
    runs.stop()
    assert not runs._thread.is_alive()
    assert slow.order == []


@pytest.mark.parametrize(
    "error", [FlowError("no water"), RuntimeError("no water"), KeyboardInterrupt("no water")]
)
def test_a_run_that_fails_is_told_and_the_next_goes_on(tiny, error):
    def compute(trial, progress):
        if trial.changes[0][1] == "1 persons":
            raise error
        return "done"

    runs = Runs(compute)
    keys = [runs.submit(trial_of(tiny, n)) for n in (1, 2)]
    for key in keys:
        assert runs.get(key).ready.wait(PATIENCE)
    assert runs.get(keys[0]).state == "failed"
    told = "interrupted" if isinstance(error, KeyboardInterrupt) else "no water"
    assert told in runs.get(keys[0]).message
    assert runs.get(keys[1]).result == "done"
    runs.stop()


def test_measures_are_computed_once_for_the_same_plan(tiny, monkeypatch):
    made = []

    def simulate(scenario, forecast, **options):
        made.append(scenario.name)
        return object()

    monkeypatch.setattr("scenarios.app.runs.make_outlook", lambda _: type("O", (), {"forecast": 1}))
    monkeypatch.setattr("scenarios.app.runs.simulate_plan", simulate)
    silent = type("P", (), {"stage": lambda *_: None, "advance": lambda *_: None})()
    simulations = Simulations(1)
    ask = functools.partial(simulations.measures, title="Plan", progress=silent)
    first = ask(tiny, 2, 1)
    assert ask(tiny, 2, 1) is first
    assert ask(tiny, 2, 2) is not first
    losses = load_scenario("beledweyne-losses")
    assert ask(losses, 2, 1) is not first
    assert made == ["tiny", "tiny", "beledweyne-losses"]


def test_what_was_used_last_is_kept():
    kept = Kept(2)
    kept.put("a", 1)
    kept.put("b", 2)
    assert kept.get("a") == 1
    kept.put("c", 3)
    assert (kept.get("a"), kept.get("b"), kept.get("c")) == (1, None, 3)
