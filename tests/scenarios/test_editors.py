"""The JSON Schema says to editors what `check` says: same keys, units and words."""

import json
import re

import pytest
import yaml
from jsonschema import Draft7Validator

from scenarios.editors import json_schema, schema_text
from scenarios.files import LIBRARY, list_library, load_scenario, parse_scenario
from scenarios.problems import ScenarioError
from scenarios.schema import Scenario
from tests.scenarios.test_scenario_problems import FLAGSHIP, edited


class AsEditorsRead(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
    """YAML 1.2, as editors read it: `no` and dates are text."""


AsEditorsRead.yaml_implicit_resolvers = {}
AsEditorsRead.add_implicit_resolver(
    "tag:yaml.org,2002:int", re.compile(r"[-+]?[0-9]+$"), list("-+0123456789")
)
AsEditorsRead.add_implicit_resolver(
    "tag:yaml.org,2002:float", re.compile(r"[-+]?[0-9]+\.[0-9]+$"), list("-+0123456789")
)
AsEditorsRead.add_implicit_resolver(
    "tag:yaml.org,2002:null", re.compile(r"(~|null|)$"), ["~", "n", ""]
)


@pytest.fixture(scope="module")
def validator():
    schema = json_schema()
    Draft7Validator.check_schema(schema)
    return Draft7Validator(schema)


def read(text):
    return yaml.load(text, AsEditorsRead)  # noqa: S506 - a safe loader


def what_is_wrong(validator, text):
    return [f"{list(e.absolute_path)}: {e.message}" for e in validator.iter_errors(read(text))]


@pytest.mark.untraced
@pytest.mark.parametrize("name", list_library())
def test_every_file_of_the_library_is_valid(validator, name):
    text = (LIBRARY / f"{name}.yaml").read_text(encoding="utf-8")
    assert what_is_wrong(validator, text) == []
    assert what_is_wrong(validator, load_scenario(name).resolved_yaml()) == []


STRUCTURAL = [
    ("schema: 1", "schema: 2"),
    ("schema: 1\n", ""),
    ("name: beledweyne-flood", "name: two words"),
    ("name: hiraan-flood", "name: a.b"),
    ("title: Floods", "title: ''\nx: Floods"),
    ("start: 2022-07-01", "start: 1 July"),
    ("start: 2022-07-01", "start:"),
    ("184 days", "184"),
    ("184 days", "0 days"),
    ("184 days", "1,5 days"),
    ("seed: 20220701", "seed: x"),
    ("replications: 200", "replications: 0"),
    ("horizon: 6 months", "horizon: 6 hours"),
    ("model: pool", "model: poll"),
    ("use: [oni, dmi]", "use: oni"),
    ("use: [oni, dmi]", "use: []"),
    ("outlook: {kind: model}", "outlook: path"),
    ("sd: 10 min, ", ""),
    ("sd: 10 min", "sd: -10 min"),
    ("distribution: triangular", "distribution: triangle"),
    ("distribution: triangular", "distribution: gamma"),
    ("8 boats", "8 desks"),
    ("8 boats", "8.5 boats"),
    ("works: 06:00-18:00", "works: 06:00"),
    ("seats: 10 persons", "seats: 0 persons"),
    ("seats: 10 persons", "seat: 10 persons"),
    ("speed: 15 km/h", "speed: {value: 15 km/h, because: x}"),
    ("speed: 15 km/h", "speed: {source: x}"),
    ("speed: 15 km/h", "speed: [1, 2]"),
    ("per: group", "per: boat"),
    ("first_that_fits: no", "first_that_fits: maybe"),
    ("{value: never,", "{value: nevr,"),
    ("4000 persons", "-1 persons"),
    ("wards:\n", "wards: none\nward:\n"),
    ("    location: Jowhar\n    places", "    places"),
]


@pytest.mark.untraced
@pytest.mark.parametrize(("old", "new"), STRUCTURAL)
def test_what_check_refuses_by_form_the_schema_refuses_too(validator, old, new):
    text = edited((old, new))
    assert what_is_wrong(validator, text) != []
    with pytest.raises(ScenarioError, match="problem"):
        parse_scenario(text, "plan.yaml")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("184 days", "26 weeks"),
        ("8 boats", "8 units"),
        ("8 boats", "1 boat"),
        ("{value: never,", "{value: 3 days,"),
        ("outlook: {kind: model}", "outlook: model"),
        ("first_that_fits: no", "first_that_fits: yes"),
        ("works: 06:00-18:00", "works: around the clock"),
        ("location: Jowhar", "location: 1204"),
        ("seats: 10 persons", "seats: {value: 10 persons, source: 2019}"),
    ],
)
def test_other_ways_to_write_are_valid(validator, old, new):
    text = edited((old, new))
    assert what_is_wrong(validator, text) == []
    assert parse_scenario(text, "plan.yaml").name == "beledweyne-flood"


DERIVED = """schema: 1
name: a
title: t
question: q?
based_on: beledweyne-flood
changes:
  - {set: time.run_length, to: 10 days, because: x}
"""


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("because: x", "reason: x"),
        (", because: x", ""),
        (", to: 10 days", ""),
        ("to: 10 days", "item: 10 days"),
        ("set: time.run_length, to", "set: a, add: b, to"),
        ("question: q?\n", ""),
        ("changes:", "wards: []\nchanges:"),
        ("  - {set: time.run_length, to: 10 days, because: x}\n", "  []\n"),
    ],
)
def test_derived_files(validator, old, new):
    assert what_is_wrong(validator, DERIVED) == []
    text = DERIVED.replace(old, new, 1)
    assert what_is_wrong(validator, text) != []
    with pytest.raises(ScenarioError, match="problem"):
        parse_scenario(text)


def test_keys_carry_meaning_default_and_names_for_completion():
    schema = json_schema()
    parts = schema["$defs"]
    assert set(Scenario.model_json_schema(by_alias=True)["properties"]) == set(
        parts["Scenario"]["properties"]
    )
    assert parts["Site"]["properties"]["onward_share"]["default"] == "0 %"
    assert "Persons in the site" in parts["Site"]["properties"]["starting_stock"]["description"]
    assert "beledweyne-flood" in parts["DerivedScenario"]["properties"]["based_on"]["examples"]
    assert "somalia_displacement" in parts["Forecast"]["properties"]["data"]["examples"]
    assert not any(name.startswith("scenarios__") for name in parts)
    assert json.loads(schema_text()) == schema


def test_every_reference_leads_somewhere():
    text = schema_text()
    parts = json_schema()["$defs"]
    wanted = {piece.split('"')[0] for piece in text.split("#/$defs/")[1:]}
    assert wanted <= set(parts)


def test_the_flagship_as_all_text_is_valid_too(validator):
    assert FLAGSHIP.startswith("#")
    plain = yaml.load(FLAGSHIP, yaml.BaseLoader)  # noqa: S506 - makes text of everything
    assert list(validator.iter_errors(plain)) == []
