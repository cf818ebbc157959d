"""The tables of rescue services, boats and people in distress, as they stand at hour 0."""

from __future__ import annotations

import math
from itertools import accumulate
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from simulation.arrivals import STARTING_STOCK
from simulation.calendars import HOURS_PER_DAY
from simulation.compiled import tables
from simulation.distributions import Distribution
from simulation.fleets import apart
from simulation.parts import MAX_GROUP, PassingVessels
from simulation.rescue import place_of
from simulation.scene import swept
from simulation.survival import survival_in_heat, survival_in_water

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simulation.arrivals import Population
    from simulation.network import Network
    from simulation.parts import Relay, Rescue, RescueUnits, WeatherState
    from simulation.weather import WeatherSeries

_AS_GIVEN = [
    "boarding_per_person",
    "turnaround",
    "endurance",
    "crew_hours",
    "crew_rest",
]
"""Fields of units that stand in the table of fleets as they are."""


class RescueDraws(NamedTuple):
    """What people in distress draw."""

    service: NDArray[np.int64]
    """Number of the rescue service that every group needs; -1: none."""
    callers: NDArray[Any]
    first_member: NDArray[np.int64]
    members: NDArray[Any]
    vessel_delays: NDArray[np.float64]
    """Until a vessel of each kind passes by, (kind, group), hours."""


def draw_rescue(network: Network, people: Population) -> RescueDraws:
    """Draw what rescue needs to know of every group.

    Parameters
    ----------
    network : Network
    people : Population

    """
    service = _services_of_groups(network, people)
    callers = _callers(network, people, service)
    members = _members(network, people, service)
    return RescueDraws(service, callers, *members, _vessel_delays(network, people))


def _services_of_groups(network: Network, people: Population) -> NDArray[np.int64]:
    codes = {one.name: number for number, one in enumerate(network.rescues)}
    of_inflow = np.array(
        [-1 if one.rescue is None else codes[one.rescue] for one in network.inflows], dtype=np.int64
    )
    newcomers = people.inflow != STARTING_STOCK
    service = np.full(len(people), -1)
    service[newcomers] = of_inflow[people.inflow[newcomers]]
    service[~people.cut_off] = -1
    return service


def _callers(network: Network, people: Population, service: NDArray[np.int64]) -> NDArray[Any]:
    """Draw what belongs to groups in distress, as :class:`simulation.rescue.RescueService` does."""
    made = np.zeros(len(people), dtype=tables.CALLER)
    streams = people.streams
    for number, one in enumerate(network.rescues):
        mine = np.flatnonzero(service == number)
        key = people.key[mine]
        drawn = {
            "alert_delay": one.alert_delay,
            "distance": one.distance,
            "holds_out": one.holds_out,
            "heard": None,
            "self_arrival": None,
            "search": None,
        }
        if one.call_time is not None:
            drawn["call_time"] = one.call_time
        values = streams.draws(
            [(f"{one.name}.{what}", distribution, key) for what, distribution in drawn.items()]
        )
        for what, column in zip(drawn, values, strict=True):
            if what == "search":
                made["detection"][mine] = [-math.log(u) for u in column.tolist()]
            else:
                made[what][mine] = column
        made["center"][mine], made["relay_delay"][mine] = number, -1.0
        if one.relay is not None:
            _relay(network, one.name, one.relay, made, mine, people)
        if one.places_of_safety:
            _lands(one, made, mine, people)
        if one.sector is not None:
            turns = streams.uniform(f"{one.name}.bearing", key).tolist()
            places = zip(turns, made["distance"][mine].tolist(), strict=True)
            made["east"][mine], made["north"][mine] = np.transpose(
                [place_of(one, turn, distance) for turn, distance in places]
            ).reshape(2, len(mine))
        made["capsizes"][mine] = np.inf
        if one.capsizing is not None:
            capsizes = streams.uniform(f"{one.name}.capsizes", key) < one.capsizing.share
            hours = streams.draw(f"{one.name}.capsizes_after", one.capsizing.after, key)
            made["capsizes"][mine[capsizes]] = hours[capsizes]
    return made


