"""A good package, and a hundred ways to spoil it on purpose."""

import io
import json
import pickle
import stat
import tempfile
import warnings
import zipfile
from pathlib import Path

import h5py
import numpy as np

from forecasting.sharing import Limits, verify_package
from forecasting.sharing.writing import make_package
from tests.forecasting.packages import ABOUT, SALT, invented_forecast, invented_tree

PARQUET = (
    "model-output/safepassage-seasonal_climato/2026-11-01-safepassage-seasonal_climato.parquet"
)
HUB = PARQUET.replace(".parquet", ".csv")
SHEET = "xl/worksheets/sheet3.xml"
SMALL = Limits(file_bytes=2_000_000, total_bytes=4_000_000, values=100_000)


def good_files():
    _, files = make_package(invented_forecast(), ABOUT, hierarchy=invented_tree(), salt=SALT)
    return files


GOOD = good_files()


def check_refused(path, limits=SMALL):
    """Whether a package is refused with a message, and nothing given."""
    found = verify_package(path, limits=limits)
    assert not found.holds
    assert found.package is None
    assert all(problem.strip() and len(problem) < 5_000 for problem in found.problems)
    return " ".join(found.problems)


def replaced(name, old, new, *, count=1):
    def change(files):
        content = files[name]
        old_bytes = old.encode() if isinstance(old, str) else old
        assert old_bytes in content, (name, old)
        new_bytes = new.encode() if isinstance(new, str) else new
        return {**files, name: content.replace(old_bytes, new_bytes, count)}

    return change


def provenance(**changes):
    def change(files):
        said = json.loads(files["provenance.json"])
        for path, value in changes.items():
            *way, last = path.split("__")
            block = said
            for key in way:
                block = block[key]
            if value is ...:
                del block[last]
            else:
                block[last] = value
        text = json.dumps(said, ensure_ascii=False, indent=2) + "\n"
        return {**files, "provenance.json": text.encode()}

    return change


def content(name, value):
    return lambda files: {**files, name: value if isinstance(value, bytes) else value(files)}


def netcdf(change):
    def spoil(files):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "samples.nc"
            path.write_bytes(files["samples.nc"])
            with h5py.File(path, "r+") as file:
                change(file)
            return {**files, "samples.nc": path.read_bytes()}

    return spoil


def values(change):
    """Change the counts themselves, keeping type and shape unless the change does not."""

    def spoil(file):
        data = file["internal_displacements"]
        array, attrs = data[...], {k: v for k, v in data.attrs.items() if "LIST" not in k}
        del file["internal_displacements"]
        made = file.create_dataset("internal_displacements", data=change(array))
        for key, value in attrs.items():
            if not key.startswith("_"):
                made.attrs[key] = value

    return netcdf(spoil)


def dataset(name, **options):
    def spoil(file):
        del file[name]
        file.create_dataset(name, **options)

    return netcdf(spoil)


