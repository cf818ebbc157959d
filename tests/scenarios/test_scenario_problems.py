"""Every mistake in a scenario file ends in a message with file, line and what is allowed."""

import re

import pytest

from scenarios.build import build_network
from scenarios.files import LIBRARY, load_scenario, parse_scenario
from scenarios.problems import Problem, ScenarioError, suggestion

FLAGSHIP = (LIBRARY / "beledweyne-flood.yaml").read_text(encoding="utf-8")


def edited(*pairs):
    text = FLAGSHIP
    for old, new in pairs:
        assert old in text, old
        text = text.replace(old, new, 1)
    return text


def line_of(text, words):
    return text[: text.index(words)].count("\n") + 1


def problems_of(text):
    with pytest.raises(ScenarioError, match="problem") as caught:
        parse_scenario(text, "plan.yaml")
    return caught.value.problems


@pytest.mark.parametrize(
    ("old", "new", "path", "message"),
    [
        ("184 days", "184", "time.run_length", r"'184' needs a number and a unit \(min, hours"),
        ("184 days", "0 days", "time.run_length", "must be above zero"),
        ("184 days", "185 days", "time.run_length", "the forecast ends after 184 days"),
        ("start: 2022-07-01", "start: 2023-01-01", "time.start", "outside the forecast"),
        ("start: 2022-07-01", "start: 1 July", "time.start", "write year-month-day"),
        ("e: 2022-07-01", "e: 2022-07-02", "forecast.reference_date", "not the first day"),
        ("seed: 20220701", "seed: x", "experiment.seed", "plain number without a unit"),
        ("horizon: 6 months", "horizon: 99999 months", "forecast.horizon", "at most 100 years"),
        ("horizon: 6 months", "horizon: 6", "forecast.horizon", r"\(days, weeks, months, years\)"),
        ("model: pool", "model: poll", "forecast.model", "mean 'pool'"),
        ("level: region", "level:", "forecast.level", "has no value"),
        (
            "level: region",
            "level: regional",
            "forecast.level",
            "did you mean 'region'",
        ),
        ("use: [oni, dmi]", "use: oni", "forecast.drivers.use", "must be a list"),
        ("use: [oni, dmi]", "use: []", "forecast.drivers.use", "at least one entry"),
        ("outlook: {kind: model}", "outlook: path", "forecast.outlook", "needs 'paths'"),
        ("sd: 10 min", "sd: -10 min", None, "below zero"),
        ("sd: 10 min, ", "", None, "lognormal takes mean, sd; given: mean"),
        ("high: 12 persons", "high: 40 persons", "people", "at most 16"),
        ("mode: 4 km", "mode: 40 km", None, "not in order"),
        ("value: 24.4 %", "value: 64.4 %", "people", "part of the children"),
        ("value: 4 %", "value: 46 %", "people", "above 100 %"),
        ("name: hiraan-flood", "name: [a]", "inflows.#1.name", "must be plain text"),
        ("name: hiraan-flood", "name: a.b", "inflows.a.b.name", "cannot be a name"),
        ("reception: jowhar-rec", "reception: jowhar-ec", None, "mean 'jowhar-reception'"),
        ("value: 8 %", "value: 99 %", "inflows.hiraan-flood.share", None),
        ("8 boats", "8 desks", None, r"\(units, boats, vehicles, helicopters\)"),
        ("8 boats", "8.5 boats", None, "not a whole number"),
        ("works: 06:00-18:00", "works: 06:00", None, "not a span of the day"),
        ("seats: 10 persons", "seats: 0 persons", None, "must be above zero"),
        ("seats: 10 persons", "seat: 10 persons", None, "did you mean 'seats'"),
        ("speed: 15 km/h", "speed: {value: 15 km/h, because: x}", None, "not because"),
        ("speed: 15 km/h", "speed: {source: x}", None, "'value' is needed"),
        ("speed: 15 km/h", "speed: [1, 2]", None, "not a list"),
        ("per: group", "per: boat", None, "Allowed: group, person"),
        ("first_that_fits: no", "first_that_fits: 0", None, "neither 'yes' nor 'no'"),
        ("{value: never,", "{value: nevr,", None, "'never' is allowed too"),
        ("4000 persons", "-1 persons", "sites.ceel-jaale.places.value", "cannot be negative"),
        ("onward: trucks-jowhar", "onward: trucks", "sites.jowhar.onward", "no transport 'trucks'"),
        ("name: jowhar-ward", "name: jowhar", "wards.jowhar.name", "already used on line"),
        ("share: {value: 70 %", "share: {value: 60 %", None, "must make 100 %"),
        ("departs_at: {value: 08:00", "departs_at: [8] #", None, "written as text|not a list"),
        ("share: {value: 70 %", "share: {values: 70 %", None, "not values"),
        ("travel_time: {value: 2 hours", "travel_time: {value: {a: b}", None, "'value' is needed"),
        (
            "length_of_stay: {dist",
            "length_of_stay: {value: 3 days, dist",
            None,
            "A distribution has",
        ),
        ("use: [oni, dmi]", "use: {a: b}", None, "a block must be a list"),
        ("drivers:\n", "drivers: x\n  backtes:\n", None, "must be a block with the keys data, use"),
        ("location: Belet Weyne", f"location: {'x' * 90}", None, "too long"),
        ("distribution: triangular", "distribution: one_plus_poisson", None, "takes mean, high"),
        (
            "outlook: {kind: model}",
            "outlook: {kind: model, paths: [{name: oni, values: [1 degC]}]}",
            "forecast.outlook",
            "belong to the kind 'path'",
        ),
        ("departs_at: {value: 08:00", "departs_at: {value: 8", None, "not a time of day"),
        ("wards:\n", "wards: none\nward:\n", "wards", "must be a list"),
        ("name: beledweyne-flood", "name: two words", "name", "cannot be a name"),
        ("title: Floods", "title: ''\nx: Floods", "title", "is empty; write some text"),
    ],
)
def test_one_mistake(old, new, path, message):
    if message is None:
        parse_scenario(edited((old, new)))
        return
    text = edited((old, new))
    found = problems_of(text)
    matching = [p for p in found if re.search(message, p.message)]
    assert matching, found
    assert all(p.file == "plan.yaml" and p.line > 0 for p in found)
    assert path is None or matching[0].path == path


