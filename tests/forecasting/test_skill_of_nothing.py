"""Skill where there is nothing to be skillful about."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import forecasting as fc


@pytest.fixture(scope="module")
def scores():
    times = pd.date_range("2018-01-01", periods=40, freq="MS").as_unit("ns")
    flows = xr.DataArray(
        np.zeros((40, 2, 1)),
        dims=("time", "location", "cause"),
        coords={
            "time": times,
            "location": ["A", "B"],
            "cause": ["flood"],
            "location_name": ("location", ["A", "B"]),
            "admin_level": ("location", [1, 1]),
            "parent": ("location", ["X", "X"]),
        },
        attrs={"units": "persons", "period": "month", "credit": "invented"},
    )
    return fc.backtest([fc.SeasonalClimatology(), fc.RecentClimatology()], flows, samples=20)


def test_two_perfect_forecasts_have_no_skill_over_each_other(scores):
    table = fc.skill(scores, "seasonal climatology")
    assert (table[["skill", "low", "high"]] == 0).all(axis=None)


def test_a_model_is_not_better_than_itself(scores):
    text = fc.skill_statement(scores, "seasonal climatology", "seasonal climatology")
    assert text.startswith("seasonal climatology is itself the benchmark")
