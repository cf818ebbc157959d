"""Classes that interrupt against preemptive resume, with power against errors of 5 %."""

import numpy as np
import pytest
from small_networks import (
    ENDLESS,
    acuity,
    exponential,
    fixed,
    health_post,
    interval,
    lognormal,
    network,
    population,
    reception,
    rows_of,
    site,
)

from simulation import theory
from simulation.engine import simulate
from simulation.streams import Streams

pytestmark = pytest.mark.untraced  # many replications of lines that other tests cover

WARM_UP, TAIL = 100.0, 100.0


def covers(values, number):
    low, high = interval(values)
    return low < number < high


def means_by_class(shares, rate, time, clinicians, hours, replications):
    """Mean waits until first seen and times to the end, (class, replication)."""
    names = [f"class {number}" for number in range(len(shares))]
    classes = tuple(
        acuity(name, share, interrupts=name != names[-1])
        for name, share in zip(names, shares, strict=True)
    )
    groups = 2000
    post = health_post(clinicians, time, classes, visits_per_person_day=24 * rate / groups)
    plan = network(
        hours,
        receptions=(reception(health_post="post"),),
        sites=(site(stay=fixed(ENDLESS)),),
        health_posts=(post,),
    )
    waits, times = [], []
    for replication in range(replications):
        people = population(np.zeros(groups), streams=Streams(20261124, replication))
        rows = rows_of(simulate(plan, people), "consultation")
        rows = rows[(rows["requested"] > WARM_UP) & (rows["requested"] < hours - TAIL)]
        table = rows.assign(whole=rows["ended"] - rows["requested"]).groupby("acuity")
        waits.append(table["wait"].mean())
        times.append(table["whole"].mean())
    return np.transpose(waits), np.transpose(times)


def queue_of(shares, rate, sd):
    return {
        "arrival_rates": [share * rate for share in shares],
        "service_mean": 1.0,
        "service_sd": sd,
    }


def more_arrivals(queue):
    return queue | {"arrival_rates": [1.05 * rate for rate in queue["arrival_rates"]]}


def longer(queue):
    return queue | {"service_mean": 1.05, "service_sd": 1.05 * queue["service_sd"]}


def all_cover(values, expected):
    return all(covers(own, number) for own, number in zip(values, expected, strict=True))


def none_covers(values, expected):
    return not any(covers(own, number) for own, number in zip(values, expected, strict=True))


def assert_no_others_were_served_to_the_end(waits, times, queue):
    """The last class, which interrupts nobody, is first seen at the same time in either way."""
    finished = theory.mean_waits_by_priority(**queue)
    assert none_covers(waits[:-1], finished[:-1])
    assert covers(waits[-1], finished[-1])
    alone = queue["service_mean"]
    assert none_covers(times[:-1], [wait + alone for wait in finished[:-1]])
    # But its services last longer, because of those above.
    above = alone * sum(queue["arrival_rates"][:-1])
    assert covers(times[-1] - waits[-1], alone / (1 - above))
    assert not covers(times[-1] - waits[-1], alone / (1 - 1.05 * above))
    assert not covers(times[-1] - waits[-1], alone)


def test_two_classes_at_one_clinician():
    shares, rate = (0.5, 0.5), 0.6
    waits, times = means_by_class(shares, rate, exponential(1.0), 1, 1500.0, 40)
    queue = queue_of(shares, rate, 1.0)
    assert all_cover(waits, theory.mean_waits_preemptive(**queue))
    assert all_cover(times, theory.mean_times_preemptive(**queue))
    assert none_covers(times, theory.mean_times_preemptive(**longer(queue)))
    assert_no_others_were_served_to_the_end(waits, times, queue)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("time", "sd"), [(exponential(1.0), 1.0), (lognormal(1.0, 0.7), 0.7)], ids=["M/M/1", "M/G/1"]
)
def test_three_classes_at_one_clinician(time, sd):
    shares, rate = (0.4, 0.3, 0.3), 0.75
    waits, times = means_by_class(shares, rate, time, 1, 3000.0, 150)
    queue = queue_of(shares, rate, sd)
    assert all_cover(waits, theory.mean_waits_preemptive(**queue))
    assert all_cover(times, theory.mean_times_preemptive(**queue))
    for wrong in (more_arrivals(queue), longer(queue)):
        assert none_covers(waits, theory.mean_waits_preemptive(**wrong))
        # 5 % more arrivals lengthen the time of the first class by only 2 %.
        below = slice(0 if wrong["service_mean"] > 1 else 1, None)
        assert none_covers(times[below], theory.mean_times_preemptive(**wrong)[below])
    assert_no_others_were_served_to_the_end(waits, times, queue)


