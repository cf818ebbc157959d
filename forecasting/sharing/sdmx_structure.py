"""What the columns of the SDMX-CSV mean, as a structure message of SDMX-ML 3.0.

Code lists, concepts, data structure and dataflow are those of one package and travel with it, so
that a statistical office reads the table by its own tools though no registry holds them. What
depends on the places and causes of a package is named by a hash of them: the same name is always
the same list.

Identifiers of SDMX have letters, digits and ``@ $ _ -`` only. Where every place, or every cause,
has such a code, it is coded by a list; otherwise it is text, and ``units.csv`` has the names of
places.

References
----------
SDMX Technical Working Group, SDMX-ML 3.0 schemas, https://github.com/sdmx-twg/sdmx-ml
SDMX, cross-domain code lists CL_FREQ, CL_OBS_STATUS, CL_CONF_STATUS, https://sdmx.org
"""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from xml.sax.saxutils import escape, quoteattr

from forecasting.sharing.figures import ALL_CAUSES, QUANTILE_LEVELS
from forecasting.sharing.layout import SDMX_COLUMNS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from forecasting.sharing.figures import Figures

STRUCTURE: Final = "sdmx/structure.xml"
AGENCY: Final = "SAFEPASSAGE"
_VERSION: Final = "1.0.0"
_NAMESPACES: Final = "http://www.sdmx.org/resources/sdmxml/schemas/v3_0"
_URN: Final = "urn:sdmx:org.sdmx.infomodel"
_IDENTIFIER: Final = re.compile(r"[A-Za-z0-9_@$-]+")
_CONCEPTS: Final = "CS_FORECAST"
_TITLE: Final = "Quantiles of a forecast of displacement"
_ATTRIBUTES: Final = ("UNIT_MEASURE", "OBS_STATUS", "CONF_STATUS")


class _Code(NamedTuple):
    name: str
    meaning: str
    parent: str = ""


_LISTS: Final = {
    "FREQ": (_Code("D", "Daily"), _Code("M", "Monthly"), _Code("W", "Weekly")),
    "UNIT_MEASURE": (_Code("PS", "Persons"),),
    "OBS_STATUS": (_Code("F", "Forecast value"),),
    "CONF_STATUS": (_Code("F", "Free"), _Code("N", "Not for publication")),
}
"""The unit, and codes of CL_FREQ, CL_OBS_STATUS and CL_CONF_STATUS of SDMX that packages have."""

_NAMES: Final = {
    "FREQ": "Frequency",
    "REF_AREA": "Reference area",
    "CAUSE": "Cause of displacement",
    "QUANTILE": "Level of the quantile",
    "TIME_PERIOD": "Time period",
    "OBS_VALUE": "Observation value",
    "UNIT_MEASURE": "Unit of measure",
    "OBS_STATUS": "Observation status",
    "CONF_STATUS": "Confidentiality status",
}
"""Of the columns, for people."""


def structure_id(figures: Figures) -> str:
    """Name of the data structure in the table: agency, identifier and version.

    Parameters
    ----------
    figures : Figures

    Returns
    -------
    str
        Such as ``SAFEPASSAGE:FORECAST_QUANTILES_0A1B2C3D(1.0.0)``, by the places and causes.

    """
    return f"{AGENCY}:FORECAST_QUANTILES_{_mark(figures)}({_VERSION})"


def structure_bytes(figures: Figures, provenance: Mapping[str, Any]) -> bytes:
    """Write code lists, concepts, data structure and dataflow.

    Parameters
    ----------
    figures : Figures
    provenance : mapping
        Name, title and day of issue go into the head of the message.

    Returns
    -------
    bytes

    """
    lists = _lists_of(figures)
    mark = _mark(figures)
    own = f"FORECAST_QUANTILES_{mark}"
    names = {key: f"CL_{key}_{mark}" if key not in _LISTS else f"CL_{key}" for key in lists}
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<mes:Structure xmlns:mes="{_NAMESPACES}/message" xmlns:str="{_NAMESPACES}/structure" '
        f'xmlns:com="{_NAMESPACES}/common">',
        "<mes:Header>",
        f"<mes:ID>{AGENCY}-{mark}</mes:ID>",
        "<mes:Test>false</mes:Test>",
        f"<mes:Prepared>{provenance['issued']}T00:00:00Z</mes:Prepared>",
        f'<mes:Sender id="{AGENCY}"/>',
        f'<com:Name xml:lang="en">{escape(provenance["title"])}</com:Name>',
        "</mes:Header>",
        "<mes:Structures>",
        "<str:Codelists>",
        *(line for key, codes in lists.items() for line in _code_list(names[key], key, codes)),
        "</str:Codelists>",
        "<str:ConceptSchemes>",
        _open("ConceptScheme", _CONCEPTS, "Columns of a forecast"),
        *(
            f'<str:Concept id="{column.name}">{_name(_NAMES[column.name])}'
            f'<com:Description xml:lang="en">{escape(_plain(column.meaning))}</com:Description>'
            "</str:Concept>"
            for column in SDMX_COLUMNS[3:]
        ),
        "</str:ConceptScheme>",
        "</str:ConceptSchemes>",
        "<str:Dataflows>",
        _open("Dataflow", own, _TITLE),
        f"<str:Structure>{_URN}.datastructure.DataStructure={AGENCY}:{own}({_VERSION})"
        "</str:Structure>",
        "</str:Dataflow>",
        "</str:Dataflows>",
        "<str:DataStructures>",
        _open("DataStructure", own, _TITLE),
        "<str:DataStructureComponents>",
        *_components(names),
        "</str:DataStructureComponents>",
        "</str:DataStructure>",
        "</str:DataStructures>",
        "</mes:Structures>",
        "</mes:Structure>",
    ]
    return ("\n".join(lines) + "\n").encode()


