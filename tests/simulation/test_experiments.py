"""Replications: one sample each, the same whatever computes them; nobody lost in the library."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from small_networks import START, desk, exponential, inflow, network, reception, site

from scenarios.build import build_network
from scenarios.files import load_scenario
from simulation import measures as m
from simulation.experiments import Futures, available_workers, replicate, replicate_once
from simulation.streams import Streams

LIBRARY = ("beledweyne-flood", "beledweyne-el-nino", "beledweyne-losses")


def plan(days=62, **parts):
    row = reception(desk(2, exponential(1.0)))
    defaults = {"receptions": (row,), "sites": (site(60, exponential(100.0)),)}
    return network(days * 24.0, **(defaults | parts))


def forecast(samples=12, months=3, causes=("flood",), locations=("here",), period="month"):
    freq = {"month": "MS", "week": "7D", "day": "D"}[period]
    time = pd.date_range(START, periods=months, freq=freq)
    counts = np.random.default_rng(1).integers(
        0, 400, (samples, months, len(locations), len(causes))
    )
    return xr.DataArray(
        counts.astype(float),
        dims=("sample", "time", "location", "cause"),
        coords={"time": time, "location": list(locations), "cause": list(causes)},
        attrs={"period": period},
    )


@pytest.fixture(scope="module")
def experiment():
    network = plan()
    futures = Futures.of(forecast(), network)
    return network, futures, replicate(network, futures, replications=12, seed=4, workers=1)


def test_results_do_not_depend_on_the_number_of_workers(experiment):
    network, futures, alone = experiment
    together = replicate(network, futures, replications=12, seed=4, workers=2)
    xr.testing.assert_identical(alone, together)


@pytest.mark.parametrize("engine", ["simpy", "compiled"])
def test_experiments_in_threads_of_one_process_do_not_touch_each_other(experiment, engine):
    network, futures, alone = experiment
    run = partial(replicate, network, futures, replications=12, workers=1, engine=engine)
    with ThreadPoolExecutor(4) as pool:
        seeds = (4, 5, 4, 6)
        made = list(pool.map(lambda seed: run(seed=seed), seeds))
    xr.testing.assert_identical(made[0], alone)
    xr.testing.assert_identical(made[2], alone)
    xr.testing.assert_identical(made[1], run(seed=5))
    assert not made[1].identical(made[3])


def test_fewer_replications_are_the_first_of_more(experiment):
    network, futures, many = experiment
    few = replicate(network, futures, replications=7, seed=4, workers=1)
    xr.testing.assert_identical(few, many.isel(replication=slice(7)))


def test_replication_k_meets_sample_k(experiment):
    network, futures, many = experiment
    displaced = forecast().sel(location="here", cause="flood")
    expected = displaced.isel(time=slice(2)).sum("time").values
    np.testing.assert_array_equal(many["persons_entered"].values, expected)
    records, people = replicate_once(network, futures, seed=4, replication=9)
    assert people.streams == Streams(4, 9)
    alone = m.dataset([m.measure(records, network)], network, first=9)
    xr.testing.assert_identical(alone, many.isel(replication=[9]))


def test_another_seed_gives_other_results(experiment):
    network, futures, many = experiment
    other = replicate(network, futures, replications=12, seed=5, workers=1)
    assert (other["persons_entered"] == many["persons_entered"]).all()
    assert (other["waiting_time_mean"] != many["waiting_time_mean"]).any()


def test_another_plan_meets_the_same_people(experiment):
    _, futures, many = experiment
    larger = plan(sites=(site(80, exponential(100.0)),))
    other = replicate(larger, futures, replications=12, seed=4, workers=1)
    xr.testing.assert_identical(other["persons"], many["persons"])
    desks = {"facility": "registration desks"}
    xr.testing.assert_identical(
        other["mean_busy"].sel(desks).drop_vars("facility"),
        many["mean_busy"].sel(desks).drop_vars("facility"),
    )
    nights = "total_nights_without_place"
    assert (other[nights] <= many[nights]).all()


def test_progress_adds_up(experiment):
    network, futures, _ = experiment
    done = []
    replicate(network, futures, replications=12, seed=4, workers=1, progress=done.append)
    assert sum(done) == 12
    assert max(done) <= 5


def test_the_input_is_not_changed(experiment):
    network, futures, _ = experiment
    before = futures.displaced.copy()
    replicate(network, futures, replications=2, seed=4, workers=1)
    np.testing.assert_array_equal(futures.displaced, before)


@pytest.mark.parametrize("replications", [0, -1, 13])
def test_replications_must_have_samples(experiment, replications):
    network, futures, _ = experiment
    with pytest.raises(ValueError, match=rf"replications is {replications}; .* Choose 1 to 12"):
        replicate(network, futures, replications=replications, seed=1)


def test_the_run_must_lie_within_the_forecast():
    with pytest.raises(ValueError, match=r"lasts 120 days, but the forecast covers 2022-07-01"):
        Futures.of(forecast(), plan(days=120))
    late = forecast().assign_coords(time=pd.date_range("2022-08-01", periods=3, freq="MS"))
    with pytest.raises(ValueError, match="forecast covers 2022-08-01 until 2022-11-01"):
        Futures.of(late, plan())


def test_a_forecast_of_other_dims_is_refused():
    with pytest.raises(ValueError, match=r"forecast has dims \('time', 'location', 'cause'\)"):
        Futures.of(forecast().isel(sample=0), plan())


@pytest.mark.parametrize(
    ("period", "count", "hours"), [("month", 3, 92 * 24), ("week", 10, 70 * 24), ("day", 63, 1512)]
)
def test_periods_follow_each_other(period, count, hours):
    futures = Futures.of(forecast(months=count, period=period), plan())
    assert futures.calendar[0].begins == 0
    assert futures.calendar[-1].ends == hours
    for one, after in zip(futures.calendar, futures.calendar[1:], strict=False):
        assert one.ends == after.begins


def test_order_of_dims_and_absence_of_causes_do_not_matter():
    network = plan(inflows=(inflow(causes=()),))
    array = forecast()
    turned = array.isel(cause=0, drop=True).transpose("location", "time", "sample")
    np.testing.assert_array_equal(
        Futures.of(turned, network).displaced, Futures.of(array, network).displaced
    )


def test_available_workers():
    assert available_workers() >= 1


# The library


@pytest.mark.untraced
@pytest.mark.parametrize("name", LIBRARY)
def test_nobody_is_lost_in_the_library(name):
    scenario = load_scenario(name)
    network = build_network(scenario)
    counts = forecast(
        samples=3,
        months=6,
        locations=("SO20", "SO21", "SO23"),
        causes=("drought", "flood", "conflict", "other"),
    )
    stocks = sum(one.starting_stock for one in network.sites)
    result = replicate(network, Futures.of(counts * 40, network), replications=3, seed=1, workers=1)
    by_outcome = result["persons_by_outcome"].sum("group_outcome")
    assert (by_outcome == result["persons_entered"]).all()
    assert (
        result["persons"].sel(category=["children", "women", "men"]).sum("category")
        == result["persons_entered"]
    ).all()
    expected = []
    for sample in counts.values * 40:
        persons = stocks
        for inflow_ in network.inflows:
            places = [counts.get_index("location").get_loc(one) for one in inflow_.locations]
            causes = [counts.get_index("cause").get_loc(one) for one in inflow_.causes]
            coming = sample[:, places][:, :, causes].sum(axis=(1, 2)) * inflow_.share
            persons += sum(round(float(count)) for count in coming)
        expected.append(persons)
    assert result["persons_entered"].values.tolist() == expected
    steps = result[["persons_requesting", "persons_served", "persons_leaving"]]
    for step in ("screening", "registration", "triage"):
        one = steps.sel(step=step)
        waiting = result["persons_still_waiting"].sel(step=step)
        asked = one["persons_served"] + one["persons_leaving"] + waiting
        assert (asked == one["persons_requesting"]).all()
