"""New scenario files are explained, complete, and lead to a run."""

import re
import typing

import pytest
from pydantic import BaseModel
from typer.testing import CliRunner

from scenarios import cli
from scenarios.authoring import TEMPLATE, new_scenario, template_text
from scenarios.documents import Block, Items, Place, Text, read_text, write_text
from scenarios.editors import SCHEMA_FILE, schema_text
from scenarios.files import list_library, load_scenario, parse_scenario
from scenarios.hints import hint_at, hints_of
from scenarios.problems import ScenarioError
from scenarios.runner import run
from scenarios.schema import Scenario

runner = CliRunner()
HERE = Place("template.yaml", 1)

FILLED = {
    "name": "my-region",
    "title": "Floods",
    "question": "Do the sites hold?",
    "time.start": "2022-07-01",
    "time.run_length": "10 days",
    "forecast.data": "somalia_displacement",
    "forecast.level": "region",
    "forecast.model": "seasonal-climatology",
    "forecast.reference_date": "2022-07-01",
    "forecast.horizon": "1 months",
    "forecast.samples": "20",
    "people.group_size": "4 persons",
    "inflows.name": "floods",
    "inflows.locations": "SO20",
    "inflows.share": "4 %",
    "inflows.reception": "gate",
    "reception.name": "gate",
    "reception.location": "Belet Weyne",
    "reception.sites.site": "field",
    "reception.sites.travel_time": "1 hours",
    "reception.gives_up_after": "3 days",
    "reception.standard": "24 hours",
    "sites.name": "field",
    "sites.location": "Belet Weyne",
    "sites.places": "200 persons",
    "sites.length_of_stay": "5 days",
}


def invoke(*words, status=0):
    result = runner.invoke(cli.app, [str(word) for word in words])
    assert result.exit_code == status, result.output
    assert "Traceback" not in result.output
    return " ".join(result.output.split())


def models_of(model, found=None):
    found = {} if found is None else found
    if model not in found:
        found[model] = hints_of(model)
        for hint in found[model].values():
            if hint.block is not None:
                models_of(hint.block, found)
    return found


def fill(tree, path=""):
    if isinstance(tree, Items):
        for item in tree:
            fill(item, path)
    if not isinstance(tree, Block):
        return
    for key, value in tree.items():
        below = f"{path}.{key}".strip(".")
        if value is not None:
            fill(value, below)
            continue
        text = FILLED.get(below, "5 %" if below.startswith("people.") else "")
        assert text, f"the test does not know what to fill in for {below}"
        content = Text(text, HERE)
        if below.endswith("locations"):
            content = Items(HERE)
            content.append(Text(text, HERE))
        tree[key] = content


def test_the_stored_template_is_that_of_the_contract():
    message = "the contract has changed: renew it with `python -m scenarios.authoring`"
    assert TEMPLATE.read_text(encoding="utf-8") == template_text(), message
    assert "template" not in list_library()


def test_every_key_of_the_contract_is_in_the_template():
    text = template_text()
    for model, hints in models_of(Scenario).items():
        if model.__name__ in {"Derivation", "Change"}:
            continue
        for key, hint in hints.items():
            if key == "history":
                continue
            assert re.search(rf"^[ #-]*{key}:", text, re.MULTILINE), (model, key)
            if hint.meaning and key not in {"source", "assumption"}:
                words = " ".join(re.sub(r"^[ #]+", "", line) for line in text.splitlines())
                assert hint.meaning.removesuffix(".")[:40] in words, (model, key)


def test_the_blank_names_everything_that_is_missing_with_line_and_how(tmp_path):
    path = tmp_path / "my-region.yaml"
    new_scenario(path)
    with pytest.raises(ScenarioError, match="problems") as caught:
        load_scenario(path)
    problems = caught.value.problems
    lines = path.read_text(encoding="utf-8").splitlines()
    blanks = [
        number for number, line in enumerate(lines, 1) if re.fullmatch(r"\s*(- )?[a-z_]+:", line)
    ]
    told = {problem.line for problem in problems}
    empty = {n for n in blanks if not lines[n].lstrip(" #").startswith(("-",)) and n in told}
    assert len(problems) > 25
    assert told == empty
    assert all("has no value; write one" in problem.message for problem in problems)
    assert any("such as 'run_length: 25 min'" in problem.message for problem in problems)
    assert any("one of pool, adaptive-pool" in problem.message for problem in problems)


def test_the_template_filled_in_checks_and_runs():
    text = template_text().replace("    # causes:", "    causes: [flood]")
    text = text.replace("  # data:", "  data:", 1)
    tree, problems = read_text(text, "template.yaml")
    assert problems == []
    fill(tree)
    scenario = parse_scenario(write_text(tree))
    results = run(scenario, replications=2, workers=1)
    assert results.main.measures.sizes["replication"] == 2


