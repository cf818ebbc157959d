"""A Dask cluster gives the results of this machine."""

import pytest
import xarray as xr

from scenarios import build_network, load_scenario, make_outlook
from simulation import Futures, replicate


@pytest.fixture(scope="module")
def plan():
    scenario = load_scenario("beledweyne-flood")
    network = build_network(scenario)
    return network, Futures.of(make_outlook(scenario).forecast[:6], network)


def test_a_scheduler_that_does_not_answer_is_named(plan):
    pytest.importorskip("distributed", reason="needs the extra 'cluster'")
    with pytest.raises(ValueError, match=r"no Dask scheduler answers at 'nowhere'"):
        replicate(*plan, replications=1, seed=1, cluster="nowhere")


@pytest.mark.slow
@pytest.mark.filterwarnings("default")  # of third parties, when their servers close
def test_a_cluster_gives_the_same_measures_as_one_process(plan):
    distributed = pytest.importorskip("distributed", reason="needs the extra 'cluster'")
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address=None
    ) as cluster:
        there = replicate(*plan, replications=6, seed=1, cluster=cluster.scheduler_address)
    here = replicate(*plan, replications=6, seed=1, workers=1)
    xr.testing.assert_identical(there, here)
