"""The second level of care and mobile teams: exact times and theory.

Patients of an incident come at hour 1, so that the clock of small cases is known without a draw.
"""

import numpy as np
import pytest
from care_plans import NOBODY, care, plan_with, seen_by
from small_networks import (
    ENDLESS,
    acuity,
    ambulances,
    exponential,
    fixed,
    health_post,
    incident,
    inflow,
    interval,
    outbreak,
    population,
    reception,
    rows_of,
    states_of,
    story,
    strait,
    team,
    trigger,
    ward,
)

from simulation.engine import simulate
from simulation.measures import dataset, measure
from simulation.parts import TeamStop
from simulation.streams import Streams
from simulation.weather import WeatherSeries

# Second level


def test_ambulance_takes_the_patient_to_the_bed_and_comes_back():
    plan = plan_with(
        seen_by(ward="ward", ambulances="ambulances"),
        wards=(ward(stay=fixed(5.0)),),
        ambulances=(ambulances(),),
        casualties=(incident(),),
    )
    assert care(plan)[2:] == [
        ("ward", 1.0, 2.5, 7.5, "served"),
        ("ambulance", 1.0, 1.0, 2.5, "served"),
    ]
    busy = [
        (time, busy) for time, busy, _, _ in states_of(simulate(plan, NOBODY), plan, "ambulances")
    ]
    assert busy == [(0.0, 0), (1.0, 1), (4.5, 0)]


def test_the_next_patient_waits_for_the_vehicle():
    plan = plan_with(
        seen_by(ward="ward", ambulances="ambulances"),
        wards=(ward(2, fixed(5.0)),),
        ambulances=(ambulances(),),
        casualties=(incident(2),),
    )
    rides = [row for row in care(plan) if row[0] == "ambulance"]
    assert rides == [("ambulance", 1.0, 1.0, 2.5, "served"), ("ambulance", 1.0, 4.5, 6.0, "served")]


def test_ride_back_gives_way_to_those_who_need_care():
    plan = plan_with(
        seen_by(ward="ward", ambulances="ambulances"),
        wards=(ward(2, fixed(1.0)),),
        ambulances=(ambulances(brings_back=True),),
        casualties=(incident(2),),
    )
    rides = [row for row in care(plan) if row[0].startswith("ambulance")]
    # The first patient may go home at 3.5, but the second is taken to the ward at 4.5 before that.
    assert rides == [
        ("ambulance", 1.0, 1.0, 2.5, "served"),
        ("ambulance", 1.0, 4.5, 6.0, "served"),
        ("ambulance_back", 3.5, 8.0, 9.5, "served"),
        ("ambulance_back", 7.0, 11.5, 13.0, "served"),
    ]


def test_rides_back_are_not_late_against_the_standard_for_fetching_patients():
    plan = plan_with(
        seen_by(ward="ward", ambulances="ambulances"),
        wards=(ward(2, fixed(1.0)),),
        ambulances=(ambulances(brings_back=True, standard=4.0),),
        casualties=(incident(2),),
        run_length=24.0,
        triggers=(
            trigger(
                "ambulances", when={"measured": "longest_wait", "of": "ambulances", "above": 4.0}
            ),
        ),
    )
    values = dataset([measure(simulate(plan, NOBODY), plan)], plan).isel(replication=0)
    # Rides back wait 4.5 hours (see the test above), those to the ward 3.5 at most.
    assert float(values["late"].sel(facility="ambulances").sum()) == 0
    assert float(values["persons_late"].sel(step="ambulance_back")) == 0
    assert np.isnan(values["first_breach"].sel(facility="ambulances"))
    assert float(values["trigger_firings"].sum()) == 0


def test_ward_bed_is_kept_until_the_ambulance_leaves_for_the_hospital():
    plan = plan_with(
        seen_by(ward="ward"),
        wards=(
            ward(1, fixed(5.0), hospital="icu", needs_hospital=1.0, ambulances="ambulances"),
            ward(1, fixed(9.0), "icu", refers_on_after=2.0),
        ),
        ambulances=(ambulances(readiness=fixed(0.75)),),
        casualties=(incident(),),
    )
    assert care(plan)[2:] == [
        ("ward", 1.0, 1.0, 1.75, "served"),
        ("ward", 1.0, 2.75, 11.75, "served"),
        ("ambulance", 1.0, 1.0, 2.75, "served"),
    ]


def test_each_ward_decides_anew_who_needs_the_next():
    """Of a chain a, b, c half of the patients go on from a, and half of these from b."""
    chain = (
        ward(ENDLESS, fixed(1.0), "a", hospital="b", needs_hospital=0.5),
        ward(ENDLESS, fixed(1.0), "b", hospital="c", needs_hospital=0.5),
        ward(ENDLESS, fixed(1.0), "c"),
    )
    plan = plan_with(seen_by(ward="a"), wards=chain, casualties=(incident(4000),))
    beds = rows_of(simulate(plan, NOBODY), "ward")["facility"]
    reached = [(beds == plan.facilities.index(name)).sum() for name in "abc"]
    # Four standard deviations of a binomial share.
    assert reached[1] / 4000 == pytest.approx(0.5, abs=4 * 0.5 / 4000**0.5)
    assert reached[2] / reached[1] == pytest.approx(0.5, abs=4 * 0.5 / reached[1] ** 0.5)