@pytest.mark.slow
def test_three_classes_at_three_clinicians():
    shares, rate = (0.4, 0.3, 0.3), 2.25
    _, times = means_by_class(shares, rate, exponential(1.0), 3, 3000.0, 60)
    queue = queue_of(shares, rate, 1.0)
    assert all_cover(times, theory.mean_times_preemptive(**queue, servers=3))
    wrong = theory.mean_times_preemptive(**longer(queue), servers=3)
    assert none_covers(times, wrong)
    # 5 % more arrivals lengthen the time of the first class by only half a percent.
    wrong = theory.mean_times_preemptive(**more_arrivals(queue), servers=3)
    assert none_covers(times[1:], wrong[1:])
    finished = theory.mean_waits_by_priority(**queue, servers=3)
    assert none_covers(times, [wait + 1.0 for wait in finished])


def test_closed_forms_meet():
    queue = queue_of((0.2, 0.3, 0.5), 0.8, 1.0)
    one = theory.mean_times_preemptive(**queue)
    # The first class is alone; all classes together are M/M/1, whoever is served.
    assert one[0] == pytest.approx(
        1 + theory.mean_wait_markov(arrival_rate=0.16, service_rate=1.0, servers=1)
    )
    together = np.dot(one, queue["arrival_rates"]) / 0.8
    assert together == pytest.approx(
        1 + theory.mean_wait_markov(arrival_rate=0.8, service_rate=1.0, servers=1)
    )
    single = theory.mean_times_preemptive(
        arrival_rates=[2.0], service_mean=1.0, service_sd=1.0, servers=3
    )
    assert single[0] == pytest.approx(
        1 + theory.mean_wait_markov(arrival_rate=2.0, service_rate=1.0, servers=3)
    )
    assert theory.mean_waits_preemptive(
        arrival_rates=[0.5], service_mean=1.0, service_sd=0.7
    ) == pytest.approx(
        [theory.mean_wait_pollaczek_khinchine(arrival_rate=0.5, service_mean=1.0, service_sd=0.7)]
    )


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"arrival_rates": [0.5, 0.6]}, r"offered load is 1\.1 but there is only 1 server"),
        ({"arrival_rates": [0.5, -0.1]}, r"arrival_rate is -0\.1; it must be finite and above 0"),
        ({"service_mean": 0.0}, r"service_mean is 0; it must"),
        ({"service_sd": float("nan")}, r"service_sd is nan; it must"),
        ({"servers": 2, "service_mean": 0.0, "service_sd": 0.0}, r"service_mean is 0; it must"),
        ({"servers": 2, "service_sd": 0.5}, r"with 2 servers only exponential services"),
        ({"servers": 2, "arrival_rates": [3.0]}, r"offered load is 3 but there are only 2"),
        ({"servers": 2, "arrival_rates": [0.0]}, r"arrival_rate is 0; it must"),
        ({"servers": 0}, r"servers is 0; at least one is needed"),
    ],
)
def test_impossible_numbers_are_refused(changed, said):
    queue = {"arrival_rates": [0.1, 0.2], "service_mean": 1.0, "service_sd": 1.0}
    with pytest.raises(ValueError, match=said):
        theory.mean_times_preemptive(**(queue | changed))
