"""The same simulation as a compiled event calendar: same draws, same records, bit for bit.

numba is imported only when a replication runs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulation.compiled.limits import reasons_against
from simulation.latest import Latest

if TYPE_CHECKING:
    from simulation.arrivals import Population
    from simulation.network import Network
    from simulation.records import Records

__all__ = ["reasons_against", "simulate_compiled"]

_against = Latest(reasons_against)


def simulate_compiled(
    network: Network, people: Population, decisions: tuple[tuple[float, ...], ...] = ()
) -> Records:
    """Run one replication in the compiled engine.

    Parameters
    ----------
    network : Network
        One that :func:`reasons_against` has nothing against.
    people : Population
    decisions : tuple of tuple of float, h
        See :func:`simulation.engine.simulate`.

    Returns
    -------
    Records
        Equal to those of :func:`simulation.engine.simulate`.

    Raises
    ------
    ValueError
        If the compiled engine cannot run the network, or the people or decisions do not fit it.

    """
    from simulation.compiled.replication import CompiledReplication
    from simulation.engine import check_run

    if reasons := _against(network):
        msg = f"the compiled engine cannot run this plan: {'; '.join(reasons)}. Use SimPy."
        raise ValueError(msg)
    check_run(network, people, decisions)
    return CompiledReplication(network, people, decisions).run()
