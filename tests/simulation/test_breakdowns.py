"""Breakdowns, losses by chance and what happens when a shift ends."""

from itertools import pairwise

import numpy as np
import pytest
from small_networks import (
    acuity,
    desk,
    exponential,
    fixed,
    health_post,
    network,
    poisson_population,
    population,
    reception,
    rows_of,
    site,
    states_of,
    story,
    trucks,
)
from trigger_plans import desks_over_time, plan

from simulation.calendars import Steps
from simulation.engine import simulate
from simulation.parts import Breakdown, ChanceLoss
from simulation.streams import Streams

# Breakdowns and losses by chance


def test_units_fail_and_come_back():
    failing = Breakdown("engines", "registration desks", 1, fixed(10.0), fixed(5.0), 1)
    planned = plan(desks=2, breakdowns=(failing,))
    records = simulate(planned, population([0.0]))
    assert desks_over_time(records, planned)[:4] == [(0.0, 2), (10.0, 1), (15.0, 2), (25.0, 1)]


def test_units_wait_for_the_crew_and_capacity_is_never_negative():
    failing = Breakdown("engines", "registration desks", 3, fixed(10.0), fixed(5.0), 1)
    planned = plan(desks=2, breakdowns=(failing,), hours=30.0)
    records = simulate(planned, population([0.0]))
    # At hour 25 the third comes back while the first fails again.
    assert desks_over_time(records, planned) == [(0.0, 2), (10.0, 0), (20.0, 1)]


def test_vehicles_and_places_break_down_too():
    failing = Breakdown("tires", "trucks", 1, fixed(20.0), fixed(1000.0), 1)
    planned = network(
        100.0,
        sites=(site(stay=fixed(1.0), onward="trucks", onward_share=1.0),),
        transports=(trucks(1),),
        breakdowns=(failing,),
    )
    told = story(planned, population([0.0, 10.0]))
    assert [row[4] for row in told if row[1] == "onward"] == [8.0, None]


def test_losses_happen_in_their_share_of_futures_at_a_time_in_between():
    loss = ChanceLoss("storm", "registration desks", 0.4, 20.0, 60.0, 24.0, 0.5)
    planned = plan(desks=4, losses=(loss,))
    begins = []
    for replication in range(300):
        people = population([0.0], streams=Streams(5, replication))
        changes = desks_over_time(simulate(planned, people), planned)
        if len(changes) > 1:
            assert [capacity for _, capacity in changes] == [4, 2, 4]
            assert changes[2][0] - changes[1][0] == pytest.approx(24.0)
            begins.append(changes[1][0])
    assert 0.32 < len(begins) / 300 < 0.48
    assert 20 <= min(begins) < 24
    assert 56 < max(begins) <= 60


def test_a_loss_may_last_to_the_end():
    loss = ChanceLoss("fire", "registration desks", 1.0, 20.0, 20.0, float("inf"), 0.0)
    planned = plan(desks=4, losses=(loss,))
    records = simulate(planned, population([0.0]))
    assert desks_over_time(records, planned) == [(0.0, 4), (20.0, 0)]


# Shift ends


DAY = Steps.daily(1, 8.0, 16.0, 200.0)


def test_a_shift_finishes_or_hands_over():
    # Three hours each from 08:00: the third begins at 14:00 and is an hour short.
    times = [0.0, 0.1, 0.2, 0.3]
    finish = plan(receptions=(reception(desk(DAY, fixed(3.0))),))
    over = plan(receptions=(reception(desk(DAY, fixed(3.0), hands_over=True)),))
    finished = rows_of(simulate(finish, population(times)), "registration")["ended"].tolist()
    handed = rows_of(simulate(over, population(times)), "registration")["ended"].tolist()
    assert finished == [11.0, 14.0, 17.0, 35.0]
    # One hour is left for the next morning, before those who wait.
    assert handed == pytest.approx([11.0, 14.0, 33.0, 36.0])


def test_what_is_handed_over_waits_and_is_counted_as_waiting():
    over = plan(receptions=(reception(desk(DAY, fixed(3.0), hands_over=True)),))
    records = simulate(over, population([0.0, 0.1, 0.2]))
    at_night = [s for s in states_of(records, over, "registration desks") if 16 <= s[0] < 32]
    assert at_night == [(16.0, 0, 1, 0)]


def test_a_service_that_ends_with_the_shift_is_finished():
    over = plan(receptions=(reception(desk(DAY, fixed(4.0), hands_over=True)),))
    records = simulate(over, population([0.0, 0.1, 0.2]))
    assert rows_of(records, "registration")["ended"].tolist() == [12.0, 16.0, 36.0]
    assert states_of(records, over, "registration desks")[-1][1:3] == (0, 0)


def test_a_smaller_shift_sends_home_the_latest_of_the_least_urgent():
    night = Steps((0.0, 2.0, 10.0), (3, 1, 3))
    classes = (acuity("urgent", 0.5), acuity("routine", 0.5))
    post = health_post(night, fixed(6.0), classes, visits_per_person_day=24.0, hands_over=True)
    planned = network(
        30.0,
        receptions=(reception(health_post="post"),),
        sites=(site(stay=fixed(2.0)),),
        health_posts=(post,),
    )
    records = simulate(planned, population(np.linspace(0, 0.9, 6)))
    rows = rows_of(records, "consultation")
    begun = rows[rows["started"] < 2.0]
    assert set(begun["acuity"]) == {0, 1}
    stopped = begun[begun["ended"] - begun["started"] > 6.0 + 1e-9]
    kept = begun[begun["ended"] - begun["started"] < 6.0 + 1e-9]
    assert len(kept) == 1
    assert len(stopped) == 2
    assert kept["acuity"].item() == 0


def test_work_handed_over_is_neither_lost_nor_done_twice():
    shifts = Steps.daily(3, 7.0, 19.0, 3000.0)
    over = plan(
        receptions=(reception(desk(shifts, exponential(1.0), hands_over=True)),), hours=3000
    )
    people = poisson_population(1.0, 2900.0, 0)
    records = simulate(over, people)
    rows = rows_of(records, "registration")
    busy = 0.0
    states = states_of(records, over, "registration desks")
    for (time, at_work, _, _), (until, *_) in pairwise(states):
        busy += at_work * (until - time)
    drawn = np.array(people.draw("registration.service_time/1", exponential(1.0)))
    assert rows["ended"].notna().all()
    assert busy == pytest.approx(drawn.sum(), rel=1e-9)
