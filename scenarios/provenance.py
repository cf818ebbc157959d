"""What every number of a scenario rests on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple, get_args

from pydantic import BaseModel

from scenarios.documents import Block, Items, Text, Tree
from scenarios.quantities import PROVENANCE, Quantity, Reader
from scenarios.values import Spread

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pydantic.fields import FieldInfo


NAMING_KEYS: Final = ("name", "site")
"""Keys by which the things of a list are addressed."""


class Source(NamedTuple):
    """A number of a scenario and what it rests on.

    Parameters
    ----------
    path : str
        With things addressed by name.
    value : str
        As written.
    kind : str
        ``source``, ``assumption``, ``change`` (the reason a derived scenario gives), ``default``
        or ``not given``.
    text : str

    """

    path: str
    value: str
    kind: str
    text: str


class _Basis(NamedTuple):
    kind: str
    text: str


_NOT_GIVEN: Final = _Basis("not given", "")


def sources_of(scenario: BaseModel, changes: Iterable[Any], tree: Block) -> tuple[Source, ...]:
    """List the numbers of a scenario; see :meth:`scenarios.schema.Scenario.sources`."""
    reasons = {change.set: change.because for change in changes if change.set}
    return tuple(_walk(scenario, tree, "", _NOT_GIVEN, reasons))


def _basis(tree: Tree, path: str, inherited: _Basis, reasons: dict[str, str]) -> _Basis:
    """Return what numbers here rest on: the nearest statement, from outside to inside."""
    if path in reasons:
        inherited = _Basis("change", reasons[path])
    if isinstance(tree, Block):
        for key, kind in (("because", "change"), *((key, key) for key in PROVENANCE)):
            if tree.get(key):
                inherited = _Basis(kind, " ".join(str(tree[key]).split()))
    return inherited


def _changed(path: str, basis: _Basis, reasons: dict[str, str]) -> _Basis:
    """Return why the value of a block was changed, if it was; the block tells of the old one."""
    reason = reasons.get(f"{path}.value")
    return basis if reason is None else _Basis("change", reason)


def _walk(
    section: BaseModel, tree: Tree, path: str, inherited: _Basis, reasons: dict[str, str]
) -> Iterator[Source]:
    basis = _basis(tree, path, inherited, reasons)
    if isinstance(tree, Text):
        yield Source(path, str(tree), *basis)
        return
    block = tree if isinstance(tree, Block) else {}
    if isinstance(section, Spread) and "value" in block:
        yield Source(path, str(block["value"]), *_changed(path, basis, reasons))
        return
    for name, field in type(section).model_fields.items():
        key = field.alias or name
        if key in (*PROVENANCE, "because", "history"):
            continue
        below = f"{path}.{key}" if path else key
        value, node = getattr(section, name), block.get(key)
        if node is None:
            yield from _defaults(field, value, below)
        elif _counts(field):
            # What says how many there are, or how fast, says nothing about what they cost.
            around = _NOT_GIVEN if key == "cost" else basis
            own = _basis(node, below, around, reasons)
            yield Source(below, _written(node), *_changed(below, own, reasons))
        elif isinstance(value, BaseModel):
            yield from _walk(value, node, below, basis, reasons)
        elif isinstance(value, tuple) and isinstance(node, Items):
            outer = _basis(None, below, basis, reasons)
            for number, (one, item) in enumerate(zip(value, node, strict=True), start=1):
                if isinstance(one, BaseModel):
                    yield from _walk(one, item, f"{below}.{name_of(item, number)}", outer, reasons)


def _defaults(field: FieldInfo, value: Any, path: str) -> Iterator[Source]:
    extra = field.json_schema_extra
    if isinstance(extra, dict) and extra.get("written") is not None:
        yield Source(path, str(extra["written"]), "default", str(extra["why"]))
    elif isinstance(value, BaseModel):
        yield from _walk(value, None, path, _NOT_GIVEN, {})


def name_of(item: Tree, number: int) -> str:
    """Return how a thing in a list is addressed: by name, or by number when it has none."""
    if isinstance(item, Block):
        for key in NAMING_KEYS:
            if isinstance(item.get(key), Text):
                return str(item[key])
    return f"#{number}"


def _written(node: Tree) -> str:
    if isinstance(node, Items):
        return ", ".join(_written(item) for item in node)
    return str(node["value"]) if isinstance(node, Block) else str(node)


def _counts(field: FieldInfo) -> bool:
    """Whether a field holds a number, a list of numbers or a time of day."""
    return any(_is_number(marker) for marker in (*field.metadata, *_markers(field.annotation)))


def _is_number(marker: Any) -> bool:
    return isinstance(marker, Quantity) or (isinstance(marker, Reader) and marker.counts)


def _markers(annotation: Any) -> Iterator[Any]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return
    yield annotation
    for inner in get_args(annotation):
        yield from _markers(inner)
