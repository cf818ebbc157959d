"""The capacities of a scenario, each with its unit, as the planner's page offers them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from scenarios.labels import facility_label
from scenarios.numbers import FIXED, THIN, count_of, percent, short_day
from scenarios.units import DIMENSIONS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from scenarios.moments import Moment
    from scenarios.schema import Scenario

MOST: Final = {"places": 1_000_000}
MOST_OTHERS: Final = 10_000
_PLURALS: Final = {
    one: many
    for dimension in (
        "rescue units",
        "officers",
        "desks",
        "persons",
        "vehicles",
        "nurses",
        "clinicians",
        "beds",
    )
    for one, many in zip(
        list(DIMENSIONS[dimension].units)[::2], DIMENSIONS[dimension].allowed, strict=True
    )
}
_SINGULARS: Final = {many: one for one, many in _PLURALS.items()}


@dataclass(frozen=True, slots=True)
class CapacityField:
    """One capacity a planner may change.

    Parameters
    ----------
    path : str
        Where the scenario says it, with things addressed by name.
    facility : str
        Name of the facility in the measures.
    group : str
        Heading it stands under.
    label : str
    unit : str
        As the scenario file writes it, plural, such as ``boats`` or ``persons``.
    present : int
        In that unit.
    notes : tuple of str
        Working hours, planned changes and losses, which stay as they are.

    """

    path: str
    facility: str
    group: str
    label: str
    unit: str
    present: int
    notes: tuple[str, ...] = ()

    @property
    def shown_unit(self) -> str:
        """The unit as a reader sees it."""
        return "places" if self.unit == "persons" else self.unit

    @property
    def most(self) -> int:
        """The largest number the page accepts, in the unit."""
        return MOST.get(self.shown_unit, MOST_OTHERS)

    def written(self, number: int) -> str:
        """Return a number with the unit, as a scenario file writes it."""
        return f"{number} {_SINGULARS[self.unit] if number == 1 else self.unit}"

    def shown(self, number: int) -> str:
        """Return a number with the unit, as a reader sees it."""
        return f"{thousands(number)}{FIXED}{in_words(self.shown_unit, number)}"


def in_words(unit: str, number: float) -> str:
    """Return a unit as it stands after a number.

    Examples
    --------
    >>> in_words("places", 1), in_words("buses", 1), in_words("nurses", 2)
    ('place', 'bus', 'nurses')

    """
    if number != 1:
        return unit
    return "place" if unit == "places" else _SINGULARS.get(unit, unit)


def thousands(number: int) -> str:
    """Write a whole number exactly, with a narrow space between thousands.

    Examples
    --------
    >>> thousands(6000).replace(THIN, "_"), thousands(8)
    ('6_000', '8')

    """
    return f"{number:,}".replace(",", THIN)


def capacity_fields(scenario: Scenario) -> tuple[CapacityField, ...]:
    """List the capacities of a scenario in the order of a person's way.

    Parameters
    ----------
    scenario : Scenario

    Returns
    -------
    tuple of CapacityField

    Examples
    --------
    >>> from scenarios.files import load_scenario
    >>> fields = capacity_fields(load_scenario("beledweyne-flood"))
    >>> fields[0].label, fields[0].present, fields[0].unit
    ('Boats Beledweyne', 8, 'boats')

    """
    written = {source.path: source.value for source in scenario.sources()}
    fields = []
    for group, path, facility, label, capacity in _capacities(scenario):
        text = written.get(path) or written[f"{path}.value"]
        word = text.split(maxsplit=1)[-1]
        fields.append(
            CapacityField(
                path=path,
                facility=facility,
                group=group,
                label=label,
                unit=_PLURALS.get(word, word),
                present=int(capacity.value),
                notes=tuple(_notes(scenario, path, facility, capacity, written)),
            )
        )
    return tuple(fields)


def _capacities(scenario: Scenario) -> Iterator[tuple[str, str, str, str, Any]]:
    for rescue in scenario.rescue:
        for one in rescue.units:
            path, label = f"rescue.{rescue.name}.units.{one.name}.units", facility_label(one.name)
            yield "Rescue", path, one.name, label, one.units
        if rescue.officers is not None:
            label, name = f"{facility_label(rescue.name)}: officers", f"{rescue.name} officers"
            yield "Rescue", f"rescue.{rescue.name}.officers", name, label, rescue.officers
    for reception in scenario.reception:
        for desk in reception.desks:
            path, label = f"reception.{reception.name}.desks.{desk.name}.desks", desk.name
            yield "Screening and registration", path, label, facility_label(label), desk.desks
    for site in scenario.sites:
        label = facility_label(site.name)
        yield "Reception sites", f"sites.{site.name}.places", site.name, label, site.places
    for fleet in scenario.transport:
        path, label = f"transport.{fleet.name}.vehicles", facility_label(fleet.name)
        yield "Onward transport", path, fleet.name, label, fleet.vehicles
    for post in scenario.health:
        label, group, path = facility_label(post.name), "Health posts", f"health.{post.name}"
        triage = f"{post.name} triage"
        yield group, f"{path}.triage_nurses", triage, f"{label}: triage", post.triage_nurses
        yield group, f"{path}.clinicians", post.name, f"{label}: consultation", post.clinicians
    for ward in scenario.wards:
        label = facility_label(ward.name)
        yield "Wards", f"wards.{ward.name}.beds", ward.name, label, ward.beds
    for ambulances in scenario.ambulances:
        name, label = ambulances.name, facility_label(ambulances.name)
        yield "Ambulances", f"ambulances.{name}.vehicles", name, label, ambulances.vehicles


def _notes(
    scenario: Scenario, path: str, facility: str, capacity: Any, written: Mapping[str, str]
) -> Iterator[str]:
    works = written.get(f"{path}.works", "")
    outside = written.get(f"{path}.outside", "")
    if capacity.works != (0.0, 24.0):
        yield f"works {works.replace('-', ' to ')}"
        yield f"outside these hours {outside}" if outside else "none outside these hours"
    if capacity.changes:
        yield f"{count_of(len(capacity.changes), 'planned change')} during the run stay as planned"
    for loss in scenario.losses:
        if loss.facility == facility:
            span = f"from {_date(scenario, loss.at)}"
            span += f" until {_date(scenario, loss.until)}" if loss.until else " to the end"
            yield f"{percent(loss.remaining)} remain {span} ({facility_label(loss.name)})"


def _date(scenario: Scenario, moment: Moment) -> str:
    start = scenario.time.start
    return short_day(start + dt.timedelta(hours=moment.hours(start)))
