"""Every format of a package opens in its own field's tools."""

import gc
import json
import logging
import shutil
import subprocess
import warnings

import pytest

from forecasting.sharing import read_package, slice_package, write_package
from tests.forecasting.packages import ABOUT, SALT, invented_forecast, invented_tree


@pytest.fixture(scope="module")
def part(tmp_path_factory):
    folder = tmp_path_factory.mktemp("formats")
    whole = write_package(
        invented_forecast(), folder / "national", ABOUT, hierarchy=invented_tree(), salt=SALT
    )
    return slice_package(whole, "XA3", folder / "XA3")


def model_of(package):
    forecast = package.provenance["forecast"]
    return f"{forecast['model_id']}/{forecast['reference_date']}-{forecast['model_id']}"


def test_netcdf_follows_cf(part):
    import xarray as xr

    with xr.open_dataset(part.path / "samples.nc", engine="h5netcdf") as dataset:
        counts = dataset["internal_displacements"]
        assert dataset.attrs["Conventions"] == "CF-1.11"
        assert counts.attrs["units"] == "1"
        assert counts.attrs["cell_methods"] == "time: sum"
        assert counts.dims == ("realization", "location", "cause", "time")
        assert dataset["realization"].attrs["standard_name"] == "realization"
        assert dataset["time"].attrs["bounds"] == "time_bounds"
        names = counts.encoding["coordinates"].split()
        assert "forecast_reference_time" in names
        assert dataset["location_code"].values.tolist() == [b"XA3:D0", b"XA3:D1", b"XA3:D2"] or (
            dataset["location_code"].values.tolist() == ["XA3:D0", "XA3:D1", "XA3:D2"]
        )


@pytest.mark.slow
def test_netcdf_passes_the_compliance_checker(part):
    checker = shutil.which("compliance-checker")
    if checker is None:
        pytest.skip("the program compliance-checker is not installed")
    done = subprocess.run(  # noqa: S603 - the program found above
        [checker, "--test=cf:1.11", "-c", "strict", part.path / "samples.nc"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert "All tests passed!" in done.stdout


def test_parquet_is_read_by_sql(part):
    duckdb = pytest.importorskip("duckdb", reason="DuckDB is not installed")
    path = part.path / "model-output" / f"{model_of(part)}.parquet"
    query = (
        "select location, sum(value), count(distinct output_type_id) from read_parquet(?) "
        "where output_type = 'sample' group by location order by location"
    )
    rows = duckdb.execute(query, [str(path)]).fetchall()
    assert rows[0] == ("XA3", float(part.forecast.sum()), 8)
    assert sum(row[1] for row in rows[1:]) == rows[0][1]


def test_the_hub_is_read_by_the_hubverse(part):
    hubdata = pytest.importorskip("hubdata", reason="hubdata is not installed")
    logging.getLogger("hubdata").setLevel(logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        hub = hubdata.connect_hub(part.path)
        table = hub.get_dataset().to_table()
    assert table.schema.equals(hub.schema)
    samples = table.filter(table["output_type"].to_numpy(zero_copy_only=False) == "sample")
    assert len(samples) == 8 * 4 * 2 * 3
    task = hub.tasks["rounds"][0]["model_tasks"][0]
    joint = task["output_type"]["sample"]["output_type_id_params"]
    assert joint["compound_taskid_set"] == ["reference_date", "target"]
    assert joint["min_samples_per_task"] == joint["max_samples_per_task"] == 8


def test_hub_settings_keep_to_the_published_schema(part):
    # What the schemas of the hubverse (version 6.0.0 for the hub) require and forbid.
    admin = json.loads((part.path / "hub-config" / "admin.json").read_text(encoding="utf-8"))
    required = {"schema_version", "name", "maintainer", "contact", "repository", "file_format"}
    assert required | {"timezone"} <= set(admin) <= required | {"timezone", "model_output_dir"}
    tasks = json.loads((part.path / "hub-config" / "tasks.json").read_text(encoding="utf-8"))
    assert {"rounds", "schema_version"} <= set(tasks)
    one = tasks["rounds"][0]
    assert {"round_id_from_variable", "round_id", "model_tasks", "submissions_due"} == set(one)
    for task in one["model_tasks"]:
        assert set(task) == {"task_ids", "output_type", "target_metadata"}
        assert all(set(ids) == {"required", "optional"} for ids in task["task_ids"].values())
        target = task["target_metadata"][0]
        assert len(target["target_id"]) <= 30
        assert len(target["target_name"]) <= 100
        assert target["is_step_ahead"]
        assert target["time_unit"] == "month"


def test_the_data_package_is_valid(part):
    frictionless = pytest.importorskip("frictionless", reason="frictionless is not installed")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        report = frictionless.validate(str(part.path / "datapackage.json"))
    assert report.valid, report.flatten(["title", "message"])


# The library leaves the files it read to the garbage collector.
@pytest.mark.filterwarnings("ignore::ResourceWarning")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_hxl_tables_are_valid(part):
    hxl = pytest.importorskip("hxl", reason="libhxl is not installed")
    for level in (1, 2):
        path = str(part.path / "hxl" / f"admin{level}.csv")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            source = hxl.data(path, hxl.InputOptions(allow_local=True))
            assert hxl.validate(source)["is_valid"]
            assert "#affected" in source.tags
        del source
    gc.collect()


def test_the_crate_is_read(part):
    rocrate = pytest.importorskip("rocrate.rocrate", reason="rocrate is not installed")
    crate = rocrate.ROCrate(str(part.path))
    assert crate.name.startswith("Région 3, part of")
    assert {entity.id for entity in crate.data_entities} >= {"samples.nc", "forecast.xlsx"}


def test_the_workbook_opens(part, tmp_path):
    openpyxl = pytest.importorskip("openpyxl", reason="openpyxl is not installed")
    book = openpyxl.load_workbook(part.path / "forecast.xlsx")
    assert book.sheetnames[:3] == ["Read me", "Places", "Whole period"]
    sheet = book["Whole period"]
    assert sheet["A2"].value == "XA3"
    figures = read_package(part.path).figures()
    assert sheet["I4"].value == figures.total(0)[4, 2]
    office = shutil.which("soffice")
    if office is None:
        pytest.skip("LibreOffice is not installed; openpyxl read the workbook")
    done = subprocess.run(  # noqa: S603 - the program found above
        [office, "--headless", f"-env:UserInstallation=file://{tmp_path}/profile", "--convert-to",
         "csv", "--outdir", tmp_path, part.path / "forecast.xlsx"],
        capture_output=True, text=True, check=True, timeout=120,
    )  # fmt: skip
    assert "forecast.csv" in done.stdout
    assert b"gion 3, part of: Forecast of" in (tmp_path / "forecast.csv").read_bytes()
    assert "rror" not in done.stderr
