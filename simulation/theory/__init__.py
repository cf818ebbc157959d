"""Closed forms of queueing and search theory that the engines are tested against.

Rates are per hour and times in hours, but any consistent unit of time will do. Every function takes
keywords only, because two rates in the wrong order still give a number.
"""

from simulation.theory.networks import mean_waits_jackson, throughputs
from simulation.theory.occupancy import mean_occupancy, variance_with_groups
from simulation.theory.preemption import mean_times_preemptive, mean_waits_preemptive
from simulation.theory.search import detection_rate, probability_of_detection
from simulation.theory.servers import (
    erlang_a,
    erlang_b,
    erlang_c,
    mean_broken,
    mean_wait_markov,
)
from simulation.theory.transient import mean_present_markov
from simulation.theory.waits import (
    mean_wait_batches,
    mean_wait_pollaczek_khinchine,
    mean_waits_by_priority,
)

__all__ = [
    "detection_rate",
    "erlang_a",
    "erlang_b",
    "erlang_c",
    "mean_broken",
    "mean_occupancy",
    "mean_present_markov",
    "mean_times_preemptive",
    "mean_wait_batches",
    "mean_wait_markov",
    "mean_wait_pollaczek_khinchine",
    "mean_waits_by_priority",
    "mean_waits_jackson",
    "mean_waits_preemptive",
    "probability_of_detection",
    "throughputs",
    "variance_with_groups",
]
