"""From displaced people per period to groups with a time of arrival and needs."""

import dataclasses
import datetime as dt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from small_networks import (
    START,
    composition,
    fixed,
    inflow,
    network,
    population,
    reception,
    rescue,
    site,
)

from simulation.arrivals import STARTING_STOCK, periods
from simulation.arrivals import population as draw
from simulation.distributions import Distribution
from simulation.parts import MAX_GROUP
from simulation.streams import Streams

MONTHS = [dt.date(2022, 7, 1), dt.date(2022, 8, 1), dt.date(2022, 9, 1)]
CALENDAR = periods(START, MONTHS, dt.date(2022, 10, 1))
DAYS = 92
HOUSEHOLDS = Distribution("one_plus_poisson", mean=4.4, high=12.0)


def draw_people(displaced, *inflows, replication=0, seed=1, days=DAYS, **parts):
    """People of a forecast of one place and two causes, flood and drought."""
    plan = network(days * 24.0, inflows=inflows or (inflow(),), **parts)
    counts = np.zeros((3, 1, 2))
    counts[:, 0, :] = np.reshape(displaced, (3, -1))
    return draw(plan, counts, ["here"], ["flood", "drought"], CALENDAR, Streams(seed, replication))


def as_dict(people):
    """Attributes of every group by its key."""
    names = ("arrived", "persons", "children", "women", "vulnerable", "unaccompanied", "cut_off")
    columns = [getattr(people, name).tolist() for name in names]
    return dict(zip(people.key.tolist(), zip(*columns, strict=True), strict=True))


@given(
    counts=st.lists(st.floats(0, 3000), min_size=3, max_size=3),
    share=st.floats(0, 1),
    mean_size=st.floats(1, 10),
)
def test_persons_sum_to_the_share_of_the_displaced(counts, share, mean_size):
    sizes = Distribution("one_plus_poisson", mean=mean_size, high=16.0)
    people = draw_people([[c, 0] for c in counts], inflow(share=share, group_size=sizes))
    assert people.persons.sum() == sum(round(count * share) for count in counts)
    assert (people.persons >= 1).all()
    assert (people.persons <= MAX_GROUP).all()
    assert (people.children + people.women <= people.persons).all()
    assert (people.vulnerable <= people.persons).all()
    assert len(set(people.key.tolist())) == len(people)


def test_persons_of_each_period_arrive_within_it():
    people = draw_people([[100, 0], [200, 0], [300, 0]])
    month = np.searchsorted([31 * 24.0, 62 * 24.0], people.arrived, side="right")
    assert np.bincount(month, weights=people.persons).tolist() == [100, 200, 300]
    assert (np.diff(people.arrived) >= 0).all()


@pytest.mark.parametrize("count", [0.0, 0.49, 0.5])
def test_less_than_one_person_is_nobody(count):
    assert len(draw_people([[count, 0], [0, 0], [0, 0]])) == 0


@given(share=st.floats(0.1, 0.5), more=st.floats(0.0, 0.5))
def test_a_larger_share_keeps_the_groups_and_their_needs(share, more):
    small = as_dict(draw_people([[900, 0]] * 3, inflow(share=share)))
    large = as_dict(draw_people([[900, 0]] * 3, inflow(share=share + more)))
    assert set(small) <= set(large)
    changed = [key for key in small if small[key] != large[key]]
    # Only the last group of each month is cut to fit the number of persons.
    assert len(changed) <= 3
    assert all(small[key][1] <= large[key][1] for key in changed)


def test_further_inflows_and_sites_change_no_draw():
    alone = as_dict(draw_people([[900, 500]] * 3))
    others = (inflow("others", causes=("drought",)), inflow())
    more = as_dict(draw_people([[900, 500]] * 3, *others, sites=(site(name="new"), site())))
    assert all(more[key] == alone[key] for key in alone)
    assert len(more) > len(alone)


def test_another_run_length_changes_no_draw():
    long, short = draw_people([[900, 0]] * 3), draw_people([[900, 0]] * 3, days=40)
    assert as_dict(short) == {k: v for k, v in as_dict(long).items() if v[0] < 40 * 24}


