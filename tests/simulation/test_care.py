"""Second level, worsening, deaths, outbreaks, incidents, mobile teams: exact times and theory.

Patients of an incident come at hour 1, so that the clock of small cases is known without a draw.
"""

import numpy as np
import pytest
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
    network,
    outbreak,
    population,
    reception,
    rows_of,
    site,
    states_of,
    story,
    strait,
    team,
    trigger,
    trucks,
    ward,
)

from simulation.calendars import Steps
from simulation.engine import simulate
from simulation.measures import dataset, measure
from simulation.network import NetworkError
from simulation.parts import SiteOption, TeamStop
from simulation.records import GROUP_OUTCOMES, STEP_OUTCOMES
from simulation.streams import Streams
from simulation.trace import at_the_busiest_time, longest_wait
from simulation.weather import WeatherSeries

NOBODY = population([])


def plan_with(post=None, run_length=48.0, stay=1000.0, **parts):
    """A network whose health post sees nobody but those of incidents and outbreaks."""
    parts = {
        "receptions": (reception(health_post="post"),),
        "sites": (site(stay=fixed(stay)),),
        "health_posts": (post or health_post(ENDLESS, visits_per_person_day=0.0),),
    } | parts
    return network(run_length, **parts)


def seen_by(clinicians=ENDLESS, time=0.0, *classes, **changed):
    changed = {"visits_per_person_day": 0.0} | changed
    return health_post(clinicians, fixed(time), classes or (acuity(referral=1.0),), **changed)


def care(plan, people=NOBODY):
    """Steps of patients as (step, requested, started, ended, outcome)."""
    return [row[1:2] + row[3:] for row in story(plan, people) if row[1] not in {"placement"}]


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


# Getting worse and deaths


def red_and_green(**green):
    return acuity("red", 0.0), acuity("green", 1.0, **green)


def test_who_gets_worse_is_seen_before_those_who_came_earlier():
    opens = Steps((0.0, 10.0), (0, 1))
    post = seen_by(opens, 1.0, *red_and_green(worsens_after=fixed(4.0)))
    plan = plan_with(
        post,
        casualties=(
            incident(1, "first", at=7.0, acuity=(("green", 1.0),)),
            incident(1, "second", at=1.0, acuity=(("green", 1.0),)),
            incident(1, "third", at=6.5, acuity=(("green", 1.0),)),
        ),
    )
    rows = rows_of(simulate(plan, NOBODY), "consultation").sort_values("started")
    assert rows["requested"].tolist() == [1.0, 6.5, 7.0]
    # The second became red at 10.5, while the first to come was with the clinician.
    assert rows["acuity"].tolist() == [0, 0, 0]
    assert rows["started"].tolist() == [10.0, 11.0, 12.0]


def test_worse_patients_pass_those_of_their_old_class():
    opens = Steps((0.0, 10.0), (0, 1))
    classes = (
        acuity("red", 0.0),
        acuity("amber", 0.5, worsens_after=fixed(1.0)),
        acuity("green", 0.5),
    )
    post = seen_by(opens, 1.0, *classes)
    early = incident(3, "early", at=1.0, acuity=(("green", 1.0),))
    late = incident(1, "late", at=5.0, acuity=(("amber", 1.0),))
    rows = rows_of(simulate(plan_with(post, casualties=(early, late)), NOBODY), "consultation")
    assert rows.sort_values("started")["acuity"].tolist() == [0, 2, 2, 2]


def test_patience_of_the_new_class_counts_from_the_change():
    post = seen_by(0, 1.0, *red_and_green(worsens_after=fixed(2.0), leaves_after=fixed(3.0)))
    plan = plan_with(post, casualties=(incident(acuity=(("green", 1.0),)),))
    assert care(plan)[1] == ("consultation", 1.0, None, None, "waiting")


def test_nobody_dies_without_a_hazard():
    plan = plan_with(seen_by(0), casualties=(incident(1000),))
    records = simulate(plan, population(np.zeros(20), 3))
    values = measure(records, plan)
    assert values["patients_died_waiting"] == 0
    assert values["total_deaths_in_reception"] == 0


def test_deaths_while_waiting_follow_the_hazard():
    """Without care, a share 1 - exp(-hazard t) has died after t days."""
    post = seen_by(0, 1.0, acuity(deaths_per_day=0.2))
    plan = plan_with(post, 1.0 + 48.0, casualties=(incident(40_000),))
    died = measure(simulate(plan, NOBODY), plan)["patients_died_waiting"]
    expected = 40_000 * -np.expm1(-0.4)
    within = 3.3 * np.sqrt(expected * np.exp(-0.4))
    assert abs(died - expected) < within
    for wrong in (0.95, 1.05):
        assert abs(died - 40_000 * -np.expm1(-0.4 * wrong)) > within


