"""The work per person must not grow with the queue: overload is the case that matters."""

import sys
import time

import numpy as np
import pytest
from small_networks import (
    acuity,
    boats,
    desk,
    fixed,
    health_post,
    inflow,
    network,
    population,
    reception,
    rescue,
    site,
    trucks,
)

from simulation.engine import simulate


def overloaded(facility, waiting):
    """Build a plan in which nearly everybody who comes in the first hour waits for a facility."""
    slow = fixed(0.5)
    plans = {
        "desks": {"receptions": (reception(desk(1, slow)),)},
        "places": {"sites": (site(4, slow),)},
        "places for small groups first": {
            "receptions": (reception(first_that_fits=True),),
            "sites": (site(4, slow),),
        },
        "splits": {
            "receptions": (reception(sites=("site", "other"), splits_after=5.0),),
            "sites": (site(4, slow), site(4, slow, name="other")),
        },
        "impatient": {
            "receptions": (reception(gives_up_after=fixed(20.0)),),
            "sites": (site(4, slow),),
        },
        "boats": {
            "inflows": (inflow(cut_off=1.0, rescue="rescue"),),
            "rescues": (rescue(boats(1), holds_out=fixed(30.0), self_arrival=0.5),),
        },
        "clinicians": {
            "receptions": (reception(health_post="post"),),
            "sites": (site(stay=fixed(1000.0)),),
            "health_posts": (
                health_post(
                    1,
                    slow,
                    (acuity("red", 0.3), acuity("green", 0.7, leaves_after=fixed(9.0))),
                ),
            ),
        },
        "trucks": {
            "sites": (site(stay=slow, onward="trucks", onward_share=1.0),),
            "transports": (trucks(1),),
        },
    }
    people = population(np.arange(waiting) / waiting, np.arange(waiting) % 4 + 1)
    people.cut_off[:] = facility == "boats"
    return network(48.0, **plans[facility]), people


def calls_of(plan, people):
    """Count the function calls of a run."""
    calls = 0

    def count(_frame, kind, _argument):
        nonlocal calls
        calls += kind in ("call", "c_call")

    sys.setprofile(count)
    try:
        simulate(plan, people)
    finally:
        sys.setprofile(None)
    return calls


def seconds_of(plan, people):
    begun = time.process_time()
    simulate(plan, people)
    return time.process_time() - begun


FACILITIES = [
    "desks",
    "places",
    "places for small groups first",
    "splits",
    "impatient",
    "boats",
    "clinicians",
    "trucks",
]


@pytest.mark.untraced
@pytest.mark.parametrize("facility", FACILITIES)
def test_calls_per_person_do_not_grow_with_the_queue(facility):
    few, many = (calls_of(*overloaded(facility, waiting)) / waiting for waiting in (300, 3000))
    assert many < 1.2 * few


@pytest.mark.slow
@pytest.mark.parametrize("facility", FACILITIES)
def test_time_per_person_does_not_grow_with_the_queue(facility):
    few, many = (
        min(seconds_of(*overloaded(facility, waiting)) for _ in range(2)) / waiting
        for waiting in (2000, 20_000)
    )
    assert many < 3 * few  # a queue that is searched from end to end gives ten
