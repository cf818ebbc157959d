"""Models of displacement flows behind one protocol; all give joint samples."""

from forecasting.models.climatology import RecentClimatology, SeasonalClimatology, SeasonalNaive
from forecasting.models.pool import EqualPool
from forecasting.models.protocol import FittedModel, Model

__all__ = [
    "EqualPool",
    "FittedModel",
    "Model",
    "RecentClimatology",
    "SeasonalClimatology",
    "SeasonalNaive",
]
