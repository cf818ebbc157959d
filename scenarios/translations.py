"""Tables of translators: every label of the report to fill in, and what was filled in to read."""

from __future__ import annotations

import ast
import csv
import io
import re
from importlib.resources import files
from string import Formatter
from typing import TYPE_CHECKING, Any, Final

import xarray as xr
from jinja2 import nodes

from forecasting import standard_benchmarks, statements
from forecasting.models.panel import SEASON
from scenarios import labels
from scenarios.hints import hints_of
from scenarios.language import Language, say
from scenarios.models import CORRIDOR_MODELS, MODELS, model_named
from scenarios.numbers import MONTHS, SHORT_MONTHS
from scenarios.observed import FITTED, HELD_OUT, MEASURED
from scenarios.problems import Position, Problem, ScenarioError, suggestion
from scenarios.report.answers import VERDICTS
from scenarios.report.contents import LABELS
from scenarios.report.document import template_environment
from scenarios.report.drawings import SERVICE_GROUPS
from scenarios.report.exports import SHEETS
from scenarios.report.indicators import INDICATORS
from scenarios.report.people import DEATHS
from scenarios.report.resources import SITE_STOCKS
from scenarios.schema import Scenario
from scenarios.schemes import STAGES
from scenarios.worksheets.cells import read_grids
from simulation.measures import MEASURES
from simulation.parts import CLOCKS
from simulation.site_standards import SITE_STANDARDS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from importlib.resources.abc import Traversable
    from pathlib import Path

    from pydantic import BaseModel

    from scenarios.documents import Text

COLUMNS: Final = ("label", "translation", "where")
"""Of a table of translations; the last, the file that shows the label, may be left out."""
TEMPLATES: Final = ("report.html.j2", "sitrep.html.j2", "tables.html.j2")
_CODE: Final = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")


def every_label() -> dict[str, str]:
    """List every label of the report, its figures, workbook and one page.

    Returns
    -------
    dict of str to str
        English label and the file that shows it: what is said in code and templates, then the
        words for names in the data.

    Examples
    --------
    >>> every_label()["Who is affected?"]
    'templates/report.html.j2'

    """
    found: dict[str, str] = {}
    for label, where in (*_said_in_templates(), *_said_in_code(), *_words_for_data()):
        found.setdefault(label, where)
    return found


def _said_in_templates() -> Iterator[tuple[str, str]]:
    environment = template_environment()
    for name in TEMPLATES:
        source = (files("scenarios") / "templates" / name).read_text(encoding="utf-8")
        for call in environment.parse(source).find_all(nodes.Call):
            if isinstance(call.node, nodes.Name) and call.node.name == "say":
                label = call.args[0]
                if isinstance(label, nodes.Const):
                    yield label.value, f"templates/{name}"


def _said_in_code() -> Iterator[tuple[str, str]]:
    for where, file in _modules(files("scenarios"), ""):
        source = file.read_text(encoding="utf-8")
        if f"from {say.__module__} import" not in source:
            continue
        for call in ast.walk(ast.parse(source)):
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Name):
                label = call.args[0] if call.func.id == say.__name__ else None
                if isinstance(label, ast.Constant):
                    yield str(label.value), where


def _modules(folder: Traversable, above: str) -> Iterator[tuple[str, Traversable]]:
    for entry in sorted(folder.iterdir(), key=lambda one: one.name):
        if entry.is_dir():
            yield from _modules(entry, f"{above}{entry.name}/")
        elif entry.name.endswith(".py"):
            yield f"{above}{entry.name}", entry


def _words_for_data() -> Iterator[tuple[str, str]]:
    """Words that are shown for names in the data, so they stand in no call."""
    outcomes = labels.OUTCOMES.values()
    tables: dict[str, Sequence[str]] = {
        "labels.py": (
            *(label for label, _ in labels.MEASURE_LABELS.values()),
            *(labels.UNITS.get(one.unit, one.unit) for one in MEASURES),
            *(*outcomes, *labels.STEPS.values(), *labels.CATEGORIES.values()),
            *(*labels.BASES.values(), *labels.KINDS, *labels.PERIODS, *labels.SERVERS),
            *(f"{period}s" for period in labels.PERIODS),
            *(noun.removesuffix("s") for noun in labels.SERVERS),
        ),
        "numbers.py": (*MONTHS, *SHORT_MONTHS),
        "observed.py": (*MEASURED, FITTED, HELD_OUT),
        "models.py": [
            name
            for name in (model_named(key, 1).name for key in MODELS | CORRIDOR_MODELS)
            if name.islower()
        ],
        "forecasting/statements.py": (
            *statements.TEMPLATES,
            *statements.WHERE.values(),
            *_benchmarks(),
        ),
        "report/answers.py": VERDICTS,
        "schemes.py": STAGES,
        "report/contents.py": tuple(LABELS.values()),
        "report/exports.py": SHEETS,
        "report/indicators.py": [text for one in INDICATORS for text in one[:4]],
        "report/people.py": (
            *(*DEATHS.values(), *(one.name for one in SITE_STANDARDS)),
            *(clock.name for clock in CLOCKS),
        ),
        "report/drawings.py": ("own", *(one for group in SERVICE_GROUPS for one in group)),
        "report/resources.py": (*SITE_STOCKS, *_reasons_of_defaults(Scenario)),
    }
    for where, texts in tables.items():
        yield from ((labels.words(t) if where == "models.py" else t, where) for t in texts if t)


