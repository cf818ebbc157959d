"""The compiled engine writes the records of the SimPy engine, bit for bit."""

from dataclasses import replace

import numpy as np
import pytest
from counterexamples import (
    assert_equal_records,
    first_gives_way,
    last_first,
    serves_at_once,
    stored_when_different,
)
from generated_networks import CASES, cases, clinics, hospitals, seas
from hypothesis import Phase, given, settings
from small_networks import (
    acuity,
    boats,
    desk,
    fixed,
    health_post,
    incident,
    inflow,
    network,
    outbreak,
    population,
    reception,
    rescue,
    site,
    trigger,
    trucks,
)

from simulation.arrivals import STARTING_STOCK
from simulation.calendars import Steps
from simulation.compiled import reasons_against, simulate_compiled
from simulation.engine import simulate
from simulation.parts import ForecastCondition, OwnService
from simulation.resources import Servers

pytest.importorskip("numba")


def test_a_site_that_holds_too_many_is_left_only_when_places_are_lost():
    for places in (4, 7, 12):
        plan = network(30.0, sites=(site(Steps((0.0, 10.0), (5, places)), fixed(1000.0)),))
        people = population(
            [0.0] * 8, [1] * 8, inflow=STARTING_STOCK, site=np.zeros(8, dtype=np.int64)
        )
        assert_equal_records(plan, people)


@pytest.mark.untraced
@settings(max_examples=CASES)
@given(cases())
def test_records_are_equal_on_generated_networks(case):
    plan, people = case
    assert reasons_against(plan) == []
    with stored_when_different("generated-network", plan, people):
        assert_equal_records(plan, people)


