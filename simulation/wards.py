"""Wards, hospitals and the ambulances that take patients there and back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from simulation.patients import PerVisit, wait_for_care
from simulation.resources import Servers

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    import simpy

    from simulation.capacities import Capacities
    from simulation.parts import Ambulances, Ward
    from simulation.patients import Patient
    from simulation.recorder import Recorder

_AFTER_ALL_OTHERS: Final = 1000
"""Priority of rides back, behind every class."""


class AmbulanceService:
    """Vehicles that take one patient at a time.

    Parameters
    ----------
    env : simpy.Environment
    ambulances : Ambulances
    recorder : Recorder
    facility : int
        Index in the records.
    capacities : Capacities

    """

    def __init__(
        self,
        env: simpy.Environment,
        ambulances: Ambulances,
        recorder: Recorder,
        facility: int,
        capacities: Capacities,
    ) -> None:
        self._env = env
        self._ambulances = ambulances
        self._recorder = recorder
        self._facility = facility
        self._vehicles = Servers(env, ambulances.vehicles, recorder, facility, capacities)
        self._readiness: dict[str, PerVisit] = {}
        self._travel: dict[str, PerVisit] = {}

    def take(
        self,
        patient: Patient,
        to: str,
        *,
        leaves: Callable[[], None] | None = None,
        back: bool = False,
    ) -> Generator[simpy.Event, Any, bool]:
        """Process part: wait for a vehicle and ride; return False for who died waiting.

        Parameters
        ----------
        patient : Patient
        to : str
            Ward, which names the draws.
        leaves : callable or None
            Called when the patient is on board, for one who is in a bed and does not get worse.
        back : bool
            Whether the ride goes back from the ward.

        """
        env = self._env
        step = "ambulance_back" if back else "ambulance"
        row = patient.asks(self._recorder, step, self._facility, env.now)
        priority = _AFTER_ALL_OTHERS if back else patient.acuity
        turn = self._vehicles.request(1, priority)
        if back or leaves is not None:
            yield turn
        elif (yield from wait_for_care(env, self._vehicles, turn, patient, row)) == "died":
            row.end(env.now, "died")
            self._vehicles.release(turn)
            return False
        row.start(env.now)
        leg = f"{to}/{step}"
        if leg not in self._travel:
            name = f"{leg}.readiness"
            self._readiness[leg] = PerVisit(name, self._ambulances.readiness)
            self._travel[leg] = PerVisit(f"{leg}.travel_time", self._ambulances.travel_time)
        yield env.timeout(self._readiness[leg].of(patient))
        if leaves is not None:
            leaves()
        yield env.timeout(self._travel[leg].of(patient))
        row.end(env.now)
        free = env.timeout(self._ambulances.return_time)
        free.callbacks.append(lambda _: self._vehicles.release(turn))
        return True

    @property
    def brings_back(self) -> bool:
        """Whether patients are taken back after their stay."""
        return self._ambulances.brings_back


class WardService:
    """Beds of a ward.

    Parameters
    ----------
    env : simpy.Environment
    ward : Ward
    recorder : Recorder
    facility : int
        Index in the records.
    capacities : Capacities

    """

    def __init__(
        self,
        env: simpy.Environment,
        ward: Ward,
        recorder: Recorder,
        facility: int,
        capacities: Capacities,
    ) -> None:
        self._env = env
        self._ward = ward
        self._recorder = recorder
        self._facility = facility
        self._stay = PerVisit("ward.length_of_stay", ward.length_of_stay)
        self._needs_hospital = PerVisit(f"{ward.name}/needs_hospital")
        self._beds = Servers(env, ward.beds, recorder, facility, capacities)
        self._hospital: WardService | None = None
        self._ambulances: AmbulanceService | None = None

    def connect(self, wards: dict[str, WardService], fleets: dict[str, AmbulanceService]) -> None:
        """Make known the ward of the second level and what goes there."""
        if self._ward.hospital is not None:
            self._hospital = wards[self._ward.hospital]
        if self._ward.ambulances is not None:
            self._ambulances = fleets[self._ward.ambulances]

    def admit(
        self,
        patient: Patient,
        ambulances: AmbulanceService | None,
        leaves: Callable[[], None] | None = None,
    ) -> Generator[simpy.Event, Any, str]:
        """Process part: a patient waits for a bed and is brought there, or sent elsewhere.

        Returns ``served``, ``left`` when no bed came free in time, or ``died`` while waiting. With
        ``leaves`` the patient is in a bed of another ward, and it is called on leaving that.
        """
        env = self._env
        row = patient.asks(self._recorder, "ward", self._facility, env.now)
        with self._beds.request(1, patient.acuity) as turn:
            decline = patient.decline
            if leaves is not None:
                patient.decline = None
            how = yield from wait_for_care(
                env, self._beds, turn, patient, row, self._ward.refers_on_after
            )
            if how == "served" and ambulances is not None:
                carried = yield from ambulances.take(patient, self._ward.name, leaves=leaves)
                how = "served" if carried else "died"
            elif how == "served" and leaves is not None:
                leaves()
            patient.decline = decline
            if how != "served":
                row.end(env.now, "transferred" if how == "left" else "died")
                return how
            row.start(env.now)

            def moved() -> None:
                row.end(env.now)
                self._beds.release(turn)

            hospital = self._hospital
            if (
                hospital is not None
                and self._needs_hospital.of(patient) < self._ward.needs_hospital
            ):
                further = yield from hospital.admit(patient, self._ambulances, moved)
                if further == "served":
                    return how
            yield env.timeout(self._stay.of(patient))
            row.end(env.now)
        if ambulances is not None and ambulances.brings_back:
            yield from ambulances.take(patient, self._ward.name, back=True)
        return how
