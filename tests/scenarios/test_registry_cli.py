"""Packages that `share` writes are kept, found again, compared, scored and put in force again."""

import csv
import shutil
from datetime import UTC, datetime

import pandas as pd
import pytest
from typer.testing import CliRunner

from forecasting.flows import write_forecast
from forecasting.registry import Registry
from forecasting.sharing import read_package, write_package
from scenarios.cli import app
from tests.forecasting import s3_server
from tests.forecasting.packages import ABOUT, SALT, files_in, invented_forecast, invented_tree

NAME = "internal_displacements-xa-admin2"
SEAL_LENGTH = 64


def called(*arguments):
    return CliRunner().invoke(app, ["registry", *map(str, arguments)])


def refused(message, *arguments):
    """Run a wrong command: status 2, one message, no traceback."""
    done = called(*arguments)
    said = " ".join(done.output.replace("│", " ").split())
    assert done.exit_code == 2, said
    assert message in said, said
    assert "Traceback" not in said
    return said


def done_well(*arguments):
    done = called(*arguments)
    assert done.exit_code == 0, done.output
    return " ".join(done.output.split())


def package(path, **changes):
    return write_package(
        invented_forecast(invented_tree((2, 1)), **changes),
        path,
        ABOUT,
        salt=SALT,
        parquet=False,
    )


@pytest.fixture(scope="module")
def packages(tmp_path_factory):
    folder = tmp_path_factory.mktemp("packages")
    package(folder / "first")
    package(folder / "second.zip", seed=2, scale=2000.0)
    package(folder / "simple", seed=3)
    return folder


@pytest.fixture(scope="module")
def two_issues(packages, tmp_path_factory):
    folder = tmp_path_factory.mktemp("kept") / "issued"
    first = packages / "first"
    said = done_well("issue", first, "--registry", folder, "--benchmark", packages / "simple")
    assert f"Entry 1: {NAME} of 2026-11-01, version 1" in said
    said = done_well(
        "issue", packages / "second.zip", "--registry", folder, "--note", "[new] source"
    )
    assert "version 2" in said
    assert "the package calls itself version 1; the registry counts 2" in said
    return folder


@pytest.fixture
def issued(tmp_path, two_issues):
    return shutil.copytree(two_issues, tmp_path / "issued")


def observed_csv(path, places=None, names=None, month="month", causes=True):
    """Write what came: sample 0 of the first issue."""
    forecast = invented_forecast(invented_tree((2, 1)))
    if not causes:
        forecast = forecast.sum("cause")
    columns = [month, "location", *(["cause"] if causes else []), "persons"]
    table = forecast.isel(sample=0).to_series().rename("persons").reset_index()
    table[month] = table["time"].dt.strftime("%Y-%m-%d")
    table["location"] = table["location"].replace(names or {}, regex=True)
    chosen = table if places is None else table[table["location"].isin(places)]
    chosen[columns].to_csv(path, index=False)
    return path


def test_what_share_writes_can_be_issued_and_taken_out(tmp_path, monkeypatch):
    monkeypatch.setenv("SAFEPASSAGE_SALT", str(tmp_path / "salt"))
    made = write_forecast(invented_forecast(), tmp_path / "forecast.nc")
    said = ["--issuer", "Office", "--purpose", "planning", "--zip", "--level", "admin1"]
    shared = ["share", str(made), "--out", str(tmp_path / "shared"), *said, "--no-parquet"]
    assert CliRunner().invoke(app, shared).exit_code == 0
    for part in ("national.zip", "admin1/XA3.zip"):
        done_well("issue", tmp_path / "shared" / part, "--registry", tmp_path / "issued")
    names = ["internal_displacements-xa-admin1", "internal_displacements-xa3-admin1"]
    assert [entry.name for entry in Registry(tmp_path / "issued").entries()] == names
    assert "…" not in done_well("list", "--registry", tmp_path / "issued")
    refused("more than one forecast; give --name: internal_displacements-xa-admin1, internal",
            "get", "--registry", tmp_path / "issued", "--out", tmp_path / "x")  # fmt: skip
    options = ["--registry", tmp_path / "issued", "--name", "internal_displacements-xa3-admin1"]
    done_well("get", *options, "--out", tmp_path / "again.zip")
    again = read_package(tmp_path / "again.zip")
    assert again.identifier == read_package(tmp_path / "shared" / "admin1" / "XA3.zip").identifier


