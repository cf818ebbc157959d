"""Derived scenarios: changes applied to a base, each addressed by names."""

from __future__ import annotations

from typing import Final, NamedTuple

from scenarios.documents import Block, Items, Place, Text, Tree, copied
from scenarios.problems import Problem, suggestion
from scenarios.provenance import NAMING_KEYS
from scenarios.quantities import PROVENANCE

KINDS: Final = ("set", "add", "remove")


class _DanglingError(LookupError):
    """A path leads nowhere; the message says where it ends."""


class _Target(NamedTuple):
    """Where a path leads: the container, the key or position in it, and the full path."""

    container: Block | Items
    key: str | int
    path: str


def apply_changes(base: Block, changes: Items) -> tuple[Block, list[Problem]]:
    """Return the base with changes applied, and the problems of the changes.

    Parameters
    ----------
    base : Block
    changes : Items
        Blocks with ``set`` and ``to``, ``add`` and ``item``, or ``remove``; each with ``because``.
        Paths that name a thing without all that contains it are completed in place.

    Returns
    -------
    tuple of Block and list of Problem

    """
    result = copied(base)
    assert isinstance(result, Block)  # noqa: S101 - a copy of a block is a block
    problems = []
    for number, change in enumerate(changes, start=1):
        problem = _apply(result, change, number, changes.place)
        if problem is not None:
            problems.append(problem)
    return result, problems


def _apply(tree: Block, change: Tree, number: int, around: Place) -> Problem | None:
    place = around if change is None else change.place
    if not isinstance(change, Block):
        return Problem(*place, f"changes.#{number}", "needs 'set' with 'to', and 'because'.")
    kinds = [kind for kind in KINDS if kind in change]
    if len(kinds) != 1 or not isinstance(change[kinds[0]], Text):
        message = "needs one of set, add, remove, followed by a path such as 'time.run_length'."
        return Problem(*place, f"changes.#{number}", message)
    kind = kinds[0]
    path: Text = change[kind]
    content = {"set": "to", "add": "item"}.get(kind)
    wrong = [key for key in change if key not in {kind, content, "because"}]
    if wrong:
        allowed = ", ".join(key for key in (kind, content, "because") if key)
        near = suggestion(wrong[0], [kind, content or kind, "because"]) or "."
        message = f"unknown key{near}"
        where: Place = change.places[wrong[0]]
        return Problem(*where, f"changes.{path}.{wrong[0]}", f"{message} Allowed: {allowed}.")
    if content is not None and change.get(content) is None:
        return Problem(*place, f"changes.{path}", f"'{kind}' needs '{content}'.")
    if not isinstance(change.get("because"), Text):
        message = "'because' is missing; say why, with a source."
        return Problem(*place, f"changes.{path}", message)
    try:
        complete = _carry_out(tree, kind, path, copied(change.get(content or "")))
    except _DanglingError as error:
        return Problem(*path.place, f"changes.{path}", str(error))
    change.put(kind, Text(complete, path.place), change.places[kind])
    return None


def _carry_out(tree: Block, kind: str, path: Text, content: Tree) -> str:
    target = find(tree, path, may_be_new=kind != "remove")
    container, key = target.container, target.key
    if kind == "remove":
        del container[key]  # type: ignore[arg-type]
        if isinstance(container, Block):
            container.places.pop(str(key), None)
        return target.path
    if content is None:
        msg = "has no new value."
        raise _DanglingError(msg)
    old: Tree = container[key] if isinstance(container, Items) else container.get(str(key))  # type: ignore[index]
    if kind == "set":
        new = _merged(old, content)
    elif old is None or isinstance(old, Items):
        new = Items(content.place)
        new.extend([*(old or ()), content])
    else:
        msg = "is not a list, so nothing can be added; use 'set'."
        raise _DanglingError(msg)
    if isinstance(container, Items):
        container[int(key)] = new
    else:
        container.put(str(key), new, content.place)
    return target.path


