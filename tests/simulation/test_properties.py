"""What holds for every network and everybody: small random plans on a coarse grid of times.

All times are quarters of an hour, so that many things happen at once.
"""

import copy
import dataclasses
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_networks import (
    acuity,
    boats,
    desk,
    fixed,
    health_post,
    increasing,
    inflow,
    network,
    outcomes,
    population,
    reception,
    rescue,
    rows_of,
    site,
    states_of,
    trucks,
    ward,
)

from simulation.arrivals import STARTING_STOCK
from simulation.calendars import Steps
from simulation.engine import simulate
from simulation.parts import SiteOption
from simulation.records import GROUP_OUTCOMES, STEP_OUTCOMES, STEPS

pytestmark = pytest.mark.untraced  # many small runs of lines that other tests cover

HOURS = 40.0
quarters = st.integers(0, 4 * int(HOURS) - 1).map(lambda n: n / 4)
short = st.integers(0, 12).map(lambda n: n / 4)
times = st.integers(1, 40).map(lambda n: fixed(n / 4))
booleans = st.booleans()


def calendars(most):
    return st.lists(
        st.tuples(st.integers(1, 150).map(lambda n: n / 4), st.integers(0, most)),
        max_size=3,
        unique_by=lambda change: change[0],
    ).flatmap(
        lambda changes: st.integers(0, most).map(
            lambda first: Steps(
                (0.0, *(t for t, _ in sorted(changes))),
                (first, *(v for _, v in sorted(changes))),
            )
        )
    )


@st.composite
def networks(draw):
    site_names = ["site", "other"][: draw(st.integers(1, 2))]
    ways = tuple(SiteOption(name, draw(short)) for name in site_names)
    row = [desk(draw(calendars(3)), draw(times), per=draw(st.sampled_from(["group", "person"])))]
    unit = boats(
        draw(calendars(2)),
        seats=draw(st.integers(1, 8)),
        readiness=draw(short),
        turnaround=draw(short),
    )
    stands = {"holds_out": draw(times), "alert_delay": fixed(draw(short))}
    post = health_post(
        draw(calendars(2)),
        draw(times),
        (
            acuity("red", 0.3, referral=0.5),
            acuity("green", 0.7, leaves_after=draw(st.none() | times), referral=0.2),
        ),
        visits_per_person_day=draw(st.sampled_from([0.0, 2.0])),
        triage_nurses=draw(calendars(2)),
        triage_time=fixed(draw(short)),
        ward="ward",
    )
    return network(
        HOURS,
        inflows=(inflow(cut_off=1.0, rescue="rescue"),),
        rescues=(rescue(unit, distance=fixed(5.0), self_arrival=0.5, **stands),),
        receptions=(
            reception(
                *row[: draw(st.integers(0, 1))],
                sites=ways,
                gives_up_after=draw(times),
                splits_after=draw(st.sampled_from([0.0, 1.0, math.inf])),
                first_that_fits=draw(booleans),
                health_post="post",
            ),
        ),
        sites=tuple(
            site(
                draw(calendars(12)),
                draw(times),
                name=name,
                over_capacity=draw(st.integers(0, 3)),
                evacuated_when_lost=draw(booleans),
                onward="trucks",
                onward_share=draw(st.sampled_from([0.0, 0.5, 1.0])),
            )
            for name in site_names
        ),
        transports=(trucks(draw(calendars(2)), seats=draw(st.integers(1, 8))),),
        health_posts=(post,),
        wards=(ward(draw(calendars(2)), draw(times), refers_on_after=draw(short)),),
    )


@st.composite
def peoples(draw):
    groups = draw(st.lists(st.tuples(quarters, st.integers(1, 6), booleans), max_size=25))
    groups.sort(key=lambda group: group[0])
    residents = draw(st.integers(0, min(2, len(groups))))
    arrived = [0.0] * residents + [g[0] for g in groups[residents:]]
    number = np.arange(len(groups))
    return population(
        arrived,
        [g[1] for g in groups],
        cut_off=np.array([g[2] for g in groups], dtype=bool) & (number >= residents),
        inflow=np.where(number < residents, STARTING_STOCK, 0),
        site=np.where(number < residents, 0, -1),
    )


def way_of(records, group):
    """Rows of a group on its way through reception, in order."""
    table = records.steps
    return table[(table["group"] == group) & (table["visit"] == 0)]


