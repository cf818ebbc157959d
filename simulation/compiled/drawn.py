"""What people draw before a run, kept for the next plan in which they draw the same."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from simulation.arrivals import STARTING_STOCK
from simulation.categories import household_kinds
from simulation.compiled import draws, tables
from simulation.compiled.ahead import VisitsAhead
from simulation.compiled.care_layout import CareDraws, draw_care, no_care, visit_needs
from simulation.compiled.onward_layout import destination_stays
from simulation.compiled.rescue_layout import RescueDraws, draw_rescue

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simulation.arrivals import Population
    from simulation.compiled.plan import PlanTables, Series
    from simulation.network import Network

_WAITS: Final = 504.0
"""Hours beside its stay that a household is taken to be there, when its visits are drawn ahead."""
_LONGER: Final = 1.25
"""How much longer than its stay beside that: where stays are long, so are waits for a place."""


@dataclass(frozen=True)
class Drawn:
    """Tables of the kernel that depend on the people and on what they draw; none is written to.

    Runs that need more visits or attempts than there are return it with those added.
    """

    digest: bytes
    """That of :class:`simulation.compiled.plan.PlanTables`."""
    series: Series
    groups: NDArray[Any]
    reception: NDArray[np.int64]
    largest: int
    """Persons of the largest group."""
    largest_party: int
    """Groups on the boat with most of them."""
    desk_times: NDArray[np.float64]
    recognized: NDArray[np.bool_]
    stays: NDArray[np.float64]
    home_after: NDArray[np.float64]
    """Hazard after which every group goes home by the calendar; empty when none does."""
    patience: NDArray[np.float64]
    destination_stays: NDArray[np.float64]
    ahead: VisitsAhead
    visits: NDArray[Any]
    rescue: RescueDraws
    care: CareDraws

    @property
    def nbytes(self) -> int:
        """Memory of the arrays, bytes."""
        values = [getattr(self, field.name) for field in fields(self)]
        arrays = [one for one in (*values, *self.rescue, *self.care) if isinstance(one, np.ndarray)]
        return self.ahead.nbytes + sum(one.nbytes for one in arrays)

    def and_more(
        self,
        patience: NDArray[np.float64],
        ahead: VisitsAhead,
        visits: NDArray[Any],
        needs: NDArray[np.float64],
    ) -> Drawn:
        """Return it with what a run has drawn beyond, itself if that is nothing."""
        if len(patience) == len(self.patience) and len(visits) == len(self.visits):
            return self
        kept = tables.aligned_copy(visits)
        care = self.care._replace(needs=needs)
        return replace(self, patience=patience, ahead=ahead, visits=kept, care=care)


def drawn_by(people: Population, plan: PlanTables) -> Drawn:
    """Return what people draw in a plan, from the run before if they drew the same there.

    Parameters
    ----------
    people : Population
    plan : PlanTables

    """
    latest = people.memo.get(Drawn)
    if isinstance(latest, Drawn) and latest.digest == plan.digest:
        return latest
    return _draw(people, plan)


def _draw(people: Population, plan: PlanTables) -> Drawn:
    network = plan.network
    reception = _receptions_of_groups(network, people)
    kind = household_kinds(people.persons, people.women, people.unaccompanied)
    rescue = draw_rescue(network, people)
    groups = _groups(people, plan, kind, reception, rescue)
    stays = draws.lengths_of_stay(network, people, kind, reception)
    ahead = VisitsAhead(network, people, reception, groups["care_rate"])
    groups["first_visit"] = ahead.first_gap
    there = _LONGER * stays.max(axis=0, initial=0.0) + _WAITS
    present = np.minimum(there, network.run_length - people.arrived)
    more = ahead.until(present, np.arange(len(people)))
    care = no_care()
    if plan.has_patients:
        posts = draws.posts_of(network, reception)
        needs = visit_needs(network, people, posts, more.visits["number"], more.comers)
        care = draw_care(network, people, needs)
    named = [None, *(one.name for one in network.weathers)]
    aboard = np.unique_counts(people.boat[people.boat >= 0]).counts
    return Drawn(
        digest=plan.digest,
        series={name: network.weather_series(name, people.streams) for name in named},
        groups=groups,
        reception=reception,
        largest=int(people.persons.max(initial=1)),
        largest_party=int(aboard.max(initial=1)),
        desk_times=draws.desk_times(people, plan.desks, reception),
        recognized=draws.recognized(people, plan.desks, reception),
        stays=stays,
        destination_stays=destination_stays(network, people),
        home_after=draws.home_after(people) if len(plan.returns) else np.zeros(0),
        patience=draws.patience(network, people, reception, 0)[None, :],
        ahead=ahead,
        visits=tables.aligned_copy(more.visits),
        rescue=rescue,
        care=care,
    )


def _receptions_of_groups(network: Network, people: Population) -> NDArray[np.int64]:
    """Reception point of every group; of residents the first that uses their site."""
    names = [point.name for point in network.receptions]
    of_inflow = np.array([names.index(i.reception) for i in network.inflows], dtype=np.int64)
    resident = people.inflow == STARTING_STOCK
    reception = np.zeros(len(people), dtype=np.int64)
    reception[~resident] = of_inflow[people.inflow[~resident]]
    for number, site in enumerate(network.sites):
        there = resident & (people.site == number)
        if there.any():
            reception[there] = draws.receptions_using(network, site.name)[0]
    return reception


def _groups(
    people: Population,
    plan: PlanTables,
    kind: NDArray[np.int64],
    reception: NDArray[np.int64],
    rescue: RescueDraws,
) -> NDArray[Any]:
    """Lay out the groups as they are before they arrive."""
    made = np.zeros(len(people), dtype=tables.GROUP)
    made["gap"] = people.arrived
    made["gap"][1:] -= people.arrived[:-1]
    made["persons"] = people.persons
    made["kind"] = kind
    made["reception"] = reception
    made["resident"] = people.inflow == STARTING_STOCK
    sites = np.array([plan.code[site.name] for site in plan.network.sites])
    made["site"] = np.where(people.site >= 0, sites[people.site], 0)
    made["goes_onward"] = people.streams.uniform("goes_onward", people.key)
    made["care_rate"] = draws.care_rates(plan.network, people, reception)
    made["rescue"] = rescue.service
    made["boat"] = people.boat
    made["incident"] = made["held"] = -1
    made["first_member"] = rescue.first_member
    return made
