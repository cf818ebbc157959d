"""Files are parsed in a process of their own: what kills or stops it ends in one clear error."""

import dataclasses
import json
import os
import re
import struct
import subprocess
import sys
import tempfile
import time
import zlib
from io import BytesIO
from pathlib import Path

import h5py
import numpy as np
import pytest

from forecasting.sharing import (
    Limits,
    PackageError,
    parsing,
    parsing_child,
    read_package,
    verify_package,
)
from forecasting.sharing import netcdf_child as child
from forecasting.sharing import netcdf_reader as reader
from forecasting.sharing.netcdf import samples_bytes
from tests.forecasting.packages import invented_forecast, put
from tests.forecasting.spoiled_packages import GOOD, SMALL, SPOILED

GOOD_SAMPLES = GOOD["samples.nc"]
ORDER = {**reader._order(SMALL), "seconds": SMALL.seconds}


@pytest.fixture
def scratch(tmp_path, monkeypatch):
    """Folder for temporary files, which must be empty afterwards."""
    folder = tmp_path / "scratch"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    yield folder
    assert list(folder.iterdir()) == []


def children():
    """Processes of ours that run or wait to be taken note of."""
    tasks = Path("/proc/self/task")
    return [pid for task in tasks.glob("*/children") for pid in task.read_text().split()]


@pytest.fixture
def program(tmp_path, monkeypatch):
    """Put another program in the place of the one that reads."""

    def put_program(text):
        path = tmp_path / "program.py"
        lines = ("import json, os, pathlib, sys, time", "folder = pathlib.Path(sys.argv[1])", text)
        path.write_text("\n".join(lines))
        monkeypatch.setattr(parsing, "PROGRAM", path)

    return put_program


LAYOUT = '{"name": "x", "variables": {"x": {"attributes": {}}}}'
FAULTS = {
    "killed": ("os.kill(os.getpid(), 9)", r"ended the program that reads \(exit code -9\)"),
    "aborted": ("os.abort()", "exit code -6"),
    "killed with half the result": (
        "(folder / 'counts.npy').write_bytes(b'x' * 10**6); os.kill(os.getpid(), 9)",
        "exit code -9",
    ),
    "exits": ("sys.exit(3)", "exit code 3"),
    "silent": ("pass", "exit code 0"),
    "cannot start": ("import no_such_library", "cannot run on this computer .*no_such_library"),
    "has no room": (
        "(folder / 'answer.json').write_text(json.dumps({'failed': 'No space left'}))",
        "could not be kept in a temporary folder .No space left",
    ),
    "answers too much": (
        "(folder / 'answer.json').write_bytes(b' ' * 5 * 2**20)",
        "made to do harm",
    ),
    "answers nonsense": ("(folder / 'answer.json').write_text('{')", "JSONDecodeError"),
    "answers a list": ("(folder / 'answer.json').write_text('[1]')", "damaged"),
    "names other files": (
        "(folder / 'answer.json').write_text(json.dumps("
        f"{{'arrays': ['../../etc/passwd'], 'layout': {LAYOUT}}}))",
        "FileNotFoundError",
    ),
    "leaves a pickle": (
        "(folder / 'counts.npy').write_bytes(b'\\x80\\x04N.'); (folder / 'answer.json').write_text("
        f"json.dumps({{'arrays': [], 'layout': {LAYOUT}}}))",
        "damaged",
    ),
    "does not read what it is given": ("os.close(0); os._exit(9)", "exit code 9"),
}


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
@pytest.mark.parametrize("fault", list(FAULTS))
def test_what_ends_the_program_ends_in_one_error(tmp_path, scratch, program, fault):
    text, said = FAULTS[fault]
    program(text)
    before = children()
    with pytest.raises(PackageError, match=f"samples.nc: .*{said}"):
        read_package(put(tmp_path / "p", GOOD), limits=SMALL)
    assert children() == before


@pytest.mark.parametrize("how", ["time.sleep(600)", "while True: pass"])
def test_what_never_ends_is_ended(tmp_path, scratch, program, how):
    program(f"(folder / 'counts.npy').write_bytes(b'x')\n{how}")
    limits = Limits(seconds=1)
    before = children()
    start = time.monotonic()
    found = verify_package(put(tmp_path / "p", GOOD), limits=limits)
    assert found.problems == ("samples.nc: could not be read within 1 s; not read.",)
    assert time.monotonic() - start < 30
    assert children() == before


