"""Versions of issued forecasts: sealed, append-only, found as of any day, scored afterwards."""

from forecasting.registry.entries import Entry
from forecasting.registry.objects import StoredRegistry, open_store
from forecasting.registry.registry import Registry, read_samples
from forecasting.registry.scoreboard import differences, scoreboard

__all__ = [
    "Entry",
    "Registry",
    "StoredRegistry",
    "differences",
    "open_store",
    "read_samples",
    "scoreboard",
]
