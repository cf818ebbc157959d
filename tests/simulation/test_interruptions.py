"""Classes that interrupt: who gives way, what happens to the rest, and what does not change."""

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_networks import (
    acuity,
    fixed,
    health_post,
    incident,
    lognormal,
    network,
    population,
    reception,
    rows_of,
    site,
    states_of,
)

from simulation.calendars import Steps
from simulation.engine import simulate
from simulation.measures import measure
from simulation.network import NetworkError
from simulation.parts import ChanceLoss
from simulation.records import INTERRUPTION_COLUMNS
from simulation.streams import Streams
from simulation.trace import trace

NOBODY = population([])
THREE = ("red", "yellow", "green")


def classes(interrupting=1, *, count=3, **of_green):
    """Red, yellow and green; the first ones interrupt."""
    names = THREE[:count]
    return tuple(
        acuity(
            name,
            1 / count,
            interrupts=number < interrupting,
            **(of_green if name == names[-1] else {}),
        )
        for number, name in enumerate(names)
    )


def plan_with(post, arrivals, run_length=48.0, **parts):
    """A post that sees one patient of a class at each time, such as ("green", 1.0)."""
    brought = tuple(
        incident(1, f"patient {n}", at=at, acuity=((name, 1.0),))
        for n, (name, at) in enumerate(arrivals)
    )
    return network(
        run_length,
        receptions=(reception(health_post="post"),),
        sites=(site(stay=fixed(1000.0)),),
        health_posts=(post,),
        casualties=brought,
        **parts,
    )


def post_of(clinicians=1, time=2.0, interrupting=1, **changed):
    post = {"visits_per_person_day": 0.0} | changed
    of_green = post.pop("of_green", {})
    return health_post(clinicians, fixed(time), classes(interrupting, **of_green), **post)


def consultations(plan):
    """Rows as (class, requested, started, ended) in the order of arrival; None: never."""
    rows = rows_of(simulate(plan, NOBODY), "consultation").sort_values("requested", kind="stable")
    return [
        (THREE[row.acuity], *(None if math.isnan(t) else t for t in times))
        for row in rows.itertuples()
        for times in [(row.requested, row.started, row.ended)]
    ]


def pauses(plan):
    """Interruptions as (class, interrupted, resumed)."""
    table = simulate(plan, NOBODY).interruptions
    return [
        (THREE[row.acuity], row.interrupted, None if math.isnan(row.resumed) else row.resumed)
        for row in table.itertuples()
    ]


def test_urgent_patient_interrupts_and_the_rest_is_done_later():
    plan = plan_with(post_of(), [("green", 1.0), ("red", 2.5)])
    assert consultations(plan) == [("green", 1.0, 1.0, 5.0), ("red", 2.5, 2.5, 4.5)]
    assert pauses(plan) == [("green", 2.5, 4.5)]
    records = simulate(plan, NOBODY)
    values = measure(records, plan)
    assert values["consultations_interrupted"] == 1
    assert values["hours_interrupted"] == 2.0
    assert states_of(records, plan, "post") == [
        (0.0, 0, 0, 1),
        (1.0, 1, 0, 1),
        (2.5, 1, 1, 1),
        (4.5, 1, 0, 1),
        (5.0, 0, 0, 1),
    ]


def test_without_the_key_the_same_patients_wait():
    plan = plan_with(post_of(interrupting=0), [("green", 1.0), ("red", 2.5)])
    assert consultations(plan) == [("green", 1.0, 1.0, 3.0), ("red", 2.5, 3.0, 5.0)]
    records = simulate(plan, NOBODY)
    assert records.interruptions.empty
    assert list(records.interruptions.columns) == [c.name for c in INTERRUPTION_COLUMNS]
    assert measure(records, plan)["consultations_interrupted"] == 0


def test_the_least_urgent_and_of_these_the_latest_gives_way():
    arrivals = [("green", 1.0), ("yellow", 1.1), ("green", 1.2), ("red", 2.0)]
    plan = plan_with(post_of(3, 10.0), arrivals)
    assert pauses(plan) == [("green", 2.0, 11.0)]
    seen = {row[1]: row for row in consultations(plan)}
    assert seen[1.2] == ("green", 1.2, 1.2, pytest.approx(20.2))
    assert seen[1.0][3] == 11.0


def test_interrupted_patients_go_on_before_newcomers_of_their_class():
    arrivals = [("green", 1.0), ("red", 2.0), ("green", 2.5), ("yellow", 3.0)]
    plan = plan_with(post_of(), arrivals)
    assert [row[1:] for row in consultations(plan)] == [
        (1.0, 1.0, 7.0),  # after the red and the yellow patient
        (2.0, 2.0, 4.0),
        (2.5, 7.0, 9.0),
        (3.0, 4.0, 6.0),
    ]


