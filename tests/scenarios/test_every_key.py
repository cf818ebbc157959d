"""Every key of people, rescue, reception, health, transport and triggers changes the run.

The cases are parametrized over the sections of the schema: a new key without a case fails. A case
is what is set beside the base, first without and then with the key, so that nothing else differs.
"""

import copy
import datetime as dt
import functools
import json
import types
import typing

import numpy as np
import pandas as pd
import pytest
import yaml

from scenarios import services
from scenarios.build import build_network
from scenarios.costs import cost_table, not_counted
from scenarios.facilities import facilities_of
from scenarios.files import parse_scenario
from scenarios.schema import Scenario
from scenarios.values import Capacity, Section, Spread
from simulation.arrivals import periods, population
from simulation.decisions import decision_times
from simulation.engine import simulate
from simulation.measures import dataset, measure
from simulation.streams import Streams
from tests.scenarios.every_key import CASES, START, TEAM, WHOLE

LABELS = {"name", "location", "because", "source", "assumption"}
"""Keys that say what something is called, why it is there, and what it rests on."""


def changed(changes):
    tree = copy.deepcopy(WHOLE)
    for path, value in changes.items():
        *way, last = (int(part) if part.isdigit() else part for part in path.split("."))
        place = tree
        for part in way:
            place = place[part]
        value = yaml.load(value, yaml.BaseLoader) if isinstance(value, str) else value  # noqa: S506
        if value is None:
            del place[last]
        else:
            place[last] = value
    return tree


def result(changes):
    """Records and measures of one future."""
    return _result(json.dumps(changes))


@functools.cache
def _result(text):
    changes = json.loads(text)
    scenario = parse_scenario(yaml.safe_dump(changed(changes), sort_keys=False))
    plan = build_network(scenario)
    calendar = periods(START, [START, dt.date(2022, 8, 1)], dt.date(2022, 9, 1))
    samples = np.random.default_rng(1).gamma(1.5, 9000.0, (40, 2, 2, 3)).round()
    samples[0] = 12_000.0
    names = (["SO20", "SO21"], ["flood", "drought", "conflict"])
    people = population(plan, samples[0], *names, calendar, Streams(1, 0))
    decisions = decision_times(plan, samples, *names, calendar, 0)
    records = simulate(plan, people, decisions)
    tables = ("steps", "states", "groups", "incidents", "trips", "events", "cases", "interruptions")
    return [getattr(records, name) for name in tables], measure(records, plan)


def differs(without, with_it):
    (tables, values), (others, other_values) = result(without), result(with_it)
    if not all(a.equals(b) for a, b in zip(tables, others, strict=True)):
        return True
    return any(
        not np.array_equal(values[name], other_values[name], equal_nan=True) for name in values
    )


ELSEWHERE = {
    ("Inflow", "reception"),
    ("Aid", "rescue"),
    ("Relay", "rescue"),
    ("SiteOption", "site"),
    ("TeamStop", "health_post"),
    ("Outbreak", "health_post"),
    ("MassCasualty", "health_post"),
}
"""Keys that name one of several: the base has one only; a wrong name is an error."""
NOT_IN_TWO_MONTHS = {("ForecastSignal", "notice"), ("ForecastSignal", "updated")}
"""They tell between months that come later than this run; see tests/simulation/test_triggers.py."""
PRICES = {("MobileTeam", "cost")}
"""They say what a plan costs and change nothing of the run; see test_costs_change_the_bill_only."""


def sections():
    """Every section of the services, found from the schema."""
    keys = (
        "people",
        "inflows",
        "rescue",
        "reception",
        "sites",
        "transport",
        "health",
        "wards",
        "ambulances",
        "mobile_teams",
        "outbreaks",
        "mass_casualties",
        "weather",
        "losses",
        "triggers",
        "breakdowns",
        "legal_clocks",
    )
    found = {}

    def visit(annotation):
        if isinstance(annotation, type) and issubclass(annotation, Section):
            if issubclass(annotation, (Spread, Capacity)) or annotation.__name__ in found:
                return
            found[annotation.__name__] = annotation
            for field in annotation.model_fields.values():
                visit(field.annotation)
        for part in typing.get_args(annotation):
            if part is not types.NoneType:
                visit(part)

    for key in keys:
        visit(Scenario.model_fields[key].annotation)
    return found


SECTIONS = sections()
KEYS = [
    (name, key)
    for name, section in SECTIONS.items()
    for key in section.model_fields
    if key not in LABELS
]


def test_the_base_uses_everything():
    tables, values = result({})
    *used, interruptions = tables
    assert all(len(table) for table in used)
    assert interruptions.empty  # no class of the base interrupts
    assert values["persons_entered"] > 50
    assert len(SECTIONS) > 30
    assert set(CASES) == set(SECTIONS)
    assert isinstance(tables[0], pd.DataFrame)
    assert services.People is SECTIONS["People"]


def test_every_key_has_a_case():
    missing = [f"{name}.{key}" for name, key in KEYS if key not in CASES.get(name, {})]
    assert missing == []
    empty = {one for one in KEYS if CASES[one[0]][one[1]] is None}
    assert empty == ELSEWHERE | NOT_IN_TWO_MONTHS | PRICES


@pytest.mark.slow
@pytest.mark.parametrize(
    ("section", "key"),
    [one for one in KEYS if CASES.get(one[0], {}).get(one[1])],
    ids=str,
)
def test_every_key_changes_the_run(section, key):
    case = CASES[section][key]
    assert differs(*case), f"{section}.{key} changes nothing."


@pytest.mark.parametrize("section", CASES)
def test_no_case_is_left_over(section):
    assert set(CASES[section]) <= set(SECTIONS[section].model_fields)


def capacities():
    """Path of every capacity of the base that a cost can stand in."""
    scenario = parse_scenario(yaml.safe_dump(WHOLE, sort_keys=False))
    return {
        name: ".".join(map(str, facility.loc)) for name, facility in facilities_of(scenario).items()
    }


@pytest.mark.untraced
@pytest.mark.parametrize("facility", [*capacities(), "team"])
def test_costs_change_the_bill_only(facility):
    """A cost changes the table of costs by its facility, and nothing of the simulation."""
    changes = {f"{TEAM}.cost": "3 USD per day"}
    if facility != "team":
        path = capacities()[facility]
        *way, last = (int(part) if part.isdigit() else part for part in path.split("."))
        place = WHOLE
        for part in (*way, last):
            place = place[part]
        block = place if isinstance(place, dict) else {"value": place}
        changes = {path: block | {"cost": "3 USD per day"}}
    before, after = (parse_scenario(yaml.safe_dump(changed(c))) for c in ({}, changes))
    assert build_network(before) == build_network(after)
    measures = dataset([result({})[1]], build_network(before))
    assert cost_table(before, measures).empty
    bill = cost_table(after, measures)
    name = WHOLE["mobile_teams"][0]["name"] if facility == "team" else facility
    assert bill["facility"].tolist() == [name]
    assert bill["total"].item() > 0
    assert set(not_counted(before)) - set(not_counted(after)) == {name}


def test_two_equal_runs_do_not_differ():
    assert not differs({}, {})