def _lists_of(figures: Figures) -> dict[str, tuple[_Code, ...]]:
    """Code lists by the column that they are for."""
    tree = figures.hierarchy
    known = set(tree.codes)
    areas = tuple(
        _Code(code, name, parent if parent in known else "")
        for code, name, parent in zip(tree.codes, tree.names, tree.parents, strict=True)
    )
    causes = tuple(
        _Code(cause, "All causes together" if cause == ALL_CAUSES else cause)
        for cause in figures.shown_causes
    )
    own = {"REF_AREA": areas, "CAUSE": causes}
    return {
        **_LISTS,
        **{
            key: codes
            for key, codes in own.items()
            if all(_IDENTIFIER.fullmatch(code.name) for code in codes)
        },
    }


def _mark(figures: Figures) -> str:
    """Hash of all that is not the same in every package."""
    text = repr((QUANTILE_LEVELS, *(_lists_of(figures).get(k) for k in ("REF_AREA", "CAUSE"))))
    return hashlib.sha256(text.encode()).hexdigest()[:8].upper()


def _open(kind: str, name: str, title: str) -> str:
    return f'<str:{kind} id="{name}" agencyID="{AGENCY}" version="{_VERSION}">{_name(title)}'


def _name(text: str) -> str:
    return f'<com:Name xml:lang="en">{escape(text)}</com:Name>'


def _plain(text: str) -> str:
    return text.replace("`", "")


def _code_list(name: str, key: str, codes: Sequence[_Code]) -> list[str]:
    return [
        _open("Codelist", name, _NAMES[key]),
        *(
            f"<str:Code id={quoteattr(code.name)}>{_name(code.meaning)}"
            + (f"<str:Parent>{code.parent}</str:Parent>" if code.parent else "")
            + "</str:Code>"
            for code in codes
        ),
        "</str:Codelist>",
    ]


def _components(names: Mapping[str, str]) -> list[str]:
    dimensions = [column.name for column in SDMX_COLUMNS[3:7]]
    return [
        '<str:DimensionList id="DimensionDescriptor">',
        *(
            f'<str:Dimension id="{key}" position="{at}">{_concept(key)}'
            f"<str:LocalRepresentation>{_values(key, names)}</str:LocalRepresentation>"
            "</str:Dimension>"
            for at, key in enumerate(dimensions, start=1)
        ),
        f'<str:TimeDimension id="TIME_PERIOD">{_concept("TIME_PERIOD")}<str:LocalRepresentation>'
        '<str:TextFormat textType="ObservationalTimePeriod"/></str:LocalRepresentation>'
        "</str:TimeDimension>",
        "</str:DimensionList>",
        '<str:AttributeList id="AttributeDescriptor">',
        *(
            f'<str:Attribute id="{key}" usage="mandatory">{_concept(key)}'
            f"<str:LocalRepresentation>{_values(key, names)}</str:LocalRepresentation>"
            "<str:AttributeRelationship><str:Observation/></str:AttributeRelationship>"
            "</str:Attribute>"
            for key in _ATTRIBUTES
        ),
        "</str:AttributeList>",
        '<str:MeasureList id="MeasureDescriptor">',
        f'<str:Measure id="OBS_VALUE" usage="mandatory">{_concept("OBS_VALUE")}'
        '<str:LocalRepresentation><str:TextFormat textType="Integer" minValue="0"/>'
        "</str:LocalRepresentation></str:Measure>",
        "</str:MeasureList>",
    ]


def _concept(key: str) -> str:
    scheme = f"{AGENCY}:{_CONCEPTS}({_VERSION})"
    return f"<str:ConceptIdentity>{_URN}.conceptscheme.Concept={scheme}.{key}</str:ConceptIdentity>"


def _values(key: str, names: Mapping[str, str]) -> str:
    if key in names:
        listed = f"{_URN}.codelist.Codelist={AGENCY}:{names[key]}({_VERSION})"
        return f"<str:Enumeration>{listed}</str:Enumeration>"
    if key == "QUANTILE":
        return '<str:TextFormat textType="Decimal" minValue="0" maxValue="1"/>'
    return '<str:TextFormat textType="String"/>'
