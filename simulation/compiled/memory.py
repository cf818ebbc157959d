"""Access of the kernel to the tables: by address, so that one pointer is all that it passes on.

Passing the arrays themselves to every function made the compilation take minutes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numba
import numpy as np
from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic

from simulation.compiled import tables

if TYPE_CHECKING:
    from collections.abc import Callable

FLOAT: Final = np.dtype([("value", "f8")])
WHOLE: Final = np.dtype([("value", "i8")])
FLAG: Final = np.dtype([("value", "i1")])


def _found(name: str, dtype: np.dtype[Any]) -> Callable[..., Any]:
    """Return what writes the code that finds a row of a table."""
    record = numba.from_dtype(dtype)
    places: Any = tables.MEMORY.fields
    offset, width = (places[key][1] for key in (name, f"{name}_width"))
    whole = ir.IntType(64)

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        def entry(place: int) -> Any:
            where = cgutils.pointer_add(builder, arguments[0], place, whole.as_pointer())
            return builder.load(where)

        numbers = [
            context.cast(builder, value, kind, types.int64)
            for value, kind in zip(arguments[1:], signature.args[1:], strict=True)
        ]
        number = numbers[0]
        if len(numbers) > 1:
            number = builder.add(builder.mul(number, entry(width)), numbers[1])
        step = builder.mul(number, whole(dtype.itemsize))
        address = builder.add(entry(offset), step)
        return builder.inttoptr(address, context.get_value_type(record))

    return lambda *arguments: (record(*arguments), code)


def _rows(name: str, dtype: np.dtype[Any]) -> Any:
    """Return the function that gives a row of a table by its number."""
    found = _found(name, dtype)

    @intrinsic
    def row(_context: Any, memory: Any, number: Any) -> Any:
        return found(memory, number)

    return row


def _grid(name: str, dtype: np.dtype[Any]) -> Any:
    """Return the function that gives an entry of a table by its two numbers."""
    found = _found(name, dtype)

    @intrinsic
    def entry(_context: Any, memory: Any, number: Any, second: Any) -> Any:
        return found(memory, number, second)

    return entry


clock_at = _rows("clock", tables.CLOCK)
heap_at = _rows("heap", tables.FUTURE)
later_at = _rows("later", tables.LATER)
spans_at = _rows("spans", tables.QUEUE)
fifo_at = _rows("fifo", WHOLE)
urgent_at = _rows("urgent", WHOLE)
rows_at = _rows("rows", tables.ROW)
states_at = _rows("states", tables.STATE)
events_at = _rows("events", tables.EVENT)
facilities_at = _rows("facilities", tables.FACILITY)
queues_at = _grid("queues", tables.QUEUE)
groups_at = _rows("groups", tables.GROUP)
staying_at = _grid("staying", tables.STAYING_DESK)
parts_at = _rows("parts", tables.PART)
receptions_at = _rows("receptions", tables.RECEPTION)
desks_at = _rows("desks", tables.DESK)
options_at = _grid("options", tables.OPTION)
option_sets_at = _rows("option_sets", WHOLE)
ways_at = _grid("ways", FLOAT)
returns_at = _rows("returns", tables.RETURN)
returning_at = _rows("returning", tables.RETURNS)
home_after_at = _rows("home_after", FLOAT)
transports_at = _rows("transports", tables.TRANSPORT)
mobilizations_at = _grid("mobilizations", FLOAT)
destination_stays_at = _grid("destination_stays", FLOAT)
lines_at = _grid("lines", tables.QUEUE)
asking_at = _rows("asking", tables.ASKING)
posts_at = _rows("posts", tables.POST)
care_posts_at = _rows("care_posts", tables.CARE_POST)
classes_at = _grid("classes", tables.CLASS)
wards_at = _rows("wards", tables.WARD)
ambulances_at = _rows("ambulances", tables.AMBULANCE)
outbreaks_at = _rows("outbreaks", tables.OUTBREAK)
areas_at = _rows("areas", FLOAT)
patients_at = _rows("patients", tables.PATIENT)
seekers_at = _rows("seekers", tables.SEEKER)
death_gaps_at = _grid("death_gaps", FLOAT)
needs_at = _grid("needs", FLOAT)
susceptible_at = _grid("susceptible", tables.SUSCEPTIBLE)
well_at = _grid("well", WHOLE)
cases_at = _grid("cases", tables.CASE)
case_needs_at = _grid("case_needs", FLOAT)
mass_at = _rows("mass", tables.MASS)
casualties_at = _rows("casualties", tables.CASUALTY)
casualty_needs_at = _grid("casualty_needs", FLOAT)
desk_times_at = _grid("desk_times", FLOAT)
recognized_at = _grid("recognized", FLAG)
stays_at = _grid("stays", FLOAT)
patience_at = _grid("patience", FLOAT)
visits_at = _rows("visits", tables.VISIT)
calendar_steps_at = _rows("calendar_steps", tables.CHANGE_STEP)
calendars_at = _rows("calendars", tables.CALENDAR)
additions_at = _rows("additions", tables.ADDITION)
triggers_at = _rows("triggers", tables.TRIGGER)
decisions_at = _rows("decisions", FLOAT)
lead_times_at = _grid("lead_times", FLOAT)
clearings_at = _rows("clearings", tables.CLEARING)
units_at = _rows("units", tables.UNIT)
crews_at = _rows("crews", tables.CREW)
times_to_failure_at = _grid("times_to_failure", FLOAT)
repair_times_at = _grid("repair_times", FLOAT)
losses_at = _rows("losses", tables.LOSS)
teams_at = _rows("teams", tables.TEAM)
team_visits_at = _rows("team_visits", tables.TEAM_VISIT)
callers_at = _rows("callers", tables.CALLER)
rescues_at = _rows("rescues", tables.RESCUE)
fleets_at = _rows("fleets", tables.FLEET)
readiness_at = _grid("readiness", FLOAT)
swept_at = _grid("swept", FLOAT)
offsets_at = _grid("offsets", FLOAT)
aid_at = _rows("aid", tables.AID)
vessel_delays_at = _grid("vessel_delays", FLOAT)
vessel_sails_at = _grid("vessel_sails", FLAG)
members_at = _rows("members", tables.MEMBER)
boats_at = _rows("boats", tables.BOAT)
incidents_at = _rows("incidents", tables.INCIDENT)
calls_at = _rows("calls", tables.CALL)
trips_at = _rows("trips", tables.TRIP)
