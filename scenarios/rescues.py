"""From the rescue services of a scenario to those of the simulation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulation.parts import (
    Aid,
    Capsizing,
    Heat,
    PassingVessels,
    PlaceOfSafety,
    Relay,
    Rescue,
    RescueUnits,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from scenarios import services
    from simulation.calendars import Steps


def build_rescue(one: services.Rescue, steps: Callable[[Any, str], Steps]) -> Rescue:
    """Build a rescue service in hours, kilometers and persons.

    Parameters
    ----------
    one : scenarios.services.Rescue
    steps : callable
        Gives the calendar of a capacity and the name of its facility.

    Returns
    -------
    simulation.parts.Rescue

    """
    return Rescue(
        name=one.name,
        location=one.location,
        alert_delay=one.alert_delay.to_simulation(),
        distance=one.distance.to_simulation(),
        search_area=one.search_area,
        holds_out=one.holds_out.to_simulation(),
        self_arrival=one.self_arrival,
        standard=one.standard,
        units=tuple(_units(units, steps) for units in one.units),
        officers=steps(one.officers, f"{one.name} officers") if one.officers else None,
        call_time=one.call_time.to_simulation() if one.call_time else None,
        unheard=one.unheard,
        relay=_relay(one.relay) if one.relay else None,
        aid=tuple(Aid(aid.rescue, aid.after, aid.share) for aid in one.aid),
        position=one.position.position,
        sector=(one.sector[0], one.sector[1]) if one.sector else None,
        drift=one.drift or 0.0,
        search_object=one.search_object,
        search_limit=one.search_limit,
        call_off=one.call_off,
        weather=one.weather,
        units_per_incident=one.units_per_incident,
        retask=one.retask,
        capsizing=_capsizing(one.capsizing) if one.capsizing else None,
        heat=Heat(one.heat.temperature, one.heat.water) if one.heat else None,
        bodies_recovered=one.bodies_recovered,
        passing=tuple(_passing(vessels) for vessels in one.passing),
        places_of_safety=tuple(
            PlaceOfSafety(place.name, place.position, place.share) for place in one.places_of_safety
        ),
        safety_wait=one.safety_wait.to_simulation() if one.safety_wait else None,
    )


def _units(one: services.RescueUnits, steps: Callable[[Any, str], Steps]) -> RescueUnits:
    return RescueUnits(
        name=one.name,
        units=steps(one.units, one.name),
        seats=one.seats,
        speed=one.speed,
        search_speed=one.search_speed,
        sweep_width=one.sweep_width,
        readiness=one.readiness,
        boarding=one.boarding,
        turnaround=one.turnaround,
        boarding_per_person=one.boarding_per_person,
        sensor=one.sensor,
        sweep_width_in_water=one.sweep_width_in_water,
        readiness_by_hour=_by_hour(one),
        endurance=one.endurance,
        crew_hours=one.crew_hours,
        crew_rest=one.crew_rest,
        wave_limit=one.wave_limit,
        base=one.base.position,
    )


def _by_hour(one: services.RescueUnits) -> tuple[float, ...]:
    """Readiness of the 24 hours; a later span overrules an earlier one."""
    if not one.readiness_by_hour:
        return ()
    times = [one.readiness] * 24
    for part in one.readiness_by_hour:
        begin, end = int(part.span[0]), int(part.span[1])
        for hour in range(begin, end if begin < end else end + 24):
            times[hour % 24] = part.readiness
    return tuple(times)


def _passing(one: services.PassingVessels) -> PassingVessels:
    return PassingVessels(
        name=one.name,
        per_day=one.rate,
        seats=one.seats,
        speed=one.speed,
        search_speed=one.search_speed,
        sweep_width=one.sweep_width,
        sweep_width_in_water=one.sweep_width_in_water,
        boarding=one.boarding,
        sensor=one.sensor,
        wave_limit=one.wave_limit,
    )


def _relay(one: services.Relay) -> Relay:
    return Relay(one.rescue, one.share, one.delay.to_simulation())


def _capsizing(one: services.Capsizing) -> Capsizing:
    return Capsizing(
        share=one.share,
        after=one.after.to_simulation(),
        water_temperature=one.water_temperature,
        lifejackets=one.lifejackets,
    )