def test_deaths_of_a_class_that_gets_worse():
    """One day at no hazard, then one at 0.5 per day."""
    classes = (acuity("red", 0.0, deaths_per_day=0.5), acuity("green", worsens_after=fixed(24.0)))
    plan = plan_with(
        seen_by(0, 1.0, *classes), 49.0, casualties=(incident(40_000, acuity=(("green", 1.0),)),)
    )
    died = measure(simulate(plan, NOBODY), plan)["patients_died_waiting"]
    expected = 40_000 * -np.expm1(-0.5)
    within = 3.3 * np.sqrt(expected * np.exp(-0.5))
    assert abs(died - expected) < within
    for wrong in (0.95, 1.05):
        assert abs(died - 40_000 * -np.expm1(-0.5 * wrong)) > within


def test_under_care_nobody_dies():
    post = seen_by(ENDLESS, 40.0, acuity(deaths_per_day=100.0))
    plan = plan_with(post, casualties=(incident(50),))
    assert measure(simulate(plan, NOBODY), plan)["patients_died_waiting"] == 0


def test_death_in_each_queue_is_counted_once():
    post = seen_by(
        ENDLESS,
        0.0,
        acuity(referral=1.0, deaths_per_day=50.0),
        ward="ward",
        ambulances="ambulances",
    )
    beds = ward(100, refers_on_after=1000.0)
    parts = {"wards": (beds,), "casualties": (incident(30),)}
    no_vehicle = plan_with(post, ambulances=(ambulances(0),), **parts)
    assert measure(simulate(no_vehicle, NOBODY), no_vehicle)["patients_died_waiting"] == 30
    outcomes = rows_of(simulate(no_vehicle, NOBODY), "ward")["outcome"]
    assert set(outcomes) == {STEP_OUTCOMES.index("died")}
    # Beds reserved for them are free again.
    assert states_of(simulate(no_vehicle, NOBODY), no_vehicle, "ward")[-1][1] == 0


def mortal(rate, **parts):
    receptions = (reception(deaths_per_person_day=rate, **parts.pop("reception", {})),)
    return plan_with(receptions=receptions, **parts)


def test_mortality_of_reception_follows_the_rate():
    """Each person dies within t days with chance 1 - exp(-rate t), whatever the household."""
    sizes = np.resize([1, 2, 4, 9, 16], 6000)
    people, persons = population(np.zeros(len(sizes)), sizes), int(sizes.sum())
    plan = mortal(0.1, run_length=96.0)
    records = simulate(plan, people)
    died, expected = records.groups["died"].sum(), persons * -np.expm1(-0.4)
    within = 3.3 * np.sqrt(expected * np.exp(-0.4))
    assert abs(died - expected) < within
    for wrong in (0.95, 1.05):
        assert abs(died - persons * -np.expm1(-0.4 * wrong)) > within
    assert states_of(records, plan, "site")[-1][1] == persons - died
    values = measure(records, plan)
    assert values["total_deaths_in_reception"] == died
    assert values["total_deaths_in_transit"] == 0
    assert values["persons_by_outcome"].sum() == persons
    assert values["persons_by_outcome"][GROUP_OUTCOMES.index("died_in_reception")] == died


def test_the_dead_are_counted_by_category():
    people = population(
        np.zeros(500),
        4,
        children=np.full(500, 2),
        under_five=np.full(500, 1),
        women=np.full(500, 1),
    )
    plan = mortal(0.2, run_length=72.0)
    values = dataset([measure(simulate(plan, people), plan)], plan)
    dead = values["deaths_in_reception"].isel(replication=0)
    total = float(values["total_deaths_in_reception"].isel(replication=0))
    assert float(dead.sel(category=["children", "women", "men"]).sum()) == total
    for category, share in (("children", 0.5), ("children under five", 0.25), ("women", 0.25)):
        spread = 3.5 * np.sqrt(total * share * (1 - share))
        assert float(dead.sel(category=category)) == pytest.approx(total * share, abs=spread)


