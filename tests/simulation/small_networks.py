"""Small networks and hand-made people for the tests of the engine."""

import datetime as dt
from itertools import pairwise

import numpy as np
from scipy import stats

from simulation.arrivals import Population
from simulation.calendars import Steps
from simulation.distributions import Distribution
from simulation.engine import simulate
from simulation.network import Network
from simulation.parts import (
    AcuityClass,
    Ambulances,
    Composition,
    Condition,
    Desk,
    HealthPost,
    Inflow,
    MassCasualty,
    MobileTeam,
    Outbreak,
    Reception,
    Rescue,
    RescueUnits,
    Site,
    SiteOption,
    TeamStop,
    Transport,
    Trigger,
    Ward,
    Weather,
    WeatherState,
)
from simulation.records import GROUP_OUTCOMES, STEP_OUTCOMES, STEPS
from simulation.streams import Streams, hash64

START = dt.date(2022, 7, 1)
ENDLESS = 10**8
"""So many places, nurses or hours that nobody ever waits for them."""


def fixed(mean):
    return Distribution("constant", mean=mean)


def exponential(mean):
    return Distribution("exponential", mean=mean)


def lognormal(mean, sd):
    return Distribution("lognormal", mean=mean, sd=sd)


def steps(value):
    return value if isinstance(value, Steps) else Steps.constant(value)


def composition(**changed):
    shares = {
        "female": 0.5,
        "child": 0.5,
        "under_five": 0.2,
        "elderly": 0.05,
        "pregnant": 0.1,
        "disability": 0.1,
        "urgent_need": 0.02,
        "unaccompanied_child": 0.1,
    }
    return Composition(**(shares | changed))


def inflow(name="people", **changed):
    values = {
        "name": name,
        "locations": ("here",),
        "causes": ("flood",),
        "share": 1.0,
        "cut_off": 0.0,
        "group_size": Distribution("one_plus_poisson", mean=4.4, high=12.0),
        "hours": (1.0,) * 24,
        "onset_days": 0.0,
        "composition": composition(),
        "reception": "reception",
        "rescue": None,
    }
    return Inflow(**(values | changed))


def boats(units=1, name="boats", **changed):
    values = {
        "name": name,
        "units": steps(units),
        "seats": 10,
        "speed": 10.0,
        "search_speed": 8.0,
        "sweep_width": 0.5,
        "readiness": 0.5,
        "boarding": 0.25,
        "turnaround": 1.0,
    }
    return RescueUnits(**(values | changed))


def rescue(*units, name="rescue", **changed):
    values = {
        "name": name,
        "location": "here",
        "alert_delay": fixed(1.0),
        "distance": fixed(20.0),
        "search_area": 0.0,
        "holds_out": fixed(1000.0),
        "self_arrival": 0.0,
        "standard": 24.0,
        "units": units or (boats(),),
    }
    return Rescue(**(values | changed))


def desk(desks=1, service_time=None, name="registration desks", **changed):
    values = {
        "name": name,
        "kind": "registration",
        "desks": steps(desks),
        "service_time": service_time or fixed(1.0),
        "per": "group",
        "standard": 4.0,
    }
    return Desk(**(values | changed))


def reception(*desks, sites=("site",), name="reception", **changed):
    values = {
        "name": name,
        "location": "here",
        "desks": desks,
        "sites": tuple(s if isinstance(s, SiteOption) else SiteOption(s, 0.0) for s in sites),
        "gives_up_after": fixed(ENDLESS),
        "splits_after": float("inf"),
        "first_that_fits": False,
        "standard": 24.0,
        "health_post": None,
    }
    return Reception(**(values | changed))


def site(places=ENDLESS, stay=None, name="site", **changed):
    values = {
        "name": name,
        "location": "here",
        "places": steps(places),
        "over_capacity": 0,
        "evacuated_when_lost": True,
        "length_of_stay": stay or fixed(0.0),
        "onward": None,
        "onward_share": 0.0,
        "starting_stock": 0,
    }
    return Site(**(values | changed))


def trucks(vehicles=1, name="trucks", **changed):
    values = {
        "name": name,
        "vehicles": steps(vehicles),
        "seats": 10,
        "departs_at": 8.0,
        "every_days": 1,
        "travel_time": 2.0,
        "standard": 24.0,
    }
    return Transport(**(values | changed))


def acuity(name="all", share=1.0, **changed):
    values = {
        "name": name,
        "share": share,
        "standard": 1.0,
        "leaves_after": None,
        "referral": 0.0,
    }
    return AcuityClass(**(values | changed))


def health_post(clinicians=1, time=None, classes=None, name="post", **changed):
    values = {
        "name": name,
        "location": "here",
        "visits_per_person_day": 1.0,
        "triage_nurses": steps(ENDLESS),
        "triage_time": fixed(0.0),
        "triage_standard": 0.5,
        "clinicians": steps(clinicians),
        "consultation_time": time or fixed(1.0),
        "classes": classes or (acuity(),),
        "ward": None,
    }
    return HealthPost(**(values | changed))


def ward(beds=1, stay=None, name="ward", **changed):
    values = {
        "name": name,
        "location": "here",
        "beds": steps(beds),
        "length_of_stay": stay or fixed(24.0),
        "refers_on_after": 0.0,
        "standard": 2.0,
    }
    return Ward(**(values | changed))


