"""Derived scenarios differ where they say they differ, and nowhere else."""

import pytest

from scenarios.build import build_network
from scenarios.files import load_scenario, parse_scenario
from scenarios.problems import ScenarioError

HEAD = "schema: 1\nname: derived\ntitle: t\nquestion: q?\nbased_on: {base}\nchanges:\n"


def derived(changes, base="beledweyne-flood"):
    return HEAD.format(base=base) + changes


def one_change(path, to):
    return derived(f"  - set: {path}\n    to: {to}\n    because: a reason\n")


def steps_of(text, facility):
    return build_network(parse_scenario(text)).capacity(facility)


@pytest.mark.parametrize(
    "path",
    [
        "rescue.boats-beledweyne.units",
        "boats-beledweyne.units",
        "rescue.river-rescue-beledweyne.units.boats-beledweyne.units",
        "rescue.boats-beledweyne.units.value",
    ],
)
def test_a_new_number_keeps_the_hours(path):
    text = one_change(path, "4 boats")
    boats = steps_of(text, "boats-beledweyne")
    assert (boats.at(5.9), boats.at(6.0), boats.at(18.0)) == (0, 4, 0)


def test_the_reason_of_a_change_stands_for_its_source():
    scenario = parse_scenario(one_change("rescue.boats-beledweyne.units", "4 boats"))
    rows = {row.path: row for row in scenario.sources()}
    row = rows["rescue.river-rescue-beledweyne.units.boats-beledweyne.units.value"]
    assert row[1:] == ("4 boats", "change", "a reason")
    assert rows["sites.jowhar.places.value"].kind == "assumption"


def test_changes_are_shown_with_full_paths():
    scenario = parse_scenario(one_change("boats-beledweyne.seats", "12 persons"))
    change = scenario.changes[0]
    assert change.what == "rescue.river-rescue-beledweyne.units.boats-beledweyne.seats"
    assert (change.new, change.because) == ("12 persons", "a reason")


def test_a_path_may_go_below_a_plain_quantity():
    text = one_change("forecast.outlook.kind", "model")
    assert parse_scenario(text).forecast.outlook.kind == "model"


def test_add_remove_and_set_of_something_new():
    scenario = parse_scenario(
        derived(
            "  - add: losses\n"
            "    item: {name: l, facility: jowhar, from: day 2, remaining: 50 %, because: r}\n"
            "    because: x\n"
            "  - remove: inflows.lower-valley-flood\n"
            "    because: y\n"
            "  - remove: sites.ceel-jaale.over_capacity\n"
            "    because: y\n"
            "  - set: inflows.hiraan-drought-conflict.onset\n"
            "    to: {value: 3 days, source: s}\n"
            "    because: z\n"
            "  - add: forecast.focus\n"
            "    item: SO22\n"
            "    because: w\n"
        )
    )
    assert len(scenario.inflows) == 3
    assert scenario.inflows[1].onset == 72.0
    assert scenario.sites[0].over_capacity == 0
    assert scenario.forecast.focus == ("SO20", "SO21", "SO23", "SO22")
    assert [c.new for c in scenario.changes][1] == "removed"
    assert build_network(scenario).capacity("jowhar").values == (2000, 1000)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            "  - set: rescue.boats-beledwene.units\n    to: 4 boats\n    because: x\n",
            "did you mean 'boats-beledweyne'",
        ),
        (
            "  - set: boats-beledweyne.unts\n    to: 4 boats\n    because: x\n",
            "unknown key, did you mean 'units'",
        ),
        ("  - set: time.start.day\n    to: 4\n    because: x\n", "must be|keys"),
        (
            "  - remove: sites.nowhere\n    because: x\n",
            "there is no 'nowhere' in sites, .*Known: ceel-jaale, jowhar",
        ),
        ("  - remove: wards.x.y\n    because: x\n", "there is no 'x' in wards"),
        ("  - set: sites.jowhar.places\n    because: x\n", "'set' needs 'to'"),
        ("  - set: sites.jowhar.places\n    to: 5 persons\n", "'because' is missing"),
        ("  - sett: x\n    to: 5 persons\n    because: y\n", "one of set, add, remove"),
        ("  - set: name\n    too: x\n    because: y\n", "did you mean 'to'"),
        ("  - just text\n", "needs 'set' with 'to'"),
        ("  -\n", "needs 'set' with 'to'"),
        ("  - add: time\n    item: x\n    because: y\n", "use 'set'"),
        ("  - add: sites.jowhar\n    item: x\n    because: y\n", "use 'set'"),
        ("  - set: wards\n    to: x\n    because: y\n", "must be a list"),
        ("  - set: forecast.focus.SO20.x\n    to: x\n    because: y\n", "holds no 'x'"),
        ("  []\n", "missing or not a list"),
        ("  - set: sites.jowhar.places\n    to: 5 boats\n    because: x\n", r"\(persons\)"),
    ],
)
def test_changes_that_lead_nowhere(change, message):
    with pytest.raises(ScenarioError, match=message) as caught:
        parse_scenario(derived(change), "plan.yaml")
    problem = caught.value.problems[0]
    assert problem.file == "plan.yaml"
    assert problem.line >= 6