@pytest.mark.parametrize(
    "where",
    [
        {"sites": (site(0),)},
        {"sites": (site(10**6, fixed(1000.0)),)},
        {
            "sites": (site(10**6, fixed(1.0), onward="trucks", onward_share=1.0),),
            "transports": (trucks(0),),
        },
    ],
    ids=["waiting for a place", "in a site", "waiting for a vehicle"],
)
def test_a_group_of_which_nobody_is_left_frees_what_it_held(where):
    plan = mortal(50.0, run_length=400.0, **where)
    records = simulate(plan, population(np.zeros(40), 2))
    assert records.groups["died"].sum() == 80
    assert set(records.groups["outcome"]) == {GROUP_OUTCOMES.index("died_in_reception")}
    assert records.steps["ended"].notna().all()
    for facility in plan.facilities:
        _, busy, waiting, _ = states_of(records, plan, facility)[-1]
        assert (busy, waiting) == (0, 0), facility


def test_who_dies_while_waiting_for_a_vehicle_gives_up_the_seat():
    sites = (site(ENDLESS, onward="trucks", onward_share=1.0),)
    plan = mortal(0.3, run_length=72.0, sites=sites, transports=(trucks(0),))
    records = simulate(plan, population(np.zeros(50), 4))
    alive = 200 - records.groups["died"].sum()
    assert 0 < alive < 200
    assert states_of(records, plan, "trucks")[-1][2] == alive


def test_a_group_has_left_when_the_last_who_waited_for_a_seat_died():
    """Nine of ten find a seat after an hour; the tenth dies in the 39 days before the next."""
    plan = mortal(
        0.2,
        run_length=24.0 * 39,
        sites=(site(ENDLESS, onward="trucks", onward_share=1.0),),
        transports=(trucks(1, seats=9, departs_at=1.0, every_days=39),),
    )
    records = simulate(plan, population([0.0], 10))
    assert records.groups["died"].item() == 1
    row = rows_of(records, "onward").iloc[0]
    assert 1.0 < row["started"] == row["ended"] < 24.0 * 39
    assert GROUP_OUTCOMES[records.groups["outcome"].item()] == "moved_onward"
    assert states_of(records, plan, "trucks")[-1][2] == 0


@pytest.mark.parametrize(
    ("measured", "outcome", "where"),
    [
        (
            "left_without_place",
            "left_without_place",
            {"sites": (site(0),), "reception": {"gives_up_after": fixed(48.0)}},
        ),
        (
            "in_other_places",
            "in_site",
            {
                "sites": (site(ENDLESS, fixed(1000.0), meant_for=("men alone",)),),
                "reception": {"sites": (SiteOption("site", 0.0, others_after=0.0),)},
            },
        ),
    ],
    ids=["left", "other places"],
)
def test_the_dead_are_not_counted_a_second_time_by_category(measured, outcome, where):
    plan = mortal(0.2, run_length=72.0, **where)
    people = population(np.zeros(200), 4, children=np.full(200, 2), women=np.full(200, 1))
    values = dataset([measure(simulate(plan, people), plan)], plan).isel(replication=0)
    dead = float(values["total_deaths_in_reception"])
    assert dead > 100
    parts = values[measured].sel(category=["children", "women", "men"])
    assert float(parts.sum()) == 800 - dead
    assert float(values["persons_by_outcome"].sel(group_outcome=outcome)) == 800 - dead


def test_death_of_a_patient_reduces_the_household():
    post = seen_by(0, 1.0, acuity(deaths_per_day=1000.0))
    plan = plan_with(post, outbreaks=(outbreak(24.0),))
    records = simulate(plan, population(np.zeros(10), 3))
    assert records.groups["died"].sum() == 30
    assert states_of(records, plan, "site")[-1][1] == 0


# Diseases that spread


def cases_of(plan, groups=500, persons=4, streams=None):
    people = population(np.zeros(groups), persons, streams=streams)
    return len(simulate(plan, people).cases)


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


