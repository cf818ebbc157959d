"""Problems of numbers: shares outside 0 to 1, times below 0, parts that lead nowhere."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from simulation.network_parts import NetworkParts

_MOST: Final = 2**31 - 1
"""Units or places; the tables of results have 32 bits."""
_FROM_ZERO = (
    "readiness",
    "boarding",
    "turnaround",
    "boarding_per_person",
    "crew_hours",
    "crew_rest",
    "wave_limit",
)


def number_problems(network: NetworkParts) -> list[str]:
    """List numbers that cannot be, and parts without which people would have nowhere to go.

    Parameters
    ----------
    network : NetworkParts

    Returns
    -------
    list of str

    """
    problems = []
    if not 0 < network.run_length < float("inf"):
        problems.append(f"run_length is {network.run_length:g} h; it must be above 0 and finite.")
    shares = [(f"{i.name}.share", i.share) for i in network.inflows]
    shares += [(f"{i.name}.cut_off", i.cut_off) for i in network.inflows]
    shares += [(f"{r.name}.self_arrival", r.self_arrival) for r in network.rescues]
    shares += [(f"{s.name}.onward_share", s.onward_share) for s in network.sites]
    problems += [
        f"{name} is {value:g}; a share lies between 0 and 1."
        for name, value in shares
        if not 0 <= value <= 1
    ]
    for inflow in network.inflows:
        if inflow.cut_off > 0 and inflow.rescue is None:
            problems.append(f"{inflow.name}: people are cut off but no rescue is named.")
        if len(inflow.hours) != 24 or min(inflow.hours) < 0 or sum(inflow.hours) <= 0:
            problems.append(f"{inflow.name}.hours needs 24 weights, not negative, not all 0.")
        if len(inflow.weekdays) != 7 or min(inflow.weekdays) < 0 or sum(inflow.weekdays) <= 0:
            problems.append(f"{inflow.name}.weekdays needs 7 weights, not negative, not all 0.")
    for post in network.health_posts:
        total = sum(c.share for c in post.classes)
        if abs(total - 1) > 1e-6:
            problems.append(f"{post.name}: shares of classes sum to {total:g}, not to 1.")
    problems += [problem for weather in network.weathers for problem in weather.problems()]
    problems += [problem for rescue in network.rescues for problem in rescue.problems()]
    return [*problems, *_impossible(network), *_uncountable(network), *_incomplete(network)]


def _impossible(network: NetworkParts) -> list[str]:
    """List numbers that must be above 0, or at least not below."""
    above, from_zero = [], []
    for rescue in network.rescues:
        from_zero.append((rescue.name, "search_area", rescue.search_area))
        from_zero.append((rescue.name, "drift", rescue.drift))
        above.append((rescue.name, "search_limit", rescue.search_limit))
        for units in rescue.units:
            above += [(units.name, "seats", units.seats), (units.name, "speed", units.speed)]
            if rescue.searches:
                above.append((units.name, "search_speed", units.search_speed))
            if rescue.searches and rescue.search_object is None:
                above.append((units.name, "sweep_width", units.sweep_width))
            from_zero += [(units.name, name, getattr(units, name)) for name in _FROM_ZERO]
            above.append((units.name, "endurance", units.endurance))
        above += [
            (vessels.name, name, getattr(vessels, name))
            for vessels in rescue.passing
            for name in ("per_day", "seats", "speed", "search_speed")
        ]
    for reception in network.receptions:
        from_zero.append((reception.name, "splits_after", reception.splits_after))
        from_zero += [
            (f"{reception.name}, way to {option.site}", "travel_time", option.travel_time)
            for option in reception.sites
        ]
    for site in network.sites:
        from_zero.append((site.name, "over_capacity", site.over_capacity))
        from_zero.append((site.name, "starting_stock", site.starting_stock))
    for transport in network.transports:
        above.append((transport.name, "seats", transport.seats))
        above.append((transport.name, "every_days", transport.every_days))
        from_zero.append((transport.name, "departs_at", transport.departs_at))
        from_zero.append((transport.name, "travel_time", transport.travel_time))
        from_zero.append((transport.name, "return_time", transport.return_time))
    for post in network.health_posts:
        from_zero.append((post.name, "visits_per_person_day", post.visits_per_person_day))
    for ward in network.wards:
        from_zero.append((ward.name, "refers_on_after", ward.refers_on_after))
    for inflow in network.inflows:
        from_zero.append((inflow.name, "onset_days", inflow.onset_days))
        from_zero.append((inflow.name, "dispersion", inflow.dispersion))
        from_zero.append((inflow.name, "sets_out_below", inflow.sets_out_below))
    return [
        f"{owner}.{name} is {value:g}; it must be above 0."
        for owner, name, value in above
        if not value > 0
    ] + [
        f"{owner}.{name} is {value:g}; it cannot be negative."
        for owner, name, value in from_zero
        if not value >= 0
    ]


def _uncountable(network: NetworkParts) -> Iterator[str]:
    """Find capacities that the tables of results cannot hold."""
    for facility in network.facilities:
        here = [trigger for trigger in network.triggers if trigger.facility == facility]
        most = float(max(network.capacity(facility).values))
        most *= math.prod(max(trigger.factor, 1.0) for trigger in here)
        most += sum(max(trigger.added.values) for trigger in here)
        if most > _MOST:
            yield (
                f"{facility}: its capacity, with what triggers bring, may be {most:g}; "
                f"at most {_MOST:,} are simulated."
            )


def _incomplete(network: NetworkParts) -> list[str]:
    """List parts without which people would have nowhere to go."""
    problems = [f"{r.name}: a rescue needs units." for r in network.rescues if not r.units]
    problems += [f"{r.name}: a reception needs sites." for r in network.receptions if not r.sites]
    used = {option.site for reception in network.receptions for option in reception.sites}
    for site in network.sites:
        if site.starting_stock > 0 and site.name not in used:
            problems.append(
                f"{site.name}: people are there at the start but no reception uses the site."
            )
        if site.starting_stock > 0 and not network.inflows:
            problems.append(
                f"{site.name}: people are there at the start but no inflow says who they are."
            )
    return problems
