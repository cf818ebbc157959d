"""A small plan with triggers, and what happened in it."""

from small_networks import (
    desk,
    network,
    reception,
    states_of,
    trigger,
)

from simulation.parts import ForecastCondition
from simulation.records import EVENTS


def plan(*triggers, hours=200.0, desks=1, **parts):
    parts = {"receptions": (reception(desk(desks)),)} | parts
    return network(hours, triggers=triggers, **parts)


def events(records):
    return [(EVENTS[e.event], round(e.time, 9)) for e in records.events.itertuples()]


def desks_over_time(records, plan):
    kept = []
    for time, _, _, capacity in states_of(records, plan, "registration desks"):
        if not kept or kept[-1][1] != capacity:
            kept.append((time, capacity))
    return kept


def forecast_trigger(**changed):
    signal = {
        "inflows": ("people",),
        "above": 100.0,
        "chance": 0.5,
        "notice": 0.0,
        "updated": False,
    } | changed
    return trigger(condition=ForecastCondition(**signal), lasts=24.0 * 10)
