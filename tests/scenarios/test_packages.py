"""A scenario on a received package: replication k is sample k at every level of government."""

import json
import re

import numpy as np
import pytest
import xarray as xr
import yaml
from typer.testing import CliRunner

import forecasting as fc
import scenarios.packages
from forecasting.sharing import About, slice_package, write_package
from scenarios.cli import app
from scenarios.files import LIBRARY, load_scenario, parse_scenario
from scenarios.forecasts import check_data
from scenarios.problems import ScenarioError
from scenarios.results import read_results
from scenarios.runner import run, run_to_folder
from scenarios.sharing.issue import flows_and_tree
from tests.forecasting.packages import invented_forecast

DISTRICT = "SO20:Belet Weyne"
REPLICATIONS = 4


@pytest.fixture(scope="module")
def packages(tmp_path_factory):
    folder = tmp_path_factory.mktemp("shared")
    flows, tree = flows_and_tree(load_scenario("beledweyne-flood"), 2)
    made = fc.RecentClimatology().fit(flows).forecast(horizon=6, samples=REPLICATIONS, seed=1)
    about = About(issuer="National office", purpose="planning", skill="not tested")
    options = {"hierarchy": tree, "salt": bytes(32), "parquet": False}
    national = write_package(made, folder / "national", about, **options)
    slice_package(national, "SO20", folder / "region")
    slice_package(national, DISTRICT, folder / "district.zip")
    return folder


def written(folder, package, name="site", locations=(DISTRICT,), **forecast):
    """Write the flagship for one place and on a package."""
    text = (LIBRARY / "beledweyne-flood.yaml").read_text(encoding="utf-8")
    tree = yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506 - text stays text
    tree["name"] = name
    tree["inflows"] = [i for i in tree["inflows"] if "hiraan" in i["name"]]
    for inflow in tree["inflows"]:
        inflow["locations"] = list(locations)
    tree["forecast"] = {"package": package, "focus": list(locations), **forecast}
    path = folder / f"{name}.yaml"
    path.write_text(yaml.safe_dump(tree, sort_keys=False), encoding="utf-8")
    return path


def simulated(path):
    return run(path, replications=REPLICATIONS, seed=3, workers=1)


@pytest.mark.untraced
def test_replication_k_is_sample_k_at_national_region_and_district_level(packages):
    made = {
        name: simulated(written(packages, name)) for name in ("national", "region", "district.zip")
    }
    first = made["national"]
    assert float(first.main.measures["persons_entered"].sum()) > 0
    for name, other in made.items():
        xr.testing.assert_equal(other.main.measures, first.main.measures)
        own = other.main.forecast.sel(location=DISTRICT)
        assert (own.values == first.main.forecast.sel(location=DISTRICT).values).all(), name
    records = [results.provenance["packages"]["site"] for results in made.values()]
    assert len({record["whole"] for record in records}) == 1
    assert len({record["package"] for record in records}) == 3
    assert first.statement == "not tested"
    assert first.benchmark is None


def test_replications_follow_the_samples_one_by_one(packages):
    """The same people come when the sample of a replication is shared again by itself."""
    whole = simulated(written(packages, "region"))
    forecast = whole.main.forecast.copy()
    order = [2, 0, 3, 1]
    tree_flows = forecast.isel(sample=order).assign_coords(sample=range(REPLICATIONS))
    write_package(
        tree_flows, packages / "turned", About(issuer="N", purpose="p"), policy="none",
        parquet=False,
    )  # fmt: skip
    turned = simulated(written(packages, "turned", name="turned"))
    people = "persons_entered"
    expected = whole.main.forecast.sel(location=DISTRICT).sum(["time", "cause"]).values[order]
    found = turned.main.forecast.sel(location=DISTRICT).sum(["time", "cause"]).values
    assert (found == expected).all()
    # Inflows take a share of those displaced, so more people displaced means more who ask.
    ranks = found.argsort().tolist()
    assert turned.main.measures[people].values.argsort().tolist() == ranks


@pytest.mark.slow
def test_results_tell_of_the_package_and_are_read_without_it(packages, tmp_path):
    path = written(packages, "district.zip", name="kept")
    folder = run_to_folder(path, tmp_path / "out", replications=2, workers=1)
    record = json.loads((folder / "provenance.json").read_text(encoding="utf-8"))
    package = record["packages"]["kept"]
    assert re.fullmatch("[0-9a-f]{64}", package["package"])
    assert package["unit"] == DISTRICT
    assert package["samples_sha256"] in record["data"].values()
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert package["package"] in page
    assert "begins without a past" in page
    again = read_results(folder)
    assert again.benchmark is None
    assert again.observed.sizes["time"] == 0
    # The scenario in the folder names all that the package said, so it needs no package to be read.
    assert again.main.scenario.forecast.package_identifier == package["package"]
    assert parse_scenario(again.main.scenario.resolved_yaml()) == again.main.scenario


def problem_of(path):
    with pytest.raises(ScenarioError, match=r".") as caught:
        run(path, replications=1, workers=1)
    return str(caught.value)