def _relay(
    network: Network,
    name: str,
    relay: Relay,
    made: NDArray[Any],
    mine: NDArray[np.int64],
    people: Population,
) -> None:
    """Fill in whose calls another center takes, and how long it takes to hand them on."""
    names = [one.name for one in network.rescues]
    mine = mine[people.streams.uniform(f"{name}.relayed", people.key[mine]) < relay.share]
    key = people.key[mine]
    center = names.index(relay.rescue)
    made["center"][mine] = center
    made["relay_delay"][mine] = people.streams.draw(f"{name}.relay_delay", relay.delay, key)
    call_time = network.rescues[center].call_time
    if call_time is not None:
        made["call_time"][mine] = people.streams.draw(f"{relay.rescue}.call_time", call_time, key)


def _lands(rescue: Rescue, made: NDArray[Any], mine: NDArray[np.int64], people: Population) -> None:
    """Fill in where people are brought ashore, and how long the boat waits there."""
    key, places = people.key[mine], rescue.places_of_safety
    edges = np.array(list(accumulate(place.share for place in places)))
    chance = people.streams.uniform(f"{rescue.name}.place", key)
    place = np.minimum(np.searchsorted(edges, chance, side="right"), len(places) - 1)
    made["lands"][mine] = True
    for number, one in enumerate(places):
        here = mine[place == number]
        made["land_east"][here], made["land_north"][here] = one.position
        made["land_offset"][here] = apart(one.position, rescue.position)
    if rescue.safety_wait is not None:
        wait = people.streams.draw(f"{rescue.name}.safety_wait", rescue.safety_wait, key)
        made["land_wait"][mine] = wait


def _vessel_delays(network: Network, people: Population) -> NDArray[np.float64]:
    rows = [
        people.streams.draw(
            f"{one.name}.passing/{vessels.name}",
            Distribution("exponential", mean=24.0 / vessels.per_day),
            people.key,
        )
        for one in network.rescues
        for vessels in one.passing
    ]
    return np.array(rows).reshape(len(rows), len(people))


def vessel_sails(
    network: Network, weathers: dict[str | None, WeatherSeries | None]
) -> NDArray[np.bool_]:
    """Return whether vessels of each kind can take people on board, (kind, day)."""
    rows = []
    for one in network.rescues:
        series = weathers[one.weather]
        for vessels in one.passing:
            days = np.ones(network.days, dtype=np.bool_)
            rows.append(days if series is None else series.workable(vessels.wave_limit))
    return np.array(rows, dtype=np.bool_).reshape(len(rows), network.days)


def aid_table(network: Network) -> NDArray[Any]:
    """Lay out the agreements to lend boats, in the order of those who borrow."""
    names = [one.name for one in network.rescues]
    rows = [
        (aid.after, aid.share, names.index(aid.rescue), number)
        for number, one in enumerate(network.rescues)
        for aid in one.aid
    ]
    return np.array(rows, dtype=tables.AID)


def rescue_table(network: Network, code: dict[str, int]) -> NDArray[Any]:
    """Lay out the rescue services; ``code`` is the number of every facility."""
    made = np.zeros(len(network.rescues), dtype=tables.RESCUE)
    made["first"] = made["last"] = -1
    last, last_aid = 0, 0
    last_vessel = sum(len(one.units) for one in network.rescues)
    for here, one in zip(made, network.rescues, strict=True):
        here["first_vessel"], here["last_vessel"] = last_vessel, last_vessel + len(one.passing)
        last_vessel += len(one.passing)
        here["first_aid"], here["last_aid"] = last_aid, last_aid + len(one.aid)
        last_aid += len(one.aid)
        here["most_units"], here["has_relay"] = one.units_per_incident, one.relay is not None
        here["retask"] = one.retask
        here["first_fleet"], here["last_fleet"] = last, last + len(one.units)
        last += len(one.units)
        here["self_arrival"], here["unheard"] = one.self_arrival, one.unheard
        here["area"], here["radius"] = one.search_area, math.sqrt(one.search_area / math.pi)
        here["drift"], here["limit"] = one.drift, one.search_limit
        here["enough"] = -math.log1p(-one.call_off) if one.call_off < 1 else math.inf
        here["searches"], here["searches_on"] = one.searches, one.searches_on
        here["officers"] = -1 if one.officers is None else code[f"{one.name} officers"]
        here["has_positions"] = one.sector is not None
        here["is_hot"] = one.heat is not None
    return made