@pytest.mark.untraced
@settings(max_examples=CASES // 3)
@given(clinics())
def test_records_are_equal_where_patients_interrupt(case):
    plan, people = case
    assert reasons_against(plan) == []
    with stored_when_different("generated-clinic", plan, people):
        assert_equal_records(plan, people)


@pytest.mark.untraced
@settings(max_examples=CASES // 3)
@given(hospitals())
def test_records_are_equal_where_care_has_more_to_it(case):
    plan, people = case
    assert reasons_against(plan) == []
    with stored_when_different("generated-hospital", plan, people):
        assert_equal_records(plan, people)


@pytest.mark.untraced
@settings(max_examples=CASES // 3)
@given(seas())
def test_records_are_equal_at_sea(case):
    plan, people = case
    assert reasons_against(plan) == []
    with stored_when_different("generated-sea", plan, people):
        assert_equal_records(plan, people)


@pytest.mark.untraced
def test_generated_clinics_have_interruptions():
    found = []

    @settings(max_examples=40, phases=[Phase.generate], database=None, derandomize=True)
    @given(clinics())
    def look(case):
        found.append(len(simulate(*case).interruptions))

    look()
    assert np.mean(np.array(found) > 0) > 0.3


@pytest.mark.untraced
@pytest.mark.parametrize(
    ("method", "wrong", "drawn"),
    [
        ("release", serves_at_once, cases),
        ("request", last_first, cases),
        ("_last_at_work", first_gives_way, clinics),
    ],
)
def test_wrong_rule_is_caught(monkeypatch, method, wrong, drawn):
    monkeypatch.setattr(Servers, method, wrong)

    @settings(max_examples=150, phases=[Phase.generate])
    @given(drawn())
    def equal(case):
        assert_equal_records(*case)

    with pytest.raises((AssertionError, ExceptionGroup), match=r"different|distinct"):
        equal()


def three_patients():
    post = health_post(2, fixed(1.0), triage_nurses=Steps.constant(1), triage_time=fixed(0.5))
    plan = network(receptions=(reception(health_post="post"),), health_posts=(post,))
    return plan, population([1.0, 1.0, 1.0], 4)


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        (
            {"receptions": (reception(sites=("site", "site")),)},
            "reception names a site twice",
        ),
        (
            {"own": (OwnService("tent", Steps.constant(1), "teams", 1.0, lambda _tent: None),)},
            "the plan has own",
        ),
    ],
)
def test_what_is_not_compiled_is_refused(changed, reason):
    plan = network(**changed)
    assert any(reason in one for one in reasons_against(plan))
    with pytest.raises(ValueError, match=f"cannot run this plan: .*{reason}"):
        simulate_compiled(plan, population([1.0]))


def test_nobody_and_one_person():
    plan, _ = three_patients()
    assert_equal_records(plan, population([]))
    assert_equal_records(plan, population([0.0]))


def test_tables_grow_for_very_many_visits():
    """One group comes to hundreds of visits, so every table must grow and draws be made again."""
    plan, people = three_patients()
    busy = replace(plan.health_posts[0], visits_per_person_day=200.0)
    long = replace(plan, health_posts=(busy,), sites=(site(stay=fixed(200.0)),), run_length=90.0)
    assert_equal_records(long, people)
    assert len(simulate_compiled(long, people).steps) > 2000


def sudden_need(patients, **changed):
    """An outbreak whose cases are mostly thinned out, and an incident, at one post."""
    spread = outbreak(0.1, crowding_factor=100.0, crowded_below=1.0)
    classes = (acuity("all", worsens_after=None, deaths_per_day=0.2),)
    return network(
        24.0 * 20,
        receptions=(reception(health_post="post", deaths_per_person_day=0.01),),
        sites=(site(500, fixed(1000.0), area=1e6),),
        health_posts=(health_post(2, fixed(0.5), classes),),
        outbreaks=(spread,),
        casualties=(incident(patients),),
        **changed,
    )


def test_tables_grow_for_very_many_patients_and_cases():
    records = assert_equal_records(sudden_need(2000), population([0.0, 0.0, 5.0], 8))
    assert len(records.cases) > 2000


def test_patients_of_an_incident_come_where_nobody_else_does():
    records = assert_equal_records(sudden_need(5), population([]))
    assert len(records.cases) == 5


def test_more_vehicles_are_called_than_were_drawn():
    many = trucks(300, seats=2, on_demand=True, mobilization=fixed(1.0), travel_time=90.0)
    where = site(stay=fixed(3.0), onward="trucks", onward_share=1.0)
    plan = network(sites=(where,), transports=(many,))
    records = assert_equal_records(plan, population([0.0] * 90, 5))
    assert records.states["busy"].max() > 200


def test_very_many_services_stop_and_begin_at_once():
    """One event hands over or interrupts hundreds of services, and begins hundreds."""
    classes = (acuity("red", 0.5, interrupts=True), acuity("green", 0.5))
    shifts = Steps((0.0, 3.0, 5.0, 9.0, 12.0), (400, 0, 400, 0, 900))
    post = health_post(shifts, fixed(7.0), classes, visits_per_person_day=40.0, hands_over=True)
    plan = network(
        24.0,
        receptions=(reception(health_post="post"),),
        sites=(site(stay=fixed(200.0)),),
        health_posts=(post,),
    )
    people = population([0.0] * 8, 6)
    assert_equal_records(plan, people)
    assert len(simulate_compiled(plan, people).interruptions) > 100


def test_trigger_on_the_forecast():
    """Decisions while a change is under way start no other."""
    condition = ForecastCondition(("people",), 100.0, 0.5, 24.0, updated=False)
    more = replace(trigger(lasts=5.0), condition=condition)
    plan = network(receptions=(reception(desk()),), triggers=(more,))
    assert_equal_records(plan, population([1.0] * 9), ((0.0, 3.0, 20.0),))


def test_people_who_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="people arrive from hour 1 to hour 99"):
        simulate_compiled(network(), population([1.0, 99.0]))


def test_one_group_is_sought_by_more_boats_than_there_are_groups():
    """Boats leave a search when their endurance ends; others go while they are on the way home."""
    short = boats(Steps((0.0, 6.0, 9.0, 12.0), (1, 2, 3, 4)), endurance=4.5, turnaround=20.0)
    service = rescue(short, search_area=10_000.0)
    plan = network(rescues=(service,), inflows=(inflow(rescue="rescue"),))
    people = population([0.0], cut_off=True)
    assert_equal_records(plan, people)
    assert set(simulate_compiled(plan, people).trips["unit"]) >= {0, 1, 2}
