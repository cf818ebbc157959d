"""Levels of government: trees of places, sums that hold, forecasts that agree."""

from forecasting.hierarchy.periods import period_tree, reconcile_periods, spans_of
from forecasting.hierarchy.reconciliation import (
    DEFAULT_METHOD,
    METHODS,
    reconcile,
    stack_levels,
)
from forecasting.hierarchy.tree import Hierarchy

__all__ = [
    "DEFAULT_METHOD",
    "METHODS",
    "Hierarchy",
    "period_tree",
    "reconcile",
    "reconcile_periods",
    "spans_of",
    "stack_levels",
]
