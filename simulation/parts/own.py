"""A service of the user's own, beside those that the package has."""

from __future__ import annotations

import hashlib
import inspect
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from simulation.calendars import Steps


@dataclass(frozen=True, slots=True)
class OwnService:
    """A facility whose processes the user writes in SimPy.

    Parameters
    ----------
    name : str
    servers : Steps, units of the facility
    unit : str
        What the servers are, for tables and figures, such as ``teams``.
    standard : float, h
        Wait that the plan promises not to exceed.
    opens : callable
        Called once per replication with the :class:`simulation.own_services.OwnFacility`; it says
        there which processes run. To run on several processors it must be a function of a module.

    """

    name: str
    servers: Steps
    unit: str
    standard: float
    opens: Callable[[Any], None]

    def __repr__(self) -> str:
        """Name the function by its source: the same in every process, so that runs go on."""
        opens = repr(self.opens)
        if inspect.isfunction(self.opens) and not self.opens.__closure__:
            with suppress(OSError):  # typed in, so without a source
                source = hashlib.sha256(inspect.getsource(self.opens).encode()).hexdigest()
                opens = f"{self.opens.__module__}.{self.opens.__qualname__} {source}"
        return (
            f"OwnService(name={self.name!r}, servers={self.servers!r}, unit={self.unit!r}, "
            f"standard={self.standard!r}, opens={opens})"
        )
