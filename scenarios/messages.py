"""From validation errors to problems with a line, what was given and what is allowed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, get_args

from pydantic import BaseModel

from scenarios.documents import Block, Items, Place, Tree
from scenarios.hints import hint_at
from scenarios.problems import Problem, line_label, suggestion
from scenarios.provenance import name_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pydantic import ValidationError
    from pydantic_core import ErrorDetails


def problems_of(error: ValidationError, model: type[BaseModel], tree: Block) -> list[Problem]:
    """Translate the errors of a model into problems of the file it was read from.

    Parameters
    ----------
    error : pydantic.ValidationError
    model : type
    tree : Block
        What was validated.

    Returns
    -------
    list of Problem

    """
    return [
        _problem(detail, model, tree)
        for detail in error.errors()
        if detail["type"] != "too_short" or not _at(tree, detail["loc"])
    ]


def _at(tree: Block, loc: Sequence[str | int]) -> Tree:
    """Return what stands at a location; a list with wrong entries is not an empty list."""
    current: Tree = tree
    for part in loc:
        if isinstance(current, Block):
            current = current.get(str(part))
        elif isinstance(current, Items) and isinstance(part, int):
            current = current[part]
    return current


def place_of(tree: Block, loc: Sequence[str | int]) -> tuple[Place, str]:
    """Return where a location stands and how a reader addresses it.

    Parameters
    ----------
    tree : Block
    loc : sequence of str and int
        Keys and positions.

    Returns
    -------
    tuple of Place and str

    """
    place, node, names = tree.place, tree, []
    current: Tree = node
    for part in loc:
        if isinstance(current, Block) and part in current:
            place, current = current.places[str(part)], current[str(part)]
            names.append(str(part))
        elif isinstance(current, Items) and isinstance(part, int) and part < len(current):
            current = current[part]
            place = current.place if current is not None else place
            names.append(name_of(current, part + 1))
        elif isinstance(part, str):
            names.append(part)
    return place, ".".join(names)


def place_at(tree: Block, path: str) -> Place:
    """Return where a path written with names stands, or what contains it.

    Parameters
    ----------
    tree : Block
    path : str
        Such as ``inflows.hiraan-flood.share``.

    Returns
    -------
    Place

    """
    place, node = tree.place, tree
    current: Tree = node
    for part in path.split("."):
        if isinstance(current, Block) and part in current:
            place, current = current.places[part], current[part]
        elif isinstance(current, Items):
            found = [item for n, item in enumerate(current, start=1) if name_of(item, n) == part]
            if not found or found[0] is None:
                break
            current = found[0]
            place = current.place if current is not None else place
        else:
            break
    return place


def _problem(detail: ErrorDetails, model: type[BaseModel], tree: Block) -> Problem:
    loc = [part for part in detail["loc"] if not str(part).startswith("function-")]
    place, path = place_of(tree, loc)
    return Problem(*place, path, _message(detail, model, loc, tree))


def _message(
    detail: ErrorDetails, model: type[BaseModel], loc: list[str | int], tree: Block
) -> str:
    given, context = detail["input"], detail.get("ctx", {})
    if given is None and detail["type"] in {"value_error", "literal_error"}:
        return _shape(detail["type"], given, model, loc)
    match detail["type"]:
        case "value_error":
            return str(context["error"])
        case "extra_forbidden":
            keys = _keys(model, loc[:-1])
            near = suggestion(str(loc[-1]), keys) or "."
            hint = (
                "" if given is not None else " Text in braces { } that holds a comma needs quotes."
            )
            return f"unknown key{near} Allowed: {', '.join(keys)}.{hint}"
        case "missing":
            place, _ = place_of(tree, loc[:-1])
            how = _how(model, loc)
            return f"is missing; set it in the block of {line_label(place.line)}{how}."
        case "literal_error":
            allowed = [part.strip("' ") for part in str(context["expected"]).split(",")]
            allowed = [word for part in allowed for word in part.split("' or '")]
            near = suggestion(str(given), allowed) or "."
            return f"{_short(given)} is not known{near} Allowed: {', '.join(allowed)}."
    return _shape(detail["type"], given, model, loc)


def _shape(kind: str, given: Any, model: type[BaseModel], loc: list[str | int]) -> str:
    if given is None:
        hint = hint_at(model, loc)
        optional = " or delete the key" if hint is None or not hint.required else ""
        return f"has no value; write one{optional}{_how(model, loc)}."
    match kind:
        case "string_type":
            return f"{_short(given)} must be plain text."
        case "tuple_type" | "list_type":
            return f"{_short(given)} must be a list, each entry on a line beginning with '- '."
        case "model_type" | "model_attributes_type" | "dict_type":
            keys = _keys(model, loc)
            return f"{_short(given)} must be a block with the keys {', '.join(keys)}."
        case "too_short":
            return "is empty; at least one entry is needed."
        case "string_too_short":
            return "is empty; write some text."
        case "string_too_long":
            return f"{_short(given)} is too long for a name; at most 80 characters."
        case "string_pattern_mismatch":
            return f"{_short(given)} cannot be a name; names have no dots, brackets or line breaks."
    return f"{_short(given)} cannot be used ({kind.replace('_', ' ')})."


def _how(model: type[BaseModel], loc: Sequence[str | int]) -> str:
    """Say how a key is written and what it means."""
    hint = hint_at(model, loc)
    if hint is None:
        return ""
    example = f", such as '{hint.key}: {hint.example}'" if hint.example else ""
    if hint.choices:
        example = f", one of {', '.join(hint.choices)}"
    return f"{example} ({hint.meaning.removesuffix('.')})" if hint.meaning else example


def _short(given: Any) -> str:
    if isinstance(given, (dict, list, tuple)):
        return "a block" if isinstance(given, dict) else "a list"
    text = repr(str(given))
    return text if len(text) <= 60 else f"{text[:57]}...'"


def _keys(model: type[BaseModel], loc: list[str | int]) -> list[str]:
    """Return the keys of the block at a location, the ones of its own first."""
    found: type[BaseModel] | None = model
    for part in loc:
        if isinstance(part, int) or found is None:
            continue
        field = next(
            (f for n, f in found.model_fields.items() if part in {n, f.alias}),
            None,
        )
        found = _model_in(field.annotation) if field is not None else None
    if found is None:
        return []
    keys = [field.alias or name for name, field in found.model_fields.items()]
    last = [key for key in keys if key in {"source", "assumption"}]
    return [key for key in keys if key not in last] + last


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for inner in get_args(annotation):
        model = _model_in(inner)
        if model is not None:
            return model
    return None
