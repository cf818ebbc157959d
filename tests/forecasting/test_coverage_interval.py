"""The interval around a share held: wide where observations share their luck, right on average."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import forecasting as fc
from forecasting.evaluation import MEASURES
from forecasting.flows import FlowError


def scores_of(held, step=3):
    """Scores (model, cutoff, horizon) in which only what was held is known."""
    models, cutoffs, horizons = held.shape
    dims = ("model", "cutoff", "horizon")
    start = pd.date_range("2020-01-01", periods=cutoffs * step, freq="MS")[::step]
    coords = {
        "model": [f"model {number}" for number in range(models)],
        "cutoff": start.as_unit("ns"),
        "horizon": np.arange(1, horizons + 1),
    }
    data = {name: (dims, np.zeros(held.shape)) for name in MEASURES}
    data |= {"covered_90": (dims, held)}
    return xr.Dataset(data, coords, attrs={"period": "month"})


def walks(count, seed, months=24, ahead=6, step=3):
    """Whether right 90 % intervals of random walks held (walk, cutoff, horizon)."""
    walk = np.cumsum(np.random.default_rng(seed).normal(size=(count, months + 1)), axis=1)
    starts = np.arange(0, months - ahead + 1, step)
    steps = np.arange(1, ahead + 1)
    moved = walk[:, starts[:, None] + steps] - walk[:, starts][..., None]
    return (np.abs(moved / np.sqrt(steps)) < 1.6448536).astype(float)


def test_a_right_interval_is_found_right_nine_times_in_ten():
    table = fc.coverage_interval(scores_of(walks(400, seed=1)))
    assert abs(table["covered"].mean() - 0.9) < 0.02
    right = ((table["low"] <= 0.9) & (table["high"] >= 0.9)).mean()
    assert 0.87 < right < 0.97
    assert table["independent"].max() <= 24
    assert (table["cases"] == 42).all()


def test_a_wrong_interval_is_found_out_with_enough_independent_observations():
    rng = np.random.default_rng(2)
    held = (rng.random((50, 80, 1)) < 0.7).astype(float)
    table = fc.coverage_interval(scores_of(held, step=1))
    assert (table["high"] < 0.9).mean() > 0.9


def test_all_and_nothing_held_and_nothing_observed():
    held = np.ones((3, 7, 6))
    held[1] = 0.0
    held[2] = np.nan
    table = fc.coverage_interval(scores_of(held))
    assert table["covered"].tolist()[:2] == [1.0, 0.0]
    assert 0.85 < table["low"].iloc[0] < 0.9  # 24 months that all held are not 42
    assert table["high"].iloc[0] == pytest.approx(1.0)
    assert table["low"].iloc[1] == pytest.approx(0.0)
    assert table.iloc[2][["covered", "low", "high"]].isna().all()
    assert table["cases"].iloc[2] == 0


def test_another_content_and_the_level_are_checked():
    scores = scores_of(np.ones((1, 4, 3)))
    assert fc.coverage_interval(scores, content=0.5)["covered"].tolist() == [0.0]
    with pytest.raises(FlowError, match=r"content is 0\.8"):
        fc.coverage_interval(scores, content=0.8)
    with pytest.raises(FlowError, match="level"):
        fc.coverage_interval(scores, level="cause")
