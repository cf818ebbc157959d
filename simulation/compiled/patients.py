"""Patients of the compiled engine where care has more to it than classes, patience and one ward.

What :mod:`simulation.patients`, :class:`simulation.health.HealthService` and
:mod:`simulation.wards` do for patients who may get worse, go to a hospital or by ambulance, come in
an outbreak or an incident, or are waited for by their household. Networks without any of these are
run by the shorter :mod:`simulation.compiled.visits`.

The line of a row is the number of the patient. The row of a bed has in ``again`` the bed that the
patient leaves for it, that of a ride the bed that it goes to; -1 stands for none.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from simulation.compiled import kinds
from simulation.compiled.agenda import after, at_once, event, first
from simulation.compiled.compilation import compiled, inlined
from simulation.compiled.deaths import die
from simulation.compiled.memory import (
    ambulances_at,
    care_posts_at,
    classes_at,
    clock_at,
    facilities_at,
    patients_at,
    posts_at,
    rows_at,
    seekers_at,
    wards_at,
)
from simulation.compiled.servers import end, leave, open_row, promote, request, start, work
from simulation.compiled.worsening import (
    go_on_waiting,
    need,
    of_ward,
    patience_of,
    use_up,
    wait,
    worsens_after,
)

if TYPE_CHECKING:
    from simulation.compiled.tables import Memory


@compiled
def see(
    world: Memory, group: int, post: int, source: int, drawn: int, acuity: int, cause: int
) -> None:
    """Begin the visit of a patient; ``drawn`` is the row of the needs of a source."""
    clock, care = clock_at(world, 0), care_posts_at(world, post)
    number = clock.patients
    clock.patients += 1
    patient = patients_at(world, number)
    patient.time = clock.now
    patient.group = group
    patient.post = post
    patient.source = source
    patient.drawn = drawn
    patient.acuity = acuity
    patient.cause = cause
    patient.next = patient.stay = -1
    patient.is_waited_for = 0
    if group < 0:
        care.from_outside += 1
        patient.visit = care.from_outside
    else:
        seeker = seekers_at(world, group)
        seeker.visits += 1
        patient.visit = seeker.visits
        if care.households_wait:
            patient.is_waited_for = 1
            if seeker.first < 0:
                seeker.first = number
            else:
                patients_at(world, seeker.last).next = number
            seeker.last = number
    first(world, event(kinds.PATIENT_BEGINS, number))


@compiled
def first_in_care(world: Memory, group: int) -> int:
    """Return the first patient whom a household waits for, or -1."""
    seeker = seekers_at(world, group)
    while seeker.first >= 0 and not patients_at(world, seeker.first).is_waited_for:
        seeker.first = patients_at(world, seeker.first).next
    return seeker.first


@inlined
def begin_patient(world: Memory, number: int) -> None:
    """Ask for triage."""
    patient = patients_at(world, number)
    patient.declines = care_posts_at(world, patient.post).worsens
    if patient.declines:
        patient.life = need(world, number, kinds.LIFE)
        patient.worsens = worsens_after(world, number)
    row = _ask(world, number, kinds.TRIAGE, posts_at(world, patient.post).triage)
    wait(world, row, 0, math.inf)


@inlined
def _ask(world: Memory, number: int, step: int, facility: int) -> int:
    patient = patients_at(world, number)
    row = open_row(world, patient.group, patient.visit, 1, step, facility)
    one = rows_at(world, row)
    one.owner = kinds.A_PATIENT
    one.line = number
    one.acuity = patient.acuity
    return row


@compiled
def wait_is_over(world: Memory, number: int) -> None:
    """Begin the service, leave, or wait on in another class."""
    row = rows_at(world, number)
    if row.processed:
        begin_care_of(world, number)
        return
    row.waits_for = kinds.NOTHING
    patient = patients_at(world, row.line)
    span = min(patient.change, patient.patience)
    patient.patience -= span
    happened = kinds.NOTHING
    if patient.is_counting:
        happened = use_up(world, row.line, span)
    if happened == kinds.HAS_DIED:
        _without_service(world, number, happened)
        return
    if happened == kinds.IS_WORSE:
        row.acuity = patient.acuity
        if row.step == kinds.CONSULTATION:
            patient.patience = patience_of(world, row.line)
    if patient.patience <= 0:
        _without_service(world, number, kinds.NOTHING)
        return
    if happened == kinds.IS_WORSE and row.step != kinds.TRIAGE:
        promote(world, number, patient.acuity)
    go_on_waiting(world, number)


@compiled
def begin_care_of(world: Memory, number: int) -> None:
    """Begin what a patient has waited for."""
    row = rows_at(world, number)
    row.waits_for = kinds.NOTHING
    patient = patients_at(world, row.line)
    if patient.is_counting:
        hours = clock_at(world, 0).now - patient.began
        if hours >= patient.change:  # the turn came first
            hours = np.nextafter(patient.change, 0.0)
        use_up(world, row.line, hours)
        patient.is_counting = 0
    if row.step == kinds.TRIAGE:
        start(world, number)
        work(world, number, need(world, row.line, kinds.TRIAGE_TIME))
    elif row.step == kinds.CONSULTATION:
        start(world, number)
        work(world, number, need(world, row.line, kinds.CONSULTATION_TIME))
    elif row.step == kinds.WARD:
        _has_bed(world, number)
    else:
        start(world, number)
        after(world, _of_ride(world, number, 0), event(kinds.RIDE_BEGINS, number))


@compiled
def _without_service(world: Memory, number: int, happened: int) -> None:
    """Leave a queue: no longer patient, or dead."""
    row = rows_at(world, number)
    died = happened == kinds.HAS_DIED
    left = kinds.TRANSFERRED if row.step == kinds.WARD else kinds.LEFT
    end(world, number, kinds.DIED if died else left)
    leave(world, number)
    if row.step == kinds.AMBULANCE:  # the bed is given back
        end(world, row.again, kinds.DIED)
        leave(world, row.again)
        _admitted(world, row.again, happened, 0)
    elif row.step == kinds.WARD:
        _get_worse_again(world, row.line)
        _admitted(world, number, happened, 0)
    else:
        _visit_over(world, row.line, happened)


@inlined
def _get_worse_again(world: Memory, number: int) -> None:
    patient = patients_at(world, number)
    patient.declines = care_posts_at(world, patient.post).worsens


@inlined
def _visit_over(world: Memory, number: int, happened: int) -> None:
    patient = patients_at(world, number)
    if happened == kinds.HAS_DIED and patient.group >= 0:
        die(world, patient.group)
    if patient.is_waited_for:
        patient.is_waited_for = 0
        if patient.stay >= 0:
            at_once(world, event(kinds.DESK_OVER, patient.stay))


# The way to a bed


@compiled
def care_ends(world: Memory, number: int) -> None:
    """Go on after triage, a consultation or a stay in a bed."""
    row = rows_at(world, number)
    end(world, number, kinds.SERVED)
    leave(world, number)
    patient = patients_at(world, row.line)
    care = care_posts_at(world, patient.post)
    group_of = classes_at(world, patient.post, patient.acuity)
    if row.step == kinds.WARD:
        fleet = _fleet_to(world, number)
        if fleet >= 0 and ambulances_at(world, fleet).brings_back:
            _ride(world, number, fleet, kinds.AMBULANCE_BACK)
        else:
            _admitted(world, number, kinds.NOTHING, 1)
    elif row.step == kinds.TRIAGE:
        if care.hospital >= 0 and need(world, row.line, kinds.STRAIGHT) < group_of.straight:
            _admit(world, row.line, care.hospital, -1)
            return
        post = posts_at(world, patient.post)
        asked = _ask(world, row.line, kinds.CONSULTATION, post.clinicians)
        wait(world, asked, patient.acuity, patience_of(world, row.line))
    elif care.ward >= 0 and need(world, row.line, kinds.REFERRAL) < group_of.referral:
        _admit(world, row.line, care.ward, -1)
    else:
        _visit_over(world, row.line, kinds.NOTHING)


@compiled
def _admit(world: Memory, number: int, ward: int, bed: int) -> None:
    """Wait for a bed; nobody gets worse in the bed of another ward."""
    patient, there = patients_at(world, number), wards_at(world, ward)
    row = _ask(world, number, kinds.WARD, there.facility)
    rows_at(world, row).again = bed
    if bed >= 0:
        patient.declines = 0
    wait(world, row, patient.acuity, there.refers_after)


@inlined
def _fleet_to(world: Memory, number: int) -> int:
    """Return the ambulances that go to a bed, or -1."""
    row = rows_at(world, number)
    if row.again < 0:
        return care_posts_at(world, patients_at(world, row.line).post).ambulances
    leaves = facilities_at(world, rows_at(world, row.again).facility).number
    return wards_at(world, leaves).ambulances


@inlined
def _has_bed(world: Memory, number: int) -> None:
    fleet, leaves = _fleet_to(world, number), rows_at(world, number).again
    if fleet >= 0:
        _ride(world, number, fleet, kinds.AMBULANCE)
        return
    if leaves >= 0:
        end(world, leaves, kinds.SERVED)
        leave(world, leaves)
    _in_bed(world, number)


@compiled
def _in_bed(world: Memory, number: int) -> None:
    row = rows_at(world, number)
    _get_worse_again(world, row.line)
    start(world, number)
    here = facilities_at(world, row.facility).number
    ward = wards_at(world, here)
    if ward.hospital >= 0 and (
        of_ward(world, row.line, here, kinds.NEEDS_HOSPITAL) < ward.needs_hospital
    ):
        _admit(world, row.line, ward.hospital, number)
    else:
        _stay_in_bed(world, number)


@inlined
def _stay_in_bed(world: Memory, number: int) -> None:
    row = rows_at(world, number)
    time = of_ward(world, row.line, facilities_at(world, row.facility).number, kinds.BED_TIME)
    after(world, time, event(kinds.WORK_ENDS, number))


@compiled
def _admitted(world: Memory, number: int, happened: int, served: int) -> None:
    """Go on when a ward is done with a patient: in the bed that was left for it, or home."""
    bed = rows_at(world, number).again
    if bed >= 0 and not served:
        _stay_in_bed(world, bed)
        return
    while bed >= 0:  # each is given back once more, as the request is left
        leave(world, bed)
        bed = rows_at(world, bed).again
    _visit_over(world, rows_at(world, number).line, happened)


# Ambulances


@inlined
def _of_ride(world: Memory, number: int, what: int) -> float:
    """Return what is drawn for a ride: 0 until the patient is on board, 1 the way."""
    row = rows_at(world, number)
    ward = facilities_at(world, rows_at(world, row.again).facility).number
    back = 2 if row.step == kinds.AMBULANCE_BACK else 0
    fleet = kinds.NEEDS_PER_RIDE * _fleet_to(world, row.again)
    return of_ward(world, row.line, ward, kinds.RIDES + fleet + back + what)


@compiled
def _ride(world: Memory, bed: int, fleet: int, step: int) -> None:
    """Ask for an ambulance; rides back are after all others."""
    patient = rows_at(world, bed).line
    number = _ask(world, patient, step, ambulances_at(world, fleet).facility)
    row = rows_at(world, number)
    row.again = bed
    if step == kinds.AMBULANCE_BACK:
        patients_at(world, patient).is_counting = 0
        row.waits_for = kinds.TURN
        request(world, number, world.queues_width - 1)
    else:
        wait(world, number, patients_at(world, patient).acuity, math.inf)


@inlined
def ride_begins(world: Memory, number: int) -> None:
    """Leave the bed of the ward before, and go."""
    row = rows_at(world, number)
    leaves = rows_at(world, row.again).again
    if row.step == kinds.AMBULANCE and leaves >= 0:
        end(world, leaves, kinds.SERVED)
        leave(world, leaves)
    after(world, _of_ride(world, number, 1), event(kinds.RIDE_ENDS, number))


@inlined
def ride_ends(world: Memory, number: int) -> None:
    """Be in the ward, or back from it; the vehicle is free later."""
    row = rows_at(world, number)
    end(world, number, kinds.SERVED)
    fleet = ambulances_at(world, _fleet_to(world, row.again))
    after(world, fleet.return_time, event(kinds.AMBULANCE_FREE, number))
    if row.step == kinds.AMBULANCE:
        _in_bed(world, row.again)
    else:
        _admitted(world, row.again, kinds.NOTHING, 1)


@inlined
def ambulance_free(world: Memory, number: int) -> None:
    """Give the vehicle back."""
    leave(world, number)