def test_an_interrupt_ends_the_program_too(tmp_path, scratch, program, monkeypatch):
    program("time.sleep(600)")
    before = children()

    def interrupted(*_, **__):
        msg = "stop"
        raise KeyboardInterrupt(msg)

    monkeypatch.setattr(parsing.subprocess.Popen, "communicate", interrupted)
    with pytest.raises(KeyboardInterrupt, match="stop"):
        reader.parse_samples(GOOD_SAMPLES)
    assert children() == before


def test_a_program_that_cannot_be_started_is_named(scratch, monkeypatch):
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    with pytest.raises(PackageError, match="could not be started"):
        reader.parse_samples(GOOD_SAMPLES)


def test_the_working_folder_and_its_modules_are_not_used(tmp_path, scratch, monkeypatch):
    (tmp_path / "json.py").write_text("raise SystemExit(7)")
    (tmp_path / "h5py.py").write_text("raise SystemExit(7)")
    monkeypatch.chdir(tmp_path)
    assert reader.parse_samples(GOOD_SAMPLES).forecast.sizes["sample"] == 8


def spoiled(change):
    stream = BytesIO(GOOD_SAMPLES)
    with h5py.File(stream, "r+") as file:
        change(file)
    return stream.getvalue()


def bomb(file, size=3 * 2**30):
    """Put a chunk that says it holds few numbers and unpacks to gigabytes."""
    block = bytes(2**24)
    packer = zlib.compressobj(9)
    head = packer.compress(block) + packer.flush(zlib.Z_FULL_FLUSH)
    body = packer.compress(block) + packer.flush(zlib.Z_FULL_FLUSH)
    data = head + body * (size // 2**24) + packer.flush() + struct.pack(">I", 0)
    numbers = file["realization"][...]
    del file["realization"]
    made = file.create_dataset(
        "realization", shape=numbers.shape, dtype="i4", chunks=numbers.shape, compression="gzip"
    )
    made.id.write_direct_chunk((0,), data)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="memory is bounded on Linux")
def test_a_file_that_unpacks_to_gigabytes_gets_no_more_memory_than_its_size(tmp_path, scratch):
    # Linux counts for a child what its parent had, so these tests must not be the parent.
    code = (
        "import resource, sys\n"
        "from pathlib import Path\n"
        "from forecasting.sharing import PackageError, netcdf_reader\n"
        "from tests.forecasting.spoiled_packages import SMALL\n"
        "try:\n    netcdf_reader.parse_samples(Path(sys.argv[1]).read_bytes(), SMALL)\n"
        "except PackageError as error:\n    print(error)\n"
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)\n"
    )
    content = spoiled(bomb)
    assert len(content) < 5_000_000
    (tmp_path / "samples.nc").write_bytes(content)
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", code, tmp_path / "samples.nc"],
        cwd=Path(__file__).parents[2],
        env={**os.environ, "TMPDIR": str(scratch)},
        capture_output=True,
        text=True,
        check=True,
    )
    said, largest = done.stdout.rsplit(maxsplit=1)
    assert re.match(r"samples.nc: (is damaged|needs more memory)", said)
    bound = parsing_child._OWN_MEMORY + 2 * len(content) + 16 * SMALL.values
    assert int(largest) * 1024 < bound


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="memory is bounded on Linux")
def test_the_bound_on_memory_holds(tmp_path, scratch, program):
    program(
        "import resource, runpy\n"
        f"own = runpy.run_path({parsing_child.__file__!r})\n"
        "own['bound'](2**32, 60, own['bounds']())\n"
        "assert resource.getrlimit(resource.RLIMIT_CORE)[0] == 0\n"
        "try:\n    bytearray(2**33)\n"
        "except MemoryError:\n    os._exit(44)\n"
    )
    with pytest.raises(PackageError, match="exit code 44"):
        reader.parse_samples(GOOD_SAMPLES)


def test_contents_are_the_same_in_either_process(tmp_path):
    with h5py.File(BytesIO(GOOD_SAMPLES), "r") as file:
        arrays, layout = child.contents(file, ORDER)
    parsed = reader.parse_samples(GOOD_SAMPLES, SMALL)
    assert json.loads(json.dumps(layout)) == parsed.layout
    assert {*parsed.labels, child.COUNTS} == set(arrays)
    for name, array in parsed.labels.items():
        np.testing.assert_array_equal(array, arrays[name])
    assert samples_bytes(parsed.forecast) == GOOD_SAMPLES
    assert reader.samples_problem(GOOD_SAMPLES, parsed) == ""


