"""One inflow, one reception and one site: what the benchmarks of the simulation run on."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import fields
from typing import TYPE_CHECKING, Any

import numpy as np

from simulation.arrivals import Population
from simulation.calendars import Steps
from simulation.distributions import Distribution
from simulation.network import Network
from simulation.parts import Composition, Desk, Inflow, Reception, Site, SiteOption

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simulation.streams import Streams

MANY = 10**7
NEVER = 10.0**7


def constant(mean: float) -> Distribution:
    """Return a fixed time or size."""
    return Distribution("constant", mean=mean)


def exponential(mean: float) -> Distribution:
    """Return an exponential time."""
    return Distribution("exponential", mean=mean)


def one_site(
    hours: float,
    *,
    desks: tuple[Desk, ...] = (),
    places: int = MANY,
    stay: Distribution | None = None,
    group_size: Distribution | None = None,
    first_that_fits: bool = False,
    **parts: Any,
) -> Network:
    """Return a reception with one site; without numbers, people stay and have room."""
    posts = parts.get("health_posts", ())
    inflow = Inflow(
        name="people",
        locations=("here",),
        causes=(),
        share=1.0,
        cut_off=0.0,
        group_size=group_size or constant(1.0),
        hours=(1.0,) * 24,
        onset_days=0.0,
        composition=Composition(0.5, 0.5, 0.2, 0.05, 0.1, 0.1, 0.02, 0.1),
        reception="reception",
        rescue=None,
    )
    reception = Reception(
        name="reception",
        location="here",
        desks=desks,
        sites=(SiteOption("site", 0.0),),
        gives_up_after=constant(NEVER),
        splits_after=math.inf,
        first_that_fits=first_that_fits,
        standard=24.0,
        health_post=posts[0].name if posts else None,
    )
    site = Site(
        name="site",
        location="here",
        places=Steps.constant(places),
        over_capacity=0,
        evacuated_when_lost=True,
        length_of_stay=stay or constant(NEVER),
        onward=None,
        onward_share=0.0,
        starting_stock=0,
    )
    return Network(
        start=dt.date(2022, 7, 1),
        run_length=hours,
        inflows=(inflow,),
        receptions=(reception,),
        sites=(site,),
        **parts,
    )


def desk(number: int, time: Distribution) -> tuple[Desk, ...]:
    """Return desks that register one group after the other."""
    return (Desk("desks", "registration", Steps.constant(number), time, "group", 4.0),)


def groups(
    arrived: NDArray[np.float64], streams: Streams, persons: int | NDArray[np.int64] = 1
) -> Population:
    """Return groups that arrive at given times."""
    count = len(arrived)
    values: dict[str, Any] = {
        field.name: np.zeros(count, dtype=np.int64)
        for field in fields(Population)
        if field.name not in {"streams", "key"}
    }
    values |= {
        "arrived": np.cumsum(np.diff(arrived, prepend=0.0)),
        "persons": np.zeros(count, dtype=np.int64) + persons,
        "site": np.full(count, -1),
        "boat": np.full(count, -1),
        "unaccompanied": np.zeros(count, dtype=np.bool_),
        "cut_off": np.zeros(count, dtype=np.bool_),
    }
    return Population(streams=streams, key=np.arange(count, dtype=np.uint64), **values)