def test_issue_keeps_only_what_holds(tmp_path, packages):
    target = tmp_path / "issued"
    spoiled = shutil.copytree(packages / "first", tmp_path / "spoiled")
    (spoiled / "README.txt").write_text("other", encoding="utf-8")
    said = refused("README.txt: was changed", "issue", spoiled, "--registry", target)
    assert f"package {spoiled}" in said
    refused("no such folder or zip file", "issue", tmp_path / "none", "--registry", target)
    refused("use small letters", "issue", packages / "first", "--registry", target, "--name", "A b")
    assert not target.exists()
    package(tmp_path / "shorter", months=2)
    options = ("--registry", target, "--benchmark", tmp_path / "shorter")
    refused("the benchmark differs from the forecast", "issue", packages / "first", *options)
    assert not (target / "entries").exists()
    (tmp_path / "notes.txt").write_text("of somebody", encoding="utf-8")
    refused("holds other files", "issue", packages / "first", "--registry", tmp_path)


def test_a_signature_must_hold_when_a_key_is_given(tmp_path, packages):
    pytest.importorskip("cryptography", reason="signatures need cryptography (extra sharing)")
    from forecasting.sharing import make_keys, read_secret_key

    make_keys(tmp_path / "office.key")
    forecast = invented_forecast(invented_tree((2, 1)))
    key = read_secret_key(tmp_path / "office.key")
    write_package(forecast, tmp_path / "signed", ABOUT, salt=SALT, parquet=False, key=key)
    options = ("--registry", tmp_path / "issued")
    assert "is signed; give the key" in done_well("issue", tmp_path / "signed", *options)
    options += ("--key", tmp_path / "office.key.pub")
    done_well("issue", tmp_path / "signed", *options)
    refused("the package is not signed", "issue", packages / "first", *options)


def test_the_list_says_what_is_in_force(issued, tmp_path):
    said = called("list", "--registry", issued).output
    rows = [line for line in said.splitlines() if NAME[:8] in line]
    assert [[cell.strip() for cell in row.split("│")][8] for row in rows] == ["no", "yes"]
    assert "[new]" in said
    assert "yes" in done_well("list", "--registry", issued, "--name", NAME)
    refused("did you mean", "list", "--registry", issued, "--name", NAME[:-1])
    refused("is no registry with an issued forecast", "list", "--registry", tmp_path / "none")


def test_get_gives_what_was_in_force_on_a_day(issued, tmp_path, packages):
    first = Registry(issued).entries()[0]
    then = tmp_path / "then"
    said = done_well("get", "--registry", issued, "--as-of", first.issued_at, "--out", then)
    assert f"entry 1, {NAME} of 2026-11-01, version 1" in said
    assert files_in(then) == files_in(packages / "first")
    now = tmp_path / "now"
    done_well("get", "--registry", issued, "--out", now)
    assert read_package(now).identifier == read_package(packages / "second.zip").identifier
    old = tmp_path / "old"
    done_well("get", "--registry", issued, "--version", 1, "--out", old)
    assert files_in(old) == files_in(then)
    refused("exists and is never overwritten", "get", "--registry", issued, "--out", then)
    other = ("--registry", issued, "--out", tmp_path / "other")
    refused("write a day", "get", *other, "--as-of", "yesterday")
    refused("as of 2001-01-01 was issued", "get", *other, "--as-of", "2001-01-01")
    refused("is no date", "get", *other, "--reference-date", "autumn")
    assert not (tmp_path / "other").exists()


def test_diff_says_whether_it_matters(issued):
    said = done_well("diff", 1, 2, "--registry", issued)
    assert "before: entry 1" in said
    assert "It matters for 6 of 6 places" in said
    assert "It matters for 0 of 6 places" in done_well("diff", 2, 2, "--registry", issued)
    refused("there is no entry 9", "diff", 1, 9, "--registry", issued)
    refused("Invalid value for 'before'", "diff", 0, 1, "--registry", issued)


