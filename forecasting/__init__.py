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
from forecasting.comparison import coverage_interval, paired_test, series_ratio, skill
from forecasting.corridors import (
    arrivals_by_destination,
    departures_by_origin,
    flows_by_corridor,
)
from forecasting.datasets import (
    DatasetInfo,
    catalog,
    load,
    load_climate_indices,
    load_somalia_displacement,
)
from forecasting.drivers import check_drivers, known_at, outlook, scenario_path
from forecasting.early_warning import (
    alarm_table,
    economic_value,
    reliability,
    roc_curve,
    shortfall_table,
    warning_table,
)
from forecasting.evaluation import (
    at_level,
    backtest,
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
    AdaptivePool,
    DriverRegression,
    DriverTerm,
    EqualPool,
    Events,
    FittedModel,
    Gravity,
    Model,
    PointForecast,
    RecentClimatology,
    SeasonalClimatology,
    SeasonalNaive,
    StateSpace,
    WeightedPool,
    annual_exceedance,
    standard_benchmarks,
)
from forecasting.nowcasting import Nowcasting
from forecasting.outlooks import analog_outlook, check_outlook
from forecasting.quality import judge_flows, quality_statement, series_names
from forecasting.readers import read_corridors, read_counts, read_flows
from forecasting.revisions import RevisionModel
from forecasting.scores import crps, energy_score, pit_bounds, weighted_interval_score
from forecasting.statements import (
    skill_sentences,
    skill_statement,
    skill_summary,
    summary_sentences,
    told,
)
from forecasting.vintages import check_vintages, stack_releases
from forecasting.what_if import driver_moves, what_if

__all__ = [
    "AdaptivePool",
    "DatasetInfo",
    "DriverRegression",
    "DriverTerm",
    "EqualPool",
    "Events",
    "FittedModel",
    "FlowError",
    "Gravity",
    "Model",
    "Nowcasting",
    "PointForecast",
    "RecentClimatology",
    "RevisionModel",
    "SeasonalClimatology",
    "SeasonalNaive",
    "StateSpace",
    "WeightedPool",
    "alarm_table",
    "analog_outlook",
    "annual_exceedance",
    "arrivals_by_destination",
    "at_level",
    "backtest",
    "catalog",
    "check_drivers",
    "check_flows",
    "check_forecast",
    "check_outlook",
    "check_vintages",
    "coverage_interval",
    "crps",
    "datasets",
    "departures_by_origin",
    "driver_moves",
    "drivers",
    "economic_value",
    "energy_score",
    "evaluation",
    "flows_by_corridor",
    "judge_flows",
    "known_at",
    "load",
    "load_climate_indices",
    "load_somalia_displacement",
    "models",
    "outlook",
    "paired_test",
    "pit_bounds",
    "quality_statement",
    "read_corridors",
    "read_counts",
    "read_flows",
    "read_forecast",
    "reliability",
    "roc_curve",
    "rolling_cutoffs",
    "scenario_path",
    "score_table",
    "series_names",
    "series_ratio",
    "shortfall_table",
    "skill",
    "skill_sentences",
    "skill_statement",
    "skill_summary",
    "stack_releases",
    "standard_benchmarks",
    "summary_sentences",
    "told",
    "warning_table",
    "weighted_interval_score",
    "what_if",
    "write_forecast",
]