def ambulances(vehicles=1, name="ambulances", **changed):
    values = {
        "name": name,
        "location": "here",
        "vehicles": steps(vehicles),
        "readiness": fixed(0.5),
        "travel_time": fixed(1.0),
        "return_time": 2.0,
        "standard": 1.0,
    }
    return Ambulances(**(values | changed))


def incident(patients=1, name="incident", **changed):
    """An incident whose patients come to the post at hour 1."""
    values = {
        "name": name,
        "health_post": "post",
        "at": 1.0,
        "patients": patients,
        "spread_over": 0.0,
        "acuity": (("all", 1.0),),
    }
    return MassCasualty(**(values | changed))


def outbreak(attack_rate=0.1, name="outbreak", **changed):
    values = {
        "name": name,
        "health_post": "post",
        "begins": 0.0,
        "ends": float("inf"),
        "attack_rate": attack_rate,
        "protected": 0.0,
        "crowded_below": 3.5,
        "crowding_factor": 1.0,
        "acuity": (("all", 1.0),),
    }
    return Outbreak(**(values | changed))


def team(*stops, name="team", **changed):
    """A team that comes every second day from 9 to 12."""
    values = {
        "name": name,
        "clinicians": 2,
        "stops": stops or (TeamStop("post", 1, 2, 9.0, 12.0),),
    }
    return MobileTeam(**(values | changed))


def strait(name="strait", **changed):
    values = {
        "name": name,
        "states": (WeatherState("calm", 0.4, 0.5, 20.0), WeatherState("rough", 0.6, 3.0, 5.0)),
        "persistence": 0.4,
    }
    return Weather(**(values | changed))


def network(run_length=48.0, **parts):
    """Build a network; without parts, one inflow to a reception with one endless site."""
    values = {
        "inflows": (inflow(),),
        "receptions": (reception(),),
        "sites": (site(),),
    }
    return Network(start=START, run_length=run_length, **(values | parts))


def population(arrived, persons=1, *, cut_off=False, inflow=0, label="", streams=None, **changed):
    """People with given times of arrival; scalars stand for everyone."""
    arrived = np.cumsum(np.diff(np.asarray(arrived, dtype=np.float64), prepend=0.0))
    count = len(arrived)

    def everyone(value, dtype):
        return np.broadcast_to(np.asarray(value, dtype=dtype), (count,)).copy()

    values = {
        "streams": streams or Streams(1, 0),
        "key": np.uint64(hash64(label)) + np.arange(count, dtype=np.uint64),
        "inflow": everyone(inflow, np.int64),
        "arrived": arrived,
        "persons": everyone(persons, np.int64),
        "children": everyone(0, np.int64),
        "under_five": everyone(0, np.int64),
        "women": everyone(0, np.int64),
        "vulnerable": everyone(0, np.int64),
        "urgent": everyone(0, np.int64),
        "chronic": everyone(0, np.int64),
        "unaccompanied": everyone(False, np.bool_),
        "cut_off": everyone(cut_off, np.bool_),
        "site": everyone(-1, np.int64),
        "boat": everyone(-1, np.int64),
    }
    return Population(**(values | changed))


def poisson_population(rate, until, replication, persons=1):
    """One-person groups (or groups of fixed size) that come at random, from the named streams."""
    streams = Streams(20260901, replication)
    count = int(rate * until + 10 * np.sqrt(rate * until) + 20)
    gaps = streams.draw("arrivals", exponential(1 / rate), np.arange(count, dtype=np.uint64))
    times = np.cumsum(gaps)
    return population(times[times < until], persons, streams=streams)


def story(network, people):
    """Every step as (group, step, facility, requested, started, ended, outcome); None: never."""
    return story_of(simulate(network, people), network)


def story_of(records, network):
    table = records.steps
    return [
        (
            row.group,
            STEPS[row.step],
            network.facilities[row.facility],
            *(None if np.isnan(t) else round(t, 9) for t in (row.requested, row.started)),
            None if np.isnan(row.ended) else round(row.ended, 9),
            STEP_OUTCOMES[row.outcome],
        )
        for row in table.itertuples()
    ]


def outcomes(records):
    return [GROUP_OUTCOMES[code] for code in records.groups["outcome"]]


def rows_of(records, step):
    """Rows of one step, with the wait in hours."""
    table = records.steps
    rows = table[table["step"] == STEPS.index(step)]
    return rows.assign(wait=rows["started"] - rows["requested"])


def states_of(records, network, facility):
    table = records.states
    mine = table[table["facility"] == network.facilities.index(facility)]
    return [(s.time, s.busy, s.waiting, s.capacity) for s in mine.itertuples()]


def interval(values, confidence=0.99):
    """Confidence interval of a mean over replications (Student)."""
    return stats.t.interval(confidence, len(values) - 1, np.mean(values), stats.sem(values))


def increasing(values):
    return all(a <= b for a, b in pairwise(values))


def trigger(of="registration desks", name="more", **changed):
    """A trigger that adds a desk when more than 10 persons wait; ``when`` changes its condition."""
    when = {"measured": "waiting", "of": of, "above": 10.0, "held_for": 0.0, "checked_every": 1.0}
    when |= changed.pop("when", {})
    values = {
        "name": name,
        "condition": Condition(**when),
        "lead_time": fixed(2.0),
        "facility": of,
        "added": steps(1),
        "factor": 1.0,
        "lasts": float("inf"),
        "ends_when_false_for": float("inf"),
    }
    return Trigger(**(values | changed))
