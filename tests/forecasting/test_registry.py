"""Issued forecasts: found as of any day, never changed or lost, also with many writers at once."""

import dataclasses
import json
import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import forecasting as fc
from forecasting.registry import Registry, differences, scoreboard
from forecasting.registry import folders as registry_folders
from forecasting.registry.entries import entry_numbers
from forecasting.registry.index import rebuild_index
from tests.forecasting.registry_writer import Package, write_package
from tests.forecasting.synthetic import bursty, flows_of

WRITER = Path(__file__).parent / "registry_writer.py"
ROOT = Path(__file__).parents[2]
needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="the system cannot fork")


@pytest.fixture(scope="module")
def flows():
    return flows_of(bursty(60, 3, seed=2))


def forecast_of(flows, periods, seed=1, model=None):
    known = flows.isel(time=slice(0, periods))
    return (model or fc.RecentClimatology()).fit(known).forecast(3, samples=80, seed=seed)


def package_of(folder, forecast):
    fc.write_forecast(forecast, folder / "samples.nc")
    return folder


@pytest.fixture(scope="module")
def three_issues(tmp_path_factory, flows):
    tmp_path = tmp_path_factory.mktemp("three")
    made = Registry(tmp_path / "registry")
    for number, (periods, seed) in enumerate([(50, 1), (50, 2), (53, 3)]):
        package = package_of(tmp_path / f"package{number}", forecast_of(flows, periods, seed))
        benchmark = forecast_of(flows, periods, 9, fc.SeasonalClimatology())
        made.issue(package, "test-flows", benchmark=benchmark, note=f"number {number}")
    return made.root


@pytest.fixture
def registry(tmp_path, three_issues):
    return Registry(Path(shutil.copytree(three_issues, tmp_path / "registry")))


def test_issued_forecasts_are_listed_and_found(registry, flows):
    dates = [(entry.reference_date, entry.version) for entry in registry.entries("test-flows")]
    assert dates == [("2014-03-01", 1), ("2014-03-01", 2), ("2014-06-01", 1)]
    assert registry.find("test-flows").reference_date == "2014-06-01"
    assert registry.find("test-flows", "2014-03-01").version == 2
    first = registry.find("test-flows", "2014-03-01", version=1)
    assert registry.samples(first).equals(forecast_of(flows, 50, 1))
    assert registry.benchmark(first).attrs["model"] == "seasonal climatology"
    assert not first.before_outcome
    assert registry.entries("other") == []
    assert registry.verify() == []
    assert registry.verify(first.seal) == []


def test_a_forecast_of_the_future_is_sealed_before_its_outcome(tmp_path, flows):
    later = flows.assign_coords(time=pd.date_range("2095-01-01", periods=60, freq="MS"))
    made = Registry(tmp_path / "registry")
    package = package_of(tmp_path / "package", forecast_of(later, 60))
    assert made.issue(package, "later").before_outcome
    assert made.benchmark(made.find("later")) is None


def test_what_was_in_force_on_a_day_is_found(registry):
    entries = registry.entries()
    moments = [entry.issued_at for entry in entries]
    assert moments == sorted(moments)
    assert registry.find("test-flows", as_of=moments[1]) == entries[1]
    assert registry.find("test-flows", as_of=moments[0]).version == 1
    today = moments[-1][:10]
    assert registry.find("test-flows", as_of=today) == entries[-1]
    with pytest.raises(fc.FlowError, match="as of 2001-01-01 was issued; there are 2014-03-01"):
        registry.find("test-flows", as_of="2001-01-01")


def test_a_rollback_is_a_new_version_and_removes_nothing(registry):
    entry = registry.rollback("test-flows", "2014-03-01", 1, note="second had a wrong source")
    assert (entry.version, entry.restores, entry.kind) == (3, 1, "rollback")
    found = registry.find("test-flows", "2014-03-01")
    assert found == entry
    assert found.package == registry.find("test-flows", "2014-03-01", version=1).package
    assert len(registry.entries()) == 4
    assert registry.verify(entry.seal) == []
    with pytest.raises(fc.FlowError, match="version 7 was issued; there are"):
        registry.rollback("test-flows", "2014-03-01", 7)


