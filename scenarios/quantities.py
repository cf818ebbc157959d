"""How text of scenario files becomes a number or a date: markers that pydantic reads through."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

from scenarios.units import DIMENSIONS, read_quantity

PROVENANCE: Final = ("source", "assumption")
"""Keys that say what a number rests on, in a block of its own or around several numbers."""


@dataclass(frozen=True, slots=True)
class Quantity:
    """Marks a number of a scenario file and reads it.

    Parameters
    ----------
    dimension : str
        A key of :data:`scenarios.units.DIMENSIONS`.
    above_zero : bool
    word : str or None
        A word that stands for infinity, such as ``never``.

    """

    dimension: str
    above_zero: bool = False
    word: str | None = None

    def read(self, given: Any) -> Any:
        """Read text, or a block with ``value`` and what it rests on."""
        text = _value_of(given)
        if text is None:
            return None
        if self.word is not None and text == self.word:
            return math.inf
        try:
            value = read_quantity(text, self.dimension)
        except ValueError as error:
            if self.word is None:
                raise
            msg = f"{error} '{self.word}' is allowed too."
            raise ValueError(msg) from None
        if self.above_zero and value <= 0:
            msg = f"{text!r} must be above zero."
            raise ValueError(msg)
        return int(value) if DIMENSIONS[self.dimension].whole else value

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        """Let pydantic read through :meth:`read`."""
        return core_schema.no_info_before_validator_function(self.read, handler(source))

    def __get_pydantic_json_schema__(self, _schema: CoreSchema, _handler: Any) -> dict[str, Any]:
        """Describe the text form and the block form."""
        return self.described()

    def described(self) -> dict[str, Any]:
        """Return the JSON Schema of the text form and the block form."""
        kind = DIMENSIONS[self.dimension]
        unit = f"unit: {', '.join(kind.allowed)}" if kind.allowed else "plain number"
        pattern = kind.pattern(above_zero=self.above_zero)
        text: dict[str, Any] = {
            "type": "string" if kind.allowed else ["string", "number"],
            "description": f"{kind.name}; {unit}",
            "examples": [kind.example],
            "pattern": f"{pattern}|^{self.word}$" if self.word else pattern,
        }
        if not kind.allowed:
            text["exclusiveMinimum" if self.above_zero else "minimum"] = 0
        return _plain_or_block(text)


def _value_of(given: Any) -> str | None:
    """Return the text of a number written plainly or as a block."""
    if isinstance(given, Mapping):
        allowed = ("value", *PROVENANCE)
        wrong = [str(key) for key in given if key not in allowed]
        if wrong or not isinstance(given.get("value"), str):
            found = f"not {', '.join(wrong)}" if wrong else "and 'value' is needed"
            msg = f"a number with its source has the keys {', '.join(allowed)}; {found}."
            raise ValueError(msg)
        return str(given["value"])
    if given is None:
        return None
    if isinstance(given, (str, int, float)) and not isinstance(given, bool):
        return str(given)
    msg = "must be one quantity such as '25 min', not a list."
    raise ValueError(msg)


def _plain_or_block(text: dict[str, Any]) -> dict[str, Any]:
    """Describe text, alone or in a block with what it rests on."""
    block = {
        "type": "object",
        "properties": {"value": text, "source": REASON, "assumption": REASON},
        "required": ["value"],
        "additionalProperties": False,
    }
    return {"anyOf": [text, block]}


REASON: Final = {"type": ["string", "number"]}
"""JSON Schema of free text; a year alone is a number to an editor."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads text that is neither a quantity nor a name: dates, clock times, yes and no.

    What ``counts`` needs a source like a number does; ``form`` is its JSON Schema.
    """

    read: Callable[[str], Any]
    example: str
    form: Mapping[str, Any] = field(compare=False)
    counts: bool = False

    def _read(self, given: Any) -> Any:
        given = _value_of(given) if isinstance(given, Mapping) else given
        if not isinstance(given, str):
            msg = f"must be written as text, such as {self.example!r}."
            raise ValueError(msg)  # noqa: TRY004 - pydantic lists value errors only
        return self.read(given)

    def __get_pydantic_core_schema__(
        self, _source: Any, _handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        """Let pydantic read through the function."""
        return core_schema.no_info_before_validator_function(self._read, core_schema.any_schema())

    def __get_pydantic_json_schema__(self, _schema: CoreSchema, _handler: Any) -> dict[str, Any]:
        """Describe the text form and the block form."""
        return _plain_or_block({"examples": [self.example], **self.form})
