"""Stored counterexamples: both engines must agree where they once differed, or easily would."""

import json

import pytest
from counterexamples import (
    STORED,
    Counterexample,
    assert_equal_records,
    first_gives_way,
    found_folder,
    last_first,
    read,
    serves_at_once,
    stored_when_different,
    write,
)
from small_networks import desk, fixed, network, population, reception

from simulation.resources import Servers

pytest.importorskip("numba")

CASES = sorted(STORED.glob("*.json"))


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_stored_case_gives_equal_records(path):
    case = read(path)
    records = assert_equal_records(case.network, case.people, case.decisions)
    for name, rows in case.at_least.items():
        assert len(getattr(records, name)) >= rows


def test_there_are_cases_and_each_says_what_it_is_about():
    assert len(CASES) >= 25
    assert all(len(json.loads(path.read_text())["about"]) > 30 for path in CASES)


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_writing_what_was_read_changes_nothing(path, tmp_path):
    write(tmp_path / path.name, read(path))
    assert (tmp_path / path.name).read_text() == path.read_text()


@pytest.mark.untraced
@pytest.mark.parametrize(
    ("method", "wrong"),
    [
        ("release", serves_at_once),
        ("request", last_first),
        ("_last_at_work", first_gives_way),
    ],
)
def test_stored_cases_catch_a_wrong_rule(monkeypatch, method, wrong):
    monkeypatch.setattr(Servers, method, wrong)
    caught = []
    for path in CASES:
        case = read(path)
        try:
            assert_equal_records(case.network, case.people, case.decisions)
        except AssertionError:
            caught.append(path.stem)
    assert len(caught) >= 2


def test_a_case_that_differs_is_written_and_can_be_stored(monkeypatch, tmp_path):
    monkeypatch.setenv("COUNTEREXAMPLES", str(tmp_path / "found"))
    plan = network(receptions=(reception(desk(1, fixed(1.0))),))
    people = population([0.0, 0.0, 0.5], [1, 2, 3])
    with monkeypatch.context() as broken:
        broken.setattr(Servers, "request", last_first)
        with (
            pytest.raises(AssertionError, match="different") as told,
            stored_when_different("example", plan, people),
        ):
            assert_equal_records(plan, people)
    path = tmp_path / "found" / "example.json"
    assert str(path) in told.value.__notes__[0]
    case = read(path)
    assert isinstance(case, Counterexample)
    assert case.about.startswith("example: ")
    assert repr(case.network) == repr(plan)
    assert_equal_records(case.network, case.people, case.decisions)  # the rule is mended


def test_without_the_variable_cases_go_to_a_temporary_folder(monkeypatch):
    monkeypatch.delenv("COUNTEREXAMPLES", raising=False)
    assert found_folder().name == "safepassage-counterexamples"
