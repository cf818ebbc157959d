"""Scenario files, runs, comparisons, reports and the command line.

>>> import scenarios
>>> plan = scenarios.load_scenario("beledweyne-flood")
>>> plan.experiment.replications
200

Names are imported when they are first used, so that ``safepassage --help`` answers at once.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from scenarios.build import build_network
    from scenarios.comparison import compare
    from scenarios.files import list_library, load_scenario
    from scenarios.forecasts import make_outlook
    from scenarios.report.contents import report_inputs
    from scenarios.report.document import write_report
    from scenarios.results import read_results
    from scenarios.runner import run, run_to_folder, simulate_plan
    from scenarios.side_by_side import compare_plans

__version__ = "0.1.0"

__all__ = [
    "build_network",
    "compare",
    "compare_plans",
    "list_library",
    "load_scenario",
    "make_outlook",
    "read_results",
    "report_inputs",
    "run",
    "run_to_folder",
    "simulate_plan",
    "write_report",
]

_HOMES = {
    "build_network": "build",
    "compare": "comparison",
    "compare_plans": "side_by_side",
    "list_library": "files",
    "load_scenario": "files",
    "make_outlook": "forecasts",
    "read_results": "results",
    "report_inputs": "report.contents",
    "run": "runner",
    "run_to_folder": "runner",
    "simulate_plan": "runner",
    "write_report": "report.document",
}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(importlib.import_module(f"scenarios.{_HOMES[name]}"), name)
    msg = f"module 'scenarios' has no attribute {name!r}"
    raise AttributeError(msg)
