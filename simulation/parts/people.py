"""People who come: who they are, how many, when."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from simulation.distributions import Distribution


MAX_GROUP: Final = 16
"""Largest household that is simulated as one group, persons."""


@dataclass(frozen=True, slots=True)
class Composition:
    """Who the people are: probabilities used to draw the attributes of persons on arrival.

    Parameters
    ----------
    female, child, under_five, elderly : float, dimensionless
        Shares of persons; ``under_five`` is part of ``child`` (below 18 years).
    pregnant, disability, urgent_need : float, dimensionless
        Shares of women of 18 to 59, of all persons, of all persons.
    unaccompanied_child : float, dimensionless
        Share of one-person groups that are a child alone.

    """

    female: float
    child: float
    under_five: float
    elderly: float
    pregnant: float
    disability: float
    urgent_need: float
    unaccompanied_child: float


@dataclass(frozen=True, slots=True)
class Inflow:
    """A part of the displaced people of the forecast who ask for the services simulated here.

    Parameters
    ----------
    name : str
    locations, causes : tuple of str
        Which entries of the forecast it draws on; an empty tuple of causes means no cause dim.
    share : float, dimensionless
        Share of the displaced people who come here (most stay with relatives).
    cut_off : float, dimensionless
        Share of groups surrounded by water (or stranded) who need rescue first.
    group_size : Distribution, persons
    hours : tuple of 24 float
        Relative weight of the hours of the day, from midnight.
    onset_days : float, days
        Within a month the arrivals start on a random day and fade with this time constant, the
        tail at the beginning of the month; 0 means evenly over the month.
    composition : Composition
    reception : str
        Where the groups go.
    rescue : str or None
        Rescue service that fetches those cut off.

    """

    name: str
    locations: tuple[str, ...]
    causes: tuple[str, ...]
    share: float
    cut_off: float
    group_size: Distribution
    hours: tuple[float, ...]
    onset_days: float
    composition: Composition
    reception: str
    rescue: str | None
