"""Shipped figures: what is loaded agrees with the table and with the contract."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import forecasting as fc
from forecasting import datasets
from forecasting.datasets.catalog import read_table


@pytest.mark.parametrize("info", fc.catalog(), ids=lambda info: info.name)
def test_every_entry_loads_with_credit_and_units(info):
    loaded = fc.load(info.name)
    assert info.rows == len(read_table(info.name)) > 0
    assert loaded.attrs["credit"] == info.credit
    assert info.licence
    assert info.publisher
    if isinstance(loaded, xr.DataArray):
        fc.check_flows(loaded)
    elif isinstance(loaded, xr.Dataset):
        assert all(variable.attrs["units"] for variable in loaded.data_vars.values())
    else:
        assert isinstance(loaded, pd.DataFrame)
    if info.period in ("month", "day"):
        assert info.first in info.span
        assert str(loaded["time"].to_numpy()[0]).startswith(info.first)


def test_regions_hold_all_that_districts_hold():
    regions = datasets.load_somalia_displacement("region")
    districts = datasets.load_somalia_displacement("district")
    assert float(regions.sum()) == float(districts.sum())
    summed = districts.groupby("parent").sum("location")
    np.testing.assert_array_equal(
        summed.rename(parent="location").transpose(*regions.dims).to_numpy(), regions.to_numpy()
    )
    assert set(districts["parent"].to_numpy()) == set(regions["location"].to_numpy())
    assert float(np.isnan(districts["population_2020"]).mean()) < 0.06


def test_absent_rows_are_zero_or_missing_as_asked():
    zero = datasets.load_somalia_displacement(absent="zero")
    missing = datasets.load_somalia_displacement(absent="missing")
    assert int(np.isnan(zero).sum()) == 0
    assert int(np.isnan(missing).sum()) > 0
    assert float(zero.where(np.isnan(missing)).max()) == 0.0
    assert "missing" in missing.attrs["absent"]


def test_wrong_arguments_name_what_is_allowed():
    with pytest.raises(fc.FlowError, match="'region', 'district'"):
        datasets.load_somalia_displacement(level="village")
    with pytest.raises(fc.FlowError, match="'zero'"):
        datasets.load_somalia_displacement(absent="maybe")
    with pytest.raises(fc.FlowError, match="Datasets shipped: somalia_displacement"):
        fc.load("nowhere")


def test_each_index_ends_at_its_own_month():
    indices = fc.load_climate_indices()
    ends = {
        str(name): str(indices[name].dropna("time")["time"].to_numpy()[-1])[:7] for name in indices
    }
    assert ends == {"oni": "2026-02", "nino34": "2026-03", "dmi": "2025-04", "soi": "2025-12"}


def test_quirks_of_the_tables_are_kept():
    assert int(np.isnan(datasets.load_italy_sea_arrivals()).sum()) == 73
    channel = datasets.load_channel_small_boats()
    fc.check_flows(channel["people"])
    assert float(channel["people"].sum()) == read_table("channel_small_boats")["people"].sum()
    camps = datasets.load_assam_relief_camps()
    assert bool(np.isnan(camps["relief_camps"].sel(time="2022-05-31")))
