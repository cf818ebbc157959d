"""Which responses count: missing, late and contradictory ones are named before any sum."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from forecasting.sharing.capacities import ALL
from forecasting.sharing.limits import PackageError
from forecasting.sharing.provenance import is_date

if TYPE_CHECKING:
    from collections.abc import Sequence

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
        Every place, kind and facility once, without contradictory ones.
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
    would change in one place, period and cause. A response to another version does not count.

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
    capacities = _capacities(kept, findings)
    overrides = _overrides(package, kept, findings)
    tree = package.hierarchy
    answered = {code for one in kept for code in tree.members(one.unit)}
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
    tree = package.hierarchy
    inside = {response.unit}
    for code, parent in zip(tree.codes, tree.parents, strict=True):
        if parent in inside:
            inside.add(code)
    days, causes = _days_and_causes(package)
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


def _days_and_causes(package: Package) -> tuple[list[str], list[str]]:
    forecast = package.forecast
    days = forecast["time"].to_numpy().astype("datetime64[D]").astype(str).tolist()
    causes = [str(one) for one in forecast["cause"].to_numpy()] if "cause" in forecast.dims else []
    return days, causes


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


def _capacities(responses: list[Response], findings: list[Finding]) -> tuple[Capacity, ...]:
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
    return tuple(sorted(kept))


def _overrides(
    package: Package, responses: list[Response], findings: list[Finding]
) -> tuple[tuple[Response, Override], ...]:
    """Keep overrides of which no two change the same place, period and cause."""
    days, causes = _days_and_causes(package)
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
