"""Tables of the contracts and the data, from the code itself: measures, records, keys, models."""

from __future__ import annotations

import typing
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


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
        ("Interruptions: one row per consultation interrupted", contract.INTERRUPTION_COLUMNS),
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
    """Return every file of a forecast package and of a response, every column and key in them."""
    from forecasting.sharing import layout, provenance, responses

    files = ((f"`{f.path}`", f.media_type, _plain(f.meaning)) for f in layout.FILES)
    parts = ["## Files\n\n" + table(("File", "Type", "Holds"), files)]
    spreadsheet = (
        *layout.place_columns((0,)), *layout.PERIOD_COLUMNS, *layout.quantile_columns()
    )  # fmt: skip
    head = ("Column", "Type", "Unit", "Meaning")
    for title, columns in (
        ("`units.csv`", layout.UNIT_COLUMNS),
        ("Tables in `model-output`", layout.HUB_COLUMNS),
        ("`sdmx/quantiles.csv`", layout.SDMX_COLUMNS),
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
        ("`provenance.json`", (*provenance.KEYS, *provenance.OPTIONAL_KEYS)),
        ("`provenance.json`: `forecast`", provenance.FORECAST_KEYS),
        ("`provenance.json`: `unit`", provenance.UNIT_KEYS),
        ("`provenance.json`: `whole`", provenance.WHOLE_KEYS),
        ("`response.json`", responses.KEYS),
        ("`response.json`: `unit`", provenance.UNIT_KEYS[:3]),
        ("`response.json`: `forecast`", responses.FORECAST_KEYS),
    ):
        rows = ((f"`{key.name}`", key.meaning) for key in keys)
        parts.append(f"## {title}\n\n" + table(("Key", "Meaning"), rows))
    return "\n\n".join(parts)


def scenario_keys() -> str:
    """Return every key of a scenario file, with how to write its value, default and meaning."""
    from scenarios import schema
    from scenarios.meanings import meanings_of

    queue = [schema.Scenario, schema.Derivation]
    parts = []
    for model in queue:  # grows while it is read
        rows, meanings = [], meanings_of(model)
        for key, field in model.model_fields.items():
            if key in PROVENANCE:
                continue
            text, nested = _how_to_write(field.annotation, field.metadata)
            queue += [other for other in nested if other not in queue]
            default = "required" if field.is_required() else _default(field)
            meaning = _plain(meanings.get(key, ""))
            if not meaning and len(nested) == 1:
                meaning = _plain((nested[0].__doc__ or "").strip().split("\n\n")[0])
            rows.append((f"`{field.alias or key}`", meaning, text, default))
        intro = _plain((model.__doc__ or "").strip().split("\n\n")[0])
        head = ("Key", "Meaning", "Value", "Default")
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
