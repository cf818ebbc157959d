"""Rescue, reception and health services as discrete-event simulations."""

from simulation.calendars import Steps
from simulation.distributions import Distribution
from simulation.engine import simulate
from simulation.experiments import ExperimentError, Futures, replicate, replicate_once
from simulation.measures import MEASURES, exceeds, measure, summarize
from simulation.network import Network, NetworkError
from simulation.streams import Streams

__all__ = [
    "MEASURES",
    "Distribution",
    "ExperimentError",
    "Futures",
    "Network",
    "NetworkError",
    "Steps",
    "Streams",
    "exceeds",
    "measure",
    "replicate",
    "replicate_once",
    "simulate",
    "summarize",
]