def test_nobody_interrupts_an_equal_or_a_more_urgent_patient():
    plan = plan_with(post_of(interrupting=2), [("red", 1.0), ("yellow", 1.5), ("red", 2.0)])
    assert pauses(plan) == []
    assert [row[2] for row in consultations(plan)] == [1.0, 5.0, 3.0]


def test_interruptions_within_interruptions():
    plan = plan_with(post_of(interrupting=2), [("green", 1.0), ("yellow", 2.0), ("red", 3.0)])
    assert consultations(plan) == [
        ("green", 1.0, 1.0, 7.0),
        ("yellow", 2.0, 2.0, 6.0),
        ("red", 3.0, 3.0, 5.0),
    ]
    assert pauses(plan) == [("green", 2.0, 6.0), ("yellow", 3.0, 5.0)]


def test_one_patient_can_be_interrupted_again_and_again():
    arrivals = [("green", 1.0), *(("red", 1.5 + 2.5 * n) for n in range(4))]
    plan = plan_with(post_of(), arrivals)
    assert pauses(plan) == [("green", 1.5 + 2.5 * n, 3.5 + 2.5 * n) for n in range(3)]
    assert consultations(plan)[0] == ("green", 1.0, 1.0, 9.0)


def test_interrupted_patients_neither_leave_nor_get_worse_nor_die():
    post = post_of(
        time=10.0,
        of_green={"leaves_after": fixed(0.5), "worsens_after": fixed(1.0), "deaths_per_day": 1e6},
    )
    plan = plan_with(post, [("green", 1.0), ("red", 2.0)])
    assert consultations(plan) == [("green", 1.0, 1.0, 21.0), ("red", 2.0, 2.0, 12.0)]


def test_who_gets_worse_interrupts_from_then_on():
    early = [("red", 0.5), ("yellow", 1.0)]  # two clinicians; the yellow patient stays long
    some = (
        acuity("red", 0.2, interrupts=True),
        acuity("yellow", 0.4, worsens_after=fixed(3.0)),
        acuity("green", 0.4),
    )
    post = health_post(2, fixed(8.0), some, visits_per_person_day=0.0)
    plan = plan_with(post, [*early, ("yellow", 2.0)])
    assert pauses(plan) == [("yellow", 5.0, 8.5)]
    records = simulate(plan, NOBODY)
    last = rows_of(records, "consultation").iloc[-1]
    assert (last["acuity"], last["started"], last["ended"]) == (0, 5.0, 13.0)
    # The state of that instant is recorded: one waits, who was interrupted.
    assert (5.0, 2, 1, 2) in states_of(records, plan, "post")


@pytest.mark.parametrize("hands_over", [False, True])
def test_at_the_end_of_a_shift(hands_over):
    """A clinician who finishes a visit after hours takes an urgent patient; the rest waits."""
    shift = Steps((0.0, 3.0, 20.0), (1, 0, 1))
    plan = plan_with(post_of(shift, hands_over=hands_over), [("green", 2.0), ("red", 3.5)])
    if hands_over:
        assert consultations(plan) == [("green", 2.0, 2.0, 23.0), ("red", 3.5, 20.0, 22.0)]
        assert pauses(plan) == []  # a hand-over is no interruption
    else:
        assert consultations(plan) == [("green", 2.0, 2.0, 20.5), ("red", 3.5, 3.5, 5.5)]
        assert pauses(plan) == [("green", 3.5, 20.0)]


def test_when_clinicians_are_lost_the_urgent_patients_are_seen_on():
    loss = ChanceLoss("strike", "post", 1.0, 3.0, 3.0, 10.0, 0.5)
    arrivals = [("green", 1.0), ("green", 1.5), ("red", 2.0), ("red", 3.5), ("red", 4.0)]
    plan = plan_with(post_of(2, 10.0), arrivals, losses=(loss,))
    seen = consultations(plan)
    # Both clinicians take a red patient, also the one who only finishes a visit by then.
    assert [row[2] for row in seen] == [1.0, 1.5, 2.0, 3.5, 13.0]
    assert pauses(plan) == [("green", 2.0, 21.0), ("green", 3.5, 13.5)]


def test_a_service_that_ends_in_the_same_instant_is_finished():
    plan = plan_with(post_of(), [("green", 1.0), ("red", 3.0)])
    assert pauses(plan) == []
    assert consultations(plan) == [("green", 1.0, 1.0, 3.0), ("red", 3.0, 3.0, 5.0)]
    inexact = plan_with(post_of(time=0.25), [("green", 8.1), ("red", 8.1 + 0.25)])
    assert pauses(inexact) == []
    assert consultations(inexact)[0][3] == 8.1 + 0.25


