"""Networks of queues, growing searches and survival against theory, each with power against 5 %."""

import numpy as np
import pytest
from small_networks import (
    ENDLESS,
    acuity,
    boats,
    exponential,
    fixed,
    health_post,
    inflow,
    interval,
    network,
    poisson_population,
    population,
    reception,
    rescue,
    rows_of,
    site,
    ward,
)

from simulation import theory
from simulation.calendars import Steps
from simulation.engine import simulate
from simulation.parts import Capsizing, OwnService
from simulation.rescue_theory import alive_when_found, detection_in_growing_area
from simulation.streams import Streams

pytestmark = pytest.mark.untraced  # many replications of lines that other tests cover

WARM_UP, TAIL = 100.0, 60.0
COMES_BACK = 0.4


def covers(values, number):
    low, high = interval(values)
    return low < number < high


def settled(records, step):
    rows = rows_of(records, step)
    return rows[(rows["requested"] > WARM_UP) & (rows["requested"] < records.until - TAIL)]


@pytest.mark.slow
def test_triage_clinicians_and_ward_are_a_network_with_branches():
    """Of those served, a share goes on to the ward; each queue is as if it were alone."""
    post = health_post(
        2,
        exponential(0.8),
        (acuity(referral=0.4),),
        triage_nurses=Steps.constant(1),
        triage_time=exponential(0.4),
        ward="ward",
        visits_per_person_day=24 * 1.8 / 400,
    )
    plan = network(
        2500.0,
        receptions=(reception(health_post="post"),),
        sites=(site(stay=fixed(ENDLESS)),),
        health_posts=(post,),
        wards=(ward(4, exponential(4.0), refers_on_after=ENDLESS),),
    )
    steps = ("triage", "consultation", "ward")
    waits = {step: [] for step in steps}
    for replication in range(40):
        people = population(np.zeros(400), streams=Streams(7, replication))
        records = simulate(plan, people)
        for step in steps:
            waits[step].append(settled(records, step)["wait"].mean())
    jackson = {
        "arrival_rates": [1.8, 0.0, 0.0],
        "routing": [[0.0, 1.0, 0.0], [0.0, 0.0, 0.4], [0.0, 0.0, 0.0]],
        "service_rates": [2.5, 1.25, 0.25],
        "servers": [1, 2, 4],
    }
    wrong = jackson | {"arrival_rates": [1.8 * 1.05, 0.0, 0.0]}
    right, other = theory.mean_waits_jackson(**jackson), theory.mean_waits_jackson(**wrong)
    for step, expected, mistaken in zip(steps, right, other, strict=True):
        assert covers(waits[step], expected), step
        assert not covers(waits[step], mistaken), step


def come_again(clinic):
    """Each visit is followed by another with a fixed chance: a queue that feeds itself."""
    times = [clinic.people.draw("time", exponential(1.0), visit) for visit in range(60)]
    chance = [clinic.people.uniform("again", visit) for visit in range(60)]

    def visit(group):
        for number in range(60):
            row = clinic.asks(group)
            with clinic.servers.request() as turn:
                yield turn
                row.start(clinic.env.now)
                yield clinic.env.timeout(times[number][group])
                row.end(clinic.env.now)
            if chance[number][group] > COMES_BACK:
                return

    clinic.for_every_group_received(visit)


@pytest.mark.slow
def test_those_who_come_back_make_a_network_with_feedback():
    clinic = OwnService("clinic", Steps.constant(2), "teams", 1.0, come_again)
    plan = network(2000.0, own=(clinic,), sites=(site(stay=fixed(ENDLESS)),))
    means = []
    for replication in range(60):
        people = poisson_population(0.8, 2000.0, replication)
        means.append(settled(simulate(plan, people), "own_service")["wait"].mean())
    jackson = {
        "arrival_rates": [0.8],
        "routing": [[COMES_BACK]],
        "service_rates": [1.0],
        "servers": [2],
    }
    assert covers(means, theory.mean_waits_jackson(**jackson)[0])
    for mistake in ({"arrival_rates": [0.84]}, {"routing": [[0.42]]}, {"service_rates": [1.05]}):
        assert not covers(means, theory.mean_waits_jackson(**(jackson | mistake))[0])


def at_once(**changed):
    """Incidents whose position is the base of endless boats."""
    fleet = boats(ENDLESS, readiness=0.0, boarding=0.0, sweep_width=0.5, search_speed=8.0)
    fleet = changed.pop("fleet", fleet)
    here = {"alert_delay": fixed(1.0), "distance": fixed(0.0), "holds_out": fixed(400.0)}
    return network(
        500.0,
        inflows=(inflow(cut_off=1.0, rescue="rescue"),),
        rescues=(rescue(fleet, **(here | changed)),),
    )


