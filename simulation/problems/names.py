"""Problems of names: used twice, or of something that does not exist."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from simulation.network_parts import NetworkParts


def name_problems(network: NetworkParts) -> list[str]:
    """List names that are used twice or that nothing has.

    Parameters
    ----------
    network : NetworkParts

    Returns
    -------
    list of str

    """
    return [*_doubles(network), *_dangling(network)]


def _doubles(network: NetworkParts) -> list[str]:
    named = [*network.facilities, *(r.name for r in network.rescues)]
    named += [r.name for r in network.receptions] + [i.name for i in network.inflows]
    named += [w.name for w in network.weathers] + [team.name for team in network.teams]
    named += [outbreak.name for outbreak in network.outbreaks]
    named += [incident.name for incident in network.casualties]
    return repeated(named)


def repeated(names: Iterable[str]) -> list[str]:
    """Say of each name that is used several times that it must be unique."""
    return [
        f"the name {name!r} is used {times} times; every name must be unique."
        for name, times in Counter(names).items()
        if times > 1
    ]


def _dangling(network: NetworkParts) -> list[str]:
    known = {
        "reception": [r.name for r in network.receptions],
        "rescue": [r.name for r in network.rescues],
        "site": [s.name for s in network.sites],
        "transport": [t.name for t in network.transports],
        "health post": [h.name for h in network.health_posts],
        "ward": [w.name for w in network.wards],
        "weather": [w.name for w in network.weathers],
        "ambulances": [one.name for one in network.ambulances],
    }
    wanted: list[tuple[str, str, str | None]] = []
    for inflow in network.inflows:
        wanted.append((inflow.name, "reception", inflow.reception))
        wanted.append((inflow.name, "rescue", inflow.rescue))
        wanted.append((inflow.name, "weather", inflow.weather))
    for reception in network.receptions:
        wanted.append((reception.name, "health post", reception.health_post))
        wanted += [(reception.name, "site", option.site) for option in reception.sites]
    for rescue in network.rescues:
        wanted.append((rescue.name, "weather", rescue.weather))
        wanted += [(rescue.name, "rescue", aid.rescue) for aid in rescue.aid]
        wanted.append((rescue.name, "rescue", rescue.relay.rescue if rescue.relay else None))
    wanted += [(site.name, "transport", site.onward) for site in network.sites]
    wanted += [(t.name, "weather", t.weather) for t in network.transports]
    wanted += [(post.name, "ward", post.hospital) for post in network.health_posts]
    wanted += [(post.name, "ambulances", post.ambulances) for post in network.health_posts]
    wanted += [(ward.name, "ward", ward.hospital) for ward in network.wards]
    wanted += [(ward.name, "ambulances", ward.ambulances) for ward in network.wards]
    wanted += [(post.name, "ward", post.ward) for post in network.health_posts]
    wanted += [(one.name, "health post", one.health_post) for one in network.outbreaks]
    wanted += [(one.name, "health post", one.health_post) for one in network.casualties]
    for team in network.teams:
        wanted.append((team.name, "weather", team.weather))
        wanted += [(team.name, "health post", stop.health_post) for stop in team.stops]
    return [
        f"{owner}: there is no {kind} {name!r}; known: {', '.join(known[kind]) or 'none'}."
        for owner, kind, name in wanted
        if name is not None and name not in known[kind]
    ]
