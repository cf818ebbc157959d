"""Models of displacement flows behind one protocol; all give joint samples."""

from forecasting.models.adaptive import AdaptivePool
from forecasting.models.benchmarks import PointForecast, standard_benchmarks
from forecasting.models.climatology import RecentClimatology, SeasonalClimatology, SeasonalNaive
from forecasting.models.driver_regression import DriverRegression
from forecasting.models.driver_terms import EAST_AFRICA_TERMS, DriverTerm
from forecasting.models.events import Events, annual_exceedance
from forecasting.models.gravity import Gravity
from forecasting.models.pool import EqualPool, WeightedPool
from forecasting.models.protocol import FittedModel, Model
from forecasting.models.state_space import StateSpace

__all__ = [
    "EAST_AFRICA_TERMS",
    "AdaptivePool",
    "DriverRegression",
    "DriverTerm",
    "EqualPool",
    "Events",
    "FittedModel",
    "Gravity",
    "Model",
    "PointForecast",
    "RecentClimatology",
    "SeasonalClimatology",
    "SeasonalNaive",
    "StateSpace",
    "WeightedPool",
    "annual_exceedance",
    "standard_benchmarks",
]
