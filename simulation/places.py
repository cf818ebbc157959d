"""Places in reception sites: who gets one, who waits, who loses it."""

from __future__ import annotations

import math
from collections import deque
from functools import partial
from typing import TYPE_CHECKING

from simulation.categories import HOUSEHOLDS

if TYPE_CHECKING:
    import simpy

    from simulation.capacities import Capacities
    from simulation.parts import Reception, Site
    from simulation.recorder import Recorder, StepRow


class Stay:
    """Places that a group holds; ``over`` succeeds with True at the end, False when lost."""

    __slots__ = ("group", "over", "parts", "row")

    def __init__(
        self, group: int, parts: list[tuple[int, int]], row: StepRow, over: simpy.Event
    ) -> None:
        self.group = group
        self.parts = parts
        self.row = row
        self.over = over


_Options = tuple[tuple[int, float], ...]
"""Sites that a group may get, in order of preference, each with the wait that it takes."""


class _Ask:
    __slots__ = (
        "given", "gone", "group", "line", "options", "persons", "rank", "reception", "row", "since",
    )  # fmt: skip

    def __init__(
        self,
        group: int,
        persons: int,
        reception: int,
        row: StepRow,
        given: simpy.Event,
        options: _Options,
        rank: tuple[int, int],
    ) -> None:
        self.group = group
        self.persons = persons
        self.reception = reception
        self.row = row
        self.given = given
        self.since = row.requested
        self.options = options
        self.rank = rank
        self.line = (options, rank[0], persons)
        self.gone = False


def _rank(ask: _Ask) -> tuple[int, int]:
    return ask.rank


def _options(
    reception: Reception, sites: tuple[Site, ...], names: list[str], kind: str
) -> _Options:
    """Sites for a kind of household, with the wait after which it may get each."""
    options = []
    for option in reception.sites:
        site = names.index(option.site)
        after = 0.0 if sites[site].admits(kind) else option.others_after
        if after < math.inf:
            options.append((site, after))
    return tuple(options)


