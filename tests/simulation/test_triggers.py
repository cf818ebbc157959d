"""Triggers, breakdowns, losses by chance and what happens when a shift ends."""

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from small_networks import (
    acuity,
    boats,
    desk,
    exponential,
    fixed,
    health_post,
    inflow,
    network,
    poisson_population,
    population,
    reception,
    rescue,
    rows_of,
    site,
    states_of,
    steps,
    story,
    trigger,
    trucks,
)

from simulation.calendars import Steps
from simulation.decisions import decision_times
from simulation.engine import simulate
from simulation.experiments import Futures, replicate, replicate_once
from simulation.measures import dataset, measure
from simulation.network import NetworkError
from simulation.parts import Breakdown, ChanceLoss, ForecastCondition
from simulation.records import EVENTS
from simulation.streams import Streams

CROWD = np.linspace(0.0, 0.9, 40)


def plan(*triggers, hours=200.0, desks=1, **parts):
    parts = {"receptions": (reception(desk(desks)),)} | parts
    return network(hours, triggers=triggers, **parts)


def events(records):
    return [(EVENTS[e.event], round(e.time, 9)) for e in records.events.itertuples()]


def desks_over_time(records, plan):
    kept = []
    for time, _, _, capacity in states_of(records, plan, "registration desks"):
        if not kept or kept[-1][1] != capacity:
            kept.append((time, capacity))
    return kept


def test_trigger_fires_at_the_first_reading_and_its_desk_comes_after_the_lead_time():
    with_it = plan(trigger())
    records = simulate(with_it, population(CROWD))
    assert events(records) == [("fired", 1.0), ("came", 3.0)]
    assert desks_over_time(records, with_it) == [(0.0, 1), (3.0, 2)]
    without = simulate(plan(), population(CROWD))
    assert events(without) == []
    assert rows_of(without, "registration")["ended"].max() == 40.0
    # 37 were left at hour 3 and two desks take one hour each.
    assert rows_of(records, "registration")["ended"].max() == 22.0


def test_condition_must_hold_at_every_reading():
    # 16 come and one leaves per hour: the readings at hours 1 to 5 see more than 10 in line.
    people = population(np.linspace(0.0, 0.9, 16))
    held = trigger(when={"held_for": 3.0})
    assert events(simulate(plan(held), people))[0] == ("fired", 4.0)
    assert events(simulate(plan(trigger(when={"held_for": 4.5})), people)) == []


def test_change_ends_after_its_time_and_the_trigger_watches_again():
    short = trigger(lasts=5.0, lead_time=fixed(0.0))
    records = simulate(plan(short), population(CROWD))
    assert events(records)[:5] == [
        ("fired", 1.0),
        ("came", 1.0),
        ("ended", 6.0),
        ("fired", 7.0),
        ("came", 7.0),
    ]


def test_change_ends_when_the_condition_has_been_false():
    clears = trigger(lead_time=fixed(0.0), ends_when_false_for=2.0)
    records = simulate(plan(clears), population(CROWD))
    told = events(records)
    # 38 in line at hour 1 fall by two per hour; the reading at hour 15 comes before those who leave
    # at that time, so 16, 17 and 18 are the first that see 10 and fewer.
    assert told[:3] == [("fired", 1.0), ("came", 1.0), ("ended", 18.0)]


def test_whichever_end_comes_first_counts():
    both = trigger(lead_time=fixed(0.0), lasts=3.0, ends_when_false_for=50.0)
    assert events(simulate(plan(both), population(CROWD)))[2] == ("ended", 4.0)


@pytest.mark.parametrize(
    ("when", "fires"),
    [
        ({"measured": "waiting", "above": 38.0}, 1.0),
        ({"measured": "waiting", "above": 39.0}, None),
        ({"measured": "longest_wait", "above": 10.0}, 11.0),
        ({"measured": "longest_wait", "above": 40.0}, None),
    ],
)
def test_what_is_measured(when, fires):
    told = events(simulate(plan(trigger(when=when)), population(CROWD)))
    assert (told[0][1] if told else None) == fires


