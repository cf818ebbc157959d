"""Scenarios of the library load, build, name what every number rests on, and survive writing."""

import pytest

from scenarios.build import build_network
from scenarios.files import list_library, load_scenario, parse_scenario

NAMES = list_library()


@pytest.fixture(params=NAMES, scope="module")  # a scenario is frozen
def scenario(request):
    return load_scenario(request.param)


def test_the_library_holds_the_flagship_and_its_variants():
    assert {"beledweyne-flood", "beledweyne-el-nino", "beledweyne-losses"} <= set(NAMES)


def test_every_number_has_a_source_or_is_marked_as_an_assumption(scenario):
    rows = scenario.sources()
    assert len(rows) > 30
    bare = [row for row in rows if row.kind not in {"source", "assumption", "default", "change"}]
    assert bare == []
    assert all(row.text for row in rows)


def test_files_are_named_as_their_scenario(scenario):
    assert scenario.file == f"{scenario.name}.yaml"
    assert scenario.question.endswith("?")
    assert scenario.warnings == ()
    assert len(scenario.not_covered) > 20


def test_resolved_text_loads_back_to_the_same(scenario):
    again = parse_scenario(scenario.resolved_yaml())
    assert again == scenario
    assert hash(again) == hash(scenario)
    assert again.sources() == scenario.sources()
    assert again.changes == scenario.changes
    assert build_network(again) == build_network(scenario)


def test_scenarios_cannot_be_changed(scenario):
    with pytest.raises(ValueError, match="frozen"):
        scenario.name = "other"


def test_building_changes_nothing(scenario):
    before = scenario.resolved_yaml()
    assert build_network(scenario) == build_network(scenario)
    assert scenario.resolved_yaml() == before


def test_the_flagship_in_canonical_units():
    network = build_network(load_scenario("beledweyne-flood"))
    assert network.run_length == 184 * 24
    inflow = network.inflows[0]
    assert (inflow.share, inflow.cut_off, inflow.onset_days) == (0.04, 0.15, 6.0)
    assert inflow.hours == (1.0,) * 6 + (5.0,) * 12 + (1.0,) * 6
    assert network.wards[0].refers_on_after == 12.0
    boats = network.capacity("boats-beledweyne")
    assert (boats.at(0), boats.at(6), boats.at(18), boats.at(30)) == (0, 8, 0, 8)
    clinicians = network.capacity("ceel-jaale-health")
    assert (clinicians.at(3), clinicians.at(12), clinicians.at(20)) == (1, 2, 1)
    assert network.receptions[0].splits_after == float("inf")
    assert network.health_posts[0].visits_per_person_day == pytest.approx(2.5 / 365)


def test_losses_scale_what_is_there_and_end():
    network = build_network(load_scenario("beledweyne-losses"))
    october = 24.0 * (31 + 31 + 30)
    boats = network.capacity("boats-beledweyne")
    noon = 12.0
    assert boats.at(october + 6 * 24 + noon) == 8
    assert boats.at(october + 7 * 24 + noon) == 4
    assert boats.at(october + 7 * 24) == 0
    assert boats.at(october + 37 * 24 + noon) == 8
    assert network.capacity("jowhar").at(october + 8 * 24) == 0


def test_the_season_is_a_path_of_the_drivers():
    outlook = load_scenario("beledweyne-el-nino").forecast.outlook
    assert outlook.kind == "path"
    assert {name: len(values) for name, values in outlook.values.items()} == {"oni": 6, "dmi": 6}
    assert min(outlook.values["dmi"]) > 0.4


def test_losses_of_triage_and_losses_without_end():
    text = load_scenario("beledweyne-flood").resolved_yaml() + (
        "losses:\n"
        "- {name: l, facility: ceel-jaale-health triage, from: day 2, remaining: 50 %,"
        " because: x}\n"
    )
    triage = build_network(parse_scenario(text)).capacity("ceel-jaale-health triage")
    assert (triage.at(12), triage.at(36), triage.at(183 * 24 + 12)) == (2, 1, 1)


def test_planned_changes_of_number_and_hours():
    text = load_scenario("beledweyne-flood").resolved_yaml()
    text = text.replace(
        "          value: 8 boats\n",
        "          value: 8 boats\n"
        "          changes:\n"
        "          - {from: day 2, to: 3 boats, because: x}\n"
        "          - {from: day 3 12:00, works: 10:00-20:00, outside: 1 boat, because: y}\n",
    )
    boats = build_network(parse_scenario(text)).capacity("boats-beledweyne")
    times = [12, 24, 36, 48 + 7, 60, 60 + 8, 72, 72 + 10]
    assert [boats.at(time) for time in times] == [8, 0, 3, 3, 3, 1, 1, 3]


def test_checks_against_data_can_name_the_line():
    scenario = load_scenario("beledweyne-losses")
    problem = scenario.problem("inflows.hiraan-flood.locations", "no such place.")
    assert problem.file == "beledweyne-flood.yaml"
    assert problem.line > 70
    assert scenario.problem("losses.jowhar-site-lost.facility", "x").file == scenario.file
    assert scenario.problem("nowhere.at.all", "x").line == 3


def test_every_hour_is_alike_unless_the_file_says_otherwise():
    text = load_scenario("beledweyne-flood").resolved_yaml()
    start = text.index("    hours:\n")
    end = text.index("    onset:\n", start)
    inflows = build_network(parse_scenario(text[:start] + text[end:])).inflows
    assert inflows[0].hours == (1.0,) * 24
    assert inflows[1].hours[:7] == (1.0,) * 6 + (5.0,)


def test_what_numbers_rest_on_is_the_nearest_statement():
    text = load_scenario("beledweyne-flood").resolved_yaml()
    text = text.replace("search_speed: 8 km/h", "search_speed: {value: 8 km/h, source: a log}")
    text += (
        "losses:\n- {name: l, facility: jowhar, from: day 2, remaining: 0 %, because: a storm}\n"
    )
    rows = {row.path: row for row in parse_scenario(text).sources()}
    boats = "rescue.river-rescue-beledweyne.units.boats-beledweyne"
    assert rows[f"{boats}.search_speed"].text == "a log"
    assert rows[f"{boats}.speed"].text.startswith("Open boats")
    assert rows[f"{boats}.units.value"].text.startswith("Boats of the district")
    assert rows["losses.l.remaining"][2:] == ("change", "a storm")


def test_fixed_values_may_carry_their_source_and_defaults_are_listed():
    text = load_scenario("beledweyne-flood").resolved_yaml()
    start = text.index("    alert_delay:")
    end = text.index("    distance:")
    fixed = "    alert_delay: {value: 2 hours, source: a log}\n"
    text = text[:start] + fixed + text[end:]
    start = text.index("experiment:")
    scenario = parse_scenario(text[:start] + text[text.index("forecast:") :])
    assert build_network(scenario).rescues[0].alert_delay.expected() == 2.0
    rows = {row.path: row for row in scenario.sources()}
    assert rows["rescue.river-rescue-beledweyne.alert_delay"][1:] == ("2 hours", "source", "a log")
    assert rows["experiment.replications"][1:3] == ("200", "default")
    assert rows["forecast.horizon"].kind == "assumption"
    plain = parse_scenario(text.replace(fixed, "    alert_delay: 2 hours\n"))
    rows = {row.path: row for row in plain.sources()}
    assert rows["rescue.river-rescue-beledweyne.alert_delay"].kind == "not given"
