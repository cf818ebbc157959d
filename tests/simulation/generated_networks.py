"""Generated networks of all parts that are compiled, with times that often coincide."""

import os
from dataclasses import replace

import numpy as np
from generated_parts import (
    GRID,
    STRAIT,
    calendars,
    care,
    desks,
    neighbors,
    on_grid,
    posts,
    rescues,
    sites,
    teams,
    times,
    transports,
)
from hypothesis import strategies as st
from small_networks import (
    exponential,
    fixed,
    inflow,
    network,
    population,
    reception,
    site,
    trigger,
    ward,
)

from simulation.arrivals import STARTING_STOCK
from simulation.calendars import Steps
from simulation.parts import Breakdown, ChanceLoss, SiteOption
from simulation.streams import Streams

HOURS = 48.0
CASES = int(os.environ.get("COMPILED_CASES", "300"))
"""Generated networks; 5,000 are run every night."""


@st.composite
def changes(draw, facilities, places):
    triggers, breakdowns, losses = [], [], []
    for number in range(draw(st.integers(0, 2))):
        of = draw(st.sampled_from(facilities))
        measured = draw(
            st.sampled_from(["waiting", "longest_wait", *(["occupancy"] if of in places else [])])
        )
        triggers.append(
            trigger(
                of,
                f"trigger {number}",
                when={
                    "measured": measured,
                    "above": draw(st.sampled_from([0.0, 0.8, 3.0])),
                    "held_for": draw(on_grid(0, 4)),
                    "checked_every": draw(on_grid(1, 8)),
                },
                lead_time=draw(times(0, 6)),
                facility=draw(st.sampled_from(facilities)),
                added=draw(calendars(4)),
                factor=draw(st.sampled_from([1.0, 0.5, 2.0])),
                lasts=draw(st.sampled_from([float("inf"), 2.0, 5.5])),
                ends_when_false_for=draw(st.sampled_from([float("inf"), 0.0, 1.5])),
            )
        )
    if draw(st.booleans()):
        target = draw(st.sampled_from(facilities))
        breakdowns.append(Breakdown("wear", target, 2, draw(times(1, 20)), draw(times(0, 6)), 1))
    if draw(st.booleans()):
        target = draw(st.sampled_from(facilities))
        losses.append(ChanceLoss("fire", target, 0.7, 4.0, 20.0, draw(on_grid(1, 30)), 0.5))
    return {"triggers": tuple(triggers), "breakdowns": tuple(breakdowns), "losses": tuple(losses)}


@st.composite
def cases(draw):
    """Draw a network of all parts that are compiled, mostly overloaded, and its people."""
    onward = draw(st.sampled_from([None, "trucks"]))
    first, second = draw(sites("north", onward)), draw(sites("south", onward))
    kinds = ["screening", "registration", "vulnerability_check", "best_interest"]
    crowded = draw(st.booleans())
    passed = draw(st.lists(st.sampled_from(kinds), min_size=2 * crowded, max_size=4))
    post = draw(st.none() | posts())
    wait = st.sampled_from([0.0, 1.0, 4.0])
    point = reception(
        *(draw(desks(f"desks {n}", kind, crowded)) for n, kind in enumerate(passed)),
        sites=(
            SiteOption("north", draw(on_grid(0, 3)), draw(wait)),
            SiteOption("south", draw(on_grid(0, 3)), draw(wait)),
        ),
        gives_up_after=draw(times(0, 30)),
        splits_after=draw(st.sampled_from([float("inf"), 0.0, 2.0])),
        first_that_fits=draw(st.booleans()),
        vulnerable_first=draw(st.booleans()),
        health_post="post" if post else None,
        deaths_per_person_day=draw(st.sampled_from([0.0, 0.0, 0.0, 0.5, 4.0])),
    )
    lorries = draw(transports())
    beds = ward(draw(calendars(3)), draw(times(1, 30)), refers_on_after=draw(on_grid(0, 6)))
    names = [one.name for one in point.desks] + ["north", "south"]
    parts = {
        "receptions": (point,),
        "sites": (first, second),
        "transports": (lorries,) if onward else (),
        "health_posts": (post,) if post else (),
        "wards": (beds,),
    }
    if post:
        parts["teams"] = tuple(draw(teams(n)) for n in range(draw(st.integers(0, 2))))
        if any(one.weather for one in parts["teams"]):
            parts["weathers"] = (STRAIT,)
    if post and draw(st.booleans()):
        parts = draw(care(parts))
    if draw(st.booleans()):
        parts["weathers"] = (STRAIT,)
        services = tuple(draw(rescues(f"rescue {n}")) for n in range(draw(st.integers(1, 2))))
        if len(services) > 1:
            services = draw(neighbors(services))
        parts["rescues"] = services
        parts["inflows"] = tuple(
            inflow(name=f"people of {one.name}", rescue=one.name) for one in services
        )
        names += [kind.name for one in services for kind in one.units]
    names += [one.name for one in parts["transports"]] + (["post"] if post else [])
    plan = network(HOURS, **parts, **draw(changes(names, ["north", "south"])))
    return plan, draw(crowds(12 * crowded, len(parts.get("rescues", ()))))


