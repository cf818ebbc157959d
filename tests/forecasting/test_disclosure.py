"""Small counts stay hidden: from subtraction, versions, slices and averages of samples."""

import dataclasses
import os

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

import forecasting as fc
from forecasting.disclosure import (
    Noise,
    Rounding,
    Suppression,
    personal_fields,
    protect,
    read_policy,
    refuse_personal_fields,
    shipped_policies,
)
from forecasting.disclosure.audit import audit
from forecasting.disclosure.keys import cell_keys, fingerprint, keyed_uniforms, office_salt
from forecasting.disclosure.noise import balanced_noise
from forecasting.disclosure.policy import parse_policy
from forecasting.disclosure.rounding import controlled_rounding
from forecasting.flows import FlowError
from forecasting.hierarchy import Hierarchy
from tests.forecasting.test_hierarchy import trees

SALT = bytes(range(32))
DEFAULT = read_policy("default")
WEAK = dataclasses.replace(DEFAULT, counts=Suppression(10, 5, complementary=False))


@pytest.fixture(scope="module")
def districts():
    return fc.load_somalia_displacement(level="district")


@pytest.fixture(scope="module")
def somalia(districts):
    return Hierarchy.from_locations(districts, fc.load_somalia_displacement())


@pytest.fixture(scope="module")
def forecast(districts):
    return fc.RecentClimatology().fit(districts).forecast(3, samples=60, seed=1)


def test_primary_suppression_alone_fails_on_somali_districts(districts, somalia):
    totals = districts.sum("cause", keep_attrs=True)
    report = audit(protect(totals, WEAK, somalia).table, somalia)
    assert report.recovered > 0.8 * len(report.cells)
    assert not report.holds
    assert report.verdict().startswith("fails: of 189 hidden counts 163 can be worked out exactly")
    seen = somalia.all_levels(totals)
    for row in report.cells[report.cells["recovered"]].itertuples():
        time = np.datetime64(row.time, "ns")
        assert float(seen.sel(location=row.location, time=time)) == row.low


@pytest.mark.parametrize("causes", [False, True], ids=["all causes", "by cause"])
def test_the_default_holds_on_somali_districts(districts, somalia, causes):
    counts = districts if causes else districts.sum("cause", keep_attrs=True)
    counts = counts.isel(time=slice(0, 8)) if causes else counts
    made = protect(counts, DEFAULT, somalia, purpose="test", recipient="office")
    report = audit(made.table, somalia)
    assert report.holds
    assert report.record()["recovered"] == 0
    assert len(report.cells) > 50
    assert made.data.dims == counts.dims
    small = (counts > 0) & (counts < 10)
    assert bool(np.isnan(made.data.where(small, np.nan)).all())
    kept = made.data.notnull()
    assert bool((made.data == counts).where(kept, other=True).all())
    assert made.record["counts_suppressed"] == int((~kept).sum())
    assert made.record["purpose"] == "test"
    seen = somalia.all_levels(counts)
    for row in report.cells.itertuples():
        place = {"location": row.location, "time": np.datetime64(row.time, "ns")}
        own = seen.sel(place)
        if causes:
            own = own.sum() if row.cause == "all" else own.sel(cause=row.cause)
        assert row.low <= float(own) <= row.high


def test_another_version_or_slice_gives_a_cell_away(districts, somalia):
    totals = districts.sum("cause", keep_attrs=True).isel(time=slice(0, 6))
    table = protect(totals, DEFAULT, somalia).table
    weak = protect(totals, WEAK, somalia).table
    assert audit(table, somalia).holds
    together = audit([table, weak], somalia)
    assert together.recovered > 0
    assert "another table" in set(together.cells["how"])
    one = somalia.members("SO20")
    slices = [table.sel(location=list(one)), table.sel(location=["SO", "SO20"])]
    assert audit(slices, somalia).holds
    with pytest.raises(fc.FlowError, match="needs a dim 'location'"):
        audit(table.sum("location"), somalia)
    by_cause = protect(districts.isel(time=[0]), DEFAULT, somalia).table
    with pytest.raises(fc.FlowError, match="different entries of 'cause'"):
        audit([by_cause, by_cause.isel(cause=[0, 1])], somalia)
    assert audit([by_cause, table], somalia).recovered >= 0


