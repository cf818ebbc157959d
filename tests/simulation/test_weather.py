"""Weather: a chain of two states for every limit, the same for whoever looks."""

import datetime as dt
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from small_networks import START, inflow, network, strait

from simulation.calendars import Steps
from simulation.network import NetworkError
from simulation.parts import WeatherState
from simulation.streams import Streams
from simulation.weather import WeatherSeries, fit_windows, mean_spell

SEA = (
    WeatherState("calm", 0.35, 0.5, 20.0),
    WeatherState("moderate", 0.25, 1.5, 10.0),
    WeatherState("rough", 0.4, 3.0, 5.0),
)


def series(days, replication=0, first=START, **changed):
    return WeatherSeries(strait(**changed), first, days, Streams(7, replication))


def spells(workable):
    """Lengths of the runs of good days that begin and end within."""
    edges = np.flatnonzero(np.diff(workable.astype(int)))
    runs = np.diff(edges)
    return runs[0::2] if workable[edges[0] + 1] else runs[1::2]


@pytest.mark.parametrize(("limit", "share"), [(1.0, 0.35), (2.0, 0.6)])
def test_share_and_spells_of_good_days_are_those_of_the_chain(limit, share):
    shares, lengths = [], []
    for replication in range(40):
        good = series(2000, replication, states=SEA, persistence=0.6).workable(limit)
        shares.append(good.mean())
        lengths.append(spells(good).mean())
    expected = mean_spell(share=share, persistence=0.6)

    def covers(values, number):
        low, high = stats.t.interval(0.99, len(values) - 1, np.mean(values), stats.sem(values))
        return low < number < high

    assert covers(shares, share)
    assert covers(lengths, expected)
    # Power: 5 % off must be noticed.
    assert not covers(shares, share * 1.05)
    assert not covers(lengths, expected * 1.05)


@given(offset=st.integers(1, 40), days=st.integers(1, 60))
def test_the_weather_of_a_date_does_not_depend_on_when_the_run_starts(offset, days):
    early = series(offset + days, persistence=0.3)
    late = series(days, first=START + dt.timedelta(days=offset), persistence=0.3)
    assert early.days[offset:].tolist() == late.days.tolist()


def test_a_better_limit_never_closes_a_day():
    sea = series(500, states=SEA)
    strict, loose = sea.workable(1.0), sea.workable(2.0)
    assert (loose >= strict).all()
    assert loose.sum() > strict.sum()
    assert sea.workable(math.inf).all()
    assert not sea.workable(0.1).any()


def test_shares_by_month():
    summer = [1.0 if month in (6, 7) else 0.0 for month in range(1, 13)]
    states = (
        WeatherState("calm", 0.2, 0.5, 20.0, tuple(summer)),
        WeatherState("rough", 0.8, 3.0, 5.0, tuple(1 - share for share in summer)),
    )
    sea = series(365, first=dt.date(2022, 1, 1), states=states, persistence=0.0)
    good = np.flatnonzero(sea.workable(1.0))
    assert (good[0], good[-1], len(good)) == (151, 211, 61)


def test_gate_joins_the_working_hours_with_the_weather():
    sea = series(3)
    sea.days[:] = [0, 1, 0]
    gated = sea.gate(Steps.daily(4, 6.0, 18.0, until=72.0), 1.0)
    assert [gated.at(hour) for hour in (0, 12, 20, 30, 36, 54, 60, 70)] == [0, 4, 0, 0, 0, 4, 4, 0]
    assert sea.gate(Steps.constant(4), 1.0) == Steps((0.0, 24.0, 48.0), (4, 0, 4))
    assert sea.at(25.0).name == "rough"
    assert sea.at(-1.0).name == "calm"
    assert sea.at(1e6).name == "calm"


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"states": ()}, "needs at least one state"),
        ({"persistence": 1.0}, r"persistence is 1; it lies from 0"),
        ({"states": SEA[::-1]}, "wave heights 3 m, 1.5 m, 0.5 m are not in order"),
        ({"states": SEA[:2]}, "sum to 0.6, not to 1"),
        ({"states": (WeatherState("fog", 1.0, 0.0, 0.0),)}, "visibility must be above 0"),
        ({"states": (WeatherState("a", 1.0, 0.0, 1.0, (1.0,)),)}, "by_month needs 12 shares"),
        (
            {"states": (WeatherState("a", 1.0, 0.0, 1.0, (1.0,) * 11 + (0.5,)),)},
            "in month 12 sum to 0.5",
        ),
    ],
)
def test_impossible_weather_is_refused(changed, message):
    with pytest.raises(NetworkError, match=message):
        network(weathers=(strait(**changed),))


def test_dangling_and_double_names_are_refused():
    with pytest.raises(NetworkError, match="'strait' is used 2 times"):
        network(weathers=(strait(), strait()))
    with pytest.raises(NetworkError, match="there is no weather 'sea'; known: strait"):
        network(inflows=(inflow(weather="sea"),), weathers=(strait(),))


def test_fit_finds_what_made_the_counts():
    sea = series(6000, persistence=0.5, states=(SEA[0], WeatherState("rough", 0.65, 3.0, 5.0)))
    good = sea.workable(1.0)
    sizes = np.random.default_rng(1).gamma(2.0, 100.0, len(good))
    fit = fit_windows(np.where(good, sizes, 0.0), START)
    assert fit.zero_share == pytest.approx(0.65, abs=0.03)
    assert fit.persistence == pytest.approx(0.5, abs=0.04)
    assert fit.dispersion == pytest.approx(0.5, abs=0.05)
    assert np.mean(fit.by_month) == pytest.approx(fit.zero_share, abs=0.01)


def test_fit_leaves_out_missing_days_and_what_boats_explain():
    counts = np.tile([0.0, 40.0, 60.0, np.nan], 30)
    fit = fit_windows(counts, START)
    assert fit.zero_share == pytest.approx(1 / 3)
    assert fit.dispersion == pytest.approx(0.04 - 1 / 50)
    assert fit.persistence == 0.0
    assert fit_windows(counts, START, boat_mean=50.0).dispersion == 0.0


@pytest.mark.parametrize(
    "counts", [np.zeros(100), np.ones(100), np.arange(20.0), np.full(90, np.nan)]
)
def test_fit_needs_both_kinds_of_days(counts):
    with pytest.raises(ValueError, match="at least 30 known days, some with people and some"):
        fit_windows(counts, START)


def test_a_spell_needs_shares_below_one():
    assert mean_spell(share=0.5, persistence=0.0) == 2.0
    with pytest.raises(ValueError, match="must lie from 0 to below 1"):
        mean_spell(share=1.0, persistence=0.5)
