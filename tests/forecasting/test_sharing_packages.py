"""A package holds what was put into it, in every table, and tells who made it."""

import csv
import json
import zipfile
from dataclasses import replace

import numpy as np
import pytest
import xarray as xr
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import forecasting
from forecasting.flows import FlowError
from forecasting.hierarchy import Hierarchy
from forecasting.sharing import (
    About,
    Limits,
    PackageError,
    read_package,
    verify_package,
    write_package,
)
from forecasting.sharing import package as package_module
from forecasting.sharing.containers import write_container
from forecasting.sharing.extras import has
from forecasting.sharing.figures import QUANTILE_LEVELS, figures_of, quantiles_of
from forecasting.sharing.netcdf import period_ends, samples_bytes
from forecasting.sharing.netcdf_reader import parse_samples
from forecasting.sharing.provenance import file_name, is_date
from forecasting.sharing.writing import make_package
from tests.forecasting.packages import ABOUT, SALT, files_in, invented_forecast, invented_tree


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    target = tmp_path_factory.mktemp("package") / "national"
    write_package(
        invented_forecast(), target, ABOUT, hierarchy=invented_tree(), salt=SALT, policy="default"
    )
    return target


def test_what_was_written_is_read(folder):
    package = read_package(folder)
    assert package.unit == "XA"
    assert not package.is_slice
    assert package.whole == package.identifier
    assert package.hierarchy == invented_tree()
    assert (package.forecast % 5 == 0).all()
    assert package.provenance["disclosure"]["policy"] == "default"
    assert abs(package.forecast - invented_forecast()).max() < 5


def test_without_protection_the_samples_are_the_same_to_the_last_person(tmp_path):
    forecast = invented_forecast()
    write_package(forecast, tmp_path / "p", ABOUT, hierarchy=invented_tree(), policy="none")
    again = read_package(tmp_path / "p").forecast
    xr.testing.assert_equal(again, forecast.transpose(*again.dims))
    assert again.attrs == {**forecast.attrs, "disclosure_policy": "none"}


def test_same_input_gives_same_bytes_and_a_zip_holds_the_same(tmp_path, folder):
    files = files_in(folder)
    for name in ("again", "again.zip", "third.zip"):
        made = write_package(
            invented_forecast(), tmp_path / name, ABOUT, hierarchy=invented_tree(), salt=SALT
        )
        assert made.identifier == read_package(tmp_path / name).identifier
    assert files_in(tmp_path / "again") == files
    with zipfile.ZipFile(tmp_path / "again.zip") as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == files
    assert (tmp_path / "again.zip").read_bytes() == (tmp_path / "third.zip").read_bytes()


def test_a_zip_made_by_hand_with_one_folder_around_is_read(tmp_path, folder):
    with zipfile.ZipFile(tmp_path / "own.zip", "w") as archive:
        for name, content in files_in(folder).items():
            archive.writestr(f"national/{name}", content)
    assert read_package(tmp_path / "own.zip").identifier == read_package(folder).identifier


def test_every_level_sums_exactly_in_every_sample(folder):
    package = read_package(folder)
    districts = package.forecast.sum("location")
    for level in (0, 1, 2):
        assert (package.at(level).sum("location") == districts).all()
    assert package.at(0)["location"].values.tolist() == ["XA"]


def test_quantile_tables_agree_with_the_samples(folder):
    package = read_package(folder)
    table = package.quantiles()
    row = table.query("location == 'XA3' and cause == 'all'").iloc[1]
    sums = package.at(1).sel(location="XA3").isel(time=1).sum("cause").values
    ranked = np.sort(sums)
    for level in QUANTILE_LEVELS:
        assert row[level] == ranked[int(np.ceil(level * len(sums) - 1e-9)) - 1]
    with (folder / "hxl" / "admin1.csv").open(encoding="utf-8") as file:
        lines = list(csv.reader(file))
    assert lines[1][:5] == ["#adm0+code", "#adm0+name", "#adm1+code", "#adm1+name", "#date+start"]
    shown = next(x for x in lines if x[2] == "XA3" and x[4] == "2026-12-01" and x[6] == "all")
    assert [int(x) for x in shown[7:]] == [row[level] for level in QUANTILE_LEVELS]