@given(plan=networks(), people=peoples())
def test_everybody_has_one_outcome_that_agrees_with_the_last_step(plan, people):
    records = simulate(plan, people)
    assert records.groups["persons"].tolist() == people.persons.tolist()
    for group, outcome in enumerate(outcomes(records)):
        way = way_of(records, group)
        last = {STEPS[row.step]: STEP_OUTCOMES[row.outcome] for row in way.itertuples()}
        expected = {
            "returned_home": ("placement", {"served"}),
            "moved_onward": ("onward", {"served", "in_service"}),
            "waiting_for_onward_travel": ("onward", {"waiting"}),
            "in_site": ("placement", {"in_service"}),
            "waiting_for_place": ("placement", {"waiting"}),
            "left_without_place": ("placement", {"left_without_service"}),
            "in_screening_or_registration": ("registration", {"waiting", "in_service"}),
            "waiting_for_rescue": ("rescue", {"waiting", "in_service"}),
            "not_reached": ("rescue", {"not_reached"}),
        }
        step, ends = expected[outcome]
        assert last[step] in ends
        if outcome != "moved_onward":
            assert sum(way["ended"].isna()) <= 2
    assert set(outcomes(records)) <= set(GROUP_OUTCOMES)


@given(plan=networks(), people=peoples())
def test_steps_follow_each_other_without_gap(plan, people):
    records = simulate(plan, people)
    table = records.steps
    assert not (table["started"] < table["requested"]).any()
    assert not (table["ended"] < table["started"]).any()
    assert not (table["ended"] < table["requested"]).any()
    assert (table[["requested", "started", "ended"]].max().fillna(0.0) < HOURS).all()
    is_open = table["ended"].isna()
    waits = STEP_OUTCOMES.index("waiting"), STEP_OUTCOMES.index("in_service")
    assert (table["outcome"].isin(waits) == is_open).all()
    assert ((table["outcome"] == waits[1]) == (is_open & table["started"].notna())).all()
    for group in range(len(people)):
        way = way_of(records, group)
        assert way["requested"].iloc[0] == people.arrived[group]
        # Who waits for a truck does so in the site, or outside when the site is lost.
        chain = way[way["step"] <= STEPS.index("placement")]
        onward = way["requested"][way["step"] == STEPS.index("onward")]
        if len(onward):
            chain = chain[chain["requested"] < onward.iloc[0]]
        assert chain["requested"].tolist()[1:] == chain["ended"].tolist()[:-1]


@given(plan=networks(), people=peoples())
def test_no_server_does_two_things(plan, people):
    records = simulate(plan, people)
    for step, facility in (
        ("registration", "registration desks"),
        ("triage", "post triage"),
        ("consultation", "post"),
        ("ward", "ward"),
    ):
        if facility not in plan.facilities:
            continue
        rows, calendar = rows_of(records, step), plan.capacity(facility)
        ended = rows["ended"].fillna(math.inf)
        for begin in rows["started"].dropna():
            at_work = ((rows["started"] <= begin) & (begin < ended)).sum()
            assert at_work <= max(calendar.at(begin), calendar.at(begin - 1e-6))


@given(plan=networks(), people=peoples())
def test_boats_and_trucks_carry_no_more_than_they_can(plan, people):
    records = simulate(plan, people)
    before = 0
    for _, busy, _, capacity in states_of(records, plan, "boats"):
        assert busy <= max(capacity, before)
        before = busy
    truck = plan.transports[0]
    left = rows_of(records, "onward").dropna(subset="started")
    seats = left["started"].map(truck.vehicles.at) * truck.seats
    whole = left[left["persons"] <= seats]  # a larger group boards in parts, one departure each
    aboard = whole.groupby("started")["persons"].sum()
    assert all(persons <= truck.vehicles.at(t) * truck.seats for t, persons in aboard.items())
    assert all((t - truck.departs_at) % 24 == 0 for t in aboard.index)


@given(plan=networks(), people=peoples())
def test_sites_hold_no_more_than_the_rule_allows(plan, people):
    records = simulate(plan, people)
    residents = people.persons[people.inflow == STARTING_STOCK].sum()
    for one in plan.sites:
        before = residents
        for _, taken, _, places in states_of(records, plan, one.name):
            allowed = places + (one.over_capacity if places else 0)
            assert 0 <= taken <= max(allowed, before)
            if one.evacuated_when_lost and not residents:
                assert taken <= allowed
            before = taken


@given(plan=networks(), people=peoples())
def test_nobody_overtakes_within_a_class(plan, people):
    records = simulate(plan, people)
    assert increasing(rows_of(records, "registration")["started"].fillna(math.inf))
    for _, equals in rows_of(records, "consultation").groupby("acuity"):
        stayed = equals[equals["outcome"] != STEP_OUTCOMES.index("left_without_service")]
        assert increasing(stayed["started"].fillna(math.inf))
    if not plan.receptions[0].first_that_fits and plan.receptions[0].splits_after == math.inf:
        granted = rows_of(records, "placement")
        granted = granted[granted["group"].isin(np.flatnonzero(people.inflow >= 0))]
        way = {option.site: option.travel_time for option in plan.receptions[0].sites}
        travel = granted["facility"].map(lambda code: way[plan.facilities[code]])
        served = (granted["started"] - travel).dropna()
        assert increasing(served)


