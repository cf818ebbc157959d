"""Every word the report and the figures show for a name in the data: one table per kind."""

from __future__ import annotations

from typing import Final, NamedTuple

from scenarios.language import say
from simulation.measures import MEASURES


class MeasureLabel(NamedTuple):
    """How a measure is shown.

    Parameters
    ----------
    label : str
        Short, for tables and axes, without the unit.
    unit : str
        In words.
    less_is_better : bool or None
        None when the measure only describes, such as how many came.

    """

    label: str
    unit: str
    less_is_better: bool | None


MEASURE_LABELS: Final[dict[str, tuple[str, bool | None]]] = {
    "persons_entered": ("People who ask for the services", None),
    "groups_entered": ("Groups who ask for the services", None),
    "persons_cut_off": ("People cut off who need rescue", None),
    "not_reached": ("People not reached by rescue in time", True),
    "deaths_in_transit": ("Dead and missing in transit (SDG 10.7.3)", True),
    "total_deaths_in_transit": ("Dead and missing in transit (SDG 10.7.3)", True),
    "deaths_in_reception": ("Dead in reception, not in transit", True),
    "total_deaths_in_reception": ("Dead in reception, not in transit", True),
    "patients_died_waiting": ("Patients who die waiting for care", True),
    "patients_by_cause": ("Patients brought by outbreaks and incidents", None),
    "time_on_board": ("Mean time on board until disembarkation", True),
    "time_on_board_p90": ("Time on board that nine in ten do not exceed", True),
    "persons_self_arrived": ("People cut off who get out by themselves", None),
    "persons_by_passing": ("People taken on board by passing vessels", None),
    "time_to_alert": ("Mean time until the call for rescue", True),
    "time_to_reach": ("Mean time until rescue is there", True),
    "rescue_utilization": ("Use of rescue units, share of hours in service", None),
    "not_reached_total": ("People not reached by rescue in time", True),
    "persons_late_rescue": ("People waiting beyond the standard for rescue", True),
    "persons_late_registration": ("People waiting beyond the standard for registration", True),
    "persons_late_placement": ("People waiting beyond the standard for a place", True),
    "persons_late_consultation": ("Patients waiting beyond the standard for a clinician", True),
    "persons_left_without_place": ("People who leave without a place", True),
    "days_over_capacity": ("Days on which a facility gives way", True),
    "nights_without_place": ("Nights without a place", True),
    "total_nights_without_place": ("Nights without a place", True),
    "families_split": ("Families split between sites", True),
    "children_alone_late": ("Children alone without a place for over 24 hours", True),
    "vulnerable_missed": ("Vulnerable people whom the check did not recognize", True),
    "hours_over_capacity": ("Person-hours above the places of a site", True),
    "patients_left_unseen": ("Patients who leave unseen", True),
    "consultations_interrupted": ("Consultations interrupted for a more urgent patient", None),
    "hours_interrupted": ("Time until interrupted consultations go on", True),
    "patients_sent_elsewhere": ("Patients for whom no ward bed is free in time", True),
    "persons_late": ("People waiting longer than the standard", True),
    "persons_leaving": ("People leaving the queue without the service", True),
    "persons_still_waiting": ("People still in the queue at the end", True),
    "persons_requesting": ("People who ask for the step", None),
    "persons_served": ("People for whom the step begins", False),
    "waiting_time_mean": ("Mean wait, unfinished waits included", True),
    "waiting_time_p90": ("Wait that nine in ten do not exceed", True),
}

UNITS: Final = {"h": "hours", "": ""}
_UNITS_OF_SUMS: Final = {
    "not_reached_total": "persons",
    "persons_left_without_place": "persons",
    "days_over_capacity": "days",
}

OUTCOMES: Final = {
    "returned_home": "returned home",
    "moved_onward": "moved onward",
    "waiting_for_onward_travel": "waiting for onward travel",
    "in_site": "in a site",
    "waiting_for_place": "waiting for a place",
    "left_without_place": "left without a place",
    "in_screening_or_registration": "in screening or registration",
    "waiting_for_rescue": "waiting for rescue",
    "not_reached": "not reached by rescue",
    "recovered_dead": "died in transit, body recovered",
    "missing": "missing in transit",
    "died_in_reception": "died in reception",
}
"""Where people are at the end, in the order of :data:`simulation.records.GROUP_OUTCOMES`."""

