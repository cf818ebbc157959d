"""Write reference pages from the code itself at build time, so they cannot drift from it."""

from __future__ import annotations

import importlib
import json
import os
import pkgutil
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from contract_tables import (
    data_tables,
    measures,
    numbers_of_the_flagship,
    package_files,
    records,
    scenario_keys,
    scenario_models,
)
from stored_results import (
    engines,
    forecast_scores,
    issued_scores,
    library,
    overload,
    overload_plot,
    paired_plans,
    simulated_against_theory,
    simulation,
)

if TYPE_CHECKING:
    from sphinx.application import Sphinx

PACKAGES = ("forecasting", "simulation", "scenarios")


def api_pages(target: Path) -> None:
    """Write one page per public module, below that of its package."""
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
        below = [one for one in names if one.rpartition(".")[0] == name]
        if below:
            listing = "\n".join(below)
            page += f"\n```{{toctree}}\n:hidden:\n:titlesonly:\n\n{listing}\n```\n"
        write(target / f"{name}.md", page)
    listing = "\n".join(PACKAGES)
    write(
        target / "index.md",
        "# Functions and classes\n\nEvery public module, from its own docstrings.\n\n"
        f"```{{toctree}}\n:maxdepth: 4\n:titlesonly:\n:includehidden:\n\n{listing}\n```\n",
    )


def notebook_pages(source: Path, target: Path) -> None:
    """Copy the notebooks beside the pages and list them.

    ``SAFEPASSAGE_DOCS_NOTEBOOKS`` names a folder with copies that were run before.
    """
    notebooks = sorted(source.glob("*.ipynb"))
    run_before = os.environ.get("SAFEPASSAGE_DOCS_NOTEBOOKS")
    if run_before is not None:
        notebooks = [checked_outputs(Path(run_before) / notebook.name) for notebook in notebooks]
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


def checked_outputs(notebook: Path) -> Path:
    """Return a notebook that was run to its end: its cells of code have numbers, some an output."""
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    code = [cell for cell in cells if cell["cell_type"] == "code" and "".join(cell["source"])]
    if not all(cell["execution_count"] for cell in code) or not any(c["outputs"] for c in code):
        msg = f"{notebook} was not run to its end"
        raise ValueError(msg)
    return notebook


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
        ("paired-plans", lambda: paired_plans(docs.parent)),
        ("engines", lambda: engines(docs.parent)),
        ("simulation", lambda: simulation(docs.parent)),
        ("library", lambda: library(docs.parent)),
        ("theory", lambda: simulated_against_theory(docs.parent)),
    ):
        write(target / "tables" / f"{name}.md", build() + "\n")
    write(target / "overload.svg", overload_plot(docs.parent))
    api_pages(target / "api")
    notebook_pages(docs.parent / "notebooks", target / "notebooks")


def open_one_branch(
    _app: Sphinx, _page: str, _template: str, context: dict[str, Any], *_: Any
) -> None:
    """Open only the branch of a page beside it: all modules on every page took most of the time."""
    whole = context.get("toctree")
    if whole is not None:
        context["toctree"] = lambda **options: whole(**options | {"collapse": True})


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
    app.connect("html-page-context", open_one_branch, priority=400)  # before the theme asks
    app.connect("autodoc-skip-member", skip_filled_in_classes)
    app.connect("missing-reference", resolve_shorter_names)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
