"""What people drew in one plan is used in another only where they draw the same."""

from dataclasses import fields, replace

import numpy as np
import pytest
from counterexamples import assert_equal_records
from generated_networks import CASES, cases
from hypothesis import given, settings
from hypothesis import strategies as st
from small_networks import fixed, health_post, network, population, reception, site

from simulation.calendars import Steps
from simulation.compiled import simulate_compiled
from simulation.compiled.drawn import Drawn
from simulation.compiled.plan import plan_tables

pytest.importorskip("numba")


def plus(calendar, number):
    return Steps(calendar.times, tuple(value + number for value in calendar.values))


def more_of_everything(plan):
    return replace(
        plan,
        sites=tuple(replace(one, places=plus(one.places, 3)) for one in plan.sites),
        receptions=tuple(
            replace(one, desks=tuple(replace(d, desks=plus(d.desks, 1)) for d in one.desks))
            for one in plan.receptions
        ),
        health_posts=tuple(
            replace(one, clinicians=plus(one.clinicians, 1)) for one in plan.health_posts
        ),
        triggers=(),
    )


def longer_stays(plan):
    return replace(
        plan, sites=tuple(replace(one, length_of_stay=fixed(17.5)) for one in plan.sites)
    )


def more_care(plan):
    return replace(
        plan,
        health_posts=tuple(
            replace(one, visits_per_person_day=2 * one.visits_per_person_day + 1.0)
            for one in plan.health_posts
        ),
    )


def quicker_desks(plan):
    return replace(
        plan,
        receptions=tuple(
            replace(
                one,
                gives_up_after=fixed(5.0),
                desks=tuple(replace(desk, service_time=fixed(0.5)) for desk in one.desks),
            )
            for one in plan.receptions
        ),
    )


def contents(drawn):
    values = [getattr(drawn, field.name) for field in fields(drawn)]
    arrays = [*values, *drawn.rescue]
    return [one.tobytes() for one in arrays if isinstance(one, np.ndarray)]


@settings(max_examples=CASES // 3)
@given(cases(), st.sampled_from([longer_stays, more_care, quicker_desks]))
def test_what_people_drew_in_another_plan_changes_nothing(case, otherwise):
    plan, people = case
    simulate_compiled(plan, people)
    drawn = people.memo[Drawn]
    before = contents(drawn)
    more = more_of_everything(plan)
    assert plan_tables(more).digest == drawn.digest
    assert_equal_records(more, people)
    assert contents(drawn) == before, "what is kept is not written to"
    changed = otherwise(plan)
    if changed != plan:
        assert plan_tables(changed).digest != drawn.digest
    assert_equal_records(changed, people)
    assert_equal_records(plan, people)


def test_visits_drawn_while_people_wait_longer_than_was_thought_are_kept():
    """Who waits for a place for weeks falls ill then too, some for the first time."""
    plan = network(
        900.0,
        receptions=(reception(health_post="post", gives_up_after=fixed(880.0)),),
        sites=(site(0),),
        health_posts=(health_post(visits_per_person_day=0.05),),
    )
    people = population(np.arange(30.0))
    assert_equal_records(plan, people)
    drawn = people.memo[Drawn]
    fresh = replace(people)
    simulate_compiled(replace(plan, run_length=100.0), fresh)
    assert len(drawn.visits) > len(fresh.memo[Drawn].visits)
    assert (drawn.ahead.first_row > fresh.memo[Drawn].ahead.first_row).any()
    assert_equal_records(plan, people)
    assert people.memo[Drawn] is drawn, "nothing had to be drawn"
