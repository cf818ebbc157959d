"""Problems of what changes capacities during a run: triggers, breakdowns, losses by chance."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulation.parts import MEASURED, Condition, ForecastCondition
from simulation.problems.names import repeated

if TYPE_CHECKING:
    from collections.abc import Iterator

    from simulation.network_parts import NetworkParts
    from simulation.parts import Breakdown, ChanceLoss, Trigger


def change_problems(network: NetworkParts) -> list[str]:
    """List what is wrong with the triggers, breakdowns and losses of a network.

    Parameters
    ----------
    network : NetworkParts

    Returns
    -------
    list of str

    """
    problems = []
    changes: tuple[Trigger | Breakdown | ChanceLoss, ...]
    changes = (*network.triggers, *network.breakdowns, *network.losses)
    problems += repeated(change.name for change in changes)
    known = network.facilities
    targets = [(change.name, change.facility) for change in changes]
    targets += [
        (t.name, t.condition.of) for t in network.triggers if isinstance(t.condition, Condition)
    ]
    problems += [
        f"{name}: there is no facility {facility!r}; known: {', '.join(known) or 'none'}."
        for name, facility in targets
        if facility not in known
    ]
    for trigger in network.triggers:
        problems += _trigger_problems(trigger, network)
    for breakdown in network.breakdowns:
        if breakdown.units < 1 or breakdown.crews < 1:
            problems.append(f"{breakdown.name}: units and crews must be at least 1.")
        if not breakdown.time_to_failure.expected() + breakdown.repair_time.expected() > 0:
            problems.append(
                f"{breakdown.name}: time_to_failure and repair_time are both 0, so units fail "
                "without end in one instant; give one of them a mean above 0."
            )
    for loss in network.losses:
        if not (0 <= loss.chance <= 1 and 0 <= loss.remaining <= 1):
            problems.append(f"{loss.name}: chance and remaining lie between 0 and 1.")
        if not 0 <= loss.begins <= loss.latest or not loss.lasts > 0:
            problems.append(f"{loss.name}: begins, latest and lasts are not in order.")
    return problems


def _trigger_problems(trigger: Trigger, network: NetworkParts) -> Iterator[str]:
    name, condition = trigger.name, trigger.condition
    if not (trigger.lasts > 0 and trigger.ends_when_false_for >= 0 and trigger.factor >= 0):
        yield f"{name}: lasts must be above 0; factor and ends_when_false_for not negative."
    if isinstance(condition, ForecastCondition):
        inflows = [inflow.name for inflow in network.inflows]
        missing = [one for one in condition.inflows if one not in inflows]
        if missing or not condition.inflows:
            yield f"{name}: there is no inflow {', '.join(missing) or 'named'}; known: {inflows}."
        if not 0 < condition.chance <= 1 or condition.notice < 0 or condition.above < 0:
            yield f"{name}: chance lies above 0 and up to 1; notice and above are not negative."
        if trigger.ends_when_false_for < float("inf"):
            yield f"{name}: a condition on the forecast ends with lasts, not when it is false."
        return
    if condition.measured not in MEASURED:
        yield f"{name}: {condition.measured!r} is not measured; allowed: {', '.join(MEASURED)}."
    if not condition.checked_every > 0 or condition.held_for < 0:
        yield f"{name}: checked_every must be above 0 and held_for not negative."
    sites = [site.name for site in network.sites]
    if condition.measured == "occupancy" and condition.of not in sites:
        yield f"{name}: occupancy is that of a site; {condition.of!r} is none."
