"""The engine must agree with queueing and search theory where theory has an answer.

Every comparison is a 99 % confidence interval over replications with fixed seeds, and every one has
power: theory for an arrival rate that is 5 % off, and for one server more, must lie outside.
"""

import math

import numpy as np
import pytest
from scipy import stats
from small_networks import (
    ENDLESS,
    acuity,
    boats,
    desk,
    exponential,
    fixed,
    health_post,
    inflow,
    lognormal,
    network,
    poisson_population,
    population,
    reception,
    rescue,
    rows_of,
    site,
    states_of,
    ward,
)
from theory_helpers import WARM_UP, covers

from simulation import theory
from simulation.calendars import Steps
from simulation.engine import simulate
from simulation.parts import Breakdown
from simulation.records import STEP_OUTCOMES
from simulation.streams import Streams

pytestmark = pytest.mark.untraced  # many replications of lines that other tests cover

TAIL = 60.0
"""Requests of the last hours are left out, so that all that are counted have been answered."""


def settled(records, step):
    rows = rows_of(records, step)
    return rows[(rows["requested"] > WARM_UP) & (rows["requested"] < records.until - TAIL)]


def desk_waits(desks, service_time, rate, hours, replications):
    """Rows of a desk for each replication."""
    plan = network(hours, receptions=(reception(desk(desks, service_time)),))
    for replication in range(replications):
        yield settled(simulate(plan, poisson_population(rate, hours, replication)), "registration")


# Desks


@pytest.mark.parametrize(
    ("arrival_rate", "servers", "replications"),
    [(0.5, 1, 40), pytest.param(1.8, 3, 25, marks=pytest.mark.slow)],
    ids=["one desk", "three desks"],
)
def test_desks_are_a_markov_queue(arrival_rate, servers, replications):
    runs = list(desk_waits(servers, exponential(1.0), arrival_rate, 2000.0, replications))
    share = [(rows["wait"] > 0).mean() for rows in runs]
    mean = [rows["wait"].mean() for rows in runs]
    queue = {"arrival_rate": arrival_rate, "service_rate": 1.0, "servers": servers}
    assert covers(share, theory.erlang_c(**queue))
    assert covers(mean, theory.mean_wait_markov(**queue))
    # Power:
    for wrong in (
        queue | {"arrival_rate": 1.05 * arrival_rate},
        queue | {"service_rate": 1.05},
        queue | {"servers": servers + 1},
    ):
        assert not covers(mean, theory.mean_wait_markov(**wrong))
        assert not covers(share, theory.erlang_c(**wrong))


def test_a_desk_more_is_noticed():
    means = [rows["wait"].mean() for rows in desk_waits(4, exponential(1.0), 1.8, 1000.0, 10)]
    assert not covers(
        means, theory.mean_wait_markov(arrival_rate=1.8, service_rate=1.0, servers=3), 0.9999
    )


@pytest.mark.parametrize(
    ("replications", "wrong_sd"),
    [(40, 1.0), pytest.param(250, 0.735, marks=pytest.mark.slow)],
    ids=["40 replications", "250 replications"],
)
def test_one_desk_with_lognormal_times_obeys_pollaczek_and_khinchine(replications, wrong_sd):
    """The spread counts less than the mean, so that an error of 5 % in it takes longer to see."""
    runs = desk_waits(1, lognormal(1.0, 0.7), 0.5, 2000.0, replications)
    means = [rows["wait"].mean() for rows in runs]
    queue = {"arrival_rate": 0.5, "service_mean": 1.0, "service_sd": 0.7}
    assert covers(means, theory.mean_wait_pollaczek_khinchine(**queue))
    for wrong in ({"arrival_rate": 0.525}, {"service_sd": wrong_sd}, {"service_mean": 1.05}):
        assert not covers(means, theory.mean_wait_pollaczek_khinchine(**(queue | wrong)))


@pytest.mark.slow
def test_second_desk_of_a_row_sees_the_same_queue_as_if_it_were_alone():
    """Burke's theorem: what leaves a Markov queue is again a Poisson stream."""
    first = desk(2, exponential(1.0), name="screening", kind="screening")
    plan = network(2000.0, receptions=(reception(first, desk(1, exponential(0.5))),))
    means = []
    for replication in range(25):
        records = simulate(plan, poisson_population(1.0, 2000.0, replication))
        means.append(settled(records, "registration")["wait"].mean())
    assert covers(means, theory.mean_wait_markov(arrival_rate=1.0, service_rate=2.0, servers=1))
    assert not covers(
        means, theory.mean_wait_markov(arrival_rate=1.05, service_rate=2.0, servers=1)
    )


