"""Labels in another language: none is left out, and a translator's table is checked."""

import copy
import csv
import dataclasses
import io
import re
import textwrap
from html.parser import HTMLParser

import openpyxl
import pandas as pd
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.text import Text
from typer.testing import CliRunner

import scenarios
from forecasting.statements import TEMPLATES, WHERE, told
from scenarios import plots
from scenarios.cli import app
from scenarios.files import parse_scenario
from scenarios.labels import facility_label
from scenarios.language import ENGLISH, Language, say, speaking, spoken
from scenarios.problems import ScenarioError
from scenarios.report import contents, exports
from scenarios.report.document import every_table, render, write_report
from scenarios.report.pictures import Picture, pictures
from scenarios.results import read_results, write_results
from scenarios.translations import (
    every_label,
    labels_csv,
    placeholders,
    read_language,
    untranslated,
)
from tests.scenarios.conftest import invented_forecast, invented_inputs
from tests.scenarios.every_key import document

PLAIN = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
OTHER = "áƀćđéƒǵĥíĵķĺḿńóṕɋŕśţúṽŵẋýźÁƁĆĐÉƑǴĤÍĴĶĹḾŃÓṔɊŔŚŢÚṼŴẊÝŹ"
LETTERS = str.maketrans(PLAIN, OTHER)
OF_THE_SMALL_RUN = ["A count.", "Two people counted.", "Screened", "somalia_displacement", "EUR"]
"""Source and confidence of a curve, names of a time limit, a table of data and a currency."""
SHOWN = ("alt", "title", "aria-label", "placeholder")


def pseudo(label):
    """Replace every letter outside of placeholders by another that looks like it."""
    return "".join(
        part if part.startswith("{") else part.translate(LETTERS)
        for part in re.split(r"(\{\w+\})", label)
    )


@pytest.fixture(scope="module")
def language():
    return Language("en-XA", {label: pseudo(label) for label in every_label()})


class Visible(HTMLParser):
    """Collects every text a reader sees or hears."""

    def __init__(self):
        super().__init__()
        self.hidden, self.texts = 0, []

    def handle_starttag(self, tag, attrs):
        self.hidden += tag == "style"
        self.texts += [value for name, value in attrs if name in SHOWN]

    def handle_endtag(self, tag):
        self.hidden -= tag == "style"

    def handle_data(self, data):
        if not self.hidden:
            self.texts.append(data)


def visible(page):
    reader = Visible()
    reader.feed(page)
    return reader.texts


def of_the_plan(inputs):
    """Texts that come from files of the user and records of the run, longest first."""
    texts = [inputs.name, inputs.title, inputs.question, inputs.place, inputs.skill_statement]
    texts += re.split(r"(?<=\.) ", inputs.skill_statement)
    texts += [*inputs.credits, *(value for _, value in inputs.provenance), *inputs.curves]
    for plan in inputs.plans:
        texts += [plan.name, plan.title]
        texts += [text for change in plan.changes for text in dataclasses.astuple(change)]
    for one in inputs.assumptions:
        group = one.name.split(".")[0]
        texts += [one.name, one.value, group, group.replace("_", " ").capitalize()]
        texts += [one.text] if one.basis != "default" else []
    for one in inputs.resources:
        texts += [one.name.split(": ")[0], one.amount, one.text if one.basis != "default" else ""]
        texts += one.hours.split("; ")[:1]
    for one in inputs.agreements:
        texts += dataclasses.astuple(one)
    for name in ("facility", "trigger", "cause"):
        texts += [facility_label(str(value)) for value in inputs.measures[name].values]
    texts += [] if inputs.drivers is None else [name.upper() for name in inputs.drivers.data_vars]
    texts.append(inputs.not_covered)
    for box in () if inputs.scheme is None else inputs.scheme.boxes:
        texts += [box.label, *textwrap.wrap(box.label, 8), *box.detail.split(", ")]
    texts += OF_THE_SMALL_RUN
    texts += ["safepassage", f"safepassage run {inputs.name} --compare PLAN"]
    return sorted(set(texts) - {""}, key=len, reverse=True)