def swept_areas(
    network: Network, weathers: dict[str | None, WeatherSeries | None]
) -> NDArray[np.float64]:
    """Return the area swept in an hour, km2/h, by day.

    Two rows per service and fleet: for boats afloat, and for people in the water.

    Parameters
    ----------
    network : Network
    weathers : dict of str to WeatherSeries
        By name; that of no name is None.

    """
    kinds = [kind for _, _, kind in _fleets(network)]
    rows = np.zeros((len(network.rescues), len(kinds), 2, network.days))
    for number, one in enumerate(network.rescues):
        states: list[WeatherState | None] = [None] * network.days
        if (series := weathers[one.weather]) is not None:
            states = [series.weather.states[state] for state in series.days]
        may_come = {one.name, *(aid.rescue for aid in one.aid)}
        for place, (_, owner, kind) in enumerate(_fleets(network)):
            if owner.name not in may_come:
                continue
            for in_water in (False, True):
                known = {s: swept(one, kind, in_water=in_water, state=s) for s in set(states)}
                rows[number, place, int(in_water)] = [known[state] for state in states]
    return rows.reshape(-1, network.days)


def _fleets(network: Network) -> list[tuple[int, Rescue, RescueUnits | PassingVessels]]:
    """List number of the service, service and kind: all units, then all that pass by."""
    services = list(enumerate(network.rescues))
    return [(n, one, kind) for n, one in services for kind in one.units] + [
        (n, one, kind) for n, one in services for kind in one.passing
    ]


def offsets(network: Network, fleets: NDArray[Any]) -> NDArray[np.float64]:
    """Way from the base of every fleet to the position of every service, (service, fleet), km."""
    homes = list(zip(fleets["east"].tolist(), fleets["north"].tolist(), strict=True))
    ways = [[apart(home, one.position) for home in homes] for one in network.rescues]
    return np.array(ways, dtype=np.float64).reshape(len(ways), len(homes))


def _members(
    network: Network, people: Population, service: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[Any]]:
    """Draw how long members survive, as :class:`simulation.incidents.Dangers` does."""
    dangerous = [one.capsizing is not None or one.heat is not None for one in network.rescues]
    groups = np.flatnonzero(np.array([*dangerous, False])[service])  # -1: no service
    persons = people.persons[groups]
    first = np.full(len(people), -1)
    first[groups] = np.cumsum(persons) - persons
    made = np.zeros(int(persons.sum()), dtype=tables.MEMBER)
    made["dies_at"] = np.inf
    slot = np.arange(len(made)) - np.repeat(first[groups], persons)
    key = np.repeat(people.key[groups], persons) * np.uint64(MAX_GROUP) + slot.astype(np.uint64)
    mine = np.repeat(service[groups], persons)
    streams = people.streams
    u = streams.uniform("rescue.survival", key)
    for number, one in enumerate(network.rescues):
        here = mine == number
        found = streams.uniform("rescue.recovered", key[here])
        made["is_recovered"][here] = found < one.bodies_recovered
        if one.capsizing is not None:
            worn = streams.uniform("rescue.lifejacket", key[here]) < one.capsizing.lifejackets
            made["in_water"][here] = survival_in_water(
                u[here], worn, one.capsizing.water_temperature
            )
        if one.heat is not None:
            made["in_heat"][here] = survival_in_heat(u[here], one.heat.temperature, one.heat.water)
    return first, made


def fleet_table(network: Network, code: dict[str, int]) -> tuple[NDArray[Any], NDArray[np.float64]]:
    """Lay out the fleets, and how likely their units are ready, (fleet, hour of the day)."""
    of = _fleets(network)
    made = np.zeros(len(of), dtype=tables.FLEET)
    made["ready"] = -1
    hours = int(HOURS_PER_DAY)
    readiness = np.zeros((len(of), hours))
    for here, ready, (number, one, kind) in zip(made, readiness, of, strict=True):
        here["rescue"], here["seats"], here["speed"] = number, kind.seats, kind.speed
        here["east"], here["north"] = one.position
        here["boarding"], here["endurance"], here["facility"] = kind.boarding, np.inf, -1
        if isinstance(kind, PassingVessels):
            continue
        here["facility"] = code[kind.name]
        here["east"], here["north"] = (
            one.position[0] + kind.base[0],
            one.position[1] + kind.base[1],
        )
        here["known"] = kind.units.values[0]
        for name in _AS_GIVEN:
            here[name] = getattr(kind, name)
        ready[:] = kind.readiness_by_hour or (kind.readiness,) * hours
    return made, readiness