def test_all_changes_are_checked_at_once():
    changes = "  - set: wards.a\n    to: b\n    because: c\n  - remove: losses\n    because: d\n"
    with pytest.raises(ScenarioError, match="2 problems"):
        parse_scenario(derived(changes).replace("title: t", "title: t"), "plan.yaml")


def test_ambiguous_names_need_the_full_path():
    text = derived("  - set: rescue.x\n    to: b\n    because: c\n").replace(
        "rescue.x", "reception.jowhar.travel_time"
    )
    with pytest.raises(ScenarioError, match="2 things in reception are called 'jowhar'"):
        parse_scenario(text)


def test_derived_files_hold_nothing_but_changes():
    text = derived("  - set: time.run_length\n    to: 1 weeks\n    because: c\n")
    with pytest.raises(ScenarioError, match="write it as a change: '- set: experiment'"):
        parse_scenario(text + "experiment: {seed: 1}\n")
    with pytest.raises(ScenarioError, match="title: is missing; a derived scenario has its own"):
        parse_scenario(text.replace("title: t\n", ""))
    with pytest.raises(ScenarioError, match="did you mean 'beledweyne-flood'"):
        parse_scenario(text.replace("on: beledweyne-flood", "on: beledweyne-flod"))
    with pytest.raises(ScenarioError, match="name of the library or the path"):
        parse_scenario(text.replace("on: beledweyne-flood", "on: [a]"))
    with pytest.raises(ScenarioError, match="changes: belongs to derived scenarios"):
        parse_scenario(text.replace("based_on: beledweyne-flood\n", ""))


def test_chains_of_files_and_cycles(tmp_path):
    change = "  - set: experiment.seed\n    to: {}\n    because: {}\n"
    first = derived(change.format(1, "first"))
    second = derived(change.format(2, "second"), base="first.yaml").replace("derived", "second")
    (tmp_path / "first.yaml").write_text(first, encoding="utf-8")
    (tmp_path / "second.yaml").write_text(second, encoding="utf-8")
    scenario = load_scenario(tmp_path / "second.yaml")
    assert (scenario.name, scenario.experiment.seed) == ("second", 2)
    assert [change.because for change in scenario.changes] == ["first", "second"]
    assert scenario.folder("experiment.seed") == tmp_path

    (tmp_path / "first.yaml").write_text(
        derived(change.format(1, "x"), base="second.yaml"), encoding="utf-8"
    )
    with pytest.raises(ScenarioError, match=r"based on each other: .*second.yaml -> first.yaml"):
        load_scenario(tmp_path / "second.yaml")


def test_problems_of_the_base_are_those_of_its_file(tmp_path):
    (tmp_path / "base.yaml").write_text("schema: 1\nschema: 1\nname: x\n", encoding="utf-8")
    (tmp_path / "plan.yaml").write_text(
        derived("  - set: name\n    to: y\n    because: z\n", base="base.yaml"), encoding="utf-8"
    )
    with pytest.raises(ScenarioError, match=r"base.yaml has 1 problem:\n  line 2  'schema'"):
        load_scenario(tmp_path / "plan.yaml")


def test_whole_things_and_entries_of_lists_can_be_replaced():
    scenario = parse_scenario(
        derived(
            "  - set: reception.beledweyne-reception.sites.jowhar\n"
            "    to: {site: jowhar, travel_time: 12 hours}\n"
            "    because: a washed-out bridge\n"
            "  - set: forecast.focus.SO20\n"
            "    to: SO22\n"
            "    because: x\n"
            "  - remove: forecast.focus.SO21\n"
            "    because: x\n"
            "  - set: sites.jowhar.places\n"
            "    to: {value: 100 persons, source: a count}\n"
            "    because: x\n"
            "  - set: sites.ceel-jaale.places\n"
            "    to: {works: 06:00-18:00, value: 50 persons}\n"
            "    because: only by day\n"
        )
    )
    assert scenario.reception[0].sites[1].travel_time == 12.0
    assert scenario.forecast.focus == ("SO22", "SO23")
    rows = {row.path: row for row in scenario.sources()}
    travel = rows["reception.beledweyne-reception.sites.jowhar.travel_time"]
    assert travel[2:] == ("change", "a washed-out bridge")
    assert rows["sites.jowhar.places.value"][1:] == ("100 persons", "source", "a count")
    assert rows["sites.ceel-jaale.places.works"][1:3] == ("06:00-18:00", "change")


def test_a_base_is_left_as_it_was():
    before = load_scenario("beledweyne-flood").resolved_yaml()
    parse_scenario(one_change("boats-beledweyne.units", "1 boat"))
    assert load_scenario("beledweyne-flood").resolved_yaml() == before
