"""Write reference pages from the code itself at build time, so they cannot drift from it."""

from __future__ import annotations

import importlib
import json
import math
import pkgutil
import shutil
import typing
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sphinx.application import Sphinx

PACKAGES = ("forecasting", "simulation", "scenarios")


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(
        "| " + " | ".join(str(cell).replace("|", "\\|").replace("\n", " ") for cell in row) + " |"
        for row in lines
    )


def measures() -> str:
    """Return the table of every measure."""
    from simulation.measures import MEASURES

    return table(
        ("Measure", "One number per", "Unit", "Definition"),
        (
            (f"`{m.name}`", ", ".join(("replication", *m.dims)), m.unit, m.description)
            for m in MEASURES
        ),
    )


def records() -> str:
    """Return the tables of the columns of the records."""
    from simulation import records as contract

    parts = []
    for title, columns in (
        ("Steps: one row per step of a group or patient", contract.STEP_COLUMNS),
        ("States: one row per change of a facility", contract.STATE_COLUMNS),
        ("Groups: one row per group", contract.GROUP_COLUMNS),
        ("Cases: one row per patient of an outbreak or incident", contract.CASE_COLUMNS),
    ):
        rows = ((f"`{c.name}`", c.dtype, c.unit, c.description) for c in columns)
        parts.append(f"## {title}\n\n" + table(("Column", "Type", "Unit", "Meaning"), rows))
    for title, names in (
        ("Steps", contract.STEPS),
        ("Outcomes of a step", contract.STEP_OUTCOMES),
        ("Outcomes of a group", contract.GROUP_OUTCOMES),
    ):
        rows = ((index, f"`{name}`") for index, name in enumerate(names))
        parts.append(f"## {title}\n\n" + table(("Index", "Name"), rows))
    return "\n\n".join(parts)


def package_files() -> str:
    """Return every file of a forecast package, and every column and key in it."""
    from forecasting.sharing import layout, provenance

    files = ((f"`{f.path}`", f.media_type, _plain(f.meaning)) for f in layout.FILES)
    parts = ["## Files\n\n" + table(("File", "Type", "Holds"), files)]
    spreadsheet = (
        *layout.place_columns((0,)), *layout.PERIOD_COLUMNS, *layout.quantile_columns()
    )  # fmt: skip
    head = ("Column", "Type", "Unit", "Meaning")
    for title, columns in (
        ("`units.csv`", layout.UNIT_COLUMNS),
        ("Tables in `model-output`", layout.HUB_COLUMNS),
    ):
        rows = ((f"`{c.name}`", c.kind, c.unit, c.meaning) for c in columns)
        parts.append(f"## {title}\n\n" + table(head, rows))
    tagged = (
        (f"{c.column.name}", f"`{c.tag}`", c.column.kind, c.column.unit, c.column.meaning)
        for c in spreadsheet
    )
    parts.append(
        "## Tables in `hxl`\n\nCode and name stand once for every level down to that of the "
        "table.\n\n" + table(("Column", "HXL tag", "Type", "Unit", "Meaning"), tagged)
    )
    for title, keys in (
        ("`provenance.json`", provenance.KEYS),
        ("`provenance.json`: `forecast`", provenance.FORECAST_KEYS),
        ("`provenance.json`: `unit`", provenance.UNIT_KEYS),
        ("`provenance.json`: `whole`", provenance.WHOLE_KEYS),
    ):
        rows = ((f"`{key.name}`", key.meaning) for key in keys)
        parts.append(f"## {title}\n\n" + table(("Key", "Meaning"), rows))
    return "\n\n".join(parts)


def scenario_keys() -> str:
    """Return every key of a scenario file, with how to write its value, default and meaning."""
    from scenarios import schema

    queue = [schema.Scenario, schema.Derivation]
    parts = []
    for model in queue:  # grows while it is read
        rows = []
        for key, field in model.model_fields.items():
            if key in PROVENANCE:
                continue
            text, nested = _how_to_write(field.annotation, field.metadata)
            queue += [other for other in nested if other not in queue]
            default = "required" if field.is_required() else _default(field)
            meaning = _plain(field.description)
            if not meaning and len(nested) == 1:
                meaning = _plain((nested[0].__doc__ or "").strip().split("\n\n")[0])
            rows.append((f"`{field.alias or key}`", text, default, meaning))
        intro = _plain((model.__doc__ or "").strip().split("\n\n")[0])
        head = ("Key", "Value", "Default", "Meaning")
        parts.append(f"## {_title(model)}\n\n{intro}\n\n{table(head, rows)}")
    return "\n\n".join(parts)


