"""Frozen description of what is simulated: parts that refer to each other by name.

:class:`Network` refuses dangling and duplicate names and impossible numbers. Nothing here changes
during a run.
"""

from __future__ import annotations

from dataclasses import dataclass

from simulation.network_parts import NetworkParts
from simulation.problems import network_problems


class NetworkError(ValueError):
    """A network refers to something that does not exist or holds an impossible number."""


@dataclass(frozen=True, slots=True)
class Network(NetworkParts):
    """Everything one run needs to know apart from the people.

    Parameters
    ----------
    start : datetime.date
        Midnight of this day is hour 0.
    run_length : float, h
    inflows, rescues, receptions, sites, transports, health_posts, wards, weathers : tuples
    triggers, breakdowns, losses, clocks : tuples
    ambulances, teams, outbreaks, casualties, own : tuples

    Raises
    ------
    NetworkError
        With all dangling, duplicate and impossible entries at once.

    """

    def __post_init__(self) -> None:
        problems = network_problems(self)
        if problems:
            listing = "\n".join(f"  - {problem}" for problem in problems)
            msg = f"the network has {len(problems)} problem(s):\n{listing}"
            raise NetworkError(msg)
