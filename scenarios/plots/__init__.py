"""Every figure of report and notebooks: data in, Axes out; only :func:`save_figure` writes."""

from scenarios.plots.comparisons import plot_comparison, plot_outcomes
from scenarios.plots.completeness import plot_completeness
from scenarios.plots.costs import plot_costs
from scenarios.plots.forecasts import (
    plot_drivers,
    plot_forecast_fan,
    plot_forecast_intervals,
    plot_skill,
)
from scenarios.plots.maps import plot_boundaries, plot_tiles, tiles_height
from scenarios.plots.moments import plot_step_through
from scenarios.plots.observed import plot_counts, plot_observed
from scenarios.plots.risk import plot_annual_exceedance, plot_driver_moves
from scenarios.plots.scheme import plot_scheme, scheme_height
from scenarios.plots.scores import (
    plot_benchmarks,
    plot_calibration,
    plot_reliability,
    plot_roc,
    plot_value,
    score_figures,
)
from scenarios.plots.services import plot_exceedance, plot_occupancy, plot_occupancy_grid
from scenarios.plots.style import NARROW, WIDE, drawable, image_bytes, new_figure, save_figure, show

__all__ = [
    "NARROW",
    "WIDE",
    "drawable",
    "image_bytes",
    "new_figure",
    "plot_annual_exceedance",
    "plot_benchmarks",
    "plot_boundaries",
    "plot_calibration",
    "plot_comparison",
    "plot_completeness",
    "plot_costs",
    "plot_counts",
    "plot_driver_moves",
    "plot_drivers",
    "plot_exceedance",
    "plot_forecast_fan",
    "plot_forecast_intervals",
    "plot_observed",
    "plot_occupancy",
    "plot_occupancy_grid",
    "plot_outcomes",
    "plot_reliability",
    "plot_roc",
    "plot_scheme",
    "plot_skill",
    "plot_step_through",
    "plot_tiles",
    "plot_value",
    "save_figure",
    "scheme_height",
    "score_figures",
    "show",
    "tiles_height",
]
