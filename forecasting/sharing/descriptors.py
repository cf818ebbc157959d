"""The descriptions machines read: Frictionless Data Package and RO-Crate; read-me and licence.

References
----------
Data Package Standard, version 2, https://datapackage.org
RO-Crate Metadata Specification 1.2, https://www.researchobject.org/ro-crate/specification/1.2/
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from forecasting.sharing.checksums import sha256
from forecasting.sharing.figures import ALL_CAUSES
from forecasting.sharing.layout import (
    FILES,
    HUB_COLUMNS,
    LICENCES,
    PERIOD_COLUMNS,
    SDMX_COLUMNS,
    UNIT_COLUMNS,
    Column,
    File,
    place_columns,
    quantile_columns,
)
from forecasting.sharing.strict_json import json_bytes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from forecasting.sharing.figures import Figures
    from forecasting.sharing.tables import Place

DATA_PACKAGE: Final = "datapackage.json"
RO_CRATE: Final = "ro-crate-metadata.json"
_CRATE: Final = "https://w3id.org/ro/crate/1.2"


def readme_bytes(provenance: Mapping[str, Any], figures: Figures) -> bytes:
    """Write what the package is in plain words."""
    return ("\n".join(readme_lines(provenance, figures)) + "\n").encode()


def readme_lines(provenance: Mapping[str, Any], figures: Figures) -> list[str]:
    """Lines of the read-me, which the workbook shows too."""
    forecast, unit, whole = provenance["forecast"], provenance["unit"], provenance["whole"]
    disclosure = provenance["disclosure"]
    cut = f"This is a slice of the package {whole['package'][:16]}." if whole else ""
    lines = [
        provenance["title"],
        "",
        f"Issued by {provenance['issuer']} on {provenance['issued']}, version "
        f"{provenance['version']}.",
        f"For: {provenance['recipient'] or 'everyone'}. Purpose: {provenance['purpose']}.",
        f"Place: {unit['name']} ({unit['code']}), with {unit['lowest']} lowest places at levels "
        f"{', '.join(map(str, unit['levels']))}.",
        f"Periods: {forecast['periods']}, by {forecast['period']}, from {figures.first_days[0]} to "
        f"{figures.last_days[-1]}. What was known before {forecast['reference_date']} was used.",
        f"Unit of all counts: persons per {forecast['period']}: {forecast['long_name']}. These are "
        "movements, not unique people.",
        f"{forecast['samples']} possible futures by the {forecast['model']} (a "
        f"{forecast['kind']}, seed {forecast['seed']}).",
        f"Protection of small counts: policy {disclosure.get('policy', 'not stated')}.",
        f"How good such forecasts were before: {provenance['skill'] or 'not stated'}.",
        f"Terms of use: {provenance['licence']['title']}. Credit: {forecast['credit']}.",
        cut,
        "",
        "How to read the numbers",
        "- The median is exceeded in half of the futures; 95 % in one of twenty.",
        "- Quantiles do not add up: the sum of the medians of districts is not the median of the "
        "region. Use the table of the level you plan for, or add sample by sample.",
        "- Sample k is the same future k at every level: samples add up exactly.",
        f"- '{ALL_CAUSES}' is the sum over causes.",
        "",
        "Purpose of use: protection and assistance by need. These are figures about groups of "
        "people in an area and must not be used against anybody.",
    ]
    return [line for line in lines if line != cut or cut]


def licence_bytes(provenance: Mapping[str, Any]) -> bytes:
    """Write the terms of use."""
    title, address, summary = LICENCES[provenance["licence"]["name"]]
    credit = "\n".join(f"- {source['credit']}" for source in provenance["sources"])
    return (
        f"{title}\n{address}\n\n{summary}\nThe full text at the address above is binding.\n\n"
        f"Issuer: {provenance['issuer']}\nData:\n{credit}\n"
    ).encode()


def kind_of(path: str, provenance: Mapping[str, Any]) -> File:
    """Find the description of a file in the list of files of a package."""
    forecast = provenance["forecast"]
    for kind in FILES:
        pattern = kind.path.replace("{model_id}", forecast["model_id"])
        pattern = pattern.replace("{reference_date}", forecast["reference_date"])
        before, _, after = pattern.partition("{level}")
        if path == pattern or ("{level}" in pattern and path.startswith(before) and
                               path.endswith(after)):  # fmt: skip
            return kind
    msg = f"{path} is not in the list of files"
    raise KeyError(msg)


def data_package_bytes(
    files: Mapping[str, bytes],
    provenance: Mapping[str, Any],
    figures: Figures,
    above: Sequence[Place],
) -> bytes:
    """Describe every file, and the columns of every CSV, as a Frictionless Data Package.

    Parameters
    ----------
    files : mapping of str to bytes
        All files but this one, the RO-Crate and the checksums.
    provenance : mapping
    figures : Figures
    above : sequence of Place

    Returns
    -------
    bytes

    """
    return json_bytes(
        {
            "$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
            "name": provenance["name"].lower(),
            "title": provenance["title"],
            "description": "Joint samples and quantiles of displacement; see README.txt.",
            "version": f"{provenance['version']}.0.0",
            "created": f"{provenance['issued']}T00:00:00Z",
            "licenses": [provenance["licence"]],
            "sources": [{"title": source["credit"]} for source in provenance["sources"]],
            "contributors": [{"title": provenance["issuer"], "roles": ["creator"]}],
            "keywords": ["displacement", "forecast", "humanitarian"],
            "resources": [
                _resource(name, content, provenance, figures, above)
                for name, content in files.items()
            ],
        }
    )


def _resource(
    name: str,
    content: bytes,
    provenance: Mapping[str, Any],
    figures: Figures,
    above: Sequence[Place],
) -> dict[str, Any]:
    kind = kind_of(name, provenance)
    ending = name.rpartition(".")[2]
    resource: dict[str, Any] = {
        "name": name.replace("/", ".").lower(),
        "title": kind.title,
        "description": kind.meaning,
        "path": name,
        "format": ending,
        "mediatype": kind.media_type,
        "bytes": len(content),
        "hash": f"sha256:{sha256(content)}",
    }
    if ending != "csv":
        # So that no reader takes a text for a table.
        return {**resource, "type": "file"}
    resource |= {"type": "table", "encoding": "utf-8"}
    if name == "units.csv":
        fields = [_field(column) for column in UNIT_COLUMNS]
        fields[-1] |= {"trueValues": ["yes"], "falseValues": ["no"]}
        schema: dict[str, Any] = {"fields": fields, "primaryKey": ["code"]}
    elif name.startswith("hxl/"):
        level = int(name.removeprefix("hxl/admin").removesuffix(".csv"))
        levels = [*(place.admin_level for place in above), *figures.hierarchy.levels]
        shown = tuple(dict.fromkeys(one for one in levels if one <= level))
        columns = (*place_columns(shown), *PERIOD_COLUMNS, *quantile_columns())
        # The second row holds the HXL tags; it is no data.
        resource["dialect"] = {"headerRows": [1], "commentRows": [2]}
        schema = {"fields": [{**_field(one.column), "rdfType": one.tag} for one in columns]}
        for described in schema["fields"]:
            described["description"] += f" (HXL {described.pop('rdfType')})"
    else:
        columns_there = SDMX_COLUMNS if name.startswith("sdmx/") else HUB_COLUMNS
        fields = [_field(column) for column in columns_there]
        counts = next(one for one in fields if one["name"] in ("value", "OBS_VALUE"))
        counts["constraints"] = {"minimum": 0}
        schema = {"fields": fields}
    return {**resource, "schema": schema}


def _field(column: Column) -> dict[str, Any]:
    meaning = f"{column.meaning}, {column.unit}" if column.unit else column.meaning
    return {"name": column.name, "type": column.kind, "description": meaning}


def ro_crate_bytes(files: Mapping[str, bytes], provenance: Mapping[str, Any]) -> bytes:
    """Describe the package for archives as an RO-Crate.

    Parameters
    ----------
    files : mapping of str to bytes
        All files but this one and the checksums.
    provenance : mapping

    Returns
    -------
    bytes

    """
    forecast, whole = provenance["forecast"], provenance["whole"]
    version = provenance["software"].get("safepassage", "unknown")
    address = provenance["licence"]["path"]
    entities: list[dict[str, Any]] = [
        {
            "@id": RO_CRATE,
            "@type": "CreativeWork",
            "about": {"@id": "./"},
            "conformsTo": {"@id": _CRATE},
        },
        {
            "@id": "./",
            "@type": "Dataset",
            "name": provenance["title"],
            "description": f"Forecast package; purpose: {provenance['purpose']}",
            "datePublished": provenance["issued"],
            "version": str(provenance["version"]),
            "license": {"@id": address},
            "publisher": {"@id": "#issuer"},
            "temporalCoverage": f"{forecast['first_day']}/P{forecast['periods']}"
            f"{forecast['period'][0].upper()}",
            "spatialCoverage": {"@id": "#place"},
            "hasPart": [{"@id": name} for name in files],
            "mentions": {"@id": "#forecast"},
            **({"isPartOf": {"@id": f"urn:sha256:{whole['package']}"}} if whole else {}),
        },
        {"@id": "#issuer", "@type": "Organization", "name": provenance["issuer"]},
        {
            "@id": "#place",
            "@type": "AdministrativeArea",
            "name": provenance["unit"]["name"],
            "identifier": provenance["unit"]["code"],
        },
        {
            "@id": address,
            "@type": "CreativeWork",
            "name": provenance["licence"]["title"],
            "identifier": provenance["licence"]["name"],
        },
        {
            "@id": "#software",
            "@type": "SoftwareApplication",
            "name": "safepassage",
            "version": version,
        },
        {
            "@id": "#forecast",
            "@type": "CreateAction",
            "name": f"{forecast['kind']} by the {forecast['model']}, seed {forecast['seed']}",
            "instrument": {"@id": "#software"},
            "agent": {"@id": "#issuer"},
            "object": [{"@id": f"#source-{n}"} for n, _ in enumerate(provenance["sources"], 1)],
            "result": {"@id": "samples.nc"},
        },
        *(
            {
                "@id": f"#source-{number}",
                "@type": "CreativeWork",
                "name": source["name"],
                "creditText": source["credit"],
            }
            for number, source in enumerate(provenance["sources"], start=1)
        ),
    ]
    if whole:
        entities.append(
            {
                "@id": f"urn:sha256:{whole['package']}",
                "@type": "CreativeWork",
                "name": whole["provenance"]["title"],
            }
        )
    for name, content in files.items():
        kind = kind_of(name, provenance)
        entities.append(
            {
                "@id": name,
                "@type": "File",
                "name": kind.title,
                "description": kind.meaning,
                "encodingFormat": kind.media_type,
                "contentSize": str(len(content)),
                "sha256": sha256(content),
            }
        )
    return json_bytes({"@context": f"{_CRATE}/context", "@graph": entities})
