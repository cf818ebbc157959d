"""Boats, weekdays, weather windows and busy days: who comes when."""

import dataclasses
import datetime as dt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from small_networks import START, composition, fixed, inflow, lognormal, network, rescue, strait

import forecasting as fc
from simulation.arrivals import periods
from simulation.arrivals import population as draw
from simulation.departures import day_weights
from simulation.distributions import Distribution
from simulation.network import NetworkError
from simulation.parts import MAX_GROUP, Boats, Weather, WeatherState
from simulation.streams import Streams, spread
from simulation.weather import WeatherSeries

MONTH = periods(START, [START], dt.date(2022, 8, 1))
DAYS = [START + dt.timedelta(days=day) for day in range(31)]
CALENDAR_OF_DAYS = periods(START, DAYS, dt.date(2022, 8, 1))
SEA = strait()
DINGHIES = Boats(lognormal(45.0, 15.0))


def people_of(persons, calendar=MONTH, *, replication=0, weathers=(), **changed):
    plan = network(31 * 24.0, inflows=(inflow(**changed),), weathers=weathers)
    counts = np.asarray(persons, dtype=float).reshape(-1, 1, 1)
    streams = Streams(3, replication)
    return draw(plan, counts, ["here"], ["flood"], calendar, streams)


def by_day(people):
    return np.bincount((people.arrived // 24).astype(int), people.persons, 31)


@given(persons=st.integers(0, 4000), mean=st.floats(1, 300), size=st.floats(1, 8))
def test_boats_hold_everybody_and_groups_stay_small(persons, mean, size):
    households = Distribution("one_plus_poisson", mean=size, high=16.0)
    people = people_of([persons], boats=Boats(lognormal(mean, mean / 2)), group_size=households)
    assert people.persons.sum() == persons
    assert ((people.persons >= 1) & (people.persons <= MAX_GROUP)).all()
    assert len(set(people.key.tolist())) == len(people)
    boats = int(people.boat.max(initial=-1)) + 1
    assert set(people.boat.tolist()) == set(range(boats))
    # All of a boat come together, one boat after the other.
    assert (np.diff(people.boat) >= 0).all()
    for boat in range(boats):
        assert len(set(people.arrived[people.boat == boat].tolist())) == 1


def test_boats_have_the_size_that_was_asked_for():
    sizes = []
    for replication in range(20):
        people = people_of([9000], boats=DINGHIES, replication=replication)
        sizes += np.bincount(people.boat, people.persons)[:-1].tolist()
    low, high = stats.t.interval(0.99, len(sizes) - 1, np.mean(sizes), stats.sem(sizes))
    assert low < 45.0 < high
    assert not low < 45.0 * 1.05 < high


def test_a_larger_share_keeps_the_boats_and_who_is_aboard():
    small, large = (people_of([4000], share=share, boats=DINGHIES) for share in (0.5, 0.7))
    last = small.boat.max()
    known = dict(zip(large.key.tolist(), large.persons.tolist(), strict=True))
    whole = small.key[small.boat != small.boat[np.argmax(small.boat == last)]]
    assert len(whole) > 100
    cut = [key for key in small.key.tolist() if known.get(key) is None]
    assert not cut
    arrived = dict(zip(large.key.tolist(), large.arrived.tolist(), strict=True))
    assert [arrived[key] for key in small.key.tolist()] == pytest.approx(small.arrived)


def test_a_boat_is_cut_off_as_a_whole():
    plan = network(
        31 * 24.0,
        inflows=(inflow(boats=DINGHIES, cut_off=0.3, rescue="rescue"),),
        rescues=(rescue(),),
    )
    counts = np.full((1, 1, 1), 9000.0)
    people = draw(plan, counts, ["here"], ["flood"], MONTH, Streams(3, 0))
    share = np.bincount(people.boat, people.cut_off) / np.bincount(people.boat)
    assert set(share.tolist()) == {0.0, 1.0}
    assert 0.2 < share.mean() < 0.4


def test_larger_boats_than_the_run_needs_are_cut_to_fit():
    people = people_of([30], boats=Boats(fixed(45.0)))
    assert (people.persons.sum(), people.boat.max()) == (30, 0)


def test_numbers_are_scattered_without_collisions():
    numbers = np.arange(10**5, dtype=np.uint64)
    assert len(np.unique(spread(numbers))) == len(numbers)


def test_weekdays_without_weight_see_nobody():
    people = people_of([2000], weekdays=(1.0, 1.0, 1.0, 1.0, 0.0, 2.0, 0.0))
    counts = by_day(people)
    weekday = (START.weekday() + np.arange(31)) % 7
    assert counts[np.isin(weekday, (4, 6))].sum() == 0
    saturdays, mondays = counts[weekday == 5].mean(), counts[weekday == 0].mean()
    assert saturdays == pytest.approx(2 * mondays, rel=0.25)


def test_nobody_sets_out_when_the_waves_are_too_high():
    people = people_of([2000], weather="strait", sets_out_below=1.0, weathers=(SEA,))
    open_ = WeatherSeries(SEA, START, 31, Streams(3, 0)).workable(1.0)
    counts = by_day(people)
    assert 0 < open_.sum() < 31
    assert counts[~open_].sum() == 0
    assert (counts[open_] > 0).all()
    assert people.persons.sum() == 2000


def test_when_the_weather_is_never_good_all_days_count():
    people = people_of([500], weather="strait", sets_out_below=0.1, weathers=(SEA,))
    assert people.persons.sum() == 500
    assert (by_day(people) > 0).sum() > 25


def test_two_inflows_share_the_weather_but_not_the_busy_days():
    one = people_of([3000], weather="strait", sets_out_below=1.0, weathers=(SEA,), dispersion=0.7)
    other = people_of(
        [3000], weather="strait", sets_out_below=1.0, weathers=(SEA,), dispersion=0.7, name="other"
    )
    assert set(np.flatnonzero(by_day(one))) == set(np.flatnonzero(by_day(other)))
    assert by_day(one).tolist() != by_day(other).tolist()


def test_busy_days_follow_the_dirichlet_multinomial_law():
    """Variance of a day's count is that of a multinomial times (n + A) / (1 + A), A = D / f."""
    dispersion, boats, days = 0.7, 60, 31
    variances, even = [], []
    for replication in range(150):
        one = people_of(
            [boats], replication=replication, dispersion=dispersion, group_size=fixed(1.0)
        )
        variances.append(by_day(one).var())
        plain = people_of([boats], replication=replication, group_size=fixed(1.0))
        even.append(by_day(plain).var())
    total = days / dispersion
    multinomial = boats / days * (1 - 1 / days)

    def covers(values, number):
        low, high = stats.t.interval(0.99, len(values) - 1, np.mean(values), stats.sem(values))
        return low < number < high

    assert covers(variances, multinomial * (boats + total) / (1 + total))
    assert covers(even, multinomial)
    assert not covers(variances, multinomial)


def test_onset_has_the_same_law_beside_a_weekday_profile():
    """Without a profile days are drawn from the fading curve itself, with one from day weights."""
    for replication in range(10):
        plan = network(31 * 24.0, inflows=(inflow(onset_days=3.0),))
        weights = day_weights(plan, plan.inflows[0], MONTH[0], Streams(3, replication))
        people = people_of([3000], onset_days=3.0, replication=replication, group_size=fixed(1.0))
        likely = weights / weights.sum() * 3000 > 5
        expected = np.append(weights[likely], weights[~likely].sum()) / weights.sum() * 3000
        counts = by_day(people)
        observed = np.append(counts[likely], counts[~likely].sum())
        assert stats.chisquare(observed, expected).pvalue > 1e-3


def test_onset_and_weekdays_multiply():
    people = people_of([3000], onset_days=9.0, weekdays=(1.0,) * 4 + (0.0,) + (1.0,) * 2)
    weekday = (START.weekday() + np.arange(31)) % 7
    assert by_day(people)[weekday == 4].sum() == 0


def test_arrivals_of_daily_forecasts_come_on_their_day():
    wanted = np.zeros(31)
    wanted[[2, 3, 20]] = 1300, 40, 7
    people = people_of(wanted, CALENDAR_OF_DAYS, boats=DINGHIES, weather="strait", weathers=(SEA,))
    assert by_day(people).tolist() == wanted.tolist()


def test_who_arrives_with_a_chronic_or_urgent_need():
    who = composition(urgent_need=0.2, chronic_need=0.5)
    people = people_of([20000], composition=who)
    assert people.urgent.sum() / 20000 == pytest.approx(0.2, abs=0.01)
    assert people.chronic.sum() / 20000 == pytest.approx(0.8 * 0.5, abs=0.01)
    assert (people.urgent + people.chronic <= people.persons).all()
    without = people_of([20000], composition=dataclasses.replace(who, chronic_need=0.0))
    assert without.chronic.sum() == 0
    assert (without.urgent == people.urgent).all()


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"weekdays": (1.0,) * 6}, "weekdays needs 7 weights"),
        ({"weekdays": (0.0,) * 7}, "weekdays needs 7 weights"),
        ({"dispersion": -0.1}, "dispersion is -0.1; it cannot be negative"),
        ({"sets_out_below": -1.0}, "sets_out_below is -1; it cannot be negative"),
    ],
)
def test_impossible_profiles_are_refused(changed, message):
    with pytest.raises(NetworkError, match=message):
        network(inflows=(inflow(**changed),))


