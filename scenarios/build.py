"""From a scenario to the network that the simulation runs."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

from scenarios.capacity_changes import breakdowns_of, by_chance, losses_of, triggers_of
from scenarios.care import (
    build_ambulances,
    build_casualties,
    build_health_post,
    build_outbreak,
    build_team,
    build_transport,
    build_ward,
)
from scenarios.inflows import build_inflow
from scenarios.rescues import build_rescue
from simulation.calendars import Steps
from simulation.network import Network
from simulation.parts import (
    CLOCKS,
    Clock,
    Desk,
    Reception,
    Site,
    SiteOption,
)

if TYPE_CHECKING:
    from scenarios import services
    from scenarios.schema import Scenario

UNTIL: Final = {
    "vulnerability check": "vulnerability_check",
    "best interest procedure": "best_interest",
}
"""Steps whose names in the records have no spaces."""


def build_network(scenario: Scenario) -> Network:
    """Build the network of a scenario.

    Parameters
    ----------
    scenario : Scenario

    Returns
    -------
    simulation.network.Network
        In hours from the start of the run, kilometers and persons.

    Examples
    --------
    >>> from scenarios.files import load_scenario
    >>> network = build_network(load_scenario("beledweyne-flood"))
    >>> network.capacity("boats-beledweyne").largest
    8

    """
    builder = _Builder(scenario)
    return Network(
        start=scenario.time.start,
        run_length=scenario.time.run_length,
        inflows=tuple(build_inflow(one, scenario) for one in scenario.inflows),
        rescues=tuple(build_rescue(one, builder.steps) for one in scenario.rescue),
        receptions=tuple(builder.reception(one) for one in scenario.reception),
        sites=tuple(builder.site(one) for one in scenario.sites),
        transports=tuple(build_transport(one, builder.steps) for one in scenario.transport),
        health_posts=tuple(build_health_post(one, builder.steps) for one in scenario.health),
        wards=tuple(build_ward(one, builder.steps) for one in scenario.wards),
        triggers=triggers_of(scenario),
        breakdowns=breakdowns_of(scenario),
        losses=losses_of(scenario),
        clocks=tuple(
            Clock(one.name, UNTIL.get(one.until, one.until), one.limit)
            for one in scenario.legal_clocks
        )
        or CLOCKS,
        ambulances=tuple(build_ambulances(one, builder.steps) for one in scenario.ambulances),
        teams=tuple(build_team(one) for one in scenario.mobile_teams),
        outbreaks=tuple(build_outbreak(one, scenario) for one in scenario.outbreaks),
        casualties=tuple(build_casualties(one, scenario) for one in scenario.mass_casualties),
        weathers=tuple(one.to_simulation() for one in scenario.weather),
    )


def capacity_steps(capacity: Any, scenario: Scenario) -> Steps:
    """Return a capacity over the run, with working hours and planned changes.

    Parameters
    ----------
    capacity : scenarios.values.Capacity
    scenario : Scenario

    Returns
    -------
    simulation.calendars.Steps

    """
    end = scenario.time.run_length
    value, works, outside = capacity.value, capacity.works, capacity.outside or 0
    parts = [(0.0, _daily(value, works, outside, end))]
    for change in capacity.changes:
        value = value if change.to is None else change.to
        works = change.works or works
        outside = outside if change.outside is None else change.outside
        begin = change.at.hours(scenario.time.start)
        parts.append((begin, _daily(value, works, outside, end)))
    steps: dict[float, int] = {}
    ends = [begin for begin, _ in parts[1:]] + [math.inf]
    for (begin, part), until in zip(parts, ends, strict=True):
        steps[begin] = part.at(begin)
        times = zip(part.times, part.values, strict=True)
        steps |= {time: number for time, number in times if begin < time < until}
    ordered = sorted(steps)
    return Steps(tuple(ordered), tuple(steps[time] for time in ordered)).simplified()


def _daily(value: int, works: tuple[float, float], outside: int, end: float) -> Steps:
    """Return one number in the working hours of every day and another outside them."""
    inside = Steps.daily(1, *works, until=end)
    numbers = tuple(value if open_ else outside for open_ in inside.values)
    return Steps(inside.times, numbers).simplified()


class _Builder:
    """Builds facilities whose capacity changes over the run of one scenario."""

    def __init__(self, scenario: Scenario) -> None:
        self._scenario = scenario

    def steps(self, capacity: Any, facility: str) -> Steps:
        """Return the calendar of a facility, its losses included."""
        steps = capacity_steps(capacity, self._scenario)
        start = self._scenario.time.start
        for loss in self._scenario.losses:
            if loss.facility == facility and not by_chance(loss):
                until = loss.until.hours(start) if loss.until else math.inf
                steps = steps.scaled(loss.at.hours(start), until, loss.remaining)
        return steps

    def reception(self, one: services.Reception) -> Reception:
        return Reception(
            name=one.name,
            location=one.location,
            desks=tuple(self._desk(desk) for desk in one.desks),
            sites=tuple(
                SiteOption(option.site, option.travel_time, option.others_after)
                for option in one.sites
            ),
            gives_up_after=one.gives_up_after.to_simulation(),
            splits_after=one.splits_after,
            first_that_fits=one.first_that_fits,
            standard=one.standard,
            health_post=one.health_post,
            vulnerable_first=one.vulnerable_first,
            deaths_per_person_day=one.deaths,
        )

    def _desk(self, one: services.Desk) -> Desk:
        return Desk(
            name=one.name,
            kind=UNTIL.get(one.kind, one.kind),
            desks=self.steps(one.desks, one.name),
            service_time=one.service_time.to_simulation(),
            per=one.per,
            standard=one.standard,
            hands_over=one.shift_end == "hand over",
            only=one.only,
            while_staying=one.while_staying,
            finds=one.finds or 0.0,
        )

    def site(self, one: services.Site) -> Site:
        return Site(
            name=one.name,
            location=one.location,
            places=self.steps(one.places, one.name),
            over_capacity=one.over_capacity,
            evacuated_when_lost=one.evacuated_when_lost,
            length_of_stay=one.length_of_stay.to_simulation(),
            onward=one.onward,
            onward_share=one.onward_share if one.onward else 0.0,
            starting_stock=one.starting_stock,
            meant_for=one.meant_for,
            area=one.area,
            latrines=one.latrines,
            taps=one.taps,
            water=one.water,
            stays=tuple((s.households, s.length_of_stay.to_simulation()) for s in one.stays),
            returns_home=tuple(
                (r.at.hours(self._scenario.time.start), r.mean) for r in one.returns_home
            ),
        )