PROVENANCE = ("source", "assumption")
"""Keys that every block may carry; the page says so once."""


def _title(model: type) -> str:
    name = model.__name__.split("[")[0]
    return "".join(f" {c.lower()}" if c.isupper() and i else c for i, c in enumerate(name))


def _plain(text: str | None) -> str:
    return " ".join((text or "").replace("``", "`").split())


def _how_to_write(annotation: Any, metadata: Iterable[Any] = ()) -> tuple[str, list[type]]:
    """Say how a value is written, and which blocks it may hold."""
    from pydantic import BaseModel

    from scenarios.quantities import Quantity, Reader
    from scenarios.units import DIMENSIONS

    if hasattr(annotation, "__metadata__"):
        inner, *more = typing.get_args(annotation)
        return _how_to_write(inner, (*metadata, *more))
    for item in metadata:
        if isinstance(item, Quantity):
            word = f", or `{item.word}`" if item.word else ""
            return f"such as `{DIMENSIONS[item.dimension].example}`{word}", []
        if isinstance(item, Reader):
            return f"such as `{item.example}`", []
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return f"block: *{_title(annotation).lower()}*", [annotation]
    origin, inside = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Literal:
        return " or ".join(f"`{choice}`" for choice in inside), []
    if inside:
        told = [_how_to_write(item) for item in inside if item not in (type(None), ...)]
        nested = [model for _, models in told for model in models]
        words = list(dict.fromkeys(text for text, _ in told))
        if origin in (tuple, list):
            return f"list of: {', '.join(words)}", nested
        if origin is dict:
            return f"names with: {words[-1]}", nested
        return " or ".join(words), nested
    return "text", []


def _default(field: Any) -> str:
    value = field.default_factory() if field.default_factory is not None else field.default
    if value is None:
        return "none"
    if isinstance(value, list | tuple | dict) and not value:
        return "empty"
    return f"`{value}`" if isinstance(value, str | int | float) else "as listed below"


FLAGSHIP = "beledweyne-flood"
BASES = {
    "source": "From a published source",
    "assumption": "Assumptions to replace",
    "default": "Defaults that the file does not set",
    "not given": "Choices without a statement",
}
"""What a number rests on, and the heading of those numbers."""


def numbers_of_the_flagship() -> str:
    """Return every number of the flagship scenario with what it rests on."""
    from scenarios.files import load_scenario

    rows = load_scenario(FLAGSHIP).sources()
    parts = []
    for kind, title in BASES.items():
        mine = [row for row in rows if row.kind == kind]
        if not mine:
            continue
        parts.append(f"### {title} ({len(mine)})")
        reason = ("Source" if kind == "source" else "Reason",) if any(r.text for r in mine) else ()
        sections = dict.fromkeys(row.path.split(".")[0] for row in mine)
        for section in sections:
            own = [row for row in mine if row.path.split(".")[0] == section]
            cells = [
                (_breakable(row.path.partition(".")[2]), row.value, row.text)[: 2 + len(reason)]
                for row in own
            ]
            parts.append(f"**In `{section}`**\n\n{table(('Number', 'Value', *reason), cells)}")
    return "\n\n".join(parts)


def _breakable(path: str) -> str:
    """Let a long path break after its dots."""
    return " ".join(f"`{part}`" for part in path.split("."))


def data_tables() -> str:
    """Return the tables of figures that ship with the package, each with its credit line."""
    import forecasting

    return "\n\n".join(
        f"### `{d.name}`\n\n{d.title}.\n\n"
        f"- Span: {d.span}{f', by {d.period}' if d.period else ''}; {d.rows:,} rows\n"
        f"- Publisher: {d.publisher}\n- License: {d.licence}\n- Credit line: *{d.credit}*\n"
        f"- Note: {d.notes}"
        for d in forecasting.catalog()
    )


def scenario_models() -> str:
    """Return the models that a scenario file may name."""
    from scenarios.models import MODELS

    def first_sentence(model: object) -> str:
        text = _plain((type(model).__doc__ or "").strip().split("\n\n")[0])
        members = ", ".join(one.name for one in getattr(model, "models", ()))
        return f"{text} Members: {members}." if members else text

    return table(
        ("`forecast.model`", "What it does"),
        ((f"`{name}`", first_sentence(recipe(6))) for name, recipe in MODELS.items()),
    )


