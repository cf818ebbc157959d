"""What cuts of the records look up about a network, worked out once for all replications."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from simulation.latest import Latest

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from simulation.network import Network


def standards(network: Network) -> NDArray[np.float64]:
    """Return the waiting time that the plan promises for each facility.

    Parameters
    ----------
    network : Network

    Returns
    -------
    numpy.ndarray, (facility,), hours
        For health posts that of their least urgent class; lateness uses the class of the patient.

    """
    promised: dict[str, float] = {}
    for rescue in network.rescues:
        promised |= {units.name: rescue.standard for units in rescue.units}
    for reception in network.receptions:
        promised |= {desk.name: desk.standard for desk in reception.desks}
        for option in reception.sites:
            promised.setdefault(option.site, reception.standard)
    promised |= {transport.name: transport.standard for transport in network.transports}
    for post in network.health_posts:
        promised[f"{post.name} triage"] = post.triage_standard
        promised[post.name] = max(c.standard for c in post.classes)
    promised |= {ward.name: ward.standard for ward in network.wards}
    promised |= {one.name: one.standard for one in network.ambulances}
    promised |= {own.name: own.standard for own in network.own}
    return np.array([promised.get(name, np.inf) for name in network.facilities])


class Lookups:
    """Tables of a network by number of the facility.

    Parameters
    ----------
    network : Network

    Attributes
    ----------
    network : Network
    facilities : int
        How many there are.
    limits : numpy.ndarray, (facility, 1 + class), h
        The wait that is promised; column 0 for patients who were not triaged and all others.
    is_site, is_rescue, is_before_place : numpy.ndarray of bool, (facility,)
        The last are desks that a group passes before it has a place.

    """

    def __init__(self, network: Network) -> None:
        self.network = network
        names = network.facilities
        self.facilities = len(names)
        self._code = {name: number for number, name in enumerate(names)}
        most = max((len(post.classes) for post in network.health_posts), default=0)
        self.limits = np.tile(standards(network)[:, None], (1, 1 + most))
        for post in network.health_posts:
            by_class = [one.standard for one in post.classes]
            self.limits[self.code(post.name), 1 : 1 + len(by_class)] = by_class
        self.is_site = self._are({site.name for site in network.sites})
        self.is_rescue = self._are(name for name in names if network.service(name) == "rescue")
        self.is_before_place = self._are(
            desk.name
            for reception in network.receptions
            for desk in reception.desks
            if not desk.while_staying
        )

    def code(self, facility: str) -> int:
        """Return the number of a facility."""
        return self._code[facility]

    def _are(self, names: Iterable[str]) -> NDArray[np.bool_]:
        marked = np.zeros(self.facilities, dtype=np.bool_)
        marked[[self._code[name] for name in names]] = True
        return marked


lookups_of: Final = Latest(Lookups)
"""The lookups of a network; those made last are kept."""