def english_left(texts, inputs):
    """Texts that hold letters of neither the language nor the plan."""
    left = []
    own = of_the_plan(inputs)
    for text in texts:
        rest = " ".join(text.split())
        for one in own if rest not in own else [rest]:
            if len(one) < 3 and one != rest:
                continue  # too short to be told from a part of another word
            rest = rest.replace(" ".join(one.split()), "")
        if re.search(r"[A-Za-z]", re.sub(r"\$\\mathdefault\{.*?\}\$", "", rest)):
            left.append(text)
    return left


def small_run():
    """Every service, two triggers, observed curves, and a plan that is compared."""
    whole = document()
    whole["forecast"] |= {"samples": "8", "model": "seasonal-climatology"}
    whole["forecast"].pop("backtest", None)
    whole["not_covered"] = "Roads and food."
    whole["observed"] = [
        {
            "name": name,
            "what": what,
            "of": ["meadow"],
            "share": share,
            "points": [{"on": f"2022-07-0{day}", "value": f"{day} persons"} for day in days],
            "source": "A count.",
            "confidence": "Two people counted.",
        }
        for name, what, share, days in (
            ("Sleepers", "present at the end of the day", "50 %", (2, 3, 4)),
            ("Newcomers", "arrivals", "100 %", (3,)),
        )
    ]
    whole["observed"][0]["fitted"] = [{"from": "2022-07-02", "until": "2022-07-03"}]
    whole["sites"][0]["places"] = {
        "value": "20 persons",
        "cost": {"value": "6 EUR per day", "source": "A count."},
    }
    plan = copy.deepcopy(whole) | {"name": "more-trucks", "title": "Twice the trucks"}
    plan["transport"][0]["vehicles"] = {"value": "2 trucks", "cost": "90 EUR per day"}
    texts = [yaml.safe_dump(one, sort_keys=False, allow_unicode=True) for one in (whole, plan)]
    base, other = map(parse_scenario, texts)
    return scenarios.run(base, against=[other], replications=3, workers=1)


@pytest.fixture(scope="module")
def results():
    return small_run()


@pytest.fixture
def drawn(monkeypatch):
    """Texts of every figure that is drawn."""
    texts = []

    def recorded(figure, _):
        figure.draw_without_rendering()
        texts.extend(one.get_text() for one in figure.findobj(Text) if one.get_visible())
        return b""

    monkeypatch.setattr(plots, "image_bytes", recorded)
    return texts


@pytest.fixture(scope="module")
def invented():
    """What a report shows, without the labels that only a real run has."""
    inputs = invented_inputs()
    return dataclasses.replace(inputs, provenance=(), assumptions=inputs.assumptions[:2])


@pytest.fixture(scope="module")
def english_pictures():
    names = ("forecast", "exceedance", "outcomes")
    return {name: Picture(name, "What it shows.", "Caption", b"", b"") for name in names}


def check_all_said(inputs, drawn, folder):
    page = write_report(inputs, folder / "report.html").read_text(encoding="utf-8")
    one_page = exports.write_sitrep(inputs, folder / "sitrep.html").read_text(encoding="utf-8")
    assert english_left(visible(page), inputs) == []
    assert english_left(visible(one_page), inputs) == []
    assert len(drawn) > 50
    assert english_left(drawn, inputs) == []
    assert '<html lang="en-XA">' in page
    assert '<html lang="en-XA">' in one_page


@pytest.mark.untraced
def test_no_label_of_a_run_is_left_out(results, language, drawn, tmp_path):
    with speaking(language):
        inputs = contents.report_inputs(results)
        assert inputs.plans
        assert inputs.agreements
        assert len(inputs.curves) == 2
        assert inputs.bills.verdicts
        check_all_said(inputs, drawn, tmp_path)