class Places:
    """All sites of a network and the queues for them, one queue per reception point.

    A queue keeps one line per size of group, per kind of household that may get other sites, and
    for those found vulnerable when they go first; so finding who fits takes the same time however
    long it is. Who does not fit blocks those behind who may get the same sites, and nobody else.

    Parameters
    ----------
    env : simpy.Environment
    sites : tuple of Site
    receptions : tuple of Reception
    recorder : Recorder
    facilities : list of int
        Index of each site in the records.
    capacities : Capacities

    """

    def __init__(
        self,
        env: simpy.Environment,
        sites: tuple[Site, ...],
        receptions: tuple[Reception, ...],
        recorder: Recorder,
        facilities: list[int],
        capacities: Capacities,
    ) -> None:
        self._env = env
        self._sites = sites
        self._receptions = receptions
        self._recorder = recorder
        self._facilities = facilities
        names = [site.name for site in sites]
        self._options: list[list[_Options]] = [
            [_options(reception, sites, names, kind) for kind in HOUSEHOLDS]
            for reception in receptions
        ]
        self._places = [site.places.values[0] for site in sites]
        self._taken = [0] * len(sites)
        self._waiting = [0] * len(sites)
        self._lines: list[dict[tuple[_Options, int, int], deque[_Ask]]] = [{} for _ in receptions]
        self._stays: list[dict[Stay, int]] = [{} for _ in sites]
        self._asked = 0
        for number, site in enumerate(sites):
            self._note(number)
            capacities.follow(facilities[number], site.places, partial(self.set_places, number))

    def first_choice(self, reception: int, kind: int) -> int:
        """Facility code of the site a reception point prefers for a kind of household."""
        return self._facilities[self._options[reception][kind][0][0]]

    def is_meant_for(self, site: int, kind: int) -> bool:
        """Whether a site is meant for a kind of household."""
        return self._sites[site].admits(HOUSEHOLDS[kind])

    def ask(
        self,
        group: int,
        persons: int,
        reception: int,
        row: StepRow,
        patience: float,
        kind: int,
        *,
        first: bool,
    ) -> simpy.Event:
        """Ask for places; the event succeeds with a :class:`Stay`, or None when given up.

        Those who go ``first`` are served before all others who wait.
        """
        options = self._options[reception][kind]
        rank = (0 if first else 1, self._asked)
        self._asked += 1
        ask = _Ask(group, persons, reception, row, self._env.event(), options, rank)
        self._lines[reception].setdefault(ask.line, deque()).append(ask)
        self._count(ask, persons)
        self._serve()
        if not ask.given.triggered:
            limit = self._env.timeout(patience)
            limit.callbacks.append(lambda _: self._give_up(ask))
            waits = [self._receptions[reception].splits_after, *(after for _, after in options)]
            for wait in dict.fromkeys(waits):
                if 0 < wait < patience or wait == waits[0] < patience:
                    more = self._env.timeout(wait)
                    more.callbacks.append(lambda _: self._serve())
        return ask.given

    def take(self, group: int, persons: int, site: int, row: StepRow) -> Stay:
        """Give places at once, as to people who are there when the run begins."""
        return self._occupy(group, [(site, persons)], row)

    def leave(self, stay: Stay) -> None:
        """Free the places of a stay and serve those who wait."""
        self._vacate(stay)
        self._serve()

    def withdraw(self, group: int) -> None:
        """Take back what a group has asked for, because nobody of it is left."""
        for lines in self._lines:
            for line in lines.values():
                for ask in line:
                    if ask.group == group and not ask.given.triggered:
                        ask.gone = True
                        ask.row.end(self._env.now, "died")
                        self._count(ask, -ask.persons)
        self._serve()

    def free_one(self, stay: Stay) -> None:
        """Free the place of a member who has died; a stay without any is ended by its group."""
        if not stay.parts:
            return
        site, persons = stay.parts[-1]
        stay.parts[-1] = (site, persons - 1)
        self._stays[site][stay] = persons - 1
        self._taken[site] -= 1
        self._note(site)
        if persons == 1 and len(stay.parts) > 1:
            stay.parts.pop()
            del self._stays[site][stay]
        self._serve()

    def area_per_person(self, stay: Stay) -> float:
        """Covered area per person of the site of a stay, m2; infinite when it is not known."""
        if not stay.parts:
            return math.inf
        site = stay.parts[0][0]
        area = self._sites[site].area
        return math.inf if area is None else area / max(self._taken[site], 1)

    def set_places(self, site: int, places: int) -> None:
        """Change the places of a site now; a site that is left has its latest arrivals leave.

        More places make nobody leave, also where more people are than the site may hold.
        """
        before, self._places[site] = self._places[site], places
        if self._sites[site].evacuated_when_lost and places < before:
            self._evacuate(site)
        self._note(site)
        self._serve()

    def _evacuate(self, site: int) -> None:
        """Have the latest arrivals leave until all others would still be let in."""
        stays = self._stays[site]
        # Stays that end in this very instant free their places by themselves.
        ending = sum(persons for stay, persons in stays.items() if stay.over.triggered)
        for stay in [stay for stay in reversed(stays) if not stay.over.triggered]:
            if self._free(site) + ending >= 0:
                return
            self._vacate(stay)
            stay.row.end(self._env.now, "displaced_again")
            stay.over.succeed(False)

    def _free(self, site: int) -> int:
        places = self._places[site]
        extra = self._sites[site].over_capacity if places > 0 else 0
        return places + extra - self._taken[site]

    def _give_up(self, ask: _Ask) -> None:
        if ask.given.triggered or ask.gone:
            return
        ask.gone = True
        self._count(ask, -ask.persons)
        ask.row.end(self._env.now, "left_without_service")
        ask.given.succeed(None)
        self._serve()  # the one behind may fit

    def _heads(self, reception: int) -> list[_Ask]:
        """First of each line in order of rank; of lines for the same sites only one may block."""
        heads: list[_Ask] = []
        for line in self._lines[reception].values():
            while line and line[0].gone:
                line.popleft()
            if line:
                heads.append(line[0])
        heads.sort(key=_rank)
        if self._receptions[reception].first_that_fits:
            return heads
        return list({head.options: head for head in reversed(heads)}.values())

    def _serve(self) -> None:
        """Give places until nobody who may be served fits."""
        while any(self._waiting) and self._serve_one():
            pass

    def _serve_one(self) -> bool:
        if not any(self._free(site) > 0 for site in range(len(self._sites))):
            return False
        candidates = []
        for number in range(len(self._receptions)):
            candidates += self._heads(number)
        for ask in sorted(candidates, key=_rank):
            parts = self._fit(ask)
            if parts:
                self._lines[ask.reception][ask.line].popleft()
                self._count(ask, -ask.persons)
                ask.given.succeed(self._occupy(ask.group, parts, ask.row))
                return True
        return False

    def _fit(self, ask: _Ask) -> list[tuple[int, int]]:
        options = [site for site, after in ask.options if self._env.now >= ask.since + after]
        for site in options:
            if self._free(site) >= ask.persons:
                return [(site, ask.persons)]
        if self._env.now < ask.since + self._receptions[ask.reception].splits_after:
            return []
        if sum(max(self._free(site), 0) for site in options) < ask.persons:
            return []
        parts, left = [], ask.persons
        for site in options:
            share = min(max(self._free(site), 0), left)
            if share:
                parts.append((site, share))
                left -= share
        return parts

    def _occupy(self, group: int, parts: list[tuple[int, int]], row: StepRow) -> Stay:
        stay = Stay(group, parts, row, self._env.event())
        row.facility = self._facilities[parts[0][0]]
        for site, persons in parts:
            self._taken[site] += persons
            self._stays[site][stay] = persons
            self._note(site)
        return stay

    def _vacate(self, stay: Stay) -> None:
        for site, persons in stay.parts:
            self._taken[site] -= persons
            del self._stays[site][stay]
            self._note(site)
        stay.parts = []

    def _count(self, ask: _Ask, persons: int) -> None:
        site = ask.options[0][0]
        self._waiting[site] += persons
        self._note(site)

    def _note(self, site: int) -> None:
        self._recorder.state(
            self._facilities[site],
            self._env.now,
            self._taken[site],
            self._waiting[site],
            self._places[site],
        )