def test_occupancy_of_a_site_and_places_that_come():
    beds = trigger(
        of="site",
        when={"measured": "occupancy", "above": 0.8, "of": "site"},
        added=steps(30),
        lead_time=fixed(1.0),
    )
    crowded = plan(
        beds,
        receptions=(reception(),),
        sites=(site(places=10, stay=fixed(100.0)),),
    )
    records = simulate(crowded, population(CROWD))
    assert events(records) == [("fired", 1.0), ("came", 2.0)]
    placed = rows_of(records, "placement")["started"].to_numpy()
    assert (placed <= 1.0).sum() == 10
    assert (placed == 2.0).sum() == 30
    result = dataset([measure(records, crowded)], crowded).isel(replication=0)
    assert result["capacity_in_place"].sel(facility="site").values.tolist()[:2] == [40.0, 40.0]
    assert float(result["first_breach"].sel(facility="site")) == pytest.approx(CROWD[10])
    assert float(result["trigger_delay"].item()) == pytest.approx(2.0 - CROWD[10])
    assert float(result["trigger_firings"].item()) == 1


def brought(planned, crowd=CROWD):
    """Unit-days of the only trigger of a plan."""
    records = simulate(planned, population(crowd))
    return measure(records, planned)["trigger_unit_days"].item(), records


def test_unit_days_count_what_was_there_while_it_was_there():
    three = trigger(added=steps(3), lead_time=fixed(0.0), lasts=5.0)
    days, records = brought(plan(three))
    told = events(records)
    there = [time for event, time in told if event == "came"]
    gone = [time for event, time in told if event == "ended"]
    assert len(there) >= 1
    gone += [records.until] * (len(there) - len(gone))
    assert days == pytest.approx(3 * sum(b - a for a, b in zip(there, gone, strict=True)) / 24)


def test_unit_days_of_factors_on_one_facility_add_up_to_what_was_there():
    alike = [trigger(name=name, factor=2.0, added=steps(0), lead_time=fixed(0.0)) for name in "ab"]
    both = plan(*alike, desks=2)
    records = simulate(both, population(CROWD))
    there = {
        number: float(own["time"].iloc[0])
        for number, own in records.events.groupby("trigger")
        for own in [own[own["event"] == EVENTS.index("came")]]
    }
    assert len(set(there.values())) == 1
    planned = 2
    hours = records.until - there[0]
    days = measure(records, both)["trigger_unit_days"]
    assert days == pytest.approx(np.array([1, 2]) * planned * hours / 24)


def test_unit_days_of_a_trigger_that_never_fires_or_comes_too_late_are_none():
    assert brought(plan(trigger(when={"measured": "waiting", "above": 39.0})))[0] == 0
    assert brought(plan(trigger(added=steps(3), lead_time=fixed(1e6))))[0] == 0


def test_unit_days_are_the_recorded_capacity_above_the_plan():
    night = trigger(added=Steps.daily(3, 18.0, 8.0, 200.0), lead_time=fixed(0.0), lasts=40.0)
    planned = plan(night, desks=Steps.daily(2, 8.0, 18.0, 200.0), hours=90.0)
    days, records = brought(planned)
    rows = states_of(records, planned, "registration desks")
    ends = [row[0] for row in rows[1:]] + [records.until]
    area = sum(row[3] * (end - row[0]) for row, end in zip(rows, ends, strict=True))
    own = planned.capacity("registration desks").mean(90.0) * 90.0
    assert days * 24 == pytest.approx(area - own)
    assert days > 0


def test_unit_days_keep_hours_and_multiply_the_plan():
    night = trigger(added=Steps.daily(3, 18.0, 8.0, 200.0), lead_time=fixed(0.0))
    days, records = brought(plan(night, desks=Steps.daily(2, 8.0, 18.0, 200.0), hours=49.0))
    # It comes at hour 1: 7 hours of the first night, 14 of the second, 7 of the third.
    assert events(records) == [("fired", 1.0), ("came", 1.0)]
    assert days == pytest.approx(3 * (7 + 14 + 7) / 24)
    double = trigger(added=steps(0), factor=2.5, lead_time=fixed(0.0))
    days, _ = brought(plan(double, desks=Steps.daily(2, 8.0, 18.0, 200.0), hours=48.0))
    assert days == pytest.approx((5 - 2) * 20 / 24)
    half = trigger(added=steps(0), factor=0.5, lead_time=fixed(0.0))
    assert brought(plan(half, desks=steps(2)))[0] == 0  # what is taken away is not subtracted


