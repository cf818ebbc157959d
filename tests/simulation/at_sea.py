"""Small plans of rescue at sea."""

import math

import numpy as np
from small_networks import (
    fixed,
    inflow,
    network,
    population,
    rescue,
    rows_of,
)

from simulation.parts import (
    Boats,
    Capsizing,
)
from simulation.records import STEP_OUTCOMES


def at_sea(*units, run_length=100.0, others=(), weathers=(), **changed):
    people = inflow(cut_off=1.0, rescue="rescue", boats=Boats(fixed(30.0)))
    return network(
        run_length,
        inflows=(people,),
        rescues=(rescue(*units, **changed), *others),
        weathers=weathers,
    )


def boatload(times, sizes, boat=None, **changed):
    """Groups that come by boats; ``boat`` gives the number of each."""
    numbers = np.arange(len(times)) if boat is None else np.array(boat)
    return population(times, np.array(sizes), cut_off=True, boat=numbers, **changed)


def fetched(records):
    """Start, end and outcome of every group's rescue."""
    rows = rows_of(records, "rescue")
    return [
        (
            None if math.isnan(row.started) else round(row.started, 6),
            None if math.isnan(row.ended) else round(row.ended, 6),
            STEP_OUTCOMES[row.outcome],
        )
        for row in rows.itertuples()
    ]


def incident(records, number=0):
    return records.incidents.iloc[number]


CAPSIZES = Capsizing(1.0, fixed(2.0), water_temperature=15.0, lifejackets=0.5)
