"""Events of parts that few networks have, away from the event loop of all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulation.compiled import (
    calls,
    changes,
    deaths,
    dispatch,
    diverting,
    kinds,
    outbreaks,
    patients,
    trips,
    vehicles,
)
from simulation.compiled.compilation import compiled

if TYPE_CHECKING:
    from simulation.compiled.tables import Memory


@compiled
def what_few_have(world: Memory, kind: int, first: int, second: int) -> None:
    """Process one event of a part that few networks have."""
    if kind >= kinds.RELAYED:
        _more_rescue(world, kind, first, second)
    elif kind >= kinds.PATIENT_BEGINS:
        _care(world, kind, first, second)
    elif kind == kinds.TEAM_SETS_OUT:
        changes.await_visit(world, first)
    elif kind == kinds.TEAM_COMES:
        changes.begin_team_visit(world, first)
    elif kind == kinds.TEAM_LEAVES:
        changes.end_team_visit(world, first)
    elif kind == kinds.VEHICLE_IS_DUE:
        vehicles.is_due(world, first, second)
    elif kind == kinds.VEHICLE_READY:
        vehicles.leave_with_a_vehicle(world, first)
    elif kind == kinds.DESTINATION_FREE:
        vehicles.free_at_destination(world, first, second)


@compiled
def _care(world: Memory, kind: int, first: int, second: int) -> None:
    """Process one event of a patient who may get worse, or comes in an outbreak or incident."""
    if kind == kinds.PATIENT_BEGINS:
        patients.begin_patient(world, first)
    elif kind == kinds.RIDE_BEGINS:
        patients.ride_begins(world, first)
    elif kind == kinds.RIDE_ENDS:
        patients.ride_ends(world, first)
    elif kind == kinds.AMBULANCE_FREE:
        patients.ambulance_free(world, first)
    elif kind == kinds.OUTBREAK_BEGINS:
        outbreaks.begin_outbreak(world, first, second)
    elif kind == kinds.OUTBREAK_SPREADS:
        outbreaks.spread(world, first, second)
    elif kind == kinds.CASE_MAY_COME:
        outbreaks.case_may_come(world, first, second)
    elif kind == kinds.MASS_BEGINS:
        outbreaks.await_patients(world, first)
    elif kind == kinds.MASS_COMES:
        outbreaks.patient_comes(world, first)
    elif kind == kinds.MORTALITY_BEGINS:
        deaths.begin_mortality(world, first)
    elif kind == kinds.DEATH:
        deaths.death(world, first)
    elif kind == kinds.NOBODY_LEFT:
        deaths.nobody_left(world, first)


@compiled
def _more_rescue(world: Memory, kind: int, first: int, second: int) -> None:
    """Process one event of relayed calls, borrowed boats, vessels or places of safety."""
    if kind == kinds.RELAYED:
        calls.report_call(world, first)
    elif kind == kinds.AID_MAY_COME:
        dispatch.dispatch(world, first)
    elif kind == kinds.VESSEL_BEGINS:
        trips.await_vessel(world, first, second)
    elif kind == kinds.VESSEL_PASSES:
        trips.vessel_passes(world, first, second)
    elif kind == kinds.BOAT_COMES_HOME:
        trips.turn_around(world, first)
    elif kind == kinds.BOAT_IS_THERE or kind == kinds.BOAT_DIVERTED:
        diverting.meet_boat(world, first, second)
    elif kind == kinds.BOAT_WAY_OVER:
        trips.way_over(world, first)
    elif kind == kinds.BOAT_CALLED_HOME:
        trips.called_home(world, first)