def test_quantiles_are_worked_out_once_and_by_spans(folder, monkeypatch):
    package = read_package(folder)
    made = []
    figures_of = package_module.figures_of
    monkeypatch.setattr(
        package_module, "figures_of", lambda *given: made.append(given) or figures_of(*given)
    )
    days = package.quantiles(3)[["first_day", "last_day"]].drop_duplicates()
    assert len(made) == 1
    assert days.astype(str).to_numpy().tolist() == [["2026-11-01", "2027-01-31"]]


def test_provenance_tells_who_what_why_and_how(folder):
    said = json.loads((folder / "provenance.json").read_text(encoding="utf-8"))
    assert said["issuer"] == "Office of Land"
    assert said["purpose"] == said["disclosure"]["purpose"] == "contingency planning"
    assert said["issued"] == said["forecast"]["reference_date"] == "2026-11-01"
    assert said["forecast"]["seed"] == 1
    assert said["whole"] is None
    assert "Office of Land" in (folder / "README.txt").read_text(encoding="utf-8")
    assert "Invented publisher" in (folder / "LICENSE.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("causes", [None, ("flood",)], ids=["no causes", "one cause"])
def test_with_and_without_causes(tmp_path, causes):
    forecast = invented_forecast(causes=causes)
    write_package(forecast, tmp_path / "p", ABOUT, hierarchy=invented_tree(), policy="none")
    package = read_package(tmp_path / "p")
    xr.testing.assert_equal(package.forecast, forecast.transpose(*package.forecast.dims))
    assert set(package.quantiles()["cause"]) == set(causes or ("all",))


@pytest.mark.parametrize(
    ("samples", "scale"),
    [(1, 200.0), (8, 0.0), (3, 1e9)],
    ids=["one sample", "nobody", "very many"],
)
def test_extremes(tmp_path, samples, scale):
    forecast = invented_forecast(samples=samples, scale=max(scale, 1e-9))
    write_package(forecast, tmp_path / "p", ABOUT, hierarchy=invented_tree(), salt=SALT)
    package = read_package(tmp_path / "p")
    assert package.forecast.sizes["sample"] == samples
    assert (package.at(0).sum() == package.forecast.sum()).all()


def test_by_week_and_by_day(tmp_path):
    assert period_ends(np.array(["2024-02-01"], "datetime64[D]"), "month").astype(str) == [
        "2024-03-01"
    ]
    for period, step in (("week", 7), ("day", 1)):
        days = np.datetime64("2026-11-02") + step * np.arange(3) * np.timedelta64(1, "D")
        forecast = invented_forecast().assign_coords(time=days.astype("datetime64[ns]"))
        forecast.attrs["period"] = period
        write_package(forecast, tmp_path / period, ABOUT, hierarchy=invented_tree(), policy="none")
        package = read_package(tmp_path / period)
        assert package.figures().last_days[0] == days[0] + np.timedelta64(step - 1, "D")


def test_hierarchy_comes_from_the_coordinates_by_default(tmp_path):
    flows = forecasting.load_somalia_displacement()
    made = forecasting.RecentClimatology().fit(flows).forecast(horizon=2, samples=5, seed=1)
    package = write_package(made, tmp_path / "p", ABOUT, salt=SALT, parquet=False)
    assert package.unit == "SO"
    assert package.hierarchy.levels == (0, 1)
    read = read_package(tmp_path / "p")
    assert not any(name.endswith(".parquet") for name in files_in(tmp_path / "p"))
    assert read.identifier == package.identifier


def yearly(forecast):
    times = np.array(["2027", "2028", "2029"], "datetime64[ns]")
    return forecast.assign_coords(time=times).assign_attrs(period="year")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda f: f + 0.5, "samples are not whole persons"),
        (lambda f: yearly(f), "is by year; packages are by"),
        (lambda f: f.assign_coords(mood=("location", [1.0] * 6)), "'mood' is not shared"),
        (lambda f: f.assign_attrs(extra=[1, 2]), "attribute 'extra' has type list"),
        (lambda f: f.assign_coords(cause=["=cmd()", "conflict"]), "cannot be a code, name"),
        (lambda f: f.assign_coords(cause=["all", "conflict"]), "'all' is the name of the sum"),
        (lambda f: f.where(f > 10), "NaN in samples"),
        (lambda f: f - 1000, "negative"),
        (lambda f: f + 2.0**53, "too large to be exact"),
    ],
    ids=[
        "fractions",
        "years",
        "coordinate",
        "attribute",
        "formula",
        "all",
        "missing",
        "negative",
        "huge",
    ],
)
def test_what_cannot_be_shared_is_refused_before_anything_is_written(tmp_path, change, message):
    forecast = invented_forecast()
    changed = change(forecast)
    changed.attrs = changed.attrs or forecast.attrs
    with pytest.raises(FlowError, match=message):
        write_package(changed, tmp_path / "p", ABOUT, hierarchy=invented_tree(), policy="none")
    assert list(tmp_path.iterdir()) == []


