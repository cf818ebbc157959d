"""Issued forecasts in an object store: no version is lost, whoever writes and is stopped."""

import subprocess
import sys
from pathlib import Path

import pytest

from forecasting.flows import FlowError
from forecasting.registry.entries import entry_numbers
from forecasting.registry.objects import StoredRegistry, is_address, open_store
from tests.forecasting.registry_writer import Package, write_package
from tests.forecasting.s3_server import ADDRESS, SKIPPED, running

obstore = pytest.importorskip("obstore", reason="the extra object-store is not installed")


def at(store, copy, address="memory"):
    return StoredRegistry(copy, Package.read, store, address)


@pytest.fixture
def store():
    from obstore.store import MemoryStore

    return MemoryStore()


@pytest.fixture
def package(tmp_path):
    write_package(tmp_path / "p", 7, size=10)
    return tmp_path / "p"


def test_what_one_computer_issues_another_finds(store, package, tmp_path):
    first, second = at(store, tmp_path / "a"), at(store, tmp_path / "b")
    entry = first.issue(package, "test", note="Région")
    again = second.issue(package, "test")
    assert (entry.version, again.version, again.previous) == (1, 2, entry.seal)
    assert [e.seal for e in first.entries()] == [entry.seal, again.seal]
    assert second.find("test", as_of=entry.issued_at) == entry
    assert float(second.samples(entry).values.item()) == 7
    assert first.rollback("test", "2026-09-01", 1, note="wrong").restores == 1
    assert second.verify(entry.seal) == []
    assert second.rebuild() == 3
    third = at(store, tmp_path / "c")
    assert [e.number for e in third.entries()] == [1, 2, 3]


def test_two_that_want_the_same_number_both_get_one(store, package, tmp_path, monkeypatch):
    slow, fast = at(store, tmp_path / "a"), at(store, tmp_path / "b")
    fast.issue(package, "test")
    put, between = StoredRegistry._put, ["once"]

    def overtaken(self, name, content):
        if self is slow and name.startswith("entries") and between:
            between.pop()
            fast.issue(package, "test", note="faster")
        return put(self, name, content)

    monkeypatch.setattr(StoredRegistry, "_put", overtaken)
    assert slow.issue(package, "test", note="slower").number == 3
    assert [e.note for e in fast.entries()] == ["", "faster", "slower"]


def test_an_answer_that_was_lost_makes_no_second_version(store, package, tmp_path, monkeypatch):
    put = StoredRegistry._put

    def forgotten(self, name, content):
        put(self, name, content)
        return False

    registry = at(store, tmp_path / "a")
    monkeypatch.setattr(StoredRegistry, "_put", forgotten)
    entry = registry.issue(package, "test")
    assert [e.seal for e in registry.entries()] == [entry.seal]


def test_a_store_that_fails_after_the_entry_was_put_has_it(store, package, tmp_path, monkeypatch):
    registry = at(store, tmp_path / "a")
    registry.issue(package, "test")

    def lost(self, name, content):
        put(self, name, content)
        if name.startswith("entries"):
            msg = "memory: the object store cannot be used (reset)."
            raise FlowError(msg)
        return True

    put = StoredRegistry._put
    monkeypatch.setattr(StoredRegistry, "_put", lost)
    with pytest.raises(FlowError, match=r"Look whether entry 2 is listed before issuing it again"):
        registry.issue(package, "test")
    monkeypatch.undo()
    assert [one.version for one in registry.entries()] == [1, 2]


def test_what_is_there_is_not_sent_again_and_must_be_the_same(
    store, package, tmp_path, monkeypatch
):
    registry, sent, put = at(store, tmp_path / "a"), [], StoredRegistry._put

    def noted(self, name, content):
        sent.append(name)
        return put(self, name, content)

    monkeypatch.setattr(StoredRegistry, "_put", noted)
    entry = registry.issue(package, "test")
    registry.issue(package, "test")
    packages = [name for name in sent if name.startswith("packages")]
    assert len(packages) == len(set(packages))
    file = next(name for name in packages if name.endswith("samples.txt"))
    obstore.put(store, file, b"broken")
    with pytest.raises(FlowError, match=rf"{file} holds something else than its name says"):
        registry.issue(package, "test")
    assert len(registry.entries()) == 2
    assert entry.package in file


