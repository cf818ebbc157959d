"""The planner's page: what it shows, what it refuses; its numbers are those of the files."""

import asyncio
import html
import os
import re
import signal
import socket
import subprocess
import sys

import pytest
from typer.testing import CliRunner

pytest.importorskip("starlette", reason="the extra 'app' is not installed")
httpx = pytest.importorskip("httpx", reason="the extra 'test' is not installed")

from scenarios.app.capacities import capacity_fields  # noqa: E402
from scenarios.app.form import NO_REASON, empty_form, largest_stress, read_form  # noqa: E402
from scenarios.app.results import _kind  # noqa: E402
from scenarios.app.runs import BusyError  # noqa: E402
from scenarios.app.server import create_app  # noqa: E402
from scenarios.app.trial import Trial  # noqa: E402
from scenarios.cli import app as command_line  # noqa: E402
from scenarios.facilities import facilities_of  # noqa: E402
from scenarios.files import changed_scenario, list_library, load_scenario  # noqa: E402
from scenarios.labels import measure_label  # noqa: E402
from scenarios.numbers import count  # noqa: E402
from scenarios.problems import Problem, ScenarioError  # noqa: E402
from scenarios.side_by_side import compare_plans  # noqa: E402
from tests.scenarios.browser import (  # noqa: E402
    BOATS,
    PATIENCE,
    PLACES,
    TINY,
    Browser,
    Markup,
    plain,
    words,
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("plans")
    (path / "tiny.yaml").write_text(TINY, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def browser(folder):
    app = create_app(str(folder / "tiny.yaml"), workers=1, replications=(2, 3, 500))
    yield Browser(app)
    app.state.runs.stop()


@pytest.fixture(scope="module")
def tiny(folder):
    return load_scenario(folder / "tiny.yaml")


@pytest.fixture(scope="module")
def result(browser):
    inputs = {PLACES: "100", BOATS: "1", "because": "Tents & boats <script>alert(1)</script>"}
    return browser.run(**inputs)


@pytest.mark.untraced
def test_the_first_page_lists_every_scenario_with_its_question(browser):
    page = browser.get("/")
    links = [link["href"] for link in Markup(page.text).every("a")]
    assert links.index("/scenarios/tiny") < links.index("/scenarios/beledweyne-flood")
    for name in list_library():
        assert html.escape(load_scenario(name).question) in page.text


def test_every_capacity_has_an_input_with_its_unit_and_present_value(browser, tiny):
    markup = Markup(browser.get("/scenarios/tiny").text)
    inputs = {one["name"]: one for one in markup.every("input")}
    labeled = {label["for"] for label in markup.every("label")}
    fields = capacity_fields(tiny)
    assert len(fields) == len(facilities_of(tiny))
    for one in fields:
        assert inputs[one.path]["value"] == str(one.present)
        assert inputs[one.path]["id"] in labeled
        assert one.shown_unit in markup.text
    assert {one.shown_unit for one in fields} >= {"boats", "desks", "places", "nurses", "beds"}
    described = {name for one in inputs.values() for name in one["aria-describedby"].split()}
    assert described <= {attrs.get("id") for _, attrs in markup.tags}


@pytest.mark.parametrize("name", list_library())
def test_every_facility_of_a_plan_can_be_changed(name):
    scenario = load_scenario(name)
    fields = {one.facility: one for one in capacity_fields(scenario)}
    assert set(fields) == set(facilities_of(scenario))
    changes = [
        {"set": one.path, "to": one.written(one.present + 1), "because": "a trial"}
        for one in fields.values()
    ]
    more = facilities_of(changed_scenario(scenario, changes))
    assert {key: one.capacity.value for key, one in more.items()} == {
        key: one.present + 1 for key, one in fields.items()
    }


def test_a_replay_is_no_forecast_on_the_page():
    trial = Trial(load_scenario("poland-2022"), "poland-2022", (), (), 1.0, 2, "a", "b")
    assert _kind(trial) == "replay"


def test_losses_and_hours_are_told_beside_the_number():
    fields = {one.facility: one for one in capacity_fields(load_scenario("beledweyne-losses"))}
    boats = " ".join(fields["boats-beledweyne"].notes)
    assert "works 06:00 to 18:00" in boats
    assert "50 % remain from 8 Oct 2022 until 7 Nov 2022" in plain(boats)


@pytest.mark.parametrize(
    ("name", "given", "told"),
    [
        (PLACES, "-5", "“-5” is below zero"),
        (PLACES, "many", "“many” is not a whole number; write a whole number of places such as"),
        (PLACES, "12.5", "is not a whole number"),
        (PLACES, "7,000", "is not a whole number"),
        (PLACES, "٣", "is not a whole number"),
        (PLACES, "", "is empty"),
        (PLACES, "9" * 5000, "is too large; at most 1 000 000 places"),
        (BOATS, "10001", "at most 10 000 boats"),
        ("stress", "9", "9 is outside the range; write a number from 0.5 to 3"),
        ("stress", "-1", "is not a factor"),
        ("stress", "nan", "is not a factor"),
        ("replications", "7", "is not offered; choose one of 2, 3."),
        ("replications", "500", "is not offered; choose one of 2, 3."),
        ("name", "../../etc/passwd", "cannot name a file"),
        ("name", "tiny", "is taken by the present plan"),
        ("because", "x" * 301, "is 301 characters long; write at most 300"),
        ("because", "bell \x07", "cannot be printed"),
    ],
)
def test_what_cannot_be_used_comes_back_with_a_message_and_nothing_lost(browser, name, given, told):
    others = {PLACES: "777", BOATS: "9", "name": "my-plan"}
    page = browser.send(**{**others, name: given})
    assert page.status_code == 422
    assert told in words(page)
    markup = Markup(page.text)
    shown = {one["name"]: one for one in markup.every("input")}
    for other, value in others.items():
        if other != name:
            assert shown[other]["value"] == value
            assert "aria-invalid" not in shown[other]
    if name in shown:
        assert shown[name]["aria-invalid"] == "true"
        assert shown[name]["value"].strip() == given.strip()
    targets = {link["href"].removeprefix("#") for link in markup.every("a")}
    ids = {attrs.get("id") for _, attrs in markup.tags}
    assert targets & ids


def test_all_wrong_entries_are_told_at_once(browser):
    page = browser.send(**{PLACES: "x", BOATS: "-1", "stress": ""})
    assert "3 entries need a correction; nothing was run" in words(page)


def test_thousands_may_be_separated_by_a_space(tiny):
    form, trial = read_form(tiny, (2,), {PLACES: "7 000"}, "tiny.yaml")
    assert form.errors == {}
    assert trial.changes == ((PLACES, "7000 persons"),)
    assert trial.because == NO_REASON


def test_a_stress_that_needs_more_people_than_are_displaced_is_refused(tmp_path):
    changes = "  - {set: inflows.hiraan-flood.share, to: 60 %, because: Test.}\n"
    path = tmp_path / "full.yaml"
    path.write_text(TINY + changes, encoding="utf-8")
    full = load_scenario(path)
    assert largest_stress(full) == pytest.approx(1 / 0.6)
    form, trial = read_form(full, (2,), {"stress": "2"}, str(path))
    assert trial is None
    assert "more people would come than are displaced" in form.errors["stress"]
    assert "at most 1.66." in form.errors["stress"]
    assert read_form(full, (2,), {"stress": "1.66"}, str(path))[1] is not None
    _, trial = read_form(full, (2,), {"stress": "1,5"}, str(path))
    shares = [inflow.share for inflow in trial.cases()[-1].scenario.inflows]
    assert shares == pytest.approx([1.5 * inflow.share for inflow in full.inflows])


def test_a_result_says_what_changed_and_what_that_does(result):
    _, page = result
    text = words(page)
    assert "Ceel Jaale: 100 places instead of" in text
    assert "Boats Beledweyne: 1 boat instead of 8 boats" in text
    assert "Chance of giving way on at least one day, by facility" in text
    assert "Difference (95 % interval)" in text
    assert re.search("not distinguishable|no difference", text)
    assert "With 2 futures, a chance near 50 % is known to about 70 percentage points" in text


def test_pictures_are_there_for_page_and_phone_with_words(browser, result):
    markup = Markup(result[1].text)
    pictures = markup.every("img")
    assert len(pictures) >= 2
    assert all(len(picture["alt"]) > 60 for picture in pictures)
    addresses = [picture["src"] for picture in pictures]
    addresses += [source["srcset"] for source in markup.every("source")]
    for address in addresses:
        answer = browser.get(address)
        assert answer.headers["content-type"].startswith("image/svg+xml")
        assert answer.text.startswith("<?xml")


def test_what_was_typed_is_never_markup(result):
    _, page = result
    assert "<script" not in page.text
    assert "<i>" not in page.text
    assert "&lt;i&gt;only&lt;/i&gt;" in page.text
    assert not Markup(page.text).every("script")


def test_typed_markup_comes_back_as_text(browser):
    page = browser.send(**{PLACES: '"><b>x', "name": "<b>"})
    assert page.status_code == 422
    assert "<b>" not in page.text
    assert "<b>" not in browser.get("/scenarios/<b>x").text


def test_downloaded_plan_is_checked_and_gives_the_numbers_of_the_page(browser, result, folder):
    address, page = result
    file = browser.get(f"{address}/files/tiny-changed.yaml")
    assert "attachment" in file.headers["content-disposition"]
    assert str(folder) not in file.text
    assert str(folder) not in page.text
    path = folder / "tiny-changed.yaml"
    path.write_text(file.text, encoding="utf-8")
    checked = CliRunner().invoke(command_line, ["check", str(path)])
    assert checked.exit_code == 0, checked.output
    plan = load_scenario(path)
    assert [change.new for change in plan.changes[-2:]] == ["1 boat", "100 persons"]
    assert plan.changes[-1].because == "Tents & boats <script>alert(1)</script>"
    table = compare_plans([folder / "tiny.yaml", path], replications=2, workers=1)
    rows = re.findall(r"<tr><th scope=\"row\">(.*?)</th>(.*?)</tr>", page.text)
    shown = {html.unescape(name): re.findall(r"<td.*?>(.*?)</td>", rest) for name, rest in rows}
    for row in table.itertuples():
        label = measure_label(row.measure)
        assert shown[label.label][:3] == [label.unit, count(row.baseline), count(row.value)]
    assert (table["difference"] != 0).any()
    command = "safepassage run tiny.yaml --compare tiny-changed.yaml --replications 2 --seed"
    assert command in words(page)


def test_values_of_a_result_can_be_changed_again(browser, result):
    key = result[0].rpartition("/")[2]
    markup = Markup(browser.get(f"/scenarios/tiny?from={key}").text)
    values = {one["name"]: one["value"] for one in markup.every("input")}
    assert (values[PLACES], values[BOATS]) == ("100", "1")
    assert values["because"].startswith("Tents & boats")


def test_the_same_entries_are_not_run_twice(browser, result):
    inputs = {PLACES: "100", BOATS: "1", "because": "Tents & boats <script>alert(1)</script>"}
    again = browser.send(replications="2", **inputs)
    assert again.headers["location"] == result[0]


def test_stress_holds_for_both_plans_and_both_are_files(browser, folder):
    address, page = browser.run(**{PLACES: "100", "stress": "2", "name": "tiny-doubled"})
    text = words(page)
    assert "(a stress factor, not a forecast)" in text
    assert "Changed plan, 2 times the people against present plan, 2 times the people" in text
    assert "safepassage run tiny-stress.yaml --compare tiny-doubled.yaml" in text
    entered = {}
    for name in ("tiny-stress", "tiny-doubled"):
        path = folder / f"{name}.yaml"
        path.write_text(browser.get(f"{address}/files/{name}.yaml").text, encoding="utf-8")
        scenario = load_scenario(path)
        entered[name] = [inflow.share for inflow in scenario.inflows]
    assert entered["tiny-stress"] == entered["tiny-doubled"]
    base = load_scenario(folder / "tiny.yaml")
    assert entered["tiny-stress"] == pytest.approx([2 * one.share for one in base.inflows])


def test_nothing_changed_shows_the_present_plan_alone(browser):
    _, page = browser.run()
    text = words(page)
    assert "Nothing was changed: this is the present plan alone." in text
    assert "Difference" not in text
    assert "--compare" not in text


def test_unknown_pages_say_so(browser, result):
    for path in (
        "/scenarios/no-such",
        "/results/no-such",
        f"{result[0]}/files/..%2Ftiny.yaml",
        f"{result[0]}/pictures/other.svg",
        "/nowhere",
    ):
        page = browser.get(path)
        assert page.status_code == 404
        assert "Not found" in words(page)


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1:9", "evil.example:8765", ""])
def test_other_hosts_are_refused(browser, host):
    page = browser.get("/", headers={"Host": host})
    assert page.status_code == 403
    assert "scenario" not in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]


@pytest.mark.parametrize(
    "headers",
    [{"Origin": "http://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}],
)
def test_forms_of_other_sites_are_refused(browser, headers):
    assert browser.send(headers=headers, replications="2").status_code == 403


def test_the_own_form_is_accepted(browser):
    headers = {"Origin": "http://127.0.0.1:8765", "Sec-Fetch-Site": "same-origin"}
    assert browser.send(headers=headers, **{PLACES: "x"}).status_code == 422


def test_large_and_strange_forms_are_refused(browser):
    assert browser.send(because="x" * 300_000).status_code == 413
    assert browser.send(**{f"n{i}": "1" for i in range(3_000)}).status_code == 400
    assert browser.send(headers={"Content-Type": "application/json"}).status_code == 415
    path, kind = "/scenarios/tiny", {"Content-Type": "application/x-www-form-urlencoded"}
    assert browser.ask("POST", path, content=b"a=%ff", headers=kind).status_code == 400
    assert browser.ask("DELETE", path).status_code == 405


def test_pages_load_nothing_from_elsewhere(browser, result):
    for page in (browser.get("/"), browser.get("/scenarios/tiny"), result[1]):
        policy = page.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "script" not in policy
        assert page.headers["x-content-type-options"] == "nosniff"
        assert not re.search(r"(?:src|href|action)=\"(?:https?:)?//", page.text)
        assert 'style="' not in page.text
    assert "://" not in browser.get("/style.css").text


def test_a_full_queue_is_told_in_the_form(browser, monkeypatch):
    def refuse(trial):
        msg = "8 runs are waiting already. Try again in a minute."
        raise BusyError(msg)

    monkeypatch.setattr(browser.app.state.runs, "submit", refuse)
    page = browser.send(**{PLACES: "321", "replications": "2"})
    assert page.status_code == 503
    assert "8 runs are waiting already" in words(page)
    assert 'value="321"' in page.text


def test_a_plan_that_contradicts_itself_is_told_beside_the_number(browser, monkeypatch):
    def contradict(trial):
        problems = [
            Problem("the changed plan", 3, f"{PLACES}.value", "is too small for the stock."),
            Problem("the changed plan", 3, f"{PLACES}.works", "is odd."),
            Problem("the changed plan", 9, "people.child", "is odd, too."),
        ]
        raise ScenarioError(problems)

    monkeypatch.setattr(Trial, "cases", contradict)
    page = browser.send(**{PLACES: "1", "replications": "2"})
    assert page.status_code == 422
    assert "Please correct: is too small for the stock. is odd." in words(page)
    assert "people.child: is odd, too." in words(page)


def test_an_error_of_the_program_is_admitted_without_details(browser, monkeypatch):
    def fail(key):
        msg = "secret"
        raise RuntimeError(msg)

    async def once():
        transport = httpx.ASGITransport(app=browser.app, raise_app_exceptions=False)
        async with httpx.AsyncClient(
            transport=transport, base_url="http://127.0.0.1:8765"
        ) as client:
            return await client.get("/results/x")

    monkeypatch.setattr(browser.app.state.runs, "get", fail)
    page = asyncio.run(once())
    assert page.status_code == 500
    assert "The program made an error" in words(page)
    assert "secret" not in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]


def test_a_scenario_file_that_breaks_meanwhile_is_explained(tmp_path):
    path = tmp_path / "tiny.yaml"
    path.write_text(TINY, encoding="utf-8")
    app = create_app(str(path), workers=1)
    path.write_text(TINY.replace("21 days", "21 sheep"), encoding="utf-8")
    page = Browser(app).get("/scenarios/tiny")
    assert page.status_code == 422
    assert "21 sheep" in words(page)
    assert "Cannot be used" in words(Browser(app).get("/"))
    app.state.runs.stop()


def test_a_waiting_page_shows_how_far_it_is_and_looks_again(browser, tiny, folder):
    app = create_app(str(folder / "tiny.yaml"), workers=1, replications=(2,))
    app.state.runs.stop()
    visitor = Browser(app)
    address = visitor.send(**{PLACES: "1"}).headers["location"]
    key = address.rpartition("/")[2]
    page = visitor.get(address)
    assert "Waiting: 0 runs come before yours" in words(page)
    assert Markup(page.text).every("meta")[-1] == {"http-equiv": "refresh", "content": "2"}
    run = app.state.runs.get(key)
    run.state, run.stage, run.finished, run.parts = "running", "Simulating: present plan", 1, 4
    page = visitor.get(address)
    assert "1 of 4 simulated futures are done" in words(page)
    assert Markup(page.text).every("progress") == [{"max": "4", "value": "1"}]
    run.state, run.message = "failed", "The river is <b>dry</b>."
    page = visitor.get(address)
    assert page.status_code == 500
    assert "The river is <b>dry</b>." in words(page)


def test_the_form_offers_no_more_futures_than_there_are_samples(tiny):
    assert empty_form(tiny, (20, 50, 200)).choices == (20,)
    assert empty_form(tiny, (50, 200)).choices == (40,)


def test_a_port_in_use_is_said_on_the_command_line():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        answer = CliRunner().invoke(command_line, ["app", "--no-browser", "--port", str(port)])
    assert answer.exit_code == 2
    assert f"port {port} cannot be used" in answer.output


def test_a_scenario_that_does_not_exist_is_said_on_the_command_line():
    answer = CliRunner().invoke(
        command_line, ["app", "beledweyne-flod", "--no-browser", "--port", "0"]
    )
    assert answer.exit_code == 2
    assert "did you mean 'beledweyne-flood'" in answer.output


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
def test_the_command_serves_this_computer_and_ends_cleanly():
    code = "from scenarios.cli import main; main()"
    words = [sys.executable, "-c", code, "app", "beledweyne-flood", "--no-browser", "--port", "0"]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen(words, **pipes) as page:  # noqa: S603 - our own interpreter
        try:
            address = re.search(r"http://127\.0\.0\.1:\d+/\S+", page.stdout.readline())[0]
            text = httpx.get(address, timeout=PATIENCE, trust_env=False).text
            page.send_signal(signal.SIGINT)
            rest, errors = page.communicate(timeout=PATIENCE)
        finally:
            page.kill()
    assert address.endswith("/scenarios/beledweyne-flood")
    assert "Capacities of the plan" in text
    assert (page.returncode, errors) == (0, "")
    assert "closed" in rest