def test_corridors_are_refused():
    forecast = (
        invented_forecast(causes=None)
        .rename(location="origin")
        .expand_dims(destination=["XB"], axis=-1)
    )
    forecast = forecast.drop_vars(["location_name", "admin_level", "parent"])
    forecast.attrs = invented_forecast().attrs
    with pytest.raises(FlowError, match="packages are by location"):
        make_package(forecast, ABOUT, hierarchy=invented_tree())


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"issuer": " "}, "issuer is empty"),
        ({"purpose": ""}, "purpose is empty"),
        ({"licence": "mine"}, "licence is 'mine'; allowed: CC-BY-4.0"),
        ({"version": 0}, "version is 0"),
    ],
    ids=["issuer", "purpose", "licence", "version"],
)
def test_an_issuer_must_say_who_and_why(given, message):
    with pytest.raises(PackageError, match=message):
        About(**{"issuer": "Office", "purpose": "planning", **given})


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"issued": "1 July"}, "issued: '1 July' is not a day"),
        ({"name": "a/b"}, "name: 'a/b' has signs"),
        ({"title": "two\nlines"}, "title: is too long or holds control"),
        ({"sources": ({"name": "x"},)}, "sources #1.credit: is missing"),
    ],
    ids=["date", "name", "title", "source"],
)
def test_what_cannot_stand_in_the_provenance(given, message):
    about = replace(ABOUT, **given)
    with pytest.raises(PackageError, match=message):
        make_package(invented_forecast(), about, hierarchy=invented_tree(), policy="none")


def test_existing_targets_are_never_overwritten(tmp_path, folder):
    before = files_in(folder)
    with pytest.raises(PackageError, match="exists and is never overwritten"):
        write_package(invented_forecast(), folder, ABOUT, hierarchy=invented_tree(), salt=SALT)
    assert files_in(folder) == before
    blocked = tmp_path / "file"
    blocked.write_text("x")
    with pytest.raises(PackageError, match="cannot write to"):
        write_container({"a": b""}, blocked / "below" / "p")


