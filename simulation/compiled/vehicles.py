"""Vehicles of the compiled engine: what ``simulation.reception.TransportService`` does."""

from __future__ import annotations

from simulation.compiled import kinds
from simulation.compiled.agenda import after, at_once, event
from simulation.compiled.compilation import compiled, inlined
from simulation.compiled.servers import end, note, start
from simulation.compiled.tables import World


@compiled
def depart(world: World, transport: int) -> None:
    """Leave with as many waiting groups as have seats; the next departure follows."""
    here = world.facilities[transport]
    seats = max(here.capacity - here.busy, 0) * here.seats
    boarded, kept, loaded, last_loaded = 0, -1, -1, -1
    number = here.first
    while number >= 0 and seats > 0:
        row = world.rows[number]
        following = row.next
        group = world.groups[row.group]
        in_parts = kept < 0 and group.seats > here.capacity * here.seats
        if group.seats > seats and not in_parts:
            kept, number = number, following
            continue
        board = min(group.seats, seats)
        seats -= board
        boarded += board
        group.seats -= board
        if group.seats > 0:
            kept, number = number, following
            continue
        if kept >= 0:
            world.rows[kept].next = following
        else:
            here.first = following
        if here.last == number:
            here.last = kept
        start(world, number)
        row.next = -1
        if last_loaded >= 0:
            world.rows[last_loaded].next = number
        else:
            loaded = number
        last_loaded = number
        at_once(world, event(kinds.SEATED, number))
        number = following
    if boarded > 0:
        here.waiting -= boarded
        used = (boarded + here.seats - 1) // here.seats
        here.busy += used
        after(world, here.travel, event(kinds.TRIP_ARRIVES, loaded + 1))
        after(world, here.round_trip, event(kinds.TRIP_IS_BACK, transport, used))
    note(world, transport)
    after(world, here.every, event(kinds.DEPARTURE, transport))


@inlined
def trip_arrives(world: World, loaded: int) -> None:
    """End the step of all on board."""
    while loaded >= 0:
        end(world, loaded, kinds.SERVED)
        loaded = world.rows[loaded].next


@inlined
def trip_is_back(world: World, transport: int, used: int) -> None:
    """Have vehicles ready to leave again."""
    world.facilities[transport].busy -= used
    note(world, transport)


@compiled
def set_vehicles(world: World, transport: int, vehicles: int) -> None:
    """Change the number of vehicles now."""
    world.facilities[transport].capacity = vehicles
    note(world, transport)


@inlined
def await_first(world: World, transport: int) -> None:
    """Wait for the first departure."""
    after(world, world.facilities[transport].departs_at, event(kinds.DEPARTURE, transport))
