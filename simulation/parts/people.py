"""People who come: who they are, how many, when."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from simulation.distributions import Distribution


MAX_GROUP: Final = 16
"""Largest household that is simulated as one group, persons."""
MAX_BOAT: Final = 2000
"""Largest number of persons on board of one boat."""


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
    chronic_need : float, dimensionless
        Share of persons with a chronic condition that needs regular care.

    """

    female: float
    child: float
    under_five: float
    elderly: float
    pregnant: float
    disability: float
    urgent_need: float
    unaccompanied_child: float
    chronic_need: float = 0.0


@dataclass(frozen=True, slots=True)
class Boats:
    """Boats or vehicles that bring many groups at once; in distress each is one incident.

    Parameters
    ----------
    persons : Distribution, persons
        On board.

    """

    persons: Distribution


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
    weekdays : tuple of 7 float
        Relative weight of the days of the week, from Monday.
    weather : str or None
        Weather that lets people set out; None means any day.
    sets_out_below : float, m
        Waves above which nobody sets out.
    dispersion : float, dimensionless
        Squared coefficient of variation of the random weights (gamma) of days; 0 means that
        days differ by profile and weather only.
    boats : Boats or None
        Groups that come by the boatload; None means that every group comes by itself.

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
    weekdays: tuple[float, ...] = (1.0,) * 7
    weather: str | None = None
    sets_out_below: float = float("inf")
    dispersion: float = 0.0
    boats: Boats | None = None
