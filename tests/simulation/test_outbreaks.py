"""Diseases that spread, and incidents: attack rates against theory, and who comes when.

Patients of an incident come at hour 1, so that the clock of small cases is known without a draw.
"""

import numpy as np
import pytest
from care_plans import NOBODY, plan_with, red_and_green, seen_by
from small_networks import (
    ENDLESS,
    fixed,
    health_post,
    incident,
    interval,
    outbreak,
    population,
    rows_of,
    site,
)

from simulation.engine import simulate
from simulation.measures import measure
from simulation.streams import Streams
from simulation.trace import at_the_busiest_time, longest_wait

# Diseases that spread


def cases_of(plan, groups=500, persons=4, streams=None):
    people = population(np.zeros(groups), persons, streams=streams)
    return len(simulate(plan, people).cases)


@pytest.mark.untraced
def test_attack_rate_against_theory():
    """Each person falls ill at most once: a share 1 - exp(-rate t) after t days."""
    plan = plan_with(run_length=240.0, outbreaks=(outbreak(0.1, begins=48.0, ends=192.0),))
    counts = [cases_of(plan, streams=Streams(3, n)) for n in range(12)]
    low, high = interval(counts)
    assert low < 2000 * -np.expm1(-0.6) < high
    assert high - low < 0.05 * np.mean(counts)


def test_who_is_protected_does_not_fall_ill():
    full = plan_with(outbreaks=(outbreak(5.0, protected=1.0),))
    half = plan_with(outbreaks=(outbreak(0.05, protected=0.5),))
    assert cases_of(full) == 0
    assert cases_of(half) == pytest.approx(2000 * -np.expm1(-0.05), rel=0.2)


def test_most_protected_never_fall_ill_however_long_it_lasts():
    """After 30 days at 0.2 per day nearly all who can have been ill: a tenth of the people."""
    plan = plan_with(run_length=720.0, outbreaks=(outbreak(0.2, protected=0.9),))
    counts = [cases_of(plan, streams=Streams(4, n)) for n in range(12)]
    low, high = interval(counts)
    assert low < 2000 * 0.1 * -np.expm1(-6.0) < high
    assert max(counts) < 300


def test_crowding_adds_cases_and_keeps_the_others():
    """Half the space per person, three times the rate; the cases of the roomy site remain."""
    area = {"crowded_below": 3.5, "crowding_factor": 3.0}
    times = []
    for square_meters in (4.0, 2.0):
        sites = (site(stay=fixed(1000.0), area=2000 * square_meters),)
        plan = plan_with(sites=sites, outbreaks=(outbreak(0.02, **area),))
        table = simulate(plan, population(np.zeros(500), 4)).cases
        times.append(set(table["time"].round(9)))
    roomy, crowded = times
    assert len(crowded) == pytest.approx(3 * len(roomy), rel=0.35)
    assert len(roomy & crowded) > 0.8 * len(roomy)


def test_cases_stop_when_the_household_leaves():
    plan = plan_with(stay=10.0, outbreaks=(outbreak(0.5),))
    assert simulate(plan, population(np.zeros(200), 4)).cases["time"].max() <= 10.0


def test_cases_reach_the_post_in_their_classes():
    classes = red_and_green()
    plan = plan_with(
        seen_by(ENDLESS, 0.0, *classes),
        outbreaks=(outbreak(5.0, acuity=(("green", 0.25), ("red", 0.75))),),
    )
    records = simulate(plan, population(np.zeros(300), 4))
    triage = rows_of(records, "triage")
    assert len(triage) == len(records.cases) > 1000
    assert (triage["acuity"] == 0).mean() == pytest.approx(0.75, abs=0.06)
    merged = records.cases.merge(triage, left_on=["group", "visit"], right_on=["group", "visit"])
    np.testing.assert_allclose(merged["time"], merged["requested"])
    assert measure(records, plan)["patients_by_cause"].tolist() == [len(triage)]


def test_outbreak_leaves_everyday_visits_as_they_were():
    quiet = plan_with(health_post(ENDLESS), 240.0)
    ill = plan_with(health_post(ENDLESS), 240.0, outbreaks=(outbreak(0.2),))
    people = population(np.zeros(100), 3)
    before = set(rows_of(simulate(quiet, people), "triage")["requested"])
    assert before <= set(rows_of(simulate(ill, people), "triage")["requested"])


# Incidents


@pytest.mark.untraced
def test_two_large_incidents_at_one_post_number_all_visits():
    plan = plan_with(casualties=(incident(20_000), incident(20_000, "second")))
    records = simulate(plan, NOBODY)
    assert records.cases["visit"].max() == rows_of(records, "triage")["visit"].max() == 40_000


def test_incident_brings_its_patients_in_its_time():
    mix = (("red", 0.2), ("green", 0.8))
    plan = plan_with(
        seen_by(ENDLESS, 0.0, *red_and_green()),
        casualties=(incident(2000, at=5.0, spread_over=2.0, acuity=mix),),
    )
    records = simulate(plan, population(np.zeros(3)))
    rows = rows_of(records, "triage")
    assert len(rows) == 2000
    assert rows["requested"].between(5.0, 7.0).all()
    assert rows["requested"].mean() == pytest.approx(6.0, abs=0.05)
    assert (rows["acuity"] == 0).mean() == pytest.approx(0.2, abs=0.03)
    assert set(rows["group"]) == {-1}
    assert rows["visit"].tolist() == list(range(1, 2001))


def test_people_of_an_incident_are_no_displaced_people():
    plan = plan_with(seen_by(0, 1.0), casualties=(incident(100),))
    values = measure(simulate(plan, population(np.zeros(3))), plan)
    assert values["persons_entered"] == 3
    assert values["patients_by_cause"].tolist() == [100]


def test_stories_are_told_of_groups_only():
    plan = plan_with(seen_by(0, 1.0), casualties=(incident(100),))
    records = simulate(plan, population([2.0]))
    assert longest_wait(records) == 0
    assert at_the_busiest_time(records, plan, "post") == -1