def test_people_cut_off_bring_more_boats():
    more = trigger(of="boats", when={"above": 3.0}, added=steps(2), lead_time=fixed(4.0))
    cut_off = network(
        300.0,
        inflows=(inflow(cut_off=1.0, rescue="rescue"),),
        rescues=(rescue(boats(1)),),
        triggers=(more,),
    )
    without = network(300.0, inflows=cut_off.inflows, rescues=cut_off.rescues)
    people = population(np.linspace(0, 0.5, 8), persons=9, cut_off=True)
    late = rows_of(simulate(without, people), "rescue")["wait"]
    soon = rows_of(simulate(cut_off, people), "rescue")["wait"]
    assert soon.mean() < 0.7 * late.mean()
    assert soon.notna().all()


def test_factor_multiplies_the_plan_and_added_units_keep_their_hours():
    double = trigger(added=steps(0), factor=2.5, lead_time=fixed(0.0))
    planned = plan(double, desks=Steps.daily(2, 8.0, 18.0, 200.0))
    records = simulate(planned, population(CROWD))
    assert desks_over_time(records, planned)[:4] == [(0.0, 0), (8.0, 5), (18.0, 0), (32.0, 5)]
    night = trigger(added=Steps.daily(3, 18.0, 8.0, 200.0), lead_time=fixed(0.0))
    planned = plan(night, desks=Steps.daily(2, 8.0, 18.0, 200.0))
    records = simulate(planned, population(CROWD))
    assert desks_over_time(records, planned)[:4] == [(0.0, 0), (1.0, 3), (8.0, 2), (18.0, 3)]


def test_shift_changes_after_the_end_change_nothing():
    short = trigger(added=Steps.daily(3, 18.0, 8.0, 200.0), lead_time=fixed(0.0), lasts=2.0)
    planned = plan(short, hours=60.0)
    records = simulate(planned, population(CROWD))
    assert desks_over_time(records, planned)[:3] == [(0.0, 1), (1.0, 4), (3.0, 1)]


def test_trigger_that_never_fires_leaves_the_run_as_it_was():
    quiet = trigger(when={"above": 1e6})
    people = poisson_population(0.9, 200.0, 3)
    one, other = simulate(plan(quiet), people), simulate(plan(), people)
    assert one.steps.equals(other.steps)
    assert one.states.equals(other.states)


def test_lead_time_is_a_draw_of_the_trigger_by_number_of_its_firing():
    drawn = trigger(lead_time=exponential(3.0), lasts=4.0)
    alone = events(simulate(plan(drawn), population(CROWD)))
    fired = [time for what, time in alone if what == "fired"]
    came = [time for what, time in alone if what == "came"]
    gaps = [b - a for a, b in zip(fired, came, strict=False)]
    assert len(set(np.round(gaps, 6))) == len(gaps) > 1
    expected = Streams(1, 0).draw(
        "more.lead_time", exponential(3.0), np.arange(len(gaps), dtype=np.uint64)
    )
    np.testing.assert_allclose(gaps, expected)


# Acting on the forecast


def futures(samples):
    return xr.DataArray(
        np.asarray(samples, dtype=float)[:, :, None, None],
        dims=("sample", "time", "location", "cause"),
        coords={
            "time": pd.date_range("2022-07-01", periods=np.shape(samples)[1], freq="MS"),
            "location": ["here"],
            "cause": ["flood"],
        },
        attrs={"period": "month"},
    )


def forecast_trigger(**changed):
    signal = {
        "inflows": ("people",),
        "above": 100.0,
        "chance": 0.5,
        "notice": 0.0,
        "updated": False,
    } | changed
    return trigger(condition=ForecastCondition(**signal), lasts=24.0 * 10)