STEPS: Final = {
    "rescue": "Rescue",
    "screening": "Screening",
    "registration": "Registration",
    "placement": "Place in a site",
    "onward": "Onward travel",
    "triage": "Triage",
    "consultation": "Consultation",
    "ward": "Ward bed",
    "vulnerability_check": "Vulnerability check",
    "best_interest": "Best interest procedure",
    "ambulance": "Ambulance",
    "ambulance_back": "Ambulance back",
    "own_service": "Service of your own",
}

CATEGORIES: Final = {
    "children": "Children (below 18)",
    "women": "Women",
    "men": "Men",
    "children under five": "Of these: children under five",
    "unaccompanied children": "Of these: children alone",
    "vulnerable persons": "Of these: pregnant, with a disability or an urgent need",
    "people in families": "Of these: in families (two or more)",
    "women alone": "Of these: women alone",
    "men alone": "Of these: men alone",
}

BASES: Final = {
    "source": "source",
    "assumption": "assumption",
    "change": "change",
    "default": "default",
    "not given": "not given",
}
"""What a number rests on."""

KINDS: Final = ("forecast", "projection", "replay")
"""What the people of a run come from."""

PERIODS: Final = ("day", "week", "month", "year", "period")
"""One of them; several end in s."""

SERVERS: Final = (
    "units",
    "desks",
    "vehicles",
    "nurses",
    "clinicians",
    "beds",
    "officers",
    "places",
    "persons",
)
"""Nouns of capacities; one of them goes without the last letter."""


def measure_label(name: str) -> MeasureLabel:
    """Return how a measure is shown; an unknown one shows its own name.

    Examples
    --------
    >>> measure_label("families_split")
    MeasureLabel(label='Families split between sites', unit='groups', less_is_better=True)

    """
    units = {measure.name: measure.unit for measure in MEASURES}
    unit = units.get(name) or _UNITS_OF_SUMS.get(name, "")
    if not unit and name.startswith("persons_late_"):
        unit = "persons"
    label, less_is_better = MEASURE_LABELS.get(name, (words(name).capitalize(), True))
    return MeasureLabel(say(label), say(UNITS.get(unit, unit)), less_is_better)


def base_label(basis: str) -> str:
    """Return how what a number rests on is shown.

    Examples
    --------
    >>> base_label("assumption")
    'assumption'

    """
    return say(BASES.get(basis, basis))


def step_label(name: str) -> str:
    """Return how a step of a service is shown.

    Examples
    --------
    >>> step_label("placement"), step_label("soup_kitchen")
    ('Place in a site', 'Soup kitchen')

    """
    return say(STEPS.get(name, words(name).capitalize()))


def category_label(name: str) -> str:
    """Return how a category of people is shown.

    Examples
    --------
    >>> category_label("children"), category_label("guests")
    ('Children (below 18)', 'Guests')

    """
    return say(CATEGORIES.get(name, name.capitalize()))


def said_list(items: list[str]) -> str:
    """Write things in a row, with a word before the last.

    Examples
    --------
    >>> said_list(["Jowhar"]), said_list(["boats", "sites", "posts"])
    ('Jowhar', 'boats, sites and posts')

    """
    if len(items) == 1:
        return items[0]
    return say("{first} and {last}", first=", ".join(items[:-1]), last=items[-1])


def words(name: str) -> str:
    """Turn a name of the data into words.

    Examples
    --------
    >>> words("harbor-site"), words("waiting_for_place")
    ('harbor site', 'waiting for place')

    """
    return name.replace("_", " ").replace("-", " ")


def facility_label(name: str) -> str:
    """Return a facility's name as a reader sees it.

    Examples
    --------
    >>> facility_label("boats-beledweyne")
    'Boats Beledweyne'

    """
    return " ".join(word[:1].upper() + word[1:] for word in words(name).split())
