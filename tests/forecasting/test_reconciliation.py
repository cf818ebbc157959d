"""Reconciled samples: exact sums, the least-squares optimum, nothing negative, one future each."""

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import nnls

import forecasting as fc
from forecasting.hierarchy import METHODS, Hierarchy, projection, reconcile, stack_levels
from forecasting.hierarchy.covariance import ShrunkCovariance, project_correlated
from forecasting.hierarchy.integers import whole_persons
from forecasting.hierarchy.projection import project, project_non_negative
from forecasting.hierarchy.ranks import with_ranks_of
from tests.forecasting.test_hierarchy import trees

TREE = Hierarchy(
    ("C", "A", "B", "A1", "A2", "A3", "B1", "B2"),
    ("Country", "A", "B", "A1", "A2", "A3", "B1", "B2"),
    (0, 1, 1, 2, 2, 2, 2, 2),
    ("", "C", "C", "A", "A", "A", "B", "B"),
)


def base_of(tree, seed=0, samples=40, periods=3, causes=0):
    rng = np.random.default_rng(seed)
    shape = (samples, periods, *([causes] if causes else []), len(tree.codes))
    values = np.rint(rng.gamma(0.4, 60.0, shape) * (rng.random(shape) < 0.6))
    dims = ("sample", "time", *(["cause"] if causes else []), "location")
    coords = {"location": list(tree.codes), "time": np.arange(periods)}
    if causes:
        coords["cause"] = [f"c{i}" for i in range(causes)]
    attrs = {"units": "persons", "seed": seed}
    return xr.DataArray(values, dims=dims, coords=coords, name="flows", attrs=attrs)


def gaps(made, tree):
    again = tree.all_levels(tree.bottom_of(made))
    return float(np.abs((again - made).to_numpy()).max())


def history_of(base, tree):
    return base.isel(sample=0, drop=True).sel(location=list(tree.bottom))


@pytest.mark.parametrize("method", METHODS)
def test_every_sample_sums_at_every_level_and_is_whole(method):
    base = base_of(TREE, causes=2)
    made = reconcile(base, TREE, method, history=history_of(base, TREE))
    assert made.dims == base.dims
    assert made.attrs == {**base.attrs, "reconciliation": method}
    assert gaps(made, TREE) == 0.0
    values = made.to_numpy()
    assert (values == np.rint(values)).all()
    assert (values >= 0).all()
    country = made.sum("cause").sel(location="C")
    bottom = made.sel(location=list(TREE.bottom)).sum(["cause", "location"])
    np.testing.assert_array_equal(country, bottom)


@settings(max_examples=40, deadline=None)
@given(tree=trees(), seed=st.integers(0, 10_000))
def test_any_tree_is_reconciled_exactly(tree, seed):
    base = base_of(tree, seed, samples=5, periods=2)
    for method in METHODS:
        free = reconcile(base, tree, method, history=history_of(base, tree), whole=False)
        whole = reconcile(base, tree, method, history=history_of(base, tree))
        assert gaps(whole, tree) == 0.0
        assert float(free.min()) >= 0.0
        assert float(np.abs(whole - free).max()) < 1.0 + 1e-6


def test_the_projection_is_the_weighted_least_squares_solution():
    rng = np.random.default_rng(3)
    forecasts = rng.normal(1.0, 5.0, (60, len(TREE.codes)))
    variances = rng.uniform(0.1, 5.0, len(TREE.codes))
    summing = TREE.sums(np.eye(len(TREE.bottom))).T / np.sqrt(variances)[:, np.newaxis]
    free = project(forecasts, variances, TREE)
    bounded = project_non_negative(forecasts, variances, TREE)
    for row, own in enumerate(forecasts / np.sqrt(variances)):
        np.testing.assert_allclose(free[row], np.linalg.lstsq(summing, own)[0], atol=1e-10)
        np.testing.assert_allclose(bounded[row], nnls(summing, own)[0], atol=1e-8)
    assert (free < 0).any()
    assert (bounded >= 0).all()


@settings(max_examples=60, deadline=None)
@given(tree=trees(), seed=st.integers(0, 10_000))
def test_no_other_non_negative_numbers_are_nearer(tree, seed):
    rng = np.random.default_rng(seed)
    forecasts = rng.normal(0.0, 5.0, (4, len(tree.codes)))
    variances = rng.uniform(0.01, 100.0, len(tree.codes))
    summing = tree.sums(np.eye(len(tree.bottom))).T / np.sqrt(variances)[:, np.newaxis]
    for row, own in zip(
        project_non_negative(forecasts, variances, tree),
        forecasts / np.sqrt(variances),
        strict=True,
    ):
        best = np.linalg.norm(summing @ nnls(summing, own)[0] - own)
        assert np.linalg.norm(summing @ row - own) <= best * (1 + 1e-9) + 1e-9


