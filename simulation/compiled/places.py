"""Places of the compiled engine: what :class:`simulation.places.Places` does."""

from __future__ import annotations

from simulation.compiled import kinds
from simulation.compiled.agenda import after, at_once, event
from simulation.compiled.compilation import compiled, inlined
from simulation.compiled.servers import end, note
from simulation.compiled.tables import World


@inlined
def _free(world: World, site: int) -> int:
    here = world.facilities[site]
    extra = here.over_capacity if here.capacity > 0 else 0
    return here.capacity + extra - here.busy


@inlined
def occupy_part(world: World, number: int, site: int, persons: int) -> None:
    """Give a stay places in one site."""
    row, here = world.rows[number], world.facilities[site]
    place = row.group * world.ways.shape[1] + row.parts
    row.parts += 1
    part = world.parts[place]
    part.site = site
    part.persons = persons
    part.row = number
    part.next = -1
    part.previous = here.last
    if here.last >= 0:
        world.parts[here.last].next = place
    else:
        here.first = place
    here.last = place
    here.busy += persons
    note(world, site)


@compiled
def vacate(world: World, number: int) -> None:
    """Free the places of a stay."""
    row = world.rows[number]
    first = row.group * world.ways.shape[1]
    for place in range(first, first + row.parts):
        part = world.parts[place]
        here = world.facilities[part.site]
        here.busy -= part.persons
        if part.previous >= 0:
            world.parts[part.previous].next = part.next
        else:
            here.first = part.next
        if part.next >= 0:
            world.parts[part.next].previous = part.previous
        else:
            here.last = part.previous
        note(world, part.site)
    row.parts = 0


