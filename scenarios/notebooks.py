"""Run a notebook of the package with other parameters and keep it as a page."""

from __future__ import annotations

import ast
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from scenarios.problems import suggestion
from scenarios.results import complete_folder

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_PLACES: Final = (
    Path(__file__).parent / "notebook_files",  # in an installed wheel
    Path(__file__).parent.parent / "notebooks",  # in a clone
)
_QUESTION: Final = re.compile(
    r"\*\*The question of this notebook:\*\*\s*(.+?)(?:\n\n|\Z)", re.DOTALL
)


class NotebookError(ValueError):
    """No such notebook or parameter, or a cell failed; says which and what is allowed."""


@dataclass(frozen=True)
class Notebook:
    """A notebook that ships with the package.

    Attributes
    ----------
    name : str
        File name without ending.
    title, question : str
    parameters : dict
        Values of its tagged cell, by name.
    path : pathlib.Path

    """

    name: str
    title: str
    question: str
    parameters: dict[str, Any]
    path: Path


def notebooks() -> tuple[Notebook, ...]:
    """List the notebooks of the package in order.

    Returns
    -------
    tuple of Notebook

    Examples
    --------
    >>> [notebook.name for notebook in notebooks()][0]
    '01-from-drivers-to-report'

    """
    folder = next((place for place in _PLACES if place.is_dir()), None)
    return () if folder is None else tuple(_read(file) for file in sorted(folder.glob("*.ipynb")))


def notebook_named(name: str) -> Notebook:
    """Find a notebook by its name, its number or a part that only it has.

    Raises
    ------
    NotebookError
        If none or several are meant, with the names.

    Examples
    --------
    >>> notebook_named("03").name
    '03-forecast-and-score'

    """
    known = {notebook.name: notebook for notebook in notebooks()}
    meant = [key for key in known if key == name] or [key for key in known if name in key]
    if len(meant) == 1:
        return known[meant[0]]
    what = f"{len(meant)} notebooks are" if meant else "no notebook is"
    msg = f"{what} called {name!r}{suggestion(name, known)} There are: {', '.join(meant or known)}."
    raise NotebookError(msg)


def parameters_of(notebook: Notebook, given: Sequence[str]) -> dict[str, Any]:
    """Read parameters written as ``name=value`` and check them against those of the notebook.

    Parameters
    ----------
    notebook : Notebook
    given : sequence of str

    Returns
    -------
    dict
        Values of the type that the notebook has there.

    Raises
    ------
    NotebookError
        With every parameter that is unknown, given twice or of another type.

    Examples
    --------
    >>> parameters_of(notebook_named("03"), ["horizon=3", "table=darien_transits"])
    {'horizon': 3, 'table': 'darien_transits'}

    """
    problems: list[str] = []
    values: dict[str, Any] = {}
    for text in given:
        key, equals, value = (part.strip() for part in text.partition("="))
        if not equals:
            problems.append(f"-p {text}: write it as name=value.")
        elif key not in notebook.parameters:
            near = suggestion(key, notebook.parameters)
            allowed = ", ".join(notebook.parameters) or "none"
            problems.append(
                f"-p {text}: {notebook.name} has no parameter {key!r}{near} ({allowed})"
            )
        elif key in values:
            problems.append(f"-p {text}: {key} is given twice.")
        else:
            _convert(key, value, notebook.parameters[key], values, problems)
    if problems:
        raise NotebookError("\n".join(problems))
    return values


def run_notebook(
    notebook: Notebook,
    parameters: Mapping[str, Any],
    out: Path,
    *,
    code: bool = True,
) -> tuple[Path, Path]:
    """Run a notebook from top to bottom and keep it, with its page, in a new folder.

    Parameters
    ----------
    notebook : Notebook
    parameters : mapping of str to value
        As made by :func:`parameters_of`; the others keep their values.
    out : pathlib.Path
        Folder; must not exist. It appears only when the notebook has run to its end.
    code : bool
        Whether the page shows the code.

    Returns
    -------
    tuple of pathlib.Path
        The notebook with outputs and the self-contained HTML page.

    Raises
    ------
    NotebookError
        If a cell failed: with the message of the cell; nothing is kept.
    scenarios.results.ResultsError
        If the folder exists or cannot be written.

    """
    import nbformat
    import papermill
    from nbconvert import HTMLExporter
    from papermill.exceptions import PapermillExecutionError

    with complete_folder(out.absolute()) as draft:
        file, page = (draft.folder / f"{notebook.name}{end}" for end in (".ipynb", ".html"))
        try:
            papermill.execute_notebook(
                str(notebook.path),
                str(file),
                parameters=dict(parameters),
                progress_bar=False,
                kernel_name="python3",
            )
        except PapermillExecutionError as error:
            msg = f"{notebook.name} stopped at a cell: {error.ename}: {error.evalue}"
            raise NotebookError(msg) from error
        exporter = HTMLExporter(exclude_input=not code, exclude_input_prompt=True)
        exporter.exclude_output_prompt = True
        body, _ = exporter.from_notebook_node(nbformat.read(file, as_version=4))
        page.write_text(body, encoding="utf-8")
    return out / file.name, out / page.name


def _convert(
    key: str, text: str, default: Any, values: dict[str, Any], problems: list[str]
) -> None:
    if isinstance(default, str):
        values[key] = text
        return
    try:
        value = ast.literal_eval(text)
    except (ValueError, SyntaxError):
        value = None
    if isinstance(default, float) and type(value) is int:
        value = float(value)
    if type(value) is type(default):
        values[key] = value
    else:
        kind = {int: "a whole number", float: "a number", bool: "True or False"}
        wanted = kind.get(type(default), f"written like {default!r}")
        problems.append(f"-p {key}={text}: {key} is {wanted}, such as {default!r}.")


def _read(file: Path) -> Notebook:
    cells = json.loads(file.read_text(encoding="utf-8"))["cells"]
    texts = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown"]
    tagged = [c for c in cells if "parameters" in c.get("metadata", {}).get("tags", [])]
    values: dict[str, Any] = {}
    for cell in tagged:
        for statement in ast.parse("".join(cell["source"])).body:
            if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
                values[statement.targets[0].id] = ast.literal_eval(statement.value)
    asked = _QUESTION.search("\n\n".join(texts))
    question = " ".join(asked[1].split()) if asked else ""
    question = question[: question.rfind("?") + 1]
    title = texts[0].splitlines()[0].lstrip("# ").strip() if texts else file.stem
    return Notebook(file.stem, title, question, values, file)