def test_coherent_forecasts_stay_as_they_are():
    base = base_of(TREE)
    coherent = TREE.all_levels(TREE.bottom_of(base))
    for method in ("bottom_up", "top_down_forecast", "min_trace_ols", "min_trace_shrink"):
        np.testing.assert_array_equal(reconcile(coherent, TREE, method), coherent)


def test_correlated_errors_follow_the_textbook_formula():
    rng = np.random.default_rng(5)
    errors = rng.normal(0.0, 5.0, (30, len(TREE.codes)))
    errors[:, 1] += errors[:, 0]
    covariance = ShrunkCovariance.of(errors)
    assert 0.0 < covariance.shrinkage < 1.0
    size = len(TREE.codes)
    full = covariance.times(np.eye(size))
    sample = errors.T @ errors / len(errors)
    expected = covariance.shrinkage * np.diag(covariance.variances)
    np.testing.assert_allclose(full, expected + (1 - covariance.shrinkage) * sample, atol=1e-9)
    forecasts = rng.normal(20.0, 5.0, (4, size))
    summing = TREE.sums(np.eye(len(TREE.bottom))).T
    inverse = np.linalg.inv(full)
    solution = np.linalg.solve(summing.T @ inverse @ summing, summing.T @ inverse @ forecasts.T)
    np.testing.assert_allclose(project_correlated(forecasts, covariance, TREE), solution.T)


def test_shrinkage_is_full_without_correlation_or_data():
    rng = np.random.default_rng(6)
    independent = ShrunkCovariance.of(rng.normal(0.0, 9.0, (20, 60)))
    assert independent.shrinkage > 0.8
    assert ShrunkCovariance.of(np.ones((2, 3))).shrinkage == 1.0
    assert ShrunkCovariance.of(np.zeros((9, 3))).shrinkage == 1.0
    one = Hierarchy(("A",), ("A",), (0,), ("",))
    np.testing.assert_array_equal(project_correlated(np.ones((2, 1)), independent, one), 1.0)


def test_samples_of_all_levels_are_one_future():
    rng = np.random.default_rng(7)
    base = base_of(TREE, samples=200, periods=1)
    base[:] = np.rint(rng.gamma(2.0, 50.0, base.shape))
    made = reconcile(base, TREE, "min_trace_ols")
    sums = base.sel(location=list(TREE.bottom)).sum("location").to_numpy()[:, 0]
    country = made.sel(location="C").to_numpy()[:, 0]
    assert np.corrcoef(sums, country)[0, 1] > 0.95
    shuffled = with_ranks_of(np.arange(5.0), np.array([3.0, 1.0, 2.0, 5.0, 4.0]))
    assert shuffled.tolist() == [2.0, 0.0, 1.0, 4.0, 3.0]


def test_top_down_keeps_the_top_and_the_shares():
    base = base_of(TREE, samples=50)
    history = history_of(base, TREE) + 1.0
    by_past = reconcile(base, TREE, "top_down_history", history=history, whole=False)
    by_forecast = reconcile(base, TREE, "top_down_forecast", whole=False)
    for made in (by_past, by_forecast):
        top = np.sort(base.sel(location="C").to_numpy(), axis=0)
        np.testing.assert_allclose(np.sort(made.sel(location="C").to_numpy(), axis=0), top)
    shares = history.sum("time") / float(history.sum())
    sums = by_past.sum(["sample", "time"])
    expected = shares * float(sums.sel(location="C"))
    np.testing.assert_allclose(sums.sel(location=list(TREE.bottom)), expected)


def test_past_errors_decide_whom_to_trust():
    base = base_of(TREE)
    errors = base.isel(sample=slice(0, 30), time=0, drop=True).rename(sample="time") * 0 + 1000.0
    sure = errors.where(errors["location"] != "C", 0.001)
    signs = xr.DataArray(np.where(np.arange(30) % 2, 1.0, -1.0), dims="time")
    made = reconcile(base, TREE, "min_trace_variance", errors=sure * signs, whole=False)
    top = np.sort(base.sel(location="C").to_numpy(), axis=0)
    np.testing.assert_allclose(np.sort(made.sel(location="C").to_numpy(), axis=0), top, atol=0.01)


