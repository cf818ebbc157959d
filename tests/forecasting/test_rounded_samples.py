"""Rounded samples: sums hold, totals move by a known chance, and no count tells of another."""

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from forecasting.disclosure import protect
from forecasting.disclosure.keys import cell_keys
from forecasting.disclosure.rounding import controlled_rounding, keyed_rounding
from forecasting.hierarchy import Hierarchy
from tests.forecasting.test_hierarchy import trees

SALT = bytes(range(32))
BASES = {"default": 5, "strict": 10}
SAID = {"purpose": "test", "recipient": "office"}


def samples_of(tree, values):
    return xr.DataArray(
        values.astype(float),
        dims=("sample", "time", "location"),
        coords={
            "sample": np.arange(len(values)),
            "time": np.array(["2026-01-01"], "datetime64[ns]"),
            "location": list(tree.bottom),
        },
    )


@settings(max_examples=40, deadline=None)
@given(
    tree=trees(12),
    seed=st.integers(0, 10_000),
    samples=st.integers(1, 6),
    policy=st.sampled_from(list(BASES)),
)
def test_every_sample_sums_at_every_level_and_totals_keep_their_bound(tree, seed, samples, policy):
    base = BASES[policy]
    values = np.random.default_rng(seed).integers(0, 40, (samples, 1, len(tree.bottom)))
    # Two samples at least: a single row is a table of counts, which is rounded another way.
    values = np.concatenate([values, values])
    true = tree.all_levels(samples_of(tree, values))
    made = protect(true, policy, tree, salt=SALT, **SAID).data
    bottom = made.sel(location=list(tree.bottom))
    for node in tree.codes:
        own = made.sel(location=node)
        assert bool((own == bottom.sel(location=list(tree.members(node))).sum("location")).all())
        off = abs(own - true.sel(location=node))
        changed = (true.sel(location=list(tree.members(node))) % base != 0).sum("location")
        assert bool((off <= (base - 1) * changed).all())
    assert bool((made % base == 0).all())


@settings(max_examples=40, deadline=None)
@given(tree=trees(12), seed=st.integers(0, 10_000), place=st.integers(0, 100))
def test_a_changed_count_changes_no_other_place(tree, seed, place):
    """Two versions that differ in one hidden count differ in nothing else below the sums."""
    rng = np.random.default_rng(seed)
    values = rng.integers(0, 40, (4, 1, len(tree.bottom)))
    other = values.copy()
    at = place % len(tree.bottom)
    other[..., at] = rng.integers(0, 40, (4, 1))
    one, two = (
        protect(samples_of(tree, v), "default", tree, salt=SALT).data for v in (values, other)
    )
    rest = np.arange(len(tree.bottom)) != at
    assert bool((one == two).isel(location=rest).all())


@pytest.mark.parametrize(("base", "places"), [(5, 78), (10, 78)])
def test_totals_move_by_chance_as_theory_says(base, places):
    """A count with rest r has no bias and the variance r (base - r)."""
    values = np.random.default_rng(1).integers(0, 200, (1, places))
    rest = values % base
    variance = float((rest * (base - rest)).sum())
    releases = 1000
    moves = []
    for release in range(releases):
        keys = cell_keys(SALT, [f"{release}|{place}" for place in range(places)])
        moves.append((keyed_rounding(values, keys, base) - values).sum())
    # Four standard errors of the mean and of the variance of a nearly normal sum.
    assert abs(np.mean(moves)) < 4 * np.sqrt(variance / releases)
    assert abs(np.var(moves) / variance - 1) < 4 * np.sqrt(2 / releases)


def test_keeping_totals_sample_by_sample_would_give_hidden_counts_away():
    """Why samples are not rounded so that totals hold: averages and versions would tell."""
    codes = ("R", "A", "B", "C", "D", "E")
    tree = Hierarchy(codes, codes, (1, *(2,) * 5), ("", *("R",) * 5))
    samples = 1000
    keys = cell_keys(SALT, codes)
    shown: dict[int, np.ndarray] = {}
    ours: dict[int, np.ndarray] = {}
    for hidden in (1, 2, 3, 4):
        values = np.random.default_rng(3).integers(0, 1000, (samples, 5))
        values[:, 0] = hidden
        table = tree.sums(values)
        shown[hidden] = controlled_rounding(table, tree, np.tile(keys, (samples, 1)), 5)
        assert abs(shown[hidden] - table).max() < 5
        ours[hidden] = keyed_rounding(values, keys[1:], 5)
    # One count in all samples goes both ways, so often as its size says.
    means = {hidden: float(made[:, 1].mean()) for hidden, made in shown.items()}
    assert len({round(mean, 1) for mean in means.values()}) > 2
    assert {float(made[:, 0].mean()) for made in ours.values()} <= {0.0, 5.0}
    # And what the neighbors show in the next version tells that the hidden count is another.
    assert (shown[3][:, 2:] != shown[4][:, 2:]).any()
    assert (ours[3][:, 1:] == ours[4][:, 1:]).all()