# What is refused


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ({"casualties": (incident(acuity=(("blue", 1.0),)),)}, r"no class 'blue'; known: all"),
        (
            {"casualties": (incident(acuity=(("all", 0.9),)),)},
            r"incident: shares of classes sum to 0\.9",
        ),
        ({"casualties": (incident(0),)}, r"incident\.patients is 0; it must be at least 1"),
        ({"casualties": (incident(at=-1.0),)}, r"incident\.at is -1"),
        ({"casualties": (incident(health_post="x"),)}, r"there is no health post 'x'"),
        ({"outbreaks": (outbreak(-0.1),)}, r"outbreak\.attack_rate is -0\.1"),
        ({"outbreaks": (outbreak(float("nan")),)}, r"outbreak\.attack_rate is nan"),
        ({"outbreaks": (outbreak(protected=1.5),)}, r"outbreak\.protected is 1\.5; a share"),
        ({"outbreaks": (outbreak(begins=5.0, ends=5.0),)}, r"ends before it begins"),
        ({"outbreaks": (outbreak(crowding_factor=0.5),)}, r"crowding_factor is 0\.5.*at least 1"),
        (
            {"outbreaks": (outbreak(1.0, crowding_factor=1e6),)},
            r"attack_rate times crowding_factor is 1e\+06 per person per day; at most 24",
        ),
        (
            {"outbreaks": (outbreak(crowding_factor=2.0),)},
            r"crowding counts, but site gives no area",
        ),
        ({"teams": (team(TeamStop("post", 0, 1, 8.0, 9.0)),)}, r"days are counted from 1"),
        ({"teams": (team(TeamStop("post", 1, 1, 9.0, 8.0)),)}, r"end later on the same day"),
        ({"teams": (team(clinicians=0),)}, r"team\.clinicians is 0"),
        ({"teams": (team(weather="sun"),)}, r"there is no weather 'sun'"),
        (
            {
                "teams": (
                    team(TeamStop("post", 1, 2, 8.0, 10.0), TeamStop("post", 3, 4, 9.0, 11.0)),
                )
            },
            r"cannot be at post and at post",
        ),
        ({"wards": (ward(needs_hospital=0.5),)}, r"ward: patients need a hospital but"),
        ({"wards": (ward(hospital="ward"),)}, r"go in a circle \(ward, ward\)"),
        ({"wards": (ward(ambulances="x"),)}, r"there is no ambulances 'x'"),
        ({"ambulances": (ambulances(return_time=-1.0),)}, r"ambulances\.return_time is -1"),
    ],
)
def test_impossible_care_is_refused(parts, said):
    with pytest.raises(NetworkError, match=said):
        plan_with(**parts)


@pytest.mark.parametrize(
    ("one", "said"),
    [
        (acuity(straight_to_hospital=0.5), r"straight to the hospital but the post names none"),
        (acuity(straight_to_hospital=2.0), r"straight_to_hospital is 2"),
        (acuity(worsens_after=fixed(1.0)), r"most urgent class, so it cannot get worse"),
        (acuity(deaths_per_day=-1.0), r"deaths_per_day is -1"),
    ],
)
def test_impossible_classes_are_refused(one, said):
    with pytest.raises(NetworkError, match=said):
        plan_with(seen_by(1, 1.0, one))


BAD_WEATHER = {"weathers": (strait(),)}


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        (
            {"teams": (team(TeamStop("post", 3, 1, 9.0, 12.0)),)},
            r"team, stop at post: first_day is 3, but the run lasts 2 days",
        ),
        ({"ambulances": (ambulances(),)}, r"no health post or ward names these ambulances"),
        (
            {"ambulances": (ambulances(),), "wards": (ward(ambulances="ambulances"),)},
            r"ward: ambulances of a ward need a hospital",
        ),
        (
            {"ambulances": (ambulances(),), "post": seen_by(ambulances="ambulances")},
            r"post: ambulances need a ward or a hospital",
        ),
        (
            {"wards": (ward(hospital="icu"), ward(name="icu"))},
            r"ward: the ward names a hospital but nobody needs it",
        ),
        (
            {"wards": (ward(),), "post": seen_by(hospital="ward")},
            r"post: the post names a hospital but no class goes straight there",
        ),
        (
            BAD_WEATHER | {"teams": (team(weather="strait"),)},
            r"team: its weather needs a limit of the waves",
        ),
        ({"teams": (team(wave_limit=1.0),)}, r"team: its limit of the waves needs a weather"),
        (
            BAD_WEATHER | {"transports": (trucks(weather="strait"),)},
            r"trucks: its weather needs a limit of the waves",
        ),
        (
            {"transports": (trucks(wave_limit=1.0),)},
            r"trucks: its limit of the waves needs a weather",
        ),
    ],
)
def test_what_would_change_nothing_is_refused(parts, said):
    with pytest.raises(NetworkError, match=said):
        plan_with(**parts)


def test_all_that_would_change_nothing_is_told_at_once():
    with pytest.raises(NetworkError, match=r"has 3 problem\(s\)"):
        plan_with(
            teams=(team(TeamStop("post", 9, 1, 9.0, 12.0), wave_limit=1.0),),
            ambulances=(ambulances(),),
        )


def test_mortality_must_be_a_rate():
    with pytest.raises(NetworkError, match=r"deaths_per_person_day is inf"):
        mortal(float("inf"))


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
