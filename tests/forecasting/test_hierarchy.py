"""Trees of places: sums that hold at every level, and trees that are none are refused."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

import forecasting as fc
from forecasting.hierarchy import Hierarchy
from tests.forecasting.synthetic import flows_of


@pytest.fixture(scope="module")
def districts():
    return fc.load_somalia_displacement(level="district")


@pytest.fixture(scope="module")
def somalia(districts):
    return Hierarchy.from_locations(districts, fc.load_somalia_displacement())


def test_somali_districts_sum_to_the_published_regions(districts, somalia):
    regions = fc.load_somalia_displacement()
    assert somalia.levels == (0, 1, 2)
    assert somalia.top == "SO"
    made = somalia.aggregate(districts, 1)
    np.testing.assert_array_equal(made.sel(location=regions["location"]), regions)
    assert made.attrs == districts.attrs
    assert made["location_name"].to_numpy().tolist() == regions["location_name"].to_numpy().tolist()
    fc.check_flows(made)
    country = somalia.aggregate(districts, 0)
    assert float(country.sum()) == float(districts.sum())


def test_every_node_is_the_sum_of_its_members(districts, somalia):
    everything = somalia.all_levels(districts)
    assert everything["location"].to_numpy().tolist() == list(somalia.codes)
    for code in ("SO", "SO20", "SO22:Banadir"):
        members = list(somalia.members(code))
        expected = districts.sel(location=members).sum("location")
        np.testing.assert_array_equal(everything.sel(location=code), expected)
    assert somalia.parent_of("SO20") == "SO"
    assert somalia.name_of("SO20") == "Hiraan"
    assert somalia.level_of("SO20") == 1
    assert set(somalia.children("SO20")) == set(somalia.members("SO20"))


def test_a_hierarchy_is_read_back_from_its_arrays_and_its_table(districts, somalia):
    assert Hierarchy.from_locations(somalia.all_levels(districts)) == somalia
    assert Hierarchy.from_table(somalia.table().sample(frac=1.0, random_state=1)).codes[0] == "SO"
    assert Hierarchy.from_table(somalia.table()) == somalia
    table = Hierarchy.from_locations(districts, somalia.table()[:19])
    assert table == somalia


def test_without_a_table_units_are_called_by_their_codes(districts):
    plain = Hierarchy.from_locations(districts)
    assert plain.names[:2] == ("SO", "SO11")
    other = flows_of(np.ones((3, 2)))
    other = other.assign_coords(parent=("location", ["", ""]))
    assert Hierarchy.from_locations(other).top == "XA"
    named = other.assign_coords(location=["Nord", "Süd"])
    assert Hierarchy.from_locations(named).codes == ("TOTAL", "Nord", "Süd")


def test_missing_at_the_bottom_is_missing_above(districts, somalia):
    holed = districts.where(districts["location"] != "SO20:Belet Weyne")
    made = somalia.all_levels(holed)
    missing = np.isnan(made.transpose("location", ...).to_numpy()).all(axis=(1, 2))
    assert set(made["location"].to_numpy()[missing]) == {"SO", "SO20", "SO20:Belet Weyne"}


def test_branches_of_different_depth_partition_every_level():
    tree = Hierarchy(
        ("C", "A", "B", "A1", "A2", "D"),
        ("Country", "A", "B", "A1", "A2", "D"),
        (0, 1, 1, 2, 2, 2),
        ("", "C", "C", "A", "A", "C"),
    )
    assert tree.bottom == ("B", "A1", "A2", "D")
    assert tree.units(0) == ("C",)
    assert set(tree.units(1)) == {"A", "B", "D"}
    assert set(tree.units(2)) == {"B", "A1", "A2", "D"}
    values = xr.DataArray(
        [1.0, 2.0, 4.0, 8.0], dims="location", coords={"location": list(tree.bottom)}
    )
    for level in tree.levels:
        assert float(tree.aggregate(values, level).sum()) == 15.0


@st.composite
def trees(draw, largest=14):
    size = draw(st.integers(1, largest))
    parents = [-1] + [draw(st.integers(0, node - 1)) for node in range(1, size)]
    levels = [0]
    for parent in parents[1:]:
        levels.append(levels[parent] + 1)
    order = sorted(range(size), key=lambda node: levels[node])
    return Hierarchy(
        tuple(f"N{node}" for node in order),
        tuple(f"Ort é{node}" for node in order),
        tuple(levels[node] for node in order),
        tuple("" if parents[node] < 0 else f"N{parents[node]}" for node in order),
    )


@settings(max_examples=60, deadline=None)
@given(tree=trees(), seed=st.integers(0, 1000))
def test_all_levels_of_any_tree_sum_to_the_same(tree, seed):
    values = np.random.default_rng(seed).integers(0, 2**50, (2, len(tree.bottom))).astype(float)
    array = xr.DataArray(values, dims=("time", "location"), coords={"location": list(tree.bottom)})
    everything = tree.all_levels(array)
    for parent, children in tree.children_positions.items():
        sums = everything.to_numpy()[:, children].sum(axis=1)
        np.testing.assert_array_equal(everything.to_numpy()[:, parent], sums)
    for level in tree.levels:
        np.testing.assert_array_equal(
            tree.aggregate(everything, level).sum("location"), values.sum(axis=1)
        )
    np.testing.assert_array_equal(tree.bottom_of(everything), values)


def test_arrays_that_do_not_fit_are_refused(districts, somalia):
    with pytest.raises(fc.FlowError, match=r"bottom places are missing: SO27"):
        somalia.all_levels(districts.isel(location=slice(0, 73)))
    first = districts.isel(location=[0]).assign_coords(location=["Nowhere"])
    with pytest.raises(fc.FlowError, match="not in the hierarchy: Nowhere"):
        somalia.all_levels(xr.concat([districts, first], "location", join="outer"))
    with pytest.raises(fc.FlowError, match="stand twice: SO11:Baki"):
        somalia.all_levels(xr.concat([districts, districts.isel(location=[0])], "location"))
    mixed = somalia.all_levels(districts).isel(location=slice(1, None))
    with pytest.raises(fc.FlowError, match=r"SO11.* are there but not SO: .* count twice"):
        somalia.aggregate(mixed, 1)
    with pytest.raises(fc.FlowError, match="needs a dim 'location'"):
        somalia.all_levels(districts.sum("location"))
    with pytest.raises(fc.FlowError, match="level is 7; the hierarchy has 0, 1, 2"):
        somalia.aggregate(districts, 7)
    with pytest.raises(fc.FlowError, match="no place 'SO99'"):
        somalia.members("SO99")


def test_what_is_no_tree_is_refused_with_all_problems():
    with pytest.raises(fc.FlowError, match="3 problems") as raised:
        Hierarchy(("A", "B", "B", "C"), ("a", "b", "b", "c"), (0, 1, 1, 0), ("", "A", "", "X"))
    assert "'B' stands twice" in str(raised.value)
    assert "'B' and 'A' have no parent" in str(raised.value)
    assert "'C' has the parent 'X'" in str(raised.value)
    with pytest.raises(fc.FlowError, match="must be larger"):
        Hierarchy(("A", "B"), ("a", "b"), (1, 1), ("", "A"))
    with pytest.raises(fc.FlowError, match="empty code"):
        Hierarchy(("",), ("a",), (1,), ("",))
    with pytest.raises(fc.FlowError, match="of one length"):
        Hierarchy(("A",), (), (1,), ("",))
    with pytest.raises(fc.FlowError, match="lacks parent"):
        Hierarchy.from_table(pd.DataFrame({"code": ["A"], "name": ["a"], "admin_level": [0]}))
    table = pd.DataFrame({"code": ["A"], "name": ["a"], "admin_level": ["x"], "parent": [None]})
    with pytest.raises(fc.FlowError, match="whole number; the table has x"):
        Hierarchy.from_table(table)
    with pytest.raises(fc.FlowError, match="a fraction"):
        Hierarchy.from_table(table.assign(admin_level=[0.5]))
    flows = flows_of(np.ones((3, 2)))
    with pytest.raises(fc.FlowError, match="parent are missing"):
        Hierarchy.from_locations(flows.drop_vars("parent"))
    with pytest.raises(fc.FlowError, match="upper places lacks code"):
        Hierarchy.from_locations(flows, pd.DataFrame({"name": []}))