def test_the_same_package_is_kept_once(registry, tmp_path, flows):
    before = len(list((registry.root / "packages").iterdir()))
    entry = registry.issue(package_of(tmp_path / "again", forecast_of(flows, 50, 1)), "test-flows")
    assert entry.version == 3
    kept = list((registry.root / "packages").iterdir())
    assert len(kept) - before in (0, 1)  # NetCDF files of the same numbers may differ in bytes
    copy = shutil.copytree(tmp_path / "again", tmp_path / "copy")
    assert registry.issue(copy, "test-flows").package == entry.package
    assert list((registry.root / "incoming").iterdir()) == []


@pytest.mark.parametrize("part", ["packages", "benchmarks"])
def test_a_changed_byte_is_found(registry, part):
    file = next((registry.root / part).rglob("samples.nc"))
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.chmod(0o644)
    file.write_bytes(bytes(content))
    problems = registry.verify()
    assert len(problems) >= 1
    assert all("was changed after it was issued" in problem for problem in problems)
    read = registry.samples if part == "packages" else registry.benchmark
    damaged = file.parent.name
    entry = next(e for e in registry.entries() if damaged in (e.package, e.benchmark))
    with pytest.raises(fc.FlowError, match="was changed after it was issued"):
        read(entry)


def test_a_changed_history_is_found(registry):
    path = registry.root / "entries" / "00000002" / "entry.json"
    original = path.read_text(encoding="utf-8")
    path.chmod(0o644)
    path.write_text(original.replace("number 1", "number 9"), encoding="utf-8")
    assert "changed after it was sealed" in registry.verify()[0]
    with pytest.raises(fc.FlowError, match="changed after it was sealed"):
        rebuild_index(registry.root)
    path.write_text("[]", encoding="utf-8")
    assert "no entry of a registry" in registry.verify()[0]
    path.write_text("{", encoding="utf-8")
    assert "cannot be read" in registry.verify()[0]
    path.write_text(original, encoding="utf-8")
    assert registry.verify() == []
    shutil.move(path.parent, registry.root / "hidden")
    assert registry.verify()[0] == "entries 2 to 2 are missing."


def test_a_history_written_anew_does_not_hold_a_seal_noted_elsewhere(registry, tmp_path):
    noted = registry.entries()[-1].seal
    anew = Registry(tmp_path / "anew")
    for entry in registry.entries()[:2]:
        anew.issue(registry.folder(entry), "test-flows")
    assert anew.verify() == []
    assert "is not in the history" in anew.verify(noted)[0]
    other = anew.root / "entries" / "00000002"
    shutil.copytree(registry.root / "entries" / "00000003", anew.root / "entries" / "00000003")
    shutil.rmtree(other)
    shutil.copytree(registry.root / "entries" / "00000002", other)
    assert "entry 2 does not continue entry 1." in anew.verify()


def test_missing_packages_and_strange_files_are_found(registry):
    entry = registry.entries()[0]
    folder = registry.folder(entry)
    (folder / "link").symlink_to(folder / "samples.nc")
    assert any("neither file nor folder" in problem for problem in registry.verify())
    shutil.rmtree(folder)
    assert any("is missing" in problem for problem in registry.verify())


def test_the_index_is_made_anew_when_it_is_lost_damaged_or_wrong(registry):
    index = registry.root / "index.sqlite"
    entries = registry.entries()
    index.unlink()
    assert registry.entries() == entries
    index.write_bytes(b"not a database" * 200)
    assert registry.entries() == entries
    assert registry.rebuild() == 3
    with sqlite3.connect(index) as connection:
        connection.execute("UPDATE entries SET package = 'x' WHERE number = 3")
    connection.close()
    assert "rebuild it" in registry.verify()[0]
    with pytest.raises(fc.FlowError, match="rebuild it"):
        registry.find("test-flows")
    registry.rebuild()
    assert registry.find("test-flows") == entries[-1]


def test_a_registry_that_cannot_be_written_can_be_read(registry):
    entries = registry.entries()
    index = registry.root / "index.sqlite"
    index.unlink()
    index.mkdir()  # SQLite cannot open a folder
    assert registry.entries() == entries


def test_half_written_folders_are_removed_after_a_day(registry, tmp_path, flows, monkeypatch):
    old = registry.root / "incoming" / "left"
    old.mkdir()
    (old / "part").write_text("x", encoding="utf-8")
    os.utime(old, (0, 0))
    young = registry.root / "incoming" / "young"
    young.mkdir()
    registry.issue(package_of(tmp_path / "next", forecast_of(flows, 55)), "test-flows")
    assert [path.name for path in (registry.root / "incoming").iterdir()] == ["young"]