def test_score_against_what_came_later(issued, tmp_path):
    came = observed_csv(tmp_path / "came.csv")
    table = tmp_path / "scores.csv"
    said = done_well("score", "--registry", issued, "--observed", came, "--csv", table)
    assert "persons per month" in said
    scores = pd.read_csv(table)
    assert scores["periods"].tolist() == [3, 3]
    assert scores["crps"][0] < scores["crps"][1]  # the second expects ten times as many
    skill = 1 - scores["crps"][0] / scores["benchmark_crps"][0]
    assert scores["skill"][0] == pytest.approx(skill)
    assert pd.isna(scores["skill"][1])
    one = observed_csv(tmp_path / "one.csv", places=["XA1:D1"])
    said = done_well("score", "--registry", issued, "--observed", one, "--name", NAME)
    assert "one.csv lacks location XA1:D0, location XA2:D0: not scored there" in said
    refused("exists and is never overwritten",
            "score", "--registry", issued, "--observed", came, "--csv", table)  # fmt: skip


def test_places_without_a_row_are_missing_or_zero_as_asked(issued, tmp_path):
    came = observed_csv(tmp_path / "came.csv")
    rows = list(csv.reader(came.read_text(encoding="utf-8").splitlines()))
    kept = [",".join(row) for row in rows if row[0] != "2026-12-01" or row[1] != "XA1:D1"]
    came.write_text("\n".join(kept) + "\n", encoding="utf-8")
    crps = []
    for absent in ("missing", "zero"):
        table = tmp_path / f"{absent}.csv"
        options = ("--observed", came, "--absent", absent, "--csv", table)
        done_well("score", "--registry", issued, *options)
        crps.append(pd.read_csv(table)["crps"][0])
    assert crps[0] != crps[1]
    refused("absent is 'none'", "score", "--registry", issued, "--observed", came,
            "--absent", "none")  # fmt: skip


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"names": {"XA": "ELSEWHERE"}}, "share no period and place with a figure"),
        ({"month": "date"}, "counts persons per day, a forecast per month"),
        ({"causes": False}, "lacks causes, a forecast has them; add the column"),
    ],
)
def test_figures_that_cannot_be_compared_are_refused(issued, tmp_path, change, message):
    came = observed_csv(tmp_path / "came.csv", **change)
    table = tmp_path / "scores.csv"
    for file, said in ((came, message), (tmp_path / "none.csv", "no such file")):
        refused(said, "score", "--registry", issued, "--observed", file, "--csv", table)
    assert not table.exists()


def test_a_forecast_without_causes_asks_for_figures_without(tmp_path):
    package(tmp_path / "plain", causes=())
    done_well("issue", tmp_path / "plain", "--registry", tmp_path / "issued")
    options = ("--registry", tmp_path / "issued", "--observed")
    came = observed_csv(tmp_path / "came.csv")
    refused("has causes, a forecast lacks them; sum over causes", "score", *options, came)
    sums = observed_csv(tmp_path / "sums.csv", causes=False)
    assert "90 %" in done_well("score", *options, sums)


def test_a_forecast_issued_too_late_is_called_so(tmp_path):
    past = invented_forecast(invented_tree((2, 1)))
    months = pd.date_range("2020-11-01", periods=3, freq="MS").to_numpy()
    past = past.assign_coords(time=months, reference_date=months[0])
    write_package(past, tmp_path / "late", ABOUT, salt=SALT, parquet=False)
    said = done_well("issue", tmp_path / "late", "--registry", tmp_path / "issued")
    assert "sealed after its first period had ended" in said
    came = observed_csv(tmp_path / "came.csv")
    came.write_text(came.read_text("utf-8").replace("2026-", "2020-").replace("2027-", "2021-"))
    said = done_well("score", "--registry", tmp_path / "issued", "--observed", came)
    assert "1 of 1 entries were sealed after" in said


def test_rollback_puts_an_earlier_version_in_force(issued, tmp_path, packages):
    said = done_well("rollback", 1, "--registry", issued, "--note", "wrong source")
    assert "version 3, is in force and holds what version 1 held" in said
    done_well("get", "--registry", issued, "--out", tmp_path / "now")
    assert files_in(tmp_path / "now") == files_in(packages / "first")
    assert "rollback" in done_well("list", "--registry", issued)
    refused("entry 1 is in force already", "rollback", 1, "--registry", issued, "--note", "again")
    refused("Missing option '--note'", "rollback", 2, "--registry", issued)
    refused("there is no entry 7", "rollback", 7, "--registry", issued, "--note", "why")
    assert len(Registry(issued).entries()) == 3


