"""From the inflows of a scenario to those of the simulation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from simulation.parts import Boats, Composition, Inflow

if TYPE_CHECKING:
    from scenarios import services
    from scenarios.schema import Scenario

HOURS_PER_DAY: Final = 24.0


def build_inflow(one: services.Inflow, scenario: Scenario) -> Inflow:
    """Build an inflow in hours, persons and meters of waves.

    Parameters
    ----------
    one : scenarios.services.Inflow
    scenario : Scenario
        Says who comes where the inflow does not.

    Returns
    -------
    simulation.parts.Inflow

    """
    people = one.people or scenario.people
    return Inflow(
        name=one.name,
        locations=one.locations,
        causes=one.causes,
        share=one.share,
        cut_off=one.cut_off,
        group_size=people.group_size.to_simulation(),
        hours=_hours(one),
        onset_days=one.onset / HOURS_PER_DAY,
        composition=Composition(
            female=people.female,
            child=people.child,
            under_five=people.under_five,
            elderly=people.elderly,
            pregnant=people.pregnant,
            disability=people.disability,
            urgent_need=people.urgent_need,
            unaccompanied_child=people.unaccompanied_child,
            chronic_need=people.chronic_need,
        ),
        reception=one.reception,
        rescue=one.rescue,
        weekdays=one.weekdays or (1.0,) * 7,
        weather=one.weather,
        sets_out_below=one.sets_out_below,
        dispersion=one.dispersion,
        boats=None if one.boats is None else Boats(one.boats.persons.to_simulation()),
    )


def _hours(one: services.Inflow) -> tuple[float, ...]:
    """Weights of the 24 hours; a span that covers half an hour gives it half its weight."""
    if not one.hours:
        return (1.0,) * 24
    weights = [0.0] * 24
    for part in one.hours:
        opens, closes = part.span
        spans = [(opens, closes)] if opens < closes else [(opens, 24.0), (0.0, closes)]
        for begin, end in spans:
            for hour in range(24):
                weights[hour] += part.weight * max(min(end, hour + 1) - max(begin, hour), 0.0)
    return tuple(weights)
