"""What happens at the incidents of one rescue service: searches, boarding, ends."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from simulation.incidents import Dangers, Incident, Waiting
from simulation.search import NEVER, Effort
from simulation.sweep_widths import PERSON_IN_WATER, sweep_width

if TYPE_CHECKING:
    from collections.abc import Callable

    import simpy

    from simulation.arrivals import Population
    from simulation.parts import PassingVessels, Rescue, RescueUnits, WeatherState
    from simulation.weather import WeatherSeries

CLEAR_VISIBILITY: Final = 18.52
"""Kilometers (10 nautical miles), where a search by table has no weather."""


class Scene:
    """The incidents of one rescue service.

    Parameters
    ----------
    env : simpy.Environment
    rescue : Rescue
    people : Population
    weather : WeatherSeries or None
    count_changed : callable
        Called when the number of persons who wait has changed.

    """

    def __init__(
        self,
        env: simpy.Environment,
        rescue: Rescue,
        people: Population,
        weather: WeatherSeries | None,
        count_changed: Callable[[], None],
    ) -> None:
        self._env = env
        self._rescue = rescue
        self._weather = weather
        self.note = count_changed
        self._detection = people.uniform(f"{rescue.name}.search")
        self._self_arrival = people.uniform(f"{rescue.name}.self_arrival")
        self._first: dict[int, int] = {}
        self._plans: dict[int, int] = {}
        self.dangers = Dangers(rescue, people)
        self.cut_off = 0
        """Persons who wait to be taken on board."""
        self.on_word: Callable[[Incident], None] = lambda _incident: None
        """Called when the center hears that people have got out by themselves."""

    # Beginning and dangers

    def begin(self, incident: Incident, holds_out: float) -> None:
        """Count an incident whose groups wait, and start its clocks."""
        env, first = self._env, incident.waiting[0].group
        self._first[incident.number] = first
        self.cut_off += incident.persons
        self.note()
        limit = env.timeout(holds_out)
        limit.callbacks.append(lambda _: self._give_up(incident))
        capsizes_after = self.dangers.capsizes_after(first)
        if capsizes_after < math.inf:
            capsizes = env.timeout(capsizes_after)
            capsizes.callbacks.append(lambda _: self._capsize(incident))
        if self._rescue.heat is not None:
            for one in incident.waiting:
                self.dangers.expose_to_heat(one, env.now)
            self._await_last_death(incident)

    def _capsize(self, incident: Incident) -> None:
        if incident.is_found or incident.gone:
            return
        incident.capsized = self._env.now
        for one in incident.waiting:
            self.dangers.put_into_water(one, self._env.now)
        if incident.effort is not None:
            for searcher, kind in incident.searchers.items():
                incident.effort.swept[searcher] = self._swept(kind, incident)
            self._replan(incident)
        self._await_last_death(incident)

    def _await_last_death(self, incident: Incident) -> None:
        last = max(float(one.dies_at.max()) for one in incident.waiting if one.dies_at is not None)
        death = self._env.timeout(last - self._env.now)
        death.callbacks.append(lambda _: self._nobody_left(incident))

    def _nobody_left(self, incident: Incident) -> None:
        now = self._env.now
        if incident.waiting and not any(one.alive(now) for one in incident.waiting):
            self._end(incident, out=False)

    def _give_up(self, incident: Incident) -> None:
        if incident.is_found or incident.gone or incident.in_water:
            return
        first = self._first[incident.number]
        self._end(incident, out=self._self_arrival[first] < self._rescue.self_arrival)

    def _end(self, incident: Incident, *, out: bool) -> None:
        """End an incident for all who still wait there."""
        now = self._env.now
        fates = [(one, self.dangers.fate(one, now, out=out)) for one in incident.waiting]
        incident.waiting = []
        incident.gone, incident.closed = True, now
        for one, fate in fates:
            alive = one.persons - fate.dead
            incident.recovered_dead += fate.recovered
            incident.missing += fate.dead - fate.recovered
            if out:
                incident.self_arrived += alive
            else:
                incident.not_reached += alive
            outcome = "self_arrived" if out else "not_reached"
            one.row.end(now, outcome if alive else "lost")
            self.cut_off -= one.persons
        self.note()
        for one, fate in fates:
            one.done.succeed(fate)
        if out or incident.is_found or not self._rescue.searches_on:
            self._settle(incident)
            self.on_word(incident)
        elif incident.effort is not None:
            self._replan(incident)

    # Search

    def needs_search(self, incident: Incident) -> bool:
        """Whether a unit on the spot must search."""
        return self._rescue.searches and not incident.is_settled

    def reach(self, incident: Incident) -> None:
        """Note that somebody has come to an incident at a known position."""
        if not incident.gone:
            incident.found = self._env.now
        self._settle(incident)

    def join(
        self, incident: Incident, searcher: int, kind: RescueUnits | PassingVessels
    ) -> simpy.Event:
        """Have a unit join the search; the event succeeds when the search is over."""
        if incident.effort is None:
            since = incident.began if math.isnan(incident.alerted) else incident.alerted
            incident.effort = Effort(self._rescue.search_area, self._rescue.drift, since)
            incident.settled = self._env.event()
            if self._rescue.search_limit < math.inf:
                limit = self._env.timeout(self._rescue.search_limit)
                limit.callbacks.append(lambda _: self._settle(incident))
        assert incident.settled is not None  # noqa: S101 - made together with the effort
        incident.searchers[searcher] = kind
        incident.effort.swept[searcher] = self._swept(kind, incident)
        self._replan(incident)
        return incident.settled

    def leave(self, incident: Incident, searcher: int) -> None:
        """Have a unit leave the search that it has joined."""
        assert incident.effort is not None  # noqa: S101 - made when the first unit joined
        del incident.searchers[searcher]
        del incident.effort.swept[searcher]
        self._replan(incident)

    def _swept(self, kind: RescueUnits | PassingVessels, incident: Incident) -> float:
        state = None if self._weather is None else self._weather.at(self._env.now)
        return swept(self._rescue, kind, in_water=incident.in_water, state=state)

    def _replan(self, incident: Incident) -> None:
        """Work out anew when the search finds the incident or is called off."""
        effort = incident.effort
        assert effort is not None  # noqa: S101 - only searches are planned
        effort.change(self._env.now)
        plan = self._plans[incident.number] = self._plans.get(incident.number, 0) + 1
        if incident.is_settled:
            return
        call_off = self._rescue.call_off
        enough = -math.log1p(-call_off) if call_off < 1 else math.inf
        detection = math.inf
        if not incident.gone:
            detection = -math.log(self._detection[self._first[incident.number]])
        delay = effort.time_to(min(detection, enough))
        if delay < NEVER:
            event = self._env.timeout(delay)
            event.callbacks.append(
                lambda _: self._search_ends(incident, plan, finds=detection <= enough)
            )

    def _search_ends(self, incident: Incident, plan: int, *, finds: bool) -> None:
        if self._plans[incident.number] != plan or incident.is_settled:
            return
        if finds:
            incident.found = self._env.now
        self._settle(incident)

    def _settle(self, incident: Incident) -> None:
        if incident.is_settled:
            return
        incident.is_settled = True
        if incident.effort is not None:
            incident.effort.change(self._env.now)
        if incident.settled is not None:
            incident.settled.succeed()

    # Boarding

    def take(self, incident: Incident, one: Waiting, facility: int | None) -> int:
        """Have a group begin to board; returns how many of it are alive.

        Parameters
        ----------
        incident : Incident
        one : Waiting
        facility : int or None
            Of the units, in the records; None for vessels that pass by.

        """
        now = self._env.now
        incident.waiting.remove(one)
        if not incident.waiting:
            incident.closed = now
        alive = one.alive(now)
        self.cut_off -= one.persons
        if alive:
            if facility is not None:
                one.row.facility = facility
            one.row.start(now)
            incident.rescued += alive
            incident.by_passing += alive if facility is None else 0
        return alive


def swept(
    rescue: Rescue,
    kind: RescueUnits | PassingVessels,
    *,
    in_water: bool = False,
    state: WeatherState | None = None,
) -> float:
    """Return the area that a unit sweeps in an hour.

    Parameters
    ----------
    rescue : Rescue
        With a search object the sweep width comes from the table, else from the unit.
    kind : RescueUnits or PassingVessels
    in_water : bool
        Whether people in the water are searched for.
    state : WeatherState or None
        Weather at the time; None takes clear sight and a calm sea.

    Returns
    -------
    float, km2/h

    """
    if rescue.search_object is None:
        width = kind.sweep_width_in_water if in_water else kind.sweep_width
        return width * kind.search_speed
    width = sweep_width(
        PERSON_IN_WATER if in_water else rescue.search_object,
        kind.sensor,
        visibility=CLEAR_VISIBILITY if state is None else state.visibility,
        wave_height=0.0 if state is None else state.wave_height,
        speed=kind.search_speed,
    )
    return width * kind.search_speed
