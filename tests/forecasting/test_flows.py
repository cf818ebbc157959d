"""The contract names every breach at once and survives a round trip through a file."""

import numpy as np
import pytest

import forecasting as fc
from tests.forecasting.synthetic import bursty, flows_of


def forecast(**changes):
    fitted = fc.SeasonalClimatology().fit(flows_of(bursty(40, 3, ("flood",)), causes=["flood"]))
    return fitted.forecast(horizon=3, samples=8, seed=1)


def test_all_breaches_are_listed_at_once():
    flows = flows_of(bursty(12, 2))
    flows[3, 1] = -4.0
    flows[4, 0] = np.inf
    flows.attrs["units"] = "people"
    flows = flows.drop_vars("parent")
    with pytest.raises(fc.FlowError, match="flows flows has 4 problems") as raised:
        fc.check_flows(flows)
    for words in ("'people'", "parent", "negative", "infinite", "XA02"):
        assert words in str(raised.value)


def test_a_gap_in_time_is_named():
    flows = flows_of(bursty(12, 2))
    with pytest.raises(fc.FlowError, match="expected 2010-04-01"):
        fc.check_flows(flows.isel(time=[0, 1, 2, 4, 5]))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda f: f.assign_attrs(period="decade"), "allowed: day"),
        (lambda f: f.isel(time=slice(0, 0)), "'time' is empty"),
        (lambda f: f.rename(location="place"), "dims are"),
        (lambda f: f.assign_coords(location=["a", "a"]), "repeats an entry"),
        (lambda f: f.assign_attrs(credit=""), "who published"),
        (lambda f: f.drop_vars("time"), "must hold dates"),
        (lambda f: f.astype(str), "must be numbers"),
    ],
)
def test_one_breach_is_explained(change, words):
    with pytest.raises(fc.FlowError, match=words):
        fc.check_flows(change(flows_of(bursty(12, 2))))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda f: f.isel(sample=0), "dims are"),
        (lambda f: f.drop_vars("reference_date"), "reference_date"),
        (lambda f: f.assign_attrs(kind="guess"), "forecast, projection"),
        (lambda f: f.where(f.sample > 0), "NaN in samples"),
        (lambda f: f.assign_coords(reference_date=np.datetime64("2030-01-01", "ns")), "before"),
    ],
)
def test_a_broken_forecast_is_refused(change, words):
    with pytest.raises(fc.FlowError, match=words):
        fc.check_forecast(change(forecast()))


def test_a_forecast_survives_the_file(tmp_path):
    made = forecast()
    path = fc.write_forecast(made, tmp_path / "deep" / "forecast.nc")
    read = fc.read_forecast(path)
    assert read.attrs["kind"] == made.attrs["kind"]
    assert read.attrs["credit"] == made.attrs["credit"]
    np.testing.assert_array_equal(read.to_numpy(), made.to_numpy())
    assert read["reference_date"].to_numpy() == made["reference_date"].to_numpy()
    assert read["location_name"].to_numpy().tolist() == made["location_name"].to_numpy().tolist()
    assert [p.name for p in path.parent.iterdir()] == ["forecast.nc"]


def test_a_file_that_is_no_forecast_is_refused(tmp_path):
    with pytest.raises(fc.FlowError, match="no such forecast file"):
        fc.read_forecast(tmp_path / "none.nc")
    wrong = tmp_path / "wrong.nc"
    wrong.write_text("not a file of samples")
    with pytest.raises(fc.FlowError, match="nothing was read"):
        fc.read_forecast(wrong)
    other = tmp_path / "other.nc"
    flows_of(bursty(4, 2)).to_dataset().to_netcdf(other, engine="h5netcdf")
    with pytest.raises(fc.FlowError, match="one variable with dim 'sample'"):
        fc.read_forecast(other)
