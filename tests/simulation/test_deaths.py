"""Getting worse and deaths: who is seen first, who dies, and that the dead are counted once.

Patients of an incident come at hour 1, so that the clock of small cases is known without a draw.
"""

import numpy as np
import pytest
from care_plans import NOBODY, care, mortal, plan_with, red_and_green, seen_by
from small_networks import (
    ENDLESS,
    acuity,
    ambulances,
    fixed,
    incident,
    outbreak,
    population,
    rows_of,
    site,
    states_of,
    trucks,
    ward,
)

from simulation.calendars import Steps
from simulation.engine import simulate
from simulation.measures import dataset, measure
from simulation.parts import SiteOption
from simulation.records import GROUP_OUTCOMES, STEP_OUTCOMES


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


@pytest.mark.untraced
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


@pytest.mark.untraced
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