def sentences():
    """Every template of a statement once, filled in as the scores of a run fill it."""
    names = {"model": "driver regression", "benchmark": "last 24 months", "where": WHERE["focus"]}
    names |= {"size": "3%", "low": "-2%", "high": "+7%", "share": "85%", "cutoffs": "24"}
    names |= {"skill": "+3%"}
    made = []
    for template in TEMPLATES:
        wanted = re.findall(r"{(\w+)}", template)
        filled = {name: names[name] for name in wanted if name in names}
        made.append(
            {"says": template, "with": filled | {n: made[-1:] for n in wanted if n not in names}}
        )
    return tuple(made)


def test_the_statement_of_skill_is_said_in_the_language(results, language):
    kept = sentences()
    shown = dataclasses.replace(results, sentences=kept, statement=told(kept))
    with speaking(language):
        said = contents.report_inputs(shown).skill_statement
        assert not re.search("[A-Za-z]", said)
        # What was written by hand, or by a version with other sentences, stays as it is.
        changed = dataclasses.replace(shown, statement=f"{shown.statement} Really.")
        assert contents.report_inputs(changed).skill_statement == changed.statement
        other = dataclasses.replace(shown, sentences=({"says": "{model.__class__}", "with": {}},))
        assert contents.report_inputs(other).skill_statement == shown.statement
        before = dataclasses.replace(shown, sentences=())
        assert contents.report_inputs(before).skill_statement == shown.statement
    assert contents.report_inputs(shown).skill_statement == shown.statement


@pytest.mark.untraced
def test_the_statement_is_kept_with_its_sentences(results, tmp_path):
    kept = sentences()
    for folder, parts in (("new", kept), ("old", ())):
        (tmp_path / folder).mkdir()
        shown = dataclasses.replace(results, sentences=parts, statement=told(kept))
        write_results(shown, tmp_path / folder)
        again = read_results(tmp_path / folder)
        assert (again.sentences, again.statement) == (parts, told(kept))
        assert "skill_sentences" not in again.provenance


@pytest.mark.untraced
@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"forecast": invented_forecast(kind="replay"), "plans": (), "comparison": None},
        pytest.param(
            {"forecast": invented_forecast(kind="projection"), "benchmark": None},
            marks=pytest.mark.slow,
        ),
        pytest.param(
            {"assumptions": (), "observed": invented_inputs().observed[:0], "drivers": None},
            marks=pytest.mark.slow,
        ),
    ],
    ids=["forecast", "replay", "projection", "no past"],
)
def test_no_label_is_left_out_whatever_a_report_shows(changes, invented, language, drawn, tmp_path):
    with speaking(language):
        check_all_said(dataclasses.replace(invented, **changes), drawn, tmp_path)


def test_the_check_finds_a_label_that_was_not_said(inputs):
    assert english_left(["Hard-coded", pseudo("Label"), inputs.title], inputs) == ["Hard-coded"]


def test_the_workbook_is_in_the_language_too(invented, language, tmp_path):
    with speaking(language):
        exports.write_workbook(invented, tmp_path / "t.xlsx")
    book = openpyxl.load_workbook(tmp_path / "t.xlsx")
    cells = [
        str(value)
        for sheet in book.worksheets
        if sheet.title != pseudo("measures")
        for row in sheet.iter_rows(values_only=True)
        for value in row
        if value is not None
    ]
    assert english_left([*cells, *book.sheetnames], invented) == []
    assert set(every_table(invented)) <= {
        *exports.SHEETS,
        *(f"plan {p.name}" for p in invented.plans),
    }


