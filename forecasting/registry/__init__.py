"""Versions of issued forecasts: sealed, append-only, found as of any day, scored afterwards."""

from forecasting.registry.entries import Entry
from forecasting.registry.registry import Registry, read_samples
from forecasting.registry.scoreboard import differences, scoreboard

__all__ = ["Entry", "Registry", "differences", "read_samples", "scoreboard"]