def _benchmarks() -> list[str]:
    """Names of the benchmarks that a statement of skill may name, for every period."""
    found: dict[str, None] = {}
    for period in SEASON:
        flows = xr.DataArray([0.0] * 120, dims="time", attrs={"period": period})
        found |= dict.fromkeys(one.name for one in standard_benchmarks(flows))
    return list(found)


def _reasons_of_defaults(model: type[BaseModel]) -> Iterator[str]:
    """Yield what the defaults of a block of the scenario file rest on."""
    for one in model.model_fields.values():
        extra: Any = one.json_schema_extra
        if isinstance(extra, dict) and "why" in extra:
            yield str(extra["why"])
    for hint in hints_of(model).values():
        if hint.block is not None:
            yield from _reasons_of_defaults(hint.block)


def labels_csv(language: Language | None = None) -> str:
    """Return the table a translator fills, with what a language says already.

    Parameters
    ----------
    language : Language or None

    Returns
    -------
    str
        CSV with the columns label, translation and where.

    """
    known = {} if language is None else language.translations
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows((label, known.get(label, ""), where) for label, where in every_label().items())
    return text.getvalue()


def untranslated(language: Language) -> list[str]:
    """List the labels that stay English in a language."""
    return [label for label in every_label() if label not in language.translations]


def read_language(path: Path) -> Language:
    """Read the table of a translator.

    Parameters
    ----------
    path : pathlib.Path
        CSV or XLSX named after the language, such as ``so.csv`` or ``pt-BR.xlsx``, with the
        columns of :data:`COLUMNS`. Rows without a translation stay English.

    Returns
    -------
    Language

    Raises
    ------
    ScenarioError
        With every row that cannot be used: a label that is unknown or stands twice, a placeholder
        that is missing or unknown.

    """
    shown = str(path)
    if not _CODE.fullmatch(path.stem):
        message = (
            f"{path.stem!r} is no code of a language; name the file after it, such as so.csv, "
            "ar.csv or pt-BR.csv (BCP 47)."
        )
        raise ScenarioError([Problem(shown, 0, "", message)])
    grids = read_grids(path, shown)
    grid = next(iter(grids.values()))
    problems = list(grid.problems)
    names = ["" if cell is None else str(cell) for cell in grid.rows[0]] if grid.rows else []
    heading = [name for name in names if name]
    if len(grids) != 1 or {*heading, "where"} != set(COLUMNS) or len(set(heading)) < len(heading):
        message = (
            f"must hold one table with the columns {', '.join(COLUMNS)} (the last may be missing); "
            f"it has {', '.join(heading) or 'none'}. Write an empty one with: safepassage labels "
            "--out FILE"
        )
        raise ScenarioError([*problems, Problem(shown, 0, "", message)])
    known = every_label()
    translations: dict[str, str] = {}
    first: dict[str, int] = {}
    for number, cells in enumerate(grid.rows[1:], start=2):
        row: dict[str, Text | None] = dict(zip(names, cells, strict=False))
        label, text = row.get("label"), row.get("translation")
        if label is None and text is None:
            continue
        where = Problem(shown, Position.of(0, number, 1, grid.name), "", "")
        message = _problem_of(label, text, known, first)
        if message:
            problems.append(where._replace(message=message))
            continue
        first[str(label)] = number
        if text is not None:
            translations[str(label)] = str(text)
    if problems:
        raise ScenarioError(problems)
    return Language(path.stem, translations)


def _problem_of(
    label: Text | None, text: Text | None, known: dict[str, str], first: dict[str, int]
) -> str:
    if label is None:
        return f"a translation without a label: {text!s}. Put the English label beside it."
    if label not in known:
        near = suggestion(label, known) or "."
        return f"no label of this version is {label!r}{near} Labels: safepassage labels --out FILE"
    if label in first:
        return f"the label {label!r} stands twice, first in row {first[label]}; remove one."
    return "" if text is None else _placeholder_problem(label, text)


def _placeholder_problem(label: str, text: str) -> str:
    allowed = sorted(placeholders(label))
    named = ", ".join(f"{{{name}}}" for name in allowed) or "no placeholder"
    try:
        given = placeholders(text)
    except ValueError:
        return f"a brace stands alone in {text!r}. Allowed: {named}."
    missing = [f"{{{name}}} is missing" for name in allowed if name not in given]
    unknown = [f"{{{name}}} is unknown" for name in sorted(given) if name not in allowed]
    if not missing and not unknown:
        return ""
    return f"{' and '.join(missing + unknown)} in {text!r}. Needed, each as it stands: {named}."


def placeholders(text: str) -> set[str]:
    """Return the placeholders of a label as they are written.

    Raises
    ------
    ValueError
        If a brace stands alone.

    Examples
    --------
    >>> sorted(placeholders("{low} to {high}")), placeholders("{low!r:>9}")
    (['high', 'low'], {'low!r:>9'})

    """
    found = set()
    for _, name, form, conversion in Formatter().parse(text):
        if name is not None:
            found.add(
                name + (f"!{conversion}" if conversion else "") + (f":{form}" if form else "")
            )
    return found