def decided(samples, sample=0, **changed):
    acting = plan(forecast_trigger(**changed), hours=24.0 * 92)
    known = Futures.of(futures(samples), acting)
    return known.decisions(acting, sample)


def test_a_plan_acts_when_enough_samples_say_so():
    samples = [[0, 200, 0], [0, 200, 200], [0, 0, 200], [0, 0, 200]]
    assert decided(samples) == ((31 * 24.0, 62 * 24.0),)
    assert decided(samples, chance=0.75) == ((62 * 24.0,),)
    assert decided(samples, chance=0.76) == ((),)
    assert decided(samples, above=200.0) == ((),)


def test_notice_moves_the_decision_ahead_but_not_before_the_run():
    samples = [[200, 0, 200]] * 4
    assert decided(samples, notice=24.0 * 10) == ((0.0, 52 * 24.0),)


def test_updated_forecast_listens_to_what_was_seen_and_never_to_its_own_future():
    generator = np.random.default_rng(1)
    wet = generator.random(400) < 0.3
    first = np.where(wet, 1000.0, 10.0) * generator.lognormal(0, 0.1, 400)
    second = np.where(wet, 5000.0, 10.0)
    samples = np.stack([first, second, second], axis=1)
    change = {"above": 2000.0, "chance": 0.6, "updated": True}
    ends = [31 * 24.0, 62 * 24.0]
    wet_one, dry_one = int(np.argmax(wet)), int(np.argmin(wet))
    assert decided(samples, wet_one, **change) == (tuple(ends),)
    assert decided(samples, dry_one, **change) == ((),)
    # A change of its own future does not change what is decided before it.
    samples[wet_one, 1:] = 0.0
    assert decided(samples, wet_one, **change)[0][0] == ends[0]
    # With notice the first month is not over yet, so nothing has been seen.
    assert decided(samples, wet_one, **change, notice=24.0) == ((ends[1] - 24.0,),)
    assert decided(samples, wet_one, above=2000.0, chance=0.6) == ((),)


def test_one_sample_alone_is_its_own_forecast():
    assert decided([[0, 200, 0]], updated=True) == ((31 * 24.0,),)


def test_decisions_reach_the_run_and_do_not_depend_on_workers():
    samples = np.array([[50, 300, 50], [50, 60, 300], [300, 50, 50]])
    acting = plan(forecast_trigger(chance=0.3), hours=24.0 * 92)
    known = Futures.of(futures(samples), acting)
    records, _ = replicate_once(acting, known, seed=1, replication=0)
    assert [event for event in events(records) if event[0] == "fired"] == [
        ("fired", 0.0),
        ("fired", 31 * 24.0),
        ("fired", 62 * 24.0),
    ]
    one = replicate(acting, known, replications=3, seed=1, workers=1)
    two = replicate(acting, known, replications=3, seed=1, workers=2)
    assert one.identical(two)
    assert one["trigger_firings"].values.tolist() == [[3.0]] * 3


def test_decisions_during_a_change_start_no_other():
    always = trigger(
        condition=ForecastCondition(("people",), 0.0, 0.1, 0.0, False), lasts=24.0 * 40
    )
    acting = plan(always, hours=24.0 * 92)
    records = simulate(acting, population([0.0]), decisions=((0.0, 31 * 24.0, 62 * 24.0),))
    assert events(records) == [
        ("fired", 0.0),
        ("came", 2.0),
        ("ended", 962.0),
        ("fired", 1488.0),
        ("came", 1490.0),
    ]


def test_causes_shared_by_inflows_count_once():
    inflows = (inflow(), inflow("others"))
    acting = plan(forecast_trigger(inflows=("people", "others")), inflows=inflows, hours=24.0 * 30)
    known = Futures.of(futures([[100.0], [100.0]]), acting)
    shares = decision_times(
        acting, known.displaced, known.locations, known.causes, known.calendar, 0
    )
    assert shares == ((),)


