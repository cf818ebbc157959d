"""Months, quarters and years that agree, by command."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from typer.testing import CliRunner

import forecasting as fc
from forecasting.hierarchy import spans_of
from forecasting.sharing import read_package
from scenarios.cli import app
from scenarios.spans import agree_over_spans, past_of, span_forecasts, span_lengths
from scenarios.subjects import Subject

QUICK = ("--cutoffs", "2", "--samples", "40", "--model", "seasonal-climatology", "--seed", "3")


def called(*words):
    return CliRunner().invoke(app, [str(word) for word in words])


def flows_of(months=60, first="2016-01-01", period="month", **extra):
    counts = np.random.default_rng(5).negative_binomial(0.5, 0.002, (months, 2)).astype(float)
    frequency = {"month": "MS", "quarter": "QS", "day": "D"}[period]
    return xr.DataArray(
        counts,
        dims=("time", "location"),
        coords={
            "time": pd.date_range(first, periods=months, freq=frequency).to_numpy(),
            "location": ["N", "S"],
            "location_name": ("location", ["Norra", "Södra"]),
            "admin_level": ("location", [1, 1]),
            "parent": ("location", ["XA", "XA"]),
        },
        name="arrivals",
        attrs={
            "units": "persons", "period": period, "credit": "invented", "long_name": "arrivals",
            **extra,
        },
    )  # fmt: skip


def subject(flows=None, model="seasonal-climatology", horizon=12):
    return Subject("land", flows_of() if flows is None else flows, None, model, horizon)


def single_of(given, samples=40):
    fitted = fc.SeasonalClimatology().fit(given.flows)
    return fitted.forecast(given.horizon, samples=samples, seed=3)


@pytest.fixture
def table(tmp_path):
    flows = flows_of()
    frame = flows.to_series().rename("persons").reset_index()
    frame = frame.rename(columns={"time": "month"})[["month", "location", "persons"]]
    path = tmp_path / "flows.csv"
    frame.to_csv(path, index=False)
    return path


def test_spans_agree_in_every_sample_and_pull_months_toward_them():
    given = subject()
    months = single_of(given).assign_attrs(skill="Good.")
    made = agree_over_spans(given, months, ["year", "quarter"], seed=3)
    assert made.dims == months.dims
    np.testing.assert_array_equal(made, np.rint(made))
    year, quarter = span_forecasts(made, ["quarter", "year"])
    assert (year.attrs["period"], quarter.attrs["period"]) == ("year", "quarter")
    np.testing.assert_array_equal(spans_of(quarter, 4), year)
    np.testing.assert_array_equal(spans_of(made, 12), year)
    assert made.attrs["spans"] == "year, quarter"
    assert made.attrs["skill"].startswith("Good. This is said of single months before")
    assert (made != months).any()
    again = agree_over_spans(given, months, ["quarter", "year"], seed=3)
    xr.testing.assert_identical(made, again)


def test_bottom_up_leaves_single_periods_and_other_methods_do_not():
    given = subject(horizon=6)
    months = single_of(given)
    made = agree_over_spans(given, months, ["quarter"], seed=3, over_time="bottom_up")
    np.testing.assert_array_equal(made, months)
    assert "skill" not in made.attrs
    top = agree_over_spans(given, months, ["quarter"], seed=3, over_time="top_down_forecast")
    quarters = fc.SeasonalClimatology().fit(past_of(given.flows, "quarter", 3))
    own = quarters.forecast(2, samples=40, seed=3)
    np.testing.assert_array_equal(np.sort(spans_of(top, 3), axis=0), np.sort(own, axis=0))


def test_the_past_is_summed_by_whole_spans_and_a_gap_stays_a_gap():
    flows = flows_of(months=8, first="2016-05-01")
    flows[4, 0] = np.nan
    past = past_of(flows, "quarter", 3)
    assert [str(day)[:10] for day in past["time"].to_numpy()] == ["2016-07-01", "2016-10-01"]
    assert np.isnan(past.to_numpy()[0, 0])
    assert float(past[1, 1]) == float(flows[5:, 1].sum())
    fc.check_flows(past)


@pytest.mark.parametrize(
    ("given", "spans", "message"),
    [
        (subject(), ["week"], "no span 'week' of months; allowed: quarter, year"),
        (subject(horizon=7), ["quarter", "year"], "no whole number of quarters.*of years"),
        (subject(flows_of(61)), ["quarter"], "begins on 2021-02-01, where no quarter begins"),
        (subject(model="pool"), ["quarter"], "pool needs drivers by month"),
        (subject(flows_of(period="day")), ["quarter"], "of days; allowed: none"),
    ],
)
def test_what_cannot_agree_is_refused_before_anything_is_computed(given, spans, message):
    with pytest.raises(fc.FlowError, match=f"(?s){message}"):
        span_lengths(given, spans)


def test_other_subjects_and_methods():
    assert span_lengths(subject(flows_of(48, period="quarter"), horizon=8), ["year"]) == [4]
    with pytest.raises(fc.FlowError, match="cannot agree by 'top_down_history'"):
        span_lengths(subject(), ["year"], "top_down_history")
    corridors = flows_of().rename(location="origin").expand_dims(destination=["D"], axis=-1)
    with pytest.raises(fc.FlowError, match="flows between places"):
        span_lengths(subject(corridors), ["year"])


def test_by_command_and_on_to_a_package(table, tmp_path, monkeypatch):
    monkeypatch.setenv("SAFEPASSAGE_SALT", str(tmp_path / "salt"))
    target = tmp_path / "agreed.nc"
    done = called("forecast", table, *QUICK, "--horizon", "6", "--span", "quarter", "--out", target)
    assert done.exit_code == 0, done.output
    text = " ".join(done.output.split())
    assert "first day of the quarter" in text
    assert "persons per month" in text
    assert "before they were made to agree with forecasts by quarter" in text
    made = fc.read_forecast(target)
    assert made.attrs["spans"] == "quarter"
    out = tmp_path / "shared"
    said = ("--issuer", "Office", "--purpose", "plan", "--no-parquet", "--policy", "none")
    shared = called("share", target, "--out", out, "--level", "admin1", *said)
    assert shared.exit_code == 0, shared.output
    package = read_package(out / "national")
    np.testing.assert_array_equal(package.forecast, made)
    assert package.forecast.attrs["spans"] == "quarter"


def test_a_span_that_does_not_fit_is_one_message_and_no_file(table, tmp_path):
    target = tmp_path / "agreed.nc"
    words = ("forecast", table, *QUICK, "--horizon", "5", "--span", "quarter", "--out", target)
    done = called(*words)
    assert done.exit_code == 2
    assert "give a multiple of 3" in " ".join(done.output.split())
    assert not target.exists()
