"""The two engines and which of them runs a network; both write equal records."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from simulation.compiled import reasons_against
from simulation.executors import ExperimentError

if TYPE_CHECKING:
    from simulation.network import Network

ENGINES: Final = ("simpy", "compiled", "auto")
"""Names to choose from; ``auto`` takes the compiled engine where it runs and pays."""
PAYS_FROM: Final = 50
"""Replications from which ``auto`` takes the compiled engine: it must be compiled once, in about
a minute of processor time, longer than a few replications in SimPy."""


@dataclass(frozen=True, slots=True)
class EngineChoice:
    """Which engine runs, and why.

    Parameters
    ----------
    engine : {"simpy", "compiled"}
    reason : str

    """

    engine: str
    reason: str


def choose_engine(network: Network, wanted: str, replications: int = PAYS_FROM) -> EngineChoice:
    """Choose the engine for a network.

    Parameters
    ----------
    network : Network
    wanted : str
        One of :data:`ENGINES`.
    replications : int
        How many will be run.

    Returns
    -------
    EngineChoice

    Raises
    ------
    ExperimentError
        If there is no such engine, or ``compiled`` is asked for and cannot run here.

    """
    if wanted not in ENGINES:
        msg = f"there is no engine {wanted!r}; choose {', '.join(ENGINES)}."
        raise ExperimentError(msg)
    if wanted == "simpy":
        return EngineChoice("simpy", "asked for")
    against = reasons_against(network)
    if importlib.util.find_spec("numba") is None:
        against = ["numba is not installed", *against]
    if wanted == "compiled":
        if against:
            msg = (
                f"the compiled engine cannot run this: {'; '.join(against)}. Choose simpy or auto."
            )
            raise ExperimentError(msg)
        return EngineChoice("compiled", "asked for")
    if against:
        return EngineChoice("simpy", "; ".join(against))
    if replications < PAYS_FROM:
        return EngineChoice("simpy", f"fewer than {PAYS_FROM} replications")
    return EngineChoice("compiled", "it runs all parts of the plan")


def prepare(choice: EngineChoice) -> None:
    """Compile the compiled engine, or read it from the cache of earlier runs.

    Parameters
    ----------
    choice : EngineChoice
        SimPy needs nothing.

    """
    if choice.engine == "compiled":
        from simulation.compiled.replication import compile_now

        compile_now()
