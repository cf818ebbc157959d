"""Joint intervals, dominance, frontier and regret on invented runs."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenarios.choices import cost_frontier, dominance, regret
from scenarios.comparison import compare, joint_intervals


@pytest.fixture(scope="module")
def base(inputs):
    return inputs.measures


@pytest.fixture(scope="module")
def scaled(base):
    """The same futures with every measure of harm multiplied."""

    def times(factor):
        same = {"capacity", "capacity_in_place", "standard"}
        return base.assign({name: base[name] * factor for name in base if name not in same})

    return times


@pytest.mark.untraced
def test_joint_intervals_cover_together():
    generator = np.random.default_rng(5)
    together = alone = 0
    for _ in range(200):
        samples = generator.normal(0.0, 1.0, (80, 8))
        low, high = joint_intervals(samples)
        together += ((low <= 0) & (high >= 0)).all()
        error = 1.96 * samples.std(axis=0, ddof=1) / np.sqrt(80)
        alone += (np.abs(samples.mean(axis=0)) <= error).all()
    assert together / 200 >= 0.95 - 2 * np.sqrt(0.05 * 0.95 / 200)
    assert alone / 200 < 0.8  # what separate intervals would do


def test_columns_that_move_together_cost_nothing_more():
    one = np.random.default_rng(5).normal(0.0, 1.0, (80, 1))
    np.testing.assert_allclose(
        joint_intervals(np.repeat(one, 9, axis=1))[0][0], joint_intervals(one)[0]
    )


def test_too_few_values_have_no_interval():
    samples = np.array([[1.0, np.nan], [2.0, np.nan], [4.0, 3.0]])
    low, high = joint_intervals(samples)
    assert np.isfinite(low[0])
    assert np.isnan(low[1])
    assert np.isnan(high[1])


def test_comparison_has_joint_limits_and_the_gain_of_pairing(base, scaled):
    table = compare(base, {"less": scaled(0.9), "same": base})
    less = table[
        (table["plan"] == "less") & (table["measure"] == "total_nights_without_place")
    ].iloc[0]
    assert less["joint_low"] <= less["low"] < less["high"] <= less["joint_high"] < 0
    assert less["jointly_distinguishable"]
    # sd(0.1 X) against sqrt(1 + 0.81) sd(X)
    assert less["times_narrower"] == pytest.approx(np.sqrt(1.81) / 0.1)
    same = table[table["plan"] == "same"]
    assert not same["jointly_distinguishable"].any()
    assert same["times_narrower"].isna().all()


def test_a_plan_that_is_better_everywhere_dominates(base, scaled):
    table = dominance({"a": base, "b": scaled(0.5), "same": base}).set_index(["plan", "other"])
    assert table.loc[("b", "a"), "dominates"]
    assert not table.loc[("a", "b"), "dominates"]
    assert not table.loc[("a", "same"), "dominates"]
    assert table.loc[("a", "b"), "worse_in"] == table.loc[("b", "a"), "better_in"]


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=1, max_size=12))
def test_the_frontier_is_what_nothing_beats(pairs):
    costs = {f"p{i}": float(cost) for i, (cost, _) in enumerate(pairs)}
    harm = {f"p{i}": float(value) for i, (_, value) in enumerate(pairs)}
    table = cost_frontier(costs, harm)
    for row in table.itertuples():
        beaten = (
            (table["cost"] <= row.cost)
            & (table["harm"] <= row.harm)
            & ((table["cost"] < row.cost) | (table["harm"] < row.harm))
        ).any()
        assert row.on_frontier != beaten
    best = table[table["on_frontier"]]
    assert all(
        ((best["cost"] <= row.cost) & (best["harm"] <= row.harm)).any()
        for row in table.itertuples()
    )


def test_regret_picks_the_least_bad(base, scaled):
    cases = {
        "dry": {"few": base, "many": scaled(1.2)},
        "wet": {"few": scaled(3.0), "many": scaled(1.5)},
    }
    matrix, summary = regret(cases, "total_nights_without_place")
    mean = float(base["total_nights_without_place"].mean())
    assert summary.index[0] == "many"
    assert matrix.loc["few", "wet"] == pytest.approx(1.5 * mean)
    assert matrix.loc["many", "dry"] == pytest.approx(0.2 * mean)
    assert summary.loc["few", "in_scenario"] == "wet"


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda _: cost_frontier({"a": 1.0}, {}), "a has either no cost or no harm"),
        (lambda _: cost_frontier({"a": np.nan}, {"a": 1.0}), "cost or harm of a is not a number"),
        (lambda _: regret({}, "x"), "regret needs the same plans"),
        (
            lambda base: regret({"dry": {"a": base}, "wet": {"b": base}}, "x"),
            "regret needs the same",
        ),
        (lambda base: regret({"dry": {"a": base}}, "x"), "no measure 'x'; choose"),
    ],
)
def test_what_cannot_be_compared_is_refused(base, call, message):
    with pytest.raises(ValueError, match=message):
        call(base)
