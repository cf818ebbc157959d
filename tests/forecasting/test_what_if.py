"""Outlooks by analogs and by users; two paths with the same luck; who moved what."""

import numpy as np
import pytest

import forecasting as fc
from tests.forecasting.synthetic import bursty, drivers_of, flows_of

CAUSES = ("flood", "conflict")
TERMS = (fc.DriverTerm("flood", "dmi", (0,)), fc.DriverTerm("flood", "oni", (0,)))


@pytest.fixture(scope="module")
def drivers():
    return drivers_of(300)


@pytest.fixture(scope="module")
def fitted(drivers):
    flows = flows_of(bursty(90, 4, CAUSES, seed=6), causes=CAUSES)
    return fc.DriverRegression(terms=TERMS).fit(flows, drivers)


def paths_of(fitted, drivers, **values):
    date = fitted.panel.reference_date
    return fc.scenario_path(drivers, date, 6, values, samples=80)


def test_analogs_are_past_years_and_see_nothing_unpublished(drivers):
    given = drivers.copy(deep=True)
    ahead = fc.analog_outlook(drivers, "2018-04-01", 6, samples=60, seed=2)
    assert str(ahead["time"].to_numpy()[0])[:7] == "2018-03"
    assert str(ahead["time"].to_numpy()[-1])[:7] == "2018-09"
    assert np.isfinite(ahead["oni"]).all()
    assert int(max(ahead.attrs["analogs"].split(", "))) < 2018
    changed = drivers.copy(deep=True)
    for name in changed:
        changed[name][changed["time"] >= np.datetime64("2018-03-01")] = 9.0
    np.testing.assert_array_equal(
        ahead["dmi"], fc.analog_outlook(changed, "2018-04-01", 6, samples=60, seed=2)["dmi"]
    )
    assert drivers.identical(given)
    assert fc.check_outlook(ahead, drivers, "2018-04-01", 6) is ahead
    with pytest.raises(fc.FlowError, match="analogs need 2"):
        fc.analog_outlook(drivers.isel(time=slice(0, 30)), "2002-01-01", 6)
    with pytest.raises(fc.FlowError, match="all must be 1"):
        fc.analog_outlook(drivers, "2018-04-01", 0)


def test_analogs_repeat_a_perfect_cycle():
    drivers = drivers_of(300, names=("oni",))
    months = np.arange(300)
    drivers["oni"][:] = np.sin(2 * np.pi * months / 12)
    ahead = fc.analog_outlook(drivers, "2015-04-01", 6, samples=20)
    expected = drivers["oni"].sel(time=ahead["time"])
    np.testing.assert_allclose(ahead["oni"].mean("sample"), expected, atol=1e-6)


def test_an_outlook_of_the_user_is_checked_at_once(drivers):
    ahead = fc.outlook(drivers, "2018-04-01", 6, samples=5)
    bad = ahead[["oni"]].isel(time=slice(0, 4)).assign(rain=ahead["oni"])
    bad["oni"] = 40.0 + bad["oni"].assign_attrs(units="K")
    bad.attrs["kind"] = "guess"
    with pytest.raises(fc.FlowError) as caught:
        fc.check_outlook(bad, drivers, "2018-04-01", 6)
    for words in ("'guess'", "rain: not among", "dmi: is missing", "not covered", "far beyond"):
        assert words in str(caught.value)
    # What was counted is no outlook.
    with pytest.raises(fc.FlowError, match="'replay'; allowed: forecast, projection"):
        fc.check_outlook(ahead.assign_attrs(kind="replay"), drivers, "2018-04-01", 6)


def test_only_what_the_path_touches_changes(fitted, drivers):
    wet = paths_of(fitted, drivers, dmi=2.0, oni=0.0)
    usual = paths_of(fitted, drivers, dmi=0.0, oni=0.0)
    made = fc.what_if(fitted, wet, usual, samples=80, seed=3)
    assert made.attrs["kind"] == "projection"
    assert float(np.abs(made["difference"].sel(cause="conflict")).max()) == 0.0
    assert float(np.abs(made["difference"].sel(cause="flood")).max()) > 0.0
    same = fc.what_if(fitted, usual, usual, samples=80, seed=3)
    assert float(np.abs(same["difference"]).max()) == 0.0
    with pytest.raises(fc.FlowError, match="the same drivers"):
        fc.what_if(fitted, wet[["dmi"]], usual, samples=80)


def test_moves_are_told_by_driver(fitted, drivers):
    wet = paths_of(fitted, drivers, dmi=2.0, oni=0.0)
    usual = paths_of(fitted, drivers, dmi=0.0, oni=0.0)
    table = fc.driver_moves(fitted, wet, usual, samples=80, seed=3, locations=["XA01", "XA02"])
    assert set(table.index.get_level_values("driver")) == {"oni", "dmi", "together"}
    assert table.loc[("oni", "all"), "difference"] == 0.0  # its path is the reference
    np.testing.assert_allclose(
        table.loc[("dmi", "all"), "difference"], table.loc[("together", "all"), "difference"]
    )
    assert (table["low"] <= table["high"]).all()
    flood = table.loc[("dmi", "flood")]
    assert flood["moved"] - flood["reference"] == pytest.approx(flood["difference"])
