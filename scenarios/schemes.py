"""What a plan is made of and who goes where, as boxes and arrows: a scheme instead of a map."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from scenarios.labels import facility_label, said_list
from scenarios.language import say

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from scenarios.schema import Scenario
    from scenarios.services import HealthPost, Reception, Rescue, Site, Ward

STAGES: Final = ("Who comes", "Rescue", "Reception", "Sites", "Onward", "Health posts", "Wards")
"""Rows of a scheme from top to bottom."""
_MOST_PLACES: Final = 3


class Box(NamedTuple):
    """A part of a plan.

    Parameters
    ----------
    name : str
        In the scenario; parts of one stage have different names.
    stage : str
        One of :data:`STAGES`.
    label, detail : str
        For people: what it is called, and where it is; of a health post, for whom.

    """

    name: str
    stage: str
    label: str
    detail: str


class Scheme(NamedTuple):
    """Boxes of a plan, and between which of them people go.

    Parameters
    ----------
    boxes : tuple of Box
    arrows : tuple of tuple of int
        Positions of boxes: from, to.

    """

    boxes: tuple[Box, ...]
    arrows: tuple[tuple[int, int], ...]

    def text(self) -> str:
        """Say the scheme in words, one sentence per box that leads somewhere."""
        said = []
        for at, box in enumerate(self.boxes):
            targets = [self.boxes[to].label for start, to in self.arrows if start == at]
            if targets:
                said.append(
                    say("{start} leads to {targets}.", start=box.label, targets=said_list(targets))
                )
        return " ".join(said)


def scheme_of(scenario: Scenario, places: Mapping[str, str] | None = None) -> Scheme:
    """Return the scheme of a scenario.

    Parameters
    ----------
    scenario : Scenario
    places : mapping of str to str, optional
        Names of the places of the forecast by code.

    Returns
    -------
    Scheme

    Examples
    --------
    >>> from scenarios.files import load_scenario
    >>> scheme = scheme_of(load_scenario("arguineguin-dock"))
    >>> [box.stage for box in scheme.boxes]
    ['Who comes', 'Reception', 'Sites', 'Onward']

    """
    known = places or {}
    boxes = [
        *(
            Box(one.name, "Who comes", facility_label(one.name), _places(one.locations, known))
            for one in scenario.inflows
        ),
        *(_box(one, "Rescue") for one in scenario.rescue),
        *(_box(one, "Reception") for one in scenario.reception),
        *(_box(one, "Sites") for one in scenario.sites),
        *(Box(one.name, "Onward", facility_label(one.name), "") for one in scenario.transport),
        *(
            _box(one, "Health posts")._replace(detail=_served(one.name, scenario))
            for one in scenario.health
        ),
        *(_box(one, "Wards") for one in scenario.wards),
    ]
    links: list[tuple[str, str, str, str]] = []
    for inflow in scenario.inflows:
        if inflow.rescue is not None:
            links.append(("Who comes", inflow.name, "Rescue", inflow.rescue))
            links.append(("Rescue", inflow.rescue, "Reception", inflow.reception))
        if inflow.rescue is None or inflow.cut_off < 1:
            links.append(("Who comes", inflow.name, "Reception", inflow.reception))
    for point in scenario.reception:
        links += [("Reception", point.name, "Sites", option.site) for option in point.sites]
        if point.health_post is not None:
            links.append(("Reception", point.name, "Health posts", point.health_post))
    links += [
        ("Sites", one.name, "Onward", one.onward)
        for one in scenario.sites
        if one.onward is not None
    ]
    links += [
        ("Health posts", one.name, "Wards", one.ward)
        for one in scenario.health
        if one.ward is not None
    ]
    at = {(box.stage, box.name): number for number, box in enumerate(boxes)}
    arrows = dict.fromkeys((at[a, start], at[b, end]) for a, start, b, end in links)
    return Scheme(tuple(boxes), tuple(arrows))


def _box(one: Rescue | Reception | Site | HealthPost | Ward, stage: str) -> Box:
    return Box(one.name, stage, facility_label(one.name), one.location)


def _served(post: str, scenario: Scenario) -> str:
    """Say which reception points seek care at a health post."""
    points = [facility_label(one.name) for one in scenario.reception if one.health_post == post]
    return say("for {points}", points=said_list(points)) if points else ""


def _places(codes: Iterable[str], known: Mapping[str, str]) -> str:
    names = [known.get(code, code) for code in codes]
    return say("{n} places", n=len(names)) if len(names) > _MOST_PLACES else ", ".join(names)