def test_replications_and_seeds_draw_other_people():
    first = draw_people([[900, 0]] * 3)
    for other in (
        draw_people([[900, 0]] * 3, replication=1),
        draw_people([[900, 0]] * 3, seed=2),
    ):
        assert other.persons[:50].tolist() != first.persons[:50].tolist()


def test_only_arrivals_within_the_run_enter():
    people = draw_people([[1000, 0]] * 3, days=10)
    assert (people.arrived < 240).all()
    assert people.persons.sum() == pytest.approx(1000 * 10 / 31, rel=0.2)


def test_run_that_starts_within_a_period_takes_the_rest_of_it():
    calendar = periods(dt.date(2022, 7, 16), [dt.date(2022, 7, 1)], dt.date(2022, 8, 1))
    people = draw(
        network(16 * 24.0), np.full((1, 1, 1), 3100.0), ["here"], ["flood"], calendar, Streams(1, 0)
    )
    assert (people.arrived >= 0).all()
    assert people.persons.sum() == pytest.approx(1600, rel=0.1)


def test_nobody_displaced_means_nobody_comes():
    people = draw_people([[0, 0]] * 3)
    assert len(people) == 0
    assert people.gaps == []
    assert people.draw("any", fixed(1.0)) == []


def test_arrivals_are_even_over_the_days_without_an_onset():
    day = draw_people([[60_000, 0]] * 3).arrived // 24
    counts = np.bincount(day.astype(int), minlength=DAYS)[:31]
    assert stats.chisquare(counts).pvalue > 1e-3


def test_hours_follow_their_weights():
    weights = tuple(5.0 if 6 <= hour < 18 else 1.0 for hour in range(24))
    hour = (draw_people([[60_000, 0]] * 3, inflow(hours=weights)).arrived % 24).astype(int)
    expected = np.array(weights) / sum(weights) * len(hour)
    assert stats.chisquare(np.bincount(hour, minlength=24), expected).pvalue > 1e-3


def test_hours_of_no_weight_stay_empty():
    weights = tuple(float(hour == 9) for hour in range(24))
    hour = draw_people([[5000, 0]] * 3, inflow(hours=weights)).arrived % 24
    assert ((hour >= 9) & (hour <= 10)).all()


