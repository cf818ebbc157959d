"""How a key of a scenario file is written and what it means, from the contract."""

from __future__ import annotations

import types
import typing
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from pydantic import BaseModel

from scenarios.meanings import meanings_of
from scenarios.quantities import Quantity, Reader
from scenarios.units import DIMENSIONS
from scenarios.values import Capacity, Spread

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pydantic.fields import FieldInfo

_PARAMETERS: Final = {"mean persons": "distribution: one_plus_poisson, mean: {0}, high: 12 persons"}
_USUAL: Final = "distribution: lognormal, mean: {0}, sd: {0}"


class Hint(NamedTuple):
    """How one key is written.

    Parameters
    ----------
    key : str
    example : str
        As it may stand in a file; empty for free text.
    meaning : str
        What it is, in words.
    required : bool
    default : str
        As a user would write it; empty when there is none to write.
    block : type or None
        The model of a block, or of the entries of a list.
    is_list : bool
    choices : tuple of str
        The words that are allowed, when nothing else is.

    """

    key: str
    example: str
    meaning: str
    required: bool
    default: str
    block: type[BaseModel] | None
    is_list: bool
    choices: tuple[str, ...] = ()


def hints_of(model: type[BaseModel]) -> dict[str, Hint]:
    """Return how every key of a block is written, what a number rests on last.

    Parameters
    ----------
    model : type
        A model of the contract.

    Returns
    -------
    dict of str to Hint

    Examples
    --------
    >>> from scenarios.services import Site
    >>> hints_of(Site)["places"].example, hints_of(Site)["onward_share"].default
    ('120 persons', '0 %')

    """
    meanings = meanings_of(model)
    found = {
        field.alias or name: _hint(field, name, meanings.get(name, ""))
        for name, field in model.model_fields.items()
    }
    last = [key for key in found if key in {"source", "assumption"}]
    return {key: hint for key, hint in found.items() if key not in last} | {
        key: found[key] for key in last
    }


def hint_at(model: type[BaseModel], loc: Sequence[str | int]) -> Hint | None:
    """Return the hint of the key at a location, if the contract knows it."""
    current: type[BaseModel] | None = model
    hint = None
    for part in loc:
        if isinstance(part, int):
            continue
        if current is None:
            return None
        hint = hints_of(current).get(part)
        current = None if hint is None else hint.block
    return hint


def _hint(field: FieldInfo, name: str, text: str) -> Hint:
    key = field.alias or name
    example, block, is_list = _written(field.annotation, field.metadata)
    extra = field.json_schema_extra
    default = str(extra.get("written") or "") if isinstance(extra, dict) else ""
    if not default and isinstance(field.default, str):
        default = field.default
    meaning = " ".join(text.replace("``", "'").split())
    if not meaning and block is not None:
        meaning = " ".join((block.__doc__ or "").split("\n\n")[0].split())
    return Hint(
        key,
        example,
        meaning,
        field.is_required(),
        default,
        block,
        is_list,
        _choices(field.annotation),
    )


def _written(
    annotation: Any, metadata: Iterable[Any] = ()
) -> tuple[str, type[BaseModel] | None, bool]:
    """Return an example, the model of a block, and whether it is a list."""
    if hasattr(annotation, "__metadata__"):
        inner, *more = typing.get_args(annotation)
        return _written(inner, (*metadata, *more))
    for marker in metadata:
        if isinstance(marker, Quantity):
            return DIMENSIONS[marker.dimension].example, None, False
        if isinstance(marker, Reader):
            return marker.example, None, False
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return _of_model(annotation), annotation, False
    origin, inside = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Literal:
        return str(inside[0]), None, False
    options = [item for item in inside if item not in (type(None), ...)]
    if origin in (typing.Union, types.UnionType) and options:
        return _written(options[0])
    if origin is tuple and options:
        example, block, _ = _written(options[0])
        return f"[{example or 'name'}]" if block is None else "", block, True
    return "", None, False


def _choices(annotation: Any) -> tuple[str, ...]:
    if typing.get_origin(annotation) is typing.Literal:
        return tuple(str(choice) for choice in typing.get_args(annotation))
    return ()


def _of_model(model: type[BaseModel]) -> str:
    if issubclass(model, Spread):
        example = DIMENSIONS[model.dimension].example
        form = _PARAMETERS.get(model.dimension, _USUAL)
        return f"{{{form.format(example)}}}"
    if issubclass(model, Capacity):
        return _written(
            model.model_fields["value"].annotation, model.model_fields["value"].metadata
        )[0]
    return ""