def parquet(change):
    def spoil(files):
        import pyarrow.parquet as pq

        table = pq.read_table(io.BytesIO(files[PARQUET]))
        stream = io.BytesIO()
        changed = change(table)  # in groups by place and without notes, as a package has them
        pq.write_table(changed, stream, row_group_size=len(table) // 10, store_schema=False)
        return {**files, PARQUET: stream.getvalue()}

    return spoil


def parquet_value(column, position, value):
    def change(table):
        cells = table[column].to_pylist()
        cells[position] = value
        return table.set_column(table.column_names.index(column), column, [cells])

    return parquet(change)


def workbook(change):
    def spoil(files):
        with zipfile.ZipFile(io.BytesIO(files["forecast.xlsx"])) as book:
            parts = {name: book.read(name) for name in book.namelist()}
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w") as book:
            for name, part in change(parts).items():
                book.writestr(name, part)
        return {**files, "forecast.xlsx": stream.getvalue()}

    return spoil


def virtual(file):
    source = h5py.VirtualSource("/etc/passwd", "x", shape=file["realization"].shape)
    layout = h5py.VirtualLayout(shape=file["realization"].shape, dtype="i4")
    layout[:] = source
    del file["realization"]
    file.create_virtual_dataset("realization", layout)


def plugin(file):
    numbers = file["realization"][...]
    del file["realization"]
    file.create_dataset("realization", data=numbers, chunks=numbers.shape, compression="lzf")


def outside(file):
    del file["realization"]
    file.create_dataset("realization", shape=(8,), dtype="i4", external=[("/etc/passwd", 0, 32)])


def linked(link):
    def spoil(file):
        del file["realization"]
        file["realization"] = link

    return netcdf(spoil)


def long_text(file):
    del file["parent"]
    file.create_dataset("parent", shape=(6, 200_000), dtype="S1")


def many_attributes(file):
    for number in range(200):
        file["internal_displacements"].attrs[f"a{number}"] = number


def nested(depth):
    return b'{"format": ' + b"[" * depth + b"]" * depth + b"}"


SPOILED = {
    # Words about the package
    "unknown key": provenance(surprise="x"),
    "missing key": provenance(forecast__seed=...),
    "missing block": provenance(forecast=...),
    "no format": provenance(format="zip"),
    "later version of the format": provenance(format_version=2),
    "text for a number": provenance(version="1"),
    "bool for a number": provenance(version=True),
    "number for a text": provenance(issuer=7),
    "list for a block": provenance(unit=[]),
    "null for a block": provenance(forecast=None),
    "version zero": provenance(version=0),
    "version that is huge": provenance(version=10**400),
    "samples that are not there": provenance(forecast__samples=9_000_000_000),
    "other number of samples": provenance(forecast__samples=9),
    "other seed": provenance(forecast__seed=2),
    "other reference date": provenance(forecast__reference_date="2026-10-01"),
    "no date": provenance(issued="soon"),
    "date that does not exist": provenance(issued="2026-02-31"),
    "traversal in the model": provenance(forecast__model_id="../../up"),
    "traversal in the name": provenance(name="../up"),
    "control characters": provenance(issuer="a\u0007b"),
    "huge string": provenance(purpose="x" * 50_000),
    "wrong checksum of the samples": provenance(forecast__samples_sha256="0" * 64),
    "checksum that is none": provenance(forecast__samples_sha256="z"),
    "other place": provenance(unit__code="XB"),
    "other number of places": provenance(unit__lowest=5),
    "claims to be a slice": provenance(
        whole={"package": "0" * 64, "units": [], "checksums": {}, "provenance": {}}
    ),
    "unknown licence": provenance(licence__name="mine"),
    "says another policy": lambda f: replaced("provenance.json", '"base": 5', '"base": 50')(
        replaced("README.txt", "default", "strict")(f)
    ),
    "duplicate key": replaced("provenance.json", '"version": 1,', '"version": 1,\n  "version": 2,'),
    "NaN in JSON": replaced("provenance.json", '"version": 1,', '"version": NaN,'),
    "infinity in JSON": replaced("provenance.json", '"version": 1,', '"version": Infinity,'),
    "overflow in JSON": replaced("provenance.json", '"version": 1,', '"version": 1e999,'),
    "deep JSON": content("provenance.json", nested(500)),
    "very deep JSON": content("provenance.json", nested(200_000)),
    "JSON that is a list": content("provenance.json", b"[]\n"),
    "empty JSON": content("provenance.json", b""),
    "byte-order mark": lambda f: {**f, "provenance.json": b"\xef\xbb\xbf" + f["provenance.json"]},
    "Latin-1": replaced("provenance.json", "Office", b"B\xfcro"),
    "UTF-16": lambda f: {**f, "provenance.json": f["provenance.json"].decode().encode("utf-16")},
    "null character": replaced("provenance.json", "Office", b"Off\x00ice"),
    "other white space": replaced("provenance.json", '"version": 1', '"version":  1'),
    "pickle for JSON": content("provenance.json", pickle.dumps({"a": 1})),
    "lone surrogate": replaced("provenance.json", "Office of Land", "\\ud800"),
    # Places
    "extra column of places": replaced("units.csv", "parent,held", "parent,held,secret"),
    "place twice": replaced("units.csv", '"Place 1, 1"', '"Place 1, 0"'),
    "code twice": replaced("units.csv", "XA1:D1", "XA1:D0"),
    "place without parent": replaced("units.csv", "1,XA,yes", "1,,yes"),
    "parent that is not there": replaced("units.csv", "2,XA1,yes", "2,XZ,yes"),
    "level that is no number": replaced("units.csv", ",2,XA1", ",two,XA1"),
    "formula as a name": replaced("units.csv", "Land", "=1+1"),
    "open quote": replaced("units.csv", "Land", '"Land'),
    "no place": content("units.csv", b"code,name,admin_level,parent,held\n"),
    "other line breaks": lambda f: {**f, "units.csv": f["units.csv"].replace(b"\n", b"\r\n")},
    "renamed place": replaced("units.csv", "Land", "Sea"),
    # Tables
    "changed quantile": lambda f: {**f, HUB: f[HUB][:-2] + b"9\n"},
    "row less": lambda f: {**f, HUB: f[HUB][: f[HUB].rindex(b"\n", 0, -1) + 1]},
    "row more": lambda f: {**f, HUB: f[HUB] + f[HUB].splitlines()[-1] + b"\n"},
    "column more": replaced(HUB, "output_type_id,value", "output_type_id,value,name"),
    "NaN in a table": lambda f: {**f, HUB: f[HUB].replace(b",0.5,", b",nan,", 1)},
    "changed tag": replaced("hxl/admin0.csv", "#affected+displaced", "#affected+refugees"),
    "changed number for spreadsheets": lambda f: {
        **f, "hxl/admin1.csv": f["hxl/admin1.csv"][:-2] + b"1\n"
    },
    "table of another level": lambda f: {**f, "hxl/admin3.csv": f["hxl/admin2.csv"]},
    "swapped levels": lambda f: {
        **f, "hxl/admin1.csv": f["hxl/admin2.csv"], "hxl/admin2.csv": f["hxl/admin1.csv"]
    },
    "samples no longer joint": replaced(
        "hub-config/tasks.json", '_taskid_set": [\n', '_taskid_set": [\n"horizon",'
    ),
    "path out of the data package": replaced(
        "datapackage.json", '"path": "units.csv"', '"path": "../../../etc/passwd"'
    ),
    "address for a path": replaced(
        "datapackage.json", '"path": "units.csv"', '"path": "http://127.0.0.1/x"'
    ),
    "other licence text": replaced("LICENSE.txt", "You may", "You may not"),
    "other words": replaced("README.txt", "do not add up", "add up"),
    "crate of something else": replaced("ro-crate-metadata.json", "of Land", "of Sea"),
    "table that is not there": provenance(sdmx=True),
    "table that is said to be none": provenance(sdmx=False),
    "Parquet that is said to be none": provenance(parquet=False),
    # Parquet
    "Parquet that is none": content(PARQUET, b"PAR1" + bytes(100) + b"PAR1"),
    "Parquet that is empty": content(PARQUET, b""),
    "truncated Parquet": lambda f: {**f, PARQUET: f[PARQUET][:-200]},
    "pickle for Parquet": content(PARQUET, pickle.dumps([1, 2, 3])),
    "incoherent sum": parquet_value("value", 40, 1e6),
    "missing value": parquet_value("value", 3, None),
    "infinite value": parquet_value("value", 3, float("inf")),
    "NaN value": parquet_value("value", 3, float("nan")),
    "negative value": parquet_value("value", 3, -5.0),
    "sample twice": parquet_value("output_type_id", 200, 3.0),
    "place of another": parquet_value("location", 5, "XB"),
    "row of Parquet less": parquet(lambda t: t.slice(1)),
    "rows of Parquet twice": parquet(lambda t: __import__("pyarrow").concat_tables([t, t])),
    "column of Parquet more": parquet(lambda t: t.append_column("name", [["x"] * len(t)])),
    "column of Parquet less": parquet(lambda t: t.drop_columns(["cause"])),
    "text for values": parquet(
        lambda t: t.set_column(8, "value", [[str(x) for x in t["value"].to_pylist()]])
    ),
    # Workbook
    "macro in the workbook": workbook(lambda p: {**p, "xl/vbaProject.bin": b"x"}),
    "other number in the workbook": workbook(
        lambda p: {
            **p, SHEET: p[SHEET].replace(b"<v>", b"<v>9", 1)
        }
    ),
    "sheet less": workbook(lambda p: {k: v for k, v in p.items() if "sheet5" not in k}),
    "XML bomb in the workbook": workbook(
        lambda p: {**p, "xl/styles.xml": b'<!DOCTYPE x [<!ENTITY a "aaaa">]><x>&a;</x>'}
    ),
    "bytes before the workbook": lambda f: {**f, "forecast.xlsx": b"PK" + f["forecast.xlsx"]},
    "bytes after the workbook": lambda f: {**f, "forecast.xlsx": f["forecast.xlsx"] + b"more"},
    "another workbook before the workbook": lambda f: {
        **f, "forecast.xlsx": f["forecast.xlsx"] * 2
    },
    "remark on the workbook": lambda f: {
        **f, "forecast.xlsx": f["forecast.xlsx"][:-2] + b"\x04\x00call"
    },
    "workbook that is none": content("forecast.xlsx", b"PK\x03\x04nothing"),
    # NetCDF
    "no NetCDF": content("samples.nc", b"CDF\x01" + bytes(50)),
    "empty NetCDF": content("samples.nc", b""),
    "pickle for NetCDF": content("samples.nc", pickle.dumps(np.arange(3))),
    "truncated NetCDF": lambda f: {**f, "samples.nc": f["samples.nc"][:-1500]},
    "words behind the samples": lambda f: {**f, "samples.nc": f["samples.nc"] + b"list of names"},
    "only the head of NetCDF": lambda f: {**f, "samples.nc": f["samples.nc"][:9]},
    "negative counts": values(lambda a: -a - 1),
    "NaN flood": values(lambda a: np.full(a.shape, np.nan)),
    "infinite counts": values(lambda a: np.full(a.shape, np.inf)),
    "fractions": values(lambda a: a + 0.5),
    "other counts": values(lambda a: a + 5),
    "one sample less": values(lambda a: a[1:]),
    "one dim less": values(lambda a: a[0]),
    "complex numbers": values(lambda a: a.astype(complex)),
    "counts as text": values(lambda a: a.astype("S8")),
    "records for numbers": values(lambda a: np.zeros(a.shape, [("a", "i4"), ("b", "i4")])),
    "huge dims": dataset("internal_displacements", shape=(10**6, 10**6, 2, 3), dtype="i4",
                         chunks=(1, 1, 1, 1)),
    "huge numbers of samples": dataset("realization", shape=(10**12,), dtype="i4", chunks=(1024,)),
    "huge place names": netcdf(long_text),
    "empty counts": dataset("internal_displacements", shape=(0, 0, 0, 0), dtype="i4"),
    "external link": linked(h5py.ExternalLink("/etc/passwd", "/x")),
    "soft link": linked(h5py.SoftLink("/time")),
    "data in another file": netcdf(outside),
    "virtual data": netcdf(virtual),
    "plug-in filter": netcdf(plugin),
    "group": netcdf(lambda f: f.create_group("hidden")),
    "variable more": netcdf(lambda f: f.create_dataset("secret", data=[1, 2, 3])),
    "variable less": netcdf(lambda f: f.__delitem__("parent")),
    "many variables": netcdf(
        lambda f: [f.create_dataset(f"v{n}", data=n) for n in range(100)]
    ),
    "opaque objects": netcdf(
        lambda f: f.create_dataset("lat", data=np.array([b"abc"] * 6, "V3"))
    ),
    "many attributes": netcdf(many_attributes),
    "large attribute": netcdf(
        lambda f: f["internal_displacements"].attrs.create("note", "x" * 40_000)
    ),
    "list as attribute": netcdf(
        lambda f: f["internal_displacements"].attrs.create("note", [1, 2, 3])
    ),
    "attribute more": netcdf(lambda f: f["time"].attrs.create("note", "x")),
    "other unit of time": netcdf(
        lambda f: f["time"].attrs.modify("units", "hours since 1970-01-01")
    ),
    "other unit": netcdf(
        lambda f: f["internal_displacements"].attrs.modify("units", "1000")
    ),
    "other model": netcdf(
        lambda f: f["internal_displacements"].attrs.modify("forecast_model", "better")
    ),
    "dates centuries away": netcdf(lambda f: f["time"].__setitem__(0, 2**30)),
    "times out of order": netcdf(lambda f: f["time"].__setitem__(0, 25_000)),
    "places in another order": netcdf(
        lambda f: f["location_code"].__setitem__(slice(None), f["location_code"][...][::-1])
    ),
    "place twice in NetCDF": netcdf(
        lambda f: f["location_code"].__setitem__(1, f["location_code"][0])
    ),
    "other names of places": netcdf(lambda f: f["location_name"].__setitem__((0, 0), b"X")),
    "samples numbered anew": netcdf(
        lambda f: f["realization"].__setitem__(slice(None), np.arange(8)[::-1])
    ),
    "other bounds of time": netcdf(lambda f: f["time_bounds"].__setitem__((0, 1), 3)),
    # The package as a whole
    "no samples": lambda f: {k: v for k, v in f.items() if k != "samples.nc"},
    "no workbook": lambda f: {k: v for k, v in f.items() if k != "forecast.xlsx"},
    "no Parquet": lambda f: {k: v for k, v in f.items() if k != PARQUET},
    "file more": content("notes.txt", b"hello"),
    "program more": content("run.py", b"print(1)"),
    "two versions": content(PARQUET.replace("2026-11", "2026-10"), GOOD[PARQUET]),
    "nothing but checksums": lambda _: {},
}  # fmt: skip


def zipped(path, entries):
    with zipfile.ZipFile(path, "w") as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # duplicate names
        for entry, part in entries:
            archive.writestr(entry, part)
    return path


def special(name, mode):
    entry = zipfile.ZipInfo(name)
    entry.create_system = 3
    entry.external_attr = mode << 16
    return entry


def packed(name, method):
    entry = zipfile.ZipInfo(name)
    entry.compress_type = method
    return entry


BAD_NAMES = (
    "../evil.txt", "a/../../evil.txt", "/etc/evil.txt", "//host/evil", "C:/evil.txt", "C:evil.txt",
    "..\\evil.txt", "a\\b.txt", "CON", "nul.txt", "com1", "hxl/AUX.csv", "trailing.", "trailing ",
    " leading", ".hidden", "a//b.txt", "./a.txt", "t\u0131me.csv", "a\u202etxt.exe", "a\nb.txt",
    "x" * 300, "a/b/c/d/e/f.txt", "new*file", "pipe|", "stream:ads", "~user", "-rf", "\u00e9.txt",
)  # fmt: skip
ENTRIES = {
    "link": [(special("link.txt", stat.S_IFLNK | 0o777), b"/etc/passwd")],
    "device": [(special("dev", stat.S_IFCHR | 0o666), b"")],
    "pipe": [(special("pipe", stat.S_IFIFO | 0o666), b"")],
    "unusual packing": [(packed("x.txt", zipfile.ZIP_BZIP2), b"x" * 100)],
    "other unusual packing": [(packed("x.txt", zipfile.ZIP_LZMA), b"x" * 100)],
    "name twice": [("units.csv", b"other")],
    "same name in other letters": [("Units.CSV", b"other")],
    "too many": [(f"f{n}", b"") for n in range(500)],
    "bomb": [(packed("bomb", zipfile.ZIP_DEFLATED), bytes(8_000_000))],
    "many small bombs": [
        (packed(f"bomb{n}", zipfile.ZIP_DEFLATED), bytes(1_500_000)) for n in range(4)
    ],
}