def test_arrivals_fade_after_one_onset_that_all_inflows_share():
    floods = (inflow(onset_days=3.0), inflow("downstream", onset_days=3.0))
    onsets = []
    for replication in range(40):
        people = draw_people([[8000, 0], [0, 0], [0, 0]], *floods, replication=replication)
        day = (people.arrived // 24).astype(int)
        counts = [np.bincount(day[people.inflow == i], minlength=31) for i in (0, 1)]
        onset = counts[0].argmax()
        assert counts[1].argmax() == onset
        onsets.append(onset)
        share = (1 - np.exp(-1 / 3)) / (1 - np.exp(-31 / 3))
        assert counts[0][onset] / counts[0].sum() == pytest.approx(share, abs=0.05)
        assert counts[0][(onset + 10) % 31] < counts[0][onset] / 10
    assert len(set(onsets)) > 10


def test_no_part_of_a_month_is_favored_over_many_futures():
    flood = inflow(onset_days=3.0)
    days = np.zeros(31)
    for replication in range(400):
        people = draw_people([[400, 0], [0, 0], [0, 0]], flood, replication=replication)
        days += np.bincount((people.arrived // 24).astype(int), minlength=31)
    thirds = [days[:10].mean(), days[10:20].mean(), days[20:].mean()]
    assert thirds == pytest.approx([np.mean(thirds)] * 3, rel=0.25)


def test_shares_of_children_women_and_needs_are_those_of_the_composition():
    who = composition(
        child=0.55, female=0.51, elderly=0.04, pregnant=0.12, disability=0.08, urgent_need=0.01
    )
    people = draw_people([[60_000, 0]] * 3, inflow(composition=who))
    persons = people.persons.sum()
    # 180,000 persons: three standard errors are below 0.4 percentage points.
    assert people.children.sum() / persons == pytest.approx(0.55, abs=0.005)
    adults = persons - people.children.sum()
    assert people.women.sum() / adults == pytest.approx(0.51, abs=0.006)
    younger = 1 - 0.04 / 0.45
    pregnant = 0.12 * younger * people.women.sum() / persons
    needs = 1 - (1 - 0.08) * (1 - 0.01) * (1 - pregnant)
    assert people.vulnerable.sum() / persons == pytest.approx(needs, abs=0.01)


def test_cut_off_share_is_of_groups():
    plan = {"rescues": (rescue(),)}
    people = draw_people([[60_000, 0]] * 3, inflow(cut_off=0.15, rescue="rescue"), **plan)
    assert people.cut_off.mean() == pytest.approx(0.15, abs=0.01)


def test_children_alone_are_one_person_groups_and_others_have_an_adult():
    who = composition(unaccompanied_child=0.3)
    people = draw_people([[60_000, 0]] * 3, inflow(composition=who))
    single = people.persons == 1
    assert people.unaccompanied[single].mean() == pytest.approx(0.3, abs=0.03)
    assert not people.unaccompanied[~single].any()
    assert (people.children[people.unaccompanied] == 1).all()
    assert (people.children[~people.unaccompanied] < people.persons[~people.unaccompanied]).all()


def test_starting_stock_is_in_its_sites_at_hour_zero():
    sites = (site(name="a", starting_stock=400), site(name="site", starting_stock=7))
    both = (reception(sites=("site", "a")),)
    people = draw_people([[10, 0]] * 3, sites=sites, receptions=both)
    stock = people.inflow == STARTING_STOCK
    assert (people.arrived[stock] == 0).all()
    for number, persons in enumerate((400, 7)):
        assert people.persons[people.site == number].sum() == persons
    assert (people.site[~stock] == -1).all()
    assert people.persons[~stock].sum() == 30


@given(counts=st.lists(st.floats(0, 400), min_size=3, max_size=3), replication=st.integers(0, 99))
def test_gaps_accumulate_to_the_times_of_arrival(counts, replication):
    people = draw_people([[c, 0] for c in counts], replication=replication)
    clock, times = 0.0, []
    for gap in people.gaps:
        clock += gap
        times.append(clock)
    assert times == people.arrived.tolist()


def test_household_larger_than_the_largest_group_is_cut():
    people = draw_people([[1000, 0]] * 3, inflow(group_size=fixed(40.0)))
    assert people.persons.max() == MAX_GROUP
    assert people.persons.sum() == 3000


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"locations": ("Hiraan",)}, "people.locations: the forecast has no 'Hiraan'; it has here"),
        ({"causes": ("war",)}, "people.causes: the forecast has no 'war'; it has flood, drought"),
        ({"causes": ()}, "people.causes is empty, but the forecast has flood, drought"),
    ],
)
def test_entries_the_forecast_does_not_have_are_named(changed, message):
    with pytest.raises(ValueError, match=message):
        draw_people([[10, 0]] * 3, inflow(**changed))


@pytest.mark.parametrize("count", [np.nan, -3.0, np.inf])
def test_a_forecast_that_is_not_a_count_is_refused(count):
    with pytest.raises(
        ValueError, match=r"people: the forecast for 2022-08-01 is .*needs a number"
    ):
        draw_people([[10, 0], [count, 0], [10, 0]])


def test_no_causes_take_the_only_one():
    plan = network(DAYS * 24.0, inflows=(inflow(causes=()),))
    people = draw(plan, np.full((3, 1, 1), 20.0), ["here"], ["all"], CALENDAR, Streams(1, 0))
    assert people.persons.sum() == 60


def test_visits_of_one_group_have_their_own_draws():
    people = population([0.0, 1.0])
    first, second = people.uniform("a", visit=1), people.uniform("a", visit=2)
    assert not set(first) & set(second)
    assert people.uniform("a", visit=1) == first


def test_periods_are_in_hours_from_the_start():
    before, after = periods(START, [dt.date(2022, 6, 1), START], dt.date(2022, 8, 1))
    assert dataclasses.astuple(before) == ("2022-06-01", -720.0, 0.0)
    assert dataclasses.astuple(after) == ("2022-07-01", 0.0, 744.0)