def test_extreme_dispersion_still_places_everybody():
    people = people_of([100], dispersion=1e6)
    assert people.persons.sum() == 100


CALM_HALF = Weather(
    "channel", (WeatherState("calm", 0.5, 0.5, 20.0), WeatherState("rough", 0.5, 2.0, 20.0)), 0.5
)


def days_of_the_channel(year, **changed):
    """Days of two years as counted, and as the months are spread over days in six futures."""
    counted = fc.load("channel_small_boats")["people"].squeeze(drop=True).to_series()
    counted = counted[f"{year}" : f"{year + 1}"]
    months = counted.resample("MS").sum()
    calendar = periods(dt.date(year, 1, 1), list(months.index.date), dt.date(year + 2, 1, 1))
    plan = network(
        len(counted) * 24.0,
        inflows=(inflow(boats=Boats(lognormal(40.0, 15.0)), **changed),),
        weathers=(CALM_HALF,),
    )
    plan = dataclasses.replace(plan, start=dt.date(year, 1, 1))
    persons = months.to_numpy().reshape(-1, 1, 1)
    futures = []
    for replication in range(6):
        people = draw(plan, persons, ["here"], ["flood"], calendar, Streams(3, replication))
        futures.append(
            np.bincount((people.arrived // 24).astype(int), people.persons, len(counted))
        )
    return counted.to_numpy(), np.array(futures)


def days_told(days):
    """Share of days with nobody, 99th percentile, mean length of runs of days with nobody."""
    nobody = (days == 0).astype(int)
    edges = np.flatnonzero(np.diff(np.concatenate([[0], nobody, [0]])))
    return (days == 0).mean(), np.quantile(days, 0.99), (edges[1::2] - edges[::2]).mean()


@pytest.mark.parametrize("year", [2021, 2023], ids=["2021-22, chosen on", "2023-24, held out"])
def test_calm_windows_retell_the_quiet_and_the_crowded_days_of_the_channel(year):
    """Numbers of the weather and of the busy days were chosen on 2021 and 2022."""
    gate = {"weather": "channel", "sets_out_below": 1.0, "dispersion": 0.6}
    counted, futures = days_of_the_channel(year, **gate)
    zero, most, run = days_told(counted)
    assert 0.55 < zero < 0.62
    simulated = np.mean([days_told(days) for days in futures], axis=0)
    assert simulated[0] == pytest.approx(zero, abs=0.06)
    assert simulated[1] == pytest.approx(most, rel=0.25)
    assert simulated[2] == pytest.approx(run, rel=0.25)
    # Without windows of calm and busy days there are neither the quiet nor the crowded days.
    _, evenly = days_of_the_channel(year)
    plain = np.mean([days_told(days) for days in evenly], axis=0)
    assert plain[0] < 0.5 * zero
    assert plain[1] < 0.5 * most
