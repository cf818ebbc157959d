"""Displacement flows and their drivers: data, models, scores.

The usual path: load flows and drivers, fit a model, forecast joint samples, and say how good such
forecasts were before.

>>> import forecasting
>>> flows = forecasting.load_somalia_displacement()
>>> drivers = forecasting.load_climate_indices()[["oni", "dmi"]]
>>> fitted = forecasting.DriverRegression().fit(flows, drivers)
>>> forecast = fitted.forecast(horizon=6, samples=200, seed=1)
>>> forecast.dims
('sample', 'time', 'location', 'cause')
"""

from forecasting import datasets, drivers, evaluation, models
from forecasting.comparison import skill, skill_statement
from forecasting.datasets import (
    DatasetInfo,
    catalog,
    load,
    load_climate_indices,
    load_somalia_displacement,
)
from forecasting.drivers import check_drivers, known_at, outlook, scenario_path
from forecasting.evaluation import (
    at_level,
    backtest,
    crps,
    rolling_cutoffs,
    score_table,
)
from forecasting.flows import (
    FlowError,
    check_flows,
    check_forecast,
    read_forecast,
    write_forecast,
)
from forecasting.models import (
    DriverRegression,
    DriverTerm,
    EqualPool,
    FittedModel,
    Model,
    RecentClimatology,
    SeasonalClimatology,
    SeasonalNaive,
)
from forecasting.readers.flow_table import read_flows_csv

__all__ = [
    "DatasetInfo",
    "DriverRegression",
    "DriverTerm",
    "EqualPool",
    "FittedModel",
    "FlowError",
    "Model",
    "RecentClimatology",
    "SeasonalClimatology",
    "SeasonalNaive",
    "at_level",
    "backtest",
    "catalog",
    "check_drivers",
    "check_flows",
    "check_forecast",
    "crps",
    "datasets",
    "drivers",
    "evaluation",
    "known_at",
    "load",
    "load_climate_indices",
    "load_somalia_displacement",
    "models",
    "outlook",
    "read_flows_csv",
    "read_forecast",
    "rolling_cutoffs",
    "scenario_path",
    "score_table",
    "skill",
    "skill_statement",
    "write_forecast",
]
