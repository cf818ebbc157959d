"""Memory of the compiled engine: tables with named columns, one row per thing.

Rows of the table of steps double as requests, asks and stays: each belongs to one step.
"""

from __future__ import annotations

import ctypes
import threading
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def _record(**columns: str) -> np.dtype[Any]:
    """Type of a row: columns of one type are written together."""
    fields = [(name, kind) for kind, names in columns.items() for name in names.split()]
    return np.dtype(fields, align=True)


CLOCK: Final = _record(
    f8="now until spans_per_hour",
    i8="sequence heap later put_down free span fifo_head fifo_tail urgent_head urgent_tail rows"
    " states events clearings asked waiting next_group attempts visits firings failures additions"
    " incidents boats calls trips largest_party queued at_work patients burst vehicles_called"
    " cases margin boats_margin largest_group code",
)
"""The clock, and how much of every table is in use; ``free`` is a row of ``later`` to use again,
``burst`` counts who waits for vehicles on demand or to a limited destination, and who is to come in
an incident: one event may cause as many. ``margin`` and ``boats_margin`` are what else it may."""

FUTURE: Final = _record(f8="time", i8="sequence event")
"""An event to come in this span of time."""

LATER: Final = _record(f8="time", i8="event next")
"""An event to come in a later span, and the next one there, in order of scheduling."""

LINE_OF_CACHE: Final = 64
"""Bytes; large tables begin where such a line does, so that a row touches fewer of them."""


def aligned(rows: int, dtype: np.dtype[Any]) -> NDArray[Any]:
    """Return an empty table that begins with a line of the cache."""
    size = rows * dtype.itemsize
    buffer = np.empty(size + LINE_OF_CACHE, dtype=np.uint8)
    begin = -buffer.ctypes.data % LINE_OF_CACHE
    return buffer[begin : begin + size].view(dtype)


class Spare(threading.local):
    """Memory of large tables of a run that is over, for the next one in the same thread.

    Asking the system for it and giving it back takes a twentieth of a replication.
    """

    _MOST: Final = 64 * 2**20
    """Bytes of one table that are kept."""

    def __init__(self) -> None:
        self._kept: dict[np.dtype[Any], NDArray[Any]] = {}

    def take(self, rows: int, dtype: np.dtype[Any]) -> NDArray[Any]:
        """Return a table of at least so many rows, with anything in it, as :func:`aligned` does."""
        kept = self._kept.pop(dtype, None)
        return kept if kept is not None and len(kept) >= rows else aligned(rows, dtype)

    def keep(self, table: NDArray[Any]) -> None:
        """Keep a table to which nobody holds on."""
        if table.nbytes <= self._MOST:
            self._kept[table.dtype] = table


SPARE: Final = Spare()


def aligned_copy(table: NDArray[Any]) -> NDArray[Any]:
    """Return a copy that begins with a line of the cache."""
    made = aligned(len(table), table.dtype)
    made.view(np.uint8)[:] = np.ascontiguousarray(table).view(np.uint8)  # else column by column
    return made


ROW: Final = _record(
    f8="requested started ended began left",
    i4="group visit persons step facility acuity outcome order rank next line first again"
    " work_next work_prev owner drawn",
    i1="kept queued triggered processed in_use waits_for met working stopped stop_seen"
    " interrupted paused over over_seen moving_on given parts",
)
"""A step of a group or visit, with what its process waits for; ``drawn`` is the row of a visit."""

STATE: Final = _record(f8="time", i4="facility busy waiting capacity")
"""A state of a facility."""

EVENT: Final = _record(f8="time", i4="trigger event")
"""What a trigger did."""

FACILITY: Final = _record(
    f8="departs_at every travel round_trip onward_share",
    i8="busy waiting capacity planned broken queued asked hands_over interrupting stops latest"
    " at_work"
    " first last over_capacity evacuated onward seats meant_for number kind open",
)
"""A facility: servers, places or vehicles."""

TRANSPORT: Final = _record(
    f8="longest_wait ready_at",
    i8="called calls there places",
    i1="on_demand is_limited has_stay",
)
"""Vehicles on demand, and the destination of all; ``there`` is who has places there, ``ready_at``
when the vehicles of a timetable stand ready."""

QUEUE: Final = _record(i4="first last")
"""A line of rows."""

ASKING: Final = _record(i4="persons head")
"""Who asks for the sites of one list: how many, and who goes first; head -1: to be looked for."""

GROUP: Final = _record(
    f8="gap left began goes_onward care_rate first_visit",
    i4="next_visit reception is_present persons kind site desk attempt outcome seats next held"
    " rescue incident boat row aboard first_member dead recovered",
    i1="resident split checked identified other_places found is_lost goes_home",
)
"""A group: where it is on its way; ``found`` says that a length of stay is known, ``next_visit``
is the row of its next visit, -1: not drawn. What seeking care needs is in the first 64 bytes.

``rescue`` is -1 for a group that needs none, ``first_member`` for one whose members are in no
danger; ``aboard`` is who boarded the same boat next; ``is_lost`` says that the dead are known;
``held`` is the row of the placement that it has, -1: none.
"""

