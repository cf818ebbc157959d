"""Notebooks by name and parameter, run and kept as a page."""

import importlib.util
import json

import pytest
from typer.testing import CliRunner

from scenarios import notebooks
from scenarios.cli import app
from scenarios.notebooks import NotebookError, notebook_named, parameters_of
from scenarios.results import ResultsError


def small(tmp_path, source):
    cells = [
        {"cell_type": "markdown", "id": "0", "metadata": {}, "source": ["# Straße\n"]},
        {
            "cell_type": "code",
            "id": "1",
            "metadata": {"tags": ["parameters"]},
            "source": ['name = "Ort"\n', "count = 2\n", "share = 0.5\n", "many = False"],
        },
        {"cell_type": "code", "id": "2", "metadata": {}, "source": [source]},
    ]
    for cell in cells[1:]:
        cell |= {"outputs": [], "execution_count": None}
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    book = {
        "cells": cells,
        "metadata": {"kernelspec": kernel, "language_info": {"name": "python"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    file = tmp_path / "10-small.ipynb"
    file.write_text(json.dumps(book), encoding="utf-8")
    return notebooks._read(file)


def test_every_notebook_starts_with_a_question_and_has_parameters():
    for one in notebooks.notebooks():
        assert one.question.endswith("?"), one.name
        assert one.parameters, one.name


def test_a_notebook_is_found_by_its_number_and_a_typo_is_helped():
    assert notebook_named("02").name == "02-read-and-judge-data"
    with pytest.raises(
        NotebookError, match=r"no notebook is called '03-forcast-and-score'.*03-fore"
    ):
        notebook_named("03-forcast-and-score")
    with pytest.raises(NotebookError, match=r"\d+ notebooks are called 'a'"):
        notebook_named("a")


def test_parameters_take_the_type_of_the_notebook(tmp_path):
    book = small(tmp_path, "")
    given = ["name=Nörd=1", "count=3", "share=1", "many=True"]
    assert parameters_of(book, given) == {"name": "Nörd=1", "count": 3, "share": 1.0, "many": True}


def test_all_wrong_parameters_are_told_at_once(tmp_path):
    given = ["count=2.5", "coun=1", "name", "many=1", "share=0.1", "share=0.2"]
    with pytest.raises(NotebookError) as problems:
        parameters_of(small(tmp_path, ""), given)
    text = str(problems.value)
    for part in (
        "count is a whole number",
        "no parameter 'coun'",
        "write it as name=value",
        "many is True or False",
        "share is given twice",
    ):
        assert part in text


needs_papermill = pytest.mark.skipif(
    importlib.util.find_spec("papermill") is None, reason="papermill is not installed"
)
quiet = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")


@needs_papermill
@quiet
def test_a_run_keeps_notebook_and_page_and_never_overwrites(tmp_path):
    book = small(tmp_path, "print(name * count)")
    file, page = notebooks.run_notebook(book, {"name": "Ufer"}, tmp_path / "out", code=False)
    assert "UferUfer" in file.read_text(encoding="utf-8")
    text = page.read_text(encoding="utf-8")
    assert "UferUfer" in text
    assert "Straße" in text
    assert "name * count" not in text
    with pytest.raises(ResultsError, match="never overwritten"):
        notebooks.run_notebook(book, {}, tmp_path / "out")


@needs_papermill
@quiet
def test_a_cell_that_fails_leaves_nothing_behind(tmp_path):
    book = small(tmp_path, "1 / 0")
    with pytest.raises(NotebookError, match="10-small stopped at a cell: ZeroDivisionError"):
        notebooks.run_notebook(book, {}, tmp_path / "out")
    assert [path.name for path in tmp_path.iterdir()] == ["10-small.ipynb"]


def test_the_command_lists_notebooks_and_refuses_wrong_names():
    listed = CliRunner().invoke(app, ["notebook"])
    assert listed.exit_code == 0
    assert "02-read-and-judge-data" in listed.output
    wrong = CliRunner().invoke(app, ["notebook", "02", "-p", "tab=x"])
    assert wrong.exit_code == 2


@needs_papermill
@quiet
def test_the_command_runs_one(tmp_path, monkeypatch):
    book = small(tmp_path, "print(name)")
    monkeypatch.setattr(notebooks, "notebooks", lambda: (book,))
    arguments = ["notebook", "small", "-p", "name=Fluss", "--out", str(tmp_path / "kept"), "--code"]
    run = CliRunner().invoke(app, arguments)
    assert run.exit_code == 0, run.output
    assert "Fluss" in (tmp_path / "kept" / "10-small.html").read_text(encoding="utf-8")


def test_data_check_shows_what_is_odd_and_keeps_a_table(tmp_path):
    file = tmp_path / "ß.csv"
    arguments = ["data", "check", "darien_transits", "--csv", str(file)]
    run = CliRunner().invoke(app, arguments)
    assert run.exit_code == 0, run.output
    assert "ask for an explanation" in run.output
    assert file.read_text(encoding="utf-8").startswith("series,check,value,unit,finding,meaning")
    again = CliRunner().invoke(app, arguments)
    assert again.exit_code == 2
    everything = CliRunner().invoke(app, ["data", "check", "darien_transits", "--all"])
    assert "zeros" in everything.output
    unknown = CliRunner().invoke(app, ["data", "check", "darien_transit"])
    assert unknown.exit_code == 2
    assert "darien_transits" in unknown.output