def test_all_problems_at_once_in_the_order_of_the_file():
    text = edited(
        ("wards:\n", "wards2: 1\nwards:\n"),
        ("run_length: 184 days", "run_length: 184"),
        ("8 boats", "-8 boats"),
        ("reception: jowhar-reception", "reception: jowhar-recption"),
        ("seed: 20220701", "seed: 20220701\n  seed: 3"),
        ("    location: Jowhar\n    places", "    places"),
    )
    found = problems_of(text)
    assert [p.line for p in found] == sorted(p.line for p in found)
    wanted = {
        "run_length: 184": "needs a number and a unit",
        "  seed: 3": "'seed' was already set on line 18",
        "reception: jowhar-recption": "did you mean 'jowhar-reception'",
        "-8 boats": "cannot be negative",
        "  - name: jowhar\n": "is missing",
        "wards2: 1": "unknown key, did you mean 'wards'?",
    }
    assert len(found) == len(wanted)
    for problem, (words, message) in zip(found, wanted.items(), strict=True):
        assert problem.line == line_of(text, words)
        assert message in problem.message


def test_the_listing_reads_like_a_page():
    error = ScenarioError(
        [
            Problem("b.yaml", 12, "a.b", "y."),
            Problem("b.yaml", 3, "", "x."),
            Problem("c", 0, "", "z."),
        ]
    )
    assert (
        str(error)
        == "b.yaml has 2 problems:\n  line 3   x.\n  line 12  a.b: y.\nc has 1 problem:\n  z."
    )


@pytest.mark.parametrize("schema", ["", "schema: 2", "schema: 1.0"])
def test_files_of_another_version_are_refused(schema):
    found = problems_of(edited(("schema: 1", schema)))
    assert [p.path for p in found] == ["schema"]


def test_a_scenario_that_says_nothing_names_what_is_needed():
    assert {p.path for p in problems_of("schema: 1\n")} == {
        "name",
        "title",
        "question",
        "time",
        "forecast",
        "people",
        "inflows",
        "reception",
        "sites",
    }


def test_unknown_names_suggest_the_library():
    with pytest.raises(ScenarioError, match="did you mean 'beledweyne-flood'"):
        load_scenario("beledweyne-fload")
    with pytest.raises(ScenarioError, match="no such scenario or file"):
        load_scenario("nowhere/plan.yaml")


def test_people_cut_off_need_a_rescue_service():
    text = edited(("    rescue: river-rescue-jowhar\n", ""))
    assert "no 'rescue' is named" in problems_of(text)[0].message


def test_shares_of_the_same_people_cannot_pass_the_whole():
    text = edited(("causes: [drought, conflict, other]", "causes: [flood]"))
    text = text.replace("share:\n      value: 4 %", "share:\n      value: 98 %")
    assert "at most" in problems_of(text)[0].message


def test_weights_of_the_day_cannot_all_be_zero():
    text = edited(("weight: 5", "weight: 0"), ("weight: 1", "weight: 0"))
    assert "every weight is 0" in problems_of(text)[0].message