HDF5 = [
    name
    for name, change in SPOILED.items()
    if getattr(change, "__qualname__", "").startswith(("netcdf.", "dataset."))
    or name in ("counts as text", "NaN flood", "one dim less", "empty counts", "negative counts")
]


def run_here(folder, content):
    """Run the program in this process."""
    (folder / parsing_child.ORDER).write_text(json.dumps(ORDER))
    parsing_child.main(folder, content, child)


@pytest.mark.parametrize("name", HDF5)
def test_the_program_says_what_it_refuses(tmp_path, monkeypatch, name):
    """Run here what otherwise runs in the other process."""
    monkeypatch.setattr(parsing_child, "bound", lambda *_: None)
    run_here(tmp_path, SPOILED[name](dict(GOOD))["samples.nc"])
    answer = json.loads((tmp_path / parsing_child.ANSWER).read_text())
    told = answer.get("refused", answer.get("damaged", ""))
    # What is plain but not what a package says is left to the caller, who compares.
    assert len(told) > 5 or set(answer) == {"arrays", "layout"}


def test_the_program_leaves_plain_arrays(tmp_path, monkeypatch):
    monkeypatch.setattr(parsing_child, "bound", lambda *_: None)
    run_here(tmp_path, GOOD_SAMPLES)
    answer = json.loads((tmp_path / parsing_child.ANSWER).read_text())
    assert set(answer) == {"arrays", "layout"}
    counts = np.load(tmp_path / "counts.npy", mmap_mode="r", allow_pickle=False)
    assert counts.shape == (8, 6, 2, 3)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (np.bytes_(b"plain"), ""),
        (np.array([2.5]), ""),
        (np.bytes_(b"\xff\xfe"), "damaged"),
        (np.array([1 + 2j]), "has type complex; not read"),
        ("a\u0007b", "is no text that can be read"),
        ("x" * 20_000, ""),
    ],
)
def test_attributes_are_plain_or_refused(tmp_path, monkeypatch, value, said):
    monkeypatch.setattr(parsing_child, "bound", lambda *_: None)
    content = spoiled(lambda file: file["time"].attrs.create("note", value))
    run_here(tmp_path, content)
    answer = (tmp_path / parsing_child.ANSWER).read_text()
    assert said in answer
    found = verify_package(put(tmp_path / "p", {**GOOD, "samples.nc": content}), limits=SMALL)
    assert len(found.problems) == 1


def test_facts_about_places_pass(scratch):
    facts = {"lat": ("location", np.arange(6.0)), "population_2020": ("location", np.ones(6))}
    content = samples_bytes(invented_forecast().assign_coords(facts))
    parsed = reader.parse_samples(content)
    assert parsed.forecast["lat"].values.tolist() == list(range(6))
    with h5py.File(BytesIO(content), "r") as file:
        assert child.contents(file, ORDER)[0]["population_2020"].sum() == 6
    assert reader.samples_problem(content, parsed) == ""
    assert reader.samples_problem(content + b"x", parsed) == ""  # other bytes, same content


@pytest.mark.parametrize(
    ("place", "value", "said"),
    [
        (("more",), {}, "holds the variables .*more; a package: "),
        (("time", "type"), "float64", "time has another type or shape"),
        (("time", "shape"), [4], "time has another type or shape"),
        (("time", "dims"), [["x"]], "time has other dims"),
        (("bound", "blank"), "7", "bound holds other values"),
        (("/", "attributes"), {}, "attribute 'Conventions' of / is not"),
        (("time", "attributes", "units"), "days", "attribute 'units' of time is not"),
    ],
)
def test_every_difference_from_our_own_way_is_told(scratch, place, value, said):
    parsed = reader.parse_samples(GOOD_SAMPLES)
    block = parsed.layout["variables"]
    for key in place[:-1]:
        block = block[key]
    block[place[-1]] = value
    assert re.match(f"samples.nc: {said}", reader.samples_problem(b"other", parsed))


def test_samples_that_cannot_be_written_again_are_a_problem(scratch):
    parsed = reader.parse_samples(GOOD_SAMPLES)
    del parsed.forecast.attrs["period"]
    assert "is damaged or no NetCDF file" in reader.samples_problem(GOOD_SAMPLES, parsed)