def test_interrupted_at_the_end_of_the_run():
    plan = plan_with(post_of(time=10.0), [("green", 1.0), ("red", 2.0)], run_length=6.0)
    assert pauses(plan) == [("green", 2.0, None)]
    assert measure(simulate(plan, NOBODY), plan)["hours_interrupted"] == 4.0


def test_the_story_tells_interruptions():
    some = (acuity("red", 0.0, interrupts=True), acuity("green", 1.0))
    post = health_post(1, fixed(2.0), some, visits_per_person_day=24.0)
    plan = network(
        9.0,
        receptions=(reception(health_post="post"),),
        sites=(site(stay=fixed(1000.0)),),
        health_posts=(post,),
        casualties=(incident(2, "crash", at=4.0, acuity=(("red", 1.0),)),),
    )
    records = simulate(plan, population([0.0], streams=Streams(1, 0)))
    pause = records.interruptions.iloc[0]
    story = trace(records, plan, int(pause["group"]))
    told = [(moment.text, moment.waited) for moment in story if moment.step == "consultation"]
    visit = f"consultation (visit {pause['visit']:g})"
    texts = [text for text, _ in told]
    assert f"{visit} interrupted for a more urgent patient" in texts
    goes_on = f"{visit} goes on"
    assert dict(told)[goes_on] == pause["resumed"] - pause["interrupted"] == 4.0
    assert texts.index(f"{visit} begins") < texts.index(goes_on)


@pytest.mark.parametrize(
    ("some", "said"),
    [
        (
            (acuity("red", 0.5), acuity("green", 0.5, interrupts=True)),
            r"post, class green: is the least urgent class, so it has nobody to interrupt",
        ),
        ((acuity("all", interrupts=True),), r"class all: is the least urgent class"),
        (
            (acuity("a", 0.2), acuity("b", 0.3, interrupts=True), acuity("c", 0.5)),
            r"class b: interrupts others, so the more urgent class a must do so as well",
        ),
    ],
)
def test_what_cannot_interrupt_is_refused(some, said):
    with pytest.raises(NetworkError, match=said):
        plan_with(health_post(1, fixed(1.0), some), [])


# Properties

grid = st.integers(0, 80).map(lambda n: n / 4)
exact = st.integers(1, 12).map(lambda n: fixed(n / 4))
times = st.one_of(exact, st.just(lognormal(1.3, 0.9)))
patients = st.lists(st.tuples(st.sampled_from(THREE), grid), max_size=25)


@st.composite
def calendars(draw, most=3):
    changes = sorted(draw(st.sets(st.integers(1, 90), max_size=4)))
    values = [draw(st.integers(0, most)) for _ in range(len(changes) + 1)]
    return Steps((0.0, *(change / 2 for change in changes)), tuple(values)).simplified()


@st.composite
def plans(draw, clinicians=None):
    """Patients who come at any quarter of an hour, and their post."""
    some = (
        acuity("red", 0.3, interrupts=True),
        acuity(
            "yellow", 0.3, interrupts=draw(st.booleans()), worsens_after=draw(st.none() | exact)
        ),
        acuity("green", 0.4, leaves_after=draw(st.none() | exact)),
    )
    post = health_post(
        draw(calendars()) if clinicians is None else clinicians,
        draw(times),
        some,
        visits_per_person_day=0.0,
        hands_over=clinicians is None and draw(st.booleans()),
    )
    return plan_with(post, draw(patients), 200.0)


@given(plan=plans())
@settings(deadline=None)
def test_nobody_is_lost_and_no_clinician_sees_two(plan):
    records = simulate(plan, NOBODY)
    rows = rows_of(records, "consultation")
    assert len(rows) == len(plan.casualties)
    begun = rows["started"].notna()
    assert (rows["started"] >= rows["requested"])[begun].all()
    assert (rows["ended"] >= rows["started"])[begun & rows["ended"].notna()].all()
    before = 0
    for _, busy, waiting, capacity in states_of(records, plan, "post"):
        assert 0 <= busy <= max(capacity, before)
        assert waiting >= 0
        before = busy
    again = simulate(plan, NOBODY)
    pd.testing.assert_frame_equal(again.interruptions, records.interruptions)
    pd.testing.assert_frame_equal(again.steps, records.steps)


