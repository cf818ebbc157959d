import numpy as np
import pandas as pd
import pytest
import xarray as xr

import forecasting as fc
from forecasting.flows import FlowError
from forecasting.quality import judge_flows, quality_statement


def flows_of(values, period="month"):
    values = np.asarray(values, dtype=float)
    values = values[:, np.newaxis] if values.ndim == 1 else values
    freq = {"month": "MS", "day": "D", "year": "YS"}[period]
    places = [f"Ort-{k} ß" for k in range(values.shape[1])]
    return fc.check_flows(
        xr.DataArray(
            values,
            dims=("time", "location"),
            coords={
                "time": pd.date_range("2015-01-01", periods=len(values), freq=freq)
                .to_numpy()
                .astype("datetime64[ns]"),
                "location": places,
                "location_name": ("location", places),
                "admin_level": ("location", [1] * len(places)),
                "parent": ("location", ["XX"] * len(places)),
            },
            attrs={"units": "persons", "period": period, "credit": "made up"},
        )
    )


def looks(flows):
    table = judge_flows(flows)
    return set(table.loc[table["finding"] == "look", "check"])


@pytest.fixture
def plain():
    return np.random.default_rng(3).poisson(3000, 60).astype(float)


def test_an_ordinary_series_has_nothing_odd(plain):
    flows = flows_of(plain)
    assert looks(flows) == set()
    assert quality_statement(judge_flows(flows)) == "nothing odd was found in 1 series."


def test_each_check_speaks_of_what_was_put_in(plain):
    changed = {
        "missing": np.where(np.arange(60) % 5 == 2, np.nan, plain),
        "gap": np.where((np.arange(60) > 20) & (np.arange(60) < 28), np.nan, plain),
        "stale": np.where(np.arange(60) == 59, np.nan, plain),
        "burst": np.where(np.arange(60) == 30, 100_000, plain),
        "shift": np.where(np.arange(60) >= 48, plain * 4, plain),
        "rounded": np.round(plain, -1),
        "repeated": np.where((np.arange(60) > 30) & (np.arange(60) < 34), 2999.0, plain),
    }
    for check, values in changed.items():
        assert check in looks(flows_of(values)), check


def test_a_short_record_is_named(plain):
    assert "length" in looks(flows_of(plain[:20]))
    assert "length" not in looks(flows_of(plain[:24]))


def test_month_ends_are_found_in_daily_flows_only_where_they_differ():
    rng = np.random.default_rng(5)
    days = pd.date_range("2015-01-01", periods=1500, freq="D")
    same = rng.negative_binomial(1, 0.01, 1500).astype(float)
    assert "month end" not in looks(flows_of(same, "day"))
    assert "month end" in looks(flows_of(np.where(days.is_month_end, same // 5, same), "day"))


def test_false_alarms_of_the_tests_keep_to_their_level():
    rng = np.random.default_rng(7)
    alarms = sum("rounded" in looks(flows_of(rng.poisson(3000, (60, 5)))) for _ in range(100))
    assert alarms <= 5  # expected 1 of 100 tables; more than 5 has a chance below 0.1 %


@pytest.mark.parametrize("values", [np.full(30, np.nan), np.zeros(30), [7.0]])
def test_extremes_are_judged_without_a_warning(values):
    table = judge_flows(flows_of(values))
    assert np.isfinite(table["value"]).all()
    assert table["meaning"].str.endswith(".").all()


def test_yearly_flows_have_a_year_of_one_period():
    assert "shift" in looks(flows_of([10, 12, 11, 90], "year"))


def test_series_are_named_and_counted(plain):
    flows = flows_of(np.stack([np.round(plain, -1)] * 5 + [plain], axis=1))
    text = quality_statement(judge_flows(flows))
    assert text.startswith(
        "rounded, 5 of 6 series (Ort-0 ß; Ort-1 ß; Ort-2 ß and 2 more): Ort-0 ß: 100 %"
    )


def test_the_run_that_asks_for_an_explanation_is_the_one_told(plain):
    values = plain.copy()
    values[10:19], values[31:34] = 5.0, 2999.0
    row = judge_flows(flows_of(values)).set_index("check").loc["repeated"]
    assert (row["finding"], row["value"]) == ("look", 3)
    assert "number from 20 persons up stands in up to 3 periods" in row["meaning"]
    values[31:34] = plain[31:34]
    row = judge_flows(flows_of(values)).set_index("check").loc["repeated"]
    assert (row["finding"], row["value"]) == ("fine", 9)


def test_what_is_no_table_of_flows_is_refused(plain):
    with pytest.raises(FlowError, match="time"):
        judge_flows(flows_of(plain).rename(time="month"))


def test_nothing_given_is_changed(plain):
    flows = flows_of(plain)
    before = flows.copy(deep=True)
    judge_flows(flows)
    xr.testing.assert_identical(flows, before)