@pytest.mark.parametrize("kind", [MemoryError, OSError, RuntimeError])
def test_every_fault_of_the_library_is_told(tmp_path, monkeypatch, kind):
    def fails(*_):
        raise kind

    monkeypatch.setattr(parsing_child, "bound", lambda *_: None)
    monkeypatch.setattr(child, "contents", fails)
    run_here(tmp_path, GOOD_SAMPLES)
    said = json.loads((tmp_path / parsing_child.ANSWER).read_text())
    expected = {"refused": "needs more memory than its size allows."}
    assert said == (expected if kind is MemoryError else {"damaged": kind.__name__})


def test_bounds_are_left_where_the_system_has_none(monkeypatch):
    monkeypatch.setitem(sys.modules, "resource", None)
    assert parsing_child.bounds() == {}
    parsing_child.bound(1, 1, {})
    assert bytearray(2**20)


def test_a_bound_that_the_system_refuses_is_left(monkeypatch):
    resource = pytest.importorskip("resource", reason="not on Windows")
    asked = []

    def refuses(kind, bounds):
        asked.append((kind, bounds[0]))
        raise ValueError

    monkeypatch.setattr(resource, "setrlimit", refuses)
    monkeypatch.setattr(resource, "getrlimit", lambda _: (5, 10))
    parsing_child.bound(2**30, 7, parsing_child.bounds())
    assert [size for _, size in asked] == [5, 5, 5, 0]


def test_many_readers_at_once(scratch):
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(4) as pool:
        read = list(pool.map(lambda _: reader.parse_samples(GOOD_SAMPLES).forecast, range(4)))
    assert all(one.identical(read[0]) for one in read)


def test_a_country_of_another_shape_survives(scratch):
    forecast = invented_forecast(causes=None, samples=1, months=1)
    again = reader.parse_samples(samples_bytes(forecast)).forecast
    np.testing.assert_array_equal(again, forecast)
    assert os.environ.get("HDF5_PLUGIN_PRELOAD") is None


def test_no_room_for_what_was_read_is_not_the_fault_of_the_file(tmp_path, monkeypatch):
    def full(*_given, **_options):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(parsing_child, "bound", lambda *_: None)
    monkeypatch.setattr(parsing_child.np, "save", full)
    run_here(tmp_path, GOOD_SAMPLES)
    said = json.loads((tmp_path / parsing_child.ANSWER).read_text())
    assert "No space left on device" in said["failed"]


def test_without_a_temporary_folder_the_error_says_so(monkeypatch):
    def none(*_given, **_options):
        raise FileNotFoundError(2, "No usable temporary directory found")

    monkeypatch.setattr(parsing.tempfile, "TemporaryDirectory", none)
    with pytest.raises(PackageError, match=r"a temporary folder is needed .*set TMPDIR"):
        reader.parse_samples(GOOD_SAMPLES)


def test_samples_are_compared_within_the_limits_they_were_read_with(scratch, monkeypatch):
    parsed = reader.parse_samples(GOOD_SAMPLES)
    monkeypatch.setattr(reader, "samples_bytes", lambda _forecast: GOOD_SAMPLES)
    few = dataclasses.replace(SMALL, units=1)
    assert reader.samples_problem(GOOD_SAMPLES + b" ", parsed, SMALL) == ""
    assert "Refused" in reader.samples_problem(GOOD_SAMPLES + b" ", parsed, few)


@pytest.mark.parametrize("bounds", [("earliest", "v108"), ("latest", "latest")])
def test_bytes_behind_the_end_are_refused_in_every_version_of_the_file(tmp_path, bounds):
    with h5py.File(tmp_path / "x.nc", "w", libver=bounds) as file:
        file["one"] = 1
    content = (tmp_path / "x.nc").read_bytes()
    with pytest.raises(PackageError, match=r"lacks|needs one variable"):
        reader.parse_samples(content)
    with pytest.raises(PackageError, match=r"samples\.nc: has 7 bytes behind the end"):
        reader.parse_samples(content + b"a name.")


@pytest.mark.parametrize(("version", "at"), [(0, 40), (1, 44), (2, 28), (3, 28)])
def test_the_end_of_a_file_stands_where_its_version_says(version, at):
    content = bytearray(b"\x89HDF\r\n\x1a\n" + bytes([version]) + b"\xff" * 55)
    content[at : at + 8] = (60).to_bytes(8, "little")
    with pytest.raises(PackageError, match=r"samples\.nc: has 4 bytes behind the end"):
        reader.parse_samples(bytes(content))
