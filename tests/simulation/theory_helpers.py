"""Intervals of what the engine gave, for comparison with theory."""

from small_networks import (
    interval,
)

WARM_UP = 100.0
"""Hours after which the tests measure; the queues below forget their start within a few hours."""


def covers(values, number, confidence=0.99):
    low, high = interval(values, confidence)
    return low < number < high
