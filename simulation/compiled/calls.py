"""Calls of people in distress: what :class:`simulation.rescue.RescueService` does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulation.compiled import kinds
from simulation.compiled.agenda import after, event, first
from simulation.compiled.compilation import compiled, inlined
from simulation.compiled.dispatch import dispatch, queue_up
from simulation.compiled.diverting import divert_to
from simulation.compiled.memory import (
    aid_at,
    callers_at,
    clock_at,
    incidents_at,
    rescues_at,
    rows_at,
)
from simulation.compiled.servers import leave, open_row, request, work

if TYPE_CHECKING:
    from simulation.compiled.tables import Memory


@inlined
def call_vessels(world: Memory, number: int) -> None:
    """Have vessels that pass by look out for an incident."""
    service = rescues_at(world, incidents_at(world, number).service)
    for fleet in range(service.first_vessel, service.last_vessel):
        first(world, event(kinds.VESSEL_BEGINS, number, fleet))


@compiled
def report(world: Memory, number: int) -> None:
    """Take a report: boats are sent as soon as there are some, or from where they are going."""
    incident = incidents_at(world, number)
    incident.reported = clock_at(world, 0).now
    queue_up(world, number)
    service = rescues_at(world, incident.service)
    for agreed in range(service.first_aid, service.last_aid):
        wait = aid_at(world, agreed).after
        if wait > 0:
            after(world, wait, event(kinds.AID_MAY_COME, incident.service))
    dispatch(world, incident.service)
    if service.retask and incident.units == 0 and incident.in_queue:
        divert_to(world, number)


@inlined
def take_call(world: Memory, number: int) -> None:
    """Take a call, or have it wait for an officer or be relayed."""
    incident = incidents_at(world, number)
    if incident.gone:
        return
    incident.alerted = clock_at(world, 0).now
    call_vessels(world, number)
    service = rescues_at(world, incident.service)
    if service.officers < 0 and not service.has_relay:
        report(world, number)
    else:
        first(world, event(kinds.CALL_BEGINS, number))


@inlined
def begin_call(world: Memory, number: int) -> None:
    """Wait for an officer, if there are any; the row of the request is no step of the group."""
    incident = incidents_at(world, number)
    officers = rescues_at(world, callers_at(world, incident.first_group).center).officers
    if officers < 0:
        _answered(world, number)
        return
    code = open_row(world, incident.first_group, 0, 1, kinds.RESCUE, officers)
    row = rows_at(world, code)
    row.kept = 0
    row.owner = kinds.A_CALL
    row.line = number
    row.waits_for = kinds.TURN
    request(world, code, 0)


@inlined
def answer(world: Memory, code: int) -> None:
    """Have an officer busy with a call."""
    incident = incidents_at(world, rows_at(world, code).line)
    work(world, code, callers_at(world, incident.first_group).call_time)


@inlined
def call_answered(world: Memory, code: int) -> None:
    """Free the officer; the report follows."""
    leave(world, code)
    _answered(world, rows_at(world, code).line)


@inlined
def _answered(world: Memory, number: int) -> None:
    delay = callers_at(world, incidents_at(world, number).first_group).relay_delay
    if delay >= 0:
        after(world, delay, event(kinds.RELAYED, number))
    else:
        report_call(world, number)


@inlined
def report_call(world: Memory, number: int) -> None:
    """Report an incident, unless nobody waits any more."""
    if not incidents_at(world, number).gone:
        report(world, number)