@given(plan=networks(), people=peoples(), hour=st.integers(0, 39))
def test_states_agree_with_steps(plan, people, hour):
    records, now = simulate(plan, people), hour + 0.1

    def state(facility):
        return [s for s in states_of(records, plan, facility) if s[0] <= now][-1][1:]

    def persons(rows, begin, end):
        return rows["persons"][(begin <= now) & ~(end <= now)].sum()

    for step, facility in (("registration", "registration desks"), ("ward", "ward")):
        if facility not in plan.facilities:
            continue
        rows = rows_of(records, step)
        busy, waiting, capacity = state(facility)
        assert busy == ((rows["started"] <= now) & ~(rows["ended"] <= now)).sum()
        begun = rows["started"].fillna(rows["ended"])
        assert waiting == persons(rows, rows["requested"], begun)
        assert capacity == plan.capacity(facility).at(now)
    if all(option.travel_time == 0 for option in plan.receptions[0].sites):
        rows = rows_of(records, "placement")
        taken = sum(state(one.name)[0] for one in plan.sites)
        assert taken == persons(rows, rows["started"], rows["ended"])
    rows = rows_of(records, "rescue")
    begun = rows["started"].fillna(rows["ended"])
    assert state("boats")[1] == persons(rows, rows["requested"], begun)


@given(plan=networks(), people=peoples())
@settings(max_examples=20)
def test_a_run_changes_nothing_it_was_given_and_can_be_repeated(plan, people):
    plan_before, people_before = copy.deepcopy(plan), copy.deepcopy(people)
    first = simulate(plan, people)
    again = simulate(plan_before, people_before)
    assert plan == plan_before
    for field in dataclasses.fields(people):
        if field.name != "streams":
            ours, theirs = getattr(people, field.name), getattr(people_before, field.name)
            np.testing.assert_array_equal(ours, theirs)
    for name in ("steps", "states", "groups"):
        pd.testing.assert_frame_equal(getattr(first, name), getattr(again, name))


@given(
    arrived=st.lists(quarters, min_size=1, max_size=30).map(sorted),
    servers=st.integers(1, 4),
    more=st.integers(1, 3),
    time=st.sampled_from([fixed(1.5), fixed(4.0)]),
)
def test_more_of_a_capacity_lets_nobody_wait_longer(arrived, servers, more, time):
    people = population(arrived)
    plans = [
        lambda n: network(HOURS, receptions=(reception(desk(n, time)),)),
        lambda n: network(HOURS, sites=(site(n, time),)),
        lambda n: network(
            HOURS,
            inflows=(inflow(cut_off=1.0, rescue="rescue"),),
            rescues=(rescue(boats(n, seats=1)),),
        ),
    ]
    for step, plan in zip(("registration", "placement", "rescue"), plans, strict=True):
        people.cut_off[:] = step == "rescue"
        few, many = (
            rows_of(simulate(plan(n), people), step).set_index("group")["started"]
            for n in (servers, servers + more)
        )
        few, many = few.fillna(math.inf), many.reindex(few.index).fillna(math.inf)
        assert (many <= few).all()


# Extremes


def everything(amount, run_length=HOURS):
    """Build a network with so many of each thing."""
    return network(
        run_length,
        inflows=(inflow(cut_off=1.0, rescue="rescue"),),
        rescues=(rescue(boats(amount), holds_out=fixed(10.0), self_arrival=0.5),),
        receptions=(reception(desk(amount), gives_up_after=fixed(9.0), health_post="post"),),
        sites=(site(amount, fixed(5.0), onward="trucks", onward_share=0.5),),
        transports=(trucks(amount),),
        health_posts=(
            health_post(
                amount,
                triage_nurses=Steps.constant(amount),
                ward="ward",
                classes=(acuity(referral=0.5, leaves_after=fixed(2.0)),),
            ),
        ),
        wards=(ward(amount),),
    )


@pytest.mark.parametrize("amount", [0, 1, 10**6])
@pytest.mark.parametrize("groups", [0, 1, 3000])
def test_zero_one_and_very_many(amount, groups):
    plan = everything(amount)
    people = population(np.arange(groups) / 100, 3, cut_off=np.arange(groups) % 2 == 0)
    records = simulate(plan, people)
    assert len(records.groups) == groups
    served = rows_of(records, "placement")["started"].notna().sum()
    if amount == 0:
        assert served == 0
    if amount == 10**6:
        waits = rows_of(records, "registration")["wait"]
        assert (waits == 0).all()
        assert served == (rows_of(records, "placement")["requested"] < HOURS).sum()


@pytest.mark.parametrize("run_length", [1e-9, 0.01, 1.0])
def test_tiny_runs(run_length):
    records = simulate(everything(1, run_length), population([0.0, 0.0], 2))
    assert len(records.groups) == 2
    assert records.until == run_length
    assert (records.states["time"] < run_length).all()