def test_versions_that_contradict_each_other_tell_nothing():
    tree = Hierarchy(("R", "A", "B"), ("R", "A", "B"), (1, 2, 2), ("", "R", "R"))
    places = {"location": ["R", "A", "B"]}
    table = xr.DataArray([3.0, np.nan, 40.0], dims="location", coords=places)
    report = audit(table, tree)
    assert report.cells["low"].tolist() == [0.0]
    assert report.cells["high"].tolist() == [np.inf]
    nothing = audit(table.fillna(1.0), tree)
    assert nothing.verdict() == "nothing was hidden, so there was nothing to work out."
    one = Hierarchy(("A",), ("A",), (2,), ("",))
    alone = audit(table.isel(location=[1]), one)
    assert alone.cells["high"].tolist() == [np.inf]


@settings(max_examples=25, deadline=None)
@given(tree=trees(10), seed=st.integers(0, 10_000), causes=st.integers(1, 3))
def test_no_table_gives_a_suppressed_count_away(tree, seed, causes):
    rng = np.random.default_rng(seed)
    values = rng.integers(0, 30, (1, len(tree.bottom), causes)) * rng.integers(
        0, 2, (1, len(tree.bottom), causes)
    )
    array = xr.DataArray(
        values.astype(float),
        dims=("time", "location", "cause"),
        coords={"location": list(tree.bottom), "cause": list("abc"[:causes]), "time": [0]},
    )
    made = protect(array, DEFAULT, tree)
    assert audit(made.table, tree, protection=5).holds


def test_missing_counts_stay_missing_and_zero_stays_zero(districts, somalia):
    counts = districts.isel(time=slice(0, 3)).copy()
    counts[0, 0, 0] = np.nan
    for policy in ("default", "rounded", "noise"):
        made = protect(counts, policy, somalia, salt=SALT)
        assert np.isnan(made.data[0, 0, 0])
        shown = made.data.where(counts == 0)
        assert float(shown.sum()) == 0.0
        assert np.isnan(counts[0, 0, 0])


def test_rounded_counts_sum_and_stay_within_the_base(districts, somalia):
    made = protect(districts, "rounded", somalia, salt=SALT)
    everything, true = somalia.all_levels(made.data), somalia.all_levels(districts)
    assert float(np.abs(everything - true).max()) < 5
    assert bool((everything % 5 == 0).all())
    few = protect(districts.isel(time=slice(0, 3)), "rounded", somalia, salt=SALT).data
    again = somalia.all_levels(few)
    report = audit([again, again.sum("cause")], somalia, slack=4)
    assert report.holds
    assert (report.cells["width"] >= 5).all()
    nodes = protect(true, "rounded", somalia, salt=SALT)
    np.testing.assert_array_equal(nodes.data, everything)


@settings(max_examples=60, deadline=None)
@given(tree=trees(), seed=st.integers(0, 10_000), base=st.integers(2, 20))
def test_controlled_rounding_of_any_tree(tree, seed, base):
    rng = np.random.default_rng(seed)
    values = tree.sums(rng.integers(0, 3 * base, (6, len(tree.bottom))))
    keys = cell_keys(SALT, [str(i) for i in range(values.size)])
    made = controlled_rounding(values, tree, keys, base)
    assert (made % base == 0).all()
    assert (np.abs(made - values) < base).all()
    assert (made >= 0).all()
    np.testing.assert_array_equal(tree.sums(made[:, tree.bottom_positions]), made)
    whole = values % base == 0
    assert (made[whole] == values[whole]).all()


@pytest.mark.parametrize("policy", ["default", "noise", "strict"])
def test_protected_forecasts_stay_forecasts(forecast, somalia, policy):
    made = protect(forecast, policy, somalia, salt=SALT, purpose="plan", recipient="region")
    fc.check_forecast(made.data)
    values = made.data.to_numpy()
    assert (values == np.rint(values)).all()
    everything = protect(
        somalia.all_levels(forecast), policy, somalia, salt=SALT, purpose="plan", recipient="region"
    ).data
    np.testing.assert_array_equal(somalia.all_levels(made.data), everything)
    assert made.record["counts_changed"] > 0
    assert made.record["salt"] == fingerprint(SALT)
    assert made.data.attrs["disclosure_policy"] == policy
    total, true = made.data.sum(["location", "cause"]), forecast.sum(["location", "cause"])
    assert float(np.abs(total - true).mean() / true.mean()) < 0.02


