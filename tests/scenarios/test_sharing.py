"""A forecast goes down to every level by command and comes back the same."""

import numpy as np
import pytest
from typer.testing import CliRunner

import forecasting as fc
from forecasting.flows import write_forecast
from forecasting.sharing import About, PackageError, read_package
from scenarios.cli import app
from scenarios.files import load_scenario
from scenarios.moments import read_horizon
from scenarios.sharing.issue import admin_level, flows_and_tree, share
from tests.forecasting.packages import SALT, invented_forecast, invented_tree

ABOUT = About(issuer="Office of Land", purpose="contingency planning")
SAID = ("--issuer", "Office of Land", "--purpose", "contingency planning")


def called(*arguments):
    return CliRunner().invoke(app, [str(one) for one in arguments])


@pytest.fixture(scope="module")
def forecast_file(tmp_path_factory):
    return write_forecast(invented_forecast(), tmp_path_factory.mktemp("made") / "forecast.nc")


@pytest.fixture
def shared(tmp_path, forecast_file, monkeypatch):
    monkeypatch.setenv("SAFEPASSAGE_SALT", str(tmp_path / "salt"))
    done = called("share", forecast_file, "--out", tmp_path / "shared", *SAID, "--no-parquet")
    assert done.exit_code == 0, done.output
    assert "9 slices, policy default" in done.output
    return tmp_path / "shared"


def test_a_forecast_file_becomes_a_national_package_and_slices(shared):
    assert sorted(one.name for one in shared.iterdir()) == ["admin1", "admin2", "national"]
    assert len(list((shared / "admin2").iterdir())) == 6
    whole = read_package(shared / "national")
    district = read_package(shared / "admin2" / "XA3-D1")
    assert district.whole == whole.identifier
    same = whole.forecast.sel(location=["XA3:D1"])
    np.testing.assert_array_equal(district.forecast, same)


def test_open_verify_merge_and_diff(shared, tmp_path):
    opened = called("open", shared / "admin1" / "XA3")
    assert opened.exit_code == 0, opened.output
    assert "Office of Land" in opened.output
    assert "signature not checked" in opened.output
    one = called("open", shared / "admin1" / "XA3", "--unit", "XA3:D1")
    assert "conflict" in one.output
    assert called("verify", shared / "national").exit_code == 0
    again = tmp_path / "again"
    merged = called("merge", *sorted((shared / "admin1").iterdir()), "--out", again)
    assert "byte for byte" in merged.output, merged.output
    same = called("diff", shared / "national", again)
    assert "It matters for 0 of 10 places" in same.output
    readme = shared / "national" / "README.txt"
    readme.write_text("other", encoding="utf-8")
    spoiled = called("verify", shared / "national")
    assert spoiled.exit_code == 2
    assert "README.txt: was changed" in spoiled.output


def test_zip_files_and_signatures(tmp_path, forecast_file, monkeypatch):
    pytest.importorskip("cryptography", reason="signatures need cryptography (extra sharing)")
    monkeypatch.setenv("SAFEPASSAGE_SALT", str(tmp_path / "salt"))
    key = tmp_path / "office.key"
    options = ("--zip", "--sign", key, "--policy", "none", "--no-parquet", "--level", "admin1")
    done = called("share", forecast_file, "--out", tmp_path / "shared", *SAID, *options)
    assert done.exit_code == 0, done.output
    assert "made the keys" in done.output
    assert "small counts are not protected" in done.output
    part = tmp_path / "shared" / "admin1" / "XA1.zip"
    assert "signed by" in called("verify", part, "--key", f"{key}.pub").output
    assert "is signed; give the key" in called("verify", part).output
    assert read_package(part).hierarchy.levels == (1,)


def test_what_cannot_be_shared_is_one_message(tmp_path, forecast_file):
    target = tmp_path / "shared"
    for options, message in (
        (("--level", "district"), "level is 'district'; write admin0"),
        (("--level", "admin7"), "the forecast has admin0, admin1, admin2"),
        (("--reconcile", "min_trace_ols"), "needs a scenario"),
        (("--samples", "99"), "has 8 samples; 99 were asked for"),
        (("--policy", "strict"), "requires recipient"),
        (("--licence", "mine"), "licence is 'mine'"),
    ):
        done = called("share", forecast_file, "--out", target, *SAID, *options)
        assert done.exit_code == 2, (options, done.output)
        assert message in " ".join(done.output.split()), (options, done.output)
        assert not target.exists()
    target.mkdir()
    assert called("share", forecast_file, "--out", target, *SAID).exit_code == 2


def test_a_scenario_is_shared_for_the_whole_country(tmp_path):
    issue = share(
        "beledweyne-flood",
        tmp_path / "shared",
        ABOUT,
        level="admin1",
        samples=20,
        backtest=False,
        parquet=False,
        salt=SALT,
    )
    assert issue.national.unit == "SO"
    assert len(issue.slices) == 18
    said = issue.national.provenance
    assert said["forecast"]["samples"] == 20
    assert said["sources"][0]["name"] == "somalia_displacement"
    assert "not tested" in said["skill"]
    assert said["unit"]["name"] == "Somalia"
    assert issue.national.forecast.sizes["time"] == 6


def test_levels_and_places_of_a_scenario():
    assert admin_level("admin0") == 0
    scenario = load_scenario("beledweyne-flood")
    flows, tree = flows_and_tree(scenario, 2)
    assert flows.sizes["location"] == len(tree.bottom) == 78
    assert tree.levels == (0, 1, 2)
    with pytest.raises(PackageError, match=r"level is admin3; somalia_displacement has admin0"):
        flows_and_tree(scenario, 3)
    assert fc.load_somalia_displacement().sizes["location"] == 18
    assert invented_tree().levels == (0, 1, 2)


def test_levels_made_to_agree_and_the_record_on_the_past(tmp_path, monkeypatch):
    scenario = load_scenario("beledweyne-flood")
    simple = {"model": "recent-climatology", "horizon": read_horizon("2 months"), "drivers": None}
    quick = scenario.model_copy(update={"forecast": scenario.forecast.model_copy(update=simple)})
    monkeypatch.setattr("scenarios.sharing.issue.load_scenario", lambda _: quick)
    issue = share(
        "quick",
        tmp_path / "shared",
        ABOUT,
        level="admin1",
        method="min_trace_structural",
        samples=30,
        parquet=False,
        salt=SALT,
    )
    said = issue.national.provenance
    assert said["reconciliation"].startswith("min_trace_structural: every level forecast by itself")
    assert "recent climatology" in said["skill"]
    assert "cutoffs" in said["skill"]
    levels = [issue.national.at(level).sum("location") for level in (0, 1)]
    assert (levels[0] == levels[1]).all()
    with pytest.raises(PackageError, match="reconcile is 'guess'; allowed: bottom_up"):
        share("quick", tmp_path / "other", ABOUT, method="guess")
    assert not (tmp_path / "other").exists()


def test_districts_of_a_file_are_summed_to_the_level_asked_for(tmp_path, forecast_file):
    issue = share(
        forecast_file, tmp_path / "p", ABOUT, level="admin1", policy="none", samples=3,
        parquet=False,
    )  # fmt: skip
    whole = invented_forecast().isel(sample=slice(3))
    np.testing.assert_array_equal(issue.national.forecast.sum("location"), whole.sum("location"))
    assert issue.national.hierarchy.levels == (0, 1)


def test_other_tables_than_that_of_somalia_can_be_shared():
    scenario = load_scenario("docs/how-to/examples/my-region.yaml")
    flows, tree = flows_and_tree(scenario, 1)
    assert set(tree.bottom) == set(flows["location"].values)
