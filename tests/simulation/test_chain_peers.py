"""The chain of the benchmark in plain C counts what our engines count."""

import shutil

import pytest

pytest.importorskip("numba")

from benchmarks.chain_peers import beside_peers, check, sums
from benchmarks.engines import chain, comers
from simulation.engine import simulate

PERSONS = 1000


@pytest.fixture(scope="module")
def run():
    network = chain(PERSONS)
    people = comers(network, PERSONS)
    return network, people, simulate(network, people)


@pytest.mark.skipif(not (shutil.which("cc") or shutil.which("gcc")), reason="no C compiler here")
def test_the_c_program_counts_the_same(run):
    result = beside_peers(*run, times=1, cimba=None)
    assert 0 < result["c_seconds"] < 10
    assert result["cimba_skipped"].startswith("no Python with cimba")


def test_without_a_compiler_the_reason_is_told(run, monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda _name: None)
    assert "no C compiler" in beside_peers(*run, times=1, cimba=None)["c_skipped"]


def test_a_peer_that_counts_otherwise_is_refused(run):
    ours = sums(run[2])
    check("the same", ours, ours)
    wrong = ours | {"1": [ours["1"][0], ours["1"][1] - 1, *ours["1"][2:]]}
    with pytest.raises(AssertionError, match="a peer and our engine differ at triage"):
        check("a peer", wrong, ours)
    late = ours | {"0": [*ours["0"][:3], ours["0"][3] + 0.01]}
    with pytest.raises(AssertionError, match="differ at registration"):
        check("a peer", late, ours)