def by_boat(arrived, resident, draw):
    """Put some groups that come at the same time on one boat, and cut some boats off."""
    boat = np.full(len(arrived), -1)
    cut_off = np.zeros(len(arrived), dtype=bool)
    for group in range(resident, len(arrived)):
        together = group > resident and arrived[group] == arrived[group - 1]
        kind = draw(st.sampled_from(["alone", "cut_off", "boat", "boat"]))
        if kind == "boat" and together and boat[group - 1] >= 0:
            boat[group], cut_off[group] = boat[group - 1], cut_off[group - 1]
        else:
            boat[group] = group if kind == "boat" else -1
            cut_off[group] = kind != "alone"
    return {"boat": boat, "cut_off": cut_off}


@st.composite
def crowds(draw, fewest, services):
    gaps = draw(st.lists(st.sampled_from([0.0, 0.0, 0.5, 0.5, 2.5]), min_size=fewest, max_size=40))
    count = len(gaps)
    resident = min(draw(st.integers(0, 3)), count)
    arrived = np.cumsum(gaps) * (np.arange(count) >= resident)
    arrived[resident:] = np.minimum(arrived[resident:], HOURS - GRID)
    size = st.integers(1, 6)
    persons = np.array([draw(size) for _ in range(count)], dtype=np.int64)
    code = np.arange(count) % 3
    boarded = by_boat(arrived, resident, draw) if services else {}
    whence = np.arange(count) // 7 % max(services, 1)
    for group in range(1, count):  # all groups of a boat are of one inflow
        if boarded and boarded["boat"][group] == boarded["boat"][group - 1] != -1:
            whence[group] = whence[group - 1]
    return population(
        arrived,
        persons,
        inflow=np.where(np.arange(count) < resident, STARTING_STOCK, whence),
        site=np.where(np.arange(count) < resident, np.arange(count) % 2, -1),
        women=code % 2,
        unaccompanied=(persons == 1) & (code == 2),
        vulnerable=(code > 0).astype(np.int64),
        streams=Streams(draw(st.integers(0, 5)), 0),
        **boarded,
    )


def clinics():
    """Draw a busy health post with classes that interrupt, and its people."""
    return _clinics(with_more=False)


def hospitals():
    """Draw the same with hospitals, ambulances, worsening, outbreaks, incidents and waiting."""
    return _clinics(with_more=True)


@st.composite
def _clinics(draw, with_more):
    parts = {
        "receptions": (reception(sites=("north", "south"), health_post="post"),),
        "sites": (
            site(stay=fixed(30.0), name="north", area=40.0),
            site(stay=fixed(9.0), name="south", area=70.0),
        ),
        "health_posts": (draw(posts(rates=(3.0, 12.0), fewest=1)),),
        "wards": (
            ward(draw(calendars(3)), draw(times(1, 30)), refers_on_after=draw(on_grid(0, 6))),
        ),
    }
    if with_more:
        parts = draw(care(parts))
    names = ["post", "post triage", "ward"]
    names += [one.name for one in parts.get("ambulances", ())]
    plan = network(HOURS, **parts, **draw(changes(names, [])))
    return plan, draw(crowds(4, 0))


@st.composite
def more_help(draw, service):
    """Have people hold out for longer, and as it may be more boats that may go far."""
    units = service.units
    if draw(st.booleans()):
        more = Steps.constant(draw(st.integers(1, 3)))
        units = tuple(replace(one, units=more, endurance=float("inf")) for one in units)
    holds_out = draw(st.sampled_from([fixed(1000.0), fixed(20.0), exponential(20.0)]))
    return replace(service, units=units, holds_out=holds_out, alert_delay=draw(times(0, 3)))


@st.composite
def seas(draw):
    """Draw one or two rescue services that help each other, with few boats for many in distress."""
    services = tuple(
        draw(more_help(draw(rescues(f"rescue {n}")))) for n in range(draw(st.sampled_from([2, 1])))
    )
    if len(services) > 1:
        services = draw(neighbors(services))
    kinds = [kind.name for one in services for kind in one.units]
    plan = network(
        HOURS,
        rescues=services,
        weathers=(STRAIT,),
        inflows=tuple(inflow(name=f"people of {one.name}", rescue=one.name) for one in services),
        receptions=(reception(sites=("north", "south")),),
        sites=(site(stay=fixed(30.0), name="north"), site(name="south")),
        **draw(changes(kinds, [])),
    )
    return plan, draw(crowds(6, len(services)))