def test_the_same_cell_and_value_is_always_changed_alike(forecast, somalia):
    made = protect(forecast, DEFAULT, somalia, salt=SALT).data
    later = forecast.copy()
    later[:, :, 5:] += 3
    again = protect(later, DEFAULT, somalia, salt=SALT).data
    np.testing.assert_array_equal(made[:, :, :5], again[:, :, :5])
    part = protect(forecast.isel(sample=slice(0, 10)), DEFAULT, somalia, salt=SALT).data
    np.testing.assert_array_equal(part, made.isel(sample=slice(0, 10)))
    other = protect(forecast, DEFAULT, somalia, salt=bytes(32)).data
    assert bool((other != made).any())


def test_averaging_samples_does_not_give_a_constant_count_away(forecast, somalia):
    constant = forecast * 0 + 3
    made = protect(constant.assign_attrs(forecast.attrs), DEFAULT, somalia, salt=SALT).data
    per_cell = made.to_numpy().reshape(60, -1)
    assert (per_cell.std(axis=0) == 0).all()
    assert set(np.unique(per_cell)) == {0.0, 5.0}
    share_up = (per_cell[0] == 5.0).mean()
    error = np.sqrt(0.6 * 0.4 / per_cell.shape[1])
    assert abs(share_up - 0.6) < 4 * error


def test_keyed_numbers_are_spread_evenly():
    keys = cell_keys(SALT, [f"cell {i}" for i in range(4000)])
    draws = keyed_uniforms(keys, np.full(4000, 7))
    counts, _ = np.histogram(draws, bins=10, range=(0, 1))
    assert ((counts - 400) ** 2 / 400).sum() < 33.7  # chi-squared, 9 degrees, 1 in 10,000
    along = keyed_uniforms(keys[:1], np.arange(4000)[:, np.newaxis])
    counts, _ = np.histogram(along, bins=10, range=(0, 1))
    assert ((counts - 400) ** 2 / 400).sum() < 33.7


def test_noise_keeps_totals_where_a_large_count_can_take_it():
    tree = Hierarchy(("C", "A", "B"), ("C", "A", "B"), (0, 1, 1), ("", "C", "C"))
    keys = cell_keys(SALT, ["A", "B"])
    values = np.array([[3, 5000], [3, 4000], [0, 0], [3, 4]])
    made = balanced_noise(values, tree, keys, 5, 100)
    np.testing.assert_array_equal(made[:3].sum(axis=1), values[:3].sum(axis=1))
    assert made[0, 0] == made[1, 0] == made[3, 0]
    assert (made >= 0).all()
    assert (np.abs(made[3] - values[3]) <= 5).all()


def test_policies_come_with_the_package_and_none_is_chosen_by_name(forecast, somalia):
    assert shipped_policies() == ("default", "noise", "none", "rounded", "strict")
    for name in shipped_policies():
        assert read_policy(name).name == name
    made = protect(forecast, "none", somalia)
    np.testing.assert_array_equal(made.data, forecast)
    assert made.record["rule"] == "none"
    assert made.record["counts_changed"] == 0
    with pytest.raises(fc.FlowError, match="requires recipient"):
        protect(forecast, "strict", somalia, purpose="plan")
    assert protect(forecast, "default", salt=SALT).record["recipient"] == "not stated"


def test_a_policy_file_is_read_and_all_its_problems_are_named(tmp_path):
    path = tmp_path / "own.toml"
    path.write_text(
        'schema = 1\nname = "own"\ntitle = "t"\nsource = "s"\n'
        '[samples]\nrule = "noise"\nlargest = 2\nlarge = 50\n'
        '[counts]\nrule = "round"\nbase = 3\n',
        encoding="utf-8",
    )
    policy = read_policy(path)
    assert policy.samples == Noise(2, 50)
    assert policy.counts == Rounding(3)
    path.write_text(
        'schema = 2\nname = ""\ntitlle = "t"\ntitle = "t"\nsource = "s"\nrequired = ["love"]\n'
        '[samples]\nrule = "suppress"\n'
        '[counts]\nrule = "suppress"\nthreshold = 1\nprotektion = 5\ncomplementary = "yes"\n',
        encoding="utf-8",
    )
    with pytest.raises(fc.FlowError, match="9 problems") as raised:
        read_policy(path)
    text = str(raised.value)
    for part in (
        "titlle: unknown key, did you mean 'title'",
        "schema is 2; allowed: 1",
        "name is ''",
        "required is ['love']",
        "samples.rule is 'suppress'; allowed: none, round, noise",
        "counts.protektion: unknown key, did you mean 'protection'",
        "counts.threshold is 1; allowed: a whole number of persons, 2 or more",
        "counts.protection is missing",
        "counts.complementary is 'yes'",
    ):
        assert part in text
    with pytest.raises(fc.FlowError, match=r"no disclosure policy 'weak'; there are default"):
        read_policy("weak")
    with pytest.raises(fc.FlowError, match="not valid TOML"):
        parse_policy("schema =", "own.toml")
    with pytest.raises(fc.FlowError, match=r"\[counts\] is missing"):
        parse_policy('schema = 1\n[samples]\nrule = "none"', "own.toml")
    path.write_bytes(b"\xff\xfe\xff")
    with pytest.raises(fc.FlowError, match="cannot be read"):
        read_policy(path)