SCORES = Path("benchmarks") / "results" / "forecasting.json"
DISTRICT_SCORES = Path("benchmarks") / "results" / "forecasting-districts.json"
"""Districts by cause, run by itself because it has as many series as all other panels."""
KINDS = {
    "bursty": "Displacement in bursts, by month",
    "regular": "Arrivals with a regular season, by month",
    "daily": "Arrivals by day",
}


def forecast_scores(root: Path) -> str:
    """Return the latest scores of the forecasts, or say how to make them."""
    command = f"```console\n$ python benchmarks/forecasting.py --out {SCORES.as_posix()}\n```"
    file = root / SCORES
    if not file.is_file():
        return f"No stored result comes with this version. Make one with:\n\n{command}"
    result = json.loads(file.read_text(encoding="utf-8"))
    parts = [
        f"CRPS of the *{result['ours']}* over that of another model, geometric mean over all "
        f"series; below 1 is better. {result['samples']} samples per forecast, cutoffs in the last "
        "24 months of every panel, on which no choice was made. The 90 % interval takes series as "
        "independent, so it is too narrow. Panels that do not ship with the package are read from "
        "a folder of public files (`--data FOLDER`); without it they are left out. Made with:\n\n"
        f"{command}"
    ]
    for kind, title in KINDS.items():
        rows = [
            (
                one["model"],
                f"{one['ours_over_it']:.2f}",
                f"{one['low']:.2f} to {one['high']:.2f}",
                one["series"],
                one["panels"],
            )
            for one in result["overall"]
            if one["kind"] == kind
        ]
        if rows:
            head = ("Compared with", "Ratio", "90 % interval", "Series", "Panels")
            parts.append(f"### {title}\n\n{table(head, rows)}")
    rows = list(result["panels"])
    districts = root / DISTRICT_SCORES
    if districts.is_file():
        more = json.loads(districts.read_text(encoding="utf-8"))
        rows += more["panels"]
        result["left_out"] |= more["left_out"]
    parts.append("### Panel by panel\n\n" + panel_scores(rows, result["ours"]))
    left_out = [f"- {what}: {why}" for what, why in result["left_out"].items()]
    if left_out:
        parts.append("Left out:\n\n" + "\n".join(left_out))
    return "\n\n".join(parts)


OVERLOAD = Path("benchmarks") / "results" / "overload.json"


def overload(root: Path) -> str:
    """Return the stored times per person in an overloaded run."""
    command = f"```console\n$ python -m benchmarks.overload --out {OVERLOAD.as_posix()}\n```"
    file = root / OVERLOAD
    if not file.is_file():
        return f"No stored result comes with this version. Make one with:\n\n{command}"
    rows = json.loads(file.read_text(encoding="utf-8"))["rows"]
    cells = (
        (row["waiting_at"], f"{row['persons']:,}", f"{row['microseconds_per_person']:.0f}")
        for row in rows
    )
    head = ("Too few", "Persons waiting", "Microseconds per person")
    return f"{table(head, cells)}\n\nMade with:\n\n{command}"


def overload_plot(root: Path) -> str:
    """Return a drawing of the stored times per person over the number who wait."""
    file = root / OVERLOAD
    if not file.is_file():
        return '<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"></svg>\n'
    rows = json.loads(file.read_text(encoding="utf-8"))["rows"]
    left, bottom, width, height = 60, 260, 520, 230
    most = max(40.0, max(row["microseconds_per_person"] for row in rows) * 1.1)
    first, last = math.log10(5_000), math.log10(200_000)

    def at(persons: float, time: float) -> tuple[float, float]:
        along = (math.log10(persons) - first) / (last - first)
        return left + width * along, bottom - height * time / most

    parts = [
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 640 320" font-family="sans-serif" '
        'font-size="12" role="img"><title>Microseconds per person, flat from 5,000 to 200,000 '
        "people waiting</title>"
        '<rect width="640" height="320" fill="#ffffff"/>'
    ]
    for persons in (5_000, 10_000, 20_000, 50_000, 100_000, 200_000):
        x, _ = at(persons, 0)
        parts.append(f'<text x="{x:.0f}" y="278" text-anchor="middle">{persons:,}</text>')
    for time in range(0, int(most) + 1, 10):
        _, y = at(5_000, time)
        parts.append(
            f'<line x1="{left}" x2="{left + width}" y1="{y:.0f}" y2="{y:.0f}" stroke="#dddddd"/>'
            f'<text x="{left - 8}" y="{y + 4:.0f}" text-anchor="end">{time}</text>'
        )
    for where, color, label in (
        ("desks", "#0072b2", "too few desks"),
        ("places", "#d55e00", "too few places"),
    ):
        points = [
            at(row["persons"], row["microseconds_per_person"])
            for row in rows
            if row["waiting_at"] == where
        ]
        line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        parts.append(f'<polyline points="{line}" fill="none" stroke="{color}" stroke-width="2"/>')
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{color}"/>' for x, y in points]
        x, y = points[-1]
        parts.append(
            f'<text x="{x:.0f}" y="{y - 10:.0f}" text-anchor="end" fill="{color}">{label}</text>'
        )
    parts.append(
        '<text x="320" y="304" text-anchor="middle">persons waiting (logarithmic)</text>'
        '<text x="14" y="16">microseconds per person</text></svg>\n'
    )
    return "".join(parts)


