"""Slices are the whole in parts: cut, merged back, compared; what does not fit is named."""

import json
from dataclasses import replace

import numpy as np
import pytest
import xarray as xr
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from forecasting.flows import FlowError
from forecasting.sharing import (
    PackageError,
    diff_packages,
    merge_packages,
    read_package,
    slice_package,
    write_package,
)
from forecasting.sharing.checksums import CHECKSUMS
from forecasting.sharing.slices import slice_files
from forecasting.sharing.writing import make_package
from tests.forecasting.packages import (
    ABOUT,
    SALT,
    files_in,
    invented_forecast,
    invented_tree,
    put,
)


def issued(folder, name="national", about=ABOUT, **options):
    return write_package(
        invented_forecast(**options),
        folder / name,
        about,
        hierarchy=invented_tree(),
        salt=SALT,
        parquet=False,
    )


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    return issued(tmp_path_factory.mktemp("whole"))


@pytest.fixture(scope="module")
def regions(whole, tmp_path_factory):
    folder = tmp_path_factory.mktemp("regions")
    for code in ("XA1", "XA2", "XA3"):
        slice_package(whole, code, folder / code, recipient=f"Office of {code}")
    return [read_package(folder / code) for code in ("XA1", "XA2", "XA3")]


def test_a_slice_holds_everything_below_and_its_place_in_the_whole(whole, regions):
    third = regions[2]
    assert third.is_slice
    assert third.whole == whole.identifier
    assert third.hierarchy.codes == ("XA3", "XA3:D0", "XA3:D1", "XA3:D2")
    assert [place.code for place in third.above] == ["XA"]
    assert third.provenance["recipient"] == "Office of XA3"
    assert third.provenance["whole"]["provenance"] == whole.provenance
    same = whole.forecast.sel(location=list(third.hierarchy.bottom))
    xr.testing.assert_equal(third.forecast, same)
    assert (third.at(1).squeeze("location") == whole.at(1).sel(location="XA3")).all()


def test_merging_gives_the_same_bytes(whole, regions, tmp_path):
    merged = merge_packages(list(reversed(regions)), tmp_path / "again")
    assert merged.identifier == whole.identifier
    assert files_in(tmp_path / "again") == files_in(whole.path)


@pytest.mark.untraced
@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    shape=st.lists(st.integers(1, 3), min_size=2, max_size=3),
    seed=st.integers(0, 1000),
    by_district=st.lists(st.booleans(), min_size=3, max_size=3),
    data=st.data(),
)
def test_slice_then_merge_is_identity(shape, seed, by_district, data):
    tree = invented_tree(tuple(shape))
    package, files = make_package(
        invented_forecast(tree, seed=seed, samples=3, months=2),
        ABOUT,
        hierarchy=tree,
        salt=SALT,
        parquet=False,
    )
    cut = []
    for region, split in zip(tree.children("XA"), by_district, strict=False):
        one, _ = slice_files(package, files[CHECKSUMS], region)
        parts = tree.children(region) if split else ()
        cut += [slice_files(one, b"", code)[0] for code in parts] or [one]
    shuffled = data.draw(st.permutations(cut))
    merged = merge_packages(shuffled)
    assert merged.identifier == package.identifier
    xr.testing.assert_equal(merged.forecast, package.forecast)


def test_a_slice_of_a_slice_belongs_to_the_whole(whole, regions, tmp_path):
    district = slice_package(regions[2], "XA3:D1", tmp_path / "district")
    again = read_package(tmp_path / "district")
    assert [place.code for place in again.above] == ["XA", "XA3"]
    assert again.whole == whole.identifier
    assert again.identifier == district.identifier
    direct = slice_package(whole, "XA3:D1", tmp_path / "direct")
    assert direct.identifier == district.identifier


def test_missing_double_and_foreign_slices_are_named(whole, regions, tmp_path):
    with pytest.raises(PackageError, match=r"XA2, XA2:D0: missing; no slice holds it"):
        merge_packages([regions[0], regions[2]])
    with pytest.raises(PackageError, match=r"XA1:D0, XA1:D1 in more than one slice"):
        merge_packages([*regions, regions[0]])
    district = slice_package(whole, "XA3:D1", tmp_path / "district")
    with pytest.raises(PackageError, match=r"XA3:D0, XA3:D2: missing"):
        merge_packages([*regions[:2], district])
    with pytest.raises(PackageError, match=r"XA3:D1 in more than one slice"):
        merge_packages([*regions, district])
    with pytest.raises(PackageError, match="XA: is a whole package and no slice"):
        merge_packages([whole, *regions])
    with pytest.raises(PackageError, match="there are no slices"):
        merge_packages([])
    assert not (tmp_path / "again").exists()


def test_slices_of_other_versions_are_named(regions, tmp_path):
    later = issued(tmp_path, about=replace(ABOUT, version=2))
    foreign = slice_package(later, "XA1", tmp_path / "XA1")
    with pytest.raises(PackageError, match=r"(?s)different versions.*XA1.*version 2 \(other sl"):
        merge_packages([foreign, *regions[1:]])


