"""What must hold in any network with care under pressure and transport on demand."""

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_networks import (
    acuity,
    ambulances,
    desk,
    fixed,
    health_post,
    incident,
    network,
    outbreak,
    population,
    reception,
    site,
    states_of,
    steps,
    strait,
    team,
    trucks,
    ward,
)

from simulation.calendars import Steps
from simulation.engine import simulate
from simulation.measures import dataset, measure, summarize
from simulation.parts import TeamStop
from simulation.records import GROUP_OUTCOMES, STEP_OUTCOMES

pytestmark = pytest.mark.untraced  # many small runs of lines that other tests cover

HOURS = 60.0
quarters = st.integers(0, 4 * int(HOURS) - 1).map(lambda n: n / 4)
short = st.integers(0, 12).map(lambda n: n / 4)
times = st.integers(1, 40).map(lambda n: fixed(n / 4))
few = st.integers(0, 3)
MIX = (("red", 0.4), ("green", 0.6))


@st.composite
def networks(draw):
    worse = draw(st.none() | times)
    hazards = draw(st.sampled_from([0.0, 0.5, 20.0])), draw(st.sampled_from([0.0, 5.0]))
    on_demand = draw(st.booleans())
    rides = draw(st.sampled_from([None, "ambulances"])), draw(st.sampled_from([None, "ambulances"]))
    return network(
        HOURS,
        receptions=(
            reception(
                desk(draw(few), draw(times), while_staying=draw(st.booleans())),
                sites=("site", "other"),
                gives_up_after=draw(times),
                splits_after=draw(st.sampled_from([0.0, math.inf])),
                health_post="post",
                deaths_per_person_day=draw(st.sampled_from([0.0, 0.3, 10.0])),
            ),
        ),
        sites=tuple(
            site(
                Steps((0.0, 20.0), (draw(st.integers(0, 12)), draw(st.integers(0, 12)))),
                draw(times),
                name=name,
                area=20.0,
                onward="trucks",
                onward_share=0.6,
            )
            for name in ("site", "other")
        ),
        weathers=(strait(),),
        transports=(
            trucks(
                draw(few),
                seats=draw(st.integers(1, 6)),
                on_demand=on_demand,
                longest_wait=draw(st.sampled_from([2.0, math.inf])) if on_demand else math.inf,
                mobilization=draw(st.none() | times),
                **draw(st.sampled_from([{}, {"weather": "strait", "wave_limit": 1.0}])),
                destination_places=draw(st.sampled_from([None, steps(6)])),
            ),
        ),
        health_posts=(
            health_post(
                draw(few),
                draw(times),
                (
                    acuity(
                        "red",
                        0.4,
                        referral=0.6,
                        straight_to_hospital=0.3,
                        deaths_per_day=hazards[0],
                    ),
                    acuity(
                        "green",
                        0.6,
                        leaves_after=draw(st.none() | times),
                        referral=0.4,
                        worsens_after=worse,
                        deaths_per_day=hazards[1],
                    ),
                ),
                triage_nurses=steps(draw(few)),
                triage_time=fixed(draw(short)),
                ward="ward",
                hospital="icu",
                ambulances=rides[0],
                hands_over=draw(st.booleans()),
                households_wait=draw(st.booleans()),
            ),
        ),
        wards=(
            ward(
                draw(few),
                draw(times),
                refers_on_after=draw(short),
                hospital="icu",
                needs_hospital=0.5,
                ambulances=rides[1],
            ),
            ward(draw(few), draw(times), "icu", refers_on_after=draw(short)),
        ),
        ambulances=(
            (ambulances(draw(few), brings_back=draw(st.booleans())),) if any(rides) else ()
        ),
        outbreaks=(outbreak(0.5, crowding_factor=3.0, acuity=MIX),),
        casualties=(incident(draw(st.integers(1, 8)), at=draw(quarters), acuity=MIX),),
        teams=(team(TeamStop("post", 1, 1, 9.0, 15.0)),),
    )


@st.composite
def peoples(draw):
    groups = draw(st.lists(st.tuples(quarters, st.integers(1, 6)), max_size=20))
    groups.sort()
    return population([g[0] for g in groups], [g[1] for g in groups])


@given(plan=networks(), people=peoples())
@settings(deadline=None)
def test_nobody_is_lost_or_doubled(plan, people):
    records = simulate(plan, people)
    values = measure(records, plan)
    entered = people.persons.sum()
    assert values["persons_by_outcome"].sum() == entered
    groups = records.groups
    assert (groups["died"] <= groups["persons"]).all()
    gone = groups["outcome"] == GROUP_OUTCOMES.index("died_in_reception")
    assert (groups["died"] == groups["persons"])[gone].all()
    open_rows = records.steps[records.steps["ended"].isna() & (records.steps["visit"] == 0)]
    assert not set(open_rows["group"]) & set(np.flatnonzero(gone))
    cases = records.cases["group"].value_counts()
    cases = cases[cases.index >= 0]
    assert (cases.to_numpy() <= people.persons[cases.index]).all()


@given(plan=networks(), people=peoples())
@settings(deadline=None)
def test_no_bed_and_no_vehicle_serves_two(plan, people):
    records = simulate(plan, people)
    rides = [one.name for one in plan.ambulances]
    for facility in ("ward", "icu", *rides, "post triage", "post", "trucks"):
        before = 0
        for _, busy, waiting, capacity in states_of(records, plan, facility):
            assert 0 <= busy <= max(capacity, before)
            assert waiting >= 0
            before = busy
    living = people.persons.sum() - records.groups["died"].sum()
    last = sum(states_of(records, plan, name)[-1][1] for name in ("site", "other"))
    assert last <= living


@given(plan=networks(), people=peoples())
@settings(deadline=None)
def test_steps_are_in_order(plan, people):
    table = simulate(plan, people).steps
    assert not (table["started"] < table["requested"]).any()
    assert not (table["ended"] < table["started"]).any()
    waits = [STEP_OUTCOMES.index(name) for name in ("waiting", "in_service")]
    assert (table["outcome"].isin(waits) == table["ended"].isna()).all()


@given(plan=networks(), people=peoples())
@settings(deadline=None, max_examples=20)
def test_a_run_can_be_repeated_and_summarized(plan, people):
    first, again = simulate(plan, people), simulate(plan, people)
    for name in ("steps", "states", "groups", "cases"):
        pd.testing.assert_frame_equal(getattr(first, name), getattr(again, name))
    table = summarize(dataset([measure(first, plan)], plan))
    assert {"outbreak", "incident"} <= set(table["of"])


@given(plan=networks(), people=peoples())
@settings(deadline=None, max_examples=20)
def test_without_hazards_nobody_dies(plan, people):
    post = plan.health_posts[0]
    safe = replace(
        plan,
        receptions=tuple(replace(one, deaths_per_person_day=0.0) for one in plan.receptions),
        health_posts=(
            replace(post, classes=tuple(replace(one, deaths_per_day=0.0) for one in post.classes)),
        ),
    )
    values = measure(simulate(safe, people), safe)
    assert values["total_deaths_in_reception"] == 0
    assert values["patients_died_waiting"] == 0