def test_no_other_policy_has_the_name_of_one_of_the_package(tmp_path):
    from importlib import resources

    shipped = resources.files("forecasting.disclosure").joinpath("policies", "default.toml")
    path = tmp_path / "own.toml"
    path.write_text(shipped.read_text())
    assert read_policy(path) == DEFAULT
    path.write_text(shipped.read_text().replace("base = 5\n", "base = 50\n"))
    with pytest.raises(FlowError, match="give your policy a name of its own"):
        read_policy(path)


def test_counts_that_cannot_be_protected_are_refused(forecast, somalia):
    broken = somalia.all_levels(forecast)
    broken[0, 0, 0] += 1
    with pytest.raises(fc.FlowError, match="sums do not hold at SO: reconcile"):
        protect(broken, "default", somalia, salt=SALT)
    with pytest.raises(fc.FlowError, match="finite and not negative"):
        protect(forecast * np.inf + np.inf, "default", somalia, salt=SALT)
    with pytest.raises(fc.FlowError, match="at least 32 random bytes"):
        protect(forecast, "default", somalia, salt=b"short")


def test_the_salt_is_written_once_and_only_for_the_user(tmp_path, monkeypatch, forecast, somalia):
    path = tmp_path / "deep" / "salt"
    monkeypatch.setenv("SAFEPASSAGE_SALT", str(path))
    salt = office_salt()
    assert len(salt) == 32
    assert office_salt(path) == salt
    assert path.stat().st_mode & 0o077 == 0 or os.name == "nt"
    assert protect(forecast, "default", somalia).record["salt"] == fingerprint(salt)
    path.write_text("not a salt", encoding="ascii")
    with pytest.raises(fc.FlowError, match="64 hexadecimal digits"):
        office_salt()
    path.write_text("00", encoding="ascii")
    with pytest.raises(fc.FlowError, match="has 1 bytes"):
        office_salt()


def test_a_salt_that_somebody_else_wrote_meanwhile_is_kept(tmp_path, monkeypatch):
    from pathlib import Path

    path = tmp_path / "salt"
    first = office_salt(path)
    monkeypatch.setattr(Path, "exists", lambda _: False)
    assert office_salt(path) == first
    monkeypatch.delenv("SAFEPASSAGE_SALT", raising=False)
    from forecasting.disclosure.keys import salt_path

    assert salt_path().name == "salt"


@pytest.mark.parametrize(
    "column",
    [
        "Name",
        "first_name",
        "DateOfBirth",
        "passport no.",
        "phone_number",
        "Home Address",
        "legal status",
        "fingerprint",
        "personLatitude",
        "case-number",
        "e-mail",
        "Ethnicity",
    ],
)
def test_columns_about_persons_are_refused(column):
    with pytest.raises(fc.FlowError, match=r"capacity\.csv has 1 problem"):
        refuse_personal_fields(["location", column, "beds"], "capacity.csv")


def test_columns_about_places_are_taken():
    columns = [
        "location",
        "location_name",
        "site name",
        "#adm1+name",
        "persons",
        "capacity",
        "lat",
        "lon",
        "parent",
        "cause",
        "facility address",
        "median",
        "waiting_time",
        "sex",
        "age",
        "population",
        "country",
        "note",
        "source",
        "model_id",
        "output_type_id",
        "date",
    ]
    assert personal_fields(columns) == {}


def test_a_table_of_outcomes_needs_no_time_and_no_names_of_groups():
    tree = Hierarchy(("R", "A", "B"), ("R", "A", "B"), (1, 2, 2), ("", "R", "R"))
    outcomes = xr.DataArray(
        [[3.0, 40.0, 0.0], [50.0, 20.0, 30.0]],
        dims=("location", "outcome"),
        coords={"location": ["A", "B"]},
    )
    made = protect(outcomes, DEFAULT, tree)
    assert made.data.dims == outcomes.dims
    assert np.isnan(made.data[0, 0])
    assert audit(made.table, tree).holds
