"""The closed forms themselves: where they meet, and what they refuse."""

import math

import numpy as np
import pytest
from scipy import linalg

from simulation import theory


@pytest.mark.parametrize("servers", [1, 3])
def test_the_way_from_empty_is_that_of_the_generator_and_ends_in_the_settled_queue(servers):
    queue = {"arrival_rate": 0.8 * servers, "service_rate": 1.0, "servers": servers}
    states = np.arange(200)
    rates = np.diag(np.full(199, 0.8 * servers), 1) + np.diag(
        np.minimum(states, servers)[1:].astype(float), -1
    )
    generator = rates - np.diag(rates.sum(axis=1))
    for time in (0.0, 0.5, 7.0):
        exact = linalg.expm(generator * time)[0] @ states
        assert theory.mean_present_markov(**queue, time=time) == pytest.approx(exact, abs=1e-9)
    settled_mean = 0.8 * servers * (theory.mean_wait_markov(**queue) + 1.0)
    assert theory.mean_present_markov(**queue, time=2000.0) == pytest.approx(settled_mean)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"time": -1.0}, r"time is -1; it must"),
        ({"servers": 0}, r"servers is 0; at least one"),
        ({"arrival_rate": 0.0}, r"arrival_rate is 0; it must"),
        ({"service_rate": math.inf}, r"service_rate is inf; it must"),
    ],
)
def test_a_way_from_empty_that_cannot_be_is_refused(changed, said):
    queue = {"arrival_rate": 1.0, "service_rate": 1.0, "servers": 1, "time": 1.0}
    with pytest.raises(ValueError, match=said):
        theory.mean_present_markov(**(queue | changed))


def test_closed_forms_agree_where_they_meet():
    markov = theory.mean_wait_markov(arrival_rate=0.8, service_rate=1.0, servers=1)
    general = theory.mean_wait_pollaczek_khinchine(
        arrival_rate=0.8, service_mean=1.0, service_sd=1.0
    )
    one_class = theory.mean_waits_by_priority(
        arrival_rates=[0.8], service_mean=1.0, service_sd=1.0, servers=1
    )
    assert markov == pytest.approx(4.0)
    assert general == pytest.approx(markov)
    assert one_class == pytest.approx([markov])
    several = theory.mean_waits_by_priority(
        arrival_rates=[1.0, 1.0], service_mean=1.0, service_sd=1.0, servers=3
    )
    together = theory.mean_wait_markov(arrival_rate=2.0, service_rate=1.0, servers=3)
    assert np.mean(several) == pytest.approx(together)  # classes of equal size
    patient = theory.erlang_a(arrival_rate=2.0, service_rate=1.0, servers=3, patience_mean=1e4)
    assert patient == pytest.approx(0.0, abs=1e-3)
    impatient = theory.erlang_a(arrival_rate=2.0, service_rate=1.0, servers=3, patience_mean=1e-7)
    assert impatient == pytest.approx(theory.erlang_b(offered_load=2.0, servers=3), rel=1e-5)


def test_classes_that_interrupt_on_two_servers_have_the_times_worked_out_by_hand():
    """M/M/2 with one arrival an hour holds 4/3 persons, with one and a half 24/7."""
    times = theory.mean_times_preemptive(
        arrival_rates=[1.0, 0.5], service_mean=1.0, service_sd=1.0, servers=2
    )
    assert times == pytest.approx([4 / 3, (24 / 7 - 4 / 3) / 0.5])


def test_a_queue_that_nobody_comes_to_has_no_wait():
    waits = theory.mean_waits_jackson(
        arrival_rates=[0.5, 0.0], routing=[[0.0, 0.0]] * 2, service_rates=[1.0, 1.0], servers=[1, 1]
    )
    assert waits == pytest.approx((1.0, 0.0))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: theory.mean_times_preemptive(
                arrival_rates=[1.0], service_mean=1.0, service_sd=0.5, servers=2
            ),
            r"with 2 servers only exponential services .* mean is 1 h and the sd 0\.5 h",
        ),
        (
            lambda: theory.throughputs(arrival_rates=[1.0, 1.0], routing=[[0.5]]),
            "routing needs 2 rows of 2 shares; given: 1 rows of 1",
        ),
        (
            lambda: theory.throughputs(arrival_rates=[1.0], routing=[[1.5]]),
            r"arrivals \[1\.0\] and routing \[\[1\.5\]\] are not possible",
        ),
        (
            lambda: theory.throughputs(arrival_rates=[1.0], routing=[[1.0]]),
            "nobody leaves the network",
        ),
        (
            lambda: theory.erlang_c(arrival_rate=12.0, service_rate=4.0, servers=3),
            "offered load is 3 but there are only 3 servers: the queue grows without limit",
        ),
        (
            lambda: theory.mean_wait_pollaczek_khinchine(
                arrival_rate=2.5, service_mean=1.0, service_sd=1.0
            ),
            "Use at least 3 servers, or simulate a finite horizon",
        ),
        (lambda: theory.erlang_b(offered_load=0.0, servers=1), "offered_load is 0; it must be"),
        (lambda: theory.erlang_b(offered_load=1.0, servers=0), "servers is 0; at least one"),
        (
            lambda: theory.mean_waits_by_priority(
                arrival_rates=[1.0], service_mean=1.0, service_sd=0.5, servers=2
            ),
            "with 2 servers only exponential services have a closed form",
        ),
        (
            lambda: theory.mean_wait_pollaczek_khinchine(
                arrival_rate=0.5, service_mean=1.0, service_sd=-0.5
            ),
            r"service_sd is -0\.5; it must be finite and cannot be negative",
        ),
        (
            lambda: theory.mean_waits_by_priority(
                arrival_rates=[0.1], service_mean=1.0, service_sd=-1.0
            ),
            "service_sd is -1; it must",
        ),
        (
            lambda: theory.mean_wait_batches(
                batch_rate=0.1, batch_mean=1.0, batch_sd=float("nan"), service_rate=1.0
            ),
            "batch_sd is nan; it must be finite",
        ),
        (
            lambda: theory.variance_with_groups(mean_groups=1.0, size_mean=1.0, size_sd=-1.0),
            "size_sd is -1; it must",
        ),
        (
            lambda: theory.probability_of_detection(
                sweep_width=1.0, speed=1.0, area=1.0, time=-1.0
            ),
            "time is -1; it must be finite and cannot be negative",
        ),
    ],
)
def test_impossible_numbers_are_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
