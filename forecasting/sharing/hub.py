"""The forecast in the model-output layout of the hubverse, with the configuration of its hub.

References
----------
Consortium of Infectious Disease Modeling Hubs, hubverse documentation, schema version 6.0.0,
https://docs.hubverse.io
"""

from __future__ import annotations

import re
from io import BytesIO
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from forecasting.sharing.extras import needed
from forecasting.sharing.figures import ALL_CAUSES, QUANTILE_LEVELS, Figures
from forecasting.sharing.limits import PackageError
from forecasting.sharing.strict_json import json_bytes

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

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


def _rows(provenance: Mapping[str, Any], figures: Figures) -> tuple[str, str, list[str]]:
    forecast = provenance["forecast"]
    ends = [str(day) for day in figures.last_days]
    return str(forecast["reference_date"]), str(forecast["target"]), ends


def _quantile_csv(figures: Figures, provenance: Mapping[str, Any]) -> bytes:
    reference, target, ends = _rows(provenance, figures)
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


def _columns(figures: Figures, node: int, *, samples: bool) -> dict[str, Any]:
    """Columns of one place as numpy arrays: cause, horizon, id and value, in that order."""
    causes = figures.causes if samples else figures.shown_causes
    steps = len(figures.first_days)
    if samples:
        ids = figures.sample_numbers.astype(np.float64)
        values = np.moveaxis(figures.samples[node], 0, -1)
    else:
        ids = np.array(QUANTILE_LEVELS)
        values = np.moveaxis(figures.quantiles[node], 0, -1)
    length = values.size
    return {
        "horizon": np.tile(
            np.repeat(np.arange(1, steps + 1, dtype=np.int32), len(ids)), len(causes)
        ),
        "cause": np.repeat(np.arange(len(causes), dtype=np.int32), steps * len(ids)),
        "output_type_id": np.tile(ids, length // len(ids)),
        "value": values.reshape(-1).astype(np.float64),
    }


def _schema() -> Any:
    import pyarrow as pa

    text = pa.dictionary(pa.int32(), pa.string())
    return pa.schema(
        {
            "reference_date": pa.date32(),
            "target": text,
            "horizon": pa.int32(),
            "target_end_date": pa.date32(),
            "location": text,
            "cause": text,
            "output_type": text,
            "output_type_id": pa.float64(),
            "value": pa.float64(),
        }
    )


def parquet_bytes(figures: Figures, provenance: Mapping[str, Any]) -> bytes:
    """Write quantiles and joint samples of all places as Parquet, one row group per place.

    Parameters
    ----------
    figures : Figures
    provenance : mapping

    Returns
    -------
    bytes

    Raises
    ------
    PackageError
        If pyarrow is not installed.

    """
    needed("pyarrow", "Parquet tables", "leave them out (parquet=False, --no-parquet)")
    import pyarrow as pa
    import pyarrow.parquet as pq

    stream = BytesIO()
    schema = _schema()
    with pq.ParquetWriter(
        stream,
        schema,
        compression="zstd",
        use_dictionary=[name for name in COLUMNS if name != "output_type_id"],
        store_schema=False,
    ) as writer:
        for node in range(len(figures.hierarchy.codes)):
            tables = [
                _table(figures, provenance, node, schema, samples=samples)
                for samples in (False, True)
            ]
            writer.write_table(pa.concat_tables(tables).unify_dictionaries())
    return stream.getvalue()


def _table(
    figures: Figures, provenance: Mapping[str, Any], node: int, schema: Any, *, samples: bool
) -> Any:
    import pyarrow as pa

    reference, target, _ = _rows(provenance, figures)
    columns = _columns(figures, node, samples=samples)
    causes = list(figures.causes if samples else figures.shown_causes)
    length = len(columns["value"])

    def same(text: str) -> Any:
        return pa.DictionaryArray.from_arrays(np.zeros(length, np.int32), pa.array([text]))

    day = np.array(reference, "datetime64[D]")
    return pa.table(
        {
            "reference_date": pa.array(np.full(length, day)),
            "target": same(target),
            "horizon": pa.array(columns["horizon"]),
            "target_end_date": pa.array(figures.last_days[columns["horizon"] - 1]),
            "location": same(figures.hierarchy.codes[node]),
            "cause": pa.DictionaryArray.from_arrays(columns["cause"], pa.array(causes)),
            "output_type": same("sample" if samples else "quantile"),
            "output_type_id": pa.array(columns["output_type_id"]),
            "value": pa.array(columns["value"]),
        },
        schema=schema,
    )


def parquet_problem(
    content: bytes, figures: Figures, provenance: Mapping[str, Any], name: str
) -> str:
    """Say where a Parquet table differs from the sums of the samples, or nothing.

    Types, rows and unpacked size are looked at before anything is read.

    Parameters
    ----------
    content : bytes
    figures : Figures
        Made from the samples.
    provenance : mapping
    name : str
        What messages call the table.

    Returns
    -------
    str

    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        file = pq.ParquetFile(BytesIO(content))
        group = figures.samples[0].size + figures.quantiles[0].size
        nodes = len(figures.hierarchy.codes)
        schema = file.schema_arrow
        plain = {field.name: _plain_type(field.type) for field in schema}
        wanted = {field.name: _plain_type(field.type) for field in _schema()}
        if list(plain.items()) != list(wanted.items()):
            return f"{name}: has the columns {plain}; a package has {wanted}."
        meta = file.metadata
        if meta.num_rows != group * nodes or meta.num_row_groups != nodes:
            return (
                f"{name}: has {meta.num_rows:,} rows in {meta.num_row_groups} groups; the samples "
                f"make {group * nodes:,} rows in {nodes} groups."
            )
        for node, code in enumerate(figures.hierarchy.codes):
            if meta.row_group(node).num_rows != group:
                return f"{name}: {code} has {meta.row_group(node).num_rows:,} rows, not {group:,}."
            # A plain row takes less than 128 bytes; more is a bomb.
            if meta.row_group(node).total_byte_size > group * 128 + 65_536:
                return f"{name}: {code} unpacks to too many bytes."
            given = file.read_row_group(node)
            right = pa.concat_tables(
                [
                    _table(figures, provenance, node, _schema(), samples=samples)
                    for samples in (False, True)
                ]
            )
            wrong = _first_difference(given, right)
            if wrong:
                return f"{name}: {code}, {wrong}"
    except (pa.ArrowException, OSError, ValueError, MemoryError) as error:
        return f"{name}: is damaged or no Parquet file ({type(error).__name__})."
    return ""


def _plain_type(kind: Any) -> str:
    import pyarrow as pa

    return str(kind.value_type if pa.types.is_dictionary(kind) else kind)


def _first_difference(given: Any, right: Any) -> str:
    for column in COLUMNS:
        ours, theirs = _values(right[column]), _values(given[column])
        same = ours == theirs
        if not bool(np.all(same)):
            row = int(np.argmin(same))
            where = {k: right[k][row].as_py() for k in ("cause", "target_end_date", "output_type")}
            return (
                f"{where['cause']}, {where['target_end_date']}, {where['output_type']} "
                f"{right['output_type_id'][row].as_py():g}: {column} is {theirs[row]}; the samples "
                f"sum to {ours[row]}."
            )
    return ""


def _values(column: Any) -> npt.NDArray[Any]:
    import pyarrow as pa

    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if pa.types.is_string(column.type):
        encoded = column.combine_chunks().dictionary_encode()
        words = np.array([str(word) for word in encoded.dictionary.to_pylist()], dtype=object)
        if encoded.null_count:
            msg = "a cell is empty"
            raise ValueError(msg)
        return np.asarray(words[encoded.indices.to_numpy()])
    if column.null_count:
        msg = "a cell is empty"
        raise ValueError(msg)
    return np.asarray(column.to_numpy())


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
    reference, target, ends = _rows(provenance, figures)
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
