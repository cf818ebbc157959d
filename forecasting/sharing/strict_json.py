"""JSON as packages use it: one way to write it, and a reader that refuses everything doubtful."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any, Final, NoReturn

from forecasting.sharing.limits import DEFAULT_LIMITS, Limits, PackageError

if TYPE_CHECKING:
    from collections.abc import Sequence

_OPENING: Final = frozenset("{[")
_CLOSING: Final = frozenset("}]")


def json_bytes(content: Any) -> bytes:
    r"""Write JSON in the one form that packages use: UTF-8, keys in the order given.

    Examples
    --------
    >>> json_bytes({"place": "Jalalaqsi", "samples": 2})
    b'{\n  "place": "Jalalaqsi",\n  "samples": 2\n}\n'

    """
    text = json.dumps(content, ensure_ascii=False, indent=2, allow_nan=False)
    return f"{text}\n".encode()


def read_text(content: bytes, name: str, limits: Limits = DEFAULT_LIMITS) -> str:
    """Decode UTF-8 text of bounded size without a byte-order mark.

    Raises
    ------
    PackageError
        If it is larger, no UTF-8, or holds a null character.

    """
    if len(content) > limits.text_bytes:
        msg = f"{name}: has {len(content):,} bytes; at most {limits.text_bytes:,} are read."
        raise PackageError(msg)
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        msg = f"{name}: is not UTF-8 text (byte {error.start}); a package holds UTF-8 only."
        raise PackageError(msg) from None
    if text.startswith("\ufeff") or "\0" in text:
        msg = f"{name}: holds a byte-order mark or a null character; a package holds neither."
        raise PackageError(msg)
    return text


def read_json(content: bytes, name: str, limits: Limits = DEFAULT_LIMITS) -> Any:
    """Read JSON; duplicate keys, NaN, infinities and deep nesting are refused.

    Parameters
    ----------
    content : bytes
    name : str
        What messages call it.
    limits : Limits

    Returns
    -------
    object

    Raises
    ------
    PackageError
        If it is not such JSON.

    Examples
    --------
    >>> read_json(b'{"seed": 1, "seed": 2}', "provenance.json")
    Traceback (most recent call last):
    forecasting.sharing.limits.PackageError: provenance.json: key 'seed' stands twice in one block.

    """
    text = read_text(content, name, limits)
    depth = _depth(text)
    if depth > limits.depth:
        msg = f"{name}: is nested {depth} levels deep; at most {limits.depth} are read."
        raise PackageError(msg)

    def unique(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
        block: dict[str, Any] = {}
        for key, value in pairs:
            if key in block:
                msg = f"{name}: key {key!r} stands twice in one block."
                raise PackageError(msg)
            block[key] = value
        return block

    def refuse(constant: str) -> NoReturn:
        msg = f"{name}: holds {constant}; numbers must be finite."
        raise PackageError(msg)

    def finite(digits: str) -> float:
        number = float(digits)
        return number if math.isfinite(number) else refuse(digits)

    try:
        return json.loads(text, object_pairs_hook=unique, parse_constant=refuse, parse_float=finite)
    except PackageError:
        raise
    except (ValueError, RecursionError) as error:
        msg = f"{name}: is not valid JSON ({error})."
        raise PackageError(msg) from None


def _depth(text: str) -> int:
    """Deepest nesting, counted without recursion; brackets inside strings do not count."""
    depth = deepest = 0
    inside = escaped = False
    for character in text:
        if inside:
            if escaped:
                escaped = False
            elif character == "\\":
                escaped = True
            elif character == '"':
                inside = False
        elif character == '"':
            inside = True
        elif character in _OPENING:
            depth += 1
            deepest = max(deepest, depth)
        elif character in _CLOSING:
            depth -= 1
    return deepest