def test_what_is_wrong_with_a_package_is_named(packages):
    def of(package, **options):
        return problem_of(written(packages, package, name="wrong", **options))

    assert "nowhere: no such folder or zip file" in of("nowhere")
    assert "this is no forecast package" in of(".")
    said = of("region", samples="3", model="pool", benchmark="pool")
    assert said.count("is not given beside a package") == 3
    assert "'admin0' is not in the package; it has admin1, admin2" in of("region", level="admin0")
    assert "SO21 not in the package about SO20 at admin2" in of("region", locations=("SO21",))
    assert "ask the issuer for the version" in of("region", package_identifier="0" * 64)


def test_a_changed_package_is_not_simulated_on(packages, tmp_path):
    region = packages / "region"
    readme = region / "README.txt"
    kept = readme.read_bytes()
    try:
        readme.write_bytes(kept + b" ")
        assert "README.txt: was changed" in problem_of(written(packages, "region", name="changed"))
    finally:
        readme.write_bytes(kept)
    scenario = load_scenario(written(packages, "region", name="other"))
    pinned = scenario.forecast.model_copy(update={"package_identifier": "1" * 64})
    other = scenario.model_copy(update={"forecast": pinned})
    with pytest.raises(ScenarioError, match="but the scenario is for 1111111111111111"):
        run(other, replications=1, workers=1)


def test_a_run_verifies_the_same_bytes_once(packages, tmp_path, monkeypatch):
    for file in (packages / "region").rglob("*"):
        copy = tmp_path / "copy" / file.relative_to(packages / "region")
        copy.parent.mkdir(parents=True, exist_ok=True)
        if file.is_file():
            copy.write_bytes(file.read_bytes())
    read = []
    whole = scenarios.packages.read_package
    monkeypatch.setattr(
        scenarios.packages, "read_package", lambda path: read.append(path) or whole(path)
    )
    path = written(tmp_path, "copy")
    run(path, replications=1, workers=1)
    assert len(read) == 1
    (tmp_path / "copy" / "README.txt").write_bytes(b"other")
    with pytest.raises(ScenarioError, match=r"README\.txt: was changed"):
        run(path, replications=1, workers=1)
    assert len(read) == 2


def test_a_package_is_no_data_to_forecast_from_or_to_share(packages, tmp_path):
    path = written(packages, "region", name="no-data")
    runner = CliRunner()
    tested = runner.invoke(app, ["backtest", str(path)])
    assert tested.exit_code == 2
    assert "holds a forecast and no flows" in tested.output
    told = ("--issuer", "N", "--purpose", "p")
    shared = runner.invoke(app, ["share", str(path), "--out", str(tmp_path / "s"), *told])
    assert shared.exit_code == 2
    assert "pass that package on" in " ".join(shared.output.split())
    text = path.read_text(encoding="utf-8").replace("replications: '200'", "replications: '4'")
    assert "replications: '4'" in text
    path.write_text(text, encoding="utf-8")
    assert runner.invoke(app, ["check", str(path)]).exit_code == 0


@pytest.mark.parametrize("verb", ["new", "worksheet"])
def test_a_copy_in_another_folder_finds_the_package(packages, tmp_path, verb):
    path = written(packages, "district.zip", name="base")
    copy = tmp_path / ("copy.yaml" if verb == "new" else "copy.xlsx")
    made = CliRunner().invoke(app, [verb, str(copy), "--from", str(path)])
    assert made.exit_code == 0, made.output
    section = load_scenario(copy).forecast
    assert (tmp_path / section.package).resolve() == (packages / "district.zip").resolve()
    assert section.data == load_scenario(path).forecast.data
    check_data(load_scenario(copy))


def test_the_model_package_needs_a_package():
    text = (LIBRARY / "beledweyne-flood.yaml").read_text(encoding="utf-8")
    with pytest.raises(ScenarioError, match="belongs to a forecast with 'package: PATH'"):
        parse_scenario(text.replace("model: pool", "model: package"))


def test_a_package_by_week_is_simulated_by_week(tmp_path):
    made = invented_forecast(months=3)
    weeks = made.assign_coords(
        time=made["time"].values[0] + np.arange(3) * np.timedelta64(7, "D")
    ).assign_attrs(period="week")
    write_package(weeks, tmp_path / "weekly", About(issuer="N", purpose="p"), policy="none",
                  parquet=False)  # fmt: skip
    path = written(tmp_path, "weekly", locations=("XA1:D0",))
    text = path.read_text(encoding="utf-8")
    text = text.replace("2022-07-01", "2026-11-01").replace("184 days", "21 days")
    tree = yaml.safe_load(text)
    for inflow in tree["inflows"]:
        inflow["causes"] = ["flood" if "flood" in inflow["name"] else "conflict"]
    path.write_text(yaml.safe_dump(tree), encoding="utf-8")
    done = run(path, replications=2, workers=1)
    assert str(done.main.scenario.forecast.horizon) == "3"
    assert float(done.main.measures["persons_entered"].sum()) > 0


def test_no_more_samples_can_be_drawn_of_a_package(packages):
    path = written(packages, "district.zip")
    with pytest.raises(ScenarioError, match=r"package holds \d+ samples .* leave out --samples"):
        run(path, samples=80)
