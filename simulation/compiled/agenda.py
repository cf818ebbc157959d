"""The agenda of the compiled engine: what happens next (tie rule 2 of the design).

A heap on (time, sequence) for the future and two queues for the current instant: one for what SimPy
does first (beginnings and interrupts of processes), one for all else. The run is cut into spans of
time: what comes in a later one than the present is only put down there, in order of scheduling, and
goes into the heap when its span begins, so that the heap stays small.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulation.compiled import kinds
from simulation.compiled.compilation import inlined
from simulation.compiled.memory import clock_at, fifo_at, heap_at, later_at, spans_at, urgent_at

if TYPE_CHECKING:
    from simulation.compiled.tables import Memory


@inlined
def event(kind: int, first: int = 0, second: int = 0) -> int:
    """Pack an event and what it concerns into one number."""
    return kind | (first << kinds.KIND_BITS) | (second << (kinds.KIND_BITS + kinds.FIRST_BITS))


@inlined
def kind_of(packed: int) -> int:
    """Return the kind of an event."""
    return packed & ((1 << kinds.KIND_BITS) - 1)


@inlined
def first_of(packed: int) -> int:
    """Return the first thing that an event concerns."""
    return (packed >> kinds.KIND_BITS) & ((1 << kinds.FIRST_BITS) - 1)


@inlined
def second_of(packed: int) -> int:
    """Return the second thing that an event concerns."""
    return packed >> (kinds.KIND_BITS + kinds.FIRST_BITS)


@inlined
def at_once(world: Memory, what: int) -> None:
    """Have an event in this instant, after those already due."""
    clock = clock_at(world, 0)
    fifo_at(world, clock.fifo_tail).value = what
    clock.fifo_tail += 1


@inlined
def first(world: Memory, what: int) -> None:
    """Have an event in this instant before all that are not of this sort."""
    clock = clock_at(world, 0)
    urgent_at(world, clock.urgent_tail).value = what
    clock.urgent_tail += 1


@inlined
def after(world: Memory, delay: float, what: int) -> None:
    """Have an event after a time; what is due at the end of the run or later is left out."""
    clock = clock_at(world, 0)
    time = clock.now + delay
    if time == clock.now:
        fifo_at(world, clock.fifo_tail).value = what
        clock.fifo_tail += 1
    elif time < clock.until:
        span = int(time * clock.spans_per_hour)
        if span <= clock.span:
            _push(world, time, what)
        else:
            _put_down(world, span, time, what)


@inlined
def _put_down(world: Memory, span: int, time: float, what: int) -> None:
    clock, there = clock_at(world, 0), spans_at(world, span)
    number = clock.free
    if number >= 0:
        clock.free = later_at(world, number).next
    else:
        number = clock.later
        clock.later += 1
    clock.put_down += 1
    one = later_at(world, number)
    one.time = time
    one.event = what
    one.next = -1
    if there.first < 0:
        there.first = number
    else:
        later_at(world, there.last).next = number
    there.last = number


@inlined
def _take_up(world: Memory) -> None:
    """Move the events of the next span that has any into the heap, which is empty."""
    clock = clock_at(world, 0)
    while clock.heap == 0 and clock.span + 1 < world.spans_count:
        clock.span += 1
        number = spans_at(world, clock.span).first
        while number >= 0:
            one = later_at(world, number)
            clock.put_down -= 1
            _push(world, one.time, one.event)
            after_it = one.next
            one.next = clock.free
            clock.free = number
            number = after_it


@inlined
def _move(world: Memory, old: int, new: int) -> None:
    origin, target = heap_at(world, old), heap_at(world, new)
    target.time = origin.time
    target.sequence = origin.sequence
    target.event = origin.event


@inlined
def _push(world: Memory, time: float, what: int) -> None:
    clock = clock_at(world, 0)
    clock.sequence += 1
    place = clock.heap
    clock.heap += 1
    while place > 0:
        parent = (place - 1) >> 1
        if heap_at(world, parent).time <= time:  # of equal times the earlier pushed stays first
            break
        _move(world, parent, place)
        place = parent
    entry = heap_at(world, place)
    entry.time = time
    entry.sequence = clock.sequence
    entry.event = what


@inlined
def _pop(world: Memory) -> None:
    clock = clock_at(world, 0)
    clock.heap -= 1
    count = clock.heap
    time, sequence = heap_at(world, count).time, heap_at(world, count).sequence
    place = 0
    while True:
        child = 2 * place + 1
        if child >= count:
            break
        left, right = heap_at(world, child), heap_at(world, child + 1)
        if child + 1 < count and (
            right.time < left.time or (right.time == left.time and right.sequence < left.sequence)
        ):
            child += 1
        least = heap_at(world, child)
        if time < least.time or (time == least.time and sequence < least.sequence):
            break
        _move(world, child, place)
        place = child
    _move(world, count, place)


@inlined
def next_instant(world: Memory) -> bool:
    """Move the clock and all events of that time to the queue; False when nothing is left."""
    clock = clock_at(world, 0)
    clock.fifo_head = clock.fifo_tail = 0
    clock.urgent_head = clock.urgent_tail = 0
    if clock.heap == 0:
        _take_up(world)
    if clock.heap == 0:
        return False
    clock.now = heap_at(world, 0).time
    while clock.heap > 0 and heap_at(world, 0).time == clock.now:
        fifo_at(world, clock.fifo_tail).value = heap_at(world, 0).event
        clock.fifo_tail += 1
        _pop(world)
    return True