def test_what_cannot_be_kept_is_refused_and_nothing_is_kept(tmp_path, flows):
    made = Registry(tmp_path / "registry")
    package = package_of(tmp_path / "package", forecast_of(flows, 50))
    with pytest.raises(fc.FlowError, match="no registry with an issued forecast"):
        made.entries()
    with pytest.raises(fc.FlowError, match="name is 'A b'"):
        made.issue(package, "A b")
    with pytest.raises(fc.FlowError, match="no such forecast file"):
        made.issue(tmp_path / "nothing", "name")
    with pytest.raises(fc.FlowError, match="benchmark differs from the forecast in 'time'"):
        made.issue(package, "name", benchmark=forecast_of(flows, 51))
    (package / "link").symlink_to("/etc/passwd")
    with pytest.raises(fc.FlowError, match="holds link: neither file nor folder"):
        made.issue(package, "name")
    (package / "link").unlink()
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "thesis.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(fc.FlowError, match="holds other files"):
        Registry(tmp_path / "other").issue(package, "name")
    assert entry_numbers(made.root) == []
    made.issue(package, "name")
    with pytest.raises(fc.FlowError, match="no forecast 'otherwise' was issued; names are name"):
        made.find("otherwise")
    with pytest.raises(fc.FlowError, match="'soon' is no date"):
        made.find("name", "soon")
    with pytest.raises(fc.FlowError, match="as_of is 'soon'"):
        made.find("name", as_of="soon")
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(fc.FlowError, match="holds no file"):
        registry_folders.keep_folder(empty, made.root, "packages")
    with pytest.raises(fc.FlowError, match="is no folder"):
        registry_folders.keep_folder(tmp_path / "nothing", made.root, "packages")


def test_a_package_that_changes_while_it_is_copied_is_refused(tmp_path, monkeypatch):
    write_package(tmp_path / "package", 1)
    real = shutil.copytree

    def copy_and_change(source, target):
        real(source, target)
        (target / "samples.txt").write_text("other", encoding="utf-8")

    monkeypatch.setattr(registry_folders.shutil, "copytree", copy_and_change)
    with pytest.raises(fc.FlowError, match="changed while it was copied"):
        Registry(tmp_path / "registry", Package.read).issue(tmp_path / "package", "test")


def test_differences_say_what_changed_and_whether_it_matters(flows):
    earlier = forecast_of(flows, 50)
    same = differences(earlier, earlier)
    assert (same["change"] == 0).all()
    assert not same["matters"].any()
    shifted = earlier.copy()
    shifted[..., 0] += 10 * float(same["width_before"].iloc[0]) + 10
    table = differences(earlier, shifted).set_index("location")
    assert table["matters"].tolist() == [True, False, False]
    assert table.loc["XA01", "share"] == pytest.approx(3 * 10, rel=0.2)
    fewer = differences(earlier, earlier.isel(location=[0, 1])).set_index("location")
    assert fewer.loc["XA03", "status"] == "removed"
    more = differences(earlier.isel(location=[0, 1]), earlier).set_index("location")
    assert more.loc["XA03", "status"] == "added"
    assert more.loc["XA03", "matters"]
    with pytest.raises(fc.FlowError, match="share no period"):
        differences(earlier, forecast_of(flows, 57))


def test_the_scoreboard_scores_what_has_come(registry, flows):
    table = scoreboard(registry, flows)
    assert table["version"].tolist() == [1, 2, 1]
    assert (table["periods"] == 3).all()
    assert table["covered_90"].between(0, 1).all()
    first = registry.samples(registry.entries()[0])
    seen = flows.sel(time=first["time"])
    expected = float(fc.crps(observed=seen.values, samples=first.values).mean())
    assert table["crps"].iloc[0] == pytest.approx(expected)
    assert table["skill"].iloc[0] == pytest.approx(1 - expected / table["benchmark_crps"].iloc[0])
    partly = scoreboard(registry, flows.isel(time=slice(0, 51)))
    assert partly["periods"].tolist() == [1, 1, 0]
    assert np.isnan(partly["crps"].iloc[2])
    with pytest.raises(fc.FlowError, match="observations have dims"):
        scoreboard(registry, flows.expand_dims(cause=["all"], axis=2))