def test_a_run_without_its_decisions_is_refused():
    with pytest.raises(ValueError, match="more acts on the forecast, so decisions needs one entry"):
        simulate(plan(forecast_trigger()), population([0.0]))


# Breakdowns and losses by chance


def test_units_fail_and_come_back():
    failing = Breakdown("engines", "registration desks", 1, fixed(10.0), fixed(5.0), 1)
    planned = plan(desks=2, breakdowns=(failing,))
    records = simulate(planned, population([0.0]))
    assert desks_over_time(records, planned)[:4] == [(0.0, 2), (10.0, 1), (15.0, 2), (25.0, 1)]


def test_units_wait_for_the_crew_and_capacity_is_never_negative():
    failing = Breakdown("engines", "registration desks", 3, fixed(10.0), fixed(5.0), 1)
    planned = plan(desks=2, breakdowns=(failing,), hours=30.0)
    records = simulate(planned, population([0.0]))
    # At hour 25 the third comes back while the first fails again.
    assert desks_over_time(records, planned) == [(0.0, 2), (10.0, 0), (20.0, 1)]


def test_vehicles_and_places_break_down_too():
    failing = Breakdown("tires", "trucks", 1, fixed(20.0), fixed(1000.0), 1)
    planned = network(
        100.0,
        sites=(site(stay=fixed(1.0), onward="trucks", onward_share=1.0),),
        transports=(trucks(1),),
        breakdowns=(failing,),
    )
    told = story(planned, population([0.0, 10.0]))
    assert [row[4] for row in told if row[1] == "onward"] == [8.0, None]


def test_losses_happen_in_their_share_of_futures_at_a_time_in_between():
    loss = ChanceLoss("storm", "registration desks", 0.4, 20.0, 60.0, 24.0, 0.5)
    planned = plan(desks=4, losses=(loss,))
    begins = []
    for replication in range(300):
        people = population([0.0], streams=Streams(5, replication))
        changes = desks_over_time(simulate(planned, people), planned)
        if len(changes) > 1:
            assert [capacity for _, capacity in changes] == [4, 2, 4]
            assert changes[2][0] - changes[1][0] == pytest.approx(24.0)
            begins.append(changes[1][0])
    assert 0.32 < len(begins) / 300 < 0.48
    assert 20 <= min(begins) < 24
    assert 56 < max(begins) <= 60


def test_a_loss_may_last_to_the_end():
    loss = ChanceLoss("fire", "registration desks", 1.0, 20.0, 20.0, float("inf"), 0.0)
    planned = plan(desks=4, losses=(loss,))
    records = simulate(planned, population([0.0]))
    assert desks_over_time(records, planned) == [(0.0, 4), (20.0, 0)]


# Shift ends

DAY = Steps.daily(1, 8.0, 16.0, 200.0)


def test_a_shift_finishes_or_hands_over():
    # Three hours each from 08:00: the third begins at 14:00 and is an hour short.
    times = [0.0, 0.1, 0.2, 0.3]
    finish = plan(receptions=(reception(desk(DAY, fixed(3.0))),))
    over = plan(receptions=(reception(desk(DAY, fixed(3.0), hands_over=True)),))
    finished = rows_of(simulate(finish, population(times)), "registration")["ended"].tolist()
    handed = rows_of(simulate(over, population(times)), "registration")["ended"].tolist()
    assert finished == [11.0, 14.0, 17.0, 35.0]
    # One hour is left for the next morning, before those who wait.
    assert handed == pytest.approx([11.0, 14.0, 33.0, 36.0])


def test_what_is_handed_over_waits_and_is_counted_as_waiting():
    over = plan(receptions=(reception(desk(DAY, fixed(3.0), hands_over=True)),))
    records = simulate(over, population([0.0, 0.1, 0.2]))
    at_night = [s for s in states_of(records, over, "registration desks") if 16 <= s[0] < 32]
    assert at_night == [(16.0, 0, 1, 0)]


