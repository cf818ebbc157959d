"""Places of the compiled engine: what :class:`simulation.places.Places` does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulation.compiled import kinds
from simulation.compiled.agenda import after, at_once, event
from simulation.compiled.compilation import compiled, inlined
from simulation.compiled.memory import (
    asking_at,
    clock_at,
    facilities_at,
    groups_at,
    lines_at,
    option_sets_at,
    options_at,
    parts_at,
    receptions_at,
    rows_at,
    ways_at,
)
from simulation.compiled.servers import end, note

if TYPE_CHECKING:
    from simulation.compiled.tables import Memory


@inlined
def _free(world: Memory, site: int) -> int:
    here = facilities_at(world, site)
    extra = here.over_capacity if here.capacity > 0 else 0
    return here.capacity + extra - here.busy


@inlined
def occupy_part(world: Memory, number: int, site: int, persons: int) -> None:
    """Give a stay places in one site."""
    row, here = rows_at(world, number), facilities_at(world, site)
    place = row.group * world.ways_width + row.parts
    row.parts += 1
    part = parts_at(world, place)
    part.site = site
    part.persons = persons
    part.row = number
    part.next = -1
    part.previous = here.last
    if here.last >= 0:
        parts_at(world, here.last).next = place
    else:
        here.first = place
    here.last = place
    here.busy += persons
    note(world, site)


@inlined
def _unlink(world: Memory, place: int) -> None:
    part = parts_at(world, place)
    here = facilities_at(world, part.site)
    if part.previous >= 0:
        parts_at(world, part.previous).next = part.next
    else:
        here.first = part.next
    if part.next >= 0:
        parts_at(world, part.next).previous = part.previous
    else:
        here.last = part.previous


@compiled
def vacate(world: Memory, number: int) -> None:
    """Free the places of a stay."""
    row = rows_at(world, number)
    first = row.group * world.ways_width
    for place in range(first, first + row.parts):
        part = parts_at(world, place)
        here = facilities_at(world, part.site)
        here.busy -= part.persons
        _unlink(world, place)
        note(world, part.site)
    row.parts = 0


@inlined
def _count(world: Memory, number: int, persons: int) -> None:
    chosen = rows_at(world, number).line // world.lines_width
    site = options_at(world, chosen, 0).site
    facilities_at(world, site).waiting += persons
    clock_at(world, 0).waiting += persons
    asking_at(world, chosen).persons += persons
    note(world, site)


@inlined
def _may_get(world: Memory, number: int, chosen: int, place: int) -> bool:
    option = options_at(world, chosen, place)
    return clock_at(world, 0).now >= rows_at(world, number).requested + option.after


@inlined
def _fits(world: Memory, number: int, chosen: int) -> int:
    """Return the place of the option with room for all; -1 for a split, -2 for none."""
    row = rows_at(world, number)
    size = world.options_width
    total = 0
    for place in range(size):
        site = options_at(world, chosen, place).site
        if site < 0:
            break
        if _may_get(world, number, chosen, place):
            free = _free(world, site)
            if free >= row.persons:
                return place
            total += max(free, 0)
    reception = receptions_at(world, chosen // 4)
    if clock_at(world, 0).now < row.requested + reception.splits_after or total < row.persons:
        return -2
    return -1


@inlined
def _occupy(world: Memory, number: int, chosen: int, place: int) -> None:
    row = rows_at(world, number)
    if place >= 0:
        site = options_at(world, chosen, place).site
        row.facility = site
        occupy_part(world, number, site, row.persons)
        return
    left = row.persons
    for other in range(world.options_width):
        site = options_at(world, chosen, other).site
        if site < 0:
            break
        share = min(max(_free(world, site), 0), left)
        if share > 0 and _may_get(world, number, chosen, other):
            if row.parts == 0:
                row.facility = site
            occupy_part(world, number, site, share)
            left -= share


@inlined
def _head(world: Memory, chosen: int, line: int) -> int:
    """Return who is first in a line, or -1; those who have given up are dropped."""
    queue = lines_at(world, chosen, line)
    while queue.first >= 0 and rows_at(world, queue.first).given:
        queue.first = rows_at(world, queue.first).next
    return queue.first


@inlined
def _goes_before(world: Memory, number: int, other: int) -> bool:
    if other < 0:
        return True
    row, rival = rows_at(world, number), rows_at(world, other)
    return row.rank < rival.rank or (row.rank == rival.rank and row.order < rival.order)


@inlined
def _first_of_all(world: Memory, chosen: int) -> int:
    """Return who goes first of all who ask for the sites of a list: somebody does."""
    asking = asking_at(world, chosen)
    if asking.head < 0:
        for line in range(world.lines_width):
            head = _head(world, chosen, line)
            if head >= 0 and _goes_before(world, head, asking.head):
                asking.head = head
    return asking.head


@inlined
def _forget_first(world: Memory, number: int) -> None:
    """Note that somebody asks no more."""
    asking = asking_at(world, rows_at(world, number).line // world.lines_width)
    if asking.head == number:
        asking.head = -1


@compiled
def _serve_one(world: Memory) -> bool:
    any_free = False
    for site in range(world.facilities_count):
        if facilities_at(world, site).kind == kinds.PLACES and _free(world, site) > 0:
            any_free = True
            break
    if not any_free:
        return False
    best, best_place = -1, -2
    for chosen in range(world.lines_count):
        if asking_at(world, chosen).persons == 0:
            continue
        if not receptions_at(world, chosen // 4).first_that_fits:
            head = _first_of_all(world, chosen)
            if _goes_before(world, head, best):
                place = _fits(world, head, chosen)
                if place > -2:
                    best, best_place = head, place
            continue
        for line in range(world.lines_width):
            head = _head(world, chosen, line)
            if head >= 0 and _goes_before(world, head, best):
                place = _fits(world, head, chosen)
                if place > -2:
                    best, best_place = head, place
    if best < 0:
        return False
    row = rows_at(world, best)
    lines = world.lines_width
    lines_at(world, row.line // lines, row.line % lines).first = row.next
    _count(world, best, -row.persons)
    _forget_first(world, best)
    _occupy(world, best, row.line // lines, best_place)
    row.given = kinds.PLACED
    at_once(world, event(kinds.GIVEN, best))
    return True


@inlined
def serve(world: Memory) -> None:
    """Give places until nobody who may be served fits."""
    while clock_at(world, 0).waiting > 0 and _serve_one(world):
        pass


@compiled
def ask(world: Memory, number: int, patience: float, first: bool) -> None:
    """Ask for places; the row of the step stands for the request."""
    clock, row = clock_at(world, 0), rows_at(world, number)
    group = groups_at(world, row.group)
    lines = world.lines_width
    chosen = option_sets_at(world, group.reception * 4 + group.kind).value
    row.rank = 0 if first else 1
    row.order = clock.asked
    clock.asked += 1
    line = row.rank * (lines // 2) + row.persons
    row.line = chosen * lines + line
    queue = lines_at(world, chosen, line)
    if _head(world, chosen, line) < 0:
        queue.first = number
    else:
        rows_at(world, queue.last).next = number
    queue.last = number
    asking = asking_at(world, chosen)
    if asking.persons == 0 or (asking.head >= 0 and _goes_before(world, number, asking.head)):
        asking.head = number
    _count(world, number, row.persons)
    serve(world)
    if row.given:
        return
    after(world, patience, event(kinds.GIVES_UP, number))
    splits_after = receptions_at(world, group.reception).splits_after
    if splits_after < patience:
        after(world, splits_after, event(kinds.SERVE_PLACES))
    for place in range(world.options_width):
        if options_at(world, chosen, place).site < 0:
            break
        wait = options_at(world, chosen, place).after
        is_new = wait != splits_after
        for earlier in range(place):
            is_new = is_new and options_at(world, chosen, earlier).after != wait
        if is_new and 0 < wait < patience:
            after(world, wait, event(kinds.SERVE_PLACES))


@inlined
def give_up(world: Memory, number: int) -> None:
    """Leave without a place; the one behind may fit."""
    row = rows_at(world, number)
    if row.given:
        return
    row.given = kinds.GIVEN_UP
    _count(world, number, -row.persons)
    _forget_first(world, number)
    end(world, number, kinds.LEFT)
    at_once(world, event(kinds.GIVEN, number))
    serve(world)


@compiled
def withdraw(world: Memory, number: int) -> None:
    """Take back what a group has asked for, because nobody of it is left."""
    row = rows_at(world, number)
    if row.step == kinds.PLACEMENT and row.given == kinds.ASKING:
        row.given = kinds.GIVEN_UP
        end(world, number, kinds.DIED)
        _count(world, number, -row.persons)
        _forget_first(world, number)
    serve(world)


@compiled
def free_one(world: Memory, number: int) -> None:
    """Free the place of a member who has died; a stay without any is ended by its group."""
    row = rows_at(world, number)
    if row.parts == 0:
        return
    part = parts_at(world, row.group * world.ways_width + row.parts - 1)
    here = facilities_at(world, part.site)
    part.persons -= 1
    here.busy -= 1
    note(world, part.site)
    if part.persons == 0 and row.parts > 1:
        _unlink(world, row.group * world.ways_width + row.parts - 1)
        row.parts -= 1
    serve(world)


@compiled
def _evacuate(world: Memory, site: int) -> None:
    here = facilities_at(world, site)
    ending = 0
    place = here.first
    while place >= 0:
        part = parts_at(world, place)
        if rows_at(world, part.row).over:
            ending += part.persons
        place = part.next
    place = here.last
    while place >= 0:
        number = parts_at(world, place).row
        place = parts_at(world, place).previous
        if rows_at(world, number).over:
            continue
        if _free(world, site) + ending >= 0:
            return
        vacate(world, number)
        end(world, number, kinds.DISPLACED_AGAIN)
        rows_at(world, number).over = kinds.LOST
        at_once(world, event(kinds.STAY_OVER, number, rows_at(world, number).moving_on))


@compiled
def set_places(world: Memory, site: int, places: int) -> None:
    """Change the places of a site now; a site that is left has its latest arrivals leave."""
    here = facilities_at(world, site)
    lost = places < here.capacity
    here.capacity = places
    if here.evacuated and lost:
        _evacuate(world, site)
    note(world, site)
    serve(world)


@inlined
def longest_way(world: Memory, number: int) -> float:
    """Return the longest travel time to the sites of a stay, hours."""
    row = rows_at(world, number)
    reception = groups_at(world, row.group).reception
    first = row.group * world.ways_width
    longest = 0.0
    for place in range(first, first + row.parts):
        here = facilities_at(world, parts_at(world, place).site)
        longest = max(longest, ways_at(world, reception, here.number).value)
    return longest


@inlined
def is_for_others(world: Memory, number: int) -> bool:
    """Whether a group has places that are meant for other kinds of households."""
    row = rows_at(world, number)
    kind = groups_at(world, row.group).kind
    first = row.group * world.ways_width
    for place in range(first, first + row.parts):
        if not (facilities_at(world, parts_at(world, place).site).meant_for >> kind) & 1:
            return True
    return False