def _merged(old: Tree, new: Tree) -> Tree:
    """Give a quantity a new value; its hours and planned changes stay, its source does not."""
    if not isinstance(old, Block) or "value" not in old:
        return new
    if isinstance(new, Block) and "value" not in new:
        return new
    if isinstance(new, Items) or new is None:
        return new
    block = Block(old.place)
    for key, value in old.items():
        if key not in PROVENANCE:
            block.put(key, value, old.places[key])
    if isinstance(new, Text):
        block.put("value", new, new.place)
    else:
        for key, value in new.items():
            block.put(key, value, new.places[key])
    return block


def find(tree: Block, path: Text, *, may_be_new: bool) -> _Target:
    """Find what a path leads to; a name stands for its path when no other thing has it."""
    segments = path.split(".")
    node: Tree = tree
    container: Block | Items = tree
    key: str | int = ""
    walked: list[str] = []
    for number, segment in enumerate(segments):
        node = _opened(container, key, node, path.place)
        if node is None or isinstance(node, Text):
            msg = f"{'.'.join(walked)!r} holds no {segment!r}."
            raise _DanglingError(msg)
        container = node
        found = _inside(node, segment)
        last = number == len(segments) - 1
        if found is None and may_be_new and last and isinstance(node, Block):
            return _Target(node, segment, ".".join([*walked, segment]))
        if found is None:
            deep = _below(node, segment)
            if len(deep) != 1:
                raise _DanglingError(_nowhere(node, segment, walked, len(deep)))
            names, container, key = deep[0]
            walked += names
        else:
            key = found
            walked.append(segment)
        node = container[key]  # type: ignore[index]
    return _Target(container, key, ".".join(walked))


def _opened(container: Block | Items, key: str | int, node: Tree, place: Place) -> Tree:
    """Turn a plain quantity into a block with its value, so that a path may go on below it."""
    if isinstance(node, Text) and isinstance(container, Block) and isinstance(key, str) and key:
        block = Block(place)
        block.put("value", node, place)
        container.put(key, block, place)
        return block
    return node


def _inside(node: Block | Items, segment: str) -> str | int | None:
    if isinstance(node, Block):
        return segment if segment in node else None
    for position, item in enumerate(node):
        if segment == item or segment in _names(item):
            return position
    return None


def _names(item: Tree) -> list[str]:
    if not isinstance(item, Block):
        return []
    return [str(item[key]) for key in NAMING_KEYS if isinstance(item.get(key), Text)]


def _below(node: Tree, name: str) -> list[tuple[list[str], Block | Items, int]]:
    """Find things of this name anywhere below, with the path there."""
    found: list[tuple[list[str], Block | Items, int]] = []
    if isinstance(node, Block):
        for key, value in node.items():
            found += [([key, *names], *rest) for names, *rest in _below(value, name)]  # type: ignore[misc]
    elif isinstance(node, Items):
        for position, item in enumerate(node):
            names = _names(item)
            if name in names:
                found.append(([name], node, position))
            elif names:
                found += [([names[0], *more], *rest) for more, *rest in _below(item, name)]  # type: ignore[misc]
    return found


def _nowhere(node: Tree, segment: str, walked: list[str], matches: int) -> str:
    inside = f"in {'.'.join(walked)}" if walked else "in the base scenario"
    if matches > 1:
        return f"{matches} things {inside} are called {segment!r}; write the path in full."
    known = sorted(_known(node))
    near = suggestion(segment, known) or "."
    listing = ", ".join(known[:12]) + (", ..." if len(known) > 12 else "")
    return f"there is no {segment!r} {inside}{near} Known: {listing or 'nothing'}."


def _known(node: Tree) -> set[str]:
    if isinstance(node, Block):
        inner = [_known(value) for value in node.values() if isinstance(value, Items)]
        return {*node, *(name for names in inner for name in names)}
    if isinstance(node, Items):
        own = {name for item in node for name in _names(item)}
        return own | {
            name
            for item in node
            if isinstance(item, Block)
            for value in item.values()
            if isinstance(value, Items)
            for name in _known(value)
        }
    return set()
