"""Levels of government: trees of places, sums that hold, forecasts that agree."""

from forecasting.hierarchy.tree import Hierarchy

__all__ = ["Hierarchy"]
