"""Triggers: when they fire, what they bring, and what cannot be meant."""

import numpy as np
import pytest
from small_networks import (
    boats,
    desk,
    exponential,
    fixed,
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
    trigger,
)
from trigger_plans import desks_over_time, events, forecast_trigger, plan

from simulation.calendars import Steps
from simulation.engine import simulate
from simulation.measures import dataset, measure
from simulation.network import NetworkError
from simulation.parts import Breakdown, ChanceLoss, ForecastCondition
from simulation.records import EVENTS
from simulation.streams import Streams

CROWD = np.linspace(0.0, 0.9, 40)


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
