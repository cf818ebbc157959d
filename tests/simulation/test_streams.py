"""Every random number is a pure function of seed, replication, name and index, and looks random."""

import hashlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from small_networks import exponential

from simulation import streams
from simulation.distributions import UNIT_EXPONENTIAL
from simulation.streams import Streams, hash64, of_visit

MANY = np.arange(50_000, dtype=np.uint64)
KEYS = st.integers(0, 2**64 - 1)


@given(
    seed=st.integers(-(2**40), 2**40),
    replication=st.integers(0, 10**6),
    name=st.text(max_size=20),
    indices=st.lists(KEYS, min_size=1, max_size=30),
    position=st.integers(0, 29),
)
def test_a_draw_depends_on_nothing_but_its_own_name_and_index(
    seed, replication, name, indices, position
):
    index = np.array(indices, dtype=np.uint64)
    position %= len(index)
    among = Streams(seed, replication).uniform(name, index)
    alone = Streams(seed, replication).uniform(name, index[position : position + 1])
    assert alone[0] == among[position]
    np.testing.assert_array_equal(
        among[::-1], Streams(seed, replication).uniform(name, index[::-1])
    )


@given(indices=st.lists(KEYS, min_size=1, max_size=200))
def test_draws_lie_strictly_between_zero_and_one(indices):
    draws = Streams(7, 3).uniform("any", np.array(indices, dtype=np.uint64))
    assert ((draws > 0) & (draws < 1)).all()


@given(indices=st.lists(KEYS, min_size=1, max_size=5))
def test_machine_code_and_python_draw_the_same(indices):
    index = np.array(indices, dtype=np.uint64)
    made = Streams(7, 3).uniforms(("any", "other"), index)
    with pytest.MonkeyPatch.context() as patch, np.errstate(over="ignore"):
        patch.setattr(streams, "_compiled", lambda loop: loop)
        np.testing.assert_array_equal(made, Streams(7, 3).uniforms(("any", "other"), index))
    many, short = MANY[:7], exponential(6.0)
    wanted = [("any", None, index), ("other", short, many), ("third", short, index)]
    waited = ("any", index, np.arange(len(index)) + 1, np.full(len(index), 3.5), 9)
    made, (counts, waits) = Streams(7, 3).draws(wanted), Streams(7, 3).waits(*waited)
    with pytest.MonkeyPatch.context() as patch, np.errstate(over="ignore"):
        patch.setattr(streams, "_compiled", lambda loop: loop)
        for one, other in zip(made, Streams(7, 3).draws(wanted), strict=True):
            np.testing.assert_array_equal(one, other)
        in_python = Streams(7, 3).waits(*waited)
        np.testing.assert_array_equal(counts, in_python[0])
        np.testing.assert_array_equal(waits, in_python[1])


def test_draws_from_several_streams_are_those_from_each():
    one = Streams(7, 3)
    long, short = exponential(60.0), exponential(6.0)
    wanted = [("a", long, MANY[:3]), ("b", None, MANY[:0]), ("c", short, MANY[:4])]
    wanted += [("d", None, MANY[:5]), ("e", long, MANY[2:4])]
    for (name, distribution, index), made in zip(wanted, one.draws(wanted), strict=True):
        alone = one.draw(name, distribution, index) if distribution else one.uniform(name, index)
        np.testing.assert_array_equal(made, alone)
    assert one.draws([]) == []


@pytest.mark.parametrize("most", [1, 3, 1000])
def test_waits_follow_one_another_until_the_time_is_over(most):
    key, number = MANY[:200], np.arange(200) % 5
    time = np.linspace(0.0, 60.0, 200)
    counts, waits = Streams(7, 3).waits("gap", key, number, time, most)
    ends = np.cumsum(counts)
    assert counts.min() >= 1
    assert len(waits) == ends[-1]
    for thing in range(200):
        mine = waits[ends[thing] - counts[thing] : ends[thing]]
        occasions = of_visit(key[[thing]], number[thing] + np.arange(counts[thing]))
        np.testing.assert_array_equal(mine, Streams(7, 3).draw("gap", UNIT_EXPONENTIAL, occasions))
        assert mine[:-1].sum() <= time[thing]
        assert mine.sum() > time[thing] or counts[thing] == most


def test_waits_beyond_what_was_likely_find_space(monkeypatch):
    arguments = ("gap", MANY[:50], np.zeros(50, dtype=np.int64), np.full(50, 4.0), 100)
    counts, waits = Streams(7, 3).waits(*arguments)
    monkeypatch.setattr(streams.math, "sqrt", lambda number: -0.15 * number)
    again = Streams(7, 3).waits(*arguments)
    np.testing.assert_array_equal(again[0], counts)
    np.testing.assert_array_equal(again[1], waits)


def test_the_index_is_not_changed():
    index = np.arange(5, dtype=np.uint64)
    Streams(1, 0).uniform("a", index)
    np.testing.assert_array_equal(index, np.arange(5))


@pytest.mark.parametrize("start", [0, 2**40, 2**63, hash64("hiraan-flood/2022-10-01")])
def test_draws_of_consecutive_things_are_uniform_and_independent(start):
    draws = Streams(1, 0).uniform("a", np.uint64(start) + MANY)
    assert stats.kstest(draws, "uniform").pvalue > 1e-3
    for lag in (1, 2, 16):
        assert abs(np.corrcoef(draws[:-lag], draws[lag:])[0, 1]) < 4 / np.sqrt(len(MANY))
    pairs = np.histogram2d(draws[:-1], draws[1:], bins=10)[0]
    assert stats.chisquare(pairs.ravel()).pvalue > 1e-3


@pytest.mark.parametrize(
    ("streams", "name"),
    [
        (Streams(1, 1), "a"),
        (Streams(2, 0), "a"),
        (Streams(11, 0), "a"),
        (Streams(1, 0), "b"),
        (Streams(1, 0), "a "),
    ],
    ids=["replication", "seed", "seed with the same digits", "name", "nearly the same name"],
)
def test_draws_of_other_streams_are_independent(streams, name):
    here, there = Streams(1, 0).uniform("a", MANY), streams.uniform(name, MANY)
    assert abs(np.corrcoef(here, there)[0, 1]) < 4 / np.sqrt(len(MANY))
    assert not np.intersect1d(here, there).size


def test_seed_and_replication_are_not_run_together():
    assert Streams(1, 23).uniform("a", MANY[:1]) != Streams(12, 3).uniform("a", MANY[:1])


def test_draws_over_replications_are_uniform():
    draws = [Streams(5, r).uniform("a", MANY[:1])[0] for r in range(4000)]
    assert stats.kstest(draws, "uniform").pvalue > 1e-3


def test_draw_inverts_the_distribution_function():
    streams, times = Streams(1, 0), exponential(3.0)
    np.testing.assert_array_equal(
        streams.draw("a", times, MANY), times.quantile(streams.uniform("a", MANY))
    )


def test_hash_is_the_same_on_every_machine():
    # A stored result: it may never change, or stored runs could not be repeated.
    assert hash64("safepassage") == int.from_bytes(
        hashlib.blake2b(b"safepassage", digest_size=8).digest(), "little"
    )
    assert len({hash64(f"inflow/{n}") for n in range(10_000)}) == 10_000
