"""Reading scenarios: from the library or from a file, with the changes of derived ones."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pydantic import ValidationError

from scenarios.changes import apply_changes
from scenarios.checks import check_meaning, check_names, warnings_of
from scenarios.documents import Block, Items, Place, Text, copied, read_document, read_text, tree_of
from scenarios.messages import problems_of
from scenarios.packages import fill_from_package
from scenarios.problems import Problem, ScenarioError, suggestion
from scenarios.schema import SCHEMA_VERSION, Scenario
from scenarios.worksheets.tables import put_tables
from scenarios.worksheets.workbook import read_workbook

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

LIBRARY: Final = Path(__file__).parent / "library"
DERIVED_KEYS: Final = ("schema", "name", "title", "question", "based_on", "changes")
LONGEST_CHAIN: Final = 20


def list_library() -> tuple[str, ...]:
    """Return the names of the scenarios that come with the package, without the blank template.

    Returns
    -------
    tuple of str

    Examples
    --------
    >>> "beledweyne-flood" in list_library()
    True

    """
    found = {path.stem for path in LIBRARY.glob("*.yaml")}
    return tuple(sorted(found - {"template"}))


def load_scenario(name: str | Path) -> Scenario:
    """Read a scenario and check it.

    Parameters
    ----------
    name : str or pathlib.Path
        A name of :func:`list_library`, or the path of a file: YAML, or a worksheet (XLSX).

    Returns
    -------
    Scenario
        Complete: a derived scenario has the changes of its whole chain applied.

    Raises
    ------
    ScenarioError
        With all problems at once, in the order of the file.

    Examples
    --------
    >>> scenario = load_scenario("beledweyne-flood")
    >>> scenario.time.start.isoformat(), scenario.experiment.replications
    ('2022-07-01', 200)

    """
    path, shown = _located(name, Path())
    tree, problems = _resolved(path, shown, ())
    return _checked(tree, problems, shown)


def parse_scenario(text: str, file: str = "scenario.yaml") -> Scenario:
    """Read a scenario from text; a base is looked up in the library or the current folder.

    Parameters
    ----------
    text : str
    file : str
        What messages call it.

    Returns
    -------
    Scenario

    Raises
    ------
    ScenarioError
        With all problems at once.

    """
    tree, problems = read_text(text, file)
    tree, more = _derived(tree, Path(), file, ())
    return _checked(tree, [*problems, *more], file)


def changed_scenario(scenario: Scenario, changes: Sequence[Mapping[str, Any]]) -> Scenario:
    """Return a variant of a scenario, checked like a file.

    Parameters
    ----------
    scenario : Scenario
    changes : sequence of mapping
        As in a derived scenario: ``set`` and ``to``, ``add`` and ``item``, or ``remove``, with
        ``because``; values as text with units.

    Returns
    -------
    Scenario
        With the name of the original; the original is not changed.

    Raises
    ------
    ScenarioError
        With all problems at once.

    Examples
    --------
    >>> present = load_scenario("beledweyne-flood")
    >>> change = {"set": "boats-beledweyne.units", "to": "12 boats", "because": "a trial"}
    >>> changed_scenario(present, [change]).rescue[0].units[0].units.value
    12

    """
    listed = tree_of(list(changes), Place("the variant", 0))
    assert isinstance(listed, Items)  # noqa: S101 - made from a list
    tree, problems = apply_changes(scenario._tree, listed)
    return _checked(tree, problems, scenario.file)


def _located(name: str | Path, folder: Path) -> tuple[Path, str]:
    text = str(name)
    if text in list_library():
        return LIBRARY / f"{text}.yaml", f"{text}.yaml"
    path = Path(text) if Path(text).is_absolute() else folder / text
    if path.is_file():
        return path, str(path)
    known = list_library()
    near = suggestion(text, known) or "."
    message = f"there is no such scenario or file{near} Library: {', '.join(known)}."
    raise ScenarioError([Problem(text, 0, "", message)])


def _resolved(path: Path, shown: str, chain: tuple[Path, ...]) -> tuple[Block, list[Problem]]:
    if path.suffix.lower() == ".xlsx":
        tree, problems = read_workbook(path, shown)
    else:
        tree, problems = read_document(path, shown)
    tree, more = _derived(tree, path.parent, shown, (*chain, path.resolve()))
    return tree, [*problems, *more]


def _derived(
    tree: Block, folder: Path, shown: str, chain: tuple[Path, ...]
) -> tuple[Block, list[Problem]]:
    """Return a complete tree: the base with the changes applied, when there is a base."""
    version = tree.get("schema")
    if version != SCHEMA_VERSION:
        line = tree.places["schema"].line if "schema" in tree else 1
        given = f"is {str(version)!r}, not 1" if "schema" in tree else "is missing"
        message = f"{given}; a scenario begins with 'schema: 1'."
        raise ScenarioError([Problem(shown, line, "schema", message)])
    if "based_on" not in tree:
        return tree, [*_changes_without_base(tree), *put_tables(tree, Scenario, folder)]
    problems = _not_in_derived(tree)
    base = _base_of(tree, folder, chain)
    changes = tree.get("changes")
    result = base
    if isinstance(changes, Items) and changes:
        changes = copied(changes)
        assert isinstance(changes, Items)  # noqa: S101 - a copy of a list is a list
        result, more = apply_changes(base, changes)
        problems += more
    else:
        place = tree.places.get("changes", tree.places["based_on"])
        message = "is missing or not a list; say what differs, or run the base scenario."
        problems.append(Problem(*place, "changes", message))
    for key in ("name", "title", "question"):
        if key in tree:
            result.put(key, tree[key], tree.places[key])
        else:
            message = "is missing; a derived scenario has its own."
            problems.append(Problem(*tree.place, key, message))
    if not problems:
        _remember(result, tree, changes)
    return result, problems


def _changes_without_base(tree: Block) -> list[Problem]:
    if "changes" not in tree:
        return []
    place = tree.places["changes"]
    del tree["changes"]
    message = "belongs to derived scenarios; say with 'based_on' which one it changes."
    return [Problem(*place, "changes", message)]


def _not_in_derived(tree: Block) -> list[Problem]:
    problems = []
    for key in tree:
        if key not in DERIVED_KEYS:
            near = suggestion(key, DERIVED_KEYS)
            hint = f" write it as a change: '- set: {key}'." if not near else ""
            message = f"a derived scenario holds only {', '.join(DERIVED_KEYS)}{near or ';'}{hint}"
            problems.append(Problem(*tree.places[key], key, message))
    return problems


def _base_of(tree: Block, folder: Path, chain: tuple[Path, ...]) -> Block:
    name = tree["based_on"]
    where = tree.places["based_on"]
    if not isinstance(name, Text):
        message = "must be a name of the library or the path of a file."
        raise ScenarioError([Problem(*where, "based_on", message)])
    try:
        path, shown = _located(str(name), folder)
    except ScenarioError as error:
        message = f"{str(name)!r}: {error.problems[0].message}"
        raise ScenarioError([Problem(*where, "based_on", message)]) from None
    if path.resolve() in chain or len(chain) > LONGEST_CHAIN:
        names = " -> ".join(one.name for one in (*chain, path))
        message = f"the scenarios are based on each other: {names}."
        raise ScenarioError([Problem(*where, "based_on", message)])
    base, problems = _resolved(path, shown, chain)
    if problems:
        raise ScenarioError(problems)
    return base


def _remember(result: Block, tree: Block, changes: Items | Any) -> None:
    place = tree.place
    history = result.get("history")
    steps = Items(place)
    steps.extend(history if isinstance(history, Items) else ())
    step = Block(place)
    for key in ("name", "title", "based_on"):
        step.put(key, tree.get(key), tree.places.get(key, place))
    step.put("changes", changes if isinstance(changes, Items) else Items(place), place)
    steps.append(step)
    result.put("history", steps, Place(place.file, place.line))


def _checked(tree: Block, problems: list[Problem], shown: str) -> Scenario:
    problems = [*problems, *check_names(tree), *fill_from_package(tree)]
    if problems and "package" in (tree.get("forecast") or ()):
        # What the package would have said is missing now and would be asked for in vain.
        raise ScenarioError(problems)
    try:
        scenario = Scenario.model_validate(tree)
    except ValidationError as error:
        raise ScenarioError([*problems, *problems_of(error, Scenario, tree)]) from None
    problems += check_meaning(scenario, tree)
    if problems:
        raise ScenarioError(problems)
    scenario._tree = tree
    scenario._file = shown
    scenario._warnings = warnings_of(scenario, tree)
    return scenario
