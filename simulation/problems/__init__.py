"""What can be wrong with a network, told part by part, all of it at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulation.problems.changes import change_problems
from simulation.problems.health import health_problems
from simulation.problems.names import name_problems
from simulation.problems.numbers import number_problems
from simulation.problems.reception import reception_problems

if TYPE_CHECKING:
    from simulation.network_parts import NetworkParts


def network_problems(network: NetworkParts) -> list[str]:
    """List everything that is wrong with the parts of a network.

    Parameters
    ----------
    network : NetworkParts

    Returns
    -------
    list of str
        A sentence each; empty when the network can be simulated.

    """
    return [
        *name_problems(network),
        *number_problems(network),
        *change_problems(network),
        *reception_problems(network),
        *health_problems(network),
    ]
