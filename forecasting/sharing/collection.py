"""Which responses count: missing, late and contradictory ones are named before any sum."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from forecasting.sharing.capacities import ALL
from forecasting.sharing.limits import PackageError
from forecasting.sharing.provenance import is_date

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from forecasting.hierarchy import Hierarchy
    from forecasting.sharing.capacities import Capacity, Override
    from forecasting.sharing.package import Package
    from forecasting.sharing.responses import Response

MISSING: Final = "missing"
LATE: Final = "late"
CONTRADICTORY: Final = "contradictory"
OTHER_VERSION: Final = "other version"
REPEATED: Final = "repeated"
NOT_COUNTED: Final = "not counted"


class Finding(NamedTuple):
    """Something to ask an office about.

    Parameters
    ----------
    kind : str
        missing, late, contradictory, other version, repeated, or not counted.
    location : str
        Code of the place.
    what : str
        What was found, and what was done about it.

    """

    kind: str
    location: str
    what: str


@dataclass(frozen=True)
class Collection:
    """Responses that count, with what was found wrong.

    Parameters
    ----------
    responses : tuple of Response
        One per place.
    capacities : tuple of Capacity
        Every place, kind and facility once, without contradictory ones; a place that is told as a
        whole has no facilities of that kind.
    overrides : tuple of (Response, Override)
        Without contradictory ones.
    findings : tuple of Finding

    """

    responses: tuple[Response, ...]
    capacities: tuple[Capacity, ...]
    overrides: tuple[tuple[Response, Override], ...]
    findings: tuple[Finding, ...]


def collect(package: Package, responses: Sequence[Response], due: str = "") -> Collection:
    """Choose the responses that count and name what is missing, late or contradictory.

    A late response counts, and is named. Of two responses of one place that differ, none counts;
    the same holds for a capacity that is told with two numbers and for a forecast that two offices
    would change in one place, period and cause. A response to another version does not count. Where
    a kind of capacity is told for all of a place and for facilities or places in it, the one number
    for all of the place counts, there and above, and nothing twice.

    Parameters
    ----------
    package : Package
        The whole whose slices were answered.
    responses : sequence of Response
    due : str
        Last day on which a response was in time, YYYY-MM-DD; empty when there was none.

    Returns
    -------
    Collection

    Raises
    ------
    PackageError
        If due is no day, or the package is itself a slice.

    """
    if due and not is_date(due):
        msg = f"due is {due!r}; write a day as YYYY-MM-DD."
        raise PackageError(msg)
    if package.is_slice:
        msg = f"{package.unit}: is a slice; responses are rolled up on the whole package."
        raise PackageError(msg)
    findings: list[Finding] = []
    kept = _one_per_place(_of_this_version(package, responses, findings), findings)
    findings += [
        Finding(LATE, one.unit, f"answered on {one.about['on']}, due was {due}; it is counted.")
        for one in kept
        if due and one.about["on"] > due
    ]
    capacities = _capacities(package, kept, findings)
    overrides = _overrides(package, kept, findings)
    _check_outcomes(package, kept, findings)
    tree = package.hierarchy
    # Whose answer does not count did answer; its own finding says why.
    answered = {
        code for one in responses if one.unit in tree.codes for code in tree.members(one.unit)
    }
    for code in tree.bottom:
        if code not in answered:
            findings.append(Finding(MISSING, code, f"{tree.name_of(code)} has not answered."))
    order = [CONTRADICTORY, OTHER_VERSION, NOT_COUNTED, LATE, MISSING, REPEATED]
    findings.sort(key=lambda one: order.index(one.kind))
    return Collection(tuple(kept), capacities, overrides, tuple(findings))


def _of_this_version(
    package: Package, responses: Sequence[Response], findings: list[Finding]
) -> list[Response]:
    kept = []
    for one in responses:
        said = one.about["forecast"]
        if one.whole != package.identifier:
            what = (
                f"answers package {one.whole[:16]} (version {said['version']} of "
                f"{said['issued']}), not {package.identifier[:16]}; it is not counted. Ask for a "
                "response to this version."
            )
            findings.append(Finding(OTHER_VERSION, one.unit, what))
        elif one.unit not in package.hierarchy.codes:
            what = "is no place of the package; the response is not counted."
            findings.append(Finding(NOT_COUNTED, one.unit, what))
        elif strange := _outside(package, one):
            what = (
                f"tells about {', '.join(strange[:5])}, which does not lie in it; the response is "
                "not counted."
            )
            findings.append(Finding(NOT_COUNTED, one.unit, what))
        else:
            kept.append(one)
    return kept


def _outside(package: Package, response: Response) -> list[str]:
    """Places, periods and causes a response names that its slice does not have."""
    inside = set(package.hierarchy.below(response.unit))
    days, causes = package.days, package.causes
    samples = set(package.forecast["sample"].to_numpy().tolist())
    named = [capacity.location for capacity in response.capacities]
    named += [one.location for one in response.overrides]
    strange = [code for code in named if code not in inside]
    strange += [one.first_day for one in response.overrides if one.first_day not in (ALL, *days)]
    strange += [one.cause for one in response.overrides if one.cause not in (ALL, *causes)]
    if response.outcomes is not None:
        own = response.outcomes["sample"].to_numpy().tolist()
        strange += [f"sample {number}" for number in own if number not in samples]
    return list(dict.fromkeys(strange))


def _one_per_place(responses: list[Response], findings: list[Finding]) -> list[Response]:
    by_place: dict[str, dict[str, Response]] = defaultdict(dict)
    for one in responses:
        if one.identifier in by_place[one.unit]:
            what = "the same response was given twice; it is counted once."
            findings.append(Finding(REPEATED, one.unit, what))
        by_place[one.unit][one.identifier] = one
    kept: list[Response] = []
    for place, told in by_place.items():
        if len(told) == 1:
            kept += told.values()
            continue
        which = ", ".join(
            f"{one.identifier[:16]} of {one.about['on']} by {one.about['by']}"
            for one in told.values()
        )
        what = f"{len(told)} responses that differ ({which}); none is counted. Ask which holds."
        findings.append(Finding(CONTRADICTORY, place, what))
    return kept


def counting(tree: Hierarchy, told: Iterable[str], whole: Iterable[str]) -> dict[str, list[str]]:
    """List the places whose answers add up to every node, so that nothing counts twice.

    Parameters
    ----------
    tree : Hierarchy
    told : iterable of str
        Places that answered.
    whole : iterable of str
        Those whose answer is for all of the place: what is told below counts only below.

    Returns
    -------
    dict of str to list of str

    Examples
    --------
    >>> from forecasting.hierarchy import Hierarchy
    >>> tree = Hierarchy(("XA", "XA1", "XA2"), ("A", "N", "S"), (0, 1, 1), ("", "XA", "XA"))
    >>> counting(tree, ["XA", "XA2"], [])["XA"], counting(tree, ["XA", "XA2"], ["XA"])["XA"]
    (['XA', 'XA2'], ['XA'])

    """
    told, whole = set(told), set(whole)
    found: dict[str, list[str]] = {}
    for code in reversed(tree.codes):
        below = [] if code in whole else [c for child in tree.children(code) for c in found[child]]
        found[code] = [*([code] if code in told else []), *below]
    return found


def _capacities(
    package: Package, responses: list[Response], findings: list[Finding]
) -> tuple[Capacity, ...]:
    told: dict[tuple[str, str, str], list[tuple[str, Capacity]]] = defaultdict(list)
    for one in responses:
        for capacity in one.capacities:
            told[capacity.what].append((one.unit, capacity))
    kept = []
    for (place, kind, facility), rows in told.items():
        name = f"{kind} of {facility or 'the place'}"
        numbers = {capacity.capacity for _, capacity in rows}
        who = ", ".join(f"{unit} says {capacity.capacity}" for unit, capacity in rows)
        if len(numbers) > 1:
            what = f"{name}: {who}; not counted. Ask which holds."
            findings.append(Finding(CONTRADICTORY, place, what))
            continue
        if len(rows) > 1:
            findings.append(Finding(REPEATED, place, f"{name}: {who}; counted once."))
        kept.append(rows[0][1])
    return _once(package.hierarchy, sorted(kept), findings)


def numbers_by_place(capacities: Iterable[Capacity], kind: str) -> tuple[dict[str, int], set[str]]:
    """Sum a kind of capacity by place, and say for which places the number is for all of it."""
    numbers: dict[str, int] = defaultdict(int)
    whole = set()
    for one in capacities:
        if one.kind == kind:
            numbers[one.location] += one.capacity
            whole |= set() if one.facility else {one.location}
    return dict(numbers), whole


def _once(tree: Hierarchy, told: list[Capacity], findings: list[Finding]) -> tuple[Capacity, ...]:
    """Drop facilities of places that are told as a whole; name what is told in both ways."""
    whole = {(one.location, one.kind) for one in told if not one.facility}
    kept = [one for one in told if not one.facility or (one.location, one.kind) not in whole]
    dropped = [one for one in told if one.facility and (one.location, one.kind) in whole]
    for kind in sorted({kind for _, kind in whole}):
        numbers, wholes = numbers_by_place(kept, kind)
        counted = counting(tree, numbers, wholes)
        for place in (code for code in tree.codes if code in wholes):
            named = [one for one in dropped if (one.location, one.kind) == (place, kind)]
            below = [code for child in tree.children(place) for code in counted[child]]
            if not named and not below:
                continue
            parts = sum(one.capacity for one in named) + sum(numbers[code] for code in below)
            which = ", ".join([*(one.facility for one in named), *below])
            what = (
                f"{kind}: {numbers[place]} are told for all of the place and {parts} for {which} "
                f"in it; here and above, {numbers[place]} count."
            )
            if parts > numbers[place]:
                findings.append(Finding(CONTRADICTORY, place, f"{what} Ask which holds."))
            else:
                findings.append(Finding(REPEATED, place, what))
    return tuple(kept)


def _check_outcomes(package: Package, responses: list[Response], findings: list[Finding]) -> None:
    """Name measures that are told in two units, and places whose answers share no sample."""
    told = {one.unit: one.outcomes for one in responses if one.outcomes is not None}
    units: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for place, outcomes in told.items():
        for measure in outcomes["measure"]:
            units[str(measure.item())][str(measure["unit"].item())].append(place)
    for measure, by_unit in units.items():
        if len(by_unit) > 1:
            who = "; ".join(f"{unit}: {', '.join(own)}" for unit, own in by_unit.items())
            what = f"{measure} is told in several units ({who}); each is summed by itself."
            findings.append(Finding(CONTRADICTORY, package.unit, what))
    counted = counting(package.hierarchy, told, told)
    empty: set[str] = set()
    for code in reversed(package.hierarchy.codes):
        samples = [set(told[one]["sample"].to_numpy().tolist()) for one in counted[code]]
        if samples and not set.intersection(*samples):
            if not empty & set(package.hierarchy.children(code)):
                what = (
                    f"the outcomes of {', '.join(counted[code])} have no sample in common; they "
                    "are not summed here and above. Ask for runs on the same samples."
                )
                findings.append(Finding(NOT_COUNTED, code, what))
            empty.add(code)


def _overrides(
    package: Package, responses: list[Response], findings: list[Finding]
) -> tuple[tuple[Response, Override], ...]:
    """Keep overrides of which no two change the same place, period and cause."""
    days, causes = package.days, package.causes
    cells: dict[tuple[str, str, str], list[int]] = defaultdict(list)
    told = [(r, o) for r in responses for o in r.overrides]
    for number, (_, one) in enumerate(told):
        for place in package.hierarchy.members(one.location):
            for day in days if one.first_day == ALL else [one.first_day]:
                for cause in (causes or [ALL]) if one.cause == ALL else [one.cause]:
                    cells[place, day, cause].append(number)
    clashing: set[int] = set()
    for (place, day, cause), owners in cells.items():
        if len(owners) > 1:
            new = set(owners) - clashing
            if new:
                who = ", ".join(f"{told[n][0].unit} by {told[n][1].factor:g}" for n in owners)
                what = (
                    f"the forecast of {day}, {cause}, would be changed more than once ({who}); "
                    "none of these changes is made. Ask which holds."
                )
                findings.append(Finding(CONTRADICTORY, place, what))
            clashing |= set(owners)
    return tuple(pair for number, pair in enumerate(told) if number not in clashing)
