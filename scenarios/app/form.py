"""The form of the planner's page, read back with a message beside each entry."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from scenarios.app.capacities import CapacityField, capacity_fields
from scenarios.app.trial import LONGEST_NAME, Trial
from scenarios.numbers import FIXED, THIN

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from scenarios.schema import Scenario

STRESS_RANGE: Final = (0.5, 3.0)
LONGEST_REASON: Final = 300
NO_REASON: Final = "Tried on the planner's page; the reason is still to be written."

_SEPARATORS: Final = re.compile(rf"(?<=\d)[ {THIN}{FIXED}](?=\d{{3}}(?!\d))")


@dataclass(frozen=True, slots=True)
class Form:
    """What a planner typed, whether it can be used or not.

    Parameters
    ----------
    scenario : Scenario
        The present plan.
    fields : tuple of CapacityField
    choices : tuple of int
        Numbers of replications offered.
    values : dict of str to str
        As typed, by name of the input.
    errors : dict of str to str
        Messages by name of the input; empty when everything can be used.

    """

    scenario: Scenario
    fields: tuple[CapacityField, ...]
    choices: tuple[int, ...]
    values: dict[str, str]
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def groups(self) -> list[tuple[str, list[CapacityField]]]:
        """The fields under their headings."""
        groups: dict[str, list[CapacityField]] = {}
        for one in self.fields:
            groups.setdefault(one.group, []).append(one)
        return list(groups.items())

    @property
    def ids(self) -> dict[str, str]:
        """Identifiers of the inputs in the page; names may hold spaces, these do not."""
        numbered = {one.path: f"capacity-{n}" for n, one in enumerate(self.fields, start=1)}
        return numbered | {name: name for name in ("stress", "replications", "name", "because")}

    @property
    def labels(self) -> dict[str, str]:
        """What each input is called, for the list of errors."""
        return {one.path: one.label for one in self.fields} | {
            "stress": "Stress factor",
            "replications": "Number of futures",
            "name": "Name of the changed plan",
            "because": "Reason for the changes",
            "form": "The plan as a whole",
        }


def empty_form(scenario: Scenario, choices: Sequence[int], trial: Trial | None = None) -> Form:
    """Return the form with present values, or with those of an earlier trial.

    Parameters
    ----------
    scenario : Scenario
    choices : sequence of int
        Numbers of replications to offer; those above the samples of the forecast are left out.
    trial : Trial or None

    Returns
    -------
    Form

    """
    fields = capacity_fields(scenario)
    samples = scenario.forecast.samples
    offered = tuple(number for number in choices if number <= samples) or (samples,)
    tried = dict(trial.numbers) if trial else {}
    values = {one.path: str(tried.get(one.path, one.present)) for one in fields}
    values |= {"stress": "1", "replications": str(offered[0]), "because": ""}
    values["name"] = f"{scenario.name}-changed"
    if trial:
        values["stress"], values["name"] = f"{trial.stress:g}", trial.name
        values["replications"] = str(trial.replications)
        values["because"] = "" if trial.because == NO_REASON else trial.because
    return Form(scenario, fields, offered, values)


def read_form(
    scenario: Scenario, choices: Sequence[int], given: Mapping[str, str], reference: str
) -> tuple[Form, Trial | None]:
    """Read what a planner typed.

    Parameters
    ----------
    scenario : Scenario
        The present plan.
    choices : sequence of int
        Numbers of replications offered.
    given : mapping of str to str
        The inputs; those missing count as not touched.
    reference : str
        How a derived scenario names the present plan.

    Returns
    -------
    Form
        With everything as typed and the messages.
    Trial or None
        None when there is a message.

    """
    start = empty_form(scenario, choices)
    values = {name: given.get(name, value).strip() for name, value in start.values.items()}
    errors: dict[str, str] = {}
    numbers = []
    for one in start.fields:
        try:
            number = _whole(values[one.path], one)
        except ValueError as error:
            errors[one.path] = str(error)
            continue
        if number != one.present:
            numbers.append((one.path, number))
    stress = _read(errors, "stress", _stress, values["stress"], scenario)
    replications = _read(errors, "replications", _choice, values["replications"], start.choices)
    name = _read(errors, "name", _name, values["name"], scenario)
    because = _read(errors, "because", _reason, values["because"])
    form = Form(scenario, start.fields, start.choices, values, errors)
    if errors:
        return form, None
    written = {one.path: one.written for one in start.fields}
    return form, Trial(
        base=scenario,
        reference=reference,
        numbers=tuple(numbers),
        changes=tuple((path, written[path](number)) for path, number in numbers),
        stress=stress,
        replications=replications,
        name=name,
        because=because,
    )


def _read(errors: dict[str, str], name: str, read: Any, *given: Any) -> Any:
    try:
        return read(*given)
    except ValueError as error:
        errors[name] = str(error)
        return None


def _whole(text: str, one: CapacityField) -> int:
    plain = _SEPARATORS.sub("", text)
    example = f"write a whole number of {one.shown_unit} such as {max(one.present, 1)}."
    if not text:
        msg = f"is empty; {example}"
        raise ValueError(msg)
    if re.fullmatch(r"-\s*\d+|\N{MINUS SIGN}\s*\d+", plain):
        msg = f"{_short(text)} is below zero; {example} 0 is allowed."
        raise ValueError(msg)
    if not re.fullmatch(r"\d+", plain, re.ASCII):
        msg = f"{_short(text)} is not a whole number; {example}"
        raise ValueError(msg)
    digits = plain.lstrip("0") or "0"
    if len(digits) > len(str(one.most)) or int(digits) > one.most:
        msg = f"{_short(text)} is too large; at most {one.shown(one.most)} can be tried here."
        raise ValueError(msg)
    return int(digits)


def _stress(text: str, scenario: Scenario) -> float:
    low, high = STRESS_RANGE
    allowed = f"write a number from {low:g} to {high:g}; 1 is the forecast itself."
    if not re.fullmatch(r"\d{1,3}([.,]\d{1,6})?", text, re.ASCII):
        msg = f"{_short(text)} is not a factor; {allowed}" if text else f"is empty; {allowed}"
        raise ValueError(msg)
    factor = float(text.replace(",", "."))
    if not low <= factor <= high:
        msg = f"{text} is outside the range; {allowed}"
        raise ValueError(msg)
    most = largest_stress(scenario)
    if factor > most:
        msg = (
            f"{text} is too much here: more people would come than are displaced. This scenario "
            f"allows at most {math.floor(most * 100) / 100:g}."
        )
        raise ValueError(msg)
    return factor


def largest_stress(scenario: Scenario) -> float:
    """Return the factor at which everybody displaced somewhere would ask for the services.

    Examples
    --------
    >>> from scenarios.files import load_scenario
    >>> largest_stress(load_scenario("beledweyne-flood")) > 3
    True

    """
    sums: dict[tuple[str, str], float] = {}
    for inflow in scenario.inflows:
        for place in dict.fromkeys(inflow.locations):
            for cause in dict.fromkeys(inflow.causes) or ("",):
                sums[place, cause] = sums.get((place, cause), 0.0) + inflow.share
    largest = max(sums.values(), default=0.0)
    return 1 / largest if largest > 0 else float("inf")


def _choice(text: str, choices: tuple[int, ...]) -> int:
    allowed = {str(number): number for number in choices}
    if text not in allowed:
        msg = f"{_short(text)} is not offered; choose one of {', '.join(allowed)}."
        raise ValueError(msg)
    return allowed[text]


def _name(text: str, scenario: Scenario) -> str:
    if not re.fullmatch(r"[A-Za-z0-9][\w-]*", text, re.ASCII) or len(text) > LONGEST_NAME:
        told = f"{_short(text)} cannot name a file" if text else "is empty"
        msg = f"{told}; use up to {LONGEST_NAME} letters from a to z, digits and hyphens."
        raise ValueError(msg)
    if text in {scenario.name, f"{scenario.name}-stress"}:
        msg = f"{text} is taken by the present plan; choose another name."
        raise ValueError(msg)
    return text


def _reason(text: str) -> str:
    words = " ".join(text.split())
    if len(words) > LONGEST_REASON:
        msg = f"is {len(words)} characters long; write at most {LONGEST_REASON}."
        raise ValueError(msg)
    if any(not letter.isprintable() for letter in words):
        msg = "holds characters that cannot be printed; type it again."
        raise ValueError(msg)
    return words or NO_REASON


def _short(text: str) -> str:
    return f"“{text[:24]}{'…' if len(text) > 24 else ''}”"
