"""A corpus of broken files: every message says where, what, what is allowed; nothing is written."""

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from scenarios import cli
from scenarios.files import load_scenario
from scenarios.problems import ScenarioError

CORPUS = sorted((Path(__file__).parent / "broken").glob("*.yaml"))


def told(path):
    with pytest.raises(ScenarioError, match="problem") as caught:
        load_scenario(path)
    return caught.value


def test_the_corpus_is_not_smaller_than_promised():
    assert len(CORPUS) >= 30


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.stem)
def test_all_problems_at_once_as_stored(path):
    """Lists of what is allowed grow with the contract, so only their presence is stored."""
    error = told(path)
    text = str(error).replace(f"{path.parent}/", "")
    shown = re.sub(r"(Allowed|Library): .*", r"\1: ...", text)
    assert shown == path.with_suffix(".txt").read_text(encoding="utf-8").rstrip("\n")
    assert all(problem.file == str(path) for problem in error.problems)
    lines = path.read_text(encoding="utf-8").splitlines()
    assert all(0 <= problem.line <= len(lines) for problem in error.problems)
    assert [p.line for p in error.problems] == sorted(p.line for p in error.problems)


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.stem)
def test_a_run_of_a_broken_file_writes_nothing(path, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(cli.app, ["run", str(path), "--out", str(tmp_path / "results")])
    assert result.exit_code == 2
    assert "Traceback" not in result.output
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("stem", "name"),
    [
        ("10-misspelled-key", "length_of_stay"),
        ("23-dangling-site", "sports-ground"),
        ("27-model-unknown", "seasonal-climatology"),
        ("29-derived-from-nothing", "beledweyne-flood"),
        ("30-derived-path-to-nowhere", "jowhar"),
    ],
)
def test_the_nearest_name_is_offered(stem, name):
    path = next(path for path in CORPUS if path.stem == stem)
    assert f"did you mean {name!r}" in str(told(path))