def test_a_slice_that_was_made_up_is_found(regions):
    changed = replace(regions[1], forecast=regions[1].forecast + 5)
    with pytest.raises(PackageError, match="not those of the whole"):
        merge_packages([regions[0], changed, regions[2]])
    said = json.loads(json.dumps(regions[1].provenance))
    said["whole"]["provenance"]["issuer"] = "Nobody"
    with pytest.raises(PackageError, match="XA2: tells of another whole than XA1"):
        merge_packages([regions[0], replace(regions[1], provenance=said), regions[2]])
    everyone = [replace(one, provenance={**one.provenance, "whole": said["whole"]})
                for one in regions]  # fmt: skip
    with pytest.raises(PackageError, match=r"README.txt.*not as in the whole"):
        merge_packages(everyone)


def test_a_slice_that_contradicts_another_is_found(regions):
    renamed = replace(regions[1], above=(regions[1].above[0]._replace(name="Sea"),))
    with pytest.raises(PackageError, match="XA is told in two ways"):
        merge_packages([regions[0], renamed, regions[2]])


def test_cutting_what_is_not_there(whole, tmp_path):
    with pytest.raises(FlowError, match="there is no place 'XB'"):
        slice_package(whole, "XB", tmp_path / "p")
    with pytest.raises(PackageError, match="is the whole package already"):
        slice_package(whole, "XA", tmp_path / "p")
    (tmp_path / "there").mkdir()
    with pytest.raises(PackageError, match="never overwritten"):
        slice_package(whole, "XA1", tmp_path / "there")


def test_slices_can_be_cut_from_a_zip_but_not_when_bytes_would_differ(tmp_path):
    made = issued(tmp_path, "national.zip")
    cut = slice_package(read_package(made.path), "XA1", tmp_path / "XA1.zip")
    assert read_package(tmp_path / "XA1.zip").identifier == cut.identifier
    foreign = replace(made, identifier="0" * 64)
    with pytest.raises(PackageError, match="other versions of libraries"):
        slice_package(foreign, "XA1", tmp_path / "other")


def test_a_spoiled_slice_is_not_merged(regions, tmp_path):
    files = files_in(regions[0].path)
    files["samples.nc"] = files["samples.nc"][:-1] + b"x"
    with pytest.raises(PackageError, match=r"samples\.nc: was changed"):
        read_package(put(tmp_path / "p", files, seal=False))


def test_no_difference_between_a_package_and_itself(whole):
    found = diff_packages(whole, whole)
    assert not found.table["matters"].any()
    assert (found.table["shift_of_width"] == 0).all()
    assert found.notes == ("the packages are the same, byte for byte.",)


def test_differences_are_told_place_by_place(whole, tmp_path):
    forecast = invented_forecast()
    more = xr.where(forecast["location"] == "XA2:D0", forecast * 10 + 500, forecast)
    more = more.transpose(*forecast.dims).assign_attrs({**forecast.attrs, "model": "other"})
    later = write_package(
        more.rename(forecast.name),
        tmp_path / "later",
        replace(ABOUT, version=2, history=()),
        hierarchy=invented_tree(),
        salt=SALT,
        parquet=False,
    )
    found = diff_packages(whole, later)
    table = found.table.set_index("location")
    assert table.loc["XA2:D0", "matters"]
    assert "outside the former 50 % interval" in table.loc["XA2:D0", "why"]
    assert not table.loc["XA1", "matters"]
    assert table.loc["XA1", "median_before"] == table.loc["XA1", "median_after"]
    assert "version: 1 before, 2 after." in found.notes
    assert any(note.startswith("model: 'seasonal climatology' before") for note in found.notes)


def test_only_what_both_cover_is_compared(whole, tmp_path):
    shorter = issued(tmp_path, "short", months=2)
    part = slice_package(shorter, "XA1", tmp_path / "part")
    found = diff_packages(whole, part)
    assert found.periods == ("2026-11-01", "2026-12-01")
    assert set(found.table["location"]) == {"XA1", "XA1:D0", "XA1:D1"}
    assert any("only before: XA, XA2" in note for note in found.notes)
    assert any("only before: 2027-01-01" in note for note in found.notes)


def test_packages_that_cannot_be_compared(regions, tmp_path):
    with pytest.raises(PackageError, match="share no place"):
        diff_packages(regions[0], regions[1])
    later = invented_forecast()
    later = later.assign_coords(time=later["time"] + np.timedelta64(365, "D"))
    package = write_package(later, tmp_path / "late", ABOUT, hierarchy=invented_tree(), salt=SALT)
    with pytest.raises(PackageError, match="share no period"):
        diff_packages(regions[0], package)
    other = write_package(
        invented_forecast().rename("arrivals"), tmp_path / "o", ABOUT, hierarchy=invented_tree(),
        policy="none",
    )  # fmt: skip
    with pytest.raises(PackageError, match="target is 'internal_displacements' and 'arrivals'"):
        diff_packages(regions[0], other)