def test_without_the_constraint_some_counts_are_negative():
    base = base_of(TREE, samples=200)
    free = reconcile(base, TREE, "min_trace_ols", non_negative=False, whole=False)
    assert float(free.min()) < 0
    assert gaps(free, TREE) < 1e-9
    assert float(reconcile(base, TREE, "bottom_up", non_negative=False, whole=False).min()) == 0.0
    shrunk = reconcile(base, TREE, "min_trace_shrink", non_negative=False, whole=False)
    assert float(shrunk.min()) < 0


def test_whole_persons_keep_what_is_whole_and_move_less_than_one():
    rng = np.random.default_rng(8)
    bottom = rng.gamma(0.5, 3.0, (500, len(TREE.bottom)))
    bottom[:, 0] = 4.0
    made = whole_persons(bottom, TREE)
    assert (made[:, 0] == 4.0).all()
    assert (np.abs(TREE.sums(made) - TREE.sums(bottom)) < 1.0).all()
    assert (whole_persons(np.zeros((2, len(TREE.bottom))), TREE) == 0.0).all()


def test_levels_are_stacked_in_the_order_of_the_nodes():
    base = base_of(TREE, causes=2)
    parts = [base.sel(location=list(TREE.units(level))) for level in (2, 0, 1)]
    np.testing.assert_array_equal(stack_levels(parts, TREE), base)
    with pytest.raises(fc.FlowError, match="no forecast for C"):
        stack_levels(parts[::2], TREE)
    with pytest.raises(fc.FlowError, match="two forecasts for A, B"):
        stack_levels([*parts, parts[2]], TREE)
    with pytest.raises(fc.FlowError, match="not in the hierarchy: Z"):
        stack_levels([*parts, parts[1].assign_coords(location=["Z"])], TREE)
    with pytest.raises(fc.FlowError, match="dim 'sample' differs"):
        stack_levels([parts[0], parts[1].isel(sample=slice(0, 9)), parts[2]], TREE)


def test_what_a_method_lacks_is_named():
    base = base_of(TREE, causes=2)
    bottom = base.sel(location=list(TREE.bottom))
    with pytest.raises(fc.FlowError, match="method is 'best'; allowed: bottom_up"):
        reconcile(base, TREE, "best")
    with pytest.raises(fc.FlowError, match="needs forecasts of all 8 nodes, not only of the 5"):
        reconcile(bottom, TREE, "min_trace_ols")
    with pytest.raises(fc.FlowError, match="needs history"):
        reconcile(base, TREE, "top_down_history")
    with pytest.raises(fc.FlowError, match="history has dims"):
        reconcile(base, TREE, "top_down_history", history=bottom)
    errors = base.isel(sample=0, drop=True)
    own = errors.sel(location=list(TREE.bottom))
    with pytest.raises(fc.FlowError, match="errors must cover all nodes"):
        reconcile(base, TREE, "min_trace_variance", errors=own)
    with pytest.raises(fc.FlowError, match="different entries of 'cause'"):
        reconcile(base, TREE, "min_trace_variance", errors=errors.isel(cause=[0]))
    with pytest.raises(fc.FlowError, match="whole=True needs non_negative=True"):
        reconcile(base, TREE, non_negative=False)
    with pytest.raises(fc.FlowError, match="needs samples"):
        reconcile(errors, TREE)
    with pytest.raises(fc.FlowError, match="must be finite"):
        reconcile(base.where(base > 0), TREE)


def test_a_projection_that_does_not_end_is_an_error(monkeypatch):
    monkeypatch.setattr(projection, "MOST_ROUNDS", 1)
    with pytest.raises(fc.FlowError, match="found in 1 rounds"):
        project_non_negative(np.full((1, len(TREE.codes)), -5.0), np.ones(8), TREE)


def test_when_rounds_do_not_help_single_signs_are_changed(monkeypatch):
    monkeypatch.setattr(projection, "PIVOTS", -1)
    rng = np.random.default_rng(9)
    forecasts = rng.normal(0.0, 5.0, (30, len(TREE.codes)))
    single = project_non_negative(forecasts, np.ones(8), TREE)
    monkeypatch.undo()
    np.testing.assert_allclose(single, project_non_negative(forecasts, np.ones(8), TREE), atol=1e-9)