def test_an_entry_is_there_only_with_its_package(store, package, tmp_path, monkeypatch):
    def stopped(self, name, content):
        if name.startswith("entries"):
            raise KeyboardInterrupt
        return put(self, name, content)

    registry, put = at(store, tmp_path / "a"), StoredRegistry._put
    first = registry.issue(package, "test")
    monkeypatch.setattr(StoredRegistry, "_put", stopped)
    write_package(tmp_path / "q", 8, size=10)
    with pytest.raises(KeyboardInterrupt):
        registry.issue(tmp_path / "q", "test")
    monkeypatch.undo()
    other = at(store, tmp_path / "b")
    assert other.entries() == [first]
    assert other.verify() == []
    assert other.issue(tmp_path / "q", "test").version == 2


def test_a_rewritten_or_shortened_history_is_refused(store, package, tmp_path):
    registry = at(store, tmp_path / "a")
    for number in range(3):
        registry.issue(package, "test", note=str(number))
    name = "entries/00000003/entry.json"
    content = bytes(obstore.get(store, name).bytes())
    obstore.delete(store, name)
    with pytest.raises(FlowError, match=r"memory: holds 2 entries, .* delete the copy"):
        registry.entries()
    at(store, tmp_path / "b").issue(package, "test", note="another")
    with pytest.raises(FlowError, match=r"entry 3 is not the one .* was rewritten"):
        registry.entries()
    obstore.put(store, name, content.replace(b"2", b"3"))
    with pytest.raises(FlowError, match=r"the seal does not fit|no entry"):
        at(store, tmp_path / "c").entries()
    assert entry_numbers(tmp_path / "c") == [1, 2]
    obstore.put(store, name, content)
    assert len(registry.entries()) == 3


def test_entries_that_continue_another_history_are_refused(store, package, tmp_path):
    from obstore.store import MemoryStore

    ours, theirs = at(store, tmp_path / "a"), MemoryStore()
    other = at(theirs, tmp_path / "b")
    ours.issue(package, "test")
    for note in ("x", "y"):
        other.issue(package, "test", note=note)
    name = "entries/00000002/entry.json"
    obstore.put(store, name, obstore.get(theirs, name).bytes())
    with pytest.raises(FlowError, match=r"entry 2 is not the one"):
        ours.entries()


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda s, p: obstore.put(s, f"{p}/samples.txt", b"9"), "missing or was changed"),
        (lambda s, p: obstore.put(s, f"{p}/more.txt", b"9"), "missing or was changed"),
        (lambda s, p: obstore.delete(s, f"{p}/samples.txt"), "missing or was changed"),
        (lambda s, p: obstore.put(s, f"{p}/a\\b", b"9"), "is no name of a file"),
        (lambda s, p: obstore.put(s, f"{p}/C:x", b"9"), "is no name of a file"),
    ],
)
def test_a_changed_package_is_not_taken(store, package, tmp_path, spoil, said):
    registry = at(store, tmp_path / "a")
    entry = registry.issue(package, "test")
    spoil(store, f"packages/{entry.package}")
    with pytest.raises(FlowError, match=said):
        at(store, tmp_path / "b").entries()
    assert entry_numbers(tmp_path / "b") == []
    assert list((tmp_path / "b" / "incoming").iterdir()) == []
    assert any("was changed after it was issued" in problem for problem in registry.verify())


def test_a_changed_copy_is_found_too(store, package, tmp_path):
    registry = at(store, tmp_path / "a")
    entry = registry.issue(package, "test")
    path = tmp_path / "a" / "packages" / entry.package / "samples.txt"
    path.chmod(0o644)
    path.write_text("9")
    assert "was changed after it was issued" in registry.verify()[0]


def test_addresses(tmp_path, monkeypatch):
    assert not is_address("C:\\issued")
    assert is_address("S3://bucket/x")
    for wrong in ("ftp://host/x", "s3:/bucket", "memory:///", "S3://bucket/x"):
        with pytest.raises(FlowError, match=r"begins with one of s3://, gs://, az://, file://"):
            open_store(wrong)
    folder = tmp_path / "objects"
    registry = at(open_store(folder.as_uri()), tmp_path / "copy", folder.as_uri())
    with pytest.raises(FlowError, match=r"^file:.*is no registry with an issued forecast"):
        registry.entries()
    assert str(open_store("s3://bucket/prefix")).startswith("S3Store")
    monkeypatch.setattr("forecasting.registry.objects.find_spec", lambda _: None)
    with pytest.raises(FlowError, match=r"safepassage\[object-store\]"):
        open_store("s3://bucket/prefix")


def test_a_store_that_fails_is_told(package, tmp_path):
    (tmp_path / "blocked").write_text("a file where a folder should be")
    address = (tmp_path / "blocked").as_uri()
    with pytest.raises(FlowError, match=r"^file:.*the object store cannot be used .*\.$"):
        at(open_store(address), tmp_path / "a", address).issue(package, "test")