@pytest.mark.slow
def test_people_who_come_together_queue_as_batches():
    plan = network(3000.0, receptions=(reception(desk(1, exponential(1.0))),))
    means = []
    for replication in range(80):
        alone = poisson_population(0.5 / 3, 3000.0, replication)
        together = population(np.repeat(alone.arrived, 3), streams=alone.streams)
        means.append(settled(simulate(plan, together), "registration")["wait"].mean())
    batches = {"batch_rate": 0.5 / 3, "batch_mean": 3.0, "batch_sd": 0.0, "service_rate": 1.0}
    assert covers(means, theory.mean_wait_batches(**batches))
    assert not covers(means, theory.mean_wait_batches(**(batches | {"batch_rate": 0.525 / 3})))
    assert not covers(means, theory.mean_wait_batches(**(batches | {"batch_mean": 3.15})))
    assert not covers(means, theory.mean_wait_batches(**(batches | {"batch_sd": 1.5})))
    assert not covers(means, theory.mean_wait_markov(arrival_rate=0.5, service_rate=1.0, servers=1))


# Boats


@pytest.mark.slow
def test_boats_are_a_markov_queue_when_only_the_way_takes_time():
    """Time at work is out and back, exponential; a group is reached half-way through it."""
    fleet = boats(3, seats=1, speed=1.0, readiness=0.0, boarding=0.0, turnaround=0.0)
    plan = network(
        2000.0,
        inflows=(inflow(cut_off=1.0, rescue="rescue"),),
        rescues=(
            rescue(
                fleet,
                alert_delay=fixed(0.0),
                distance=exponential(0.5),
                holds_out=fixed(ENDLESS),
            ),
        ),
    )
    means = []
    for replication in range(30):
        people = poisson_population(2.1, 2000.0, replication)
        people.cut_off[:] = True
        means.append(settled(simulate(plan, people), "rescue")["wait"].mean())
    queue = {"arrival_rate": 2.1, "service_rate": 1.0, "servers": 3}
    assert covers(means, theory.mean_wait_markov(**queue) + 0.5)
    for wrong in ({"arrival_rate": 2.1 * 1.05}, {"servers": 4}):
        assert not covers(means, theory.mean_wait_markov(**(queue | wrong)) + 0.5)


def search_times(replications):
    fleet = boats(ENDLESS, readiness=0.0, sweep_width=0.5, search_speed=8.0)
    calm = {"alert_delay": fixed(0.0), "distance": fixed(0.0), "holds_out": fixed(ENDLESS)}
    plan = network(
        500.0,
        inflows=(inflow(cut_off=1.0, rescue="rescue"),),
        rescues=(rescue(fleet, search_area=10.0, **calm),),
    )
    for replication in range(replications):
        people = population(np.zeros(500), cut_off=True, streams=Streams(3, replication))
        yield rows_of(simulate(plan, people), "rescue")["wait"].to_numpy()


def test_search_finds_at_random():
    times = list(search_times(60))
    assert stats.kstest(np.concatenate(times), stats.expon(scale=2.5).cdf).pvalue > 1e-3
    search = {"sweep_width": 0.5, "speed": 8.0, "area": 10.0}
    means = [one.mean() for one in times]
    assert covers(means, 1 / theory.detection_rate(**search))
    assert not covers(means, 1 / theory.detection_rate(**(search | {"area": 10.5})))
    for hours in (1.0, 4.0):
        found = [(one <= hours).mean() for one in times]
        assert covers(found, theory.probability_of_detection(**search, time=hours))
        wrong = search | {"sweep_width": 0.525}
        assert not covers(found, theory.probability_of_detection(**wrong, time=hours))


# Health: groups that stay for ever make a constant population, whose visits are Poisson


def post_runs(post, rate, hours, replications, *wards, groups=200):
    """Yield the records of a health post that gets ``rate`` visits per hour."""
    plan = network(
        hours,
        receptions=(reception(health_post="post"),),
        sites=(site(stay=fixed(ENDLESS)),),
        health_posts=(health_post(**post, visits_per_person_day=24 * rate / groups),),
        wards=wards,
    )
    for replication in range(replications):
        people = population(np.zeros(groups), streams=Streams(20260901, replication))
        yield simulate(plan, people)


def test_visits_are_a_poisson_stream():
    gaps, counts = [], []
    for records in post_runs({"clinicians": ENDLESS}, 2.0, 1000.0, 20):
        requested = rows_of(records, "triage")["requested"]
        gaps.append(np.diff(requested))
        counts.append(len(requested))
    assert covers(counts, 2000.0)
    assert not covers(counts, 2100.0)
    assert stats.kstest(np.concatenate(gaps), stats.expon(scale=0.5).cdf).pvalue > 1e-3


