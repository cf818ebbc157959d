"""Every file and column of a package: one list for the writer, the descriptors and the manual."""

from __future__ import annotations

from typing import Final, NamedTuple

from forecasting.sharing.figures import QUANTILE_LEVELS

FORMAT: Final = "safepassage forecast package"
FORMAT_VERSION: Final = 1
"""Raised when the same samples would give other files; readers refuse what they cannot check."""


class Column(NamedTuple):
    """A column of a table.

    Parameters
    ----------
    name : str
    kind : str
        Type in the words of a Frictionless table schema.
    unit : str
        Empty where there is none.
    meaning : str

    """

    name: str
    kind: str
    unit: str
    meaning: str


class File(NamedTuple):
    """A file of a package.

    Parameters
    ----------
    path : str
        With parts in braces that depend on the forecast.
    title, media_type, meaning : str

    """

    path: str
    title: str
    media_type: str
    meaning: str


FILES: Final = (
    File("README.txt", "Read this first", "text/plain", "What the package is, in plain words."),
    File("samples.nc", "Joint samples", "application/netcdf",
         "Whole numbers of persons for every sample, lowest place, cause and period (CF NetCDF)."),
    File("units.csv", "Places", "text/csv", "Places of the package and those above it."),
    File("hxl/admin{level}.csv", "Quantiles by place, HXL", "text/csv",
         "For spreadsheets: one file per level, so that no sum counts anybody twice."),
    File("forecast.xlsx", "Workbook",
         "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
         "Read-me, places, quantiles by level and month, and of the sum over all months."),
    File("sdmx/quantiles.csv", "Quantiles, SDMX-CSV", "application/vnd.sdmx.data+csv",
         "Optional: quantiles of all places as SDMX-CSV 2.0, by a data structure of our own."),
    File("sdmx/structure.xml", "Structure, SDMX-ML", "application/vnd.sdmx.structure+xml",
         "With it: that data structure with code lists, concepts and dataflow (SDMX-ML 3.0)."),
    File("model-output/{model_id}/{reference_date}-{model_id}.csv", "Quantiles, hubverse",
         "text/csv", "Quantiles of all places in the model-output layout."),
    File("model-output/{model_id}/{reference_date}-{model_id}.parquet", "Samples, hubverse",
         "application/vnd.apache.parquet", "Quantiles and joint samples of all places."),
    File("model-metadata/{model_id}.yml", "Model", "application/yaml", "Who made the forecast."),
    File("hub-config/admin.json", "Hub", "application/json", "Settings of the hub."),
    File("hub-config/tasks.json", "Tasks", "application/json",
         "What is forecast; says that samples are joint over place, cause and horizon."),
    File("hub-config/model-metadata-schema.json", "Schema of the model", "application/json",
         "Keys of the model metadata."),
    File("provenance.json", "Provenance", "application/json",
         "Who, when, why, for whom; data, code, model, seed, protection, skill, and the package it "
         "was cut from."),
    File("LICENSE.txt", "Licence", "text/plain", "Terms of use."),
    File("datapackage.json", "Data Package", "application/json",
         "Frictionless description of every table."),
    File("ro-crate-metadata.json", "RO-Crate", "application/ld+json", "Description for archives."),
    File("checksums.txt", "Checksums", "text/plain", "SHA-256 of every other file."),
    File("checksums.txt.minisig", "Signature", "text/plain",
         "Optional Ed25519 signature of the checksums (minisign)."),
)  # fmt: skip
"""Files of a package in the order of the manual."""

UNIT_COLUMNS: Final = (
    Column("code", "string", "", "Code of the place"),
    Column("name", "string", "", "Name of the place"),
    Column("admin_level", "integer", "", "0 country, 1 region, 2 district"),
    Column("parent", "string", "", "Code of the place that holds it; empty for the country"),
    Column("held", "boolean", "", "Whether this package holds its forecast; others are above it"),
)

HUB_COLUMNS: Final = (
    Column("reference_date", "date", "", "First day that was not known to the forecast"),
    Column("target", "string", "", "What is counted"),
    Column("horizon", "integer", "periods", "Periods ahead, from 1"),
    Column("target_end_date", "date", "", "Last day of the period"),
    Column("location", "string", "", "Code of the place"),
    Column("cause", "string", "", "Cause of displacement; `all` is their sum"),
    Column("output_type", "string", "", "`quantile`, or `sample` in the Parquet file"),
    Column("output_type_id", "number", "",
           "Level of the quantile, or number of the sample: the same number is the same joint "
           "sample in every row"),
    Column("value", "number", "persons per period", "Whole number of persons"),
)  # fmt: skip

