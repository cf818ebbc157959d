"""From a scenario to health care and transport in the units of the simulation."""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from simulation.calendars import HOURS_PER_DAY, Steps
from simulation.parts import (
    AcuityClass,
    Ambulances,
    HealthPost,
    MassCasualty,
    MobileTeam,
    Outbreak,
    TeamStop,
    Transport,
    Ward,
)
from simulation.problems.health import health_problems

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from scenarios import services
    from scenarios.schema import Scenario
    from scenarios.values import TimeSpread
    from simulation.distributions import Distribution

    Calendar = Callable[[Any, str], Steps]


def _time(spread: TimeSpread | None) -> Distribution | None:
    return spread.to_simulation() if spread else None


def build_transport(one: services.Transport, steps: Calendar) -> Transport:
    """Build vehicles that take groups onward.

    Parameters
    ----------
    one : scenarios.services.Transport
    steps : callable
        Capacity and name to calendar.

    Returns
    -------
    simulation.parts.Transport

    """
    destination = one.destination
    return Transport(
        name=one.name,
        vehicles=steps(one.vehicles, one.name),
        seats=one.seats,
        departs_at=one.departs_at or 0.0,
        every_days=one.every or 1,
        travel_time=one.travel_time,
        standard=one.standard,
        return_time=one.travel_time if one.return_time is None else one.return_time,
        on_demand=one.on_demand is not None,
        longest_wait=one.on_demand.longest_wait if one.on_demand else math.inf,
        mobilization=_time(one.mobilization),
        weather=one.weather,
        wave_limit=one.leaves_below,
        destination_places=steps(destination.places, f"{one.name} destination")
        if destination
        else None,
        destination_stay=_time(destination.length_of_stay) if destination else None,
    )


def build_health_post(one: services.HealthPost, steps: Calendar) -> HealthPost:
    """Build a health post.

    Parameters
    ----------
    one : scenarios.services.HealthPost
    steps : callable
        Capacity and name to calendar.

    Returns
    -------
    simulation.parts.HealthPost

    """
    return HealthPost(
        name=one.name,
        location=one.location,
        visits_per_person_day=one.visits,
        triage_nurses=steps(one.triage_nurses, f"{one.name} triage"),
        triage_time=one.triage_time.to_simulation(),
        triage_standard=one.triage_standard,
        clinicians=steps(one.clinicians, one.name),
        consultation_time=one.consultation_time.to_simulation(),
        classes=tuple(
            AcuityClass(
                name=acuity.name,
                share=acuity.share,
                standard=acuity.standard,
                leaves_after=_time(acuity.leaves_after),
                referral=acuity.referral,
                straight_to_hospital=acuity.straight_to_hospital,
                worsens_after=_time(acuity.worsens_after),
                deaths_per_day=acuity.deaths_while_waiting,
                interrupts=acuity.interrupts,
            )
            for acuity in one.classes
        ),
        ward=one.ward,
        hands_over=one.shift_end == "hand over",
        hospital=one.hospital,
        ambulances=one.ambulances,
        households_wait=one.households_wait,
    )


def build_ward(one: services.Ward, steps: Calendar) -> Ward:
    """Build a ward.

    Parameters
    ----------
    one : scenarios.services.Ward
    steps : callable
        Capacity and name to calendar.

    Returns
    -------
    simulation.parts.Ward

    """
    return Ward(
        name=one.name,
        location=one.location,
        beds=steps(one.beds, one.name),
        length_of_stay=one.length_of_stay.to_simulation(),
        refers_on_after=one.refers_on_after,
        standard=one.standard,
        hospital=one.hospital,
        needs_hospital=one.needs_hospital,
        ambulances=one.ambulances,
    )


def build_ambulances(one: services.Ambulances, steps: Calendar) -> Ambulances:
    """Build a fleet of ambulances.

    Parameters
    ----------
    one : scenarios.services.Ambulances
    steps : callable
        Capacity and name to calendar.

    Returns
    -------
    simulation.parts.Ambulances

    """
    return Ambulances(
        name=one.name,
        location=one.location,
        vehicles=steps(one.vehicles, one.name),
        readiness=one.readiness.to_simulation(),
        travel_time=one.travel_time.to_simulation(),
        return_time=one.return_time,
        standard=one.standard,
        brings_back=one.brings_back,
    )


