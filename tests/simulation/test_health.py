"""Health posts and wards: exact times of tiny cases.

One person-day of presence brings one visit; the first visit of a one-person group present from
hour 0 comes at 24 h times its exponential draw.
"""

import numpy as np
import pytest
from small_networks import (
    acuity,
    fixed,
    health_post,
    network,
    population,
    reception,
    rows_of,
    site,
    story,
    ward,
)

from simulation.calendars import Steps
from simulation.distributions import Distribution
from simulation.engine import simulate

UNIT = Distribution("exponential", mean=1.0)


def with_post(post, *wards, run_length=48.0, stay=1000.0, sites=None):
    return network(
        run_length,
        receptions=(reception(health_post="post"),),
        sites=sites or (site(stay=fixed(stay)),),
        health_posts=(post,),
        wards=wards,
    )


def first_visits(people):
    return [round(24.0 * gap, 9) for gap in people.draw("health.gap", UNIT, 1)]


def visits(plan, people):
    """Steps of patients, first visits only."""
    table = simulate(plan, people).steps
    rows = table[table["visit"] == 1]
    numbers = rows[["requested", "started", "ended"]].round(9).to_numpy().tolist()
    return list(zip(rows["group"], rows["step"], numbers, strict=True))


def test_patient_passes_triage_clinician_and_ward():
    post = health_post(
        time=fixed(1.0),
        triage_nurses=Steps.constant(1),
        triage_time=fixed(0.25),
        classes=(acuity(referral=1.0),),
        ward="ward",
    )
    plan = with_post(post, ward(stay=fixed(5.0)), run_length=400.0)
    people = population([0.0])
    comes = first_visits(people)[0]
    own = [row for row in story(plan, people)[1:] if row[3] < comes + 1.3][:3]
    assert own == [
        (0, "triage", "post triage", comes, comes, round(comes + 0.25, 9), "served"),
        (0, "consultation", "post", *np.round(comes + np.array([0.25, 0.25, 1.25]), 9), "served"),
        (0, "ward", "ward", *np.round(comes + np.array([1.25, 1.25, 6.25]), 9), "served"),
    ]


def test_visits_are_in_proportion_to_persons_and_days():
    plan = with_post(health_post(10**6), run_length=240.0)
    rows = rows_of(simulate(plan, population(np.zeros(100), 4)), "triage")
    assert len(rows) == pytest.approx(100 * 4 * 10, rel=4 / np.sqrt(4000))


def test_who_has_left_the_site_does_not_come():
    plan = with_post(health_post(10**6), run_length=240.0, stay=24.0)
    rows = rows_of(simulate(plan, population(np.zeros(400))), "triage")
    assert (rows["requested"] <= 24.0).all()
    assert len(rows) == pytest.approx(400, rel=0.2)


def test_people_seek_care_while_they_wait_for_a_place():
    plan = with_post(health_post(10**6), sites=(site(0),))
    assert len(rows_of(simulate(plan, population(np.zeros(20))), "triage")) > 0


def test_no_visits_where_nobody_falls_ill():
    plan = with_post(health_post(visits_per_person_day=0.0))
    assert set(simulate(plan, population(np.zeros(20))).steps["visit"]) == {0}


def test_patient_leaves_unseen_when_patience_ends():
    post = health_post(0, classes=(acuity(leaves_after=fixed(3.0)),))
    rows = rows_of(simulate(with_post(post), population(np.zeros(20))), "consultation")
    left = rows.dropna(subset="ended")
    assert len(left) > 5
    np.testing.assert_allclose(left["ended"] - left["requested"], 3.0)
    assert rows["started"].isna().all()
    # Who came less than 3 h before the end of the run is still waiting.
    assert (rows[rows["ended"].isna()]["requested"] > 45.0).all()


def test_most_urgent_class_is_seen_first_and_equals_in_order():
    classes = (acuity("red", 0.3), acuity("green", 0.7))
    shift = Steps((0.0, 40.0), (0, 1))
    post = health_post(shift, fixed(0.01), classes=classes)
    rows = rows_of(simulate(with_post(post), population(np.zeros(40))), "consultation")
    queue = rows[rows["requested"] < 40.0].dropna(subset="started").sort_values("started")
    assert set(queue["acuity"]) == {0, 1}
    assert queue["acuity"].is_monotonic_increasing
    for _, equals in queue.groupby("acuity"):
        assert equals["requested"].is_monotonic_increasing


def test_patient_without_a_bed_is_sent_elsewhere():
    post = health_post(10**6, fixed(0.0), classes=(acuity(referral=1.0),), ward="ward")
    plan = with_post(post, ward(1, fixed(1000.0), refers_on_after=2.0))
    people = population(np.zeros(10))
    rows = rows_of(simulate(plan, people), "ward")
    done = rows[rows["requested"] < 46.0].iloc[1:]
    assert rows["started"].notna().sum() == 1
    np.testing.assert_allclose(done["ended"] - done["requested"], 2.0)


def test_bed_that_comes_free_in_time_is_taken():
    post = health_post(10**6, fixed(0.0), classes=(acuity(referral=1.0),), ward="ward")
    beds = Steps((0.0, 40.0), (0, 100))
    plan = with_post(post, ward(beds, fixed(1.0), refers_on_after=50.0))
    rows = rows_of(simulate(plan, population(np.zeros(10))), "ward")
    early = rows[rows["requested"] < 40.0]
    assert (early["started"] == 40.0).all()


def test_shares_of_classes():
    classes = (acuity("none", 0.0), acuity("red", 0.2), acuity("green", 0.8))
    post = health_post(10**6, fixed(0.0), classes=classes)
    plan = with_post(post, run_length=240.0)
    rows = rows_of(simulate(plan, population(np.zeros(200))), "consultation")
    shares = np.bincount(rows["acuity"], minlength=3) / len(rows)
    np.testing.assert_allclose(shares, [0.0, 0.2, 0.8], atol=0.04)


def test_draws_of_a_visit_do_not_depend_on_the_plan():
    few, many = with_post(health_post(1)), with_post(health_post(5))
    people = population(np.zeros(10))
    assert [v[2][0] for v in visits(few, people) if v[1] == 5] == [
        v[2][0] for v in visits(many, people) if v[1] == 5
    ]