SDMX_COLUMNS: Final = (
    Column("STRUCTURE", "string", "", "Always `datastructure`"),
    Column("STRUCTURE_ID", "string", "",
           "Data structure of safepassage, in `sdmx/structure.xml` and in no registry"),
    Column("ACTION", "string", "", "Always `I`: information"),
    Column("FREQ", "string", "", "CL_FREQ: `D` day, `W` week, `M` month"),
    Column("REF_AREA", "string", "", "Code of the place as in `units.csv`, such as a P-code"),
    Column("CAUSE", "string", "", "Cause of displacement; `all` is their sum"),
    Column("QUANTILE", "number", "", "Level of the quantile"),
    Column("TIME_PERIOD", "string", "", "Month, day, or first day and length of a week"),
    Column("OBS_VALUE", "integer", "persons per period", "Whole number of persons"),
    Column("UNIT_MEASURE", "string", "", "Always `PS`: persons"),
    Column("OBS_STATUS", "string", "", "CL_OBS_STATUS, always `F`: forecast value. Small counts "
           "are rounded or given noise before, so that no cell is missing or suppressed"),
    Column("CONF_STATUS", "string", "",
           "CL_CONF_STATUS: `F` free, `N` not for publication where a recipient is named"),
)  # fmt: skip


class HxlColumn(NamedTuple):
    """A column of a table for spreadsheets: header and HXL tag."""

    column: Column
    tag: str


def place_columns(levels: tuple[int, ...]) -> tuple[HxlColumn, ...]:
    """Columns that say where, from the country down to the level of a table."""
    return tuple(
        column
        for level in levels
        for column in (
            HxlColumn(Column(f"Admin {level} code", "string", "", "Code of the place"),
                      f"#adm{level}+code"),
            HxlColumn(Column(f"Admin {level} name", "string", "", "Name of the place"),
                      f"#adm{level}+name"),
        )
    )  # fmt: skip


PERIOD_COLUMNS: Final = (
    HxlColumn(Column("First day", "date", "", "First day of the period"), "#date+start"),
    HxlColumn(Column("Last day", "date", "", "Last day of the period"), "#date+end"),
    HxlColumn(Column("Cause", "string", "", "Cause of displacement; `all` is their sum"), "#cause"),
)


def percent_name(level: float) -> str:
    """Name of a quantile for people.

    Examples
    --------
    >>> percent_name(0.5), percent_name(0.025), percent_name(0.9)
    ('Median', '2.5 %', '90 %')

    """
    return "Median" if level == 0.5 else f"{100 * level:g} %"


def quantile_columns() -> tuple[HxlColumn, ...]:
    """Columns of the quantiles."""
    return tuple(
        HxlColumn(
            Column(
                f"{percent_name(level)} (persons)",
                "integer",
                "persons per period",
                f"In {100 * level:g} % of the samples no more come",
            ),
            f"#affected+displaced+forecast+q{round(1000 * level):03d}",
        )
        for level in QUANTILE_LEVELS
    )


LICENCES: Final = {
    "CC-BY-4.0": (
        "Creative Commons Attribution 4.0 International",
        "https://creativecommons.org/licenses/by/4.0/",
        "You may share and adapt the material for any purpose if you give credit to the issuer and "
        "to the publishers of the source data named in provenance.json.",
    ),
    "CC-BY-NC-4.0": (
        "Creative Commons Attribution-NonCommercial 4.0 International",
        "https://creativecommons.org/licenses/by-nc/4.0/",
        "You may share and adapt the material for non-commercial purposes if you give credit to "
        "the issuer and to the publishers of the source data named in provenance.json.",
    ),
    "CC0-1.0": (
        "CC0 1.0 Universal",
        "https://creativecommons.org/publicdomain/zero/1.0/",
        "The issuer has waived all rights as far as the law allows.",
    ),
    "ODbL-1.0": (
        "Open Data Commons Open Database License v1.0",
        "https://opendatacommons.org/licenses/odbl/1-0/",
        "You may share, create and adapt if you give credit, share alike and keep it open.",
    ),
}
"""Licences a package may have: title, address and a summary."""