def test_who_finds_no_hospital_bed_is_treated_in_the_ward():
    plan = plan_with(
        seen_by(ward="ward"),
        wards=(
            ward(1, fixed(5.0), hospital="icu", needs_hospital=1.0),
            ward(0, fixed(9.0), "icu", refers_on_after=2.0),
        ),
        casualties=(incident(),),
    )
    assert care(plan)[2:] == [
        ("ward", 1.0, 1.0, 8.0, "served"),
        ("ward", 1.0, None, 3.0, "transferred"),
    ]


def test_moved_at_once_where_there_is_no_ambulance():
    plan = plan_with(
        seen_by(ward="ward"),
        wards=(
            ward(1, fixed(5.0), hospital="icu", needs_hospital=1.0),
            ward(1, fixed(9.0), "icu", refers_on_after=2.0),
        ),
        casualties=(incident(),),
    )
    assert care(plan)[2:] == [
        ("ward", 1.0, 1.0, 1.0, "served"),
        ("ward", 1.0, 1.0, 10.0, "served"),
    ]


def test_triage_sends_the_worst_straight_to_the_hospital():
    plan = plan_with(
        seen_by(1, 1.0, acuity(straight_to_hospital=1.0), hospital="icu"),
        wards=(ward(1, fixed(9.0), "icu"),),
        casualties=(incident(),),
    )
    assert [row[0] for row in care(plan)] == ["triage", "ward"]


@pytest.mark.parametrize("waits", [False, True])
def test_household_waits_for_a_member_in_care_only_if_asked(waits):
    post = seen_by(ward="ward", households_wait=waits)
    plan = plan_with(
        post,
        400.0,
        stay=30.0,
        wards=(ward(100, fixed(200.0), refers_on_after=1.0),),
        outbreaks=(outbreak(24.0, ends=24.0),),
    )
    placement = next(row for row in story(plan, population([0.0])) if row[1] == "placement")
    assert (placement[5] > 200.0) == waits


# Mobile teams


def test_team_sees_those_who_wait_on_its_days():
    plan = plan_with(
        seen_by(0, 0.5),
        96.0,
        teams=(team(),),
        casualties=(incident(6, at=13.0), incident(1, "b")),
    )
    rows = rows_of(simulate(plan, NOBODY), "consultation").sort_values("started")
    # At hour 9 the one of hour 1; on day 3 from hour 57 two at a time.
    assert rows["started"].tolist() == [9.0, 57.0, 57.0, 57.5, 57.5, 58.0, 58.0]
    capacities = [(t, c) for t, _, _, c in states_of(simulate(plan, NOBODY), plan, "post")]
    assert (9.0, 2) in capacities
    assert (12.0, 0) in capacities


def test_team_does_not_set_out_in_bad_weather():
    plan = plan_with(
        seen_by(0, 0.5),
        480.0,
        weathers=(strait(),),
        teams=(team(TeamStop("post", 1, 1, 9.0, 12.0), weather="strait", wave_limit=1.0),),
    )
    states = states_of(simulate(plan, NOBODY), plan, "post")
    came = {int(t // 24) for t, _, _, capacity in states if capacity}
    series = WeatherSeries(plan.weathers[0], plan.start, 20, NOBODY.streams)
    assert came == set(np.flatnonzero(series.workable(1.0)))
    assert 0 < len(came) < 20


def test_team_visits_two_posts_in_a_day():
    other = health_post(0, name="other", visits_per_person_day=0.0)
    plan = plan_with(
        receptions=(reception(health_post="post"),),
        health_posts=(seen_by(0), other),
        teams=(team(TeamStop("post", 1, 1, 8.0, 11.0), TeamStop("other", 1, 1, 11.0, 15.0)),),
    )
    records = simulate(plan, NOBODY)
    changes = [(t, c) for t, _, _, c in states_of(records, plan, "other")]
    assert changes[:3] == [(0.0, 0), (11.0, 2), (15.0, 0)]


@pytest.mark.slow
def test_second_level_against_theory():
    """Every patient keeps an ambulance for readiness, way and return: Little's law for its use."""
    fleet = ambulances(ENDLESS, readiness=exponential(0.5), travel_time=exponential(1.0))
    plan = plan_with(
        health_post(
            ENDLESS, fixed(0.0), (acuity(referral=0.5),), ward="ward", ambulances="ambulances"
        ),
        480.0,
        inflows=(inflow(),),
        wards=(ward(ENDLESS, exponential(24.0)),),
        ambulances=(fleet,),
    )
    means = []
    for number in range(40):
        people = population(np.zeros(20), 4, streams=Streams(5, number))
        values = dataset([measure(simulate(plan, people), plan)], plan)
        days = (
            values["mean_busy"].sel(facility="ambulances").isel(replication=0, day=slice(2, None))
        )
        means.append(float(days.mean()))
    low, high = interval(means)
    expected = 80 * 0.5 / 24 * 3.5
    assert low < expected < high
    assert 0.95 * expected < low
    assert high < 1.05 * expected
