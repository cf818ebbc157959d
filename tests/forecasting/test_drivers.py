"""Drivers: nothing is seen before it was published, and outlooks have the right moments."""

import numpy as np
import pytest

import forecasting as fc
from forecasting.drivers import month_index
from tests.forecasting.synthetic import drivers_of


@pytest.mark.parametrize("lag", [0, 1, 2, 5])
def test_a_value_is_known_only_after_its_publication(lag):
    drivers = drivers_of(120, lag=lag)
    known = fc.known_at(drivers, "2005-07-01")["oni"]
    months = month_index(known["time"].to_numpy())
    last = months[np.isfinite(known.to_numpy())].max()
    assert last + lag + 1 == month_index(["2005-07-01"])[0]


def test_the_outlook_does_not_see_what_was_not_published():
    drivers = drivers_of(120)
    before = fc.outlook(drivers, "2007-03-01", 6, 20, seed=3)
    changed = drivers.copy(deep=True)
    for name in changed:
        changed[name][drivers["time"] >= np.datetime64("2007-02-01")] = 99.0
    after = fc.outlook(changed, "2007-03-01", 6, 20, seed=3)
    assert before.identical(after)


def test_published_values_win_over_a_path():
    drivers = drivers_of(120, names=("oni", "dmi"))
    drivers["oni"].attrs["publication_lag"] = 3
    path = fc.scenario_path(drivers, "2007-03-01", 4, {"oni": [1.0, 2.0, 3.0, 4.0]}, samples=5)
    assert path.attrs["kind"] == "projection"
    assert "oni" in path.attrs["path"]
    chosen = path["oni"].sel(time=slice("2007-03", None)).to_numpy()
    np.testing.assert_array_equal(chosen, np.tile([1.0, 2.0, 3.0, 4.0], (5, 1)))
    first = path["time"].to_numpy()[0]
    assert str(first)[:7] == "2006-12"
    known = drivers["dmi"].sel(time="2007-01-01").item()
    assert (path["dmi"].sel(time="2007-01-01") == known).all()
    bridge = path["oni"].isel(sample=0).sel(time=slice("2006-12", "2007-02")).to_numpy()
    ends = sorted([drivers["oni"].sel(time="2006-11-01").item(), 1.0])
    assert ((bridge >= ends[0]) & (bridge <= ends[1])).all()


def test_the_outlook_has_the_moments_of_the_process():
    drivers = drivers_of(1200, start="1900-01-01", seed=5, names=("oni",))
    last = drivers["oni"].sel(time="1999-10-01").item()
    ahead = fc.outlook(drivers, "1999-12-01", 6, 4000, seed=1)["oni"]
    steps = np.arange(1, ahead.sizes["time"] + 1)
    mean = last * 0.85**steps
    spread = 0.5 * np.sqrt((1 - 0.85 ** (2 * steps)) / (1 - 0.85**2))
    assert np.abs(ahead.mean("sample").to_numpy() - mean).max() < 0.3
    assert np.abs(ahead.std("sample").to_numpy() / spread - 1.0).max() < 0.15


def test_all_breaches_of_drivers_are_listed():
    drivers = drivers_of(80)
    drivers["oni"].attrs["publication_lag"] = -1
    drivers["dmi"].attrs.pop("units")
    drivers["dmi"][3] = np.inf
    with pytest.raises(fc.FlowError, match="drivers has 3 problems"):
        fc.check_drivers(drivers)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda d: d.drop_vars(["oni", "dmi"]), "no driver"),
        (lambda d: d.isel(time=[0, 1, 3]), "not gapless"),
        (lambda d: d.isel(time=slice(0, 0)), "missing or empty"),
        (lambda d: d.expand_dims("place"), "dims are"),
        (lambda d: d.map(lambda v: v.astype(str), keep_attrs=True), "give numbers"),
    ],
)
def test_one_breach_of_drivers_is_explained(change, words):
    with pytest.raises(fc.FlowError, match=words):
        fc.check_drivers(change(drivers_of(80)))


def test_paths_that_cannot_be_are_refused():
    drivers = drivers_of(120)
    with pytest.raises(fc.FlowError, match="path names 'rain'") as raised:
        fc.scenario_path(
            drivers, "2007-01-01", 6, {"rain": 1.0, "oni": [1.0, 2.0], "dmi": float("nan")}
        )
    assert "2 values" in str(raised.value)
    assert "not finite" in str(raised.value)
    with pytest.raises(fc.FlowError, match="path is empty"):
        fc.scenario_path(drivers, "2007-01-01", 6, {})
    with pytest.raises(fc.FlowError, match="driver model needs 60"):
        fc.outlook(drivers, "2003-01-01", 6)
    with pytest.raises(fc.FlowError, match="1 or more"):
        fc.outlook(drivers, "2007-01-01", 0)