THEORY = Path("benchmarks") / "results" / "theory.json"


def simulated_against_theory(root: Path) -> str:
    """Return the stored means of the engine beside the closed forms."""
    command = f"```console\n$ python -m benchmarks.theory --out {THEORY.as_posix()}\n```"
    file = root / THEORY
    if not file.is_file():
        return f"No stored result comes with this version. Make one with:\n\n{command}"
    stored = json.loads(file.read_text(encoding="utf-8"))
    cells = (
        (
            row["what"],
            row["unit"],
            f"{row['theory']:.4g}",
            f"{row['simulated']:.4g}",
            f"{row['low']:.4g} to {row['high']:.4g}",
        )
        for row in stored["rows"]
    )
    head = ("What", "Unit", "Theory", "Simulated", "99 % interval")
    made = f"Means of {stored['replications']} replications. Made with:"
    return f"{table(head, cells)}\n\n{made}\n\n{command}"


COMPARED = ("AutoARIMA (log1p, capped)", "AutoETS (log1p, capped)", "seasonal climatology")
"""Models every panel is compared with, beside the last two years (daily: 60 days)."""


def panel_scores(rows: list[dict[str, Any]], ours: str) -> str:
    """Return one line per panel: ratios to the most telling models, coverage, early warning."""
    lines = []
    for panel in dict.fromkeys(row["panel"] for row in rows):
        models = {row["model"]: row for row in rows if row["panel"] == panel}
        own = models[ours]
        recent = next(name for name in models if name in ("last 24 months", "last 60 days"))
        others = [row for name, row in models.items() if name != ours]
        best = min(others, key=lambda row: row["crps_log1p"])
        warned = min(others, key=lambda row: row["brier"])
        lines.append(
            (
                f"{panel} ({own['series']} series, {own['cutoffs']} cutoffs)",
                *(_ratio_of(models.get(name)) for name in (*COMPARED, recent)),
                f"{own['crps_log1p']:.3f} / {best['crps_log1p']:.3f} ({best['model']})",
                f"{own['coverage_90']:.0%} / {_share_of(own['coverage_90_sum'])}",
                f"{own['brier']:.3f} / {warned['brier']:.3f} ({warned['model']})",
            )
        )
    head = (
        "Panel",
        "over AutoARIMA",
        "over AutoETS",
        "over seasonal climatology",
        "over its own last two years (daily: 60 days)",
        "log CRPS: ours / best other",
        "90 % interval held: series / sum",
        "Brier score: ours / best other",
    )
    return table(head, lines)


def _ratio_of(row: dict[str, Any] | None) -> str:
    if row is None:
        return "not run"
    return f"{row['ours_over_it']:.2f} ({row['low']:.2f} to {row['high']:.2f})"


def _share_of(value: float | None) -> str:
    return "not observed" if value is None else f"{value:.0%}"


ISSUED_SCORES = Path("benchmarks") / "results" / "issued-forecasts.json"


def issued_scores(root: Path) -> str:
    """Return how ours did beside forecasts that were really issued, or how to find out."""
    command = (
        "```console\n$ python benchmarks/issued_forecasts.py --data FOLDER --out "
        f"{ISSUED_SCORES.as_posix()}\n```"
    )
    file = root / ISSUED_SCORES
    if not file.is_file():
        return f"No stored result comes with this version. Make one with:\n\n{command}"
    result = json.loads(file.read_text(encoding="utf-8"))
    head = ("Forecast", "Mean error (persons)", "Median error (persons)", "Cases")
    rows = (
        (one["forecast"], f"{one['mean']:,.0f}", f"{one['median']:,.0f}", one["cases"])
        for one in result["errors"]
    )
    nearer = ", ".join(f"{name} in {share:.0%}" for name, share in result["nearer"].items())
    return (
        "Jetson, a project of UNHCR, issued forecasts of arrivals by region of Somalia one month "
        "ahead, as single numbers by three algorithms. Ours were fitted on earlier months only. "
        "The error is the absolute error of the single number or the median, and the CRPS of "
        f"samples.\n\n{table(head, rows)}\n\nThe median of the adaptive pool was nearer than "
        f"{nearer} of the cases. The median of the last 12 months is as near as ours, and its "
        f"samples score nearly as well: one month ahead there is little to gain.\n\n{command}"
    )


