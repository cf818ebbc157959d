"""Blocks on disk: interrupted and resumed gives what one go gives; damage is seen and repaired."""

import numpy as np
import pytest
import xarray as xr
from small_networks import desk, exponential, inflow, network, reception, site

from simulation.blocks import Blocks, write_durably
from simulation.departures import Period
from simulation.experiments import Futures, blocks_of, identity, replicate, run_engine
from simulation.large_measures import copy_large, read_measures
from simulation.measures import MEASURES

NETWORK = network(
    5 * 24.0,
    inflows=(inflow(),),
    receptions=(reception(desk(2, exponential(1.0))),),
    sites=(site(60, exponential(100.0)),),
)
COUNTS = np.random.default_rng(1).integers(0, 60, (105, 1, 1, 1)).astype(float)
FUTURES = Futures(COUNTS, ("here",), ("flood",), (Period("2022-07-01", 0.0, 120.0),))
SEED = 4


@pytest.fixture(scope="module")
def whole():
    return replicate(NETWORK, FUTURES, replications=12, seed=SEED, workers=1)


class StopError(Exception):
    pass


def stop_after(blocks):
    left = iter(range(blocks))

    def advance(_finished):
        if next(left, None) is None:
            raise StopError

    return advance


@pytest.mark.parametrize("blocks", [0, 1, 2])
def test_a_run_that_was_stopped_goes_on_where_it_was(tmp_path, whole, blocks):
    keep = Blocks(tmp_path, identity(NETWORK, FUTURES, SEED))
    with pytest.raises(StopError):
        replicate(
            NETWORK,
            FUTURES,
            replications=12,
            seed=SEED,
            workers=1,
            keep=keep,
            progress=stop_after(blocks),
        )
    assert 0 < keep.finished() <= 5 * (blocks + 1)
    told = []
    again = Blocks(tmp_path, identity(NETWORK, FUTURES, SEED))
    resumed = replicate(
        NETWORK, FUTURES, replications=12, seed=SEED, keep=again, workers=1, progress=told.append
    )
    xr.testing.assert_identical(resumed, whole)
    assert all(resumed[name].dtype == whole[name].dtype for name in whole)
    assert sum(told) == 12


def test_more_replications_go_on_from_fewer(tmp_path, whole):
    keep = Blocks(tmp_path)
    replicate(NETWORK, FUTURES, replications=7, seed=SEED, workers=1, keep=keep)
    xr.testing.assert_identical(
        replicate(NETWORK, FUTURES, replications=12, seed=SEED, workers=1, keep=keep), whole
    )


@pytest.mark.parametrize("harm", ["flip", "cut", "empty", "of another version"])
def test_a_damaged_block_is_computed_again(tmp_path, whole, harm):
    keep = Blocks(tmp_path)
    replicate(NETWORK, FUTURES, replications=12, seed=SEED, workers=1, keep=keep)
    path = sorted(tmp_path.glob("*.block"))[1]
    content = bytearray(path.read_bytes())
    if harm == "flip":
        content[200] ^= 1
    elif harm == "cut":
        del content[-1:]
    elif harm == "empty":
        content.clear()
    else:
        content[:19] = b"safepassage block 0"
    path.write_bytes(content)
    assert keep.read(range(5, 10)) is None
    assert keep.read(range(5)) is not None
    xr.testing.assert_identical(
        replicate(NETWORK, FUTURES, replications=12, seed=SEED, workers=1, keep=keep), whole
    )