def test_optional_parts_of_the_template_open_by_taking_the_first_mark_away():
    text = template_text()
    start = text.index("# experiment:")
    end = text.index("\n\n", start)
    opened = re.sub(r"^# ", "", text[start:end], flags=re.MULTILINE)
    tree, problems = read_text(opened, "part.yaml")
    assert problems == []
    assert list(tree) == ["experiment"]
    again = re.sub(r"^  # (?=[a-z_]+:)", "  ", opened, flags=re.MULTILINE)
    tree, _ = read_text(again, "part.yaml")
    assert set(tree["experiment"]) >= {"replications", "seed"}


def test_a_copy_is_explained_keeps_its_sources_and_is_the_same_plan(tmp_path):
    path = tmp_path / "my-region.yaml"
    schema, current = new_scenario(path, base="beledweyne-losses")
    assert current
    assert schema.read_text(encoding="utf-8") == schema_text()
    text = path.read_text(encoding="utf-8")
    assert text.startswith(f"# yaml-language-server: $schema=./{SCHEMA_FILE}\n")
    assert text.count("# Persons per trip and unit.") == 1
    copy, base = load_scenario(path), load_scenario("beledweyne-losses")
    assert copy.name == "my-region"
    assert copy.history == ()
    skipped = {"name", "history"}
    assert copy.model_dump(exclude=skipped) == base.model_dump(exclude=skipped)
    wanted = {(row.path, row.text) for row in base.sources() if row.kind == "source"}
    assert wanted <= {(row.path, row.text) for row in copy.sources()}


def test_a_copy_finds_the_data_of_its_base(tmp_path):
    path = tmp_path / "here.yaml"
    new_scenario(path, base="docs/how-to/examples/my-region.yaml")
    copy = load_scenario(path)
    assert (copy.folder("forecast.data") / copy.forecast.data).resolve().is_file()


def test_a_variant_lists_what_differs(tmp_path):
    path = tmp_path / "more.yaml"
    new_scenario(path, base="beledweyne-flood", derive=True)
    with pytest.raises(ScenarioError, match="needs one of set, add, remove"):
        load_scenario(path)
    text = path.read_text(encoding="utf-8")
    text = text.replace("set:", "set: sites.jowhar.places").replace("to:", "to: 2500 persons")
    path.write_text(text.replace("because:", "because: An offer."), encoding="utf-8")
    variant = load_scenario(path)
    assert [change.because for change in variant.changes] == ["An offer."]
    second = tmp_path / "second.yaml"
    new_scenario(second, base=str(path), derive=True)
    assert "based_on: more.yaml" in second.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("taken.yaml", "exists and is not overwritten"),
        ("plan.txt", "ends in '.yaml'"),
        ("two words.yaml", "letters, digits and hyphens"),
        ("beledweyne-flood.yaml", "name of a scenario of the library"),
        ("nowhere/plan.yaml", "there is no folder"),
    ],
)
def test_what_cannot_be_written_is_refused_and_nothing_is_written(tmp_path, name, message):
    (tmp_path / "taken.yaml").write_text("mine")
    with pytest.raises(ScenarioError, match=message):
        new_scenario(tmp_path / name, base="beledweyne-flood")
    assert [path.name for path in tmp_path.iterdir()] == ["taken.yaml"]
    assert (tmp_path / "taken.yaml").read_text() == "mine"


def test_a_base_that_does_not_exist_writes_nothing(tmp_path):
    text = invoke("new", "--from", "beledweyne-fload", tmp_path / "a.yaml", status=2)
    assert "did you mean 'beledweyne-flood'" in text
    assert list(tmp_path.iterdir()) == []


def test_the_verbs(tmp_path):
    path = tmp_path / "my-region.yaml"
    assert "safepassage check" in invoke("new", "--from", "beledweyne-flood", path)
    assert "no problems" in invoke("check", path)
    assert "needs --from" in invoke("new", "--derive", tmp_path / "b.yaml", status=2)
    out = tmp_path / "schema.json"
    assert "Schema:" in invoke("schema", "--out", out)
    assert out.read_text(encoding="utf-8") == schema_text()
    assert "overwritten" in invoke("schema", "--out", out, status=2)
    assert "draft-07" in invoke("schema")


def test_a_schema_of_another_version_is_kept_and_told(tmp_path):
    (tmp_path / SCHEMA_FILE).write_text("{}")
    text = invoke("new", "--from", "beledweyne-flood", tmp_path / "a.yaml")
    assert "another version" in text
    assert (tmp_path / SCHEMA_FILE).read_text() == "{}"


def test_hints_of_places_the_contract_does_not_know():
    assert hint_at(Scenario, ["nothing"]) is None
    assert hint_at(Scenario, ["name", "below"]) is None
    assert hint_at(Scenario, ["sites", 0, "places"]).example == "120 persons"
    assert typing.get_origin(list[BaseModel]) is list
