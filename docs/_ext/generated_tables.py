"""Write reference pages from the code itself at build time, so they cannot drift from it."""

from __future__ import annotations

import importlib
import pkgutil
import shutil
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


def scenario_keys() -> str:
    """Return every key of a scenario file, with its type, default and meaning."""
    try:
        from scenarios import schema
    except ImportError:
        return "The schema of scenario files is not part of this version."
    from pydantic import BaseModel

    models = {
        name: item
        for name, item in vars(schema).items()
        if isinstance(item, type)
        and issubclass(item, BaseModel)
        and item.__module__ == schema.__name__
        and item.model_fields
        and not name.startswith("_")
    }
    parts = []
    for name, model in models.items():
        rows = [
            (
                f"`{field.alias or key}`",
                _type_text(field.annotation),
                "required" if field.is_required() else f"`{_default(field)}`",
                field.description or "",
            )
            for key, field in model.model_fields.items()
        ]
        intro = (model.__doc__ or "").strip().split("\n\n")[0].replace("\n", " ")
        head = ("Key", "Value", "Default", "Meaning")
        parts.append(f"## {name}\n\n{intro}\n\n{table(head, rows)}")
    return "\n\n".join(parts)


def _type_text(annotation: object) -> str:
    text = annotation.__name__ if isinstance(annotation, type) else str(annotation)
    for word in ("typing.", "scenarios.schema.", "scenarios.units.", "datetime.", "NoneType"):
        text = text.replace(word, "nothing" if word == "NoneType" else "")
    if "Annotated[" in text or len(text) > 90:
        return "see the message of `safepassage check`"
    return f"`{text}`"


def _default(field: Any) -> object:
    if field.default_factory is not None:
        value = field.default_factory()
        return value if isinstance(value, list | tuple | dict) else "as listed"
    return field.default


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
        ("scenario-keys", scenario_keys),
    ):
        write(target / "tables" / f"{name}.md", build() + "\n")
    api_pages(target / "api")
    notebook_pages(docs.parent / "notebooks", target / "notebooks")


def setup(app: Sphinx) -> dict[str, object]:
    """Register with Sphinx."""
    app.connect("builder-inited", generate)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