def test_a_put_that_met_another_is_asked_for_again(store, package, tmp_path, monkeypatch):
    """S3 answers 409 to puts at once, which obstore tells as an object that is there."""
    put, met = obstore.put, []

    def conflict(*arguments, **options):
        if len(met) < allowed:
            met.append(arguments[1])
            raise obstore.exceptions.AlreadyExistsError
        return put(*arguments, **options)

    monkeypatch.setattr("obstore.put", conflict)
    monkeypatch.setattr("time.sleep", lambda _: None)
    allowed = 4
    assert at(store, tmp_path / "a").issue(package, "test").number == 1
    assert len(set(met)) == 1
    allowed = 9
    write_package(tmp_path / "q", 8, size=10)
    with pytest.raises(FlowError, match=r"the store says that packages/.* and does not have it"):
        at(store, tmp_path / "a").issue(tmp_path / "q", "test")


def run_writers(folder, address, kind, first, second):
    """Run writers in processes that never used a store before; the seals that they noted."""
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-m", "tests.forecasting.objects_writer", str(folder), address, kind,
         str(first), str(second)],
        cwd=Path(__file__).parents[2], capture_output=True, text=True, check=False, timeout=600,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return (folder / "log.txt").read_text(encoding="utf-8").split()


def check_whole(folder, address, seals):
    registry = at(open_store(address), folder / "reader", address)
    entries = registry.entries()
    assert set(seals) <= {entry.seal for entry in entries}
    assert [entry.version for entry in entries] == list(range(1, len(entries) + 1))
    assert registry.verify() == []
    return entries


POSIX = pytest.mark.skipif(sys.platform == "win32", reason="processes and signals of POSIX")


@pytest.fixture(params=["file", pytest.param("s3", marks=SKIPPED)])
def address(request, tmp_path, monkeypatch):
    """A store in a folder, and one behind the protocol of S3."""
    if request.param == "file":
        yield (tmp_path / "objects").as_uri()
    else:
        with running(monkeypatch):
            yield ADDRESS


@POSIX
def test_eight_writers_at_once_lose_nothing(address, tmp_path):
    seals = run_writers(tmp_path, address, "writers", 8, 2)
    entries = check_whole(tmp_path, address, seals)
    assert len(seals) == len(entries) == 16
    assert {entry.note for entry in entries} == {f"{w}-{n}" for w in range(8) for n in range(2)}


@POSIX
def test_writers_that_are_killed_leave_the_store_whole(address, tmp_path):
    seals = run_writers(tmp_path, address, "kills", 6, 1)
    assert len(check_whole(tmp_path, address, seals)) >= 3


@POSIX
@pytest.mark.slow(minutes=2)
def test_many_kills_lose_or_tear_nothing(address, tmp_path):
    seals = run_writers(tmp_path, address, "kills", 200, 2)
    assert len(check_whole(tmp_path, address, seals)) >= 100


@SKIPPED
def test_what_one_computer_issues_over_s3_another_finds(package, tmp_path, monkeypatch):
    with running(monkeypatch):
        first = at(open_store(ADDRESS), tmp_path / "a", ADDRESS)
        second = at(open_store(ADDRESS), tmp_path / "b", ADDRESS)
        entry = first.issue(package, "test", note="Région")
        assert second.issue(package, "test").previous == entry.seal
        assert second.find("test", as_of=entry.issued_at) == entry
        assert float(second.samples(entry).values.item()) == 7
        assert first.rollback("test", "2026-09-01", 1, note="wrong").restores == 1
        assert second.verify(entry.seal) == []
        file = f"packages/{entry.package}/samples.txt"
        assert not first._put(file, b"other")  # the service refuses what is there
        obstore.put(open_store(ADDRESS), file, b"broken")
        assert "was changed after it was issued" in second.verify()[0]
    with pytest.raises(FlowError, match=r"^s3://office/forecasts: the object store cannot be used"):
        at(open_store(ADDRESS), tmp_path / "c", ADDRESS).entries()


@POSIX
@SKIPPED
def test_a_service_that_fails_now_and_then_gets_every_version_once(tmp_path, monkeypatch):
    with running(monkeypatch, faults=0.15):
        seals = run_writers(tmp_path, ADDRESS, "writers", 4, 3)
        entries = check_whole(tmp_path, ADDRESS, seals)
    assert sorted(seals) == sorted(entry.seal for entry in entries)
    assert len(seals) == 12