@given(plan=plans())
@settings(deadline=None)
def test_pauses_lie_within_the_consultation_and_follow_each_other(plan):
    records = simulate(plan, NOBODY)
    rows = rows_of(records, "consultation").set_index("visit")
    for visit, table in records.interruptions.groupby("visit"):
        begun, ended = rows.loc[visit, "started"], rows.loc[visit, "ended"]
        ends = table["resumed"].fillna(np.inf).to_numpy()
        starts = table["interrupted"].to_numpy()
        assert (starts >= begun).all()
        assert (starts <= ends).all()
        assert (starts[1:] >= ends[:-1]).all()
        if not math.isnan(ended):
            assert ends[-1] <= ended


def drawn_times(plan):
    """Hours of consultation of every patient, from a post that has a clinician for each."""
    post = replace(plan.health_posts[0], clinicians=Steps.constant(1000))
    rows = rows_of(simulate(replace(plan, health_posts=(post,)), NOBODY), "consultation")
    return (rows["ended"] - rows["started"]).set_axis(rows["visit"])


@given(plan=plans(clinicians=2))
@settings(deadline=None)
def test_work_is_conserved(plan):
    """A consultation takes the time it needs, however often it is interrupted."""
    records = simulate(plan, NOBODY)
    rows = rows_of(records, "consultation").set_index("visit")
    table = records.interruptions
    paused = (table["resumed"] - table["interrupted"]).groupby(table["visit"]).sum()
    seen = (rows["ended"] - rows["started"]).dropna()
    worked = seen - paused.reindex(seen.index, fill_value=0.0)
    np.testing.assert_allclose(worked, drawn_times(plan)[seen.index], atol=1e-9)
    states = np.array(states_of(records, plan, "post"))
    busy = (states[:-1, 1] * np.diff(states[:, 0])).sum()
    assert busy == pytest.approx(worked.sum(), abs=1e-9)
    # No clinician is free while somebody waits.
    assert not ((states[:, 1] < 2) & (states[:, 2] > 0)).any()


@given(plan=plans(clinicians=1), most=st.sampled_from([0, 1]))
@settings(deadline=None)
def test_urgent_patients_do_not_feel_those_below(plan, most):
    """One clinician: the classes up to any that interrupts are seen as if they were alone."""
    some = tuple(
        replace(one, interrupts=number <= most, worsens_after=None, leaves_after=None)
        for number, one in enumerate(plan.health_posts[0].classes)
    )
    plan = replace(plan, health_posts=(replace(plan.health_posts[0], classes=some),))

    def seen(casualties):
        rows = rows_of(simulate(replace(plan, casualties=casualties), NOBODY), "consultation")
        rows = rows[rows["acuity"] <= most].sort_values(["requested", "acuity", "started"])
        return rows[["acuity", "requested", "started"]].to_numpy()

    alone = tuple(one for one in plan.casualties if THREE.index(one.acuity[0][0]) <= most)
    np.testing.assert_allclose(seen(plan.casualties), seen(alone), atol=1e-9)


@given(plan=plans())
@settings(deadline=None)
def test_nobody_who_interrupts_waits_while_somebody_less_urgent_is_seen(plan):
    post = plan.health_posts[0]
    steady = tuple(replace(one, worsens_after=None) for one in post.classes)
    plan = replace(plan, health_posts=(replace(post, classes=steady, hands_over=False),))
    records = simulate(plan, NOBODY)
    rows = rows_of(records, "consultation").fillna({"started": 200.0, "ended": 200.0})
    paused = records.interruptions.fillna({"resumed": 200.0}).groupby("visit")
    for row in rows.itertuples():
        if not steady[row.acuity].interrupts or row.started == row.requested:
            continue
        for other in rows[rows["acuity"] > row.acuity].itertuples():
            begins, ends = max(row.requested, other.started), min(row.started, other.ended)
            if other.visit in paused.groups:
                pauses_of = paused.get_group(other.visit)
                low = pauses_of["interrupted"].clip(lower=begins)
                high = pauses_of["resumed"].clip(upper=ends)
                begins += (high - low).clip(lower=0.0).sum()
            assert ends - begins < 1e-9


def test_who_gets_worse_in_the_instant_of_being_seen_is_not_interrupted_by_an_equal():
    some = (
        acuity("red", 0.5, interrupts=True),
        acuity("yellow", 0.5, worsens_after=fixed(2.0)),
    )
    shifts = Steps((0.0, 3.0, 4.0), (1, 2, 3))
    post = replace(health_post(1, fixed(20.0), some, visits_per_person_day=0.0), clinicians=shifts)
    came = [("red", 1.0), ("yellow", 2.0), ("red", 2.5), ("red", 5.0)]
    plan = plan_with(post, came)
    rows = rows_of(simulate(plan, NOBODY), "consultation").sort_values("requested", kind="stable")
    assert rows["acuity"].tolist() == [0, 0, 0, 0]
    assert rows["started"].tolist()[:3] == [1.0, 4.0, 3.0]
    assert pauses(plan) == []