def api_pages(target: Path) -> None:
    """Write one page per public module."""
    names = []
    for package in PACKAGES:
        module = importlib.import_module(package)
        found = [
            info.name
            for info in pkgutil.walk_packages(module.__path__, f"{package}.")
            if not any(part.startswith("_") for part in info.name.split("."))
        ]
        names += [package, *sorted(found)]
    for name in names:
        page = (
            f"# `{name}`\n\n```{{eval-rst}}\n.. automodule:: {name}\n   :ignore-module-all:\n```\n"
        )
        write(target / f"{name}.md", page)
    listing = "\n".join(names)
    write(
        target / "index.md",
        "# Functions and classes\n\nEvery public module, from its own docstrings.\n\n"
        f"```{{toctree}}\n:maxdepth: 1\n\n{listing}\n```\n",
    )


def notebook_pages(source: Path, target: Path) -> None:
    """Copy the notebooks beside the pages and list them."""
    notebooks = sorted(source.glob("*.ipynb"))
    for notebook in notebooks:
        copy = target / notebook.name
        if not copy.exists() or copy.read_bytes() != notebook.read_bytes():
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(notebook, copy)
    listing = "\n".join(notebook.stem for notebook in notebooks)
    body = f"```{{toctree}}\n:maxdepth: 1\n\n{listing}\n```\n" if notebooks else ""
    write(
        target / "index.md",
        "# Notebooks\n\nEach answers one planner's question and runs offline. They are in the "
        f"folder `notebooks` of the repository.\n\n{body}",
    )


def write(path: Path, text: str) -> None:
    """Write a file unless it already holds the text, so that nothing is rebuilt in vain."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")


def generate(app: Sphinx) -> None:
    """Write every generated page below ``docs/_generated``."""
    docs = Path(app.srcdir)
    target = docs / "_generated"
    shutil.rmtree(target / "api", ignore_errors=True)
    for name, build in (
        ("measures", measures),
        ("records", records),
        ("package-files", package_files),
        ("scenario-keys", scenario_keys),
        ("numbers", numbers_of_the_flagship),
        ("data", data_tables),
        ("models", scenario_models),
        ("scores", lambda: forecast_scores(docs.parent)),
        ("issued-scores", lambda: issued_scores(docs.parent)),
        ("overload", lambda: overload(docs.parent)),
        ("theory", lambda: simulated_against_theory(docs.parent)),
    ):
        write(target / "tables" / f"{name}.md", build() + "\n")
    write(target / "overload.svg", overload_plot(docs.parent))
    api_pages(target / "api")
    notebook_pages(docs.parent / "notebooks", target / "notebooks")


def skip_filled_in_classes(_app: Sphinx, _what: str, _name: str, item: Any, *_: Any) -> bool | None:
    """Leave out generic classes with their parameters filled in; the class itself has its page."""
    return True if isinstance(item, type) and "[" in item.__name__ else None


def resolve_shorter_names(app: Sphinx, env: Any, node: Any, contnode: Any) -> Any:
    """Link ``forecasting.backtest`` to where it is defined, ``forecasting.evaluation.backtest``."""
    target = str(node.get("reftarget", ""))
    head, *rest = target.split(".")
    if node.get("refdomain") != "py" or head not in PACKAGES or not rest:
        return None
    item = importlib.import_module(head)
    for part in rest:
        item = getattr(item, part, None)
    home = f"{getattr(item, '__module__', '')}.{getattr(item, '__qualname__', '')}"
    if item is None or home == target:
        return None
    domain = env.get_domain("py")
    return domain.resolve_xref(env, node["refdoc"], app.builder, "obj", home, node, contnode)


def setup(app: Sphinx) -> dict[str, object]:
    """Register with Sphinx."""
    app.connect("builder-inited", generate)
    app.connect("autodoc-skip-member", skip_filled_in_classes)
    app.connect("missing-reference", resolve_shorter_names)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
