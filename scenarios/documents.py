"""YAML documents that remember where everything stands.

Scalars stay text: nothing is guessed from how it looks, so ``on``, ``no`` and ``06:00`` mean what a
reader sees. Tags, anchors and aliases are refused; duplicate keys are problems with both lines.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias, cast

import yaml
from yaml.composer import Composer

from scenarios.problems import Problem, ScenarioError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

LARGEST_FILE: Final = 2_000_000
DEEPEST: Final = 40
READ_AS_TEXT: Final = ("bool", "int", "float", "timestamp")
"""Tags of YAML that need no quotes here, because scalars stay text: 06:00, no, 2022-07-01."""
READ_DIFFERENTLY: Final = re.compile(
    "[^\n -~\u00a0-\u2027\u202a-\ud7ff]|[>|][-+0-9]*#|^[ -]*[?](?: |$)", re.MULTILINE
)
"""Tabs, rare characters, one misprint and keys after a question mark: libyaml accepts some of them
where PyYAML does not, or says another place."""
REASONS: Final = ("source", "assumption", "because")
"""Keys that say what numbers rest on."""


class Place(NamedTuple):
    """File and line, counted from 1."""

    file: str
    line: int


class Text(str):
    """A scalar with its place."""

    __slots__ = ("place",)
    place: Place

    def __new__(cls, value: str, place: Place) -> Text:
        """Return the text with its place."""
        text = super().__new__(cls, value)
        text.place = place
        return text


class Block(dict[str, Any]):
    """A mapping with its place and the places of its keys."""

    def __init__(self, place: Place) -> None:
        super().__init__()
        self.place = place
        self.places: dict[str, Place] = {}

    def put(self, key: str, value: Tree, place: Place) -> None:
        """Set a key and remember where."""
        self[key] = value
        self.places[key] = place


class Items(list[Any]):
    """A sequence with its place."""

    def __init__(self, place: Place) -> None:
        super().__init__()
        self.place = place


Tree: TypeAlias = Text | Block | Items | None


def copied(tree: Tree) -> Tree:
    """Return a copy that can be changed; texts are shared."""
    if isinstance(tree, Block):
        block = Block(tree.place)
        for key, value in tree.items():
            block.put(key, copied(value), tree.places[key])
        return block
    if isinstance(tree, Items):
        items = Items(tree.place)
        items.extend(copied(value) for value in tree)
        return items
    return tree


def tree_of(value: str | Sequence[Any] | Mapping[str, Any], place: Place) -> Tree:
    """Return texts, lists and mappings of Python as they would be read from a file.

    Parameters
    ----------
    value : str, sequence or mapping
    place : Place
        Given to all of them.

    """
    if isinstance(value, str):
        return Text(value, place)
    if isinstance(value, Mapping):
        block = Block(place)
        for key, one in value.items():
            block.put(key, tree_of(one, place), place)
        return block
    items = Items(place)
    items.extend(tree_of(one, place) for one in value)
    return items


class _Refusal(yaml.MarkedYAMLError):
    """Something YAML allows and scenario files do not."""


class _Refusing(Composer):
    """Composes nodes; refuses anchors, aliases, tags and bottomless nesting."""

    depth = 0

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        event = self.peek_event()  # type: ignore[attr-defined]
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            problem = "anchors and aliases (& and *) are not used; write the value out"
            raise _Refusal(problem=problem, problem_mark=event.start_mark)
        if getattr(event, "tag", None) is not None:
            problem = f"tags such as {event.tag!r} are not used; write plain text"
            raise _Refusal(problem=problem, problem_mark=event.start_mark)
        if self.depth >= DEEPEST:
            problem = f"nested deeper than {DEEPEST} levels"
            raise _Refusal(problem=problem, problem_mark=event.start_mark)
        self.depth += 1
        try:
            return super().compose_node(parent, index)
        finally:
            self.depth -= 1


class _Loader(_Refusing, yaml.SafeLoader):
    """Decides what is YAML, and says why something is not."""


_QuickLoader: Any = None
if yaml.__with_libyaml__:

    class _EventsOfLibyaml(_Refusing, yaml.CSafeLoader):
        """Reads in a tenth of the time; gives up where libyaml takes more than PyYAML does."""

        def __init__(self, text: str) -> None:
            yaml.CSafeLoader.__init__(self, text)
            Composer.__init__(self)

        def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
            event = self.peek_event()
            in_flow = isinstance(parent, yaml.CollectionNode) and parent.flow_style
            if in_flow and not getattr(event, "style", None) and "?" in getattr(event, "value", ""):
                raise _Refusal(problem="a question mark outside of quotes")
            return super().compose_node(parent, index)

    _QuickLoader = _EventsOfLibyaml


def read_document(path: Path, name: str | None = None) -> tuple[Block, list[Problem]]:
    """Read a YAML file.

    Parameters
    ----------
    path : pathlib.Path
    name : str, optional
        What messages call the file; its name by default.

    Returns
    -------
    tuple of Block and list of Problem
        The mapping, and its duplicate and misplaced keys.

    Raises
    ------
    ScenarioError
        If there is no mapping to be read.

    """
    shown = name or path.name
    try:
        size = path.stat().st_size
        content = path.read_bytes() if size <= LARGEST_FILE else b""
    except OSError as error:
        reason = error.strerror or "unknown reason"
        raise ScenarioError([Problem(shown, 0, "", f"cannot be read: {reason}.")]) from None
    if size > LARGEST_FILE:
        message = f"is larger than {LARGEST_FILE // 1_000_000} MB; this is not a scenario file."
        raise ScenarioError([Problem(shown, 0, "", message)])
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        message = "is not UTF-8 text; save the file with the encoding UTF-8."
        raise ScenarioError([Problem(shown, line, "", message)]) from None
    return read_text(text, shown)


def read_text(text: str, file: str) -> tuple[Block, list[Problem]]:
    r"""Read YAML text.

    Parameters
    ----------
    text : str
    file : str
        What messages call it.

    Returns
    -------
    tuple of Block and list of Problem

    Raises
    ------
    ScenarioError
        If the text is not one YAML mapping.

    Examples
    --------
    >>> tree, problems = read_text("opens: 06:00\nanswer: no", "plan.yaml")
    >>> dict(tree), tree.places["answer"].line
    ({'opens': '06:00', 'answer': 'no'}, 2)

    """
    try:
        node = _composed(text)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 0
        raise ScenarioError([Problem(file, line, "", _explained(error))]) from None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, int(error.position)) + 1
        message = "holds a character that is not text; delete it."
        raise ScenarioError([Problem(file, line, "", message)]) from None
    if node is None:
        message = "is empty; a scenario begins with 'schema: 1'."
        raise ScenarioError([Problem(file, 0, "", message)])
    problems: list[Problem] = []
    tree = _grown(node, file, "", problems)
    if not isinstance(tree, Block):
        message = "is not a list of keys and values; a scenario begins with 'schema: 1'."
        raise ScenarioError([Problem(file, node.start_mark.line + 1, "", message)])
    return tree, problems


def _composed(text: str) -> yaml.Node | None:
    if _QuickLoader is not None and not READ_DIFFERENTLY.search(text):
        with suppress(yaml.YAMLError):
            return _root(_QuickLoader(text))
    return _root(_Loader(text))


def _root(loader: Any) -> yaml.Node | None:
    try:
        return cast("yaml.Node | None", loader.get_single_node())
    finally:
        loader.dispose()


def _explained(error: yaml.MarkedYAMLError) -> str:
    problem = error.problem or "cannot be read"
    if "'\\t'" in problem:
        return "a tab is used for indentation; use spaces."
    if isinstance(error, _Refusal):
        return f"{problem}."
    return f"this is not valid YAML: {problem}. Check indentation, colons and quotes nearby."


def _grown(node: yaml.Node, file: str, path: str, problems: list[Problem]) -> Tree:
    place = Place(file, node.start_mark.line + 1)
    if isinstance(node, yaml.MappingNode):
        return _grown_block(node, place, path, problems)
    if isinstance(node, yaml.SequenceNode):
        items = Items(place)
        items.extend(_grown(value, file, f"{path}[]", problems) for value in node.value)
        return items
    if isinstance(node, yaml.ScalarNode) and not node.style and node.value in {"", "~", "null"}:
        return None
    return Text(node.value, place)


def _grown_block(node: yaml.MappingNode, place: Place, path: str, problems: list[Problem]) -> Block:
    block = Block(place)
    for key_node, value_node in node.value:
        where = Place(place.file, key_node.start_mark.line + 1)
        if not isinstance(key_node, yaml.ScalarNode):
            problems.append(Problem(*where, path, "a key must be a plain word."))
            continue
        key = str(key_node.value)
        below = f"{path}.{key}" if path else key
        if key in block:
            first = block.places[key].line
            problems.append(Problem(*where, "", f"{key!r} was already set on line {first}."))
            continue
        block.put(key, _grown(value_node, place.file, below, problems), where)
    return block


class _Dumper(yaml.SafeDumper):
    """Writes lists indented below their key and never an alias."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002
        super().increase_indent(flow, False)