def test_titles_in_any_language_are_such_as_a_sheet_may_have(invented, tmp_path):
    same = dict.fromkeys(exports.SHEETS, "'a/b:[c]?" + "é" * 40)
    with speaking(Language("fr", same | {"plan {name}": "{name}", "gaps": "???"})):
        exports.write_workbook(invented, tmp_path / "t.xlsx")
    titles = openpyxl.load_workbook(tmp_path / "t.xlsx").sheetnames
    assert len({one.casefold() for one in titles}) == len(titles) == len(every_table(invented)) + 2
    assert "-" in titles
    assert all(len(one) <= exports.LONGEST_TITLE for one in titles)
    assert not any(set(one) & set("[]:*?/\\") or one.startswith("'") for one in titles)


def test_english_comes_back_after_a_language_even_after_an_error(language):
    with pytest.raises(ValueError, match="stop"), speaking(language):
        int("stop")
    assert spoken() is ENGLISH
    assert say("Facility") == "Facility"


def test_a_translation_cannot_become_markup(invented, english_pictures):
    hostile = Language("so", {"Contents": '"><script>', "Facility": "<b>", "In short": "<i>"})
    with speaking(hostile):
        page = render(invented, english_pictures)
    assert "<script>" not in page
    assert "<b>" not in page
    assert "&lt;b&gt;" in page


@pytest.mark.untraced
@pytest.mark.parametrize(
    ("code", "word", "shown"), [("fr", "médiane", True), ("ar", "الوسيط", False)]
)
def test_figures_stay_english_where_the_font_cannot_show_a_language(
    code, word, shown, invented, drawn
):
    with speaking(Language(code, {"median": word})):
        pictures(dataclasses.replace(invented, plans=(), comparison=None, skill=None))
    assert (word in drawn) is shown
    assert ("median" in drawn) is not shown


@pytest.mark.parametrize("text", ["መካከለኛ", "मध्यिका", "a$b$"])
def test_letters_that_are_not_in_the_font_and_formulas_are_not_drawn(text):
    assert plots.drawable(["median", "медиана"])
    assert not plots.drawable(["median", text])


def test_a_page_says_when_it_is_written_from_right_to_left(invented, english_pictures):
    with speaking(Language("ar-SD", {"Facility": "منشأة"})):
        page = render(invented, english_pictures)
    assert '<html lang="ar-SD" dir="rtl">' in page
    assert "منشأة" in page


def test_better_and_worse_keep_their_colors(invented, english_pictures, language):
    english = render(invented, english_pictures)
    with speaking(language):
        other = render(invented, english_pictures)
    for word in ("word-worse", "basis-assumption"):
        assert english.count(f'class="{word}"') == other.count(f'class="{word}"') > 0


# A translator's table


def table(rows, path, heading="label,translation"):
    stream = io.StringIO()
    csv.writer(stream).writerows(rows)
    path.write_text(f"{heading}\n{stream.getvalue()}", encoding="utf-8-sig")
    return path


def test_every_label_goes_out_and_comes_back(language, tmp_path):
    path = tmp_path / "en-XA.csv"
    path.write_text(labels_csv(language), encoding="utf-8-sig")
    assert read_language(path) == language
    assert untranslated(language) == []


def test_an_empty_table_is_english(tmp_path):
    path = tmp_path / "so.csv"
    path.write_text(labels_csv(), encoding="utf-8")
    language = read_language(path)
    assert language == Language("so", {})
    assert untranslated(language) == list(every_label())


def test_a_workbook_is_read_as_well(tmp_path):
    book = openpyxl.Workbook()
    for row in (("label", "translation"), ("Facility", "Xarun"), (None, None)):
        book.active.append(row)
    book.save(tmp_path / "so.xlsx")
    assert read_language(tmp_path / "so.xlsx").translations == {"Facility": "Xarun"}


