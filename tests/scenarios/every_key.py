"""Cases of every key of the services: what is set beside the base, without and with the key.

The base is every-service.yaml. A case is what is set beside it, first without and then with the
key, so that nothing else differs.
"""

import datetime as dt
from pathlib import Path

import yaml

from scenarios.files import load_scenario

START = dt.date(2022, 7, 1)
BASE = Path(__file__).with_name("every-service.yaml").read_text(encoding="utf-8")


def document():
    whole = yaml.load(load_scenario("beledweyne-flood").resolved_yaml(), yaml.BaseLoader)  # noqa: S506
    kept = {key: whole[key] for key in ("schema", "name", "title", "question", "time", "forecast")}
    kept["time"] = {"start": START.isoformat(), "run_length": "6 days"}
    return kept | yaml.load(BASE, yaml.BaseLoader)  # noqa: S506


WHOLE = document()


def one(path, value, **before):
    """Set a key of the base."""
    shared = {key.replace("__", "."): text for key, text in before.items()}
    return shared, shared | {path: value}


def also(before, path, value):
    """Set a key after other changes."""
    return before, before | {path: value}


BOATS, CUTTERS, UNIT = "rescue.0", "rescue.1", "rescue.0.units.0"
SEA = {f"{UNIT}.wave_limit": "1 m"}
CAPSIZE = {
    f"{BOATS}.capsizing": "{share: 80 %, after: 3 hours,"
    " water_temperature: 20 degC, lifejackets: 20 %}",
    f"{UNIT}.sweep_width_in_water": "0.02 km",
}
SLOW = {f"{BOATS}.holds_out": "120 hours", f"{BOATS}.alert_delay": "60 hours"}
HEAT = SLOW | {f"{BOATS}.heat": "{temperature: 49 degC, water: 2 liters}"}
PASSING = {
    f"{BOATS}.passing": "[{name: barges, rate: 6 per day, seats: 20 persons, speed: 10 km/h,"
    " search_speed: 8 km/h, sweep_width: 0.3 km, boarding: 10 min}]"
}
SOON = PASSING | CAPSIZE | {f"{BOATS}.capsizing.after": "10 min"}
TABLE = {f"{BOATS}.search_object": "boat of 5 m"}
AID = {f"{BOATS}.aid": "[{rescue: neighbors, after: 1 hours, share: 50 %}]"}
RELAY = {
    f"{BOATS}.relay": "{rescue: neighbors, share: 50 %, delay: 1 hours}",
    f"{CUTTERS}.officers": "1 officer",
    f"{CUTTERS}.call_time": "20 min",
}
OFFICERS = {f"{BOATS}.officers": "1 officer", f"{BOATS}.call_time": "30 min"}
SAFE = {f"{BOATS}.places_of_safety": "[{name: quay, east: 9 km, share: 100 %}]"}
TWO_SAFE = {
    f"{BOATS}.places_of_safety": "[{name: quay, east: 9 km, share: 100 %},"
    " {name: pier, share: 0 %}]"
}
CREWS = {f"{UNIT}.crew_hours": "4 hours", f"{UNIT}.crew_rest": "6 hours"}
DESK, SITE, CLINIC = "reception.0.desks.0", "sites.0", "health.0"
TRUCKS, WARD, FLEET = "transport.0", "wards.0", "ambulances.0"
DEMAND = {
    f"{TRUCKS}.departs_at": None,
    f"{TRUCKS}.every": None,
    f"{TRUCKS}.on_demand": "{longest_wait: 20 hours}",
}
GOAL = {f"{TRUCKS}.destination": "{places: 6 persons}"}
DRIVEN = {f"{CLINIC}.ambulances": "fleet"}
HOSPITAL = {f"{CLINIC}.hospital": "icu", f"{CLINIC}.classes.0.straight_to_hospital": "30 %"}
ALONE = {f"{WARD}.{key}": None for key in ("hospital", "needs_hospital", "ambulances")}
GATED = {f"{TRUCKS}.weather": "sea", f"{TRUCKS}.leaves_below": "1 m"}
TEAM, STOP, CHOLERA, ACCIDENT = (
    "mobile_teams.0",
    "mobile_teams.0.stops.0",
    "outbreaks.0",
    "mass_casualties.0",
)
AFLOAT = {f"{TEAM}.weather": "sea", f"{TEAM}.leaves_below": "0 m"}
CROWDED = {f"{CHOLERA}.crowding_factor": "5", f"{SITE}.area": "50 m2"}
TENTS, EARLY, FLAT = "triggers.0", "triggers.1", "breakdowns.0"
WAIT = {f"{TENTS}.when.occupancy_above": None}
CASES = {
    "People": {
        "group_size": one("people.group_size", "2 persons"),
        "female": one("people.female", "90 %"),
        "child": one("people.child", "70 %"),
        "under_five": one("people.under_five", "35 %"),
        "elderly": one("people.elderly", "40 %"),
        "pregnant": one("people.pregnant", "90 %"),
        "disability": one("people.disability", "50 %"),
        "urgent_need": one("people.urgent_need", "50 %"),
        "unaccompanied_child": one("people.unaccompanied_child", "90 %"),
        "chronic_need": one("people.chronic_need", "40 %"),
    },
    "Inflow": {
        "locations": one("inflows.0.locations", "[SO20, SO21]"),
        "causes": one("inflows.0.causes", "[flood, drought]"),
        "share": one("inflows.0.share", "2 %"),
        "cut_off": one("inflows.0.cut_off", "90 %"),
        "hours": one("inflows.0.hours", "[{span: 06:00-09:00, weight: 5}]"),
        "onset": one("inflows.0.onset", "3 days"),
        "weekdays": one("inflows.0.weekdays", "[9, 1, 1, 1, 1, 1, 9]"),
        "weather": ({}, {"inflows.0.weather": "sea", "inflows.0.sets_out_below": "1 m"}),
        "sets_out_below": also({"inflows.0.weather": "sea"}, "inflows.0.sets_out_below", "1 m"),
        "dispersion": one("inflows.0.dispersion", "3"),
        "boats": one("inflows.0.boats", "{persons: 20 persons}"),
        "people": one("inflows.0.people", WHOLE["people"] | {"child": "70 %"}),
        "reception": None,
        "rescue": one("inflows.0.rescue", "neighbors"),
    },
    "HoursWeight": {
        "span": also(
            {"inflows.0.hours": "[{span: 06:00-09:00, weight: 5}]"},
            "inflows.0.hours.0.span",
            "12:00-15:00",
        ),
        "weight": also(
            {"inflows.0.hours": "[{span: 06:00-09:00, weight: 5}, {span: 09:00-18:00, weight: 1}]"},
            "inflows.0.hours.0.weight",
            "1",
        ),
    },
    "Boats": {
        "persons": also(
            {"inflows.0.boats": "{persons: 20 persons}"}, "inflows.0.boats.persons", "30 persons"
        )
    },
    "Rescue": {
        "alert_delay": one(f"{BOATS}.alert_delay", "6 hours"),
        "distance": one(f"{BOATS}.distance", "20 km"),
        "search_area": one(f"{BOATS}.search_area", "30 km2"),
        "holds_out": one(f"{BOATS}.holds_out", "4 hours"),
        "self_arrival": also({f"{BOATS}.holds_out": "4 hours"}, f"{BOATS}.self_arrival", "100 %"),
        "standard": one(f"{BOATS}.standard", "9 hours"),
        "units": one(f"{UNIT}.units", "1 boat"),
        "officers": ({}, OFFICERS),
        "call_time": also(
            {f"{BOATS}.officers": "1 officer", f"{BOATS}.call_time": "5 min"},
            f"{BOATS}.call_time",
            "40 min",
        ),
        "unheard": one(f"{BOATS}.unheard", "50 %"),
        "relay": also({}, f"{BOATS}.relay", "{rescue: neighbors, share: 50 %, delay: 1 hours}"),
        "aid": also({}, f"{BOATS}.aid", "[{rescue: neighbors, after: 0 hours, share: 100 %}]"),
        "position": one(
            f"{BOATS}.position",
            "{east: 9 km}",
            rescue__0__aid="[{rescue: neighbors, after: 0 hours, share: 100 %}]",
        ),
        "sector": one(f"{BOATS}.sector", "[0 degrees, 10 degrees]"),
        "drift": one(f"{BOATS}.drift", "2 km/h"),
        "search_object": one(f"{BOATS}.search_object", "crowded dinghy"),
        "search_limit": one(f"{BOATS}.search_limit", "20 min"),
        "call_off": one(f"{BOATS}.call_off", "20 %"),
        "weather": also(TABLE, f"{BOATS}.weather", None),
        "units_per_incident": also(
            {"inflows.0.boats": "{persons: 20 persons}"}, f"{BOATS}.units_per_incident", "2 units"
        ),
        "retask": also(
            {f"{UNIT}.units": "1 boat", f"{UNIT}.speed": "4 km/h"}, f"{BOATS}.retask", "yes"
        ),
        "capsizing": ({}, CAPSIZE),
        "heat": (SLOW, HEAT),
        "bodies_recovered": also(HEAT, f"{BOATS}.bodies_recovered", "60 %"),
        "passing": ({}, PASSING),
        "places_of_safety": ({}, SAFE),
        "safety_wait": also(SAFE, f"{BOATS}.safety_wait", "3 hours"),
    },
    "RescueUnits": {
        "units": one(f"{UNIT}.units", "1 boat"),
        "seats": one(f"{UNIT}.seats", "2 persons"),
        "speed": one(f"{UNIT}.speed", "40 km/h"),
        "search_speed": one(f"{UNIT}.search_speed", "2 km/h"),
        "sweep_width": one(f"{UNIT}.sweep_width", "0.05 km"),
        "readiness": one(f"{UNIT}.readiness", "2 hours"),
        "boarding": one(f"{UNIT}.boarding", "1 hours"),
        "turnaround": one(f"{UNIT}.turnaround", "3 hours"),
        "boarding_per_person": one(f"{UNIT}.boarding_per_person", "20 min"),
        "sensor": also(TABLE, f"{UNIT}.sensor", "helicopter"),
        "sweep_width_in_water": also(CAPSIZE, f"{UNIT}.sweep_width_in_water", "0.2 km"),
        "readiness_by_hour": one(
            f"{UNIT}.readiness_by_hour", "[{span: 20:00-06:00, readiness: 3 hours}]"
        ),
        "endurance": one(f"{UNIT}.endurance", "3 hours"),
        "crew_hours": also({f"{UNIT}.crew_rest": "6 hours"}, f"{UNIT}.crew_hours", "4 hours"),
        "crew_rest": also(CREWS, f"{UNIT}.crew_rest", "20 hours"),
        "wave_limit": ({}, SEA),
        "base": one(f"{UNIT}.base", "{east: 6 km}"),
    },
    "ReadinessSpan": {
        "span": also(
            {f"{UNIT}.readiness_by_hour": "[{span: 20:00-06:00, readiness: 3 hours}]"},
            f"{UNIT}.readiness_by_hour.0.span",
            "06:00-20:00",
        ),
        "readiness": also(
            {f"{UNIT}.readiness_by_hour": "[{span: 20:00-06:00, readiness: 3 hours}]"},
            f"{UNIT}.readiness_by_hour.0.readiness",
            "1 hours",
        ),
    },
    "Place": {
        "east": one(f"{UNIT}.base", "{east: 6 km}"),
        "north": one(f"{UNIT}.base", "{north: 6 km}"),
    },
    "PlaceOfSafety": {
        "east": also(SAFE, f"{BOATS}.places_of_safety.0.east", "20 km"),
        "north": also(SAFE, f"{BOATS}.places_of_safety.0.north", "20 km"),
        "share": (
            TWO_SAFE,
            TWO_SAFE
            | {
                f"{BOATS}.places_of_safety.0.share": "40 %",
                f"{BOATS}.places_of_safety.1.share": "60 %",
            },
        ),
    },
    "PassingVessels": {
        "rate": also(PASSING, f"{BOATS}.passing.0.rate", "20 per day"),
        "seats": also(PASSING, f"{BOATS}.passing.0.seats", "1 persons"),
        "speed": also(PASSING, f"{BOATS}.passing.0.speed", "2 km/h"),
        "search_speed": also(PASSING, f"{BOATS}.passing.0.search_speed", "1 km/h"),
        "sweep_width": also(PASSING, f"{BOATS}.passing.0.sweep_width", "0.02 km"),
        "sweep_width_in_water": also(
            SOON
            | {
                f"{BOATS}.passing.0.rate": "40 per day",
                f"{BOATS}.passing.0.sweep_width_in_water": "0.02 km",
            },
            f"{BOATS}.passing.0.sweep_width_in_water",
            "0.5 km",
        ),
        "boarding": also(PASSING, f"{BOATS}.passing.0.boarding", "2 hours"),
        "sensor": also(PASSING | TABLE, f"{BOATS}.passing.0.sensor", "fixed wing"),
        "wave_limit": also(PASSING, f"{BOATS}.passing.0.wave_limit", "1 m"),
    },
    "Aid": {
        "rescue": None,
        "after": also(AID, f"{BOATS}.aid.0.after", "9 hours"),
        "share": also(AID, f"{BOATS}.aid.0.share", "100 %"),
    },
    "Relay": {
        "rescue": None,
        "share": also(RELAY, f"{BOATS}.relay.share", "100 %"),
        "delay": also(RELAY, f"{BOATS}.relay.delay", "5 hours"),
    },
    "Capsizing": {
        "share": also(CAPSIZE, f"{BOATS}.capsizing.share", "20 %"),
        "after": also(CAPSIZE, f"{BOATS}.capsizing.after", "1 hours"),
        "water_temperature": also(CAPSIZE, f"{BOATS}.capsizing.water_temperature", "8 degC"),
        "lifejackets": also(CAPSIZE, f"{BOATS}.capsizing.lifejackets", "100 %"),
    },
    "Heat": {
        "temperature": also(HEAT, f"{BOATS}.heat.temperature", "40 degC"),
        "water": also(HEAT, f"{BOATS}.heat.water", "10 liters"),
    },
    "Reception": {
        "desks": one("reception.0.desks", []),
        "sites": one("reception.0.sites", "[{site: meadow, travel_time: 1 hours}]"),
        "gives_up_after": one("reception.0.gives_up_after", "5 hours"),
        "splits_after": one("reception.0.splits_after", "0 hours"),
        "first_that_fits": one("reception.0.first_that_fits", "yes"),
        "standard": one("reception.0.standard", "2 hours"),
        "health_post": one("reception.0.health_post", None),
        "vulnerable_first": one("reception.0.vulnerable_first", "yes"),
        "deaths": one("reception.0.deaths", "0.05 per person per day"),
    },
    "Desk": {
        "kind": also({f"{DESK}.kind": "screening"}, f"{DESK}.kind", "registration"),
        "desks": one(f"{DESK}.desks", "5 desks"),
        "service_time": one(f"{DESK}.service_time", "90 min"),
        "per": one(f"{DESK}.per", "person"),
        "standard": one(f"{DESK}.standard", "5 hours"),
        "shift_end": one(f"{DESK}.shift_end", "hand over"),
        "only": one(f"{DESK}.only", "[families]"),
        "while_staying": one(f"{DESK}.while_staying", "yes"),
        "finds": one("reception.0.desks.1.finds", "10 %"),
    },
    "SiteOption": {
        "site": None,
        "travel_time": one("reception.0.sites.0.travel_time", "5 hours"),
        "others_after": also(
            {f"{SITE}.meant_for": "[families]"}, "reception.0.sites.0.others_after", "1 hours"
        ),
    },
    "Site": {
        "places": one(f"{SITE}.places", "100 persons"),
        "over_capacity": one(f"{SITE}.over_capacity", "20 persons"),
        "evacuated_when_lost": one("sites.1.evacuated_when_lost", "no"),
        "length_of_stay": one(f"{SITE}.length_of_stay", "9 hours"),
        "onward": one(f"{SITE}.onward", None),
        "onward_share": one(f"{SITE}.onward_share", "100 %"),
        "starting_stock": one(f"{SITE}.starting_stock", "20 persons"),
        "meant_for": one(f"{SITE}.meant_for", "[families]"),
        "stays": one(f"{SITE}.stays", "[{households: families, length_of_stay: 90 hours}]"),
        "returns_home": one(f"{SITE}.returns_home", "[{from: day 2, mean: 9 hours, because: x}]"),
        "area": one(f"{SITE}.area", "100 m2"),
        "latrines": one(f"{SITE}.latrines", "1 latrine"),
        "taps": one(f"{SITE}.taps", "1 tap"),
        "water": one(f"{SITE}.water", "200 L/day"),
    },
    "HouseholdStay": {
        "households": also(
            {f"{SITE}.stays": "[{households: families, length_of_stay: 90 hours}]"},
            f"{SITE}.stays.0.households",
            "men alone",
        ),
        "length_of_stay": also(
            {f"{SITE}.stays": "[{households: families, length_of_stay: 90 hours}]"},
            f"{SITE}.stays.0.length_of_stay",
            "9 hours",
        ),
    },
    "ReturnHome": {
        "at": also(
            {f"{SITE}.returns_home": "[{from: day 2, mean: 9 hours, because: x}]"},
            f"{SITE}.returns_home.0.from",
            "day 4",
        ),
        "mean": also(
            {f"{SITE}.returns_home": "[{from: day 2, mean: 9 hours, because: x}]"},
            f"{SITE}.returns_home.0.mean",
            "40 hours",
        ),
    },
    "Transport": {
        "vehicles": one(f"{TRUCKS}.vehicles", "2 trucks"),
        "seats": one(f"{TRUCKS}.seats", "30 persons"),
        "departs_at": one(f"{TRUCKS}.departs_at", "20:00"),
        "every": one(f"{TRUCKS}.every", "3 days"),
        "on_demand": ({}, DEMAND),
        "mobilization": one(f"{TRUCKS}.mobilization", "40 hours"),
        "travel_time": one(f"{TRUCKS}.travel_time", "2 hours"),
        "return_time": one(f"{TRUCKS}.return_time", "30 hours"),
        "weather": ({}, GATED),
        "leaves_below": also(GATED, f"{TRUCKS}.leaves_below", "3 m"),
        "destination": ({}, GOAL),
        "standard": one(f"{TRUCKS}.standard", "40 hours"),
    },
    "OnDemand": {"longest_wait": also(DEMAND, f"{TRUCKS}.on_demand.longest_wait", "2 hours")},
    "Destination": {
        "places": also(GOAL, f"{TRUCKS}.destination.places", "12 persons"),
        "length_of_stay": also(GOAL, f"{TRUCKS}.destination.length_of_stay", "9 hours"),
    },
    "LegalClock": {
        "until": one("legal_clocks.0.until", "place"),
        "limit": one("legal_clocks.0.limit", "40 hours"),
    },
    "HealthPost": {
        "visits": one(f"{CLINIC}.visits", "2 per person per day"),
        "triage_nurses": one(f"{CLINIC}.triage_nurses", "3 nurses"),
        "triage_time": one(f"{CLINIC}.triage_time", "30 min"),
        "triage_standard": one(f"{CLINIC}.triage_standard", "9 hours"),
        "clinicians": one(f"{CLINIC}.clinicians", "3 clinicians"),
        "consultation_time": one(f"{CLINIC}.consultation_time", "90 min"),
        "classes": one(f"{CLINIC}.classes.0.referral", "100 %"),
        "ward": one(f"{CLINIC}.ward", None),
        "shift_end": one(f"{CLINIC}.shift_end", "hand over"),
        "hospital": ({}, HOSPITAL),
        "ambulances": ({}, DRIVEN),
        "households_wait": one(f"{CLINIC}.households_wait", "yes"),
    },
    "AcuityClass": {
        "share": ({}, {f"{CLINIC}.classes.0.share": "60 %", f"{CLINIC}.classes.1.share": "40 %"}),
        "standard": one(f"{CLINIC}.classes.0.standard", "9 hours"),
        "leaves_after": one(f"{CLINIC}.classes.1.leaves_after", "1 hours"),
        "referral": one(f"{CLINIC}.classes.0.referral", "100 %"),
        "straight_to_hospital": also(HOSPITAL, f"{CLINIC}.classes.0.straight_to_hospital", "100 %"),
        "worsens_after": one(f"{CLINIC}.classes.1.worsens_after", "2 hours"),
        "deaths_while_waiting": one(
            f"{CLINIC}.classes.0.deaths_while_waiting", "2 per person per day"
        ),
        "interrupts": one(f"{CLINIC}.classes.0.interrupts", "yes"),
    },
    "Ward": {
        "beds": one(f"{WARD}.beds", "9 beds"),
        "length_of_stay": one(f"{WARD}.length_of_stay", "5 hours"),
        "refers_on_after": one(f"{WARD}.refers_on_after", "0 hours"),
        "standard": one(f"{WARD}.standard", "9 hours"),
        "hospital": (DRIVEN, DRIVEN | ALONE),
        "needs_hospital": one(f"{WARD}.needs_hospital", "100 %"),
        "ambulances": also(DRIVEN, f"{WARD}.ambulances", None),
    },
    "Ambulances": {
        "vehicles": also(DRIVEN, f"{FLEET}.vehicles", "0 ambulances"),
        "readiness": also(DRIVEN, f"{FLEET}.readiness", "3 hours"),
        "travel_time": also(DRIVEN, f"{FLEET}.travel_time", "3 hours"),
        "return_time": also(DRIVEN, f"{FLEET}.return_time", "20 hours"),
        "standard": also(DRIVEN, f"{FLEET}.standard", "0 hours"),
        "brings_back": also(DRIVEN, f"{FLEET}.brings_back", "yes"),
    },
    "MobileTeam": {
        "clinicians": one(f"{TEAM}.clinicians", "4 clinicians"),
        "cost": None,
        "stops": one(f"{STOP}.works", "18:00-20:00"),
        "weather": ({}, AFLOAT),
        "leaves_below": also(AFLOAT, f"{TEAM}.leaves_below", "3 m"),
    },
    "TeamStop": {
        "health_post": None,
        "first_day": one(f"{STOP}.first_day", "3"),
        "every": one(f"{STOP}.every", "1 days"),
        "works": one(f"{STOP}.works", "18:00-20:00"),
    },
    "Outbreak": {
        "health_post": None,
        "at": one(f"{CHOLERA}.from", "day 3"),
        "until": one(f"{CHOLERA}.until", "day 3"),
        "attack_rate": one(f"{CHOLERA}.attack_rate", "0.9 per person per day"),
        "protected": one(f"{CHOLERA}.protected", "80 %"),
        "crowded_below": also(CROWDED, f"{CHOLERA}.crowded_below", "90 m2"),
        "crowding_factor": also({f"{SITE}.area": "50 m2"}, f"{CHOLERA}.crowding_factor", "5"),
        "acuity": one(f"{CHOLERA}.acuity", "[{name: red, share: 100 %}]"),
    },
    "ClassShare": {
        "share": ({}, {f"{CHOLERA}.acuity.0.share": "90 %", f"{CHOLERA}.acuity.1.share": "10 %"})
    },
    "MassCasualty": {
        "health_post": None,
        "at": one(f"{ACCIDENT}.at", "day 4"),
        "patients": one(f"{ACCIDENT}.patients", "20 persons"),
        "spread_over": one(f"{ACCIDENT}.spread_over", "9 hours"),
        "acuity": one(f"{ACCIDENT}.acuity", "[{name: red, share: 100 %}]"),
    },
    "Trigger": {
        "when": one(f"{TENTS}.when.occupancy_above", "90 %"),
        "forecast": one(f"{EARLY}.forecast.above", "900000 persons"),
        "lead_time": one(f"{TENTS}.lead_time", "30 hours"),
        "change": one(f"{TENTS}.change.add", "90 persons"),
        "ends": one(f"{TENTS}.ends", "{after: 20 hours}"),
    },
    "MeasuredCondition": {
        "of": one(f"{TENTS}.when.of", "school"),
        "occupancy_above": one(f"{TENTS}.when.occupancy_above", "100 %"),
        "waiting_above": ({}, WAIT | {f"{TENTS}.when.waiting_above": "20 persons"}),
        "longest_wait_above": ({}, WAIT | {f"{TENTS}.when.longest_wait_above": "30 hours"}),
        "cut_off_above": (
            {},
            WAIT | {f"{TENTS}.when.of": "boats", f"{TENTS}.when.cut_off_above": "1 persons"},
        ),
        "held_for": one(f"{TENTS}.when.held_for", "18 hours"),
        "checked_every": one(f"{TENTS}.when.checked_every", "1 hours"),
    },
    "ForecastSignal": {
        "inflows": one(
            f"{EARLY}.forecast.inflows",
            "[valley, hills]",
            triggers__1__forecast__above="25000 persons",
        ),
        "above": one(f"{EARLY}.forecast.above", "900000 persons"),
        "chance": also(
            {f"{EARLY}.forecast.above": "5000 persons"}, f"{EARLY}.forecast.chance", "100 %"
        ),
        "notice": None,
        "updated": None,
    },
    "CapacityChange": {
        "facility": one(f"{TENTS}.change.facility", "school"),
        "add": one(f"{TENTS}.change.add", "5 persons"),
        "factor": ({}, {f"{TENTS}.change": "{facility: meadow, factor: 3}"}),
        "works": one(f"{EARLY}.change.works", "09:00-10:00"),
    },
    "TriggerEnd": {
        "after": one(f"{TENTS}.ends", "{after: 20 hours}"),
        "when_false_for": one(
            f"{TENTS}.ends",
            "{when_false_for: 6 hours}",
            triggers__0__change="{facility: meadow, add: 90 persons}",
        ),
    },
    "Breakdown": {
        "facility": one(
            f"{FLAT}",
            "{name: flat, facility: cutters, units: 2 boats,"
            " time_to_failure: 20 hours, repair_time: 5 hours, crews: 1, because: test}",
        ),
        "units": one(f"{FLAT}.units", "1 boat"),
        "time_to_failure": one(f"{FLAT}.time_to_failure", "9 hours"),
        "repair_time": one(f"{FLAT}.repair_time", "30 hours"),
        "crews": also(
            {f"{FLAT}.time_to_failure": "9 hours", f"{FLAT}.repair_time": "9 hours"},
            f"{FLAT}.crews",
            "2",
        ),
    },
    "Loss": {
        "facility": one("losses.0.facility", "meadow"),
        "at": one("losses.0.from", "day 4"),
        "until": one("losses.0.until", "day 4"),
        "remaining": one("losses.0.remaining", "0 %"),
        "chance": one("losses.0.chance", "0 %"),
        "latest": one("losses.0.latest", "day 4"),
    },
    "WeatherState": {
        "share": (
            {**SEA},
            {**SEA, "weather.0.states.0.share": "5 %", "weather.0.states.1.share": "95 %"},
        ),
        "wave_height": also(SEA, "weather.0.states.0.wave_height", "1.2 m"),
        "visibility": also(TABLE, "weather.0.states.1.visibility", "19 km"),
        "by_month": (
            {**SEA},
            {
                **SEA,
                "weather.0.states.0.by_month": str(["5 %"] * 12).replace("'", ""),
                "weather.0.states.1.by_month": str(["95 %"] * 12).replace("'", ""),
            },
        ),
    },
    "Weather": {
        "states": also(SEA, "weather.0.states.0.wave_height", "1.2 m"),
        "persistence": also(SEA, "weather.0.persistence", "95 %"),
    },
}