class _Plain(str):
    """Text written without quotes where YAML allows it."""

    __slots__ = ()


def _write_plain(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    node = dumper.represent_scalar("tag:yaml.org,2002:str", text)
    implicit = yaml.SafeDumper.yaml_implicit_resolvers
    for tag, pattern in [*implicit.get(text[:1], []), *implicit.get("", [])]:
        if tag.rpartition(":")[2] in READ_AS_TEXT and pattern.match(text):
            # Other readers take 18:00 for 1080; in quotes it stays a time of day.
            node.tag = node.tag if ":" in text else tag
    return node


_Dumper.add_representer(_Plain, _write_plain)


def write_text(tree: Tree) -> str:
    r"""Write a tree as YAML text that reads back to the same tree.

    Parameters
    ----------
    tree : Text, Block, Items or None

    Returns
    -------
    str

    Examples
    --------
    >>> tree, _ = read_text("works: 06:00-18:00\nshare: {value: 8 %, source: D2}", "plan.yaml")
    >>> print(write_text(tree), end="")
    works: 06:00-18:00
    share:
      value: 8 %
      source: D2

    """
    return yaml.dump(_bare(tree), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100)


def written(tree: Tree) -> str:
    """Return a tree as one line for a reader, without reasons and sources.

    Parameters
    ----------
    tree : Text, Block, Items or None

    Returns
    -------
    str

    Examples
    --------
    >>> tree, _ = read_text("loss: {facility: jowhar, remaining: 0 %}", "plan.yaml")
    >>> written(tree["loss"])
    'facility: jowhar; remaining: 0 %'

    """
    if isinstance(tree, Block):
        kept = [(key, value) for key, value in tree.items() if key not in REASONS]
        if [key for key, _ in kept] == ["value"]:
            return written(tree["value"])
        return "; ".join(f"{key}: {_inner(value)}" for key, value in kept)
    if isinstance(tree, Items):
        return ", ".join(_inner(item) for item in tree)
    return " ".join(str(tree or "").split())


def _inner(tree: Tree) -> str:
    text = written(tree)
    opens, closes = ("(", ")") if isinstance(tree, (Block, Items)) and len(tree) > 1 else ("", "")
    return f"{opens}{text}{closes}"


def _bare(tree: Tree) -> Any:
    if isinstance(tree, Block):
        return {_Plain(key): _bare(value) for key, value in tree.items()}
    if isinstance(tree, Items):
        return [_bare(value) for value in tree]
    return None if tree is None else _Plain(tree)