STAYING_DESK: Final = _record(i4="row stay", i1="is_alive")
"""A procedure that a group passes while it stays."""

PART: Final = _record(i4="site persons previous next row")
"""Places of one stay in one site, in the line of that site."""

RECEPTION: Final = _record(
    f8="splits_after deaths",
    i4="first_desk last_desk post staying",
    i1="first_that_fits vulnerable_first",
)
"""A reception point; deaths per person and hour."""

DESK: Final = _record(i4="facility step takes staying", i1="checks per_person")
"""Desks; ``takes`` is a bit per kind of household."""

OPTION: Final = _record(f8="after", i4="site")
"""A site that a kind of household may get; its list ends with site -1."""

POST: Final = _record(f8="rate", i4="triage clinicians ward")
"""A health post."""

CARE_POST: Final = _record(i4="ward hospital ambulances from_outside", i1="worsens households_wait")
"""What :mod:`simulation.compiled.patients` needs to know of a health post; wards and ambulances by
their number, ``from_outside`` counts visits."""

CLASS: Final = _record(f8="hazard straight referral")
"""A triage class of a health post; the hazard of death per hour of waiting."""

WARD: Final = _record(f8="refers_after needs_hospital", i4="facility hospital ambulances")
"""A ward."""

AMBULANCE: Final = _record(f8="return_time", i4="facility", i1="brings_back")
"""Ambulances of one kind."""

PATIENT: Final = _record(
    f8="time life worsens patience change began",
    i4="group visit drawn source acuity post cause next stay",
    i1="declines is_counting is_waited_for",
)
"""A patient: what is left of its life and until it gets worse; since when it waits and until the
next change; ``next`` is of the same group, ``stay`` the stay that ends after the visit."""

SEEKER: Final = _record(i4="visits first last first_member next_death died")
"""Visits of a group, those that its household waits for, and who died in reception."""

OUTBREAK: Final = _record(f8="begins ends rate most crowded_below crowding_factor", i4="post")
"""An outbreak; ``rate`` per person and hour is that at its ``most``."""

SUSCEPTIBLE: Final = _record(i4="well number")
"""Who of a group can fall ill in an outbreak, and the number of the next case that may come."""

CASE: Final = _record(f8="gap kept", i4="acuity")
"""A case that may come."""

MASS: Final = _record(i4="next last post")
"""An incident that brings patients, in the rows of CASUALTY from the next one on."""

CASUALTY: Final = _record(f8="due", i4="acuity needs")
"""A patient of an incident."""

VISIT: Final = _record(
    f8="gap triage_time consultation_time patience ward_time refers_after",
    i4="acuity number next",
    i1="is_referred",
)
"""What a group draws for the visit of one number; ``gap`` is that before the next one, and ``next``
its row, -1: not drawn."""

RETURN: Final = _record(f8="begins mean")
"""From when on households of a site go home, and the mean time until one does."""

RETURNS: Final = _record(i4="first last")
"""Where the times are at which households of a site go home; equal: nowhere."""

CHANGE_STEP: Final = _record(f8="time", i8="value")
"""A step of a calendar."""

CALENDAR: Final = _record(i4="facility next last", i1="what")
"""Where the calendar of a facility, of the weather for what is added to it, or of the places at its
destination is read."""

ADDITION: Final = _record(f8="factor", i8="units sequence", i4="facility")
"""What triggers and losses do to a capacity; sequence -1: not in effect."""

TRIGGER: Final = _record(
    f8="above held_for every false_for lasts since",
    i8="measured watched facility position fired change first_step last_step next_step"
    " decision last_decision is_over",
)
"""A trigger at work."""

CLEARING: Final = _record(f8="since", i4="trigger change")
"""Readings that end a change when its condition is no longer true."""

UNIT: Final = _record(i4="crew facility failure next")
"""A unit that can fail."""

CREW: Final = _record(i4="crews busy first last")
"""Repair crews and the units that wait for them."""

LOSS: Final = _record(f8="begins lasts", i4="addition")
"""A loss that happens in this future."""

TEAM: Final = _record(i4="visit last addition")
"""A mobile team: its next visit, where its visits end, and what it does to a capacity."""

TEAM_VISIT: Final = _record(f8="begins ends", i4="facility")
"""A mobile team sees the patients of a health post."""

