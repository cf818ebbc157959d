"""Selection of the best: the guarantee is kept on known models, with and without shared futures."""

import numpy as np
import pytest

from simulation.selection import select_best

PLANS = ("a", "b", "c", "d")


def model(seed, means, shared, own):
    """Values with a part that all plans share (common random numbers) and one of their own."""
    generator = np.random.default_rng(seed)
    future = generator.normal(0.0, shared, 2000)
    noise = {plan: generator.normal(0.0, own, 2000) for plan in PLANS}
    means = dict(zip(PLANS, means, strict=True))
    return lambda plan, numbers: means[plan] + (future + noise[plan])[list(numbers)]


@pytest.mark.parametrize(("shared", "own"), [(0.0, 2.0), (5.0, 1.0)], ids=["apart", "shared"])
def test_the_best_is_chosen_as_often_as_promised(shared, own):
    """The least favorable case: all others worse by exactly the indifference zone."""
    right = [
        select_best(
            PLANS, model(seed, (1.0, 0.0, 1.0, 1.0), shared, own), indifference=1.0, most=2000
        )
        for seed in range(200)
    ]
    assert all(one.guaranteed for one in right)
    share = np.mean([one.best == "b" for one in right])
    assert share >= 0.95 - 2 * np.sqrt(0.95 * 0.05 / 200)


def test_common_futures_need_fewer_replications():
    ends = []
    for shared, own in ((5.0, 1.0), (0.0, np.sqrt(26.0))):  # the same variance of each plan
        found = [
            select_best(
                PLANS, model(s, (1.0, 0.0, 1.0, 1.0), shared, own), indifference=1.0, most=2000
            )
            for s in range(20)
        ]
        ends.append(np.mean([max(one.replications.values()) for one in found]))
    assert ends[0] * 5 < ends[1]


def test_when_replications_end_the_guarantee_is_not_claimed():
    found = select_best(PLANS, model(1, (0, 0, 0, 0), 0, 9.0), indifference=0.01, most=25)
    assert not found.guaranteed
    assert len(found.left) > 1
    assert found.best == min(found.left, key=found.means.get)


def test_clear_losers_go_early_and_are_counted():
    found = select_best(PLANS, model(1, (50, 0, 0.5, 50), 0, 1.0), indifference=1.0, most=2000)
    assert found.eliminated["a"] == 20 == found.replications["a"]
    assert set(found.eliminated) | set(found.left) == set(PLANS)


def test_of_equal_plans_the_first_wins_at_once():
    plans = ("a", "b", "c")
    found = select_best(plans, lambda _p, n: 1.0 * np.array(n), indifference=1.0, most=30)
    assert found.left == ("a",)
    assert found.guaranteed
    assert found.replications == {"a": 20, "b": 20, "c": 20}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"plans": ("a",)}, "two or more plans"),
        ({"plans": ("a", "a")}, "two or more plans of different names"),
        ({"indifference": 0.0}, "smallest difference that matters is 0"),
        ({"confidence": 0.2}, r"confidence is 0\.2; it lies above 1/4"),
        ({"most": 10}, "20 replications come first and 10 at most"),
    ],
)
def test_impossible_requests_are_refused(change, message):
    values = {"plans": PLANS, "indifference": 1.0, "most": 50} | change
    with pytest.raises(ValueError, match=message):
        select_best(values.pop("plans"), model(1, (0, 0, 0, 0), 0, 1), **values)


def test_an_undefined_measure_is_refused():
    with pytest.raises(ValueError, match="measure of a is undefined"):
        select_best(("a", "b"), lambda _p, n: np.full(len(n), np.nan), indifference=1.0, most=30)