@inlined
def _count(world: World, number: int, persons: int) -> None:
    site = world.options[world.rows[number].line // world.lines.shape[1], 0].site
    world.facilities[site].waiting += persons
    world.clock[0].waiting += persons
    note(world, site)


@inlined
def _may_get(world: World, number: int, chosen: int, place: int) -> bool:
    option = world.options[chosen, place]
    return world.clock[0].now >= world.rows[number].requested + option.after


@inlined
def _fits(world: World, number: int, chosen: int) -> int:
    """Return the place of the option with room for all; -1 for a split, -2 for none."""
    row = world.rows[number]
    size = world.options.shape[1]
    total = 0
    for place in range(size):
        site = world.options[chosen, place].site
        if site < 0:
            break
        if _may_get(world, number, chosen, place):
            free = _free(world, site)
            if free >= row.persons:
                return place
            total += max(free, 0)
    reception = world.receptions[chosen // 4]
    if world.clock[0].now < row.requested + reception.splits_after or total < row.persons:
        return -2
    return -1


@inlined
def _occupy(world: World, number: int, chosen: int, place: int) -> None:
    row = world.rows[number]
    if place >= 0:
        site = world.options[chosen, place].site
        row.facility = site
        occupy_part(world, number, site, row.persons)
        return
    left = row.persons
    for other in range(world.options.shape[1]):
        site = world.options[chosen, other].site
        if site < 0:
            break
        share = min(max(_free(world, site), 0), left)
        if share > 0 and _may_get(world, number, chosen, other):
            if row.parts == 0:
                row.facility = site
            occupy_part(world, number, site, share)
            left -= share


@inlined
def _head(world: World, chosen: int, line: int) -> int:
    """Return who is first in a line, or -1; those who have given up are dropped."""
    queue = world.lines[chosen, line]
    while queue.first >= 0 and world.rows[queue.first].given:
        queue.first = world.rows[queue.first].next
    return queue.first


@inlined
def _goes_before(world: World, number: int, other: int) -> bool:
    if other < 0:
        return True
    row, rival = world.rows[number], world.rows[other]
    return row.rank < rival.rank or (row.rank == rival.rank and row.order < rival.order)


@compiled
def _serve_one(world: World) -> bool:
    any_free = False
    for site in range(world.facilities.shape[0]):
        if world.facilities[site].kind == kinds.PLACES and _free(world, site) > 0:
            any_free = True
            break
    if not any_free:
        return False
    best, best_place = -1, -2
    for chosen in range(world.lines.shape[0]):
        blocker = -1
        for line in range(world.lines.shape[1]):
            head = _head(world, chosen, line)
            if head < 0:
                continue
            if not world.receptions[chosen // 4].first_that_fits:
                if _goes_before(world, head, blocker):
                    blocker = head
            elif _goes_before(world, head, best):
                place = _fits(world, head, chosen)
                if place > -2:
                    best, best_place = head, place
        if blocker >= 0 and _goes_before(world, blocker, best):
            place = _fits(world, blocker, chosen)
            if place > -2:
                best, best_place = blocker, place
    if best < 0:
        return False
    row = world.rows[best]
    lines = world.lines.shape[1]
    world.lines[row.line // lines, row.line % lines].first = row.next
    _count(world, best, -row.persons)
    _occupy(world, best, row.line // lines, best_place)
    row.given = kinds.PLACED
    at_once(world, event(kinds.GIVEN, best))
    return True


@inlined
def serve(world: World) -> None:
    """Give places until nobody who may be served fits."""
    while world.clock[0].waiting > 0 and _serve_one(world):
        pass


@compiled
def ask(world: World, number: int, patience: float, first: bool) -> None:
    """Ask for places; the row of the step stands for the request."""
    clock, row = world.clock[0], world.rows[number]
    group = world.groups[row.group]
    lines = world.lines.shape[1]
    chosen = world.option_sets[group.reception * 4 + group.kind]
    row.rank = 0 if first else 1
    row.order = clock.asked
    clock.asked += 1
    line = row.rank * (lines // 2) + row.persons
    row.line = chosen * lines + line
    queue = world.lines[chosen, line]
    if _head(world, chosen, line) < 0:
        queue.first = number
    else:
        world.rows[queue.last].next = number
    queue.last = number
    _count(world, number, row.persons)
    serve(world)
    if row.given:
        return
    after(world, patience, event(kinds.GIVES_UP, number))
    splits_after = world.receptions[group.reception].splits_after
    if splits_after < patience:
        after(world, splits_after, event(kinds.SERVE_PLACES))
    for place in range(world.options.shape[1]):
        if world.options[chosen, place].site < 0:
            break
        wait = world.options[chosen, place].after
        is_new = wait != splits_after
        for earlier in range(place):
            is_new = is_new and world.options[chosen, earlier].after != wait
        if is_new and 0 < wait < patience:
            after(world, wait, event(kinds.SERVE_PLACES))


@inlined
def give_up(world: World, number: int) -> None:
    """Leave without a place; the one behind may fit."""
    row = world.rows[number]
    if row.given:
        return
    row.given = kinds.GIVEN_UP
    _count(world, number, -row.persons)
    end(world, number, kinds.LEFT)
    at_once(world, event(kinds.GIVEN, number))
    serve(world)


@compiled
def _evacuate(world: World, site: int) -> None:
    here = world.facilities[site]
    ending = 0
    place = here.first
    while place >= 0:
        part = world.parts[place]
        if world.rows[part.row].over:
            ending += part.persons
        place = part.next
    place = here.last
    while place >= 0:
        number = world.parts[place].row
        place = world.parts[place].previous
        if world.rows[number].over:
            continue
        if _free(world, site) + ending >= 0:
            return
        vacate(world, number)
        end(world, number, kinds.DISPLACED_AGAIN)
        world.rows[number].over = kinds.LOST
        at_once(world, event(kinds.STAY_OVER, number, world.rows[number].moving_on))


@compiled
def set_places(world: World, site: int, places: int) -> None:
    """Change the places of a site now; a site that is left has its latest arrivals leave."""
    here = world.facilities[site]
    here.capacity = places
    if here.evacuated:
        _evacuate(world, site)
    note(world, site)
    serve(world)


@inlined
def longest_way(world: World, number: int) -> float:
    """Return the longest travel time to the sites of a stay, hours."""
    row = world.rows[number]
    reception = world.groups[row.group].reception
    first = row.group * world.ways.shape[1]
    longest = 0.0
    for place in range(first, first + row.parts):
        here = world.facilities[world.parts[place].site]
        longest = max(longest, world.ways[reception, here.number])
    return longest


@inlined
def is_for_others(world: World, number: int) -> bool:
    """Whether a group has places that are meant for other kinds of households."""
    row = world.rows[number]
    kind = world.groups[row.group].kind
    first = row.group * world.ways.shape[1]
    for place in range(first, first + row.parts):
        if not (world.facilities[world.parts[place].site].meant_for >> kind) & 1:
            return True
    return False
