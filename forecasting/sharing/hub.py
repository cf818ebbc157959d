"""The forecast in the model-output layout of the hubverse, with the configuration of its hub.

References
----------
Consortium of Infectious Disease Modeling Hubs, hubverse documentation, schema version 6.0.0,
https://docs.hubverse.io
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from forecasting.sharing.figures import ALL_CAUSES, QUANTILE_LEVELS, Figures
from forecasting.sharing.limits import PackageError
from forecasting.sharing.strict_json import json_bytes

if TYPE_CHECKING:
    from collections.abc import Mapping

SCHEMA: Final = "https://raw.githubusercontent.com/hubverse-org/schemas/main/v6.0.0"
COLUMNS: Final = (
    "reference_date",
    "target",
    "horizon",
    "target_end_date",
    "location",
    "cause",
    "output_type",
    "output_type_id",
    "value",
)
_SLUG: Final = re.compile(r"[^a-z0-9]+")
_LONGEST_PART: Final = 16
_TEAM: Final = "safepassage"
_UNITS_OF_TIME: Final = {"day": "day", "week": "week", "month": "month"}


def model_id_of(model: str) -> str:
    """Name a model as a hub does: team and model, each of at most 16 characters.

    Examples
    --------
    >>> model_id_of("adaptive pool")
    'safepassage-adaptive_pool'

    """
    slug = _SLUG.sub("_", model.lower()).strip("_")[:_LONGEST_PART].strip("_") or "model"
    return f"{_TEAM}-{slug}"


def output_name(provenance: Mapping[str, Any], ending: str) -> str:
    """Path of the table in the package."""
    forecast = provenance["forecast"]
    model = forecast["model_id"]
    return f"model-output/{model}/{forecast['reference_date']}-{model}.{ending}"


def hub_files(figures: Figures, provenance: Mapping[str, Any]) -> dict[str, bytes]:
    """Write the quantile table as CSV and the configuration of the hub.

    Parameters
    ----------
    figures : Figures
    provenance : mapping

    Returns
    -------
    dict of str to bytes

    """
    model = provenance["forecast"]["model_id"]
    team, abbreviation = model.split("-")
    described = {
        "team_name": provenance["issuer"],
        "team_abbr": team,
        "model_name": provenance["forecast"]["model"],
        "model_abbr": abbreviation,
        "model_version": provenance["software"].get("safepassage", ""),
        "license": provenance["licence"]["name"],
        "designated_model": True,
        "methods": provenance["skill"] or "see provenance.json",
    }
    return {
        output_name(provenance, "csv"): _quantile_csv(figures, provenance),
        # JSON is YAML too, so that the file needs no library of its own.
        f"model-metadata/{model}.yml": json_bytes(described),
        "hub-config/admin.json": json_bytes(_admin(provenance)),
        "hub-config/tasks.json": json_bytes(_tasks(figures, provenance)),
        "hub-config/model-metadata-schema.json": json_bytes(_metadata_schema(described)),
    }


def said_of(provenance: Mapping[str, Any], figures: Figures) -> tuple[str, str, list[str]]:
    """Say what a table needs of a package: reference date, target, last day of every period."""
    forecast = provenance["forecast"]
    ends = [str(day) for day in figures.last_days]
    return str(forecast["reference_date"]), str(forecast["target"]), ends


def _quantile_csv(figures: Figures, provenance: Mapping[str, Any]) -> bytes:
    reference, target, ends = said_of(provenance, figures)
    lines = [",".join(COLUMNS)]
    for node, code in enumerate(figures.hierarchy.codes):
        place = csv_cell(code)
        for at, cause in enumerate(figures.shown_causes):
            named = csv_cell(cause)
            for step, end in enumerate(ends):
                head = f"{reference},{target},{step + 1},{end},{place},{named},quantile"
                values = figures.quantiles[node, :, at, step].tolist()
                lines += [
                    f"{head},{level},{value}"
                    for level, value in zip(QUANTILE_LEVELS, values, strict=True)
                ]
    return ("\n".join(lines) + "\n").encode()


def csv_cell(text: str) -> str:
    """Quote a text for CSV where it must be.

    Examples
    --------
    >>> csv_cell("Bay, North"), csv_cell("Bay")
    ('"Bay, North"', 'Bay')

    """
    if any(character in text for character in ',"\n\r') or text != text.strip():
        return '"' + text.replace('"', '""') + '"'
    return text


def _admin(provenance: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "schema_version": f"{SCHEMA}/admin-schema.json",
        "name": provenance["title"],
        "maintainer": provenance["issuer"],
        "contact": {"name": provenance["issuer"]},
        "repository": {"owner": provenance["issuer"], "name": provenance["name"]},
        "file_format": ["parquet"] if provenance["parquet"] else ["csv"],
        "timezone": "UTC",
        "model_output_dir": "model-output",
    }


def _tasks(figures: Figures, provenance: Mapping[str, Any]) -> dict[str, Any]:
    reference, target, ends = said_of(provenance, figures)
    forecast = provenance["forecast"]

    def task(causes: list[str], *, samples: bool) -> dict[str, Any]:
        options: dict[str, list[Any]] = {
            "reference_date": [reference],
            "target": [target],
            "horizon": list(range(1, len(ends) + 1)),
            "target_end_date": ends,
            "location": list(figures.hierarchy.codes),
            "cause": causes,
        }
        number = {"type": "double", "minimum": 0}
        output: dict[str, Any] = {
            "quantile": {
                "output_type_id": {"required": list(QUANTILE_LEVELS)},
                "is_required": True,
                "value": number,
            }
        }
        if samples:
            count = len(figures.sample_numbers)
            output["sample"] = {
                "output_type_id_params": {
                    "type": "integer",
                    "min_samples_per_task": count,
                    "max_samples_per_task": count,
                    # Joint over horizon, place and cause: those are not in the set.
                    "compound_taskid_set": ["reference_date", "target"],
                },
                "is_required": False,
                "value": number,
            }
        return {
            "task_ids": {k: {"required": None, "optional": v} for k, v in options.items()},
            "output_type": output,
            "target_metadata": [
                {
                    "target_id": target[:30],
                    "target_name": forecast["long_name"][:100],
                    "target_units": f"persons per {forecast['period']}",
                    "target_keys": {"target": target},
                    "description": "Movements of people, not unique people; see provenance.json.",
                    "target_type": "discrete",
                    "is_step_ahead": True,
                    "time_unit": _UNITS_OF_TIME[forecast["period"]],
                }
            ],
        }

    tasks = [task(list(figures.causes), samples=provenance["parquet"])]
    if len(figures.causes) > 1:
        tasks.append(task([ALL_CAUSES], samples=False))
    return {
        "schema_version": f"{SCHEMA}/tasks-schema.json",
        "rounds": [
            {
                "round_id_from_variable": True,
                "round_id": "reference_date",
                "model_tasks": tasks,
                "submissions_due": {"relative_to": "reference_date", "start": 0, "end": 365},
            }
        ],
        "output_type_id_datatype": "double",
        "derived_task_ids": ["target_end_date"],
    }


def _metadata_schema(described: Mapping[str, Any]) -> dict[str, Any]:
    kinds = {True: "boolean", False: "string"}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Metadata of the model",
        "type": "object",
        "properties": {
            key: {"type": kinds[isinstance(value, bool)]} for key, value in described.items()
        },
        "required": sorted(described),
        "additionalProperties": False,
    }


def check_periods(period: str) -> None:
    """Refuse periods that a hub cannot name.

    Raises
    ------
    PackageError
        For quarters and years.

    """
    if period not in _UNITS_OF_TIME:
        msg = (
            f"the forecast is by {period}; packages are by {', '.join(_UNITS_OF_TIME)}. "
            "Forecast by month and sum the samples."
        )
        raise PackageError(msg)