@pytest.mark.parametrize(
    ("old", "new", "warning"),
    [
        ("value: 4000 persons", "value: 0 persons", "is 0 for the whole run"),
        ("    onward: trucks-jowhar\n", "", "no 'onward' transport"),
        (
            "value: 400 persons, assumption: Some",
            "value: 90000 persons, assumption: Some",
            "sites.ceel-jaale: starts with 90,000 persons, more than its places and over_capacity",
        ),
        ("reception: jowhar-reception", "reception: beledweyne-reception", None),
    ],
)
def test_what_may_not_be_meant_is_a_warning(old, new, warning):
    text = FLAGSHIP.replace(old, new) if warning is None else edited((old, new))
    expected = warning or "reception.jowhar-reception: no inflow goes there"
    assert any(expected in one for one in parse_scenario(text).warnings)


def test_nobody_arriving_is_a_warning():
    text = re.sub(r"(share:\n      value:) \d+ %", r"\1 0 %", FLAGSHIP)
    assert parse_scenario(text).warnings == ("inflows: every share is 0 %, so nobody arrives.",)


def test_a_site_nobody_uses_is_a_warning():
    text = re.sub(r"      - site: jowhar\n.*\n", "", FLAGSHIP)
    text = text.replace(
        "    sites:\n      - site: ceel-jaale\n        travel_time: {value: 10",
        "    sites:\n      - site: ceel-jaale\n        travel_time: {value: 9",
    )
    assert "sites.jowhar: no reception point uses it." in parse_scenario(text).warnings


def test_losses_outside_the_run_or_of_nothing():
    losses = (
        "losses:\n"
        "  - {name: a, facility: jowar, from: day 3, remaining: 0 %, because: x}\n"
        "  - {name: b, facility: jowhar, from: day 3, until: day 2, remaining: 0 %, because: x}\n"
        "  - {name: c, facility: jowhar, from: 2023-02-01, remaining: 0 %, because: x}\n"
    )
    first = problems_of(FLAGSHIP + losses)
    assert [p.path for p in first if "did you mean 'jowhar'" in p.message] == ["losses.a.facility"]
    messages = " ".join(p.message for p in first)
    assert "'until' must be later" in messages
    assert "outside the run" in messages


def test_planned_changes_come_in_order():
    planned = (
        "value: 4000 persons\n      changes:\n"
        "        - {from: day 9, to: 3 persons, because: x}\n"
        "        - {from: day 9, to: 4 persons, because: y}\n"
    )
    nothing = "        - {from: day 10, because: z}\n"
    text = edited(("value: 4000 persons\n", planned + nothing))
    assert "changes nothing" in problems_of(text)[0].message
    text = edited(("value: 4000 persons\n", planned))
    assert "not later than the change before" in problems_of(text)[0].message


def test_paths_of_drivers_fit_the_horizon_and_the_drivers():
    path = "outlook: {kind: path, paths: [{name: onii, values: [1 degC]}]}"
    messages = [p.message for p in problems_of(edited(("outlook: {kind: model}", path)))]
    assert any("did you mean 'oni'" in m for m in messages)
    assert any("the horizon is 6 months" in m for m in messages)
    assert any("no path for oni, dmi" in m for m in messages)


def test_commas_in_braces_get_a_hint():
    text = edited(("assumption: Replace with local observation.}", "assumption: a, b}"))
    assert "needs quotes" in problems_of(text)[0].message


def test_names_in_any_script_are_fine():
    text = FLAGSHIP.replace("ceel-jaale", "عيل-جالي").replace("Belet Weyne", "Beledweyne, Ḥīrān")
    assert parse_scenario(text).sites[0].name == "عيل-جالي"


def test_suggestions_need_some_likeness():
    assert suggestion("xyz", ["capacity"]) == ""


def test_returns_home_are_built_and_their_times_checked():
    home = (
        "    returns_home: [{from: day 20, mean: 10 days, because: x}, "
        "{from: %s, mean: never, because: x}]\n"
    )
    old = "    onward: trucks-jowhar\n"
    (plan,) = [
        site
        for site in build_network(parse_scenario(edited((old, home % "day 40" + old)))).sites
        if site.name == "jowhar"
    ]
    assert plan.returns_home == ((456.0, 240.0), (936.0, float("inf")))
    for day, message in (
        ("day 20", "not later than the one before"),
        ("day 900", "outside the run"),
    ):
        (problem,) = problems_of(edited((old, home % day + old)))
        assert problem.path == "sites.jowhar.returns_home.#2.from"
        assert message in problem.message
    (problem,) = problems_of(edited((old, (home % "day 40").replace("10 days", "0 days") + old)))
    assert "must be above zero" in problem.message