def build_team(one: services.MobileTeam) -> MobileTeam:
    """Build a mobile team.

    Parameters
    ----------
    one : scenarios.services.MobileTeam

    Returns
    -------
    simulation.parts.MobileTeam

    """
    return MobileTeam(
        name=one.name,
        clinicians=one.clinicians,
        stops=tuple(
            TeamStop(
                stop.health_post,
                stop.first_day,
                stop.every,
                stop.works[0],
                stop.works[1] or HOURS_PER_DAY,
            )
            for stop in one.stops
        ),
        weather=one.weather,
        wave_limit=one.leaves_below,
    )


def _mix(shares: tuple[services.ClassShare, ...]) -> tuple[tuple[str, float], ...]:
    return tuple((one.name, one.share) for one in shares)


def build_outbreak(one: services.Outbreak, scenario: Scenario) -> Outbreak:
    """Build an outbreak.

    Parameters
    ----------
    one : scenarios.services.Outbreak
    scenario : Scenario
        Gives the start of the run.

    Returns
    -------
    simulation.parts.Outbreak

    """
    start = scenario.time.start
    return Outbreak(
        name=one.name,
        health_post=one.health_post,
        begins=one.at.hours(start),
        ends=one.until.hours(start) if one.until else math.inf,
        attack_rate=one.attack_rate,
        protected=one.protected,
        crowded_below=one.crowded_below,
        crowding_factor=one.crowding_factor,
        acuity=_mix(one.acuity),
    )


def build_casualties(one: services.MassCasualty, scenario: Scenario) -> MassCasualty:
    """Build an incident that brings many patients.

    Parameters
    ----------
    one : scenarios.services.MassCasualty
    scenario : Scenario
        Gives the start of the run.

    Returns
    -------
    simulation.parts.MassCasualty

    """
    return MassCasualty(
        name=one.name,
        health_post=one.health_post,
        at=one.at.hours(scenario.time.start),
        patients=one.patients,
        spread_over=one.spread_over,
        acuity=_mix(one.acuity),
    )


def care_problems(scenario: Scenario) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Find what is impossible about health care and transport.

    Parameters
    ----------
    scenario : Scenario

    Yields
    ------
    tuple of location and message

    """

    def once(_capacity: object, _name: str) -> Steps:
        return Steps.constant(1)

    parts: Any = SimpleNamespace(
        run_length=scenario.time.run_length,
        health_posts=[build_health_post(one, once) for one in scenario.health],
        wards=[build_ward(one, once) for one in scenario.wards],
        ambulances=[build_ambulances(one, once) for one in scenario.ambulances],
        teams=[build_team(one) for one in scenario.mobile_teams],
        outbreaks=[build_outbreak(one, scenario) for one in scenario.outbreaks],
        casualties=[build_casualties(one, scenario) for one in scenario.mass_casualties],
        transports=[build_transport(one, once) for one in scenario.transport],
        receptions=[
            SimpleNamespace(
                name=one.name,
                health_post=one.health_post,
                sites=one.sites,
                deaths_per_person_day=one.deaths,
            )
            for one in scenario.reception
        ],
        sites=scenario.sites,
    )
    lists = ("health", "wards", "ambulances", "mobile_teams", "outbreaks", "mass_casualties")
    known: dict[str, tuple[str | int, ...]] = {
        one.name: (name, number)
        for name in (*lists, "transport", "reception")
        for number, one in enumerate(getattr(scenario, name))
    }
    for problem in health_problems(parts):
        owners = [name for name in known if problem.startswith(name)]
        owner = max(owners, key=len)
        yield known[owner], problem.removeprefix(owner).lstrip(".:, ")
    length = scenario.time.run_length
    for key in ("outbreaks", "mass_casualties"):
        for number, one in enumerate(getattr(scenario, key)):
            begins = one.at.hours(scenario.time.start)
            if not 0 <= begins < length:
                where = (key, number, "from" if key == "outbreaks" else "at")
                yield where, f"lies outside the run, which is {length / HOURS_PER_DAY:g} days long."
