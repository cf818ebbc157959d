"""The event loop of the engine and what it asks of the people it is given."""

import gc

import pytest
import simpy
from small_networks import fixed, network, population, reception, site

from simulation.engine import _Environment, simulate


def interrupted_process(env, log):
    """Wait twice and be interrupted once, as a process of a user might."""

    def sleeper():
        try:
            yield env.timeout(10.0)
        except simpy.Interrupt as interrupt:
            log.append((env.now, interrupt.cause))
        yield env.timeout(1.0)
        log.append((env.now, "done"))

    def waker(process):
        yield env.timeout(3.0)
        process.interrupt("storm")

    env.process(waker(env.process(sleeper())))


def test_event_loop_is_that_of_simpy():
    ours, theirs = [], []
    env = _Environment()
    interrupted_process(env, ours)
    env.run_until(20.0)
    reference = simpy.Environment()
    interrupted_process(reference, theirs)
    reference.run(until=20.0)
    assert ours == theirs == [(3.0, "storm"), (4.0, "done")]
    assert env.now == reference.now == 20.0


def test_events_at_the_end_are_left_out_as_in_simpy():
    env, log = _Environment(), []
    env.timeout(5.0).callbacks.append(log.append)
    env.run_until(5.0)
    assert log == []


def test_error_in_a_process_ends_the_run():
    env = _Environment()

    def broken():
        yield env.timeout(1.0)
        raise ArithmeticError("broken on purpose")  # noqa: EM101

    env.process(broken())
    with pytest.raises(ArithmeticError, match="broken on purpose"):
        env.run_until(5.0)


def test_garbage_collection_is_switched_on_again():
    assert gc.isenabled()
    simulate(network(), population([1.0]))
    assert gc.isenabled()


@pytest.mark.parametrize(
    ("arrived", "message"),
    [
        ([1.0, 48.0], "people arrive from hour 1 to hour 48, but the run goes from 0 to 48"),
        ([-1.0, 2.0], "people arrive from hour -1 to hour 2"),
        ([2.0, 1.0, 3.0], "people must be in order of arrival"),
    ],
)
def test_people_of_another_run_are_refused(arrived, message):
    with pytest.raises(ValueError, match=message):
        simulate(network(48.0), population(arrived))


def test_several_receptions_share_a_site_in_order_of_asking():
    plan = network(
        receptions=(reception(), reception(name="second")),
        sites=(site(1, fixed(5.0)),),
    )
    records = simulate(plan, population([1.0, 2.0, 3.0]))
    assert records.steps["started"].tolist() == [1.0, 6.0, 11.0]
