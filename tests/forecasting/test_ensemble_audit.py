"""With all samples, quantiles, versions and slices an attacker learns no small count."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecasting.disclosure import protect
from forecasting.disclosure.audit import audit
from forecasting.disclosure.ensembles import Published, audit_ensembles
from forecasting.flows import FlowError
from tests.forecasting.packages import SALT, invented_forecast, invented_tree

TREE = invented_tree()
TRUE = invented_forecast(TREE, samples=20, scale=12.0)
OTHER_SALT = bytes(range(1, 33))


def shared(forecast=TRUE, policy="default", salt=SALT):
    return protect(forecast, policy, TREE, salt=salt).data


def quantiles(forecast):
    levels = [0.05, 0.25, 0.5, 0.75, 0.95]
    return forecast.quantile(levels, "sample", method="inverted_cdf")


def test_samples_quantiles_versions_and_slices_hold_together():
    first = shared()
    # The next version changes one region; what did not change is rounded the same way again.
    changed = TRUE.copy()
    changed.loc[{"location": ["XA3:D0", "XA3:D1"]}] *= 3
    second = shared(changed)
    everything = [
        Published(first, 4),
        Published(second, 4),
        Published(first.sel(location=["XA1:D0", "XA1:D1"]), 4),
        Published(TREE.all_levels(first), 4),
        Published(quantiles(first), 4),
        Published(quantiles(second), 4),
        Published(quantiles(TREE.aggregate(first, 1)), 4),
    ]
    report = audit_ensembles(everything, TREE)
    assert report.holds, report.verdict()
    # There was something to hide.
    assert int(((TRUE > 0) & (TRUE < 10)).sum()) > 100


def test_two_secrets_for_one_forecast_fail():
    report = audit_ensembles(
        [Published(shared(), 4), Published(shared(salt=OTHER_SALT), 4, salt_name="other")], TREE
    )
    assert not report.holds
    for row in report.cells[report.cells["too_narrow"]].itertuples():
        cell = TRUE.sel(time=np.datetime64(row.time, "ns"), location=row.location, cause=row.cause)
        inside = (cell >= row.low) & (cell <= row.high)
        assert bool(inside.any())


@pytest.mark.parametrize("unit", ["ns", "us", "s"])
def test_a_day_is_the_same_day_whatever_the_unit_of_its_dates(unit):
    other = shared(salt=OTHER_SALT)
    other = other.assign_coords(time=other["time"].to_numpy().astype(f"datetime64[{unit}]"))
    pair = [Published(shared(), 4), Published(other, 4, salt_name="other")]
    for released in (pair, pair[::-1]):
        report = audit_ensembles(released, TREE)
        assert not report.holds
        assert set(report.cells["time"]) <= set(pd.DatetimeIndex(TRUE["time"]))
    counts = TRUE.isel(sample=0, drop=True)
    suppressed = protect(counts, "default", TREE, salt=SALT).table
    exact = counts.assign_coords(time=counts["time"].to_numpy().astype(f"datetime64[{unit}]"))
    assert not audit([suppressed, exact], TREE).holds


def test_no_protection_fails_and_each_count_found_is_true():
    report = audit_ensembles([Published(TRUE, 0)], TREE)
    assert not report.holds
    assert report.recovered == len(report.cells) > 0
    for row in report.cells.itertuples():
        cell = TRUE.sel(time=np.datetime64(row.time, "ns"), location=row.location, cause=row.cause)
        assert row.low in cell.values


def test_quantiles_of_true_samples_fail_beside_rounded_samples():
    report = audit_ensembles(
        [Published(shared(), 4), Published(quantiles(TRUE), 0, salt_name="none")], TREE
    )
    assert not report.holds
    assert set(report.cells[report.cells["too_narrow"]]["of"]) == {"quantile"}


def test_exact_sums_give_a_lone_district_away():
    sums = TREE.aggregate(TRUE, 1)
    report = audit_ensembles(
        [Published(shared(), 4), Published(sums, 0, exact_sums=True, salt_name="none")], TREE
    )
    assert not report.holds
    # Region 2 has one district, so its exact sum is the district's count.
    found = report.cells[report.cells["too_narrow"]]
    assert "XA2:D0" in set(found["location"])


def test_subtraction_of_siblings_is_found():
    two = TRUE.sel(location=["XA1:D0"])
    sums = TREE.aggregate(TRUE, 1).sel(location=["XA1"])
    report = audit_ensembles(
        [Published(two, 0), Published(sums, 0, exact_sums=True, salt_name="none")], TREE
    )
    assert "XA1:D1" in set(report.cells[report.cells["recovered"]]["location"])


@settings(deadline=None, max_examples=25)
@given(seed=st.integers(0, 500), scale=st.sampled_from([2.0, 10.0, 300.0]))
def test_an_attackers_interval_always_holds_some_true_count(seed, scale):
    true = invented_forecast(TREE, seed=seed, scale=scale)
    released = [
        Published(shared(true), 4),
        Published(shared(true, salt=OTHER_SALT), 4, salt_name="other"),
    ]
    report = audit_ensembles(released, TREE)
    for row in report.cells.itertuples():
        cell = true.sel(time=np.datetime64(row.time, "ns"), location=row.location, cause=row.cause)
        assert bool(((cell >= row.low) & (cell <= row.high)).any())


def test_the_verdict_is_recorded_with_every_release():
    # What cannot fail by itself is no check; only releases together tell.
    for policy in ("default", "noise", "strict"):
        made = protect(TRUE, policy, TREE, salt=SALT, purpose="p", recipient="r")
        assert made.record["audit"]["done"] is False, policy
        assert "audited with all that was released" in made.record["audit"]["because"]
    assert protect(TRUE, "none", TREE).record["audit"]["done"] is False
    counts = TRUE.isel(sample=0, drop=True)
    suppressed = protect(counts, "default", TREE, salt=SALT).record["audit"]
    assert suppressed["holds"] is True
    assert suppressed["hidden"] > 0
    assert protect(counts, "rounded", TREE, salt=SALT).record["audit"]["done"] is False


def test_what_cannot_be_audited_is_refused():
    with pytest.raises(FlowError, match="neither samples nor quantiles"):
        audit_ensembles([Published(TRUE.isel(sample=0), 0)], TREE)
    with pytest.raises(FlowError, match="needed: sample, time, location"):
        audit_ensembles([Published(TRUE.rename(cause="sex"), 0)], TREE)
    with pytest.raises(FlowError, match="there is no place 'Z'"):
        audit_ensembles([Published(TRUE.assign_coords(location=list("ZYXWVU")), 0)], TREE)
    table = Published(quantiles(TRUE), 0, exact_sums=True)
    with pytest.raises(FlowError, match="exact_sums is for samples"):
        audit_ensembles([table], TREE)
    assert audit_ensembles([], TREE).holds
