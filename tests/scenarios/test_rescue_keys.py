"""Every key of rescue, weather and arrivals changes the network; mistakes are named."""

import pytest

from scenarios.build import build_network
from scenarios.files import load_scenario, parse_scenario
from scenarios.problems import ScenarioError

BASE = load_scenario("beledweyne-flood").resolved_yaml()
WEATHER = (
    "weather:\n- name: sea\n  persistence: 40 %\n  states:\n"
    "  - {name: calm, share: 60 %, wave_height: 0.5 m}\n"
    "  - {name: rough, share: 40 %, wave_height: 2 m, visibility: 5 km}\n"
)
UNITS = "        turnaround: 30 min\n"
SERVICE = "  - name: river-rescue-beledweyne\n"
INFLOW = "  - name: hiraan-flood\n"
FLEET = "boats-beledweyne"


def text_with(place, added, extra=""):
    for mark in (place, place.replace("  - ", "- ", 1), place.lstrip()):
        if mark in BASE:
            indent = " " * (len(mark) - len(mark.lstrip()))
            indent += "  " if mark.lstrip().startswith("- ") else ""
            lines = "".join(f"{indent}{line}\n" for line in added.split("\n"))
            return BASE.replace(mark, mark + lines, 1) + extra
    raise AssertionError(place)


SERVICE_KEYS = [
    "officers: 2 officers\ncall_time: 10 min",
    "unheard: 5 %",
    "relay: {rescue: river-rescue-jowhar, share: 10 %, delay: 1 hours}",
    "aid: [{rescue: river-rescue-jowhar, after: 2 hours, share: 50 %}]",
    "position: {east: -4 km, north: 2 km}",
    "sector: [0 degrees, 180 degrees]",
    "sector: [0 degrees, 180 degrees]\nretask: yes",
    "drift: 0.5 km/h",
    "search_object: raft for 10",
    "search_limit: 5 hours",
    "call_off: 95 %",
    "weather: sea",
    "units_per_incident: 2 units",
    "heat: {temperature: 43 degC, water: 2 liters}\nbodies_recovered: 30 %",
    "search_object: raft for 10\n"
    "capsizing: {share: 5 %, after: 3 hours, water_temperature: 20 degC, lifejackets: 10 %}",
    "passing: [{name: barges, rate: 1 per day, seats: 10 persons, speed: 10 km/h,"
    " search_speed: 8 km/h, sweep_width: 0.3 km, boarding: 10 min}]",
    "places_of_safety: [{name: bridge, east: 3 km, share: 100 %}]\nsafety_wait: 2 hours",
]
INFLOW_KEYS = [
    "weekdays: [1, 1, 1, 1, 0.5, 1, 1]",
    "weather: sea\nsets_out_below: 1 m",
    "dispersion: 0.7",
    "boats: {persons: {distribution: lognormal, mean: 30 persons, sd: 10 persons}}",
]
UNIT_KEYS = [
    "boarding_per_person: 2 min",
    "sensor: helicopter",
    "sweep_width_in_water: 0.02 km",
    "readiness_by_hour: [{span: 20:00-06:00, readiness: 45 min}]",
    "endurance: 8 hours",
    "crew_hours: 10 hours\ncrew_rest: 8 hours",
    "base: {east: 1 km}",
]


@pytest.mark.parametrize(
    ("place", "added"),
    [
        *((SERVICE, key) for key in SERVICE_KEYS),
        *((INFLOW, key) for key in INFLOW_KEYS),
        *((UNITS, key) for key in UNIT_KEYS),
    ],
)
def test_every_key_changes_the_network(place, added):
    plain = build_network(parse_scenario(BASE + WEATHER))
    changed = build_network(parse_scenario(text_with(place, added, WEATHER)))
    assert (changed.rescues, changed.inflows) != (plain.rescues, plain.inflows)


@pytest.mark.parametrize(
    ("place", "added", "message"),
    [
        (SERVICE, "weather: see", "there is no weather 'see'"),
        (SERVICE, "retask: yes", "retask needs a sector"),
        (SERVICE, "officers: 1 officer", "officers and call_time belong together"),
        (SERVICE, "sector: [90 degrees]", "it needs two"),
        (SERVICE, "aid: [{rescue: nobody, after: 1 hours, share: 5 %}]", "no other rescue service"),
        (SERVICE, "sector: [0 degrees, 400 degrees]", "between 0 and 360 degrees"),
        (INFLOW, "sets_out_below: 1 m", "needs 'weather'"),
        (INFLOW, "weekdays: [1, 1]", "it needs 7"),
        (UNITS, "wave_limit: 1 m", "needs 'weather'"),
        (UNITS, "readiness_by_hour: [{span: 20:30-06:00, readiness: 45 min}]", "whole hours"),
    ],
)
def test_mistakes_are_named(place, added, message):
    with pytest.raises(ScenarioError, match=message):
        parse_scenario(text_with(place, added, WEATHER))
