"""The report: one file, complete, readable by everyone, and the same for the same results."""

import dataclasses
import re
from html.parser import HTMLParser

import pytest

from scenarios.labels import CATEGORIES, OUTCOMES, STEPS
from scenarios.report.answers import sentences, verdict
from scenarios.report.document import write_report
from scenarios.report.people import people_table
from scenarios.report.pictures import begin_pictures, pictures
from scenarios.report.tables import facility_table, harm_table
from simulation.executors import executor
from simulation.measures import CATEGORIES as MEASURED_CATEGORIES
from simulation.measures import exceeds
from simulation.records import GROUP_OUTCOMES
from simulation.records import STEPS as RECORDED_STEPS

VOID = {"meta", "img", "source", "br", "link", "input", "hr"}


class Page(HTMLParser):
    """Collects what the tests ask about, and refuses tags that do not close."""

    def __init__(self):
        super().__init__()
        self.open, self.tags, self.headings, self.text = [], [], [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if "style" not in self.open:
            self.text.append(data)
        if self.open and self.open[-1] == "h2":
            self.headings.append(data)

    def every(self, tag):
        return [attrs for name, attrs in self.tags if name == tag]


def read(text):
    page = Page()
    page.feed(text)
    page.close()
    assert page.open == []
    return page


@pytest.fixture(scope="module")
def text(inputs, tmp_path_factory):
    path = tmp_path_factory.mktemp("report") / "report.html"
    return write_report(inputs, path).read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def page(text):
    return read(text)


def test_sections_stand_in_the_order_of_the_questions(page):
    assert page.headings == [
        "The answer in short",
        "1. What could happen?",
        "2. What gives way first?",
        "3. Who is affected?",
        "4. What is there, and what is missing?",
        "5. Who acts when?",
        "6. What do the compared plans change?",
        "7. What was assumed?",
        "8. Indicators",
        "9. How to reproduce it",
    ]


def test_every_picture_has_a_text_alternative(page):
    images = page.every("img")
    assert len(images) == 12
    assert all(len(image["alt"]) > 40 for image in images)


def test_nothing_is_loaded_from_elsewhere(text, page):
    addresses = [
        attrs[key]
        for _, attrs in page.tags
        for key in ("src", "href", "srcset", "action", "data")
        if attrs.get(key)
    ]
    assert all(address.startswith(("data:", "#")) for address in addresses)
    assert page.every("script") == page.every("link") == page.every("iframe") == []
    assert not re.search(r"url\(|@import", text.split("</style>")[0])


def test_links_inside_lead_somewhere(page):
    names = {attrs["id"] for _, attrs in page.tags if "id" in attrs}
    wanted = {link["href"][1:] for link in page.every("a")}
    assert wanted <= names
    assert len([attrs for _, attrs in page.tags if "id" in attrs]) == len(names)


def test_page_states_language_width_and_encoding(page):
    assert page.every("html")[0]["lang"] == "en"
    metas = page.every("meta")
    assert any(meta.get("charset") == "utf-8" for meta in metas)
    assert any("width=device-width" in meta.get("content", "") for meta in metas)


def test_file_is_small_enough_to_mail(text):
    assert len(text.encode()) < 5_000_000


def test_every_facility_assumption_and_credit_is_in_it(inputs, page):
    words = " ".join(page.text)
    for item in inputs.assumptions:
        assert item.name in words
        assert item.text in words
    assert all(credit in words for credit in inputs.credits)
    assert all(value in words for _, value in inputs.provenance)
    for plan in inputs.plans:
        assert plan.title in words
        assert all(change.because in words for change in plan.changes)


def test_every_table_has_caption_and_headings(page):
    tables = len(page.every("table"))
    assert len(page.every("caption")) == len(page.every("thead")) == tables > 8
    assert all(attrs.get("scope") in {"col", "row"} for attrs in page.every("th"))


@pytest.mark.untraced
def test_same_inputs_give_the_same_bytes(inputs, tmp_path, text):
    again = write_report(inputs, tmp_path / "again.html").read_text(encoding="utf-8")
    assert again == text


def test_text_of_a_scenario_cannot_become_markup(inputs, tmp_path, undrawn):
    hostile = dataclasses.replace(inputs, title="<script>alert(1)</script>", question='"><img>')
    page = read(write_report(hostile, tmp_path / "r.html").read_text(encoding="utf-8"))
    assert page.every("script") == []
    assert len(page.every("img")) == 12


@pytest.mark.untraced
def test_figures_are_written_when_a_folder_is_given(inputs, tmp_path):
    write_report(inputs, tmp_path / "r.html", figures=tmp_path / "figures")
    endings = {file.suffix for file in (tmp_path / "figures").iterdir()}
    assert endings == {".png", ".svg"}
    assert len(list((tmp_path / "figures").iterdir())) == 24


@pytest.mark.untraced
def test_pictures_drawn_by_other_processes_are_the_same(inputs, tmp_path):
    alone = pictures(inputs, tmp_path / "alone")
    with executor(2, None) as others:
        shared = pictures(inputs, tmp_path / "shared", begin_pictures(inputs, others))
    assert shared == alone
    files = sorted(file.name for file in (tmp_path / "alone").iterdir())
    assert len(files) == 2 * len(alone)
    for name in files:
        one, other = ((tmp_path / kind / name).read_bytes() for kind in ("alone", "shared"))
        assert one == other
    with executor(1, None) as nobody:
        assert begin_pictures(inputs, nobody) is None


def test_report_without_optional_parts(inputs, tmp_path):
    bare = dataclasses.replace(
        inputs,
        benchmark=None,
        skill=None,
        skill_statement="",
        plans=(),
        comparison=None,
        assumptions=(),
        drivers=None,
    )
    page = read(write_report(bare, tmp_path / "r.html").read_text(encoding="utf-8"))
    words = " ".join(page.text)
    assert "No plan was compared" in words
    assert len(page.every("img")) == 7


def test_projection_is_called_projection(inputs, tmp_path, undrawn):
    projection = inputs.forecast.assign_attrs(kind="projection")
    changed = dataclasses.replace(inputs, forecast=projection)
    words = write_report(changed, tmp_path / "r.html").read_text(encoding="utf-8")
    assert "This is a projection, not a forecast." in words
    assert "the projection expects about" in words


def test_answer_has_four_to_eight_sentences_with_numbers(inputs):
    answer = sentences(inputs)
    assert 4 <= len(answer) <= 8
    assert all(re.search(r"\d|plan", sentence) for sentence in answer)
    assert all(sentence.endswith(".") for sentence in answer)


def test_answer_when_nobody_comes(inputs):
    nobody = inputs.measures.assign(persons_entered=inputs.measures["persons_entered"] * 0)
    answer = sentences(dataclasses.replace(inputs, measures=nobody))
    assert "In none of the simulated futures" in answer[1]


def test_answer_when_everything_holds(inputs):
    calm = inputs.measures.assign(
        peak_demand=inputs.measures["peak_demand"] * 0, late=inputs.measures["late"] * 0
    )
    answer = sentences(dataclasses.replace(inputs, measures=calm))
    assert "Every facility stays within its capacity" in answer[1]


def test_facility_table_agrees_with_the_measures(inputs):
    table = facility_table(inputs)
    chance = exceeds(inputs.measures).any("day").mean("replication").values
    shown = [row[2].split("\N{NARROW NO-BREAK SPACE}")[0] for row in table.rows]
    assert shown == [str(round(100 * value)) for value in chance]
    assert all(len(row) == len(table.head) for row in table.rows)


def test_facilities_that_hold_or_never_recover_are_said_so(inputs):
    overfull = inputs.measures["peak_demand"].copy()
    overfull.loc[{"facility": "jowhar"}] = 1e6
    overfull.loc[{"facility": "ceel-jaale"}] = 0
    table = facility_table(
        dataclasses.replace(inputs, measures=inputs.measures.assign(peak_demand=overfull))
    )
    rows = {row[0]: row for row in table.rows}
    assert rows["Ceel Jaale"][4] == rows["Ceel Jaale"][7] == "\N{EN DASH}"
    assert rows["Jowhar"][7] == "\N{EN DASH}; not by the end in 100\N{NARROW NO-BREAK SPACE}%"


def test_numbers_have_units(inputs):
    for table in (people_table(inputs), harm_table(inputs)):
        head = " ".join(table.head)
        assert "persons" in head or "Unit" in head
    units = {row[1] for row in harm_table(inputs).rows}
    assert units == {"persons", "person-nights", "groups", "patients", "times", "patient-hours"}


@pytest.mark.parametrize(
    ("measure", "low", "high", "expected"),
    [
        ("families_split", -5.0, -1.0, "better"),
        ("families_split", 1.0, 5.0, "worse"),
        ("families_split", -1.0, 5.0, "not distinguishable"),
        ("families_split", 0.0, 0.0, "no difference"),
        ("persons_entered", 1.0, 5.0, "more"),
        ("families_split", float("nan"), float("nan"), "unknown"),
    ],
)
def test_verdict_says_what_the_interval_allows(inputs, measure, low, high, expected):
    row = inputs.comparison.iloc[0].copy()
    row["measure"], row["low"], row["high"] = measure, low, high
    assert verdict(row) == expected


def test_every_name_of_the_contract_has_a_label():
    assert set(CATEGORIES) == set(MEASURED_CATEGORIES)
    assert set(OUTCOMES) == set(GROUP_OUTCOMES)
    assert set(STEPS) == set(RECORDED_STEPS)


def luminance(color):
    parts = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_text_colors_have_enough_contrast(text):
    colors = dict(re.findall(r"--(\w+): (#[0-9a-f]{6});", text))
    paper = luminance(colors["soft"])
    for name in ("ink", "muted", "blue"):
        assert (paper + 0.05) / (luminance(colors[name]) + 0.05) >= 4.5


def test_report_of_a_run_to_which_nobody_comes(inputs, tmp_path):
    names = [name for name in inputs.measures.data_vars if name not in {"capacity", "standard"}]
    empty = inputs.measures.assign({name: inputs.measures[name] * 0 for name in names})
    quiet = dataclasses.replace(inputs, measures=empty, plans=(), comparison=None)
    text = write_report(quiet, tmp_path / "r.html").read_text(encoding="utf-8")
    assert read(text).headings[0] == "The answer in short"
    assert "In none of the simulated futures" in text
    assert not re.search(r"\bnan\b", re.sub(r'"data:[^"]+"', "", text))


@pytest.mark.untraced
def test_report_of_services_without_capacity(inputs, tmp_path):
    closed = inputs.measures.assign(capacity=inputs.measures["capacity"] * 0)
    without = dataclasses.replace(inputs, measures=closed)
    text = write_report(without, tmp_path / "r.html").read_text(encoding="utf-8")
    assert "0\N{NO-BREAK SPACE}places" in text


def test_what_the_plan_does_not_cover_is_said(inputs, text, tmp_path, undrawn):
    given = dataclasses.replace(inputs, not_covered="Roads & <food>.")
    page = write_report(given, tmp_path / "r.html").read_text(encoding="utf-8")
    assert "What the plan does not cover:</strong> Roads &amp; &lt;food&gt;." in page
    assert "What the plan does not cover" not in text


def test_every_plan_shows_how_full_its_sites_are(inputs, text, undrawn):
    drawn = pictures(inputs)
    names = [name for name in drawn if name.startswith("plan-")]
    assert names == [f"plan-{number}-sites" for number in range(1, len(inputs.plans) + 1)]
    for name, plan in zip(names, inputs.plans, strict=True):
        assert drawn[name].caption.startswith(f"{plan.title}: daily peak")
        assert "at capacity" in drawn[name].alt
        assert f'id="figure-{name}"' in text
