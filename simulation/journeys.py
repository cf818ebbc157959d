"""The way of every household: rescue, desks, place, stay, and the way onward."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import simpy

from simulation.arrivals import STARTING_STOCK
from simulation.calendars import HOURS_PER_DAY
from simulation.categories import HOUSEHOLDS, household_kinds
from simulation.distributions import UNIT_EXPONENTIAL
from simulation.health import Presence
from simulation.homecoming import time_until_home
from simulation.mortality import Deaths, is_mortal
from simulation.patients import PerVisit, Source
from simulation.reception import NOBODY_LEFT
from simulation.records import GROUP_OUTCOMES

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from simulation.arrivals import Population
    from simulation.health import HealthService
    from simulation.incidents import Fate
    from simulation.network import Network
    from simulation.parts import Site
    from simulation.places import Places, Stay
    from simulation.reception import DeskService
    from simulation.recorder import Recorder, StepRow
    from simulation.rescue import RescueService
    from simulation.transport import TransportService

OUTCOME: Final = {name: code for code, name in enumerate(GROUP_OUTCOMES)}


@dataclass(frozen=True)
class Services:
    """What households meet on their way.

    Parameters
    ----------
    rescues : dict of str to RescueService
    desks : list of list of DeskService
        By reception point, in order.
    places : Places
    transports : dict of str to TransportService
    posts : dict of str to HealthService

    """

    rescues: dict[str, RescueService]
    desks: list[list[DeskService]]
    places: Places
    transports: dict[str, TransportService]
    posts: dict[str, HealthService]


class Journeys:
    """One process per household; what became of it is in ``outcome`` and ``split``.

    Parameters
    ----------
    env : simpy.Environment
    network : Network
    people : Population
    services : Services
    recorder : Recorder

    """

    def __init__(
        self,
        env: simpy.Environment,
        network: Network,
        people: Population,
        services: Services,
        recorder: Recorder,
    ) -> None:
        self._env = env
        self._network = network
        self._people = people
        self._recorder = recorder
        self._rescues = services.rescues
        self._desks = services.desks
        self._places = services.places
        self._transports = services.transports
        self._posts = services.posts
        self._waiting_posts = [
            services.posts[post.name] for post in network.health_posts if post.households_wait
        ]
        self._persons: list[int] = people.persons.tolist()
        self.outcome = [0] * len(people)
        self.split = [False] * len(people)
        self.fates: dict[int, Fate] = {}
        self.checked = [False] * len(people)
        self.identified = [False] * len(people)
        self.other_places = [False] * len(people)
        self._pending: dict[int, list[simpy.Process]] = {}
        self._present = [False] * len(people)
        self.on_received: list[Callable[[int], Generator[simpy.Event, Any, None]]] = []
        """Processes of the user's own, started for every group at its arrival in reception."""
        self.deaths = Deaths(people)
        self._is_mortal = is_mortal(network)
        self._death_gap = PerVisit("reception.death", UNIT_EXPONENTIAL)
        self._source = Source(people)
        self._held: dict[int, Stay] = {}
        self._asked: dict[int, str] = {}
        """Transport that a group waits for."""
        self._ways: dict[int, simpy.Process] = {}
        # The same draw decides the stay in whichever site: plans differ by the site, not by luck.
        self._kind = household_kinds(people.persons, people.women, people.unaccompanied).tolist()
        self._stays = [self._length_of_stay(site) for site in network.sites]
        self._stayed = people.uniform("starting_stock.share_stayed")
        self._goes_onward = people.uniform("goes_onward")
        self._home_after: list[float] = []
        if any(site.returns_home for site in network.sites):
            self._home_after = people.draw("returns_home", UNIT_EXPONENTIAL)
        self._site_names = [site.name for site in network.sites]
        names = [reception.name for reception in network.receptions]
        self._inflow_reception = [names.index(inflow.reception) for inflow in network.inflows]
        self._patience: dict[tuple[int, int], list[float]] = {}
        if len(people):
            env.process(self._arrivals())

    def _length_of_stay(self, site: Site) -> list[float]:
        """Stay of every group in a site, hours; the same draw whatever the kind of household."""
        stays = self._people.draw("length_of_stay", site.length_of_stay)
        for kind, distribution in site.stays:
            code = HOUSEHOLDS.index(kind)
            own = self._people.draw("length_of_stay", distribution)
            stays = [
                mine if kind == code else other
                for mine, other, kind in zip(own, stays, self._kind, strict=True)
            ]
        return stays

    def _arrivals(self) -> Generator[simpy.Event, Any, None]:
        """Next arrival first, then the group acts."""
        env, stock = self._env, (self._people.inflow == STARTING_STOCK).tolist()
        for group, gap in enumerate(self._people.gaps):
            if gap > 0:
                yield env.timeout(gap)
            way = self._resident(group) if stock[group] else self._newcomer(group)
            if self._is_mortal:
                self._ways[group] = env.process(self._mortal(group, way))
            else:
                env.process(way)

    def _mortal(
        self, group: int, way: Generator[simpy.Event, Any, None]
    ) -> Generator[simpy.Event, Any, None]:
        """Follow a group until the end of its way, or until nobody of it is left."""
        try:
            yield from way
        except simpy.Interrupt:
            self._present[group] = False
            self.outcome[group] = OUTCOME["died_in_reception"]
            for process in self._unfinished(group):
                process.interrupt()
            self._places.withdraw(group)
            if group in self._asked:
                self._transports[self._asked[group]].withdraw(group)
            if group in self._held and self._held[group].parts:
                stay = self._held[group]
                stay.row.end(self._env.now, "died")
                self._places.leave(stay)

    def _die(self, group: int) -> None:
        """Have a member die who is in reception or waits for care."""
        if self._persons[group] == 0:
            return
        fate = self.fates.get(group)
        self.deaths.strike(group, None if fate is None else fate.died)
        self._persons[group] -= 1
        if group in self._held:
            self._places.free_one(self._held[group])
        way = self._ways[group]
        if self._persons[group] == 0 and way.is_alive:
            way.interrupt(NOBODY_LEFT)
        elif group in self._asked:
            self._transports[self._asked[group]].free_one(group)

    def _mortality(self, group: int, rate: float) -> Generator[simpy.Event, Any, None]:
        """Process: members die at a rate while the group is present, 1/(person h)."""
        number = 0
        while self._present[group] and self._persons[group]:
            number += 1
            gap = self._death_gap(self._source, number, group)
            yield self._env.timeout(gap / (rate * self._persons[group]))
            if self._present[group]:
                self._die(group)

    def _newcomer(self, group: int) -> Generator[simpy.Event, Any, None]:
        inflow = self._network.inflows[self._people.inflow[group]]
        reception = self._inflow_reception[self._people.inflow[group]]
        if self._people.cut_off[group] and inflow.rescue is not None:
            self.outcome[group] = OUTCOME["waiting_for_rescue"]
            fate = yield from self._rescues[inflow.rescue].fetch(group)
            if fate.dead:
                self.fates[group] = fate
                self._persons[group] -= fate.dead
            if not fate.out:
                self.outcome[group] = OUTCOME[fate.outcome(self._persons[group])]
                return
        self.outcome[group] = OUTCOME["in_screening_or_registration"]
        self._enter(group, reception)
        for desk in self._desks[reception]:
            if not desk.takes(group):
                continue
            persons = self._persons[group]
            if desk.while_staying:
                self._pending.setdefault(group, []).append(
                    self._env.process(desk.serve(group, persons))
                )
                continue
            yield from desk.serve(group, persons)
            if desk.checks:
                self.checked[group] = True
                self.identified[group] |= desk.recognizes(group)
        stay = yield from self._obtain_place(group, reception, attempt=0)
        if stay is not None:
            yield from self._stay(group, reception, stay)
        self._present[group] = False

    def _resident(self, group: int) -> Generator[simpy.Event, Any, None]:
        """Follow a group that is in a site when the run begins."""
        site = int(self._people.site[group])
        options = [
            number
            for number, reception in enumerate(self._network.receptions)
            if self._site_names[site] in [option.site for option in reception.sites]
        ]
        row = self._open_placement(group, options[0])
        self._enter(group, options[0])
        row.start(self._env.now)
        self._held[group] = stay = self._places.take(group, self._persons[group], site, row)
        # They came some time ago: a random part of their stay is over.
        self._stays[site][group] *= 1 - self._stayed[group]
        yield from self._stay(group, options[0], stay)
        self._present[group] = False

    def _enter(self, group: int, reception: int) -> None:
        self._present[group] = True
        plan = self._network.receptions[reception]
        if plan.health_post is not None:
            there = Presence(
                persons=lambda: self._persons[group],
                lasts=lambda: self._present[group],
                area=lambda: self._area(group),
                dies=lambda: self._die(group),
            )
            self._env.process(self._posts[plan.health_post].attend(group, there))
        if plan.deaths_per_person_day > 0:
            rate = plan.deaths_per_person_day / HOURS_PER_DAY
            self._env.process(self._mortality(group, rate))

        for process in self.on_received:
            self._env.process(process(group))

    def is_present(self, group: int) -> bool:
        """Whether a group is in reception."""
        return self._present[group]

    def persons_left(self, group: int) -> int:
        """Return how many of a group are alive."""
        return self._persons[group]

    def _area(self, group: int) -> float:
        """Covered area per person where the group has its place now, m2."""
        stay = self._held.get(group)
        return math.inf if stay is None else self._places.area_per_person(stay)

    def _open_placement(self, group: int, reception: int) -> StepRow:
        first = self._places.first_choice(reception, self._kind[group])
        return self._recorder.step(
            group, 0, self._persons[group], "placement", first, self._env.now
        )

    def _obtain_place(
        self, group: int, reception: int, attempt: int
    ) -> Generator[simpy.Event, Any, Stay | None]:
        self.outcome[group] = OUTCOME["waiting_for_place"]
        plan = self._network.receptions[reception]
        if (reception, attempt) not in self._patience:
            self._patience[reception, attempt] = self._people.draw(
                "gives_up_after", plan.gives_up_after, attempt
            )
        row, asked = self._open_placement(group, reception), self._persons[group]
        patience = self._patience[reception, attempt][group]
        kind = self._kind[group]
        first = plan.vulnerable_first and self.identified[group]
        stay: Stay | None = yield self._places.ask(
            group, asked, reception, row, patience, kind, first=first
        )
        if stay is None:
            self.outcome[group] = OUTCOME["left_without_place"]
            for process in self._unfinished(group):
                process.interrupt()
            return None
        self._held[group] = stay
        for _ in range(asked - self._persons[group]):  # those who died while they waited
            self._places.free_one(stay)
        if not all(self._places.is_meant_for(site, kind) for site, _ in stay.parts):
            self.other_places[group] = True
        self.split[group] = self.split[group] or len(stay.parts) > 1
        way = {option.site: option.travel_time for option in plan.sites}
        travel = max((way[self._site_names[site]] for site, _ in stay.parts), default=0.0)
        if travel > 0:
            yield self._env.timeout(travel) | stay.over
        if not stay.over.triggered:  # else the place was lost on the way there
            row.start(self._env.now)
        return stay

    def _stay(self, group: int, reception: int, stay: Stay) -> Generator[simpy.Event, Any, None]:
        env = self._env
        attempt, left, site, home = 0, None, 0, False
        while True:
            self.outcome[group] = OUTCOME["in_site"]
            if stay.parts:
                site = stay.parts[0][0]
                if left is None:
                    left = self._stays[site][group]
                    early = self._until_home(site, group)
                    home, left = early < left, min(early, left)
            began = env.now
            if left is not None:  # else the place was lost on the way there
                self._end_after(stay, left, group)
            finished: bool = yield stay.over
            if finished:
                break
            del self._held[group]
            if left is not None:
                left = max(left - (env.now - began), 0.0)
            attempt += 1
            found = yield from self._obtain_place(group, reception, attempt)
            if found is None:
                return
            stay = found
        plan = self._network.sites[site]
        if plan.onward and not home and self._goes_onward[group] < plan.onward_share:
            yield from self._go_onward(group, stay, plan.onward)
            return
        self._give_back(group, stay)
        self.outcome[group] = OUTCOME["returned_home"]

    def _until_home(self, site: int, group: int) -> float:
        returns = self._network.sites[site].returns_home
        if not returns:
            return math.inf
        return time_until_home(returns, self._env.now, self._home_after[group])

    def _give_back(self, group: int, stay: Stay) -> None:
        del self._held[group]
        stay.row.end(self._env.now)
        self._places.leave(stay)

    def _end_after(self, stay: Stay, time: float, group: int) -> None:
        """End a stay after a time, but not before what is done meanwhile is done."""

        def finish(_: simpy.Event) -> None:
            if stay.over.triggered:
                return
            unfinished = [*self._unfinished(group), *self._in_care(group)]
            if unfinished:
                unfinished[0].callbacks.append(finish)
            else:
                stay.over.succeed(True)

        self._env.timeout(time).callbacks.append(finish)

    def _unfinished(self, group: int) -> list[simpy.Process]:
        """Return the procedures that a group still has to pass while it stays."""
        if group not in self._pending:
            return []
        return [process for process in self._pending[group] if process.is_alive]

    def _in_care(self, group: int) -> list[simpy.Process]:
        """Return the visits to a health post that the household waits for."""
        return [process for post in self._waiting_posts for process in post.unfinished(group)]

    def _go_onward(
        self, group: int, stay: Stay, transport: str
    ) -> Generator[simpy.Event, Any, None]:
        """Wait for a seat in the place, or outside when the place is lost meanwhile."""
        env = self._env
        self.outcome[group] = OUTCOME["waiting_for_onward_travel"]
        stay.over = lost = env.event()
        departure = self._transports[transport].ask(group, self._persons[group])
        self._asked[group] = transport
        yield departure | lost
        if lost.triggered:
            del self._held[group]
            outside = self._recorder.step(
                group, 0, self._persons[group], "placement", stay.row.facility, env.now
            )
            try:
                yield departure
            except simpy.Interrupt:
                outside.end(env.now, "died")
                raise
            outside.end(env.now, "transferred")
        else:
            self._give_back(group, stay)
        self.outcome[group] = OUTCOME["moved_onward"]