def test_all_rows_that_cannot_be_used_are_told_at_once(tmp_path):
    path = table(
        [
            ("{low} to {high}", "{low} ilaa"),
            ("{n} days", "{n} {m} maalmood"),
            ("{n} min", "{n daqiiqo"),
            ("Facility", "Xarun"),
            ("Facility", "Xarun"),
            ("Fecility", "Xarun"),
            ("", "Xarun"),
            ("Capacity", "{n} meel"),
            ("{n} h", "{n!r:>99} saac"),
        ],
        tmp_path / "so.csv",
    )
    with pytest.raises(ScenarioError, match="8 problems") as caught:
        read_language(path)
    told = str(caught.value).splitlines()[1:]
    expected = (
        ("row 2", "{high} is missing in", "{high}, {low}"),
        ("row 3", "{m} is unknown in", "{n}"),
        ("row 4", "a brace stands alone", "{n}"),
        ("row 6", "stands twice, first in row 5", "remove one"),
        ("row 7", "no label of this version is 'Fecility'", "did you mean 'Facility'?"),
        ("row 8", "a translation without a label", "Put the English label"),
        ("row 9", "{n} is unknown", "no placeholder"),
        ("row 10", "{n} is missing and {n!r:>99} is unknown", "{n}"),
    )
    for line, parts in zip(told, expected, strict=True):
        assert all(part in line for part in parts), (line, parts)


@pytest.mark.parametrize("name", ["somali.csv", "so_SO.csv", "1.csv", "SO.csv"])
def test_the_name_of_the_file_says_the_language(tmp_path, name):
    with pytest.raises(ScenarioError, match="is no code of a language; name the file after it"):
        read_language(table([], tmp_path / name))


@pytest.mark.parametrize(
    "heading",
    ["", "label", "label,translation,note", "label,label,translation", "Label;translation"],
)
def test_other_columns_are_refused(tmp_path, heading):
    with pytest.raises(ScenarioError, match="must hold one table with the columns label, transl"):
        read_language(table([], tmp_path / "so.csv", heading))


@given(st.text(alphabet="abé{}!:.[] %", max_size=12))
def test_a_translation_that_is_accepted_can_be_filled(text):
    try:
        given_ = placeholders(text)
    except ValueError:
        return
    if given_ <= {"a", "b"}:
        assert isinstance(text.format(a="1", b="2"), str)


# Verbs


@pytest.mark.usefixtures("drawn")
def test_a_table_is_written_filled_in_and_used(results, tmp_path):
    run = CliRunner().invoke
    written = run(app, ["labels", "--out", str(tmp_path / "so.csv")])
    assert written.exit_code == 0, written.output
    labels = pd.read_csv(tmp_path / "so.csv", keep_default_na=False)
    assert list(labels.columns) == ["label", "translation", "where"]
    assert run(app, ["labels", "--out", str(tmp_path / "so.csv")]).exit_code == 2
    labels.loc[labels["label"] == "Facility", "translation"] = "Xarun"
    labels.to_csv(tmp_path / "so.csv", index=False)
    again = run(app, ["labels", "--from", str(tmp_path / "so.csv")])
    assert "\nFacility,Xarun," in again.output
    folder = tmp_path / "results"
    write_results(results, folder)
    page = tmp_path / "so.html"
    command = ["report", str(folder), "--out", str(page), "--sitrep"]
    done = run(app, [*command, "--language", str(tmp_path / "so.csv")])
    assert done.exit_code == 0, done.output
    assert f"{len(every_label()) - 1} labels have no translation" in done.output
    assert ">Xarun<" in page.read_text(encoding="utf-8")
    assert ">Xarun<" in (tmp_path / "so-sitrep.html").read_text(encoding="utf-8")


def test_a_table_that_cannot_be_used_writes_nothing(tmp_path):
    bad = table([("Fecility", "Xarun")], tmp_path / "so.csv")
    page = tmp_path / "so.html"
    done = CliRunner().invoke(
        app, ["report", str(tmp_path), "--out", str(page), "--language", str(bad)]
    )
    assert done.exit_code == 2
    assert "did you mean 'Facility'?" in done.output
    assert not page.exists()
