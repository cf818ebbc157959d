"""From a plan and what people draw to the tables of the compiled engine, as they are at hour 0."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from simulation.compiled import draws, kinds, tables
from simulation.compiled.care_layout import CASES_AT_FIRST
from simulation.compiled.onward_layout import mobilizations
from simulation.compiled.plan import event
from simulation.compiled.tables import World
from simulation.outbreaks import team_visits
from simulation.parts import Condition

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simulation.arrivals import Population
    from simulation.compiled.drawn import Drawn
    from simulation.compiled.plan import PlanTables

_MEASURED = {
    "occupancy": kinds.OCCUPANCY,
    "waiting": kinds.WAITING_PERSONS,
    "longest_wait": kinds.LONGEST_WAIT,
}


def lay_out(
    plan: PlanTables, people: Population, drawn: Drawn, decisions: tuple[tuple[float, ...], ...]
) -> World:
    """Lay out the tables of one replication.

    Parameters
    ----------
    plan : PlanTables
    people : Population
    drawn : Drawn
        By these people in this plan.
    decisions : tuple of tuple of float, h
        See :func:`simulation.engine.simulate`.

    """
    network, count = plan.network, len(people)
    opened = plan.opened(drawn.series)
    added: list[tuple[float, int]] = []
    additions, triggers, decided, losses = _changes(
        plan, people, decisions, len(opened.steps), added
    )
    steps = opened.steps
    if added:
        steps = np.concatenate([steps, np.array(added, dtype=tables.CHANGE_STEP)])
    teams, their_visits = _teams(plan, drawn)
    groups = tables.aligned_copy(drawn.groups)
    groups["next_visit"] = drawn.ahead.first_row
    failures = draws.failures(network, people, 0)
    incidents = int((drawn.rescue.service >= 0).sum())
    sizes = max(count, 16)
    clock = np.zeros(1, dtype=tables.CLOCK)
    clock["until"] = network.run_length
    clock["spans_per_hour"] = sizes / network.run_length
    clock["free"] = -1
    clock["visits"] = len(drawn.visits)
    clock["attempts"] = len(drawn.patience)
    clock["firings"] = clock["failures"] = 1
    most = max((one.units_per_incident for one in network.rescues), default=1)
    most += sum(len(one.passing) for one in network.rescues)
    clock["boats_margin"] = most * incidents
    clock["largest_group"] = drawn.largest
    clock["burst"] = len(drawn.care.casualties) + (most - 1) * incidents
    clock["cases"] = CASES_AT_FIRST
    patients = 2 * sizes + len(drawn.care.casualties) if plan.has_patients else 0
    clock["largest_party"] = drawn.largest_party
    world = World(
        clock=clock,
        heap=np.zeros(2 * sizes, dtype=tables.FUTURE),
        later=np.zeros(2 * sizes, dtype=tables.LATER),
        spans=_lines((sizes + 1,)),
        fifo=np.zeros(6 * sizes + 1024, dtype=np.int64),
        urgent=np.zeros(2 * sizes + 1024, dtype=np.int64),
        rows=tables.SPARE.take(16 * sizes, tables.ROW),
        states=tables.SPARE.take(32 * sizes + len(plan.code), tables.STATE),
        events=np.zeros(64, dtype=tables.EVENT),
        facilities=opened.facilities.copy(),
        queues=_lines((len(plan.code), plan.ranks)),
        groups=groups,
        staying=np.zeros((count, plan.staying), dtype=tables.STAYING_DESK),
        parts=np.zeros(count * len(network.sites), dtype=tables.PART),
        receptions=plan.receptions,
        desks=plan.desk_table,
        options=plan.options,
        option_sets=plan.option_sets,
        ways=plan.ways,
        returns=plan.returns,
        returning=plan.returning,
        home_after=drawn.home_after,
        transports=plan.transports.copy(),
        mobilizations=mobilizations(network, people, drawn.largest + 8),
        destination_stays=drawn.destination_stays,
        lines=_lines((len(plan.options), 2 * (drawn.largest + 1))),
        asking=_nobody_asks(len(plan.options)),
        posts=plan.posts,
        care_posts=plan.care.care_posts.copy(),
        classes=plan.care.classes,
        wards=plan.care.wards,
        ambulances=plan.care.ambulances,
        outbreaks=plan.care.outbreaks,
        areas=plan.care.areas,
        patients=np.zeros(patients, dtype=tables.PATIENT),
        seekers=_seekers(drawn),
        death_gaps=drawn.care.death_gaps,
        needs=drawn.care.needs,
        susceptible=np.zeros((len(network.outbreaks), count), dtype=tables.SUSCEPTIBLE),
        well=drawn.care.well,
        cases=drawn.care.cases,
        case_needs=drawn.care.case_needs,
        mass=drawn.care.mass.copy(),
        casualties=drawn.care.casualties,
        casualty_needs=drawn.care.casualty_needs,
        desk_times=drawn.desk_times,
        recognized=drawn.recognized,
        stays=drawn.stays,
        patience=drawn.patience,
        visits=_at_least_one(drawn.visits),
        calendar_steps=_at_least_one(steps),
        calendars=opened.calendars.copy(),
        additions=additions,
        triggers=triggers,
        decisions=decided,
        lead_times=draws.lead_times(network, people, 1),
        clearings=np.zeros(16, dtype=tables.CLEARING),
        units=plan.units.copy(),
        crews=plan.crews.copy(),
        times_to_failure=failures[:1],
        repair_times=failures[1:],
        losses=losses,
        teams=teams,
        team_visits=their_visits,
        callers=drawn.rescue.callers,
        rescues=plan.rescues.copy(),
        fleets=plan.fleets.copy(),
        readiness=plan.readiness,
        swept=opened.swept,
        offsets=plan.offsets,
        aid=plan.aid,
        vessel_delays=drawn.rescue.vessel_delays,
        vessel_sails=opened.vessel_sails,
        members=drawn.rescue.members.copy(),
        boats=np.zeros(2 * most * incidents + 1, dtype=tables.BOAT),
        incidents=np.zeros(incidents, dtype=tables.INCIDENT),
        calls=np.zeros(2 * sizes, dtype=tables.CALL),
        trips=np.zeros(sizes, dtype=tables.TRIP),
    )
    clock["margin"] = count + world.lines.shape[-1] + len(plan.code) + kinds.ROOM
    _begin(world, opened.first, count)
    return World(*(np.ascontiguousarray(table) for table in world))


def _changes(
    plan: PlanTables,
    people: Population,
    decisions: tuple[tuple[float, ...], ...],
    behind: int,
    steps: list[tuple[float, int]],
) -> tuple[NDArray[Any], ...]:
    """Triggers, their decisions, losses that happen, and what all these do to capacities.

    The steps of what triggers add are put into ``steps``, behind so many of the calendars.
    """
    network, code = plan.network, plan.code
    count = len(network.triggers) + len(network.losses) + len(network.teams)
    additions = np.zeros(count, dtype=tables.ADDITION)
    additions["sequence"] = -1
    triggers = np.zeros(len(network.triggers), dtype=tables.TRIGGER)
    decided: list[float] = []
    for number, (here, one) in enumerate(zip(triggers, network.triggers, strict=True)):
        additions[number] = (one.factor, 0, -1, code[one.facility])
        here["facility"], here["lasts"] = code[one.facility], one.lasts
        here["false_for"] = one.ends_when_false_for
        here["first_step"] = behind + len(steps)
        steps += list(zip(one.added.times, one.added.values, strict=True))
        here["last_step"] = behind + len(steps)
        here["measured"] = kinds.FORECAST
        if isinstance(one.condition, Condition):
            here["measured"] = _MEASURED[one.condition.measured]
            here["watched"] = code[one.condition.of]
            here["above"], here["held_for"] = one.condition.above, one.condition.held_for
            here["every"] = one.condition.checked_every
        here["decision"] = len(decided)
        mine = decisions[number] if decisions else ()
        decided += [time for time in mine if time >= 0]
        here["last_decision"] = len(decided)
    losses = []
    for number, loss in enumerate(network.losses, start=len(triggers)):
        additions[number] = (loss.remaining, 0, -1, code[loss.facility])
        happens, when = people.streams.uniform(
            f"{loss.name}.loss", np.arange(2, dtype=np.uint64)
        ).tolist()
        if happens < loss.chance:
            begins = loss.begins + when * (loss.latest - loss.begins)
            losses.append((begins, loss.lasts, number))
    for number, team in enumerate(network.teams, start=len(triggers) + len(network.losses)):
        additions[number] = (1.0, team.clinicians, -1, 0)
    return additions, triggers, np.array(decided), np.array(losses, dtype=tables.LOSS)


def _seekers(drawn: Drawn) -> NDArray[Any]:
    """Nobody has fallen ill yet."""
    seekers = np.zeros(len(drawn.care.first_member), dtype=tables.SEEKER)
    seekers["first"] = -1
    seekers["first_member"] = drawn.care.first_member
    return seekers


def _teams(plan: PlanTables, drawn: Drawn) -> tuple[NDArray[Any], NDArray[Any]]:
    """Mobile teams and the visits that the weather lets them make; what they add comes last."""
    network = plan.network
    visits: list[tuple[float, float, int]] = []
    teams = np.zeros(len(network.teams), dtype=tables.TEAM)
    before = len(network.triggers) + len(network.losses)
    for number, team in enumerate(network.teams):
        first = len(visits)
        for begins, ends, post in team_visits(team, network.days, drawn.series[team.weather]):
            visits.append((begins, ends, plan.code[post]))
        teams[number] = (first, len(visits), before + number)
    return teams, np.array(visits, dtype=tables.TEAM_VISIT)


def _begin(world: World, opening: list[int], people: int) -> None:
    """Note the first state of everything and queue what begins at hour 0, in SimPy's order."""
    first = list(opening)
    first += [event(kinds.MASS_BEGINS, n) for n in range(len(world.mass))]
    first += [event(kinds.TEAM_SETS_OUT, n) for n in range(len(world.teams))]
    if people:
        first.append(event(kinds.ARRIVALS_BEGIN, 0))
    first += [event(kinds.WATCH_BEGINS, n) for n in range(len(world.triggers))]
    first += [event(kinds.LIFE_BEGINS, n) for n in range(len(world.units))]
    first += [event(kinds.LOSS_AWAITED, n) for n in range(len(world.losses))]
    count = len(first)
    world.urgent[:count] = first
    clock = world.clock
    clock["urgent_tail"] = count
    number = np.arange(len(world.facilities))
    world.facilities["latest"] = number
    states = world.states[: len(number)]
    states["time"] = 0.0
    states["facility"] = number
    for name in ("busy", "waiting", "capacity"):
        states[name] = world.facilities[name]
    clock["states"] = len(number)


def _lines(shape: tuple[int, ...]) -> NDArray[Any]:
    lines = np.empty(shape, dtype=tables.QUEUE)
    lines["first"] = lines["last"] = -1
    return lines


def _nobody_asks(lists: int) -> NDArray[Any]:
    asking = np.zeros(lists, dtype=tables.ASKING)
    asking["head"] = -1
    return asking


def _at_least_one(table: NDArray[Any]) -> NDArray[Any]:
    return table if len(table) else np.zeros(1, dtype=table.dtype)
