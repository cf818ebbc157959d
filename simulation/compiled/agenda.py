"""The agenda of the compiled engine: what happens next (tie rule 2 of the design).

A heap on (time, sequence) for the future and two queues for the current instant: one for what SimPy
does first (beginnings and interrupts of processes), one for all else.
"""

from __future__ import annotations

from simulation.compiled import kinds
from simulation.compiled.compilation import inlined
from simulation.compiled.tables import World


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
def at_once(world: World, what: int) -> None:
    """Have an event in this instant, after those already due."""
    clock = world.clock[0]
    world.fifo[clock.fifo_tail] = what
    clock.fifo_tail += 1


@inlined
def first(world: World, what: int) -> None:
    """Have an event in this instant before all that are not of this sort."""
    clock = world.clock[0]
    world.urgent[clock.urgent_tail] = what
    clock.urgent_tail += 1


@inlined
def after(world: World, delay: float, what: int) -> None:
    """Have an event after a time; what is due at the end of the run or later is left out."""
    clock = world.clock[0]
    time = clock.now + delay
    if time == clock.now:
        world.fifo[clock.fifo_tail] = what
        clock.fifo_tail += 1
    elif time < clock.until:
        _push(world, time, what)


@inlined
def _push(world: World, time: float, what: int) -> None:
    clock, heap = world.clock[0], world.heap
    clock.sequence += 1
    place = clock.heap
    clock.heap += 1
    while place > 0:
        parent = (place - 1) >> 1
        if heap[parent].time <= time:  # of equal times the earlier pushed stays first
            break
        heap[place] = heap[parent]
        place = parent
    entry = heap[place]
    entry.time = time
    entry.sequence = clock.sequence
    entry.event = what


@inlined
def _pop(world: World) -> None:
    clock, heap = world.clock[0], world.heap
    clock.heap -= 1
    count = clock.heap
    time, sequence = heap[count].time, heap[count].sequence
    place = 0
    while True:
        child = 2 * place + 1
        if child >= count:
            break
        left, right = heap[child], heap[child + 1]
        if child + 1 < count and (
            right.time < left.time
            or (right.time == left.time and right.sequence < left.sequence)
        ):
            child += 1
        least = heap[child]
        if time < least.time or (time == least.time and sequence < least.sequence):
            break
        heap[place] = heap[child]
        place = child
    heap[place] = heap[count]


@inlined
def next_instant(world: World) -> bool:
    """Move the clock and all events of that time to the queue; False when nothing is left."""
    clock = world.clock[0]
    clock.fifo_head = clock.fifo_tail = 0
    clock.urgent_head = clock.urgent_tail = 0
    if clock.heap == 0:
        return False
    clock.now = world.heap[0].time
    while clock.heap > 0 and world.heap[0].time == clock.now:
        world.fifo[clock.fifo_tail] = world.heap[0].event
        clock.fifo_tail += 1
        _pop(world)
    return True
