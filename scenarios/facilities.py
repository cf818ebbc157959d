"""The facilities of a scenario by name: how their capacity is counted and written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scenarios.schema import Scenario


class Facility(NamedTuple):
    """A facility of a scenario.

    Parameters
    ----------
    loc : tuple of str and int
        Where its capacity stands in the scenario.
    dimension : str
        Key of :data:`scenarios.units.DIMENSIONS` in which it is counted.
    capacity : scenarios.values.Capacity

    """

    loc: tuple[str | int, ...]
    dimension: str
    capacity: Any


def facilities_of(scenario: Scenario) -> dict[str, Facility]:
    """Return every facility of a scenario by name.

    Parameters
    ----------
    scenario : Scenario

    Returns
    -------
    dict of str to Facility

    """
    return dict(_facilities(scenario))


def _facilities(scenario: Scenario) -> Iterator[tuple[str, Facility]]:
    for n, rescue in enumerate(scenario.rescue):
        for m, unit in enumerate(rescue.units):
            where = ("rescue", n, "units", m, "units")
            yield unit.name, Facility(where, "rescue units", unit.units)
        if rescue.officers is not None:
            loc = ("rescue", n, "officers")
            yield f"{rescue.name} officers", Facility(loc, "officers", rescue.officers)
    for n, reception in enumerate(scenario.reception):
        for m, desk in enumerate(reception.desks):
            where = ("reception", n, "desks", m, "desks")
            yield desk.name, Facility(where, "desks", desk.desks)
    for n, site in enumerate(scenario.sites):
        yield site.name, Facility(("sites", n, "places"), "persons", site.places)
    for n, transport in enumerate(scenario.transport):
        loc = ("transport", n, "vehicles")
        yield transport.name, Facility(loc, "vehicles", transport.vehicles)
    for n, post in enumerate(scenario.health):
        triage = Facility(("health", n, "triage_nurses"), "nurses", post.triage_nurses)
        yield f"{post.name} triage", triage
        yield post.name, Facility(("health", n, "clinicians"), "clinicians", post.clinicians)
    for n, ward in enumerate(scenario.wards):
        yield ward.name, Facility(("wards", n, "beds"), "beds", ward.beds)
    for n, fleet in enumerate(scenario.ambulances):
        loc = ("ambulances", n, "vehicles")
        yield fleet.name, Facility(loc, "vehicles", fleet.vehicles)
