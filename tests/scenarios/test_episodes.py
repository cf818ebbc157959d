"""Every scenario of the library runs, and episodes are retold as their figures say."""

import numpy as np
import pandas as pd
import pytest

import forecasting as fc
from scenarios.files import list_library, load_scenario
from scenarios.forecasts import check_data, fingerprint, make_outlook
from scenarios.observed import check_observed, fit_of, observed_points
from scenarios.runner import simulate_plan

pytestmark = pytest.mark.untraced  # whole runs of lines that other tests cover

NAMES = list_library()
BASES = sorted({name for name in NAMES if not load_scenario(name).history})
EPISODES = [name for name in BASES if load_scenario(name).observed]
_OUTLOOKS = {}


def outlook_of(scenario):
    key = fingerprint(scenario)
    if key not in _OUTLOOKS:
        _OUTLOOKS[key] = make_outlook(scenario)
    return _OUTLOOKS[key]


def simulated(name, replications=2):
    scenario = load_scenario(name)
    forecast = outlook_of(scenario).forecast
    return scenario, simulate_plan(
        scenario, forecast, replications=replications, seed=scenario.experiment.seed, workers=1
    )


@pytest.mark.parametrize(
    "name", [n if n in BASES else pytest.param(n, marks=pytest.mark.slow) for n in NAMES]
)
def test_every_scenario_of_the_library_runs(name):
    scenario = load_scenario(name)
    check_data(scenario)
    check_observed(scenario)
    _, measures = simulated(name)
    assert measures.sizes["replication"] == 2
    assert float(measures["persons_entered"].min()) > 0
    outcomes = measures["persons_by_outcome"].sum("group_outcome")
    assert (outcomes == measures["persons_entered"]).all()
    if scenario.observed:
        points = observed_points(scenario, measures)
        assert (points["low_90"] <= points["median"]).all()
        assert fit_of(points)["points"].sum() == len(points)


def test_every_base_has_two_variants_or_more():
    variants = [load_scenario(name).history[0].based_on for name in NAMES if name not in BASES]
    few = {name: variants.count(name) for name in BASES if variants.count(name) < 2}
    assert few == {}


def test_what_was_observed_in_an_episode_says_where_it_is_from():
    assert {"arguineguin-dock", "sicily-hotspots", "new-york-shelters", "sindh-camps"} <= set(
        EPISODES
    )
    for name in EPISODES:
        for one in load_scenario(name).observed:
            assert one.source
            assert one.confidence


def test_the_balance_of_the_dock_holds():
    """2,300 on the dock, 68 arrive, 450 are moved: 1,918, and 1,920 were reported."""
    scenario, measures = simulated("arguineguin-dock", replications=8)
    points = observed_points(scenario, measures).set_index("date")
    assert points.loc["2020-11-18", "median"] == pytest.approx(1918, abs=6)
    assert points.loc["2020-11-18", "in_90"]
    # The books of the first and the last day balance by themselves, so nothing is a test.
    assert set(points["used"]) == {"fitted"}


def test_variants_say_what_they_change():
    """Numbers in the words of a variant are those of its plan, beside the plan it is based on."""
    wave = np.array(load_scenario("assam-third-wave").forecast.counts[0].persons)
    base = np.array(load_scenario("assam-june-2022").forecast.counts[0].persons)
    assert (wave - base).sum() == base[15] == 152_037
    assert load_scenario("poland-half-hub").losses[0].remaining == 0.5
    shares = [
        load_scenario(name).inflows[0].share
        for name in ("somalia-drought-fifth-season", "somalia-drought-2022")
    ]
    assert shares == [1.0, 0.5]
    plots = next(
        site for site in load_scenario("drought-then-flood-more-plots").sites
        if site.name == "ceel-jaale"
    ).places  # fmt: skip
    assert plots.value == 4000
    assert [(str(one.at.date), one.to) for one in plots.changes] == [("2022-09-01", 6000)]


def test_the_people_in_care_follow_the_integral_of_arrivals_and_stays():
    """The simulated stock is what renewal theory says: arrivals times the share still there."""
    scenario, measures = simulated("new-york-shelters", replications=8)
    counts = scenario.forecast.counts[0]
    months = pd.date_range(counts.first, periods=len(counts.persons), freq="MS")
    days = pd.date_range(months[0], months[-1] + pd.offsets.MonthEnd(0))
    daily = pd.Series(counts.persons, index=months).reindex(days, method="ffill")
    daily = 0.1 * daily / days.days_in_month
    ages = np.arange(len(days)) + 0.5
    stay = 0.05 * np.exp(-ages / 90) + 0.95 * np.exp(-ages / 250)
    expected = np.convolve(daily, stay)[: len(days)][: measures.sizes["day"]]
    mean = measures["mean_busy"].sel(facility="shelters").mean("replication").values
    late = slice(100, None)
    # Counting error is 5 % per future, so the mean of 8 has a standard error of 1.8 %.
    assert np.abs(mean[late] / expected[late] - 1).max() < 4 * 0.018
    assert np.abs(mean[late] / (1.2 * expected[late]) - 1).min() > 4 * 0.018


def test_held_out_years_of_the_hotspots_are_covered_at_the_level_promised():
    """Most of 24 held-out dates are inside; a doubled stay fails clearly."""
    inside, misses = [], {}
    for name in ("sicily-hotspots", "sicily-hotspots-2024"):
        scenario, measures = simulated(name, replications=4)
        points = observed_points(scenario, measures)
        assert set(points["used"]) == {"held out"}
        inside += points["in_90"].tolist()
        fit = fit_of(points).iloc[0]
        misses[name] = fit["mae"]
        assert fit["mae"] < fit["mae_simple"]
    assert 14 <= sum(inside) <= len(inside) == 24
    scenario = load_scenario("sicily-hotspots")
    _, doubled = simulated("sicily-hotspots-doubled-stay", replications=4)
    worse = fit_of(observed_points(scenario, doubled)).iloc[0]
    assert worse["mae"] > 1.5 * misses["sicily-hotspots"]


def test_a_forecast_by_day_has_the_quiet_and_the_crowded_days_of_its_season():
    """Issued before September 2022; that month and those of the years around it are the judge."""
    counted = fc.load("channel_small_boats")["people"].squeeze(drop=True).to_series()
    septembers = [counted[f"{year}-09"] for year in (2021, 2022, 2023, 2024)]
    quiet = [(days == 0).mean() for days in septembers]
    samples = outlook_of(load_scenario("english-channel")).forecast.to_numpy()
    assert min(quiet) - 0.05 <= (samples == 0).mean() <= max(quiet) + 0.05
    most = np.quantile(np.concatenate(septembers), 0.99)
    assert 1 / 1.5 < np.quantile(samples, 0.99) / most < 1.5