def test_a_service_that_ends_with_the_shift_is_finished():
    over = plan(receptions=(reception(desk(DAY, fixed(4.0), hands_over=True)),))
    records = simulate(over, population([0.0, 0.1, 0.2]))
    assert rows_of(records, "registration")["ended"].tolist() == [12.0, 16.0, 36.0]
    assert states_of(records, over, "registration desks")[-1][1:3] == (0, 0)


def test_a_smaller_shift_sends_home_the_latest_of_the_least_urgent():
    night = Steps((0.0, 2.0, 10.0), (3, 1, 3))
    classes = (acuity("urgent", 0.5), acuity("routine", 0.5))
    post = health_post(night, fixed(6.0), classes, visits_per_person_day=24.0, hands_over=True)
    planned = network(
        30.0,
        receptions=(reception(health_post="post"),),
        sites=(site(stay=fixed(2.0)),),
        health_posts=(post,),
    )
    records = simulate(planned, population(np.linspace(0, 0.9, 6)))
    rows = rows_of(records, "consultation")
    begun = rows[rows["started"] < 2.0]
    assert set(begun["acuity"]) == {0, 1}
    stopped = begun[begun["ended"] - begun["started"] > 6.0 + 1e-9]
    kept = begun[begun["ended"] - begun["started"] < 6.0 + 1e-9]
    assert len(kept) == 1
    assert len(stopped) == 2
    assert kept["acuity"].item() == 0


def test_work_handed_over_is_neither_lost_nor_done_twice():
    shifts = Steps.daily(3, 7.0, 19.0, 3000.0)
    over = plan(
        receptions=(reception(desk(shifts, exponential(1.0), hands_over=True)),), hours=3000
    )
    people = poisson_population(1.0, 2900.0, 0)
    records = simulate(over, people)
    rows = rows_of(records, "registration")
    busy = 0.0
    states = states_of(records, over, "registration desks")
    for (time, at_work, _, _), (until, *_) in pairwise(states):
        busy += at_work * (until - time)
    drawn = np.array(people.draw("registration.service_time/1", exponential(1.0)))
    assert rows["ended"].notna().all()
    assert busy == pytest.approx(drawn.sum(), rel=1e-9)


# What cannot be meant


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ({"triggers": (trigger(of="desk"),)}, "there is no facility 'desk'"),
        ({"triggers": (trigger(), trigger())}, "'more' is used 2 times"),
        ({"triggers": (trigger(lasts=0.0),)}, "lasts must be above 0"),
        ({"triggers": (trigger(when={"measured": "mood"}),)}, "'mood' is not measured"),
        ({"triggers": (trigger(when={"checked_every": 0.0}),)}, "checked_every must be above 0"),
        ({"triggers": (trigger(when={"measured": "occupancy"}),)}, "occupancy is that of a site"),
        ({"triggers": (forecast_trigger(inflows=("x",)),)}, "there is no inflow x"),
        ({"triggers": (forecast_trigger(chance=0.0),)}, "chance lies above 0"),
        (
            {"triggers": (trigger(
                condition=ForecastCondition(("people",), 1.0, 0.5, 0.0, False),
                ends_when_false_for=1.0,
            ),)},
            "ends with lasts, not when it is false",
        ),
        (
            {"breakdowns": (Breakdown("b", "site", 0, fixed(1.0), fixed(1.0), 1),)},
            "units and crews must be at least 1",
        ),
        (
            {"breakdowns": (Breakdown("b", "site", 1, fixed(0.0), fixed(0.0), 1),)},
            "b: time_to_failure and repair_time are both 0, .* give one of them a mean above 0",
        ),
        (
            {"triggers": (trigger(factor=1e12),)},
            r"its capacity, with what triggers bring, may be .*; at most 2,147,483,647 are",
        ),
        ({"losses": (ChanceLoss("l", "site", 2.0, 0, 0, 1, 0),)}, "lie between 0 and 1"),
        ({"losses": (ChanceLoss("l", "site", 0.5, 5, 4, 1, 0),)}, "are not in order"),
    ],
)  # fmt: skip
def test_impossible_changes_are_refused(parts, message):
    with pytest.raises(NetworkError, match=message):
        network(receptions=(reception(desk()),), **parts)