CALLER: Final = _record(
    f8="alert_delay distance holds_out detection heard self_arrival east north call_time capsizes"
    " relay_delay land_east land_north land_offset land_wait",
    i4="center lands",
)
"""What is drawn for a group in distress; the first group of an incident speaks for it. ``center``
takes the call, relayed unless the delay is negative; ``lands`` says that there is a place of safety
and ``land_offset`` how far it is from the position of the service."""

RESCUE: Final = _record(
    f8="self_arrival unheard area radius drift limit enough",
    i4="first_fleet last_fleet first last officers most_units first_vessel last_vessel"
    " first_aid last_aid trips",
    i1="searches searches_on has_positions is_hot has_relay retask",
)
"""A rescue service, with the queue of incidents that wait for a boat."""

FLEET: Final = _record(
    f8="speed east north boarding boarding_per_person turnaround endurance crew_hours crew_rest",
    i8="known",
    i4="facility rescue seats boats ready lent",
)
"""Boats, vehicles or aircraft of one kind, all called boats here; vessels that pass by come after
all others and have no facility."""

AID: Final = _record(f8="after share", i4="lender borrower")
"""An agreement to lend boats."""

BOAT: Final = _record(
    f8="worked since ordered ready searched began swept home from_east from_north left_at arrives",
    i4="fleet number sent_to incident load first_aboard last_aboard calls next searches rescue"
    " search_next heading trip way",
    i1="waits_for met is_lent is_sent_elsewhere is_called_home",
)
"""A boat and its latest trip; ``number`` counts those of its fleet, ``next`` is ready after it,
``search_next`` joined the same search next, ``home`` is the way from where people land, h.
``heading`` is where it is going and may be diverted from, -1: it may not; ``way`` counts ways."""

INCIDENT: Final = _record(
    f8="distance east north began alerted reported dispatched found capsized closed hazard since"
    " rate search_began",
    i4="service first_group last_group waiting persons persons_left plan next previous"
    " rescued by_passing self_arrived not_reached recovered_dead missing units seats"
    " first_searcher last_searcher",
    i1="gone settled has_search in_queue lost_unit",
)
"""Groups in distress; those from ``waiting`` up to ``last_group`` wait; ``units`` and
``seats`` are on their way or there."""

CALL: Final = _record(i4="incident next")
"""An incident that a boat has come to on a trip."""

MEMBER: Final = _record(f8="in_water in_heat dies_at", i1="is_recovered died")
"""A member of a group in danger: how long it survives, h, and when it dies."""

TRIP: Final = _record(
    f8="ordered departed landed returned searched", i4="facility unit incident rescue persons"
)
"""A trip that is over."""


class World(NamedTuple):
    """All tables of one replication."""

    clock: Any
    heap: Any
    later: Any
    spans: Any
    fifo: Any
    urgent: Any
    rows: Any
    states: Any
    events: Any
    facilities: Any
    queues: Any
    groups: Any
    staying: Any
    parts: Any
    receptions: Any
    desks: Any
    options: Any
    option_sets: Any
    ways: Any
    returns: Any
    returning: Any
    home_after: Any
    transports: Any
    mobilizations: Any
    destination_stays: Any
    lines: Any
    asking: Any
    posts: Any
    care_posts: Any
    classes: Any
    wards: Any
    ambulances: Any
    outbreaks: Any
    areas: Any
    patients: Any
    seekers: Any
    death_gaps: Any
    needs: Any
    susceptible: Any
    well: Any
    cases: Any
    case_needs: Any
    mass: Any
    casualties: Any
    casualty_needs: Any
    desk_times: Any
    recognized: Any
    stays: Any
    patience: Any
    visits: Any
    calendar_steps: Any
    calendars: Any
    additions: Any
    triggers: Any
    decisions: Any
    lead_times: Any
    clearings: Any
    units: Any
    crews: Any
    times_to_failure: Any
    repair_times: Any
    losses: Any
    teams: Any
    team_visits: Any
    callers: Any
    rescues: Any
    fleets: Any
    readiness: Any
    swept: Any
    offsets: Any
    aid: Any
    vessel_delays: Any
    vessel_sails: Any
    members: Any
    boats: Any
    incidents: Any
    calls: Any
    trips: Any


MEMORY: Final = np.dtype(
    [(f"{name}{what}", "i8") for name in World._fields for what in ("", "_count", "_width")]
)
"""Where every table is, how many rows it has, and how many entries a row has."""

Memory: TypeAlias = Any
"""The one row of :data:`MEMORY` that the kernel is given."""


def memory_of(world: World) -> Any:
    """Return where the kernel finds the tables, which must stay alive meanwhile."""
    entries: list[int] = []
    for table in world:
        # a third of the time that ``table.ctypes`` takes
        where = ctypes.addressof(ctypes.c_char.from_buffer(table)) if table.size else 0
        entries += (where, table.shape[0], table.shape[-1])
    return np.array(entries, dtype=np.int64).view(MEMORY)