def test_blocks_without_a_measure_of_today_are_not_read(tmp_path, monkeypatch):
    keep = Blocks(tmp_path)
    replicate(NETWORK, FUTURES, replications=5, seed=SEED, workers=1, keep=keep)
    renamed = (MEASURES[0]._replace(name="of_tomorrow"),)
    monkeypatch.setattr("simulation.blocks.MEASURES", renamed)
    assert keep.read(range(5)) is None


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"seed": 5}, "seed"),
        ({"futures": Futures(COUNTS + 1, ("here",), ("flood",), FUTURES.calendar)}, "forecast"),
        ({"network": network(120.0, sites=(site(61, exponential(100.0)),))}, "plan"),
    ],
)
def test_blocks_of_another_run_are_refused(tmp_path, change, named):
    Blocks(tmp_path, identity(NETWORK, FUTURES, SEED))
    values = {"network": NETWORK, "futures": FUTURES, "seed": SEED} | change
    with pytest.raises(ValueError, match=f"replications of another run: different {named}\\."):
        Blocks(tmp_path, identity(**values))


@pytest.mark.parametrize("content", ["{half", "[]", "3"])
def test_an_identity_that_cannot_be_read_is_named(tmp_path, content):
    (tmp_path / "identity.json").write_text(content)
    with pytest.raises(ValueError, match=r"identity\.json cannot be read .* start anew"):
        Blocks(tmp_path, {"seed": "1"})


def test_a_large_run_is_read_from_disk_and_gives_the_same(tmp_path):
    keep = Blocks(tmp_path / "blocks")
    replicate(NETWORK, FUTURES, replications=105, seed=SEED, keep=keep, workers=1)
    parts = blocks_of(105)
    in_memory, on_disk = keep.dataset(parts, NETWORK), keep.dataset(parts, NETWORK, in_memory=0)
    assert isinstance(in_memory["peak_busy"].variable._data, np.ndarray)
    assert not isinstance(on_disk["peak_busy"].variable._data, np.ndarray)
    assert all(in_memory[name].dtype == on_disk[name].dtype for name in in_memory.variables)
    xr.testing.assert_identical(in_memory, on_disk)


def test_a_large_run_is_copied_with_its_attributes_and_read_again_from_disk(tmp_path, monkeypatch):
    keep = Blocks(tmp_path / "blocks")
    replicate(NETWORK, FUTURES, replications=105, seed=SEED, keep=keep, workers=1)
    made = keep.dataset(blocks_of(105), NETWORK, in_memory=0).assign_attrs(scenario="Öst", seed=7)
    path = tmp_path / "measures.nc"
    assert copy_large(made, path)
    whole = read_measures(path)
    monkeypatch.setattr("simulation.large_measures.IN_MEMORY", 0)
    lazy = read_measures(path)
    assert isinstance(whole["peak_busy"].variable._data, np.ndarray)
    assert not isinstance(lazy["peak_busy"].variable._data, np.ndarray)
    assert whole.attrs == made.attrs
    xr.testing.assert_identical(whole, lazy)
    xr.testing.assert_equal(
        whole.drop_vars(["cause", "trigger"]), made.drop_vars(["cause", "trigger"])
    )
    for other in (whole, made.isel(replication=slice(50)), made.drop_vars("late")):
        assert not copy_large(other, tmp_path / "other.nc")
    assert not (tmp_path / "other.nc").exists()


def test_a_block_that_vanishes_during_the_run_is_named(tmp_path):
    keep = Blocks(tmp_path)
    replicate(NETWORK, FUTURES, replications=5, seed=SEED, workers=1, keep=keep)
    with pytest.raises(ValueError, match=r"replications 5 to 9 in .* computed anew"):
        keep.dataset(blocks_of(10), NETWORK)


def test_a_file_is_written_in_full_or_not_at_all(tmp_path, monkeypatch):
    write_durably(tmp_path / "a", b"old")

    def full(_descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("simulation.blocks.os.fsync", full)
    with pytest.raises(OSError, match="No space left"):
        write_durably(tmp_path / "a", b"new")
    assert (tmp_path / "a").read_bytes() == b"old"


def test_an_unknown_engine_is_refused():
    with pytest.raises(ValueError, match=r"no engine 'steam'; choose simpy"):
        run_engine(NETWORK, FUTURES.people(NETWORK, 1, 0), (), "steam")