def run_writers(folder, kind, first, second):
    command = [sys.executable, str(WRITER), str(folder), kind, str(first), str(second)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)  # noqa: S603
    assert done.returncode == 0, done.stderr
    lines = (folder / "log.txt").read_text(encoding="utf-8").splitlines()
    return {line.split()[0] for line in lines if len(line.split()) == 2}


def check_whole(folder, seals):
    """Every version that was reported issued is there, whole, and in an unbroken chain."""
    made = Registry(folder / "registry", Package.read)
    assert made.verify() == []
    entries = made.entries()
    assert seals <= {entry.seal for entry in entries}
    assert [entry.version for entry in entries] == list(range(1, len(entries) + 1))
    for entry in entries:
        writer, number = map(int, entry.note.split("-"))
        assert float(made.samples(entry).item()) == writer * 10_000 + number
    return entries


@needs_fork
def test_eight_writers_at_once_lose_nothing(tmp_path):
    seals = run_writers(tmp_path, "writers", 8, 5)
    assert len(seals) == 40
    assert len(check_whole(tmp_path, seals)) == 40


@needs_fork
def test_writers_that_are_killed_leave_the_registry_whole(tmp_path):
    seals = run_writers(tmp_path, "kills", 6, 1)
    assert len(check_whole(tmp_path, seals)) >= len(seals) > 0


@pytest.mark.slow(minutes=2)
@needs_fork
def test_two_hundred_random_kills_lose_or_tear_nothing(tmp_path):
    seals = run_writers(tmp_path, "kills", 200, 2)
    assert len(check_whole(tmp_path, seals)) >= len(seals) > 0


def test_an_entry_holds_all_that_is_sealed(registry):
    path = registry.root / "entries" / "00000001" / "entry.json"
    content = json.loads(path.read_text(encoding="utf-8"))
    assert content == dataclasses.asdict(registry.entries()[0])


def test_a_folder_that_cannot_be_moved_is_an_error_and_not_a_lost_version(tmp_path, monkeypatch):
    write_package(tmp_path / "package", 1)
    real = Path.rename

    def refuse(self, target):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "rename", refuse)
    made = Registry(tmp_path / "registry", Package.read)
    with pytest.raises(OSError, match="No space left"):
        made.issue(tmp_path / "package", "test")
    monkeypatch.setattr(Path, "rename", real)
    assert entry_numbers(made.root) == []
    assert made.issue(tmp_path / "package", "test").version == 1


def test_systems_without_flushing_still_keep_versions(tmp_path, monkeypatch):
    write_package(tmp_path / "package", 1)

    def refuse(handle):
        raise OSError(22, "Invalid argument")

    monkeypatch.setattr(registry_folders.os, "fsync", refuse)
    made = Registry(tmp_path / "registry", Package.read)
    made.issue(tmp_path / "package", "test")
    assert made.verify() == []
    assert registry_folders._flush(tmp_path / "nothing") is None


def test_a_damaged_entry_is_not_taken_into_the_index(registry):
    (registry.root / "index.sqlite").unlink()
    path = registry.root / "entries" / "00000003" / "entry.json"
    path.chmod(0o644)
    path.write_text("{}", encoding="utf-8")
    with pytest.raises(fc.FlowError, match="no entry of a registry"):
        registry.entries()


def test_an_index_of_another_version_is_made_anew(registry):
    entries = registry.entries()
    index = registry.root / "index.sqlite"
    index.unlink()
    connection = sqlite3.connect(index)
    connection.execute("CREATE TABLE entries (number INTEGER)")
    connection.commit()
    connection.close()
    assert registry.entries() == entries
    assert registry.verify() == []


def test_an_index_that_cannot_be_filled_stays_as_it_was(registry, monkeypatch):
    from forecasting.registry import index

    entries = registry.entries()
    monkeypatch.setattr(index, "_INSERT", "INSERT INTO nowhere VALUES (1)")
    for write in (
        registry.rebuild,
        lambda: index._catch_up(index._open(registry.root / "x"), registry.root),
    ):
        with pytest.raises(sqlite3.OperationalError, match="no such table"):
            write()
    assert registry.entries() == entries


def test_observations_by_another_period_are_not_scored(registry, flows):
    days = flows["time"].values[0] + np.arange(flows.sizes["time"]) * np.timedelta64(7, "D")
    weekly = flows.assign_coords(time=days).assign_attrs(period="week")
    with pytest.raises(fc.FlowError, match="count persons per week, the forecast per month"):
        scoreboard(registry, weekly)