@pytest.mark.slow
def test_search_of_a_growing_area():
    """The area grows so fast that an error of 5 % in any number shows."""
    plan = at_once(search_area=4.0, drift=1.0)
    search = {"sweep_width": 0.5, "speed": 8.0, "area": 4.0, "drift": 1.0}
    shares = {hours: [] for hours in (4.0, 16.0)}
    for replication in range(60):
        people = population(np.zeros(2000), cut_off=True, streams=Streams(3, replication))
        waits = rows_of(simulate(plan, people), "rescue")["wait"].to_numpy()
        for hours, share in shares.items():
            share.append((waits <= 1.0 + hours).mean())
    for hours, share in shares.items():
        expected = detection_in_growing_area(**search, begins=0.0, lasts=hours)
        assert covers(share, expected)
        for mistake in ({"area": 4.2}, {"drift": 1.05}, {"sweep_width": 0.525}):
            wrong = detection_in_growing_area(**(search | mistake), begins=0.0, lasts=hours)
            assert not covers(share, wrong), mistake


@pytest.mark.slow
def test_survivors_of_a_search_for_people_in_the_water():
    fleet = boats(
        ENDLESS,
        readiness=0.0,
        boarding=0.0,
        sweep_width=0.5,
        sweep_width_in_water=0.1,
        search_speed=8.0,
    )
    capsizing = Capsizing(1.0, fixed(1e-6), water_temperature=15.0, lifejackets=1.0)
    plan = at_once(fleet=fleet, search_area=1.6, capsizing=capsizing, alert_delay=fixed(2.0))
    alive = []
    for replication in range(60):
        people = population(np.zeros(1600), cut_off=True, streams=Streams(5, replication))
        groups = simulate(plan, people).groups
        alive.append(1 - (groups["recovered_dead"] + groups["missing"]).mean())
    water = {"detection_rate": 0.5, "begins": 2.0, "temperature": 15.0, "lifejacket": True}
    assert covers(alive, alive_when_found(**water))
    for mistake in ({"detection_rate": 0.475}, {"begins": 2.1}, {"temperature": 14.25}):
        assert not covers(alive, alive_when_found(**(water | mistake))), mistake


@pytest.mark.slow
def test_variance_of_households_where_there_is_room_for_all():
    """Persons present vary as groups of random size do: M^X/G/infinity.

    Looks are five mean stays apart, so that they hardly depend on each other.
    """
    hours = 15_000.0
    plan = network(hours, sites=(site(stay=exponential(10.0)),))
    rng = np.random.default_rng(2)
    code, looks = plan.facilities.index("site"), np.arange(WARM_UP, hours, 50.0)
    means, variances = [], []
    for replication in range(100):
        alone = poisson_population(0.4, hours, replication)
        sizes = rng.integers(1, 8, len(alone))
        people = population(alone.arrived, sizes, streams=alone.streams)
        states = simulate(plan, people).states
        here = states[states["facility"] == code]
        latest = np.searchsorted(here["time"].to_numpy(), looks, side="right") - 1
        present = here["busy"].to_numpy()[latest]
        means.append(present.mean())
        variances.append(present.var(ddof=1))
    expected = theory.variance_with_groups(mean_groups=4.0, size_mean=4.0, size_sd=2.0)
    assert covers(means, 16.0)
    assert covers(variances, expected)
    for wrong in (0.95, 1.05):
        assert not covers(means, wrong * 16.0)
        assert not covers(variances, wrong * expected)
    singly = theory.variance_with_groups(mean_groups=16.0, size_mean=1.0, size_sd=0.0)
    assert not covers(variances, singly)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        ({"arrival_rates": [1.0], "routing": [[1.0]]}, r"nobody leaves"),
        ({"arrival_rates": [1.0], "routing": [[-0.1]]}, r"not possible"),
        ({"arrival_rates": [-1.0], "routing": [[0.1]]}, r"not possible"),
        ({"arrival_rates": [1.0, 0.0], "routing": [[0.6, 0.6], [0.0, 0.0]]}, r"not possible"),
        ({"arrival_rates": [1.0], "routing": [[float("nan")]]}, r"not possible"),
        ({"arrival_rates": [1.0, 0.0], "routing": [[0.5]]}, r"2 rows of 2 shares; given: 1 rows"),
        ({"arrival_rates": [1.0], "routing": [[0.1, 0.2]]}, r"given: 1 rows of 2"),
    ],
)
def test_impossible_networks_are_refused(call, said):
    with pytest.raises(ValueError, match=said):
        theory.throughputs(**call)


def test_a_row_of_desks_is_a_network():
    row = {
        "arrival_rates": [1.0, 0.0],
        "routing": [[0.0, 1.0], [0.0, 0.0]],
        "service_rates": [1.0, 2.0],
        "servers": [2, 1],
    }
    alone = [
        theory.mean_wait_markov(arrival_rate=1.0, service_rate=1.0, servers=2),
        theory.mean_wait_markov(arrival_rate=1.0, service_rate=2.0, servers=1),
    ]
    np.testing.assert_allclose(theory.mean_waits_jackson(**row), alone)


def test_nobody_waits_where_nobody_comes():
    waits = theory.mean_waits_jackson(
        arrival_rates=[0.5, 0.0],
        routing=[[0.0, 0.0], [0.0, 0.0]],
        service_rates=[1.0, 1.0],
        servers=[1, 1],
    )
    assert waits == (1.0, 0.0)
