"""Columns of tables and worksheets: which key of the contract they hold, and in which unit."""

from __future__ import annotations

import re
import types
import typing
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from scenarios.hints import hints_of
from scenarios.quantities import PROVENANCE, Quantity, Reader
from scenarios.units import DIMENSIONS
from scenarios.values import Capacity, Spread

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pydantic import BaseModel

CAPACITY_KEYS: Final = ("works", "outside")
SPREAD_KEYS: Final = ("distribution", "mean", "sd", "low", "mode", "high")
YES: Final = frozenset(
    "yes true y x ja wahr oui vrai sí si verdadero sì vero sim verdadeiro haa evet "  # noqa: SIM905
    "да истина نعم صحيح ναι αληθής 是".split()  # noqa: RUF001
)
NO: Final = frozenset(
    "no false n nein falsch non faux falso não nao maya hayır yanlış "  # noqa: SIM905, RUF001
    "нет ложь لا خطأ όχι ψευδής 否".split()
)


class Column(NamedTuple):
    """A value that a row or a line of a sheet may hold.

    Parameters
    ----------
    path : tuple of str
        Keys from the block of the row inward.
    units : tuple of str
        Units it may carry, the usual one first; empty for text.
    meaning : str
    example : str
    required : bool
    choices : tuple of str
    kind : str
        ``text``, ``number``, ``list``, ``yes or no``.

    """

    path: tuple[str, ...]
    units: tuple[str, ...]
    meaning: str
    example: str
    required: bool
    choices: tuple[str, ...]
    kind: str

    @property
    def title(self) -> str:
        """Heading without the unit."""
        return " ".join(self.path).replace("_", " ")


def columns_of(model: type[BaseModel]) -> list[Column]:
    """Return what the rows of a list of blocks may hold, lists of blocks inside left out.

    Examples
    --------
    >>> from scenarios.services import Site
    >>> [column.title for column in columns_of(Site)][:4]
    ['name', 'location', 'places', 'places works']

    """
    return list(_columns(model, (), required=True))


def _columns(model: type[BaseModel], path: tuple[str, ...], *, required: bool) -> Iterator[Column]:
    fields = {field.alias or name: field for name, field in model.model_fields.items()}
    for key, hint in hints_of(model).items():
        if key == "history" or (key in PROVENANCE and path):
            continue
        below = (*path, key)
        needed = required and hint.required
        field = fields[key]
        units, kind = _unit_and_kind(field.annotation, field.metadata)
        block = hint.block
        if block is None:
            choices = ("yes", "no") if kind == "yes or no" else hint.choices
            yield Column(below, units, hint.meaning, hint.example, needed, choices, kind)
        elif issubclass(block, Spread):
            units = _units(block.dimension)
            choices = hints_of(block)["distribution"].choices
            for part in SPREAD_KEYS:
                words = part == "distribution"
                yield Column(
                    (*below, part),
                    () if words else units,
                    hint.meaning if words else f"{part} of {key.replace('_', ' ')}",
                    "lognormal" if words else DIMENSIONS[block.dimension].example,
                    needed and words,
                    choices if words else (),
                    "text" if words else "number",
                )
        elif issubclass(block, Capacity):
            inner = block.model_fields
            units, _ = _unit_and_kind(inner["value"].annotation, inner["value"].metadata)
            yield Column(below, units, hint.meaning, hint.example, needed, (), "number")
            works = "Working hours; around the clock if not given."
            outside = "How many in the other hours; nobody if not given."
            yield Column((*below, "works"), (), works, "06:00-18:00", False, (), "text")
            yield Column((*below, "outside"), units, outside, hint.example, False, (), "number")
            cost = hints_of(block)["cost"]
            yield Column((*below, "cost"), (), cost.meaning, cost.example, False, (), "text")
        elif not hint.is_list:
            yield from _columns(block, below, required=needed)


def _unit_and_kind(annotation: Any, metadata: Iterable[Any]) -> tuple[tuple[str, ...], str]:
    if hasattr(annotation, "__metadata__"):
        inner, *more = typing.get_args(annotation)
        return _unit_and_kind(inner, (*metadata, *more))
    for marker in metadata:
        if isinstance(marker, Quantity):
            return _units(marker.dimension), "number"
        if isinstance(marker, Reader):
            return (), "yes or no" if marker.example == "yes" else "text"
    if isinstance(annotation, typing.TypeVar):
        return (), "number"  # its unit depends on the entry, so it stands in the cell
    origin, inside = typing.get_origin(annotation), typing.get_args(annotation)
    options = [item for item in inside if item not in (type(None), ...)]
    if origin in (typing.Union, types.UnionType) and options:
        return _unit_and_kind(options[0], ())
    if origin is tuple and options:
        return _unit_and_kind(options[0], ())[0], "list"
    return (), "text"


def _units(dimension: str) -> tuple[str, ...]:
    kind = DIMENSIONS[dimension]
    usual = re.sub(r"^[+-]?[\d.]+\s*", "", kind.example)
    return tuple(dict.fromkeys([usual, *kind.units])) if kind.allowed else ()


def with_unit(text: str, unit: str) -> str:
    """Add the unit of the heading to a bare number; what has its own unit or is a word stays.

    Examples
    --------
    >>> with_unit("12", "beds"), with_unit("20 min", "hours"), with_unit("never", "days")
    ('12 beds', '20 min', 'never')

    """
    bare = re.fullmatch(r"[+-]?\d+(\.\d+)?", text, re.ASCII)
    return f"{text} {unit}" if bare and unit else text


def yes_or_no(text: str) -> str:
    """Return yes or no for the words of several languages; other words stay.

    Examples
    --------
    >>> yes_or_no("Oui"), yes_or_no("FALSCH"), yes_or_no("maybe")
    ('yes', 'no', 'maybe')

    """
    word = text.casefold()
    if word in YES or text == "1":
        return "yes"
    return "no" if word in NO or text == "0" else text
