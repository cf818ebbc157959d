"""Sequential precision: it stops when it should, and its intervals cover as often as they say."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulation.precision import Precision, looks, replicate_to_precision


def source(values):
    table = pd.DataFrame(values)
    asked = []

    def sample(number):
        asked.append(number)
        return table.iloc[:number]

    return sample, asked


def test_it_stops_at_the_first_look_that_is_narrow_enough():
    normal = np.random.default_rng(1).normal(100.0, 10.0, 2000)
    sample, asked = source({"a": normal})
    known = replicate_to_precision(sample, [Precision("a", share=0.02)], most=2000)
    assert known.reached
    assert asked[-1] == known.replications < 2000
    row = known.intervals.iloc[0]
    assert row["high"] - row["low"] <= 2 * 0.02 * row["mean"] * 1.0001
    earlier = replicate_to_precision(sample, [Precision("a", share=0.02)], most=asked[-2])
    assert not earlier.reached


def test_the_most_demanding_measure_decides():
    generator = np.random.default_rng(2)
    values = {"a": generator.normal(10, 1, 5000), "b": generator.normal(10, 9, 5000)}
    wanted = [Precision("a", share=0.05), Precision("b", half_width=0.5)]
    sample, _ = source(values)
    both = replicate_to_precision(sample, wanted, most=5000)
    alone = [replicate_to_precision(sample, [one], most=5000) for one in wanted]
    assert both.replications >= max(one.replications for one in alone)
    assert both.reached


def test_the_most_replications_end_it_and_that_is_told():
    sample, _ = source({"a": np.random.default_rng(1).normal(0, 9, 60)})
    known = replicate_to_precision(sample, [Precision("a", half_width=1e-6)], most=60)
    assert (known.replications, known.reached) == (60, False)


@pytest.mark.parametrize("skewed", [False, True], ids=["normal", "exponential"])
def test_intervals_cover_as_often_as_they_say(skewed):
    """300 runs of a known model, stopped by their own data: 95 % must cover the true mean."""
    generator = np.random.default_rng(20261124)
    covered, ends, runs = 0, [], 300
    for _ in range(runs):
        draws = generator.exponential(1.0, 3000) if skewed else generator.normal(1.0, 1.0, 3000)
        sample, _ = source({"a": draws})
        known = replicate_to_precision(sample, [Precision("a", share=0.1)], most=3000)
        row = known.intervals.iloc[0]
        covered += row["low"] <= 1.0 <= row["high"]
        ends.append(known.replications)
    assert len(set(ends)) > 1  # the data decide
    assert covered / runs >= 0.95 - 2 * np.sqrt(0.05 * 0.95 / runs)


def test_a_naive_stop_would_cover_too_seldom():
    """The negative control: the usual 95 % interval at every look, stopped when narrow."""
    generator = np.random.default_rng(20261124)
    covered, runs = 0, 1000
    for _ in range(runs):
        draws = generator.exponential(1.0, 3000)
        for number in range(5, 3001):
            half = 1.96 * draws[:number].std(ddof=1) / np.sqrt(number)
            if half <= 0.3 * draws[:number].mean():
                break
        covered += abs(draws[:number].mean() - 1.0) <= half
    assert covered / runs < 0.93


@given(fewest=st.integers(1, 100), most=st.integers(1, 5000), multiple=st.integers(1, 10))
def test_looks_rise_to_the_most(fewest, most, multiple):
    numbers = list(looks(fewest, most, multiple))
    assert numbers[-1] == most
    assert numbers == sorted(set(numbers))
    assert all(number % multiple == 0 for number in numbers[1:-1])


def test_undefined_values_are_left_out_and_too_few_are_not_known():
    values = np.full(60, np.nan)
    sample, _ = source({"a": values})
    known = replicate_to_precision(sample, [Precision("a", share=0.5)], most=60)
    assert not known.reached
    values[:30] = np.tile([4.0, 5.0, 6.0], 10)
    sample, _ = source({"a": values})
    assert replicate_to_precision(sample, [Precision("a", share=0.5)], most=60).reached


def test_a_rare_event_that_was_not_seen_yet_is_not_known():
    values = np.zeros(400)
    values[300] = 1.0
    sample, asked = source({"a": values})
    wanted = [Precision("a", half_width=1e-3)]
    known = replicate_to_precision(sample, wanted, most=200)
    assert asked[-1] == 200
    assert not known.reached
    row = known.intervals.iloc[0]
    assert row["mean"] == 0
    assert np.isnan(row["low"])
    assert np.isnan(row["high"])
    assert replicate_to_precision(sample, [Precision("a", half_width=0.1)], most=400).reached


def test_infinite_values_count():
    values = np.tile([4.0, 5.0, np.inf], 20)
    known = replicate_to_precision(source({"a": values})[0], [Precision("a", share=0.5)], most=60)
    assert not known.reached
    assert known.intervals["mean"].item() == np.inf
    assert known.intervals["low"].isna().all()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Precision("a"), "precision of a needs one number above 0"),
        (lambda: Precision("a", 0.1, 1.0), "precision of a needs one number"),
        (lambda: Precision("a", -0.1), "precision of a needs one number"),
        (lambda: replicate_to_precision(source({})[0], [], most=9), "no precision is asked for"),
        (
            lambda: replicate_to_precision(source({})[0], [Precision("a", 1.0)], most=1),
            "at least 2 replications",
        ),
        (
            lambda: replicate_to_precision(
                source({"b": [1, 2, 3]})[0], [Precision("a", 1)], most=3
            ),
            "no measure 'a'; known: b",
        ),
    ],
)
def test_impossible_requests_are_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()
