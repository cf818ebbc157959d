"""Problems of reception: households that no site is for, desks and clocks that do not exist."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Final

from simulation.categories import HOUSEHOLDS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from simulation.network_parts import NetworkParts

DESKS: Final = ("screening", "registration", "vulnerability_check", "best_interest")
"""Kinds of desks."""


def reception_problems(network: NetworkParts) -> list[str]:
    """List what is wrong with the desks, sites and clocks of a network.

    Parameters
    ----------
    network : NetworkParts

    Returns
    -------
    list of str

    """
    return [*_desks(network), *_sites(network), *_clocks(network)]


def _unknown(owner: str, kinds: tuple[str, ...]) -> Iterator[str]:
    for kind in kinds:
        if kind not in HOUSEHOLDS:
            known = ", ".join(HOUSEHOLDS)
            yield f"{owner}: there is no kind of household {kind!r}; known: {known}."


def _desks(network: NetworkParts) -> Iterator[str]:
    for reception in network.receptions:
        for desk in reception.desks:
            yield from _unknown(desk.name, desk.only)
            if desk.kind not in DESKS:
                yield f"{desk.name}: {desk.kind!r} is no kind of desk; known: {', '.join(DESKS)}."
            if not 0 <= desk.finds <= 1:
                yield f"{desk.name}.finds is {desk.finds:g}; a share lies between 0 and 1."
            if desk.kind == "vulnerability_check" and desk.while_staying:
                yield f"{desk.name}: a vulnerability check is made before the place is given."


def _sites(network: NetworkParts) -> Iterator[str]:
    for site in network.sites:
        yield from _unknown(site.name, (*site.meant_for, *(kind for kind, _ in site.stays)))
        begins = [begin for begin, _ in site.returns_home]
        if any(b <= a for a, b in pairwise(begins)) or any(begin < 0 for begin in begins):
            yield f"{site.name}.returns_home: times must increase, the first not below 0."
        if not all(mean > 0 for _, mean in site.returns_home):
            yield f"{site.name}.returns_home: every mean must be above 0."
        for name in ("area", "latrines", "taps", "water"):
            value = getattr(site, name)
            if value is not None and not value >= 0:
                yield f"{site.name}.{name} is {value:g}; it cannot be negative."
    sites = {site.name: site for site in network.sites}
    for reception in network.receptions:
        options = [option for option in reception.sites if option.site in sites]
        for kind in HOUSEHOLDS:
            if options and not any(
                sites[o.site].admits(kind) or o.others_after < float("inf") for o in options
            ):
                yield (
                    f"{reception.name}: no site is meant for {kind}, not even after a wait; "
                    "add one or set others_after."
                )


def _clocks(network: NetworkParts) -> Iterator[str]:
    for clock in network.clocks:
        if clock.until != "place" and clock.until not in DESKS:
            yield f"{clock.name}: until is {clock.until!r}; known: place, {', '.join(DESKS)}."
        if not clock.limit > 0:
            yield f"{clock.name}: the limit is {clock.limit:g} h; it must be above 0."