def test_verify_finds_a_changed_byte_and_a_history_written_anew(issued, tmp_path):
    seal = Registry(issued).entries()[0].seal
    assert len(seal) == SEAL_LENGTH
    assert "2 entries, all seals and files" in done_well("verify", "--registry", issued)
    done_well("verify", "--registry", issued, "--seal", seal)
    refused("is not in the history", "verify", "--registry", issued, "--seal", "0" * SEAL_LENGTH)
    registry = Registry(issued)
    file = registry.folder(registry.entries()[0]) / "samples.nc"
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.chmod(0o644)
    file.write_bytes(bytes(content))
    refused("entry 1: packages/", "verify", "--registry", issued)
    for wrong in (("get", "--version", 1, "--out", tmp_path / "x"), ("diff", 1, 2),
                  ("rollback", 1, "--note", "why"),
                  ("score", "--observed", observed_csv(tmp_path / "came.csv"))):  # fmt: skip
        refused("was changed after it was issued", *wrong, "--registry", issued)
    assert not (tmp_path / "x").exists()
    assert len(Registry(issued).entries()) == 2
    refused("is a file", "verify", "--registry", tmp_path / "came.csv")


def test_rebuild_makes_the_index_anew(issued, tmp_path):
    (issued / "index.sqlite").unlink()
    assert "index of 2 entries made anew" in done_well("rebuild", "--registry", issued)
    refused("is no registry", "rebuild", "--registry", tmp_path / "none")


def test_a_registry_in_an_object_store(packages, tmp_path, monkeypatch):
    pytest.importorskip("obstore", reason="the extra object-store is not installed")
    address = (tmp_path / "objects").as_uri()
    assert issued_from_two_computers(address, packages, tmp_path, monkeypatch) == 3


@s3_server.SKIPPED
def test_a_registry_behind_the_protocol_of_s3(packages, tmp_path, monkeypatch):
    with s3_server.running(monkeypatch):
        assert issued_from_two_computers(s3_server.ADDRESS, packages, tmp_path, monkeypatch) == 3


def issued_from_two_computers(address, packages, tmp_path, monkeypatch):
    """Every command of a registry, from two computers; returns how many entries it then holds."""
    there = ("--registry", address)
    monkeypatch.setenv("SAFEPASSAGE_CACHE", "off")
    refused("needs a folder for its copy; set SAFEPASSAGE_CACHE", "list", *there)
    monkeypatch.setenv("SAFEPASSAGE_CACHE", str(tmp_path / "one"))
    refused("is no registry with an issued forecast", "list", *there)
    done_well("issue", packages / "first", *there, "--benchmark", packages / "simple")
    between = datetime.now(UTC).isoformat()
    monkeypatch.setenv("SAFEPASSAGE_CACHE", str(tmp_path / "other"))
    done_well("issue", packages / "second.zip", *there)
    assert done_well("list", *there).count(NAME) == 2
    done_well("get", "--as-of", between, "--out", tmp_path / "then", *there)
    assert files_in(tmp_path / "then") == files_in(packages / "first")
    assert "no" not in done_well("diff", 1, 2, *there).split()
    came = observed_csv(tmp_path / "came.csv")
    assert "skill" in done_well("score", *there, "--observed", came).lower()
    done_well("rollback", 1, "--note", "wrong source", *there)
    done_well("get", "--out", tmp_path / "now", *there)
    assert files_in(tmp_path / "now") == files_in(packages / "first")
    monkeypatch.setenv("SAFEPASSAGE_CACHE", str(tmp_path / "one"))
    assert "holds: 3 entries" in done_well("verify", *there)
    assert "index of 3 entries made anew" in done_well("rebuild", *there)
    refused("begins with one of s3://", "list", "--registry", "ftp://host/name")
    return int(done_well("verify", *there).split("holds: ")[1].split()[0])
