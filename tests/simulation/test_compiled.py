"""The compiled engine writes the records of the SimPy engine, bit for bit."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_networks import (
    acuity,
    desk,
    exponential,
    fixed,
    health_post,
    network,
    population,
    reception,
    site,
    trigger,
    trucks,
    ward,
)

from simulation.arrivals import STARTING_STOCK
from simulation.calendars import Steps
from simulation.compiled import reasons_against, simulate_compiled
from simulation.engine import simulate
from simulation.parts import Breakdown, ChanceLoss, SiteOption
from simulation.resources import Servers
from simulation.streams import Streams

pytest.importorskip("numba")

TABLES = ("steps", "states", "groups", "events", "incidents", "trips", "cases")
HOURS = 48.0
GRID = 0.5
"""All times are multiples, so that about half of all events happen at the time of another."""


def assert_equal_records(plan, people, decisions=()):
    reference = simulate(plan, people, decisions)
    compiled = simulate_compiled(plan, people, decisions)
    for name in TABLES:
        pd.testing.assert_frame_equal(
            getattr(compiled, name), getattr(reference, name), check_exact=True, obj=name
        )
    assert compiled.until == reference.until


def on_grid(low, high):
    return st.integers(low, high).map(lambda steps: steps * GRID)


def times(low=0, high=8):
    return st.one_of(
        on_grid(low, high).map(fixed),
        st.sampled_from([exponential(1.0), exponential(5.0)]),
    )


@st.composite
def calendars(draw, most=4):
    changes = sorted(draw(st.sets(st.integers(1, 90), max_size=4)))
    values = [draw(st.integers(0, most)) for _ in range(len(changes) + 1)]
    return Steps((0.0, *(change * GRID for change in changes)), tuple(values)).simplified()


@st.composite
def desks(draw, name, kind):
    check = kind == "vulnerability_check"
    return desk(
        draw(calendars(3)),
        draw(times()),
        name=name,
        kind=kind,
        per=draw(st.sampled_from(["group", "person"])),
        hands_over=draw(st.booleans()),
        only=draw(st.sampled_from([(), ("families",), ("women alone", "men alone")])),
        while_staying=not check and draw(st.booleans()),
        finds=0.7 if check else 0.0,
    )


@st.composite
def sites(draw, name, onward):
    return site(
        draw(calendars(25)),
        draw(times(0, 40)),
        name=name,
        over_capacity=draw(st.integers(0, 3)),
        evacuated_when_lost=draw(st.booleans()),
        onward=onward,
        onward_share=draw(st.sampled_from([0.0, 0.5, 1.0])) if onward else 0.0,
        starting_stock=0,
        meant_for=draw(st.sampled_from([(), (), ("families",)])),
        stays=draw(st.sampled_from([(), (("families", fixed(3.0)), ("men alone", fixed(7.5)))])),
    )


@st.composite
def posts(draw):
    classes = (
        acuity("red", 0.2, referral=0.8),
        acuity("yellow", 0.3, leaves_after=draw(times(1, 6)), referral=0.3),
        acuity("green", 0.5, leaves_after=draw(st.none() | times(0, 6))),
    )
    return health_post(
        draw(calendars(3)),
        draw(times(0, 4)),
        classes=classes,
        visits_per_person_day=draw(st.sampled_from([0.0, 0.5, 3.0])),
        triage_nurses=draw(calendars(2)),
        triage_time=draw(times(0, 2)),
        ward=draw(st.sampled_from([None, "ward"])),
        hands_over=draw(st.booleans()),
    )


@st.composite
def changes(draw, facilities, places):
    triggers, breakdowns, losses = [], [], []
    for number in range(draw(st.integers(0, 2))):
        of = draw(st.sampled_from(facilities))
        measured = draw(
            st.sampled_from(["waiting", "longest_wait", *(["occupancy"] if of in places else [])])
        )
        triggers.append(
            trigger(
                of,
                f"trigger {number}",
                when={
                    "measured": measured,
                    "above": draw(st.sampled_from([0.0, 0.8, 3.0])),
                    "held_for": draw(on_grid(0, 4)),
                    "checked_every": draw(on_grid(1, 8)),
                },
                lead_time=draw(times(0, 6)),
                facility=draw(st.sampled_from(facilities)),
                added=draw(calendars(4)),
                factor=draw(st.sampled_from([1.0, 0.5, 2.0])),
                lasts=draw(st.sampled_from([float("inf"), 2.0, 5.5])),
                ends_when_false_for=draw(st.sampled_from([float("inf"), 0.0, 1.5])),
            )
        )
    if draw(st.booleans()):
        target = draw(st.sampled_from(facilities))
        breakdowns.append(Breakdown("wear", target, 2, draw(times(1, 20)), draw(times(0, 6)), 1))
    if draw(st.booleans()):
        target = draw(st.sampled_from(facilities))
        losses.append(ChanceLoss("fire", target, 0.7, 4.0, 20.0, draw(on_grid(1, 30)), 0.5))
    return {"triggers": tuple(triggers), "breakdowns": tuple(breakdowns), "losses": tuple(losses)}


@st.composite
def cases(draw):
    """Draw a network of all parts that are compiled, mostly overloaded, and its people."""
    onward = draw(st.sampled_from([None, "trucks"]))
    first, second = draw(sites("north", onward)), draw(sites("south", onward))
    kinds = ["screening", "registration", "vulnerability_check", "best_interest"]
    passed = draw(st.lists(st.sampled_from(kinds), max_size=3))
    post = draw(st.none() | posts())
    wait = st.sampled_from([0.0, 1.0, 4.0])
    point = reception(
        *(draw(desks(f"desks {n}", kind)) for n, kind in enumerate(passed)),
        sites=(
            SiteOption("north", draw(on_grid(0, 3)), draw(wait)),
            SiteOption("south", draw(on_grid(0, 3)), draw(wait)),
        ),
        gives_up_after=draw(times(0, 30)),
        splits_after=draw(st.sampled_from([float("inf"), 0.0, 2.0])),
        first_that_fits=draw(st.booleans()),
        vulnerable_first=draw(st.booleans()),
        health_post="post" if post else None,
    )
    lorries = trucks(
        draw(calendars(2)),
        seats=draw(st.integers(1, 8)),
        departs_at=draw(on_grid(0, 16)),
        travel_time=draw(on_grid(0, 8)),
        return_time=draw(on_grid(0, 60)),
    )
    beds = ward(draw(calendars(3)), draw(times(1, 30)), refers_on_after=draw(on_grid(0, 6)))
    names = [one.name for one in point.desks] + ["north", "south"]
    parts = {
        "receptions": (point,),
        "sites": (first, second),
        "transports": (lorries,) if onward else (),
        "health_posts": (post,) if post else (),
        "wards": (beds,),
    }
    names += [one.name for one in parts["transports"]] + (["post"] if post else [])
    plan = network(HOURS, **parts, **draw(changes(names, ["north", "south"])))
    return plan, draw(crowds())


@st.composite
def crowds(draw):
    gaps = draw(st.lists(st.sampled_from([0.0, 0.0, 0.5, 1.0, 2.5]), max_size=25))
    count = len(gaps)
    resident = min(draw(st.integers(0, 3)), count)
    arrived = np.cumsum(gaps) * (np.arange(count) >= resident)
    arrived[resident:] = np.minimum(arrived[resident:], HOURS - GRID)
    size = st.integers(1, 6)
    persons = np.array([draw(size) for _ in range(count)], dtype=np.int64)
    code = np.arange(count) % 3
    return population(
        arrived,
        persons,
        inflow=np.where(np.arange(count) < resident, STARTING_STOCK, 0),
        site=np.where(np.arange(count) < resident, np.arange(count) % 2, -1),
        women=code % 2,
        unaccompanied=(persons == 1) & (code == 2),
        vulnerable=(code > 0).astype(np.int64),
        streams=Streams(draw(st.integers(0, 5)), 0),
    )


@settings(max_examples=300)
@given(cases())
def test_records_are_equal_on_generated_networks(case):
    plan, people = case
    assert reasons_against(plan) == []
    assert_equal_records(plan, people)