@pytest.mark.parametrize(
    "stay",
    [
        pytest.param(exponential(5.0), marks=pytest.mark.slow),
        lognormal(5.0, 6.0),
        pytest.param(fixed(5.0), marks=pytest.mark.slow),
    ],
    ids=["exponential", "lognormal", "fixed"],
)
def test_full_ward_sends_on_as_many_as_erlang_says_whatever_the_stay(stay):
    post = {
        "clinicians": ENDLESS,
        "time": fixed(0.0),
        "classes": (acuity(referral=1.0),),
        "ward": "ward",
    }
    lost = STEP_OUTCOMES.index("transferred")
    shares = [
        (settled(records, "ward")["outcome"] == lost).mean()
        for records in post_runs(post, 1.2, 2000.0, 20, ward(8, stay))
    ]
    loss = {"offered_load": 6.0, "servers": 8}
    assert covers(shares, theory.erlang_b(**loss))
    for wrong in ({"offered_load": 6.3}, {"offered_load": 5.7}, {"servers": 9}):
        assert not covers(shares, theory.erlang_b(**(loss | wrong)))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("clinicians", "rate", "time"),
    [(1, 0.5, lognormal(1.0, 0.7)), (2, 1.2, exponential(1.0))],
    ids=["one clinician", "two clinicians"],
)
def test_urgent_patients_are_seen_first_as_cobham_says(clinicians, rate, time):
    classes = (acuity("red", 0.2), acuity("yellow", 0.3), acuity("green", 0.5))
    post = {"clinicians": clinicians, "time": time, "classes": classes}
    means = [[], [], []]
    for records in post_runs(post, rate, 4000.0, 40):
        rows = settled(records, "consultation")
        for number in range(3):
            means[number].append(rows["wait"][rows["acuity"] == number].mean())
    queue = {
        "arrival_rates": [0.2 * rate, 0.3 * rate, 0.5 * rate],
        "service_mean": 1.0,
        "service_sd": 0.7 if clinicians == 1 else 1.0,
        "servers": clinicians,
    }
    right = theory.mean_waits_by_priority(**queue)
    more = theory.mean_waits_by_priority(
        **(queue | {"arrival_rates": [1.05 * r for r in queue["arrival_rates"]]})
    )
    without = sum(w * c.share for w, c in zip(right, classes, strict=True))
    for values, wait, wrong in zip(means, right, more, strict=True):
        assert covers(values, wait)
        assert not covers(values, wrong)
        assert not covers(values, without)


@pytest.mark.slow(minutes=4)
def test_patients_who_lose_patience_follow_erlang_a():
    post = {
        "clinicians": 3,
        "time": exponential(1.0),
        "classes": (acuity(leaves_after=exponential(2.0)),),
    }
    left = STEP_OUTCOMES.index("left_without_service")
    shares = [
        (settled(records, "consultation")["outcome"] == left).mean()
        for records in post_runs(post, 3.0, 2000.0, 180, groups=3000)
    ]
    queue = {"arrival_rate": 3.0, "service_rate": 1.0, "servers": 3, "patience_mean": 2.0}
    assert covers(shares, theory.erlang_a(**queue))
    for wrong in ({"arrival_rate": 3.15}, {"servers": 4}, {"patience_mean": 2.1}):
        assert not covers(shares, theory.erlang_a(**(queue | wrong)))


# Breakdowns and shifts


@pytest.mark.slow
def test_broken_units_follow_the_machine_repair_model():
    hours, runs = 20_000.0, 20
    failing = Breakdown("engines", "registration desks", 6, exponential(20.0), exponential(5.0), 2)
    plan = network(hours, receptions=(reception(desk(6)),), breakdowns=(failing,))
    broken = []
    for replication in range(runs):
        people = population([0.0], streams=Streams(7, replication))
        states = states_of(simulate(plan, people), plan, "registration desks")
        times = np.array([state[0] for state in states])
        out = 6 - np.array([state[3] for state in states])
        lasts = np.diff(np.append(times, hours))
        later = times > 10 * WARM_UP
        broken.append((out * lasts)[later].sum() / lasts[later].sum())
    model = {"units": 6, "crews": 2, "failure_rate": 1 / 20, "repair_rate": 1 / 5}
    assert covers(broken, theory.mean_broken(**model))
    # Power:
    for wrong in ({"failure_rate": 1.05 / 20}, {"repair_rate": 1.05 / 5}, {"crews": 3}):
        assert not covers(broken, theory.mean_broken(**(model | wrong)))


@pytest.mark.slow
@pytest.mark.parametrize("hands_over", [False, True])
def test_a_shift_serves_a_poisson_number_and_overruns_only_to_finish(hands_over):
    """With exponential times and a queue without end, a desk serves mean Poisson(8) in 8 hours.

    By lack of memory the service it finishes after closing takes another mean time of 1 hour.
    """
    shift = Steps((0.0, 8.0), (1, 0))
    desks = desk(shift, exponential(1.0), hands_over=hands_over)
    plan = network(60.0, receptions=(reception(desks),))
    served, overrun = [], []
    for replication in range(6000):
        people = population(np.zeros(40), streams=Streams(11, replication))
        ended = rows_of(simulate(plan, people), "registration")["ended"].to_numpy()
        served.append((ended <= 8.0).sum())
        overrun.append(np.nanmax(np.append(ended, 8.0)) - 8.0)
    assert covers(served, 8.0)
    assert not covers(served, 8.0 * 1.05)
    assert abs(np.var(served) / 8.0 - 1) < 4 * math.sqrt(2 / len(served))
    if hands_over:
        assert max(overrun) == 0.0
    else:
        assert covers(overrun, 1.0)
        assert not covers(overrun, 1.05)
