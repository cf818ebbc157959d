"""Checks across a scenario: names, references, dates, shares; and what may not be meant."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from scenarios.capacity_changes import change_problems
from scenarios.care import care_problems
from scenarios.costs import cost_problems, cost_warnings
from scenarios.documents import Block, Items, Place, Text, Tree
from scenarios.facilities import facilities_of
from scenarios.messages import place_of
from scenarios.outlooks import LEVELS, WITH_LEVELS
from scenarios.problems import Problem, line_label, suggestion
from scenarios.rescues import build_rescue
from simulation.calendars import Steps
from simulation.categories import HOUSEHOLDS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scenarios.moments import Moment
    from scenarios.schema import Scenario

FACILITIES: Final = (
    ("rescue", "units"),
    ("reception", "desks"),
    ("sites",),
    ("transport",),
    ("health",),
    ("wards",),
    ("ambulances",),
)
"""Where things that have a capacity are named."""

NAMED: Final = (
    *FACILITIES,
    ("rescue", "passing"),
    ("rescue", "places_of_safety"),
    ("rescue",),
    ("reception",),
    ("inflows",),
    ("losses",),
    ("triggers",),
    ("breakdowns",),
    ("weather",),
    ("observed",),
    ("mobile_teams",),
    ("outbreaks",),
    ("mass_casualties",),
)

REFERENCES: Final = (
    (("inflows",), "reception", "reception", "reception point"),
    (("inflows",), "rescue", "rescue", "rescue service"),
    (("inflows",), "weather", "weather", "weather"),
    (("rescue",), "weather", "weather", "weather"),
    (("reception",), "health_post", "health", "health post"),
    (("reception", "sites"), "site", "sites", "site"),
    (("sites",), "onward", "transport", "transport"),
    (("health",), "ward", "wards", "ward"),
    (("health",), "hospital", "wards", "ward"),
    (("health",), "ambulances", "ambulances", "ambulance fleet"),
    (("wards",), "hospital", "wards", "ward"),
    (("wards",), "ambulances", "ambulances", "ambulance fleet"),
    (("mobile_teams", "stops"), "health_post", "health", "health post"),
    (("mobile_teams",), "weather", "weather", "weather"),
    (("outbreaks",), "health_post", "health", "health post"),
    (("mass_casualties",), "health_post", "health", "health post"),
    (("transport",), "weather", "weather", "weather"),
)
"""Lists, the key that refers, the list it refers to, what to call it."""


def check_names(tree: Block) -> list[Problem]:
    """Find names used twice and references to nothing, in what can be read of a tree.

    Parameters
    ----------
    tree : Block

    Returns
    -------
    list of Problem

    """
    return [*_duplicates(tree), *_dangling(tree), *_lost_facilities(tree)]


def _things(tree: Tree, keys: tuple[str, ...]) -> Iterator[tuple[Block, str]]:
    """Iterate over the blocks of nested lists, with their paths."""
    head, *rest = keys
    items = tree.get(head) if isinstance(tree, Block) else None
    if not isinstance(items, Items):
        return
    for number, item in enumerate(items, start=1):
        if not isinstance(item, Block):
            continue
        name = item.get("name", item.get("site", f"#{number}"))
        path = f"{head}.{name}"
        if rest:
            for inner, below in _things(item, tuple(rest)):
                yield inner, f"{path}.{below}"
        else:
            yield item, path


def _duplicates(tree: Block) -> Iterator[Problem]:
    first: dict[str, Place] = {}
    named = [
        (block["name"], path)
        for keys in NAMED
        for block, path in _things(tree, keys)
        if isinstance(block.get("name"), Text)
    ]
    for name, path in sorted(named, key=lambda pair: pair[0].place.line):
        if str(name) in first:
            earlier = first[str(name)]
            where = "" if earlier.file == name.place.file else f" of {earlier.file}"
            message = (
                f"the name {str(name)!r} is already used on {line_label(earlier.line)}{where}."
            )
            place: Place = name.place
            yield Problem(*place, f"{path}.name", f"{message} Every name must be unique.")
        else:
            first[str(name)] = name.place


def _dangling(tree: Block) -> Iterator[Problem]:
    for keys, key, target, noun in REFERENCES:
        if not isinstance(tree.get(target, Items(tree.place)), Items):
            continue
        known = [str(block.get("name")) for block, _ in _things(tree, (target,))]
        for block, path in _things(tree, keys):
            name = block.get(key)
            if isinstance(name, Text) and name not in known:
                near = suggestion(name, known) or "."
                listing = ", ".join(known) or "none"
                message = f"there is no {noun} {str(name)!r}{near} Known: {listing}."
                yield Problem(*block.places[key], f"{path}.{key}", message)


def _lost_facilities(tree: Block) -> Iterator[Problem]:
    known = [str(b.get("name")) for keys in FACILITIES for b, _ in _things(tree, keys)]
    known += [f"{block.get('name')} triage" for block, _ in _things(tree, ("health",))]
    known += [f"{b.get('name')} officers" for b, _ in _things(tree, ("rescue",)) if "officers" in b]
    changed = [*_things(tree, ("losses",)), *_things(tree, ("breakdowns",))]
    for block, path in _things(tree, ("triggers",)):
        change = block.get("change")
        if isinstance(change, Block):
            changed.append((change, f"{path}.change"))
    for block, path in changed:
        name = block.get("facility")
        if isinstance(name, Text) and name not in known:
            near = suggestion(name, known) or "."
            message = f"there is no facility {str(name)!r}{near} Known: {', '.join(known)}."
            yield Problem(*block.places["facility"], f"{path}.facility", message)


def check_meaning(scenario: Scenario, tree: Block) -> list[Problem]:
    """Find dates, shares and paths that contradict each other.

    Parameters
    ----------
    scenario : Scenario
    tree : Block

    Returns
    -------
    list of Problem

    """
    return [
        *_period(scenario, tree),
        *_double_counts(scenario, tree),
        *_cut_off(scenario, tree),
        *_rescues(scenario, tree),
        *_level(scenario, tree),
        *_outlook(scenario, tree),
        *_moments(scenario, tree),
        *_households(scenario, tree),
        *_observed(scenario, tree),
        *(Problem(*_at(tree, *loc), message) for loc, message in change_problems(scenario)),
        *(Problem(*_at(tree, *loc), message) for loc, message in care_problems(scenario)),
        *(Problem(*_at(tree, *loc), message) for loc, message in cost_problems(scenario)),
    ]


def _at(tree: Block, *loc: str | int) -> tuple[str, int, str]:
    place, path = place_of(tree, loc)
    return place.file, place.line, path


def _period(scenario: Scenario, tree: Block) -> Iterator[Problem]:
    forecast, time = scenario.forecast, scenario.time
    first = forecast.reference_date
    last = forecast.horizon.end_after(first)
    if first.day != 1 and forecast.horizon.period == "month":
        message = (
            f"'{first}' is not the first day of a month; a horizon in months needs that. For "
            "data by day write the horizon in days."
        )
        yield Problem(*_at(tree, "forecast", "reference_date"), message)
    days = (last - time.start).days
    if time.start < first or days <= 0:
        message = f"'{time.start}' lies outside the forecast, which covers {first} to {last}."
        yield Problem(*_at(tree, "time", "start"), message)
    elif time.run_length > days * 24:
        message = (
            f"the run is {time.run_length / 24:g} days long but the forecast ends after {days} days"
            f" ({last}); shorten the run or lengthen forecast.horizon."
        )
        yield Problem(*_at(tree, "time", "run_length"), message)


def _double_counts(scenario: Scenario, tree: Block) -> Iterator[Problem]:
    sums: dict[tuple[str, str], float] = {}
    for number, inflow in enumerate(scenario.inflows):
        for place in dict.fromkeys(inflow.locations):
            for cause in dict.fromkeys(inflow.causes) or ("all causes",):
                sums[place, cause] = sums.get((place, cause), 0.0) + inflow.share
                if sums[place, cause] > 1 + 1e-9:
                    message = (
                        f"together the inflows take {sums[place, cause]:.0%} of the people"
                        f" displaced in {place} by {cause}; the shares may add up to 100 % at most."
                    )
                    yield Problem(*_at(tree, "inflows", number, "share"), message)
        spans = [part.span for part in inflow.hours]
        if spans and not any(part.weight > 0 for part in inflow.hours):
            message = "every weight is 0; give some span of the day a weight above 0."
            yield Problem(*_at(tree, "inflows", number, "hours"), message)


def _cut_off(scenario: Scenario, tree: Block) -> Iterator[Problem]:
    for number, inflow in enumerate(scenario.inflows):
        if inflow.cut_off > 0 and inflow.rescue is None:
            message = "people are cut off but no 'rescue' is named; name one or set cut_off to 0 %."
            yield Problem(*_at(tree, "inflows", number, "cut_off"), message)


def _rescues(scenario: Scenario, tree: Block) -> Iterator[Problem]:
    names = [rescue.name for rescue in scenario.rescue]
    for number, rescue in enumerate(scenario.rescue):
        for problem in build_rescue(rescue, lambda _capacity, _name: Steps.constant(1)).problems():
            yield Problem(*_at(tree, "rescue", number), problem)
        others = [name for name in names if name != rescue.name]
        wanted: list[tuple[tuple[str | int, ...], str]]
        wanted = [(("aid", n), aid.rescue) for n, aid in enumerate(rescue.aid)]
        wanted += [(("relay",), rescue.relay.rescue)] if rescue.relay else []
        for loc, name in wanted:
            if name not in others:
                near = suggestion(name, others) or "."
                listing = ", ".join(others) or "none"
                message = f"there is no other rescue service {name!r}{near} Known: {listing}."
                yield Problem(*_at(tree, "rescue", number, *loc, "rescue"), message)


def _level(scenario: Scenario, tree: Block) -> Iterator[Problem]:
    forecast = scenario.forecast
    if forecast.data == WITH_LEVELS and forecast.level not in LEVELS:
        near = suggestion(forecast.level, LEVELS) or "."
        message = (
            f"{forecast.data} has no level {forecast.level!r}{near} Levels: {', '.join(LEVELS)}."
        )
        yield Problem(*_at(tree, "forecast", "level"), message)


def _outlook(scenario: Scenario, tree: Block) -> Iterator[Problem]:
    forecast = scenario.forecast
    known = forecast.drivers.use if forecast.drivers else ()
    for number, path in enumerate(forecast.outlook.paths):
        loc = ("forecast", "outlook", "paths", number)
        if path.name not in known:
            near = suggestion(path.name, known) or "."
            message = f"is not among the drivers used{near} Known: {', '.join(known) or 'none'}."
            yield Problem(*_at(tree, *loc, "name"), f"{path.name!r} {message}")
        if len(path.values) != forecast.horizon:
            message = (
                f"has {len(path.values)} monthly values; the horizon is {forecast.horizon} months."
            )
            yield Problem(*_at(tree, *loc, "values"), message)
    if forecast.outlook.kind == "path":
        missing = [name for name in known if name not in forecast.outlook.values]
        if missing:
            message = f"there is no path for {', '.join(missing)}; every driver used needs one."
            yield Problem(*_at(tree, "forecast", "outlook", "paths"), message)


def _households(scenario: Scenario, tree: Block) -> Iterator[Problem]:
    meant = {site.name: site.meant_for for site in scenario.sites}
    for number, reception in enumerate(scenario.reception):
        for kind in HOUSEHOLDS:
            if all(
                meant.get(option.site)
                and kind not in meant[option.site]
                and option.others_after == math.inf
                for option in reception.sites
            ):
                message = f"no site is meant for {kind}; add one or set others_after for a site."
                yield Problem(*_at(tree, "reception", number, "sites"), message)


def _observed(scenario: Scenario, tree: Block) -> Iterator[Problem]:
    known = facilities_of(scenario)
    start = scenario.time.start
    days = scenario.time.run_length / 24
    for number, one in enumerate(scenario.observed):
        for place, name in enumerate(one.of):
            if name not in known:
                near = suggestion(name, list(known)) or "."
                message = f"there is no facility {name!r}{near} Known: {', '.join(known)}."
                yield Problem(*_at(tree, "observed", number, "of", place), message)
        for place, point in enumerate(one.points):
            last = (point.until - start).days if point.until else (point.at - start).days + 1
            if point.at < start or last > days:
                message = (
                    f"'{point.at}' lies outside the run, which has {days:g} days from {start}."
                )
                yield Problem(*_at(tree, "observed", number, "points", place), message)


def _moments(scenario: Scenario, tree: Block) -> Iterator[Problem]:
    start = scenario.time.start
    for number, loss in enumerate(scenario.losses):
        begin = loss.at.hours(start)
        end = loss.until.hours(start) if loss.until else scenario.time.run_length
        yield from _inside(scenario, loss.at, _at(tree, "losses", number, "from"))
        if end <= begin:
            message = "ends before it begins; 'until' must be later than 'from'."
            yield Problem(*_at(tree, "losses", number, "until"), message)
        if loss.latest is not None and loss.latest.hours(start) < begin:
            message = "is before 'from'; the loss begins between 'from' and 'latest'."
            yield Problem(*_at(tree, "losses", number, "latest"), message)
    for number, site in enumerate(scenario.sites):
        begins = [one.at.hours(start) for one in site.returns_home]
        for place, one in enumerate(site.returns_home):
            where = _at(tree, "sites", number, "returns_home", place, "from")
            yield from _inside(scenario, one.at, where)
            if place and begins[place] <= begins[place - 1]:
                yield Problem(*where, "is not later than the one before it.")
    for loc, _, capacity in facilities_of(scenario).values():
        times = [change.at.hours(start) for change in capacity.changes]
        for number, change in enumerate(capacity.changes):
            where = _at(tree, *loc, "changes", number, "from")
            yield from _inside(scenario, change.at, where)
            if number and times[number] <= times[number - 1]:
                yield Problem(*where, "is not later than the change before it.")


def _inside(scenario: Scenario, moment: Moment, where: tuple[str, int, str]) -> Iterator[Problem]:
    hours = moment.hours(scenario.time.start)
    if not 0 <= hours < scenario.time.run_length:
        days = scenario.time.run_length / 24
        start = scenario.time.start
        message = f"lies outside the run, which is day 1 to day {days:g} from {start}."
        yield Problem(*where, message)


def warnings_of(scenario: Scenario, tree: Block) -> tuple[str, ...]:
    """Say what can be run but may not be meant.

    Parameters
    ----------
    scenario : Scenario
    tree : Block

    Returns
    -------
    tuple of str

    """
    found = []
    if all(inflow.share == 0 for inflow in scenario.inflows):
        found.append("inflows: every share is 0 %, so nobody arrives.")
    for loc, _, capacity in facilities_of(scenario).values():
        _, path = place_of(tree, loc)
        if capacity.value == 0 and not any(change.to for change in capacity.changes):
            found.append(f"{path}: is 0 for the whole run; those who need it wait in vain.")
    used = {option.site for reception in scenario.reception for option in reception.sites}
    reached = {inflow.reception for inflow in scenario.inflows}
    found += [
        f"sites.{s.name}: no reception point uses it." for s in scenario.sites if s.name not in used
    ]
    found += [
        f"reception.{r.name}: no inflow goes there."
        for r in scenario.reception
        if r.name not in reached
    ]
    found += [
        f"sites.{s.name}: onward_share is above 0 % but no 'onward' transport is named."
        for s in scenario.sites
        if s.onward_share > 0 and s.onward is None
    ]
    found += [
        f"sites.{s.name}: starts with {s.starting_stock:,} persons, more than its places and "
        f"over_capacity, {s.places.value + s.over_capacity:,}; nobody gets a place there until "
        "fewer are left, and if it loses places all those above leave."
        for s in scenario.sites
        if s.starting_stock > s.places.value + s.over_capacity
    ]
    found += [f"{place_of(tree, loc)[1]}: {text}" for loc, text in cost_warnings(scenario)]
    return tuple(found)
