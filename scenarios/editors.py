"""What editors need to complete and check scenario files: their JSON Schema, from the contract."""

from __future__ import annotations

import json
import re
from typing import Any, Final

import forecasting as fc
from scenarios.files import list_library
from scenarios.schema import Change, Scenario

SCHEMA_FILE: Final = "safepassage-scenario.schema.json"
"""Name under which the schema is written beside new scenario files."""


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of scenario files, complete and derived.

    Returns
    -------
    dict
        Draft 7, which the YAML extensions of common editors read: keys with their meaning, units
        as patterns, defaults, allowed words, and the names of the library and the data tables.

    Examples
    --------
    >>> schema = json_schema()
    >>> sorted(schema["$defs"]["SiteOption"]["properties"])
    ['assumption', 'others_after', 'site', 'source', 'travel_time']

    """
    made = Scenario.model_json_schema(by_alias=True)
    parts = made.pop("$defs")
    parts["Scenario"] = made
    parts["DerivedScenario"] = _derived(parts["Change"]["properties"])
    _known_names(parts)
    _tables(parts)
    text = json.dumps(parts)
    for old, new in _readable_names(parts).items():
        text = text.replace(f'"{old}"', f'"{new}"').replace(f'/{old}"', f'/{new}"')
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "safepassage scenario, schema 1",
        "type": "object",
        "if": {"required": ["based_on"]},
        "then": {"$ref": "#/$defs/DerivedScenario"},
        "else": {"$ref": "#/$defs/Scenario"},
        "$defs": _tidy(json.loads(text)),
    }


def schema_text() -> str:
    """Return the JSON Schema as the text of a file.

    Returns
    -------
    str

    """
    return json.dumps(json_schema(), indent=1, ensure_ascii=False) + "\n"


def _derived(change: dict[str, Any]) -> dict[str, Any]:
    """Describe a derived file; its changes are applied before the scenario is checked."""

    def form(kind: str, content: str | None) -> dict[str, Any]:
        keys = [key for key in (kind, content, "because") if key]
        written = {"type": ["string", "number"], "minLength": 1}
        free = {"not": {"type": "null"}}
        described = {
            key: {
                **(free if key == content else written),
                "description": change[key]["description"],
            }
            for key in keys
        }
        return {
            "type": "object",
            "properties": described,
            "required": keys,
            "additionalProperties": False,
        }

    own = Scenario.model_json_schema(by_alias=True)["properties"]
    return {
        "type": "object",
        "description": "A scenario that is based on another and lists what differs.",
        "properties": {
            **{key: own[key] for key in ("schema", "name", "title", "question")},
            "based_on": {
                "type": "string",
                "minLength": 1,
                "description": "Scenario that is changed: a name of the library or a file.",
                "examples": list(list_library()),
            },
            "changes": {
                "type": "array",
                "minItems": 1,
                "description": (Change.__doc__ or "").strip(),
                "items": {"oneOf": [form("set", "to"), form("add", "item"), form("remove", None)]},
            },
        },
        "required": ["schema", "name", "title", "question", "based_on", "changes"],
        "additionalProperties": False,
    }


def _known_names(parts: dict[str, Any]) -> None:
    """Offer names that exist, where a file may name others too."""
    tables = [info.name for info in fc.catalog()]
    drivers = [str(name) for name in fc.load_climate_indices().data_vars]
    parts["Forecast"]["properties"]["data"]["examples"] = tables
    parts["Drivers"]["properties"]["data"]["examples"] = ["climate_indices"]
    parts["Drivers"]["properties"]["use"]["items"]["examples"] = drivers


def _tables(parts: dict[str, Any]) -> None:
    """Let every list of blocks stand in a table."""
    text = {"type": "string", "minLength": 1}
    parts["Table"] = {
        "type": "object",
        "description": "Rows of a spreadsheet, one per entry.",
        "properties": {
            "table": {**text, "description": "XLSX or CSV file, beside this one."},
            "sheet": {**text, "description": "Sheet of the workbook; needed if it has several."},
            "source": {"type": ["string", "number"]},
            "assumption": {"type": ["string", "number"]},
        },
        "required": ["table"],
        "additionalProperties": False,
    }
    for name, part in parts.items():
        for key, prop in part.get("properties", {}).items():
            inside = prop.get("items", {}).get("$ref", "")
            kept = ("Change", "Derivation", "DerivedScenario", "Capacity")
            if inside and key != "history" and not any(word in name for word in kept):
                described = {"description": prop.pop("description", "")}
                part["properties"][key] = {
                    **described,
                    "anyOf": [prop, {"$ref": "#/$defs/Table"}],
                }


def _readable_names(parts: dict[str, Any]) -> dict[str, str]:
    """Name the parts for each kind of capacity by how it is counted."""
    found = {}
    for name, part in parts.items():
        kind = re.match(r"scenarios__values__(Capacity|PlannedChange)_", name)
        if kind:
            shown = json.dumps(part)
            counted = re.search(r'"description": "([\w ]+); unit', shown)
            noun = counted.group(1).title().replace(" ", "") if counted else name[-1]
            found[name] = f"{noun}{kind.group(1)}"
    return found


def _tidy(node: Any) -> Any:
    """Leave out generated titles and notes that say nothing to an editor."""
    if isinstance(node, list):
        return [_tidy(item) for item in node]
    if not isinstance(node, dict):
        return node
    dropped = [
        key for key in ("title", "why", "written") if isinstance(node.get(key), (str, type(None)))
    ]
    return {
        key: {name: _tidy(part) for name, part in value.items()}
        if key in {"properties", "$defs"}
        else _tidy(value)
        for key, value in node.items()
        if key not in dropped
    }