def test_nothing_is_left_when_writing_fails(tmp_path, monkeypatch):
    def full(self, *_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.write_bytes", full)
    for name in ("p", "p.zip"):
        with pytest.raises(PackageError, match="No space left"):
            write_container({"a.txt": b"a"}, tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_a_missing_extra_is_named_before_anything_is_written(tmp_path, monkeypatch):
    monkeypatch.setattr("forecasting.sharing.extras.has", lambda _: False)
    with pytest.raises(PackageError, match=r"safepassage\[sharing\].*parquet=False"):
        write_package(invented_forecast(), tmp_path / "p", ABOUT, hierarchy=invented_tree())
    assert list(tmp_path.iterdir()) == []
    assert has("numpy")


def test_without_pyarrow_the_parquet_table_is_not_compared_and_says_so(folder, monkeypatch):
    monkeypatch.setattr("forecasting.sharing.reading.has", lambda _: False)
    found = verify_package(folder)
    assert found.holds
    assert "which needs pyarrow" in found.notes[0]


def test_another_version_of_the_program_compares_numbers_and_says_what_it_did_not(tmp_path):
    about = replace(ABOUT, software={"safepassage": "99.0"})
    write_package(invented_forecast(), tmp_path / "p", about, hierarchy=invented_tree(), salt=SALT)
    found = verify_package(tmp_path / "p")
    assert found.holds
    assert "not compared word for word" in found.notes[0]


def test_limits_hold(folder):
    for limits, message in (
        (Limits(values=10), "numbers for 6 places"),
        (Limits(units=2), "at most 2 are read"),
        (Limits(total_bytes=10_000), "bytes in all"),
        (Limits(files=3), "more than 3 files"),
        (Limits(text_bytes=100), "at most 100 are read"),
    ):
        found = verify_package(folder, limits=limits)
        assert message in found.problems[0]
    with pytest.raises(PackageError, match="limits must be 1 or more; given: depth=0"):
        Limits(depth=0)


def test_names_of_files_are_safe_and_different():
    names = [file_name(code) for code in ("SO20:Belet Weyne", "Å", "Ä", "a b", "../x", "con")]
    assert len(set(names)) == len(names)
    assert all("/" not in name and " " not in name for name in names)
    assert is_date("2024-02-29")
    assert not is_date("2023-02-29")
    assert not is_date("24-1-1")


@settings(max_examples=25, deadline=None)
@given(
    counts=st.lists(st.integers(0, 10**6), min_size=1, max_size=40),
    level=st.sampled_from(QUANTILE_LEVELS),
)
def test_a_quantile_is_a_sample_with_the_right_share_at_or_below(counts, level):
    samples = np.array(counts, dtype=np.int64)[:, np.newaxis]
    found = int(quantiles_of(samples, (level,))[0, 0])
    assert found in counts
    assert np.mean(samples <= found) >= level - 1e-9
    assert np.mean(samples < found) < level


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    regions=st.lists(st.integers(1, 3), min_size=1, max_size=3),
    samples=st.integers(1, 5),
    months=st.integers(1, 3),
    seed=st.integers(0, 99),
    causes=st.sampled_from([None, ("flood",), ("flood", "Dürre")]),
)
def test_samples_survive_the_file(regions, samples, months, seed, causes):
    tree = invented_tree(tuple(regions))
    forecast = invented_forecast(tree, samples=samples, months=months, seed=seed, causes=causes)
    content = samples_bytes(forecast)
    again = parse_samples(content).forecast
    xr.testing.assert_equal(again, forecast.transpose(*again.dims))
    assert samples_bytes(again) == content
    figures = figures_of(again, tree)
    assert figures.samples[0].sum() == forecast.sum()


def test_facts_about_places_are_kept_and_others_refused(tmp_path):
    forecast = invented_forecast().assign_coords(lat=("location", np.arange(6.0)))
    write_package(forecast, tmp_path / "p", ABOUT, hierarchy=invented_tree(), policy="none")
    assert read_package(tmp_path / "p").forecast["lat"].values.tolist() == list(range(6))


def test_a_hierarchy_that_does_not_fit_is_refused(tmp_path):
    with pytest.raises(FlowError, match="not in the hierarchy"):
        write_package(
            invented_forecast(), tmp_path / "p", ABOUT, hierarchy=invented_tree((1,)), salt=SALT
        )
    flat = Hierarchy(("XA",), ("Land",), (0,), ("",))
    alone = invented_forecast(flat)
    write_package(alone, tmp_path / "q", ABOUT, hierarchy=flat, policy="none")
    assert read_package(tmp_path / "q").hierarchy.codes == ("XA",)


def test_quarters_are_sums_of_months_sample_by_sample(tmp_path):
    made = write_package(
        invented_forecast(months=6), tmp_path / "p", ABOUT, salt=SALT, parquet=False
    )
    table = made.quantiles(3)
    whole = table[(table["location"] == "XA") & (table["cause"] == "all")]
    assert [str(day.date()) for day in whole["first_day"]] == ["2026-11-01", "2027-02-01"]
    assert [str(day.date()) for day in whole["last_day"]] == ["2027-01-31", "2027-04-30"]
    first = made.forecast.isel(time=slice(0, 3)).sum(["time", "location", "cause"])
    assert whole[0.5].iloc[0] == np.quantile(first, 0.5, method="inverted_cdf")
    with pytest.raises(FlowError, match="do not divide"):
        made.quantiles(4)
